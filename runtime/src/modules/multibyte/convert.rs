//! Whole texts, with what error handlers put in the place of errors.

use taipan_layout::Value;

use super::{Encoding, Trouble};
use crate::objects::str::codec::errors::{DecodeErrors, EncodeErrors, Replacement};
use crate::objects::str::{self, StrBuilder};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

const ILLEGAL: &str = "illegal multibyte sequence";
const INCOMPLETE: &str = "incomplete multibyte sequence";

/// The bytes of a text, and how many characters they are. Without `last` the others may begin a pair.
pub fn encode(
    vm: &Vm,
    encoding: &'static Encoding,
    text: Value,
    errors: &str,
    last: bool,
) -> PyResult<(Vec<u8>, usize)> {
    let view = str::view(&text);
    let mut handler = EncodeErrors::new(vm, encoding.name, text, errors).multibyte();
    let mut out = Vec::new();
    let mut at = 0;
    while let Err(trouble) = encoding.encode(view, &mut at, &mut out, last) {
        let (end, reason) = match trouble {
            Trouble::Incomplete if !last => break,
            Trouble::Incomplete => (view.len(), INCOMPLETE),
            Trouble::Illegal(n) => (at + n, ILLEGAL),
        };
        let (replacement, next) = handler.handle(at, end, reason)?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend(bytes),
            Replacement::Text(text) => {
                let text = text.finish(vm)?;
                let view = str::view(&text);
                let mut at = 0;
                if let Err(trouble) = encoding.encode(view, &mut at, &mut out, true) {
                    let end = if let Trouble::Illegal(n) = trouble { at + n } else { view.len() };
                    return Err(EncodeErrors::new(vm, encoding.name, *text, "strict").raise(at, end, ILLEGAL));
                }
            }
        }
        at = next;
    }
    Ok((out, at))
}

/// The text of bytes, and how many of them it is. Without `last` the others may begin a code. `incomplete` tells whether
/// the last error was of that kind.
pub fn decode(
    vm: &Vm,
    encoding: &'static Encoding,
    data: &[u8],
    errors: &str,
    last: bool,
    incomplete: &mut bool,
) -> PyResult<(Owned, usize)> {
    let mut handler = DecodeErrors::new(vm, encoding.name, data, errors).multibyte();
    let mut out = StrBuilder::with_capacity(data.len() / 2);
    let mut at = 0;
    while let Err(trouble) = encoding.decode(data, &mut at, &mut out) {
        let (end, reason) = match trouble {
            Trouble::Incomplete if !last => break,
            Trouble::Incomplete => (data.len(), INCOMPLETE),
            Trouble::Illegal(n) => (at + n, ILLEGAL),
        };
        *incomplete = trouble == Trouble::Incomplete;
        at = handler.handle(&mut out, at, end, reason)?;
    }
    Ok((out.finish(vm)?, at))
}

/// The error when more is incomplete than can be kept.
pub fn too_much_pending(
    vm: &Vm,
    encoding: &'static Encoding,
    data: &[u8],
    reason: &str,
) -> crate::owned::Raised {
    DecodeErrors::new(vm, encoding.name, data, "strict").raise(0, data.len(), reason)
}
