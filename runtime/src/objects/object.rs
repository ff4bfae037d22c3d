//! `object`: the methods that everything inherits, and the memory of plain instances.

use taipan_layout::{Header, Kind, Value};

use super::spec::*;
use super::typeobject::{attrs, shapes};
use super::{CompareOp, Slots, TypeRef, dict, list, new_instance, owned, str, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

pub static SPEC: TypeSpec = TypeSpec {
    name: "object",
    basicsize: size_of::<Header>(),
    kind: Kind::Instance,
    flags: tp_flags::BASETYPE,
    doc: "What every class inherits from.\n\nobject() is an object without attributes, and takes none.",
    signature: "()",
    slots: Slots {
        repr: Some(default_repr),
        str: Some(default_str),
        hash: Some(identity_hash),
        getattro: Some(protocol::attr::generic_get),
        setattro: Some(protocol::attr::generic_set),
        richcompare: Some(identity_compare),
        new: Some(object_new),
        init: Some(object_init),
        ..Slots::EMPTY
    },
    methods: &[
        method1(
            "__format__",
            "($self, format_spec, /)",
            format,
            "str(self), for an empty format_spec.\n\nAnything else is a TypeError.",
        ),
        method0("__dir__", dir, "The names of the attributes that the object and its class have."),
        method0("__sizeof__", sizeof, "How many bytes of memory the object takes."),
        method0("__reduce__", reduce, "What pickle and copy ask objects that say nothing themselves."),
        method1(
            "__reduce_ex__",
            "($self, protocol, /)",
            reduce_ex,
            "What pickle and copy ask objects that say nothing themselves.",
        ),
        method0("__getstate__", getstate, "What pickle and copy ask objects that say nothing themselves."),
        MethodSpec {
            name: "__init_subclass__",
            signature: "($type, /)",
            doc: "Called for each new subclass.\n\n\
                  Does nothing; classes that want to know of their subclasses define it.",
            flavour: Flavour::Class,
            imp: Imp::Raw(init_subclass),
        },
        MethodSpec {
            name: "__subclasshook__",
            signature: "($type, object, /)",
            doc: "Abstract classes can override this to customize issubclass().",
            flavour: Flavour::Class,
            imp: Imp::Raw(|_, _, _| Ok(Owned::not_implemented())),
        },
    ],
    getset: &[getset("__class__", |vm, o| Ok(type_of(vm, o).value().own()), set_class, "what type(self) is")],
    ..TypeSpec::DEFAULT
};

pub fn default_repr(vm: &Vm, o: Value) -> PyResult {
    let name = attrs::full_name(vm, type_of(vm, o));
    str::new(vm, &format!("<{name} object at {:#x}>", o.0))
}

fn default_str(vm: &Vm, o: Value) -> PyResult {
    protocol::object::repr(vm, o)
}

pub fn identity_hash(_: &Vm, o: Value) -> PyResult<i64> {
    let h = (o.0 as i64).rotate_right(4);
    Ok(if h == -1 { -2 } else { h })
}

pub fn not_hashable(vm: &Vm, o: Value) -> PyResult<i64> {
    let name = type_of(vm, o).name_str();
    Err(vm.type_error(&format!("unhashable type: '{name}'")))
}

fn identity_compare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    match op {
        CompareOp::Eq if a == b => Ok(Owned::bool(true)),
        CompareOp::Ne => {
            // The inverse of `==`, unless that does not know either.
            let Some(f) = type_of(vm, a).slots().richcompare else { return Ok(Owned::not_implemented()) };
            let eq = f(vm, a, b, CompareOp::Eq)?;
            if *eq == Value::NOT_IMPLEMENTED {
                return Ok(eq);
            }
            Ok(Owned::bool(!protocol::compare::is_true(vm, *eq)?))
        }
        _ => Ok(Owned::not_implemented()),
    }
}

fn excess(args: &Args) -> bool {
    !args.all().is_empty()
}

pub fn object_new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ty = TypeRef(cls.as_ptr());
    if excess(&args) {
        if !ty.has_object_new() {
            return Err(
                vm.type_error("object.__new__() takes exactly one argument (the type to instantiate)")
            );
        }
        if has_object_init(ty) {
            let t = ty.name_str();
            return Err(vm.type_error(&format!("{t}() takes no arguments")));
        }
    }
    if ty.has_flag(tp_flags::IS_ABSTRACT) {
        return Err(abstract_instance(vm, ty)?);
    }
    new_instance::<Header>(vm, ty).map(owned)
}

