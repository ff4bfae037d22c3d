//! Running a program.

use std::process::ExitCode;

use crate::options::Request;

pub fn run(request: Request) -> ExitCode {
    let status = taipan_runtime::launch::run(request.config, request.program);
    ExitCode::from(status)
}
