//! `_tuplegetter`: the fields of named tuples.

use taipan_layout::Value;

use crate::modules::native::{self, native_data};
use crate::objects::spec::{TypeSpec, getset, method0, tp_flags};
use crate::objects::{Slots, int, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[derive(Default)]
pub struct TupleGetter {
    index: isize,
    doc: Option<Owned>,
}
native_data!(TupleGetter: doc);

fn of<'a>(v: Value) -> &'a mut TupleGetter {
    native::data(v)
}

fn doc(v: Value) -> Owned {
    of(v).doc.clone().unwrap_or_else(Owned::none)
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "collections._tuplegetter",
    flags: tp_flags::HAVE_GC,
    slots: Slots {
        new: Some(|vm, cls, args| {
            let ([index, doc], _keep) = native::bind(vm, "_tuplegetter", "(index, doc, /)", args)?;
            let index = protocol::index::to_isize(vm, index)?;
            native::construct(vm, cls, TupleGetter { index, doc: Some(doc.own()) })
        }),
        repr: Some(|vm, this| {
            let shown = protocol::object::repr_string(vm, *doc(this))?;
            let name = type_of(vm, this).short_name();
            str::new(vm, &format!("{name}({}, {shown})", of(this).index))
        }),
        descr_get: Some(get),
        descr_set: Some(|vm, _, _, value| {
            let verb = if value.is_some() { "set" } else { "delete" };
            Err(vm.raise(vm.types.attribute_error, &format!("can't {verb} attribute")))
        }),
        ..native::slots::<TupleGetter>()
    },
    methods: &[method0(
        "__reduce__",
        |vm, this| {
            let args = tuple::pair(vm, int::new(vm, of(this).index as i64)?, doc(this))?;
            tuple::pair(vm, type_of(vm, this).value().own(), args)
        },
        "",
    )],
    getset: &[getset(
        "__doc__",
        |_, this| Ok(doc(this)),
        |_, this, value| {
            let before = std::mem::replace(&mut of(this).doc, value.map(|v| v.own()));
            drop(before);
            Ok(())
        },
        "",
    )],
    ..native::spec::<TupleGetter>()
};

fn get(vm: &Vm, this: Value, instance: Option<Value>, _: Value) -> PyResult {
    let Some(instance) = instance.filter(|v| !v.is_none()) else { return Ok(this.own()) };
    let index = of(this).index;
    if !tuple::is_tuple(vm, instance) {
        let got = type_of(vm, instance).name_str();
        return Err(vm.type_error(&format!(
            "descriptor for index '{index}' for tuple subclasses doesn't apply to '{got}' object"
        )));
    }
    match usize::try_from(index).ok().and_then(|i| tuple::items(&instance).get(i)) {
        Some(v) => Ok(v.own()),
        None => Err(vm.index_error("tuple index out of range")),
    }
}
