//! The tree → instructions.
//!
//! One [`unit::Unit`] exists per code object being compiled; entering a function, class,
//! comprehension or annotation scope pushes a new one. Instructions are emitted in source order
//! with labels; [`crate::cfg`] then makes basic blocks of them and optimises. What is emitted, in
//! which order and with which source locations follows CPython 3.14 exactly, because code objects
//! are compared with CPython's bit by bit; the comments say why only where that is not evident.

mod annotations;
mod assign;
mod call;
mod class;
mod comprehension;
mod expr;
mod fblock;
mod function;
mod import;
mod jump;
mod name;
mod pattern;
mod pattern_or;
mod stmt;
mod strings;
mod try_;
mod type_params;
pub mod unit;
mod warn;
mod with;

use std::rc::Rc;

use taipan_mir::opcodes::{CommonConstant, Intrinsic1, Intrinsic2, NbOp, compare, resume};
use unit::{ArgCounts, InstrSeq, Label, NameTable, ScopeType, SeqInstr, Unit};

use crate::{
    Warning,
    assemble::Assembler,
    ast::*,
    cfg::{self, graph::Cfg, op::Op},
    code::{CodeObject, Constant, PyText, flags},
    consts::{ConstId, ConstPool},
    error::Result,
    inspect::graph::{UnitPasses, Watch},
    names::{Name, Names, known},
    symtable::{Block, Scope, ScopeId, SymbolTable, Var, build, def, future::Future},
};

/// Above this many values on the stack, collections and calls are built piecewise.
pub const STACK_USE_GUIDELINE: usize = 30;

pub struct Compiler<'a> {
    pub names: Names,
    pub consts: ConstPool,
    pub table: SymbolTable,
    pub future: Future,
    pub filename: PyText,
    pub optimize: u8,
    pub interactive: bool,
    /// Flags of the compilation that code objects inherit.
    pub inherited_flags: u32,
    pub top_level_await: bool,
    /// What the passes did, if somebody wants to know.
    pub watched: Option<Vec<UnitPasses>>,
    pub warnings: Vec<Warning>,
    /// The graph of the code object that is being finished.
    cfg: Cfg,
    assembler: Assembler,
    /// Sequences of finished units, whose memory serves the next ones.
    free_seqs: Vec<InstrSeq>,
    /// Within the second copy of a `finally` body, whose warnings were given already.
    pub disable_warnings: u32,
    pub unit: Unit<'a>,
    /// The units around the current one, outermost first.
    pub parents: Vec<Unit<'a>>,
}

/// What [`compile_module`] needs besides the tree.
pub struct Input {
    pub names: Names,
    pub consts: ConstPool,
    pub table: SymbolTable,
    pub future: Future,
    pub filename: PyText,
    pub optimize: u8,
    pub inherited_flags: u32,
    pub top_level_await: bool,
    /// Keep the control flow graph after each pass as text.
    pub watch_passes: bool,
}

/// Compiles a whole module.
pub fn compile_module<'a>(
    module: &'a Module<'a>,
    input: Input,
) -> Result<(Rc<CodeObject>, Vec<Warning>, Vec<UnitPasses>)> {
    let Input {
        names,
        consts,
        table,
        future,
        filename,
        optimize,
        inherited_flags,
        top_level_await,
        watch_passes,
    } = input;
    let unit = new_unit(
        &names,
        table.scope(SymbolTable::TOP),
        SymbolTable::TOP,
        known::MODULE_NAME,
        ScopeType::Module,
    );
    let mut c = Compiler {
        names,
        consts,
        table,
        future,
        filename,
        optimize,
        interactive: matches!(module, Module::Interactive(_)),
        inherited_flags,
        top_level_await,
        watched: watch_passes.then(Vec::new),
        warnings: Vec::new(),
        cfg: Cfg::default(),
        assembler: Assembler::default(),
        free_seqs: Vec::new(),
        disable_warnings: 0,
        unit,
        parents: Vec::new(),
    };
    c.unit.firstlineno = 1;
    c.unit.qualname = c.names.text(known::MODULE_NAME).clone();
    let start = Loc::new(0, 1, 0, 0);
    c.emit(Op::RESUME, resume::AT_FUNC_START, start);
    c.emit(Op::ANNOTATIONS_PLACEHOLDER, 0, start);
    match module {
        Module::Module(body) => c.module_body(body, false)?,
        Module::Interactive(body) => c.module_body(body, true)?,
        Module::Expression(expr) => c.visit_expr(expr)?,
    }
    let add_none = !matches!(module, Module::Expression(_));
    let code = c.finish_code(add_none)?;
    Ok((code, c.warnings, c.watched.unwrap_or_default()))
}

