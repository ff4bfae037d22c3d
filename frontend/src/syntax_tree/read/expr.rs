//! Expressions, parameters and what belongs to calls and comprehensions.

use super::{Node, Reader, Result, Value, check, invalid, no_scope};
use crate::{ast::*, code::Constant, consts::ConstPool, names::known};

fn context_name(ctx: Ctx) -> &'static str {
    match ctx {
        Ctx::Load => "Load",
        Ctx::Store => "Store",
        Ctx::Del => "Del",
    }
}

fn context(node: &Node) -> Ctx {
    match node.get("ctx") {
        Some(Value::Node(ctx)) => match ctx.class {
            "Store" => Ctx::Store,
            "Del" => Ctx::Del,
            _ => Ctx::Load,
        },
        _ => Ctx::Load,
    }
}

/// The name of an operator's node.
fn operator_class(value: Option<&Value>) -> &str {
    match value {
        Some(Value::Node(node)) => node.class,
        _ => "",
    }
}

pub(super) fn operator(class: &str) -> Option<Operator> {
    Some(match class {
        "Add" => Operator::Add,
        "Sub" => Operator::Sub,
        "Mult" => Operator::Mult,
        "MatMult" => Operator::MatMult,
        "Div" => Operator::Div,
        "Mod" => Operator::Mod,
        "Pow" => Operator::Pow,
        "LShift" => Operator::LShift,
        "RShift" => Operator::RShift,
        "BitOr" => Operator::BitOr,
        "BitXor" => Operator::BitXor,
        "BitAnd" => Operator::BitAnd,
        "FloorDiv" => Operator::FloorDiv,
        _ => return None,
    })
}

fn comparison(class: &str) -> Option<CmpOp> {
    Some(match class {
        "Eq" => CmpOp::Eq,
        "NotEq" => CmpOp::NotEq,
        "Lt" => CmpOp::Lt,
        "LtE" => CmpOp::LtE,
        "Gt" => CmpOp::Gt,
        "GtE" => CmpOp::GtE,
        "Is" => CmpOp::Is,
        "IsNot" => CmpOp::IsNot,
        "In" => CmpOp::In,
        "NotIn" => CmpOp::NotIn,
        _ => return None,
    })
}

fn required<T>(found: Option<T>, field: &str, node: &Node) -> Result<T> {
    match found {
        Some(found) => Ok(found),
        None => invalid(format!("field '{field}' is required for {}", node.class)),
    }
}

