//! The bodies' sources as bitcode, for build scripts.

use std::path::Path;
use std::process::Command;

/// The bodies as bitcode. They are compiled as in the runtime, apart from flags of the host crate's profile, which
/// must not reach machine code.
pub fn bodies(rustc: &str, root: &Path, out: &Path) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let compile = |name: &str, source: &str, extra: &[&str]| -> Result<(), Box<dyn std::error::Error>> {
        let status = Command::new(rustc)
            .args(["--edition=2024", "--crate-type=rlib", "-Awarnings", "-Copt-level=3", "-Cpanic=abort"])
            .args(["-Ccodegen-units=1", "-Cdebuginfo=0", "-Coverflow-checks=off", "-Cdebug-assertions=off"])
            .arg(format!("--crate-name={name}"))
            .args(extra)
            .arg(root.join(source))
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .status()?;
        if status.success() { Ok(()) } else { Err(format!("rustc could not compile {source}").into()) }
    };
    let layout = out.join("libtaipan_layout.rlib");
    let bitcode = out.join("uops.bc");
    compile("taipan_layout", "runtime/layout/src/lib.rs", &["-o", &layout.display().to_string()])?;
    compile(
        "taipan_uops",
        "runtime/uops/src/lib.rs",
        &[
            &format!("--extern=taipan_layout={}", layout.display()),
            &format!("--emit=llvm-bc={}", bitcode.display()),
        ],
    )?;
    Ok(std::fs::read(bitcode)?)
}
