//! Processes, users, the environment, the system.

use std::ffi::{CStr, CString};

use taipan_layout::Value;

use super::path::{argument, encode};
use super::{check, failure, last_error};
use crate::modules::native::passed;
use crate::modules::structseq;
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::{bytes, exceptions, float, int, is_instance, list, str, tuple};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

macro_rules! number_functions {
    ($($name:literal $call:ident $doc:literal;)*) => {
        [$(function0($name, |_, _| {
            // SAFETY: a call without arguments.
            Ok(Owned::fixnum(i64::from(unsafe { libc::$call() })))
        }, $doc)),*]
    };
}

static NUMBERS: [MethodSpec; 8] = number_functions! {
    "getpid" getpid "The number of this process.";
    "getppid" getppid "The number of the parent process.";
    "getuid" getuid "The user of this process.";
    "geteuid" geteuid "The effective user of this process.";
    "getgid" getgid "The group of this process.";
    "getegid" getegid "The effective group of this process.";
    "getpgrp" getpgrp "The process group.";
    "sched_yield" sched_yield "Give the processor to others.";
};

pub static FUNCTIONS: &[MethodSpec] = &{
    [
        function("putenv", "($module, name, value, /)", putenv, "Set a variable of the environment."),
        function1("unsetenv", "($module, name, /)", unsetenv, "Take a variable out of the environment."),
        function1("strerror", "($module, code, /)", strerror, "The text for an error number."),
        function("_exit", "($module, /, status)", exit, "End the process at once."),
        function0("abort", |_, _| std::process::abort(), "End the process with a signal."),
        function("kill", "($module, pid, signal, /)", kill, "Send a signal to a process."),
        function("killpg", "($module, pgid, signal, /)", killpg, "Send a signal to a process group."),
        function1("umask", "($module, mask, /)", umask, "Set the mask of new files' permissions."),
        function1(
            "urandom",
            "($module, size, /)",
            |vm, _, v| random(vm, v, 0),
            "Random bytes for cryptography.",
        ),
        function("getrandom", "($module, /, size, flags=0)", getrandom, "Random bytes."),
        function0("cpu_count", cpu_count, "The number of processors."),
        function1(
            "sched_getaffinity",
            "($module, pid, /)",
            sched_getaffinity,
            "The processors that a process may use.",
        ),
        function(
            "register_at_fork",
            "($module, /, *, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)",
            register_at_fork,
            "Register functions that run when the process forks.",
        ),
        function0("fork", fork, "A copy of this process."),
        function("waitpid", "($module, pid, options, /)", waitpid, "Wait for a child process."),
        function0(
            "wait",
            |vm, m| waitpid(vm, m, &[Value::fixnum(-1), Value::fixnum(0)]),
            "Wait for any child process.",
        ),
        function1(
            "waitstatus_to_exitcode",
            "($module, /, status)",
            exit_code,
            "The exit code in a wait status.",
        ),
        function("execv", "($module, path, argv, /)", execv, "Run a program in this process."),
        function(
            "execve",
            "($module, /, path, argv, env)",
            execve,
            "Run a program in this process, with an environment.",
        ),
        function1("system", "($module, /, command)", system, "Run a command in a shell."),
        function0("times", times, "The times that the process used."),
        function0("uname", uname, "The names of the system."),
        function0("getlogin", getlogin, "The name of the user who logged in."),
        function0("getgroups", getgroups, "The groups of this process."),
        function0("getloadavg", getloadavg, "The system's load."),
        function1("getpgid", "($module, /, pid)", getpgid, "The process group of a process."),
        function1("getsid", "($module, pid, /)", getsid, "The session of a process."),
        function0("setsid", setsid, "Begin a session."),
        function("setpgid", "($module, pid, pgrp, /)", setpgid, "Set the process group of a process."),
        function1("nice", "($module, increment, /)", nice, "Change the priority of the process."),
        function("getpriority", "($module, /, which, who)", getpriority, "The priority of a process."),
        function1("sysconf", "($module, name, /)", sysconf, "A value of the system's configuration."),
        function1("confstr", "($module, name, /)", confstr, "A text of the system's configuration."),
        function1(
            "WIFEXITED",
            "($module, /, status)",
            |vm, _, v| status(vm, v, |s| libc::WIFEXITED(s).into()),
            "Whether the process ended by itself.",
        ),
        function1(
            "WEXITSTATUS",
            "($module, /, status)",
            |vm, _, v| status(vm, v, |s| Owned::fixnum(libc::WEXITSTATUS(s).into())),
            "The exit status.",
        ),
        function1(
            "WIFSIGNALED",
            "($module, /, status)",
            |vm, _, v| status(vm, v, |s| libc::WIFSIGNALED(s).into()),
            "Whether a signal ended the process.",
        ),
        function1(
            "WTERMSIG",
            "($module, /, status)",
            |vm, _, v| status(vm, v, |s| Owned::fixnum(libc::WTERMSIG(s).into())),
            "The signal that ended the process.",
        ),
        function1(
            "WIFSTOPPED",
            "($module, /, status)",
            |vm, _, v| status(vm, v, |s| libc::WIFSTOPPED(s).into()),
            "Whether a signal stopped the process.",
        ),
        function1(
            "WSTOPSIG",
            "($module, /, status)",
            |vm, _, v| status(vm, v, |s| Owned::fixnum(libc::WSTOPSIG(s).into())),
            "The signal that stopped the process.",
        ),
        function1(
            "WIFCONTINUED",
            "($module, /, status)",
            |vm, _, v| status(vm, v, |s| libc::WIFCONTINUED(s).into()),
            "Whether the process goes on after it was stopped.",
        ),
        function1(
            "WCOREDUMP",
            "($module, status, /)",
            |vm, _, v| status(vm, v, |s| libc::WCOREDUMP(s).into()),
            "Whether the process left an image of its memory.",
        ),
    ]
};

