//! States as bytes: an exit's state is kept as long as its executor and read once at most, when code is made for the exit's
//! other side. A state takes a few kilobytes in its walkable form and about a hundred and fifty bytes in this one.
//!
//! Numbers are LEB128; what is usually absent has a bit in a byte of flags.

use std::rc::Rc;

use super::state::{Fact, Field, Frame, Local, NO_PRODUCER, Own, Place, Rep, Slot, State, Type};
use crate::trace::VirtualFrame;

const OWNERS: [Own; 4] = [Own::Owned, Own::Borrowed, Own::Heap, Own::Dynamic];

/// A state that was put away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packed {
    bytes: Rc<[u8]>,
    plain: bool,
}

impl Packed {
    pub fn new(state: &State) -> Packed {
        let mut out = Writer(Vec::with_capacity(256));
        out.state(state);
        Packed { bytes: out.0.into(), plain: state.is_plain() }
    }

    /// As [`State::is_plain`].
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    pub fn state(&self) -> State {
        Reader(&self.bytes).state()
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: impl Into<u64>) {
        let mut rest = number.into();
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
    }

    fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.number(items.len() as u64);
        items.iter().for_each(|item| write(self, item));
    }

    fn state(&mut self, state: &State) {
        let State { facts, frames, fields, epoch, escapes, valid } = state;
        self.list(facts, Self::fact);
        self.list(frames, Self::frame);
        self.list(fields, |out, Field { owner, place, value }| {
            out.number(*owner);
            out.number(*value);
            let (kind, n) = match place {
                Place::Attribute(n) => (0u8, n),
                Place::Item(n) => (1, n),
            };
            out.number(kind);
            out.number(*n);
        });
        self.number(*epoch);
        self.number(*escapes);
        self.number(*valid);
    }

    fn fact(&mut self, fact: &Fact) {
        let Fact { ty, version, since, constant, assumed } = fact;
        let has = |present: bool, bit: u8| (present as u8) << bit;
        self.0.push(*ty as u8 | has(*version != 0, 4) | has(*constant != 0, 5) | has(*assumed != 0, 6));
        if *version != 0 {
            self.number(*version);
            self.number(*since);
        }
        if *constant != 0 {
            self.number(*constant);
        }
        if *assumed != 0 {
            self.number(*assumed);
        }
    }

    fn slot(&mut self, slot: &Slot, unset: bool) {
        let Slot { sym, own, rep, producer, epoch } = slot;
        let made = *producer != NO_PRODUCER;
        let (form, local) = match *rep {
            Rep::Tagged => (0u8, None),
            Rep::Double => (1, None),
            Rep::Lazy => (2, None),
            Rep::Phantom => (3, None),
            Rep::Local(n) => (4, Some(n)),
            Rep::List => (5, None),
            Rep::Function(cell) => (6, Some(cell)),
        };
        self.0.push(*own as u8 | form << 2 | (unset as u8) << 5 | (made as u8) << 6);
        self.number(*sym);
        if let Some(n) = local {
            self.number(n);
        }
        if made {
            self.number(*producer);
        }
        self.number(*epoch);
    }

    fn frame(&mut self, frame: &Frame) {
        let Frame { locals, stack, size, globals, inlined } = frame;
        self.list(locals, |out, Local { slot, unset }| out.slot(slot, *unset));
        self.list(stack, |out, slot| out.slot(slot, false));
        self.number(*size);
        self.number(*globals);
        self.number(inlined.is_some());
        if let Some(inlined) = inlined {
            let VirtualFrame { function, call_ip, size, caller_stack, return_offset, borrowed, unset } =
                *inlined;
            let narrow = [size, caller_stack, return_offset].map(u64::from);
            for number in [function, call_ip, borrowed, unset].into_iter().chain(narrow) {
                self.number(number);
            }
        }
    }
}

