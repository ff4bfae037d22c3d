//! Functions of file descriptors.

use taipan_layout::Value;

use super::path::{descriptor, flag};
use super::{check, failure};
use crate::modules::native::passed;
use crate::modules::structseq;
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::{bytes, int, tuple};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static FUNCTIONS: &[MethodSpec] = &[
    function1("close", "($module, /, fd)", close, "Give a file descriptor back to the system."),
    function(
        "closerange",
        "($module, fd_low, fd_high, /)",
        closerange,
        "Close all descriptors in a range, ignoring errors.",
    ),
    function("read", "($module, fd, length, /)", read, "Read from a file descriptor."),
    function("readinto", "($module, fd, buffer, /)", readinto, "Read from a file descriptor into a buffer."),
    function("write", "($module, fd, data, /)", write, "Write to a file descriptor."),
    function("pread", "($module, fd, length, offset, /)", pread, "Read from a place in a file."),
    function("pwrite", "($module, fd, buffer, offset, /)", pwrite, "Write to a place in a file."),
    function("lseek", "($module, fd, position, how, /)", lseek, "Set the position of a file descriptor."),
    function0("pipe", |vm, _| pipe(vm, libc::O_CLOEXEC), "Create a pipe; its two ends."),
    function1(
        "pipe2",
        "($module, flags, /)",
        |vm, _, v| pipe(vm, protocol::index::to_i32(vm, v)?),
        "Create a pipe with flags.",
    ),
    function1("dup", "($module, fd, /)", dup, "Duplicate a file descriptor."),
    function(
        "dup2",
        "($module, /, fd, fd2, inheritable=True)",
        dup2,
        "Duplicate a file descriptor to a given one.",
    ),
    function1("isatty", "($module, fd, /)", isatty, "Whether the descriptor is a terminal."),
    function("fchmod", "($module, /, fd, mode)", fchmod, "Change the permissions of an open file."),
    function("fchown", "($module, /, fd, uid, gid)", fchown, "Change the owner of an open file."),
    function1("fchdir", "($module, /, fd)", fchdir, "Change the current folder to an open one."),
    function1(
        "fsync",
        "($module, /, fd)",
        |vm, _, v| {
            plain(vm, v, |fd| {
                // SAFETY: a call on a number.
                unsafe { libc::fsync(fd) }
            })
        },
        "Write a file to the disk.",
    ),
    function1(
        "fdatasync",
        "($module, /, fd)",
        |vm, _, v| {
            plain(vm, v, |fd| {
                // SAFETY: a call on a number.
                unsafe { libc::fdatasync(fd) }
            })
        },
        "Write a file's data to the disk.",
    ),
    function("ftruncate", "($module, fd, length, /)", ftruncate, "Cut an open file to a length."),
    function1(
        "get_inheritable",
        "($module, fd, /)",
        get_inheritable,
        "Whether a descriptor is passed on to programs.",
    ),
    function(
        "set_inheritable",
        "($module, fd, inheritable, /)",
        set_inheritable,
        "Set whether a descriptor is passed on.",
    ),
    function1("get_blocking", "($module, fd, /)", get_blocking, "Whether operations on the descriptor wait."),
    function(
        "set_blocking",
        "($module, fd, blocking, /)",
        set_blocking,
        "Set whether operations on the descriptor wait.",
    ),
    function(
        "get_terminal_size",
        "($module, fd=<unrepresentable>, /)",
        get_terminal_size,
        "The size of a terminal.",
    ),
    function1("ttyname", "($module, fd, /)", ttyname, "The name of a terminal."),
    function("sendfile", "($module, /, out_fd, in_fd, offset, count)", sendfile, "Copy between descriptors."),
];

fn fd(vm: &Vm, v: Value) -> PyResult<i32> {
    protocol::index::to_i32(vm, v)
}

fn plain(vm: &Vm, v: Value, call: fn(i32) -> i32) -> PyResult {
    let fd = descriptor(vm, v)?;
    check(vm, vm.unlocked(|| call(fd)))?;
    Ok(Owned::none())
}

/// Repeats a call that a signal interrupted (PEP 475).
pub fn retry(vm: &Vm, mut call: impl FnMut() -> isize) -> PyResult<usize> {
    loop {
        let n = vm.unlocked(&mut call);
        if n >= 0 {
            return Ok(n as usize);
        }
        if super::last_error() != libc::EINTR {
            return Err(failure(vm));
        }
        crate::signals::deliver(vm)?;
    }
}

