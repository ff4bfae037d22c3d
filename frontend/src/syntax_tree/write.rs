//! The compiler's tree → the nodes that Python's `ast` module shows, field by field.

use std::cell::RefCell;

use super::comments;
use super::node::{Node, Value};
use crate::{
    ast::*,
    code::{Constant, PyText},
    consts::{ConstId, ConstPool},
    error::Error,
    inspect::{TypeComment, type_ignores},
    names::{Name, Names},
    source::Source,
};

pub struct Nodes<'n> {
    pub source: &'n Source<'n>,
    pub names: &'n Names,
    pub consts: &'n ConstPool,
    pub comments: &'n [TypeComment],
    /// What is wrong with a comment.
    pub refused: RefCell<Option<Box<Error>>>,
}

impl Nodes<'_> {
    pub fn module(&self, module: &Module) -> Node {
        match module {
            Module::Module(body) => Node::new("Module")
                .with("body", self.body(body))
                .with("type_ignores", type_ignores(self.comments)),
            Module::Interactive(body) => Node::new("Interactive").with("body", self.body(body)),
            Module::Expression(expr) => Node::new("Expression").with("body", self.expr(expr)),
        }
    }

    fn body(&self, body: Body) -> Value {
        Node::list(body.iter().map(|stmt| self.stmt(stmt)))
    }

    fn exprs(&self, exprs: &[Expr]) -> Value {
        Node::list(exprs.iter().map(|expr| self.expr(expr)))
    }

    fn optional(&self, expr: Option<&Expr>) -> Option<Node> {
        expr.map(|expr| self.expr(expr))
    }

    fn name(&self, name: Name) -> Value {
        Value::Str(self.names.text(name).clone())
    }

    fn names(&self, names: &[Name]) -> Value {
        Value::List(names.iter().map(|&name| self.name(name)).collect())
    }

    fn constant(&self, id: ConstId) -> Value {
        Value::Constant(self.consts.get(id).clone())
    }

    /// The type comment in the rest of the line where a statement or its header ends.
    fn type_comment(&self, end: Loc) -> Option<Value> {
        let next = (end.end_line + 1, 0);
        self.comments.iter().find_map(|comment| comment.of((end.end_line, end.end_col), next))
    }

    pub fn stmt(&self, stmt: &Stmt) -> Node {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.stmt_inner(stmt))
    }

    fn stmt_inner(&self, stmt: &Stmt) -> Node {
        let node = |class| Node::at(class, stmt.loc);
        match &stmt.kind {
            StmtKind::FunctionDef(def) => node(if def.is_async { "AsyncFunctionDef" } else { "FunctionDef" })
                .with("name", self.name(def.name))
                .with("args", self.parameters(stmt.loc, &def.args))
                .with("body", self.body(def.body))
                .with("decorator_list", self.exprs(def.decorators))
                .with_optional("returns", self.optional(def.returns))
                .with_optional("type_comment", self.function_type(self.header_end(stmt.loc, def), def.body))
                .with("type_params", self.type_params(def.type_params)),
            StmtKind::ClassDef(def) => node("ClassDef")
                .with("name", self.name(def.name))
                .with("bases", self.exprs(def.bases))
                .with("keywords", self.keywords(def.keywords))
                .with("body", self.body(def.body))
                .with("decorator_list", self.exprs(def.decorators))
                .with("type_params", self.type_params(def.type_params)),
            StmtKind::Return(value) => node("Return").with_optional("value", self.optional(*value)),
            StmtKind::Delete(targets) => node("Delete").with("targets", self.exprs(targets)),
            StmtKind::Assign { targets, value } => node("Assign")
                .with("targets", self.exprs(targets))
                .with("value", self.expr(value))
                .with_optional("type_comment", self.type_comment(stmt.loc)),
            StmtKind::TypeAlias(alias) => node("TypeAlias")
                .with(
                    "name",
                    Node::at("Name", alias.name_loc)
                        .with("id", self.name(alias.name))
                        .with("ctx", Node::new("Store")),
                )
                .with("type_params", self.type_params(alias.type_params))
                .with("value", self.expr(&alias.value)),
            StmtKind::AugAssign { target, op, value } => node("AugAssign")
                .with("target", self.expr(target))
                .with("op", operator(*op))
                .with("value", self.expr(value)),
            StmtKind::AnnAssign(assign) => node("AnnAssign")
                .with("target", self.expr(&assign.target))
                .with("annotation", self.expr(&assign.annotation))
                .with_optional("value", self.optional(assign.value.as_ref()))
                .with("simple", number(assign.simple)),
            StmtKind::For(stmt) => node(if stmt.is_async { "AsyncFor" } else { "For" })
                .with("target", self.expr(&stmt.target))
                .with("iter", self.expr(&stmt.iter))
                .with("body", self.body(stmt.body))
                .with("orelse", self.body(stmt.orelse))
                .with_optional("type_comment", self.type_comment(stmt.iter.loc)),
            StmtKind::While { test, body, orelse } => self.branch(node("While"), test, body, orelse),
            StmtKind::If { test, body, orelse } => self.branch(node("If"), test, body, orelse),
            StmtKind::With(with) => node(if with.is_async { "AsyncWith" } else { "With" })
                .with("items", Node::list(with.items.iter().map(|item| self.with_item(item))))
                .with("body", self.body(with.body))
                .with_optional("type_comment", self.with_comment(with)),
            StmtKind::Match { subject, cases } => node("Match")
                .with("subject", self.expr(subject))
                .with("cases", Node::list(cases.iter().map(|case| self.case(case)))),
            StmtKind::Raise { exc, cause } => node("Raise")
                .with_optional("exc", self.optional(*exc))
                .with_optional("cause", self.optional(*cause)),
            StmtKind::Try(stmt) => node(if stmt.is_star { "TryStar" } else { "Try" })
                .with("body", self.body(stmt.body))
                .with("handlers", Node::list(stmt.handlers.iter().map(|handler| self.handler(handler))))
                .with("orelse", self.body(stmt.orelse))
                .with("finalbody", self.body(stmt.finalbody)),
            StmtKind::Assert { test, msg } => {
                node("Assert").with("test", self.expr(test)).with_optional("msg", self.optional(*msg))
            }
            StmtKind::Import(aliases) => node("Import").with("names", self.aliases(aliases)),
            StmtKind::ImportFrom { module, names, level } => node("ImportFrom")
                .with_optional("module", module.map(|module| self.name(module)))
                .with("names", self.aliases(names))
                .with("level", Value::Int(i64::from(*level))),
            StmtKind::Global(names) => node("Global").with("names", self.names(names)),
            StmtKind::Nonlocal(names) => node("Nonlocal").with("names", self.names(names)),
            StmtKind::Expr(value) => node("Expr").with("value", self.expr(value)),
            StmtKind::Pass => node("Pass"),
            StmtKind::Break => node("Break"),
            StmtKind::Continue => node("Continue"),
        }
    }

    fn branch(&self, node: Node, test: &Expr, body: Body, orelse: Body) -> Node {
        node.with("test", self.expr(test)).with("body", self.body(body)).with("orelse", self.body(orelse))
    }

    /// Where the last part of a function's header that the tree knows of ends.
    fn header_end(&self, start: Loc, def: &FunctionDef) -> Loc {
        let args = &def.args;
        let parameters = args.posonly.iter().chain(args.args).chain(args.vararg).chain(args.kwonly);
        let parameters = parameters.chain(args.kwarg).map(|arg| arg.loc);
        let defaults = args.defaults.iter().chain(args.kw_defaults.iter().flatten()).chain(def.returns);
        let ends = parameters.chain(defaults.map(|expr| expr.loc));
        let start = Loc { end_line: start.line, end_col: start.col, ..start };
        ends.max_by_key(|loc| (loc.end_line, loc.end_col)).unwrap_or(start)
    }

    fn with_comment(&self, with: &With) -> Option<Value> {
        let last = with.items.last()?;
        self.type_comment(last.vars.unwrap_or(&last.context).loc)
    }

    fn with_item(&self, item: &WithItem) -> Node {
        Node::new("withitem")
            .with("context_expr", self.expr(&item.context))
            .with_optional("optional_vars", self.optional(item.vars))
    }

    fn handler(&self, handler: &Handler) -> Node {
        Node::at("ExceptHandler", handler.loc)
            .with_optional("type", self.optional(handler.typ))
            .with_optional("name", handler.name.map(|name| self.name(name)))
            .with("body", self.body(handler.body))
    }

    fn aliases(&self, aliases: &[Alias]) -> Value {
        Node::list(aliases.iter().map(|alias| {
            Node::at("alias", alias.loc)
                .with("name", self.name(alias.name))
                .with_optional("asname", alias.asname.map(|name| self.name(name)))
        }))
    }

    fn case(&self, case: &MatchCase) -> Node {
        Node::new("match_case")
            .with("pattern", self.pattern(&case.pattern))
            .with_optional("guard", self.optional(case.guard))
            .with("body", self.body(case.body))
    }

    fn pattern(&self, pattern: &Pattern) -> Node {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.pattern_inner(pattern))
    }

    fn pattern_inner(&self, pattern: &Pattern) -> Node {
        let node = |class| Node::at(class, pattern.loc);
        let list = |patterns: &[Pattern]| Node::list(patterns.iter().map(|pattern| self.pattern(pattern)));
        match &pattern.kind {
            PatternKind::Value(value) => node("MatchValue").with("value", self.expr(value)),
            PatternKind::Singleton(id) => node("MatchSingleton").with("value", self.constant(*id)),
            PatternKind::Sequence(patterns) => node("MatchSequence").with("patterns", list(patterns)),
            PatternKind::Mapping { keys, patterns, rest } => node("MatchMapping")
                .with("keys", self.exprs(keys))
                .with("patterns", list(patterns))
                .with_optional("rest", rest.map(|name| self.name(name))),
            PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => node("MatchClass")
                .with("cls", self.expr(cls))
                .with("patterns", list(patterns))
                .with("kwd_attrs", self.names(kwd_attrs))
                .with("kwd_patterns", list(kwd_patterns)),
            PatternKind::Star(name) => {
                node("MatchStar").with_optional("name", name.map(|name| self.name(name)))
            }
            PatternKind::As { pattern, name } => node("MatchAs")
                .with_optional("pattern", pattern.map(|pattern| self.pattern(pattern)))
                .with_optional("name", name.map(|name| self.name(name))),
            PatternKind::Or(patterns) => node("MatchOr").with("patterns", list(patterns)),
        }
    }

    fn type_params(&self, params: &[TypeParam]) -> Value {
        Node::list(params.iter().map(|param| {
            let class = match param.kind {
                TypeParamKind::TypeVar => "TypeVar",
                TypeParamKind::TypeVarTuple => "TypeVarTuple",
                TypeParamKind::ParamSpec => "ParamSpec",
            };
            Node::at(class, param.loc)
                .with("name", self.name(param.name))
                .with_optional("bound", self.optional(param.bound))
                .with_optional("default_value", self.optional(param.default))
        }))
    }

    /// The parameters of a function, which may have type comments.
    fn parameters(&self, start: Loc, args: &Arguments) -> Node {
        if self.comments.is_empty() {
            return self.arguments(args, &|_| None);
        }
        if let Some(error) = self.check_bare_star(start, args) {
            self.refused.borrow_mut().get_or_insert(error);
        }
        let named = args.posonly.iter().chain(args.args).chain(args.kwonly);
        let ends: Vec<(Loc, Loc)> = named.map(|arg| arg.loc).zip(comments::ends(args)).collect();
        self.arguments(args, &|arg| {
            let end = ends.iter().find(|(start, _)| *start == arg.loc).map_or(arg.loc, |(_, end)| *end);
            self.parameter_type(end)
        })
    }

    fn arguments(&self, args: &Arguments, comment: &dyn Fn(&Arg) -> Option<Value>) -> Node {
        let arg = |arg: &Arg| self.arg(arg).with_optional("type_comment", comment(arg));
        let list = |args: &[Arg]| Node::list(args.iter().map(&arg));
        let defaults = args.kw_defaults.iter().map(|default| match default {
            Some(default) => Value::Node(self.expr(default)),
            None => none(),
        });
        Node::new("arguments")
            .with("posonlyargs", list(args.posonly))
            .with("args", list(args.args))
            .with_optional("vararg", args.vararg.map(&arg))
            .with("kwonlyargs", list(args.kwonly))
            .with("kw_defaults", Value::List(defaults.collect()))
            .with_optional("kwarg", args.kwarg.map(&arg))
            .with("defaults", self.exprs(args.defaults))
    }

    fn arg(&self, arg: &Arg) -> Node {
        Node::at("arg", arg.loc)
            .with("arg", self.name(arg.name))
            .with_optional("annotation", self.optional(arg.annotation))
    }

    fn keywords(&self, keywords: &[Keyword]) -> Value {
        Node::list(keywords.iter().map(|keyword| {
            Node::at("keyword", keyword.loc)
                .with_optional("arg", keyword.arg.map(|name| self.name(name)))
                .with("value", self.expr(&keyword.value))
        }))
    }

    fn expr(&self, expr: &Expr) -> Node {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.expr_inner(expr))
    }

    fn expr_inner(&self, expr: &Expr) -> Node {
        let node = |class| Node::at(class, expr.loc);
        match &expr.kind {
            ExprKind::BoolOp { op, values } => {
                let op = Node::new(if *op == BoolOp::And { "And" } else { "Or" });
                node("BoolOp").with("op", op).with("values", self.exprs(values))
            }
            ExprKind::Named { target, value } => {
                node("NamedExpr").with("target", self.expr(target)).with("value", self.expr(value))
            }
            ExprKind::BinOp { left, op, right } => node("BinOp")
                .with("left", self.expr(left))
                .with("op", operator(*op))
                .with("right", self.expr(right)),
            ExprKind::UnaryOp { op, operand } => {
                node("UnaryOp").with("op", unary(*op)).with("operand", self.expr(operand))
            }
            ExprKind::Lambda(lambda) => node("Lambda")
                .with("args", self.arguments(&lambda.args, &|_| None))
                .with("body", self.expr(&lambda.body)),
            ExprKind::IfExp { test, body, orelse } => node("IfExp")
                .with("test", self.expr(test))
                .with("body", self.expr(body))
                .with("orelse", self.expr(orelse)),
            ExprKind::Dict(items) => {
                let keys = items.iter().map(|item| match &item.key {
                    Some(key) => Value::Node(self.expr(key)),
                    None => none(),
                });
                let values = items.iter().map(|item| self.expr(&item.value));
                node("Dict").with("keys", Value::List(keys.collect())).with("values", Node::list(values))
            }
            ExprKind::Set(elts) => node("Set").with("elts", self.exprs(elts)),
            ExprKind::Comp(comp) => self.comp(expr.loc, comp),
            ExprKind::Await(value) => node("Await").with("value", self.expr(value)),
            ExprKind::Yield(value) => node("Yield").with_optional("value", self.optional(*value)),
            ExprKind::YieldFrom(value) => node("YieldFrom").with("value", self.expr(value)),
            ExprKind::Compare { left, ops, comparators } => node("Compare")
                .with("left", self.expr(left))
                .with("ops", Node::list(ops.iter().map(|op| comparison(*op))))
                .with("comparators", self.exprs(comparators)),
            ExprKind::Call(call) => node("Call")
                .with("func", self.expr(&call.func))
                .with("args", self.exprs(call.args))
                .with("keywords", self.keywords(call.keywords)),
            ExprKind::FormattedValue { value, conversion, format_spec } => node("FormattedValue")
                .with("value", self.expr(value))
                .with("conversion", conversion_code(*conversion))
                .with_optional("format_spec", self.optional(*format_spec)),
            ExprKind::Interpolation { value, text, conversion, format_spec } => node("Interpolation")
                .with("value", self.expr(value))
                .with("str", self.constant(*text))
                .with("conversion", conversion_code(*conversion))
                .with_optional("format_spec", self.optional(*format_spec)),
            ExprKind::JoinedStr(values) => self.string(node("JoinedStr"), expr.loc, values),
            ExprKind::TemplateStr(values) => self.string(node("TemplateStr"), expr.loc, values),
            ExprKind::Constant(id) => self.literal(expr.loc, *id, true),
            ExprKind::Attribute { value, attr, ctx } => node("Attribute")
                .with("value", self.expr(value))
                .with("attr", self.name(*attr))
                .with("ctx", context(*ctx)),
            ExprKind::Subscript { value, slice, ctx } => node("Subscript")
                .with("value", self.expr(value))
                .with("slice", self.expr(slice))
                .with("ctx", context(*ctx)),
            ExprKind::Starred { value, ctx } => {
                node("Starred").with("value", self.expr(value)).with("ctx", context(*ctx))
            }
            ExprKind::Name { id, ctx } => node("Name").with("id", self.name(*id)).with("ctx", context(*ctx)),
            ExprKind::List { elts, ctx } => {
                node("List").with("elts", self.exprs(elts)).with("ctx", context(*ctx))
            }
            ExprKind::Tuple { elts, ctx } => {
                node("Tuple").with("elts", self.exprs(elts)).with("ctx", context(*ctx))
            }
            ExprKind::Slice { lower, upper, step } => node("Slice")
                .with_optional("lower", self.optional(*lower))
                .with_optional("upper", self.optional(*upper))
                .with_optional("step", self.optional(*step)),
        }
    }

    fn comp(&self, loc: Loc, comp: &Comp) -> Node {
        let class = match comp.kind {
            CompKind::Generator => "GeneratorExp",
            CompKind::List => "ListComp",
            CompKind::Set => "SetComp",
            CompKind::Dict => "DictComp",
        };
        let node = match &comp.value {
            Some(value) => {
                Node::at(class, loc).with("key", self.expr(&comp.elt)).with("value", self.expr(value))
            }
            None => Node::at(class, loc).with("elt", self.expr(&comp.elt)),
        };
        node.with(
            "generators",
            Node::list(comp.generators.iter().map(|generator| {
                Node::new("comprehension")
                    .with("target", self.expr(&generator.target))
                    .with("iter", self.expr(&generator.iter))
                    .with("ifs", self.exprs(generator.ifs))
                    .with("is_async", number(generator.is_async))
            })),
        )
    }

    /// An f-string or t-string. Text may come from a literal of its own with a prefix.
    fn string(&self, node: Node, loc: Loc, values: &[Expr]) -> Node {
        let values = values.iter().map(|value| match value.kind {
            ExprKind::Constant(id) => {
                let first = (value.loc.line, value.loc.col) == (loc.line, loc.col);
                self.literal(value.loc, id, first || !self.in_string(value.loc))
            }
            _ => self.expr(value),
        });
        node.with("values", Node::list(values))
    }

    /// Whether text begins inside of an f-string: after its opening quote or a field.
    fn in_string(&self, loc: Loc) -> bool {
        let line = self.source.line(loc.line).unwrap_or_default().as_bytes();
        let before = usize::try_from(loc.col).ok().and_then(|column| column.checked_sub(1));
        before.and_then(|at| line.get(at)).is_some_and(|b| matches!(b, b'\'' | b'"' | b'}'))
    }

    /// A constant; `kind` tells strings with the prefix `u`.
    fn literal(&self, loc: Loc, id: ConstId, may_have_prefix: bool) -> Node {
        let node = Node::at("Constant", loc).with("value", self.constant(id));
        if !may_have_prefix || !matches!(self.consts.get(id), Constant::Str(_)) {
            return node;
        }
        let line = self.source.line(loc.line).unwrap_or_default().as_bytes();
        let column = usize::try_from(loc.col).unwrap_or(0);
        match line.get(column..) {
            Some([b'u', b'\'' | b'"', ..]) => node.with("kind", Value::Str(PyText::from("u"))),
            _ => node,
        }
    }
}

