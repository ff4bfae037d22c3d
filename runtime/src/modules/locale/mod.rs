//! `_locale`: how the C library writes numbers, dates and text where the user lives.
//!
//! The locale is the process's own, `setlocale(3)`: what is set here also holds for whatever else asks the C library
//! (`time.strftime`, messages of system errors), and for the formats `n` of numbers ([`number_format`]). At first only
//! `LC_CTYPE` is the environment's, everything else is C's. Instead of a `C` that nobody chose the first locale of
//! [`COERCED`] is taken (PEP 538).
//!
//! | module | holds |
//! |---|---|
//! | `text` | the C library's texts, in the encoding of the category that they belong to, and wide characters |
//! | `numbers` | `localeconv` |
//! | `items` | `nl_langinfo` |
//! | `messages` | the `gettext` family |

mod items;
mod messages;
mod numbers;
mod text;

use std::ffi::{CStr, CString};
use std::ptr;
use std::sync::Once;

use taipan_layout::Value;

use self::text::WideText;
use super::NativeModule;
use super::native::given;
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::str::args::{expect_only_str, expect_str, is_str, type_name};
use crate::objects::{TypeRef, str};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub use self::numbers::number_format;
pub use self::text::decode_lenient;

pub static MODULE: NativeModule =
    NativeModule { name: "_locale", doc: "The C library's locales.", functions: FUNCTIONS, fill };

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "setlocale",
        "($module, category, locale=None, /)",
        setlocale,
        "Choose a locale for a category; without one, tell which is chosen.",
    ),
    function0(
        "localeconv",
        |vm, _| numbers::localeconv(vm),
        "How the chosen locale writes numbers and amounts of money.",
    ),
    function(
        "strcoll",
        "($module, os1, os2, /)",
        strcoll,
        "Which of two texts comes first in the locale: negative, zero or positive.",
    ),
    function1(
        "strxfrm",
        "($module, string, /)",
        strxfrm,
        "A text that compares like this one does by strcoll().",
    ),
    function1(
        "nl_langinfo",
        "($module, key, /)",
        |vm, _, key| items::langinfo(vm, key),
        "What the locale says about one of the numbered items.",
    ),
    function0("getencoding", getencoding, "The encoding of the locale that the environment asks for."),
    function1("gettext", "($module, msg, /)", messages::gettext, "Return translation of msg."),
    function(
        "dgettext",
        "($module, domain, msg, /)",
        messages::dgettext,
        "Return translation of msg in domain.",
    ),
    function(
        "dcgettext",
        "($module, domain, msg, category, /)",
        messages::dcgettext,
        "The translation of msg by a domain's catalogue for the category.",
    ),
    function1(
        "textdomain",
        "($module, domain, /)",
        messages::textdomain,
        "Choose the C library's domain, and tell which it is now.",
    ),
    function(
        "bindtextdomain",
        "($module, domain, dir, /)",
        messages::bindtextdomain,
        "Say in which folder the C library looks for a domain's catalogues.",
    ),
    function(
        "bind_textdomain_codeset",
        "($module, domain, codeset, /)",
        messages::bind_textdomain_codeset,
        "Say which encoding a domain's translations are in.",
    ),
];

const CATEGORIES: [(&str, libc::c_int); 7] = [
    ("LC_CTYPE", libc::LC_CTYPE),
    ("LC_TIME", libc::LC_TIME),
    ("LC_COLLATE", libc::LC_COLLATE),
    ("LC_MONETARY", libc::LC_MONETARY),
    ("LC_MESSAGES", libc::LC_MESSAGES),
    ("LC_NUMERIC", libc::LC_NUMERIC),
    ("LC_ALL", libc::LC_ALL),
];

/// What stands in for the locale `C`: the same but for the encoding.
const COERCED: [&CStr; 3] = [c"C.UTF-8", c"C.utf8", c"UTF-8"];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    adopt_environment(vm);
    for (name, number) in CATEGORIES {
        super::set(vm, m, name, Value::fixnum(i64::from(number)))?;
    }
    super::set(vm, m, "CHAR_MAX", Value::fixnum(i64::from(libc::c_char::MAX)))?;
    items::add(vm, m)?;
    let error = super::new_exception(vm, "locale", "Error", vm.types.exception)?;
    super::set(vm, m, "Error", *error)
}

