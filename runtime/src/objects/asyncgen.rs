//! Asynchronous generators (PEP 525): the generator itself, and the awaitables that its methods return.
//!
//! Inside of an asynchronous generator `await` and `yield` both suspend the frame. What is *yielded* comes wrapped
//! ([`new_wrapped`], made by an intrinsic), what is *awaited* comes plain. The awaitables pass plain values on to the
//! event loop and turn a wrapped one into `StopIteration(value)`, which ends the `await`.

use taipan_layout::objects::generator_state as states;
use taipan_layout::{Header, Kind, Value};

use super::generator::{self, Sent, family, object};
use super::spec::{
    GetSet, MethodSpec, TypeSpec, class_method, getset, getter, method0, method1, raw_method, tp_flags,
};
use super::{
    Slots, exceptions, genericalias, is_instance, is_kind, new_instance, owned, str, tuple, type_of,
};
use crate::args::Args;
use crate::interp::helpers::awaitable_iterator;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

/// Indices into `Generator::flags`.
const HOOKS_DONE: usize = 0;
const CLOSED: usize = 1;
const RUNNING: usize = 2;

pub static SPEC: TypeSpec = TypeSpec {
    slots: Slots {
        aiter: Some(|_, this| Ok(this.own())),
        anext: Some(|vm, this| asend(vm, this, Value::NULL)),
        ..family("async_generator", Kind::AsyncGenerator).slots
    },
    methods: METHODS,
    getset: GETSET,
    ..family("async_generator", Kind::AsyncGenerator)
};

static METHODS: &[MethodSpec] = &[
    method1("asend", "($self, object, /)", asend, "Resume the generator with a value, which its yield has."),
    raw_method("athrow", "", athrow, "Raise an exception in the generator."),
    method0("aclose", aclose, "Raise GeneratorExit in the generator."),
    class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585"),
];

static GETSET: &[GetSet] = &[
    getset("__name__", generator::get_name, generator::set_name, "name of the async generator"),
    getset(
        "__qualname__",
        generator::get_qualname,
        generator::set_qualname,
        "qualified name of the async generator",
    ),
    getter("ag_await", generator::get_awaited, "object being awaited on, or None"),
    getter("ag_frame", generator::get_frame, ""),
    getter("ag_code", generator::get_code, ""),
    getter("ag_suspended", generator::get_suspended, ""),
    getter("ag_running", |_, this| Ok(Owned::bool(flag(this, RUNNING))), ""),
];

fn flag(g: Value, index: usize) -> bool {
    object(g).flags[index] != 0
}

fn set_flag(g: Value, index: usize, on: bool) {
    object(g).flags[index] = on as u8;
}

// ---- wrapped values ----

#[repr(C)]
struct Wrapped {
    header: Header,
    value: Value,
}

pub static WRAPPED_SPEC: TypeSpec = TypeSpec {
    name: "async_generator_wrapped_value",
    basicsize: size_of::<Wrapped>(),
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        dealloc: Some(wrapped_dealloc),
        traverse: Some(wrapped_traverse),
        clear: Some(wrapped_dealloc),
        ..Slots::EMPTY
    },
    ..TypeSpec::DEFAULT
};

/// Marks `value` as yielded rather than awaited.
pub fn new_wrapped(vm: &Vm, value: Value) -> PyResult {
    let w = new_instance::<Wrapped>(vm, vm.types.async_generator_wrapped_value)?;
    // SAFETY: the object is new.
    unsafe { (*w).value = value.own().into_value() };
    Ok(owned(w))
}

fn unwrapped(vm: &Vm, v: Value) -> Option<Owned> {
    // SAFETY: the type was checked.
    (type_of(vm, v) == vm.types.async_generator_wrapped_value)
        .then(|| unsafe { super::cast::<Wrapped>(v).value.own() })
}

unsafe fn wrapped_dealloc(_vm: &Vm, this: *mut Header) {
    // SAFETY: the object is a wrapped value; its word is taken out before it is dropped.
    unsafe { decref(std::mem::replace(&mut (*(this as *mut Wrapped)).value, Value::NULL)) };
}

