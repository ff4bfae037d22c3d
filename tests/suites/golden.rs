//! The golden tests: every kind that exists, run by the one runner of [`taipan_tests::golden`].
//!
//! To add a kind: a folder below `tests/golden/`, a row here, and the crate that makes its text as a dev-dependency.

use std::process::ExitCode;

use libtest_mimic::Arguments;
use taipan_tests::golden::{self, Kind, Mode};
use taipan_tests::paths;

/// Every kind of golden test.
const KINDS: &[Kind] = &[];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = Mode::from_environment().and_then(|mode| golden::trials(&paths::golden(), KINDS, mode));
    match trials {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("golden: {error}");
            ExitCode::FAILURE
        }
    }
}
