//! Context, cause and notes: what connects an exception to others and to the user.

use taipan_layout::Value;

use super::super::{is_instance, list, str};
use super::base;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// The exception that `except` or `finally` is handling right now (`sys.exception()`), if any.
pub fn handled(vm: &Vm) -> Option<Owned> {
    // SAFETY: the list of handled exceptions is the thread's own; its items live while they are linked.
    unsafe {
        let mut item = (*vm.ts()).exc_info;
        while !item.is_null() {
            let v = (*item).value;
            if !v.is_null() && !v.is_none() {
                return Some(v.own());
            }
            item = (*item).previous;
        }
    }
    None
}

/// Makes the handled exception the context of `exc`, which is about to be raised.
pub fn chain_context(vm: &Vm, exc: Value) {
    let Some(handled) = handled(vm) else { return };
    chain_to(exc, handled);
}

/// Makes `handled` the context of `exc`.
pub fn chain_to(exc: Value, handled: Owned) {
    if *handled == exc {
        return;
    }
    break_cycle(*handled, exc);
    set_context(exc, Some(handled));
}

/// If the context chain of `from` contains `exc`, ends it in front of that: otherwise making `from` the context of
/// `exc` would close a ring. The chain may already be a ring that does not contain `exc`, so a second,
/// slower walker detects that (Floyd).
fn break_cycle(from: Value, exc: Value) {
    // SAFETY: all of these are exceptions, kept alive by the chain itself.
    unsafe {
        let (mut fast, mut slow, mut step) = (from, from, false);
        loop {
            let context = base(fast).context;
            if context.is_null() {
                return;
            }
            if context == exc {
                set_context(fast, None);
                return;
            }
            fast = context;
            if fast == slow {
                return;
            }
            if step {
                slow = base(slow).context;
            }
            step = !step;
        }
    }
}

/// `exc.__context__`, borrowed; NULL when there is none.
pub fn context(exc: Value) -> Value {
    // SAFETY: callers pass exceptions.
    unsafe { base(exc).context }
}

pub fn set_context(exc: Value, context: Option<Owned>) {
    // SAFETY: callers pass exceptions; the field owns its word.
    unsafe { crate::owned::replace(&raw mut base(exc).context, context) };
}

/// Sets `__cause__`, and with it `__suppress_context__`.
pub fn set_cause(exc: Value, cause: Option<Owned>) {
    // SAFETY: as above.
    unsafe {
        base(exc).suppress_context = true;
        crate::owned::replace(&raw mut base(exc).cause, cause);
    }
}

/// `exc.add_note(note)`.
pub fn add_note(vm: &Vm, exc: Value, note: &str) -> PyResult<()> {
    let note = str::new(vm, note)?;
    append_note(vm, exc, *note)
}

pub(super) fn append_note(vm: &Vm, exc: Value, note: Value) -> PyResult<()> {
    let notes = match protocol::attr::get_optional(vm, exc, *vm.names.__notes__)? {
        Some(notes) => notes,
        None => {
            let notes = list::new(vm, Vec::new())?;
            protocol::attr::set(vm, exc, *vm.names.__notes__, *notes)?;
            notes
        }
    };
    if !is_instance(vm, *notes, vm.types.list) {
        return Err(vm.type_error("Cannot add note: __notes__ is not a list"));
    }
    list::append(vm, *notes, note.own())
}
