//! Ahead of time: each function of a program as one LLVM function.
//!
//! ```text
//!  interpreter ──ENTER_COMPILED (patched RESUME, back-edges, handlers)──► entry: switch on the entry's number
//!  a return to a frame with resume_id ≠ 0 ────────────────────────────►   │
//!                                            blocks of the bytecode's graph: bodies in line, no dispatch
//!  interpreter ◄──error, frames of interpreted code, anything unexpected── musttail
//! ```
//!
//! A compiled function has the handlers' signature and uses no native stack: it is the handlers of one function glued
//! together, with the evaluation stack in registers between block boundaries ([`decode`]). Calls of Python functions
//! jump to the callee with `frame.resume_id` naming the place to go on, so tracebacks, generators, deep recursion and
//! exceptions work as in the interpreter, and control may change between the two at every instruction.
//!
//! Bytecode is not specialised when it is compiled. Operators try the common types one after the other ([`arms`]);
//! attributes, globals and calls look at the inline cache of the running code object, which the interpreter's specialiser
//! fills, and have the usual forms in line. Everything else is a call of the bytecode's step (`crate::steps`).

mod arms;
mod attributes;
mod decode;
mod facts;
mod inline;
mod lower;
mod numbers;
mod slices;

use inkwell::GlobalVisibility;
use inkwell::context::Context;
use inkwell::targets::TargetMachine;
use taipan_mir::aot::{Constant, ENTRY_WORDS, Function, TABLE, TABLE_LENGTH};

use crate::bitcode::Bodies;
use crate::wrap::{Offsets, Wrapper};
use crate::{Result, target};

/// Offsets and numbers that only code compiled ahead of time needs.
#[derive(Clone, Copy, Debug)]
pub struct AotOffsets {
    pub header_flags: u64,
    pub header_shape: u64,
    pub shape_version: u64,
    pub type_root_shape: u64,
    pub function_code: u64,
    pub function_globals: u64,
    pub dict_keys: u64,
    pub keys_version: u64,
    pub keys_entries: u64,
    pub entry_size: u64,
    pub entry_value: u64,
    pub code_names: u64,
    pub code_argcount: u64,
    pub code_kwonlyargcount: u64,
    pub code_flags: u64,
    pub code_nlocalsplus: u64,
    /// Kind byte of functions.
    pub kind_function: u64,
    /// Kind byte of classes.
    pub kind_type: u64,
    /// Flags of code, and which of them are set in a plain function.
    pub simple_flags: [u64; 2],
}

/// The passes over a program. Bodies come optimised: registers for slots, what constants decide, tests that repeat.
pub const PASSES: &str = "always-inline,globaldce,function(sroa,early-cse<memssa>,simplifycfg,\
    instcombine<no-verify-fixpoint>,loop-simplify,lcssa,loop(loop-rotate,indvars,loop-unroll-full),sroa,\
    jump-threading,gvn,instcombine<no-verify-fixpoint>,dse,simplifycfg)";

/// Builds the functions and the table of all compiled functions into the module of bodies. `word` gives the tagged
/// word of a constant that needs no object.
pub fn build<'c>(
    context: &'c Context,
    bitcode: &[u8],
    offsets: Offsets,
    own: AotOffsets,
    functions: &[Function],
    table: u32,
    word: fn(Constant) -> Option<u64>,
) -> Result<Wrapper<'c>> {
    let w = Wrapper::new(Bodies::load(context, bitcode)?, offsets);
    let mut entries = vec![w.ptr().const_null(); (table * ENTRY_WORDS) as usize];
    let smalls = inline::smalls(functions);
    for function in functions {
        let code = decode::Code::new(function)?;
        let compiled = lower::function(&w, own, &smalls, function, &code, word)?;
        let patches: Vec<_> = code
            .entries
            .iter()
            .enumerate()
            .flat_map(|(index, unit)| [*unit as u64, index as u64 + 1])
            .map(|n| context.i32_type().const_int(n, false))
            .collect();
        let list = context.i32_type().const_array(&patches);
        let global =
            w.bodies.module.add_global(list.get_type(), None, &format!("{}.entries", function.symbol));
        global.set_initializer(&list);
        global.set_constant(true);
        global.set_linkage(inkwell::module::Linkage::Private);
        let row = (function.number * ENTRY_WORDS) as usize;
        entries[row] = compiled.as_global_value().as_pointer_value();
        entries[row + 1] = global.as_pointer_value();
        entries[row + 2] = w.i64().const_int(code.entries.len() as u64, false).const_to_pointer(w.ptr());
        entries[row + 3] = w.i64().const_int(u64::from(function.fused), false).const_to_pointer(w.ptr());
    }
    let define = |name: &str, value: inkwell::values::BasicValueEnum<'c>| {
        let global = w.bodies.module.add_global(value.get_type(), None, name);
        global.set_initializer(&value);
        global.set_constant(true);
        global.set_visibility(GlobalVisibility::Default);
    };
    define(TABLE, w.ptr().const_array(&entries).into());
    define(TABLE_LENGTH, w.int(u64::from(table)).into());
    Ok(w)
}

/// Runs the passes.
pub fn optimise(wrapper: &Wrapper, machine: &TargetMachine) -> Result<()> {
    target::optimise(&wrapper.bodies.module, machine, PASSES)
}
