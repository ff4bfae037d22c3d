//! Generators, coroutines and asynchronous generators: making one from a frame, and resuming it from native code.
//!
//! Python code resumes a generator in place (`FOR_ITER_GEN`, `SEND_GEN`); everything here serves `next()`, `send()`,
//! `throw()`, `close()` and iteration by builtins. A generator's frame lies inside the object; while it runs, `previous`
//! is whoever resumed it.

use std::mem::offset_of;
use std::ptr;

use taipan_layout::frame::owner;
use taipan_layout::objects::{Code, Function, Generator, generator_state};
use taipan_layout::{Frame, StackValue, Value};

use super::frames;
use crate::objects::{self, exceptions, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised, decref};
use crate::protocol;
use crate::vm::Vm;

/// How a resumed generator came back.
pub enum Outcome {
    Yielded(Owned),
    Returned(Owned),
}

/// The generator object that a frame lies in.
///
/// # Safety
/// The frame's owner is `GENERATOR`.
pub unsafe fn of_frame(frame: *mut Frame) -> *mut Generator {
    // SAFETY: by contract the frame is the field of a generator.
    unsafe { (frame as *mut u8).sub(offset_of!(Generator, frame)) as *mut Generator }
}

/// Moves the running frame into a new generator object; the contract is in the helper table.
///
/// # Safety
/// `frame` is the current frame, on top of the data stack, its code a generator's, coroutine's or asynchronous
/// generator's.
pub unsafe fn make(vm: &Vm, frame: *mut Frame) -> PyResult {
    use taipan_frontend::code::flags;
    // SAFETY: by contract; the copy takes over every reference of the frame.
    unsafe {
        let code: *mut Code = (*frame).code;
        let ty = if (*code).flags & flags::CO_COROUTINE != 0 {
            vm.types.coroutine
        } else if (*code).flags & flags::CO_ASYNC_GENERATOR != 0 {
            vm.types.async_generator
        } else {
            vm.types.generator
        };
        let size = size_of::<Generator>() + (*code).frame_words as usize * 8;
        let g = objects::new_object::<Generator>(vm, ty, size)?;
        let f = (*frame).function.as_ptr::<Function>();
        (*g).state = generator_state::CREATED;
        (*g).name = (*f).name.own().into_value();
        (*g).qualname = (*f).qualname.own().into_value();
        let inner = &raw mut (*g).frame;
        ptr::copy_nonoverlapping(frame, inner, 1);
        let words = (*frame).sp.offset_from(Frame::localsplus(frame) as *mut StackValue) as usize;
        ptr::copy_nonoverlapping(Frame::localsplus(frame), Frame::localsplus(inner), words);
        (*inner).sp = (Frame::localsplus(inner) as *mut StackValue).add(words);
        (*inner).owner = owner::GENERATOR;
        (*inner).previous = ptr::null_mut();
        (*inner).return_offset = 1;
        let flags = std::mem::replace(&mut (*inner).flags, 0);
        if !(*inner).frame_object.is_null() {
            objects::frame::moved(Value((*inner).frame_object.0), inner);
        }
        super::stack::pop(vm, frame as *mut u8, flags);
        Ok(Owned::from_new(g))
    }
}

/// A generator's frame has returned or been left by an exception: the object is finished.
///
/// # Safety
/// The frame is a generator's, unlinked, its stack empty.
pub unsafe fn finish(vm: &Vm, frame: *mut Frame) {
    // SAFETY: by contract. The generator stays alive while its contents are dropped, because the resumer holds it.
    unsafe {
        let g = of_frame(frame);
        (*g).state = generator_state::CLEARED;
        (*vm.ts()).exc_info = (*g).exc.previous;
        (*g).exc.previous = ptr::null_mut();
        (*frame).previous = ptr::null_mut();
        clear_frame(vm, g);
    }
}

/// Drops what the frame of a finished or dying generator holds.
///
/// # Safety
/// The generator does not run.
pub unsafe fn clear_frame(vm: &Vm, g: *mut Generator) {
    // SAFETY: by contract.
    unsafe {
        let frame = &raw mut (*g).frame;
        if (*frame).function.is_null() {
            return;
        }
        let object = std::mem::replace(&mut (*frame).frame_object, Value::NULL);
        if !object.is_null() {
            objects::frame::take_over(vm, object, frame);
            decref(object);
        } else {
            frames::cut_stack(frame, 0);
            frames::release_contents(frame);
        }
        let handled = std::mem::replace(&mut (*g).exc.value, Value::NULL);
        decref(handled);
    }
}

fn kind_name(vm: &Vm, g: Value) -> &'static str {
    let ty = type_of(vm, g);
    if ty == vm.types.coroutine {
        "coroutine"
    } else if ty == vm.types.async_generator {
        "async generator"
    } else {
        "generator"
    }
}