/// The functions that only give a number.
pub static PLAIN: &[MethodSpec] = &NUMBERS;

/// A `str`, `bytes` or path as a C string.
pub fn environment_text(vm: &Vm, v: Value) -> PyResult<CString> {
    let text = super::fspath(vm, v)?;
    CString::new(encode(vm, *text)?).map_err(|_| vm.value_error("embedded null byte"))
}

fn putenv(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (name, value) = (environment_text(vm, args[0])?, environment_text(vm, args[1])?);
    if name.as_bytes().contains(&b'=') {
        return Err(vm.value_error("illegal environment variable name"));
    }
    // SAFETY: the runtime's own threads do not read the environment.
    check(vm, unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) })?;
    Ok(Owned::none())
}

fn unsetenv(vm: &Vm, _: Value, v: Value) -> PyResult {
    let name = environment_text(vm, v)?;
    // SAFETY: as for `putenv`.
    check(vm, unsafe { libc::unsetenv(name.as_ptr()) })?;
    Ok(Owned::none())
}

fn strerror(vm: &Vm, _: Value, v: Value) -> PyResult {
    str::new(vm, &exceptions::strerror(protocol::index::to_i32(vm, v)?))
}

fn exit(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let status = protocol::index::to_i32(vm, args[0])?;
    // SAFETY: ends the process.
    unsafe { libc::_exit(status) }
}

fn kill(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (pid, signal) = (protocol::index::to_i32(vm, args[0])?, protocol::index::to_i32(vm, args[1])?);
    // SAFETY: a call on numbers.
    check(vm, unsafe { libc::kill(pid, signal) })?;
    crate::signals::deliver(vm)?;
    Ok(Owned::none())
}

fn killpg(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (pid, signal) = (protocol::index::to_i32(vm, args[0])?, protocol::index::to_i32(vm, args[1])?);
    // SAFETY: a call on numbers.
    check(vm, unsafe { libc::killpg(pid, signal) })?;
    Ok(Owned::none())
}