fn abstract_instance(vm: &Vm, ty: TypeRef) -> PyResult<crate::owned::Raised> {
    let missing = protocol::attr::get_str(vm, ty.value(), "__abstractmethods__")?;
    let names = list::new(vm, protocol::iter::collect(vm, *missing)?)?;
    protocol::call::method(vm, *names, *str::intern(vm, "sort"), &[])?;
    let quoted: Vec<String> =
        list::items(&names).iter().map(|n| format!("'{}'", str::to_string_lossy(*n))).collect();
    let s = if quoted.len() == 1 { "" } else { "s" };
    Ok(vm.type_error(&format!(
        "Can't instantiate abstract class {} without an implementation for abstract method{s} {}",
        ty.name_str(),
        quoted.join(", ")
    )))
}

fn has_object_init(ty: TypeRef) -> bool {
    ty.slots().init.is_some_and(|f| f as *const () == object_init as super::slots::InitFn as *const ())
}

fn object_init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    if !excess(&args) {
        return Ok(());
    }
    let ty = type_of(vm, this);
    if !has_object_init(ty) {
        return Err(
            vm.type_error("object.__init__() takes exactly one argument (the instance to initialize)")
        );
    }
    if ty.has_object_new() {
        let t = ty.name_str();
        return Err(
            vm.type_error(&format!("{t}.__init__() takes exactly one argument (the instance to initialize)"))
        );
    }
    Ok(())
}

fn format(vm: &Vm, this: Value, spec: Value) -> PyResult {
    if !super::is_instance(vm, spec, vm.types.str) {
        let got = type_of(vm, spec).name_str();
        return Err(vm.type_error(&format!("__format__() argument must be str, not {got}")));
    }
    if str::length(spec) > 0 {
        let t = type_of(vm, this).name_str();
        return Err(vm.type_error(&format!("unsupported format string passed to {t}.__format__")));
    }
    protocol::object::str(vm, this)
}

fn dir(vm: &Vm, this: Value) -> PyResult {
    let all = dict::new(vm)?;
    let class = protocol::attr::get_optional(vm, this, *vm.names.__class__)?;
    if let Some(c) = class
        && let Some(ty) = TypeRef::from_value(vm, *c)
    {
        let order: Vec<TypeRef> = ty.mro_types().collect();
        for t in order.iter().rev() {
            for (k, _) in dict::snapshot(t.dict.get()) {
                dict::set(vm, *all, *k, Value::NONE)?;
            }
        }
    }
    if let Some(own) = protocol::attr::get_optional(vm, this, *vm.names.__dict__)?
        && super::is_instance(vm, *own, vm.types.dict)
    {
        for (k, _) in dict::snapshot(*own) {
            dict::set(vm, *all, *k, Value::NONE)?;
        }
    }
    list::new(vm, dict::snapshot(*all).into_iter().map(|(k, _)| k).collect())
}

fn sizeof(vm: &Vm, this: Value) -> PyResult {
    Ok(Owned::fixnum(type_of(vm, this).head.basicsize as i64))
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    reduce_with(vm, this, 0)
}

fn reduce_ex(vm: &Vm, this: Value, version: Value) -> PyResult {
    let own = type_of(vm, this).lookup(vm, *vm.names.__reduce__);
    let default = vm.types.object.lookup(vm, *vm.names.__reduce__);
    if own != default {
        return protocol::call::method(vm, this, *vm.names.__reduce__, &[]);
    }
    reduce_with(vm, this, protocol::index::to_i64(vm, version)?)
}

/// The pure-Python helpers of `copyreg` do the work, as in CPython.
fn reduce_with(vm: &Vm, this: Value, version: i64) -> PyResult {
    let copyreg = crate::modules::import(vm, "copyreg")?;
    if version >= 2 {
        return reduce_newobj(vm, this, *copyreg);
    }
    protocol::attr::call_attr(vm, *copyreg, "_reduce_ex", &[this, Value::fixnum(version)])
}

