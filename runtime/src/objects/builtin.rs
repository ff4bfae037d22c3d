//! Functions and methods implemented in Rust: `builtin_function_or_method`, `method_descriptor` and
//! `classmethod_descriptor`, all over one [`MethodSpec`].

use std::cell::OnceCell;

use taipan_layout::{Header, Kind, Value};

use super::spec::*;
use super::{Slots, TypeRef, cast, new_instance, owned, str, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::signature::{MAX_BY_POSITION, Signature};
use crate::vm::Vm;

/// A native function bound to its `self` (module, class or receiver).
#[repr(C)]
pub struct BuiltinFunction {
    pub header: Header,
    pub spec: &'static MethodSpec,
    /// What the implementation gets as `self`; NULL for static methods.
    pub receiver: Value,
    /// `__module__`: a `str`, or NULL.
    pub module: Value,
    signature: OnceCell<Box<Signature>>,
}

/// A native method as the class namespace holds it.
#[repr(C)]
pub struct MethodDescriptor {
    pub header: Header,
    pub spec: &'static MethodSpec,
    /// The type whose method this is, owned.
    pub owner: Value,
    signature: OnceCell<Box<Signature>>,
}

pub static FUNCTION_SPEC: TypeSpec = TypeSpec {
    name: "builtin_function_or_method",
    basicsize: size_of::<BuiltinFunction>(),
    kind: Kind::BuiltinFunction,
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION | tp_flags::WEAKREFABLE,
    slots: Slots {
        repr: Some(function_repr),
        call: Some(function_call),
        hash: Some(function_hash),
        richcompare: Some(function_compare),
        dealloc: Some(function_dealloc),
        traverse: Some(function_traverse),
        ..Slots::EMPTY
    },
    methods: &[method0(
        "__reduce__",
        function_reduce,
        "What pickle and copy ask objects that say nothing themselves.",
    )],
    getset: &[
        getter("__name__", |vm, f| str::new(vm, function_of(f).spec.name), ""),
        getter("__qualname__", function_qualname, ""),
        getter("__doc__", |vm, f| doc(vm, function_of(f).spec), ""),
        getter("__text_signature__", |vm, f| text_signature(vm, function_of(f).spec), ""),
        getter("__self__", get_self, ""),
        getter("__module__", |_, f| Ok(or_none(function_of(f).module)), ""),
    ],
    ..TypeSpec::DEFAULT
};

pub static METHOD_DESCRIPTOR_SPEC: TypeSpec = TypeSpec {
    name: "method_descriptor",
    basicsize: size_of::<MethodDescriptor>(),
    kind: Kind::MethodDescriptor,
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION | tp_flags::METHOD_DESCRIPTOR,
    slots: Slots {
        repr: Some(descriptor_repr),
        call: Some(descriptor_call),
        descr_get: Some(descriptor_get),
        dealloc: Some(descriptor_dealloc),
        ..Slots::EMPTY
    },
    methods: &[method0(
        "__reduce__",
        descriptor_reduce,
        "What pickle and copy ask objects that say nothing themselves.",
    )],
    getset: DESCRIPTOR_ATTRS,
    ..TypeSpec::DEFAULT
};

pub static CLASSMETHOD_DESCRIPTOR_SPEC: TypeSpec = TypeSpec {
    name: "classmethod_descriptor",
    basicsize: size_of::<MethodDescriptor>(),
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(descriptor_repr),
        call: Some(class_descriptor_call),
        descr_get: Some(class_descriptor_get),
        dealloc: Some(descriptor_dealloc),
        ..Slots::EMPTY
    },
    getset: DESCRIPTOR_ATTRS,
    ..TypeSpec::DEFAULT
};

const DESCRIPTOR_ATTRS: &[GetSet] = &[
    getter("__name__", |vm, d| str::new(vm, descriptor_of(d).spec.name), ""),
    getter("__qualname__", descriptor_qualname, ""),
    getter("__doc__", |vm, d| doc(vm, descriptor_of(d).spec), ""),
    getter("__text_signature__", |vm, d| text_signature(vm, descriptor_of(d).spec), ""),
    getter("__objclass__", |_, d| Ok(descriptor_of(d).owner.own()), ""),
];

