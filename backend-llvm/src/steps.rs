//! Steps: one C function per bytecode, which code compiled ahead of time calls for what it does not inline.
//!
//! ```text
//! step(frame, sp, ts, pc, oparg) -> the new sp, or one of [`status`]
//! ```
//!
//! A step does what the interpreter's handler does, inline caches and specialisation included, but returns instead of
//! dispatching. The table [`TABLE`] has them by opcode, so that a call through it runs the form to which the instruction has been
//! specialised.

use inkwell::GlobalVisibility;
use inkwell::attributes::AttributeLoc;
use inkwell::types::FunctionType;
use inkwell::values::{
    BasicMetadataValueEnum, BasicValue, FunctionValue, IntValue, LLVMTailCallKind, PointerValue,
};
use taipan_mir::opcodes::Opcode;
use taipan_mir::uops::{ArgPart, Class, EXPANSIONS, Expansion, Flags, Uop, expansion};

use crate::bitcode::Bodies;
use crate::wrap::{Offsets, Outcome, Regs, Sources, Stack, Wrapper};
use crate::{Error, Result};

pub const TABLE: &str = "TAIPAN_STEPS";
/// Bodies come optimised; what is left are the seams between them.
pub const PASSES: &str = "always-inline,globaldce,function(sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,gvn,simplifycfg)";

/// What a step returns instead of a stack pointer. `frame.sp` is stored with all of them.
pub mod status {
    /// An exception is set, the instruction's inputs are consumed.
    pub const ERROR: u64 = 0;
    /// The same; the traceback is as it should be.
    pub const RERAISE: u64 = 1;
    /// The instruction jumps; only its kept inputs remain.
    pub const JUMP: u64 = 2;
    /// Execution goes on in `ts.frame`.
    pub const SWITCH: u64 = 3;
    /// Execution leaves the interpreter.
    pub const LEAVE: u64 = 4;
    /// The first number that is a stack pointer.
    pub const POINTERS: u64 = 16;
}

/// Name of an opcode's step.
pub fn step_name(opcode: Opcode) -> String {
    format!("taipan_step_{}", opcode.name())
}

/// The functions' type.
pub fn signature<'c>(w: &Wrapper<'c>) -> FunctionType<'c> {
    let (p, i) = (w.ptr().into(), w.i64().into());
    w.i64().fn_type(&[p, p, p, i, i], false)
}

pub fn declare<'c>(w: &Wrapper<'c>, name: &str) -> FunctionValue<'c> {
    w.bodies.module.get_function(name).unwrap_or_else(|| {
        let f = w.bodies.module.add_function(name, signature(w), None);
        f.as_global_value().set_visibility(GlobalVisibility::Hidden);
        f.add_attribute(AttributeLoc::Function, w.bodies.enum_attribute("nounwind"));
        for (name, value) in [("no-builtins", ""), ("no-jump-tables", "true")] {
            f.add_attribute(AttributeLoc::Function, w.bodies.context.create_string_attribute(name, value));
        }
        f
    })
}

/// Builds the steps and their table into the module of bodies.
pub fn build<'c>(bodies: Bodies<'c>, offsets: Offsets) -> Result<Wrapper<'c>> {
    let w = Wrapper::new(bodies, offsets);
    let builder = Steps { w: &w };
    for e in EXPANSIONS {
        builder.from(e, 0, false, &step_name(e.opcode))?;
        for (index, (uop, ..)) in e.uops().enumerate() {
            if uop.info().has_slow() {
                builder.from(e, index, true, &slow_name(e, index))?;
            }
        }
    }
    builder.table();
    w.verify()?;
    Ok(w)
}

fn slow_name(e: &Expansion, index: usize) -> String {
    format!("{}__slow_{index}", step_name(e.opcode))
}

struct Steps<'a, 'c> {
    w: &'a Wrapper<'c>,
}

