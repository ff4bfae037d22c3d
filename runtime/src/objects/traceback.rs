//! Traceback objects: the list of frames that an exception passed through, innermost last.

use std::mem::offset_of;

use taipan_layout::{Frame, Header, Kind, Value};

use super::exceptions;
use super::spec::{Member, MemberType, TypeSpec, getset, getter, member, method0, tp_flags};
use super::{Slots, code, frame, list, new_instance, owned, parameters, str, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
pub struct Traceback {
    pub header: Header,
    /// The next inner entry, or NULL.
    next: Value,
    frame: Value,
    /// Byte offset of the instruction.
    lasti: i32,
    /// [`LINE_UNKNOWN`]: computed from `lasti` when asked for.
    lineno: i32,
}

const LINE_UNKNOWN: i32 = -1;

pub static SPEC: TypeSpec = TypeSpec {
    name: "traceback",
    basicsize: size_of::<Traceback>(),
    kind: Kind::Other,
    flags: tp_flags::HAVE_GC,
    doc: "Create a new traceback object.",
    signature: "(tb_next, tb_frame, tb_lasti, tb_lineno)",
    slots: Slots {
        new: Some(construct),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(dealloc),
        ..Slots::EMPTY
    },
    methods: &[method0("__dir__", dir, "")],
    members: MEMBERS,
    getset: &[getset("tb_next", get_next, set_next, ""), getter("tb_lineno", get_lineno, "")],
    ..TypeSpec::DEFAULT
};

static MEMBERS: &[Member] = &[
    member("tb_frame", MemberType::Object, offset_of!(Traceback, frame), true),
    member("tb_lasti", MemberType::I32, offset_of!(Traceback, lasti), true),
];

fn object<'a>(v: Value) -> &'a mut Traceback {
    // SAFETY: callers pass tracebacks, which cannot be subclassed.
    unsafe { super::cast(v) }
}

pub fn is_traceback(vm: &Vm, v: Value) -> bool {
    type_of(vm, v) == vm.types.traceback
}

fn new(vm: &Vm, next: Option<Owned>, frame: Owned, lasti: i32, lineno: i32) -> PyResult {
    let t = new_instance::<Traceback>(vm, vm.types.traceback)?;
    // SAFETY: the object is new.
    unsafe {
        (*t).next = next.map_or(Value::NULL, Owned::into_value);
        (*t).frame = frame.into_value();
        (*t).lasti = lasti;
        (*t).lineno = lineno;
    }
    Ok(owned(t))
}

/// An entry for the instruction that the frame behind `frame_object` executes, in front of `next`.
pub fn from_frame(vm: &Vm, next: Option<Owned>, frame_object: Owned) -> PyResult {
    let lasti = match frame::frame_of(*frame_object) {
        // SAFETY: the frame is live or kept by its object.
        Some(f) => unsafe { 2 * frame::unit_of(f) as i32 },
        None => -1,
    };
    new(vm, next, frame_object, lasti, LINE_UNKNOWN)
}

/// Puts an entry for `frame`, through which `exc` passes, at the front of its traceback.
///
/// # Safety
/// `frame` is live and runs Python code.
pub unsafe fn add(vm: &Vm, exc: Value, frame: *mut Frame) -> PyResult<()> {
    // SAFETY: passed on.
    let frame_object = unsafe { frame::of(vm, frame)? };
    let inner = exceptions::traceback(exc);
    let inner = (!inner.is_null()).then(|| inner.own());
    let tb = from_frame(vm, inner, frame_object)?;
    exceptions::set_traceback(exc, Some(tb));
    Ok(())
}

/// The next inner entry.
pub fn next(tb: Value) -> Option<Value> {
    let n = object(tb).next;
    (!n.is_null()).then_some(n)
}

/// Makes `next` what follows an entry; the caller keeps the list without loops.
pub fn set_next_entry(tb: Value, next: Option<Owned>) {
    // SAFETY: the field owns its word.
    unsafe { crate::owned::replace(&raw mut object(tb).next, next) };
}

/// The frame object of an entry; borrowed.
pub fn frame_object(tb: Value) -> Value {
    object(tb).frame
}

/// Unit index of an entry's instruction; `None` when the entry does not name one.
pub fn unit(tb: Value) -> Option<usize> {
    usize::try_from(object(tb).lasti).ok().map(|i| i / 2)
}

/// The code of an entry's frame, unless the frame's contents are gone.
pub fn code_of<'a>(tb: Value) -> Option<&'a code::CodeObject> {
    // SAFETY: the frame is live or kept by its object.
    frame::frame_of(object(tb).frame).map(|f| unsafe { frame::code_of(f) })
}

/// `tb_lineno`.
pub fn line(tb: Value) -> Option<i32> {
    let t = object(tb);
    if t.lineno != LINE_UNKNOWN {
        return Some(t.lineno);
    }
    code_of(tb)?.line(unit(tb)?)
}

fn construct(vm: &Vm, _cls: Value, args: Args) -> PyResult {
    let names = ["tb_next", "tb_frame", "tb_lasti", "tb_lineno"];
    let [next, frame, lasti, lineno] = parameters::bind(vm, "traceback", names, 4, args)?;
    parameters::expect(vm, "traceback", "tb_frame", frame, vm.types.frame)?;
    let lasti = protocol::index::to_isize(vm, lasti)? as i32;
    let lineno = protocol::index::to_isize(vm, lineno)? as i32;
    if !next.is_none() && !is_traceback(vm, next) {
        let got = type_of(vm, next).name_str();
        return Err(vm.type_error(&format!("expected traceback object or None, got '{got}'")));
    }
    new(vm, (!next.is_none()).then(|| next.own()), frame.own(), lasti, lineno)
}

fn get_next(_vm: &Vm, this: Value) -> PyResult {
    Ok(next(this).map_or_else(Owned::none, Counted::own))
}

fn set_next(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("can't delete tb_next attribute")) };
    if !value.is_none() {
        if !is_traceback(vm, value) {
            let got = type_of(vm, value).name_str();
            return Err(vm.type_error(&format!("expected traceback object, got '{got}'")));
        }
        let mut entry = Some(value);
        while let Some(tb) = entry {
            if tb == this {
                return Err(vm.value_error("traceback loop detected"));
            }
            entry = next(tb);
        }
    }
    // SAFETY: the field owns its word.
    unsafe { crate::owned::replace(&raw mut object(this).next, (!value.is_none()).then(|| value.own())) };
    Ok(())
}

fn get_lineno(_vm: &Vm, this: Value) -> PyResult {
    Ok(line(this).map_or_else(Owned::none, |n| Owned::fixnum(i64::from(n))))
}

fn dir(vm: &Vm, _this: Value) -> PyResult {
    let names = ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"];
    list::new(vm, names.iter().map(|n| str::intern(vm, n)).collect())
}

unsafe fn dealloc(_vm: &Vm, this: *mut Header) {
    // SAFETY: the object is a traceback; each word is taken out before it is dropped.
    unsafe {
        let t = this as *mut Traceback;
        decref(std::mem::replace(&mut (*t).next, Value::NULL));
        decref(std::mem::replace(&mut (*t).frame, Value::NULL));
    }
}

unsafe fn traverse(this: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is a traceback.
    unsafe {
        let t = this as *mut Traceback;
        for v in [(*t).next, (*t).frame] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
