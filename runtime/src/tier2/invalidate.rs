//! Assumptions of compiled code, and what happens when they stop to hold.
//!
//! A trace treats a global that holds a function, class or module as a constant, and calls of a function as calls of the
//! code that it had. Whoever rebinds the name or replaces the code tells so here; the executors concerned are marked, their
//! code leaves at its next `_CHECK_VALIDITY`, and they are freed ([`free`]).

use taipan_layout::Value;
use taipan_layout::objects::Dict;
use taipan_mir::trace::Dependency;

use super::free;
use super::translate::Translation;
use crate::objects::dict::watch;
use crate::vm::Vm;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Assumption {
    /// This name of this dict is bound (or not) as it was.
    Binding { dict: *mut Dict, name: Value },
    /// The function's code and defaults are as they were.
    Function(Value),
}

/// Bit of tier 2 among the dict watchers.
const WATCHER: usize = 0;

/// What a trace depends on, and from now on somebody watches.
pub(super) fn assumptions(t: &Translation, depends_on: &[Dependency]) -> Vec<Assumption> {
    let mut all = Vec::new();
    for dependency in depends_on {
        match *dependency {
            Dependency::Function(word) => all.push(Assumption::Function(Value(word))),
            Dependency::Binding(inst) => {
                let Some(b) = t.bindings.iter().find(|b| b.inst == inst) else { continue };
                for dict in [b.globals, b.builtins] {
                    if !dict.is_null() {
                        watch::watch(Value::from_ptr(dict), WATCHER);
                        all.push(Assumption::Binding { dict, name: b.name });
                    }
                }
            }
        }
    }
    all
}

/// The dict watcher: `key` (NULL: all of them) is about to change.
pub fn dict_changed(vm: &Vm, dict: Value, key: Value) {
    invalidate(vm, |a| match a {
        Assumption::Binding { dict: d, name } => *d == dict.as_ptr() && (key.is_null() || *name == key),
        Assumption::Function(_) => false,
    });
}

/// A function got other code or defaults.
pub fn function_changed(vm: &Vm, function: Value) {
    invalidate(vm, |a| *a == Assumption::Function(function));
}

fn invalidate(vm: &Vm, concerned: impl Fn(&Assumption) -> bool) {
    // SAFETY: under the interpreter lock; nobody holds a borrow of the state while dicts or functions change.
    let state = unsafe { vm.tier2.state() };
    for n in 0..state.executors.len() {
        let executor = &state.executors[n];
        if *executor.invalid == 0 && executor.depends_on.iter().any(&concerned) {
            state.stats.invalidated += 1;
            free::doom(vm, state, n, free::Doom::Invalid);
        }
    }
}
