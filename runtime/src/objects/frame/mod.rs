//! Frame objects: what Python sees of an executing, suspended or finished frame.
//!
//! A frame object is made when somebody asks (a traceback, `sys._getframe`). While the frame lives, the frame owns a
//! reference to its object (`Frame::frame_object`) and the object points to the frame. When the frame dies and
//! others still refer to the object, the contents move to memory of the object's own ([`release`]), so that
//! locals stay inspectable; the callers' frames get objects too then, so that `f_back` stays right.
//!
//! | module | holds |
//! |---|---|
//! | `locals` | snapshots of local variables, reading and writing one |
//! | `proxy` | the mapping that `f_locals` of a function is (PEP 667) |

mod jump;
mod locals;
mod proxy;

use std::mem::offset_of;
use std::ptr;

use taipan_frontend::code::flags::CO_OPTIMIZED;
use taipan_layout::frame::owner;
use taipan_layout::objects::{Generator, generator_state};
use taipan_layout::{Frame, Header, Kind, Value};

use super::code::{self, CodeObject};
use super::spec::{GetSet, Member, MemberType, TypeSpec, getset, getter, member, method0, tp_flags};
use super::{Slots, bytes, function, generator, new_instance, owned, str};
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::vm::Vm;

pub use locals::{snapshot, with_hidden};
pub use proxy::SPEC as PROXY_SPEC;

#[repr(C)]
pub struct FrameObject {
    pub header: Header,
    /// The frame: on the data stack, in a generator, or (owner `FRAME_OBJECT`) in memory of this object's.
    /// Null once the frame died without its contents being kept.
    pub frame: *mut Frame,
    /// `f_back` of a dead frame: a frame object or NULL.
    back: Value,
    trace: Value,
    /// Variables stored through `f_locals` that the code does not have: a dict or NULL.
    extra_locals: Value,
    trace_lines: bool,
    trace_opcodes: bool,
    _pad: [u8; 2],
    /// The line of the last instruction that was traced; 0: the next one begins a line.
    last_line: i32,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "frame",
    basicsize: size_of::<FrameObject>(),
    kind: Kind::Other,
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(repr),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(dealloc),
        ..Slots::EMPTY
    },
    methods: &[method0("clear", clear_method, "Clear all references held by the frame.")],
    members: MEMBERS,
    getset: GETSET,
    ..TypeSpec::DEFAULT
};

static MEMBERS: &[Member] =
    &[member("f_trace_lines", MemberType::Bool, offset_of!(FrameObject, trace_lines), false)];

static GETSET: &[GetSet] = &[
    getter("f_back", get_back, ""),
    getter("f_locals", get_locals, "Return the mapping used by the frame to look up local variables."),
    getset("f_lineno", get_lineno, set_lineno, "Return the current line number in the frame."),
    getter("f_lasti", get_lasti, "Return the index of the last attempted instruction in the frame."),
    getter("f_globals", get_globals, "Return the global variables in the frame."),
    getter("f_builtins", get_builtins, "Return the built-in variables in the frame."),
    getter("f_code", get_code, "Return the code object being executed in this frame."),
    getter(
        "f_generator",
        get_generator,
        "Return the generator or coroutine associated with this frame, or None.",
    ),
    getset("f_trace", get_trace, set_trace, "Return the trace function for this frame, or None."),
    getset(
        "f_trace_opcodes",
        get_trace_opcodes,
        set_trace_opcodes,
        "Return True if opcode tracing is enabled.",
    ),
];

fn object<'a>(v: Value) -> &'a mut FrameObject {
    // SAFETY: callers pass frame objects, which cannot be subclassed.
    unsafe { super::cast(v) }
}

/// Whether `v` is a frame object.
pub fn is_frame(vm: &Vm, v: Value) -> bool {
    super::type_of(vm, v) == vm.types.frame
}

/// The frame behind a frame object, unless its contents are gone.
pub fn frame_of(v: Value) -> Option<*mut Frame> {
    let f = object(v).frame;
    (!f.is_null()).then_some(f)
}

/// The frame object of a live frame, made now if need be.
///
/// # Safety
/// `frame` is live and runs Python code.
pub unsafe fn of(vm: &Vm, frame: *mut Frame) -> PyResult {
    // SAFETY: by contract.
    unsafe {
        if !(*frame).frame_object.is_null() {
            return Ok((*frame).frame_object.own());
        }
        let f = new_instance::<FrameObject>(vm, vm.types.frame)?;
        (*f).frame = frame;
        (*f).trace_lines = true;
        let f = owned(f);
        (*frame).frame_object = f.clone().into_value();
        Ok(f)
    }
}

/// The frame object of a live frame, if it has one.
///
/// # Safety
/// `frame` is live.
pub unsafe fn existing(frame: *mut Frame) -> Option<Owned> {
    // SAFETY: by contract; the frame owns a reference to its object.
    unsafe { (!(*frame).frame_object.is_null()).then(|| (*frame).frame_object.own()) }
}

