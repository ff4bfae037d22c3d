//! `TypeAliasType`: what `type Name[T] = value` makes. The value is computed when it is asked for.

use std::mem::offset_of;

use taipan_layout::Value;
use taipan_layout::objects::Function;

use super::evaluator::{Lazy, function_of, value_of};
use super::{caller_module, checked_name, is_no_default, iter_unpacked, parameters, unpack_tuples};
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{Member, MemberType, TypeSpec, getter, method0, tp_flags};
use crate::objects::{Slots, genericalias, is_instance, tuple, uniontype};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[derive(Default)]
struct Alias {
    name: Option<Owned>,
    value: Lazy,
    /// A tuple, if the alias is generic.
    parameters: Option<Owned>,
    module: Option<Owned>,
}
native_data!(Alias: name, value, parameters, module);

pub static SPEC: TypeSpec = TypeSpec {
    name: "typing.TypeAliasType",
    flags: tp_flags::HAVE_GC | tp_flags::IMMUTABLETYPE,
    doc: "A name for a type, as the type statement makes them.",
    slots: Slots {
        new: Some(new),
        repr: Some(|_, this| Ok(name(this))),
        or: Some(uniontype::or),
        get_item: Some(get_item),
        iter: Some(iter_unpacked),
        ..native::slots::<Alias>()
    },
    methods: &[method0("__reduce__", |_, this| Ok(name(this)), "")],
    getset: &[
        getter(
            "__parameters__",
            |vm, this| match &native::data::<Alias>(this).parameters {
                Some(parameters) => unpack_tuples(vm, *parameters.clone()),
                None => Ok(tuple::empty(vm)),
            },
            "",
        ),
        getter(
            "__type_params__",
            |vm, this| Ok(native::data::<Alias>(this).parameters.clone().unwrap_or_else(|| tuple::empty(vm))),
            "",
        ),
        getter(
            "__value__",
            |vm, this| Ok(value_of::<Alias>(vm, this, |a| &mut a.value)?.unwrap_or_else(Owned::none)),
            "",
        ),
        getter("evaluate_value", |vm, this| function_of::<Alias>(vm, this, |a| &mut a.value), ""),
        getter(
            "__module__",
            |_, this| Ok(native::data::<Alias>(this).module.clone().unwrap_or_else(Owned::none)),
            "",
        ),
    ],
    members: &[Member {
        name: "__name__",
        ty: MemberType::Object,
        offset: native::data_offset::<Alias>() + offset_of!(Alias, name),
        readonly: true,
        doc: "",
    }],
    ..native::spec::<Alias>()
};

fn name(this: Value) -> Owned {
    native::data::<Alias>(this).name.clone().unwrap_or_else(Owned::none)
}

fn get_item(vm: &Vm, this: Value, item: Value) -> PyResult {
    if native::data::<Alias>(this).parameters.is_none() {
        return Err(vm.type_error("Only generic type aliases are subscriptable"));
    }
    genericalias::new(vm, this, item)
}

fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    const NAME: &str = "typealias";
    let ([name, value, parameters], _held) =
        native::bind(vm, NAME, "(name, value, *, type_params=())", args)?;
    let name = checked_name(vm, NAME, name)?;
    let parameters = match native::passed(parameters) {
        Some(parameters) => checked_parameters(vm, parameters)?,
        None => None,
    };
    let value = Lazy::of_value(Some(value.own()));
    native::construct(vm, cls, Alias { name: Some(name), value, parameters, module: caller_module(vm) })
}

/// The type parameters of a constructor; none are the same as an empty tuple.
fn checked_parameters(vm: &Vm, all: Value) -> PyResult<Option<Owned>> {
    if !is_instance(vm, all, vm.types.tuple) {
        return Err(vm.type_error("type_params must be a tuple"));
    }
    let mut seen_default = false;
    for p in tuple::items(&all) {
        let Some(default) = parameters::default_of_any(vm, *p)? else {
            let shown = protocol::object::repr_string(vm, *p)?;
            return Err(vm.type_error(&format!("Expected a type param, got {shown}")));
        };
        if !is_no_default(vm, *default) {
            seen_default = true;
        } else if seen_default {
            let shown = protocol::object::repr_string(vm, *p)?;
            return Err(vm.type_error(&format!(
                "non-default type parameter '{shown}' follows default type parameter"
            )));
        }
    }
    Ok((!tuple::items(&all).is_empty()).then(|| all.own()))
}

/// From the syntax: a name, the type parameters or None, and a function that computes the value.
pub fn from_syntax(vm: &Vm, name: Value, type_params: Value, evaluate: Value) -> PyResult {
    super::ready_types(vm);
    // SAFETY: the compiler passes a function that it has just made.
    let module = unsafe { (*evaluate.as_ptr::<Function>()).module };
    let data = Alias {
        name: Some(name.own()),
        value: Lazy::of_function(evaluate),
        parameters: native::own_given(type_params),
        module: (!module.is_null()).then(|| module.own()),
    };
    native::new(vm, vm.types.type_alias, data)
}
