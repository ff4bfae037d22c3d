//! `_posixsubprocess`: starting a program in a new process, what `subprocess` is made of.
//!
//! Everything that needs memory or Python is prepared before the fork. The child runs only system calls until the new
//! program replaces it (and `preexec_fn`, when there is one): other threads of the runtime may have held locks at the
//! moment of the fork. When it fails, it tells the parent why through a pipe, as `subprocess` expects it:
//! `exception:errno in hexadecimal:message`.

use std::ffi::CString;

use taipan_layout::Value;

use super::NativeModule;
use super::posix::{ForkMoment, environment_text, run_fork_hooks};
use crate::objects::exceptions;
use crate::objects::spec::{MethodSpec, function};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_posixsubprocess",
    doc: "What subprocess starts programs with.",
    functions: FUNCTIONS,
    fill: |_, _| Ok(()),
};

static FUNCTIONS: &[MethodSpec] = &[function(
    "fork_exec",
    "($module, args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, \
     errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, \
     /)",
    fork_exec,
    "Spawn a fresh new child process.\n\nFork a child process, close parent file descriptors as appropriate in\nthe child and \
     duplicate the few that are needed before calling exec() in\nthe child process.",
)];

/// What the child does before it becomes the new program. Descriptors are −1 where there is none.
struct Plan {
    /// Texts and the lists of their addresses, which end with null.
    words: Texts,
    programs: Vec<CString>,
    environment: Option<Texts>,
    folder: Option<CString>,
    /// Sorted; they stay open.
    kept: Vec<i32>,
    close_others: bool,
    /// Our ends of the pipes, the child's ends for its standard streams, and where it reports errors.
    parent_ends: [i32; 3],
    streams: [i32; 3],
    report: i32,
    restore_signals: bool,
    new_session: bool,
    group: i32,
    gid: Option<u32>,
    groups: Option<Vec<u32>>,
    uid: Option<u32>,
    umask: i32,
}

struct Texts {
    pointers: Vec<*const libc::c_char>,
    _texts: Vec<CString>,
}

impl Texts {
    fn new(texts: Vec<CString>) -> Texts {
        let pointers = texts.iter().map(|t| t.as_ptr()).chain([std::ptr::null()]).collect();
        Texts { pointers, _texts: texts }
    }
}

fn texts(vm: &Vm, v: Value) -> PyResult<Vec<CString>> {
    protocol::iter::collect(vm, v)?.iter().map(|t| environment_text(vm, **t)).collect()
}

fn id(vm: &Vm, v: Value) -> PyResult<Option<u32>> {
    if v.is_none() {
        return Ok(None);
    }
    let n = protocol::index::to_i64(vm, v)?;
    u32::try_from(n).map(Some).map_err(|_| vm.value_error("invalid user or group id"))
}

/// The descriptors that the child keeps: a sorted tuple.
fn kept(vm: &Vm, v: Value) -> PyResult<Vec<i32>> {
    let wrong = || vm.value_error("bad value(s) in fds_to_keep");
    let mut all = Vec::new();
    for fd in protocol::iter::collect(vm, v)? {
        let fd = match protocol::index::to_i32(vm, *fd) {
            Ok(fd) if fd >= 0 && all.last().is_none_or(|before| *before < fd) => fd,
            Ok(_) => return Err(wrong()),
            Err(raised) => {
                vm.discard(raised);
                return Err(wrong());
            }
        };
        all.push(fd);
    }
    Ok(all)
}

