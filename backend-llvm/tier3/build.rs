//! Compiles the uop bodies to the bitcode that the library embeds.

use std::env;
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for input in ["runtime/layout/src", "runtime/uops/src", "backend-llvm/tier3/build.rs"] {
        println!("cargo:rerun-if-changed={}", root.join(input).display());
    }
    // Leaves `uops.bc` in the output folder.
    taipan_backend_llvm::sources::bodies(&env::var("RUSTC")?, &root, &out)?;
    Ok(())
}
