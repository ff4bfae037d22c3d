//! Bytes to values. Objects are made as they are read, without a description in between: this is the larger part of what
//! importing a compiled module costs.

use dashu_int::{IBig, UBig};
use taipan_frontend::marshal::lazy::Head;
use taipan_frontend::marshal::tag;
use taipan_layout::Value;

use crate::objects::{bytes, code, complex, dict, float, int, is_instance, list, set, slice, str, tuple};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::vm::Vm;

pub(super) const FLAG_REF: u8 = 0x80;
/// Containers inside of containers, as CPython.
const MAX_DEPTH: usize = 2000;

/// The value at the start of `data`; with `filename`, code objects say that they come from there.
pub fn load(vm: &Vm, data: &[u8], filename: Option<Owned>, allow_code: bool) -> PyResult {
    Reader { allow_code, ..Reader::new(vm, data, None, filename) }.object(0, "object")
}

/// Reads data of the library: functions in them are left for later (`taipan_frontend::marshal::lazy`).
pub fn load_fixed(vm: &Vm, data: &'static [u8], filename: Option<Owned>) -> PyResult {
    Reader::new(vm, data, Some(data), filename).object(0, "object")
}

/// The first constant of a marshalled code object, when it is a text: the docstring of one that has such a thing.
pub fn first_constant(vm: &Vm, code: &'static [u8]) -> PyResult<Option<Owned>> {
    let mut reader = Reader::new(vm, code, Some(code), None);
    reader.bytes(1 + 5 * size_of::<i32>())?;
    // The instructions and the head of the constants' tuple are no objects that something here refers to.
    if reader.byte()? as u8 & !FLAG_REF != tag::STRING {
        return Ok(None);
    }
    let n = reader.size("bytes object size out of range")?;
    reader.bytes(n)?;
    match reader.byte()? as u8 & !FLAG_REF {
        tag::SMALL_TUPLE => reader.bytes(1)?,
        tag::TUPLE => reader.bytes(4)?,
        _ => return Ok(None),
    };
    Ok(reader.value(0)?.filter(|v| is_instance(vm, **v, vm.types.str)))
}

struct Reader<'a> {
    vm: &'a Vm,
    data: &'a [u8],
    /// The same data, when they are the library's own.
    fixed: Option<&'static [u8]>,
    pos: usize,
    refs: Vec<Option<Owned>>,
    /// Places and lengths of tuples that are being read and may be referred to from inside.
    open: Vec<(usize, usize)>,
    /// Items of tuples that are being read.
    items: Vec<Owned>,
    filename: Option<Owned>,
    allow_code: bool,
}

impl<'a> Reader<'a> {
    fn new(vm: &'a Vm, data: &'a [u8], fixed: Option<&'static [u8]>, filename: Option<Owned>) -> Reader<'a> {
        Reader {
            vm,
            data,
            fixed,
            pos: 0,
            refs: Vec::new(),
            open: Vec::new(),
            items: Vec::with_capacity(32),
            filename,
            allow_code: true,
        }
    }

    #[cold]
    fn too_short(&self) -> Raised {
        self.vm.raise(self.vm.types.eof_error, "marshal data too short")
    }
    #[cold]
    fn bad(&self, what: &str) -> Raised {
        self.vm.value_error(&format!("bad marshal data ({what})"))
    }

    fn bytes(&mut self, n: usize) -> PyResult<&'a [u8]> {
        match self.data[self.pos..].get(..n) {
            Some(bytes) => {
                self.pos += n;
                Ok(bytes)
            }
            None => Err(self.too_short()),
        }
    }

    fn byte(&mut self) -> PyResult<usize> {
        match self.data.get(self.pos) {
            Some(b) => {
                self.pos += 1;
                Ok(usize::from(*b))
            }
            None => Err(self.vm.raise(self.vm.types.eof_error, "EOF read where not expected")),
        }
    }

