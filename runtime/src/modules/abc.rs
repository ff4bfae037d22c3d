//! `_abc`: what `abc.ABCMeta` is made of.
//!
//! Each abstract class has a record, its attribute `_abc_impl`: classes that were registered, and two caches of answers to
//! `issubclass`. All refer to classes weakly. A negative answer holds until any class is registered anywhere, which
//! moves a counter on.

use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashMap;
use taipan_layout::Value;

use super::NativeModule;
use super::native;
use crate::objects::spec::{MethodSpec, TypeSpec, function, function0, function1, tp_flags};
use crate::objects::{TypeRef, dict, int, is_instance, set, str, tuple, type_of, weakref};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_abc",
    doc: "What abc.ABCMeta keeps its registries and caches with.",
    functions: FUNCTIONS,
    fill: |vm, _| {
        crate::objects::ready(vm, vm.types.abc_data, &DATA);
        Ok(())
    },
};

static FUNCTIONS: &[MethodSpec] = &[
    function0("get_cache_token", |vm, _| int::from_u64(vm, token()), "Returns the current ABC cache token."),
    function1("_abc_init", "($module, self, /)", init, "Internal ABC helper for class set-up."),
    function(
        "_abc_register",
        "($module, self, subclass, /)",
        register,
        "Internal ABC helper for subclasss registration.",
    ),
    function(
        "_abc_instancecheck",
        "($module, self, instance, /)",
        instancecheck,
        "Internal ABC helper for instance checks.",
    ),
    function(
        "_abc_subclasscheck",
        "($module, self, subclass, /)",
        |vm, _, a| subclasscheck(vm, a[0], a[1]).map(Owned::bool),
        "Internal ABC helper for subclasss checks.",
    ),
    function1(
        "_get_dump",
        "($module, self, /)",
        dump,
        "Internal ABC helper for cache and registry debugging.",
    ),
    function1(
        "_reset_registry",
        "($module, self, /)",
        |vm, _, c| {
            drop(std::mem::take(&mut data(vm, c)?.registry));
            Ok(Owned::none())
        },
        "Internal ABC helper to reset registry of a given class.",
    ),
    function1(
        "_reset_caches",
        "($module, self, /)",
        reset_caches,
        "Internal ABC helper to reset both caches of a given class.",
    ),
];

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn token() -> u64 {
    COUNTER.load(Ordering::Relaxed)
}

/// Classes by address, each with a weak reference that tells whether it is still that class.
type Classes = FxHashMap<u64, Owned>;

#[derive(Default)]
pub struct Data {
    registry: Vec<Owned>,
    cache: Option<Box<Classes>>,
    negative: Option<Box<Classes>>,
    negative_token: u64,
}

impl native::Data for Data {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        native::Visit::visit_with(&self.registry, visit);
        for classes in [&self.cache, &self.negative].into_iter().flatten() {
            classes.values().for_each(|w| visit(w.value()));
        }
    }
}

pub static DATA: TypeSpec = TypeSpec {
    name: "_abc._abc_data",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    doc: "Internal state held by ABC machinery.",
    slots: native::slots::<Data>(),
    ..native::spec::<Data>()
};

fn record(vm: &Vm, class: Value) -> PyResult {
    let record = protocol::attr::get_str(vm, class, "_abc_impl")?;
    if type_of(vm, *record) != vm.types.abc_data {
        return Err(vm.type_error("_abc_impl is set to a wrong type"));
    }
    Ok(record)
}

fn data<'a>(vm: &Vm, class: Value) -> PyResult<&'a mut Data> {
    // The class keeps its record alive.
    Ok(native::data(*record(vm, class)?))
}

fn holds(classes: &Option<Box<Classes>>, class: Value) -> bool {
    classes
        .as_ref()
        .and_then(|all| all.get(&class.0))
        .and_then(|w| weakref::get(**w))
        .is_some_and(|found| *found == class)
}

