//! Pushing and popping frames from native code, and the two little pieces of bytecode that the runtime itself runs.

use taipan_frontend::code::flags::CO_OPTIMIZED;
use taipan_layout::frame::{flag, owner};
use taipan_layout::header::{Header, IMMORTAL};
use taipan_layout::objects::{Code, FUSED_CODE, Function, HIDDEN_CODE};
use taipan_layout::{Frame, Kind, StackValue, Value};
use taipan_mir::opcodes::Opcode;

use super::stack;
use crate::args::Args;
use crate::objects::{frame as frame_objects, function};
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::vm::Vm;

/// Code of native frames (leave, wherever control comes back) and of the frame below an `__init__` that a class
/// call runs in place. Plain heads without a Python-visible part: no function refers to them.
pub struct NativeCodes {
    exit: Code,
    init: Code,
    _units: [Box<[u16]>; 2],
}

/// Words that a native frame has for its stack: the result, and slack.
const NATIVE_WORDS: u32 = 4;

fn bare_code(units: &mut [u16]) -> Code {
    Code {
        header: Header::new(IMMORTAL, Kind::Code as u32, std::ptr::null()),
        units: units.as_mut_ptr(),
        unit_count: units.len() as u32,
        flags: 0,
        consts: std::ptr::null(),
        names: std::ptr::null(),
        argcount: 0,
        posonlyargcount: 0,
        kwonlyargcount: 0,
        nlocalsplus: 0,
        frame_words: NATIVE_WORDS,
        nfreevars: 0,
        first_traceable: 0,
        shared_version: 0,
        has_version: 0,
        entry_count: u32::MAX,
        compiled: std::ptr::null(),
    }
}

pub(super) fn make_native_codes(vm: &Vm) {
    let mut exit_units: Box<[u16]> = vec![Opcode::INTERPRETER_EXIT as u16; 16].into();
    let mut init_units: Box<[u16]> =
        vec![Opcode::NOP as u16, Opcode::EXIT_INIT_CHECK as u16, Opcode::RETURN_VALUE as u16].into();
    let (exit, init) = (bare_code(&mut exit_units), bare_code(&mut init_units));
    let codes = Box::leak(Box::new(NativeCodes { exit, init, _units: [exit_units, init_units] }));
    vm.native_codes.set(codes);
}

fn codes(vm: &Vm) -> *mut NativeCodes {
    vm.native_codes.get()
}

/// Whether the frame runs one of the runtime's own pieces of code: invisible to Python.
///
/// # Safety
/// `frame` is live.
#[inline]
pub unsafe fn is_internal(frame: *mut Frame) -> bool {
    // SAFETY: by contract. Every Python frame has a function and a code.
    unsafe {
        if (*frame).function.is_null() {
            return true;
        }
        let flags = (*(*frame).code).flags;
        flags & (HIDDEN_CODE | FUSED_CODE) != 0 && (flags & HIDDEN_CODE != 0 || takes_item(frame))
    }
}

/// Whether the frame of a fused generator expression does what the builtin would do, outside of the expression.
///
/// # Safety
/// `frame` is live and runs such code.
unsafe fn takes_item(frame: *mut Frame) -> bool {
    // The container lies below the iterator.
    const BELOW: u16 = 2;
    // SAFETY: by contract.
    let unit = unsafe { *(*frame).ip };
    [Opcode::SET_ADD, Opcode::LIST_APPEND].iter().any(|op| unit == *op as u16 | BELOW << 8)
}

/// The first frame from `frame` outwards that Python may see; null when there is none.
///
/// # Safety
/// `frame` is null or live.
pub unsafe fn first_python(mut frame: *mut Frame) -> *mut Frame {
    // SAFETY: linked frames are live.
    unsafe {
        while !frame.is_null() && is_internal(frame) {
            frame = (*frame).previous;
        }
        frame
    }
}

