//! Tier 3: a region (a looping trace and the traces stitched to it) as one LLVM function.
//!
//! ```text
//!   entry ──guards of the preamble──► head ◄──────┐      exits: values to their homes, jump through the data slot
//!                                      │  └──loop─┘      stitched traces: in line, back through the preamble's guards
//! ```
//!
//! The function has the stencils' signature, is entered where the loop's stencils are, with everything in memory, and leaves
//! through the stencils' exits. It is made of the same steps: tier 2's optimiser has inlined calls, cancelled references and
//! removed guards already. Lowering walks along the steps with a symbolic state ([`state`]): moves between stack and
//! locals, numbers and flags are computed on values ([`typed`]), everything else inlines the uop's body
//! ([`generic`]). Locals and stack items are SSA values; they go to their homes when somebody may look: before
//! escaping calls, in slow siblings, at exits ([`homes`]). Locals that the loop changes are carried around it as values, floats
//! unboxed ([`edges`], [`plan`]).

mod cold;
mod edges;
mod generic;
mod homes;
mod items;
mod late;
mod lower;
mod numbers;
mod plan;
mod state;
mod typed;

use inkwell::context::Context;
use inkwell::targets::TargetMachine;
use taipan_mir::graph::{Graph, Source};
use taipan_mir::region::Region;

use crate::bitcode::Bodies;
use crate::wrap::{Offsets, Wrapper};
use crate::{Error, Result, target};

/// The function's symbol.
pub const SYMBOL: &str = "taipan_region";

/// Offsets that only regions need.
#[derive(Clone, Copy, Debug)]
pub struct RegionOffsets {
    pub wrap: Offsets,
    pub exit_id: u64,
    pub stack_top: u64,
    pub list_length: u64,
    pub list_items: u64,
    pub tuple_length: u64,
    pub tuple_items: u64,
    pub float_value: u64,
    pub iter_index: u64,
    pub iter_sequence: u64,
    /// The words of False and True.
    pub truths: [u64; 2],
    /// The word of 0.0.
    pub zero: u64,
}

/// Functions of the runtime that only regions call.
pub mod helper {
    /// `(ts, double) -> word`: the float, or NULL with the exception set.
    pub const BOX: &str = "rt_region_box";
    /// `(base, exponent) -> power`: the C library's.
    pub const POWER: &str = "rt_region_power";
}

/// The graph of a region: built, its loop's guards moved, and verified.
///
/// # Safety
/// The region's pointers are valid.
pub unsafe fn graph(region: &Region, offsets: &RegionOffsets) -> Result<Graph> {
    // SAFETY: by contract.
    let (traces, exits) = unsafe {
        (
            std::slice::from_raw_parts(region.traces, region.trace_count),
            std::slice::from_raw_parts(region.exits, region.exit_count),
        )
    };
    // SAFETY: as above.
    let steps = |t: &taipan_mir::region::Trace| unsafe { std::slice::from_raw_parts(t.steps, t.len) };
    let source =
        Source { traces: traces.iter().map(steps).collect(), exits, frame_header: offsets.wrap.locals };
    taipan_mir::graph::of_region(&source).map_err(problem)
}

/// The passes over a region, after the bodies were inlined. Bodies come optimised, so a short pipeline does: registers for
/// slots, tests of a body's code that follow from its branches, what the constants decide, repeated loads and tests, what
/// does not change in the loop.
pub const PASSES: &str = "always-inline,globaldce,function(sroa,early-cse<memssa>,jump-threading,simplifycfg,\
    instcombine<no-verify-fixpoint>,\
    loop-mssa(loop-rotate,licm),gvn,instcombine<no-verify-fixpoint>,dse,simplifycfg)";

/// Builds the region's function into the module of bodies.
pub fn build<'c>(
    context: &'c Context,
    bitcode: &[u8],
    offsets: RegionOffsets,
    graph: &Graph,
) -> Result<Wrapper<'c>> {
    let wrapper = Wrapper::new(Bodies::load(context, bitcode)?, offsets.wrap);
    plan::build(&wrapper, offsets, graph)?;
    Ok(wrapper)
}

/// Runs the passes.
pub fn optimise(wrapper: &Wrapper, machine: &TargetMachine) -> Result<()> {
    target::optimise(&wrapper.bodies.module, machine, PASSES)
}

fn problem(what: impl Into<String>) -> Error {
    Error::Check(vec![what.into()])
}
