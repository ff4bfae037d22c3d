//! Attributes, globals, `super`.
//!
//! A shape version stands for everything that the lookup found: where the instance keeps its attributes, which ones it
//! has, and what its class and bases hold. What a cache points to is kept alive by the namespace it came from; a change
//! of that namespace clears the version before the old value is dropped.

use taipan_layout::header::flag;
use taipan_layout::objects::{Dict, Instance};
use taipan_layout::{Frame, Kind, Value};
use taipan_mir::opcodes::Opcode;

use super::Site;
use crate::objects::spec::tp_flags;
use crate::objects::typeobject::{lookup::shape_version, shapes};
use crate::objects::{TypeRef, descr, dict, function, is_kind, module, type_of};
use crate::vm::Vm;

/// The version of a heap object's shape; `None` for immediates and when versions ran out.
fn version_of(vm: &Vm, v: Value) -> Option<u32> {
    if !v.is_heap() {
        return None;
    }
    // SAFETY: a heap object has a live shape.
    let version = unsafe { shape_version(vm, (*v.header()).shape) };
    (version != 0).then_some(version)
}

fn name_at(frame: *mut Frame, index: u32) -> Value {
    // SAFETY: the frame is current; the compiler made the index.
    unsafe { *(*(*frame).code).names.add(index as usize) }
}

pub(super) fn load_attr(vm: &Vm, frame: *mut Frame, site: Site, oparg: u32, owner: Value) {
    let name = name_at(frame, oparg >> 1);
    let done = if is_kind(owner, Kind::Module) {
        load_module(vm, site, owner, name)
    } else if TypeRef::from_value(vm, owner).is_some() {
        load_class(vm, site, owner, name)
    } else {
        load_instance(vm, site, owner, name, oparg & 1 != 0)
    };
    match done {
        Some(op) => site.specialize(op),
        None => site.fail(),
    }
}

fn load_module(vm: &Vm, site: Site, owner: Value, name: Value) -> Option<Opcode> {
    if type_of(vm, owner).lookup(vm, name).is_some_and(|v| type_of(vm, v).slots().descr_set.is_some()) {
        return None;
    }
    let namespace = module::dict(owner);
    let index = dict::lookup_index(vm, namespace, name)?;
    let version = dict::keys_version(vm, namespace);
    if version == 0 || index > u16::MAX as usize {
        return None;
    }
    site.set_u32(2, version);
    site.set_u16(4, index as u16);
    Some(Opcode::LOAD_ATTR_MODULE)
}

fn load_class(vm: &Vm, site: Site, owner: Value, name: Value) -> Option<Opcode> {
    let ty = TypeRef::from_value(vm, owner)?;
    let meta = type_of(vm, owner);
    if meta
        .slots()
        .getattro
        .is_none_or(|f| f as *const () != crate::objects::typeobject::attrs::type_getattro as *const ())
    {
        return None;
    }
    // A data descriptor of the metaclass would win.
    let meta_attr = meta.lookup(vm, name);
    if meta_attr.is_some_and(|m| type_of(vm, m).slots().descr_set.is_some()) {
        return None;
    }
    let found = ty.lookup(vm, name)?;
    // Functions come out of a class as they are; other descriptors are called.
    if type_of(vm, found).slots().descr_get.is_some() && !is_kind(found, Kind::Function) {
        return None;
    }
    // SAFETY: every type has a root shape.
    let version = unsafe { shape_version(vm, ty.head.root_shape) };
    if version == 0 || !is_kind(owner, Kind::Type) {
        return None;
    }
    site.set_u32(2, version);
    site.set_u64(6, found.0);
    if meta == vm.types.type_ {
        return Some(Opcode::LOAD_ATTR_CLASS);
    }
    let meta_version = version_of(vm, owner)?;
    site.set_u32(4, meta_version);
    Some(Opcode::LOAD_ATTR_CLASS_WITH_METACLASS_CHECK)
}

/// Where a plain instance has the attribute itself.
enum Own {
    /// Byte offset of the word inside the object.
    Slot(u16),
    /// Entry of the `__dict__`.
    Entry(u16),
    Absent,
    /// It would be in a dict that does not exist yet; byte offset of the dict's word.
    Lazy(u16),
    /// The instance keeps attributes where no cache looks.
    Unknown,
}

