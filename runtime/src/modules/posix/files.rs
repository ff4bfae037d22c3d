//! Functions of paths.

use std::ffi::CStr;
use std::mem::MaybeUninit;

use taipan_layout::Value;

use super::path::{self, PathArg, argument, dir_fd, flag};
use super::{check, failure, last_error};
use crate::modules::native::{given, passed};
use crate::modules::structseq::{self, STAT_VISIBLE};
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::{bytes, exceptions, float, int, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static FUNCTIONS: &[MethodSpec] = &[
    function1("fspath", "($module, /, path)", |vm, _, v| path::fspath(vm, v), "The path as str or bytes."),
    function(
        "stat",
        "($module, /, path, *, dir_fd=None, follow_symlinks=True)",
        stat,
        "The state of a file.",
    ),
    function("lstat", "($module, /, path, *, dir_fd=None)", lstat, "The state of a file, of a link itself."),
    function1("fstat", "($module, /, fd)", fstat, "The state of an open file."),
    function(
        "access",
        "($module, /, path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)",
        access,
        "Whether the process may use a path.",
    ),
    function("mkdir", "($module, /, path, mode=511, *, dir_fd=None)", mkdir, "Create a folder."),
    function("rmdir", "($module, /, path, *, dir_fd=None)", rmdir, "Remove an empty folder."),
    function("unlink", "($module, /, path, *, dir_fd=None)", unlink, "Remove a file."),
    function("remove", "($module, /, path, *, dir_fd=None)", remove, "Remove a file."),
    function(
        "rename",
        "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        rename,
        "Rename a file or folder.",
    ),
    function(
        "replace",
        "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        replace,
        "Rename a file or folder, over what is there.",
    ),
    function(
        "link",
        "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)",
        link,
        "Create a hard link.",
    ),
    function(
        "symlink",
        "($module, /, src, dst, target_is_directory=False, *, dir_fd=None)",
        symlink,
        "Create a symbolic link.",
    ),
    function("readlink", "($module, /, path, *, dir_fd=None)", readlink, "The target of a symbolic link."),
    function(
        "open",
        "($module, /, path, flags, mode=511, *, dir_fd=None)",
        open,
        "Open a file; its descriptor.",
    ),
    function(
        "chmod",
        "($module, /, path, mode, *, dir_fd=None, follow_symlinks=True)",
        chmod,
        "Change the permissions of a file.",
    ),
    function(
        "chown",
        "($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True)",
        chown,
        "Change the owner of a file.",
    ),
    function(
        "lchown",
        "($module, /, path, uid, gid)",
        lchown,
        "Change the owner of a file, of a link itself.",
    ),
    function(
        "utime",
        "($module, /, path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks=True)",
        utime,
        "Set the times of a file.",
    ),
    function("truncate", "($module, /, path, length)", truncate, "Cut a file to a length."),
    function("mkfifo", "($module, /, path, mode=438, *, dir_fd=None)", mkfifo, "Create a named pipe."),
    function(
        "mknod",
        "($module, /, path, mode=384, device=0, *, dir_fd=None)",
        mknod,
        "Create a file system node.",
    ),
    function1("chdir", "($module, /, path)", chdir, "Change the current folder."),
    function1("chroot", "($module, /, path)", chroot, "Change the root folder."),
    function0("getcwd", getcwd, "The current folder."),
    function0("getcwdb", getcwdb, "The current folder as bytes."),
    function1("statvfs", "($module, /, path)", statvfs, "The state of a file system."),
    function("pathconf", "($module, /, path, name)", pathconf, "A limit of a file."),
    function1(
        "_path_normpath",
        "($module, /, path)",
        normpath,
        "The path without empty parts, '.' and what '..' takes back.",
    ),
    function1(
        "_path_splitroot_ex",
        "($module, path, /)",
        splitroot,
        "Split a pathname into drive, root and tail.",
    ),
    function1(
        "_path_exists",
        "($module, /, path)",
        |vm, _, v| test(vm, v, |_| true),
        "Whether a path exists.",
    ),
    function1(
        "_path_isfile",
        "($module, /, path)",
        |vm, _, v| test(vm, v, |m| m == libc::S_IFREG),
        "Whether a path is a file.",
    ),
    function1(
        "_path_isdir",
        "($module, /, path)",
        |vm, _, v| test(vm, v, |m| m == libc::S_IFDIR),
        "Whether a path is a folder.",
    ),
];

/// The visible integers, then seconds as floats, nanoseconds and what is only reached by name.
pub fn stat_result(vm: &Vm, st: &libc::stat) -> PyResult {
    let int = |n: i128| int::from_i128(vm, n);
    let times =
        [(st.st_atime, st.st_atime_nsec), (st.st_mtime, st.st_mtime_nsec), (st.st_ctime, st.st_ctime_nsec)];
    let mut items = vec![
        int(st.st_mode.into())?,
        int(st.st_ino.into())?,
        int(st.st_dev.into())?,
        int(st.st_nlink.into())?,
        int(st.st_uid.into())?,
        int(st.st_gid.into())?,
        int(st.st_size.into())?,
    ];
    for (s, _) in times {
        items.push(int(s.into())?);
    }
    for (s, ns) in times {
        items.push(float::new(vm, s as f64 + 1e-9 * ns as f64)?);
    }
    for (s, ns) in times {
        items.push(int(i128::from(s) * 1_000_000_000 + i128::from(ns))?);
    }
    items.extend([int(st.st_blksize.into())?, int(st.st_blocks.into())?, int(st.st_rdev.into())?]);
    let items: Vec<Value> = items.iter().map(|v| **v).collect();
    structseq::new_hidden(vm, vm.types.stat_result, STAT_VISIBLE, &items)
}

/// The state of what `p` names; `Err`: the error number.
fn stat_raw(p: &PathArg, dir: i32, follow: bool) -> Result<libc::stat, i32> {
    let mut st = MaybeUninit::<libc::stat>::uninit();
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: the path ends with a zero byte, the result has room.
    let status = unsafe {
        match p.fd {
            Some(fd) => libc::fstat(fd, st.as_mut_ptr()),
            None => libc::fstatat(dir, p.text.as_ptr(), st.as_mut_ptr(), flags),
        }
    };
    // SAFETY: a successful call filled the result.
    if status < 0 { Err(last_error()) } else { Ok(unsafe { st.assume_init() }) }
}

/// The state of a file as the `os.DirEntry` methods need it.
pub fn stat_at(vm: &Vm, p: &PathArg, dir: i32, follow: bool) -> PyResult<libc::stat> {
    stat_raw(p, dir, follow).map_err(|errno| exceptions::errno_error(vm, errno, Some(*p.object)))
}

fn stat(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "stat", "path", true)?;
    let (dir, follow) = (dir_fd(vm, args[1])?, flag(vm, args[2], true)?);
    if p.fd.is_some() && dir != libc::AT_FDCWD {
        return Err(vm.value_error("stat: can't specify dir_fd without matching path"));
    }
    if p.fd.is_some() && !follow {
        return Err(vm.value_error("stat: cannot use fd and follow_symlinks together"));
    }
    match stat_raw(&p, dir, follow) {
        Ok(st) => stat_result(vm, &st),
        Err(errno) => Err(exceptions::errno_error(vm, errno, Some(*p.object))),
    }
}