fn umask(vm: &Vm, _: Value, v: Value) -> PyResult {
    let mask = protocol::index::to_i32(vm, v)?;
    // SAFETY: a call on a number.
    Ok(Owned::fixnum(i64::from(unsafe { libc::umask(mask as libc::mode_t) })))
}

fn random(vm: &Vm, size: Value, flags: u32) -> PyResult {
    let n = protocol::index::to_isize(vm, size)?;
    let n = usize::try_from(n).map_err(|_| vm.value_error("negative argument not allowed"))?;
    let mut data = vec![0u8; n];
    let mut have = 0;
    while have < n {
        let rest = &mut data[have..];
        have += super::fds::retry(vm, || {
            // SAFETY: at most as much is written as there is room.
            unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), flags) }
        })?;
    }
    bytes::new(vm, &data)
}

fn getrandom(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let flags = passed(args[1]).map_or(Ok(0), |v| protocol::index::to_i32(vm, v))?;
    random(vm, args[0], flags as u32)
}

fn cpu_count(vm: &Vm, _: Value) -> PyResult {
    if let Some(n) = vm.config.cpu_count {
        return Ok(Owned::fixnum(i64::from(n)));
    }
    // SAFETY: a query.
    let n = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
    Ok(if n > 0 { Owned::fixnum(n) } else { Owned::none() })
}

fn sched_getaffinity(vm: &Vm, _: Value, v: Value) -> PyResult {
    let pid = protocol::index::to_i32(vm, v)?;
    let found = crate::objects::set::new(vm)?;
    // SAFETY: all zero is a valid set; the call fills it.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        check(vm, libc::sched_getaffinity(pid, size_of::<libc::cpu_set_t>(), &mut set))?;
        for cpu in (0..libc::CPU_SETSIZE as usize).filter(|n| libc::CPU_ISSET(*n, &set)) {
            crate::objects::set::add(vm, *found, Value::fixnum(cpu as i64))?;
        }
    }
    Ok(found)
}

/// When a function given to `register_at_fork` runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ForkMoment {
    Before,
    InChild,
    InParent,
}

fn register_at_fork(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    if args.iter().all(|f| passed(*f).is_none()) {
        return Err(vm.type_error("At least one argument is required."));
    }
    for f in args.iter().filter_map(|f| passed(*f)) {
        if !protocol::object::is_callable(vm, f) {
            let got = crate::objects::type_of(vm, f).name_str();
            return Err(vm.type_error(&format!("'{got}' object is not callable")));
        }
    }
    for (place, f) in vm.state.fork_hooks.iter().zip(args) {
        let Some(f) = passed(*f) else { continue };
        let hooks = match place.get() {
            Some(hooks) => hooks,
            None => {
                let hooks = list::new(vm, Vec::new())?.into_value();
                place.set(Some(hooks));
                hooks
            }
        };
        list::append(vm, hooks, f)?;
    }
    Ok(Owned::none())
}

/// Runs what was registered for a moment of a fork: before it the last function first, after it the first one. Errors are
/// reported.
pub fn run_fork_hooks(vm: &Vm, moment: ForkMoment) {
    let Some(hooks) = vm.state.fork_hooks[moment as usize].get() else { return };
    let mut hooks: Vec<Owned> = list::items(&hooks).iter().map(|f| crate::owned::Counted::own(*f)).collect();
    if moment == ForkMoment::Before {
        hooks.reverse();
    }
    for f in hooks {
        if let Err(raised) = protocol::call::positional(vm, *f, &[]) {
            exceptions::write_unraisable(vm, raised, "Exception ignored in", *f);
        }
    }
}