/// `f_trace` of a frame object, if it is set.
pub fn local_trace(this: Value) -> Option<Owned> {
    let trace = object(this).trace;
    (!trace.is_null()).then(|| trace.own())
}

pub fn set_local_trace(this: Value, f: Option<Owned>) {
    // SAFETY: the field owns its word.
    unsafe { crate::owned::replace(&raw mut object(this).trace, f) };
}

/// `f_trace_lines` and `f_trace_opcodes`.
pub fn trace_flags(this: Value) -> (bool, bool) {
    (object(this).trace_lines, object(this).trace_opcodes)
}

pub fn last_line(this: Value) -> i32 {
    object(this).last_line
}

pub fn set_last_line(this: Value, line: i32) {
    object(this).last_line = line;
}

/// The code that a frame runs.
///
/// # Safety
/// `frame` is live and runs Python code.
pub unsafe fn code_of<'a>(frame: *mut Frame) -> &'a CodeObject {
    // SAFETY: the frame's function keeps its code alive.
    unsafe { code::of_ptr((*frame).code) }
}

/// Unit index of the instruction that the frame executes.
///
/// # Safety
/// `frame` is live and runs Python code.
pub unsafe fn unit_of(frame: *mut Frame) -> usize {
    // SAFETY: by contract.
    unsafe { code_of(frame).unit_index((*frame).ip) }
}

/// The line that the frame executes.
///
/// # Safety
/// `frame` is live and runs Python code.
pub unsafe fn line_of(frame: *mut Frame) -> Option<i32> {
    // SAFETY: by contract.
    unsafe { code_of(frame).line(unit_of(frame)) }
}

/// Number of words on the frame's evaluation stack.
unsafe fn stack_depth(frame: *mut Frame) -> usize {
    // SAFETY: `sp` is valid whenever the frame is looked at from outside of the handlers.
    unsafe { ((*frame).sp as usize).saturating_sub(Frame::stack_base(frame) as usize) / size_of::<Value>() }
}

/// Gives up everything that a frame owns: called when the frame has been unlinked and will not run again. What
/// others can still see through its frame object moves there first.
///
/// # Safety
/// `frame` is not running; its words are as the frame's state says. Afterwards they are NULL.
pub unsafe fn release(vm: &Vm, frame: *mut Frame) {
    // SAFETY: by contract; the frame is consistent before anything is dropped.
    unsafe {
        let seen = std::mem::replace(&mut (*frame).frame_object, Value::NULL);
        if !seen.is_null() {
            if (*seen.header()).rc != 1 {
                keep_contents(vm, frame, seen);
            } else {
                object(seen).frame = ptr::null_mut();
            }
            decref(seen);
        }
        clear_words(frame);
        decref(std::mem::replace(&mut (*frame).locals, Value::NULL));
        decref(std::mem::replace(&mut (*frame).function, Value::NULL));
    }
}

/// [`release`] for a generator, which goes on knowing its code: that takes the function's place.
///
/// # Safety
/// As for `release`; the frame is a generator's.
pub unsafe fn release_generator(vm: &Vm, frame: *mut Frame) {
    // SAFETY: by contract; the code is owned while the frame's contents are dropped.
    unsafe {
        let code = code_of(frame).value().own();
        release(vm, frame);
        (*frame).function = code.into_value();
    }
}

/// Drops the evaluation stack, then the locals, each from its end as CPython does.
unsafe fn clear_words(frame: *mut Frame) {
    // SAFETY: as for `release`; each word is taken out before it is dropped.
    unsafe {
        if (*frame).code.is_null() {
            return;
        }
        let base = Frame::stack_base(frame);
        for i in (0..stack_depth(frame)).rev() {
            let word = std::mem::replace(&mut *base.add(i), taipan_layout::StackValue::NULL);
            (*frame).sp = base.add(i);
            if word.owns() {
                decref(word.peek());
            }
        }
        let locals = Frame::localsplus(frame);
        for i in (0..(*(*frame).code).nlocalsplus as usize).rev() {
            decref(std::mem::replace(&mut *locals.add(i), Value::NULL));
        }
    }
}

