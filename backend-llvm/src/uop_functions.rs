//! Uop functions: one C function per uop, for the interpreter of uops.
//!
//! ```text
//! uop(machine, ts, constants) -> one of [`status`]
//! ```
//!
//! The machine ([`MachineOffsets`]) holds what compiled traces have in registers: the frame, the stack pointer, and the
//! unboxed doubles as a stack. A function takes all its inputs from memory and leaves all its outputs there, so it says
//! what a uop means without what stencils add: cached stack values, holes, and code that is laid out.

use inkwell::GlobalVisibility;
use inkwell::attributes::AttributeLoc;
use inkwell::values::{FunctionValue, PointerValue};
use taipan_mir::uops::{Class, Flags, Rep, Uop};

use crate::Result;
use crate::bitcode::Bodies;
use crate::wrap::{Offsets, Outcome, REGISTERS, Regs, Sources, Stack, Wrapper};

pub const TABLE: &str = "TAIPAN_UOPS";

/// What a function returns.
pub mod status {
    pub const CONTINUE: u64 = 0;
    /// Nothing was changed.
    pub const DEOPT: u64 = 1;
    /// The inputs are consumed, an exception is set.
    pub const ERROR: u64 = 2;
    pub const JUMP: u64 = 3;
    /// The machine is in a frame that the uop pushed.
    pub const SWITCH: u64 = 4;
    /// Added to each of them when the slow sibling did the work.
    pub const SLOW: u64 = 8;
}

/// Where the machine and the constants of a uop have their fields.
#[derive(Clone, Copy, Debug)]
pub struct MachineOffsets {
    pub frame: u64,
    pub sp: u64,
    /// Behind the highest double.
    pub doubles: u64,
    pub oparg: u64,
    pub operands: u64,
}

/// Builds the functions and their table, which is indexed by the uops' numbers, into the module of bodies.
pub fn build<'c>(bodies: Bodies<'c>, offsets: Offsets, machine: MachineOffsets) -> Result<Wrapper<'c>> {
    let w = Wrapper::new(bodies, offsets);
    let builder = Builder { w: &w, at: machine };
    let mut entries = Vec::new();
    for &uop in Uop::ALL {
        entries.push(match uop.in_traces() {
            true => builder.function(uop)?.as_global_value().as_pointer_value(),
            false => w.ptr().const_null(),
        });
    }
    let table = w.bodies.module.add_global(w.ptr().array_type(entries.len() as u32), None, TABLE);
    table.set_initializer(&w.ptr().const_array(&entries));
    table.set_constant(true);
    w.verify()?;
    Ok(w)
}

struct Builder<'a, 'c> {
    w: &'a Wrapper<'c>,
    at: MachineOffsets,
}

/// What is known throughout a function.
struct Context<'c> {
    uop: Uop,
    machine: PointerValue<'c>,
    regs: Regs<'c>,
    /// The end of the doubles on entry.
    doubles: PointerValue<'c>,
    sources: Sources<'c>,
}

