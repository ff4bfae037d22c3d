//! Boxes that are made only where somebody looks.
//!
//! Tier 2 keeps floats raw in locals, and makes the box (`_BOX_LOCAL`) before a copy of it gets onto a stack. Often nothing comes of
//! that: `total += f(x)` puts the old total below the arguments of the call, adds to it when the call is over, and assigns. In
//! stencils the copy is a word in memory. Here it is a double like the local itself, and the local is *late*: its home
//! still has the raw double although exits say that it holds a word. Before anything can see that, [`Lower::settle`] makes one box
//! for the local and all copies of it. Nobody sees it between guards and arithmetic, which is what [`keeps_late`] lists; their exits
//! settle a state of their own, where it costs the loop nothing.

use taipan_mir::graph::Inst;
use taipan_mir::uops::Uop;

use super::homes::Flush;
use super::lower::Lower;
use super::state::{Fact, Item, Own, Repr, State, Type, Val, Vn};

/// A local whose box is not made yet.
#[derive(Clone, Copy)]
pub struct Late {
    /// The frame's place in the state.
    frame: usize,
    local: u32,
    vn: Vn,
}

/// Which box: hardly ever made, or in the way of the loop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    Rarely,
    Often,
}

impl<'c> State<'c> {
    /// Whether the value is a copy of a late local.
    pub fn is_late(&self, val: Val<'c>) -> bool {
        matches!(val.repr, Repr::Double(_)) && self.late.iter().any(|late| late.vn == val.vn)
    }
    /// Whether the innermost frame's local is late.
    fn is_late_local(&self, index: u32) -> bool {
        self.late.iter().any(|late| late.frame + 1 == self.frames.len() && late.local == index)
    }
    /// The innermost frame's local has another value now, or is raw again.
    fn no_longer_late(&mut self, index: u32) {
        let last = self.frames.len() - 1;
        self.late.retain(|late| late.frame != last || late.local != index);
    }
    fn has_late_in_top_frame(&self) -> bool {
        self.late.iter().any(|late| late.frame + 1 == self.frames.len())
    }
}

/// Whether the uop, its exits aside, does not see whether late locals have boxes.
fn keeps_late(state: &State, uop: Uop, inst: &Inst) -> bool {
    use Uop::*;
    let items = &state.frame().items;
    let late_at = |depth: usize| items.len() > depth && state.is_late(items[items.len() - 1 - depth].val);
    match uop {
        _NOP
        | _SPILL
        | _LOAD_FAST_BORROW
        | _LOAD_FAST_F64
        | _STORE_FAST_F64
        | _GUARD_LOCAL_IMMEDIATE
        | _ENTER_INLINE
        | _LOAD_SMALL_INT
        | _LOAD_CONST_F64
        | _UNBOX_FLOAT
        | _UNBOX_FLOAT_ANY
        | _BOX_FLOAT
        | _BINARY_OP_ADD_FLOAT_UNBOXED
        | _BINARY_OP_SUBTRACT_FLOAT_UNBOXED
        | _BINARY_OP_SUBTRACT_FLOAT_UNBOXED_REVERSED
        | _BINARY_OP_MULTIPLY_FLOAT_UNBOXED
        | _BINARY_OP_TRUE_DIVIDE_FLOAT_UNBOXED
        | _BOX_LOCAL => true,
        _LEAVE_INLINE | _LEAVE_INLINE_EMPTY => !state.has_late_in_top_frame(),
        _TAKE_LOCAL | _STORE_FAST_RAW => !state.is_late_local(inst.oparg),
        _ARG | _UNBOX_FIXNUM_AS_FLOAT | _FLOOR_DIVIDE_POWER_OF_TWO => !late_at(0),
        _ADD_FIXNUM | _SUBTRACT_FIXNUM | _MULTIPLY_FIXNUM | _GUARD_TOS_INT | _GUARD_NOS_INT => {
            !late_at(0) && !late_at(1)
        }
        _ => false,
    }
}

impl<'a, 'c> Lower<'a, 'c> {
    /// What late locals mean for the next uop: whether nothing else is left to do.
    pub fn before_uop(&mut self, state: &mut State<'c>, uop: Uop, inst: &Inst) -> bool {
        if state.late.is_empty() {
            return false;
        }
        if !keeps_late(state, uop, inst) {
            self.settle(state, Settle::Often);
            return false;
        }
        match uop {
            // It asks whether the local holds an object that would be lost. There is none.
            Uop::_GUARD_LOCAL_IMMEDIATE if state.is_late_local(inst.oparg) => true,
            Uop::_STORE_FAST_F64 => {
                state.no_longer_late(inst.oparg);
                false
            }
            _ => false,
        }
    }

    /// The raw local of frame `at` becomes late.
    pub fn make_late(&mut self, state: &mut State<'c>, at: usize, local: u32, val: Val<'c>) {
        state.frames[at].locals.insert(local, val);
        state.late.push(Late { frame: at, local, vn: val.vn });
    }

    /// Makes the boxes of late locals, and brings what callers' stacks have of them home.
    pub fn settle(&mut self, state: &mut State<'c>, how: Settle) {
        for Late { frame: at, local, vn } in std::mem::take(&mut state.late) {
            let Some(Repr::Double(double)) = state.frames[at].locals.get(&local).map(|val| val.repr) else {
                unreachable!("a late local is a double")
            };
            let word = match how {
                Settle::Often => self.box_double(double),
                Settle::Rarely => self.call_box(double),
            };
            let home = self.local_home(state.frames[at].pointer, local);
            self.w.b.build_store(home, word).unwrap();
            state.facts.insert(vn, Fact { ty: Type::Float, double: Some(double), flag: None });
            let boxed = Val { repr: Repr::Word(word), vn, own: Own::Owned };
            let copy = Val { own: Own::Borrowed, ..boxed };
            state.frames[at].locals.insert(local, boxed);
            let last = state.frames.len() - 1;
            for i in 0..=last {
                let mut found = false;
                for item in &mut state.frames[i].items {
                    if item.val.vn == vn && matches!(item.val.repr, Repr::Double(_)) {
                        *item = Item { val: copy, home: false };
                        found = true;
                    }
                }
                if found && i < last {
                    self.flush_items(state, i, usize::MAX, Flush::Move);
                }
            }
        }
    }
}
