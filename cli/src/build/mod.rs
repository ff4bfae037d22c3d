//! `taipan build`: programs into other forms.
//!
//! `--emit` says which; each kind has its module. Ahead-of-time compilation, which is to be the kind without
//! `--emit`, is not there yet.

mod pyc;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Parser, ValueEnum};

use crate::terminal::{self, Failure, Result};

/// Compile a program ahead of its run.
#[derive(Parser, Debug)]
#[command(
    name = "taipan build",
    override_usage = "taipan build --emit KIND [OPTIONS] PATH [-o OUT]",
    after_help = "Examples:\n  taipan build --emit pyc src -o out      out/pkg/mod.pyc for each src/pkg/mod.py\n  \
                  taipan build --emit pyc app.py          app.pyc beside nothing else, in this folder"
)]
pub struct Options {
    /// A source file, or a folder whose sources are all compiled.
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// What to make.
    #[arg(long, value_name = "KIND")]
    pub emit: Option<Emit>,
    /// Where to put it: a folder for a folder's files, otherwise a file or a folder.
    #[arg(short = 'o', long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Remove assertions; given twice, docstrings too.
    #[arg(short = 'O', action = ArgAction::Count)]
    pub optimize: u8,
    /// How an import finds out whether a .pyc still belongs to its source [default: timestamp; checked-hash if
    /// SOURCE_DATE_EPOCH is set].
    #[arg(long, value_name = "MODE", hide_possible_values = false)]
    pub invalidation_mode: Option<InvalidationMode>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Emit {
    /// Compiled bytecode, as CPython 3.14 writes and reads it.
    Pyc,
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
    match options.emit {
        Some(Emit::Pyc) => pyc::build(options),
        None => Err(Failure::usage(
            "compiling to an executable is not there yet; --emit pyc writes compiled bytecode",
        )),
    }
}