fn fork(vm: &Vm, _: Value) -> PyResult {
    // SAFETY: what other threads of the runtime hold is not used by the child.
    let pid = forked(vm, "fork", || unsafe { libc::fork() })?;
    Ok(Owned::fixnum(i64::from(pid)))
}

/// Calls a function of the system that forks, and does what has to be done around it.
pub(super) fn forked(vm: &Vm, name: &str, call: impl FnOnce() -> libc::pid_t) -> PyResult<libc::pid_t> {
    let alone = vm.threads.count() == 0;
    run_fork_hooks(vm, ForkMoment::Before);
    // No other thread is in the middle of an import, of which the child would see a half.
    if let Err(raised) = vm.threads.import_lock.acquire(vm, None) {
        run_fork_hooks(vm, ForkMoment::InParent);
        return Err(raised);
    }
    let pid = call();
    let error = last_error();
    if pid == 0 {
        crate::threads::after_fork(Vm::current());
    }
    vm.threads.import_lock.release(vm);
    run_fork_hooks(vm, if pid == 0 { ForkMoment::InChild } else { ForkMoment::InParent });
    if pid < 0 {
        return Err(exceptions::errno_error(vm, error, None));
    }
    if pid > 0 && !alone {
        let text = format!(
            "This process (pid={}) is multi-threaded, use of {name}() may lead to deadlocks in the child.",
            std::process::id()
        );
        // The child is there already: a warning that raises is reported.
        if let Err(raised) = crate::modules::warnings::warn(vm, vm.types.deprecation_warning, &text, 1) {
            exceptions::write_unraisable(vm, raised, "Exception ignored in", Value::NONE);
        }
    }
    Ok(pid)
}

fn waitpid(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (pid, options) = (protocol::index::to_i32(vm, args[0])?, protocol::index::to_i32(vm, args[1])?);
    let mut status = 0;
    // SAFETY: the status has room.
    let found = super::fds::retry(vm, || unsafe { libc::waitpid(pid, &mut status, options) } as isize)?;
    tuple::from_slice(vm, &[Value::fixnum(found as i64), Value::fixnum(i64::from(status))])
}

fn status(vm: &Vm, v: Value, f: fn(i32) -> Owned) -> PyResult {
    Ok(f(protocol::index::to_i32(vm, v)?))
}

fn exit_code(vm: &Vm, _: Value, v: Value) -> PyResult {
    let status = protocol::index::to_i32(vm, v)?;
    if libc::WIFEXITED(status) {
        Ok(Owned::fixnum(i64::from(libc::WEXITSTATUS(status))))
    } else if libc::WIFSIGNALED(status) {
        Ok(Owned::fixnum(-i64::from(libc::WTERMSIG(status))))
    } else if libc::WIFSTOPPED(status) {
        let signal = libc::WSTOPSIG(status);
        Err(vm.value_error(&format!("process stopped by delivery of signal {signal}")))
    } else {
        Err(vm.value_error(&format!("invalid wait status: {status}")))
    }
}

/// The items of a list or tuple as C strings.
fn words(vm: &Vm, v: Value, function: &str) -> PyResult<Vec<CString>> {
    if !is_instance(vm, v, vm.types.list) && !is_instance(vm, v, vm.types.tuple) {
        return Err(vm.type_error(&format!("{function}() arg 2 must be a tuple or list")));
    }
    let words = protocol::iter::collect(vm, v)?;
    if words.is_empty() {
        return Err(vm.value_error(&format!("{function}() arg 2 must not be empty")));
    }
    words.iter().map(|w| environment_text(vm, **w)).collect()
}

fn pointers(words: &[CString]) -> Vec<*const libc::c_char> {
    words.iter().map(|w| w.as_ptr()).chain([std::ptr::null()]).collect()
}

fn execv(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "execv", "path", false)?;
    let words = words(vm, args[1], "execv")?;
    // SAFETY: all texts end with a zero byte, the list with null.
    unsafe { libc::execv(p.text.as_ptr(), pointers(&words).as_ptr()) };
    Err(p.failure(vm))
}

