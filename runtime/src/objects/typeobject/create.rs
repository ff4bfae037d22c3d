//! Class creation: what `type(name, bases, namespace, **kwargs)` and the `class` statement do.

use taipan_layout::header::flag;
use taipan_layout::{Kind, Value};

use super::super::spec::tp_flags;
use super::super::{TypeRef, descr, dict, is_instance, str, tuple, type_of};
use super::{TypeObject, attrs, mro, shapes, slotdefs};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// `type.__new__(metatype, name, bases, namespace, **kwargs)`.
pub fn type_new(vm: &Vm, metatype: TypeRef, args: Args) -> PyResult {
    let pos = args.pos();
    if pos.len() != 3 {
        return Err(vm.type_error(&format!("type.__new__() takes exactly 3 arguments ({} given)", pos.len())));
    }
    let (name, bases, namespace) = (pos[0], pos[1], pos[2]);
    check_arguments(vm, name, bases, namespace)?;

    let base_values = tuple::items(&bases);
    for b in base_values {
        if TypeRef::from_value(vm, *b).is_none()
            && protocol::attr::get_optional(vm, *b, *vm.names.__mro_entries__)?.is_some()
        {
            return Err(vm.type_error("type() doesn't support MRO entry resolution; use types.new_class()"));
        }
    }
    let winner = calculate_metaclass(vm, metatype, base_values)?;
    if base_values.iter().any(|b| TypeRef::from_value(vm, *b).is_none()) {
        return Err(vm.type_error("bases must be types"));
    }
    if winner != metatype {
        let new = winner.slots().new;
        if let Some(new) = new
            && new as usize != attrs::type_new_slot as *const () as usize
        {
            return new(vm, winner.value(), args);
        }
    }
    let object_only = [vm.types.object.value()];
    let base_values = if base_values.is_empty() { &object_only[..] } else { base_values };
    let base_types: Vec<TypeRef> = base_values.iter().filter_map(|b| TypeRef::from_value(vm, *b)).collect();
    let base = best_base(vm, &base_types)?;
    let namespace = dict::copy(vm, namespace)?;

    let ty = new_heap_type(vm, winner, name, base, base_values)?;
    // From here on `ty` owns the object: errors drop it.
    let t = TypeRef(ty.as_ptr());
    if tuple::len(bases) > 0 {
        // SAFETY: the cell owns its word.
        unsafe { crate::owned::replace(t.bases.as_ptr(), Some(bases.own())) };
    }
    let plan = slots_plan(vm, t, base, &base_types, *namespace, name)?;
    t.dict.set(namespace.clone().into_value());
    finish_namespace(vm, t, *namespace, name)?;
    warn_of_odd_keys(vm, t, *namespace)?;
    apply_layout(vm, t, base, *namespace, &plan)?;

    let order = tuple::from_owned(vm, run_mro(vm, t, &base_types)?)?;
    // SAFETY: the cell owns its word, which code that ran meanwhile may have set.
    unsafe { crate::owned::replace(t.mro.as_ptr(), Some(order)) };
    for b in &base_types {
        b.subclasses.borrow_mut().push(t);
    }
    inherit_flags(t);
    slotdefs::update_new(vm, t);
    add_slot_members(vm, t, *namespace, &plan)?;

    set_names(vm, t)?;
    init_subclass(vm, t, args)?;
    Ok(ty)
}

fn check_arguments(vm: &Vm, name: Value, bases: Value, namespace: Value) -> PyResult<()> {
    let expected = [
        (is_instance(vm, name, vm.types.str), 1, "str", name),
        (is_instance(vm, bases, vm.types.tuple), 2, "tuple", bases),
        (is_instance(vm, namespace, vm.types.dict), 3, "dict", namespace),
    ];
    for (ok, n, what, got) in expected {
        if !ok {
            let got = type_of(vm, got).name_str();
            return Err(vm.type_error(&format!("type.__new__() argument {n} must be {what}, not {got}")));
        }
    }
    if str::view(&name).iter().any(|c| c == 0) {
        return Err(vm.value_error("type name must not contain null characters"));
    }
    encodable(vm, name)?;
    match dict::get_str(vm, namespace, *vm.names.__doc__).map(Counted::own) {
        Some(doc) if is_instance(vm, *doc, vm.types.str) => encodable(vm, *doc),
        _ => Ok(()),
    }
}

