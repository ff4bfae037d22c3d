//! Basic blocks.
//!
//! Blocks are numbered in an arena and chained in the order of their code; passes reorder the chain
//! and empty blocks, but never delete one. A block ends at its first jump or exit, or before the
//! next label.

use super::op::Op;
use crate::{
    ast::Loc,
    codegen::unit::{InstrSeq, SeqInstr},
};

/// A block's number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockId(pub u32);

impl BlockId {
    pub const NONE: BlockId = BlockId(u32::MAX);

    pub fn exists(self) -> bool {
        self != BlockId::NONE
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Instr {
    pub op: Op,
    pub arg: u32,
    /// Of jumps and block pushes.
    pub target: BlockId,
    /// The handler of exceptions that the instruction raises.
    pub except: BlockId,
    pub loc: Loc,
}

impl Instr {
    pub fn new(op: Op, arg: u32, loc: Loc) -> Instr {
        Instr { op, arg, target: BlockId::NONE, except: BlockId::NONE, loc }
    }

    pub fn jump(op: Op, target: BlockId, loc: Loc) -> Instr {
        Instr { op, arg: 0, target, except: BlockId::NONE, loc }
    }

    /// Changes the instruction; its target and handler stay.
    pub fn set(&mut self, op: Op, arg: u32) {
        self.op = op;
        self.arg = arg;
    }

    pub fn nop(&mut self) {
        self.set(Op::NOP, 0);
    }
}

#[derive(Debug)]
pub struct Block {
    pub instrs: Vec<Instr>,
    /// The handlers of instructions that were removed from the end; see [`Block::add`].
    removed_handlers: Vec<BlockId>,
    pub next: BlockId,
    /// Something jumps here, or did.
    pub labelled: bool,
    pub predecessors: u32,
    pub except_handler: bool,
    /// The handler's entry pushes the offset of the instruction that raised.
    pub preserve_lasti: bool,
    pub cold: bool,
    pub warm: bool,
    pub visited: bool,
    /// The height of the stack at its start; negative if unknown.
    pub start_depth: i32,
    /// Locals among the first 64 that may be unbound at its start.
    pub unsafe_locals: u64,
}

impl Block {
    fn new() -> Block {
        Block {
            instrs: Vec::new(),
            removed_handlers: Vec::new(),
            next: BlockId::NONE,
            labelled: false,
            predecessors: 0,
            except_handler: false,
            preserve_lasti: false,
            cold: false,
            warm: false,
            visited: false,
            start_depth: i32::MIN,
            unsafe_locals: 0,
        }
    }

    /// Appends an instruction after handlers were assigned.
    ///
    /// CPython reuses the memory of a removed instruction and leaves the handler that it finds
    /// there, so that what covers a late instruction depends on what stood in its place before.
    /// The exception table shows it, hence it must agree.
    pub fn add(&mut self, mut instr: Instr) {
        instr.except = self.removed_handlers.get(self.instrs.len()).copied().unwrap_or(BlockId::NONE);
        self.instrs.push(instr);
    }

    /// Removes all but the first `kept` instructions.
    pub fn truncate(&mut self, kept: usize) {
        if self.removed_handlers.len() < self.instrs.len() {
            self.removed_handlers.resize(self.instrs.len(), BlockId::NONE);
        }
        for (handler, instr) in self.removed_handlers.iter_mut().zip(&self.instrs).skip(kept) {
            *handler = instr.except;
        }
        self.instrs.truncate(kept);
    }

    pub fn last(&self) -> Option<&Instr> {
        self.instrs.last()
    }

    pub fn has_fallthrough(&self) -> bool {
        self.last().is_none_or(|last| !last.op.is_scope_exit() && !last.op.is_unconditional_jump())
    }

    pub fn exits_scope(&self) -> bool {
        self.last().is_some_and(|last| last.op.is_scope_exit())
    }

    pub fn has_no_line(&self) -> bool {
        self.instrs.iter().all(|instr| instr.loc.line < 0)
    }
}

/// Blocks of finished graphs, whose memory serves the next ones.
#[derive(Default)]
pub struct BlockPool(Vec<Block>);

impl BlockPool {
    fn take(&mut self) -> Block {
        let Some(old) = self.0.pop() else { return Block::new() };
        let (mut instrs, mut removed_handlers) = (old.instrs, old.removed_handlers);
        instrs.clear();
        removed_handlers.clear();
        Block { instrs, removed_handlers, ..Block::new() }
    }
}

pub struct Cfg {
    pub blocks: Vec<Block>,
    pub entry: BlockId,
    pool: BlockPool,
}

impl std::ops::Index<BlockId> for Cfg {
    type Output = Block;

    fn index(&self, id: BlockId) -> &Block {
        &self.blocks[id.0 as usize]
    }
}

impl std::ops::IndexMut<BlockId> for Cfg {
    fn index_mut(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.0 as usize]
    }
}

/// The chain of blocks in code order; tolerates changes to blocks, not to the chain.
pub struct Chain<'c> {
    cfg: &'c Cfg,
    at: BlockId,
}

