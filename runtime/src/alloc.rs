//! Memory of Python objects: size-class free lists in the thread state, and the death of objects.
//!
//! Cells of up to 512 bytes come from pages of 32 KiB, each holding cells of one size; the free list of a size is
//! linked through the first word of its cells, and a free cell has a null shape (second word), which is how the
//! cycle collector recognises it when it walks the pages. Machine code allocates by popping these lists.
//! Larger objects come from `malloc` with a two-word link in front, and carry the flag [`LARGE`].
//! The arrays that containers point to (a list's items, a table) come from pages of the same kind that the collector never
//! walks, with free lists of their own; larger arrays from `malloc`.
//!
//! An object whose class keeps a `__dict__` word in front of the header begins 16 bytes into its cell; the cell's
//! first word is then [`PREFIX_MARK`].
//!
//! **Allocation never runs Python**: it may at most ask for a collection through the leave word.

use std::ptr;

use taipan_layout::header::flag;
use taipan_layout::thread::{SIZE_CLASSES, leave};
use taipan_layout::{Header, Kind, Shape, Value};

use crate::owned::decref;
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

    /// A page of cells of `16 * class` bytes, in address order after its head.
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
    vm.heap().pages.push(page);
    // SAFETY: a new page.
    unsafe { link_cells(page) }
}

