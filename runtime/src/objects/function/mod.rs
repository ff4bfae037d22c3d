//! Python functions.
//!
//! The struct is [`taipan_layout::objects::Function`], since calls and specialised code read it. Its `version` vouches
//! for code and defaults: whatever changes one of those sets it to 0, and caches compare it.
//!
//! | module | holds |
//! |---|---|
//! | `attrs` | the attributes that Python sees |
//! | `bind` | arguments of a call to the parameters of the frame |
//! | `builtins` | where names are looked for last |

mod attrs;
mod bind;
pub mod builtins;

use std::cell::Cell;
use std::mem::offset_of;

use taipan_frontend::code::flags::CO_OPTIMIZED;
use taipan_layout::objects::{Code, Function, SHARED_VERSION};
use taipan_layout::{Header, Kind, Value};

use super::code::{self, code_object};
use super::spec::{TypeSpec, tp_flags};
use super::{Slots, cast, dict, is_instance, method, new_tracked, owned, parameters, str, tuple, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

pub use bind::bind_arguments;

pub static SPEC: TypeSpec = TypeSpec {
    name: "function",
    basicsize: size_of::<Function>(),
    kind: Kind::Function,
    flags: tp_flags::HAVE_GC | tp_flags::METHOD_DESCRIPTOR | tp_flags::WEAKREFABLE,
    dictoffset: offset_of!(Function, dict) as i32,
    doc: "Create a function object from a code object and a globals dictionary.",
    signature: "(code, globals, name=None, argdefs=None, closure=None,\n         kwdefaults=None)",
    slots: Slots {
        new: Some(construct),
        repr: Some(repr),
        call: Some(call),
        descr_get: Some(descr_get),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(clear),
        ..Slots::EMPTY
    },
    getset: attrs::GETSET,
    members: attrs::MEMBERS,
    ..TypeSpec::DEFAULT
};

/// The struct behind a function.
pub(crate) fn function_object<'a>(f: Value) -> &'a mut Function {
    // SAFETY: callers pass functions, which cannot be subclassed.
    unsafe { cast::<Function>(f) }
}

/// A function of `code` with these globals; `qualname` NULL means the code's own.
pub fn new(vm: &Vm, code: Value, globals: Value, qualname: Value) -> PyResult {
    let c = code::code_head(code);
    let builtins = builtins::word_for(vm, globals)?;
    // Of a module it is the first entry.
    let module = dict::get_str_at(vm, globals, *vm.names.__name__, &Cell::new(0));
    // A code object that is still to be read is asked for its docstring when somebody wants that.
    let is_unread = code::lazy::is_unread(code);
    let doc = if is_unread { None } else { code::docstring(vm, code)? }.unwrap_or_else(Owned::none);
    let f = new_tracked::<Function>(vm, vm.types.function, Kind::Function)?;
    // SAFETY: the object is new; nothing in here allocates. A function is words that may all be NULL behind its header.
    unsafe {
        (f as *mut Header).add(1).cast::<u8>().write_bytes(0, size_of::<Function>() - size_of::<Header>());
        (*f).version = c.head.shared_version;
        (*f).code = code.own().into_value();
        (*f).globals = globals.own().into_value();
        (*f).builtins = builtins.into_value();
        (*f).name = c.name.own().into_value();
        (*f).qualname = (if qualname.is_null() { c.qualname } else { qualname }).own().into_value();
        (*f).module = module.unwrap_or(Value::NONE).own().into_value();
        if !is_unread {
            (*f).doc = doc.into_value();
        }
    }
    Ok(owned(f))
}

/// A number that says which code the function has; 0 when the numbers have run out. The first function of a code has
/// one of its own, which also vouches for its globals, closure and defaults. Functions that are made again and again share one.
pub fn version(vm: &Vm, f: Value) -> u32 {
    let f = function_object(f);
    if f.version != 0 {
        return f.version;
    }
    // SAFETY: a function has code. With a version, machine code pushes frames of it.
    let code = unsafe {
        code::lazy::complete(f.code.as_ptr());
        &mut *f.code.as_ptr::<Code>()
    };
    if code.flags & CO_OPTIMIZED == 0 {
        // Its frames have a namespace for locals, which only `push_function` gives them.
        return 0;
    }
    if code.shared_version == 0 {
        let next = vm.next_function_version.get();
        if next >= SHARED_VERSION {
            return 0;
        }
        vm.next_function_version.set(next + 1);
        if code.has_version == 0 {
            code.has_version = 1;
            f.version = next;
            return next;
        }
        code.shared_version = next | SHARED_VERSION;
    }
    f.version = code.shared_version;
    f.version
}

/// What `SET_FUNCTION_ATTRIBUTE` and the attribute setters change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    Code,
    Defaults,
    KwDefaults,
    Closure,
    Annotations,
    Annotate,
    TypeParams,
}

