//! Syntax errors against what CPython 3.14.10 says: kind, message and positions.
//!
//! The files in `errors/` hold pairs of lines: a source as a JSON string, and the error of CPython's
//! `compile()` as `KIND "message" [lineno, offset, end_lineno, end_offset]`. `cases.txt` was written by hand;
//! `changed.txt` are the golden sources with one token changed, by
//! `./x compare-errors PYTHON frontend/tests/golden --count 800 --lines 4 --write frontend/tests/errors/changed.txt`.

use taipan_frontend::{Flags, Mode, compile};

#[test]
fn errors_are_cpythons() {
    compare(include_str!("errors/cases.txt"), 400);
}

#[test]
fn errors_of_changed_sources_are_cpythons() {
    compare(include_str!("errors/changed.txt"), 500);
}

fn compare(cases: &str, least: usize) {
    let mut lines = cases.lines();
    assert!(lines.next().is_some_and(|header| header.starts_with("# CPython 3.14.10")));
    let mut count = 0;
    let mut wrong = Vec::new();
    while let (Some(source), Some(expected)) = (lines.next(), lines.next()) {
        let source = unescape(source);
        let actual = match compile(&source, "FILE", Mode::Module, Flags::default()) {
            Ok(_) => "no error".to_owned(),
            Err(e) => format!(
                "{} {} {:?}",
                e.kind.name(),
                escape(&e.message),
                [e.lineno, e.offset, e.end_lineno, e.end_offset]
            ),
        };
        count += 1;
        if actual != expected {
            wrong.push(format!("{source:?}\n  expected {expected}\n  found    {actual}"));
        }
    }
    assert!(count > least, "only {count} cases");
    assert!(wrong.is_empty(), "{} of {count} errors differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn unescape(json: &str) -> String {
    let mut units = Vec::new();
    let json = json.strip_prefix('"').and_then(|j| j.strip_suffix('"')).expect("a source is a JSON string");
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            units.extend(c.encode_utf16(&mut [0; 2]).iter());
            continue;
        }
        let unit = match chars.next() {
            Some('n') => 10,
            Some('t') => 9,
            Some('r') => 13,
            Some('b') => 8,
            Some('f') => 12,
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                u16::from_str_radix(&digits, 16).expect("four hexadecimal digits follow")
            }
            Some(other) => other as u16,
            None => break,
        };
        units.push(unit);
    }
    String::from_utf16(&units).expect("the cases hold no lone surrogates")
}

fn escape(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match unit {
            10 => out.push_str("\\n"),
            9 => out.push_str("\\t"),
            34 => out.push_str("\\\""),
            92 => out.push_str("\\\\"),
            0x20..0x7F => out.push(unit as u8 as char),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out.push('"');
    out
}