fn reduce_newobj(vm: &Vm, this: Value, copyreg: Value) -> PyResult {
    use super::tuple;
    let cls = type_of(vm, this).value();
    let (args, kwargs) = new_arguments(vm, this)?;
    let getstate = *vm.names.__getstate__;
    let has_own_state = type_of(vm, this).lookup(vm, getstate) != vm.types.object.lookup(vm, getstate);
    if args.is_none() && kwargs.is_none() && !has_own_state {
        refuse_hidden_state(vm, this)?;
    }
    let state = protocol::call::method(vm, this, *vm.names.__getstate__, &[])?;
    let (function, arguments) = match kwargs {
        Some(kw) if dict::len(*kw) > 0 => {
            let f = protocol::attr::get_str(vm, copyreg, "__newobj_ex__")?;
            let args = args.unwrap_or_else(|| tuple::empty(vm));
            (f, tuple::from_slice(vm, &[cls, *args, *kw])?)
        }
        _ => {
            let f = protocol::attr::get_str(vm, copyreg, "__newobj__")?;
            let mut all = vec![cls];
            if let Some(a) = &args {
                all.extend_from_slice(tuple::items(a));
            }
            (f, tuple::from_slice(vm, &all)?)
        }
    };
    let items = if super::is_instance(vm, this, vm.types.list) {
        protocol::iter::iter(vm, this)?
    } else {
        Owned::none()
    };
    let pairs = if super::is_instance(vm, this, vm.types.dict) {
        let view = protocol::call::method(vm, this, *vm.names.items, &[])?;
        protocol::iter::iter(vm, *view)?
    } else {
        Owned::none()
    };
    tuple::from_slice(vm, &[*function, *arguments, *state, *items, *pairs])
}

/// What a native type keeps in its instances can be pickled by methods of its own only; lists and dicts give their items.
fn refuse_hidden_state(vm: &Vm, this: Value) -> PyResult<()> {
    let ty = type_of(vm, this);
    if super::is_instance(vm, this, vm.types.list) || super::is_instance(vm, this, vm.types.dict) {
        return Ok(());
    }
    let native = ty.mro_types().find(|t| !t.is_heap_type()).unwrap_or(vm.types.object);
    let Some(spec) = native.spec else { return Ok(()) };
    let base = TypeSpec::DEFAULT.basicsize;
    if native == vm.types.object || (spec.basicsize <= base && spec.itemsize == 0) {
        return Ok(());
    }
    let name = ty.name_str();
    // Types whose instances differ in size are complained about in the plural.
    if native == vm.types.memoryview || native == vm.types.code {
        return Err(vm.type_error(&format!("cannot pickle {name} objects")));
    }
    Err(vm.type_error(&format!("cannot pickle '{name}' object")))
}

type NewArguments = (Option<Owned>, Option<Owned>);

fn new_arguments(vm: &Vm, this: Value) -> PyResult<NewArguments> {
    use super::tuple;
    if let Some(f) = protocol::attr::lookup_special(vm, this, *vm.names.__getnewargs_ex__)? {
        let r = protocol::call::positional(vm, *f, &[])?;
        if !super::is_instance(vm, *r, vm.types.tuple) {
            let t = type_of(vm, *r).name_str();
            return Err(vm.type_error(&format!("__getnewargs_ex__ should return a tuple, not '{t}'")));
        }
        let items = tuple::items(&r);
        if items.len() != 2 {
            let n = items.len();
            return Err(
                vm.value_error(&format!("__getnewargs_ex__ should return a tuple of length 2, not {n}"))
            );
        }
        let parts = [("first", vm.types.tuple, "tuple"), ("second", vm.types.dict, "dict")];
        for (item, (nth, ty, wanted)) in items.iter().zip(parts) {
            if !super::is_instance(vm, *item, ty) {
                let got = type_of(vm, *item).name_str();
                return Err(vm.type_error(&format!(
                    "{nth} item of the tuple returned by __getnewargs_ex__ must be a {wanted}, not '{got}'"
                )));
            }
        }
        return Ok((Some(items[0].own()), Some(items[1].own())));
    }
    if let Some(f) = protocol::attr::lookup_special(vm, this, *vm.names.__getnewargs__)? {
        let r = protocol::call::positional(vm, *f, &[])?;
        if !super::is_instance(vm, *r, vm.types.tuple) {
            let t = type_of(vm, *r).name_str();
            return Err(vm.type_error(&format!("__getnewargs__ should return a tuple, not '{t}'")));
        }
        return Ok((Some(r), None));
    }
    Ok((None, None))
}

