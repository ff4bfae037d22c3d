//! Writes `docs/stdlib.md`: how the embedded standard library differs from a CPython's.
//!
//!     cargo run -p taipan-stdlib --example compare-library -- /usr/lib/python3.14 > docs/stdlib.md

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use similar::{ChangeTag, TextDiff};
use taipan_stdlib::{CORE, LIBRARY};

/// Files of Debian's packaging or of the C build, not of the library.
const NOT_LIBRARY: &[&str] =
    &["_sysconfigdata_", "_distutils_system_mod", "test/", "lib-dynload/", "__pycache__/"];
/// What Debian's maintainers change is no difference from CPython's own release.
const DEBIAN: &[&str] =
    &["deb_system", "posix_local", "dist-packages", "DEB_PYTHON_INSTALL_LAYOUT", "Debian"];

fn main() {
    let Some(root) = std::env::args().nth(1) else {
        eprintln!("usage: compare-library FOLDER-OF-CPYTHON'S-LIBRARY");
        std::process::exit(2);
    };
    let root = Path::new(&root);
    let mut theirs = BTreeMap::new();
    read_folder(root, "", &mut theirs);
    let ours: BTreeMap<String, String> = CORE
        .modules()
        .chain(LIBRARY.modules())
        .map(|m| (m.file.to_owned(), String::from_utf8_lossy(&m.source()).into_owned()))
        .collect();
    print!("{}", HEADER);
    println!("\n## Only in CPython's library\n");
    theirs.keys().filter(|f| !ours.contains_key(*f)).for_each(|f| println!("- `{f}`"));
    println!("\n## Only in Taipan's library\n");
    ours.keys().filter(|f| !theirs.contains_key(*f)).for_each(|f| println!("- `{f}`"));
    println!(
        "\n## Files that differ\n\n| file | lines only in Taipan's | lines only in CPython's | Debian's changes |\n|---|---:|---:|---|"
    );
    for (file, text) in &ours {
        let Some(other) = theirs.get(file).filter(|other| *other != text) else { continue };
        let diff = TextDiff::from_lines(text.as_str(), other.as_str());
        let count = |tag| diff.iter_all_changes().filter(|c| c.tag() == tag).count();
        let debian = diff
            .iter_all_changes()
            .any(|c| c.tag() == ChangeTag::Insert && DEBIAN.iter().any(|d| c.value().contains(d)));
        let (ours, theirs) = (count(ChangeTag::Delete), count(ChangeTag::Insert));
        println!("| `{file}` | {ours} | {theirs} | {} |", if debian { "yes" } else { "" });
    }
}

fn read_folder(folder: &Path, prefix: &str, out: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if path.is_dir() {
            let below = format!("{prefix}{name}/");
            if !NOT_LIBRARY.contains(&below.as_str()) && name != "__pycache__" {
                read_folder(&path, &below, out);
            }
        } else if name.ends_with(".py") && !NOT_LIBRARY.iter().any(|n| name.starts_with(n)) {
            let text = fs::read(&path).map(|b| String::from_utf8_lossy(&b).into_owned());
            out.extend(text.ok().map(|text| (format!("{prefix}{name}"), text)));
        }
    }
}

const HEADER: &str = "# The standard library

The Python files of the standard library come from the crate `rustpython-pylib` (PSF licence) at build time. They are CPython
3.14's; what the crate changed for its own interpreter is put back by `stdlib/build/overlay.rs`, and `stdlib/python` holds
what Taipan has of its own (modules that are native in CPython, the importer of the embedded library).

The build compiles all files and lays code and deflated sources out in two pieces of data: the *core*, which every
executable carries (what CPython freezes into its binary, `encodings`), and the *library*, which the `taipan` program carries.
Modules of the library look like source files in `sys._stdlib_dir`, a folder that need not exist. `PYTHONHOME` names another
library, which is then read from its files. An executable that `taipan build` made carries the core, its own modules
and those of the library that they import.

This page is written by `cargo run -p taipan-stdlib --example compare-library -- FOLDER`, where the folder is the library of a
CPython, here Debian's 3.14.10.
";
