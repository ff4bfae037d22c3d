//! Makes machine code from the uop bodies: `runtime/uops` → bitcode → interpreter handlers (an object that is
//! linked into this crate) and stencils.

use std::env;
use std::mem::offset_of;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::time::Instant;

use inkwell::context::Context;
use inkwell::targets::RelocMode;
use taipan_backend_llvm::bitcode::Bodies;
use taipan_backend_llvm::wrap::Offsets;
use taipan_backend_llvm::{assembly, handlers, inkwell, target};
use taipan_layout::{Frame, ThreadState};

fn main() {
    if let Err(message) = run() {
        eprintln!("error: {message}");
        exit(1);
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).parent().ok_or("no workspace")?.to_path_buf();
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for input in ["runtime/layout/src", "runtime/uops/src", "llvm-version.txt", "stencil-lib/build.rs"] {
        println!("cargo:rerun-if-changed={}", root.join(input).display());
    }

    let rustc = env::var("RUSTC")?;
    let version = String::from_utf8(Command::new(&rustc).arg("-vV").output()?.stdout)?;
    target::check_versions(&version, &std::fs::read_to_string(root.join("llvm-version.txt"))?)?;

    let bitcode = bodies(&rustc, &root, &out)?;
    let helpers = helper_names(&root)?;
    build_handlers(&bitcode, &helpers, &out)?;
    Ok(())
}

/// The bodies as bitcode. They are compiled as in the runtime, apart from flags of the host crate's profile, which
/// must not reach machine code.
fn bodies(rustc: &str, root: &Path, out: &Path) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
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

/// The names in the helper table, which is in a crate that this one must not link.
fn helper_names(root: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let table = std::fs::read_to_string(root.join("runtime/uops/src/helpers.rs"))?;
    let names = table
        .lines()
        .filter_map(|line| line.trim().strip_prefix("fn ")?.split('(').next().map(str::to_string));
    Ok(names.collect())
}

fn offsets() -> Offsets {
    Offsets {
        locals: taipan_layout::frame::LOCALS_OFFSET as u64,
        frame_ip: offset_of!(Frame, ip) as u64,
        frame_sp: offset_of!(Frame, sp) as u64,
        ts_frame: offset_of!(ThreadState, frame) as u64,
        ts_dispatch: offset_of!(ThreadState, dispatch) as u64,
    }
}

fn build_handlers(bitcode: &[u8], helpers: &[String], out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let context = Context::create();
    let wrapper = handlers::build(Bodies::load(&context, bitcode)?, offsets())?;
    let machine = target::machine(RelocMode::PIC)?;
    if env::var_os("TAIPAN_KEEP_IR").is_some() {
        wrapper.bodies.module.print_to_file(out.join("handlers.before.ll"))?;
    }
    target::optimise(&wrapper.bodies.module, &machine, "default<O3>")?;
    if env::var_os("TAIPAN_KEEP_IR").is_some() {
        wrapper.bodies.module.print_to_file(out.join("handlers.ll"))?;
    }
    let text = target::assembly(&wrapper.bodies.module, &machine)?;
    std::fs::write(out.join("handlers.s"), &text)?;
    let allowed = |symbol: &str| helpers.iter().any(|h| h == symbol) || symbol.ends_with("__slow");
    assembly::check(&text, handlers::is_leaf, allowed)?;
    let object = out.join("handlers.o");
    std::fs::write(&object, assembly::assemble(&machine, &text)?)?;
    cc::Build::new().object(&object).cargo_warnings(false).compile("taipan_handlers");
    if env::var_os("TAIPAN_BUILD_TIMES").is_some() {
        println!("cargo:warning=handlers: {:?}", start.elapsed());
    }
    Ok(())
}
