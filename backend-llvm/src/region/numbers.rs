//! Rules for arithmetic and comparisons of numbers.

use inkwell::FloatPredicate;
use inkwell::attributes::AttributeLoc;
use inkwell::values::{FloatValue, IntValue};
use taipan_mir::graph::Inst;
use taipan_mir::uops::Uop;

use super::lower::Lower;
use super::state::{Fact, Own, State, Type, Val};
use super::{helper, problem};
use crate::Result;

impl<'a, 'c> Lower<'a, 'c> {
    pub fn float_arithmetic(&mut self, state: &mut State<'c>, uop: Uop) -> Result<bool> {
        let (Some(b), Some(a)) = (state.doubles.pop(), state.doubles.pop()) else {
            return Err(problem("too few doubles"));
        };
        let builder = &self.w.b;
        let res = match uop {
            Uop::_BINARY_OP_ADD_FLOAT_UNBOXED => builder.build_float_add(a, b, ""),
            Uop::_BINARY_OP_SUBTRACT_FLOAT_UNBOXED => builder.build_float_sub(a, b, ""),
            Uop::_BINARY_OP_SUBTRACT_FLOAT_UNBOXED_REVERSED => builder.build_float_sub(b, a, ""),
            _ => builder.build_float_mul(a, b, ""),
        };
        state.doubles.push(res.unwrap());
        Ok(true)
    }

    /// COMPARE_OP of fixnums.
    pub fn compare_ints(&mut self, state: &mut State<'c>, inst: &Inst) -> Result<bool> {
        let Some(predicate) = crate::int_predicate(u64::from(inst.oparg)) else { return Ok(false) };
        let (right, left) = (self.pop(state), self.pop(state));
        let flag = self.w.b.build_int_compare(predicate, self.plain(left), self.plain(right), "").unwrap();
        self.push_flag(state, flag);
        Ok(true)
    }

    pub fn compare_floats(&mut self, state: &mut State<'c>, inst: &Inst) -> Result<bool> {
        use FloatPredicate::*;
        let (unordered, less, greater, equal) =
            (inst.oparg & 1, inst.oparg >> 1 & 1, inst.oparg >> 2 & 1, inst.oparg >> 3 & 1);
        let predicate = match (unordered, less, greater, equal) {
            (0, 0, 0, 1) => OEQ,
            (0, 0, 1, 0) => OGT,
            (0, 0, 1, 1) => OGE,
            (0, 1, 0, 0) => OLT,
            (0, 1, 0, 1) => OLE,
            (0, 1, 1, 0) => ONE,
            (1, 1, 1, 0) => UNE,
            _ => return Ok(false),
        };
        let (Some(b), Some(a)) = (state.doubles.pop(), state.doubles.pop()) else {
            return Err(problem("too few doubles"));
        };
        let flag = self.w.b.build_float_compare(predicate, a, b, "").unwrap();
        self.push_flag(state, flag);
        Ok(true)
    }

    fn push_flag(&mut self, state: &mut State<'c>, flag: IntValue<'c>) {
        let [no, yes] = self.offsets.truths.map(|w| self.w.int(w));
        let word = self.w.b.build_select(flag, yes, no, "").unwrap().into_int_value();
        let res = self.word(word, Own::Immediate);
        state.facts.insert(res.vn, Fact { ty: Type::Bool, double: None, flag: Some(flag) });
        self.push(state, res);
    }
    /// The integer of a fixnum.
    pub fn int_of(&self, val: Val<'c>) -> IntValue<'c> {
        self.w.b.build_right_shift(self.plain(val), self.w.int(1), true, "").unwrap()
    }

    /// The power of a positive base, when it is finite: the C library's. The body does everything else.
    pub fn power(&mut self, state: &mut State<'c>, uop: Uop, inst: &Inst) -> Result<()> {
        let [.., first, second] = state.doubles[..] else { return Err(problem("too few doubles")) };
        let (base, exponent) = match uop {
            Uop::_BINARY_OP_POWER_FLOAT_UNBOXED => (first, second),
            _ => (second, first),
        };
        let w = self.w;
        let f64_type = w.bodies.context.f64_type();
        let (compute, other, join) = (self.block("power"), self.block("other"), self.block("raised"));
        let compare = |predicate, a: FloatValue<'c>, b: FloatValue<'c>| {
            w.b.build_float_compare(predicate, a, b, "").unwrap()
        };
        let positive = compare(FloatPredicate::OGT, base, f64_type.const_zero());
        self.branch_likely(positive, compute, other);
        w.b.position_at_end(compute);
        let function = w.bodies.module.get_function(helper::POWER).unwrap_or_else(|| {
            let ty = f64_type.fn_type(&[f64_type.into(), f64_type.into()], false);
            let function = w.bodies.module.add_function(helper::POWER, ty, None);
            for attribute in ["memory", "nounwind", "willreturn"] {
                function.add_attribute(AttributeLoc::Function, w.bodies.enum_attribute(attribute));
            }
            function
        });
        let call = w.b.build_call(function, &[base.into(), exponent.into()], "").unwrap();
        let fast = call.try_as_basic_value().unwrap_basic().into_float_value();
        // A power of a positive base is not negative.
        let finite = compare(FloatPredicate::OLT, fast, f64_type.const_float(f64::INFINITY));
        self.branch_likely(finite, join, other);
        w.b.position_at_end(other);
        let mut there = state.clone();
        self.generic(&mut there, uop, inst)?;
        let slow = *there.doubles.last().ok_or_else(|| problem("too few doubles"))?;
        let other = w.b.get_insert_block().expect("the builder stands in a block");
        w.b.build_unconditional_branch(join).unwrap();
        w.b.position_at_end(join);
        let phi = w.b.build_phi(f64_type, "").unwrap();
        phi.add_incoming(&[(&fast, compute), (&slow, other)]);
        let left = state.doubles.len() - 2;
        state.doubles.truncate(left);
        state.doubles.push(phi.as_basic_value().into_float_value());
        Ok(())
    }
}
