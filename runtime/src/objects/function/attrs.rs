//! The attributes of functions.

use std::mem::offset_of;

use taipan_frontend::code::flags;
use taipan_layout::Value;
use taipan_layout::objects::Function;

use super::super::code::code_object;
use super::super::spec::{GetSet, Member, MemberType, getset, member};
use super::super::{dict, is_instance, str, tuple, type_of};
use super::{Part, function_object, set_part};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub(super) static GETSET: &[GetSet] = &[
    getset("__code__", get_code, set_code, ""),
    getset("__defaults__", get_defaults, set_defaults, ""),
    getset("__kwdefaults__", get_kwdefaults, set_kwdefaults, ""),
    getset("__annotations__", get_annotations, set_annotations, "Dict of annotations in a function object."),
    getset("__annotate__", get_annotate, set_annotate, "Get the code object for a function."),
    getset("__dict__", get_dict, set_dict, ""),
    getset("__doc__", super::doc, set_doc, ""),
    getset("__module__", get_module, set_module, ""),
    getset("__name__", get_name, set_name, ""),
    getset("__qualname__", get_qualname, set_qualname, ""),
    getset(
        "__type_params__",
        get_type_params,
        set_type_params,
        "Get the declared type parameters for a function.",
    ),
];

pub(super) static MEMBERS: &[Member] = &[
    member("__closure__", MemberType::ObjectOrNone, offset_of!(Function, closure), true),
    member("__globals__", MemberType::ObjectOrNone, offset_of!(Function, globals), true),
    member("__builtins__", MemberType::Builtins, offset_of!(Function, builtins), true),
];

fn set_doc(_vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let place = &raw mut super::function_object(this).doc;
    // SAFETY: the field owns its word.
    unsafe { crate::owned::replace(place, Some(value.unwrap_or(Value::NONE).own())) };
    Ok(())
}

fn or_none(v: Value) -> Owned {
    if v.is_null() { Owned::none() } else { v.own() }
}

fn get_code(_vm: &Vm, this: Value) -> PyResult {
    Ok(function_object(this).code.own())
}

fn set_code(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let Some(code) = value.filter(|v| type_of(vm, *v) == vm.types.code) else {
        return Err(vm.type_error("__code__ must be set to a code object"));
    };
    let closure = function_object(this).closure;
    let has = if closure.is_null() { 0 } else { tuple::items(&closure).len() };
    let free = code_object(code).head.nfreevars as usize;
    if free != has {
        let name = str::to_string_lossy(function_object(this).name);
        return Err(
            vm.value_error(&format!("{name}() requires a code object with {has} free vars, not {free}"))
        );
    }
    const KIND: u32 = flags::CO_GENERATOR | flags::CO_COROUTINE | flags::CO_ASYNC_GENERATOR;
    let kind = |code: Value| code_object(code).head.flags & KIND;
    if kind(code) != kind(function_object(this).code) {
        let text = "Assigning a code object of non-matching type is deprecated \
                    (e.g., from a generator to a plain function)";
        crate::modules::warnings::warn(vm, vm.types.deprecation_warning, text, 1)?;
    }
    // The docstring stays that of the code it was made with.
    drop(super::doc(vm, this)?);
    set_part(this, Part::Code, Some(code.own()));
    crate::tier2::invalidate::function_changed(vm, this);
    Ok(())
}

fn get_defaults(_vm: &Vm, this: Value) -> PyResult {
    Ok(or_none(function_object(this).defaults))
}

fn set_defaults(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let value = value.filter(|v| !v.is_none());
    if value.is_some_and(|v| !is_instance(vm, v, vm.types.tuple)) {
        return Err(vm.type_error("__defaults__ must be set to a tuple object"));
    }
    set_part(this, Part::Defaults, value.map(Counted::own));
    crate::tier2::invalidate::function_changed(vm, this);
    Ok(())
}

fn get_kwdefaults(_vm: &Vm, this: Value) -> PyResult {
    Ok(or_none(function_object(this).kwdefaults))
}

