//! Copy and patch: a linear piece of MIR becomes machine code by copying stencils one after the other and
//! filling their holes.
//!
//! ```text
//!   hot parts of the trace, in order, each falling through to the next
//!   cold parts, slow siblings, and moves between states that jumps need
//!   exit stubs:   mov [ts.exit_id], id ; jmp [slot]
//! ```
//!
//! The emitter tracks the *state*: how many stack values are cached in `r0..r2` and how many doubles lie in
//! `f0..f2`. Each uop has a stencil for every state it can be entered in, so nothing moves between uops; labels fix
//! their state, and whoever comes with another one goes through a move.
//!
//! **Published code is immutable.** An exit jumps through a data slot that at first holds the common exit (which stores
//! the registers to `ts.exit_words` and returns); stitching a side trace to it writes that word.

use taipan_layout::frame::LOCALS_OFFSET;
use taipan_layout::{Frame, StackValue, ThreadState};
use taipan_mir::uops::{Class, Uop};

use crate::stencil::{Kind, Stencil, What, external};

/// A step of the code to be made.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Op(Op),
    /// A place to jump to, always in this state: cached values and doubles.
    Label {
        label: u32,
        depth: u8,
        doubles: u8,
    },
    /// Ends a path: on at the label.
    Goto(u32),
    /// Ends a path: leave with this exit.
    Exit(u32),
}

/// A uop with its constants and ways out.
#[derive(Clone, Copy, Debug)]
pub struct Op {
    pub uop: Uop,
    pub oparg: u32,
    pub operands: [u64; 2],
    /// Exit taken when a guard fails (state of entry).
    pub deopt: u32,
    /// Exit taken for an exception, or for a frame that was pushed (everything in memory).
    pub error: u32,
    /// Label of a jump.
    pub target: u32,
}

impl Op {
    pub const fn new(uop: Uop) -> Op {
        Op { uop, oparg: 0, operands: [0; 2], deopt: 0, error: 0, target: 0 }
    }
    pub const fn oparg(self, oparg: u32) -> Op {
        Op { oparg, ..self }
    }
    pub const fn operand(self, operand: u64) -> Op {
        Op { operands: [operand, self.operands[1]], ..self }
    }
    pub const fn deopt(self, exit: u32) -> Op {
        Op { deopt: exit, ..self }
    }
    pub const fn error(self, exit: u32) -> Op {
        Op { error: exit, ..self }
    }
    pub const fn target(self, label: u32) -> Op {
        Op { target: label, ..self }
    }
}

/// Why code cannot be made from the steps: a mistake of whoever made them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EmitError {
    /// There is no stencil of the uop for this state (an interpreter-only uop, or too many or too few doubles).
    NoStencil {
        uop: Uop,
        depth: usize,
        doubles: usize,
    },
    /// Doubles are live across a uop that calls, or do not fit a label.
    Doubles {
        step: usize,
    },
    UnknownLabel {
        label: u32,
    },
    /// A local's index or another constant does not fit its hole.
    Range {
        step: usize,
    },
    /// The last step does not end the path.
    OpenEnd,
}

impl std::fmt::Display for EmitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            EmitError::NoStencil { uop, depth, doubles } => {
                write!(f, "there is no stencil of {uop} for {depth} cached values and {doubles} doubles")
            }
            EmitError::Doubles { step } => {
                write!(f, "step {step} has doubles in registers that it cannot keep")
            }
            EmitError::UnknownLabel { label } => write!(f, "there is no label {label}"),
            EmitError::Range { step } => write!(f, "a constant of step {step} does not fit"),
            EmitError::OpenEnd => f.write_str("the last step does not end the path"),
        }
    }
}

impl std::error::Error for EmitError {}

/// An exit of emitted code: what lies where when it is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitPoint {
    pub id: u32,
    /// Cached values in `ts.exit_words[0..depth]`, doubles from `ts.exit_words[3]` on.
    pub depth: u8,
    pub doubles: u8,
    /// Number of its data slot.
    pub slot: u32,
}

#[derive(Clone, Copy)]
enum Place {
    /// The stub of the exit with this number.
    Exit(u32),
    Label(u32),
    At(u32),
}

