//! What a code object says about its events: where they begin, and which instructions belong together.

use std::collections::HashMap;

use taipan_mir::bytecode::{self, Instruction};
use taipan_mir::opcodes::Opcode;

use crate::objects::bytes;
use crate::objects::code::CodeObject;

/// A place in the code where control goes one way or the other.
#[derive(Clone, Copy, Debug)]
pub struct Branch {
    pub from: usize,
    pub left: usize,
    pub right: usize,
}

fn instructions(code: &CodeObject) -> impl Iterator<Item = Instruction> {
    bytecode::instructions(bytes::as_slice(&code.code))
}

pub(super) fn op_at(code: &CodeObject, unit: usize) -> Option<Opcode> {
    bytes::as_slice(&code.code).get(2 * unit).and_then(|op| Opcode::from_u8(*op))
}

/// The unit of the first `RESUME`: what is in front of it makes the frame.
fn first(code: &CodeObject) -> usize {
    instructions(code).find(|i| i.op == Opcode::RESUME).map_or(0, |i| i.unit)
}

/// `code.co_branches()`.
pub fn branches(code: &CodeObject) -> Vec<Branch> {
    let first = first(code);
    instructions(code)
        .filter(|i| i.unit >= first)
        .filter_map(|i| match i.op {
            Opcode::FOR_ITER => {
                let end = i.next + i.arg;
                // What ends a loop is skipped.
                let skipped = [Opcode::END_FOR, Opcode::POP_ITER].into_iter();
                let right = skipped.fold(end, |at, op| at + usize::from(op_at(code, at) == Some(op)));
                Some(Branch { from: i.unit, left: i.next, right })
            }
            Opcode::POP_JUMP_IF_FALSE
            | Opcode::POP_JUMP_IF_TRUE
            | Opcode::POP_JUMP_IF_NONE
            | Opcode::POP_JUMP_IF_NOT_NONE => {
                Some(Branch { from: i.unit, left: i.next + 1, right: i.next + i.arg })
            }
            Opcode::END_ASYNC_FOR => {
                // The other way leads from the END_SEND over a NOT_TAKEN.
                let from = i.next.checked_sub(i.arg)?;
                Some(Branch { from, left: from + 2, right: i.next })
            }
            _ => None,
        })
        .collect()
}

/// What finding events needs to know, for each unit where an instruction begins.
pub(super) struct Flow {
    /// Nothing happens in front of this unit.
    pub first: usize,
    /// The instruction in front, in the order of the code.
    before: Vec<usize>,
    /// Whether that one is a `FOR_ITER`: then this is the beginning of the loop's body.
    begins_body: Vec<bool>,
    /// The arguments of the `RESUME`s.
    resumes: HashMap<usize, usize>,
    /// The `FOR_ITER`s of loops by the `POP_ITER`s that end them.
    loops: HashMap<usize, usize>,
}

impl Flow {
    pub(super) fn new(code: &CodeObject) -> Flow {
        let units = bytes::as_slice(&code.code).len() / 2;
        let mut flow = Flow {
            first: first(code),
            before: vec![0; units],
            begins_body: vec![false; units],
            resumes: HashMap::new(),
            loops: HashMap::new(),
        };
        let mut last = (0, Opcode::NOP);
        for i in instructions(code) {
            // What extends an argument belongs to the instruction.
            for unit in last.0 + 1..=i.unit {
                flow.before[unit] = last.0;
                flow.begins_body[unit] = last.1 == Opcode::FOR_ITER;
            }
            last = (i.unit, i.op);
            if i.op == Opcode::RESUME {
                flow.resumes.insert(i.unit, i.arg & 3);
            }
            if i.op == Opcode::FOR_ITER {
                let end = i.next + i.arg;
                let end = end + usize::from(op_at(code, end) == Some(Opcode::END_FOR));
                flow.loops.insert(end, i.unit);
            }
        }
        flow
    }

    pub(super) fn before(&self, unit: usize) -> usize {
        self.before.get(unit).copied().unwrap_or(0)
    }

    /// Where the `RESUME` there goes on: at the start, after `yield`, `yield from` or `await`.
    pub(super) fn resumes(&self, unit: usize) -> Option<usize> {
        self.resumes.get(&unit).copied()
    }

    /// The `FOR_ITER` of the loop that the `POP_ITER` there ends.
    pub(super) fn loop_end(&self, unit: usize) -> Option<usize> {
        self.loops.get(&unit).copied()
    }

    pub(super) fn begins_body(&self, unit: usize) -> bool {
        self.begins_body.get(unit).is_some_and(|b| *b)
    }
}
