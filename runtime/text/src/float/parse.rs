//! `float(text)` and `complex(text)` once the text is ASCII and stripped of surrounding white space
//! (`crate::unicode::to_ascii_number` does both for a `str`).

/// Parses Python's float grammar. `None` is `ValueError: could not convert string to float`.
///
/// Overflow gives an infinity, underflow zero; the result is correctly rounded.
pub fn parse_ascii(text: &[u8]) -> Option<f64> {
    let plain = without_underscores(text)?;
    let (value, rest) = prefix(&plain)?;
    rest.is_empty().then_some(value)
}

/// Why a text is no complex number. All are `ValueError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComplexError {
    /// `complex() arg is a malformed string`.
    Malformed,
    /// `could not convert string to complex: …` with the repr of the argument.
    Underscores,
}

/// Parses Python's complex grammar: `a`, `bj`, `a±bj`, any of them in parentheses.
pub fn parse_complex_ascii(text: &[u8]) -> Result<(f64, f64), ComplexError> {
    let plain = without_underscores(text).ok_or(ComplexError::Underscores)?;
    complex(&plain).ok_or(ComplexError::Malformed)
}

fn complex(text: &[u8]) -> Option<(f64, f64)> {
    let mut text = text.trim_ascii();
    if let Some(inner) = text.strip_prefix(b"(") {
        text = inner.strip_suffix(b")")?.trim_ascii();
    }
    let Some((first, rest)) = prefix(text) else {
        // A bare `j`, with or without a sign.
        return Some((0.0, bare_unit(text)?));
    };
    match rest {
        [] => Some((first, 0.0)),
        [b'j' | b'J'] => Some((0.0, first)),
        [b'+' | b'-', ..] => {
            let imag = match prefix(rest) {
                Some((imag, [b'j' | b'J'])) => imag,
                Some(_) => return None,
                None => bare_unit(rest)?,
            };
            Some((first, imag))
        }
        _ => None,
    }
}

fn bare_unit(text: &[u8]) -> Option<f64> {
    match text {
        [b'j' | b'J'] | [b'+', b'j' | b'J'] => Some(1.0),
        [b'-', b'j' | b'J'] => Some(-1.0),
        _ => None,
    }
}

/// Removes underscores, which may stand only between two digits.
fn without_underscores(text: &[u8]) -> Option<std::borrow::Cow<'_, [u8]>> {
    if !text.contains(&b'_') {
        return Some(text.into());
    }
    let digit = |i: usize| text.get(i).is_some_and(u8::is_ascii_digit);
    let mut plain = Vec::with_capacity(text.len());
    for (i, &byte) in text.iter().enumerate() {
        if byte != b'_' {
            plain.push(byte);
        } else if i == 0 || !digit(i - 1) || !digit(i + 1) {
            return None;
        }
    }
    Some(plain.into())
}

/// The longest prefix that is a float, and the rest.
fn prefix(text: &[u8]) -> Option<(f64, &[u8])> {
    let mut at = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let unsigned = &text[at..];
    let word = unsigned.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    if word > 0 {
        let negative = text[0] == b'-';
        let sign = if negative { -1.0f64 } else { 1.0 };
        // The names are prefixes too: what follows `inf` may be the `j` of a complex number.
        for (name, value) in [("infinity", f64::INFINITY), ("inf", f64::INFINITY), ("nan", f64::NAN)] {
            if unsigned.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes())) {
                return Some((value.copysign(sign), &unsigned[name.len()..]));
            }
        }
        return None;
    }
    let digits = |from: usize| text[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(at);
    at += whole;
    let mut fraction = 0;
    if text.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        at += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    let number = std::str::from_utf8(&text[..at]).ok()?;
    Some((number.parse().ok()?, &text[at..]))
}
