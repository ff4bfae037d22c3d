//! The process's allocator: the system's, or, for a thread that compiles many files, a pool of small blocks.
//!
//! Compiling makes and drops small pieces by the million: a parser's tree node by node, code objects with their names.
//! The system's allocator spends a sixth of the whole time on them. Rust says the size of a block when it is freed, so
//! much less does: lists of free blocks, one for each size, and a frontier in fresh memory that moves when a list is
//! empty. Nothing is ever merged or given back, which suits a short job and no long one; so only a thread that asks
//! ([`enable`]) uses it, and running programs do not.
//!
//! Invariant: the addresses of pooled blocks are exactly those of one space, reserved at [`enable`]. So any thread can
//! tell how to free a block, and a block freed by another thread than its maker joins that thread's lists.

#![allow(unsafe_code, reason = "implements an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Sizes are rounded up to multiples of this, and addresses are such multiples.
const GRAIN: usize = 16;
/// Larger blocks are the system's.
const LARGEST: usize = 1024;
const CLASSES: usize = LARGEST / GRAIN + 1;
/// Only what is touched becomes memory. When it is used up, the system's allocator takes over.
const SPACE: usize = 1 << 30;

/// Where the space begins; at first so that no address is within.
static BASE: AtomicUsize = AtomicUsize::new(usize::MAX - SPACE);

struct Lists {
    /// Between these, memory was never used.
    frontier: *mut u8,
    end: *mut u8,
    /// Free blocks by size; each holds the address of the next.
    free: [*mut u8; CLASSES],
}

thread_local! {
    /// Without a destructor and lazy parts, so that the allocator can use it at any time.
    static LISTS: UnsafeCell<Lists> = const {
        UnsafeCell::new(Lists { frontier: ptr::null_mut(), end: ptr::null_mut(), free: [ptr::null_mut(); CLASSES] })
    };
}

/// From now on this thread takes small blocks from the pool. Only the first call in a process has an effect.
pub fn enable() {
    static CALLED: AtomicBool = AtomicBool::new(false);
    let Ok(layout) = Layout::from_size_align(SPACE, GRAIN) else { return };
    if CALLED.swap(true, Ordering::Relaxed) {
        return;
    }
    // SAFETY: the size is not zero.
    let start = unsafe { System.alloc(layout) };
    // Without so much space to reserve it is the system's allocator, as before.
    if !start.is_null() {
        BASE.store(start as usize, Ordering::Relaxed);
        LISTS.with(|lists| {
            // SAFETY: the pointer is only used here; nothing below allocates.
            let lists = unsafe { &mut *lists.get() };
            lists.frontier = start;
            // SAFETY: the end of the allocation.
            lists.end = unsafe { start.add(SPACE) };
        });
    }
}

pub struct Pool;

/// The class of a layout that the pool may serve.
#[inline]
fn class(layout: Layout) -> Option<usize> {
    (layout.size() <= LARGEST && layout.align() <= GRAIN).then(|| layout.size().div_ceil(GRAIN))
}

#[inline]
fn is_pooled(block: *mut u8) -> bool {
    // A thread only ever sees blocks that were made after `BASE` was set, or handed over with synchronisation.
    (block as usize).wrapping_sub(BASE.load(Ordering::Relaxed)) < SPACE
}

impl Lists {
    /// A block of a class, if this thread has any.
    #[inline]
    fn take(&mut self, class: usize) -> Option<*mut u8> {
        let block = self.free[class];
        if !block.is_null() {
            // SAFETY: blocks in a list are free and hold the next one's address.
            self.free[class] = unsafe { block.cast::<*mut u8>().read() };
            return Some(block);
        }
        let block = self.frontier;
        if self.end as usize - block as usize >= class * GRAIN && !block.is_null() {
            // SAFETY: within the space, as just compared.
            self.frontier = unsafe { block.add(class * GRAIN) };
            return Some(block);
        }
        None
    }
}

// SAFETY: a block is either the system's, or lies in the space and is in no list while it is in use: `take` removes it
// from its list or moves the frontier behind it. Its size and alignment are at least those of its class. Lists belong
// to one thread, and the methods do not call anything that allocates while they use them.
unsafe impl GlobalAlloc for Pool {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if let Some(class) = class(layout)
            // SAFETY: the only reference to this thread's lists.
            && let Some(block) = LISTS.with(|lists| unsafe { &mut *lists.get() }.take(class))
        {
            return block;
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !is_pooled(block) {
            // SAFETY: not from the pool, so it came from the system with this layout.
            return unsafe { System.dealloc(block, layout) };
        }
        let class = layout.size().div_ceil(GRAIN);
        LISTS.with(|lists| {
            // SAFETY: the only reference to this thread's lists.
            let lists = unsafe { &mut *lists.get() };
            // SAFETY: the block is free from now on and large enough for an address.
            unsafe { block.cast::<*mut u8>().write(lists.free[class]) };
            lists.free[class] = block;
        });
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_pooled(block) {
            // SAFETY: not from the pool, so it came from the system with this layout.
            return unsafe { System.realloc(block, layout, size) };
        }
        if size.div_ceil(GRAIN) == layout.size().div_ceil(GRAIN) {
            return block;
        }
        // SAFETY: the caller promises that the size does not overflow when rounded up to the alignment.
        let new_layout = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: the new size is not zero, the caller promises.
        let new = unsafe { self.alloc(new_layout) };
        if !new.is_null() {
            // SAFETY: both blocks are at least as long, and different.
            unsafe { ptr::copy_nonoverlapping(block, new, size.min(layout.size())) };
            // SAFETY: the old block is not used any more.
            unsafe { self.dealloc(block, layout) };
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooled_blocks_are_distinct_reused_and_freed_anywhere() {
        let before: Vec<Box<u64>> = (0..100).map(Box::new).collect();
        std::thread::spawn(|| {
            enable();
            let mut lists: Vec<Vec<usize>> = (0..200).map(|n| (0..n).collect()).collect();
            assert!(is_pooled(lists[1].as_ptr() as *mut u8));
            for list in &mut lists {
                list.push(7);
            }
            assert!(
                lists.iter().enumerate().all(|(n, list)| list[n] == 7 && list[..n].iter().copied().eq(0..n))
            );
            let first = Box::new([1u8; 40]);
            let address = &raw const *first as usize;
            drop(first);
            assert_eq!(&raw const *Box::new([2u8; 48]) as usize, address, "the free block is taken again");
            let large = vec![0u8; LARGEST + 1];
            assert!(!is_pooled(large.as_ptr() as *mut u8));
            // Another thread frees what this one made.
            let sum = std::thread::spawn(move || lists.iter().map(Vec::len).sum::<usize>()).join();
            assert_eq!(sum.ok(), Some((0..200).sum::<usize>() + 200));
        })
        .join()
        .expect("the thread's assertions hold");
        assert!(before.iter().enumerate().all(|(n, boxed)| **boxed == n as u64));
        assert!(!is_pooled(&raw const *before[0] as *mut u8));
    }
}
