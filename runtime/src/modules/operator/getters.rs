//! `itemgetter`, `attrgetter` and `methodcaller`: callables that are made once and called often.

use taipan_layout::Value;

use crate::args::Args;
use crate::modules::native::{self, Data, native_data};
use crate::objects::spec::{GetSet, TypeSpec, getter, method0, tp_flags};
use crate::objects::{Slots, is_instance, sequence, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, attr, call};
use crate::vm::Vm;

pub(super) fn add(vm: &Vm, m: Value) -> PyResult<()> {
    crate::modules::add_type(vm, m, vm.types.itemgetter, &ITEMGETTER)?;
    crate::modules::add_type(vm, m, vm.types.attrgetter, &ATTRGETTER)?;
    crate::modules::add_type(vm, m, vm.types.methodcaller, &METHODCALLER)
}

const FLAGS: u64 = tp_flags::HAVE_GC | tp_flags::BASETYPE | tp_flags::IMMUTABLETYPE;

const fn slots<T: Data>(s: Slots) -> Slots {
    let own = native::slots::<T>();
    Slots { dealloc: own.dealloc, traverse: own.traverse, clear: own.clear, ..s }
}

/// The constructor's arguments; keywords are refused unless a subclass has an `__init__` for them.
fn given<'a>(
    vm: &Vm,
    cls: Value,
    base: crate::objects::TypeRef,
    name: &str,
    args: Args<'a>,
) -> PyResult<&'a [Value]> {
    let same = crate::objects::TypeRef::from_value(vm, cls).is_none_or(|ty| sequence::same_init(ty, base));
    if same {
        sequence::no_keywords(vm, name, args)?;
    }
    if args.pos().is_empty() {
        return Err(vm.type_error(&format!("{name} expected 1 argument, got 0")));
    }
    Ok(args.pos())
}

/// The one operand of a call.
fn operand(vm: &Vm, name: &str, args: Args) -> PyResult<Value> {
    sequence::no_keywords(vm, name, args)?;
    match args.pos() {
        [one] => Ok(*one),
        other => Err(vm.type_error(&format!("{name} expected 1 argument, got {}", other.len()))),
    }
}

/// The qualified name of the object's class, for `repr`.
fn full_name(vm: &Vm, this: Value) -> String {
    let ty = type_of(vm, this);
    match attr::get_str(vm, ty.value(), "__module__") {
        Ok(m) if str::is_str(vm, *m) => {
            format!("{}.{}", str::to_string_lossy(*m), ty.short_name().rsplit('.').next().unwrap_or_default())
        }
        Ok(_) => ty.short_name(),
        Err(raised) => {
            vm.discard(raised);
            ty.short_name()
        }
    }
}

/// `name(arguments)` with the arguments' representations; an object that contains itself shows three dots.
fn repr_call(vm: &Vm, this: Value, parts: &[(String, Owned)]) -> PyResult {
    let name = full_name(vm, this);
    let Some(_guard) = protocol::object::repr_guard(vm, this) else {
        return str::new(vm, &format!("{name}(...)"));
    };
    let mut text = sequence::ReprText::new(&name);
    text.push("(");
    for (i, (prefix, v)) in parts.iter().enumerate() {
        text.push(if i > 0 { ", " } else { "" });
        text.push(prefix);
        text.push_repr(vm, **v)?;
    }
    text.push(")");
    text.finish(vm)
}

fn plain_parts(values: &[Owned]) -> Vec<(String, Owned)> {
    values.iter().map(|v| (String::new(), v.clone())).collect()
}

/// The signature of the instances' calls; that of the class is the metaclass's to tell.
const TEXT_SIGNATURE: &[GetSet] =
    &[const { getter("__text_signature__", |vm, _| str::new(vm, "(obj, /)"), "") }];

// ---- itemgetter ----

#[derive(Default)]
pub struct ItemGetter {
    items: Vec<Owned>,
}
native_data!(ItemGetter: items);

