//! Tier 1 specialisation (PEP 659): rewriting an instruction to a form for the operands it has seen.
//!
//! Every function here gets an instruction whose counter ran out, and either installs a specialised opcode with its
//! inline cache, or leaves the generic one; both reset the counter. The forms and their caches are CPython 3.14's as
//! far as the object model agrees (`mir/src/uops.rs` lists them).

mod attributes;
mod calls;
pub mod entry;
mod operators;

use taipan_mir::opcodes::Opcode;

/// After a success: the number of misses that are tolerated before the instruction is looked at again.
const COOLDOWN: u16 = 52 << 4;
/// After a first failure; the back-off doubles with each further one.
const BACKOFF_START: u16 = 31 << 4 | 5;

/// Whether every failure to specialise is reported (`TAIPAN_TRACE_SPECIALIZE=1`, for development).
fn reports() -> bool {
    static ON: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *ON.get_or_init(|| std::env::var_os("TAIPAN_TRACE_SPECIALIZE").is_some())
}

/// The instruction under specialisation.
#[derive(Clone, Copy)]
struct Site {
    ip: *mut u16,
}

impl Site {
    /// # Safety
    /// `ip` points to an instruction with a counter.
    unsafe fn new(ip: *mut u16) -> Site {
        Site { ip }
    }

    /// Installs a specialised form; its cache has been written.
    fn specialize(self, op: Opcode) {
        // SAFETY: the unit is the instruction; the next one its counter.
        unsafe {
            *self.ip = (*self.ip & 0xFF00) | op as u16;
            *self.ip.add(1) = COOLDOWN;
        }
    }

    /// Leaves the generic form and backs off.
    fn fail(self) {
        if reports() {
            self.report();
        }
        // SAFETY: as above.
        unsafe {
            let generic = Opcode::from_u8(*self.ip as u8).map_or(*self.ip & 0xFF, |op| op.deopt() as u16);
            *self.ip = (*self.ip & 0xFF00) | generic;
            let counter = *self.ip.add(1);
            let backoff = counter & 15;
            *self.ip.add(1) = if backoff < 5 { BACKOFF_START } else { next_backoff((backoff + 1).min(12)) };
        }
    }

    /// Says on standard error which instruction stays generic.
    #[cold]
    fn report(self) {
        let vm = crate::vm::Vm::current();
        // SAFETY: the running frame executes the instruction.
        unsafe {
            let frame = (*vm.ts()).frame;
            let code = crate::objects::frame::code_of(frame);
            let unit = code.unit_index(self.ip);
            let op = Opcode::from_u8(*self.ip as u8).map_or("?", |op| op.name());
            let name = crate::objects::str::to_string_lossy(code.qualname);
            eprintln!("specialize: {op} at {name}+{unit} ({}) stays generic", *self.ip >> 8);
        }
    }

    fn set_u16(self, unit: usize, v: u16) {
        // SAFETY: the cache has the unit.
        unsafe { *self.ip.add(unit) = v }
    }
    fn set_u32(self, unit: usize, v: u32) {
        self.set_u16(unit, v as u16);
        self.set_u16(unit + 1, (v >> 16) as u16);
    }
    fn set_u64(self, unit: usize, v: u64) {
        self.set_u32(unit, v as u32);
        self.set_u32(unit + 2, (v >> 32) as u32);
    }
}

/// A counter of `2^backoff - 1` attempts.
fn next_backoff(backoff: u16) -> u16 {
    (((1u32 << backoff) - 1).min(4095) as u16) << 4 | backoff
}
