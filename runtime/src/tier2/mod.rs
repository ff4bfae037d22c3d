//! Tier 2: hot paths as machine code.
//!
//! ```text
//!   JUMP_BACKWARD_JIT hot ──► record (hooked interpreter) ──► Trace (uops) ──► stencils ──► ENTER_EXECUTOR
//!   side exit hot ─────────►    "                               "                "      ──► the exit's data slot
//! ```
//!
//! | module | does |
//! |---|---|
//! | `record` | the path that the interpreter takes, instruction by instruction |
//! | `translate` | recorded instructions → uops |
//! | `fits` | whether a specialised instruction fits its operands |
//! | `facts` | what the optimiser (`taipan_mir::optimize`) asks about objects |
//! | `steps` | a trace → what is emitted, with its exits |
//! | `install` | steps → stencils → executor |
//! | `uops` | runs the steps without machine code: the reference |
//! | `regions` | hands hot loops to tier 3 and takes over what it made |
//! | `exits` | entering executors, decoding exits |
//! | `view` | looking at what was compiled |
//! | `free` | the end of executors |
//! | `figures` | what `--stats` counts |
//! | `invalidate` | assumptions that stopped to hold |
//!
//! Published code is immutable. Executors whose assumptions broke are freed, and cold ones when their memory reaches its cap.

mod exits;
mod facts;
pub mod figures;
mod fits;
mod free;
mod install;
pub mod invalidate;
mod record;
mod regions;
mod steps;
mod translate;
mod uops;
pub mod view;

use std::cell::{Cell, UnsafeCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use taipan_layout::Frame;
use taipan_layout::frame::{InlineChain, InlineLink, InlineRecord};
use taipan_mir::opcodes::Opcode;
use taipan_mir::optimize;
use taipan_mir::trace::{End, Packed, Snapshot};
use taipan_stencil_lib::arena::{Arena, Block, SystemPages};
use taipan_stencil_lib::emit::{Emitter, Step, common_exit};

pub use exits::{enter, entry_counter, hot_entry, hot_loop, loop_counter};
use figures::Clock;
pub(crate) use figures::Running;
use record::{Recorder, Start};

/// A safe point: takes over what tier 3 has finished, and frees what has to go.
pub fn serve(vm: &Vm) {
    // SAFETY: at a safe point nobody borrows the state; the borrow ends before anything is dropped.
    let recordings = unsafe { std::mem::take(&mut vm.tier2.state().dropped) };
    drop(recordings);
    regions::serve(vm);
    free::collect(vm);
}

use crate::owned::Owned;
use crate::vm::Vm;

/// Back-edges before a loop is recorded. Recording and compiling a loop costs some tens of microseconds, as much as a
/// few hundred iterations in the interpreter.
const LOOP_THRESHOLD: u32 = 1000;
/// Entries of a function before it is compiled by itself: loops that call it come first, and have it inlined.
const ENTRY_THRESHOLD: u32 = 4000;
/// Places that a compiled return compares its caller with.
const MAX_RETURNS: u8 = 8;
/// Exits before the path behind a side exit is recorded.
const EXIT_THRESHOLD: u32 = 100;
/// Address space for machine code and its data slots: also the cap.
const ARENA_SIZE: usize = 32 << 20;
/// Side traces behind each other.
const MAX_CHAIN: u8 = 12;
/// Attempts after which an exit or a loop is left to the interpreter for good.
const MAX_FAILURES: u8 = 4;

/// What an exit's snapshot says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ExitKind {
    /// A guard failed before its instruction had any effect.
    Before,
    /// An exception, or a frame that was pushed unexpectedly: everything is in memory.
    Error,
    /// A trace was interrupted: the inlined frames are real when something ran. Else as `Before`.
    Interrupted,
    /// The trace's own end.
    End,
    /// The frame in which the trace was entered has returned: on in the caller.
    Return,
    /// The loop's counter ran out: it is hot enough for tier 3. A `Before` exit at the loop's head.
    Hot,
}

struct ExitInfo {
    kind: ExitKind,
    /// The instruction to go on at.
    ip: *mut u16,
    /// Cached stack values.
    depth: u8,
    /// Calls that the trace has open there.
    calls: u32,
    slot: *mut u64,
    count: u32,
    total: u64,
    failures: u8,
    /// Side traces between this exit and the loop.
    chain: u8,
    /// The instruction's form in the trace.
    origin: (Opcode, [u16; 10]),
    /// What has to be put right when it is taken; `None` until it is taken for the first time. Most exits never are.
    snapshot: Option<Box<Snapshot>>,
    /// What the trace knew there, from which the snapshot is made.
    state: Option<optimize::Packed>,
    /// The executor that the exit's data slot leads to, if it is not the interpreter.
    link: Option<usize>,
    /// Code for the other side that is entered after decoding.
    bridge: Option<usize>,
    /// Slots that an error has consumed.
    consumed: u32,
    /// Uops of the trace that were executed when it is taken.
    position: u32,
    /// It says which way a branch went.
    branch: bool,
    /// A region's: frames and stacks are as the interpreter has them.
    plain: bool,
    /// Only a test takes it.
    forced: bool,
}

