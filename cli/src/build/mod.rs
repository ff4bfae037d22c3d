//! `taipan build`: programs into other forms.
//!
//! Without `--emit` it is an executable ([`native`]); `--emit` asks for something else or for what lies on the way there.

mod compiler;
mod hidden;
mod imports;
mod link;
mod listing;
mod native;
mod parts;
mod progress;
mod pyc;
mod reach;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Parser, ValueEnum};
use taipan_mir::aot::Output;

use crate::terminal::{self, Failure, Result};

/// Compile a program ahead of its run.
#[derive(Parser, Debug)]
#[command(
    name = "taipan build",
    override_usage = "taipan build [--emit KIND] [OPTIONS] PATH [-o OUT]",
    after_help = "Examples:\n  taipan build app.py -o app              an executable\n  \
                  taipan build --emit pyc src -o out      out/pkg/mod.pyc for each src/pkg/mod.py\n  \
                  taipan build --emit pyc app.py          app.pyc in the current folder"
)]
pub struct Options {
    /// A source file; with --emit pyc also a folder, whose sources are all compiled.
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// What to make instead of an executable.
    #[arg(long, value_name = "KIND")]
    pub emit: Option<Emit>,
    /// Where to put it: a folder for a folder's files, otherwise a file, a folder, or - for standard output.
    #[arg(short = 'o', long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Compile for what this profile says; taipan run --record-profile FILE makes it.
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// Keep a part of the runtime in the executable that the program does not name.
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    pub with: Vec<parts::Part>,
    /// Remove assertions; given twice, docstrings too.
    #[arg(short = 'O', action = ArgAction::Count)]
    pub optimize: u8,
    /// How an import finds out whether a .pyc still belongs to its source [default: timestamp; checked-hash if
    /// SOURCE_DATE_EPOCH is set].
    #[arg(long, value_name = "MODE")]
    pub invalidation_mode: Option<InvalidationMode>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Emit {
    /// Compiled bytecode, as CPython 3.14 writes and reads it.
    Pyc,
    /// The program's bytecode as text.
    Bytecode,
    /// The uops that its instructions are made of.
    Uops,
    /// LLVM's intermediate representation of the program's functions.
    LlvmIr,
    /// Their assembly.
    Asm,
    /// Their object file.
    Obj,
}

/// PEP 552.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvalidationMode {
    /// By the source's modification time and size.
    Timestamp,
    /// By the source's hash, at each import.
    CheckedHash,
    /// Never; the hash is there for tools.
    UncheckedHash,
}

/// `taipan build …`; `words` are those behind `build`.
pub fn main(words: &[OsString]) -> ExitCode {
    let name = OsString::from("taipan build");
    let options = match Options::try_parse_from(std::iter::once(&name).chain(words)) {
        Ok(options) => options,
        Err(error) => return terminal::report_usage(&error),
    };
    match build(&options) {
        Ok(status) => status,
        Err(failure) => failure.report(),
    }
}

fn build(options: &Options) -> Result<ExitCode> {
    if options.invalidation_mode.is_some() && options.emit != Some(Emit::Pyc) {
        return Err(Failure::usage("--invalidation-mode is for --emit pyc"));
    }
    if !options.with.is_empty() && options.emit.is_some() {
        return Err(Failure::usage("--with is for executables"));
    }
    if options.profile.is_some() && matches!(options.emit, Some(Emit::Pyc | Emit::Bytecode | Emit::Uops)) {
        return Err(Failure::usage("--profile is for machine code"));
    }
    match options.emit {
        Some(Emit::Pyc) => pyc::build(options),
        Some(Emit::Bytecode) => native::list(options, false),
        Some(Emit::Uops) => native::list(options, true),
        Some(Emit::LlvmIr) => native::emit(options, Output::LlvmIr),
        Some(Emit::Asm) => native::emit(options, Output::Assembly),
        Some(Emit::Obj) => native::emit(options, Output::Object),
        None => native::build(options),
    }
}
