//! `pwd` and `grp`: the users and groups that the system knows.

use std::ffi::{CStr, CString};

use taipan_layout::Value;

use super::structseq::{self, STRUCT_GROUP, STRUCT_PASSWD};
use super::{NativeModule, add_type};
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::str::args::{expect_named_str, expect_only_str};
use crate::objects::{exceptions, int, list, str, type_of};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static PWD: NativeModule = NativeModule {
    name: "pwd",
    doc: "This module provides access to the Unix password database.",
    functions: USERS,
    fill: |vm, m| add_type(vm, m, vm.types.struct_passwd, &STRUCT_PASSWD),
};

pub static GRP: NativeModule = NativeModule {
    name: "grp",
    doc: "Access to the Unix group database.",
    functions: GROUPS,
    fill: |vm, m| add_type(vm, m, vm.types.struct_group, &STRUCT_GROUP),
};

static USERS: &[MethodSpec] = &[
    function1("getpwuid", "($module, uidobj, /)", user_by_id, "The user of a number."),
    function1("getpwnam", "($module, name, /)", user_by_name, "The user of a name."),
    function0("getpwall", all_users, "All users."),
];

static GROUPS: &[MethodSpec] = &[
    function("getgrgid", "($module, /, id)", |vm, _, a| group_by_id(vm, a[0]), "The group of a number."),
    function("getgrnam", "($module, /, name)", |vm, _, a| group_by_name(vm, a[0]), "The group of a name."),
    function0("getgrall", all_groups, "All groups."),
];

/// Room for a user's or group's texts at first; it is doubled as often as the system asks for more.
const ROOM: usize = 1024;
const MOST_ROOM: usize = 1 << 24;

/// Text of the system's; NULL is None.
///
/// # Safety
/// The pointer is NULL or a text that ends with a zero byte.
unsafe fn text(vm: &Vm, p: *const libc::c_char) -> PyResult {
    if p.is_null() {
        return Ok(Owned::none());
    }
    // SAFETY: by contract.
    let bytes = unsafe { CStr::from_ptr(p) }.to_bytes();
    crate::modules::posix::path::decode(vm, bytes)
}

/// A number of a user or group; −1 as the system has it.
fn number(vm: &Vm, id: u32) -> PyResult {
    if id == u32::MAX { Ok(Owned::fixnum(-1)) } else { int::new(vm, i64::from(id)) }
}

/// The number that was asked for; `None` if no user or group can have it.
fn wanted(vm: &Vm, v: Value, what: &str) -> PyResult<Option<u32>> {
    if !int::is_int(vm, v) && type_of(vm, v).slots().index.is_none() {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("{what} should be integer, not {got}")));
    }
    let n = protocol::number::index(vm, v)?;
    Ok(match int::as_i64(*n) {
        Some(-1) => Some(u32::MAX),
        Some(n) => u32::try_from(n).ok().filter(|n| *n != u32::MAX),
        None => None,
    })
}

#[cold]
fn not_found(vm: &Vm, text: &str) -> Raised {
    match str::new(vm, text) {
        Ok(text) => vm.key_error(*text),
        Err(raised) => raised,
    }
}

/// Calls one of the system's look-ups with growing room; 0 or the number of an error.
fn with_room(mut call: impl FnMut(&mut [libc::c_char]) -> i32) -> i32 {
    let mut room = vec![0; ROOM];
    loop {
        let error = call(&mut room);
        if error != libc::ERANGE || room.len() >= MOST_ROOM {
            return error;
        }
        let more = room.len() * 2;
        room.resize(more, 0);
    }
}

/// # Safety
/// The entry's texts are live.
unsafe fn user(vm: &Vm, p: &libc::passwd) -> PyResult {
    // SAFETY: by contract.
    let items = unsafe {
        [
            text(vm, p.pw_name)?,
            text(vm, p.pw_passwd)?,
            number(vm, p.pw_uid)?,
            number(vm, p.pw_gid)?,
            text(vm, p.pw_gecos)?,
            text(vm, p.pw_dir)?,
            text(vm, p.pw_shell)?,
        ]
    };
    structseq::new(vm, vm.types.struct_passwd, &items.each_ref().map(|v| **v))
}

/// # Safety
/// The entry's texts and its list of members are live.
unsafe fn group(vm: &Vm, g: &libc::group) -> PyResult {
    let mut members = Vec::new();
    // SAFETY: by contract; the list ends with NULL.
    unsafe {
        let mut member = g.gr_mem;
        while !member.is_null() && !(*member).is_null() {
            members.push(text(vm, *member)?);
            member = member.add(1);
        }
        let members = list::new(vm, members)?;
        let items = [text(vm, g.gr_name)?, text(vm, g.gr_passwd)?, number(vm, g.gr_gid)?, members];
        structseq::new(vm, vm.types.struct_group, &items.each_ref().map(|v| **v))
    }
}

/// Looks one entry up and makes what Python sees of it while its texts are there.
///
/// # Safety
/// All zero is a valid `Entry`, and `make` wants of it no more than that the call has filled it.
unsafe fn find<Entry>(
    vm: &Vm,
    call: impl Fn(*mut Entry, &mut [libc::c_char], *mut *mut Entry) -> i32,
    make: unsafe fn(&Vm, &Entry) -> PyResult,
) -> PyResult<Option<Owned>> {
    let mut made = None;
    let error = with_room(|room| {
        // SAFETY: by contract; the call fills the entry with texts in the room.
        let mut entry: Entry = unsafe { std::mem::zeroed() };
        let mut found = std::ptr::null_mut();
        let error = vm.unlocked(|| call(&mut entry, room, &mut found));
        if error == 0 && !found.is_null() {
            // SAFETY: the call has filled the entry, and the room with its texts is still there.
            made = Some(unsafe { make(vm, &entry) });
        }
        error
    });
    answer(vm, error, made)
}

