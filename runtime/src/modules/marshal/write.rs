//! Values to bytes. No references are shared: the format allows them, but does not ask for them.

use taipan_frontend::marshal::tag;
use taipan_layout::Value;

use crate::objects::{bytes, complex, dict, float, int, is_instance, list, set, slice, str, tuple, type_of};
use crate::owned::{PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// Containers inside of containers.
const MAX_DEPTH: usize = 2000;

pub fn dump(vm: &Vm, v: Value, allow_code: bool) -> PyResult<Vec<u8>> {
    let mut w = Writer { vm, out: Vec::new(), allow_code };
    w.value(v, 0)?;
    Ok(w.out)
}

struct Writer<'a> {
    vm: &'a Vm,
    out: Vec<u8>,
    allow_code: bool,
}

impl Writer<'_> {
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
        if depth > MAX_DEPTH {
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
        let ty = type_of(vm, v);
        let types = &vm.types;
        if ty == types.int {
            self.int(v)
        } else if ty == types.float {
            self.out.push(tag::BINARY_FLOAT);
            self.out.extend(float::as_f64(v).unwrap_or_default().to_le_bytes());
            Ok(())
        } else if ty == types.complex {
            self.out.push(tag::BINARY_COMPLEX);
            let Some(c) = complex::as_c64(vm, v) else { return Err(self.unmarshallable()) };
            self.out.extend(c.re.to_le_bytes());
            self.out.extend(c.im.to_le_bytes());
            Ok(())
        } else if ty == types.str {
            self.text(v)
        } else if ty == types.bytes {
            self.data(bytes::as_slice(&v))
        } else if ty == types.tuple {
            let items: Vec<_> = tuple::items(&v).to_vec();
            if let Ok(n) = u8::try_from(items.len()) {
                self.out.extend([tag::SMALL_TUPLE, n]);
            } else {
                self.out.push(tag::TUPLE);
                self.size(items.len())?;
            }
            items.into_iter().try_for_each(|item| self.value(item, depth + 1))
        } else if ty == types.list {
            let items = list::items(&v).to_vec();
            self.out.push(tag::LIST);
            self.size(items.len())?;
            items.into_iter().try_for_each(|item| self.value(item, depth + 1))
        } else if ty == types.dict {
            self.out.push(tag::DICT);
            for (key, value) in dict::snapshot(v) {
                self.value(*key, depth + 1)?;
                self.value(*value, depth + 1)?;
            }
            self.out.push(tag::NULL);
            Ok(())
        } else if ty == types.set || ty == types.frozenset {
            let items = set::snapshot(v);
            self.out.push(if ty == types.set { tag::SET } else { tag::FROZENSET });
            self.size(items.len())?;
            items.iter().try_for_each(|item| self.value(**item, depth + 1))
        } else if ty == types.slice {
            self.out.push(tag::SLICE);
            slice::words(v).into_iter().try_for_each(|part| self.value(part, depth + 1))
        } else if ty == types.code {
            if !self.allow_code {
                return Err(vm.value_error("marshalling code objects is disallowed"));
            }
            self.code(v, depth)
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
        let is_interned = str::is_interned(v);
        match str::ascii(&v) {
            Some(ascii) => match u8::try_from(ascii.len()) {
                Ok(n) => self
                    .out
                    .extend([if is_interned { tag::SHORT_ASCII_INTERNED } else { tag::SHORT_ASCII }, n]),
                Err(_) => {
                    self.out.push(if is_interned { tag::ASCII_INTERNED } else { tag::ASCII });
                    self.size(ascii.len())?;
                }
            },
            None => {
                self.out.push(if is_interned { tag::INTERNED } else { tag::UNICODE });
                self.size(str::to_wtf8(v).len())?;
            }
        }
        self.out.extend(str::to_wtf8(v));
        Ok(())
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
