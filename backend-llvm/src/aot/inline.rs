//! Calls of small functions without effects: computed in line, without a frame.
//!
//! A function that only looks (attributes, globals, comparisons, arithmetic on fixnums) and returns cannot be told from one that did not
//! run until it has succeeded. So it is computed on borrowed words, and whatever turns out to be different from what is
//! expected (a shape, a type, a name that was rebound) takes the call as if nothing had happened.
//!
//! ```text
//!   callee is the function? ──no──► next candidate, or the call
//!      │ yes
//!   its paths, each until its return ──anything unexpected──► the call
//!      └──► result with a reference, then the call's operands are dropped
//! ```
//!
//! Paths are followed as a tree: code has no joins and no loops, and there is a limit to its size.

use std::collections::HashMap;

use inkwell::IntPredicate;
use inkwell::basic_block::BasicBlock;
use inkwell::values::{BasicValue, IntValue, PointerValue};
use taipan_mir::aot::{Function, site};
use taipan_mir::opcodes::Opcode;

use super::decode::{Code, Instr};
use super::lower::{FALSE, Lower, NONE, TRUE};
use super::numbers::nb;
use crate::Result;

/// Instructions on all paths of a function that is computed in line.
const MAX_SIZE: usize = 40;
/// Functions that a call tries.
const MAX_CANDIDATES: usize = 3;

/// A function that may be computed in line.
pub struct Small<'f> {
    pub function: &'f Function,
    pub code: Code,
}

/// The small ones among the functions, by their numbers.
pub type Smalls<'f> = HashMap<u32, Small<'f>>;

/// Finds the small functions.
pub fn smalls(functions: &[Function]) -> Smalls<'_> {
    let small = |function| {
        let code = Code::new(function).ok()?;
        let mut size = 0;
        is_small(&code, 0, &mut size).then_some(Small { function, code })
    };
    functions.iter().filter_map(|f| Some((f.number, small(f)?))).collect()
}

/// Whether all paths from `at` end after few instructions that only look.
fn is_small(code: &Code, mut at: usize, size: &mut usize) -> bool {
    loop {
        let Ok(i) = code.instr(at) else { return false };
        *size += 1;
        if *size > MAX_SIZE || !only_looks(i) {
            return false;
        }
        match i.op {
            Opcode::RETURN_VALUE => return true,
            Opcode::JUMP_FORWARD => at = i.target.unwrap_or(at),
            _ => {
                if let Some(target) = i.target
                    && !is_small(code, target, size)
                {
                    return false;
                }
                at = i.next;
            }
        }
    }
}

fn only_looks(i: &Instr) -> bool {
    use Opcode::*;
    match i.op {
        RESUME => i.arg == 0,
        NOP
        | NOT_TAKEN
        | LOAD_FAST
        | LOAD_FAST_BORROW
        | LOAD_FAST_LOAD_FAST
        | LOAD_FAST_BORROW_LOAD_FAST_BORROW
        | LOAD_CONST
        | LOAD_SMALL_INT
        | STORE_FAST
        | POP_TOP
        | COPY
        | SWAP
        | IS_OP
        | UNARY_NOT
        | TO_BOOL
        | COMPARE_OP
        | POP_JUMP_IF_FALSE
        | POP_JUMP_IF_TRUE
        | POP_JUMP_IF_NONE
        | POP_JUMP_IF_NOT_NONE
        | JUMP_FORWARD
        | RETURN_VALUE => true,
        LOAD_ATTR | LOAD_GLOBAL => i.arg & 1 == 0,
        BINARY_OP => matches!(nb::plain(i.arg), nb::ADD | nb::SUBTRACT | nb::AND | nb::OR | nb::XOR),
        _ => false,
    }
}

/// What is known on a path: words without the tag of borrowed ones.
#[derive(Clone)]
struct Path<'c> {
    locals: Vec<Option<IntValue<'c>>>,
    stack: Vec<IntValue<'c>>,
}

/// Where paths go.
struct Inlined<'a, 'c> {
    small: &'a Small<'a>,
    /// The callee's function object and code.
    callee: PointerValue<'c>,
    code: PointerValue<'c>,
    elsewhere: BasicBlock<'c>,
    join: BasicBlock<'c>,
    results: Vec<(IntValue<'c>, BasicBlock<'c>)>,
}

