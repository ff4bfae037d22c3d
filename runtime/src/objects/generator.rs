//! Generators and coroutines as objects. Running their frames is `interp::generator`'s; who may resume what, what
//! `throw` and `close` mean, and how `yield from` passes them on is decided here.
//!
//! A generator's frame lies inside the object ([`taipan_layout::objects::Generator`]). When it has finished, locals and
//! stack are gone ([`finish`]), and the code has taken the place of the function, because `gi_code` stays.

use std::mem::offset_of;

use taipan_layout::objects::{Generator, generator_state as states};
use taipan_layout::{Frame, Header, Kind, Value};
use taipan_mir::opcodes::{Opcode, resume};

use super::spec::{
    GetSet, MethodSpec, TypeSpec, class_method, getset, getter, method0, method1, raw_method, tp_flags,
};
use super::{
    Slots, asyncgen, exceptions, frame, genericalias, is_instance, is_kind, new_instance, owned, str,
    traceback, tuple, type_of,
};
use crate::args::Args;
use crate::interp;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

/// How a resumed generator came back.
pub enum Sent {
    Yielded(Owned),
    Returned(Owned),
}

const FLAGS: u64 = tp_flags::HAVE_GC | tp_flags::WEAKREFABLE | tp_flags::DISALLOW_INSTANTIATION;

/// What the three kinds have in common.
pub(super) const fn family(name: &'static str, kind: Kind) -> TypeSpec {
    TypeSpec {
        name,
        basicsize: size_of::<Generator>(),
        itemsize: size_of::<Value>(),
        kind,
        flags: FLAGS,
        slots: SLOTS,
        ..TypeSpec::DEFAULT
    }
}

const SLOTS: Slots = Slots {
    repr: Some(repr),
    finalize: Some(finalize),
    dealloc: Some(dealloc),
    traverse: Some(traverse),
    clear: Some(clear),
    ..Slots::EMPTY
};

pub static SPEC: TypeSpec = TypeSpec {
    slots: Slots { iter: Some(|_, this| Ok(this.own())), next: Some(next), ..SLOTS },
    methods: GENERATOR_METHODS,
    getset: &[
        getset("__name__", get_name, set_name, "name of the generator"),
        getset("__qualname__", get_qualname, set_qualname, "qualified name of the generator"),
        getter("gi_yieldfrom", get_awaited, "object being iterated by yield from, or None"),
        getter("gi_running", get_running, ""),
        getter("gi_frame", get_frame, ""),
        getter("gi_suspended", get_suspended, ""),
        getter("gi_code", get_code, ""),
    ],
    ..family("generator", Kind::Generator)
};

static GENERATOR_METHODS: &[MethodSpec] = &[
    method1("send", "($self, object, /)", send_method, "Resume with a value; return the next yielded one."),
    raw_method("throw", "", throw_method, "Raise an exception where the generator is suspended."),
    method0("close", close_method, "Raise GeneratorExit where the generator is suspended."),
    class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585"),
];

pub static COROUTINE_SPEC: TypeSpec = TypeSpec {
    slots: Slots { await_: Some(new_wrapper), ..SLOTS },
    methods: COROUTINE_METHODS,
    getset: COROUTINE_GETSET,
    ..family("coroutine", Kind::Coroutine)
};

static COROUTINE_METHODS: &[MethodSpec] = &[
    method1(
        "send",
        "($self, value, /)",
        send_method,
        "Send a value into coroutine; return the next awaited one.",
    ),
    raw_method("throw", "", throw_method, "Raise an exception in coroutine, where it is suspended."),
    method0("close", close_method, "Raise GeneratorExit inside coroutine, where it is suspended."),
    class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585"),
];

static COROUTINE_GETSET: &[GetSet] = &[
    getset("__name__", get_name, set_name, "name of the coroutine"),
    getset("__qualname__", get_qualname, set_qualname, "qualified name of the coroutine"),
    getter("cr_await", get_awaited, "object being awaited on, or None"),
    getter("cr_running", get_running, ""),
    getter("cr_frame", get_frame, ""),
    getter("cr_code", get_code, ""),
    getter("cr_suspended", get_suspended, ""),
    getter("cr_origin", get_origin, ""),
];