#[cold]
fn already_executing(vm: &Vm, g: Value) -> Raised {
    vm.value_error(&format!("{} already executing", kind_name(vm, g)))
}

/// Links the generator above a new native frame and makes it current.
///
/// # Safety
/// The generator is suspended or new.
unsafe fn link(vm: &Vm, g: *mut Generator) -> PyResult<*mut Frame> {
    // SAFETY: by contract.
    unsafe {
        vm.check_native_stack("")?;
        let ts = vm.ts();
        if (*ts).recursion_remaining <= 1 {
            return Err(vm.raise(vm.types.recursion_error, "maximum recursion depth exceeded"));
        }
        let native = frames::push_native(vm)?;
        let frame = &raw mut (*g).frame;
        (*frame).previous = native;
        (*g).state = generator_state::EXECUTING;
        (*g).exc.previous = (*ts).exc_info;
        (*ts).exc_info = &raw mut (*g).exc;
        (*ts).recursion_remaining -= 1;
        (*ts).frame = frame;
        Ok(native)
    }
}

unsafe fn outcome(g: *mut Generator, result: PyResult) -> PyResult<Outcome> {
    // SAFETY: the caller keeps the generator alive.
    unsafe {
        let v = result?;
        if (*g).state == generator_state::CLEARED { Ok(Outcome::Returned(v)) } else { Ok(Outcome::Yielded(v)) }
    }
}

/// Resumes with `value` as the result of the suspended `yield`.
pub fn resume(vm: &Vm, generator: Value, value: Value) -> PyResult<Outcome> {
    let g = generator.as_ptr::<Generator>();
    let keep = generator.own();
    // SAFETY: the object is a generator, kept alive by `keep`.
    unsafe {
        match (*g).state {
            generator_state::EXECUTING => return Err(already_executing(vm, generator)),
            generator_state::CLEARED => {
                if kind_name(vm, generator) == "coroutine" {
                    return Err(vm.runtime_error("cannot reuse already awaited coroutine"));
                }
                return Ok(Outcome::Returned(Owned::none()));
            }
            generator_state::CREATED if !value.is_none() => {
                let kind = kind_name(vm, generator);
                return Err(vm.type_error(&format!("can't send non-None value to a just-started {kind}")));
            }
            _ => {}
        }
        let native = link(vm, g)?;
        let frame = &raw mut (*g).frame;
        *(*frame).sp = value.own().into_value().owned();
        (*frame).sp = (*frame).sp.add(1);
        (*frame).ip = (*frame).ip.add((*frame).return_offset as usize);
        let result = super::run(vm, native);
        let out = outcome(g, result).map_err(|r| stop_iteration_to_runtime_error(vm, generator, r));
        drop(keep);
        out
    }
}

/// CPython compiles this conversion into each generator; its handler needs no help here.
fn stop_iteration_to_runtime_error(_: &Vm, _: Value, raised: Raised) -> Raised {
    raised
}

/// Raises `exception` at the suspended `yield`; delegates to the iterator of a `yield from` first.
pub fn throw(vm: &Vm, generator: Value, exception: Owned) -> PyResult<Outcome> {
    let g = generator.as_ptr::<Generator>();
    let keep = generator.own();
    // SAFETY: the object is a generator, kept alive by `keep`.
    unsafe {
        match (*g).state {
            generator_state::EXECUTING => return Err(already_executing(vm, generator)),
            generator_state::CLEARED => {
                if kind_name(vm, generator) == "coroutine" {
                    return Err(vm.runtime_error("cannot reuse already awaited coroutine"));
                }
                return Err(vm.restore_exception(exception));
            }
            generator_state::SUSPENDED_YIELD_FROM => {
                if let Some(out) = throw_into_delegate(vm, g, generator, &exception)? {
                    return Ok(out);
                }
            }
            _ => {}
        }
        let out = raise_inside(vm, g, exception);
        drop(keep);
        out
    }
}

/// The iterator that a suspended `yield from` or `await` is waiting for.
pub fn delegate(generator: Value) -> Option<Owned> {
    let g = generator.as_ptr::<Generator>();
    // SAFETY: the object is a generator; in this state the receiver is on top of its stack.
    unsafe {
        if (*g).state != generator_state::SUSPENDED_YIELD_FROM {
            return None;
        }
        let frame = &raw mut (*g).frame;
        Some((*(*frame).sp.sub(1)).peek().own())
    }
}

