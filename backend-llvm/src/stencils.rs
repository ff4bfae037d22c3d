//! Stencils: each uop as a piece of position-dependent code with holes, in variants for the number of stack
//! values that are cached in registers.
//!
//! `NAME__rX[fU]` enters with the X top stack values in `r0..rX` (the highest index is the top) and U unboxed doubles
//! in `f0..fU`; `NAME__slow__rX[fU]` is the slow sibling, entered in the same state and leaving in the same
//! state as the fast one. Constants are holes: external symbols with a promised range, so that the code
//! generator folds them into displacements and immediates. Ways out are holes, too:
//!
//! | symbol | is |
//! |---|---|
//! | `_JIT_CONTINUE` | the next stencil; the hot part ends with this jump, which is then left out |
//! | `_JIT_SLOW` | the slow sibling, entered with the state of entry |
//! | `_JIT_DEOPT` | exit *before*: the state of entry, or everything in memory for a calling uop |
//! | `_JIT_ERROR` | exit *error*: inputs consumed, everything in memory |
//! | `_JIT_JUMP` | the jump's target; of the stack the kept inputs remain, cached |
//! | `_JIT_SWITCH` | exit: a frame was pushed, go on in `ts.frame` |
//!
//! Doubles survive leaf uops and slow siblings, not calling uops: there the trace has boxed them before.

use inkwell::values::{FloatValue, IntValue};
use taipan_mir::uops::{Class, Count, Flags, Rep, Uop};

use crate::bitcode::Bodies;
use crate::wrap::{Entry, Offsets, REGISTERS, Regs, Sources, Stack, Wrapper};
use crate::{Error, Result};

/// A variant that was built.
#[derive(Clone, Debug)]
pub struct Variant {
    pub uop: Uop,
    pub slow: bool,
    /// Cached values and doubles on entry …
    pub depth: u8,
    pub doubles: u8,
    /// … and on leaving to the next uop …
    pub depth_out: u8,
    pub doubles_out: u8,
    /// … and cached values on a jump.
    pub depth_jump: u8,
    pub symbol: String,
}

/// Offsets that only stencils need.
#[derive(Clone, Copy, Debug)]
pub struct ExitOffsets {
    pub exit_words: u64,
}

/// Builds all variants, the common exit `taipan_jit_exit` and the C function
/// `taipan_jit_enter(frame, sp, ts, code)`.
pub fn build<'c>(bodies: Bodies<'c>, offsets: Offsets) -> Result<(Wrapper<'c>, Vec<Variant>)> {
    let w = Wrapper::new(bodies, offsets);
    let mut variants = Vec::new();
    for &uop in Uop::ALL.iter().filter(|u| u.in_traces()) {
        let info = uop.info();
        let inputs = |rep| info.inputs.iter().filter(|i| i.rep == rep).count();
        let outputs = |rep| info.outputs.iter().filter(|i| i.rep == rep).count();
        let doubles = if info.uses_doubles() {
            let most = REGISTERS - outputs(Rep::F64).saturating_sub(inputs(Rep::F64));
            inputs(Rep::F64)..=most
        } else {
            0..=0
        };
        for u in doubles {
            for x in 0..=REGISTERS {
                variants.push(stencil(&w, uop, false, x, u)?);
                if info.has_slow() {
                    variants.push(stencil(&w, uop, true, x, u)?);
                }
            }
        }
    }
    let transitions = (0..=REGISTERS).flat_map(|x| (0..=REGISTERS).map(move |y| (x, y)));
    for (x, y) in transitions.filter(|(x, y)| x != y) {
        transition(&w, x, y);
    }
    w.verify()?;
    Ok((w, variants))
}

/// Name of the stencil that goes from x to y cached values.
pub fn transition_symbol(x: usize, y: usize) -> String {
    format!("_SPILL_OR_RELOAD__r{x}{y}")
}

fn transition(w: &Wrapper, x: usize, y: usize) {
    let (_, regs) = w.function(&transition_symbol(x, y));
    let mut stack = Stack {
        sp: regs.sp,
        entries: regs.r[..x].iter().map(|value| Entry { value: *value, home: false }).collect(),
        doubles: regs.f.to_vec(),
    };
    resize(w, &mut stack, y);
    Ways { w, uop: Uop::_SPILL, regs, calling: false }.leave("_JIT_CONTINUE", &stack);
}

fn symbol(uop: Uop, slow: bool, x: usize, u: usize) -> String {
    let slow = if slow { "__slow" } else { "" };
    let doubles = if uop.info().uses_doubles() { format!("f{u}") } else { String::new() };
    format!("{}{slow}__r{x}{doubles}", uop.name())
}

