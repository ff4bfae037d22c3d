//! Floats: flonums without allocation, float objects where an operand or the result needs one.

use crate::prelude::*;

#[inline(always)]
fn is_float(v: StackValue) -> bool {
    // SAFETY: stack values refer to live objects.
    is_flonum(v) || unsafe { is_kind(v, Kind::Float) }
}
/// The flonum of `d`, or `Slow` when it has to be an object.
#[inline(always)]
fn flonum(d: f64) -> Result<StackValue, Exit> {
    match Value::try_flonum(d) {
        Some(v) => Ok(v.owned()),
        None => Err(Slow),
    }
}

/// The operands when both are flonums; objects are left to the slow siblings.
#[inline(always)]
fn flonums(left: StackValue, right: StackValue) -> Result<(f64, f64), Exit> {
    if is_flonum(left) && is_flonum(right) {
        Ok((Value(left.0).as_flonum(), Value(right.0).as_flonum()))
    } else {
        Err(Slow)
    }
}
/// Truth of a comparison. The argument has a bit for each outcome: 0 unordered, 1 less, 2 greater, 3 equal.
#[inline(always)]
fn compare(a: f64, b: f64, oparg: u64) -> StackValue {
    let outcome = (a < b) as u64 + 2 * (a > b) as u64 + 3 * (a == b) as u64;
    boolean(oparg >> outcome & 1 != 0)
}

/// The home of a local of a frame before the running one.
#[inline(always)]
unsafe fn distant_local(cx: Cx) -> *mut Value {
    // SAFETY: the trace knows its frames.
    unsafe {
        let frame = (cx.frame as *mut u8).sub(cx.operand0 as usize) as *mut Frame;
        Frame::localsplus(frame).add(cx.oparg as usize)
    }
}
/// Is the power a real number that raises at most for its size? The base is positive, or the exponent is a number of times.
#[inline(always)]
fn is_plain_power(a: f64, b: f64) -> bool {
    const TWO_TO_31: u64 = 0x41E0_0000_0000_0000;
    if a > 0.0 {
        return true;
    }
    // In this range the bits have the order of the numbers.
    // SAFETY: the number is within 0 and 2³¹.
    b.to_bits() < TWO_TO_31 && unsafe { b.to_int_unchecked::<i32>() } as f64 == b
}
/// The C library's function is a call, which only the slow sibling may make; here is what needs none.
#[inline(always)]
fn power_without_call(a: f64) -> Result<f64, Exit> {
    if a.to_bits() == 1f64.to_bits() { Ok(a) } else { Err(Slow) }
}
#[inline(always)]
unsafe fn power(cx: Cx, a: f64, b: f64) -> Result<f64, Exit> {
    // SAFETY: `ts` is the running thread's.
    unsafe {
        let c = rt_float_power(cx.ts, a, b);
        if c.to_bits() << 1 == f64::INFINITY.to_bits() << 1 && !(*cx.ts).exception.is_null() {
            Err(Error)
        } else {
            Ok(c)
        }
    }
}

