//! The start of an executable that `taipan build` made: the runtime, and a `main` that runs the program beside it.
//!
//! The linker resolves `TAIPAN_PROGRAM`, an image as `taipan_frontend::image` describes it, and `TAIPAN_COMPILED`, the table of
//! compiled functions (`taipan_mir::aot`), with their sizes, from object files that the build writes; and `TAIPAN_PARTS`, which
//! says what else of the runtime is linked.
#![allow(unsafe_code, reason = "reads what the linker put beside the runtime")]

use std::ffi::{c_char, c_int};

use taipan_runtime::config::Config;
use taipan_runtime::embedded::{Compiled, Program};
use taipan_runtime::launch;
use taipan_runtime::parts::Parts;

#[allow(improper_ctypes, reason = "only Rust looks into the parts")]
unsafe extern "C" {
    static TAIPAN_PROGRAM: u8;
    static TAIPAN_PROGRAM_SIZE: u64;
    static TAIPAN_COMPILED: Compiled;
    static TAIPAN_COMPILED_LENGTH: u64;
    static TAIPAN_PARTS: Parts;
}

/// The C entry point. All arguments are the program's; the environment says how it runs.
#[unsafe(no_mangle)]
pub extern "C" fn main(_argc: c_int, _argv: *const *const c_char) -> c_int {
    // SAFETY: the symbols are constants of this size in the executable.
    let image =
        unsafe { std::slice::from_raw_parts(&raw const TAIPAN_PROGRAM, TAIPAN_PROGRAM_SIZE as usize) };
    // SAFETY: as above; the build makes both from the same program.
    let program = unsafe {
        let compiled =
            std::slice::from_raw_parts(&raw const TAIPAN_COMPILED, TAIPAN_COMPILED_LENGTH as usize);
        Program::new(image, compiled)
    };
    let Some(program) = program else {
        eprintln!("taipan: the program in this executable was built by another version than its runtime");
        return 2;
    };
    let mut config = Config::from_environment(false);
    // SAFETY: as above.
    config.parts = unsafe { TAIPAN_PARTS };
    config.argv = std::env::args_os().collect();
    c_int::from(launch::run_built(config, program))
}