impl<'a, 'c> Lower<'a, 'c> {
    /// Numbers of the functions that the call may be of: those that the profile saw, else those of the name that is called.
    pub fn candidates(&self, i: &Instr) -> Vec<u32> {
        let told = self.function.profile.as_ref().map(|_| self.callees(i.unit));
        let numbers = match told {
            Some(numbers) => numbers,
            None => match self.called_name(i) {
                Some(name) => {
                    let of_name = |n: &u32| self.smalls[n].function.name == name;
                    let mut numbers: Vec<u32> = self.smalls.keys().copied().filter(of_name).collect();
                    numbers.sort_unstable();
                    numbers
                }
                None => Vec::new(),
            },
        };
        let takes = |n: &u32| {
            self.smalls.get(n).is_some_and(|s| {
                let count = s.function.argcount;
                s.function.exact && (count == i.arg as u32 || count == i.arg as u32 + 1)
            })
        };
        numbers.into_iter().filter(takes).take(MAX_CANDIDATES).collect()
    }

    fn callees(&self, unit: usize) -> Vec<u32> {
        let of = |callees: &Vec<(u32, u32)>| {
            callees.iter().filter(|(at, _)| *at as usize == unit).map(|(_, n)| *n).collect()
        };
        self.function.callees.as_ref().map(of).unwrap_or_default()
    }

    /// The name by which the callee of a call was found, if the arguments before it are simple.
    fn called_name(&self, i: &Instr) -> Option<&str> {
        // The instruction that pushed the callable: where the stack was as high as it is after the call, less one.
        let wanted = self.code.depths.get(&i.first)?.checked_sub(i.arg as usize + 2)?;
        let at = *self.code.at.get(&i.first)?;
        let load = self.code.instrs[..at].iter().rev().find(|before| {
            self.code.depths.get(&before.first).is_some_and(|depth| match before.op {
                Opcode::LOAD_ATTR => *depth == wanted + 1,
                Opcode::LOAD_GLOBAL => *depth == wanted,
                _ => false,
            })
        })?;
        let index = load.arg >> 1;
        (load.arg & 1 != 0).then(|| self.function.names.get(index as usize).map(String::as_str))?
    }

    /// Tries to compute a call in line. The builder is left where none of the candidates is called. Gives the blocks in which a
    /// result is there.
    pub fn inline_call(
        &mut self,
        start: &crate::wrap::Stack<'c>,
        i: &Instr,
        candidates: &[u32],
        call: BasicBlock<'c>,
    ) -> Result<Vec<(BasicBlock<'c>, IntValue<'c>)>> {
        let w = self.w;
        let n = i.arg as usize;
        let first = start.entries.len() - n - 2;
        let (callable, receiver) = (start.entries[first].value, start.entries[first + 1].value);
        self.check(self.is_object(callable), call);
        let callee = self.object(callable);
        self.check(self.has_kind(callee, self.offsets.kind_function), call);
        let code = w.load_ptr(w.at(callee, self.offsets.function_code as i64));
        let compiled = w.load_ptr(w.at(code, w.offsets.code_compiled as i64));
        let mut ends = Vec::new();
        let smalls = self.smalls;
        for number in candidates {
            let small = &smalls[number];
            let symbol = w.declare(&small.function.symbol).as_global_value().as_pointer_value();
            let (same, next) = (self.new_block("inline"), self.new_block("next"));
            let is_it = w.b.build_int_compare(IntPredicate::EQ, compiled, symbol, "").unwrap();
            w.b.build_conditional_branch(is_it, same, next).unwrap();
            w.b.position_at_end(same);
            let with_self = small.function.argcount as usize == n + 1;
            let condition = if with_self { IntPredicate::NE } else { IntPredicate::EQ };
            self.check(w.b.build_int_compare(condition, receiver, w.int(0), "").unwrap(), call);
            let from = first + 1 + usize::from(!with_self);
            let args: Vec<_> = start.entries[from..].iter().map(|e| Some(self.plain_word(e.value))).collect();
            let mut locals = args;
            locals.resize(small.function.nlocalsplus as usize, None);
            let join = self.new_block("computed");
            let mut inlined = Inlined { small, callee, code, elsewhere: call, join, results: Vec::new() };
            self.path(&mut inlined, Path { locals, stack: Vec::new() }, 0)?;
            w.b.position_at_end(join);
            if inlined.results.is_empty() {
                w.b.build_unreachable().unwrap();
            } else {
                let phi = w.b.build_phi(w.i64(), "").unwrap();
                for (value, block) in &inlined.results {
                    phi.add_incoming(&[(value, *block)]);
                }
                let result = phi.as_basic_value().into_int_value();
                // The result has a reference of its own by now.
                let mut stack = start.clone();
                for _ in 0..n + 2 {
                    self.drop_top(&mut stack, i)?;
                }
                ends.push((self.here(), result));
            }
            w.b.position_at_end(next);
        }
        self.branch(call);
        Ok(ends)
    }

