//! Comparing and writing expectations.

use std::fs;
use std::io::Write;
use std::path::Path;

use similar::TextDiff;

/// The difference as a unified diff, or nothing when both are equal.
pub fn diff(expected: &str, actual: &str) -> Option<String> {
    if expected == actual {
        return None;
    }
    let diff = TextDiff::from_lines(expected, actual);
    Some(diff.unified_diff().context_radius(3).header("expected", "actual").to_string())
}

/// Writes a file so that no reader ever sees half of it: a temporary file beside it takes its name.
pub fn replace_file(path: &Path, text: &str) -> Result<(), String> {
    let write = || -> std::io::Result<()> {
        let folder = path.parent().ok_or_else(|| std::io::Error::other("a file without a folder"))?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        // A temporary file is private to its owner; an expectation is an ordinary file of the repository.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        }
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// The text of a file, `None` if there is no such file.
pub fn read_optional(path: &Path) -> Result<Option<String>, String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_no_diff() {
        assert_eq!(diff("a\n", "a\n"), None);
        let shown = diff("a\nb\n", "a\nc\n").unwrap();
        assert!(shown.contains("-b\n+c\n"), "{shown}");
    }

    #[test]
    fn a_missing_file_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.out");
        assert_eq!(read_optional(&path), Ok(None));
        replace_file(&path, "text").unwrap();
        assert_eq!(read_optional(&path), Ok(Some("text".to_owned())));
    }
}
