//! What code compiled ahead of time asks besides what bodies ask.

use taipan_layout::{Kind, ThreadState, Value};
use taipan_mir::aot::site::{Cell, ENTRIES, Entry, access, kind};

use super::vm;
use crate::interp::attr_cache::{self, Access, Place};
use crate::objects::spec::tp_flags;
use crate::objects::typeobject::lookup::shape_version;
use crate::objects::{TypeRef, descr, float, is_kind, type_of};
use crate::vm::Vm;

/// An attribute access met a shape that its cell does not have: says where such objects have the attribute, if compiled code
/// can do with that. 1 when there is an entry now. The version of a class is that of its instances' first shape.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_compiled_attribute(
    ts: *mut ThreadState,
    owner: Value,
    name: Value,
    cell: *mut Cell,
    access: u32,
) -> u32 {
    // SAFETY: `ts` is the running thread's; the cell is the access's own, and nobody else borrows it.
    unsafe {
        let (vm, cell) = (vm(ts), &mut *cell);
        cell.asked = cell.asked.saturating_add(1);
        let found = match TypeRef::from_value(vm, owner) {
            Some(class) if access != access::STORE => in_class(vm, class, owner, name, access),
            _ => in_instance(vm, owner, name, access),
        };
        let Some((version, kind, value)) = found else { return 0 };
        let known = cell.entries.iter().position(|e| e.version == version);
        let at = known.unwrap_or(cell.next as usize % ENTRIES);
        if known.is_none() {
            cell.next = cell.next.wrapping_add(1);
        }
        cell.entries[at] = Entry { version, kind, value };
        1
    }
}

fn in_instance(vm: &Vm, owner: Value, name: Value, access: u32) -> Option<(u32, u32, u64)> {
    if access == access::METHOD
        && let Some(entry) = lazy_method(vm, owner, name)
    {
        return Some(entry);
    }
    let store = access == access::STORE;
    let wanted = if store { Access::Store } else { Access::Load };
    let (kind, value) = match attr_cache::find(vm, owner, name, wanted)? {
        Place::Slot(offset) | Place::New(offset, _) => (kind::SLOT, u64::from(offset)),
        Place::Class(found) if !store => (kind::CLASS, found.0),
        Place::Method(found) if access == access::METHOD => (kind::METHOD, found.0),
        _ => return None,
    };
    // SAFETY: what was found is an attribute of a heap object.
    Some((unsafe { (*(*owner.header()).shape).version }, kind, value))
}

/// A method of an object whose `__dict__` would lie in front of it (that of a subclass of a built-in type) but is not there.
fn lazy_method(vm: &Vm, owner: Value, name: Value) -> Option<(u32, u32, u64)> {
    const IN_FRONT: i32 = -8;
    let ty = type_of(vm, owner);
    if !owner.is_heap() || ty.head.dictoffset != IN_FRONT || !ty.has_generic_getattr() {
        return None;
    }
    let found = ty.lookup(vm, name)?;
    // SAFETY: a heap object has a live shape.
    let version = unsafe { shape_version(vm, (*owner.header()).shape) };
    let is_method = type_of(vm, found).has_flag(tp_flags::METHOD_DESCRIPTOR);
    (is_method && version != 0).then_some((version, kind::LAZY_METHOD, found.0))
}

/// Functions and plain values come out of a class as they are; a class method gets the class.
fn in_class(vm: &Vm, class: TypeRef, owner: Value, name: Value, access: u32) -> Option<(u32, u32, u64)> {
    let meta = type_of(vm, owner);
    if meta != vm.types.type_ || meta.lookup(vm, name).is_some() || !is_kind(owner, Kind::Type) {
        return None;
    }
    let found = class.lookup(vm, name)?;
    let found_type = type_of(vm, found);
    let (kind, value) = if found_type == vm.types.classmethod {
        let f = descr::wrappers::callable_of(vm, found).filter(|f| is_kind(*f, Kind::Function))?;
        if access != access::METHOD {
            return None;
        }
        (kind::METHOD, f.0)
    } else if found_type.slots().descr_get.is_none() || is_kind(found, Kind::Function) {
        (kind::CLASS, found.0)
    } else {
        return None;
    };
    // SAFETY: every type has a root shape.
    let version = unsafe { shape_version(vm, class.head.root_shape) };
    (version != 0).then_some((version, kind, value))
}

/// The float of `double`, outside of the range of immediate ones. Code that keeps numbers unboxed asks for it where nobody can
/// handle an error, so that running out of memory ends the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_compiled_box(ts: *mut ThreadState, double: f64) -> u64 {
    // SAFETY: `ts` is the running thread's.
    match float::new(unsafe { vm(ts) }, double) {
        Ok(float) => float.into_value().0,
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<taipan_layout::objects::Float>()),
    }
}
