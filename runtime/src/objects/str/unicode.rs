//! Questions about single code points, with answers for ASCII at hand.

/// What `str.isspace` and splitting at whitespace take for a space: bidirectional types WS, B, S or category Zs.
#[inline]
pub fn is_space(c: u32) -> bool {
    if c < 0x80 {
        return is_ascii_space(c as u8);
    }
    matches!(c, 0x85 | 0xA0 | 0x1680 | 0x2000..=0x200A | 0x2028 | 0x2029 | 0x202F | 0x205F | 0x3000)
}

#[inline]
pub fn is_ascii_space(c: u8) -> bool {
    matches!(c, 9..=13 | 28..=31 | 32)
}

/// Where `str.splitlines` ends a line.
#[inline]
pub fn is_line_break(c: u32) -> bool {
    matches!(c, 10..=13 | 28..=30 | 0x85 | 0x2028 | 0x2029)
}

fn char_of(c: u32) -> Option<char> {
    char::from_u32(c)
}

pub fn is_printable(c: u32) -> bool {
    match c {
        0x20..0x7F => true,
        0..0xA1 | 0xAD => false,
        _ => char_of(c).is_some_and(|c| {
            !c.is_control() && !is_space(c as u32) && c.escape_debug().len() == 1 || is_grapheme_extension(c)
        }),
    }
}

/// `char::escape_debug` escapes these although they are printable.
fn is_grapheme_extension(c: char) -> bool {
    c.escape_debug().len() != 1 && c.is_alphanumeric()
}

pub fn is_alpha(c: u32) -> bool {
    char_of(c).is_some_and(char::is_alphabetic)
}

pub fn is_decimal(c: u32) -> bool {
    digit_value(c).is_some()
}

pub fn is_digit(c: u32) -> bool {
    is_decimal(c) || matches!(c, 0xB2 | 0xB3 | 0xB9 | 0x2070 | 0x2074..=0x2079 | 0x2080..=0x2089)
}

pub fn is_numeric(c: u32) -> bool {
    char_of(c).is_some_and(char::is_numeric)
}

/// The value of a decimal digit of any script.
pub fn digit_value(c: u32) -> Option<u32> {
    match c {
        0x30..=0x39 => Some(c - 0x30),
        0..0x80 => None,
        0x660..=0x669 | 0x6F0..=0x6F9 => Some(c & 0xF),
        0xFF10..=0xFF19 => Some(c - 0xFF10),
        _ => None,
    }
}

pub fn is_upper(c: u32) -> bool {
    char_of(c).is_some_and(char::is_uppercase)
}

pub fn is_lower(c: u32) -> bool {
    char_of(c).is_some_and(char::is_lowercase)
}

/// Titlecase letters, the digraphs whose first letter alone is upper.
pub fn is_title(c: u32) -> bool {
    matches!(c, 0x1C5 | 0x1C8 | 0x1CB | 0x1F2 | 0x1F88..=0x1F8F | 0x1F98..=0x1F9F | 0x1FA8..=0x1FAF | 0x1FBC | 0x1FCC | 0x1FFC)
}

pub fn is_cased(c: u32) -> bool {
    is_upper(c) || is_lower(c) || is_title(c)
}

/// Full case mappings: up to three code points each.
pub fn to_upper(c: u32, mut push: impl FnMut(u32)) {
    match char_of(c) {
        Some(c) => c.to_uppercase().for_each(|c| push(c as u32)),
        None => push(c),
    }
}

pub fn to_lower(c: u32, mut push: impl FnMut(u32)) {
    match char_of(c) {
        Some(c) => c.to_lowercase().for_each(|c| push(c as u32)),
        None => push(c),
    }
}

pub fn to_title(c: u32, push: impl FnMut(u32)) {
    to_upper(c, push);
}

pub fn to_folded(c: u32, mut push: impl FnMut(u32)) {
    match c {
        0xDF => {
            push(b's' as u32);
            push(b's' as u32);
        }
        0xB5 => push(0x3BC),
        0x3C2 => push(0x3C3),
        _ => to_lower(c, push),
    }
}

pub fn is_case_ignorable(c: u32) -> bool {
    matches!(c, 0x27 | 0x2E | 0x3A | 0x5E | 0x60 | 0xA8 | 0xAD | 0xAF | 0xB4 | 0xB7 | 0xB8 | 0x2019 | 0x300..=0x36F)
}

pub fn is_identifier_start(c: u32) -> bool {
    c == b'_' as u32 || is_alpha(c)
}

pub fn is_identifier_continue(c: u32) -> bool {
    is_identifier_start(c) || is_decimal(c) || matches!(c, 0x300..=0x36F | 0xB7 | 0x203F | 0x2040)
}

/// The name of a character, for the error handler `namereplace`.
pub fn name(c: u32) -> Option<String> {
    unicode_names2::name(char_of(c)?).map(|n| n.to_string())
}