fn new_unit<'a>(names: &Names, scope: &Scope, id: ScopeId, name: Name, scope_type: ScopeType) -> Unit<'a> {
    let sorted = |pick: &dyn Fn(Var, u16) -> bool| -> NameTable {
        let mut list: Vec<Name> =
            scope.symbols.iter().filter(|(_, s)| pick(s.var, s.flags)).map(|(name, _)| name).collect();
        if list.len() > 1 {
            list.sort_by(|&a, &b| names.text(a).cmp(names.text(b)));
        }
        list.into_iter().collect()
    };
    let mut cellvars = sorted(&|var, flags| var == Var::Cell || flags & def::COMP_CELL != 0);
    if scope.needs_class_closure {
        cellvars.place(known::DUNDER_CLASS);
    }
    if scope.needs_classdict {
        cellvars.place(known::CLASSDICT);
    }
    if scope.has_conditional_annotations {
        cellvars.place(known::CONDITIONAL_ANNOTATIONS);
    }
    let freevars = sorted(&|var, flags| var == Var::Free || flags & def::FREE_CLASS != 0);
    Unit {
        scope_type,
        scope: id,
        name,
        qualname: PyText::from(""),
        private: None,
        counts: ArgCounts::default(),
        firstlineno: 0,
        varnames: scope.varnames.iter().copied().collect(),
        cellvars,
        freevars,
        names: NameTable::default(),
        consts: Default::default(),
        fast_hidden: Default::default(),
        static_attributes: NameTable::default(),
        seq: InstrSeq::default(),
        fblocks: Vec::new(),
        in_inlined_comp: 0,
        in_conditional_block: 0,
        deferred_annotations: Vec::new(),
        next_conditional_index: 0,
    }
}

impl<'a> Compiler<'a> {
    pub fn scope(&self) -> &Scope {
        self.table.scope(self.unit.scope)
    }

    /// Starts the unit of a nested scope; `private` replaces the class for name mangling.
    pub fn enter_scope(
        &mut self,
        name: Name,
        scope_type: ScopeType,
        scope: ScopeId,
        firstlineno: i32,
        private: Option<Name>,
        counts: ArgCounts,
    ) {
        let mut unit = new_unit(&self.names, self.table.scope(scope), scope, name, scope_type);
        unit.firstlineno = firstlineno;
        unit.counts = counts;
        unit.private = private.or(self.unit.private);
        unit.seq = self.free_seqs.pop().unwrap_or_default();
        let parent = std::mem::replace(&mut self.unit, unit);
        self.parents.push(parent);
        self.unit.qualname = self.qualname();
        let loc = Loc::new(firstlineno, firstlineno, 0, 0);
        self.emit(Op::RESUME, resume::AT_FUNC_START, loc);
    }

    pub fn exit_scope(&mut self) {
        if let Some(parent) = self.parents.pop() {
            self.unit = parent;
        }
    }

    fn qualname(&mut self) -> PyText {
        let name = self.unit.name;
        let plain = self.names.text(name).clone();
        let depth = self.parents.len();
        if depth <= 1 {
            return plain;
        }
        let mut index = depth - 1;
        if self.parents[index].scope_type == ScopeType::Annotations {
            // Type parameters and annotations do not show in qualified names.
            if depth == 2 {
                return plain;
            }
            index -= 1;
        }
        let parent = &self.parents[index];
        if matches!(self.unit.scope_type, ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Class) {
            let mangled = self.names.mangle(parent.private, name);
            if self.table.scope(parent.scope).symbol(mangled).var == Var::GlobalExplicit {
                return plain;
            }
        }
        let infix: &[u8] = match parent.scope_type {
            ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Lambda => b".<locals>.",
            _ => b".",
        };
        PyText::from_wtf8(&[parent.qualname.as_wtf8(), infix, plain.as_wtf8()].concat())
    }

