//! `_thread`: locks, the identity of threads.
//!
//! There is one thread. Locks work as they do with several, except that waiting for a lock that nobody else could release
//! ends with an error instead of never.

use std::time::Duration;

use taipan_layout::Value;

use super::native::{self, native_data};
use super::{NativeModule, add_type};
use crate::args::Args;
use crate::objects::spec::{
    MethodSpec, TypeSpec, function, function0, function1, method, method0, raw_function, tp_flags,
};
use crate::objects::{Slots, float, str, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_thread",
    doc: "Locks and the identity of threads.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        crate::objects::ready(vm, vm.types.lock, &LOCK);
        add_type(vm, m, vm.types.lock, &LOCK)?;
        super::set(vm, m, "LockType", vm.types.lock.value())?;
        add_type(vm, m, vm.types.rlock, &RLOCK)?;
        add_type(vm, m, vm.types.thread_handle, &HANDLE)?;
        super::set(vm, m, "error", vm.types.runtime_error.value())?;
        super::set(vm, m, "TIMEOUT_MAX", *float::new(vm, TIMEOUT_MAX)?)
    },
};

/// Seconds that a timeout may last.
const TIMEOUT_MAX: f64 = 9_223_372_036.0;

static FUNCTIONS: &[MethodSpec] = &[
    function1("__getattr__", "($module, name, /)", missing, ""),
    function0(
        "allocate_lock",
        |vm, _| native::new(vm, vm.types.lock, Lock::default()),
        "Create a new lock object.",
    ),
    function0(
        "allocate",
        |vm, _| native::new(vm, vm.types.lock, Lock::default()),
        "An obsolete synonym of allocate_lock().",
    ),
    function0("get_ident", |_, _| Ok(Owned::fixnum(ident())), "A number that identifies the current thread."),
    function0(
        "get_native_id",
        |_, _| Ok(Owned::fixnum(i64::from(std::process::id()))),
        "The system's number of the current thread.",
    ),
    function0(
        "_get_main_thread_ident",
        |_, _| Ok(Owned::fixnum(ident())),
        "The identity of the main thread.",
    ),
    function0("_is_main_interpreter", |_, _| Ok(Owned::bool(true)), "Whether this is the main interpreter."),
    function0("_count", |_, _| Ok(Owned::fixnum(0)), "The number of running threads that Python started."),
    function0(
        "daemon_threads_allowed",
        |_, _| Ok(Owned::bool(true)),
        "Whether daemon threads may be started.",
    ),
    function0("_shutdown", |_, _| Ok(Owned::none()), "Wait for all threads that are no daemons."),
    raw_function(
        "start_new_thread",
        "($module, function, args, kwargs={}, /)",
        cannot_start,
        "Start a new thread.",
    ),
    raw_function(
        "start_joinable_thread",
        "($module, /, function, handle=None, daemon=True)",
        cannot_start,
        "Start a thread that can be waited for.",
    ),
    function(
        "stack_size",
        "($module, size=0, /)",
        |_, _, _| Ok(Owned::fixnum(0)),
        "The stack size of new threads; 0 is the system's own.",
    ),
    function(
        "_make_thread_handle",
        "($module, ident, /)",
        make_handle,
        "A handle for a thread by its identity.",
    ),
    function(
        "interrupt_main",
        "($module, signum=signal.SIGINT, /)",
        interrupt_main,
        "Simulate the arrival of a signal in the main thread.",
    ),
    function(
        "set_name",
        "($module, /, name)",
        |_, _, _| Ok(Owned::none()),
        "Set the name of the current thread for the system.",
    ),
];

/// The identity of the calling thread: the address of something that only this thread has.
fn ident() -> i64 {
    thread_local! { static HERE: u8 = const { 0 }; }
    HERE.with(|here| here as *const u8 as i64)
}

/// `_local` is Python code of ours, fetched when it is asked for.
fn missing(vm: &Vm, m: Value, name: Value) -> PyResult {
    if !str::equals_str(name, "_local") {
        let text = format!("module '_thread' has no attribute '{}'", str::to_string_lossy(name));
        return Err(crate::objects::exceptions::raise_attribute_error(vm, m, name, &text));
    }
    let own = super::import(vm, "_taipan_thread")?;
    let class = protocol::attr::get(vm, *own, name)?;
    protocol::attr::set(vm, m, name, *class)?;
    Ok(class)
}

