//! UTF-8, without surrogates unless an error handler makes some.

use super::errors::{DecodeErrors, EncodeErrors, Replacement};
use crate::objects::str::kinds::push_wtf8;
use crate::objects::str::{StrBuilder, StrView};
use crate::owned::PyResult;

fn is_surrogate(c: u32) -> bool {
    (0xD800..0xE000).contains(&c)
}

pub(super) fn encode(text: StrView<'_>, errors: &mut EncodeErrors<'_>) -> PyResult<Vec<u8>> {
    const REASON: &str = "surrogates not allowed";
    let mut out = Vec::with_capacity(text.len() + text.len() / 2);
    let mut at = 0;
    while at < text.len() {
        let c = text.get(at);
        if !is_surrogate(c) {
            push_wtf8(&mut out, c);
            at += 1;
            continue;
        }
        let run = text.slice(at, text.len()).iter().take_while(|c| is_surrogate(*c)).count();
        let (replacement, next) = errors.handle(at, at + run, REASON)?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend(bytes),
            Replacement::Text(r) => {
                if r.view().iter().any(is_surrogate) {
                    return Err(errors.raise(at, at + run, REASON));
                }
                r.view().iter().for_each(|c| push_wtf8(&mut out, c));
            }
        }
        at = next;
    }
    Ok(out)
}

pub(super) fn decode(
    data: &[u8],
    last: bool,
    out: &mut StrBuilder,
    errors: &mut DecodeErrors<'_>,
) -> PyResult<usize> {
    let mut at = 0;
    loop {
        // The standard library names the same spans as CPython: the longest prefix of a well-formed sequence.
        let error = match std::str::from_utf8(&data[at..]) {
            Ok(text) => {
                out.push_str(text);
                return Ok(data.len());
            }
            Err(e) => e,
        };
        let good = at + error.valid_up_to();
        out.push_str(std::str::from_utf8(&data[at..good]).unwrap_or_default());
        let (end, reason) = match error.error_len() {
            None if !last => return Ok(good),
            None => (data.len(), "unexpected end of data"),
            Some(n) if matches!(data[good], 0xC2..=0xF4) => (good + n, "invalid continuation byte"),
            Some(n) => (good + n, "invalid start byte"),
        };
        at = errors.handle(out, good, end, reason)?;
    }
}
