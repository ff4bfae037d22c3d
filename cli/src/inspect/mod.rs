//! `taipan inspect`: every stage of every tier as text.
//!
//! | stages | module | made by |
//! |---|---|---|
//! | tokens, ast, symbols, cfg | `source` | the frontend, from a source file |
//! | bytecode | `bytecode`, `html` | the frontend's `dis`; with `--adaptive` after a run of the program |
//! | trace, mir, graph, asm | `traces` | tier 2, after a run of the program |
//! | llvm-ir | `traces` | tier 3, after a run of the program |
//! | stencils | `stencils` | the build, from the bodies of the uops |
//!
//! A stage makes one text per definition; `target` finds the one that `FILE:FUNCTION` names. When the program runs,
//! its output goes to standard error, so that standard output holds the listing alone.

mod asm;
mod bytecode;
mod execute;
mod html;
mod source;
mod stencils;
mod target;
mod traces;

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Parser, ValueEnum};
use taipan_frontend::Flags;
use taipan_runtime::config::Tier;

use crate::terminal::{self, Failure, Output, Result};
use target::Target;

/// Print a stage of the compiler for a file, a function or a .pyc.
#[derive(Parser, Debug)]
#[command(
    name = "taipan inspect",
    override_usage = "taipan inspect [OPTIONS] STAGE FILE[:FUNCTION] [-- ARGS]...\n       taipan inspect stencils [UOP]",
    after_help = "FUNCTION is a qualified name; <locals> may be left out:\n  \
                  taipan inspect bytecode app.py\n  \
                  taipan inspect ast app.py:Class.method\n  \
                  taipan inspect cfg --diff app.py:outer.inner\n  \
                  taipan inspect bytecode --adaptive app.py:hot -- arguments of app.py"
)]
pub struct Options {
    /// What to show.
    #[arg(value_name = "STAGE")]
    pub stage: Stage,
    /// A source file or a .pyc, and what in it; for stencils the name of a uop.
    #[arg(value_name = "FILE[:FUNCTION]")]
    pub target: Option<OsString>,
    /// Arguments of the program, for stages that run it.
    #[arg(last = true, value_name = "ARGS")]
    pub args: Vec<String>,
    /// Show what each pass changed (cfg, graph), or what the optimiser did (mir).
    #[arg(long)]
    pub diff: bool,
    /// Show the graph before its passes (graph), or the IR as it was lowered, before LLVM's (llvm-ir).
    #[arg(long)]
    pub unoptimised: bool,
    /// Run the program first and show specialised instructions (bytecode).
    #[arg(short = 'S', long)]
    pub adaptive: bool,
    /// Show inline caches (bytecode).
    #[arg(short = 'C', long)]
    pub caches: bool,
    /// Show the offsets of instructions (bytecode).
    #[arg(long)]
    pub offsets: bool,
    /// Show columns and end lines (bytecode).
    #[arg(short = 'P', long)]
    pub positions: bool,
    /// Make one HTML page, with the source beside the instructions (bytecode).
    #[arg(long)]
    pub html: bool,
    /// Show line and column of each node (ast).
    #[arg(short = 'a', long)]
    pub attributes: bool,
    /// Remove assertions; given twice, docstrings too.
    #[arg(short = 'O', action = ArgAction::Count)]
    pub optimize: u8,
    /// Run the program in this tier.
    #[arg(long, value_name = "TIER")]
    pub tier: Option<Tier>,
    /// Write to a file instead of standard output.
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Tokens, as `python -m tokenize -e` prints them.
    Tokens,
    /// The syntax tree, as `python -m ast` prints it.
    Ast,
    /// Scopes and names, as `python -m symtable` prints them.
    Symbols,
    /// The control flow graph before and after each pass.
    Cfg,
    /// Bytecode, as `python -m dis` prints it.
    Bytecode,
    /// The paths that tier 2 recorded, as uops.
    Trace,
    /// The same, optimised.
    Mir,
    /// Loops with the paths that go on from them, as a graph with block parameters.
    Graph,
    /// The machine code of those paths; with `--tier llvm` also of the loops that LLVM compiled.
    Asm,
    /// The loops that LLVM compiled, as LLVM IR.
    LlvmIr,
    /// The prepared machine code of uops, or of one.
    Stencils,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Stage::Tokens => "tokens",
            Stage::Ast => "ast",
            Stage::Symbols => "symbols",
            Stage::Cfg => "cfg",
            Stage::Bytecode => "bytecode",
            Stage::Trace => "trace",
            Stage::Mir => "mir",
            Stage::Graph => "graph",
            Stage::Asm => "asm",
            Stage::LlvmIr => "llvm-ir",
            Stage::Stencils => "stencils",
        }
    }
}

