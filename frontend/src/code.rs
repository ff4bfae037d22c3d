//! The compiled form of a module, class body or function: CPython 3.14's code object as plain data.
//!
//! Nothing here knows about the runtime's objects; the runtime turns a [`CodeObject`] into its own
//! code type, and `marshal` reads and writes it as a `.pyc` body.

use std::rc::Rc;

use dashu_int::IBig;

/// Whether code of this name is that of a generator expression which is not asynchronous.
pub fn is_generator_expression(name: &str, flags: u32, argcount: u32) -> bool {
    let kinds = flags::CO_GENERATOR | flags::CO_COROUTINE | flags::CO_ASYNC_GENERATOR;
    name == "<genexpr>" && flags & kinds == flags::CO_GENERATOR && argcount == 1
}

/// `co_flags` bits, by CPython's names (`Include/cpython/code.h`).
pub mod flags {
    pub const CO_OPTIMIZED: u32 = 0x1;
    pub const CO_NEWLOCALS: u32 = 0x2;
    pub const CO_VARARGS: u32 = 0x4;
    pub const CO_VARKEYWORDS: u32 = 0x8;
    pub const CO_NESTED: u32 = 0x10;
    pub const CO_GENERATOR: u32 = 0x20;
    pub const CO_COROUTINE: u32 = 0x80;
    pub const CO_ITERABLE_COROUTINE: u32 = 0x100;
    pub const CO_ASYNC_GENERATOR: u32 = 0x200;
    pub const CO_FUTURE_DIVISION: u32 = 0x20000;
    pub const CO_FUTURE_ABSOLUTE_IMPORT: u32 = 0x40000;
    pub const CO_FUTURE_WITH_STATEMENT: u32 = 0x80000;
    pub const CO_FUTURE_PRINT_FUNCTION: u32 = 0x100000;
    pub const CO_FUTURE_UNICODE_LITERALS: u32 = 0x200000;
    pub const CO_FUTURE_BARRY_AS_BDFL: u32 = 0x400000;
    pub const CO_FUTURE_GENERATOR_STOP: u32 = 0x800000;
    pub const CO_FUTURE_ANNOTATIONS: u32 = 0x1000000;
    pub const CO_NO_MONITORING_EVENTS: u32 = 0x2000000;
    pub const CO_HAS_DOCSTRING: u32 = 0x4000000;
    pub const CO_METHOD: u32 = 0x8000000;
}

/// The kind byte of each entry of `localsplusnames` (`Include/internal/pycore_code.h`).
pub mod local_kind {
    pub const CO_FAST_ARG_POS: u8 = 0x02;
    pub const CO_FAST_ARG_KW: u8 = 0x04;
    pub const CO_FAST_ARG_VAR: u8 = 0x08;
    pub const CO_FAST_HIDDEN: u8 = 0x10;
    pub const CO_FAST_LOCAL: u8 = 0x20;
    pub const CO_FAST_CELL: u8 = 0x40;
    pub const CO_FAST_FREE: u8 = 0x80;
}

/// Python text: Unicode code points, lone surrogates included, kept as WTF-8.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PyText(Rc<[u8]>);

impl PyText {
    /// `bytes` must be well-formed WTF-8.
    pub fn from_wtf8(bytes: &[u8]) -> Self {
        PyText(bytes.into())
    }

    pub fn from_code_points(points: impl IntoIterator<Item = u32>) -> Self {
        let mut out = Vec::new();
        for p in points {
            match p {
                0..0x80 => out.push(p as u8),
                0x80..0x800 => out.extend([0xC0 | (p >> 6) as u8, 0x80 | (p & 0x3F) as u8]),
                0x800..0x10000 => out.extend([
                    0xE0 | (p >> 12) as u8,
                    0x80 | (p >> 6 & 0x3F) as u8,
                    0x80 | (p & 0x3F) as u8,
                ]),
                _ => out.extend([
                    0xF0 | (p >> 18) as u8,
                    0x80 | (p >> 12 & 0x3F) as u8,
                    0x80 | (p >> 6 & 0x3F) as u8,
                    0x80 | (p & 0x3F) as u8,
                ]),
            }
        }
        PyText(out.into())
    }

    pub fn as_wtf8(&self) -> &[u8] {
        &self.0
    }

    /// The text as UTF-8, unless it holds a lone surrogate.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    pub fn code_points(&self) -> impl Iterator<Item = u32> + '_ {
        let b = &self.0;
        let mut i = 0;
        std::iter::from_fn(move || {
            let first = *b.get(i)? as u32;
            let (len, mut point) = match first {
                0..0x80 => (1, first),
                0x80..0xE0 => (2, first & 0x1F),
                0xE0..0xF0 => (3, first & 0x0F),
                _ => (4, first & 0x07),
            };
            for k in 1..len {
                point = point << 6 | (b[i + k] as u32 & 0x3F);
            }
            i += len;
            Some(point)
        })
    }
}

impl From<&str> for PyText {
    fn from(s: &str) -> Self {
        PyText(s.as_bytes().into())
    }
}

impl std::fmt::Debug for PyText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

/// A constant of `co_consts`. Equality of constants that matters to the compiler (type-exact, sign of
/// zero, code by identity) is the compiler's business, so this type has no `PartialEq`.
#[derive(Clone, Debug)]
pub enum Constant {
    None,
    True,
    False,
    Ellipsis,
    Int(IBig),
    Float(f64),
    Complex { real: f64, imag: f64 },
    Str(PyText),
    Bytes(Rc<[u8]>),
    Tuple(Rc<[Constant]>),
    FrozenSet(Rc<[Constant]>),
    Slice(Rc<[Constant; 3]>),
    Code(Rc<CodeObject>),
}

/// All fields of CPython 3.14's code object, in the order in which marshal version 5 writes them.
#[derive(Clone, Debug)]
pub struct CodeObject {
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub flags: u32,
    /// 16-bit code units, little endian: opcode, oparg; inline cache entries are zero.
    pub code: Vec<u8>,
    pub consts: Vec<Constant>,
    pub names: Vec<PyText>,
    pub localsplusnames: Vec<PyText>,
    /// One `local_kind` byte for each of `localsplusnames`.
    pub localspluskinds: Vec<u8>,
    pub filename: PyText,
    pub name: PyText,
    pub qualname: PyText,
    pub firstlineno: i32,
    /// PEP 626 location table in CPython 3.11+'s compressed form.
    pub linetable: Vec<u8>,
    /// Zero-cost exception table in CPython 3.11+'s compressed form.
    pub exceptiontable: Vec<u8>,
}
