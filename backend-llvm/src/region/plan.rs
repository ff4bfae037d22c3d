//! Which types and places a loop carries, found by trying.

use std::collections::BTreeSet;

use taipan_mir::region::{Step, StepKind};

use super::edges::{Head, Plan};
use super::lower::{Findings, Lower};
use super::state::{Place, Type};
use super::{Input, RegionOffsets, SYMBOL, problem};
use crate::Result;
use crate::wrap::Wrapper;

/// Steps that one function is made of; behind that, exits leave instead of going on in line. LLVM needs about 0.3 ms
/// per step.
pub const MAX_STEPS: usize = 2500;
/// Lowerings of the loop until its types must have settled.
const ROUNDS: usize = 12;
const SCRATCH: &str = "taipan_region_scratch";

/// The label that the trace jumps back to, and the index of its step.
pub fn head_of(steps: &[Step]) -> Option<(u32, usize)> {
    let target = steps.iter().find(|s| s.kind == StepKind::Goto)?.target;
    let index = steps.iter().position(|s| s.kind == StepKind::Label && s.target == target)?;
    Some((target, index))
}

/// Builds the region's function.
pub fn build(w: &Wrapper, offsets: RegionOffsets, input: &Input) -> Result<()> {
    let root = *input.traces.first().ok_or_else(|| problem("a region without traces"))?;
    let (_, head) = head_of(root).ok_or_else(|| problem("the trace is no loop"))?;
    let (preamble, body) = (&root[..head], &root[head + 1..]);
    let plan = find(w, offsets, input, body)?;

    let (function, regs) = w.function(SYMBOL);
    let mut lower = Lower::new(w, offsets, input, function, regs);
    lower.preamble = preamble.iter().any(|s| s.kind == StepKind::Op);
    let entry = w.b.get_insert_block().expect("the function has an entry");
    let typed = lower.make_head(plan.clone(), "typed");
    if !plan.types.is_empty() {
        lower.general = Some(lower.make_head(Plan::default(), "general"));
    }
    let start = lower.block("start");
    w.b.position_at_end(entry);
    w.b.build_unconditional_branch(start).unwrap();
    w.b.position_at_end(start);
    lower.typed = Some(Head { block: typed.block, plan: plan.clone(), variables: typed.variables.clone() });
    let state = lower.entry_state();
    if let Some(state) = lower.walk(preamble, state)? {
        lower.edge(state)?;
    }
    if let Some(block) = lower.general.as_ref().map(|g| g.block) {
        w.b.position_at_end(block);
        let state = lower.entry_state();
        lower.whole(body, state)?;
        lower.drain()?;
    }
    lower.links = true;
    lower.steps = 0;
    w.b.position_at_end(typed.block);
    let state = lower.head_state(&plan, &typed.variables);
    lower.whole(body, state)?;
    lower.drain()?;
    Ok(())
}

/// Lowers the loop again and again until its plan is confirmed.
fn find(w: &Wrapper, offsets: RegionOffsets, input: &Input, body: &[Step]) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut banned: BTreeSet<Place> = BTreeSet::new();
    let mut links = false;
    for round in 0..ROUNDS {
        let (found, touched) = attempt(w, offsets, input, body, &plan, links)?;
        let mut next = plan.clone();
        for place in touched {
            match place {
                Place::Local(_) => next.carried.extend([place]),
                Place::Stack(k) => next.carried.extend((1..=k).map(Place::Stack)),
            }
        }
        next.dirty.extend(found.dirty.iter().copied());
        if !links {
            for place in &found.refuted {
                next.types.remove(place);
                banned.insert(*place);
            }
            let wanted = found
                .demands
                .iter()
                .chain(if round > 0 { Some(&found.returns) } else { None }.into_iter().flatten());
            for (place, ty) in wanted {
                if may_assume(*place, *ty) && !banned.contains(place) && next.carried.contains(place) {
                    next.types.entry(*place).or_insert(*ty);
                }
            }
        }
        if next == plan {
            if links {
                return Ok(plan);
            }
            links = true;
        }
        plan = next;
    }
    // Types that do not settle are not needed: without them the loop is as the trace says.
    plan.types.clear();
    for _ in 0..ROUNDS {
        let (found, touched) = attempt(w, offsets, input, body, &plan, true)?;
        let before = plan.clone();
        plan.dirty.extend(found.dirty);
        plan.carried.extend(touched.into_iter().filter(|p| matches!(p, Place::Local(_))));
        if plan == before {
            return Ok(plan);
        }
    }
    Err(problem("the loop's values do not settle"))
}

/// Which types pay at a loop's head: numbers in locals, and kinds of objects.
fn may_assume(place: Place, ty: Type) -> bool {
    match place {
        Place::Local(_) => matches!(ty, Type::Fixnum | Type::Float | Type::Bool) || ty.is_pointer(),
        Place::Stack(_) => ty.is_pointer(),
    }
}

fn attempt(
    w: &Wrapper,
    offsets: RegionOffsets,
    input: &Input,
    body: &[Step],
    plan: &Plan,
    links: bool,
) -> Result<(Findings, BTreeSet<Place>)> {
    let (function, regs) = w.function(SCRATCH);
    let entry = w.b.get_insert_block().expect("the function has an entry");
    let mut lower = Lower::new(w, offsets, input, function, regs);
    lower.links = links;
    lower.preamble = head_of(input.traces[0])
        .is_some_and(|(_, at)| input.traces[0][..at].iter().any(|s| s.kind == StepKind::Op));
    let head = lower.make_head(plan.clone(), "typed");
    w.b.position_at_end(entry);
    w.b.build_unconditional_branch(head.block).unwrap();
    w.b.position_at_end(head.block);
    let state = lower.head_state(plan, &head.variables);
    lower.typed = Some(head);
    let result = lower.whole(body, state).and_then(|()| lower.drain());
    let (found, touched) = (lower.found.clone(), lower.touched.clone());
    // SAFETY: nothing refers to the function; the builder is positioned anew before it is used again.
    unsafe { function.delete() };
    result?;
    Ok((found, touched))
}
