//! Memory of Python objects: size-class free lists in the thread state, and the death of objects.
//!
//! Cells of up to 512 bytes come from pages of 32 KiB, each holding cells of one size; the free list of a size is
//! linked through the first word of its cells, and a free cell has a null shape (second word), which is how the
//! cycle collector recognises it when it walks the pages. Machine code allocates by popping these lists.
//! Larger objects come from `malloc` with a two-word link in front, and carry the flag [`LARGE`].
//!
//! Objects that may take part in a cycle are known to the cycle collector from their allocation on: the address of a
//! small one's cell is appended to the list of young objects (one store; see `gc::lists` for how entries of dead
//! objects are told), a large one is linked into the ring of its generation.
//!
//! The arrays that containers point to (a list's items, a table) come from pages of the same kind that the collector never
//! walks, with free lists of their own; larger arrays from `malloc`.
//!
//! An object whose class keeps a `__dict__` word in front of the header begins 16 bytes into its cell; the cell's
//! first word is then [`PREFIX_MARK`].
//!
//! **Allocation never runs Python**: it may at most ask for a collection through the leave word.

use std::hint::black_box;
use std::ptr;

use taipan_layout::header::flag;
use taipan_layout::thread::SIZE_CLASSES;
use taipan_layout::{Header, Kind, Shape, Value};

use crate::gc::verify;
use crate::owned::{decref, drop_words};
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
    /// The end of the first segment; null before there is one.
    first_segment_end: *mut u8,
    /// Sentinels of the rings of large objects: one for each generation of the collector, and the last one for objects
    /// that the collector does not know.
    pub large: Box<[LargeLink; GENERATIONS + 1]>,
    /// Large objects allocated since the youngest generation was last collected.
    pub large_young: usize,
}

/// Generations of the collector, the frozen objects counted as one.
pub const GENERATIONS: usize = 4;

/// Lets the C library have the memory that a start takes from it at once, instead of a page with every fault.
pub fn reserve_for_start() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: allocations that are given back; then pages of the second are asked for, which the C library keeps: what is in
    // them stays. Systems that do not know this do without.
    unsafe {
        const ROOM: usize = 1024 * 1024;
        const PAGE: usize = 4096;
        // The first is mapped for itself. When it is given back, the library knows that blocks of this size come and go, and
        // keeps the second at the end of its heap.
        libc::free(black_box(libc::malloc(ROOM)));
        let room = black_box(libc::malloc(ROOM - PAGE));
        libc::free(room);
        let start = (room as usize).next_multiple_of(PAGE);
        if start.abs_diff(libc::sbrk(0) as usize) < 2 * ROOM {
            libc::madvise(start as *mut libc::c_void, ROOM - 3 * PAGE, libc::MADV_POPULATE_WRITE);
        }
    }
}

