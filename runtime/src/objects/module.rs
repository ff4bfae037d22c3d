//! Module objects: a namespace with a name.

use std::mem::offset_of;

use taipan_layout::{Header, Kind, Value};

use super::spec::{Member, MemberType, TypeSpec, getset, member, method0, tp_flags};
use super::{Slots, TypeRef, cast, dict, is_instance, list, new_instance, owned, parameters, str, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, Raised, decref};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
pub struct Module {
    pub header: Header,
    /// Owned; NULL only in an instance that was never initialised.
    pub dict: Value,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "module",
    basicsize: size_of::<Module>(),
    kind: Kind::Module,
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC | tp_flags::WEAKREFABLE,
    dictoffset: offset_of!(Module, dict) as i32,
    doc: "Create a module object.\n\nThe name must be a string; the optional doc argument can have any type.",
    signature: "(name, doc=None)",
    slots: Slots {
        new: Some(construct),
        init: Some(init),
        repr: Some(repr),
        getattro: Some(getattro),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(dealloc),
        ..Slots::EMPTY
    },
    methods: &[method0("__dir__", dir, "List the module's names.")],
    members: MEMBERS,
    getset: &[
        getset("__annotations__", get_annotations, set_annotations, ""),
        getset("__annotate__", get_annotate, set_annotate, ""),
    ],
    ..TypeSpec::DEFAULT
};

static MEMBERS: &[Member] = &[member("__dict__", MemberType::ObjectOrNone, offset_of!(Module, dict), true)];

/// A module called `name` with the usual attributes, all but `__name__` None.
pub fn new(vm: &Vm, name: &str) -> PyResult {
    let m = unfilled(vm, vm.types.module)?;
    let name = str::intern(vm, name);
    fill(vm, *m, *name, Value::NONE)?;
    Ok(m)
}

/// A module with an empty namespace, which is made first: the collector's order of objects, and so that of finalisers at exit, is CPython's then.
pub fn unfilled(vm: &Vm, ty: TypeRef) -> PyResult {
    let namespace = dict::new(vm)?;
    let m = new_instance::<Module>(vm, ty)?;
    // SAFETY: the object is new.
    unsafe { (*m).dict = namespace.into_value() };
    Ok(owned(m))
}

fn fill(vm: &Vm, this: Value, name: Value, doc: Value) -> PyResult<()> {
    // SAFETY: callers pass modules.
    let module = unsafe { cast::<Module>(this) };
    if module.dict.is_null() {
        module.dict = dict::new(vm)?.into_value();
    }
    let namespace = module.dict.own();
    let names = &vm.names;
    dict::set_str(vm, *namespace, *names.__name__, name)?;
    dict::set_str(vm, *namespace, *names.__doc__, doc)?;
    for attribute in [&names.__package__, &names.__loader__, &names.__spec__] {
        dict::set_str(vm, *namespace, **attribute, Value::NONE)?;
    }
    Ok(())
}

/// The module's namespace; borrowed.
pub fn dict(module: Value) -> Value {
    // SAFETY: callers pass modules.
    unsafe { cast::<Module>(module).dict }
}

/// The module's namespace, made now when the module was never initialised.
fn namespace(vm: &Vm, this: Value) -> PyResult {
    // SAFETY: `this` is a module.
    let module = unsafe { cast::<Module>(this) };
    if module.dict.is_null() {
        module.dict = dict::new(vm)?.into_value();
    }
    Ok(module.dict.own())
}

fn construct(vm: &Vm, cls: Value, _args: Args) -> PyResult {
    let Some(ty) = TypeRef::from_value(vm, cls) else {
        return Err(vm.type_error("module.__new__(X): X is not a type object"));
    };
    unfilled(vm, ty)
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let [name, doc] = parameters::bind(vm, "module", ["name", "doc"], 1, args)?;
    parameters::expect(vm, "module", "name", name, vm.types.str)?;
    fill(vm, this, name, if doc.is_null() { Value::NONE } else { doc })
}

fn entry(vm: &Vm, this: Value, name: &str) -> Option<Owned> {
    let d = dict(this);
    if d.is_null() {
        return None;
    }
    let key = str::intern(vm, name);
    dict::get_str(vm, d, *key).map(Counted::own)
}

