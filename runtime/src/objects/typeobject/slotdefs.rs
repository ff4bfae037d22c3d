//! The table between slots and dunder methods, used in both directions:
//!
//! - a native type's slot appears in its namespace as a `wrapper_descriptor` (`int.__add__`);
//! - a Python class that defines, or inherits from a Python class, a dunder method gets a slot function that looks the
//!   method up; when the method found is the very wrapper of a native slot, the native function itself is taken.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use taipan_layout::Value;

use super::super::slots::*;
use super::super::{TypeRef, descr, str, tuple, type_of};
use super::TypeObject;
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, call};
use crate::vm::Vm;

/// How a wrapper descriptor turns a Python call into a call of the slot.
#[derive(Clone, Copy)]
pub enum Wrap {
    Unary(fn(&Slots) -> Option<UnaryFn>),
    Binary(fn(&Slots) -> Option<BinaryFn>),
    /// The reflected form: operands swapped.
    Reflected(fn(&Slots) -> Option<BinaryFn>),
    Ternary(fn(&Slots) -> Option<TernaryFn>),
    ReflectedTernary(fn(&Slots) -> Option<TernaryFn>),
    Bool(fn(&Slots) -> Option<BoolFn>),
    Len(fn(&Slots) -> Option<LenFn>),
    Hash(fn(&Slots) -> Option<HashFn>),
    Contains(fn(&Slots) -> Option<ContainsFn>),
    Repeat(fn(&Slots) -> Option<RepeatFn>),
    Compare(CompareOp),
    Set(fn(&Slots) -> Option<SetFn>),
    Delete(fn(&Slots) -> Option<SetFn>),
    Next(fn(&Slots) -> Option<NextFn>),
    Call(fn(&Slots) -> Option<CallFn>),
    Init(fn(&Slots) -> Option<InitFn>),
    DescrGet(fn(&Slots) -> Option<DescrGetFn>),
    Finalize(fn(&Slots) -> Option<FinalizeFn>),
    Buffer(fn(&Slots) -> Option<BufferFn>),
}

pub struct SlotDef {
    pub name: &'static str,
    pub wrap: Wrap,
    pub signature: &'static str,
    pub doc: &'static str,
    /// Copies a native slot from one set to another.
    copy: fn(&mut Slots, &Slots),
    /// Installs the function that looks the dunder up.
    install: fn(&mut Slots),
    /// Whether the slot of the first set is the native function of the second.
    same: fn(&Slots, &Slots) -> bool,
    present: fn(&Slots) -> bool,
}

macro_rules! def {
    ($name:literal, $kind:ident, $slot:ident, $generic:expr, $sig:literal, $doc:expr) => {
        SlotDef {
            name: $name,
            wrap: Wrap::$kind(|s| s.$slot),
            signature: $sig,
            doc: $doc,
            copy: |to, from| to.$slot = from.$slot,
            install: |s| s.$slot = Some($generic),
            same: |a, b| match (a.$slot, b.$slot) {
                (Some(x), Some(y)) => x as *const () == y as *const (),
                (None, None) => true,
                _ => false,
            },
            present: |s| s.$slot.is_some(),
        }
    };
}

macro_rules! def_compare {
    ($name:literal, $op:ident, $sym:literal) => {
        SlotDef {
            name: $name,
            wrap: Wrap::Compare(CompareOp::$op),
            signature: "($self, value, /)",
            doc: concat!("Return self", $sym, "value."),
            copy: |to, from| to.richcompare = from.richcompare,
            install: |s| s.richcompare = Some(slot_richcompare),
            same: |a, b| match (a.richcompare, b.richcompare) {
                (Some(x), Some(y)) => x as *const () == y as *const (),
                (None, None) => true,
                _ => false,
            },
            present: |s| s.richcompare.is_some(),
        }
    };
}

macro_rules! binary_pair {
    ($slot:ident, $left:literal, $right:literal, $op:literal, $n:expr) => {
        [
            def!(
                $left,
                Binary,
                $slot,
                slot_binary::<{ $n }>,
                "($self, value, /)",
                concat!("Return self", $op, "value.")
            ),
            def!(
                $right,
                Reflected,
                $slot,
                slot_binary::<{ $n }>,
                "($self, value, /)",
                concat!("Return value", $op, "self.")
            ),
        ]
    };
}
macro_rules! inplace {
    ($slot:ident, $name:literal, $op:literal, $n:expr) => {
        def!(
            $name,
            Binary,
            $slot,
            slot_inplace::<{ $n }>,
            "($self, value, /)",
            concat!("Return self", $op, "value.")
        )
    };
}

/// Reads the slot of a binary operator.
type BinarySlot = fn(&Slots) -> Option<BinaryFn>;

