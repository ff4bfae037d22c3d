//! `_weakref`: what `weakref` and `_weakrefset` are made of.

use taipan_layout::Value;

use super::NativeModule;
use super::builtins::optional;
use crate::objects::spec::{MethodSpec, function, function1};
use crate::objects::{dict, is_instance, list, type_of, weakref};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_weakref",
    doc: "References that do not keep objects alive.",
    functions: FUNCTIONS,
    fill,
};

static FUNCTIONS: &[MethodSpec] = &[
    function1(
        "getweakrefcount",
        "($module, object, /)",
        |vm, _, v| Ok(Owned::fixnum(weakref::references(vm, v).len() as i64)),
        "How many weak references to the object there are.",
    ),
    function1(
        "getweakrefs",
        "($module, object, /)",
        |vm, _, v| list::new(vm, weakref::references(vm, v)),
        "The weak references to the object, as a list.",
    ),
    function(
        "proxy",
        "($module, object, callback=None, /)",
        |vm, _, args| weakref::proxy::new(vm, args[0], optional(args, 1).filter(|c| !c.is_none())),
        "Create a proxy object that weakly references 'object'.",
    ),
    function(
        "_remove_dead_weakref",
        "($module, dct, key, /)",
        remove_dead,
        "Take key out of the dict if its weak reference has lost its object.",
    ),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    let types = &vm.types;
    for (name, ty) in [
        ("ref", types.weakref),
        ("ReferenceType", types.weakref),
        ("ProxyType", types.weak_proxy),
        ("CallableProxyType", types.weak_callable_proxy),
    ] {
        super::set(vm, m, name, ty.value())?;
    }
    Ok(())
}

fn remove_dead(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    if !is_instance(vm, args[0], vm.types.dict) {
        let got = type_of(vm, args[0]).name_str();
        return Err(vm.type_error(&format!("_remove_dead_weakref() argument 1 must be dict, not {got}")));
    }
    if let Some(found) = dict::get(vm, args[0], args[1])? {
        if !is_instance(vm, *found, vm.types.weakref) {
            return Err(vm.type_error("not a weakref"));
        }
        if weakref::get(*found).is_none() {
            dict::take(vm, args[0], args[1])?;
        }
    }
    Ok(Owned::none())
}