    /// A stack word without the tag of a borrowed one.
    fn plain_word(&self, word: IntValue<'c>) -> IntValue<'c> {
        let w = self.w;
        let tag = w.b.build_and(word, w.int(15), "").unwrap();
        let tagged = self.equal(tag, 4);
        let plain = w.b.build_xor(word, w.int(4), "").unwrap();
        w.b.build_select(tagged, plain, word, "").unwrap().into_int_value()
    }

    fn path(&mut self, to: &mut Inlined<'_, 'c>, mut path: Path<'c>, mut at: usize) -> Result<()> {
        let w = self.w;
        let elsewhere = to.elsewhere;
        // What the frame checks between words cannot be looked up in one that is not there.
        let give_up = |lower: &Self| {
            lower.branch(elsewhere);
            Ok(())
        };
        loop {
            let i = *to.small.code.instr(at)?;
            at = i.next;
            match i.op {
                Opcode::LOAD_FAST | Opcode::LOAD_FAST_BORROW => {
                    let Some(word) = path.locals.get(i.arg as usize).copied().flatten() else {
                        return give_up(self);
                    };
                    path.stack.push(word);
                }
                Opcode::LOAD_FAST_LOAD_FAST | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                    for index in [i.arg >> 4, i.arg & 15] {
                        let Some(word) = path.locals.get(index as usize).copied().flatten() else {
                            return give_up(self);
                        };
                        path.stack.push(word);
                    }
                }
                Opcode::STORE_FAST => {
                    let word = path.stack.pop();
                    let Some(place) = path.locals.get_mut(i.arg as usize) else { return give_up(self) };
                    *place = word;
                }
                Opcode::LOAD_CONST => {
                    let constant = to.small.function.constants.get(i.arg as usize).copied();
                    let word = match constant.and_then(self.word) {
                        Some(word) => w.int(word),
                        None => {
                            let consts = w.load_ptr(w.at(to.code, w.offsets.code_consts as i64));
                            w.load(w.at(consts, 8 * i.arg as i64))
                        }
                    };
                    path.stack.push(word);
                }
                Opcode::LOAD_SMALL_INT => path.stack.push(w.int(i.arg << 1 | 1)),
                Opcode::POP_TOP => {
                    path.stack.pop();
                }
                Opcode::COPY => {
                    let Some(at) = path.stack.len().checked_sub(i.arg as usize) else { return give_up(self) };
                    path.stack.push(path.stack[at]);
                }
                Opcode::SWAP => {
                    let top = path.stack.len();
                    let Some(other) = top.checked_sub(i.arg as usize) else { return give_up(self) };
                    path.stack.swap(top - 1, other);
                }
                Opcode::LOAD_ATTR => {
                    let Some(owner) = path.stack.pop() else { return give_up(self) };
                    let value = self.look_up(to, owner, &i);
                    path.stack.push(value);
                }
                Opcode::LOAD_GLOBAL => {
                    let value = self.look_up_global(to, &i);
                    path.stack.push(value);
                }
                Opcode::IS_OP | Opcode::COMPARE_OP | Opcode::BINARY_OP => {
                    let (Some(right), Some(left)) = (path.stack.pop(), path.stack.pop()) else {
                        return give_up(self);
                    };
                    let Some(value) = self.look_at_two(&i, left, right, elsewhere) else {
                        return give_up(self);
                    };
                    path.stack.push(value);
                }
                Opcode::TO_BOOL => {
                    let Some(word) = path.stack.pop() else { return give_up(self) };
                    let value = self.truth(word, elsewhere);
                    path.stack.push(value);
                }
                Opcode::UNARY_NOT => {
                    let Some(word) = path.stack.pop() else { return give_up(self) };
                    path.stack.push(w.b.build_xor(word, w.int(TRUE ^ FALSE), "").unwrap());
                }
                Opcode::POP_JUMP_IF_FALSE
                | Opcode::POP_JUMP_IF_TRUE
                | Opcode::POP_JUMP_IF_NONE
                | Opcode::POP_JUMP_IF_NOT_NONE => {
                    let (Some(word), Some(target)) = (path.stack.pop(), i.target) else {
                        return give_up(self);
                    };
                    let jumps = match i.op {
                        Opcode::POP_JUMP_IF_TRUE => self.equal(word, TRUE),
                        Opcode::POP_JUMP_IF_FALSE => self.equal(word, FALSE),
                        Opcode::POP_JUMP_IF_NONE => self.equal(word, NONE),
                        _ => w.b.build_not(self.equal(word, NONE), "").unwrap(),
                    };
                    let (yes, no) = (self.new_block("yes"), self.new_block("no"));
                    w.b.build_conditional_branch(jumps, yes, no).unwrap();
                    w.b.position_at_end(yes);
                    self.path(to, path.clone(), target)?;
                    w.b.position_at_end(no);
                }
                Opcode::JUMP_FORWARD => at = i.target.unwrap_or(at),
                Opcode::RETURN_VALUE => {
                    let Some(word) = path.stack.pop() else { return give_up(self) };
                    let kept = self.retained(word);
                    to.results.push((kept, self.here()));
                    self.branch(to.join);
                    return Ok(());
                }
                // `RESUME` and what does nothing.
                _ => {}
            }
        }
    }

