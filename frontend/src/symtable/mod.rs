//! Symbol tables: which scope each name belongs to.
//!
//! A first pass over the tree ([`build`]) makes one [`Scope`] per module, class, function, lambda,
//! comprehension, annotation function and type-parameter list, and records for every name how it is
//! used there. A second pass ([`analyze`]) decides for each name whether it is local, global, free
//! or a cell, and merges comprehensions into the scope that contains them (PEP 709).
//!
//! The order in which names enter a scope is kept: it decides numbers of variables later.

pub mod analyze;
pub mod build;
pub mod build_expr;
pub mod future;

use std::{cell::RefCell, rc::Rc};

use rustc_hash::FxHashSet;

use crate::{
    ast::{CompKind, Loc},
    names::Name,
    small_map::SmallMap,
};

/// A scope's number; nodes of the tree carry it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ScopeId(pub u32);

impl ScopeId {
    pub const NONE: ScopeId = ScopeId(u32::MAX);
}

/// How a name is used in a scope; a set of bits.
pub mod def {
    pub const GLOBAL: u16 = 1;
    pub const LOCAL: u16 = 1 << 1;
    pub const PARAM: u16 = 1 << 2;
    pub const NONLOCAL: u16 = 1 << 3;
    pub const USE: u16 = 1 << 4;
    /// Free in a nested scope and bound in this class.
    pub const FREE_CLASS: u16 = 1 << 6;
    pub const IMPORT: u16 = 1 << 7;
    pub const ANNOT: u16 = 1 << 8;
    /// A comprehension's iteration variable.
    pub const COMP_ITER: u16 = 1 << 9;
    pub const TYPE_PARAM: u16 = 1 << 10;
    /// A cell of a comprehension that was merged into this scope.
    pub const COMP_CELL: u16 = 1 << 11;
    pub const BOUND: u16 = LOCAL | PARAM | IMPORT | TYPE_PARAM;
}

/// The decision about a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Var {
    #[default]
    Unknown,
    Local,
    GlobalExplicit,
    GlobalImplicit,
    Free,
    Cell,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Symbol {
    pub flags: u16,
    pub var: Var,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Block {
    Function,
    Class,
    Module,
    /// The function that evaluates annotations (PEP 649).
    Annotation,
    TypeVariable,
    TypeAlias,
    TypeParameters,
}

pub type Symbols = SmallMap<Name, Symbol>;

/// The type parameters that are mangled in a generic class's scope, shared by nested scopes.
pub type MangledNames = Rc<RefCell<FxHashSet<Name>>>;

pub struct Scope {
    pub block: Block,
    /// As the `symtable` module names it.
    pub name: Name,
    pub loc: Loc,
    pub symbols: Symbols,
    /// Parameters in order.
    pub varnames: Vec<Name>,
    pub children: Vec<ScopeId>,
    /// Where `global` and `nonlocal` statements name variables.
    pub directives: Vec<(Name, Loc)>,
    pub annotation_block: Option<ScopeId>,
    pub mangled_names: Option<MangledNames>,
    /// What the scope is part of, for messages about type variables.
    pub scope_info: Option<&'static str>,
    pub comprehension: Option<CompKind>,
    pub nested: bool,
    pub generator: bool,
    pub coroutine: bool,
    pub annotations_used: bool,
    pub varargs: bool,
    pub varkeywords: bool,
    pub has_docstring: bool,
    /// A method: a function directly inside of a class.
    pub method: bool,
    pub needs_class_closure: bool,
    pub needs_classdict: bool,
    pub can_see_class_scope: bool,
    pub has_conditional_annotations: bool,
    pub in_conditional_block: bool,
    pub in_unevaluated_annotation: bool,
    pub comp_inlined: bool,
    /// It is in the list of its parent's children.
    pub is_child: bool,
    pub comp_iter_target: bool,
    pub comp_iter_expr: u32,
}

impl Scope {
    pub fn is_function_like(&self) -> bool {
        !matches!(self.block, Block::Class | Block::Module)
    }

    pub fn symbol(&self, name: Name) -> Symbol {
        self.symbols.get(name).copied().unwrap_or_default()
    }
}

/// All scopes of a module; the first is the module's own.
#[derive(Default)]
pub struct SymbolTable {
    pub scopes: Vec<Scope>,
}

impl SymbolTable {
    pub const TOP: ScopeId = ScopeId(0);

    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    pub fn scope_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id.0 as usize]
    }
}