impl ExitInfo {
    /// Its executor was freed.
    fn vacate(&mut self) {
        *self = ExitInfo::plain(ExitKind::End, std::ptr::null_mut(), 0, std::ptr::null_mut());
    }

    /// An exit that leaves everything in memory as the interpreter has it.
    fn plain(kind: ExitKind, ip: *mut u16, calls: u32, slot: *mut u64) -> ExitInfo {
        ExitInfo {
            kind,
            ip,
            depth: 0,
            calls,
            slot,
            count: 0,
            total: 0,
            failures: 0,
            chain: 0,
            origin: (Opcode::NOP, [0; 10]),
            snapshot: None,
            state: None,
            link: None,
            bridge: None,
            consumed: 0,
            position: 0,
            branch: false,
            plain: true,
            forced: false,
        }
    }
}

/// Compiled code of one recorded path.
pub struct Executor {
    /// Where it is entered: the stencils, or its region. Null where uops are interpreted.
    entry: *const u8,
    /// Its memory and that of its data slots.
    code: Option<(Block, Block)>,
    /// The numbers of its exits; empty when there is no executor with this number.
    exits: Range<u32>,
    /// Times that it was entered from the interpreter since code was evicted last.
    entered: u32,
    /// Tells it from others that had its number.
    serial: u64,
    stencils: *const u8,
    uops: Packed,
    /// How many of them come before the loop.
    preamble: u32,
    end: End,
    code_len: usize,
    /// What was emitted, for tier 3 and for inspection.
    steps: Vec<Step>,
    /// The same, where it is interpreted.
    program: Rc<[Step]>,
    start: Start,
    /// Counts a loop down to tier 3; compiled code has the address.
    counter: Option<Box<u32>>,
    /// What `--stats` counts, and the countdowns of a test; compiled code has the addresses.
    counts: Option<Box<steps::Counts>>,
    _forced: Box<[u32]>,
    region: Option<regions::Installed>,
    /// Whether tier 3 was given it: code of a region may stand for it and use its exits.
    is_in_region: bool,
    /// What its last region was asked for with, if traces are kept.
    requested: Option<std::sync::Arc<crate::tier3::Request>>,
    /// Traces in the region that was asked for last.
    last_request: usize,
    /// How often a region was made of it, and side traces that came since.
    regions: u8,
    new_sides: u32,
    /// Non-zero: something that the code takes for granted does not hold any more.
    invalid: Box<u32>,
    /// What it takes for granted.
    depends_on: Vec<invalidate::Assumption>,
    /// What its operands name.
    _objects: Vec<Owned>,
    _records: Box<[InlineRecord]>,
    _links: Box<[InlineLink]>,
    _chains: Box<[InlineChain]>,
    /// For those who look at it.
    notes: Option<Box<view::Notes>>,
}

impl Executor {
    /// In the place of one that was freed.
    fn vacant() -> Executor {
        Executor { invalid: Box::new(1), ..Executor::bare(Start::Exit(u32::MAX)) }
    }

    /// Without code or trace.
    fn bare(start: Start) -> Executor {
        Executor {
            serial: 0,
            entry: std::ptr::null(),
            stencils: std::ptr::null(),
            code: None,
            exits: 0..0,
            entered: 0,
            uops: Packed::default(),
            preamble: 0,
            end: End::Return,
            code_len: 0,
            steps: Vec::new(),
            program: Rc::new([]),
            start,
            counter: None,
            counts: None,
            _forced: Box::default(),
            region: None,
            is_in_region: false,
            requested: None,
            last_request: 0,
            regions: 0,
            new_sides: 0,
            invalid: Box::default(),
            depends_on: Vec::new(),
            _objects: Vec::new(),
            _records: Box::default(),
            _links: Box::default(),
            _chains: Box::default(),
            notes: None,
        }
    }
}

/// State of tier 2, per interpreter.
pub struct State {
    arena: Option<Arena<SystemPages>>,
    emitter: Emitter,
    executors: Vec<Executor>,
    exits: Vec<ExitInfo>,
    /// Activations of compiled code, and executors that wait for the end of all of them.
    running: u32,
    doomed: Vec<(usize, free::Doom)>,
    /// Numbers of executors and exits that can be given again.
    vacant: Vec<usize>,
    vacant_exits: Vec<Range<u32>>,
    /// Executors that were made so far.
    made: u64,
    recorder: Option<Box<Recorder>>,
    /// Recordings that nobody goes on with; freed at a safe point.
    dropped: Vec<Recorder>,
    /// Executors of loops by the address of the loop's first instruction.
    heads: HashMap<usize, usize>,
    /// Executors that begin with what the interpreter has there: entries of functions, and instructions behind calls.
    points: HashMap<usize, usize>,
    /// Executors by their `Hot` exits.
    hot: Vec<(u32, usize)>,
    /// Executors by their first exit, ascending: whose an exit is.
    owners: Vec<(u32, usize)>,
    tier3: crate::tier3::Manager,
    pub stats: Stats,
}

