//! Which objects were written already, by identity.
//!
//! A table with linear probing: the word of an object is its key, which also keeps it alive, so that no other object can get
//! its address while the pickle is written.

use taipan_layout::Value;

use crate::modules::native::Visit;
use crate::owned::{Counted, Owned};

#[derive(Default)]
pub struct Memo {
    slots: Vec<Slot>,
    used: usize,
}

#[derive(Default, Clone)]
struct Slot {
    object: Option<Owned>,
    number: usize,
}

/// Slots of the first table; a power of two.
const FIRST: usize = 32;

impl Memo {
    pub fn len(&self) -> usize {
        self.used
    }

    /// Bytes in memory.
    pub fn size(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }

    /// The slot that `v` is in, or the free one where it would go. The table is not full.
    #[inline]
    fn place(&self, v: Value) -> usize {
        let mask = self.slots.len() - 1;
        // Objects lie at multiples of 16; the product's upper half depends on all bits of the address.
        let mut at = ((v.0 >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & mask;
        loop {
            match &self.slots[at].object {
                Some(o) if o.value() != v => at = (at + 1) & mask,
                _ => return at,
            }
        }
    }

    /// The number that `v` was given.
    #[inline]
    pub fn get(&self, v: Value) -> Option<usize> {
        if self.used == 0 {
            return None;
        }
        let slot = &self.slots[self.place(v)];
        slot.object.is_some().then_some(slot.number)
    }

    /// Gives `v` a number.
    #[inline]
    pub fn put(&mut self, v: Value, number: usize) {
        if self.used * 2 >= self.slots.len() {
            self.grow();
        }
        let at = self.place(v);
        let slot = &mut self.slots[at];
        slot.number = number;
        if slot.object.is_none() {
            slot.object = Some(v.own());
            self.used += 1;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let size = if self.slots.is_empty() { FIRST } else { self.slots.len() * 4 };
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); size]);
        for slot in old {
            if let Some(object) = &slot.object {
                let at = self.place(object.value());
                self.slots[at] = slot;
            }
        }
    }

    /// All objects with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Owned)> {
        self.slots.iter().filter_map(|slot| slot.object.as_ref().map(|object| (slot.number, object)))
    }
}

impl Clone for Memo {
    fn clone(&self) -> Memo {
        Memo { slots: self.slots.clone(), used: self.used }
    }
}

impl Visit for Memo {
    fn visit_with(&self, visit: &mut dyn FnMut(Value)) {
        self.iter().for_each(|(_, object)| visit(object.value()));
    }
}
