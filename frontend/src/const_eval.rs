//! Arithmetic on constants, for constant folding: what Python would compute, or nothing if it
//! would raise or if the result is too large to be worth keeping.

use std::rc::Rc;

use dashu_int::{
    IBig,
    ops::{Abs, BitTest, DivRem, UnsignedAbs},
};

use crate::{
    ast::Operator,
    code::{Constant, PyText},
};

/// Limits beyond which folding is refused.
const MAX_INT_BITS: usize = 128;
const MAX_COLLECTION_SIZE: i64 = 256;
const MAX_STR_SIZE: i64 = 4096;
const MAX_TOTAL_ITEMS: i64 = 1024;

/// `bool(value)`.
pub fn truth(value: &Constant) -> bool {
    match value {
        Constant::None | Constant::False => false,
        Constant::True | Constant::Ellipsis | Constant::Code(_) | Constant::Slice(_) => true,
        Constant::Int(i) => *i != IBig::ZERO,
        Constant::Float(f) => *f != 0.0,
        Constant::Complex { real, imag } => *real != 0.0 || *imag != 0.0,
        Constant::Str(text) => !text.as_wtf8().is_empty(),
        Constant::Bytes(bytes) => !bytes.is_empty(),
        Constant::Tuple(items) | Constant::FrozenSet(items) => !items.is_empty(),
    }
}

pub fn bool(value: bool) -> Constant {
    if value { Constant::True } else { Constant::False }
}

/// The value as an integer, if it is an int or bool.
fn as_int(value: &Constant) -> Option<IBig> {
    match value {
        Constant::Int(i) => Some(i.clone()),
        Constant::True => Some(IBig::ONE),
        Constant::False => Some(IBig::ZERO),
        _ => None,
    }
}

fn as_small(value: &Constant) -> Option<i64> {
    i64::try_from(as_int(value)?).ok()
}

fn bit_len(value: &IBig) -> usize {
    value.clone().unsigned_abs().bit_len()
}

fn int_to_f64(value: &IBig) -> Option<f64> {
    let float = value.to_f64().value();
    float.is_finite().then_some(float)
}

pub fn negative(value: &Constant) -> Option<Constant> {
    match value {
        Constant::Float(f) => Some(Constant::Float(-f)),
        Constant::Complex { real, imag } => Some(Constant::Complex { real: -real, imag: -imag }),
        _ => Some(Constant::Int(-as_int(value)?)),
    }
}

pub fn positive(value: &Constant) -> Option<Constant> {
    match value {
        Constant::Float(_) | Constant::Complex { .. } => Some(value.clone()),
        _ => Some(Constant::Int(as_int(value)?)),
    }
}

pub fn invert(value: &Constant) -> Option<Constant> {
    Some(Constant::Int(!as_int(value)?))
}

/// A number widened to the type that both operands share.
enum Pair {
    Int(IBig, IBig),
    Float(f64, f64),
    Complex(Number, Number),
}

/// A complex operand remembers whether it was real: mixed arithmetic does not widen reals.
#[derive(Clone, Copy)]
enum Number {
    Real(f64),
    Complex(f64, f64),
}

fn pair(a: &Constant, b: &Constant) -> Option<Pair> {
    let number = |value: &Constant| -> Option<Number> {
        match value {
            Constant::Float(f) => Some(Number::Real(*f)),
            Constant::Complex { real, imag } => Some(Number::Complex(*real, *imag)),
            _ => Some(Number::Real(int_to_f64(&as_int(value)?)?)),
        }
    };
    if let (Some(a), Some(b)) = (as_int(a), as_int(b)) {
        return Some(Pair::Int(a, b));
    }
    match (number(a)?, number(b)?) {
        (Number::Real(a), Number::Real(b)) => Some(Pair::Float(a, b)),
        (a, b) => Some(Pair::Complex(a, b)),
    }
}

