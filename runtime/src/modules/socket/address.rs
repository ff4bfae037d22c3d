//! Addresses: Python's tuples and paths, and the system's structures.

use std::ffi::{CStr, CString};
use std::net::{Ipv4Addr, Ipv6Addr};

use taipan_layout::Value;

use super::gai_error;
use crate::modules::posix::{decode, environment_text};
use crate::objects::{bytes, int, is_instance, str, tuple, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// A socket address with room for every family.
pub struct Address {
    storage: libc::sockaddr_storage,
    pub len: libc::socklen_t,
}

impl Address {
    pub fn empty() -> Address {
        // SAFETY: all zero is a valid address storage (of the family "unspecified").
        let storage = unsafe { std::mem::zeroed() };
        Address { storage, len: size_of::<libc::sockaddr_storage>() as libc::socklen_t }
    }

    fn of<T>(address: T) -> Address {
        let mut all = Address::empty();
        // SAFETY: the storage is large enough and aligned for every socket address.
        unsafe { (&raw mut all.storage).cast::<T>().write(address) };
        all.len = size_of::<T>() as libc::socklen_t;
        all
    }

    pub fn v4(ip: Ipv4Addr, port: u16) -> Address {
        // SAFETY: all zero is a valid address.
        let mut a: libc::sockaddr_in = unsafe { std::mem::zeroed() };
        a.sin_family = libc::AF_INET as libc::sa_family_t;
        a.sin_port = port.to_be();
        a.sin_addr.s_addr = u32::from_ne_bytes(ip.octets());
        Address::of(a)
    }

    pub fn v6(ip: Ipv6Addr, port: u16, flow: u32, scope: u32) -> Address {
        // SAFETY: all zero is a valid address.
        let mut a: libc::sockaddr_in6 = unsafe { std::mem::zeroed() };
        a.sin6_family = libc::AF_INET6 as libc::sa_family_t;
        a.sin6_port = port.to_be();
        a.sin6_flowinfo = flow.to_be();
        a.sin6_scope_id = scope;
        a.sin6_addr.s6_addr = ip.octets();
        Address::of(a)
    }

    /// # Safety
    /// `address` points to a socket address of `len` bytes.
    pub unsafe fn copy(address: *const libc::sockaddr, len: libc::socklen_t) -> Address {
        let mut all = Address::empty();
        let n = (len as usize).min(size_of::<libc::sockaddr_storage>());
        // SAFETY: by contract; the storage has room for as much.
        unsafe { (&raw mut all.storage).cast::<u8>().copy_from(address.cast(), n) };
        all.len = n as libc::socklen_t;
        all
    }

    pub fn as_ptr(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }
    pub fn as_mut_ptr(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.storage).cast()
    }

    /// The address as Python has it.
    pub fn to_python(&self, vm: &Vm) -> PyResult {
        if self.len == 0 {
            return Ok(Owned::none());
        }
        match i32::from(self.storage.ss_family) {
            libc::AF_INET => {
                // SAFETY: the family says which structure it is.
                let a = unsafe { (&raw const self.storage).cast::<libc::sockaddr_in>().read() };
                let ip = Ipv4Addr::from(a.sin_addr.s_addr.to_ne_bytes());
                let host = str::new(vm, &ip.to_string())?;
                tuple::pair(vm, host, Owned::fixnum(u16::from_be(a.sin_port).into()))
            }
            libc::AF_INET6 => {
                // SAFETY: the family says which structure it is.
                let a = unsafe { (&raw const self.storage).cast::<libc::sockaddr_in6>().read() };
                let ip = Ipv6Addr::from(a.sin6_addr.s6_addr);
                let host = str::new(vm, &ip.to_string())?;
                let numbers = [
                    i64::from(u16::from_be(a.sin6_port)),
                    i64::from(u32::from_be(a.sin6_flowinfo)),
                    i64::from(a.sin6_scope_id),
                ];
                let numbers = numbers.map(Value::fixnum);
                tuple::from_slice(vm, &[*host, numbers[0], numbers[1], numbers[2]])
            }
            libc::AF_UNIX => {
                // SAFETY: the family says which structure it is.
                let a = unsafe { (&raw const self.storage).cast::<libc::sockaddr_un>().read() };
                let n = (self.len as usize).saturating_sub(std::mem::offset_of!(libc::sockaddr_un, sun_path));
                let path: Vec<u8> = a.sun_path[..n.min(a.sun_path.len())].iter().map(|c| *c as u8).collect();
                match path.first() {
                    // An address in the abstract namespace.
                    Some(0) => bytes::new(vm, &path),
                    _ => decode(vm, path.split(|b| *b == 0).next().unwrap_or_default()),
                }
            }
            family => {
                let n = self.len as usize;
                // SAFETY: the storage has at least as many bytes.
                let data = unsafe { std::slice::from_raw_parts((&raw const self.storage).cast::<u8>(), n) };
                let data = bytes::new(vm, data.get(2..).unwrap_or_default())?;
                tuple::pair(vm, Owned::fixnum(family.into()), data)
            }
        }
    }
}

