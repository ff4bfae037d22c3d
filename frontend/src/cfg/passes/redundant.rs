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
    let block = &mut cfg[id];
    if !block.has_nops {
        return 0;
    }
    block.has_nops = false;
    let Some(first) = block.instrs.iter().position(|i| i.op == Op::NOP) else { return 0 };
    let mut instrs = std::mem::take(&mut block.instrs);
    let mut kept_nop = false;
    let total = instrs.len();
    let mut kept = first;
    let mut previous_line = if first == 0 { -1 } else { instrs[first - 1].loc.line };
    for at in first..total {
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
        kept_nop |= instrs[at].op == Op::NOP;
        instrs[kept] = instrs[at];
        kept += 1;
        previous_line = loc.line;
    }
    cfg[id].instrs = instrs;
    cfg[id].has_nops = kept_nop;
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
    let mut id = Cfg::ENTRY;
    while id.exists() {
        removed += block_nops(cfg, id);
        id = cfg[id].next;
    }
    removed
}

fn jumps(cfg: &mut Cfg) -> usize {
    let mut removed = 0;
    let mut id = Cfg::ENTRY;
    while id.exists() {
        if let Some(&last) = cfg[id].last()
            && last.op.is_unconditional_jump()
            && cfg.nonempty(last.target) == cfg.nonempty(cfg[id].next)
        {
            if let Some(jump) = cfg[id].instrs.last_mut() {
                jump.nop();
            }
            cfg[id].has_nops = true;
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
        let mut id = Cfg::ENTRY;
        while id.exists() {
            block_nops(cfg, id);
            if cfg[id].labelled {
                previous = None;
            }
            for at in 0..cfg[id].instrs.len() {
                if cfg[id].instrs[at].op != Op::POP_TOP {
                    continue;
                }
                let before = if at > 0 { Some((id, at - 1)) } else { previous };
                let Some((block, index)) = before else { continue };
                let pushed = cfg[block].instrs[index];
                if pushed.op.loads_const() || pushed.op == Op::COPY && pushed.arg == 1 {
                    for (block, index) in [(block, index), (id, at)] {
                        cfg[block].instrs[index].nop();
                        cfg[block].has_nops = true;
                    }
                    done = false;
                }
            }
            if let Some(last) = cfg[id].instrs.len().checked_sub(1) {
                previous = Some((id, last));
            }
            if previous.is_some_and(|(block, index)| cfg[block].instrs[index].op.is_terminator()) {
                previous = None;
            }
            id = cfg[id].next;
        }
        if done {
            return;
        }
    }
}
