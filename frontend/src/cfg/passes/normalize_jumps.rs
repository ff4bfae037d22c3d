//! Conditional jumps only go forward: one that goes back is reversed and jumps over a jump back.
//! `NOT_TAKEN` marks the way on for monitoring.

use crate::cfg::{
    graph::{Cfg, Instr},
    op::Op,
};

pub fn run(cfg: &mut Cfg) {
    cfg.clear_visited();
    let mut id = Cfg::ENTRY;
    while id.exists() {
        cfg[id].visited = true;
        if let Some(&last) = cfg[id].last()
            && last.op.is_conditional_jump()
        {
            let not_taken = Instr::new(Op::NOT_TAKEN, 0, last.loc);
            if !cfg[last.target].visited {
                cfg[id].add(not_taken);
            } else {
                let reversed = match last.op {
                    Op::POP_JUMP_IF_NOT_NONE => Op::POP_JUMP_IF_NONE,
                    Op::POP_JUMP_IF_NONE => Op::POP_JUMP_IF_NOT_NONE,
                    Op::POP_JUMP_IF_FALSE => Op::POP_JUMP_IF_TRUE,
                    _ => Op::POP_JUMP_IF_FALSE,
                };
                let next = cfg[id].next;
                if let Some(jump) = cfg[id].instrs.last_mut() {
                    jump.op = reversed;
                    jump.target = next;
                }
                let back = cfg.append_after(id);
                let (cold, start_depth) = (cfg[id].cold, cfg[last.target].start_depth);
                let block = &mut cfg[back];
                block.add(not_taken);
                block.add(Instr::jump(Op::JUMP, last.target, last.loc));
                block.start_depth = start_depth;
                block.cold = cold;
            }
        }
        id = cfg[id].next;
    }
}
