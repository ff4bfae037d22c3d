//! Numbers by rule: operators whose operands are known, or that a profile says are nearly always the same numbers.
//!
//! A rule does what the body does for these operands, on doubles and integers that need no word. What turns out differently
//! leaves for the interpreter at the start of the instruction, which comes back at the next back-edge; so there are no two
//! ways to join, and what was learnt stays known.

use inkwell::basic_block::BasicBlock;
use inkwell::intrinsics::Intrinsic;
use inkwell::values::{FloatValue, IntValue};
use inkwell::{FloatPredicate, IntPredicate};
use taipan_mir::opcodes::Opcode;
use taipan_mir::uops::{ArgPart, Uop};

use super::decode::Instr;
use super::facts::Number;
use super::lower::{FALSE, Lower, TRUE};
use crate::Result;
use crate::wrap::{Entry, Stack};

/// Operators by number; the in-place forms follow.
pub mod nb {
    pub const ADD: u64 = 0;
    pub const AND: u64 = 1;
    pub const FLOOR_DIVIDE: u64 = 2;
    pub const LSHIFT: u64 = 3;
    pub const MULTIPLY: u64 = 5;
    pub const REMAINDER: u64 = 6;
    pub const OR: u64 = 7;
    pub const POWER: u64 = 8;
    pub const RSHIFT: u64 = 9;
    pub const SUBTRACT: u64 = 10;
    pub const TRUE_DIVIDE: u64 = 11;
    pub const XOR: u64 = 12;
    /// From here on the in-place forms.
    pub const INPLACE: u64 = 13;
    pub const SUBSCR: u64 = 26;

    /// The plain form of an operator.
    pub fn plain(op: u64) -> u64 {
        if op >= INPLACE && op != SUBSCR { op - INPLACE } else { op }
    }
}

/// Integers up to here are exact as doubles.
const EXACT: u64 = 1 << 53;

/// What an operand is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Int,
    Float,
}

