//! Uops one at a time: what the interpreter of uops is made of.
//!
//! The functions are made by the build script from the same bodies as handlers and stencils
//! (`backend-llvm/src/uop_functions.rs`). They keep everything in memory.

use taipan_layout::{Frame, StackValue, ThreadState};
use taipan_mir::uops::Uop;

use crate::stencil::REGISTERS;

/// What compiled code has in registers. The first three fields are known to the functions by their offsets.
#[repr(C)]
pub struct Machine {
    pub frame: *mut Frame,
    pub sp: *mut StackValue,
    /// Behind the highest of `words`.
    doubles: *mut f64,
    words: [f64; REGISTERS],
}

/// The constants of a uop.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Constants {
    pub oparg: u64,
    pub operands: [u64; 2],
}

const _: () = {
    // The build script counts on it.
    assert!(core::mem::offset_of!(Machine, sp) == 8 && core::mem::offset_of!(Machine, doubles) == 16);
    assert!(core::mem::offset_of!(Constants, operands) == 8);
};

/// How a uop ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Continue,
    /// Nothing was changed.
    Deopt,
    /// An exception, or (then none is set) a frame that was pushed and is the machine's now.
    Error,
    Jump,
}

type Function = unsafe extern "C" fn(*mut Machine, *mut ThreadState, *const Constants) -> u64;

unsafe extern "C" {
    static TAIPAN_UOPS: [Option<Function>; Uop::ALL.len()];
}

impl Machine {
    /// A machine without doubles. It must not move once uops have run in it: [`Machine::reset`].
    pub fn new(frame: *mut Frame, sp: *mut StackValue) -> Machine {
        Machine { frame, sp, doubles: std::ptr::null_mut(), words: [0.0; REGISTERS] }
    }

    /// Makes the doubles' stack empty, where the machine is now.
    pub fn reset(&mut self) {
        self.doubles = self.words.as_mut_ptr();
    }

    /// The doubles as `f0`, `f1`, `f2`; those behind the highest are of no interest.
    pub fn doubles(&self) -> &[f64; REGISTERS] {
        &self.words
    }

    /// Executes a uop; `None` when it is only for the interpreter. The flag says whether its slow sibling did the work.
    ///
    /// # Safety
    /// The machine was [reset](Machine::reset) where it is and is in the state that the row of the uop describes, in a
    /// trace that was verified; its frame is `ts`'s, or one that the trace has inlined there.
    pub unsafe fn run(
        &mut self,
        ts: *mut ThreadState,
        uop: Uop,
        constants: &Constants,
    ) -> Option<(Way, bool)> {
        // SAFETY: the build script made the table, with as many entries as there are uops.
        let function = unsafe { TAIPAN_UOPS[uop as usize] }?;
        // SAFETY: by contract.
        let status = unsafe { function(self, ts, constants) };
        let way = match status & 7 {
            0 => Way::Continue,
            1 => Way::Deopt,
            3 => Way::Jump,
            _ => Way::Error,
        };
        Some((way, status & 8 != 0))
    }
}
