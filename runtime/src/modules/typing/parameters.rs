//! `TypeVar`, `ParamSpec` and `TypeVarTuple`.
//!
//! They have a name, a default and a `__dict__` (which holds only `__module__`, and what programs add); what else they have
//! differs. How values take their place in generic types is decided by functions of `typing`.

use std::mem::offset_of;

use taipan_layout::Value;

use super::evaluator::{Lazy, function_of, value_of};
use super::{
    FLAGS, caller_module, cannot_subclass, checked_name, checked_type, is_no_default, no_default, typing,
};
use crate::args::Args;
use crate::modules::native::{self, Data, Dict, native_data, passed};
use crate::objects::spec::{
    GetSet, Member, MemberType, MethodSpec, TypeSpec, getter, method, method0, method1, tp_flags,
};
use crate::objects::{Slots, dict, str, tuple, uniontype};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::number::{self, NbOp};
use crate::protocol::{attr, item, iter, object};
use crate::vm::Vm;

/// What all three have.
trait Parameter: Data {
    fn name(&self) -> &Option<Owned>;
    fn default_mut(&mut self) -> &mut Lazy;
}

#[derive(Default, Clone, Copy)]
#[repr(C)]
struct Variance {
    covariant: bool,
    contravariant: bool,
    /// From the syntax: whoever checks types finds out.
    infer: bool,
}

#[derive(Default)]
#[repr(C)]
pub struct TypeVar {
    dict: Dict,
    name: Option<Owned>,
    bound: Lazy,
    constraints: Lazy,
    default: Lazy,
    variance: Variance,
}
native_data!(TypeVar: dict, name, bound, constraints, default);

#[derive(Default)]
#[repr(C)]
pub struct ParamSpec {
    dict: Dict,
    name: Option<Owned>,
    bound: Option<Owned>,
    default: Lazy,
    variance: Variance,
}
native_data!(ParamSpec: dict, name, bound, default);

#[derive(Default)]
#[repr(C)]
pub struct TypeVarTuple {
    dict: Dict,
    name: Option<Owned>,
    default: Lazy,
}
native_data!(TypeVarTuple: dict, name, default);

macro_rules! parameter {
    ($ty:ty) => {
        impl Parameter for $ty {
            fn name(&self) -> &Option<Owned> {
                &self.name
            }
            fn default_mut(&mut self) -> &mut Lazy {
                &mut self.default
            }
        }
    };
}
parameter!(TypeVar);
parameter!(ParamSpec);
parameter!(TypeVarTuple);

const fn base<T: Data>(name: &'static str) -> TypeSpec {
    TypeSpec {
        name,
        flags: FLAGS | tp_flags::WEAKREFABLE,
        dictoffset: native::data_offset::<T>() as i32,
        ..native::spec::<T>()
    }
}

const fn part(name: &'static str, ty: MemberType, offset: usize) -> Member {
    Member { name, ty, offset: native::data_offset::<TypeVar>() + offset, readonly: true, doc: "" }
}

// All three types' data begin at the same place.
const _: () = assert!(
    native::data_offset::<TypeVar>() == native::data_offset::<ParamSpec>()
        && native::data_offset::<TypeVar>() == native::data_offset::<TypeVarTuple>()
);

const fn default_getter<T: Parameter>() -> GetSet {
    getter("__default__", default_of::<T>, "The default, NoDefault if there is none.")
}
const fn default_evaluator<T: Parameter>() -> GetSet {
    getter("evaluate_default", |vm, this| function_of::<T>(vm, this, T::default_mut), "Computes the default.")
}
const fn has_default<T: Parameter>() -> MethodSpec {
    method0(
        "has_default",
        |vm, this| Ok(Owned::bool(is_with_default::<T>(vm, this))),
        "Whether there is a default.",
    )
}
const MRO_ENTRIES: MethodSpec =
    method1("__mro_entries__", "($self, object, /)", |vm, this, _| cannot_subclass(vm, this), "");
const fn reduce<T: Parameter>() -> MethodSpec {
    method0("__reduce__", |_, this| Ok(name_of::<T>(this)), "")
}

