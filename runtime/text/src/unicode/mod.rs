//! Unicode properties of code points, and the `str` methods that are made of them.
//!
//! The properties live in generated two-level tables (`tables.rs`): the high bits of a code point
//! choose a block, the low bits an entry in it, which numbers one of few distinct records. Equal
//! blocks are shared. The first 256 code points have a table of their own.
//!
//! Functions on whole strings are generic over the width of the code units. They return code points;
//! the caller knows best how to pack them. Case mappings depend on context in one place only: capital
//! sigma becomes `ς` at the end of a word (Unicode's Final_Sigma condition).

pub mod character;
mod database;
mod tables;

pub use tables::UNICODE_VERSION;

use crate::units::Unit;
use tables::*;

#[inline]
fn properties(code: u32) -> (u16, u8, u8) {
    const MASK: u32 = (1 << PROPERTY_SHIFT) - 1;
    let last = PROPERTY_BLOCKS[PROPERTY_BLOCKS.len() - 1];
    let block = PROPERTY_BLOCKS.get((code >> PROPERTY_SHIFT) as usize).copied().unwrap_or(last);
    PROPERTIES[PROPERTY_RECORDS[((u32::from(block) << PROPERTY_SHIFT) + (code & MASK)) as usize] as usize]
}

#[inline]
fn flags(code: u32) -> u16 {
    match LATIN1_FLAGS.get(code as usize) {
        Some(flags) => *flags,
        None => properties(code).0,
    }
}

macro_rules! predicates {
    ($($(#[$doc:meta])* $name:ident = $flag:ident;)*) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $name(code: u32) -> bool {
            flags(code) & $flag != 0
        }
    )*};
}

predicates! {
    /// General categories Lm, Lt, Lu, Ll, Lo.
    is_alpha = ALPHA;
    is_decimal = DECIMAL;
    is_digit = DIGIT;
    is_numeric = NUMERIC;
    /// White space, or bidirectional type WS, B or S.
    is_space = SPACE;
    /// Not "Other" or "Separator", except for the ASCII space.
    is_printable = PRINTABLE;
    is_lower = LOWER;
    is_upper = UPPER;
    /// Title case letters (category Lt).
    is_title = TITLE;
    /// What may begin an identifier: XID_Start and `_`.
    is_xid_start = XID_START;
    is_xid_continue = XID_CONTINUE;
    is_cased = CASED;
    is_case_ignorable = CASE_IGNORABLE;
    /// What `splitlines` splits at (`\r\n` counts as one).
    is_line_break = LINE_BREAK;
}

/// Letters, decimals, digits and numerics.
#[inline]
pub fn is_alnum(code: u32) -> bool {
    flags(code) & (ALPHA | DECIMAL | DIGIT | NUMERIC) != 0
}

/// The value of a decimal digit of any script.
pub fn decimal_value(code: u32) -> Option<u8> {
    Some(properties(code).1).filter(|value| *value != NO_VALUE)
}

/// The value of a digit, superscripts and the like included.
pub fn digit_value(code: u32) -> Option<u8> {
    Some(properties(code).2).filter(|value| *value != NO_VALUE)
}

/// What a code point becomes: one to three code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    points: [u32; 3],
    len: u8,
}

impl std::ops::Deref for Mapped {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        &self.points[..self.len as usize]
    }
}

#[inline]
fn one(code: u32) -> Mapped {
    Mapped { points: [code, 0, 0], len: 1 }
}