/// Names of the binary operators, in the order of the const parameter of [`slot_binary`].
static BINARY_NAMES: &[(&str, &str, &str, BinarySlot)] = &[
    ("__add__", "__radd__", "__iadd__", |s| s.add),
    ("__sub__", "__rsub__", "__isub__", |s| s.subtract),
    ("__mul__", "__rmul__", "__imul__", |s| s.multiply),
    ("__mod__", "__rmod__", "__imod__", |s| s.remainder),
    ("__divmod__", "__rdivmod__", "", |s| s.divmod),
    ("__lshift__", "__rlshift__", "__ilshift__", |s| s.lshift),
    ("__rshift__", "__rrshift__", "__irshift__", |s| s.rshift),
    ("__and__", "__rand__", "__iand__", |s| s.and),
    ("__xor__", "__rxor__", "__ixor__", |s| s.xor),
    ("__or__", "__ror__", "__ior__", |s| s.or),
    ("__floordiv__", "__rfloordiv__", "__ifloordiv__", |s| s.floor_divide),
    ("__truediv__", "__rtruediv__", "__itruediv__", |s| s.true_divide),
    ("__matmul__", "__rmatmul__", "__imatmul__", |s| s.matrix_multiply),
];

static PAIRS: [[SlotDef; 2]; 13] = [
    binary_pair!(add, "__add__", "__radd__", "+", 0),
    binary_pair!(subtract, "__sub__", "__rsub__", "-", 1),
    binary_pair!(multiply, "__mul__", "__rmul__", "*", 2),
    binary_pair!(remainder, "__mod__", "__rmod__", "%", 3),
    binary_pair!(divmod, "__divmod__", "__rdivmod__", " divmod ", 4),
    binary_pair!(lshift, "__lshift__", "__rlshift__", "<<", 5),
    binary_pair!(rshift, "__rshift__", "__rrshift__", ">>", 6),
    binary_pair!(and, "__and__", "__rand__", "&", 7),
    binary_pair!(xor, "__xor__", "__rxor__", "^", 8),
    binary_pair!(or, "__or__", "__ror__", "|", 9),
    binary_pair!(floor_divide, "__floordiv__", "__rfloordiv__", "//", 10),
    binary_pair!(true_divide, "__truediv__", "__rtruediv__", "/", 11),
    binary_pair!(matrix_multiply, "__matmul__", "__rmatmul__", "@", 12),
];