pub static TYPE_VAR: TypeSpec = TypeSpec {
    doc: "A type that is not known yet, in a generic function, class or alias.",
    slots: Slots {
        new: Some(new_type_var),
        repr: Some(|vm, this| {
            let variance = native::data::<TypeVar>(this).variance;
            show(vm, *name_of::<TypeVar>(this), variance)
        }),
        or: Some(uniontype::or_checked),
        ..native::slots::<TypeVar>()
    },
    methods: &[
        method1(
            "__typing_subst__",
            "($self, arg, /)",
            |vm, this, arg| typing(vm, "_typevar_subst", &[this, arg]),
            "",
        ),
        method("__typing_prepare_subst__", "($self, alias, args, /)", prepare_type_var, ""),
        has_default::<TypeVar>(),
        MRO_ENTRIES,
        reduce::<TypeVar>(),
    ],
    getset: &[
        getter(
            "__bound__",
            |vm, this| Ok(value_of::<TypeVar>(vm, this, |t| &mut t.bound)?.unwrap_or_else(Owned::none)),
            "The upper bound, or None.",
        ),
        getter(
            "__constraints__",
            |vm, this| {
                let all = value_of::<TypeVar>(vm, this, |t| &mut t.constraints)?;
                Ok(all.unwrap_or_else(|| tuple::empty(vm)))
            },
            "The types among which the variable chooses.",
        ),
        default_getter::<TypeVar>(),
        getter(
            "evaluate_bound",
            |vm, this| function_of::<TypeVar>(vm, this, |t| &mut t.bound),
            "Computes the bound.",
        ),
        getter(
            "evaluate_constraints",
            |vm, this| function_of::<TypeVar>(vm, this, |t| &mut t.constraints),
            "Computes the constraints.",
        ),
        default_evaluator::<TypeVar>(),
    ],
    members: &[
        part("__name__", MemberType::Object, offset_of!(TypeVar, name)),
        part("__covariant__", MemberType::Bool, offset_of!(TypeVar, variance.covariant)),
        part("__contravariant__", MemberType::Bool, offset_of!(TypeVar, variance.contravariant)),
        part("__infer_variance__", MemberType::Bool, offset_of!(TypeVar, variance.infer)),
    ],
    ..base::<TypeVar>("typing.TypeVar")
};

pub static PARAM_SPEC: TypeSpec = TypeSpec {
    doc: "Parameters of a function that are not known yet, in a generic function, class or alias.",
    slots: Slots {
        new: Some(new_param_spec),
        repr: Some(|vm, this| {
            let variance = native::data::<ParamSpec>(this).variance;
            show(vm, *name_of::<ParamSpec>(this), variance)
        }),
        or: Some(uniontype::or_checked),
        ..native::slots::<ParamSpec>()
    },
    methods: &[
        method1(
            "__typing_subst__",
            "($self, arg, /)",
            |vm, this, arg| typing(vm, "_paramspec_subst", &[this, arg]),
            "",
        ),
        method(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            |vm, this, args| typing(vm, "_paramspec_prepare_subst", &[this, args[0], args[1]]),
            "",
        ),
        has_default::<ParamSpec>(),
        MRO_ENTRIES,
        reduce::<ParamSpec>(),
    ],
    getset: &[
        getter("args", super::components::args, "The type of the positional arguments."),
        getter("kwargs", super::components::kwargs, "The type of the keyword arguments."),
        default_getter::<ParamSpec>(),
        default_evaluator::<ParamSpec>(),
    ],
    members: &[
        part("__name__", MemberType::Object, offset_of!(ParamSpec, name)),
        part("__bound__", MemberType::ObjectOrNone, offset_of!(ParamSpec, bound)),
        part("__covariant__", MemberType::Bool, offset_of!(ParamSpec, variance.covariant)),
        part("__contravariant__", MemberType::Bool, offset_of!(ParamSpec, variance.contravariant)),
        part("__infer_variance__", MemberType::Bool, offset_of!(ParamSpec, variance.infer)),
    ],
    ..base::<ParamSpec>("typing.ParamSpec")
};

