//! Interpreter handlers: one function per bytecode, its uops inlined, dispatch by `musttail` through a table.
//!
//! ```text
//! frame  sp  ts   r0: the instruction (pointer to its unit)   r1: dispatch table   r2: oparg
//! ```
//!
//! The dispatcher loads the next unit, puts its upper byte into r2 and jumps through `table[lower byte]`; so
//! EXTENDED_ARG only shifts r2 and dispatches the following unit, and every handler takes a wide argument.
//!
//! How a body leaves:
//!
//! * *deopt*: the base opcode's handler, with the state of entry;
//! * *slow* at the k-th uop: the stack goes to memory, and `NAME__slow_k` (same signature) runs the slow sibling and
//!   the rest of the bytecode, so that the fast path never needs a stack frame;
//! * *error*: `interp_error`, which asks `rt_unwind` where to go on;
//! * *jump*: dispatch at the target; *switch*: dispatch in `ts.frame`; *again*: dispatch the same unit.
//!
//! Calling uops find `frame.ip` and `frame.sp` stored. After them the dispatch table is read anew from the thread
//! state, because what they called may have changed the mode (tracing, recording).

use inkwell::IntPredicate;
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::values::{BasicMetadataValueEnum, BasicValue, FunctionValue, IntValue, PointerValue};
use taipan_mir::opcodes::Opcode;
use taipan_mir::uops::{ArgPart, Class, EXPANSIONS, Expansion, Flags, Uop, expansion};

use crate::steps::status;
use crate::wrap::{Offsets, Outcome, Regs, Sources, Stack, Wrapper};
use crate::{Error, Result, bitcode};

/// Name of an opcode's handler.
pub fn handler_name(opcode: Opcode) -> String {
    format!("taipan_op_{}", opcode.name())
}
pub(crate) const ERROR: &str = "taipan_interp_error";
pub(crate) const RERAISE: &str = "taipan_interp_reraise";
/// Goes on in `ts.frame`.
pub(crate) const SWITCH: &str = "taipan_interp_switch";
/// Goes on in the interpreter at the instruction in r0.
pub(crate) const CONTINUE: &str = "taipan_interp_continue";
/// Goes on after a step that returned something else than a stack pointer (r2): r0 is its instruction.
pub(crate) const ODD: &str = "taipan_interp_odd";
/// The number that CPython reserves stands where code that was compiled ahead of time is entered; its argument is the
/// number of the entry.
const ENTER_COMPILED: Opcode = Opcode::RESERVED;
const HOOKED: &str = "taipan_interp_hooked";
const TABLE: &str = "TAIPAN_HANDLERS";
const HOOKED_TABLE: &str = "TAIPAN_HOOKED_HANDLERS";
/// What a table entry without an instruction does.
const INVALID: &str = "taipan_op_CACHE";

/// Builds all handlers, the tables `TAIPAN_HANDLERS` and `TAIPAN_HOOKED_HANDLERS: [handler; 256]`, and the C function
/// `taipan_interp_enter(frame, sp, ts, pc, table)` into the module.
pub fn build<'c>(bodies: bitcode::Bodies<'c>, offsets: Offsets) -> Result<Wrapper<'c>> {
    let w = Wrapper::new(bodies, offsets);
    let builder = Handlers { w: &w };
    for e in EXPANSIONS.iter().filter(|e| e.opcode != ENTER_COMPILED) {
        builder.handler(e)?;
    }
    builder.enter_compiled();
    builder.switch();
    builder.extended_arg();
    builder.unwind(ERROR, false);
    builder.unwind(RERAISE, true);
    builder.hooked();
    builder.table();
    builder.unwind_rows();
    builder.enter();
    w.verify()?;
    Ok(w)
}

struct Handlers<'a, 'c> {
    w: &'a Wrapper<'c>,
}

