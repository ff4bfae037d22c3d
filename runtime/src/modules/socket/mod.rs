//! `_socket`: sockets and the names of hosts.
//!
//! | module | holds |
//! |---|---|
//! | `object` | the class of sockets |
//! | `address` | addresses, `getaddrinfo` |
//! | `constants` | numbers by name |

mod address;
mod constants;
mod object;

use std::ffi::CStr;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use taipan_layout::Value;

use self::address::{Address, Hints, host_text, lookup, service_text};
use super::NativeModule;
use super::native;
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::{TypeRef, bytes, float, int, is_instance, list, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_socket",
    doc: "Sockets, as the socket module builds on them.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        for (name, number) in constants::NUMBERS {
            super::set(vm, m, name, *int::new(vm, *number)?)?;
        }
        super::add_type(vm, m, vm.types.socket, &object::SOCKET)?;
        super::set(vm, m, "SocketType", vm.types.socket.value())?;
        super::set(vm, m, "has_ipv6", Value::TRUE)?;
        super::set(vm, m, "error", vm.types.os_error.value())?;
        super::set(vm, m, "timeout", vm.types.timeout_error.value())?;
        for name in ["herror", "gaierror"] {
            let class = super::new_exception(vm, "socket", name, vm.types.os_error)?;
            super::set(vm, m, name, *class)?;
        }
        Ok(())
    },
};

static FUNCTIONS: &[MethodSpec] = &[
    function1(
        "close",
        "($module, fd, /)",
        close,
        "close(integer) -> None\n\nClose an integer socket file descriptor.",
    ),
    function1(
        "dup",
        "($module, fd, /)",
        dup,
        "dup(integer) -> integer\n\nDuplicate an integer socket file descriptor.",
    ),
    function(
        "socketpair",
        "($module, family=AF_UNIX, type=SOCK_STREAM, proto=0, /)",
        socketpair,
        "Create a pair of socket objects from the sockets returned by the platform socketpair() function.",
    ),
    function0("gethostname", gethostname, "The name of this machine."),
    function1("gethostbyname", "($module, host, /)", gethostbyname, "The IP address of a host."),
    function(
        "getaddrinfo",
        "($module, /, host, port, family=0, type=0, proto=0, flags=0)",
        getaddrinfo,
        "Resolve host and port into addrinfo struct.",
    ),
    function(
        "getnameinfo",
        "($module, sockaddr, flags, /)",
        getnameinfo,
        "Get host and port for a sockaddr.",
    ),
    function0(
        "getdefaulttimeout",
        |vm, _| default_timeout(vm).map_or(Ok(Owned::none()), |limit| float::new(vm, limit.as_secs_f64())),
        "The default time limit of new sockets.",
    ),
    function1(
        "setdefaulttimeout",
        "($module, timeout, /)",
        |vm, _, v| {
            vm.state.socket_timeout.set(object::parse_limit(vm, v)?);
            Ok(Owned::none())
        },
        "Set the default time limit of new sockets.",
    ),
    function1("htons", "($module, x, /)", swap_short, "A number of 16 bits in the order of the network."),
    function1("ntohs", "($module, x, /)", swap_short, "A number of 16 bits in the order of this machine."),
    function1("htonl", "($module, x, /)", swap_long, "A number of 32 bits in the order of the network."),
    function1("ntohl", "($module, x, /)", swap_long, "A number of 32 bits in the order of this machine."),
    function1(
        "inet_aton",
        "($module, ip_addr, /)",
        inet_aton,
        "Convert an IP address in string format to the packed binary format.",
    ),
    function1(
        "inet_ntoa",
        "($module, packed_ip, /)",
        inet_ntoa,
        "The address that four bytes stand for, as text.",
    ),
    function(
        "inet_pton",
        "($module, address_family, ip_string, /)",
        inet_pton,
        "Convert an IP address to its packed format.",
    ),
    function(
        "inet_ntop",
        "($module, address_family, packed_ip, /)",
        inet_ntop,
        "Convert a packed IP address to its string format.",
    ),
];

fn default_timeout(vm: &Vm) -> Option<Duration> {
    vm.state.socket_timeout.get()
}

/// An error of looking up names: `gaierror(number, text)`.
#[cold]
fn gai_error(vm: &Vm, error: i32) -> Raised {
    if error == libc::EAI_SYSTEM {
        return object::failure(vm);
    }
    // SAFETY: the text is static and ends with a zero byte.
    let text = unsafe { CStr::from_ptr(libc::gai_strerror(error)) }.to_string_lossy().into_owned();
    let class = super::attribute(vm, "_socket", "gaierror").and_then(|c| TypeRef::from_value(vm, *c));
    match str::new(vm, &text) {
        Ok(text) => vm.raise_with(class.unwrap_or(vm.types.os_error), &[Value::fixnum(error.into()), *text]),
        Err(raised) => raised,
    }
}