static SINGLES: &[SlotDef] = &[
    def!(
        "__getattribute__",
        Binary,
        getattro,
        slot_getattro,
        "($self, name, /)",
        "Return getattr(self, name)."
    ),
    def!(
        "__setattr__",
        Set,
        setattro,
        slot_setattro,
        "($self, name, value, /)",
        "Implement setattr(self, name, value)."
    ),
    def!(
        "__delattr__",
        Delete,
        setattro,
        slot_setattro,
        "($self, name, /)",
        "Implement delattr(self, name)."
    ),
    def!("__repr__", Unary, repr, slot_unary_repr, "($self, /)", "Return repr(self)."),
    def!("__hash__", Hash, hash, slot_hash, "($self, /)", "Return hash(self)."),
    def!("__call__", Call, call, slot_call, "($self, /, *args, **kwargs)", "What a call of the object does."),
    def!("__str__", Unary, str, slot_unary_str, "($self, /)", "Return str(self)."),
    def_compare!("__lt__", Lt, "<"),
    def_compare!("__le__", Le, "<="),
    def_compare!("__eq__", Eq, "=="),
    def_compare!("__ne__", Ne, "!="),
    def_compare!("__gt__", Gt, ">"),
    def_compare!("__ge__", Ge, ">="),
    def!("__iter__", Unary, iter, slot_iter, "($self, /)", "Implement iter(self)."),
    def!("__next__", Next, next, slot_next, "($self, /)", "Implement next(self)."),
    def!(
        "__get__",
        DescrGet,
        descr_get,
        slot_descr_get,
        "($self, instance, owner=None, /)",
        "The attribute's value for an instance of owner."
    ),
    def!(
        "__set__",
        Set,
        descr_set,
        slot_descr_set,
        "($self, instance, value, /)",
        "Assign the instance's attribute."
    ),
    def!(
        "__delete__",
        Delete,
        descr_set,
        slot_descr_set,
        "($self, instance, /)",
        "Delete the instance's attribute."
    ),
    def!(
        "__init__",
        Init,
        init,
        slot_init,
        "($self, /, *args, **kwargs)",
        "Give the new object its state; help(type(self)) says with which arguments."
    ),
    def!(
        "__del__",
        Finalize,
        finalize,
        slot_finalize,
        "($self, /)",
        "Runs when nobody refers to the object any more."
    ),
    def!(
        "__pow__",
        Ternary,
        power,
        slot_power,
        "($self, value, mod=None, /)",
        "Return pow(self, value, mod)."
    ),
    def!(
        "__rpow__",
        ReflectedTernary,
        power,
        slot_power,
        "($self, value, mod=None, /)",
        "Return pow(value, self, mod)."
    ),
    def!("__neg__", Unary, negative, slot_unary::<0>, "($self, /)", "-self"),
    def!("__pos__", Unary, positive, slot_unary::<1>, "($self, /)", "+self"),
    def!("__abs__", Unary, absolute, slot_unary::<2>, "($self, /)", "abs(self)"),
    def!("__bool__", Bool, bool, slot_bool, "($self, /)", "Whether self is true"),
    def!("__invert__", Unary, invert, slot_unary::<3>, "($self, /)", "~self"),
    def!("__int__", Unary, int, slot_unary::<4>, "($self, /)", "int(self)"),
    def!("__float__", Unary, float, slot_unary::<5>, "($self, /)", "float(self)"),
    def!(
        "__index__",
        Unary,
        index,
        slot_unary::<6>,
        "($self, /)",
        "Return self converted to an integer, if self is suitable for use as an index into a list."
    ),
    inplace!(inplace_add, "__iadd__", "+=", 0),
    inplace!(inplace_subtract, "__isub__", "-=", 1),
    inplace!(inplace_multiply, "__imul__", "*=", 2),
    inplace!(inplace_remainder, "__imod__", "%=", 3),
    inplace!(inplace_lshift, "__ilshift__", "<<=", 5),
    inplace!(inplace_rshift, "__irshift__", ">>=", 6),
    inplace!(inplace_and, "__iand__", "&=", 7),
    inplace!(inplace_xor, "__ixor__", "^=", 8),
    inplace!(inplace_or, "__ior__", "|=", 9),
    inplace!(inplace_floor_divide, "__ifloordiv__", "//=", 10),
    inplace!(inplace_true_divide, "__itruediv__", "/=", 11),
    inplace!(inplace_matrix_multiply, "__imatmul__", "@=", 12),
    def!("__ipow__", Ternary, inplace_power, slot_inplace_power, "($self, value, /)", "Return self**=value."),
    def!(
        "__buffer__",
        Buffer,
        buffer,
        super::super::bytes::of_method,
        "($self, flags, /)",
        "A view of the object's memory."
    ),
    def!("__len__", Len, len, slot_len, "($self, /)", "Return len(self)."),
    def!("__getitem__", Binary, get_item, slot_get_item, "($self, key, /)", "Return self[key]."),
    def!("__setitem__", Set, set_item, slot_set_item, "($self, key, value, /)", "Set self[key] to value."),
    def!("__delitem__", Delete, set_item, slot_set_item, "($self, key, /)", "Delete self[key]."),
    def!("__contains__", Contains, contains, slot_contains, "($self, key, /)", "Return bool(key in self)."),
    def!(
        "__await__",
        Unary,
        await_,
        slot_unary::<7>,
        "($self, /)",
        "Return an iterator to be used in await expression."
    ),
    def!(
        "__aiter__",
        Unary,
        aiter,
        slot_unary::<8>,
        "($self, /)",
        "Return an awaitable, that resolves in asynchronous iterator."
    ),
    def!(
        "__anext__",
        Unary,
        anext,
        slot_unary::<9>,
        "($self, /)",
        "Return a value or raise StopAsyncIteration."
    ),
];

/// Sequence slots that native types expose under arithmetic names; Python classes never fill them.
static SEQUENCE_NAMES: &[SlotDef] = &[
    def!("__add__", Binary, concat, slot_binary::<0>, "($self, value, /)", "Return self+value."),
    def!("__mul__", Repeat, repeat, never_repeat, "($self, value, /)", "Return self*value."),
    def!("__rmul__", Repeat, repeat, never_repeat, "($self, value, /)", "Return value*self."),
    def!(
        "__iadd__",
        Binary,
        inplace_concat,
        slot_inplace::<0>,
        "($self, value, /)",
        "Implement self+=value."
    ),
    def!("__imul__", Repeat, inplace_repeat, never_repeat, "($self, value, /)", "Implement self*=value."),
];

fn never_repeat(vm: &Vm, _: Value, _: isize) -> PyResult {
    Err(vm.system_error("repetition slot of a Python class"))
}

fn all_defs() -> impl Iterator<Item = &'static SlotDef> {
    PAIRS.iter().flatten().chain(SINGLES)
}

/// Puts wrapper descriptors for a native type's own slots into its namespace.
pub(super) fn expose_native(vm: &Vm, ty: TypeRef, own: &Slots, set: &mut dyn FnMut(&str, Value)) {
    for def in all_defs().chain(SEQUENCE_NAMES) {
        if (def.present)(own) {
            let d = descr::new_wrapper(vm, ty, def).expect("start-up needs memory");
            set(def.name, *d);
        }
    }
    if own.new.is_some() {
        let f = super::attrs::new_new_wrapper(vm, ty).expect("start-up needs memory");
        set("__new__", *f);
    }
}

