//! Formatting of `str`.

use super::layout::padding;
use super::{Align, FormatSpec, Sign, unknown_kind};
use crate::error::{Error, Result};

/// How a string is placed: `left` fills, its first `take` code points, `right` fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLayout {
    pub fill: u32,
    pub left: usize,
    pub take: usize,
    pub right: usize,
}

/// Formats a string of `len` code points.
pub fn format(spec: &FormatSpec, len: usize, type_name: &str) -> Result<TextLayout> {
    if let Some(kind) = spec.kind
        && kind != u32::from('s')
    {
        return Err(unknown_kind(kind, type_name));
    }
    let refuse = |what: &'static str| Err(Error::value(what));
    match spec.sign {
        Some(Sign::Space) => return refuse("Space not allowed in string format specifier"),
        Some(_) => return refuse("Sign not allowed in string format specifier"),
        None => (),
    }
    if spec.no_negative_zero {
        return refuse("Negative zero coercion (z) not allowed in string format specifier");
    }
    if spec.alternate {
        return refuse("Alternate form (#) not allowed in string format specifier");
    }
    if spec.align == Align::AfterSign {
        return refuse("'=' alignment not allowed in string format specifier");
    }
    let take = spec.precision.unwrap_or(len).min(len);
    let (left, _, right) = padding(spec.width.unwrap_or(0).saturating_sub(take), spec.align);
    Ok(TextLayout { fill: spec.fill, left, take, right })
}
