//! Uops without a rule of their own: the body in line, its exits by the row of the table.

use inkwell::basic_block::BasicBlock;
use inkwell::values::{BasicMetadataValueEnum, FloatValue, IntValue};
use taipan_mir::graph::Inst;
use taipan_mir::uops::{Class, Count, Flags, Item as StackItem, Rep, Uop, UopInfo};

use super::homes::Flush;
use super::lower::Lower;
use super::state::{Item, Own, Repr, State, Type, Val};
use super::{problem, typed};
use crate::Result;
use crate::bitcode::SLOW;
use crate::wrap::exit;

/// Where a jump inside of a trace goes on.
pub type Jump<'c> = (BasicBlock<'c>, State<'c>);

/// The inputs of one uop.
struct Inputs<'c> {
    /// As they were on the stack, lowest first; arrays have none.
    vals: Vec<Option<Val<'c>>>,
    args: Vec<BasicMetadataValueEnum<'c>>,
}

impl<'a, 'c> Lower<'a, 'c> {
    /// Lowers a uop by its body. A jump that it takes is returned.
    pub fn generic(&mut self, state: &mut State<'c>, uop: Uop, inst: &Inst) -> Result<Option<Jump<'c>>> {
        let info = uop.info();
        if uop.always_switches() || uop.moves_frame() {
            return Err(problem(format!("{uop} cannot be lowered")));
        }
        let context = self.context(state, inst);
        let escapes = info.is(Flags::ESCAPES) && !typed::is_harmless(state, uop, inst);
        let calling = info.class == Class::Calling;
        if info.is(Flags::LOCALS) {
            self.flush(state, Flush::Move);
            state.forget_locals();
            state.top().types.clear();
        }
        let words = |items: &[StackItem]| -> usize {
            items.iter().filter(|i| i.rep == Rep::Tagged).map(|i| i.count.eval(inst.oparg) as usize).sum()
        };
        let (input_words, kept) = (words(info.inputs), info.kept());
        let kept_words = words(&info.inputs[..kept]);
        self.ensure(state, input_words);
        let arrays = info.inputs.iter().any(|i| i.count != Count::One && !i.is_unused());
        if arrays {
            self.spill_inputs(state, info, inst, input_words);
        }
        if escapes && info.has_slow() {
            self.box_items(state);
        }
        let before = state.clone();
        let inputs = self.inputs(state, info, inst, input_words, arrays);
        let doubles_in = info.inputs.iter().filter(|i| i.rep == Rep::F64).count();
        let doubles_left = state.doubles.len().checked_sub(doubles_in);
        state.doubles.truncate(doubles_left.ok_or_else(|| problem("too few doubles"))?);
        let left = state.frame().items.len() - (input_words - kept_words);
        state.top().items.truncate(left);
        if arrays && kept_words > 0 {
            // The body may have changed what it keeps: only memory knows.
            let last = state.frames.len() - 1;
            self.flush_items(state, last, usize::MAX, Flush::Move);
            let frame = state.top();
            frame.mem += frame.items.len() as i32;
            frame.items.clear();
        }

        let local = self.local_argument(state, info, inst);
        if escapes && calling {
            self.flush(state, Flush::Move);
        } else if info.is(Flags::FRAME) {
            let frame = state.frame().clone();
            self.store_sp(frame.pointer, self.slot(&frame, frame.height()));
        }
        let produced = info.produced();
        let array_out = self.array_output(state, produced, &inputs);
        let mut args = inputs.args.clone();
        args.extend(array_out);
        let scalars: Vec<&StackItem> = produced.iter().filter(|i| i.count == Count::One).collect();
        let outs = scalars.len() + info.writes_local as usize;
        let (code, mut results) = self.invoke(info.name, &context, &args, local, outs);

        let consumed = state.clone();
        let mut cases = Vec::new();
        let mut case = |this: &Self, number: u64, name: &str, declared: bool| {
            declared.then(|| {
                let block = this.block(name);
                cases.push((number, block));
                block
            })
        };
        let deopt = case(self, exit::DEOPT, "deopt", info.is(Flags::DEOPT.union(Flags::EXIT)));
        let error = case(self, exit::ERROR, "error", info.is(Flags::ERROR) && !info.has_slow());
        let slow = case(self, exit::SLOW, "slow", info.has_slow());
        let jump = case(self, exit::JUMP, "jump", info.jumps());
        let switch = case(self, exit::SWITCH, "switch", info.is(Flags::FRAME) && !info.has_slow());
        self.dispatch(code, &cases);
        let ok = self.w.b.get_insert_block().expect("the builder stands in a block");

        if let Some(block) = deopt {
            self.w.b.position_at_end(block);
            // After Python code ran, memory is right and what was cached is not.
            let there = if escapes && calling && input_words == kept_words { &consumed } else { &before };
            self.exit_to(inst.deopt.as_ref(), there.clone())?;
        }
        if let Some(block) = error {
            self.w.b.position_at_end(block);
            self.exit_to(inst.error.as_ref(), consumed.clone())?;
        }
        if let Some(block) = switch {
            self.w.b.position_at_end(block);
            self.exit_switched(inst.error.as_ref())?;
        }
        if let Some(block) = slow {
            self.w.b.position_at_end(block);
            let slow_args = self.slow_arguments(&consumed, info, &inputs, array_out);
            let cold = Cold {
                before: &before,
                consumed: &consumed,
                escapes,
                args: slow_args,
                local,
                outs,
                jump,
                ok,
            };
            results = self.slow(info, inst, cold, &results)?;
        } else {
            self.w.b.position_at_end(ok);
        }
        if escapes && calling {
            state.forget_locals();
        }
        self.outputs(state, uop, info, &inputs, &scalars, results, inst);
        Ok(jump.map(|block| (block, consumed)))
    }

    /// Inputs that the body finds in memory: everything up to the last array.
    fn spill_inputs(&mut self, state: &mut State<'c>, info: &UopInfo, inst: &Inst, words: usize) {
        let last = info.inputs.iter().rposition(|i| i.count != Count::One && !i.is_unused()).unwrap_or(0);
        let spilled: usize = info.inputs[..=last].iter().map(|i| i.count.eval(inst.oparg) as usize).sum();
        let base = state.frame().items.len() - words;
        for n in base..base + spilled {
            let item = state.frame().items[n];
            if item.home {
                continue;
            }
            let slot = self.slot(state.frame(), state.frame().mem + n as i32);
            let val = self.boxed(state, item.val);
            let word = self.stack_word(state, val);
            self.w.b.build_store(slot, word).unwrap();
            state.top().items[n] = Item { val, home: true };
        }
    }

    fn inputs(
        &mut self,
        state: &mut State<'c>,
        info: &UopInfo,
        inst: &Inst,
        words: usize,
        arrays: bool,
    ) -> Inputs<'c> {
        let (kept, calling) = (info.kept(), info.class == Class::Calling);
        let copied: Vec<Option<usize>> = info.produced().iter().map(|o| info.copied_input(o)).collect();
        let mut inputs = Inputs { vals: Vec::new(), args: Vec::new() };
        let mut at = state.frame().items.len() - words;
        let mut double = state.doubles.len() - info.inputs.iter().filter(|i| i.rep == Rep::F64).count();
        for (index, input) in info.inputs.iter().enumerate() {
            if input.rep == Rep::F64 {
                inputs.vals.push(None);
                inputs.args.push(state.doubles[double].into());
                double += 1;
                continue;
            }
            if input.count != Count::One {
                inputs.vals.push(None);
                inputs.args.push(if input.is_unused() {
                    self.w.ptr().get_poison().into()
                } else {
                    self.slot(state.frame(), state.frame().mem + at as i32).into()
                });
                at += input.count.eval(inst.oparg) as usize;
                continue;
            }
            let depth = state.frame().items.len() - 1 - at;
            // Boxes a double in place, so that the copy on the stack is the box.
            let raw = self.raw(state, depth);
            let val = state.frame().items[at].val;
            inputs.vals.push(Some(val));
            // A body that finds items in memory may change or drop those that it keeps.
            let only_looked_at = index < kept && !arrays || copied.contains(&Some(index)) && !calling;
            let word = if only_looked_at { raw } else { self.stack_word(state, val) };
            inputs.args.push(word.into());
            at += 1;
        }
        inputs
    }