impl<'c> Builder<'_, 'c> {
    fn function(&self, uop: Uop) -> Result<FunctionValue<'c>> {
        let w = self.w;
        let p = w.ptr().into();
        let ty = w.i64().fn_type(&[p, p, p], false);
        let f = w.bodies.module.add_function(&format!("taipan_uop{}", uop.name()), ty, None);
        f.as_global_value().set_visibility(GlobalVisibility::Hidden);
        f.add_attribute(AttributeLoc::Function, w.bodies.enum_attribute("nounwind"));
        for (name, value) in [("no-builtins", ""), ("no-jump-tables", "true")] {
            f.add_attribute(AttributeLoc::Function, w.bodies.context.create_string_attribute(name, value));
        }
        w.b.position_at_end(w.bodies.context.append_basic_block(f, "entry"));
        let param = |i| f.get_nth_param(i).expect("there are three parameters").into_pointer_value();
        let (machine, ts, constants) = (param(0), param(1), param(2));
        let frame = w.load_ptr(w.at(machine, self.at.frame as i64));
        let regs = Regs {
            frame,
            sp: w.load_ptr(w.at(machine, self.at.sp as i64)),
            ts,
            r: [w.int(0); REGISTERS],
            f: w.no_floats(),
        };
        let oparg = w.load(w.at(constants, self.at.oparg as i64));
        let info = uop.info();
        let local = (info.reads_local || info.writes_local).then(|| {
            let scaled = w.b.build_left_shift(oparg, w.int(3), "").unwrap();
            w.at(w.offset(frame, scaled), w.offsets.locals as i64)
        });
        let operands = [0, 8].map(|n| w.load(w.at(constants, self.at.operands as i64 + n)));
        let sources = Sources { ip: w.ptr().get_poison(), oparg, operands, local };
        let doubles = w.load_ptr(w.at(machine, self.at.doubles as i64));
        let cx = Context { uop, machine, regs, doubles, sources };
        let taken = info.inputs.iter().filter(|i| i.rep == Rep::F64).count() as i64;
        let double = w.bodies.context.f64_type();
        let inputs = (0..taken).map(|n| {
            let address = w.at(doubles, 8 * (n - taken));
            w.b.build_load(double, address, "").unwrap().into_float_value()
        });
        let stack = Stack { sp: regs.sp, entries: Vec::new(), doubles: inputs.collect() };
        self.half(&cx, &stack, false)?;
        Ok(f)
    }

    /// Calls the body, or its slow sibling, and returns what came of it.
    fn half(&self, cx: &Context<'c>, stack: &Stack<'c>, slow: bool) -> Result<()> {
        let w = self.w;
        let info = cx.uop.info();
        let stores = slow || info.class == Class::Calling || info.is(Flags::FRAME);
        let outcome = w.body(cx.uop, slow, stack, &cx.regs, &cx.sources, |consumed| {
            if stores {
                w.flush(consumed);
                w.b.build_store(w.at(cx.regs.frame, w.offsets.frame_sp as i64), consumed.sp).unwrap();
            }
        })?;
        let bits = if slow { status::SLOW } else { 0 };
        self.success(cx, &outcome, bits);
        if let Some(block) = outcome.deopt {
            w.b.position_at_end(block);
            self.leave(status::DEOPT | bits);
        }
        for (block, code) in [(outcome.error, status::ERROR), (outcome.jump, status::JUMP)] {
            if let Some(block) = block {
                w.b.position_at_end(block);
                self.write(cx, &outcome.consumed);
                self.leave(code | bits);
            }
        }
        if let Some(block) = outcome.switch {
            w.b.position_at_end(block);
            let frame = w.load_ptr(w.at(cx.regs.ts, w.offsets.ts_frame as i64));
            w.b.build_store(w.at(cx.machine, self.at.frame as i64), frame).unwrap();
            let sp = w.load_ptr(w.at(frame, w.offsets.frame_sp as i64));
            w.b.build_store(w.at(cx.machine, self.at.sp as i64), sp).unwrap();
            let code = if cx.uop.always_switches() { status::CONTINUE } else { status::SWITCH };
            self.leave(code | bits);
        }
        if let Some(block) = outcome.slow {
            w.b.position_at_end(block);
            self.half(cx, stack, true)?;
        }
        Ok(())
    }

    fn success(&self, cx: &Context<'c>, outcome: &Outcome<'c>, bits: u64) {
        let w = self.w;
        let mut after = outcome.after.clone();
        if cx.uop.moves_frame() {
            let sp = w.pop(&mut after).value;
            let frame = w.pop(&mut after).value;
            let produced = &cx.uop.info().produced();
            let own: Vec<_> = produced[..produced.len() - 2].iter().map(|_| w.pop(&mut after)).collect();
            w.flush(&mut after);
            after.entries.extend(own.into_iter().rev());
            after.sp = w.to_ptr(sp);
            w.b.build_store(w.at(cx.machine, self.at.frame as i64), w.to_ptr(frame)).unwrap();
        }
        self.write(cx, &after);
        self.leave(status::CONTINUE | bits);
    }

    /// Brings a stack to memory: words above `sp`, doubles to the machine's.
    fn write(&self, cx: &Context<'c>, stack: &Stack<'c>) {
        let w = self.w;
        let mut stack = stack.clone();
        w.flush(&mut stack);
        w.b.build_store(w.at(cx.machine, self.at.sp as i64), stack.sp).unwrap();
        let info = cx.uop.info();
        if info.uses_doubles() {
            let taken = info.inputs.iter().filter(|i| i.rep == Rep::F64).count() as i64;
            let base = w.at(cx.doubles, -8 * taken);
            for (n, double) in stack.doubles.iter().enumerate() {
                w.b.build_store(w.at(base, 8 * n as i64), *double).unwrap();
            }
            let end = w.at(base, 8 * stack.doubles.len() as i64);
            w.b.build_store(w.at(cx.machine, self.at.doubles as i64), end).unwrap();
        }
    }

    fn leave(&self, code: u64) {
        self.w.b.build_return(Some(&self.w.int(code))).unwrap();
    }
}
