//! Attribute accesses by their own caches, and calls of Python functions by looking at the function.
//!
//! The interpreter's inline cache remembers one shape. Each access of compiled code has a cell (`taipan_mir::aot::site`) for several,
//! which is data of the executable; a miss asks the runtime, and when that does not help the instruction takes its general
//! way.
//!
//! ```text
//!   version = owner.shape.version ──► entry 0? 1? 2? 3? ──no──► ask the runtime ──yes──► again
//!                                         │                          └──no──► general way
//!                                     kind of place: slot of the object, method, value of the class
//! ```

use inkwell::IntPredicate;
use inkwell::basic_block::BasicBlock;
use inkwell::values::{IntValue, PointerValue};
use taipan_mir::aot::site;
use taipan_mir::opcodes::Opcode;
use taipan_mir::uops::{ArgPart, Uop};

use super::decode::Instr;
use super::lower::{Lower, Ways};
use crate::Result;
use crate::wrap::{Entry, Stack};

const ENTRY_BYTES: i64 = std::mem::size_of::<site::Entry>() as i64;
const ASKED: i64 = site::ENTRIES as i64 * ENTRY_BYTES;

impl<'a, 'c> Lower<'a, 'c> {
    fn load_i32(&self, address: PointerValue<'c>) -> IntValue<'c> {
        self.w.b.build_load(self.w.bodies.context.i32_type(), address, "").unwrap().into_int_value()
    }

    /// The object behind a stack word.
    fn object(&self, word: IntValue<'c>) -> PointerValue<'c> {
        let address = self.w.b.build_and(word, self.w.int(!4), "").unwrap();
        self.w.to_ptr(address)
    }

    /// A new cell, empty.
    fn cell(&self) -> PointerValue<'c> {
        let c = self.w.bodies.context;
        let entry = [c.i32_type().into(), c.i32_type().into(), c.i64_type().into()];
        let entry = c.struct_type(&entry, false);
        let number = |n: u32| c.i32_type().const_int(u64::from(n), false);
        let empty = entry.const_named_struct(&[
            number(site::NO_VERSION).into(),
            number(0).into(),
            c.i64_type().const_zero().into(),
        ]);
        let cell = c.const_struct(
            &[
                entry.const_array(&[empty; site::ENTRIES]).into(),
                number(0).into(),
                number(0).into(),
            ],
            false,
        );
        let global = self.w.bodies.module.add_global(cell.get_type(), None, "taipan_cell");
        global.set_initializer(&cell);
        global.set_linkage(inkwell::module::Linkage::Private);
        global.set_alignment(16);
        global.as_pointer_value()
    }

    /// An attribute by its cell; the builder stands at the start. Gives the ends, with the stack at each.
    pub fn attribute(
        &mut self,
        start: &Stack<'c>,
        i: &Instr,
        general: BasicBlock<'c>,
    ) -> Result<Vec<(BasicBlock<'c>, Stack<'c>)>> {
        let w = self.w;
        let b = &w.b;
        let store = i.op == Opcode::STORE_ATTR;
        let as_method = !store && i.arg & 1 != 0;
        let owner = start.entries[start.entries.len() - 1].value;
        let cell = self.cell();
        self.check(self.is_object(owner), general);
        let object = self.object(owner);
        let shape = w.load_ptr(w.at(object, self.offsets.header_shape as i64));

        let look = self.new_block("look");
        self.branch(look);
        b.position_at_end(look);
        let version = self.load_i32(w.at(shape, self.offsets.shape_version as i64));
        let (hit, miss) = (self.new_block("hit"), self.new_block("miss"));
        let mut ways = Vec::new();
        for n in 0..site::ENTRIES {
            let entry = w.at(cell, n as i64 * ENTRY_BYTES);
            let same = b.build_int_compare(IntPredicate::EQ, version, self.load_i32(entry), "").unwrap();
            let next = if n + 1 == site::ENTRIES { miss } else { self.new_block("next") };
            ways.push((entry, self.here()));
            if n == 0 {
                self.likely(same, hit, next);
            } else {
                b.build_conditional_branch(same, hit, next).unwrap();
            }
            b.position_at_end(next);
        }
        // The builder stands at the miss.
        let asked = self.load_i32(w.at(cell, ASKED));
        let patience = asked.get_type().const_int(u64::from(site::PATIENCE), false);
        let (ask, c) = (self.new_block("ask"), w.bodies.context);
        let ask_it = b.build_int_compare(IntPredicate::ULT, asked, patience, "").unwrap();
        b.build_conditional_branch(ask_it, ask, general).unwrap();
        b.position_at_end(ask);
        let name = i.arg >> u64::from(!store);
        let code = w.load_ptr(w.at(self.regs.frame, w.offsets.frame_code as i64));
        let names = w.load_ptr(w.at(code, self.offsets.code_names as i64));
        let name = w.load(w.at(names, 8 * name as i64));
        let (p, n32) = (w.ptr().into(), c.i32_type());
        let helper = w.bodies.module.get_function(site::HELPER).unwrap_or_else(|| {
            let ty = n32.fn_type(&[p, p, w.i64().into(), p, n32.into()], false);
            w.bodies.module.add_function(site::HELPER, ty, None)
        });
        let access = n32.const_int(u64::from(store), false);
        let args = [self.regs.ts.into(), object.into(), name.into(), cell.into(), access.into()];
        let helped = w.call(helper, &args).into_int_value();
        let helped = b.build_int_compare(IntPredicate::NE, helped, n32.const_zero(), "").unwrap();
        b.build_conditional_branch(helped, look, general).unwrap();

        b.position_at_end(hit);
        let entry = b.build_phi(w.ptr(), "").unwrap();
        for (value, block) in &ways {
            entry.add_incoming(&[(value, *block)]);
        }
        let entry = entry.as_basic_value().into_pointer_value();
        let kind = self.load_i32(w.at(entry, 4));
        let value = w.load(w.at(entry, 8));
        let mut ends = Vec::new();
        let mut places = vec![(site::kind::SLOT, "slot")];
        if !store {
            places.push((site::kind::CLASS, "class"));
        }
        if as_method {
            places.push((site::kind::METHOD, "method"));
        }
        let blocks: Vec<_> = places.iter().map(|(_, name)| self.new_block(name)).collect();
        let cases: Vec<_> = places
            .iter()
            .zip(&blocks)
            .map(|((kind, _), block)| (n32.const_int(u64::from(*kind), false), *block))
            .collect();
        b.build_switch(kind, general, &cases).unwrap();
        for ((kind, _), block) in places.into_iter().zip(blocks) {
            w.b.position_at_end(block);
            let mut stack = start.clone();
            let (uop, drops) = match kind {
                _ if store => (Uop::_STORE_ATTR_INSTANCE_VALUE, 2),
                site::kind::SLOT => (Uop::_LOAD_ATTR_INSTANCE_VALUE, 1),
                site::kind::CLASS => (Uop::_LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES, 1),
                _ => (Uop::_LOAD_ATTR_METHOD_WITH_VALUES, 0),
            };
            let ways = Ways { fail: Some(general), slow: None };
            self.body(&mut stack, uop, i, ArgPart::All, [value, w.int(0)], ways)?;
            for _ in 0..drops {
                self.drop_top(&mut stack, i)?;
            }
            if as_method && kind != site::kind::METHOD {
                stack.entries.push(Entry { value: w.int(0), home: false });
            }
            ends.push((self.here(), stack));
        }
        Ok(ends)
    }

    /// Calls a Python function that takes exactly the arguments; anything else goes elsewhere. The block ends here.
    pub fn python_call(&mut self, stack: &mut Stack<'c>, i: &Instr, elsewhere: BasicBlock<'c>) -> Result<()> {
        let w = self.w;
        let n = i.arg as usize;
        let first = stack.entries.len() - n - 2;
        let (callable, receiver) = (stack.entries[first].value, stack.entries[first + 1].value);
        self.check(self.is_object(callable), elsewhere);
        let object = self.object(callable);
        let c = w.bodies.context;
        let kind = w.b.build_load(c.i8_type(), w.at(object, self.offsets.header_flags as i64), "").unwrap();
        self.check(self.equal(kind.into_int_value(), self.offsets.kind_function), elsewhere);
        let code = w.load_ptr(w.at(object, self.offsets.function_code as i64));
        let with_self = w.b.build_int_compare(IntPredicate::NE, receiver, w.int(0), "").unwrap();
        let with_self = w.b.build_int_z_extend(with_self, c.i32_type(), "").unwrap();
        let given =
            w.b.build_int_add(with_self, c.i32_type().const_int(n as u64, false), "").unwrap();
        let takes = self.load_i32(w.at(code, self.offsets.code_argcount as i64));
        self.check(w.b.build_int_compare(IntPredicate::EQ, takes, given, "").unwrap(), elsewhere);
        // Neither keyword-only parameters nor any that collect.
        let keywords = self.load_i32(w.at(code, self.offsets.code_kwonlyargcount as i64));
        let flags = self.load_i32(w.at(code, self.offsets.code_flags as i64));
        let collects = c.i32_type().const_int(self.offsets.collects, false);
        let collects = w.b.build_and(flags, collects, "").unwrap();
        let special = w.b.build_or(keywords, collects, "").unwrap();
        self.check(self.equal(special, 0), elsewhere);
        let none = [w.int(0); 2];
        let ways = Ways { fail: None, slow: None };
        self.body(stack, Uop::_INIT_CALL_PY_EXACT_ARGS, i, ArgPart::All, none, ways)?;
        let size = [w.int((i.next - i.unit) as u64), w.int(0)];
        self.body(stack, Uop::_SAVE_RETURN_OFFSET, i, ArgPart::All, size, ways)?;
        self.body(stack, Uop::_PUSH_FRAME, i, ArgPart::All, none, ways)
    }
}