unsafe fn wrapped_traverse(this: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is a wrapped value.
    let v = unsafe { (*(this as *mut Wrapped)).value };
    if !v.is_null() {
        visit(v);
    }
}

// ---- the awaitables ----

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Stage {
    Init,
    Iterating,
    Closed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Job {
    Send,
    Throw,
    Close,
}

/// `asend()`/`__anext__()`, `athrow()` or `aclose()` waiting to be awaited.
#[repr(C)]
struct Awaitable {
    header: Header,
    generator: Value,
    /// Send: the value or NULL. Throw: tuple of the arguments.
    argument: Value,
    stage: Stage,
    job: Job,
    _pad: [u8; 6],
}

const fn awaitable(name: &'static str) -> TypeSpec {
    TypeSpec {
        name,
        basicsize: size_of::<Awaitable>(),
        flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            iter: Some(itself),
            await_: Some(itself),
            next: Some(next),
            dealloc: Some(dealloc),
            traverse: Some(traverse),
            clear: Some(dealloc),
            finalize: Some(finalize),
            ..Slots::EMPTY
        },
        methods: AWAITABLE_METHODS,
        ..TypeSpec::DEFAULT
    }
}

pub static ASEND_SPEC: TypeSpec = awaitable("async_generator_asend");
pub static ATHROW_SPEC: TypeSpec = awaitable("async_generator_athrow");

const AWAITABLE_METHODS: &[MethodSpec] = &[
    method1("send", "($self, value, /)", send, ""),
    raw_method("throw", "", throw, ""),
    method0("close", close, ""),
];

fn itself(_vm: &Vm, this: Value) -> PyResult {
    Ok(this.own())
}

fn parts<'a>(this: Value) -> &'a mut Awaitable {
    // SAFETY: callers pass awaitables.
    unsafe { super::cast(this) }
}

fn new_awaitable(vm: &Vm, generator: Value, job: Job, argument: Value) -> PyResult {
    init_hooks(vm, generator)?;
    let ty = if job == Job::Send { vm.types.async_generator_asend } else { vm.types.async_generator_athrow };
    let a = new_instance::<Awaitable>(vm, ty)?;
    // SAFETY: the object is new.
    unsafe {
        (*a).generator = generator.own().into_value();
        crate::owned::incref(argument);
        (*a).argument = argument;
        (*a).stage = Stage::Init;
        (*a).job = job;
    }
    Ok(owned(a))
}

fn asend(vm: &Vm, this: Value, value: Value) -> PyResult {
    new_awaitable(vm, this, Job::Send, value)
}

fn athrow(vm: &Vm, this: Value, args: Args) -> PyResult {
    if args.has_keywords() {
        return Err(vm.type_error("async_generator.athrow() takes no keyword arguments"));
    }
    if args.pos().is_empty() {
        return Err(vm.type_error("athrow expected at least 1 argument, got 0"));
    }
    if args.pos().len() > 1 {
        generator::warn_old_signature(vm, "athrow")?;
    }
    let arguments = tuple::from_slice(vm, args.pos())?;
    new_awaitable(vm, this, Job::Throw, *arguments)
}

fn aclose(vm: &Vm, this: Value) -> PyResult {
    new_awaitable(vm, this, Job::Close, Value::NULL)
}

/// The first use of a generator tells the event loop about it (`sys.set_asyncgen_hooks`).
fn init_hooks(vm: &Vm, g: Value) -> PyResult<()> {
    if flag(g, HOOKS_DONE) {
        return Ok(());
    }
    set_flag(g, HOOKS_DONE, true);
    if let Some(finalizer) = vm.asyncgen_finalizer.get() {
        // SAFETY: the field owns its word.
        unsafe { crate::owned::replace(&raw mut object(g).extra, Some(finalizer.own())) };
    }
    if let Some(first) = vm.asyncgen_firstiter.get() {
        let first = first.own();
        protocol::call::positional(vm, *first, &[g])?;
    }
    Ok(())
}

