//! `LOAD_FAST_BORROW`: a load whose reference dies before its local changes need not own it.
//!
//! Each block is interpreted on a stack of references that remember which instruction loaded them
//! from which local. A load stays owning if its reference is still on the stack when the local is
//! overwritten, if it is stored into a local, or if it outlives the block. Blocks that only
//! exceptions reach are left alone.

use crate::cfg::{
    graph::{BlockId, Cfg},
    op::Op,
    stack_effect,
};

/// A value on the stack: the index of the instruction that made it, and the local it came from.
#[derive(Clone, Copy)]
struct Ref {
    instr: u32,
    local: u32,
}

/// Instead of the number of an instruction or local.
const NONE: u32 = u32::MAX;
const UNKNOWN: Ref = Ref { instr: NONE, local: NONE };

/// What the pass works on, a block at a time.
#[derive(Default)]
pub struct Analysis {
    stack: Vec<Ref>,
    /// For each instruction whether what it loads must own its reference.
    owning: Vec<bool>,
}

pub fn run(cfg: &mut Cfg) {
    cfg.clear_visited();
    let entry = Cfg::ENTRY;
    cfg[entry].visited = true;
    cfg[entry].start_depth = 0;
    let mut todo = cfg.take_todo();
    todo.push(entry);
    let mut analysis = std::mem::take(&mut cfg.borrow_analysis);
    while let Some(id) = todo.pop() {
        if !analysis.block(cfg, id, &mut todo) {
            continue;
        }
        for (instr, owning) in cfg[id].instrs.iter_mut().zip(&analysis.owning) {
            match instr.op {
                Op::LOAD_FAST if !owning => instr.op = Op::LOAD_FAST_BORROW,
                Op::LOAD_FAST_LOAD_FAST if !owning => instr.op = Op::LOAD_FAST_BORROW_LOAD_FAST_BORROW,
                _ => {}
            }
        }
    }
    cfg.put_todo(todo);
    cfg.borrow_analysis = analysis;
}

fn visit(cfg: &mut Cfg, todo: &mut Vec<BlockId>, id: BlockId) {
    if !cfg[id].visited {
        cfg[id].visited = true;
        todo.push(id);
    }
}

impl Analysis {
    fn push(&mut self, instr: usize, local: u32) {
        self.stack.push(Ref { instr: instr as u32, local });
    }

    fn pop(&mut self) -> Ref {
        self.stack.pop().unwrap_or(UNKNOWN)
    }

    fn kill(&mut self, local: u32) {
        for reference in self.stack.iter().filter(|r| r.local == local && r.instr != NONE) {
            self.owning[reference.instr as usize] = true;
        }
    }

    fn store(&mut self, local: u32) {
        let reference = self.pop();
        self.kill(local);
        if reference.instr != NONE {
            self.owning[reference.instr as usize] = true;
        }
    }

    /// Finds out what a block loads, and which blocks follow; says whether it loads locals at all.
    fn block(&mut self, cfg: &mut Cfg, id: BlockId, todo: &mut Vec<BlockId>) -> bool {
        let instrs = std::mem::take(&mut cfg[id].instrs);
        let mut loads = false;
        for instr in &instrs {
            loads |= matches!(instr.op, Op::LOAD_FAST | Op::LOAD_FAST_LOAD_FAST);
            if instr.op.has_target() {
                visit(cfg, todo, instr.target);
            }
        }
        let next = cfg[id].next;
        if next.exists() && instrs.last().is_some_and(|last| !last.op.ends_flow()) {
            visit(cfg, todo, next);
        }
        if loads {
            let depth = cfg[id].start_depth.max(0) as usize;
            self.stack.clear();
            self.stack.resize(depth, UNKNOWN);
            self.owning.clear();
            self.owning.resize(instrs.len(), false);
            for (i, instr) in instrs.iter().enumerate() {
                self.step(i, instr.op, instr.arg);
            }
            for reference in self.stack.iter().filter(|r| r.instr != NONE) {
                self.owning[reference.instr as usize] = true;
            }
        }
        cfg[id].instrs = instrs;
        loads
    }

    fn step(&mut self, i: usize, op: Op, arg: u32) {
        match op {
            Op::LOAD_FAST => self.push(i, arg),
            Op::LOAD_FAST_AND_CLEAR => {
                self.kill(arg);
                self.push(i, arg);
            }
            Op::LOAD_FAST_LOAD_FAST => {
                self.push(i, arg >> 4);
                self.push(i, arg & 15);
            }
            Op::STORE_FAST => self.store(arg),
            Op::DELETE_FAST => self.kill(arg),
            // The result may be the operand itself.
            Op::FORMAT_SIMPLE | Op::GET_YIELD_FROM_ITER => {}
            Op::STORE_FAST_LOAD_FAST => {
                self.store(arg >> 4);
                self.push(i, arg & 15);
            }
            Op::STORE_FAST_STORE_FAST => {
                self.store(arg >> 4);
                self.store(arg & 15);
            }
            Op::COPY => {
                let reference = self.stack[self.stack.len() - arg as usize];
                self.stack.push(reference);
            }
            Op::SWAP => {
                let top = self.stack.len() - 1;
                self.stack.swap(top, top + 1 - arg as usize);
            }
            // These leave their inputs and push more. CPython attributes what they push to the
            // block's first instructions, and the result must agree.
            Op::GET_ANEXT
            | Op::GET_LEN
            | Op::IMPORT_FROM
            | Op::MATCH_KEYS
            | Op::MATCH_MAPPING
            | Op::MATCH_SEQUENCE
            | Op::WITH_EXCEPT_START => {
                for pushed in 0..stack_effect::net(op, arg, false) {
                    self.push(pushed as usize, NONE);
                }
            }
            Op::DICT_MERGE
            | Op::DICT_UPDATE
            | Op::LIST_APPEND
            | Op::LIST_EXTEND
            | Op::MAP_ADD
            | Op::RERAISE
            | Op::SET_ADD
            | Op::SET_UPDATE => {
                for _ in 0..-stack_effect::net(op, arg, false) {
                    self.pop();
                }
            }
            Op::CHECK_EXC_MATCH => {
                self.pop();
                self.push(i, NONE);
            }
            Op::FOR_ITER => self.push(i, NONE),
            Op::LOAD_ATTR | Op::LOAD_SUPER_ATTR => {
                let receiver = self.pop();
                if op == Op::LOAD_SUPER_ATTR {
                    self.pop();
                    self.pop();
                }
                self.push(i, NONE);
                if arg & 1 != 0 {
                    // A method call may push the receiver again.
                    self.stack.push(receiver);
                }
            }
            Op::LOAD_SPECIAL | Op::PUSH_EXC_INFO => {
                let top = self.pop();
                self.push(i, NONE);
                self.stack.push(top);
            }
            Op::SEND => {
                self.pop();
                self.push(i, NONE);
            }
            _ => {
                let (popped, pushed) = stack_effect::effect(op, arg);
                self.stack.truncate(self.stack.len().saturating_sub(popped as usize));
                for _ in 0..pushed {
                    self.push(i, NONE);
                }
            }
        }
    }
}
