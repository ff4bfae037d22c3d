//! Bytecode beside its source as one HTML page that needs nothing else.

use std::fmt::Write;
use std::rc::Rc;

use taipan_frontend::CodeObject;
use taipan_frontend::dis;
use taipan_mir::opcodes::Opcode;

use super::bytecode::{self, Fate};
use super::target::Target;

const STYLE: &str = "\
:root { color-scheme: light dark; }
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em; }
h2 { font: bold 1.1em ui-monospace, monospace; margin: 2em 0 .5em; }
table { border-collapse: collapse; font-family: ui-monospace, monospace; font-size: 13px; }
td { padding: 0 .8em 0 0; vertical-align: top; white-space: pre; }
tr.line td { border-top: 1px solid light-dark(#ddd, #444); }
.n { text-align: right; color: light-dark(#888, #999); }
.specialised { background: light-dark(#c8f0c8, #1f4d1f); }
.failed { background: light-dark(#f6c9c9, #5e2323); }
.cold { background: light-dark(#f7edc0, #544a16); }
.generic { background: none; }
.name { border-radius: 3px; padding: 0 .3em; }
";

/// The page for `codes` and all inside of them.
pub fn page(target: &Target, codes: &[&Rc<CodeObject>], adaptive: Option<dis::Adaptive<'_>>) -> String {
    let source = target.source().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let lines: Vec<&str> = source.as_deref().map_or(Vec::new(), |text| text.lines().collect());
    let mut all = Vec::new();
    codes.iter().for_each(|code| bytecode::list(code, &mut all));
    let title = escape(&target.name());
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n<h1>{title}</h1>\n"
    );
    if adaptive.is_some() {
        out.push_str(
            "<p><span class=\"name specialised\">specialised</span> \
             <span class=\"name failed\">adaptive, not specialised</span> \
             <span class=\"name cold\">not executed often enough</span> \
             <span class=\"name generic\">has no specialised form</span></p>\n",
        );
    }
    for code in &all {
        section(code, &lines, adaptive, &mut out);
    }
    out.push_str("</html>\n");
    out
}

fn section(code: &CodeObject, lines: &[&str], adaptive: Option<dis::Adaptive<'_>>, out: &mut String) {
    let heading = escape(&bytecode::qualname(code));
    let _ = writeln!(out, "<h2>{heading}, line {}</h2>\n<table>", code.firstlineno);
    for instruction in dis::instructions(code, adaptive) {
        let compiled = code.code.get(instruction.offset as usize).copied().and_then(Opcode::from_u8);
        let fate = match (adaptive, compiled) {
            (Some(_), Some(compiled)) => bytecode::fate(&instruction, compiled),
            _ => Fate::Generic,
        };
        let class = match fate {
            Fate::Generic => "generic",
            Fate::Cold => "cold",
            Fate::Failed => "failed",
            Fate::Specialised => "specialised",
        };
        let (row, number, source) = match instruction.line.filter(|_| instruction.starts_line) {
            None => ("", String::new(), ""),
            Some(line) => {
                let index = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
                let text = index.and_then(|index| lines.get(index)).copied().unwrap_or_default();
                (" class=\"line\"", line.to_string(), text)
            }
        };
        let label = instruction.label.map_or(String::new(), |label| format!("L{label}:"));
        let arg = instruction.arg.map_or(String::new(), |arg| arg.to_string());
        let meaning = match instruction.argrepr.as_str() {
            "" => String::new(),
            meaning => format!(" ({})", escape(meaning)),
        };
        let _ = writeln!(
            out,
            "<tr{row}><td class=\"n\">{number}</td><td>{}</td><td class=\"n\">{}</td><td>{label}</td>\
             <td><span class=\"name {class}\">{}</span></td><td>{arg}{meaning}</td></tr>",
            escape(source),
            instruction.offset,
            escape(&instruction.name()),
        );
    }
    out.push_str("</table>\n");
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_the_program_is_text() {
        assert_eq!(escape("a<b & \"c\">"), "a&lt;b &amp; &quot;c&quot;&gt;");
    }
}