/// The cells of a new page as a free list.
unsafe fn link_cells(page: *mut Page) -> *mut Header {
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

/// Memory for an array of `bytes`, 16-byte aligned; null when memory is exhausted.
#[inline]
pub fn alloc_array(vm: &Vm, bytes: usize) -> *mut u8 {
    if bytes > MAX_SMALL {
        // SAFETY: no precondition.
        return unsafe { libc::malloc(bytes) }.cast();
    }
    let list = &vm.free_arrays[bytes.div_ceil(16)];
    let mut head = list.get();
    if head.is_null() {
        head = refill_arrays(vm, bytes.div_ceil(16).max(1));
        if head.is_null() {
            return head;
        }
    }
    // SAFETY: a free cell begins with the link.
    list.set(unsafe { *(head as *mut *mut u8) });
    head
}

#[cold]
#[inline(never)]
fn refill_arrays(vm: &Vm, class: usize) -> *mut u8 {
    let page = vm.heap().new_page(class);
    // SAFETY: a new page.
    if page.is_null() { ptr::null_mut() } else { unsafe { link_cells(page).cast() } }
}

/// Gives an array of `bytes` back.
///
/// # Safety
/// `p` came from [`alloc_array`] or [`grow_array`] with the same `bytes` (or is null with 0), and nobody uses it any more.
#[inline]
pub unsafe fn free_array(vm: &Vm, p: *mut u8, bytes: usize) {
    // SAFETY: by contract.
    unsafe {
        if bytes > MAX_SMALL {
            return libc::free(p.cast());
        }
        if p.is_null() {
            return;
        }
        let list = &vm.free_arrays[bytes.div_ceil(16)];
        *(p as *mut *mut u8) = list.get();
        list.set(p);
    }
}

/// An array of `new` bytes with the contents of one of `old` bytes, which is given back; null when memory is exhausted, and
/// then nothing has changed.
///
/// # Safety
/// As for [`free_array`].
pub unsafe fn grow_array(vm: &Vm, p: *mut u8, old: usize, new: usize) -> *mut u8 {
    // SAFETY: by contract.
    unsafe {
        if old > MAX_SMALL && new > MAX_SMALL {
            return libc::realloc(p.cast(), new).cast();
        }
        if !p.is_null() && old <= MAX_SMALL && old.div_ceil(16) == new.div_ceil(16) {
            return p;
        }
        let to = alloc_array(vm, new);
        if !to.is_null() {
            ptr::copy_nonoverlapping(p, to, if p.is_null() { 0 } else { old.min(new) });
            free_array(vm, p, old);
        }
        to
    }
}

/// Memory for an object of `size` bytes with its header filled in: count 1, `flags`, `shape`.
/// Null when memory is exhausted: the caller raises `MemoryError`. All other fields are the caller's to write before
/// anything else is allocated.
#[inline]
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

/// Writes `count` zero words: without a call when they are few.
///
/// # Safety
/// `p` points to as many words.
#[inline(always)]
pub unsafe fn zero_words(p: *mut u64, count: usize) {
    const FEW: usize = 24;
    // SAFETY: by contract.
    unsafe {
        if count > FEW {
            return ptr::write_bytes(p, 0, count);
        }
        for i in 0..count {
            // A plain store would be made a call of `memset` again.
            p.add(i).write_volatile(0);
        }
    }
}

#[cold]
#[inline(never)]
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
#[inline]
pub unsafe fn free_object(vm: &Vm, object: *mut Header) {
    // SAFETY: by contract the memory is exclusively ours.
    unsafe {
        let flags = (*object).flags;
        let base = if flags & flag::PREFIXED != 0 { object.sub(1) } else { object };
        if flags & flag::GC != 0 {
            (*vm.ts()).gc_allocated -= 1;
        }
        if flags & LARGE != 0 {
            return free_large(vm, base);
        }
        let page = (base as usize & !(PAGE_SIZE - 1)) as *mut Page;
        let class = (*page).cell_size as usize / 16;
        (*base).shape = ptr::null();
        let list = &raw mut (*vm.ts()).free[class];
        *(base as *mut *mut Header) = *list;
        *list = base;
    }
}

#[cold]
#[inline(never)]
unsafe fn free_large(vm: &Vm, base: *mut Header) {
    // SAFETY: by the contract of `free_object`; the link is in front of the object.
    unsafe {
        let link = (base as *mut LargeLink).sub(1);
        (*(*link).previous).next = (*link).next;
        (*(*link).next).previous = (*link).previous;
        vm.heap().large_count -= 1;
        libc::free(link.cast());
    }
}

/// Nesting of [`dealloc`] beyond which dying objects queue up instead, so that a chain of a million objects does not
/// overflow the native stack (CPython's trashcan).
const MAX_DEALLOC_DEPTH: u32 = 100;

/// Called when a reference count reaches zero: finaliser, weak references, contents, memory.
///
/// # Safety
/// `object` is live and its count is zero.
pub unsafe fn dealloc(object: *mut Header) {
    // SAFETY: passed on.
    unsafe { dealloc_in(Vm::current(), object) }
}

/// [`dealloc`] for who has the thread's state at hand.
///
/// # Safety
/// As for [`dealloc`].
#[inline(never)]
pub unsafe fn dealloc_in(vm: &Vm, object: *mut Header) {
    // SAFETY: passed on; the kind says which struct the object is.
    unsafe {
        // What has no references and nobody to tell about its death is a free cell at once.
        let flags = (*object).flags;
        if flags & (UNUSUAL | 0xFF) == Kind::Float as u32
            || flags & (UNUSUAL | 0xFF) == Kind::RangeIter as u32
        {
            return free_object(vm, object);
        }
    }
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

/// Header flags of objects that take the long way.
const UNUSUAL: u32 = flag::WEAKREFS | flag::PREFIXED | LARGE;

/// The contents of common built-in objects, without the detour over the type's slots: whether `object` was one of them.
#[inline(always)]
unsafe fn drop_contents(vm: &Vm, object: *mut Header) -> bool {
    use taipan_layout::objects::{Cell, Method, SequenceIter, Slice, Tuple};
    // SAFETY: as for `dealloc`; the kind says which struct the object is.
    unsafe {
        let kind = (*object).flags & (UNUSUAL | 0xFF);
        macro_rules! is {
            ($($kind:ident)|+) => { $(kind == Kind::$kind as u32)||+ };
        }
        if is!(List) {
            crate::objects::list::dealloc(vm, object);
        } else if is!(Tuple) {
            let t = object as *mut Tuple;
            for i in (0..(*t).length).rev() {
                decref(*Tuple::items(t).add(i));
            }
        } else if is!(Method) {
            let m = object as *mut Method;
            decref((*m).function);
            decref((*m).receiver);
        } else if is!(ListIter | TupleIter) {
            decref((*(object as *mut SequenceIter)).sequence);
        } else if is!(Slice) {
            let s = object as *mut Slice;
            decref((*s).start);
            decref((*s).stop);
            decref((*s).step);
        } else if is!(Cell) {
            decref((*(object as *mut Cell)).value);
        } else {
            return false;
        }
        true
    }
}

unsafe fn dealloc_one(vm: &Vm, object: *mut Header) {
    // SAFETY: as for `dealloc`.
    unsafe {
        if drop_contents(vm, object) {
            return free_object(vm, object);
        }
        let ty = crate::objects::TypeRef::from_ptr((*(*object).shape).ty);
        let slots = ty.slots();
        if (*object).flags & (UNUSUAL | 0xFF) == Kind::Instance as u32
            && slots.finalize.is_none()
            && ty.slot_offsets.borrow().is_empty()
        {
            crate::objects::typeobject::shapes::drop_attributes(Value::from_ptr(object));
            free_object(vm, object);
            return decref(ty.value());
        }
        if let Some(finalize) = slots.finalize
            && (*object).flags & flag::FINALIZED == 0
        {
            (*object).rc = 1;
            (*object).flags |= flag::FINALIZED;
            finalize(vm, Value::from_ptr(object));
            (*object).rc -= 1;
            if (*object).rc > 0 {
                return; // The finaliser made the object reachable again.
            }
        }
        if (*object).flags & flag::WEAKREFS != 0 {
            (*object).rc = 1;
            crate::objects::weakref::clear_references(vm, Value::from_ptr(object));
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
