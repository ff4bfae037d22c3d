//! `list.sort`: stable, with keys computed once, safe against callbacks that use the list.
//!
//! While the sort runs the list is empty: its array is held here, so that no comparison or key function can see or change
//! it. If anybody put something into the list meanwhile that is lost, and `ValueError` says so.
//!
//! The sort itself is a merge sort that finds runs which are in order already (descending ones are reversed), extends short ones
//! by binary insertion, and merges neighbours of like length. A comparison may raise; the items are then all still there,
//! in some order.

use taipan_layout::{Kind, Value};

use super::super::slots::CompareOp;
use super::super::{is_kind, str};
use super::{RESIZED, drop_array, raw};
use crate::args::Args;
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// `list.sort(*, key=None, reverse=False)`.
pub(super) fn sort_method(vm: &Vm, this: Value, args: Args) -> PyResult {
    if !args.pos().is_empty() {
        return Err(vm.type_error("sort() takes no positional arguments"));
    }
    if args.keyword_count() > 2 {
        return Err(vm.type_error(&format!(
            "sort() takes at most 2 keyword arguments ({} given)",
            args.keyword_count()
        )));
    }
    let (mut key, mut reverse) = (Value::NONE, Value::FALSE);
    for (name, value) in args.keywords() {
        match &*str::to_string_lossy(name) {
            "key" => key = value,
            "reverse" => reverse = value,
            other => {
                return Err(vm.type_error(&format!("sort() got an unexpected keyword argument '{other}'")));
            }
        }
    }
    let reverse = protocol::compare::is_true(vm, reverse)?;
    sort(vm, this, (!key.is_none()).then_some(key), reverse)?;
    Ok(Owned::none())
}

/// An item and what it is compared by; the item's reference belongs to the array that is being sorted.
#[derive(Clone, Copy)]
struct Entry {
    /// The item itself when there is no key function.
    key: Value,
    item: Value,
}

/// Sorts `list` in place.
pub fn sort(vm: &Vm, list: Value, key: Option<Value>, reverse: bool) -> PyResult<()> {
    let p = raw(list);
    // SAFETY: the list's array is taken out of it, so that nobody else sees it; it goes back at the end whatever happens,
    // with the same references in it.
    unsafe {
        let (items, length, capacity) = ((*p).items, (*p).length, (*p).capacity);
        (*p).items = std::ptr::null_mut();
        (*p).length = 0;
        (*p).capacity = 0;
        (*p).header.flags &= !RESIZED;

        let array = std::slice::from_raw_parts_mut(
            if length == 0 { std::ptr::NonNull::dangling().as_ptr() } else { items },
            length,
        );
        let outcome = sort_array(vm, array, key, reverse);

        let modified = (*p).header.flags & RESIZED != 0;
        let (stray, stray_length) = ((*p).items, (*p).length);
        (*p).items = items;
        (*p).length = length;
        (*p).capacity = capacity;
        (*p).header.flags |= RESIZED;
        drop_array(stray, stray_length);
        outcome?;
        if modified {
            return Err(vm.value_error("list modified during sort"));
        }
    }
    Ok(())
}

fn sort_array(vm: &Vm, array: &mut [Value], key: Option<Value>, reverse: bool) -> PyResult<()> {
    let mut keys: Vec<Owned> = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    if entries.try_reserve_exact(array.len()).is_err() {
        return Err(vm.memory_error());
    }
    match key {
        None => entries.extend(array.iter().map(|v| Entry { key: *v, item: *v })),
        Some(f) => {
            if keys.try_reserve_exact(array.len()).is_err() {
                return Err(vm.memory_error());
            }
            for v in array.iter() {
                let k = protocol::call::positional(vm, f, &[*v])?;
                entries.push(Entry { key: *k, item: *v });
                keys.push(k);
            }
        }
    }
    // Reversing before and after keeps equal items in their order.
    if reverse {
        entries.reverse();
    }
    let outcome = match common_kind(&entries) {
        Common::Fixnum => merge_sort(&mut entries, |a, b| Ok(a.key.as_fixnum() < b.key.as_fixnum())),
        Common::Flonum => merge_sort(&mut entries, |a, b| Ok(a.key.as_flonum() < b.key.as_flonum())),
        Common::Str => merge_sort(&mut entries, |a, b| Ok(str::compare(a.key, b.key).is_lt())),
        Common::None => merge_sort(&mut entries, |a, b| {
            let answer = protocol::compare::rich(vm, a.key, b.key, CompareOp::Lt)?;
            protocol::compare::is_true(vm, *answer)
        }),
    };
    if reverse {
        entries.reverse();
    }
    for (place, e) in array.iter_mut().zip(&entries) {
        *place = e.item;
    }
    outcome
}

