//! What a loop carries around in values, and the function as a whole.

use std::collections::{BTreeMap, BTreeSet};

use taipan_mir::region::{Step, StepKind};
use taipan_mir::uops::Uop;

use super::edges::Carried;
use super::lower::Lower;
use super::state::Type;
use super::{Input, RegionOffsets, SYMBOL, problem};
use crate::Result;
use crate::wrap::Wrapper;

/// Steps that one function is made of; behind that, exits leave instead of going on in line. LLVM needs about 0.2 ms
/// per step.
pub const MAX_STEPS: usize = 3000;

/// The label that the trace jumps back to, if it does so itself.
pub fn label_of(steps: &[Step]) -> Option<u32> {
    Some(steps.iter().find(|s| s.kind == StepKind::Goto)?.target)
}

/// What stands before the loop's head, and the loop.
pub fn parts(steps: &[Step]) -> (&[Step], &[Step]) {
    let head = label_of(steps)
        .and_then(|label| steps.iter().position(|s| s.kind == StepKind::Label && s.target == label));
    match head {
        Some(head) => (&steps[..head], &steps[head + 1..]),
        None => (&[], steps),
    }
}

/// Builds the region's function.
pub fn build(w: &Wrapper, offsets: RegionOffsets, input: &Input) -> Result<()> {
    let root = *input.traces.first().ok_or_else(|| problem("a region without traces"))?;
    let (preamble, body) = parts(root);
    let carried = carried(input, preamble);
    let (function, regs) = w.function(SYMBOL);
    let mut lower = Lower::new(w, offsets, input, function, regs);
    let entry = w.b.get_insert_block().expect("the function has an entry");
    lower.make_head(carried);
    let start = lower.block("start");
    w.b.position_at_end(entry);
    w.b.build_unconditional_branch(start).unwrap();
    w.b.position_at_end(start);
    let state = lower.entry_state();
    lower.enter_loop(state)?;
    let state = lower.head_state();
    lower.whole(body, state)?;
    lower.drain()
}

/// The locals of the loop's frame that its traces touch. Types are those that the preamble checks, and that hold again
/// whenever control comes back. What it unboxes is raw there.
fn carried(input: &Input, preamble: &[Step]) -> BTreeMap<u32, Carried> {
    let mut touched: BTreeSet<u32> = BTreeSet::new();
    for (steps, depth) in input.traces.iter().zip(&input.depths) {
        let mut depth = *depth;
        for step in steps.iter().filter(|s| s.kind == StepKind::Op) {
            let Some(uop) = Uop::from_u16(step.uop as u16) else { continue };
            let info = uop.info();
            if depth == 0 && (info.reads_local || info.writes_local) {
                touched.insert(step.oparg);
            }
            match uop {
                Uop::_ENTER_INLINE | Uop::_PUSH_FRAME => depth += 1,
                Uop::_LEAVE_INLINE | Uop::_LEAVE_INLINE_EMPTY | Uop::_RETURN_VALUE | Uop::_YIELD_VALUE => {
                    match depth.checked_sub(1) {
                        Some(d) => depth = d,
                        None => break,
                    }
                }
                _ => {}
            }
        }
    }
    let types: BTreeMap<u32, Type> = preamble
        .iter()
        .filter_map(|s| Some((s.oparg, super::typed::guarded_local(Uop::from_u16(s.uop as u16)?)?)))
        .collect();
    let is_raw = |s: &&Step| Uop::from_u16(s.uop as u16) == Some(Uop::_UNBOX_LOCAL);
    let raw: BTreeSet<u32> = preamble.iter().filter(is_raw).map(|s| s.oparg).collect();
    let carried = |index: u32| {
        let carried = if raw.contains(&index) {
            Carried::Double
        } else {
            Carried::Word(types.get(&index).copied().unwrap_or_default())
        };
        (index, carried)
    };
    touched.into_iter().map(carried).collect()
}
