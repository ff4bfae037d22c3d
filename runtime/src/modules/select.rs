//! `select`: waiting until one of several file descriptors is ready.

use std::time::{Duration, Instant};

use taipan_layout::Value;

use super::NativeModule;
use super::native::{self, native_data};
use super::warnings;
use crate::objects::spec::{MethodSpec, TypeSpec, function, function0, method, method1, tp_flags};
use crate::objects::{Slots, exceptions, int, is_instance, list, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "select",
    doc: "This module supports asynchronous I/O on multiple file descriptors.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        for (name, number) in NUMBERS {
            super::set(vm, m, name, Value::fixnum(number))?;
        }
        crate::objects::ready(vm, vm.types.poll, &POLL);
        super::set(vm, m, "error", vm.types.os_error.value())
    },
};

static NUMBERS: [(&str, i64); 13] = [
    ("PIPE_BUF", libc::PIPE_BUF as i64),
    ("POLLERR", libc::POLLERR as i64),
    ("POLLHUP", libc::POLLHUP as i64),
    ("POLLIN", libc::POLLIN as i64),
    ("POLLMSG", 0x400),
    ("POLLNVAL", libc::POLLNVAL as i64),
    ("POLLOUT", libc::POLLOUT as i64),
    ("POLLPRI", libc::POLLPRI as i64),
    ("POLLRDBAND", libc::POLLRDBAND as i64),
    ("POLLRDHUP", libc::POLLRDHUP as i64),
    ("POLLRDNORM", libc::POLLRDNORM as i64),
    ("POLLWRBAND", libc::POLLWRBAND as i64),
    ("POLLWRNORM", libc::POLLWRNORM as i64),
];

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "select",
        "($module, rlist, wlist, xlist, timeout=None, /)",
        select,
        "Wait until one or more file descriptors are ready for some kind of I/O.\n\nThe first three arguments are \
         iterables of file descriptors to be waited for:\nrlist -- wait until ready for reading\nwlist -- wait until ready \
         for writing\nxlist -- wait for an \"exceptional condition\"",
    ),
    function0("poll", |vm, _| native::new(vm, vm.types.poll, Poll::default()), "Returns a polling object."),
];

/// The number behind a descriptor or an object with `fileno()`.
pub fn descriptor(vm: &Vm, v: Value) -> PyResult<i32> {
    let number = if int::is_int(vm, v) {
        if is_instance(vm, v, vm.types.bool) {
            warnings::warn(vm, vm.types.runtime_warning, "bool is used as a file descriptor", 1)?;
        }
        v.own()
    } else {
        let name = crate::objects::str::intern(vm, "fileno");
        let Some(n) = protocol::call::method_optional(vm, v, *name, &[])? else {
            return Err(vm.type_error("argument must be an int, or have a fileno() method."));
        };
        if !int::is_int(vm, *n) {
            return Err(vm.type_error("fileno() returned a non-integer"));
        }
        n
    };
    let fd = protocol::index::to_i32(vm, *number)?;
    if fd < 0 {
        let text = format!("file descriptor cannot be a negative integer ({fd})");
        return Err(vm.value_error(&text));
    }
    Ok(fd)
}

/// A time limit in seconds; None: for ever.
fn patience(vm: &Vm, v: Value, scale: f64) -> PyResult<Option<Duration>> {
    if v.is_null() || v.is_none() {
        return Ok(None);
    }
    if !protocol::number::is_real(vm, v) {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("timeout must be an integer or None, not {got}")));
    }
    let seconds = protocol::number::to_float(vm, v)? * scale;
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    Ok(Some(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)))
}

/// Waits; signals are served and the waiting goes on. The number of descriptors with events.
fn wait(vm: &Vm, all: &mut [libc::pollfd], limit: Option<Duration>) -> PyResult<usize> {
    let end = limit.and_then(|limit| Instant::now().checked_add(limit));
    loop {
        let left = match (limit, end) {
            (Some(_), Some(end)) => {
                let left = end.saturating_duration_since(Instant::now());
                // Rounded up: not to wake before the time.
                i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX)
            }
            _ => -1,
        };
        // SAFETY: the descriptors are a valid slice.
        let n = vm.unlocked(|| unsafe { libc::poll(all.as_mut_ptr(), all.len() as libc::nfds_t, left) });
        if n >= 0 {
            return Ok(n as usize);
        }
        match std::io::Error::last_os_error().raw_os_error().unwrap_or(0) {
            libc::EINTR => crate::signals::deliver(vm)?,
            error => return Err(exceptions::errno_error(vm, error, None)),
        }
    }
}