/// A stencil at its place.
struct Item {
    stencil: &'static Stencil,
    hot: u32,
    cold: u32,
    /// Index of the step, for constants.
    step: u32,
    /// State of entry.
    depth: u8,
    doubles: u8,
    /// Where it goes on.
    next: u32,
    slow: u32,
    deopt: u32,
    error: u32,
    /// Where a jump goes.
    jump: u32,
    /// It lies out of line, with an explicit jump after its hot part.
    outlined: bool,
    /// It counts the slow sibling that comes next.
    counts: bool,
}

/// A stencil's part in emitted code.
pub(crate) struct Piece {
    pub offset: u32,
    pub step: usize,
    /// It only moves values between registers and the stack.
    pub is_move: bool,
    pub part: &'static str,
}

struct LabelPoint {
    label: u32,
    at: u32,
    depth: u8,
    doubles: u8,
}

const NOWHERE: u32 = u32::MAX;
const JUMP_LEN: u32 = 5;
const STUB_LEN: u32 = 17;

/// Code laid out but not yet written: sizes are known, addresses are not.
#[derive(Default)]
pub struct Emitter {
    items: Vec<Item>,
    labels: Vec<LabelPoint>,
    pub exits: Vec<ExitPoint>,
    /// Jumps at the end of straight pieces: offset and where they go.
    jumps: Vec<(u32, Place)>,
    len: u32,
    stubs: u32,
    /// Address of the 64-bit number that slow siblings count up.
    count_slow: Option<u64>,
}

impl Emitter {
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of code and number of data slots that [`Emitter::write`] needs.
    pub fn size(&self) -> (usize, usize) {
        (self.len as usize, self.exits.len())
    }

    /// From now on the slow siblings in emitted code count up the number at this address, or do not count.
    pub fn count_slow(&mut self, counter: Option<u64>) {
        self.count_slow = counter;
    }

    /// Lays out `steps`, entered with an empty state. The emitter can be used again and keeps its memory.
    pub fn layout(&mut self, steps: &[Step]) -> Result<(), EmitError> {
        self.layout_from(steps, 0, 0)
    }

    /// The same for code that is entered in the state of an exit: `depth` cached values and `doubles` doubles.
    pub fn layout_from(&mut self, steps: &[Step], depth: usize, doubles: usize) -> Result<(), EmitError> {
        self.items.clear();
        self.labels.clear();
        self.exits.clear();
        self.jumps.clear();
        for step in steps {
            if let Step::Label { label, depth, doubles } = *step {
                self.labels.push(LabelPoint { label, at: NOWHERE, depth, doubles });
            }
        }
        let (mut depth, mut doubles) = (depth, doubles);
        let mut at = 0u32;
        // The path is open: the step before falls through to here.
        let mut open = true;
        for (index, step) in steps.iter().enumerate() {
            match *step {
                Step::Label { label, depth: d, doubles: u } => {
                    if open {
                        if doubles != u as usize {
                            return Err(EmitError::Doubles { step: index });
                        }
                        if let Some(stencil) = Stencil::transition(depth, d as usize) {
                            self.place(stencil, &mut at, index, (depth, doubles), false);
                        }
                    }
                    (depth, doubles) = (d as usize, u as usize);
                    for point in self.labels.iter_mut().filter(|l| l.label == label) {
                        point.at = at;
                    }
                    open = true;
                }
                Step::Op(op) => {
                    let info = op.uop.info();
                    let own_doubles = info.uses_doubles();
                    let variant = if own_doubles { doubles } else { 0 };
                    let stencil = Stencil::of(op.uop, depth, variant).ok_or(EmitError::NoStencil {
                        uop: op.uop,
                        depth,
                        doubles,
                    })?;
                    if doubles > 0 && info.class == Class::Calling {
                        return Err(EmitError::Doubles { step: index });
                    }
                    let item = self.place(stencil, &mut at, index, (depth, doubles), false);
                    self.ways_out(op, item, info.class == Class::Calling, index)?;
                    depth = stencil.depth_out as usize;
                    if own_doubles {
                        doubles = stencil.doubles_out as usize;
                    }
                    open = stencil.continues;
                }
                Step::Goto(label) => {
                    let point = self.label(label)?;
                    if doubles != point.doubles as usize {
                        return Err(EmitError::Doubles { step: index });
                    }
                    if let Some(stencil) = Stencil::transition(depth, point.depth as usize) {
                        self.place(stencil, &mut at, index, (depth, doubles), false);
                    }
                    self.jumps.push((at, Place::Label(label)));
                    at += JUMP_LEN;
                    open = false;
                }
                Step::Exit(id) => {
                    let exit = self.exit(id, depth, doubles);
                    self.jumps.push((at, Place::Exit(exit)));
                    at += JUMP_LEN;
                    open = false;
                }
            }
        }
        if open {
            return Err(EmitError::OpenEnd);
        }
        self.outline(steps, &mut at)?;
        for i in 0..self.jumps.len() {
            if let Place::Label(label) = self.jumps[i].1 {
                self.jumps[i].1 = Place::At(self.label(label)?.at);
            }
        }
        self.stubs = at;
        self.len = at + STUB_LEN * self.exits.len() as u32;
        Ok(())
    }

