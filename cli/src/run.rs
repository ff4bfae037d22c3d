//! Running a program.

use std::process::ExitCode;
use std::time::Instant;

use taipan_runtime::launch;

use crate::options::Request;
use crate::profile;
use crate::stats::Report;

pub fn run(request: Request) -> ExitCode {
    let (stats, recorded) = (request.config.stats.clone(), request.profile);
    if stats.is_none() && recorded.is_none() {
        return exit(launch::run(request.config, request.program));
    }
    let start = Instant::now();
    let mut written = Ok(());
    let status = launch::run_then(request.config, request.program, |vm, _| {
        let elapsed = start.elapsed();
        if let Some(file) = &recorded {
            written = profile::write(file, &taipan_runtime::profile::finish(vm));
        }
        if let (Some(file), true) = (&stats, written.is_ok()) {
            written = Report::new(vm, elapsed).write(file);
        }
    });
    match written {
        Ok(()) => exit(status),
        Err(failure) => failure.report(),
    }
}

/// The process's end, which does not wait for LLVM.
fn exit(status: u8) -> ExitCode {
    taipan_runtime::tier3::end(status);
    ExitCode::from(status)
}
