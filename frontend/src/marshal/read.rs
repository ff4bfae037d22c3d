//! The reader: one pass over the bytes, with a stack of the containers that have begun.
//!
//! The stack is a vector and not the native one, whose size depends on the thread and the build; it is
//! limited all the same ([`MAX_DEPTH`]), as in CPython. The reference table holds a `None` for an object that has begun but not ended, so a reference to
//! an enclosing object (which [`Constant`] cannot represent) is an error and not a hole.

use std::fmt;
use std::rc::Rc;

use dashu_int::{IBig, UBig};

use super::{FLAG_REF, MAX_DEPTH, tag};
use crate::{CodeObject, Constant, PyText};

/// Why marshal data could not be read. `Display` is the message of CPython's exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// `EOFError`.
    Eof(&'static str),
    /// `ValueError: bad marshal data (…)`.
    BadData(&'static str),
    /// `TypeError: NULL object in marshal data for …`.
    NullObject(&'static str),
    /// `ValueError: recursion limit exceeded`.
    RecursionLimit,
    /// `ValueError`: the decimal text of an old-style float.
    BadFloat(String),
    /// `UnicodeDecodeError`: the offset is relative to the string.
    BadUtf8 { offset: usize },
    /// `ValueError` or `SystemError`: the fields do not make a code object.
    BadCode(&'static str),
    /// Valid marshal data of a type that no code object contains; the type byte.
    Unsupported(u8),
    /// [`load_code`] found something else.
    NotCode,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Eof(what) => f.write_str(what),
            ReadError::BadData(what) => write!(f, "bad marshal data ({what})"),
            ReadError::NullObject(what) => write!(f, "NULL object in marshal data for {what}"),
            ReadError::RecursionLimit => f.write_str("recursion limit exceeded"),
            ReadError::BadFloat(text) => write!(f, "could not convert string to float: '{text}'"),
            ReadError::BadUtf8 { offset } => {
                write!(f, "'utf-8' codec can't decode byte in position {offset}: invalid UTF-8")
            }
            ReadError::BadCode(what) => write!(f, "code: {what}"),
            ReadError::Unsupported(tag) => {
                write!(f, "marshal type '{}' is not part of a code object", char::from(*tag))
            }
            ReadError::NotCode => f.write_str("Non-code object in marshal data"),
        }
    }
}

impl std::error::Error for ReadError {}

type Result<T> = std::result::Result<T, ReadError>;

/// Reads one object from the start of `data` and returns it with the number of bytes it took.
pub fn load(data: &[u8]) -> Result<(Constant, usize)> {
    let mut reader = Reader { data, pos: 0, refs: Vec::new() };
    let value = reader.object()?;
    Ok((value, reader.pos))
}

/// Reads the code object at the start of `data`; what follows it is ignored, as CPython does.
pub fn load_code(data: &[u8]) -> Result<Rc<CodeObject>> {
    match load(data)?.0 {
        Constant::Code(code) => Ok(code),
        _ => Err(ReadError::NotCode),
    }
}

const TOO_SHORT: ReadError = ReadError::Eof("marshal data too short");

/// A container that has begun.
struct Open {
    kind: Container,
    /// The contents so far.
    items: Vec<Constant>,
    /// How many there will be.
    len: usize,
    /// Its place in the reference table.
    slot: Option<usize>,
}

enum Container {
    Tuple,
    FrozenSet,
    Slice,
    Code(Box<CodeNumbers>),
}

/// The fields of a code object that are plain numbers.
struct CodeNumbers {
    /// `argcount`, `posonlyargcount`, `kwonlyargcount`, `stacksize`, `flags`.
    counts: [u32; 5],
    firstlineno: i32,
}

/// The other fields of a code object, and the one that `firstlineno` comes before.
const CODE_OBJECTS: usize = 10;
const LINETABLE: usize = 8;

impl Container {
    /// What CPython calls it in the message about a NULL inside.
    fn name(&self) -> &'static str {
        match self {
            Container::Tuple => "tuple",
            Container::FrozenSet => "set",
            Container::Slice => "slice",
            Container::Code(_) => "code object",
        }
    }
}

struct Reader<'a> {
    data: &'a [u8],
    pos: usize,
    refs: Vec<Option<Constant>>,
}