fn execve(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = argument(vm, args[0], "execve", "path", true)?;
    let words = words(vm, args[1], "execve")?;
    let items = protocol::call::method(vm, args[2], *vm.names.items, &[])?;
    let mut environment = Vec::new();
    for pair in protocol::iter::collect(vm, *items)? {
        let [name, value] = *tuple::items(&pair) else { continue };
        let (name, value) = (environment_text(vm, name)?, environment_text(vm, value)?);
        let entry = [name.as_bytes(), b"=", value.as_bytes()].concat();
        environment.extend(CString::new(entry).ok());
    }
    let (words, environment) = (pointers(&words), pointers(&environment));
    // SAFETY: as for `execv`.
    unsafe {
        match p.fd {
            Some(fd) => libc::fexecve(fd, words.as_ptr(), environment.as_ptr()),
            None => libc::execve(p.text.as_ptr(), words.as_ptr(), environment.as_ptr()),
        }
    };
    Err(p.failure(vm))
}

fn system(vm: &Vm, _: Value, v: Value) -> PyResult {
    let command = environment_text(vm, v)?;
    // SAFETY: the text ends with a zero byte.
    Ok(Owned::fixnum(i64::from(vm.unlocked(|| unsafe { libc::system(command.as_ptr()) }))))
}

fn times(vm: &Vm, _: Value) -> PyResult {
    // SAFETY: all zero is a valid result; the calls fill it.
    let (t, elapsed, ticks) = unsafe {
        let mut t: libc::tms = std::mem::zeroed();
        let elapsed = libc::times(&mut t);
        (t, elapsed, libc::sysconf(libc::_SC_CLK_TCK))
    };
    let numbers = [t.tms_utime, t.tms_stime, t.tms_cutime, t.tms_cstime, elapsed];
    let items =
        numbers.iter().map(|n| float::new(vm, *n as f64 / ticks as f64)).collect::<PyResult<Vec<_>>>()?;
    let items: Vec<Value> = items.iter().map(|v| **v).collect();
    structseq::new(vm, vm.types.times_result, &items)
}

fn uname(vm: &Vm, _: Value) -> PyResult {
    // SAFETY: all zero is a valid result; the call fills it with texts that end with a zero byte.
    unsafe {
        let mut names: libc::utsname = std::mem::zeroed();
        check(vm, libc::uname(&mut names))?;
        let fields = [
            names.sysname.as_ptr(),
            names.nodename.as_ptr(),
            names.release.as_ptr(),
            names.version.as_ptr(),
            names.machine.as_ptr(),
        ];
        let items = fields
            .iter()
            .map(|f| super::decode(vm, CStr::from_ptr(*f).to_bytes()))
            .collect::<PyResult<Vec<_>>>()?;
        let items: Vec<Value> = items.iter().map(|v| **v).collect();
        structseq::new(vm, vm.types.uname_result, &items)
    }
}

fn getlogin(vm: &Vm, _: Value) -> PyResult {
    // SAFETY: the result is null or a text that ends with a zero byte and stays until the next call.
    unsafe {
        let name = libc::getlogin();
        if name.is_null() {
            return Err(failure(vm));
        }
        super::decode(vm, CStr::from_ptr(name).to_bytes())
    }
}

fn getgroups(vm: &Vm, _: Value) -> PyResult {
    let mut groups = vec![0; 65536];
    // SAFETY: at most as much is written as there is room.
    let n = check(vm, unsafe { libc::getgroups(groups.len() as i32, groups.as_mut_ptr()) })?;
    list::new(vm, groups[..n as usize].iter().map(|g| Owned::fixnum(i64::from(*g))).collect())
}

