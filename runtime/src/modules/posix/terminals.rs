//! Terminals: pseudo-terminals, the process group that a terminal's signals go to.

use taipan_layout::Value;

use super::process::forked;
use super::{check, last_error};
use crate::modules::select::descriptor;
use crate::objects::exceptions;
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::{str, tuple};
use crate::owned::{Owned, PyResult};
use crate::protocol::index;
use crate::vm::Vm;

pub static FUNCTIONS: &[MethodSpec] = &[
    function0(
        "_is_inputhook_installed",
        |_, _| Ok(Owned::bool(false)),
        "Whether something wants to run while input is waited for; nothing can.",
    ),
    function0("_inputhook", |_, _| Ok(Owned::none()), "Runs what wants to run while input is waited for."),
    function0("openpty", openpty, "Open a pseudo-terminal; its two descriptors, (master, slave)."),
    function0(
        "forkpty",
        forkpty,
        "Fork with a new pseudo-terminal as the child's controlling terminal; (pid, master).\n\nThe pid is 0 in the child.",
    ),
    function1(
        "login_tty",
        "($module, fd, /)",
        |vm, _, v| {
            let fd = descriptor(vm, v)?;
            // SAFETY: a call on a number.
            check(vm, unsafe { libc::login_tty(fd) }).map(|_| Owned::none())
        },
        "Make a terminal the controlling one and the standard streams of a new session.",
    ),
    function1(
        "posix_openpt",
        "($module, oflag, /)",
        |vm, _, v| {
            let flags = index::to_i32(vm, v)? | libc::O_CLOEXEC;
            // SAFETY: a call on a number.
            check(vm, unsafe { libc::posix_openpt(flags) }).map(number)
        },
        "Open a pseudo-terminal; the descriptor of its master.",
    ),
    function1(
        "grantpt",
        "($module, fd, /)",
        |vm, _, v| {
            let fd = descriptor(vm, v)?;
            // SAFETY: a call on a number.
            check(vm, unsafe { libc::grantpt(fd) }).map(|_| Owned::none())
        },
        "Give the slave of a pseudo-terminal to the user.",
    ),
    function1(
        "unlockpt",
        "($module, fd, /)",
        |vm, _, v| {
            let fd = descriptor(vm, v)?;
            // SAFETY: a call on a number.
            check(vm, unsafe { libc::unlockpt(fd) }).map(|_| Owned::none())
        },
        "Allow the slave of a pseudo-terminal to be opened.",
    ),
    function1("ptsname", "($module, fd, /)", ptsname, "The name of the slave of a pseudo-terminal."),
    function1(
        "tcgetpgrp",
        "($module, fd, /)",
        |vm, _, v| {
            let fd = index::to_i32(vm, v)?;
            // SAFETY: a call on a number.
            check(vm, unsafe { libc::tcgetpgrp(fd) }).map(number)
        },
        "The process group in the foreground of a terminal.",
    ),
    function(
        "tcsetpgrp",
        "($module, fd, pgid, /)",
        |vm, _, args| {
            let (fd, group) = (index::to_i32(vm, args[0])?, index::to_i32(vm, args[1])?);
            // SAFETY: a call on numbers.
            check(vm, unsafe { libc::tcsetpgrp(fd, group) }).map(|_| Owned::none())
        },
        "Set the process group in the foreground of a terminal.",
    ),
    function0(
        "ctermid",
        |vm, _| str::new(vm, "/dev/tty"),
        "The name of this process's controlling terminal.",
    ),
];

fn number(n: i32) -> Owned {
    Owned::fixnum(i64::from(n))
}

fn openpty(vm: &Vm, _: Value) -> PyResult {
    let (mut master, mut slave) = (0, 0);
    let null = std::ptr::null_mut();
    // SAFETY: there is room for two descriptors; no name, attributes or size are wanted.
    unsafe {
        check(vm, libc::openpty(&mut master, &mut slave, null, null.cast(), null.cast()))?;
        for fd in [master, slave] {
            check(vm, libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC))?;
        }
    }
    tuple::pair(vm, number(master), number(slave))
}

fn forkpty(vm: &Vm, _: Value) -> PyResult {
    let mut master = -1;
    let null = std::ptr::null_mut();
    let pid = forked(vm, "forkpty", || {
        // SAFETY: there is room for a descriptor; what other threads of the runtime hold is not used by the child.
        unsafe { libc::forkpty(&mut master, null, null.cast(), null.cast()) }
    })?;
    tuple::pair(vm, number(pid), number(master))
}

fn ptsname(vm: &Vm, _: Value, v: Value) -> PyResult {
    let fd = descriptor(vm, v)?;
    let mut name = [0u8; 128];
    // SAFETY: the system writes no more than there is room, a zero byte included.
    let status = unsafe { libc::ptsname_r(fd, name.as_mut_ptr().cast(), name.len()) };
    if status != 0 {
        let error = if status > 0 { status } else { last_error() };
        return Err(exceptions::errno_error(vm, error, None));
    }
    let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
    super::path::decode(vm, &name[..end])
}