/// How many entries [`expose_native`] makes.
pub(super) fn count_native(own: &Slots) -> usize {
    let wrappers = all_defs().chain(SEQUENCE_NAMES).filter(|def| (def.present)(own)).count();
    wrappers + usize::from(own.new.is_some())
}

/// Slots of a native type from its base.
pub(super) fn inherit_native(ty: TypeRef, base: TypeRef) {
    let inherited = *base.slots();
    let own = ty.slots_mut();
    let (own_compare, own_hash) = (own.richcompare.is_some(), own.hash.is_some());
    own.inherit(&inherited);
    if own_compare && !own_hash {
        own.hash = None;
    }
}

/// The slots of a class, from its namespace and its bases. With one base alone, what the class does not define itself is the base's.
pub(super) fn update_new(vm: &Vm, ty: TypeRef) {
    let base = ty.base_type().expect("a Python class has a base");
    let follows_base = super::super::tuple::len(ty.bases.get()) == 1
        && super::super::tuple::len(ty.mro.get()) == super::super::tuple::len(base.mro.get()) + 1;
    if !follows_base {
        return update_all(vm, ty);
    }
    let mut own: Vec<(Value, &SlotDef)> = Vec::new();
    let by_name = &slot_names(vm).defs;
    let mut at = 0;
    while let Some((key, _)) = super::super::dict::next_entry(ty.dict.get(), &mut at) {
        if !str::is_exact(key) {
            continue;
        }
        // An interned name that is not one of the slots' is equal to none of them.
        if str::is_interned(key) {
            own.extend(by_name.get(&key.0).map(|def| (key, *def)));
        } else if let Some(name) = str::ascii(&key).filter(|n| n.starts_with(b"__") && n.ends_with(b"__")) {
            own.extend(named(name).map(|def| (key, def)));
        }
    }
    let mut slots = *base.slots();
    for (name, def) in own {
        update_one(vm, ty, &mut slots, ty.lookup(vm, name), def);
    }
    finish(vm, ty, base, slots);
}

/// The names of the slots.
pub(crate) struct SlotNames {
    /// In the order of [`all_defs`].
    names: Box<[Value]>,
    /// By the word of the name: no two slots share one.
    defs: FxHashMap<u64, &'static SlotDef>,
}

fn slot_names(vm: &Vm) -> &SlotNames {
    vm.slot_names.get_or_init(|| {
        let names: Box<[Value]> = all_defs().map(|def| str::intern_static(vm, def.name)).collect();
        let defs: FxHashMap<_, _> = names.iter().map(|name| name.0).zip(all_defs()).collect();
        debug_assert_eq!(names.len(), defs.len());
        SlotNames { names, defs }
    })
}

/// What a dunder name stands for.
fn named(name: &[u8]) -> impl Iterator<Item = &'static SlotDef> {
    static BY_NAME: OnceLock<Vec<&'static SlotDef>> = OnceLock::new();
    let all = BY_NAME.get_or_init(|| {
        let mut all: Vec<_> = all_defs().collect();
        all.sort_by_key(|def| def.name);
        all
    });
    let from = all.partition_point(|def| def.name.as_bytes() < name);
    let count = all[from..].iter().take_while(|def| def.name.as_bytes() == name).count();
    all[from..from + count].iter().copied()
}

/// Recomputes every slot of a Python class from its MRO.
pub(super) fn update_all(vm: &Vm, ty: TypeRef) {
    let base = ty.base_type().expect("a Python class has a base");
    let mut slots = *base.slots();
    // What no dunder name stands for comes from the base alone; object's memory management suits plain instances.
    let names = &slot_names(vm).names;
    let own = own_names(vm, ty);
    let bases = ty.bases.get();
    let bases: Vec<TypeRef> =
        tuple::items(&bases).iter().filter_map(|base| TypeRef::from_value(vm, *base)).collect();
    let lookup = |name: Value| {
        // What all bases have from the same class comes from there: that keeps its place in their orders, and in ours.
        if let (Some(own), Some((first, others))) = (&own, bases.split_first())
            && !own.contains(&name)
        {
            let found = first.lookup(vm, name);
            if others.iter().all(|other| other.lookup(vm, name) == found) {
                return found;
            }
        }
        ty.lookup(vm, name)
    };
    for (name, def) in names.iter().zip(all_defs()) {
        update_one(vm, ty, &mut slots, lookup(*name), def);
    }
    finish(vm, ty, base, slots);
}

/// The names of a class's own attributes with two underscores in front. `None`: that says little about lookups.
fn own_names(vm: &Vm, ty: TypeRef) -> Option<Vec<Value>> {
    let meta = type_of(vm, ty.value());
    if meta != vm.types.type_ && meta.lookup_owner(vm, *vm.names.mro) != Some(vm.types.type_) {
        return None;
    }
    let mut own = Vec::new();
    let mut at = 0;
    while let Some((key, _)) = super::super::dict::next_entry(ty.dict.get(), &mut at) {
        if !str::is_exact(key) || !str::is_interned(key) {
            return None;
        }
        if str::ascii(&key).is_some_and(|name| name.starts_with(b"__")) {
            own.push(key);
        }
    }
    Some(own)
}