/// What an object begins with.
enum Begun {
    Whole(Constant),
    Container(Container, usize),
}

impl<'a> Reader<'a> {
    fn byte(&mut self, or_else: &'static str) -> Result<u8> {
        let byte = *self.data.get(self.pos).ok_or(ReadError::Eof(or_else))?;
        self.pos += 1;
        Ok(byte)
    }

    fn bytes(&mut self, len: usize) -> Result<&'a [u8]> {
        let bytes = self.data[self.pos..].get(..len).ok_or(TOO_SHORT)?;
        self.pos += len;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.bytes(N)?;
        Ok(bytes.try_into().expect("`bytes` returns exactly N bytes"))
    }

    fn i32(&mut self) -> Result<i32> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn f64(&mut self) -> Result<f64> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    fn size(&mut self, error: &'static str) -> Result<usize> {
        usize::try_from(self.i32()?).map_err(|_| ReadError::BadData(error))
    }

    fn short_size(&mut self) -> Result<usize> {
        Ok(self.byte("EOF read where not expected")? as usize)
    }

    /// Reads an object with all that it contains.
    fn object(&mut self) -> Result<Constant> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            if open.len() >= MAX_DEPTH {
                return Err(ReadError::RecursionLimit);
            }
            let mut value = match self.begin(open.last().map_or("object", |outer| outer.kind.name()))? {
                (Begun::Container(kind, len), slot) => {
                    // Each item takes a byte at least, so a hostile length cannot reserve more than
                    // the input.
                    let items = Vec::with_capacity(len.min(self.data.len() - self.pos));
                    open.push(Open { kind, items, len, slot });
                    None
                }
                (Begun::Whole(value), slot) => Some(self.finished(value, slot)),
            };
            // Closes what is complete; the value then is the next item of what encloses it.
            while let Some(top) = open.last_mut() {
                top.items.extend(value.take());
                if top.items.len() < top.len {
                    if let Container::Code(numbers) = &mut top.kind
                        && top.items.len() == LINETABLE
                    {
                        numbers.firstlineno = self.i32()?;
                    }
                    break;
                }
                let Some(Open { kind, items, slot, .. }) = open.pop() else { break };
                let closed = close(kind, items)?;
                value = Some(self.finished(closed, slot));
            }
            if let Some(value) = value {
                return Ok(value);
            }
        }
    }

    fn finished(&mut self, value: Constant, slot: Option<usize>) -> Constant {
        if let Some(slot) = slot {
            self.refs[slot] = Some(value.clone());
        }
        value
    }

    /// Reads an object up to its first item; `context` names the enclosing container.
    fn begin(&mut self, context: &'static str) -> Result<(Begun, Option<usize>)> {
        let byte = self.byte("EOF read where object expected")?;
        let tag = byte & !FLAG_REF;
        if tag == tag::REF {
            return Ok((Begun::Whole(self.reference()?), None));
        }
        if tag == tag::NULL {
            return Err(ReadError::NullObject(context));
        }
        // CPython flags the singletons in no version, but ignores the flag there.
        let slot = (byte & FLAG_REF != 0 && !is_singleton(tag)).then(|| {
            self.refs.push(None);
            self.refs.len() - 1
        });
        let begun = match tag {
            tag::SMALL_TUPLE => Begun::Container(Container::Tuple, self.short_size()?),
            tag::TUPLE => Begun::Container(Container::Tuple, self.size("tuple size out of range")?),
            tag::FROZENSET => Begun::Container(Container::FrozenSet, self.size("set size out of range")?),
            tag::SLICE => Begun::Container(Container::Slice, 3),
            tag::CODE => Begun::Container(Container::Code(Box::new(self.code_numbers()?)), CODE_OBJECTS),
            _ => Begun::Whole(self.scalar(tag)?),
        };
        Ok((begun, slot))
    }

    fn reference(&mut self) -> Result<Constant> {
        let index = self.i32()?;
        let target = usize::try_from(index).ok().and_then(|i| self.refs.get(i));
        match target {
            Some(Some(value)) => Ok(value.clone()),
            _ => Err(ReadError::BadData("invalid reference")),
        }
    }

    fn scalar(&mut self, tag: u8) -> Result<Constant> {
        Ok(match tag {
            tag::NONE => Constant::None,
            tag::TRUE => Constant::True,
            tag::FALSE => Constant::False,
            tag::ELLIPSIS => Constant::Ellipsis,
            tag::INT => Constant::Int(self.i32()?.into()),
            tag::INT64 => Constant::Int(i64::from_le_bytes(self.array()?).into()),
            tag::LONG => Constant::Int(self.long()?),
            tag::BINARY_FLOAT => Constant::Float(self.f64()?),
            tag::FLOAT => Constant::Float(self.decimal_float()?),
            tag::BINARY_COMPLEX => Constant::Complex { real: self.f64()?, imag: self.f64()? },
            tag::COMPLEX => Constant::Complex { real: self.decimal_float()?, imag: self.decimal_float()? },
            tag::STRING => {
                let len = self.size("bytes object size out of range")?;
                Constant::Bytes(self.bytes(len)?.into())
            }
            tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED => {
                let len = self.short_size()?;
                Constant::Str(latin1(self.bytes(len)?))
            }
            tag::ASCII | tag::ASCII_INTERNED => {
                let len = self.size("string size out of range")?;
                Constant::Str(latin1(self.bytes(len)?))
            }
            tag::UNICODE | tag::INTERNED => {
                let len = self.size("string size out of range")?;
                let bytes = self.bytes(len)?;
                check_wtf8(bytes)?;
                Constant::Str(PyText::from_wtf8(bytes))
            }
            tag::LIST | tag::DICT | tag::SET | tag::STOPITER => return Err(ReadError::Unsupported(tag)),
            _ => return Err(ReadError::BadData("unknown type code")),
        })
    }

    /// An int of more than 32 bits: a signed count and that many 15-bit digits, low first.
    fn long(&mut self) -> Result<IBig> {
        let count = self.i32()?;
        if count == i32::MIN {
            return Err(ReadError::BadData("long size out of range"));
        }
        let digits = self.bytes(2 * count.unsigned_abs() as usize)?;
        let mut magnitude = Vec::with_capacity(digits.len());
        let (mut acc, mut bits) = (0u32, 0);
        let mut last = 1;
        for pair in digits.chunks_exact(2) {
            last = u16::from_le_bytes([pair[0], pair[1]]);
            if last > 0x7FFF {
                return Err(ReadError::BadData("digit out of range in long"));
            }
            acc |= u32::from(last) << bits;
            bits += 15;
            while bits >= 8 {
                magnitude.push(acc as u8);
                acc >>= 8;
                bits -= 8;
            }
        }
        if last == 0 {
            return Err(ReadError::BadData("unnormalized long data"));
        }
        magnitude.push(acc as u8);
        let value = IBig::from(UBig::from_le_bytes(&magnitude));
        Ok(if count < 0 { -value } else { value })
    }

    /// The float of marshal versions 0 and 1: its decimal text with a length byte.
    fn decimal_float(&mut self) -> Result<f64> {
        let len = self.short_size()?;
        let bytes = self.bytes(len)?;
        let text = String::from_utf8_lossy(bytes);
        text.parse().map_err(|_| ReadError::BadFloat(text.into_owned()))
    }

    fn code_numbers(&mut self) -> Result<CodeNumbers> {
        let mut counts = [0; 5];
        for count in &mut counts {
            *count = u32::try_from(self.i32()?).map_err(|_| ReadError::BadCode("negative count"))?;
        }
        Ok(CodeNumbers { counts, firstlineno: 0 })
    }
}