/// `a OP b`.
pub fn binary(op: Operator, a: &Constant, b: &Constant) -> Option<Constant> {
    if let Some(result) = sequence_op(op, a, b) {
        return result;
    }
    let result = match pair(a, b)? {
        Pair::Int(x, y) => {
            let booleans = !matches!(a, Constant::Int(_)) && !matches!(b, Constant::Int(_));
            return int_op(op, x, y, booleans);
        }
        Pair::Float(x, y) => float_op(op, x, y)?,
        Pair::Complex(x, y) => complex_op(op, x, y)?,
    };
    Some(result)
}

/// Operations on strings, bytes and tuples; the outer option says whether one of them is involved.
fn sequence_op(op: Operator, a: &Constant, b: &Constant) -> Option<Option<Constant>> {
    let is_sequence = |c: &Constant| matches!(c, Constant::Str(_) | Constant::Bytes(_) | Constant::Tuple(_));
    if !is_sequence(a) && !is_sequence(b) {
        return None;
    }
    Some(match (op, a, b) {
        (Operator::Add, Constant::Str(x), Constant::Str(y)) => {
            Some(Constant::Str(PyText::from_wtf8(&[x.as_wtf8(), y.as_wtf8()].concat())))
        }
        (Operator::Add, Constant::Bytes(x), Constant::Bytes(y)) => {
            Some(Constant::Bytes([&x[..], &y[..]].concat().into()))
        }
        (Operator::Add, Constant::Tuple(x), Constant::Tuple(y)) => {
            Some(Constant::Tuple(x.iter().chain(y.iter()).cloned().collect()))
        }
        (Operator::Mult, sequence, count) if as_int(count).is_some() => repeat(sequence, count),
        (Operator::Mult, count, sequence) if as_int(count).is_some() => repeat(sequence, count),
        _ => None,
    })
}

fn repeat(sequence: &Constant, count: &Constant) -> Option<Constant> {
    let size = match sequence {
        Constant::Str(text) => text.code_points().count(),
        Constant::Bytes(bytes) => bytes.len(),
        Constant::Tuple(items) => items.len(),
        _ => return None,
    } as i64;
    let mut n = 0;
    if size > 0 {
        n = as_small(count)?;
        let limit = if matches!(sequence, Constant::Tuple(_)) { MAX_COLLECTION_SIZE } else { MAX_STR_SIZE };
        if n < 0 || n > limit / size {
            return None;
        }
    }
    match sequence {
        Constant::Str(text) => Some(Constant::Str(PyText::from_wtf8(&text.as_wtf8().repeat(n as usize)))),
        Constant::Bytes(bytes) => Some(Constant::Bytes(bytes.repeat(n as usize).into())),
        Constant::Tuple(items) => {
            if n > 0 && complexity(sequence, MAX_TOTAL_ITEMS / n) < 0 {
                return None;
            }
            Some(Constant::Tuple(std::iter::repeat_n(&items[..], n as usize).flatten().cloned().collect()))
        }
        _ => None,
    }
}

/// What is left of `limit` after counting the items of nested tuples.
fn complexity(value: &Constant, mut limit: i64) -> i64 {
    if let Constant::Tuple(items) = value {
        limit -= items.len() as i64;
        for item in items.iter() {
            if limit < 0 {
                break;
            }
            limit = complexity(item, limit);
        }
    }
    limit
}