/// The iterator that `coroutine.__await__()` returns.
pub static WRAPPER_SPEC: TypeSpec = TypeSpec {
    name: "coroutine_wrapper",
    basicsize: size_of::<Wrapper>(),
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(|_, this| Ok(this.own())),
        next: Some(wrapper_next),
        dealloc: Some(wrapper_dealloc),
        traverse: Some(wrapper_traverse),
        clear: Some(wrapper_dealloc),
        ..Slots::EMPTY
    },
    methods: &[
        method1("send", "($self, value, /)", |vm, this, v| send_method(vm, *wrapped(this), v), ""),
        raw_method("throw", "", |vm, this, args| throw_method(vm, *wrapped(this), args), ""),
        method0("close", |vm, this| close_method(vm, *wrapped(this)), ""),
    ],
    ..TypeSpec::DEFAULT
};

#[repr(C)]
struct Wrapper {
    header: Header,
    coroutine: Value,
}

fn new_wrapper(vm: &Vm, coroutine: Value) -> PyResult {
    let w = new_instance::<Wrapper>(vm, vm.types.coroutine_wrapper)?;
    // SAFETY: the object is new.
    unsafe { (*w).coroutine = coroutine.own().into_value() };
    Ok(owned(w))
}

fn wrapped(this: Value) -> Owned {
    // SAFETY: callers pass wrappers.
    unsafe { super::cast::<Wrapper>(this).coroutine.own() }
}

/// The coroutine's value is kept for those who ask for it.
fn wrapper_next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    Ok(match resume_with(vm, *wrapped(this), Value::NONE)? {
        Sent::Yielded(v) => Some(v),
        Sent::Returned(v) => {
            vm.stop_value.set((!v.is_none()).then_some(v));
            None
        }
    })
}

unsafe fn wrapper_dealloc(_vm: &Vm, this: *mut Header) {
    // SAFETY: the object is a wrapper; its word is taken out before it is dropped.
    unsafe { decref(std::mem::replace(&mut (*(this as *mut Wrapper)).coroutine, Value::NULL)) };
}

unsafe fn wrapper_traverse(this: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is a wrapper.
    let v = unsafe { (*(this as *mut Wrapper)).coroutine };
    if !v.is_null() {
        visit(v);
    }
}

/// The struct behind a generator, coroutine or asynchronous generator.
pub fn object<'a>(this: Value) -> &'a mut Generator {
    // SAFETY: callers pass one of the three kinds, which cannot be subclassed.
    unsafe { super::cast(this) }
}

/// The generator's frame.
pub fn frame_ptr(this: Value) -> *mut Frame {
    &raw mut object(this).frame
}

pub fn state(this: Value) -> u8 {
    object(this).state
}

/// Whether `v` is a generator or a coroutine: what can be resumed without looking up methods.
pub fn is_resumable(v: Value) -> bool {
    is_kind(v, Kind::Generator) || is_kind(v, Kind::Coroutine)
}

/// "generator", "coroutine" or "async generator".
fn kind_name(this: Value) -> &'static str {
    if is_kind(this, Kind::Coroutine) {
        "coroutine"
    } else if is_kind(this, Kind::AsyncGenerator) {
        "async generator"
    } else {
        "generator"
    }
}

/// Ends a generator that was not started, as `frame.clear()` does.
pub(super) fn abandon(vm: &Vm, this: Value) {
    let keep = this.own();
    finalize(vm, *keep);
    finish(vm, *keep);
}

/// Ends a generator without running it any further.
pub fn finish(vm: &Vm, this: Value) {
    let g = object(this);
    if g.state == states::CLEARED {
        return;
    }
    g.state = states::CLEARED;
    // SAFETY: a generator that is not executing owns its frame's words; the handled exception is its own too.
    unsafe {
        frame::release_generator(vm, &raw mut g.frame);
        crate::owned::replace(&raw mut g.exc.value, None);
    }
}

/// What a generator suspended in `yield from` or `await` waits for.
pub fn awaited(this: Value) -> Option<Owned> {
    let g = object(this);
    if g.state != states::SUSPENDED_YIELD_FROM {
        return None;
    }
    // SAFETY: the receiver lies on top of the suspended frame's stack.
    let top = unsafe { *g.frame.sp.sub(1) };
    (!top.is_null()).then(|| top.peek().own())
}

// ---- resuming ----

fn check_resumable(vm: &Vm, this: Value) -> PyResult<()> {
    if state(this) == states::EXECUTING {
        return Err(vm.value_error(&format!("{} already executing", kind_name(this))));
    }
    Ok(())
}