/// Makes a container of its items, of which there are as many as it needs.
fn close(kind: Container, items: Vec<Constant>) -> Result<Constant> {
    Ok(match kind {
        Container::Tuple => Constant::Tuple(items.into()),
        Container::FrozenSet => Constant::FrozenSet(items.into()),
        Container::Slice => {
            let parts = <[Constant; 3]>::try_from(items).map_err(|_| TOO_SHORT)?;
            Constant::Slice(Rc::new(parts))
        }
        Container::Code(numbers) => Constant::Code(code_object(&numbers, items)?),
    })
}

fn code_object(numbers: &CodeNumbers, fields: Vec<Constant>) -> Result<Rc<CodeObject>> {
    let fields = <[Constant; CODE_OBJECTS]>::try_from(fields).map_err(|_| TOO_SHORT)?;
    let [code, consts, names, locals, kinds, filename, name, qualname, linetable, exceptiontable] = fields;
    let [argcount, posonlyargcount, kwonlyargcount, stacksize, flags] = numbers.counts;
    let code = CodeObject {
        argcount,
        posonlyargcount,
        kwonlyargcount,
        stacksize,
        flags,
        code: bytes_field(code)?,
        consts: tuple_field(consts)?.to_vec(),
        names: names_field(names)?,
        localsplusnames: names_field(locals)?,
        localspluskinds: bytes_field(kinds)?,
        filename: text_field(filename)?,
        name: text_field(name)?,
        qualname: text_field(qualname)?,
        firstlineno: numbers.firstlineno,
        linetable: bytes_field(linetable)?,
        exceptiontable: bytes_field(exceptiontable)?,
    };
    validate(&code)?;
    Ok(Rc::new(code))
}

