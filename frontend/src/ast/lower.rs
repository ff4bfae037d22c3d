//! The parser's statements, patterns and parameters → the compiler's tree.

use std::cell::Cell;

use bumpalo::Bump;
use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::{literals, *};
use crate::{
    Warning,
    consts::{ConstId, ConstPool},
    error::Error,
    names::{Name, Names},
    source::Source,
    symtable::ScopeId,
};

/// Builds the compiler's tree in `bump`.
pub struct Lower<'a, 's> {
    pub bump: &'a Bump,
    pub source: &'s Source<'s>,
    pub names: &'s mut Names,
    pub consts: &'s mut ConstPool,
    pub optimize: u8,
    /// The first error; lowering goes on so that it need not be threaded through every step.
    pub error: Option<Box<Error>>,
    /// Nesting depth of the node being lowered.
    pub depth: u32,
    /// What surrounds the statement being lowered, as far as leaving it matters.
    pub flow: Vec<Flow>,
    pub warnings: Vec<Warning>,
    /// Those that CPython has when the whole source is parsed.
    pub later_warnings: Vec<Warning>,
    /// Keep the tree as `ast.parse` gives it: nothing is evaluated, no docstring removed.
    pub as_written: bool,
    /// The parser crate accepts more than CPython's grammar in places like one that was seen.
    pub doubt: bool,
    /// How many fields of f-strings are around.
    pub fields: u32,
}

/// A block that `return`, `break` or `continue` may leave.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Finally,
    Function,
    Loop,
}

/// How deeply trees may nest before compilation is refused: as deeply as CPython's compiler may recurse on the usual
/// stack of eight megabytes.
pub const MAX_DEPTH: u32 = 27_400;
/// From this depth on, CPython's parser may give up.
const DOUBTFUL_DEPTH: u32 = 500;
/// From this many fields of f-strings in each other on, they may be too many for CPython.
pub const DOUBTFUL_FIELDS: u32 = 3;

impl<'a, 's> Lower<'a, 's> {
    pub fn new(
        bump: &'a Bump,
        source: &'s Source<'s>,
        names: &'s mut Names,
        consts: &'s mut ConstPool,
        optimize: u8,
    ) -> Self {
        Lower {
            bump,
            source,
            names,
            consts,
            optimize,
            error: None,
            depth: 0,
            flow: Vec::new(),
            warnings: Vec::new(),
            later_warnings: Vec::new(),
            as_written: false,
            doubt: false,
            fields: 0,
        }
    }

    /// Whether the tree is too deep at this point, where its depth has just grown.
    pub fn is_too_deep(&mut self) -> bool {
        self.doubt |= self.depth > DOUBTFUL_DEPTH;
        self.depth > MAX_DEPTH
    }

    pub fn fail(&mut self, error: Box<Error>) {
        self.error.get_or_insert(error);
    }

