//! The pool of constants of one compilation.
//!
//! Constants are interned by the compiler's notion of sameness, which is stricter than Python's
//! `==`: `1`, `1.0` and `True` differ, so do `0.0` and `-0.0`, and tuples compare item by item in
//! the same way. Code objects are the same if every field that CPython compares is equal, which
//! happens when a `finally` body with a nested function is compiled twice.

use std::{
    hash::{Hash, Hasher},
    rc::Rc,
};

use dashu_int::IBig;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use crate::code::{CodeObject, Constant, PyText};

/// A constant of one compilation's pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ConstId(pub u32);

impl ConstId {
    pub const NONE: ConstId = ConstId(0);
    pub const TRUE: ConstId = ConstId(1);
    pub const FALSE: ConstId = ConstId(2);
    pub const ELLIPSIS: ConstId = ConstId(3);
}

pub struct ConstPool {
    values: IndexSet<Key, FxBuildHasher>,
}

/// A constant compared by the compiler's sameness.
struct Key(Constant);

impl ConstPool {
    /// `expected` constants get their room at once.
    pub fn with_capacity(expected: usize) -> Self {
        let mut pool = ConstPool { values: IndexSet::with_capacity_and_hasher(expected + 4, FxBuildHasher) };
        for constant in [Constant::None, Constant::True, Constant::False, Constant::Ellipsis] {
            pool.add(constant);
        }
        pool
    }

    pub fn add(&mut self, constant: Constant) -> ConstId {
        ConstId(self.values.insert_full(Key(constant)).0 as u32)
    }

    pub fn get(&self, id: ConstId) -> &Constant {
        &self.values[id.0 as usize].0
    }

    pub fn bool(value: bool) -> ConstId {
        if value { ConstId::TRUE } else { ConstId::FALSE }
    }

    pub fn int(&mut self, value: i64) -> ConstId {
        self.add(Constant::Int(IBig::from(value)))
    }

    pub fn text(&mut self, text: &PyText) -> ConstId {
        self.add(Constant::Str(text.clone()))
    }

    pub fn tuple(&mut self, items: &[ConstId]) -> ConstId {
        let items: Rc<[Constant]> = items.iter().map(|&id| self.get(id).clone()).collect();
        self.add(Constant::Tuple(items))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        same(&self.0, &other.0)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.0, state);
    }
}

/// Whether two constants are the same to the compiler.
pub fn same(a: &Constant, b: &Constant) -> bool {
    match (a, b) {
        (Constant::None, Constant::None)
        | (Constant::True, Constant::True)
        | (Constant::False, Constant::False)
        | (Constant::Ellipsis, Constant::Ellipsis) => true,
        (Constant::Int(x), Constant::Int(y)) => x == y,
        (Constant::Float(x), Constant::Float(y)) => same_float(*x, *y),
        (Constant::Complex { real: r, imag: i }, Constant::Complex { real: s, imag: j }) => {
            same_float(*r, *s) && same_float(*i, *j)
        }
        (Constant::Str(x), Constant::Str(y)) => x == y,
        (Constant::Bytes(x), Constant::Bytes(y)) => x == y,
        (Constant::Tuple(x), Constant::Tuple(y)) => same_all(x, y),
        (Constant::FrozenSet(x), Constant::FrozenSet(y)) => {
            x.len() == y.len() && x.iter().all(|i| y.iter().any(|j| same(i, j)))
        }
        (Constant::Slice(x), Constant::Slice(y)) => same_all(&x[..], &y[..]),
        (Constant::Code(x), Constant::Code(y)) => Rc::ptr_eq(x, y) || same_code(x, y),
        _ => false,
    }
}

/// Zeros differ by their sign, and no NaN is the same as another.
fn same_float(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() && !a.is_nan()
}

fn same_all(a: &[Constant], b: &[Constant]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| same(x, y))
}

fn same_code(a: &CodeObject, b: &CodeObject) -> bool {
    a.firstlineno == b.firstlineno
        && a.code == b.code
        && a.name == b.name
        && a.argcount == b.argcount
        && a.posonlyargcount == b.posonlyargcount
        && a.kwonlyargcount == b.kwonlyargcount
        && a.flags == b.flags
        && a.linetable == b.linetable
        && a.exceptiontable == b.exceptiontable
        && a.names == b.names
        && a.localsplusnames == b.localsplusnames
        && same_all(&a.consts, &b.consts)
}

fn hash<H: Hasher>(constant: &Constant, state: &mut H) {
    std::mem::discriminant(constant).hash(state);
    match constant {
        Constant::None | Constant::True | Constant::False | Constant::Ellipsis => {}
        Constant::Int(value) => value.hash(state),
        Constant::Float(value) => value.to_bits().hash(state),
        Constant::Complex { real, imag } => (real.to_bits(), imag.to_bits()).hash(state),
        Constant::Str(text) => text.hash(state),
        Constant::Bytes(bytes) => bytes.hash(state),
        Constant::Tuple(items) => items.iter().for_each(|item| hash(item, state)),
        // Equal sets may list their members in different orders.
        Constant::FrozenSet(items) => items.len().hash(state),
        Constant::Slice(items) => items.iter().for_each(|item| hash(item, state)),
        // Many on one line differ by their columns alone.
        Constant::Code(code) => (code.firstlineno, &code.name, &code.code, &code.linetable).hash(state),
    }
}
