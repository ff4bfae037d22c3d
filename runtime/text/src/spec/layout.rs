//! The parts of a formatted value.

use super::Align;
use crate::error::{Error, Result};

/// A formatted value: `left` fills, `head`, `inner` fills, `body`, `surrogate`, `right` fills. `head` is a
/// sign and a prefix such as `0x`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The code point of the padding.
    pub fill: u32,
    pub left: usize,
    pub head: String,
    pub inner: usize,
    pub body: String,
    /// What the type `c` makes of a lone surrogate, which no `String` can hold.
    pub surrogate: Option<u32>,
    pub right: usize,
}

impl Layout {
    /// Pads to `width`.
    pub(crate) fn new(head: String, body: String, width: Option<usize>, align: Align, fill: u32) -> Layout {
        let len = head.chars().count() + body.chars().count();
        let (left, inner, right) = padding(width.unwrap_or(0).saturating_sub(len), align);
        Layout { fill, left, head, inner, body, surrogate: None, right }
    }

    /// The length in code points.
    pub fn len(&self) -> usize {
        let padding = self.left.saturating_add(self.inner).saturating_add(self.right);
        let text = self.head.chars().count() + self.body.chars().count();
        padding.saturating_add(text + usize::from(self.surrogate.is_some()))
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The whole, as code points. Fails only for want of memory.
    pub fn to_code_points(&self) -> Result<Vec<u32>> {
        let mut out = Vec::new();
        out.try_reserve_exact(self.len()).map_err(|_| Error::MEMORY)?;
        out.resize(self.left, self.fill);
        out.extend(self.head.chars().map(u32::from));
        out.resize(out.len() + self.inner, self.fill);
        out.extend(self.body.chars().map(u32::from));
        out.extend(self.surrogate);
        out.resize(out.len() + self.right, self.fill);
        Ok(out)
    }

    /// The whole, if the padding is ASCII or there is none, and no surrogate (`Ok(None)` otherwise).
    pub fn to_text(&self) -> Result<Option<String>> {
        let padding = self.left + self.inner + self.right;
        let fill = match char::from_u32(self.fill) {
            _ if self.surrogate.is_some() => return Ok(None),
            _ if padding == 0 => ' ',
            Some(fill) if fill.is_ascii() => fill,
            _ => return Ok(None),
        };
        let mut out = String::new();
        out.try_reserve_exact(padding.saturating_add(self.head.len() + self.body.len()))
            .map_err(|_| Error::MEMORY)?;
        let fills = |count| std::iter::repeat_n(fill, count);
        out.extend(fills(self.left));
        out.push_str(&self.head);
        out.extend(fills(self.inner));
        out.push_str(&self.body);
        out.extend(fills(self.right));
        Ok(Some(out))
    }
}

/// How padding is divided: before, after the sign, behind.
pub(super) fn padding(total: usize, align: Align) -> (usize, usize, usize) {
    match align {
        Align::Left => (0, 0, total),
        Align::Right => (total, 0, 0),
        Align::AfterSign => (0, total, 0),
        Align::Center => (total / 2, 0, total - total / 2),
    }
}