pub static ITEMGETTER: TypeSpec = TypeSpec {
    name: "operator.itemgetter",
    flags: FLAGS,
    doc: "Makes a callable that looks items up.\n\n\
          itemgetter(2)(r) is r[2], and itemgetter(2, 5)(r) is (r[2], r[5]).",
    signature: "(item, /, *items)",
    slots: slots::<ItemGetter>(Slots {
        new: Some(|vm, cls, args| {
            let given = given(vm, cls, vm.types.itemgetter, "itemgetter", args)?;
            native::construct(vm, cls, ItemGetter { items: given.iter().map(|v| v.own()).collect() })
        }),
        call: Some(|vm, this, args| {
            let object = operand(vm, "itemgetter", args)?;
            let items = native::data::<ItemGetter>(this).items.clone();
            if let [only] = items.as_slice() {
                return protocol::item::get(vm, object, **only);
            }
            let found = items.iter().map(|key| protocol::item::get(vm, object, **key));
            tuple::from_owned(vm, found.collect::<PyResult<_>>()?)
        }),
        repr: Some(|vm, this| repr_call(vm, this, &plain_parts(&native::data::<ItemGetter>(this).items))),
        ..Slots::EMPTY
    }),
    methods: &[method0(
        "__reduce__",
        |vm, this| {
            let args = tuple::from_owned(vm, native::data::<ItemGetter>(this).items.clone())?;
            tuple::pair(vm, type_of(vm, this).value().own(), args)
        },
        "What pickle needs to make the callable again.",
    )],
    getset: TEXT_SIGNATURE,
    ..native::spec::<ItemGetter>()
};

// ---- attrgetter ----

#[derive(Default)]
pub struct AttrGetter {
    names: Vec<Owned>,
    /// Each name split at its dots, interned.
    paths: Vec<Vec<Owned>>,
}
native_data!(AttrGetter: names, paths);

pub static ATTRGETTER: TypeSpec = TypeSpec {
    name: "operator.attrgetter",
    flags: FLAGS,
    doc: "Makes a callable that reads attributes.\n\n\
          attrgetter('name')(r) is r.name, and attrgetter('a.b', 'c')(r) is (r.a.b, r.c).",
    signature: "(attr, /, *attrs)",
    slots: slots::<AttrGetter>(Slots {
        new: Some(|vm, cls, args| {
            let given = given(vm, cls, vm.types.attrgetter, "attrgetter", args)?;
            let mut data = AttrGetter::default();
            for name in given {
                if !str::is_str(vm, *name) {
                    return Err(vm.type_error("attribute name must be a string"));
                }
                data.paths.push(path(vm, *name)?);
                data.names.push(name.own());
            }
            native::construct(vm, cls, data)
        }),
        call: Some(|vm, this, args| {
            let object = operand(vm, "attrgetter", args)?;
            let paths = native::data::<AttrGetter>(this).paths.clone();
            let follow =
                |path: &Vec<Owned>| path.iter().try_fold(object.own(), |at, name| attr::get(vm, *at, **name));
            if let [only] = paths.as_slice() {
                return follow(only);
            }
            tuple::from_owned(vm, paths.iter().map(follow).collect::<PyResult<_>>()?)
        }),
        repr: Some(|vm, this| repr_call(vm, this, &plain_parts(&native::data::<AttrGetter>(this).names))),
        ..Slots::EMPTY
    }),
    methods: &[method0(
        "__reduce__",
        |vm, this| {
            let args = tuple::from_owned(vm, native::data::<AttrGetter>(this).names.clone())?;
            tuple::pair(vm, type_of(vm, this).value().own(), args)
        },
        "What pickle needs to make the callable again.",
    )],
    getset: TEXT_SIGNATURE,
    ..native::spec::<AttrGetter>()
};

/// The names between the dots.
fn path(vm: &Vm, name: Value) -> PyResult<Vec<Owned>> {
    const DOT: u32 = '.' as u32;
    let text = str::view(&name);
    let mut parts = Vec::new();
    let mut start = 0;
    let ends = text.iter().enumerate().filter(|(_, c)| *c == DOT).map(|(i, _)| i).chain([text.len()]);
    for end in ends.collect::<Vec<_>>() {
        let part = str::substring(vm, name, start, end)?;
        parts.push(str::intern_value(vm, *part));
        start = end + 1;
    }
    Ok(parts)
}

// ---- methodcaller ----

