//! Attribute lookup along the MRO, the versions that caches rely on, and their invalidation.
//!
//! A type's version (and each of its shapes' versions, see [`taipan_layout::shape`]) is given out when a cache first
//! asks and is set to 0 when the type or one of its bases changes. Numbers are never reused; when they run out, nothing
//! is cached any more.

use std::cell::Cell;

use taipan_layout::{Shape, Value};

use super::super::{TypeRef, dict};
use super::TypeObject;
use crate::owned::{Counted, decref};
use crate::vm::Vm;

const CACHE_SIZE: usize = 4096;

/// Global cache of (type version, name) → attribute found along the MRO.
pub struct MethodCache {
    entries: Box<[Cell<Entry>]>,
}

#[derive(Clone, Copy)]
struct Entry {
    version: u32,
    /// A reference of its own: at the address of a name that nobody has any more there might be another one later.
    name: Value,
    /// Borrowed from a namespace of the MRO; NULL: known to be absent.
    value: Value,
}

impl Default for MethodCache {
    fn default() -> Self {
        let empty = Entry { version: 0, name: Value::NULL, value: Value::NULL };
        MethodCache { entries: (0..CACHE_SIZE).map(|_| Cell::new(empty)).collect() }
    }
}

impl TypeObject {
    /// The attribute `name` (an interned `str`) of this type or its bases, without binding. The result is borrowed
    /// from a class namespace: own it before running anything.
    #[inline]
    pub fn lookup(&self, vm: &Vm, name: Value) -> Option<Value> {
        let version = self.version_for_cache(vm);
        let index = ((name.0 >> 4) as u32 ^ version) as usize % CACHE_SIZE;
        let cell = &vm.type_cache.entries[index];
        let e = cell.get();
        if e.version == version && e.name == name && version != 0 {
            return (!e.value.is_null()).then_some(e.value);
        }
        let found = self.lookup_uncached(vm, name);
        if version != 0 && super::super::str::is_interned(name) {
            let name = name.own().into_value();
            let old = cell.replace(Entry { version, name, value: found.unwrap_or(Value::NULL) });
            // SAFETY: the entry owned its name, a str, whose end runs nothing.
            unsafe { decref(old.name) };
        }
        found
    }

    fn lookup_uncached(&self, vm: &Vm, name: Value) -> Option<Value> {
        for ty in self.mro_types() {
            let namespace = ty.dict.get();
            if namespace.is_null() {
                continue;
            }
            if let Some(v) = dict::get_str(vm, namespace, name) {
                return Some(v);
            }
        }
        None
    }

    /// The type along the MRO whose namespace has `name`.
    pub fn lookup_owner(&self, vm: &Vm, name: Value) -> Option<TypeRef> {
        self.mro_types().find(|t| !t.dict.get().is_null() && dict::get_str(vm, t.dict.get(), name).is_some())
    }

    /// The type's version, given out now if need be; 0 when there is none to be had.
    pub fn version(&self, vm: &Vm) -> u32 {
        self.version_for_cache(vm)
    }

    /// The version that was given out and holds; 0: none.
    pub fn known_version(&self) -> u32 {
        self.version.get()
    }

    fn version_for_cache(&self, vm: &Vm) -> u32 {
        let v = self.version.get();
        if v != 0 {
            return v;
        }
        if self.foreign_order.get() {
            return 0;
        }
        // A version is only sound when every base hears of changes too, which `modified` walks down to.
        let v = next_version(vm);
        self.version.set(v);
        for base in self.mro_types().skip(1) {
            if base.version.get() == 0 {
                base.version.set(next_version(vm));
            }
        }
        v
    }

    /// Something that lookups can see has changed: forget all versions here and in subclasses.
    pub fn modified(&self) {
        self.version.set(0);
        for &shape in self.shapes.borrow().iter() {
            // SAFETY: shapes live as long as their type.
            unsafe { (*shape).head.version = 0 };
        }
        for sub in self.subclasses.borrow().iter() {
            sub.modified();
        }
    }
}

fn next_version(vm: &Vm) -> u32 {
    let v = vm.next_shape_version.get();
    if v == u32::MAX {
        return 0;
    }
    vm.next_shape_version.set(v + 1);
    v
}

/// The version of a shape, given out now if need be; 0 when there are no more.
///
/// # Safety
/// `shape` points to a live shape.
pub unsafe fn shape_version(vm: &Vm, shape: *const Shape) -> u32 {
    // SAFETY: shapes are only touched under the lock.
    unsafe {
        if (*shape).version == 0 {
            // The owning type (and so its bases) must know that somebody caches.
            let ty = TypeRef::from_ptr((*shape).ty);
            ty.version_for_cache(vm);
            if ty.foreign_order.get() {
                return 0;
            }
            (*(shape as *mut Shape)).version = next_version(vm);
        }
        (*shape).version
    }
}
