//! Memory of Python objects: size-class free lists in the thread state, and the death of objects.
//!
//! Cells of up to 512 bytes come from pages of 32 KiB, each holding cells of one size; the free list of a size is
//! linked through the first word of its cells, and a free cell has a null shape (second word), which is how the
//! cycle collector recognises it when it walks the pages. Machine code allocates by popping these lists.
//! Larger objects come from `malloc` with a two-word link in front, and carry the flag [`LARGE`].
//!
//! An object whose class keeps a `__dict__` word in front of the header begins 16 bytes into its cell; the cell's
//! first word is then [`PREFIX_MARK`].
//!
//! **Allocation never runs Python**: it may at most ask for a collection through the leave word.

use std::ptr;

use taipan_layout::header::flag;
use taipan_layout::thread::{SIZE_CLASSES, leave};
use taipan_layout::{Header, Shape};

use crate::vm::Vm;

pub const PAGE_SIZE: usize = 32 * 1024;
const SEGMENT_SIZE: usize = 1024 * 1024;
pub const MAX_SMALL: usize = 16 * (SIZE_CLASSES - 1);
/// Header flag: the object was allocated by `malloc`, with a [`LargeLink`] in front.
pub const LARGE: u32 = 1 << 15;
pub const PREFIX_MARK: u64 = u64::MAX;

#[repr(C)]
pub struct Page {
    pub cell_size: u32,
    pub cell_count: u32,
    _pad: u64,
}

#[repr(C)]
pub struct LargeLink {
    pub next: *mut LargeLink,
    pub previous: *mut LargeLink,
}

/// All memory that objects were carved from: what the collector walks.
pub struct Heap {
    pub pages: Vec<*mut Page>,
    segment: *mut u8,
    segment_end: *mut u8,
    /// Sentinel of the ring of large objects.
    pub large: Box<LargeLink>,
    pub large_count: usize,
}

impl Heap {
    pub fn new() -> Heap {
        let mut large = Box::new(LargeLink { next: ptr::null_mut(), previous: ptr::null_mut() });
        let p: *mut LargeLink = &mut *large;
        large.next = p;
        large.previous = p;
        Heap {
            pages: Vec::new(),
            segment: ptr::null_mut(),
            segment_end: ptr::null_mut(),
            large,
            large_count: 0,
        }
    }

    fn new_page(&mut self, class: usize) -> *mut Page {
        // SAFETY: the segment is mapped read-write and exclusively ours; all arithmetic stays inside of it.
        unsafe {
            if self.segment == self.segment_end {
                let p = libc::mmap(
                    ptr::null_mut(),
                    SEGMENT_SIZE + PAGE_SIZE,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                    -1,
                    0,
                );
                if p == libc::MAP_FAILED {
                    return ptr::null_mut();
                }
                self.segment = p.cast::<u8>().add(p.cast::<u8>().align_offset(PAGE_SIZE));
                self.segment_end = self.segment.add(SEGMENT_SIZE);
            }
            let page = self.segment as *mut Page;
            self.segment = self.segment.add(PAGE_SIZE);
            let cell_size = 16 * class;
            (*page).cell_size = cell_size as u32;
            (*page).cell_count = ((PAGE_SIZE - size_of::<Page>()) / cell_size) as u32;
            self.pages.push(page);
            page
        }
    }
}

impl Default for Heap {
    fn default() -> Self {
        Self::new()
    }
}

#[cold]
#[inline(never)]
fn refill(vm: &Vm, class: usize) -> *mut Header {
    let page = vm.heap().new_page(class);
    if page.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the page is new and zeroed (null shapes); cells are linked in address order.
    unsafe {
        let (size, count) = ((*page).cell_size as usize, (*page).cell_count as usize);
        let first = page.add(1) as *mut u8;
        for i in 0..count {
            let next = if i + 1 < count { first.add((i + 1) * size) } else { ptr::null_mut() };
            *(first.add(i * size) as *mut *mut u8) = next;
        }
        first as *mut Header
    }
}

