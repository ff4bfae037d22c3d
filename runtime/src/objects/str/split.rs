//! Cutting strings into parts: split, rsplit, splitlines, partition.

use std::ops::Range;

use taipan_layout::Value;
use taipan_text::unicode;

use super::args::is_str;
use super::build::from_view;
use super::find::{self, Matches};
use super::kinds::{StrView, Unit, length, view, with_units};
use super::{args, index};
use crate::objects::{list, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

pub(super) fn split(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let limit = limit(vm, args[1])?;
    let sep = args[0];
    if sep.is_null() || sep.is_none() {
        return pieces(vm, this, &at_whitespace(view(&this), limit));
    }
    check_separator(vm, sep)?;
    let ranges = with_units!(view(&this), h => match Unit::fit(view(&sep)) {
        Some(n) => at_separator(h, &n, limit),
        None => vec![0..h.len()],
    });
    pieces(vm, this, &ranges)
}

pub(super) fn rsplit(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let limit = limit(vm, args[1])?;
    let sep = args[0];
    if sep.is_null() || sep.is_none() {
        return pieces(vm, this, &at_whitespace_from_right(view(&this), limit));
    }
    check_separator(vm, sep)?;
    let ranges = with_units!(view(&this), h => match Unit::fit(view(&sep)) {
        Some(n) => at_separator_from_right(h, &n, limit),
        None => vec![0..h.len()],
    });
    pieces(vm, this, &ranges)
}

/// `maxsplit`: negative means without limit.
fn limit(vm: &Vm, maxsplit: Value) -> PyResult<usize> {
    let n = args::optional_index(vm, maxsplit, -1)?;
    Ok(if n < 0 { usize::MAX } else { n as usize })
}

fn check_separator(vm: &Vm, sep: Value) -> PyResult<()> {
    if !is_str(vm, sep) {
        let got = type_of(vm, sep).name_str();
        return Err(vm.type_error(&format!("must be str or None, not {got}")));
    }
    if length(sep) == 0 {
        return Err(vm.value_error("empty separator"));
    }
    Ok(())
}

/// A list of the parts of `s`.
fn pieces(vm: &Vm, s: Value, ranges: &[Range<usize>]) -> PyResult {
    let text = view(&s);
    let mut items: Vec<Owned> = Vec::with_capacity(ranges.len());
    for r in ranges {
        items.push(if r.len() == text.len() {
            super::build::to_exact(vm, s)?
        } else {
            from_view(vm, text.slice(r.start, r.end))?
        });
    }
    list::new(vm, items)
}

/// Parts between occurrences of `sep`, cutting at most `limit` times. Shared with `bytes`.
pub(crate) fn at_separator<T: Unit>(text: &[T], sep: &[T], limit: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut from = 0;
    for at in Matches::new(text, sep).take(limit) {
        parts.push(from..at);
        from = at + sep.len();
    }
    parts.push(from..text.len());
    parts
}

pub(crate) fn at_separator_from_right<T: Unit>(text: &[T], sep: &[T], limit: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut to = text.len();
    while parts.len() < limit
        && let Some(at) = T::rfind(&text[..to], sep)
    {
        parts.push(at + sep.len()..to);
        to = at;
    }
    parts.push(0..to);
    parts.reverse();
    parts
}

fn at_whitespace(text: StrView<'_>, limit: usize) -> Vec<Range<usize>> {
    match text {
        StrView::One(u) => whitespace_parts(u, limit, |c| unicode::is_space(c as u32)),
        StrView::Two(u) => whitespace_parts(u, limit, |c| unicode::is_space(c as u32)),
        StrView::Four(u) => whitespace_parts(u, limit, unicode::is_space),
    }
}

fn at_whitespace_from_right(text: StrView<'_>, limit: usize) -> Vec<Range<usize>> {
    match text {
        StrView::One(u) => whitespace_parts_from_right(u, limit, |c| unicode::is_space(c as u32)),
        StrView::Two(u) => whitespace_parts_from_right(u, limit, |c| unicode::is_space(c as u32)),
        StrView::Four(u) => whitespace_parts_from_right(u, limit, unicode::is_space),
    }
}

/// Runs of what is not space; after `limit` cuts the rest is one part, stripped on the left only.
pub(crate) fn whitespace_parts<T: Copy>(
    text: &[T],
    limit: usize,
    space: impl Fn(T) -> bool,
) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut at = 0;
    loop {
        while at < text.len() && space(text[at]) {
            at += 1;
        }
        if at == text.len() {
            return parts;
        }
        if parts.len() == limit {
            parts.push(at..text.len());
            return parts;
        }
        let from = at;
        while at < text.len() && !space(text[at]) {
            at += 1;
        }
        parts.push(from..at);
    }
}