fn bytes_field(field: Constant) -> Result<Vec<u8>> {
    match field {
        Constant::Bytes(bytes) => Ok(bytes.to_vec()),
        _ => Err(ReadError::BadCode("a field is not bytes")),
    }
}

fn text_field(field: Constant) -> Result<PyText> {
    match field {
        Constant::Str(text) => Ok(text),
        _ => Err(ReadError::BadCode("a field is not a string")),
    }
}

fn tuple_field(field: Constant) -> Result<Rc<[Constant]>> {
    match field {
        Constant::Tuple(items) => Ok(items),
        _ => Err(ReadError::BadCode("a field is not a tuple")),
    }
}

fn names_field(field: Constant) -> Result<Vec<PyText>> {
    let text = |name: &Constant| match name {
        Constant::Str(text) => Ok(text.clone()),
        _ => Err(ReadError::BadCode("non-string found in code slot")),
    };
    tuple_field(field)?.iter().map(text).collect()
}

fn is_singleton(tag: u8) -> bool {
    matches!(tag, tag::NONE | tag::TRUE | tag::FALSE | tag::ELLIPSIS | tag::STOPITER)
}

/// The checks that CPython makes before it creates a code object.
fn validate(code: &CodeObject) -> Result<()> {
    use crate::code::flags::{CO_VARARGS, CO_VARKEYWORDS};
    if code.argcount < code.posonlyargcount {
        return Err(ReadError::BadCode("more positional-only arguments than arguments"));
    }
    if code.localspluskinds.len() != code.localsplusnames.len() {
        return Err(ReadError::BadCode("names and kinds of locals differ in number"));
    }
    if !code.code.len().is_multiple_of(2) {
        return Err(ReadError::BadCode("co_code is malformed"));
    }
    let free = crate::code::local_kind::CO_FAST_FREE;
    let locals = code.localspluskinds.iter().filter(|&&kind| kind & free == 0).count() as u64;
    let arguments = u64::from(code.argcount)
        + u64::from(code.kwonlyargcount)
        + u64::from(code.flags & CO_VARARGS != 0)
        + u64::from(code.flags & CO_VARKEYWORDS != 0);
    if arguments > locals {
        return Err(ReadError::BadCode("co_varnames is too small"));
    }
    Ok(())
}

/// CPython's "ascii" records hold Latin-1 in fact: any byte is taken as a code point.
fn latin1(bytes: &[u8]) -> PyText {
    if bytes.is_ascii() {
        PyText::from_wtf8(bytes)
    } else {
        PyText::from_code_points(bytes.iter().map(|&b| u32::from(b)))
    }
}

/// Accepts UTF-8 and, in addition, encoded surrogates (the `surrogatepass` error handler).
fn check_wtf8(bytes: &[u8]) -> Result<()> {
    let mut start = 0;
    loop {
        let Err(error) = std::str::from_utf8(&bytes[start..]) else { return Ok(()) };
        let offset = start + error.valid_up_to();
        match bytes[offset..] {
            [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..] => start = offset + 3,
            _ => return Err(ReadError::BadUtf8 { offset }),
        }
    }
}
