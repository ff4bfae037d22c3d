//! One item of a memory view: reading and writing it by its format, a native code of the module `struct`.

use taipan_layout::Value;

use crate::objects::{bytes, float, int, sequence};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// Bytes per item of a format `code` (an optional `@` and one letter); `None` for everything else.
pub(super) fn size(format: &str) -> Option<usize> {
    Some(match letter(format)? {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
        _ => return None,
    })
}

pub(super) fn letter(format: &str) -> Option<u8> {
    match format.as_bytes() {
        [b'@', one] | [one] => Some(*one),
        _ => None,
    }
}

/// Whether items are single bytes.
pub(super) fn is_byte(format: &str) -> bool {
    matches!(letter(format), Some(b'B' | b'b' | b'c'))
}

/// `raw` as a native integer of its size.
fn unsigned(raw: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..raw.len()].copy_from_slice(raw);
    u64::from_le_bytes(word)
}

fn signed(raw: &[u8]) -> i64 {
    let unused = 64 - 8 * raw.len() as u32;
    (unsigned(raw) << unused) as i64 >> unused
}

/// The item whose bytes are `raw`.
pub(super) fn read(vm: &Vm, format: &str, raw: &[u8]) -> PyResult {
    match letter(format) {
        Some(b'B') => Ok(Owned::fixnum(raw[0] as i64)),
        Some(b'c') => bytes::new(vm, raw),
        Some(b'?') => Ok(Owned::bool(raw[0] != 0)),
        Some(b'b' | b'h' | b'i' | b'l' | b'q' | b'n') => int::from_i64(vm, signed(raw)),
        Some(b'H' | b'I' | b'L' | b'Q' | b'N' | b'P') => int::from_u64(vm, unsigned(raw)),
        Some(b'd') => float::new(vm, f64::from_bits(unsigned(raw))),
        Some(b'f') => float::new(vm, f32::from_bits(unsigned(raw) as u32) as f64),
        Some(b'e') => float::new(vm, half_to_f64(unsigned(raw) as u16)),
        _ => Err(unsupported(vm, format)),
    }
}

pub(super) fn unsupported(vm: &Vm, format: &str) -> crate::owned::Raised {
    let message = format!("memoryview: format {format} not supported");
    vm.raise(vm.types.not_implemented_error, &message)
}

/// Writes `v` as an item into `raw`. Conversions that run Python have happened when the first byte is written, so the caller
/// converts with [`encode`] first and copies then.
pub(super) fn encode(vm: &Vm, format: &str, v: Value) -> PyResult<Vec<u8>> {
    let size = size(format).ok_or_else(|| unsupported(vm, format))?;
    let wrong_type = || vm.type_error(&format!("memoryview: invalid type for format '{format}'"));
    let wrong_value = || vm.value_error(&format!("memoryview: invalid value for format '{format}'"));
    let bits = match letter(format) {
        Some(b'c') => {
            if !bytes::is_bytes(vm, v) {
                return Err(wrong_type());
            }
            return match bytes::as_slice(&v) {
                [one] => Ok(vec![*one]),
                _ => Err(wrong_value()),
            };
        }
        Some(b'?') => protocol::compare::is_true(vm, v)? as u64,
        Some(code @ (b'd' | b'f' | b'e')) => {
            let d = match protocol::number::to_float(vm, v) {
                Ok(d) => d,
                Err(raised) => {
                    drop(vm.catch(raised, vm.types.type_error)?);
                    return Err(wrong_type());
                }
            };
            match code {
                b'd' => d.to_bits(),
                b'f' if d.is_finite() && (d as f32).is_infinite() => return Err(wrong_value()),
                b'f' => (d as f32).to_bits() as u64,
                _ => f64_to_half(d).ok_or_else(wrong_value)? as u64,
            }
        }
        Some(code) => {
            if !sequence::is_index(vm, v) {
                return Err(wrong_type());
            }
            let exact = protocol::number::index(vm, v)?;
            let width = 8 * size as u32;
            let is_signed = code.is_ascii_lowercase();
            let word = match int::to_big(*exact).map(i128::try_from) {
                Some(Ok(n)) => n,
                _ => return Err(wrong_value()),
            };
            let (low, high) = if is_signed {
                (-(1i128 << (width - 1)), (1i128 << (width - 1)) - 1)
            } else {
                (0, (1i128 << width) - 1)
            };
            if !(low..=high).contains(&word) {
                return Err(wrong_value());
            }
            word as u64
        }
        None => return Err(unsupported(vm, format)),
    };
    Ok(bits.to_le_bytes()[..size].to_vec())
}

/// IEEE 754 half precision.
pub(crate) fn half_to_f64(h: u16) -> f64 {
    let sign = if h & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, fraction) = ((h >> 10 & 0x1F) as i32, (h & 0x3FF) as f64);
    match exponent {
        0 => sign * fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN.copysign(sign),
        _ => sign * (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

/// The nearest half, ties to even; `None` when a finite number is too large.
pub(crate) fn f64_to_half(d: f64) -> Option<u16> {
    let sign = if d.is_sign_negative() { 0x8000 } else { 0 };
    let a = d.abs();
    if d.is_nan() {
        return Some(sign | 0x7E00);
    }
    if d.is_infinite() {
        return Some(sign | 0x7C00);
    }
    // In units of the spacing at this magnitude; powers of two are exact.
    let exponent = if a < 2f64.powi(-14) { -14 } else { a.log2().floor() as i32 };
    let exponent = if exponent > -14 && 2f64.powi(exponent) > a { exponent - 1 } else { exponent };
    let units = (a / 2f64.powi(exponent - 10)).round_ties_even() as u32;
    let bits = if a < 2f64.powi(-14) { units } else { (((exponent + 15) as u32) << 10) + units - 1024 };
    (bits < 0x7C00).then_some(sign | bits as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_trip() {
        for h in (0..0x7C00u16).chain(0x8000..0xFC00) {
            assert_eq!(f64_to_half(half_to_f64(h)), Some(h));
        }
        assert_eq!(f64_to_half(65519.0), Some(0x7BFF));
        assert_eq!(f64_to_half(65520.0), None);
        assert_eq!(f64_to_half(f64::INFINITY), Some(0x7C00));
        assert_eq!(f64_to_half(2f64.powi(-25)), Some(0), "a tie goes to even");
        assert_eq!(f64_to_half(2f64.powi(-25) * 1.1), Some(1));
    }

    #[test]
    fn integers_are_sign_extended() {
        assert_eq!(signed(&[0xFF, 0xFF]), -1);
        assert_eq!(signed(&[0xFF, 0x7F]), 0x7FFF);
        assert_eq!(unsigned(&[0xFF, 0xFF]), 0xFFFF);
    }
}