fn remember(vm: &Vm, owner: Value, class: Value, positive: bool) -> PyResult<()> {
    let weak = weakref::create(vm, vm.types.weakref, class, None)?;
    let d = data(vm, owner)?;
    let classes = if positive { &mut d.cache } else { &mut d.negative };
    let old = classes.get_or_insert_with(Default::default).insert(class.0, weak);
    drop(old);
    Ok(())
}

fn is_abstract(vm: &Vm, v: Value) -> PyResult<bool> {
    match protocol::attr::get_optional(vm, v, *vm.names.__isabstractmethod__)? {
        Some(flag) => protocol::compare::is_true(vm, *flag),
        None => Ok(false),
    }
}

fn init(vm: &Vm, _: Value, class: Value) -> PyResult {
    let Some(ty) = TypeRef::from_value(vm, class) else { return Err(vm.type_error("a class is required")) };
    let key = str::intern(vm, "__abstractmethods__");
    let mut names = Vec::new();
    for (name, value) in dict::snapshot(ty.dict.get()) {
        if is_abstract(vm, *value)? {
            names.push(name);
        }
    }
    for base in tuple::items(&ty.bases.get()).iter().map(|b| b.own()).collect::<Vec<_>>() {
        let Some(inherited) = protocol::attr::get_optional(vm, *base, *key)? else { continue };
        for name in protocol::iter::collect(vm, *inherited)? {
            if let Some(value) = protocol::attr::get_optional(vm, class, *name)?
                && is_abstract(vm, *value)?
            {
                names.push(name);
            }
        }
    }
    let names: Vec<Value> = names.iter().map(|n| **n).collect();
    let names = set::frozen_from_slice(vm, &names)?;
    protocol::attr::set(vm, class, *key, *names)?;
    let record = native::new(vm, vm.types.abc_data, Data::default())?;
    protocol::attr::set(vm, class, *str::intern(vm, "_abc_impl"), *record)?;
    // What kind of pattern the class matches.
    let key = str::intern(vm, "__abc_tpflags__");
    if let Some(flags) = dict::get_str(vm, ty.dict.get(), *key).map(Counted::own) {
        if let Some(flags) = int::as_i64(*flags) {
            const BOTH: u64 = tp_flags::SEQUENCE | tp_flags::MAPPING;
            if flags as u64 & BOTH == BOTH {
                let text = "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING";
                return Err(vm.type_error(text));
            }
            add_flags(ty, flags as u64 & (tp_flags::SEQUENCE | tp_flags::MAPPING));
        }
        protocol::attr::delete(vm, class, *key)?;
    }
    Ok(Owned::none())
}

fn add_flags(ty: TypeRef, flags: u64) {
    if flags != 0 {
        ty.set_collection_flags(flags);
    }
}

fn register(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (class, subclass) = (args[0], args[1]);
    let Some(sub) = TypeRef::from_value(vm, subclass) else {
        return Err(vm.type_error("Can only register classes"));
    };
    if protocol::object::is_subclass(vm, subclass, class)? {
        return Ok(subclass.own());
    }
    if protocol::object::is_subclass(vm, class, subclass)? {
        return Err(vm.runtime_error("Refusing to create an inheritance cycle"));
    }
    let weak = weakref::create(vm, vm.types.weakref, subclass, None)?;
    data(vm, class)?.registry.push(weak);
    COUNTER.fetch_add(1, Ordering::Relaxed);
    if let Some(ty) = TypeRef::from_value(vm, class) {
        let flags = [tp_flags::SEQUENCE, tp_flags::MAPPING].into_iter().filter(|f| ty.has_flag(*f)).sum();
        if sub.is_heap_type() {
            add_flags(sub, flags);
        }
    }
    Ok(subclass.own())
}