fn close(vm: &Vm, _: Value, v: Value) -> PyResult {
    let fd = protocol::index::to_i32(vm, v)?;
    // SAFETY: a call on a number.
    if unsafe { libc::close(fd) } < 0 {
        return Err(object::failure(vm));
    }
    Ok(Owned::none())
}

fn dup(vm: &Vm, _: Value, v: Value) -> PyResult {
    let fd = protocol::index::to_i32(vm, v)?;
    // SAFETY: a call on a number.
    match unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) } {
        new if new >= 0 => Ok(Owned::fixnum(new.into())),
        _ => Err(object::failure(vm)),
    }
}

fn socketpair(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let number =
        |v: Value, default: i32| native::given(v).map_or(Ok(default), |v| protocol::index::to_i32(vm, v));
    let family = number(args[0], libc::AF_UNIX)?;
    let (kind, proto) = (number(args[1], libc::SOCK_STREAM)?, number(args[2], 0)?);
    let mut pair = [0; 2];
    // SAFETY: there is room for two descriptors.
    if unsafe { libc::socketpair(family, kind | libc::SOCK_CLOEXEC, proto, pair.as_mut_ptr()) } < 0 {
        return Err(object::failure(vm));
    }
    let wrap = |fd: i32| {
        let words = [family, kind, proto, fd].map(|n| Value::fixnum(n.into()));
        protocol::call::positional(vm, vm.types.socket.value(), &words)
    };
    tuple::pair(vm, wrap(pair[0])?, wrap(pair[1])?)
}

fn gethostname(vm: &Vm, _: Value) -> PyResult {
    let mut name = [0u8; 1024];
    // SAFETY: at most as much is written as there is room.
    if unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) } < 0 {
        return Err(object::failure(vm));
    }
    super::posix::decode(vm, name.split(|b| *b == 0).next().unwrap_or_default())
}

fn gethostbyname(vm: &Vm, _: Value, v: Value) -> PyResult {
    let host = host_text(vm, v)?;
    if host.is_empty() {
        return str::new(vm, "0.0.0.0");
    }
    let found = lookup(vm, Some(&host), None, &Hints { family: libc::AF_INET, ..Hints::default() })?;
    let Some(first) = found.first() else { return Err(gai_error(vm, libc::EAI_NONAME)) };
    let address = first.address.to_python(vm)?;
    Ok(tuple::items(&address).first().map_or_else(Owned::none, |host| host.own()))
}

fn getaddrinfo(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let host = if args[0].is_none() { None } else { Some(host_text(vm, args[0])?) };
    let service = service_text(vm, args[1])?;
    let number = |v: Value| native::passed(v).map_or(Ok(0), |v| protocol::index::to_i32(vm, v));
    let hints = Hints {
        family: number(args[2])?,
        kind: number(args[3])?,
        proto: number(args[4])?,
        flags: number(args[5])?,
    };
    let mut out = Vec::new();
    for found in lookup(vm, host.as_deref(), service.as_deref(), &hints)? {
        let numbers = [found.family, found.kind, found.proto].map(|n| Value::fixnum(n.into()));
        let canonical = super::posix::decode(vm, &found.canonical)?;
        let address = found.address.to_python(vm)?;
        out.push(tuple::from_slice(vm, &[numbers[0], numbers[1], numbers[2], *canonical, *address])?);
    }
    list::new(vm, out)
}

fn getnameinfo(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    if !tuple::is_tuple(vm, args[0]) {
        return Err(vm.type_error("getnameinfo() argument 1 must be a tuple"));
    }
    let flags = protocol::index::to_i32(vm, args[1])?;
    let items: Vec<Value> = tuple::items(&args[0]).to_vec();
    let [host, ..] = items.as_slice() else {
        return Err(vm.type_error("getnameinfo(): illegal sockaddr argument"));
    };
    let family = if is_instance(vm, *host, vm.types.str) && str::to_string_lossy(*host).contains(':') {
        libc::AF_INET6
    } else {
        libc::AF_INET
    };
    let address: Address = address::parse(vm, family, args[0], "getnameinfo")?;
    let (mut name, mut service) = ([0u8; 1025], [0u8; 32]);
    // SAFETY: a valid address and room for both texts, which end with zero bytes.
    let (name, service) = unsafe {
        let error = libc::getnameinfo(
            address.as_ptr(),
            address.len,
            name.as_mut_ptr().cast(),
            name.len() as libc::socklen_t,
            service.as_mut_ptr().cast(),
            service.len() as libc::socklen_t,
            flags,
        );
        if error != 0 {
            return Err(gai_error(vm, error));
        }
        (CStr::from_ptr(name.as_ptr().cast()), CStr::from_ptr(service.as_ptr().cast()))
    };
    let (name, service) =
        (super::posix::decode(vm, name.to_bytes())?, super::posix::decode(vm, service.to_bytes())?);
    tuple::pair(vm, name, service)
}

