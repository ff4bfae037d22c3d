//! Cutting strings into parts: split, rsplit, splitlines, partition.

use std::ops::Range;

use taipan_layout::Value;
use taipan_text::{find as text, unicode};

use super::args::is_str;
use super::build::to_exact;
use super::kinds::{length, view, with_units};
use super::{args, find, index};
use crate::objects::{list, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

pub(super) fn split(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let limit = limit(vm, args[1])?;
    let sep = args[0];
    if sep.is_null() || sep.is_none() {
        return with_units!(view(&this), u => pieces(vm, this, text::split_space(u, limit, unicode::is_space)));
    }
    check_separator(vm, sep)?;
    with_units!(view(&this), u => {
        let needle = find::needle(view(&sep));
        pieces(vm, this, text::split(u, &needle, limit))
    })
}

pub(super) fn rsplit(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let limit = limit(vm, args[1])?;
    let sep = args[0];
    let from_right: Vec<Range<usize>> = if sep.is_null() || sep.is_none() {
        with_units!(view(&this), u => text::rsplit_space(u, limit, unicode::is_space).collect())
    } else {
        check_separator(vm, sep)?;
        with_units!(view(&this), u => {
            let needle = find::needle(view(&sep));
            text::rsplit(u, &needle, limit).collect()
        })
    };
    pieces(vm, this, from_right.into_iter().rev())
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
fn pieces(vm: &Vm, s: Value, ranges: impl Iterator<Item = Range<usize>>) -> PyResult {
    let whole = length(s);
    let mut items: Vec<Owned> = Vec::new();
    for r in ranges {
        let part = if r.len() == whole { to_exact(vm, s)? } else { index::part(vm, s, r.start, r.end)? };
        if items.try_reserve(1).is_err() {
            return Err(vm.memory_error());
        }
        items.push(part);
    }
    list::new(vm, items)
}

pub(super) fn splitlines(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let keep_ends = args::flag(vm, args[0], false)?;
    with_units!(view(&this), u => pieces(vm, this, text::lines(u, keep_ends, unicode::is_line_break)))
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
            let nothing = super::empty(vm);
            tuple::from_slice(vm, &[this, *nothing, *nothing])
        }
    }
}

pub(super) fn rpartition(vm: &Vm, this: Value, sep: Value) -> PyResult {
    check_partition_separator(vm, sep)?;
    match find::rfind(view(&this), view(&sep)) {
        Some(at) => around(vm, this, sep, at),
        None => {
            let nothing = super::empty(vm);
            tuple::from_slice(vm, &[*nothing, *nothing, this])
        }
    }
}

fn around(vm: &Vm, s: Value, sep: Value, at: usize) -> PyResult {
    let before = index::substring(vm, s, 0, at)?;
    let after = index::substring(vm, s, at + length(sep), length(s))?;
    tuple::from_owned(vm, vec![before, sep.own(), after])
}
