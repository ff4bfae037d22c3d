//! Floats without boxes: operations on known floats take their operands from the stack of doubles and leave the result
//! there, until something wants a word.

use super::machine::{BOXED, DOUBLE, Machine};
use super::state::{NO_PRODUCER, Own, Rep, Slot, Type};
use crate::opcodes::NbOp;
use crate::uops::Uop;

/// Registers for doubles.
const REGISTERS: usize = 3;

impl Machine<'_> {
    /// An arithmetic uop on floats (`res, l, r` with the operands left for their drops); false when it was not done.
    pub fn float_operation(&mut self, op: NbOp) -> bool {
        let (forward, reversed) = match op {
            NbOp::NB_ADD => (Uop::_BINARY_OP_ADD_FLOAT_UNBOXED, Uop::_BINARY_OP_ADD_FLOAT_UNBOXED),
            NbOp::NB_MULTIPLY => {
                (Uop::_BINARY_OP_MULTIPLY_FLOAT_UNBOXED, Uop::_BINARY_OP_MULTIPLY_FLOAT_UNBOXED)
            }
            NbOp::NB_SUBTRACT => {
                (Uop::_BINARY_OP_SUBTRACT_FLOAT_UNBOXED, Uop::_BINARY_OP_SUBTRACT_FLOAT_UNBOXED_REVERSED)
            }
            NbOp::NB_TRUE_DIVIDE => (
                Uop::_BINARY_OP_TRUE_DIVIDE_FLOAT_UNBOXED,
                Uop::_BINARY_OP_TRUE_DIVIDE_FLOAT_UNBOXED_REVERSED,
            ),
            _ => return false,
        };
        // A division by zero leaves. An operand that was an int is a float then, of which the error knows nothing.
        let Some(is_reversed) = self.unbox_operands() else { return false };
        self.float_result(is_reversed, if is_reversed { reversed } else { forward });
        true
    }

    /// `_BINARY_OP` with floats whose operator is `**`; false when it is something else. Its operands have no drops.
    pub fn power(&mut self) -> bool {
        if !matches!(NbOp::from_u8(self.oparg as u8), Some(NbOp::NB_POWER | NbOp::NB_INPLACE_POWER)) {
            return false;
        }
        let (left, right) = (self.peek(1), self.peek(0));
        let is_float = |m: &mut Self, s: Slot| s.rep == Rep::Double || m.known(s, Type::Float);
        // An int to an int is an int.
        if !is_float(self, left) && !is_float(self, right) {
            return false;
        }
        let Some(is_reversed) = self.unbox_operands() else { return false };
        let uop = if is_reversed {
            Uop::_BINARY_OP_POWER_FLOAT_UNBOXED_REVERSED
        } else {
            Uop::_BINARY_OP_POWER_FLOAT_UNBOXED
        };
        self.float_result(is_reversed, uop);
        self.pop();
        self.pop();
        true
    }

    /// Emits an operation of two doubles whose operands are left for their drops.
    fn float_result(&mut self, is_reversed: bool, uop: Uop) {
        self.emit(uop, 0, [0; 2]);
        if is_reversed {
            self.swap_doubles_of_exit();
        }
        let (right, left) = (self.pop(), self.pop());
        let sym = self.new_sym(Type::Float);
        let result =
            Slot { sym, own: Own::Owned, rep: Rep::Double, producer: self.at, epoch: self.state.epoch };
        self.push(result);
        if self.has(BOXED) || self.doubles() == REGISTERS {
            self.tag_top();
        }
        self.leave_phantoms(left, right);
    }

    /// A comparison of floats, in the same way.
    pub fn float_comparison(&mut self) -> bool {
        let Some(is_reversed) = self.unbox_operands() else { return false };
        // The argument has a bit for each outcome: 1 less, 2 greater.
        let swapped = self.oparg & !6 | (self.oparg & 2) << 1 | (self.oparg & 4) >> 1;
        self.emit(Uop::_COMPARE_OP_FLOAT_UNBOXED, if is_reversed { swapped } else { self.oparg }, [0; 2]);
        let (right, left) = (self.pop(), self.pop());
        let result = self.plain_word(Type::Bool);
        self.push(result);
        self.leave_phantoms(left, right);
        true
    }

    /// The operands' drops follow.
    pub fn leave_phantoms(&mut self, left: Slot, right: Slot) {
        for slot in [left, right] {
            self.push(Slot { rep: Rep::Phantom, producer: NO_PRODUCER, ..slot });
        }
    }

    /// Brings the two highest slots, known to be numbers, to registers; whether they are in reversed order there. `None`, with nothing
    /// done, when there are too few.
    fn unbox_operands(&mut self) -> Option<bool> {
        let (left, right) = (self.peek(1), self.peek(0));
        let number = |m: &mut Self, s: Slot| {
            s.rep == Rep::Double
                || s.rep != Rep::Phantom && matches!(m.ty(s), Type::Float | Type::Flonum | Type::Int)
        };
        let loads = |s: Slot| (s.rep != Rep::Double) as usize;
        if !number(self, left)
            || !number(self, right)
            || self.doubles() + loads(left) + loads(right) > REGISTERS
        {
            return None;
        }
        // Of two words the upper one comes first, and a double that is there already is the lower one of the two.
        let words = left.rep == Rep::Tagged && right.rep == Rep::Tagged;
        let reversed = left.rep != Rep::Double && (right.rep == Rep::Double || words);
        for below in if reversed { [0, 1] } else { [1, 0] } {
            let slot = self.peek(below);
            if slot.rep != Rep::Double {
                self.unbox(below, slot);
            }
        }
        Some(reversed)
    }

    /// The slot `below` the top is the highest word, or none.
    fn unbox(&mut self, below: usize, slot: Slot) {
        let ty = self.ty(slot);
        let mut releases = false;
        match slot.rep {
            Rep::Local(n) => self.unbox_local(n as usize, ty),
            Rep::Lazy => {
                let word = self.state.fact(slot.sym).constant;
                match self.facts.double(word) {
                    Some(bits) => self.emit(Uop::_LOAD_CONST_F64, 0, [bits, 0]),
                    None => {
                        self.load_constant(word);
                        let int = ty == Type::Int;
                        let uop = if int { Uop::_UNBOX_FIXNUM_AS_FLOAT } else { Uop::_UNBOX_FLOAT_ANY };
                        self.emit(uop, 0, [0; 2]);
                    }
                }
            }
            _ => {
                if ty != Type::Int && self.is_list_item(slot) && !self.decisions.has(slot.producer, BOXED) {
                    self.decisions.set(slot.producer, DOUBLE);
                }
                let uop = match ty {
                    Type::Int => Uop::_UNBOX_FIXNUM_AS_FLOAT,
                    Type::Flonum => Uop::_UNBOX_FLOAT,
                    _ if self.needs_no_drop(slot) || self.unneeded(slot) => Uop::_UNBOX_FLOAT_ANY,
                    _ => Uop::_UNBOX_FLOAT_OWNED,
                };
                self.emit(uop, 0, [0; 2]);
                releases = uop == Uop::_UNBOX_FLOAT_OWNED;
            }
        }
        if let Some(top) = self.top_mut(below) {
            *top = Slot { own: Own::Owned, rep: Rep::Double, producer: NO_PRODUCER, ..slot };
        }
        if releases {
            self.release();
        }
    }

    fn unbox_local(&mut self, n: usize, ty: Type) {
        let local = self.state.frame().locals[n].slot;
        if local.rep == Rep::Double {
            return self.emit(Uop::_LOAD_FAST_F64, n as u32, [0; 2]);
        }
        if ty == Type::Int {
            self.emit(Uop::_TAKE_LOCAL, n as u32, [0; 2]);
            return self.emit(Uop::_UNBOX_FIXNUM_AS_FLOAT, 0, [0; 2]);
        }
        // The store should leave a double there at once.
        if self.input.insts.get(local.producer as usize).is_some_and(|i| i.uop == Uop::_SWAP_FAST) {
            self.decisions.set(local.producer, DOUBLE);
        }
        self.emit(Uop::_LOAD_FAST_UNBOX_ANY, n as u32, [0; 2]);
    }
}
