//! `sys.stdin`, `sys.stdout`, `sys.stderr`, and the encoding of text that the environment asks for.
//!
//! The locale is C's, as `setlocale(LC_CTYPE, "")` makes it. In the locale `C`, or one that does not exist, UTF-8 mode
//! is on (PEP 540): everything is UTF-8 whatever the locale says.

use std::ffi::CStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use taipan_layout::Value;

use crate::modules::io::{self, StandardStream};
use crate::objects::exceptions::print::sys_attribute;
use crate::objects::str::codec::Codec;
use crate::objects::str::codec_registry;
use crate::objects::{dict, str};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

struct Locale {
    name: String,
    encoding: String,
}

fn locale() -> &'static Locale {
    static LOCALE: OnceLock<Locale> = OnceLock::new();
    LOCALE.get_or_init(|| {
        // The locales that every system has need not be loaded to know what they say.
        let named = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|v| std::env::var(v).ok().filter(|v| !v.is_empty()));
        match named.as_deref() {
            None | Some("C" | "POSIX") => {
                return Locale { name: "C".to_owned(), encoding: "ANSI_X3.4-1968".to_owned() };
            }
            Some(name @ ("C.UTF-8" | "C.utf8")) => {
                return Locale { name: name.to_owned(), encoding: "UTF-8".to_owned() };
            }
            Some(_) => {}
        }
        let text = |p: *const libc::c_char| {
            // SAFETY: the C library answers with null or a text that ends with a zero byte.
            (!p.is_null()).then(|| unsafe { CStr::from_ptr(p) }.to_string_lossy().into_owned())
        };
        // SAFETY: runs once, at start-up, before there are other threads.
        unsafe {
            let name = text(libc::setlocale(libc::LC_CTYPE, c"".as_ptr()));
            let encoding = text(libc::nl_langinfo(libc::CODESET));
            Locale {
                name: name.unwrap_or_else(|| "C".to_owned()),
                encoding: encoding.filter(|e| !e.is_empty()).unwrap_or_else(|| "UTF-8".to_owned()),
            }
        }
    })
}

/// The encoding of the locale.
pub fn locale_encoding() -> &'static str {
    &locale().encoding
}

pub fn is_utf8_mode(vm: &Vm) -> bool {
    let option = vm.config.x_options.iter().rev().find_map(|o| match o.as_str() {
        "utf8" | "utf8=1" => Some(true),
        "utf8=0" => Some(false),
        _ => None,
    });
    let is_plain = || matches!(locale().name.as_str(), "C" | "POSIX");
    option.or(vm.config.utf8_mode).unwrap_or_else(is_plain)
}

/// The encoding of text files that are opened without one.
pub fn default_text_encoding(vm: &Vm) -> String {
    if is_utf8_mode(vm) { "utf-8".to_owned() } else { locale_encoding().to_owned() }
}

/// How the standard streams are encoded.
struct Coding {
    encoding: String,
    errors: String,
}

fn coding(vm: &Vm) -> Coding {
    let given = vm.config.stdio_encoding.as_deref().unwrap_or("");
    let (encoding, errors) = given.split_once(':').unwrap_or((given, ""));
    // Where the locale says nothing about encodings, undecodable bytes pass through (PEP 538).
    let lenient =
        is_utf8_mode(vm) || matches!(locale().name.as_str(), "C" | "POSIX" | "C.UTF-8" | "C.utf8" | "UTF-8");
    let default = if lenient && encoding.is_empty() { "surrogateescape" } else { "strict" };
    Coding {
        encoding: if encoding.is_empty() { default_text_encoding(vm) } else { encoding.to_owned() },
        errors: if errors.is_empty() { default.to_owned() } else { errors.to_owned() },
    }
}

/// An encoding's own name, by which the standard streams know it.
fn codec_name(vm: &Vm, encoding: &str) -> PyResult<String> {
    Ok(match Codec::by_name(encoding) {
        Some(Codec::Latin1) => "iso8859-1".to_owned(),
        Some(codec) => codec.name().to_owned(),
        None if encoding.eq_ignore_ascii_case("ANSI_X3.4-1968") => "ascii".to_owned(),
        None => {
            let info = codec_registry::lookup(vm, encoding)?;
            str::to_string_lossy(*protocol::attr::get(vm, *info, *vm.names.name)?)
        }
    })
}

