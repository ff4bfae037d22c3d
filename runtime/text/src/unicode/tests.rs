//! Against CPython: `testdata/unicode.tsv`. Properties are compared by a checksum over all code points.

use super::*;
use crate::oracle::{compare, escaped, text};

/// FNV-1a over words.
fn checksum(values: impl Iterator<Item = u32>) -> String {
    let state = values.fold(0xcbf2_9ce4_8422_2325_u64, |state, value| {
        (state ^ u64::from(value)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{state:016x}")
}

fn predicates(text: &[u32]) -> String {
    let all = |f: fn(u32) -> bool| !text.is_empty() && text.iter().all(|&code| f(code));
    let values = [
        all(is_alpha),
        all(is_decimal),
        all(is_digit),
        all(is_numeric),
        all(is_space),
        text.iter().all(|&code| is_printable(code)),
        is_lower_text(text),
        is_upper_text(text),
        is_title_text(text),
        is_identifier(text),
        all(is_alnum),
    ];
    values.map(|value| u8::from(value).to_string()).join(" ")
}

#[test]
fn as_in_cpython() {
    assert_eq!(UNICODE_VERSION, "16.0.0");
    let points = || 0..0x110000_u32;
    let property = |f: fn(u32) -> bool| checksum(points().map(|code| f(code).into()));
    let mapping = |f: fn(u32) -> Mapped| checksum(points().flat_map(|code| f(code).to_vec()));
    compare(include_str!("../../testdata/unicode.tsv"), |operation, args| {
        let text = text(args[0]);
        Some(match (operation, args[0]) {
            ("checksum", "isalpha") => property(is_alpha),
            ("checksum", "isdecimal") => property(is_decimal),
            ("checksum", "isdigit") => property(is_digit),
            ("checksum", "isnumeric") => property(is_numeric),
            ("checksum", "isspace") => property(is_space),
            ("checksum", "isprintable") => property(is_printable),
            ("checksum", "islower") => property(is_lower),
            ("checksum", "isupper") => property(is_upper),
            ("checksum", "istitle") => property(|code| is_title(code) || is_upper(code)),
            ("checksum", "isidentifier") => property(is_xid_start),
            ("checksum", "isalnum") => property(is_alnum),
            ("checksum", "xid_continue") => property(is_xid_continue),
            ("checksum", "splitlines") => property(is_line_break),
            ("checksum", "decimal") => {
                checksum(points().map(|code| decimal_value(code).unwrap_or(255).into()))
            }
            ("checksum", "digit") => checksum(points().map(|code| digit_value(code).unwrap_or(255).into())),
            ("checksum", "upper") => mapping(to_upper),
            ("checksum", "lower") => mapping(to_lower),
            ("checksum", "title") => mapping(to_title),
            ("checksum", "casefold") => mapping(to_casefold),
            ("predicates", _) => predicates(&text),
            ("upper", _) => escaped(&upper(&text)),
            ("lower", _) => escaped(&lower(&text)),
            ("title", _) => escaped(&title(&text)),
            ("casefold", _) => escaped(&casefold(&text)),
            ("capitalize", _) => escaped(&capitalize(&text)),
            ("swapcase", _) => escaped(&swapcase(&text)),
            _ => return None,
        })
    });
}

#[test]
fn numbers_are_seen_as_ascii() {
    let ascii = |text: &str| to_ascii_number(&text.chars().map(u32::from).collect::<Vec<_>>());
    assert_eq!(ascii("\u{2003}٣.१\u{a0}"), b" 3.1 ");
    assert_eq!(ascii("1é2"), b"1?");
    assert_eq!(to_ascii_number(b" 1_0".as_slice()), b" 1_0");
}
