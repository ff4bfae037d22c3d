//! Stages between source text and code objects.

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};
use taipan_frontend::SyntaxError;
use taipan_frontend::inspect::{self, Part, TreeOptions, UnitPasses};

use super::target::Target;
use super::{Options, Stage};
use crate::program;
use crate::terminal::{Failure, HEADING, Output, Result};

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();

pub fn print(options: &Options, target: &Target, output: &mut Output) -> Result<()> {
    let Some(bytes) = target.source() else {
        return Err(Failure::usage(format!(
            "'{}' holds compiled code, which has no {}; its bytecode can be shown",
            target.path.display(),
            options.stage.name()
        )));
    };
    let name = target.name();
    let refused = |error: SyntaxError| Failure::exception(program::describe(&name, &error));
    let parts: Vec<Part> = match options.stage {
        Stage::Tokens => inspect::tokens(bytes),
        Stage::Ast => {
            inspect::tree(bytes, TreeOptions { attributes: options.attributes, ..Default::default() })
        }
        Stage::Symbols => inspect::symbols(bytes, &name, options.flags()),
        _ => {
            let mut units = inspect::passes(bytes, &name, options.flags()).map_err(refused)?;
            // A code object is finished before the one around it; listings begin with the outermost, as those of `dis`.
            units.reverse();
            units.sort_by_key(|unit| unit.line);
            return print_passes(&units, options, target, output);
        }
    }
    .map_err(refused)?;
    if target.function.is_none() {
        // The first part is the whole file.
        output.push(&parts[0].text);
        return Ok(());
    }
    let names: Vec<&str> = parts.iter().map(|part| part.qualname.as_str()).collect();
    for index in target.select(&names)? {
        output.push(&parts[index].text);
    }
    Ok(())
}

fn print_passes(units: &[UnitPasses], options: &Options, target: &Target, output: &mut Output) -> Result<()> {
    let names: Vec<&str> = units.iter().map(|unit| unit.qualname.as_str()).collect();
    for (position, index) in target.select(&names)?.into_iter().enumerate() {
        let unit = &units[index];
        if position > 0 {
            output.push("\n");
        }
        output.push(&format!("{HEADING}{}, line {}{HEADING:#}\n", unit.qualname, unit.line));
        let mut before = "";
        let mut unchanged = Vec::new();
        for pass in &unit.passes {
            if pass.text == before {
                unchanged.push(pass.name);
                continue;
            }
            print_unchanged(&mut unchanged, output);
            output.push(&format!("\n{HEADING}== {}{HEADING:#}\n", pass.name));
            match options.diff && !before.is_empty() {
                true => output.push(&diff(before, &pass.text)),
                false => output.push(&pass.text),
            }
            before = &pass.text;
        }
        print_unchanged(&mut unchanged, output);
    }
    Ok(())
}

fn print_unchanged(passes: &mut Vec<&str>, output: &mut Output) {
    if !passes.is_empty() {
        output.push(&format!("\n{HEADING}=={HEADING:#} no change: {}\n", passes.join(", ")));
        passes.clear();
    }
}

/// A unified diff without file names, coloured.
pub fn diff(before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut out = String::new();
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        out.push_str(&format!("{}\n", hunk.header()));
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Equal => (' ', Style::new()),
                ChangeTag::Delete => ('-', REMOVED),
                ChangeTag::Insert => ('+', ADDED),
            };
            let line = change.value().trim_end_matches('\n');
            out.push_str(&format!("{style}{sign}{line}{style:#}\n"));
        }
    }
    out
}
