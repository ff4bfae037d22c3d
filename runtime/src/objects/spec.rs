//! How a native type, its methods and attributes are declared: static data that start-up turns into objects.
//!
//! ```ignore
//! pub static SPEC: TypeSpec = TypeSpec {
//!     name: "list",
//!     basicsize: size_of::<List>(),
//!     kind: Kind::List,
//!     flags: tp_flags::BASETYPE | tp_flags::HAVE_GC | tp_flags::SEQUENCE | tp_flags::LIST_SUBCLASS,
//!     doc: "…",
//!     slots: Slots { repr: Some(repr), len: Some(len), ..Slots::EMPTY },
//!     methods: &[
//!         method("append", "($self, object, /)", append, "Add object at the end."),
//!         method("pop", "($self, index=-1, /)", pop, "Remove and return the item at index."),
//!     ],
//!     ..TypeSpec::DEFAULT
//! };
//! // One entry per parameter of the signature; an omitted optional one is NULL,
//! // `*args` arrives as a tuple, `**kwargs` as a dict or NULL.
//! fn pop(vm: &Vm, this: Value, args: &[Value]) -> PyResult { … }
//! ```
//!
//! The signature is CPython's `__text_signature__`; it is parsed on the first call and drives binding and every argument
//! error message, so a function never parses arguments itself. A function whose arguments no signature
//! describes (`dict.update`, `max`) is declared with [`raw_method`] and takes [`Args`].

use taipan_layout::{Kind, Value};

use super::TypeRef;
use super::slots::Slots;
use crate::args::Args;
use crate::owned::PyResult;
use crate::vm::Vm;

/// CPython's `tp_flags` bits that Taipan uses.
pub mod tp_flags {
    pub const INLINE_VALUES: u64 = 1 << 2;
    pub const MANAGED_DICT: u64 = 1 << 4;
    pub const SEQUENCE: u64 = 1 << 5;
    pub const MAPPING: u64 = 1 << 6;
    pub const DISALLOW_INSTANTIATION: u64 = 1 << 7;
    pub const IMMUTABLETYPE: u64 = 1 << 8;
    pub const HEAPTYPE: u64 = 1 << 9;
    pub const BASETYPE: u64 = 1 << 10;
    pub const READY: u64 = 1 << 12;
    pub const HAVE_GC: u64 = 1 << 14;
    pub const METHOD_DESCRIPTOR: u64 = 1 << 17;
    pub const IS_ABSTRACT: u64 = 1 << 20;
    pub const MATCH_SELF: u64 = 1 << 22;
    pub const LONG_SUBCLASS: u64 = 1 << 24;
    pub const LIST_SUBCLASS: u64 = 1 << 25;
    pub const TUPLE_SUBCLASS: u64 = 1 << 26;
    pub const BYTES_SUBCLASS: u64 = 1 << 27;
    pub const UNICODE_SUBCLASS: u64 = 1 << 28;
    pub const DICT_SUBCLASS: u64 = 1 << 29;
    pub const BASE_EXC_SUBCLASS: u64 = 1 << 30;
    pub const TYPE_SUBCLASS: u64 = 1 << 31;
    /// Ours: instances may be referred to weakly (CPython: `tp_weaklistoffset != 0`).
    pub const WEAKREFABLE: u64 = 1 << 40;
    /// Ours: CPython makes the type when its module is imported, so `__flags__` says that it is a heap type; pickling goes by
    /// that.
    pub const MADE_BY_MODULE: u64 = 1 << 43;
    /// Ours: instances keep attributes in shape slots inside the object (plain classes).
    pub const SHAPED: u64 = 1 << 41;
}

pub type BoundFn = fn(&Vm, Value, &[Value]) -> PyResult;
pub type NoArgsFn = fn(&Vm, Value) -> PyResult;
pub type OneArgFn = fn(&Vm, Value, Value) -> PyResult;
pub type RawFn = fn(&Vm, Value, Args) -> PyResult;