fn instancecheck(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (class, instance) = (args[0], args[1]);
    let subclass = match protocol::attr::get_optional(vm, instance, *vm.names.__class__)? {
        Some(c) => c,
        None => type_of(vm, instance).value().own(),
    };
    let d = data(vm, class)?;
    if holds(&d.cache, *subclass) {
        return Ok(Owned::bool(true));
    }
    let subtype = type_of(vm, instance).value().own();
    let key = *vm.names.__subclasscheck__;
    if *subtype == *subclass {
        if d.negative_token == token() && holds(&d.negative, *subclass) {
            return Ok(Owned::bool(false));
        }
        return protocol::call::method(vm, class, key, &[*subclass]);
    }
    let first = protocol::call::method(vm, class, key, &[*subclass])?;
    if protocol::compare::is_true(vm, *first)? {
        return Ok(first);
    }
    protocol::call::method(vm, class, key, &[*subtype])
}

fn subclasscheck(vm: &Vm, class: Value, subclass: Value) -> PyResult<bool> {
    let Some(sub) = TypeRef::from_value(vm, subclass) else {
        return Err(vm.type_error("issubclass() arg 1 must be a class"));
    };
    let d = data(vm, class)?;
    if holds(&d.cache, subclass) {
        return Ok(true);
    }
    if d.negative_token < token() {
        d.negative_token = token();
        let old = d.negative.take();
        drop(old);
    } else if holds(&d.negative, subclass) {
        return Ok(false);
    }
    let hook = protocol::attr::get(vm, class, *vm.names.__subclasshook__)?;
    let verdict = protocol::call::positional(vm, *hook, &[subclass])?;
    match *verdict {
        Value::TRUE => {
            remember(vm, class, subclass, true)?;
            return Ok(true);
        }
        Value::FALSE => {
            remember(vm, class, subclass, false)?;
            return Ok(false);
        }
        Value::NOT_IMPLEMENTED => {}
        _ => {
            return Err(vm.raise(
                vm.types.assertion_error,
                "__subclasshook__ must return either False, True, or NotImplemented",
            ));
        }
    }
    if sub.mro_types().any(|t| t.value() == class) {
        remember(vm, class, subclass, true)?;
        return Ok(true);
    }
    let registered: Vec<Owned> = data(vm, class)?.registry.iter().filter_map(|w| weakref::get(**w)).collect();
    for other in registered {
        if protocol::object::is_subclass(vm, subclass, *other)? {
            remember(vm, class, subclass, true)?;
            return Ok(true);
        }
    }
    let direct = protocol::attr::call_attr(vm, class, "__subclasses__", &[])?;
    if !is_instance(vm, *direct, vm.types.list) {
        return Err(vm.type_error("__subclasses__() must return a list"));
    }
    for other in protocol::iter::collect(vm, *direct)? {
        if protocol::object::is_subclass(vm, subclass, *other)? {
            remember(vm, class, subclass, true)?;
            return Ok(true);
        }
    }
    remember(vm, class, subclass, false)?;
    Ok(false)
}

fn dump(vm: &Vm, _: Value, class: Value) -> PyResult {
    let d = data(vm, class)?;
    let all = |weak: Vec<Owned>| -> PyResult {
        let s = set::new(vm)?;
        for w in weak {
            set::add(vm, *s, *w)?;
        }
        Ok(s)
    };
    let of = |c: &Option<Box<Classes>>| c.iter().flat_map(|all| all.values().cloned()).collect::<Vec<_>>();
    let (registry, cache, negative) = (d.registry.clone(), of(&d.cache), of(&d.negative));
    let version = int::from_u64(vm, d.negative_token)?;
    tuple::from_owned(vm, vec![all(registry)?, all(cache)?, all(negative)?, version])
}

fn reset_caches(vm: &Vm, _: Value, class: Value) -> PyResult {
    let d = data(vm, class)?;
    let old = (d.cache.take(), d.negative.take());
    drop(old);
    Ok(Owned::none())
}
