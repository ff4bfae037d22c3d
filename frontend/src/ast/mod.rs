//! The abstract syntax tree in CPython's shape.
//!
//! The parser crate's tree is close to the source text; the compiler wants CPython's `ast` module:
//! nested `if` for `elif`, f-strings as lists of values with merged constants, positions as lines
//! and UTF-8 columns, generator arguments that include the call's parentheses. [`lower`] makes one
//! from the other. Nodes live in an arena and are plain data without destructors: names are
//! interned ([`Name`]) and constants are numbers of the compilation's pool ([`ConstId`]).
//!
//! Nodes that open a scope carry the number that the symbol table gave them in a `Cell`.

pub mod literals;
pub mod lower;
pub mod lower_expr;
pub mod strings;
pub mod unparse;

use std::cell::Cell;

pub use ruff_python_ast::{BoolOp, CmpOp, Operator, UnaryOp};

use crate::{consts::ConstId, names::Name, symtable::ScopeId};

/// A source range as CPython gives it: lines from 1, columns in UTF-8 bytes from 0.
#[derive(Clone, Copy, Debug)]
pub struct Loc {
    pub line: i32,
    pub end_line: i32,
    pub col: i32,
    pub end_col: i32,
}

impl PartialEq for Loc {
    /// Without branches: locations of neighbours are compared all the time, and any of the parts may differ.
    #[inline]
    fn eq(&self, other: &Loc) -> bool {
        let lines = (self.line ^ other.line) | (self.end_line ^ other.end_line);
        lines | (self.col ^ other.col) | (self.end_col ^ other.end_col) == 0
    }
}

impl Eq for Loc {}

impl Loc {
    /// An instruction that belongs to no source line.
    pub const NONE: Loc = Loc { line: -1, end_line: -1, col: -1, end_col: -1 };
    /// An instruction that takes the location of the one after it.
    pub const NEXT: Loc = Loc { line: -2, end_line: -2, col: -2, end_col: -2 };

    pub const fn new(line: i32, end_line: i32, col: i32, end_col: i32) -> Loc {
        Loc { line, end_line, col, end_col }
    }

    /// From the start of `self` to the end of `other`.
    pub const fn to(self, other: Loc) -> Loc {
        Loc { line: self.line, end_line: other.end_line, col: self.col, end_col: other.end_col }
    }
}

/// Whether a name, attribute, subscript, list or tuple is read, written or deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ctx {
    Load,
    Store,
    Del,
}

/// The scope of a node, set by the symbol table.
pub type ScopeCell = Cell<ScopeId>;

#[derive(Debug)]
pub struct Expr<'a> {
    pub loc: Loc,
    pub kind: ExprKind<'a>,
}

#[derive(Debug)]
pub enum ExprKind<'a> {
    BoolOp {
        op: BoolOp,
        values: &'a [Expr<'a>],
    },
    Named {
        target: &'a Expr<'a>,
        value: &'a Expr<'a>,
    },
    BinOp {
        left: &'a Expr<'a>,
        op: Operator,
        right: &'a Expr<'a>,
    },
    UnaryOp {
        op: UnaryOp,
        operand: &'a Expr<'a>,
    },
    Lambda(&'a Lambda<'a>),
    IfExp {
        test: &'a Expr<'a>,
        body: &'a Expr<'a>,
        orelse: &'a Expr<'a>,
    },
    /// An item without a key unpacks its value.
    Dict(&'a [DictItem<'a>]),
    Set(&'a [Expr<'a>]),
    Comp(&'a Comp<'a>),
    Await(&'a Expr<'a>),
    Yield(Option<&'a Expr<'a>>),
    YieldFrom(&'a Expr<'a>),
    Compare {
        left: &'a Expr<'a>,
        ops: &'a [CmpOp],
        comparators: &'a [Expr<'a>],
    },
    Call(&'a Call<'a>),
    FormattedValue {
        value: &'a Expr<'a>,
        conversion: Conversion,
        format_spec: Option<&'a Expr<'a>>,
    },
    Interpolation {
        value: &'a Expr<'a>,
        text: ConstId,
        conversion: Conversion,
        format_spec: Option<&'a Expr<'a>>,
    },
    JoinedStr(&'a [Expr<'a>]),
    TemplateStr(&'a [Expr<'a>]),
    Constant(ConstId),
    Attribute {
        value: &'a Expr<'a>,
        attr: Name,
        ctx: Ctx,
    },
    Subscript {
        value: &'a Expr<'a>,
        slice: &'a Expr<'a>,
        ctx: Ctx,
    },
    Starred {
        value: &'a Expr<'a>,
        ctx: Ctx,
    },
    Name {
        id: Name,
        ctx: Ctx,
    },
    List {
        elts: &'a [Expr<'a>],
        ctx: Ctx,
    },
    Tuple {
        elts: &'a [Expr<'a>],
        ctx: Ctx,
    },
    Slice {
        lower: Option<&'a Expr<'a>>,
        upper: Option<&'a Expr<'a>>,
        step: Option<&'a Expr<'a>>,
    },
}

