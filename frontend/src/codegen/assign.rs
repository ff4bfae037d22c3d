//! Assignment: unpacking, augmented and annotated assignment.

use super::{expr::is_two_part_slice, unit::DeferredAnnotation, *};
use crate::error::Error;

impl<'a> Compiler<'a> {
    /// Unpacks the value on the stack into the targets.
    pub fn unpack_assign(&mut self, elts: &'a [Expr<'a>], loc: Loc) -> Result<()> {
        let mut seen_star = false;
        for (index, elt) in elts.iter().enumerate() {
            if elt.starred().is_none() {
                continue;
            }
            if seen_star {
                return Err(Error::syntax("multiple starred expressions in assignment", loc));
            }
            let after = elts.len() - index - 1;
            if index >= 1 << 8 || after >= i32::MAX as usize >> 8 {
                return Err(Error::syntax("too many expressions in star-unpacking assignment", loc));
            }
            self.emit(Op::UNPACK_EX, (index + (after << 8)) as u32, loc);
            seen_star = true;
        }
        if !seen_star {
            self.emit(Op::UNPACK_SEQUENCE, elts.len() as u32, loc);
        }
        elts.iter().try_for_each(|elt| self.visit_expr(elt.starred().unwrap_or(elt)))
    }

    pub fn aug_assign(
        &mut self,
        target: &'a Expr<'a>,
        op: Operator,
        value: &'a Expr<'a>,
        stmt_loc: Loc,
    ) -> Result<()> {
        let mut loc = target.loc;
        match target.kind {
            ExprKind::Attribute { value: object, attr, .. } => {
                self.visit_expr(object)?;
                self.emit(Op::COPY, 1, loc);
                loc = self.attr_loc(loc, target, attr);
                self.emit_attr(attr, false, loc);
            }
            ExprKind::Subscript { value: object, slice, .. } => {
                self.visit_expr(object)?;
                if is_two_part_slice(slice) {
                    self.slice_two_parts(slice)?;
                    for _ in 0..3 {
                        self.emit(Op::COPY, 3, loc);
                    }
                    self.emit0(Op::BINARY_SLICE, loc);
                } else {
                    self.visit_expr(slice)?;
                    self.emit(Op::COPY, 2, loc);
                    self.emit(Op::COPY, 2, loc);
                    self.emit_subscript(loc);
                }
            }
            ExprKind::Name { id, .. } => self.name_op(id, Ctx::Load, loc),
            _ => return Err(Error::syntax("illegal expression for augmented assignment", loc)),
        }
        self.visit_expr(value)?;
        self.emit_binary(op, true, stmt_loc);
        loc = target.loc;
        match target.kind {
            ExprKind::Attribute { attr, .. } => {
                loc = self.attr_loc(loc, target, attr);
                self.emit(Op::SWAP, 2, loc);
                self.emit_name(Op::STORE_ATTR, attr, loc);
            }
            ExprKind::Subscript { slice, .. } if is_two_part_slice(slice) => {
                for depth in [4, 3, 2] {
                    self.emit(Op::SWAP, depth, loc);
                }
                self.emit0(Op::STORE_SLICE, loc);
            }
            ExprKind::Subscript { .. } => {
                self.emit(Op::SWAP, 3, loc);
                self.emit(Op::SWAP, 2, loc);
                self.emit0(Op::STORE_SUBSCR, loc);
            }
            ExprKind::Name { id, .. } => self.name_op(id, Ctx::Store, loc),
            _ => {}
        }
        Ok(())
    }

    pub fn ann_assign(&mut self, assign: &'a AnnAssign<'a>, loc: Loc) -> Result<()> {
        let future = self.future.annotations();
        let target = &assign.target;
        let in_namespace = matches!(self.unit.scope_type, ScopeType::Module | ScopeType::Class);
        if let Some(value) = &assign.value {
            self.visit_expr(value)?;
            self.visit_expr(target)?;
        }
        match target.kind {
            ExprKind::Name { id, .. } if assign.simple && in_namespace => {
                if future {
                    self.annotation_text(&assign.annotation);
                    let mangled = self.mangle(id);
                    self.emit_name(Op::LOAD_NAME, known::ANNOTATIONS, loc);
                    self.load_name_const(mangled, loc);
                    self.emit0(Op::STORE_SUBSCR, loc);
                } else {
                    self.defer_annotation(id, &assign.annotation, loc);
                }
            }
            ExprKind::Name { .. } => {}
            ExprKind::Attribute { value, .. } => {
                if assign.value.is_none() {
                    self.evaluate(value)?;
                }
            }
            ExprKind::Subscript { value, slice, .. } => {
                if assign.value.is_none() {
                    self.evaluate(value)?;
                    self.evaluate_index(slice)?;
                }
            }
            _ => return Err(Error::syntax("illegal target for annotation", target.loc)),
        }
        Ok(())
    }

    fn defer_annotation(&mut self, target: Name, annotation: &'a Expr<'a>, loc: Loc) {
        let mut conditional_index = None;
        if self.unit.scope_type == ScopeType::Module || self.unit.in_conditional_block > 0 {
            let index = self.unit.next_conditional_index;
            self.unit.next_conditional_index += 1;
            conditional_index = Some(index);
            // The set of annotations that were reached.
            if self.unit.scope_type == ScopeType::Class {
                let cell = self.unit.cell_index(known::CONDITIONAL_ANNOTATIONS).unwrap_or_default();
                self.emit(Op::LOAD_DEREF, cell, loc);
            } else {
                let name = self.unit.name_index(known::CONDITIONAL_ANNOTATIONS);
                self.emit(Op::LOAD_NAME, name, loc);
            }
            self.load_int(index, loc);
            self.emit(Op::SET_ADD, 1, loc);
            self.emit0(Op::POP_TOP, loc);
        }
        self.unit.deferred_annotations.push(DeferredAnnotation {
            loc,
            target,
            annotation,
            conditional_index,
        });
    }

    /// Evaluates for effect, to find undefined names.
    fn evaluate(&mut self, expr: &'a Expr<'a>) -> Result<()> {
        self.visit_expr(expr)?;
        self.emit0(Op::POP_TOP, expr.loc);
        Ok(())
    }

    fn evaluate_index(&mut self, index: &'a Expr<'a>) -> Result<()> {
        match index.kind {
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().flatten().try_for_each(|part| self.evaluate(part))
            }
            ExprKind::Tuple { elts, .. } => elts.iter().try_for_each(|elt| self.evaluate_index(elt)),
            _ => self.evaluate(index),
        }
    }
}
