//! Which parts of the runtime a program may reach: the others are not linked.
//!
//! The modules of the image are all that will ever run, but for modules that lie beside the executable. So what leads to a
//! part has to be written somewhere in them: as a name, or as text. A program that puts such a name together while it runs
//! gets an exception that says which option of the build helps.

use std::collections::HashSet;

use clap::ValueEnum;
use taipan_frontend::{Constant, PyText};
use taipan_mir::opcodes::Opcode;
use taipan_runtime::parts::ALL;

use super::imports::Found;
use super::reach::Piece;

/// What `--with` names.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// From source to code: what eval, exec, compile() and imports of source files need.
    Compiler,
    /// The names of characters: unicodedata.name and lookup, \N{…} in unicode_escape, namereplace.
    Names,
    /// Native modules that the program does not name, such as zlib.
    Modules,
    /// What functions of the library import that the program does not name.
    Library,
    /// All of them.
    All,
}

/// The parts that go in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needed {
    pub compiler: bool,
    pub names: bool,
    /// Native modules, by their names.
    pub modules: Vec<&'static str>,
}

/// Builtins that lead to the compiler. As attributes they are something else (`re.compile`), unless one of [`TO_BUILTINS`]
/// is there as well.
const COMPILING: [&str; 5] = ["compile", "eval", "exec", "__import__", "__builtins__"];
/// Ways to builtins, and to modules that compile.
const TO_BUILTINS: [&str; 13] = [
    "__builtins__",
    "builtins",
    "f_builtins",
    "importlib",
    "import_module",
    "_frozen_importlib",
    "_frozen_importlib_external",
    "_imp",
    "_symtable",
    "TokenizerIter",
    "runpy",
    "site",
    "zipimport",
];
/// Words in modules of the library that do not lead to the compiler there, though they are in the lists above.
const HARMLESS: [(&str, &str); 13] = [
    // Classes that warnings are of, which an option or a variable names.
    ("_py_warnings", "__import__"),
    ("_py_warnings", "builtins"),
    ("_py_warnings", "importlib"),
    // The namespace of a named tuple's `__new__`.
    ("collections", "__builtins__"),
    // Types, and functions like `open`, which have other names in these modules.
    ("codecs", "builtins"),
    ("enum", "builtins"),
    ("operator", "builtins"),
    ("reprlib", "builtins"),
    ("tokenize", "builtins"),
    ("typing", "builtins"),
    // What is unpickled is of modules that are there.
    ("pickle", "__import__"),
    ("pickle", "builtins"),
    // `\N{…}` in patterns, which is looked for in texts.
    ("re._parser", "unicodedata"),
];
/// What wants the names of characters.
const NAMING: [&str; 5] =
    ["unicodedata", "namereplace", "unicode_escape", "unicodeescape", "unicode_escape_decode"];

/// Whether all functions of the library may run.
pub fn all_of_library(with: &[Part]) -> bool {
    with.contains(&Part::Library) || with.contains(&Part::All)
}

/// What the program needs, and what else was asked for.
pub fn needed(found: &Found, with: &[Part]) -> Needed {
    let words = &found.words;
    let asked = |part| with.contains(&part) || with.contains(&Part::All);
    let compiler = asked(Part::Compiler)
        || found.is_open
        || COMPILING.iter().any(|name| words.globals.contains(*name))
        || TO_BUILTINS.iter().any(|name| words.all.contains(*name));
    // The compiler reads literals with such names.
    let names = compiler || asked(Part::Names) || NAMING.iter().any(|name| words.all.contains(*name));
    let wanted = |name: &str| {
        // What is compiled while the program runs may import anything that is there: so no module of the library that
        // the program does not import, and these are of use to such modules only.
        words.all.contains(name) || asked(Part::Modules) || compiler && !is_for_encodings(name)
    };
    let modules = ALL.modules.iter().map(|module| module.name).filter(|name| wanted(name)).collect();
    Needed { compiler, names, modules }
}

fn is_harmless(module: Option<&str>, word: &PyText) -> bool {
    let (Some(module), Some(word)) = (module, word.as_str()) else { return false };
    HARMLESS.contains(&(module, word))
}

/// Whether only modules of the package `encodings` import this one.
fn is_for_encodings(module: &str) -> bool {
    module == "_multibytecodec" || module.starts_with("_codecs_")
}

/// What is written in code that may run.
#[derive(Default)]
pub struct Words {
    /// Names that are looked up among the globals and builtins.
    pub globals: HashSet<String>,
    /// All names and texts; of dotted names also what is before the first dot, of encodings the usual spelling.
    pub all: HashSet<String>,
}