/// Resumes with `value`. A finished generator answers as if it had returned None once more.
pub fn resume_with(vm: &Vm, this: Value, value: Value) -> PyResult<Sent> {
    check_resumable(vm, this)?;
    match state(this) {
        states::CREATED if !value.is_none() => {
            Err(vm.type_error(&format!("can't send non-None value to a just-started {}", kind_name(this))))
        }
        states::CLEARED if is_kind(this, Kind::Coroutine) => {
            Err(vm.runtime_error("cannot reuse already awaited coroutine"))
        }
        states::CLEARED => Ok(Sent::Returned(Owned::none())),
        _ => interp::generator::resume(vm, this, value),
    }
}

/// Resumes by raising `exception` at the point where the generator is suspended.
fn raise_into(vm: &Vm, this: Value, exception: Owned, closing: bool) -> PyResult<Sent> {
    check_resumable(vm, this)?;
    if state(this) == states::CLEARED {
        if is_kind(this, Kind::Coroutine) && !closing {
            return Err(vm.runtime_error("cannot reuse already awaited coroutine"));
        }
        return Err(vm.restore_exception(exception));
    }
    interp::generator::throw(vm, this, exception)
}

/// A yielded value, or the exception that says that there is none.
fn value_of(vm: &Vm, sent: Sent) -> PyResult {
    match sent {
        Sent::Yielded(v) => Ok(v),
        Sent::Returned(v) => Err(vm.stop_iteration((!v.is_none()).then(|| *v))),
    }
}

/// The slot: a return value is lost here; `builtins.next` and `yield from` do not go through it.
fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    Ok(match resume_with(vm, this, Value::NONE)? {
        Sent::Yielded(v) => Some(v),
        Sent::Returned(_) => None,
    })
}

/// `next(generator)` and `generator.send(value)`.
pub fn send(vm: &Vm, this: Value, value: Value) -> PyResult {
    let sent = resume_with(vm, this, value)?;
    value_of(vm, sent)
}

fn send_method(vm: &Vm, this: Value, value: Value) -> PyResult {
    send(vm, this, value)
}

/// The exception that the arguments of `throw` describe. When it cannot be made, whatever was raised instead is thrown in its
/// place; an error are only arguments that describe none.
fn exception_from_arguments(vm: &Vm, args: &[Value]) -> PyResult {
    let given = |i: usize| args.get(i).copied().filter(|v| !v.is_null());
    let Some(first) = given(0) else {
        return Err(vm.type_error("throw expected at least 1 argument, got 0"));
    };
    if args.len() > 3 {
        return Err(vm.type_error(&format!("throw expected at most 3 arguments, got {}", args.len())));
    }
    let tb = given(2).filter(|t| !t.is_none());
    if tb.is_some_and(|t| !traceback::is_traceback(vm, t)) {
        return Err(vm.type_error("throw() third argument must be a traceback object"));
    }
    let value = given(1).filter(|v| !v.is_none());
    let exception = if exceptions::as_exception_class(vm, first).is_some() {
        match instantiate(vm, first, value) {
            Ok(exception) => exception,
            Err(raised) => vm.take_exception(raised),
        }
    } else if exceptions::is_exception(vm, first) {
        if value.is_some() {
            return Err(vm.type_error("instance exception may not have a separate value"));
        }
        first.own()
    } else {
        let got = type_of(vm, first).name_str();
        return Err(vm.type_error(&format!(
            "exceptions must be classes or instances deriving from BaseException, not {got}"
        )));
    };
    if let Some(tb) = tb {
        exceptions::set_traceback(*exception, Some(tb.own()));
    }
    Ok(exception)
}

/// An instance of an exception's class, from what was given with it.
fn instantiate(vm: &Vm, class: Value, value: Option<Value>) -> PyResult {
    let exception = match value {
        None => protocol::call::positional(vm, class, &[])?,
        Some(v) if protocol::object::is_instance(vm, v, class)? => v.own(),
        Some(v) if is_instance(vm, v, vm.types.tuple) => {
            protocol::call::positional(vm, class, tuple::items(&v))?
        }
        Some(v) => protocol::call::positional(vm, class, &[v])?,
    };
    if !exceptions::is_exception(vm, *exception) {
        let (shown, got) = (protocol::object::repr_string(vm, class)?, type_of(vm, *exception).name_str());
        return Err(vm.type_error(&format!(
            "calling {shown} should have returned an instance of BaseException, not {got}"
        )));
    }
    Ok(exception)
}

