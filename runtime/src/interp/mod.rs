//! Running code: frames and the data stack, entering and leaving the interpreter, exceptions, generators, the helpers
//! that uop bodies call, and the specialiser.
//!
//! The interpreter itself is machine code made from the uop bodies (see `stencil-lib`). Native code enters it with a
//! *native frame* below the Python frame: returning to a native frame executes `INTERPRETER_EXIT`, which leaves.

pub mod attr_cache;
pub mod frames;
pub mod generator;
pub mod helpers;
pub mod monitoring;
pub mod sinks;
pub mod specialize;
pub mod stack;
pub mod tracing;
pub mod unwind;

use taipan_layout::{Frame, Value};

use crate::args::Args;
use crate::objects::{dict, function};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::tier2::Running;
use crate::vm::Vm;

/// Makes what the interpreter needs before the first frame; runs once per interpreter.
pub(crate) fn start(vm: &Vm) {
    frames::make_native_codes(vm);
    helpers::fill_known(vm);
    // SAFETY: the thread state is ours.
    unsafe { (*vm.ts()).dispatch = taipan_stencil_lib::handlers().as_ptr() };
}

/// Calls a Python function.
pub fn call_function(vm: &Vm, callee: Value, args: Args) -> PyResult {
    vm.check_native_stack("")?;
    let native = frames::push_native(vm)?;
    // SAFETY: the native frame is on top of the data stack; the callee's goes above it.
    unsafe {
        match frames::push_function(vm, callee.own(), args, native) {
            Ok(frame) => {
                (*vm.ts()).recursion_remaining -= 1;
                (*vm.ts()).frame = frame;
                run(vm, native)
            }
            Err(raised) => {
                frames::pop_native(vm, native);
                Err(raised)
            }
        }
    }
}

/// Runs a code object as a module or class body, or for `exec` and `eval`, in the given namespaces.
pub fn run_code(vm: &Vm, code: Value, globals: Value, locals: Value) -> PyResult {
    let callee = function::new(vm, code, globals, Value::NULL)?;
    run_with_locals(vm, *callee, locals)
}

/// Runs a function without parameters whose code keeps its variables in `locals`: a class body.
pub fn run_with_locals(vm: &Vm, callee: Value, locals: Value) -> PyResult {
    vm.check_native_stack("")?;
    let native = frames::push_native(vm)?;
    // SAFETY: as in `call_function`.
    unsafe {
        match frames::push_function(vm, callee.own(), Args::EMPTY, native) {
            Ok(frame) => {
                crate::owned::decref(std::mem::replace(&mut (*frame).locals, locals.own().into_value()));
                (*vm.ts()).recursion_remaining -= 1;
                (*vm.ts()).frame = frame;
                run(vm, native)
            }
            Err(raised) => {
                frames::pop_native(vm, native);
                Err(raised)
            }
        }
    }
}

/// Executes `ts.frame` until control returns to `native`, which is popped.
///
/// # Safety
/// `native` is a native frame and the frames above it are ready to go on.
pub(crate) unsafe fn run(vm: &Vm, native: *mut Frame) -> PyResult {
    // SAFETY: by contract.
    unsafe {
        let frame = (*vm.ts()).frame;
        let active = vm.tier2.set_running(Running::Interpreter);
        taipan_stencil_lib::interp_enter(frame, (*frame).sp, vm.ts(), (*frame).ip, (*vm.ts()).dispatch);
        vm.tier2.set_running(active);
        frames::release_native(vm, native);
        match vm.take_result() {
            Some(v) => Ok(v),
            None => Err(Raised::already_set()),
        }
    }
}

/// The frame that Python code would call the current one: native frames and shims are passed over.
pub fn python_frame(vm: &Vm) -> *mut Frame {
    // SAFETY: the frames of a thread are linked and live.
    unsafe { frames::first_python((*vm.ts()).frame) }
}

/// A global of the running frame.
pub fn current_global(vm: &Vm, name: Value) -> Option<Owned> {
    let frame = python_frame(vm);
    if frame.is_null() {
        return None;
    }
    // SAFETY: the frame is live and its globals are a dict.
    unsafe { dict::get_str(vm, Value::from_ptr((*frame).globals), name).map(Counted::own) }
}

/// `__class__` and the first argument of the running function: what `super()` without arguments means.
pub fn super_arguments(vm: &Vm) -> PyResult<(Owned, Owned)> {
    let frame = python_frame(vm);
    if frame.is_null() {
        return Err(vm.runtime_error("super(): no current frame"));
    }
    // SAFETY: the frame is live; indices come from its code.
    unsafe {
        let code = &*(*frame).code;
        if code.argcount == 0 {
            return Err(vm.runtime_error("super(): no arguments"));
        }
        let locals = Frame::localsplus(frame);
        let mut first = *locals;
        if crate::objects::is_kind(first, taipan_layout::Kind::Cell)
            && crate::objects::frame::code_of(frame).local_kind(0)
                & taipan_frontend::code::local_kind::CO_FAST_CELL
                != 0
        {
            first = (*first.as_ptr::<taipan_layout::objects::Cell>()).value;
        }
        if first.is_null() {
            return Err(vm.runtime_error("super(): arg[0] deleted"));
        }
        let count = code.nlocalsplus as usize;
        for i in count - code.nfreevars as usize..count {
            let name = crate::objects::frame::code_of(frame).local_name(i);
            if name != *vm.names.__class__ {
                continue;
            }
            let cell = *locals.add(i);
            if !crate::objects::is_kind(cell, taipan_layout::Kind::Cell) {
                return Err(vm.runtime_error("super(): bad __class__ cell"));
            }
            let class = (*cell.as_ptr::<taipan_layout::objects::Cell>()).value;
            if class.is_null() {
                return Err(vm.runtime_error("super(): empty __class__ cell"));
            }
            return Ok((class.own(), first.own()));
        }
        Err(vm.runtime_error("super(): __class__ cell not found"))
    }
}