pub static TYPE_VAR_TUPLE: TypeSpec = TypeSpec {
    doc: "Any number of types that are not known yet, in a generic function, class or alias.",
    slots: Slots {
        new: Some(new_type_var_tuple),
        repr: Some(|_, this| Ok(name_of::<TypeVarTuple>(this))),
        iter: Some(super::iter_unpacked),
        ..native::slots::<TypeVarTuple>()
    },
    methods: &[
        method1(
            "__typing_subst__",
            "($self, arg, /)",
            |vm, _, _| Err(vm.type_error("Substitution of bare TypeVarTuple is not supported")),
            "",
        ),
        method(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            |vm, this, args| typing(vm, "_typevartuple_prepare_subst", &[this, args[0], args[1]]),
            "",
        ),
        has_default::<TypeVarTuple>(),
        MRO_ENTRIES,
        reduce::<TypeVarTuple>(),
    ],
    getset: &[default_getter::<TypeVarTuple>(), default_evaluator::<TypeVarTuple>()],
    members: &[part("__name__", MemberType::Object, offset_of!(TypeVarTuple, name))],
    ..base::<TypeVarTuple>("typing.TypeVarTuple")
};

// ---- attributes ----

fn name_of<T: Parameter>(this: Value) -> Owned {
    native::data::<T>(this).name().clone().unwrap_or_else(Owned::none)
}

fn default_of<T: Parameter>(vm: &Vm, this: Value) -> PyResult {
    value_of::<T>(vm, this, T::default_mut)?.map_or_else(|| no_default(vm), Ok)
}

fn is_with_default<T: Parameter>(vm: &Vm, this: Value) -> bool {
    let default = native::data::<T>(this).default_mut();
    default.is_computed() || default.given().is_some_and(|v| !is_no_default(vm, v))
}

/// The default of whatever is a type parameter.
pub fn default_of_any(vm: &Vm, v: Value) -> PyResult<Option<Owned>> {
    let ty = crate::objects::type_of(vm, v);
    Ok(Some(if ty == vm.types.type_var {
        default_of::<TypeVar>(vm, v)?
    } else if ty == vm.types.param_spec {
        default_of::<ParamSpec>(vm, v)?
    } else if ty == vm.types.type_var_tuple {
        default_of::<TypeVarTuple>(vm, v)?
    } else {
        return Ok(None);
    }))
}

fn show(vm: &Vm, name: Value, variance: Variance) -> PyResult {
    let sign = match variance {
        Variance { infer: true, .. } => return Ok(name.own()),
        Variance { covariant: true, .. } => '+',
        Variance { contravariant: true, .. } => '-',
        _ => '~',
    };
    str::new(vm, &format!("{sign}{}", str::to_string_lossy(name)))
}

// ---- making them ----

impl Variance {
    fn of(vm: &Vm, flags: [Value; 3]) -> PyResult<Variance> {
        let mut given = [false; 3];
        for (out, v) in given.iter_mut().zip(flags) {
            *out = match passed(v) {
                Some(v) => crate::protocol::compare::is_true(vm, v)?,
                None => false,
            };
        }
        let [covariant, contravariant, infer] = given;
        if covariant && contravariant {
            return Err(vm.value_error("Bivariant types are not supported."));
        }
        if infer && (covariant || contravariant) {
            return Err(vm.value_error("Variance cannot be specified with infer_variance."));
        }
        Ok(Variance { covariant, contravariant, infer })
    }
}

/// The `__dict__` of a new type parameter: it knows where it was made.
fn home(vm: &Vm) -> PyResult<Dict> {
    let own = dict::new(vm)?;
    let module = caller_module(vm).unwrap_or_else(Owned::none);
    dict::set_str(vm, *own, *vm.names.__module__, *module)?;
    Ok(Dict::holding(own))
}

/// A default that was passed, or its absence.
fn given_default(vm: &Vm, v: Value) -> PyResult<Lazy> {
    let value = passed(v).map_or_else(|| no_default(vm), |v| Ok(v.own()))?;
    Ok(Lazy::of_value(Some(value)))
}

fn new_type_var(vm: &Vm, cls: Value, args: Args) -> PyResult {
    const NAME: &str = "typevar";
    let ([name, bound, default, covariant, contravariant, infer, constraints], _held) = native::bind(
        vm,
        NAME,
        "(name, *constraints, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)",
        args,
    )?;
    let name = checked_name(vm, NAME, name)?;
    let variance = Variance::of(vm, [covariant, contravariant, infer])?;
    let bound =
        native::given(bound).map(|bound| checked_type(vm, bound, "Bound must be a type.")).transpose()?;
    let constraints = match tuple::len(constraints) {
        0 => None,
        1 => return Err(vm.type_error("A single constraint is not allowed")),
        _ if bound.is_some() => return Err(vm.type_error("Constraints cannot be combined with bound=...")),
        _ => Some(constraints.own()),
    };
    let data = TypeVar {
        dict: home(vm)?,
        name: Some(name),
        bound: Lazy::of_value(bound),
        constraints: Lazy::of_value(constraints),
        default: given_default(vm, default)?,
        variance,
    };
    native::construct(vm, cls, data)
}

