//! `_operator`: the operators as functions, and callables that look something up in their operand.
//!
//! | module | holds |
//! |---|---|
//! | `getters` | `itemgetter`, `attrgetter`, `methodcaller` |

mod getters;

use taipan_layout::Value;

use super::NativeModule;
use super::native;
use crate::args::Args;
use crate::objects::slots::CompareOp;
use crate::objects::spec::{BoundFn, MethodSpec, OneArgFn, function, function1, raw_function};
use crate::objects::{bytes, int, is_instance, str, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol::number::{self, NbOp};
use crate::protocol::{self, compare, item};
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_operator",
    doc: "Operator interface.\n\nThis module exports a set of functions implemented in C corresponding\nto the intrinsic \
          operators of Python.  For example, operator.add(x, y)\nis equivalent to the expression x+y.",
    functions: FUNCTIONS,
    fill: getters::add,
};

const fn unary(name: &'static str, f: OneArgFn, doc: &'static str) -> MethodSpec {
    function1(name, "($module, a, /)", f, doc)
}
const fn binary(name: &'static str, f: BoundFn, doc: &'static str) -> MethodSpec {
    function(name, "($module, a, b, /)", f, doc)
}
macro_rules! operator {
    ($name:literal, $op:ident, $sign:literal) => {
        binary(
            $name,
            |vm, _, a| number::binary(vm, NbOp::$op, a[0], a[1]),
            concat!("Same as a ", $sign, " b."),
        )
    };
}
macro_rules! inplace {
    ($name:literal, $op:ident, $sign:literal) => {
        binary(
            $name,
            |vm, _, a| number::inplace(vm, NbOp::$op, a[0], a[1]),
            concat!("Same as a ", $sign, " b."),
        )
    };
}
macro_rules! comparison {
    ($name:literal, $op:ident, $sign:literal) => {
        binary(
            $name,
            |vm, _, a| compare::rich(vm, a[0], a[1], CompareOp::$op),
            concat!("Same as a ", $sign, " b."),
        )
    };
}

static FUNCTIONS: &[MethodSpec] = &[
    unary("truth", |vm, _, a| compare::is_true(vm, a).map(Owned::bool), "Whether a is true."),
    unary("not_", |vm, _, a| compare::is_true(vm, a).map(|t| Owned::bool(!t)), "Same as not a."),
    unary("is_none", |_, _, a| Ok(Owned::bool(a.is_none())), "Same as a is None."),
    unary("is_not_none", |_, _, a| Ok(Owned::bool(!a.is_none())), "Same as a is not None."),
    unary("abs", |vm, _, a| number::absolute(vm, a), "Same as abs(a)."),
    unary("neg", |vm, _, a| number::negative(vm, a), "Same as -a."),
    unary("pos", |vm, _, a| number::positive(vm, a), "Same as +a."),
    unary("inv", |vm, _, a| number::invert(vm, a), "Same as ~a."),
    unary("invert", |vm, _, a| number::invert(vm, a), "Same as ~a."),
    unary("index", |vm, _, a| number::index(vm, a), "Same as a.__index__()"),
    binary("is_", |_, _, a| Ok(Owned::bool(a[0] == a[1])), "Same as a is b."),
    binary("is_not", |_, _, a| Ok(Owned::bool(a[0] != a[1])), "Same as a is not b."),
    comparison!("lt", Lt, "<"),
    comparison!("le", Le, "<="),
    comparison!("eq", Eq, "=="),
    comparison!("ne", Ne, "!="),
    comparison!("gt", Gt, ">"),
    comparison!("ge", Ge, ">="),
    operator!("add", Add, "+"),
    operator!("and_", And, "&"),
    operator!("floordiv", FloorDivide, "//"),
    operator!("lshift", Lshift, "<<"),
    operator!("matmul", MatrixMultiply, "@"),
    operator!("mul", Multiply, "*"),
    operator!("mod", Remainder, "%"),
    operator!("or_", Or, "|"),
    operator!("pow", Power, "**"),
    operator!("rshift", Rshift, ">>"),
    operator!("sub", Subtract, "-"),
    operator!("truediv", TrueDivide, "/"),
    operator!("xor", Xor, "^"),
    inplace!("iadd", Add, "+="),
    inplace!("iand", And, "&="),
    inplace!("ifloordiv", FloorDivide, "//="),
    inplace!("ilshift", Lshift, "<<="),
    inplace!("imatmul", MatrixMultiply, "@="),
    inplace!("imul", Multiply, "*="),
    inplace!("imod", Remainder, "%="),
    inplace!("ior", Or, "|="),
    inplace!("ipow", Power, "**="),
    inplace!("irshift", Rshift, ">>="),
    inplace!("isub", Subtract, "-="),
    inplace!("itruediv", TrueDivide, "/="),
    inplace!("ixor", Xor, "^="),
    binary("concat", |vm, _, a| concat(vm, a[0], a[1], false), "Same as a + b, for a and b sequences."),
    binary("iconcat", |vm, _, a| concat(vm, a[0], a[1], true), "Same as a += b, for a and b sequences."),
    binary(
        "contains",
        |vm, _, a| item::contains(vm, a[0], a[1]).map(Owned::bool),
        "Same as b in a (note reversed operands).",
    ),
    binary("countOf", count_of, "How many items of a are or equal b."),
    binary("indexOf", index_of, "The index of the first item of a that is or equals b."),
    binary("getitem", |vm, _, a| item::get(vm, a[0], a[1]), "Same as a[b]."),
    function(
        "setitem",
        "($module, a, b, c, /)",
        |vm, _, a| item::set(vm, a[0], a[1], a[2]).map(|()| Owned::none()),
        "Same as a[b] = c.",
    ),
    binary("delitem", |vm, _, a| item::delete(vm, a[0], a[1]).map(|()| Owned::none()), "Same as del a[b]."),
    function(
        "length_hint",
        "($module, obj, default=0, /)",
        length_hint,
        "How many items obj is likely to give, so that room can be made for them.\n\n\
         Exact if obj has a length.",
    ),
    raw_function(
        "call",
        "($module, obj, /, *args, **kwargs)",
        |vm, _, args| match args.pos() {
            [] => Err(vm.type_error("call expected at least 1 argument, got 0")),
            [f, ..] => {
                protocol::call::with_args(vm, *f, Args::with_keywords(&args.all()[1..], args.kwnames()))
            }
        },
        "Same as obj(*args, **kwargs).",
    ),
    binary(
        "_compare_digest",
        compare_digest,
        "Return 'a == b'.\n\nThis function uses an approach designed to prevent\ntiming analysis, making it appropriate for \
         cryptography.\n\na and b must both be of the same type: either str (ASCII only),\nor any bytes-like object.",
    ),
];