    fn label(&self, label: u32) -> Result<&LabelPoint, EmitError> {
        self.labels.iter().find(|l| l.label == label).ok_or(EmitError::UnknownLabel { label })
    }

    fn place(
        &mut self,
        stencil: &'static Stencil,
        at: &mut u32,
        step: usize,
        (depth, doubles): (usize, usize),
        outlined: bool,
    ) -> u32 {
        let number = self.items.len() as u32;
        let hot = *at;
        *at += stencil.hot_len as u32;
        self.items.push(Item {
            stencil,
            hot,
            cold: 0,
            step: step as u32,
            depth: depth as u8,
            doubles: doubles as u8,
            next: *at,
            slow: NOWHERE,
            deopt: NOWHERE,
            error: NOWHERE,
            jump: NOWHERE,
            outlined,
            counts: false,
        });
        if outlined {
            *at += JUMP_LEN;
        }
        number
    }

    fn exit(&mut self, id: u32, depth: usize, doubles: usize) -> u32 {
        let slot = self.exits.len() as u32;
        self.exits.push(ExitPoint { id, depth: depth as u8, doubles: doubles as u8, slot });
        slot
    }

    fn ways_out(&mut self, op: Op, item: u32, calling: bool, step: usize) -> Result<(), EmitError> {
        if op.oparg > (i32::MAX as u32 - LOCALS_OFFSET as u32) / 8 {
            return Err(EmitError::Range { step });
        }
        let Item { stencil, depth, doubles, .. } = self.items[item as usize];
        let (depth, doubles) = (depth as usize, doubles as usize);
        if stencil.has(What::Deopt) {
            let depth = if calling { 0 } else { depth };
            self.items[item as usize].deopt = self.exit(op.deopt, depth, doubles);
        }
        if stencil.has(What::Error) || stencil.has(What::Switch) {
            self.items[item as usize].error = self.exit(op.error, 0, doubles);
        }
        Ok(())
    }

