//! Decoding of escapes: the codecs `unicode_escape` and `raw_unicode_escape`, and `bytes` literals.
//!
//! Error handlers (`errors="replace"` and the registered ones) belong to the caller: on damage the
//! decoders call a function with the damaged range, which returns what to put there and where to go on.

use std::fmt;

use crate::error::Error;

/// The arguments of a `UnicodeDecodeError`; the codec's name is known to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeFailure {
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
}

/// An escape that is kept as it is, or an octal one beyond 0o377: a `DeprecationWarning`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidEscape {
    Character(u8),
    Octal([u8; 3]),
}

impl fmt::Display for InvalidEscape {
    /// The warning's message for text; for bytes there is a `b` before the quote.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sequence, kind) = match self {
            InvalidEscape::Character(byte) => (char::from(*byte).to_string(), "escape"),
            InvalidEscape::Octal(digits) => {
                (digits.iter().copied().map(char::from).collect(), "octal escape")
            }
        };
        write!(
            f,
            "\"\\{sequence}\" is an invalid {kind} sequence. Such sequences will not work in the future. "
        )
    }
}

/// The result of a decoder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded<T> {
    pub output: Vec<T>,
    /// Bytes of the input that were used; less than all only for input that is not final.
    pub consumed: usize,
    /// The first invalid escape.
    pub invalid: Option<InvalidEscape>,
}

const TRUNCATED_X: &str = "truncated \\xXX escape";
const TRUNCATED_U: &str = "truncated \\uXXXX escape";
const TRUNCATED_LONG_U: &str = "truncated \\UXXXXXXXX escape";
const MALFORMED_N: &str = "malformed \\N character escape";

