//! `fcntl`: what can be done to file descriptors besides reading and writing.

use taipan_layout::Value;

use super::NativeModule;
use super::native::passed;
use super::select::descriptor;
use crate::objects::spec::{MethodSpec, function};
use crate::objects::{bytes, exceptions, int, str, type_of};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "fcntl",
    doc: "This module performs file control and I/O control on file descriptors.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        for (name, number) in NUMBERS {
            super::set(vm, m, name, Value::fixnum(*number))?;
        }
        Ok(())
    },
};

/// Bytes that a call may pass to the system.
const MOST: usize = 1024;

static NUMBERS: &[(&str, i64)] = &[
    ("FD_CLOEXEC", libc::FD_CLOEXEC as i64),
    ("F_ADD_SEALS", libc::F_ADD_SEALS as i64),
    ("F_DUPFD", libc::F_DUPFD as i64),
    ("F_DUPFD_CLOEXEC", libc::F_DUPFD_CLOEXEC as i64),
    ("F_GETFD", libc::F_GETFD as i64),
    ("F_GETFL", libc::F_GETFL as i64),
    ("F_GETLEASE", libc::F_GETLEASE as i64),
    ("F_GETLK", libc::F_GETLK as i64),
    ("F_GETOWN", libc::F_GETOWN as i64),
    ("F_GETPIPE_SZ", libc::F_GETPIPE_SZ as i64),
    ("F_GET_SEALS", libc::F_GET_SEALS as i64),
    ("F_NOTIFY", libc::F_NOTIFY as i64),
    ("F_OFD_GETLK", libc::F_OFD_GETLK as i64),
    ("F_OFD_SETLK", libc::F_OFD_SETLK as i64),
    ("F_OFD_SETLKW", libc::F_OFD_SETLKW as i64),
    ("F_RDLCK", libc::F_RDLCK as i64),
    ("F_SEAL_FUTURE_WRITE", libc::F_SEAL_FUTURE_WRITE as i64),
    ("F_SEAL_GROW", libc::F_SEAL_GROW as i64),
    ("F_SEAL_SEAL", libc::F_SEAL_SEAL as i64),
    ("F_SEAL_SHRINK", libc::F_SEAL_SHRINK as i64),
    ("F_SEAL_WRITE", libc::F_SEAL_WRITE as i64),
    ("F_SETFD", libc::F_SETFD as i64),
    ("F_SETFL", libc::F_SETFL as i64),
    ("F_SETLEASE", libc::F_SETLEASE as i64),
    ("F_SETLK", libc::F_SETLK as i64),
    ("F_SETLKW", libc::F_SETLKW as i64),
    ("F_SETOWN", libc::F_SETOWN as i64),
    ("F_SETPIPE_SZ", libc::F_SETPIPE_SZ as i64),
    ("F_UNLCK", libc::F_UNLCK as i64),
    ("F_WRLCK", libc::F_WRLCK as i64),
    ("LOCK_EX", libc::LOCK_EX as i64),
    ("LOCK_NB", libc::LOCK_NB as i64),
    ("LOCK_SH", libc::LOCK_SH as i64),
    ("LOCK_UN", libc::LOCK_UN as i64),
    ("DN_ACCESS", 1),
    ("DN_MODIFY", 2),
    ("DN_CREATE", 4),
    ("DN_DELETE", 8),
    ("DN_RENAME", 16),
    ("DN_ATTRIB", 32),
    ("DN_MULTISHOT", 2147483648),
    ("FASYNC", 8192),
    ("FICLONE", 1074041865),
    ("FICLONERANGE", 1075876877),
    ("F_DUPFD_QUERY", 1027),
    ("F_EXLCK", 4),
    ("F_GETLK64", 5),
    ("F_GETOWN_EX", 16),
    ("F_GETSIG", 11),
    ("F_GET_FILE_RW_HINT", 1037),
    ("F_GET_RW_HINT", 1035),
    ("F_OWNER_PGRP", 2),
    ("F_OWNER_PID", 1),
    ("F_OWNER_TID", 0),
    ("F_SETLK64", 6),
    ("F_SETLKW64", 7),
    ("F_SETOWN_EX", 15),
    ("F_SETSIG", 10),
    ("F_SET_FILE_RW_HINT", 1038),
    ("F_SET_RW_HINT", 1036),
    ("F_SHLCK", 8),
    ("LOCK_MAND", 32),
    ("LOCK_READ", 64),
    ("LOCK_RW", 192),
    ("LOCK_WRITE", 128),
    ("RWH_WRITE_LIFE_EXTREME", 5),
    ("RWH_WRITE_LIFE_LONG", 4),
    ("RWH_WRITE_LIFE_MEDIUM", 3),
    ("RWH_WRITE_LIFE_NONE", 1),
    ("RWH_WRITE_LIFE_NOT_SET", 0),
    ("RWH_WRITE_LIFE_SHORT", 2),
];