/// Replaces a part; `None` empties it. The caller has checked the value's type.
pub fn set_part(f: Value, part: Part, value: Option<Owned>) {
    let this = function_object(f);
    let place = match part {
        Part::Code => &raw mut this.code,
        Part::Defaults => &raw mut this.defaults,
        Part::KwDefaults => &raw mut this.kwdefaults,
        Part::Closure => &raw mut this.closure,
        Part::Annotations => &raw mut this.annotations,
        Part::Annotate => &raw mut this.annotate,
        Part::TypeParams => &raw mut this.type_params,
    };
    match part {
        Part::Code => this.version = 0,
        Part::Defaults | Part::KwDefaults if this.version & SHARED_VERSION == 0 => this.version = 0,
        _ => {}
    }
    // SAFETY: the field owns its word.
    unsafe { crate::owned::replace(place, value) };
}

/// `__doc__`: its own, or its code's that nobody has asked for yet.
pub fn doc(vm: &Vm, f: Value) -> PyResult {
    let this = function_object(f);
    if this.doc.is_null() {
        this.doc = code::docstring(vm, this.code)?.unwrap_or_else(Owned::none).into_value();
    }
    Ok(this.doc.own())
}

/// `qualname` as Rust text.
pub fn qualname(f: Value) -> String {
    str::to_string_lossy(function_object(f).qualname)
}

/// Calls an `__annotate__` function for values and checks the result.
pub(super) fn call_annotate(vm: &Vm, annotate: Value) -> PyResult {
    /// `annotationlib.Format.VALUE`.
    const FORMAT_VALUE: Value = Value::fixnum(1);
    let annotations = protocol::call::positional(vm, annotate, &[FORMAT_VALUE])?;
    if !is_instance(vm, *annotations, vm.types.dict) {
        let got = type_of(vm, *annotations).name_str();
        return Err(vm.type_error(&format!("__annotate__ returned non-dict of type '{got}'")));
    }
    Ok(annotations)
}

fn construct(vm: &Vm, _cls: Value, args: Args) -> PyResult {
    let names = ["code", "globals", "name", "argdefs", "closure", "kwdefaults"];
    let [code, globals, name, defaults, closure, kwdefaults] =
        parameters::bind(vm, "function", names, 2, args)?;
    parameters::expect(vm, "function", "code", code, vm.types.code)?;
    parameters::expect(vm, "function", "globals", globals, vm.types.dict)?;
    let absent = |v: Value| v.is_null() || v.is_none();
    if !absent(name) && !is_instance(vm, name, vm.types.str) {
        return Err(vm.type_error("arg 3 (name) must be None or string"));
    }
    if !absent(defaults) && !is_instance(vm, defaults, vm.types.tuple) {
        return Err(vm.type_error("arg 4 (defaults) must be None or tuple"));
    }
    check_closure(vm, code, closure)?;
    if !absent(kwdefaults) && !is_instance(vm, kwdefaults, vm.types.dict) {
        return Err(vm.type_error("arg 6 (kwdefaults) must be None or dict"));
    }
    let f = new(vm, code, globals, Value::NULL)?;
    if !absent(name) {
        // SAFETY: the field owns its word.
        unsafe { crate::owned::replace(&raw mut function_object(*f).name, Some(name.own())) };
    }
    for (part, v) in [(Part::Defaults, defaults), (Part::Closure, closure), (Part::KwDefaults, kwdefaults)] {
        if !absent(v) {
            set_part(*f, part, Some(v.own()));
        }
    }
    Ok(f)
}

