//! What `FILE[:FUNCTION]` names.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use taipan_frontend::{CodeObject, Flags, inspect};

use crate::program::{self, Contents};
use crate::terminal::{Failure, Result};

/// Names that a message lists at most.
const LISTED: usize = 12;

pub struct Target {
    pub path: PathBuf,
    pub function: Option<String>,
    pub contents: Contents,
}

impl Target {
    /// Finds and reads the file. A colon separates the function, unless there is a file of the whole name.
    pub fn open(argument: &OsStr) -> Result<Target> {
        let whole = Path::new(argument);
        let split = argument.to_str().and_then(|text| text.rsplit_once(':'));
        let (path, function) = match split {
            Some((path, function)) if !path.is_empty() && !function.is_empty() && !whole.exists() => {
                (Path::new(path), Some(function.to_owned()))
            }
            _ => (whole, None),
        };
        Ok(Target { path: path.to_owned(), function, contents: program::read(path)? })
    }

    /// The file's name as messages and listings show it.
    pub fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    pub fn source(&self) -> Option<&[u8]> {
        match &self.contents {
            Contents::Source(bytes) => Some(bytes),
            Contents::Code(_) => None,
        }
    }

    /// The file's code, compiled if it is source.
    pub fn code(&self, flags: Flags) -> Result<Rc<CodeObject>> {
        match &self.contents {
            Contents::Source(bytes) => program::compile(&self.path, bytes, flags),
            Contents::Code(code) => Ok(code.clone()),
        }
    }

    /// Indices of what the target names among `names`; all of them if it names only the file.
    pub fn select(&self, names: &[&str]) -> Result<Vec<usize>> {
        let Some(function) = &self.function else { return Ok((0..names.len()).collect()) };
        let found = inspect::select(names.iter().copied(), function);
        match found.is_empty() {
            false => Ok(found),
            true => Err(self.missing(function, names)),
        }
    }

    /// Whether the function exists, by the names of the file's code objects.
    pub fn check_function(&self, flags: Flags) -> Result<()> {
        let mut all = Vec::new();
        super::bytecode::list(&self.code(flags)?, &mut all);
        let names: Vec<String> = all.iter().map(|code| super::bytecode::qualname(code)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.select(&names).map(drop)
    }

    fn missing(&self, function: &str, names: &[&str]) -> Failure {
        let mut known: Vec<&str> = Vec::new();
        for name in names.iter().filter(|name| **name != "<module>") {
            if !known.contains(name) {
                known.push(name);
            }
        }
        let file = self.path.display();
        if known.is_empty() {
            return Failure::usage(format!("there is no '{function}' in '{file}', which has no functions"));
        }
        let plain = |name: &str| name.replace(".<locals>", "");
        let likeness = |name: &str| {
            let name = plain(name);
            let last = name.rsplit('.').next().unwrap_or(&name);
            strsim::jaro_winkler(&name, &plain(function)).max(strsim::jaro_winkler(last, function))
        };
        let closest = known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        if let Some(closest) = closest.filter(|name| likeness(name) > 0.8) {
            return Failure::usage(format!(
                "there is no '{function}' in '{file}'; did you mean '{}'?",
                plain(closest)
            ));
        }
        let rest = known.len().saturating_sub(LISTED);
        let mut list = known.iter().take(LISTED).map(|name| plain(name)).collect::<Vec<_>>().join(", ");
        if rest > 0 {
            list.push_str(&format!(" and {rest} more"));
        }
        Failure::usage(format!("there is no '{function}' in '{file}'; there is {list}"))
    }
}