/// Text that goes into a class is what UTF-8 can hold.
pub(super) fn encodable(vm: &Vm, text: Value) -> PyResult<()> {
    if str::as_str(&text).is_none() {
        protocol::attr::call_attr(vm, text, "encode", &[])?;
    }
    Ok(())
}

/// The most derived metaclass of the bases.
pub fn calculate_metaclass(vm: &Vm, metatype: TypeRef, bases: &[Value]) -> PyResult<TypeRef> {
    let mut winner = metatype;
    for b in bases {
        let meta = type_of(vm, *b);
        if winner.is_subtype_of(meta) {
            continue;
        }
        if meta.is_subtype_of(winner) {
            winner = meta;
            continue;
        }
        return Err(vm.type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the \
             metaclasses of all its bases",
        ));
    }
    Ok(winner)
}

/// The type whose memory layout an instance of `ty` has, plain attributes aside.
fn solid_base(ty: TypeRef) -> TypeRef {
    let mut t = ty;
    while let Some(base) = t.base_type() {
        if adds_layout(t, base) {
            return t;
        }
        t = base;
    }
    t
}

fn adds_layout(ty: TypeRef, base: TypeRef) -> bool {
    let extra = if ty.has_flag(tp_flags::SHAPED) && !base.has_flag(tp_flags::SHAPED) { 8 } else { 0 };
    ty.head.itemsize != base.head.itemsize
        || (ty.head.basicsize != base.head.basicsize && ty.head.basicsize != base.head.basicsize + extra)
        || (!ty.is_heap_type()
            && ty.instance_kind.get() != base.instance_kind.get()
            && base.base_type().is_some())
}

pub(super) fn best_base(vm: &Vm, bases: &[TypeRef]) -> PyResult<TypeRef> {
    let mut winner: Option<TypeRef> = None;
    let mut base = bases[0];
    for &b in bases {
        if !b.has_flag(tp_flags::BASETYPE) {
            return Err(vm.type_error(&format!("type '{}' is not an acceptable base type", b.name_str())));
        }
        let candidate = solid_base(b);
        match winner {
            None => {
                winner = Some(candidate);
                base = b;
            }
            Some(w) if w.is_subtype_of(candidate) => {}
            Some(w) if candidate.is_subtype_of(w) => {
                winner = Some(candidate);
                base = b;
            }
            Some(_) => return Err(vm.type_error("multiple bases have instance lay-out conflict")),
        }
    }
    Ok(base)
}

fn new_heap_type(vm: &Vm, metatype: TypeRef, name: Value, base: TypeRef, bases: &[Value]) -> PyResult<Owned> {
    let p = super::super::new_object::<TypeObject>(
        vm,
        metatype,
        (metatype.head.basicsize as usize).max(size_of::<TypeObject>()),
    )?;
    // SAFETY: a fresh, zeroed object of at least TypeObject's size.
    unsafe {
        super::init_collections(p);
        (*p).head.header.flags |= flag::GC;
        (*p).head.flags = tp_flags::HEAPTYPE | tp_flags::BASETYPE | tp_flags::READY | tp_flags::HAVE_GC;
        (*p).head.basicsize = base.head.basicsize;
        (*p).head.itemsize = base.head.itemsize;
        (*p).head.dictoffset = base.head.dictoffset;
        (*p).name.set(name.own().into_value());
        (*p).qualname.set(name.own().into_value());
        (*p).base.set(base.value().own().into_value());
        (*p).bases.set(tuple::from_slice(vm, bases)?.into_value());
    }
    Ok(Owned::from_new(p))
}

