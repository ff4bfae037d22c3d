//! Adaptive bytecodes: the usual forms in line, each an arm that ends where the others do, and the step for the rest.
//!
//! ```text
//!   arm: fixnums? ──no──► arm: floats? ──no──► step (any form, specialised in place)
//!     │                     │                    │        callee returned
//!     └──────────┬──────────┴────────────────────┴────────────┘
//!              join: results as phis
//! ```
//!
//! Operators find their arm by their guards. Attributes, globals and calls read the opcode that the specialiser wrote into
//! the running code, and the arm reads its inline cache.

use inkwell::basic_block::BasicBlock;
use inkwell::values::IntValue;
use taipan_mir::aot::Site;
use taipan_mir::opcodes::Opcode;
use taipan_mir::uops::{Uop, expansion};

use super::decode::{Instr, may_switch};
use super::lower::{Lower, Ways};
use super::numbers::nb;
use crate::steps::operands;
use crate::wrap::{Entry, Stack};
use crate::{Error, Result};

/// Kinds of operands in the cache of `BINARY_OP_EXTEND`: 1 a fixnum, 2 a flonum, the right one four bits higher.
const INT_INT: u64 = 0x11;
const FLOAT_FLOAT: u64 = 0x22;
const FLOAT_INT: u64 = 0x12;
const INT_FLOAT: u64 = 0x21;

/// Longer sequences are unpacked out of line.
const MAX_UNPACKED: u64 = 6;

/// A form that is tried in line.
#[derive(Clone, Copy)]
struct Arm {
    op: Opcode,
    /// Instead of what the inline cache says.
    operand: Option<u64>,
}

/// The forms of an instruction and what it does to the stack.
struct Forms {
    arms: Vec<Arm>,
    /// Chosen by the opcode in the running code.
    live: bool,
    inputs: usize,
    outputs: usize,
}

fn arms(ops: &[Opcode]) -> Vec<Arm> {
    ops.iter().map(|op| Arm { op: *op, operand: None }).collect()
}

fn extend(kinds: &[u64]) -> Vec<Arm> {
    kinds.iter().map(|k| Arm { op: Opcode::BINARY_OP_EXTEND, operand: Some(*k) }).collect()
}

fn forms(i: &Instr) -> Option<Forms> {
    use Opcode::*;
    let callee = (i.arg & 1) as usize;
    let (live, inputs, outputs, arms) = match i.op {
        BINARY_OP => {
            let mixed = |ops: &[Opcode]| {
                let mut list = arms(ops);
                list.extend(extend(&[FLOAT_INT, INT_FLOAT]));
                list
            };
            let list = match nb::plain(i.arg) {
                nb::ADD => mixed(&[BINARY_OP_ADD_INT, BINARY_OP_ADD_FLOAT]),
                nb::SUBTRACT => mixed(&[BINARY_OP_SUBTRACT_INT, BINARY_OP_SUBTRACT_FLOAT]),
                nb::MULTIPLY => mixed(&[BINARY_OP_MULTIPLY_INT, BINARY_OP_MULTIPLY_FLOAT]),
                nb::TRUE_DIVIDE => extend(&[FLOAT_FLOAT, FLOAT_INT, INT_FLOAT]),
                nb::SUBSCR => arms(&[BINARY_OP_SUBSCR_LIST_INT, BINARY_OP_SUBSCR_TUPLE_INT]),
                nb::AND | nb::OR | nb::XOR | nb::LSHIFT | nb::RSHIFT => extend(&[INT_INT]),
                _ => Vec::new(),
            };
            (false, 2, 1, list)
        }
        COMPARE_OP => (false, 2, 1, arms(&[COMPARE_OP_INT, COMPARE_OP_FLOAT])),
        TO_BOOL => (false, 1, 1, arms(&[TO_BOOL_BOOL, TO_BOOL_INT, TO_BOOL_NONE, TO_BOOL_LIST])),
        CONTAINS_OP => (false, 2, 1, Vec::new()),
        STORE_SUBSCR => (false, 3, 0, arms(&[STORE_SUBSCR_LIST_INT])),
        FOR_ITER => (false, 1, 2, arms(&[FOR_ITER_RANGE, FOR_ITER_LIST, FOR_ITER_TUPLE, FOR_ITER_GEN])),
        UNPACK_SEQUENCE if i.arg == 2 => {
            (false, 1, 2, arms(&[UNPACK_SEQUENCE_TWO_TUPLE, UNPACK_SEQUENCE_LIST]))
        }
        UNPACK_SEQUENCE if i.arg <= MAX_UNPACKED => {
            (false, 1, i.arg as usize, arms(&[UNPACK_SEQUENCE_TUPLE, UNPACK_SEQUENCE_LIST]))
        }
        // The rest is for `attributes`.
        LOAD_ATTR if callee == 1 => (true, 1, 2, arms(&[LOAD_ATTR_MODULE])),
        LOAD_ATTR => (true, 1, 1, arms(&[LOAD_ATTR_SLOT, LOAD_ATTR_MODULE, LOAD_ATTR_CLASS])),
        STORE_ATTR => (true, 2, 0, arms(&[STORE_ATTR_SLOT])),
        LOAD_GLOBAL => (true, 0, 1 + callee, arms(&[LOAD_GLOBAL_MODULE, LOAD_GLOBAL_BUILTIN])),
        CALL => {
            // Python functions are for `attributes`.
            let list = match i.arg {
                1 => arms(&[CALL_LIST_APPEND, CALL_LEN]),
                2 => arms(&[CALL_ISINSTANCE]),
                _ => Vec::new(),
            };
            (true, i.arg as usize + 2, 1, list)
        }
        _ => return None,
    };
    Some(Forms { arms, live, inputs, outputs })
}