fn stencil<'c>(w: &Wrapper<'c>, uop: Uop, slow: bool, x: usize, u: usize) -> Result<Variant> {
    let info = uop.info();
    let name = symbol(uop, slow, x, u);
    let (_, regs) = w.function(&name);
    let calling = info.class == Class::Calling;
    let stack = Stack {
        sp: regs.sp,
        entries: regs.r[..x].iter().map(|value| Entry { value: *value, home: false }).collect(),
        doubles: regs.f[..u].to_vec(),
    };
    let stores = slow || calling || info.is(Flags::FRAME);
    let outcome = w.body(uop, slow, &stack, &regs, &sources(w, uop, &regs), |consumed| {
        if stores {
            w.flush(consumed);
            w.b.build_store(w.at(regs.frame, w.offsets.frame_sp as i64), consumed.sp).unwrap();
        }
    })?;

    let mut ways = Ways { w, uop, regs, calling };
    // Success: what does not fit into the registers goes to memory, lowest first.
    let mut after = outcome.after.clone();
    if uop == Uop::_SPILL {
        w.flush(&mut after);
    }
    let mut produced = info.produced();
    if uop.moves_frame() {
        // What is cached belongs to the old frame's stack, apart from the uop's other outputs.
        produced = &produced[..produced.len() - 2];
        let sp = w.pop(&mut after).value;
        let frame = w.pop(&mut after).value;
        let own: Vec<Entry> = produced.iter().map(|_| w.pop(&mut after)).collect();
        w.flush(&mut after);
        after.entries.extend(own.into_iter().rev());
        after.sp = w.to_ptr(sp);
        ways.regs.frame = w.to_ptr(frame);
    }
    let depth_out = settle(
        w,
        produced,
        if uop.moves_frame() { info.inputs.len() } else { stack.entries.len() },
        &mut after,
        calling || uop == Uop::_SPILL,
        info.kept(),
        info.inputs,
    );
    let doubles_out = after.doubles.len();
    ways.leave("_JIT_CONTINUE", &after);
    ways.regs = regs;

    if let Some(block) = outcome.deopt {
        w.b.position_at_end(block);
        let mut before = outcome.before.clone();
        if calling {
            w.flush(&mut before);
        }
        ways.leave("_JIT_DEOPT", &before);
    }
    if let Some(block) = outcome.slow {
        w.b.position_at_end(block);
        ways.leave("_JIT_SLOW", &outcome.before);
    }
    if let Some(block) = outcome.error {
        w.b.position_at_end(block);
        let mut consumed = outcome.consumed.clone();
        w.flush(&mut consumed);
        ways.leave("_JIT_ERROR", &consumed);
    }
    let mut depth_jump = 0;
    if let Some(block) = outcome.jump {
        w.b.position_at_end(block);
        let mut consumed = outcome.consumed.clone();
        depth_jump = settle(w, &[], stack.entries.len(), &mut consumed, calling, info.kept(), info.inputs);
        ways.leave("_JIT_JUMP", &consumed);
    }
    if let Some(block) = outcome.switch {
        w.b.position_at_end(block);
        let frame = w.load_ptr(w.at(regs.ts, w.offsets.ts_frame as i64));
        let sp = w.load_ptr(w.at(frame, w.offsets.frame_sp as i64));
        let target = if uop.always_switches() { "_JIT_CONTINUE" } else { "_JIT_SWITCH" };
        let there = Ways { regs: Regs { frame, sp, ..regs }, ..ways };
        there.leave(target, &Stack { sp, entries: Vec::new(), doubles: outcome.consumed.doubles.clone() });
    }
    if outcome.again.is_some() || outcome.reraise.is_some() || outcome.leave.is_some() {
        return Err(Error::Body { uop: info.name, problem: "has an exit that traces do not have".into() });
    }
    let depth_out = if uop.always_switches() { 0 } else { depth_out };
    Ok(Variant {
        uop,
        slow,
        depth: x as u8,
        doubles: u as u8,
        depth_out: depth_out as u8,
        doubles_out: doubles_out as u8,
        depth_jump: depth_jump as u8,
        symbol: name,
    })
}

/// Brings the stack into the state in which the uop leaves and returns how many values are cached then. The state must
/// be the same for the fast half and the slow sibling, which finds more in memory; so it is computed
/// from the row.
fn settle<'c>(
    w: &Wrapper<'c>,
    produced: &[taipan_mir::uops::Item],
    cached: usize,
    after: &mut Stack<'c>,
    flushes: bool,
    kept: usize,
    inputs: &[taipan_mir::uops::Item],
) -> usize {
    let array = inputs.iter().chain(produced).any(|i| i.count != Count::One);
    let scalars = |items: &[taipan_mir::uops::Item]| items.iter().filter(|i| i.rep == Rep::Tagged).count();
    let wanted = if flushes || array {
        // Outputs above an array, or all of them.
        let above = match produced.iter().rposition(|i| i.count != Count::One) {
            Some(array) => produced.len() - array - 1,
            None => produced.len(),
        };
        above.min(REGISTERS)
    } else {
        let below = cached.saturating_sub(scalars(inputs));
        (below + scalars(&inputs[..kept]) + scalars(produced)).min(REGISTERS)
    };
    resize(w, after, wanted);
    wanted
}

