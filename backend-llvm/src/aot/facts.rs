//! What is known of words while a block is lowered, and numbers that are not words yet.
//!
//! A float that arithmetic has made is *lazy*: on the symbolic stack stands a placeholder, and the double is here. It becomes a
//! word when somebody who needs one takes it ([`Lower::settle`]); most are used up by the next operator. Facts belong to
//! SSA values and are forgotten at the end of the block, and after calls of Python functions, behind which control
//! arrives from elsewhere. A local's number is forgotten when anything may have run that can reach the frame.

use std::collections::{HashMap, HashSet};

use inkwell::IntPredicate;
use inkwell::values::{AsValueRef, BasicMetadataValueEnum, FloatValue, IntValue};

use super::lower::Lower;
use crate::wrap::{Entry, Stack};

/// Makes a float object: `(ts, double) -> word`.
const BOX_HELPER: &str = "rt_compiled_box";

/// The number in a local.
#[derive(Clone, Copy)]
pub enum Number<'c> {
    Int(IntValue<'c>),
    Double(FloatValue<'c>),
}

/// The identity of a value.
pub fn key(value: IntValue) -> usize {
    value.as_value_ref() as usize
}

#[derive(Default, Clone)]
pub struct Facts<'c> {
    /// Placeholders and the doubles that they stand for.
    lazy: HashMap<usize, FloatValue<'c>>,
    /// Words that are immediate floats, with their doubles.
    doubles: HashMap<usize, FloatValue<'c>>,
    /// Words that are fixnums.
    ints: HashSet<usize>,
    /// Words that hold no reference.
    unowned: HashSet<usize>,
    /// Words that were read from a local that still holds them.
    origins: HashMap<usize, usize>,
    locals: HashMap<usize, Number<'c>>,
}

impl<'c> Facts<'c> {
    pub fn is_int(&self, value: IntValue<'c>) -> bool {
        self.ints.contains(&key(value))
    }
    /// The double of a placeholder or of a word that is known to be one.
    pub fn double(&self, value: IntValue<'c>) -> Option<FloatValue<'c>> {
        self.lazy.get(&key(value)).or_else(|| self.doubles.get(&key(value))).copied()
    }
    /// Nothing has to be given back when the word goes.
    pub fn needs_no_drop(&self, value: IntValue<'c>) -> bool {
        let key = key(value);
        self.lazy.contains_key(&key)
            || self.doubles.contains_key(&key)
            || self.ints.contains(&key)
            || self.unowned.contains(&key)
    }
    pub fn local(&self, index: usize) -> Option<Number<'c>> {
        self.locals.get(&index).copied()
    }
    pub fn is_int_const(&mut self, value: IntValue<'c>) {
        self.ints.insert(key(value));
    }
    pub fn is_unowned(&mut self, value: IntValue<'c>) {
        self.unowned.insert(key(value));
    }
    /// The word was read from a local.
    pub fn read(&mut self, value: IntValue<'c>, local: usize) {
        self.origins.insert(key(value), local);
    }
    /// A guard found a fixnum.
    pub fn found_int(&mut self, value: IntValue<'c>) {
        self.ints.insert(key(value));
        if let Some(local) = self.origins.get(&key(value)) {
            self.locals.insert(*local, Number::Int(value));
        }
    }
    /// A guard found an immediate float.
    pub fn found_double(&mut self, value: IntValue<'c>, double: FloatValue<'c>) {
        self.doubles.insert(key(value), double);
        if let Some(local) = self.origins.get(&key(value)) {
            self.locals.insert(*local, Number::Double(double));
        }
    }
    /// A local has another value.
    pub fn store(&mut self, local: usize, number: Option<Number<'c>>) {
        self.origins.retain(|_, of| *of != local);
        match number {
            Some(number) => self.locals.insert(local, number),
            None => self.locals.remove(&local),
        };
    }
    /// Something ran that may have reached the frame.
    pub fn forget_locals(&mut self) {
        self.locals.clear();
        self.origins.clear();
    }
}

impl<'a, 'c> Lower<'a, 'c> {
    /// Pushes a number that needs no word yet.
    pub fn push_double(&mut self, stack: &mut Stack<'c>, double: FloatValue<'c>) {
        let placeholder = self.w.load(self.nothing);
        self.facts.lazy.insert(key(placeholder), double);
        stack.entries.push(Entry { value: placeholder, home: false });
    }