/// The form's operands are no objects: there is nothing to drop.
fn immediates(op: Opcode) -> bool {
    matches!(
        op,
        Opcode::BINARY_OP_ADD_INT
            | Opcode::BINARY_OP_SUBTRACT_INT
            | Opcode::BINARY_OP_MULTIPLY_INT
            | Opcode::BINARY_OP_ADD_FLOAT
            | Opcode::BINARY_OP_SUBTRACT_FLOAT
            | Opcode::BINARY_OP_MULTIPLY_FLOAT
            | Opcode::BINARY_OP_EXTEND
            | Opcode::COMPARE_OP_INT
            | Opcode::COMPARE_OP_FLOAT
    )
}

/// A way that leads to the join.
struct End<'c> {
    block: BasicBlock<'c>,
    /// What the entries below the inputs are there.
    below: Vec<IntValue<'c>>,
    outputs: Vec<IntValue<'c>>,
}

impl<'a, 'c> Lower<'a, 'c> {
    /// Lowers an adaptive instruction; false when there is nothing to try for it.
    pub fn by_arms(&mut self, stack: &mut Stack<'c>, i: &Instr) -> Result<bool> {
        let special = matches!(i.op, Opcode::LOAD_ATTR | Opcode::STORE_ATTR | Opcode::CALL)
            || i.op == Opcode::BINARY_OP && matches!(nb::plain(i.arg), nb::FLOOR_DIVIDE | nb::REMAINDER);
        let Some(mut forms) = forms(i) else { return Ok(false) };
        let mut special = special;
        let never = self.site(i.unit).is_some_and(|site| site.count == 0);
        if let Some(form) = self.expression(i).and_then(|call| Opcode::from_u8(call.form)).filter(|_| !never)
        {
            // A profile was recorded without fused expressions.
            special = false;
            forms.arms = arms(&[form]);
        } else if let Some(told) = self.site(i.unit) {
            special &= narrow(&mut forms, told);
        }
        if forms.arms.is_empty() && !special {
            return Ok(false);
        }
        let w = self.w;
        self.settle_all(stack);
        self.ensure(stack, forms.inputs);
        let start = stack.clone();
        let kept = start.entries.len() - forms.inputs;
        let below: Vec<_> = start.entries[..kept].iter().map(|e| e.value).collect();
        let depth = self.code.depth(i.first)?;
        let after = depth - forms.inputs + forms.outputs;

        let otherwise = self.new_block("otherwise");
        let arrive = if may_switch(i.op) { Some(self.resume_point(i)?) } else { None };
        let blocks: Vec<_> = forms.arms.iter().map(|arm| self.new_block(arm.op.name())).collect();
        let mut ends = Vec::new();
        if special && i.op == Opcode::CALL {
            let other = self.new_block("callable");
            let candidates = self.candidates(i);
            if !candidates.is_empty() {
                let call = self.new_block("call");
                for (block, result) in self.inline_call(&start, i, &candidates, call)? {
                    ends.push(End { block, below: below.clone(), outputs: vec![result] });
                }
                w.b.position_at_end(call);
            }
            let (id, _) = arrive.ok_or_else(|| Error::Check(vec!["a call has a way back".into()]))?;
            self.python_call(&mut start.clone(), i, id, other)?;
            w.b.position_at_end(other);
        }
        if special && i.op == Opcode::BINARY_OP {
            let top = start.entries.len() - 1;
            let (left, right) = (start.entries[top - 1].value, start.entries[top].value);
            self.check(self.is_fixnum(left), otherwise);
            self.check(self.is_fixnum(right), otherwise);
            let result = self.int_operation(nb::plain(i.arg), left, right, otherwise);
            ends.push(End { block: self.here(), below: below.clone(), outputs: vec![result] });
        } else if forms.live {
            let by_cell = special && i.op != Opcode::CALL;
            let rest = if by_cell { self.new_block("by_cell") } else { otherwise };
            let op = self.live_opcode(i);
            let cases: Vec<_> = forms
                .arms
                .iter()
                .zip(&blocks)
                .map(|(arm, block)| (op.get_type().const_int(arm.op as u64, false), *block))
                .collect();
            w.b.build_switch(op, rest, &cases).unwrap();
            if by_cell {
                w.b.position_at_end(rest);
                for (block, mut stack) in self.attribute(&start, i, otherwise)? {
                    w.b.position_at_end(block);
                    self.ensure(&mut stack, forms.outputs);
                    let first = stack.entries.len() - forms.outputs;
                    let outputs = stack.entries[first..].iter().map(|e| e.value).collect();
                    ends.push(End { block: self.here(), below: below.clone(), outputs });
                }
            }
        } else {
            self.branch(blocks[0]);
        }
        for (index, arm) in forms.arms.iter().enumerate() {
            w.b.position_at_end(blocks[index]);
            let fail = if forms.live { None } else { blocks.get(index + 1).copied() };
            let mut stack = start.clone();
            if let (true, Some((id, _))) = (switches(arm.op), arrive) {
                self.set_resume(id);
            }
            if self.arm(&mut stack, i, *arm, fail.unwrap_or(otherwise), otherwise)? {
                self.ensure(&mut stack, forms.outputs);
                let first = stack.entries.len() - forms.outputs;
                let outputs = stack.entries[first..].iter().map(|e| e.value).collect();
                ends.push(End { block: self.here(), below: below.clone(), outputs });
            }
        }
        w.b.position_at_end(otherwise);
        if let Some((id, _)) = arrive {
            self.set_resume(id);
        }
        self.step(&start, i)?;
        // Where a profile says how the instruction goes, the general way is not the rule: behind it the interpreter goes on, so
        // that nothing is forgotten here.
        let leaves = self.site(i.unit).is_some_and(|site| site.form != 0)
            && !matches!(i.op, Opcode::CALL | Opcode::FOR_ITER);
        if leaves {
            self.leave_at(self.in_memory(after).sp, i.next);
        } else {
            let outputs = (after - forms.outputs..after).map(|slot| self.load_slot(slot)).collect();
            ends.push(End { block: self.here(), below: below.clone(), outputs });
        }
        if let (Some((_, arrive)), true) = (arrive, leaves) {
            w.b.position_at_end(arrive);
            self.leave_at(self.in_memory(after).sp, i.next);
        } else if let Some((_, arrive)) = arrive {
            w.b.position_at_end(arrive);
            let outputs = (after - forms.outputs..after).map(|slot| self.load_slot(slot)).collect();
            let first = depth - forms.inputs - kept;
            let below = (first..first + kept).map(|slot| self.load_slot(slot)).collect();
            ends.push(End { block: self.here(), below, outputs });
        }

        let join = self.new_block("join");
        for end in &ends {
            w.b.position_at_end(end.block);
            self.branch(join);
        }
        w.b.position_at_end(join);
        stack.entries.truncate(kept);
        if !leaves {
            self.forget(arrive.is_some());
        }
        if arrive.is_some() && !leaves {
            for (index, entry) in stack.entries.iter_mut().enumerate() {
                let incoming: Vec<_> = ends.iter().map(|end| (end.block, end.below[index])).collect();
                entry.value = self.phi(&incoming);
            }
        }
        for index in 0..forms.outputs {
            let incoming: Vec<_> = ends.iter().map(|end| (end.block, end.outputs[index])).collect();
            let value = self.phi(&incoming);
            stack.entries.push(Entry { value, home: false });
        }
        // Addresses that were made on the way here need not be known on all ways.
        stack.sp = self.in_memory(after - forms.outputs - kept).sp;
        Ok(true)
    }

