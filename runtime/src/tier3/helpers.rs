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

/// The C library's power.
pub extern "C" fn rt_region_power(base: f64, exponent: f64) -> f64 {
    base.powf(exponent)
}

/// Their names and addresses.
pub fn symbols() -> [(&'static str, u64); 2] {
    [
        ("rt_region_box", rt_region_box as *const () as u64),
        ("rt_region_power", rt_region_power as *const () as u64),
    ]
}
