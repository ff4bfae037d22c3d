//! Sums and products that lose nothing on the way and round once.
//!
//! All of it rests on *error-free transformations*: `a + b` and `a * b` as the unevaluated sum of the rounded result and its
//! exact error (Knuth's two-sum; a fused multiply-add for the product).
//!
//! * `fsum` keeps a list of non-overlapping partial sums (Shewchuk, "Adaptive Precision Floating-Point Arithmetic",
//!   1997), whose sum is exact.
//! * `sumprod` accumulates in three doubles (Ogita, Rump, Oishi: "Accurate Sum and Dot Product", 2005).
//! * `hypot` and `dist` scale by a power of two, sum squares in two doubles and correct the root once (Borges, "An Improved
//!   Algorithm for hypot(a, b)", 2019).

use taipan_layout::Value;
use taipan_text::float::frexp;

use super::{bits, real};
use crate::args::Args;
use crate::objects::{float, int, is_instance, tuple};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::protocol::number::{self, NbOp};
use crate::signature::no_keywords;
use crate::vm::Vm;

/// `a + b` and its error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let x = a + b;
    let z = x - a;
    (x, (a - (x - z)) + (b - z))
}

/// `a + b` and its error, for `|a| >= |b|`.
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let x = a + b;
    (x, (a - x) + b)
}

/// `a * b` and its error.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let x = a * b;
    (x, a.mul_add(b, -x))
}

/// An exact sum of doubles.
#[derive(Default)]
struct ExactSum {
    /// Non-overlapping, in order of magnitude.
    partials: Vec<f64>,
    /// Sum of the infinities and NaNs, and of the infinities alone.
    special: f64,
    infinities: f64,
}

enum SumFailure {
    Overflow,
    OppositeInfinities,
}

impl ExactSum {
    fn add(&mut self, value: f64) -> Result<(), SumFailure> {
        let mut x = value;
        let mut kept = 0;
        for i in 0..self.partials.len() {
            let y = self.partials[i];
            let (large, small) = if x.abs() < y.abs() { (y, x) } else { (x, y) };
            let high = large + small;
            let low = small - (high - large);
            if low != 0.0 {
                self.partials[kept] = low;
                kept += 1;
            }
            x = high;
        }
        self.partials.truncate(kept);
        if x == 0.0 {
            return Ok(());
        }
        if x.is_finite() {
            self.partials.push(x);
            return Ok(());
        }
        if value.is_finite() {
            return Err(SumFailure::Overflow);
        }
        if value.is_infinite() {
            self.infinities += value;
        }
        self.special += value;
        self.partials.clear();
        Ok(())
    }

    fn total(mut self) -> Result<f64, SumFailure> {
        if self.special != 0.0 {
            return if self.infinities.is_nan() {
                Err(SumFailure::OppositeInfinities)
            } else {
                Ok(self.special)
            };
        }
        let Some(mut high) = self.partials.pop() else { return Ok(0.0) };
        let mut low = 0.0;
        while let Some(y) = self.partials.pop() {
            let x = high;
            high = x + y;
            low = y - (high - x);
            if low != 0.0 {
                break;
            }
        }
        // `low` decides ties; when more of the same sign follows, what looks like half is more than half.
        if let Some(next) = self.partials.last()
            && (low < 0.0 && *next < 0.0 || low > 0.0 && *next > 0.0)
        {
            let y = low * 2.0;
            let x = high + y;
            if y == x - high {
                high = x;
            }
        }
        Ok(high)
    }
}

pub fn fsum(vm: &Vm, _: Value, seq: Value) -> PyResult {
    let raise = |failure| match failure {
        SumFailure::Overflow => vm.overflow_error("intermediate overflow in fsum"),
        SumFailure::OppositeInfinities => vm.value_error("-inf + inf in fsum"),
    };
    let mut sum = ExactSum::default();
    protocol::iter::for_each(vm, seq, |item| sum.add(real(vm, *item)?).map_err(raise))?;
    float::new(vm, sum.total().map_err(raise)?)
}

