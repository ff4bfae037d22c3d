//! `sys._jit`: whether code is compiled while the program runs.

use taipan_layout::Value;

use super::super::NativeModule;
use crate::config::Tier;
use crate::objects::spec::{MethodSpec, function0};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

pub(super) static MODULE: NativeModule = NativeModule {
    name: "sys._jit",
    doc: "Utilities for observing just-in-time compilation.",
    functions: FUNCTIONS,
    fill: |_, _| Ok(()),
};

static FUNCTIONS: &[MethodSpec] = &[
    function0(
        "is_available",
        |_, _| Ok(Owned::bool(true)),
        "Return True if the current Python executable supports JIT compilation, and False otherwise.",
    ),
    function0(
        "is_enabled",
        |vm, _| Ok(Owned::bool(vm.config.jit_enabled())),
        "Return True if JIT compilation is enabled for the current Python process (implies sys._jit.is_available()), and False otherwise.",
    ),
    function0(
        "is_active",
        is_active,
        "Return True if the topmost Python frame is currently executing JIT code (implies sys._jit.is_enabled()), and False otherwise.",
    ),
];

fn is_active(vm: &Vm, _: Value) -> PyResult {
    // The uop interpreter makes no code.
    Ok(Owned::bool(vm.config.tier != Tier::Uops && vm.tier2.is_active()))
}