/// The instance's `__dict__` (or None), with the values of `__slots__` when there are any.
fn getstate(vm: &Vm, this: Value) -> PyResult {
    use super::tuple;
    let state = protocol::attr::own_attributes(vm, this)?.unwrap_or_else(Owned::none);
    let Some(names) = slot_names(vm, type_of(vm, this))? else { return Ok(state) };
    let slots = dict::new(vm)?;
    let count = list::len(*names);
    for i in 0..count {
        let Some(name) = list::get(*names, i) else { break };
        if let Some(v) = protocol::attr::get_optional(vm, this, *name)? {
            dict::set(vm, *slots, *name, *v)?;
        }
        // Whatever an attribute's code does to the list would lose or repeat names.
        if list::len(*names) != count {
            let text = "__slotnames__ changed size during iteration";
            return Err(vm.raise(vm.types.runtime_error, text));
        }
    }
    if dict::len(*slots) > 0 { tuple::from_slice(vm, &[*state, *slots]) } else { Ok(state) }
}

/// The names of the slots of a class and its bases, a list: `__slotnames__`, which `copyreg` makes at the first time.
fn slot_names(vm: &Vm, ty: TypeRef) -> PyResult<Option<Owned>> {
    if !ty.is_heap_type() {
        return Ok(None);
    }
    let names = match dict::get_str(vm, ty.dict.get(), *vm.names.__slotnames__).map(Counted::own) {
        Some(names) => names,
        None => {
            let copyreg = crate::modules::import(vm, "copyreg")?;
            protocol::attr::call_attr(vm, *copyreg, "_slotnames", &[ty.value()])?
        }
    };
    if names.is_none() {
        return Ok(None);
    }
    if !super::is_instance(vm, *names, vm.types.list) {
        let (t, got) = (ty.name_str(), type_of(vm, *names).name_str());
        return Err(vm.type_error(&format!("{t}.__slotnames__ should be a list or None, not {got}")));
    }
    Ok(Some(names))
}

fn init_subclass(vm: &Vm, cls: Value, args: Args) -> PyResult {
    if args.has_keywords() {
        let t = TypeRef::from_value(vm, cls).map_or_else(String::new, |t| t.name_str());
        return Err(vm.type_error(&format!("{t}.__init_subclass__() takes no keyword arguments")));
    }
    Ok(Owned::none())
}

fn set_class(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("can't delete __class__ attribute")) };
    let Some(to) = TypeRef::from_value(vm, value) else {
        let got = type_of(vm, value).name_str();
        return Err(vm.type_error(&format!("__class__ must be set to a class, not '{got}' object")));
    };
    let from = type_of(vm, this);
    if from == to {
        return Ok(());
    }
    let modules = from.is_subtype_of(vm.types.module) && to.is_subtype_of(vm.types.module);
    if !modules && (!from.is_heap_type() || !to.is_heap_type()) {
        return Err(
            vm.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses")
        );
    }
    if !super::typeobject::create::same_layout(vm, from, to) {
        let (f, t) = (from.name_str(), to.name_str());
        return Err(vm.type_error(&format!("__class__ assignment: '{t}' object layout differs from '{f}'")));
    }
    if from.has_flag(tp_flags::SHAPED) {
        shapes::change_class(vm, this, to)?;
    } else {
        // SAFETY: the layouts agree, so the other class's root shape describes the object as well.
        unsafe { (*this.header()).shape = to.head.root_shape };
    }
    if to.is_heap_type() {
        crate::owned::incref(to.value());
    }
    if from.is_heap_type() {
        // SAFETY: the instance owned a reference to its class.
        unsafe { decref(from.value()) };
    }
    Ok(())
}

/// Gives up an instance of a Python class: slots, attributes, dict, then what its native base holds.
///
/// # Safety
/// As for every `dealloc` slot.
pub unsafe fn dealloc_heap_instance(vm: &Vm, object: *mut Header) {
    // SAFETY: the object is dying; its class is alive until the caller releases it.
    unsafe {
        let ty = TypeRef::from_ptr((*(*object).shape).ty);
        let this = Value::from_ptr(object);
        release_attributes(ty, this);
        if let Some(native) = native_base(ty)
            && let Some(f) = native.slots().dealloc
        {
            f(vm, object);
        }
    }
}

