//! Local variables of a frame by name. A variable may lie in its slot or in a cell that lies there.

use taipan_frontend::code::local_kind::{CO_FAST_CELL, CO_FAST_FREE, CO_FAST_HIDDEN};
use taipan_layout::{Frame, Kind, Value};

use super::super::code::CodeObject;
use super::super::{cell, dict, is_kind, str, tuple, type_of};
use super::{code_of, kinds};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// The value of slot `index`; `None` when the variable is unbound.
///
/// # Safety
/// `frame` is live, `index` is one of its localsplus slots.
pub(super) unsafe fn get(frame: *mut Frame, c: &CodeObject, index: usize) -> Option<Owned> {
    // SAFETY: by contract.
    let word = unsafe { *Frame::localsplus(frame).add(index) };
    if word.is_null() {
        return None;
    }
    // A parameter becomes a cell only once the function's prologue has run.
    if kinds(c)[index] & (CO_FAST_CELL | CO_FAST_FREE) != 0 && is_kind(word, Kind::Cell) {
        return cell::get(word);
    }
    Some(word.own())
}

/// Binds slot `index`.
///
/// # Safety
/// As for [`get`].
pub(super) unsafe fn set(frame: *mut Frame, c: &CodeObject, index: usize, value: Value) {
    // SAFETY: by contract; the slot owns its word.
    unsafe {
        let place = Frame::localsplus(frame).add(index);
        if kinds(c)[index] & (CO_FAST_CELL | CO_FAST_FREE) != 0 && is_kind(*place, Kind::Cell) {
            cell::set(*place, Some(value.own()));
        } else {
            crate::owned::replace(place, Some(value.own()));
        }
    }
}

/// Whether an inlined comprehension runs in a module's or class's frame: then the frame has variables in slots.
///
/// # Safety
/// `frame` is live.
pub(super) unsafe fn runs_comprehension(frame: *mut Frame) -> bool {
    // SAFETY: by contract.
    unsafe {
        let c = code_of(frame);
        (0..kinds(c).len()).any(|i| !is_visible(c, i) && get(frame, c, i).is_some())
    }
}

/// Whether a variable may be stored into slot `index`: those of comprehensions only while one runs.
///
/// # Safety
/// As for [`get`].
pub(super) unsafe fn is_writable(frame: *mut Frame, c: &CodeObject, index: usize) -> bool {
    // SAFETY: by contract.
    is_visible(c, index) || unsafe { get(frame, c, index).is_some() }
}

/// Slots that always are Python's to see; those of inlined comprehensions are while they are bound.
fn is_visible(c: &CodeObject, index: usize) -> bool {
    kinds(c)[index] & CO_FAST_HIDDEN == 0
}

/// The slot of the variable that `key` is equal to. Keys that cannot be hashed are an error.
pub(super) fn index_of(vm: &Vm, c: &CodeObject, key: Value) -> PyResult<Option<usize>> {
    let names = tuple::items(&c.localsplusnames);
    if let Some(i) = names.iter().position(|n| *n == key) {
        return Ok(Some(i));
    }
    if type_of(vm, key) == vm.types.str {
        return Ok(names.iter().position(|n| str::equal(*n, key)));
    }
    let hash = protocol::compare::hash(vm, key)?;
    for (i, name) in names.iter().enumerate() {
        if protocol::compare::hash(vm, *name)? == hash && protocol::compare::equal(vm, *name, key)? {
            return Ok(Some(i));
        }
    }
    Ok(None)
}

/// Calls `f` with name and value of every bound variable.
///
/// # Safety
/// `frame` is live.
pub(super) unsafe fn for_each(
    frame: *mut Frame,
    mut f: impl FnMut(Value, Owned) -> PyResult<()>,
) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        let c = code_of(frame);
        for i in 0..kinds(c).len() {
            if let Some(v) = get(frame, c, i) {
                f(c.local_name(i), v)?;
            }
        }
    }
    Ok(())
}

/// A new dict with the frame's local variables: `locals()` of a function.
///
/// # Safety
/// `frame` is live and runs Python code.
pub unsafe fn snapshot(vm: &Vm, frame: *mut Frame) -> PyResult {
    let d = dict::new(vm)?;
    // SAFETY: passed on.
    unsafe {
        for_each(frame, |name, v| dict::set_str(vm, *d, name, *v))?;
        // Names that `f_locals` was given, which the code does not have.
        let object = (*frame).frame_object;
        if !object.is_null() {
            let extra = super::object(object).extra_locals;
            if !extra.is_null() {
                for (name, v) in dict::snapshot(extra) {
                    dict::set(vm, *d, *name, *v)?;
                }
            }
        }
    }
    Ok(d)
}

/// `namespace`, or a copy of it with the variables of a comprehension that runs inside of this module or class body
/// right now: those live in slots of the frame.
///
/// # Safety
/// `frame` is live and runs Python code.
pub unsafe fn with_hidden(vm: &Vm, frame: *mut Frame, namespace: Value) -> PyResult {
    // SAFETY: passed on.
    unsafe {
        let c = code_of(frame);
        let hidden: Vec<(Value, Owned)> = (0..kinds(c).len())
            .filter(|i| !is_visible(c, *i))
            .filter_map(|i| get(frame, c, i).map(|v| (c.local_name(i), v)))
            .collect();
        if hidden.is_empty() {
            return Ok(namespace.own());
        }
        let d = dict::new(vm)?;
        let update = str::intern(vm, "update");
        crate::protocol::call::method(vm, *d, *update, &[namespace])?;
        for (name, v) in hidden {
            dict::set_str(vm, *d, name, *v)?;
        }
        Ok(d)
    }
}
