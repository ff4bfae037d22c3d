//! What goes to the terminal: one-line messages, colours, and where a command's output lands.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::AutoStream;

/// Titles in listings.
pub const HEADING: anstyle::Style = anstyle::Style::new().bold();

/// Why a command failed, and with which status the process ends.
#[derive(Debug)]
pub struct Failure {
    pub status: u8,
    pub message: String,
    /// It is what Python prints, and no sentence of the tool's own.
    is_exception: bool,
}

pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// The command line or the environment is at fault.
    pub fn usage(message: impl Display) -> Failure {
        Failure { status: 2, message: message.to_string(), is_exception: false }
    }

    /// The program is at fault.
    pub fn program(message: impl Display) -> Failure {
        Failure { status: 1, message: message.to_string(), is_exception: false }
    }

    /// The program is refused with an exception; `message` is its traceback.
    pub fn exception(message: String) -> Failure {
        Failure { status: 1, message, is_exception: true }
    }

    /// Says it and gives the status.
    pub fn report(&self) -> ExitCode {
        match self.is_exception {
            true => eprintln!("{}", self.message),
            false => eprintln!("taipan: {}", self.message),
        }
        ExitCode::from(self.status)
    }
}

/// What the system says about a failed operation, without its number.
pub fn os_message(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// Shows what clap found: help goes to standard output, an error is one line.
pub fn report_usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(2),
        };
    }
    Failure::usage(one_line(&error.to_string())).report()
}

/// The first sentence of clap's message with the names that it proposes; the usage lines say no more than `--help`.
fn one_line(message: &str) -> String {
    let sentence = message.split("\n\n").next().unwrap_or_default();
    let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut line = sentence.strip_prefix("error: ").unwrap_or(&sentence).to_owned();
    let tips = message.lines().filter_map(|line| line.trim().strip_prefix("tip: "));
    for tip in tips.filter(|tip| tip.contains("similar")) {
        line.push_str(&format!(" ({tip})"));
    }
    line
}

/// Text for standard output or for a file. Text may be styled; styles are dropped where nobody would see them.
pub enum Output {
    Standard(Vec<u8>),
    File { path: PathBuf, text: Vec<u8> },
}

impl Output {
    /// Output for `-o`, or for standard output.
    pub fn new(path: Option<PathBuf>) -> Output {
        match path {
            None => Output::Standard(Vec::new()),
            Some(path) => Output::File { path, text: Vec::new() },
        }
    }

    pub fn push(&mut self, text: &str) {
        match self {
            Output::Standard(out) | Output::File { text: out, .. } => out.extend_from_slice(text.as_bytes()),
        }
    }

    /// Writes all of it: to the file at once, or to `standard`. A reader that has seen enough is no error.
    pub fn finish(self, standard: std::fs::File) -> Result<()> {
        match self {
            Output::Standard(text) => {
                let mut stream = AutoStream::auto(standard);
                match stream.write_all(&text).and_then(|()| stream.flush()) {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                        Err(Failure::usage(format!("can't write the output: {}", os_message(&error))))
                    }
                    _ => Ok(()),
                }
            }
            Output::File { path, text } => {
                let plain = anstream::adapter::strip_bytes(&text).into_vec();
                write_whole(&path, &plain)
            }
        }
    }
}

/// Writes a file that appears complete or not at all: a temporary one beside it takes its place.
pub fn write_whole(path: &Path, contents: &[u8]) -> Result<()> {
    replace_file(path, contents)
        .map_err(|error| Failure::usage(format!("can't write '{}': {}", path.display(), os_message(&error))))
}

fn replace_file(path: &Path, contents: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // Devices and pipes are written to, not replaced.
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::write(path, contents);
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // The process's mask applies, as to any other new file.
    let permissions = std::fs::Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().permissions(permissions).tempfile_in(folder)?;
    file.write_all(contents)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claps_messages_become_one_line() {
        let message = "error: unexpected argument '--dif' found\n\n  tip: a similar argument exists: '--diff'\n\n\
                       Usage: taipan inspect <STAGE> <FILE>\n\nFor more information, try '--help'.\n";
        assert_eq!(
            one_line(message),
            "unexpected argument '--dif' found (a similar argument exists: '--diff')"
        );
    }

    #[test]
    fn files_are_replaced_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let failure = write_whole(folder.path(), b"").unwrap_err();
        assert_eq!(failure.status, 2);
        assert!(failure.message.ends_with("is a directory"), "{}", failure.message);
    }
}
