//! `match` statements (PEP 634).

use taipan_layout::{ThreadState, Value};

use super::{value, vm};
use crate::objects::spec::tp_flags;
use crate::objects::{TypeRef, is_instance, set, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{attr, call, object};
use crate::vm::Vm;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_is_mapping(ts: *mut ThreadState, v: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    type_of(unsafe { vm(ts) }, v).has_flag(tp_flags::MAPPING) as i32
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_is_sequence(ts: *mut ThreadState, v: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    type_of(unsafe { vm(ts) }, v).has_flag(tp_flags::SEQUENCE) as i32
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_match_keys(ts: *mut ThreadState, subject: Value, keys: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(match_keys(unsafe { vm(ts) }, subject, keys))
}

fn match_keys(vm: &Vm, subject: Value, keys: Value) -> PyResult {
    let keys = tuple::items(&keys);
    if keys.is_empty() {
        return Ok(tuple::empty(vm));
    }
    let get = attr::get_str(vm, subject, "get")?;
    // A default that nothing else can be: an object made here.
    let missing = call::positional(vm, vm.types.object.value(), &[])?;
    let seen = set::new(vm)?;
    let mut values = Vec::with_capacity(keys.len());
    for key in keys {
        if set::contains(vm, *seen, *key)? {
            let text = object::repr_string(vm, *key)?;
            return Err(vm.value_error(&format!("mapping pattern checks duplicate key ({text})")));
        }
        set::add(vm, *seen, *key)?;
        let v = call::positional(vm, *get, &[*key, *missing])?;
        if *v == *missing {
            return Ok(Owned::none());
        }
        values.push(v);
    }
    tuple::from_owned(vm, values)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_match_class(
    ts: *mut ThreadState,
    subject: Value,
    class: Value,
    names: Value,
    positional: u32,
) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(match_class(unsafe { vm(ts) }, subject, class, names, positional as usize))
}

fn match_class(vm: &Vm, subject: Value, class: Value, names: Value, positional: usize) -> PyResult {
    let Some(ty) = TypeRef::from_value(vm, class) else {
        return Err(vm.type_error("called match pattern must be a class"));
    };
    if !object::is_instance(vm, subject, class)? {
        return Ok(Owned::none());
    }
    let mut seen: Vec<Value> = Vec::new();
    let mut values = Vec::new();
    let attribute = |name: Value, seen: &mut Vec<Value>| -> PyResult<Option<Owned>> {
        if seen.contains(&name) {
            let (c, n) = (ty.name_str(), object::repr_string(vm, name)?);
            return Err(vm.type_error(&format!("{c}() got multiple sub-patterns for attribute {n}")));
        }
        seen.push(name);
        attr::get_optional(vm, subject, name)
    };
    if positional > 0 {
        let (match_self, args) = match attr::get_optional(vm, class, *vm.names.__match_args__)? {
            Some(args) => {
                if !is_instance(vm, *args, vm.types.tuple) {
                    let (c, got) = (ty.name_str(), type_of(vm, *args).name_str());
                    return Err(vm.type_error(&format!("{c}.__match_args__ must be a tuple (got {got})")));
                }
                (false, args)
            }
            None => (ty.has_flag(tp_flags::MATCH_SELF), tuple::empty(vm)),
        };
        let allowed = if match_self { 1 } else { tuple::items(&args).len() };
        if allowed < positional {
            let (c, s) = (ty.name_str(), if allowed == 1 { "" } else { "s" });
            return Err(vm.type_error(&format!(
                "{c}() accepts {allowed} positional sub-pattern{s} ({positional} given)"
            )));
        }
        if match_self {
            values.push(subject.own());
        } else {
            for name in &tuple::items(&args)[..positional] {
                if !is_instance(vm, *name, vm.types.str) {
                    let got = type_of(vm, *name).name_str();
                    return Err(
                        vm.type_error(&format!("__match_args__ elements must be strings (got {got})"))
                    );
                }
                let key = str::intern_value(vm, *name);
                match attribute(*key, &mut seen)? {
                    Some(v) => values.push(v),
                    None => return Ok(Owned::none()),
                }
            }
        }
    }
    for name in tuple::items(&names) {
        match attribute(*name, &mut seen)? {
            Some(v) => values.push(v),
            None => return Ok(Owned::none()),
        }
    }
    tuple::from_owned(vm, values)
}