/// `throw` passed on to the delegate: `None` when it has to happen in the generator itself.
unsafe fn throw_into_delegate(
    vm: &Vm,
    g: *mut Generator,
    generator: Value,
    exception: &Owned,
) -> PyResult<Option<Outcome>> {
    // SAFETY: the caller keeps the generator alive and has seen that it is suspended.
    unsafe {
        let Some(receiver) = delegate(generator) else { return Ok(None) };
        let closing = objects::is_instance(vm, exception.value(), vm.types.generator_exit);
        // The generator counts as running while its delegate does.
        let state = (*g).state;
        let thrown = if closing {
            (*g).state = generator_state::EXECUTING;
            let closed = close_delegate(vm, *receiver);
            (*g).state = state;
            return match closed {
                Ok(()) => Ok(None),
                Err(raised) => {
                    let e = vm.take_exception(raised);
                    raise_inside(vm, g, e).map(Some)
                }
            };
        } else if is_generator(vm, *receiver) {
            (*g).state = generator_state::EXECUTING;
            let r = throw(vm, *receiver, exception.clone());
            (*g).state = state;
            r
        } else {
            let Some(method) = protocol::attr::get_optional(vm, *receiver, *vm.names.throw)? else {
                return Ok(None);
            };
            (*g).state = generator_state::EXECUTING;
            let r = protocol::call::positional(vm, *method, &[exception.value()]);
            (*g).state = state;
            match r {
                Ok(v) => Ok(Outcome::Yielded(v)),
                Err(raised) => match vm.catch(raised, vm.types.stop_iteration) {
                    Ok(e) => Ok(Outcome::Returned(exceptions::stop_iteration_value(e.value()))),
                    Err(raised) => Err(raised),
                },
            }
        };
        match thrown {
            Ok(Outcome::Yielded(v)) => Ok(Some(Outcome::Yielded(v))),
            // The delegate is done: its value ends the `yield from`, and the generator goes on.
            Ok(Outcome::Returned(v)) => finish_delegate(vm, g, v).map(Some),
            Err(raised) => {
                let e = vm.take_exception(raised);
                raise_inside(vm, g, e).map(Some)
            }
        }
    }
}

/// Goes on behind the `yield from` whose delegate returned `value`.
unsafe fn finish_delegate(vm: &Vm, g: *mut Generator, value: Owned) -> PyResult<Outcome> {
    // SAFETY: the frame waits at the YIELD_VALUE inside of the SEND loop of a `yield from`; a StopIteration raised there
    // is what CLEANUP_THROW turns into the loop's result.
    unsafe {
        let e = exceptions::create(vm, vm.types.stop_iteration, &[*value])?;
        raise_inside(vm, g, e)
    }
}

unsafe fn raise_inside(vm: &Vm, g: *mut Generator, exception: Owned) -> PyResult<Outcome> {
    // SAFETY: the generator is suspended or new and kept alive by the caller.
    unsafe {
        let native = match link(vm, g) {
            Ok(n) => n,
            Err(raised) => return Err(raised),
        };
        let frame = &raw mut (*g).frame;
        exceptions::chain_context(vm, exception.value());
        let _ = vm.restore_exception(exception);
        let next = super::unwind::unwind(vm.ts(), frame, false);
        if next.is_null() {
            frames::release_native(vm, native);
            return Err(Raised::already_set());
        }
        outcome(g, super::run(vm, native))
    }
}

pub fn is_generator(vm: &Vm, v: Value) -> bool {
    let t = type_of(vm, v);
    t == vm.types.generator || t == vm.types.coroutine
}

fn close_delegate(vm: &Vm, receiver: Value) -> PyResult<()> {
    if is_generator(vm, receiver) {
        return close(vm, receiver).map(drop);
    }
    protocol::call::method_optional(vm, receiver, *vm.names.close, &[]).map(drop)
}

/// `generator.close()`: raises GeneratorExit inside; the value that the generator then returns.
pub fn close(vm: &Vm, generator: Value) -> PyResult {
    let g = generator.as_ptr::<Generator>();
    // SAFETY: the object is a generator; the caller keeps it alive.
    unsafe {
        match (*g).state {
            generator_state::EXECUTING => return Err(already_executing(vm, generator)),
            generator_state::CLEARED => return Ok(Owned::none()),
            generator_state::CREATED => {
                (*g).state = generator_state::CLEARED;
                clear_frame(vm, g);
                return Ok(Owned::none());
            }
            _ => {}
        }
    }
    let exit = exceptions::create(vm, vm.types.generator_exit, &[])?;
    match throw(vm, generator, exit) {
        Ok(Outcome::Yielded(_)) => {
            Err(vm.runtime_error(&format!("{} ignored GeneratorExit", kind_name(vm, generator))))
        }
        Ok(Outcome::Returned(v)) => Ok(v),
        Err(raised) => {
            let raised = match vm.catch(raised, vm.types.generator_exit) {
                Ok(_) => return Ok(Owned::none()),
                Err(raised) => raised,
            };
            let e = vm.catch(raised, vm.types.stop_iteration)?;
            Ok(exceptions::stop_iteration_value(e.value()))
        }
    }
}