fn own_attribute(vm: &Vm, ty: TypeRef, owner: Value, name: Value) -> Own {
    if !ty.has_flag(tp_flags::SHAPED) {
        let Ok(offset) = u16::try_from(ty.head.dictoffset) else { return Own::Unknown };
        // SAFETY: an instance of the type has its dict's word there.
        let missing = || unsafe { (*((owner.0 + offset as u64) as *const Value)).is_null() };
        return match offset {
            0 => Own::Absent,
            _ if missing() => Own::Lazy(offset),
            _ => Own::Unknown,
        };
    }
    // SAFETY: the class is shaped.
    unsafe {
        let instance = owner.as_ptr::<Instance>();
        if (*instance).header.flags & flag::INSTANCE_HAS_DICT != 0 {
            return match dict::lookup_index(vm, (*instance).extra, name) {
                Some(i) if i <= u16::MAX as usize => Own::Entry(i as u16),
                _ => Own::Unknown,
            };
        }
        match shapes::find((*instance).header.shape, name) {
            Some(i) => match u16::try_from(ty.head.basicsize as usize + 8 * i) {
                Ok(offset) => Own::Slot(offset),
                Err(_) => Own::Unknown,
            },
            None => Own::Absent,
        }
    }
}

fn load_instance(vm: &Vm, site: Site, owner: Value, name: Value, as_method: bool) -> Option<Opcode> {
    let ty = type_of(vm, owner);
    if !ty.has_generic_getattr() {
        return None;
    }
    let class_attr = ty.lookup(vm, name);
    if let Some(attr) = class_attr {
        let slots = type_of(vm, attr).slots();
        if slots.descr_set.is_some() && slots.descr_get.is_some() {
            return load_data_descriptor(vm, site, owner, attr, as_method);
        }
    }
    let version = version_of(vm, owner)?;
    site.set_u32(2, version);
    match own_attribute(vm, ty, owner, name) {
        Own::Slot(offset) => {
            site.set_u16(4, offset);
            return Some(Opcode::LOAD_ATTR_INSTANCE_VALUE);
        }
        Own::Entry(index) => {
            site.set_u16(4, index);
            return Some(Opcode::LOAD_ATTR_WITH_HINT);
        }
        Own::Unknown => return None,
        Own::Lazy(offset) => {
            let attr = class_attr?;
            if !as_method || !type_of(vm, attr).has_flag(tp_flags::METHOD_DESCRIPTOR) {
                return None;
            }
            site.set_u16(4, offset);
            site.set_u64(6, attr.0);
            return Some(Opcode::LOAD_ATTR_METHOD_LAZY_DICT);
        }
        Own::Absent => {}
    }
    let attr = class_attr?;
    let attr_type = type_of(vm, attr);
    site.set_u64(6, attr.0);
    let shaped = ty.has_flag(tp_flags::SHAPED);
    if attr_type.has_flag(tp_flags::METHOD_DESCRIPTOR) {
        // Without a call the attribute would have to be bound.
        return as_method.then_some(if shaped {
            Opcode::LOAD_ATTR_METHOD_WITH_VALUES
        } else {
            Opcode::LOAD_ATTR_METHOD_NO_DICT
        });
    }
    if attr_type.slots().descr_get.is_some() || as_method {
        return None;
    }
    Some(if shaped {
        Opcode::LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES
    } else {
        Opcode::LOAD_ATTR_NONDESCRIPTOR_NO_DICT
    })
}

fn load_data_descriptor(vm: &Vm, site: Site, owner: Value, attr: Value, as_method: bool) -> Option<Opcode> {
    let version = version_of(vm, owner)?;
    if let Some((offset, _)) = descr::member_slot(vm, attr) {
        site.set_u32(2, version);
        site.set_u16(4, u16::try_from(offset).ok()?);
        return Some(Opcode::LOAD_ATTR_SLOT);
    }
    let getter = descr::property::getter_of(vm, attr)?;
    if as_method || !function::takes_exactly(getter, 1) {
        return None;
    }
    site.set_u32(2, version);
    site.set_u64(6, getter.0);
    Some(Opcode::LOAD_ATTR_PROPERTY)
}

