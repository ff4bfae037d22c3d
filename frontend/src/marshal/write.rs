//! The writer: a pass that counts how often each object occurs, and a pass that writes. Both keep what
//! is left to do in a vector, as the nesting is limited by [`MAX_DEPTH`] and not by the native stack.
//!
//! Only objects that occur more than once are flagged, so the output is as small as the format
//! allows. Scalars and strings are the same object if they are equal with the same type (floats by
//! their bits); containers and code objects if they are the same `Rc`.
//!
//! CPython decides by reference counts instead, so its output for the same module differs in flags
//! and numbering; both load to equal code.

use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use dashu_int::ops::BitTest;
use dashu_int::{IBig, Sign};

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
    writer.count(value)?;
    writer.write(value)?;
    Ok(writer.out)
}

/// Marshals a code object, as the body of a `.pyc`.
pub fn dump_code(code: &Rc<CodeObject>) -> Result<Vec<u8>> {
    dump(&Constant::Code(code.clone()))
}

/// What makes two occurrences one object.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Int(IBig),
    Float(u64),
    Complex(u64, u64),
    Str(PyText),
    Bytes(Rc<[u8]>),
    Pointer(*const u8),
}

impl Identity {
    /// `None` for what is as short as a reference to it.
    fn of(value: &Constant) -> Option<Identity> {
        Some(match value {
            Constant::None | Constant::True | Constant::False | Constant::Ellipsis => return None,
            Constant::Int(int) if i32::try_from(int).is_ok() => return None,
            Constant::Int(int) => Identity::Int(int.clone()),
            Constant::Float(float) => Identity::Float(float.to_bits()),
            Constant::Complex { real, imag } => Identity::Complex(real.to_bits(), imag.to_bits()),
            Constant::Str(text) => Identity::Str(text.clone()),
            Constant::Bytes(bytes) => Identity::Bytes(bytes.clone()),
            Constant::Tuple(items) | Constant::FrozenSet(items) => {
                Identity::Pointer(Rc::as_ptr(items).cast())
            }
            Constant::Slice(parts) => Identity::Pointer(Rc::as_ptr(parts).cast()),
            Constant::Code(code) => Identity::Pointer(Rc::as_ptr(code).cast()),
        })
    }
}

#[derive(Default)]
struct Occurrence {
    count: u32,
    /// The number in the reference table, once written.
    index: Option<u32>,
}

