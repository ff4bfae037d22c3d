//! The loop's head and the edges that lead to it.
//!
//! A head carries locals in variables, which become SSA phis. Everything else lies in memory there: the stack is as high as at
//! entry and written back. Homes hold what the variables hold, doubles raw.

use std::collections::BTreeMap;

use inkwell::basic_block::BasicBlock;
use inkwell::values::PointerValue;

use super::homes::Flush;
use super::lower::Lower;
use super::state::{Frame, Own, Repr, State, Type, Val};
use crate::Result;

/// How a local is carried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carried {
    Word(Type),
    Double,
    /// A double or a word: what the loop writes before it looks at it.
    Either,
}

/// The loop's head: the block, and for each carried local its variable (and one for whether that is a raw double).
pub struct Head<'c> {
    pub block: BasicBlock<'c>,
    pub variables: BTreeMap<u32, (Carried, PointerValue<'c>, PointerValue<'c>)>,
}

impl<'a, 'c> Lower<'a, 'c> {
    pub fn make_head(&mut self, carried: BTreeMap<u32, Carried>) {
        let variable =
            |(index, carried)| (index, (carried, self.w.alloca(self.function), self.w.alloca(self.function)));
        let variables = carried.into_iter().map(variable).collect();
        self.head = Some(Head { block: self.block("head"), variables });
    }

    /// The state in which the loop begins; puts the builder there.
    pub fn head_state(&mut self) -> State<'c> {
        let mut state = self.entry_state();
        let head = self.head.take().expect("the loop has a head");
        self.w.b.position_at_end(head.block);
        for (&index, &(carried, variable, flag)) in &head.variables {
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
                Carried::Either => {
                    let bits = self.w.load(variable);
                    let raw = self.w.load(flag);
                    let raw = self
                        .w
                        .b
                        .build_int_compare(inkwell::IntPredicate::NE, raw, self.w.int(0), "")
                        .unwrap();
                    let vn = self.new_vn();
                    Val { repr: Repr::Either { bits, raw }, vn, own: Own::Owned }
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
            frames: vec![Frame {
                pointer: self.regs.frame,
                origin: self.regs.sp,
                mem: 0,
                items: Vec::new(),
                locals: BTreeMap::new(),
                types: BTreeMap::new(),
                inlined: None,
            }],
            doubles: Vec::new(),
            facts: Default::default(),
            arguments: Vec::new(),
            returned: false,
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
        let (preamble, _) = super::plan::parts(self.input.traces[0]);
        match self.walk(preamble, state)? {
            Some(state) => self.edge(state),
            None => Ok(()),
        }
    }

    /// Ends the current block: on at the loop's head.
    pub fn edge(&mut self, mut state: State<'c>) -> Result<()> {
        if !self.is_at_head(&state) {
            return Err(super::problem("the loop's end has another stack than its head"));
        }
        let head = self.head.take().expect("the loop has a head");
        for (&index, &(carried, variable, flag)) in &head.variables {
            let val = match state.frame().locals.get(&index) {
                Some(val) if carried == Carried::Either => *val,
                _ => self.read_local(&mut state, index),
            };
            let w = self.w;
            let store = |value: inkwell::values::BasicValueEnum<'c>| {
                w.b.build_store(variable, value).unwrap();
            };
            match carried {
                Carried::Double => {
                    let double = self.double_of(&mut state, val);
                    store(double.into());
                    if matches!(val.repr, Repr::Word(_)) {
                        if !state.needs_no_drop(val) {
                            // The number goes on without its box.
                            self.drop_float(val);
                        }
                        let home = self.local_home(state.frame().pointer, index);
                        self.w.b.build_store(home, double).unwrap();
                    }
                }
                Carried::Word(_) => {
                    let boxed = self.boxed(&mut state, val);
                    if matches!(val.repr, Repr::Double(_)) {
                        self.write_local(&mut state, index, boxed);
                    }
                    store(self.plain(boxed).into());
                }
                Carried::Either => {
                    let no = self.w.int(0);
                    let (bits, raw) = match val.repr {
                        Repr::Word(word) => (word, no),
                        Repr::Double(double) => (self.bits_of(double), self.w.int(1)),
                        Repr::Either { bits, raw } => {
                            (bits, self.w.b.build_int_z_extend(raw, self.w.i64(), "").unwrap())
                        }
                    };
                    store(bits.into());
                    self.w.b.build_store(flag, raw).unwrap();
                }
            }
            // The head has it now.
            state.top().locals.remove(&index);
        }
        // Doubles that are not carried must be words there.
        self.flush_frame(&mut state, 0, usize::MAX, Flush::Move, &mut Vec::new());
        self.w.b.build_unconditional_branch(head.block).unwrap();
        self.head = Some(head);
        Ok(())
    }
}