fn int_op(op: Operator, a: IBig, b: IBig, booleans: bool) -> Option<Constant> {
    let bits = bit_len;
    let logic = |value: IBig| if booleans { self::bool(value != IBig::ZERO) } else { Constant::Int(value) };
    Some(match op {
        Operator::Add => Constant::Int(a + b),
        Operator::Sub => Constant::Int(a - b),
        Operator::Mult => {
            if a != IBig::ZERO && b != IBig::ZERO && bits(&a) + bits(&b) > MAX_INT_BITS {
                return None;
            }
            Constant::Int(a * b)
        }
        Operator::Div => Constant::Float(true_divide(&a, &b)?),
        Operator::FloorDiv => Constant::Int(floor_div_mod(a, b)?.0),
        Operator::Mod => Constant::Int(floor_div_mod(a, b)?.1),
        Operator::Pow => return int_pow(a, b),
        Operator::LShift => {
            if b < IBig::ZERO {
                return None;
            }
            if a == IBig::ZERO {
                return Some(Constant::Int(a));
            }
            let shift = usize::try_from(b).ok()?;
            if shift > MAX_INT_BITS || bits(&a) > MAX_INT_BITS - shift {
                return None;
            }
            Constant::Int(a << shift)
        }
        Operator::RShift => {
            if b < IBig::ZERO {
                return None;
            }
            match usize::try_from(b) {
                Ok(shift) => Constant::Int(shift_right(a, shift)),
                Err(_) => Constant::Int(if a < IBig::ZERO { IBig::NEG_ONE } else { IBig::ZERO }),
            }
        }
        Operator::BitOr => logic(a | b),
        Operator::BitXor => logic(a ^ b),
        Operator::BitAnd => logic(a & b),
        Operator::MatMult => return None,
    })
}

/// The arithmetic shift, rounding to negative infinity.
fn shift_right(a: IBig, shift: usize) -> IBig {
    if a < IBig::ZERO {
        let magnitude = -(a + IBig::ONE);
        return -(magnitude >> shift) - IBig::ONE;
    }
    a >> shift
}

fn floor_div_mod(a: IBig, b: IBig) -> Option<(IBig, IBig)> {
    if b == IBig::ZERO {
        return None;
    }
    let (mut quotient, mut remainder) = (&a).div_rem(&b);
    if remainder != IBig::ZERO && (remainder < IBig::ZERO) != (b < IBig::ZERO) {
        quotient -= IBig::ONE;
        remainder += b;
    }
    Some((quotient, remainder))
}

fn int_pow(a: IBig, b: IBig) -> Option<Constant> {
    if b < IBig::ZERO {
        let (a, b) = (int_to_f64(&a)?, int_to_f64(&b)?);
        return float_op(Operator::Pow, a, b);
    }
    if a != IBig::ZERO && b > IBig::ZERO {
        let exponent = usize::try_from(&b).ok()?;
        if bit_len(&a) > MAX_INT_BITS / exponent {
            return None;
        }
        return Some(Constant::Int(a.pow(exponent)));
    }
    Some(Constant::Int(if b == IBig::ZERO { IBig::ONE } else { IBig::ZERO }))
}

/// The correctly rounded quotient of two integers.
fn true_divide(a: &IBig, b: &IBig) -> Option<f64> {
    const EXACT: i64 = 1 << 53;
    if *b == IBig::ZERO {
        return None;
    }
    if let (Ok(x), Ok(y)) = (i64::try_from(a), i64::try_from(b))
        && x.unsigned_abs() <= EXACT as u64
        && y.unsigned_abs() <= EXACT as u64
    {
        return Some(x as f64 / y as f64);
    }
    let negative = (*a < IBig::ZERO) != (*b < IBig::ZERO);
    let (x, y) = (a.abs(), b.abs());
    // A quotient of at least 55 bits with a sticky last bit rounds once, in the conversion.
    let shift = 66 + bit_len(&y) as i64 - bit_len(&x) as i64;
    let (x, y) = if shift >= 0 { (x << shift as usize, y) } else { (x, y << (-shift) as usize) };
    let (mut quotient, remainder) = x.div_rem(y);
    if remainder != IBig::ZERO {
        quotient |= IBig::ONE;
    }
    let scale = i32::try_from(-shift).ok()?;
    if scale < -1000 {
        // Near the subnormals a second rounding would follow; leave that to run time.
        return None;
    }
    let magnitude = int_to_f64(&quotient)? * 2f64.powi(scale);
    magnitude.is_finite().then_some(if negative { -magnitude } else { magnitude })
}