/// Lets the event loop close a generator that is being collected: whether it has a hook for that.
pub(super) fn call_finalizer(vm: &Vm, g: Value) -> bool {
    let finalizer = object(g).extra;
    if finalizer.is_null() || flag(g, CLOSED) {
        return false;
    }
    let finalizer = finalizer.own();
    if let Err(raised) = protocol::call::positional(vm, *finalizer, &[g]) {
        exceptions::write_unraisable(
            vm,
            raised,
            "Exception ignored in finalizer of asynchronous generator",
            g,
        );
    }
    true
}

/// What a step of the generator means for the one who awaits: a plain value to pass on, or the end of the `await`.
fn outcome(vm: &Vm, g: Value, step: PyResult<Sent>) -> PyResult {
    match step {
        Ok(Sent::Yielded(v)) => match unwrapped(vm, *v) {
            Some(yielded) => {
                set_flag(g, RUNNING, false);
                Err(vm.stop_iteration(Some(*yielded)))
            }
            None => Ok(v),
        },
        Ok(Sent::Returned(_)) => {
            set_flag(g, CLOSED, true);
            set_flag(g, RUNNING, false);
            Err(vm.raise_with(vm.types.stop_async_iteration, &[]))
        }
        Err(raised) => {
            let e = vm.take_exception(raised);
            let ends = [vm.types.stop_async_iteration, vm.types.generator_exit];
            if ends.iter().any(|t| is_instance(vm, *e, *t)) {
                set_flag(g, CLOSED, true);
            }
            set_flag(g, RUNNING, false);
            Err(vm.restore_exception(e))
        }
    }
}

/// Marks the awaitable as started; an error when it or the generator is busy or used up.
fn begin(vm: &Vm, this: Value) -> PyResult<()> {
    let a = parts(this);
    if a.stage == Stage::Closed {
        return Err(vm.runtime_error(match a.job {
            Job::Send => "cannot reuse already awaited __anext__()/asend()",
            Job::Throw | Job::Close => "cannot reuse already awaited aclose()/athrow()",
        }));
    }
    if a.stage == Stage::Init && flag(a.generator, RUNNING) {
        a.stage = Stage::Closed;
        let name = match a.job {
            Job::Send => "anext",
            Job::Throw => "athrow",
            Job::Close => "aclose",
        };
        return Err(vm.runtime_error(&format!("{name}(): asynchronous generator is already running")));
    }
    Ok(())
}

fn send(vm: &Vm, this: Value, value: Value) -> PyResult {
    match parts(this).job {
        Job::Send => send_asend(vm, this, value),
        Job::Throw | Job::Close => send_athrow(vm, this, value),
    }
}

fn send_asend(vm: &Vm, this: Value, value: Value) -> PyResult {
    begin(vm, this)?;
    let a = parts(this);
    let mut value = value.own();
    if a.stage == Stage::Init {
        if value.is_none() && !a.argument.is_null() {
            value = a.argument.own();
        }
        a.stage = Stage::Iterating;
    }
    let g = a.generator.own();
    set_flag(*g, RUNNING, true);
    let step = generator::resume_with(vm, *g, *value);
    let result = outcome(vm, *g, step);
    if result.is_err() {
        parts(this).stage = Stage::Closed;
    }
    result
}

fn send_athrow(vm: &Vm, this: Value, value: Value) -> PyResult {
    let a = parts(this);
    let g = a.generator.own();
    let closing = a.job == Job::Close;
    if a.stage != Stage::Closed && generator::state(*g) == states::CLEARED {
        a.stage = Stage::Closed;
        return Err(vm.stop_iteration(None));
    }
    begin(vm, this)?;
    let step = if a.stage == Stage::Init {
        if flag(*g, CLOSED) {
            a.stage = Stage::Closed;
            return Err(vm.raise_with(vm.types.stop_async_iteration, &[]));
        }
        if !value.is_none() {
            return Err(vm.runtime_error("can't send non-None value to a just-started coroutine"));
        }
        a.stage = Stage::Iterating;
        set_flag(*g, RUNNING, true);
        if closing {
            set_flag(*g, CLOSED, true);
            exceptions::create(vm, vm.types.generator_exit, &[])
                .and_then(|exit| generator::throw(vm, *g, &[*exit], false))
        } else {
            let arguments = a.argument.own();
            generator::throw(vm, *g, tuple::items(&arguments), true)
        }
    } else {
        generator::resume_with(vm, *g, value)
    };
    finish_athrow(vm, this, *g, closing, step)
}

