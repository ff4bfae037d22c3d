//! The first pass over expressions.

use super::{
    Block, ScopeId,
    build::{Builder, check_name},
    def,
};
use crate::{
    ast::*,
    error::{Error, Result},
    names::{Name, known},
};

impl Builder<'_> {
    pub fn exprs(&mut self, exprs: &[Expr]) -> Result<()> {
        exprs.iter().try_for_each(|e| self.expr(e))
    }

    pub fn opt_expr(&mut self, expr: Option<&Expr>) -> Result<()> {
        expr.map_or(Ok(()), |e| self.expr(e))
    }

    pub fn keywords(&mut self, keywords: &[Keyword]) -> Result<()> {
        for keyword in keywords {
            if let Some(arg) = keyword.arg {
                check_name(arg, keyword.loc, Ctx::Store)?;
            }
        }
        keywords.iter().try_for_each(|k| self.expr(&k.value))
    }

    pub fn expr(&mut self, expr: &Expr) -> Result<()> {
        match expr.kind {
            ExprKind::Constant(_) => Ok(()),
            ExprKind::Name { id, ctx } => self.name(id, ctx, expr.loc),
            // A chain like `a + b + c` is as deep as it is long.
            _ => stacker::maybe_grow(128 << 10, 2 << 20, || self.expr_inner(expr)),
        }
    }

    fn expr_inner(&mut self, expr: &Expr) -> Result<()> {
        let loc = expr.loc;
        match &expr.kind {
            ExprKind::Named { target, value } => {
                self.refuse_in_annotation("named expression", loc)?;
                self.named_expr(target, value, loc)
            }
            ExprKind::BoolOp { values, .. } => self.exprs(values),
            ExprKind::BinOp { left, right, .. } => {
                self.expr(left)?;
                self.expr(right)
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda(lambda) => {
                self.exprs(lambda.args.defaults)?;
                for default in lambda.args.kw_defaults.iter().flatten() {
                    self.expr(default)?;
                }
                let name = self.names.intern("lambda");
                let scope = self.enter(Block::Function, name, loc)?;
                lambda.scope.set(scope);
                self.parameters(&lambda.args)?;
                self.expr(&lambda.body)?;
                self.exit();
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test)?;
                self.expr(body)?;
                self.expr(orelse)
            }
            ExprKind::Dict(items) => {
                for item in items.iter() {
                    self.opt_expr(item.key.as_ref())?;
                }
                items.iter().try_for_each(|item| self.expr(&item.value))
            }
            ExprKind::Set(elts) => self.exprs(elts),
            ExprKind::Comp(comp) => self.comprehension(comp, loc),
            ExprKind::Yield(value) => {
                self.refuse_in_annotation("yield expression", loc)?;
                self.opt_expr(*value)?;
                self.mark_generator(loc)
            }
            ExprKind::YieldFrom(value) => {
                self.refuse_in_annotation("yield expression", loc)?;
                self.expr(value)?;
                self.mark_generator(loc)
            }
            ExprKind::Await(value) => {
                self.refuse_in_annotation("await expression", loc)?;
                if !self.allows_top_level_await() {
                    let scope = self.cur();
                    if !scope.is_function_like() {
                        return Err(Error::syntax("'await' outside function", loc));
                    }
                    if !(scope.block == Block::Function && scope.coroutine) && scope.comprehension.is_none() {
                        return Err(Error::syntax("'await' outside async function", loc));
                    }
                }
                self.expr(value)?;
                self.cur().coroutine = true;
                Ok(())
            }
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call(call) => {
                self.expr(&call.func)?;
                self.exprs(call.args)?;
                self.keywords(call.keywords)
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value)?;
                self.opt_expr(*format_spec)
            }
            ExprKind::JoinedStr(values) | ExprKind::TemplateStr(values) => self.exprs(values),
            ExprKind::Constant(_) => Ok(()),
            ExprKind::Attribute { value, attr, ctx } => {
                check_name(*attr, loc, *ctx)?;
                self.expr(value)
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                self.expr(slice)
            }
            ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Slice { lower, upper, step } => {
                self.opt_expr(*lower)?;
                self.opt_expr(*upper)?;
                self.opt_expr(*step)
            }
            ExprKind::Name { id, ctx } => self.name(*id, *ctx, loc),
            ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => self.exprs(elts),
        }
    }

    fn name(&mut self, id: Name, ctx: Ctx, loc: Loc) -> Result<()> {
        if self.cur().in_unevaluated_annotation {
            return Ok(());
        }
        let flag = if ctx == Ctx::Load { def::USE } else { def::LOCAL };
        self.add_def_ctx(id, flag, loc, ctx)?;
        // `super` uses `__class__` without naming it.
        if ctx == Ctx::Load && id == known::SUPER && self.cur().is_function_like() {
            self.add_def(known::DUNDER_CLASS, def::USE, loc)?;
        }
        Ok(())
    }

    fn mark_generator(&mut self, loc: Loc) -> Result<()> {
        self.cur().generator = true;
        let message = match self.cur().comprehension {
            None => return Ok(()),
            Some(CompKind::List) => "'yield' inside list comprehension",
            Some(CompKind::Set) => "'yield' inside set comprehension",
            Some(CompKind::Dict) => "'yield' inside dict comprehension",
            Some(CompKind::Generator) => "'yield' inside generator expression",
        };
        Err(Error::syntax(message, loc))
    }

    fn refuse_in_annotation(&mut self, what: &str, loc: Loc) -> Result<()> {
        let message = match self.cur().block {
            Block::Annotation => format!("{what} cannot be used within an annotation"),
            Block::TypeVariable => {
                format!("{what} cannot be used within {}", self.cur().scope_info.unwrap_or("a TypeVar bound"))
            }
            Block::TypeAlias => format!("{what} cannot be used within a type alias"),
            Block::TypeParameters => format!("{what} cannot be used within the definition of a generic"),
            Block::Function | Block::Class | Block::Module => return Ok(()),
        };
        Err(Error::syntax(message, loc))
    }

    fn named_expr(&mut self, target: &Expr, value: &Expr, loc: Loc) -> Result<()> {
        if self.cur().comp_iter_expr > 0 {
            let message = "assignment expression cannot be used in a comprehension iterable expression";
            return Err(Error::syntax(message, loc));
        }
        if self.cur().comprehension.is_some()
            && let ExprKind::Name { id, .. } = target.kind
        {
            self.extend_named_expr_scope(id, target.loc)?;
        }
        self.expr(value)?;
        self.expr(target)
    }

    /// `:=` in a comprehension binds in the function or module around it.
    fn extend_named_expr_scope(&mut self, target: Name, loc: Loc) -> Result<()> {
        for index in (0..self.stack.len()).rev() {
            let id = self.stack[index];
            let (block, in_comp) = {
                let scope = self.table.scope(id);
                (scope.block, scope.comprehension.is_some())
            };
            if in_comp {
                let flags = self.lookup(id, target);
                if flags & def::COMP_ITER != 0 && flags & def::LOCAL != 0 {
                    let message = format!(
                        "assignment expression cannot rebind comprehension iteration variable '{}'",
                        self.names.str(target)
                    );
                    return Err(Error::syntax(message, loc));
                }
                continue;
            }
            let message = match block {
                Block::Function => {
                    let flags = self.lookup(id, target);
                    let flag = if flags & def::GLOBAL != 0 { def::GLOBAL } else { def::NONLOCAL };
                    return self.bind_outside(id, target, flag, def::LOCAL, loc);
                }
                Block::Module => return self.bind_outside(id, target, def::GLOBAL, def::GLOBAL, loc),
                Block::Class => "assignment expression within a comprehension cannot be used in a class body",
                Block::TypeParameters => {
                    "assignment expression within a comprehension cannot be used within the definition of a generic"
                }
                Block::TypeAlias => {
                    "assignment expression within a comprehension cannot be used in a type alias"
                }
                Block::TypeVariable => {
                    "assignment expression within a comprehension cannot be used in a TypeVar bound"
                }
                Block::Annotation => continue,
            };
            return Err(Error::syntax(message, loc));
        }
        Ok(())
    }

    fn bind_outside(&mut self, outer: ScopeId, name: Name, here: u16, there: u16, loc: Loc) -> Result<()> {
        self.add_def(name, here, loc)?;
        self.record_directive(name, loc);
        self.add_def_to(outer, name, there, loc)
    }

    fn comprehension(&mut self, comp: &Comp, loc: Loc) -> Result<()> {
        let is_generator = comp.kind == CompKind::Generator;
        let Some((outermost, rest)) = comp.generators.split_first() else { return Ok(()) };
        // The outermost iterable is evaluated in the scope around.
        self.cur().comp_iter_expr += 1;
        self.expr(&outermost.iter)?;
        self.cur().comp_iter_expr -= 1;
        let name = self.names.intern(match comp.kind {
            CompKind::Generator => "genexpr",
            CompKind::List => "listcomp",
            CompKind::Set => "setcomp",
            CompKind::Dict => "dictcomp",
        });
        let scope = self.enter(Block::Function, name, loc)?;
        comp.scope.set(scope);
        self.cur().comprehension = Some(comp.kind);
        if outermost.is_async {
            self.cur().coroutine = true;
        }
        self.add_def(known::DOT_ZERO, def::PARAM, loc)?;
        self.cur().comp_iter_target = true;
        self.expr(&outermost.target)?;
        self.cur().comp_iter_target = false;
        self.exprs(outermost.ifs)?;
        for generator in rest {
            self.cur().comp_iter_target = true;
            self.expr(&generator.target)?;
            self.cur().comp_iter_target = false;
            self.cur().comp_iter_expr += 1;
            self.expr(&generator.iter)?;
            self.cur().comp_iter_expr -= 1;
            self.exprs(generator.ifs)?;
            if generator.is_async {
                self.cur().coroutine = true;
            }
        }
        self.opt_expr(comp.value.as_ref())?;
        self.expr(&comp.elt)?;
        self.cur().generator = is_generator;
        let is_async = self.cur().coroutine && !is_generator;
        self.exit();
        if is_async {
            let top_level = self.allows_top_level_await();
            let scope = self.cur();
            let in_async_def = scope.block == Block::Function && scope.coroutine;
            if !in_async_def && scope.comprehension.is_none() && !top_level {
                return Err(Error::syntax(
                    "asynchronous comprehension outside of an asynchronous function",
                    loc,
                ));
            }
            scope.coroutine = true;
        }
        Ok(())
    }
}