fn finish(vm: &Vm, ty: TypeRef, base: TypeRef, mut slots: Slots) {
    sequence_slots(vm, ty, &mut slots);
    slots.new = new_slot(vm, ty, base);
    slots.dealloc = Some(super::super::object::dealloc_heap_instance);
    slots.traverse = Some(super::super::object::traverse_heap_instance);
    slots.clear = Some(super::super::object::clear_heap_instance);
    *ty.slots_mut() = slots;
    update_hooks(vm, ty);
}

fn new_slot(vm: &Vm, ty: TypeRef, base: TypeRef) -> Option<CallFn> {
    let found = ty.lookup(vm, *vm.names.__new__);
    match found {
        None => base.slots().new,
        // Whichever native `__new__` it is: only that of the type that instances are laid out like makes whole ones.
        Some(v) if super::attrs::native_new_of(vm, v).is_some() => {
            std::iter::successors(Some(base), |t| t.base_type()).find(|t| !t.is_heap_type())?.slots().new
        }
        Some(_) => Some(slot_new),
    }
}

/// `found`: what the class has for the name of `def`.
fn update_one(vm: &Vm, ty: TypeRef, slots: &mut Slots, found: Option<Value>, def: &'static SlotDef) {
    let Some(found) = found else { return };
    // A wrapper from a class that is no base (`__add__ = str.__add__` in a subclass of int) is called, and refuses.
    if let Some((owner, native_def)) = descr::as_wrapper(vm, found)
        && ty.is_subtype_of(owner)
    {
        if std::ptr::eq(native_def, def) {
            // Take the native function unless another dunder of the same slot already made it a lookup.
            let mut probe = *slots;
            (def.install)(&mut probe);
            if !(def.same)(&probe, slots) {
                let native = *owner.slots();
                (def.copy)(slots, &native);
            }
            return;
        }
        if (def.present)(slots) && native_def.name == def.name {
            return;
        }
    }
    if def.name == "__hash__" && found.is_none() {
        slots.hash = Some(super::super::object::not_hashable);
        return;
    }
    (def.install)(slots);
}

/// A Python class that overrides `__add__` and its kin of a native sequence must not reach the native sequence slots first.
fn sequence_slots(vm: &Vm, ty: TypeRef, slots: &mut Slots) {
    for def in SEQUENCE_NAMES {
        if !(def.present)(slots) {
            continue;
        }
        let name = str::intern(vm, def.name);
        let native = ty.lookup(vm, *name).and_then(|v| descr::as_wrapper(vm, v));
        if !native.is_some_and(|(owner, _)| ty.is_subtype_of(owner)) {
            (def.copy)(slots, &Slots::EMPTY);
        }
    }
}

/// After `ty.name = …`: recomputes the slots of this class and of those that inherit from it.
pub(super) fn update_after_set(vm: &Vm, ty: TypeRef, name: Value) {
    let Some(text) = str::ascii(&name).filter(|n| n.starts_with(b"__") && n.ends_with(b"__")) else { return };
    // `__doc__`, `__module__` and their like stand for no slot.
    if named(text).next().is_some() || matches!(text, b"__new__" | b"__getattr__") {
        refresh(vm, ty);
    }
}

fn refresh(vm: &Vm, ty: TypeRef) {
    if ty.is_heap_type() {
        update_new(vm, ty);
    }
    let subs: Vec<TypeRef> = ty.subclasses.borrow().clone();
    for s in subs {
        refresh(vm, s);
    }
}

pub(crate) const HOOK_GETATTR: u8 = 1;
pub(crate) const HOOK_GETATTRIBUTE: u8 = 2;

fn update_hooks(vm: &Vm, ty: TypeRef) {
    let mut hooks = 0;
    if ty.lookup(vm, *vm.names.__getattr__).is_some() {
        hooks |= HOOK_GETATTR;
    }
    let generic = ty.lookup(vm, *vm.names.__getattribute__).and_then(|v| descr::as_wrapper(vm, v));
    let generic = generic.filter(|(owner, _)| ty.is_subtype_of(*owner));
    match generic {
        None => hooks |= HOOK_GETATTRIBUTE,
        Some((owner, _)) if hooks & HOOK_GETATTR == 0 => {
            ty.slots_mut().getattro = owner.slots().getattro;
        }
        Some(_) => ty.slots_mut().getattro = Some(slot_getattro),
    }
    ty.cached_hooks.set(hooks);
}

/// Calls the dunder `name` of `this`, found on its type; `None` when there is none.
fn call_special(vm: &Vm, this: Value, name: &str, args: &[Value]) -> PyResult<Option<Owned>> {
    let name = str::intern(vm, name);
    call::special_or_none(vm, this, *name, args)
}

