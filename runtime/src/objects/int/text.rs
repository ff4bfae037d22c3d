//! Ints and text: conversion to digits, decimal ones under the digit limit.

use taipan_layout::Value;
use taipan_text::int as big;

use super::arith::check;
use super::{Int, view};
use crate::objects::str;
use crate::owned::PyResult;
use crate::vm::Vm;

/// `sys.get_int_max_str_digits()`; 0: no limit.
pub fn max_str_digits(vm: &Vm) -> usize {
    vm.state.int_max_str_digits.get().unwrap_or(big::DEFAULT_MAX_STR_DIGITS)
}

/// `repr` of an exact int.
pub fn to_str(vm: &Vm, v: Value) -> PyResult {
    match view(v) {
        Int::Small(i) => {
            let mut buffer = [0; 20];
            str::new(vm, decimal(i, &mut buffer))
        }
        Int::Big(b) => str::new(vm, &check(vm, big::to_decimal(b, max_str_digits(vm)))?),
    }
}

/// `repr` of an exact int as Rust text.
pub fn repr_string(vm: &Vm, v: Value) -> PyResult<String> {
    match view(v) {
        Int::Small(i) => Ok(i.to_string()),
        Int::Big(b) => check(vm, big::to_decimal(b, max_str_digits(vm))),
    }
}

/// Writes the digits from the end of the buffer: no allocation, no formatting machinery.
fn decimal(i: i64, buffer: &mut [u8; 20]) -> &str {
    let mut rest = i.unsigned_abs();
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if i < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    std::str::from_utf8(&buffer[at..]).unwrap_or_default()
}

/// `hex`, `oct`, `bin` of an exact int (radix 16, 8, 2, with the prefix).
pub fn to_radix(vm: &Vm, v: Value, radix: u32) -> PyResult {
    str::new(vm, &big::to_radix(&view(v).operand(), radix, true))
}

/// `format(v, spec)` of a number.
pub fn format(vm: &Vm, _v: Value, _spec: Value) -> PyResult {
    Err(vm.raise(vm.types.not_implemented_error, "number formatting is not there yet"))
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimal_digits() {
        for i in [0, 7, -7, 10, -1234567890, i64::MAX, i64::MIN] {
            assert_eq!(decimal(i, &mut [0; 20]), i.to_string());
        }
    }
}
