//! Strings made of whole strings: `+`, `+=` in place, `*`, `join`.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::header::flag;
use taipan_layout::{Kind, Value};

use super::build::{NewStr, copy_units, empty, to_exact};
use super::kinds::{StrView, flags, is_ascii, is_exact, length, object, view, width};
use crate::alloc;
use crate::objects::{is_instance, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

/// A bound for the largest code point that costs nothing to know: the flags tell one-byte strings apart, and wider
/// canonical strings need no more than their width.
#[inline(always)]
pub(super) fn cheap_bound(v: Value) -> u32 {
    match width(v) {
        0 if is_ascii(v) => 0x7F,
        0 => 0xFF,
        1 => 0xFFFF,
        _ => 0x10FFFF,
    }
}

/// `a + b` for two strings (or instances of subclasses).
pub fn concat(vm: &Vm, a: Value, b: Value) -> PyResult {
    let (la, lb) = (length(a), length(b));
    if la == 0 {
        return to_exact(vm, b);
    }
    if lb == 0 {
        return to_exact(vm, a);
    }
    let Some(len) = la.checked_add(lb) else {
        return Err(vm.overflow_error("strings are too large to concat"));
    };
    let mut s = NewStr::new(vm, len, cheap_bound(a).max(cheap_bound(b)))?;
    s.write(0, view(&a));
    s.write(la, view(&b));
    Ok(s.finish())
}

/// `left += right`, both strings: grows `left` where it is when nobody else refers to it, so that building a string
/// piece by piece takes linear time.
#[inline]
pub fn append_in_place(vm: &Vm, left: Owned, right: Value) -> PyResult {
    // SAFETY: a str is a heap object.
    let alone = unsafe { (*left.header()).rc } == 1;
    if !alone
        || *left == right
        || !is_exact(*left)
        || flags(*left) & flag::STR_INTERNED != 0
        || width(right) > width(*left)
        || length(*left) == 0
        || length(right) == 0
    {
        return concat(vm, *left, right);
    }
    let (old, added) = (length(*left), length(right));
    let Some(len) = old.checked_add(added).filter(|n| *n < 1 << 60) else {
        return Err(vm.overflow_error("strings are too large to concat"));
    };
    let size = size_of::<taipan_layout::objects::Str>() + (len << width(*left));
    // SAFETY: this is the only reference, and the hash and the flags are made to match the new contents.
    unsafe {
        let p = left.into_value().header();
        let grown = alloc::grow_object(vm, p, size);
        if grown.is_null() {
            drop(Owned::from_owned(Value::from_ptr(p)));
            return Err(vm.memory_error());
        }
        let v = Value::from_ptr(grown);
        copy_units(v, old, view(&right));
        let s = object(v);
        s.length = len;
        s.hash = -1;
        s.header.flags &= flags(right) | !flag::STR_ASCII;
        Ok(Owned::from_owned(v))
    }
}

/// `s * count`.
pub fn repeat(vm: &Vm, s: Value, count: isize) -> PyResult {
    let len = length(s);
    if count <= 0 || len == 0 {
        return Ok(empty(vm));
    }
    if count == 1 {
        return to_exact(vm, s);
    }
    let Some(total) = len.checked_mul(count as usize).filter(|n| *n <= isize::MAX as usize) else {
        return Err(vm.overflow_error("repeated string is too long"));
    };
    let mut new = NewStr::new(vm, total, cheap_bound(s))?;
    if len == 1 {
        new.fill(0, total, view(&s).get(0));
    } else {
        for i in 0..count as usize {
            new.write(i * len, view(&s));
        }
    }
    Ok(new.finish())
}

/// `sep.join(items)`.
pub fn join(vm: &Vm, sep: Value, items: &[Value]) -> PyResult {
    match items {
        [] => return Ok(empty(vm)),
        [one] if is_exact(*one) => return Ok(one.own()),
        _ => {}
    }
    let sep_len = length(sep);
    let mut max = if sep_len == 0 || items.len() == 1 { 0 } else { cheap_bound(sep) };
    let mut total = sep_len.checked_mul(items.len() - 1);
    for (i, item) in items.iter().enumerate() {
        if !crate::objects::is_kind(*item, Kind::Str) && !is_instance(vm, *item, vm.types.str) {
            let got = type_of(vm, *item).name_str();
            return Err(vm.type_error(&format!("sequence item {i}: expected str instance, {got} found")));
        }
        total = total.and_then(|t| t.checked_add(length(*item)));
        if length(*item) != 0 {
            max = max.max(cheap_bound(*item));
        }
    }
    let Some(total) = total.filter(|t| *t <= isize::MAX as usize) else {
        return Err(vm.overflow_error("join() result is too long for a Python string"));
    };
    if total == 0 {
        return Ok(empty(vm));
    }
    let separator = view(&sep);
    let mut s = NewStr::new(vm, total, max)?;
    let mut at = 0;
    for (i, item) in items.iter().enumerate() {
        if i != 0 && sep_len != 0 {
            s.write(at, separator);
            at += sep_len;
        }
        let text: StrView<'_> = view(item);
        s.write(at, text);
        at += text.len();
    }
    // Joined one-character strings of Latin-1 must stay the shared ones.
    if total == 1 { super::build::from_view(vm, view(&s.finish())) } else { Ok(s.finish()) }
}
