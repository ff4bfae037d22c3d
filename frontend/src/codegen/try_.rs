//! `try` in all its forms.

use super::{
    unit::{FBlock, FBlockKind},
    *,
};
use crate::error::Error;

impl<'a> Compiler<'a> {
    pub fn try_stmt(&mut self, s: &'a Try<'a>, loc: Loc) -> Result<()> {
        if s.finalbody.is_empty() { self.try_except_any(s, loc) } else { self.try_finally(s, loc) }
    }

    fn try_except_any(&mut self, s: &'a Try<'a>, loc: Loc) -> Result<()> {
        if s.is_star { self.try_star_except(s, loc) } else { self.try_except(s, loc) }
    }

    /// The `finally` body is compiled once for the normal way out, once for exceptions, and once
    /// for each early exit.
    fn try_finally(&mut self, s: &'a Try<'a>, loc: Loc) -> Result<()> {
        let body = self.label();
        let handler = self.label();
        let exit = self.label();
        let cleanup = self.label();
        self.emit_jump(Op::SETUP_FINALLY, handler, loc);
        self.place(body);
        self.push_fblock_full(FBlock {
            kind: FBlockKind::FinallyTry,
            block: body,
            exit: handler,
            loc,
            finalbody: s.finalbody,
            name: None,
        })?;
        if s.handlers.is_empty() {
            self.visit_stmts(s.body)?;
        } else {
            self.try_except_any(s, loc)?;
        }
        self.emit0(Op::POP_BLOCK, Loc::NONE);
        self.pop_fblock();
        self.visit_stmts(s.finalbody)?;
        self.emit_jump(Op::JUMP_NO_INTERRUPT, exit, Loc::NONE);
        self.place(handler);
        self.emit_jump(Op::SETUP_CLEANUP, cleanup, Loc::NONE);
        self.emit0(Op::PUSH_EXC_INFO, Loc::NONE);
        self.push_fblock(FBlockKind::FinallyEnd, handler, Label::NONE, Loc::NONE)?;
        self.visit_stmts(s.finalbody)?;
        self.pop_fblock();
        self.emit(Op::RERAISE, 0, Loc::NONE);
        self.place(cleanup);
        self.pop_except_and_reraise(Loc::NONE);
        self.place(exit);
        Ok(())
    }

    /// Clears and deletes the name of `except … as name`.
    fn unbind_handler_name(&mut self, name: Name) {
        self.load_none(Loc::NONE);
        self.name_op(name, Ctx::Store, Loc::NONE);
        self.name_op(name, Ctx::Del, Loc::NONE);
    }

    fn try_except(&mut self, s: &'a Try<'a>, loc: Loc) -> Result<()> {
        let body = self.label();
        let handlers = self.label();
        let end = self.label();
        let cleanup = self.label();
        self.emit_jump(Op::SETUP_FINALLY, handlers, loc);
        self.place(body);
        self.push_fblock(FBlockKind::TryExcept, body, Label::NONE, loc)?;
        self.visit_stmts(s.body)?;
        self.pop_fblock();
        self.emit0(Op::POP_BLOCK, Loc::NONE);
        self.visit_stmts(s.orelse)?;
        self.emit_jump(Op::JUMP_NO_INTERRUPT, end, Loc::NONE);
        self.place(handlers);
        self.emit_jump(Op::SETUP_CLEANUP, cleanup, Loc::NONE);
        self.emit0(Op::PUSH_EXC_INFO, Loc::NONE);
        self.push_fblock(FBlockKind::ExceptionHandler, Label::NONE, Label::NONE, loc)?;
        for (index, handler) in s.handlers.iter().enumerate() {
            if handler.typ.is_none() && index + 1 < s.handlers.len() {
                return Err(Error::syntax("default 'except:' must be last", handler.loc));
            }
            self.except_handler(handler, end)?;
        }
        self.pop_fblock();
        self.emit(Op::RERAISE, 0, Loc::NONE);
        self.place(cleanup);
        self.pop_except_and_reraise(Loc::NONE);
        self.place(end);
        Ok(())
    }

    fn except_handler(&mut self, handler: &'a Handler<'a>, end: Label) -> Result<()> {
        let loc = handler.loc;
        let next = self.label();
        if let Some(typ) = handler.typ {
            self.visit_expr(typ)?;
            self.emit0(Op::CHECK_EXC_MATCH, loc);
            self.emit_jump(Op::POP_JUMP_IF_FALSE, next, loc);
        }
        if let Some(name) = handler.name {
            let cleanup_end = self.label();
            let cleanup_body = self.label();
            self.name_op(name, Ctx::Store, loc);
            self.emit_jump(Op::SETUP_CLEANUP, cleanup_end, loc);
            self.place(cleanup_body);
            self.push_handler_cleanup(cleanup_body, Some(name), loc)?;
            self.visit_stmts(handler.body)?;
            self.pop_fblock();
            self.emit0(Op::POP_BLOCK, Loc::NONE);
            self.emit0(Op::POP_BLOCK, Loc::NONE);
            self.emit0(Op::POP_EXCEPT, Loc::NONE);
            self.unbind_handler_name(name);
            self.emit_jump(Op::JUMP_NO_INTERRUPT, end, Loc::NONE);
            self.place(cleanup_end);
            self.unbind_handler_name(name);
            self.emit(Op::RERAISE, 1, Loc::NONE);
        } else {
            let cleanup_body = self.label();
            self.emit0(Op::POP_TOP, loc);
            self.place(cleanup_body);
            self.push_handler_cleanup(cleanup_body, None, loc)?;
            self.visit_stmts(handler.body)?;
            self.pop_fblock();
            self.emit0(Op::POP_BLOCK, Loc::NONE);
            self.emit0(Op::POP_EXCEPT, Loc::NONE);
            self.emit_jump(Op::JUMP_NO_INTERRUPT, end, Loc::NONE);
        }
        self.place(next);
        Ok(())
    }

