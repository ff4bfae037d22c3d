//! The modules of its own that a program imports, found without running it.
//!
//! Import statements are read off the bytecode: `IMPORT_NAME` with the level and the list of names before it. What lies in the
//! program's folder is the program's own; modules of the standard library come along as bytecode, unless every executable
//! has them; native modules and what `PYTHONPATH` leads to stay where the interpreter finds them. Names that are
//! computed while the program runs cannot be seen here.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use taipan_frontend::image::code_objects;
use taipan_frontend::{CodeObject, Constant, Flags, marshal};
use taipan_mir::bytecode::instructions;
use taipan_mir::opcodes::Opcode;

use crate::program::{self, Contents};
use crate::terminal::{Failure, Result};

/// A module of the program.
pub struct Module {
    pub name: String,
    pub file: PathBuf,
    pub is_package: bool,
    /// Of the standard library: not worth compiling further.
    pub is_library: bool,
    pub code: Rc<CodeObject>,
    pub source: Vec<u8>,
}

/// An import that nothing answers today.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Missing {
    pub name: String,
    pub file: String,
}

pub struct Found {
    /// The program first.
    pub modules: Vec<Module>,
    pub missing: BTreeSet<Missing>,
    /// Whether the program imports what is not in here, and so may run sources that it finds.
    pub is_open: bool,
}

/// An import statement.
#[derive(Debug, PartialEq, Eq)]
struct Import {
    level: usize,
    name: String,
    names: Vec<String>,
}

/// Compiles the program and everything of its own that it imports. `progress` hears of each file.
pub fn follow(path: &Path, flags: Flags, mut progress: impl FnMut(&Path)) -> Result<Found> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let root = path.parent().map(Path::to_owned).unwrap_or_default();
    let mut found = Found { modules: Vec::new(), missing: BTreeSet::new(), is_open: false };
    let mut seen = HashSet::new();
    let mut open = VecDeque::from([("__main__".to_owned(), Place::File(path, false))]);
    while let Some((name, place)) = open.pop_front() {
        let module = match place {
            Place::File(file, is_package) => {
                progress(&file);
                load(name, file, is_package, flags)?
            }
            Place::Library(module) => library_module(&module)?,
        };
        let package = match module.name.as_str() {
            "__main__" => "",
            name if module.is_package => name,
            name => name.rsplit_once('.').map_or("", |(parent, _)| parent),
        };
        for import in imports(&module.code) {
            let Some(base) = absolute_name(&import, package) else { continue };
            let mut wanted = prefixes(&base);
            // `from package import module`; a name that is no module is an attribute.
            let optional = wanted.len();
            wanted.extend(
                import.names.iter().map(|n| if base.is_empty() { n.clone() } else { format!("{base}.{n}") }),
            );
            for (index, name) in wanted.into_iter().enumerate() {
                match locate(&root, &name) {
                    Some(place) if seen.insert(name.clone()) => open.push_back((name, place)),
                    Some(_) => {}
                    None if index < optional && !module.is_library && !is_in_runtime(&name) => {
                        found.is_open = true;
                        if is_on_path(&name) {
                            continue;
                        }
                        let file = module.file.display().to_string();
                        found.missing.insert(Missing { name, file });
                        break;
                    }
                    None => {}
                }
            }
        }
        found.modules.push(module);
    }
    Ok(found)
}

fn load(name: String, file: PathBuf, is_package: bool, flags: Flags) -> Result<Module> {
    let (code, source) = match program::read(&file)? {
        Contents::Source(source) => (program::compile(&file, &source, flags)?, source),
        // Tracebacks show the lines of the source that it was made from, if that is still there.
        Contents::Code(code) => {
            let source = code.filename.as_str().and_then(|name| std::fs::read(name).ok()).unwrap_or_default();
            (code, source)
        }
    };
    Ok(Module { name, file, is_package, is_library: false, code, source })
}

/// Where a module comes from.
enum Place {
    /// And whether it is a package.
    File(PathBuf, bool),
    Library(taipan_stdlib::Module),
}

/// A module of the embedded library. Its source stays behind: tracebacks show it only where the library is installed.
fn library_module(module: &taipan_stdlib::Module) -> Result<Module> {
    let code = marshal::lazy::load(module.code)
        .map_err(|error| Failure::program(format!("{}: {error}", module.name)))?;
    Ok(Module {
        name: module.name.to_owned(),
        file: Path::new(LIBRARY_FOLDER).join(module.file),
        is_package: module.is_package,
        is_library: true,
        code,
        source: Vec::new(),
    })
}

/// What modules of the library in an executable name as their folder.
const LIBRARY_FOLDER: &str = "<taipan3.14>";

/// `a`, `a.b`, `a.b.c`.
fn prefixes(name: &str) -> Vec<String> {
    if name.is_empty() {
        return Vec::new();
    }
    let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
    ends.map(|end| name[..end].to_owned()).collect()
}

