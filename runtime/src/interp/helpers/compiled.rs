//! What code compiled ahead of time asks besides what bodies ask.

use taipan_layout::{ThreadState, Value};
use taipan_mir::aot::site::{Cell, ENTRIES, Entry, kind};

use super::vm;
use crate::interp::attr_cache::{self, Access, Place};
use crate::objects::float;

/// An attribute access met a shape that its cell does not have: says where such objects have the attribute, if compiled code
/// can do with that. 1 when there is an entry now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_compiled_attribute(
    ts: *mut ThreadState,
    owner: Value,
    name: Value,
    cell: *mut Cell,
    store: u32,
) -> u32 {
    // SAFETY: `ts` is the running thread's; the cell is the access's own, and nobody else borrows it.
    unsafe {
        let cell = &mut *cell;
        cell.asked = cell.asked.saturating_add(1);
        let access = if store != 0 { Access::Store } else { Access::Load };
        let (kind, value) = match attr_cache::find(vm(ts), owner, name, access) {
            Some(Place::Slot(offset) | Place::New(offset, _)) => (kind::SLOT, u64::from(offset)),
            Some(Place::Class(found)) if store == 0 => (kind::CLASS, found.0),
            Some(Place::Method(found)) if store == 0 => (kind::METHOD, found.0),
            _ => return 0,
        };
        let version = (*(*owner.header()).shape).version;
        let known = cell.entries.iter().position(|e| e.version == version);
        let at = known.unwrap_or(cell.next as usize % ENTRIES);
        if known.is_none() {
            cell.next = cell.next.wrapping_add(1);
        }
        cell.entries[at] = Entry { version, kind, value };
        1
    }
}

/// The float of `double`, outside of the range of immediate ones. Code that keeps numbers unboxed asks for it where nobody can
/// handle an error, so that running out of memory ends the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_compiled_box(ts: *mut ThreadState, double: f64) -> u64 {
    // SAFETY: `ts` is the running thread's.
    match float::new(unsafe { vm(ts) }, double) {
        Ok(float) => float.into_value().0,
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<taipan_layout::objects::Float>()),
    }
}
