//! Writes the expectations of the program suite by running CPython.
//!
//! `TAIPAN_ORACLE` names the interpreter. Its exact version stands in `programs/ORACLE_VERSION`; expectations of two
//! versions are not mixed, so a single program is refused under another version than the one noted there.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::child::{self, Outcome};
use crate::programs::{Program, describe_difference};
use crate::text;

/// The version line of `programs/ORACLE_VERSION`, e.g. `CPython 3.14.10`.
pub const VERSION_FILE: &str = "ORACLE_VERSION";

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Write what differs.
    Write,
    /// Only compare the stored expectations with what the oracle prints.
    Check,
}

/// Runs the oracle over the programs called `names` (all if empty); returns one line per change or difference.
pub fn make_expected(
    folder: &Path,
    oracle: &Path,
    names: &[String],
    action: Action,
) -> Result<Vec<String>, String> {
    let version = oracle_version(oracle)?;
    let noted = text::read_optional(&folder.join(VERSION_FILE))?;
    let noted = noted.as_deref().map(str::trim);
    let (mut report, mut failures) = (Vec::new(), Vec::new());
    if noted != Some(&version) {
        let was = noted.unwrap_or("nothing");
        if action == Action::Check || (noted.is_some() && !names.is_empty()) {
            return Err(format!(
                "the expectations are from {was}, the oracle is {version}: rewrite all of them"
            ));
        }
        text::replace_file(&folder.join(VERSION_FILE), &format!("{version}\n"))?;
        report.push(format!("{VERSION_FILE}: {was} -> {version}"));
    }
    let programs = Program::discover(folder)?;
    if let Some(unknown) = names.iter().find(|name| programs.iter().all(|program| program.name != **name)) {
        return Err(format!("there is no program `{unknown}`"));
    }
    for program in programs.iter().filter(|program| names.is_empty() || names.contains(&program.name)) {
        match one(program, oracle, action) {
            Ok(line) => report.extend(line),
            Err(error) => failures.push(error),
        }
    }
    if failures.is_empty() { Ok(report) } else { Err(failures.join("\n")) }
}

/// The implementation and version of an interpreter, as it names itself.
pub fn oracle_version(oracle: &Path) -> Result<String, String> {
    let script = "import platform; print(platform.python_implementation(), platform.python_version())";
    let mut command = Command::new(oracle);
    command.args(["-I", "-c", script]);
    let version = child::run(&mut command, None, Duration::from_secs(60))?.stdout.trim().to_owned();
    match version.starts_with("CPython 3.14.") {
        true => Ok(version),
        false => Err(format!("{} is `{version}`, not CPython 3.14", oracle.display())),
    }
}

fn one(program: &Program, oracle: &Path, action: Action) -> Result<Option<String>, String> {
    let mut command = Command::new(oracle);
    command.arg(program.file_name());
    let actual = program.run(command).map_err(|error| format!("{}: {error}", program.name))?;
    if actual.code != program.exit_code {
        return Err(format!(
            "{}: CPython exits with {}, the header says `# exit: {}`\n{}",
            program.name, actual.code, program.exit_code, actual.stderr
        ));
    }
    let absent = Outcome { code: program.exit_code, stdout: String::new(), stderr: String::new() };
    let is_new = !program.expectation("out").exists();
    let stored = if is_new { absent } else { program.expected()? };
    let difference = describe_difference(&stored, &actual);
    if difference.is_none() && !is_new {
        return Ok(None);
    }
    match action {
        Action::Check => Ok(Some(format!("{}: {}", program.name, difference.unwrap_or_default()))),
        Action::Write => {
            text::replace_file(&program.expectation("out"), &actual.stdout)?;
            let stderr = program.expectation("err");
            if !actual.stderr.is_empty() {
                text::replace_file(&stderr, &actual.stderr)?;
            } else if stderr.exists() {
                std::fs::remove_file(&stderr).map_err(|error| format!("{}: {error}", stderr.display()))?;
            }
            Ok(Some(format!("{}: written", program.name)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    /// A shell script that answers like a CPython of the given version and prints its first argument.
    fn fake_oracle(folder: &Path, version: &str) -> PathBuf {
        let path = folder.join("oracle");
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = -I ]; then echo CPython {version}; exit; fi\necho running $1\n"
        );
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn expectations_are_written_once_and_carry_the_version() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("p.py"), "").unwrap();
        let oracle = fake_oracle(folder.path(), "3.14.1");
        let run = |names: &[String], action| make_expected(folder.path(), &oracle, names, action);
        assert_eq!(run(&[], Action::Write).unwrap().len(), 2);
        assert_eq!(fs::read_to_string(folder.path().join("p.out")).unwrap(), "running p.py\n");
        assert_eq!(fs::read_to_string(folder.path().join(VERSION_FILE)).unwrap(), "CPython 3.14.1\n");
        assert_eq!(run(&[], Action::Check), Ok(vec![]));
        fs::write(folder.path().join("p.out"), "other\n").unwrap();
        assert!(run(&[], Action::Check).unwrap()[0].contains("-other\n+running p.py\n"));
        fake_oracle(folder.path(), "3.14.2");
        assert!(run(&["p".to_owned()], Action::Write).unwrap_err().contains("rewrite all"));
        fake_oracle(folder.path(), "3.13.0");
        assert!(run(&[], Action::Write).unwrap_err().contains("not CPython 3.14"));
    }

    #[test]
    fn a_wrong_exit_code_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("p.py"), "# exit: 1\n").unwrap();
        let oracle = fake_oracle(folder.path(), "3.14.1");
        let error = make_expected(folder.path(), &oracle, &[], Action::Write).unwrap_err();
        assert!(error.contains("exits with 0"), "{error}");
        assert!(!folder.path().join("p.out").exists());
    }
}
