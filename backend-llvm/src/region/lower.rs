//! The walk along a trace: calling bodies, taking exits, following links.

use std::collections::HashMap;

use inkwell::basic_block::BasicBlock;
use inkwell::values::{
    AsValueRef, BasicMetadataValueEnum, BasicValue, BasicValueEnum, FunctionValue, InstructionValue,
    IntValue, PhiValue, PointerValue,
};
use taipan_mir::graph::{Block, BlockId, ENTRY, Edge, End, Graph, HEAD, Inst, Node};
use taipan_mir::region::Exit;
use taipan_mir::uops::Uop;

use super::edges::Head;
use super::homes::Flush;
use super::late::Settle;
use super::state::{Own, State, Val, Vn};
use super::{RegionOffsets, problem};
use crate::Result;
use crate::bitcode::SLOW;
use crate::wrap::{REGISTERS, Regs, Wrapper};

/// Edges that go on in the same block in line; others leave.
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

/// A block to be lowered behind an edge.
pub struct Work<'c> {
    pub place: BasicBlock<'c>,
    pub state: State<'c>,
    pub block: BlockId,
}

pub struct Lower<'a, 'c> {
    pub w: &'a Wrapper<'c>,
    pub offsets: RegionOffsets,
    pub graph: &'a Graph,
    pub function: FunctionValue<'c>,
    pub regs: Regs<'c>,
    next_vn: Vn,
    pub head: Option<Head<'c>>,
    work: Vec<Work<'c>>,
    /// How often each block behind an exit was lowered.
    copies: HashMap<BlockId, u32>,
    /// By the innermost frame.
    shared_exits: HashMap<usize, SharedExit<'c>>,
    /// Uops lowered so far.
    uops: usize,
    /// The uop behind the current one.
    pub next: Option<Uop>,
}

impl<'a, 'c> Lower<'a, 'c> {
    pub fn new(
        w: &'a Wrapper<'c>,
        offsets: RegionOffsets,
        graph: &'a Graph,
        function: FunctionValue<'c>,
        regs: Regs<'c>,
    ) -> Self {
        Lower {
            w,
            offsets,
            graph,
            function,
            regs,
            next_vn: 0,
            head: None,
            work: Vec::new(),
            copies: HashMap::new(),
            shared_exits: HashMap::new(),
            uops: 0,
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
    pub fn context(&self, state: &State<'c>, inst: &Inst) -> BodyContext<'c> {
        BodyContext { frame: state.frame().pointer, oparg: inst.oparg, operands: inst.operands }
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

    /// Ends the current block: on along an edge with this state.
    pub fn exit_to(&mut self, edge: Option<&Edge>, mut state: State<'c>) -> Result<()> {
        let (edge, exit) = self.exit_of(edge)?;
        self.settle(&mut state, if edge.block.is_none() { Settle::Rarely } else { Settle::Often });
        match edge.block {
            Some(ENTRY) if self.is_at_head(&state) => return self.enter_loop(state),
            Some(block) if block != ENTRY => {
                let copies = self.copies.entry(block).or_default();
                if *copies < MAX_COPIES && self.uops < super::plan::MAX_UOPS {
                    *copies += 1;
                    let place = self.w.b.get_insert_block().expect("the builder stands in a block");
                    state.reload_locals();
                    self.work.push(Work { place, state, block });
                    return Ok(());
                }
            }
            _ => {}
        }
        self.leave(exit, state);
        Ok(())
    }

    /// The exit of an edge.
    fn exit_of<'e>(&self, edge: Option<&'e Edge>) -> Result<(&'e Edge, Exit)> {
        let edge = edge.ok_or_else(|| problem("a way out that its uop does not have"))?;
        let exit = edge.exit.and_then(|exit| self.graph.exits.get(exit as usize));
        Ok((edge, *exit.ok_or_else(|| problem("an edge without an exit"))?))
    }

    /// Ends the current block: out, with what the exit takes in registers and everything else in memory.
    fn leave(&mut self, e: Exit, mut state: State<'c>) {
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
    pub fn exit_switched(&mut self, edge: Option<&Edge>) -> Result<()> {
        let (_, e) = self.exit_of(edge)?;
        let frame = self.w.load_ptr(self.w.at(self.regs.ts, self.offsets.wrap.ts_frame as i64));
        let sp = self.w.load_ptr(self.w.at(frame, self.offsets.wrap.frame_sp as i64));
        let r = [self.w.i64().get_poison(); REGISTERS];
        self.jump_through(e.id, e.slot, &Regs { frame, sp, ts: self.regs.ts, r, f: self.w.no_floats() });
        Ok(())
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
            self.w.b.position_at_end(work.place);
            self.whole(work.block, work.state)?;
        }
        Ok(())
    }

    /// Lowers a block from the builder's position, its end included.
    pub fn whole(&mut self, block: BlockId, state: State<'c>) -> Result<()> {
        let block = self.block_of(block)?;
        let state = self.walk(block, state)?;
        match &block.end {
            End::Goto(edge) if edge.block == Some(HEAD) => self.edge(state),
            End::Goto(_) => Err(problem("a jump backward that is not the loop's")),
            End::Exit(edge) => self.exit_to(Some(edge), state),
        }
    }

    pub fn block_of(&self, block: BlockId) -> Result<&'a Block> {
        self.graph.blocks.get(block).ok_or_else(|| problem(format!("there is no block {block}")))
    }

    /// Lowers a block's uops from the builder's position; the state behind them. Reads need nothing: the state reads what is
    /// wanted.
    fn walk(&mut self, block: &Block, mut state: State<'c>) -> Result<State<'c>> {
        let mut insts = block.nodes.iter().filter_map(Node::inst).peekable();
        while let Some(inst) = insts.next() {
            self.uops += 1;
            self.next = insts.peek().map(|next| next.uop);
            if self.before_uop(&mut state, inst.uop, inst) || self.typed(&mut state, inst.uop, inst)? {
                continue;
            }
            if let Some((place, state)) = self.generic(&mut state, inst.uop, inst)? {
                let block = inst.jump.as_ref().and_then(|edge| edge.block);
                let block = block.ok_or_else(|| problem("a jump to nowhere"))?;
                self.work.push(Work { place, state, block });
            }
        }
        Ok(state)
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
