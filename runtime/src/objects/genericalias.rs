//! `list[int]`: what `__class_getitem__` of the built-in containers answers.

use taipan_layout::Value;

use crate::owned::PyResult;
use crate::vm::Vm;

/// `__class_getitem__` as a class method.
pub(super) fn class_getitem(vm: &Vm, cls: Value, args: &[Value]) -> PyResult {
    super::object::generic_alias(vm, cls, args[0])
}
