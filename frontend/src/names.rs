//! Interned identifiers: within one compilation a name is a `u32`, so that symbol tables, name
//! tables and scopes compare and hash integers.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::code::PyText;

/// An identifier (or any other short text that the compiler stores in names) of one compilation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Name(pub u32);

/// All names of one compilation.
#[derive(Default)]
pub struct Names {
    texts: Vec<PyText>,
    by_text: HashTable<Name>,
    mangled: FxHashMap<(Name, Name), Name>,
}

/// Defines the names that the compiler itself uses, interned first so that they are constants.
macro_rules! known_names {
    ($($ident:ident = $text:literal),* $(,)?) => {
        #[allow(non_camel_case_types, reason = "names of CPython")]
        enum Index { $($ident),* }
        /// The names that the compiler itself uses.
        pub mod known {
            use super::{Index, Name};
            $(pub const $ident: Name = Name(Index::$ident as u32);)*
        }
        const KNOWN: &[&str] = &[$($text),*];
    };
}

known_names! {
    DUNDER_CLASS = "__class__",
    CLASSDICT = "__classdict__",
    CLASSCELL = "__classcell__",
    CLASSDICTCELL = "__classdictcell__",
    CONDITIONAL_ANNOTATIONS = "__conditional_annotations__",
    ANNOTATIONS = "__annotations__",
    ANNOTATE = "__annotate__",
    ANNOTATE_FUNC = "__annotate_func__",
    DEBUG = "__debug__",
    DOC = "__doc__",
    NAME = "__name__",
    MODULE = "__module__",
    QUALNAME = "__qualname__",
    FIRSTLINENO = "__firstlineno__",
    STATIC_ATTRIBUTES = "__static_attributes__",
    TYPE_PARAMS = "__type_params__",
    DOT_TYPE_PARAMS = ".type_params",
    DOT_GENERIC_BASE = ".generic_base",
    DOT_DEFAULTS = ".defaults",
    DOT_KWDEFAULTS = ".kwdefaults",
    DOT_FORMAT = ".format",
    DOT_ZERO = ".0",
    FORMAT = "format",
    RETURN = "return",
    SUPER = "super",
    SELF = "self",
    JOIN = "join",
    ALL = "all",
    ANY = "any",
    TUPLE = "tuple",
    EMPTY = "",
    STAR = "*",
    FUTURE = "__future__",
    LAMBDA = "<lambda>",
    GENEXPR = "<genexpr>",
    LISTCOMP = "<listcomp>",
    SETCOMP = "<setcomp>",
    DICTCOMP = "<dictcomp>",
    MODULE_NAME = "<module>",
}

impl Names {
    /// `expected` names get their room at once.
    pub fn with_capacity(expected: usize) -> Self {
        let expected = expected + KNOWN.len();
        let mut names = Names {
            texts: Vec::with_capacity(expected),
            by_text: HashTable::with_capacity(expected),
            mangled: FxHashMap::default(),
        };
        for text in KNOWN {
            names.intern(text);
        }
        names
    }

    pub fn intern(&mut self, text: &str) -> Name {
        let hash = |text: &[u8]| FxBuildHasher.hash_one(text);
        let Names { texts, by_text, .. } = self;
        let entry = by_text.entry(
            hash(text.as_bytes()),
            |name| texts[name.0 as usize].as_wtf8() == text.as_bytes(),
            |name| hash(texts[name.0 as usize].as_wtf8()),
        );
        let new = || {
            texts.push(PyText::from(text));
            Name(texts.len() as u32 - 1)
        };
        *entry.or_insert_with(new).get()
    }

    pub fn text(&self, name: Name) -> &PyText {
        &self.texts[name.0 as usize]
    }

    /// The name as a string; identifiers never hold lone surrogates.
    pub fn str(&self, name: Name) -> &str {
        self.texts[name.0 as usize].as_str().unwrap_or("")
    }

    /// `__spam` within class `Ham` is `_Ham__spam` (private name mangling).
    pub fn mangle(&mut self, class: Option<Name>, name: Name) -> Name {
        let Some(class) = class else { return name };
        let ident = self.text(name).as_wtf8();
        if !ident.starts_with(b"__") || ident.ends_with(b"__") || ident.contains(&b'.') {
            return name;
        }
        if let Some(&mangled) = self.mangled.get(&(class, name)) {
            return mangled;
        }
        let stem = self.str(class).trim_start_matches('_');
        let mangled = if stem.is_empty() {
            name
        } else {
            let text = format!("_{stem}{}", self.str(name));
            self.intern(&text)
        };
        self.mangled.insert((class, name), mangled);
        mangled
    }
}