    /// Everything that does not lie on the straight line.
    fn outline(&mut self, steps: &[Step], at: &mut u32) -> Result<(), EmitError> {
        let straight = self.items.len();
        for number in 0..straight {
            let Step::Op(op) = steps[self.items[number].step as usize] else { continue };
            let stencil = self.items[number].stencil;
            let (depth, doubles) = (self.items[number].depth as usize, self.items[number].doubles as usize);
            let step = self.items[number].step as usize;
            if stencil.has(What::Slow) {
                let own_doubles = op.uop.info().uses_doubles();
                let variant = if own_doubles { doubles } else { 0 };
                let slow = Stencil::slow_of(op.uop, depth, variant).ok_or(EmitError::NoStencil {
                    uop: op.uop,
                    depth,
                    doubles,
                })?;
                let counting = match self.count_slow {
                    Some(_) => Stencil::of(Uop::_COUNT, depth, 0),
                    None => None,
                };
                let counter = counting.map(|c| self.place(c, at, step, (depth, doubles), true));
                let item = self.place(slow, at, step, (depth, doubles), true);
                self.items[item as usize].next = self.items[number].next;
                if let Some(counter) = counter {
                    self.items[counter as usize].next = self.items[item as usize].hot;
                    self.items[counter as usize].counts = true;
                }
                if slow.has(What::Error) || slow.has(What::Switch) {
                    let live = if own_doubles { slow.doubles_out as usize } else { doubles };
                    self.items[item as usize].error = self.exit(op.error, 0, live);
                }
                self.items[number].slow = counter.unwrap_or(item);
            }
            if stencil.has(What::Jump) {
                let point = self.label(op.target)?;
                let (mut target, wanted) = (point.at, point.depth as usize);
                if doubles != point.doubles as usize {
                    return Err(EmitError::Doubles { step });
                }
                let state = (stencil.depth_jump as usize, doubles);
                if let Some(moves) = Stencil::transition(state.0, wanted) {
                    let item = self.place(moves, at, step, state, true) as usize;
                    self.items[item].next = target;
                    target = self.items[item].hot;
                }
                self.items[number].jump = target;
                let slow = self.items[number].slow;
                if slow != NOWHERE {
                    let counted = self.items[slow as usize].counts as u32;
                    self.items[(slow + counted) as usize].jump = target;
                }
            }
        }
        for item in &mut self.items {
            if item.stencil.cold_len > 0 {
                item.cold = *at;
                *at += item.stencil.cold_len as u32;
            }
        }
        Ok(())
    }

    /// The stencils where they lie: hot parts, and cold parts that are not empty.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece> {
        self.items.iter().flat_map(|item| {
            let is_move = item.stencil.is_transition();
            let step = item.step as usize;
            let hot = if item.outlined && !is_move { " (slow)" } else { "" };
            let hot = Piece { offset: item.hot, step, is_move, part: hot };
            let cold = Piece { offset: item.cold, step, is_move, part: " (cold)" };
            std::iter::once(hot).chain((item.stencil.cold_len > 0).then_some(cold))
        })
    }

    /// The exit stubs where they lie, with their exits' numbers.
    pub(crate) fn stubs(&self) -> impl Iterator<Item = (u32, u32)> {
        self.exits.iter().map(|exit| (self.stubs + STUB_LEN * exit.slot, exit.id))
    }

    fn offset_of(&self, place: Place) -> u32 {
        match place {
            Place::Exit(exit) => self.stubs + STUB_LEN * exit,
            Place::At(at) => at,
            Place::Label(_) => unreachable!("layout resolves labels"),
        }
    }

    /// Writes the code for `base` into `code` and initialises the data slots at `slots`.
    ///
    /// # Safety
    /// `code` must be [`Emitter::size`] writable bytes that will be executed at `base`, `slots` as many writable words as
    /// that says; `base` and `slots` are within 32-bit reach of each other and of the binary's text.
    pub unsafe fn write(&self, steps: &[Step], code: *mut u8, base: u64, slots: *mut u64) {
        // SAFETY: by contract.
        let buffer = unsafe { std::slice::from_raw_parts_mut(code, self.len as usize) };
        for item in &self.items {
            self.write_item(steps, item, buffer, base);
        }
        for &(at, place) in &self.jumps {
            jump(buffer, at, self.offset_of(place));
        }
        for exit in &self.exits {
            let at = self.stubs + STUB_LEN * exit.slot;
            let slot = slots as u64 + 8 * exit.slot as u64;
            stub(buffer, at, base, exit.id, slot);
            // SAFETY: by contract there are that many slots.
            unsafe { *slots.add(exit.slot as usize) = taipan_jit_exit as *const () as u64 };
        }
    }

    fn write_item(&self, steps: &[Step], item: &Item, buffer: &mut [u8], base: u64) {
        let s = item.stencil;
        let op = match steps[item.step as usize] {
            Step::Op(_) if item.counts => Op::new(Uop::_COUNT).operand(self.count_slow.unwrap_or(0)),
            Step::Op(op) => op,
            _ => Op::new(Uop::_NOP),
        };
        buffer[item.hot as usize..][..s.hot_len as usize].copy_from_slice(s.hot());
        if s.cold_len > 0 {
            buffer[item.cold as usize..][..s.cold_len as usize].copy_from_slice(s.cold());
        }
        if item.outlined {
            jump(buffer, item.hot + s.hot_len as u32, item.next);
        }
        let address = |offset: u32| base + offset as u64;
        let stub_of = |exit: u32| address(self.stubs + STUB_LEN * exit);
        for (part, holes) in [(item.hot, s.hot_holes()), (item.cold, s.cold_holes())] {
            for hole in holes {
                let value = match hole.what {
                    What::Oparg => op.oparg as u64,
                    What::Local => LOCALS_OFFSET as u64 + 8 * op.oparg as u64,
                    What::Operand0 => op.operands[0],
                    What::Operand1 => op.operands[1],
                    What::Continue => address(item.next),
                    What::Slow => address(self.items[item.slow as usize].hot),
                    What::Deopt => stub_of(item.deopt),
                    What::Error | What::Switch => stub_of(item.error),
                    What::Jump => address(item.jump),
                    What::Hot => address(item.hot),
                    What::Cold => address(item.cold),
                    What::External(number) => external(number),
                };
                let value = value.wrapping_add(hole.addend as i64 as u64);
                let at = part as usize + hole.offset as usize;
                match hole.kind {
                    Kind::Abs16 => buffer[at..at + 2].copy_from_slice(&(value as u16).to_le_bytes()),
                    Kind::Abs32 => buffer[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes()),
                    Kind::Abs64 => buffer[at..at + 8].copy_from_slice(&value.to_le_bytes()),
                    Kind::Rel32 => {
                        let distance = value.wrapping_sub(base + at as u64);
                        debug_assert!(
                            i32::try_from(distance as i64).is_ok(),
                            "{:?} is out of reach",
                            hole.what
                        );
                        buffer[at..at + 4].copy_from_slice(&(distance as u32).to_le_bytes());
                    }
                }
            }
        }
    }
}