/// Bit N: descriptor N was closed when the process began. Rust's own start-up puts `/dev/null` in its place, so this is asked
/// before, by a function that the system's loader calls.
static MISSING: AtomicU8 = AtomicU8::new(0);

#[used]
// SAFETY: the section holds functions of this kind, which run before `main`; this one calls what needs no set-up.
#[unsafe(link_section = ".init_array")]
static NOTE_MISSING: extern "C" fn() = {
    extern "C" fn note() {
        let missing = (0..3).filter(|fd| !io::is_open(*fd)).fold(0, |all, fd| all | 1 << fd);
        MISSING.store(missing, Ordering::Relaxed);
    }
    note
};

/// Makes the standard streams. An encoding that the runtime does not know itself has to wait for the import system: until
/// [`encode_streams`] the streams are UTF-8.
pub fn make_streams(vm: &Vm) -> PyResult<()> {
    let wanted = coding(vm);
    let known = Codec::by_name(&wanted.encoding).is_some();
    if known || wanted.encoding == "ANSI_X3.4-1968" {
        let encoding = codec_name(vm, &wanted.encoding)?;
        fill(vm, &encoding, &wanted.errors)
    } else {
        fill(vm, "utf-8", &wanted.errors)
    }
}

/// Gives the standard streams the encoding that they are to have, once codecs can be imported.
pub fn encode_streams(vm: &Vm) -> PyResult<()> {
    let wanted = coding(vm);
    if Codec::by_name(&wanted.encoding).is_some() || wanted.encoding == "ANSI_X3.4-1968" {
        return Ok(());
    }
    let encoding = codec_name(vm, &wanted.encoding)?;
    fill(vm, &encoding, &wanted.errors)
}

fn fill(vm: &Vm, encoding: &str, errors: &str) -> PyResult<()> {
    let Some(sys) = vm.state.sys_dict.get() else { return Ok(()) };
    for (fd, name) in [(0, "stdin"), (1, "stdout"), (2, "stderr")] {
        let stream = if MISSING.load(Ordering::Relaxed) & 1 << fd == 0 && io::is_open(fd) {
            let errors = if fd == 2 { "backslashreplace" } else { errors };
            let shown = format!("<{name}>");
            let unbuffered = vm.config.unbuffered;
            io::standard_stream(vm, &StandardStream { fd, name: &shown, encoding, errors, unbuffered })?
        } else {
            Owned::none()
        };
        for name in [name, &format!("__{name}__")] {
            dict::set_str(vm, sys, *str::intern(vm, name), *stream)?;
        }
    }
    Ok(())
}

/// The objects that the standard streams are made of, unless the program has put others in their place.
pub fn standard_streams(vm: &Vm) -> Vec<Value> {
    let names = ["stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__"];
    names.iter().filter_map(|name| sys_attribute(vm, name)).flat_map(|f| io::layers(vm, *f)).collect()
}

/// Writes out what the standard streams hold back. An error is that of `sys.stdout`.
pub fn flush_streams(vm: &Vm) -> PyResult<()> {
    let mut result = Ok(());
    for name in ["stdout", "stderr"] {
        let Some(f) = sys_attribute(vm, name).filter(|f| !f.is_none() && !is_closed(vm, **f)) else {
            continue;
        };
        match protocol::call::method(vm, *f, *vm.names.flush, &[]) {
            Ok(_) => {}
            Err(raised) if name == "stdout" => {
                let e = vm.take_exception(raised);
                result = Err(e);
            }
            Err(raised) => vm.discard(raised),
        }
    }
    result.map_err(|e| vm.restore_exception(e))
}

/// Whether a stream says that it is closed; what cannot say is open.
fn is_closed(vm: &Vm, stream: Value) -> bool {
    let closed = match protocol::attr::get_optional(vm, stream, *vm.names.closed) {
        Ok(Some(closed)) => protocol::compare::is_true(vm, *closed),
        Ok(None) => Ok(false),
        Err(raised) => Err(raised),
    };
    closed.unwrap_or_else(|raised| {
        vm.discard(raised);
        false
    })
}
