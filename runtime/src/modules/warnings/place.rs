//! Where a warning points to.

use taipan_layout::{Frame, Value};

use crate::interp::frames;
use crate::objects::{code, dict, frame, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

pub struct Place {
    pub filename: Owned,
    pub line: i64,
    /// The module's name, or what the caller gave for it.
    pub module: Owned,
    /// What was shown for the module before.
    pub registry: Option<Owned>,
}

/// The place `stacklevel` frames up from the running one, which is 1. Frames of the import system are passed over, if the
/// warning does not come from there, and so are those of files whose names begin with one of the prefixes.
pub fn find(vm: &Vm, stacklevel: i64, prefixes: &[Value]) -> PyResult<Place> {
    // SAFETY: the chain of live frames ends with null.
    unsafe {
        let mut f = frames::first_python((*vm.ts()).frame);
        let counts_all = stacklevel <= 0 || f.is_null() || is_of_import(f);
        for _ in 1..stacklevel {
            if f.is_null() {
                break;
            }
            f = frames::first_python((*f).previous);
            while !counts_all && !f.is_null() && (is_of_import(f) || begins_with(f, prefixes)) {
                f = frames::first_python((*f).previous);
            }
        }
        if f.is_null() {
            let (filename, line) = (str::new(vm, "<sys>")?, 0);
            let globals = vm.state.sys_dict.get().unwrap_or(Value::NULL);
            return in_module(vm, filename, line, globals);
        }
        let c: &code::CodeObject = frame::code_of(f);
        let line = frame::line_of(f).unwrap_or(c.firstlineno);
        let globals = Value::from_ptr((*f).globals).own();
        in_module(vm, c.filename.own(), i64::from(line), *globals)
    }
}

fn in_module(vm: &Vm, filename: Owned, line: i64, globals: Value) -> PyResult<Place> {
    let registry = dict::set_default(vm, globals, *str::intern(vm, "__warningregistry__"), *dict::new(vm)?)?;
    let module = match dict::get_str(vm, globals, *vm.names.__name__) {
        Some(name) if str::is_str(vm, name) => name.own(),
        Some(_) | None => str::new(vm, "<string>")?,
    };
    Ok(Place { filename, line, module, registry: Some(registry) })
}

/// The name of a module that has this file, as far as the file's name tells.
pub fn module_of_file(vm: &Vm, filename: Value) -> PyResult {
    let name = str::to_string_lossy(filename);
    match name.strip_suffix(".py") {
        _ if name.is_empty() => str::new(vm, "<unknown>"),
        Some(stem) => str::new(vm, stem),
        None => Ok(filename.own()),
    }
}

/// # Safety
/// `f` is live.
unsafe fn filename_of(f: *mut Frame) -> String {
    // SAFETY: by contract.
    unsafe { str::to_string_lossy(*frame::code_of(f).filename.own()) }
}

/// # Safety
/// `f` is live.
unsafe fn is_of_import(f: *mut Frame) -> bool {
    // SAFETY: by contract.
    let name = unsafe { filename_of(f) };
    name.contains("importlib") && name.contains("_bootstrap")
}

/// # Safety
/// `f` is live.
unsafe fn begins_with(f: *mut Frame, prefixes: &[Value]) -> bool {
    // SAFETY: by contract.
    let name = unsafe { filename_of(f) };
    prefixes.iter().any(|prefix| name.starts_with(&str::to_string_lossy(*prefix)))
}
