//! Conditional jumps only go forward: one that goes back is reversed and jumps over a jump back.
//! `NOT_TAKEN` marks the way on for monitoring.

use crate::cfg::{
    graph::{BlockId, Cfg, Instr},
    op::Op,
};

pub fn run(cfg: &mut Cfg) {
    cfg.clear_visited();
    let mut id = cfg.entry;
    while id.exists() {
        cfg[id].visited = true;
        if let Some(&last) = cfg[id].last()
            && last.op.is_conditional_jump()
        {
            let not_taken = Instr { op: Op::NOT_TAKEN, arg: 0, target: BlockId::NONE, ..last };
            if !cfg[last.target].visited {
                cfg[id].instrs.push(not_taken);
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
                block.instrs.push(not_taken);
                block.instrs.push(Instr { op: Op::JUMP, ..last });
                block.start_depth = start_depth;
                block.cold = cold;
            }
        }
        id = cfg[id].next;
    }
}
