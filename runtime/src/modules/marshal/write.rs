//! Values to bytes. An object that comes again is written as a reference to where it came first, so that it is one object
//! again when it is read.
//!
//! What is referred to has a flag at its type byte, and references count flagged objects. Which ones those are shows only
//! later; so the flags and the numbers are filled in at the end.

use rustc_hash::FxHashMap;
use taipan_frontend::marshal::tag;
use taipan_layout::Value;
use taipan_text::float::{self as algorithms, Flags, Style};

use crate::objects::{bytes, complex, dict, float, int, is_instance, list, set, slice, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// Objects inside of objects, as CPython.
const MAX_DEPTH: usize = 2000;

const FLAG_REF: u8 = 0x80;

/// The first versions of the format that have something.
mod since {
    pub const BINARY_FLOATS: i64 = 2;
    /// References, and texts that are interned when they are read.
    pub const REFERENCES: i64 = 3;
    /// Texts of ASCII, and lengths of one byte.
    pub const SHORT_FORMS: i64 = 4;
    pub const SLICES: i64 = 5;
}

pub fn dump(vm: &Vm, v: Value, version: i64, allow_code: bool) -> PyResult<Vec<u8>> {
    dump_at(vm, v, version, allow_code, 0)
}

/// The bytes of a value that lies so deep in others.
fn dump_at(vm: &Vm, v: Value, version: i64, allow_code: bool, depth: usize) -> PyResult<Vec<u8>> {
    let mut w = Writer {
        vm,
        out: Vec::new(),
        allow_code,
        version,
        written: Vec::new(),
        numbers: FxHashMap::default(),
        references: Vec::new(),
    };
    w.value(v, depth)?;
    Ok(w.finish())
}

/// An object that may be referred to.
struct Written {
    /// Its type byte.
    at: usize,
    is_referred_to: bool,
    /// Of a slice or code whose parts are being written: it cannot be made before them.
    is_open: bool,
    /// Attributes of code are made when they are asked for: without this, another object might have its address later.
    _object: Owned,
}

struct Writer<'a> {
    vm: &'a Vm,
    out: Vec<u8>,
    allow_code: bool,
    version: i64,
    written: Vec<Written>,
    numbers: FxHashMap<Value, usize>,
    /// Where the numbers of references go, and what they refer to.
    references: Vec<(usize, usize)>,
}

