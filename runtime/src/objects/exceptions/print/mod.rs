//! Exceptions as text, exactly as CPython's `traceback` module prints them.
//!
//! The exception, its causes, contexts and nested exceptions are first captured ([`report::Report`], in an order that
//! ends cycles), then written out.
//!
//! | module | holds |
//! |---|---|
//! | `report` | capturing an exception and everything chained to it |
//! | `layout` | the text: chaining sentences, group trees, repeated frames, notes, syntax errors |
//! | `frames` | one entry of a traceback with its source lines |
//! | `carets` | which part of the lines the markers point at |
//! | `source` | lines of source files |
//! | `suggest` | "Did you mean" |
//! | `python` | what the library's `traceback` does better: colours, misspelt keywords |

mod carets;
mod frames;
mod layout;
mod python;
mod report;
mod shape;
mod source;
pub mod suggest;

use taipan_layout::Value;

use super::super::{dict, str, traceback};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub(crate) use python::print_in_colours;
pub(crate) use source::source_line;
pub use source::{SourceCache, command, forget_command, register_command, register_source};

/// The whole traceback of `exc` as text, ending in a newline.
pub fn format(vm: &Vm, exc: Value) -> String {
    let saved = protocol::object::save_exception(vm);
    let report = report::capture(vm, exc);
    let text = layout::write(vm, &report);
    protocol::object::restore_saved(vm, saved);
    text
}

/// The entries of a traceback without markers, as CPython's own interface for extensions writes them.
pub fn brief_traceback(vm: &Vm, tb: Value) -> String {
    layout::brief_traceback(vm, tb)
}

/// Prints the traceback of `exc` to `sys.stderr`: in colours by the library's `traceback` where `_colorize` wants them.
pub fn print(vm: &Vm, exc: Value) {
    if print_in_colours(vm, exc) {
        return;
    }
    let text = format(vm, exc);
    write_stderr(vm, &text);
}

/// Writes to `sys.stderr`, or to the process's standard error when there is none that works.
pub fn write_stderr(vm: &Vm, text: &str) {
    let file = sys_attribute(vm, "stderr");
    if let Some(file) = &file {
        if file.is_none() {
            return;
        }
        let written = str::new(vm, text)
            .and_then(|text| protocol::call::method(vm, **file, *vm.names.write, &[*text]))
            .and_then(|_| protocol::call::method(vm, **file, *vm.names.flush, &[]));
        match written {
            Ok(_) => return,
            Err(raised) => vm.discard(raised),
        }
    }
    eprint!("{text}");
}

/// An attribute of the `sys` module.
pub(crate) fn sys_attribute(vm: &Vm, name: &str) -> Option<Owned> {
    let sys = vm.state.sys_dict.get()?;
    let key = str::intern(vm, name);
    dict::get_str(vm, sys, *key).map(Counted::own)
}

/// The text of a `str`, lone surrogates as escapes.
pub(super) fn text_of(v: Value) -> String {
    let mut out = String::new();
    for c in str::view(&v).iter() {
        match char::from_u32(c) {
            Some(c) => out.push(c),
            None => out.push_str(&format!("\\u{c:04x}")),
        }
    }
    out
}

/// `f(v)` as text, or a placeholder when that fails.
pub(super) fn safe_text(vm: &Vm, v: Value, what: &str, f: fn(&Vm, Value) -> PyResult) -> String {
    match f(vm, v) {
        Ok(text) => text_of(*text),
        Err(raised) => {
            vm.discard(raised);
            let function =
                if f as usize == protocol::object::repr as *const () as usize { "repr" } else { "str" };
            format!("<{what} {function}() failed>")
        }
    }
}

/// Reports an exception that cannot be raised where it happened (in a finaliser, say) to `sys.unraisablehook`. `message`
/// says what went wrong; unless it is NULL or None, `object` ends that sentence.
pub fn write_unraisable(vm: &Vm, raised: Raised, message: &str, object: Value) {
    let exc = vm.take_exception(raised);
    print_unraisable(vm, *exc, message, object);
}

/// [`write_unraisable`] for an exception that is already in hand.
pub fn print_unraisable(vm: &Vm, exc: Value, message: &str, object: Value) {
    let saved = protocol::object::save_exception(vm);
    if super::traceback(exc).is_null() {
        locate_here(vm, exc);
    }
    let message = if object.is_null() || object.is_none() {
        message.to_owned()
    } else {
        format!("{message} {}", safe_text(vm, object, "object", protocol::object::repr))
    };
    if let Some(hook) = sys_attribute(vm, "unraisablehook")
        && let Some(handled) = crate::modules::sys::call_unraisable_hook(vm, *hook, exc, &message)
        && handled.is_ok()
    {
        protocol::object::restore_saved(vm, saved);
        return;
    }
    write_unraisable_text(vm, exc, &message, Value::NULL);
    protocol::object::restore_saved(vm, saved);
}

/// Gives an exception of the runtime's own the running Python frame as its traceback.
fn locate_here(vm: &Vm, exc: Value) {
    // SAFETY: the chain of live frames ends with null.
    let added = unsafe {
        let f = crate::interp::frames::first_python((*vm.ts()).frame);
        if f.is_null() { Ok(()) } else { traceback::add(vm, exc, f) }
    };
    if let Err(raised) = added {
        vm.discard(raised);
    }
}

/// What the default `sys.unraisablehook` writes.
pub(crate) fn write_unraisable_text(vm: &Vm, exc: Value, message: &str, object: Value) {
    let mut text = message.to_owned();
    if !object.is_null() && !object.is_none() {
        if text.is_empty() {
            text.push_str("Exception ignored in");
        }
        text.push_str(&format!(": {}", safe_text(vm, object, "object", protocol::object::repr)));
        text.push('\n');
    } else if !text.is_empty() {
        text.push_str(":\n");
    }
    text.push_str(&layout::write_brief(vm, exc));
    write_stderr(vm, &text);
}
