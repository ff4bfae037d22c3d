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
    inspect::graph::Watch,
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

/// Makes the graph of `seq` and runs every pass; `consts` are the unit's constants so far. `watch` sees the graph after
/// each pass.
pub fn optimise(
    cfg: &mut Cfg,
    seq: &InstrSeq,
    unit: &Unit,
    consts: SmallSet<ConstId>,
    pool: &mut ConstPool,
    scope: &Scope,
    code_flags: u32,
    mut watch: Option<&mut Watch>,
) -> Optimised {
    cfg.load(seq);
    let mut consts = ConstList { list: consts, pool };
    let mut done = |name, cfg: &Cfg, consts: &ConstList| {
        if let Some(watch) = &mut watch {
            watch.after(name, cfg, unit, consts);
        }
    };
    done("input", cfg, &consts);
    passes::exceptions::label_exception_targets(cfg);
    done("exception-targets", cfg, &consts);

    passes::inline_exits::run(cfg);
    done("inline-exits", cfg, &consts);
    passes::unreachable::run(cfg);
    done("unreachable", cfg, &consts);
    passes::lines::resolve(cfg);
    done("lines", cfg, &consts);
    passes::load_const::run(cfg, &mut consts);
    done("load-const", cfg, &consts);
    passes::peephole::run(cfg, &mut consts);
    done("peephole", cfg, &consts);
    passes::redundant::nops_and_pairs(cfg);
    done("redundant-nops-and-pairs", cfg, &consts);
    passes::unreachable::run(cfg);
    done("unreachable-again", cfg, &consts);
    passes::redundant::nops_and_jumps(cfg);
    done("redundant-nops-and-jumps", cfg, &consts);
    passes::unused_consts::run(cfg, &mut consts.list);
    done("unused-consts", cfg, &consts);
    passes::unbound_locals::run(cfg, unit.varnames.len(), scope.varnames.len());
    done("unbound-locals", cfg, &consts);
    passes::superinstructions::run(cfg);
    done("superinstructions", cfg, &consts);
    passes::cold::run(cfg);
    done("cold-blocks", cfg, &consts);
    passes::lines::resolve(cfg);
    done("lines-again", cfg, &consts);

    passes::pseudo::conditional_jumps(cfg);
    done("conditional-jumps", cfg, &consts);
    let stacksize = passes::stack_depth::run(cfg);
    done("stack-depth", cfg, &consts);
    passes::prefix::run(cfg, unit, code_flags);
    done("prefix", cfg, &consts);
    passes::pseudo::run(cfg);
    done("pseudo-instructions", cfg, &consts);
    passes::normalize_jumps::run(cfg);
    done("normalize-jumps", cfg, &consts);
    passes::borrow::run(cfg);
    done("borrow", cfg, &consts);
    Optimised { consts: consts.list, stacksize }
}

/// The argument of `CALL_INTRINSIC_1` that makes a tuple of a list.
pub const LIST_TO_TUPLE: u32 = Intrinsic1::INTRINSIC_LIST_TO_TUPLE as u32;
/// The argument of `CALL_INTRINSIC_1` for unary plus.
pub const UNARY_POSITIVE: u32 = Intrinsic1::INTRINSIC_UNARY_POSITIVE as u32;
