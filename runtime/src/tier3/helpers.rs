//! What compiled regions call besides the bodies' helpers; see `region::helper` in `backend-llvm`.
#![allow(unsafe_code, reason = "called by machine code with raw words")]

use taipan_layout::{ThreadState, Value};

use crate::objects::float;
use crate::vm::Vm;

/// The float of `double`, or NULL with the exception set.
pub unsafe extern "C" fn rt_region_box(ts: *mut ThreadState, double: f64) -> u64 {
    // SAFETY: `ts` is the running thread's.
    match float::new(unsafe { Vm::from_ts(ts) }, double) {
        Ok(float) => float.into_value().0,
        Err(_) => Value::NULL.0,
    }
}

/// Boxes the raw doubles in `base[i]` for each bit `i` of `mask`.
pub unsafe extern "C" fn rt_region_box_homes(ts: *mut ThreadState, base: *mut u64, mask: u64) -> u64 {
    let mut left = mask;
    while left != 0 {
        let i = left.trailing_zeros() as usize;
        left &= left - 1;
        // SAFETY: machine code has just written raw doubles there.
        unsafe { *base.add(i) = rt_region_box(ts, f64::from_bits(*base.add(i))) };
    }
    0
}

/// Makes raw doubles again of the boxes in `base[i]`.
pub unsafe extern "C" fn rt_region_unbox_homes(_ts: *mut ThreadState, base: *mut u64, mask: u64) -> u64 {
    let mut left = mask;
    while left != 0 {
        let i = left.trailing_zeros() as usize;
        left &= left - 1;
        // SAFETY: `rt_region_box_homes` wrote an owned float there, or NULL when there was no memory for it.
        unsafe {
            let word = Value(*base.add(i));
            *base.add(i) = float::as_f64(word).unwrap_or_default().to_bits();
            if word.is_heap() {
                crate::owned::decref(word);
            }
        }
    }
    0
}

/// Their names and addresses.
pub fn symbols() -> [(&'static str, u64); 3] {
    [
        ("rt_region_box", rt_region_box as *const () as u64),
        ("rt_region_box_homes", rt_region_box_homes as *const () as u64),
        ("rt_region_unbox_homes", rt_region_unbox_homes as *const () as u64),
    ]
}
