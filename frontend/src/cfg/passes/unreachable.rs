//! Counts predecessors and empties the blocks that nothing reaches.

use crate::cfg::graph::{BlockId, Cfg, Instr};

pub fn run(cfg: &mut Cfg) {
    cfg.clear_visited();
    for block in cfg.blocks_mut() {
        block.predecessors = 0;
    }
    let entry = Cfg::ENTRY;
    cfg[entry].visited = true;
    cfg[entry].predecessors = 1;
    let mut todo = cfg.take_todo();
    todo.push(entry);
    while let Some(id) = todo.pop() {
        let next = cfg[id].next;
        if next.exists() && cfg[id].has_fallthrough() {
            reach(cfg, &mut todo, next);
        }
        if cfg.has_handlers {
            let instrs = std::mem::take(&mut cfg[id].instrs);
            for push in instrs.iter().filter(|i| i.op.is_block_push()) {
                reach(cfg, &mut todo, push.target);
            }
            cfg[id].instrs = instrs;
        }
        // Until conditional jumps get their `NOT_TAKEN`, jumps are last.
        if let Some(&Instr { op, target, .. }) = cfg[id].last()
            && op.is_jump()
        {
            reach(cfg, &mut todo, target);
        }
    }
    cfg.put_todo(todo);
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
