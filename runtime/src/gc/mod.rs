//! The cycle collector (to come): counts are kept and the leave word asks for it.

use crate::vm::Vm;

/// Runs a collection when enough objects were allocated since the last one.
pub fn collect_when_due(vm: &Vm) {
    // SAFETY: the thread state is ours. Without a collector the count starts over, so that it does not ask again at once.
    unsafe { (*vm.ts()).gc_allocated = 0 };
}
