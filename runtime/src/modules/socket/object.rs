//! The class `_socket.socket`, which `socket.socket` inherits from.
//!
//! A time limit makes the descriptor non-blocking; an operation then waits with `poll` before it tries. Interrupted calls
//! serve signals and go on.

use std::time::{Duration, Instant};

use taipan_layout::Value;

use super::address::{self, Address};
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{MethodSpec, TypeSpec, getter, method, method0, method1, tp_flags};
use crate::objects::{Slots, bytes, exceptions, float, int, tuple};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub struct Socket {
    pub fd: i32,
    family: i32,
    kind: i32,
    proto: i32,
    /// `None`: operations wait for ever.
    limit: Option<Duration>,
}
native_data!(Socket);

impl Default for Socket {
    fn default() -> Socket {
        Socket { fd: -1, family: 0, kind: 0, proto: 0, limit: None }
    }
}

pub static SOCKET: TypeSpec = TypeSpec {
    name: "_socket.socket",
    flags: tp_flags::BASETYPE | tp_flags::IMMUTABLETYPE,
    doc: "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) \
          -> socket object\n\nOpen a socket of the given type.",
    slots: Slots {
        new: Some(|vm, cls, _| native::construct(vm, cls, Socket::default())),
        init: Some(init),
        repr: Some(repr),
        finalize: Some(finalize),
        ..native::slots::<Socket>()
    },
    methods: METHODS,
    getset: &[
        getter("family", |_, this| Ok(Owned::fixnum(socket(this).family.into())), "the family of addresses"),
        getter("type", |_, this| Ok(Owned::fixnum(socket(this).kind.into())), "the socket type"),
        getter("proto", |_, this| Ok(Owned::fixnum(socket(this).proto.into())), "the number of the protocol"),
        getter("timeout", gettimeout, "how many seconds operations wait"),
    ],
    ..native::spec::<Socket>()
};

static METHODS: &[MethodSpec] = &[
    method0("_accept", accept, "Wait for an incoming connection; its descriptor and the client's address."),
    method1("bind", "($self, address, /)", bind, "Bind the socket to a local address."),
    method0("close", close, "Close the socket."),
    method1("connect", "($self, address, /)", connect, "Connect the socket to a remote address."),
    method1(
        "connect_ex",
        "($self, address, /)",
        connect_ex,
        "Like connect, but an error number instead of an exception.",
    ),
    method0("detach", detach, "Close the object without closing its descriptor, which is returned."),
    method0("fileno", |_, this| Ok(Owned::fixnum(socket(this).fd.into())), "The descriptor."),
    method0(
        "getpeername",
        |vm, this| name(vm, this, libc::getpeername),
        "The address of the remote endpoint.",
    ),
    method0(
        "getsockname",
        |vm, this| name(vm, this, libc::getsockname),
        "The address of the local endpoint.",
    ),
    method("getsockopt", "($self, level, optname, buflen=0, /)", getsockopt, "An option of the socket."),
    method(
        "setsockopt",
        "($self, level, optname, value, optlen=0, /)",
        setsockopt,
        "Set an option of the socket.",
    ),
    method("listen", "($self, backlog=128, /)", listen, "Accept connections."),
    method("recv", "($self, bufsize, flags=0, /)", recv, "Receive data."),
    method("recv_into", "($self, buffer, nbytes=0, flags=0)", recv_into, "Receive data into a buffer."),
    method("recvfrom", "($self, bufsize, flags=0, /)", recvfrom, "Receive data and the sender's address."),
    method(
        "recvfrom_into",
        "($self, buffer, nbytes=0, flags=0)",
        recvfrom_into,
        "Receive into a buffer, with the address.",
    ),
    method("send", "($self, data, flags=0, /)", send, "Send data; the number of bytes sent."),
    method("sendall", "($self, data, flags=0, /)", sendall, "Send all of the data."),
    method("sendto", "($self, data, flags_or_address, address=None, /)", sendto, "Send data to an address."),
    method1("setblocking", "($self, flag, /)", setblocking, "Set the socket to blocking or not."),
    method0(
        "getblocking",
        |_, this| Ok(Owned::bool(socket(this).limit != Some(Duration::ZERO))),
        "Whether the socket waits.",
    ),
    method1("settimeout", "($self, timeout, /)", settimeout, "Set a time limit on operations."),
    method0("gettimeout", gettimeout, "The time limit."),
    method1("shutdown", "($self, how, /)", shutdown, "Shut down one or both directions."),
];

