//! From bodies to functions: the one signature, the symbolic stack, and the ways out of a body.
//!
//! Every piece of machine code has the signature `void(frame, sp, ts, r0, r1, r2, f0, f1, f2)` with LLVM's
//! `preserve_none` convention, and leaves by `musttail` calls. Between the uops of one function the evaluation
//! stack is *symbolic*: a list of SSA values above the memory that `sp` delimits. An entry knows whether its
//! own slot in memory already holds it, so that flushing stores only what changed.

use inkwell::attributes::AttributeLoc;
use inkwell::basic_block::BasicBlock;
use inkwell::builder::Builder;
use inkwell::types::{BasicMetadataTypeEnum, FunctionType, IntType, PointerType};
use inkwell::values::{
    BasicMetadataValueEnum, BasicValueEnum, FloatValue, FunctionValue, IntValue, LLVMTailCallKind,
    PointerValue,
};
use inkwell::{AddressSpace, GlobalVisibility};
use taipan_mir::uops::{Count, Flags, Item, Rep, Uop, UopInfo};

use crate::bitcode::{Bodies, SLOW};
use crate::{Error, Result};

/// LLVM's number of the `preserve_none` calling convention.
pub const PRESERVE_NONE: u32 = 21;
/// Stack values that the signature can carry in registers.
pub const REGISTERS: usize = 3;

/// Return values of the bodies' shims, in the order of `Exit` in `runtime/uops/src/prelude.rs`.
pub mod exit {
    pub const DEOPT: u64 = 1;
    pub const ERROR: u64 = 2;
    pub const SLOW: u64 = 3;
    pub const JUMP: u64 = 4;
    pub const SWITCH: u64 = 5;
    pub const AGAIN: u64 = 6;
    pub const RERAISE: u64 = 7;
    pub const LEAVE: u64 = 8;
}

/// Byte offsets of the fields that wrappers touch, handed in by the build script (which sees the layouts).
#[derive(Clone, Copy, Debug)]
pub struct Offsets {
    pub locals: u64,
    pub frame_ip: u64,
    pub frame_sp: u64,
    pub ts_frame: u64,
    pub ts_dispatch: u64,
    pub ts_hook: u64,
    pub frame_code: u64,
    pub frame_resume: u64,
    pub code_units: u64,
    pub code_consts: u64,
    pub code_compiled: u64,
}

/// The values of the signature's parameters.
#[derive(Clone, Copy)]
pub struct Regs<'c> {
    pub frame: PointerValue<'c>,
    pub sp: PointerValue<'c>,
    pub ts: PointerValue<'c>,
    pub r: [IntValue<'c>; REGISTERS],
    pub f: [FloatValue<'c>; REGISTERS],
}

/// A value of the symbolic stack.
#[derive(Clone, Copy)]
pub struct Entry<'c> {
    pub value: IntValue<'c>,
    /// The slot in memory where a flush would put it holds it already.
    pub home: bool,
}

/// The evaluation stack between uops: memory up to `sp`, then `entries`.
#[derive(Clone)]
pub struct Stack<'c> {
    pub sp: PointerValue<'c>,
    pub entries: Vec<Entry<'c>>,
    /// Unboxed doubles have a stack of their own; they never go to memory.
    pub doubles: Vec<FloatValue<'c>>,
}

/// Where a body's other arguments come from.
pub struct Sources<'c> {
    pub ip: PointerValue<'c>,
    pub oparg: IntValue<'c>,
    pub operands: [IntValue<'c>; 2],
    /// Home of the local that the argument names.
    pub local: Option<PointerValue<'c>>,
}

/// Where control goes after a body; blocks of undeclared exits end in an undefined symbol.
pub struct Outcome<'c> {
    /// The builder stands in the block of success; this is the stack there.
    pub after: Stack<'c>,
    /// The stack with the inputs consumed: kept inputs and what is below.
    pub consumed: Stack<'c>,
    /// The stack as it was before the uop.
    pub before: Stack<'c>,
    pub deopt: Option<BasicBlock<'c>>,
    pub error: Option<BasicBlock<'c>>,
    pub slow: Option<BasicBlock<'c>>,
    pub jump: Option<BasicBlock<'c>>,
    pub switch: Option<BasicBlock<'c>>,
    pub again: Option<BasicBlock<'c>>,
    pub reraise: Option<BasicBlock<'c>>,
    pub leave: Option<BasicBlock<'c>>,
}