/// `generator.throw(*args)`, passed on to what the generator waits for. `close_awaited`: GeneratorExit closes that
/// instead of being thrown into it.
pub fn throw(vm: &Vm, this: Value, args: &[Value], close_awaited: bool) -> PyResult<Sent> {
    check_resumable(vm, this)?;
    let Some(receiver) = awaited(this) else {
        let exception = exception_from_arguments(vm, args)?;
        return raise_into(vm, this, exception, false);
    };
    if close_awaited && args.first().is_some_and(|e| is_generator_exit(vm, *e)) {
        let exception = exception_from_arguments(vm, args)?;
        let closed = while_executing(this, || close_iterator(vm, *receiver));
        let exception = match closed {
            Ok(()) => exception,
            Err(raised) => vm.take_exception(raised),
        };
        return raise_into(vm, this, exception, false);
    }
    let outcome = if is_resumable(*receiver) {
        while_current(vm, this, || {
            let sent = throw(vm, *receiver, args, close_awaited)?;
            value_of(vm, sent)
        })
    } else {
        match protocol::attr::get_optional(vm, *receiver, *vm.names.throw)? {
            None => {
                let exception = exception_from_arguments(vm, args)?;
                return raise_into(vm, this, exception, false);
            }
            // The receiver gets what was given: it may be a class that is still to be called.
            Some(method) => while_current(vm, this, || protocol::call::positional(vm, *method, args)),
        }
    };
    match outcome {
        Ok(v) => Ok(Sent::Yielded(v)),
        // The receiver ended: its exception goes on in this frame, where a StopIteration becomes a value.
        Err(raised) => {
            let exception = vm.take_exception(raised);
            raise_into(vm, this, exception, false)
        }
    }
}

/// Whether `v` is `GeneratorExit`, a subclass or an instance.
fn is_generator_exit(vm: &Vm, v: Value) -> bool {
    let class = exceptions::as_exception_class(vm, v).unwrap_or_else(|| type_of(vm, v));
    class.is_subtype_of(vm.types.generator_exit)
}

/// Runs `f`, which resumes what `this` waits for; meanwhile `this` must not be resumed.
fn while_executing<T>(this: Value, f: impl FnOnce() -> T) -> T {
    let keep = this.own();
    let before = std::mem::replace(&mut object(*keep).state, states::EXECUTING);
    let result = f();
    object(*keep).state = before;
    result
}

/// [`while_executing`] with the frame of `this` on the stack of frames, so that those that `f` runs are seen to come from there.
fn while_current<T>(vm: &Vm, this: Value, f: impl FnOnce() -> T) -> T {
    while_executing(this, || {
        let frame = frame_ptr(this);
        // SAFETY: the frame is suspended, and nobody can resume it meanwhile; whatever `f` runs has left when it returns.
        unsafe {
            let caller = std::mem::replace(&mut (*vm.ts()).frame, frame);
            (*frame).previous = caller;
            let result = f();
            (*vm.ts()).frame = caller;
            (*frame).previous = std::ptr::null_mut();
            result
        }
    })
}

fn throw_method(vm: &Vm, this: Value, args: Args) -> PyResult {
    if args.has_keywords() {
        return Err(vm.type_error(&format!("{}.throw() takes no keyword arguments", kind_name(this))));
    }
    if args.pos().is_empty() || args.pos().len() > 3 {
        exception_from_arguments(vm, args.pos())?;
    }
    if args.pos().len() > 1 {
        warn_old_signature(vm, "throw")?;
    }
    let sent = throw(vm, this, args.pos(), true)?;
    value_of(vm, sent)
}

/// `throw(type, value, traceback)` was how exceptions looked before there were exception objects.
pub(super) fn warn_old_signature(vm: &Vm, method: &str) -> PyResult<()> {
    let text = format!(
        "the (type, exc, tb) signature of {method}() is deprecated, use the single-arg signature instead."
    );
    crate::modules::warnings::warn(vm, vm.types.deprecation_warning, &text, 1)
}

/// Closes what a generator waits for, by whatever means it has.
fn close_iterator(vm: &Vm, receiver: Value) -> PyResult<()> {
    if is_resumable(receiver) {
        close(vm, receiver)?;
        return Ok(());
    }
    match protocol::attr::get_optional(vm, receiver, *vm.names.close) {
        Ok(Some(method)) => protocol::call::positional(vm, *method, &[]).map(drop),
        Ok(None) => Ok(()),
        // Whether it has such a method is not known, which must not keep the generator from ending.
        Err(raised) => {
            let shown = protocol::object::repr_string(vm, receiver).unwrap_or_default();
            let text = format!("Exception ignored while closing generator {shown}");
            exceptions::write_unraisable(vm, raised, &text, Value::NULL);
            Ok(())
        }
    }
}

