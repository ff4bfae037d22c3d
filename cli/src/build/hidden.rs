//! Imports that no import statement shows: what syntax, builtins and the runtime itself import, and modules that are
//! named by texts.
//!
//! What Python code of the core imports while it runs (`os.popen` imports `subprocess`) is not listed here: it is
//! followed as other code of the library is, see [`super::reach`].

use std::collections::{HashMap, HashSet};

use taipan_frontend::{Constant, marshal};
use taipan_mir::bytecode::instructions;
use taipan_mir::opcodes::Opcode;

use super::reach::{Named, Piece, name};

/// Names of members, and the module that whoever uses them needs.
const BY_MEMBER: [(&str, &str); 8] = [
    // Native code that calls the library.
    ("__getstate__", "copyreg"),
    ("__reduce__", "copyreg"),
    ("__reduce_ex__", "copyreg"),
    ("breakpointhook", "pdb"),
    ("methodcaller", "functools"),
    ("set_coroutine_origin_tracking_depth", "traceback"),
    ("set_coroutine_origin_tracking_depth", "warnings"),
    ("strptime", "_strptime"),
];

/// Import statements of library modules that only matter when something else is named, too; nothing names what is empty.
const CONDITIONAL: [(&str, &str, &str); 4] = [
    // To say that the runtime has no such function.
    ("hashlib", "logging", ""),
    // There is a native `_abc`.
    ("abc", "_py_abc", ""),
    // It knows something only if the program imports it.
    ("_py_warnings", "tracemalloc", ""),
    // To pickle a union; the modules that use the table name it.
    ("copyreg", "typing", "dispatch_table"),
];

/// Modules, and what they import: native ones, and under names that they put together.
const BY_MODULE: [(&str, &str); 4] = [
    ("_pickle", "_compat_pickle"),
    ("_pickle", "copyreg"),
    ("_socket", "encodings.idna"),
    ("sysconfig", "_sysconfigdata__linux_"),
];

/// Builtins that are written in Python.
const BY_BUILTIN: [(&str, Builtin); 2] =
    [("breakpoint", Builtin::Module("pdb")), ("help", Builtin::Member("_Helper"))];

