//! Type objects: layout, inheritance, attribute lookup.
//!
//! | module | holds |
//! |---|---|
//! | `bootstrap` | built-in types from their specs |
//! | `mro` | C3 linearisation |
//! | `lookup` | attribute lookup along the MRO with a global cache; versions and invalidation |
//! | `slotdefs` | the table between slots and dunder methods, slot functions of Python classes |
//! | `create` | `type(name, bases, dict)` |
//! | `attrs` | `type`'s own methods and attributes, `type.__call__` |
//! | `shapes` | attribute layouts of plain instances |

pub mod attrs;
pub mod bootstrap;
pub mod create;
pub mod lookup;
pub mod mro;
pub mod shapes;
pub mod slotdefs;

use std::cell::{Cell, RefCell, UnsafeCell};

use taipan_layout::header::flag;
use taipan_layout::objects::Type;
use taipan_layout::{Kind, Value};

use super::spec::{TypeSpec, tp_flags};
use super::{Slots, TypeRef};
pub use attrs::SPEC;
pub use lookup::MethodCache;

/// A type. Begins with the part that machine code sees.
#[repr(C)]
pub struct TypeObject {
    pub head: Type,
    slots: UnsafeCell<Slots>,
    /// `__name__` (`str`), owned.
    pub name: Cell<Value>,
    /// `__qualname__` of a Python class, owned; NULL for built-in types.
    pub qualname: Cell<Value>,
    /// `__base__`, owned; NULL for `object`.
    pub base: Cell<Value>,
    /// `__bases__` and `__mro__`: tuples, owned.
    pub bases: Cell<Value>,
    pub mro: Cell<Value>,
    /// The namespace: a dict, owned.
    pub dict: Cell<Value>,
    /// Direct subclasses; each takes itself out when it dies.
    pub subclasses: RefCell<Vec<TypeRef>>,
    /// Non-zero: nothing that lookups on this type can see has changed since it was given out.
    pub version: Cell<u32>,
    /// The order has classes that are no bases (`mro()` in Python may say so). Those do not tell this one of changes, so
    /// nothing about it is cached.
    pub foreign_order: Cell<bool>,
    /// The declaration of a built-in type.
    pub spec: Option<&'static TypeSpec>,
    /// Kind byte of exact instances.
    pub instance_kind: Cell<u8>,
    /// All shapes of this type.
    pub(crate) shapes: RefCell<Vec<*mut shapes::ShapeNode>>,
    /// The shape of instances whose attributes moved to a dict.
    pub(crate) dict_shape: Cell<*mut shapes::ShapeNode>,
    /// Fixed `__slots__` words: offset of each, for traversal and deallocation.
    pub(crate) slot_offsets: RefCell<Vec<u32>>,
    /// `__getattribute__`/`__getattr__` of a Python class, found when the slots were made.
    pub(crate) cached_hooks: Cell<u8>,
}

/// Memory for a built-in type; filled in by [`bootstrap`].
pub(super) fn allocate_static() -> *mut TypeObject {
    let layout = std::alloc::Layout::new::<TypeObject>().align_to(16).expect("16 is a power of two");
    // SAFETY: the layout is not empty; all-zero is a valid TypeObject but for the slots and collections, which
    // are written here.
    unsafe {
        let p = std::alloc::alloc_zeroed(layout) as *mut TypeObject;
        assert!(!p.is_null());
        init_collections(p);
        p
    }
}

/// # Safety
/// `p` points to zeroed memory for a type.
pub(super) unsafe fn init_collections(p: *mut TypeObject) {
    // SAFETY: writes initial values without dropping the zeroes.
    unsafe {
        (&raw mut (*p).slots).write(UnsafeCell::new(Slots::EMPTY));
        (&raw mut (*p).subclasses).write(RefCell::new(Vec::new()));
        (&raw mut (*p).shapes).write(RefCell::new(Vec::new()));
        (&raw mut (*p).slot_offsets).write(RefCell::new(Vec::new()));
        (&raw mut (*p).spec).write(None);
    }
}