/// What `__slots__` asks for.
struct SlotsPlan {
    /// Mangled slot names in order.
    names: Vec<Owned>,
    add_dict: bool,
    add_weakref: bool,
}

fn slots_plan(
    vm: &Vm,
    _ty: TypeRef,
    base: TypeRef,
    bases: &[TypeRef],
    namespace: Value,
    class_name: Value,
) -> PyResult<SlotsPlan> {
    // The namespace of a class is its attributes.
    let has_dict = base.head.dictoffset != 0 || base.has_flag(tp_flags::SHAPED | tp_flags::TYPE_SUBCLASS);
    let may_add_dict = !has_dict;
    let may_add_weak = !base.has_flag(tp_flags::WEAKREFABLE);
    let Some(slots) = dict::get_str(vm, namespace, *vm.names.__slots__).map(Counted::own) else {
        return Ok(SlotsPlan { names: Vec::new(), add_dict: may_add_dict, add_weakref: may_add_weak });
    };
    let list: Vec<Owned> = if is_instance(vm, *slots, vm.types.str) {
        vec![slots.clone()]
    } else {
        protocol::iter::collect(vm, *slots)?
    };
    if !list.is_empty() && base.head.itemsize != 0 {
        return Err(
            vm.type_error(&format!("nonempty __slots__ not supported for subtype of '{}'", base.name_str()))
        );
    }
    let mut plan = SlotsPlan { names: Vec::new(), add_dict: false, add_weakref: false };
    for s in &list {
        if !is_instance(vm, **s, vm.types.str) {
            let got = type_of(vm, **s).name_str();
            return Err(vm.type_error(&format!("__slots__ items must be strings, not '{got}'")));
        }
        let text = str::to_string_lossy(**s);
        if !str::is_identifier(&text) {
            return Err(vm.type_error("__slots__ must be identifiers"));
        }
        match text.as_str() {
            "__dict__" => {
                if !may_add_dict || plan.add_dict {
                    return Err(vm.type_error("__dict__ slot disallowed: we already got one"));
                }
                plan.add_dict = true;
            }
            "__weakref__" => {
                if !may_add_weak || plan.add_weakref {
                    return Err(vm.type_error("__weakref__ slot disallowed: we already got one"));
                }
                plan.add_weakref = true;
            }
            _ => {
                let mangled = mangle(&str::to_string_lossy(class_name), &text);
                let name = str::intern(vm, &mangled);
                let in_namespace = dict::get_str(vm, namespace, *name).is_some();
                if in_namespace
                    && !matches!(text.as_str(), "__qualname__" | "__classcell__" | "__classdictcell__")
                {
                    return Err(
                        vm.value_error(&format!("'{text}' in __slots__ conflicts with class variable"))
                    );
                }
                plan.names.push(name);
            }
        }
    }
    plan.names.sort_by_cached_key(|n| str::to_string_lossy(**n));
    // A second base may bring a dict or weak references even though this class does not ask for them.
    for b in bases {
        if *b != base {
            plan.add_dict |= may_add_dict && (b.head.dictoffset != 0 || b.has_flag(tp_flags::SHAPED));
            plan.add_weakref |= may_add_weak && b.has_flag(tp_flags::WEAKREFABLE);
        }
    }
    Ok(plan)
}

/// Private name mangling, as the compiler does it.
fn mangle(class: &str, name: &str) -> String {
    let stripped = class.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') || stripped.is_empty() {
        return name.to_owned();
    }
    format!("_{stripped}{name}")
}