#[inline]
fn mapped(code: u32, which: usize) -> Mapped {
    if code < 0x80 {
        // Columns 0 and 2 are upper and title case, 1 and 3 lower case and folding.
        let byte = code as u8;
        let byte =
            if which.is_multiple_of(2) { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
        return one(byte.into());
    }
    mapped_by_table(code, which)
}

fn mapped_by_table(code: u32, which: usize) -> Mapped {
    const MASK: u32 = (1 << CASE_SHIFT) - 1;
    let Some(block) = CASE_BLOCKS.get((code >> CASE_SHIFT) as usize) else { return one(code) };
    let record = CASE_RECORDS[((u32::from(*block) << CASE_SHIFT) + (code & MASK)) as usize];
    let change = CASES[record as usize][which];
    if change < LONG_MAPPING {
        return one(code.wrapping_add_signed(change));
    }
    let points = LONG_MAPPINGS[(change - LONG_MAPPING) as usize];
    Mapped { points, len: if points[2] == 0 { 2 } else { 3 } }
}

pub fn to_upper(code: u32) -> Mapped {
    mapped(code, 0)
}

/// Without regard to context: capital sigma becomes `σ`.
pub fn to_lower(code: u32) -> Mapped {
    mapped(code, 1)
}

pub fn to_title(code: u32) -> Mapped {
    mapped(code, 2)
}

pub fn to_casefold(code: u32) -> Mapped {
    mapped(code, 3)
}

/// The simple lower case mapping, one code point for one (`re.IGNORECASE`).
pub fn to_lower_simple(code: u32) -> u32 {
    // Only U+0130 has a longer one, and the simple mapping is how that begins.
    to_lower(code)[0]
}

const CAPITAL_SIGMA: u32 = 0x3A3;

/// The lower case of `text[at]` in its context.
fn lower_in<U: Unit>(text: &[U], at: usize) -> Mapped {
    let code = text[at].code();
    if code != CAPITAL_SIGMA {
        return to_lower(code);
    }
    let significant = |unit: &&U| !is_case_ignorable(unit.code());
    let before = text[..at].iter().rev().find(significant);
    let after = text[at + 1..].iter().find(significant);
    let is_final =
        before.is_some_and(|unit| is_cased(unit.code())) && !after.is_some_and(|unit| is_cased(unit.code()));
    one(if is_final { 0x3C2 } else { 0x3C3 })
}

fn map<U: Unit>(text: &[U], mut f: impl FnMut(usize, u32) -> Mapped) -> Vec<u32> {
    let mut out = Vec::with_capacity(text.len());
    for (at, unit) in text.iter().enumerate() {
        let mapped = f(at, unit.code());
        out.push(mapped.points[0]);
        if mapped.len > 1 {
            out.extend_from_slice(&mapped[1..]);
        }
    }
    out
}

/// `str.upper`.
pub fn upper<U: Unit>(text: &[U]) -> Vec<u32> {
    map(text, |_, code| to_upper(code))
}

/// `str.lower`.
pub fn lower<U: Unit>(text: &[U]) -> Vec<u32> {
    map(text, |at, _| lower_in(text, at))
}

/// `str.casefold`.
pub fn casefold<U: Unit>(text: &[U]) -> Vec<u32> {
    map(text, |_, code| to_casefold(code))
}

/// `str.title`.
pub fn title<U: Unit>(text: &[U]) -> Vec<u32> {
    let mut inside_word = false;
    map(text, |at, code| {
        let result = if inside_word { lower_in(text, at) } else { to_title(code) };
        inside_word = is_cased(code);
        result
    })
}

/// `str.capitalize`.
pub fn capitalize<U: Unit>(text: &[U]) -> Vec<u32> {
    map(text, |at, code| if at == 0 { to_title(code) } else { lower_in(text, at) })
}

/// `str.swapcase`.
pub fn swapcase<U: Unit>(text: &[U]) -> Vec<u32> {
    map(text, |at, code| match () {
        _ if is_upper(code) => lower_in(text, at),
        _ if is_lower(code) => to_upper(code),
        _ => one(code),
    })
}

/// `str.islower`: a lower case letter, and none of upper or title case.
pub fn is_lower_text<U: Unit>(text: &[U]) -> bool {
    all_cased(text, LOWER, UPPER | TITLE)
}

/// `str.isupper`.
pub fn is_upper_text<U: Unit>(text: &[U]) -> bool {
    all_cased(text, UPPER, LOWER | TITLE)
}

fn all_cased<U: Unit>(text: &[U], wanted: u16, forbidden: u16) -> bool {
    let mut found = 0;
    for unit in text {
        let flags = flags(unit.code());
        if flags & forbidden != 0 {
            return false;
        }
        found |= flags & wanted;
    }
    found != 0
}

/// `str.istitle`: upper and title case only after uncased characters, lower case only after cased ones.
pub fn is_title_text<U: Unit>(text: &[U]) -> bool {
    let (mut any, mut inside_word) = (false, false);
    for unit in text {
        let flags = flags(unit.code());
        if flags & (UPPER | TITLE) != 0 {
            if inside_word {
                return false;
            }
            (any, inside_word) = (true, true);
        } else if flags & LOWER != 0 {
            if !inside_word {
                return false;
            }
            any = true;
        } else {
            inside_word = false;
        }
    }
    any
}

/// `str.isidentifier`.
pub fn is_identifier<U: Unit>(text: &[U]) -> bool {
    match text.split_first() {
        Some((first, rest)) => {
            is_xid_start(first.code()) && rest.iter().all(|unit| is_xid_continue(unit.code()))
        }
        None => false,
    }
}

/// What `int`, `float` and `complex` see of a `str`: decimal digits of any script as ASCII digits,
/// white space beyond ASCII as spaces. What else is beyond ASCII becomes `?`, which no number contains,
/// and ends the text.
pub fn to_ascii_number<U: Unit>(text: &[U]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for unit in text {
        let code = unit.code();
        out.push(match code {
            0..0x7F => code as u8,
            _ if is_space(code) => b' ',
            _ => match decimal_value(code) {
                Some(value) => b'0' + value,
                None => {
                    out.push(b'?');
                    break;
                }
            },
        });
    }
    out
}

#[cfg(test)]
mod tests;