/// An address argument of a socket of `family`.
pub fn parse(vm: &Vm, family: i32, v: Value, function: &str) -> PyResult<Address> {
    match family {
        libc::AF_UNIX => unix(vm, v),
        libc::AF_INET | libc::AF_INET6 => {
            let name = if family == libc::AF_INET { "AF_INET" } else { "AF_INET6" };
            if !tuple::is_tuple(vm, v) {
                let got = type_of(vm, v).name_str();
                return Err(vm.type_error(&format!("{function}(): {name} address must be tuple, not {got}")));
            }
            let items: Vec<Value> = tuple::items(&v).to_vec();
            let max = if family == libc::AF_INET { 2 } else { 4 };
            if items.len() < 2 || items.len() > max {
                let what = if family == libc::AF_INET {
                    "a pair (host, port)"
                } else {
                    "a tuple (host, port[, flowinfo[, scopeid]])"
                };
                return Err(vm.type_error(&format!("{name} address must be {what}")));
            }
            let port = protocol::index::to_i64(vm, items[1])?;
            let port = u16::try_from(port)
                .map_err(|_| vm.overflow_error(&format!("{function}(): port must be 0-65535.")))?;
            let extra = |i: usize| match items.get(i) {
                Some(v) => protocol::index::to_i64(vm, *v).map(|n| n as u32),
                None => Ok(0),
            };
            let (flow, scope) = (extra(2)?, extra(3)?);
            if flow > 0xF_FFFF {
                return Err(vm.overflow_error(&format!("{function}(): flowinfo must be 0-1048575.")));
            }
            host(vm, family, items[0], port, flow, scope)
        }
        _ => Err(vm.raise(vm.types.os_error, &format!("{function}(): bad family"))),
    }
}

fn unix(vm: &Vm, v: Value) -> PyResult<Address> {
    let path = if bytes::is_bytes_like(vm, v) {
        bytes::buffer(vm, v)?.as_slice().to_vec()
    } else {
        environment_text(vm, v)?.into_bytes()
    };
    // SAFETY: all zero is a valid address.
    let mut a: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    let is_abstract = path.first() == Some(&0);
    let room = a.sun_path.len() - usize::from(!is_abstract);
    if path.len() > room {
        return Err(vm.raise(vm.types.os_error, "AF_UNIX path too long"));
    }
    a.sun_family = libc::AF_UNIX as libc::sa_family_t;
    a.sun_path.iter_mut().zip(&path).for_each(|(place, b)| *place = *b as libc::c_char);
    let end = usize::from(!is_abstract && !path.is_empty());
    let mut all = Address::of(a);
    all.len = (std::mem::offset_of!(libc::sockaddr_un, sun_path) + path.len() + end) as libc::socklen_t;
    Ok(all)
}