fn float_op(op: Operator, a: f64, b: f64) -> Option<Constant> {
    let value = match op {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mult => a * b,
        Operator::Div if b != 0.0 => a / b,
        Operator::FloorDiv if b != 0.0 => float_divmod(a, b).0,
        Operator::Mod if b != 0.0 => float_divmod(a, b).1,
        Operator::Pow => {
            if a == 0.0 && b < 0.0 {
                return None;
            }
            if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
                return complex_pow((a, 0.0), (b, 0.0));
            }
            let value = a.powf(b);
            if value.is_infinite() && a.is_finite() && b.is_finite() {
                return None;
            }
            value
        }
        _ => return None,
    };
    Some(Constant::Float(value))
}

fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder != 0.0 {
        if (b < 0.0) != (remainder < 0.0) {
            remainder += b;
            quotient -= 1.0;
        }
    } else {
        remainder = 0f64.copysign(b);
    }
    let floor = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0f64.copysign(a / b)
    };
    (floor, remainder)
}

fn complex_op(op: Operator, a: Number, b: Number) -> Option<Constant> {
    use Number::{Complex, Real};
    let (real, imag) = match (op, a, b) {
        (Operator::Add, Complex(ar, ai), Complex(br, bi)) => (ar + br, ai + bi),
        (Operator::Add, Complex(ar, ai), Real(b)) => (ar + b, ai),
        (Operator::Add, Real(a), Complex(br, bi)) => (a + br, bi),
        (Operator::Sub, Complex(ar, ai), Complex(br, bi)) => (ar - br, ai - bi),
        (Operator::Sub, Complex(ar, ai), Real(b)) => (ar - b, ai),
        (Operator::Sub, Real(a), Complex(br, bi)) => (a - br, -bi),
        (Operator::Mult, Complex(ar, ai), Complex(br, bi)) => (ar * br - ai * bi, ar * bi + ai * br),
        (Operator::Mult, Complex(ar, ai), Real(b)) => (ar * b, ai * b),
        (Operator::Mult, Real(a), Complex(br, bi)) => (a * br, a * bi),
        (Operator::Div, Complex(ar, ai), Real(b)) if b != 0.0 => (ar / b, ai / b),
        (Operator::Div, Complex(ar, ai), Complex(br, bi)) => complex_div((ar, ai), (br, bi))?,
        (Operator::Div, Real(a), Complex(br, bi)) => complex_div((a, 0.0), (br, bi))?,
        (Operator::Pow, a, b) => {
            let widen = |n| match n {
                Real(r) => (r, 0.0),
                Complex(r, i) => (r, i),
            };
            return complex_pow(widen(a), widen(b));
        }
        _ => return None,
    };
    Some(Constant::Complex { real, imag })
}

fn complex_div(a: (f64, f64), b: (f64, f64)) -> Option<(f64, f64)> {
    if b.0.abs() >= b.1.abs() {
        if b.0 == 0.0 {
            return None;
        }
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        return Some(((a.0 + a.1 * ratio) / denominator, (a.1 - a.0 * ratio) / denominator));
    }
    let ratio = b.0 / b.1;
    let denominator = b.0 * ratio + b.1;
    Some(((a.0 * ratio + a.1) / denominator, (a.1 * ratio - a.0) / denominator))
}

