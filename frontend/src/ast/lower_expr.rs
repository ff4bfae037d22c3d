//! The parser's expressions → the compiler's tree.

use std::cell::Cell;

use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange};

use super::{literals, lower::Lower, *};
use crate::{
    Warning, code::Constant, consts::ConstPool, error::Error, names::known, symtable::ScopeId,
    syntax::keyword_follows,
};

impl<'a> Lower<'a, '_> {
    pub fn expression(&mut self, expr: &ruff::Expr) -> Module<'a> {
        Module::Expression(self.expr(expr))
    }

    pub fn expr_ref(&mut self, expr: &ruff::Expr) -> &'a Expr<'a> {
        let expr = self.expr(expr);
        self.bump.alloc(expr)
    }

    pub fn opt_expr(&mut self, expr: Option<&ruff::Expr>) -> Option<&'a Expr<'a>> {
        expr.map(|e| self.expr_ref(e))
    }

    pub fn exprs(&mut self, exprs: &[ruff::Expr]) -> &'a [Expr<'a>] {
        self.map(exprs, Self::expr)
    }

    /// Warns of a keyword right behind a number, as in `0else`.
    fn check_end_of_number(&mut self, text: &str, end: usize, loc: Loc) {
        let after = &self.source.text().as_bytes()[end..];
        if after.first().is_some_and(u8::is_ascii_alphabetic) && keyword_follows(after) {
            let kind = match text.as_bytes() {
                [b'0', b'x' | b'X', ..] => "hexadecimal",
                [b'0', b'o' | b'O', ..] => "octal",
                [b'0', b'b' | b'B', ..] => "binary",
                [.., b'j' | b'J'] => "imaginary",
                _ => "decimal",
            };
            self.warnings.push(Warning { message: format!("invalid {kind} literal"), loc });
        }
    }

    /// Whether anything but the end of an expression follows: the parser takes `yield % a` for a product.
    fn goes_on_after(&self, range: TextRange) -> bool {
        let after = self.source.text()[range.end().to_usize()..].trim_start_matches([' ', '\t', '\x0c']);
        !after.is_empty() && !after.starts_with([')', '\n', '#', ';'])
    }

    pub fn keywords(&mut self, keywords: &[ruff::Keyword]) -> &'a [Keyword<'a>] {
        // `f((a)=1)`
        let has_name = |k: &ruff::Keyword| k.arg.as_ref().is_none_or(|n| n.range.start() == k.range.start());
        self.doubt |= !keywords.iter().all(has_name);
        self.map(keywords, |this, keyword| Keyword {
            loc: this.loc(keyword.range),
            arg: keyword.arg.as_ref().map(|n| this.name(n.as_str())),
            value: this.expr(&keyword.value),
        })
    }

    pub fn expr(&mut self, expr: &ruff::Expr) -> Expr<'a> {
        let loc = self.loc(expr.range());
        self.depth += 1;
        let kind = if self.is_too_deep() {
            self.fail(Error::recursion());
            ExprKind::Constant(ConstId::NONE)
        } else if self.depth.is_multiple_of(16) {
            // Left-recursive chains (`a + b + …`) are deeper than the parser's own recursion.
            stacker::maybe_grow(512 << 10, 4 << 20, || self.expr_kind(expr, loc))
        } else {
            self.expr_kind(expr, loc)
        };
        self.depth -= 1;
        Expr { loc, kind }
    }

    fn expr_kind(&mut self, expr: &ruff::Expr, loc: Loc) -> ExprKind<'a> {
        match expr {
            ruff::Expr::BoolOp(e) => ExprKind::BoolOp { op: e.op, values: self.exprs(&e.values) },
            ruff::Expr::Named(e) => {
                ExprKind::Named { target: self.expr_ref(&e.target), value: self.expr_ref(&e.value) }
            }
            ruff::Expr::BinOp(e) => {
                let left = self.expr(&e.left);
                let right = self.expr(&e.right);
                if e.op == Operator::Mod
                    && !self.as_written
                    && let Some(values) = self.percent_format(&left, &right)
                {
                    return ExprKind::JoinedStr(values);
                }
                ExprKind::BinOp { left: self.bump.alloc(left), op: e.op, right: self.bump.alloc(right) }
            }
            ruff::Expr::UnaryOp(e) => ExprKind::UnaryOp { op: e.op, operand: self.expr_ref(&e.operand) },
            ruff::Expr::Lambda(e) => {
                let args = match &e.parameters {
                    Some(parameters) => self.arguments(parameters),
                    None => Arguments {
                        posonly: &[],
                        args: &[],
                        vararg: None,
                        kwonly: &[],
                        kw_defaults: &[],
                        kwarg: None,
                        defaults: &[],
                    },
                };
                let body = self.expr(&e.body);
                ExprKind::Lambda(self.bump.alloc(Lambda { args, body, scope: Cell::new(ScopeId::NONE) }))
            }
            ruff::Expr::If(e) => ExprKind::IfExp {
                test: self.expr_ref(&e.test),
                body: self.expr_ref(&e.body),
                orelse: self.expr_ref(&e.orelse),
            },
            ruff::Expr::Dict(e) => ExprKind::Dict(self.map(&e.items, |this, item| {
                let key = item.key.as_ref().map(|k| this.expr(k));
                DictItem { key, value: this.expr(&item.value) }
            })),
            ruff::Expr::Set(e) => ExprKind::Set(self.exprs(&e.elts)),
            ruff::Expr::ListComp(e) => self.comp(CompKind::List, &e.elt, None, &e.generators),
            ruff::Expr::SetComp(e) => self.comp(CompKind::Set, &e.elt, None, &e.generators),
            ruff::Expr::DictComp(e) => match &e.key {
                Some(key) => self.comp(CompKind::Dict, key, Some(&e.value), &e.generators),
                None => {
                    self.fail(Error::syntax("dict unpacking cannot be used in dict comprehension", loc));
                    ExprKind::Constant(ConstId::NONE)
                }
            },
            ruff::Expr::Generator(e) => self.comp(CompKind::Generator, &e.elt, None, &e.generators),
            ruff::Expr::Await(e) => ExprKind::Await(self.expr_ref(&e.value)),
            ruff::Expr::Yield(e) => {
                self.doubt |= e.value.is_none() && self.goes_on_after(e.range);
                ExprKind::Yield(self.opt_expr(e.value.as_deref()))
            }
            ruff::Expr::YieldFrom(e) => ExprKind::YieldFrom(self.expr_ref(&e.value)),
            ruff::Expr::Compare(e) => ExprKind::Compare {
                left: self.expr_ref(&e.left),
                ops: self.bump.alloc_slice_copy(&e.ops),
                comparators: self.exprs(&e.comparators),
            },
            ruff::Expr::Call(e) => self.call(e),
            ruff::Expr::FString(e) => self.f_string(e),
            ruff::Expr::TString(e) => self.t_string(e),
            ruff::Expr::StringLiteral(e) => {
                let text = self.string_value(e);
                ExprKind::Constant(self.consts.add(Constant::Str(text)))
            }
            ruff::Expr::BytesLiteral(e) => {
                for literal in &e.value {
                    if !literal.flags.prefix().is_raw() {
                        self.check_escapes(literal.content_range(), true);
                    }
                }
                let bytes: Vec<u8> = e.value.bytes().collect();
                ExprKind::Constant(self.consts.add(Constant::Bytes(bytes.into())))
            }
            ruff::Expr::NumberLiteral(e) => {
                let text = self.source.slice(e.range);
                self.check_end_of_number(text, e.range.end().to_usize(), loc);
                match literals::number(&e.value, text, self.source.max_digits) {
                    Ok(constant) => ExprKind::Constant(self.consts.add(constant)),
                    Err(message) => {
                        let loc = Loc { end_line: loc.line, col: -1, end_col: -1, ..loc };
                        self.fail(Error::syntax(message, loc));
                        ExprKind::Constant(ConstId::NONE)
                    }
                }
            }
            ruff::Expr::BooleanLiteral(e) => ExprKind::Constant(ConstPool::bool(e.value)),
            ruff::Expr::NoneLiteral(_) => ExprKind::Constant(ConstId::NONE),
            ruff::Expr::EllipsisLiteral(_) => ExprKind::Constant(ConstId::ELLIPSIS),
            ruff::Expr::Attribute(e) => {
                let value = self.expr_ref(&e.value);
                ExprKind::Attribute { value, attr: self.name(e.attr.as_str()), ctx: ctx(e.ctx) }
            }
            ruff::Expr::Subscript(e) => {
                let value = self.expr_ref(&e.value);
                ExprKind::Subscript { value, slice: self.expr_ref(&e.slice), ctx: ctx(e.ctx) }
            }
            ruff::Expr::Starred(e) => ExprKind::Starred { value: self.expr_ref(&e.value), ctx: ctx(e.ctx) },
            ruff::Expr::Name(e) => {
                let id = self.name(e.id.as_str());
                if id == known::DEBUG && !self.as_written && e.ctx == ruff::ExprContext::Load {
                    return ExprKind::Constant(ConstPool::bool(self.optimize == 0));
                }
                ExprKind::Name { id, ctx: ctx(e.ctx) }
            }
            ruff::Expr::List(e) => ExprKind::List { elts: self.exprs(&e.elts), ctx: ctx(e.ctx) },
            ruff::Expr::Tuple(e) => ExprKind::Tuple { elts: self.exprs(&e.elts), ctx: ctx(e.ctx) },
            ruff::Expr::Slice(e) => ExprKind::Slice {
                lower: self.opt_expr(e.lower.as_deref()),
                upper: self.opt_expr(e.upper.as_deref()),
                step: self.opt_expr(e.step.as_deref()),
            },
            ruff::Expr::IpyEscapeCommand(_) => {
                self.fail(Error::syntax("invalid syntax", loc));
                ExprKind::Constant(ConstId::NONE)
            }
        }
    }

    fn comp(
        &mut self,
        kind: CompKind,
        elt: &ruff::Expr,
        value: Option<&ruff::Expr>,
        generators: &[ruff::Comprehension],
    ) -> ExprKind<'a> {
        let elt = self.expr(elt);
        let value = value.map(|v| self.expr(v));
        let generators = self.map(generators, |this, generator| {
            let target = this.expr(&generator.target);
            let iter = this.expr(&generator.iter);
            Generator { target, iter, ifs: this.exprs(&generator.ifs), is_async: generator.is_async }
        });
        ExprKind::Comp(self.bump.alloc(Comp {
            kind,
            elt,
            value,
            generators,
            scope: Cell::new(ScopeId::NONE),
        }))
    }

    fn call(&mut self, e: &ruff::ExprCall) -> ExprKind<'a> {
        let func = self.expr(&e.func);
        let args = match &*e.arguments.args {
            [only @ ruff::Expr::Generator(generator)] if !generator.parenthesized => {
                // CPython's generator argument includes the call's parentheses.
                let mut arg = self.expr(only);
                arg.loc = self.loc(e.arguments.range);
                self.slice([arg])
            }
            args => self.exprs(args),
        };
        let keywords = self.keywords(&e.arguments.keywords);
        ExprKind::Call(self.bump.alloc(Call { func, args, keywords }))
    }

    pub fn text_const(&mut self, text: &str) -> ConstId {
        self.consts.add(Constant::Str(text.into()))
    }

    pub fn source_text(&self, range: TextRange) -> &str {
        self.source.slice(range)
    }
}

fn ctx(ctx: ruff::ExprContext) -> Ctx {
    match ctx {
        ruff::ExprContext::Load | ruff::ExprContext::Invalid => Ctx::Load,
        ruff::ExprContext::Store => Ctx::Store,
        ruff::ExprContext::Del => Ctx::Del,
    }
}