/// Makes `LC_CTYPE` the environment's, once in a process.
fn adopt_environment(vm: &Vm) {
    static ADOPTED: Once = Once::new();
    ADOPTED.call_once(|| {
        // SAFETY: constant texts; the answers are looked at before the next call.
        unsafe {
            let name = libc::setlocale(libc::LC_CTYPE, c"".as_ptr());
            let is_plain = name.is_null() || matches!(CStr::from_ptr(name).to_bytes(), b"C" | b"POSIX");
            let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
            let is_wanted = variable("LC_ALL").is_some()
                || !vm.config.ignore_environment && variable("PYTHONCOERCECLOCALE").is_some_and(|v| v == "0");
            if is_plain && !is_wanted {
                let _ = COERCED.iter().find(|name| !libc::setlocale(libc::LC_CTYPE, name.as_ptr()).is_null());
            }
        }
    });
}

/// `locale.Error(text)`.
#[cold]
fn error(vm: &Vm, text: &str) -> Raised {
    let ty = super::attribute(vm, MODULE.name, "Error").and_then(|e| TypeRef::from_value(vm, *e));
    match ty {
        Some(ty) => vm.raise(ty, text),
        None => vm.value_error(text),
    }
}

/// A `str` argument as the C library takes it.
fn c_text(vm: &Vm, v: Value, function: &str, position: u32) -> PyResult<CString> {
    expect_str(vm, v, function, position)?;
    to_c(vm, v)
}

/// [`c_text`]; `None` for None.
fn optional_c_text(vm: &Vm, v: Value, function: &str, which: &str) -> PyResult<Option<CString>> {
    let Some(v) = given(v) else { return Ok(None) };
    if !is_str(vm, v) {
        let got = type_name(vm, v);
        return Err(vm.type_error(&format!("{function}() argument{which} must be str or None, not {got}")));
    }
    to_c(vm, v).map(Some)
}

fn to_c(vm: &Vm, v: Value) -> PyResult<CString> {
    let encoded = str::codec::encode(vm, v, "utf-8", "strict")?;
    CString::new(crate::objects::bytes::as_slice(&encoded)).map_err(|_| null_inside(vm))
}

#[cold]
fn null_inside(vm: &Vm) -> Raised {
    vm.value_error("embedded null character")
}

fn or_null(text: Option<&CString>) -> *const libc::c_char {
    text.map_or(ptr::null(), |t| t.as_ptr())
}

fn setlocale(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let category = protocol::index::to_i32(vm, args[0])?;
    let name = optional_c_text(vm, args[1], "setlocale", " 2")?;
    // SAFETY: NULL or a text that ends with a zero byte; the answer is copied before the next call.
    let answer = unsafe { libc::setlocale(category, or_null(name.as_ref())) };
    if answer.is_null() {
        let text = if name.is_some() { "unsupported locale setting" } else { "locale query failed" };
        return Err(error(vm, text));
    }
    // SAFETY: what the C library answers is a text.
    text::decode(vm, unsafe { CStr::from_ptr(answer) }, libc::LC_CTYPE)
}

fn getencoding(vm: &Vm, _: Value) -> PyResult {
    // SAFETY: a query; the answer is a text.
    let name = unsafe { CStr::from_ptr(libc::nl_langinfo(libc::CODESET)) };
    match name.to_bytes() {
        b"" => str::new(vm, "UTF-8"),
        _ => text::decode(vm, name, libc::LC_CTYPE),
    }
}

fn strcoll(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    expect_str(vm, args[0], "strcoll", 1)?;
    expect_str(vm, args[1], "strcoll", 2)?;
    let (a, b) = (WideText::new(vm, args[0])?, WideText::new(vm, args[1])?);
    Ok(Owned::fixnum(i64::from(a.collate(&b))))
}

fn strxfrm(vm: &Vm, _: Value, v: Value) -> PyResult {
    expect_only_str(vm, v, "strxfrm")?;
    WideText::new(vm, v)?.sort_key(vm)
}
