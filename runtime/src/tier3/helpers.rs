//! What compiled regions call besides the bodies' helpers; see `region::helper` in `backend-llvm`.
#![allow(unsafe_code, reason = "called by machine code with raw words")]

use taipan_layout::{ThreadState, Value};

use crate::objects::float;
use crate::vm::Vm;

/// `pow`, within reach of the code: the C library's own is not.
pub extern "C" fn rt_region_pow(base: f64, exponent: f64) -> f64 {
    base.powf(exponent)
}

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

/// Gives back the boxes in `base[i]`, whose numbers live on elsewhere.
pub unsafe extern "C" fn rt_region_unbox_homes(_ts: *mut ThreadState, base: *mut u64, mask: u64) -> u64 {
    let mut left = mask;
    while left != 0 {
        let i = left.trailing_zeros() as usize;
        left &= left - 1;
        // SAFETY: `rt_region_box_homes` wrote an owned word there, which nobody has touched since.
        unsafe {
            let word = Value(std::mem::replace(&mut *base.add(i), 0));
            if word.is_heap() {
                crate::owned::decref(word);
            }
        }
    }
    0
}

/// Their names and addresses.
pub fn symbols() -> [(&'static str, u64); 4] {
    [
        ("pow", rt_region_pow as *const () as u64),
        ("rt_region_box", rt_region_box as *const () as u64),
        ("rt_region_box_homes", rt_region_box_homes as *const () as u64),
        ("rt_region_unbox_homes", rt_region_unbox_homes as *const () as u64),
    ]
}