/// The import machinery's description decides; without one, name and file.
fn repr(vm: &Vm, this: Value) -> PyResult {
    let spec = entry(vm, this, "__spec__").filter(|s| !s.is_none());
    let attribute = |object: Value, name: &str| -> Option<Owned> {
        let key = str::intern(vm, name);
        protocol::attr::get_optional(vm, object, *key).unwrap_or_else(|raised| {
            vm.discard(raised);
            None
        })
    };
    let text_repr = |v: Option<Owned>, fallback: &str| -> PyResult<String> {
        match v {
            Some(v) => protocol::object::repr_string(vm, *v),
            None => Ok(fallback.to_owned()),
        }
    };
    let name = match &spec {
        Some(s) => attribute(**s, "name"),
        None => entry(vm, this, "__name__"),
    };
    let name = text_repr(name.filter(|n| !n.is_none() || spec.is_none()), "'?'")?;
    let origin = spec.as_ref().and_then(|s| attribute(**s, "origin")).filter(|o| !o.is_none());
    let has_location =
        spec.as_ref().and_then(|s| attribute(**s, "has_location")).is_some_and(|h| *h == Value::TRUE);
    let file = entry(vm, this, "__file__").filter(|_| spec.is_none());
    let loader = match &spec {
        Some(spec) => attribute(**spec, "loader"),
        None => entry(vm, this, "__loader__"),
    };
    let text = match (origin, file) {
        (Some(origin), _) if has_location => {
            format!("<module {name} from {}>", protocol::object::repr_string(vm, *origin)?)
        }
        (Some(origin), _) => {
            let origin = protocol::object::str(vm, *origin)?;
            format!("<module {name} ({})>", str::to_string_lossy(*origin))
        }
        (None, Some(file)) => format!("<module {name} from {}>", protocol::object::repr_string(vm, *file)?),
        (None, None) => match loader.filter(|l| !l.is_none()) {
            Some(loader) => match namespace_path(vm, *loader)? {
                Some(path) if spec.is_some() => {
                    format!("<module {name} (namespace) from {}>", protocol::object::repr_string(vm, *path)?)
                }
                _ => format!("<module {name} ({})>", protocol::object::repr_string(vm, *loader)?),
            },
            None if is_native(vm, this) => format!("<module {name} (built-in)>"),
            None => format!("<module {name}>"),
        },
    };
    str::new(vm, &text)
}

/// Whether the module's code is still running.
fn is_initializing(vm: &Vm, this: Value) -> bool {
    let Some(spec) = entry(vm, this, "__spec__") else { return false };
    let key = str::intern(vm, "_initializing");
    match protocol::attr::get_optional(vm, *spec, *key) {
        Ok(v) => v.is_some_and(|v| *v == Value::TRUE),
        Err(raised) => {
            vm.discard(raised);
            false
        }
    }
}

/// The places of a namespace package, if that is what the spec is of.
fn namespace_path(vm: &Vm, loader: Value) -> PyResult<Option<Owned>> {
    let Some(class) = crate::modules::attribute(vm, "_frozen_importlib_external", "NamespaceLoader") else {
        return Ok(None);
    };
    if !protocol::object::is_instance(vm, loader, *class)? {
        return Ok(None);
    }
    let path = protocol::attr::get_str(vm, loader, "_path")?;
    let places = protocol::iter::collect(vm, *path)?;
    list::new(vm, places).map(Some)
}

/// Whether the module was made by the runtime and not by a program.
fn is_native(vm: &Vm, this: Value) -> bool {
    let name = entry(vm, this, "__name__").filter(|n| is_instance(vm, **n, vm.types.str));
    name.is_some_and(|n| crate::modules::find(vm, &str::to_string_lossy(*n)).is_some())
}

/// Generic lookup, then the module's own `__getattr__` (PEP 562).
fn getattro(vm: &Vm, this: Value, name: Value) -> PyResult {
    let raised = match protocol::attr::generic_get(vm, this, name) {
        Ok(v) => return Ok(v),
        Err(raised) => raised,
    };
    let failure = vm.catch(raised, vm.types.attribute_error)?;
    if let Some(hook) = entry(vm, this, "__getattr__") {
        drop(failure);
        return protocol::call::positional(vm, *hook, &[name]);
    }
    Err(missing(vm, this, name))
}

