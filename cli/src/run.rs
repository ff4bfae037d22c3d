//! Running a program.

use std::process::ExitCode;
use std::time::Instant;

use taipan_runtime::launch;

use crate::options::Request;
use crate::stats::Report;

pub fn run(request: Request) -> ExitCode {
    let Some(file) = request.config.stats.clone() else {
        return ExitCode::from(launch::run(request.config, request.program));
    };
    let start = Instant::now();
    let mut written = Ok(());
    let status = launch::run_then(request.config, request.program, |vm, _| {
        written = Report::new(vm, start.elapsed()).write(&file);
    });
    match written {
        Ok(()) => ExitCode::from(status),
        Err(failure) => failure.report(),
    }
}