fn lstat(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "lstat", "path", false)?;
    match stat_raw(&p, dir_fd(vm, args[1])?, false) {
        Ok(st) => stat_result(vm, &st),
        Err(errno) => Err(exceptions::errno_error(vm, errno, Some(*p.object))),
    }
}

fn fstat(vm: &Vm, _: Value, fd: Value) -> PyResult {
    let fd = protocol::index::to_i32(vm, fd)?;
    let mut st = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the result has room.
    check(vm, unsafe { libc::fstat(fd, st.as_mut_ptr()) })?;
    // SAFETY: a successful call filled the result.
    let st = unsafe { st.assume_init() };
    stat_result(vm, &st)
}

/// `os.path.exists` and its kin: wrong arguments are simply not there.
fn test(vm: &Vm, v: Value, wanted: fn(libc::mode_t) -> bool) -> PyResult {
    let p = match argument(vm, v, "stat", "path", true) {
        Ok(p) => p,
        Err(raised) => {
            // An embedded zero or an unencodable name names nothing.
            let e = vm.catch(raised, vm.types.value_error)?;
            drop(e);
            return Ok(Owned::bool(false));
        }
    };
    Ok(Owned::bool(stat_raw(&p, libc::AT_FDCWD, true).is_ok_and(|st| wanted(st.st_mode & libc::S_IFMT))))
}

