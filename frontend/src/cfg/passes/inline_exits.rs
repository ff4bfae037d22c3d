//! A jump to a small block that leaves the function, or to one without line numbers that does not
//! fall through, is replaced by a copy of that block.

use crate::cfg::{
    graph::{BlockId, Cfg},
    op::Op,
};

/// The longest exit that is copied.
const MAX_COPY_SIZE: usize = 4;

pub fn run(cfg: &mut Cfg) {
    // Each change removes a jump, so this ends.
    loop {
        let mut changed = false;
        let mut id = Cfg::ENTRY;
        while id.exists() {
            changed |= inline_into(cfg, id);
            id = cfg[id].next;
        }
        if !changed {
            return;
        }
    }
}

fn inline_into(cfg: &mut Cfg, id: BlockId) -> bool {
    let Some(&last) = cfg[id].last() else { return false };
    if !last.op.is_unconditional_jump() {
        return false;
    }
    let target = &cfg[last.target];
    let small_exit = target.exits_scope() && target.instrs.len() <= MAX_COPY_SIZE;
    let no_line = target.has_no_line() && !target.has_fallthrough();
    if !small_exit && !no_line {
        return false;
    }
    let copy = target.instrs.clone();
    let block = &mut cfg[id];
    if let Some(jump) = block.instrs.last_mut() {
        jump.nop();
    }
    block.instrs.extend(copy);
    if no_line
        && last.op == Op::JUMP
        && let Some(end) = block.instrs.last_mut()
        && end.op.is_unconditional_jump()
    {
        // The interpreter's periodic checks must not get lost.
        end.op = Op::JUMP;
    }
    let target = &mut cfg[last.target];
    target.predecessors = target.predecessors.saturating_sub(1);
    true
}
