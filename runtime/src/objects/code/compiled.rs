//! Code objects from what the compiler made.
//!
//! Functions of one source have much in common: tables of lines, tuples of names, constants. What is equal becomes one object,
//! as in CPython. Parts are made from the inside out, so that of a tuple's items only the words need to be compared.

use std::rc::Rc;

use dashu_int::IBig;
use rustc_hash::FxHashMap;
use taipan_frontend::code::{CodeObject as Compiled, Constant, PyText};
use taipan_layout::Value;

use super::super::{bytes, complex, float, int, set, slice, str, tuple};
use super::build::{Parts, build};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

/// A code object from what the compiler or the marshal reader produced.
pub fn from_compiled(vm: &Vm, c: &Compiled) -> PyResult {
    Maker { vm, made: FxHashMap::default() }.code(c)
}

/// The object for a constant of the compiler.
pub fn constant(vm: &Vm, c: &Constant) -> PyResult {
    Maker { vm, made: FxHashMap::default() }.constant(c)
}

/// What tells objects of one compilation apart.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Bytes(&'a [u8]),
    /// A string that is not interned.
    Text(&'a [u8]),
    Int(&'a IBig),
    Float(u64),
    Complex(u64, u64),
    Tuple(Vec<Value>),
    FrozenSet(Vec<Value>),
    Slice([Value; 3]),
}

struct Maker<'a> {
    vm: &'a Vm,
    /// They keep the objects in the keys alive, since containers hold those.
    made: FxHashMap<Key<'a>, Owned>,
}

impl<'a> Maker<'a> {
    fn once(&mut self, key: Key<'a>, make: impl FnOnce(&Vm) -> PyResult) -> PyResult {
        if let Some(known) = self.made.get(&key) {
            return Ok(known.clone());
        }
        let made = make(self.vm)?;
        self.made.insert(key, made.clone());
        Ok(made)
    }

    fn code(&mut self, c: &'a Compiled) -> PyResult {
        let vm = self.vm;
        let consts = self.constants(&c.consts)?;
        let parts = Parts {
            argcount: c.argcount,
            posonlyargcount: c.posonlyargcount,
            kwonlyargcount: c.kwonlyargcount,
            stacksize: c.stacksize,
            flags: c.flags,
            firstlineno: c.firstlineno,
            code: bytes::new(vm, &c.code)?,
            consts: self.tuple(consts)?,
            names: self.names(&c.names)?,
            localsplusnames: self.names(&c.localsplusnames)?,
            localspluskinds: self.bytes(&c.localspluskinds)?,
            filename: interned(vm, &c.filename)?,
            name: interned(vm, &c.name)?,
            qualname: interned(vm, &c.qualname)?,
            linetable: self.bytes(&c.linetable)?,
            exceptiontable: self.bytes(&c.exceptiontable)?,
        };
        build(vm, parts)
    }

    fn bytes(&mut self, content: &'a [u8]) -> PyResult {
        self.once(Key::Bytes(content), |vm| bytes::new(vm, content))
    }

    fn names(&mut self, names: &[PyText]) -> PyResult {
        let names = names.iter().map(|n| interned(self.vm, n)).collect::<PyResult<Vec<_>>>()?;
        self.tuple(names)
    }

    fn tuple(&mut self, items: Vec<Owned>) -> PyResult {
        let key = Key::Tuple(items.iter().map(|v| v.value()).collect());
        self.once(key, |vm| tuple::from_owned(vm, items))
    }

    fn constants(&mut self, items: &'a [Constant]) -> PyResult<Vec<Owned>> {
        items.iter().map(|k| self.constant(k)).collect()
    }

    fn constant(&mut self, c: &'a Constant) -> PyResult {
        match c {
            Constant::None => Ok(Owned::none()),
            Constant::True => Ok(Owned::bool(true)),
            Constant::False => Ok(Owned::bool(false)),
            Constant::Ellipsis => Ok(Value::ELLIPSIS.own()),
            Constant::Int(i) => self.once(Key::Int(i), |vm| int::from_big(vm, i.clone())),
            // No two of them are equal.
            Constant::Float(f) if f.is_nan() => float::new(self.vm, *f),
            Constant::Complex { real, imag } if real.is_nan() || imag.is_nan() => {
                complex::new(self.vm, *real, *imag)
            }
            Constant::Float(f) => self.once(Key::Float(f.to_bits()), |vm| float::new(vm, *f)),
            Constant::Complex { real, imag } => {
                self.once(Key::Complex(real.to_bits(), imag.to_bits()), |vm| complex::new(vm, *real, *imag))
            }
            Constant::Str(text) => match text.as_str() {
                Some(t) if looks_like_a_name(t) => Ok(str::intern(self.vm, t)),
                _ => self.once(Key::Text(text.as_wtf8()), |vm| str::from_wtf8(vm, text.as_wtf8())),
            },
            Constant::Bytes(b) => self.bytes(b),
            Constant::Tuple(items) => {
                let items = self.constants(items)?;
                self.tuple(items)
            }
            Constant::FrozenSet(items) => self.frozen_set(items),
            Constant::Slice(parts) => {
                let items = self.constants(&parts[..])?;
                let words = [items[0].value(), items[1].value(), items[2].value()];
                self.once(Key::Slice(words), |vm| slice::new(vm, words[0], words[1], words[2]))
            }
            Constant::Code(code) => self.code(code),
        }
    }

    fn frozen_set(&mut self, items: &'a Rc<[Constant]>) -> PyResult {
        let items = self.constants(items)?;
        let words: Vec<Value> = items.iter().map(|v| v.value()).collect();
        // The same items in another order may lie differently in the table, which iteration shows.
        let key = Key::FrozenSet(words.clone());
        self.once(key, |vm| set::frozen_from_slice(vm, &words))
    }
}

fn interned(vm: &Vm, text: &PyText) -> PyResult {
    Ok(match text.as_str() {
        Some(text) => str::intern(vm, text),
        None => {
            let text = str::from_wtf8(vm, text.as_wtf8())?;
            str::intern_value(vm, *text)
        }
    })
}

/// Attribute names also occur as plain constants (`getattr(x, "name")`): those are worth interning.
fn looks_like_a_name(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