fn access(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "access", "path", false)?;
    let mode = protocol::index::to_i32(vm, args[1])?;
    let dir = dir_fd(vm, args[2])?;
    let mut flags = 0;
    if flag(vm, args[3], false)? {
        flags |= libc::AT_EACCESS;
    }
    if !flag(vm, args[4], true)? {
        flags |= libc::AT_SYMLINK_NOFOLLOW;
    }
    // SAFETY: the path ends with a zero byte.
    Ok(Owned::bool(unsafe { libc::faccessat(dir, p.text.as_ptr(), mode, flags) } == 0))
}

fn mode_argument(vm: &Vm, v: Value, default: u32) -> PyResult<libc::mode_t> {
    match passed(v) {
        Some(v) => Ok(protocol::index::to_i32(vm, v)? as libc::mode_t),
        None => Ok(default),
    }
}

fn mkdir(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "mkdir", "path", false)?;
    let (mode, dir) = (mode_argument(vm, args[1], 0o777)?, dir_fd(vm, args[2])?);
    // SAFETY: the path ends with a zero byte.
    p.check(vm, unsafe { libc::mkdirat(dir, p.text.as_ptr(), mode) })?;
    Ok(Owned::none())
}

fn unlink_at(vm: &Vm, args: &[Value], function: &str, flags: i32) -> PyResult {
    let p = argument(vm, args[0], function, "path", false)?;
    let dir = dir_fd(vm, args[1])?;
    // SAFETY: the path ends with a zero byte.
    p.check(vm, unsafe { libc::unlinkat(dir, p.text.as_ptr(), flags) })?;
    Ok(Owned::none())
}

fn rmdir(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    unlink_at(vm, args, "rmdir", libc::AT_REMOVEDIR)
}

fn unlink(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    unlink_at(vm, args, "unlink", 0)
}

fn remove(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    unlink_at(vm, args, "remove", 0)
}

/// `OSError` that names two paths.
fn failure_of_two(vm: &Vm, a: &PathArg, b: &PathArg) -> Raised {
    let errno = last_error();
    let text = match crate::objects::str::new(vm, &exceptions::strerror(errno)) {
        Ok(text) => text,
        Err(raised) => return raised,
    };
    let number = Value::fixnum(i64::from(errno));
    vm.raise_with(vm.types.os_error, &[number, *text, *a.object, Value::NONE, *b.object])
}

fn two_paths(vm: &Vm, args: &[Value], function: &str) -> PyResult<(PathArg, PathArg)> {
    Ok((argument(vm, args[0], function, "src", false)?, argument(vm, args[1], function, "dst", false)?))
}

fn rename_as(vm: &Vm, args: &[Value], function: &str) -> PyResult {
    let (src, dst) = two_paths(vm, args, function)?;
    let (src_dir, dst_dir) = (dir_fd(vm, args[2])?, dir_fd(vm, args[3])?);
    // SAFETY: both paths end with a zero byte.
    if unsafe { libc::renameat(src_dir, src.text.as_ptr(), dst_dir, dst.text.as_ptr()) } < 0 {
        return Err(failure_of_two(vm, &src, &dst));
    }
    Ok(Owned::none())
}

fn rename(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    rename_as(vm, args, "rename")
}

fn replace(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    rename_as(vm, args, "replace")
}

