//! The first pass: one scope per block, and how each name is used in it. Statements and patterns
//! are here, expressions in [`super::build_expr`].

use std::{cell::RefCell, rc::Rc};

use rustc_hash::FxHashSet;

use super::{Block, Scope, ScopeId, SymbolTable, Symbols, def, future::Future};
use crate::{
    ast::*,
    code::Constant,
    consts::ConstPool,
    error::{Error, Result},
    names::{Name, Names, known},
};

pub struct Builder<'n> {
    pub table: SymbolTable,
    pub names: &'n mut Names,
    pub consts: &'n ConstPool,
    pub future: Future,
    /// The scopes being visited, innermost last.
    pub stack: Vec<ScopeId>,
    /// The class whose private names are mangled.
    pub private: Option<Name>,
    /// `await` is allowed at the top level.
    pub top_level_await: bool,
}

/// Builds the table; [`super::analyze`] completes it.
pub fn build(
    module: &Module,
    names: &mut Names,
    consts: &ConstPool,
    future: Future,
    top_level_await: bool,
) -> Result<SymbolTable> {
    let table = SymbolTable::default();
    let mut builder =
        Builder { table, names, consts, future, stack: Vec::new(), private: None, top_level_await };
    let loc = Loc::new(0, 0, 0, 0);
    let top = builder.new_scope(Block::Module, known::MODULE_NAME, loc);
    builder.enter_existing(top);
    match module {
        Module::Module(body) => {
            let docstring = builder.has_docstring(body);
            builder.cur().has_docstring = docstring;
            builder.stmts(body)?;
        }
        Module::Interactive(body) => builder.stmts(body)?,
        Module::Expression(expr) => builder.expr(expr)?,
    }
    builder.exit();
    Ok(builder.table)
}

