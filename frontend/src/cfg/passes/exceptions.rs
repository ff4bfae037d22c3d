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
    if !cfg.has_handlers {
        return;
    }
    for at in 0..cfg.len() {
        let instrs = std::mem::take(&mut cfg[BlockId(at as u32)].instrs);
        for push in instrs.iter().filter(|i| i.op.is_block_push()) {
            cfg[push.target].except_handler = true;
        }
        cfg[BlockId(at as u32)].instrs = instrs;
    }
    cfg.clear_visited();
    let entry = Cfg::ENTRY;
    let mut stacks = Stacks(vec![OpenBlock { handler: BlockId::NONE, around: 0, depth: 0 }]);
    let mut todo = vec![(entry, EMPTY)];
    cfg[entry].visited = true;
    while let Some((id, mut stack)) = todo.pop() {
        let mut yield_depth = None;
        let mut instrs = std::mem::take(&mut cfg[id].instrs);
        for instr in &mut instrs {
            if instr.op.is_block_push() {
                if instr.op != Op::SETUP_FINALLY {
                    cfg[instr.target].preserve_lasti = true;
                }
                visit(cfg, &mut todo, instr.target, stack);
                stack = stacks.push(stack, instr.target);
                continue;
            }
            if instr.op == Op::POP_BLOCK {
                stack = stacks.0[stack].around;
                instr.nop();
                continue;
            }
            instr.except = stacks.0[stack].handler;
            if instr.op.is_jump() {
                visit(cfg, &mut todo, instr.target, stack);
            } else if instr.op == Op::YIELD_VALUE {
                yield_depth = Some(stacks.0[stack].depth);
            } else if instr.op == Op::RESUME && instr.arg != resume::AT_FUNC_START {
                if yield_depth == Some(1) {
                    instr.arg |= resume::DEPTH1_MASK;
                }
                yield_depth = None;
            }
        }
        cfg[id].instrs = instrs;
        let next = cfg[id].next;
        if next.exists() && cfg[id].has_fallthrough() {
            visit(cfg, &mut todo, next, stack);
        }
    }
}

/// The stacks of open blocks that control may come with. They share their lower parts, so that one
/// is known by the number of its top; an empty one by [`EMPTY`].
struct Stacks(Vec<OpenBlock>);

struct OpenBlock {
    handler: BlockId,
    /// The stack below.
    around: usize,
    depth: u32,
}

const EMPTY: usize = 0;

impl Stacks {
    fn push(&mut self, around: usize, handler: BlockId) -> usize {
        self.0.push(OpenBlock { handler, around, depth: self.0[around].depth + 1 });
        self.0.len() - 1
    }
}

fn visit(cfg: &mut Cfg, todo: &mut Vec<(BlockId, usize)>, id: BlockId, stack: usize) {
    if !cfg[id].visited {
        cfg[id].visited = true;
        todo.push((id, stack));
    }
}
