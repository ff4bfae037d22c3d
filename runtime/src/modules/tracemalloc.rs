//! `_tracemalloc`: where memory was taken. Nothing is traced: allocations do not know who asks for them. `tracemalloc` can be
//! imported and says so; to start tracing is an error.

use taipan_layout::Value;

use super::NativeModule;
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::{list, tuple};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_tracemalloc",
    doc: "Where blocks of memory were taken; nothing is traced.",
    functions: FUNCTIONS,
    fill: |_, _| Ok(()),
};

static FUNCTIONS: &[MethodSpec] = &[
    function("start", "($module, nframe=1, /)", start, "Start tracing; an error, since there is none."),
    function0("stop", |_, _| Ok(Owned::none()), "Stop tracing."),
    function0("is_tracing", |_, _| Ok(Owned::bool(false)), "Whether blocks are traced."),
    function0("clear_traces", |_, _| Ok(Owned::none()), "Forget what was traced."),
    function0("reset_peak", |_, _| Ok(Owned::none()), "Forget the largest size so far."),
    function0("get_traceback_limit", |_, _| Ok(Owned::fixnum(1)), "How many frames a trace has."),
    function0(
        "get_traced_memory",
        |vm, _| tuple::from_slice(vm, &[Value::fixnum(0), Value::fixnum(0)]),
        "Bytes of traced blocks now, and at most.",
    ),
    function0("get_tracemalloc_memory", |_, _| Ok(Owned::fixnum(0)), "Bytes that tracing takes itself."),
    function0("_get_traces", |vm, _| list::new(vm, Vec::new()), "The traces of all blocks."),
    function1(
        "_get_object_traceback",
        "($module, obj, /)",
        |_, _, _| Ok(Owned::none()),
        "Where the memory of an object was taken, or None.",
    ),
];

fn start(vm: &Vm, _: Value, _: &[Value]) -> PyResult {
    Err(vm.raise(vm.types.not_implemented_error, "tracing of memory is not there yet"))
}
