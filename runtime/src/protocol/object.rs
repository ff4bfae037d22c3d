//! `repr`, `str`, `format`, `isinstance` and other operations that every object has.

use taipan_layout::Value;

use super::{attr, call, compare, iter};
use crate::objects::spec::tp_flags;
use crate::objects::{TypeRef, is_instance as is_exact_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

/// `repr(object)`: a `str`.
pub fn repr(vm: &Vm, object: Value) -> PyResult {
    vm.check_native_stack(" while getting the repr of an object")?;
    let Some(f) = type_of(vm, object).slots().repr else {
        return crate::objects::object::default_repr(vm, object);
    };
    let r = f(vm, object)?;
    if !is_exact_instance(vm, *r, vm.types.str) {
        let t = type_of(vm, *r).name_str();
        return Err(vm.type_error(&format!("__repr__ returned non-string (type {t})")));
    }
    Ok(r)
}

/// `repr(object)` as Rust text (lone surrogates lost): for messages.
pub fn repr_string(vm: &Vm, object: Value) -> PyResult<String> {
    Ok(str::to_string_lossy(*repr(vm, object)?))
}

/// `str(object)`.
pub fn str(vm: &Vm, object: Value) -> PyResult {
    let ty = type_of(vm, object);
    if ty == vm.types.str {
        return Ok(object.own());
    }
    let Some(f) = ty.slots().str else { return repr(vm, object) };
    vm.check_native_stack(" while getting the str of an object")?;
    let r = f(vm, object)?;
    if !is_exact_instance(vm, *r, vm.types.str) {
        let t = type_of(vm, *r).name_str();
        return Err(vm.type_error(&format!("__str__ returned non-string (type {t})")));
    }
    Ok(r)
}

/// `format(object, spec)`; `spec` is a `str` or NULL for an empty one.
pub fn format(vm: &Vm, object: Value, spec: Value) -> PyResult {
    let ty = type_of(vm, object);
    let empty = spec.is_null() || str::length(spec) == 0;
    if empty && (ty == vm.types.str || ty == vm.types.int) {
        return str(vm, object);
    }
    let spec = if spec.is_null() { str::empty(vm) } else { spec.own() };
    let Some(r) = call::special(vm, object, *vm.names.__format__, &[*spec])? else {
        let t = ty.name_str();
        return Err(vm.type_error(&format!("Type {t} doesn't define __format__")));
    };
    if !is_exact_instance(vm, *r, vm.types.str) {
        let t = type_of(vm, *r).name_str();
        return Err(vm.type_error(&format!("__format__ must return a str, not {t}")));
    }
    Ok(r)
}

/// Marks an object as being printed for as long as it lives.
pub struct ReprGuard<'a>(&'a Vm);

impl Drop for ReprGuard<'_> {
    fn drop(&mut self) {
        self.0.repr_running.borrow_mut().pop();
    }
}

/// `None` when the object's `repr` is already running further out: print `[...]`.
pub fn repr_guard(vm: &Vm, object: Value) -> Option<ReprGuard<'_>> {
    let mut running = vm.repr_running.borrow_mut();
    if running.contains(&object) {
        return None;
    }
    running.push(object);
    Some(ReprGuard(vm))
}

/// `isinstance(object, cls)`; `cls` may be a tuple or a union.
pub fn is_instance(vm: &Vm, object: Value, cls: Value) -> PyResult<bool> {
    if type_of(vm, object).value() == cls {
        return Ok(true);
    }
    check(vm, object, cls, *vm.names.__instancecheck__, real_is_instance)
}

/// `issubclass(sub, cls)`.
pub fn is_subclass(vm: &Vm, sub: Value, cls: Value) -> PyResult<bool> {
    check(vm, sub, cls, *vm.names.__subclasscheck__, real_is_subclass)
}

