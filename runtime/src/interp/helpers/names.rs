//! Names: namespaces, globals, builtins, closures, imports, function making.

use taipan_layout::objects::{Cell, Dict, Function};
use taipan_layout::{Frame, ThreadState, Value};

use super::{status, value, vm};
use crate::objects::function::builtins::{self, get as mapping_get};
use crate::objects::{cell, dict, exceptions, frame as frame_objects, function, is_instance, str, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol::{attr, call, item};
use crate::vm::Vm;

#[cold]
fn name_error(vm: &Vm, name: Value) -> Raised {
    let text = format!("name '{}' is not defined", str::to_string_lossy(name));
    exceptions::name_error(vm, vm.types.name_error, &text, name)
}

fn global_or_builtin(vm: &Vm, frame: *mut Frame, name: Value) -> PyResult {
    // SAFETY: the frame is live; its namespaces are kept by its function.
    let (globals, builtins) =
        unsafe { (Value::from_ptr::<Dict>((*frame).globals), builtins::of_frame(vm, frame)) };
    if let Some(v) = mapping_get(vm, globals, name)? {
        return Ok(v);
    }
    match mapping_get(vm, builtins, name)? {
        Some(v) => Ok(v),
        None => Err(name_error(vm, name)),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_load_global(ts: *mut ThreadState, frame: *mut Frame, name: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(global_or_builtin(unsafe { vm(ts) }, frame, name))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_load_name(ts: *mut ThreadState, frame: *mut Frame, name: Value) -> Value {
    // SAFETY: `ts` is the running thread's; the frame is current.
    unsafe {
        let vm = vm(ts);
        let locals = (*frame).locals;
        if locals.is_null() {
            let _ = vm.system_error(&format!("no locals when loading '{}'", str::to_string_lossy(name)));
            return Value::NULL;
        }
        value(load_from(vm, frame, locals, name))
    }
}

fn load_from(vm: &Vm, frame: *mut Frame, mapping: Value, name: Value) -> PyResult {
    match mapping_get(vm, mapping, name)? {
        Some(v) => Ok(v),
        None => global_or_builtin(vm, frame, name),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_load_from_dict_or_globals(
    ts: *mut ThreadState,
    frame: *mut Frame,
    mapping: Value,
    name: Value,
) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(load_from(unsafe { vm(ts) }, frame, mapping, name))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_load_from_dict_or_deref(
    ts: *mut ThreadState,
    frame: *mut Frame,
    mapping: Value,
    index: u32,
) -> Value {
    // SAFETY: `ts` is the running thread's; the compiler made the index of a cell.
    unsafe {
        let vm = vm(ts);
        let name = frame_objects::code_of(frame).local_name(index as usize);
        match mapping_get(vm, mapping, name) {
            Ok(Some(v)) => v.into_value(),
            Ok(None) => {
                let c = *Frame::localsplus(frame).add(index as usize);
                match cell::get(c) {
                    Some(v) => v.into_value(),
                    None => {
                        rt_unbound_deref(ts, frame, index);
                        Value::NULL
                    }
                }
            }
            Err(_) => Value::NULL,
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_store_name(
    ts: *mut ThreadState,
    frame: *mut Frame,
    name: Value,
    v: Value,
) -> i32 {
    // SAFETY: `ts` is the running thread's; the frame is current.
    unsafe {
        let vm = vm(ts);
        let locals = (*frame).locals;
        if locals.is_null() {
            let _ =
                vm.system_error(&format!("no locals found when storing '{}'", str::to_string_lossy(name)));
            return -1;
        }
        status(if type_of(vm, locals) == vm.types.dict {
            dict::set(vm, locals, name, v)
        } else {
            item::set(vm, locals, name, v)
        })
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_delete_name(ts: *mut ThreadState, frame: *mut Frame, name: Value) -> i32 {
    // SAFETY: `ts` is the running thread's; the frame is current.
    unsafe {
        let vm = vm(ts);
        let locals = (*frame).locals;
        if locals.is_null() {
            let _ = vm.system_error(&format!("no locals when deleting '{}'", str::to_string_lossy(name)));
            return -1;
        }
        status(delete_or_name_error(vm, locals, name))
    }
}

fn delete_or_name_error(vm: &Vm, mapping: Value, name: Value) -> PyResult<()> {
    match item::delete(vm, mapping, name) {
        Ok(()) => Ok(()),
        Err(raised) => {
            drop(vm.catch(raised, vm.types.key_error)?);
            Err(name_error(vm, name))
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_store_global(
    ts: *mut ThreadState,
    frame: *mut Frame,
    name: Value,
    v: Value,
) -> i32 {
    // SAFETY: `ts` is the running thread's; the frame is current.
    unsafe { status(dict::set(vm(ts), Value::from_ptr((*frame).globals), name, v)) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_delete_global(ts: *mut ThreadState, frame: *mut Frame, name: Value) -> i32 {
    // SAFETY: `ts` is the running thread's; the frame is current.
    unsafe { status(delete_or_name_error(vm(ts), Value::from_ptr((*frame).globals), name)) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_load_locals(ts: *mut ThreadState, frame: *mut Frame) -> Value {
    // SAFETY: `ts` is the running thread's; the frame is current.
    unsafe {
        if (*frame).locals.is_null() {
            let _ = vm(ts).system_error("no locals");
            return Value::NULL;
        }
        (*frame).locals.own().into_value()
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_load_build_class(ts: *mut ThreadState, frame: *mut Frame) -> Value {
    // SAFETY: `ts` is the running thread's; the frame is current.
    unsafe {
        let vm = vm(ts);
        let name = str::intern(vm, "__build_class__");
        value(match mapping_get(vm, builtins::of_frame(vm, frame), *name) {
            Ok(Some(v)) => Ok(v),
            Ok(None) => Err(vm.raise(vm.types.name_error, "__build_class__ not found")),
            Err(raised) => Err(raised),
        })
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_setup_annotations(ts: *mut ThreadState, frame: *mut Frame) -> i32 {
    // SAFETY: `ts` is the running thread's; the frame is current.
    unsafe {
        let vm = vm(ts);
        let locals = (*frame).locals;
        let name = *vm.names.__annotations__;
        let set_up = || -> PyResult<()> {
            if locals.is_null() {
                return Err(vm.system_error("no locals found when setting up annotations"));
            }
            if mapping_get(vm, locals, name)?.is_none() {
                let d = dict::new(vm)?;
                item::set(vm, locals, name, *d)?;
            }
            Ok(())
        };
        status(set_up())
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_load_common_constant(ts: *mut ThreadState, index: u32) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    // What the builtins were at first: the compiler's shortcut is for these alone.
    let builtin = |name: &str| crate::interp::sinks::original(vm, name).unwrap_or(Value::NONE);
    let v = match index {
        0 => vm.types.assertion_error.value(),
        1 => vm.types.not_implemented_error.value(),
        2 => vm.types.tuple.value(),
        3 => builtin("all"),
        _ => builtin("any"),
    };
    v.own().into_value()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_unbound_local(ts: *mut ThreadState, frame: *mut Frame, index: u32) {
    // SAFETY: `ts` is the running thread's; the compiler made the index.
    unsafe {
        let vm = vm(ts);
        let name = frame_objects::code_of(frame).local_name(index as usize);
        let text = format!(
            "cannot access local variable '{}' where it is not associated with a value",
            str::to_string_lossy(name)
        );
        // No name goes with it: what was forgotten to assign is not misspelled.
        let _ = vm.raise(vm.types.unbound_local_error, &text);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_unbound_deref(ts: *mut ThreadState, frame: *mut Frame, index: u32) {
    // SAFETY: `ts` is the running thread's; the compiler made the index of a cell.
    unsafe {
        let vm = vm(ts);
        let c = &*(*frame).code;
        if index < c.nlocalsplus - c.nfreevars {
            rt_unbound_local(ts, frame, index);
            return;
        }
        let name = frame_objects::code_of(frame).local_name(index as usize);
        let text = format!(
            "cannot access free variable '{}' where it is not associated with a value in enclosing scope",
            str::to_string_lossy(name)
        );
        let _ = exceptions::name_error(vm, vm.types.name_error, &text, name);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_new_cell(ts: *mut ThreadState, initial: Value) -> Value {
    // SAFETY: `ts` is the running thread's; the reference to `initial` moves into the cell.
    unsafe {
        match cell::new(vm(ts), None) {
            Ok(c) => {
                (*c.as_ptr::<Cell>()).value = initial;
                c.into_value()
            }
            Err(_) => {
                crate::owned::decref(initial);
                Value::NULL
            }
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_make_function(ts: *mut ThreadState, frame: *mut Frame, code: Value) -> Value {
    // SAFETY: `ts` is the running thread's; the caller gives its reference to the code away.
    unsafe {
        let code = Owned::from_owned(code);
        value(function::new(vm(ts), *code, Value::from_ptr((*frame).globals), Value::NULL))
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_set_function_attribute(ts: *mut ThreadState, f: Value, v: Value, flag: u32) {
    const DEFAULTS: u32 = 1;
    const KWDEFAULTS: u32 = 2;
    const ANNOTATIONS: u32 = 4;
    const CLOSURE: u32 = 8;
    const ANNOTATE: u32 = 16;
    // SAFETY: the function is new; the reference to `v` moves into it.
    unsafe {
        let vm = vm(ts);
        let f = f.as_ptr::<Function>();
        let place = match flag {
            DEFAULTS => &raw mut (*f).defaults,
            KWDEFAULTS => &raw mut (*f).kwdefaults,
            ANNOTATIONS => &raw mut (*f).annotations,
            CLOSURE => &raw mut (*f).closure,
            ANNOTATE => {
                name_annotate(vm, f, v);
                &raw mut (*f).annotate
            }
            _ => {
                crate::owned::decref(v);
                return;
            }
        };
        let old = std::mem::replace(&mut *place, v);
        crate::owned::decref(old);
    }
}

/// The function that computes a function's annotations is called after it.
///
/// # Safety
/// The first function is new.
unsafe fn name_annotate(vm: &Vm, function: *mut Function, annotate: Value) {
    if type_of(vm, annotate) != vm.types.function {
        return;
    }
    // SAFETY: both are functions.
    unsafe {
        let owner = str::to_string_lossy((*function).qualname);
        match str::new(vm, &format!("{owner}.__annotate__")) {
            Ok(name) => crate::owned::replace(&raw mut (*annotate.as_ptr::<Function>()).qualname, Some(name)),
            // It keeps the name that it has.
            Err(raised) => vm.discard(raised),
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_import_name(
    ts: *mut ThreadState,
    frame: *mut Frame,
    name: Value,
    fromlist: Value,
    level: Value,
) -> Value {
    // SAFETY: `ts` is the running thread's; the frame is current.
    unsafe {
        let vm = vm(ts);
        let globals = Value::from_ptr::<Dict>((*frame).globals);
        let locals = if (*frame).locals.is_null() { Value::NONE } else { (*frame).locals };
        let import = match mapping_get(vm, builtins::of_frame(vm, frame), *vm.names.__import__) {
            Ok(Some(f)) => f,
            Err(_) => return Value::NULL,
            Ok(None) => {
                let _ = vm.raise(vm.types.import_error, "__import__ not found");
                return Value::NULL;
            }
        };
        // The built-in function is not called, but what it would do is done.
        if vm.state.import_function.get() == Some(*import) && level.is_fixnum() {
            let fromlist = (!fromlist.is_none()).then_some(fromlist);
            let level = level.as_fixnum() as i32;
            return value(crate::modules::import::import_value(vm, name, Some(globals), fromlist, level));
        }
        value(call::positional(vm, *import, &[name, globals, locals, fromlist, level]))
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_import_from(
    ts: *mut ThreadState,
    _frame: *mut Frame,
    m: Value,
    name: Value,
) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(import_from(unsafe { vm(ts) }, m, name))
}

fn import_from(vm: &Vm, m: Value, name: Value) -> PyResult {
    if let Some(v) = attr::get_optional(vm, m, name)? {
        return Ok(v);
    }
    // A circular import: the submodule may be there already.
    let package = attr::get_optional(vm, m, *vm.names.__name__)?;
    if let Some(package) = &package
        && is_instance(vm, **package, vm.types.str)
        && let Some(modules) = vm.state.modules.get()
    {
        let full = format!("{}.{}", str::to_string_lossy(**package), str::to_string_lossy(name));
        let key = str::new(vm, &full)?;
        if let Some(found) = mapping_get(vm, modules, *key)? {
            return Ok(found);
        }
    }
    Err(crate::modules::import::cannot_import(vm, m, name))
}