fn function_of<'a>(v: Value) -> &'a BuiltinFunction {
    // SAFETY: called through this type's slots and getters only, which check the type.
    unsafe { cast(v) }
}

fn descriptor_of<'a>(v: Value) -> &'a MethodDescriptor {
    // SAFETY: as above.
    unsafe { cast(v) }
}

fn or_none(v: Value) -> Owned {
    if v.is_null() { Owned::none() } else { v.own() }
}

/// A native function; `receiver` is its `self` (a module, or a class for static methods), `module` its `__module__`
/// or NULL.
pub fn new_function(vm: &Vm, spec: &'static MethodSpec, receiver: Value, module: Value) -> PyResult {
    let p = new_instance::<BuiltinFunction>(vm, vm.types.builtin_function)?;
    crate::owned::incref(receiver);
    crate::owned::incref(module);
    // SAFETY: fresh, zeroed memory of the right size.
    unsafe {
        (&raw mut (*p).spec).write(spec);
        (*p).receiver = receiver;
        (*p).module = module;
        (&raw mut (*p).signature).write(OnceCell::new());
    }
    Ok(owned(p))
}

pub fn new_method_descriptor(vm: &Vm, ty: TypeRef, spec: &'static MethodSpec) -> PyResult {
    new_descriptor(vm, vm.types.method_descriptor, ty, spec)
}

pub fn new_classmethod_descriptor(vm: &Vm, ty: TypeRef, spec: &'static MethodSpec) -> PyResult {
    new_descriptor(vm, vm.types.classmethod_descriptor, ty, spec)
}

fn new_descriptor(vm: &Vm, which: TypeRef, ty: TypeRef, spec: &'static MethodSpec) -> PyResult {
    let p = new_instance::<MethodDescriptor>(vm, which)?;
    crate::owned::incref(ty.value());
    // SAFETY: fresh, zeroed memory of the right size.
    unsafe {
        (&raw mut (*p).spec).write(spec);
        (*p).owner = ty.value();
        (&raw mut (*p).signature).write(OnceCell::new());
    }
    Ok(owned(p))
}

/// The declaration and receiver of a native function object.
pub fn parts(vm: &Vm, v: Value) -> Option<(&'static MethodSpec, Value)> {
    (type_of(vm, v) == vm.types.builtin_function).then(|| (function_of(v).spec, function_of(v).receiver))
}

/// The declaration of a native method descriptor.
pub fn descriptor_spec(vm: &Vm, v: Value) -> Option<(&'static MethodSpec, TypeRef)> {
    (type_of(vm, v) == vm.types.method_descriptor)
        .then(|| (descriptor_of(v).spec, TypeRef(descriptor_of(v).owner.as_ptr())))
}

/// Calls an implementation with `this` as its `self`.
fn invoke(
    vm: &Vm,
    spec: &'static MethodSpec,
    signature: &OnceCell<Box<Signature>>,
    name: &dyn Fn() -> String,
    this: Value,
    args: Args,
) -> PyResult {
    match spec.imp {
        Imp::NoArgs(f) => {
            if args.all().is_empty() {
                return f(vm, this);
            }
            if args.has_keywords() {
                return Err(vm.type_error(&format!("{}() takes no keyword arguments", name())));
            }
            Err(vm.type_error(&format!("{}() takes no arguments ({} given)", name(), args.pos().len())))
        }
        Imp::OneArg(f) => {
            if let ([one], false) = (args.all(), args.has_keywords()) {
                return f(vm, this, *one);
            }
            if args.has_keywords() {
                return Err(vm.type_error(&format!("{}() takes no keyword arguments", name())));
            }
            Err(vm.type_error(&format!(
                "{}() takes exactly one argument ({} given)",
                name(),
                args.pos().len()
            )))
        }
        Imp::Raw(f) => f(vm, this, args),
        Imp::Bound(f) => {
            const INLINE: usize = 8;
            let s = signature.get_or_init(|| Box::new(Signature::parse(spec.signature)));
            if args.has_keywords() && !s.accepts_keywords() {
                return Err(vm.type_error(&format!("{}() takes no keyword arguments", name())));
            }
            let n = s.slots();
            let mut inline = [Value::NULL; INLINE];
            let mut heap = Vec::new();
            let out = if n <= INLINE {
                &mut inline[..n]
            } else {
                heap.resize(n, Value::NULL);
                &mut heap[..]
            };
            let bound = s.bind(vm, spec.name, args, out)?;
            let r = f(vm, this, out);
            bound.release();
            r
        }
    }
}