    /// A new reference.
    fn retained(&self, word: IntValue<'c>) -> IntValue<'c> {
        self.invoke("_LOAD_FAST", &[word.into()]).1
    }

    /// An attribute of the object, or a value of its class: borrowed.
    fn look_up(&mut self, to: &Inlined<'_, 'c>, owner: IntValue<'c>, i: &Instr) -> IntValue<'c> {
        let w = self.w;
        let cell = self.cell();
        self.check(self.is_object(owner), to.elsewhere);
        let object = w.to_ptr(owner);
        let (hit, miss) = (self.new_block("hit"), self.new_block("miss"));
        // What a class has is told by the shape of its instances.
        let (class, own, looked) = (self.new_block("class"), self.new_block("own"), self.new_block("look"));
        let is_class = self.has_kind(object, self.offsets.kind_type);
        self.likely(w.b.build_not(is_class, "").unwrap(), own, class);
        w.b.position_at_end(class);
        let root = w.load_ptr(w.at(object, self.offsets.type_root_shape as i64));
        self.branch(looked);
        w.b.position_at_end(own);
        let shape = w.load_ptr(w.at(object, self.offsets.header_shape as i64));
        self.branch(looked);
        w.b.position_at_end(looked);
        let phi = w.b.build_phi(w.ptr(), "").unwrap();
        phi.add_incoming(&[(&root, class), (&shape, own)]);
        let shape = phi.as_basic_value().into_pointer_value();
        let (kind, value) = self.search_cell(cell, shape, hit, miss);
        w.b.position_at_end(miss);
        // The next call will find it.
        let names = w.load_ptr(w.at(to.code, self.offsets.code_names as i64));
        let name = w.load(w.at(names, 8 * (i.arg >> 1) as i64));
        self.ask_runtime(cell, object, name, site::access::LOAD, to.elsewhere, to.elsewhere);
        w.b.position_at_end(hit);
        let (slot, class, join) = (self.new_block("slot"), self.new_block("class"), self.new_block("found"));
        let is_slot = self.equal(kind, u64::from(site::kind::SLOT));
        self.likely(is_slot, slot, class);
        w.b.position_at_end(class);
        self.branch(join);
        w.b.position_at_end(slot);
        let inside = w.load(w.offset(object, value));
        let set = w.b.build_int_compare(IntPredicate::NE, inside, w.int(0), "").unwrap();
        self.likely(set, join, to.elsewhere);
        w.b.position_at_end(join);
        self.phi(&[(class, value), (slot, inside)])
    }

    /// A global of the callee by its inline cache: borrowed.
    fn look_up_global(&mut self, to: &Inlined<'_, 'c>, i: &Instr) -> IntValue<'c> {
        let w = self.w;
        let o = self.offsets;
        let c = w.bodies.context;
        let units = w.load_ptr(w.at(to.code, w.offsets.code_units as i64));
        let unit = |n: usize| {
            let place = w.at(units, 2 * (i.unit + n) as i64);
            w.b.build_load(c.i16_type(), place, "").unwrap().into_int_value()
        };
        let op = w.b.build_int_truncate(unit(0), c.i8_type(), "").unwrap();
        self.check(self.equal(op, Opcode::LOAD_GLOBAL_MODULE as u64), to.elsewhere);
        let globals = w.load_ptr(w.at(to.callee, o.function_globals as i64));
        let keys = w.load_ptr(w.at(globals, o.dict_keys as i64));
        let version = self.load_i32(w.at(keys, o.keys_version as i64));
        let expected = w.b.build_int_z_extend(unit(2), c.i32_type(), "").unwrap();
        let same = w.b.build_int_compare(IntPredicate::EQ, version, expected, "").unwrap();
        self.check(same, to.elsewhere);
        let index = w.b.build_int_z_extend(unit(4), w.i64(), "").unwrap();
        let offset = w.b.build_int_mul(index, w.int(o.entry_size), "").unwrap();
        let entries = w.load_ptr(w.at(keys, o.keys_entries as i64));
        let value = w.load(w.at(w.offset(entries, offset), o.entry_value as i64));
        let set = w.b.build_int_compare(IntPredicate::NE, value, w.int(0), "").unwrap();
        self.check(set, to.elsewhere);
        value
    }

    /// `None`, a bool or a fixnum.
    fn truth(&self, word: IntValue<'c>, elsewhere: BasicBlock<'c>) -> IntValue<'c> {
        let w = self.w;
        let (other, join) = (self.new_block("other"), self.new_block("truth"));
        let bools = w.b.build_or(self.equal(word, TRUE), self.equal(word, FALSE), "").unwrap();
        let here = self.here();
        self.likely(bools, join, other);
        w.b.position_at_end(other);
        let none = self.equal(word, NONE);
        let falsy = w.b.build_or(none, self.equal(word, 1), "").unwrap();
        let simple = w.b.build_or(none, self.is_fixnum(word), "").unwrap();
        let value = w.b.build_select(falsy, w.int(FALSE), w.int(TRUE), "").unwrap().into_int_value();
        let end = self.here();
        self.likely(simple, join, elsewhere);
        w.b.position_at_end(join);
        let phi = w.b.build_phi(w.i64(), "").unwrap();
        phi.add_incoming(&[(&word as &dyn BasicValue, here), (&value, end)]);
        phi.as_basic_value().into_int_value()
    }

    fn look_at_two(
        &mut self,
        i: &Instr,
        left: IntValue<'c>,
        right: IntValue<'c>,
        elsewhere: BasicBlock<'c>,
    ) -> Option<IntValue<'c>> {
        let w = self.w;
        if i.op == Opcode::IS_OP {
            // Words of one object are equal; equal numbers are one object.
            let predicate = if i.arg == 0 { IntPredicate::EQ } else { IntPredicate::NE };
            let flag = w.b.build_int_compare(predicate, left, right, "").unwrap();
            return Some(w.b.build_select(flag, w.int(TRUE), w.int(FALSE), "").unwrap().into_int_value());
        }
        self.check(self.is_fixnum(left), elsewhere);
        self.check(self.is_fixnum(right), elsewhere);
        if i.op == Opcode::BINARY_OP {
            return Some(self.int_operation(nb::plain(i.arg), left, right, elsewhere));
        }
        let predicate = crate::int_predicate(i.arg)?;
        let flag = w.b.build_int_compare(predicate, left, right, "").unwrap();
        Some(w.b.build_select(flag, w.int(TRUE), w.int(FALSE), "").unwrap().into_int_value())
    }
}
