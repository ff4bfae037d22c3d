//! Slices of lists: `list[start:stop:step]` needs no slice object.
//!
//! With bounds that are fixnums or None, a list is asked for the items at once; anything else goes the way of the instructions.

use inkwell::IntPredicate;
use taipan_mir::opcodes::Opcode;
use taipan_mir::uops::{ArgPart, Uop};

use super::decode::Instr;
use super::facts::Facts;
use super::lower::{BORROWED, Lower, NONE, Ways};
use super::numbers::nb;
use crate::Result;
use crate::wrap::{Entry, Stack};

/// Where the step lies among the bounds.
const STEP: usize = 2;

impl<'c> Lower<'_, 'c> {
    /// Lowers `BINARY_SLICE`, or `BUILD_SLICE` with the subscription that takes the slice: where it goes on. `None` when `i`
    /// does not begin such a slice.
    pub fn slice(&mut self, stack: &mut Stack<'c>, i: &Instr) -> Result<Option<usize>> {
        let (count, subscription) = match i.op {
            Opcode::BINARY_SLICE => (2, None),
            Opcode::BUILD_SLICE => match self.subscription(i) {
                Some(j) => (i.arg as usize, Some(j)),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        if self.site(i.unit).is_some_and(|site| site.count == 0) {
            return Ok(None);
        }
        let w = self.w;
        self.settle_all(stack);
        self.ensure(stack, count + 1);
        let (other, join) = (self.new_block("general"), self.new_block("sliced"));
        let ways = Ways { fail: Some(other), slow: None };
        let zero = [w.int(0); 2];

        let mut bounds: Vec<_> =
            stack.entries[stack.entries.len() - count..].iter().map(|e| e.value).collect();
        let mut fast = stack.clone();
        fast.entries.truncate(stack.entries.len() - count);
        self.body(&mut fast, Uop::_GUARD_TOS_LIST, i, ArgPart::All, zero, ways)?;
        for (place, bound) in bounds.iter().enumerate() {
            let fits = w.b.build_or(self.is_fixnum(*bound), self.equal(*bound, NONE), "").unwrap();
            self.check(fits, other);
            if place == STEP {
                let zero = w.int(1);
                self.check(w.b.build_int_compare(IntPredicate::NE, *bound, zero, "").unwrap(), other);
            }
        }
        bounds.resize(STEP + 1, w.int(NONE));
        // The list stays below until the items are there.
        self.ensure(&mut fast, 1);
        let list = fast.entries[fast.entries.len() - 1].value;
        let borrowed = w.b.build_or(list, w.int(BORROWED), "").unwrap();
        for value in std::iter::once(borrowed).chain(bounds) {
            fast.entries.push(Entry { value, home: false });
        }
        self.body(&mut fast, Uop::_LIST_SLICE, i, ArgPart::All, zero, Ways { fail: None, slow: None })?;
        let result = w.pop(&mut fast).value;
        self.drop_top(&mut fast, i)?;
        fast.entries.push(Entry { value: result, home: false });
        w.flush(&mut fast);
        self.branch(join);

        w.b.position_at_end(other);
        let mut general = stack.clone();
        self.by_step(&mut general, i)?;
        if let Some(j) = subscription {
            self.instr(&j, &mut general)?;
        }
        self.settle_all(&mut general);
        w.flush(&mut general);
        self.branch(join);

        w.b.position_at_end(join);
        self.facts = Facts::default();
        let next = subscription.map_or(i.next, |j| j.next);
        *stack = self.in_memory(self.code.depth(next)?);
        Ok(Some(next))
    }

    /// The subscription that takes what `i` makes, in the same block.
    fn subscription(&self, i: &Instr) -> Option<Instr> {
        let j = *self.code.instr(i.next).ok()?;
        let takes = j.op == Opcode::BINARY_OP && nb::plain(j.arg) == nb::SUBSCR;
        (takes && !self.code.leaders.contains(&j.first)).then_some(j)
    }
}
