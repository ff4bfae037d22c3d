//! Statements, apart from definitions, `try`, `with`, `match`, assignments and imports.

use super::{unit::FBlockKind, *};
use crate::error::Error;

impl<'a> Compiler<'a> {
    /// The body of a module; in interactive mode expression statements print their value.
    pub fn module_body(&mut self, body: Body<'a>, interactive: bool) -> Result<()> {
        let loc = body.first().map_or(Loc::new(1, 1, 0, 0), |stmt| stmt.loc);
        if self.scope().has_conditional_annotations {
            self.emit(Op::BUILD_SET, 0, loc);
            let index = self.unit.name_index(known::CONDITIONAL_ANNOTATIONS);
            self.emit(Op::STORE_NAME, index, loc);
        }
        self.body(body, loc, interactive)
    }

    /// A module or class body: docstring, statements, annotations.
    pub fn body(&mut self, body: Body<'a>, loc: Loc, interactive: bool) -> Result<()> {
        if self.future.annotations() && self.scope().annotations_used {
            self.emit0(Op::SETUP_ANNOTATIONS, loc);
        }
        if body.is_empty() {
            return Ok(());
        }
        let mut rest = body;
        if !interactive
            && self.scope().has_docstring
            && let Some((Stmt { kind: StmtKind::Expr(value), .. }, tail)) = body.split_first()
            && let Some(id) = value.constant()
        {
            let doc = self.clean_doc(id)?;
            self.load_const(doc, value.loc);
            self.name_op(known::DOC, Ctx::Store, Loc::NONE);
            rest = tail;
        }
        self.visit_stmts(rest)?;
        if !self.future.annotations() {
            self.deferred_annotations(loc)?;
        }
        Ok(())
    }

    pub fn visit_stmts(&mut self, body: Body<'a>) -> Result<()> {
        body.iter().try_for_each(|stmt| self.visit_stmt(stmt))
    }

    fn conditional(&mut self, visit: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.unit.in_conditional_block += 1;
        stacker::maybe_grow(128 << 10, 2 << 20, || visit(self))?;
        self.unit.in_conditional_block -= 1;
        Ok(())
    }

    fn visit_stmt(&mut self, stmt: &'a Stmt<'a>) -> Result<()> {
        let loc = stmt.loc;
        match stmt.kind {
            StmtKind::FunctionDef(def) => {
                stacker::maybe_grow(128 << 10, 2 << 20, || self.function_def(def, loc))
            }
            StmtKind::ClassDef(def) => stacker::maybe_grow(128 << 10, 2 << 20, || self.class_def(def, loc)),
            StmtKind::TypeAlias(alias) => self.type_alias(alias, loc),
            StmtKind::Return(value) => self.return_stmt(value, loc),
            StmtKind::Delete(targets) => self.visit_exprs(targets),
            StmtKind::Assign { targets, value } => {
                self.visit_expr(value)?;
                for (index, target) in targets.iter().enumerate() {
                    if index + 1 < targets.len() {
                        self.emit(Op::COPY, 1, loc);
                    }
                    self.visit_expr(target)?;
                }
                Ok(())
            }
            StmtKind::AugAssign { target, op, value } => self.aug_assign(target, op, value, loc),
            StmtKind::AnnAssign(assign) => self.ann_assign(assign, loc),
            StmtKind::For(s) if s.is_async => self.conditional(|c| c.async_for(s, loc)),
            StmtKind::For(s) => self.conditional(|c| c.for_stmt(s, loc)),
            StmtKind::While { test, body, orelse } => {
                self.conditional(|c| c.while_stmt(test, body, orelse, loc))
            }
            StmtKind::If { test, body, orelse } => self.conditional(|c| c.if_stmt(test, body, orelse)),
            StmtKind::Match { subject, cases } => self.conditional(|c| c.match_stmt(subject, cases)),
            StmtKind::Raise { exc, cause } => {
                let mut count = 0;
                if let Some(exc) = exc {
                    self.visit_expr(exc)?;
                    count += 1;
                    if let Some(cause) = cause {
                        self.visit_expr(cause)?;
                        count += 1;
                    }
                }
                self.emit(Op::RAISE_VARARGS, count, loc);
                Ok(())
            }
            StmtKind::Try(s) => self.conditional(|c| c.try_stmt(s, loc)),
            StmtKind::Assert { test, msg } => self.assert_stmt(test, msg, loc),
            StmtKind::Import(aliases) => self.import(aliases, loc),
            StmtKind::ImportFrom { module, names, level } => self.import_from(module, names, level, loc),
            StmtKind::Global(_) | StmtKind::Nonlocal(_) => Ok(()),
            StmtKind::Expr(value) => self.expr_stmt(value, loc),
            StmtKind::Pass => {
                self.emit0(Op::NOP, loc);
                Ok(())
            }
            StmtKind::Break => self.break_stmt(loc),
            StmtKind::Continue => self.continue_stmt(loc),
            StmtKind::With(s) => self.conditional(|c| c.with_stmt(s, 0)),
        }
    }