    /// The slow sibling owns what it is given.
    fn slow_arguments(
        &mut self,
        state: &State<'c>,
        info: &UopInfo,
        inputs: &Inputs<'c>,
        array_out: Option<BasicMetadataValueEnum<'c>>,
    ) -> Vec<BasicMetadataValueEnum<'c>> {
        let mut state = state.clone();
        let kept = info.kept();
        let mut args = inputs.args.clone();
        for (index, val) in inputs.vals.iter().enumerate() {
            if let Some(val) = val
                && index >= kept
            {
                args[index] = self.stack_word(&mut state, *val).into();
            }
        }
        args.extend(array_out);
        args
    }

    fn local_argument(&mut self, state: &mut State<'c>, info: &UopInfo, inst: &Inst) -> Option<IntValue<'c>> {
        if !info.reads_local {
            return None;
        }
        let val = self.read_local(state, inst.oparg);
        Some(match val.repr {
            Repr::Word(word) => word,
            // A uop that reads a raw local.
            Repr::Double(double) => self.bits_of(double),
        })
    }

    /// Where a body writes its array output.
    fn array_output(
        &mut self,
        state: &State<'c>,
        produced: &[StackItem],
        _inputs: &Inputs<'c>,
    ) -> Option<BasicMetadataValueEnum<'c>> {
        let array = produced.iter().position(|i| i.count != Count::One)?;
        let frame = state.frame();
        Some(self.slot(frame, frame.height() + array as i32).into())
    }

    /// Emits the slow sibling; the builder is left where both ways meet. Returns the outputs there.
    fn slow(
        &mut self,
        info: &UopInfo,
        inst: &Inst,
        cold: Cold<'_, 'c>,
        fast: &[IntValue<'c>],
    ) -> Result<Vec<IntValue<'c>>> {
        let mut there = cold.consumed.clone();
        if cold.escapes {
            self.flush(&mut there, Flush::Copy);
        }
        let context = self.context(cold.consumed, inst);
        let name = format!("{}{SLOW}", info.name);
        let (code, results) = self.invoke(&name, &context, &cold.args, cold.local, cold.outs);
        let mut cases = Vec::new();
        let deopt = info.is(Flags::DEOPT.union(Flags::EXIT)).then(|| self.block("deopt"));
        cases.extend(deopt.map(|block| (exit::DEOPT, block)));
        let error = info.is(Flags::ERROR).then(|| self.block("error"));
        cases.extend(error.map(|block| (exit::ERROR, block)));
        cases.extend(cold.jump.map(|block| (exit::JUMP, block)));
        let switch = info.is(Flags::FRAME).then(|| self.block("switch"));
        cases.extend(switch.map(|block| (exit::SWITCH, block)));
        self.dispatch(code, &cases);
        let done = self.w.b.get_insert_block().expect("the builder stands in a block");
        if let Some(block) = deopt {
            self.w.b.position_at_end(block);
            self.exit_to(inst.deopt.as_ref(), cold.before.clone())?;
        }
        if let Some(block) = error {
            self.w.b.position_at_end(block);
            self.exit_to(inst.error.as_ref(), cold.consumed.clone())?;
        }
        if let Some(block) = switch {
            self.w.b.position_at_end(block);
            self.exit_switched(inst.error.as_ref())?;
        }
        let join = self.block("join");
        for block in [done, cold.ok] {
            self.w.b.position_at_end(block);
            self.w.b.build_unconditional_branch(join).unwrap();
        }
        self.w.b.position_at_end(join);
        let phis = fast.iter().zip(&results).map(|(fast, slow)| {
            let phi = self.w.b.build_phi(self.w.i64(), "").unwrap();
            phi.add_incoming(&[(fast, cold.ok), (slow, done)]);
            phi.as_basic_value().into_int_value()
        });
        Ok(phis.collect())
    }

    fn outputs(
        &mut self,
        state: &mut State<'c>,
        uop: Uop,
        info: &UopInfo,
        inputs: &Inputs<'c>,
        scalars: &[&StackItem],
        mut results: Vec<IntValue<'c>>,
        inst: &Inst,
    ) {
        if info.writes_local {
            let word = results.pop().expect("the local is the last output");
            let val = self.word(word, Own::Owned);
            self.write_local(state, inst.oparg, val);
        }
        let mut scalar = scalars.iter().zip(results);
        let mut height = state.frame().height();
        for item in info.produced() {
            if item.count != Count::One {
                for _ in 0..item.count.eval(inst.oparg) {
                    let slot = self.slot(state.frame(), height);
                    let word = self.w.load(slot);
                    let val = self.word(word, Own::Tagged);
                    state.top().items.push(Item { val, home: true });
                    height += 1;
                }
                continue;
            }
            let (_, word) = scalar.next().expect("one result for each scalar");
            if item.rep == Rep::F64 {
                let double = self.as_double(word);
                state.doubles.push(double);
                continue;
            }
            let copied = info.copied_input(item).and_then(|index| inputs.vals[index]);
            let val = copied.unwrap_or_else(|| {
                let val = self.word(word, typed::result_ownership(uop));
                let ty = typed::result_type(uop, item.name);
                if ty != Type::Unknown {
                    state.learn(val, ty);
                }
                val
            });
            self.push(state, val);
            height += 1;
        }
    }

    pub fn bits_of(&self, double: FloatValue<'c>) -> IntValue<'c> {
        self.w.b.build_bit_cast(double, self.w.i64(), "").unwrap().into_int_value()
    }
    pub fn as_double(&self, bits: IntValue<'c>) -> FloatValue<'c> {
        self.w.b.build_bit_cast(bits, self.w.bodies.context.f64_type(), "").unwrap().into_float_value()
    }
}

/// What the slow sibling of a uop needs to know.
struct Cold<'s, 'c> {
    before: &'s State<'c>,
    consumed: &'s State<'c>,
    escapes: bool,
    args: Vec<BasicMetadataValueEnum<'c>>,
    local: Option<IntValue<'c>>,
    outs: usize,
    jump: Option<BasicBlock<'c>>,
    ok: BasicBlock<'c>,
}