fn finish_namespace(vm: &Vm, ty: TypeRef, namespace: Value, name: Value) -> PyResult<()> {
    let names = &vm.names;
    if dict::get_str(vm, namespace, *names.__module__).is_none()
        && let Some(module) = crate::interp::current_global(vm, *names.__name__)
    {
        dict::set_str(vm, namespace, *names.__module__, *module)?;
    }
    if let Some(q) = dict::get_str(vm, namespace, *names.__qualname__).map(Counted::own) {
        if !is_instance(vm, *q, vm.types.str) {
            let got = type_of(vm, *q).name_str();
            return Err(vm.type_error(&format!("type __qualname__ must be a str, not {got}")));
        }
        dict::delete(vm, namespace, *names.__qualname__)?;
        // SAFETY: the cell owns its word.
        unsafe { crate::owned::replace(ty.qualname.as_ptr(), Some(q)) };
    } else {
        // SAFETY: as above.
        unsafe { crate::owned::replace(ty.qualname.as_ptr(), Some(name.own())) };
    }
    if dict::get_str(vm, namespace, *names.__doc__).is_none() {
        dict::set_str(vm, namespace, *names.__doc__, Value::NONE)?;
    }
    // Who says what is equal must also say what hashes alike: without that, instances have no hash.
    if dict::get_str(vm, namespace, *names.__eq__).is_some()
        && dict::get_str(vm, namespace, *names.__hash__).is_none()
    {
        dict::set_str(vm, namespace, *names.__hash__, Value::NONE)?;
    }
    // `__new__` is static, the two class hooks are class methods, without being told.
    for (name, is_static) in
        [(&names.__new__, true), (&names.__init_subclass__, false), (&names.__class_getitem__, false)]
    {
        let Some(f) = dict::get_str(vm, namespace, **name).map(Counted::own) else { continue };
        if type_of(vm, *f) == vm.types.function {
            let wrapped = if is_static {
                descr::wrappers::new_staticmethod(vm, *f)?
            } else {
                descr::wrappers::new_classmethod(vm, *f)?
            };
            dict::set_str(vm, namespace, **name, *wrapped)?;
        }
    }
    for (cell_name, content) in [(&names.__classcell__, ty.value()), (&names.__classdictcell__, namespace)] {
        let Some(cell) = dict::get_str(vm, namespace, **cell_name).map(Counted::own) else { continue };
        if type_of(vm, *cell) != vm.types.cell {
            let (what, got) = (str::to_string_lossy(**cell_name), type_of(vm, *cell).name_str());
            return Err(vm.type_error(&format!("{what} must be a nonlocal cell, not {got}")));
        }
        super::super::cell::set(*cell, Some(content.own()));
        dict::delete(vm, namespace, **cell_name)?;
    }
    Ok(())
}

/// Attributes have names; what else is in a namespace can only be a mistake.
fn warn_of_odd_keys(vm: &Vm, ty: TypeRef, namespace: Value) -> PyResult<()> {
    let mut at = 0;
    while let Some((key, _)) = dict::next_entry(namespace, &mut at) {
        if !is_instance(vm, key, vm.types.str) {
            let text = format!("non-string key in the __dict__ of class {}", ty.name_str());
            return crate::modules::warnings::warn(vm, vm.types.runtime_warning, &text, 1);
        }
    }
    Ok(())
}

