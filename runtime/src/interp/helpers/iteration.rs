//! Iterators, generators, coroutines.

use taipan_frontend::code::flags;
use taipan_layout::{Frame, ThreadState, Value};

use super::{value, vm};
use crate::objects::generator::{self, Sent as Outcome};
use crate::objects::{exceptions, frame, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{call, iter};
use crate::vm::Vm;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_get_iter(ts: *mut ThreadState, iterable: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(iter::iter(unsafe { vm(ts) }, iterable))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_iter_next(ts: *mut ThreadState, iterator: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    match crate::interp::tracing::next_item(vm, iterator) {
        Ok(Some(v)) => v.into_value(),
        Ok(None) => Value::NULL,
        Err(raised) => {
            // A `__next__` implemented over foreign code may raise it instead.
            if let Ok(e) = vm.catch(raised, vm.types.stop_iteration) {
                drop(e);
            }
            Value::NULL
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_get_yield_from_iter(
    ts: *mut ThreadState,
    frame: *mut Frame,
    iterable: Value,
) -> Value {
    // SAFETY: `ts` is the running thread's; the frame is current.
    unsafe {
        let vm = vm(ts);
        let ty = type_of(vm, iterable);
        if ty == vm.types.coroutine {
            let own = (*(*frame).code).flags;
            if own & (flags::CO_COROUTINE | flags::CO_ITERABLE_COROUTINE) == 0 {
                let _ = vm.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator");
                return Value::NULL;
            }
            return iterable.own().into_value();
        }
        if ty == vm.types.generator {
            return iterable.own().into_value();
        }
        value(iter::iter(vm, iterable))
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_get_aiter(ts: *mut ThreadState, v: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(get_aiter(unsafe { vm(ts) }, v))
}

fn get_aiter(vm: &Vm, v: Value) -> PyResult {
    let ty = type_of(vm, v);
    let Some(f) = ty.slots().aiter else {
        let t = ty.name_str();
        return Err(vm.type_error(&format!("'async for' requires an object with __aiter__ method, got {t}")));
    };
    let it = f(vm, v)?;
    if type_of(vm, *it).slots().anext.is_none() {
        let t = type_of(vm, *it).name_str();
        return Err(vm.type_error(&format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {t}"
        )));
    }
    Ok(it)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_get_anext(ts: *mut ThreadState, iterator: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(get_anext(unsafe { vm(ts) }, iterator))
}

fn get_anext(vm: &Vm, iterator: Value) -> PyResult {
    let ty = type_of(vm, iterator);
    let Some(f) = ty.slots().anext else {
        let t = ty.name_str();
        return Err(
            vm.type_error(&format!("'async for' requires an iterator with __anext__ method, got {t}"))
        );
    };
    let awaitable = f(vm, iterator)?;
    match awaitable_iterator(vm, *awaitable) {
        Ok(it) => Ok(it),
        Err(raised) => {
            let cause = vm.take_exception(raised);
            let t = type_of(vm, *awaitable).name_str();
            let text = format!("'async for' received an invalid object from __anext__: {t}");
            let raised = vm.type_error(&text);
            let e = vm.take_exception(raised);
            exceptions::set_cause(*e, Some(cause));
            Err(vm.restore_exception(e))
        }
    }
}

/// Whether a generator was made by `types.coroutine`.
fn is_iterable_coroutine(v: Value) -> bool {
    let g = generator::frame_ptr(v);
    // SAFETY: a generator's frame keeps its code until it is finished.
    unsafe { !(*g).function.is_null() && frame::code_of(g).has_flag(flags::CO_ITERABLE_COROUTINE) }
}

/// The iterator that `await` runs.
pub(crate) fn awaitable_iterator(vm: &Vm, v: Value) -> PyResult {
    let ty = type_of(vm, v);
    let iterable_coroutine = ty == vm.types.generator && is_iterable_coroutine(v);
    if ty == vm.types.coroutine || iterable_coroutine {
        return Ok(v.own());
    }
    let Some(f) = ty.slots().await_ else {
        let t = ty.name_str();
        return Err(vm.type_error(&format!("'{t}' object can't be awaited")));
    };
    let it = f(vm, v)?;
    let got = type_of(vm, *it);
    if got == vm.types.coroutine {
        return Err(vm.type_error("__await__() returned a coroutine"));
    }
    if got.slots().next.is_none() {
        let got = got.name_str();
        return Err(vm.type_error(&format!("__await__() returned non-iterator of type '{got}'")));
    }
    Ok(it)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_get_awaitable(ts: *mut ThreadState, v: Value, oparg: u32) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    let got = awaitable_iterator(vm, v);
    if got.is_err() && type_of(vm, v).slots().await_.is_none() {
        let method = match oparg {
            1 => Some("__aenter__"),
            2 => Some("__aexit__"),
            _ => None,
        };
        if let (Some(method), Err(raised)) = (method, got) {
            vm.discard(raised);
            let t = type_of(vm, v).name_str();
            let text = format!(
                "'async with' received an object from {method} that does not implement __await__: {t}"
            );
            let _ = vm.type_error(&text);
            return Value::NULL;
        }
        return Value::NULL;
    }
    if let Ok(it) = &got
        && type_of(vm, **it) == vm.types.coroutine
        && generator::awaited(**it).is_some()
    {
        let _ = vm.runtime_error("coroutine is being awaited already");
        return Value::NULL;
    }
    value(got)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_send(ts: *mut ThreadState, receiver: Value, v: Value, out: *mut Value) -> i32 {
    // SAFETY: `ts` is the running thread's; `out` is the body's.
    unsafe {
        match send(vm(ts), receiver, v) {
            Ok(Outcome::Yielded(v)) => {
                *out = v.into_value();
                0
            }
            Ok(Outcome::Returned(v)) => {
                *out = v.into_value();
                1
            }
            Err(_) => -1,
        }
    }
}

fn send(vm: &Vm, receiver: Value, v: Value) -> PyResult<Outcome> {
    if generator::is_resumable(receiver) {
        return generator::resume_with(vm, receiver, v);
    }
    drop(vm.stop_value.take());
    let got = if v.is_none() && type_of(vm, receiver).slots().next.is_some() {
        match iter::next(vm, receiver) {
            Ok(Some(v)) => return Ok(Outcome::Yielded(v)),
            Ok(None) => return Ok(Outcome::Returned(take_stop_value(vm))),
            Err(raised) => Err(raised),
        }
    } else {
        call::method(vm, receiver, *vm.names.send, &[v])
    };
    match got {
        Ok(v) => Ok(Outcome::Yielded(v)),
        Err(raised) => {
            let e = vm.catch(raised, vm.types.stop_iteration)?;
            Ok(Outcome::Returned(exceptions::stop_iteration_value(*e)))
        }
    }
}

/// The value of the StopIteration that ended the last `next`: kept by `slot_next` when it was not None.
fn take_stop_value(vm: &Vm) -> Owned {
    vm.stop_value.take().unwrap_or_else(Owned::none)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_make_generator(ts: *mut ThreadState, frame: *mut Frame) -> Value {
    // SAFETY: the frame is current and its code makes generators.
    unsafe { value(crate::interp::generator::make(vm(ts), frame)) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_is_stop_async_iteration(ts: *mut ThreadState, e: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    type_of(vm, e).is_subtype_of(vm.types.stop_async_iteration) as i32
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_stop_iteration_value(ts: *mut ThreadState, e: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    if !type_of(vm, e).is_subtype_of(vm.types.stop_iteration) {
        return Value::NULL;
    }
    exceptions::stop_iteration_value(e).into_value()
}