fn new_param_spec(vm: &Vm, cls: Value, args: Args) -> PyResult {
    const NAME: &str = "paramspec";
    let ([name, bound, default, covariant, contravariant, infer], _held) = native::bind(
        vm,
        NAME,
        "(name, *, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)",
        args,
    )?;
    let name = checked_name(vm, NAME, name)?;
    let variance = Variance::of(vm, [covariant, contravariant, infer])?;
    let data = ParamSpec {
        dict: home(vm)?,
        name: Some(name),
        bound: native::own_given(bound),
        default: given_default(vm, default)?,
        variance,
    };
    native::construct(vm, cls, data)
}

fn new_type_var_tuple(vm: &Vm, cls: Value, args: Args) -> PyResult {
    const NAME: &str = "typevartuple";
    let ([name, default], _held) = native::bind(vm, NAME, "(name, *, default=typing.NoDefault)", args)?;
    let name = checked_name(vm, NAME, name)?;
    let data = TypeVarTuple { dict: home(vm)?, name: Some(name), default: given_default(vm, default)? };
    native::construct(vm, cls, data)
}

/// From the syntax: bound and constraints are functions that compute them.
pub fn type_var(vm: &Vm, name: Value, bound: Option<Value>, constraints: Option<Value>) -> PyResult {
    super::ready_types(vm);
    let computed = |v: Option<Value>| v.map_or_else(Lazy::default, Lazy::of_function);
    let data = TypeVar {
        name: Some(name.own()),
        bound: computed(bound),
        constraints: computed(constraints),
        variance: Variance { infer: true, ..Variance::default() },
        ..TypeVar::default()
    };
    native::new(vm, vm.types.type_var, data)
}

/// From the syntax.
pub fn param_spec(vm: &Vm, name: Value) -> PyResult {
    super::ready_types(vm);
    let variance = Variance { infer: true, ..Variance::default() };
    native::new(
        vm,
        vm.types.param_spec,
        ParamSpec { name: Some(name.own()), variance, ..ParamSpec::default() },
    )
}

/// From the syntax.
pub fn type_var_tuple(vm: &Vm, name: Value) -> PyResult {
    super::ready_types(vm);
    native::new(
        vm,
        vm.types.type_var_tuple,
        TypeVarTuple { name: Some(name.own()), ..TypeVarTuple::default() },
    )
}

/// From the syntax: a new parameter gets a function that computes its default.
pub fn set_default(vm: &Vm, parameter: Value, evaluate: Value) -> PyResult {
    let ty = crate::objects::type_of(vm, parameter);
    let default = if ty == vm.types.type_var {
        native::data::<TypeVar>(parameter).default_mut()
    } else if ty == vm.types.param_spec {
        native::data::<ParamSpec>(parameter).default_mut()
    } else if ty == vm.types.type_var_tuple {
        native::data::<TypeVarTuple>(parameter).default_mut()
    } else {
        let got = ty.name_str();
        return Err(vm.type_error(&format!("Expected a type param, got {got}")));
    };
    let before = std::mem::replace(default, Lazy::of_function(evaluate));
    drop(before);
    Ok(parameter.own())
}

// ---- substitution ----

/// A variable that gets no value from a subscript takes its default.
fn prepare_type_var(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (alias, values) = (args[0], args[1]);
    let parameters = attr::get_str(vm, alias, "__parameters__")?;
    let given = item::len(vm, values)?;
    let place = iter::collect(vm, *parameters)?.iter().position(|p| **p == this);
    let Some(place) = place else {
        return Err(vm.value_error("sequence.index(x): x not in sequence"));
    };
    if place < given {
        return Ok(values.own());
    }
    if place == given {
        let default = default_of::<TypeVar>(vm, this)?;
        if !is_no_default(vm, *default) {
            let more = tuple::from_owned(vm, vec![default])?;
            return number::binary(vm, NbOp::Add, values, *more);
        }
    }
    let shown = str::to_string_lossy(*object::str(vm, alias)?);
    let least = place + 1;
    Err(vm.type_error(&format!("Too few arguments for {shown}; actual {given}, expected at least {least}")))
}
