//! Native modules (registry to come).

use crate::owned::PyResult;
use crate::vm::Vm;

pub(crate) mod stdlib_names;

/// Imports a module by name.
pub fn import(vm: &Vm, name: &str) -> PyResult {
    Err(vm.raise(vm.types.import_error, &format!("No module named '{name}'")))
}

pub mod sys {
    use super::*;
    use taipan_layout::Value;
    pub fn call_unraisable_hook(_: &Vm, _: Value, _: Value, _: &str, _: Value) -> Option<PyResult> {
        None
    }
}
pub mod warnings {
    use super::*;
    use crate::objects::TypeRef;
    pub fn warn(_: &Vm, _: TypeRef, _: &str, _: usize) -> PyResult<()> {
        Ok(())
    }
}
pub mod builtins {
    use super::*;
    pub fn function(vm: &Vm, name: &str) -> PyResult {
        import(vm, name)
    }
}
