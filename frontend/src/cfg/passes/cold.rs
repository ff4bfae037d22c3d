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
    // Without handlers nothing is cold.
    if !cfg.has_handlers {
        return;
    }
    mark(cfg);
    // A cold block that falls into a warm one needs a jump.
    let mut id = Cfg::ENTRY;
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
    // The chain of cold blocks is taken out and put behind the rest.
    let (mut last_warm, mut last_cold, mut first_cold) = (Cfg::ENTRY, BlockId::NONE, BlockId::NONE);
    let mut id = cfg[Cfg::ENTRY].next;
    while id.exists() {
        if !cfg[id].cold {
            cfg[last_warm].next = id;
            last_warm = id;
        } else {
            match last_cold.exists() {
                true => cfg[last_cold].next = id,
                false => first_cold = id,
            }
            last_cold = id;
        }
        id = cfg[id].next;
    }
    cfg[last_warm].next = first_cold;
    if last_cold.exists() {
        cfg[last_cold].next = BlockId::NONE;
        redundant::nops_and_jumps(cfg);
    }
}

fn mark(cfg: &mut Cfg) {
    cfg.clear_visited();
    let entry = Cfg::ENTRY;
    let mut todo = cfg.take_todo();
    todo.push(entry);
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
    cfg.put_todo(todo);
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
