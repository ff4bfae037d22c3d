//! Executable memory: one reservation near the binary's text, so that generated code reaches the runtime by 32-bit
//! distances, and memory that is at no time both writable and executable.
//!
//! ```text
//!   | data slots (always read-write) | code (read-execute, read-write only while code is being published) |
//! ```
//!
//! A change of protection costs 5–30 µs, so code is written in batches: [`Arena::write`] opens the pages it needs,
//! runs the writer, and closes them. The operating system is behind [`Pages`], so that the bookkeeping is
//! tested with a fake.

use std::ops::Range;

/// What the arena needs of the operating system.
pub trait Pages {
    /// Reserves `len` bytes near `hint`, inaccessible; the address, or `None`.
    fn reserve(&mut self, hint: usize, len: usize) -> Option<usize>;
    fn make_writable(&mut self, range: Range<usize>) -> bool;
    fn make_executable(&mut self, range: Range<usize>) -> bool;
    fn release(&mut self, range: Range<usize>);
}

/// Why there is no memory for code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArenaError {
    /// No address range within reach of the binary's text.
    Unreachable,
    /// The arena is full.
    Full,
    /// The system refused to change the protection.
    Protection,
}

impl std::fmt::Display for ArenaError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ArenaError::Unreachable => "no memory for machine code near the program",
            ArenaError::Full => "the memory for machine code is full",
            ArenaError::Protection => "the system refuses executable memory",
        })
    }
}

impl std::error::Error for ArenaError {}

pub const PAGE: usize = 4096;
/// Part of the arena for data slots: one 8-byte slot per exit.
const SLOT_SHARE: usize = 16;
const ALIGN: usize = 16;

/// A piece of an arena.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block {
    pub address: usize,
    pub len: usize,
}

pub struct Arena<P: Pages> {
    pages: P,
    base: usize,
    len: usize,
    code_start: usize,
    /// Free ranges of code and slots, sorted by address, never adjacent.
    free_code: Vec<Range<usize>>,
    free_slots: Vec<Range<usize>>,
}

impl<P: Pages> Arena<P> {
    /// Reserves `len` bytes within reach of `near` (an address in the binary's text).
    pub fn new(mut pages: P, near: usize, len: usize) -> Result<Self, ArenaError> {
        let len = len.next_multiple_of(PAGE);
        // Half of the 32-bit reach, so that both ends of text and arena see each other.
        const REACH: usize = 1 << 30;
        let step = 16 << 20;
        let mut distance = step;
        while distance + len < REACH {
            let candidates = [near.checked_add(distance), near.checked_sub(distance + len)];
            for hint in candidates.into_iter().flatten() {
                let hint = hint & !(PAGE - 1);
                let Some(base) = pages.reserve(hint, len) else { continue };
                if base.abs_diff(near) < REACH && (base + len).abs_diff(near) < REACH {
                    let code_start = (base + len / SLOT_SHARE).next_multiple_of(PAGE);
                    if !pages.make_writable(base..code_start) {
                        pages.release(base..base + len);
                        return Err(ArenaError::Protection);
                    }
                    let (mut free_code, mut free_slots) = (Vec::new(), Vec::new());
                    free_code.push(code_start..base + len);
                    free_slots.push(base..code_start);
                    return Ok(Arena { pages, base, len, code_start, free_code, free_slots });
                }
                pages.release(base..base + len);
            }
            distance += step;
        }
        Err(ArenaError::Unreachable)
    }

    pub fn allocate_code(&mut self, len: usize) -> Result<Block, ArenaError> {
        take(&mut self.free_code, len.max(1).next_multiple_of(ALIGN)).ok_or(ArenaError::Full)
    }
    /// Room for `count` 8-byte slots.
    pub fn allocate_slots(&mut self, count: usize) -> Result<Block, ArenaError> {
        take(&mut self.free_slots, count.max(1) * 8).ok_or(ArenaError::Full)
    }
    /// Gives a block back; nobody may be executing it.
    pub fn free(&mut self, block: Block) {
        let list = if block.address < self.code_start { &mut self.free_slots } else { &mut self.free_code };
        give(list, block);
    }
    /// Bytes of code that are in use.
    pub fn used(&self) -> usize {
        self.base + self.len - self.code_start - self.free_code.iter().map(Range::len).sum::<usize>()
    }

    /// Opens the pages of `block`, lets `writer` fill it, and makes them executable again.
    ///
    /// Other threads of the process must not be running code in these pages meanwhile.
    pub fn write<R>(&mut self, block: Block, writer: impl FnOnce(usize) -> R) -> Result<R, ArenaError> {
        let first = block.address & !(PAGE - 1);
        let pages = first..(block.address + block.len).next_multiple_of(PAGE);
        if !self.pages.make_writable(pages.clone()) {
            return Err(ArenaError::Protection);
        }
        let result = writer(block.address);
        if self.pages.make_executable(pages) { Ok(result) } else { Err(ArenaError::Protection) }
    }
}