    pub fn emit(&mut self, op: Op, arg: u32, loc: Loc) {
        self.unit.seq.instrs.push(SeqInstr { op, arg, loc });
    }

    pub fn emit0(&mut self, op: Op, loc: Loc) {
        self.emit(op, 0, loc);
    }

    pub fn emit_jump(&mut self, op: Op, target: Label, loc: Loc) {
        self.emit(op, target.0, loc);
    }

    pub fn label(&mut self) -> Label {
        self.unit.seq.new_label()
    }

    pub fn place(&mut self, label: Label) {
        self.unit.seq.use_label(label);
    }

    pub fn load_const(&mut self, id: ConstId, loc: Loc) {
        let index = self.unit.consts.place(id) as u32;
        self.emit(Op::LOAD_CONST, index, loc);
    }

    pub fn load_none(&mut self, loc: Loc) {
        self.load_const(ConstId::NONE, loc);
    }

    pub fn load_int(&mut self, value: i64, loc: Loc) {
        let id = self.consts.int(value);
        self.load_const(id, loc);
    }

    pub fn name_const(&mut self, name: Name) -> ConstId {
        self.consts.text(self.names.text(name))
    }

    pub fn load_name_const(&mut self, name: Name, loc: Loc) {
        let id = self.name_const(name);
        self.load_const(id, loc);
    }

    pub fn names_tuple(&mut self, names: impl Iterator<Item = Name>) -> ConstId {
        let ids: Vec<ConstId> = names.map(|n| self.name_const(n)).collect();
        self.consts.tuple(&ids)
    }

    pub fn mangle(&mut self, name: Name) -> Name {
        build::mangle_in(&mut self.names, self.table.scope(self.unit.scope), self.unit.private, name)
    }

    /// An instruction whose argument is a (mangled) name of `co_names`.
    pub fn emit_name(&mut self, op: Op, name: Name, loc: Loc) {
        let mangled = self.mangle(name);
        let index = self.unit.name_index(mangled);
        self.emit(op, index, loc);
    }

    /// `LOAD_ATTR` with the bit that says whether a method call follows.
    pub fn emit_attr(&mut self, name: Name, method: bool, loc: Loc) {
        let mangled = self.mangle(name);
        let index = self.unit.name_index(mangled);
        self.emit(Op::LOAD_ATTR, index << 1 | method as u32, loc);
    }

    pub fn emit_intrinsic1(&mut self, intrinsic: Intrinsic1, loc: Loc) {
        self.emit(Op::CALL_INTRINSIC_1, intrinsic as u32, loc);
    }

    pub fn emit_intrinsic2(&mut self, intrinsic: Intrinsic2, loc: Loc) {
        self.emit(Op::CALL_INTRINSIC_2, intrinsic as u32, loc);
    }

    pub fn emit_common_constant(&mut self, constant: CommonConstant, loc: Loc) {
        self.emit(Op::LOAD_COMMON_CONSTANT, constant as u32, loc);
    }

    pub fn emit_compare(&mut self, op: CmpOp, loc: Loc) {
        use taipan_mir::opcodes::CompareOp;
        let comparison = match op {
            CmpOp::Eq => CompareOp::EQ,
            CmpOp::NotEq => CompareOp::NE,
            CmpOp::Lt => CompareOp::LT,
            CmpOp::LtE => CompareOp::LE,
            CmpOp::Gt => CompareOp::GT,
            CmpOp::GtE => CompareOp::GE,
            CmpOp::Is => return self.emit(Op::IS_OP, 0, loc),
            CmpOp::IsNot => return self.emit(Op::IS_OP, 1, loc),
            CmpOp::In => return self.emit(Op::CONTAINS_OP, 0, loc),
            CmpOp::NotIn => return self.emit(Op::CONTAINS_OP, 1, loc),
        };
        self.emit(Op::COMPARE_OP, compare::oparg(comparison), loc);
    }