impl<'a, 'c> Lower<'a, 'c> {
    /// Does an instruction that neither needs words of the numbers on the stack nor leaves the block. False: not by a rule.
    pub fn by_rule(&mut self, stack: &mut Stack<'c>, i: &Instr) -> Result<bool> {
        let (high, low) = ((i.arg >> 4) as usize, (i.arg & 15) as usize);
        match i.op {
            Opcode::LOAD_FAST | Opcode::LOAD_FAST_BORROW | Opcode::LOAD_FAST_CHECK => {
                return self.load_local(stack, i, i.arg as usize);
            }
            Opcode::LOAD_FAST_LOAD_FAST | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                let own = i.op == Opcode::LOAD_FAST_LOAD_FAST;
                for (local, part) in [(high, ArgPart::High), (low, ArgPart::Low)] {
                    if !self.load_number(stack, local) {
                        self.load_word(stack, i, local, part, own)?;
                    }
                }
            }
            Opcode::STORE_FAST => self.store_local(stack, i, i.arg as usize, ArgPart::All)?,
            Opcode::STORE_FAST_STORE_FAST => {
                self.store_local(stack, i, high, ArgPart::High)?;
                self.store_local(stack, i, low, ArgPart::Low)?;
            }
            Opcode::STORE_FAST_LOAD_FAST => {
                self.store_local(stack, i, high, ArgPart::High)?;
                if !self.load_number(stack, low) {
                    self.load_word(stack, i, low, ArgPart::Low, true)?;
                }
            }
            Opcode::COPY => {
                self.ensure(stack, i.arg as usize);
                let entry = stack.entries[stack.entries.len() - i.arg as usize];
                if !self.facts.needs_no_drop(entry.value) {
                    return Ok(false);
                }
                stack.entries.push(Entry { home: false, ..entry });
            }
            Opcode::POP_TOP => {
                self.ensure(stack, 1);
                let top = stack.entries[stack.entries.len() - 1].value;
                if !self.facts.needs_no_drop(top) {
                    return Ok(false);
                }
                stack.entries.pop();
            }
            Opcode::BINARY_OP => return self.binary(stack, i),
            Opcode::COMPARE_OP => return self.compare(stack, i),
            Opcode::UNARY_NEGATIVE => {
                self.ensure(stack, 1);
                let top = stack.entries[stack.entries.len() - 1].value;
                let Some(double) = self.facts.double(top) else { return Ok(false) };
                stack.entries.pop();
                let negative = self.w.b.build_float_neg(double, "").unwrap();
                self.push_double(stack, negative);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    // ---- locals ----

    /// Pushes a local whose number is known.
    fn load_number(&mut self, stack: &mut Stack<'c>, local: usize) -> bool {
        match self.facts.local(local) {
            Some(Number::Double(double)) => self.push_double(stack, double),
            Some(Number::Int(word)) => stack.entries.push(Entry { value: word, home: false }),
            None => return false,
        }
        true
    }

    fn load_local(&mut self, stack: &mut Stack<'c>, i: &Instr, local: usize) -> Result<bool> {
        if self.load_number(stack, local) {
            return Ok(true);
        }
        if i.op == Opcode::LOAD_FAST_CHECK {
            return Ok(false);
        }
        self.load_word(stack, i, local, ArgPart::All, i.op == Opcode::LOAD_FAST)?;
        Ok(true)
    }

    fn load_word(
        &mut self,
        stack: &mut Stack<'c>,
        i: &Instr,
        local: usize,
        part: ArgPart,
        own: bool,
    ) -> Result<()> {
        self.plain_uop(stack, if own { Uop::_LOAD_FAST } else { Uop::_LOAD_FAST_BORROW }, i, part)?;
        let value = stack.entries[stack.entries.len() - 1].value;
        self.facts.read(value, local);
        if !own {
            self.facts.is_unowned(value);
        }
        Ok(())
    }

    fn store_local(&mut self, stack: &mut Stack<'c>, i: &Instr, local: usize, part: ArgPart) -> Result<()> {
        self.ensure(stack, 1);
        let value = stack.entries[stack.entries.len() - 1].value;
        let number = match self.facts.double(value) {
            Some(double) => Some(Number::Double(double)),
            None if self.facts.is_int(value) => Some(Number::Int(value)),
            None => None,
        };
        let old = self.facts.local(local);
        self.settle(stack, 1);
        self.plain_uop(stack, Uop::_SWAP_FAST, i, part)?;
        self.facts.store(local, number);
        if matches!(old, Some(Number::Int(_))) {
            stack.entries.pop();
            return Ok(());
        }
        self.plain_uop(stack, Uop::_POP_TOP, i, part)
    }

    // ---- operators ----

    /// The kinds of the operands of an operator: what is known of them, else what the profile says.
    fn kinds(&self, stack: &Stack<'c>, i: &Instr) -> Option<(Kind, Kind)> {
        let entries = &stack.entries;
        let known = |back: usize| {
            let value = entries.get(entries.len().checked_sub(back)?)?.value;
            if self.facts.double(value).is_some() {
                Some(Kind::Float)
            } else {
                self.facts.is_int(value).then_some(Kind::Int)
            }
        };
        let kind = |bits: u16| match bits & 15 {
            1 => Some(Kind::Int),
            2 => Some(Kind::Float),
            _ => None,
        };
        let told = self.site(i.unit).and_then(|site| {
            use Opcode::*;
            Some(match Opcode::from_u8(site.form) {
                Some(
                    BINARY_OP_ADD_INT | BINARY_OP_SUBTRACT_INT | BINARY_OP_MULTIPLY_INT | COMPARE_OP_INT,
                ) => (Kind::Int, Kind::Int),
                Some(
                    BINARY_OP_ADD_FLOAT
                    | BINARY_OP_SUBTRACT_FLOAT
                    | BINARY_OP_MULTIPLY_FLOAT
                    | COMPARE_OP_FLOAT,
                ) => (Kind::Float, Kind::Float),
                _ => (kind(site.kinds)?, kind(site.kinds >> 4)?),
            })
        });
        let (left, right) = (known(2), known(1));
        match (left, right, told) {
            (Some(left), Some(right), _) => Some((left, right)),
            (left, right, Some(told)) => Some((left.unwrap_or(told.0), right.unwrap_or(told.1))),
            _ => None,
        }
    }

    /// Where control leaves for the interpreter, at the start of the instruction.
    pub fn leave_before(&mut self, stack: &Stack<'c>, i: &Instr) -> BasicBlock<'c> {
        let here = self.here();
        let block = self.new_block("leave");
        self.w.b.position_at_end(block);
        let mut stack = stack.clone();
        self.settle_all(&mut stack);
        self.w.flush(&mut stack);
        self.leave_at(stack.sp, i.first);
        self.w.b.position_at_end(here);
        block
    }

    /// Goes on if the condition holds, else elsewhere.
    pub fn check(&self, condition: IntValue<'c>, elsewhere: BasicBlock<'c>) {
        let fine = self.new_block("fine");
        self.likely(condition, fine, elsewhere);
        self.w.b.position_at_end(fine);
    }

    fn need_int(&mut self, value: IntValue<'c>, leave: BasicBlock<'c>) {
        if !self.facts.is_int(value) {
            self.check(self.is_fixnum(value), leave);
            self.facts.found_int(value);
        }
    }

    fn need_double(&mut self, value: IntValue<'c>, leave: BasicBlock<'c>) -> FloatValue<'c> {
        if let Some(double) = self.facts.double(value) {
            return double;
        }
        self.check(self.is_flonum(value), leave);
        let double = self.double_of(value);
        self.facts.found_double(value, double);
        double
    }

    /// The number of an operand as a double.
    fn need_number(&mut self, value: IntValue<'c>, kind: Kind, leave: BasicBlock<'c>) -> FloatValue<'c> {
        if kind == Kind::Float {
            return self.need_double(value, leave);
        }
        self.need_int(value, leave);
        let int = self.int_of(value);
        self.w.b.build_signed_int_to_float(int, self.w.bodies.context.f64_type(), "").unwrap()
    }

    fn binary(&mut self, stack: &mut Stack<'c>, i: &Instr) -> Result<bool> {
        self.ensure(stack, 2);
        let op = nb::plain(i.arg);
        let Some(kinds) = self.kinds(stack, i) else { return Ok(false) };
        if kinds == (Kind::Int, Kind::Int) && op != nb::TRUE_DIVIDE {
            return self.binary_ints(stack, i, op);
        }
        if !matches!(op, nb::ADD | nb::SUBTRACT | nb::MULTIPLY | nb::TRUE_DIVIDE | nb::POWER)
            || op == nb::POWER && kinds != (Kind::Float, Kind::Float)
        {
            return Ok(false);
        }
        let leave = self.leave_before(stack, i);
        let (b, w) = (&self.w.b, self.w);
        let (left, right) =
            (stack.entries[stack.entries.len() - 2].value, stack.entries[stack.entries.len() - 1].value);
        let x = self.need_number(left, kinds.0, leave);
        let y = self.need_number(right, kinds.1, leave);
        if op == nb::TRUE_DIVIDE {
            if kinds == (Kind::Int, Kind::Int) {
                // The quotient of exact operands is rounded once, as Python wants it.
                for value in [left, right] {
                    let moved = b.build_int_add(self.int_of(value), w.int(EXACT), "").unwrap();
                    let exact = b.build_int_compare(IntPredicate::ULE, moved, w.int(2 * EXACT), "").unwrap();
                    self.check(exact, leave);
                }
            }
            let zero = w.bodies.context.f64_type().const_zero();
            self.check(b.build_float_compare(FloatPredicate::UNE, y, zero, "").unwrap(), leave);
        }
        let result = match op {
            nb::ADD => b.build_float_add(x, y, "").unwrap(),
            nb::SUBTRACT => b.build_float_sub(x, y, "").unwrap(),
            nb::MULTIPLY => b.build_float_mul(x, y, "").unwrap(),
            nb::TRUE_DIVIDE => b.build_float_div(x, y, "").unwrap(),
            _ => self.power(x, y, leave),
        };
        stack.entries.truncate(stack.entries.len() - 2);
        self.push_double(stack, result);
        Ok(true)
    }

    /// `x ** y` as far as the C library's function gives Python's result: a positive base, nothing infinite.
    fn power(&mut self, x: FloatValue<'c>, y: FloatValue<'c>, leave: BasicBlock<'c>) -> FloatValue<'c> {
        let w = self.w;
        let f64_type = w.bodies.context.f64_type();
        let pow = w.bodies.module.get_function("pow").unwrap_or_else(|| {
            w.bodies.module.add_function("pow", f64_type.fn_type(&[f64_type.into(); 2], false), None)
        });
        self.check(
            w.b.build_float_compare(FloatPredicate::OGT, x, f64_type.const_zero(), "").unwrap(),
            leave,
        );
        let result = w.call(pow, &[x.into(), y.into()]).into_float_value();
        // What is infinite or no number is not equal to itself after taking it from itself.
        let nought = w.b.build_float_sub(result, result, "").unwrap();
        self.check(w.b.build_float_compare(FloatPredicate::ORD, nought, nought, "").unwrap(), leave);
        result
    }

    fn binary_ints(&mut self, stack: &mut Stack<'c>, i: &Instr, op: u64) -> Result<bool> {
        let direct = matches!(
            op,
            nb::ADD
                | nb::SUBTRACT
                | nb::MULTIPLY
                | nb::AND
                | nb::OR
                | nb::XOR
                | nb::FLOOR_DIVIDE
                | nb::REMAINDER
        );
        if !direct {
            return Ok(false);
        }
        let leave = self.leave_before(stack, i);
        let (left, right) =
            (stack.entries[stack.entries.len() - 2].value, stack.entries[stack.entries.len() - 1].value);
        self.need_int(left, leave);
        self.need_int(right, leave);
        let result = self.int_operation(op, left, right, leave);
        stack.entries.truncate(stack.entries.len() - 2);
        self.facts.is_int_const(result);
        stack.entries.push(Entry { value: result, home: false });
        Ok(true)
    }

    /// An operator on fixnums; results that are none, and divisors that are not positive, go elsewhere.
    pub fn int_operation(
        &self,
        op: u64,
        left: IntValue<'c>,
        right: IntValue<'c>,
        elsewhere: BasicBlock<'c>,
    ) -> IntValue<'c> {
        let (w, b) = (self.w, &self.w.b);
        let untagged = |word| b.build_int_sub(word, w.int(1), "").unwrap();
        let checked = |name: &str, x: IntValue<'c>, y: IntValue<'c>| {
            let intrinsic = Intrinsic::find(name).expect("LLVM has it");
            let f =
                intrinsic.get_declaration(&w.bodies.module, &[w.i64().into()]).expect("it takes any width");
            let pair = w.call(f, &[x.into(), y.into()]).into_struct_value();
            let overflow = b.build_extract_value(pair, 1, "").unwrap().into_int_value();
            self.check(b.build_not(overflow, "").unwrap(), elsewhere);
            b.build_extract_value(pair, 0, "").unwrap().into_int_value()
        };
        match op {
            nb::ADD => checked("llvm.sadd.with.overflow", untagged(left), right),
            nb::SUBTRACT => {
                let difference = checked("llvm.ssub.with.overflow", left, right);
                b.build_or(difference, w.int(1), "").unwrap()
            }
            nb::MULTIPLY => {
                let product = checked("llvm.smul.with.overflow", untagged(left), self.int_of(right));
                b.build_or(product, w.int(1), "").unwrap()
            }
            nb::AND => b.build_and(left, right, "").unwrap(),
            nb::OR => b.build_or(left, right, "").unwrap(),
            nb::XOR => {
                let differing = b.build_xor(left, right, "").unwrap();
                b.build_or(differing, w.int(1), "").unwrap()
            }
            _ => {
                let (x, y) = (self.int_of(left), self.int_of(right));
                self.check(b.build_int_compare(IntPredicate::SGT, y, w.int(0), "").unwrap(), elsewhere);
                let rest = b.build_int_signed_rem(x, y, "").unwrap();
                let below = b.build_int_compare(IntPredicate::SLT, rest, w.int(0), "").unwrap();
                if op == nb::REMAINDER {
                    let moved = b.build_int_add(rest, y, "").unwrap();
                    let rest = b.build_select(below, moved, rest, "").unwrap().into_int_value();
                    return self.fixnum_of(rest);
                }
                let quotient = b.build_int_signed_div(x, y, "").unwrap();
                let less = b.build_int_sub(quotient, w.int(1), "").unwrap();
                let quotient = b.build_select(below, less, quotient, "").unwrap().into_int_value();
                self.fixnum_of(quotient)
            }
        }
    }

    /// The argument of COMPARE_OP has a bit for each outcome: 0 unordered, 1 less, 2 greater, 3 equal.
    fn compare(&mut self, stack: &mut Stack<'c>, i: &Instr) -> Result<bool> {
        self.ensure(stack, 2);
        let Some(kinds) = self.kinds(stack, i) else { return Ok(false) };
        let leave;
        let (left, right) =
            (stack.entries[stack.entries.len() - 2].value, stack.entries[stack.entries.len() - 1].value);
        let flag = match kinds {
            (Kind::Int, Kind::Int) => {
                let Some(predicate) = crate::int_predicate(i.arg) else { return Ok(false) };
                leave = self.leave_before(stack, i);
                self.need_int(left, leave);
                self.need_int(right, leave);
                self.w.b.build_int_compare(predicate, left, right, "").unwrap()
            }
            (Kind::Float, Kind::Float) => {
                let predicate = match i.arg & 15 {
                    0b1000 => FloatPredicate::OEQ,
                    0b0100 => FloatPredicate::OGT,
                    0b1100 => FloatPredicate::OGE,
                    0b0010 => FloatPredicate::OLT,
                    0b1010 => FloatPredicate::OLE,
                    0b0110 => FloatPredicate::ONE,
                    0b0111 => FloatPredicate::UNE,
                    _ => return Ok(false),
                };
                leave = self.leave_before(stack, i);
                let x = self.need_double(left, leave);
                let y = self.need_double(right, leave);
                self.w.b.build_float_compare(predicate, x, y, "").unwrap()
            }
            _ => return Ok(false),
        };
        let word = self.w.b.build_select(flag, self.w.int(TRUE), self.w.int(FALSE), "").unwrap();
        stack.entries.truncate(stack.entries.len() - 2);
        let value = word.into_int_value();
        self.facts.is_unowned(value);
        stack.entries.push(Entry { value, home: false });
        Ok(true)
    }
}
