//! `partial`: a function with some of its arguments, and `Placeholder`, which keeps a place free among them.

use std::cell::Cell;

use taipan_layout::Value;

use crate::args::Args;
use crate::modules::native::{self, Data, Dict, Visit};
use crate::objects::spec::{Member, MemberType, TypeSpec, class_method, method0, method1, tp_flags};
use crate::objects::{Slots, TypeRef, dict, genericalias, is_instance, method, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol::{self, attr, call};
use crate::vm::Vm;

/// A function, what it is called with first, and by name.
#[repr(C)]
#[derive(Default)]
pub struct Partial {
    dict: Dict,
    function: Option<Owned>,
    /// A tuple.
    args: Option<Owned>,
    /// A dict.
    keywords: Option<Owned>,
    /// Places among `args` that each call fills.
    free: usize,
}

impl Data for Partial {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        self.dict.visit_with(visit);
        self.function.visit_with(visit);
        self.args.visit_with(visit);
        self.keywords.visit_with(visit);
    }
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "functools.partial",
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE | tp_flags::WEAKREFABLE,
    dictoffset: native::data_offset::<Partial>() as i32,
    doc: "A callable that adds arguments to a function's call.",
    signature: "(func, /, *args, **keywords)",
    slots: Slots {
        new: Some(new),
        call: Some(call_partial),
        repr: Some(repr),
        descr_get: Some(|vm, this, instance, _| match instance {
            None => Ok(this.own()),
            Some(instance) => method::new(vm, this, instance),
        }),
        ..native::slots::<Partial>()
    },
    methods: &[
        method0("__reduce__", reduce, ""),
        method1("__setstate__", "($self, state, /)", set_state, ""),
        class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585"),
    ],
    members: &[
        part("func", std::mem::offset_of!(Partial, function), "the function that is called"),
        part("args", std::mem::offset_of!(Partial, args), "the positional arguments that come first"),
        part("keywords", std::mem::offset_of!(Partial, keywords), "the keyword arguments that are added"),
    ],
    getset: &[super::lru::DICT],
    ..native::spec::<Partial>()
};

const fn part(name: &'static str, offset: usize, doc: &'static str) -> Member {
    let offset = native::data_offset::<Partial>() + offset;
    Member { name, ty: MemberType::ObjectOrNone, offset, readonly: true, doc }
}

fn partial<'a>(v: Value) -> &'a mut Partial {
    native::data(v)
}

fn or_none(v: &Option<Owned>) -> Owned {
    v.clone().unwrap_or_else(Owned::none)
}

fn is_callable(vm: &Vm, v: Value) -> bool {
    type_of(vm, v).slots().call.is_some()
}

fn is_placeholder(vm: &Vm, v: Value) -> bool {
    type_of(vm, v) == vm.types.placeholder
}

fn count_free(vm: &Vm, args: &[Value]) -> usize {
    args.iter().filter(|v| is_placeholder(vm, **v)).count()
}

#[cold]
fn trailing(vm: &Vm) -> Raised {
    vm.type_error("trailing Placeholders are not allowed")
}