/// The `!r` of a replacement field, numbered as `CONVERT_VALUE` wants it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Conversion {
    None = 0,
    Str = 1,
    Repr = 2,
    Ascii = 3,
}

#[derive(Debug)]
pub struct DictItem<'a> {
    pub key: Option<Expr<'a>>,
    pub value: Expr<'a>,
}

#[derive(Debug)]
pub struct Lambda<'a> {
    pub args: Arguments<'a>,
    pub body: Expr<'a>,
    pub scope: ScopeCell,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompKind {
    Generator,
    List,
    Set,
    Dict,
}

/// A comprehension or generator expression; `value` is the dict comprehension's value.
#[derive(Debug)]
pub struct Comp<'a> {
    pub kind: CompKind,
    pub elt: Expr<'a>,
    pub value: Option<Expr<'a>>,
    pub generators: &'a [Generator<'a>],
    pub scope: ScopeCell,
}

/// One `for … in … if …` of a comprehension.
#[derive(Debug)]
pub struct Generator<'a> {
    pub target: Expr<'a>,
    pub iter: Expr<'a>,
    pub ifs: &'a [Expr<'a>],
    pub is_async: bool,
}

#[derive(Debug)]
pub struct Call<'a> {
    pub func: Expr<'a>,
    pub args: &'a [Expr<'a>],
    pub keywords: &'a [Keyword<'a>],
}

/// `arg=value`, or `**value` without a name.
#[derive(Debug)]
pub struct Keyword<'a> {
    pub loc: Loc,
    pub arg: Option<Name>,
    pub value: Expr<'a>,
}

#[derive(Debug)]
pub struct Arg<'a> {
    pub loc: Loc,
    pub name: Name,
    pub annotation: Option<&'a Expr<'a>>,
}

#[derive(Debug)]
pub struct Arguments<'a> {
    pub posonly: &'a [Arg<'a>],
    pub args: &'a [Arg<'a>],
    pub vararg: Option<&'a Arg<'a>>,
    pub kwonly: &'a [Arg<'a>],
    /// One entry for each of `kwonly`.
    pub kw_defaults: &'a [Option<Expr<'a>>],
    pub kwarg: Option<&'a Arg<'a>>,
    /// Of the last positional parameters.
    pub defaults: &'a [Expr<'a>],
}

#[derive(Debug)]
pub struct Stmt<'a> {
    pub loc: Loc,
    pub kind: StmtKind<'a>,
}

pub type Body<'a> = &'a [Stmt<'a>];

#[derive(Debug)]
pub enum StmtKind<'a> {
    FunctionDef(&'a FunctionDef<'a>),
    ClassDef(&'a ClassDef<'a>),
    Return(Option<&'a Expr<'a>>),
    Delete(&'a [Expr<'a>]),
    Assign { targets: &'a [Expr<'a>], value: &'a Expr<'a> },
    TypeAlias(&'a TypeAlias<'a>),
    AugAssign { target: &'a Expr<'a>, op: Operator, value: &'a Expr<'a> },
    AnnAssign(&'a AnnAssign<'a>),
    For(&'a For<'a>),
    While { test: &'a Expr<'a>, body: Body<'a>, orelse: Body<'a> },
    If { test: &'a Expr<'a>, body: Body<'a>, orelse: Body<'a> },
    With(&'a With<'a>),
    Match { subject: &'a Expr<'a>, cases: &'a [MatchCase<'a>] },
    Raise { exc: Option<&'a Expr<'a>>, cause: Option<&'a Expr<'a>> },
    Try(&'a Try<'a>),
    Assert { test: &'a Expr<'a>, msg: Option<&'a Expr<'a>> },
    Import(&'a [Alias]),
    ImportFrom { module: Option<Name>, names: &'a [Alias], level: u32 },
    Global(&'a [Name]),
    Nonlocal(&'a [Name]),
    Expr(&'a Expr<'a>),
    Pass,
    Break,
    Continue,
}

#[derive(Debug)]
pub struct FunctionDef<'a> {
    pub name: Name,
    pub args: Arguments<'a>,
    pub body: Body<'a>,
    pub decorators: &'a [Expr<'a>],
    pub returns: Option<&'a Expr<'a>>,
    pub type_params: &'a [TypeParam<'a>],
    pub is_async: bool,
    pub scope: ScopeCell,
    pub annotations_scope: ScopeCell,
    pub type_params_scope: ScopeCell,
}