/// `select` by means of `poll`, which has no limit on descriptors' numbers.
fn select(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    const READ: i16 = libc::POLLIN | libc::POLLHUP | libc::POLLERR;
    const WRITE: i16 = libc::POLLOUT | libc::POLLERR;
    const OTHER: i16 = libc::POLLPRI;
    let limit = patience(vm, args[3], 1.0)?;
    if limit.is_some() && protocol::number::to_float(vm, args[3])? < 0.0 {
        return Err(vm.value_error("timeout must be non-negative"));
    }
    let (mut objects, mut all) = (Vec::new(), Vec::new());
    for (kind, events) in [libc::POLLIN, libc::POLLOUT, libc::POLLPRI].into_iter().enumerate() {
        let given = match protocol::iter::collect(vm, args[kind]) {
            Ok(given) => given,
            Err(raised) => {
                drop(vm.catch(raised, vm.types.type_error)?);
                return Err(vm.type_error("arguments 1-3 must be sequences"));
            }
        };
        for object in given {
            all.push(libc::pollfd { fd: descriptor(vm, *object)?, events, revents: 0 });
            objects.push((kind, object));
        }
    }
    wait(vm, &mut all, limit)?;
    if all.iter().any(|p| p.revents & libc::POLLNVAL != 0) {
        return Err(exceptions::errno_error(vm, libc::EBADF, None));
    }
    let mut ready: [Vec<Owned>; 3] = Default::default();
    for ((kind, object), p) in objects.into_iter().zip(&all) {
        if p.revents & [READ, WRITE, OTHER][kind] != 0 {
            ready[kind].push(object);
        }
    }
    let lists = ready.into_iter().map(|l| list::new(vm, l)).collect::<PyResult<Vec<_>>>()?;
    tuple::from_owned(vm, lists)
}

// ---- poll ----

#[derive(Default)]
pub struct Poll {
    /// Descriptors with the events to wait for, in the order of registration.
    watched: Vec<(i32, i16)>,
    running: bool,
}
native_data!(Poll);

pub static POLL: TypeSpec = TypeSpec {
    name: "select.poll",
    flags: tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots { ..native::slots::<Poll>() },
    methods: &[
        method(
            "register",
            "($self, fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)",
            register,
            "Register a file descriptor with the polling object.",
        ),
        method(
            "modify",
            "($self, fd, eventmask, /)",
            modify,
            "Modify an already registered file descriptor.",
        ),
        method1(
            "unregister",
            "($self, fd, /)",
            unregister,
            "Remove a file descriptor being tracked by the polling object.",
        ),
        method("poll", "($self, timeout=None, /)", poll, "Polls the set of registered file descriptors."),
    ],
    ..native::spec::<Poll>()
};

fn events(vm: &Vm, v: Value) -> PyResult<i16> {
    let n = protocol::index::to_i64(vm, v)?;
    if n < 0 {
        return Err(vm.value_error("value must be positive"));
    }
    u16::try_from(n)
        .map(|n| n as i16)
        .map_err(|_| vm.overflow_error("Python int too large for C unsigned short"))
}

fn register(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let fd = descriptor(vm, args[0])?;
    let mask = match native::passed(args[1]) {
        Some(v) => events(vm, v)?,
        None => libc::POLLIN | libc::POLLPRI | libc::POLLOUT,
    };
    let watched = &mut native::data::<Poll>(this).watched;
    match watched.iter_mut().find(|(known, _)| *known == fd) {
        Some(entry) => entry.1 = mask,
        None => watched.push((fd, mask)),
    }
    Ok(Owned::none())
}

fn modify(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (fd, mask) = (descriptor(vm, args[0])?, events(vm, args[1])?);
    match native::data::<Poll>(this).watched.iter_mut().find(|(known, _)| *known == fd) {
        Some(entry) => entry.1 = mask,
        None => return Err(exceptions::errno_error(vm, libc::ENOENT, None)),
    }
    Ok(Owned::none())
}

fn unregister(vm: &Vm, this: Value, v: Value) -> PyResult {
    let fd = descriptor(vm, v)?;
    let watched = &mut native::data::<Poll>(this).watched;
    match watched.iter().position(|(known, _)| *known == fd) {
        Some(i) => watched.remove(i),
        None => return Err(vm.key_error(*int::new(vm, i64::from(fd))?)),
    };
    Ok(Owned::none())
}

fn poll(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let limit = match native::given(args[0]) {
        // A negative time means for ever, as in the system's call.
        Some(v) if protocol::number::is_real(vm, v) && protocol::number::to_float(vm, v)? < 0.0 => None,
        Some(v) => patience(vm, v, 1e-3)?,
        None => None,
    };
    let data = native::data::<Poll>(this);
    if std::mem::replace(&mut data.running, true) {
        return Err(vm.runtime_error("concurrent poll() invocation"));
    }
    let mut all: Vec<libc::pollfd> = data
        .watched
        .iter()
        .map(|(fd, events)| libc::pollfd { fd: *fd, events: *events, revents: 0 })
        .collect();
    let waited = wait(vm, &mut all, limit);
    native::data::<Poll>(this).running = false;
    waited?;
    let found = all.iter().filter(|p| p.revents != 0).map(|p| {
        let events = i64::from(p.revents as u16);
        tuple::pair(vm, Owned::fixnum(i64::from(p.fd)), Owned::fixnum(events))
    });
    list::new(vm, found.collect::<PyResult<_>>()?)
}
