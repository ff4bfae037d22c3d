//! `type` itself: calling a class, attributes of classes, `type`'s methods.

use taipan_layout::{Header, Kind, Value};

use super::super::spec::*;
use super::super::{Slots, TypeRef, builtin, dict, list, str, tuple, type_of};
use super::{TypeObject, create, mro, shapes, slotdefs};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

pub static SPEC: TypeSpec = TypeSpec {
    name: "type",
    basicsize: size_of::<TypeObject>(),
    kind: Kind::Type,
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC | tp_flags::TYPE_SUBCLASS | tp_flags::WEAKREFABLE,
    doc: "type(object) is the class of an object.\ntype(name, bases, dict, **kwds) makes a class.",
    slots: Slots {
        repr: Some(repr),
        call: Some(call_type),
        getattro: Some(type_getattro),
        setattro: Some(type_setattro),
        new: Some(type_new_slot),
        init: Some(type_init),
        or: Some(union_or),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(clear),
        ..Slots::EMPTY
    },
    methods: &[
        method0("mro", mro_method, "The classes in which attributes are looked for, in order."),
        method0("__subclasses__", subclasses, "The classes that inherit from this one directly."),
        method1(
            "__instancecheck__",
            "($self, instance, /)",
            instance_check,
            "Whether an object is an instance, for isinstance().",
        ),
        method1(
            "__subclasscheck__",
            "($self, subclass, /)",
            subclass_check,
            "Whether a class is a subclass, for issubclass().",
        ),
        method0("__dir__", dir, "The names of the attributes of the class and its bases."),
        method0("__sizeof__", sizeof, "How many bytes of memory the class takes."),
        MethodSpec {
            name: "__prepare__",
            signature: "($cls, name, bases, /, **kwds)",
            doc: "The namespace in which a class statement's body runs",
            flavour: Flavour::Class,
            imp: Imp::Raw(prepare),
        },
    ],
    getset: &[
        getset("__name__", get_name, set_name, ""),
        getset("__qualname__", get_qualname, set_qualname, ""),
        getset("__module__", get_module, set_module, ""),
        getset("__bases__", |vm, t| Ok(this(vm, t)?.bases.get().own()), set_bases, ""),
        getter("__mro__", get_mro, ""),
        getter("__base__", |vm, t| Ok(this(vm, t)?.base_type().map_or(Value::NONE, |b| b.value()).own()), ""),
        getter("__dict__", get_dict, ""),
        getset("__doc__", get_doc, set_doc, ""),
        getset("__abstractmethods__", get_abstract, set_abstract, ""),
        getset("__annotations__", get_annotations, set_annotations, ""),
        getset("__annotate__", get_annotate, set_annotate, ""),
        getset("__type_params__", get_type_params, set_type_params, ""),
        getter("__basicsize__", |vm, t| Ok(Owned::fixnum(this(vm, t)?.head.basicsize as i64)), ""),
        getter("__itemsize__", |vm, t| Ok(Owned::fixnum(this(vm, t)?.head.itemsize as i64)), ""),
        getter("__flags__", |vm, t| Ok(Owned::fixnum(shown_flags(this(vm, t)?))), ""),
        getter("__dictoffset__", |vm, t| Ok(Owned::fixnum(this(vm, t)?.head.dictoffset as i64)), ""),
        getter(
            "__weakrefoffset__",
            |vm, t| Ok(Owned::fixnum(-(this(vm, t)?.has_flag(tp_flags::WEAKREFABLE) as i64))),
            "",
        ),
        getter("__text_signature__", get_text_signature, ""),
    ],
    ..TypeSpec::DEFAULT
};

fn shown_flags(ty: TypeRef) -> i64 {
    let made = if ty.has_flag(tp_flags::MADE_BY_MODULE) { tp_flags::HEAPTYPE } else { 0 };
    ((ty.head.flags | made) & 0xFFFF_FFFF) as i64
}

fn this(vm: &Vm, v: Value) -> PyResult<TypeRef> {
    TypeRef::from_value(vm, v).ok_or_else(|| vm.type_error("expected a type"))
}

