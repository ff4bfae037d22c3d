//! The C library's translations of messages (`gettext(3)`).

use std::ffi::{CStr, CString, c_char, c_int};

use taipan_layout::Value;

use super::text::decode;
use super::{c_text, error, optional_c_text, or_null};
use crate::modules::native::given;
use crate::modules::posix::path;
use crate::objects::exceptions;
use crate::objects::str::args::expect_only_str;
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

unsafe extern "C" {
    #[link_name = "dcgettext"]
    fn translate(domain: *const c_char, message: *const c_char, category: c_int) -> *const c_char;
    #[link_name = "textdomain"]
    fn c_textdomain(domain: *const c_char) -> *const c_char;
    #[link_name = "bindtextdomain"]
    fn c_bindtextdomain(domain: *const c_char, folder: *const c_char) -> *const c_char;
    #[link_name = "bind_textdomain_codeset"]
    fn c_bind_codeset(domain: *const c_char, codeset: *const c_char) -> *const c_char;
}

/// A message's translation, or the message.
fn translation(vm: &Vm, domain: Option<&CString>, message: &CStr, category: c_int) -> PyResult {
    // SAFETY: texts that end with a zero byte, or NULL for the current domain; the answer is one of them or the catalogue's.
    let text = unsafe { CStr::from_ptr(translate(or_null(domain), message.as_ptr(), category)) };
    decode(vm, text, libc::LC_CTYPE)
}

pub(super) fn gettext(vm: &Vm, _: Value, message: Value) -> PyResult {
    expect_only_str(vm, message, "gettext")?;
    translation(vm, None, &super::to_c(vm, message)?, libc::LC_MESSAGES)
}

pub(super) fn dgettext(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let domain = optional_c_text(vm, args[0], "dgettext", " 1")?;
    translation(vm, domain.as_ref(), &c_text(vm, args[1], "dgettext", 2)?, libc::LC_MESSAGES)
}

pub(super) fn dcgettext(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let domain = optional_c_text(vm, args[0], "dcgettext", " 1")?;
    let message = c_text(vm, args[1], "dcgettext", 2)?;
    translation(vm, domain.as_ref(), &message, protocol::index::to_i32(vm, args[2])?)
}

/// What the C library answers to a setting: a text, or NULL with an error.
///
/// # Safety
/// NULL or a text that ends with a zero byte.
unsafe fn answer(vm: &Vm, p: *const c_char) -> PyResult {
    if p.is_null() {
        return Err(failure(vm));
    }
    // SAFETY: by contract.
    decode(vm, unsafe { CStr::from_ptr(p) }, libc::LC_CTYPE)
}

#[cold]
fn failure(vm: &Vm) -> Raised {
    let number = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
    exceptions::errno_error(vm, number, None)
}

pub(super) fn textdomain(vm: &Vm, _: Value, domain: Value) -> PyResult {
    let domain = optional_c_text(vm, domain, "textdomain", "")?;
    // SAFETY: NULL, which asks, or a text.
    unsafe { answer(vm, c_textdomain(or_null(domain.as_ref()))) }
}

pub(super) fn bindtextdomain(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let domain = c_text(vm, args[0], "bindtextdomain", 1)?;
    if domain.is_empty() {
        return Err(error(vm, "domain must be a non-empty string"));
    }
    let folder = match given(args[1]) {
        None => None,
        Some(v) => {
            let name = path::encode(vm, *path::fspath(vm, v)?)?;
            Some(CString::new(name).map_err(|_| vm.value_error("embedded null byte"))?)
        }
    };
    // SAFETY: texts; without a folder this asks.
    unsafe { answer(vm, c_bindtextdomain(domain.as_ptr(), or_null(folder.as_ref()))) }
}

pub(super) fn bind_textdomain_codeset(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let domain = c_text(vm, args[0], "bind_textdomain_codeset", 1)?;
    let codeset = optional_c_text(vm, args[1], "bind_textdomain_codeset", " 2")?;
    // SAFETY: texts; without a codeset this asks, and the answer may be that there is none.
    unsafe {
        let p = c_bind_codeset(domain.as_ptr(), or_null(codeset.as_ref()));
        if p.is_null() { Ok(Owned::none()) } else { answer(vm, p) }
    }
}
