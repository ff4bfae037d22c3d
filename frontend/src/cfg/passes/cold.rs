//! Moves exception handlers and what only they reach behind all other code.

use super::redundant;
use crate::{
    ast::Loc,
    cfg::{
        graph::{BlockId, Cfg, Instr},
        op::Op,
    },
};

pub fn run(cfg: &mut Cfg) {
    if !cfg[cfg.entry].next.exists() {
        return;
    }
    mark(cfg);
    // A cold block that falls into a warm one needs a jump.
    let mut id = cfg.entry;
    while id.exists() {
        let next = cfg[id].next;
        if cfg[id].cold && next.exists() && cfg[next].warm && cfg[id].has_fallthrough() {
            cfg[next].labelled = true;
            let jump = cfg.append_after(id);
            let block = &mut cfg[jump];
            block.instrs.push(Instr::jump(Op::JUMP_NO_INTERRUPT, next, Loc::NONE));
            block.cold = true;
            block.predecessors = 1;
        }
        id = next;
    }
    let (mut warm, mut cold) = (Vec::new(), Vec::new());
    for id in cfg.chain() {
        if cfg[id].cold { cold.push(id) } else { warm.push(id) }
    }
    let any_cold = !cold.is_empty();
    warm.extend(cold);
    for pair in warm.windows(2) {
        cfg[pair[0]].next = pair[1];
    }
    if let Some(&last) = warm.last() {
        cfg[last].next = BlockId::NONE;
    }
    if any_cold {
        redundant::nops_and_jumps(cfg);
    }
}

fn mark(cfg: &mut Cfg) {
    cfg.clear_visited();
    let entry = cfg.entry;
    let mut todo = vec![entry];
    cfg[entry].visited = true;
    while let Some(id) = todo.pop() {
        cfg[id].warm = true;
        successors(cfg, id, &mut todo, false);
    }
    cfg.clear_visited();
    let mut id = entry;
    while id.exists() {
        if cfg[id].except_handler {
            cfg[id].visited = true;
            todo.push(id);
        }
        id = cfg[id].next;
    }
    while let Some(id) = todo.pop() {
        cfg[id].cold = true;
        successors(cfg, id, &mut todo, true);
    }
}

fn successors(cfg: &mut Cfg, id: BlockId, todo: &mut Vec<BlockId>, only_not_warm: bool) {
    let next = if cfg[id].has_fallthrough() { cfg[id].next } else { BlockId::NONE };
    let target = cfg[id].last().filter(|last| last.op.is_jump()).map_or(BlockId::NONE, |last| last.target);
    for successor in [next, target] {
        if successor.exists() && !cfg[successor].visited && !(only_not_warm && cfg[successor].warm) {
            cfg[successor].visited = true;
            todo.push(successor);
        }
    }
}
