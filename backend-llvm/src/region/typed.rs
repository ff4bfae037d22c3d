//! Uops with rules of their own: moves between stack and locals, numbers, frames.
//!
//! A rule either does the whole uop or leaves it to the body ([`super::generic`]). Rules add no semantics: they are what the body
//! does when the types are known, with results that need no box and no count.

use std::collections::{BTreeMap, BTreeSet};

use inkwell::IntPredicate;
use inkwell::basic_block::BasicBlock;
use inkwell::values::{BasicMetadataValueEnum, FloatValue, IntValue, PointerValue};
use taipan_mir::graph::Inst;
use taipan_mir::uops::Uop;

use super::homes::Flush;
use super::lower::Lower;
use super::problem;
use super::state::{Fact, Frame, Item, Own, Repr, State, Type, Val};
use crate::Result;
use crate::wrap::exit;

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
        (_ITER_NEXT_RANGE, "next")
        | (
            _ENUMERATE_NEXT_LIST
            | _ENUMERATE_NEXT_TUPLE
            | _ENUMERATE_NEXT_LIST_BORROW
            | _ENUMERATE_NEXT_TUPLE_BORROW,
            "index",
        )
        | (_LOAD_SMALL_INT, _) => Type::Fixnum,
        (
            _ADD_FIXNUM
            | _SUBTRACT_FIXNUM
            | _MULTIPLY_FIXNUM
            | _FLOOR_DIVIDE_FIXNUM
            | _REMAINDER_FIXNUM
            | _FLOOR_DIVIDE_POWER_OF_TWO
            | _ADD_BOUND
            | _CALL_LEN,
            "res",
        ) => Type::Fixnum,
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
        (_CREATE_INIT_FRAME, _) => Type::InitFrame,
        _ => Type::Unknown,
    }
}