fn required(vm: &Vm, this: Value, name: &str, args: &[Value]) -> PyResult {
    let interned = str::intern(vm, name);
    match call::special(vm, this, *interned, args)? {
        Some(v) => Ok(v),
        None => {
            let t = type_of(vm, this).name_str();
            Err(vm.raise(vm.types.attribute_error, &format!("'{t}' object has no attribute '{name}'")))
        }
    }
}

const UNARY_NAMES: [&str; 10] = [
    "__neg__",
    "__pos__",
    "__abs__",
    "__invert__",
    "__int__",
    "__float__",
    "__index__",
    "__await__",
    "__aiter__",
    "__anext__",
];

fn slot_unary<const N: usize>(vm: &Vm, v: Value) -> PyResult {
    required(vm, v, UNARY_NAMES[N], &[])
}
fn slot_unary_repr(vm: &Vm, v: Value) -> PyResult {
    match call_special(vm, v, "__repr__", &[])? {
        Some(text) => Ok(text),
        None => {
            let t = type_of(vm, v).name_str();
            str::new(vm, &format!("<{t} object at {:#x}>", v.as_ptr::<u8>() as usize))
        }
    }
}
fn slot_unary_str(vm: &Vm, v: Value) -> PyResult {
    required(vm, v, "__str__", &[])
}

fn slot_binary<const N: usize>(vm: &Vm, a: Value, b: Value) -> PyResult {
    let (name, reflected, _, get) = BINARY_NAMES[N];
    let (ta, tb) = (type_of(vm, a), type_of(vm, b));
    let this = slot_binary::<N> as BinaryFn as *const ();
    let is_this = |t: TypeRef| get(t.slots()).is_some_and(|f| f as *const () == this);
    let mut try_right = ta != tb && is_this(tb);
    if is_this(ta) {
        if try_right && tb.is_subtype_of(ta) && overrides(vm, tb, ta, reflected) {
            let r = call_special(vm, b, reflected, &[a])?;
            match r {
                Some(r) if *r != Value::NOT_IMPLEMENTED => return Ok(r),
                _ => try_right = false,
            }
        }
        if let Some(r) = call_special(vm, a, name, &[b])?
            && *r != Value::NOT_IMPLEMENTED
        {
            return Ok(r);
        }
        if ta == tb {
            return Ok(Owned::not_implemented());
        }
    }
    if try_right && let Some(r) = call_special(vm, b, reflected, &[a])? {
        return Ok(r);
    }
    Ok(Owned::not_implemented())
}

/// Whether the subclass `sub` has another `name` than `base`.
fn overrides(vm: &Vm, sub: TypeRef, base: TypeRef, name: &str) -> bool {
    let name = str::intern(vm, name);
    match (sub.lookup(vm, *name), base.lookup(vm, *name)) {
        (Some(s), Some(b)) => s != b,
        (Some(_), None) => true,
        _ => false,
    }
}

fn slot_inplace<const N: usize>(vm: &Vm, a: Value, b: Value) -> PyResult {
    let name = str::intern(vm, BINARY_NAMES[N].2);
    Ok(call::special(vm, a, *name, &[b])?.unwrap_or_else(Owned::not_implemented))
}

fn slot_power(vm: &Vm, a: Value, b: Value, modulus: Value) -> PyResult {
    let this = slot_power as TernaryFn as *const ();
    let (ta, tb) = (type_of(vm, a), type_of(vm, b));
    let is_this = |t: TypeRef| t.slots().power.is_some_and(|f| f as *const () == this);
    if modulus.is_none() {
        let mut try_right = ta != tb && is_this(tb);
        if is_this(ta) {
            if try_right && tb.is_subtype_of(ta) && overrides(vm, tb, ta, "__rpow__") {
                match call_special(vm, b, "__rpow__", &[a])? {
                    Some(r) if *r != Value::NOT_IMPLEMENTED => return Ok(r),
                    _ => try_right = false,
                }
            }
            if let Some(r) = call_special(vm, a, "__pow__", &[b])?
                && *r != Value::NOT_IMPLEMENTED
            {
                return Ok(r);
            }
        }
        if try_right && let Some(r) = call_special(vm, b, "__rpow__", &[a])? {
            return Ok(r);
        }
        return Ok(Owned::not_implemented());
    }
    if is_this(ta)
        && let Some(r) = call_special(vm, a, "__pow__", &[b, modulus])?
        && *r != Value::NOT_IMPLEMENTED
    {
        return Ok(r);
    }
    if ta != tb
        && is_this(tb)
        && let Some(r) = call_special(vm, b, "__rpow__", &[a, modulus])?
    {
        return Ok(r);
    }
    Ok(Owned::not_implemented())
}