/// What a relative import means in `package`; `None` when it leads out of it, which is an error of the run.
fn absolute_name(import: &Import, package: &str) -> Option<String> {
    if import.level == 0 {
        return Some(import.name.clone());
    }
    let mut base = package;
    if base.is_empty() {
        return None;
    }
    for _ in 1..import.level {
        base = base.rsplit_once('.')?.0;
    }
    Some(if import.name.is_empty() { base.to_owned() } else { format!("{base}.{}", import.name) })
}

/// The file of a module below `root`, as the importer would find it, or a module of the library.
fn locate(root: &Path, name: &str) -> Option<Place> {
    if taipan_runtime::modules::is_native(name) {
        return None;
    }
    let base = name.split('.').fold(root.to_owned(), |path, part| path.join(part));
    let init = base.join("__init__.py");
    if init.is_file() {
        return Some(Place::File(init, true));
    }
    // A module without source is its `.pyc`.
    let file = ["py", "pyc"].iter().map(|suffix| base.with_extension(suffix)).find(|f| f.is_file());
    file.map(|f| Place::File(f, false)).or_else(|| taipan_stdlib::LIBRARY.find(name).map(Place::Library))
}

/// A native module, or one that every executable has.
fn is_in_runtime(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or(name);
    taipan_stdlib::CORE.find(name).is_some() || name == "os.path" || taipan_runtime::modules::is_native(first)
}

/// Something on `PYTHONPATH`.
fn is_on_path(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or(name);
    let path = std::env::var("PYTHONPATH").unwrap_or_default();
    path.split(':').filter(|dir| !dir.is_empty()).any(|dir| {
        let base = Path::new(dir).join(first);
        base.is_dir() || base.with_extension("py").is_file()
    })
}

/// The import statements in a module and its functions.
fn imports(module: &Rc<CodeObject>) -> Vec<Import> {
    code_objects(module).iter().flat_map(|code| imports_of(code)).collect()
}

fn imports_of(code: &CodeObject) -> Vec<Import> {
    let mut found = Vec::new();
    // The two constants that were pushed last: level, list of names.
    let mut pushed: [Option<Constant>; 2] = [None, None];
    for i in instructions(&code.code) {
        let argument = i.arg;
        match i.op {
            Opcode::LOAD_CONST => push(&mut pushed, code.consts.get(argument).cloned()),
            Opcode::LOAD_SMALL_INT => push(&mut pushed, Some(Constant::Int(argument.into()))),
            Opcode::IMPORT_NAME => {
                let name = code.names.get(argument).and_then(|n| n.as_str()).unwrap_or_default().to_owned();
                let level = match &pushed[0] {
                    Some(Constant::Int(level)) => usize::try_from(level).unwrap_or(0),
                    _ => 0,
                };
                found.push(Import { level, name, names: names_in(pushed[1].as_ref()) });
            }
            _ => {}
        }
    }
    found
}

fn push(pushed: &mut [Option<Constant>; 2], constant: Option<Constant>) {
    pushed.swap(0, 1);
    pushed[1] = constant;
}

fn names_in(list: Option<&Constant>) -> Vec<String> {
    let Some(Constant::Tuple(items)) = list else { return Vec::new() };
    let texts = items.iter().filter_map(|item| match item {
        Constant::Str(text) => text.as_str().filter(|name| *name != "*").map(str::to_owned),
        _ => None,
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(source: &str) -> Vec<Import> {
        let code = taipan_frontend::compile(source, "t.py", taipan_frontend::Mode::Module, Flags::default())
            .unwrap();
        imports(&Rc::new(code))
    }

    fn import(level: usize, name: &str, names: &[&str]) -> Import {
        Import { level, name: name.to_owned(), names: names.iter().map(|n| (*n).to_owned()).collect() }
    }

    #[test]
    fn statements_are_read_off_the_bytecode() {
        assert_eq!(statements("import a.b as c\n"), [import(0, "a.b", &[])]);
        assert_eq!(statements("def f():\n  from ..x import y, z as w\n"), [import(2, "x", &["y", "z"])]);
        assert_eq!(statements("from . import *\n"), [import(1, "", &[])]);
    }

    #[test]
    fn relative_names_need_their_package() {
        assert_eq!(absolute_name(&import(1, "m", &[]), "p.q"), Some("p.q.m".to_owned()));
        assert_eq!(absolute_name(&import(2, "", &[]), "p.q"), Some("p".to_owned()));
        assert_eq!(absolute_name(&import(3, "m", &[]), "p.q"), None);
        assert_eq!(absolute_name(&import(1, "m", &[]), ""), None);
    }

    #[test]
    fn the_programs_own_modules_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        };
        let main = write("app.py", "import pkg.a\nimport sys, nowhere_to_be_found\nif 0: import never\n");
        write("pkg/__init__.py", "from . import b\nfrom .b import value\n");
        write("pkg/a.py", "import app\n");
        write("pkg/b.py", "value = 1\n");
        let found = follow(&main, Flags::default(), |_| ()).unwrap();
        let names: Vec<_> = found.modules.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["__main__", "pkg", "pkg.a", "pkg.b", "app"]);
        let missing: Vec<_> = found.missing.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(missing, ["nowhere_to_be_found"]);
    }
}