fn swap_short(vm: &Vm, _: Value, v: Value) -> PyResult {
    let n = protocol::index::to_i64(vm, v)?;
    if n < 0 {
        return Err(vm.overflow_error("can't convert negative Python int to C 16-bit unsigned integer"));
    }
    match u16::try_from(n) {
        Ok(n) => Ok(Owned::fixnum(n.to_be().into())),
        Err(_) => Err(vm.overflow_error("Python int too large to convert to C 16-bit unsigned integer")),
    }
}

fn swap_long(vm: &Vm, _: Value, v: Value) -> PyResult {
    if !int::is_int(vm, v) {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("expected int, {got} found")));
    }
    match int::as_i64(v).map(u32::try_from) {
        Some(Ok(n)) => Ok(Owned::fixnum(n.to_be().into())),
        _ if int::is_negative(v) => Err(vm.overflow_error("can't convert negative value to unsigned int")),
        _ => Err(vm.overflow_error("int larger than 32 bits")),
    }
}

fn text(vm: &Vm, v: Value) -> PyResult<String> {
    if !is_instance(vm, v, vm.types.str) {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("argument must be str, not {got}")));
    }
    Ok(str::to_string_lossy(v))
}

fn illegal(vm: &Vm, what: &str) -> Raised {
    vm.raise(vm.types.os_error, &format!("illegal IP address string passed to {what}"))
}

fn inet_aton(vm: &Vm, _: Value, v: Value) -> PyResult {
    let text = std::ffi::CString::new(text(vm, v)?).map_err(|_| vm.value_error("embedded null character"))?;
    let mut found = libc::in_addr { s_addr: 0 };
    // SAFETY: the text ends with a zero byte and there is room for the address.
    if unsafe { inet_aton_of_libc(text.as_ptr(), &mut found) } == 0 {
        return Err(illegal(vm, "inet_aton"));
    }
    bytes::new(vm, &found.s_addr.to_ne_bytes())
}

unsafe extern "C" {
    #[link_name = "inet_aton"]
    fn inet_aton_of_libc(text: *const libc::c_char, address: *mut libc::in_addr) -> libc::c_int;
}

fn inet_ntoa(vm: &Vm, _: Value, v: Value) -> PyResult {
    let data = bytes::buffer(vm, v)?;
    let octets: Result<[u8; 4], _> = data.as_slice().try_into();
    match octets {
        Ok(octets) => str::new(vm, &Ipv4Addr::from(octets).to_string()),
        Err(_) => Err(vm.raise(vm.types.os_error, "packed IP wrong length")),
    }
}

fn unknown_family(vm: &Vm, family: i32) -> Raised {
    vm.value_error(&format!("unknown address family {family}"))
}

fn inet_pton(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (family, text) = (protocol::index::to_i32(vm, args[0])?, text(vm, args[1])?);
    match family {
        libc::AF_INET => match text.parse::<Ipv4Addr>() {
            Ok(ip) => bytes::new(vm, &ip.octets()),
            Err(_) => Err(illegal(vm, "inet_pton")),
        },
        libc::AF_INET6 => match text.parse::<Ipv6Addr>() {
            Ok(ip) => bytes::new(vm, &ip.octets()),
            Err(_) => Err(illegal(vm, "inet_pton")),
        },
        family => Err(unknown_family(vm, family)),
    }
}

fn inet_ntop(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let family = protocol::index::to_i32(vm, args[0])?;
    let data = bytes::buffer(vm, args[1])?;
    let wrong = || vm.value_error("invalid length of packed IP address string");
    match family {
        libc::AF_INET => {
            let octets: [u8; 4] = data.as_slice().try_into().map_err(|_| wrong())?;
            str::new(vm, &Ipv4Addr::from(octets).to_string())
        }
        libc::AF_INET6 => {
            let octets: [u8; 16] = data.as_slice().try_into().map_err(|_| wrong())?;
            str::new(vm, &Ipv6Addr::from(octets).to_string())
        }
        family => Err(unknown_family(vm, family)),
    }
}
