//! What happens rarely, kept out of the way: dropped objects, boxed floats, calls behind unlikely branches.
//!
//! A call in a cold block still costs the hot path, because everything that is live has to survive it. Cold callees are
//! therefore called through functions of LLVM's `preserve_all` convention, which save what they use: around such a call the
//! register allocator has nothing to do.

use inkwell::IntPredicate;
use inkwell::attributes::AttributeLoc;
use inkwell::module::Linkage;
use inkwell::values::{BasicMetadataValueEnum, BasicValue, FloatValue, FunctionValue, IntValue};
use taipan_mir::graph::Inst;
use taipan_mir::uops::Uop;

use super::homes::Flush;
use super::lower::Lower;
use super::state::{Own, State, Type, Val};
use crate::Result;
use crate::bitcode::SLOW;
use crate::wrap::exit;

/// LLVM's number of the `preserve_all` calling convention.
pub const PRESERVE_ALL: u32 = 15;
/// The bits of a word that say what it is; a pointer has none of them, apart from the one of a borrowed reference.
const TAG_MASK: u64 = 15;
const BORROWED: u64 = 4;

impl<'a, 'c> Lower<'a, 'c> {
    /// The function under another calling convention.
    pub fn cold(&self, function: FunctionValue<'c>) -> FunctionValue<'c> {
        let name = format!("cold.{}", function.get_name().to_string_lossy());
        let w = self.w;
        if let Some(cold) = w.bodies.module.get_function(&name) {
            return cold;
        }
        let cold = w.bodies.module.add_function(&name, function.get_type(), Some(Linkage::Internal));
        cold.set_call_conventions(PRESERVE_ALL);
        for attribute in ["cold", "noinline", "nounwind"] {
            cold.add_attribute(AttributeLoc::Function, w.bodies.enum_attribute(attribute));
        }
        let here = w.b.get_insert_block();
        w.b.position_at_end(w.bodies.context.append_basic_block(cold, "entry"));
        let args: Vec<BasicMetadataValueEnum> = cold.get_param_iter().map(Into::into).collect();
        let result = w.call(function, &args);
        w.b.build_return(Some(&result as &dyn BasicValue)).unwrap();
        if let Some(here) = here {
            w.b.position_at_end(here);
        }
        cold
    }

    /// Calls a function of the runtime where hardly anybody comes.
    pub fn call_cold(
        &self,
        function: FunctionValue<'c>,
        args: &[BasicMetadataValueEnum<'c>],
    ) -> IntValue<'c> {
        let call = self.w.b.build_call(self.cold(function), args, "").unwrap();
        call.set_call_convention(PRESERVE_ALL);
        call.try_as_basic_value().unwrap_basic().into_int_value()
    }

    /// Is it a pointer with a reference of its own (or NULL)?
    pub fn is_owned_pointer(&self, word: IntValue<'c>) -> IntValue<'c> {
        let tag = self.w.b.build_and(word, self.w.int(TAG_MASK), "").unwrap();
        self.w.b.build_int_compare(IntPredicate::EQ, tag, self.w.int(0), "").unwrap()
    }

    /// Drops a word that holds a float: hardly ever an object.
    pub fn drop_float(&mut self, val: Val<'c>) {
        let word = self.plain(val);
        let boxed = self.is_owned_pointer(word);
        let (slow, join) = (self.block("drop"), self.block("dropped"));
        self.branch_likely(self.w.b.build_not(boxed, "").unwrap(), join, slow);
        self.w.b.position_at_end(slow);
        self.invoke("_POP_TOP_FLOAT__slow", &self.zero_context(), &[word.into()], None, 0);
        self.w.b.build_unconditional_branch(join).unwrap();
        self.w.b.position_at_end(join);
    }

    /// `_POP_TOP` and `_POP_TOP_INLINE` of a word that may own an object: counts down in line, everything else is cold.
    pub fn drop_object(&mut self, state: &mut State<'c>, uop: Uop, inst: &Inst) -> Result<()> {
        let val = self.pop(state);
        let word = self.plain(val);
        self.box_items(state);
        let w = self.w;
        let (counted, cold, join) = (self.block("counted"), self.block("last"), self.block("dropped"));
        if state.ty(val).is_pointer() && val.own == Own::Owned {
            w.b.build_unconditional_branch(counted).unwrap();
        } else {
            let mut owned = self.is_owned_pointer(word);
            if !state.ty(val).non_null() {
                let set = w.b.build_int_compare(IntPredicate::NE, word, w.int(0), "").unwrap();
                owned = w.b.build_and(owned, set, "").unwrap();
            }
            w.b.build_conditional_branch(owned, counted, join).unwrap();
        }
        w.b.position_at_end(counted);
        let place = w.to_ptr(word);
        let i32_type = w.bodies.context.i32_type();
        let count = w.b.build_load(i32_type, place, "").unwrap().into_int_value();
        let less = w.b.build_int_sub(count, i32_type.const_int(1, false), "").unwrap();
        let stays = w.b.build_int_compare(IntPredicate::SGT, less, i32_type.const_zero(), "").unwrap();
        let store = self.block("counted");
        self.branch_likely(stays, store, cold);
        w.b.position_at_end(store);
        w.b.build_store(place, less).unwrap();
        w.b.build_unconditional_branch(join).unwrap();
        // The last reference, or an immortal object.
        w.b.position_at_end(cold);
        let dies = w.b.build_int_compare(IntPredicate::EQ, less, i32_type.const_zero(), "").unwrap();
        let last = self.block("dies");
        w.b.build_conditional_branch(dies, last, join).unwrap();
        w.b.position_at_end(last);
        self.flush(&mut state.clone(), Flush::Copy);
        // Python code that runs now may have to make inlined frames real, the running one with its stack.
        let frame = state.frame();
        self.store_sp(frame.pointer, self.slot(frame, frame.height()));
        let context = self.context(state, inst);
        self.invoke(&format!("{uop}{SLOW}"), &context, &[word.into()], None, 0);
        w.b.build_unconditional_branch(join).unwrap();
        w.b.position_at_end(join);
        Ok(())
    }

    /// The number of a word that is a float: an immediate nearly always. With `guard`, other words go there.
    pub fn unboxed(
        &mut self,
        word: IntValue<'c>,
        guard: Option<inkwell::basic_block::BasicBlock<'c>>,
    ) -> FloatValue<'c> {
        let w = self.w;
        let tag = w.b.build_and(word, w.int(3), "").unwrap();
        let immediate = w.b.build_int_compare(IntPredicate::EQ, tag, w.int(2), "").unwrap();
        let (flonum, boxed, join) = (self.block("flonum"), self.block("boxed"), self.block("float"));
        self.branch_likely(immediate, flonum, boxed);
        w.b.position_at_end(boxed);
        if let Some(guard) = guard {
            let (code, _) = self.invoke("_GUARD_TOS_FLOAT", &self.zero_context(), &[word.into()], None, 0);
            self.dispatch(code, &[(exit::DEOPT, guard)]);
        }
        let object = w.to_ptr(w.b.build_and(word, w.int(!BORROWED), "").unwrap());
        let f64_type = w.bodies.context.f64_type();
        let place = w.at(object, self.offsets.float_value as i64);
        let slow = w.b.build_load(f64_type, place, "").unwrap();
        let slow_end = w.b.get_insert_block().expect("the builder stands in a block");
        w.b.build_unconditional_branch(join).unwrap();
        w.b.position_at_end(flonum);
        let fast = self.flonum(word);
        let fast_end = w.b.get_insert_block().expect("the builder stands in a block");
        w.b.build_unconditional_branch(join).unwrap();
        w.b.position_at_end(join);
        let phi = w.b.build_phi(f64_type, "").unwrap();
        phi.add_incoming(&[(&fast, fast_end), (&slow, slow_end)]);
        phi.as_basic_value().into_float_value()
    }

    /// The number of an immediate float. 0.0 is decoded by itself, which bodies do with a conditional move; here it is out of
    /// the way.
    pub fn flonum(&self, word: IntValue<'c>) -> FloatValue<'c> {
        let w = self.w;
        let f64_type = w.bodies.context.f64_type();
        let (other, join) = (self.block("nonzero"), self.block("decoded"));
        let zero = w.b.get_insert_block().expect("the builder stands in a block");
        let nonzero = w.b.build_int_compare(IntPredicate::NE, word, w.int(self.offsets.zero), "").unwrap();
        self.branch_likely(nonzero, other, join);
        w.b.position_at_end(other);
        let (_, out) = self.invoke("_UNBOX_FLOAT", &self.zero_context(), &[word.into()], None, 1);
        let number = self.as_double(out[0]);
        let other = w.b.get_insert_block().expect("the builder stands in a block");
        w.b.build_unconditional_branch(join).unwrap();
        w.b.position_at_end(join);
        let phi = w.b.build_phi(f64_type, "").unwrap();
        phi.add_incoming(&[(&number, other), (&f64_type.const_zero(), zero)]);
        phi.as_basic_value().into_float_value()
    }

    /// Notes that a value is the float with this number.
    pub fn learn_double(&self, state: &mut State<'c>, val: Val<'c>, double: FloatValue<'c>) {
        let fact = state.facts.entry(val.vn).or_default();
        fact.double = Some(double);
        if fact.ty != Type::Flonum {
            fact.ty = Type::Float;
        }
    }
}