/// [`invoke`] with positional arguments whose number is right; `None` when there is more to be done.
#[inline(always)]
fn invoke_directly(
    vm: &Vm,
    spec: &'static MethodSpec,
    signature: &OnceCell<Box<Signature>>,
    this: Value,
    words: &[Value],
) -> Option<PyResult> {
    match spec.imp {
        Imp::OneArg(f) => match words {
            [one] => Some(f(vm, this, *one)),
            _ => None,
        },
        Imp::NoArgs(f) => words.is_empty().then(|| f(vm, this)),
        Imp::Raw(f) => Some(f(vm, this, Args::positional(words))),
        Imp::Bound(f) => {
            let (min, max) = signature.get()?.by_position()?;
            if words.len() == max {
                return Some(f(vm, this, words));
            }
            if words.len() < min || words.len() > max {
                return None;
            }
            let mut all = [Value::NULL; MAX_BY_POSITION];
            all[..words.len()].copy_from_slice(words);
            Some(f(vm, this, &all[..max]))
        }
    }
}

/// Calls a `builtin_function_or_method` with positional arguments.
#[inline]
pub fn call_function(vm: &Vm, f: Value, words: &[Value]) -> PyResult {
    let this = function_of(f);
    match invoke_directly(vm, this.spec, &this.signature, this.receiver, words) {
        Some(r) => r,
        None => function_call(vm, f, Args::positional(words)),
    }
}

/// Calls a `method_descriptor` with positional arguments, the receiver first.
#[inline]
pub fn call_descriptor(vm: &Vm, d: Value, words: &[Value]) -> PyResult {
    let this = descriptor_of(d);
    if let Some((&first, rest)) = words.split_first() {
        let (owner, actual) = (TypeRef(this.owner.as_ptr()), type_of(vm, first));
        if (actual == owner || actual.is_subtype_of(owner))
            && let Some(r) = invoke_directly(vm, this.spec, &this.signature, first, rest)
        {
            return r;
        }
    }
    descriptor_call(vm, d, Args::positional(words))
}

fn function_call(vm: &Vm, f: Value, args: Args) -> PyResult {
    let this = function_of(f);
    invoke(vm, this.spec, &this.signature, &|| function_full_name(vm, f), this.receiver, args)
}

/// `list.append`, `math.sqrt`, `print`: what error messages call the function.
fn function_full_name(vm: &Vm, f: Value) -> String {
    let this = function_of(f);
    match this.spec.flavour {
        Flavour::Function => {
            let module =
                if this.module.is_null() { String::new() } else { str::to_string_lossy(this.module) };
            match module.as_str() {
                "" | "builtins" => this.spec.name.to_owned(),
                m => format!("{m}.{}", this.spec.name),
            }
        }
        Flavour::Method => {
            let t =
                if this.receiver.is_null() { String::new() } else { type_of(vm, this.receiver).short_name() };
            format!("{t}.{}", this.spec.name)
        }
        Flavour::Class | Flavour::Static => {
            let t = TypeRef::from_value(vm, this.receiver).map_or_else(String::new, |t| t.short_name());
            format!("{t}.{}", this.spec.name)
        }
    }
}