impl Heap {
    pub fn new() -> Heap {
        const EMPTY: LargeLink = LargeLink { next: ptr::null_mut(), previous: ptr::null_mut() };
        let mut large = Box::new([EMPTY; GENERATIONS + 1]);
        for link in large.iter_mut() {
            let p: *mut LargeLink = link;
            link.next = p;
            link.previous = p;
        }
        Heap {
            pages: Vec::new(),
            segment: ptr::null_mut(),
            segment_end: ptr::null_mut(),
            first_segment_end: ptr::null_mut(),
            large,
            large_young: 0,
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
            // All of it is written at once, when its cells are linked: one call instead of a fault for every 4 KiB. Older
            // systems do not know it, and do without. The first segment is used up by every start.
            if self.first_segment_end.is_null() {
                libc::madvise(page.cast(), SEGMENT_SIZE, libc::MADV_POPULATE_WRITE);
                self.first_segment_end = self.segment_end;
            } else if self.segment_end != self.first_segment_end {
                libc::madvise(page.cast(), PAGE_SIZE, libc::MADV_POPULATE_WRITE);
            }
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
            large(vm, size + prefix, if flags & flag::GC != 0 { 0 } else { GENERATIONS })
        };
        if base.is_null() {
            return ptr::null_mut();
        }
        if prefix != 0 {
            *(base as *mut u64) = PREFIX_MARK;
            *(base as *mut u64).add(1) = 0;
        }
        let object = base.add(prefix) as *mut Header;
        (*object).rc = 1;
        (*object).flags = flags;
        (*object).shape = shape;
        if flags & (flag::GC | LARGE) == flag::GC {
            let ts = vm.ts();
            let top = (*ts).young_top;
            *top = base;
            (*ts).young_top = top.add(1);
            if (*ts).young_top == (*ts).young_end {
                crate::gc::lists::young_is_full(vm);
            }
        }
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
fn large(vm: &Vm, size: usize, ring: usize) -> *mut u8 {
    // SAFETY: malloc gives 16-byte aligned memory; the ring is only changed under the interpreter lock.
    unsafe {
        let link = libc::malloc(size + size_of::<LargeLink>()) as *mut LargeLink;
        if link.is_null() {
            return ptr::null_mut();
        }
        let heap = vm.heap();
        push_link(&raw mut heap.large[ring], link);
        if ring == 0 {
            heap.large_young += 1;
            if heap.large_young > vm.gc.threshold(0) {
                crate::gc::request(vm);
            }
        }
        link.add(1) as *mut u8
    }
}

/// Appends `link` to the end of a ring.
///
/// # Safety
/// `head` is a ring's sentinel; `link` is in no ring.
unsafe fn push_link(head: *mut LargeLink, link: *mut LargeLink) {
    // SAFETY: by contract; ring pointers are never null.
    unsafe {
        (*link).next = head;
        (*link).previous = (*head).previous;
        (*(*head).previous).next = link;
        (*head).previous = link;
    }
}

/// Moves everything in the ring `from` to the end of the ring `to`.
pub fn splice_rings(heap: &mut Heap, from: usize, to: usize) {
    let (from, to) = (&raw mut heap.large[from], &raw mut heap.large[to]);
    // SAFETY: both are sentinels of live rings.
    unsafe {
        if (*from).next == from || from == to {
            return;
        }
        let (first, last) = ((*from).next, (*from).previous);
        (*(*to).previous).next = first;
        (*first).previous = (*to).previous;
        (*last).next = to;
        (*to).previous = last;
        (*from).next = from;
        (*from).previous = from;
    }
}

/// The object in a cell of a page, or behind a [`LargeLink`]; null when the cell is free.
///
/// # Safety
/// `base` is the address of a cell, free or in use, or of what follows a link.
#[inline(always)]
pub unsafe fn object_at(base: *mut u8) -> *mut Header {
    // SAFETY: pages are never unmapped; the first two words say what the cell holds.
    unsafe {
        if *(base as *const u64) == PREFIX_MARK {
            return base.add(16) as *mut Header;
        }
        let object = base as *mut Header;
        if (*object).shape.is_null() { ptr::null_mut() } else { object }
    }
}

/// The address that stands for an object in the collector's lists.
///
/// # Safety
/// `object` came from [`alloc_object`] and is live.
#[inline(always)]
pub unsafe fn base_of(object: *mut Header) -> *mut u8 {
    // SAFETY: by contract the flags say whether a prefix precedes the header.
    unsafe {
        let prefixed = (*object).flags & flag::PREFIXED != 0;
        if prefixed { object.sub(1) as *mut u8 } else { object as *mut u8 }
    }
}

/// Calls `f` with every live object of the heap.
pub fn for_each_object(vm: &Vm, mut f: impl FnMut(*mut Header)) {
    // SAFETY: pages hold `cell_count` cells of `cell_size` bytes behind their head; rings hold live objects.
    unsafe {
        for i in 0..vm.heap().pages.len() {
            let page = vm.heap().pages[i];
            let first = page.add(1) as *mut u8;
            for c in 0..(*page).cell_count as usize {
                let object = object_at(first.add(c * (*page).cell_size as usize));
                if !object.is_null() {
                    f(object);
                }
            }
        }
        for ring in 0..=GENERATIONS {
            for_each_large(vm, ring, &mut f);
        }
    }
}

/// Calls `f` with every object of a ring; `f` does not free any.
pub fn for_each_large(vm: &Vm, ring: usize, mut f: impl FnMut(*mut Header)) {
    let head: *mut LargeLink = &raw mut vm.heap().large[ring];
    // SAFETY: a ring's links lie in front of live objects.
    unsafe {
        let mut link = (*head).next;
        while link != head {
            f(object_at(link.add(1) as *mut u8));
            link = (*link).next;
        }
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
        if flags & LARGE != 0 {
            return free_large(base);
        }
        let page = (base as usize & !(PAGE_SIZE - 1)) as *mut Page;
        put_free(vm, base, (*page).cell_size as usize / 16, flags);
    }
}

/// [`free_object`] of an unprefixed object that has exactly the layout `T`: the page, whose head is seldom in the cache, need
/// not be asked for the size.
///
/// # Safety
/// As for [`free_object`].
#[inline(always)]
unsafe fn free_cell<T>(vm: &Vm, object: *mut Header) {
    const { assert!(size_of::<T>() <= MAX_SMALL) };
    // SAFETY: by contract.
    unsafe { put_free(vm, object, size_of::<T>().div_ceil(16), (*object).flags) }
}

/// Puts a cell in front of the free ones of its class.
#[inline(always)]
unsafe fn put_free(vm: &Vm, base: *mut Header, class: usize, flags: u32) {
    // SAFETY: by the contract of `free_object`.
    unsafe {
        (*base).shape = ptr::null();
        let list = &raw mut (*vm.ts()).free[class];
        *(base as *mut *mut Header) = *list;
        *list = base;
        if flags & flag::GC != 0 {
            // Who was allocated last, or before that, is often the next one to die: its entry need not wait for the list's
            // tidying. (The list begins with two words that are no entries, so that there always is a second last one.)
            let last = (*vm.ts()).young_top.sub(1);
            if *last == base as *mut u8 {
                (*vm.ts()).young_top = last;
            } else if *last.sub(1) == base as *mut u8 {
                *last.sub(1) = *last;
                (*vm.ts()).young_top = last;
            }
        }
    }
}

#[cold]
#[inline(never)]
unsafe fn free_large(base: *mut Header) {
    // SAFETY: by the contract of `free_object`; the link is in front of the object.
    unsafe {
        let link = (base as *mut LargeLink).sub(1);
        (*(*link).previous).next = (*link).next;
        (*(*link).next).previous = (*link).previous;
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
        if flags & (UNUSUAL | 0xFF) == Kind::Float as u32 {
            return free_cell::<taipan_layout::objects::Float>(vm, object);
        }
        if flags & (UNUSUAL | 0xFF) == Kind::RangeIter as u32 {
            return free_cell::<taipan_layout::objects::RangeIter>(vm, object);
        }
    }
    let depth = vm.dealloc_depth.get();
    if depth >= MAX_DEALLOC_DEPTH {
        vm.dying.borrow_mut().push(object);
        return;
    }
    vm.dealloc_depth.set(depth + 1);
    // SAFETY: passed on from the caller; nobody holds the queue borrowed while objects die.
    unsafe {
        dealloc_one(vm, object);
        vm.dealloc_depth.set(depth);
        if depth == 0 && !(*vm.dying.as_ptr()).is_empty() {
            dealloc_waiting(vm);
        }
    }
}

/// The objects that queued up while a long chain died.
#[cold]
#[inline(never)]
unsafe fn dealloc_waiting(vm: &Vm) {
    while let Some(next) = { vm.dying.borrow_mut().pop() } {
        vm.dealloc_depth.set(1);
        // SAFETY: queued objects have a count of zero and nobody else sees them.
        unsafe { dealloc_one(vm, next) };
        vm.dealloc_depth.set(0);
    }
}

/// Header flags of objects that take the long way.
const UNUSUAL: u32 = flag::WEAKREFS | flag::PREFIXED | LARGE;

/// Frees common built-in objects without the detour over the type's slots: whether `object` was one of them.
#[inline(always)]
unsafe fn free_common(vm: &Vm, object: *mut Header) -> bool {
    use taipan_layout::objects::{Cell, Function, List, Method, SequenceIter, Slice, Tuple};
    // SAFETY: as for `dealloc`; the kind says which struct the object is.
    unsafe {
        let kind = (*object).flags & (UNUSUAL | 0xFF);
        macro_rules! is {
            ($($kind:ident)|+) => { $(kind == Kind::$kind as u32)||+ };
        }
        if is!(List) {
            crate::objects::list::dealloc(vm, object);
            free_cell::<List>(vm, object);
        } else if is!(Tuple) {
            let t = object as *mut Tuple;
            let (length, flags) = ((*t).length, (*object).flags);
            drop_words(Tuple::items(t), length);
            // An exact tuple keeps the length that it was made with.
            put_free(vm, object, (size_of::<Tuple>() + length * size_of::<Value>()).div_ceil(16), flags);
        } else if is!(Method) {
            let m = object as *mut Method;
            decref((*m).function);
            decref((*m).receiver);
            free_cell::<Method>(vm, object);
        } else if is!(ListIter | TupleIter) {
            decref((*(object as *mut SequenceIter)).sequence);
            free_cell::<SequenceIter>(vm, object);
        } else if is!(Slice) {
            let s = object as *mut Slice;
            decref((*s).start);
            decref((*s).stop);
            decref((*s).step);
            free_cell::<Slice>(vm, object);
        } else if is!(Cell) {
            decref((*(object as *mut Cell)).value);
            free_cell::<Cell>(vm, object);
        } else if is!(Function) {
            crate::objects::function::dealloc(vm, object);
            free_cell::<Function>(vm, object);
        } else if is!(Set) {
            crate::objects::set::dealloc(vm, object);
            free_cell::<crate::objects::set::Set>(vm, object);
        } else if is!(Range) {
            crate::objects::range::dealloc(vm, object);
            free_cell::<crate::objects::range::Range>(vm, object);
        } else {
            return false;
        }
        true
    }
}

/// Native stack below which dying objects wait, whatever finalisers expect.
const LOW_STACK: usize = 1024 * 1024;

/// Runs Python code while an object dies: what dies meanwhile must not wait for the end of the chain that this object is
/// part of, unless finalisers are nested so deep that the native stack is nearly used up.
fn shielded(vm: &Vm, f: impl FnOnce()) {
    if vm.native_stack_left() < LOW_STACK {
        let depth = vm.dealloc_depth.replace(MAX_DEALLOC_DEPTH);
        f();
        vm.dealloc_depth.set(depth);
        return;
    }
    let depth = vm.dealloc_depth.replace(0);
    let dying = vm.dying.take();
    f();
    vm.dealloc_depth.set(depth);
    let late = vm.dying.replace(dying);
    vm.dying.borrow_mut().extend(late);
}

unsafe fn dealloc_one(vm: &Vm, object: *mut Header) {
    // SAFETY: as for `dealloc`.
    unsafe {
        // The short ways are not checked, so that each type's own `dealloc` is.
        if !verify::is_on() && free_common(vm, object) {
            return;
        }
        let ty = crate::objects::TypeRef::from_ptr((*(*object).shape).ty);
        let slots = ty.slots();
        if (*object).flags & (UNUSUAL | 0xFF) == Kind::Instance as u32
            && !verify::is_on()
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
            shielded(vm, || finalize(vm, Value::from_ptr(object)));
            (*object).rc -= 1;
            if (*object).rc > 0 {
                return; // The finaliser made the object reachable again.
            }
        }
        if (*object).flags & flag::WEAKREFS != 0 {
            (*object).rc = 1;
            shielded(vm, || crate::objects::weakref::clear_references(vm, Value::from_ptr(object)));
            (*object).rc = 0;
        }
        (*object).flags |= flag::DEAD;
        // The finaliser may have given it another class.
        let ty = crate::objects::TypeRef::from_ptr((*(*object).shape).ty);
        let slots = ty.slots();
        // The type must survive its last instance's death.
        let heap_type = ty.is_heap_type().then(|| crate::owned::Counted::own(ty.value()));
        if let Some(dealloc) = slots.dealloc {
            if verify::is_on() {
                verify::check(vm, object, dealloc);
            } else {
                dealloc(vm, object);
            }
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