/// A cell of at least `size` bytes, its contents undefined but for a null shape; null when memory is exhausted.
#[inline]
fn cell(vm: &Vm, size: usize) -> *mut Header {
    let class = size.div_ceil(16);
    // SAFETY: the thread state is ours; the free list holds free cells of this class.
    unsafe {
        let list = &raw mut (*vm.ts()).free[class];
        let mut head = *list;
        if head.is_null() {
            head = refill(vm, class);
            if head.is_null() {
                return head;
            }
        }
        *list = *(head as *mut *mut Header);
        head
    }
}

/// Memory for an object of `size` bytes with its header filled in: count 1, `flags`, `shape`.
/// Null when memory is exhausted: the caller raises `MemoryError`. All other fields are the caller's to write before
/// anything else is allocated.
pub fn alloc_object(vm: &Vm, size: usize, flags: u32, shape: *const Shape) -> *mut Header {
    let prefix = if flags & flag::PREFIXED != 0 { 16 } else { 0 };
    // SAFETY: the cell is large enough for prefix and header.
    unsafe {
        let mut flags = flags;
        let base = if size + prefix <= MAX_SMALL {
            cell(vm, size + prefix) as *mut u8
        } else {
            flags |= LARGE;
            large(vm, size + prefix)
        };
        if base.is_null() {
            return ptr::null_mut();
        }
        if prefix != 0 {
            *(base as *mut u64) = PREFIX_MARK;
            *(base as *mut u64).add(1) = 0;
        }
        let object = base.add(prefix) as *mut Header;
        if flags & flag::GC != 0 {
            flags |= flag::GC_YOUNG;
            let ts = vm.ts();
            (*ts).gc_allocated += 1;
            if (*ts).gc_allocated > vm.gc_threshold() {
                (*ts).leave.fetch_or(leave::COLLECT, std::sync::atomic::Ordering::Relaxed);
            }
        }
        (*object).rc = 1;
        (*object).flags = flags;
        (*object).shape = shape;
        object
    }
}

#[cold]
fn large(vm: &Vm, size: usize) -> *mut u8 {
    // SAFETY: malloc gives 16-byte aligned memory; the ring is only changed under the interpreter lock.
    unsafe {
        let link = libc::malloc(size + size_of::<LargeLink>()) as *mut LargeLink;
        if link.is_null() {
            return ptr::null_mut();
        }
        let heap = vm.heap();
        let head: *mut LargeLink = &mut *heap.large;
        (*link).next = (*head).next;
        (*link).previous = head;
        (*(*head).next).previous = link;
        (*head).next = link;
        heap.large_count += 1;
        link.add(1) as *mut u8
    }
}

/// Returns an object's memory; its contents have been given up already.
///
/// # Safety
/// `object` came from [`alloc_object`] and nothing refers to it any more.
pub unsafe fn free_object(vm: &Vm, object: *mut Header) {
    // SAFETY: by contract the memory is exclusively ours.
    unsafe {
        let flags = (*object).flags;
        let base = if flags & flag::PREFIXED != 0 { object.sub(1) } else { object };
        if flags & flag::GC != 0 {
            (*vm.ts()).gc_allocated -= 1;
        }
        if flags & LARGE != 0 {
            let link = (base as *mut LargeLink).sub(1);
            (*(*link).previous).next = (*link).next;
            (*(*link).next).previous = (*link).previous;
            vm.heap().large_count -= 1;
            libc::free(link.cast());
            return;
        }
        let page = (base as usize & !(PAGE_SIZE - 1)) as *mut Page;
        let class = (*page).cell_size as usize / 16;
        (*base).shape = ptr::null();
        let list = &raw mut (*vm.ts()).free[class];
        *(base as *mut *mut Header) = *list;
        *list = base;
    }
}

/// Nesting of [`dealloc`] beyond which dying objects queue up instead, so that a chain of a million objects does not
/// overflow the native stack (CPython's trashcan).
const MAX_DEALLOC_DEPTH: u32 = 100;