    pub fn emit_binary(&mut self, op: Operator, inplace: bool, loc: Loc) {
        let number = match (op, inplace) {
            (Operator::Add, false) => NbOp::NB_ADD,
            (Operator::Add, true) => NbOp::NB_INPLACE_ADD,
            (Operator::Sub, false) => NbOp::NB_SUBTRACT,
            (Operator::Sub, true) => NbOp::NB_INPLACE_SUBTRACT,
            (Operator::Mult, false) => NbOp::NB_MULTIPLY,
            (Operator::Mult, true) => NbOp::NB_INPLACE_MULTIPLY,
            (Operator::MatMult, false) => NbOp::NB_MATRIX_MULTIPLY,
            (Operator::MatMult, true) => NbOp::NB_INPLACE_MATRIX_MULTIPLY,
            (Operator::Div, false) => NbOp::NB_TRUE_DIVIDE,
            (Operator::Div, true) => NbOp::NB_INPLACE_TRUE_DIVIDE,
            (Operator::Mod, false) => NbOp::NB_REMAINDER,
            (Operator::Mod, true) => NbOp::NB_INPLACE_REMAINDER,
            (Operator::Pow, false) => NbOp::NB_POWER,
            (Operator::Pow, true) => NbOp::NB_INPLACE_POWER,
            (Operator::LShift, false) => NbOp::NB_LSHIFT,
            (Operator::LShift, true) => NbOp::NB_INPLACE_LSHIFT,
            (Operator::RShift, false) => NbOp::NB_RSHIFT,
            (Operator::RShift, true) => NbOp::NB_INPLACE_RSHIFT,
            (Operator::BitOr, false) => NbOp::NB_OR,
            (Operator::BitOr, true) => NbOp::NB_INPLACE_OR,
            (Operator::BitXor, false) => NbOp::NB_XOR,
            (Operator::BitXor, true) => NbOp::NB_INPLACE_XOR,
            (Operator::BitAnd, false) => NbOp::NB_AND,
            (Operator::BitAnd, true) => NbOp::NB_INPLACE_AND,
            (Operator::FloorDiv, false) => NbOp::NB_FLOOR_DIVIDE,
            (Operator::FloorDiv, true) => NbOp::NB_INPLACE_FLOOR_DIVIDE,
        };
        self.emit(Op::BINARY_OP, number as u32, loc);
    }

    pub fn emit_subscript(&mut self, loc: Loc) {
        self.emit(Op::BINARY_OP, NbOp::NB_SUBSCR as u32, loc);
    }

    /// Delegates to the iterator on the stack: `yield from` and `await`.
    pub fn emit_yield_from(&mut self, is_await: bool, loc: Loc) {
        let send = self.label();
        let fail = self.label();
        let exit = self.label();
        self.place(send);
        self.emit_jump(Op::SEND, exit, loc);
        // A virtual try block: `close` and `throw` raise at the yield.
        self.emit_jump(Op::SETUP_FINALLY, fail, loc);
        self.emit(Op::YIELD_VALUE, 1, loc);
        self.emit0(Op::POP_BLOCK, Loc::NONE);
        self.emit(Op::RESUME, if is_await { resume::AFTER_AWAIT } else { resume::AFTER_YIELD_FROM }, loc);
        self.emit_jump(Op::JUMP_NO_INTERRUPT, send, loc);
        self.place(fail);
        self.emit0(Op::CLEANUP_THROW, loc);
        self.place(exit);
        self.emit0(Op::END_SEND, loc);
    }

    pub fn emit_yield(&mut self, loc: Loc) {
        if self.scope().generator && self.scope().coroutine {
            self.emit_intrinsic1(Intrinsic1::INTRINSIC_ASYNC_GEN_WRAP, loc);
        }
        self.emit(Op::YIELD_VALUE, 0, loc);
        self.emit(Op::RESUME, resume::AFTER_YIELD, loc);
    }

    /// Awaits the awaitable on the stack.
    pub fn emit_await(&mut self, where_: u32, loc: Loc) {
        self.emit(Op::GET_AWAITABLE, where_, loc);
        self.load_none(loc);
        self.emit_yield_from(true, loc);
    }