/// What a builtin leads to.
enum Builtin {
    Module(&'static str),
    /// Of a module that every executable has.
    Member(&'static str),
}

/// What `CALL_INTRINSIC_1` does with type parameters, by its numbers: whatever is done with them then is the work of `typing`.
const TYPE_PARAMETERS: [usize; 4] = [7, 8, 9, 10];

/// Encodings that are not of text: nobody means them by a word in passing.
const TRANSFORMS: [&str; 7] =
    ["base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"];

/// What is known of the library.
pub struct Hidden {
    /// Encodings by their other names.
    aliases: HashMap<String, String>,
}

impl Hidden {
    pub fn new() -> Hidden {
        Hidden { aliases: aliases().unwrap_or_default() }
    }

    /// Modules that a piece of code may import. Names that are no modules are to be passed over.
    pub fn of_piece(&self, piece: &Piece, is_library: bool) -> Vec<String> {
        let code = &*piece.code;
        let mut found = Vec::new();
        let mut texts = Vec::new();
        let mut imports_by_name = false;
        for i in piece.instructions() {
            match i.op {
                Opcode::BUILD_TEMPLATE | Opcode::BUILD_INTERPOLATION => {
                    found.push("string.templatelib".to_owned());
                }
                Opcode::CALL_INTRINSIC_1 if TYPE_PARAMETERS.contains(&i.arg) => {
                    found.push("typing".to_owned());
                }
                Opcode::LOAD_NAME => imports_by_name |= is_import(&name(code, i.arg)),
                Opcode::LOAD_GLOBAL | Opcode::LOAD_ATTR => {
                    imports_by_name |= is_import(&name(code, i.arg >> 1))
                }
                Opcode::LOAD_CONST => texts_in(code.consts.get(i.arg), &mut texts),
                _ => {}
            }
        }
        found.extend(texts.iter().flat_map(|text| self.encodings(text, is_library)));
        if imports_by_name {
            found.extend(texts.iter().filter(|text| is_dotted_name(text)).map(|text| (*text).to_owned()));
        }
        found
    }

    /// The modules of an encoding, should this be the name of one.
    fn encodings(&self, text: &str, is_library: bool) -> Vec<String> {
        // The longest names have 20 characters.
        const LONGEST: usize = 32;
        if text.is_empty() || text.len() > LONGEST || !text.is_ascii() {
            return Vec::new();
        }
        let name = normalized(text);
        let other = self.aliases.get(&name).or_else(|| self.aliases.get(&name.replace('.', "_")));
        [other, Some(&name)]
            .into_iter()
            .flatten()
            .filter(|name| !name.is_empty() && !name.contains('.'))
            .filter(|name| !(is_library && TRANSFORMS.contains(&name.as_str())))
            .map(|name| format!("encodings.{name}"))
            .collect()
    }
}

/// What comes with the names that are used, and with the modules that are there.
pub fn by_names(named: &Named, modules: &HashSet<String>) -> Vec<&'static str> {
    let members = BY_MEMBER.iter().filter(|(name, _)| named.has(name));
    let native = BY_MODULE.iter().filter(|(name, _)| modules.contains(*name));
    let both = |c: &&(&str, &str, &str)| modules.contains(c.0) && named.has(c.2);
    let conditional = CONDITIONAL.iter().filter(both).map(|(_, import, _)| *import);
    members.chain(native).map(|(_, module)| *module).chain(conditional).collect()
}

/// Whether [`by_names`] knows when the import counts.
pub fn is_conditional(module: &str, import: &str) -> bool {
    CONDITIONAL.iter().any(|c| (c.0, c.1) == (module, import))
}

/// What the program's own code gets from builtins, which `pieces` and their global names use.
pub fn by_builtins(pieces: &[Piece], globals: &HashSet<String>, named: &mut Named) -> Vec<String> {
    let mut found = Vec::new();
    for (builtin, leads_to) in &BY_BUILTIN {
        let is_own = || {
            pieces.iter().any(|piece| {
                piece.instructions().any(|i| {
                    matches!(i.op, Opcode::STORE_NAME | Opcode::STORE_GLOBAL)
                        && name(&piece.code, i.arg) == *builtin
                })
            })
        };
        if !globals.contains(*builtin) || is_own() {
            continue;
        }
        match leads_to {
            Builtin::Module(module) => found.push((*module).to_owned()),
            Builtin::Member(member) => named.member((*member).to_owned()),
        }
    }
    found
}

fn is_import(name: &str) -> bool {
    matches!(name, "__import__" | "import_module")
}

fn is_dotted_name(text: &str) -> bool {
    text.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

fn texts_in<'a>(constant: Option<&'a Constant>, out: &mut Vec<&'a str>) {
    match constant {
        Some(Constant::Str(text)) => out.extend(text.as_str()),
        Some(Constant::Tuple(items) | Constant::FrozenSet(items)) => {
            items.iter().for_each(|item| texts_in(Some(item), out));
        }
        _ => {}
    }
}

/// As `encodings.normalize_encoding` does it with what `codecs.lookup` has made lower case.
fn normalized(encoding: &str) -> String {
    let mut name = String::new();
    let mut is_parted = false;
    for c in encoding.to_ascii_lowercase().chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if std::mem::take(&mut is_parted) && !name.is_empty() {
                name.push('_');
            }
            name.push(c);
        } else {
            is_parted = true;
        }
    }
    name
}

/// The table in `encodings.aliases`: a display of names and what they stand for.
fn aliases() -> Option<HashMap<String, String>> {
    let module = taipan_stdlib::CORE.find("encodings.aliases")?;
    let code = marshal::lazy::load(module.code).ok()?;
    let mut words: Vec<&str> = Vec::new();
    for i in instructions(&code.code) {
        match i.op {
            Opcode::LOAD_CONST => texts_in(code.consts.get(i.arg), &mut words),
            Opcode::STORE_NAME if name(&code, i.arg) == "aliases" => break,
            Opcode::STORE_NAME => words.clear(),
            _ => {}
        }
    }
    Some(words.chunks_exact(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_found_by_all_their_names() {
        let hidden = Hidden::new();
        assert_eq!(hidden.encodings("Latin-1", false), ["encodings.latin_1"]);
        assert_eq!(hidden.encodings("l1", false), ["encodings.latin_1", "encodings.l1"]);
        assert_eq!(hidden.encodings("windows-1252", false), ["encodings.cp1252", "encodings.windows_1252"]);
        assert_eq!(hidden.encodings("hex", false), ["encodings.hex_codec", "encodings.hex"]);
        assert_eq!(hidden.encodings("hex", true), ["encodings.hex"]);
        assert_eq!(hidden.encodings("a.b", false), [""; 0]);
    }
}