/// A closure must be a tuple with one cell per free variable of the code.
pub(crate) fn check_closure(vm: &Vm, code: Value, closure: Value) -> PyResult<()> {
    let wanted = code::code_head(code).head.nfreevars as usize;
    let absent = closure.is_null() || closure.is_none();
    if !absent && !is_instance(vm, closure, vm.types.tuple) {
        return Err(vm.type_error("arg 5 (closure) must be None or tuple"));
    }
    if absent {
        if wanted != 0 {
            return Err(vm.type_error("arg 5 (closure) must be tuple"));
        }
        return Ok(());
    }
    let cells = tuple::items(&closure);
    if cells.len() != wanted {
        let name = str::to_string_lossy(code_object(code).name);
        return Err(
            vm.value_error(&format!("{name} requires closure of length {wanted}, not {}", cells.len()))
        );
    }
    for c in cells {
        if type_of(vm, *c) != vm.types.cell {
            let got = type_of(vm, *c).name_str();
            return Err(vm.type_error(&format!("arg 5 (closure) expected cell, found {got}")));
        }
    }
    Ok(())
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    str::new(vm, &format!("<function {} at {:#x}>", qualname(this), this.0))
}

fn call(vm: &Vm, this: Value, args: Args) -> PyResult {
    crate::interp::call_function(vm, this, args)
}

fn descr_get(vm: &Vm, this: Value, instance: Option<Value>, _owner: Value) -> PyResult {
    match instance {
        None => Ok(this.own()),
        Some(instance) => method::new(vm, this, instance),
    }
}

/// Every owned word of a function.
fn words(f: &mut Function) -> [&mut Value; 14] {
    [
        &mut f.code,
        &mut f.globals,
        &mut f.builtins,
        &mut f.defaults,
        &mut f.kwdefaults,
        &mut f.closure,
        &mut f.name,
        &mut f.qualname,
        &mut f.doc,
        &mut f.module,
        &mut f.dict,
        &mut f.annotations,
        &mut f.annotate,
        &mut f.type_params,
    ]
}

pub(crate) unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: the object is a function that nobody can reach; dying, it gives up each word once.
    unsafe {
        let f = &mut *(object as *mut Function);
        for word in [f.code, f.globals, f.builtins, f.closure, f.name, f.qualname, f.module] {
            decref(word);
        }
        let rare = [f.defaults, f.kwdefaults, f.doc, f.dict, f.annotations, f.annotate, f.type_params];
        if rare.iter().fold(0, |all, word| all | word.0) != 0 {
            for word in rare {
                decref(word);
            }
        }
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is a function.
    for word in words(unsafe { &mut *(object as *mut Function) }) {
        if !word.is_null() {
            visit(*word);
        }
    }
}

/// Ends cycles. Code, globals, builtins, names and the closure stay: a function that is still reachable from a finaliser
/// must not crash when it is called. Cells end cycles through the closure themselves; others may share them.
unsafe fn clear(_vm: &Vm, object: *mut Header) {
    // SAFETY: the object is a function; each word is taken out before it is dropped.
    unsafe {
        let f = &mut *(object as *mut Function);
        f.version = 0;
        for word in [
            &mut f.defaults,
            &mut f.kwdefaults,
            &mut f.dict,
            &mut f.annotations,
            &mut f.annotate,
            &mut f.type_params,
            &mut f.doc,
            &mut f.module,
        ] {
            decref(std::mem::replace(word, Value::NULL));
        }
        // The code expects its cells, so the closure stays: what a cycle goes through are cells that are lost themselves, and
        // those give up their contents. A cell that others still use keeps them.
    }
}

/// Whether `f` is a Python function of exactly `count` positional parameters and nothing else. Who asks is about to push a frame
/// of it: the code is read if it was not.
pub fn takes_exactly(f: Value, count: u32) -> bool {
    use taipan_frontend::code::flags;
    // What runs without fast locals needs a namespace in its frame.
    const LOOKED_AT: u32 = flags::CO_VARARGS | flags::CO_VARKEYWORDS | flags::CO_OPTIMIZED;
    if !super::is_kind(f, taipan_layout::Kind::Function) {
        return false;
    }
    // SAFETY: the kind says which struct it is; its code is a code object.
    unsafe {
        let code = (*f.as_ptr::<Function>()).code.as_ptr::<taipan_layout::objects::Code>();
        code::lazy::complete(code);
        (*code).argcount == count
            && (*code).kwonlyargcount == 0
            && (*code).flags & LOOKED_AT == flags::CO_OPTIMIZED
    }
}
