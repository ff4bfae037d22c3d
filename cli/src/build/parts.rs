//! Which parts of the runtime a program may reach: the others are not linked.
//!
//! The modules of the image are all that will ever run, but for modules that lie beside the executable. So what leads to a
//! part has to be written somewhere in them: as a name, or as text. A program that puts such a name together while it runs
//! gets an exception that says which option of the build helps.

use std::collections::HashSet;

use clap::ValueEnum;
use taipan_frontend::image::code_objects;
use taipan_frontend::{CodeObject, Constant, PyText};
use taipan_mir::bytecode::instructions;
use taipan_mir::opcodes::Opcode;
use taipan_runtime::parts::ALL;

use super::imports::Found;

/// What `--with` names.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// From source to code: what eval, exec, compile() and imports of source files need.
    Compiler,
    /// The names of characters: unicodedata.name and lookup, \N{…} in unicode_escape, namereplace.
    Names,
    /// Native modules that the program does not name, such as zlib.
    Modules,
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
    "_tokenize",
    "runpy",
    "site",
    "zipimport",
];
/// What wants the names of characters.
const NAMING: [&str; 5] =
    ["unicodedata", "namereplace", "unicode_escape", "unicodeescape", "unicode_escape_decode"];

/// What the program needs, and what else was asked for.
pub fn needed(found: &Found, with: &[Part]) -> Needed {
    let mut words = Words::default();
    for module in &found.modules {
        code_objects(&module.code).iter().for_each(|code| words.read(code));
    }
    let asked = |part| with.contains(&part) || with.contains(&Part::All);
    let compiler = asked(Part::Compiler)
        || found.is_open
        || COMPILING.iter().any(|name| words.globals.contains(*name))
        || TO_BUILTINS.iter().any(|name| words.all.contains(*name));
    // The compiler reads literals with such names.
    let names = compiler || asked(Part::Names) || NAMING.iter().any(|name| words.all.contains(*name));
    // What is compiled while the program runs may import anything.
    let all_modules = compiler || asked(Part::Modules);
    let modules = ALL.modules.iter().map(|module| module.name);
    let modules = modules.filter(|name| all_modules || words.all.contains(*name)).collect();
    Needed { compiler, names, modules }
}

/// What is written in code.
#[derive(Default)]
struct Words {
    /// Names that are looked up among the globals and builtins.
    globals: HashSet<String>,
    /// All names and texts; of dotted names also what is before the first dot, of encodings the usual spelling.
    all: HashSet<String>,
}

impl Words {
    fn read(&mut self, code: &CodeObject) {
        code.names.iter().for_each(|name| self.word(name));
        code.consts.iter().for_each(|constant| self.constant(constant));
        for i in instructions(&code.code) {
            let index = match i.op {
                Opcode::LOAD_NAME | Opcode::LOAD_FROM_DICT_OR_GLOBALS => i.arg,
                Opcode::LOAD_GLOBAL => i.arg >> 1,
                _ => continue,
            };
            if let Some(name) = code.names.get(index).and_then(PyText::as_str) {
                self.globals.insert(name.to_owned());
            }
        }
    }

    fn constant(&mut self, constant: &Constant) {
        match constant {
            Constant::Str(text) => self.word(text),
            Constant::Tuple(items) | Constant::FrozenSet(items) => {
                items.iter().for_each(|item| self.constant(item));
            }
            _ => {}
        }
    }

    fn word(&mut self, text: &PyText) {
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
    use crate::build::imports;
    use taipan_frontend::Flags;

    fn of(source: &str) -> (bool, bool) {
        let needed = whole(source);
        (needed.compiler, needed.names)
    }

    fn whole(source: &str) -> Needed {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.py");
        std::fs::write(&path, source).unwrap();
        needed(&imports::follow(&path, Flags::default(), |_| ()).unwrap(), &[])
    }

    #[test]
    fn programs_that_cannot_compile_do_without_the_compiler() {
        assert_eq!(of("print('hello')"), (false, false));
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
            "import collections",
            "import nowhere_to_be_found",
        ] {
            assert_eq!(of(source), (true, true), "{source}");
        }
    }

    #[test]
    fn native_modules_go_in_by_name() {
        assert_eq!(whole("print(1)").modules, [""; 0]);
        assert_eq!(whole("import sys, math\ndef f():\n    from zlib import crc32").modules, ["math", "zlib"]);
        assert_eq!(whole("eval('1')").modules.len(), ALL.modules.iter().count());
    }

    #[test]
    fn names_of_characters_go_in_alone() {
        for source in ["import unicodedata", "b'a'.decode('Unicode-Escape')", "x.encode(a, 'namereplace')"] {
            assert_eq!(of(source), (false, true), "{source}");
        }
    }
}