    fn push_handler_cleanup(&mut self, block: Label, name: Option<Name>, loc: Loc) -> Result<()> {
        self.push_fblock_full(FBlock {
            kind: FBlockKind::HandlerCleanup,
            block,
            exit: Label::NONE,
            loc,
            finalbody: &[],
            name,
        })
    }

    /// While the handlers of `except*` run, the stack holds the original group, the list of raised
    /// exceptions, and what of the group is still unhandled.
    fn try_star_except(&mut self, s: &'a Try<'a>, loc: Loc) -> Result<()> {
        let body = self.label();
        let handlers = self.label();
        let orelse = self.label();
        let end = self.label();
        let cleanup = self.label();
        let reraise_star = self.label();
        self.emit_jump(Op::SETUP_FINALLY, handlers, loc);
        self.place(body);
        self.push_fblock(FBlockKind::TryExcept, body, Label::NONE, loc)?;
        self.visit_stmts(s.body)?;
        self.pop_fblock();
        self.emit0(Op::POP_BLOCK, Loc::NONE);
        self.emit_jump(Op::JUMP_NO_INTERRUPT, orelse, Loc::NONE);
        self.place(handlers);
        self.emit_jump(Op::SETUP_CLEANUP, cleanup, Loc::NONE);
        self.emit0(Op::PUSH_EXC_INFO, Loc::NONE);
        self.push_fblock(FBlockKind::ExceptionGroupHandler, Label::NONE, Label::NONE, loc)?;
        for (index, handler) in s.handlers.iter().enumerate() {
            if index == 0 {
                self.emit(Op::BUILD_LIST, 0, handler.loc);
                self.emit(Op::COPY, 2, handler.loc);
            }
            let last = index + 1 == s.handlers.len();
            self.star_handler(handler, last.then_some(reraise_star))?;
        }
        self.pop_fblock();
        let reraise = self.label();
        self.place(reraise_star);
        self.emit_intrinsic2(Intrinsic2::INTRINSIC_PREP_RERAISE_STAR, Loc::NONE);
        self.emit(Op::COPY, 1, Loc::NONE);
        self.emit_jump(Op::POP_JUMP_IF_NOT_NONE, reraise, Loc::NONE);
        self.emit0(Op::POP_TOP, Loc::NONE);
        self.emit0(Op::POP_BLOCK, Loc::NONE);
        self.emit0(Op::POP_EXCEPT, Loc::NONE);
        self.emit_jump(Op::JUMP_NO_INTERRUPT, end, Loc::NONE);
        self.place(reraise);
        self.emit0(Op::POP_BLOCK, Loc::NONE);
        self.emit(Op::SWAP, 2, Loc::NONE);
        self.emit0(Op::POP_EXCEPT, Loc::NONE);
        self.emit(Op::RERAISE, 0, Loc::NONE);
        self.place(cleanup);
        self.pop_except_and_reraise(Loc::NONE);
        self.place(orelse);
        self.visit_stmts(s.orelse)?;
        self.place(end);
        Ok(())
    }

    fn star_handler(&mut self, handler: &'a Handler<'a>, reraise_star: Option<Label>) -> Result<()> {
        let loc = handler.loc;
        let next = self.label();
        let except_with_error = self.label();
        let no_match = self.label();
        if let Some(typ) = handler.typ {
            self.visit_expr(typ)?;
            self.emit0(Op::CHECK_EG_MATCH, loc);
            self.emit(Op::COPY, 1, loc);
            self.emit_jump(Op::POP_JUMP_IF_NONE, no_match, loc);
        }
        let cleanup_end = self.label();
        let cleanup_body = self.label();
        match handler.name {
            Some(name) => self.name_op(name, Ctx::Store, loc),
            None => self.emit0(Op::POP_TOP, loc),
        }
        self.emit_jump(Op::SETUP_CLEANUP, cleanup_end, loc);
        self.place(cleanup_body);
        self.push_handler_cleanup(cleanup_body, handler.name, loc)?;
        self.visit_stmts(handler.body)?;
        self.pop_fblock();
        self.emit0(Op::POP_BLOCK, Loc::NONE);
        if let Some(name) = handler.name {
            self.unbind_handler_name(name);
        }
        self.emit_jump(Op::JUMP_NO_INTERRUPT, next, Loc::NONE);
        self.place(cleanup_end);
        if let Some(name) = handler.name {
            self.unbind_handler_name(name);
        }
        // What the handler raised joins the list.
        self.emit(Op::LIST_APPEND, 3, Loc::NONE);
        self.emit0(Op::POP_TOP, Loc::NONE);
        self.emit_jump(Op::JUMP_NO_INTERRUPT, except_with_error, Loc::NONE);
        self.place(next);
        self.emit0(Op::NOP, Loc::NONE);
        self.emit_jump(Op::JUMP_NO_INTERRUPT, except_with_error, Loc::NONE);
        self.place(no_match);
        self.emit0(Op::POP_TOP, loc);
        self.place(except_with_error);
        if let Some(reraise_star) = reraise_star {
            self.emit(Op::LIST_APPEND, 1, Loc::NONE);
            self.emit_jump(Op::JUMP_NO_INTERRUPT, reraise_star, Loc::NONE);
        }
        Ok(())
    }
}