fn check(
    vm: &Vm,
    what: Value,
    cls: Value,
    hook: Value,
    real: fn(&Vm, Value, Value) -> PyResult<bool>,
) -> PyResult<bool> {
    if type_of(vm, cls) == vm.types.type_ {
        return real(vm, what, cls);
    }
    if is_exact_instance(vm, cls, vm.types.tuple) {
        vm.check_native_stack(" in __instancecheck__")?;
        let cls = cls.own();
        for c in tuple::items(&cls) {
            if check(vm, what, *c, hook, real)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(members) = crate::objects::uniontype::members(vm, cls) {
        return check(vm, what, members, hook, real);
    }
    if let Some(f) = attr::lookup_special(vm, cls, hook)? {
        vm.check_native_stack(" in __instancecheck__")?;
        let r = call::positional(vm, *f, &[what])?;
        return compare::is_true(vm, *r);
    }
    real(vm, what, cls)
}

/// `type.__instancecheck__`.
pub fn real_is_instance(vm: &Vm, object: Value, cls: Value) -> PyResult<bool> {
    if let Some(ty) = TypeRef::from_value(vm, cls) {
        let own = type_of(vm, object);
        if own.is_subtype_of(ty) {
            return Ok(true);
        }
        // `__class__` may claim another class.
        if !own.has_generic_getattr() || own.is_heap_type() {
            let claimed = attr::get_optional(vm, object, *vm.names.__class__)?;
            if let Some(c) = claimed
                && *c != own.value()
                && let Some(c) = TypeRef::from_value(vm, *c)
            {
                return Ok(c.is_subtype_of(ty));
            }
        }
        return Ok(false);
    }
    check_class(vm, cls, "isinstance() arg 2 must be a type, a tuple of types, or a union")?;
    match attr::get_optional(vm, object, *vm.names.__class__)? {
        Some(c) => abstract_is_subclass(vm, *c, cls),
        None => Ok(false),
    }
}

/// `type.__subclasscheck__`.
pub fn real_is_subclass(vm: &Vm, sub: Value, cls: Value) -> PyResult<bool> {
    if let (Some(s), Some(c)) = (TypeRef::from_value(vm, sub), TypeRef::from_value(vm, cls)) {
        return Ok(s.is_subtype_of(c));
    }
    check_class(vm, sub, "issubclass() arg 1 must be a class")?;
    check_class(vm, cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union")?;
    abstract_is_subclass(vm, sub, cls)
}

/// `__bases__` as a tuple, for objects that are not types but behave like classes.
fn abstract_bases(vm: &Vm, cls: Value) -> PyResult<Option<Owned>> {
    Ok(attr::get_optional(vm, cls, *vm.names.__bases__)?
        .filter(|b| is_exact_instance(vm, **b, vm.types.tuple)))
}

fn check_class(vm: &Vm, cls: Value, message: &str) -> PyResult<()> {
    match abstract_bases(vm, cls)? {
        Some(_) => Ok(()),
        None => Err(vm.type_error(message)),
    }
}

fn abstract_is_subclass(vm: &Vm, sub: Value, cls: Value) -> PyResult<bool> {
    if sub == cls {
        return Ok(true);
    }
    vm.check_native_stack(" in __issubclass__")?;
    let Some(bases) = abstract_bases(vm, sub)? else { return Ok(false) };
    for b in tuple::items(&bases) {
        if abstract_is_subclass(vm, *b, cls)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `dir(object)`: a sorted list.
pub fn dir(vm: &Vm, object: Value) -> PyResult {
    let Some(names) = call::special(vm, object, *vm.names.__dir__, &[])? else {
        return Err(vm.type_error("object does not provide __dir__"));
    };
    let names = crate::objects::list::new(vm, iter::collect(vm, *names)?)?;
    call::method(vm, *names, *str::intern(vm, "sort"), &[])?;
    Ok(names)
}

/// `int | str`: a union of types.
pub fn union(vm: &Vm, a: Value, b: Value) -> PyResult {
    crate::objects::object::union(vm, a, b)
}

/// The exception in flight, put aside for code that must not disturb it.
pub struct SavedException(Value);

pub fn save_exception(vm: &Vm) -> SavedException {
    // SAFETY: the word moves out of the thread state and back.
    unsafe { SavedException(std::mem::replace(&mut (*vm.ts()).exception, Value::NULL)) }
}

pub fn restore_saved(vm: &Vm, saved: SavedException) {
    // SAFETY: as above; what was set meanwhile is dropped.
    unsafe {
        let other = std::mem::replace(&mut (*vm.ts()).exception, saved.0);
        crate::owned::decref(other);
    }
}

/// Whether instances of the type can be called.
pub fn is_callable(vm: &Vm, v: Value) -> bool {
    type_of(vm, v).slots().call.is_some()
}

/// Whether `v` is an exception class or instance.
pub fn is_exception_class(vm: &Vm, v: Value) -> bool {
    TypeRef::from_value(vm, v).is_some_and(|t| t.has_flag(tp_flags::BASE_EXC_SUBCLASS))
}
