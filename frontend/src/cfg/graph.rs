//! Basic blocks.
//!
//! Blocks are numbered in an arena and chained in the order of their code; passes reorder the chain
//! and empty blocks, but never delete one. A block ends at its first jump or exit, or before the
//! next label.

use super::{
    op::{Op, OpSet},
    passes::borrow::Analysis,
};
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
    /// There may be NOPs among the instructions.
    pub has_nops: bool,
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
            has_nops: true,
            start_depth: i32::MIN,
            unsafe_locals: 0,
        }
    }

    /// Makes it a new block that keeps its memory.
    fn reset(&mut self) {
        let (mut instrs, mut removed_handlers) =
            (std::mem::take(&mut self.instrs), std::mem::take(&mut self.removed_handlers));
        instrs.clear();
        removed_handlers.clear();
        *self = Block { instrs, removed_handlers, ..Block::new() };
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
        // A missing entry means no handler, which saves keeping lists in code without any.
        if self.removed_handlers.is_empty() && self.instrs[kept..].iter().all(|i| !i.except.exists()) {
            self.instrs.truncate(kept);
            return;
        }
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
        self.last().is_none_or(|last| !last.op.ends_flow())
    }

    pub fn exits_scope(&self) -> bool {
        self.last().is_some_and(|last| last.op.is_scope_exit())
    }

    pub fn has_no_line(&self) -> bool {
        self.instrs.iter().all(|instr| instr.loc.line < 0)
    }
}

/// A graph. It serves one code object after the other, as most are small and memory for blocks and
/// work lists would else be asked for over and over.
#[derive(Default)]
pub struct Cfg {
    /// The graph's blocks, and behind them those that other graphs needed.
    blocks: Vec<Block>,
    /// How many blocks the graph has.
    len: usize,
    /// Whether there are exception handlers. If not, no instruction has one.
    pub has_handlers: bool,
    /// Whether there are pseudo instructions that load or store.
    pub has_pseudo_accesses: bool,
    /// Whether a local that was bound may become unbound.
    pub unbinds: bool,
    /// An empty list for passes that need one, which give it back; see [`Cfg::take_todo`].
    todo: Vec<BlockId>,
    /// Memory of the pass, as for `todo`.
    pub borrow_analysis: Analysis,
    /// For each instruction of the sequence the block that starts with it, if there is a label.
    block_of: Vec<BlockId>,
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
    pub const ENTRY: BlockId = BlockId(0);

    /// Makes the graph of a sequence, in place of what was there.
    pub fn load(&mut self, seq: &InstrSeq) {
        let InstrSeq { instrs, labels, annotations } = seq;
        /// Stands for a block that does not exist yet.
        const LABELLED: BlockId = BlockId(u32::MAX - 1);
        self.len = 0;
        let mut block_of = std::mem::take(&mut self.block_of);
        block_of.clear();
        block_of.resize(instrs.len() + 1, BlockId::NONE);
        for instr in instrs {
            if instr.op.has_target() {
                block_of[labels[instr.arg as usize] as usize] = LABELLED;
            }
        }
        let mut seen = OpSet::default();
        let mut current = self.new_block();
        let mut index = 0;
        while index < instrs.len() {
            if instrs[index].op == Op::ANNOTATIONS_PLACEHOLDER {
                self[current].instrs.extend(annotations.iter().map(SeqInstr::lower));
                index += 1;
                continue;
            }
            let labelled = block_of[index] == LABELLED;
            let block = &self[current];
            let terminated = block.last().is_some_and(|last| last.op.is_terminator());
            if terminated || labelled && (!block.instrs.is_empty() || block.labelled) {
                current = self.append_after(current);
            }
            if labelled {
                self[current].labelled = true;
                block_of[index] = current;
            }
            let mut end = index;
            while let Some(instr) = instrs.get(end) {
                if end > index && block_of[end] == LABELLED || instr.op == Op::ANNOTATIONS_PLACEHOLDER {
                    break;
                }
                end += 1;
                seen = seen.and(instr.op);
                if instr.op.is_terminator() {
                    break;
                }
            }
            self[current].instrs.extend(instrs[index..end].iter().map(SeqInstr::lower));
            index = end;
        }
        if block_of[instrs.len()] == LABELLED {
            let end = self.append_after(current);
            self[end].labelled = true;
            block_of[instrs.len()] = end;
        }
        self.has_handlers = seen.has_block_push();
        self.has_pseudo_accesses = seen.has_pseudo_access();
        self.unbinds = seen.unbinds();
        for block in &mut self.blocks[..self.len] {
            // Without handlers only the last instruction can refer to a block.
            let first = if self.has_handlers { 0 } else { block.instrs.len().saturating_sub(1) };
            for instr in block.instrs[first..].iter_mut().filter(|i| i.op.has_target()) {
                instr.target = block_of[labels[instr.arg as usize] as usize];
                instr.arg = 0;
            }
        }
        self.block_of = block_of;
    }

    /// All blocks, in no order.
    pub fn blocks_mut(&mut self) -> &mut [Block] {
        &mut self.blocks[..self.len]
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// An empty list, to be given to [`Cfg::put_todo`] when it is empty again.
    pub fn take_todo(&mut self) -> Vec<BlockId> {
        std::mem::take(&mut self.todo)
    }

    pub fn put_todo(&mut self, mut todo: Vec<BlockId>) {
        todo.clear();
        self.todo = todo;
    }

    pub fn new_block(&mut self) -> BlockId {
        match self.blocks.get_mut(self.len) {
            Some(block) => block.reset(),
            None => self.blocks.push(Block::new()),
        }
        self.len += 1;
        BlockId(self.len as u32 - 1)
    }

    /// A new block in the chain behind `id`.
    pub fn append_after(&mut self, id: BlockId) -> BlockId {
        let new = self.new_block();
        self[new].next = self[id].next;
        self[id].next = new;
        new
    }

    pub fn chain(&self) -> Chain<'_> {
        Chain { cfg: self, at: Cfg::ENTRY }
    }

    /// The first block from `id` on that has instructions.
    pub fn nonempty(&self, mut id: BlockId) -> BlockId {
        while id.exists() && self[id].instrs.is_empty() {
            id = self[id].next;
        }
        id
    }

    pub fn clear_visited(&mut self) {
        for block in self.blocks_mut() {
            block.visited = false;
        }
    }
}
