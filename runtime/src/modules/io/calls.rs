//! The system's calls on file descriptors. A call that a signal interrupts is repeated once the signal's handlers have run (PEP 475).

#![allow(unsafe_code, reason = "the system's calls")]

use std::ffi::CStr;

use crate::objects::exceptions;
use crate::owned::{PyResult, Raised};
use crate::vm::Vm;

/// The error that the last call left in `errno`.
fn last_error() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// `OSError` for the last call.
#[cold]
fn failure(vm: &Vm) -> Raised {
    exceptions::errno_error(vm, last_error(), None)
}

/// The result of a call that transfers bytes; `None` when it would have to wait and must not.
fn transfer(vm: &Vm, mut call: impl FnMut() -> isize) -> PyResult<Option<usize>> {
    loop {
        let n = vm.unlocked(&mut call);
        if n >= 0 {
            return Ok(Some(n as usize));
        }
        match last_error() {
            libc::EINTR => crate::signals::deliver(vm)?,
            libc::EAGAIN => return Ok(None),
            _ => return Err(failure(vm)),
        }
    }
}

pub fn read(vm: &Vm, fd: i32, room: &mut [u8]) -> PyResult<Option<usize>> {
    // SAFETY: at most as much is written as there is room.
    transfer(vm, || unsafe { libc::read(fd, room.as_mut_ptr().cast(), room.len()) })
}

pub fn write(vm: &Vm, fd: i32, data: &[u8]) -> PyResult<Option<usize>> {
    // Linux transfers at most this much at once; other systems refuse more.
    const MOST: usize = i32::MAX as usize;
    let n = data.len().min(MOST);
    // SAFETY: the slice is valid for its length.
    transfer(vm, || unsafe { libc::write(fd, data.as_ptr().cast(), n) })
}

pub fn seek(vm: &Vm, fd: i32, offset: i64, whence: i32) -> PyResult<i64> {
    // SAFETY: a call on numbers.
    let position = unsafe { libc::lseek(fd, offset, whence) };
    if position < 0 { Err(failure(vm)) } else { Ok(position) }
}

/// Whether the descriptor has a position that can be changed.
pub fn is_seekable(fd: i32) -> bool {
    // SAFETY: a call on numbers.
    unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) >= 0 }
}

pub fn truncate(vm: &Vm, fd: i32, size: i64) -> PyResult<()> {
    loop {
        // SAFETY: a call on numbers.
        if unsafe { libc::ftruncate(fd, size) } == 0 {
            return Ok(());
        }
        if last_error() != libc::EINTR {
            return Err(failure(vm));
        }
        crate::signals::deliver(vm)?;
    }
}

pub fn is_terminal(fd: i32) -> bool {
    // SAFETY: a query about a number.
    unsafe { libc::isatty(fd) == 1 }
}

/// Closes a descriptor that nobody else uses; the number of the error, if there was one.
pub fn close(fd: i32) -> Result<(), i32> {
    // SAFETY: the caller owns the descriptor and does not use it afterwards.
    if unsafe { libc::close(fd) } == 0 { Ok(()) } else { Err(last_error()) }
}

/// Opens a file; the number of the error, if there was one.
pub fn open(vm: &Vm, path: &CStr, flags: i32) -> PyResult<Result<i32, i32>> {
    loop {
        // SAFETY: the path ends with a zero byte.
        let fd = vm.unlocked(|| unsafe { libc::open(path.as_ptr(), flags, 0o666) });
        if fd >= 0 {
            return Ok(Ok(fd));
        }
        match last_error() {
            libc::EINTR => crate::signals::deliver(vm)?,
            errno => return Ok(Err(errno)),
        }
    }
}

/// What is known of an open file.
#[derive(Clone, Copy)]
pub struct Status {
    pub is_folder: bool,
    /// A terminal, for one; ordinary files are not.
    pub is_character_device: bool,
    pub size: i64,
    pub block_size: i64,
}

/// The status of an open file, or the number of the error.
pub fn status(fd: i32) -> Result<Status, i32> {
    // SAFETY: all zero is a valid status; the call fills it.
    unsafe {
        let mut st: libc::stat = std::mem::zeroed();
        if libc::fstat(fd, &mut st) < 0 {
            return Err(last_error());
        }
        let kind = st.st_mode & libc::S_IFMT;
        Ok(Status {
            is_folder: kind == libc::S_IFDIR,
            is_character_device: kind == libc::S_IFCHR,
            size: st.st_size,
            block_size: st.st_blksize,
        })
    }
}

/// Keeps the descriptor from programs that this one starts.
pub fn set_not_inheritable(vm: &Vm, fd: i32) -> PyResult<()> {
    // SAFETY: calls on numbers.
    unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFD);
        if flags < 0 || libc::fcntl(fd, libc::F_SETFD, flags | libc::FD_CLOEXEC) < 0 {
            return Err(failure(vm));
        }
    }
    Ok(())
}

/// Whether there is an open file behind the descriptor.
pub fn is_open(fd: i32) -> bool {
    // SAFETY: a query about a number.
    unsafe { libc::fcntl(fd, libc::F_GETFD) >= 0 }
}
