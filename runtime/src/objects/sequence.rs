//! What the built-in sequences share: index arithmetic, element equality, `repr` of items, argument checks of the
//! constructors.

use taipan_layout::{Kind, Value};

use super::{TypeRef, int, is_kind, str, type_of};
use crate::args::Args;
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub(crate) use super::function::builtins::named as builtin;

/// The name of `v`'s type for error messages.
#[cold]
pub(crate) fn type_name(vm: &Vm, v: Value) -> String {
    type_of(vm, v).name_str()
}

/// `a == b` for elements: the same object is equal, and the usual cases need no dispatch.
#[inline]
pub(crate) fn equal(vm: &Vm, a: Value, b: Value) -> PyResult<bool> {
    match quick_equal(a, b) {
        Some(answer) => Ok(answer),
        None => protocol::compare::equal(vm, a, b),
    }
}

/// The answer to `a == b` when it can be had without running Python.
#[inline]
pub(crate) fn quick_equal(a: Value, b: Value) -> Option<bool> {
    if a == b {
        return Some(true);
    }
    // Immediates have one word per value; NaN and the zeros that compare across words are boxed.
    if (a.is_fixnum() && b.is_fixnum()) || (a.is_flonum() && b.is_flonum()) {
        return Some(false);
    }
    if is_kind(a, Kind::Str) && is_kind(b, Kind::Str) {
        return Some(str::equal(a, b));
    }
    None
}

/// An index that must fit a machine word: `IndexError` otherwise.
#[inline]
pub(crate) fn index_size(vm: &Vm, v: Value) -> PyResult<isize> {
    if v.is_fixnum() {
        return Ok(v.as_fixnum() as isize);
    }
    let exact = protocol::number::index(vm, v)?;
    match int::as_i64(*exact) {
        Some(i) => Ok(i as isize),
        None => {
            Err(vm.index_error(&format!("cannot fit '{}' into an index-sized integer", type_name(vm, v))))
        }
    }
}

/// A size that must fit a machine word: `OverflowError` otherwise.
pub(crate) fn size_argument(vm: &Vm, v: Value) -> PyResult<isize> {
    if v.is_fixnum() {
        return Ok(v.as_fixnum() as isize);
    }
    let exact = protocol::number::index(vm, v)?;
    match int::as_i64(*exact) {
        Some(i) => Ok(i as isize),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// Whether `v` is an integer or offers `__index__`.
#[inline]
pub(crate) fn is_index(vm: &Vm, v: Value) -> bool {
    v.is_fixnum() || type_of(vm, v).slots().index.is_some()
}

/// A bound that is cut to what a machine word holds; `message` is the `TypeError` for what is no index.
pub(crate) fn clamped(vm: &Vm, v: Value, message: &str) -> PyResult<isize> {
    if v.is_fixnum() {
        return Ok(v.as_fixnum() as isize);
    }
    if !is_index(vm, v) {
        return Err(vm.type_error(message));
    }
    let exact = protocol::number::index(vm, v)?;
    Ok(int::as_i64(*exact)
        .map_or_else(|| if is_negative(*exact) { isize::MIN } else { isize::MAX }, |i| i as isize))
}

/// The sign of an exact `int`.
pub(crate) fn is_negative(v: Value) -> bool {
    if v.is_fixnum() {
        return v.as_fixnum() < 0;
    }
    int::to_big(v).is_some_and(|big| big < dashu_int::IBig::ZERO)
}

/// The bounds of `index(value, start, stop)`: NULL means absent, negative ones count from the end.
pub(crate) fn search_bounds(vm: &Vm, start: Value, stop: Value) -> PyResult<(isize, isize)> {
    const MESSAGE: &str = "slice indices must be integers or have an __index__ method";
    let start = if start.is_null() { 0 } else { clamped(vm, start, MESSAGE)? };
    let stop = if stop.is_null() { isize::MAX } else { clamped(vm, stop, MESSAGE)? };
    Ok((start, stop))
}

/// A bound of [`search_bounds`] as an offset into a sequence of `len` items.
pub(crate) fn bound_in(len: usize, bound: isize) -> usize {
    if bound < 0 { bound.saturating_add(len as isize).max(0) as usize } else { bound as usize }
}

/// The position that index `i` names in a sequence of `len` items.
#[inline(always)]
pub(crate) fn position(len: usize, i: isize) -> Option<usize> {
    let i = if i < 0 { i.wrapping_add(len as isize) } else { i };
    (i >= 0 && (i as usize) < len).then_some(i as usize)
}

/// Refuses keyword arguments of a built-in constructor.
pub(crate) fn no_keywords(vm: &Vm, name: &str, args: Args) -> PyResult<()> {
    if args.has_keywords() {
        return Err(vm.type_error(&format!("{name}() takes no keyword arguments")));
    }
    Ok(())
}

/// Whether `ty` kept the `__init__` of `base`: then `base`'s `__new__` is who refuses keyword arguments.
pub(crate) fn same_init(ty: TypeRef, base: TypeRef) -> bool {
    let address = |t: TypeRef| t.slots().init.map(|f| f as usize);
    address(ty) == address(base)
}

/// Whether `ty` kept the `__new__` of `base`: then `base`'s `__init__` is who refuses keyword arguments.
pub(crate) fn same_new(ty: TypeRef, base: TypeRef) -> bool {
    let address = |t: TypeRef| t.slots().new.map(|f| f as usize);
    address(ty) == address(base)
}

/// The optional single argument of a constructor.
pub(crate) fn at_most_one(vm: &Vm, name: &str, args: Args) -> PyResult<Option<Value>> {
    let pos = args.pos();
    if pos.len() > 1 {
        return Err(vm.type_error(&format!("{name} expected at most 1 argument, got {}", pos.len())));
    }
    Ok(pos.first().copied())
}

/// Checks that there are between `min` and `max` positional arguments.
pub(crate) fn check_count(vm: &Vm, name: &str, got: usize, min: usize, max: usize) -> PyResult<()> {
    if got >= min && got <= max {
        return Ok(());
    }
    let (bound, n) = if got < min { ("at least ", min) } else { ("at most ", max) };
    let bound = if min == max { "" } else { bound };
    let s = if n == 1 { "" } else { "s" };
    Err(vm.type_error(&format!("{name} expected {bound}{n} argument{s}, got {got}")))
}

/// Text that a `repr` is put together in.
pub(crate) struct ReprText(str::StrBuilder);

impl ReprText {
    pub fn new(start: &str) -> ReprText {
        let mut text = str::StrBuilder::new();
        text.push_str(start);
        ReprText(text)
    }
    pub fn push(&mut self, text: &str) {
        self.0.push_str(text);
    }
    pub fn push_repr(&mut self, vm: &Vm, v: Value) -> PyResult<()> {
        let r = protocol::object::repr(vm, v)?;
        self.0.push_value(*r);
        Ok(())
    }
    pub fn finish(self, vm: &Vm) -> PyResult {
        self.0.finish(vm)
    }
}

/// Items separated by commas between `open` and `close`. `item(i)` is asked anew before each item, since a
/// `__repr__` may change the container; `None` ends.
pub(crate) fn repr_items(
    vm: &Vm,
    open: &str,
    close: &str,
    item: impl Fn(usize) -> Option<Owned>,
) -> PyResult {
    vm.check_native_stack(" while getting the repr of an object")?;
    let mut text = ReprText::new(open);
    let mut i = 0;
    while let Some(v) = item(i) {
        if i > 0 {
            text.push(", ");
        }
        text.push_repr(vm, *v)?;
        i += 1;
    }
    text.push(close);
    text.finish(vm)
}