pub fn prod(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let mut result = if args[1].is_null() { Owned::fixnum(1) } else { args[1].own() };
    let iterator = protocol::iter::iter(vm, args[0])?;
    while let Some(item) = protocol::iter::next(vm, *iterator)? {
        result = if int::is_exact(*result) && int::is_exact(*item) {
            int::mul(vm, *result, *item)?
        } else if result.is_flonum() && item.is_flonum() {
            float::new(vm, result.as_flonum() * item.as_flonum())?
        } else {
            number::binary(vm, NbOp::Multiply, *result, *item)?
        };
    }
    Ok(result)
}

/// A sum of products in three doubles.
#[derive(Clone, Copy, Default)]
struct TripleSum {
    high: f64,
    low: f64,
    tiny: f64,
}

impl TripleSum {
    fn add_product(self, x: f64, y: f64) -> TripleSum {
        let (product, product_error) = two_product(x, y);
        let (high, high_error) = two_sum(self.high, product);
        let (low, low_error) = two_sum(self.low, product_error);
        let (low, last_error) = two_sum(low, high_error);
        TripleSum { high, low, tiny: self.tiny + low_error + last_error }
    }

    fn value(self) -> f64 {
        self.high + two_sum(self.low, self.tiny).0
    }
}

/// The running total of `sumprod`: what was added as objects, and the part that is still in machine numbers.
struct SumProduct<'a> {
    vm: &'a Vm,
    total: Owned,
    ints: Option<Owned>,
    floats: Option<TripleSum>,
    /// Ints, and then floats, are expected only until something else has come.
    ints_expected: bool,
    floats_expected: bool,
}

impl SumProduct<'_> {
    fn add(&mut self, p: Value, q: Value) -> PyResult<()> {
        let vm = self.vm;
        if self.ints_expected {
            if int::is_exact(p) && int::is_exact(q) {
                let product = int::mul(vm, p, q)?;
                self.ints = Some(match &self.ints {
                    Some(sum) => int::add(vm, **sum, *product)?,
                    None => product,
                });
                return Ok(());
            }
            self.ints_expected = false;
            self.flush_ints()?;
        }
        if self.floats_expected {
            if let Some((p, q)) = float_pair(p, q) {
                let sum = self.floats.unwrap_or_default().add_product(p, q);
                if sum.high.is_finite() {
                    self.floats = Some(sum);
                    return Ok(());
                }
            }
            self.floats_expected = false;
            self.flush_floats()?;
        }
        let product = number::binary(vm, NbOp::Multiply, p, q)?;
        self.total = number::binary(vm, NbOp::Add, *self.total, *product)?;
        Ok(())
    }

    fn flush_ints(&mut self) -> PyResult<()> {
        if let Some(sum) = self.ints.take() {
            self.total = number::binary(self.vm, NbOp::Add, *self.total, *sum)?;
        }
        Ok(())
    }

    fn flush_floats(&mut self) -> PyResult<()> {
        if let Some(sum) = self.floats.take() {
            let sum = float::new(self.vm, sum.value())?;
            self.total = number::binary(self.vm, NbOp::Add, *self.total, *sum)?;
        }
        Ok(())
    }
}

/// Two exact floats, or one and an exact int or bool that is a double.
fn float_pair(p: Value, q: Value) -> Option<(f64, f64)> {
    let exact = |v: Value| if float::is_exact(v) { float::as_f64(v) } else { None };
    let whole = |v: Value| {
        if int::is_exact(v) || v.is_bool() {
            match int::view(int::payload(v)) {
                int::Int::Small(i) => Some(i as f64),
                int::Int::Big(b) => taipan_text::int::to_f64(b).ok(),
            }
        } else {
            None
        }
    };
    match (exact(p), exact(q)) {
        (Some(p), Some(q)) => Some((p, q)),
        (Some(p), None) => Some((p, whole(q)?)),
        (None, Some(q)) => Some((whole(p)?, q)),
        (None, None) => None,
    }
}

