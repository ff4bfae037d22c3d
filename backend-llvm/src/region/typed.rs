//! Uops with rules of their own: moves between stack and locals, known types, numbers.
//!
//! A rule either does the whole uop or leaves it to the body ([`super::generic`]). Rules add no semantics: they are what the body
//! does when the types are known, with results that need no box and no count.

use inkwell::values::{BasicMetadataValueEnum, FloatValue, IntValue};
use inkwell::{FloatPredicate, IntPredicate};
use taipan_mir::region::{NONE, Step};
use taipan_mir::uops::Uop;

use super::homes::Flush;
use super::lower::Lower;
use super::problem;
use super::state::{Fact, Item, Local, Own, Repr, State, Type, Val};
use crate::Result;
use crate::wrap::exit;

const NB_ADD: u32 = 0;
const NB_MULTIPLY: u32 = 5;
const NB_SUBTRACT: u32 = 10;
const NB_POWER: u32 = 8;
const NB_TRUE_DIVIDE: u32 = 11;
/// Operators from here on are the in-place forms of those below.
const NB_INPLACE: u32 = 13;
/// Integers up to here are exact as doubles.
const EXACT: i64 = 1 << 53;

/// Who owns a result of the body.
pub fn result_ownership(uop: Uop) -> Own {
    use Uop::*;
    match uop {
        _BINARY_OP_SUBSCR_LIST_INT
        | _BINARY_OP_SUBSCR_TUPLE_INT
        | _BINARY_OP_SUBSCR_STR_INT
        | _BINARY_OP_SUBSCR_DICT
        | _LOAD_ATTR_INSTANCE_VALUE
        | _LOAD_ATTR_SLOT
        | _LOAD_ATTR_WITH_HINT
        | _LOAD_ATTR_MODULE
        | _LOAD_ATTR_CLASS
        | _LOAD_GLOBAL_MODULE
        | _LOAD_GLOBAL_BUILTINS
        | _ITER_NEXT_LIST
        | _ITER_NEXT_TUPLE
        | _BINARY_OP
        | _COMPARE_OP
        | _FOR_ITER_TIER_TWO
        | _CALL_NON_PY_GENERAL
        | _DO_CALL
        | _BUILD_LIST
        | _BUILD_TUPLE
        | _BUILD_MAP
        | _GET_ITER
        | _STORE_SUBSCR_LIST_INT
        | _STORE_ATTR_INSTANCE_VALUE
        | _STORE_ATTR_SLOT
        | _STORE_ATTR_WITH_HINT
        | _UNPACK_SEQUENCE_TWO_TUPLE => Own::Owned,
        _ => Own::Tagged,
    }
}

/// What is known of a result of the body, the slow sibling's included.
pub fn result_type(uop: Uop, output: &str) -> Type {
    use Uop::*;
    match (uop, output) {
        (_ITER_NEXT_RANGE, "next") | (_LOAD_SMALL_INT, _) => Type::Fixnum,
        (
            _COMPARE_OP_INT
            | _COMPARE_OP_FLOAT
            | _COMPARE_OP_STR
            | _COMPARE_OP_FLOAT_UNBOXED
            | _IS_OP
            | _IS_NONE
            | _CONTAINS_OP
            | _CONTAINS_OP_SET
            | _CONTAINS_OP_DICT
            | _TO_BOOL
            | _TO_BOOL_INT
            | _TO_BOOL_NONE
            | _TO_BOOL_LIST
            | _TO_BOOL_STR
            | _UNARY_NOT
            | _CHECK_EXC_MATCH,
            "res",
        ) => Type::Bool,
        (
            _LOAD_ATTR_METHOD_WITH_VALUES | _LOAD_ATTR_METHOD_NO_DICT | _LOAD_ATTR_METHOD_LAZY_DICT,
            "receiver",
        ) => Type::NonNull,
        (_BUILD_LIST, _) => Type::List,
        (_BUILD_TUPLE, _) => Type::Tuple,
        (_BUILD_MAP, _) => Type::Dict,
        (_PUSH_NULL, _) => Type::Null,
        _ => Type::Unknown,
    }
}

/// Uops that run Python code in general but not with operands of these types.
pub fn is_harmless(state: &State, uop: Uop, _step: &Step) -> bool {
    let items = &state.frame().items;
    let number = |depth: usize| {
        items.len() > depth
            && matches!(state.ty(items[items.len() - 1 - depth].val), Type::Fixnum | Type::Float)
    };
    match uop {
        Uop::_BINARY_OP | Uop::_COMPARE_OP => number(0) && number(1),
        Uop::_UNARY_NEGATIVE | Uop::_UNARY_INVERT | Uop::_TO_BOOL => number(0),
        _ => false,
    }
}

