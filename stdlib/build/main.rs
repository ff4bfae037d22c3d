//! Compiles the standard library and lays it out as two pieces of data.
//!
//! The Python files come from the crate `rustpython-pylib`, which carries CPython's library. What that crate changed for its
//! own interpreter is put back by the edits in `overlay.rs`; files of our own are in `python/`. `docs/stdlib.md` lists how
//! the result differs from CPython's library.
//!
//! Modules are compiled on all cores, a thread per slice of the list: the compiler is fast, but there are some six hundred.

mod overlay;

use std::path::{Path, PathBuf};
use std::{env, fs, thread};

use taipan_frontend::{Flags, Mode, marshal};

/// Folders and modules that make no sense here: other toolkits' front ends, other platforms' stand-ins, installers that
/// carry wheels.
const LEFT_OUT: &[&str] = &[
    "_dummy_os",
    "_dummy_thread",
    "_pycodecs",
    "dummy_threading",
    "ensurepip",
    "idlelib",
    "tkinter",
    "turtle",
    "turtledemo",
];

/// What the runtime itself carries, so that every executable starts: the modules that CPython freezes into its binary, and
/// the encodings that start-up names. The second column is the name under which a module is imported as a frozen one.
const CORE: &[(&str, bool)] = &[
    ("importlib._bootstrap", true),
    ("importlib._bootstrap_external", true),
    ("zipimport", true),
    ("abc", true),
    ("codecs", true),
    ("io", true),
    ("_collections_abc", true),
    ("_sitebuiltins", true),
    ("genericpath", true),
    ("ntpath", true),
    ("posixpath", true),
    ("os", true),
    ("site", true),
    ("stat", true),
    ("importlib.util", true),
    ("importlib.machinery", true),
    ("runpy", true),
    ("__hello__", true),
    ("__phello__", true),
    ("__phello__.ham", true),
    ("__phello__.ham.eggs", true),
    ("__phello__.spam", true),
    ("_taipan_library", true),
    ("encodings", false),
    ("encodings.aliases", false),
    ("encodings.utf_8", false),
    ("linecache", false),
    ("importlib", false),
    ("_taipan_typing", false),
    ("_taipan_sinks", false),
    ("_taipan_program", false),
];

#[derive(Clone)]
struct Source {
    name: String,
    /// Below the library's folder, `json/decoder.py`.
    relative: String,
    path: PathBuf,
}

struct Module {
    name: String,
    relative: String,
    package: bool,
    frozen: bool,
    code: Vec<u8>,
    source: Vec<u8>,
    source_length: usize,
}

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=python");
    let mut sources = Vec::new();
    find(Path::new(rustpython_pylib::LIB_PATH), "", "", &mut sources);
    find(&manifest.join("python"), "", "", &mut sources);
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    let modules = compile_all(&sources);
    let (core, library): (Vec<_>, Vec<_>) =
        modules.into_iter().partition(|m| CORE.iter().any(|(name, _)| *name == m.name));
    assert_eq!(core.len(), CORE.len(), "a module of the core is missing from the library");
    fs::write(out.join("core.img"), lay_out(&core)).expect("OUT_DIR is writable");
    fs::write(out.join("library.img"), lay_out(&library)).expect("OUT_DIR is writable");
    let folder =
        sources.iter().map(|s| format!("{}\t{}\n", s.relative, s.path.display())).collect::<String>();
    fs::write(out.join("sources.tsv"), folder).expect("OUT_DIR is writable");
}

/// Every module below `folder`, the package `package`.
fn find(folder: &Path, package: &str, relative: &str, out: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries.flatten() {
        let path = entry.path();
        let file_name = entry.file_name().to_string_lossy().into_owned();
        let below = format!("{relative}{file_name}");
        if path.is_dir() {
            let name = format!("{package}{file_name}");
            if !LEFT_OUT.contains(&name.as_str()) && path.join("__init__.py").is_file() {
                let relative = format!("{below}/");
                out.push(Source {
                    name: name.clone(),
                    relative: format!("{relative}__init__.py"),
                    path: path.join("__init__.py"),
                });
                find(&path, &format!("{name}."), &relative, out);
            }
        } else if let Some(stem) = file_name.strip_suffix(".py") {
            let name = format!("{package}{stem}");
            if stem != "__init__" && !LEFT_OUT.contains(&name.as_str()) {
                out.push(Source { name, relative: below, path });
            }
        }
    }
}

fn compile_all(sources: &[Source]) -> Vec<Module> {
    let threads = thread::available_parallelism().map_or(1, |n| n.get());
    let slice = sources.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let workers: Vec<_> = sources
            .chunks(slice)
            .map(|part| {
                // Deeply nested sources are parsed recursively.
                let builder = thread::Builder::new().stack_size(64 << 20);
                builder.spawn_scoped(scope, || part.iter().map(compile).collect::<Vec<_>>())
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|w| w.expect("threads can be made").join().expect("the library compiles"))
            .collect()
    })
}

fn compile(source: &Source) -> Module {
    let text = fs::read(&source.path).unwrap_or_else(|e| panic!("{}: {e}", source.path.display()));
    let text = overlay::apply(&source.relative, text);
    let entry = CORE.iter().find(|(name, _)| *name == source.name);
    let frozen = entry.is_some_and(|(_, frozen)| *frozen);
    // The runtime puts the folder in front of what is not frozen.
    let filename = if frozen { format!("<frozen {}>", source.name) } else { source.relative.clone() };
    let compiled = taipan_frontend::compile_bytes(&text, &filename, Mode::Module, Flags::default())
        .unwrap_or_else(|e| panic!("{}: {e:?}", source.path.display()))
        .code;
    let code = marshal::lazy::dump(&compiled).unwrap_or_else(|e| panic!("{}: {e}", source.name));
    Module {
        name: source.name.clone(),
        relative: source.relative.clone(),
        package: source.relative.ends_with("/__init__.py"),
        frozen,
        code,
        source_length: text.len(),
        source: miniz_oxide::deflate::compress_to_vec(&text, 6),
    }
}

/// The layout that `src/lib.rs` describes.
fn lay_out(modules: &[Module]) -> Vec<u8> {
    const ROW: usize = 40;
    let mut rows = (modules.len() as u32).to_le_bytes().to_vec();
    let start = 4 + ROW * modules.len();
    let mut blobs: Vec<u8> = Vec::new();
    // What is looked at together lies together: all names, all files, all code, all sources. So a search for a name touches
    // few pages, and a start none with sources.
    let mut places: Vec<Vec<u8>> = vec![Vec::new(); modules.len()];
    let columns: [fn(&Module) -> &[u8]; 4] =
        [|m| m.name.as_bytes(), |m| m.relative.as_bytes(), |m| &m.code, |m| &m.source];
    for column in columns {
        for (module, place) in modules.iter().zip(&mut places) {
            let blob = column(module);
            place.extend(u32::try_from(start + blobs.len()).expect("below 4 GiB").to_le_bytes());
            place.extend((blob.len() as u32).to_le_bytes());
            blobs.extend_from_slice(blob);
        }
    }
    for (module, place) in modules.iter().zip(places) {
        let flags = u32::from(module.package) | u32::from(module.frozen) << 1;
        rows.extend(flags.to_le_bytes());
        rows.extend((module.source_length as u32).to_le_bytes());
        rows.extend(place);
    }
    rows.extend(blobs);
    rows
}