/// What [`Writer`] wrote: nothing else gets here, so there is nothing to refuse.
struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return number;
            }
            shift += 7;
        }
    }

    fn narrow(&mut self) -> u32 {
        self.number() as u32
    }

    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let len = self.number();
        (0..len).map(|_| read(self)).collect()
    }

    fn state(&mut self) -> State {
        let facts = self.list(Self::fact);
        let frames = self.list(Self::frame);
        let fields = self.list(|from| {
            let (owner, value) = (from.narrow(), from.narrow());
            let place = match from.byte() {
                0 => Place::Attribute(from.number()),
                _ => Place::Item(from.number()),
            };
            Field { owner, place, value }
        });
        State {
            facts,
            frames,
            fields,
            epoch: self.narrow(),
            escapes: self.narrow(),
            valid: self.number() != 0,
        }
    }

    fn fact(&mut self) -> Fact {
        let flags = self.byte();
        let mut fact = Fact { ty: Type::ALL[usize::from(flags & 15)], ..Fact::default() };
        if flags & 1 << 4 != 0 {
            (fact.version, fact.since) = (self.narrow(), self.narrow());
        }
        if flags & 1 << 5 != 0 {
            fact.constant = self.number();
        }
        if flags & 1 << 6 != 0 {
            fact.assumed = self.number() as u16;
        }
        fact
    }

    fn slot(&mut self) -> (Slot, bool) {
        let flags = self.byte();
        let sym = self.narrow();
        let rep = match flags >> 2 & 7 {
            0 => Rep::Tagged,
            1 => Rep::Double,
            2 => Rep::Lazy,
            3 => Rep::Phantom,
            4 => Rep::Local(self.narrow() as u16),
            5 => Rep::List,
            _ => Rep::Function(self.narrow() as u16),
        };
        let producer = if flags & 1 << 6 != 0 { self.narrow() } else { NO_PRODUCER };
        let own = OWNERS[usize::from(flags & 3)];
        (Slot { sym, own, rep, producer, epoch: self.narrow() }, flags & 1 << 5 != 0)
    }

    fn frame(&mut self) -> Frame {
        let locals = self.list(|from| {
            let (slot, unset) = from.slot();
            Local { slot, unset }
        });
        let stack = self.list(|from| from.slot().0);
        let (size, globals) = (self.narrow(), self.number());
        let inlined = (self.number() != 0).then(|| {
            let [function, call_ip, borrowed, unset] = std::array::from_fn(|_| self.number());
            let [size, caller_stack, return_offset] = std::array::from_fn(|_| self.narrow());
            VirtualFrame { function, call_ip, size, caller_stack, return_offset, borrowed, unset }
        });
        Frame { locals, stack, size, globals, inlined }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        for (n, ty) in Type::ALL.iter().enumerate() {
            assert_eq!(*ty as usize, n);
        }
        assert!(OWNERS.iter().enumerate().all(|(n, own)| *own as usize == n));
        let slot = |sym, own, rep, producer| Slot { sym, own, rep, producer, epoch: sym * 300 };
        let inlined = VirtualFrame {
            function: 0x7fff_1234_5678_9ab0,
            call_ip: 0x1000,
            size: 240,
            caller_stack: 8,
            return_offset: 4,
            borrowed: 1 << 63,
            unset: 5,
        };
        let state = State {
            facts: vec![
                Fact::default(),
                Fact { ty: Type::Object, version: 70_000, since: 3, constant: u64::MAX, assumed: 12 },
                Fact { ty: Type::Int, constant: 7, ..Fact::default() },
            ],
            frames: vec![
                Frame {
                    locals: vec![Local { slot: slot(1, Own::Heap, Rep::Tagged, NO_PRODUCER), unset: true }],
                    stack: vec![
                        slot(2, Own::Dynamic, Rep::Tagged, 500),
                        slot(1, Own::Owned, Rep::Double, NO_PRODUCER),
                        slot(2, Own::Borrowed, Rep::Lazy, 3),
                        slot(0, Own::Heap, Rep::Local(300), 70_000),
                        slot(1, Own::Borrowed, Rep::List, 8),
                        slot(2, Own::Borrowed, Rep::Function(6), 9),
                    ],
                    size: 200,
                    globals: 0,
                    inlined: None,
                },
                Frame {
                    locals: Vec::new(),
                    stack: vec![slot(0, Own::Borrowed, Rep::Phantom, 0)],
                    size: 96,
                    globals: 0x7fff_0000_1230,
                    inlined: Some(inlined),
                },
            ],
            fields: vec![
                Field { owner: 1, place: Place::Attribute(24), value: 2 },
                Field { owner: 0, place: Place::Item(1 << 40), value: 1 },
            ],
            epoch: 9,
            escapes: 3,
            valid: true,
        };
        let packed = Packed::new(&state);
        assert_eq!(packed.state(), state);
        assert!(!packed.is_plain() && packed.bytes.len() < 150);
    }
}