fn none() -> Value {
    Value::None
}

fn number(value: bool) -> Value {
    Value::Int(i64::from(value))
}

/// The conversion's character as a number; -1 is none.
fn conversion_code(conversion: Conversion) -> Value {
    let code = match conversion {
        Conversion::None => -1,
        Conversion::Str => i64::from(b's'),
        Conversion::Repr => i64::from(b'r'),
        Conversion::Ascii => i64::from(b'a'),
    };
    Value::Int(code)
}

fn context(ctx: Ctx) -> Node {
    Node::new(match ctx {
        Ctx::Load => "Load",
        Ctx::Store => "Store",
        Ctx::Del => "Del",
    })
}

fn operator(op: Operator) -> Node {
    Node::new(match op {
        Operator::Add => "Add",
        Operator::Sub => "Sub",
        Operator::Mult => "Mult",
        Operator::MatMult => "MatMult",
        Operator::Div => "Div",
        Operator::Mod => "Mod",
        Operator::Pow => "Pow",
        Operator::LShift => "LShift",
        Operator::RShift => "RShift",
        Operator::BitOr => "BitOr",
        Operator::BitXor => "BitXor",
        Operator::BitAnd => "BitAnd",
        Operator::FloorDiv => "FloorDiv",
    })
}

fn unary(op: UnaryOp) -> Node {
    Node::new(match op {
        UnaryOp::Invert => "Invert",
        UnaryOp::Not => "Not",
        UnaryOp::UAdd => "UAdd",
        UnaryOp::USub => "USub",
    })
}

fn comparison(op: CmpOp) -> Node {
    Node::new(match op {
        CmpOp::Eq => "Eq",
        CmpOp::NotEq => "NotEq",
        CmpOp::Lt => "Lt",
        CmpOp::LtE => "LtE",
        CmpOp::Gt => "Gt",
        CmpOp::GtE => "GtE",
        CmpOp::Is => "Is",
        CmpOp::IsNot => "IsNot",
        CmpOp::In => "In",
        CmpOp::NotIn => "NotIn",
    })
}