/// `a + b` of sequences only: numbers are refused even where they can be added.
fn concat(vm: &Vm, a: Value, b: Value, in_place: bool) -> PyResult {
    let slots = type_of(vm, a).slots();
    let own = if in_place { slots.inplace_concat.or(slots.concat) } else { slots.concat };
    if let Some(f) = own {
        return f(vm, a, b);
    }
    if !item::is_sequence(vm, a) || !item::is_sequence(vm, b) {
        let got = type_of(vm, a).name_str();
        return Err(vm.type_error(&format!("'{got}' object can't be concatenated")));
    }
    if in_place { number::inplace(vm, NbOp::Add, a, b) } else { number::binary(vm, NbOp::Add, a, b) }
}

/// Calls `f` with the place of every item of `a` that is or equals `b`, until it says true.
fn each_equal(vm: &Vm, a: Value, b: Value, mut f: impl FnMut(i64) -> bool) -> PyResult<()> {
    let it = match protocol::iter::iter(vm, a) {
        Ok(it) => it,
        Err(raised) => {
            drop(vm.catch(raised, vm.types.type_error)?);
            let got = type_of(vm, a).name_str();
            return Err(vm.type_error(&format!("argument of type '{got}' is not iterable")));
        }
    };
    let mut i = 0;
    while let Some(v) = protocol::iter::next(vm, *it)? {
        if compare::equal(vm, *v, b)? && f(i) {
            break;
        }
        i += 1;
    }
    Ok(())
}

fn count_of(vm: &Vm, _: Value, a: &[Value]) -> PyResult {
    let mut n = 0;
    each_equal(vm, a[0], a[1], |_| {
        n += 1;
        false
    })?;
    Ok(Owned::fixnum(n))
}

fn index_of(vm: &Vm, _: Value, a: &[Value]) -> PyResult {
    let mut found = None;
    each_equal(vm, a[0], a[1], |i| {
        found = Some(i);
        true
    })?;
    match found {
        Some(i) => Ok(Owned::fixnum(i)),
        None => Err(vm.value_error("sequence.index(x): x not in sequence")),
    }
}

fn length_hint(vm: &Vm, _: Value, a: &[Value]) -> PyResult {
    /// No object is as long as this, so it stands for an object without a hint.
    const NONE: usize = usize::MAX;
    let default = native::passed(a[1]).map_or(Ok(0), |v| protocol::index::to_isize(vm, v))?;
    match protocol::iter::length_hint(vm, a[0], NONE)? {
        NONE => int::new(vm, default as i64),
        n => int::from_usize(vm, n),
    }
}

/// Equality whose time depends on the lengths only.
fn compare_digest(vm: &Vm, _: Value, a: &[Value]) -> PyResult {
    let equal = |x: &[u8], y: &[u8]| {
        let difference = x.iter().zip(y).fold(0, |all, (p, q)| all | (p ^ q));
        Owned::bool(x.len() == y.len() && std::hint::black_box(difference) == 0)
    };
    if is_instance(vm, a[0], vm.types.str) && is_instance(vm, a[1], vm.types.str) {
        return match (str::ascii(&a[0]), str::ascii(&a[1])) {
            (Some(x), Some(y)) => Ok(equal(x, y)),
            _ => Err(vm.type_error("comparing strings with non-ASCII characters is not supported")),
        };
    }
    let is_bytes = |v: Value| bytes::is_bytes_like(vm, v);
    if !is_bytes(a[0]) && !is_bytes(a[1]) {
        let (x, y) = (type_of(vm, a[0]).name_str(), type_of(vm, a[1]).name_str());
        return Err(
            vm.type_error(&format!("unsupported operand types(s) or combination of types: '{x}' and '{y}'"))
        );
    }
    let (x, y) = (bytes::buffer(vm, a[0])?, bytes::buffer(vm, a[1])?);
    Ok(equal(x.as_slice(), y.as_slice()))
}
