//! `P.args` and `P.kwargs` of a `ParamSpec` P.

use std::mem::offset_of;

use taipan_layout::Value;

use super::{FLAGS, cannot_subclass};
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{Member, MemberType, MethodSpec, TypeSpec, method1, tp_flags};
use crate::objects::{CompareOp, Slots, TypeRef, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, attr};
use crate::vm::Vm;

#[derive(Default)]
struct Component {
    origin: Option<Owned>,
}
native_data!(Component: origin);

const METHODS: &[MethodSpec] =
    &[method1("__mro_entries__", "($self, object, /)", |vm, this, _| cannot_subclass(vm, this), "")];

const MEMBERS: &[Member] = &[Member {
    name: "__origin__",
    ty: MemberType::Object,
    offset: native::data_offset::<Component>() + offset_of!(Component, origin),
    readonly: true,
    doc: "",
}];

const fn base(name: &'static str) -> TypeSpec {
    TypeSpec {
        name,
        flags: FLAGS | tp_flags::WEAKREFABLE,
        methods: METHODS,
        members: MEMBERS,
        ..native::spec::<Component>()
    }
}

pub static ARGS: TypeSpec = TypeSpec {
    doc: "The positional arguments of a ParamSpec.",
    slots: Slots {
        new: Some(|vm, cls, args| construct(vm, cls, args, "paramspecargs")),
        repr: Some(|vm, this| show(vm, this, "args")),
        richcompare: Some(|vm, a, b, op| compare(vm, a, b, op, vm.types.param_spec_args)),
        ..native::slots::<Component>()
    },
    ..base("typing.ParamSpecArgs")
};

pub static KWARGS: TypeSpec = TypeSpec {
    doc: "The keyword arguments of a ParamSpec.",
    slots: Slots {
        new: Some(|vm, cls, args| construct(vm, cls, args, "paramspeckwargs")),
        repr: Some(|vm, this| show(vm, this, "kwargs")),
        richcompare: Some(|vm, a, b, op| compare(vm, a, b, op, vm.types.param_spec_kwargs)),
        ..native::slots::<Component>()
    },
    ..base("typing.ParamSpecKwargs")
};

pub fn args(vm: &Vm, origin: Value) -> PyResult {
    native::new(vm, vm.types.param_spec_args, Component { origin: Some(origin.own()) })
}

pub fn kwargs(vm: &Vm, origin: Value) -> PyResult {
    native::new(vm, vm.types.param_spec_kwargs, Component { origin: Some(origin.own()) })
}

fn construct(vm: &Vm, cls: Value, args: Args, name: &str) -> PyResult {
    let ([origin], _held) = native::bind(vm, name, "(origin)", args)?;
    native::construct(vm, cls, Component { origin: Some(origin.own()) })
}

fn origin(this: Value) -> Owned {
    native::data::<Component>(this).origin.clone().unwrap_or_else(Owned::none)
}

fn show(vm: &Vm, this: Value, what: &str) -> PyResult {
    let origin = origin(this);
    let shown = if type_of(vm, *origin) == vm.types.param_spec {
        str::to_string_lossy(*attr::get(vm, *origin, *vm.names.__name__)?)
    } else {
        protocol::object::repr_string(vm, *origin)?
    };
    str::new(vm, &format!("{shown}.{what}"))
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOp, ty: TypeRef) -> PyResult {
    if type_of(vm, a) != ty || type_of(vm, b) != ty || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::not_implemented());
    }
    let (a, b) = (origin(a), origin(b));
    let same = protocol::compare::equal(vm, *a, *b)?;
    Ok(Owned::bool(same == (op == CompareOp::Eq)))
}