/// What a class is called in its `repr`: `module.qualname`, `builtins` left out.
pub fn full_name(vm: &Vm, ty: TypeRef) -> String {
    let qualname =
        if ty.qualname.get().is_null() { ty.short_name() } else { str::to_string_lossy(ty.qualname.get()) };
    match module_name(vm, ty).as_deref() {
        None | Some("builtins") => qualname,
        Some(m) => format!("{m}.{qualname}"),
    }
}

/// [`full_name`] as messages show it: without the main module's name.
pub fn qualified_name(vm: &Vm, ty: TypeRef) -> String {
    let name = full_name(vm, ty);
    match name.strip_prefix("__main__.") {
        Some(rest) => rest.to_owned(),
        None => name,
    }
}

fn module_name(vm: &Vm, ty: TypeRef) -> Option<String> {
    if ty.is_heap_type() {
        let v = dict::get_str(vm, ty.dict.get(), *vm.names.__module__)?;
        super::super::is_instance(vm, v, vm.types.str).then(|| str::to_string_lossy(v))
    } else {
        let name = ty.spec.map_or("", |s| s.name);
        Some(name.rsplit_once('.').map_or("builtins", |(m, _)| m).to_owned())
    }
}

fn repr(vm: &Vm, v: Value) -> PyResult {
    str::new(vm, &format!("<class '{}'>", full_name(vm, this(vm, v)?)))
}

/// Calling a class: `type(x)`, or `__new__` then `__init__`.
fn call_type(vm: &Vm, f: Value, args: Args) -> PyResult {
    let ty = this(vm, f)?;
    if ty == vm.types.type_ {
        if let ([one], false) = (args.pos(), args.has_keywords()) {
            return Ok(type_of(vm, *one).value().own());
        }
        if args.pos().len() != 3 {
            return Err(vm.type_error("type() takes 1 or 3 arguments"));
        }
    }
    let Some(new) = ty.slots().new.filter(|_| !ty.has_flag(tp_flags::DISALLOW_INSTANTIATION)) else {
        return Err(vm.type_error(&format!("cannot create '{}' instances", full_name(vm, ty))));
    };
    vm.check_native_stack(" while calling a Python object")?;
    let object = new(vm, f, args)?;
    let made = type_of(vm, *object);
    if made != ty && !made.is_subtype_of(ty) {
        return Ok(object);
    }
    if let Some(init) = made.slots().init {
        init(vm, *object, args)?;
    }
    Ok(object)
}

pub(crate) fn type_new_slot(vm: &Vm, cls: Value, args: Args) -> PyResult {
    create::type_new(vm, this(vm, cls)?, args)
}

