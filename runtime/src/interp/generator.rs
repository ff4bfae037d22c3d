//! Generators, coroutines and asynchronous generators: making one from a frame, and resuming it from native code.
//!
//! Python code resumes a generator in place (`FOR_ITER_GEN`, `SEND_GEN`); everything here serves `next()`, `send()`,
//! `throw()`, `close()` and iteration by builtins. A generator's frame lies inside the object; while it runs, `previous`
//! is whoever resumed it.

use std::mem::offset_of;
use std::ptr;
use std::sync::atomic::Ordering;

use taipan_layout::frame::owner;
use taipan_layout::objects::{Code, Function, Generator, generator_state};
use taipan_layout::thread::ExceptionItem;
use taipan_layout::{Frame, StackValue, Value};
use taipan_mir::opcodes::Opcode;

use super::frames;
use crate::objects::generator::Sent;
use crate::objects::{self, exceptions};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::vm::Vm;

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
        let depth = vm.coroutine_origin_depth.get();
        let origin =
            if depth > 0 && ty == vm.types.coroutine { Some(origin(vm, frame, depth)?) } else { None };
        let g =
            crate::alloc::alloc_object(vm, size, ty.instance_flags(), ty.head.root_shape) as *mut Generator;
        if g.is_null() {
            return Err(vm.memory_error());
        }
        let f = (*frame).function.as_ptr::<Function>();
        (*g).exc = ExceptionItem { value: Value::NULL, previous: ptr::null_mut() };
        (*g).state = generator_state::CREATED;
        (*g).flags = [0; 7];
        (*g).extra = origin.map_or(Value::NULL, Owned::into_value);
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
            // The frame object follows its frame.
            (*(*inner).frame_object.as_ptr::<objects::frame::FrameObject>()).frame = inner;
        }
        super::stack::pop(vm, frame as *mut u8, flags);
        Ok(Owned::from_new(g))
    }
}

/// Where a coroutine comes from, `cr_origin`: file, line and function of those that called it, at most so many.
///
/// # Safety
/// The frame is live.
unsafe fn origin(vm: &Vm, frame: *mut Frame, depth: i32) -> PyResult {
    // SAFETY: the frames of a thread are linked and live.
    unsafe {
        let mut rows = Vec::new();
        let mut caller = frames::first_python((*frame).previous);
        while !caller.is_null() && rows.len() < depth as usize {
            let code = objects::frame::code_of(caller);
            let line = objects::frame::line_of(caller).map_or(Value::NONE, |l| Value::fixnum(i64::from(l)));
            rows.push(objects::tuple::from_slice(vm, &[code.filename, line, code.name])?);
            caller = frames::first_python((*caller).previous);
        }
        let rows: Vec<Value> = rows.iter().map(|row| **row).collect();
        objects::tuple::from_slice(vm, &rows)
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
        objects::frame::release_generator(vm, frame);
        crate::owned::replace(&raw mut (*g).exc.value, None);
    }
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
            return Err(frames::recursion_error(vm));
        }
        let native = frames::push_native(vm)?;
        link_above(vm, g, native);
        Ok(native)
    }
}

/// [`link`] above a native frame that is on the data stack already.
unsafe fn relink(vm: &Vm, g: *mut Generator, native: *mut Frame) -> PyResult<()> {
    // SAFETY: passed on.
    unsafe {
        if (*vm.ts()).recursion_remaining <= 1 {
            return Err(frames::recursion_error(vm));
        }
        link_above(vm, g, native);
        Ok(())
    }
}

unsafe fn link_above(vm: &Vm, g: *mut Generator, native: *mut Frame) {
    // SAFETY: passed on.
    unsafe {
        let ts = vm.ts();
        let frame = &raw mut (*g).frame;
        (*frame).previous = native;
        (*g).state = generator_state::EXECUTING;
        (*g).exc.previous = (*ts).exc_info;
        (*ts).exc_info = &raw mut (*g).exc;
        (*ts).recursion_remaining -= 1;
        (*ts).frame = frame;
    }
}

unsafe fn outcome(g: *mut Generator, result: PyResult) -> PyResult<Sent> {
    // SAFETY: the caller keeps the generator alive.
    unsafe {
        let v = result?;
        Ok(if (*g).state == generator_state::CLEARED { Sent::Returned(v) } else { Sent::Yielded(v) })
    }
}