static FUNCTIONS: &[MethodSpec] = &[
    function("fcntl", "($module, fd, cmd, arg=0, /)", fcntl, "Perform an operation on a file descriptor."),
    function(
        "ioctl",
        "($module, fd, request, arg=0, mutate_flag=True, /)",
        ioctl,
        "Perform an operation on a device.\n\nA writable buffer as the argument is changed in place, unless the flag is false.",
    ),
    function("flock", "($module, fd, operation, /)", flock, "Lock or unlock a whole file."),
    function(
        "lockf",
        "($module, fd, cmd, len=0, start=0, whence=0, /)",
        lockf,
        "Lock or unlock a part of a file.",
    ),
];

#[cold]
fn failure(vm: &Vm) -> Raised {
    let error = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
    exceptions::errno_error(vm, error, None)
}

/// Repeats a call that a signal interrupted (PEP 475).
fn retry(vm: &Vm, mut call: impl FnMut() -> i32) -> PyResult<i32> {
    loop {
        let n = vm.unlocked(&mut call);
        if n >= 0 {
            return Ok(n);
        }
        if std::io::Error::last_os_error().raw_os_error() != Some(libc::EINTR) {
            return Err(failure(vm));
        }
        crate::signals::deliver(vm)?;
    }
}

/// The third argument as a number, its lower bits if there are more.
fn number(vm: &Vm, v: Value) -> PyResult<Option<i64>> {
    if v.is_null() {
        return Ok(Some(0));
    }
    if !int::is_int(vm, v) && type_of(vm, v).slots().index.is_none() {
        return Ok(None);
    }
    let n = protocol::number::index(vm, v)?;
    let low = int::to_big(*n).unwrap_or_default() & dashu_int::IBig::from(u64::MAX);
    Ok(Some(u64::try_from(low).unwrap_or_default() as i64))
}

/// The third argument as bytes.
fn contents(vm: &Vm, v: Value, function: &str) -> PyResult<Vec<u8>> {
    let given = if str::is_str(vm, v) {
        super::posix::path::encode(vm, v)?
    } else if bytes::is_bytes_like(vm, v) {
        bytes::buffer(vm, v)?.as_slice().to_vec()
    } else {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!(
            "{function}() argument 3 must be an integer, a bytes-like object, or a string, not {got}"
        )));
    };
    if given.len() > MOST {
        return Err(vm.value_error(&format!("{function} argument 3 is too long")));
    }
    Ok(given)
}

/// A copy of the contents in memory that an operation may write more to than it was given.
fn roomy(contents: &[u8]) -> [u8; MOST + 8] {
    let mut room = [0; MOST + 8];
    room[..contents.len()].copy_from_slice(contents);
    room
}

