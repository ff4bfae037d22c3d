//! What is left to the library's `traceback` module: colours on a terminal, and the search for misspelt keywords, which
//! tokenizes and compiles changed sources. Whatever fails there leaves the plain text of this module.

use std::io::IsTerminal;

use taipan_layout::Value;

use super::super::super::{dict, list, str, tuple, type_of};
use super::{sys_attribute, text_of};
use crate::modules;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, attr};
use crate::vm::Vm;

/// Prints the exception in colours; false when nobody wants colours, or when that failed.
///
/// `_colorize` decides. It is only imported for a terminal, so that other programs' ends do not pay for it.
pub(crate) fn print_in_colours(vm: &Vm, exc: Value) -> bool {
    let known = || {
        let modules = sys_attribute(vm, "modules")?;
        let name = str::intern(vm, "_colorize");
        (type_of(vm, *modules) == vm.types.dict)
            .then(|| dict::get_str(vm, *modules, *name).map(Counted::own))?
    };
    let asked = || {
        !vm.config.ignore_environment
            && ["FORCE_COLOR", "PYTHON_COLORS"].iter().any(|name| std::env::var_os(name).is_some())
    };
    if !std::io::stderr().is_terminal() && known().is_none() && !asked() {
        return false;
    }
    let saved = protocol::object::save_exception(vm);
    let printed = colours(vm, exc).unwrap_or_else(|raised| {
        vm.discard(raised);
        false
    });
    protocol::object::restore_saved(vm, saved);
    printed
}

fn colours(vm: &Vm, exc: Value) -> PyResult<bool> {
    let Some(file) = sys_attribute(vm, "stderr").filter(|f| !f.is_none()) else { return Ok(false) };
    let colorize = modules::import(vm, "_colorize")?;
    let keyword = tuple::from_owned(vm, vec![str::intern(vm, "file")])?;
    let can = attr::get_str(vm, *colorize, "can_colorize")?;
    let args = crate::args::Args::with_keywords(std::slice::from_ref(&*file), *keyword);
    let wanted = protocol::call::with_args(vm, *can, args)?;
    if !protocol::compare::is_true(vm, *wanted)? {
        return Ok(false);
    }
    let traceback = modules::import(vm, "traceback")?;
    let report = new_report(vm, *traceback, exc)?;
    let format = attr::get_str(vm, *report, "format")?;
    let keyword = tuple::from_owned(vm, vec![str::intern(vm, "colorize")])?;
    let args = crate::args::Args::with_keywords(&[Value::TRUE], *keyword);
    let text = joined(vm, *protocol::call::with_args(vm, *format, args)?)?;
    super::write_stderr(vm, &text);
    Ok(true)
}

/// The text of a syntax error in which a keyword turns out to be misspelt.
pub(super) fn misspelt_keyword(vm: &Vm, exc: Value, type_name: &str) -> Option<String> {
    let find = || -> PyResult<Option<String>> {
        let traceback = modules::import(vm, "traceback")?;
        let report = new_report(vm, *traceback, exc)?;
        let before = attr::get_str(vm, *report, "msg")?;
        attr::call_attr(vm, *report, "_find_keyword_typos", &[])?;
        let after = attr::get_str(vm, *report, "msg")?;
        if *before == *after {
            return Ok(None);
        }
        let name = str::new(vm, type_name)?;
        let lines = attr::call_attr(vm, *report, "_format_syntax_error", &[*name])?;
        joined(vm, *lines).map(Some)
    };
    find().unwrap_or_else(|raised| {
        vm.discard(raised);
        None
    })
}

/// `traceback.TracebackException.from_exception(exc)`.
fn new_report(vm: &Vm, traceback: Value, exc: Value) -> PyResult<Owned> {
    let class = attr::get_str(vm, traceback, "TracebackException")?;
    attr::call_attr(vm, *class, "from_exception", &[exc])
}

fn joined(vm: &Vm, lines: Value) -> PyResult<String> {
    let lines = list::new(vm, protocol::iter::collect(vm, lines)?)?;
    Ok(list::items(&lines).iter().map(|line| text_of(*line)).collect())
}