fn fork_exec(vm: &Vm, _: Value, a: &[Value]) -> PyResult {
    let truth = |v: Value| protocol::compare::is_true(vm, v);
    let number = |v: Value| protocol::index::to_i32(vm, v);
    let plan = Plan {
        words: Texts::new(texts(vm, a[0])?),
        programs: texts(vm, a[1])?,
        environment: if a[5].is_none() { None } else { Some(Texts::new(texts(vm, a[5])?)) },
        folder: if a[4].is_none() { None } else { Some(environment_text(vm, a[4])?) },
        kept: kept(vm, a[3])?,
        close_others: truth(a[2])?,
        parent_ends: [number(a[7])?, number(a[8])?, number(a[10])?],
        streams: [number(a[6])?, number(a[9])?, number(a[11])?],
        report: number(a[13])?,
        restore_signals: truth(a[14])?,
        new_session: truth(a[15])?,
        group: number(a[16])?,
        gid: id(vm, a[17])?,
        groups: match a[18] {
            v if v.is_none() => None,
            v => {
                let groups = protocol::iter::collect(vm, v)?;
                Some(groups.iter().map(|g| Ok(id(vm, **g)?.unwrap_or(0))).collect::<PyResult<_>>()?)
            }
        },
        uid: id(vm, a[19])?,
        umask: number(a[20])?,
    };
    if plan.close_others && plan.report < 3 {
        return Err(vm.value_error("errpipe_write must be >= 3"));
    }
    let before_exec = a[21];
    let with_hooks = !before_exec.is_none();
    if with_hooks {
        run_fork_hooks(vm, ForkMoment::Before);
    }
    // SAFETY: the child keeps to the rules above.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        if with_hooks {
            crate::threads::after_fork(Vm::current());
            run_fork_hooks(vm, ForkMoment::InChild);
        }
        plan.become_program(|| {
            !with_hooks
                || match protocol::call::positional(vm, before_exec, &[]) {
                    Ok(_) => true,
                    Err(raised) => {
                        vm.discard(raised);
                        false
                    }
                }
        });
        // SAFETY: ends the child.
        unsafe { libc::_exit(255) }
    }
    let error = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
    if with_hooks {
        run_fork_hooks(vm, ForkMoment::InParent);
    }
    if pid < 0 {
        return Err(exceptions::errno_error(vm, error, None));
    }
    Ok(Owned::fixnum(i64::from(pid)))
}

/// Why the child could not become the program.
enum Failure {
    /// A system call failed before the program was looked for; what is told about it.
    Before(&'static str),
    Program,
    PreexecFunction,
}

fn succeeded(result: i32, else_tell: &'static str) -> Result<i32, Failure> {
    if result < 0 { Err(Failure::Before(else_tell)) } else { Ok(result) }
}

fn last_error() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

impl Plan {
    /// Runs in the child; returns only when something failed, after it was reported.
    fn become_program(&self, before_exec: impl FnOnce() -> bool) {
        let Err(failure) = self.try_to_become(before_exec);
        let (kind, error, text) = match failure {
            Failure::Before(text) => ("OSError", last_error(), text),
            Failure::Program => ("OSError", last_error(), ""),
            Failure::PreexecFunction => ("SubprocessError", 0, "Exception occurred in preexec_fn."),
        };
        // Digits by hand: formatting may need memory.
        let mut digits = [0u8; 8];
        let mut n = 8;
        let mut rest = error as u32;
        while rest > 0 || n == 8 {
            n -= 1;
            digits[n] = b"0123456789abcdef"[(rest & 15) as usize];
            rest >>= 4;
        }
        for part in [kind.as_bytes(), b":", &digits[n..], b":", text.as_bytes()] {
            // SAFETY: the bytes are valid; nobody is left to tell when writing fails.
            unsafe { libc::write(self.report, part.as_ptr().cast(), part.len()) };
        }
    }