impl TypeObject {
    #[inline(always)]
    pub fn slots(&self) -> &Slots {
        // SAFETY: slots change only when a class is modified, under the lock; fields are copied out before calls.
        unsafe { &*self.slots.get() }
    }
    #[allow(clippy::mut_from_ref, reason = "under the interpreter lock; no caller keeps the borrow")]
    pub(crate) fn slots_mut(&self) -> &mut Slots {
        // SAFETY: as above; the caller makes no calls while it holds the borrow.
        unsafe { &mut *self.slots.get() }
    }
    #[inline(always)]
    pub fn has_flag(&self, flag: u64) -> bool {
        self.head.flags & flag != 0
    }
    /// Makes the class and those that inherit from it match either sequence or mapping patterns.
    pub fn set_collection_flags(&self, flags: u64) {
        const COLLECTION: u64 = tp_flags::SEQUENCE | tp_flags::MAPPING;
        if self.has_flag(tp_flags::IMMUTABLETYPE) || self.head.flags & COLLECTION == flags {
            return;
        }
        let this = self.as_ref().as_ptr();
        // SAFETY: a type object is never moved; its flags are plain data under the interpreter lock.
        unsafe { (*this).head.flags = (*this).head.flags & !COLLECTION | flags };
        for subclass in self.subclasses.borrow().iter() {
            subclass.set_collection_flags(flags);
        }
    }
    #[inline(always)]
    pub fn is_heap_type(&self) -> bool {
        self.has_flag(tp_flags::HEAPTYPE)
    }
    #[inline(always)]
    pub fn as_ref(&self) -> TypeRef {
        TypeRef(self as *const TypeObject as *mut TypeObject)
    }
    /// Header flags of a new instance.
    pub fn instance_flags(&self) -> u32 {
        let mut flags = self.instance_kind.get() as u32;
        if self.has_flag(tp_flags::HAVE_GC) {
            flags |= flag::GC;
        }
        if self.head.dictoffset < 0 {
            flags |= flag::PREFIXED;
        }
        flags
    }
    /// `__name__` as Rust text.
    pub fn short_name(&self) -> String {
        let n = self.name.get();
        if n.is_null() {
            return self.spec.map_or_else(String::new, |s| s.name.to_owned());
        }
        super::str::to_string_lossy(n)
    }
    /// How messages call it: types written in Rust by their full names (`collections.deque`), classes by `__name__`.
    pub fn name_str(&self) -> String {
        self.spec.map_or_else(|| self.short_name(), |s| s.name.to_owned())
    }
    #[inline]
    pub fn is_subtype_of(&self, other: TypeRef) -> bool {
        if self.as_ref() == other {
            return true;
        }
        let mro = self.mro.get();
        if mro.is_null() {
            // Not ready yet: follow the bases.
            let mut t = self.base.get();
            while !t.is_null() {
                if t == other.value() {
                    return true;
                }
                // SAFETY: a base is a live type.
                t = unsafe { (*t.as_ptr::<TypeObject>()).base.get() };
            }
            return false;
        }
        super::tuple::items(&mro).contains(&other.value())
    }
    /// `__base__`.
    pub fn base_type(&self) -> Option<TypeRef> {
        let b = self.base.get();
        (!b.is_null()).then(|| TypeRef(b.as_ptr()))
    }
    /// The types of the MRO, the type itself first.
    pub fn mro_types(&self) -> impl Iterator<Item = TypeRef> + '_ {
        let mro = self.mro.get();
        let n = if mro.is_null() { 0 } else { super::tuple::items(&mro).len() };
        (0..n).map(move |i| TypeRef(super::tuple::items(&mro)[i].as_ptr()))
    }
    /// Whether exact instances have this kind byte.
    pub fn has_kind(&self, kind: Kind) -> bool {
        self.instance_kind.get() == kind as u8
    }
}
