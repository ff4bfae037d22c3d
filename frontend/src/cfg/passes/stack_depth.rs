//! The height of the stack at each block, and the greatest height.

use crate::cfg::{
    graph::{BlockId, Cfg},
    op::Op,
    stack_effect,
};

pub fn run(cfg: &mut Cfg) -> u32 {
    for block in cfg.blocks_mut() {
        block.start_depth = i32::MIN;
    }
    let mut todo = cfg.take_todo();
    let entry = Cfg::ENTRY;
    push(cfg, &mut todo, entry, 0);
    let mut max = 0;
    while let Some(id) = todo.pop() {
        let mut depth = cfg[id].start_depth;
        let mut next = cfg[id].next;
        let instrs = std::mem::take(&mut cfg[id].instrs);
        for instr in &instrs {
            let new_depth = depth + stack_effect::net(instr.op, instr.arg, false);
            max = max.max(depth);
            if instr.op.has_target() && instr.op != Op::END_ASYNC_FOR {
                let target_depth = depth + stack_effect::net(instr.op, instr.arg, true);
                push(cfg, &mut todo, instr.target, target_depth);
            }
            depth = new_depth;
            debug_assert!(depth >= 0, "the stack underflows at {instr:?}");
            if instr.op.ends_flow() {
                next = BlockId::NONE;
                break;
            }
        }
        cfg[id].instrs = instrs;
        if next.exists() {
            push(cfg, &mut todo, next, depth);
        }
    }
    cfg.put_todo(todo);
    // A frame has room for one value at least.
    max.max(1) as u32
}

fn push(cfg: &mut Cfg, todo: &mut Vec<BlockId>, id: BlockId, depth: i32) {
    let block = &mut cfg[id];
    debug_assert!(
        block.start_depth < 0 || block.start_depth == depth,
        "two heights of the stack at one block"
    );
    if block.start_depth < 0 {
        block.start_depth = depth;
        todo.push(id);
    }
}
