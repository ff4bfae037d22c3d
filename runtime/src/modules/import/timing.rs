//! `-X importtime`: a table of how long imports take, innermost first, on the standard error stream of the process.

use std::cell::Cell;
use std::time::{Duration, Instant};

use taipan_layout::Value;

use crate::objects::str;
use crate::owned::PyResult;
use crate::vm::Vm;

/// Imports that are under way, and what the finished ones inside of the innermost took.
#[derive(Default)]
pub struct Clock {
    has_header: Cell<bool>,
    level: Cell<usize>,
    inside: Cell<Duration>,
}

impl Clock {
    fn write(&self, row: &str) {
        if !self.has_header.replace(true) {
            eprintln!("import time: self [us] | cumulative | imported package");
        }
        eprintln!("import time: {row}");
    }

    fn indent(&self) -> usize {
        2 * self.level.get()
    }
}

/// Imports with `load` and writes how long that took.
pub(super) fn timed(vm: &Vm, name: Value, load: impl FnOnce() -> PyResult) -> PyResult {
    let clock = &vm.import_clock;
    let before = clock.inside.take();
    clock.level.set(clock.level.get() + 1);
    let start = Instant::now();
    let result = load();
    let all = start.elapsed();
    clock.level.set(clock.level.get() - 1);
    let micros = |t: Duration| t.as_nanos().div_ceil(1000);
    let own = all.saturating_sub(clock.inside.get());
    let (indent, name) = (clock.indent(), str::to_string_lossy(name));
    clock.write(&format!("{:>9} | {:>10} | {:indent$}{name}", micros(own), micros(all), ""));
    clock.inside.set(before + all);
    result
}

/// Notes a module that was imported before. Its name is put right in the width of the indentation, as CPython does.
pub(super) fn found(vm: &Vm, name: Value) {
    let (indent, name) = (vm.import_clock.indent(), str::to_string_lossy(name));
    vm.import_clock.write(&format!("cached    | cached     | {name:>indent$}"));
}