fn getloadavg(vm: &Vm, _: Value) -> PyResult {
    let mut load = [0f64; 3];
    // SAFETY: there is room for three.
    if unsafe { libc::getloadavg(load.as_mut_ptr(), 3) } != 3 {
        return Err(vm.raise(vm.types.os_error, "Load averages are unobtainable"));
    }
    tuple::from_owned(vm, load.iter().map(|l| float::new(vm, *l)).collect::<PyResult<Vec<_>>>()?)
}

fn getpgid(vm: &Vm, _: Value, v: Value) -> PyResult {
    let pid = protocol::index::to_i32(vm, v)?;
    // SAFETY: a call on a number.
    Ok(Owned::fixnum(i64::from(check(vm, unsafe { libc::getpgid(pid) })?)))
}

fn getsid(vm: &Vm, _: Value, v: Value) -> PyResult {
    let pid = protocol::index::to_i32(vm, v)?;
    // SAFETY: a call on a number.
    Ok(Owned::fixnum(i64::from(check(vm, unsafe { libc::getsid(pid) })?)))
}

fn setsid(vm: &Vm, _: Value) -> PyResult {
    // SAFETY: a call without arguments.
    check(vm, unsafe { libc::setsid() })?;
    Ok(Owned::none())
}

fn setpgid(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (pid, group) = (protocol::index::to_i32(vm, args[0])?, protocol::index::to_i32(vm, args[1])?);
    // SAFETY: a call on numbers.
    check(vm, unsafe { libc::setpgid(pid, group) })?;
    Ok(Owned::none())
}

fn nice(vm: &Vm, _: Value, v: Value) -> PyResult {
    let increment = protocol::index::to_i32(vm, v)?;
    // SAFETY: −1 is a valid answer, so the error number decides.
    unsafe {
        *libc::__errno_location() = 0;
        let n = libc::nice(increment);
        if n == -1 && last_error() != 0 {
            return Err(failure(vm));
        }
        Ok(Owned::fixnum(i64::from(n)))
    }
}

fn getpriority(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (which, who) = (protocol::index::to_i32(vm, args[0])?, protocol::index::to_i32(vm, args[1])?);
    // SAFETY: as for `nice`.
    unsafe {
        *libc::__errno_location() = 0;
        let n = libc::getpriority(which as u32, who as u32);
        if n == -1 && last_error() != 0 {
            return Err(failure(vm));
        }
        Ok(Owned::fixnum(i64::from(n)))
    }
}

/// The number of a configuration name, which may be given as such.
pub fn configuration_name(vm: &Vm, v: Value, names: &[(&str, i64)]) -> PyResult<i32> {
    if int::is_int(vm, v) {
        return protocol::index::to_i32(vm, v);
    }
    if !is_instance(vm, v, vm.types.str) {
        return Err(vm.type_error("configuration names must be strings or integers"));
    }
    let text = str::to_string_lossy(v);
    match names.iter().find(|(name, _)| *name == text) {
        Some((_, number)) => Ok(*number as i32),
        None => Err(vm.value_error("unrecognized configuration name")),
    }
}

fn sysconf(vm: &Vm, _: Value, v: Value) -> PyResult {
    let name = configuration_name(vm, v, super::constants::SYSCONF_NAMES)?;
    // SAFETY: a query; −1 without an error means that there is no limit.
    unsafe {
        *libc::__errno_location() = 0;
        let n = libc::sysconf(name);
        if n == -1 && last_error() != 0 {
            return Err(failure(vm));
        }
        int::new(vm, n)
    }
}

fn confstr(vm: &Vm, _: Value, v: Value) -> PyResult {
    let name = configuration_name(vm, v, super::constants::CONFSTR_NAMES)?;
    let mut text = vec![0u8; 4096];
    // SAFETY: at most as much is written as there is room, with a zero byte at the end.
    let n = unsafe { libc::confstr(name, text.as_mut_ptr().cast(), text.len()) };
    if n == 0 {
        return Ok(Owned::none());
    }
    super::decode(vm, &text[..(n - 1).min(text.len())])
}
