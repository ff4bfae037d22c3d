//! The golden runner: a stage's text for an input is compared with the expectation beside the input.
//!
//! A [`Kind`] is a folder below `tests/golden/`, the extension of its inputs and a function that makes the text.
//! Each input becomes one test. `BLESS=1` (or `./x bless`) rewrites the expectations that differ; a mismatch without
//! it prints a diff and the command. An expectation without an input is a failure, for nobody would ever look at it.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use crate::normalise;
use crate::text;

/// Makes the text of one input. The path is for messages; the second argument is the input's text.
pub type Producer = fn(&Path, &str) -> Result<String, String>;

/// One kind of golden test.
#[derive(Clone, Copy)]
pub struct Kind {
    /// The folder below `tests/golden/`, and the first part of the tests' names.
    pub folder: &'static str,
    /// The extension of the inputs, without the dot.
    pub input: &'static str,
    /// The extension of the expectations.
    pub expectation: &'static str,
    pub produce: Producer,
}

/// What to do with an expectation that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Compare,
    Bless,
}

impl Mode {
    /// `BLESS` asks for rewriting; where `CI` is set it is refused, for a CI that rewrites its own expectations tests nothing.
    pub fn from_environment() -> Result<Mode, String> {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
        Mode::choose(set("BLESS"), set("CI"))
    }

    fn choose(bless: bool, ci: bool) -> Result<Mode, String> {
        match (bless, ci) {
            (true, true) => {
                Err("BLESS is set in a CI run: expectations are rewritten by hand only".to_owned())
            }
            (true, false) => Ok(Mode::Bless),
            (false, _) => Ok(Mode::Compare),
        }
    }
}

/// The tests of `kinds` below `root`, which is usually [`crate::paths::golden`].
pub fn trials(root: &Path, kinds: &[Kind], mode: Mode) -> Result<Vec<Trial>, String> {
    let mut trials = Vec::new();
    for &kind in kinds {
        for input in inputs(&root.join(kind.folder), kind)? {
            let name = format!("{}::{}", kind.folder, stem(&input));
            trials.push(Trial::test(name, move || Ok(check(kind, &input, mode)?)));
        }
    }
    Ok(trials)
}

/// Makes the text of one input and compares or rewrites its expectation.
pub fn check(kind: Kind, input: &Path, mode: Mode) -> Result<(), String> {
    let source = fs::read_to_string(input).map_err(|error| format!("{}: {error}", input.display()))?;
    let folder = input.parent().ok_or("an input lies in a folder")?;
    let actual = normalise::listing(&(kind.produce)(input, &source)?, folder);
    let path = input.with_extension(kind.expectation);
    let expected = text::read_optional(&path)?;
    let difference = match &expected {
        None => Some(format!("{} is missing; the text is:\n{actual}", path.display())),
        Some(expected) => text::diff(expected, &actual).map(|diff| format!("{}:\n{diff}", path.display())),
    };
    match (difference, mode) {
        (None, _) => Ok(()),
        (Some(_), Mode::Bless) => text::replace_file(&path, &actual),
        (Some(difference), Mode::Compare) => {
            let test = format!("{}::{}", kind.folder, stem(input));
            Err(format!("{difference}\nif the new text is right:   ./x bless {test}"))
        }
    }
}

/// The inputs of a kind, sorted. Expectations that belong to none are an error.
fn inputs(folder: &Path, kind: Kind) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if extension == kind.input {
            found.push(path);
        } else if extension == kind.expectation && !path.with_extension(kind.input).exists() {
            return Err(format!("{} has no input: delete it", path.display()));
        }
    }
    found.sort();
    Ok(found)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPPER: Kind = Kind {
        folder: "upper",
        input: "txt",
        expectation: "up",
        produce: |_, source| match source.contains('!') {
            true => Err("no shouting".to_owned()),
            false => Ok(source.to_uppercase()),
        },
    };

    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("upper")).unwrap();
        for (name, content) in files {
            fs::write(root.path().join("upper").join(name), content).unwrap();
        }
        root
    }

    #[test]
    fn a_mismatch_shows_a_diff_and_the_command() {
        let root = folder_with(&[("a.txt", "one\n"), ("a.up", "TWO\n")]);
        let message = check(UPPER, &root.path().join("upper/a.txt"), Mode::Compare).unwrap_err();
        assert!(message.contains("-TWO\n+ONE\n"), "{message}");
        assert!(message.contains("./x bless upper::a"), "{message}");
    }

    #[test]
    fn blessing_writes_what_comparing_accepts() {
        let root = folder_with(&[("a.txt", "one\n")]);
        let input = root.path().join("upper/a.txt");
        assert!(check(UPPER, &input, Mode::Compare).unwrap_err().contains("is missing"));
        check(UPPER, &input, Mode::Bless).unwrap();
        assert_eq!(fs::read_to_string(root.path().join("upper/a.up")).unwrap(), "ONE\n");
        check(UPPER, &input, Mode::Compare).unwrap();
    }

    #[test]
    fn a_failing_producer_is_never_blessed() {
        let root = folder_with(&[("a.txt", "one!\n")]);
        let input = root.path().join("upper/a.txt");
        assert_eq!(check(UPPER, &input, Mode::Bless), Err("no shouting".to_owned()));
        assert!(!root.path().join("upper/a.up").exists());
    }

    #[test]
    fn each_input_is_a_test_and_orphans_are_errors() {
        let root = folder_with(&[("b.txt", ""), ("a.txt", ""), ("a.up", "")]);
        let trials = trials(root.path(), &[UPPER], Mode::Compare).unwrap();
        let names: Vec<_> = trials.iter().map(|trial| trial.name()).collect();
        assert_eq!(names, ["upper::a", "upper::b"]);
        fs::write(root.path().join("upper/c.up"), "").unwrap();
        let error = super::trials(root.path(), &[UPPER], Mode::Compare).err().unwrap();
        assert!(error.contains("c.up has no input"), "{error}");
    }

    #[test]
    fn the_ci_refuses_to_bless() {
        assert_eq!(Mode::choose(true, false), Ok(Mode::Bless));
        assert_eq!(Mode::choose(false, true), Ok(Mode::Compare));
        assert!(Mode::choose(true, true).is_err());
    }
}
