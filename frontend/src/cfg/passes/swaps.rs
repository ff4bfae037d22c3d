//! Fewer stack shuffles: a run of `SWAP`s becomes the shortest one with the same effect, and a
//! `SWAP` before pops and stores becomes a different order of those.

use crate::cfg::{graph::Instr, op::Op};

pub fn run_block(instrs: &mut [Instr]) {
    let mut i = 0;
    while i < instrs.len() {
        if instrs[i].op == Op::SWAP {
            i = shorten(instrs, i);
            apply_statically(instrs, i);
        }
        i += 1;
    }
}

/// Rewrites the run that starts at `start`; returns its last index.
fn shorten(instrs: &mut [Instr], start: usize) -> usize {
    let mut depth = instrs[start].arg as usize;
    let mut end = start + 1;
    let mut swaps = 1;
    while let Some(instr) = instrs.get(end) {
        match instr.op {
            Op::SWAP => {
                depth = depth.max(instr.arg as usize);
                swaps += 1;
            }
            Op::NOP => {}
            _ => break,
        }
        end += 1;
    }
    if swaps == 1 {
        return start;
    }
    // The permutation that the run makes.
    let mut stack: Vec<Option<usize>> = (0..depth).map(Some).collect();
    for instr in instrs[start..end].iter().filter(|i| i.op == Op::SWAP) {
        stack.swap(0, instr.arg as usize - 1);
    }
    // Each of its cycles is walked with swaps that go through the top, written backwards. The
    // result never needs more room than the original.
    let mut write = end;
    for i in 0..depth {
        if stack[i].is_none() || stack[i] == Some(i) {
            continue;
        }
        let mut j = i;
        loop {
            if j != 0 {
                write -= 1;
                instrs[write].set(Op::SWAP, j as u32 + 1);
            }
            match stack[j].take() {
                Some(next) => j = next,
                None => break,
            }
        }
    }
    for instr in &mut instrs[start..write] {
        instr.nop();
    }
    end - 1
}

/// May change places with its like: no control flow, no arbitrary code, touches only the top.
fn is_swappable(op: Op) -> bool {
    matches!(op, Op::STORE_FAST | Op::STORE_FAST_MAYBE_NULL | Op::POP_TOP)
}

fn stored_local(instr: &Instr) -> Option<u32> {
    matches!(instr.op, Op::STORE_FAST | Op::STORE_FAST_MAYBE_NULL).then_some(instr.arg)
}

/// The next swappable instruction after `i`, on the given line if there is one.
fn next_swappable(instrs: &[Instr], i: usize, line: i32) -> Option<usize> {
    for (index, instr) in instrs.iter().enumerate().skip(i + 1) {
        if line >= 0 && instr.loc.line != line {
            // Tracing would see the names bound in another order.
            return None;
        }
        match instr.op {
            Op::NOP => {}
            op if is_swappable(op) => return Some(index),
            _ => return None,
        }
    }
    None
}

fn apply_statically(instrs: &mut [Instr], last: usize) {
    for i in (0..=last).rev() {
        let op = instrs[i].op;
        if op != Op::SWAP {
            if op == Op::NOP || is_swappable(op) {
                continue;
            }
            return;
        }
        let Some(j) = next_swappable(instrs, i, -1) else { return };
        let line = instrs[j].loc.line;
        let mut k = j;
        for _ in 1..instrs[i].arg {
            match next_swappable(instrs, k, line) {
                Some(next) => k = next,
                None => return,
            }
        }
        // Stores to one local must keep their order.
        let (store_j, store_k) = (stored_local(&instrs[j]), stored_local(&instrs[k]));
        if store_j.is_some() || store_k.is_some() {
            if store_j == store_k {
                return;
            }
            let between = instrs[j + 1..k].iter().filter_map(stored_local);
            if between.into_iter().any(|local| Some(local) == store_j || Some(local) == store_k) {
                return;
            }
        }
        instrs[i].nop();
        instrs.swap(j, k);
    }
}
