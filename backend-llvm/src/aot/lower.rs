//! One function: blocks, the evaluation stack between them, the ways in and out.

use std::collections::BTreeMap;

use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::basic_block::BasicBlock;
use inkwell::intrinsics::Intrinsic;
use inkwell::values::{BasicMetadataValueEnum, FunctionValue, InstructionValue, IntValue, PointerValue};
use inkwell::{IntPredicate, values::BasicValueEnum};
use taipan_mir::aot::{Constant, Function, FusedCall, Site};
use taipan_mir::opcodes::Opcode;
use taipan_mir::uops::{ArgPart, Class, Count, Flags, Uop, UopInfo, expansion};

use super::AotOffsets;
use super::decode::{Code, Instr, ends_flow, may_switch};
use super::facts::Facts;
use super::inline::Smalls;
use crate::handlers::{CONTINUE, ERROR, ODD, RERAISE, SWITCH};
use crate::steps::{declare as declare_step, load_step, status, step_name};
use crate::wrap::{Entry, Outcome, Regs, Sources, Stack, Wrapper};
use crate::{Error, Result};

/// Words of True, False and None are what bodies compare with.
pub const FALSE: u64 = 0x18;
pub const TRUE: u64 = 0x28;
pub const NONE: u64 = 0x08;
/// The tag of a borrowed pointer.
pub const BORROWED: u64 = 4;

/// Where a body goes on when it did nothing.
#[derive(Clone, Copy)]
pub struct Ways<'c> {
    /// A guard failed.
    pub fail: Option<BasicBlock<'c>>,
    /// The slow sibling would have to run; `None`: it does.
    pub slow: Option<BasicBlock<'c>>,
}

pub struct Lower<'a, 'c> {
    pub w: &'a Wrapper<'c>,
    pub code: &'a Code,
    pub function: &'a Function,
    pub smalls: &'a Smalls<'a>,
    pub offsets: AotOffsets,
    pub f: FunctionValue<'c>,
    pub regs: Regs<'c>,
    units: PointerValue<'c>,
    consts: PointerValue<'c>,
    base: PointerValue<'c>,
    blocks: BTreeMap<usize, BasicBlock<'c>>,
    /// Places to go on when a callee returns, by number.
    resumes: Vec<(u64, BasicBlock<'c>)>,
    next_resume: u64,
    pub word: fn(Constant) -> Option<u64>,
    pub facts: Facts<'c>,
    /// Never written: a load of it is a value that nothing else is.
    pub nothing: PointerValue<'c>,
}

fn problem(what: String) -> Error {
    Error::Check(vec![what])
}

/// Lowers a function.
pub fn function<'c>(
    w: &Wrapper<'c>,
    offsets: AotOffsets,
    smalls: &Smalls,
    function: &Function,
    code: &Code,
    word: fn(Constant) -> Option<u64>,
) -> Result<FunctionValue<'c>> {
    let (f, regs) = w.function(&function.symbol);
    f.remove_string_attribute(AttributeLoc::Function, "no-jump-tables");
    // 1: rows hold at calls, which is all that a walker sees.
    let uwtable = Attribute::get_named_enum_kind_id("uwtable");
    f.add_attribute(AttributeLoc::Function, w.bodies.context.create_enum_attribute(uwtable, 1));
    let entry = w.b.get_insert_block().expect("a function begins with a block");
    let nothing = w.alloca(f);
    let code_object = w.load_ptr(w.at(regs.frame, w.offsets.frame_code as i64));
    let units = w.load_ptr(w.at(code_object, w.offsets.code_units as i64));
    let consts = w.load_ptr(w.at(code_object, w.offsets.code_consts as i64));
    let base = w.at(regs.frame, w.offsets.locals as i64 + 8 * i64::from(function.nlocalsplus));
    let mut blocks = BTreeMap::new();
    for leader in code.leaders.iter().filter(|unit| code.depths.contains_key(unit)) {
        blocks.insert(*leader, w.bodies.context.append_basic_block(f, &format!("u{leader}")));
    }
    let mut lower = Lower {
        w,
        code,
        function,
        f,
        regs,
        units,
        consts,
        base,
        blocks,
        resumes: Vec::new(),
        next_resume: code.entries.len() as u64 + 1,
        word,
        smalls,
        offsets,
        facts: Facts::default(),
        nothing,
    };
    for leader in lower.blocks.keys().copied().collect::<Vec<_>>() {
        lower.block(leader)?;
    }
    lower.entry(entry)?;
    Ok(f)
}

