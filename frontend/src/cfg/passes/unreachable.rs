//! Counts predecessors and empties the blocks that nothing reaches.

use crate::cfg::graph::{BlockId, Cfg};

pub fn run(cfg: &mut Cfg) {
    cfg.clear_visited();
    for block in &mut cfg.blocks {
        block.predecessors = 0;
    }
    let entry = cfg.entry;
    cfg[entry].visited = true;
    cfg[entry].predecessors = 1;
    let mut todo = vec![entry];
    while let Some(id) = todo.pop() {
        let next = cfg[id].next;
        if next.exists() && cfg[id].has_fallthrough() {
            reach(cfg, &mut todo, next);
        }
        for index in 0..cfg[id].instrs.len() {
            let instr = cfg[id].instrs[index];
            if instr.op.has_target() {
                reach(cfg, &mut todo, instr.target);
            }
        }
    }
    let mut id = entry;
    while id.exists() {
        let block = &mut cfg[id];
        if block.predecessors == 0 {
            block.truncate(0);
            block.except_handler = false;
        }
        id = block.next;
    }
}

fn reach(cfg: &mut Cfg, todo: &mut Vec<BlockId>, id: BlockId) {
    let block = &mut cfg[id];
    block.predecessors += 1;
    if !block.visited {
        block.visited = true;
        todo.push(id);
    }
}
