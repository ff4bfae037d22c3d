//! The code unit under construction: one per code object, with its name tables and instructions.

use crate::{
    ast::{Expr, Loc, Stmt},
    cfg::{graph::Instr, op::Op},
    code::PyText,
    consts::ConstId,
    names::Name,
    small_map::{SmallMap, SmallSet},
    symtable::ScopeId,
};

pub type NameTable = SmallSet<Name>;

/// A place to jump to; [`InstrSeq::use_label`] binds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(pub u32);

impl Label {
    pub const NONE: Label = Label(u32::MAX);
}

/// An instruction before the control flow graph exists: targets are labels.
#[derive(Clone, Copy, Debug)]
pub struct SeqInstr {
    pub op: Op,
    pub arg: u32,
    pub loc: Loc,
}

impl SeqInstr {
    /// The graph's form; labels are still in the argument.
    pub fn lower(&self) -> Instr {
        Instr::new(self.op, self.arg, self.loc)
    }
}

/// The instructions of a unit in order.
#[derive(Default)]
pub struct InstrSeq {
    pub instrs: Vec<SeqInstr>,
    /// The index of the instruction that each label stands before.
    pub labels: Vec<u32>,
    /// What replaces `ANNOTATIONS_PLACEHOLDER`.
    pub annotations: Vec<SeqInstr>,
}

impl InstrSeq {
    pub fn new_label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        Label(self.labels.len() as u32 - 1)
    }

    pub fn use_label(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.instrs.len() as u32;
    }

    pub fn clear(&mut self) {
        self.instrs.clear();
        self.labels.clear();
        self.annotations.clear();
    }

    /// Inserts in front of everything.
    pub fn insert_first(&mut self, instr: SeqInstr) {
        self.instrs.insert(0, instr);
        for at in self.labels.iter_mut().filter(|at| **at != u32::MAX) {
            *at += 1;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeType {
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
    Annotations,
}

/// What must be undone when control leaves a block early.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FBlockKind {
    WhileLoop,
    ForLoop,
    TryExcept,
    FinallyTry,
    FinallyEnd,
    With,
    AsyncWith,
    HandlerCleanup,
    PopValue,
    ExceptionHandler,
    ExceptionGroupHandler,
    AsyncComprehensionGenerator,
    StopIteration,
}

#[derive(Clone, Copy)]
pub struct FBlock<'a> {
    pub kind: FBlockKind,
    pub block: Label,
    pub exit: Label,
    pub loc: Loc,
    /// The body of `finally`, compiled again at each exit.
    pub finalbody: &'a [Stmt<'a>],
    /// The name of `except … as name`.
    pub name: Option<Name>,
}

/// A variable annotation, evaluated by the scope's `__annotate__` function.
#[derive(Clone, Copy)]
pub struct DeferredAnnotation<'a> {
    pub loc: Loc,
    pub target: Name,
    pub annotation: &'a Expr<'a>,
    /// Its number among the annotations that may not be reached.
    pub conditional_index: Option<i64>,
}

/// Parameter counts of a new unit.
#[derive(Clone, Copy, Default)]
pub struct ArgCounts {
    pub args: u32,
    pub posonly: u32,
    pub kwonly: u32,
}

pub struct Unit<'a> {
    pub scope_type: ScopeType,
    pub scope: ScopeId,
    pub name: Name,
    pub qualname: PyText,
    /// The class for name mangling.
    pub private: Option<Name>,
    pub counts: ArgCounts,
    pub firstlineno: i32,
    pub varnames: NameTable,
    pub cellvars: NameTable,
    pub freevars: NameTable,
    pub names: NameTable,
    pub consts: SmallSet<ConstId>,
    /// Names of merged comprehensions that are fast locals outside of functions: now, or before.
    pub fast_hidden: SmallMap<Name, bool>,
    pub static_attributes: NameTable,
    pub seq: InstrSeq,
    pub fblocks: Vec<FBlock<'a>>,
    pub in_inlined_comp: u32,
    pub in_conditional_block: u32,
    pub deferred_annotations: Vec<DeferredAnnotation<'a>>,
    pub next_conditional_index: i64,
}

impl Unit<'_> {
    /// The number of a cell variable among cells and free variables.
    pub fn cell_index(&self, name: Name) -> Option<u32> {
        self.cellvars.position(name).map(|i| i as u32)
    }

    /// The number of a free variable: they follow the cells.
    pub fn free_index(&self, name: Name) -> Option<u32> {
        self.freevars.position(name).map(|i| (i + self.cellvars.len()) as u32)
    }

    pub fn name_index(&mut self, name: Name) -> u32 {
        self.names.place(name) as u32
    }

    pub fn var_index(&mut self, name: Name) -> u32 {
        self.varnames.place(name) as u32
    }
}