fn new(vm: &Vm, cls: Value, given: Args) -> PyResult {
    let Some((function, rest)) = given.pos().split_first() else {
        return Err(vm.type_error("type 'partial' takes at least one argument"));
    };
    if !is_callable(vm, *function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    if rest.last().is_some_and(|v| is_placeholder(vm, *v)) {
        return Err(trailing(vm));
    }
    if given.keywords().any(|(_, v)| is_placeholder(vm, v)) {
        return Err(vm.type_error("Placeholder cannot be passed as a keyword argument"));
    }
    let mut function = function.own();
    let mut all: Vec<Owned> = rest.iter().map(|v| v.own()).collect();
    let mut keywords = None;
    if is_instance(vm, *function, vm.types.partial) && partial(*function).dict.get().is_none() {
        // A partial of a partial is one of the function below.
        let inner = partial(*function);
        let (below, args) = (or_none(&inner.function), or_none(&inner.args));
        keywords = Some(dict::copy(vm, *or_none(&inner.keywords))?);
        all = filled(vm, tuple::items(&args), &all.iter().map(|v| **v).collect::<Vec<_>>());
        function = below;
    }
    let keywords = match keywords {
        Some(keywords) => keywords,
        None => dict::new(vm)?,
    };
    for (name, v) in given.keywords() {
        dict::set(vm, *keywords, name, v)?;
    }
    let args = tuple::from_owned(vm, all)?;
    let free = count_free(vm, tuple::items(&args));
    native::construct(
        vm,
        cls,
        Partial {
            dict: Dict::default(),
            function: Some(function),
            args: Some(args),
            keywords: Some(keywords),
            free,
        },
    )
}

/// Arguments with `given` in the places that are free, as far as it goes, and what is left of it behind them.
fn filled(vm: &Vm, args: &[Value], given: &[Value]) -> Vec<Owned> {
    let mut given = given.iter();
    let mut all: Vec<Owned> = Vec::with_capacity(args.len() + given.len());
    for v in args {
        let filling = if is_placeholder(vm, *v) { given.next() } else { None };
        all.push(filling.unwrap_or(v).own());
    }
    all.extend(given.map(|v| v.own()));
    all
}

fn call_partial(vm: &Vm, this: Value, given: Args) -> PyResult {
    let data = partial(this);
    let (function, args, keywords) = (or_none(&data.function), or_none(&data.args), or_none(&data.keywords));
    let (free, count) = (data.free, given.pos().len());
    if count < free {
        return Err(vm.type_error(&format!(
            "missing positional arguments in 'partial' call; expected at least {free}, got {count}"
        )));
    }
    let held: Vec<Owned>;
    let mut words: Vec<Value> = Vec::with_capacity(tuple::items(&args).len() + given.all().len());
    if free == 0 {
        words.extend_from_slice(tuple::items(&args));
        words.extend_from_slice(given.pos());
    } else {
        held = filled(vm, tuple::items(&args), given.pos());
        words.extend(held.iter().map(|v| **v));
    }
    if dict::len(*keywords) == 0 {
        words.extend(given.keywords().map(|(_, v)| v));
        return call::with_args(vm, *function, Args::with_keywords(&words, given.kwnames()));
    }
    let merged = if given.has_keywords() {
        let merged = dict::copy(vm, *keywords)?;
        for (name, v) in given.keywords() {
            dict::set(vm, *merged, name, v)?;
        }
        merged
    } else {
        keywords
    };
    let pairs = dict::snapshot(*merged);
    if pairs.iter().any(|(name, _)| !str::is_str(vm, **name)) {
        return Err(vm.type_error("keywords must be strings"));
    }
    words.extend(pairs.iter().map(|(_, v)| **v));
    let names: Vec<Value> = pairs.iter().map(|(name, _)| **name).collect();
    let names = tuple::from_slice(vm, &names)?;
    call::with_args(vm, *function, Args::with_keywords(&words, *names))
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let Some(_guard) = protocol::object::repr_guard(vm, this) else {
        return str::new(vm, "...");
    };
    let data = partial(this);
    let (function, args, keywords) = (or_none(&data.function), or_none(&data.args), or_none(&data.keywords));
    let class = type_of(vm, this).value();
    let mut out = str::StrBuilder::new();
    let home = attr::get_str(vm, class, "__module__")?;
    out.push_value(*protocol::object::str(vm, *home)?);
    out.push_str(".");
    out.push_value(*attr::get_str(vm, class, "__qualname__")?);
    out.push_str("(");
    out.push_value(*protocol::object::repr(vm, *function)?);
    for v in tuple::items(&args) {
        out.push_str(", ");
        out.push_value(*protocol::object::repr(vm, *v)?);
    }
    for (name, v) in dict::snapshot(*keywords) {
        out.push_str(", ");
        out.push_value(*protocol::object::str(vm, *name)?);
        out.push_str("=");
        out.push_value(*protocol::object::repr(vm, *v)?);
    }
    out.push_str(")");
    out.finish(vm)
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let data = partial(this);
    let function = or_none(&data.function);
    let own = data.dict.get().map_or_else(Owned::none, |d| d.own());
    let (args, keywords) = (or_none(&data.args), or_none(&data.keywords));
    let made_with = tuple::from_slice(vm, &[*function])?;
    let state = tuple::from_slice(vm, &[*function, *args, *keywords, *own])?;
    tuple::from_slice(vm, &[type_of(vm, this).value(), *made_with, *state])
}

fn set_state(vm: &Vm, this: Value, state: Value) -> PyResult {
    let invalid = || vm.type_error("invalid partial state");
    if !is_instance(vm, state, vm.types.tuple) {
        return Err(invalid());
    }
    let &[function, args, keywords, own] = tuple::items(&state) else { return Err(invalid()) };
    if !is_callable(vm, function)
        || !is_instance(vm, args, vm.types.tuple)
        || !(keywords.is_none() || is_instance(vm, keywords, vm.types.dict))
        || !(own.is_none() || is_instance(vm, own, vm.types.dict))
    {
        return Err(invalid());
    }
    if tuple::items(&args).last().is_some_and(|v| is_placeholder(vm, *v)) {
        return Err(trailing(vm));
    }
    let exact = |v: Value, ty: TypeRef| type_of(vm, v) == ty;
    let args =
        if exact(args, vm.types.tuple) { args.own() } else { tuple::from_slice(vm, tuple::items(&args))? };
    let keywords = match keywords {
        v if v.is_none() => dict::new(vm)?,
        v if exact(v, vm.types.dict) => v.own(),
        v => dict::copy(vm, v)?,
    };
    let state = Partial {
        dict: if own.is_none() { Dict::default() } else { Dict::holding(own.own()) },
        function: Some(function.own()),
        free: count_free(vm, tuple::items(&args)),
        args: Some(args),
        keywords: Some(keywords),
    };
    let old = std::mem::replace(partial(this), state);
    drop(old);
    Ok(Owned::none())
}

// ---- Placeholder ----

/// The only instance of its type.
#[derive(Default)]
pub struct Placeholder;
native::native_data!(Placeholder);

pub static PLACEHOLDER: TypeSpec = TypeSpec {
    name: "functools._PlaceholderType",
    flags: tp_flags::HAVE_GC | tp_flags::IMMUTABLETYPE,
    doc: "Of one object only, which keeps a place among partial's arguments for a later one.",
    slots: Slots {
        new: Some(|vm, _, args| {
            if !args.all().is_empty() {
                return Err(vm.type_error("PlaceholderType takes no arguments"));
            }
            placeholder(vm)
        }),
        repr: Some(|vm, _| str::new(vm, "Placeholder")),
        ..native::slots::<Placeholder>()
    },
    methods: &[method0("__reduce__", |vm, _| str::new(vm, "Placeholder"), "")],
    ..native::spec::<Placeholder>()
};

/// `Placeholder`, made when it is first asked for.
pub fn placeholder(vm: &Vm) -> PyResult {
    let place: &Cell<Option<Value>> = &vm.state.placeholder;
    if let Some(v) = place.get() {
        return Ok(v.own());
    }
    let v = native::new(vm, vm.types.placeholder, Placeholder)?;
    place.set(Some(v.clone().into_value()));
    Ok(v)
}