/// Guards that ask for a type: the type, and the depth of the item.
fn guard_of(uop: Uop) -> Option<(Type, usize)> {
    use Uop::*;
    Some(match uop {
        _GUARD_TOS_INT => (Type::Fixnum, 0),
        _GUARD_NOS_INT => (Type::Fixnum, 1),
        _GUARD_TOS_FLOAT | _GUARD_TOS_FLONUM => (Type::Float, 0),
        _GUARD_NOS_FLOAT => (Type::Float, 1),
        _GUARD_TOS_LIST => (Type::List, 0),
        _GUARD_NOS_LIST => (Type::List, 1),
        _GUARD_TOS_TUPLE => (Type::Tuple, 0),
        _GUARD_NOS_TUPLE => (Type::Tuple, 1),
        _GUARD_TOS_DICT => (Type::Dict, 0),
        _GUARD_NOS_DICT => (Type::Dict, 1),
        _GUARD_TOS_UNICODE => (Type::Str, 0),
        _GUARD_NOS_UNICODE => (Type::Str, 1),
        _TO_BOOL_BOOL => (Type::Bool, 0),
        _ITER_CHECK_RANGE => (Type::RangeIter, 0),
        _ITER_CHECK_LIST => (Type::ListIter, 0),
        _ITER_CHECK_TUPLE => (Type::TupleIter, 0),
        _ => return None,
    })
}