fn complex_pow(a: (f64, f64), b: (f64, f64)) -> Option<Constant> {
    let product = |x: (f64, f64), y: (f64, f64)| (x.0 * y.0 - x.1 * y.1, x.0 * y.1 + x.1 * y.0);
    let result = if b.1 == 0.0 && b.0 == b.0.floor() && b.0.abs() <= 100.0 {
        // Small integer exponents multiply.
        let (mut mask, n) = (1i64, b.0.abs() as i64);
        let (mut power, mut result) = (a, (1.0, 0.0));
        while mask > 0 && n >= mask {
            if n & mask != 0 {
                result = product(result, power);
            }
            mask <<= 1;
            power = product(power, power);
        }
        if b.0 < 0.0 { complex_div((1.0, 0.0), result)? } else { result }
    } else if b == (0.0, 0.0) {
        (1.0, 0.0)
    } else if a == (0.0, 0.0) {
        if b.1 != 0.0 || b.0 < 0.0 {
            return None;
        }
        (0.0, 0.0)
    } else {
        let modulus = a.0.hypot(a.1);
        let mut length = modulus.powf(b.0);
        let angle = a.1.atan2(a.0);
        let mut phase = angle * b.0;
        if b.1 != 0.0 {
            length *= (-angle * b.1).exp();
            phase += b.1 * modulus.ln();
        }
        (length * phase.cos(), length * phase.sin())
    };
    (result.0.is_finite() && result.1.is_finite())
        .then_some(Constant::Complex { real: result.0, imag: result.1 })
}

/// `value[index]` for strings, bytes and tuples.
pub fn subscript(value: &Constant, index: &Constant) -> Option<Constant> {
    let points: Vec<u32>;
    let len = match value {
        Constant::Str(text) => {
            points = text.code_points().collect();
            points.len()
        }
        Constant::Bytes(bytes) => {
            points = bytes.iter().map(|&b| b.into()).collect();
            points.len()
        }
        Constant::Tuple(items) => {
            points = Vec::new();
            items.len()
        }
        _ => return None,
    } as i64;
    if let Constant::Slice(parts) = index {
        let indices = slice_indices(parts, len)?;
        let picked = indices.iter().map(|&i| i as usize);
        return Some(match value {
            Constant::Str(_) => Constant::Str(PyText::from_code_points(picked.map(|i| points[i]))),
            Constant::Bytes(_) => Constant::Bytes(picked.map(|i| points[i] as u8).collect()),
            Constant::Tuple(items) => Constant::Tuple(picked.map(|i| items[i].clone()).collect()),
            _ => return None,
        });
    }
    let index = as_small(index)?;
    let index = if index < 0 { index + len } else { index };
    if !(0..len).contains(&index) {
        return None;
    }
    Some(match value {
        Constant::Str(_) => Constant::Str(PyText::from_code_points([points[index as usize]])),
        Constant::Bytes(_) => Constant::Int(IBig::from(points[index as usize])),
        Constant::Tuple(items) => items[index as usize].clone(),
        _ => return None,
    })
}

/// The indices that a constant slice picks from a sequence of `len` items.
fn slice_indices(parts: &Rc<[Constant; 3]>, len: i64) -> Option<Vec<i64>> {
    let part = |value: &Constant| match value {
        Constant::None => Some(None),
        other => {
            let value = as_int(other)?;
            let bound = i64::MAX / 4;
            Some(Some(i64::try_from(&value).unwrap_or(if value < IBig::ZERO { -bound } else { bound })))
        }
    };
    let [start, stop, step] = &**parts;
    let step = part(step)?.unwrap_or(1);
    if step == 0 {
        return None;
    }
    let clamp = |value: Option<i64>, default: i64, low: i64, high: i64| match value {
        None => default,
        Some(v) if v < 0 => v.saturating_add(len).max(low),
        Some(v) => v.min(high),
    };
    let mut picked = Vec::new();
    if step > 0 {
        let (mut at, stop) = (clamp(part(start)?, 0, 0, len), clamp(part(stop)?, len, 0, len));
        while at < stop {
            picked.push(at);
            at = at.saturating_add(step);
        }
    } else {
        let (mut at, stop) = (clamp(part(start)?, len - 1, -1, len - 1), clamp(part(stop)?, -1, -1, len - 1));
        while at > stop {
            picked.push(at);
            at = at.saturating_add(step);
        }
    }
    Some(picked)
}