/// `jmp to`
fn jump(buffer: &mut [u8], at: u32, to: u32) {
    let at = at as usize;
    buffer[at] = 0xE9;
    let distance = to.wrapping_sub(at as u32 + JUMP_LEN);
    buffer[at + 1..at + 5].copy_from_slice(&distance.to_le_bytes());
}

/// `mov qword [r14 + exit_id], id` and `jmp [rip + slot]`; r14 holds the thread state.
fn stub(buffer: &mut [u8], at: u32, base: u64, id: u32, slot: u64) {
    let b = &mut buffer[at as usize..][..STUB_LEN as usize];
    b[..3].copy_from_slice(&[0x49, 0xC7, 0x86]);
    b[3..7].copy_from_slice(&(std::mem::offset_of!(ThreadState, exit_id) as u32).to_le_bytes());
    b[7..11].copy_from_slice(&id.to_le_bytes());
    b[11..13].copy_from_slice(&[0xFF, 0x25]);
    let end = base + at as u64 + STUB_LEN as u64;
    b[13..17].copy_from_slice(&(slot.wrapping_sub(end) as u32).to_le_bytes());
}

unsafe extern "C" {
    fn taipan_jit_exit();
    fn taipan_jit_enter(frame: *mut Frame, sp: *mut StackValue, ts: *mut ThreadState, code: *const u8);
}

/// Address that data slots hold until an exit is stitched.
pub fn common_exit() -> u64 {
    taipan_jit_exit as *const () as u64
}

/// Runs emitted code until it takes an exit: `ts.exit_id` says which one, `ts.frame` with its `sp` and `ts.exit_words`
/// hold the state.
///
/// # Safety
/// `code` is the start of published code for the state of `frame`, which is the innermost one of `ts`.
pub unsafe fn enter(frame: *mut Frame, sp: *mut StackValue, ts: *mut ThreadState, code: *const u8) {
    // SAFETY: the caller's contract.
    unsafe { taipan_jit_enter(frame, sp, ts, code) }
}
