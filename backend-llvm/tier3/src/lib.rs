//! The library of tier 3: `libtaipan_llvm.so`.
//!
//! The `taipan` binary does not link libLLVM; it opens this library when the first loop is hot enough, and calls it
//! from a background thread through the functions that `taipan_mir::region::abi` describes. The bodies' bitcode is embedded.
#![allow(unsafe_code, reason = "a C interface")]

mod aot;
mod image;

use std::collections::HashMap;
use std::time::Instant;

use inkwell::OptimizationLevel;
use inkwell::context::Context;
use inkwell::targets::{FileType, RelocMode, TargetMachine};
use inkwell::values::AnyValue;
use taipan_backend_llvm::region::{self, RegionOffsets};
use taipan_backend_llvm::wrap::Offsets;
use taipan_backend_llvm::{Error, Result, target};
use taipan_layout::objects::{Code, Float, List, SequenceIter, Tuple};
use taipan_layout::{Frame, ThreadState, Value};
use taipan_mir::graph::Graph;
use taipan_mir::region::{Compiled, Fixup, Region, Symbol, TEXT_BUILT, TEXT_OPTIMISED, abi, contract};

pub(crate) static BODIES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/uops.bc"));

/// What is kept between compilations.
struct Compiler {
    machine: TargetMachine,
    symbols: HashMap<String, u64>,
}

/// A finished region with the memory that [`Compiled`] points to.
#[repr(C)]
struct Finished {
    head: Compiled,
    code: Vec<u8>,
    fixups: Vec<Fixup>,
    message: String,
}

pub(crate) fn offsets() -> RegionOffsets {
    use std::mem::offset_of;
    RegionOffsets {
        wrap: Offsets {
            locals: taipan_layout::frame::LOCALS_OFFSET as u64,
            frame_ip: offset_of!(Frame, ip) as u64,
            frame_sp: offset_of!(Frame, sp) as u64,
            ts_frame: offset_of!(ThreadState, frame) as u64,
            ts_dispatch: offset_of!(ThreadState, dispatch) as u64,
            ts_hook: offset_of!(ThreadState, hook) as u64,
            frame_code: offset_of!(Frame, code) as u64,
            frame_resume: offset_of!(Frame, resume_id) as u64,
            code_units: offset_of!(Code, units) as u64,
            code_consts: offset_of!(Code, consts) as u64,
            code_compiled: offset_of!(Code, compiled) as u64,
        },
        exit_id: offset_of!(ThreadState, exit_id) as u64,
        stack_top: offset_of!(ThreadState, stack_top) as u64,
        list_length: offset_of!(List, length) as u64,
        list_items: offset_of!(List, items) as u64,
        tuple_length: offset_of!(Tuple, length) as u64,
        tuple_items: size_of::<Tuple>() as u64,
        float_value: offset_of!(Float, value) as u64,
        iter_index: offset_of!(SequenceIter, index) as u64,
        iter_sequence: offset_of!(SequenceIter, sequence) as u64,
        truths: [Value::FALSE.0, Value::TRUE.0],
        zero: taipan_layout::value::FLONUM_ZERO,
    }
}

impl Compiler {
    fn compile(&self, graph: &Graph, verify: bool) -> Result<(image::Image, [u64; 3])> {
        // A context of its own for each region: types and constants of a shared one would pile up.
        let context = Context::create();
        let start = Instant::now();
        let wrapper = region::build(&context, BODIES, offsets(), graph)?;
        if verify {
            wrapper.verify()?;
        }
        dump(&wrapper.bodies.module, "before");
        let built = start.elapsed();
        region::optimise(&wrapper, &self.machine)?;
        if verify {
            wrapper.verify()?;
        }
        dump(&wrapper.bodies.module, "after");
        let optimised = start.elapsed();
        let object = self
            .machine
            .write_to_memory_buffer(&wrapper.bodies.module, FileType::Object)
            .map_err(|e| Error::Llvm(e.to_string()))?;
        let image = image::Image::read(object.as_slice(), region::SYMBOL, &self.symbols)?;
        let done = start.elapsed();
        let nanoseconds = |d: std::time::Duration| d.as_nanos() as u64;
        Ok((image, [nanoseconds(built), nanoseconds(optimised - built), nanoseconds(done - optimised)]))
    }
}

