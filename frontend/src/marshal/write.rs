//! The writer: one pass, which keeps what is left to do in a vector, as the nesting is limited by
//! [`MAX_DEPTH`] and not by the native stack.
//!
//! Only objects that occur more than once are flagged, so the output is as small as the format
//! allows. Which ones those are shows only later, and the numbers in references count the flagged
//! ones alone; so the pass remembers where type bytes and references are, and fills in both at the
//! end. Scalars and strings are the same object if they are equal with the same type (floats by
//! their bits); containers and code objects if they are the same `Rc`.
//!
//! CPython decides by reference counts instead, so its output for the same module differs in flags
//! and numbering; both load to equal code.

use std::collections::hash_map::Entry;
use std::fmt;
use std::rc::Rc;

use dashu_int::ops::BitTest;
use dashu_int::{IBig, Sign};
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::{FLAG_REF, MAX_DEPTH, tag};
use crate::{CodeObject, Constant, PyText};

/// Why an object could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// Nesting beyond [`MAX_DEPTH`].
    TooDeep,
    /// A size or a count that 31 bits do not hold.
    TooLarge,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WriteError::TooDeep => "object too deeply nested to marshal",
            WriteError::TooLarge => "unmarshallable object",
        })
    }
}

impl std::error::Error for WriteError {}

type Result<T> = std::result::Result<T, WriteError>;

/// Marshals a constant.
pub fn dump(value: &Constant) -> Result<Vec<u8>> {
    let mut writer = Writer::default();
    writer.write(Todo::Object(value, 0))?;
    Ok(writer.finish())
}

/// Marshals a code object, as the body of a `.pyc`.
pub fn dump_code(code: &Rc<CodeObject>) -> Result<Vec<u8>> {
    dump_code_after(Vec::new(), code)
}

/// Marshals a code object behind what `out` holds already: the header of a `.pyc`. The room in `out`
/// says how much is expected; the size of the source is about right.
pub fn dump_code_after(out: Vec<u8>, code: &Rc<CodeObject>) -> Result<Vec<u8>> {
    // Source has some forty bytes for each object.
    let objects = out.capacity() / 32;
    let seen = FxHashMap::with_capacity_and_hasher(objects, FxBuildHasher);
    let mut writer = Writer { out, seen, written: Vec::with_capacity(objects), references: Vec::new() };
    writer.write(Todo::Code(code, 0))?;
    Ok(writer.finish())
}