/// What is left to write.
enum Todo<'a> {
    Object(&'a Constant),
    /// The head of a tuple of so many items.
    Head(usize),
    /// A string that is interned.
    Text(&'a PyText),
    Bytes(&'a [u8]),
    Number(i32),
}

#[derive(Default)]
struct Writer {
    out: Vec<u8>,
    seen: HashMap<Identity, Occurrence>,
    refs: u32,
}

impl Writer {
    /// Counts `value` and, at the first occurrence of each object, what it contains.
    fn count(&mut self, value: &Constant) -> Result<()> {
        let mut todo = vec![(value, 0)];
        while let Some((value, depth)) = todo.pop() {
            if depth >= MAX_DEPTH {
                return Err(WriteError::TooDeep);
            }
            if let Some(identity) = Identity::of(value)
                && self.occurs(identity) > 1
            {
                continue;
            }
            match value {
                Constant::Tuple(items) | Constant::FrozenSet(items) => {
                    todo.extend(items.iter().map(|item| (item, depth + 1)));
                }
                Constant::Slice(parts) => todo.extend(parts.iter().map(|part| (part, depth + 1))),
                Constant::Code(code) => {
                    // The tuples of constants and names are a level of their own.
                    if depth + 2 >= MAX_DEPTH {
                        return Err(WriteError::TooDeep);
                    }
                    todo.extend(code.consts.iter().map(|constant| (constant, depth + 2)));
                    self.count_fields(code);
                }
                _ => (),
            }
        }
        Ok(())
    }

    /// Counts the strings and bytes of a code object.
    fn count_fields(&mut self, code: &CodeObject) {
        let texts = [&code.filename, &code.name, &code.qualname];
        for text in code.names.iter().chain(&code.localsplusnames).chain(texts) {
            self.occurs(Identity::Str(text.clone()));
        }
        for bytes in [&code.code, &code.localspluskinds, &code.linetable, &code.exceptiontable] {
            self.occurs(Identity::Bytes(bytes.as_slice().into()));
        }
    }

    fn occurs(&mut self, identity: Identity) -> u32 {
        let occurrence = self.seen.entry(identity).or_default();
        occurrence.count += 1;
        occurrence.count
    }

    /// Writes a reference if `identity` has been written, and otherwise says which flag its type byte
    /// needs (`None`: nothing more to write).
    fn flag(&mut self, identity: Option<Identity>) -> Option<u8> {
        let Some(identity) = identity else { return Some(0) };
        let Some(occurrence) = self.seen.get_mut(&identity) else { return Some(0) };
        if let Some(index) = occurrence.index {
            self.out.push(tag::REF);
            self.out.extend(index.to_le_bytes());
            return None;
        }
        if occurrence.count < 2 {
            return Some(0);
        }
        occurrence.index = Some(self.refs);
        self.refs += 1;
        Some(FLAG_REF)
    }

    /// Writes `value` and all that it contains.
    fn write(&mut self, value: &Constant) -> Result<()> {
        // The next thing to write is the last.
        let mut todo = vec![Todo::Object(value)];
        while let Some(next) = todo.pop() {
            match next {
                Todo::Object(value) => self.object(value, &mut todo)?,
                Todo::Head(len) => self.tuple_head(len, 0)?,
                Todo::Text(text) => self.text(text)?,
                Todo::Bytes(bytes) => self.bytes(bytes)?,
                Todo::Number(number) => self.out.extend(number.to_le_bytes()),
            }
        }
        Ok(())
    }

    /// Writes a value up to its items, which are left to do.
    fn object<'a>(&mut self, value: &'a Constant, todo: &mut Vec<Todo<'a>>) -> Result<()> {
        let Some(flag) = self.flag(Identity::of(value)) else { return Ok(()) };
        match value {
            Constant::Tuple(items) => {
                self.tuple_head(items.len(), flag)?;
                todo.extend(items.iter().rev().map(Todo::Object));
            }
            Constant::FrozenSet(items) => {
                self.out.push(tag::FROZENSET | flag);
                self.size(items.len())?;
                todo.extend(in_stable_order(items)?.into_iter().rev().map(Todo::Object));
            }
            Constant::Slice(parts) => {
                self.out.push(tag::SLICE | flag);
                todo.extend(parts.iter().rev().map(Todo::Object));
            }
            Constant::Code(code) => {
                self.out.push(tag::CODE | flag);
                self.code(code, todo)?;
            }
            scalar => self.scalar(scalar, flag)?,
        }
        Ok(())
    }

    fn scalar(&mut self, value: &Constant, flag: u8) -> Result<()> {
        match value {
            Constant::None => self.out.push(tag::NONE),
            Constant::True => self.out.push(tag::TRUE),
            Constant::False => self.out.push(tag::FALSE),
            Constant::Ellipsis => self.out.push(tag::ELLIPSIS),
            Constant::Int(int) => return self.int(int, flag),
            Constant::Float(float) => {
                self.out.push(tag::BINARY_FLOAT | flag);
                self.out.extend(float.to_le_bytes());
            }
            Constant::Complex { real, imag } => {
                self.out.push(tag::BINARY_COMPLEX | flag);
                self.out.extend(real.to_le_bytes());
                self.out.extend(imag.to_le_bytes());
            }
            Constant::Str(text) => return self.text_payload(text, is_identifier_like(text), flag),
            Constant::Bytes(bytes) => return self.bytes_payload(bytes, flag),
            Constant::Tuple(_) | Constant::FrozenSet(_) | Constant::Slice(_) | Constant::Code(_) => (),
        }
        Ok(())
    }

    fn code<'a>(&mut self, code: &'a CodeObject, todo: &mut Vec<Todo<'a>>) -> Result<()> {
        for count in [code.argcount, code.posonlyargcount, code.kwonlyargcount, code.stacksize, code.flags] {
            self.size(count as usize)?;
        }
        let start = todo.len();
        todo.push(Todo::Bytes(&code.code));
        todo.push(Todo::Head(code.consts.len()));
        todo.extend(code.consts.iter().map(Todo::Object));
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

    fn text(&mut self, text: &PyText) -> Result<()> {
        match self.flag(Some(Identity::Str(text.clone()))) {
            Some(flag) => self.text_payload(text, true, flag),
            None => Ok(()),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        match self.flag(Some(Identity::Bytes(bytes.into()))) {
            Some(flag) => self.bytes_payload(bytes, flag),
            None => Ok(()),
        }
    }

    fn text_payload(&mut self, text: &PyText, interned: bool, flag: u8) -> Result<()> {
        let bytes = text.as_wtf8();
        match u8::try_from(bytes.len()) {
            Ok(len) if bytes.is_ascii() => {
                let tag = if interned { tag::SHORT_ASCII_INTERNED } else { tag::SHORT_ASCII };
                self.out.extend([tag | flag, len]);
            }
            _ => {
                let tag = match (bytes.is_ascii(), interned) {
                    (true, true) => tag::ASCII_INTERNED,
                    (true, false) => tag::ASCII,
                    (false, true) => tag::INTERNED,
                    (false, false) => tag::UNICODE,
                };
                self.out.push(tag | flag);
                self.size(bytes.len())?;
            }
        }
        self.out.extend(bytes);
        Ok(())
    }

    fn bytes_payload(&mut self, bytes: &[u8], flag: u8) -> Result<()> {
        self.out.push(tag::STRING | flag);
        self.size(bytes.len())?;
        self.out.extend(bytes);
        Ok(())
    }

    fn tuple_head(&mut self, len: usize, flag: u8) -> Result<()> {
        match u8::try_from(len) {
            Ok(len) => {
                self.out.extend([tag::SMALL_TUPLE | flag, len]);
                Ok(())
            }
            Err(_) => {
                self.out.push(tag::TUPLE | flag);
                self.size(len)
            }
        }
    }

    fn size(&mut self, size: usize) -> Result<()> {
        let size = i32::try_from(size).map_err(|_| WriteError::TooLarge)?;
        self.out.extend(size.to_le_bytes());
        Ok(())
    }

    fn int(&mut self, int: &IBig, flag: u8) -> Result<()> {
        if let Ok(small) = i32::try_from(int) {
            self.out.push(tag::INT | flag);
            self.out.extend(small.to_le_bytes());
            return Ok(());
        }
        let (sign, magnitude) = int.clone().into_parts();
        let count = i32::try_from(magnitude.bit_len().div_ceil(15)).map_err(|_| WriteError::TooLarge)?;
        self.out.push(tag::LONG | flag);
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
            writer.scalar(scalar, 0)?;
            return Ok(writer.out);
        }
    };
    match value {
        Constant::Tuple(_) => writer.tuple_head(items.len(), 0)?,
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
