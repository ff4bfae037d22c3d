//! Statements.

use super::expr::{operator, some_targets};
use super::{Node, Reader, Result, check, invalid, no_scope};
use crate::{
    ast::{lower::Flow, *},
    code::Constant,
};

impl<'a> Reader<'_, 'a, '_> {
    pub(super) fn stmts(&mut self, node: &Node, field: &str) -> Result<Body<'a>> {
        let mut all = Vec::new();
        for child in self.children(node, field, "statement")? {
            all.push(self.stmt(child)?);
        }
        Ok(self.slice(all))
    }

    /// Statements inside of a block that `return`, `break` or `continue` may leave.
    fn stmts_in(&mut self, flow: Flow, node: &Node, field: &str) -> Result<Body<'a>> {
        self.lower.flow.push(flow);
        let body = self.stmts(node, field);
        self.lower.flow.pop();
        body
    }

    fn loop_body(&mut self, node: &Node) -> Result<Body<'a>> {
        check::not_empty(self.items(node, "body").len(), "body", node.class)?;
        self.stmts_in(Flow::Loop, node, "body")
    }

    fn body(&mut self, node: &Node) -> Result<Body<'a>> {
        check::not_empty(self.items(node, "body").len(), "body", node.class)?;
        self.stmts(node, "body")
    }

    /// The body of a function or class: under `-OO` its docstring goes.
    fn body_with_docstring(&mut self, node: &Node) -> Result<Body<'a>> {
        let body = self.body(node)?;
        Ok(self.without_docstring(body))
    }

    pub(super) fn without_docstring(&mut self, body: Body<'a>) -> Body<'a> {
        let Some(first) = body.first() else { return body };
        let StmtKind::Expr(value) = first.kind else { return body };
        let is_text =
            value.constant().is_some_and(|id| matches!(self.lower.consts.get(id), Constant::Str(_)));
        if self.lower.optimize < 2 || !is_text {
            return body;
        }
        if body.len() > 1 {
            return &body[1..];
        }
        let loc = Loc { end_line: first.loc.line, end_col: first.loc.col + 4, ..first.loc };
        self.slice(vec![Stmt { loc, kind: StmtKind::Pass }])
    }

    fn stmt(&mut self, node: &Node) -> Result<Stmt<'a>> {
        self.enter()?;
        let stmt = stacker::maybe_grow(64 << 10, 1 << 20, || {
            let loc = node.place()?;
            Ok(Stmt { loc, kind: self.stmt_kind(node)? })
        });
        self.depth -= 1;
        stmt
    }

    fn stmt_kind(&mut self, node: &Node) -> Result<StmtKind<'a>> {
        Ok(match node.class {
            "FunctionDef" | "AsyncFunctionDef" => self.function(node)?,
            "ClassDef" => self.class(node)?,
            "Return" => {
                self.lower.warn_in_finally("return", node.loc.unwrap_or(Loc::NONE));
                StmtKind::Return(self.optional(node, "value")?)
            }
            "Delete" => {
                some_targets(self.items(node, "targets").len(), "Delete")?;
                StmtKind::Delete(self.exprs(node, "targets", Ctx::Del)?)
            }
            "Assign" => {
                some_targets(self.items(node, "targets").len(), "Assign")?;
                let targets = self.exprs(node, "targets", Ctx::Store)?;
                StmtKind::Assign { targets, value: self.load_ref(node, "value")? }
            }
            "TypeAlias" => self.type_alias(node)?,
            "AugAssign" => {
                let op = match node.get("op") {
                    Some(super::Value::Node(op)) => operator(op.class),
                    _ => None,
                };
                let Some(op) = op else { return invalid("field 'op' is required for AugAssign") };
                let target = self.target(node, "target")?;
                StmtKind::AugAssign { target: self.alloc(target), op, value: self.load_ref(node, "value")? }
            }
            "AnnAssign" => {
                let simple = self.number(node, "simple") != 0;
                if self.child(node, "target")?.class != "Name" && simple {
                    let message = "AnnAssign with simple non-Name target".to_owned();
                    return Err(super::TreeError { kind: super::TreeErrorKind::Type, message });
                }
                let target = self.target(node, "target")?;
                let value = match self.optional_child(node, "value") {
                    Some(value) => Some(self.expr(value, Ctx::Load)?),
                    None => None,
                };
                let annotation = self.load(node, "annotation")?;
                StmtKind::AnnAssign(self.alloc(AnnAssign { target, annotation, value, simple }))
            }
            "For" | "AsyncFor" => {
                let target = self.target(node, "target")?;
                let iter = self.load(node, "iter")?;
                let body = self.loop_body(node)?;
                let orelse = self.stmts(node, "orelse")?;
                let is_async = node.class == "AsyncFor";
                StmtKind::For(self.alloc(For { target, iter, body, orelse, is_async }))
            }
            "While" => StmtKind::While {
                test: self.load_ref(node, "test")?,
                body: self.loop_body(node)?,
                orelse: self.stmts(node, "orelse")?,
            },
            "If" => StmtKind::If {
                test: self.load_ref(node, "test")?,
                body: self.body(node)?,
                orelse: self.stmts(node, "orelse")?,
            },
            "With" | "AsyncWith" => self.with(node)?,
            "Match" => {
                let subject = self.load_ref(node, "subject")?;
                check::not_empty(self.items(node, "cases").len(), "cases", "Match")?;
                let mut cases = Vec::new();
                for case in self.children(node, "cases", "case")? {
                    let pattern = self.child(case, "pattern")?;
                    let pattern = self.pattern(pattern, false)?;
                    let guard = self.optional(case, "guard")?;
                    cases.push(MatchCase { pattern, guard, body: self.body(case)? });
                }
                StmtKind::Match { subject, cases: self.slice(cases) }
            }
            "Raise" => {
                let (exc, cause) = (self.optional(node, "exc")?, self.optional(node, "cause")?);
                if exc.is_none() && cause.is_some() {
                    return invalid("Raise with cause but no exception");
                }
                StmtKind::Raise { exc, cause }
            }
            "Try" | "TryStar" => self.try_(node)?,
            "Assert" => {
                StmtKind::Assert { test: self.load_ref(node, "test")?, msg: self.optional(node, "msg")? }
            }
            "Import" => {
                check::not_empty(self.items(node, "names").len(), "names", "Import")?;
                StmtKind::Import(self.aliases(node)?)
            }
            "ImportFrom" => {
                let Ok(level) = u32::try_from(self.number(node, "level")) else {
                    return invalid("Negative ImportFrom level");
                };
                check::not_empty(self.items(node, "names").len(), "names", "ImportFrom")?;
                StmtKind::ImportFrom {
                    module: self.optional_name(node, "module")?,
                    names: self.aliases(node)?,
                    level,
                }
            }
            "Global" => {
                check::not_empty(self.items(node, "names").len(), "names", "Global")?;
                let names = self.name_list(node, "names")?;
                StmtKind::Global(self.slice(names))
            }
            "Nonlocal" => {
                check::not_empty(self.items(node, "names").len(), "names", "Nonlocal")?;
                let names = self.name_list(node, "names")?;
                StmtKind::Nonlocal(self.slice(names))
            }
            "Expr" => StmtKind::Expr(self.load_ref(node, "value")?),
            "Pass" => StmtKind::Pass,
            "Break" => {
                self.lower.warn_in_finally("break", node.loc.unwrap_or(Loc::NONE));
                StmtKind::Break
            }
            "Continue" => {
                self.lower.warn_in_finally("continue", node.loc.unwrap_or(Loc::NONE));
                StmtKind::Continue
            }
            _ => return invalid("unexpected statement"),
        })
    }

    fn function(&mut self, node: &Node) -> Result<StmtKind<'a>> {
        self.lower.flow.push(Flow::Function);
        let body = self.body_with_docstring(node);
        self.lower.flow.pop();
        let body = body?;
        let type_params = self.type_params(node)?;
        let args = self.child(node, "args")?;
        let args = self.arguments(args)?;
        let decorators = self.exprs(node, "decorator_list", Ctx::Load)?;
        let returns = self.optional(node, "returns")?;
        let name = self.checked_name(node, "name")?;
        Ok(StmtKind::FunctionDef(self.alloc(FunctionDef {
            name,
            args,
            body,
            decorators,
            returns,
            type_params,
            is_async: node.class == "AsyncFunctionDef",
            scope: no_scope(),
            annotations_scope: no_scope(),
            type_params_scope: no_scope(),
        })))
    }

    fn class(&mut self, node: &Node) -> Result<StmtKind<'a>> {
        let body = self.body_with_docstring(node)?;
        let type_params = self.type_params(node)?;
        let bases = self.exprs(node, "bases", Ctx::Load)?;
        let keywords = self.keywords(node)?;
        let decorators = self.exprs(node, "decorator_list", Ctx::Load)?;
        let name = self.checked_name(node, "name")?;
        Ok(StmtKind::ClassDef(self.alloc(ClassDef {
            name,
            bases,
            keywords,
            body,
            decorators,
            type_params,
            scope: no_scope(),
            type_params_scope: no_scope(),
        })))
    }

    fn type_alias(&mut self, node: &Node) -> Result<StmtKind<'a>> {
        let target = self.child(node, "name")?;
        if target.class != "Name" {
            let message = "TypeAlias with non-Name name".to_owned();
            return Err(super::TreeError { kind: super::TreeErrorKind::Type, message });
        }
        self.expr(target, Ctx::Store)?;
        let name = self.name(target, "id")?;
        let name_loc = target.place()?;
        let type_params = self.type_params(node)?;
        let value = self.load(node, "value")?;
        Ok(StmtKind::TypeAlias(self.alloc(TypeAlias {
            name,
            name_loc,
            type_params,
            value,
            scope: no_scope(),
            type_params_scope: no_scope(),
        })))
    }

    fn type_params(&mut self, node: &Node) -> Result<&'a [TypeParam<'a>]> {
        let mut all = Vec::new();
        for param in self.children(node, "type_params", "type_param")? {
            let kind = match param.class {
                "TypeVar" => TypeParamKind::TypeVar,
                "TypeVarTuple" => TypeParamKind::TypeVarTuple,
                _ => TypeParamKind::ParamSpec,
            };
            let loc = param.place()?;
            all.push(TypeParam {
                loc,
                kind,
                name: self.checked_name(param, "name")?,
                bound: self.optional(param, "bound")?,
                default: self.optional(param, "default_value")?,
                bound_scope: no_scope(),
                default_scope: no_scope(),
            });
        }
        Ok(self.slice(all))
    }

    fn with(&mut self, node: &Node) -> Result<StmtKind<'a>> {
        check::not_empty(self.items(node, "items").len(), "items", node.class)?;
        let mut items = Vec::new();
        for item in self.children(node, "items", "withitem")? {
            let context = self.load(item, "context_expr")?;
            let vars = match self.optional_child(item, "optional_vars") {
                Some(vars) => {
                    let vars = self.expr(vars, Ctx::Store)?;
                    Some(self.alloc(vars))
                }
                None => None,
            };
            items.push(WithItem { context, vars });
        }
        let body = self.body(node)?;
        let items = self.slice(items);
        Ok(StmtKind::With(self.alloc(With { items, body, is_async: node.class == "AsyncWith" })))
    }

    fn try_(&mut self, node: &Node) -> Result<StmtKind<'a>> {
        let class = node.class;
        let body = self.body(node)?;
        let some = |field: &str| !self.items(node, field).is_empty();
        if !some("handlers") && !some("finalbody") {
            return invalid(format!("{class} has neither except handlers nor finalbody"));
        }
        if !some("handlers") && some("orelse") {
            return invalid(format!("{class} has orelse but no except handlers"));
        }
        let mut handlers = Vec::new();
        for handler in self.children(node, "handlers", "handler")? {
            let loc = handler.place()?;
            let typ = self.optional(handler, "type")?;
            let name = self.optional_checked_name(handler, "name")?;
            handlers.push(Handler { loc, typ, name, body: self.body(handler)? });
        }
        let orelse = self.stmts(node, "orelse")?;
        let finalbody = self.stmts_in(Flow::Finally, node, "finalbody")?;
        let handlers = self.slice(handlers);
        Ok(StmtKind::Try(self.alloc(Try { body, handlers, orelse, finalbody, is_star: class == "TryStar" })))
    }

    fn aliases(&mut self, node: &Node) -> Result<&'a [Alias]> {
        let mut all = Vec::new();
        for alias in self.children(node, "names", "alias")? {
            all.push(Alias {
                loc: alias.loc.unwrap_or(Loc::NONE),
                name: self.checked_name(alias, "name")?,
                asname: self.optional_checked_name(alias, "asname")?,
            });
        }
        Ok(self.slice(all))
    }
}