pub(crate) fn whitespace_parts_from_right<T: Copy>(
    text: &[T],
    limit: usize,
    space: impl Fn(T) -> bool,
) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut at = text.len();
    loop {
        while at > 0 && space(text[at - 1]) {
            at -= 1;
        }
        if at == 0 {
            break;
        }
        if parts.len() == limit {
            parts.push(0..at);
            break;
        }
        let to = at;
        while at > 0 && !space(text[at - 1]) {
            at -= 1;
        }
        parts.push(at..to);
    }
    parts.reverse();
    parts
}

/// Lines with or without their ends; `\r\n` is one end. Shared with `bytes`.
pub(crate) fn line_parts<T: Unit>(
    text: &[T],
    keep_ends: bool,
    ends_line: impl Fn(u32) -> bool,
) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut from = 0;
    while from < text.len() {
        let Some(n) = text[from..].iter().position(|c| ends_line(c.code())) else {
            parts.push(from..text.len());
            break;
        };
        let end = from + n;
        let is_pair = text[end].code() == 13 && text.get(end + 1).is_some_and(|c| c.code() == 10);
        let next = end + 1 + is_pair as usize;
        parts.push(from..if keep_ends { next } else { end });
        from = next;
    }
    parts
}

pub(super) fn splitlines(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let keep_ends = args::flag(vm, args[0], false)?;
    let ranges = with_units!(view(&this), u => line_parts(u, keep_ends, unicode::is_line_break));
    pieces(vm, this, &ranges)
}

fn check_partition_separator(vm: &Vm, sep: Value) -> PyResult<()> {
    if !is_str(vm, sep) {
        return Err(vm.type_error(&format!("must be str, not {}", type_of(vm, sep).name_str())));
    }
    if length(sep) == 0 {
        return Err(vm.value_error("empty separator"));
    }
    Ok(())
}

pub(super) fn partition(vm: &Vm, this: Value, sep: Value) -> PyResult {
    check_partition_separator(vm, sep)?;
    match find::find(view(&this), view(&sep)) {
        Some(at) => around(vm, this, sep, at),
        None => {
            let (whole, nothing) = (super::build::to_exact(vm, this)?, super::empty(vm));
            tuple::from_slice(vm, &[*whole, *nothing, *nothing])
        }
    }
}

pub(super) fn rpartition(vm: &Vm, this: Value, sep: Value) -> PyResult {
    check_partition_separator(vm, sep)?;
    match find::rfind(view(&this), view(&sep)) {
        Some(at) => around(vm, this, sep, at),
        None => {
            let (whole, nothing) = (super::build::to_exact(vm, this)?, super::empty(vm));
            tuple::from_slice(vm, &[*nothing, *nothing, *whole])
        }
    }
}

fn around(vm: &Vm, s: Value, sep: Value, at: usize) -> PyResult {
    let before = index::substring(vm, s, 0, at)?;
    let after = index::substring(vm, s, at + length(sep), length(s))?;
    tuple::from_owned(vm, vec![before, sep.own(), after])
}
