//! Against CPython: `testdata/escape.tsv`.

use super::*;
use crate::oracle::{compare, escaped, hex, text, unhex};

fn recover(errors: &str) -> impl FnMut(DecodeFailure) -> Result<(Vec<u32>, usize), String> {
    move |failure| match errors {
        "ignore" => Ok((vec![], failure.end)),
        "replace" => Ok((vec![0xFFFD], failure.end)),
        _ => Err(format!("!{} {} {}", failure.start, failure.end, failure.reason)),
    }
}

/// The only name that the data uses.
fn name(name: &[u8]) -> Option<u32> {
    name.eq_ignore_ascii_case(b"EM DASH").then_some(0x2014)
}

fn chars(text: &str) -> String {
    escaped(&text.chars().map(u32::from).collect::<Vec<_>>())
}

fn with_warning<T>(result: Result<Decoded<T>, String>, bytes: bool, show: impl Fn(&[T]) -> String) -> String {
    let prefix = if bytes { "b" } else { "" };
    match result {
        Ok(Decoded { output, invalid, .. }) => {
            let warning = invalid
                .map_or(String::new(), |escape| " / ".to_owned() + &chars(&format!("{prefix}{escape}")));
            show(&output) + &warning
        }
        Err(message) => message,
    }
}

#[test]
fn as_in_cpython() {
    compare(include_str!("../../testdata/escape.tsv"), |operation, args| {
        let points = || text(args[0]).into_iter();
        let bytes = || unhex(args[0]);
        Some(match operation {
            "repr" => chars(&repr(points())),
            "ascii" => chars(&ascii(points())),
            "encode" => hex(&encode_unicode_escape(points())),
            "encode_raw" => hex(&encode_raw_unicode_escape(points())),
            "bytes_repr" => chars(&bytes_repr(&bytes())),
            "unicode_escape" => {
                with_warning(decode_unicode_escape(&bytes(), true, name, recover(args[1])), false, escaped)
            }
            "raw_unicode_escape" => {
                with_warning(decode_raw_unicode_escape(&bytes(), true, recover(args[1])), false, escaped)
            }
            "bytes_unescape" => {
                let result =
                    bytes_unescape(&bytes(), args[1]).map_err(|error| format!("!ValueError: {error}"));
                with_warning(result, true, |out| if out.is_empty() { "-".into() } else { hex(out) })
            }
            _ => return None,
        })
    });
}

#[test]
fn input_that_is_not_final_keeps_a_cut_escape() {
    for (input, used) in [(&b"ab\\"[..], 2), (b"ab\\x4", 2), (b"ab\\N{EM", 2), (b"ab\\u12", 2), (b"abc", 3)] {
        let decoded = decode_unicode_escape(input, false, name, recover("strict")).unwrap();
        assert_eq!((decoded.consumed, decoded.output.len()), (used, used), "{input:?}");
    }
    for (input, used) in [(&b"ab\\"[..], 2), (b"ab\\u12", 2), (b"ab\\x", 4)] {
        let decoded = decode_raw_unicode_escape(input, false, recover("strict")).unwrap();
        assert_eq!((decoded.consumed, decoded.output.len()), (used, used), "{input:?}");
    }
}
