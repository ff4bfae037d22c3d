//! The stencils: the machine code that tier 2 copies, with its holes.

use std::ffi::OsStr;
use std::fmt::Write;

use taipan_stencil_lib::listing::{self, Listing, Part};

use super::asm::{self, Code, Symbols};
use crate::terminal::{Failure, Output, Result};

pub fn print(uop: Option<&OsStr>, output: &mut Output) -> Result<()> {
    let all = listing::stencils();
    let Some(wanted) = uop else {
        output.push(&table(&all));
        return Ok(());
    };
    let wanted = wanted.to_string_lossy();
    let selected: Vec<&Listing> =
        all.iter().filter(|stencil| stencil.name == wanted || family(stencil) == wanted).collect();
    if selected.is_empty() {
        return Err(unknown(&wanted, &all));
    }
    for (index, stencil) in selected.into_iter().enumerate() {
        let separator = if index > 0 { "\n" } else { "" };
        output.push(&format!("{separator}{}", details(stencil)));
    }
    Ok(())
}

/// The uop that a stencil belongs to, or the name of all moves.
fn family(stencil: &Listing) -> &str {
    stencil.uop.map_or("_SPILL_OR_RELOAD", |uop| uop.name())
}

fn unknown(wanted: &str, all: &[Listing]) -> Failure {
    let likeness = |stencil: &&Listing| strsim::jaro_winkler(family(stencil), wanted);
    let closest = all.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match closest.filter(|stencil| likeness(stencil) > 0.8) {
        Some(closest) => {
            Failure::usage(format!("there is no stencil of '{wanted}'; did you mean '{}'?", family(closest)))
        }
        None => Failure::usage(format!("there is no stencil of '{wanted}'; without a name, all are listed")),
    }
}

fn table(all: &[Listing]) -> String {
    let width = all.iter().map(|stencil| stencil.name.len()).max().unwrap_or(0);
    let mut out = format!("{:width$}   hot  cold  holes\n", "stencil");
    for stencil in all {
        let holes = stencil.hot.holes.len() + stencil.cold.holes.len();
        let (hot, cold) = (stencil.hot.code.len(), stencil.cold.code.len());
        let _ = writeln!(out, "{:width$} {hot:5} {cold:5} {holes:6}", stencil.name);
    }
    let bytes: usize = all.iter().map(|stencil| stencil.hot.code.len() + stencil.cold.code.len()).sum();
    let _ = writeln!(out, "{} stencils, {bytes} bytes", all.len());
    out
}

fn details(stencil: &Listing) -> String {
    let mut out = format!("{}:\n", stencil.name);
    part("hot", &stencil.hot, &mut out);
    if stencil.continues {
        out.push_str("        falls through\n");
    }
    part("cold", &stencil.cold, &mut out);
    out
}

fn part(name: &str, part: &Part, out: &mut String) {
    if part.code.is_empty() {
        return;
    }
    let holes = part.holes.iter().map(|hole| {
        let addend = match hole.addend {
            0 => String::new(),
            addend => format!("{addend:+}"),
        };
        (hole.offset, format!("{}{addend} ({})", hole.what, hole.kind))
    });
    let code = Code {
        bytes: part.code,
        address: 0,
        marks: vec![(0, format!("{name}, {} bytes", part.code.len()))],
        holes: holes.collect(),
    };
    asm::disassemble(&code, &Symbols::default(), out);
}