/// What is known throughout a step.
struct Context<'a, 'c> {
    expansion: &'a Expansion,
    regs: Regs<'c>,
    pc: PointerValue<'c>,
    oparg: IntValue<'c>,
}

impl<'c> Steps<'_, 'c> {
    /// The bytecode from its `first` uop on; `slow` runs that one's slow sibling.
    fn from(&self, e: &Expansion, first: usize, slow: bool, name: &str) -> Result<()> {
        let w = self.w;
        let f = declare(w, name);
        f.as_global_value().set_visibility(GlobalVisibility::Default);
        w.b.position_at_end(w.bodies.context.append_basic_block(f, "entry"));
        let p = |i| f.get_nth_param(i).expect("the signature has five parameters");
        let oparg = p(4).into_int_value();
        let regs = Regs {
            frame: p(0).into_pointer_value(),
            sp: p(1).into_pointer_value(),
            ts: p(2).into_pointer_value(),
            r: [p(3).into_int_value(), w.int(0), oparg],
            f: w.no_floats(),
        };
        let cx = Context { expansion: e, regs, pc: w.to_ptr(regs.r[0]), oparg };
        let mut stack = Stack { sp: regs.sp, entries: Vec::new(), doubles: Vec::new() };
        for (index, (uop, part, at)) in e.uops().enumerate().skip(first) {
            let slow = slow && index == first;
            if first > 0 && uop.info().is(Flags::DEOPT) {
                let problem = format!("a guard after a slow uop in {}", e.opcode);
                return Err(Error::Body { uop: uop.name(), problem });
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
            let here = w.b.get_insert_block().expect("the builder stands in a block");
            self.exits(&cx, index, &outcome);
            w.b.position_at_end(here);
            stack = outcome.after;
        }
        w.flush(&mut stack);
        w.b.build_return(Some(&w.to_int(stack.sp))).unwrap();
        Ok(())
    }

    fn sources(&self, cx: &Context<'_, 'c>, uop: Uop, part: ArgPart, at: usize) -> Sources<'c> {
        let w = self.w;
        let oparg = match part {
            ArgPart::All => cx.oparg,
            ArgPart::High => w.b.build_right_shift(cx.oparg, w.int(4), false, "").unwrap(),
            ArgPart::Low => w.b.build_and(cx.oparg, w.int(15), "").unwrap(),
        };
        let size = 1 + cx.expansion.opcode.caches();
        let operands = operands(w, cx.pc, uop, at, size);
        let local = (uop.info().reads_local || uop.info().writes_local).then(|| {
            let scaled = w.b.build_left_shift(oparg, w.int(3), "").unwrap();
            w.at(w.offset(cx.regs.frame, scaled), w.offsets.locals as i64)
        });
        Sources { ip: cx.pc, oparg, operands, local }
    }

    /// Code for every way out of a uop other than success.
    fn exits(&self, cx: &Context<'_, 'c>, index: usize, o: &Outcome<'c>) {
        let w = self.w;
        let flushed = |stack: &Stack<'c>| {
            let mut stack = stack.clone();
            w.flush(&mut stack);
            stack.sp
        };
        if let Some(block) = o.deopt {
            w.b.position_at_end(block);
            self.tail_to(&step_name(cx.expansion.opcode.deopt()), cx, cx.regs.sp);
        }
        if let Some(block) = o.slow {
            w.b.position_at_end(block);
            self.tail_to(&slow_name(cx.expansion, index), cx, flushed(&o.before));
        }
        for (block, code) in [(o.error, status::ERROR), (o.reraise, status::RERAISE), (o.jump, status::JUMP)]
        {
            if let Some(block) = block {
                w.b.position_at_end(block);
                let sp = flushed(&o.consumed);
                w.b.build_store(w.at(cx.regs.frame, w.offsets.frame_sp as i64), sp).unwrap();
                w.b.build_return(Some(&w.int(code))).unwrap();
            }
        }
        for (block, code) in [(o.switch, status::SWITCH), (o.leave, status::LEAVE)] {
            if let Some(block) = block {
                w.b.position_at_end(block);
                w.b.build_return(Some(&w.int(code))).unwrap();
            }
        }
        if let Some(block) = o.again {
            w.b.position_at_end(block);
            let sp = flushed(&o.before);
            let op = w.b.build_load(w.bodies.context.i8_type(), cx.pc, "").unwrap().into_int_value();
            let op = w.b.build_int_z_extend(op, w.i64(), "").unwrap();
            let step = load_step(w, op);
            self.tail(step, cx, sp);
        }
    }

    fn tail_to(&self, name: &str, cx: &Context<'_, 'c>, sp: PointerValue<'c>) {
        self.tail(declare(self.w, name).as_global_value().as_pointer_value(), cx, sp);
    }
    fn tail(&self, step: PointerValue<'c>, cx: &Context<'_, 'c>, sp: PointerValue<'c>) {
        let w = self.w;
        let args: [BasicMetadataValueEnum; 5] =
            [cx.regs.frame.into(), sp.into(), cx.regs.ts.into(), cx.regs.r[0].into(), cx.oparg.into()];
        let call = w.b.build_indirect_call(signature(w), step, &args, "").unwrap();
        call.set_tail_call_kind(LLVMTailCallKind::LLVMTailCallKindMustTail);
        let result = call.try_as_basic_value().unwrap_basic();
        w.b.build_return(Some(&result)).unwrap();
    }

    fn table(&self) {
        let w = self.w;
        let entries: Vec<_> = (0..=255u8)
            .map(|n| {
                let known = Opcode::from_u8(n).filter(|op| expansion(*op).is_some());
                declare(w, &step_name(known.unwrap_or(Opcode::CACHE))).as_global_value().as_pointer_value()
            })
            .collect();
        let table = table_global(w);
        table.set_initializer(&w.ptr().const_array(&entries));
        table.set_constant(true);
        table.set_visibility(GlobalVisibility::Default);
    }
}

