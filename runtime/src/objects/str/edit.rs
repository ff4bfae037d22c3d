//! New strings from old ones: strip, replace, padding, tabs.

use taipan_layout::Value;
use taipan_text::find::{Needle, strip_range};
use taipan_text::unicode;

use super::args::{self, expect_only_str, expect_str, is_str};
use super::build::{NewStr, StrBuilder, from_view, to_exact};
use super::concat::cheap_bound;
use super::find::needle;
use super::index::substring;
use super::kinds::{StrView, Unit, length, view, with_units};
use crate::objects::sequence;
use crate::owned::PyResult;
use crate::vm::Vm;

pub(super) fn strip(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    strip_ends(vm, this, args[0], (true, true), "strip")
}
pub(super) fn lstrip(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    strip_ends(vm, this, args[0], (true, false), "lstrip")
}
pub(super) fn rstrip(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    strip_ends(vm, this, args[0], (false, true), "rstrip")
}

/// Strips at the left or the right end or both.
fn strip_ends(vm: &Vm, this: Value, chars: Value, (left, right): (bool, bool), name: &str) -> PyResult {
    let range = if chars.is_null() || chars.is_none() {
        with_units!(view(&this), u => strip_range(u, left, right, unicode::is_space))
    } else {
        if !is_str(vm, chars) {
            return Err(vm.type_error(&format!("{name} arg must be None or str")));
        }
        let set = view(&chars);
        with_units!(view(&this), u => match set {
            StrView::One(set) => strip_range(u, left, right, |c| c < 0x100 && set.contains(&(c as u8))),
            _ => strip_range(u, left, right, |c| set.iter().any(|s| s == c)),
        })
    };
    substring(vm, this, range.start, range.end)
}

pub(super) fn remove_prefix(vm: &Vm, this: Value, prefix: Value) -> PyResult {
    expect_only_str(vm, prefix, "removeprefix")?;
    if starts_with(view(&this), view(&prefix)) {
        return substring(vm, this, length(prefix), length(this));
    }
    to_exact(vm, this)
}

pub(super) fn remove_suffix(vm: &Vm, this: Value, suffix: Value) -> PyResult {
    expect_only_str(vm, suffix, "removesuffix")?;
    if ends_with(view(&this), view(&suffix)) {
        return substring(vm, this, 0, length(this) - length(suffix));
    }
    to_exact(vm, this)
}

pub fn starts_with(text: StrView<'_>, prefix: StrView<'_>) -> bool {
    prefix.len() <= text.len() && text.slice(0, prefix.len()).equals(prefix)
}

pub fn ends_with(text: StrView<'_>, suffix: StrView<'_>) -> bool {
    suffix.len() <= text.len() && text.slice(text.len() - suffix.len(), text.len()).equals(suffix)
}

pub(super) fn replace(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (old, new) = (args[0], args[1]);
    expect_str(vm, old, "replace", 1)?;
    expect_str(vm, new, "replace", 2)?;
    let limit = args::optional_index(vm, args[2], -1)?;
    replace_text(vm, this, old, new, if limit < 0 { usize::MAX } else { limit as usize })
}

/// `this` with at most `limit` occurrences of `old` replaced by `new`.
pub fn replace_text(vm: &Vm, this: Value, old: Value, new: Value, limit: usize) -> PyResult {
    let text = view(&this);
    if limit == 0 || length(old) > text.len() || old == new {
        return to_exact(vm, this);
    }
    if length(old) == 0 {
        return interleave(vm, this, new, limit);
    }
    if let (StrView::One(units), StrView::One([from]), StrView::One([to])) = (text, view(&old), view(&new))
        && limit == usize::MAX
        && from.is_ascii() == to.is_ascii()
        && units.len() > 1
    {
        return replace_byte(vm, this, units, *from, *to);
    }
    with_units!(text, units => replace_units(vm, this, units, &needle(view(&old)), new, limit))
}

/// One character for another of the same width, everywhere.
fn replace_byte(vm: &Vm, this: Value, text: &[u8], from: u8, to: u8) -> PyResult {
    let Some(first) = memchr::memchr(from, text) else { return to_exact(vm, this) };
    if !from.is_ascii() {
        // What is left may be ASCII or not: found out from the result.
        let replaced: Vec<u8> = text.iter().map(|c| if *c == from { to } else { *c }).collect();
        return from_view(vm, StrView::One(&replaced));
    }
    let mut s = NewStr::new(vm, text.len(), cheap_bound(this))?;
    let units = s.units::<u8>();
    units[..first].write_copy_of_slice(&text[..first]);
    for (new, old) in units[first..].iter_mut().zip(&text[first..]) {
        new.write(if *old == from { to } else { *old });
    }
    Ok(s.finish())
}