impl<'a, 'c> Lower<'a, 'c> {
    /// Lowers the uop by a rule, if there is one for it and what is known.
    pub fn typed(&mut self, state: &mut State<'c>, uop: Uop, step: &Step) -> Result<bool> {
        use Uop::*;
        if let Some((ty, depth)) = guard_of(uop) {
            return self.guard(state, uop, step, ty, depth);
        }
        match uop {
            _NOP | _SPILL => {}
            _POP_TOP | _POP_TOP_NOP | _POP_TOP_INT | _POP_TOP_FLOAT | _POP_TOP_UNICODE => {
                let val = self.peek(state, 0);
                let immediate = matches!(uop, _POP_TOP_NOP | _POP_TOP_INT);
                if !immediate && !state.needs_no_drop(val) {
                    return Ok(false);
                }
                self.pop(state);
            }
            _LOAD_FAST_BORROW => {
                let val = self.read_local(state, step.oparg);
                let val = self.borrowed(state, val);
                self.push(state, val);
            }
            _LOAD_FAST => {
                let val = self.read_local(state, step.oparg);
                let val = match val.repr {
                    Repr::Double(_) => val,
                    Repr::Word(word) => {
                        let ty = match state.ty(val) {
                            // The compiler proved that the local is set.
                            Type::Unknown => Type::NonNull,
                            ty => ty,
                        };
                        Val { repr: Repr::Word(self.retained(word, ty)), ..val }
                    }
                };
                self.push(state, val);
            }
            _SWAP_FAST => {
                self.start = None;
                let value = self.pop(state);
                let old = self.read_local(state, step.oparg);
                let new = self.owned(state, value);
                self.write_local(state, step.oparg, new);
                self.push(state, old);
            }
            _LOAD_SMALL_INT => {
                let word = self.w.int((step.oparg as u64) << 1 | 1);
                self.push_known(state, word, Type::Fixnum);
            }
            _LOAD_CONST_INLINE_BORROW => self.constant(state, step.operands[0]),
            _LOAD_CONST_INLINE if step.operands[0] & 3 != 0 => self.constant(state, step.operands[0]),
            _PUSH_NULL => self.push_known(state, self.w.int(0), Type::Null),
            _PUSH_NULL_CONDITIONAL => {
                if step.oparg & 1 != 0 {
                    self.push_known(state, self.w.int(0), Type::Null);
                }
            }
            _UNBOX_FLOAT => {
                let val = self.peek(state, 0);
                let Some(double) = state.double(val) else { return Ok(false) };
                self.pop(state);
                if !state.needs_no_drop(val) {
                    self.drop_float(val);
                }
                state.doubles.push(double);
            }
            _BOX_FLOAT => {
                let double = state.doubles.pop().ok_or_else(|| problem("too few doubles"))?;
                let val = self.double_val(double);
                self.push(state, val);
            }
            _LOAD_FAST_UNBOX => {
                let val = self.read_local(state, step.oparg);
                let Some(double) = state.double(val) else {
                    self.demand(state, val, Type::Float);
                    return Ok(false);
                };
                state.doubles.push(double);
            }
            _COPY => return self.copy(state, step),
            _SWAP => {
                let n = step.oparg as usize;
                self.ensure(state, n);
                let items = &mut state.top().items;
                let (low, high) = (items.len() - n, items.len() - 1);
                items.swap(low, high);
                items[low].home = false;
                items[high].home = false;
            }
            _BINARY_OP_ADD_INT | _BINARY_OP_SUBTRACT_INT | _BINARY_OP_MULTIPLY_INT => {
                return self.int_arithmetic(state, uop, step);
            }
            _BINARY_OP_ADD_FLOAT => return self.float_arithmetic(state, NB_ADD, step),
            _BINARY_OP_SUBTRACT_FLOAT => return self.float_arithmetic(state, NB_SUBTRACT, step),
            _BINARY_OP_MULTIPLY_FLOAT => return self.float_arithmetic(state, NB_MULTIPLY, step),
            _GUARD_BINARY_OP_EXTEND => return self.guard_extend(state, step),
            _BINARY_OP_EXTEND => return self.mixed_arithmetic(state, step, true),
            _BINARY_OP => return self.mixed_arithmetic(state, step, false),
            _COMPARE_OP_INT => return self.compare_ints(state, step),
            _COMPARE_OP_FLOAT => return self.compare_floats(state, step),
            _GUARD_IS_TRUE_POP | _GUARD_IS_FALSE_POP => return self.branch(state, uop, step),
            _PUSH_FRAME => self.push_frame(state, step),
            _RETURN_VALUE => return self.return_value(state, step),
            _INIT_CALL_PY_EXACT_ARGS => return self.init_call(state, step),
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub fn push_known(&mut self, state: &mut State<'c>, word: IntValue<'c>, ty: Type) {
        let val = self.word(word, if ty.is_immediate() { Own::Immediate } else { Own::Tagged });
        state.learn(val, ty);
        self.push(state, val);
    }

    /// A word that stays alive.
    fn constant(&mut self, state: &mut State<'c>, word: u64) {
        let value = self.w.int(word);
        match word & 3 {
            1 | 3 => self.push_known(state, value, Type::Fixnum),
            2 => {
                let (_, out) = self.invoke("_UNBOX_FLOAT", &self.zero_context(), &[value.into()], None, 1);
                let double = self.as_double(out[0]);
                let val = self.word(value, Own::Immediate);
                state.facts.insert(val.vn, Fact { ty: Type::Float, double: Some(double), flag: None });
                self.push(state, val);
            }
            _ if word & 15 == 8 => {
                let val = self.word(value, Own::Immediate);
                state.learn(val, Type::NonNull);
                self.push(state, val);
            }
            _ => {
                let val = self.word(value, Own::Borrowed);
                state.learn(val, Type::NonNull);
                self.push(state, val);
            }
        }
    }

    fn copy(&mut self, state: &mut State<'c>, step: &Step) -> Result<bool> {
        let val = self.peek(state, step.oparg as usize - 1);
        let copy = match val.repr {
            Repr::Double(_) => val,
            Repr::Word(word) => {
                let ty = state.ty(val);
                match val.own {
                    Own::Borrowed | Own::Immediate => val,
                    Own::Owned | Own::Tagged if ty.is_immediate() => val,
                    Own::Owned | Own::Tagged => {
                        // The body takes a reference unless the tag says that there is none.
                        let unused: BasicMetadataValueEnum = self.w.ptr().get_poison().into();
                        let (_, out) =
                            self.invoke("_COPY", &self.zero_context(), &[word.into(), unused], None, 1);
                        Val { repr: Repr::Word(out[0]), ..val }
                    }
                }
            }
        };
        self.push(state, copy);
        Ok(true)
    }

    // ---- guards ----

    fn guard(
        &mut self,
        state: &mut State<'c>,
        uop: Uop,
        step: &Step,
        ty: Type,
        depth: usize,
    ) -> Result<bool> {
        let val = self.peek(state, depth);
        if state.ty(val) == ty {
            // A flonum was asked for: a box may be there, but its number is known, and that is what it is asked for.
            return Ok(true);
        }
        self.demand(state, val, ty);
        let word = self.raw(state, depth);
        let deopt = self.block("guard");
        let here = self.w.b.get_insert_block().expect("the builder stands in a block");
        self.w.b.position_at_end(deopt);
        self.exit_to(step.deopt, state.clone())?;
        self.w.b.position_at_end(here);
        if ty == Type::Float {
            let owners = self.owners(state, val);
            let double = self.unbox_checked(word, uop, deopt, &owners);
            self.becomes_double(state, val, double);
            return Ok(true);
        }
        let name = match uop {
            // The guards of the second item only look at it.
            Uop::_GUARD_NOS_INT => "_GUARD_TOS_INT",
            Uop::_GUARD_NOS_LIST => "_GUARD_TOS_LIST",
            Uop::_GUARD_NOS_TUPLE => "_GUARD_TOS_TUPLE",
            Uop::_GUARD_NOS_DICT => "_GUARD_TOS_DICT",
            Uop::_GUARD_NOS_UNICODE => "_GUARD_TOS_UNICODE",
            _ => uop.name(),
        };
        let (code, _) = self.invoke(name, &self.zero_context(), &[word.into()], None, 0);
        self.dispatch(code, &[(exit::DEOPT, deopt)]);
        state.learn(val, ty);
        if ty == Type::Bool {
            self.learn_flag(state, val, word);
        }
        Ok(true)
    }

    fn learn_flag(&mut self, state: &mut State<'c>, val: Val<'c>, word: IntValue<'c>) {
        let (_, out) = self.invoke("_UNARY_NOT", &self.zero_context(), &[word.into()], None, 1);
        // False is below True: the word that is smaller than its negation is False.
        let flag = self.w.b.build_int_compare(IntPredicate::UGT, word, out[0], "").unwrap();
        state.facts.entry(val.vn).or_default().flag = Some(flag);
    }

    /// The words among the copies of a value that hold a reference, or may.
    fn owners(&self, state: &State<'c>, val: Val<'c>) -> Vec<IntValue<'c>> {
        let locals = state.frames.iter().flat_map(|f| f.locals.values().map(|l| l.val));
        let items = state.frames.iter().flat_map(|f| f.items.iter().map(|i| i.val));
        locals
            .chain(items)
            .filter(|v| v.vn == val.vn && matches!(v.own, Own::Owned | Own::Tagged))
            .filter_map(|v| if let Repr::Word(word) = v.repr { Some(word) } else { None })
            .collect()
    }

    /// All copies of a value are its number from now on.
    fn becomes_double(&mut self, state: &mut State<'c>, val: Val<'c>, double: FloatValue<'c>) {
        let number = Val { repr: Repr::Double(double), vn: val.vn, own: Own::Immediate };
        for frame in &mut state.frames {
            for local in frame.locals.values_mut().filter(|l| l.val.vn == val.vn) {
                *local = Local { val: number, dirty: true };
            }
            for item in frame.items.iter_mut().filter(|i| i.val.vn == val.vn) {
                *item = Item { val: number, home: false };
            }
        }
        state.facts.insert(val.vn, Fact { ty: Type::Float, double: Some(double), flag: None });
    }

    /// The number of a word that is a float; other words leave. A box is rare and is given up at once, by all its
    /// `owners`: from then on there is only the number.
    fn unbox_checked(
        &mut self,
        word: IntValue<'c>,
        uop: Uop,
        deopt: inkwell::basic_block::BasicBlock<'c>,
        owners: &[IntValue<'c>],
    ) -> FloatValue<'c> {
        let b = &self.w.b;
        let tag = b.build_and(word, self.w.int(3), "").unwrap();
        let immediate = b.build_int_compare(IntPredicate::EQ, tag, self.w.int(2), "").unwrap();
        if uop == Uop::_GUARD_TOS_FLONUM {
            let fine = self.block("flonum");
            self.branch_likely(immediate, fine, deopt);
            self.w.b.position_at_end(fine);
            let (_, out) = self.invoke("_UNBOX_FLOAT", &self.zero_context(), &[word.into()], None, 1);
            return self.as_double(out[0]);
        }
        let (flonum, boxed, join) = (self.block("flonum"), self.block("boxed"), self.block("float"));
        self.branch_likely(immediate, flonum, boxed);
        self.w.b.position_at_end(flonum);
        let (_, out) = self.invoke("_UNBOX_FLOAT", &self.zero_context(), &[word.into()], None, 1);
        let fast = self.as_double(out[0]);
        self.w.b.build_unconditional_branch(join).unwrap();
        self.w.b.position_at_end(boxed);
        let (code, _) = self.invoke("_GUARD_TOS_FLOAT", &self.zero_context(), &[word.into()], None, 0);
        self.dispatch(code, &[(exit::DEOPT, deopt)]);
        // The object's number lies behind its header; the word may have the tag of a borrowed reference.
        let untagged = self.w.b.build_and(word, self.w.int(!15), "").unwrap();
        let place = self.w.at(self.w.to_ptr(untagged), self.offsets.float_value as i64);
        let f64_type = self.w.bodies.context.f64_type();
        let slow = self.w.b.build_load(f64_type, place, "").unwrap().into_float_value();
        for owner in owners {
            self.invoke("_POP_TOP_FLOAT__slow", &self.zero_context(), &[(*owner).into()], None, 0);
        }
        let slow_end = self.w.b.get_insert_block().expect("the builder stands in a block");
        self.w.b.build_unconditional_branch(join).unwrap();
        self.w.b.position_at_end(join);
        let phi = self.w.b.build_phi(f64_type, "").unwrap();
        phi.add_incoming(&[(&fast, flonum), (&slow, slow_end)]);
        phi.as_basic_value().into_float_value()
    }

    /// Drops a word that holds a float.
    pub fn drop_float(&mut self, val: Val<'c>) {
        let word = self.plain(val);
        let (code, _) = self.invoke("_POP_TOP_FLOAT", &self.zero_context(), &[word.into()], None, 0);
        let (slow, join) = (self.block("drop"), self.block("dropped"));
        self.dispatch(code, &[(exit::SLOW, slow)]);
        self.w.b.build_unconditional_branch(join).unwrap();
        self.w.b.position_at_end(slow);
        self.invoke("_POP_TOP_FLOAT__slow", &self.zero_context(), &[word.into()], None, 0);
        self.w.b.build_unconditional_branch(join).unwrap();
        self.w.b.position_at_end(join);
    }

    fn branch(&mut self, state: &mut State<'c>, uop: Uop, step: &Step) -> Result<bool> {
        let val = self.peek(state, 0);
        let Some(flag) = state.fact(val).flag else { return Ok(false) };
        let (leave, stay) = (self.block("leave"), self.block("stay"));
        if uop == Uop::_GUARD_IS_TRUE_POP {
            self.branch_likely(flag, stay, leave);
        } else {
            let not = self.w.b.build_not(flag, "").unwrap();
            self.branch_likely(not, stay, leave);
        }
        self.w.b.position_at_end(leave);
        self.exit_to(step.deopt, state.clone())?;
        self.w.b.position_at_end(stay);
        self.pop(state);
        Ok(true)
    }

    // ---- numbers ----

    /// Takes both operands' places and leaves `res, l, r`.
    fn binary_result(&mut self, state: &mut State<'c>, res: Val<'c>) {
        let (r, l) = (self.pop(state), self.pop(state));
        for val in [res, l, r] {
            self.push(state, val);
        }
    }

    fn int_arithmetic(&mut self, state: &mut State<'c>, uop: Uop, step: &Step) -> Result<bool> {
        let (right, left) = (self.peek(state, 0), self.peek(state, 1));
        if state.ty(left) != Type::Fixnum || state.ty(right) != Type::Fixnum {
            return Ok(false);
        }
        // An overflow is left to the interpreter: here the result is a fixnum.
        let Some(overflow) = self.restart_block(step)? else { return Ok(false) };
        let args = [self.plain(left).into(), self.plain(right).into()];
        let (code, out) = self.invoke(uop.name(), &self.context(state, step), &args, None, 3);
        self.dispatch(code, &[(exit::SLOW, overflow)]);
        let res = self.word(out[0], Own::Immediate);
        state.learn(res, Type::Fixnum);
        self.binary_result(state, res);
        Ok(true)
    }

    fn float_operation(&self, op: u32, a: FloatValue<'c>, b: FloatValue<'c>) -> FloatValue<'c> {
        let builder = &self.w.b;
        match op {
            NB_ADD => builder.build_float_add(a, b, ""),
            NB_SUBTRACT => builder.build_float_sub(a, b, ""),
            NB_MULTIPLY => builder.build_float_mul(a, b, ""),
            _ => builder.build_float_div(a, b, ""),
        }
        .unwrap()
    }

