//! What each uop means to the walk. Uops without a rule are taken by their row in the table.

use super::machine::{INT, Machine, PHYSICAL, guard_of, guard_of_local};
use super::state::{Fact, Frame, Own, Place, Rep, Slot, Type};
use crate::opcodes::NbOp;
use crate::trace::{Dependency, Inst};
use crate::uops::Uop;

/// Operator numbers from here on are the in-place forms.
const INPLACE: u32 = NbOp::NB_INPLACE_ADD as u32;

/// Whether the uop leaves the running frame alone, so that the frame need not have a header.
pub fn frame_free(uop: Uop) -> bool {
    use Uop::*;
    matches!(
        uop,
        _NOP | _POP_TOP_NOP
            | _POP_TOP_INT
            | _POP_TOP_FLOAT
            | _POP_TOP_UNICODE
            | _PUSH_NULL
            | _PUSH_NULL_CONDITIONAL
            | _COPY
            | _SWAP
            | _LOAD_FAST
            | _LOAD_FAST_BORROW
            | _SWAP_FAST
            | _LOAD_SMALL_INT
            | _UNARY_NOT
            | _TO_BOOL_BOOL
            | _TO_BOOL_INT
            | _TO_BOOL_NONE
            | _TO_BOOL_LIST
            | _TO_BOOL_STR
            | _REPLACE_WITH_TRUE
            | _GUARD_TOS_INT
            | _GUARD_NOS_INT
            | _GUARD_TOS_FLOAT
            | _GUARD_NOS_FLOAT
            | _GUARD_TOS_UNICODE
            | _GUARD_NOS_UNICODE
            | _GUARD_TOS_LIST
            | _GUARD_NOS_LIST
            | _GUARD_TOS_TUPLE
            | _GUARD_NOS_TUPLE
            | _GUARD_TOS_DICT
            | _GUARD_NOS_DICT
            | _GUARD_TOS_ANY_SET
            | _GUARD_TOS_SLICE
            | _BINARY_OP_ADD_INT
            | _BINARY_OP_SUBTRACT_INT
            | _BINARY_OP_MULTIPLY_INT
            | _BINARY_OP_ADD_FLOAT
            | _BINARY_OP_SUBTRACT_FLOAT
            | _BINARY_OP_MULTIPLY_FLOAT
            | _BINARY_OP_ADD_UNICODE
            | _GUARD_BINARY_OP_EXTEND
            | _BINARY_OP_EXTEND
            | _BINARY_OP_SUBSCR_LIST_INT
            | _BINARY_OP_SUBSCR_TUPLE_INT
            | _BINARY_OP_SUBSCR_STR_INT
            | _STORE_SUBSCR_LIST_INT
            | _LIST_SLICE
            | _COMPARE_OP_INT
            | _COMPARE_OP_FLOAT
            | _COMPARE_OP_STR
            | _IS_OP
            | _IS_NONE
            | _GUARD_IS_TRUE_POP
            | _GUARD_IS_FALSE_POP
            | _GUARD_IS_NONE_POP
            | _GUARD_IS_NOT_NONE_POP
            | _GUARD_TYPE_VERSION
            | _LOAD_ATTR_INSTANCE_VALUE
            | _LOAD_ATTR_SLOT
            | _LOAD_ATTR_MODULE
            | _CHECK_ATTR_CLASS
            | _CHECK_ATTR_METHOD_LAZY_DICT
            | _LOAD_ATTR_CLASS
            | _LOAD_ATTR_METHOD_WITH_VALUES
            | _LOAD_ATTR_METHOD_NO_DICT
            | _LOAD_ATTR_METHOD_LAZY_DICT
            | _LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES
            | _LOAD_ATTR_NONDESCRIPTOR_NO_DICT
            | _STORE_ATTR_SLOT
            | _BUILD_TUPLE
            | _BUILD_LIST
            | _BUILD_SLICE
            | _LIST_APPEND
            | _UNPACK_SEQUENCE_TWO_TUPLE
            | _UNPACK_SEQUENCE_TUPLE
            | _UNPACK_SEQUENCE_LIST
            | _ITER_CHECK_LIST
            | _ITER_NEXT_LIST
            | _ITER_CHECK_TUPLE
            | _ITER_NEXT_TUPLE
            | _ITER_CHECK_RANGE
            | _ITER_NEXT_RANGE
            | _GUARD_NOT_EXHAUSTED_LIST
            | _GUARD_NOT_EXHAUSTED_TUPLE
            | _GUARD_NOT_EXHAUSTED_RANGE
            | _GUARD_ENUMERATE_LIST
            | _GUARD_ENUMERATE_TUPLE
            | _ENUMERATE_NEXT_LIST
            | _ENUMERATE_NEXT_TUPLE
            | _ENUMERATE_END_LIST
            | _ENUMERATE_END_TUPLE
            | _CHECK_FUNCTION_VERSION
            | _CHECK_FUNCTION_EXACT_ARGS
            | _CHECK_METHOD_VERSION
            | _CHECK_METHOD_EXACT_ARGS
            | _GUARD_CALLABLE_BUILTIN
            | _GUARD_CALLABLE_METHOD_DESCRIPTOR
            | _GUARD_CALLABLE_CLASS
            | _GUARD_CALLABLE_CLASS_VERSION
            | _GUARD_CALLABLE_LEN
            | _GUARD_CALLABLE_ISINSTANCE
            | _GUARD_CALLABLE_LIST_APPEND
            | _CALL_LIST_APPEND
            | _GUARD_CALLABLE_TYPE_1
            | _CHECK_LEAVE
            | _EXPAND_METHOD
            | _GUARD_TOS_GENERATOR
            | _GUARD_CALLABLE_SINK
            | _EXPAND_SINK
            | _GUARD_GENEXPR_SINK
            | _GUARD_GENEXPR_LIST
    )
}

