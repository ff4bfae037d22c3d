//! Arguments of the text methods: checks and conversions with CPython's messages.

use std::ops::Range;

use taipan_layout::Value;

use super::kinds::{is_exact, length, view};
use crate::objects::{int, is_instance, sequence, type_of};
use crate::owned::{PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// Whether `v` is a `str` or an instance of a subclass.
#[inline]
pub fn is_str(vm: &Vm, v: Value) -> bool {
    is_exact(v) || (v.is_heap() && is_instance(vm, v, vm.types.str))
}

/// How messages name the type of an argument that should not be None.
pub(crate) fn type_name(vm: &Vm, v: Value) -> String {
    if v.is_none() { "None".to_owned() } else { type_of(vm, v).name_str() }
}

/// `FUNCTION() argument N must be str, not T`.
#[inline]
pub(crate) fn expect_str(vm: &Vm, v: Value, function: &str, position: u32) -> PyResult<()> {
    if is_str(vm, v) { Ok(()) } else { Err(wrong_argument(vm, v, function, &format!(" {position}"))) }
}

/// `FUNCTION() argument must be str, not T`, for functions of one argument.
#[inline]
pub(crate) fn expect_only_str(vm: &Vm, v: Value, function: &str) -> PyResult<()> {
    if is_str(vm, v) { Ok(()) } else { Err(wrong_argument(vm, v, function, "")) }
}

/// `FUNCTION() argument 'NAME' must be str, not T`.
pub(crate) fn expect_named_str(vm: &Vm, v: Value, function: &str, name: &str) -> PyResult<()> {
    if is_str(vm, v) { Ok(()) } else { Err(wrong_argument(vm, v, function, &format!(" '{name}'"))) }
}

#[cold]
fn wrong_argument(vm: &Vm, v: Value, function: &str, which: &str) -> Raised {
    vm.type_error(&format!("{function}() argument{which} must be str, not {}", type_name(vm, v)))
}

/// An index argument; `None` when it was omitted (NULL).
pub(crate) fn optional_index(vm: &Vm, v: Value, default: isize) -> PyResult<isize> {
    if v.is_null() {
        Ok(default)
    } else if v.is_fixnum() {
        Ok(v.as_fixnum() as isize)
    } else {
        sequence::size_argument(vm, v)
    }
}

/// A slice bound: NULL and None mean `default`, numbers out of range are clamped.
fn bound(vm: &Vm, v: Value, default: isize) -> PyResult<isize> {
    const MESSAGE: &str = "slice indices must be integers or None or have an __index__ method";
    if v.is_null() || v.is_none() { Ok(default) } else { sequence::clamped(vm, v, MESSAGE) }
}

/// What `start` and `stop` arguments select, before the length is known.
#[derive(Clone, Copy)]
pub(crate) struct SearchBounds(isize, isize);

impl SearchBounds {
    /// The part of `len` items; `None` when `start` lies behind the end of it, where not even an empty needle is
    /// found.
    #[inline]
    pub(crate) fn within(self, len: usize) -> Option<Range<usize>> {
        let start = sequence::bound_in(len, self.0);
        let stop = sequence::bound_in(len, self.1).min(len);
        (start <= stop).then_some(start..stop)
    }
}

#[inline]
pub(crate) fn search_bounds(vm: &Vm, start: Value, stop: Value) -> PyResult<SearchBounds> {
    Ok(SearchBounds(bound(vm, start, 0)?, bound(vm, stop, isize::MAX)?))
}

/// [`search_bounds`] in a sequence of `len` items.
#[inline]
pub(crate) fn search_range(vm: &Vm, len: usize, start: Value, stop: Value) -> PyResult<Option<Range<usize>>> {
    Ok(search_bounds(vm, start, stop)?.within(len))
}

/// A C `int` argument.
pub(crate) fn c_int(vm: &Vm, v: Value) -> PyResult<i32> {
    let exact = protocol::number::index(vm, v)?;
    let n = int::as_i64(*exact).and_then(|n| i32::try_from(n).ok());
    n.ok_or_else(|| vm.overflow_error("Python int too large to convert to C int"))
}

/// A function of the `builtins` module.
pub(crate) fn builtin(vm: &Vm, name: &str) -> PyResult {
    crate::objects::sequence::builtin(vm, name)
}

/// Truth of an optional flag argument.
pub(crate) fn flag(vm: &Vm, v: Value, default: bool) -> PyResult<bool> {
    if v.is_null() { Ok(default) } else { protocol::compare::is_true(vm, v) }
}

/// The `fillchar` argument of `center`, `ljust` and `rjust`.
pub(crate) fn fill_char(vm: &Vm, v: Value) -> PyResult<u32> {
    if v.is_null() {
        return Ok(b' ' as u32);
    }
    if !is_str(vm, v) {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("The fill character must be a unicode character, not {got}")));
    }
    if length(v) != 1 {
        return Err(vm.type_error("The fill character must be exactly one character long"));
    }
    Ok(view(&v).get(0))
}
