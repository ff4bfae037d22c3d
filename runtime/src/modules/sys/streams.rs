//! `sys.stdin`, `sys.stdout`, `sys.stderr`.

use std::cell::RefCell;
use std::rc::Rc;

use taipan_layout::Value;

use crate::modules::file::{self, Stream};
use crate::modules::set;
use crate::objects::exceptions::print::sys_attribute;
use crate::objects::str;
use crate::owned::PyResult;
use crate::protocol;
use crate::vm::Vm;

pub(super) fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    for (fd, name) in [(0, "stdin"), (1, "stdout"), (2, "stderr")] {
        let stream = open(vm, fd, name)?;
        set(vm, m, name, *stream)?;
        set(vm, m, &format!("__{name}__"), *stream)?;
    }
    Ok(())
}

/// Whether the locale is the one without an encoding (`C`), or what stands for it: then undecodable bytes pass through
/// (PEP 538, PEP 540).
fn has_plain_locale() -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|v| std::env::var(v).ok().filter(|v| !v.is_empty()));
    locale.is_none_or(|l| matches!(l.as_str(), "C" | "POSIX" | "C.UTF-8" | "C.utf8" | "UTF-8"))
}

/// A text file over a standard descriptor; `None` (the Python object) when that is closed.
fn open(vm: &Vm, fd: i32, name: &str) -> PyResult {
    // SAFETY: a query about a number.
    if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
        return Ok(crate::owned::Owned::none());
    }
    let reads = fd == 0;
    let mut stream = Stream::new(fd, reads, !reads, false);
    // Errors appear at once, whatever happens next; on a terminal so does everything, line by line.
    stream.line_buffered = fd == 2 || stream.is_terminal();
    stream.unbuffered = vm.config.unbuffered || fd == 2;
    let shown = str::new(vm, &format!("<{name}>"))?;
    let errors = match fd {
        2 => "backslashreplace",
        _ if has_plain_locale() => "surrogateescape",
        _ => "strict",
    };
    let mode = if reads { "r" } else { "w" };
    file::new_text(vm, Rc::new(RefCell::new(stream)), *shown, mode, "utf-8", errors, None)
}

/// Writes out what the standard streams hold back. An error is that of `sys.stdout`.
pub fn flush_streams(vm: &Vm) -> PyResult<()> {
    let mut result = Ok(());
    for name in ["stdout", "stderr"] {
        let Some(f) = sys_attribute(vm, name).filter(|f| !f.is_none()) else { continue };
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
