//! Native objects whose contents are ordinary Rust data.
//!
//! A type of a native module declares a struct, implements [`Data`] for it (which references it owns) and gets allocation,
//! destruction and the collector's functions from here:
//!
//! ```ignore
//! #[derive(Default)]
//! pub struct Repeat { object: Option<Owned>, left: Option<i64> }
//! native_data!(Repeat: object);
//! pub static REPEAT: TypeSpec = TypeSpec { name: "itertools.repeat", slots: Slots { new: Some(new), ..slots::<Repeat>() }, ..spec::<Repeat>() };
//! let v = native::new(vm, cls, Repeat { object: Some(o), left: None })?;
//! native::data::<Repeat>(v).left = Some(3);
//! ```
//!
//! Instances of subclasses work as well: [`new`] takes the class that was called. Destruction and breaking cycles are the
//! same step, taking the data out and leaving `Default::default()`, which therefore must not own memory.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;
use taipan_layout::{Header, Value};

use crate::args::Args;
use crate::objects::spec::{TypeSpec, tp_flags};
use crate::objects::{Slots, TypeRef, cast, new_instance, owned};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::signature::{Bound, Signature};
use crate::vm::Vm;

#[repr(C)]
pub struct Native<T> {
    header: Header,
    data: T,
}

/// Where the data begin in an instance, in bytes: what is declared as a stored attribute lies that much further on.
pub const fn data_offset<T>() -> usize {
    std::mem::offset_of!(Native<T>, data)
}

/// The `__dict__` of a native object, made when it is first used. It is the first field of `#[repr(C)]` data, and the type's
/// `dictoffset` is [`data_offset`].
#[repr(transparent)]
pub struct Dict(Value);

impl Dict {
    /// The dict, if there is one; borrowed.
    pub fn get(&self) -> Option<Value> {
        (!self.0.is_null()).then_some(self.0)
    }
}

impl Dict {
    /// Takes a dict over.
    pub fn holding(dict: Owned) -> Dict {
        Dict(dict.into_value())
    }
}

impl Default for Dict {
    fn default() -> Dict {
        Dict(Value::NULL)
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        // SAFETY: the word owns its reference, or is NULL.
        unsafe { crate::owned::decref(std::mem::replace(&mut self.0, Value::NULL)) };
    }
}

impl Visit for Dict {
    fn visit_with(&self, visit: &mut dyn FnMut(Value)) {
        if !self.0.is_null() {
            visit(self.0);
        }
    }
}

/// What a native object holds.
pub trait Data: Default {
    /// Calls the visitor with every reference that the data own.
    fn visit(&self, visit: &mut dyn FnMut(Value));
}

/// A field that may own references.
pub trait Visit {
    fn visit_with(&self, visit: &mut dyn FnMut(Value));
}

impl Visit for Owned {
    fn visit_with(&self, visit: &mut dyn FnMut(Value)) {
        visit(self.value());
    }
}
impl<T: Visit> Visit for Option<T> {
    fn visit_with(&self, visit: &mut dyn FnMut(Value)) {
        if let Some(v) = self {
            v.visit_with(visit);
        }
    }
}
impl<T: Visit> Visit for Vec<T> {
    fn visit_with(&self, visit: &mut dyn FnMut(Value)) {
        self.iter().for_each(|v| v.visit_with(visit));
    }
}
impl<T: Visit> Visit for VecDeque<T> {
    fn visit_with(&self, visit: &mut dyn FnMut(Value)) {
        self.iter().for_each(|v| v.visit_with(visit));
    }
}
impl<A: Visit, B: Visit> Visit for (A, B) {
    fn visit_with(&self, visit: &mut dyn FnMut(Value)) {
        self.0.visit_with(visit);
        self.1.visit_with(visit);
    }
}

/// Implements [`Data`]: the named fields own references.
macro_rules! native_data {
    ($ty:ty $(: $($field:ident),+ $(,)?)?) => {
        impl $crate::modules::native::Data for $ty {
            #[allow(unused_variables, reason = "not all data own references")]
            fn visit(&self, visit: &mut dyn FnMut(taipan_layout::Value)) {
                $($($crate::modules::native::Visit::visit_with(&self.$field, visit);)+)?
            }
        }
    };
}
pub(crate) use native_data;