    /// Statements inside of a block of that kind.
    fn stmts_in(&mut self, flow: Flow, body: &[ruff::Stmt]) -> Body<'a> {
        self.flow.push(flow);
        let body = self.stmts(body);
        self.flow.pop();
        body
    }

    /// Leaving a `finally` block early drops the exception (PEP 765).
    pub fn warn_in_finally(&mut self, keyword: &str, loc: Loc) {
        if self.flow.last() == Some(&Flow::Finally) {
            self.later_warnings.push(Warning { message: format!("'{keyword}' in a 'finally' block"), loc });
        }
    }

    pub fn loc(&self, range: TextRange) -> Loc {
        self.source.loc(range)
    }

    pub fn name(&mut self, text: &str) -> Name {
        self.names.intern(text)
    }

    pub fn slice<T>(&self, items: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>) -> &'a [T] {
        self.bump.alloc_slice_fill_iter(items)
    }

    /// One item for each of `from`, made in order and straight into the arena.
    pub fn map<T, U>(&mut self, from: &[T], mut item: impl FnMut(&mut Self, &T) -> U) -> &'a [U] {
        if from.is_empty() {
            return &[];
        }
        let bump = self.bump;
        bump.alloc_slice_fill_iter(from.iter().map(|it| item(self, it)))
    }

    pub fn module(&mut self, body: &[ruff::Stmt]) -> Module<'a> {
        Module::Module(self.body(body))
    }

    pub fn interactive(&mut self, body: &[ruff::Stmt]) -> Module<'a> {
        // One statement, which may need an empty line after it.
        self.doubt |= body.len() != 1 || body.iter().any(is_compound);
        Module::Interactive(self.stmts(body))
    }

    /// A module, class or function body: under `-OO` its docstring goes.
    fn body(&mut self, body: &[ruff::Stmt]) -> Body<'a> {
        if self.optimize < 2 || self.as_written || !body.first().is_some_and(is_docstring) {
            return self.stmts(body);
        }
        let mut items: Vec<Stmt<'a>> = Vec::with_capacity(body.len());
        for stmt in &body[1..] {
            items.push(self.stmt(stmt));
        }
        if items.is_empty() {
            // A lone docstring leaves a `pass` in its place.
            let loc = self.loc(body[0].range());
            let loc = Loc { end_line: loc.line, end_col: loc.col + 4, ..loc };
            items.push(Stmt { loc, kind: StmtKind::Pass });
        }
        // A string that was the second statement must not become the docstring.
        if body.get(1).is_some_and(is_docstring)
            && let StmtKind::Expr(value) = items[0].kind
            && let Some(id) = value.constant()
        {
            let values = self.slice([Expr { loc: value.loc, kind: ExprKind::Constant(id) }]);
            items[0].kind = StmtKind::Expr(
                self.bump.alloc(Expr { loc: items[0].loc, kind: ExprKind::JoinedStr(values) }),
            );
        }
        self.slice(items)
    }

    pub fn stmts(&mut self, body: &[ruff::Stmt]) -> Body<'a> {
        self.map(body, Self::stmt)
    }

    fn stmt(&mut self, stmt: &ruff::Stmt) -> Stmt<'a> {
        self.depth += 1;
        if self.is_too_deep() {
            self.fail(Error::recursion());
            self.depth -= 1;
            return Stmt { loc: Loc::NONE, kind: StmtKind::Pass };
        }
        let mut range = stmt.range();
        if is_compound(stmt) {
            range = self.with_semicolon(range);
        }
        let loc = self.loc(range);
        let stmt = stacker::maybe_grow(512 << 10, 4 << 20, || self.stmt_inner(stmt, loc));
        self.depth -= 1;
        stmt
    }

    fn stmt_inner(&mut self, stmt: &ruff::Stmt, mut loc: Loc) -> Stmt<'a> {
        let kind = match stmt {
            ruff::Stmt::FunctionDef(def) => {
                self.start_after_decorators(&mut loc, &def.decorator_list);
                self.function_def(def)
            }
            ruff::Stmt::ClassDef(def) => {
                self.start_after_decorators(&mut loc, &def.decorator_list);
                self.class_def(def)
            }
            ruff::Stmt::Return(s) => {
                self.warn_in_finally("return", loc);
                StmtKind::Return(self.opt_expr(s.value.as_deref()))
            }
            ruff::Stmt::Delete(s) => StmtKind::Delete(self.exprs(&s.targets)),
            ruff::Stmt::TypeAlias(s) => self.type_alias(s),
            ruff::Stmt::Assign(s) => {
                StmtKind::Assign { targets: self.exprs(&s.targets), value: self.expr_ref(&s.value) }
            }
            ruff::Stmt::AugAssign(s) => StmtKind::AugAssign {
                target: self.expr_ref(&s.target),
                op: s.op,
                value: self.expr_ref(&s.value),
            },
            ruff::Stmt::AnnAssign(s) => {
                let target = self.expr(&s.target);
                let annotation = self.expr(&s.annotation);
                let value = s.value.as_deref().map(|v| self.expr(v));
                StmtKind::AnnAssign(self.bump.alloc(AnnAssign {
                    target,
                    annotation,
                    value,
                    simple: s.simple,
                }))
            }
            ruff::Stmt::For(s) => {
                let target = self.expr(&s.target);
                let iter = self.expr(&s.iter);
                let body = self.stmts_in(Flow::Loop, &s.body);
                let orelse = self.stmts(&s.orelse);
                StmtKind::For(self.bump.alloc(For { target, iter, body, orelse, is_async: s.is_async }))
            }
            ruff::Stmt::While(s) => StmtKind::While {
                test: self.expr_ref(&s.test),
                body: self.stmts_in(Flow::Loop, &s.body),
                orelse: self.stmts(&s.orelse),
            },
            ruff::Stmt::If(s) => {
                let test = self.expr_ref(&s.test);
                let body = self.stmts(&s.body);
                StmtKind::If {
                    test,
                    body,
                    orelse: self.elif_else(&s.elif_else_clauses, self.with_semicolon(s.range).end()),
                }
            }
            ruff::Stmt::With(s) => {
                let items = self.map(&s.items, |this, item| {
                    let context = this.expr(&item.context_expr);
                    WithItem { context, vars: this.opt_expr(item.optional_vars.as_deref()) }
                });
                let body = self.stmts(&s.body);
                StmtKind::With(self.bump.alloc(With { items, body, is_async: s.is_async }))
            }
            ruff::Stmt::Match(s) => {
                let subject = self.expr_ref(&s.subject);
                let cases = self.map(&s.cases, |this, case| {
                    let pattern = this.pattern(&case.pattern);
                    let guard = this.opt_expr(case.guard.as_deref());
                    MatchCase { pattern, guard, body: this.stmts(&case.body) }
                });
                StmtKind::Match { subject, cases }
            }
            ruff::Stmt::Raise(s) => StmtKind::Raise {
                exc: self.opt_expr(s.exc.as_deref()),
                cause: self.opt_expr(s.cause.as_deref()),
            },
            ruff::Stmt::Try(s) => self.try_stmt(s),
            ruff::Stmt::Assert(s) => {
                StmtKind::Assert { test: self.expr_ref(&s.test), msg: self.opt_expr(s.msg.as_deref()) }
            }
            ruff::Stmt::Import(s) => StmtKind::Import(self.aliases(&s.names)),
            ruff::Stmt::ImportFrom(s) => StmtKind::ImportFrom {
                module: s.module.as_ref().map(|m| self.name(m.as_str())),
                names: self.aliases(&s.names),
                level: s.level,
            },
            ruff::Stmt::Global(s) => StmtKind::Global(self.identifiers(&s.names)),
            ruff::Stmt::Nonlocal(s) => StmtKind::Nonlocal(self.identifiers(&s.names)),
            ruff::Stmt::Expr(s) => StmtKind::Expr(self.expr_ref(&s.value)),
            ruff::Stmt::Pass(_) => StmtKind::Pass,
            ruff::Stmt::Break(_) => {
                self.warn_in_finally("break", loc);
                StmtKind::Break
            }
            ruff::Stmt::Continue(_) => {
                self.warn_in_finally("continue", loc);
                StmtKind::Continue
            }
            ruff::Stmt::IpyEscapeCommand(_) => {
                self.fail(Error::syntax("invalid syntax", loc));
                StmtKind::Pass
            }
        };
        Stmt { loc, kind }
    }

    /// A compound statement ends after the semicolon that ends its last simple statement.
    fn with_semicolon(&self, range: TextRange) -> TextRange {
        let rest = &self.source.text().as_bytes()[range.end().to_usize()..];
        let blanks = rest.iter().take_while(|&&b| matches!(b, b' ' | b'\t')).count();
        if rest.get(blanks) != Some(&b';') {
            return range;
        }
        TextRange::new(range.start(), range.end() + TextSize::try_from(blanks + 1).unwrap_or_default())
    }

    /// CPython's function and class nodes start at `def` or `class`, the parser's at the decorators.
    fn start_after_decorators(&self, loc: &mut Loc, decorators: &[ruff::Decorator]) {
        let Some(last) = decorators.last() else { return };
        let text = self.source.text().as_bytes();
        let mut at = last.range.end().to_usize();
        while let Some(&byte) = text.get(at) {
            match byte {
                b'#' => {
                    while text.get(at).is_some_and(|&b| b != b'\n') {
                        at += 1;
                    }
                }
                b' ' | b'\t' | b'\n' | b'\x0c' | b'\\' => at += 1,
                _ => break,
            }
        }
        let (line, col) = self.source.position(TextSize::try_from(at).unwrap_or_default());
        loc.line = line;
        loc.col = col;
    }

    fn elif_else(&mut self, clauses: &[ruff::ElifElseClause], end: TextSize) -> Body<'a> {
        let Some((first, rest)) = clauses.split_first() else { return &[] };
        let Some(test) = &first.test else { return self.stmts(&first.body) };
        let loc = self.loc(TextRange::new(first.range.start(), end));
        let test = self.expr_ref(test);
        let body = self.stmts(&first.body);
        self.depth += 1;
        let orelse = if self.is_too_deep() {
            self.fail(Error::recursion());
            &[]
        } else {
            stacker::maybe_grow(512 << 10, 4 << 20, || self.elif_else(rest, end))
        };
        self.depth -= 1;
        self.slice([Stmt { loc, kind: StmtKind::If { test, body, orelse } }])
    }

    fn decorators(&mut self, decorators: &[ruff::Decorator]) -> &'a [Expr<'a>] {
        self.map(decorators, |this, decorator| this.expr(&decorator.expression))
    }

    fn function_def(&mut self, def: &ruff::StmtFunctionDef) -> StmtKind<'a> {
        let decorators = self.decorators(&def.decorator_list);
        let name = self.name(def.name.as_str());
        let type_params = self.type_params(def.type_params.as_deref());
        let args = self.arguments(&def.parameters);
        let returns = self.opt_expr(def.returns.as_deref());
        self.flow.push(Flow::Function);
        let body = self.body(&def.body);
        self.flow.pop();
        StmtKind::FunctionDef(self.bump.alloc(FunctionDef {
            name,
            args,
            body,
            decorators,
            returns,
            type_params,
            is_async: def.is_async,
            scope: Cell::new(ScopeId::NONE),
            annotations_scope: Cell::new(ScopeId::NONE),
            type_params_scope: Cell::new(ScopeId::NONE),
        }))
    }

    fn class_def(&mut self, def: &ruff::StmtClassDef) -> StmtKind<'a> {
        let decorators = self.decorators(&def.decorator_list);
        let name = self.name(def.name.as_str());
        let type_params = self.type_params(def.type_params.as_deref());
        let (bases, keywords) = match &def.arguments {
            Some(arguments) => (self.exprs(&arguments.args), self.keywords(&arguments.keywords)),
            None => (&[][..], &[][..]),
        };
        let body = self.body(&def.body);
        StmtKind::ClassDef(self.bump.alloc(ClassDef {
            name,
            bases,
            keywords,
            body,
            decorators,
            type_params,
            scope: Cell::new(ScopeId::NONE),
            type_params_scope: Cell::new(ScopeId::NONE),
        }))
    }

    fn type_alias(&mut self, s: &ruff::StmtTypeAlias) -> StmtKind<'a> {
        let name = match &*s.name {
            ruff::Expr::Name(name) => self.name(name.id.as_str()),
            other => {
                let loc = self.loc(other.range());
                self.fail(Error::syntax("invalid syntax", loc));
                self.name("")
            }
        };
        let type_params = self.type_params(s.type_params.as_deref());
        let value = self.expr(&s.value);
        StmtKind::TypeAlias(self.bump.alloc(TypeAlias {
            name,
            name_loc: self.loc(s.name.range()),
            type_params,
            value,
            scope: Cell::new(ScopeId::NONE),
            type_params_scope: Cell::new(ScopeId::NONE),
        }))
    }

    fn type_params(&mut self, params: Option<&ruff::TypeParams>) -> &'a [TypeParam<'a>] {
        let Some(params) = params else { return &[] };
        let mut items = Vec::with_capacity(params.type_params.len());
        for param in &params.type_params {
            let (kind, name, bound, default) = match param {
                ruff::TypeParam::TypeVar(p) => {
                    (TypeParamKind::TypeVar, &p.name, p.bound.as_deref(), p.default.as_deref())
                }
                ruff::TypeParam::TypeVarTuple(p) => {
                    (TypeParamKind::TypeVarTuple, &p.name, None, p.default.as_deref())
                }
                ruff::TypeParam::ParamSpec(p) => {
                    (TypeParamKind::ParamSpec, &p.name, None, p.default.as_deref())
                }
            };
            items.push(TypeParam {
                loc: self.loc(param.range()),
                kind,
                name: self.name(name.as_str()),
                bound: self.opt_expr(bound),
                default: self.opt_expr(default),
                bound_scope: Cell::new(ScopeId::NONE),
                default_scope: Cell::new(ScopeId::NONE),
            });
        }
        self.slice(items)
    }

    fn arg(&mut self, parameter: &ruff::Parameter) -> Arg<'a> {
        // The parser crate counts the stars in.
        let range = TextRange::new(parameter.name.range.start(), parameter.range.end());
        Arg {
            loc: self.loc(range),
            name: self.name(parameter.name.as_str()),
            annotation: self.opt_expr(parameter.annotation.as_deref()),
        }
    }

    pub fn arguments(&mut self, parameters: &ruff::Parameters) -> Arguments<'a> {
        let mut defaults = Vec::new();
        let mut positional = |this: &mut Self, list: &[ruff::ParameterWithDefault]| {
            this.map(list, |this, parameter| {
                let arg = this.arg(&parameter.parameter);
                defaults.extend(parameter.default.as_deref().map(|default| this.expr(default)));
                arg
            })
        };
        let posonly = positional(self, &parameters.posonlyargs);
        let args = positional(self, &parameters.args);
        let vararg = parameters.vararg.as_deref().map(|p| &*self.bump.alloc(self.arg(p)));
        let mut kw_defaults = Vec::with_capacity(parameters.kwonlyargs.len());
        let kwonly = self.map(&parameters.kwonlyargs, |this, parameter| {
            let arg = this.arg(&parameter.parameter);
            kw_defaults.push(parameter.default.as_deref().map(|d| this.expr(d)));
            arg
        });
        let kwarg = parameters.kwarg.as_deref().map(|p| &*self.bump.alloc(self.arg(p)));
        Arguments {
            posonly,
            args,
            vararg,
            kwonly,
            kw_defaults: self.slice(kw_defaults),
            kwarg,
            defaults: self.slice(defaults),
        }
    }

    fn try_stmt(&mut self, s: &ruff::StmtTry) -> StmtKind<'a> {
        let body = self.stmts(&s.body);
        let handlers = self.map(&s.handlers, |this, handler| {
            let ruff::ExceptHandler::ExceptHandler(handler) = handler;
            let typ = this.opt_expr(handler.type_.as_deref());
            Handler {
                loc: this.loc(this.with_semicolon(handler.range)),
                typ,
                name: handler.name.as_ref().map(|n| this.name(n.as_str())),
                body: this.stmts(&handler.body),
            }
        });
        let orelse = self.stmts(&s.orelse);
        let finalbody = self.stmts_in(Flow::Finally, &s.finalbody);
        StmtKind::Try(self.bump.alloc(Try { body, handlers, orelse, finalbody, is_star: s.is_star }))
    }

    fn aliases(&mut self, names: &[ruff::Alias]) -> &'a [Alias] {
        self.map(names, |this, alias| Alias {
            loc: this.loc(alias.range),
            name: this.name(alias.name.as_str()),
            asname: alias.asname.as_ref().map(|n| this.name(n.as_str())),
        })
    }

    fn identifiers(&mut self, names: &[ruff::Identifier]) -> &'a [Name] {
        self.map(names, |this, name| this.name(name.as_str()))
    }

    fn patterns(&mut self, patterns: &[ruff::Pattern]) -> &'a [Pattern<'a>] {
        self.map(patterns, Self::pattern)
    }

    /// `[a b]`: the parser crate does not miss the comma.
    fn check_commas(&mut self, patterns: &[ruff::Pattern]) {
        self.doubt |= patterns.windows(2).any(|pair| {
            let between = TextRange::new(pair[0].range().end(), pair[1].range().start());
            let between = self.source.slice(between);
            !between.contains(',') || between.contains('#')
        });
    }

    fn pattern(&mut self, pattern: &ruff::Pattern) -> Pattern<'a> {
        let loc = self.loc(pattern.range());
        self.depth += 1;
        let kind = if self.is_too_deep() {
            self.fail(Error::recursion());
            PatternKind::Star(None)
        } else {
            stacker::maybe_grow(512 << 10, 4 << 20, || self.pattern_kind(pattern))
        };
        self.depth -= 1;
        Pattern { loc, kind }
    }

    fn pattern_kind(&mut self, pattern: &ruff::Pattern) -> PatternKind<'a> {
        match pattern {
            ruff::Pattern::MatchValue(p) => {
                let value = self.pattern_value(&p.value);
                PatternKind::Value(self.bump.alloc(value))
            }
            ruff::Pattern::MatchSingleton(p) => PatternKind::Singleton(match p.value {
                ruff::Singleton::None => ConstId::NONE,
                ruff::Singleton::True => ConstId::TRUE,
                ruff::Singleton::False => ConstId::FALSE,
            }),
            ruff::Pattern::MatchSequence(p) => {
                self.check_commas(&p.patterns);
                PatternKind::Sequence(self.patterns(&p.patterns))
            }
            ruff::Pattern::MatchMapping(p) => PatternKind::Mapping {
                keys: self.map(&p.keys, Self::pattern_value),
                patterns: self.patterns(&p.patterns),
                rest: p.rest.as_ref().map(|n| self.name(n.as_str())),
            },
            ruff::Pattern::MatchClass(p) => {
                let cls = self.expr_ref(&p.cls);
                let patterns = self.patterns(&p.arguments.patterns);
                let mut kwd_attrs = Vec::new();
                let mut kwd_patterns = Vec::new();
                for keyword in &p.arguments.keywords {
                    kwd_attrs.push(self.name(keyword.attr.as_str()));
                    kwd_patterns.push(self.pattern(&keyword.pattern));
                }
                PatternKind::Class {
                    cls,
                    patterns,
                    kwd_attrs: self.slice(kwd_attrs),
                    kwd_patterns: self.slice(kwd_patterns),
                }
            }
            ruff::Pattern::MatchStar(p) => PatternKind::Star(p.name.as_ref().map(|n| self.name(n.as_str()))),
            ruff::Pattern::MatchAs(p) => PatternKind::As {
                pattern: p.pattern.as_deref().map(|inner| &*self.bump.alloc(self.pattern(inner))),
                name: p.name.as_ref().map(|n| self.name(n.as_str())),
            },
            ruff::Pattern::MatchOr(p) => PatternKind::Or(self.patterns(&p.patterns)),
        }
    }

    /// The value of a pattern: negative numbers and complex literals are folded.
    fn pattern_value(&mut self, value: &ruff::Expr) -> Expr<'a> {
        let expr = self.expr(value);
        if self.as_written {
            return expr;
        }
        match literals::fold_pattern_number(&expr, self.consts) {
            Some(id) => Expr { loc: expr.loc, kind: ExprKind::Constant(id) },
            None => expr,
        }
    }
}

fn is_compound(stmt: &ruff::Stmt) -> bool {
    matches!(
        stmt,
        ruff::Stmt::FunctionDef(_)
            | ruff::Stmt::ClassDef(_)
            | ruff::Stmt::If(_)
            | ruff::Stmt::For(_)
            | ruff::Stmt::While(_)
            | ruff::Stmt::With(_)
            | ruff::Stmt::Try(_)
            | ruff::Stmt::Match(_)
    )
}

fn is_docstring(stmt: &ruff::Stmt) -> bool {
    matches!(stmt, ruff::Stmt::Expr(s) if s.value.is_string_literal_expr())
}
