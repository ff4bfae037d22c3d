//! The modules of its own that a program imports, found without running it.
//!
//! Import statements are read off the bytecode: `IMPORT_NAME` with the level and the list of names before it. What lies in the
//! program's folder is the program's own; modules of the standard library come along as bytecode, unless every executable
//! has them; native modules and what `PYTHONPATH` leads to stay where the interpreter finds them. Of the library only
//! code that something names is followed ([`super::reach`]); what is imported without a statement is in [`super::hidden`].
//! Names that are computed while the program runs cannot be seen here.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use taipan_frontend::{CodeObject, Constant, Flags, marshal};
use taipan_mir::opcodes::Opcode;

use super::hidden::{self, Hidden};
use super::parts::Words;
use super::reach::{self, Globals, Named, Piece, Unit};

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
    /// What is written in the code that may run.
    pub words: Words,
}

/// An import statement.
#[derive(Debug, PartialEq, Eq)]
struct Import {
    level: usize,
    name: String,
    names: Vec<String>,
    is_star: bool,
}

/// Compiles the program and everything of its own that it imports. `progress` hears of each file. `all` also follows what
/// only functions of the library import that nothing names.
pub fn follow(path: &Path, flags: Flags, all: bool, mut progress: impl FnMut(&Path)) -> Result<Found> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut search = Search::new(path.parent().map(Path::to_owned).unwrap_or_default(), all);
    let mut open = VecDeque::from([("__main__".to_owned(), Place::File(path, false))]);
    loop {
        while let Some((name, place)) = open.pop_front() {
            let module = match place {
                Place::File(file, is_package) => {
                    progress(&file);
                    load(name, file, is_package, flags)?
                }
                Place::Library(module) => library_module(&module)?,
                Place::Core(index) => {
                    search.core[index].is_imported = true;
                    search.read(Part::Core(index), &mut open);
                    continue;
                }
            };
            search.add(module, &mut open);
        }
        search.read_what_is_named(&mut open);
        if open.is_empty() {
            return Ok(search.found);
        }
    }
}

/// The units of a module that do not count yet.
struct Divided {
    name: String,
    /// What its relative imports mean.
    package: String,
    /// What errors say; empty in the library.
    file: Option<PathBuf>,
    units: Vec<Unit>,
    globals: Globals,
    has_star_imports: bool,
    /// Modules of the core are there, but their bodies do not count before something imports them.
    is_imported: bool,
}

impl Divided {
    fn new(module: &Module, all: bool) -> Divided {
        let package = match module.name.as_str() {
            "__main__" => "",
            name if module.is_package => name,
            name => name.rsplit_once('.').map_or("", |(parent, _)| parent),
        };
        let whole = all || !module.is_library;
        Divided {
            name: module.name.clone(),
            package: package.to_owned(),
            file: (!module.is_library).then(|| module.file.clone()),
            units: if whole { reach::whole(&module.code) } else { reach::divide(&module.code) },
            globals: Globals::default(),
            has_star_imports: false,
            is_imported: true,
        }
    }
}

#[derive(Clone, Copy)]
enum Part {
    Core(usize),
    Program(usize),
}

type Open = VecDeque<(String, Place)>;

struct Search {
    root: PathBuf,
    all: bool,
    found: Found,
    seen: HashSet<String>,
    hidden: Hidden,
    named: Named,
    program: Vec<Divided>,
    core: Vec<Divided>,
}

impl Search {
    fn new(root: PathBuf, all: bool) -> Search {
        let core = taipan_stdlib::CORE.modules().filter_map(|module| library_module(&module).ok());
        let core =
            core.map(|module| Divided { is_imported: false, ..Divided::new(&module, false) }).collect();
        let found =
            Found { modules: Vec::new(), missing: BTreeSet::new(), is_open: false, words: Words::default() };
        let hidden = Hidden::new();
        let (seen, named, program) = (HashSet::new(), Named::default(), Vec::new());
        Search { root, all, found, seen, hidden, named, program, core }
    }

    fn add(&mut self, module: Module, open: &mut Open) {
        self.program.push(Divided::new(&module, self.all));
        self.found.modules.push(module);
        self.read(Part::Program(self.program.len() - 1), open);
    }

