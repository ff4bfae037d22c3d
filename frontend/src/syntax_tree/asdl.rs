//! The node classes of Python's `ast` module as one table: class, base, fields with their types.
//!
//! `?` marks fields that may be None, `*` lists. The classes, the conversions in both directions and the messages about
//! missing fields all come from here.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

pub const TABLE: &str = "\
mod(AST)\n\
Module(mod) body:stmt* type_ignores:type_ignore*\n\
Interactive(mod) body:stmt*\n\
Expression(mod) body:expr\n\
FunctionType(mod) argtypes:expr* returns:expr\n\
stmt(AST)\n\
FunctionDef(stmt) name:str args:arguments body:stmt* decorator_list:expr* returns:expr? type_comment:str? type_params:type_param*\n\
AsyncFunctionDef(stmt) name:str args:arguments body:stmt* decorator_list:expr* returns:expr? type_comment:str? type_params:type_param*\n\
ClassDef(stmt) name:str bases:expr* keywords:keyword* body:stmt* decorator_list:expr* type_params:type_param*\n\
Return(stmt) value:expr?\n\
Delete(stmt) targets:expr*\n\
Assign(stmt) targets:expr* value:expr type_comment:str?\n\
TypeAlias(stmt) name:expr type_params:type_param* value:expr\n\
AugAssign(stmt) target:expr op:operator value:expr\n\
AnnAssign(stmt) target:expr annotation:expr value:expr? simple:int\n\
For(stmt) target:expr iter:expr body:stmt* orelse:stmt* type_comment:str?\n\
AsyncFor(stmt) target:expr iter:expr body:stmt* orelse:stmt* type_comment:str?\n\
While(stmt) test:expr body:stmt* orelse:stmt*\n\
If(stmt) test:expr body:stmt* orelse:stmt*\n\
With(stmt) items:withitem* body:stmt* type_comment:str?\n\
AsyncWith(stmt) items:withitem* body:stmt* type_comment:str?\n\
Match(stmt) subject:expr cases:match_case*\n\
Raise(stmt) exc:expr? cause:expr?\n\
Try(stmt) body:stmt* handlers:excepthandler* orelse:stmt* finalbody:stmt*\n\
TryStar(stmt) body:stmt* handlers:excepthandler* orelse:stmt* finalbody:stmt*\n\
Assert(stmt) test:expr msg:expr?\n\
Import(stmt) names:alias*\n\
ImportFrom(stmt) module:str? names:alias* level:int?\n\
Global(stmt) names:str*\n\
Nonlocal(stmt) names:str*\n\
Expr(stmt) value:expr\n\
Pass(stmt)\n\
Break(stmt)\n\
Continue(stmt)\n\
expr(AST)\n\
BoolOp(expr) op:boolop values:expr*\n\
NamedExpr(expr) target:expr value:expr\n\
BinOp(expr) left:expr op:operator right:expr\n\
UnaryOp(expr) op:unaryop operand:expr\n\
Lambda(expr) args:arguments body:expr\n\
IfExp(expr) test:expr body:expr orelse:expr\n\
Dict(expr) keys:expr* values:expr*\n\
Set(expr) elts:expr*\n\
ListComp(expr) elt:expr generators:comprehension*\n\
SetComp(expr) elt:expr generators:comprehension*\n\
DictComp(expr) key:expr value:expr generators:comprehension*\n\
GeneratorExp(expr) elt:expr generators:comprehension*\n\
Await(expr) value:expr\n\
Yield(expr) value:expr?\n\
YieldFrom(expr) value:expr\n\
Compare(expr) left:expr ops:cmpop* comparators:expr*\n\
Call(expr) func:expr args:expr* keywords:keyword*\n\
FormattedValue(expr) value:expr conversion:int format_spec:expr?\n\
Interpolation(expr) value:expr str:object conversion:int format_spec:expr?\n\
JoinedStr(expr) values:expr*\n\
TemplateStr(expr) values:expr*\n\
Constant(expr) value:object kind:str?\n\
Attribute(expr) value:expr attr:str ctx:expr_context\n\
Subscript(expr) value:expr slice:expr ctx:expr_context\n\
Starred(expr) value:expr ctx:expr_context\n\
Name(expr) id:str ctx:expr_context\n\
List(expr) elts:expr* ctx:expr_context\n\
Tuple(expr) elts:expr* ctx:expr_context\n\
Slice(expr) lower:expr? upper:expr? step:expr?\n\
expr_context(AST)\n\
Load(expr_context)\n\
Store(expr_context)\n\
Del(expr_context)\n\
boolop(AST)\n\
And(boolop)\n\
Or(boolop)\n\
operator(AST)\n\
Add(operator)\n\
Sub(operator)\n\
Mult(operator)\n\
MatMult(operator)\n\
Div(operator)\n\
Mod(operator)\n\
Pow(operator)\n\
LShift(operator)\n\
RShift(operator)\n\
BitOr(operator)\n\
BitXor(operator)\n\
BitAnd(operator)\n\
FloorDiv(operator)\n\
unaryop(AST)\n\
Invert(unaryop)\n\
Not(unaryop)\n\
UAdd(unaryop)\n\
USub(unaryop)\n\
cmpop(AST)\n\
Eq(cmpop)\n\
NotEq(cmpop)\n\
Lt(cmpop)\n\
LtE(cmpop)\n\
Gt(cmpop)\n\
GtE(cmpop)\n\
Is(cmpop)\n\
IsNot(cmpop)\n\
In(cmpop)\n\
NotIn(cmpop)\n\
comprehension(AST) target:expr iter:expr ifs:expr* is_async:int\n\
excepthandler(AST)\n\
ExceptHandler(excepthandler) type:expr? name:str? body:stmt*\n\
arguments(AST) posonlyargs:arg* args:arg* vararg:arg? kwonlyargs:arg* kw_defaults:expr* kwarg:arg? defaults:expr*\n\
arg(AST) arg:str annotation:expr? type_comment:str?\n\
keyword(AST) arg:str? value:expr\n\
alias(AST) name:str asname:str?\n\
withitem(AST) context_expr:expr optional_vars:expr?\n\
match_case(AST) pattern:pattern guard:expr? body:stmt*\n\
pattern(AST)\n\
MatchValue(pattern) value:expr\n\
MatchSingleton(pattern) value:object\n\
MatchSequence(pattern) patterns:pattern*\n\
MatchMapping(pattern) keys:expr* patterns:pattern* rest:str?\n\
MatchClass(pattern) cls:expr patterns:pattern* kwd_attrs:str* kwd_patterns:pattern*\n\
MatchStar(pattern) name:str?\n\
MatchAs(pattern) pattern:pattern? name:str?\n\
MatchOr(pattern) patterns:pattern*\n\
type_ignore(AST)\n\
TypeIgnore(type_ignore) lineno:int tag:str\n\
type_param(AST)\n\
TypeVar(type_param) name:str bound:expr? default_value:expr?\n\
ParamSpec(type_param) name:str default_value:expr?\n\
TypeVarTuple(type_param) name:str default_value:expr?\n\
";

