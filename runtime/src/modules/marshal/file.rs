//! The bytes of one value out of a file.
//!
//! A file may be a pipe, or something else goes on behind the value, so not a byte more may be taken than the value has.
//! How long it is shows only while it is read. This walks over the value's structure, taking the bytes as it goes, and
//! leaves it to the reader to make objects of them, and to complain about what makes no sense: there the walk ends.

use taipan_frontend::marshal::tag;
use taipan_layout::Value;

use super::read::FLAG_REF;
use crate::objects::{bytes, is_instance, str, type_of};
use crate::owned::PyResult;
use crate::protocol;
use crate::vm::Vm;

/// What is to come of a container.
enum Rest {
    Items(usize),
    /// Until the NULL that ends a dict.
    Pairs,
    /// Of code: a line number and two objects, behind the other parts.
    Lines,
}

/// Reads what one value takes.
pub fn gather(vm: &Vm, file: Value) -> PyResult<Vec<u8>> {
    let mut source = Source { vm, file, data: Vec::new() };
    source.check()?;
    let mut open = vec![Rest::Items(1)];
    while let Some(rest) = open.last_mut() {
        match rest {
            Rest::Items(0) => {
                open.pop();
                continue;
            }
            Rest::Items(n) => *n -= 1,
            Rest::Pairs => {}
            Rest::Lines => {
                *rest = Rest::Items(2);
                source.take(4)?;
                continue;
            }
        }
        let kind = source.kind()? & !FLAG_REF;
        match kind {
            tag::NULL => {
                if matches!(open.last(), Some(Rest::Pairs)) {
                    open.pop();
                }
            }
            tag::NONE | tag::TRUE | tag::FALSE | tag::ELLIPSIS | tag::STOPITER => {}
            tag::REF | tag::INT => source.take(4)?,
            tag::INT64 | tag::BINARY_FLOAT => source.take(8)?,
            tag::BINARY_COMPLEX => source.take(16)?,
            tag::FLOAT => source.short()?,
            tag::COMPLEX => {
                source.short()?;
                source.short()?;
            }
            tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED => source.short()?,
            tag::LONG => {
                let digits = source.number()?.unsigned_abs() as usize;
                source.take(2 * digits)?;
            }
            tag::STRING | tag::ASCII | tag::ASCII_INTERNED | tag::UNICODE | tag::INTERNED => {
                let Ok(n) = usize::try_from(source.number()?) else { break };
                source.take(n)?;
            }
            tag::SMALL_TUPLE => {
                let n = source.byte()?;
                open.push(Rest::Items(usize::from(n)));
            }
            tag::TUPLE | tag::LIST | tag::SET | tag::FROZENSET => {
                let Ok(n) = usize::try_from(source.number()?) else { break };
                open.push(Rest::Items(n));
            }
            tag::SLICE => open.push(Rest::Items(3)),
            tag::DICT => open.push(Rest::Pairs),
            tag::CODE => {
                source.take(5 * size_of::<i32>())?;
                open.push(Rest::Lines);
                open.push(Rest::Items(8));
            }
            _ => break,
        }
    }
    Ok(source.data)
}

struct Source<'a> {
    vm: &'a Vm,
    file: Value,
    data: Vec<u8>,
}

impl Source<'_> {
    /// A text file says so before anything is lost.
    fn check(&self) -> PyResult<()> {
        let vm = self.vm;
        let nothing = protocol::call::method(vm, self.file, *vm.names.read, &[Value::fixnum(0)])?;
        if is_instance(vm, *nothing, vm.types.bytes) {
            return Ok(());
        }
        let got = type_of(vm, *nothing).name_str();
        Err(vm.type_error(&format!("file.read() returned not bytes but {got}")))
    }

    /// Takes `n` bytes more; says how many there were, at most `n`.
    fn read(&mut self, n: usize) -> PyResult<usize> {
        let vm = self.vm;
        let mut zeros = Vec::new();
        zeros.try_reserve_exact(n).map_err(|_| vm.memory_error())?;
        zeros.resize(n, 0);
        let memory = bytes::bytearray::new(vm, &zeros)?;
        let view = bytes::memoryview::new(vm, *memory)?;
        let readinto = str::intern(vm, "readinto");
        let got = protocol::call::method(vm, self.file, *readinto, &[*view])?;
        let got = protocol::index::to_isize(vm, *got)?;
        let Some(got) = usize::try_from(got).ok().filter(|got| *got <= n) else {
            let text = format!("read() returned too much data: {n} bytes requested, {got} returned");
            return Err(vm.value_error(&text));
        };
        let Some(read) = bytes::bytearray::contents(&memory).get(..got) else {
            return Err(vm.value_error("the memory that was read into is gone"));
        };
        self.data.extend(read);
        Ok(got)
    }

    fn take(&mut self, n: usize) -> PyResult<()> {
        if n == 0 || self.read(n)? == n {
            return Ok(());
        }
        Err(self.vm.raise(self.vm.types.eof_error, "EOF read where not expected"))
    }

    /// The type byte of the next object.
    fn kind(&mut self) -> PyResult<u8> {
        match self.read(1)? {
            0 => Err(self.vm.raise(self.vm.types.eof_error, "EOF read where object expected")),
            _ => Ok(self.last()),
        }
    }

    fn byte(&mut self) -> PyResult<u8> {
        self.take(1)?;
        Ok(self.last())
    }

    fn last(&self) -> u8 {
        self.data.last().copied().unwrap_or_default()
    }

    fn number(&mut self) -> PyResult<i32> {
        self.take(4)?;
        let bytes = self.data.last_chunk().copied().unwrap_or_default();
        Ok(i32::from_le_bytes(bytes))
    }

    /// What has its length in a byte.
    fn short(&mut self) -> PyResult<()> {
        let n = self.byte()?;
        self.take(usize::from(n))
    }
}
