//! `_typing`: type parameters and type aliases (PEP 695, PEP 696), which `typing` and the compiled syntax make.
//!
//! | file | holds |
//! |---|---|
//! | `evaluator` | values that are computed when they are asked for |
//! | `parameters` | `TypeVar`, `ParamSpec`, `TypeVarTuple` |
//! | `components` | `ParamSpecArgs`, `ParamSpecKwargs` |
//! | `alias` | `TypeAliasType` |
//!
//! What the syntax makes comes from the functions at the end of this file; the others are constructors. `Generic` is a plain
//! class of Python code (`_taipan_typing`), because what inherits from it has the layout of plain classes.

mod alias;
mod components;
mod evaluator;
mod parameters;

use taipan_layout::Value;
use taipan_layout::objects::Function;

use super::NativeModule;
use crate::interp::frames;
use crate::modules::native;
use crate::objects::spec::{TypeSpec, function1, method0, tp_flags};
use crate::objects::{Slots, ready, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{attr, call, item};
use crate::vm::Vm;
pub use alias::from_syntax as type_alias;
pub use parameters::{param_spec, set_default, type_var, type_var_tuple};

pub static MODULE: NativeModule = NativeModule {
    name: "_typing",
    doc: "Type parameters and type aliases, for the typing module and for the syntax.",
    functions: &[function1("_idfunc", "($module, x, /)", |_, _, x| Ok(x.own()), "")],
    fill: |vm, m| {
        ready_types(vm);
        for ty in [
            vm.types.type_var,
            vm.types.param_spec,
            vm.types.param_spec_args,
            vm.types.param_spec_kwargs,
            vm.types.type_var_tuple,
            vm.types.type_alias,
        ] {
            super::set(vm, m, &ty.short_name(), ty.value())?;
        }
        super::set(vm, m, "Union", vm.types.union.value())?;
        super::set(vm, m, "NoDefault", *no_default(vm)?)?;
        let python = super::import(vm, "_taipan_typing")?;
        super::set(vm, m, "Generic", *attr::get_str(vm, *python, "Generic")?)
    },
};

/// The syntax for type parameters makes them without importing the module.
fn ready_types(vm: &Vm) {
    ready(vm, vm.types.const_evaluator, &evaluator::CONST_EVALUATOR);
    ready(vm, vm.types.no_default, &NO_DEFAULT);
    ready(vm, vm.types.type_var, &parameters::TYPE_VAR);
    ready(vm, vm.types.param_spec, &parameters::PARAM_SPEC);
    ready(vm, vm.types.type_var_tuple, &parameters::TYPE_VAR_TUPLE);
    ready(vm, vm.types.param_spec_args, &components::ARGS);
    ready(vm, vm.types.param_spec_kwargs, &components::KWARGS);
    ready(vm, vm.types.type_alias, &alias::SPEC);
}

const FLAGS: u64 = tp_flags::HAVE_GC | tp_flags::IMMUTABLETYPE | tp_flags::MADE_BY_MODULE;

// ---- NoDefault ----

#[derive(Default)]
struct NoDefault;
native::native_data!(NoDefault);

static NO_DEFAULT: TypeSpec = TypeSpec {
    name: "NoDefaultType",
    flags: tp_flags::HAVE_GC | tp_flags::IMMUTABLETYPE,
    doc: "What says that a type parameter has no default.",
    signature: "()",
    slots: Slots {
        new: Some(|vm, _, args| {
            if !args.all().is_empty() {
                return Err(vm.type_error("NoDefaultType takes no arguments"));
            }
            no_default(vm)
        }),
        repr: Some(|vm, _| str::new(vm, "typing.NoDefault")),
        ..native::slots::<NoDefault>()
    },
    methods: &[method0("__reduce__", |vm, _| str::new(vm, "NoDefault"), "")],
    ..native::spec::<NoDefault>()
};

/// Says that a type parameter has no default.
fn no_default(vm: &Vm) -> PyResult {
    if let Some(v) = vm.state.no_default.get() {
        return Ok(v.own());
    }
    let v = native::new(vm, vm.types.no_default, NoDefault)?;
    vm.state.no_default.set(Some(v.clone().into_value()));
    Ok(v)
}

fn is_no_default(vm: &Vm, v: Value) -> bool {
    vm.state.no_default.get() == Some(v)
}

// ---- what the types share ----

/// `typing.name(*args)`.
fn typing(vm: &Vm, name: &str, args: &[Value]) -> PyResult {
    let typing = super::import(vm, "typing")?;
    attr::call_attr(vm, *typing, name, args)
}

/// `typing.Unpack[v]`.
fn unpacked(vm: &Vm, v: Value) -> PyResult {
    let typing = super::import(vm, "typing")?;
    let unpack = attr::get_str(vm, *typing, "Unpack")?;
    item::get(vm, *unpack, v)
}

/// What `*v` gives: an iterator over `typing.Unpack[v]` alone.
fn iter_unpacked(vm: &Vm, v: Value) -> PyResult {
    let one = tuple::from_owned(vm, vec![unpacked(vm, v)?])?;
    crate::protocol::iter::iter(vm, *one)
}

/// Checks that something given as a type is one, as `typing` does.
fn checked_type(vm: &Vm, v: Value, message: &str) -> PyResult {
    if v.is_none() {
        return Ok(vm.types.none_type.value().own());
    }
    let message = str::new(vm, message)?;
    typing(vm, "_type_check", &[v, *message])
}

/// The module of the function that is running.
fn caller_module(vm: &Vm) -> Option<Owned> {
    // SAFETY: the chain of live frames ends with null, and frames that Python may see have functions.
    unsafe {
        let frame = frames::first_python((*vm.ts()).frame);
        if frame.is_null() {
            return None;
        }
        let module = (*(*frame).function.as_ptr::<Function>()).module;
        (!module.is_null()).then(|| module.own())
    }
}

/// `name`, which must be text.
fn checked_name(vm: &Vm, function: &str, name: Value) -> PyResult {
    if str::is_str(vm, name) {
        return Ok(name.own());
    }
    let got = str::args::type_name(vm, name);
    Err(vm.type_error(&format!("{function}() argument 'name' must be str, not {got}")))
}

/// Type parameters with the tuples among them unpacked: a tuple.
fn unpack_tuples(vm: &Vm, parameters: Value) -> PyResult {
    let mut all = Vec::new();
    for p in tuple::items(&parameters) {
        all.push(if type_of(vm, *p) == vm.types.type_var_tuple { unpacked(vm, *p)? } else { p.own() });
    }
    tuple::from_owned(vm, all)
}

fn cannot_subclass(vm: &Vm, this: Value) -> PyResult {
    let name = type_of(vm, this).short_name();
    Err(vm.type_error(&format!("Cannot subclass an instance of {name}")))
}

// ---- for the syntax ----

/// The base `Generic[…]` of a class with type parameters.
pub fn subscript_generic(vm: &Vm, parameters: Value) -> PyResult {
    let generic = {
        let module = super::import(vm, "_typing")?;
        attr::get_str(vm, *module, "Generic")?
    };
    let parameters = unpack_tuples(vm, parameters)?;
    let typing = super::import(vm, "typing")?;
    let alias = attr::get_str(vm, *typing, "_GenericAlias")?;
    call::positional(vm, *alias, &[*generic, *parameters])
}