fn link(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (src, dst) = two_paths(vm, args, "link")?;
    let (src_dir, dst_dir) = (dir_fd(vm, args[2])?, dir_fd(vm, args[3])?);
    let flags = if flag(vm, args[4], true)? { libc::AT_SYMLINK_FOLLOW } else { 0 };
    // SAFETY: both paths end with a zero byte.
    if unsafe { libc::linkat(src_dir, src.text.as_ptr(), dst_dir, dst.text.as_ptr(), flags) } < 0 {
        return Err(failure_of_two(vm, &src, &dst));
    }
    Ok(Owned::none())
}

fn symlink(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (src, dst) = two_paths(vm, args, "symlink")?;
    let dir = dir_fd(vm, args[3])?;
    // SAFETY: both paths end with a zero byte.
    if unsafe { libc::symlinkat(src.text.as_ptr(), dir, dst.text.as_ptr()) } < 0 {
        return Err(failure_of_two(vm, &src, &dst));
    }
    Ok(Owned::none())
}

/// A path as the argument's type.
fn like(vm: &Vm, p: &PathArg, name: &[u8]) -> PyResult {
    if p.is_bytes(vm) { bytes::new(vm, name) } else { path::decode(vm, name) }
}

fn readlink(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "readlink", "path", false)?;
    let dir = dir_fd(vm, args[1])?;
    let mut target = vec![0u8; libc::PATH_MAX as usize];
    // SAFETY: the path ends with a zero byte; at most as much is written as there is room.
    let n = unsafe { libc::readlinkat(dir, p.text.as_ptr(), target.as_mut_ptr().cast(), target.len()) };
    let n = p.check(vm, n)?;
    like(vm, &p, &target[..n as usize])
}

fn open(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "open", "path", false)?;
    let flags = protocol::index::to_i32(vm, args[1])? | libc::O_CLOEXEC;
    let (mode, dir) = (mode_argument(vm, args[2], 0o777)?, dir_fd(vm, args[3])?);
    // SAFETY: the path ends with a zero byte.
    let fd = p.check(vm, unsafe { libc::openat(dir, p.text.as_ptr(), flags, mode) })?;
    Ok(Owned::fixnum(i64::from(fd)))
}

fn chmod(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "chmod", "path", true)?;
    let (mode, dir) = (mode_argument(vm, args[1], 0)?, dir_fd(vm, args[2])?);
    let flags = if flag(vm, args[3], true)? { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: the path ends with a zero byte.
    p.check(vm, unsafe {
        match p.fd {
            Some(fd) => libc::fchmod(fd, mode),
            None => libc::fchmodat(dir, p.text.as_ptr(), mode, flags),
        }
    })?;
    Ok(Owned::none())
}

fn owner(vm: &Vm, v: Value) -> PyResult<u32> {
    Ok(protocol::index::to_i64(vm, v)? as u32)
}

fn chown(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "chown", "path", true)?;
    let (uid, gid, dir) = (owner(vm, args[1])?, owner(vm, args[2])?, dir_fd(vm, args[3])?);
    let flags = if flag(vm, args[4], true)? { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: the path ends with a zero byte.
    p.check(vm, unsafe {
        match p.fd {
            Some(fd) => libc::fchown(fd, uid, gid),
            None => libc::fchownat(dir, p.text.as_ptr(), uid, gid, flags),
        }
    })?;
    Ok(Owned::none())
}

fn lchown(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "lchown", "path", false)?;
    // SAFETY: the path ends with a zero byte.
    p.check(vm, unsafe { libc::lchown(p.text.as_ptr(), owner(vm, args[1])?, owner(vm, args[2])?) })?;
    Ok(Owned::none())
}

fn time_of_seconds(vm: &Vm, v: Value) -> PyResult<libc::timespec> {
    let seconds = protocol::number::to_float(vm, v)?;
    let whole = seconds.floor();
    Ok(libc::timespec { tv_sec: whole as i64, tv_nsec: ((seconds - whole) * 1e9) as i64 })
}

