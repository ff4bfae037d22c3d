//! Runs a program to its end or to a time limit and returns what it printed.

use std::fs::File;
use std::io::{Read, Seek};
use std::process::{Command, Stdio};
use std::time::Duration;

use wait_timeout::ChildExt;

/// What a finished program left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The exit code; a program that a signal ended has 128 + the signal's number, as in a shell.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `command`. Its output goes through files, so that neither a full pipe nor a grandchild can block us.
pub fn run(command: &mut Command, stdin: Option<&[u8]>, limit: Duration) -> Result<Outcome, String> {
    let shown = format!("{command:?}");
    let fail = |error: std::io::Error| format!("cannot run {shown}: {error}");
    let mut stdout = tempfile::tempfile().map_err(fail)?;
    let mut stderr = tempfile::tempfile().map_err(fail)?;
    command.stdin(stdin_file(stdin).map_err(fail)?);
    command.stdout(stdout.try_clone().map_err(fail)?).stderr(stderr.try_clone().map_err(fail)?);
    let mut child = command.spawn().map_err(fail)?;
    let status = child.wait_timeout(limit).map_err(fail)?;
    let Some(status) = status else {
        child.kill().map_err(fail)?;
        child.wait().map_err(fail)?;
        let printed = read_back(&mut stdout).map_err(fail)?;
        return Err(format!("{shown} was killed after {limit:?}; it had printed:\n{printed}"));
    };
    Ok(Outcome {
        code: exit_code(status),
        stdout: read_back(&mut stdout).map_err(fail)?,
        stderr: read_back(&mut stderr).map_err(fail)?,
    })
}

fn stdin_file(text: Option<&[u8]>) -> std::io::Result<Stdio> {
    let Some(text) = text else { return Ok(Stdio::null()) };
    let mut file = tempfile::tempfile()?;
    std::io::Write::write_all(&mut file, text)?;
    file.rewind()?;
    Ok(file.into())
}

/// Bytes that are not UTF-8 are shown as the replacement character: a comparison then fails visibly.
fn read_back(file: &mut File) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn exit_code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_exit_code_and_input_arrive() {
        let outcome = run(&mut shell("cat; echo oops >&2; exit 3"), Some(b"hello"), Duration::from_secs(20));
        assert_eq!(outcome, Ok(Outcome { code: 3, stdout: "hello".to_owned(), stderr: "oops\n".to_owned() }));
    }

    #[test]
    fn a_hanging_program_is_killed() {
        let error =
            run(&mut shell("echo here; exec sleep 60"), None, Duration::from_millis(300)).unwrap_err();
        assert!(error.contains("was killed") && error.contains("here"), "{error}");
    }

    #[test]
    fn a_signal_becomes_a_code() {
        let outcome = run(&mut shell("kill -ABRT $$"), None, Duration::from_secs(20)).unwrap();
        assert_eq!(outcome.code, 134);
    }
}