    fn float_arithmetic(&mut self, state: &mut State<'c>, op: u32, _step: &Step) -> Result<bool> {
        let (right, left) = (self.peek(state, 0), self.peek(state, 1));
        let (Some(a), Some(b)) = (state.double(left), state.double(right)) else { return Ok(false) };
        let res = self.float_operation(op, a, b);
        let res = self.double_val(res);
        self.binary_result(state, res);
        Ok(true)
    }

    /// The representations that the cache names: 1 a fixnum, 2 a flonum.
    fn guard_extend(&mut self, state: &mut State<'c>, step: &Step) -> Result<bool> {
        let kinds = step.operands[0];
        for (depth, kind) in [(1, kinds & 15), (0, kinds >> 4)] {
            let (uop, ty) = match kind {
                1 => (Uop::_GUARD_TOS_INT, Type::Fixnum),
                2 => (Uop::_GUARD_TOS_FLONUM, Type::Float),
                _ => return Ok(false),
            };
            self.guard(state, uop, step, ty, depth)?;
        }
        Ok(true)
    }

    /// The number of an operand, an int or a float.
    fn number(&mut self, state: &State<'c>, val: Val<'c>) -> Option<FloatValue<'c>> {
        let fact = state.fact(val);
        match fact.ty {
            Type::Float => fact.double,
            Type::Fixnum => {
                let int = self.int_of(val);
                let f64_type = self.w.bodies.context.f64_type();
                Some(self.w.b.build_signed_int_to_float(int, f64_type, "").unwrap())
            }
            _ => None,
        }
    }
    /// The integer of a fixnum.
    fn int_of(&self, val: Val<'c>) -> IntValue<'c> {
        self.w.b.build_right_shift(self.plain(val), self.w.int(1), true, "").unwrap()
    }

    /// Arithmetic on an int and a float, and quotients. `kept`: the operands stay on the stack for their drops.
    fn mixed_arithmetic(&mut self, state: &mut State<'c>, step: &Step, kept: bool) -> Result<bool> {
        let op = if step.oparg >= NB_INPLACE { step.oparg - NB_INPLACE } else { step.oparg };
        let (right, left) = (self.peek(state, 0), self.peek(state, 1));
        let types = (state.ty(left), state.ty(right));
        if op == NB_POWER && !kept {
            return self.power(state, step);
        }
        let numbers = |t| matches!(t, Type::Fixnum | Type::Float);
        let both_ints = types == (Type::Fixnum, Type::Fixnum);
        if !numbers(types.0)
            || !numbers(types.1)
            || !matches!(op, NB_ADD | NB_SUBTRACT | NB_MULTIPLY | NB_TRUE_DIVIDE)
            || both_ints && op != NB_TRUE_DIVIDE
        {
            return Ok(false);
        }
        let mut checks = Vec::new();
        if op == NB_TRUE_DIVIDE {
            let Some(restart) = self.restart_block(step)? else { return Ok(false) };
            if both_ints {
                // The quotient of exact operands is rounded once, as Python wants it.
                for val in [left, right] {
                    let int = self.int_of(val);
                    let moved = self.w.b.build_int_add(int, self.w.int(EXACT as u64), "").unwrap();
                    let limit = self.w.int(2 * EXACT as u64);
                    checks.push((
                        self.w.b.build_int_compare(IntPredicate::ULE, moved, limit, "").unwrap(),
                        restart,
                    ));
                }
            }
            let divisor = self.number(state, right).expect("a number");
            let zero = self.w.bodies.context.f64_type().const_zero();
            checks.push((
                self.w.b.build_float_compare(FloatPredicate::UNE, divisor, zero, "").unwrap(),
                restart,
            ));
        }
        for (fine, restart) in checks {
            let next = self.block("fine");
            self.branch_likely(fine, next, restart);
            self.w.b.position_at_end(next);
        }
        let a = self.number(state, left).expect("a number");
        let b = self.number(state, right).expect("a number");
        let res = self.float_operation(op, a, b);
        let res = self.double_val(res);
        if kept {
            self.binary_result(state, res);
            return Ok(true);
        }
        let (right, left) = (self.pop(state), self.pop(state));
        for val in [right, left] {
            if !state.needs_no_drop(val) {
                self.drop_float(val);
            }
        }
        self.push(state, res);
        Ok(true)
    }

    /// `left ** right` for floats, as far as the C library's function gives Python's result: a positive base, nothing infinite.
    fn power(&mut self, state: &mut State<'c>, step: &Step) -> Result<bool> {
        let (right, left) = (self.peek(state, 0), self.peek(state, 1));
        let (Some(base), Some(exponent)) = (state.double(left), state.double(right)) else {
            return Ok(false);
        };
        let Some(restart) = self.restart_block(step)? else { return Ok(false) };
        let f64_type = self.w.bodies.context.f64_type();
        let pow = self.w.bodies.module.get_function(super::helper::POW).unwrap_or_else(|| {
            let ty = f64_type.fn_type(&[f64_type.into(), f64_type.into()], false);
            let f = self.w.bodies.module.add_function(super::helper::POW, ty, None);
            f.as_global_value().set_visibility(inkwell::GlobalVisibility::Hidden);
            f
        });
        let positive =
            self.w.b.build_float_compare(FloatPredicate::OGT, base, f64_type.const_zero(), "").unwrap();
        let next = self.block("positive");
        self.branch_likely(positive, next, restart);
        self.w.b.position_at_end(next);
        let res = self.w.call(pow, &[base.into(), exponent.into()]).into_float_value();
        // An infinite operand or an overflow: x - x is NaN.
        let nought = self.w.b.build_float_sub(res, res, "").unwrap();
        let finite = self.w.b.build_float_compare(FloatPredicate::ORD, nought, nought, "").unwrap();
        let next = self.block("finite");
        self.branch_likely(finite, next, restart);
        self.w.b.position_at_end(next);
        self.pop(state);
        self.pop(state);
        for val in [right, left] {
            if !state.needs_no_drop(val) {
                self.drop_float(val);
            }
        }
        let res = self.double_val(res);
        self.push(state, res);
        Ok(true)
    }

    /// The argument of COMPARE_OP has a bit for each outcome: 0 unordered, 1 less, 2 greater, 3 equal.
    fn compare_ints(&mut self, state: &mut State<'c>, step: &Step) -> Result<bool> {
        let (right, left) = (self.peek(state, 0), self.peek(state, 1));
        if state.ty(left) != Type::Fixnum || state.ty(right) != Type::Fixnum {
            return Ok(false);
        }
        let predicate = match step.oparg >> 1 & 7 {
            1 => IntPredicate::SLT,
            2 => IntPredicate::SGT,
            3 => IntPredicate::NE,
            4 => IntPredicate::EQ,
            5 => IntPredicate::SLE,
            6 => IntPredicate::SGE,
            _ => return Ok(false),
        };
        let flag = self.w.b.build_int_compare(predicate, self.plain(left), self.plain(right), "").unwrap();
        self.flag_result(state, flag)
    }

    fn compare_floats(&mut self, state: &mut State<'c>, step: &Step) -> Result<bool> {
        let (right, left) = (self.peek(state, 0), self.peek(state, 1));
        let (Some(a), Some(b)) = (state.double(left), state.double(right)) else { return Ok(false) };
        use FloatPredicate::*;
        let (unordered, less, greater, equal) =
            (step.oparg & 1, step.oparg >> 1 & 1, step.oparg >> 2 & 1, step.oparg >> 3 & 1);
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
        let flag = self.w.b.build_float_compare(predicate, a, b, "").unwrap();
        self.flag_result(state, flag)
    }

    fn flag_result(&mut self, state: &mut State<'c>, flag: IntValue<'c>) -> Result<bool> {
        // False is 0x18 and True 0x28 (`Value::bool`): the body makes the word of a fixnum's truth.
        let wide = self.w.b.build_int_z_extend(flag, self.w.i64(), "").unwrap();
        let doubled = self.w.b.build_left_shift(wide, self.w.int(1), "").unwrap();
        let fixnum = self.w.b.build_or(doubled, self.w.int(1), "").unwrap();
        let (_, out) = self.invoke("_TO_BOOL_INT", &self.zero_context(), &[fixnum.into()], None, 1);
        let res = self.word(out[0], Own::Immediate);
        state.facts.insert(res.vn, Fact { ty: Type::Bool, double: None, flag: Some(flag) });
        self.binary_result(state, res);
        Ok(true)
    }

    // ---- frames ----

    fn push_frame(&mut self, state: &mut State<'c>, step: &Step) {
        self.start = None;
        let new = self.pop(state);
        let pointer = self.w.to_ptr(self.plain(new));
        let caller = state.frame().clone();
        // The callee's return finds its place for the result there.
        self.store_sp(caller.pointer, self.slot(&caller, caller.height()));
        let context = self.context(state, step);
        self.invoke("_PUSH_FRAME", &context, &[pointer.into()], None, 0);
        let origin = self.w.load_ptr(self.w.at(pointer, self.offsets.wrap.frame_sp as i64));
        let mut frame = super::state::Frame {
            pointer,
            origin,
            mem: 0,
            items: Vec::new(),
            locals: Default::default(),
            fresh: false,
        };
        if let Some((vn, locals)) = state.pending_call.take()
            && vn == new.vn
        {
            frame.fresh = true;
            frame.locals = locals;
        }
        state.frames.push(frame);
    }

    fn return_value(&mut self, state: &mut State<'c>, step: &Step) -> Result<bool> {
        if state.frames.len() < 2 {
            return Err(problem("a return from the region's own frame"));
        }
        self.start = None;
        let value = self.pop(state);
        let value = self.owned(state, value);
        let frame = state.frame().clone();
        for (&index, local) in frame.locals.iter().filter(|(_, l)| l.dirty) {
            let home = self.local_home(frame.pointer, index);
            let word = match local.val.repr {
                Repr::Word(word) if !state.needs_no_drop(local.val) => word,
                _ => self.w.int(0),
            };
            self.w.b.build_store(home, word).unwrap();
        }
        // Finalisers of locals may look at the callers. When there is nothing to finalise, only the function may go.
        let none = self.w.int(8);
        let context = self.context(state, step);
        let last = state.frames.len() - 1;
        if !frame.fresh || frame.locals.values().any(|l| !state.needs_no_drop(l.val)) {
            for i in 0..last {
                self.flush_frame(state, i, usize::MAX, Flush::Move, &mut Vec::new());
            }
            self.invoke("_RETURN_VALUE", &context, &[none.into()], None, 0);
        } else {
            let place = self.w.at(frame.pointer, self.offsets.frame_function as i64);
            let function = self.w.load_ptr(place);
            let count = self.w.b.build_load(self.w.bodies.context.i32_type(), function, "").unwrap();
            let one = self.w.bodies.context.i32_type().const_int(1, false);
            let dies = self.w.b.build_int_compare(IntPredicate::EQ, count.into_int_value(), one, "").unwrap();
            let (quick, last_call, join) = (self.block("return"), self.block("last"), self.block("returned"));
            self.branch_likely(self.w.b.build_not(dies, "").unwrap(), quick, last_call);
            self.w.b.position_at_end(last_call);
            let mut boxes = Vec::new();
            let mut cold = state.clone();
            for i in 0..last {
                self.flush_frame(&mut cold, i, usize::MAX, Flush::Copy, &mut boxes);
            }
            self.invoke("_RETURN_VALUE", &context, &[none.into()], None, 0);
            self.unbox_homes(&boxes);
            self.w.b.build_unconditional_branch(join).unwrap();
            self.w.b.position_at_end(quick);
            self.invoke("_RETURN_VALUE", &context, &[none.into()], None, 0);
            self.w.b.build_unconditional_branch(join).unwrap();
            self.w.b.position_at_end(join);
        }
        state.frames.pop();
        self.push(state, value);
        Ok(true)
    }

    /// Arguments become the new frame's locals without going through memory.
    fn init_call(&mut self, state: &mut State<'c>, step: &Step) -> Result<bool> {
        let n = step.oparg as usize;
        let receiver = self.peek(state, n);
        let count = match state.ty(receiver) {
            Type::Null => 0,
            ty if ty.non_null() => 1,
            _ => return Ok(false),
        };
        if step.error == NONE {
            return Ok(false);
        }
        self.start = None;
        self.ensure(state, n + 2);
        let mut args: Vec<Val> = (0..n + count).rev().map(|depth| self.peek(state, depth)).collect();
        let callable = self.peek(state, n + 1);
        let callable_word = self.stack_word(state, callable);
        let left = state.frame().items.len() - (n + 2);
        state.top().items.truncate(left);
        // The frame is made without arguments: all its locals are NULL.
        let mut context = self.context(state, step);
        context.oparg = 0;
        let null = self.w.int(0);
        let inputs: [BasicMetadataValueEnum; 3] =
            [callable_word.into(), null.into(), self.w.ptr().get_poison().into()];
        let (code, fast) = self.invoke("_INIT_CALL_PY_EXACT_ARGS", &context, &inputs, None, 1);
        let slow = self.block("slow");
        self.dispatch(code, &[(exit::SLOW, slow)]);
        let ok = self.w.b.get_insert_block().expect("the builder stands in a block");
        self.w.b.position_at_end(slow);
        let (code, late) = self.invoke("_INIT_CALL_PY_EXACT_ARGS__slow", &context, &inputs, None, 1);
        let error = self.block("error");
        self.dispatch(code, &[(exit::ERROR, error)]);
        let done = self.w.b.get_insert_block().expect("the builder stands in a block");
        self.w.b.position_at_end(error);
        for arg in args.iter().rev() {
            if !state.needs_no_drop(*arg) {
                let word = self.plain(*arg);
                let context = self.context(state, step);
                self.invoke("_POP_TOP__slow", &context, &[word.into()], None, 0);
            }
        }
        self.exit_to(step.error, state.clone())?;
        let join = self.block("join");
        for block in [done, ok] {
            self.w.b.position_at_end(block);
            self.w.b.build_unconditional_branch(join).unwrap();
        }
        self.w.b.position_at_end(join);
        let phi = self.w.b.build_phi(self.w.i64(), "").unwrap();
        phi.add_incoming(&[(&fast[0], ok), (&late[0], done)]);
        let new = self.word(phi.as_basic_value().into_int_value(), Own::Immediate);
        let mut locals = std::collections::BTreeMap::new();
        for (index, arg) in args.iter_mut().enumerate() {
            let val = self.owned(state, *arg);
            locals.insert(index as u32, super::state::Local { val, dirty: true });
        }
        state.pending_call = Some((new.vn, locals));
        state.top().items.push(Item { val: new, home: false });
        Ok(true)
    }
}
