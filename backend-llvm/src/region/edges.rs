//! The loop's head and the edges that lead to it.
//!
//! A head carries places (locals, stack slots) in variables, which become SSA phis. Everything else lies in memory there: the
//! stack is as high as at entry and written back, other locals are at home.

use std::collections::{BTreeMap, BTreeSet};

use inkwell::IntPredicate;
use inkwell::basic_block::BasicBlock;
use inkwell::values::PointerValue;

use super::homes::Flush;
use super::lower::Lower;
use super::state::{Fact, Frame, Item, Local, Own, Place, Repr, State, Type, Val};
use crate::Result;

/// What is assumed and carried at a head.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Plan {
    pub types: BTreeMap<Place, Type>,
    pub carried: BTreeSet<Place>,
    /// Locals whose homes are stale at the head.
    pub dirty: BTreeSet<Place>,
}

pub struct Head<'c> {
    pub block: BasicBlock<'c>,
    pub plan: Plan,
    pub variables: BTreeMap<Place, PointerValue<'c>>,
}

impl<'a, 'c> Lower<'a, 'c> {
    pub fn make_head(&self, plan: Plan, name: &str) -> Head<'c> {
        let variables = plan.carried.iter().map(|place| (*place, self.w.alloca(self.function))).collect();
        Head { block: self.block(name), plan, variables }
    }

    /// The state in which code at a head begins; the builder stands at its block.
    pub fn head_state(&mut self, plan: &Plan, variables: &BTreeMap<Place, PointerValue<'c>>) -> State<'c> {
        let mut state = self.entry_state();
        let stack: Vec<u32> = plan
            .carried
            .iter()
            .filter_map(|p| if let Place::Stack(k) = p { Some(*k) } else { None })
            .collect();
        let lowest = stack.iter().copied().max().unwrap_or(0);
        let mut below = Vec::new();
        for (place, variable) in variables {
            let ty = plan.types.get(place).copied().unwrap_or_default();
            let val = if ty == Type::Float {
                let double = self.w.b.build_load(self.w.bodies.context.f64_type(), *variable, "").unwrap();
                self.double_val(double.into_float_value())
            } else {
                let word = self.w.load(*variable);
                let own = if matches!(place, Place::Stack(_)) { Own::Tagged } else { Own::Owned };
                self.word(word, if ty.is_immediate() { Own::Immediate } else { own })
            };
            if ty != Type::Unknown && ty != Type::Float {
                state.facts.insert(val.vn, Fact { ty, ..Fact::default() });
            }
            state.origins.insert(val.vn, *place);
            match place {
                Place::Local(index) => {
                    let dirty = plan.dirty.contains(place);
                    state.top().locals.insert(*index, Local { val, dirty });
                }
                Place::Stack(k) => below.push((*k, val)),
            }
        }
        // Carried slots are the highest ones without gaps: see `Plan` in `plan.rs`.
        debug_assert_eq!(below.len(), lowest as usize);
        below.sort_by_key(|(k, _)| std::cmp::Reverse(*k));
        let frame = state.top();
        frame.mem = -(lowest as i32);
        frame.items = below.into_iter().map(|(_, val)| Item { val, home: true }).collect();
        state
    }

    /// Everything in memory.
    pub fn entry_state(&self) -> State<'c> {
        State {
            frames: vec![Frame {
                pointer: self.regs.frame,
                origin: self.regs.sp,
                mem: 0,
                items: Vec::new(),
                locals: BTreeMap::new(),
                fresh: false,
            }],
            doubles: Vec::new(),
            facts: Default::default(),
            pending_call: None,
            origins: Default::default(),
        }
    }

    /// Ends the current block: on at the loop's head.
    pub fn edge(&mut self, mut state: State<'c>) -> Result<()> {
        if state.frames.len() != 1 || state.frame().height() != 0 || !state.doubles.is_empty() {
            return Err(super::problem("the loop's end has another stack than its head"));
        }
        let Some(typed) = &self.typed else {
            let general = self.general.as_ref().expect("there is a loop");
            let (block, dirty) = (general.block, general.plan.dirty.clone());
            debug_assert!(dirty.is_empty() && general.plan.carried.is_empty());
            self.flush(&mut state, Flush::Copy);
            self.w.b.build_unconditional_branch(block).unwrap();
            return Ok(());
        };
        let (block, plan, variables) = (typed.block, typed.plan.clone(), typed.variables.clone());
        // First what the types say, then what only looking can say.
        let mut values: BTreeMap<Place, Val<'c>> = BTreeMap::new();
        for place in &plan.carried {
            let val = self.value_at(&mut state, *place);
            values.insert(*place, val);
        }
        let mut mismatch = None;
        for (place, wanted) in &plan.types {
            let val = values[place];
            let known = state.ty(val);
            if matches!(place, Place::Local(_)) && !matches!(known, Type::Unknown | Type::NonNull) {
                self.found.returns.insert(*place, known);
            }
            if known == *wanted {
                continue;
            }
            self.found.refuted.insert(*place);
            let elsewhere = *mismatch.get_or_insert_with(|| self.block("mismatch"));
            if known != Type::Unknown && known != Type::NonNull {
                // It cannot be: this edge always leads to the general loop.
                let never = self.w.bodies.context.bool_type().const_zero();
                let next = self.block("never");
                self.w.b.build_conditional_branch(never, next, elsewhere).unwrap();
                self.w.b.position_at_end(next);
                values.insert(*place, self.placeholder(*wanted));
                continue;
            }
            let checked = self.check_type(&mut state, val, *wanted, elsewhere);
            values.insert(*place, checked);
        }
        for place in plan.carried.iter().filter(|p| !plan.types.contains_key(p)) {
            let known = state.ty(values[place]);
            if matches!(place, Place::Local(_)) && !matches!(known, Type::Unknown | Type::NonNull) {
                self.found.returns.insert(*place, known);
            }
        }
        if let Some(elsewhere) = mismatch {
            let here = self.w.b.get_insert_block().expect("the builder stands in a block");
            self.w.b.position_at_end(elsewhere);
            match &self.general {
                Some(general) => {
                    let block = general.block;
                    self.flush(&mut state.clone(), Flush::Copy);
                    self.w.b.build_unconditional_branch(block).unwrap();
                }
                // Only while types are being found.
                None => {
                    self.w.b.build_unreachable().unwrap();
                }
            }
            self.w.b.position_at_end(here);
        }
        self.arrive(&mut state, &plan, &variables, values);
        self.w.b.build_unconditional_branch(block).unwrap();
        Ok(())
    }

    /// Gives the head its values and everything else to memory.
    fn arrive(
        &mut self,
        state: &mut State<'c>,
        plan: &Plan,
        variables: &BTreeMap<Place, PointerValue<'c>>,
        values: BTreeMap<Place, Val<'c>>,
    ) {
        for (place, val) in values {
            let variable = variables[&place];
            let float = plan.types.get(&place) == Some(&Type::Float);
            let Place::Local(index) = place else {
                // The slot in memory is written below; the variable has the same word.
                let word = self.stack_word(state, val);
                self.w.b.build_store(variable, word).unwrap();
                continue;
            };
            let dirty = state.frame().locals.get(&index).is_some_and(|l| l.dirty);
            if dirty {
                self.found.dirty.insert(place);
            }
            match (val.repr, float) {
                (Repr::Double(double), true) => {
                    self.w.b.build_store(variable, double).unwrap();
                }
                (Repr::Word(_), true) => {
                    let double = state.double(val).expect("the type was checked");
                    self.w.b.build_store(variable, double).unwrap();
                    if val.own != Own::Immediate {
                        // The number goes on without its box.
                        self.drop_float(val);
                        self.found.dirty.insert(place);
                    }
                }
                (Repr::Double(_), false) => {
                    let boxed = self.boxed(state, val);
                    let word = self.plain(boxed);
                    self.w.b.build_store(variable, word).unwrap();
                    self.found.dirty.insert(place);
                }
                (Repr::Word(word), false) => {
                    self.w.b.build_store(variable, word).unwrap();
                }
            }
            // The head has it now.
            state.top().locals.remove(&index);
        }
        self.flush(state, Flush::Copy);
    }

    fn value_at(&mut self, state: &mut State<'c>, place: Place) -> Val<'c> {
        match place {
            Place::Local(index) => self.read_local(state, index),
            Place::Stack(k) => self.peek(state, k as usize - 1),
        }
    }

    fn placeholder(&mut self, ty: Type) -> Val<'c> {
        if ty == Type::Float {
            return self.double_val(self.w.bodies.context.f64_type().get_poison());
        }
        self.word(self.w.i64().get_poison(), Own::Immediate)
    }

    /// Tests a value's type at run time; what fails goes `elsewhere`. A float must be an immediate: the head has no box.
    fn check_type(
        &mut self,
        state: &mut State<'c>,
        val: Val<'c>,
        wanted: Type,
        elsewhere: BasicBlock<'c>,
    ) -> Val<'c> {
        let word = match val.repr {
            Repr::Word(word) => word,
            Repr::Double(_) => unreachable!("a double's type is known"),
        };
        let guard = match wanted {
            Type::Fixnum => "_GUARD_TOS_INT",
            Type::Float => "_GUARD_TOS_FLONUM",
            Type::Bool => "_TO_BOOL_BOOL",
            Type::List => "_GUARD_TOS_LIST",
            Type::Tuple => "_GUARD_TOS_TUPLE",
            Type::Dict => "_GUARD_TOS_DICT",
            Type::Str => "_GUARD_TOS_UNICODE",
            Type::RangeIter => "_ITER_CHECK_RANGE",
            Type::ListIter => "_ITER_CHECK_LIST",
            Type::TupleIter => "_ITER_CHECK_TUPLE",
            Type::Unknown | Type::Null | Type::NonNull => unreachable!("never assumed"),
        };
        let mut word = word;
        if wanted.is_pointer() {
            // The guards take stack words, which are never NULL; a local may be.
            let null = self.w.b.build_int_compare(IntPredicate::NE, word, self.w.int(0), "").unwrap();
            let next = self.block("set");
            self.branch_likely(null, next, elsewhere);
            self.w.b.position_at_end(next);
        } else if wanted == Type::Float && matches!(val.own, Own::Tagged) {
            word = self.plain(val);
        }
        let (code, _) = self.invoke(guard, &self.zero_context(), &[word.into()], None, 0);
        self.dispatch(code, &[(crate::wrap::exit::DEOPT, elsewhere)]);
        if wanted == Type::Float {
            let (_, out) = self.invoke("_UNBOX_FLOAT", &self.zero_context(), &[word.into()], None, 1);
            let double = self.as_double(out[0]);
            return self.double_val(double);
        }
        let own = if wanted.is_immediate() { Own::Immediate } else { val.own };
        state.learn(val, wanted);
        Val { own, ..val }
    }
}