    /// Reads what counts by now, until that names nothing more, and imports what comes with names.
    fn read_what_is_named(&mut self, open: &mut Open) {
        let parts: Vec<Part> =
            (0..self.core.len()).map(Part::Core).chain((0..self.program.len()).map(Part::Program)).collect();
        while parts.iter().filter(|part| self.read(**part, open)).count() > 0 {}
        for name in hidden::by_names(&self.named, &self.seen) {
            self.want_all(name, open);
        }
    }

    /// Reads the units of a module that count; whether there are any.
    fn read(&mut self, part: Part, open: &mut Open) -> bool {
        let divided = match part {
            Part::Core(index) => &mut self.core[index],
            Part::Program(index) => &mut self.program[index],
        };
        let names_more = divided.globals.use_imported(&mut self.named);
        let (named, globals) = (&self.named, &divided.globals);
        let is_core = matches!(part, Part::Core(_));
        let counts = |unit: &mut Unit| match unit.needs[..] {
            [] => divided.is_imported,
            _ => named.reaches(unit, globals) && (!is_core || named.names_one(unit, globals)),
        };
        let units: Vec<Unit> = divided.units.extract_if(.., counts).collect();
        if units.is_empty() {
            return names_more;
        }
        let mut wanted = Vec::new();
        for unit in &units {
            // What bodies of the core use is in the core.
            if !(is_core && unit.needs.is_empty()) {
                reach::names(unit, &mut divided.globals, &mut self.named);
            }
            for piece in &unit.codes {
                let mut imports = imports_of(piece);
                if divided.file.is_none() {
                    imports.retain(|import| !hidden::is_conditional(&divided.name, &import.name));
                }
                divided.has_star_imports |= imports.iter().any(|import| import.is_star);
                wanted.extend(imports);
                // What the core may reach does not depend on the program's parts.
                if !is_core {
                    let module = divided.file.is_none().then_some(divided.name.as_str());
                    self.found.words.read(piece, module);
                }
            }
        }
        if divided.has_star_imports {
            divided.globals.loaded.iter().for_each(|name| self.named.member(name.clone()));
        }
        let (package, file) = (divided.package.clone(), divided.file.clone());
        let mut hidden: Vec<String> = Vec::new();
        for unit in &units {
            if file.is_some() {
                hidden.extend(hidden::by_builtins(&unit.codes, &divided.globals.loaded, &mut self.named));
            }
            // Texts of the core are tables of all that there is.
            for piece in unit.codes.iter().filter(|_| !is_core) {
                hidden.extend(self.hidden.of_piece(piece, file.is_none()));
            }
        }
        for import in wanted {
            self.import(&import, &package, file.as_deref(), open);
        }
        for name in hidden {
            self.want_all(&name, open);
        }
        true
    }

    fn import(&mut self, import: &Import, package: &str, file: Option<&Path>, open: &mut Open) {
        let Some(base) = absolute_name(import, package) else { return };
        for name in prefixes(&base) {
            if self.want(&name, open) || is_in_runtime(&name) {
                continue;
            }
            let Some(file) = file else { continue };
            self.found.is_open = true;
            if !is_on_path(&name) {
                let file = file.display().to_string();
                self.found.missing.insert(Missing { name, file });
                return;
            }
        }
        // `from package import module`; a name that is no module is an attribute.
        for name in &import.names {
            let name = if base.is_empty() { name.clone() } else { format!("{base}.{name}") };
            self.want(&name, open);
        }
    }

    /// A module and the packages around it, if there is such a module.
    fn want_all(&mut self, name: &str, open: &mut Open) {
        if locate(&self.root, name).is_some() || taipan_stdlib::CORE.find(name).is_some() {
            for name in prefixes(name) {
                self.want(&name, open);
            }
        }
    }