pub(super) fn store_attr(vm: &Vm, frame: *mut Frame, site: Site, oparg: u32, owner: Value) {
    match try_store(vm, site, owner, name_at(frame, oparg)) {
        Some(op) => site.specialize(op),
        None => site.fail(),
    }
}

fn try_store(vm: &Vm, site: Site, owner: Value, name: Value) -> Option<Opcode> {
    let ty = type_of(vm, owner);
    if !ty.has_generic_setattr() || TypeRef::from_value(vm, owner).is_some() {
        return None;
    }
    let version = version_of(vm, owner)?;
    if let Some(attr) = ty.lookup(vm, name)
        && type_of(vm, attr).slots().descr_set.is_some()
    {
        let (offset, readonly) = descr::member_slot(vm, attr)?;
        if readonly {
            return None;
        }
        site.set_u32(2, version);
        site.set_u16(4, u16::try_from(offset).ok()?);
        return Some(Opcode::STORE_ATTR_SLOT);
    }
    site.set_u32(2, version);
    match own_attribute(vm, ty, owner, name) {
        Own::Slot(offset) => {
            site.set_u16(4, offset);
            Some(Opcode::STORE_ATTR_INSTANCE_VALUE)
        }
        Own::Entry(index) => {
            site.set_u16(4, index);
            Some(Opcode::STORE_ATTR_WITH_HINT)
        }
        Own::Absent if ty.has_flag(tp_flags::SHAPED) => {
            // The attribute is about to be added: remember the shape that it leads to.
            // SAFETY: the class is shaped and the object has slots.
            unsafe {
                let shape = (*owner.header()).shape;
                let index = (*shape).used_slots as usize;
                shapes::with_attribute(shape, name)?;
                site.set_u16(4, u16::try_from(ty.head.basicsize as usize + 8 * index).ok()?);
            }
            Some(Opcode::STORE_ATTR_INSTANCE_VALUE)
        }
        _ => None,
    }
}

pub(super) fn load_global(vm: &Vm, frame: *mut Frame, site: Site, oparg: u32) {
    match try_global(vm, frame, site, oparg) {
        Some(op) => site.specialize(op),
        None => site.fail(),
    }
}

/// The cache has 16 bits for a version.
fn small_version(vm: &Vm, d: Value) -> Option<u16> {
    u16::try_from(dict::keys_version(vm, d)).ok().filter(|v| *v != 0)
}

fn try_global(vm: &Vm, frame: *mut Frame, site: Site, oparg: u32) -> Option<Opcode> {
    let name = name_at(frame, oparg >> 1);
    // SAFETY: the frame is current.
    let (globals, builtins) =
        unsafe { (Value::from_ptr::<Dict>((*frame).globals), Value::from_ptr::<Dict>((*frame).builtins)) };
    if type_of(vm, globals) != vm.types.dict || type_of(vm, builtins) != vm.types.dict {
        return None;
    }
    site.set_u16(2, small_version(vm, globals)?);
    if let Some(index) = dict::lookup_index(vm, globals, name) {
        site.set_u16(4, u16::try_from(index).ok()?);
        return Some(Opcode::LOAD_GLOBAL_MODULE);
    }
    let index = dict::lookup_index(vm, builtins, name)?;
    site.set_u16(3, small_version(vm, builtins)?);
    site.set_u16(4, u16::try_from(index).ok()?);
    Some(Opcode::LOAD_GLOBAL_BUILTIN)
}

pub(super) fn load_super_attr(vm: &Vm, site: Site, oparg: u32, super_callable: Value, class: Value) {
    if super_callable != vm.types.super_.value() || !is_kind(class, Kind::Type) {
        return site.fail();
    }
    site.specialize(if oparg & 1 != 0 {
        Opcode::LOAD_SUPER_ATTR_METHOD
    } else {
        Opcode::LOAD_SUPER_ATTR_ATTR
    })
}