/// Resumes a suspended or new generator with `value` as the result of its `yield`.
pub fn resume(vm: &Vm, generator: Value, value: Value) -> PyResult<Sent> {
    let keep = generator.own();
    // SAFETY: the object is a generator that can be resumed, kept alive by `keep`.
    unsafe {
        let g = keep.as_ptr::<Generator>();
        let native = link(vm, g)?;
        let frame = &raw mut (*g).frame;
        *(*frame).sp = value.own().into_value().owned();
        (*frame).sp = (*frame).sp.add(1);
        (*frame).ip = (*frame).ip.add((*frame).return_offset as usize);
        let result = super::run(vm, native);
        outcome(g, result)
    }
}

/// Calls `f` with everything that a suspended or new generator still yields. One native frame serves for all of it.
pub fn for_each(vm: &Vm, generator: Value, mut f: impl FnMut(Owned) -> PyResult<()>) -> PyResult<()> {
    let keep = generator.own();
    // SAFETY: the object is a generator, kept alive by `keep`. Whenever control is back, the native frame is the newest one on
    // the data stack; what `f` runs goes above it.
    unsafe {
        let g = keep.as_ptr::<Generator>();
        let mut native: *mut Frame = ptr::null_mut();
        let outcome = loop {
            // `f` may have used the generator as well.
            if (*g).state >= generator_state::EXECUTING {
                break match (*g).state {
                    generator_state::CLEARED => Ok(()),
                    _ => Err(vm.value_error("generator already executing")),
                };
            }
            if native.is_null() {
                native = link(vm, g)?;
            } else {
                (*native).ip = (*(*native).code).units;
                (*native).sp = Frame::stack_base(native);
                if let Err(raised) = relink(vm, g, native) {
                    break Err(raised);
                }
            }
            let frame = &raw mut (*g).frame;
            *(*frame).sp = Value::NONE.owned();
            let (ip, sp) = ((*frame).ip.add((*frame).return_offset as usize), (*frame).sp.add(1));
            let compiled = *ip as u8 == Opcode::ENTER_EXECUTOR as u8 && !super::tracing::is_on(vm);
            if compiled && (*vm.ts()).leave.load(Ordering::Relaxed) == 0 {
                ((*frame).ip, (*frame).sp) = (ip, sp);
                run_compiled(vm, frame, native);
            } else {
                taipan_stencil_lib::interp_enter(frame, sp, vm.ts(), ip, (*vm.ts()).dispatch);
            }
            match vm.take_result() {
                None => break Err(Raised::already_set()),
                Some(_) if (*g).state == generator_state::CLEARED => break Ok(()),
                Some(v) => {
                    if let Err(raised) = f(v) {
                        break Err(raised);
                    }
                }
            }
        };
        if !native.is_null() {
            frames::release_native(vm, native);
        }
        outcome
    }
}

/// [`taipan_stencil_lib::interp_enter`] for a frame that is about to execute an `ENTER_EXECUTOR`: most often the machine code
/// comes back to `native` by itself.
unsafe fn run_compiled(vm: &Vm, frame: *mut Frame, native: *mut Frame) {
    // SAFETY: by contract; what the executor leaves is what the interpreter would find.
    unsafe {
        let ts = vm.ts();
        let executor = objects::code::executor(frame, (*(*frame).ip >> 8) as usize);
        if crate::tier2::enter(vm, frame, executor) < 0 {
            return;
        }
        let current = (*ts).frame;
        if current == native {
            (*ts).result = *(*native).sp.sub(1);
            (*ts).frame = (*native).previous;
            return;
        }
        taipan_stencil_lib::interp_enter(current, (*current).sp, ts, (*current).ip, (*ts).dispatch);
    }
}

/// Resumes a suspended or new generator by raising `exception` where it waits.
pub fn throw(vm: &Vm, generator: Value, exception: Owned) -> PyResult<Sent> {
    let keep = generator.own();
    // SAFETY: the object is a generator that can be resumed, kept alive by `keep`.
    unsafe {
        let g = keep.as_ptr::<Generator>();
        let native = link(vm, g)?;
        let frame = &raw mut (*g).frame;
        // The handler of a `yield from` counts on a value below the exception, as if one had been sent.
        *(*frame).sp = Value::NONE.owned();
        (*frame).sp = (*frame).sp.add(1);
        // What the caller handles is no context: nothing is raised there.
        let handled = (*g).exc.value;
        if !handled.is_null() && !handled.is_none() {
            exceptions::chain_to(exception.value(), handled.own());
        }
        let _ = vm.restore_exception(exception);
        super::tracing::thrown_into(vm, frame);
        let next = super::unwind::unwind(vm.ts(), frame, ptr::null_mut());
        if next.is_null() {
            frames::release_native(vm, native);
            return Err(Raised::already_set());
        }
        outcome(g, super::run(vm, native))
    }
}
