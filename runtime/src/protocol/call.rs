//! Calling.

use taipan_layout::{Kind, Value};

use super::attr;
use crate::args::Args;
use crate::objects::spec::tp_flags;
use crate::objects::{is_instance, is_kind, str, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::vm::Vm;

/// `f(*args)`.
#[inline]
pub fn positional(vm: &Vm, f: Value, args: &[Value]) -> PyResult {
    with_args(vm, f, Args::positional(args))
}

/// `f(*args, **kwargs)`.
#[inline]
pub fn with_args(vm: &Vm, f: Value, args: Args) -> PyResult {
    if is_kind(f, Kind::Function) {
        return crate::interp::call_function(vm, f, args);
    }
    match type_of(vm, f).slots().call {
        Some(call) => call(vm, f, args),
        None => Err(not_callable(vm, f)),
    }
}

/// TypeError for a call of `f`, and for a module the thing of the same name inside of it, if that can be called.
#[cold]
pub fn not_callable(vm: &Vm, f: Value) -> Raised {
    let t = type_of(vm, f).name_str();
    let mut text = format!("'{t}' object is not callable");
    if is_instance(vm, f, vm.types.module) {
        match namesake(vm, f) {
            Ok(Some(name)) => text.push_str(&format!(". Did you mean: '{name}.{name}(...)'?")),
            Ok(None) => {}
            Err(raised) => return raised,
        }
    }
    vm.type_error(&text)
}

/// The name of a module that holds something callable of that name.
fn namesake(vm: &Vm, module: Value) -> PyResult<Option<String>> {
    let Some(name) = attr::get_optional(vm, module, *vm.names.__name__)? else { return Ok(None) };
    if !is_instance(vm, *name, vm.types.str) {
        return Ok(None);
    }
    let Some(inner) = attr::get_optional(vm, module, *name)? else { return Ok(None) };
    Ok(super::object::is_callable(vm, *inner).then(|| str::to_string_lossy(*name)))
}

/// `object.name(*args)`.
pub fn method(vm: &Vm, object: Value, name: Value, args: &[Value]) -> PyResult {
    let (f, with_self) = attr::get_method(vm, object, name)?;
    if with_self { prepend(vm, *f, object, args) } else { positional(vm, *f, args) }
}

/// [`method`], or `None` when there is no such attribute.
pub fn method_optional(vm: &Vm, object: Value, name: Value, args: &[Value]) -> PyResult<Option<Owned>> {
    match attr::get_optional(vm, object, name)? {
        Some(f) => positional(vm, *f, args).map(Some),
        None => Ok(None),
    }
}

/// Calls a special method, looked up on the type only; `None` when there is none.
pub fn special(vm: &Vm, object: Value, name: Value, args: &[Value]) -> PyResult<Option<Owned>> {
    let Some(found) = type_of(vm, object).lookup(vm, name).map(Counted::own) else { return Ok(None) };
    let ty = type_of(vm, *found);
    if ty.has_flag(tp_flags::METHOD_DESCRIPTOR) {
        return prepend(vm, *found, object, args).map(Some);
    }
    let bound = attr::bind(vm, *found, object)?;
    positional(vm, *bound, args).map(Some)
}

/// [`special`], where a descriptor that raises AttributeError means that there is no such method.
pub fn special_or_none(vm: &Vm, object: Value, name: Value, args: &[Value]) -> PyResult<Option<Owned>> {
    let Some(found) = type_of(vm, object).lookup(vm, name).map(Counted::own) else { return Ok(None) };
    if type_of(vm, *found).has_flag(tp_flags::METHOD_DESCRIPTOR) {
        return prepend(vm, *found, object, args).map(Some);
    }
    match attr::bind(vm, *found, object) {
        Ok(bound) => positional(vm, *bound, args).map(Some),
        Err(raised) => {
            drop(vm.catch(raised, vm.types.attribute_error)?);
            Ok(None)
        }
    }
}

/// `f(first, *rest)`.
pub fn prepend(vm: &Vm, f: Value, first: Value, rest: &[Value]) -> PyResult {
    prepend_args(vm, f, first, Args::positional(rest))
}

/// `f(first, *args, **kwargs)`.
pub fn prepend_args(vm: &Vm, f: Value, first: Value, rest: Args) -> PyResult {
    const INLINE: usize = 8;
    let n = rest.all().len() + 1;
    if n <= INLINE {
        let mut all = [Value::NULL; INLINE];
        all[0] = first;
        all[1..n].copy_from_slice(rest.all());
        return with_args(vm, f, Args::with_keywords(&all[..n], rest.kwnames()));
    }
    let mut all = Vec::with_capacity(n);
    all.push(first);
    all.extend_from_slice(rest.all());
    with_args(vm, f, Args::with_keywords(&all, rest.kwnames()))
}
