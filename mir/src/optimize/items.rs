//! Items of lists and tuples: subscription, stores, unpacking, iteration.
//!
//! Where the container needs no drop, an item is taken without one, as what it turned out to be used as.

use super::machine::{BOXED, DOUBLE, INT, Machine};
use super::state::{NO_PRODUCER, Own, Place, Rep, Slot, Type};
use crate::opcodes::NbOp;
use crate::uops::Uop;

impl Machine<'_> {
    fn item(&self, index: Slot) -> Option<Place> {
        let constant = self.state.fact(index.sym).constant;
        (constant & 1 != 0).then_some(Place::Item(constant))
    }

    /// Whether the slot is an item that a uop of the recorded trace took from a list.
    pub fn is_list_item(&self, slot: Slot) -> bool {
        let producer = self.input.insts.get(slot.producer as usize);
        producer.is_some_and(|i| i.uop == Uop::_BINARY_OP_SUBSCR_LIST_INT)
    }

    /// The local and the index, if the two highest slots are a list in a local and a constant.
    fn item_of_local(&mut self) -> Option<(u32, u64)> {
        const MOST: u64 = 1 << 20;
        let (list, index) = (self.peek(1), self.peek(0));
        let word = self.state.fact(index.sym).constant;
        match (list.rep, index.rep) {
            (Rep::Local(n), Rep::Lazy) if word & 1 != 0 && word < MOST && self.known(list, Type::List) => {
                Some((n as u32, word >> 1))
            }
            _ => None,
        }
    }

    /// `list[int]` where the list needs no drop; false when it does.
    pub fn list_item(&mut self) -> bool {
        let double = self.has(DOUBLE) && !self.has(BOXED) && self.doubles() < 2;
        let place = if double || self.has(INT) { self.item_of_local() } else { None };
        if place.is_none() {
            self.tagged(2);
            let list = self.peek(1);
            if !self.needs_no_drop(list) && !self.unneeded(list) {
                return false;
            }
        }
        let borrows = self.borrows();
        let (uop, ty, own) = match place {
            Some(_) if double => (Uop::_LOCAL_LIST_ITEM_F64, Type::Flonum, Own::Owned),
            Some(_) => (Uop::_LOCAL_LIST_ITEM_INT, Type::Int, Own::Borrowed),
            _ if double => (Uop::_LIST_ITEM_F64, Type::Flonum, Own::Owned),
            _ if self.has(INT) => (Uop::_LIST_ITEM_INT, Type::Int, Own::Borrowed),
            _ if borrows => (Uop::_LIST_ITEM_BORROW, Type::Unknown, Own::Heap),
            _ => (Uop::_LIST_ITEM, Type::Unknown, Own::Owned),
        };
        let (local, index) = place.unwrap_or_default();
        self.emit(uop, local, [index, 0]);
        let (index, list) = (self.pop(), self.pop());
        let place = self.item(index);
        let mut slot = self.word(ty, own);
        match (place.and_then(|p| self.field(list.sym, p)), place) {
            (Some(sym), _) => {
                slot.sym = sym;
                if ty != Type::Unknown {
                    self.refine(slot, ty);
                }
            }
            (None, Some(place)) => self.set_field(list.sym, place, slot.sym),
            _ => {}
        }
        if double {
            slot.rep = Rep::Double;
        }
        self.push(slot);
        self.leave_phantoms(list, index);
        true
    }

    /// `list[int] = number` where the list needs no drop, and neither does what was there; false when it is not that.
    pub fn store_item(&mut self) -> bool {
        let value = self.peek(2);
        let double = value.rep == Rep::Double;
        if !double && !self.state.ty(value).is_immediate() {
            return false;
        }
        let place = if double { self.item_of_local() } else { None };
        if place.is_none() {
            self.tagged(if double { 2 } else { 3 });
            let list = self.peek(1);
            if !self.needs_no_drop(list) && !self.unneeded(list) {
                return false;
            }
        }
        // Immediates have neither count nor owner.
        let value = self.peek(2);
        self.ty(value);
        let (uop, local, index) = match place {
            Some((local, index)) => (Uop::_STORE_LOCAL_LIST_ITEM_F64, local, index),
            None if double => (Uop::_STORE_LIST_ITEM_F64, 0, 0),
            None => (Uop::_STORE_LIST_ITEM_IMMEDIATE, 0, 0),
        };
        self.emit(uop, local, [index, 0]);
        let (index, list, value) = (self.pop(), self.pop(), self.pop());
        match self.item(index) {
            Some(place) => {
                self.state.fields.retain(|f| f.place != place && !matches!(f.place, Place::Item(0)));
                self.set_field(list.sym, place, value.sym);
            }
            None => self.kill_items(),
        }
        if double {
            // A float object may have been there.
            self.release();
        }
        let sym = self.new_sym(Type::Unknown);
        self.push(Slot { rep: Rep::Phantom, ..Slot::plain(sym, Own::Borrowed) });
        self.leave_phantoms(list, index);
        true
    }

    /// `list[int]` by the generic operator, as negative indices are recorded; false when it is not that.
    pub fn signed_item(&mut self) -> bool {
        if self.oparg != NbOp::NB_SUBSCR as u32 || !self.is_signed_item() {
            return false;
        }
        self.emit(Uop::_LIST_ITEM_SIGNED, 0, [0; 2]);
        self.pop();
        self.pop();
        let slot = self.plain_word(Type::Unknown);
        self.push(slot);
        true
    }

    /// The same for `list[int] = value`.
    pub fn store_signed_item(&mut self) -> bool {
        if !self.is_signed_item() {
            return false;
        }
        self.tagged(3);
        self.emit(Uop::_STORE_LIST_ITEM_SIGNED, 0, [0; 2]);
        for _ in 0..3 {
            self.pop();
        }
        self.kill_items();
        let old = self.plain_word(Type::Unknown);
        self.push(old);
        self.drop_top();
        true
    }

    /// Whether the two highest slots are a list that needs no drop and a small int.
    fn is_signed_item(&mut self) -> bool {
        let (list, index) = (self.peek(1), self.peek(0));
        if !self.known(list, Type::List) || !self.known(index, Type::Int) || self.refused() {
            return false;
        }
        self.tagged(2);
        let list = self.peek(1);
        self.needs_no_drop(list) || self.unneeded(list)
    }

    /// `-int`; false when it is not that.
    pub fn negate(&mut self) -> bool {
        let value = self.peek(0);
        if !self.known(value, Type::Int) || self.refused() {
            return false;
        }
        self.tagged(1);
        self.emit(Uop::_NEGATE_FIXNUM, 0, [0; 2]);
        self.pop();
        let slot = self.plain_word(Type::Int);
        self.push(slot);
        true
    }

    /// Whether the trace begins with this instruction, where such a short form may have left before.
    fn refused(&self) -> bool {
        self.input.insts.first().is_some_and(|first| first.resume == self.resume)
    }

    /// Unpacking of something that needs no drop; false when it does, or when its items have to be owned.
    pub fn unpack_borrowed(&mut self) -> bool {
        let is_list = self.input.insts[self.at as usize].uop == Uop::_UNPACK_SEQUENCE_LIST;
        let uop = match (is_list, self.oparg) {
            (false, 2) => Uop::_UNPACK_TUPLE_2_BORROW,
            (false, 3) => Uop::_UNPACK_TUPLE_3_BORROW,
            (true, 2) => Uop::_UNPACK_LIST_2_BORROW,
            (true, 3) => Uop::_UNPACK_LIST_3_BORROW,
            _ => return false,
        };
        self.tagged(1);
        let sequence = self.peek(0);
        if self.owned_after_all() || !self.needs_no_drop(sequence) && !self.unneeded(sequence) {
            return false;
        }
        self.emit(uop, 0, [0; 2]);
        self.pop();
        for _ in 0..self.oparg {
            let item = self.word(Type::Unknown, Own::Heap);
            self.push(item);
        }
        self.push(Slot { rep: Rep::Phantom, producer: NO_PRODUCER, ..sequence });
        true
    }

    pub fn iter_next(&mut self, borrowing: Uop) {
        self.tagged(1);
        let borrows = self.borrows();
        self.emit(if borrows { borrowing } else { self.input.insts[self.at as usize].uop }, 0, [0; 2]);
        let item = self.word(Type::Unknown, if borrows { Own::Heap } else { Own::Owned });
        self.push(item);
    }

    pub fn enumerate_next(&mut self, borrowing: Uop) {
        self.iter_next(borrowing);
        let number = self.plain_word(Type::Int);
        self.push(number);
    }

    pub fn subscript(&mut self, borrowing: Uop) {
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

    pub fn store_subscript(&mut self) {
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
}