fn finish_athrow(vm: &Vm, this: Value, g: Value, closing: bool, step: PyResult<Sent>) -> PyResult {
    let result = if closing {
        match step {
            Ok(Sent::Yielded(v)) if unwrapped(vm, *v).is_some() => {
                set_flag(g, RUNNING, false);
                parts(this).stage = Stage::Closed;
                return Err(vm.runtime_error("async generator ignored GeneratorExit"));
            }
            Ok(Sent::Yielded(v)) => Ok(v),
            Ok(Sent::Returned(_)) => Err(vm.raise_with(vm.types.stop_async_iteration, &[])),
            Err(raised) => Err(raised),
        }
    } else {
        outcome(vm, g, step)
    };
    let raised = match result {
        Ok(v) => return Ok(v),
        Err(raised) => raised,
    };
    set_flag(g, RUNNING, false);
    parts(this).stage = Stage::Closed;
    let e = vm.take_exception(raised);
    let ends = [vm.types.stop_async_iteration, vm.types.generator_exit];
    if closing && ends.iter().any(|t| is_instance(vm, *e, *t)) {
        return Err(vm.stop_iteration(None));
    }
    Err(vm.restore_exception(e))
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    send(vm, this, Value::NONE).map(Some)
}

fn throw(vm: &Vm, this: Value, args: Args) -> PyResult {
    begin(vm, this)?;
    let a = parts(this);
    let g = a.generator.own();
    if a.stage == Stage::Init {
        a.stage = Stage::Iterating;
        set_flag(*g, RUNNING, true);
    }
    let closing = a.job == Job::Close;
    let step = generator::throw(vm, *g, args.pos(), true);
    if a.job != Job::Send {
        return finish_athrow(vm, this, *g, closing, step);
    }
    let result = outcome(vm, *g, step);
    if result.is_err() {
        parts(this).stage = Stage::Closed;
    }
    result
}

fn close(vm: &Vm, this: Value) -> PyResult {
    if parts(this).stage == Stage::Closed {
        return Ok(Owned::none());
    }
    let exit = exceptions::create(vm, vm.types.generator_exit, &[])?;
    match throw(vm, this, Args::positional(&[*exit])) {
        Ok(_) => Err(vm.runtime_error("coroutine ignored GeneratorExit")),
        Err(raised) => {
            let e = vm.take_exception(raised);
            let t = &vm.types;
            let ends = [t.stop_async_iteration, t.generator_exit, t.stop_iteration];
            if ends.iter().any(|t| is_instance(vm, *e, *t)) {
                return Ok(Owned::none());
            }
            Err(vm.restore_exception(e))
        }
    }
}

/// Warns about an awaitable that ends without having been awaited.
fn finalize(vm: &Vm, this: Value) {
    let a = parts(this);
    if a.stage != Stage::Init || a.generator.is_null() {
        return;
    }
    let method = match a.job {
        Job::Send => "asend",
        Job::Throw => "athrow",
        Job::Close => "aclose",
    };
    let saved = protocol::object::save_exception(vm);
    let generator = str::to_string_lossy(object(a.generator).qualname);
    let text = format!("coroutine method '{method}' of '{generator}' was never awaited");
    if let Err(raised) =
        crate::modules::warnings::warn_about_object(vm, vm.types.runtime_warning, &text, this)
    {
        exceptions::write_unraisable(vm, raised, "Exception ignored while finalizing coroutine", this);
    }
    protocol::object::restore_saved(vm, saved);
}

