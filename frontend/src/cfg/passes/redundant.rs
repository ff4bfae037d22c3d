//! Removes instructions without effect: NOPs that no line needs, jumps to the next instruction,
//! and values that are pushed only to be popped.

use crate::{
    ast::Loc,
    cfg::{
        graph::{BlockId, Cfg},
        op::Op,
    },
};

/// Removes NOPs of one block; returns how many.
fn block_nops(cfg: &mut Cfg, id: BlockId) -> usize {
    if !cfg[id].instrs.iter().any(|i| i.op == Op::NOP) {
        return 0;
    }
    let mut instrs = std::mem::take(&mut cfg[id].instrs);
    let total = instrs.len();
    let mut kept = 0;
    let mut previous_line = -1;
    for at in 0..total {
        let loc = instrs[at].loc;
        if instrs[at].op == Op::NOP {
            if loc.line < 0 || previous_line == loc.line {
                continue;
            }
            if at + 1 < total {
                let next_line = instrs[at + 1].loc.line;
                if next_line == loc.line {
                    continue;
                }
                if next_line < 0 {
                    instrs[at + 1].loc = loc;
                    continue;
                }
            } else if next_line(cfg, id) == Some(loc.line) {
                continue;
            }
        }
        instrs[kept] = instrs[at];
        kept += 1;
        previous_line = loc.line;
    }
    cfg[id].instrs = instrs;
    cfg[id].truncate(kept);
    total - kept
}

/// The line of the next block's first instruction that will stay.
fn next_line(cfg: &Cfg, id: BlockId) -> Option<i32> {
    let next = cfg.nonempty(cfg[id].next);
    if !next.exists() {
        return None;
    }
    let first = cfg[next].instrs.iter().find(|i| i.op != Op::NOP || i.loc.line >= 0);
    Some(first.map_or(Loc::NONE.line, |i| i.loc.line))
}

pub fn nops(cfg: &mut Cfg) -> usize {
    let mut removed = 0;
    let mut id = cfg.entry;
    while id.exists() {
        removed += block_nops(cfg, id);
        id = cfg[id].next;
    }
    removed
}

fn jumps(cfg: &mut Cfg) -> usize {
    let mut removed = 0;
    let mut id = cfg.entry;
    while id.exists() {
        if let Some(&last) = cfg[id].last()
            && last.op.is_unconditional_jump()
            && cfg.nonempty(last.target) == cfg.nonempty(cfg[id].next)
        {
            if let Some(jump) = cfg[id].instrs.last_mut() {
                jump.nop();
            }
            removed += 1;
        }
        id = cfg[id].next;
    }
    removed
}

/// Until nothing changes: each kind makes the other possible.
pub fn nops_and_jumps(cfg: &mut Cfg) {
    while nops(cfg) + jumps(cfg) > 0 {}
}

/// NOPs, and pairs of a push and a pop.
pub fn nops_and_pairs(cfg: &mut Cfg) {
    loop {
        let mut done = true;
        let mut previous: Option<(BlockId, usize)> = None;
        let mut id = cfg.entry;
        while id.exists() {
            block_nops(cfg, id);
            if cfg[id].labelled {
                previous = None;
            }
            for at in 0..cfg[id].instrs.len() {
                let instr = cfg[id].instrs[at];
                if instr.op == Op::POP_TOP
                    && let Some((block, index)) = previous
                {
                    let before = cfg[block].instrs[index];
                    if before.op.loads_const() || before.op == Op::COPY && before.arg == 1 {
                        cfg[block].instrs[index].nop();
                        cfg[id].instrs[at].nop();
                        done = false;
                    }
                }
                previous = Some((id, at));
            }
            let ends_flow = !cfg[id].has_fallthrough();
            let jumps = previous.is_some_and(|(block, index)| cfg[block].instrs[index].op.is_jump());
            if jumps || ends_flow {
                previous = None;
            }
            id = cfg[id].next;
        }
        if done {
            return;
        }
    }
}