fn fcntl(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let fd = descriptor(vm, args[0])?;
    let command = protocol::index::to_i32(vm, args[1])?;
    if let Some(n) = number(vm, args[2])? {
        // SAFETY: a call on numbers; what the command takes for an address the program answers for.
        let answer = retry(vm, || unsafe { libc::fcntl(fd, command, n) })?;
        return Ok(Owned::fixnum(i64::from(answer)));
    }
    let given = contents(vm, args[2], "fcntl")?;
    let mut room = roomy(&given);
    // SAFETY: the room is larger than what was given; the program chose the command to fit.
    retry(vm, || unsafe { libc::fcntl(fd, command, room.as_mut_ptr()) })?;
    bytes::new(vm, &room[..given.len()])
}

fn ioctl(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let fd = descriptor(vm, args[0])?;
    let request = number(vm, args[1])?;
    let request = match request {
        Some(n) => n as u32 as libc::c_ulong,
        None => protocol::index::to_i64(vm, args[1])? as libc::c_ulong,
    };
    if let Some(n) = number(vm, args[2])? {
        // SAFETY: as for `fcntl`.
        let answer = retry(vm, || unsafe { libc::ioctl(fd, request as _, n) })?;
        return Ok(Owned::fixnum(i64::from(answer)));
    }
    let in_place = passed(args[3]).map_or(Ok(true), |v| protocol::compare::is_true(vm, v))?;
    if in_place && !str::is_str(vm, args[2]) && bytes::is_bytes_like(vm, args[2]) {
        let mut buffer = bytes::buffer(vm, args[2])?;
        if !buffer.readonly {
            // Small ones get more room, large ones have to do.
            let mut room = (buffer.len() <= MOST).then(|| roomy(buffer.as_slice()));
            let place = room.as_mut().map_or(buffer.as_ptr(), |room| room.as_mut_ptr());
            // SAFETY: the memory stays while the buffer is held; the program chose the request to fit.
            let answer = retry(vm, || unsafe { libc::ioctl(fd, request as _, place) })?;
            if let Some(room) = room {
                let n = buffer.len();
                buffer.as_mut_slice().copy_from_slice(&room[..n]);
            }
            return Ok(Owned::fixnum(i64::from(answer)));
        }
    }
    let given = contents(vm, args[2], "ioctl")?;
    let mut room = roomy(&given);
    // SAFETY: as for `fcntl`.
    retry(vm, || unsafe { libc::ioctl(fd, request as _, room.as_mut_ptr()) })?;
    bytes::new(vm, &room[..given.len()])
}

fn flock(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (fd, operation) = (descriptor(vm, args[0])?, protocol::index::to_i32(vm, args[1])?);
    // SAFETY: a call on numbers.
    retry(vm, || unsafe { libc::flock(fd, operation) })?;
    Ok(Owned::none())
}

fn lockf(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (fd, command) = (descriptor(vm, args[0])?, protocol::index::to_i32(vm, args[1])?);
    let offset = |v: Value| passed(v).map_or(Ok(0), |v| protocol::index::to_i64(vm, v));
    let (length, start) = (offset(args[2])?, offset(args[3])?);
    let whence = passed(args[4]).map_or(Ok(0), |v| protocol::index::to_i32(vm, v))?;
    let kind = if command == libc::LOCK_UN {
        libc::F_UNLCK
    } else if command & libc::LOCK_SH != 0 {
        libc::F_RDLCK
    } else if command & libc::LOCK_EX != 0 {
        libc::F_WRLCK
    } else {
        return Err(vm.value_error("unrecognized lockf argument"));
    };
    // SAFETY: all zero is a valid lock.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    (lock.l_type, lock.l_whence) = (kind as _, whence as _);
    (lock.l_start, lock.l_len) = (start, length);
    let operation = if command & libc::LOCK_NB != 0 { libc::F_SETLK } else { libc::F_SETLKW };
    // SAFETY: the lock is valid for the call.
    retry(vm, || unsafe { libc::fcntl(fd, operation, &raw const lock) })?;
    Ok(Owned::none())
}
