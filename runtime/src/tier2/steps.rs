//! From a trace to the steps that are emitted or interpreted: numbers its exits, and adds what the thresholds, figures
//! and tests need.

use taipan_mir::trace::{End, NO_SNAPSHOT, Trace};
use taipan_mir::uops::{Class, Flags, Uop};
use taipan_stencil_lib::emit::{Op, Step};

use super::ExitKind;

/// Label of a looping trace's start.
const START: u32 = 0;

/// An exit that a trace will have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Planned {
    pub kind: ExitKind,
    pub resume: u32,
    pub snapshot: u32,
    /// Taken by order of a test, although the guard would have held.
    pub forced: bool,
    /// The slots that an error has consumed.
    pub consumed: u32,
    /// It says which way a branch went.
    pub branch: bool,
    /// Uops of the trace that were executed when it is taken.
    pub position: u32,
}

/// What is counted while the code runs; it has the addresses of the fields.
#[derive(Default, Debug)]
#[repr(C)]
pub(super) struct Counts {
    /// Times that the trace was entered, that the loop behind the preamble was begun, and that a slow sibling ran.
    pub starts: u64,
    pub turns: u64,
    pub slow: u64,
    /// The first two in a region.
    pub region_starts: u64,
    pub region_turns: u64,
}

impl Counts {
    /// From a field's address to that of its counterpart in a region.
    pub const REGION: u64 =
        (std::mem::offset_of!(Counts, region_starts) - std::mem::offset_of!(Counts, starts)) as u64;
}

/// Uops that do not come from the trace.
#[derive(Default)]
pub(super) struct Extras<'e> {
    /// Counts the loop down to tier 3.
    pub hot: Option<*mut u32>,
    pub counts: Option<*mut Counts>,
    /// A countdown for each guard of the trace; 0 leaves the guard alone.
    pub forced: &'e mut [u32],
}

pub(super) struct Plan {
    pub steps: Vec<Step>,
    pub exits: Vec<Planned>,
    /// Number of the exit that hands the loop to tier 3.
    pub hot: Option<u32>,
}

/// How many guards [`Extras::forced`] counts down for.
pub(super) fn guards(trace: &Trace) -> usize {
    trace.insts.iter().filter(|i| has_guard(i.uop)).count()
}

fn has_guard(uop: Uop) -> bool {
    uop.info().is(Flags::DEOPT.union(Flags::EXIT))
}

impl Plan {
    /// Gives the exits the numbers from `first` on; they begin at 1. Ways out that a uop does not have keep the number 0, which
    /// means nothing.
    pub fn number_from(&mut self, first: u32) {
        let number = |exit: u32| exit.checked_sub(1).map_or(0, |n| first + n);
        for step in &mut self.steps {
            match step {
                Step::Op(op) => (op.deopt, op.error) = (number(op.deopt), number(op.error)),
                Step::Exit(id) => *id = number(*id),
                Step::Label { .. } | Step::Goto(_) => {}
            }
        }
        self.hot = self.hot.map(number);
    }
}

/// The steps of `trace`, whose exits have numbers from 1 on.
pub(super) fn plan(trace: &Trace, extras: Extras) -> Plan {
    let mut plan = Plan { steps: Vec::with_capacity(trace.insts.len() + 8), exits: Vec::new(), hot: None };
    let looping = trace.end == End::Loop;
    let mut label = START;
    let mut forced = extras.forced.iter_mut();
    let exit_of = |exits: &mut Vec<Planned>, kind, resume, snapshot, position: usize, forced| -> u32 {
        let position = position as u32;
        exits.push(Planned { kind, resume, snapshot, forced, consumed: 0, branch: false, position });
        exits.len() as u32
    };
    let count = |at: *mut u64| Step::Op(Op::new(Uop::_COUNT).operand(at as u64));
    if let Some(counts) = extras.counts {
        // SAFETY: only the field's address is computed.
        plan.steps.push(count(unsafe { &raw mut (*counts).starts }));
    }
    for (n, inst) in trace.insts.iter().enumerate() {
        if n == trace.preamble {
            if looping {
                plan.steps.push(Step::Label { label: START, depth: 0, doubles: 0 });
            }
            if let Some(counts) = extras.counts.filter(|_| looping) {
                // SAFETY: as above.
                plan.steps.push(count(unsafe { &raw mut (*counts).turns }));
            }
            if let Some(counter) = extras.hot {
                let exit = exit_of(&mut plan.exits, ExitKind::Hot, 0, trace.head, n, false);
                plan.hot = Some(exit);
                plan.steps.push(Step::Op(Op::new(Uop::_COUNT_LOOP).operand(counter as u64).deopt(exit)));
            }
        }
        let info = inst.uop.info();
        let mut op = Op::new(inst.uop).oparg(inst.oparg);
        op.operands = inst.operands;
        if has_guard(inst.uop) {
            if let Some(countdown) = forced.next()
                && *countdown != 0
            {
                let exit = exit_of(&mut plan.exits, ExitKind::Before, inst.resume, inst.snapshot, n, true);
                let counter = &raw mut *countdown as u64;
                plan.steps.push(Step::Op(Op::new(Uop::_COUNT_LOOP).operand(counter).deopt(exit)));
            }
            let kind = match inst.uop {
                Uop::_GUARD_NOT_INTERRUPTED => ExitKind::Interrupted,
                _ => ExitKind::Before,
            };
            op.deopt = exit_of(&mut plan.exits, kind, inst.resume, inst.snapshot, n + 1, false);
            plan.exits.last_mut().expect("one was added").branch = inst.uop.is_branch();
        }
        if info.is(Flags::ERROR.union(Flags::FRAME)) || info.class != Class::Leaf {
            op.error = exit_of(&mut plan.exits, ExitKind::Error, inst.resume, inst.snapshot, n + 1, false);
            let consumed = info.inputs[info.kept()..].iter().map(|i| i.count.eval(inst.oparg)).sum();
            plan.exits.last_mut().expect("one was added").consumed = consumed;
        }
        if inst.jumps {
            label += 1;
            op.target = label;
            let stays = exit_of(&mut plan.exits, ExitKind::Before, inst.resume, inst.snapshot, n + 1, false);
            plan.steps.extend([Step::Op(op), Step::Exit(stays), Step::Label { label, depth: 1, doubles: 0 }]);
        } else {
            plan.steps.push(Step::Op(op));
        }
    }
    let all = trace.insts.len();
    match trace.end {
        End::Loop => plan.steps.push(Step::Goto(START)),
        End::Exit(resume) => {
            // What follows may be compiled: then a loop goes through here, and loops serve the leave word.
            let leave = exit_of(&mut plan.exits, ExitKind::Before, resume, NO_SNAPSHOT, all, false);
            let end = exit_of(&mut plan.exits, ExitKind::End, resume, NO_SNAPSHOT, all, false);
            plan.steps.extend([
                Step::Op(Op::new(Uop::_SPILL)),
                Step::Op(Op::new(Uop::_CHECK_LEAVE).deopt(leave)),
                Step::Exit(end),
            ]);
        }
        End::Return => {
            let resume = trace.insts.last().map_or(0, |i| i.resume);
            let end = exit_of(&mut plan.exits, ExitKind::Return, resume, NO_SNAPSHOT, all, false);
            plan.steps.push(Step::Exit(end));
        }
    }
    plan
}
