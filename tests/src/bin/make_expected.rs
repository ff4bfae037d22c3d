//! `tests/make-expected [--check] [NAME…]`: see [`taipan_tests::make_expected`].

use std::path::PathBuf;
use std::process::ExitCode;

use taipan_tests::make_expected::{Action, make_expected};
use taipan_tests::paths;

fn main() -> ExitCode {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    let before = names.len();
    names.retain(|name| name != "--check");
    let action = if names.len() < before { Action::Check } else { Action::Write };
    if let Some(option) = names.iter().find(|name| name.starts_with('-')) {
        eprintln!("make-expected: unknown option {option}\nusage: tests/make-expected [--check] [NAME...]");
        return ExitCode::from(2);
    }
    let Some(oracle) = std::env::var_os("TAIPAN_ORACLE") else {
        eprintln!("make-expected: set TAIPAN_ORACLE to the path of a CPython 3.14");
        return ExitCode::from(2);
    };
    match make_expected(&paths::programs(), &PathBuf::from(oracle), &names, action) {
        Ok(lines) => {
            for line in &lines {
                println!("{line}");
            }
            println!("{} of the expectations differed", lines.len());
            ExitCode::from(u8::from(action == Action::Check && !lines.is_empty()))
        }
        Err(error) => {
            eprintln!("make-expected: {error}");
            ExitCode::FAILURE
        }
    }
}
