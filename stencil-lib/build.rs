//! Makes machine code from the uop bodies: `runtime/uops` → bitcode → interpreter handlers (an object that is
//! linked into this crate) and stencils.

use std::collections::HashMap;
use std::env;
use std::fmt::Write;
use std::mem::offset_of;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::time::Instant;

use inkwell::context::Context;
use inkwell::targets::RelocMode;
use taipan_backend_llvm::bitcode::Bodies;
use taipan_backend_llvm::object_file::{self, HoleKind, Part, Stencil, Target};
use taipan_backend_llvm::stencils::{self, ExitOffsets, Variant};
use taipan_backend_llvm::uop_functions::{self, MachineOffsets};
use taipan_backend_llvm::wrap::Offsets;
use taipan_backend_llvm::{assembly, handlers, inkwell, sources, steps, target};
use taipan_layout::objects::Code;
use taipan_layout::{Frame, ThreadState};
use taipan_mir::uops::{Class, Flags, Uop};

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

    let bitcode = sources::bodies(&rustc, &root, &out)?;
    let helpers = helper_names(&root)?;
    build_handlers(&bitcode, &helpers, &out)?;
    build_steps(&bitcode, &helpers, &out)?;
    build_uop_functions(&bitcode, &helpers, &out)?;
    build_stencils(&bitcode, &helpers, &out)?;
    Ok(())
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
        ts_hook: offset_of!(ThreadState, hook) as u64,
        frame_code: offset_of!(Frame, code) as u64,
        frame_resume: offset_of!(Frame, resume_id) as u64,
        code_units: offset_of!(Code, units) as u64,
        code_consts: offset_of!(Code, consts) as u64,
        code_compiled: offset_of!(Code, compiled) as u64,
    }
}

fn build_handlers(bitcode: &[u8], helpers: &[String], out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let context = Context::create();
    let wrapper = handlers::build(Bodies::load(&context, bitcode)?, offsets())?;
    stencils::build_entries(&wrapper, ExitOffsets { exit_words: offset_of!(ThreadState, exit_words) as u64 });
    wrapper.verify()?;
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

/// What code that was compiled ahead of time calls; a library of its own, so that only executables with such code
/// have it.
fn build_steps(bitcode: &[u8], helpers: &[String], out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let context = Context::create();
    let wrapper = steps::build(Bodies::load(&context, bitcode)?, offsets())?;
    let machine = target::machine(RelocMode::PIC)?;
    // They are called where speed matters less: bodies come optimised.
    target::optimise(&wrapper.bodies.module, &machine, steps::PASSES)?;
    let text = target::assembly(&wrapper.bodies.module, &machine)?;
    std::fs::write(out.join("steps.s"), &text)?;
    let allowed = |symbol: &str| helpers.iter().any(|h| h == symbol) || symbol.ends_with("__slow");
    assembly::check(&text, |_| false, allowed)?;
    let object = out.join("steps.o");
    std::fs::write(&object, assembly::assemble(&machine, &text)?)?;
    cc::Build::new().object(&object).cargo_warnings(false).compile("taipan_steps");
    if env::var_os("TAIPAN_BUILD_TIMES").is_some() {
        println!("cargo:warning=steps: {:?}", start.elapsed());
    }
    Ok(())
}

/// What the interpreter of uops calls: a library of its own, so that only programs that have such an interpreter have it.
fn build_uop_functions(
    bitcode: &[u8],
    helpers: &[String],
    out: &Path,
) -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let context = Context::create();
    let machine_offsets = MachineOffsets { frame: 0, sp: 8, doubles: 16, oparg: 0, operands: 8 };
    let wrapper = uop_functions::build(Bodies::load(&context, bitcode)?, offsets(), machine_offsets)?;
    let machine = target::machine(RelocMode::PIC)?;
    target::optimise(&wrapper.bodies.module, &machine, steps::PASSES)?;
    let text = target::assembly(&wrapper.bodies.module, &machine)?;
    std::fs::write(out.join("uops.s"), &text)?;
    let allowed = |symbol: &str| helpers.iter().any(|h| h == symbol) || symbol.ends_with("__slow");
    assembly::check(&text, |_| false, allowed)?;
    let object = out.join("uops.o");
    std::fs::write(&object, assembly::assemble(&machine, &text)?)?;
    cc::Build::new().object(&object).cargo_warnings(false).compile("taipan_uop_functions");
    if env::var_os("TAIPAN_BUILD_TIMES").is_some() {
        println!("cargo:warning=uop functions: {:?}", start.elapsed());
    }
    Ok(())
}