impl Builder<'_> {
    pub fn cur_id(&self) -> ScopeId {
        self.stack.last().copied().unwrap_or(SymbolTable::TOP)
    }

    pub fn cur(&mut self) -> &mut Scope {
        let id = self.cur_id();
        self.table.scope_mut(id)
    }

    pub fn has_docstring(&self, body: Body) -> bool {
        match body.first().map(|s| &s.kind) {
            Some(StmtKind::Expr(value)) => {
                value.constant().is_some_and(|id| matches!(self.consts.get(id), Constant::Str(_)))
            }
            _ => false,
        }
    }

    pub fn new_scope(&mut self, block: Block, name: Name, loc: Loc) -> ScopeId {
        let id = ScopeId(self.table.scopes.len() as u32);
        let mut nested = false;
        let mut method = false;
        if let Some(&parent) = self.stack.last() {
            let scope = self.table.scope(parent);
            nested = scope.nested || scope.is_function_like();
            method = block == Block::Function && scope.block == Block::Class;
        }
        self.table.scopes.push(Scope {
            block,
            name,
            loc,
            symbols: Symbols::default(),
            varnames: Vec::new(),
            children: Vec::new(),
            directives: Vec::new(),
            annotation_block: None,
            mangled_names: None,
            scope_info: None,
            comprehension: None,
            nested,
            generator: false,
            coroutine: false,
            annotations_used: false,
            varargs: false,
            varkeywords: false,
            has_docstring: false,
            method,
            needs_class_closure: false,
            needs_classdict: false,
            can_see_class_scope: false,
            has_conditional_annotations: false,
            in_conditional_block: false,
            in_unevaluated_annotation: false,
            comp_inlined: false,
            is_child: false,
            comp_iter_target: false,
            comp_iter_expr: 0,
        });
        id
    }

    pub fn enter_existing(&mut self, id: ScopeId) {
        let previous = self.stack.last().copied();
        self.stack.push(id);
        let Some(previous) = previous else { return };
        // Assignment expressions are forbidden in the outermost iterable of a comprehension, even
        // inside of a nested one or a lambda.
        let comp_iter_expr = self.table.scope(previous).comp_iter_expr;
        let mangled = self.table.scope(previous).mangled_names.clone();
        let scope = self.table.scope_mut(id);
        scope.comp_iter_expr = comp_iter_expr;
        if mangled.is_some() && scope.block != Block::Class {
            scope.mangled_names = mangled;
        }
        // Annotations that become strings must not influence names.
        let is_annotation = scope.block == Block::Annotation;
        if self.future.annotations() && is_annotation {
            return;
        }
        // All annotations of a module or class share one scope, which is entered for each.
        if !std::mem::replace(&mut scope.is_child, true) {
            self.table.scope_mut(previous).children.push(id);
        }
    }

    pub fn enter(&mut self, block: Block, name: Name, loc: Loc) -> Result<ScopeId> {
        let id = self.new_scope(block, name, loc);
        self.enter_existing(id);
        if matches!(block, Block::Annotation | Block::TypeVariable | Block::TypeAlias) {
            // The generated code reads this parameter.
            self.add_def(known::DOT_FORMAT, def::PARAM, loc)?;
            self.add_def(known::DOT_FORMAT, def::USE, loc)?;
        }
        Ok(id)
    }

    pub fn exit(&mut self) {
        self.stack.pop();
    }

    pub fn mangle_in(&mut self, scope: ScopeId, name: Name) -> Name {
        mangle_in(self.names, self.table.scope(scope), self.private, name)
    }

    pub fn lookup(&mut self, scope: ScopeId, name: Name) -> u16 {
        let mangled = self.mangle_in(scope, name);
        self.table.scope(scope).symbol(mangled).flags
    }

    pub fn add_def(&mut self, name: Name, flag: u16, loc: Loc) -> Result<()> {
        let ctx = if flag == def::USE { Ctx::Load } else { Ctx::Store };
        self.add_def_ctx(name, flag, loc, ctx)
    }

    pub fn add_def_ctx(&mut self, name: Name, flag: u16, loc: Loc, ctx: Ctx) -> Result<()> {
        if flag & (def::PARAM | def::LOCAL | def::IMPORT) != 0 {
            check_name(name, loc, ctx)?;
        }
        let cur = self.cur_id();
        if flag & def::TYPE_PARAM != 0
            && let Some(mangled) = &self.table.scope(cur).mangled_names
        {
            mangled.borrow_mut().insert(name);
        }
        self.add_def_to(cur, name, flag, loc)
    }

    /// Adds to `target`; the name is mangled by the current scope's rules.
    pub fn add_def_to(&mut self, target: ScopeId, name: Name, flag: u16, loc: Loc) -> Result<()> {
        let cur = self.cur_id();
        let mangled = self.mangle_in(cur, name);
        let scope = self.table.scope_mut(target);
        let iter_target = scope.comp_iter_target;
        let symbol = scope.symbols.entry(mangled);
        if flag & symbol.flags & def::PARAM != 0 {
            let message = format!("duplicate argument '{}' in function definition", self.names.str(name));
            return Err(Error::syntax(message, loc));
        }
        if flag & symbol.flags & def::TYPE_PARAM != 0 {
            return Err(Error::syntax(format!("duplicate type parameter '{}'", self.names.str(name)), loc));
        }
        symbol.flags |= flag;
        if iter_target {
            if symbol.flags & (def::GLOBAL | def::NONLOCAL) != 0 {
                let message = format!(
                    "comprehension inner loop cannot rebind assignment expression target '{}'",
                    self.names.str(name)
                );
                return Err(Error::syntax(message, loc));
            }
            symbol.flags |= def::COMP_ITER;
        }
        if flag & def::PARAM != 0 {
            scope.varnames.push(mangled);
        } else if flag & def::GLOBAL != 0 {
            let top = self.table.scope_mut(SymbolTable::TOP);
            top.symbols.entry(mangled).flags |= flag;
        }
        Ok(())
    }

    pub fn record_directive(&mut self, name: Name, loc: Loc) {
        let cur = self.cur_id();
        let mangled = self.mangle_in(cur, name);
        self.cur().directives.push((mangled, loc));
    }

    pub fn stmts(&mut self, body: Body) -> Result<()> {
        body.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    fn conditional(&mut self, visit: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let previous = std::mem::replace(&mut self.cur().in_conditional_block, true);
        stacker::maybe_grow(128 << 10, 2 << 20, || visit(self))?;
        self.cur().in_conditional_block = previous;
        Ok(())
    }

    fn stmt(&mut self, stmt: &Stmt) -> Result<()> {
        let loc = stmt.loc;
        match &stmt.kind {
            StmtKind::FunctionDef(def) => self.function_def(def, loc),
            StmtKind::ClassDef(def) => self.class_def(def, loc),
            StmtKind::TypeAlias(alias) => self.type_alias(alias, loc),
            StmtKind::Return(value) => self.opt_expr(*value),
            StmtKind::Delete(targets) => self.exprs(targets),
            StmtKind::Assign { targets, value } => {
                self.exprs(targets)?;
                self.expr(value)
            }
            StmtKind::AnnAssign(assign) => self.ann_assign(assign, loc),
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target)?;
                self.expr(value)
            }
            StmtKind::For(s) => {
                if s.is_async {
                    self.async_statement("'async for' outside async function", loc)?;
                }
                self.expr(&s.target)?;
                self.expr(&s.iter)?;
                self.conditional(|this| {
                    this.stmts(s.body)?;
                    this.stmts(s.orelse)
                })
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expr(test)?;
                self.conditional(|this| {
                    this.stmts(body)?;
                    this.stmts(orelse)
                })
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject)?;
                self.conditional(|this| {
                    cases.iter().try_for_each(|case| {
                        this.pattern(&case.pattern)?;
                        this.opt_expr(case.guard)?;
                        this.stmts(case.body)
                    })
                })
            }
            StmtKind::Raise { exc, cause } => {
                self.opt_expr(*exc)?;
                self.opt_expr(*cause)
            }
            StmtKind::Try(s) => self.conditional(|this| {
                this.stmts(s.body)?;
                for handler in s.handlers {
                    this.opt_expr(handler.typ)?;
                    if let Some(name) = handler.name {
                        this.add_def(name, def::LOCAL, handler.loc)?;
                    }
                    this.stmts(handler.body)?;
                }
                this.stmts(s.orelse)?;
                this.stmts(s.finalbody)
            }),
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.opt_expr(*msg)
            }
            StmtKind::Import(aliases) => self.aliases(aliases),
            StmtKind::ImportFrom { module, names, level } => {
                self.aliases(names)?;
                self.check_future_import(*module, *level, loc)
            }
            StmtKind::Global(names) => self.directive(names, def::GLOBAL, loc),
            StmtKind::Nonlocal(names) => self.directive(names, def::NONLOCAL, loc),
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
            StmtKind::With(s) => {
                if s.is_async {
                    self.async_statement("'async with' outside async function", loc)?;
                }
                self.conditional(|this| {
                    for item in s.items {
                        this.expr(&item.context)?;
                        this.opt_expr(item.vars)?;
                    }
                    this.stmts(s.body)
                })
            }
        }
    }

    fn async_statement(&mut self, message: &str, loc: Loc) -> Result<()> {
        if self.allows_top_level_await() {
            self.cur().coroutine = true;
        }
        if !self.cur().coroutine {
            return Err(Error::syntax(message, loc));
        }
        Ok(())
    }

    pub fn allows_top_level_await(&mut self) -> bool {
        self.top_level_await && self.cur().block == Block::Module
    }

    fn function_def(&mut self, def: &FunctionDef, loc: Loc) -> Result<()> {
        self.add_def(def.name, def::LOCAL, loc)?;
        self.exprs(def.args.defaults)?;
        for default in def.args.kw_defaults.iter().flatten() {
            self.expr(default)?;
        }
        self.exprs(def.decorators)?;
        let generic = !def.type_params.is_empty();
        if generic {
            let scope = self.enter_type_params(def.name, loc)?;
            def.type_params_scope.set(scope);
            // There is a place for defaults even if there are none.
            self.add_def(known::DOT_DEFAULTS, def::PARAM, loc)?;
            if def.args.kw_defaults.iter().any(Option::is_some) {
                self.add_def(known::DOT_KWDEFAULTS, def::PARAM, loc)?;
            }
            self.type_params(def.type_params)?;
        }
        let scope = self.new_scope(Block::Function, def.name, loc);
        def.scope.set(scope);
        let docstring = self.has_docstring(def.body);
        self.table.scope_mut(scope).has_docstring = docstring;
        self.function_annotations(def, loc)?;
        self.enter_existing(scope);
        if def.is_async {
            self.cur().coroutine = true;
        }
        self.parameters(&def.args)?;
        self.stmts(def.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    /// The scope around a generic function, class or alias.
    fn enter_type_params(&mut self, name: Name, loc: Loc) -> Result<ScopeId> {
        let in_class = self.cur().block == Block::Class;
        let scope = self.enter(Block::TypeParameters, name, loc)?;
        if in_class {
            self.cur().can_see_class_scope = true;
            self.add_def(known::CLASSDICT, def::USE, loc)?;
        }
        Ok(scope)
    }

    fn function_annotations(&mut self, def: &FunctionDef, loc: Loc) -> Result<()> {
        let sees_class = self.cur().can_see_class_scope || self.cur().block == Block::Class;
        let scope = self.enter(Block::Annotation, known::ANNOTATE, loc)?;
        def.annotations_scope.set(scope);
        if sees_class {
            self.cur().can_see_class_scope = true;
            self.add_def(known::CLASSDICT, def::USE, loc)?;
        }
        let args = &def.args;
        let in_order =
            args.posonly.iter().chain(args.args).chain(args.vararg).chain(args.kwarg).chain(args.kwonly);
        let annotations = in_order.filter_map(|arg| arg.annotation).chain(def.returns);
        for annotation in annotations {
            self.cur().annotations_used = true;
            self.expr(annotation)?;
        }
        self.exit();
        Ok(())
    }

    pub fn parameters(&mut self, args: &Arguments) -> Result<()> {
        let count = args.posonly.len() + args.args.len() + args.kwonly.len();
        self.cur().varnames.reserve_exact(count + args.vararg.iter().chain(&args.kwarg).count());
        for arg in args.posonly.iter().chain(args.args).chain(args.kwonly) {
            self.add_def(arg.name, def::PARAM, arg.loc)?;
        }
        if let Some(arg) = args.vararg {
            self.add_def(arg.name, def::PARAM, arg.loc)?;
            self.cur().varargs = true;
        }
        if let Some(arg) = args.kwarg {
            self.add_def(arg.name, def::PARAM, arg.loc)?;
            self.cur().varkeywords = true;
        }
        Ok(())
    }

    fn class_def(&mut self, def: &ClassDef, loc: Loc) -> Result<()> {
        self.add_def(def.name, def::LOCAL, loc)?;
        self.exprs(def.decorators)?;
        let private = self.private;
        let generic = !def.type_params.is_empty();
        if generic {
            let scope = self.enter_type_params(def.name, loc)?;
            def.type_params_scope.set(scope);
            // They are set when the parameters exist and used for the bases.
            for name in [known::DOT_TYPE_PARAMS, known::DOT_GENERIC_BASE] {
                self.add_def(name, def::LOCAL, loc)?;
                self.add_def(name, def::USE, loc)?;
            }
            self.private = Some(def.name);
            self.cur().mangled_names = Some(Rc::new(RefCell::new(FxHashSet::default())));
            self.type_params(def.type_params)?;
        }
        self.exprs(def.bases)?;
        self.keywords(def.keywords)?;
        let scope = self.enter(Block::Class, def.name, loc)?;
        def.scope.set(scope);
        self.private = Some(def.name);
        if generic {
            self.add_def(known::TYPE_PARAMS, def::LOCAL, loc)?;
            self.add_def(known::DOT_TYPE_PARAMS, def::USE, loc)?;
        }
        let docstring = self.has_docstring(def.body);
        self.cur().has_docstring = docstring;
        self.stmts(def.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        self.private = private;
        Ok(())
    }

    fn type_alias(&mut self, alias: &TypeAlias, loc: Loc) -> Result<()> {
        self.add_def(alias.name, def::LOCAL, alias.name_loc)?;
        let in_class = self.cur().block == Block::Class;
        let generic = !alias.type_params.is_empty();
        if generic {
            let scope = self.enter_type_params(alias.name, loc)?;
            alias.type_params_scope.set(scope);
            self.type_params(alias.type_params)?;
        }
        let scope = self.enter(Block::TypeAlias, alias.name, loc)?;
        alias.scope.set(scope);
        self.cur().can_see_class_scope = in_class;
        if in_class {
            self.add_def(known::CLASSDICT, def::USE, alias.value.loc)?;
        }
        self.expr(&alias.value)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    fn type_params(&mut self, params: &[TypeParam]) -> Result<()> {
        for param in params {
            self.add_def(param.name, def::TYPE_PARAM | def::LOCAL, param.loc)?;
            let bound_info = match param.bound.map(|b| &b.kind) {
                Some(ExprKind::Tuple { .. }) => "a TypeVar constraint",
                _ => "a TypeVar bound",
            };
            let default_info = match param.kind {
                TypeParamKind::TypeVar => "a TypeVar default",
                TypeParamKind::TypeVarTuple => "a TypeVarTuple default",
                TypeParamKind::ParamSpec => "a ParamSpec default",
            };
            self.type_param_part(param, param.bound, &param.bound_scope, bound_info)?;
            self.type_param_part(param, param.default, &param.default_scope, default_info)?;
        }
        Ok(())
    }

    fn type_param_part(
        &mut self,
        param: &TypeParam,
        part: Option<&Expr>,
        cell: &ScopeCell,
        info: &'static str,
    ) -> Result<()> {
        if param.name == known::CLASSDICT {
            let message = "reserved name '__classdict__' cannot be used for type parameter";
            return Err(Error::syntax(message, param.loc));
        }
        let Some(expr) = part else { return Ok(()) };
        let sees_class = self.cur().can_see_class_scope;
        let scope = self.enter(Block::TypeVariable, param.name, expr.loc)?;
        cell.set(scope);
        self.cur().can_see_class_scope = sees_class;
        if sees_class {
            self.add_def(known::CLASSDICT, def::USE, expr.loc)?;
        }
        self.cur().scope_info = Some(info);
        self.expr(expr)?;
        self.exit();
        Ok(())
    }

    fn ann_assign(&mut self, assign: &AnnAssign, loc: Loc) -> Result<()> {
        self.cur().annotations_used = true;
        if let ExprKind::Name { id, .. } = assign.target.kind {
            let cur = self.cur_id();
            let flags = self.lookup(cur, id);
            if flags & (def::GLOBAL | def::NONLOCAL) != 0 && cur != SymbolTable::TOP && assign.simple {
                let what = if flags & def::GLOBAL != 0 { "global" } else { "nonlocal" };
                return Err(Error::syntax(
                    format!("annotated name '{}' can't be {what}", self.names.str(id)),
                    loc,
                ));
            }
            if assign.simple {
                self.add_def(id, def::ANNOT | def::LOCAL, assign.target.loc)?;
            } else if assign.value.is_some() {
                self.add_def(id, def::LOCAL, assign.target.loc)?;
            }
        } else {
            self.expr(&assign.target)?;
        }
        self.annotation(&assign.annotation)?;
        self.opt_expr(assign.value.as_ref())
    }

    /// A variable's annotation, which belongs to the `__annotate__` function of the scope.
    fn annotation(&mut self, annotation: &Expr) -> Result<()> {
        let scope = self.cur();
        let block = scope.block;
        // Annotations in functions are never evaluated and must not influence names.
        let unevaluated = block == Block::Function;
        // A module can be executed partially, thus its annotations always count as conditional.
        let conditional = block == Block::Module || block == Block::Class && scope.in_conditional_block;
        if conditional && !scope.has_conditional_annotations {
            scope.has_conditional_annotations = true;
            self.add_def(known::CONDITIONAL_ANNOTATIONS, def::USE, annotation.loc)?;
        }
        let parent = self.cur_id();
        match self.table.scope(parent).annotation_block {
            Some(existing) => self.enter_existing(existing),
            None => {
                let scope = self.enter(Block::Annotation, known::ANNOTATE, annotation.loc)?;
                self.table.scope_mut(parent).annotation_block = Some(scope);
                if block == Block::Class && !self.future.annotations() {
                    self.cur().can_see_class_scope = true;
                    self.add_def(known::CLASSDICT, def::USE, annotation.loc)?;
                }
            }
        }
        if block == Block::Class && self.table.scope(parent).has_conditional_annotations {
            self.add_def(known::CONDITIONAL_ANNOTATIONS, def::USE, annotation.loc)?;
        }
        if unevaluated {
            self.cur().in_unevaluated_annotation = true;
        }
        self.expr(annotation)?;
        if unevaluated {
            self.cur().in_unevaluated_annotation = false;
        }
        self.exit();
        Ok(())
    }

    fn aliases(&mut self, aliases: &[Alias]) -> Result<()> {
        for alias in aliases {
            let name = alias.asname.unwrap_or(alias.name);
            if name == known::STAR {
                if self.cur().block != Block::Module {
                    return Err(Error::syntax("import * only allowed at module level", alias.loc));
                }
                continue;
            }
            let stored = match self.names.str(name).split_once('.') {
                Some((first, _)) => {
                    let first = first.to_owned();
                    self.names.intern(&first)
                }
                None => name,
            };
            self.add_def(stored, def::IMPORT, alias.loc)?;
        }
        Ok(())
    }

    fn check_future_import(&mut self, module: Option<Name>, level: u32, loc: Loc) -> Result<()> {
        let future = self.future.loc;
        let late = loc.line > future.line || (loc.line == future.end_line && loc.col > future.end_col);
        if module == Some(known::FUTURE) && level == 0 && late {
            let message = "from __future__ imports must occur at the beginning of the file";
            return Err(Error::syntax(message, loc));
        }
        Ok(())
    }

    fn directive(&mut self, names: &[Name], flag: u16, loc: Loc) -> Result<()> {
        let keyword = if flag == def::GLOBAL { "global" } else { "nonlocal" };
        for &name in names {
            let cur = self.cur_id();
            let flags = self.lookup(cur, name);
            let text = self.names.str(name);
            let message = if flags & def::PARAM != 0 {
                Some(format!("name '{text}' is parameter and {keyword}"))
            } else if flags & def::USE != 0 {
                Some(format!("name '{text}' is used prior to {keyword} declaration"))
            } else if flags & def::ANNOT != 0 {
                Some(format!("annotated name '{text}' can't be {keyword}"))
            } else if flags & def::LOCAL != 0 {
                Some(format!("name '{text}' is assigned to before {keyword} declaration"))
            } else {
                None
            };
            if let Some(message) = message {
                return Err(Error::syntax(message, loc));
            }
            self.add_def(name, flag, loc)?;
            self.record_directive(name, loc);
        }
        Ok(())
    }

    fn patterns(&mut self, patterns: &[Pattern]) -> Result<()> {
        patterns.iter().try_for_each(|p| self.pattern(p))
    }

    fn pattern(&mut self, pattern: &Pattern) -> Result<()> {
        let loc = pattern.loc;
        match &pattern.kind {
            PatternKind::Value(value) => self.expr(value),
            PatternKind::Singleton(_) => Ok(()),
            PatternKind::Sequence(patterns) | PatternKind::Or(patterns) => self.patterns(patterns),
            PatternKind::Star(name) => match name {
                Some(name) => self.add_def(*name, def::LOCAL, loc),
                None => Ok(()),
            },
            PatternKind::Mapping { keys, patterns, rest } => {
                self.exprs(keys)?;
                self.patterns(patterns)?;
                match rest {
                    Some(rest) => self.add_def(*rest, def::LOCAL, loc),
                    None => Ok(()),
                }
            }
            PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.expr(cls)?;
                self.patterns(patterns)?;
                for (attr, pattern) in kwd_attrs.iter().zip(*kwd_patterns) {
                    check_name(*attr, pattern.loc, Ctx::Store)?;
                }
                self.patterns(kwd_patterns)
            }
            PatternKind::As { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern)?;
                }
                match name {
                    Some(name) => self.add_def(*name, def::LOCAL, loc),
                    None => Ok(()),
                }
            }
        }
    }
}

/// Private names are mangled; around a generic class only its type parameters are.
pub fn mangle_in(names: &mut Names, scope: &Scope, private: Option<Name>, name: Name) -> Name {
    if let Some(mangled) = &scope.mangled_names
        && !mangled.borrow().contains(&name)
    {
        return name;
    }
    names.mangle(private, name)
}

pub fn check_name(name: Name, loc: Loc, ctx: Ctx) -> Result<()> {
    match ctx {
        Ctx::Store if name == known::DEBUG => Err(Error::syntax("cannot assign to __debug__", loc)),
        Ctx::Del if name == known::DEBUG => Err(Error::syntax("cannot delete __debug__", loc)),
        _ => Ok(()),
    }
}
