//! Functions of integers of any size.

use dashu_int::{IBig, UBig};
use taipan_layout::Value;
use taipan_text::int as big;

use crate::args::Args;
use crate::objects::int::{self, Int, arith};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol::number::index;
use crate::signature::no_keywords;
use crate::vm::Vm;

fn magnitude(i: Int) -> UBig {
    match i {
        Int::Small(i) => UBig::from(i.unsigned_abs()),
        Int::Big(b) => b.clone().into_parts().1,
    }
}

fn gcd_words(mut a: u64, mut b: u64) -> u64 {
    if a == 0 || b == 0 {
        return a | b;
    }
    let twos = (a | b).trailing_zeros();
    a >>= a.trailing_zeros();
    while b != 0 {
        b >>= b.trailing_zeros();
        if a > b {
            std::mem::swap(&mut a, &mut b);
        }
        b -= a;
    }
    a << twos
}

fn gcd2(vm: &Vm, a: Value, b: Value) -> PyResult {
    match (int::view(a), int::view(b)) {
        (Int::Small(a), Int::Small(b)) => int::from_u64(vm, gcd_words(a.unsigned_abs(), b.unsigned_abs())),
        (a, b) => int::from_big(vm, big::gcd(&a.operand(), &b.operand())),
    }
}

pub fn gcd(vm: &Vm, _: Value, args: Args) -> PyResult {
    no_keywords(vm, "math.gcd", &args)?;
    let mut result = Owned::fixnum(0);
    for v in args.pos() {
        let v = index(vm, *v)?;
        result = gcd2(vm, *result, *v)?;
    }
    Ok(result)
}

pub fn lcm(vm: &Vm, _: Value, args: Args) -> PyResult {
    no_keywords(vm, "math.lcm", &args)?;
    let mut result = Owned::fixnum(1);
    for v in args.pos() {
        let v = index(vm, *v)?;
        if *result == Value::fixnum(0) || *v == Value::fixnum(0) {
            result = Owned::fixnum(0);
            continue;
        }
        let divisor = gcd2(vm, *result, *v)?;
        let reduced = arith::floor_div(vm, *result, *divisor)?;
        let product = arith::mul(vm, *reduced, *v)?;
        result = arith::absolute(vm, *product)?;
    }
    Ok(result)
}

pub fn isqrt(vm: &Vm, _: Value, n: Value) -> PyResult {
    let n = index(vm, n)?;
    match int::view(*n) {
        Int::Small(i) if i >= 0 => int::new(vm, (i as u64).isqrt() as i64),
        view => int::from_big(vm, arith::check(vm, big::isqrt(&view.operand()))?),
    }
}

/// Product of `count` consecutive integers from `first` on: halves are multiplied with each other, so that factors have
/// equal sizes, which is where fast multiplication is fast.
fn rising(first: &UBig, count: u64) -> UBig {
    const LEAF: u64 = 8;
    if count <= LEAF {
        return (1..count).fold(if count == 0 { UBig::ONE } else { first.clone() }, |product, i| {
            product * (first + UBig::from(i))
        });
    }
    let half = count / 2;
    rising(first, half) * rising(&(first + UBig::from(half)), count - half)
}

/// Product of the odd numbers in `from..=to`, both odd.
fn odd_product(from: u64, to: u64) -> UBig {
    if from > to {
        return UBig::ONE;
    }
    if to - from <= 16 {
        return (from..=to).step_by(2).fold(UBig::ONE, |product, i| product * UBig::from(i));
    }
    let middle = ((from + to) / 2) | 1;
    odd_product(from, middle - 2) * odd_product(middle, to)
}

/// `n!` as its odd part and a power of two.
fn factorial_of(n: u64) -> UBig {
    let (mut inner, mut outer) = (UBig::ONE, UBig::ONE);
    let mut previous = 1;
    for shift in (0..64 - n.leading_zeros()).rev() {
        let limit = n >> shift;
        if limit > 2 {
            let to = (limit - 1) | 1;
            inner *= odd_product(previous + 2, to);
            previous = to;
        }
        outer *= &inner;
    }
    outer << (n - u64::from(n.count_ones())) as usize
}

/// `MemoryError` for results of more than about `count * bits_each` bits, when that is hopeless.
fn check_size(vm: &Vm, count: u64, bits_each: u64) -> PyResult<()> {
    if count.saturating_mul(bits_each.max(1)) > big::MAX_BITS as u64 {
        Err(vm.memory_error())
    } else {
        Ok(())
    }
}