fn build_stencils(bitcode: &[u8], helpers: &[String], out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let context = Context::create();
    let (wrapper, variants) = stencils::build(Bodies::load(&context, bitcode)?, offsets())?;
    let machine = target::machine(RelocMode::Static)?;
    target::optimise(&wrapper.bodies.module, &machine, "default<O3>")?;
    if env::var_os("TAIPAN_KEEP_IR").is_some() {
        wrapper.bodies.module.print_to_file(out.join("stencils.ll"))?;
    }
    let text = target::assembly(&wrapper.bodies.module, &machine)?;
    let by_symbol: HashMap<&str, &Variant> = variants.iter().map(|v| (v.symbol.as_str(), v)).collect();
    let leaf =
        |name: &str| by_symbol.get(name).is_some_and(|v| !v.slow && v.uop.info().class != Class::Calling);
    let allowed = |symbol: &str| {
        helpers.iter().any(|h| h == symbol) || symbol.ends_with("__slow") || symbol.starts_with("_JIT_")
    };
    assembly::check(&text, leaf, allowed)?;
    let text = assembly::split_cold(&text);
    std::fs::write(out.join("stencils.s"), &text)?;
    let found = object_file::read(&assembly::assemble(&machine, &text)?)?;
    check_exits(&variants, &found)?;
    let summary = Library::new(&variants, &found)?.write(out)?;
    if env::var_os("TAIPAN_BUILD_TIMES").is_some() {
        println!("cargo:warning=stencils: {:?}, {summary}", start.elapsed());
    }
    Ok(())
}

/// Exits exist exactly where the rows declare them, and leaf uops end in the jump that is left out.
fn check_exits(
    variants: &[Variant],
    found: &HashMap<String, Stencil>,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut problems = Vec::new();
    let has = |v: &Variant, symbol: &str| {
        let s = &found[&v.symbol];
        s.hot.holes.iter().chain(&s.cold.holes).any(|h| h.target == Target::Symbol(symbol.into()))
    };
    for uop in Uop::ALL.iter().filter(|u| u.in_traces()) {
        let info = uop.info();
        let of_uop: Vec<&Variant> = variants.iter().filter(|v| v.uop == *uop && v.depth == 0).collect();
        let any = |symbol: &str| of_uop.iter().any(|v| has(v, symbol));
        for (symbol, declared) in [
            ("_JIT_DEOPT", info.is(Flags::DEOPT.union(Flags::EXIT))),
            ("_JIT_ERROR", info.is(Flags::ERROR)),
            ("_JIT_SLOW", info.has_slow()),
            ("_JIT_JUMP", info.jumps()),
            ("_JIT_SWITCH", info.is(Flags::FRAME) && !uop.always_switches()),
        ] {
            if any(symbol) != declared {
                let verb = if declared { "declares" } else { "does not declare" };
                problems.push(format!("the row of {uop} {verb} the exit {symbol}, the code disagrees"));
            }
        }
    }
    for v in variants.iter().filter(|v| v.uop.info().class != Class::Calling && !v.slow) {
        let stencil = &found[&v.symbol];
        let continues = !matches!(v.uop, Uop::_JUMP_FORWARD | Uop::_JUMP_BACKWARD);
        if continues && !stencil.continues {
            problems.push(format!("the hot part of {} does not end in a jump to the next stencil", v.symbol));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Box::new(taipan_backend_llvm::Error::Check(problems))) }
}

/// The compact form: one blob of code, tables of stencils and holes, and an index by uop and state.
struct Library {
    code: Vec<u8>,
    stencils: String,
    stencil_count: usize,
    holes: String,
    hole_count: usize,
    externals: Vec<String>,
    index: Vec<[u16; 16]>,
    slow_index: Vec<[u16; 16]>,
    transitions: [u16; 16],
}

const NONE: u16 = u16::MAX;

impl Library {
    fn new(
        variants: &[Variant],
        found: &HashMap<String, Stencil>,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let mut library = Library {
            code: Vec::new(),
            stencils: String::new(),
            stencil_count: 0,
            holes: String::new(),
            hole_count: 0,
            externals: Vec::new(),
            index: vec![[NONE; 16]; Uop::ALL.len()],
            slow_index: vec![[NONE; 16]; Uop::ALL.len()],
            transitions: [NONE; 16],
        };
        for v in variants {
            let number = library.add(&found[&v.symbol], v.depth_out, v.doubles_out, v.depth_jump)?;
            let index = if v.slow { &mut library.slow_index } else { &mut library.index };
            index[v.uop as usize][v.depth as usize + 4 * v.doubles as usize] = number;
        }
        for (x, y) in (0..4).flat_map(|x| (0..4).map(move |y| (x, y))).filter(|(x, y)| x != y) {
            let stencil = &found[&stencils::transition_symbol(x, y)];
            library.transitions[x + 4 * y] = library.add(stencil, y as u8, 0, 0)?;
        }
        Ok(library)
    }