impl<'a> Reader<'_, 'a, '_> {
    /// The expression in a field, which is read.
    pub(super) fn load(&mut self, node: &Node, field: &str) -> Result<Expr<'a>> {
        let child = self.child(node, field)?;
        self.expr(child, Ctx::Load)
    }

    pub(super) fn load_ref(&mut self, node: &Node, field: &str) -> Result<&'a Expr<'a>> {
        let expr = self.load(node, field)?;
        Ok(self.alloc(expr))
    }

    pub(super) fn target(&mut self, node: &Node, field: &str) -> Result<Expr<'a>> {
        let child = self.child(node, field)?;
        self.expr(child, Ctx::Store)
    }

    pub(super) fn optional(&mut self, node: &Node, field: &str) -> Result<Option<&'a Expr<'a>>> {
        match self.optional_child(node, field) {
            Some(child) => {
                let expr = self.expr(child, Ctx::Load)?;
                Ok(Some(self.alloc(expr)))
            }
            None => Ok(None),
        }
    }

    pub(super) fn exprs(&mut self, node: &Node, field: &str, ctx: Ctx) -> Result<&'a [Expr<'a>]> {
        let mut all = Vec::new();
        for child in self.children(node, field, "expression")? {
            all.push(self.expr(child, ctx)?);
        }
        Ok(self.slice(all))
    }

    /// Expressions of a list in which None stands for none.
    fn optional_exprs(&mut self, node: &Node, field: &str) -> Result<Vec<Option<Expr<'a>>>> {
        let mut all = Vec::new();
        for item in self.items(node, field) {
            all.push(match item {
                Value::Node(child) => Some(self.expr(child, Ctx::Load)?),
                _ => None,
            });
        }
        Ok(all)
    }

    pub(super) fn expr(&mut self, node: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        self.enter()?;
        let expr = stacker::maybe_grow(64 << 10, 1 << 20, || {
            let loc = node.place()?;
            Ok(Expr { loc, kind: self.expr_kind(node, ctx)? })
        });
        self.depth -= 1;
        expr
    }

    /// That a node is used as it says.
    fn check_context(&self, node: &Node, wanted: Ctx) -> Result<()> {
        match node.class {
            "Attribute" | "Subscript" | "Starred" | "Name" | "List" | "Tuple" => {
                let found = context(node);
                if found != wanted {
                    let (wanted, found) = (context_name(wanted), context_name(found));
                    return invalid(format!("expression must have {wanted} context but has {found} instead"));
                }
            }
            _ if wanted != Ctx::Load => {
                let wanted = context_name(wanted);
                return invalid(format!("expression which can't be assigned to in {wanted} context"));
            }
            _ => {}
        }
        Ok(())
    }

    fn expr_kind(&mut self, node: &Node, wanted: Ctx) -> Result<ExprKind<'a>> {
        self.check_context(node, wanted)?;
        let ctx = context(node);
        Ok(match node.class {
            "BoolOp" => {
                if self.items(node, "values").len() < 2 {
                    return invalid("BoolOp with less than 2 values");
                }
                let op = match operator_class(node.get("op")) {
                    "And" => BoolOp::And,
                    "Or" => BoolOp::Or,
                    _ => return invalid("field 'op' is required for BoolOp"),
                };
                ExprKind::BoolOp { op, values: self.exprs(node, "values", Ctx::Load)? }
            }
            "NamedExpr" => {
                let target = self.child(node, "target")?;
                if target.class != "Name" {
                    let message = "NamedExpr target must be a Name".to_owned();
                    return Err(super::TreeError { kind: super::TreeErrorKind::Type, message });
                }
                let target = self.expr(target, Ctx::Store)?;
                ExprKind::Named { target: self.alloc(target), value: self.load_ref(node, "value")? }
            }
            "BinOp" => {
                let op = required(operator(operator_class(node.get("op"))), "op", node)?;
                let (left, right) = (self.load_ref(node, "left")?, self.load_ref(node, "right")?);
                if op == Operator::Mod
                    && let Some(values) = self.lower.percent_format(left, right)
                {
                    return Ok(ExprKind::JoinedStr(values));
                }
                ExprKind::BinOp { left, op, right }
            }
            "UnaryOp" => {
                let op = match operator_class(node.get("op")) {
                    "Invert" => UnaryOp::Invert,
                    "Not" => UnaryOp::Not,
                    "UAdd" => UnaryOp::UAdd,
                    "USub" => UnaryOp::USub,
                    _ => return invalid("field 'op' is required for UnaryOp"),
                };
                ExprKind::UnaryOp { op, operand: self.load_ref(node, "operand")? }
            }
            "Lambda" => {
                let args = self.child(node, "args")?;
                let args = self.arguments(args)?;
                let body = self.load(node, "body")?;
                ExprKind::Lambda(self.alloc(Lambda { args, body, scope: no_scope() }))
            }
            "IfExp" => ExprKind::IfExp {
                test: self.load_ref(node, "test")?,
                body: self.load_ref(node, "body")?,
                orelse: self.load_ref(node, "orelse")?,
            },
            "Dict" => self.dict(node)?,
            "Set" => ExprKind::Set(self.exprs(node, "elts", Ctx::Load)?),
            "ListComp" => self.comp(node, CompKind::List)?,
            "SetComp" => self.comp(node, CompKind::Set)?,
            "DictComp" => self.comp(node, CompKind::Dict)?,
            "GeneratorExp" => self.comp(node, CompKind::Generator)?,
            "Await" => ExprKind::Await(self.load_ref(node, "value")?),
            "Yield" => ExprKind::Yield(self.optional(node, "value")?),
            "YieldFrom" => ExprKind::YieldFrom(self.load_ref(node, "value")?),
            "Compare" => self.compare(node)?,
            "Call" => {
                let func = self.load(node, "func")?;
                let args = self.exprs(node, "args", Ctx::Load)?;
                let keywords = self.keywords(node)?;
                ExprKind::Call(self.alloc(Call { func, args, keywords }))
            }
            "FormattedValue" => ExprKind::FormattedValue {
                value: self.load_ref(node, "value")?,
                conversion: self.conversion(node)?,
                format_spec: self.optional(node, "format_spec")?,
            },
            "Interpolation" => {
                let text = match node.get("str") {
                    Some(Value::Constant(constant)) => self.lower.consts.add(constant.clone()),
                    Some(Value::Str(text)) => self.lower.consts.add(Constant::Str(text.clone())),
                    _ => crate::consts::ConstId::NONE,
                };
                ExprKind::Interpolation {
                    value: self.load_ref(node, "value")?,
                    text,
                    conversion: self.conversion(node)?,
                    format_spec: self.optional(node, "format_spec")?,
                }
            }
            "JoinedStr" => ExprKind::JoinedStr(self.exprs(node, "values", Ctx::Load)?),
            "TemplateStr" => ExprKind::TemplateStr(self.exprs(node, "values", Ctx::Load)?),
            "Constant" => ExprKind::Constant(self.constant(node)?),
            "Attribute" => {
                let value = self.load_ref(node, "value")?;
                ExprKind::Attribute { value, attr: self.name(node, "attr")?, ctx }
            }
            "Subscript" => {
                let slice = self.load_ref(node, "slice")?;
                ExprKind::Subscript { value: self.load_ref(node, "value")?, slice, ctx }
            }
            "Starred" => {
                let child = self.child(node, "value")?;
                let value = self.expr(child, ctx)?;
                ExprKind::Starred { value: self.alloc(value), ctx }
            }
            "Name" => {
                let id = self.checked_name(node, "id")?;
                if id == known::DEBUG && ctx == Ctx::Load {
                    return Ok(ExprKind::Constant(ConstPool::bool(self.lower.optimize == 0)));
                }
                ExprKind::Name { id, ctx }
            }
            "List" => ExprKind::List { elts: self.exprs(node, "elts", ctx)?, ctx },
            "Tuple" => ExprKind::Tuple { elts: self.exprs(node, "elts", ctx)?, ctx },
            "Slice" => ExprKind::Slice {
                lower: self.optional(node, "lower")?,
                upper: self.optional(node, "upper")?,
                step: self.optional(node, "step")?,
            },
            _ => return invalid("unexpected expression"),
        })
    }

    fn conversion(&self, node: &Node) -> Result<Conversion> {
        match self.number(node, "conversion") {
            -1 | 0 => Ok(Conversion::None),
            115 => Ok(Conversion::Str),
            114 => Ok(Conversion::Repr),
            97 => Ok(Conversion::Ascii),
            n => {
                let message = format!("Unrecognized conversion character {n}");
                Err(super::TreeError { kind: super::TreeErrorKind::Value, message })
            }
        }
    }

    fn dict(&mut self, node: &Node) -> Result<ExprKind<'a>> {
        if self.items(node, "keys").len() != self.items(node, "values").len() {
            return invalid("Dict doesn't have the same number of keys as values");
        }
        let keys = self.optional_exprs(node, "keys")?;
        let mut items = Vec::with_capacity(keys.len());
        for (key, value) in keys.into_iter().zip(self.children(node, "values", "expression")?) {
            items.push(DictItem { key, value: self.expr(value, Ctx::Load)? });
        }
        Ok(ExprKind::Dict(self.slice(items)))
    }

    fn compare(&mut self, node: &Node) -> Result<ExprKind<'a>> {
        let comparators = self.items(node, "comparators").len();
        if comparators == 0 {
            return invalid("Compare with no comparators");
        }
        if comparators != self.items(node, "ops").len() {
            return invalid("Compare has a different number of comparators and operands");
        }
        let mut ops = Vec::new();
        for op in self.items(node, "ops") {
            ops.push(required(comparison(operator_class(Some(op))), "ops", node)?);
        }
        let comparators = self.exprs(node, "comparators", Ctx::Load)?;
        let left = self.load_ref(node, "left")?;
        Ok(ExprKind::Compare { left, ops: self.slice(ops), comparators })
    }

    fn comp(&mut self, node: &Node, kind: CompKind) -> Result<ExprKind<'a>> {
        check_generators(self.items(node, "generators").len())?;
        let mut generators = Vec::new();
        for g in self.children(node, "generators", "comprehension")? {
            generators.push(Generator {
                target: self.target(g, "target")?,
                iter: self.load(g, "iter")?,
                ifs: self.exprs(g, "ifs", Ctx::Load)?,
                is_async: self.number(g, "is_async") != 0,
            });
        }
        let (elt, value) = if kind == CompKind::Dict {
            (self.load(node, "key")?, Some(self.load(node, "value")?))
        } else {
            (self.load(node, "elt")?, None)
        };
        let generators = self.slice(generators);
        Ok(ExprKind::Comp(self.alloc(Comp { kind, elt, value, generators, scope: no_scope() })))
    }

    pub(super) fn keywords(&mut self, node: &Node) -> Result<&'a [Keyword<'a>]> {
        let mut all = Vec::new();
        for keyword in self.children(node, "keywords", "keyword")? {
            let arg = self.optional_name(keyword, "arg")?;
            let loc = keyword.loc.unwrap_or(Loc::NONE);
            all.push(Keyword { loc, arg, value: self.load(keyword, "value")? });
        }
        Ok(self.slice(all))
    }

    fn arg(&mut self, node: &Node) -> Result<Arg<'a>> {
        let loc = node.place()?;
        Ok(Arg { loc, annotation: self.optional(node, "annotation")?, name: self.name(node, "arg")? })
    }

    fn arg_list(&mut self, node: &Node, field: &str) -> Result<&'a [Arg<'a>]> {
        let mut all = Vec::new();
        for arg in self.children(node, field, "argument")? {
            all.push(self.arg(arg)?);
        }
        Ok(self.slice(all))
    }

    pub(super) fn arguments(&mut self, node: &Node) -> Result<Arguments<'a>> {
        let (posonly, args) = (self.arg_list(node, "posonlyargs")?, self.arg_list(node, "args")?);
        let starred = |this: &mut Self, field: &str| match this.optional_child(node, field) {
            Some(arg) => {
                let arg = this.arg(arg)?;
                Ok(Some(this.alloc(arg)))
            }
            None => Ok(None),
        };
        let vararg = starred(self, "vararg")?;
        let kwonly = self.arg_list(node, "kwonlyargs")?;
        let kwarg = starred(self, "kwarg")?;
        if self.items(node, "defaults").len() > posonly.len() + args.len() {
            return invalid("more positional defaults than args on arguments");
        }
        if self.items(node, "kw_defaults").len() != kwonly.len() {
            return invalid("length of kwonlyargs is not the same as kw_defaults on arguments");
        }
        let defaults = self.exprs(node, "defaults", Ctx::Load)?;
        let kw_defaults = self.optional_exprs(node, "kw_defaults")?;
        let kw_defaults = self.slice(kw_defaults);
        Ok(Arguments { posonly, args, vararg, kwonly, kw_defaults, kwarg, defaults })
    }
}

fn check_generators(len: usize) -> Result<()> {
    if len == 0 { invalid("comprehension with no generators") } else { Ok(()) }
}

/// Targets of a statement, of which there must be some.
pub(super) fn some_targets(len: usize, owner: &str) -> Result<()> {
    check::not_empty(len, "targets", owner)
}
