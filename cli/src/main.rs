//! `taipan`: runs, compiles and inspects Python programs.
//!
//! With a subcommand (`run`, `build`, `inspect`) it is a toolchain; without, it takes `python`'s own command line. A
//! program of a subcommand's name is reached as `./build`.

mod options;
mod run;

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    match options::parse(&args) {
        Ok(options::Action::Run(request)) => run::run(*request),
        Ok(options::Action::Version) => {
            println!(
                "Python {} (Taipan {})",
                taipan_runtime::config::PYTHON_VERSION,
                env!("CARGO_PKG_VERSION")
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            let status = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            ExitCode::from(status)
        }
    }
}