fn socket<'a>(v: Value) -> &'a mut Socket {
    native::data(v)
}

fn last_error() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

#[cold]
pub fn failure(vm: &Vm) -> Raised {
    exceptions::errno_error(vm, last_error(), None)
}

/// The result of a call that answers −1 when it fails; it is repeated when a signal came in between.
pub fn retry(vm: &Vm, mut call: impl FnMut() -> isize) -> PyResult<usize> {
    loop {
        let n = call();
        if n >= 0 {
            return Ok(n as usize);
        }
        match last_error() {
            libc::EINTR => crate::signals::deliver(vm)?,
            error => return Err(exceptions::errno_error(vm, error, None)),
        }
    }
}

fn int_argument(vm: &Vm, v: Value, default: i32) -> PyResult<i32> {
    native::given(v).map_or(Ok(default), |v| protocol::index::to_i32(vm, v))
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let ([family, kind, proto, fileno], _keep) =
        native::bind(vm, "socket", "(family=-1, type=-1, proto=-1, fileno=None)", args)?;
    let [family, kind, proto] =
        [int_argument(vm, family, -1)?, int_argument(vm, kind, -1)?, int_argument(vm, proto, -1)?];
    let data = match native::given(fileno) {
        Some(fd) => {
            let fd = protocol::index::to_i32(vm, fd)?;
            if fd < 0 {
                return Err(vm.value_error("negative file descriptor"));
            }
            let ask =
                |option: i32, known: i32| if known >= 0 { Ok(known) } else { option_number(vm, fd, option) };
            Socket {
                fd,
                family: ask(libc::SO_DOMAIN, family)?,
                kind: ask(libc::SO_TYPE, kind)?,
                proto: ask(libc::SO_PROTOCOL, proto)?,
                limit: None,
            }
        }
        None => {
            let or = |n: i32, default: i32| if n >= 0 { n } else { default };
            let (family, kind, proto) =
                (or(family, libc::AF_INET), or(kind, libc::SOCK_STREAM), or(proto, 0));
            // SAFETY: a call on numbers.
            let fd = unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, proto) };
            if fd < 0 {
                return Err(failure(vm));
            }
            let kind = kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC);
            Socket { fd, family, kind, proto, limit: None }
        }
    };
    *socket(this) = data;
    if let Some(limit) = super::default_timeout(vm) {
        set_limit(vm, this, Some(limit))?;
    }
    Ok(())
}

fn option_number(vm: &Vm, fd: i32, option: i32) -> PyResult<i32> {
    let (mut n, mut len) = (0i32, size_of::<i32>() as libc::socklen_t);
    // SAFETY: there is room for the number.
    let done = unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, option, (&raw mut n).cast(), &mut len) };
    if done < 0 { Err(failure(vm)) } else { Ok(n) }
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let Socket { fd, family, kind, proto, .. } = *socket(this);
    crate::objects::str::new(
        vm,
        &format!("<socket object, fd={fd}, family={family}, type={kind}, proto={proto}>"),
    )
}

/// An open socket that nobody refers to any more: closed, with a warning.
fn finalize(vm: &Vm, this: Value) {
    if socket(this).fd >= 0 {
        let saved = protocol::object::save_exception(vm);
        let warned = protocol::object::repr_string(vm, this).and_then(|text| {
            let category = vm.types.resource_warning;
            crate::modules::warnings::warn_about_object(vm, category, &format!("unclosed {text}"), this)
        });
        if let Err(raised) = warned {
            exceptions::write_unraisable(vm, raised, "Exception ignored in", this);
        }
        let fd = std::mem::replace(&mut socket(this).fd, -1);
        // SAFETY: the descriptor is ours.
        unsafe { libc::close(fd) };
        protocol::object::restore_saved(vm, saved);
    }
}

// ---- waiting ----

/// Waits until the socket is ready for `events`, as long as its time limit allows.
fn wait(vm: &Vm, this: Value, events: i16, end: Option<Instant>) -> PyResult<()> {
    let Some(end) = end else { return Ok(()) };
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let millis = i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
        let mut p = libc::pollfd { fd: socket(this).fd, events, revents: 0 };
        // SAFETY: one valid descriptor.
        match vm.unlocked(|| unsafe { libc::poll(&mut p, 1, millis) }) {
            0 => return Err(vm.raise(vm.types.timeout_error, "timed out")),
            n if n > 0 => return Ok(()),
            _ if last_error() == libc::EINTR => crate::signals::deliver(vm)?,
            _ => return Err(failure(vm)),
        }
    }
}