/// Type of what an uop without a rule makes.
pub fn result_type(uop: Uop, oparg: u32) -> Type {
    use Uop::*;
    match uop {
        _COMPARE_OP_INT | _COMPARE_OP_FLOAT | _COMPARE_OP_STR | _IS_OP | _IS_NONE | _CONTAINS_OP
        | _CONTAINS_OP_SET | _CONTAINS_OP_DICT | _TO_BOOL | _TO_BOOL_INT | _TO_BOOL_NONE | _UNARY_NOT
        | _CALL_ISINSTANCE | _TO_BOOL_LIST | _TO_BOOL_STR | _REPLACE_WITH_TRUE => Type::Bool,
        _COMPARE_OP if oparg & crate::opcodes::compare::TO_BOOL != 0 => Type::Bool,
        _BUILD_TUPLE => Type::Tuple,
        _BUILD_LIST => Type::List,
        _BUILD_MAP => Type::Dict,
        _BUILD_SLICE => Type::Slice,
        _BUILD_STRING | _FORMAT_SIMPLE | _BINARY_OP_ADD_UNICODE | _BINARY_OP_SUBSCR_STR_INT => Type::Str,
        _BINARY_OP_ADD_FLOAT | _BINARY_OP_SUBTRACT_FLOAT | _BINARY_OP_MULTIPLY_FLOAT => Type::Float,
        _CALL_LEN => Type::Int,
        _BINARY_OP_SUBSCR_LIST_SLICE => Type::List,
        _ITER_NEXT_RANGE => Type::Int,
        _PUSH_NULL | _PUSH_NULL_CONDITIONAL => Type::Null,
        _ => Type::Unknown,
    }
}

