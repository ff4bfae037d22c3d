//! Conditions: evaluating an expression only to jump.

use super::*;

impl<'a> Compiler<'a> {
    /// Jumps to `next` if the truth of `expr` is `cond`, else falls through.
    pub fn jump_if(&mut self, expr: &'a Expr<'a>, next: Label, cond: bool) -> Result<()> {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.jump_if_inner(expr, next, cond))
    }

    fn jump_if_inner(&mut self, expr: &'a Expr<'a>, next: Label, cond: bool) -> Result<()> {
        match expr.kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => return self.jump_if(operand, next, !cond),
            ExprKind::BoolOp { op, values } => {
                let cond2 = op == BoolOp::Or;
                let next2 = if cond2 != cond { self.label() } else { next };
                if let Some((last, init)) = values.split_last() {
                    for value in init {
                        self.jump_if(value, next2, cond2)?;
                    }
                    self.jump_if(last, next, cond)?;
                }
                if next2 != next {
                    self.place(next2);
                }
                return Ok(());
            }
            ExprKind::IfExp { test, body, orelse } => {
                let end = self.label();
                let next2 = self.label();
                self.jump_if(test, next2, false)?;
                self.jump_if(body, next, cond)?;
                self.emit_jump(Op::JUMP_NO_INTERRUPT, end, Loc::NONE);
                self.place(next2);
                self.jump_if(orelse, next, cond)?;
                self.place(end);
                return Ok(());
            }
            ExprKind::Compare { left, ops, comparators } if ops.len() > 1 => {
                return self.jump_if_chain(expr, left, ops, comparators, next, cond);
            }
            _ => {}
        }
        self.visit_expr(expr)?;
        self.emit0(Op::TO_BOOL, expr.loc);
        self.emit_jump(if cond { Op::POP_JUMP_IF_TRUE } else { Op::POP_JUMP_IF_FALSE }, next, expr.loc);
        Ok(())
    }

    fn jump_if_chain(
        &mut self,
        expr: &'a Expr<'a>,
        left: &'a Expr<'a>,
        ops: &[CmpOp],
        comparators: &'a [Expr<'a>],
        next: Label,
        cond: bool,
    ) -> Result<()> {
        let loc = expr.loc;
        self.check_compare(left, ops, comparators, loc)?;
        let cleanup = self.label();
        self.visit_expr(left)?;
        let last = ops.len() - 1;
        for (comparator, &op) in comparators[..last].iter().zip(ops) {
            self.visit_expr(comparator)?;
            self.emit(Op::SWAP, 2, loc);
            self.emit(Op::COPY, 2, loc);
            self.emit_compare(op, loc);
            self.emit0(Op::TO_BOOL, loc);
            self.emit_jump(Op::POP_JUMP_IF_FALSE, cleanup, loc);
        }
        self.visit_expr(&comparators[last])?;
        self.emit_compare(ops[last], loc);
        self.emit0(Op::TO_BOOL, loc);
        self.emit_jump(if cond { Op::POP_JUMP_IF_TRUE } else { Op::POP_JUMP_IF_FALSE }, next, loc);
        let end = self.label();
        self.emit_jump(Op::JUMP_NO_INTERRUPT, end, Loc::NONE);
        self.place(cleanup);
        self.emit0(Op::POP_TOP, loc);
        if !cond {
            self.emit_jump(Op::JUMP_NO_INTERRUPT, next, Loc::NONE);
        }
        self.place(end);
        Ok(())
    }
}
