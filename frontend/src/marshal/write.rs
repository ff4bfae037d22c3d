//! The writer: a pass that counts how often each object occurs, and a pass that writes.
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
    writer.count(value, 0)?;
    writer.object(value)?;
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

#[derive(Default)]
struct Writer {
    out: Vec<u8>,
    seen: HashMap<Identity, Occurrence>,
    refs: u32,
}

impl Writer {
    /// Counts `value` and, at its first occurrence, what it contains.
    fn count(&mut self, value: &Constant, depth: usize) -> Result<()> {
        if depth >= MAX_DEPTH {
            return Err(WriteError::TooDeep);
        }
        if let Some(identity) = Identity::of(value) {
            let occurrence = self.seen.entry(identity).or_default();
            occurrence.count += 1;
            if occurrence.count > 1 {
                return Ok(());
            }
        }
        match value {
            Constant::Tuple(items) | Constant::FrozenSet(items) => {
                items.iter().try_for_each(|item| self.count(item, depth + 1))
            }
            Constant::Slice(parts) => parts.iter().try_for_each(|part| self.count(part, depth + 1)),
            Constant::Code(code) => self.count_code(code, depth + 1),
            _ => Ok(()),
        }
    }

    fn count_code(&mut self, code: &CodeObject, depth: usize) -> Result<()> {
        // The tuples of constants and names are a level of their own.
        if depth + 1 >= MAX_DEPTH {
            return Err(WriteError::TooDeep);
        }
        code.consts.iter().try_for_each(|constant| self.count(constant, depth + 1))?;
        let texts = [&code.filename, &code.name, &code.qualname];
        for text in code.names.iter().chain(&code.localsplusnames).chain(texts) {
            self.seen.entry(Identity::Str(text.clone())).or_default().count += 1;
        }
        for bytes in [&code.code, &code.localspluskinds, &code.linetable, &code.exceptiontable] {
            self.seen.entry(Identity::Bytes(bytes.as_slice().into())).or_default().count += 1;
        }
        Ok(())
    }

    /// Writes a reference if `identity` has been written, and otherwise says which flag its type byte
    /// needs (`None`: nothing more to write).
    fn flag(&mut self, identity: Option<Identity>) -> Option<u8> {
        let Some(identity) = identity else { return Some(0) };
        // What was not counted (an element sorted on its own) is written in full.
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

    /// Nesting was checked by [`count`](Self::count).
    fn object(&mut self, value: &Constant) -> Result<()> {
        let Some(flag) = self.flag(Identity::of(value)) else { return Ok(()) };
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
            Constant::Tuple(items) => {
                self.tuple_head(items.len(), flag)?;
                items.iter().try_for_each(|item| self.object(item))?;
            }
            Constant::FrozenSet(items) => {
                self.out.push(tag::FROZENSET | flag);
                self.size(items.len())?;
                for item in in_stable_order(items)? {
                    self.object(item)?;
                }
            }
            Constant::Slice(parts) => {
                self.out.push(tag::SLICE | flag);
                parts.iter().try_for_each(|part| self.object(part))?;
            }
            Constant::Code(code) => {
                self.out.push(tag::CODE | flag);
                self.code(code)?;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn code(&mut self, code: &CodeObject) -> Result<()> {
        for count in [code.argcount, code.posonlyargcount, code.kwonlyargcount, code.stacksize, code.flags] {
            self.size(count as usize)?;
        }
        self.bytes(&code.code)?;
        self.tuple_head(code.consts.len(), 0)?;
        code.consts.iter().try_for_each(|constant| self.object(constant))?;
        for names in [&code.names, &code.localsplusnames] {
            self.tuple_head(names.len(), 0)?;
            names.iter().try_for_each(|name| self.text(name))?;
        }
        self.bytes(&code.localspluskinds)?;
        self.text(&code.filename)?;
        self.text(&code.name)?;
        self.text(&code.qualname)?;
        self.out.extend(code.firstlineno.to_le_bytes());
        self.bytes(&code.linetable)?;
        self.bytes(&code.exceptiontable)
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
    let mut keyed = items.iter().map(|item| Ok((dump(item)?, item))).collect::<Result<Vec<_>>>()?;
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}