fn time_of_nanoseconds(vm: &Vm, v: Value) -> PyResult<libc::timespec> {
    let parts = protocol::number::divmod(vm, v, Value::fixnum(1_000_000_000))?;
    let [s, ns] = *tuple::items(&parts) else { return Err(vm.type_error("divmod() did not return a pair")) };
    Ok(libc::timespec { tv_sec: protocol::index::to_i64(vm, s)?, tv_nsec: protocol::index::to_i64(vm, ns)? })
}

fn utime(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "utime", "path", true)?;
    let (times, ns) = (given(args[1]), passed(args[2]));
    let (dir, follow) = (dir_fd(vm, args[3])?, flag(vm, args[4], true)?);
    let now = libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_NOW };
    let pair = |v: Value, complaint: &str, f: fn(&Vm, Value) -> PyResult<libc::timespec>| {
        let ok = type_of(vm, v).is_subtype_of(vm.types.tuple) && tuple::items(&v).len() == 2;
        if !ok {
            return Err(vm.type_error(complaint));
        }
        let (a, b) = (tuple::items(&v)[0].own(), tuple::items(&v)[1].own());
        Ok([f(vm, *a)?, f(vm, *b)?])
    };
    let times = match (times, ns) {
        (Some(_), Some(_)) => {
            return Err(vm.value_error("utime: you may specify either 'times' or 'ns' but not both"));
        }
        (Some(t), None) => {
            pair(t, "utime: 'times' must be either a tuple of two ints or None", time_of_seconds)?
        }
        (None, Some(t)) => pair(t, "utime: 'ns' must be a tuple of two ints", time_of_nanoseconds)?,
        (None, None) => [now, now],
    };
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: the path ends with a zero byte; there are two times.
    p.check(vm, unsafe {
        match p.fd {
            Some(fd) => libc::futimens(fd, times.as_ptr()),
            None => libc::utimensat(dir, p.text.as_ptr(), times.as_ptr(), flags),
        }
    })?;
    Ok(Owned::none())
}

fn truncate(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "truncate", "path", true)?;
    let length = protocol::index::to_i64(vm, args[1])?;
    // SAFETY: the path ends with a zero byte.
    p.check(vm, unsafe {
        match p.fd {
            Some(fd) => libc::ftruncate(fd, length),
            None => libc::truncate(p.text.as_ptr(), length),
        }
    })?;
    Ok(Owned::none())
}

fn mkfifo(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "mkfifo", "path", false)?;
    let (mode, dir) = (mode_argument(vm, args[1], 0o666)?, dir_fd(vm, args[2])?);
    // SAFETY: the path ends with a zero byte.
    p.check(vm, unsafe { libc::mkfifoat(dir, p.text.as_ptr(), mode) })?;
    Ok(Owned::none())
}

fn mknod(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "mknod", "path", false)?;
    let (mode, dir) = (mode_argument(vm, args[1], 0o600)?, dir_fd(vm, args[3])?);
    let device = passed(args[2]).map_or(Ok(0), |v| protocol::index::to_i64(vm, v))?;
    // SAFETY: the path ends with a zero byte.
    p.check(vm, unsafe { libc::mknodat(dir, p.text.as_ptr(), mode, device as libc::dev_t) })?;
    Ok(Owned::none())
}

fn chdir(vm: &Vm, _: Value, v: Value) -> PyResult {
    let p = argument(vm, v, "chdir", "path", true)?;
    // SAFETY: the path ends with a zero byte.
    p.check(vm, unsafe {
        match p.fd {
            Some(fd) => libc::fchdir(fd),
            None => libc::chdir(p.text.as_ptr()),
        }
    })?;
    Ok(Owned::none())
}

fn chroot(vm: &Vm, _: Value, v: Value) -> PyResult {
    let p = argument(vm, v, "chroot", "path", false)?;
    // SAFETY: the path ends with a zero byte.
    p.check(vm, unsafe { libc::chroot(p.text.as_ptr()) })?;
    Ok(Owned::none())
}