/// Whether the suspended instruction has no handler but the generator's own, so that closing need not run anything.
fn has_no_handlers(this: Value) -> bool {
    let g = object(this);
    // SAFETY: a suspended frame's `ip` and `return_offset` lead to its RESUME.
    unsafe {
        let unit = *g.frame.ip.add(g.frame.return_offset as usize);
        Opcode::from_u8(unit as u8).is_some_and(|op| op.deopt() == Opcode::RESUME)
            && u32::from(unit >> 8) & resume::DEPTH1_MASK != 0
    }
}

/// `generator.close()`: the value that the generator returned meanwhile, or None.
pub fn close(vm: &Vm, this: Value) -> PyResult {
    match state(this) {
        states::CLEARED => return Ok(Owned::none()),
        states::CREATED => {
            finish(vm, this);
            return Ok(Owned::none());
        }
        states::SUSPENDED if has_no_handlers(this) && !crate::interp::tracing::is_on(vm) => {
            finish(vm, this);
            return Ok(Owned::none());
        }
        _ => check_resumable(vm, this)?,
    }
    // Generators can wait for each other in a chain of any length.
    vm.check_native_stack("")?;
    let exception = match awaited(this) {
        Some(receiver) => match while_executing(this, || close_iterator(vm, *receiver)) {
            Ok(()) => None,
            Err(raised) => Some(vm.take_exception(raised)),
        },
        None => None,
    };
    let exception = match exception {
        Some(e) => e,
        None => exceptions::create(vm, vm.types.generator_exit, &[])?,
    };
    match raise_into(vm, this, exception, true) {
        Ok(Sent::Returned(v)) => Ok(v),
        Ok(Sent::Yielded(_)) => Err(vm.runtime_error(&format!("{} ignored GeneratorExit", kind_name(this)))),
        Err(raised) => {
            let raised = match vm.catch(raised, vm.types.generator_exit) {
                Ok(_) => return Ok(Owned::none()),
                Err(raised) => raised,
            };
            let stop = vm.catch(raised, vm.types.stop_iteration)?;
            Ok(exceptions::stop_iteration_value(*stop))
        }
    }
}

fn close_method(vm: &Vm, this: Value) -> PyResult {
    close(vm, this)
}

// ---- attributes ----

fn repr(vm: &Vm, this: Value) -> PyResult {
    let (kind, name) = (type_of(vm, this).name_str(), str::to_string_lossy(object(this).qualname));
    str::new(vm, &format!("<{kind} object {name} at {:#x}>", this.0))
}

pub(super) fn get_name(_vm: &Vm, this: Value) -> PyResult {
    Ok(object(this).name.own())
}

pub(super) fn set_name(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    set_text(vm, &raw mut object(this).name, value, "__name__")
}

pub(super) fn get_qualname(_vm: &Vm, this: Value) -> PyResult {
    Ok(object(this).qualname.own())
}

pub(super) fn set_qualname(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    set_text(vm, &raw mut object(this).qualname, value, "__qualname__")
}

fn set_text(vm: &Vm, place: *mut Value, value: Option<Value>, attribute: &str) -> PyResult<()> {
    match value {
        Some(v) if is_instance(vm, v, vm.types.str) => {
            // SAFETY: the place is a word that the generator owns.
            unsafe { crate::owned::replace(place, Some(v.own())) };
            Ok(())
        }
        _ => Err(vm.type_error(&format!("{attribute} must be set to a string object"))),
    }
}

pub(super) fn get_awaited(_vm: &Vm, this: Value) -> PyResult {
    Ok(awaited(this).unwrap_or_else(Owned::none))
}

pub(super) fn get_running(_vm: &Vm, this: Value) -> PyResult {
    Ok(Owned::bool(state(this) == states::EXECUTING))
}

pub(super) fn get_suspended(_vm: &Vm, this: Value) -> PyResult {
    Ok(Owned::bool(matches!(state(this), states::SUSPENDED | states::SUSPENDED_YIELD_FROM)))
}