/// Moves the lowest cached values to memory, or the highest ones in memory to registers.
fn resize<'c>(w: &Wrapper<'c>, stack: &mut Stack<'c>, wanted: usize) {
    while stack.entries.len() > wanted {
        let entry = stack.entries.remove(0);
        if !entry.home {
            w.b.build_store(stack.sp, entry.value).unwrap();
        }
        stack.sp = w.at(stack.sp, 8);
    }
    while stack.entries.len() < wanted {
        stack.sp = w.at(stack.sp, -8);
        let value = w.load(stack.sp);
        stack.entries.insert(0, Entry { value, home: true });
    }
}

struct Ways<'a, 'c> {
    w: &'a Wrapper<'c>,
    uop: Uop,
    regs: Regs<'c>,
    calling: bool,
}

impl<'c> Ways<'_, 'c> {
    fn leave(&self, target: &str, stack: &Stack<'c>) {
        let w = self.w;
        let r: [IntValue; REGISTERS] =
            std::array::from_fn(|i| stack.entries.get(i).map_or_else(|| w.i64().get_poison(), |e| e.value));
        // Uops without doubles of their own carry all of them through.
        let f: [FloatValue; REGISTERS] = std::array::from_fn(|i| match stack.doubles.get(i) {
            Some(d) => *d,
            None if self.uop.info().uses_doubles() || self.calling => w.no_floats()[i],
            None => self.regs.f[i],
        });
        w.tail_to(target, &Regs { sp: stack.sp, r, f, ..self.regs });
    }
}

fn sources<'c>(w: &Wrapper<'c>, uop: Uop, regs: &Regs<'c>) -> Sources<'c> {
    let info = uop.info();
    let mut operands = [w.int(0); 2];
    for (i, operand) in info.operands.iter().enumerate() {
        operands[i] = match operand.units {
            0 | 1 => w.hole(&format!("_JIT_OPERAND{i}_16"), 16),
            2 => w.hole(&format!("_JIT_OPERAND{i}_32"), 32),
            _ => w.wide_hole(&format!("_JIT_OPERAND{i}")),
        };
    }
    let local =
        (info.reads_local || info.writes_local).then(|| w.offset(regs.frame, w.hole("_JIT_LOCAL", 31)));
    Sources { ip: w.ptr().get_poison(), oparg: w.hole("_JIT_OPARG", 31), operands, local }
}

/// The common exit and the C function that enters, for the object that is linked in.
pub fn build_entries(w: &Wrapper, exit: ExitOffsets) {
    let (_, regs) = w.function("taipan_jit_exit");
    for (i, value) in regs.r.iter().enumerate() {
        w.b.build_store(w.at(regs.ts, (exit.exit_words + 8 * i as u64) as i64), *value).unwrap();
    }
    for (i, value) in regs.f.iter().enumerate() {
        let at = exit.exit_words + 8 * (REGISTERS + i) as u64;
        w.b.build_store(w.at(regs.ts, at as i64), *value).unwrap();
    }
    w.b.build_store(w.at(regs.frame, w.offsets.frame_sp as i64), regs.sp).unwrap();
    w.b.build_store(w.at(regs.ts, w.offsets.ts_frame as i64), regs.frame).unwrap();
    w.b.build_return(None).unwrap();

    let c = w.bodies.context;
    let p = w.ptr().into();
    let f = w.bodies.module.add_function("taipan_jit_enter", c.void_type().fn_type(&[p; 4], false), None);
    w.b.position_at_end(c.append_basic_block(f, "entry"));
    let arg = |i| f.get_nth_param(i).unwrap().into_pointer_value();
    let (poison, floats) = (w.i64().get_poison(), w.no_floats());
    let args = [
        arg(0).into(),
        arg(1).into(),
        arg(2).into(),
        poison.into(),
        poison.into(),
        poison.into(),
        floats[0].into(),
        floats[1].into(),
        floats[2].into(),
    ];
    let call = w.b.build_indirect_call(w.signature(), arg(3), &args, "").unwrap();
    call.set_call_convention(crate::wrap::PRESERVE_NONE);
    w.b.build_return(None).unwrap();
}