fn table_global<'c>(w: &Wrapper<'c>) -> inkwell::values::GlobalValue<'c> {
    w.bodies.module.get_global(TABLE).unwrap_or_else(|| {
        let table = w.bodies.module.add_global(w.ptr().array_type(256), None, TABLE);
        table.set_visibility(GlobalVisibility::Hidden);
        table
    })
}

/// The step of the opcode in `op`.
pub fn load_step<'c>(w: &Wrapper<'c>, op: IntValue<'c>) -> PointerValue<'c> {
    let scaled = w.b.build_left_shift(op, w.int(3), "").unwrap();
    w.load_ptr(w.offset(table_global(w).as_pointer_value(), scaled))
}

/// The operands of a uop that reads the inline cache of the instruction at `pc`, `at` units behind its first.
pub fn operands<'c>(
    w: &Wrapper<'c>,
    pc: PointerValue<'c>,
    uop: Uop,
    at: usize,
    size: usize,
) -> [IntValue<'c>; 2] {
    let mut operands = [w.int(0); 2];
    let mut unit = 1 + at;
    for (slot, operand) in operands.iter_mut().zip(uop.info().operands) {
        *slot = if operand.units == 0 {
            w.int(size as u64)
        } else {
            let bits = 16 * u32::from(operand.units);
            let bits = std::num::NonZeroU32::new(bits).expect("an operand has units");
            let ty = w.bodies.context.custom_width_int_type(bits).expect("at most 64 bits");
            let value = w.b.build_load(ty, w.at(pc, 2 * unit as i64), "").unwrap();
            value
                .as_instruction_value()
                .expect("a load is an instruction")
                .set_alignment(2)
                .expect("a power of two");
            let value = value.into_int_value();
            if bits.get() == 64 { value } else { w.b.build_int_z_extend(value, w.i64(), "").unwrap() }
        };
        unit += operand.units as usize;
    }
    operands
}
