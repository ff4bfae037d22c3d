//! Where the program and its library are, and `sys.path` at the start.
//!
//! The prefix is the folder above the program's; the library is `lib/taipan3.14` in it, whether or not that is a real folder:
//! the embedded library appears there. `PYTHONHOME` names another prefix, whose `lib/taipan3.14` or `lib/python3.14` is
//! then read from the disk. A `pyvenv.cfg` beside the program or one folder above makes that folder the prefix of a
//! virtual environment, and its key `home` says where the program that made it is.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::Config;

const LIBRARY: &str = "lib/taipan3.14";
const ARCHIVE: &str = "lib/taipan314.zip";

#[derive(Default)]
pub struct Places {
    pub executable: String,
    pub base_executable: String,
    pub prefix: String,
    pub base_prefix: String,
    /// `sys._stdlib_dir`.
    pub library: String,
    /// The key `home` of a virtual environment, or `PYTHONHOME`.
    pub home: Option<String>,
    pub search_path: Vec<String>,
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The program as it was called: a link to it stays the link, so that a virtual environment's program finds its
/// environment.
fn executable(config: &Config) -> PathBuf {
    let current = std::env::current_exe().unwrap_or_default();
    if config.program.is_some() {
        return current;
    }
    let called = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let is_current = |p: &Path| fs::canonicalize(p).is_ok_and(|real| real == current);
    let candidate = if called.components().count() > 1 {
        std::path::absolute(&called).ok()
    } else {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&folders).map(|dir| dir.join(&called)).find(|p| p.is_file())
    };
    candidate.filter(|p| is_current(p)).unwrap_or(current)
}

/// The folder of a `pyvenv.cfg` and its key `home`.
fn virtual_environment(executable: &Path) -> Option<(PathBuf, String)> {
    let folder = executable.parent()?;
    [Some(folder), folder.parent()].into_iter().flatten().find_map(|place| {
        let settings = fs::read_to_string(place.join("pyvenv.cfg")).ok()?;
        let home = settings.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case("home").then(|| value.trim().to_owned())
        })?;
        Some((place.to_owned(), home))
    })
}

impl Places {
    pub fn find(config: &Config) -> Places {
        let variable = |name: &str| {
            let ignored = config.ignore_environment || config.isolated;
            std::env::var(name).ok().filter(|v| !v.is_empty() && !ignored)
        };
        let executable = executable(config);
        let mut places = Places { executable: text(&executable), ..Places::default() };
        places.base_executable = places.executable.clone();
        let real = fs::canonicalize(&executable).unwrap_or_else(|_| executable.clone());
        places.base_prefix = real.parent().and_then(Path::parent).map(text).unwrap_or_default();
        places.prefix = places.base_prefix.clone();
        if let Some(home) = variable("PYTHONHOME") {
            // `PREFIX:EXEC_PREFIX`; both have the same files here.
            let home = home.split(':').next().unwrap_or_default().to_owned();
            places.prefix = home.clone();
            places.base_prefix = home.clone();
            places.home = Some(home);
        } else if let Some((folder, home)) = virtual_environment(&executable) {
            places.prefix = text(&folder);
            if let Some(name) = executable.file_name() {
                places.base_executable = text(&Path::new(&home).join(name));
            }
            places.home = Some(home);
        }
        let base = Path::new(&places.base_prefix);
        let on_disk = |folder: &str| base.join(folder).join("os.py").is_file();
        let from_home = variable("PYTHONHOME").is_some();
        let folder = if from_home && !on_disk(LIBRARY) && on_disk("lib/python3.14") {
            "lib/python3.14"
        } else {
            LIBRARY
        };
        places.library = text(&base.join(folder));
        if let Some(path) = variable("PYTHONPATH") {
            places.search_path.extend(path.split(':').map(str::to_owned));
        }
        places.search_path.push(text(&base.join(ARCHIVE)));
        places.search_path.push(places.library.clone());
        places
    }
}
