//! What each uop means to the walk. Uops without a rule are taken by their row in the table.

use super::machine::{Machine, PHYSICAL, guard_of};
use super::state::{Fact, Frame, Local, NO_PRODUCER, Own, Place, Rep, Slot, Type};
use crate::opcodes::NbOp;
use crate::trace::{Dependency, Inst};
use crate::uops::Uop;

/// Operator numbers from here on are the in-place forms.
const INPLACE: u32 = NbOp::NB_INPLACE_ADD as u32;

/// The word of 0.
const FIXNUM_ZERO: u64 = 1;

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
            _LOAD_SMALL_INT => {
                self.keep(uop);
                let word = (self.oparg as u64) << 1 | 1;
                let sym = self.state.sym(Fact { ty: Type::Int, constant: word, ..Fact::default() });
                self.push(Slot::plain(sym, Own::Borrowed));
            }
            _PUSH_NULL => self.push_lazy(0, Type::Null),
            _PUSH_NULL_CONDITIONAL => {
                if self.oparg & 1 != 0 {
                    self.push_lazy(0, Type::Null);
                }
            }
            _COPY => self.copy(),
            _SWAP => {
                let n = self.oparg as usize;
                self.tagged(n);
                self.keep(uop);
                let (a, b) = (self.peek(0), self.peek(n - 1));
                if let Some(top) = self.top_mut(0) {
                    *top = b;
                }
                if let Some(other) = self.top_mut(n - 1) {
                    *other = a;
                }
            }
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
            _BINARY_OP_SUBSCR_LIST_INT => self.subscript(_BINARY_OP_SUBSCR_LIST_INT_BORROW),
            _BINARY_OP_SUBSCR_TUPLE_INT => self.subscript(_BINARY_OP_SUBSCR_TUPLE_INT_BORROW),
            _STORE_SUBSCR_LIST_INT => self.store_subscript(),
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

    fn load_fast(&mut self, uop: Uop) {
        let n = self.oparg as usize;
        let Some(local) = self.state.frame().locals.get(n).copied() else { return self.generic(uop) };
        let ty = self.ty(local.slot);
        if uop == Uop::_LOAD_FAST_CHECK && (local.unset || matches!(ty, Type::Unknown | Type::Null)) {
            return self.generic(uop);
        }
        if local.unset {
            return self.fail();
        }
        let (uop, own) = if ty.is_immediate() {
            (Uop::_TAKE_LOCAL, Own::Borrowed)
        } else if matches!(local.slot.own, Own::Borrowed | Own::Heap | Own::Dynamic) {
            (Uop::_TAKE_LOCAL, local.slot.own)
        } else if uop == Uop::_LOAD_FAST_BORROW {
            (uop, Own::Borrowed)
        } else if self.borrows() {
            (Uop::_LOAD_FAST_BORROW, Own::Heap)
        } else {
            (Uop::_LOAD_FAST, Own::Owned)
        };
        self.emit(uop, self.oparg, [0; 2]);
        let producer = if local.slot.own == Own::Heap { local.slot.producer } else { self.at };
        let slot = Slot { sym: local.slot.sym, own, rep: Rep::Tagged, producer, epoch: self.state.epoch };
        self.push(slot);
    }

    fn load_fast_and_clear(&mut self) {
        self.materialize();
        let n = self.oparg as usize;
        let Some(local) = self.state.frame().locals.get(n).copied() else {
            return self.generic(Uop::_LOAD_FAST_AND_CLEAR);
        };
        self.keep(Uop::_LOAD_FAST_AND_CLEAR);
        self.push(Slot { producer: NO_PRODUCER, ..local.slot });
        let sym = self.new_sym(Type::Null);
        self.state.frame_mut().locals[n] = Local { slot: Slot::plain(sym, Own::Owned), unset: false };
    }

    fn swap_fast(&mut self) {
        let n = self.oparg as usize;
        let Some(local) = self.state.frame().locals.get(n).copied() else {
            return self.generic(Uop::_SWAP_FAST);
        };
        self.tagged(1);
        let value = self.peek(0);
        let forgotten = local.unset || self.needs_no_drop(local.slot) || self.unneeded(local.slot);
        let moved = value.own == Own::Owned || self.ty(value).is_immediate();
        let uop = match (forgotten, moved) {
            (true, true) => Uop::_STORE_FAST_RAW,
            (true, false) => Uop::_STORE_FAST_NEW,
            (false, _) => Uop::_SWAP_FAST,
        };
        self.emit(uop, self.oparg, [0; 2]);
        self.pop();
        let stored = Slot::plain(value.sym, Own::Owned);
        self.state.frame_mut().locals[n] = Local { slot: stored, unset: false };
        if forgotten {
            self.push(Slot { rep: Rep::Phantom, producer: NO_PRODUCER, ..local.slot });
        } else {
            self.push(local.slot);
        }
    }

    fn load_const(&mut self) {
        let word = self.operands[0];
        let ty = self.facts.type_of(word);
        self.load_constant(word);
        let sym = self.state.sym(Fact { ty, constant: word, ..Fact::default() });
        self.push(Slot {
            sym,
            own: Own::Borrowed,
            rep: Rep::Tagged,
            producer: self.at,
            epoch: self.state.epoch,
        });
    }

    /// Pushes a known word, which is put on the stack only if something wants it there.
    fn push_lazy(&mut self, word: u64, ty: Type) {
        let sym = self.state.sym(Fact { ty, constant: word, ..Fact::default() });
        let slot =
            Slot { sym, own: Own::Borrowed, rep: Rep::Lazy, producer: self.at, epoch: self.state.epoch };
        self.push(slot);
        if word != 0 {
            self.keep_object(word);
        }
        if self.has(PHYSICAL) {
            self.tag_top();
        }
    }

    fn copy(&mut self) {
        let n = self.oparg as usize;
        let slot = self.peek(n - 1);
        if n == 1 && slot.rep != Rep::Tagged {
            self.tag_top();
        }
        self.tagged(n);
        self.keep(Uop::_COPY);
        let mut slot = self.peek(n - 1);
        slot.producer = if slot.own == Own::Heap { slot.producer } else { NO_PRODUCER };
        if let Some(original) = self.top_mut(n - 1) {
            *original = slot;
        }
        self.push(slot);
    }

    // ---- guards ----

    /// The two highest slots' types; a double is a float.
    fn guard(&mut self, below: usize, ty: Type) {
        let slot = self.peek(below);
        if slot.rep == Rep::Double && ty == Type::Float || self.known(slot, ty) {
            return;
        }
        if slot.rep != Rep::Tagged {
            self.tagged(below + 1);
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

    /// `list[start:stop]` and `list[start:stop:step]` of a list that is not dropped here: no slice object is made. False
    /// when it is something else.
    fn list_slice(&mut self, parts: usize) -> bool {
        let built = self.input.insts[self.at as usize].uop == Uop::_BUILD_SLICE;
        let follows = [Uop::_GUARD_TOS_SLICE, Uop::_GUARD_NOS_LIST, Uop::_BINARY_OP_SUBSCR_LIST_SLICE];
        let next = &self.input.insts[self.at as usize + 1..];
        if built && (next.len() < 3 || !next.iter().zip(follows).all(|(i, uop)| i.uop == uop)) {
            return false;
        }
        let subscript = if built { next[2].resume } else { self.resume };
        let list = self.peek(parts);
        if !self.known(list, Type::List) || !matches!(list.own, Own::Borrowed | Own::Heap) {
            return false;
        }
        for below in 0..parts {
            let bound = self.peek(below);
            if !self.known(bound, Type::Int) && !self.known(bound, Type::None) {
                return false;
            }
        }
        let step = self.peek(0);
        if parts == 3 && matches!(self.state.fact(step.sym).constant, 0 | FIXNUM_ZERO) {
            return false;
        }
        self.resume = subscript;
        self.tagged(parts + 1);
        if parts == 2 {
            let none = self.facts.none();
            self.load_constant(none);
            let sym = self.state.sym(Fact { ty: Type::None, constant: none, ..Fact::default() });
            self.push(Slot::plain(sym, Own::Borrowed));
        }
        self.no_doubles();
        self.emit(Uop::_LIST_SLICE, 0, [0; 2]);
        for _ in 0..4 {
            self.pop();
        }
        let slot = self.plain_word(Type::List);
        self.push(slot);
        if built {
            self.skip = follows.len();
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

    // ---- items and attributes ----

    fn item(&self, index: Slot) -> Option<Place> {
        let constant = self.state.fact(index.sym).constant;
        (constant & 1 != 0).then_some(Place::Item(constant))
    }

    fn subscript(&mut self, borrowing: Uop) {
        self.tagged(2);
        let borrows = self.borrows();
        self.emit(if borrows { borrowing } else { self.input.insts[self.at as usize].uop }, 0, [0; 2]);
        let (index, container) = (self.pop(), self.pop());
        let place = self.item(index);
        let known = place.and_then(|p| self.field(container.sym, p));
        let mut slot = self.word(Type::Unknown, if borrows { Own::Heap } else { Own::Owned });
        match (known, place) {
            (Some(sym), _) => slot.sym = sym,
            (None, Some(place)) => self.set_field(container.sym, place, slot.sym),
            _ => {}
        }
        self.push(slot);
        self.push(container);
        self.push(index);
    }

    fn store_subscript(&mut self) {
        self.tagged(3);
        self.keep(Uop::_STORE_SUBSCR_LIST_INT);
        let (index, list, value) = (self.pop(), self.pop(), self.pop());
        let place = self.item(index);
        let old = place.and_then(|p| self.field(list.sym, p));
        let mut slot = self.plain_word(Type::Unknown);
        if let Some(sym) = old {
            slot.sym = sym;
        }
        match place {
            Some(place) => {
                self.state.fields.retain(|f| f.place != place && !matches!(f.place, Place::Item(0)));
                self.set_field(list.sym, place, value.sym);
            }
            None => self.kill_items(),
        }
        self.push(slot);
        self.push(list);
        self.push(index);
    }

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