#[derive(Default)]
pub struct MethodCaller {
    name: Option<Owned>,
    /// Positional arguments, then the values of the keywords.
    args: Vec<Owned>,
    /// The keywords' names, a tuple.
    keywords: Option<Owned>,
}
native_data!(MethodCaller: name, args, keywords);

impl MethodCaller {
    fn positional(&self) -> &[Owned] {
        &self.args[..self.args.len() - self.keyword_names().len()]
    }
    fn keyword_names(&self) -> &[Value] {
        self.keywords.as_ref().map_or(&[], |names| tuple::items(names))
    }
    /// Name and value of each keyword argument.
    fn keyword_items(&self) -> impl Iterator<Item = (Owned, Owned)> {
        let values = &self.args[self.positional().len()..];
        self.keyword_names().iter().map(|name| name.own()).zip(values.iter().cloned())
    }
}

pub static METHODCALLER: TypeSpec = TypeSpec {
    name: "operator.methodcaller",
    flags: FLAGS,
    doc: "Makes a callable that calls a method.\n\nmethodcaller('name', 1, key=2)(r) is r.name(1, key=2).",
    signature: "(name, /, *args, **kwargs)",
    slots: slots::<MethodCaller>(Slots {
        new: Some(|vm, cls, args| {
            let Some((name, rest)) = args.pos().split_first() else {
                return Err(vm.type_error("methodcaller needs at least one argument, the method name"));
            };
            if !is_instance(vm, *name, vm.types.str) {
                return Err(vm.type_error("method name must be a string"));
            }
            let values = args.keywords().map(|(_, v)| v.own());
            let data = MethodCaller {
                name: Some(str::intern_value(vm, *name)),
                args: rest.iter().map(|v| v.own()).chain(values).collect(),
                keywords: args.has_keywords().then(|| args.kwnames().own()),
            };
            native::construct(vm, cls, data)
        }),
        call: Some(|vm, this, args| {
            let object = operand(vm, "methodcaller", args)?;
            let data = native::data::<MethodCaller>(this);
            let Some(name) = data.name.clone() else {
                return Err(vm.type_error("method name must be a string"));
            };
            let (args, keywords) = (data.args.clone(), data.keywords.clone());
            let f = attr::get(vm, object, *name)?;
            let words: Vec<Value> = args.iter().map(|v| **v).collect();
            let names = keywords.as_ref().map_or(Value::NULL, |names| **names);
            call::with_args(vm, *f, Args::with_keywords(&words, names))
        }),
        repr: Some(|vm, this| {
            let data = native::data::<MethodCaller>(this);
            let mut parts: Vec<(String, Owned)> =
                data.name.iter().map(|n| (String::new(), n.clone())).collect();
            parts.extend(plain_parts(data.positional()));
            let named =
                data.keyword_items().map(|(name, v)| (format!("{}=", str::to_string_lossy(*name)), v));
            parts.extend(named.collect::<Vec<_>>());
            repr_call(vm, this, &parts)
        }),
        ..Slots::EMPTY
    }),
    methods: &[method0("__reduce__", reduce_caller, "What pickle needs to make the callable again.")],
    getset: TEXT_SIGNATURE,
    ..native::spec::<MethodCaller>()
};

/// With keywords, the constructor is wrapped in a `functools.partial` that has them.
fn reduce_caller(vm: &Vm, this: Value) -> PyResult {
    let data = native::data::<MethodCaller>(this);
    let (class, name) = (type_of(vm, this).value(), data.name.clone().unwrap_or_else(Owned::none));
    let positional: Vec<Owned> = data.positional().to_vec();
    if data.keyword_names().is_empty() {
        let args = tuple::from_owned(vm, [name].into_iter().chain(positional).collect())?;
        return tuple::pair(vm, class.own(), args);
    }
    let (names, values): (Vec<Owned>, Vec<Owned>) = data.keyword_items().unzip();
    let functools = crate::modules::import(vm, "functools")?;
    let partial = attr::get_str(vm, *functools, "partial")?;
    let mut words = vec![class, *name];
    words.extend(values.iter().map(|v| **v));
    let names = tuple::from_owned(vm, names)?;
    let made = call::with_args(vm, *partial, Args::with_keywords(&words, *names))?;
    tuple::pair(vm, made, tuple::from_owned(vm, positional)?)
}