impl<'a, 'c> Lower<'a, 'c> {
    pub fn new_block(&self, name: &str) -> BasicBlock<'c> {
        self.w.bodies.context.append_basic_block(self.f, name)
    }
    pub fn here(&self) -> BasicBlock<'c> {
        self.w.b.get_insert_block().expect("the builder stands in a block")
    }
    pub fn pc(&self, unit: usize) -> PointerValue<'c> {
        self.w.at(self.units, 2 * unit as i64)
    }
    fn slot(&self, depth: usize) -> PointerValue<'c> {
        self.w.at(self.base, 8 * depth as i64)
    }
    /// The stack of this height, all of it in memory.
    pub fn in_memory(&self, depth: usize) -> Stack<'c> {
        Stack { sp: self.slot(depth), entries: Vec::new(), doubles: Vec::new() }
    }
    pub fn leader(&self, unit: usize) -> Result<BasicBlock<'c>> {
        self.blocks.get(&unit).copied().ok_or_else(|| problem(format!("no block begins at unit {unit}")))
    }
    pub fn branch(&self, to: BasicBlock<'c>) {
        self.w.b.build_unconditional_branch(to).unwrap();
    }
    /// Brings the stack to memory and goes to the block at `unit`.
    pub fn branch_to(&self, unit: usize, mut stack: Stack<'c>) -> Result<()> {
        self.w.flush(&mut stack);
        self.branch(self.leader(unit)?);
        Ok(())
    }
    fn tail_to(&self, name: &str, sp: PointerValue<'c>, r0: IntValue<'c>, r2: IntValue<'c>) {
        let r = [r0, self.w.i64().get_poison(), r2];
        self.w.tail_to(name, &Regs { sp, r, f: self.w.no_floats(), ..self.regs });
    }
    /// A branch of which the first way is the usual one.
    pub fn likely(&self, condition: IntValue<'c>, usual: BasicBlock<'c>, other: BasicBlock<'c>) {
        let branch = self.w.b.build_conditional_branch(condition, usual, other).unwrap();
        self.weigh(branch, [2000, 1].into_iter());
    }
    /// How often a branch goes which way.
    pub fn weigh(&self, branch: InstructionValue<'c>, weights: impl Iterator<Item = u64>) {
        let c = self.w.bodies.context;
        let mut list: Vec<BasicMetadataValueEnum> = vec![c.metadata_string("branch_weights").into()];
        list.extend(weights.map(|n| -> BasicMetadataValueEnum { c.i32_type().const_int(n, false).into() }));
        branch.set_metadata(c.metadata_node(&list), c.get_kind_id("prof")).expect("a branch takes weights");
    }
    pub fn equal(&self, a: IntValue<'c>, b: u64) -> IntValue<'c> {
        self.w.b.build_int_compare(IntPredicate::EQ, a, a.get_type().const_int(b, false), "").unwrap()
    }
    fn same_place(&self, pc: usize) -> IntValue<'c> {
        let expected = self.w.to_int(self.pc(pc));
        self.w.b.build_int_compare(IntPredicate::EQ, self.regs.r[0], expected, "").unwrap()
    }

    // ---- ways in ----

    fn entry(&mut self, entry: BasicBlock<'c>) -> Result<()> {
        let w = self.w;
        let outside = self.new_block("outside");
        w.b.position_at_end(outside);
        self.to_interpreter();
        let mut cases = vec![(w.int(0), self.leader(0)?)];
        for (index, unit) in self.code.entries.iter().enumerate() {
            cases.push((w.int(index as u64 + 1), self.leader(*unit)?));
        }
        cases.extend(self.resumes.iter().map(|(id, block)| (w.int(*id), *block)));
        w.b.position_at_end(entry);
        // Calls are the usual way in: they do not go through the table of the others.
        let inside = self.new_block("inside");
        self.likely(self.equal(self.regs.r[2], 0), self.leader(0)?, inside);
        w.b.position_at_end(inside);
        w.b.build_switch(self.regs.r[2], outside, &cases[1..]).unwrap();
        Ok(())
    }

    /// Goes on in the interpreter at the place that was handed in.
    fn to_interpreter(&self) {
        self.set_resume(0);
        self.tail_to(CONTINUE, self.regs.sp, self.regs.r[0], self.w.i64().get_poison());
    }

    /// Goes on in the interpreter at an instruction of this function, with the stack in memory.
    pub fn leave_at(&self, sp: PointerValue<'c>, unit: usize) {
        self.set_resume(0);
        self.tail_to(CONTINUE, sp, self.w.to_int(self.pc(unit)), self.w.i64().get_poison());
    }

    /// What the profile says about an instruction; a site without executions for one that never ran.
    pub fn site(&self, unit: usize) -> Option<Site> {
        let sites = self.function.profile.as_ref()?;
        let never = Site { unit: unit as u32, form: 0, kinds: 0, count: 0, taken: 0 };
        Some(sites.iter().find(|site| site.unit as usize == unit).copied().unwrap_or(never))
    }

    pub fn set_resume(&self, id: u64) {
        let w = self.w;
        let word = w.at(self.regs.frame, w.offsets.frame_resume as i64);
        w.b.build_store(word, w.bodies.context.i32_type().const_int(id, false)).unwrap();
    }

    /// What is known of a call of a generator expression that may be fused.
    pub fn expression(&self, i: &Instr) -> Option<FusedCall> {
        self.function.expressions.iter().find(|call| call.unit as usize == i.unit).copied()
    }

    /// Makes the place behind `i` one to which a callee may return: its number, which whoever calls puts into the frame, and
    /// the block in which control arrives there, everything in memory.
    pub fn resume_point(&mut self, i: &Instr) -> Result<(u64, BasicBlock<'c>)> {
        let w = self.w;
        let id = self.next_resume;
        self.next_resume += 1;
        let here = self.here();
        let (check, arrive, elsewhere) =
            (self.new_block("resume"), self.new_block("arrive"), self.new_block("elsewhere"));
        w.b.position_at_end(check);
        self.likely(self.same_place(i.next), arrive, elsewhere);
        w.b.position_at_end(elsewhere);
        if let Some(target) = i.target {
            let outside = self.new_block("outside");
            if i.op == Opcode::FOR_ITER {
                // A generator that returned leaves None for the END_FOR in front of the target.
                let ended = self.new_block("ended");
                w.b.build_conditional_branch(self.same_place(target - 1), ended, outside).unwrap();
                w.b.position_at_end(ended);
                let mut stack = self.in_memory(self.code.depth(target)? + 1);
                self.uop(&mut stack, Uop::_POP_TOP, i, ArgPart::All, None)?;
                self.branch_to(target, stack)?;
            } else {
                w.b.build_conditional_branch(self.same_place(target), self.leader(target)?, outside).unwrap();
            }
            w.b.position_at_end(outside);
        }
        if let Some(call) = self.expression(i) {
            let (behind, outside) = (call.behind as usize, self.new_block("outside"));
            w.b.build_conditional_branch(self.same_place(behind), self.leader(behind)?, outside).unwrap();
            w.b.position_at_end(outside);
        }
        self.to_interpreter();
        self.resumes.push((id, check));
        w.b.position_at_end(here);
        Ok((id, arrive))
    }

    // ---- blocks ----

    fn block(&mut self, leader: usize) -> Result<()> {
        self.w.b.position_at_end(self.leader(leader)?);
        let mut stack = self.in_memory(self.code.depth(leader)?);
        self.facts = Facts::default();
        let mut at = leader;
        loop {
            let i = *self.code.instr(at)?;
            at = match self.slice(&mut stack, &i)? {
                Some(next) => next,
                None if self.instr(&i, &mut stack)? => i.next,
                None => return Ok(()),
            };
            if self.blocks.contains_key(&at) {
                self.settle_all(&mut stack);
                return self.branch_to(at, stack);
            }
        }
    }

    /// Lowers an instruction; false when control does not go on behind it.
    pub fn instr(&mut self, i: &Instr, stack: &mut Stack<'c>) -> Result<bool> {
        let w = self.w;
        if self.by_rule(stack, i)? || self.by_form(stack, i)? {
            return Ok(true);
        }
        match i.op {
            Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT | Opcode::PUSH_NULL | Opcode::SWAP => {}
            Opcode::NOP | Opcode::NOT_TAKEN => {}
            Opcode::LOAD_FAST_AND_CLEAR | Opcode::DELETE_FAST | Opcode::STORE_DEREF => {
                self.settle_all(stack);
                self.facts.forget_locals();
            }
            _ => self.settle_all(stack),
        }
        match i.op {
            Opcode::NOP | Opcode::NOT_TAKEN => {}
            Opcode::RESUME => {
                self.uop(stack, Uop::_CHECK_PERIODIC_IF_NOT_YIELD_FROM, i, ArgPart::All, None)?
            }
            Opcode::LOAD_CONST => {
                let constant = self.function.constants.get(i.arg as usize).copied();
                let word = match constant.and_then(self.word) {
                    Some(word) => {
                        let value = w.int(word);
                        match constant {
                            Some(Constant::Int(_)) => self.facts.is_int_const(value),
                            Some(Constant::Float(d)) => {
                                let double = w.bodies.context.f64_type().const_float(d);
                                self.facts.found_double(value, double);
                            }
                            _ => {}
                        }
                        value
                    }
                    // What is no immediate is an object that the code keeps alive.
                    None => {
                        let word = w.load(w.at(self.consts, 8 * i.arg as i64));
                        w.b.build_or(word, w.int(BORROWED), "").unwrap()
                    }
                };
                self.facts.is_unowned(word);
                push(stack, word);
            }
            Opcode::LOAD_SMALL_INT => {
                let value = w.int(i.arg << 1 | 1);
                self.facts.is_int_const(value);
                push(stack, value);
            }
            Opcode::PUSH_NULL => push(stack, w.int(0)),
            Opcode::COPY => {
                self.ensure(stack, i.arg as usize);
                let value = stack.entries[stack.entries.len() - i.arg as usize].value;
                let copy = self.copied(value)?;
                push(stack, copy);
            }
            Opcode::SWAP => {
                self.ensure(stack, i.arg as usize);
                let top = stack.entries.len() - 1;
                let other = top + 1 - i.arg as usize;
                stack.entries.swap(top, other);
                for at in [top, other] {
                    stack.entries[at].home = false;
                }
            }
            Opcode::POP_TOP
            | Opcode::POP_ITER
            | Opcode::END_FOR
            | Opcode::LOAD_FAST
            | Opcode::LOAD_FAST_BORROW
            | Opcode::LOAD_FAST_CHECK
            | Opcode::LOAD_FAST_AND_CLEAR
            | Opcode::LOAD_FAST_LOAD_FAST
            | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW
            | Opcode::STORE_FAST
            | Opcode::STORE_FAST_LOAD_FAST
            | Opcode::STORE_FAST_STORE_FAST
            | Opcode::DELETE_FAST
            | Opcode::LOAD_DEREF
            | Opcode::STORE_DEREF
            | Opcode::UNARY_NOT
            | Opcode::IS_OP
            | Opcode::PUSH_EXC_INFO
            | Opcode::POP_EXCEPT
            | Opcode::END_SEND
            | Opcode::LIST_APPEND
            | Opcode::SET_ADD => self.uops(stack, i)?,
            Opcode::JUMP_FORWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT => {
                self.branch_to(jump_target(i)?, stack.clone())?;
                return Ok(false);
            }
            Opcode::JUMP_BACKWARD => {
                self.uop(stack, Uop::_CHECK_PERIODIC, i, ArgPart::All, None)?;
                self.branch_to(jump_target(i)?, stack.clone())?;
                return Ok(false);
            }
            Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE => {
                let condition = w.pop(stack).value;
                let word = if i.op == Opcode::POP_JUMP_IF_TRUE { TRUE } else { FALSE };
                self.conditional(stack, self.equal(condition, word), i)?;
                return Ok(false);
            }
            Opcode::POP_JUMP_IF_NONE | Opcode::POP_JUMP_IF_NOT_NONE => {
                self.ensure(stack, 1);
                let value = stack.entries[stack.entries.len() - 1].value;
                let is_none = self.equal(value, NONE);
                self.uop(stack, Uop::_POP_TOP, i, ArgPart::All, None)?;
                let condition = match i.op {
                    Opcode::POP_JUMP_IF_NONE => is_none,
                    _ => w.b.build_not(is_none, "").unwrap(),
                };
                self.conditional(stack, condition, i)?;
                return Ok(false);
            }
            Opcode::RETURN_VALUE => {
                self.count_is_known();
                self.uop(stack, Uop::_RETURN_VALUE, i, ArgPart::All, None)?;
                return Ok(false);
            }
            Opcode::YIELD_VALUE => {
                let (id, arrive) = self.resume_point(i)?;
                self.set_resume(id);
                self.facts = Facts::default();
                self.uop(stack, Uop::_YIELD_VALUE, i, ArgPart::All, None)?;
                self.w.b.position_at_end(arrive);
                *stack = self.in_memory(self.code.depth(i.next)?);
            }
            _ => {
                if !self.by_arms(stack, i)? {
                    return self.by_step(stack, i);
                }
            }
        }
        Ok(true)
    }

    fn conditional(&mut self, stack: &mut Stack<'c>, condition: IntValue<'c>, i: &Instr) -> Result<()> {
        self.w.flush(stack);
        let (yes, no) = (self.leader(jump_target(i)?)?, self.leader(i.next)?);
        let branch = self.w.b.build_conditional_branch(condition, yes, no).unwrap();
        if let Some(site) = self.site(i.unit).filter(|site| site.count > 0) {
            // Weights have 32 bits; what never happened may still happen.
            let scale = site.count / (1 << 30) + 1;
            let ways = [site.taken, site.count.saturating_sub(site.taken)];
            self.weigh(branch, ways.into_iter().map(|n| n / scale + 1));
        }
        Ok(())
    }

    /// Makes the topmost `count` slots entries with values.
    pub fn ensure(&self, stack: &mut Stack<'c>, count: usize) {
        while stack.entries.len() < count {
            stack.sp = self.w.at(stack.sp, -8);
            let value = self.w.load(stack.sp);
            stack.entries.insert(0, Entry { value, home: true });
        }
    }

    /// A second reference to a stack word.
    fn copied(&self, value: IntValue<'c>) -> Result<IntValue<'c>> {
        let w = self.w;
        let body = w.bodies.get("_COPY").ok_or_else(|| problem("there is no function _COPY".into()))?;
        let null = w.ptr().const_null();
        // The body looks at nothing but its first input.
        let args: [BasicMetadataValueEnum; 9] = [
            self.regs.ts.into(),
            self.regs.frame.into(),
            null.into(),
            w.int(1).into(),
            w.int(0).into(),
            w.int(0).into(),
            value.into(),
            null.into(),
            w.alloca(self.f).into(),
        ];
        w.b.build_call(body, &args, "").unwrap();
        Ok(value)
    }

    // ---- uops in line ----

    /// The bytecode's uops, one after the other.
    fn uops(&mut self, stack: &mut Stack<'c>, i: &Instr) -> Result<()> {
        let e = expansion(i.op).ok_or_else(|| problem(format!("{} has no uops", i.op)))?;
        for (uop, part, _) in e.uops() {
            self.uop(stack, uop, i, part, None)?;
        }
        Ok(())
    }

    /// One of the uops of an instruction that has no way out but success and errors.
    pub fn plain_uop(&mut self, stack: &mut Stack<'c>, uop: Uop, i: &Instr, part: ArgPart) -> Result<()> {
        self.uop(stack, uop, i, part, None)
    }

    /// Drops the top of the stack, if there is anything to give back.
    pub fn drop_top(&mut self, stack: &mut Stack<'c>, i: &Instr) -> Result<()> {
        if let Some(top) = stack.entries.last()
            && self.facts.needs_no_drop(top.value)
        {
            stack.entries.pop();
            return Ok(());
        }
        self.uop(stack, Uop::_POP_TOP, i, ArgPart::All, None)
    }

    fn uop(
        &mut self,
        stack: &mut Stack<'c>,
        uop: Uop,
        i: &Instr,
        part: ArgPart,
        fail: Option<BasicBlock<'c>>,
    ) -> Result<()> {
        self.body(stack, uop, i, part, [self.w.int(0); 2], Ways { fail, slow: None })
    }

    /// A uop by its body.
    pub fn body(
        &mut self,
        stack: &mut Stack<'c>,
        uop: Uop,
        i: &Instr,
        part: ArgPart,
        operands: [IntValue<'c>; 2],
        ways: Ways<'c>,
    ) -> Result<()> {
        let w = self.w;
        let info = uop.info();
        let arg = match part {
            ArgPart::All => i.arg,
            ArgPart::High => i.arg >> 4,
            ArgPart::Low => i.arg & 15,
        };
        let local = (info.reads_local || info.writes_local)
            .then(|| w.at(self.regs.frame, w.offsets.locals as i64 + 8 * arg as i64));
        let sources = Sources { ip: self.pc(i.unit), oparg: w.int(arg), operands, local };
        let stores = info.class == Class::Calling || info.is(Flags::FRAME);
        // Whatever goes to memory has to be a word; otherwise only what the body takes.
        let inputs = match stores || info.has_slow() || info.jumps() || uses_arrays(info) {
            true => stack.entries.len(),
            false => info.inputs.len(),
        };
        self.settle(stack, inputs);
        if info.class == Class::Calling && info.is(Flags::ESCAPES) {
            self.facts.forget_locals();
        }
        let o = w.body(uop, false, stack, &self.regs, &sources, |consumed| {
            if stores {
                self.publish(consumed, i);
            }
        })?;
        let fast_end = self.here();
        if let Some(block) = o.deopt {
            w.b.position_at_end(block);
            self.branch(ways.fail.ok_or_else(|| problem(format!("{uop} has nowhere to go when it fails")))?);
        }
        self.exits(&o, uop, i)?;
        if let (Some(block), Some(other)) = (o.slow, ways.slow) {
            w.b.position_at_end(block);
            self.branch(other);
            w.b.position_at_end(fast_end);
            *stack = o.after;
        } else if let Some(block) = o.slow {
            w.b.position_at_end(block);
            let s =
                w.body(uop, true, &o.before, &self.regs, &sources, |consumed| self.publish(consumed, i))?;
            let slow_end = self.here();
            self.exits(&s, uop, i)?;
            let join = self.new_block("join");
            for end in [fast_end, slow_end] {
                w.b.position_at_end(end);
                self.branch(join);
            }
            w.b.position_at_end(join);
            let scalars = info.produced().iter().filter(|item| item.count == Count::One).count();
            let (mut after, slow) = (o.after, s.after);
            for back in 1..=scalars {
                let (fast_at, slow_at) = (after.entries.len() - back, slow.entries.len() - back);
                let value = self.phi(&[
                    (fast_end, after.entries[fast_at].value),
                    (slow_end, slow.entries[slow_at].value),
                ]);
                after.entries[fast_at] = Entry { value, home: false };
            }
            *stack = after;
        } else {
            w.b.position_at_end(fast_end);
            *stack = o.after;
            if uop.always_switches() {
                w.b.build_unreachable().unwrap();
            }
        }
        Ok(())
    }

    pub fn phi(&self, incoming: &[(BasicBlock<'c>, IntValue<'c>)]) -> IntValue<'c> {
        let phi = self.w.b.build_phi(self.w.i64(), "").unwrap();
        for (block, value) in incoming {
            phi.add_incoming(&[(value, *block)]);
        }
        phi.as_basic_value().into_int_value()
    }

    /// What whoever looks at the frame has to find.
    fn publish(&self, stack: &mut Stack<'c>, i: &Instr) {
        let w = self.w;
        w.flush(stack);
        w.b.build_store(w.at(self.regs.frame, w.offsets.frame_ip as i64), self.pc(i.unit)).unwrap();
        w.b.build_store(w.at(self.regs.frame, w.offsets.frame_sp as i64), stack.sp).unwrap();
    }

    /// Every way out of a body other than success and failed guards.
    fn exits(&self, o: &Outcome<'c>, uop: Uop, i: &Instr) -> Result<()> {
        let w = self.w;
        let flushed = |stack: &Stack<'c>| {
            let mut stack = stack.clone();
            w.flush(&mut stack);
            stack.sp
        };
        for (block, name) in [(o.error, ERROR), (o.reraise, RERAISE)] {
            if let Some(block) = block {
                w.b.position_at_end(block);
                let sp = flushed(&o.consumed);
                self.tail_to(name, sp, w.to_int(self.pc(i.unit)), w.i64().get_poison());
            }
        }
        if let Some(block) = o.jump {
            w.b.position_at_end(block);
            self.branch_to(jump_target(i)?, o.consumed.clone())?;
        }
        if let Some(block) = o.switch {
            w.b.position_at_end(block);
            let frame = w.load_ptr(w.at(self.regs.ts, w.offsets.ts_frame as i64));
            // A generator's frame waits where it yielded; a callee's is new.
            let waits = matches!(uop, Uop::_RETURN_VALUE | Uop::_YIELD_VALUE) || i.op == Opcode::FOR_ITER;
            if waits { self.return_to(frame) } else { self.call_into(frame) }
        }
        if o.again.or(o.leave).is_some() {
            return Err(problem(format!("{uop} cannot be compiled ahead of time")));
        }
        Ok(())
    }

    /// Goes on in the caller.
    fn return_to(&self, caller: PointerValue<'c>) {
        let w = self.w;
        let id = w.at(caller, w.offsets.frame_resume as i64);
        let id = w.b.build_load(w.bodies.context.i32_type(), id, "").unwrap().into_int_value();
        let (compiled, other) = (self.new_block("compiled"), self.new_block("other"));
        let waits = w.b.build_not(self.equal(id, 0), "").unwrap();
        self.likely(waits, compiled, other);
        w.b.position_at_end(compiled);
        let pc = w.load(w.at(caller, w.offsets.frame_ip as i64));
        let id = w.b.build_int_z_extend(id, w.i64(), "").unwrap();
        let entry = self.compiled_code(caller);
        self.enter(caller, entry, pc, id);
        w.b.position_at_end(other);
        self.tail_to(SWITCH, w.ptr().get_poison(), w.i64().get_poison(), w.i64().get_poison());
    }

    /// Starts the callee.
    fn call_into(&self, callee: PointerValue<'c>) {
        let w = self.w;
        let entry = self.compiled_code(callee);
        let (compiled, other) = (self.new_block("compiled"), self.new_block("other"));
        let missing = w.b.build_is_null(entry, "").unwrap();
        self.likely(w.b.build_not(missing, "").unwrap(), compiled, other);
        w.b.position_at_end(compiled);
        self.enter(callee, entry, w.i64().get_poison(), w.int(0));
        w.b.position_at_end(other);
        self.tail_to(SWITCH, w.ptr().get_poison(), w.i64().get_poison(), w.i64().get_poison());
    }

    fn compiled_code(&self, frame: PointerValue<'c>) -> PointerValue<'c> {
        let w = self.w;
        let code = w.load_ptr(w.at(frame, w.offsets.frame_code as i64));
        w.load_ptr(w.at(code, w.offsets.code_compiled as i64))
    }

    fn enter(&self, frame: PointerValue<'c>, entry: PointerValue<'c>, pc: IntValue<'c>, id: IntValue<'c>) {
        let w = self.w;
        let sp = w.load_ptr(w.at(frame, w.offsets.frame_sp as i64));
        let r = [pc, w.i64().get_poison(), id];
        w.tail(entry, &Regs { frame, sp, r, f: w.no_floats(), ..self.regs });
    }

    // ---- steps ----

    /// Calls the instruction's step, by the opcode that stands in the running code if it is one that is specialised. The
    /// builder is left where it succeeded, everything in memory.
    pub fn step(&mut self, stack: &Stack<'c>, i: &Instr) -> Result<()> {
        let w = self.w;
        let mut stack = stack.clone();
        w.flush(&mut stack);
        let step = if i.op.caches() > 0 {
            let op = self.live_opcode(i);
            load_step(w, w.b.build_int_z_extend(op, w.i64(), "").unwrap())
        } else {
            declare_step(w, &step_name(i.op)).as_global_value().as_pointer_value()
        };
        let pc = w.to_int(self.pc(i.unit));
        let args: [BasicMetadataValueEnum; 5] =
            [self.regs.frame.into(), stack.sp.into(), self.regs.ts.into(), pc.into(), w.int(i.arg).into()];
        let call = w.b.build_indirect_call(crate::steps::signature(w), step, &args, "").unwrap();
        let code: BasicValueEnum = call.try_as_basic_value().unwrap_basic();
        let code = code.into_int_value();
        let (done, mut odd) = (self.new_block("done"), self.new_block("odd"));
        let is_pointer = w.b.build_int_compare(IntPredicate::UGE, code, w.int(status::POINTERS), "").unwrap();
        self.likely(is_pointer, done, odd);
        w.b.position_at_end(odd);
        if let Some(target) = i.target {
            odd = self.new_block("odd");
            w.b.build_conditional_branch(self.equal(code, status::JUMP), self.leader(target)?, odd).unwrap();
            w.b.position_at_end(odd);
        }
        self.tail_to(ODD, w.ptr().get_poison(), pc, code);
        w.b.position_at_end(done);
        Ok(())
    }

    /// The opcode that the running code has at the instruction.
    pub fn live_opcode(&self, i: &Instr) -> IntValue<'c> {
        let w = self.w;
        w.b.build_load(w.bodies.context.i8_type(), self.pc(i.unit), "").unwrap().into_int_value()
    }

    /// Lowers the instruction to a call; false when control does not go on behind it.
    pub fn by_step(&mut self, stack: &mut Stack<'c>, i: &Instr) -> Result<bool> {
        let arrive = if may_switch(i.op) { Some(self.resume_point(i)?) } else { None };
        self.forget(arrive.is_some());
        if let Some((id, _)) = arrive {
            self.set_resume(id);
        }
        self.step(stack, i)?;
        if let Some((_, arrive)) = arrive {
            self.branch(arrive);
            self.w.b.position_at_end(arrive);
        }
        match self.code.depths.get(&i.next) {
            Some(depth) if !ends_flow(i.op) => {
                *stack = self.in_memory(*depth);
                Ok(true)
            }
            _ => {
                self.w.b.build_unreachable().unwrap();
                Ok(false)
            }
        }
    }

    /// After something general ran; `elsewhere`: and control may arrive from outside.
    pub fn forget(&mut self, elsewhere: bool) {
        if elsewhere {
            self.facts = Facts::default();
        } else {
            self.facts.forget_locals();
        }
    }

    /// Tells LLVM how many locals the frame has: the body that gives them back becomes straight.
    fn count_is_known(&self) {
        let w = self.w;
        let c = w.bodies.context;
        let code = w.load_ptr(w.at(self.regs.frame, w.offsets.frame_code as i64));
        let place = w.at(code, self.offsets.code_nlocalsplus as i64);
        let count = w.b.build_load(c.i32_type(), place, "").unwrap().into_int_value();
        let known = self.equal(count, u64::from(self.function.nlocalsplus));
        let assume = Intrinsic::find("llvm.assume").expect("LLVM has it");
        let assume = assume.get_declaration(&w.bodies.module, &[]).expect("it has no types");
        w.b.build_call(assume, &[known.into()], "").unwrap();
    }

    /// Slot of the stack in memory.
    pub fn load_slot(&self, depth: usize) -> IntValue<'c> {
        self.w.load(self.slot(depth))
    }
}

fn uses_arrays(info: &UopInfo) -> bool {
    info.inputs.iter().chain(info.outputs).any(|item| item.count != Count::One)
}

fn push<'c>(stack: &mut Stack<'c>, value: IntValue<'c>) {
    stack.entries.push(Entry { value, home: false });
}

fn jump_target(i: &Instr) -> Result<usize> {
    i.target.ok_or_else(|| problem(format!("{} at unit {} does not jump", i.op, i.unit)))
}
