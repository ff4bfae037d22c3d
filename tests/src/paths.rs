//! Where things are: the workspace, the test folders and the `taipan` binary under test.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests' crate is a folder of the workspace")
}

/// `tests/programs`.
pub fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programs")
}

/// `tests/golden`.
pub fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The `taipan` that the tests start: `TAIPAN_BIN` if set, else the one built with the same profile as this test.
///
/// Cargo builds no binary for the tests of another package, so it may be missing or older than the sources;
/// both are errors that say what to do, for a test of yesterday's binary tells nothing.
pub fn taipan() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("TAIPAN_BIN") {
        return Ok(path.into());
    }
    let this = std::env::current_exe().map_err(|error| format!("the test's own path: {error}"))?;
    // Tests lie in a folder beside the binary, tools next to it.
    let folder = this.parent().ok_or("the test does not lie in a target folder")?;
    let profile = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    let binary = profile.join("taipan");
    let advice = "run `./x test`, or `cargo build --workspace` first";
    let built = modified(&binary).map_err(|_| format!("{} is not built: {advice}", binary.display()))?;
    match newer_source(&profile.join("taipan.d"), built) {
        Some(source) => Err(format!("{} is older than {}: {advice}", binary.display(), source.display())),
        None => Ok(binary),
    }
}

/// The first source that changed after `built`, according to the dependency file that cargo leaves beside a binary.
fn newer_source(dependencies: &Path, built: SystemTime) -> Option<PathBuf> {
    let text = fs::read_to_string(dependencies).ok()?;
    let (_, sources) = text.split_once(": ")?;
    split_escaped(sources).map(PathBuf::from).find(|source| modified(source).is_ok_and(|time| time > built))
}

/// Words of a makefile's line; a blank inside a word is written as backslash and blank.
fn split_escaped(line: &str) -> impl Iterator<Item = String> {
    let joined = line.trim().replace("\\ ", "\0");
    joined.split_ascii_whitespace().map(|word| word.replace('\0', " ")).collect::<Vec<_>>().into_iter()
}

fn modified(path: &Path) -> std::io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_changed_source_makes_the_binary_stale() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("a file.rs");
        fs::write(&source, "").unwrap();
        let list = folder.path().join("taipan.d");
        fs::write(&list, format!("/target/taipan: {}\n", source.display().to_string().replace(' ', "\\ ")))
            .unwrap();
        let time = modified(&source).unwrap();
        assert_eq!(newer_source(&list, time), None);
        assert_eq!(newer_source(&list, time - Duration::from_secs(1)), Some(source));
    }
}
