//! The target machine, the optimisation pipeline, and the check that rustc and libLLVM fit together.

use inkwell::OptimizationLevel;
use inkwell::module::Module;
use inkwell::passes::PassBuilderOptions;
use inkwell::targets::{
    CodeModel, FileType, InitializationConfig, RelocMode, Target, TargetMachine, TargetTriple,
};

use crate::{Error, Result};

pub const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// A target machine for baseline x86-64. Handlers and regions are position independent; stencils are static
/// with small addresses, because their holes are absolute symbols.
pub fn machine(reloc: RelocMode) -> Result<TargetMachine> {
    machine_for(reloc, OptimizationLevel::Aggressive)
}

/// The same with another effort of the code generator.
pub fn machine_for(reloc: RelocMode, level: OptimizationLevel) -> Result<TargetMachine> {
    Target::initialize_x86(&InitializationConfig::default());
    let triple = TargetTriple::create(TRIPLE);
    let target = Target::from_triple(&triple).map_err(|e| Error::Llvm(e.to_string()))?;
    target
        .create_target_machine(&triple, "x86-64", "", level, reloc, CodeModel::Small)
        .ok_or_else(|| Error::Llvm(format!("no target machine for {TRIPLE}")))
}

/// What the code generator does otherwise than by default. Conditional moves of bodies stay: in loops LLVM makes branches of those
/// that it takes for predictable, and decoding a float has one (for 0.0), whose jump would always be taken. And a branch on two
/// conditions stays two branches: both hold nearly always, and computing their conjunction takes longer.
pub fn set_options() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let arguments =
            [c"taipan", c"-x86-cmov-converter=0", c"-x86-br-merging-base-cost=-1"].map(|a| a.as_ptr());
        // SAFETY: C strings and no overview; the options exist in this version of LLVM.
        unsafe {
            let count = arguments.len() as i32;
            llvm_sys::support::LLVMParseCommandLineOptions(count, arguments.as_ptr(), std::ptr::null());
        }
    });
}

/// Runs an LLVM pass pipeline.
pub fn optimise(module: &Module, machine: &TargetMachine, passes: &str) -> Result<()> {
    module
        .run_passes(passes, machine, PassBuilderOptions::create())
        .map_err(|e| Error::Llvm(format!("passes {passes}: {e}")))
}

/// The module's code as assembly text.
pub fn assembly(module: &Module, machine: &TargetMachine) -> Result<String> {
    let buffer =
        machine.write_to_memory_buffer(module, FileType::Assembly).map_err(|e| Error::Llvm(e.to_string()))?;
    let text = String::from_utf8_lossy(buffer.as_slice());
    Ok(text.trim_end_matches('\0').to_string())
}

/// The version of the libLLVM that this process uses.
pub fn llvm_version() -> (u32, u32, u32) {
    let (mut major, mut minor, mut patch) = (0, 0, 0);
    // SAFETY: the three pointers are valid.
    unsafe { llvm_sys::core::LLVMGetVersion(&mut major, &mut minor, &mut patch) };
    (major, minor, patch)
}

/// One sentence about what is wrong when rustc's LLVM, libLLVM and the project's `llvm-version.txt` do not fit.
pub fn check_versions(rustc_verbose_version: &str, wanted: &str) -> std::result::Result<(), String> {
    let wanted = wanted.trim();
    let rustc = rustc_verbose_version
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: "))
        .unwrap_or("unknown");
    let (major, minor, patch) = llvm_version();
    if major.to_string() != wanted {
        return Err(format!(
            "Taipan is built with LLVM {wanted}, but the linked libLLVM is {major}.{minor}.{patch}: install llvm-{wanted}-dev."
        ));
    }
    match rustc.split('.').next().and_then(|m| m.parse::<u32>().ok()) {
        Some(m) if m <= major => Ok(()),
        _ => Err(format!(
            "this rustc writes LLVM {rustc} bitcode, which libLLVM {major}.{minor}.{patch} cannot read: use the toolchain of rust-toolchain.toml or install a newer LLVM."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_mismatches_are_one_sentence() {
        let (major, ..) = llvm_version();
        assert_eq!(check_versions(&format!("LLVM version: {major}.1.2"), &format!("{major}\n")), Ok(()));
        let newer = check_versions(&format!("LLVM version: {}.0.0", major + 1), &major.to_string());
        assert!(newer.unwrap_err().starts_with("this rustc writes LLVM"));
        let other = check_versions("LLVM version: 1.0.0", "1");
        assert!(other.unwrap_err().contains("install llvm-1-dev"));
    }
}