fn find_user(
    vm: &Vm,
    call: impl Fn(*mut libc::passwd, &mut [libc::c_char], *mut *mut libc::passwd) -> i32,
) -> PyResult<Option<Owned>> {
    // SAFETY: a C structure of numbers and pointers.
    unsafe { find(vm, call, user) }
}

fn find_group(
    vm: &Vm,
    call: impl Fn(*mut libc::group, &mut [libc::c_char], *mut *mut libc::group) -> i32,
) -> PyResult<Option<Owned>> {
    // SAFETY: as above.
    unsafe { find(vm, call, group) }
}

fn answer(vm: &Vm, error: i32, made: Option<PyResult>) -> PyResult<Option<Owned>> {
    match error {
        // What systems say when there is no such entry.
        0 | libc::ENOENT | libc::ESRCH | libc::EBADF | libc::EPERM => made.transpose(),
        libc::ENOMEM | libc::ERANGE => Err(vm.memory_error()),
        error => Err(exceptions::errno_error(vm, error, None)),
    }
}

/// A name for the system; it must not have a zero byte.
fn name(vm: &Vm, v: Value) -> PyResult<CString> {
    let bytes = crate::modules::posix::path::encode(vm, v)?;
    CString::new(bytes).map_err(|_| vm.value_error("embedded null byte"))
}

fn user_by_id(vm: &Vm, _: Value, v: Value) -> PyResult {
    let found = match wanted(vm, v, "uid")? {
        Some(id) => find_user(vm, |entry, room, found| {
            // SAFETY: entry, room and result are valid.
            unsafe { libc::getpwuid_r(id, entry, room.as_mut_ptr(), room.len(), found) }
        })?,
        None => return Err(not_found(vm, "getpwuid(): uid not found")),
    };
    let shown = || protocol::object::repr_string(vm, v);
    match found {
        Some(user) => Ok(user),
        None => Err(not_found(vm, &format!("getpwuid(): uid not found: {}", shown()?))),
    }
}

fn user_by_name(vm: &Vm, _: Value, v: Value) -> PyResult {
    expect_only_str(vm, v, "getpwnam")?;
    let wanted = name(vm, v)?;
    let found = find_user(vm, |entry, room, found| {
        // SAFETY: as above; the name ends with a zero byte.
        unsafe { libc::getpwnam_r(wanted.as_ptr(), entry, room.as_mut_ptr(), room.len(), found) }
    })?;
    match found {
        Some(user) => Ok(user),
        None => {
            let shown = protocol::object::repr_string(vm, v)?;
            Err(not_found(vm, &format!("getpwnam(): name not found: {shown}")))
        }
    }
}

fn group_by_id(vm: &Vm, v: Value) -> PyResult {
    let found = match wanted(vm, v, "gid")? {
        Some(id) => find_group(vm, |entry, room, found| {
            // SAFETY: entry, room and result are valid.
            unsafe { libc::getgrgid_r(id, entry, room.as_mut_ptr(), room.len(), found) }
        })?,
        // The wording is CPython's for all numbers that cannot be.
        None => return Err(vm.overflow_error("gid is less than minimum")),
    };
    match found {
        Some(group) => Ok(group),
        None => {
            let shown = protocol::object::repr_string(vm, v)?;
            Err(not_found(vm, &format!("getgrgid(): gid not found: {shown}")))
        }
    }
}

fn group_by_name(vm: &Vm, v: Value) -> PyResult {
    expect_named_str(vm, v, "getgrnam", "name")?;
    let wanted = name(vm, v)?;
    let found = find_group(vm, |entry, room, found| {
        // SAFETY: as above; the name ends with a zero byte.
        unsafe { libc::getgrnam_r(wanted.as_ptr(), entry, room.as_mut_ptr(), room.len(), found) }
    })?;
    match found {
        Some(group) => Ok(group),
        None => {
            let shown = protocol::object::repr_string(vm, v)?;
            Err(not_found(vm, &format!("getgrnam(): name not found: {shown}")))
        }
    }
}

fn all_users(vm: &Vm, _: Value) -> PyResult {
    let mut all = Vec::new();
    // SAFETY: the system's list is read under the interpreter lock; each entry is copied before the next.
    unsafe {
        libc::setpwent();
        let mut entry = libc::getpwent();
        while !entry.is_null() {
            let made = user(vm, &*entry);
            all.push(made.inspect_err(|_| libc::endpwent())?);
            entry = libc::getpwent();
        }
        libc::endpwent();
    }
    list::new(vm, all)
}

fn all_groups(vm: &Vm, _: Value) -> PyResult {
    let mut all = Vec::new();
    // SAFETY: as for users.
    unsafe {
        libc::setgrent();
        let mut entry = libc::getgrent();
        while !entry.is_null() {
            let made = group(vm, &*entry);
            all.push(made.inspect_err(|_| libc::endgrent())?);
            entry = libc::getgrent();
        }
        libc::endgrent();
    }
    list::new(vm, all)
}
