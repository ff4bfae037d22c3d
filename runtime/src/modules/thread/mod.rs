//! `_thread`: what `threading` is made of.
//!
//! | module | holds |
//! |---|---|
//! | `excepthook` | the report of a thread's uncaught exception |
//! | `locks` | `lock` and `RLock` |
//! | `handle` | starting threads, waiting for their end |
//! | `local` | `_local`: attributes that belong to a thread |

pub mod excepthook;
pub mod handle;
pub mod local;
pub mod locks;

use taipan_layout::Value;

use super::native;
use super::structseq::EXCEPT_HOOK_ARGS;
use super::{NativeModule, add_type};
use crate::objects::spec::{MethodSpec, function, function0, function1, raw_function};
use crate::objects::{float, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::threads;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_thread",
    doc: "Locks and the identity of threads.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        add_type(vm, m, vm.types.lock, &locks::LOCK)?;
        super::set(vm, m, "LockType", vm.types.lock.value())?;
        add_type(vm, m, vm.types.rlock, &locks::RLOCK)?;
        add_type(vm, m, vm.types.thread_handle, &handle::HANDLE)?;
        add_type(vm, m, vm.types.thread_local, &local::LOCAL)?;
        add_type(vm, m, vm.types.except_hook_args, &EXCEPT_HOOK_ARGS)?;
        super::set(vm, m, "_NAME_MAXLEN", Value::fixnum(LONGEST_NAME as i64))?;
        super::set(vm, m, "error", vm.types.runtime_error.value())?;
        super::set(vm, m, "TIMEOUT_MAX", *float::new(vm, TIMEOUT_MAX)?)
    },
};

/// Seconds that a timeout may last.
const TIMEOUT_MAX: f64 = 9_223_372_036.0;

/// Bytes of a thread's name that the system keeps.
const LONGEST_NAME: usize = 15;

static FUNCTIONS: &[MethodSpec] = &[
    function0("allocate_lock", |vm, _| locks::allocate(vm), "Create a new lock object."),
    function0("allocate", |vm, _| locks::allocate(vm), "Old name of allocate_lock()."),
    function0(
        "get_ident",
        |vm, _| Ok(Owned::fixnum(vm.ident.get())),
        "A number that identifies the current thread.",
    ),
    function0(
        "get_native_id",
        |_, _| {
            // SAFETY: a query.
            Ok(Owned::fixnum(unsafe { libc::syscall(libc::SYS_gettid) }))
        },
        "The system's number of the current thread.",
    ),
    function0(
        "_get_main_thread_ident",
        |vm, _| Ok(Owned::fixnum(vm.threads.main_ident())),
        "The identity of the main thread.",
    ),
    function0("_is_main_interpreter", |_, _| Ok(Owned::bool(true)), "Whether this is the main interpreter."),
    function0(
        "_count",
        |vm, _| Ok(Owned::fixnum(vm.threads.count() as i64)),
        "The number of running threads that Python started.",
    ),
    function0(
        "daemon_threads_allowed",
        |_, _| Ok(Owned::bool(true)),
        "Whether daemon threads may be started.",
    ),
    function0(
        "_shutdown",
        |vm, _| threads::wait_for_all(vm).map(|()| Owned::none()),
        "Wait for all threads that are no daemons.",
    ),
    function0("exit", exit, "Raise SystemExit, which ends the thread silently."),
    function0("exit_thread", exit, "Old name of exit()."),
    raw_function(
        "start_new_thread",
        "($module, function, args, kwargs={}, /)",
        handle::start_new_thread,
        "Start a new thread; its identity.",
    ),
    raw_function(
        "start_new",
        "($module, function, args, kwargs={}, /)",
        handle::start_new_thread,
        "Old name of start_new_thread().",
    ),
    function(
        "start_joinable_thread",
        "($module, /, function, handle=None, daemon=True)",
        handle::start_joinable_thread,
        "Start a thread that can be waited for; its handle.",
    ),
    function(
        "stack_size",
        "($module, size=0, /)",
        stack_size,
        "The stack size of new threads; 0 is the system's own. Sets another one if it is given.",
    ),
    function1(
        "_make_thread_handle",
        "($module, ident, /)",
        handle::of_ident,
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
        set_name,
        "Set the name of the current thread for the system.",
    ),
    function1(
        "_excepthook",
        "($module, args, /)",
        excepthook::excepthook,
        "Report the uncaught exception of a thread.",
    ),
    function0("_get_name", get_name, "The name of the current thread for the system."),
];

fn exit(vm: &Vm, _: Value) -> PyResult {
    Err(vm.raise_with(vm.types.system_exit, &[]))
}

fn stack_size(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    /// What CPython asks for.
    const SMALLEST: isize = 53248;
    let size = native::passed(args[0]).map_or(Ok(0), |v| protocol::index::to_isize(vm, v))?;
    let before = vm.threads.stack_size.get();
    if native::passed(args[0]).is_some() {
        if size != 0 && size < SMALLEST {
            return Err(vm.value_error(&format!("size must be at least {SMALLEST} bytes")));
        }
        vm.threads.stack_size.set(size as usize);
    }
    Ok(Owned::fixnum(before as i64))
}

fn set_name(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let name = args[0];
    if !str::is_str(vm, name) {
        let got = type_of(vm, name).name_str();
        return Err(vm.type_error(&format!("set_name() argument 'name' must be str, not {got}")));
    }
    let mut bytes = super::posix::path::encode(vm, name)?;
    // The system's names end with a zero byte.
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    bytes.truncate(end.min(LONGEST_NAME));
    bytes.push(0);
    // SAFETY: the name ends with a zero byte.
    unsafe { libc::pthread_setname_np(libc::pthread_self(), bytes.as_ptr().cast()) };
    Ok(Owned::none())
}

fn get_name(vm: &Vm, _: Value) -> PyResult {
    let mut name = [0u8; LONGEST_NAME + 1];
    // SAFETY: the system writes no more than there is room, a zero byte included.
    unsafe { libc::pthread_getname_np(libc::pthread_self(), name.as_mut_ptr().cast(), name.len()) };
    let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
    super::posix::path::decode(vm, &name[..end])
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

/// The end of the program: waits for all threads but daemons.
pub fn wait_for_threads(vm: &Vm) {
    let name = str::intern(vm, "threading");
    let module = vm
        .state
        .modules
        .get()
        .and_then(|all| crate::objects::dict::get_str(vm, all, *name))
        .map(Counted::own);
    let Some(module) = module else { return };
    let done = protocol::attr::get_str(vm, *module, "_shutdown")
        .and_then(|shutdown| protocol::call::positional(vm, *shutdown, &[]));
    if let Err(raised) = done {
        crate::objects::exceptions::write_unraisable(
            vm,
            raised,
            "Exception ignored on threading shutdown",
            *module,
        );
    }
}