    fn add(
        &mut self,
        s: &Stencil,
        depth_out: u8,
        doubles_out: u8,
        depth_jump: u8,
    ) -> Result<u16, Box<dyn std::error::Error>> {
        let (hot, cold, first) = (self.code.len(), self.code.len() + s.hot.bytes.len(), self.hole_count);
        self.code.extend(&s.hot.bytes);
        self.code.extend(&s.cold.bytes);
        let (hot_holes, cold_holes) = (self.part(&s.hot)?, self.part(&s.cold)?);
        let (hot_len, cold_len) = (s.hot.bytes.len(), s.cold.bytes.len());
        writeln!(
            self.stencils,
            "S({hot},{cold},{hot_len},{cold_len},{first},{hot_holes},{cold_holes},{depth_out},{doubles_out},{depth_jump},{}),",
            s.continues
        )?;
        self.stencil_count += 1;
        Ok(u16::try_from(self.stencil_count - 1)?)
    }

    fn part(&mut self, part: &Part) -> Result<usize, Box<dyn std::error::Error>> {
        for hole in &part.holes {
            let kind = match hole.kind {
                HoleKind::Abs16 => "Abs16",
                HoleKind::Abs32 => "Abs32",
                HoleKind::Abs64 => "Abs64",
                HoleKind::Rel32 => "Rel32",
            };
            let what = match &hole.target {
                Target::Hot => "Hot".to_string(),
                Target::Cold => "Cold".to_string(),
                Target::Symbol(symbol) => match symbol.as_str() {
                    "_JIT_CONTINUE" => "Continue".into(),
                    "_JIT_SLOW" => "Slow".into(),
                    "_JIT_DEOPT" => "Deopt".into(),
                    "_JIT_ERROR" => "Error".into(),
                    "_JIT_JUMP" => "Jump".into(),
                    "_JIT_SWITCH" => "Switch".into(),
                    "_JIT_OPARG" => "Oparg".into(),
                    "_JIT_LOCAL" => "Local".into(),
                    "_JIT_OPERAND0" | "_JIT_OPERAND0_16" | "_JIT_OPERAND0_32" => "Operand0".into(),
                    "_JIT_OPERAND1" | "_JIT_OPERAND1_16" | "_JIT_OPERAND1_32" => "Operand1".into(),
                    external => {
                        let known = self.externals.iter().position(|e| e == external);
                        let number = known.unwrap_or_else(|| {
                            self.externals.push(external.to_string());
                            self.externals.len() - 1
                        });
                        format!("External({number})")
                    }
                },
            };
            let is_constant = what.starts_with("Oper") || what == "Oparg" || what == "Local";
            if is_constant && hole.kind == HoleKind::Rel32 {
                return Err(format!(
                    "a constant is used as an address near the code: {what} at {}",
                    hole.offset
                )
                .into());
            }
            writeln!(self.holes, "H({},{kind},{what},{}),", hole.offset, hole.addend)?;
            self.hole_count += 1;
        }
        Ok(part.holes.len())
    }

    fn write(&self, out: &Path) -> Result<String, Box<dyn std::error::Error>> {
        std::fs::write(out.join("stencils.bin"), &self.code)?;
        let rows = |index: &[[u16; 16]]| index.iter().map(|r| format!("{r:?},")).collect::<String>();
        let mut s = String::new();
        writeln!(
            s,
            "pub static CODE: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \"/stencils.bin\"));"
        )?;
        writeln!(s, "pub static STENCILS: [Stencil; {}] = [\n{}];", self.stencil_count, self.stencils)?;
        writeln!(s, "pub static HOLES: [Hole; {}] = [\n{}];", self.hole_count, self.holes)?;
        writeln!(s, "pub static INDEX: [[u16; 16]; {}] = [{}];", self.index.len(), rows(&self.index))?;
        writeln!(
            s,
            "pub static SLOW_INDEX: [[u16; 16]; {}] = [{}];",
            self.index.len(),
            rows(&self.slow_index)
        )?;
        writeln!(s, "pub static TRANSITIONS: [u16; 16] = {:?};", self.transitions)?;
        writeln!(s, "unsafe extern \"C\" {{")?;
        for external in &self.externals {
            writeln!(s, "fn {external}();")?;
        }
        writeln!(s, "}}\npub static EXTERNALS: [Address; {}] = [", self.externals.len())?;
        for external in &self.externals {
            writeln!(s, "Address({external} as *const ()),")?;
        }
        writeln!(
            s,
            "];\npub static EXTERNAL_NAMES: [&str; {}] = {:?};",
            self.externals.len(),
            self.externals
        )?;
        std::fs::write(out.join("stencils.rs"), s)?;
        Ok(format!("{} stencils, {} holes, {} bytes", self.stencil_count, self.hole_count, self.code.len()))
    }
}
