//! Rules for attributes and for items of lists and tuples.
//!
//! Bodies tag what they borrow; here a borrowed word is known to be one and has no tag. Loads and stores of the runtime's
//! containers say which memory they touch, so that LLVM keeps a list's length and the place of its items in registers while
//! items and locals are written. Bodies say nothing, and may touch anything.

use inkwell::IntPredicate;
use inkwell::basic_block::BasicBlock;
use inkwell::values::{BasicMetadataValueEnum, FloatValue, InstructionValue, IntValue, PointerValue};
use taipan_mir::graph::Inst;
use taipan_mir::uops::Uop;

use super::lower::Lower;
use super::problem;
use super::state::{Own, State, Type, Val};
use crate::Result;

/// Kinds of memory that do not overlap.
#[derive(Clone, Copy)]
pub enum Memory {
    /// Locals of frames.
    Home,
    /// Items of lists.
    Item,
    /// Lengths of lists and tuples, and where a list's items are.
    Shape,
}

impl<'a, 'c> Lower<'a, 'c> {
    /// Says which memory a load or store touches.
    pub fn touches(&self, access: InstructionValue<'c>, memory: Memory) {
        let c = self.w.bodies.context;
        let zero: BasicMetadataValueEnum = self.w.int(0).into();
        let root = c.metadata_node(&[c.metadata_string("taipan").into()]);
        let name = match memory {
            Memory::Home => "home",
            Memory::Item => "item",
            Memory::Shape => "shape",
        };
        let kind = c.metadata_node(&[c.metadata_string(name).into(), root.into(), zero]);
        let tag = c.metadata_node(&[kind.into(), kind.into(), zero]);
        access.set_metadata(tag, c.get_kind_id("tbaa")).expect("an access may say what it touches");
    }
    fn load_of(&self, address: PointerValue<'c>, memory: Memory) -> IntValue<'c> {
        let word = self.w.load(address);
        if let Some(load) = word.as_instruction() {
            self.touches(load, memory);
        }
        word
    }

    /// The object that a word known to be a pointer refers to.
    pub fn object(&self, val: Val<'c>) -> PointerValue<'c> {
        let word = self.plain(val);
        if val.own != Own::Tagged {
            return self.w.to_ptr(word);
        }
        self.w.to_ptr(self.w.b.build_and(word, self.w.int(!4), "").unwrap())
    }
    /// The same of a local's word: an inlined call's may be borrowed.
    fn local_object(&mut self, state: &mut State<'c>, index: u32) -> PointerValue<'c> {
        let val = self.read_local(state, index);
        self.object(Val { own: Own::Tagged, ..val })
    }

    /// Goes on only if the condition holds.
    fn require(&self, holds: IntValue<'c>, deopt: BasicBlock<'c>) {
        let next = self.block("holds");
        self.branch_likely(holds, next, deopt);
        self.w.b.position_at_end(next);
    }

    /// `(owner -- attr, o)`, borrowed.
    pub fn attribute(&mut self, state: &mut State<'c>, inst: &Inst) -> Result<()> {
        let owner = self.peek(state, 0);
        let deopt = self.deopt(state, inst)?;
        let place = self.w.at(self.object(owner), inst.operands[0] as i64);
        let word = self.w.load(place);
        let set = self.w.b.build_int_compare(IntPredicate::NE, word, self.w.int(0), "").unwrap();
        self.require(set, deopt);
        self.pop(state);
        self.push_borrowed(state, word);
        self.push(state, owner);
        Ok(())
    }

    fn push_borrowed(&mut self, state: &mut State<'c>, word: IntValue<'c>) {
        let val = self.word(word, Own::Borrowed);
        state.learn(val, Type::NonNull);
        self.push(state, val);
    }

    fn length(&self, object: PointerValue<'c>, list: bool) -> IntValue<'c> {
        let o = self.offsets;
        self.load_of(
            self.w.at(object, if list { o.list_length } else { o.tuple_length } as i64),
            Memory::Shape,
        )
    }
    fn items(&self, object: PointerValue<'c>, list: bool) -> PointerValue<'c> {
        let o = self.offsets;
        if list {
            self.w.to_ptr(self.load_of(self.w.at(object, o.list_items as i64), Memory::Shape))
        } else {
            self.w.at(object, o.tuple_items as i64)
        }
    }
    /// The place of an item, which has to be there.
    fn place(
        &self,
        object: PointerValue<'c>,
        index: IntValue<'c>,
        list: bool,
        deopt: BasicBlock<'c>,
    ) -> PointerValue<'c> {
        let length = self.length(object, list);
        // A negative number is a huge unsigned one.
        let inside = self.w.b.build_int_compare(IntPredicate::ULT, index, length, "").unwrap();
        self.require(inside, deopt);
        let bytes = self.w.b.build_left_shift(index, self.w.int(3), "").unwrap();
        self.w.offset(self.items(object, list), bytes)
    }

    /// Takes a container and an index from the stack, and gives the item, borrowed, and them.
    pub fn item(
        &mut self,
        state: &mut State<'c>,
        list: bool,
        deopt: BasicBlock<'c>,
    ) -> (Val<'c>, Val<'c>, Val<'c>) {
        let (index, container) = (self.peek(state, 0), self.peek(state, 1));
        let place = self.place(self.object(container), self.int_of(index), list, deopt);
        let word = self.load_of(place, Memory::Item);
        self.pop(state);
        self.pop(state);
        let val = self.word(word, Own::Borrowed);
        state.learn(val, Type::NonNull);
        (val, container, index)
    }

    /// An item that is a number: of the list and at the index on the stack, or of a local list at a constant index.
    pub fn number_item(&mut self, state: &mut State<'c>, uop: Uop, inst: &Inst) -> Result<()> {
        let deopt = self.deopt(state, inst)?;
        let of_local = matches!(uop, Uop::_LOCAL_LIST_ITEM_INT | Uop::_LOCAL_LIST_ITEM_F64);
        let word = if of_local {
            let object = self.local_object(state, inst.oparg);
            let place = self.place(object, self.w.int(inst.operands[0]), true, deopt);
            self.load_of(place, Memory::Item)
        } else {
            let (val, ..) = self.item(state, true, deopt);
            self.plain(val)
        };
        if matches!(uop, Uop::_LIST_ITEM_INT | Uop::_LOCAL_LIST_ITEM_INT) {
            let bit = self.w.b.build_and(word, self.w.int(1), "").unwrap();
            self.require(
                self.w.b.build_int_compare(IntPredicate::NE, bit, self.w.int(0), "").unwrap(),
                deopt,
            );
            self.push_known(state, word, Type::Fixnum);
        } else {
            self.require(self.is_flonum(word), deopt);
            let double = self.flonum(word);
            state.doubles.push(double);
        }
        Ok(())
    }

    fn is_flonum(&self, word: IntValue<'c>) -> IntValue<'c> {
        let tag = self.w.b.build_and(word, self.w.int(3), "").unwrap();
        self.w.b.build_int_compare(IntPredicate::EQ, tag, self.w.int(2), "").unwrap()
    }

    /// A double into a list, where an immediate float was before; the body does everything else.
    pub fn store_double_item(&mut self, state: &mut State<'c>, uop: Uop, inst: &Inst) -> Result<()> {
        let deopt = self.deopt(state, inst)?;
        let double: FloatValue<'c> = *state.doubles.last().ok_or_else(|| problem("too few doubles"))?;
        let of_local = uop == Uop::_STORE_LOCAL_LIST_ITEM_F64;
        let place = if of_local {
            let object = self.local_object(state, inst.oparg);
            self.place(object, self.w.int(inst.operands[0]), true, deopt)
        } else {
            let (index, list) = (self.peek(state, 0), self.peek(state, 1));
            self.place(self.object(list), self.int_of(index), true, deopt)
        };
        let old = self.load_of(place, Memory::Item);
        let (encode, store) = (self.block("encode"), self.block("store"));
        let (other, join) = (self.block("other"), self.block("stored"));
        self.branch_likely(self.is_flonum(old), encode, other);
        self.w.b.position_at_end(encode);
        let (code, out) = self.invoke("_BOX_FLOAT", &self.zero_context(), &[double.into()], None, 1);
        let zero = code.get_type().const_zero();
        let fits = self.w.b.build_int_compare(IntPredicate::EQ, code, zero, "").unwrap();
        self.branch_likely(fits, store, other);
        self.w.b.position_at_end(store);
        let instruction = self.w.b.build_store(place, out[0]).unwrap();
        self.touches(instruction, Memory::Item);
        self.w.b.build_unconditional_branch(join).unwrap();
        self.w.b.position_at_end(other);
        self.generic(&mut state.clone(), uop, inst)?;
        self.w.b.build_unconditional_branch(join).unwrap();
        self.w.b.position_at_end(join);
        state.doubles.pop();
        if !of_local {
            self.pop(state);
            self.pop(state);
        }
        Ok(())
    }

    /// An immediate into a list, where one was before.
    pub fn store_immediate_item(&mut self, state: &mut State<'c>, inst: &Inst) -> Result<()> {
        let deopt = self.deopt(state, inst)?;
        let (index, list) = (self.peek(state, 0), self.peek(state, 1));
        let word = self.raw(state, 2);
        let place = self.place(self.object(list), self.int_of(index), true, deopt);
        let old = self.load_of(place, Memory::Item);
        let object = self.is_owned_pointer(old);
        self.require(self.w.b.build_not(object, "").unwrap(), deopt);
        let instruction = self.w.b.build_store(place, word).unwrap();
        self.touches(instruction, Memory::Item);
        for _ in 0..3 {
            self.pop(state);
        }
        Ok(())
    }

    /// `(sequence -- …, second, first)`, borrowed.
    pub fn unpack(&mut self, state: &mut State<'c>, inst: &Inst, count: u64, list: bool) -> Result<()> {
        let deopt = self.deopt(state, inst)?;
        let sequence = self.peek(state, 0);
        let object = self.object(sequence);
        let length = self.length(object, list);
        let equal = self.w.b.build_int_compare(IntPredicate::EQ, length, self.w.int(count), "").unwrap();
        self.require(equal, deopt);
        self.pop(state);
        let items = self.items(object, list);
        for n in (0..count).rev() {
            let word = self.load_of(self.w.at(items, 8 * n as i64), Memory::Item);
            self.push_borrowed(state, word);
        }
        Ok(())
    }

    /// `(iter -- iter, next)` of an iterator that has a next item, borrowed from its sequence.
    pub fn next_item(&mut self, state: &mut State<'c>, list: bool) -> Val<'c> {
        let iterator = self.peek(state, 0);
        let object = self.object(iterator);
        let place = self.w.at(object, self.offsets.iter_index as i64);
        let index = self.w.load(place);
        let next = self.w.b.build_int_add(index, self.w.int(1), "").unwrap();
        self.w.b.build_store(place, next).unwrap();
        let sequence = self.w.load_ptr(self.w.at(object, self.offsets.iter_sequence as i64));
        let bytes = self.w.b.build_left_shift(index, self.w.int(3), "").unwrap();
        let word = self.load_of(self.w.offset(self.items(sequence, list), bytes), Memory::Item);
        let val = self.word(word, Own::Borrowed);
        state.learn(val, Type::NonNull);
        val
    }
}