/// Memory for a frame of `words` words after its header, `flags` set; errors with `MemoryError`.
fn allocate(vm: &Vm, words: u32) -> PyResult<*mut Frame> {
    let p = stack::push(vm, size_of::<Frame>() + words as usize * 8) as *mut Frame;
    if p.is_null() { Err(vm.memory_error()) } else { Ok(p) }
}

/// [`allocate`] under the recursion limit.
pub fn allocate_python(vm: &Vm, words: u32) -> PyResult<*mut Frame> {
    // SAFETY: the thread state is ours.
    unsafe {
        if (*vm.ts()).recursion_remaining <= 1 {
            return Err(recursion_error(vm));
        }
    }
    allocate(vm, words)
}

#[cold]
pub(super) fn recursion_error(vm: &Vm) -> crate::owned::Raised {
    // Making the exception may run code: give it room.
    // SAFETY: the thread state is ours.
    unsafe {
        (*vm.ts()).recursion_remaining += 50;
        let raised = vm.raise(vm.types.recursion_error, "maximum recursion depth exceeded");
        (*vm.ts()).recursion_remaining -= 50;
        raised
    }
}

unsafe fn init_internal(vm: &Vm, frame: *mut Frame, code: *mut Code, kind: u8) {
    // SAFETY: the frame is fresh memory with its flags set.
    unsafe {
        (*frame).previous = (*vm.ts()).frame;
        (*frame).code = code;
        (*frame).function = Value::NULL;
        (*frame).globals = std::ptr::null_mut();
        (*frame).builtins = std::ptr::null_mut();
        (*frame).locals = Value::NULL;
        (*frame).frame_object = Value::NULL;
        (*frame).ip = (*code).units;
        (*frame).sp = Frame::stack_base(frame);
        (*frame).return_offset = 1;
        (*frame).owner = kind;
        (*frame).resume_id = 0;
    }
}

/// A native frame above the current one, and current itself.
pub fn push_native(vm: &Vm) -> PyResult<*mut Frame> {
    let ts = vm.ts();
    // SAFETY: the thread state is ours; fresh memory of the code's size.
    unsafe {
        // What is running is interrupted, not what is run now.
        let mut interrupted = std::mem::replace(&mut (*ts).interrupted, 0);
        if !(*ts).inline.is_null() {
            taipan_uops::prelude::materialize_inline(ts);
            interrupted = 1;
        }
        let frame = allocate(vm, NATIVE_WORDS).inspect_err(|_| (*ts).interrupted = interrupted)?;
        init_internal(vm, frame, &raw mut (*codes(vm)).exit, owner::NATIVE);
        (*frame).flags |= interrupted as u8 * flag::INTERRUPTS;
        (*ts).frame = frame;
        Ok(frame)
    }
}

/// What was interrupted learns of it.
unsafe fn end_interruption(vm: &Vm, native: *mut Frame) {
    // SAFETY: callers pass the native frame that ends.
    unsafe { (*vm.ts()).interrupted = ((*native).flags & flag::INTERRUPTS != 0) as u32 };
}

/// Undoes [`push_native`] when nothing was run.
///
/// # Safety
/// `native` is the current frame.
pub unsafe fn pop_native(vm: &Vm, native: *mut Frame) {
    // SAFETY: by contract.
    unsafe {
        (*vm.ts()).frame = (*native).previous;
        end_interruption(vm, native);
        stack::pop(vm, native as *mut u8, (*native).flags);
    }
}

/// Gives back a native frame that control has returned to (it is no longer the current one).
///
/// # Safety
/// Everything above `native` is gone.
pub unsafe fn release_native(vm: &Vm, native: *mut Frame) {
    // SAFETY: by contract.
    unsafe {
        end_interruption(vm, native);
        stack::pop(vm, native as *mut u8, (*native).flags);
    }
}