fn missing(vm: &Vm, this: Value, name: Value) -> Raised {
    let wanted = str::to_string_lossy(name);
    let own_name = entry(vm, this, "__name__").filter(|n| is_instance(vm, **n, vm.types.str));
    let text = match own_name {
        None => format!("module has no attribute '{wanted}'"),
        Some(n) => {
            let n = str::to_string_lossy(*n);
            if is_initializing(vm, this) {
                format!(
                    "partially initialized module '{n}' has no attribute '{wanted}' (most likely due to a \
                     circular import)"
                )
            } else {
                format!("module '{n}' has no attribute '{wanted}'")
            }
        }
    };
    protocol::attr::raise_missing(vm, this, name, &text)
}

fn dir(vm: &Vm, this: Value) -> PyResult {
    let namespace = protocol::attr::get(vm, this, *vm.names.__dict__)?;
    if !is_instance(vm, *namespace, vm.types.dict) {
        return Err(vm.type_error("<module>.__dict__ is not a dictionary"));
    }
    if let Some(hook) = dict::get_str(vm, *namespace, *vm.names.__dir__).map(Counted::own) {
        return protocol::call::positional(vm, *hook, &[]);
    }
    let keys = dict::snapshot(*namespace).into_iter().map(|(k, _)| k).collect();
    list::new(vm, keys)
}

/// The annotations, computed by `__annotate__` when they are asked for first (PEP 649).
fn get_annotations(vm: &Vm, this: Value) -> PyResult {
    let namespace = namespace(vm, this)?;
    if let Some(a) = dict::get_str(vm, *namespace, *vm.names.__annotations__).map(Counted::own) {
        return Ok(a);
    }
    let annotate = dict::get_str(vm, *namespace, *vm.names.__annotate__).map(Counted::own);
    let annotations = match annotate.filter(|f| protocol::object::is_callable(vm, **f)) {
        Some(f) => super::function::call_annotate(vm, *f)?,
        None => dict::new(vm)?,
    };
    // While the module runs more annotations may follow.
    if !is_initializing(vm, this) {
        dict::set_str(vm, *namespace, *vm.names.__annotations__, *annotations)?;
    }
    Ok(annotations)
}

fn set_annotations(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let namespace = namespace(vm, this)?;
    match value {
        Some(v) => dict::set_str(vm, *namespace, *vm.names.__annotations__, v)?,
        None => {
            if dict::get_str(vm, *namespace, *vm.names.__annotations__).is_none() {
                return Err(vm.raise(vm.types.attribute_error, "__annotations__"));
            }
            dict::delete(vm, *namespace, *vm.names.__annotations__)?;
        }
    }
    if dict::get_str(vm, *namespace, *vm.names.__annotate__).is_some() {
        dict::delete(vm, *namespace, *vm.names.__annotate__)?;
    }
    Ok(())
}

fn get_annotate(vm: &Vm, this: Value) -> PyResult {
    let namespace = namespace(vm, this)?;
    if let Some(f) = dict::get_str(vm, *namespace, *vm.names.__annotate__).map(Counted::own) {
        return Ok(f);
    }
    dict::set_str(vm, *namespace, *vm.names.__annotate__, Value::NONE)?;
    Ok(Owned::none())
}

fn set_annotate(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("cannot delete __annotate__ attribute")) };
    if !value.is_none() && !protocol::object::is_callable(vm, value) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    let namespace = namespace(vm, this)?;
    dict::set_str(vm, *namespace, *vm.names.__annotate__, value)?;
    if !value.is_none() && dict::get_str(vm, *namespace, *vm.names.__annotations__).is_some() {
        dict::delete(vm, *namespace, *vm.names.__annotations__)?;
    }
    Ok(())
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: the object is a module; its word is taken out before it is dropped.
    unsafe { decref(std::mem::replace(&mut (*(object as *mut Module)).dict, Value::NULL)) };
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is a module.
    let v = unsafe { (*(object as *mut Module)).dict };
    if !v.is_null() {
        visit(v);
    }
}

/// Whether `v` is a module (or an instance of a subclass).
pub fn is_module(vm: &Vm, v: Value) -> bool {
    type_of(vm, v).is_subtype_of(vm.types.module)
}