/// Moves the frame's contents to memory of its object.
unsafe fn keep_contents(vm: &Vm, frame: *mut Frame, seen: Value) {
    // SAFETY: as for `release`; the copy has the size of what is copied.
    unsafe {
        let nlocals = (*(*frame).code).nlocalsplus as usize;
        let depth = stack_depth(frame);
        let bytes = size_of::<Frame>() + (nlocals + depth) * size_of::<Value>();
        let copy = libc::malloc(bytes) as *mut Frame;
        if copy.is_null() {
            object(seen).frame = ptr::null_mut();
            return;
        }
        ptr::copy_nonoverlapping(frame as *const u8, copy as *mut u8, bytes);
        (*copy).owner = owner::FRAME_OBJECT;
        (*copy).previous = ptr::null_mut();
        let base = Frame::stack_base(copy);
        (*copy).sp = base.add(depth);
        for i in 0..depth {
            let word = *base.add(i);
            if word.is_borrowed() {
                // The owner that it was borrowed from may go: count it.
                *base.add(i) = word.peek().own().into_value().owned();
            }
        }
        for i in 0..nlocals {
            *Frame::localsplus(frame).add(i) = Value::NULL;
        }
        (*frame).sp = Frame::stack_base(frame);
        (*frame).locals = Value::NULL;
        // The dying frame's code must stay alive for its caller: both refer to the function.
        crate::owned::incref((*copy).function);
        object(seen).frame = copy;
        let caller = crate::interp::frames::first_python((*frame).previous);
        if !caller.is_null() && (*frame).owner != owner::GENERATOR {
            match of(vm, caller) {
                Ok(back) => object(seen).back = back.into_value(),
                Err(raised) => vm.discard(raised),
            }
        }
    }
}

fn gone(vm: &Vm) -> crate::owned::Raised {
    vm.runtime_error("frame contents are no longer available")
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let Some(frame) = frame_of(this) else { return str::new(vm, &format!("<frame at {:#x}>", this.0)) };
    // SAFETY: the frame object keeps a dead frame's contents, a live frame keeps itself.
    let (c, line) = unsafe { (code_of(frame), line_of(frame)) };
    let file = crate::protocol::object::repr_string(vm, c.filename)?;
    let name = str::to_string_lossy(c.name);
    let line = line.map_or_else(|| "None".to_owned(), |n| n.to_string());
    str::new(vm, &format!("<frame at {:#x}, file {file}, line {line}, code {name}>", this.0))
}

/// `f_back`, if any.
pub fn back(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let f = object(this);
    if !f.back.is_null() {
        return Ok(Some(f.back.own()));
    }
    let Some(frame) = frame_of(this) else { return Ok(None) };
    // SAFETY: the frame is live, so its callers are.
    unsafe {
        let caller = crate::interp::frames::first_python((*frame).previous);
        if caller.is_null() { Ok(None) } else { of(vm, caller).map(Some) }
    }
}

fn get_back(vm: &Vm, this: Value) -> PyResult {
    Ok(back(vm, this)?.unwrap_or_else(Owned::none))
}

fn get_locals(vm: &Vm, this: Value) -> PyResult {
    let Some(frame) = frame_of(this) else { return Err(gone(vm)) };
    // SAFETY: the frame is live or kept by its object.
    unsafe {
        if code_of(frame).has_flag(CO_OPTIMIZED) || locals::runs_comprehension(frame) {
            return proxy::new(vm, this);
        }
        if !(*frame).locals.is_null() {
            return Ok((*frame).locals.own());
        }
        Ok(Value::from_ptr((*frame).globals).own())
    }
}

fn get_lineno(vm: &Vm, this: Value) -> PyResult {
    let Some(frame) = frame_of(this) else { return Err(gone(vm)) };
    // SAFETY: the frame is live or kept by its object.
    let line = unsafe { line_of(frame) };
    Ok(line.map_or_else(Owned::none, |n| Owned::fixnum(i64::from(n))))
}

fn set_lineno(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let Some(frame) = frame_of(this) else { return Err(gone(vm)) };
    jump::set_line(vm, frame, value)
}

fn get_lasti(vm: &Vm, this: Value) -> PyResult {
    let Some(frame) = frame_of(this) else { return Err(gone(vm)) };
    // SAFETY: the frame is live or kept by its object.
    let unit = unsafe { unit_of(frame) };
    Ok(Owned::fixnum(2 * unit as i64))
}

fn get_globals(vm: &Vm, this: Value) -> PyResult {
    let Some(frame) = frame_of(this) else { return Err(gone(vm)) };
    // SAFETY: the frame's function keeps the globals alive.
    Ok(unsafe { Value::from_ptr((*frame).globals).own() })
}

fn get_builtins(vm: &Vm, this: Value) -> PyResult {
    let Some(frame) = frame_of(this) else { return Err(gone(vm)) };
    // SAFETY: the frame is live or kept by its object.
    Ok(unsafe { function::builtins::of_frame(vm, frame).own() })
}

fn get_code(vm: &Vm, this: Value) -> PyResult {
    let Some(frame) = frame_of(this) else { return Err(gone(vm)) };
    // SAFETY: the frame's function keeps the code alive.
    Ok(unsafe { crate::interp::sinks::visible_code(code_of(frame).value()).own() })
}