    /// Whether there is such a module; it comes along.
    fn want(&mut self, name: &str, open: &mut Open) -> bool {
        let place = match locate(&self.root, name) {
            Some(place) => place,
            None => match self.core.iter().position(|module| module.name == name) {
                Some(index) => Place::Core(index),
                None => {
                    // Native modules are known by their names only.
                    self.seen.insert(name.to_owned());
                    return false;
                }
            },
        };
        if self.seen.insert(name.to_owned()) {
            open.push_back((name.to_owned(), place));
        }
        true
    }
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
    /// In every executable.
    Core(usize),
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
    let is_entered = matches!(name, "os.path" | "collections.abc");
    taipan_stdlib::CORE.find(name).is_some() || is_entered || taipan_runtime::modules::is_native(first)
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

fn imports_of(piece: &Piece) -> Vec<Import> {
    let code = &*piece.code;
    let mut found = Vec::new();
    // The two constants that were pushed last: level, list of names.
    let mut pushed: [Option<Constant>; 2] = [None, None];
    for i in piece.instructions() {
        let argument = i.arg;
        match i.op {
            Opcode::LOAD_CONST => push(&mut pushed, code.consts.get(argument).cloned()),
            Opcode::LOAD_SMALL_INT => push(&mut pushed, Some(Constant::Int(argument.into()))),
            Opcode::IMPORT_NAME => {
                let level = match &pushed[0] {
                    Some(Constant::Int(level)) => usize::try_from(level).unwrap_or(0),
                    _ => 0,
                };
                let mut names = names_in(pushed[1].as_ref());
                let all = names.len();
                names.retain(|name| name != "*");
                let is_star = names.len() < all;
                found.push(Import { level, name: reach::name(code, argument), names, is_star });
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
        Constant::Str(text) => text.as_str().map(str::to_owned),
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
        reach::whole(&Rc::new(code)).iter().flat_map(|unit| &unit.codes).flat_map(imports_of).collect()
    }

    fn import(level: usize, name: &str, names: &[&str]) -> Import {
        Import {
            level,
            name: name.to_owned(),
            names: names.iter().map(|n| (*n).to_owned()).collect(),
            is_star: false,
        }
    }

    #[test]
    fn statements_are_read_off_the_bytecode() {
        assert_eq!(statements("import a.b as c\n"), [import(0, "a.b", &[])]);
        assert_eq!(statements("def f():\n  from ..x import y, z as w\n"), [import(2, "x", &["y", "z"])]);
        assert_eq!(statements("from . import *\n"), [Import { is_star: true, ..import(1, "", &[]) }]);
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
        let found = follow(&main, Flags::default(), false, |_| ()).unwrap();
        let names: Vec<_> = found.modules.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["__main__", "pkg", "pkg.a", "pkg.b", "app"]);
        let missing: Vec<_> = found.missing.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(missing, ["nowhere_to_be_found"]);
    }

    fn modules(source: &str) -> HashSet<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.py");
        std::fs::write(&path, source).unwrap();
        let found = follow(&path, Flags::default(), false, |_| ()).unwrap();
        found.modules.into_iter().map(|module| module.name).collect()
    }

    #[test]
    fn functions_of_the_library_are_followed_when_something_names_them() {
        assert_eq!(modules("import os\nprint(os.sep)").len(), 1);
        assert!(modules("import os\nos.popen('ls')").contains("subprocess"));
        let collections = modules("import collections");
        assert!(collections.contains("operator") && !collections.contains("pickle"), "{collections:?}");
        assert!(modules("import os.path\nf = os.path.expandvars").contains("re"));
    }

    #[test]
    fn imports_without_statements_are_seen() {
        for (source, module) in [
            ("t'{x}'", "string.templatelib"),
            ("class A[T]: pass", "typing"),
            ("open(f, encoding='cp1252')", "encodings.cp1252"),
            ("x.encode('Windows-1252')", "encodings.cp1252"),
            ("codecs.encode(x, 'hex')", "encodings.hex_codec"),
            ("import time\ntime.strptime(x, y)", "_strptime"),
            ("x.__reduce_ex__(2)", "copyreg"),
            ("help(x)", "pydoc"),
            ("breakpoint()", "pdb"),
            ("import importlib\nimportlib.import_module('textwrap')", "textwrap"),
            ("__import__('json.decoder')", "json.decoder"),
            ("import importlib.util", "importlib._abc"),
            ("__import__('importlib.util')", "importlib._abc"),
            ("import sysconfig\nsysconfig.get_config_var(x)", "_sysconfigdata__linux_"),
        ] {
            assert!(modules(source).contains(module), "{source}: {module}");
        }
        for source in
            ["def help(): pass\nhelp()", "x.help", "print('hello', 1)", "def f(x: int) -> str: pass"]
        {
            assert_eq!(modules(source).len(), 1, "{source}");
        }
    }
}