fn slot_inplace_power(vm: &Vm, a: Value, b: Value, _modulus: Value) -> PyResult {
    let name = str::intern(vm, "__ipow__");
    Ok(call::special(vm, a, *name, &[b])?.unwrap_or_else(Owned::not_implemented))
}

fn slot_bool(vm: &Vm, v: Value) -> PyResult<bool> {
    let Some(r) = call_special(vm, v, "__bool__", &[])? else {
        // As if there were none.
        let length = call_special(vm, v, "__len__", &[])?;
        return length.map_or(Ok(true), |n| protocol::compare::is_true(vm, *n));
    };
    match *r {
        Value::TRUE => Ok(true),
        Value::FALSE => Ok(false),
        other => {
            let t = type_of(vm, other).name_str();
            Err(vm.type_error(&format!("__bool__ should return bool, returned {t}")))
        }
    }
}

fn slot_hash(vm: &Vm, v: Value) -> PyResult<i64> {
    let Some(r) = call_special(vm, v, "__hash__", &[])? else {
        let t = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("unhashable type: '{t}'")));
    };
    if !super::super::int::is_int(vm, *r) {
        return Err(vm.type_error("__hash__ method should return an integer"));
    }
    let h = match super::super::int::as_i64(*r) {
        Some(h) => h,
        None => protocol::compare::hash(vm, *r)?,
    };
    Ok(if h == -1 { -2 } else { h })
}

fn slot_len(vm: &Vm, v: Value) -> PyResult<usize> {
    let r = required(vm, v, "__len__", &[])?;
    let n = protocol::number::index(vm, *r)?;
    match super::super::int::as_i64(*n) {
        Some(i) if i >= 0 => Ok(i as usize),
        Some(_) => Err(vm.value_error("__len__() should return >= 0")),
        None if super::super::int::is_negative(*n) => Err(vm.value_error("__len__() should return >= 0")),
        None => Err(vm.overflow_error("cannot fit 'int' into an index-sized integer")),
    }
}

fn slot_call(vm: &Vm, f: Value, args: Args) -> PyResult {
    vm.check_native_stack(" while calling a Python object")?;
    let Some(method) = protocol::attr::lookup_special(vm, f, *vm.names.__call__)? else {
        let t = type_of(vm, f).name_str();
        return Err(vm.type_error(&format!("'{t}' object is not callable")));
    };
    call::with_args(vm, *method, args)
}

fn slot_getattro(vm: &Vm, this: Value, name: Value) -> PyResult {
    let ty = type_of(vm, this);
    let hooks = ty.cached_hooks.get();
    let got = if hooks & HOOK_GETATTRIBUTE != 0 {
        required(vm, this, "__getattribute__", &[name])
    } else {
        let owner = ty.lookup(vm, *vm.names.__getattribute__).and_then(|v| descr::as_wrapper(vm, v));
        let native = owner.and_then(|(o, _)| o.slots().getattro).unwrap_or(protocol::attr::generic_get);
        native(vm, this, name)
    };
    if hooks & HOOK_GETATTR == 0 {
        return got;
    }
    match got {
        Ok(v) => Ok(v),
        Err(raised) => {
            let e = vm.catch(raised, vm.types.attribute_error)?;
            match call::special(vm, this, *vm.names.__getattr__, &[name]) {
                Ok(Some(v)) => Ok(v),
                Ok(None) => Err(vm.restore_exception(e)),
                Err(raised) => {
                    let e = vm.take_exception(raised);
                    super::super::exceptions::set_attribute_context(vm, *e, this, name);
                    Err(vm.restore_exception(e))
                }
            }
        }
    }
}

fn slot_setattro(vm: &Vm, this: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    match value {
        Some(v) => required(vm, this, "__setattr__", &[name, v])?,
        None => required(vm, this, "__delattr__", &[name])?,
    };
    Ok(())
}

fn slot_richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    const NAMES: [&str; 6] = ["__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"];
    vm.check_native_stack(" in comparison")?;
    Ok(call_special(vm, a, NAMES[op as usize], &[b])?.unwrap_or_else(Owned::not_implemented))
}

fn slot_iter(vm: &Vm, v: Value) -> PyResult {
    let ty = type_of(vm, v);
    match ty.lookup(vm, *vm.names.__iter__) {
        Some(Value::NONE) => Err(vm.type_error(&format!("'{}' object is not iterable", ty.name_str()))),
        _ => match call_special(vm, v, "__iter__", &[])? {
            Some(iterator) => Ok(iterator),
            None => Err(vm.type_error(&format!("'{}' object is not iterable", ty.name_str()))),
        },
    }
}

fn slot_next(vm: &Vm, v: Value) -> PyResult<Option<Owned>> {
    match call::special(vm, v, *vm.names.__next__, &[]) {
        Ok(Some(v)) => Ok(Some(v)),
        Ok(None) => {
            let t = type_of(vm, v).name_str();
            Err(vm.type_error(&format!("'{t}' object is not an iterator")))
        }
        Err(raised) => {
            let e = vm.catch(raised, vm.types.stop_iteration)?;
            let value = crate::objects::exceptions::stop_iteration_value(*e);
            if !value.is_none() {
                vm.stop_value.set(Some(value));
            }
            Ok(None)
        }
    }
}

