//! The walk along a trace: calling bodies, taking exits, following links.

use std::collections::HashMap;

use inkwell::basic_block::BasicBlock;
use inkwell::values::{
    AsValueRef, BasicMetadataValueEnum, BasicValue, BasicValueEnum, FunctionValue, InstructionValue,
    IntValue, PhiValue, PointerValue,
};
use taipan_mir::region::{NONE, Step, StepKind};
use taipan_mir::uops::Uop;

use super::edges::Head;
use super::homes::Flush;
use super::late::Settle;
use super::state::{Own, State, Val, Vn};
use super::{Input, RegionOffsets, problem};
use crate::Result;
use crate::bitcode::SLOW;
use crate::wrap::{REGISTERS, Regs, Wrapper};

/// Exits that go on in the same trace in line; others leave.
const MAX_COPIES: u32 = 2;

/// What a body knows besides its inputs.
#[derive(Clone, Copy)]
pub struct BodyContext<'c> {
    pub frame: PointerValue<'c>,
    pub oparg: u32,
    pub operands: [u64; 2],
}

/// Code that exits share: what they differ in comes through phis.
#[derive(Clone)]
struct SharedExit<'c> {
    block: BasicBlock<'c>,
    phis: [PhiValue<'c>; 9],
}

/// A side trace to be lowered behind an exit.
pub struct Work<'c> {
    pub block: BasicBlock<'c>,
    pub state: State<'c>,
    pub trace: usize,
}

pub struct Lower<'a, 'c> {
    pub w: &'a Wrapper<'c>,
    pub offsets: RegionOffsets,
    pub input: &'a Input<'a>,
    pub function: FunctionValue<'c>,
    pub regs: Regs<'c>,
    next_vn: Vn,
    pub head: Option<Head<'c>>,
    work: Vec<Work<'c>>,
    /// How often each side trace was lowered.
    copies: HashMap<u32, u32>,
    /// By the innermost frame.
    shared_exits: HashMap<usize, SharedExit<'c>>,
    /// Steps lowered so far.
    steps: usize,
    /// The uop behind the current one.
    pub next: Option<Uop>,
}

impl<'a, 'c> Lower<'a, 'c> {
    pub fn new(
        w: &'a Wrapper<'c>,
        offsets: RegionOffsets,
        input: &'a Input<'a>,
        function: FunctionValue<'c>,
        regs: Regs<'c>,
    ) -> Self {
        Lower {
            w,
            offsets,
            input,
            function,
            regs,
            next_vn: 0,
            head: None,
            work: Vec::new(),
            copies: HashMap::new(),
            shared_exits: HashMap::new(),
            steps: 0,
            next: None,
        }
    }