impl Writer<'_> {
    /// Fills in flags and numbers.
    fn finish(mut self) -> Vec<u8> {
        let mut flagged = 0u32;
        let numbers: Vec<u32> = self
            .written
            .iter()
            .map(|written| {
                let number = flagged;
                if written.is_referred_to {
                    self.out[written.at] |= FLAG_REF;
                    flagged += 1;
                }
                number
            })
            .collect();
        for (at, to) in self.references {
            self.out[at..at + 4].copy_from_slice(&numbers[to].to_le_bytes());
        }
        self.out
    }

    /// Writes a reference if the object has been written; says whether that was so. If not, its type byte comes next.
    fn refer(&mut self, v: Value) -> PyResult<bool> {
        if self.version < since::REFERENCES || !v.is_heap() {
            return Ok(false);
        }
        let next = self.written.len();
        let number = *self.numbers.entry(v).or_insert(next);
        if number == next {
            self.written.push(Written {
                at: self.out.len(),
                is_referred_to: false,
                is_open: false,
                _object: v.own(),
            });
            return Ok(false);
        }
        if self.written[number].is_open {
            return Err(self.unmarshallable());
        }
        self.written[number].is_referred_to = true;
        self.out.push(tag::REF);
        self.references.push((self.out.len(), number));
        self.out.extend([0; 4]);
        Ok(true)
    }

    /// Writes the parts of the object that was begun last, which must not contain it.
    fn parts(&mut self, write: impl FnOnce(&mut Self) -> PyResult<()>) -> PyResult<()> {
        let Some(number) = self.written.len().checked_sub(1) else { return write(self) };
        self.written[number].is_open = true;
        write(self)?;
        self.written[number].is_open = false;
        Ok(())
    }

    fn size(&mut self, n: usize) -> PyResult<()> {
        let n = i32::try_from(n).map_err(|_| self.unmarshallable())?;
        self.out.extend(n.to_le_bytes());
        Ok(())
    }

    fn unmarshallable(&self) -> Raised {
        self.vm.value_error("unmarshallable object")
    }

    fn value(&mut self, v: Value, depth: usize) -> PyResult<()> {
        let vm = self.vm;
        if depth >= MAX_DEPTH {
            return Err(vm.value_error("object too deeply nested to marshal"));
        }
        let singleton = match v {
            Value::NONE => Some(tag::NONE),
            Value::TRUE => Some(tag::TRUE),
            Value::FALSE => Some(tag::FALSE),
            Value::ELLIPSIS => Some(tag::ELLIPSIS),
            _ if v == vm.types.stop_iteration.value() => Some(tag::STOPITER),
            _ => None,
        };
        if let Some(tag) = singleton {
            self.out.push(tag);
            return Ok(());
        }
        if self.refer(v)? {
            return Ok(());
        }
        let ty = type_of(vm, v);
        let types = &vm.types;
        if ty == types.int {
            self.int(v)
        } else if ty == types.float {
            self.floats([tag::FLOAT, tag::BINARY_FLOAT], &[float::as_f64(v).unwrap_or_default()])
        } else if ty == types.complex {
            let Some(c) = complex::as_c64(vm, v) else { return Err(self.unmarshallable()) };
            self.floats([tag::COMPLEX, tag::BINARY_COMPLEX], &[c.re, c.im])
        } else if ty == types.str {
            self.text(v)
        } else if ty == types.bytes {
            self.data(bytes::as_slice(&v))
        } else if ty == types.tuple {
            let items: Vec<_> = tuple::items(&v).to_vec();
            match u8::try_from(items.len()) {
                Ok(n) if self.version >= since::SHORT_FORMS => self.out.extend([tag::SMALL_TUPLE, n]),
                _ => {
                    self.out.push(tag::TUPLE);
                    self.size(items.len())?;
                }
            }
            items.into_iter().try_for_each(|item| self.value(item, depth + 1))
        } else if ty == types.list {
            // Writing an item may run Python, which may change the list.
            let items: Vec<Owned> = list::items(&v).iter().map(|item| item.own()).collect();
            self.out.push(tag::LIST);
            self.size(items.len())?;
            items.into_iter().try_for_each(|item| self.value(*item, depth + 1))
        } else if ty == types.dict {
            self.out.push(tag::DICT);
            for (key, value) in dict::snapshot(v) {
                self.value(*key, depth + 1)?;
                self.value(*value, depth + 1)?;
            }
            self.out.push(tag::NULL);
            Ok(())
        } else if ty == types.set || ty == types.frozenset {
            self.out.push(if ty == types.set { tag::SET } else { tag::FROZENSET });
            self.set(v, depth)
        } else if ty == types.slice {
            if self.version < since::SLICES {
                return Err(self.unmarshallable());
            }
            self.out.push(tag::SLICE);
            self.parts(|w| slice::words(v).into_iter().try_for_each(|part| w.value(part, depth + 1)))
        } else if ty == types.code {
            if !self.allow_code {
                return Err(vm.value_error("marshalling code objects is disallowed"));
            }
            self.parts(|w| w.code(v, depth))
        } else if is_instance(vm, v, types.int) || is_instance(vm, v, types.str) {
            Err(self.unmarshallable())
        } else {
            // What else has a buffer is written as bytes.
            if !bytes::is_plain_buffer(vm, v) {
                return Err(self.unmarshallable());
            }
            let buffer = bytes::buffer(vm, v)?;
            self.data(buffer.as_slice())
        }
    }

    fn data(&mut self, data: &[u8]) -> PyResult<()> {
        self.out.push(tag::STRING);
        self.size(data.len())?;
        self.out.extend(data);
        Ok(())
    }

    fn text(&mut self, v: Value) -> PyResult<()> {
        let is_interned = self.version >= since::REFERENCES && str::is_interned(v);
        let kind = |plain, interned| if is_interned { interned } else { plain };
        let content = str::to_wtf8(v);
        let is_ascii = self.version >= since::SHORT_FORMS && content.is_ascii();
        match u8::try_from(content.len()) {
            Ok(n) if is_ascii => self.out.extend([kind(tag::SHORT_ASCII, tag::SHORT_ASCII_INTERNED), n]),
            _ => {
                self.out.push(if is_ascii {
                    kind(tag::ASCII, tag::ASCII_INTERNED)
                } else {
                    kind(tag::UNICODE, tag::INTERNED)
                });
                self.size(content.len())?;
            }
        }
        self.out.extend(content);
        Ok(())
    }

    /// One float or two, as 17 digits or as they are in memory.
    fn floats(&mut self, kinds: [u8; 2], values: &[f64]) -> PyResult<()> {
        let is_binary = self.version >= since::BINARY_FLOATS;
        self.out.push(kinds[usize::from(is_binary)]);
        for value in values {
            if is_binary {
                self.out.extend(value.to_le_bytes());
                continue;
            }
            let text = algorithms::format(*value, Style::General, 17, Flags::default())
                .map_err(|_| self.unmarshallable())?;
            self.out.push(text.len() as u8);
            self.out.extend(text.as_bytes());
        }
        Ok(())
    }

    /// The items in the order of their bytes: that of the set depends on hashes, which differ from run to run, and the
    /// same source must give the same file.
    fn set(&mut self, v: Value, depth: usize) -> PyResult<()> {
        let vm = self.vm;
        let items = set::snapshot(v);
        self.size(items.len())?;
        let mut sorted = Vec::with_capacity(items.len());
        for item in &items {
            sorted.push((dump_at(vm, **item, self.version, self.allow_code, depth + 1)?, item));
            // Making bytes of an item may have run its `__buffer__`.
            if set::len(v) != items.len() {
                return Err(vm.runtime_error("set changed size during iteration"));
            }
        }
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        sorted.into_iter().try_for_each(|(_, item)| self.value(**item, depth + 1))
    }

    fn int(&mut self, v: Value) -> PyResult<()> {
        if let Some(n) = int::as_i64(v).and_then(|n| i32::try_from(n).ok()) {
            self.out.push(tag::INT);
            self.out.extend(n.to_le_bytes());
            return Ok(());
        }
        let Some(big) = int::to_big(v) else { return Err(self.unmarshallable()) };
        let negative = int::is_negative(v);
        let (_, magnitude) = big.into_parts();
        let bytes = magnitude.to_le_bytes();
        // 15 bits at a time, low digits first.
        let (mut digits, mut acc, mut bits) = (Vec::new(), 0u32, 0);
        for byte in bytes.iter() {
            acc |= u32::from(*byte) << bits;
            bits += 8;
            if bits >= 15 {
                digits.push((acc & 0x7FFF) as u16);
                acc >>= 15;
                bits -= 15;
            }
        }
        if acc != 0 {
            digits.push(acc as u16);
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let count = digits.len() as i32;
        self.out.push(tag::LONG);
        self.out.extend((if negative { -count } else { count }).to_le_bytes());
        digits.iter().for_each(|d| self.out.extend(d.to_le_bytes()));
        Ok(())
    }

    fn code(&mut self, v: Value, depth: usize) -> PyResult<()> {
        const NUMBERS: [&str; 5] =
            ["co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_stacksize", "co_flags"];
        let vm = self.vm;
        self.out.push(tag::CODE);
        for name in NUMBERS {
            let n = protocol::attr::get_str(vm, v, name)?;
            self.out.extend(protocol::index::to_i32(vm, *n)?.to_le_bytes());
        }
        let own = crate::objects::code::code_object(v);
        for name in ["co_code", "co_consts", "co_names"] {
            let part = protocol::attr::get_str(vm, v, name)?;
            self.value(*part, depth + 1)?;
        }
        for part in [own.localsplusnames, own.localspluskinds, own.filename, own.name, own.qualname] {
            self.value(part, depth + 1)?;
        }
        self.out.extend(own.firstlineno.to_le_bytes());
        self.value(own.linetable, depth + 1)?;
        self.value(own.exceptiontable, depth + 1)
    }
}
