//! ASCII and Latin-1: one byte per character, up to a limit.

use super::errors::{DecodeErrors, EncodeErrors, Replacement};
use crate::objects::str::{StrBuilder, StrView};
use crate::owned::PyResult;

/// `limit` is 128 or 256.
pub(super) fn encode(text: StrView<'_>, limit: u32, errors: &mut EncodeErrors<'_>) -> PyResult<Vec<u8>> {
    let reason = if limit == 0x80 { "ordinal not in range(128)" } else { "ordinal not in range(256)" };
    if let (StrView::One(units), 0x100) = (text, limit) {
        return Ok(units.to_vec());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let c = text.get(at);
        if c < limit {
            out.push(c as u8);
            at += 1;
            continue;
        }
        let run = text.slice(at, text.len()).iter().take_while(|c| *c >= limit).count();
        let (replacement, next) = errors.handle(at, at + run, reason)?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend(bytes),
            Replacement::Text(r) => {
                if r.view().iter().any(|c| c >= limit) {
                    return Err(errors.raise(at, at + run, reason));
                }
                out.extend(r.view().iter().map(|c| c as u8));
            }
        }
        at = next;
    }
    Ok(out)
}

pub(super) fn decode_ascii(
    data: &[u8],
    out: &mut StrBuilder,
    errors: &mut DecodeErrors<'_>,
) -> PyResult<usize> {
    let mut at = 0;
    while at < data.len() {
        let good = data[at..].iter().take_while(|b| b.is_ascii()).count();
        out.push_view(StrView::One(&data[at..at + good]));
        at += good;
        if at < data.len() {
            at = errors.handle(out, at, at + 1, "ordinal not in range(128)")?;
        }
    }
    Ok(data.len())
}
