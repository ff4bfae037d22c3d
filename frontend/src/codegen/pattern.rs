//! `match` (PEP 634).
//!
//! Compiling a pattern consumes the subject on top of the stack and jumps away if it does not
//! match. Captured values wait on the stack *below* what the pattern still needs, so that names are
//! bound only after the whole pattern matched; [`PatternContext`] counts both. A failure jumps into
//! a ladder of `POP_TOP`s at the height that leaves the stack as it was.

use super::*;
use crate::cfg::passes::fold::python_equal;
use crate::error::Error;

#[derive(Default)]
pub struct PatternContext {
    /// Captured names, in the order of their values on the stack.
    pub stores: Vec<Name>,
    /// Whether a pattern that always matches may stand here.
    pub allow_irrefutable: bool,
    /// `fail_pop[n]` pops `n` values.
    pub fail_pop: Vec<Label>,
    /// Values on top of the stack that must stay there.
    pub on_top: usize,
}

fn is_wildcard(pattern: &Pattern) -> bool {
    matches!(pattern.kind, PatternKind::As { name: None, pattern: None })
}

fn is_star_wildcard(pattern: &Pattern) -> bool {
    matches!(pattern.kind, PatternKind::Star(None))
}

impl<'a> Compiler<'a> {
    pub fn match_stmt(&mut self, subject: &'a Expr<'a>, cases: &'a [MatchCase<'a>]) -> Result<()> {
        self.visit_expr(subject)?;
        let end = self.label();
        let Some((last, init)) = cases.split_last() else { return Ok(()) };
        // A last `case _` needs neither a copy of the subject nor a check.
        let has_default = is_wildcard(&last.pattern) && !init.is_empty();
        let checked = if has_default { init } else { cases };
        for (index, case) in checked.iter().enumerate() {
            let loc = case.pattern.loc;
            let is_last = index + 1 == checked.len();
            if !is_last {
                self.emit(Op::COPY, 1, loc);
            }
            let mut context = PatternContext {
                allow_irrefutable: case.guard.is_some() || index + 1 == cases.len(),
                ..PatternContext::default()
            };
            self.pattern(&case.pattern, &mut context)?;
            for name in std::mem::take(&mut context.stores) {
                self.name_op(name, Ctx::Store, loc);
            }
            if let Some(guard) = case.guard {
                self.ensure_fail_pop(&mut context, 0);
                self.jump_if(guard, context.fail_pop[0], false)?;
            }
            if !is_last {
                self.emit0(Op::POP_TOP, Loc::NEXT);
            }
            self.visit_stmts(case.body)?;
            self.emit_jump(Op::JUMP, end, Loc::NONE);
            self.emit_fail_pop(&mut context, loc);
        }
        if has_default {
            // No code, but the line counts as executed.
            self.emit0(Op::NOP, last.pattern.loc);
            if let Some(guard) = last.guard {
                self.jump_if(guard, end, false)?;
            }
            self.visit_stmts(last.body)?;
        }
        self.place(end);
        Ok(())
    }

    pub fn ensure_fail_pop(&mut self, context: &mut PatternContext, count: usize) {
        while context.fail_pop.len() <= count {
            let label = self.label();
            context.fail_pop.push(label);
        }
    }

    /// Jumps to where everything that the pattern put on the stack is popped.
    pub fn jump_to_fail_pop(&mut self, context: &mut PatternContext, op: Op, loc: Loc) {
        let pops = context.on_top + context.stores.len();
        self.ensure_fail_pop(context, pops);
        self.emit_jump(op, context.fail_pop[pops], loc);
    }

    pub fn emit_fail_pop(&mut self, context: &mut PatternContext, loc: Loc) {
        while let Some(label) = context.fail_pop.pop() {
            self.place(label);
            if !context.fail_pop.is_empty() {
                self.emit0(Op::POP_TOP, loc);
            }
        }
    }

    /// Moves the top of the stack below `count - 1` values.
    pub fn rotate(&mut self, count: usize, loc: Loc) {
        for depth in (2..=count).rev() {
            self.emit(Op::SWAP, depth as u32, loc);
        }
    }

    pub fn duplicate_store(&self, name: Name, loc: Loc) -> Box<Error> {
        Error::syntax(format!("multiple assignments to name '{}' in pattern", self.names.str(name)), loc)
    }

    fn store_name(&mut self, name: Option<Name>, context: &mut PatternContext, loc: Loc) -> Result<()> {
        let Some(name) = name else {
            self.emit0(Op::POP_TOP, loc);
            return Ok(());
        };
        if context.stores.contains(&name) {
            return Err(self.duplicate_store(name, loc));
        }
        self.rotate(context.on_top + context.stores.len() + 1, loc);
        context.stores.push(name);
        Ok(())
    }

    pub fn pattern(&mut self, pattern: &'a Pattern<'a>, context: &mut PatternContext) -> Result<()> {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.pattern_inner(pattern, context))
    }

    fn pattern_inner(&mut self, pattern: &'a Pattern<'a>, context: &mut PatternContext) -> Result<()> {
        let loc = pattern.loc;
        match &pattern.kind {
            PatternKind::Value(value) => {
                if !matches!(value.kind, ExprKind::Constant(_) | ExprKind::Attribute { .. }) {
                    let message = "patterns may only match literals and attribute lookups";
                    return Err(Error::syntax(message, loc));
                }
                self.visit_expr(value)?;
                self.emit_compare(CmpOp::Eq, loc);
                self.emit0(Op::TO_BOOL, loc);
                self.jump_to_fail_pop(context, Op::POP_JUMP_IF_FALSE, loc);
                Ok(())
            }
            PatternKind::Singleton(value) => {
                self.load_const(*value, loc);
                self.emit_compare(CmpOp::Is, loc);
                self.jump_to_fail_pop(context, Op::POP_JUMP_IF_FALSE, loc);
                Ok(())
            }
            PatternKind::Sequence(patterns) => self.pattern_sequence(patterns, context, loc),
            PatternKind::Mapping { keys, patterns, rest } => {
                self.pattern_mapping(keys, patterns, *rest, context, loc)
            }
            PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.pattern_class(cls, patterns, kwd_attrs, kwd_patterns, context, loc)
            }
            PatternKind::Star(name) => self.store_name(*name, context, loc),
            PatternKind::As { pattern, name } => self.pattern_as(*pattern, *name, context, loc),
            PatternKind::Or(patterns) => self.pattern_or(patterns, context, loc),
        }
    }

    fn subpattern(&mut self, pattern: &'a Pattern<'a>, context: &mut PatternContext) -> Result<()> {
        let previous = std::mem::replace(&mut context.allow_irrefutable, true);
        self.pattern(pattern, context)?;
        context.allow_irrefutable = previous;
        Ok(())
    }

    fn pattern_as(
        &mut self,
        pattern: Option<&'a Pattern<'a>>,
        name: Option<Name>,
        context: &mut PatternContext,
        loc: Loc,
    ) -> Result<()> {
        let Some(pattern) = pattern else {
            if !context.allow_irrefutable {
                let message = match name {
                    Some(name) => {
                        format!(
                            "name capture '{}' makes remaining patterns unreachable",
                            self.names.str(name)
                        )
                    }
                    None => "wildcard makes remaining patterns unreachable".to_owned(),
                };
                return Err(Error::syntax(message, loc));
            }
            return self.store_name(name, context, loc);
        };
        context.on_top += 1;
        self.emit(Op::COPY, 1, loc);
        self.pattern(pattern, context)?;
        context.on_top -= 1;
        self.store_name(name, context, loc)
    }

    fn check_length(&mut self, size: usize, op: CmpOp, context: &mut PatternContext, loc: Loc) {
        self.emit0(Op::GET_LEN, loc);
        self.load_int(size as i64, loc);
        self.emit_compare(op, loc);
        self.jump_to_fail_pop(context, Op::POP_JUMP_IF_FALSE, loc);
    }

    fn pattern_sequence(
        &mut self,
        patterns: &'a [Pattern<'a>],
        context: &mut PatternContext,
        loc: Loc,
    ) -> Result<()> {
        let size = patterns.len();
        let mut star = None;
        for (index, pattern) in patterns.iter().enumerate() {
            if matches!(pattern.kind, PatternKind::Star(_)) {
                if star.is_some() {
                    return Err(Error::syntax("multiple starred names in sequence pattern", loc));
                }
                star = Some(index);
            }
        }
        let only_wildcard = patterns.iter().all(|p| is_wildcard(p) || is_star_wildcard(p));
        context.on_top += 1;
        self.emit0(Op::MATCH_SEQUENCE, loc);
        self.jump_to_fail_pop(context, Op::POP_JUMP_IF_FALSE, loc);
        match star {
            None => self.check_length(size, CmpOp::Eq, context, loc),
            Some(_) if size > 1 => self.check_length(size - 1, CmpOp::GtE, context, loc),
            Some(_) => {}
        }
        context.on_top -= 1;
        match star {
            _ if only_wildcard => {
                self.emit0(Op::POP_TOP, loc);
                Ok(())
            }
            Some(star) if is_star_wildcard(&patterns[star]) => {
                self.sequence_by_index(patterns, star, context, loc)
            }
            _ => self.sequence_by_unpacking(patterns, star, context, loc),
        }
    }

    fn sequence_by_unpacking(
        &mut self,
        patterns: &'a [Pattern<'a>],
        star: Option<usize>,
        context: &mut PatternContext,
        loc: Loc,
    ) -> Result<()> {
        let size = patterns.len();
        match star {
            Some(star) => {
                let after = size - star - 1;
                if star >= 1 << 8 || after >= i32::MAX as usize >> 8 {
                    let message = "too many expressions in star-unpacking sequence pattern";
                    return Err(Error::syntax(message, loc));
                }
                self.emit(Op::UNPACK_EX, (star + (after << 8)) as u32, loc);
            }
            None => self.emit(Op::UNPACK_SEQUENCE, size as u32, loc),
        }
        context.on_top += size;
        for pattern in patterns {
            context.on_top -= 1;
            self.subpattern(pattern, context)?;
        }
        Ok(())
    }

    /// `[first, *_, last]` need not make a list of what nobody looks at.
    fn sequence_by_index(
        &mut self,
        patterns: &'a [Pattern<'a>],
        star: usize,
        context: &mut PatternContext,
        loc: Loc,
    ) -> Result<()> {
        context.on_top += 1;
        for (index, pattern) in patterns.iter().enumerate() {
            if is_wildcard(pattern) || index == star {
                continue;
            }
            self.emit(Op::COPY, 1, loc);
            if index < star {
                self.load_int(index as i64, loc);
            } else {
                // The subject may not support negative indices.
                self.emit0(Op::GET_LEN, loc);
                self.load_int((patterns.len() - index) as i64, loc);
                self.emit_binary(Operator::Sub, false, loc);
            }
            self.emit_subscript(loc);
            self.subpattern(pattern, context)?;
        }
        context.on_top -= 1;
        self.emit0(Op::POP_TOP, loc);
        Ok(())
    }

    /// The tuple on the stack is None if the match failed.
    fn fail_if_none(&mut self, context: &mut PatternContext, loc: Loc) {
        self.emit(Op::COPY, 1, loc);
        self.load_none(loc);
        self.emit(Op::IS_OP, 1, loc);
        self.jump_to_fail_pop(context, Op::POP_JUMP_IF_FALSE, loc);
    }

    fn pattern_class(
        &mut self,
        cls: &'a Expr<'a>,
        patterns: &'a [Pattern<'a>],
        kwd_attrs: &[Name],
        kwd_patterns: &'a [Pattern<'a>],
        context: &mut PatternContext,
        loc: Loc,
    ) -> Result<()> {
        for (index, attr) in kwd_attrs.iter().enumerate() {
            if let Some(later) = kwd_attrs[index + 1..].iter().position(|other| other == attr) {
                let message = format!("attribute name repeated in class pattern: {}", self.names.str(*attr));
                return Err(Error::syntax(message, kwd_patterns[index + 1 + later].loc));
            }
        }
        self.visit_expr(cls)?;
        let names = self.names_tuple(kwd_attrs.iter().copied());
        self.load_const(names, loc);
        self.emit(Op::MATCH_CLASS, patterns.len() as u32, loc);
        context.on_top += 1;
        self.fail_if_none(context, loc);
        let total = patterns.len() + kwd_patterns.len();
        self.emit(Op::UNPACK_SEQUENCE, total as u32, loc);
        context.on_top += total;
        context.on_top -= 1;
        for pattern in patterns.iter().chain(kwd_patterns) {
            context.on_top -= 1;
            if is_wildcard(pattern) {
                self.emit0(Op::POP_TOP, loc);
                continue;
            }
            self.subpattern(pattern, context)?;
        }
        Ok(())
    }

    fn pattern_mapping(
        &mut self,
        keys: &'a [Expr<'a>],
        patterns: &'a [Pattern<'a>],
        rest: Option<Name>,
        context: &mut PatternContext,
        loc: Loc,
    ) -> Result<()> {
        let size = keys.len();
        context.on_top += 1;
        self.emit0(Op::MATCH_MAPPING, loc);
        self.jump_to_fail_pop(context, Op::POP_JUMP_IF_FALSE, loc);
        if size == 0 && rest.is_none() {
            context.on_top -= 1;
            self.emit0(Op::POP_TOP, loc);
            return Ok(());
        }
        if size > 0 {
            self.check_length(size, CmpOp::GtE, context, loc);
        }
        let mut seen: Vec<ConstId> = Vec::new();
        for key in keys {
            match key.kind {
                ExprKind::Constant(id) => {
                    let value = self.consts.get(id);
                    if seen.iter().any(|&other| python_equal(self.consts.get(other), value)) {
                        let text = unparse::repr(self.consts.get(id));
                        let message = format!("mapping pattern checks duplicate key ({text})");
                        return Err(Error::syntax(message, loc));
                    }
                    seen.push(id);
                }
                ExprKind::Attribute { .. } => {}
                _ => {
                    let message = "mapping pattern keys may only match literals and attribute lookups";
                    return Err(Error::syntax(message, loc));
                }
            }
            self.visit_expr(key)?;
        }
        self.emit(Op::BUILD_TUPLE, size as u32, loc);
        self.emit0(Op::MATCH_KEYS, loc);
        context.on_top += 2;
        self.fail_if_none(context, loc);
        self.emit(Op::UNPACK_SEQUENCE, size as u32, loc);
        context.on_top += size;
        context.on_top -= 1;
        for pattern in patterns {
            context.on_top -= 1;
            self.subpattern(pattern, context)?;
        }
        context.on_top -= 2;
        let Some(rest) = rest else {
            self.emit0(Op::POP_TOP, loc);
            self.emit0(Op::POP_TOP, loc);
            return Ok(());
        };
        // A copy of the subject without the matched keys.
        self.emit(Op::BUILD_MAP, 0, loc);
        self.emit(Op::SWAP, 3, loc);
        self.emit(Op::DICT_UPDATE, 2, loc);
        self.emit(Op::UNPACK_SEQUENCE, size as u32, loc);
        for left in (1..=size).rev() {
            self.emit(Op::COPY, 1 + left as u32, loc);
            self.emit(Op::SWAP, 2, loc);
            self.emit0(Op::DELETE_SUBSCR, loc);
        }
        self.store_name(Some(rest), context, loc)
    }
}
