//! Attribute access: the algorithm of `object.__getattribute__` / `__setattr__`, and descriptor binding.

use taipan_layout::header::flag;
use taipan_layout::objects::Instance;
use taipan_layout::{Kind, Value};

use crate::objects::spec::tp_flags;
use crate::objects::typeobject::shapes;
use crate::objects::{TypeRef, dict, is_instance, is_kind, str, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol::call;
use crate::vm::Vm;

/// `getattr(object, name)`.
#[inline]
pub fn get(vm: &Vm, object: Value, name: Value) -> PyResult {
    match type_of(vm, object).slots().getattro {
        Some(f) => f(vm, object, name),
        None => generic_get(vm, object, name),
    }
}

/// `getattr(object, name)` by Rust text.
pub fn get_str(vm: &Vm, object: Value, name: &str) -> PyResult {
    get(vm, object, *str::intern(vm, name))
}

/// `getattr(object, name, None)` with absence as `None`: only AttributeError is swallowed.
pub fn get_optional(vm: &Vm, object: Value, name: Value) -> PyResult<Option<Owned>> {
    let found = if type_of(vm, object).has_generic_getattr() {
        generic_lookup(vm, object, name)
    } else {
        get(vm, object, name).map(Some)
    };
    // Descriptors raise it, too.
    found.or_else(|raised| vm.catch(raised, vm.types.attribute_error).map(|_| None))
}

/// `setattr(object, name, value)`.
pub fn set(vm: &Vm, object: Value, name: Value, value: Value) -> PyResult<()> {
    set_or_delete(vm, object, name, Some(value))
}

/// `delattr(object, name)`.
pub fn delete(vm: &Vm, object: Value, name: Value) -> PyResult<()> {
    set_or_delete(vm, object, name, None)
}

fn set_or_delete(vm: &Vm, object: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    match type_of(vm, object).slots().setattro {
        Some(f) => f(vm, object, name, value),
        None => generic_set(vm, object, name, value),
    }
}

/// `name` as an interned exact `str`; TypeError when it is not text.
#[inline]
pub fn name_key(vm: &Vm, name: Value) -> PyResult {
    if is_kind(name, Kind::Str) && str::is_interned(name) {
        return Ok(name.own());
    }
    if !is_instance(vm, name, vm.types.str) {
        let got = type_of(vm, name).name_str();
        return Err(vm.type_error(&format!("attribute name must be string, not '{got}'")));
    }
    Ok(str::intern_value(vm, name))
}

/// The instance's own attribute `name` (interned), wherever the instance keeps its attributes.
fn own_attribute(vm: &Vm, ty: TypeRef, object: Value, name: Value) -> PyResult<Option<Owned>> {
    if ty.has_flag(tp_flags::SHAPED) {
        // SAFETY: the class is shaped, so the object is an Instance with slots or a dict.
        unsafe {
            if (*object.header()).flags & flag::INSTANCE_HAS_DICT == 0 {
                return Ok(shapes::get(object, name));
            }
            let d = (*object.as_ptr::<Instance>()).extra;
            return dict_entry(vm, d, name);
        }
    }
    match dict_word(ty, object) {
        // SAFETY: `dict_word` gives the address of an owned word inside the object.
        Some(word) => unsafe { if (*word).is_null() { Ok(None) } else { dict_entry(vm, *word, name) } },
        None => Ok(None),
    }
}

fn dict_entry(vm: &Vm, d: Value, name: Value) -> PyResult<Option<Owned>> {
    // A `__dict__` may be an instance of a dict subclass, whose lookups are still the plain ones. Keys that are no exact
    // strings are asked whether they are equal.
    if dict::has_only_str_keys(d) {
        return Ok(dict::get_str(vm, d, name).map(Counted::own));
    }
    let d = d.own();
    dict::get(vm, *d, name)
}

/// The address of the `__dict__` word of an object that has one at a fixed offset.
pub fn dict_word(ty: TypeRef, object: Value) -> Option<*mut Value> {
    let offset = ty.head.dictoffset;
    if offset == 0 || !object.is_heap() {
        return None;
    }
    // SAFETY: the type says that its instances have a word there.
    Some(unsafe { object.as_ptr::<u8>().offset(offset as isize) as *mut Value })
}

/// `object.__getattribute__`.
pub fn generic_get(vm: &Vm, object: Value, name: Value) -> PyResult {
    match generic_lookup(vm, object, name)? {
        Some(v) => Ok(v),
        None => {
            let text = format!(
                "'{}' object has no attribute '{}'",
                type_of(vm, object).name_str(),
                str::to_string_lossy(name)
            );
            Err(raise_missing(vm, object, name, &text))
        }
    }
}

/// [`generic_get`] with absence as `None`; errors of descriptors are passed on, AttributeErrors of theirs count as absence.
fn generic_lookup(vm: &Vm, object: Value, name: Value) -> PyResult<Option<Owned>> {
    let key = name_key(vm, name)?;
    let ty = type_of(vm, object);
    let class_attr = ty.lookup(vm, *key).map(Counted::own);
    let absent = |_vm: &Vm, r: PyResult| match r {
        Ok(v) => Ok(Some(v)),
        Err(raised) => Err(raised),
    };
    if let Some(attr) = &class_attr {
        let slots = type_of(vm, **attr).slots();
        if let (Some(get), Some(_)) = (slots.descr_get, slots.descr_set) {
            return absent(vm, get(vm, **attr, Some(object), ty.value()));
        }
    }
    if let Some(v) = own_attribute(vm, ty, object, *key)? {
        return Ok(Some(v));
    }
    let Some(attr) = class_attr else { return Ok(None) };
    match type_of(vm, *attr).slots().descr_get {
        Some(get) => absent(vm, get(vm, *attr, Some(object), ty.value())),
        None => Ok(Some(attr)),
    }
}

/// `object.__setattr__` and `object.__delattr__`.
pub fn generic_set(vm: &Vm, object: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    let key = name_key(vm, name)?;
    let ty = type_of(vm, object);
    let class_attr = ty.lookup(vm, *key).map(Counted::own);
    if let Some(attr) = &class_attr
        && let Some(set) = type_of(vm, **attr).slots().descr_set
    {
        return set(vm, **attr, object, value);
    }
    if shapes::has_slots(vm, object) {
        // SAFETY: just tested; the name is interned.
        unsafe {
            match value {
                Some(v) => return shapes::set(vm, object, *key, v),
                None if shapes::delete(object, *key) => return Ok(()),
                None => {}
            }
        }
        return Err(raise_unsettable(vm, object, *key, true, class_attr.is_some()));
    }
    match instance_dict(vm, object, value.is_some())? {
        Some(d) => match value {
            Some(v) => dict::set_str(vm, *d, *key, v),
            None if dict::get_str(vm, *d, *key).is_some() => dict::delete(vm, *d, *key),
            None => Err(raise_unsettable(vm, object, *key, true, class_attr.is_some())),
        },
        None => {
            let has_dict = ty.head.dictoffset != 0 || ty.has_flag(tp_flags::SHAPED);
            Err(raise_unsettable(vm, object, *key, has_dict, class_attr.is_some()))
        }
    }
}

/// Whether `object.__dict__` is the dict that the object itself keeps its attributes in, and [`set_own`] may be used.
pub fn has_plain_dict(vm: &Vm, object: Value) -> bool {
    let ty = type_of(vm, object);
    ty.has_generic_getattr()
        && (ty.has_flag(tp_flags::SHAPED) || ty.head.dictoffset != 0)
        && ty.lookup(vm, *vm.names.__dict__).is_some_and(|d| type_of(vm, d) == vm.types.getset_descriptor)
}

/// The dict that the object keeps its attributes in, unless it is empty. Attributes that lie in the object come as a dict of
/// their own and stay where they are.
pub fn own_attributes(vm: &Vm, object: Value) -> PyResult<Option<Owned>> {
    if shapes::has_slots(vm, object) {
        // SAFETY: just tested.
        return unsafe { shapes::copy_to_dict(vm, object) };
    }
    Ok(instance_dict(vm, object, false)?
        .filter(|d| !is_instance(vm, **d, vm.types.dict) || dict::len(**d) > 0))
}

/// `object.__dict__[name] = value` for an interned name, without a dict where attributes lie in the object.
pub fn set_own(vm: &Vm, object: Value, name: Value, value: Value) -> PyResult<()> {
    if shapes::has_slots(vm, object) {
        // SAFETY: just tested; the name is interned.
        return unsafe { shapes::set(vm, object, name, value) };
    }
    match instance_dict(vm, object, true)? {
        Some(d) => dict::set_str(vm, *d, name, value),
        None => Err(raise_missing(vm, object, *vm.names.__dict__, "the object has no __dict__")),
    }
}

/// The instance's `__dict__`, made now if `create`; `None` for objects without one.
pub fn instance_dict(vm: &Vm, object: Value, create: bool) -> PyResult<Option<Owned>> {
    let ty = type_of(vm, object);
    if ty.has_flag(tp_flags::SHAPED) {
        return shapes::materialize_dict(vm, object).map(Some);
    }
    let Some(word) = dict_word(ty, object) else { return Ok(None) };
    // SAFETY: the word lies inside the object and owns its reference.
    unsafe {
        if (*word).is_null() {
            if !create {
                return Ok(None);
            }
            let d = dict::new(vm)?;
            *word = d.clone().into_value();
            return Ok(Some(d));
        }
        Ok(Some((*word).own()))
    }
}

fn raise_unsettable(vm: &Vm, object: Value, name: Value, has_dict: bool, on_class: bool) -> Raised {
    let (ty, n) = (type_of(vm, object).name_str(), str::to_string_lossy(name));
    // Classes that set attributes in a way of their own are not told about the instance's dict.
    let is_plain = sets_plainly(type_of(vm, object));
    let text = if has_dict || !is_plain && !on_class {
        format!("'{ty}' object has no attribute '{n}'")
    } else if on_class {
        format!("'{ty}' object attribute '{n}' is read-only")
    } else {
        format!("'{ty}' object has no attribute '{n}' and no __dict__ for setting new attributes")
    };
    raise_missing(vm, object, name, &text)
}

/// Whether attributes of instances are set in the general way.
fn sets_plainly(ty: TypeRef) -> bool {
    let general = generic_set as fn(&Vm, Value, Value, Option<Value>) -> PyResult<()>;
    ty.slots().setattro.is_none_or(|f| f as usize == general as usize)
}

/// AttributeError with its `name` and `obj` filled in, from which suggestions are made.
pub fn raise_missing(vm: &Vm, object: Value, name: Value, text: &str) -> Raised {
    crate::objects::exceptions::raise_attribute_error(vm, object, name, text)
}

/// What `descr` found on the type of `object` becomes when read through `object`.
pub fn bind(vm: &Vm, descr: Value, object: Value) -> PyResult {
    let ty = type_of(vm, object);
    match type_of(vm, descr).slots().descr_get {
        Some(get) => get(vm, descr, Some(object), ty.value()),
        None => Ok(descr.own()),
    }
}

/// A special method: looked up on the type only, bound to `object`.
pub fn lookup_special(vm: &Vm, object: Value, name: Value) -> PyResult<Option<Owned>> {
    let Some(found) = type_of(vm, object).lookup(vm, name).map(Counted::own) else { return Ok(None) };
    bind(vm, *found, object).map(Some)
}

/// For `object.name(…)`: the function to call and whether `object` goes first (CPython's `_PyObject_GetMethod`).
pub fn get_method(vm: &Vm, object: Value, name: Value) -> PyResult<(Owned, bool)> {
    let ty = type_of(vm, object);
    if ty.has_generic_getattr()
        && str::is_interned(name)
        && let Some(attr) = ty.lookup(vm, name)
        && type_of(vm, attr).has_flag(tp_flags::METHOD_DESCRIPTOR)
    {
        let attr = attr.own();
        return match own_attribute(vm, ty, object, name)? {
            Some(shadow) => Ok((shadow, false)),
            None => Ok((attr, true)),
        };
    }
    Ok((get(vm, object, name)?, false))
}

/// Calls `__getattr__`-free attribute lookup for a module or namespace object and then the attribute.
pub fn call_attr(vm: &Vm, object: Value, name: &str, args: &[Value]) -> PyResult {
    let f = get_str(vm, object, name)?;
    call::positional(vm, *f, args)
}