    fn expr_stmt(&mut self, value: &'a Expr<'a>, loc: Loc) -> Result<()> {
        if self.interactive && self.parents.is_empty() {
            self.visit_expr(value)?;
            self.emit_intrinsic1(Intrinsic1::INTRINSIC_PRINT, loc);
            self.emit0(Op::POP_TOP, Loc::NONE);
            return Ok(());
        }
        if value.is_constant() {
            self.emit0(Op::NOP, loc);
            return Ok(());
        }
        self.visit_expr(value)?;
        self.emit0(Op::POP_TOP, Loc::NONE);
        Ok(())
    }

    fn if_stmt(&mut self, test: &'a Expr<'a>, body: Body<'a>, orelse: Body<'a>) -> Result<()> {
        let end = self.label();
        let next = if orelse.is_empty() { end } else { self.label() };
        self.jump_if(test, next, false)?;
        self.visit_stmts(body)?;
        if !orelse.is_empty() {
            self.emit_jump(Op::JUMP_NO_INTERRUPT, end, Loc::NONE);
            self.place(next);
            self.visit_stmts(orelse)?;
        }
        self.place(end);
        Ok(())
    }

    fn for_stmt(&mut self, s: &'a For<'a>, loc: Loc) -> Result<()> {
        let start = self.label();
        let cleanup = self.label();
        let end = self.label();
        self.push_fblock(FBlockKind::ForLoop, start, end, loc)?;
        self.visit_expr(&s.iter)?;
        let iter_loc = s.iter.loc;
        self.emit0(Op::GET_ITER, iter_loc);
        self.place(start);
        self.emit_jump(Op::FOR_ITER, cleanup, iter_loc);
        // Keeps the target's line for tracing; removed where it is redundant.
        self.emit0(Op::NOP, s.target.loc);
        self.visit_expr(&s.target)?;
        self.visit_stmts(s.body)?;
        self.emit_jump(Op::JUMP, start, Loc::NONE);
        self.place(cleanup);
        // Iterating a generator jumps to END_FOR, other iterators to what follows it.
        self.emit0(Op::END_FOR, Loc::NONE);
        self.emit0(Op::POP_ITER, Loc::NONE);
        self.pop_fblock();
        self.visit_stmts(s.orelse)?;
        self.place(end);
        Ok(())
    }

    fn async_for(&mut self, s: &'a For<'a>, loc: Loc) -> Result<()> {
        let start = self.label();
        let send = self.label();
        let except = self.label();
        let end = self.label();
        self.visit_expr(&s.iter)?;
        self.emit0(Op::GET_AITER, s.iter.loc);
        self.place(start);
        self.push_fblock(FBlockKind::ForLoop, start, end, loc)?;
        self.emit_jump(Op::SETUP_FINALLY, except, loc);
        self.emit0(Op::GET_ANEXT, loc);
        self.load_none(loc);
        self.place(send);
        self.emit_yield_from(true, loc);
        self.emit0(Op::POP_BLOCK, loc);
        self.emit0(Op::NOT_TAKEN, loc);
        self.visit_expr(&s.target)?;
        self.visit_stmts(s.body)?;
        self.emit_jump(Op::JUMP, start, Loc::NONE);
        self.pop_fblock();
        self.place(except);
        self.emit_jump(Op::END_ASYNC_FOR, send, s.iter.loc);
        self.visit_stmts(s.orelse)?;
        self.place(end);
        Ok(())
    }