/// Adds functions to a module of bodies.
pub struct Wrapper<'c> {
    pub bodies: Bodies<'c>,
    pub b: Builder<'c>,
    pub offsets: Offsets,
}

impl<'c> Wrapper<'c> {
    pub fn new(bodies: Bodies<'c>, offsets: Offsets) -> Self {
        let b = bodies.context.create_builder();
        Wrapper { bodies, b, offsets }
    }

    // ---- types, constants, addresses ----

    pub fn i64(&self) -> IntType<'c> {
        self.bodies.context.i64_type()
    }
    pub fn ptr(&self) -> PointerType<'c> {
        self.bodies.context.ptr_type(AddressSpace::default())
    }
    pub fn int(&self, n: u64) -> IntValue<'c> {
        self.i64().const_int(n, false)
    }
    pub fn signature(&self) -> FunctionType<'c> {
        let (p, i, d) = (self.ptr().into(), self.i64().into(), self.bodies.context.f64_type().into());
        self.bodies.context.void_type().fn_type(&[p, p, p, i, i, i, d, d, d], false)
    }
    /// `base + bytes`
    pub fn at(&self, base: PointerValue<'c>, bytes: i64) -> PointerValue<'c> {
        if bytes == 0 { base } else { self.offset(base, self.i64().const_int(bytes as u64, true)) }
    }
    pub fn offset(&self, base: PointerValue<'c>, bytes: IntValue<'c>) -> PointerValue<'c> {
        // SAFETY: bytes are in bounds of nothing in particular: the GEP has no inbounds flag.
        unsafe { self.b.build_gep(self.bodies.context.i8_type(), base, &[bytes], "").unwrap() }
    }
    pub fn load(&self, address: PointerValue<'c>) -> IntValue<'c> {
        self.b.build_load(self.i64(), address, "").unwrap().into_int_value()
    }
    pub fn load_ptr(&self, address: PointerValue<'c>) -> PointerValue<'c> {
        self.b.build_load(self.ptr(), address, "").unwrap().into_pointer_value()
    }
    pub fn to_ptr(&self, value: IntValue<'c>) -> PointerValue<'c> {
        self.b.build_int_to_ptr(value, self.ptr(), "").unwrap()
    }
    pub fn to_int(&self, value: PointerValue<'c>) -> IntValue<'c> {
        self.b.build_ptr_to_int(value, self.i64(), "").unwrap()
    }

    // ---- functions ----

    /// Starts a function with the signature.
    pub fn function(&self, name: &str) -> (FunctionValue<'c>, Regs<'c>) {
        let f = self.declare(name);
        f.as_global_value().set_visibility(GlobalVisibility::Default);
        self.b.position_at_end(self.bodies.context.append_basic_block(f, "entry"));
        let p = |i| f.get_nth_param(i).unwrap();
        let regs = Regs {
            frame: p(0).into_pointer_value(),
            sp: p(1).into_pointer_value(),
            ts: p(2).into_pointer_value(),
            r: [p(3).into_int_value(), p(4).into_int_value(), p(5).into_int_value()],
            f: [p(6).into_float_value(), p(7).into_float_value(), p(8).into_float_value()],
        };
        (f, regs)
    }
    /// Starts a function that runs rarely and must not be inlined where it is called.
    pub fn cold_function(&self, name: &str) -> (FunctionValue<'c>, Regs<'c>) {
        let (f, regs) = self.function(name);
        for attribute in ["cold", "noinline"] {
            f.add_attribute(AttributeLoc::Function, self.bodies.enum_attribute(attribute));
        }
        (f, regs)
    }
    /// A function with the signature, defined here or elsewhere.
    pub fn declare(&self, name: &str) -> FunctionValue<'c> {
        if let Some(f) = self.bodies.module.get_function(name) {
            return f;
        }
        let f = self.bodies.module.add_function(name, self.signature(), None);
        f.set_call_conventions(PRESERVE_NONE);
        f.as_global_value().set_visibility(GlobalVisibility::Hidden);
        f.add_attribute(AttributeLoc::Function, self.bodies.enum_attribute("nounwind"));
        // Whatever else points into the thread state (the stack of handled exceptions), machine code does not
        // reach the same words through `ts`.
        f.add_attribute(AttributeLoc::Param(2), self.bodies.enum_attribute("noalias"));
        // Bodies were compiled without builtins (a loop must not become a call of memset); callers must be, too.
        f.add_attribute(
            AttributeLoc::Function,
            self.bodies.context.create_string_attribute("no-builtins", ""),
        );
        // A switch must not become a table in .rodata.
        f.add_attribute(
            AttributeLoc::Function,
            self.bodies.context.create_string_attribute("no-jump-tables", "true"),
        );
        f
    }
    pub fn tail(&self, target: PointerValue<'c>, regs: &Regs<'c>) {
        let mut args: Vec<BasicMetadataValueEnum> = vec![regs.frame.into(), regs.sp.into(), regs.ts.into()];
        args.extend(regs.r.iter().map(|v| BasicMetadataValueEnum::from(*v)));
        args.extend(regs.f.iter().map(|v| BasicMetadataValueEnum::from(*v)));
        let call = self.b.build_indirect_call(self.signature(), target, &args, "").unwrap();
        call.set_call_convention(PRESERVE_NONE);
        call.set_tail_call_kind(LLVMTailCallKind::LLVMTailCallKindMustTail);
        self.b.build_return(None).unwrap();
    }
    pub fn tail_to(&self, name: &str, regs: &Regs<'c>) {
        self.tail(self.declare(name).as_global_value().as_pointer_value(), regs);
    }
    /// Unused registers are poison: LLVM need not keep anything in them.
    pub fn no_floats(&self) -> [FloatValue<'c>; REGISTERS] {
        [self.bodies.context.f64_type().get_poison(); REGISTERS]
    }
    /// Declares a C function of the runtime.
    pub fn helper(
        &self,
        name: &str,
        args: &[BasicMetadataTypeEnum<'c>],
        returns_ptr: bool,
    ) -> FunctionValue<'c> {
        self.bodies.module.get_function(name).unwrap_or_else(|| {
            let ty =
                if returns_ptr { self.ptr().fn_type(args, false) } else { self.i64().fn_type(args, false) };
            let f = self.bodies.module.add_function(name, ty, None);
            f.as_global_value().set_visibility(GlobalVisibility::Hidden);
            f
        })
    }

    /// A hole of 64 bits: always a `movabs`. As a symbol, LLVM would take it for an address within reach of the code and
    /// read what it points to relative to the instruction pointer; the operand may point anywhere.
    pub fn wide_hole(&self, name: &str) -> IntValue<'c> {
        let ty = self.i64().fn_type(&[], false);
        let text = format!("movabsq $${name}, $0");
        let asm = self.bodies.context.create_inline_asm(ty, text, "=r".into(), false, false, None, false);
        let call = self.b.build_indirect_call(ty, asm, &[], "").unwrap();
        call.try_as_basic_value().unwrap_basic().into_int_value()
    }

    /// An external symbol as a constant of the given width: a hole. The range is promised to the code generator.
    pub fn hole(&self, name: &str, bits: u32) -> IntValue<'c> {
        let global = self.bodies.module.get_global(name).unwrap_or_else(|| {
            let c = self.bodies.context;
            let global = self.bodies.module.add_global(c.i8_type(), None, name);
            global.set_visibility(GlobalVisibility::Hidden);
            let range = c.metadata_node(&[self.int(0).into(), self.int(1u64 << bits).into()]);
            global.set_metadata(range, c.get_kind_id("absolute_symbol"));
            global
        });
        let address = global.as_pointer_value().const_to_int(self.i64());
        // A symbol's address is never 0 to the optimiser, so a number that may be 0 must not look like one.
        if bits < 64 && name == "_JIT_LOCAL" {
            return address;
        }
        // A hole of full width may hold an address that is out of reach of 32-bit distances. The code generator would
        // still fold a load through it into one; behind an empty piece of assembly it sees a plain number.
        let ty = self.i64().fn_type(&[self.i64().into()], false);
        let opaque = self.bodies.context.create_inline_asm(
            ty,
            String::new(),
            "=r,0".to_string(),
            false,
            false,
            None,
            false,
        );
        let call = self.b.build_indirect_call(ty, opaque, &[address.into()], "").unwrap();
        call.try_as_basic_value().unwrap_basic().into_int_value()
    }

    // ---- the symbolic stack ----

    pub fn pop(&self, stack: &mut Stack<'c>) -> Entry<'c> {
        stack.entries.pop().unwrap_or_else(|| {
            stack.sp = self.at(stack.sp, -8);
            Entry { value: self.load(stack.sp), home: true }
        })
    }
    /// Brings all entries to memory.
    pub fn flush(&self, stack: &mut Stack<'c>) {
        for entry in std::mem::take(&mut stack.entries) {
            if !entry.home {
                self.b.build_store(stack.sp, entry.value).unwrap();
            }
            stack.sp = self.at(stack.sp, 8);
        }
    }
    fn count(&self, count: Count, oparg: IntValue<'c>) -> IntValue<'c> {
        let b = &self.b;
        match count {
            Count::One => self.int(1),
            Count::Oparg => oparg,
            Count::Oparg2 => b.build_left_shift(oparg, self.int(1), "").unwrap(),
            Count::OpargMinus1 => b.build_int_sub(oparg, self.int(1), "").unwrap(),
            Count::OpargBit0 => b.build_and(oparg, self.int(1), "").unwrap(),
            Count::UnpackEx => {
                let before = b.build_and(oparg, self.int(0xFF), "").unwrap();
                let after = b.build_right_shift(oparg, self.int(8), false, "").unwrap();
                b.build_int_add(b.build_int_add(before, after, "").unwrap(), self.int(1), "").unwrap()
            }
        }
    }
    fn slots(&self, count: Count, oparg: IntValue<'c>, negative: bool) -> IntValue<'c> {
        let scale = if negative { -8i64 } else { 8 };
        let scale = self.i64().const_int(scale as u64, true);
        self.b.build_int_mul(self.count(count, oparg), scale, "").unwrap()
    }

    /// Takes the inputs: the values to pass, and the stack without the consumed ones.
    fn inputs(
        &self,
        info: &UopInfo,
        stack: &mut Stack<'c>,
        oparg: IntValue<'c>,
    ) -> Vec<BasicMetadataValueEnum<'c>> {
        let kept = info.kept();
        if info.inputs.iter().any(|i| i.rep == Rep::F64) {
            // Uops on doubles have nothing but scalars.
            let mut values: Vec<BasicMetadataValueEnum> = Vec::new();
            for item in info.inputs.iter().rev() {
                values.push(match item.rep {
                    Rep::F64 => stack.doubles.pop().expect("the variant has the doubles").into(),
                    Rep::Tagged => self.pop(stack).value.into(),
                });
            }
            values.reverse();
            return values;
        }
        let mut values: Vec<BasicMetadataValueEnum> = Vec::new();
        let array = info.inputs.iter().rposition(|i| i.count != Count::One);
        let scalars = array.map_or(0, |a| a + 1);
        // Scalars above the array (all of them, when there is none) come from the symbolic stack.
        let mut top: Vec<Entry> = (scalars..info.inputs.len()).map(|_| self.pop(stack)).collect();
        top.reverse();
        if let Some(array) = array {
            self.flush(stack);
            // Below the scalars everything is memory, addressed from the top down.
            let mut address = stack.sp;
            let mut below = Vec::new();
            let mut new_sp = if kept > array { Some(stack.sp) } else { None };
            for index in (0..=array).rev() {
                let item = &info.inputs[index];
                if item.count == Count::One {
                    address = self.at(address, -8);
                    below.push(BasicMetadataValueEnum::from(self.load(address)));
                } else {
                    address = self.offset(address, self.slots(item.count, oparg, true));
                    below.push(address.into());
                }
                if kept == index {
                    new_sp = Some(address);
                }
            }
            below.reverse();
            values.extend(below);
            stack.sp = new_sp.unwrap();
        }
        values.extend(top.iter().map(|e| BasicMetadataValueEnum::from(e.value)));
        // Kept scalars stay where they are.
        let kept_top = kept.saturating_sub(scalars).min(top.len());
        stack.entries.extend(top.drain(..kept_top));
        values
    }

    /// Calls the body (`slow`: the sibling) of `uop` and branches on how it left. `store_state` writes what a
    /// callee may look at, given the stack without the inputs, before the call.
    pub fn body(
        &self,
        uop: Uop,
        slow: bool,
        stack: &Stack<'c>,
        regs: &Regs<'c>,
        sources: &Sources<'c>,
        store_state: impl Fn(&mut Stack<'c>),
    ) -> Result<Outcome<'c>> {
        let info = uop.info();
        let b = &self.b;
        let problem = |problem: String| Error::Body { uop: info.name, problem };
        let name = if slow { format!("{}{SLOW}", info.name) } else { info.name.to_string() };
        let function =
            self.bodies.get(&name).ok_or_else(|| problem(format!("there is no function {name}")))?;
        let here = b.get_insert_block().unwrap().get_parent().unwrap();

        let before = stack.clone();
        let mut consumed = stack.clone();
        let inputs = self.inputs(info, &mut consumed, sources.oparg);
        store_state(&mut consumed);

        let mut args: Vec<BasicMetadataValueEnum> = vec![
            regs.ts.into(),
            regs.frame.into(),
            sources.ip.into(),
            sources.oparg.into(),
            sources.operands[0].into(),
            sources.operands[1].into(),
        ];
        args.extend(inputs);
        // An array that is produced lies in memory above everything else.
        let mut after = consumed.clone();
        let produced = info.produced();
        let array = produced.iter().position(|i| i.count != Count::One);
        if let Some(array) = array {
            self.flush(&mut after);
            args.push(self.at(after.sp, 8 * array as i64).into());
        }
        let local = || sources.local.ok_or_else(|| problem("there is no local here".into()));
        if info.reads_local {
            args.push(self.load(local()?).into());
        }
        let scalars: Vec<&Item> = produced.iter().filter(|i| i.count == Count::One).collect();
        let slots: Vec<PointerValue> =
            (0..scalars.len() + info.writes_local as usize).map(|_| self.alloca(here)).collect();
        // An alloca is 64 bits whatever is in it.
        args.extend(slots.iter().map(|s| BasicMetadataValueEnum::from(*s)));
        if function.count_params() as usize != args.len() {
            return Err(problem(format!(
                "{name} has {} parameters, the row in mir/src/uops.rs makes {}",
                function.count_params(),
                args.len()
            )));
        }
        // The six words of the context and the inputs come first; then arrays and scalars that the body produces.
        let outputs = 6 + info.inputs.len();
        if info.is(Flags::PURE)
            && !slow
            && let Some(what) = self.bodies.impurity(function, outputs as u32)
        {
            return Err(problem(format!("is declared pure, but {what}")));
        }
        // A body may take a pointer where the stack has a word (frames): match the parameter.
        for (arg, ty) in args.iter_mut().zip(function.get_type().get_param_types()) {
            match (*arg, ty.is_pointer_type()) {
                (BasicMetadataValueEnum::IntValue(v), true) => *arg = self.to_ptr(v).into(),
                (BasicMetadataValueEnum::PointerValue(v), false) => *arg = self.to_int(v).into(),
                _ => {}
            }
        }
        let code =
            b.build_call(function, &args, "").unwrap().try_as_basic_value().unwrap_basic().into_int_value();

        let (outcome, ok) = self.branch(info, slow, code, here);
        b.position_at_end(ok);
        let mut results: Vec<IntValue> = slots.iter().map(|s| self.load(*s)).collect();
        if info.writes_local {
            b.build_store(local()?, results.pop().unwrap()).unwrap();
        }
        match array {
            None => {
                for (item, value) in scalars.iter().zip(results) {
                    match item.rep {
                        Rep::Tagged => after.entries.push(Entry { value, home: false }),
                        Rep::F64 => {
                            let double = b.build_bit_cast(value, self.bodies.context.f64_type(), "").unwrap();
                            after.doubles.push(double.into_float_value());
                        }
                    }
                }
            }
            Some(array) => {
                for value in &results[..array] {
                    b.build_store(after.sp, *value).unwrap();
                    after.sp = self.at(after.sp, 8);
                }
                after.sp = self.offset(after.sp, self.slots(produced[array].count, sources.oparg, false));
                after
                    .entries
                    .extend(results[array..].iter().map(|value| Entry { value: *value, home: false }));
            }
        }
        Ok(Outcome { after, consumed, before, ..outcome })
    }

    fn branch(
        &self,
        info: &UopInfo,
        slow: bool,
        code: IntValue<'c>,
        here: FunctionValue<'c>,
    ) -> (Outcome<'c>, BasicBlock<'c>) {
        let c = self.bodies.context;
        let b = &self.b;
        let ok = c.append_basic_block(here, "ok");
        let undeclared = c.append_basic_block(here, "undeclared");
        let case = |number: u64| c.i32_type().const_int(number, false);
        let mut cases = vec![(case(0), ok)];
        let mut declare = |number: u64, name: &str, declared: bool| {
            declared.then(|| {
                let block = c.append_basic_block(here, name);
                cases.push((case(number), block));
                block
            })
        };
        let is = |flag| info.is(flag);
        let empty = Stack { sp: self.ptr().get_poison(), entries: Vec::new(), doubles: Vec::new() };
        let outcome = Outcome {
            after: empty.clone(),
            consumed: empty.clone(),
            before: empty,
            deopt: declare(exit::DEOPT, "deopt", is(Flags::DEOPT.union(Flags::EXIT)) && !slow),
            error: declare(exit::ERROR, "error", is(Flags::ERROR)),
            slow: declare(exit::SLOW, "slow", info.has_slow() && !slow),
            jump: declare(exit::JUMP, "jump", info.jumps()),
            switch: declare(exit::SWITCH, "switch", is(Flags::FRAME)),
            again: declare(exit::AGAIN, "again", is(Flags::AGAIN)),
            reraise: declare(exit::RERAISE, "reraise", is(Flags::RERAISE)),
            leave: declare(exit::LEAVE, "leave", is(Flags::LEAVE)),
        };
        let switch = b.build_switch(code, undeclared, &cases).unwrap();
        // Success is the straight line, a jump is not far from it.
        let weight = |v: u64| -> BasicMetadataValueEnum { c.i32_type().const_int(v, false).into() };
        let mut weights: Vec<BasicMetadataValueEnum> =
            vec![c.metadata_string("branch_weights").into(), weight(0)];
        for (number, _) in &cases {
            weights.push(weight(match number.get_zero_extended_constant() {
                Some(0 | exit::SWITCH) => 2000,
                Some(exit::JUMP) => 500,
                _ => 1,
            }));
        }
        switch.set_metadata(c.metadata_node(&weights), c.get_kind_id("prof")).unwrap();
        b.position_at_end(undeclared);
        if slow {
            // The sibling is compiled elsewhere: LLVM may not see which codes it returns. Its row is checked where its fast
            // half is.
            b.build_unreachable().unwrap();
        } else {
            let name = format!("undeclared_exit_of_{}", info.name);
            let f = self.bodies.module.get_function(&name).unwrap_or_else(|| {
                self.bodies.module.add_function(&name, c.void_type().fn_type(&[], false), None)
            });
            b.build_call(f, &[], "").unwrap();
            b.build_unreachable().unwrap();
        }
        (outcome, ok)
    }

    pub fn alloca(&self, function: FunctionValue<'c>) -> PointerValue<'c> {
        let entry = function.get_first_basic_block().unwrap();
        let b = self.bodies.context.create_builder();
        match entry.get_first_instruction() {
            Some(first) => b.position_before(&first),
            None => b.position_at_end(entry),
        }
        b.build_alloca(self.i64(), "").unwrap()
    }

    /// Calls a C function.
    pub fn call(
        &self,
        function: FunctionValue<'c>,
        args: &[BasicMetadataValueEnum<'c>],
    ) -> BasicValueEnum<'c> {
        self.b.build_call(function, args, "").unwrap().try_as_basic_value().unwrap_basic()
    }

    pub fn verify(&self) -> Result<()> {
        self.bodies.module.verify().map_err(|e| Error::Llvm(e.to_string()))
    }
}