impl Iterator for Chain<'_> {
    type Item = BlockId;

    fn next(&mut self) -> Option<BlockId> {
        let id = self.at;
        if !id.exists() {
            return None;
        }
        self.at = self.cfg[id].next;
        Some(id)
    }
}

impl Cfg {
    pub fn from_seq(seq: InstrSeq, mut pool: BlockPool) -> Cfg {
        let InstrSeq { instrs, labels, annotations } = seq;
        // The instructions that something jumps to.
        let mut is_target = vec![false; instrs.len() + 1];
        for instr in instrs.iter().filter(|i| i.op.has_target()) {
            is_target[labels[instr.arg as usize] as usize] = true;
        }
        let mut block_of = vec![BlockId::NONE; instrs.len() + 1];
        let mut cfg = Cfg { blocks: vec![pool.take()], entry: BlockId(0), pool };
        let mut current = BlockId(0);
        for (index, instr) in instrs.iter().enumerate() {
            if instr.op == Op::ANNOTATIONS_PLACEHOLDER {
                for &SeqInstr { op, arg, loc } in &annotations {
                    cfg[current].instrs.push(Instr::new(op, arg, loc));
                }
                continue;
            }
            let target = is_target[index];
            let block = &cfg[current];
            let terminated = block.last().is_some_and(|last| last.op.is_terminator());
            if terminated || target && (!block.instrs.is_empty() || block.labelled) {
                current = cfg.append_after(current);
            }
            if target {
                cfg[current].labelled = true;
                block_of[index] = current;
            }
            cfg[current].instrs.push(Instr::new(instr.op, instr.arg, instr.loc));
        }
        if is_target[instrs.len()] {
            let end = cfg.append_after(current);
            cfg[end].labelled = true;
            block_of[instrs.len()] = end;
        }
        for block in &mut cfg.blocks {
            for instr in block.instrs.iter_mut().filter(|i| i.op.has_target()) {
                instr.target = block_of[labels[instr.arg as usize] as usize];
                instr.arg = 0;
            }
        }
        cfg
    }

    /// Gives the blocks back for other graphs.
    pub fn recycle(self) -> BlockPool {
        let mut pool = self.pool;
        pool.0.extend(self.blocks);
        pool
    }

    pub fn new_block(&mut self) -> BlockId {
        let block = self.pool.take();
        self.blocks.push(block);
        BlockId(self.blocks.len() as u32 - 1)
    }

    /// A new block in the chain behind `id`.
    pub fn append_after(&mut self, id: BlockId) -> BlockId {
        let new = self.new_block();
        self[new].next = self[id].next;
        self[id].next = new;
        new
    }

    pub fn chain(&self) -> Chain<'_> {
        Chain { cfg: self, at: self.entry }
    }

    /// The first block from `id` on that has instructions.
    pub fn nonempty(&self, mut id: BlockId) -> BlockId {
        while id.exists() && self[id].instrs.is_empty() {
            id = self[id].next;
        }
        id
    }

    pub fn clear_visited(&mut self) {
        for block in &mut self.blocks {
            block.visited = false;
        }
    }

    pub fn mark_except_handlers(&mut self) {
        for index in 0..self.blocks.len() {
            for at in 0..self.blocks[index].instrs.len() {
                let instr = self.blocks[index].instrs[at];
                if instr.op.is_block_push() {
                    self[instr.target].except_handler = true;
                }
            }
        }
    }
}