    fn try_to_become(&self, before_exec: impl FnOnce() -> bool) -> Result<std::convert::Infallible, Failure> {
        // SAFETY: system calls on numbers and on texts that were prepared and end with zero bytes.
        unsafe {
            for fd in self.kept.iter().filter(|fd| **fd != self.report) {
                succeeded(inherit(*fd), "noexec")?;
            }
            for fd in self.parent_ends.iter().filter(|fd| **fd >= 0) {
                libc::close(*fd);
            }
            self.connect_streams()?;
            if let Some(folder) = &self.folder {
                succeeded(libc::chdir(folder.as_ptr()), "noexec:chdir")?;
            }
            if self.umask >= 0 {
                libc::umask(self.umask as libc::mode_t);
            }
            if self.restore_signals {
                libc::signal(libc::SIGPIPE, libc::SIG_DFL);
                libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
            }
            if self.new_session {
                succeeded(libc::setsid(), "noexec")?;
            }
            if self.group >= 0 {
                succeeded(libc::setpgid(0, self.group), "noexec")?;
            }
            if let Some(groups) = &self.groups {
                succeeded(libc::setgroups(groups.len(), groups.as_ptr()), "noexec")?;
            }
            if let Some(gid) = self.gid {
                succeeded(libc::setregid(gid, gid), "noexec")?;
            }
            if let Some(uid) = self.uid {
                succeeded(libc::setreuid(uid, uid), "noexec")?;
            }
            if !before_exec() {
                return Err(Failure::PreexecFunction);
            }
            if self.close_others {
                self.close_all_others();
            }
            self.replace_process();
            Err(Failure::Program)
        }
    }

    /// Makes the pipes' ends the standard streams. Those that lie where a stream goes move away first.
    unsafe fn connect_streams(&self) -> Result<(), Failure> {
        let [input, mut output, mut errors] = self.streams;
        // SAFETY: calls on numbers.
        unsafe {
            let away = |fd: i32| succeeded(libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3), "noexec");
            if output == 0 {
                output = away(output)?;
            }
            if errors == 0 || errors == 1 {
                errors = away(errors)?;
            }
            for (from, to) in [(input, 0), (output, 1), (errors, 2)] {
                if from == to {
                    succeeded(inherit(from), "noexec")?;
                } else if from >= 0 {
                    succeeded(libc::dup2(from, to), "noexec")?;
                }
            }
        }
        Ok(())
    }

    /// Closes what is neither a standard stream nor to be kept.
    unsafe fn close_all_others(&self) {
        let mut start = 3;
        for fd in self.kept.iter().copied().filter(|fd| *fd >= 3) {
            // SAFETY: as below.
            unsafe { close_range(start, fd - 1) };
            start = fd + 1;
        }
        // SAFETY: the child uses none of these descriptors.
        unsafe { close_range(start, i32::MAX) };
    }

    /// Tries every place where the program may be; returns when it is nowhere, with the error that says most.
    unsafe fn replace_process(&self) {
        let mut telling = 0;
        for program in &self.programs {
            // SAFETY: the lists end with null.
            unsafe {
                match &self.environment {
                    Some(e) => {
                        libc::execve(program.as_ptr(), self.words.pointers.as_ptr(), e.pointers.as_ptr())
                    }
                    None => libc::execv(program.as_ptr(), self.words.pointers.as_ptr()),
                };
                let error = last_error();
                if error != libc::ENOENT && error != libc::ENOTDIR && telling == 0 {
                    telling = error;
                }
                if telling != 0 {
                    *libc::__errno_location() = telling;
                }
            }
        }
    }
}

/// Lets a descriptor stay open in the new program.
unsafe fn inherit(fd: i32) -> i32 {
    // SAFETY: calls on a number.
    unsafe {
        match libc::fcntl(fd, libc::F_GETFD) {
            flags if flags < 0 => flags,
            flags => libc::fcntl(fd, libc::F_SETFD, flags & !libc::FD_CLOEXEC),
        }
    }
}

unsafe fn close_range(from: i32, to: i32) {
    if from > to {
        return;
    }
    // SAFETY: calls on numbers.
    unsafe {
        if libc::syscall(libc::SYS_close_range, from, to, 0) == 0 {
            return;
        }
        let limit = libc::sysconf(libc::_SC_OPEN_MAX).clamp(256, 1 << 16) as i32;
        for fd in from..=to.min(limit) {
            libc::close(fd);
        }
    }
}
