//! Leaving blocks early: `break`, `continue` and `return` undo what surrounds them.

use super::{
    unit::{FBlock, FBlockKind},
    *,
};
use crate::error::Error;

/// `CO_MAXBLOCKS`.
const MAX_BLOCKS: usize = 21;

impl<'a> Compiler<'a> {
    pub fn push_fblock(&mut self, kind: FBlockKind, block: Label, exit: Label, loc: Loc) -> Result<()> {
        self.push_fblock_full(FBlock { kind, block, exit, loc, finalbody: &[], name: None })
    }

    /// Whether one more block may be inside of those around; comprehensions in this code object are blocks too.
    pub fn check_blocks(&self, loc: Loc) -> Result<()> {
        if self.unit.fblocks.len() + self.unit.in_inlined_comp as usize >= MAX_BLOCKS {
            return Err(Error::syntax("too many statically nested blocks", loc));
        }
        Ok(())
    }

    pub fn push_fblock_full(&mut self, fblock: FBlock<'a>) -> Result<()> {
        self.check_blocks(fblock.loc)?;
        if fblock.kind == FBlockKind::FinallyEnd {
            self.disable_warnings += 1;
        }
        self.unit.fblocks.push(fblock);
        Ok(())
    }

    pub fn pop_fblock(&mut self) {
        if let Some(fblock) = self.unit.fblocks.pop()
            && fblock.kind == FBlockKind::FinallyEnd
        {
            self.disable_warnings -= 1;
        }
    }

    pub fn call_exit_with_nones(&mut self, loc: Loc) {
        for _ in 0..3 {
            self.load_none(loc);
        }
        self.emit(Op::CALL, 3, loc);
    }

    /// The stack holds `[exc_info, lasti, exc]`.
    pub fn pop_except_and_reraise(&mut self, loc: Loc) {
        self.emit(Op::COPY, 3, loc);
        self.emit0(Op::POP_EXCEPT, loc);
        self.emit(Op::RERAISE, 1, loc);
    }

    /// Undoes one block. With `preserve` the top of the stack is a value that must survive. The
    /// location turns artificial after code that appears to run later.
    pub fn unwind_fblock(&mut self, info: &FBlock<'a>, loc: &mut Loc, preserve: bool) -> Result<()> {
        match info.kind {
            FBlockKind::WhileLoop
            | FBlockKind::ExceptionHandler
            | FBlockKind::ExceptionGroupHandler
            | FBlockKind::AsyncComprehensionGenerator
            | FBlockKind::StopIteration => {}
            FBlockKind::ForLoop | FBlockKind::PopValue => {
                self.swap_if(preserve, *loc);
                self.emit0(Op::POP_TOP, *loc);
            }
            FBlockKind::TryExcept => self.emit0(Op::POP_BLOCK, *loc),
            FBlockKind::FinallyTry => {
                self.emit0(Op::POP_BLOCK, *loc);
                if preserve {
                    self.push_fblock(FBlockKind::PopValue, Label::NONE, Label::NONE, *loc)?;
                }
                self.visit_stmts(info.finalbody)?;
                if preserve {
                    self.pop_fblock();
                }
                *loc = Loc::NONE;
            }
            FBlockKind::FinallyEnd => {
                self.swap_if(preserve, *loc);
                self.emit0(Op::POP_TOP, *loc);
                self.swap_if(preserve, *loc);
                self.emit0(Op::POP_BLOCK, *loc);
                self.emit0(Op::POP_EXCEPT, *loc);
            }
            FBlockKind::With | FBlockKind::AsyncWith => {
                *loc = info.loc;
                self.emit0(Op::POP_BLOCK, *loc);
                if preserve {
                    self.emit(Op::SWAP, 3, *loc);
                    self.emit(Op::SWAP, 2, *loc);
                }
                self.call_exit_with_nones(*loc);
                if info.kind == FBlockKind::AsyncWith {
                    self.emit_await(2, *loc);
                }
                self.emit0(Op::POP_TOP, *loc);
                *loc = Loc::NONE;
            }
            FBlockKind::HandlerCleanup => {
                if info.name.is_some() {
                    self.emit0(Op::POP_BLOCK, *loc);
                }
                self.swap_if(preserve, *loc);
                self.emit0(Op::POP_BLOCK, *loc);
                self.emit0(Op::POP_EXCEPT, *loc);
                if let Some(name) = info.name {
                    self.load_none(*loc);
                    self.name_op(name, Ctx::Store, *loc);
                    self.name_op(name, Ctx::Del, *loc);
                }
            }
        }
        Ok(())
    }

    fn swap_if(&mut self, preserve: bool, loc: Loc) {
        if preserve {
            self.emit(Op::SWAP, 2, loc);
        }
    }

    /// Undoes all blocks, or those inside of the innermost loop, which is returned.
    pub fn unwind_fblock_stack(
        &mut self,
        loc: &mut Loc,
        preserve: bool,
        to_loop: bool,
    ) -> Result<Option<FBlock<'a>>> {
        let Some(&top) = self.unit.fblocks.last() else { return Ok(None) };
        if top.kind == FBlockKind::ExceptionGroupHandler {
            let message = "'break', 'continue' and 'return' cannot appear in an except* block";
            return Err(Error::syntax(message, *loc));
        }
        if to_loop && matches!(top.kind, FBlockKind::WhileLoop | FBlockKind::ForLoop) {
            return Ok(Some(top));
        }
        self.pop_fblock();
        self.unwind_fblock(&top, loc, preserve)?;
        let found = self.unwind_fblock_stack(loc, preserve, to_loop)?;
        self.push_fblock_full(top)?;
        Ok(found)
    }
}