uops! {
    fn _GUARD_TOS_FLOAT(value) -> () |cx| { guard(is_float(value)) }
    fn _GUARD_NOS_FLOAT(nos, tos) -> () |cx| { guard(is_float(nos)) }

    fn _BINARY_OP_ADD_FLOAT(left, right) -> (res, l, r) |cx| {
        let (a, b) = flonums(left, right)?;
        Ok((flonum(a + b)?, left, right))
    }
    fn _BINARY_OP_ADD_FLOAT__slow(left, right) -> (res, l, r) |cx| {
        Ok((checked(rt_new_float(cx.ts, as_f64(left) + as_f64(right)))?, left, right))
    }
    fn _BINARY_OP_SUBTRACT_FLOAT(left, right) -> (res, l, r) |cx| {
        let (a, b) = flonums(left, right)?;
        Ok((flonum(a - b)?, left, right))
    }
    fn _BINARY_OP_SUBTRACT_FLOAT__slow(left, right) -> (res, l, r) |cx| {
        Ok((checked(rt_new_float(cx.ts, as_f64(left) - as_f64(right)))?, left, right))
    }
    fn _BINARY_OP_MULTIPLY_FLOAT(left, right) -> (res, l, r) |cx| {
        let (a, b) = flonums(left, right)?;
        Ok((flonum(a * b)?, left, right))
    }
    fn _BINARY_OP_MULTIPLY_FLOAT__slow(left, right) -> (res, l, r) |cx| {
        Ok((checked(rt_new_float(cx.ts, as_f64(left) * as_f64(right)))?, left, right))
    }
    fn _COMPARE_OP_FLOAT(left, right) -> (res, l, r) |cx| {
        let (a, b) = flonums(left, right)?;
        Ok((compare(a, b, cx.oparg), left, right))
    }
    fn _COMPARE_OP_FLOAT__slow(left, right) -> (res, l, r) |cx| {
        Ok((compare(as_f64(left), as_f64(right), cx.oparg), left, right))
    }

    fn _GUARD_TOS_FLONUM(value) -> () |cx| { guard(is_flonum(value)) }
    fn _UNBOX_FLOAT(value) -> (d: f64) |cx| { Ok(Value(value.0).as_flonum()) }
    fn _UNBOX_FLOAT_ANY(value) -> (d: f64) |cx| { Ok(as_f64(value)) }
    fn _UNBOX_FLOAT_OWNED(value) -> (d: f64) |cx| {
        if is_flonum(value) { Ok(Value(value.0).as_flonum()) } else { Err(Slow) }
    }
    fn _UNBOX_FLOAT_OWNED__slow(value) -> (d: f64) |cx| {
        let d = as_f64(value);
        drop(cx.ts, value);
        Ok(d)
    }
    fn _UNBOX_FIXNUM_AS_FLOAT(value) -> (d: f64) |cx| { Ok(as_fixnum(value) as f64) }
    fn _BOX_FLOAT(d: f64) -> (value) |cx| { flonum(d) }
    fn _BOX_FLOAT__slow(d: f64) -> (value) |cx| { checked(rt_new_float(cx.ts, d)) }
    fn _GUARD_NOS_FLONUM(nos, tos) -> () |cx| { guard(is_flonum(nos)) }
    fn _POP_TOP_DOUBLE(d: f64) -> () |cx| { Ok(()) }
    fn _UNBOX_LOCAL() [local] -> () [new] |cx| { Ok(Value(local.as_flonum().to_bits())) }
    fn _BOX_LOCAL() -> () |cx| {
        let home = distant_local(cx);
        match Value::try_flonum(f64::from_bits((*home).0)) {
            Some(v) => {
                *home = v;
                Ok(())
            }
            None => Err(Slow),
        }
    }
    fn _BOX_LOCAL__slow() -> () |cx| {
        let home = distant_local(cx);
        let v = rt_new_float(cx.ts, f64::from_bits((*home).0));
        if v.is_null() {
            return Err(Error);
        }
        *home = v;
        Ok(())
    }
    fn _LOAD_FAST_UNBOX_ANY() [local] -> (d: f64) |cx| { Ok(as_f64(local.owned())) }
    fn _LOAD_CONST_F64() -> (d: f64) |cx| { Ok(f64::from_bits(cx.operand0)) }
    fn _LOAD_FAST_F64() [local] -> (d: f64) |cx| { Ok(f64::from_bits(local.0)) }
    fn _LOAD_FAST_UNBOX() [local] -> (d: f64) |cx| {
        guard(local.is_flonum())?;
        Ok(local.as_flonum())
    }
    fn _STORE_FAST_F64(d: f64) -> () [new] |cx| { Ok(Value(d.to_bits())) }
    fn _BINARY_OP_ADD_FLOAT_UNBOXED(a: f64, b: f64) -> (c: f64) |cx| { Ok(a + b) }
    fn _BINARY_OP_SUBTRACT_FLOAT_UNBOXED(a: f64, b: f64) -> (c: f64) |cx| { Ok(a - b) }
    fn _BINARY_OP_MULTIPLY_FLOAT_UNBOXED(a: f64, b: f64) -> (c: f64) |cx| { Ok(a * b) }
    fn _BINARY_OP_TRUE_DIVIDE_FLOAT_UNBOXED(a: f64, b: f64) -> (c: f64) |cx| {
        guard(b != 0.0)?;
        Ok(a / b)
    }
    fn _BINARY_OP_SUBTRACT_FLOAT_UNBOXED_REVERSED(b: f64, a: f64) -> (c: f64) |cx| { Ok(a - b) }
    fn _BINARY_OP_TRUE_DIVIDE_FLOAT_UNBOXED_REVERSED(b: f64, a: f64) -> (c: f64) |cx| {
        guard(b != 0.0)?;
        Ok(a / b)
    }
    fn _BINARY_OP_POWER_FLOAT_UNBOXED(a: f64, b: f64) -> (c: f64) |cx| {
        guard(is_plain_power(a, b))?;
        power_without_call(a)
    }
    fn _BINARY_OP_POWER_FLOAT_UNBOXED__slow(a: f64, b: f64) -> (c: f64) |cx| { power(cx, a, b) }
    fn _BINARY_OP_POWER_FLOAT_UNBOXED_REVERSED(b: f64, a: f64) -> (c: f64) |cx| {
        guard(is_plain_power(a, b))?;
        power_without_call(a)
    }
    fn _BINARY_OP_POWER_FLOAT_UNBOXED_REVERSED__slow(b: f64, a: f64) -> (c: f64) |cx| { power(cx, a, b) }
    fn _COMPARE_OP_FLOAT_UNBOXED(a: f64, b: f64) -> (res) |cx| { Ok(compare(a, b, cx.oparg)) }
}