fn slot_descr_get(vm: &Vm, descr: Value, object: Option<Value>, owner: Value) -> PyResult {
    let ty = type_of(vm, descr);
    let Some(get) = ty.lookup(vm, *vm.names.__get__).map(Counted::own) else { return Ok(descr.own()) };
    let owner = if owner.is_null() { Value::NONE } else { owner };
    call::positional(vm, *get, &[descr, object.unwrap_or(Value::NONE), owner])
}

fn slot_descr_set(vm: &Vm, descr: Value, object: Value, value: Option<Value>) -> PyResult<()> {
    let (name, args) = match value {
        Some(v) => (*vm.names.__set__, vec![object, v]),
        None => (*vm.names.__delete__, vec![object]),
    };
    match call::special(vm, descr, name, &args)? {
        Some(_) => Ok(()),
        None => Err(vm.raise(vm.types.attribute_error, &str::to_string_lossy(name))),
    }
}

fn slot_init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let Some(init) = protocol::attr::lookup_special(vm, this, *vm.names.__init__)? else { return Ok(()) };
    let r = call::with_args(vm, *init, args)?;
    if !r.is_none() {
        let t = type_of(vm, *r).name_str();
        return Err(vm.type_error(&format!("__init__() should return None, not '{t}'")));
    }
    Ok(())
}

fn slot_new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let new = protocol::attr::get(vm, cls, *vm.names.__new__)?;
    let mut all = Vec::with_capacity(args.all().len() + 1);
    all.push(cls);
    all.extend_from_slice(args.all());
    call::with_args(vm, *new, Args::with_keywords(&all, args.kwnames()))
}

fn slot_finalize(vm: &Vm, this: Value) {
    // The exception in flight must survive the finaliser.
    let saved = protocol::object::save_exception(vm);
    if let Err(raised) = call::special(vm, this, *vm.names.__del__, &[]) {
        let del = type_of(vm, this).lookup(vm, *vm.names.__del__).map(Counted::own);
        crate::objects::exceptions::write_unraisable(
            vm,
            raised,
            "Exception ignored while calling deallocator",
            del.map_or(Value::NONE, |d| *d),
        );
    }
    protocol::object::restore_saved(vm, saved);
}

fn slot_get_item(vm: &Vm, this: Value, key: Value) -> PyResult {
    required(vm, this, "__getitem__", &[key])
}

fn slot_set_item(vm: &Vm, this: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    match value {
        Some(v) => required(vm, this, "__setitem__", &[key, v])?,
        None => {
            if type_of(vm, this).lookup(vm, *vm.names.__delitem__).is_none() {
                let t = type_of(vm, this).name_str();
                return Err(vm.type_error(&format!("'{t}' object doesn't support item deletion")));
            }
            required(vm, this, "__delitem__", &[key])?
        }
    };
    Ok(())
}

fn slot_contains(vm: &Vm, this: Value, item: Value) -> PyResult<bool> {
    let ty = type_of(vm, this);
    match ty.lookup(vm, *vm.names.__contains__) {
        Some(Value::NONE) => Err(vm.type_error(&format!("'{}' object is not a container", ty.name_str()))),
        Some(_) => match call_special(vm, this, "__contains__", &[item])? {
            Some(r) => protocol::compare::is_true(vm, *r),
            None => protocol::item::contains_by_iteration(vm, this, item),
        },
        None => protocol::item::contains_by_iteration(vm, this, item),
    }
}

impl TypeObject {
    /// Whether `call` of this type looks up a Python `__call__`.
    pub fn has_python_call(&self) -> bool {
        self.slots().call.is_some_and(|f| f as *const () == slot_call as CallFn as *const ())
    }
    /// Whether attribute reads run the plain algorithm of `object`.
    pub fn has_generic_getattr(&self) -> bool {
        self.slots()
            .getattro
            .is_some_and(|f| f as *const () == protocol::attr::generic_get as BinaryFn as *const ())
    }
    /// Whether attribute writes run the plain algorithm of `object`.
    pub fn has_generic_setattr(&self) -> bool {
        self.slots()
            .setattro
            .is_some_and(|f| f as *const () == protocol::attr::generic_set as SetFn as *const ())
    }
    /// Whether `init` is a Python `__init__`.
    pub fn has_python_init(&self) -> bool {
        self.slots().init.is_some_and(|f| f as *const () == slot_init as InitFn as *const ())
    }
    /// Whether `new` is `object`'s.
    pub fn has_object_new(&self) -> bool {
        self.slots()
            .new
            .is_some_and(|f| f as *const () == super::super::object::object_new as CallFn as *const ())
    }
}
