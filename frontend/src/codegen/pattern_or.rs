//! Alternatives in `match` patterns.

use super::{pattern::PatternContext, *};
use crate::error::Error;

impl<'a> Compiler<'a> {
    /// All alternatives must capture the same names; each leaves the values in the order of the
    /// first.
    pub fn pattern_or(
        &mut self,
        patterns: &'a [Pattern<'a>],
        context: &mut PatternContext,
        loc: Loc,
    ) -> Result<()> {
        let end = self.label();
        let mut control: Vec<Name> = Vec::new();
        for (index, alternative) in patterns.iter().enumerate() {
            let at = alternative.loc;
            let mut inner = PatternContext {
                // One that always matches must be last.
                allow_irrefutable: index + 1 == patterns.len() && context.allow_irrefutable,
                ..PatternContext::default()
            };
            self.emit(Op::COPY, 1, at);
            self.pattern(alternative, &mut inner)?;
            if index == 0 {
                control = inner.stores.clone();
            } else {
                self.reorder(&mut inner.stores, &control, loc, at)?;
            }
            self.emit_jump(Op::JUMP, end, at);
            self.emit_fail_pop(&mut inner, at);
        }
        self.emit0(Op::POP_TOP, loc);
        self.jump_to_fail_pop(context, Op::JUMP, loc);
        self.place(end);
        // The captures lie above the other ones, the subject's copy and what else is on the stack.
        let rotations = control.len() + 1 + context.on_top + context.stores.len();
        for name in control {
            self.rotate(rotations, loc);
            if context.stores.contains(&name) {
                return Err(self.duplicate_store(name, loc));
            }
            context.stores.push(name);
        }
        self.emit0(Op::POP_TOP, loc);
        Ok(())
    }

    /// Brings an alternative's captures into the order of the first alternative's.
    fn reorder(&mut self, stores: &mut Vec<Name>, control: &[Name], loc: Loc, at: Loc) -> Result<()> {
        let differ = || Error::syntax("alternative patterns bind different names", loc);
        if stores.len() != control.len() {
            return Err(differ());
        }
        for wanted in (0..control.len()).rev() {
            let found = stores.iter().position(|s| *s == control[wanted]).ok_or_else(differ)?;
            if found == wanted {
                continue;
            }
            // Moves the first `found + 1` captures behind the next ones, here and on the stack.
            let rotations = found + 1;
            let moved: Vec<Name> = stores.drain(..rotations).collect();
            let place = wanted - found;
            stores.splice(place..place, moved);
            for _ in 0..rotations {
                self.rotate(wanted + 1, at);
            }
        }
        Ok(())
    }
}
