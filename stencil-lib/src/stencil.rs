//! The stencils as the build script leaves them: one blob of code, two flat tables, and an index by uop
//! and state, so that copying and patching looks nothing up by name.

use taipan_mir::uops::Uop;

/// Stack values that can be cached in registers; doubles have as many registers of their own.
pub const REGISTERS: usize = 3;

/// How a hole is filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(dead_code, reason = "which kinds occur depends on the code that LLVM makes of the bodies")]
pub(crate) enum Kind {
    Abs16,
    Abs32,
    Abs64,
    /// Distance from the hole itself.
    Rel32,
}

/// What a hole is filled with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum What {
    Oparg,
    /// Byte offset of the local from the frame.
    Local,
    Operand0,
    Operand1,
    Continue,
    Slow,
    Deopt,
    Error,
    Jump,
    Switch,
    /// The stencil's own hot or cold part.
    Hot,
    Cold,
    /// A function of the runtime.
    External(u16),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Hole {
    pub offset: u16,
    pub kind: Kind,
    pub what: What,
    pub addend: i32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Stencil {
    /// Offsets into the blob.
    pub hot: u32,
    pub cold: u32,
    pub hot_len: u16,
    pub cold_len: u16,
    pub first_hole: u32,
    pub hot_holes: u8,
    pub cold_holes: u8,
    pub depth_out: u8,
    pub doubles_out: u8,
    pub depth_jump: u8,
    /// The hot part falls through to the next stencil.
    pub continues: bool,
}

/// The address of a runtime function.
#[repr(transparent)]
pub(crate) struct Address(pub *const ());
// SAFETY: the address of code is never read or written through.
unsafe impl Sync for Address {}

mod generated {
    use super::{
        Address, Hole,
        Kind::{self, *},
        Stencil,
        What::{self, *},
    };

    #[allow(non_snake_case, reason = "short names for generated tables")]
    const fn H(offset: u16, kind: Kind, what: What, addend: i32) -> Hole {
        Hole { offset, kind, what, addend }
    }
    #[allow(non_snake_case, reason = "short names for generated tables")]
    const fn S(
        hot: u32,
        cold: u32,
        hot_len: u16,
        cold_len: u16,
        first_hole: u32,
        hot_holes: u8,
        cold_holes: u8,
        depth_out: u8,
        doubles_out: u8,
        depth_jump: u8,
        continues: bool,
    ) -> Stencil {
        Stencil {
            hot,
            cold,
            hot_len,
            cold_len,
            first_hole,
            hot_holes,
            cold_holes,
            depth_out,
            doubles_out,
            depth_jump,
            continues,
        }
    }
    include!(concat!(env!("OUT_DIR"), "/stencils.rs"));
}
use generated::{CODE, EXTERNAL_NAMES, EXTERNALS, HOLES, INDEX, SLOW_INDEX, STENCILS, TRANSITIONS};

fn get(number: u16) -> Option<&'static Stencil> {
    STENCILS.get(number as usize)
}

impl Stencil {
    /// The stencil of a uop entered with `depth` cached values and `doubles` doubles.
    #[inline]
    pub fn of(uop: Uop, depth: usize, doubles: usize) -> Option<&'static Stencil> {
        get(INDEX[uop as usize][depth + 4 * doubles])
    }
    #[inline]
    pub fn slow_of(uop: Uop, depth: usize, doubles: usize) -> Option<&'static Stencil> {
        get(SLOW_INDEX[uop as usize][depth + 4 * doubles])
    }
    /// From one number of cached values to another; `None` when they are equal.
    #[inline]
    pub fn transition(from: usize, to: usize) -> Option<&'static Stencil> {
        get(TRANSITIONS[from + 4 * to])
    }
    /// Whether it only moves values between registers and the stack.
    pub fn is_transition(&self) -> bool {
        TRANSITIONS.iter().filter_map(|&number| get(number)).any(|other| std::ptr::eq(self, other))
    }
    pub fn hot(&self) -> &'static [u8] {
        &CODE[self.hot as usize..][..self.hot_len as usize]
    }
    pub fn cold(&self) -> &'static [u8] {
        &CODE[self.cold as usize..][..self.cold_len as usize]
    }
    pub fn hot_holes(&self) -> &'static [Hole] {
        &HOLES[self.first_hole as usize..][..self.hot_holes as usize]
    }
    pub fn cold_holes(&self) -> &'static [Hole] {
        &HOLES[self.first_hole as usize + self.hot_holes as usize..][..self.cold_holes as usize]
    }
    pub fn has(&self, what: What) -> bool {
        HOLES[self.first_hole as usize..][..self.hot_holes as usize + self.cold_holes as usize]
            .iter()
            .any(|h| h.what == what)
    }
}

/// Address of a runtime function that stencils call.
#[inline]
pub(crate) fn external(number: u16) -> u64 {
    EXTERNALS[number as usize].0 as u64
}

/// Its name.
pub(crate) fn external_name(number: u16) -> &'static str {
    EXTERNAL_NAMES.get(number as usize).copied().unwrap_or("?")
}

/// The runtime functions that bodies call, by name: what other machine code made from bodies needs, too.
pub fn externals() -> impl Iterator<Item = (&'static str, u64)> {
    EXTERNAL_NAMES.iter().zip(&EXTERNALS).map(|(name, address)| (*name, address.0 as u64))
}

/// How many stencils there are, and the bytes of their code.
pub fn size() -> (usize, usize) {
    (STENCILS.len(), CODE.len())
}