/// Uops that run Python code in general but not with operands of these types.
pub fn is_harmless(state: &State, uop: Uop, _inst: &Inst) -> bool {
    let items = &state.frame().items;
    let number = |depth: usize| {
        items.len() > depth
            && matches!(
                state.ty(items[items.len() - 1 - depth].val),
                Type::Fixnum | Type::Flonum | Type::Float
            )
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
        _GUARD_TOS_FLONUM => (Type::Flonum, 0),
        _GUARD_NOS_FLONUM => (Type::Flonum, 1),
        _GUARD_TOS_FLOAT => (Type::Float, 0),
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

/// The type of its local that a guard establishes.
fn guarded_local(uop: Uop) -> Option<Type> {
    taipan_mir::graph::guarded_local(uop).map(Type::from)
}

impl<'a, 'c> Lower<'a, 'c> {
    /// Lowers the uop by a rule, if there is one for it and what is known.
    pub fn typed(&mut self, state: &mut State<'c>, uop: Uop, inst: &Inst) -> Result<bool> {
        use Uop::*;
        if let Some((ty, depth)) = guard_of(uop) {
            return self.guard(state, uop, inst, ty, depth);
        }
        if let Some(ty) = guarded_local(uop) {
            return self.guard_local(state, uop, inst, ty);
        }
        match uop {
            _NOP | _SPILL => {}
            _POP_TOP_NOP | _POP_TOP_INT | _POP_TOP_DEAD => {
                self.pop(state);
            }
            _POP_TOP | _POP_TOP_INLINE | _POP_TOP_FLOAT | _POP_TOP_UNICODE => {
                let val = self.peek(state, 0);
                if state.needs_no_drop(val) {
                    self.pop(state);
                } else if uop == _POP_TOP_FLOAT {
                    self.pop(state);
                    self.drop_float(val);
                } else if uop == _POP_TOP || uop == _POP_TOP_INLINE {
                    self.drop_object(state, uop, inst)?;
                } else {
                    return Ok(false);
                }
            }
            _LOAD_FAST_BORROW => {
                let val = self.read_local(state, inst.oparg);
                let val = self.borrowed(state, val);
                self.push(state, val);
            }
            _LOAD_FAST => {
                let val = self.read_local(state, inst.oparg);
                let val = match val.repr {
                    Repr::Word(word) => {
                        let ty = match state.ty(val) {
                            // The compiler proved that the local is set.
                            Type::Unknown => Type::NonNull,
                            ty => ty,
                        };
                        Val { repr: Repr::Word(self.retained(word, ty)), ..val }
                    }
                    _ => val,
                };
                self.push(state, val);
            }
            _TAKE_LOCAL => {
                let val = self.read_local(state, inst.oparg);
                if matches!(self.next, Some(_POP_TOP | _POP_TOP_INLINE | _POP_TOP_FLOAT | _POP_TOP_UNICODE)) {
                    // The local's end: its exits know that it is unbound.
                    let null = self.word(self.w.int(0), Own::Immediate);
                    state.top().types.remove(&inst.oparg);
                    state.top().locals.insert(inst.oparg, null);
                }
                self.push(state, val);
            }
            _SWAP_FAST => {
                let value = self.pop(state);
                let old = self.read_local(state, inst.oparg);
                let new = self.owned(state, value);
                self.write_local(state, inst.oparg, new);
                self.push(state, old);
            }
            _STORE_FAST_SHARED => {
                let value = self.pop(state);
                let new = self.owned(state, value);
                let old = self.read_local(state, inst.oparg);
                // The body counts the old object down; what it stores here is of no interest.
                let old = self.plain(old);
                self.invoke(uop.name(), &self.zero_context(), &[self.w.int(1).into()], Some(old), 1);
                self.write_local(state, inst.oparg, new);
            }
            _STORE_FAST_F64 => {
                let double = state.doubles.pop().ok_or_else(|| problem("too few doubles"))?;
                let val = self.double_val(double);
                self.write_local(state, inst.oparg, val);
            }
            _LOAD_FAST_F64 => {
                let val = self.raw_local(state, state.frames.len() - 1, inst.oparg)?;
                state.doubles.push(val);
            }
            _LOAD_FAST_UNBOX_ANY => {
                let val = self.read_local(state, inst.oparg);
                let double = self.double_of(state, val);
                state.doubles.push(double);
            }
            _UNBOX_LOCAL => {
                let val = self.read_local(state, inst.oparg);
                let double = self.double_of(state, val);
                let val = self.double_val(double);
                self.write_local(state, inst.oparg, val);
            }
            _BOX_LOCAL => {
                let at = self.frame_at(state, inst.operands[0])?;
                let double = self.raw_local(state, at, inst.oparg)?;
                let val = self.double_val(double);
                self.make_late(state, at, inst.oparg, val);
            }
            _STORE_FAST_NEW => {
                let value = self.pop(state);
                let new = self.owned(state, value);
                self.write_local(state, inst.oparg, new);
            }
            _STORE_FAST_RAW => {
                let value = self.pop(state);
                let new = self.moved(value);
                self.write_local(state, inst.oparg, new);
            }
            _OWN => {
                let value = self.pop(state);
                let new = self.owned(state, value);
                self.push(state, new);
            }
            _OWN_SLOT => {
                let n = inst.oparg as usize;
                let value = self.peek(state, n - 1);
                let new = self.owned(state, value);
                let items = &mut state.top().items;
                let at = items.len() - n;
                items[at] = Item { val: new, home: false };
            }
            _LOAD_SMALL_INT => {
                let word = self.w.int((inst.oparg as u64) << 1 | 1);
                self.push_known(state, word, Type::Fixnum);
            }
            _LOAD_CONST_INLINE_BORROW => self.constant(state, inst.operands[0]),
            _LOAD_CONST_INLINE if inst.operands[0] & 3 != 0 => self.constant(state, inst.operands[0]),
            _PUSH_NULL => self.push_known(state, self.w.int(0), Type::Null),
            _PUSH_NULL_CONDITIONAL => {
                if inst.oparg & 1 != 0 {
                    self.push_known(state, self.w.int(0), Type::Null);
                }
            }
            _UNBOX_FLOAT | _UNBOX_FLOAT_ANY | _UNBOX_FLOAT_OWNED => {
                let val = self.pop(state);
                let double = self.double_of(state, val);
                if uop == _UNBOX_FLOAT_OWNED && !state.needs_no_drop(val) {
                    self.drop_float(val);
                }
                state.doubles.push(double);
            }
            _BOX_FLOAT => {
                let double = state.doubles.pop().ok_or_else(|| problem("too few doubles"))?;
                let val = self.double_val(double);
                self.push(state, val);
            }
            _COPY => self.copy(state, inst.oparg as usize),
            _COPY_1 => self.copy(state, 1),
            _COPY_2 => self.copy(state, 2),
            _SWAP | _SWAP_2 => {
                let n = if uop == _SWAP_2 { 2 } else { inst.oparg as usize };
                self.ensure(state, n);
                let items = &mut state.top().items;
                let (low, high) = (items.len() - n, items.len() - 1);
                items.swap(low, high);
                items[low].home = false;
                items[high].home = false;
            }
            _BINARY_OP_ADD_FLOAT_UNBOXED
            | _BINARY_OP_SUBTRACT_FLOAT_UNBOXED
            | _BINARY_OP_SUBTRACT_FLOAT_UNBOXED_REVERSED
            | _BINARY_OP_MULTIPLY_FLOAT_UNBOXED => return self.float_arithmetic(state, uop),
            _BINARY_OP_POWER_FLOAT_UNBOXED | _BINARY_OP_POWER_FLOAT_UNBOXED_REVERSED => {
                self.power(state, uop, inst)?;
            }
            _COMPARE_FIXNUM => return self.compare_ints(state, inst),
            _COMPARE_OP_FLOAT_UNBOXED => return self.compare_floats(state, inst),
            _GUARD_IS_TRUE_POP | _GUARD_IS_FALSE_POP => return self.branch(state, uop, inst),
            _GUARD_FIXNUM_LT => self.branch_on(state, inst, IntPredicate::SLT, None)?,
            _GUARD_FIXNUM_LE => self.branch_on(state, inst, IntPredicate::SLE, None)?,
            _GUARD_FIXNUM_EQ => self.branch_on(state, inst, IntPredicate::EQ, None)?,
            _GUARD_FIXNUM_NE => self.branch_on(state, inst, IntPredicate::NE, None)?,
            _GUARD_FIXNUM_GT => self.branch_on(state, inst, IntPredicate::SGT, None)?,
            _GUARD_FIXNUM_GE => self.branch_on(state, inst, IntPredicate::SGE, None)?,
            _GUARD_FIXNUM_TRUE => self.branch_on(state, inst, IntPredicate::NE, Some(1))?,
            _GUARD_FIXNUM_FALSE => self.branch_on(state, inst, IntPredicate::EQ, Some(1))?,
            _LOAD_ATTR_INSTANCE_VALUE_BORROW | _LOAD_ATTR_SLOT_BORROW => self.attribute(state, inst)?,
            _BINARY_OP_SUBSCR_LIST_INT_BORROW | _BINARY_OP_SUBSCR_TUPLE_INT_BORROW => {
                let list = uop == _BINARY_OP_SUBSCR_LIST_INT_BORROW;
                let deopt = self.deopt(state, inst)?;
                let (val, container, index) = self.item(state, list, deopt);
                for val in [val, container, index] {
                    self.push(state, val);
                }
            }
            _LIST_ITEM | _LIST_ITEM_BORROW => {
                let deopt = self.deopt(state, inst)?;
                let (val, ..) = self.item(state, true, deopt);
                let val = if uop == _LIST_ITEM { self.owned(state, val) } else { val };
                self.push(state, val);
            }
            _LIST_ITEM_INT | _LIST_ITEM_F64 | _LOCAL_LIST_ITEM_INT | _LOCAL_LIST_ITEM_F64 => {
                self.number_item(state, uop, inst)?;
            }
            _STORE_LIST_ITEM_F64 | _STORE_LOCAL_LIST_ITEM_F64 => self.store_double_item(state, uop, inst)?,
            _STORE_LIST_ITEM_IMMEDIATE => self.store_immediate_item(state, inst)?,
            _UNPACK_TUPLE_2_BORROW => self.unpack(state, inst, 2, false)?,
            _UNPACK_TUPLE_3_BORROW => self.unpack(state, inst, 3, false)?,
            _UNPACK_LIST_2_BORROW => self.unpack(state, inst, 2, true)?,
            _UNPACK_LIST_3_BORROW => self.unpack(state, inst, 3, true)?,
            _ITER_NEXT_LIST_BORROW | _ITER_NEXT_TUPLE_BORROW => {
                let val = self.next_item(state, uop == _ITER_NEXT_LIST_BORROW);
                self.push(state, val);
            }
            _ITER_NEXT_LIST | _ITER_NEXT_TUPLE => {
                let val = self.next_item(state, uop == _ITER_NEXT_LIST);
                let val = self.owned(state, val);
                self.push(state, val);
            }
            _ARG => {
                let value = self.pop(state);
                let home = self.w.at(state.frame().pointer, inst.operands[0] as i64);
                let value = self.boxed(state, value);
                let word = self.stack_word(state, value);
                self.w.b.build_store(home, word).unwrap();
                state.arguments.push((inst.operands[0], value));
            }
            _ENTER_INLINE => self.enter_inline(state, inst),
            _LEAVE_INLINE => {
                let value = self.pop(state);
                self.leave_inline(state)?;
                self.push(state, value);
            }
            _LEAVE_INLINE_EMPTY => self.leave_inline(state)?,
            _MATERIALIZE_FRAME => self.materialize(state, inst)?,
            _PUSH_FRAME => self.push_frame(state, inst),
            _RETURN_VALUE | _YIELD_VALUE | _RETURN_GENERATOR => self.return_value(state, uop, inst)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// A word that becomes a local of a real frame: tier 2 knows that it has a reference, or needs none.
    fn moved(&self, val: Val<'c>) -> Val<'c> {
        match val.own {
            Own::Tagged => Val { own: Own::Owned, ..val },
            _ => val,
        }
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
                state.facts.insert(val.vn, Fact { ty: Type::Flonum, double: Some(double), flag: None });
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

    /// Pushes a copy of the `n`th item from the top.
    fn copy(&mut self, state: &mut State<'c>, n: usize) {
        // Both copies are the same float.
        let word = self.raw(state, n - 1);
        let val = self.peek(state, n - 1);
        let copy = match val.own {
            Own::Borrowed | Own::Immediate => val,
            Own::Owned | Own::Tagged if state.ty(val).is_immediate() => val,
            Own::Owned | Own::Tagged => {
                // The body takes a reference unless the tag says that there is none.
                let unused: BasicMetadataValueEnum = self.w.ptr().get_poison().into();
                let (_, out) = self.invoke("_COPY", &self.zero_context(), &[word.into(), unused], None, 1);
                Val { repr: Repr::Word(out[0]), ..val }
            }
        };
        self.push(state, copy);
    }

    // ---- guards ----

    fn guard(
        &mut self,
        state: &mut State<'c>,
        uop: Uop,
        inst: &Inst,
        ty: Type,
        depth: usize,
    ) -> Result<bool> {
        let val = self.peek(state, depth);
        if state.ty(val).is(ty) {
            return Ok(true);
        }
        let word = self.raw(state, depth);
        let deopt = self.deopt(state, inst)?;
        if ty == Type::Float {
            let double = self.unboxed(word, Some(deopt));
            self.learn_double(state, val, double);
            return Ok(true);
        }
        let name = match uop {
            // The guards of the second item only look at it.
            Uop::_GUARD_NOS_INT => "_GUARD_TOS_INT",
            Uop::_GUARD_NOS_LIST => "_GUARD_TOS_LIST",
            Uop::_GUARD_NOS_TUPLE => "_GUARD_TOS_TUPLE",
            Uop::_GUARD_NOS_DICT => "_GUARD_TOS_DICT",
            Uop::_GUARD_NOS_UNICODE => "_GUARD_TOS_UNICODE",
            Uop::_GUARD_NOS_FLONUM => "_GUARD_TOS_FLONUM",
            _ => uop.name(),
        };
        let (code, _) = self.invoke(name, &self.zero_context(), &[word.into()], None, 0);
        self.dispatch(code, &[(exit::DEOPT, deopt)]);
        self.established(state, val, word, ty);
        Ok(true)
    }

    fn guard_local(&mut self, state: &mut State<'c>, uop: Uop, inst: &Inst, ty: Type) -> Result<bool> {
        let val = self.read_local(state, inst.oparg);
        if state.ty(val).is(ty) {
            return Ok(true);
        }
        let Repr::Word(word) = val.repr else { return Err(problem("a guard on a raw local")) };
        let deopt = self.deopt(state, inst)?;
        if uop == Uop::_GUARD_LOCAL_FLOAT {
            // NULL is no float, but it looks like a pointer.
            let set = self.w.b.build_int_compare(IntPredicate::NE, word, self.w.int(0), "").unwrap();
            let next = self.block("set");
            self.branch_likely(set, next, deopt);
            self.w.b.position_at_end(next);
            let double = self.unboxed(word, Some(deopt));
            self.learn_double(state, val, double);
            return Ok(true);
        }
        let (code, _) = self.invoke(uop.name(), &self.zero_context(), &[], Some(word), 0);
        self.dispatch(code, &[(exit::DEOPT, deopt)]);
        self.established(state, val, word, ty);
        Ok(true)
    }

    /// A block that leaves by the uop's exit with this state.
    pub fn deopt(&mut self, state: &State<'c>, inst: &Inst) -> Result<BasicBlock<'c>> {
        let deopt = self.block("guard");
        let here = self.w.b.get_insert_block().expect("the builder stands in a block");
        self.w.b.position_at_end(deopt);
        self.exit_to(inst.deopt.as_ref(), state.clone())?;
        self.w.b.position_at_end(here);
        Ok(deopt)
    }

    /// A guard found the value to be of the type.
    fn established(&mut self, state: &mut State<'c>, val: Val<'c>, word: IntValue<'c>, ty: Type) {
        state.learn(val, ty);
        if ty == Type::Bool {
            let b = &self.w.b;
            let truth = self.w.int(self.offsets.truths[1]);
            let flag = b.build_int_compare(IntPredicate::EQ, word, truth, "").unwrap();
            state.facts.entry(val.vn).or_default().flag = Some(flag);
        }
        if ty == Type::Flonum {
            let double = self.flonum(word);
            state.facts.entry(val.vn).or_default().double = Some(double);
        }
    }

    fn branch(&mut self, state: &mut State<'c>, uop: Uop, inst: &Inst) -> Result<bool> {
        let val = self.peek(state, 0);
        let Some(flag) = state.fact(val).flag else { return Ok(false) };
        let stays = if uop == Uop::_GUARD_IS_TRUE_POP { flag } else { self.w.b.build_not(flag, "").unwrap() };
        self.stay_if(state, inst, stays)?;
        self.pop(state);
        Ok(true)
    }

    /// Leaves unless two fixnums compare so, or one with the word `with`.
    fn branch_on(
        &mut self,
        state: &mut State<'c>,
        inst: &Inst,
        predicate: IntPredicate,
        with: Option<u64>,
    ) -> Result<()> {
        let right = match with {
            Some(word) => self.w.int(word),
            None => self.raw(state, 0),
        };
        let left = self.raw(state, with.is_none() as usize);
        let stays = self.w.b.build_int_compare(predicate, left, right, "").unwrap();
        self.stay_if(state, inst, stays)?;
        self.pop(state);
        if with.is_none() {
            self.pop(state);
        }
        Ok(())
    }

    fn stay_if(&mut self, state: &State<'c>, inst: &Inst, stays: IntValue<'c>) -> Result<()> {
        let (leave, stay) = (self.block("leave"), self.block("stay"));
        self.branch_likely(stays, stay, leave);
        self.w.b.position_at_end(leave);
        self.exit_to(inst.deopt.as_ref(), state.clone())?;
        self.w.b.position_at_end(stay);
        Ok(())
    }

    // ---- frames ----

    /// A frame without a header, behind the running one.
    fn enter_inline(&mut self, state: &mut State<'c>, inst: &Inst) {
        let [size, stack] = inst.operands;
        let pointer = self.w.at(state.frame().pointer, size as i64);
        let origin = self.w.at(pointer, stack as i64);
        self.store_stack_top(self.w.at(pointer, inst.oparg as i64));
        let mut locals = BTreeMap::new();
        for (offset, val) in std::mem::take(&mut state.arguments) {
            let index = (offset - size - self.offsets.wrap.locals) / 8;
            locals.insert(index as u32, val);
        }
        // An exit in the callee finds the caller's stack in memory.
        let caller = state.frames.len() - 1;
        self.flush_items(state, caller, usize::MAX, Flush::Move);
        state.frames.push(Frame {
            pointer,
            origin,
            mem: 0,
            items: Vec::new(),
            locals,
            types: BTreeMap::new(),
            raw: BTreeSet::new(),
            inlined: Some(size as u32),
            init: false,
        });
    }

    fn leave_inline(&mut self, state: &mut State<'c>) -> Result<()> {
        if state.frames.len() < 2 {
            return Err(problem("the end of an inlined call that the region did not see begin"));
        }
        self.store_stack_top(state.frame().pointer);
        state.frames.pop();
        Ok(())
    }

    fn store_stack_top(&self, top: PointerValue<'c>) {
        self.w.b.build_store(self.w.at(self.regs.ts, self.offsets.stack_top as i64), top).unwrap();
    }

    /// The frame so many bytes before the running one.
    fn frame_at(&self, state: &State<'c>, wanted: u64) -> Result<usize> {
        let mut distance = 0;
        let mut at = state.frames.len() - 1;
        while distance != wanted {
            let size = state.frames[at].inlined.filter(|_| at > 0);
            distance += size.ok_or_else(|| problem("a frame that is not there"))? as u64;
            at -= 1;
        }
        Ok(at)
    }

    /// The double that a raw local is.
    fn raw_local(&mut self, state: &mut State<'c>, at: usize, index: u32) -> Result<FloatValue<'c>> {
        match state.frames[at].locals.get(&index).map(|val| val.repr) {
            Some(Repr::Double(double)) => Ok(double),
            Some(Repr::Word(_)) => Err(problem("a word where a raw local should be")),
            None => {
                let home = self.local_home(state.frames[at].pointer, index);
                let double = self.w.b.build_load(self.w.bodies.context.f64_type(), home, "").unwrap();
                let val = self.double_val(double.into_float_value());
                state.frames[at].raw.remove(&index);
                state.frames[at].locals.insert(index, val);
                Ok(double.into_float_value())
            }
        }
    }

    /// An inlined frame gets its header: from now on it is as the interpreter would have it.
    fn materialize(&mut self, state: &mut State<'c>, inst: &Inst) -> Result<()> {
        let at = self.frame_at(state, inst.operands[1])?;
        self.flush(state, Flush::Move);
        let context = self.context(state, inst);
        let (code, _) = self.invoke("_MATERIALIZE_FRAME", &context, &[], None, 0);
        let (slow, join) = (self.block("slow"), self.block("materialized"));
        self.dispatch(code, &[(exit::SLOW, slow)]);
        self.w.b.build_unconditional_branch(join).unwrap();
        self.w.b.position_at_end(slow);
        self.invoke("_MATERIALIZE_FRAME__slow", &context, &[], None, 0);
        self.w.b.build_unconditional_branch(join).unwrap();
        self.w.b.position_at_end(join);
        let mut others = std::mem::take(&mut state.frames);
        let mut frame = others.remove(at);
        // Borrowed words got references; locals that were never set are NULL.
        state.frames = vec![frame];
        state.forget_locals();
        frame = state.frames.remove(0);
        frame.inlined = None;
        others.insert(at, frame);
        state.frames = others;
        Ok(())
    }

    fn push_frame(&mut self, state: &mut State<'c>, inst: &Inst) {
        let new = self.pop(state);
        let init = state.ty(new) == Type::InitFrame;
        let pointer = self.w.to_ptr(self.plain(new));
        let last = state.frames.len() - 1;
        self.flush_items(state, last, usize::MAX, Flush::Move);
        let caller = state.frame().clone();
        // The callee's return finds its place for the result there.
        self.store_sp(caller.pointer, self.slot(&caller, caller.height()));
        let context = self.context(state, inst);
        self.invoke("_PUSH_FRAME", &context, &[pointer.into()], None, 0);
        let origin = self.w.load_ptr(self.w.at(pointer, self.offsets.wrap.frame_sp as i64));
        state.frames.push(Frame { init, ..Frame::new(pointer, origin) });
    }

    /// Leaves a real frame: everything is in memory afterwards, with the value on the caller's stack.
    fn return_value(&mut self, state: &mut State<'c>, uop: Uop, inst: &Inst) -> Result<()> {
        let word = match uop {
            // It makes the value itself.
            Uop::_RETURN_GENERATOR => None,
            _ => {
                let value = self.pop(state);
                Some(self.stack_word(state, value))
            }
        };
        self.flush(state, Flush::Move);
        let context = self.context(state, inst);
        let args: Vec<BasicMetadataValueEnum> = word.map(Into::into).into_iter().collect();
        let (code, _) = self.invoke(uop.name(), &context, &args, None, 0);
        if uop == Uop::_RETURN_GENERATOR {
            let error = self.block("error");
            self.dispatch(code, &[(exit::ERROR, error)]);
            let here = self.w.b.get_insert_block().expect("the builder stands in a block");
            self.w.b.position_at_end(error);
            self.exit_to(inst.error.as_ref(), state.clone())?;
            self.w.b.position_at_end(here);
        }
        let frames = state.frames.len();
        if uop == Uop::_RETURN_VALUE {
            // Finalisers of locals may have run.
            state.forget_locals();
        }
        let left = state.frames.pop();
        if frames > 1 && !left.is_some_and(|frame| frame.init) {
            let slot = self.slot(state.frame(), state.frame().height());
            let val = self.word(self.w.load(slot), Own::Owned);
            state.top().items.push(Item { val, home: true });
            return Ok(());
        }
        // Another frame goes on, one that the region did not make.
        state.returned = true;
        state.frames.clear();
        let pointer = self.w.load_ptr(self.w.at(self.regs.ts, self.offsets.wrap.ts_frame as i64));
        let origin = self.w.load_ptr(self.w.at(pointer, self.offsets.wrap.frame_sp as i64));
        state.frames.push(Frame::new(pointer, origin));
        Ok(())
    }
}
