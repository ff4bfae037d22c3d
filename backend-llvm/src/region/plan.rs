//! The function as a whole, and what its loop carries around in values.

use taipan_mir::graph::{Graph, HEAD, Param, Place};
use taipan_mir::uops::Rep;

use super::edges::Carried;
use super::lower::Lower;
use super::{RegionOffsets, SYMBOL, problem};
use crate::Result;
use crate::wrap::Wrapper;

/// Uops that one function is made of, copies of blocks included; behind that, edges leave instead of going on in line. LLVM
/// needs about 0.2 ms per uop.
pub const MAX_UOPS: usize = 3000;

/// Builds the region's function.
pub fn build(w: &Wrapper, offsets: RegionOffsets, graph: &Graph) -> Result<()> {
    let head = graph.blocks.get(HEAD).ok_or_else(|| problem("a region without a loop"))?;
    let carried = head.params.iter().filter_map(carried).collect();
    let (function, regs) = w.function(SYMBOL);
    let mut lower = Lower::new(w, offsets, graph, function, regs);
    let entry = w.b.get_insert_block().expect("the function has an entry");
    lower.make_head(carried);
    let start = lower.block("start");
    w.b.position_at_end(entry);
    w.b.build_unconditional_branch(start).unwrap();
    w.b.position_at_end(start);
    let state = lower.entry_state();
    lower.enter_loop(state)?;
    let state = lower.head_state();
    lower.whole(HEAD, state)?;
    lower.drain()
}

/// How the head takes a local. Its type is what the entry checks, so that it holds again whenever control comes back. Stack items
/// lie in memory there.
fn carried(param: &Param) -> Option<(u32, Carried)> {
    let Place::Local(index) = param.place else { return None };
    let carried = match param.rep {
        Rep::F64 => Carried::Double,
        Rep::Tagged => Carried::Word(param.ty.into()),
    };
    Some((index, carried))
}
