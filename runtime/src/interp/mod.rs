//! Running code: frames and the data stack, entering the interpreter, what the uop bodies call back for.

pub mod stack;

use taipan_layout::Value;

use crate::args::Args;
use crate::objects::{dict, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

/// Calls a Python function.
pub fn call_function(vm: &Vm, function: Value, args: Args) -> PyResult {
    let _ = (function, args);
    Err(vm.system_error("the interpreter is not wired up"))
}

/// A global of the running frame.
pub fn current_global(vm: &Vm, name: Value) -> Option<Owned> {
    // SAFETY: the current frame is live and its globals are a dict.
    unsafe {
        let frame = (*vm.ts()).frame;
        if frame.is_null() {
            return None;
        }
        dict::get_str(vm, Value::from_ptr((*frame).globals), name).map(Counted::own)
    }
}

/// `__class__` and the first argument of the running function: what `super()` without arguments means.
pub fn super_arguments(vm: &Vm) -> PyResult<(Owned, Owned)> {
    let _ = str::length;
    Err(vm.runtime_error("super(): no current frame"))
}