impl Options {
    fn flags(&self) -> Flags {
        Flags { optimize: self.optimize.min(2), ..Flags::default() }
    }

    /// Options that the stage has no use for are mistakes.
    fn check(&self) -> Result<()> {
        let stage = self.stage;
        let bytecode = stage == Stage::Bytecode;
        let traces = matches!(stage, Stage::Trace | Stage::Mir | Stage::Graph | Stage::Asm | Stage::LlvmIr);
        let runs = self.adaptive || traces;
        let unused = [
            ("--diff", self.diff && !matches!(stage, Stage::Cfg | Stage::Mir | Stage::Graph)),
            ("--unoptimised", self.unoptimised && !matches!(stage, Stage::Graph | Stage::LlvmIr)),
            ("--adaptive", self.adaptive && !bytecode),
            ("--caches", self.caches && !bytecode),
            ("--offsets", self.offsets && !bytecode),
            ("--positions", self.positions && !bytecode),
            ("--html", self.html && !bytecode),
            ("--attributes", self.attributes && stage != Stage::Ast),
            ("--tier", self.tier.is_some() && !runs),
            ("arguments for the program", !self.args.is_empty() && !runs),
        ];
        match unused.iter().find(|(_, wrong)| *wrong) {
            None => Ok(()),
            Some((option @ ("--tier" | "arguments for the program"), _)) if bytecode => {
                Err(Failure::usage(format!("{option} need --adaptive, which runs the program")))
            }
            Some((option, _)) => {
                Err(Failure::usage(format!("the stage '{}' has no use for {option}", self.stage.name())))
            }
        }
    }
}

/// `taipan inspect …`; `words` are those behind `inspect`.
pub fn main(words: &[OsString]) -> ExitCode {
    let name = OsString::from("taipan inspect");
    let options = match Options::try_parse_from(std::iter::once(&name).chain(words)) {
        Ok(options) => options,
        Err(error) => return terminal::report_usage(&error),
    };
    match inspect(options) {
        Ok(status) => ExitCode::from(status),
        Err(failure) => failure.report(),
    }
}

fn inspect(options: Options) -> Result<u8> {
    options.check()?;
    let standard = std::io::stdout().as_fd().try_clone_to_owned();
    let standard = File::from(standard.map_err(|error| {
        Failure::usage(format!("there is no standard output: {}", terminal::os_message(&error)))
    })?);
    let mut output = Output::new(options.output.clone());
    if options.stage == Stage::Stencils {
        stencils::print(options.target.as_deref(), &mut output)?;
        output.finish(standard)?;
        return Ok(0);
    }
    let Some(target) = &options.target else {
        return Err(Failure::usage(format!("the stage '{}' needs a FILE", options.stage.name())));
    };
    let target = Target::open(target)?;
    let status = match options.stage {
        Stage::Tokens | Stage::Ast | Stage::Symbols | Stage::Cfg => {
            source::print(&options, &target, &mut output)?;
            0
        }
        Stage::Bytecode => bytecode::print(&options, &target, &mut output)?,
        Stage::Trace | Stage::Mir | Stage::Graph | Stage::Asm | Stage::LlvmIr => {
            traces::print(&options, &target, &mut output)?
        }
        // It has no file and is printed already.
        Stage::Stencils => 0,
    };
    output.finish(standard)?;
    Ok(status)
}
