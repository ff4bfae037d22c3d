//! Attributes for sites that see many shapes: a global cache of (shape version, name) → where the attribute is.
//!
//! An inline cache remembers one shape. A site that meets several would go through the whole algorithm of attribute access most of
//! the time; here it takes one look at a table instead. A version stands for everything that the algorithm would find out (see
//! `specialize::attributes`), so an entry needs no invalidation: a changed class has other versions, and numbers are
//! never given out twice. What an entry points to is kept alive by the namespace that it came from, for as long as the version holds.

use std::cell::Cell;

use taipan_layout::{Shape, Value};

use crate::objects::spec::tp_flags;
use crate::objects::typeobject::{lookup::shape_version, shapes};
use crate::objects::{TypeRef, str, type_of};
use crate::vm::Vm;

const SIZE: usize = 2048;

/// Where an object has an attribute.
#[derive(Clone, Copy)]
pub enum Place {
    /// Nothing is known.
    Nowhere,
    /// In the word at this offset of the object, also for a store.
    Slot(u16),
    /// In the class: a function or the like that wants its receiver.
    Method(Value),
    /// In the class: a value that comes as it is.
    Class(Value),
    /// Not there yet: a store puts it into the word at this offset and gives the object that shape.
    New(u16, *const Shape),
}

/// What somebody wants to do with the attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Load,
    Store,
}

#[derive(Clone, Copy)]
struct Entry {
    version: u32,
    name: Value,
    place: Place,
}

pub struct AttributeCache {
    entries: Box<[Cell<Entry>]>,
}

impl Default for AttributeCache {
    fn default() -> Self {
        let empty = Entry { version: 0, name: Value::NULL, place: Place::Nowhere };
        AttributeCache { entries: (0..SIZE).map(|_| Cell::new(empty)).collect() }
    }
}

/// The word at `offset` of an object.
#[inline(always)]
pub fn word(owner: Value, offset: u16) -> *mut Value {
    owner.as_ptr::<u8>().wrapping_add(offset as usize) as *mut Value
}

/// Where `owner` has the attribute `name` (a name of a code object); `None` when the way to it is not one of [`Place`].
#[inline]
pub fn find(vm: &Vm, owner: Value, name: Value, access: Access) -> Option<Place> {
    if !owner.is_heap() {
        return None;
    }
    // SAFETY: a heap object has a live shape.
    let version = unsafe { (*(*owner.header()).shape).version };
    let cell = &vm.attribute_cache.entries[((name.0 >> 4) as usize ^ version as usize) % SIZE];
    let e = cell.get();
    if e.version == version && e.name == name && version != 0 {
        return Some(e.place);
    }
    fill(vm, cell, owner, name, access)
}

#[cold]
#[inline(never)]
fn fill(vm: &Vm, cell: &Cell<Entry>, owner: Value, name: Value, access: Access) -> Option<Place> {
    // SAFETY: a heap object has a live shape.
    let version = unsafe { shape_version(vm, (*owner.header()).shape) };
    if version == 0 || !str::is_interned(name) {
        return None;
    }
    let place = locate(vm, owner, name, access).unwrap_or(Place::Nowhere);
    // That a load finds nothing says nothing about a store.
    if access == Access::Store || !matches!(place, Place::Nowhere) {
        cell.set(Entry { version, name, place });
    }
    Some(place)
}

fn locate(vm: &Vm, owner: Value, name: Value, access: Access) -> Option<Place> {
    let ty = type_of(vm, owner);
    if !ty.has_generic_getattr() || !ty.has_generic_setattr() || TypeRef::from_value(vm, owner).is_some() {
        return None;
    }
    let shaped = ty.has_flag(tp_flags::SHAPED);
    if shaped && !shapes::has_slots(vm, owner) || !shaped && ty.head.dictoffset != 0 {
        return None;
    }
    let found = ty.lookup(vm, name);
    if found.is_some_and(|f| type_of(vm, f).slots().descr_set.is_some()) {
        return None;
    }
    let offset = |index: usize| u16::try_from(ty.head.basicsize as usize + 8 * index).ok();
    if shaped {
        // SAFETY: the instance has slots.
        let shape = unsafe { (*owner.header()).shape };
        // SAFETY: a live shape; the name is interned.
        if let Some(index) = unsafe { shapes::find(shape, name) } {
            return offset(index).map(Place::Slot);
        }
        if found.is_none() && access == Access::Store {
            // SAFETY: as above; the shape lacks the name.
            let (index, next) =
                unsafe { ((*shape).used_slots as usize, shapes::with_attribute(shape, name)?) };
            return Some(Place::New(offset(index)?, next));
        }
    }
    let found = found?;
    let kind = type_of(vm, found);
    if kind.has_flag(tp_flags::METHOD_DESCRIPTOR) {
        return Some(Place::Method(found));
    }
    kind.slots().descr_get.is_none().then_some(Place::Class(found))
}
