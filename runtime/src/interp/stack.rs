//! The data stack: chunks of memory that frames are carved from, last in, first out.

use std::ptr;

use taipan_layout::Frame;
use taipan_layout::frame::flag;

use crate::vm::Vm;

/// Bytes of a chunk; a frame larger than that gets a chunk of its own.
const CHUNK: usize = 64 * 1024;

#[repr(C)]
struct Chunk {
    previous: *mut Chunk,
    /// `stack_top` of the previous chunk when this one was begun.
    previous_top: *mut u8,
    size: usize,
    _pad: usize,
}

/// Gives the thread its first chunk.
///
/// # Safety
/// The thread state is new.
pub unsafe fn init(vm: &Vm) {
    // SAFETY: passed on.
    unsafe { new_chunk(vm, CHUNK) };
}

unsafe fn new_chunk(vm: &Vm, size: usize) -> bool {
    // SAFETY: the new chunk is ours; the thread state is under the lock.
    unsafe {
        let chunk = libc::malloc(size) as *mut Chunk;
        if chunk.is_null() {
            return false;
        }
        let ts = vm.ts();
        let current = vm.stack_chunk.get() as *mut Chunk;
        (*chunk).previous = current;
        (*chunk).previous_top = (*ts).stack_top;
        (*chunk).size = size;
        vm.stack_chunk.set(chunk.cast());
        (*ts).stack_top = chunk.add(1) as *mut u8;
        (*ts).stack_end = (chunk as *mut u8).add(size);
        true
    }
}

/// Memory for a frame of `bytes`, its `flags` set; null when memory is exhausted.
pub fn push(vm: &Vm, bytes: usize) -> *mut u8 {
    // SAFETY: the chunk has room for what is handed out.
    unsafe {
        let ts = vm.ts();
        let mut flags = 0;
        if ((*ts).stack_end as usize) - ((*ts).stack_top as usize) < bytes {
            let size = CHUNK.max(bytes + size_of::<Chunk>());
            if !new_chunk(vm, size) {
                return ptr::null_mut();
            }
            flags = flag::CHUNK_START;
        }
        let p = (*ts).stack_top;
        (*ts).stack_top = p.add(bytes);
        (*(p as *mut Frame)).flags = flags;
        p
    }
}

/// Gives back the newest frame's memory, which begins at `frame` and had these `flags`.
///
/// # Safety
/// `frame` came from [`push`] (or was carved from the current chunk) and everything pushed after it has been popped.
pub unsafe fn pop(vm: &Vm, frame: *mut u8, flags: u8) {
    // SAFETY: by contract `frame` lies in the newest chunk.
    unsafe {
        let ts = vm.ts();
        if flags & flag::CHUNK_START != 0 {
            let chunk = vm.stack_chunk.get() as *mut Chunk;
            let previous = (*chunk).previous;
            (*ts).stack_top = (*chunk).previous_top;
            (*ts).stack_end = (previous as *mut u8).add((*previous).size);
            vm.stack_chunk.set(previous.cast());
            libc::free(chunk.cast());
            return;
        }
        (*ts).stack_top = frame;
    }
}
