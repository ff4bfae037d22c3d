//! Starting threads and waiting for their end.

use std::sync::Arc;
use std::time::Duration;

use taipan_layout::Value;

use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{TypeSpec, getter, method, method0};
use crate::objects::{Slots, dict, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::threads::{self, Thread};
use crate::vm::Vm;

#[derive(Default)]
pub struct Handle(Option<Arc<Thread>>);
native_data!(Handle);

pub static HANDLE: TypeSpec = TypeSpec {
    name: "_thread._ThreadHandle",
    doc: "A thread as threading sees it.",
    slots: Slots { new: Some(new_handle), repr: Some(repr), ..native::slots::<Handle>() },
    methods: &[
        method("join", "($self, timeout=None, /)", join, "Wait for the end of the thread."),
        method0(
            "is_done",
            |_, this| Ok(Owned::bool(thread(this).is_done())),
            "Whether the thread has ended.",
        ),
        method0("_set_done", set_done, "Mark the thread as ended."),
    ],
    getset: &[getter("ident", |_, this| Ok(Owned::fixnum(thread(this).ident())), "The thread's identity.")],
    ..native::spec::<Handle>()
};

fn thread(this: Value) -> Arc<Thread> {
    native::data::<Handle>(this).0.get_or_insert_with(|| Arc::new(Thread::default())).clone()
}

fn new_handle(vm: &Vm, cls: Value, args: Args) -> PyResult {
    native::bind::<0>(vm, "_ThreadHandle", "()", args)?.1.release();
    native::construct(vm, cls, Handle::default())
}

fn of_thread(vm: &Vm, thread: Arc<Thread>) -> PyResult {
    native::new(vm, vm.types.thread_handle, Handle(Some(thread)))
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    str::new(vm, &format!("<_thread._ThreadHandle object: ident={}>", thread(this).ident()))
}

/// A handle for a thread that runs.
pub fn of_ident(vm: &Vm, _: Value, ident: Value) -> PyResult {
    let ident = protocol::index::to_i64(vm, ident)?;
    // Threads that nobody started here (the main one, those of other libraries) end without telling.
    let thread = threads::handle_of(vm, ident).unwrap_or_else(|| Arc::new(Thread::running(ident)));
    of_thread(vm, thread)
}

fn set_done(vm: &Vm, this: Value) -> PyResult {
    let thread = thread(this);
    if !thread.is_started() {
        return Err(vm.runtime_error("thread not started"));
    }
    thread.end();
    Ok(Owned::none())
}

fn join(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let patience = match native::given(args[0]) {
        None => None,
        Some(v) => {
            let seconds = protocol::number::to_float(vm, v)?;
            // Negative: for ever, as None.
            (seconds >= 0.0).then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
        }
    };
    let thread = thread(this);
    if !thread.is_started() {
        return Err(vm.runtime_error("thread not started"));
    }
    if thread.is_done() {
        return Ok(Owned::none());
    }
    if thread.ident() == vm.ident.get() {
        return Err(vm.runtime_error("Cannot join current thread"));
    }
    if vm.threads.is_ending() {
        let text = "cannot join thread at interpreter shutdown";
        return Err(vm.raise(vm.types.python_finalization_error, text));
    }
    thread.wait(vm, patience)?;
    Ok(Owned::none())
}

fn refuse_at_end(vm: &Vm) -> PyResult<()> {
    if vm.threads.is_ending() {
        let text = "can't create new thread at interpreter shutdown";
        return Err(vm.raise(vm.types.python_finalization_error, text));
    }
    Ok(())
}

pub fn start_new_thread(vm: &Vm, _: Value, args: Args) -> PyResult {
    crate::signature::no_keywords(vm, "start_new_thread", &args)?;
    crate::signature::positional_between(vm, "start_new_thread", &args, 2, 3)?;
    let (function, given) = (args.pos()[0], args.pos()[1]);
    if !protocol::object::is_callable(vm, function) {
        return Err(vm.type_error("first arg must be callable"));
    }
    if !is_instance(vm, given, vm.types.tuple) {
        return Err(vm.type_error("2nd arg must be a tuple"));
    }
    let keywords = match args.pos().get(2) {
        Some(d) if !is_instance(vm, *d, vm.types.dict) => {
            return Err(vm.type_error("optional 3rd arg must be a dictionary"));
        }
        // The caller may change his own.
        Some(d) => dict::copy(vm, *d)?,
        None => Owned::none(),
    };
    refuse_at_end(vm)?;
    let thread = Arc::new(Thread::default());
    threads::start(vm, thread.clone(), function, given, *keywords, true)?;
    Ok(Owned::fixnum(thread.ident()))
}

pub fn start_joinable_thread(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let function = args[0];
    if !protocol::object::is_callable(vm, function) {
        return Err(vm.type_error("thread function must be callable"));
    }
    let handle = match native::given(args[1]) {
        Some(v) if type_of(vm, v) != vm.types.thread_handle => {
            return Err(vm.type_error("'handle' must be a _ThreadHandle"));
        }
        Some(v) => v.own(),
        None => of_thread(vm, Arc::new(Thread::default()))?,
    };
    let daemon = native::passed(args[2]).map_or(Ok(true), |v| protocol::compare::is_true(vm, v))?;
    refuse_at_end(vm)?;
    let thread = thread(*handle);
    if thread.is_started() {
        return Err(vm.runtime_error("thread already started"));
    }
    threads::start(vm, thread, function, *tuple::empty(vm), Value::NONE, daemon)?;
    Ok(handle)
}