/// Bases whose nodes say where they are.
pub const LOCATED: &[&str] =
    &["stmt", "expr", "excepthandler", "arg", "keyword", "alias", "pattern", "type_param"];
/// Those that must say where they end.
pub const ENDED: &[&str] = &["pattern", "type_param"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arity {
    One,
    Optional,
    List,
}

#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    /// A class of nodes, or `str`, `int`, `object`.
    pub kind: &'static str,
    pub arity: Arity,
}

#[derive(Debug)]
pub struct Class {
    pub name: &'static str,
    pub base: &'static str,
    pub fields: Vec<Field>,
}

impl Class {
    /// Whether its nodes have positions; messages about them name what is returned.
    pub fn located(&self) -> Option<&'static str> {
        LOCATED.iter().copied().find(|name| *name == self.name || *name == self.base)
    }

    /// A class of its own, not one of several that stand for the same.
    pub fn is_product(&self) -> bool {
        self.base == "AST" && !self.fields.is_empty()
    }
}

/// The classes by name.
static CLASSES: LazyLock<FxHashMap<&'static str, Class>> =
    LazyLock::new(|| TABLE.lines().filter_map(parse).map(|class| (class.name, class)).collect());

/// The class of that name.
pub fn class(name: &str) -> Option<&'static Class> {
    CLASSES.get(name)
}

/// `Name(base) field:type field:type*`
fn parse(line: &'static str) -> Option<Class> {
    let (name, rest) = line.split_once('(')?;
    let (base, fields) = rest.split_once(')')?;
    let field = |text: &'static str| {
        let (name, kind) = text.split_once(':')?;
        let (kind, arity) = match kind.as_bytes().last()? {
            b'?' => (&kind[..kind.len() - 1], Arity::Optional),
            b'*' => (&kind[..kind.len() - 1], Arity::List),
            _ => (kind, Arity::One),
        };
        Some(Field { name, kind, arity })
    };
    Some(Class { name, base, fields: fields.split_whitespace().filter_map(field).collect() })
}