fn replace_units<T: Unit>(
    vm: &Vm,
    this: Value,
    text: &[T],
    old: &Needle<'_, T>,
    new: Value,
    limit: usize,
) -> PyResult {
    let count = if limit == usize::MAX { old.count(text) } else { old.positions(text).take(limit).count() };
    if count == 0 {
        return to_exact(vm, this);
    }
    let removed = text.len() - count * old.len();
    let Some(len) = length(new)
        .checked_mul(count)
        .and_then(|n| n.checked_add(removed))
        .filter(|n| *n <= isize::MAX as usize)
    else {
        return Err(vm.overflow_error("replace string is too long"));
    };
    if len <= 1 {
        // The result may be one of the shared strings.
        let mut b = StrBuilder::new();
        let mut from = 0;
        for at in old.positions(text).take(count) {
            b.push_view(T::view(&text[from..at]));
            b.push_value(new);
            from = at + old.len();
        }
        b.push_view(T::view(&text[from..]));
        return b.finish(vm);
    }
    let bound = cheap_bound(this).max(cheap_bound(new));
    let mut s = NewStr::new(vm, len, bound)?;
    let (mut from, mut to) = (0, 0);
    for at in old.positions(text).take(count) {
        s.write(to, T::view(&text[from..at]));
        to += at - from;
        s.write(to, view(&new));
        to += length(new);
        from = at + old.len();
    }
    s.write(to, T::view(&text[from..]));
    let s = s.finish();
    // Replacing the only wide characters may leave a narrow string, which must not keep the wide form.
    if bound > 0x7F { from_view_narrowing(vm, s) } else { Ok(s) }
}

/// `s` in canonical form: `s` itself, a new string without other references, when its width is right already.
fn from_view_narrowing(vm: &Vm, s: crate::owned::Owned) -> PyResult {
    let (max, bound) = (view(&s).max_bound(), cheap_bound(*s));
    let class = |m: u32| match m {
        0..0x80 => 0,
        0x80..0x100 => 1,
        0x100..0x10000 => 2,
        _ => 3,
    };
    if class(max) == class(bound) { Ok(s) } else { from_view(vm, view(&s)) }
}

/// Replacement of the empty string: `new` goes before every character and at the end.
fn interleave(vm: &Vm, this: Value, new: Value, limit: usize) -> PyResult {
    let text = view(&this);
    let count = limit.min(text.len() + 1);
    let mut b = StrBuilder::with_capacity(text.len());
    for i in 0..count {
        b.push_value(new);
        if i < text.len() {
            b.push(text.get(i));
        }
    }
    if count < text.len() {
        b.push_view(text.slice(count, text.len()));
    }
    b.finish(vm)
}

/// `this` between `left` and `right` fill characters.
pub(super) fn pad(vm: &Vm, this: Value, left: usize, right: usize, fill: u32) -> PyResult {
    let len = length(this);
    if left == 0 && right == 0 {
        return to_exact(vm, this);
    }
    let Some(total) = left.checked_add(len).and_then(|n| n.checked_add(right)) else {
        return Err(vm.overflow_error("padded string is too long"));
    };
    if total == 1 {
        return super::from_char(vm, fill);
    }
    let mut s = NewStr::new(vm, total, cheap_bound(this).max(fill))?;
    s.fill(0, left, fill);
    s.write(left, view(&this));
    s.fill(left + len, right, fill);
    Ok(s.finish())
}

/// Missing characters to `width`.
fn missing(vm: &Vm, this: Value, width: Value) -> PyResult<usize> {
    let width = sequence::size_argument(vm, width)?;
    Ok((width.max(0) as usize).saturating_sub(length(this)))
}

pub(super) fn center(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let missing = missing(vm, this, args[0])?;
    let fill = args::fill_char(vm, args[1])?;
    let (left, right) = center_margins(missing, length(this));
    pad(vm, this, left, right, fill)
}

/// How `center` divides the margin: the odd one goes to the left when the width is odd.
pub(crate) fn center_margins(missing: usize, len: usize) -> (usize, usize) {
    let width = missing + len;
    let left = missing / 2 + (missing & width & 1);
    (left, missing - left)
}

pub(super) fn ljust(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let missing = missing(vm, this, args[0])?;
    let fill = args::fill_char(vm, args[1])?;
    pad(vm, this, 0, missing, fill)
}

pub(super) fn rjust(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let missing = missing(vm, this, args[0])?;
    let fill = args::fill_char(vm, args[1])?;
    pad(vm, this, missing, 0, fill)
}

pub(super) fn zfill(vm: &Vm, this: Value, width: Value) -> PyResult {
    let missing = missing(vm, this, width)?;
    if missing == 0 {
        return to_exact(vm, this);
    }
    let text = view(&this);
    let has_sign = !text.is_empty() && matches!(text.get(0), 0x2B | 0x2D);
    let mut b = StrBuilder::with_capacity(text.len() + missing);
    if has_sign {
        b.push(text.get(0));
    }
    b.push_repeated(b'0' as u32, missing);
    b.push_view(text.slice(has_sign as usize, text.len()));
    b.finish(vm)
}

pub(super) fn expandtabs(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let size = if args[0].is_null() { 8 } else { args::c_int(vm, args[0])? };
    let text = view(&this);
    if text.iter().all(|c| c != 9) {
        return to_exact(vm, this);
    }
    let mut b = StrBuilder::with_capacity(text.len());
    let mut column = 0usize;
    for c in text.iter() {
        match c {
            9 => {
                if size > 0 {
                    let n = size as usize - column % size as usize;
                    b.push_repeated(b' ' as u32, n);
                    column += n;
                }
            }
            10 | 13 => {
                b.push(c);
                column = 0;
            }
            _ => {
                b.push(c);
                column += 1;
            }
        }
    }
    b.finish(vm)
}