unsafe fn dealloc(_vm: &Vm, this: *mut Header) {
    // SAFETY: the object is an awaitable; each word is taken out before it is dropped.
    unsafe {
        let a = this as *mut Awaitable;
        decref(std::mem::replace(&mut (*a).generator, Value::NULL));
        decref(std::mem::replace(&mut (*a).argument, Value::NULL));
    }
}

unsafe fn traverse(this: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is an awaitable.
    unsafe {
        let a = this as *mut Awaitable;
        for v in [(*a).generator, (*a).argument] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}

// ---- anext() with a default ----

#[repr(C)]
struct AnextDefault {
    header: Header,
    awaitable: Value,
    default: Value,
}

/// `anext(iterator, default)`: awaits, and answers `default` when the iterator has ended.
pub static ANEXT_SPEC: TypeSpec = TypeSpec {
    name: "anext_awaitable",
    basicsize: size_of::<AnextDefault>(),
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(itself),
        await_: Some(itself),
        next: Some(|vm, this| anext_step(vm, this, protocol::iter::next_or_stop).map(Some)),
        dealloc: Some(anext_dealloc),
        traverse: Some(anext_traverse),
        clear: Some(anext_dealloc),
        ..Slots::EMPTY
    },
    methods: &[
        method1("send", "($self, value, /)", anext_send, ""),
        raw_method("throw", "", anext_throw, ""),
        method0("close", anext_close, ""),
    ],
    ..TypeSpec::DEFAULT
};

pub fn new_anext_default(vm: &Vm, awaitable: Value, default: Value) -> PyResult {
    let a = new_instance::<AnextDefault>(vm, vm.types.anext_awaitable)?;
    // SAFETY: the object is new.
    unsafe {
        (*a).awaitable = awaitable.own().into_value();
        (*a).default = default.own().into_value();
    }
    Ok(owned(a))
}

/// The iterator behind the awaitable.
fn awaited_iterator(vm: &Vm, this: Value) -> PyResult {
    // SAFETY: callers pass these objects.
    let awaitable = unsafe { super::cast::<AnextDefault>(this).awaitable.own() };
    let it = awaitable_iterator(vm, *awaitable)?;
    match type_of(vm, *it).slots().await_ {
        // A coroutine is no iterator itself.
        Some(f) if is_kind(*it, Kind::Coroutine) => f(vm, *it),
        _ => Ok(it),
    }
}

fn anext_step(vm: &Vm, this: Value, step: impl FnOnce(&Vm, Value) -> PyResult) -> PyResult {
    let it = awaited_iterator(vm, this)?;
    match step(vm, *it) {
        Ok(v) => Ok(v),
        Err(raised) => {
            drop(vm.catch(raised, vm.types.stop_async_iteration)?);
            // SAFETY: callers pass these objects.
            let default = unsafe { super::cast::<AnextDefault>(this).default.own() };
            Err(vm.stop_iteration(Some(*default)))
        }
    }
}

fn anext_send(vm: &Vm, this: Value, value: Value) -> PyResult {
    anext_step(vm, this, |vm, it| protocol::call::method(vm, it, *vm.names.send, &[value]))
}

fn anext_throw(vm: &Vm, this: Value, args: Args) -> PyResult {
    anext_step(vm, this, |vm, it| protocol::call::method(vm, it, *vm.names.throw, args.pos()))
}

fn anext_close(vm: &Vm, this: Value) -> PyResult {
    anext_step(vm, this, |vm, it| protocol::call::method(vm, it, *vm.names.close, &[]))
}

unsafe fn anext_dealloc(_vm: &Vm, this: *mut Header) {
    // SAFETY: the object is one of these; each word is taken out before it is dropped.
    unsafe {
        let a = this as *mut AnextDefault;
        decref(std::mem::replace(&mut (*a).awaitable, Value::NULL));
        decref(std::mem::replace(&mut (*a).default, Value::NULL));
    }
}

unsafe fn anext_traverse(this: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is one of these.
    unsafe {
        let a = this as *mut AnextDefault;
        for v in [(*a).awaitable, (*a).default] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
