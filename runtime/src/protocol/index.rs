//! Python integers as native ones, with CPython's errors.

use taipan_layout::Value;

use super::number;
use crate::objects::{int, type_of};
use crate::owned::PyResult;
use crate::vm::Vm;

fn native(vm: &Vm, v: Value) -> PyResult<Option<i64>> {
    if v.is_fixnum() {
        return Ok(Some(v.as_fixnum()));
    }
    let i = number::index(vm, v)?;
    Ok(int::as_i64(*i))
}

/// For counts and sizes: OverflowError when it does not fit.
pub fn to_isize(vm: &Vm, v: Value) -> PyResult<isize> {
    match native(vm, v)? {
        Some(i) => Ok(i as isize),
        None => {
            let t = type_of(vm, v).name_str();
            Err(vm.overflow_error(&format!("cannot fit '{t}' into an index-sized integer")))
        }
    }
}

/// For `ssize_t` arguments.
pub fn to_ssize(vm: &Vm, v: Value) -> PyResult<isize> {
    match native(vm, v)? {
        Some(i) => Ok(i as isize),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// For subscripts: IndexError when it does not fit.
pub fn to_subscript(vm: &Vm, v: Value) -> PyResult<isize> {
    match native(vm, v)? {
        Some(i) => Ok(i as isize),
        None => {
            let t = type_of(vm, v).name_str();
            Err(vm.index_error(&format!("cannot fit '{t}' into an index-sized integer")))
        }
    }
}

/// For slice bounds: what does not fit is cut to the limits.
pub fn to_isize_clamped(vm: &Vm, v: Value) -> PyResult<isize> {
    let i = number::index(vm, v)?;
    Ok(match int::as_i64(*i) {
        Some(i) => i as isize,
        None if int::view(*i).is_negative() => isize::MIN,
        None => isize::MAX,
    })
}

/// For C `long` arguments.
pub fn to_i64(vm: &Vm, v: Value) -> PyResult<i64> {
    match native(vm, v)? {
        Some(i) => Ok(i),
        None => Err(vm.overflow_error("Python int too large to convert to C long")),
    }
}

/// For C `int` arguments.
pub fn to_i32(vm: &Vm, v: Value) -> PyResult<i32> {
    match native(vm, v)?.and_then(|i| i32::try_from(i).ok()) {
        Some(i) => Ok(i),
        None => Err(vm.overflow_error("Python int too large to convert to C int")),
    }
}

/// For non-negative sizes.
pub fn to_usize(vm: &Vm, v: Value) -> PyResult<usize> {
    let i = to_isize(vm, v)?;
    usize::try_from(i).map_err(|_| vm.value_error("value must be non-negative"))
}

/// For C `unsigned int` arguments of which only the lower bits count.
pub fn to_u32_modulo(vm: &Vm, v: Value) -> PyResult<u32> {
    let i = number::index(vm, v)?;
    Ok(match int::as_i64(*i) {
        Some(n) => n as u32,
        None => {
            let low = int::to_big(*i).unwrap_or_default() & dashu_int::IBig::from(u32::MAX);
            u32::try_from(low).unwrap_or_default()
        }
    })
}