impl Machine<'_> {
    pub fn step(&mut self, inst: &Inst) {
        use Uop::*;
        let uop = inst.uop;
        match uop {
            _NOP => {}
            _SET_IP => self.set_ip(inst.operands[0]),
            _POP_TOP | _POP_TOP_NOP | _POP_TOP_INT | _POP_TOP_FLOAT | _POP_TOP_UNICODE => self.drop_top(),
            _LOAD_FAST | _LOAD_FAST_BORROW | _LOAD_FAST_CHECK => self.load_fast(uop),
            _LOAD_FAST_AND_CLEAR => self.load_fast_and_clear(),
            _SWAP_FAST => self.swap_fast(),
            _LOAD_CONST => self.load_const(),
            _LOAD_SMALL_INT => self.push_lazy((self.oparg as u64) << 1 | 1, Type::Int),
            _PUSH_NULL => self.push_lazy(0, Type::Null),
            _PUSH_NULL_CONDITIONAL => {
                if self.oparg & 1 != 0 {
                    self.push_lazy(0, Type::Null);
                }
            }
            _COPY => self.copy(),
            _SWAP => self.swap(),
            _GUARD_TOS_INT => self.guard(0, Type::Int),
            _GUARD_NOS_INT => self.guard(1, Type::Int),
            _GUARD_TOS_FLOAT => self.guard(0, Type::Float),
            _GUARD_NOS_FLOAT => self.guard(1, Type::Float),
            _GUARD_TOS_UNICODE => self.guard(0, Type::Str),
            _GUARD_NOS_UNICODE => self.guard(1, Type::Str),
            _GUARD_TOS_LIST => self.guard(0, Type::List),
            _GUARD_NOS_LIST => self.guard(1, Type::List),
            _GUARD_TOS_TUPLE => self.guard(0, Type::Tuple),
            _GUARD_NOS_TUPLE => self.guard(1, Type::Tuple),
            _GUARD_TOS_DICT => self.guard(0, Type::Dict),
            _GUARD_NOS_DICT => self.guard(1, Type::Dict),
            _GUARD_TOS_SLICE => self.guard_by(uop, 0, Type::Slice),
            _ITER_CHECK_LIST => self.guard_by(uop, 0, Type::ListIter),
            _ITER_CHECK_TUPLE => self.guard_by(uop, 0, Type::TupleIter),
            _ITER_CHECK_RANGE => self.guard_by(uop, 0, Type::RangeIter),
            _TO_BOOL_BOOL => self.guard_by(uop, 0, Type::Bool),
            _BINARY_OP_ADD_INT => self.int_operation(_ADD_FIXNUM),
            _BINARY_OP_SUBTRACT_INT => self.int_operation(_SUBTRACT_FIXNUM),
            _BINARY_OP_MULTIPLY_INT => self.int_operation(_MULTIPLY_FIXNUM),
            _COMPARE_OP_INT if self.int_branch() => {}
            _TO_BOOL_INT if self.truth_branch() => {}
            _COMPARE_OP_INT => {
                self.tagged(2);
                self.keep(_COMPARE_FIXNUM);
                let (right, left) = (self.pop(), self.pop());
                let slot = self.plain_word(Type::Bool);
                self.push(slot);
                self.leave_phantoms(left, right);
            }
            _BINARY_OP_ADD_FLOAT if self.float_operation(NbOp::NB_ADD) => {}
            _BINARY_OP_SUBTRACT_FLOAT if self.float_operation(NbOp::NB_SUBTRACT) => {}
            _BINARY_OP_MULTIPLY_FLOAT if self.float_operation(NbOp::NB_MULTIPLY) => {}
            _BINARY_OP_ADD_FLOAT
            | _BINARY_OP_SUBTRACT_FLOAT
            | _BINARY_OP_MULTIPLY_FLOAT
            | _COMPARE_OP_STR
            | _IS_OP => self.operator(uop),
            _COMPARE_OP_FLOAT if self.float_comparison() => {}
            _COMPARE_OP_FLOAT => self.operator(uop),
            _GUARD_BINARY_OP_EXTEND => self.guard_extend(),
            _BINARY_OP_EXTEND => self.extend(),
            _BINARY_OP_SUBSCR_LIST_INT if self.list_item() => {}
            _BINARY_OP_SUBSCR_LIST_INT => self.subscript(_BINARY_OP_SUBSCR_LIST_INT_BORROW),
            _BINARY_OP_SUBSCR_TUPLE_INT => self.subscript(_BINARY_OP_SUBSCR_TUPLE_INT_BORROW),
            _STORE_SUBSCR_LIST_INT if self.store_item() => {}
            _STORE_SUBSCR_LIST_INT => self.store_subscript(),
            _UNPACK_SEQUENCE_TWO_TUPLE | _UNPACK_SEQUENCE_TUPLE | _UNPACK_SEQUENCE_LIST
                if self.unpack_borrowed() => {}
            _ITER_NEXT_LIST => self.iter_next(_ITER_NEXT_LIST_BORROW),
            _ITER_NEXT_TUPLE => self.iter_next(_ITER_NEXT_TUPLE_BORROW),
            _ENUMERATE_NEXT_LIST => self.enumerate_next(_ENUMERATE_NEXT_LIST_BORROW),
            _ENUMERATE_NEXT_TUPLE => self.enumerate_next(_ENUMERATE_NEXT_TUPLE_BORROW),
            _BUILD_SLICE if self.slice_assignment() => {}
            _BUILD_SLICE if self.list_slice(self.oparg as usize) => {}
            _BINARY_SLICE if self.list_slice(2) => {}
            _BINARY_OP if self.power() => {}
            _GUARD_TYPE_VERSION => self.guard_version(),
            _LOAD_ATTR_INSTANCE_VALUE => self.load_attribute(_LOAD_ATTR_INSTANCE_VALUE_BORROW),
            _LOAD_ATTR_SLOT => self.load_attribute(_LOAD_ATTR_SLOT_BORROW),
            _LOAD_ATTR_METHOD_WITH_VALUES | _LOAD_ATTR_METHOD_NO_DICT | _LOAD_ATTR_METHOD_LAZY_DICT => {
                self.load_method(uop)
            }
            _STORE_ATTR_INSTANCE_VALUE | _STORE_ATTR_SLOT => self.store_attribute(uop),
            _GUARD_GLOBALS_VERSION | _GUARD_BUILTINS_VERSION => self.guard_namespace(uop),
            _LOAD_GLOBAL_MODULE | _LOAD_GLOBAL_BUILTINS => self.load_global(uop),
            _GUARD_IS_TRUE_POP | _GUARD_IS_FALSE_POP => {
                self.tagged(1);
                self.keep(uop);
                self.pop();
            }
            _GUARD_IS_NONE_POP => {
                self.tagged(1);
                self.keep(uop);
                self.pop();
            }
            _GUARD_IS_NOT_NONE_POP => self.not_none(),
            _TO_BOOL_LIST | _TO_BOOL_STR | _REPLACE_WITH_TRUE | _IS_NONE => {
                self.tagged(1);
                self.keep(uop);
                let value = self.pop();
                let slot = self.plain_word(Type::Bool);
                self.push(slot);
                self.push(value);
            }
            _CALL_LIST_APPEND => {
                self.tagged(3);
                self.keep(uop);
                let (_, receiver, callable) = (self.pop(), self.pop(), self.pop());
                let slot = self.plain_word(Type::None);
                self.push(slot);
                self.push(callable);
                self.push(receiver);
            }
            _CHECK_FUNCTION_VERSION => self.check_function(inst.operands[0]),
            _CHECK_FUNCTION_EXACT_ARGS => self.check_exact_args(),
            _EXPAND_METHOD => self.expand_method(),
            _GUARD_CALLABLE_SINK => self.sink_guard(),
            _EXPAND_SINK => self.expand_sink(),
            _GUARD_GENEXPR_SINK => self.guard_genexpr(2),
            _GUARD_GENEXPR_LIST => self.guard_genexpr(1),
            _INIT_GENEXPR_SINK => self.init_genexpr(2),
            _INIT_GENEXPR_LIST => self.init_genexpr(1),
            _BUILD_LIST if self.oparg == 0 && self.defer_list() => {}
            _BUILD_TUPLE if self.oparg == 1 && self.defer_closure() => {}
            _MAKE_FUNCTION if self.defer_function() => {}
            _UNARY_NEGATIVE if self.negate() => {}
            _BINARY_OP if self.signed_item() => {}
            _STORE_SUBSCR if self.store_signed_item() => {}
            _LOAD_DEREF => self.load_deref(),
            _INIT_CALL_PY_EXACT_ARGS => self.init_call(),
            _SAVE_RETURN_OFFSET => match &mut self.pending {
                Some(pending) => pending.frame.return_offset = inst.operands[0] as u32,
                None => {
                    self.materialize();
                    self.keep(uop);
                }
            },
            _PUSH_FRAME => self.push_frame(),
            _RETURN_VALUE => self.return_value(),
            _YIELD_VALUE => self.yield_value(),
            _RETURN_GENERATOR => self.return_generator(),
            _ => {
                self.generic(uop);
                if inst.jumps {
                    self.mark_jump();
                }
            }
        }
    }

    // ---- locals, constants ----

    // ---- guards ----

    /// The two highest slots' types; a double is a float.
    fn guard(&mut self, below: usize, ty: Type) {
        let slot = self.peek(below);
        if slot.rep == Rep::Double && ty == Type::Float || self.known(slot, ty) {
            return;
        }
        if let Rep::Local(n) = slot.rep
            && self.state.frame().locals[n as usize].slot.rep == Rep::Tagged
            && let Some(uop) = guard_of_local(ty)
        {
            let producer = self.state.frame().locals[n as usize].slot.producer;
            let stored =
                self.stored_items.iter().find(|(store, _)| *store == producer).map(|(_, item)| *item);
            if let (Type::Int, Some(item)) = (ty, stored) {
                self.decisions.set(item, INT);
            }
            self.emit(uop, n as u32, [0; 2]);
            return self.refine(slot, ty);
        }
        if slot.rep != Rep::Tagged {
            self.tagged(below + 1);
        }
        if ty == Type::Int && self.is_list_item(slot) {
            self.decisions.set(slot.producer, INT);
        }
        let above = if below == 1 { self.peek(0).rep == Rep::Tagged } else { false };
        let Some(tos) = guard_of(ty) else { return self.fail() };
        let uop = if above {
            match tos {
                Uop::_GUARD_TOS_INT => Uop::_GUARD_NOS_INT,
                Uop::_GUARD_TOS_FLOAT => Uop::_GUARD_NOS_FLOAT,
                Uop::_GUARD_TOS_UNICODE => Uop::_GUARD_NOS_UNICODE,
                Uop::_GUARD_TOS_LIST => Uop::_GUARD_NOS_LIST,
                Uop::_GUARD_TOS_TUPLE => Uop::_GUARD_NOS_TUPLE,
                Uop::_GUARD_TOS_DICT => Uop::_GUARD_NOS_DICT,
                _ => return self.fail(),
            }
        } else {
            tos
        };
        self.emit(uop, 0, [0; 2]);
        self.refine(slot, ty);
    }

    fn guard_by(&mut self, uop: Uop, below: usize, ty: Type) {
        let slot = self.peek(below);
        if self.known(slot, ty) {
            return;
        }
        self.tagged(below + 1);
        self.keep(uop);
        self.refine(slot, ty);
    }

    fn not_none(&mut self) {
        let slot = self.peek(0);
        let ty = self.ty(slot);
        if !matches!(ty, Type::Unknown | Type::None | Type::Null) {
            return self.drop_top();
        }
        self.tagged(1);
        let slot = self.peek(0);
        if self.needs_no_drop(slot) || self.unneeded(slot) {
            self.keep(Uop::_GUARD_IS_NOT_NONE_POP);
            self.pop();
            return;
        }
        self.materialize();
        self.keep(Uop::_GUARD_IS_NOT_NONE_POP);
        self.pop();
        self.forget();
    }

    fn guard_version(&mut self) {
        let slot = self.peek(0);
        let version = self.operands[0] as u32;
        if self.state.version(slot.sym) == version {
            return;
        }
        self.tagged(1);
        self.keep(Uop::_GUARD_TYPE_VERSION);
        self.change();
        self.state.set_version(slot.sym, version);
        let fact = self.state.fact_mut(slot.sym);
        if fact.ty == Type::Unknown {
            fact.ty = Type::Object;
        }
    }

    fn guard_namespace(&mut self, uop: Uop) {
        // The load that follows (behind another guard, perhaps) says whether it is needed.
        let mut next = self.at as usize + 1;
        while let Some(inst) = self.input.insts.get(next) {
            if matches!(inst.uop, Uop::_LOAD_GLOBAL_MODULE | Uop::_LOAD_GLOBAL_BUILTINS) {
                if self.promotes(inst) {
                    return self.guard_globals(uop);
                }
                break;
            }
            if !matches!(inst.uop, Uop::_GUARD_GLOBALS_VERSION | Uop::_GUARD_BUILTINS_VERSION) {
                break;
            }
            next += 1;
        }
        self.operands[1] = 0;
        self.generic(uop);
    }

    /// Constant globals are those of the frame that was recorded; code may run with others.
    fn guard_globals(&mut self, uop: Uop) {
        let (dict, known) = (self.operands[1], self.state.frame().globals);
        if uop == Uop::_GUARD_GLOBALS_VERSION && known != Frame::OF_CALLEE && known != dict {
            self.keep_object(dict);
            self.emit(Uop::_GUARD_FRAME_GLOBALS, 0, [dict, 0]);
            self.change();
            self.state.frame_mut().globals = dict;
        }
    }

    fn promotes(&self, inst: &Inst) -> bool {
        inst.operands[1] != 0 && self.facts.is_stable(inst.operands[1])
    }

    fn load_global(&mut self, uop: Uop) {
        let inst = self.input.insts[self.at as usize];
        if !self.promotes(&inst) {
            self.operands[1] = 0;
            return self.generic(uop);
        }
        self.check_validity();
        self.depend(Dependency::Binding(self.at));
        let word = inst.operands[1];
        let ty = self.facts.type_of(word);
        self.push_lazy(word, ty);
    }

    // ---- numbers ----

    fn int_operation(&mut self, uop: Uop) {
        self.int_operation_by(uop, 0);
    }

    fn int_operation_by(&mut self, uop: Uop, oparg: u32) {
        self.tagged(2);
        self.emit(uop, oparg, [0; 2]);
        let (right, left) = (self.pop(), self.pop());
        let slot = self.plain_word(Type::Int);
        self.push(slot);
        self.leave_phantoms(left, right);
    }

    /// Floor division and remainder of fixnums; false when it is another operator.
    fn int_division(&mut self, op: Option<NbOp>) -> bool {
        let divisor = self.peek(0);
        let divisor = self.state.fact(divisor.sym).constant >> 1;
        match op {
            Some(NbOp::NB_FLOOR_DIVIDE) if divisor > 1 && divisor.is_power_of_two() && divisor < 1 << 62 => {
                self.int_operation_by(Uop::_FLOOR_DIVIDE_POWER_OF_TWO, divisor.trailing_zeros());
            }
            Some(NbOp::NB_FLOOR_DIVIDE) => self.int_operation(Uop::_FLOOR_DIVIDE_FIXNUM),
            Some(NbOp::NB_REMAINDER) => self.int_operation(Uop::_REMAINDER_FIXNUM),
            _ => return false,
        }
        true
    }

    /// `(left, right -- res, l, r)`
    fn operator(&mut self, uop: Uop) {
        self.tagged(2);
        self.keep(uop);
        let (right, left) = (self.pop(), self.pop());
        let slot = self.plain_word(result_type(uop, self.oparg));
        self.push(slot);
        self.push(left);
        self.push(right);
    }

    fn guard_extend(&mut self) {
        let kinds = self.operands[0];
        let ty = |kind: u64| if kind == 1 { Type::Int } else { Type::Flonum };
        let (left, right) = (ty(kinds & 15), ty(kinds >> 4 & 15));
        let (l, r) = (self.peek(1), self.peek(0));
        let fits = |m: &mut Self, slot: Slot, ty: Type| {
            slot.rep == Rep::Double && ty == Type::Flonum || m.known(slot, ty)
        };
        if fits(self, l, left) && fits(self, r, right) {
            return;
        }
        self.tagged(2);
        self.keep(Uop::_GUARD_BINARY_OP_EXTEND);
        let (l, r) = (self.peek(1), self.peek(0));
        self.refine(l, left);
        self.refine(r, right);
    }

    fn extend(&mut self) {
        let op = if self.oparg >= INPLACE { self.oparg - INPLACE } else { self.oparg };
        let op = NbOp::from_u8(op as u8);
        let (l, r) = (self.peek(1), self.peek(0));
        let ints = self.ty(l) == Type::Int && self.ty(r) == Type::Int;
        if !ints
            && let Some(op) = op
            && self.float_operation(op)
        {
            return;
        }
        if ints && self.int_division(op) {
            return;
        }
        self.tagged(2);
        self.keep(Uop::_BINARY_OP_EXTEND);
        let (right, left) = (self.pop(), self.pop());
        let ty = match op {
            Some(NbOp::NB_AND | NbOp::NB_OR | NbOp::NB_XOR | NbOp::NB_RSHIFT) if ints => Type::Int,
            Some(NbOp::NB_ADD | NbOp::NB_SUBTRACT | NbOp::NB_MULTIPLY | NbOp::NB_TRUE_DIVIDE) if !ints => {
                Type::Float
            }
            _ => Type::Unknown,
        };
        let slot = self.plain_word(ty);
        self.push(slot);
        self.push(left);
        self.push(right);
    }

    /// A comparison of fixnums and the branch on it: nothing is made of the outcome. An exit repeats the comparison.
    fn int_branch(&mut self) -> bool {
        let next = &self.input.insts[self.at as usize + 1..];
        let drops = |i: &Inst| matches!(i.uop, Uop::_POP_TOP_INT | Uop::_POP_TOP_NOP);
        let [first, second, branch, ..] = next else { return false };
        if !drops(first) || !drops(second) {
            return false;
        }
        // By operator: <, <=, ==, !=, >, >=.
        let (holds, fails) = match self.oparg >> 5 {
            0 => (Uop::_GUARD_FIXNUM_LT, Uop::_GUARD_FIXNUM_GE),
            1 => (Uop::_GUARD_FIXNUM_LE, Uop::_GUARD_FIXNUM_GT),
            2 => (Uop::_GUARD_FIXNUM_EQ, Uop::_GUARD_FIXNUM_NE),
            3 => (Uop::_GUARD_FIXNUM_NE, Uop::_GUARD_FIXNUM_EQ),
            4 => (Uop::_GUARD_FIXNUM_GT, Uop::_GUARD_FIXNUM_LE),
            5 => (Uop::_GUARD_FIXNUM_GE, Uop::_GUARD_FIXNUM_LT),
            _ => return false,
        };
        let uop = match branch.uop {
            Uop::_GUARD_IS_TRUE_POP => holds,
            Uop::_GUARD_IS_FALSE_POP => fails,
            _ => return false,
        };
        self.tagged(2);
        self.emit(uop, 0, [0; 2]);
        self.pop();
        self.pop();
        self.skip = 3;
        true
    }

    /// The same for the truth of a fixnum.
    fn truth_branch(&mut self) -> bool {
        let Some(branch) = self.input.insts.get(self.at as usize + 1) else { return false };
        let uop = match branch.uop {
            Uop::_GUARD_IS_TRUE_POP => Uop::_GUARD_FIXNUM_TRUE,
            Uop::_GUARD_IS_FALSE_POP => Uop::_GUARD_FIXNUM_FALSE,
            _ => return false,
        };
        self.tagged(1);
        self.emit(uop, 0, [0; 2]);
        self.pop();
        self.skip = 1;
        true
    }

    // ---- items and attributes ----

    fn load_attribute(&mut self, borrowing: Uop) {
        self.tagged(1);
        let offset = self.operands[0];
        let borrows = self.borrows();
        self.keep(if borrows { borrowing } else { self.input.insts[self.at as usize].uop });
        let owner = self.pop();
        let mut slot = self.word(Type::Unknown, if borrows { Own::Heap } else { Own::Owned });
        match self.field(owner.sym, Place::Attribute(offset)) {
            Some(sym) => slot.sym = sym,
            None => self.set_field(owner.sym, Place::Attribute(offset), slot.sym),
        }
        self.push(slot);
        self.push(owner);
    }

    fn store_attribute(&mut self, uop: Uop) {
        self.tagged(2);
        let offset = self.operands[0];
        let fresh = uop == Uop::_STORE_ATTR_INSTANCE_VALUE && self.operands[1] != 0;
        self.operands[1] = 0;
        if fresh {
            // The shape's transition is found by the name, which the frame's code has.
            self.materialize();
            self.keep(uop);
        } else if uop == Uop::_STORE_ATTR_INSTANCE_VALUE {
            self.keep(Uop::_STORE_ATTR_INSTANCE_VALUE_SET);
        } else {
            self.keep(uop);
        }
        let (owner, value) = (self.pop(), self.pop());
        let place = Place::Attribute(offset);
        let old = self.field(owner.sym, place);
        self.kill_fields(place);
        self.set_field(owner.sym, place, value.sym);
        let mut slot = self.plain_word(if fresh { Type::Null } else { Type::Unknown });
        if let (Some(sym), false) = (old, fresh) {
            slot.sym = sym;
        }
        if fresh {
            // Another name of the same object would still have the old version.
            self.state.escapes += 1;
        }
        self.push(slot);
        self.push(owner);
    }

    fn load_method(&mut self, uop: Uop) {
        let word = self.operands[0];
        if self.has(PHYSICAL) {
            self.tagged(1);
            self.keep_object(word);
            self.keep(uop);
            let owner = self.pop();
            let sym = self.state.sym(Fact { ty: Type::Object, constant: word, ..Fact::default() });
            self.push(Slot::plain(sym, Own::Owned));
            self.push(owner);
            return;
        }
        self.tagged(1);
        let owner = self.pop();
        self.push_lazy(word, Type::Object);
        self.push(owner);
    }

    /// `_GUARD_CALLABLE_SINK`: nothing when the callable is known.
    fn sink_guard(&mut self) {
        let (callable, receiver) = (self.peek(2), self.peek(1));
        let [sink, builtin] = self.operands;
        if self.state.fact(callable.sym).constant == builtin && self.ty(receiver) == Type::Null {
            return;
        }
        self.tagged(3);
        self.emit(Uop::_GUARD_CALLABLE_SINK, self.oparg, [sink, 0]);
    }

    /// `_EXPAND_SINK`: the callable becomes a function in Python.
    fn expand_sink(&mut self) {
        let function = self.operands[1];
        let fact = Fact { ty: Type::Object, constant: function, ..Fact::default() };
        self.keep_object(function);
        let callable = self.peek(2);
        let sym = self.state.sym(fact);
        if callable.rep == Rep::Lazy {
            if let Some(slot) = self.top_mut(2) {
                *slot = Slot { sym, ..callable };
            }
            return;
        }
        self.generic(Uop::_EXPAND_SINK);
        if let Some(slot) = self.top_mut(2) {
            *slot = Slot::plain(sym, Own::Owned);
        }
        let null = self.new_sym(Type::Null);
        if let Some(slot) = self.top_mut(1) {
            *slot = Slot::plain(null, Own::Owned);
        }
    }

    /// `_EXPAND_METHOD`: a bound method becomes its function and receiver.
    fn expand_method(&mut self) {
        let n = self.oparg as usize;
        self.generic(Uop::_EXPAND_METHOD);
        let recorded = self.operands[1];
        let object = self.new_sym(Type::Object);
        let function = self.state.sym(Fact { ty: Type::Object, constant: recorded, ..Fact::default() });
        if let Some(slot) = self.top_mut(n) {
            *slot = Slot::plain(object, Own::Owned);
        }
        if let Some(slot) = self.top_mut(n + 1) {
            *slot = Slot::plain(function, Own::Owned);
        }
        if recorded != 0 {
            self.keep_object(recorded);
        }
    }
}