/// Called when a reference count reaches zero: finaliser, weak references, contents, memory.
///
/// # Safety
/// `object` is live and its count is zero.
#[cold]
#[inline(never)]
pub unsafe fn dealloc(object: *mut Header) {
    let vm = Vm::current();
    if vm.dealloc_depth.get() >= MAX_DEALLOC_DEPTH {
        vm.dying.borrow_mut().push(object);
        return;
    }
    vm.dealloc_depth.set(vm.dealloc_depth.get() + 1);
    // SAFETY: passed on from the caller; queued objects have a count of zero and nobody else sees them.
    unsafe {
        dealloc_one(vm, object);
        vm.dealloc_depth.set(vm.dealloc_depth.get() - 1);
        if vm.dealloc_depth.get() == 0 {
            while let Some(next) = { vm.dying.borrow_mut().pop() } {
                vm.dealloc_depth.set(1);
                dealloc_one(vm, next);
                vm.dealloc_depth.set(0);
            }
        }
    }
}

unsafe fn dealloc_one(vm: &Vm, object: *mut Header) {
    // SAFETY: as for `dealloc`.
    unsafe {
        let ty = crate::objects::TypeRef::from_ptr((*(*object).shape).ty);
        let slots = ty.slots();
        if let Some(finalize) = slots.finalize
            && (*object).flags & flag::FINALIZED == 0
        {
            (*object).rc = 1;
            (*object).flags |= flag::FINALIZED;
            finalize(vm, taipan_layout::Value::from_ptr(object));
            (*object).rc -= 1;
            if (*object).rc > 0 {
                return; // The finaliser made the object reachable again.
            }
        }
        if (*object).flags & flag::WEAKREFS != 0 {
            (*object).rc = 1;
            crate::objects::weakref::clear_references(vm, taipan_layout::Value::from_ptr(object));
            (*object).rc = 0;
        }
        (*object).flags |= flag::DEAD;
        // The type must survive its last instance's death.
        let heap_type = ty.is_heap_type().then(|| crate::owned::Counted::own(ty.value()));
        if let Some(dealloc) = slots.dealloc {
            dealloc(vm, object);
        }
        free_object(vm, object);
        if let Some(t) = heap_type {
            // An instance of a Python class owns a reference to it.
            crate::owned::decref(t.value());
        }
    }
}

/// Bytes that the object could take up where it is.
///
/// # Safety
/// `object` is live and was allocated by [`alloc_object`].
unsafe fn capacity(object: *mut Header) -> usize {
    // SAFETY: by contract; a small object lies in a page, a large one behind its link.
    unsafe {
        let prefix = if (*object).flags & flag::PREFIXED != 0 { 16 } else { 0 };
        if (*object).flags & LARGE != 0 {
            let link = ((object as *mut u8).sub(prefix) as *mut LargeLink).sub(1);
            return libc::malloc_usable_size(link.cast()) - size_of::<LargeLink>() - prefix;
        }
        let page = (object as usize & !(PAGE_SIZE - 1)) as *mut Page;
        (*page).cell_size as usize - prefix
    }
}

/// Makes room for `size` bytes in an object without a prefix that only the caller refers to, moving it if need be.
/// Growing by small steps is amortised: a move reserves an eighth more than asked for.
/// Null when memory is exhausted: the object is then as it was.
///
/// # Safety
/// The caller owns the only reference to `object`, which is not known to the cycle collector.
pub unsafe fn grow_object(vm: &Vm, object: *mut Header, size: usize) -> *mut Header {
    // SAFETY: by contract nobody else knows the address; contents are moved bytewise.
    unsafe {
        debug_assert!(
            (*object).flags & (flag::GC | flag::PREFIXED | flag::WEAKREFS) == 0 && (*object).rc == 1
        );
        let old = capacity(object);
        if size <= old {
            return object;
        }
        let wanted = size + size / 8;
        if (*object).flags & LARGE != 0 {
            let link = (object as *mut LargeLink).sub(1);
            let moved = libc::realloc(link.cast(), wanted + size_of::<LargeLink>()) as *mut LargeLink;
            if moved.is_null() {
                return ptr::null_mut();
            }
            (*(*moved).previous).next = moved;
            (*(*moved).next).previous = moved;
            return moved.add(1) as *mut Header;
        }
        let new = alloc_object(vm, wanted, (*object).flags, (*object).shape);
        if new.is_null() {
            return new;
        }
        let fresh_flags = (*new).flags;
        ptr::copy_nonoverlapping(object as *const u8, new as *mut u8, old);
        (*new).flags = fresh_flags;
        free_object(vm, object);
        new
    }
}