impl Words {
    /// `module` is where the code is, if it is of the library.
    pub fn read(&mut self, piece: &Piece, module: Option<&str>) {
        let code = &*piece.code;
        for i in piece.instructions() {
            let index = match i.op {
                Opcode::LOAD_CONST => {
                    code.consts.get(i.arg).into_iter().for_each(|constant| self.constant(constant, module));
                    continue;
                }
                Opcode::LOAD_GLOBAL | Opcode::LOAD_ATTR => i.arg >> 1,
                Opcode::LOAD_SUPER_ATTR => i.arg >> 2,
                Opcode::LOAD_NAME | Opcode::LOAD_FROM_DICT_OR_GLOBALS => i.arg,
                Opcode::IMPORT_NAME | Opcode::IMPORT_FROM | Opcode::STORE_ATTR | Opcode::DELETE_ATTR => i.arg,
                _ => continue,
            };
            let Some(name) = code.names.get(index) else { continue };
            self.word(name, module);
            if is_harmless(module, name) {
                continue;
            }
            if matches!(i.op, Opcode::LOAD_NAME | Opcode::LOAD_FROM_DICT_OR_GLOBALS | Opcode::LOAD_GLOBAL) {
                self.globals.extend(name.as_str().map(str::to_owned));
            }
        }
    }

    fn constant(&mut self, constant: &Constant, module: Option<&str>) {
        match constant {
            Constant::Str(text) => self.word(text, module),
            Constant::Tuple(items) | Constant::FrozenSet(items) => {
                items.iter().for_each(|item| self.constant(item, module));
            }
            _ => {}
        }
    }

    fn word(&mut self, text: &PyText, module: Option<&str>) {
        if is_harmless(module, text) {
            return;
        }
        if module.is_none() && text.as_str().is_some_and(|text| text.contains("\\N{")) {
            self.all.insert("unicodedata".to_owned());
        }
        // What is looked for is short.
        const LONGEST: usize = 64;
        let Some(text) = text.as_str().filter(|text| text.len() <= LONGEST) else { return };
        if let Some((first, _)) = text.split_once('.') {
            self.all.insert(first.to_owned());
        }
        let encoding = text.to_ascii_lowercase().replace(['-', ' '], "_");
        if encoding != text {
            self.all.insert(encoding);
        }
        self.all.insert(text.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{imports, reach};
    use taipan_frontend::Flags;

    fn of(source: &str) -> (bool, bool) {
        let needed = whole(source);
        (needed.compiler, needed.names)
    }

    fn whole(source: &str) -> Needed {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.py");
        std::fs::write(&path, source).unwrap();
        needed(&imports::follow(&path, Flags::default(), false, |_| ()).unwrap(), &[])
    }

    #[test]
    fn programs_that_cannot_compile_do_without_the_compiler() {
        assert_eq!(of("print('hello')"), (false, false));
        assert_eq!(of("import collections, enum, functools, random, re\nre.compile('a')"), (false, false));
        assert_eq!(of("import os, sys, time\nprint(os.sep, x.compile('a'), y.eval)"), (false, false));
    }

    #[test]
    fn whatever_leads_to_the_compiler_keeps_it() {
        for source in [
            "eval('1')",
            "def f():\n def g(): return exec",
            "class A: c = compile",
            "import builtins\ngetattr(builtins, x)",
            "import sys\nsys.modules['builtins']",
            "f = lambda: ('a', ('importlib.util',))",
            "__import__(x)",
            "import tokenize\ntokenize.generate_tokens(x)",
            "import dataclasses",
            "import nowhere_to_be_found",
        ] {
            assert_eq!(of(source), (true, true), "{source}");
        }
    }

    #[test]
    fn native_modules_go_in_by_name() {
        assert_eq!(whole("print(1)").modules, [""; 0]);
        assert_eq!(whole("import sys, math\ndef f():\n    from zlib import crc32").modules, ["math", "zlib"]);
        let all = || ALL.modules.iter().map(|module| module.name);
        assert_eq!(whole("eval('1')").modules, all().filter(|m| !is_for_encodings(m)).collect::<Vec<_>>());
        assert_eq!(whole("import encodings.big5").modules, ["_codecs_tw", "_multibytecodec"]);
    }

    #[test]
    fn words_of_the_library_that_lead_nowhere_are_still_there() {
        let mut found = HashSet::new();
        for (module, _) in HARMLESS {
            let library = [taipan_stdlib::LIBRARY, taipan_stdlib::CORE];
            let code = library.iter().find_map(|l| l.find(module)).unwrap_or_else(|| panic!("{module}")).code;
            let code = taipan_frontend::marshal::lazy::load(code).unwrap();
            let mut words = Words::default();
            reach::whole(&code).iter().flat_map(|unit| &unit.codes).for_each(|piece| words.read(piece, None));
            found.extend(words.all.into_iter().map(|word| (module, word)));
        }
        for (module, word) in HARMLESS {
            assert!(found.contains(&(module, word.to_owned())), "{module} does not name {word}");
        }
    }

    #[test]
    fn names_of_characters_go_in_alone() {
        for source in ["import unicodedata", "b'a'.decode('Unicode-Escape')", "x.encode(a, 'namereplace')"] {
            assert_eq!(of(source), (false, true), "{source}");
        }
    }
}