    /// The uops of a form; false when control never comes to their end.
    fn arm(
        &mut self,
        stack: &mut Stack<'c>,
        i: &Instr,
        arm: Arm,
        fail: BasicBlock<'c>,
        otherwise: BasicBlock<'c>,
    ) -> Result<bool> {
        let e = expansion(arm.op).ok_or_else(|| Error::Check(vec![format!("{} has no uops", arm.op)]))?;
        let pc = self.pc(i.unit);
        let size = i.next - i.unit;
        // As long as only guards have run, the step can take over.
        let mut untouched = true;
        for (uop, part, at) in e.uops() {
            match uop {
                // In memory it would be an array.
                Uop::_PUSH_NULL_CONDITIONAL if i.arg & 1 == 0 => continue,
                Uop::_PUSH_NULL_CONDITIONAL => {
                    stack.entries.push(Entry { value: self.w.int(0), home: false });
                    continue;
                }
                // The fast form works on immediates alone; whatever else went to the step.
                Uop::_POP_TOP | Uop::_POP_TOP_FLOAT | Uop::_POP_TOP_INT if immediates(arm.op) => {
                    self.w.pop(stack);
                    continue;
                }
                Uop::_POP_TOP_INT => {
                    self.w.pop(stack);
                    continue;
                }
                Uop::_POP_TOP => {
                    self.drop_top(stack, i)?;
                    continue;
                }
                Uop::_GUARD_TOS_INT if self.is_known_int(stack, 1) => continue,
                Uop::_GUARD_NOS_INT if self.is_known_int(stack, 2) => continue,
                _ => {}
            }
            let mut values = operands(self.w, pc, uop, at, size);
            if let Some(operand) = arm.operand
                && uop == Uop::_GUARD_BINARY_OP_EXTEND
            {
                values[0] = self.w.int(operand);
            }
            let ways = Ways { fail: Some(fail), slow: untouched.then_some(otherwise) };
            self.body(stack, uop, i, part, values, ways)?;
            untouched &= uop.info().produced().is_empty();
            if uop == Uop::_ITER_NEXT_RANGE
                && let Some(next) = stack.entries.last()
            {
                self.facts.is_int_const(next.value);
            }
            if uop.always_switches() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_known_int(&self, stack: &Stack<'c>, back: usize) -> bool {
        let at = stack.entries.len().checked_sub(back);
        at.is_some_and(|at| self.facts.is_int(stack.entries[at].value))
    }

    /// An instruction of which the profile knows the form, where that can be told from the operands: what turns out
    /// differently leaves for the interpreter.
    pub fn by_form(&mut self, stack: &mut Stack<'c>, i: &Instr) -> Result<bool> {
        let Some(told) = self.site(i.unit) else { return Ok(false) };
        let Some(forms) = forms(i).filter(|forms| !forms.live) else { return Ok(false) };
        let Some(arm) = forms.arms.iter().find(|arm| arm.op as u8 == told.form) else { return Ok(false) };
        if may_switch(i.op) && told.form == Opcode::FOR_ITER_GEN as u8 || arm.op == Opcode::BINARY_OP_EXTEND {
            return Ok(false);
        }
        self.ensure(stack, forms.inputs);
        let leave = self.leave_before(stack, i);
        self.arm(stack, i, *arm, leave, leave)
    }
}

/// The form pushes a frame.
fn switches(op: Opcode) -> bool {
    expansion(op).is_some_and(|e| e.uops().any(|(uop, ..)| uop.always_switches()))
}

/// Leaves of the forms those that the profile saw. False: nothing else is worth trying in line.
fn narrow(forms: &mut Forms, told: Site) -> bool {
    use Opcode::*;
    let Some(form) = Opcode::from_u8(told.form).filter(|_| told.form != 0) else {
        // Several forms, or none at all.
        if told.count == 0 {
            forms.arms.clear();
        }
        return told.count > 0;
    };
    let known = forms.arms.iter().any(|arm| arm.op == form);
    let by_look = matches!(
        form,
        LOAD_ATTR_INSTANCE_VALUE
            | LOAD_ATTR_METHOD_WITH_VALUES
            | LOAD_ATTR_METHOD_NO_DICT
            | LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES
            | STORE_ATTR_INSTANCE_VALUE
            | CALL_PY_EXACT_ARGS
    );
    forms.arms.retain(|arm| arm.op == form);
    by_look && !known
}
