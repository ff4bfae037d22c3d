//! The golden tests: every kind that exists, run by the one runner of [`taipan_tests::golden`].
//!
//! The texts are those of `taipan inspect STAGE`; a first line `# inspect: OPTIONS` adds options. To add a kind: a
//! folder below `tests/golden/` and a row here.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use libtest_mimic::Arguments;
use taipan_tests::golden::{self, Kind, Mode};
use taipan_tests::{child, paths};

/// Every kind of golden test.
const KINDS: &[Kind] = &[
    stage("tokens", |path, source| inspect("tokens", path, source)),
    stage("ast", |path, source| inspect("ast", path, source)),
    stage("symbols", |path, source| inspect("symbols", path, source)),
    stage("cfg", |path, source| inspect("cfg", path, source)),
    stage("bytecode", |path, source| inspect("bytecode", path, source)),
    stage("trace", |path, source| inspect("trace", path, source)),
    stage("mir", |path, source| inspect("mir", path, source)),
    stage("graph", |path, source| inspect("graph", path, source)),
];

const fn stage(folder: &'static str, produce: golden::Producer) -> Kind {
    Kind { folder, input: "py", expectation: "txt", produce }
}

/// What `taipan inspect` prints for an input. The file is named relative to its folder, as listings contain its name.
fn inspect(stage: &str, path: &Path, source: &str) -> Result<String, String> {
    let first = source.lines().next().unwrap_or_default();
    let options = first.strip_prefix("# inspect:").unwrap_or_default();
    let mut command = Command::new(paths::taipan()?);
    command.args(["inspect", stage]).args(options.split_whitespace());
    command.arg(path.file_name().unwrap_or_default());
    command.current_dir(path.parent().ok_or("an input lies in a folder")?);
    command.env("TAIPAN_TIER", "").env("PYTHONHASHSEED", "0");
    let outcome = child::run(&mut command, None, Duration::from_secs(60))?;
    match outcome.code {
        0 => Ok(outcome.stdout),
        code => Err(format!("status {code}:\n{}", outcome.stderr)),
    }
}

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