unsafe fn release_attributes(ty: TypeRef, this: Value) {
    // SAFETY: passed on.
    unsafe {
        let offsets = ty.slot_offsets.borrow().clone();
        for offset in offsets {
            let word = this.as_ptr::<u8>().add(offset as usize) as *mut Value;
            decref(std::mem::replace(&mut *word, Value::NULL));
        }
        if ty.has_flag(tp_flags::SHAPED) {
            shapes::drop_attributes(this);
        } else if ty.head.dictoffset < 0 {
            let word = this.as_ptr::<u8>().offset(ty.head.dictoffset as isize) as *mut Value;
            decref(std::mem::replace(&mut *word, Value::NULL));
        }
    }
}

/// The nearest base that is not a Python class, `object` aside.
fn native_base(ty: TypeRef) -> Option<TypeRef> {
    let mut t = ty;
    while t.is_heap_type() {
        t = t.base_type()?;
    }
    t.base_type().is_some().then_some(t)
}

/// # Safety
/// As for every `traverse` slot.
pub unsafe fn traverse_heap_instance(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is alive and an instance of a Python class.
    unsafe {
        let ty = TypeRef::from_ptr((*(*object).shape).ty);
        let this = Value::from_ptr(object);
        for offset in ty.slot_offsets.borrow().iter() {
            let v = *(this.as_ptr::<u8>().add(*offset as usize) as *mut Value);
            if !v.is_null() {
                visit(v);
            }
        }
        if ty.has_flag(tp_flags::SHAPED) {
            let instance = object as *mut taipan_layout::objects::Instance;
            if !(*instance).extra.is_null() {
                visit((*instance).extra);
            }
            for i in 0..(*(*object).shape).used_slots as usize {
                visit(*shapes::slot(this, i));
            }
        } else if ty.head.dictoffset < 0 {
            let v = *(this.as_ptr::<u8>().offset(ty.head.dictoffset as isize) as *mut Value);
            if !v.is_null() {
                visit(v);
            }
        }
        visit(ty.value());
        if let Some(native) = native_base(ty)
            && let Some(f) = native.slots().traverse
        {
            f(object, visit);
        }
    }
}

/// # Safety
/// As for every `clear` slot.
pub unsafe fn clear_heap_instance(vm: &Vm, object: *mut Header) {
    // SAFETY: the object is alive; its attributes are replaced by nothing before they are dropped.
    unsafe {
        let ty = TypeRef::from_ptr((*(*object).shape).ty);
        let this = Value::from_ptr(object);
        if ty.has_flag(tp_flags::SHAPED) {
            let instance = object as *mut taipan_layout::objects::Instance;
            if (*object).flags & taipan_layout::header::flag::INSTANCE_HAS_DICT == 0 {
                let used = (*(*object).shape).used_slots as usize;
                let held: Vec<Value> =
                    (0..used).map(|i| std::mem::replace(&mut *shapes::slot(this, i), Value::NULL)).collect();
                (*object).shape = shapes::root_of((*object).shape);
                held.into_iter().for_each(|v| decref(v));
            } else {
                let d = (*instance).extra;
                dict::clear(vm, d);
            }
        } else if ty.head.dictoffset < 0 {
            let word = this.as_ptr::<u8>().offset(ty.head.dictoffset as isize) as *mut Value;
            decref(std::mem::replace(&mut *word, Value::NULL));
        }
        for offset in ty.slot_offsets.borrow().clone() {
            let word = this.as_ptr::<u8>().add(offset as usize) as *mut Value;
            decref(std::mem::replace(&mut *word, Value::NULL));
        }
        if let Some(native) = native_base(ty)
            && let Some(f) = native.slots().clear
        {
            f(vm, object);
        }
    }
}

/// `list[int]`.
pub fn generic_alias(vm: &Vm, origin: Value, args: Value) -> PyResult {
    super::genericalias::new(vm, origin, args)
}

/// `int | str`.
pub fn union(vm: &Vm, a: Value, b: Value) -> PyResult {
    super::uniontype::or(vm, a, b)
}
