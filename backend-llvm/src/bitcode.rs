//! Loading the bodies' bitcode and preparing it for inlining.
//!
//! On load, bodies become private and always inlined; `__slow` siblings stay visible for attribute inference but
//! are called in the runtime's own compiled copy; declarations become hidden, so that calls are direct.
//! Attributes that would cost code go: `nonlazybind` (calls through the GOT), `uwtable`, `probe-stack`,
//! `target-cpu` (differing ones prevent inlining), personality functions.

use std::collections::HashMap;

use inkwell::GlobalVisibility;
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::context::Context;
use inkwell::memory_buffer::MemoryBuffer;
use inkwell::module::{Linkage, Module};
use inkwell::values::{AsValueRef, FunctionValue, InstructionOpcode};

use crate::{Error, Result};

const ENUM_ATTRIBUTES: &[&str] = &["uwtable", "nonlazybind", "noinline", "optsize", "minsize", "cold"];
const STRING_ATTRIBUTES: &[&str] =
    &["target-cpu", "target-features", "probe-stack", "tune-cpu", "frame-pointer"];

/// The suffix of slow siblings.
pub const SLOW: &str = "__slow";

/// A module with the bodies, to which the wrappers are added.
pub struct Bodies<'c> {
    pub context: &'c Context,
    pub module: Module<'c>,
    functions: HashMap<String, FunctionValue<'c>>,
}

impl<'c> Bodies<'c> {
    pub fn load(context: &'c Context, bitcode: &[u8]) -> Result<Self> {
        let buffer = MemoryBuffer::create_from_memory_range_copy(bitcode, "uops");
        let module =
            Module::parse_bitcode_from_buffer(&buffer, context).map_err(|e| Error::Llvm(e.to_string()))?;
        let mut bodies = Bodies { context, module, functions: HashMap::new() };
        bodies.resolve_aliases();
        let mut next = bodies.module.get_first_function();
        while let Some(function) = next {
            next = function.get_next_function();
            if function.get_intrinsic_id() == 0 {
                bodies.prepare(function);
            }
        }
        if let Some(personality) = bodies.module.get_function("rust_eh_personality") {
            // SAFETY: no function refers to it any more.
            unsafe { personality.delete() };
        }
        Ok(bodies)
    }

    /// The body with this name.
    pub fn get(&self, name: &str) -> Option<FunctionValue<'c>> {
        self.functions.get(name).copied()
    }

    /// What a body that is declared pure does beyond writing its outputs (the parameters from `first_output` on): a
    /// store elsewhere, or a call. Bodies come optimised, so outputs are written through their parameters.
    pub fn impurity(&self, body: FunctionValue<'c>, first_output: u32) -> Option<String> {
        let outputs: Vec<_> = body.get_param_iter().skip(first_output as usize).collect();
        for instruction in body.get_basic_block_iter().flat_map(|b| b.get_instructions()) {
            match instruction.get_opcode() {
                InstructionOpcode::Store => {
                    let target = instruction.get_operand(1).and_then(|o| o.value());
                    if !target.is_some_and(|t| outputs.contains(&t)) {
                        return Some(format!("stores to memory: {}", instruction));
                    }
                }
                InstructionOpcode::Call => {
                    let text = instruction.to_string();
                    if !text.contains("@llvm.") {
                        return Some(format!("calls: {text}"));
                    }
                }
                _ => {}
            }
        }
        None
    }

    pub fn enum_attribute(&self, name: &str) -> Attribute {
        self.context.create_enum_attribute(Attribute::get_named_enum_kind_id(name), 0)
    }

    /// rustc merges equal functions into aliases: bodies are then known by several names, and an alias that is a
    /// slow sibling becomes a declaration of that name.
    fn resolve_aliases(&mut self) {
        use llvm_sys::core::*;
        let module = self.module.as_mut_ptr();
        // SAFETY: walks the module's own alias list; an alias is deleted after its successor was read.
        unsafe {
            let mut alias = LLVMGetFirstGlobalAlias(module);
            while !alias.is_null() {
                let next = LLVMGetNextGlobalAlias(alias);
                let mut length = 0;
                let bytes = LLVMGetValueName2(alias, &mut length);
                let name = String::from_utf8_lossy(std::slice::from_raw_parts(bytes as *const u8, length))
                    .into_owned();
                let target = LLVMAliasGetAliasee(alias);
                if let Some(target) = FunctionValue::new(target) {
                    LLVMSetValueName2(alias, c"".as_ptr(), 0);
                    if name.ends_with(SLOW) {
                        let declared = self.module.add_function(&name, target.get_type(), None);
                        LLVMReplaceAllUsesWith(alias, declared.as_value_ref());
                    } else {
                        LLVMReplaceAllUsesWith(alias, target.as_value_ref());
                        self.functions.insert(name.clone(), target);
                    }
                    // Unused and internal: the first global dead-code pass removes it (the C interface cannot). Until
                    // then it must point to something that stays a definition.
                    if name.ends_with(SLOW)
                        && let Some(body) = self.module.get_function("_NOP")
                    {
                        LLVMAliasSetAliasee(alias, body.as_value_ref());
                    }
                    LLVMSetLinkage(alias, llvm_sys::LLVMLinkage::LLVMInternalLinkage);
                }
                alias = next;
            }
        }
    }

    fn prepare(&mut self, function: FunctionValue<'c>) {
        for name in ENUM_ATTRIBUTES {
            function.remove_enum_attribute(AttributeLoc::Function, Attribute::get_named_enum_kind_id(name));
        }
        for name in STRING_ATTRIBUTES {
            function.remove_string_attribute(AttributeLoc::Function, name);
        }
        // SAFETY: the function is live.
        unsafe {
            if llvm_sys::core::LLVMHasPersonalityFn(function.as_value_ref()) != 0 {
                llvm_sys::core::LLVMSetPersonalityFn(function.as_value_ref(), std::ptr::null_mut());
            }
        }
        let name = function.get_name().to_string_lossy().into_owned();
        function.add_attribute(AttributeLoc::Function, self.enum_attribute("nounwind"));
        if name.ends_with(SLOW) {
            if function.count_basic_blocks() > 0 {
                function.set_linkage(Linkage::AvailableExternally);
            }
            function.as_global_value().set_visibility(GlobalVisibility::Hidden);
            for attribute in ["cold", "noinline"] {
                function.add_attribute(AttributeLoc::Function, self.enum_attribute(attribute));
            }
        } else if function.count_basic_blocks() > 0 {
            function.set_linkage(Linkage::Private);
            function.add_attribute(AttributeLoc::Function, self.enum_attribute("alwaysinline"));
        } else {
            function.as_global_value().set_visibility(GlobalVisibility::Hidden);
        }
        self.functions.insert(name, function);
    }
}