fn close(vm: &Vm, _: Value, v: Value) -> PyResult {
    let fd = fd(vm, v)?;
    // SAFETY: a call on a number; the program answers for closing what others use.
    check(vm, unsafe { libc::close(fd) })?;
    Ok(Owned::none())
}

fn closerange(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    for n in fd(vm, args[0])?.max(0)..fd(vm, args[1])? {
        // SAFETY: as for `close`.
        unsafe { libc::close(n) };
    }
    Ok(Owned::none())
}

/// A buffer of the size that was asked for.
fn room(vm: &Vm, v: Value) -> PyResult<Vec<u8>> {
    let n = protocol::index::to_isize(vm, v)?;
    let Ok(n) = usize::try_from(n) else {
        return Err(crate::objects::exceptions::errno_error(vm, libc::EINVAL, None));
    };
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(n).map_err(|_| vm.memory_error())?;
    buffer.resize(n, 0);
    Ok(buffer)
}

fn read(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let fd = fd(vm, args[0])?;
    let mut buffer = room(vm, args[1])?;
    // SAFETY: at most as much is written as there is room.
    let n = retry(vm, || unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) })?;
    bytes::new(vm, &buffer[..n])
}

fn readinto(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let fd = fd(vm, args[0])?;
    let buffer = bytes::writable_buffer(vm, args[1], "readinto() argument 2")?;
    // SAFETY: the buffer's memory stays while it is held.
    let n = retry(vm, || unsafe { libc::read(fd, buffer.as_ptr().cast(), buffer.len()) })?;
    int::from_usize(vm, n)
}

fn write(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let fd = fd(vm, args[0])?;
    let data = bytes::buffer(vm, args[1])?;
    // SAFETY: the buffer's memory stays while it is held.
    let n = retry(vm, || unsafe { libc::write(fd, data.as_ptr().cast(), data.len()) })?;
    int::from_usize(vm, n)
}

fn pread(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (fd, offset) = (fd(vm, args[0])?, protocol::index::to_i64(vm, args[2])?);
    let mut buffer = room(vm, args[1])?;
    // SAFETY: at most as much is written as there is room.
    let n = retry(vm, || unsafe { libc::pread(fd, buffer.as_mut_ptr().cast(), buffer.len(), offset) })?;
    bytes::new(vm, &buffer[..n])
}

fn pwrite(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (fd, offset) = (fd(vm, args[0])?, protocol::index::to_i64(vm, args[2])?);
    let data = bytes::buffer(vm, args[1])?;
    // SAFETY: the buffer's memory stays while it is held.
    let n = retry(vm, || unsafe { libc::pwrite(fd, data.as_ptr().cast(), data.len(), offset) })?;
    int::from_usize(vm, n)
}

fn lseek(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (fd, position) = (fd(vm, args[0])?, protocol::index::to_i64(vm, args[1])?);
    let how = protocol::index::to_i32(vm, args[2])?;
    // SAFETY: a call on numbers.
    int::new(vm, check(vm, unsafe { libc::lseek(fd, position, how) })?)
}

fn pipe(vm: &Vm, flags: i32) -> PyResult {
    let mut ends = [0; 2];
    // SAFETY: there is room for two descriptors.
    check(vm, unsafe { libc::pipe2(ends.as_mut_ptr(), flags) })?;
    tuple::from_slice(vm, &ends.map(|fd| Value::fixnum(i64::from(fd))))
}

fn dup(vm: &Vm, _: Value, v: Value) -> PyResult {
    let fd = fd(vm, v)?;
    // SAFETY: a call on numbers.
    let new = check(vm, unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })?;
    Ok(Owned::fixnum(i64::from(new)))
}

fn dup2(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (from, to) = (fd(vm, args[0])?, fd(vm, args[1])?);
    let flags = if flag(vm, args[2], true)? || from == to { 0 } else { libc::O_CLOEXEC };
    // SAFETY: calls on numbers.
    let new = unsafe { if from == to { libc::dup2(from, to) } else { libc::dup3(from, to, flags) } };
    Ok(Owned::fixnum(i64::from(check(vm, new)?)))
}