#[derive(Default, Debug)]
pub struct Stats {
    pub traces: u64,
    pub bridges: u64,
    pub aborted: u64,
    pub uops: u64,
    pub code_bytes: u64,
    pub entries: u64,
    pub exits: u64,
    pub invalidated: u64,
    pub freed: u64,
    pub evictions: u64,
    /// From the trigger to the installed executor: the recorded path's execution, and compiling.
    pub trigger_ns: u64,
    pub compile_ns: u64,
    /// Parts of `compile_ns`.
    pub translate_ns: u64,
    pub optimize_ns: u64,
    /// Laying out, copying and patching; changing the protection of its pages.
    pub emit_ns: u64,
    pub protect_ns: u64,
    /// Of executors that were freed, and of the interpreter.
    pub executed: figures::Executed,
    pub regions: u64,
    pub region_bytes: u64,
    /// Nanoseconds of LLVM's thread for them: building, optimising, generating.
    pub region_ns: [u64; 3],
    /// Why others came to nothing.
    pub regions_failed: Vec<String>,
}

/// Interior mutability under the interpreter lock.
#[derive(Default)]
pub struct Tier2(UnsafeCell<State>, Cell<Running>, Clock);

impl Default for State {
    fn default() -> Self {
        State {
            arena: None,
            emitter: Emitter::new(),
            executors: Vec::new(),
            exits: Vec::new(),
            running: 0,
            doomed: Vec::new(),
            vacant: Vec::new(),
            vacant_exits: Vec::new(),
            made: 0,
            recorder: None,
            dropped: Vec::new(),
            heads: HashMap::new(),
            points: HashMap::new(),
            hot: Vec::new(),
            owners: Vec::new(),
            tier3: Default::default(),
            stats: Stats::default(),
        }
    }
}

impl State {
    /// Makes an exit go on in an executor, without decoding.
    fn link(&mut self, exit: u32, target: usize) {
        let exit = &mut self.exits[exit as usize];
        exit.link = Some(target);
        if !exit.slot.is_null() {
            // SAFETY: the slot belongs to the exit's executor and is always writable.
            unsafe { *exit.slot = self.executors[target].entry as u64 };
        }
    }

    /// Makes it lead to the interpreter again.
    fn unlink(&mut self, exit: u32) {
        let exit = &mut self.exits[exit as usize];
        exit.link = None;
        if !exit.slot.is_null() {
            // SAFETY: as above.
            unsafe { *exit.slot = common_exit() };
        }
    }
}

impl Tier2 {
    /// Gives up a recording that is under way: the interpreter's mode is wanted for something else.
    pub fn stop_recording(&self) {
        // SAFETY: under the interpreter lock; nobody borrows the state while Python code or native functions run.
        unsafe { self.state() }.recorder = None;
    }

    /// # Safety
    /// Under the interpreter lock; no other borrow is alive.
    #[allow(clippy::mut_from_ref, reason = "interior mutability under the interpreter lock")]
    unsafe fn state(&self) -> &mut State {
        // SAFETY: by contract.
        unsafe { &mut *self.0.get() }
    }

    /// Whether the innermost frame runs in compiled code.
    pub fn is_active(&self) -> bool {
        self.1.get() != Running::Interpreter
    }
    /// Says whose code runs now; returns whose did before.
    pub(crate) fn set_running(&self, running: Running) -> Running {
        let before = self.1.replace(running);
        self.2.switch(before);
        before
    }

    /// Another thread runs now: a recording does not see what follows.
    pub(crate) fn drop_recording(&self, vm: &Vm) {
        // SAFETY: a thread that gets the interpreter lock has no borrow, nor had the one that gave it up.
        let state = unsafe { self.state() };
        if let Some(recorder) = state.recorder.take() {
            state.dropped.push(*recorder);
            free::ask(vm);
        }
    }

    /// Figures for `--stats`.
    pub fn stats(&self) -> &Stats {
        // SAFETY: read under the interpreter lock, after the program's end.
        unsafe { &(*self.0.get()).stats }
    }

    /// Exits that were taken most often, for development: count, exit, kind, chain.
    pub fn hottest_exits(&self) -> Vec<String> {
        // SAFETY: as above.
        let state = unsafe { &*self.0.get() };
        let mut exits: Vec<_> = state.exits.iter().enumerate().filter(|(_, e)| e.total > 0).collect();
        exits.sort_by_key(|(_, e)| std::cmp::Reverse(e.total));
        let line = |(id, e): (usize, &ExitInfo)| {
            format!(
                "{:>9} exit {id} {:?} chain {} failures {} at {}",
                e.total, e.kind, e.chain, e.failures, e.origin.0
            )
        };
        exits.into_iter().take(25).map(line).collect()
    }
}

/// Whether this frame may be traced: those of functions, on the data stack or in a generator.
unsafe fn traceable(frame: *mut Frame) -> bool {
    // SAFETY: the frame is live.
    unsafe {
        use taipan_layout::frame::owner;
        matches!((*frame).owner, owner::THREAD | owner::GENERATOR) && !(*frame).function.is_null()
    }
}
