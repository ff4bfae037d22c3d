//! `str`: immutable text.
//!
//! | module | holds |
//! |---|---|
//! | `kinds` | what an object looks like inside; code for three widths at once |
//! | `build` | making strings |
//! | `intern` | strings that exist once, hashing |
//! | `compare` | equality and order |
//! | `concat` | `+`, `+=`, `*`, `join` |
//! | `index` | subscription, slices, iteration |
//! | `find`, `split`, `edit` | searching, cutting, changing |
//! | `case` | upper and lower case, classes of characters |
//! | `repr` | `repr` and `ascii` |
//! | `format`, `spec`, `percent` | `str.format`, `format(str, spec)`, `%` |
//! | `translate` | `translate` and its tables |
//! | `codec`, `codec_registry` | encoding and decoding |
//! | `args` | argument checks of the methods |
//! | `methods` | the type's slots and method table |

pub mod args;
pub mod build;
pub mod case;
pub mod codec;
pub mod codec_registry;
pub mod compare;
pub mod concat;
pub mod edit;
pub mod find;
pub mod format;
pub mod index;
pub mod intern;
pub mod kinds;
pub mod methods;
pub mod percent;
pub mod repr;
mod spec;
pub mod split;
#[cfg(test)]
mod tests;
mod translate;

use std::borrow::Cow;

use taipan_layout::Value;

pub use args::is_str;
pub use build::{
    StrBuilder, empty, from_ascii, from_char, from_code_points, from_view, from_wtf8, new, to_exact,
};
pub use compare::{compare, equal, equals_str};
pub use concat::{append_in_place, concat, join, repeat};
pub use edit::replace_text;
pub use index::{ASCII_ITER_SPEC, ITER_SPEC, char_at, item, substring};
pub(crate) use intern::hash_key;
pub use intern::{
    InternTable, hash, intern, intern_ascii, intern_static, intern_value, interned_count, is_interned,
};
pub use kinds::{StrView, Unit, ascii, is_ascii, is_exact, length, view};
pub use methods::SPEC;
pub use repr::{ascii_repr, escape_non_ascii};

/// The text with surrogates replaced by U+FFFD.
pub fn to_string_lossy(v: Value) -> String {
    view(&v).to_string_lossy()
}

/// Generalised UTF-8: UTF-8, but surrogates are encoded as if they were characters.
pub fn to_wtf8(v: Value) -> Vec<u8> {
    view(&v).to_wtf8()
}

/// The text as UTF-8, without a copy when it is ASCII; `None` when it has surrogates.
pub fn as_str(v: &Value) -> Option<Cow<'_, str>> {
    if let Some(text) = ascii(v) {
        return std::str::from_utf8(text).ok().map(Cow::Borrowed);
    }
    String::from_utf8(to_wtf8(*v)).ok().map(Cow::Owned)
}

/// Whether the text can be a name (`str.isidentifier`).
pub fn is_identifier(text: &str) -> bool {
    let units: Vec<u32> = text.chars().map(u32::from).collect();
    taipan_text::unicode::is_identifier(&units)
}