/// When the operation that begins now has to be done; `None` for a socket that waits for ever or not at all.
fn end_of_patience(this: Value) -> Option<Instant> {
    socket(this).limit.filter(|limit| !limit.is_zero()).and_then(|limit| Instant::now().checked_add(limit))
}

/// An operation: waits for readiness and tries, again when somebody else was faster.
fn operate(vm: &Vm, this: Value, events: i16, mut call: impl FnMut(i32) -> isize) -> PyResult<usize> {
    let end = end_of_patience(this);
    loop {
        wait(vm, this, events, end)?;
        let fd = socket(this).fd;
        let n = vm.unlocked(|| call(fd));
        if n >= 0 {
            return Ok(n as usize);
        }
        match last_error() {
            libc::EINTR => crate::signals::deliver(vm)?,
            libc::EAGAIN if end.is_some() => {}
            error => return Err(exceptions::errno_error(vm, error, None)),
        }
    }
}

pub fn parse_limit(vm: &Vm, v: Value) -> PyResult<Option<Duration>> {
    if v.is_none() {
        return Ok(None);
    }
    let seconds = protocol::number::to_float(vm, v)?;
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(vm.value_error("Timeout value out of range"));
    }
    Duration::try_from_secs_f64(seconds)
        .map(Some)
        .map_err(|_| vm.overflow_error("timestamp too large to convert to C PyTime_t"))
}

fn set_limit(vm: &Vm, this: Value, limit: Option<Duration>) -> PyResult<()> {
    let mut on = libc::c_int::from(limit.is_some());
    // SAFETY: the number is read.
    if unsafe { libc::ioctl(socket(this).fd, libc::FIONBIO, &mut on) } < 0 {
        return Err(failure(vm));
    }
    socket(this).limit = limit;
    Ok(())
}

fn settimeout(vm: &Vm, this: Value, v: Value) -> PyResult {
    set_limit(vm, this, parse_limit(vm, v)?)?;
    Ok(Owned::none())
}

fn gettimeout(vm: &Vm, this: Value) -> PyResult {
    socket(this).limit.map_or(Ok(Owned::none()), |limit| float::new(vm, limit.as_secs_f64()))
}

fn setblocking(vm: &Vm, this: Value, v: Value) -> PyResult {
    let limit = if protocol::compare::is_true(vm, v)? { None } else { Some(Duration::ZERO) };
    set_limit(vm, this, limit)?;
    Ok(Owned::none())
}

// ---- connections ----

fn accept(vm: &Vm, this: Value) -> PyResult {
    let mut from = Address::empty();
    let fd = operate(vm, this, libc::POLLIN, |fd| {
        let (address, len) = (from.as_mut_ptr(), &raw mut from.len);
        // SAFETY: the address has room for every family.
        unsafe { libc::accept4(fd, address, len, libc::SOCK_CLOEXEC) as isize }
    })?;
    tuple::pair(vm, Owned::fixnum(fd as i64), from.to_python(vm)?)
}

fn bind(vm: &Vm, this: Value, v: Value) -> PyResult {
    let to = address::parse(vm, socket(this).family, v, "bind")?;
    // SAFETY: a valid address.
    if unsafe { libc::bind(socket(this).fd, to.as_ptr(), to.len) } < 0 {
        return Err(failure(vm));
    }
    Ok(Owned::none())
}

/// Connects; an error number, 0 for success.
fn try_connect(vm: &Vm, this: Value, v: Value, function: &str) -> PyResult<i32> {
    let to = address::parse(vm, socket(this).family, v, function)?;
    let fd = socket(this).fd;
    // SAFETY: a valid address.
    if vm.unlocked(|| unsafe { libc::connect(fd, to.as_ptr(), to.len) }) == 0 {
        return Ok(0);
    }
    let error = last_error();
    let end = end_of_patience(this);
    if error != libc::EINTR && !(error == libc::EINPROGRESS && end.is_some()) {
        return Ok(error);
    }
    crate::signals::deliver(vm)?;
    wait(vm, this, libc::POLLOUT, end)?;
    option_number(vm, socket(this).fd, libc::SO_ERROR)
}

