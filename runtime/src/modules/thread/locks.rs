//! `lock` and `RLock`.

use std::time::Duration;

use taipan_layout::Value;

use super::TIMEOUT_MAX;
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{TypeSpec, method, method0, tp_flags};
use crate::objects::{Slots, str, tuple, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::threads::wait::{Reentrant, Simple};
use crate::vm::Vm;

#[derive(Default)]
pub struct Lock(Simple);
native_data!(Lock);

pub static LOCK: TypeSpec = TypeSpec {
    name: "_thread.lock",
    flags: tp_flags::WEAKREFABLE,
    doc: "A lock: at most one thread holds it.",
    signature: "()",
    slots: Slots { new: Some(new_lock), repr: Some(repr_lock), ..native::slots::<Lock>() },
    methods: &[
        method("acquire", "($self, /, blocking=True, timeout=-1)", acquire, "Acquire the lock."),
        method("acquire_lock", "($self, /, blocking=True, timeout=-1)", acquire, "Old name of acquire()."),
        method0("release", release, "Gives the lock back."),
        method0("release_lock", release, "Old name of release()."),
        method0("locked", is_locked, "Whether the lock is held."),
        method0("locked_lock", is_locked, "Old name of locked()."),
        method0("__enter__", |vm, this| acquire(vm, this, &[Value::NULL; 2]), "Acquire the lock."),
        method(
            "__exit__",
            "($self, exc_type, exc_value, exc_tb, /)",
            |vm, this, _| release(vm, this),
            "Gives the lock back.",
        ),
        method0(
            "_at_fork_reinit",
            |_, this| {
                simple(this).reset();
                Ok(Owned::none())
            },
            "Make the lock anew after a fork.",
        ),
    ],
    ..native::spec::<Lock>()
};

fn simple<'a>(this: Value) -> &'a Simple {
    &native::data::<Lock>(this).0
}

/// A new lock.
pub fn allocate(vm: &Vm) -> PyResult {
    native::new(vm, vm.types.lock, Lock::default())
}

fn new_lock(vm: &Vm, cls: Value, args: Args) -> PyResult {
    native::bind::<0>(vm, "lock", "()", args)?.1.release();
    native::construct(vm, cls, Lock::default())
}

/// How long an `acquire` may take; `None`: for ever.
fn patience(vm: &Vm, args: &[Value]) -> PyResult<Option<Duration>> {
    let blocking = match native::passed(args[0]) {
        Some(v) => protocol::compare::is_true(vm, v)?,
        None => true,
    };
    let timeout = match native::passed(args[1]) {
        Some(v) => protocol::number::to_float(vm, v)?,
        None => -1.0,
    };
    if !blocking && timeout != -1.0 {
        return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
    }
    if timeout < 0.0 && timeout != -1.0 {
        return Err(vm.value_error("timeout value must be a non-negative number"));
    }
    if timeout > TIMEOUT_MAX {
        return Err(vm.overflow_error("timeout value is too large"));
    }
    if timeout.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    Ok(match (blocking, timeout) {
        (false, _) => Some(Duration::ZERO),
        (true, t) if t < 0.0 => None,
        (true, t) => Some(Duration::from_secs_f64(t)),
    })
}

fn acquire(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    // The usual case first: nothing given, nobody has it.
    if args[0].is_null() && args[1].is_null() && simple(this).try_acquire() {
        return Ok(Owned::bool(true));
    }
    let patience = patience(vm, args)?;
    simple(this).acquire(vm, patience).map(Owned::bool)
}

fn release(vm: &Vm, this: Value) -> PyResult {
    if !simple(this).is_locked() {
        return Err(vm.runtime_error("release unlocked lock"));
    }
    simple(this).release();
    Ok(Owned::none())
}

fn is_locked(_: &Vm, this: Value) -> PyResult {
    Ok(Owned::bool(simple(this).is_locked()))
}

fn repr_lock(vm: &Vm, this: Value) -> PyResult {
    let state = if simple(this).is_locked() { "locked" } else { "unlocked" };
    let name = crate::objects::typeobject::attrs::full_name(vm, type_of(vm, this));
    str::new(vm, &format!("<{state} {name} object at {:#x}>", this.0))
}

#[derive(Default)]
pub struct RLock(Reentrant);
native_data!(RLock);

pub static RLOCK: TypeSpec = TypeSpec {
    name: "_thread.RLock",
    flags: tp_flags::WEAKREFABLE | tp_flags::BASETYPE,
    doc: "A lock that its holder may acquire again.",
    signature: "()",
    slots: Slots { new: Some(new_rlock), repr: Some(repr_rlock), ..native::slots::<RLock>() },
    methods: &[
        method("acquire", "($self, /, blocking=True, timeout=-1)", acquire_rlock, "Acquire the lock."),
        method0("release", release_rlock, "Gives the lock back."),
        method0(
            "locked",
            |_, this| Ok(Owned::bool(reentrant(this).count() > 0)),
            "Whether the lock is held.",
        ),
        method0("__enter__", |vm, this| acquire_rlock(vm, this, &[Value::NULL; 2]), "Acquire the lock."),
        method(
            "__exit__",
            "($self, exc_type, exc_value, exc_tb, /)",
            |vm, this, _| release_rlock(vm, this),
            "Gives the lock back.",
        ),
        method0(
            "_is_owned",
            |vm, this| Ok(Owned::bool(reentrant(this).is_owned(vm))),
            "Whether the calling thread holds the lock.",
        ),
        method0("_recursion_count", recursion_count, "How often the calling thread holds the lock."),
        method0("_release_save", release_save, "Release the lock entirely; what _acquire_restore needs."),
        method(
            "_acquire_restore",
            "($self, state, /)",
            acquire_restore,
            "Acquire the lock as often as it was held.",
        ),
        method0(
            "_at_fork_reinit",
            |_, this| {
                reentrant(this).reset();
                Ok(Owned::none())
            },
            "Make the lock anew after a fork.",
        ),
    ],
    ..native::spec::<RLock>()
};

fn reentrant<'a>(this: Value) -> &'a Reentrant {
    &native::data::<RLock>(this).0
}

/// Arguments are a subclass's affair.
fn new_rlock(vm: &Vm, cls: Value, _: Args) -> PyResult {
    native::construct(vm, cls, RLock::default())
}

fn acquire_rlock(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let patience = patience(vm, args)?;
    reentrant(this).acquire(vm, patience).map(Owned::bool)
}

fn release_rlock(vm: &Vm, this: Value) -> PyResult {
    if reentrant(this).release(vm) { Ok(Owned::none()) } else { Err(not_acquired(vm)) }
}

#[cold]
fn not_acquired(vm: &Vm) -> crate::owned::Raised {
    vm.runtime_error("cannot release un-acquired lock")
}

fn recursion_count(vm: &Vm, this: Value) -> PyResult {
    let lock = reentrant(this);
    Ok(Owned::fixnum(if lock.is_owned(vm) { lock.count() as i64 } else { 0 }))
}

fn release_save(vm: &Vm, this: Value) -> PyResult {
    let state = [Value::fixnum(reentrant(this).count() as i64), Value::fixnum(vm.ident.get())];
    if reentrant(this).release_all(vm) == 0 {
        return Err(not_acquired(vm));
    }
    tuple::from_slice(vm, &state)
}

fn acquire_restore(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let count = protocol::item::get(vm, args[0], Value::fixnum(0))?;
    let count = protocol::index::to_usize(vm, *count)?;
    reentrant(this).acquire(vm, None)?;
    reentrant(this).restore(count);
    Ok(Owned::none())
}

fn repr_rlock(vm: &Vm, this: Value) -> PyResult {
    let lock = reentrant(this);
    let (count, owner) = (lock.count(), lock.owner_ident(vm));
    let state = if count > 0 { "locked" } else { "unlocked" };
    let name = crate::objects::typeobject::attrs::full_name(vm, type_of(vm, this));
    str::new(vm, &format!("<{state} {name} object owner={owner} count={count} at {:#x}>", this.0))
}