fn set_kwdefaults(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let value = value.filter(|v| !v.is_none());
    if value.is_some_and(|v| !is_instance(vm, v, vm.types.dict)) {
        return Err(vm.type_error("__kwdefaults__ must be set to a dict object"));
    }
    set_part(this, Part::KwDefaults, value.map(Counted::own));
    crate::tier2::invalidate::function_changed(vm, this);
    Ok(())
}

/// Computed by `__annotate__` when they are asked for first (PEP 649).
fn get_annotations(vm: &Vm, this: Value) -> PyResult {
    let f = function_object(this);
    if !f.annotations.is_null() {
        return Ok(f.annotations.own());
    }
    let annotations = if !f.annotate.is_null() && protocol::object::is_callable(vm, f.annotate) {
        let annotate = f.annotate.own();
        super::call_annotate(vm, *annotate)?
    } else {
        dict::new(vm)?
    };
    set_part(this, Part::Annotations, Some(annotations.clone()));
    Ok(annotations)
}

fn set_annotations(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let value = value.filter(|v| !v.is_none());
    if value.is_some_and(|v| !is_instance(vm, v, vm.types.dict)) {
        return Err(vm.type_error("__annotations__ must be set to a dict object"));
    }
    set_part(this, Part::Annotations, value.map(Counted::own));
    set_part(this, Part::Annotate, None);
    Ok(())
}

fn get_annotate(_vm: &Vm, this: Value) -> PyResult {
    Ok(or_none(function_object(this).annotate))
}

fn set_annotate(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("__annotate__ cannot be deleted")) };
    if value.is_none() {
        set_part(this, Part::Annotate, None);
    } else if protocol::object::is_callable(vm, value) {
        set_part(this, Part::Annotate, Some(value.own()));
        set_part(this, Part::Annotations, None);
    } else {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    Ok(())
}

fn get_dict(vm: &Vm, this: Value) -> PyResult {
    let f = function_object(this);
    if f.dict.is_null() {
        f.dict = dict::new(vm)?.into_value();
    }
    Ok(f.dict.own())
}

fn set_dict(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("cannot delete __dict__")) };
    if !is_instance(vm, value, vm.types.dict) {
        let got = type_of(vm, value).name_str();
        return Err(vm.type_error(&format!("__dict__ must be set to a dictionary, not a '{got}'")));
    }
    // SAFETY: the field owns its word.
    unsafe { crate::owned::replace(&raw mut function_object(this).dict, Some(value.own())) };
    Ok(())
}

fn get_module(_vm: &Vm, this: Value) -> PyResult {
    Ok(or_none(function_object(this).module))
}

fn set_module(_vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    // SAFETY: the field owns its word.
    unsafe { crate::owned::replace(&raw mut function_object(this).module, value.map(Counted::own)) };
    Ok(())
}

fn checked_text(vm: &Vm, value: Option<Value>, attribute: &str) -> PyResult {
    match value {
        Some(v) if is_instance(vm, v, vm.types.str) => Ok(v.own()),
        _ => Err(vm.type_error(&format!("{attribute} must be set to a string object"))),
    }
}

fn get_name(_vm: &Vm, this: Value) -> PyResult {
    Ok(function_object(this).name.own())
}

fn set_name(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let value = checked_text(vm, value, "__name__")?;
    // SAFETY: the field owns its word.
    unsafe { crate::owned::replace(&raw mut function_object(this).name, Some(value)) };
    Ok(())
}

fn get_qualname(_vm: &Vm, this: Value) -> PyResult {
    Ok(function_object(this).qualname.own())
}

fn set_qualname(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let value = checked_text(vm, value, "__qualname__")?;
    // SAFETY: the field owns its word.
    unsafe { crate::owned::replace(&raw mut function_object(this).qualname, Some(value)) };
    Ok(())
}

fn get_type_params(vm: &Vm, this: Value) -> PyResult {
    let params = function_object(this).type_params;
    Ok(if params.is_null() { tuple::empty(vm) } else { params.own() })
}

fn set_type_params(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    match value {
        Some(v) if is_instance(vm, v, vm.types.tuple) => {
            set_part(this, Part::TypeParams, Some(v.own()));
            Ok(())
        }
        _ => Err(vm.type_error("__type_params__ must be set to a tuple")),
    }
}