    fn code_flags(&self) -> u32 {
        let scope = self.scope();
        let mut bits = 0;
        if scope.is_function_like() {
            bits |= flags::CO_NEWLOCALS | flags::CO_OPTIMIZED;
            for (condition, bit) in [
                (scope.nested, flags::CO_NESTED),
                (scope.generator && !scope.coroutine, flags::CO_GENERATOR),
                (!scope.generator && scope.coroutine, flags::CO_COROUTINE),
                (scope.generator && scope.coroutine, flags::CO_ASYNC_GENERATOR),
                (scope.varargs, flags::CO_VARARGS),
                (scope.varkeywords, flags::CO_VARKEYWORDS),
                (scope.has_docstring, flags::CO_HAS_DOCSTRING),
                (scope.method, flags::CO_METHOD),
            ] {
                if condition {
                    bits |= bit;
                }
            }
        }
        bits |= self.future.features | self.inherited_flags;
        if self.top_level_await && scope.block == Block::Module && scope.coroutine && !scope.generator {
            bits |= flags::CO_COROUTINE;
        }
        bits
    }

    /// Ends the current unit's code; the unit itself stays until [`Compiler::exit_scope`].
    pub fn finish_code(&mut self, add_none: bool) -> Result<Rc<CodeObject>> {
        if add_none {
            self.load_none(Loc::NONE);
        }
        self.emit0(Op::RETURN_VALUE, Loc::NONE);
        let code_flags = self.code_flags();
        let mut seq = std::mem::take(&mut self.unit.seq);
        let consts = std::mem::take(&mut self.unit.consts);
        let mut watch = self.watched.is_some().then(|| Watch { names: &self.names, passes: Vec::new() });
        let optimised = cfg::optimise(
            &mut self.cfg,
            &seq,
            &self.unit,
            consts,
            &mut self.consts,
            self.table.scope(self.unit.scope),
            code_flags,
            watch.as_mut(),
        );
        seq.clear();
        self.free_seqs.push(seq);
        if let (Some(watched), Some(watch)) = (&mut self.watched, watch) {
            watched.push(UnitPasses {
                qualname: String::from_utf8_lossy(self.unit.qualname.as_wtf8()).into_owned(),
                line: self.unit.firstlineno,
                passes: watch.passes,
            });
        }
        let code = self.assembler.code_object(
            &self.cfg,
            &self.unit,
            &optimised,
            &self.names,
            &self.consts,
            code_flags,
            &self.filename,
        );
        Ok(Rc::new(code))
    }

    /// Pushes a function made from `code`, with what `attributes` says is on the stack already.
    pub fn make_closure(&mut self, code: Rc<CodeObject>, free: &[Name], mut attributes: u32, loc: Loc) {
        use taipan_mir::opcodes::make_function::*;
        if !free.is_empty() {
            for &name in free {
                let index = self.closure_index(name);
                self.emit(Op::LOAD_CLOSURE, index, loc);
            }
            attributes |= CLOSURE;
            self.emit(Op::BUILD_TUPLE, free.len() as u32, loc);
        }
        let id = self.consts.add(Constant::Code(code));
        self.load_const(id, loc);
        self.emit0(Op::MAKE_FUNCTION, loc);
        for bit in [CLOSURE, ANNOTATIONS, ANNOTATE, KWDEFAULTS, DEFAULTS] {
            if attributes & bit != 0 {
                self.emit(Op::SET_FUNCTION_ATTRIBUTE, bit, loc);
            }
        }
    }

    /// Ends the current scope and makes its function in the scope around.
    pub fn finish_function(&mut self, add_none: bool, attributes: u32, loc: Loc) -> Result<()> {
        let code = self.finish_code(add_none)?;
        let free: Vec<Name> = self.unit.freevars.keys().collect();
        self.exit_scope();
        self.make_closure(code, &free, attributes, loc);
        Ok(())
    }

    /// Where the current unit keeps the cell of a name that an inner function uses.
    fn closure_index(&self, name: Name) -> u32 {
        let special = matches!(name, known::DUNDER_CLASS | known::CLASSDICT | known::CONDITIONAL_ANNOTATIONS);
        let is_cell = (self.unit.scope_type == ScopeType::Class && special)
            || self.scope().symbol(name).var == Var::Cell;
        let index = if is_cell { self.unit.cell_index(name) } else { self.unit.free_index(name) };
        // The symbol table makes every free name of a child a cell or free name here.
        index.unwrap_or_default()
    }
}