fn isatty(vm: &Vm, _: Value, v: Value) -> PyResult {
    let fd = fd(vm, v)?;
    // SAFETY: a call on a number.
    Ok(Owned::bool(unsafe { libc::isatty(fd) } == 1))
}

fn fchmod(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (fd, mode) = (fd(vm, args[0])?, protocol::index::to_i32(vm, args[1])?);
    // SAFETY: a call on numbers.
    check(vm, unsafe { libc::fchmod(fd, mode as libc::mode_t) })?;
    Ok(Owned::none())
}

fn fchown(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (fd, uid, gid) =
        (fd(vm, args[0])?, protocol::index::to_i64(vm, args[1])?, protocol::index::to_i64(vm, args[2])?);
    // SAFETY: a call on numbers.
    check(vm, unsafe { libc::fchown(fd, uid as u32, gid as u32) })?;
    Ok(Owned::none())
}

fn fchdir(vm: &Vm, _: Value, v: Value) -> PyResult {
    plain(vm, v, |fd| {
        // SAFETY: a call on a number.
        unsafe { libc::fchdir(fd) }
    })
}

fn ftruncate(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (fd, length) = (fd(vm, args[0])?, protocol::index::to_i64(vm, args[1])?);
    // SAFETY: a call on numbers.
    check(vm, unsafe { libc::ftruncate(fd, length) })?;
    Ok(Owned::none())
}

fn get_inheritable(vm: &Vm, _: Value, v: Value) -> PyResult {
    let fd = fd(vm, v)?;
    // SAFETY: a call on numbers.
    let flags = check(vm, unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
    Ok(Owned::bool(flags & libc::FD_CLOEXEC == 0))
}

fn set_inheritable(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (fd, inheritable) = (fd(vm, args[0])?, protocol::index::to_i32(vm, args[1])?);
    let flags = if inheritable != 0 { 0 } else { libc::FD_CLOEXEC };
    // SAFETY: a call on numbers.
    check(vm, unsafe { libc::fcntl(fd, libc::F_SETFD, flags) })?;
    Ok(Owned::none())
}

fn get_blocking(vm: &Vm, _: Value, v: Value) -> PyResult {
    let fd = fd(vm, v)?;
    // SAFETY: a call on numbers.
    let flags = check(vm, unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    Ok(Owned::bool(flags & libc::O_NONBLOCK == 0))
}

fn set_blocking(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let fd = fd(vm, args[0])?;
    let blocking = protocol::compare::is_true(vm, args[1])?;
    // SAFETY: calls on numbers.
    unsafe {
        let flags = check(vm, libc::fcntl(fd, libc::F_GETFL))?;
        let flags = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
        check(vm, libc::fcntl(fd, libc::F_SETFL, flags))?;
    }
    Ok(Owned::none())
}

fn get_terminal_size(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let fd = match passed(args[0]) {
        Some(v) => fd(vm, v)?,
        None => 1,
    };
    // SAFETY: all zero is a valid size; the call fills it.
    let size = unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        check(vm, libc::ioctl(fd, libc::TIOCGWINSZ, &mut size))?;
        size
    };
    let items = [size.ws_col, size.ws_row].map(|n| Value::fixnum(i64::from(n)));
    structseq::new(vm, vm.types.terminal_size, &items)
}

fn ttyname(vm: &Vm, _: Value, v: Value) -> PyResult {
    let fd = fd(vm, v)?;
    let mut name = [0u8; 256];
    // SAFETY: at most as much is written as there is room.
    let errno = unsafe { libc::ttyname_r(fd, name.as_mut_ptr().cast(), name.len()) };
    if errno != 0 {
        return Err(crate::objects::exceptions::errno_error(vm, errno, None));
    }
    let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
    super::decode(vm, &name[..end])
}

fn sendfile(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (out, from) = (fd(vm, args[0])?, fd(vm, args[1])?);
    let count = protocol::index::to_usize(vm, args[3])?;
    let mut offset;
    let at = match crate::modules::native::given(args[2]) {
        Some(v) => {
            offset = protocol::index::to_i64(vm, v)?;
            &raw mut offset
        }
        None => std::ptr::null_mut(),
    };
    // SAFETY: `at` is null or points to a local.
    let n = retry(vm, || unsafe { libc::sendfile(out, from, at, count) })?;
    int::from_usize(vm, n)
}
