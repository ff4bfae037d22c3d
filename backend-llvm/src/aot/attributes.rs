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
    pub fn load_i32(&self, address: PointerValue<'c>) -> IntValue<'c> {
        self.w.b.build_load(self.w.bodies.context.i32_type(), address, "").unwrap().into_int_value()
    }

    /// The object behind a stack word.
    pub fn object(&self, word: IntValue<'c>) -> PointerValue<'c> {
        let address = self.w.b.build_and(word, self.w.int(!4), "").unwrap();
        self.w.to_ptr(address)
    }

    /// A new cell, empty.
    pub fn cell(&self) -> PointerValue<'c> {
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
            &[entry.const_array(&[empty; site::ENTRIES]).into(), number(0).into(), number(0).into()],
            false,
        );
        let global = self.w.bodies.module.add_global(cell.get_type(), None, "taipan_cell");
        global.set_initializer(&cell);
        global.set_linkage(inkwell::module::Linkage::Private);
        global.set_alignment(16);
        global.as_pointer_value()
    }

    /// Searches a cell for a shape: the kind and the value of its entry, known in `hit`.
    pub fn search_cell(
        &self,
        cell: PointerValue<'c>,
        shape: PointerValue<'c>,
        hit: BasicBlock<'c>,
        miss: BasicBlock<'c>,
    ) -> (IntValue<'c>, IntValue<'c>) {
        let (w, b) = (self.w, &self.w.b);
        let version = self.load_i32(w.at(shape, self.offsets.shape_version as i64));
        let mut ways = Vec::new();
        for n in 0..site::ENTRIES {
            let entry = w.at(cell, n as i64 * ENTRY_BYTES);
            let same = b.build_int_compare(IntPredicate::EQ, version, self.load_i32(entry), "").unwrap();
            let found = self.new_block("found");
            let next = if n + 1 == site::ENTRIES { miss } else { self.new_block("next") };
            if n == 0 {
                self.likely(same, found, next);
            } else {
                b.build_conditional_branch(same, found, next).unwrap();
            }
            b.position_at_end(found);
            ways.push((self.load_i32(w.at(entry, 4)), w.load(w.at(entry, 8)), found));
            self.branch(hit);
            b.position_at_end(next);
        }
        b.position_at_end(hit);
        let kind = b.build_phi(w.bodies.context.i32_type(), "").unwrap();
        let value = b.build_phi(w.i64(), "").unwrap();
        for (one, other, block) in &ways {
            kind.add_incoming(&[(one, *block)]);
            value.add_incoming(&[(other, *block)]);
        }
        (kind.as_basic_value().into_int_value(), value.as_basic_value().into_int_value())
    }

    /// Asks the runtime to fill a cell, if that was not in vain too often: on at `yes` when it has. Gives the block that leads
    /// there.
    pub fn ask_runtime(
        &self,
        cell: PointerValue<'c>,
        object: PointerValue<'c>,
        name: IntValue<'c>,
        access: u32,
        yes: BasicBlock<'c>,
        no: BasicBlock<'c>,
    ) -> BasicBlock<'c> {
        let (w, b) = (self.w, &self.w.b);
        let n32 = w.bodies.context.i32_type();
        let asked = self.load_i32(w.at(cell, ASKED));
        let patience = n32.const_int(u64::from(site::PATIENCE), false);
        let ask = self.new_block("ask");
        let ask_it = b.build_int_compare(IntPredicate::ULT, asked, patience, "").unwrap();
        b.build_conditional_branch(ask_it, ask, no).unwrap();
        b.position_at_end(ask);
        let p = w.ptr().into();
        let helper = w.bodies.module.get_function(site::HELPER).unwrap_or_else(|| {
            let ty = n32.fn_type(&[p, p, w.i64().into(), p, n32.into()], false);
            w.bodies.module.add_function(site::HELPER, ty, None)
        });
        let access = n32.const_int(u64::from(access), false);
        let args = [self.regs.ts.into(), object.into(), name.into(), cell.into(), access.into()];
        let helped = w.call(helper, &args).into_int_value();
        let helped = b.build_int_compare(IntPredicate::NE, helped, n32.const_zero(), "").unwrap();
        b.build_conditional_branch(helped, yes, no).unwrap();
        ask
    }

    /// The object is exactly of this kind.
    pub fn has_kind(&self, object: PointerValue<'c>, kind: u64) -> IntValue<'c> {
        let place = self.w.at(object, self.offsets.header_flags as i64);
        let byte = self.w.b.build_load(self.w.bodies.context.i8_type(), place, "").unwrap();
        self.equal(byte.into_int_value(), kind)
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
        let own_shape = w.load_ptr(w.at(object, self.offsets.header_shape as i64));

        let look = self.new_block("look");
        let before = self.here();
        self.branch(look);
        b.position_at_end(look);
        let n32 = w.bodies.context.i32_type();
        let shape = b.build_phi(w.ptr(), "").unwrap();
        let looked = shape.as_basic_value().into_pointer_value();
        shape.add_incoming(&[(&own_shape, before)]);
        let (hit, miss) = (self.new_block("hit"), self.new_block("miss"));
        let (kind, value) = self.search_cell(cell, looked, hit, miss);
        b.position_at_end(miss);
        // What a class has is told by the shape of its instances.
        if !store {
            let (class, no_class) = (self.new_block("class"), self.new_block("no_class"));
            let is_class = self.has_kind(object, self.offsets.kind_type);
            let first = b.build_int_compare(IntPredicate::EQ, looked, own_shape, "").unwrap();
            let again = b.build_and(is_class, first, "").unwrap();
            b.build_conditional_branch(again, class, no_class).unwrap();
            b.position_at_end(class);
            let root = w.load_ptr(w.at(object, self.offsets.type_root_shape as i64));
            // `type` is an instance of itself.
            let other = b.build_int_compare(IntPredicate::NE, root, own_shape, "").unwrap();
            shape.add_incoming(&[(&root, class)]);
            b.build_conditional_branch(other, look, no_class).unwrap();
            b.position_at_end(no_class);
        }
        let name = i.arg >> u64::from(!store);
        let code = w.load_ptr(w.at(self.regs.frame, w.offsets.frame_code as i64));
        let names = w.load_ptr(w.at(code, self.offsets.code_names as i64));
        let name = w.load(w.at(names, 8 * name as i64));
        let access = match (store, as_method) {
            (true, _) => site::access::STORE,
            (false, true) => site::access::METHOD,
            (false, false) => site::access::LOAD,
        };
        let asked = self.ask_runtime(cell, object, name, access, look, general);
        shape.add_incoming(&[(&looked, asked)]);

        b.position_at_end(hit);
        let mut ends = Vec::new();
        let mut places = vec![(site::kind::SLOT, "slot")];
        if !store {
            places.push((site::kind::CLASS, "class"));
        }
        if as_method {
            places.push((site::kind::METHOD, "method"));
            places.push((site::kind::LAZY_METHOD, "lazy"));
        }
        let blocks: Vec<_> = places.iter().map(|(_, name)| self.new_block(name)).collect();
        let cases: Vec<_> = places
            .iter()
            .zip(&blocks)
            .map(|((kind, _), block)| (n32.const_int(u64::from(*kind), false), *block))
            .collect();
        let usual = if as_method { site::kind::METHOD } else { site::kind::SLOT };
        let switch = b.build_switch(kind, general, &cases).unwrap();
        let weights = places.iter().map(|(kind, _)| if *kind == usual { 2000 } else { 100 });
        self.weigh(switch, std::iter::once(1).chain(weights));
        for ((kind, _), block) in places.into_iter().zip(blocks) {
            w.b.position_at_end(block);
            let mut stack = start.clone();
            if kind == site::kind::LAZY_METHOD {
                let dict = w.load(w.at(object, -8));
                self.check(self.equal(dict, 0), general);
            }
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
            if as_method && matches!(kind, site::kind::SLOT | site::kind::CLASS) {
                stack.entries.push(Entry { value: w.int(0), home: false });
            }
            ends.push((self.here(), stack));
        }
        Ok(ends)
    }

    /// Calls a Python function that takes exactly the arguments; anything else goes elsewhere. The block ends here.
    pub fn python_call(
        &mut self,
        stack: &mut Stack<'c>,
        i: &Instr,
        resume: u64,
        elsewhere: BasicBlock<'c>,
    ) -> Result<()> {
        let w = self.w;
        let n = i.arg as usize;
        let first = stack.entries.len() - n - 2;
        let (callable, receiver) = (stack.entries[first].value, stack.entries[first + 1].value);
        self.check(self.is_object(callable), elsewhere);
        let object = self.object(callable);
        let c = w.bodies.context;
        self.check(self.has_kind(object, self.offsets.kind_function), elsewhere);
        let code = w.load_ptr(w.at(object, self.offsets.function_code as i64));
        let with_self = w.b.build_int_compare(IntPredicate::NE, receiver, w.int(0), "").unwrap();
        let with_self = w.b.build_int_z_extend(with_self, c.i32_type(), "").unwrap();
        let given = w.b.build_int_add(with_self, c.i32_type().const_int(n as u64, false), "").unwrap();
        let takes = self.load_i32(w.at(code, self.offsets.code_argcount as i64));
        self.check(w.b.build_int_compare(IntPredicate::EQ, takes, given, "").unwrap(), elsewhere);
        // Neither keyword-only parameters nor any that collect, and no namespace.
        let keywords = self.load_i32(w.at(code, self.offsets.code_kwonlyargcount as i64));
        let flags = self.load_i32(w.at(code, self.offsets.code_flags as i64));
        let [looked_at, wanted] = self.offsets.simple_flags.map(|flags| c.i32_type().const_int(flags, false));
        let unusual = w.b.build_xor(w.b.build_and(flags, looked_at, "").unwrap(), wanted, "").unwrap();
        let special = w.b.build_or(keywords, unusual, "").unwrap();
        self.check(self.equal(special, 0), elsewhere);
        // Code of the library that is still to be read has no units.
        let units = w.load(w.at(code, w.offsets.code_units as i64));
        let is_read = w.b.build_int_compare(IntPredicate::NE, units, w.int(0), "").unwrap();
        self.check(is_read, elsewhere);
        self.set_resume(resume);
        let none = [w.int(0); 2];
        let ways = Ways { fail: None, slow: None };
        self.body(stack, Uop::_INIT_CALL_PY_EXACT_ARGS, i, ArgPart::All, none, ways)?;
        let size = [w.int((i.next - i.unit) as u64), w.int(0)];
        self.body(stack, Uop::_SAVE_RETURN_OFFSET, i, ArgPart::All, size, ways)?;
        self.body(stack, Uop::_PUSH_FRAME, i, ArgPart::All, none, ways)
    }
}