/// The frame below an `__init__` run in place: it answers `object` after checking what `__init__` returned.
/// Not yet current.
///
/// # Safety
/// `previous` is the current frame.
pub unsafe fn push_init_shim(vm: &Vm, previous: *mut Frame, object: Owned) -> PyResult<*mut Frame> {
    let frame = allocate_python(vm, NATIVE_WORDS)?;
    // SAFETY: fresh memory of the code's size.
    unsafe {
        init_internal(vm, frame, &raw mut (*codes(vm)).init, owner::THREAD);
        (*frame).previous = previous;
        *(*frame).sp = StackValue(object.into_value().0);
        (*frame).sp = (*frame).sp.add(1);
    }
    Ok(frame)
}

/// A frame for a call of the Python function `callee`, its parameters bound. Not yet current.
///
/// # Safety
/// `previous` is the frame that the new one returns to.
pub unsafe fn push_function(
    vm: &Vm,
    callee: Owned,
    args: Args,
    previous: *mut Frame,
) -> PyResult<*mut Frame> {
    // SAFETY: the callee is a function; the frame has room for its code's locals.
    unsafe {
        let f = callee.as_ptr::<Function>();
        let code = (*f).code.as_ptr::<Code>();
        let frame = allocate_python(vm, (*code).frame_words)?;
        let count = (*code).nlocalsplus as usize;
        let locals = std::slice::from_raw_parts_mut(Frame::localsplus(frame), count);
        locals.fill(Value::NULL);
        if let Err(raised) = function::bind_arguments(vm, callee.value(), args, locals) {
            for v in locals.iter() {
                decref(*v);
            }
            stack::pop(vm, frame as *mut u8, (*frame).flags);
            return Err(raised);
        }
        fill_header(frame, callee, previous);
        Ok(frame)
    }
}

/// Writes the header of a frame on the data stack, whose flags and locals are there already.
///
/// # Safety
/// `callee` is a Python function and `frame` has room for its code's frame.
#[inline]
pub unsafe fn fill_header(frame: *mut Frame, callee: Owned, previous: *mut Frame) {
    // SAFETY: by contract.
    unsafe {
        let f = callee.as_ptr::<Function>();
        let code = (*f).code.as_ptr::<Code>();
        crate::objects::code::lazy::complete(code);
        (*frame).previous = previous;
        (*frame).code = code;
        (*frame).globals = (*f).globals.as_ptr();
        (*frame).builtins = (*f).builtins.as_ptr();
        (*frame).locals = if (*code).flags & CO_OPTIMIZED != 0 {
            Value::NULL
        } else {
            // Code of a module or class that became a function: what it calls local are its globals.
            (*f).globals.own().into_value()
        };
        (*frame).frame_object = Value::NULL;
        (*frame).ip = (*code).units;
        (*frame).sp = Frame::stack_base(frame);
        (*frame).return_offset = 0;
        (*frame).owner = owner::THREAD;
        (*frame).resume_id = 0;
        (*frame).function = callee.into_value();
    }
}

/// Gives up everything that a finished frame owns, and its memory. It is unlinked already, its stack is empty.
///
/// # Safety
/// `frame` is not current and nothing runs in it.
pub unsafe fn clear(vm: &Vm, frame: *mut Frame) {
    // SAFETY: by contract; the frame is emptied before anything is dropped, since drops may run Python.
    unsafe {
        if (*frame).owner == owner::GENERATOR {
            super::generator::finish(vm, frame);
            return;
        }
        let flags = (*frame).flags;
        frame_objects::release(vm, frame);
        stack::pop(vm, frame as *mut u8, flags);
    }
}

/// Drops what is on a frame's stack above `depth` slots.
///
/// # Safety
/// `frame` is live and its `sp` is valid.
pub unsafe fn cut_stack(frame: *mut Frame, depth: usize) {
    // SAFETY: by contract; a slot is out of the stack before it is dropped.
    unsafe {
        let base = Frame::stack_base(frame).add(depth);
        while (*frame).sp > base {
            (*frame).sp = (*frame).sp.sub(1);
            let v = *(*frame).sp;
            if v.owns() {
                decref(Value(v.0));
            }
        }
    }
}
