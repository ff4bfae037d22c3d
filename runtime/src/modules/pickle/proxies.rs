//! The memos of picklers and unpicklers as Python sees them: proxies that can be copied to dicts, cleared and assigned.

use taipan_layout::Value;

use super::{pickler, unpickler};
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{MethodSpec, TypeSpec, method0, tp_flags};
use crate::objects::{Slots, TypeRef, dict, int, is_instance, object, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

#[derive(Default)]
pub struct Proxy {
    owner: Option<Owned>,
}
native_data!(Proxy: owner);

const FLAGS: u64 = tp_flags::HAVE_GC | tp_flags::BASETYPE | tp_flags::MADE_BY_MODULE;

const fn slots() -> Slots {
    Slots { new: Some(new), hash: Some(unhashable), ..native::slots::<Proxy>() }
}

pub static PICKLER_SPEC: TypeSpec = TypeSpec {
    name: "_pickle.PicklerMemoProxy",
    flags: FLAGS,
    slots: slots(),
    methods: PICKLER_METHODS,
    ..native::spec::<Proxy>()
};

pub static UNPICKLER_SPEC: TypeSpec = TypeSpec {
    name: "_pickle.UnpicklerMemoProxy",
    flags: FLAGS,
    slots: slots(),
    methods: UNPICKLER_METHODS,
    ..native::spec::<Proxy>()
};

static PICKLER_METHODS: &[MethodSpec] = &[
    method0("clear", |vm, this| clear(vm, this, clear_pickler), "Forget all objects."),
    method0(
        "copy",
        |vm, this| copy(vm, this, pickler::memo_copy),
        "A dict: identities of objects to pairs of number and object.",
    ),
    method0("__reduce__", |vm, this| reduce(vm, this, pickler::memo_copy), "A copy's constructor."),
];

static UNPICKLER_METHODS: &[MethodSpec] = &[
    method0("clear", |vm, this| clear(vm, this, unpickler::clear_memo), "Forget all objects."),
    method0("copy", |vm, this| copy(vm, this, unpickler::memo_copy), "A dict: numbers to objects."),
    method0("__reduce__", |vm, this| reduce(vm, this, unpickler::memo_copy), "A copy's constructor."),
];

/// A proxy of nothing.
fn new(vm: &Vm, cls: Value, _: Args) -> PyResult {
    native::construct(vm, cls, Proxy::default())
}

fn unhashable(vm: &Vm, this: Value) -> PyResult<i64> {
    object::not_hashable(vm, this)
}

fn owner(this: Value) -> Option<Owned> {
    native::data::<Proxy>(this).owner.clone()
}

fn clear_pickler(this: Value) {
    drop(std::mem::take(&mut pickler::state(this).memo));
}

fn clear(_: &Vm, this: Value, clear: fn(Value)) -> PyResult {
    if let Some(owner) = owner(this) {
        clear(*owner);
    }
    Ok(Owned::none())
}

fn copy(vm: &Vm, this: Value, copy: fn(&Vm, Value) -> PyResult) -> PyResult {
    match owner(this) {
        Some(owner) => copy(vm, *owner),
        None => dict::new(vm),
    }
}

fn reduce(vm: &Vm, this: Value, make: fn(&Vm, Value) -> PyResult) -> PyResult {
    let contents = copy(vm, this, make)?;
    let args = tuple::from_slice(vm, &[*contents])?;
    tuple::from_slice(vm, &[vm.types.dict.value(), *args])
}

fn proxy(vm: &Vm, ty: TypeRef, owner: Value) -> PyResult {
    native::new(vm, ty, Proxy { owner: Some(owner.own()) })
}

pub fn of_pickler(vm: &Vm, this: Value) -> PyResult {
    proxy(vm, vm.types.pickler_memo_proxy, this)
}

pub fn of_unpickler(vm: &Vm, this: Value) -> PyResult {
    proxy(vm, vm.types.unpickler_memo_proxy, this)
}

fn assigned(vm: &Vm, value: Option<Value>, proxy: TypeRef, name: &str) -> PyResult<Owned> {
    let Some(value) = value else { return Err(vm.type_error("attribute deletion is not supported")) };
    if type_of(vm, value) == proxy || is_instance(vm, value, vm.types.dict) {
        return Ok(value.own());
    }
    let got = type_of(vm, value).name_str();
    Err(vm.type_error(&format!("'memo' attribute must be {name} object or dict, not {got}")))
}

pub fn set_pickler_memo(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let proxy = vm.types.pickler_memo_proxy;
    let value = assigned(vm, value, proxy, "a PicklerMemoProxy")?;
    let mut memo = super::memo::Memo::default();
    if type_of(vm, *value) == proxy {
        if let Some(owner) = owner(*value) {
            memo = pickler::state(*owner).memo.clone();
        }
    } else {
        for (_, entry) in dict::snapshot(*value) {
            if !is_instance(vm, *entry, vm.types.tuple) || tuple::len(*entry) != 2 {
                return Err(vm.type_error("'memo' values must be 2-item tuples"));
            }
            let [number, object] = [tuple::items(&entry)[0], tuple::items(&entry)[1]];
            if !int::is_int(vm, number) {
                return Err(vm.type_error("an integer is required"));
            }
            memo.put(object, crate::protocol::index::to_usize(vm, number)?);
        }
    }
    let old = std::mem::replace(&mut pickler::state(this).memo, memo);
    drop(old);
    Ok(())
}

pub fn set_unpickler_memo(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let proxy = vm.types.unpickler_memo_proxy;
    let value = assigned(vm, value, proxy, "an UnpicklerMemoProxy")?;
    let mut memo = unpickler::Memo::default();
    if type_of(vm, *value) == proxy {
        if let Some(owner) = owner(*value) {
            memo = unpickler::state(*owner).memo.clone();
        }
    } else {
        for (key, object) in dict::snapshot(*value) {
            if !int::is_int(vm, *key) {
                return Err(vm.type_error("memo key must be integers"));
            }
            let number = crate::protocol::index::to_i64(vm, *key)?;
            let Ok(number) = usize::try_from(number) else {
                return Err(vm.value_error("memo key must be positive integers."));
            };
            memo.put(number, object);
        }
    }
    let old = std::mem::replace(&mut unpickler::state(this).memo, memo);
    drop(old);
    Ok(())
}