    /// Makes words of the `count` highest entries.
    pub fn settle(&mut self, stack: &mut Stack<'c>, count: usize) {
        let first = stack.entries.len().saturating_sub(count);
        for entry in &mut stack.entries[first..] {
            if let Some(double) = self.facts.lazy.get(&key(entry.value)).copied() {
                // It may be an object: it has to be dropped like any word.
                entry.value = self.word_of(double);
            }
        }
    }
    pub fn settle_all(&mut self, stack: &mut Stack<'c>) {
        self.settle(stack, stack.entries.len());
    }

    /// Calls a body that looks at nothing but its inputs: its code and its output as bits.
    pub fn invoke(&self, name: &str, inputs: &[BasicMetadataValueEnum<'c>]) -> (IntValue<'c>, IntValue<'c>) {
        let w = self.w;
        let body = w.bodies.get(name).unwrap_or_else(|| panic!("the build made a body for {name}"));
        let zero = w.int(0);
        let mut args: Vec<BasicMetadataValueEnum> = vec![
            self.regs.ts.into(),
            self.regs.frame.into(),
            w.ptr().const_null().into(),
            zero.into(),
            zero.into(),
            zero.into(),
        ];
        args.extend(inputs);
        let out = w.alloca(self.f);
        if body.count_params() as usize > args.len() {
            args.push(out.into());
        }
        let code = w.call(body, &args).into_int_value();
        (code, w.load(out))
    }

    /// The float of a double: nearly always an immediate.
    pub fn word_of(&mut self, double: FloatValue<'c>) -> IntValue<'c> {
        let w = self.w;
        let (code, word) = self.invoke("_BOX_FLOAT", &[double.into()]);
        let (slow, join) = (self.new_block("box"), self.new_block("boxed"));
        let fast_end = self.here();
        self.likely(self.equal(code, 0), join, slow);
        w.b.position_at_end(slow);
        let helper = w.helper(BOX_HELPER, &[w.ptr().into(), w.bodies.context.f64_type().into()], false);
        let boxed = w.call(helper, &[self.regs.ts.into(), double.into()]).into_int_value();
        self.branch(join);
        w.b.position_at_end(join);
        self.phi(&[(fast_end, word), (slow, boxed)])
    }

    /// The double of a word that is an immediate float.
    pub fn double_of(&self, word: IntValue<'c>) -> FloatValue<'c> {
        let (_, bits) = self.invoke("_UNBOX_FLOAT", &[word.into()]);
        self.w.b.build_bit_cast(bits, self.w.bodies.context.f64_type(), "").unwrap().into_float_value()
    }

    /// The integer of a fixnum.
    pub fn int_of(&self, word: IntValue<'c>) -> IntValue<'c> {
        self.w.b.build_right_shift(word, self.w.int(1), true, "").unwrap()
    }
    pub fn fixnum_of(&self, int: IntValue<'c>) -> IntValue<'c> {
        let doubled = self.w.b.build_left_shift(int, self.w.int(1), "").unwrap();
        self.w.b.build_or(doubled, self.w.int(1), "").unwrap()
    }
    pub fn is_fixnum(&self, word: IntValue<'c>) -> IntValue<'c> {
        let bit = self.w.b.build_and(word, self.w.int(1), "").unwrap();
        self.w.b.build_int_compare(IntPredicate::NE, bit, self.w.int(0), "").unwrap()
    }
    pub fn is_flonum(&self, word: IntValue<'c>) -> IntValue<'c> {
        let bits = self.w.b.build_and(word, self.w.int(3), "").unwrap();
        self.w.b.build_int_compare(IntPredicate::EQ, bits, self.w.int(2), "").unwrap()
    }
    /// A pointer to an object, with or without the tag of a borrowed one; not NULL.
    pub fn is_object(&self, word: IntValue<'c>) -> IntValue<'c> {
        let w = self.w;
        let tag = w.b.build_and(word, w.int(11), "").unwrap();
        let pointer = w.b.build_int_compare(IntPredicate::EQ, tag, w.int(0), "").unwrap();
        let set = w.b.build_int_compare(IntPredicate::NE, word, w.int(0), "").unwrap();
        w.b.build_and(pointer, set, "").unwrap()
    }
}