/// The slots that every such type needs.
pub const fn slots<T: Data>() -> Slots {
    Slots {
        dealloc: Some(release::<T>),
        traverse: Some(traverse::<T>),
        clear: Some(release::<T>),
        ..Slots::EMPTY
    }
}

/// The declaration that every such type starts from.
pub const fn spec<T: Data>() -> TypeSpec {
    TypeSpec { basicsize: size_of::<Native<T>>(), flags: tp_flags::HAVE_GC, ..TypeSpec::DEFAULT }
}

/// A new instance of `ty`, one of `T`'s types or a subclass.
pub fn new<T: Data>(vm: &Vm, ty: TypeRef, data: T) -> PyResult {
    let object = new_instance::<Native<T>>(vm, ty)?;
    // SAFETY: the object is new and has room for the data; nothing valid is overwritten.
    unsafe { (&raw mut (*object).data).write(data) };
    Ok(owned(object))
}

/// [`new`] for a constructor, which gets its class as a word.
pub fn construct<T: Data>(vm: &Vm, cls: Value, data: T) -> PyResult {
    match TypeRef::from_value(vm, cls) {
        Some(ty) => new(vm, ty, data),
        None => Err(vm.type_error("X is not a type object")),
    }
}

/// The data of an instance. The borrow must end before Python may run.
pub fn data<'a, T: Data>(v: Value) -> &'a mut T {
    // SAFETY: methods are only called with instances of their type, and only instances of `T`'s types are passed; under
    // the interpreter lock nobody else looks.
    unsafe { &mut cast::<Native<T>>(v).data }
}

unsafe fn release<T: Data>(_vm: &Vm, object: *mut Header) {
    // SAFETY: the object is a `Native<T>`; what remains owns nothing.
    let data = unsafe { std::mem::take(&mut (*(object as *mut Native<T>)).data) };
    drop(data);
}

unsafe fn traverse<T: Data>(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is a `Native<T>`.
    unsafe { (*(object as *mut Native<T>)).data.visit(visit) };
}

/// The signatures of constructors by the addresses of their texts.
static SIGNATURES: Mutex<Option<FxHashMap<usize, &'static Signature>>> = Mutex::new(None);

/// Arguments of a constructor by its signature, `(iterable=(), /, maxlen=None)`; NULL stands for what is omitted, and one
/// word each follows for `*args` and `**kwargs`. What comes back with the words keeps them alive.
pub fn bind<const N: usize>(
    vm: &Vm,
    name: &str,
    signature: &'static str,
    args: Args,
) -> PyResult<([Value; N], Bound)> {
    let parsed = *SIGNATURES
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert_default()
        .entry(signature.as_ptr() as usize)
        .or_insert_with(|| Box::leak(Box::new(Signature::parse(signature))));
    debug_assert_eq!(parsed.slots(), N, "{name}{signature}");
    if let Some((min, max)) = parsed.by_position().filter(|_| !parsed.accepts_keywords()) {
        crate::signature::no_keywords(vm, name, &args)?;
        crate::signature::positional_between(vm, name, &args, min, max)?;
    }
    let mut out = [Value::NULL; N];
    let bound = parsed.bind(vm, name, args, &mut out)?;
    Ok((out, bound))
}

/// The arguments of a constructor that takes no keywords. Those that a subclass gets are for its own `__init__`, if it has
/// one.
pub fn for_new<'a>(vm: &Vm, cls: Value, own: TypeRef, args: Args<'a>) -> Args<'a> {
    let init = |ty: TypeRef| ty.slots().init.map(|f| f as usize);
    match TypeRef::from_value(vm, cls) {
        Some(ty) if ty != own && init(ty) != init(own) => Args::positional(args.pos()),
        _ => args,
    }
}

/// An argument that was given and is not None.
pub fn given(v: Value) -> Option<Value> {
    (!v.is_null() && !v.is_none()).then_some(v)
}

/// An argument that was given.
pub fn passed(v: Value) -> Option<Value> {
    (!v.is_null()).then_some(v)
}

/// A counted reference to an argument that was given and is not None.
pub fn own_given(v: Value) -> Option<Owned> {
    given(v).map(Counted::own)
}

/// An unpickling or copying error that names the type.
pub fn cannot_pickle(vm: &Vm, v: Value) -> Raised {
    let name = crate::objects::type_of(vm, v).name_str();
    vm.type_error(&format!("cannot pickle '{name}' object"))
}