/// The generator that a frame lies in.
///
/// # Safety
/// `frame` is live and owned by a generator.
pub unsafe fn generator_of(frame: *mut Frame) -> Value {
    // SAFETY: a generator's frame is a field of the generator.
    unsafe { Value::from_ptr((frame as *mut u8).sub(offset_of!(Generator, frame))) }
}

fn get_generator(_vm: &Vm, this: Value) -> PyResult {
    // SAFETY: the frame is live.
    unsafe {
        match frame_of(this) {
            Some(frame) if (*frame).owner == owner::GENERATOR => Ok(generator_of(frame).own()),
            _ => Ok(Owned::none()),
        }
    }
}

fn get_trace(_vm: &Vm, this: Value) -> PyResult {
    let t = object(this).trace;
    Ok(if t.is_null() { Owned::none() } else { t.own() })
}

fn set_trace(_vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    if let Some(frame) = frame_of(this) {
        // What goes on in the middle of a line does not begin it.
        // SAFETY: the frame is live or kept by its object.
        object(this).last_line = unsafe { line_of(frame) }.unwrap_or(0);
    }
    set_local_trace(this, value.filter(|v| !v.is_none()).map(Counted::own));
    Ok(())
}

fn get_trace_opcodes(_vm: &Vm, this: Value) -> PyResult {
    Ok(Owned::bool(object(this).trace_opcodes))
}

fn set_trace_opcodes(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    match value {
        Some(v) if v.is_bool() => {
            object(this).trace_opcodes = v == Value::TRUE;
            Ok(())
        }
        None => Err(vm.raise(
            vm.types.attribute_error,
            "attribute 'f_trace_opcodes' of 'frame' objects cannot be deleted",
        )),
        _ => Err(vm.type_error("attribute value type must be bool")),
    }
}

/// Drops the locals of a frame that will not run again; a suspended generator is closed.
fn clear_method(vm: &Vm, this: Value) -> PyResult {
    let Some(frame) = frame_of(this) else { return Ok(Owned::none()) };
    // SAFETY: the frame is live or kept by its object.
    unsafe {
        match (*frame).owner {
            owner::FRAME_OBJECT => clear_words(frame),
            owner::GENERATOR => {
                let g = generator_of(frame).own();
                match generator::state(*g) {
                    generator_state::EXECUTING => {
                        return Err(vm.runtime_error("cannot clear an executing frame"));
                    }
                    generator_state::CLEARED => {}
                    generator_state::CREATED => generator::abandon(vm, *g),
                    _ => return Err(vm.runtime_error("cannot clear a suspended frame")),
                }
            }
            _ => return Err(vm.runtime_error("cannot clear an executing frame")),
        }
    }
    Ok(Owned::none())
}

unsafe fn dealloc(_vm: &Vm, this: *mut Header) {
    // SAFETY: the object is a frame object. A live frame owns a reference to its object, so when the object dies (or
    // is cleared as part of a dead cycle) its frame is either gone or its own.
    unsafe {
        let f = &mut *(this as *mut FrameObject);
        for word in [&mut f.back, &mut f.trace, &mut f.extra_locals] {
            decref(std::mem::replace(word, Value::NULL));
        }
        let frame = f.frame;
        if !frame.is_null() && (*frame).owner == owner::FRAME_OBJECT {
            f.frame = ptr::null_mut();
            clear_words(frame);
            decref((*frame).locals);
            decref((*frame).function);
            libc::free(frame.cast());
        }
    }
}

unsafe fn traverse(this: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is a frame object; only a frame in its own memory is its to report.
    unsafe {
        let f = &*(this as *mut FrameObject);
        for word in [f.back, f.trace, f.extra_locals] {
            if !word.is_null() {
                visit(word);
            }
        }
        if !f.frame.is_null() && (*f.frame).owner == owner::FRAME_OBJECT {
            traverse_frame(f.frame, visit);
        }
    }
}

/// Reports everything that a frame owns, its frame object excepted.
///
/// # Safety
/// `frame` is not running.
pub unsafe fn traverse_frame(frame: *mut Frame, visit: &mut dyn FnMut(Value)) {
    // SAFETY: by contract the frame's words are consistent.
    unsafe {
        for word in [(*frame).function, (*frame).locals] {
            if !word.is_null() {
                visit(word);
            }
        }
        if (*frame).code.is_null() {
            return;
        }
        for i in 0..(*(*frame).code).nlocalsplus as usize {
            let v = *Frame::localsplus(frame).add(i);
            if !v.is_null() {
                visit(v);
            }
        }
        for i in 0..stack_depth(frame) {
            let v = *Frame::stack_base(frame).add(i);
            if v.owns() {
                visit(v.peek());
            }
        }
    }
}

/// Kinds of the frame's slots.
fn kinds(c: &CodeObject) -> &[u8] {
    bytes::as_slice(&c.localspluskinds)
}