#[derive(Clone, Copy)]
pub enum Imp {
    NoArgs(NoArgsFn),
    OneArg(OneArgFn),
    Bound(BoundFn),
    Raw(RawFn),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavour {
    /// `self` is the first argument of the call.
    Method,
    /// `self` is the class.
    Class,
    /// `self` is NULL.
    Static,
    /// A module's function: `self` is the module.
    Function,
}

pub struct MethodSpec {
    pub name: &'static str,
    /// CPython's text signature, `($self, …)` for methods, `($module, …)` for functions; empty when there is none.
    pub signature: &'static str,
    pub doc: &'static str,
    pub flavour: Flavour,
    pub imp: Imp,
}

/// A method whose signature takes nothing but `self`.
pub const fn method0(name: &'static str, imp: NoArgsFn, doc: &'static str) -> MethodSpec {
    MethodSpec { name, signature: "($self, /)", doc, flavour: Flavour::Method, imp: Imp::NoArgs(imp) }
}
/// A method with exactly one positional-only argument.
pub const fn method1(
    name: &'static str,
    signature: &'static str,
    imp: OneArgFn,
    doc: &'static str,
) -> MethodSpec {
    MethodSpec { name, signature, doc, flavour: Flavour::Method, imp: Imp::OneArg(imp) }
}
/// A method whose arguments are bound by its signature.
pub const fn method(
    name: &'static str,
    signature: &'static str,
    imp: BoundFn,
    doc: &'static str,
) -> MethodSpec {
    MethodSpec { name, signature, doc, flavour: Flavour::Method, imp: Imp::Bound(imp) }
}
pub const fn raw_method(
    name: &'static str,
    signature: &'static str,
    imp: RawFn,
    doc: &'static str,
) -> MethodSpec {
    MethodSpec { name, signature, doc, flavour: Flavour::Method, imp: Imp::Raw(imp) }
}
pub const fn class_method(
    name: &'static str,
    signature: &'static str,
    imp: BoundFn,
    doc: &'static str,
) -> MethodSpec {
    MethodSpec { name, signature, doc, flavour: Flavour::Class, imp: Imp::Bound(imp) }
}
/// A class method with exactly one positional-only argument.
pub const fn class_method1(
    name: &'static str,
    signature: &'static str,
    imp: OneArgFn,
    doc: &'static str,
) -> MethodSpec {
    MethodSpec { name, signature, doc, flavour: Flavour::Class, imp: Imp::OneArg(imp) }
}
pub const fn static_method(
    name: &'static str,
    signature: &'static str,
    imp: BoundFn,
    doc: &'static str,
) -> MethodSpec {
    MethodSpec { name, signature, doc, flavour: Flavour::Static, imp: Imp::Bound(imp) }
}
/// A function of a module, arguments bound by the signature.
pub const fn function(
    name: &'static str,
    signature: &'static str,
    imp: BoundFn,
    doc: &'static str,
) -> MethodSpec {
    MethodSpec { name, signature, doc, flavour: Flavour::Function, imp: Imp::Bound(imp) }
}
pub const fn function0(name: &'static str, imp: NoArgsFn, doc: &'static str) -> MethodSpec {
    MethodSpec { name, signature: "($module, /)", doc, flavour: Flavour::Function, imp: Imp::NoArgs(imp) }
}
pub const fn function1(
    name: &'static str,
    signature: &'static str,
    imp: OneArgFn,
    doc: &'static str,
) -> MethodSpec {
    MethodSpec { name, signature, doc, flavour: Flavour::Function, imp: Imp::OneArg(imp) }
}
pub const fn raw_function(
    name: &'static str,
    signature: &'static str,
    imp: RawFn,
    doc: &'static str,
) -> MethodSpec {
    MethodSpec { name, signature, doc, flavour: Flavour::Function, imp: Imp::Raw(imp) }
}

pub type GetFn = fn(&Vm, Value) -> PyResult;
/// `None` deletes.
pub type SetFn = fn(&Vm, Value, Option<Value>) -> PyResult<()>;

/// A computed attribute (`getset_descriptor`).
pub struct GetSet {
    pub name: &'static str,
    pub get: GetFn,
    pub set: Option<SetFn>,
    pub doc: &'static str,
}

pub const fn getter(name: &'static str, get: GetFn, doc: &'static str) -> GetSet {
    GetSet { name, get, set: None, doc }
}
pub const fn getset(name: &'static str, get: GetFn, set: SetFn, doc: &'static str) -> GetSet {
    GetSet { name, get, set: Some(set), doc }
}

/// What a stored attribute (`member_descriptor`) holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemberType {
    /// A `Value`; NULL reads as None.
    ObjectOrNone,
    /// The word of a function for its builtins (`function::builtins`).
    Builtins,
    /// A `Value`; NULL raises AttributeError.
    Object,
    Bool,
    I32,
    U32,
    Usize,
    F64,
}

pub struct Member {
    pub name: &'static str,
    pub ty: MemberType,
    /// Bytes from the object's address.
    pub offset: usize,
    pub readonly: bool,
    pub doc: &'static str,
}

pub const fn member(name: &'static str, ty: MemberType, offset: usize, readonly: bool) -> Member {
    Member { name, ty, offset, readonly, doc: "" }
}

pub struct TypeSpec {
    /// `module.name`, or `name` alone for builtins.
    pub name: &'static str,
    /// `None`: `object` (and for `object` itself nothing).
    pub base: Option<fn(&super::Types) -> TypeRef>,
    /// Bytes of an instance, header included, without variable part.
    pub basicsize: usize,
    pub itemsize: usize,
    /// Kind byte of exact instances.
    pub kind: Kind,
    pub flags: u64,
    /// See `layout::Type::dictoffset`.
    pub dictoffset: i32,
    pub slots: Slots,
    pub methods: &'static [MethodSpec],
    pub getset: &'static [GetSet],
    pub members: &'static [Member],
    pub doc: &'static str,
    /// `__text_signature__` of the constructor, `(iterable=(), /)`; empty when there is none.
    pub signature: &'static str,
}

impl TypeSpec {
    pub const DEFAULT: TypeSpec = TypeSpec {
        name: "",
        base: None,
        basicsize: size_of::<taipan_layout::Header>(),
        itemsize: 0,
        kind: Kind::Other,
        flags: 0,
        dictoffset: 0,
        slots: Slots::EMPTY,
        methods: &[],
        getset: &[],
        members: &[],
        doc: "",
        signature: "",
    };
}

/// Keeps a static's address comparable and printable without deriving on function pointers.
impl std::fmt::Debug for MethodSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MethodSpec").field("name", &self.name).finish_non_exhaustive()
    }
}
