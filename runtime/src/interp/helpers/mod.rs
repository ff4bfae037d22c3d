//! The functions that uop bodies call (`rt_*`): the contracts are in `runtime/uops/src/helpers.rs`, which also checks
//! the signatures and makes the address table.
//!
//! Each is a thin C-ABI face over the protocols; the two conversions at the edge are [`value`] and [`status`].

mod attributes;
mod building;
mod calls;
mod compiled;
mod exceptions;
mod intrinsics;
mod iteration;
mod matching;
mod memory;
mod names;
mod operators;

use taipan_layout::{StackValue, ThreadState, Value};

use crate::objects::{builtin, dict, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

pub use super::sinks::{rt_enter_genexpr, rt_enter_genexpr_cell};
pub use super::specialize::entry::*;
pub use attributes::*;
pub use building::*;
pub use calls::*;
pub use compiled::*;
pub use exceptions::*;
pub use intrinsics::*;
pub(crate) use iteration::awaitable_iterator;
pub use iteration::*;
pub use matching::*;
pub use memory::*;
pub use names::*;
pub use operators::*;
use taipan_layout::{Frame, Header};

use taipan_uops::helper_table;
taipan_uops::for_each_helper! { helper_table }

/// The state behind the pointer that machine code passes.
///
/// # Safety
/// `ts` came from the running thread's `Vm`.
#[inline(always)]
unsafe fn vm<'a>(ts: *mut ThreadState) -> &'a Vm {
    // SAFETY: by contract.
    unsafe { Vm::from_ts(ts) }
}

/// An owned word, or NULL with the exception set.
#[inline(always)]
fn value(r: PyResult) -> Value {
    match r {
        Ok(v) => v.into_value(),
        Err(_) => Value::NULL,
    }
}

/// 0, or −1 with the exception set.
#[inline(always)]
fn status(r: PyResult<()>) -> i32 {
    match r {
        Ok(()) => 0,
        Err(_) => -1,
    }
}

/// 0 or 1, or −1 with the exception set.
#[inline(always)]
fn truth(r: PyResult<bool>) -> i32 {
    match r {
        Ok(b) => b as i32,
        Err(_) => -1,
    }
}

/// Takes a slot's reference: an owned one is moved, a borrowed one counted.
///
/// # Safety
/// The slot holds a live, non-NULL value and is not used afterwards.
#[inline(always)]
unsafe fn take(slot: StackValue) -> Owned {
    if slot.is_borrowed() {
        slot.peek().own()
    } else {
        // SAFETY: by contract.
        unsafe { Owned::from_owned(Value(slot.0)) }
    }
}

/// Takes `count` slots.
///
/// # Safety
/// As for [`take`], for each of them.
unsafe fn take_all(slots: *mut StackValue, count: u32) -> Vec<Owned> {
    // SAFETY: by contract.
    unsafe { (0..count as usize).map(|i| take(*slots.add(i))).collect() }
}

/// Fills in the objects that specialised instructions compare with.
pub(super) fn fill_known(vm: &Vm) {
    // SAFETY: the thread state is ours; all of these live as long as the interpreter.
    unsafe {
        let known = &mut (*vm.ts()).known;
        known.type_type = vm.types.type_.value();
        known.str_type = vm.types.str.value();
        known.tuple_type = vm.types.tuple.value();
        known.super_type = vm.types.super_.value();
        let append = str::intern(vm, "append");
        known.list_append = dict::get_str(vm, vm.types.list.dict.get(), *append).unwrap_or(Value::NULL);
    }
}

/// Completes [`fill_known`] once the `builtins` namespace exists.
pub fn fill_known_builtins(vm: &Vm, namespace: Value) {
    let get = |name: &str| {
        let v = dict::get_str(vm, namespace, *str::intern(vm, name)).unwrap_or(Value::NULL);
        debug_assert!(builtin::parts(vm, v).is_some());
        // Kept alive for good: the namespace may be changed by the program.
        crate::owned::incref(v);
        v
    };
    // SAFETY: the thread state is ours.
    unsafe {
        let known = &mut (*vm.ts()).known;
        known.len = get("len");
        known.isinstance = get("isinstance");
    }
    super::sinks::note_builtins(vm, namespace);
}
