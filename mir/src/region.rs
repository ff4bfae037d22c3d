//! What tier 2 hands to tier 3, and what comes back: flat `repr(C)` data, because the compiler is a library that is
//! opened at run time.
//!
//! A region is a looping trace (number 0) with the traces that are stitched to its exits. Traces are the *steps* that the
//! stencil emitter got: optimised uops with the numbers of their exits, labels, jumps. A step's exits are indices into the
//! region's list of exits, each of which says through which data slot control leaves and in which state.

/// Changes with every incompatible change of this file's types. The list of uops is part of the contract, too: see
/// [`contract`].
const VERSION: u64 = 4;

/// A number that the program and the library must agree on: version of the types, and the uop table.
pub fn contract() -> u64 {
    // FNV-1a over the names, in order.
    let mut hash = 0xcbf2_9ce4_8422_2325u64 ^ VERSION;
    for uop in crate::uops::Uop::ALL {
        for byte in uop.name().bytes().chain([b' ']) {
            hash = (hash ^ byte as u64).wrapping_mul(0x100_0000_01b3);
        }
    }
    hash
}

/// No exit, no link, no label.
pub const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum StepKind {
    /// `uop` with its constants and exits.
    Op,
    /// `target` is this place.
    Label,
    /// On at label `target`.
    Goto,
    /// Leave by exit `deopt`.
    Exit,
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Step {
    pub kind: StepKind,
    /// A [`Uop`](crate::uops::Uop) as its number.
    pub uop: u32,
    pub oparg: u32,
    pub target: u32,
    pub operands: [u64; 2],
    /// Exit of a failed guard, or of `StepKind::Exit`.
    pub deopt: u32,
    /// Exit for an exception or an unexpected frame.
    pub error: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Exit {
    /// What `ts.exit_id` is set to.
    pub id: u32,
    /// Stack values in registers; the rest is in memory.
    pub depth: u32,
    /// The trace of the region that continues here, or `NONE`: control leaves through the slot. 0 is the loop, which is
    /// entered through what stands before its head.
    pub link: u32,
    /// Address of the data slot.
    pub slot: u64,
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Trace {
    pub steps: *const Step,
    pub len: usize,
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Region {
    pub traces: *const Trace,
    pub trace_count: usize,
    pub exits: *const Exit,
    pub exit_count: usize,
    /// Verify the module after building and after optimising it.
    pub verify: bool,
    /// Wanted is the module's text ([`Compiled::message`]): [`TEXT_BUILT`], [`TEXT_OPTIMISED`], or 0 for code.
    pub text: u32,
}

/// The module as it was lowered.
pub const TEXT_BUILT: u32 = 1;
/// The module after LLVM's passes.
pub const TEXT_OPTIMISED: u32 = 2;

/// A symbol that compiled code may refer to.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Symbol {
    pub name: *const u8,
    pub name_len: usize,
    pub address: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum FixupKind {
    /// 32-bit distance from the place itself.
    Rel32,
    Abs64,
}

/// A place in the code that depends on where the code lies.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Fixup {
    pub offset: u32,
    pub kind: FixupKind,
    /// An address, or an offset into the code itself when `internal`.
    pub target: u64,
    pub addend: i64,
    pub internal: bool,
}

/// Finished code; `code` is null when there is none, and `message` says why.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Compiled {
    pub code: *const u8,
    pub code_len: usize,
    pub entry: u32,
    pub fixups: *const Fixup,
    pub fixup_count: usize,
    pub message: *const u8,
    pub message_len: usize,
    /// Nanoseconds spent in building, optimising and generating.
    pub times: [u64; 3],
}

/// The functions of the library. Contexts are used by one thread at a time.
pub mod abi {
    use super::{Compiled, Region, Symbol};

    pub const FILE_NAME: &str = "libtaipan_llvm.so";
    /// `fn() -> u64`: [`contract`](super::contract).
    pub const CONTRACT: &str = "taipan_llvm_contract\0";
    pub const CREATE: &str = "taipan_llvm_create\0";
    pub const COMPILE: &str = "taipan_llvm_compile\0";
    pub const RELEASE: &str = "taipan_llvm_release\0";
    pub const DESTROY: &str = "taipan_llvm_destroy\0";

    pub enum Context {}
    pub type Contract = unsafe extern "C" fn() -> u64;
    /// The symbols live as long as the context.
    pub type Create = unsafe extern "C" fn(symbols: *const Symbol, count: usize) -> *mut Context;
    /// The result is the caller's, who gives it back with `Release`.
    pub type Compile = unsafe extern "C" fn(context: *mut Context, region: *const Region) -> *mut Compiled;
    pub type Release = unsafe extern "C" fn(compiled: *mut Compiled);
    pub type Destroy = unsafe extern "C" fn(context: *mut Context);
}
