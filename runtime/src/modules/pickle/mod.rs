//! `_pickle`: objects as bytes and back, in the protocols 0 to 5.
//!
//! Pickles are equal to CPython's byte for byte: the same opcodes, the same order in which objects are remembered, the same
//! frames and batches.
//!
//! | module | holds |
//! |---|---|
//! | `opcodes` | the format's opcodes |
//! | `pickler` | `Pickler`, `dump`, `dumps` |
//! | `output` | the bytes that were written, in frames |
//! | `memo` | which objects were written |
//! | `save` | objects → opcodes: the choice by type, what has no parts |
//! | `containers` | tuples, lists, dicts, sets |
//! | `reduce` | objects as calls |
//! | `global` | objects as names of globals |
//! | `unpickler` | `Unpickler`, `load`, `loads` |
//! | `input` | bytes from memory and files |
//! | `load` | opcodes → objects: the machine, containers |
//! | `load_values`, `load_objects` | what has contents; globals and instances |
//! | `proxies` | memos as Python sees them |
//! | `buffer` | `PickleBuffer` |
//! | `names` | registries of other modules |

mod buffer;
mod containers;
mod global;
mod input;
mod load;
mod load_objects;
mod load_values;
mod memo;
mod names;
mod opcodes;
mod output;
mod pickler;
mod proxies;
mod reduce;
mod save;
mod unpickler;

use taipan_layout::Value;

use super::{NativeModule, add_type};
use crate::objects::spec::{MethodSpec, function};
use crate::objects::{TypeRef, int, str};
use crate::owned::{PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_pickle",
    doc: "Pickles: objects as bytes and back.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        let error = super::new_exception(vm, "_pickle", "PickleError", vm.types.exception)?;
        super::set(vm, m, "PickleError", *error)?;
        if let Some(base) = TypeRef::from_value(vm, *error) {
            for name in ["PicklingError", "UnpicklingError"] {
                super::set(vm, m, name, *super::new_exception(vm, "_pickle", name, base)?)?;
            }
        }
        for (ty, spec) in [
            (vm.types.pickler_memo_proxy, &proxies::PICKLER_SPEC),
            (vm.types.unpickler_memo_proxy, &proxies::UNPICKLER_SPEC),
        ] {
            crate::objects::ready(vm, ty, spec);
        }
        add_type(vm, m, vm.types.pickle_buffer, &buffer::SPEC)?;
        add_type(vm, m, vm.types.pickler, &pickler::SPEC)?;
        add_type(vm, m, vm.types.unpickler, &unpickler::SPEC)
    },
};

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "dump",
        "($module, /, obj, file, protocol=None, *, fix_imports=True,\n     buffer_callback=None)",
        pickler::dump_to,
        "Write the pickle of an object to a binary file: Pickler(file, protocol).dump(obj).\n\n\
         The arguments are those of Pickler.",
    ),
    function(
        "dumps",
        "($module, /, obj, protocol=None, *, fix_imports=True,\n      buffer_callback=None)",
        pickler::dumps,
        "The pickle of an object as bytes.\n\nThe arguments are those of Pickler.",
    ),
    function(
        "load",
        "($module, /, file, *, fix_imports=True, encoding='ASCII',\n     errors='strict', buffers=())",
        unpickler::load_from,
        "Read a pickle from a binary file and return its object: Unpickler(file).load().\n\n\
         The arguments are those of Unpickler.",
    ),
    function(
        "loads",
        "($module, data, /, *, fix_imports=True, encoding='ASCII',\n      errors='strict', buffers=())",
        unpickler::loads,
        "The object of a pickle in a bytes-like object; bytes behind its end do not matter.\n\n\
         The arguments are those of Unpickler.",
    ),
];

/// Raises one of the module's exceptions.
#[cold]
fn raise(vm: &Vm, class: &str, text: &str) -> Raised {
    let Some(class) = super::attribute(vm, "_pickle", class) else { return vm.value_error(text) };
    let made = str::new(vm, text).and_then(|t| protocol::call::positional(vm, *class, &[*t]));
    match made {
        Ok(e) => vm.set_exception(e),
        Err(raised) => raised,
    }
}

#[cold]
fn pickling_error(vm: &Vm, text: &str) -> Raised {
    raise(vm, "PicklingError", text)
}

#[cold]
fn unpickling_error(vm: &Vm, text: &str) -> Raised {
    raise(vm, "UnpicklingError", text)
}

/// There are fewer bytes than an opcode needs.
#[cold]
fn truncated(vm: &Vm) -> Raised {
    unpickling_error(vm, "pickle data was truncated")
}

/// `id(v)`.
fn identity(vm: &Vm, v: Value) -> PyResult {
    match i64::try_from(v.0) {
        Ok(n) => int::new(vm, n),
        Err(_) => int::from_big(vm, v.0.into()),
    }
}