fn connect(vm: &Vm, this: Value, v: Value) -> PyResult {
    match try_connect(vm, this, v, "connect")? {
        0 => Ok(Owned::none()),
        error => Err(exceptions::errno_error(vm, error, None)),
    }
}

fn connect_ex(vm: &Vm, this: Value, v: Value) -> PyResult {
    match try_connect(vm, this, v, "connect_ex") {
        Ok(error) => Ok(Owned::fixnum(error.into())),
        Err(raised) => {
            drop(vm.catch(raised, vm.types.timeout_error)?);
            Ok(Owned::fixnum(libc::EAGAIN.into()))
        }
    }
}

fn close(vm: &Vm, this: Value) -> PyResult {
    let fd = std::mem::replace(&mut socket(this).fd, -1);
    // SAFETY: the descriptor is ours. A reset connection is closed all the same.
    if fd >= 0 && unsafe { libc::close(fd) } < 0 && last_error() != libc::ECONNRESET {
        return Err(failure(vm));
    }
    Ok(Owned::none())
}

fn detach(_: &Vm, this: Value) -> PyResult {
    Ok(Owned::fixnum(std::mem::replace(&mut socket(this).fd, -1).into()))
}

fn listen(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let backlog = int_argument(vm, args[0], libc::SOMAXCONN.min(128))?.max(0);
    // SAFETY: a call on numbers.
    retry(vm, || unsafe { libc::listen(socket(this).fd, backlog) as isize })?;
    Ok(Owned::none())
}

fn shutdown(vm: &Vm, this: Value, v: Value) -> PyResult {
    let how = protocol::index::to_i32(vm, v)?;
    // SAFETY: a call on numbers.
    retry(vm, || unsafe { libc::shutdown(socket(this).fd, how) as isize })?;
    Ok(Owned::none())
}

fn name(
    vm: &Vm,
    this: Value,
    call: unsafe extern "C" fn(i32, *mut libc::sockaddr, *mut libc::socklen_t) -> i32,
) -> PyResult {
    let mut found = Address::empty();
    let (address, len) = (found.as_mut_ptr(), &raw mut found.len);
    // SAFETY: the address has room for every family.
    if unsafe { call(socket(this).fd, address, len) } < 0 {
        return Err(failure(vm));
    }
    found.to_python(vm)
}

// ---- options ----

fn getsockopt(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (level, option) = (protocol::index::to_i32(vm, args[0])?, protocol::index::to_i32(vm, args[1])?);
    let size = int_argument(vm, args[2], 0)?;
    let fd = socket(this).fd;
    if size == 0 {
        let (mut n, mut len) = (0i32, size_of::<i32>() as libc::socklen_t);
        // SAFETY: there is room for the number.
        if unsafe { libc::getsockopt(fd, level, option, (&raw mut n).cast(), &mut len) } < 0 {
            return Err(failure(vm));
        }
        return Ok(Owned::fixnum(n.into()));
    }
    if !(1..=1024).contains(&size) {
        return Err(vm.raise(vm.types.os_error, "getsockopt buflen out of range"));
    }
    let (mut data, mut len) = (vec![0u8; size as usize], size as libc::socklen_t);
    // SAFETY: there is room for as many bytes.
    if unsafe { libc::getsockopt(fd, level, option, data.as_mut_ptr().cast(), &mut len) } < 0 {
        return Err(failure(vm));
    }
    bytes::new(vm, &data[..len as usize])
}

fn setsockopt(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (level, option) = (protocol::index::to_i32(vm, args[0])?, protocol::index::to_i32(vm, args[1])?);
    let fd = socket(this).fd;
    let set = |data: *const u8, len: usize| {
        // SAFETY: null, or as many bytes as `len` says.
        let done = unsafe { libc::setsockopt(fd, level, option, data.cast(), len as libc::socklen_t) };
        if done < 0 { Err(failure(vm)) } else { Ok(Owned::none()) }
    };
    if int::is_int(vm, args[2]) {
        let n = protocol::index::to_i32(vm, args[2])?.to_ne_bytes();
        return set(n.as_ptr(), n.len());
    }
    if args[2].is_none() {
        let len = int_argument(vm, args[3], 0)?;
        return set(std::ptr::null(), len.max(0) as usize);
    }
    let data = bytes::buffer(vm, args[2])?;
    set(data.as_slice().as_ptr(), data.len())
}

// ---- data ----