/// What all keys are, when that allows a comparison without dispatch.
enum Common {
    Fixnum,
    Flonum,
    Str,
    None,
}

fn common_kind(entries: &[Entry]) -> Common {
    let Some(first) = entries.first() else { return Common::None };
    let all = |f: fn(Value) -> bool| entries.iter().all(|e| f(e.key));
    if first.key.is_fixnum() && all(Value::is_fixnum) {
        Common::Fixnum
    } else if first.key.is_flonum() && all(Value::is_flonum) {
        Common::Flonum
    } else if is_kind(first.key, Kind::Str) && all(|v| is_kind(v, Kind::Str)) {
        Common::Str
    } else {
        Common::None
    }
}

/// Runs shorter than this are extended by binary insertion.
const MIN_RUN: usize = 32;

fn merge_sort(all: &mut [Entry], mut less: impl FnMut(&Entry, &Entry) -> PyResult<bool>) -> PyResult<()> {
    // Lengths of the sorted runs so far, from the left; each more than the sum of the two to its right.
    let mut runs: Vec<usize> = Vec::new();
    let mut buffer: Vec<Entry> = Vec::new();
    let mut start = 0;
    while start < all.len() {
        let run = next_run(&mut all[start..], &mut less)?;
        start += run;
        runs.push(run);
        let mut end = start;
        while let [.., a, b] = runs[..] {
            let deeper_small = runs.len() > 2 && runs[runs.len() - 3] <= a + b;
            if a > b && !deeper_small && start < all.len() {
                break;
            }
            if deeper_small && runs[runs.len() - 3] < b {
                let c = runs[runs.len() - 3];
                let from = end - a - b - c;
                merge(&mut all[from..end - b], c, &mut buffer, &mut less)?;
                let n = runs.len();
                runs[n - 3] = c + a;
                runs.remove(n - 2);
            } else {
                merge(&mut all[end - a - b..end], a, &mut buffer, &mut less)?;
                runs.pop();
                *runs.last_mut().expect("two runs were there") = a + b;
            }
            end = start;
        }
    }
    Ok(())
}

/// Sorts a beginning of `all`, at least [`MIN_RUN`] long if there is as much: its length.
fn next_run(all: &mut [Entry], less: &mut impl FnMut(&Entry, &Entry) -> PyResult<bool>) -> PyResult<usize> {
    let n = all.len();
    if n < 2 {
        return Ok(n);
    }
    let mut run = 2;
    if less(&all[1], &all[0])? {
        // Strictly descending, so that reversing keeps equal items in order.
        while run < n && less(&all[run], &all[run - 1])? {
            run += 1;
        }
        all[..run].reverse();
    } else {
        while run < n && !less(&all[run], &all[run - 1])? {
            run += 1;
        }
    }
    let wanted = n.min(MIN_RUN);
    for i in run..wanted {
        let (mut low, mut high) = (0, i);
        while low < high {
            let middle = (low + high) / 2;
            if less(&all[i], &all[middle])? { high = middle } else { low = middle + 1 }
        }
        all[low..=i].rotate_right(1);
    }
    Ok(run.max(wanted))
}

/// Merges the sorted `all[..middle]` and `all[middle..]`.
fn merge(
    all: &mut [Entry],
    middle: usize,
    buffer: &mut Vec<Entry>,
    less: &mut impl FnMut(&Entry, &Entry) -> PyResult<bool>,
) -> PyResult<()> {
    buffer.clear();
    buffer.extend_from_slice(&all[..middle]);
    let (mut left, mut right, mut to) = (0, middle, 0);
    let outcome = loop {
        if left == buffer.len() || right == all.len() {
            break Ok(());
        }
        match less(&all[right], &buffer[left]) {
            Ok(true) => {
                all[to] = all[right];
                right += 1;
            }
            Ok(false) => {
                all[to] = buffer[left];
                left += 1;
            }
            Err(raised) => break Err(raised),
        }
        to += 1;
    };
    // What is left of the buffer fills exactly the gap before `right`, also after an error.
    all[to..to + (buffer.len() - left)].copy_from_slice(&buffer[left..]);
    outcome
}
