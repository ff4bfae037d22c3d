//! The height of the stack at each block, and the greatest height.

use crate::cfg::{
    graph::{BlockId, Cfg},
    op::Op,
    stack_effect,
};

pub fn run(cfg: &mut Cfg) -> u32 {
    for block in &mut cfg.blocks {
        block.start_depth = i32::MIN;
    }
    let mut todo = Vec::new();
    let entry = cfg.entry;
    push(cfg, &mut todo, entry, 0);
    let mut max = 0;
    while let Some(id) = todo.pop() {
        let mut depth = cfg[id].start_depth;
        let mut next = cfg[id].next;
        for index in 0..cfg[id].instrs.len() {
            let instr = cfg[id].instrs[index];
            let new_depth = depth + stack_effect::net(instr.op, instr.arg, false);
            max = max.max(depth);
            if instr.op.has_target() && instr.op != Op::END_ASYNC_FOR {
                let target_depth = depth + stack_effect::net(instr.op, instr.arg, true);
                push(cfg, &mut todo, instr.target, target_depth);
            }
            depth = new_depth;
            debug_assert!(depth >= 0, "the stack underflows at {instr:?}");
            if instr.op.is_unconditional_jump() || instr.op.is_scope_exit() {
                next = BlockId::NONE;
                break;
            }
        }
        if next.exists() {
            push(cfg, &mut todo, next, depth);
        }
    }
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
