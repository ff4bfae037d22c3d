//! `taipan`: runs, compiles and inspects Python programs.
//!
//! With a subcommand (`run`, `build`, `inspect`) it is a toolchain; without, it takes `python`'s own command line. A
//! program of a subcommand's name is reached as `./build`.

mod build;
mod inspect;
mod options;
mod pool;
mod profile;
mod program;
mod run;
mod stats;
mod terminal;

use std::ffi::OsString;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: pool::Pool = pool::Pool;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    match args.get(1).and_then(|word| word.to_str()) {
        Some("build") => return build::main(&args[2..]),
        Some("inspect") => return inspect::main(&args[2..]),
        _ => {}
    }
    match options::parse(&args) {
        Ok(options::Action::Run(request)) => run::run(*request),
        Ok(options::Action::Version { full }) => {
            let (python, own) = (taipan_runtime::config::PYTHON_VERSION, env!("CARGO_PKG_VERSION"));
            match full {
                true => println!("Python {}", taipan_runtime::config::full_version()),
                false => println!("Python {python} (Taipan {own})"),
            }
            ExitCode::SUCCESS
        }
        Err(error) => terminal::report_usage(&error),
    }
}