fn cannot_start(vm: &Vm, _: Value, _: Args) -> PyResult {
    Err(vm.runtime_error("can't start new thread: threads are not supported yet"))
}

fn interrupt_main(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let number = native::passed(args[0]).map_or(Ok(libc::SIGINT), |v| protocol::index::to_i32(vm, v))?;
    if !(1..crate::signals::COUNT).contains(&number) {
        return Err(vm.value_error("signal number out of range"));
    }
    // What the system would not hand to Python does nothing.
    if crate::signals::action(number) == crate::signals::Action::Python {
        crate::signals::mark(number);
    }
    Ok(Owned::none())
}

// ---- locks ----

#[derive(Default)]
pub struct Lock {
    locked: bool,
}
native_data!(Lock);

pub static LOCK: TypeSpec = TypeSpec {
    name: "_thread.lock",
    flags: tp_flags::WEAKREFABLE,
    doc: "A lock: at most one thread holds it.",
    signature: "()",
    slots: Slots { new: Some(new_lock), repr: Some(repr_lock), ..native::slots::<Lock>() },
    methods: &[
        method("acquire", "($self, /, blocking=True, timeout=-1)", acquire, "Acquire the lock."),
        method(
            "acquire_lock",
            "($self, /, blocking=True, timeout=-1)",
            acquire,
            "An obsolete synonym of acquire().",
        ),
        method0("release", release, "Release the lock."),
        method0("release_lock", release, "An obsolete synonym of release()."),
        method0(
            "locked",
            |_, this| Ok(Owned::bool(native::data::<Lock>(this).locked)),
            "Whether the lock is held.",
        ),
        method0(
            "locked_lock",
            |_, this| Ok(Owned::bool(native::data::<Lock>(this).locked)),
            "An obsolete synonym of locked().",
        ),
        method0("__enter__", |vm, this| acquire(vm, this, &[Value::NULL, Value::NULL]), "Acquire the lock."),
        method(
            "__exit__",
            "($self, exc_type, exc_value, exc_tb, /)",
            |vm, this, _| release(vm, this),
            "Release the lock.",
        ),
        method0(
            "_at_fork_reinit",
            |_, this| {
                native::data::<Lock>(this).locked = false;
                Ok(Owned::none())
            },
            "Make the lock anew after a fork.",
        ),
    ],
    ..native::spec::<Lock>()
};

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
    Ok(match (blocking, timeout) {
        (false, _) => Some(Duration::ZERO),
        (true, t) if t < 0.0 => None,
        (true, t) => Some(Duration::from_secs_f64(t)),
    })
}

/// What waiting for a lock comes to that the only thread holds itself.
fn wait_in_vain(vm: &Vm, patience: Option<Duration>) -> PyResult {
    match patience {
        Some(time) => {
            std::thread::sleep(time);
            Ok(Owned::bool(false))
        }
        None => Err(vm.runtime_error("deadlock: the only thread waits for a lock that it holds itself")),
    }
}

fn acquire(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let patience = patience(vm, args)?;
    let lock = native::data::<Lock>(this);
    if std::mem::replace(&mut lock.locked, true) {
        return wait_in_vain(vm, patience);
    }
    Ok(Owned::bool(true))
}

fn release(vm: &Vm, this: Value) -> PyResult {
    if !std::mem::take(&mut native::data::<Lock>(this).locked) {
        return Err(vm.runtime_error("release unlocked lock"));
    }
    Ok(Owned::none())
}

fn repr_lock(vm: &Vm, this: Value) -> PyResult {
    let state = if native::data::<Lock>(this).locked { "locked" } else { "unlocked" };
    let name = crate::objects::typeobject::attrs::full_name(vm, type_of(vm, this));
    str::new(vm, &format!("<{state} {name} object at {:#x}>", this.0))
}

#[derive(Default)]
pub struct RLock {
    count: usize,
}
native_data!(RLock);

