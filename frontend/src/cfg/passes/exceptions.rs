//! Which handler covers each instruction.
//!
//! Follows control from the entry with the stack of open `SETUP_*` blocks. `POP_BLOCK`s have done
//! their work then and become NOPs. A `RESUME` learns whether the only open block at its yield is
//! the generator's own.

use taipan_mir::opcodes::resume;

use crate::cfg::{
    graph::{BlockId, Cfg},
    op::Op,
};

pub fn label_exception_targets(cfg: &mut Cfg) {
    cfg.clear_visited();
    let mut todo = vec![(cfg.entry, Vec::new())];
    let entry = cfg.entry;
    cfg[entry].visited = true;
    while let Some((id, mut stack)) = todo.pop() {
        let mut handler = stack.last().copied().unwrap_or(BlockId::NONE);
        let mut yield_depth = None;
        for index in 0..cfg[id].instrs.len() {
            let instr = cfg[id].instrs[index];
            if instr.op.is_block_push() {
                if instr.op != Op::SETUP_FINALLY {
                    cfg[instr.target].preserve_lasti = true;
                }
                visit(cfg, &mut todo, instr.target, &stack);
                stack.push(instr.target);
                handler = instr.target;
                continue;
            }
            if instr.op == Op::POP_BLOCK {
                stack.pop();
                handler = stack.last().copied().unwrap_or(BlockId::NONE);
                cfg[id].instrs[index].nop();
                continue;
            }
            cfg[id].instrs[index].except = handler;
            if instr.op.is_jump() {
                visit(cfg, &mut todo, instr.target, &stack);
            } else if instr.op == Op::YIELD_VALUE {
                yield_depth = Some(stack.len());
            } else if instr.op == Op::RESUME && instr.arg != resume::AT_FUNC_START {
                if yield_depth == Some(1) {
                    cfg[id].instrs[index].arg |= resume::DEPTH1_MASK;
                }
                yield_depth = None;
            }
        }
        let next = cfg[id].next;
        if next.exists() && cfg[id].has_fallthrough() {
            visit(cfg, &mut todo, next, &stack);
        }
    }
}

fn visit(cfg: &mut Cfg, todo: &mut Vec<(BlockId, Vec<BlockId>)>, id: BlockId, stack: &[BlockId]) {
    if !cfg[id].visited {
        cfg[id].visited = true;
        todo.push((id, stack.to_vec()));
    }
}
