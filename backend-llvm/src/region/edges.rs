//! The loop's head and the edges that lead to it.
//!
//! A head carries locals in variables, which become SSA phis. Everything else lies in memory there: the stack is as high as at
//! entry and written back. Homes hold what the variables hold.

use std::collections::BTreeMap;

use inkwell::basic_block::BasicBlock;
use inkwell::values::{BasicValueEnum, PointerValue};
use taipan_mir::graph::ENTRY;

use super::homes::Flush;
use super::late::Settle;
use super::lower::Lower;
use super::state::{Frame, Own, Repr, State, Type, Val};
use crate::Result;

/// How a local is carried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carried {
    Word(Type),
    /// Raw.
    Double,
}

/// The loop's head: the block, and for each carried local its variable.
pub struct Head<'c> {
    pub block: BasicBlock<'c>,
    pub variables: BTreeMap<u32, (Carried, PointerValue<'c>)>,
}

impl<'a, 'c> Lower<'a, 'c> {
    pub fn make_head(&mut self, carried: BTreeMap<u32, Carried>) {
        let variable = |(index, carried)| (index, (carried, self.w.alloca(self.function)));
        let variables = carried.into_iter().map(variable).collect();
        self.head = Some(Head { block: self.block("head"), variables });
    }

    /// The state in which the loop begins; puts the builder there.
    pub fn head_state(&mut self) -> State<'c> {
        let mut state = self.entry_state();
        let head = self.head.take().expect("the loop has a head");
        self.w.b.position_at_end(head.block);
        for (&index, &(carried, variable)) in &head.variables {
            let val = match carried {
                Carried::Double => {
                    let double = self.w.b.build_load(self.w.bodies.context.f64_type(), variable, "").unwrap();
                    self.double_val(double.into_float_value())
                }
                Carried::Word(ty) => {
                    let word = self.w.load(variable);
                    let val = self.word(word, if ty.is_immediate() { Own::Immediate } else { Own::Owned });
                    if ty != Type::Unknown {
                        state.learn(val, ty);
                    }
                    val
                }
            };
            state.top().locals.insert(index, val);
        }
        self.head = Some(head);
        state
    }

    /// Everything in memory.
    pub fn entry_state(&self) -> State<'c> {
        State {
            frames: vec![Frame::new(self.regs.frame, self.regs.sp)],
            doubles: Vec::new(),
            facts: Default::default(),
            arguments: Vec::new(),
            returned: false,
            late: Vec::new(),
        }
    }

    /// Whether the state is one in which the loop can be entered.
    pub fn is_at_head(&self, state: &State<'c>) -> bool {
        state.frames.len() == 1
            && !state.returned
            && state.frame().height() == 0
            && state.doubles.is_empty()
            && state.arguments.is_empty()
    }

    /// Ends the current block: checks what the loop takes for granted, and on at its head.
    pub fn enter_loop(&mut self, state: State<'c>) -> Result<()> {
        self.whole(ENTRY, state)
    }

    /// Ends the current block: on at the loop's head.
    pub fn edge(&mut self, mut state: State<'c>) -> Result<()> {
        if !self.is_at_head(&state) {
            return Err(super::problem("the loop's end has another stack than its head"));
        }
        self.settle(&mut state, Settle::Often);
        let head = self.head.take().expect("the loop has a head");
        for (&index, &(carried, variable)) in &head.variables {
            let val = self.read_local(&mut state, index);
            let value: BasicValueEnum = match (carried, val.repr) {
                (Carried::Double, Repr::Double(double)) => double.into(),
                (Carried::Word(_), Repr::Word(word)) => word.into(),
                _ => {
                    return Err(super::problem(format!(
                        "local {index} has another form than at the loop's head"
                    )));
                }
            };
            self.w.b.build_store(variable, value).unwrap();
            // The head has it now.
            state.top().locals.remove(&index);
        }
        let is_raw = |val: &Val| matches!(val.repr, Repr::Double(_));
        if state.frame().locals.values().any(is_raw) || !state.frame().raw.is_empty() {
            return Err(super::problem("a raw local that the loop's head does not know"));
        }
        self.flush_items(&mut state, 0, usize::MAX, Flush::Move);
        self.w.b.build_unconditional_branch(head.block).unwrap();
        self.head = Some(head);
        Ok(())
    }
}