fn type_init(vm: &Vm, _: Value, args: Args) -> PyResult<()> {
    if !matches!(args.pos().len(), 1 | 3) {
        return Err(vm.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(())
}

/// The builtin function that stands for a native `new` slot as `T.__new__`.
pub(super) fn new_new_wrapper(vm: &Vm, ty: TypeRef) -> PyResult {
    static NEW: MethodSpec = MethodSpec {
        name: "__new__",
        signature: "($type, *args, **kwargs)",
        doc: "Make an object of the class; help(type) says with which arguments.",
        flavour: Flavour::Function,
        imp: Imp::Raw(call_native_new),
    };
    builtin::new_function(vm, &NEW, ty.value(), Value::NULL)
}

/// `T.__new__(cls, …)`.
fn call_native_new(vm: &Vm, ty: Value, args: Args) -> PyResult {
    let ty = this(vm, ty)?;
    let name = ty.name_str();
    let Some((&first, _)) = args.pos().split_first() else {
        return Err(vm.type_error(&format!("{name}.__new__(): not enough arguments")));
    };
    let Some(cls) = TypeRef::from_value(vm, first) else {
        let got = type_of(vm, first).name_str();
        return Err(vm.type_error(&format!("{name}.__new__(X): X is not a type object ({got})")));
    };
    if !cls.is_subtype_of(ty) {
        let c = cls.name_str();
        return Err(vm.type_error(&format!("{name}.__new__({c}): {c} is not a subtype of {name}")));
    }
    // The most derived native constructor must be the one that is called, or the object would be half made.
    let mut native = cls;
    while native.is_heap_type() {
        native = native.base_type().unwrap_or(vm.types.object);
    }
    if native.has_flag(tp_flags::DISALLOW_INSTANTIATION) {
        return Err(vm.type_error(&format!("cannot create '{}' instances", full_name(vm, native))));
    }
    let (ours, theirs) = (ty.slots().new, native.slots().new);
    if ours.map(|f| f as *const ()) != theirs.map(|f| f as *const ()) && !ty.is_heap_type() {
        let (c, n) = (cls.name_str(), native.name_str());
        return Err(vm.type_error(&format!("{name}.__new__({c}) is not safe, use {n}.__new__()")));
    }
    let new = ours.expect("the wrapper exists for types with a constructor");
    new(vm, first, Args::with_keywords(&args.all()[1..], args.kwnames()))
}

/// The native type whose constructor `v` wraps, when it is such a wrapper.
pub(super) fn native_new_of(vm: &Vm, v: Value) -> Option<TypeRef> {
    let (spec, receiver) = builtin::parts(vm, v)?;
    (spec.name == "__new__").then(|| TypeRef::from_value(vm, receiver)).flatten()
}

/// Attribute of a class: data descriptors of the metaclass, then the class's own MRO, then the metaclass.
pub(crate) fn type_getattro(vm: &Vm, v: Value, name: Value) -> PyResult {
    let ty = this(vm, v)?;
    let meta = type_of(vm, v);
    let key = protocol::attr::name_key(vm, name)?;
    let meta_attr = meta.lookup(vm, *key).map(Counted::own);
    if let Some(m) = &meta_attr {
        let slots = type_of(vm, **m).slots();
        if let (Some(get), Some(_)) = (slots.descr_get, slots.descr_set) {
            return get(vm, **m, Some(v), meta.value());
        }
    }
    if let Some(found) = ty.lookup(vm, *key).map(Counted::own) {
        return match type_of(vm, *found).slots().descr_get {
            Some(get) => get(vm, *found, None, v),
            None => Ok(found),
        };
    }
    if let Some(m) = meta_attr {
        return match type_of(vm, *m).slots().descr_get {
            Some(get) => get(vm, *m, Some(v), meta.value()),
            None => Ok(m),
        };
    }
    let text = format!("type object '{}' has no attribute '{}'", ty.name_str(), str::to_string_lossy(*key));
    Err(protocol::attr::raise_missing(vm, v, *key, &text))
}

fn type_setattro(vm: &Vm, v: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    let ty = this(vm, v)?;
    if ty.has_flag(tp_flags::IMMUTABLETYPE) {
        let text = format!(
            "cannot set '{}' attribute of immutable type '{}'",
            str::to_string_lossy(name),
            full_name(vm, ty)
        );
        return Err(vm.type_error(&text));
    }
    let key = protocol::attr::name_key(vm, name)?;
    let meta = type_of(vm, v);
    if let Some(m) = meta.lookup(vm, *key).map(Counted::own)
        && let Some(set) = type_of(vm, *m).slots().descr_set
    {
        set(vm, *m, v, value)?;
        ty.modified();
        return Ok(());
    }
    match value {
        Some(value) => {
            // Invalidate first: dropping the old value may run Python, which must not see stale caches.
            ty.modified();
            dict::set_str(vm, ty.dict.get(), *key, value)?;
        }
        None => {
            ty.modified();
            if dict::get_str(vm, ty.dict.get(), *key).is_none() {
                let text = format!(
                    "type object '{}' has no attribute '{}'",
                    ty.name_str(),
                    str::to_string_lossy(*key)
                );
                return Err(protocol::attr::raise_missing(vm, v, *key, &text));
            }
            dict::delete(vm, ty.dict.get(), *key)?;
        }
    }
    ty.modified();
    slotdefs::update_after_set(vm, ty, *key);
    Ok(())
}

fn get_name(vm: &Vm, t: Value) -> PyResult {
    Ok(this(vm, t)?.name.get().own())
}

fn check_settable(vm: &Vm, t: Value, what: &str, value: Option<Value>) -> PyResult<(TypeRef, Value)> {
    let ty = this(vm, t)?;
    if ty.has_flag(tp_flags::IMMUTABLETYPE) {
        let text = format!("cannot set '{what}' attribute of immutable type '{}'", full_name(vm, ty));
        return Err(vm.type_error(&text));
    }
    match value {
        Some(v) => Ok((ty, v)),
        None => Err(
            vm.type_error(&format!("cannot delete '{what}' attribute of immutable type '{}'", ty.name_str()))
        ),
    }
}

fn set_name(vm: &Vm, t: Value, value: Option<Value>) -> PyResult<()> {
    let (ty, v) = check_settable(vm, t, "__name__", value)?;
    if !super::super::is_instance(vm, v, vm.types.str) {
        let (c, got) = (ty.name_str(), type_of(vm, v).name_str());
        return Err(vm.type_error(&format!("can only assign string to {c}.__name__, not '{got}'")));
    }
    if str::to_wtf8(v).contains(&0) {
        return Err(vm.value_error("type name must not contain null characters"));
    }
    create::encodable(vm, v)?;
    // SAFETY: the cell owns its word.
    unsafe { crate::owned::replace(ty.name.as_ptr(), Some(v.own())) };
    Ok(())
}

fn get_qualname(vm: &Vm, t: Value) -> PyResult {
    let ty = this(vm, t)?;
    let q = ty.qualname.get();
    Ok(if q.is_null() { ty.name.get().own() } else { q.own() })
}

fn set_qualname(vm: &Vm, t: Value, value: Option<Value>) -> PyResult<()> {
    let (ty, v) = check_settable(vm, t, "__qualname__", value)?;
    if !super::super::is_instance(vm, v, vm.types.str) {
        let (c, got) = (ty.name_str(), type_of(vm, v).name_str());
        return Err(vm.type_error(&format!("can only assign string to {c}.__qualname__, not '{got}'")));
    }
    // SAFETY: the cell owns its word.
    unsafe { crate::owned::replace(ty.qualname.as_ptr(), Some(v.own())) };
    Ok(())
}

/// What a module makes says where it comes from in its namespace, with a text of its own.
pub fn give_module(vm: &Vm, ty: TypeRef) {
    let given = str::new(vm, &module_name(vm, ty).unwrap_or_default())
        .and_then(|name| dict::set_str(vm, ty.dict.get(), *vm.names.__module__, *name));
    if let Err(raised) = given {
        // Without memory for the text, the general answer has to do.
        vm.discard(raised);
    }
}

fn get_module(vm: &Vm, t: Value) -> PyResult {
    let ty = this(vm, t)?;
    if !ty.is_heap_type()
        && ty.spec.is_some_and(|s| s.flags & tp_flags::MADE_BY_MODULE != 0)
        && let Some(own) = dict::get_str(vm, ty.dict.get(), *vm.names.__module__)
    {
        return Ok(own.own());
    }
    if ty.is_heap_type() {
        return match dict::get_str(vm, ty.dict.get(), *vm.names.__module__) {
            Some(v) => Ok(v.own()),
            None => Err(vm.raise(vm.types.attribute_error, "__module__")),
        };
    }
    // The same object for all types of a module: pickles show it.
    Ok(str::intern(vm, &module_name(vm, ty).unwrap_or_default()))
}

/// Sets an entry of the class's own namespace that has no other home.
fn set_own(vm: &Vm, ty: TypeRef, name: Value, value: Option<Value>) -> PyResult<()> {
    ty.modified();
    match value {
        Some(v) => dict::set_str(vm, ty.dict.get(), name, v),
        None if dict::get_str(vm, ty.dict.get(), name).is_some() => dict::delete(vm, ty.dict.get(), name),
        None => Err(vm.raise(vm.types.attribute_error, &str::to_string_lossy(name))),
    }
}

fn set_module(vm: &Vm, t: Value, value: Option<Value>) -> PyResult<()> {
    let (ty, v) = check_settable(vm, t, "__module__", value)?;
    // The line was one of the other module.
    let line = str::intern(vm, "__firstlineno__");
    if dict::get_str(vm, ty.dict.get(), *line).is_some() {
        set_own(vm, ty, *line, None)?;
    }
    set_own(vm, ty, *vm.names.__module__, Some(v))
}

fn set_bases(vm: &Vm, t: Value, value: Option<Value>) -> PyResult<()> {
    let (ty, v) = check_settable(vm, t, "__bases__", value)?;
    if type_of(vm, v) != vm.types.tuple {
        let (c, got) = (ty.name_str(), type_of(vm, v).name_str());
        return Err(vm.type_error(&format!("can only assign tuple to {c}.__bases__, not {got}")));
    }
    let items = tuple::items(&v);
    if items.is_empty() {
        let c = ty.name_str();
        return Err(vm.type_error(&format!("can only assign non-empty tuple to {c}.__bases__, not ()")));
    }
    let mut bases = Vec::new();
    for b in items {
        let Some(b) = TypeRef::from_value(vm, *b) else {
            let (c, got) = (ty.name_str(), type_of(vm, *b).name_str());
            return Err(vm.type_error(&format!("{c}.__bases__ must be tuple of classes, not '{got}'")));
        };
        // The MRO may not be up to date when a `mro()` in Python gets here; the first bases are.
        if b.is_subtype_of(ty) || std::iter::successors(Some(b), |c| c.base_type()).any(|c| c == ty) {
            return Err(vm.type_error("a __bases__ item causes an inheritance cycle"));
        }
        bases.push(b);
    }
    let Some(old_base) = ty.base_type() else {
        return Err(
            vm.type_error(&format!("cannot set '__bases__' attribute of immutable type '{}'", ty.name_str()))
        );
    };
    let new_base = create::best_base(vm, &bases)?;
    if !create::same_layout(vm, old_base, new_base) {
        let (old, new) = (old_base.name_str(), new_base.name_str());
        return Err(
            vm.type_error(&format!("__bases__ assignment: '{new}' object layout differs from '{old}'"))
        );
    }
    let old_bases = ty.bases.get().own();
    set_word(&ty.bases, v.own());
    set_word(&ty.base, new_base.value().own());
    let mut before = Vec::new();
    if let Err(raised) = update_orders(vm, ty, v, &mut before) {
        // Python code that ran may have given the class other bases: then those stay.
        if ty.bases.get() == v {
            for (class, order) in before.into_iter().rev() {
                set_word(&class_of(&class).mro, order);
                class_of(&class).modified();
            }
            set_word(&ty.bases, old_bases);
            set_word(&ty.base, old_base.value().own());
        }
        return Err(raised);
    }
    if ty.bases.get() != v {
        return Ok(());
    }
    for b in tuple::items(&old_bases).iter().filter_map(|b| TypeRef::from_value(vm, *b)) {
        b.subclasses.borrow_mut().retain(|s| *s != ty);
    }
    for b in &bases {
        b.subclasses.borrow_mut().push(ty);
    }
    update_slots(vm, ty);
    Ok(())
}

/// Replaces a word that a type owns.
fn set_word(cell: &std::cell::Cell<Value>, new: Owned) {
    // SAFETY: the cells of a type own their words.
    unsafe { crate::owned::replace(cell.as_ptr(), Some(new)) };
}

fn class_of(v: &Owned) -> TypeRef {
    TypeRef(v.as_ptr())
}

/// Computes the order of a class with new bases and of all its subclasses; what they were goes to `before`.
fn update_orders(vm: &Vm, ty: TypeRef, bases: Value, before: &mut Vec<(Owned, Owned)>) -> PyResult<()> {
    vm.check_native_stack(" while computing the order of classes")?;
    let base_types: Vec<TypeRef> =
        tuple::items(&bases).iter().filter_map(|b| TypeRef::from_value(vm, *b)).collect();
    let order = tuple::from_owned(vm, create::run_mro(vm, ty, &base_types)?)?;
    // `mro()` may have assigned bases itself.
    if ty.bases.get() != bases {
        return Ok(());
    }
    let old = ty.mro.get();
    if !old.is_null() {
        before.push((ty.value().own(), old.own()));
    }
    set_word(&ty.mro, order);
    ty.modified();
    let subs: Vec<Owned> = ty.subclasses.borrow().iter().map(|s| s.value().own()).collect();
    for s in &subs {
        let s = class_of(s);
        let bases = s.bases.get().own();
        update_orders(vm, s, *bases, before)?;
    }
    Ok(())
}

fn update_slots(vm: &Vm, ty: TypeRef) {
    slotdefs::update_all(vm, ty);
    let subs = ty.subclasses.borrow().clone();
    for s in subs {
        update_slots(vm, s);
    }
}

/// None while `mro()` computes it.
fn get_mro(vm: &Vm, t: Value) -> PyResult {
    let order = this(vm, t)?.mro.get();
    Ok(if order.is_null() { Owned::none() } else { order.own() })
}

fn get_dict(vm: &Vm, t: Value) -> PyResult {
    super::super::descr::mappingproxy::new(vm, this(vm, t)?.dict.get())
}

fn get_doc(vm: &Vm, t: Value) -> PyResult {
    let ty = this(vm, t)?;
    if let Some(spec) = ty.spec {
        return if spec.doc.is_empty() { Ok(Owned::none()) } else { str::new(vm, spec.doc) };
    }
    let Some(v) = dict::get_str(vm, ty.dict.get(), *vm.names.__doc__).map(Counted::own) else {
        return Ok(Owned::none());
    };
    match type_of(vm, *v).slots().descr_get {
        Some(get) => get(vm, *v, None, t),
        None => Ok(v),
    }
}

fn set_doc(vm: &Vm, t: Value, value: Option<Value>) -> PyResult<()> {
    let (ty, v) = check_settable(vm, t, "__doc__", value)?;
    set_own(vm, ty, *vm.names.__doc__, Some(v))
}

fn get_abstract(vm: &Vm, t: Value) -> PyResult {
    let ty = this(vm, t)?;
    let name = str::intern(vm, "__abstractmethods__");
    match dict::get_str(vm, ty.dict.get(), *name) {
        Some(v) if ty != vm.types.type_ => Ok(v.own()),
        _ => Err(vm.raise(vm.types.attribute_error, "__abstractmethods__")),
    }
}

fn set_abstract(vm: &Vm, t: Value, value: Option<Value>) -> PyResult<()> {
    let ty = this(vm, t)?;
    let abstract_now = match value {
        Some(v) => protocol::compare::is_true(vm, v)?,
        None => false,
    };
    let name = str::intern(vm, "__abstractmethods__");
    set_own(vm, ty, *name, value)?;
    // SAFETY: flags change under the lock only.
    unsafe {
        let flags = &raw mut (*ty.as_ptr()).head.flags;
        *flags = if abstract_now { *flags | tp_flags::IS_ABSTRACT } else { *flags & !tp_flags::IS_ABSTRACT };
    }
    Ok(())
}

/// Where the compiler's `__annotate__` function and its cached result are kept in a class namespace.
const ANNOTATE_KEYS: [&str; 2] = ["__annotate__", "__annotate_func__"];
const ANNOTATIONS_KEYS: [&str; 2] = ["__annotations_cache__", "__annotations__"];

fn first_of(vm: &Vm, ty: TypeRef, names: &[&str]) -> Option<Owned> {
    names.iter().find_map(|n| dict::get_str(vm, ty.dict.get(), *str::intern(vm, n)).map(Counted::own))
}

fn get_annotate(vm: &Vm, t: Value) -> PyResult {
    let ty = this(vm, t)?;
    if !ty.is_heap_type() {
        let text = format!("type object '{}' has no attribute '__annotate__'", ty.name_str());
        return Err(vm.raise(vm.types.attribute_error, &text));
    }
    match first_of(vm, ty, &ANNOTATE_KEYS) {
        Some(f) => match type_of(vm, *f).slots().descr_get {
            Some(get) => get(vm, *f, None, t),
            None => Ok(f),
        },
        None => {
            set_own(vm, ty, *str::intern(vm, ANNOTATE_KEYS[1]), Some(Value::NONE))?;
            Ok(Owned::none())
        }
    }
}

fn set_annotate(vm: &Vm, t: Value, value: Option<Value>) -> PyResult<()> {
    let (ty, v) = check_settable(vm, t, "__annotate__", value)?;
    if !v.is_none() && type_of(vm, v).slots().call.is_none() {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    set_own(vm, ty, *str::intern(vm, ANNOTATE_KEYS[1]), Some(v))?;
    if !v.is_none() {
        for k in ANNOTATIONS_KEYS {
            let k = str::intern(vm, k);
            if dict::get_str(vm, ty.dict.get(), *k).is_some() {
                set_own(vm, ty, *k, None)?;
            }
        }
    }
    Ok(())
}

fn get_annotations(vm: &Vm, t: Value) -> PyResult {
    let ty = this(vm, t)?;
    if !ty.is_heap_type() {
        let text = format!("type object '{}' has no attribute '__annotations__'", ty.name_str());
        return Err(vm.raise(vm.types.attribute_error, &text));
    }
    if let Some(a) = first_of(vm, ty, &[ANNOTATIONS_KEYS[1], ANNOTATIONS_KEYS[0]]) {
        return match type_of(vm, *a).slots().descr_get {
            Some(get) => get(vm, *a, None, t),
            None => Ok(a),
        };
    }
    let annotate = get_annotate(vm, t)?;
    let annotations = if annotate.is_none() {
        dict::new(vm)?
    } else {
        let a = protocol::call::positional(vm, *annotate, &[Value::fixnum(1)])?;
        if !super::super::is_instance(vm, *a, vm.types.dict) {
            let got = type_of(vm, *a).name_str();
            return Err(vm.type_error(&format!("__annotate__ returned non-dict of type '{got}'")));
        }
        a
    };
    set_own(vm, ty, *str::intern(vm, ANNOTATIONS_KEYS[0]), Some(*annotations))?;
    Ok(annotations)
}

fn set_annotations(vm: &Vm, t: Value, value: Option<Value>) -> PyResult<()> {
    let ty = this(vm, t)?;
    if ty.has_flag(tp_flags::IMMUTABLETYPE) {
        return check_settable(vm, t, "__annotations__", value).map(|_| ());
    }
    let own = dict::get_str(vm, ty.dict.get(), *vm.names.__annotations__).is_some();
    let key = if own { ANNOTATIONS_KEYS[1] } else { ANNOTATIONS_KEYS[0] };
    let key = str::intern(vm, key);
    if value.is_none() && dict::get_str(vm, ty.dict.get(), *key).is_none() {
        return Err(vm.raise(vm.types.attribute_error, "__annotations__"));
    }
    set_own(vm, ty, *key, value)?;
    for k in ANNOTATE_KEYS {
        let k = str::intern(vm, k);
        if dict::get_str(vm, ty.dict.get(), *k).is_some() {
            set_own(vm, ty, *k, None)?;
        }
    }
    Ok(())
}

fn get_type_params(vm: &Vm, t: Value) -> PyResult {
    let ty = this(vm, t)?;
    Ok(match dict::get_str(vm, ty.dict.get(), *vm.names.__type_params__) {
        Some(v) if ty.is_heap_type() => v.own(),
        _ => tuple::empty(vm),
    })
}

fn set_type_params(vm: &Vm, t: Value, value: Option<Value>) -> PyResult<()> {
    let (ty, v) = check_settable(vm, t, "__type_params__", value)?;
    set_own(vm, ty, *vm.names.__type_params__, Some(v))
}

fn get_text_signature(vm: &Vm, t: Value) -> PyResult {
    match this(vm, t)?.spec {
        Some(s) if !s.signature.is_empty() => str::new(vm, s.signature),
        _ => Ok(Owned::none()),
    }
}

fn mro_method(vm: &Vm, t: Value) -> PyResult {
    let ty = this(vm, t)?;
    let bases = ty.bases.get().own();
    let bases: Vec<TypeRef> =
        tuple::items(&bases).iter().filter_map(|b| TypeRef::from_value(vm, *b)).collect();
    let order = if bases.is_empty() { vec![t] } else { mro::merge(vm, ty, &bases)? };
    list::new(vm, order.into_iter().map(Counted::own).collect())
}

fn subclasses(vm: &Vm, t: Value) -> PyResult {
    let subs: Vec<Owned> = this(vm, t)?.subclasses.borrow().iter().map(|s| s.value().own()).collect();
    list::new(vm, subs)
}

fn instance_check(vm: &Vm, cls: Value, object: Value) -> PyResult {
    Ok(Owned::bool(protocol::object::real_is_instance(vm, object, cls)?))
}

fn subclass_check(vm: &Vm, cls: Value, sub: Value) -> PyResult {
    Ok(Owned::bool(protocol::object::real_is_subclass(vm, sub, cls)?))
}

fn dir(vm: &Vm, t: Value) -> PyResult {
    let all = dict::new(vm)?;
    let order: Vec<TypeRef> = this(vm, t)?.mro_types().collect();
    for ty in order.iter().rev() {
        for (k, _) in dict::snapshot(ty.dict.get()) {
            dict::set(vm, *all, *k, Value::NONE)?;
        }
    }
    list::new(vm, dict::snapshot(*all).into_iter().map(|(k, _)| k).collect())
}

fn sizeof(_: &Vm, _: Value) -> PyResult {
    Ok(Owned::fixnum(size_of::<TypeObject>() as i64))
}

fn prepare(vm: &Vm, _: Value, _: Args) -> PyResult {
    dict::new(vm)
}

/// `int | str`.
fn union_or(vm: &Vm, a: Value, b: Value) -> PyResult {
    protocol::object::union(vm, a, b)
}

/// A Python class dies.
unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: the type is unreachable: no instance, no subclass, no variable refers to it.
    unsafe {
        let ty = TypeRef::from_ptr(object as *mut _);
        let bases = ty.bases.get();
        if !bases.is_null() {
            for b in super::super::tuple::items(&bases) {
                TypeRef::from_ptr(b.as_ptr()).subclasses.borrow_mut().retain(|s| *s != ty);
            }
        }
        shapes::free_all(ty);
        let t = ty.as_ptr();
        for cell in [&(*t).name, &(*t).qualname, &(*t).bases, &(*t).mro, &(*t).dict, &(*t).base] {
            decref(cell.replace(Value::NULL));
        }
        drop((*t).subclasses.take());
        drop((*t).slot_offsets.take());
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: called by the collector on a live type.
    unsafe {
        let t = object as *mut TypeObject;
        if !(*t).head.flags & tp_flags::HEAPTYPE != 0 {
            return;
        }
        for cell in [&(*t).dict, &(*t).mro, &(*t).bases, &(*t).base] {
            if !cell.get().is_null() {
                visit(cell.get());
            }
        }
    }
}

/// A class refers to itself through its MRO and its functions; instances that die after this still need its layout, its
/// bases and its slots.
unsafe fn clear(vm: &Vm, object: *mut Header) {
    // SAFETY: called by the collector on a live class that only its own garbage refers to.
    unsafe {
        let ty = TypeRef::from_ptr(object as *mut _);
        if !ty.is_heap_type() {
            return;
        }
        ty.modified();
        let namespace = ty.dict.get();
        if !namespace.is_null() {
            dict::clear(vm, namespace);
        }
        decref(ty.mro.replace(Value::NULL));
    }
}