impl<P: Pages> Drop for Arena<P> {
    fn drop(&mut self) {
        self.pages.release(self.base..self.base + self.len);
    }
}

fn take(free: &mut Vec<Range<usize>>, len: usize) -> Option<Block> {
    let i = free.iter().position(|r| r.len() >= len)?;
    let address = free[i].start;
    free[i].start += len;
    if free[i].is_empty() {
        free.remove(i);
    }
    Some(Block { address, len })
}

fn give(free: &mut Vec<Range<usize>>, block: Block) {
    let (start, end) = (block.address, block.address + block.len);
    let i = free.partition_point(|r| r.start < start);
    free.insert(i, start..end);
    if i + 1 < free.len() && free[i + 1].start == end {
        free[i].end = free.remove(i + 1).end;
    }
    if i > 0 && free[i - 1].end == start {
        free[i - 1].end = free.remove(i).end;
    }
}

/// The real thing.
#[derive(Default)]
pub struct SystemPages;

impl SystemPages {
    fn protect(range: Range<usize>, protection: i32) -> bool {
        // SAFETY: the range lies within a reservation of ours.
        unsafe { libc::mprotect(range.start as *mut _, range.len(), protection) == 0 }
    }
}

impl Pages for SystemPages {
    fn reserve(&mut self, hint: usize, len: usize) -> Option<usize> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a fresh anonymous mapping; the hint moves nothing that exists.
        let p = unsafe { libc::mmap(hint as *mut _, len, libc::PROT_NONE, flags, -1, 0) };
        (p != libc::MAP_FAILED).then_some(p as usize)
    }
    fn make_writable(&mut self, range: Range<usize>) -> bool {
        Self::protect(range, libc::PROT_READ | libc::PROT_WRITE)
    }
    fn make_executable(&mut self, range: Range<usize>) -> bool {
        Self::protect(range, libc::PROT_READ | libc::PROT_EXEC)
    }
    fn release(&mut self, range: Range<usize>) {
        // SAFETY: the range is a reservation of ours that nobody uses any more.
        unsafe { libc::munmap(range.start as *mut _, range.len()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Remembers what was asked for; hands out the hint, except within `taken`.
    #[derive(Default)]
    struct Fake {
        taken: Range<usize>,
        log: Vec<String>,
    }

    impl Fake {
        fn taking(taken: Range<usize>) -> Self {
            Fake { taken, log: Vec::new() }
        }
    }

    impl Pages for Fake {
        fn reserve(&mut self, hint: usize, len: usize) -> Option<usize> {
            let overlaps = self.taken.start < hint + len && hint < self.taken.end;
            Some(if overlaps { 0x7f00_0000_0000 } else { hint })
        }
        fn make_writable(&mut self, range: Range<usize>) -> bool {
            self.log.push(format!("w {:#x}+{:#x}", range.start, range.len()));
            true
        }
        fn make_executable(&mut self, range: Range<usize>) -> bool {
            self.log.push(format!("x {:#x}+{:#x}", range.start, range.len()));
            true
        }
        fn release(&mut self, _: Range<usize>) {}
    }

    #[test]
    fn the_reservation_is_near_the_text() {
        let near = 0x5555_5555_4000;
        let arena = Arena::new(Fake::taking(near..near + (200 << 20)), near, 1 << 20).unwrap();
        assert!(arena.base < near && near - arena.base < 1 << 30);
        let everywhere = Arena::new(Fake::taking(0..usize::MAX / 2), near, 1 << 20);
        assert_eq!(everywhere.err(), Some(ArenaError::Unreachable));
    }

    #[test]
    fn freed_blocks_merge() {
        let mut arena = Arena::new(Fake::default(), 1 << 40, 1 << 20).unwrap();
        let whole = arena.free_code.clone();
        let blocks: Vec<Block> = (0..3).map(|i| arena.allocate_code(100 * (i + 1)).unwrap()).collect();
        assert_eq!(arena.used(), 112 + 208 + 304);
        assert!(blocks.iter().all(|b| b.address % 16 == 0));
        for i in [1, 0, 2] {
            arena.free(blocks[i]);
        }
        assert_eq!(arena.free_code, whole);
        assert_eq!(arena.allocate_code(1 << 20), Err(ArenaError::Full));
        let slots = arena.allocate_slots(3).unwrap();
        assert_eq!((slots.address, slots.len), (arena.base, 24));
    }

    #[test]
    fn pages_are_writable_only_while_written() {
        let mut arena = Arena::new(Fake::default(), 1 << 40, 1 << 20).unwrap();
        arena.pages.log.clear();
        let _first = arena.allocate_code(PAGE - 16).unwrap();
        let block = arena.allocate_code(64).unwrap();
        arena.write(block, |address| assert_eq!(address, block.address)).unwrap();
        let page = block.address & !(PAGE - 1);
        assert_eq!(arena.pages.log, [format!("w {page:#x}+0x2000"), format!("x {page:#x}+0x2000")]);
    }
}
