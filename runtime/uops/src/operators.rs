//! Operators in their generic form, truth, identity, str, and the mixed cases of `BINARY_OP_EXTEND`.

use crate::prelude::*;

// Operators by number, as far as bodies name them (`NbOp` in `mir`, which is not visible here).
const NB_AND: u64 = 1;
const NB_FLOOR_DIVIDE: u64 = 2;
const NB_LSHIFT: u64 = 3;
const NB_REMAINDER: u64 = 6;
const NB_OR: u64 = 7;
const NB_RSHIFT: u64 = 9;
const NB_XOR: u64 = 12;
const NB_ADD: u64 = 0;
const NB_MULTIPLY: u64 = 5;
const NB_SUBTRACT: u64 = 10;
const NB_TRUE_DIVIDE: u64 = 11;
const NB_INPLACE: u64 = 13;

/// Representation of an operand in the cache of `BINARY_OP_EXTEND`.
#[inline(always)]
fn representation(v: StackValue) -> u64 {
    if is_fixnum(v) { 1 } else { 2 * is_flonum(v) as u64 }
}
#[inline(always)]
fn number(v: StackValue) -> f64 {
    if is_fixnum(v) { as_fixnum(v) as f64 } else { Value(v.0).as_flonum() }
}

uops! {
    fn _UNARY_NEGATIVE(value) -> (res) |cx| {
        let res = rt_unary_negative(cx.ts, value.peek());
        drop(cx.ts, value);
        checked(res)
    }
    fn _UNARY_INVERT(value) -> (res) |cx| {
        let res = rt_unary_invert(cx.ts, value.peek());
        drop(cx.ts, value);
        checked(res)
    }
    fn _UNARY_NOT(value) -> (res) |cx| { Ok(StackValue(value.0 ^ Value::TRUE.0 ^ Value::FALSE.0)) }

    fn _TO_BOOL(value) -> (res) |cx| {
        let truth = rt_is_true(cx.ts, value.peek());
        drop(cx.ts, value);
        status(truth)?;
        Ok(boolean(truth != 0))
    }
    fn _TO_BOOL_BOOL(value) -> () |cx| { guard(Value(value.0).is_bool()) }
    fn _TO_BOOL_NONE(value) -> (res) |cx| {
        guard(value.0 == Value::NONE.0)?;
        Ok(boolean(false))
    }
    fn _TO_BOOL_LIST(value) -> (res, v) |cx| { Ok((boolean((*value.ptr::<List>()).length != 0), value)) }
    fn _TO_BOOL_STR(value) -> (res, v) |cx| { Ok((boolean((*value.ptr::<Str>()).length != 0), value)) }
    fn _REPLACE_WITH_TRUE(value) -> (res, v) |cx| { Ok((boolean(true), value)) }

    fn _BINARY_OP(left, right) -> (res) |cx| {
        let res = rt_binary_op(cx.ts, left.peek(), right.peek(), cx.arg());
        drop(cx.ts, left);
        drop(cx.ts, right);
        checked(res)
    }
    fn _GUARD_TOS_UNICODE(value) -> () |cx| { guard(is_kind(value, Kind::Str)) }
    fn _GUARD_NOS_UNICODE(nos, tos) -> () |cx| { guard(is_kind(nos, Kind::Str)) }
    fn _BINARY_OP_ADD_UNICODE(left, right) -> (res, l, r) |cx| {
        let res = rt_str_concat(cx.ts, left.peek(), right.peek());
        if res.is_null() {
            drop(cx.ts, left);
            drop(cx.ts, right);
        }
        Ok((checked(res)?, left, right))
    }
    fn _BINARY_OP_INPLACE_ADD_UNICODE(left, right) -> (res) |cx| {
        // The STORE_FAST that follows the six units of this instruction names the local.
        let home = cx.local((*cx.ip.add(6) >> 8) as usize);
        let text = left.peek();
        guard((*home).0 == text.0)?;
        *home = Value::NULL;
        drop(cx.ts, left);
        let res = rt_str_append(cx.ts, text, right.peek());
        drop(cx.ts, right);
        checked(res)
    }

    fn _GUARD_BINARY_OP_EXTEND(left, right) -> () |cx| {
        guard(representation(left) | representation(right) << 4 == cx.operand0)
    }
    fn _BINARY_OP_EXTEND(left, right) -> (res, l, r) |cx| {
        let op = if cx.oparg >= NB_INPLACE { cx.oparg - NB_INPLACE } else { cx.oparg };
        if left.0 & right.0 & 1 != 0 {
            let res = if op == NB_AND {
                left.0 & right.0
            } else if op == NB_OR {
                left.0 | right.0
            } else if op == NB_XOR {
                left.0 ^ right.0 | 1
            } else if op == NB_RSHIFT && right.0 < 128 {
                (left.0 as i64 >> (right.0 >> 1)) as u64 | 1
            } else if (op == NB_FLOOR_DIVIDE || op == NB_REMAINDER) && as_fixnum(right) > 0 {
                let (a, b) = (as_fixnum(left), as_fixnum(right));
                let number = if op == NB_FLOOR_DIVIDE { a.div_euclid(b) } else { a.rem_euclid(b) };
                Value::fixnum(number).0
            } else if op == NB_LSHIFT && right.0 < 64 {
                let shift = right.0 >> 1;
                let bits = (left.0 - 1) as i64;
                let shifted = bits << shift;
                if shifted >> shift != bits {
                    return Err(Slow);
                }
                shifted as u64 | 1
            } else {
                return Err(Slow);
            };
            return Ok((StackValue(res), left, right));
        }
        let (a, b) = (number(left), number(right));
        let res = if op == NB_ADD {
            a + b
        } else if op == NB_SUBTRACT {
            a - b
        } else if op == NB_MULTIPLY {
            a * b
        } else if op == NB_TRUE_DIVIDE && b != 0.0 {
            a / b
        } else {
            return Err(Slow);
        };
        match Value::try_flonum(res) {
            Some(v) => Ok((v.owned(), left, right)),
            None => Err(Slow),
        }
    }
    fn _BINARY_OP_EXTEND__slow(left, right) -> (res, l, r) |cx| {
        let res = rt_binary_op(cx.ts, Value(left.0), Value(right.0), cx.arg());
        Ok((checked(res)?, left, right))
    }

    fn _COMPARE_OP(left, right) -> (res) |cx| {
        let res = rt_compare(cx.ts, left.peek(), right.peek(), cx.arg() >> 5);
        drop(cx.ts, left);
        drop(cx.ts, right);
        if res.is_null() {
            return Err(Error);
        }
        if cx.oparg & 16 == 0 || res.is_bool() {
            return Ok(res.owned());
        }
        let truth = rt_is_true(cx.ts, res);
        release(cx.ts, res);
        status(truth)?;
        Ok(boolean(truth != 0))
    }
    fn _COMPARE_OP_STR(left, right) -> (res, l, r) |cx| {
        let (a, b) = (left.ptr::<Header>(), right.ptr::<Header>());
        let outcome = if a == b || rt_str_equal(a, b) != 0 { 3 } else { 1 };
        Ok((boolean(cx.oparg >> outcome & 1 != 0), left, right))
    }
    fn _IS_OP(left, right) -> (res, l, r) |cx| {
        let same = left.peek().0 == right.peek().0;
        Ok((boolean(same != (cx.oparg & 1 != 0)), left, right))
    }
    fn _CONTAINS_OP(left, right) -> (res) |cx| {
        let found = rt_contains(cx.ts, right.peek(), left.peek());
        drop(cx.ts, left);
        drop(cx.ts, right);
        status(found)?;
        Ok(boolean((found != 0) != (cx.oparg & 1 != 0)))
    }
    fn _GUARD_TOS_ANY_SET(value) -> () |cx| {
        guard(is_kind(value, Kind::Set) || is_kind(value, Kind::FrozenSet))
    }
    fn _CONTAINS_OP_SET(left, right) -> (res) |cx| {
        let found = rt_set_contains(cx.ts, right.peek(), left.peek());
        drop(cx.ts, left);
        drop(cx.ts, right);
        status(found)?;
        Ok(boolean((found != 0) != (cx.oparg & 1 != 0)))
    }
    fn _CONTAINS_OP_DICT(left, right) -> (res) |cx| {
        let found = rt_dict_contains(cx.ts, right.peek(), left.peek());
        drop(cx.ts, left);
        drop(cx.ts, right);
        status(found)?;
        Ok(boolean((found != 0) != (cx.oparg & 1 != 0)))
    }
}