pub(super) fn get_frame(vm: &Vm, this: Value) -> PyResult {
    if state(this) == states::CLEARED {
        return Ok(Owned::none());
    }
    // SAFETY: the frame is live as long as the generator has not finished.
    unsafe { frame::of(vm, frame_ptr(this)) }
}

pub(super) fn get_code(_vm: &Vm, this: Value) -> PyResult {
    // SAFETY: the generator keeps its function, and later the code itself, for life.
    Ok(unsafe { frame::code_of(frame_ptr(this)) }.value().own())
}

fn get_origin(_vm: &Vm, this: Value) -> PyResult {
    let origin = object(this).extra;
    Ok(if origin.is_null() { Owned::none() } else { origin.own() })
}

// ---- end of life ----

/// What is to happen before a generator goes: a suspended one gets the chance to run its `finally` blocks.
fn finalize(vm: &Vm, this: Value) {
    if state(this) == states::CLEARED {
        return;
    }
    let saved = protocol::object::save_exception(vm);
    if is_kind(this, Kind::AsyncGenerator) && asyncgen::call_finalizer(vm, this) {
        protocol::object::restore_saved(vm, saved);
        return;
    }
    if is_kind(this, Kind::Coroutine) && state(this) == states::CREATED {
        warn_never_awaited(vm, this);
    } else if state(this) == states::CREATED || state(this) == states::SUSPENDED && has_no_handlers(this) {
        // Nothing is to be run: the frame goes with the object.
    } else if let Err(raised) = close(vm, this) {
        let shown = protocol::object::repr_string(vm, this).unwrap_or_default();
        exceptions::write_unraisable(
            vm,
            raised,
            &format!("Exception ignored while closing generator {shown}"),
            Value::NULL,
        );
    }
    protocol::object::restore_saved(vm, saved);
}

/// The warning about a coroutine that ends before it began. Python code words it, as only that can say where the coroutine
/// comes from; if that fails, the runtime does.
fn warn_never_awaited(vm: &Vm, this: Value) {
    let ignored = |raised| {
        exceptions::write_unraisable(vm, raised, "Exception ignored while finalizing coroutine", this);
    };
    let with_origin = !object(this).extra.is_null();
    if let Some(warn) = crate::modules::warnings::unawaited_coroutine(vm, with_origin) {
        match protocol::call::positional(vm, *warn, &[this]) {
            Ok(_) => return,
            Err(raised) => {
                let e = vm.take_exception(raised);
                let is_warning = is_instance(vm, *e, vm.types.runtime_warning);
                ignored(vm.restore_exception(e));
                if is_warning {
                    // A filter made it an error.
                    return;
                }
            }
        }
    }
    let name = str::to_string_lossy(object(this).qualname);
    let text = format!("coroutine '{name}' was never awaited");
    if let Err(raised) =
        crate::modules::warnings::warn_about_object(vm, vm.types.runtime_warning, &text, this)
    {
        ignored(raised);
    }
}

unsafe fn dealloc(vm: &Vm, this: *mut Header) {
    let v = Value::from_ptr(this);
    finish(vm, v);
    let g = object(v);
    // SAFETY: each word is taken out before it is dropped.
    unsafe {
        for word in [&mut g.frame.function, &mut g.exc.value, &mut g.name, &mut g.qualname, &mut g.extra] {
            decref(std::mem::replace(word, Value::NULL));
        }
    }
}

/// Ends cycles through locals and stack; the object stays printable.
unsafe fn clear(vm: &Vm, this: *mut Header) {
    finish(vm, Value::from_ptr(this));
}

unsafe fn traverse(this: *mut Header, visit: &mut dyn FnMut(Value)) {
    let g = object(Value::from_ptr(this));
    for v in [g.name, g.qualname, g.extra, g.exc.value] {
        if !v.is_null() {
            visit(v);
        }
    }
    // SAFETY: an executing generator is reachable from the stack; its registers may be ahead of its frame, so only the
    // function is reported then.
    unsafe {
        if g.state < states::EXECUTING {
            frame::traverse_frame(&raw mut g.frame, visit);
            if !g.frame.frame_object.is_null() {
                visit(g.frame.frame_object);
            }
        } else if !g.frame.function.is_null() {
            visit(g.frame.function);
        }
    }
}

/// Fails to compile if the frame is not the last field: locals follow it.
const _: () = assert!(offset_of!(Generator, frame) + size_of::<Frame>() == size_of::<Generator>());
