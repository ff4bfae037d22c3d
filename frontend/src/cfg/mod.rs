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

use graph::{BlockPool, Cfg};
use taipan_mir::opcodes::Intrinsic1;

use crate::{
    codegen::unit::{InstrSeq, Unit},
    consts::{ConstId, ConstPool},
    symtable::Scope,
};

/// What the assembler needs besides the unit's names.
pub struct Optimised {
    pub cfg: Cfg,
    pub consts: Vec<ConstId>,
    pub stacksize: u32,
}

/// The unit's constants while passes add to them.
pub struct ConstList<'p> {
    pub list: Vec<ConstId>,
    pub pool: &'p mut ConstPool,
}

impl ConstList<'_> {
    pub fn index(&mut self, id: ConstId) -> u32 {
        match self.list.iter().position(|&other| other == id) {
            Some(index) => index as u32,
            None => {
                self.list.push(id);
                self.list.len() as u32 - 1
            }
        }
    }
}

/// Runs every pass.
pub fn optimise(
    seq: InstrSeq,
    blocks: BlockPool,
    unit: &Unit,
    pool: &mut ConstPool,
    scope: &Scope,
    code_flags: u32,
) -> Optimised {
    let mut cfg = Cfg::from_seq(seq, blocks);
    let mut consts = ConstList { list: unit.consts.keys().collect(), pool };
    cfg.mark_except_handlers();
    passes::exceptions::label_exception_targets(&mut cfg);

    passes::inline_exits::run(&mut cfg);
    passes::unreachable::run(&mut cfg);
    passes::lines::resolve(&mut cfg);
    passes::load_const::run(&mut cfg, &mut consts);
    passes::peephole::run(&mut cfg, &mut consts);
    passes::redundant::nops_and_pairs(&mut cfg);
    passes::unreachable::run(&mut cfg);
    passes::redundant::nops_and_jumps(&mut cfg);
    passes::unused_consts::run(&mut cfg, &mut consts.list);
    passes::unbound_locals::run(&mut cfg, unit.varnames.len(), scope.varnames.len());
    passes::superinstructions::run(&mut cfg);
    passes::cold::run(&mut cfg);
    passes::lines::resolve(&mut cfg);

    passes::pseudo::conditional_jumps(&mut cfg);
    let stacksize = passes::stack_depth::run(&mut cfg);
    passes::prefix::run(&mut cfg, unit, code_flags);
    passes::pseudo::run(&mut cfg);
    passes::normalize_jumps::run(&mut cfg);
    passes::borrow::run(&mut cfg);
    Optimised { cfg, consts: consts.list, stacksize }
}

/// The argument of `CALL_INTRINSIC_1` that makes a tuple of a list.
pub const LIST_TO_TUPLE: u32 = Intrinsic1::INTRINSIC_LIST_TO_TUPLE as u32;
/// The argument of `CALL_INTRINSIC_1` for unary plus.
pub const UNARY_POSITIVE: u32 = Intrinsic1::INTRINSIC_UNARY_POSITIVE as u32;