/// What makes two occurrences one object.
#[derive(PartialEq, Eq, Hash)]
enum Identity<'a> {
    Int(&'a IBig),
    Float(u64),
    Complex(u64, u64),
    Str(&'a [u8]),
    Bytes(&'a [u8]),
    Pointer(*const u8),
}

impl<'a> Identity<'a> {
    /// `None` for what is as short as a reference to it.
    fn of(value: &'a Constant) -> Option<Identity<'a>> {
        Some(match value {
            Constant::None | Constant::True | Constant::False | Constant::Ellipsis => return None,
            Constant::Int(int) if i32::try_from(int).is_ok() => return None,
            Constant::Int(int) => Identity::Int(int),
            Constant::Float(float) => Identity::Float(float.to_bits()),
            Constant::Complex { real, imag } => Identity::Complex(real.to_bits(), imag.to_bits()),
            Constant::Str(text) => Identity::Str(text.as_wtf8()),
            Constant::Bytes(bytes) => Identity::Bytes(bytes),
            Constant::Tuple(items) | Constant::FrozenSet(items) => {
                Identity::Pointer(Rc::as_ptr(items).cast())
            }
            Constant::Slice(parts) => Identity::Pointer(Rc::as_ptr(parts).cast()),
            Constant::Code(code) => Identity::Pointer(Rc::as_ptr(code).cast()),
        })
    }
}

/// Code and tables of that length are not looked for among those that were written.
const MAX_SHARED_BYTES: usize = 128;

/// An object that may be referred to.
struct Written {
    /// Where its type byte is.
    at: usize,
    shared: bool,
}

/// A reference, whose number is filled in at the end.
struct Reference {
    /// Where the number is.
    at: usize,
    /// Which object it is, among `Writer::written`.
    to: usize,
}

/// What is left to write; numbers are depths.
enum Todo<'a> {
    Object(&'a Constant, usize),
    Code(&'a Rc<CodeObject>, usize),
    /// The head of a tuple of so many items.
    Head(usize),
    /// A string that is interned.
    Text(&'a PyText),
    Bytes(&'a [u8]),
    Number(i32),
}

#[derive(Default)]
struct Writer<'a> {
    out: Vec<u8>,
    /// The number of each object in `written`.
    seen: FxHashMap<Identity<'a>, usize>,
    /// In the order in which they begin.
    written: Vec<Written>,
    references: Vec<Reference>,
}

impl<'a> Writer<'a> {
    /// Flags the objects that turned out to be shared, and numbers them in the order in which they
    /// begin.
    fn finish(self) -> Vec<u8> {
        let mut out = self.out;
        let mut numbers = vec![0u32; self.written.len()];
        let mut count = 0;
        for (number, object) in numbers.iter_mut().zip(&self.written) {
            if object.shared {
                out[object.at] |= FLAG_REF;
                *number = count;
                count += 1;
            }
        }
        for reference in &self.references {
            out[reference.at..reference.at + 4].copy_from_slice(&numbers[reference.to].to_le_bytes());
        }
        out
    }

    /// Writes a reference if `identity` has been written; says whether that was so. If not, the
    /// object is expected to be written next.
    fn refer(&mut self, identity: Identity<'a>) -> bool {
        match self.seen.entry(identity) {
            Entry::Vacant(entry) => {
                entry.insert(self.written.len());
                self.written.push(Written { at: self.out.len(), shared: false });
                false
            }
            Entry::Occupied(entry) => {
                let to = *entry.get();
                self.written[to].shared = true;
                self.out.push(tag::REF);
                self.references.push(Reference { at: self.out.len(), to });
                self.out.extend([0; 4]);
                true
            }
        }
    }

    /// Writes an object and all that it contains.
    fn write(&mut self, first: Todo<'a>) -> Result<()> {
        // The next thing to write is the last.
        let mut todo = vec![first];
        while let Some(next) = todo.pop() {
            match next {
                Todo::Object(value, depth) => self.object(value, depth, &mut todo)?,
                Todo::Code(code, depth) => {
                    if !self.refer(Identity::Pointer(Rc::as_ptr(code).cast())) {
                        self.code(code, depth, &mut todo)?;
                    }
                }
                Todo::Head(len) => self.tuple_head(len)?,
                Todo::Text(text) => {
                    if !self.refer(Identity::Str(text.as_wtf8())) {
                        self.text_payload(text, true)?;
                    }
                }
                Todo::Bytes(bytes) => {
                    // A reference is as long as nothing, and long code is hardly ever equal to other.
                    let may_recur = (1..MAX_SHARED_BYTES).contains(&bytes.len());
                    if !may_recur || !self.refer(Identity::Bytes(bytes)) {
                        self.bytes_payload(bytes)?;
                    }
                }
                Todo::Number(number) => self.out.extend(number.to_le_bytes()),
            }
        }
        Ok(())
    }

    /// Writes a value up to its items, which are left to do.
    fn object(&mut self, value: &'a Constant, depth: usize, todo: &mut Vec<Todo<'a>>) -> Result<()> {
        if depth >= MAX_DEPTH {
            return Err(WriteError::TooDeep);
        }
        if let Some(identity) = Identity::of(value)
            && self.refer(identity)
        {
            return Ok(());
        }
        let object = |item| Todo::Object(item, depth + 1);
        match value {
            Constant::Tuple(items) => {
                self.tuple_head(items.len())?;
                todo.extend(items.iter().rev().map(object));
            }
            Constant::FrozenSet(items) => {
                self.out.push(tag::FROZENSET);
                self.size(items.len())?;
                todo.extend(in_stable_order(items)?.into_iter().rev().map(object));
            }
            Constant::Slice(parts) => {
                self.out.push(tag::SLICE);
                todo.extend(parts.iter().rev().map(object));
            }
            Constant::Code(code) => self.code(code, depth, todo)?,
            scalar => self.scalar(scalar)?,
        }
        Ok(())
    }

    fn scalar(&mut self, value: &Constant) -> Result<()> {
        match value {
            Constant::None => self.out.push(tag::NONE),
            Constant::True => self.out.push(tag::TRUE),
            Constant::False => self.out.push(tag::FALSE),
            Constant::Ellipsis => self.out.push(tag::ELLIPSIS),
            Constant::Int(int) => return self.int(int),
            Constant::Float(float) => {
                self.out.push(tag::BINARY_FLOAT);
                self.out.extend(float.to_le_bytes());
            }
            Constant::Complex { real, imag } => {
                self.out.push(tag::BINARY_COMPLEX);
                self.out.extend(real.to_le_bytes());
                self.out.extend(imag.to_le_bytes());
            }
            Constant::Str(text) => return self.text_payload(text, is_identifier_like(text)),
            Constant::Bytes(bytes) => return self.bytes_payload(bytes),
            Constant::Tuple(_) | Constant::FrozenSet(_) | Constant::Slice(_) | Constant::Code(_) => (),
        }
        Ok(())
    }

    fn code(&mut self, code: &'a CodeObject, depth: usize, todo: &mut Vec<Todo<'a>>) -> Result<()> {
        // The tuples of constants and names are a level of their own.
        if depth + 2 >= MAX_DEPTH {
            return Err(WriteError::TooDeep);
        }
        self.out.push(tag::CODE);
        for count in [code.argcount, code.posonlyargcount, code.kwonlyargcount, code.stacksize, code.flags] {
            self.size(count as usize)?;
        }
        let start = todo.len();
        todo.push(Todo::Bytes(&code.code));
        todo.push(Todo::Head(code.consts.len()));
        todo.extend(code.consts.iter().map(|constant| Todo::Object(constant, depth + 2)));
        for names in [&code.names, &code.localsplusnames] {
            todo.push(Todo::Head(names.len()));
            todo.extend(names.iter().map(Todo::Text));
        }
        todo.push(Todo::Bytes(&code.localspluskinds));
        todo.extend([&code.filename, &code.name, &code.qualname].map(Todo::Text));
        todo.push(Todo::Number(code.firstlineno));
        todo.extend([&code.linetable, &code.exceptiontable].map(|table| Todo::Bytes(table)));
        todo[start..].reverse();
        Ok(())
    }

    fn text_payload(&mut self, text: &PyText, interned: bool) -> Result<()> {
        let bytes = text.as_wtf8();
        match u8::try_from(bytes.len()) {
            Ok(len) if bytes.is_ascii() => {
                let tag = if interned { tag::SHORT_ASCII_INTERNED } else { tag::SHORT_ASCII };
                self.out.extend([tag, len]);
            }
            _ => {
                let tag = match (bytes.is_ascii(), interned) {
                    (true, true) => tag::ASCII_INTERNED,
                    (true, false) => tag::ASCII,
                    (false, true) => tag::INTERNED,
                    (false, false) => tag::UNICODE,
                };
                self.out.push(tag);
                self.size(bytes.len())?;
            }
        }
        self.out.extend(bytes);
        Ok(())
    }

    fn bytes_payload(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.push(tag::STRING);
        self.size(bytes.len())?;
        self.out.extend(bytes);
        Ok(())
    }

    fn tuple_head(&mut self, len: usize) -> Result<()> {
        match u8::try_from(len) {
            Ok(len) => {
                self.out.extend([tag::SMALL_TUPLE, len]);
                Ok(())
            }
            Err(_) => {
                self.out.push(tag::TUPLE);
                self.size(len)
            }
        }
    }

    fn size(&mut self, size: usize) -> Result<()> {
        let size = i32::try_from(size).map_err(|_| WriteError::TooLarge)?;
        self.out.extend(size.to_le_bytes());
        Ok(())
    }

    fn int(&mut self, int: &IBig) -> Result<()> {
        if let Ok(small) = i32::try_from(int) {
            self.out.push(tag::INT);
            self.out.extend(small.to_le_bytes());
            return Ok(());
        }
        let (sign, magnitude) = int.clone().into_parts();
        let count = i32::try_from(magnitude.bit_len().div_ceil(15)).map_err(|_| WriteError::TooLarge)?;
        self.out.push(tag::LONG);
        let signed = if sign == Sign::Negative { -count } else { count };
        self.out.extend(signed.to_le_bytes());
        let (mut acc, mut bits, mut written) = (0u32, 0, 0);
        for byte in magnitude.to_le_bytes().iter().copied().chain([0, 0]) {
            acc |= u32::from(byte) << bits;
            bits += 8;
            if bits >= 15 && written < count {
                self.out.extend(((acc & 0x7FFF) as u16).to_le_bytes());
                acc >>= 15;
                bits -= 15;
                written += 1;
            }
        }
        Ok(())
    }
}

/// Strings that CPython interns when it builds a code object: ASCII letters, digits and `_` alone.
fn is_identifier_like(text: &PyText) -> bool {
    text.as_wtf8().iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

/// The elements of a set ordered by their own marshalled form, as CPython does, so that the output
/// does not depend on the order in which the compiler met them.
fn in_stable_order(items: &[Constant]) -> Result<Vec<&Constant>> {
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        keyed.push((sort_key(item, &mut { KEY_OBJECTS })?, item));
    }
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

/// How many objects of a nested element decide its place: enough to tell any that a program writes
/// apart, and a bound for data in which the same containers occur over and over.
const KEY_OBJECTS: usize = 200;

/// The marshalled form without references; `left` counts the objects that are still looked at.
fn sort_key(value: &Constant, left: &mut usize) -> Result<Vec<u8>> {
    if *left == 0 {
        return Ok(Vec::new());
    }
    *left -= 1;
    let mut writer = Writer::default();
    let items = match value {
        Constant::Tuple(items) | Constant::FrozenSet(items) => &items[..],
        Constant::Slice(parts) => &parts[..],
        // Hashed by identity, so it has no order of its own.
        Constant::Code(_) => return Ok(vec![tag::CODE]),
        scalar => {
            writer.scalar(scalar)?;
            return Ok(writer.out);
        }
    };
    match value {
        Constant::Tuple(_) => writer.tuple_head(items.len())?,
        Constant::FrozenSet(_) => {
            writer.out.push(tag::FROZENSET);
            writer.size(items.len())?;
        }
        _ => writer.out.push(tag::SLICE),
    }
    let mut keys = items.iter().map(|item| sort_key(item, left)).collect::<Result<Vec<_>>>()?;
    if matches!(value, Constant::FrozenSet(_)) {
        keys.sort();
    }
    writer.out.extend(keys.into_iter().flatten());
    Ok(writer.out)
}