pub fn factorial(vm: &Vm, _: Value, n: Value) -> PyResult {
    let n = index(vm, n)?;
    let view = int::view(*n);
    if view.is_negative() {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    let Some(n) = int::as_i64(*n) else {
        return Err(vm.overflow_error("factorial() argument should not exceed 9223372036854775807"));
    };
    let n = n as u64;
    if n <= 20 {
        return int::new(vm, (2..=n as i64).product());
    }
    check_size(vm, n, u64::from(63 - n.leading_zeros()).saturating_sub(1))?;
    int::from_big(vm, factorial_of(n).into())
}

#[cold]
fn negative(vm: &Vm, name: &str) -> Raised {
    vm.value_error(&format!("{name} must be a non-negative integer"))
}

pub fn perm(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    if args[1].is_null() || args[1].is_none() {
        return factorial(vm, this, args[0]);
    }
    let (n, k) = (index(vm, args[0])?, index(vm, args[1])?);
    if int::view(*n).is_negative() {
        return Err(negative(vm, "n"));
    }
    if int::view(*k).is_negative() {
        return Err(negative(vm, "k"));
    }
    if int::compare_values(*n, *k).is_lt() {
        return Ok(Owned::fixnum(0));
    }
    let Some(count) = int::as_i64(*k) else {
        return Err(vm.overflow_error("k must not exceed 9223372036854775807"));
    };
    let bits = int::view(*n).bit_len();
    check_size(vm, count as u64, (bits as u64).saturating_sub(2))?;
    let n = magnitude(int::view(*n));
    let first = n - UBig::from(count as u64) + UBig::ONE;
    int::from_big(vm, rising(&first, count as u64).into())
}

pub fn comb(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (n, k) = (index(vm, args[0])?, index(vm, args[1])?);
    if int::view(*n).is_negative() {
        return Err(negative(vm, "n"));
    }
    if int::view(*k).is_negative() {
        return Err(negative(vm, "k"));
    }
    let rest = arith::sub(vm, *n, *k)?;
    if int::view(*rest).is_negative() {
        return Ok(Owned::fixnum(0));
    }
    let k = if int::compare_values(*rest, *k).is_lt() { rest } else { k };
    let Some(count) = int::as_i64(*k) else {
        return Err(vm.overflow_error("min(n - k, k) must not exceed 9223372036854775807"));
    };
    let count = count as u64;
    match (int::view(*n), count) {
        (_, 0) => return Ok(Owned::fixnum(1)),
        (_, 1) => return Ok(n.value().own()),
        (Int::Small(n), _) => {
            if let Some(result) = comb_words(n as u64, count) {
                return int::from_u64(vm, result);
            }
        }
        _ => {}
    }
    // comb(n, k) is at least (n / k) ** k.
    let bits = int::view(*n).bit_len() as u64;
    check_size(vm, count, bits.saturating_sub(u64::from(64 - count.leading_zeros())).saturating_sub(1))?;
    let n = magnitude(int::view(*n));
    let first = n - UBig::from(count) + UBig::ONE;
    let result = rising(&first, count) / factorial_of(count);
    int::from_big(vm, IBig::from(result))
}

/// By single steps as long as everything fits a word: after step `i` the value is `comb(n, i)`.
fn comb_words(n: u64, k: u64) -> Option<u64> {
    if k > 64 {
        return None;
    }
    let mut result: u64 = 1;
    for i in 0..k {
        let wide = u128::from(result) * u128::from(n - i) / u128::from(i + 1);
        result = u64::try_from(wide).ok()?;
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factorials() {
        let mut expected = UBig::ONE;
        for n in 1..300u64 {
            expected *= UBig::from(n);
            assert_eq!(factorial_of(n), expected, "{n}!");
        }
        assert_eq!(factorial_of(0), UBig::ONE);
    }

    #[test]
    fn products() {
        for count in 0..40u64 {
            let expected = (0..count).fold(UBig::ONE, |p, i| p * UBig::from(5 + i));
            assert_eq!(rising(&UBig::from(5u8), count), expected);
        }
        assert_eq!(comb_words(62, 31), Some(465428353255261088));
        assert_eq!(comb_words(100, 50), None);
    }

    #[test]
    fn greatest_common_divisors() {
        assert_eq!(gcd_words(12, 18), 6);
        assert_eq!(gcd_words(0, 5), 5);
        assert_eq!(gcd_words(1 << 62, 1 << 40), 1 << 40);
    }
}