fn descriptor_call(vm: &Vm, d: Value, args: Args) -> PyResult {
    let this = descriptor_of(d);
    let owner = TypeRef(this.owner.as_ptr());
    let Some((&first, rest)) = args.all().split_first().filter(|_| !args.pos().is_empty()) else {
        let (t, n) = (owner.short_name(), this.spec.name);
        return Err(vm.type_error(&format!("unbound method {t}.{n}() needs an argument")));
    };
    let actual = type_of(vm, first);
    if actual != owner && !actual.is_subtype_of(owner) {
        let (t, n, got) = (owner.name_str(), this.spec.name, actual.name_str());
        return Err(
            vm.type_error(&format!("descriptor '{n}' for '{t}' objects doesn't apply to a '{got}' object"))
        );
    }
    let rest = Args::with_keywords(rest, args.kwnames());
    invoke(
        vm,
        this.spec,
        &this.signature,
        &|| format!("{}.{}", owner.short_name(), this.spec.name),
        first,
        rest,
    )
}

/// Calls a method descriptor whose receiver is known to be of the right type.
pub fn call_descriptor_unchecked(vm: &Vm, d: Value, receiver: Value, args: Args) -> PyResult {
    let this = descriptor_of(d);
    let owner = TypeRef(this.owner.as_ptr());
    invoke(
        vm,
        this.spec,
        &this.signature,
        &|| format!("{}.{}", owner.short_name(), this.spec.name),
        receiver,
        args,
    )
}

fn descriptor_get(vm: &Vm, d: Value, object: Option<Value>, _owner: Value) -> PyResult {
    let Some(object) = object else { return Ok(d.own()) };
    let this = descriptor_of(d);
    let owner = TypeRef(this.owner.as_ptr());
    let actual = type_of(vm, object);
    if actual != owner && !actual.is_subtype_of(owner) {
        let (t, n, got) = (owner.name_str(), this.spec.name, actual.name_str());
        return Err(
            vm.type_error(&format!("descriptor '{n}' for '{t}' objects doesn't apply to a '{got}' object"))
        );
    }
    new_function(vm, this.spec, object, Value::NULL)
}

fn class_descriptor_get(vm: &Vm, d: Value, object: Option<Value>, owner: Value) -> PyResult {
    let this = descriptor_of(d);
    let cls = match object {
        Some(o) if owner.is_null() || owner.is_none() => type_of(vm, o).value(),
        _ => owner,
    };
    let Some(ty) = TypeRef::from_value(vm, cls) else {
        let (n, t) = (this.spec.name, TypeRef(this.owner.as_ptr()).name_str());
        return Err(vm.type_error(&format!("descriptor '{n}' for type '{t}' needs a type")));
    };
    let home = TypeRef(this.owner.as_ptr());
    if !ty.is_subtype_of(home) {
        let (n, t, got) = (this.spec.name, home.name_str(), ty.name_str());
        return Err(
            vm.type_error(&format!("descriptor '{n}' requires a subtype of '{t}' but received '{got}'"))
        );
    }
    new_function(vm, this.spec, cls, Value::NULL)
}

fn class_descriptor_call(vm: &Vm, d: Value, args: Args) -> PyResult {
    let this = descriptor_of(d);
    let Some((&cls, rest)) = args.all().split_first().filter(|_| !args.pos().is_empty()) else {
        let (n, t) = (this.spec.name, TypeRef(this.owner.as_ptr()).name_str());
        return Err(vm.type_error(&format!("descriptor '{n}' of '{t}' object needs an argument")));
    };
    let bound = class_descriptor_get(vm, d, None, cls)?;
    protocol::call::with_args(vm, *bound, Args::with_keywords(rest, args.kwnames()))
}

fn function_repr(vm: &Vm, f: Value) -> PyResult {
    let this = function_of(f);
    let name = this.spec.name;
    if this.spec.flavour == Flavour::Function && TypeRef::from_value(vm, this.receiver).is_none() {
        return str::new(vm, &format!("<built-in function {name}>"));
    }
    let t = type_of(vm, this.receiver).name_str();
    str::new(vm, &format!("<built-in method {name} of {t} object at {:#x}>", this.receiver.0))
}

fn descriptor_repr(vm: &Vm, d: Value) -> PyResult {
    let this = descriptor_of(d);
    let t = TypeRef(this.owner.as_ptr()).name_str();
    str::new(vm, &format!("<method '{}' of '{t}' objects>", this.spec.name))
}