/// What is known throughout an instruction of a handler.
struct Context<'a, 'c> {
    expansion: &'a Expansion,
    /// The registers for whoever takes over: instruction and argument are this one's.
    regs: Regs<'c>,
    pc: PointerValue<'c>,
    oparg: IntValue<'c>,
    /// The stack on entry.
    entry: Stack<'c>,
}

/// What nearly always comes right after an instruction. The handler of the first looks whether it is next (in the table in
/// force, so that hooked mode sees every instruction) and then goes on with its uops: there is no dispatch in between, and what
/// the first one pushes stays in registers. A wrong guess costs three instructions, so only sure things are guessed.
fn followers(opcode: Opcode) -> &'static [Opcode] {
    use Opcode::*;
    match opcode {
        COMPARE_OP_INT | COMPARE_OP_FLOAT | TO_BOOL_BOOL | TO_BOOL_INT | TO_BOOL_NONE => &[POP_JUMP_IF_FALSE],
        FOR_ITER_LIST | FOR_ITER_RANGE | FOR_ITER_TUPLE => &[STORE_FAST],
        _ => &[],
    }
}

impl<'c> Handlers<'_, 'c> {
    fn handler(&self, e: &Expansion) -> Result<()> {
        self.from(e, 0, false, &handler_name(e.opcode))?;
        for (index, (uop, ..)) in e.uops().enumerate() {
            if uop.info().has_slow() {
                self.from(e, index, true, &slow_name(e, index))?;
            }
        }
        Ok(())
    }

    /// The bytecode from its `first` uop on; `slow` runs that one's slow sibling.
    fn from(&self, e: &Expansion, first: usize, slow: bool, name: &str) -> Result<()> {
        let w = self.w;
        let (_, regs) = if slow { w.cold_function(name) } else { w.function(name) };
        let stack = Stack { sp: regs.sp, entries: Vec::new(), doubles: Vec::new() };
        let (stack, table) = self.instruction(e, first, slow, regs, stack)?;
        let next = w.at(w.to_ptr(regs.r[0]), 2 * self.size(e) as i64);
        let regs = Regs { r: [regs.r[0], table, regs.r[2]], ..regs };
        if is_conditional_jump(e.opcode) {
            self.dispatch_behind_marker(&self.flushed(&regs, &stack), next, table);
            return Ok(());
        }
        // The rest of a bytecode after a slow uop is rare: nothing is guessed there.
        self.predict(if first == 0 && !slow { followers(e.opcode) } else { &[] }, regs, next, stack)
    }

    /// Goes on with the instruction at `pc`: in place if it is one of `candidates`, else by dispatch.
    fn predict(
        &self,
        candidates: &[Opcode],
        regs: Regs<'c>,
        pc: PointerValue<'c>,
        stack: Stack<'c>,
    ) -> Result<()> {
        let w = self.w;
        let table = regs.r[1];
        if candidates.is_empty() {
            self.dispatch(&self.flushed(&regs, &stack), pc, Some(table));
            return Ok(());
        }
        let function = w.b.get_insert_block().unwrap().get_parent().unwrap();
        let unit = self.load_units(pc, 0, 1);
        let op = w.b.build_and(unit, w.int(0xFF), "").unwrap();
        let oparg = w.b.build_right_shift(unit, w.int(8), false, "").unwrap();
        let scaled = w.b.build_left_shift(op, w.int(3), "").unwrap();
        let target = w.load_ptr(w.offset(w.to_ptr(table), scaled));
        let regs = Regs { r: [w.to_int(pc), table, oparg], ..regs };
        for opcode in candidates {
            let e = expansion(*opcode).expect("candidates have handlers");
            let (here, other) = (
                w.bodies.context.append_basic_block(function, "in_place"),
                w.bodies.context.append_basic_block(function, "other"),
            );
            let handler = w.declare(&handler_name(*opcode)).as_global_value().as_pointer_value();
            let is =
                w.b.build_int_compare(IntPredicate::EQ, w.to_int(target), w.to_int(handler), "").unwrap();
            w.b.build_conditional_branch(is, here, other).unwrap();
            w.b.position_at_end(here);
            let (stack, table) = self.instruction(e, 0, false, regs, stack.clone())?;
            let next = w.at(pc, 2 * self.size(e) as i64);
            let regs = self.flushed(&regs, &stack);
            if is_conditional_jump(*opcode) {
                self.dispatch_behind_marker(&regs, next, table);
            } else {
                self.dispatch(&regs, next, Some(table));
            }
            w.b.position_at_end(other);
        }
        let regs = self.flushed(&regs, &stack);
        w.tail(target, &Regs { f: w.no_floats(), ..regs });
        Ok(())
    }

    /// The registers with the whole stack in memory.
    fn flushed(&self, regs: &Regs<'c>, stack: &Stack<'c>) -> Regs<'c> {
        let mut stack = stack.clone();
        self.w.flush(&mut stack);
        Regs { sp: stack.sp, ..*regs }
    }

    /// The uops of the instruction that `regs` are at, from its `first` one on; `slow` runs that one's slow sibling. Returns
    /// the stack after it and the dispatch table in force.
    fn instruction(
        &self,
        e: &Expansion,
        first: usize,
        slow: bool,
        regs: Regs<'c>,
        mut stack: Stack<'c>,
    ) -> Result<(Stack<'c>, IntValue<'c>)> {
        let w = self.w;
        let cx =
            Context { expansion: e, regs, pc: w.to_ptr(regs.r[0]), oparg: regs.r[2], entry: stack.clone() };
        let mut table = regs.r[1];
        for (index, (uop, part, at)) in e.uops().enumerate().skip(first) {
            let slow = slow && index == first;
            if first > 0 && uop.info().is(Flags::DEOPT) {
                return Err(Error::Body {
                    uop: uop.name(),
                    problem: format!("a guard after a slow uop in {}", e.opcode),
                });
            }
            let sources = self.sources(&cx, uop, part, at);
            let stores = slow || uop.info().class == Class::Calling || uop.info().is(Flags::FRAME);
            let outcome = w.body(uop, slow, &stack, &regs, &sources, |consumed| {
                if stores {
                    w.flush(consumed);
                    w.b.build_store(w.at(regs.frame, w.offsets.frame_ip as i64), cx.pc).unwrap();
                    w.b.build_store(w.at(regs.frame, w.offsets.frame_sp as i64), consumed.sp).unwrap();
                }
            })?;
            let here = w.b.get_insert_block().unwrap();
            let calls = slow || uop.info().class == Class::Calling;
            self.exits(&cx, uop, index, &outcome, if calls { None } else { Some(table) })?;
            w.b.position_at_end(here);
            if calls {
                table = self.current_table(&regs);
            }
            stack = outcome.after;
        }
        Ok((stack, table))
    }

    fn sources(&self, cx: &Context<'_, 'c>, uop: Uop, part: ArgPart, at: usize) -> Sources<'c> {
        let w = self.w;
        let oparg = match part {
            ArgPart::All => cx.oparg,
            ArgPart::High => w.b.build_right_shift(cx.oparg, w.int(4), false, "").unwrap(),
            ArgPart::Low => w.b.build_and(cx.oparg, w.int(15), "").unwrap(),
        };
        let mut operands = [w.int(0); 2];
        let mut unit = 1 + at;
        for (slot, operand) in operands.iter_mut().zip(uop.info().operands) {
            *slot = if operand.units == 0 {
                w.int(self.size(cx.expansion) as u64)
            } else {
                self.load_units(cx.pc, unit, operand.units)
            };
            unit += operand.units as usize;
        }
        let local = (uop.info().reads_local || uop.info().writes_local).then(|| {
            let scaled = w.b.build_left_shift(oparg, w.int(3), "").unwrap();
            w.at(w.offset(cx.regs.frame, scaled), w.offsets.locals as i64)
        });
        Sources { ip: cx.pc, oparg, operands, local }
    }

    /// An operand in the inline cache, `unit` units from the instruction.
    fn load_units(&self, pc: PointerValue<'c>, unit: usize, units: u8) -> IntValue<'c> {
        let w = self.w;
        let bits = 16 * units as u32;
        let ty = w.bodies.context.custom_width_int_type(bits.try_into().unwrap()).unwrap();
        let value = w.b.build_load(ty, w.at(pc, 2 * unit as i64), "").unwrap();
        value.as_instruction_value().unwrap().set_alignment(2).unwrap();
        let value = value.into_int_value();
        if bits == 64 { value } else { w.b.build_int_z_extend(value, w.i64(), "").unwrap() }
    }

    /// Code for every way out of a uop other than success. `table` is `None` when it has to be read anew.
    fn exits(
        &self,
        cx: &Context<'_, 'c>,
        uop: Uop,
        index: usize,
        o: &Outcome<'c>,
        table: Option<IntValue<'c>>,
    ) -> Result<()> {
        let w = self.w;
        let here = |stack: &Stack<'c>| self.flushed(&cx.regs, stack);
        if let Some(block) = o.deopt {
            w.b.position_at_end(block);
            w.tail_to(&handler_name(cx.expansion.opcode.deopt()), &self.no_floats(here(&cx.entry)));
        }
        if let Some(block) = o.slow {
            w.b.position_at_end(block);
            w.tail_to(&slow_name(cx.expansion, index), &self.no_floats(here(&o.before)));
        }
        for (block, name) in [(o.error, ERROR), (o.reraise, RERAISE)] {
            if let Some(block) = block {
                w.b.position_at_end(block);
                w.tail_to(name, &self.no_floats(here(&o.consumed)));
            }
        }
        if let Some(block) = o.jump {
            w.b.position_at_end(block);
            let regs = here(&o.consumed);
            let size = self.size(cx.expansion) as i64;
            let info = uop.info();
            let base = w.at(cx.pc, 2 * (size + info.is(Flags::JUMP_SKIP) as i64));
            let scale = w.i64().const_int(if info.is(Flags::JUMP_BACK) { -2i64 } else { 2 } as u64, true);
            let target = w.offset(base, w.b.build_int_mul(cx.oparg, scale, "").unwrap());
            self.dispatch(&regs, target, table);
        }
        if let Some(block) = o.switch {
            w.b.position_at_end(block);
            let frame = w.load_ptr(w.at(cx.regs.ts, w.offsets.ts_frame as i64));
            match table {
                // A function begins with its RESUME.
                Some(table) if uop == Uop::_PUSH_FRAME => {
                    let sp = w.load_ptr(w.at(frame, w.offsets.frame_sp as i64));
                    let pc = w.load_ptr(w.at(frame, w.offsets.frame_ip as i64));
                    let regs = Regs { frame, sp, r: [cx.regs.r[0], table, cx.regs.r[2]], ..cx.regs };
                    let stack = Stack { sp, entries: Vec::new(), doubles: Vec::new() };
                    self.predict(&[Opcode::RESUME_CHECK], regs, pc, stack)?;
                }
                table => self.go_on_in(&cx.regs, frame, table),
            }
        }
        if let Some(block) = o.again {
            w.b.position_at_end(block);
            let regs = here(&o.before);
            let op = self.byte(cx.pc);
            self.jump_to(&regs, cx.pc, op, cx.oparg, None);
        }
        if let Some(block) = o.leave {
            w.b.position_at_end(block);
            w.b.build_return(None).unwrap();
        }
        Ok(())
    }

    fn size(&self, e: &Expansion) -> usize {
        1 + e.opcode.caches()
    }
    fn no_floats(&self, regs: Regs<'c>) -> Regs<'c> {
        Regs { f: self.w.no_floats(), ..regs }
    }
    fn current_table(&self, regs: &Regs<'c>) -> IntValue<'c> {
        self.w.load(self.w.at(regs.ts, self.w.offsets.ts_dispatch as i64))
    }
    fn byte(&self, address: PointerValue<'c>) -> IntValue<'c> {
        let w = self.w;
        let byte = w.b.build_load(w.bodies.context.i8_type(), address, "").unwrap().into_int_value();
        w.b.build_int_z_extend(byte, w.i64(), "").unwrap()
    }
    /// Dispatches the instruction at `pc`.
    fn dispatch(&self, regs: &Regs<'c>, pc: PointerValue<'c>, table: Option<IntValue<'c>>) {
        let w = self.w;
        let unit = self.load_units(pc, 0, 1);
        let op = w.b.build_and(unit, w.int(0xFF), "").unwrap();
        let oparg = w.b.build_right_shift(unit, w.int(8), false, "").unwrap();
        self.jump_to(regs, pc, op, oparg, table);
    }
    /// Dispatches the instruction at `pc`, or the one behind it if that is the `NOT_TAKEN` which the compiler puts after
    /// each conditional jump.
    fn dispatch_behind_marker(&self, regs: &Regs<'c>, pc: PointerValue<'c>, table: IntValue<'c>) {
        let w = self.w;
        let function = w.b.get_insert_block().unwrap().get_parent().unwrap();
        let (marker, other) = (
            w.bodies.context.append_basic_block(function, "marker"),
            w.bodies.context.append_basic_block(function, "other"),
        );
        let is_marker =
            w.b.build_int_compare(IntPredicate::EQ, self.byte(pc), w.int(Opcode::NOT_TAKEN as u64), "")
                .unwrap();
        w.b.build_conditional_branch(is_marker, marker, other).unwrap();
        w.b.position_at_end(marker);
        self.dispatch(regs, w.at(pc, 2), Some(table));
        w.b.position_at_end(other);
        self.dispatch(regs, pc, Some(table));
    }
    fn jump_to(
        &self,
        regs: &Regs<'c>,
        pc: PointerValue<'c>,
        op: IntValue<'c>,
        oparg: IntValue<'c>,
        table: Option<IntValue<'c>>,
    ) {
        let w = self.w;
        let table = table.unwrap_or_else(|| self.current_table(regs));
        let scaled = w.b.build_left_shift(op, w.int(3), "").unwrap();
        let target = w.load_ptr(w.offset(w.to_ptr(table), scaled));
        w.tail(target, &Regs { r: [w.to_int(pc), table, oparg], f: w.no_floats(), ..*regs });
    }
    /// Goes on in `frame`, whose `ip` and `sp` are in memory: in its compiled code if it waits there, else by dispatch.
    fn go_on_in(&self, regs: &Regs<'c>, frame: PointerValue<'c>, table: Option<IntValue<'c>>) {
        let w = self.w;
        let c = w.bodies.context;
        let sp = w.load_ptr(w.at(frame, w.offsets.frame_sp as i64));
        let pc = w.load_ptr(w.at(frame, w.offsets.frame_ip as i64));
        let here = w.b.get_insert_block().and_then(|b| b.get_parent()).expect("in a function");
        let (compiled, plain) = (c.append_basic_block(here, "compiled"), c.append_basic_block(here, "plain"));
        let id = w.at(frame, w.offsets.frame_resume as i64);
        let id = w.b.build_load(c.i32_type(), id, "").unwrap().into_int_value();
        let waits = w.b.build_int_compare(IntPredicate::NE, id, c.i32_type().const_zero(), "").unwrap();
        let branch = w.b.build_conditional_branch(waits, compiled, plain).unwrap();
        // Frames of interpreted code are the rule: they must not pay for the others.
        let weight = |v: u64| -> BasicMetadataValueEnum { c.i32_type().const_int(v, false).into() };
        let weights = c.metadata_node(&[c.metadata_string("branch_weights").into(), weight(1), weight(100)]);
        branch.set_metadata(weights, c.get_kind_id("prof")).unwrap();
        w.b.position_at_end(compiled);
        let id = w.b.build_int_z_extend(id, w.i64(), "").unwrap();
        let there = table.unwrap_or_else(|| self.current_table(regs));
        let entry = self.compiled_entry(frame);
        w.tail(entry, &Regs { frame, sp, r: [w.to_int(pc), there, id], f: w.no_floats(), ..*regs });
        w.b.position_at_end(plain);
        self.dispatch(&Regs { frame, sp, ..*regs }, pc, table);
    }

    /// The compiled code of the function that runs in `frame`.
    fn compiled_entry(&self, frame: PointerValue<'c>) -> PointerValue<'c> {
        let w = self.w;
        let code = w.load_ptr(w.at(frame, w.offsets.frame_code as i64));
        w.load_ptr(w.at(code, w.offsets.code_compiled as i64))
    }

    /// The handler of [`ENTER_COMPILED`].
    fn enter_compiled(&self) {
        let w = self.w;
        let c = w.bodies.context;
        let (f, regs) = w.function(&handler_name(ENTER_COMPILED));
        let entry = self.compiled_entry(regs.frame);
        let (there, invalid) = (c.append_basic_block(f, "there"), c.append_basic_block(f, "invalid"));
        let missing = w.b.build_is_null(entry, "").unwrap();
        w.b.build_conditional_branch(missing, invalid, there).unwrap();
        w.b.position_at_end(invalid);
        w.tail_to(INVALID, &self.no_floats(regs));
        w.b.position_at_end(there);
        w.tail(entry, &self.no_floats(regs));
    }

    /// How compiled code reaches the interpreter.
    fn switch(&self) {
        let w = self.w;
        let (_, regs) = w.function(SWITCH);
        let frame = w.load_ptr(w.at(regs.ts, w.offsets.ts_frame as i64));
        self.go_on_in(&regs, frame, None);
        let (_, regs) = w.function(CONTINUE);
        self.dispatch(&regs, w.to_ptr(regs.r[0]), None);
        let c = w.bodies.context;
        let (f, regs) = w.function(ODD);
        let blocks = ["error", "reraise", "switch", "leave"].map(|name| c.append_basic_block(f, name));
        let cases = [status::ERROR, status::RERAISE, status::SWITCH].map(|code| w.int(code));
        let cases: Vec<_> = cases.into_iter().zip(blocks).collect();
        w.b.build_switch(regs.r[2], blocks[3], &cases).unwrap();
        for (block, name) in blocks.into_iter().zip([ERROR, RERAISE, SWITCH]) {
            w.b.position_at_end(block);
            let sp = w.load_ptr(w.at(regs.frame, w.offsets.frame_sp as i64));
            w.tail_to(name, &self.no_floats(Regs { sp, ..regs }));
        }
        w.b.position_at_end(blocks[3]);
        w.b.build_return(None).unwrap();
    }

    fn extended_arg(&self) {
        let w = self.w;
        let (_, regs) = w.function(&handler_name(Opcode::EXTENDED_ARG));
        let next = w.at(w.to_ptr(regs.r[0]), 2);
        let unit = self.load_units(next, 0, 1);
        let op = w.b.build_and(unit, w.int(0xFF), "").unwrap();
        let low = w.b.build_right_shift(unit, w.int(8), false, "").unwrap();
        let high = w.b.build_left_shift(regs.r[2], w.int(8), "").unwrap();
        let oparg = w.b.build_or(high, low, "").unwrap();
        self.jump_to(&regs, next, op, oparg, Some(regs.r[1]));
    }

    /// `rt_unwind(ts, frame, reraise)`, then on in the frame it returns, or out.
    fn unwind(&self, name: &str, reraise: bool) {
        let w = self.w;
        let (f, regs) = w.cold_function(name);
        let here = w.to_ptr(regs.r[0]);
        if !reraise {
            w.b.build_store(w.at(regs.frame, w.offsets.frame_ip as i64), here).unwrap();
        }
        w.b.build_store(w.at(regs.frame, w.offsets.frame_sp as i64), regs.sp).unwrap();
        let c = w.bodies.context;
        let rt = w.helper("rt_unwind", &[w.ptr().into(), w.ptr().into(), w.ptr().into()], true);
        let reraise = if reraise { here } else { w.ptr().const_null() };
        let frame = w.call(rt, &[regs.ts.into(), regs.frame.into(), reraise.into()]).into_pointer_value();
        let (go_on, out) = (c.append_basic_block(f, "go_on"), c.append_basic_block(f, "out"));
        let left = w.b.build_is_null(frame, "").unwrap();
        w.b.build_conditional_branch(left, out, go_on).unwrap();
        w.b.position_at_end(out);
        w.b.build_return(None).unwrap();
        w.b.position_at_end(go_on);
        self.go_on_in(&regs, frame, None);
    }

    /// The handler of every opcode in hooked mode: `ts.hook(ts, frame, ip, oparg)`, then the plain handler. The table that
    /// is passed on is the one in force after the hook.
    fn hooked(&self) {
        let w = self.w;
        let c = w.bodies.context;
        let (f, regs) = w.function(HOOKED);
        let pc = w.to_ptr(regs.r[0]);
        w.b.build_store(w.at(regs.frame, w.offsets.frame_ip as i64), pc).unwrap();
        w.b.build_store(w.at(regs.frame, w.offsets.frame_sp as i64), regs.sp).unwrap();
        let (p, i) = (w.ptr().into(), w.i64().into());
        let hook = w.load_ptr(w.at(regs.ts, w.offsets.ts_hook as i64));
        let args = [regs.ts.into(), regs.frame.into(), pc.into(), regs.r[2].into()];
        let code =
            w.b.build_indirect_call(c.i32_type().fn_type(&[p, p, p, i], false), hook, &args, "").unwrap();
        let code = code.try_as_basic_value().unwrap_basic().into_int_value();
        let (go_on, elsewhere, error) = (
            c.append_basic_block(f, "go_on"),
            c.append_basic_block(f, "elsewhere"),
            c.append_basic_block(f, "error"),
        );
        let zero = c.i32_type().const_zero();
        w.b.build_switch(code, error, &[(zero, go_on), (c.i32_type().const_int(1, false), elsewhere)])
            .unwrap();
        w.b.position_at_end(error);
        w.tail_to(ERROR, &self.no_floats(regs));
        w.b.position_at_end(elsewhere);
        let frame = w.load_ptr(w.at(regs.ts, w.offsets.ts_frame as i64));
        self.go_on_in(&regs, frame, None);
        w.b.position_at_end(go_on);
        let plain = w
            .bodies
            .module
            .get_global(TABLE)
            .unwrap_or_else(|| w.bodies.module.add_global(w.ptr().array_type(256), None, TABLE));
        let scaled = w.b.build_left_shift(self.byte(pc), w.int(3), "").unwrap();
        let target = w.load_ptr(w.offset(plain.as_pointer_value(), scaled));
        let table = self.current_table(&regs);
        // The hook may have replaced the instruction by one with an argument of its own.
        let prefixes = w.b.build_and(regs.r[2], w.int(!0xFF), "").unwrap();
        let oparg = w.b.build_or(prefixes, self.byte(w.at(pc, 1)), "").unwrap();
        w.tail(target, &Regs { r: [regs.r[0], table, oparg], f: w.no_floats(), ..regs });
    }

    /// Unwind rows for whoever walks the native stack (debuggers, profilers, a panic's backtrace).
    fn unwind_rows(&self) {
        let w = self.w;
        let kind = Attribute::get_named_enum_kind_id("uwtable");
        // 1: rows hold at calls, which is all that a walker sees.
        let rows = w.bodies.context.create_enum_attribute(kind, 1);
        let mut next = w.bodies.module.get_first_function();
        while let Some(function) = next {
            next = function.get_next_function();
            if function.count_basic_blocks() > 0 && function.get_name().to_bytes().starts_with(b"taipan_") {
                function.add_attribute(AttributeLoc::Function, rows);
            }
        }
    }

    fn table(&self) {
        let w = self.w;
        let entries: Vec<_> = (0..=255u8)
            .map(|n| {
                let name = match Opcode::from_u8(n) {
                    Some(op) if op == Opcode::EXTENDED_ARG || expansion(op).is_some() => handler_name(op),
                    _ => INVALID.to_string(),
                };
                w.declare(&name).as_global_value().as_pointer_value()
            })
            .collect();
        let hooked = vec![w.declare(HOOKED).as_global_value().as_pointer_value(); 256];
        for (name, entries) in [(TABLE, entries), (HOOKED_TABLE, hooked)] {
            let module = &w.bodies.module;
            let table = module
                .get_global(name)
                .unwrap_or_else(|| module.add_global(w.ptr().array_type(256), None, name));
            table.set_initializer(&w.ptr().const_array(&entries));
            table.set_constant(true);
        }
    }

    /// The C function that enters: Rust cannot call `preserve_none`.
    fn enter(&self) {
        let w = self.w;
        let c = w.bodies.context;
        let p = w.ptr().into();
        let f =
            w.bodies.module.add_function("taipan_interp_enter", c.void_type().fn_type(&[p; 5], false), None);
        w.b.position_at_end(c.append_basic_block(f, "entry"));
        let arg = |i| -> PointerValue<'c> {
            let f: FunctionValue<'c> = f;
            f.get_nth_param(i).unwrap().into_pointer_value()
        };
        let (frame, sp, ts, pc, table) = (arg(0), arg(1), arg(2), arg(3), arg(4));
        let unit = self.load_units(pc, 0, 1);
        let op = w.b.build_and(unit, w.int(0xFF), "").unwrap();
        let oparg = w.b.build_right_shift(unit, w.int(8), false, "").unwrap();
        let scaled = w.b.build_left_shift(op, w.int(3), "").unwrap();
        let target = w.load_ptr(w.offset(table, scaled));
        let floats = w.no_floats();
        let call =
            w.b.build_indirect_call(
                w.signature(),
                target,
                &[
                    frame.into(),
                    sp.into(),
                    ts.into(),
                    w.to_int(pc).into(),
                    w.to_int(table).into(),
                    oparg.into(),
                    floats[0].into(),
                    floats[1].into(),
                    floats[2].into(),
                ],
                "",
            )
            .unwrap();
        call.set_call_convention(crate::wrap::PRESERVE_NONE);
        w.b.build_return(None).unwrap();
    }
}

fn is_conditional_jump(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::POP_JUMP_IF_FALSE
            | Opcode::POP_JUMP_IF_TRUE
            | Opcode::POP_JUMP_IF_NONE
            | Opcode::POP_JUMP_IF_NOT_NONE
    )
}

fn slow_name(e: &Expansion, index: usize) -> String {
    format!("{}__slow_{index}", handler_name(e.opcode))
}

/// Functions of the handlers' module that must not use the native stack: they consist of leaf uops, or of the fast
/// halves of uops that have a slow one.
pub fn is_leaf(function: &str) -> bool {
    let Some(name) = function.strip_prefix("taipan_op_") else { return false };
    match Opcode::from_name(name).and_then(expansion) {
        Some(e) => e.uops().all(|(uop, ..)| uop.info().class != Class::Calling),
        None => name == "EXTENDED_ARG",
    }
}