/// What one escape sequence is.
enum Escape {
    /// Its code point and the offset after it.
    Point(u32, usize),
    /// Nothing (an escaped line end).
    Empty(usize),
    /// Not an escape: kept. The offset is after the character.
    Unknown(u8, usize),
    Octal(u32, [u8; 3], usize),
    /// The input ends inside of it; `usize` is where the damage ends.
    Incomplete(&'static str, usize),
    Bad(&'static str, usize),
}

/// Decodes `unicode_escape`. Bytes outside of escapes are Latin-1.
///
/// `name` looks up `\N{…}`. `recover` gets the damage and returns the replacement and the offset at
/// which to continue, or an error of the caller's. With `is_final` false, an escape that the input cuts
/// off is left for the next call.
pub fn decode_unicode_escape<E>(
    input: &[u8],
    is_final: bool,
    name: impl Fn(&[u8]) -> Option<u32>,
    mut recover: impl FnMut(DecodeFailure) -> Result<(Vec<u32>, usize), E>,
) -> Result<Decoded<u32>, E> {
    let mut decoded =
        Decoded { output: Vec::with_capacity(input.len()), consumed: input.len(), invalid: None };
    let mut at = 0;
    while at < input.len() {
        if input[at] != b'\\' {
            decoded.output.push(input[at].into());
            at += 1;
            continue;
        }
        let (reason, end) = match escape(input, at + 1, &name) {
            Escape::Point(code, next) => {
                decoded.output.push(code);
                at = next;
                continue;
            }
            Escape::Empty(next) => {
                at = next;
                continue;
            }
            Escape::Unknown(byte, next) => {
                decoded.invalid = decoded.invalid.or(Some(InvalidEscape::Character(byte)));
                decoded.output.extend([u32::from(b'\\'), byte.into()]);
                at = next;
                continue;
            }
            Escape::Octal(code, digits, next) => {
                decoded.invalid = decoded.invalid.or(Some(InvalidEscape::Octal(digits)));
                decoded.output.push(code);
                at = next;
                continue;
            }
            Escape::Incomplete(..) if !is_final => {
                decoded.consumed = at;
                return Ok(decoded);
            }
            Escape::Incomplete(reason, end) | Escape::Bad(reason, end) => (reason, end),
        };
        let (replacement, resume) = recover(DecodeFailure { start: at, end, reason })?;
        decoded.output.extend(replacement);
        at = resume;
    }
    Ok(decoded)
}

/// Reads the escape whose first character after the backslash is at `at`.
fn escape(input: &[u8], at: usize, name: &impl Fn(&[u8]) -> Option<u32>) -> Escape {
    let Some(&letter) = input.get(at) else { return Escape::Incomplete("\\ at end of string", at) };
    let next = at + 1;
    let (count, reason) = match letter {
        b'\n' => return Escape::Empty(next),
        b'0'..=b'7' => return octal(input, at),
        b'x' => (2, TRUNCATED_X),
        b'u' => (4, TRUNCATED_U),
        b'U' => (8, TRUNCATED_LONG_U),
        b'N' => return named(input, next, name),
        _ => {
            return match simple(letter) {
                Some(byte) => Escape::Point(byte.into(), next),
                None => Escape::Unknown(letter, next),
            };
        }
    };
    match hex(input, next, count) {
        Ok(code) if code > 0x10FFFF => Escape::Bad("illegal Unicode character", next + count),
        Ok(code) => Escape::Point(code, next + count),
        Err(end) if end == input.len() => Escape::Incomplete(reason, end),
        Err(end) => Escape::Bad(reason, end),
    }
}

/// The escapes of one letter.
fn simple(letter: u8) -> Option<u8> {
    Some(match letter {
        b'\\' | b'\'' | b'"' => letter,
        b'a' => 7,
        b'b' => 8,
        b't' => 9,
        b'n' => 10,
        b'v' => 11,
        b'f' => 12,
        b'r' => 13,
        _ => return None,
    })
}

/// Up to three octal digits.
fn octal(input: &[u8], at: usize) -> Escape {
    let digits = input[at..].iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
    let code = input[at..at + digits].iter().fold(0, |code, b| code << 3 | u32::from(b - b'0'));
    if code > 0o377 {
        return Escape::Octal(code, [input[at], input[at + 1], input[at + 2]], at + digits);
    }
    Escape::Point(code, at + digits)
}

/// Exactly `count` hexadecimal digits, or the offset at which they end.
fn hex(input: &[u8], at: usize, count: usize) -> Result<u32, usize> {
    let mut code = 0;
    for offset in at..at + count {
        let digit = input.get(offset).and_then(|&b| char::from(b).to_digit(16)).ok_or(offset)?;
        code = code << 4 | digit;
    }
    Ok(code)
}

fn named(input: &[u8], at: usize, name: &impl Fn(&[u8]) -> Option<u32>) -> Escape {
    match input.get(at) {
        None => return Escape::Incomplete(MALFORMED_N, at),
        Some(b'{') => (),
        Some(_) => return Escape::Bad(MALFORMED_N, at),
    }
    let start = at + 1;
    let Some(len) = memchr::memchr(b'}', &input[start..]) else {
        return Escape::Incomplete(MALFORMED_N, input.len());
    };
    if len == 0 {
        return Escape::Bad(MALFORMED_N, start);
    }
    let end = start + len + 1;
    match name(&input[start..start + len]) {
        Some(code) => Escape::Point(code, end),
        None => Escape::Bad("unknown Unicode character name", end),
    }
}

/// Decodes `raw_unicode_escape`: Latin-1 where only `\u` and `\U` after an odd number of backslashes
/// are escapes. The other parameters are those of [`decode_unicode_escape`].
pub fn decode_raw_unicode_escape<E>(
    input: &[u8],
    is_final: bool,
    mut recover: impl FnMut(DecodeFailure) -> Result<(Vec<u32>, usize), E>,
) -> Result<Decoded<u32>, E> {
    let mut decoded =
        Decoded { output: Vec::with_capacity(input.len()), consumed: input.len(), invalid: None };
    let mut at = 0;
    while at < input.len() {
        let byte = input[at];
        if byte != b'\\' || at + 1 == input.len() && is_final {
            decoded.output.push(byte.into());
            at += 1;
            continue;
        }
        let Some(&letter) = input.get(at + 1) else {
            decoded.consumed = at;
            break;
        };
        let (count, truncated) = match letter {
            b'u' => (4, TRUNCATED_U),
            b'U' => (8, TRUNCATED_LONG_U),
            _ => {
                decoded.output.extend([u32::from(b'\\'), letter.into()]);
                at += 2;
                continue;
            }
        };
        let (reason, end) = match hex(input, at + 2, count) {
            Ok(code @ 0..=0x10FFFF) => {
                decoded.output.push(code);
                at += 2 + count;
                continue;
            }
            Ok(_) => ("\\Uxxxxxxxx out of range", at + 2 + count),
            Err(end) if end == input.len() && !is_final => {
                decoded.consumed = at;
                break;
            }
            Err(end) => (truncated, end),
        };
        let (replacement, resume) = recover(DecodeFailure { start: at, end, reason })?;
        decoded.output.extend(replacement);
        at = resume;
    }
    Ok(decoded)
}

/// Decodes the escapes of a `bytes` literal (`codecs.escape_decode`). `errors` is `strict`, `ignore` or
/// `replace`.
pub fn bytes_unescape(input: &[u8], errors: &str) -> Result<Decoded<u8>, Error> {
    let mut decoded =
        Decoded { output: Vec::with_capacity(input.len()), consumed: input.len(), invalid: None };
    let mut at = 0;
    while at < input.len() {
        if input[at] != b'\\' {
            decoded.output.push(input[at]);
            at += 1;
            continue;
        }
        let start = at;
        let Some(&letter) = input.get(at + 1) else { return Err(Error::value("Trailing \\ in string")) };
        at += 2;
        match letter {
            b'\n' => (),
            b'0'..=b'7' => match octal(input, at - 1) {
                Escape::Octal(code, digits, next) => {
                    decoded.invalid = decoded.invalid.or(Some(InvalidEscape::Octal(digits)));
                    // CPython keeps the low eight bits.
                    decoded.output.push(code as u8);
                    at = next;
                }
                Escape::Point(code, next) => {
                    decoded.output.push(code as u8);
                    at = next;
                }
                _ => (),
            },
            b'x' => match hex(input, at, 2) {
                Ok(code) => {
                    decoded.output.push(code as u8);
                    at += 2;
                }
                Err(end) => {
                    match errors {
                        "strict" => {
                            return Err(Error::value(format!("invalid \\x escape at position {start}")));
                        }
                        "replace" => decoded.output.push(b'?'),
                        "ignore" => (),
                        other => {
                            return Err(Error::value(format!(
                                "decoding error; unknown error handling code: {other}"
                            )));
                        }
                    }
                    at = end;
                }
            },
            _ => match simple(letter) {
                Some(byte) => decoded.output.push(byte),
                None => {
                    decoded.invalid = decoded.invalid.or(Some(InvalidEscape::Character(letter)));
                    decoded.output.extend([b'\\', letter]);
                }
            },
        }
    }
    Ok(decoded)
}
