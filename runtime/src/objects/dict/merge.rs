//! Taking entries over from another mapping or from an iterable of pairs.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::Value;

use super::super::{exceptions, list, str, type_of};
use super::{contains, insert_new, is_plain, len, next_hashed, raw, reserve, set, set_hashed};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// What to do about a key that is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conflict {
    Replace,
    Keep,
    /// `KeyError(key)`: for keyword arguments given twice.
    Raise,
}

/// `d.update(source)`: a mapping if it has `keys`, else an iterable of pairs.
pub fn update(vm: &Vm, d: Value, source: Value) -> PyResult<()> {
    if is_plain(vm, source) || has_keys(vm, source)? {
        merge(vm, d, source)
    } else {
        merge_from_pairs(vm, d, source, Conflict::Replace)
    }
}

fn has_keys(vm: &Vm, source: Value) -> PyResult<bool> {
    Ok(protocol::attr::get_optional(vm, source, *vm.names.keys)?.is_some())
}

/// Takes over the entries of a mapping.
pub fn merge(vm: &Vm, d: Value, source: Value) -> PyResult<()> {
    merge_with(vm, d, source, Conflict::Replace)
}

/// Takes over the entries of a mapping, minding the keys that are there already.
pub fn merge_with(vm: &Vm, d: Value, source: Value, conflict: Conflict) -> PyResult<()> {
    if is_plain(vm, source) {
        return merge_dict(vm, d, source, conflict);
    }
    let keys = protocol::call::method(vm, source, *vm.names.keys, &[])?;
    let it = protocol::iter::iter(vm, *keys)?;
    while let Some(k) = protocol::iter::next(vm, *it)? {
        if conflict != Conflict::Replace && contains(vm, d, *k)? {
            if conflict == Conflict::Raise {
                return Err(vm.key_error(*k));
            }
            continue;
        }
        let v = protocol::item::get(vm, source, *k)?;
        set(vm, d, *k, *v)?;
    }
    Ok(())
}

fn merge_dict(vm: &Vm, d: Value, source: Value, conflict: Conflict) -> PyResult<()> {
    if d == source || len(source) == 0 {
        return Ok(());
    }
    if len(d) == 0 {
        reserve(vm, d, len(source))?;
        // Nothing can be equal to keys that are all different from each other: no comparison is needed.
        let mut pos = 0;
        while let Some((hash, k, v)) = next_hashed(source, &mut pos) {
            insert_new(vm, raw(d), k, hash, v)?;
        }
        return Ok(());
    }
    let mut pos = 0;
    // SAFETY: a live dict.
    let table = || unsafe { ((*raw(source)).generation, (*(*raw(source)).keys).entry_count) };
    let before = table();
    while let Some((hash, k, v)) = next_hashed(source, &mut pos) {
        let (k, v) = (k.own(), v.own());
        if conflict != Conflict::Replace && super::find(vm, raw(d), *k, hash)?.is_some() {
            if conflict == Conflict::Raise {
                return Err(vm.key_error(*k));
            }
            continue;
        }
        set_hashed(vm, d, *k, hash, *v)?;
        if table() != before {
            return Err(vm.runtime_error("dict mutated during update"));
        }
    }
    Ok(())
}

/// Takes over pairs; each may be any iterable of length two.
pub fn merge_from_pairs(vm: &Vm, d: Value, pairs: Value, conflict: Conflict) -> PyResult<()> {
    let it = protocol::iter::iter(vm, pairs)?;
    let mut number = 0;
    while let Some(item) = protocol::iter::next(vm, *it)? {
        let pair = pair_items(vm, *item, number)?;
        let [k, v] = &pair[..] else {
            return Err(vm.value_error(&format!(
                "dictionary update sequence element #{number} has length {}; 2 is required",
                pair.len()
            )));
        };
        if conflict == Conflict::Replace || !contains(vm, d, **k)? {
            set(vm, d, **k, **v)?;
        } else if conflict == Conflict::Raise {
            return Err(vm.key_error(**k));
        }
        number += 1;
    }
    Ok(())
}

fn pair_items(vm: &Vm, item: Value, number: usize) -> PyResult<Vec<Owned>> {
    let raised = match list::snapshot(vm, item) {
        Ok(pair) => return Ok(pair),
        Err(raised) => raised,
    };
    let mut e = vm.catch(raised, vm.types.type_error)?;
    let ty = type_of(vm, item);
    if ty.slots().iter.is_none() && ty.slots().get_item.is_none() {
        let text = str::new(vm, "object is not iterable")?;
        e = exceptions::create(vm, vm.types.type_error, &[*text])?;
    }
    exceptions::add_note(
        vm,
        *e,
        &format!("Cannot convert dictionary update sequence element #{number} to a sequence"),
    )?;
    Err(vm.restore_exception(e))
}
