//! What a `bytes` object looks like inside, and making one.
//!
//! ```text
//!   | Header | length | hash | length × u8 …
//! ```
#![allow(unsafe_code, reason = "object layout")]

use std::mem::MaybeUninit;
use std::slice;

use taipan_layout::objects::Bytes;
use taipan_layout::{Kind, Value};

use crate::alloc;
use crate::objects::{TypeRef, cast, is_kind, new_object, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

/// A `bytes` whose contents are still to be written, all of them, before [`NewBytes::finish`].
pub(crate) struct NewBytes {
    object: *mut Bytes,
}

impl NewBytes {
    pub(crate) fn new(vm: &Vm, len: usize) -> PyResult<NewBytes> {
        if len > isize::MAX as usize - size_of::<Bytes>() {
            return Err(vm.memory_error());
        }
        let size = size_of::<Bytes>() + len;
        let object =
            alloc::alloc_object(vm, size, Kind::Bytes as u32, vm.types.bytes.head.root_shape) as *mut Bytes;
        if object.is_null() {
            return Err(vm.memory_error());
        }
        // SAFETY: the allocation is large enough for the fixed part.
        unsafe {
            (*object).length = len;
            (*object).hash = -1;
        }
        Ok(NewBytes { object })
    }

    fn of_class(vm: &Vm, class: TypeRef, len: usize) -> PyResult<NewBytes> {
        let object = new_object::<Bytes>(vm, class, size_of::<Bytes>() + len)?;
        // SAFETY: as above.
        unsafe {
            (*object).length = len;
            (*object).hash = -1;
        }
        Ok(NewBytes { object })
    }

    #[inline]
    pub(crate) fn contents(&mut self) -> &mut [MaybeUninit<u8>] {
        // SAFETY: `length` bytes follow the fixed part.
        unsafe {
            slice::from_raw_parts_mut(
                (self.object as *mut u8).add(size_of::<Bytes>()).cast(),
                (*self.object).length,
            )
        }
    }

    pub(crate) fn write(&mut self, at: usize, bytes: &[u8]) {
        self.contents()[at..at + bytes.len()].write_copy_of_slice(bytes);
    }

    pub(crate) fn fill(&mut self, byte: u8) {
        self.contents().fill(MaybeUninit::new(byte));
    }

    pub(crate) fn finish(self) -> Owned {
        Owned::from_new(self.object)
    }
}

/// A `bytes` object; the empty one and those of one byte exist once.
pub fn new(vm: &Vm, bytes: &[u8]) -> PyResult {
    if bytes.len() < 2 {
        return str::intern::shared_bytes(vm, bytes.first().copied());
    }
    let mut b = NewBytes::new(vm, bytes.len())?;
    b.write(0, bytes);
    Ok(b.finish())
}

/// Makes the objects that [`new`] shares.
pub(in crate::objects) fn make_shared(vm: &Vm, bytes: &[u8]) -> PyResult {
    let mut b = NewBytes::new(vm, bytes.len())?;
    b.write(0, bytes);
    Ok(b.finish())
}

/// The bytes as an instance of `class`, `bytes` or a subclass.
pub(super) fn new_of_class(vm: &Vm, class: TypeRef, bytes: &[u8]) -> PyResult {
    if class == vm.types.bytes {
        return new(vm, bytes);
    }
    let mut b = NewBytes::of_class(vm, class, bytes.len())?;
    b.write(0, bytes);
    Ok(b.finish())
}

/// The contents of a `bytes` or an instance of a subclass; they never change.
#[inline(always)]
pub fn as_slice(v: &Value) -> &[u8] {
    // SAFETY: callers pass bytes: `length` bytes follow the fixed part.
    unsafe { slice::from_raw_parts((v.0 as *const u8).add(size_of::<Bytes>()), cast::<Bytes>(*v).length) }
}

/// Whether `v` is exactly a `bytes`.
#[inline(always)]
pub fn is_exact(v: Value) -> bool {
    is_kind(v, Kind::Bytes)
}

/// Whether `v` is a `bytes` or an instance of a subclass.
#[inline]
pub fn is_bytes(vm: &Vm, v: Value) -> bool {
    is_exact(v) || (v.is_heap() && crate::objects::is_instance(vm, v, vm.types.bytes))
}

/// `hash(v)`, the same as that of the `str` of these Latin-1 characters; computed once.
pub fn hash(vm: &Vm, v: Value) -> i64 {
    // SAFETY: callers pass bytes.
    let this = unsafe { cast::<Bytes>(v) };
    if this.hash == -1 {
        this.hash = str::hash_key(vm).hash(as_slice(&v));
    }
    this.hash
}

/// An exact `bytes` with the contents of `v`, a `bytes` or an instance of a subclass.
pub fn to_exact(vm: &Vm, v: Value) -> PyResult {
    if is_exact(v) { Ok(v.own()) } else { new(vm, as_slice(&v)) }
}