#[derive(Debug)]
pub struct ClassDef<'a> {
    pub name: Name,
    pub bases: &'a [Expr<'a>],
    pub keywords: &'a [Keyword<'a>],
    pub body: Body<'a>,
    pub decorators: &'a [Expr<'a>],
    pub type_params: &'a [TypeParam<'a>],
    pub scope: ScopeCell,
    pub type_params_scope: ScopeCell,
}

#[derive(Debug)]
pub struct TypeAlias<'a> {
    pub name: Name,
    pub name_loc: Loc,
    pub type_params: &'a [TypeParam<'a>],
    pub value: Expr<'a>,
    pub scope: ScopeCell,
    pub type_params_scope: ScopeCell,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TypeParamKind {
    TypeVar,
    TypeVarTuple,
    ParamSpec,
}

#[derive(Debug)]
pub struct TypeParam<'a> {
    pub loc: Loc,
    pub kind: TypeParamKind,
    pub name: Name,
    pub bound: Option<&'a Expr<'a>>,
    pub default: Option<&'a Expr<'a>>,
    pub bound_scope: ScopeCell,
    pub default_scope: ScopeCell,
}

#[derive(Debug)]
pub struct AnnAssign<'a> {
    pub target: Expr<'a>,
    pub annotation: Expr<'a>,
    pub value: Option<Expr<'a>>,
    /// The target is a name without parentheses.
    pub simple: bool,
}

#[derive(Debug)]
pub struct For<'a> {
    pub target: Expr<'a>,
    pub iter: Expr<'a>,
    pub body: Body<'a>,
    pub orelse: Body<'a>,
    pub is_async: bool,
}

#[derive(Debug)]
pub struct With<'a> {
    pub items: &'a [WithItem<'a>],
    pub body: Body<'a>,
    pub is_async: bool,
}

#[derive(Debug)]
pub struct WithItem<'a> {
    pub context: Expr<'a>,
    pub vars: Option<&'a Expr<'a>>,
}

#[derive(Debug)]
pub struct Try<'a> {
    pub body: Body<'a>,
    pub handlers: &'a [Handler<'a>],
    pub orelse: Body<'a>,
    pub finalbody: Body<'a>,
    pub is_star: bool,
}

#[derive(Debug)]
pub struct Handler<'a> {
    pub loc: Loc,
    pub typ: Option<&'a Expr<'a>>,
    pub name: Option<Name>,
    pub body: Body<'a>,
}

#[derive(Debug)]
pub struct Alias {
    pub loc: Loc,
    pub name: Name,
    pub asname: Option<Name>,
}

#[derive(Debug)]
pub struct MatchCase<'a> {
    pub pattern: Pattern<'a>,
    pub guard: Option<&'a Expr<'a>>,
    pub body: Body<'a>,
}

#[derive(Debug)]
pub struct Pattern<'a> {
    pub loc: Loc,
    pub kind: PatternKind<'a>,
}

#[derive(Debug)]
pub enum PatternKind<'a> {
    Value(&'a Expr<'a>),
    Singleton(ConstId),
    Sequence(&'a [Pattern<'a>]),
    Mapping {
        keys: &'a [Expr<'a>],
        patterns: &'a [Pattern<'a>],
        rest: Option<Name>,
    },
    Class {
        cls: &'a Expr<'a>,
        patterns: &'a [Pattern<'a>],
        kwd_attrs: &'a [Name],
        kwd_patterns: &'a [Pattern<'a>],
    },
    Star(Option<Name>),
    As {
        pattern: Option<&'a Pattern<'a>>,
        name: Option<Name>,
    },
    Or(&'a [Pattern<'a>]),
}

/// What is compiled.
#[derive(Debug)]
pub enum Module<'a> {
    Module(Body<'a>),
    Interactive(Body<'a>),
    Expression(Expr<'a>),
}

impl<'a> Expr<'a> {
    pub fn constant(&self) -> Option<ConstId> {
        match self.kind {
            ExprKind::Constant(id) => Some(id),
            _ => None,
        }
    }

    pub fn is_constant(&self) -> bool {
        matches!(self.kind, ExprKind::Constant(_))
    }

    /// The starred operand, if it is a starred expression.
    pub fn starred(&self) -> Option<&'a Expr<'a>> {
        match self.kind {
            ExprKind::Starred { value, .. } => Some(value),
            _ => None,
        }
    }
}
