//! Programs ahead of time: a request in, an object file or a text out. `taipan build` opens the library for it.

use inkwell::OptimizationLevel;
use inkwell::context::Context;
use inkwell::targets::{FileType, RelocMode};
use taipan_backend_llvm::aot::AotOffsets;
use taipan_backend_llvm::{Error, Result, aot, target};
use taipan_layout::objects::{Code, Dict, DictEntry, DictKeys, Function, Type};
use taipan_layout::{Header, Kind, Shape, Value};
use taipan_mir::aot::abi::Answer;
use taipan_mir::aot::{Constant, Output, Request};

use crate::{BODIES, offsets};

/// An answer with the memory that it points to.
#[repr(C)]
struct Finished {
    head: Answer,
    data: Vec<u8>,
}

/// The word of a constant that is no object.
fn word(constant: Constant) -> Option<u64> {
    let value = match constant {
        Constant::Object => return None,
        Constant::None => Value::NONE,
        Constant::True => Value::TRUE,
        Constant::False => Value::FALSE,
        Constant::Ellipsis => Value::ELLIPSIS,
        Constant::Int(n) => Value::try_fixnum(n)?,
        Constant::Float(d) => Value::try_flonum(d)?,
    };
    Some(value.0)
}

fn own_offsets() -> AotOffsets {
    use std::mem::offset_of;
    AotOffsets {
        header_flags: offset_of!(Header, flags) as u64,
        header_shape: offset_of!(Header, shape) as u64,
        shape_version: offset_of!(Shape, version) as u64,
        type_root_shape: offset_of!(Type, root_shape) as u64,
        function_code: offset_of!(Function, code) as u64,
        function_globals: offset_of!(Function, globals) as u64,
        dict_keys: offset_of!(Dict, keys) as u64,
        keys_version: offset_of!(DictKeys, version) as u64,
        keys_entries: offset_of!(DictKeys, entries) as u64,
        entry_size: size_of::<DictEntry>() as u64,
        entry_value: offset_of!(DictEntry, value) as u64,
        code_names: offset_of!(Code, names) as u64,
        code_argcount: offset_of!(Code, argcount) as u64,
        code_kwonlyargcount: offset_of!(Code, kwonlyargcount) as u64,
        code_flags: offset_of!(Code, flags) as u64,
        code_nlocalsplus: offset_of!(Code, nlocalsplus) as u64,
        kind_function: Kind::Function as u64,
        kind_type: Kind::Type as u64,
        simple_flags: [CO_OPTIMIZED | CO_VARARGS | CO_VARKEYWORDS, CO_OPTIMIZED],
    }
}

/// Flags of code objects, CPython's.
const CO_OPTIMIZED: u64 = 0x1;
const CO_VARARGS: u64 = 0x4;
const CO_VARKEYWORDS: u64 = 0x8;

/// Compiles a request.
pub fn compile(request: &Request) -> Result<Vec<u8>> {
    let context = Context::create();
    let machine = target::machine_for(RelocMode::PIC, OptimizationLevel::Default)?;
    let wrapper =
        aot::build(&context, BODIES, offsets().wrap, own_offsets(), &request.functions, request.table, word)?;
    if let Some(path) = std::env::var_os("TAIPAN_LLVM_DUMP") {
        let path = std::path::Path::new(&path).join("program.before.ll");
        wrapper.bodies.module.print_to_file(&path).map_err(|e| Error::Llvm(e.to_string()))?;
    }
    wrapper.verify()?;
    aot::optimise(&wrapper, &machine)?;
    let module = &wrapper.bodies.module;
    let written = |kind| {
        let buffer = machine.write_to_memory_buffer(module, kind).map_err(|e| Error::Llvm(e.to_string()))?;
        Ok::<_, Error>(buffer.as_slice().to_vec())
    };
    match request.output {
        Output::LlvmIr => Ok(module.print_to_string().to_bytes().to_vec()),
        Output::Object => written(FileType::Object),
        Output::Assembly => {
            let mut text = written(FileType::Assembly)?;
            text.retain(|byte| *byte != 0);
            Ok(text)
        }
    }
}

/// # Safety
/// `request` points to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn taipan_llvm_aot(request: *const u8, length: usize) -> *mut Answer {
    // SAFETY: by contract.
    let bytes = unsafe { std::slice::from_raw_parts(request, length) };
    let outcome = match Request::from_bytes(bytes) {
        Some(request) => compile(&request).map_err(|e| e.to_string()),
        None => Err("taipan and its LLVM library are of different versions".to_owned()),
    };
    let (data, failed) = match outcome {
        Ok(data) => (data, 0),
        Err(message) => (message.into_bytes(), 1),
    };
    let mut finished =
        Box::new(Finished { head: Answer { data: std::ptr::null(), length: data.len(), failed }, data });
    finished.head.data = finished.data.as_ptr();
    Box::into_raw(finished) as *mut Answer
}

/// # Safety
/// `answer` was given out by [`taipan_llvm_aot`] and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn taipan_llvm_aot_release(answer: *mut Answer) {
    // SAFETY: it is the first field of a `Finished` that was given out once.
    drop(unsafe { Box::from_raw(answer as *mut Finished) });
}