pub fn sumprod(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (left, right) = (protocol::iter::iter(vm, args[0])?, protocol::iter::iter(vm, args[1])?);
    let mut sum = SumProduct {
        vm,
        total: Owned::fixnum(0),
        ints: None,
        floats: None,
        ints_expected: true,
        floats_expected: true,
    };
    loop {
        let p = protocol::iter::next(vm, *left)?;
        let q = protocol::iter::next(vm, *right)?;
        match (p, q) {
            (Some(p), Some(q)) => sum.add(*p, *q)?,
            (None, None) => break,
            _ => return Err(vm.value_error("Inputs are not the same length")),
        }
    }
    sum.flush_ints()?;
    sum.flush_floats()?;
    Ok(sum.total)
}

/// Euclidean length of a vector of absolute values, correct to almost the last bit.
fn length(coordinates: &mut [f64]) -> f64 {
    let max = coordinates.iter().fold(0.0f64, |max, &x| if x > max { x } else { max });
    if max.is_infinite() {
        return max;
    }
    if coordinates.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if max == 0.0 || coordinates.len() <= 1 {
        return max;
    }
    let exponent = frexp(max).1;
    if exponent < -1023 {
        // The scale would overflow: bring subnormals up first, which is exact.
        coordinates.iter_mut().for_each(|x| *x /= f64::MIN_POSITIVE);
        return f64::MIN_POSITIVE * length(coordinates);
    }
    // Not `powi`: the scale of the largest numbers is subnormal, its reciprocal infinite.
    let scale = bits::c::ldexp(1.0, -exponent);
    // The sum begins with 1, so that it is larger than what is added and the fast transformation holds.
    let (mut sum, mut product_errors, mut sum_errors) = (1.0, 0.0, 0.0);
    let mut add = |(product, error): (f64, f64)| {
        let (s, e) = fast_two_sum(sum, product);
        sum = s;
        product_errors += error;
        sum_errors += e;
        s - 1.0 + (product_errors + sum_errors)
    };
    let mut squares = 0.0;
    for x in coordinates.iter() {
        let x = x * scale;
        squares = add(two_product(x, x));
    }
    let mut root = squares.sqrt();
    let rest = add(two_product(-root, root));
    root += rest / (2.0 * root);
    root / scale
}

pub fn hypot(vm: &Vm, _: Value, args: Args) -> PyResult {
    no_keywords(vm, "math.hypot", &args)?;
    let mut coordinates = Vec::with_capacity(args.pos().len());
    for v in args.pos() {
        coordinates.push(real(vm, *v)?.abs());
    }
    float::new(vm, length(&mut coordinates))
}

pub fn dist(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let point = |v: Value| -> PyResult {
        if is_instance(vm, v, vm.types.tuple) {
            return Ok(v.own());
        }
        tuple::from_owned(vm, protocol::iter::collect(vm, v)?)
    };
    let (p, q) = (point(args[0])?, point(args[1])?);
    let (from, to) = (tuple::items(&p), tuple::items(&q));
    if from.len() != to.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let mut differences = Vec::with_capacity(from.len());
    for (x, y) in from.iter().zip(to) {
        let (x, y) = (real(vm, *x)?, real(vm, *y)?);
        differences.push((x - y).abs());
    }
    float::new(vm, length(&mut differences))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(values: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        for v in values {
            assert!(sum.add(*v).is_ok());
        }
        sum.total().unwrap_or(f64::NAN)
    }

    #[test]
    fn sums_round_once() {
        assert_eq!(exact(&[0.1; 10]), 1.0);
        assert_eq!(exact(&[1e16, 1.0, 1e-16]), 1.0000000000000002e16);
        assert_eq!(exact(&[1e100, 1.0, -1e100]), 1.0);
    }

    #[test]
    fn lengths() {
        assert_eq!(length(&mut [3.0, 4.0]), 5.0);
        assert_eq!(length(&mut [1e308, 1e308]), 1.4142135623730951e308);
        assert_eq!(length(&mut [1e-320, 1e-320]), 1.414e-320);
        assert_eq!(length(&mut [f64::NAN, f64::INFINITY]), f64::INFINITY);
        assert_eq!(length(&mut [1.0, 2.0, 3.0, 4.0]), 5.477225575051661);
    }

    #[test]
    fn products_in_three_doubles() {
        let sum = (0..10).fold(TripleSum::default(), |s, _| s.add_product(0.1, 0.1));
        assert_eq!(sum.value(), 0.1);
    }
}
