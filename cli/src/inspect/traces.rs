//! What tier 2 made of a program's hot paths: the recorded trace, the optimised one, and the machine code.
//!
//! The program runs to its end first. Each executor is shown with the place in which its path begins; side traces name
//! the exit that they continue.

use std::fmt::Write;
use std::rc::Rc;

use taipan_mir::graph::Graph;
use taipan_mir::trace::Trace;
use taipan_runtime::config::Tier;
use taipan_runtime::tier2::view::{EnteredFrom, Place, View};
use taipan_stencil_lib::{emit, stencil};

use super::asm::{self, Code, Symbols};
use super::target::Target;
use super::{Options, Stage, execute, source};
use crate::terminal::{Failure, HEADING, Output, Result};

pub fn print(options: &Options, target: &Target, output: &mut Output) -> Result<u8> {
    // A function that does not exist is said before the program runs.
    target.check_function(options.flags())?;
    let mut shown = 0;
    let ir = options.stage == Stage::LlvmIr;
    let mut problem = None;
    let status = execute::run(options, target, if ir { Tier::Llvm } else { Tier::Stencil }, |vm, _| {
        vm.tier2.finish_regions();
        let views = vm.tier2.views();
        for view in views.iter().filter(|view| is_wanted(view, target)) {
            let made = match options.stage {
                Stage::LlvmIr => vm.tier2.region_ir(view.number, !options.unoptimised),
                Stage::Graph => vm.tier2.region_graph(view.number).map(|graphs| Ok(graph(graphs?, options))),
                _ => Some(Ok(text(view, options))),
            };
            let text = match made {
                Some(Ok(text)) => format!("{}{text}", heading(view)),
                Some(Err(message)) => {
                    problem = Some(message);
                    continue;
                }
                None => continue,
            };
            if shown > 0 {
                output.push("\n");
            }
            output.push(&text);
            shown += 1;
        }
    })?;
    if let Some(problem) = problem {
        return Err(Failure::usage(problem));
    }
    if shown == 0 {
        let place = target.function.as_ref().map_or(String::new(), |function| format!(" in '{function}'"));
        eprintln!("taipan: no loop{place} ran often enough to be compiled");
    }
    Ok(status)
}

fn is_wanted(view: &View, target: &Target) -> bool {
    let Some(function) = &target.function else { return true };
    let start = view.places.first().map(|place| place.qualname.as_str());
    !taipan_frontend::inspect::select(start, function).is_empty()
}

/// A loop's graph, as it was built and as the passes left it.
fn graph([built, optimised]: [Graph; 2], options: &Options) -> String {
    match (options.diff, options.unoptimised) {
        (true, _) => source::diff(&built.to_string(), &optimised.to_string()),
        (false, true) => built.to_string(),
        (false, false) => optimised.to_string(),
    }
}

fn text(view: &View, options: &Options) -> String {
    let mut out = String::new();
    match options.stage {
        Stage::Trace => out.push_str(&listing(view.recorded, view.places)),
        Stage::Mir if options.diff => out.push_str(&source::diff(
            &listing(view.recorded, view.places),
            &listing(view.optimised, view.places),
        )),
        Stage::Mir => out.push_str(&listing(view.optimised, view.places)),
        _ => machine_code(view, &mut out),
    }
    out
}

fn heading(view: &View) -> String {
    let from = match view.from {
        EnteredFrom::Loop => "loop".to_owned(),
        EnteredFrom::Exit(exit) => format!("continues exit {exit}"),
        EnteredFrom::Call => "call".to_owned(),
        EnteredFrom::Return(exit) => format!("return through exit {exit}"),
    };
    let place = view.places.first().map_or(String::new(), |place| format!(", {}", shown(place)));
    format!("{HEADING}executor {}: {from}{place}{HEADING:#}\n", view.number)
}

fn shown(place: &Place) -> String {
    match place.line {
        Some(line) => format!("{}, line {line}", place.qualname),
        None => place.qualname.clone(),
    }
}

/// The trace's text; what its resume points are in the source stands behind them.
fn listing(trace: &Trace, places: &[Place]) -> String {
    let mut out = String::new();
    for line in trace.to_string().lines() {
        let resume =
            line.strip_prefix("resume ").and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
        match resume.and_then(|resume| places.get(resume)) {
            Some(place) => {
                let _ = writeln!(out, "{line:<36} ; {}", shown(place));
            }
            None => {
                let _ = writeln!(out, "{line}");
            }
        }
    }
    out
}

fn machine_code(view: &View, out: &mut String) {
    let functions = stencil::externals().map(|(name, address)| (address, name));
    let symbols: Symbols = Rc::new(functions.chain([(emit::common_exit(), "taipan_jit_exit")]).collect());
    let marks = view.marks.iter().map(|mark| (mark.offset as usize, mark.text.clone()));
    let code = Code { bytes: view.code, address: view.address, marks: marks.collect(), holes: Vec::new() };
    asm::disassemble(&code, &symbols, out);
    if let Some((bytes, address)) = view.region {
        let _ = writeln!(out, "{HEADING}executor {}: region{HEADING:#}", view.number);
        let code = Code { bytes, address, marks: Vec::new(), holes: Vec::new() };
        asm::disassemble(&code, &symbols, out);
    }
}