    fn i32(&mut self) -> PyResult<i32> {
        let b = self.bytes(4)?;
        Ok(i32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    fn size(&mut self, what: &str) -> PyResult<usize> {
        let n = self.i32()?;
        usize::try_from(n).map_err(|_| self.bad(what))
    }

    fn f64(&mut self) -> PyResult<f64> {
        let b = self.bytes(8)?;
        Ok(b.try_into().map_or(0.0, f64::from_le_bytes))
    }

    /// The float of versions 0 and 1: its decimal text with a length byte.
    fn decimal(&mut self) -> PyResult<f64> {
        let n = self.byte()?;
        let text = String::from_utf8_lossy(self.bytes(n)?).into_owned();
        text.parse().map_err(|_| self.vm.value_error(&format!("could not convert string to float: '{text}'")))
    }

    fn object(&mut self, depth: usize, context: &str) -> PyResult {
        match self.value(depth)? {
            Some(v) => Ok(v),
            None => Err(self.vm.type_error(&format!("NULL object in marshal data for {context}"))),
        }
    }

    fn items(&mut self, count: usize, depth: usize, context: &str) -> PyResult<Vec<Owned>> {
        // Each item takes a byte at least, so a hostile length cannot reserve more than the input.
        let mut items = Vec::with_capacity(count.min(self.data.len() - self.pos));
        for _ in 0..count {
            items.push(self.object(depth + 1, context)?);
        }
        Ok(items)
    }

    /// `None`: the NULL that ends a dict.
    fn value(&mut self, depth: usize) -> PyResult<Option<Owned>> {
        let vm = self.vm;
        if depth >= MAX_DEPTH {
            return Err(vm.value_error("recursion limit exceeded"));
        }
        let Some(&byte) = self.data.get(self.pos) else {
            return Err(vm.raise(vm.types.eof_error, "EOF read where object expected"));
        };
        self.pos += 1;
        let kind = byte & !FLAG_REF;
        let is_singleton = matches!(
            kind,
            tag::NONE | tag::TRUE | tag::FALSE | tag::ELLIPSIS | tag::STOPITER | tag::NULL | tag::REF
        );
        // An object takes its place among the references before its contents do.
        let slot = (byte & FLAG_REF != 0 && !is_singleton).then(|| {
            self.refs.push(None);
            self.refs.len() - 1
        });
        let v = match kind {
            tag::NULL => return Ok(None),
            tag::REF => {
                let index = self.i32()?;
                return self.referred(index).map(Some);
            }
            tag::NONE => Owned::none(),
            tag::TRUE => Owned::bool(true),
            tag::FALSE => Owned::bool(false),
            tag::ELLIPSIS => Value::ELLIPSIS.own(),
            tag::STOPITER => vm.types.stop_iteration.value().own(),
            tag::INT => Owned::fixnum(i64::from(self.i32()?)),
            tag::INT64 => {
                let b = self.bytes(8)?;
                int::new(vm, b.try_into().map_or(0, i64::from_le_bytes))?
            }
            tag::LONG => self.long()?,
            tag::FLOAT => float::new(vm, self.decimal()?)?,
            tag::BINARY_FLOAT => float::new(vm, self.f64()?)?,
            tag::COMPLEX => complex::new(vm, self.decimal()?, self.decimal()?)?,
            tag::BINARY_COMPLEX => complex::new(vm, self.f64()?, self.f64()?)?,
            tag::STRING => {
                let n = self.size("bytes object size out of range")?;
                let content = self.bytes(n)?;
                match self.fixed.and_then(|fixed| Head::parse(&fixed[self.pos - n..self.pos])) {
                    Some(head) => code::lazy::new(vm, &head, self.file_of_function())?,
                    None => bytes::new(vm, content)?,
                }
            }
            tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED => {
                let n = self.byte()?;
                self.text(n, kind == tag::SHORT_ASCII_INTERNED)?
            }
            tag::ASCII | tag::ASCII_INTERNED | tag::UNICODE | tag::INTERNED => {
                let n = self.size("string size out of range")?;
                self.text(n, matches!(kind, tag::ASCII_INTERNED | tag::INTERNED))?
            }
            tag::SMALL_TUPLE | tag::TUPLE => {
                let n = if kind == tag::TUPLE { self.size("tuple size out of range")? } else { self.byte()? };
                self.tuple(n, depth, slot)?
            }
            tag::SLICE => {
                let parts = self.items(3, depth, "slice")?;
                slice::new(vm, *parts[0], *parts[1], *parts[2])?
            }
            tag::LIST => {
                let n = self.size("list size out of range")?;
                let v = list::new(vm, Vec::new())?;
                self.remember(slot, &v);
                for item in self.items(n, depth, "list")? {
                    list::append_owned(vm, *v, item)?;
                }
                v
            }
            tag::DICT => {
                let v = dict::new(vm)?;
                self.remember(slot, &v);
                while let Some(key) = self.value(depth + 1)? {
                    let Some(value) = self.value(depth + 1)? else { break };
                    dict::set(vm, *v, *key, *value)?;
                }
                v
            }
            tag::SET | tag::FROZENSET => {
                let n = self.size("set size out of range")?;
                if kind == tag::SET {
                    let v = set::new(vm)?;
                    self.remember(slot, &v);
                    for item in self.items(n, depth, "set")? {
                        set::add(vm, *v, *item)?;
                    }
                    v
                } else {
                    let items = self.items(n, depth, "set")?;
                    let items: Vec<Value> = items.iter().map(|v| **v).collect();
                    set::frozen_from_slice(vm, &items)?
                }
            }
            tag::CODE if !self.allow_code => {
                return Err(vm.value_error("unmarshalling code objects is disallowed"));
            }
            tag::CODE => self.code(depth)?,
            _ => return Err(self.bad("unknown type code")),
        };
        self.remember(slot, &v);
        Ok(Some(v))
    }

    /// A tuple of the next `n` objects. It is made when these are there, unless one of them contains it: then it exists
    /// from the moment on that it is referred to, and is filled at the end.
    fn tuple(&mut self, n: usize, depth: usize, slot: Option<usize>) -> PyResult {
        let start = self.items.len();
        if let Some(slot) = slot {
            self.open.push((slot, n));
        }
        for _ in 0..n {
            let item = self.object(depth + 1, "tuple")?;
            self.items.push(item);
        }
        if let Some(slot) = slot {
            self.open.pop();
            if let Some(early) = self.refs[slot].clone() {
                tuple::fill(&early, &mut self.items, start);
                return Ok(early);
            }
        }
        tuple::from_end(self.vm, &mut self.items, start)
    }

    /// What the reference `index` stands for.
    fn referred(&mut self, index: i32) -> PyResult {
        let slot = usize::try_from(index).ok().filter(|i| *i < self.refs.len());
        let Some(slot) = slot else { return Err(self.bad("invalid reference")) };
        if let Some(v) = &self.refs[slot] {
            return Ok(v.clone());
        }
        // Not there yet: a tuple may be waited for, everything else cannot contain itself.
        match self.open.iter().find(|(open, n)| *open == slot && *n > 0) {
            Some((_, n)) => {
                let early = tuple::unfilled(self.vm, *n)?;
                self.refs[slot] = Some(early.clone());
                Ok(early)
            }
            None => Err(self.bad("invalid reference")),
        }
    }

    /// The file that the functions of a module say that they come from.
    fn file_of_function(&self) -> Owned {
        self.filename.clone().unwrap_or_else(|| str::empty(self.vm))
    }

    fn remember(&mut self, slot: Option<usize>, v: &Owned) {
        if let Some(slot) = slot {
            self.refs[slot] = Some(v.clone());
        }
    }

    fn text(&mut self, n: usize, is_interned: bool) -> PyResult {
        let vm = self.vm;
        let data = self.bytes(n)?;
        if data.is_ascii() {
            return if is_interned { Ok(str::intern_ascii(vm, data)) } else { str::from_ascii(vm, data) };
        }
        let v = self.wtf8(data)?;
        Ok(if is_interned { str::intern_value(vm, *v) } else { v })
    }

    /// Passes over a short text that nothing refers to.
    fn skip_text(&mut self) -> PyResult<bool> {
        let is_one = matches!(
            self.data.get(self.pos..self.pos + 2),
            Some([tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED, _])
        );
        if is_one {
            let length = usize::from(self.data[self.pos + 1]);
            self.bytes(2 + length)?;
        }
        Ok(is_one)
    }

    fn wtf8(&self, data: &[u8]) -> PyResult {
        if std::str::from_utf8(data).is_ok() {
            return str::from_wtf8(self.vm, data);
        }
        // Lone surrogates are allowed, everything else that is wrong is an error.
        let object = bytes::new(self.vm, data)?;
        str::codec::decode(self.vm, *object, data, "utf-8", "surrogatepass")
    }

    /// An int of more than 32 bits: a signed count and that many 15-bit digits, low first.
    fn long(&mut self) -> PyResult {
        let count = self.i32()?;
        if count == i32::MIN {
            return Err(self.bad("long size out of range"));
        }
        let digits = self.bytes(2 * count.unsigned_abs() as usize)?;
        let (mut magnitude, mut acc, mut bits, mut last) = (Vec::with_capacity(digits.len() + 1), 0u32, 0, 1);
        for pair in digits.chunks_exact(2) {
            last = u32::from(u16::from_le_bytes([pair[0], pair[1]]));
            if last > 0x7FFF {
                return Err(self.bad("digit out of range in long"));
            }
            acc |= last << bits;
            bits += 15;
            while bits >= 8 {
                magnitude.push(acc as u8);
                acc >>= 8;
                bits -= 8;
            }
        }
        if last == 0 {
            return Err(self.bad("unnormalized long data"));
        }
        magnitude.push(acc as u8);
        let value = IBig::from(UBig::from_le_bytes(&magnitude));
        int::from_big(self.vm, if count < 0 { -value } else { value })
    }

    fn code(&mut self, depth: usize) -> PyResult {
        let vm = self.vm;
        let mut counts = [0u32; 5];
        for count in &mut counts {
            let n = self.i32()?;
            *count = u32::try_from(n).map_err(|_| vm.value_error("code: negative count"))?;
        }
        let [argcount, posonlyargcount, kwonlyargcount, stacksize, flags] = counts;
        let mut part = || self.object(depth + 1, "code object");
        let [code, consts, names, localsplusnames, localspluskinds] =
            [part()?, part()?, part()?, part()?, part()?];
        let filename = match self.filename.clone() {
            Some(known) if self.skip_text()? => known,
            known => {
                let own = self.object(depth + 1, "code object")?;
                known.unwrap_or(own)
            }
        };
        let mut part = || self.object(depth + 1, "code object");
        let [name, qualname] = [part()?, part()?];
        let firstlineno = self.i32()?;
        let mut part = || self.object(depth + 1, "code object");
        let [linetable, exceptiontable] = [part()?, part()?];
        let types = &vm.types;
        let well_formed = [&code, &localspluskinds, &linetable, &exceptiontable]
            .iter()
            .all(|v| is_instance(vm, ***v, types.bytes))
            && [&consts, &names, &localsplusnames].iter().all(|v| is_instance(vm, ***v, types.tuple))
            && [&filename, &name, &qualname].iter().all(|v| is_instance(vm, ***v, types.str));
        if !well_formed {
            return Err(vm.value_error("bad marshal data (code object has fields of wrong types)"));
        }
        let text = |v: &Owned| str::intern_value(vm, **v);
        let filename = text(&filename);
        let names = code::intern_all(vm, *names)?;
        let localsplusnames = code::intern_all(vm, *localsplusnames)?;
        code::from_parts(
            vm,
            code::Parts {
                argcount,
                posonlyargcount,
                kwonlyargcount,
                stacksize,
                flags,
                firstlineno,
                code,
                consts,
                names,
                localsplusnames,
                localspluskinds,
                filename,
                name: text(&name),
                qualname: text(&qualname),
                linetable,
                exceptiontable,
            },
        )
    }
}
