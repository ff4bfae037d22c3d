//! Pseudo instructions become real ones.

use super::redundant;
use crate::cfg::{
    graph::{Cfg, Instr},
    op::Op,
};

/// `JUMP_IF_*` keeps the value that it tests.
pub fn conditional_jumps(cfg: &mut Cfg) {
    let mut id = Cfg::ENTRY;
    while id.exists() {
        let block = &mut cfg[id];
        if let Some(&last) = block.last()
            && matches!(last.op, Op::JUMP_IF_FALSE | Op::JUMP_IF_TRUE)
        {
            let at = block.instrs.len() - 1;
            let op = if last.op == Op::JUMP_IF_FALSE { Op::POP_JUMP_IF_FALSE } else { Op::POP_JUMP_IF_TRUE };
            block.instrs[at].op = op;
            block.instrs.insert(at, Instr { except: last.except, ..Instr::new(Op::TO_BOOL, 0, last.loc) });
            block.instrs.insert(at, Instr { except: last.except, ..Instr::new(Op::COPY, 1, last.loc) });
        }
        id = block.next;
    }
}

pub fn run(cfg: &mut Cfg) {
    let mut id = Cfg::ENTRY;
    while id.exists() && (cfg.has_handlers || cfg.has_pseudo_accesses) {
        let block = &mut cfg[id];
        for instr in &mut block.instrs {
            match instr.op {
                op if op.is_block_push() => {
                    instr.nop();
                    block.has_nops = true;
                }
                Op::LOAD_CLOSURE => instr.op = Op::LOAD_FAST,
                Op::STORE_FAST_MAYBE_NULL => instr.op = Op::STORE_FAST,
                _ => {}
            }
        }
        id = cfg[id].next;
    }
    redundant::nops_and_jumps(cfg);
}