impl Compiler {
    /// The region's function as text.
    fn text(&self, graph: &Graph, text: u32) -> Result<String> {
        let context = Context::create();
        let wrapper = region::build(&context, BODIES, offsets(), graph)?;
        wrapper.verify()?;
        if text == TEXT_OPTIMISED {
            region::optimise(&wrapper, &self.machine)?;
        } else {
            debug_assert_eq!(text, TEXT_BUILT);
        }
        let function = wrapper.bodies.module.get_function(region::SYMBOL);
        Ok(function.map_or_else(String::new, |f| f.print_to_string().to_string()))
    }
}

/// Writes the module to the folder `TAIPAN_LLVM_DUMP` names, for development.
fn dump(module: &inkwell::module::Module, when: &str) {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    if let Some(folder) = std::env::var_os("TAIPAN_LLVM_DUMP") {
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed) / 2;
        let path = std::path::Path::new(&folder).join(format!("region{number}.{when}.ll"));
        if let Err(e) = module.print_to_file(&path) {
            eprintln!("taipan: {}: {e}", path.display());
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn taipan_llvm_contract() -> u64 {
    contract()
}

/// # Safety
/// See `taipan_mir::region::abi`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn taipan_llvm_create(symbols: *const Symbol, count: usize) -> *mut abi::Context {
    target::set_options();
    let Ok(machine) = target::machine_for(RelocMode::PIC, OptimizationLevel::Default) else {
        return std::ptr::null_mut();
    };
    // SAFETY: by contract, the caller's list and its names are valid.
    let symbols = unsafe { std::slice::from_raw_parts(symbols, count) }
        .iter()
        .map(|s| {
            // SAFETY: as above.
            let name = unsafe { std::slice::from_raw_parts(s.name, s.name_len) };
            (String::from_utf8_lossy(name).into_owned(), s.address)
        })
        .collect();
    Box::into_raw(Box::new(Compiler { machine, symbols })) as *mut abi::Context
}

/// # Safety
/// See `taipan_mir::region::abi`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn taipan_llvm_compile(
    context: *mut abi::Context,
    region: *const Region,
) -> *mut Compiled {
    // SAFETY: by contract the context is one of ours and the region is valid.
    let (compiler, region) = unsafe { (&*(context as *const Compiler), &*region) };
    // SAFETY: as above.
    let graph = unsafe { region::graph(region, &offsets()) };
    let mut finished = Box::new(Finished {
        head: Compiled {
            code: std::ptr::null(),
            code_len: 0,
            entry: 0,
            fixups: std::ptr::null(),
            fixup_count: 0,
            message: std::ptr::null(),
            message_len: 0,
            times: [0; 3],
        },
        code: Vec::new(),
        fixups: Vec::new(),
        message: String::new(),
    });
    if region.text != 0 {
        let text = graph.and_then(|graph| compiler.text(&graph, region.text));
        finished.message = text.unwrap_or_else(|error| error.to_string());
        finished.head.message = finished.message.as_ptr();
        finished.head.message_len = finished.message.len();
        return Box::into_raw(finished) as *mut Compiled;
    }
    match graph.and_then(|graph| compiler.compile(&graph, region.verify)) {
        Ok((image, times)) => {
            (finished.code, finished.fixups) = (image.bytes, image.fixups);
            finished.head.code = finished.code.as_ptr();
            finished.head.code_len = finished.code.len();
            finished.head.entry = image.entry;
            finished.head.fixups = finished.fixups.as_ptr();
            finished.head.fixup_count = finished.fixups.len();
            finished.head.times = times;
        }
        Err(error) => {
            finished.message = error.to_string();
            finished.head.message = finished.message.as_ptr();
            finished.head.message_len = finished.message.len();
        }
    }
    Box::into_raw(finished) as *mut Compiled
}

/// # Safety
/// See `taipan_mir::region::abi`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn taipan_llvm_release(compiled: *mut Compiled) {
    // SAFETY: it is the first field of a `Finished` that was given out once.
    drop(unsafe { Box::from_raw(compiled as *mut Finished) });
}

/// # Safety
/// See `taipan_mir::region::abi`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn taipan_llvm_destroy(context: *mut abi::Context) {
    // SAFETY: the context is one of ours and is not used again.
    drop(unsafe { Box::from_raw(context as *mut Compiler) });
}