fn host(vm: &Vm, family: i32, v: Value, port: u16, flow: u32, scope: u32) -> PyResult<Address> {
    let text = host_text(vm, v)?;
    if family == libc::AF_INET {
        let known = match text.as_bytes() {
            b"" => Some(Ipv4Addr::UNSPECIFIED),
            b"<broadcast>" => Some(Ipv4Addr::BROADCAST),
            other => std::str::from_utf8(other).ok().and_then(|t| t.parse().ok()),
        };
        if let Some(ip) = known {
            return Ok(Address::v4(ip, port));
        }
    } else if let Some(ip) = match text.as_bytes() {
        b"" => Some(Ipv6Addr::UNSPECIFIED),
        other => std::str::from_utf8(other).ok().and_then(|t| t.parse().ok()),
    } {
        return Ok(Address::v6(ip, port, flow, scope));
    }
    let found = lookup(vm, Some(&text), None, &Hints { family, ..Hints::default() })?;
    let Some(first) = found.first() else { return Err(vm.raise(vm.types.os_error, "host not found")) };
    // SAFETY: the family was asked for, so the storage is such an address.
    let address = unsafe {
        if family == libc::AF_INET {
            let mut a = (&raw const first.address.storage).cast::<libc::sockaddr_in>().read();
            a.sin_port = port.to_be();
            Address::of(a)
        } else {
            let mut a = (&raw const first.address.storage).cast::<libc::sockaddr_in6>().read();
            (a.sin6_port, a.sin6_flowinfo, a.sin6_scope_id) = (port.to_be(), flow.to_be(), scope);
            Address::of(a)
        }
    };
    Ok(address)
}

/// A host name, in the form that the domain name system has it.
pub fn host_text(vm: &Vm, v: Value) -> PyResult<CString> {
    let text = if is_instance(vm, v, vm.types.str) {
        match str::ascii(&v) {
            Some(ascii) => ascii.to_vec(),
            None => {
                let encoded = protocol::attr::call_attr(vm, v, "encode", &[*str::new(vm, "idna")?])?;
                bytes::as_slice(&encoded).to_vec()
            }
        }
    } else if bytes::is_bytes_like(vm, v) {
        bytes::buffer(vm, v)?.as_slice().to_vec()
    } else {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("str, bytes or bytearray expected, not {got}")));
    };
    CString::new(text).map_err(|_| vm.type_error("host name must not contain null character"))
}

/// What `getaddrinfo` is to look for.
#[derive(Default)]
pub struct Hints {
    pub family: i32,
    pub kind: i32,
    pub proto: i32,
    pub flags: i32,
}

/// One answer of `getaddrinfo`.
pub struct Found {
    pub family: i32,
    pub kind: i32,
    pub proto: i32,
    pub canonical: Vec<u8>,
    pub address: Address,
}

/// `getaddrinfo` of the system.
pub fn lookup(vm: &Vm, host: Option<&CStr>, service: Option<&CStr>, hints: &Hints) -> PyResult<Vec<Found>> {
    let mut found = Vec::new();
    // SAFETY: the texts end with zero bytes, the hints are valid, and the list is freed after it was copied.
    unsafe {
        let mut h: libc::addrinfo = std::mem::zeroed();
        (h.ai_family, h.ai_socktype) = (hints.family, hints.kind);
        (h.ai_protocol, h.ai_flags) = (hints.proto, hints.flags);
        let text = |t: Option<&CStr>| t.map_or(std::ptr::null(), CStr::as_ptr);
        let mut list = std::ptr::null_mut();
        let error = vm.unlocked(|| libc::getaddrinfo(text(host), text(service), &h, &mut list));
        if error != 0 {
            return Err(gai_error(vm, error));
        }
        let mut at = list;
        while !at.is_null() {
            let entry = &*at;
            found.push(Found {
                family: entry.ai_family,
                kind: entry.ai_socktype,
                proto: entry.ai_protocol,
                canonical: match entry.ai_canonname.is_null() {
                    true => Vec::new(),
                    false => CStr::from_ptr(entry.ai_canonname).to_bytes().to_vec(),
                },
                address: Address::copy(entry.ai_addr, entry.ai_addrlen),
            });
            at = entry.ai_next;
        }
        libc::freeaddrinfo(list);
    }
    Ok(found)
}

/// A service of `getaddrinfo`: a name, a number, or None.
pub fn service_text(vm: &Vm, v: Value) -> PyResult<Option<CString>> {
    if v.is_null() || v.is_none() {
        return Ok(None);
    }
    let text = if int::is_int(vm, v) {
        protocol::index::to_i64(vm, v)?.to_string().into_bytes()
    } else if is_instance(vm, v, vm.types.str) {
        str::to_wtf8(v)
    } else if bytes::is_bytes(vm, v) {
        bytes::as_slice(&v).to_vec()
    } else {
        return Err(vm.raise(vm.types.os_error, "Int or String expected"));
    };
    CString::new(text).map(Some).map_err(|_| vm.value_error("embedded null character"))
}