/// Sizes, offsets and shape of instances.
fn apply_layout(vm: &Vm, ty: TypeRef, base: TypeRef, namespace: Value, plan: &SlotsPlan) -> PyResult<()> {
    // SAFETY: the type is new and only known here.
    unsafe {
        let t = ty.as_ptr();
        let plain = base == vm.types.object
            || base.has_flag(tp_flags::SHAPED)
            || (base.is_heap_type() && base.instance_kind.get() == Kind::Instance as u8);
        let mut size = base.head.basicsize;
        let shaped = plain && (plan.add_dict || base.has_flag(tp_flags::SHAPED));
        if plain && plan.add_dict {
            // The `extra` word comes first in an instance; slots of a base without it moved up would break its
            // member offsets, so such classes keep their dict in front of the header.
            if base == vm.types.object {
                size += 8;
            } else {
                (*t).head.dictoffset = -8;
            }
        } else if plan.add_dict {
            (*t).head.dictoffset = -8;
        }
        let shaped = shaped && (*t).head.dictoffset == 0;
        let mut offsets = base.slot_offsets.borrow().clone();
        for _ in &plan.names {
            offsets.push(size);
            size += 8;
        }
        *(*t).slot_offsets.borrow_mut() = offsets;
        (*t).head.basicsize = size;
        if plain {
            (*t).instance_kind.set(Kind::Instance as u8);
        }
        if shaped {
            (*t).head.flags |= tp_flags::SHAPED | tp_flags::MANAGED_DICT | tp_flags::INLINE_VALUES;
            let expected = dict::get_str(vm, namespace, *vm.names.__static_attributes__)
                .filter(|v| type_of(vm, *v) == vm.types.tuple)
                .map_or(0, |v| tuple::items(&v).len() as u32);
            let inherited = if base.has_flag(tp_flags::SHAPED) { base.head.inline_slots } else { 0 };
            (*t).head.inline_slots = (expected + inherited).clamp(2, shapes::MAX_INLINE);
        }
        if plan.add_weakref || base.has_flag(tp_flags::WEAKREFABLE) {
            (*t).head.flags |= tp_flags::WEAKREFABLE;
        }
        (*t).head.root_shape = shapes::new_root(ty) as *mut _;
    }
    Ok(())
}

fn inherit_flags(ty: TypeRef) {
    const ALWAYS: u64 = tp_flags::MATCH_SELF
        | tp_flags::LONG_SUBCLASS
        | tp_flags::LIST_SUBCLASS
        | tp_flags::TUPLE_SUBCLASS
        | tp_flags::BYTES_SUBCLASS
        | tp_flags::UNICODE_SUBCLASS
        | tp_flags::DICT_SUBCLASS
        | tp_flags::BASE_EXC_SUBCLASS
        | tp_flags::TYPE_SUBCLASS;
    let mut flags = 0;
    if let Some(base) = ty.base_type() {
        flags |= base.head.flags & ALWAYS;
    }
    for t in ty.mro_types().skip(1) {
        let collection = t.head.flags & (tp_flags::SEQUENCE | tp_flags::MAPPING);
        if collection != 0 && flags & (tp_flags::SEQUENCE | tp_flags::MAPPING) == 0 {
            flags |= collection;
        }
    }
    // SAFETY: the type is new.
    unsafe { (*ty.as_ptr()).head.flags |= flags };
}

/// `mro()` of the metaclass, when it overrides `type`'s.
pub(super) fn run_mro(vm: &Vm, ty: TypeRef, bases: &[TypeRef]) -> PyResult<Vec<Owned>> {
    if bases.iter().any(|b| b.foreign_order.get()) {
        ty.foreign_order.set(true);
        ty.modified();
    }
    let meta = type_of(vm, ty.value());
    if meta != vm.types.type_ && meta.lookup_owner(vm, *vm.names.mro) != Some(vm.types.type_) {
        let custom = protocol::call::method(vm, ty.value(), *vm.names.mro, &[])?;
        let items = protocol::iter::collect(vm, *custom)?;
        if items.is_empty() {
            return Err(vm.type_error("type MRO must not be empty"));
        }
        let solid = solid_base(ty);
        for i in &items {
            let Some(item) = TypeRef::from_value(vm, **i) else {
                let got = type_of(vm, **i).name_str();
                return Err(vm.type_error(&format!("mro() returned a non-class ('{got}')")));
            };
            if !solid.is_subtype_of(solid_base(item)) {
                let got = item.name_str();
                return Err(vm.type_error(&format!("mro() returned base with unsuitable layout ('{got}')")));
            }
            if item != ty && !bases.iter().any(|b| b.is_subtype_of(item)) {
                ty.foreign_order.set(true);
                ty.modified();
            }
        }
        return Ok(items);
    }
    Ok(mro::merge(vm, ty, bases)?.into_iter().map(Counted::own).collect())
}