/// Static methods keep their class for `repr` and pickling, but are bound to nothing.
fn get_self(_: &Vm, f: Value) -> PyResult {
    let this = function_of(f);
    Ok(if this.spec.flavour == Flavour::Static { Owned::none() } else { or_none(this.receiver) })
}

fn function_hash(_: &Vm, f: Value) -> PyResult<i64> {
    let this = function_of(f);
    let h =
        (this.receiver.0 as i64).rotate_right(4) ^ (this.spec as *const MethodSpec as i64).rotate_right(4);
    Ok(if h == -1 { -2 } else { h })
}

fn function_compare(vm: &Vm, a: Value, b: Value, op: super::CompareOp) -> PyResult {
    if type_of(vm, b) != vm.types.builtin_function || type_of(vm, a) != vm.types.builtin_function {
        return Ok(Owned::not_implemented());
    }
    let (x, y) = (function_of(a), function_of(b));
    let same = std::ptr::eq(x.spec, y.spec) && x.receiver == y.receiver;
    match op {
        super::CompareOp::Eq => Ok(Owned::bool(same)),
        super::CompareOp::Ne => Ok(Owned::bool(!same)),
        _ => Ok(Owned::not_implemented()),
    }
}

fn doc(vm: &Vm, spec: &MethodSpec) -> PyResult {
    if spec.doc.is_empty() { Ok(Owned::none()) } else { str::new(vm, spec.doc) }
}

fn text_signature(vm: &Vm, spec: &MethodSpec) -> PyResult {
    if spec.signature.is_empty() { Ok(Owned::none()) } else { str::new(vm, spec.signature) }
}

fn function_qualname(vm: &Vm, f: Value) -> PyResult {
    let this = function_of(f);
    let name = this.spec.name;
    if this.receiver.is_null() || type_of(vm, this.receiver) == vm.types.module {
        return str::new(vm, name);
    }
    let ty = TypeRef::from_value(vm, this.receiver).unwrap_or_else(|| type_of(vm, this.receiver));
    let q = protocol::attr::get(vm, ty.value(), *vm.names.__qualname__)?;
    str::new(vm, &format!("{}.{name}", str::to_string_lossy(*q)))
}

fn descriptor_qualname(vm: &Vm, d: Value) -> PyResult {
    let this = descriptor_of(d);
    str::new(vm, &format!("{}.{}", TypeRef(this.owner.as_ptr()).short_name(), this.spec.name))
}

fn function_reduce(vm: &Vm, f: Value) -> PyResult {
    let this = function_of(f);
    let name = str::new(vm, this.spec.name)?;
    if this.receiver.is_null() || type_of(vm, this.receiver) == vm.types.module {
        return Ok(name);
    }
    reduce_via_getattr(vm, this.receiver, *name)
}

fn descriptor_reduce(vm: &Vm, d: Value) -> PyResult {
    let this = descriptor_of(d);
    let name = str::new(vm, this.spec.name)?;
    reduce_via_getattr(vm, this.owner, *name)
}

/// What pickle needs to find an attribute again: a call of `getattr`.
pub(super) fn reduce_via_getattr(vm: &Vm, object: Value, name: Value) -> PyResult {
    let getattr = super::function::builtins::named(vm, "getattr")?;
    let args = super::tuple::from_slice(vm, &[object, name])?;
    super::tuple::from_slice(vm, &[*getattr, *args])
}

unsafe fn function_dealloc(_: &Vm, object: *mut Header) {
    // SAFETY: the object is dying and of this type.
    unsafe {
        let f = object as *mut BuiltinFunction;
        drop((*f).signature.take());
        decref((*f).receiver);
        decref((*f).module);
    }
}

unsafe fn function_traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is of this type.
    unsafe { visit((*(object as *mut BuiltinFunction)).receiver) };
}

unsafe fn descriptor_dealloc(_: &Vm, object: *mut Header) {
    // SAFETY: the object is dying and of this type.
    unsafe {
        let d = object as *mut MethodDescriptor;
        drop((*d).signature.take());
        decref((*d).owner);
    }
}
