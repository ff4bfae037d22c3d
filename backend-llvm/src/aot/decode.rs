//! A function's bytecode as a graph: instructions with their whole arguments, where blocks begin, how high the evaluation
//! stack is at each of them.

use std::collections::{BTreeMap, BTreeSet};

use taipan_mir::aot::Function;
use taipan_mir::opcodes::Opcode;
use taipan_mir::uops::{EXPANSIONS, Flags, expansion};

use crate::{Error, Result};

/// An instruction; positions in 16-bit units.
#[derive(Clone, Copy, Debug)]
pub struct Instr {
    /// Its own unit: what `frame.ip` says.
    pub unit: usize,
    /// Its first `EXTENDED_ARG`, or `unit`: where jumps lead to.
    pub first: usize,
    pub op: Opcode,
    pub arg: u64,
    /// The next instruction.
    pub next: usize,
    /// Where it jumps to, if it may.
    pub target: Option<usize>,
}

#[derive(Debug)]
pub struct Code {
    pub instrs: Vec<Instr>,
    /// Index of the instruction that begins at a unit.
    pub at: BTreeMap<usize, usize>,
    /// Where blocks begin: everything is in memory there.
    pub leaders: BTreeSet<usize>,
    /// Height of the stack before each instruction that can be reached.
    pub depths: BTreeMap<usize, usize>,
    /// Units at which the interpreter enters compiled code.
    pub entries: Vec<usize>,
}

/// Most entries that the argument of a patched instruction can tell apart; 0 is the beginning.
const MAX_ENTRIES: usize = 255;

fn problem(what: String) -> Error {
    Error::Check(vec![what])
}

/// Control does not go on behind it.
pub fn ends_flow(op: Opcode) -> bool {
    matches!(
        op,
        Opcode::RETURN_VALUE
            | Opcode::RAISE_VARARGS
            | Opcode::RERAISE
            | Opcode::JUMP_FORWARD
            | Opcode::JUMP_BACKWARD
            | Opcode::JUMP_BACKWARD_NO_INTERRUPT
    )
}

/// A form of the instruction may push a frame, or leave the frame in another way.
pub fn may_switch(op: Opcode) -> bool {
    EXPANSIONS
        .iter()
        .filter(|e| e.opcode.deopt() == op)
        .any(|e| e.uops().any(|(uop, ..)| uop.info().is(Flags::FRAME)))
}

impl Code {
    pub fn new(function: &Function) -> Result<Code> {
        let instrs = instructions(&function.code)?;
        let at = instrs.iter().enumerate().map(|(index, i)| (i.first, index)).collect();
        let mut code =
            Code { instrs, at, leaders: BTreeSet::new(), depths: BTreeMap::new(), entries: Vec::new() };
        code.flow(function)?;
        code.find_entries(function);
        Ok(code)
    }

    pub fn instr(&self, first: usize) -> Result<&Instr> {
        let index =
            self.at.get(&first).ok_or_else(|| problem(format!("no instruction begins at unit {first}")))?;
        Ok(&self.instrs[*index])
    }

    pub fn depth(&self, first: usize) -> Result<usize> {
        let depth = self.depths.get(&first).copied();
        depth.ok_or_else(|| problem(format!("the height of the stack at unit {first} is not known")))
    }

    /// Follows all paths from the start and from the exception handlers.
    fn flow(&mut self, function: &Function) -> Result<()> {
        let mut open = vec![(0, 0)];
        for h in &function.handlers {
            open.push((h.target as usize, h.depth as usize + usize::from(h.push_lasti) + 1));
        }
        self.leaders.extend(open.iter().map(|(unit, _)| *unit));
        self.leaders.extend(function.expressions.iter().map(|call| call.behind as usize));
        while let Some((first, depth)) = open.pop() {
            if let Some(known) = self.depths.insert(first, depth) {
                if known != depth {
                    return Err(problem(format!("the stack at unit {first} is {known} and {depth} high")));
                }
                continue;
            }
            let i = *self.instr(first)?;
            let (after, at_target) = effect(&i, depth)?;
            if let Some(target) = i.target {
                self.leaders.insert(target);
                self.leaders.insert(i.next);
                open.push((target, at_target));
            }
            if matches!(i.op, Opcode::RESUME | Opcode::JUMP_BACKWARD) {
                self.leaders.insert(first);
            }
            if !ends_flow(i.op) {
                open.push((i.next, after));
            }
        }
        Ok(())
    }

    /// Where the interpreter comes in: at the start, after a yield, at back-edges, in exception handlers. The unit is
    /// replaced, so the instruction must be one whose cache nobody needs.
    fn find_entries(&mut self, function: &Function) {
        let handlers: BTreeSet<usize> = function.handlers.iter().map(|h| h.target as usize).collect();
        for i in &self.instrs {
            let replaceable = match i.op {
                Opcode::RESUME | Opcode::JUMP_BACKWARD => true,
                op => handlers.contains(&i.first) && op.caches() == 0,
            };
            if replaceable && self.depths.contains_key(&i.first) && self.entries.len() < MAX_ENTRIES {
                self.entries.push(i.first);
            }
        }
    }
}

fn instructions(code: &[u8]) -> Result<Vec<Instr>> {
    let mut instrs = Vec::new();
    let (mut unit, mut first, mut arg) = (0, 0, 0u64);
    let count = code.len() / 2;
    while unit < count {
        let op = Opcode::from_u8(code[2 * unit])
            .ok_or_else(|| problem(format!("unknown opcode {} at unit {unit}", code[2 * unit])))?;
        arg = arg << 8 | u64::from(code[2 * unit + 1]);
        if op == Opcode::EXTENDED_ARG {
            unit += 1;
            continue;
        }
        let next = unit + 1 + op.caches();
        let target = target(op, next, arg)?;
        instrs.push(Instr { unit, first, op, arg, next, target });
        (unit, first, arg) = (next, next, 0);
    }
    Ok(instrs)
}

fn target(op: Opcode, next: usize, arg: u64) -> Result<Option<usize>> {
    let Some(e) = expansion(op) else { return Err(problem(format!("{op} has no meaning here"))) };
    let Some((uop, ..)) = e.uops().find(|(uop, ..)| uop.info().jumps()) else { return Ok(None) };
    let base = next + usize::from(uop.info().is(Flags::JUMP_SKIP));
    let distance = arg as usize;
    let target =
        if uop.info().is(Flags::JUMP_BACK) { base.checked_sub(distance) } else { Some(base + distance) };
    target.map(Some).ok_or_else(|| problem(format!("{op} jumps out of the function")))
}

/// Heights behind the instruction and at its target.
fn effect(i: &Instr, before: usize) -> Result<(usize, usize)> {
    let short = || problem(format!("the stack is too short for {} at unit {}", i.op, i.unit));
    let mut depth = before as i64;
    let mut at_target = 0;
    let arg = i.arg as u32;
    for (uop, ..) in expansion(i.op).map(|e| e.uops()).into_iter().flatten() {
        let info = uop.info();
        let words = |items: &[taipan_mir::uops::Item]| -> i64 {
            items.iter().map(|item| i64::from(item.count.eval(arg))).sum()
        };
        if info.jumps() {
            at_target = depth - words(info.inputs) + words(&info.inputs[..info.kept()]);
        }
        depth += i64::from(info.stack_effect(arg));
    }
    // What was sent to the generator, what its creator gets.
    if matches!(i.op, Opcode::YIELD_VALUE | Opcode::RETURN_GENERATOR) {
        depth += 1;
    }
    let height = |depth: i64| usize::try_from(depth).map_err(|_| short());
    Ok((height(depth)?, height(at_target)?))
}