fn current_folder(vm: &Vm) -> PyResult<Vec<u8>> {
    let mut buffer = [MaybeUninit::<u8>::uninit(); libc::PATH_MAX as usize];
    // SAFETY: the call writes at most as much as there is room, with a zero byte at the end.
    unsafe {
        if libc::getcwd(buffer.as_mut_ptr().cast(), buffer.len()).is_null() {
            return Err(failure(vm));
        }
        Ok(CStr::from_ptr(buffer.as_ptr().cast()).to_bytes().to_vec())
    }
}

/// The current folder; `None` when there is none to be had.
pub(in crate::modules) fn current_folder_text(vm: &Vm) -> PyResult<Option<Owned>> {
    match current_folder(vm) {
        Ok(folder) => path::decode(vm, &folder).map(Some),
        Err(raised) => {
            drop(vm.catch(raised, vm.types.os_error)?);
            Ok(None)
        }
    }
}

fn getcwd(vm: &Vm, _: Value) -> PyResult {
    path::decode(vm, &current_folder(vm)?)
}

fn getcwdb(vm: &Vm, _: Value) -> PyResult {
    bytes::new(vm, &current_folder(vm)?)
}

fn statvfs(vm: &Vm, _: Value, v: Value) -> PyResult {
    let p = argument(vm, v, "statvfs", "path", true)?;
    let mut st = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path ends with a zero byte, the result has room.
    p.check(vm, unsafe {
        match p.fd {
            Some(fd) => libc::fstatvfs(fd, st.as_mut_ptr()),
            None => libc::statvfs(p.text.as_ptr(), st.as_mut_ptr()),
        }
    })?;
    // SAFETY: a successful call filled the result.
    let st = unsafe { st.assume_init() };
    let numbers = [
        st.f_bsize,
        st.f_frsize,
        st.f_blocks,
        st.f_bfree,
        st.f_bavail,
        st.f_files,
        st.f_ffree,
        st.f_favail,
        st.f_flag,
        st.f_namemax,
    ];
    let items = numbers.iter().map(|n| int::from_u64(vm, *n)).collect::<PyResult<Vec<_>>>()?;
    let items: Vec<Value> = items.iter().map(|v| **v).collect();
    structseq::new(vm, vm.types.statvfs_result, &items)
}

fn pathconf(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "pathconf", "path", true)?;
    let name = super::process::configuration_name(vm, args[1], super::constants::PATHCONF_NAMES)?;
    // SAFETY: the path ends with a zero byte.
    let n = unsafe {
        match p.fd {
            Some(fd) => libc::fpathconf(fd, name),
            None => libc::pathconf(p.text.as_ptr(), name),
        }
    };
    int::new(vm, n)
}

/// The text of a path: `.` and `..` taken out, slashes single.
fn normpath(vm: &Vm, _: Value, v: Value) -> PyResult {
    let p = path::fspath(vm, v)?;
    let is_bytes = crate::objects::is_instance(vm, *p, vm.types.bytes);
    let text = path::encode(vm, *p)?;
    // Exactly two leading slashes have a meaning of their own in POSIX.
    let slashes = text.iter().take_while(|b| **b == b'/').count();
    let root: &[u8] = match slashes {
        0 => b"",
        2 => b"//",
        _ => b"/",
    };
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in text.split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if !root.is_empty() => {}
            part => parts.push(part),
        }
    }
    let mut out = root.to_vec();
    out.extend(parts.join(&b'/'));
    if out.is_empty() {
        out.push(b'.');
    }
    if is_bytes { bytes::new(vm, &out) } else { path::decode(vm, &out) }
}

fn splitroot(vm: &Vm, _: Value, v: Value) -> PyResult {
    let p = path::fspath(vm, v)?;
    let is_bytes = crate::objects::is_instance(vm, *p, vm.types.bytes);
    let text = path::encode(vm, *p)?;
    let root = match text.iter().take_while(|b| **b == b'/').count() {
        0 => 0,
        2 => 2,
        _ => 1,
    };
    let part = |b: &[u8]| if is_bytes { bytes::new(vm, b) } else { path::decode(vm, b) };
    let parts = [part(b"")?, part(&text[..root])?, part(&text[root..])?];
    tuple::from_owned(vm, parts.into())
}
