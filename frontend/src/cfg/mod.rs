//! The control flow graph of a code unit, and the passes that turn pseudo-instructions into what
//! the assembler writes.
//!
//! The order of the passes is CPython's and matters: line numbers are resolved before folding, cold
//! blocks move before jumps become forward or backward, and reference analysis comes last because
//! nothing may insert instructions after it.

pub mod graph;
pub mod op;
pub mod passes;
pub mod stack_effect;

use graph::Cfg;
use taipan_mir::opcodes::Intrinsic1;

use crate::{
    codegen::unit::{InstrSeq, Unit},
    consts::{ConstId, ConstPool},
    small_map::SmallSet,
    symtable::Scope,
};

/// What the assembler needs besides the graph and the unit's names.
pub struct Optimised {
    pub consts: SmallSet<ConstId>,
    pub stacksize: u32,
}

/// The unit's constants while passes add to them.
pub struct ConstList<'p> {
    pub list: SmallSet<ConstId>,
    pub pool: &'p mut ConstPool,
}

impl ConstList<'_> {
    pub fn index(&mut self, id: ConstId) -> u32 {
        self.list.place(id) as u32
    }

    /// The constant of a `LOAD_CONST`.
    pub fn id(&self, arg: u32) -> ConstId {
        self.list.at(arg as usize).0
    }
}

/// Makes the graph of `seq` and runs every pass; `consts` are the unit's constants so far.
pub fn optimise(
    cfg: &mut Cfg,
    seq: &InstrSeq,
    unit: &Unit,
    consts: SmallSet<ConstId>,
    pool: &mut ConstPool,
    scope: &Scope,
    code_flags: u32,
) -> Optimised {
    cfg.load(seq);
    let mut consts = ConstList { list: consts, pool };
    passes::exceptions::label_exception_targets(cfg);

    passes::inline_exits::run(cfg);
    passes::unreachable::run(cfg);
    passes::lines::resolve(cfg);
    passes::load_const::run(cfg, &mut consts);
    passes::peephole::run(cfg, &mut consts);
    passes::redundant::nops_and_pairs(cfg);
    passes::unreachable::run(cfg);
    passes::redundant::nops_and_jumps(cfg);
    passes::unused_consts::run(cfg, &mut consts.list);
    passes::unbound_locals::run(cfg, unit.varnames.len(), scope.varnames.len());
    passes::superinstructions::run(cfg);
    passes::cold::run(cfg);
    passes::lines::resolve(cfg);

    passes::pseudo::conditional_jumps(cfg);
    let stacksize = passes::stack_depth::run(cfg);
    passes::prefix::run(cfg, unit, code_flags);
    passes::pseudo::run(cfg);
    passes::normalize_jumps::run(cfg);
    passes::borrow::run(cfg);
    Optimised { consts: consts.list, stacksize }
}

/// The argument of `CALL_INTRINSIC_1` that makes a tuple of a list.
pub const LIST_TO_TUPLE: u32 = Intrinsic1::INTRINSIC_LIST_TO_TUPLE as u32;
/// The argument of `CALL_INTRINSIC_1` for unary plus.
pub const UNARY_POSITIVE: u32 = Intrinsic1::INTRINSIC_UNARY_POSITIVE as u32;
