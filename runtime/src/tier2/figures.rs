//! What `--stats` counts beyond what the tiers count anyway. Without `--stats` none of it is there.
//!
//! **Uops in compiled code** are not counted one by one: a trace counts how often it was begun and how often its loop was, and each
//! exit knows how many of the trace's uops come before it. An exit that was stitched is not seen any more, but the side trace
//! behind it counts its own beginnings.
//!
//! ```text
//!   executed = begun × preamble + turns × loop − Σ over exits: taken × (uops behind the exit)
//! ```
//!
//! **Uops in the interpreter** are counted by its hooked mode, which the whole program then runs in: the time in the interpreter is
//! longer than without `--stats`.
//!
//! **Time** belongs to whoever runs, and changes hands where compiled code is entered and left, and where native code that was called
//! from there runs Python code in the interpreter. Native code counts for its caller.

use std::cell::Cell;
use std::time::{Duration, Instant};

use taipan_layout::ThreadState;
use taipan_mir::opcodes::Opcode;
use taipan_mir::trace::End;
use taipan_mir::uops::expansion;

use super::record::Start;
use super::steps::Counts;
use super::{Executor, ExitKind, State, Tier2};
use crate::vm::Vm;

/// Whose code runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Running {
    #[default]
    Interpreter,
    Tier2,
    /// It was entered in a region; side traces that are not in it may run, too.
    Tier3,
}

/// The time of each, as long as it is measured.
#[derive(Default)]
pub(super) struct Clock {
    since: Cell<Option<Instant>>,
    spent: [Cell<Duration>; 3],
}

impl Clock {
    pub fn switch(&self, from: Running) {
        if let Some(since) = self.since.get() {
            let now = Instant::now();
            let spent = &self.spent[from as usize];
            spent.set(spent.get() + (now - since));
            self.since.set(Some(now));
        }
    }
}

/// Uops that were executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Executed {
    pub interpreter: u64,
    pub tier2: u64,
    pub tier3: u64,
    /// Those of tier 2 that entered their slow sibling.
    pub slow: u64,
}

impl Executed {
    pub fn all(&self) -> u64 {
        self.interpreter + self.compiled()
    }
    pub fn compiled(&self) -> u64 {
        self.tier2 + self.tier3
    }
    fn add(&mut self, other: Executed) {
        self.interpreter += other.interpreter;
        self.tier2 += other.tier2;
        self.tier3 += other.tier3;
        self.slow += other.slow;
    }
}

/// From now on the interpreter's uops and everybody's time are counted.
pub(crate) fn start(vm: &Vm) {
    vm.tier2.2.since.set(Some(Instant::now()));
    // SAFETY: the thread state is ours, and nothing records yet.
    unsafe { watch(vm.ts()) };
}

/// Lets the hook see every instruction.
pub(super) unsafe fn watch(ts: *mut ThreadState) {
    // SAFETY: the thread state is ours.
    unsafe {
        (*ts).hook = Some(super::record::hook);
        (*ts).dispatch = taipan_stencil_lib::hooked_handlers().as_ptr();
    }
}

/// The uops of an instruction in the interpreter.
pub(super) fn uops(opcode: Opcode) -> u64 {
    static UOPS: std::sync::LazyLock<[u8; 256]> = std::sync::LazyLock::new(|| {
        std::array::from_fn(|n| {
            // What enters an executor is none of the program's.
            let opcode = Opcode::from_u8(n as u8).filter(|op| *op != Opcode::ENTER_EXECUTOR);
            opcode.and_then(expansion).map_or(0, |e| e.uops().count() as u8)
        })
    });
    u64::from(UOPS[opcode as usize])
}

impl State {
    /// What an executor has done so far.
    pub(super) fn executed(&self, executor: &Executor) -> Executed {
        let Some(counts) = &executor.counts else { return Executed::default() };
        let (all, preamble) = (executor.uops.len() as u64, executor.preamble as u64);
        let looping = executor.end == End::Loop;
        let sum = |starts: u64, turns: u64| match looping {
            true => starts * preamble + turns * (all - preamble),
            false => starts * all,
        };
        let Counts { starts, turns, slow, region_starts, region_turns } = **counts;
        let (tier2, tier3) = (sum(starts, turns), sum(region_starts, region_turns));
        let mut behind = 0;
        for id in executor.exits.clone() {
            let exit = &self.exits[id as usize];
            let side = exit.link.map(|link| &self.executors[link]);
            let side = side.filter(|side| matches!(side.start, Start::Exit(from) if from == id));
            let through = side.and_then(|s| s.counts.as_ref()).map_or(0, |c| c.starts + c.region_starts);
            let position = u64::from(exit.position);
            let left = if looping && position <= preamble { preamble - position } else { all - position };
            behind += (exit.total + through) * left;
        }
        // Nobody knows whose code took an exit: each gets its part of them.
        let rest = (tier2 + tier3).saturating_sub(behind);
        let part = if tier3 == 0 { 0.0 } else { tier3 as f64 / (tier2 + tier3) as f64 };
        let tier3 = (rest as f64 * part) as u64;
        Executed { interpreter: 0, tier2: rest - tier3, tier3, slow }
    }
}

impl Tier2 {
    pub fn executed(&self) -> Executed {
        // SAFETY: read under the interpreter lock, after the program's end.
        let state = unsafe { &*self.0.get() };
        let mut all = state.stats.executed;
        for executor in &state.executors {
            all.add(state.executed(executor));
        }
        all
    }

    /// The time in the interpreter (compiling included), in tier 2 and in tier 3.
    pub fn times(&self) -> [Duration; 3] {
        self.2.switch(self.1.get());
        self.2.spent.each_ref().map(Cell::get)
    }

    /// Exits by reason.
    pub fn exits_by_reason(&self) -> Vec<(&'static str, u64)> {
        // SAFETY: as above.
        let state = unsafe { &*self.0.get() };
        let kinds = [
            ExitKind::Before,
            ExitKind::Interrupted,
            ExitKind::Error,
            ExitKind::End,
            ExitKind::Return,
            ExitKind::Hot,
        ];
        let total = |kind| state.exits.iter().filter(|e| e.kind == kind).map(|e| e.total).sum();
        kinds.into_iter().map(|kind| (super::view::reason(kind), total(kind))).collect()
    }
}

/// An executor that is freed leaves what it has counted.
pub(super) fn keep(state: &mut State, executor: usize) {
    let executed = state.executed(&state.executors[executor]);
    state.stats.executed.add(executed);
}
