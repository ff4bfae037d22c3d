//! Expressions.

use super::*;
use crate::error::Error;

impl<'a> Compiler<'a> {
    pub fn visit_exprs(&mut self, exprs: &'a [Expr<'a>]) -> Result<()> {
        exprs.iter().try_for_each(|e| self.visit_expr(e))
    }

    pub fn visit_expr(&mut self, expr: &'a Expr<'a>) -> Result<()> {
        let loc = expr.loc;
        match expr.kind {
            ExprKind::Constant(id) => {
                self.load_const(id, loc);
                Ok(())
            }
            ExprKind::Name { id, ctx } => {
                self.name_op(id, ctx, loc);
                Ok(())
            }
            _ => stacker::maybe_grow(128 << 10, 2 << 20, || self.visit_compound(expr, loc)),
        }
    }

    fn visit_compound(&mut self, expr: &'a Expr<'a>, loc: Loc) -> Result<()> {
        match expr.kind {
            ExprKind::Constant(_) | ExprKind::Name { .. } => {}
            ExprKind::Named { target, value } => {
                self.visit_expr(value)?;
                self.emit(Op::COPY, 1, loc);
                self.visit_expr(target)?;
            }
            ExprKind::BoolOp { op, values } => self.bool_op(op, values, loc)?,
            ExprKind::BinOp { left, op, right } => {
                self.visit_expr(left)?;
                self.visit_expr(right)?;
                self.emit_binary(op, false, loc);
            }
            ExprKind::UnaryOp { op, operand } => {
                self.visit_expr(operand)?;
                match op {
                    UnaryOp::UAdd => self.emit_intrinsic1(Intrinsic1::INTRINSIC_UNARY_POSITIVE, loc),
                    UnaryOp::Not => {
                        self.emit0(Op::TO_BOOL, loc);
                        self.emit0(Op::UNARY_NOT, loc);
                    }
                    UnaryOp::Invert => self.emit0(Op::UNARY_INVERT, loc),
                    UnaryOp::USub => self.emit0(Op::UNARY_NEGATIVE, loc),
                }
            }
            ExprKind::Lambda(lambda) => self.lambda(lambda, loc)?,
            ExprKind::IfExp { test, body, orelse } => {
                let end = self.label();
                let next = self.label();
                self.jump_if(test, next, false)?;
                self.visit_expr(body)?;
                self.emit_jump(Op::JUMP_NO_INTERRUPT, end, Loc::NONE);
                self.place(next);
                self.visit_expr(orelse)?;
                self.place(end);
            }
            ExprKind::Dict(items) => self.dict(items, loc)?,
            ExprKind::Set(elts) => {
                self.star_unpack(elts, None, 0, Op::BUILD_SET, Op::SET_ADD, Op::SET_UPDATE, false, loc)?;
            }
            ExprKind::Comp(comp) => self.comprehension(comp, loc)?,
            ExprKind::Yield(value) => {
                if !self.scope().is_function_like() {
                    return Err(Error::syntax("'yield' outside function", loc));
                }
                match value {
                    Some(value) => self.visit_expr(value)?,
                    None => self.load_none(loc),
                }
                self.emit_yield(loc);
            }
            ExprKind::YieldFrom(value) => {
                if !self.scope().is_function_like() {
                    return Err(Error::syntax("'yield from' outside function", loc));
                }
                if self.unit.scope_type == ScopeType::AsyncFunction {
                    return Err(Error::syntax("'yield from' inside async function", loc));
                }
                self.visit_expr(value)?;
                self.emit0(Op::GET_YIELD_FROM_ITER, loc);
                self.load_none(loc);
                self.emit_yield_from(false, loc);
            }
            ExprKind::Await(value) => {
                self.visit_expr(value)?;
                self.emit_await(0, loc);
            }
            ExprKind::Compare { left, ops, comparators } => self.compare(left, ops, comparators, loc)?,
            ExprKind::Call(call) => self.call(call, loc)?,
            ExprKind::JoinedStr(values) => self.joined_str(values, loc)?,
            ExprKind::TemplateStr(values) => self.template_str(values, loc)?,
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.formatted_value(value, conversion, format_spec, loc)?;
            }
            ExprKind::Interpolation { value, text, conversion, format_spec } => {
                self.interpolation(value, text, conversion, format_spec, loc)?;
            }
            ExprKind::Attribute { value, attr, ctx } => self.attribute(expr, value, attr, ctx)?,
            ExprKind::Subscript { value, slice, ctx } => self.subscript(value, slice, ctx, loc)?,
            ExprKind::Starred { ctx, .. } => {
                return Err(Error::syntax(
                    match ctx {
                        Ctx::Store => "starred assignment target must be in a list or tuple",
                        _ => "can't use starred expression here",
                    },
                    loc,
                ));
            }
            ExprKind::Slice { .. } => self.slice(expr)?,
            ExprKind::List { elts, ctx } => match ctx {
                Ctx::Store => self.unpack_assign(elts, loc)?,
                Ctx::Load => {
                    self.star_unpack(
                        elts,
                        None,
                        0,
                        Op::BUILD_LIST,
                        Op::LIST_APPEND,
                        Op::LIST_EXTEND,
                        false,
                        loc,
                    )?;
                }
                Ctx::Del => self.visit_exprs(elts)?,
            },
            ExprKind::Tuple { elts, ctx } => match ctx {
                Ctx::Store => self.unpack_assign(elts, loc)?,
                Ctx::Load => {
                    self.star_unpack(
                        elts,
                        None,
                        0,
                        Op::BUILD_LIST,
                        Op::LIST_APPEND,
                        Op::LIST_EXTEND,
                        true,
                        loc,
                    )?;
                }
                Ctx::Del => self.visit_exprs(elts)?,
            },
        }
        Ok(())
    }

    fn bool_op(&mut self, op: BoolOp, values: &'a [Expr<'a>], loc: Loc) -> Result<()> {
        let jump = if op == BoolOp::And { Op::JUMP_IF_FALSE } else { Op::JUMP_IF_TRUE };
        let end = self.label();
        for (index, value) in values.iter().enumerate() {
            self.visit_expr(value)?;
            if index + 1 < values.len() {
                self.emit_jump(jump, end, loc);
                self.emit0(Op::POP_TOP, loc);
            }
        }
        self.place(end);
        Ok(())
    }

    /// Builds a list, set or tuple; piecewise if it has starred items or is big. `pushed` items are
    /// on the stack already, and a variable may come last (the generic base of a class).
    pub fn star_unpack(
        &mut self,
        elts: &'a [Expr<'a>],
        injected: Option<Name>,
        pushed: usize,
        build: Op,
        add: Op,
        extend: Op,
        tuple: bool,
        loc: Loc,
    ) -> Result<()> {
        let count = elts.len();
        let big = count + pushed + injected.is_some() as usize > STACK_USE_GUIDELINE;
        let starred = elts.iter().any(|e| e.starred().is_some());
        if !starred && !big {
            self.visit_exprs(elts)?;
            let mut total = count + pushed;
            if let Some(name) = injected {
                self.name_op(name, Ctx::Load, loc);
                total += 1;
            }
            self.emit(if tuple { Op::BUILD_TUPLE } else { build }, total as u32, loc);
            return Ok(());
        }
        let mut built = false;
        if big {
            self.emit(build, pushed as u32, loc);
            built = true;
        }
        for (index, elt) in elts.iter().enumerate() {
            match elt.starred() {
                Some(value) => {
                    if !built {
                        self.emit(build, (index + pushed) as u32, loc);
                        built = true;
                    }
                    self.visit_expr(value)?;
                    self.emit(extend, 1, loc);
                }
                None => {
                    self.visit_expr(elt)?;
                    if built {
                        self.emit(add, 1, loc);
                    }
                }
            }
        }
        if let Some(name) = injected {
            self.name_op(name, Ctx::Load, loc);
            self.emit(add, 1, loc);
        }
        if tuple {
            self.emit_intrinsic1(Intrinsic1::INTRINSIC_LIST_TO_TUPLE, loc);
        }
        Ok(())
    }

    fn sub_dict(&mut self, items: &'a [DictItem<'a>], loc: Loc) -> Result<()> {
        let big = items.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.emit(Op::BUILD_MAP, 0, loc);
        }
        for item in items {
            if let Some(key) = &item.key {
                self.visit_expr(key)?;
            }
            self.visit_expr(&item.value)?;
            if big {
                self.emit(Op::MAP_ADD, 1, loc);
            }
        }
        if !big {
            self.emit(Op::BUILD_MAP, items.len() as u32, loc);
        }
        Ok(())
    }

    fn dict(&mut self, items: &'a [DictItem<'a>], loc: Loc) -> Result<()> {
        let mut have_dict = false;
        let mut elements = 0;
        for (index, item) in items.iter().enumerate() {
            if item.key.is_none() {
                if elements > 0 {
                    self.sub_dict(&items[index - elements..index], loc)?;
                    if have_dict {
                        self.emit(Op::DICT_UPDATE, 1, loc);
                    }
                    have_dict = true;
                    elements = 0;
                }
                if !have_dict {
                    self.emit(Op::BUILD_MAP, 0, loc);
                    have_dict = true;
                }
                self.visit_expr(&item.value)?;
                self.emit(Op::DICT_UPDATE, 1, loc);
            } else if elements * 2 > STACK_USE_GUIDELINE {
                self.sub_dict(&items[index - elements..index + 1], loc)?;
                if have_dict {
                    self.emit(Op::DICT_UPDATE, 1, loc);
                }
                have_dict = true;
                elements = 0;
            } else {
                elements += 1;
            }
        }
        if elements > 0 {
            self.sub_dict(&items[items.len() - elements..], loc)?;
            if have_dict {
                self.emit(Op::DICT_UPDATE, 1, loc);
            }
            have_dict = true;
        }
        if !have_dict {
            self.emit(Op::BUILD_MAP, 0, loc);
        }
        Ok(())
    }

    fn compare(
        &mut self,
        left: &'a Expr<'a>,
        ops: &[CmpOp],
        comparators: &'a [Expr<'a>],
        loc: Loc,
    ) -> Result<()> {
        self.check_compare(left, ops, comparators, loc)?;
        self.visit_expr(left)?;
        let last = ops.len() - 1;
        if last == 0 {
            self.visit_expr(&comparators[0])?;
            self.emit_compare(ops[0], loc);
            return Ok(());
        }
        let cleanup = self.label();
        for (comparator, &op) in comparators[..last].iter().zip(ops) {
            self.visit_expr(comparator)?;
            self.emit(Op::SWAP, 2, loc);
            self.emit(Op::COPY, 2, loc);
            self.emit_compare(op, loc);
            self.emit(Op::COPY, 1, loc);
            self.emit0(Op::TO_BOOL, loc);
            self.emit_jump(Op::POP_JUMP_IF_FALSE, cleanup, loc);
            self.emit0(Op::POP_TOP, loc);
        }
        self.visit_expr(&comparators[last])?;
        self.emit_compare(ops[last], loc);
        let end = self.label();
        self.emit_jump(Op::JUMP_NO_INTERRUPT, end, Loc::NONE);
        self.place(cleanup);
        self.emit(Op::SWAP, 2, loc);
        self.emit0(Op::POP_TOP, loc);
        self.place(end);
        Ok(())
    }

    /// An attribute access over several lines counts as starting at the attribute's name.
    pub fn attr_loc(&self, mut loc: Loc, attr_expr: &Expr, attr: Name) -> Loc {
        let end = attr_expr.loc;
        if loc.line == end.end_line {
            return loc;
        }
        loc.line = end.end_line;
        let len = self.names.str(attr).chars().count() as i32;
        if len <= end.end_col {
            loc.col = end.end_col - len;
        } else {
            loc.col = -1;
            loc.end_col = -1;
        }
        loc.end_line = loc.line.max(loc.end_line);
        if loc.line == loc.end_line {
            loc.end_col = loc.col.max(loc.end_col);
        }
        loc
    }

    fn attribute(&mut self, expr: &'a Expr<'a>, value: &'a Expr<'a>, attr: Name, ctx: Ctx) -> Result<()> {
        let mut loc = expr.loc;
        if ctx == Ctx::Load
            && let Some(call) = self.optimizable_super(value, attr)
        {
            self.load_super_args(call, value.loc)?;
            self.emit_super_attr(attr, false, !call.args.is_empty(), loc);
            loc = self.attr_loc(loc, expr, attr);
            self.emit0(Op::NOP, loc);
            return Ok(());
        }
        if ctx == Ctx::Store && matches!(value.kind, ExprKind::Name { id: known::SELF, .. }) {
            self.add_static_attribute(attr);
        }
        self.visit_expr(value)?;
        loc = self.attr_loc(loc, expr, attr);
        match ctx {
            Ctx::Load => self.emit_attr(attr, false, loc),
            Ctx::Store => self.emit_name(Op::STORE_ATTR, attr, loc),
            Ctx::Del => self.emit_name(Op::DELETE_ATTR, attr, loc),
        }
        Ok(())
    }

    /// `self.attr = …` in a method adds to the class's `__static_attributes__`.
    fn add_static_attribute(&mut self, attr: Name) {
        if let Some(class) = self.parents.iter_mut().rev().find(|u| u.scope_type == ScopeType::Class) {
            class.static_attributes.place(attr);
        }
    }

    fn subscript(&mut self, value: &'a Expr<'a>, slice: &'a Expr<'a>, ctx: Ctx, loc: Loc) -> Result<()> {
        if ctx == Ctx::Load {
            self.check_subscripter(value);
            self.check_index(value, slice);
        }
        self.visit_expr(value)?;
        if is_two_part_slice(slice) && ctx != Ctx::Del {
            self.slice_two_parts(slice)?;
            self.emit0(if ctx == Ctx::Load { Op::BINARY_SLICE } else { Op::STORE_SLICE }, loc);
            return Ok(());
        }
        self.visit_expr(slice)?;
        match ctx {
            Ctx::Load => self.emit_subscript(loc),
            Ctx::Store => self.emit0(Op::STORE_SUBSCR, loc),
            Ctx::Del => self.emit0(Op::DELETE_SUBSCR, loc),
        }
        Ok(())
    }

    pub fn slice_two_parts(&mut self, slice: &'a Expr<'a>) -> Result<()> {
        let ExprKind::Slice { lower, upper, .. } = slice.kind else { return Ok(()) };
        for part in [lower, upper] {
            match part {
                Some(part) => self.visit_expr(part)?,
                None => self.load_none(slice.loc),
            }
        }
        Ok(())
    }

    fn slice(&mut self, slice: &'a Expr<'a>) -> Result<()> {
        let ExprKind::Slice { lower, upper, step } = slice.kind else { return Ok(()) };
        if is_constant_slice(slice) {
            let part = |p: Option<&Expr>| {
                let id = p.and_then(|e| e.constant()).unwrap_or(ConstId::NONE);
                self.consts.get(id).clone()
            };
            let parts = Rc::new([part(lower), part(upper), part(step)]);
            let id = self.consts.add(Constant::Slice(parts));
            self.load_const(id, slice.loc);
            return Ok(());
        }
        self.slice_two_parts(slice)?;
        let mut count = 2;
        if let Some(step) = step {
            count += 1;
            self.visit_expr(step)?;
        }
        self.emit(Op::BUILD_SLICE, count, slice.loc);
        Ok(())
    }
}

fn is_constant_slice(slice: &Expr) -> bool {
    match slice.kind {
        ExprKind::Slice { lower, upper, step } => {
            [lower, upper, step].into_iter().flatten().all(|part| part.is_constant())
        }
        _ => false,
    }
}

/// Whether `BINARY_SLICE` and `STORE_SLICE` serve: no step, and not all constant.
pub fn is_two_part_slice(slice: &Expr) -> bool {
    matches!(slice.kind, ExprKind::Slice { step: None, .. }) && !is_constant_slice(slice)
}
