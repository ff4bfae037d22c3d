//! Fixnums: arithmetic and comparison on the tagged words themselves.
//!
//! With the tag in bit 0 (`2i + 1`), a sum is `left + (right - 1)` and a product is `(left - 1) * (right >> 1) + 1`;
//! the overflow of the 64-bit operation is exactly the overflow of 63 bits.

use taipan_mir_numbers::*;

use crate::prelude::*;

/// Operators by number, as far as bodies name them (`NbOp` in `mir`, which is not visible here).
mod taipan_mir_numbers {
    pub const NB_ADD: u32 = 0;
    pub const NB_MULTIPLY: u32 = 5;
    pub const NB_SUBTRACT: u32 = 10;
}

uops! {
    fn _GUARD_TOS_INT(value) -> () |cx| { guard(is_fixnum(value)) }
    fn _GUARD_NOS_INT(nos, tos) -> () |cx| { guard(is_fixnum(nos)) }

    fn _BINARY_OP_ADD_INT(left, right) -> (res, l, r) |cx| {
        match (left.0 as i64).checked_add((right.0 - 1) as i64) {
            Some(sum) => Ok((StackValue(sum as u64), left, right)),
            None => Err(Slow),
        }
    }
    fn _BINARY_OP_ADD_INT__slow(left, right) -> (res, l, r) |cx| {
        Ok((checked(rt_binary_op(cx.ts, Value(left.0), Value(right.0), NB_ADD))?, left, right))
    }
    fn _BINARY_OP_SUBTRACT_INT(left, right) -> (res, l, r) |cx| {
        match (left.0 as i64).checked_sub((right.0 - 1) as i64) {
            Some(difference) => Ok((StackValue(difference as u64), left, right)),
            None => Err(Slow),
        }
    }
    fn _BINARY_OP_SUBTRACT_INT__slow(left, right) -> (res, l, r) |cx| {
        Ok((checked(rt_binary_op(cx.ts, Value(left.0), Value(right.0), NB_SUBTRACT))?, left, right))
    }
    fn _BINARY_OP_MULTIPLY_INT(left, right) -> (res, l, r) |cx| {
        match ((left.0 - 1) as i64).checked_mul(right.0 as i64 >> 1) {
            Some(product) => Ok((StackValue(product as u64 | 1), left, right)),
            None => Err(Slow),
        }
    }
    fn _BINARY_OP_MULTIPLY_INT__slow(left, right) -> (res, l, r) |cx| {
        Ok((checked(rt_binary_op(cx.ts, Value(left.0), Value(right.0), NB_MULTIPLY))?, left, right))
    }

    fn _ADD_FIXNUM(left, right) -> (res) |cx| {
        (left.0 as i64).checked_add((right.0 - 1) as i64).map(|sum| StackValue(sum as u64)).ok_or(Deopt)
    }
    fn _SUBTRACT_FIXNUM(left, right) -> (res) |cx| {
        (left.0 as i64).checked_sub((right.0 - 1) as i64).map(|d| StackValue(d as u64)).ok_or(Deopt)
    }
    fn _NEGATE_FIXNUM(value) -> (res) |cx| {
        // 2·(−n) + 1, where the word is 2·n + 1.
        2i64.checked_sub(value.0 as i64).map(|n| StackValue(n as u64)).ok_or(Deopt)
    }
    fn _MULTIPLY_FIXNUM(left, right) -> (res) |cx| {
        ((left.0 - 1) as i64).checked_mul(right.0 as i64 >> 1).map(|p| StackValue(p as u64 | 1)).ok_or(Deopt)
    }

    fn _ADD_BOUND(left, right) -> (res) |cx| {
        // The limits are odd and even: the tag is set in both cases.
        Ok(StackValue((left.0 as i64).saturating_add((right.0 - 1) as i64) as u64 | 1))
    }
    fn _FLOOR_DIVIDE_FIXNUM(left, right) -> (res) |cx| {
        let (a, b) = (as_fixnum(left), as_fixnum(right));
        guard(b > 0)?;
        Ok(Value::fixnum(a.div_euclid(b)).owned())
    }
    fn _REMAINDER_FIXNUM(left, right) -> (res) |cx| {
        let (a, b) = (as_fixnum(left), as_fixnum(right));
        guard(b > 0)?;
        Ok(Value::fixnum(a.rem_euclid(b)).owned())
    }
    fn _FLOOR_DIVIDE_POWER_OF_TWO(left, right) -> (res) |cx| {
        Ok(StackValue((left.0 as i64 >> (cx.oparg & 63)) as u64 | 1))
    }

    fn _COMPARE_OP_INT(left, right) -> (res, l, r) |cx| {
        // The argument has a bit for each outcome: 1 less, 2 greater, 3 equal.
        let (a, b) = (left.0 as i64, right.0 as i64);
        let outcome = 1 + (a > b) as u64 + 2 * (a == b) as u64;
        Ok((boolean(cx.oparg >> outcome & 1 != 0), left, right))
    }
    fn _COMPARE_FIXNUM(left, right) -> (res) |cx| {
        let (a, b) = (left.0 as i64, right.0 as i64);
        let outcome = 1 + (a > b) as u64 + 2 * (a == b) as u64;
        Ok(boolean(cx.oparg >> outcome & 1 != 0))
    }
    fn _GUARD_FIXNUM_LT(left, right) -> () |cx| { guard((left.0 as i64) < right.0 as i64) }
    fn _GUARD_FIXNUM_LE(left, right) -> () |cx| { guard(left.0 as i64 <= right.0 as i64) }
    fn _GUARD_FIXNUM_EQ(left, right) -> () |cx| { guard(left.0 == right.0) }
    fn _GUARD_FIXNUM_NE(left, right) -> () |cx| { guard(left.0 != right.0) }
    fn _GUARD_FIXNUM_GT(left, right) -> () |cx| { guard(left.0 as i64 > right.0 as i64) }
    fn _GUARD_FIXNUM_GE(left, right) -> () |cx| { guard(left.0 as i64 >= right.0 as i64) }
    fn _GUARD_FIXNUM_TRUE(value) -> () |cx| { guard(value.0 != 1) }
    fn _GUARD_FIXNUM_FALSE(value) -> () |cx| { guard(value.0 == 1) }
    fn _TO_BOOL_INT(value) -> (res) |cx| { Ok(boolean(value.0 != 1)) }
}
