//! UTF-7 (RFC 2152): ASCII as it is, all else as UTF-16 in base 64 between `+` and `-`.
//!
//! Unpaired surrogates pass in both directions, as in CPython.

use super::errors::DecodeErrors;
use crate::objects::str::{StrBuilder, StrView};
use crate::owned::PyResult;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn is_base64(c: u32) -> bool {
    u8::try_from(c).is_ok_and(|c| ALPHABET.contains(&c))
}

/// Whether the character stands for itself when text is encoded: letters, digits, most punctuation and white space.
fn is_direct(c: u32) -> bool {
    u8::try_from(c).is_ok_and(|c| match c {
        b'\t' | b'\n' | b'\r' | b' ' => true,
        b'+' | b'\\' | b'~' => false,
        _ => c.is_ascii_graphic(),
    })
}

/// Sixteen bits at a time in, six at a time out.
#[derive(Default)]
struct Bits {
    buffer: u32,
    count: u32,
}

impl Bits {
    fn push_unit(&mut self, unit: u32, out: &mut Vec<u8>) {
        self.buffer = self.buffer << 16 | unit;
        self.count += 16;
        while self.count >= 6 {
            self.count -= 6;
            out.push(ALPHABET[(self.buffer >> self.count & 63) as usize]);
        }
        self.buffer &= (1 << self.count) - 1;
    }

    /// The last digit, filled up with zeros.
    fn finish(&mut self, out: &mut Vec<u8>) {
        if self.count > 0 {
            out.push(ALPHABET[(self.buffer << (6 - self.count) & 63) as usize]);
        }
        *self = Bits::default();
    }
}

pub(super) fn encode(text: StrView<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    let (mut shifted, mut bits) = (false, Bits::default());
    for c in text.iter() {
        if is_direct(c) {
            if std::mem::replace(&mut shifted, false) {
                bits.finish(&mut out);
                if is_base64(c) || c == u32::from(b'-') {
                    out.push(b'-');
                }
            }
            out.push(c as u8);
            continue;
        }
        if !shifted && c == u32::from(b'+') {
            out.extend(b"+-");
            continue;
        }
        if !std::mem::replace(&mut shifted, true) {
            out.push(b'+');
        }
        match c.checked_sub(0x1_0000) {
            Some(rest) => {
                bits.push_unit(0xD800 | rest >> 10, &mut out);
                bits.push_unit(0xDC00 | rest & 0x3FF, &mut out);
            }
            None => bits.push_unit(c, &mut out),
        }
    }
    bits.finish(&mut out);
    if shifted {
        out.push(b'-');
    }
    out
}

/// A sequence in base 64 that is being read.
#[derive(Default)]
struct Shift {
    bits: Bits,
    /// The first half of a pair.
    surrogate: Option<u32>,
    /// What the sequence gave so far: it only counts when the sequence is complete, if more data may come.
    text: Vec<u32>,
}

impl Shift {
    fn push_digit(&mut self, digit: u32) {
        self.bits.buffer = self.bits.buffer << 6 | digit;
        self.bits.count += 6;
        if self.bits.count < 16 {
            return;
        }
        self.bits.count -= 16;
        let unit = self.bits.buffer >> self.bits.count;
        self.bits.buffer &= (1 << self.bits.count) - 1;
        match (self.surrogate.take(), unit) {
            (Some(high), 0xDC00..=0xDFFF) => {
                self.text.push(0x1_0000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
                return;
            }
            (Some(high), _) => self.text.push(high),
            (None, _) => {}
        }
        match unit {
            0xD800..=0xDBFF => self.surrogate = Some(unit),
            _ => self.text.push(unit),
        }
    }

    /// What is wrong with the bits that are left when a sequence ends.
    fn rest_is_wrong(&self) -> Option<&'static str> {
        match (self.bits.count, self.bits.buffer) {
            (6.., _) => Some("partial character in shift sequence"),
            (1.., 1..) => Some("non-zero padding bits in shift sequence"),
            _ => None,
        }
    }
}

pub(super) fn decode(
    data: &[u8],
    last: bool,
    out: &mut StrBuilder,
    errors: &mut DecodeErrors<'_>,
) -> PyResult<usize> {
    let (mut at, mut start) = (0, 0);
    let mut shift: Option<Shift> = None;
    loop {
        let Some(&c) = data.get(at) else {
            let Some(mut open) = shift.take() else { return Ok(at) };
            if !last {
                return Ok(start);
            }
            open.text.drain(..).for_each(|c| out.push(c));
            if open.surrogate.is_none() && open.rest_is_wrong().is_none() {
                return Ok(at);
            }
            at = errors.handle(out, start, data.len(), "unterminated shift sequence")?;
            continue;
        };
        if let Some(mut open) = shift.take() {
            if let Some(digit) = ALPHABET.iter().position(|a| *a == c) {
                open.push_digit(digit as u32);
                at += 1;
                shift = Some(open);
                continue;
            }
            open.text.drain(..).for_each(|c| out.push(c));
            if let Some(reason) = open.rest_is_wrong() {
                at = errors.handle(out, start, at + 1, reason)?;
                continue;
            }
            if let Some(surrogate) = open.surrogate.filter(|_| c.is_ascii() && c != b'+') {
                out.push(surrogate);
            }
            if c == b'-' {
                at += 1;
            }
            continue;
        }
        start = at;
        at += 1;
        match (c, data.get(at)) {
            (b'+', Some(b'-')) => {
                out.push(b'+'.into());
                at += 1;
            }
            (b'+', Some(next)) if !is_base64((*next).into()) => {
                at = errors.handle(out, start, at + 1, "ill-formed sequence")?;
            }
            (b'+', _) => shift = Some(Shift::default()),
            (0..=127, _) => out.push(c.into()),
            _ => at = errors.handle(out, start, at, "unexpected special character")?,
        }
    }
}