    fn while_stmt(&mut self, test: &'a Expr<'a>, body: Body<'a>, orelse: Body<'a>, loc: Loc) -> Result<()> {
        let start = self.label();
        let end = self.label();
        let anchor = self.label();
        self.place(start);
        self.push_fblock(FBlockKind::WhileLoop, start, end, loc)?;
        self.jump_if(test, anchor, false)?;
        self.visit_stmts(body)?;
        self.emit_jump(Op::JUMP, start, Loc::NONE);
        self.pop_fblock();
        self.place(anchor);
        self.visit_stmts(orelse)?;
        self.place(end);
        Ok(())
    }

    fn return_stmt(&mut self, value: Option<&'a Expr<'a>>, stmt_loc: Loc) -> Result<()> {
        let mut loc = stmt_loc;
        if !self.scope().is_function_like() {
            return Err(Error::syntax("'return' outside function", loc));
        }
        if value.is_some() && self.scope().coroutine && self.scope().generator {
            return Err(Error::syntax("'return' with value in async generator", loc));
        }
        let preserve = value.is_some_and(|v| !v.is_constant());
        if let Some(value) = value {
            if preserve {
                self.visit_expr(value)?;
            } else {
                loc = value.loc;
                self.emit0(Op::NOP, loc);
            }
        }
        if value.is_none_or(|v| v.loc.line != stmt_loc.line) {
            loc = stmt_loc;
            self.emit0(Op::NOP, loc);
        }
        self.unwind_fblock_stack(&mut loc, preserve, false)?;
        match value {
            None => self.load_none(loc),
            Some(value) if !preserve => self.load_const(value.constant().unwrap_or(ConstId::NONE), loc),
            Some(_) => {}
        }
        self.emit0(Op::RETURN_VALUE, loc);
        Ok(())
    }

    fn break_stmt(&mut self, origin: Loc) -> Result<()> {
        let mut loc = origin;
        self.emit0(Op::NOP, loc);
        let Some(target) = self.unwind_fblock_stack(&mut loc, false, true)? else {
            return Err(Error::syntax("'break' outside loop", origin));
        };
        self.unwind_fblock(&target, &mut loc, false)?;
        self.emit_jump(Op::JUMP, target.exit, loc);
        Ok(())
    }

    fn continue_stmt(&mut self, origin: Loc) -> Result<()> {
        let mut loc = origin;
        self.emit0(Op::NOP, loc);
        let Some(target) = self.unwind_fblock_stack(&mut loc, false, true)? else {
            return Err(Error::syntax("'continue' not properly in loop", origin));
        };
        self.emit_jump(Op::JUMP, target.block, loc);
        Ok(())
    }

    fn assert_stmt(&mut self, test: &'a Expr<'a>, msg: Option<&'a Expr<'a>>, loc: Loc) -> Result<()> {
        if matches!(test.kind, ExprKind::Tuple { elts, .. } if !elts.is_empty()) {
            self.warn("assertion is always true, perhaps remove parentheses?", loc);
        }
        if self.optimize > 0 {
            return Ok(());
        }
        let end = self.label();
        self.jump_if(test, end, true)?;
        self.emit_common_constant(CommonConstant::CONSTANT_ASSERTIONERROR, loc);
        if let Some(msg) = msg {
            self.visit_expr(msg)?;
            self.emit(Op::CALL, 0, loc);
        }
        self.emit(Op::RAISE_VARARGS, 1, test.loc);
        self.place(end);
        Ok(())
    }
}