fn receive(vm: &Vm, this: Value, size: isize, flags: i32, from: Option<&mut Address>) -> PyResult {
    let Ok(size) = usize::try_from(size) else { return Err(vm.value_error("negative buffersize in recv")) };
    let mut data = Vec::new();
    data.try_reserve_exact(size).map_err(|_| vm.memory_error())?;
    data.resize(size, 0);
    let n = receive_into(vm, this, &mut data, flags, from)?;
    bytes::new(vm, &data[..n])
}

fn receive_into(
    vm: &Vm,
    this: Value,
    data: &mut [u8],
    flags: i32,
    from: Option<&mut Address>,
) -> PyResult<usize> {
    let (address, len) = match from {
        Some(a) => (a.as_mut_ptr(), &raw mut a.len),
        None => (std::ptr::null_mut(), std::ptr::null_mut()),
    };
    operate(vm, this, libc::POLLIN, |fd| {
        // SAFETY: at most as much is written as there is room; the address is null or has room for every family.
        unsafe { libc::recvfrom(fd, data.as_mut_ptr().cast(), data.len(), flags, address, len) }
    })
}

fn recv(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    receive(vm, this, protocol::index::to_isize(vm, args[0])?, int_argument(vm, args[1], 0)?, None)
}

fn recvfrom(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (size, flags) = (protocol::index::to_isize(vm, args[0])?, int_argument(vm, args[1], 0)?);
    let mut from = Address::empty();
    let data = receive(vm, this, size, flags, Some(&mut from))?;
    tuple::pair(vm, data, from.to_python(vm)?)
}

/// Receives into the buffer of `recv_into`'s arguments.
fn into_buffer(vm: &Vm, this: Value, args: &[Value], from: Option<&mut Address>, what: &str) -> PyResult {
    let mut buffer = bytes::writable_buffer(vm, args[0], "recv_into() argument 1")?;
    let size = native::passed(args[1]).map_or(Ok(0), |v| protocol::index::to_isize(vm, v))?;
    let flags = int_argument(vm, args[2], 0)?;
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.value_error(&format!("negative buffersize in {what}")));
    };
    if size > buffer.len() {
        return Err(vm.value_error("buffer too small for requested bytes"));
    }
    let size = if size == 0 { buffer.len() } else { size };
    // The data arrive in a buffer of ours first: signal handlers may run meanwhile.
    let mut data = vec![0; size.min(1 << 20)];
    let n = receive_into(vm, this, &mut data, flags, from)?;
    buffer.as_mut_slice()[..n].copy_from_slice(&data[..n]);
    int::from_usize(vm, n)
}

fn recv_into(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    into_buffer(vm, this, args, None, "recv_into")
}

fn recvfrom_into(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let mut from = Address::empty();
    let n = into_buffer(vm, this, args, Some(&mut from), "recvfrom_into")?;
    tuple::pair(vm, n, from.to_python(vm)?)
}

fn send(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (data, flags) = (bytes::buffer(vm, args[0])?, int_argument(vm, args[1], 0)?);
    let n = operate(vm, this, libc::POLLOUT, |fd| {
        // SAFETY: the bytes are valid while the buffer is held.
        unsafe { libc::send(fd, data.as_ptr().cast(), data.len(), flags) }
    })?;
    int::from_usize(vm, n)
}

fn sendall(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (data, flags) = (bytes::buffer(vm, args[0])?, int_argument(vm, args[1], 0)?);
    let mut sent = 0;
    while sent < data.len() {
        sent += operate(vm, this, libc::POLLOUT, |fd| {
            // SAFETY: the bytes are valid while the buffer is held.
            unsafe { libc::send(fd, data.as_ptr().add(sent).cast(), data.len() - sent, flags) }
        })?;
    }
    Ok(Owned::none())
}

fn sendto(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let data = bytes::buffer(vm, args[0])?;
    let (flags, to) = match native::passed(args[2]) {
        Some(to) => (protocol::index::to_i32(vm, args[1])?, to),
        None => (0, args[1]),
    };
    let to = address::parse(vm, socket(this).family, to, "sendto")?;
    let n = operate(vm, this, libc::POLLOUT, |fd| {
        // SAFETY: the bytes are valid while the buffer is held, and so is the address.
        unsafe { libc::sendto(fd, data.as_ptr().cast(), data.len(), flags, to.as_ptr(), to.len) }
    })?;
    int::from_usize(vm, n)
}