pub static RLOCK: TypeSpec = TypeSpec {
    name: "_thread.RLock",
    flags: tp_flags::WEAKREFABLE | tp_flags::BASETYPE,
    doc: "A lock that its holder may acquire again.",
    signature: "()",
    slots: Slots { new: Some(new_rlock), repr: Some(repr_rlock), ..native::slots::<RLock>() },
    methods: &[
        method("acquire", "($self, /, blocking=True, timeout=-1)", acquire_rlock, "Acquire the lock."),
        method0("release", release_rlock, "Release the lock."),
        method0(
            "locked",
            |_, this| Ok(Owned::bool(native::data::<RLock>(this).count > 0)),
            "Whether the lock is held.",
        ),
        method0(
            "__enter__",
            |vm, this| acquire_rlock(vm, this, &[Value::NULL, Value::NULL]),
            "Acquire the lock.",
        ),
        method(
            "__exit__",
            "($self, exc_type, exc_value, exc_tb, /)",
            |vm, this, _| release_rlock(vm, this),
            "Release the lock.",
        ),
        method0(
            "_is_owned",
            |_, this| Ok(Owned::bool(native::data::<RLock>(this).count > 0)),
            "Whether the calling thread holds the lock.",
        ),
        method0(
            "_recursion_count",
            |_, this| Ok(Owned::fixnum(native::data::<RLock>(this).count as i64)),
            "How often the calling thread holds the lock.",
        ),
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
                native::data::<RLock>(this).count = 0;
                Ok(Owned::none())
            },
            "Make the lock anew after a fork.",
        ),
    ],
    ..native::spec::<RLock>()
};

fn new_rlock(vm: &Vm, cls: Value, args: Args) -> PyResult {
    native::bind::<0>(vm, "RLock", "()", args)?.1.release();
    native::construct(vm, cls, RLock::default())
}

fn acquire_rlock(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    patience(vm, args)?;
    native::data::<RLock>(this).count += 1;
    Ok(Owned::bool(true))
}

fn release_rlock(vm: &Vm, this: Value) -> PyResult {
    let lock = native::data::<RLock>(this);
    if lock.count == 0 {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    lock.count -= 1;
    Ok(Owned::none())
}

fn release_save(vm: &Vm, this: Value) -> PyResult {
    let count = std::mem::take(&mut native::data::<RLock>(this).count);
    if count == 0 {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    crate::objects::tuple::from_slice(vm, &[Value::fixnum(count as i64), Value::fixnum(ident())])
}

fn acquire_restore(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let count = protocol::item::get(vm, args[0], Value::fixnum(0))?;
    native::data::<RLock>(this).count = protocol::index::to_usize(vm, *count)?;
    Ok(Owned::none())
}

fn repr_rlock(vm: &Vm, this: Value) -> PyResult {
    let count = native::data::<RLock>(this).count;
    let (state, owner) = if count > 0 { ("locked", ident()) } else { ("unlocked", 0) };
    let name = crate::objects::typeobject::attrs::full_name(vm, type_of(vm, this));
    str::new(vm, &format!("<{state} {name} object owner={owner} count={count} at {:#x}>", this.0))
}

// ---- handles ----

#[derive(Default)]
pub struct Handle {
    ident: i64,
}
native_data!(Handle);

pub static HANDLE: TypeSpec = TypeSpec {
    name: "_thread._ThreadHandle",
    doc: "A thread as threading sees it.",
    slots: Slots { new: Some(new_handle), ..native::slots::<Handle>() },
    methods: &[
        method(
            "join",
            "($self, timeout=None, /)",
            |_, _, _| Ok(Owned::none()),
            "Wait for the end of the thread.",
        ),
        method0("is_done", |_, _| Ok(Owned::bool(false)), "Whether the thread has ended."),
        method0("_set_done", |_, _| Ok(Owned::none()), "Mark the thread as ended."),
    ],
    getset: &[crate::objects::spec::getter(
        "ident",
        |_, this| Ok(Owned::fixnum(native::data::<Handle>(this).ident)),
        "The thread's identity.",
    )],
    ..native::spec::<Handle>()
};

fn new_handle(vm: &Vm, cls: Value, _: Args) -> PyResult {
    native::construct(vm, cls, Handle::default())
}

fn make_handle(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let ident = protocol::index::to_i64(vm, args[0])?;
    native::new(vm, vm.types.thread_handle, Handle { ident })
}