    pub fn new_vn(&mut self) -> Vn {
        self.next_vn += 1;
        self.next_vn
    }
    pub fn block(&self, name: &str) -> BasicBlock<'c> {
        self.w.bodies.context.append_basic_block(self.function, name)
    }
    pub fn branch_likely(&self, condition: IntValue<'c>, likely: BasicBlock<'c>, unlikely: BasicBlock<'c>) {
        let branch = self.w.b.build_conditional_branch(condition, likely, unlikely).unwrap();
        self.weigh(branch, &[2000, 1]);
    }
    fn weigh(&self, branch: InstructionValue<'c>, weights: &[u64]) {
        let c = self.w.bodies.context;
        let mut items: Vec<BasicMetadataValueEnum> = vec![c.metadata_string("branch_weights").into()];
        items.extend(
            weights.iter().map(|w| -> BasicMetadataValueEnum { c.i32_type().const_int(*w, false).into() }),
        );
        branch
            .set_metadata(c.metadata_node(&items), c.get_kind_id("prof"))
            .expect("a branch may have weights");
    }

    // ---- bodies ----

    pub fn zero_context(&self) -> BodyContext<'c> {
        BodyContext { frame: self.regs.frame, oparg: 0, operands: [0; 2] }
    }
    pub fn context(&self, state: &State<'c>, step: &Step) -> BodyContext<'c> {
        BodyContext { frame: state.frame().pointer, oparg: step.oparg, operands: step.operands }
    }

    /// Calls a body: its exit code and its scalar outputs (doubles as their bits).
    pub fn invoke(
        &self,
        name: &str,
        context: &BodyContext<'c>,
        inputs: &[BasicMetadataValueEnum<'c>],
        local: Option<IntValue<'c>>,
        outputs: usize,
    ) -> (IntValue<'c>, Vec<IntValue<'c>>) {
        let w = self.w;
        let function = w.bodies.get(name).unwrap_or_else(|| panic!("the build made a body for {name}"));
        let mut args: Vec<BasicMetadataValueEnum> = vec![
            self.regs.ts.into(),
            context.frame.into(),
            w.ptr().get_poison().into(),
            w.int(context.oparg as u64).into(),
            w.int(context.operands[0]).into(),
            w.int(context.operands[1]).into(),
        ];
        args.extend(inputs);
        args.extend(local.map(BasicMetadataValueEnum::from));
        let slots: Vec<PointerValue> = (0..outputs).map(|_| w.alloca(self.function)).collect();
        for slot in &slots {
            // A body that leaves writes nothing; without this, the last turn's output would live around the loop.
            w.b.build_store(*slot, w.i64().get_poison()).unwrap();
        }
        args.extend(slots.iter().map(|s| BasicMetadataValueEnum::from(*s)));
        debug_assert_eq!(function.count_params() as usize, args.len(), "parameters of {name}");
        for (arg, ty) in args.iter_mut().zip(function.get_type().get_param_types()) {
            match (*arg, ty.is_pointer_type()) {
                (BasicMetadataValueEnum::IntValue(v), true) => *arg = w.to_ptr(v).into(),
                (BasicMetadataValueEnum::PointerValue(v), false) => *arg = w.to_int(v).into(),
                _ => {}
            }
        }
        // A power is hardly ever known without a call.
        let slow = name.ends_with(SLOW) && !name.starts_with("_BINARY_OP_POWER");
        let function = if slow { self.cold(function) } else { function };
        let call = w.b.build_call(function, &args, "").unwrap();
        if slow {
            call.set_call_convention(super::cold::PRESERVE_ALL);
        }
        let BasicValueEnum::IntValue(code) = call.try_as_basic_value().unwrap_basic() else {
            unreachable!("bodies return a code")
        };
        (code, slots.iter().map(|s| w.load(*s)).collect())
    }

    /// Branches on a body's code. `cases` pairs codes with blocks; the builder is left in the block of success.
    pub fn dispatch(&self, code: IntValue<'c>, cases: &[(u64, BasicBlock<'c>)]) {
        let ok = self.block("ok");
        if cases.is_empty() {
            self.w.b.build_unconditional_branch(ok).unwrap();
        } else if let [(number, block)] = cases {
            // One way out: success is everything else, whatever the code says.
            let number = code.get_type().const_int(*number, false);
            let other = self.w.b.build_int_compare(inkwell::IntPredicate::NE, code, number, "").unwrap();
            self.branch_likely(other, ok, *block);
        } else {
            let values: Vec<_> =
                cases.iter().map(|(n, block)| (code.get_type().const_int(*n, false), *block)).collect();
            let switch = self.w.b.build_switch(code, ok, &values).unwrap();
            let mut weights = vec![2000];
            weights.extend(cases.iter().map(|_| 1));
            self.weigh(switch, &weights);
        }
        self.w.b.position_at_end(ok);
    }

    // ---- ways out ----

    /// Ends the current block: on through an exit with this state.
    pub fn exit_to(&mut self, exit: u32, mut state: State<'c>) -> Result<()> {
        let e = *self
            .input
            .exits
            .get(exit as usize)
            .ok_or_else(|| problem(format!("there is no exit {exit}")))?;
        self.settle(&mut state, if e.link == NONE { Settle::Rarely } else { Settle::Often });
        if e.link == 0 && self.is_at_head(&state) {
            return self.enter_loop(state);
        }
        if e.link != NONE && e.link != 0 {
            let copies = self.copies.entry(e.link).or_default();
            if *copies < MAX_COPIES && self.steps < super::plan::MAX_STEPS {
                *copies += 1;
                let block = self.w.b.get_insert_block().expect("the builder stands in a block");
                state.reload_locals();
                self.work.push(Work { block, state, trace: e.link as usize });
                return Ok(());
            }
        }
        let depth = e.depth as usize;
        self.ensure(&mut state, depth);
        // First what only this exit writes: the innermost frame's items.
        let last = state.frames.len() - 1;
        let in_memory = state.frame().items.len() - depth;
        self.flush_items(&mut state, last, in_memory, Flush::Copy);
        let mut r = [self.w.i64().get_poison(); REGISTERS];
        for (i, register) in r.iter_mut().enumerate().take(depth) {
            let val = state.frame().items[in_memory + i].val;
            *register = self.cold_word(&mut state, val);
        }
        let mut f = self.w.no_floats();
        for (register, double) in f.iter_mut().zip(&state.doubles) {
            *register = *double;
        }
        let frame = state.frame();
        let regs = Regs {
            frame: frame.pointer,
            sp: self.slot(frame, frame.mem + in_memory as i32),
            ts: self.regs.ts,
            r,
            f,
        };
        self.leave_through(e.id, e.slot, &regs);
        Ok(())
    }

    /// Ends the current block: on through the data slot. Exits of the same frame share that code.
    fn leave_through(&mut self, id: u32, slot: u64, regs: &Regs<'c>) {
        let w = self.w;
        let c = w.bodies.context;
        let here = w.b.get_insert_block().expect("the builder stands in a block");
        let key = regs.frame.as_value_ref() as usize;
        let shared = match self.shared_exits.get(&key) {
            Some(shared) => shared.clone(),
            None => {
                let block = self.block("exit");
                w.b.position_at_end(block);
                let phi = |ty: inkwell::types::BasicTypeEnum<'c>| w.b.build_phi(ty, "").unwrap();
                let (int, ptr, double) = (w.i64().into(), w.ptr().into(), c.f64_type().into());
                let phis = [int, int, ptr, int, int, int, double, double, double].map(phi);
                let value = |i: usize| phis[i].as_basic_value();
                w.b.build_store(w.at(self.regs.ts, self.offsets.exit_id as i64), value(0)).unwrap();
                let code = w.load_ptr(w.to_ptr(value(1).into_int_value()));
                let out = Regs {
                    frame: regs.frame,
                    sp: value(2).into_pointer_value(),
                    ts: self.regs.ts,
                    r: [3, 4, 5].map(|i| value(i).into_int_value()),
                    f: [6, 7, 8].map(|i| value(i).into_float_value()),
                };
                w.tail(code, &out);
                let shared = SharedExit { block, phis };
                self.shared_exits.insert(key, shared.clone());
                w.b.position_at_end(here);
                shared
            }
        };
        let (number, place) = (w.int(id as u64), w.int(slot));
        let incoming: [&dyn BasicValue<'c>; 9] = [
            &number, &place, &regs.sp, &regs.r[0], &regs.r[1], &regs.r[2], &regs.f[0], &regs.f[1], &regs.f[2],
        ];
        for (phi, value) in shared.phis.iter().zip(incoming) {
            phi.add_incoming(&[(value, here)]);
        }
        w.b.build_unconditional_branch(shared.block).unwrap();
    }

    /// A call pushed a frame that the trace did not expect: everything is in memory.
    pub fn exit_switched(&mut self, exit: u32) {
        let e = self.input.exits[exit as usize];
        let frame = self.w.load_ptr(self.w.at(self.regs.ts, self.offsets.wrap.ts_frame as i64));
        let sp = self.w.load_ptr(self.w.at(frame, self.offsets.wrap.frame_sp as i64));
        let r = [self.w.i64().get_poison(); REGISTERS];
        self.jump_through(e.id, e.slot, &Regs { frame, sp, ts: self.regs.ts, r, f: self.w.no_floats() });
    }

    fn jump_through(&self, id: u32, slot: u64, regs: &Regs<'c>) {
        let w = self.w;
        let place = w.at(self.regs.ts, self.offsets.exit_id as i64);
        w.b.build_store(place, w.int(id as u64)).unwrap();
        let code = w.load_ptr(w.to_ptr(w.int(slot)));
        w.tail(code, regs);
    }

    // ---- the walk ----

    /// Lowers the work that piled up, until none is left.
    pub fn drain(&mut self) -> Result<()> {
        while let Some(work) = self.work.pop() {
            self.w.b.position_at_end(work.block);
            let trace = *self
                .input
                .traces
                .get(work.trace)
                .ok_or_else(|| problem(format!("there is no trace {}", work.trace)))?;
            self.whole(trace, work.state)?;
        }
        Ok(())
    }

    /// Lowers `steps` from the builder's position until the path ends.
    pub fn whole(&mut self, steps: &[Step], state: State<'c>) -> Result<()> {
        match self.walk(steps, state)? {
            None => Ok(()),
            Some(_) => Err(problem("a trace without an end")),
        }
    }

    /// Lowers steps from the builder's position; the state behind them if the path goes on there.
    pub fn walk(&mut self, steps: &[Step], state: State<'c>) -> Result<Option<State<'c>>> {
        let mut state = Some(state);
        // Where jumps inside of the steps wait for their label.
        let mut waiting: HashMap<u32, (BasicBlock<'c>, State<'c>)> = HashMap::new();
        for (n, step) in steps.iter().enumerate() {
            self.steps += 1;
            match step.kind {
                StepKind::Label => match (waiting.remove(&step.target), state.is_some()) {
                    (Some((block, there)), false) => {
                        self.w.b.position_at_end(block);
                        state = Some(there);
                    }
                    (None, true) => {}
                    _ => return Err(problem("paths join at a label that is not the loop's head")),
                },
                StepKind::Goto => match state.take() {
                    Some(s) if self.is_head(step.target) => self.edge(s)?,
                    _ => return Err(problem("a jump backward that is not the loop's")),
                },
                StepKind::Exit => {
                    let s = state.take().ok_or_else(|| problem("an exit that nobody reaches"))?;
                    self.exit_to(step.deopt, s)?;
                }
                StepKind::Op => {
                    let s = state.as_mut().ok_or_else(|| problem("steps that nobody reaches"))?;
                    let uop = uop_of(step).ok_or_else(|| problem("an unknown uop"))?;
                    self.next = steps.get(n + 1).filter(|s| s.kind == StepKind::Op).and_then(uop_of);
                    if !self.before_uop(s, uop, step)
                        && !self.typed(s, uop, step)?
                        && let Some(jump) = self.generic(s, uop, step)?
                    {
                        waiting.insert(step.target, jump);
                    }
                }
            }
            if state.is_none() && waiting.is_empty() {
                return Ok(None);
            }
        }
        Ok(state)
    }

    fn is_head(&self, label: u32) -> bool {
        super::plan::label_of(self.input.traces[0]) == Some(label)
    }

    /// The value without ownership, for copies that live shorter than it.
    pub fn borrowed(&self, state: &State<'c>, val: Val<'c>) -> Val<'c> {
        match val.own {
            // Of a local whose word may have a tag tier 2 knows that it has none.
            Own::Owned | Own::Tagged if !state.ty(val).is_immediate() => Val { own: Own::Borrowed, ..val },
            _ => val,
        }
    }
}

fn uop_of(step: &Step) -> Option<Uop> {
    Uop::from_u16(step.uop as u16)
}
