//! Subscription, length, containment.

use taipan_layout::Value;

use crate::objects::{TypeRef, type_of};
use crate::owned::PyResult;
use crate::protocol::{attr, call, compare, iter};
use crate::vm::Vm;

/// `container[key]`.
pub fn get(vm: &Vm, container: Value, key: Value) -> PyResult {
    let ty = type_of(vm, container);
    if let Some(f) = ty.slots().get_item {
        return f(vm, container, key);
    }
    if let Some(cls) = TypeRef::from_value(vm, container) {
        if cls == vm.types.type_ {
            return crate::objects::object::generic_alias(vm, container, key);
        }
        let hook = attr::get_optional(vm, container, *vm.names.__class_getitem__)?;
        if let Some(hook) = hook.filter(|hook| !hook.is_none()) {
            return call::positional(vm, *hook, &[key]);
        }
        let n = cls.name_str();
        return Err(vm.type_error(&format!("type '{n}' is not subscriptable")));
    }
    let t = ty.name_str();
    Err(vm.type_error(&format!("'{t}' object is not subscriptable")))
}

/// `container[key] = value`.
pub fn set(vm: &Vm, container: Value, key: Value, value: Value) -> PyResult<()> {
    match type_of(vm, container).slots().set_item {
        Some(f) => f(vm, container, key, Some(value)),
        None => {
            let t = type_of(vm, container).name_str();
            Err(vm.type_error(&format!("'{t}' object does not support item assignment")))
        }
    }
}

/// `del container[key]`.
pub fn delete(vm: &Vm, container: Value, key: Value) -> PyResult<()> {
    match type_of(vm, container).slots().set_item {
        Some(f) => f(vm, container, key, None),
        None => {
            // CPython's sequence half of the operation words it differently.
            let ty = type_of(vm, container);
            let slots = ty.slots();
            let sequence = ty.is_heap_type()
                || slots.concat.is_some()
                || slots.repeat.is_some()
                || slots.contains.is_some();
            let not =
                if sequence && type_of(vm, key).slots().index.is_some() { "doesn't" } else { "does not" };
            let t = ty.name_str();
            Err(vm.type_error(&format!("'{t}' object {not} support item deletion")))
        }
    }
}

/// `len(object)`.
#[inline]
pub fn len(vm: &Vm, object: Value) -> PyResult<usize> {
    match type_of(vm, object).slots().len {
        Some(f) => f(vm, object),
        None => {
            let t = type_of(vm, object).name_str();
            Err(vm.type_error(&format!("object of type '{t}' has no len()")))
        }
    }
}

/// Whether integers may subscript `object` (`__getitem__`, and it is no dict). Native types that can be subscribed without
/// having a length are none: unions of types, matches of regular expressions.
pub fn is_sequence(vm: &Vm, object: Value) -> bool {
    let ty = type_of(vm, object);
    let slots = ty.slots();
    slots.get_item.is_some() && (slots.len.is_some() || ty.is_heap_type()) && !ty.is_subtype_of(vm.types.dict)
}

/// `item in container`.
pub fn contains(vm: &Vm, container: Value, item: Value) -> PyResult<bool> {
    match type_of(vm, container).slots().contains {
        Some(f) => f(vm, container, item),
        None => contains_by_iteration(vm, container, item),
    }
}

/// `item in container` for a container that only iterates.
pub fn contains_by_iteration(vm: &Vm, container: Value, item: Value) -> PyResult<bool> {
    let it = match iter::iter(vm, container) {
        Ok(it) => it,
        Err(raised) => {
            drop(vm.catch(raised, vm.types.type_error)?);
            let t = type_of(vm, container).name_str();
            return Err(vm.type_error(&format!("argument of type '{t}' is not a container or iterable")));
        }
    };
    while let Some(v) = iter::next(vm, *it)? {
        if compare::equal(vm, *v, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
