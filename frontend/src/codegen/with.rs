//! `with` and `async with`.

use taipan_mir::opcodes::SpecialMethod;

use super::{unit::FBlockKind, *};

impl<'a> Compiler<'a> {
    /// The item at `index`, with the items after it and the body inside.
    pub fn with_stmt(&mut self, s: &'a With<'a>, index: usize) -> Result<()> {
        let item = &s.items[index];
        let block = self.label();
        let handler = self.label();
        let exit = self.label();
        let cleanup = self.label();
        self.visit_expr(&item.context)?;
        let loc = item.context.loc;
        let (enter_method, exit_method) = if s.is_async {
            (SpecialMethod::SPECIAL___AENTER__, SpecialMethod::SPECIAL___AEXIT__)
        } else {
            (SpecialMethod::SPECIAL___ENTER__, SpecialMethod::SPECIAL___EXIT__)
        };
        self.emit(Op::COPY, 1, loc);
        self.emit(Op::LOAD_SPECIAL, exit_method as u32, loc);
        self.emit(Op::SWAP, 2, loc);
        self.emit(Op::SWAP, 3, loc);
        self.emit(Op::LOAD_SPECIAL, enter_method as u32, loc);
        self.emit(Op::CALL, 0, loc);
        if s.is_async {
            self.emit_await(1, loc);
        }
        self.emit_jump(Op::SETUP_WITH, handler, loc);
        self.place(block);
        let kind = if s.is_async { FBlockKind::AsyncWith } else { FBlockKind::With };
        self.push_fblock(kind, block, handler, loc)?;
        match item.vars {
            Some(vars) => self.visit_expr(vars)?,
            None => self.emit0(Op::POP_TOP, loc),
        }
        if index + 1 < s.items.len() {
            self.with_stmt(s, index + 1)?;
        } else {
            self.visit_stmts(s.body)?;
        }
        if s.is_async {
            self.pop_fblock();
            self.emit0(Op::POP_BLOCK, loc);
        } else {
            self.emit0(Op::POP_BLOCK, Loc::NONE);
            self.pop_fblock();
        }
        self.call_exit_with_nones(loc);
        if s.is_async {
            self.emit_await(2, loc);
        }
        self.emit0(Op::POP_TOP, loc);
        self.emit_jump(Op::JUMP, exit, loc);
        self.place(handler);
        self.emit_jump(Op::SETUP_CLEANUP, cleanup, loc);
        self.emit0(Op::PUSH_EXC_INFO, loc);
        self.emit0(Op::WITH_EXCEPT_START, loc);
        if s.is_async {
            self.emit_await(2, loc);
        }
        self.with_except_finish(cleanup);
        self.place(exit);
        Ok(())
    }

    /// After `__exit__` was called for an exception: swallow it or raise it again.
    fn with_except_finish(&mut self, cleanup: Label) {
        let loc = Loc::NONE;
        let suppress = self.label();
        self.emit0(Op::TO_BOOL, loc);
        self.emit_jump(Op::POP_JUMP_IF_TRUE, suppress, loc);
        self.emit(Op::RERAISE, 2, loc);
        self.place(suppress);
        self.emit0(Op::POP_TOP, loc);
        self.emit0(Op::POP_BLOCK, loc);
        self.emit0(Op::POP_EXCEPT, loc);
        for _ in 0..3 {
            self.emit0(Op::POP_TOP, loc);
        }
        let exit = self.label();
        self.emit_jump(Op::JUMP_NO_INTERRUPT, exit, loc);
        self.place(cleanup);
        self.pop_except_and_reraise(loc);
        self.place(exit);
    }
}