/// Sizes and flags that say how instances are laid out.
fn layout_of(ty: TypeRef) -> (u32, u32, i32, u64) {
    const KEEPS: u64 = tp_flags::SHAPED | tp_flags::WEAKREFABLE;
    (ty.head.basicsize, ty.head.itemsize, ty.head.dictoffset, ty.head.flags & KEEPS)
}

/// Whether instances of both types are laid out alike: the last classes that add something to an instance are the same, or
/// add the same slots to the same base.
pub fn same_layout(vm: &Vm, a: TypeRef, b: TypeRef) -> bool {
    let adding = |mut ty: TypeRef| {
        while let Some(base) = ty.base_type()
            && layout_of(ty) == layout_of(base)
        {
            ty = base;
        }
        ty
    };
    let (a, b) = (adding(a), adding(b));
    a == b
        || (a.base_type() == b.base_type()
            && a.is_heap_type()
            && b.is_heap_type()
            && layout_of(a) == layout_of(b)
            && slot_names(vm, a) == slot_names(vm, b))
}

/// The names of a class's own slots, sorted.
fn slot_names(vm: &Vm, ty: TypeRef) -> Vec<String> {
    let members = dict::snapshot(ty.dict.get());
    let slots = members.iter().filter(|(_, v)| type_of(vm, **v) == vm.types.member_descriptor);
    let mut names: Vec<String> = slots.map(|(name, _)| str::to_string_lossy(**name)).collect();
    names.sort();
    names
}

fn add_slot_members(vm: &Vm, ty: TypeRef, namespace: Value, plan: &SlotsPlan) -> PyResult<()> {
    let offsets = ty.slot_offsets.borrow().clone();
    let first = offsets.len() - plan.names.len();
    for (name, offset) in plan.names.iter().zip(&offsets[first..]) {
        let member = descr::new_slot_member(vm, ty, **name, *offset as usize)?;
        dict::set_str(vm, namespace, **name, *member)?;
    }
    if plan.add_dict {
        descr::add_dict_and_weakref(vm, ty, namespace, true, false)?;
    }
    if plan.add_weakref {
        descr::add_dict_and_weakref(vm, ty, namespace, false, true)?;
    }
    ty.modified();
    Ok(())
}

/// Tells every attribute of the namespace its name (`__set_name__`).
fn set_names(vm: &Vm, ty: TypeRef) -> PyResult<()> {
    for (key, value) in dict::snapshot(ty.dict.get()) {
        let Some(hook) = type_of(vm, *value).lookup(vm, *vm.names.__set_name__).map(Counted::own) else {
            continue;
        };
        let bound = protocol::attr::bind(vm, *hook, *value)?;
        if let Err(raised) = protocol::call::positional(vm, *bound, &[ty.value(), *key]) {
            let e = vm.take_exception(raised);
            let note = format!(
                "Error calling __set_name__ on '{}' instance {} in '{}'",
                type_of(vm, *value).name_str(),
                protocol::object::repr_string(vm, *key)?,
                ty.name_str()
            );
            super::super::exceptions::add_note(vm, *e, &note)?;
            return Err(vm.restore_exception(e));
        }
    }
    Ok(())
}

/// `super(ty, ty).__init_subclass__(**kwargs)`.
fn init_subclass(vm: &Vm, ty: TypeRef, args: Args) -> PyResult<()> {
    if !ty.mro_types().any(|t| t == ty) {
        return Err(descr::super_::not_an_instance(vm, ty, ty.value()));
    }
    // An order of its own may leave nothing behind the class: then `object`'s does, which does nothing.
    let hook = match descr::super_::lookup_after(vm, ty, ty.value(), *vm.names.__init_subclass__) {
        Ok(hook) => hook,
        Err(raised) => {
            drop(vm.catch(raised, vm.types.attribute_error)?);
            protocol::attr::get(vm, vm.types.super_.value(), *vm.names.__init_subclass__)?
        }
    };
    let values: Vec<Value> = args.keywords().map(|(_, v)| v).collect();
    protocol::call::with_args(vm, *hook, Args::with_keywords(&values, args.kwnames()))?;
    Ok(())
}
