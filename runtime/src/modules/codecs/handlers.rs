//! The built-in error handlers as callables: what `codecs.lookup_error` gives.

use taipan_layout::Value;

use crate::objects::spec::{MethodSpec, function1};
use crate::objects::str::codec::Codec;
use crate::objects::str::codec::errors::{Handler, Replacement};
use crate::objects::str::{self, StrBuilder};
use crate::objects::{bytes, is_instance, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// The part of `len` items that the error is about, forced to be a sensible one.
fn range(vm: &Vm, exception: Value, len: usize) -> PyResult<(usize, usize)> {
    let number = |name: &str| -> PyResult<isize> {
        let v = protocol::attr::get_str(vm, exception, name)?;
        protocol::index::to_isize_clamped(vm, *v)
    };
    let start = (number("start")?.max(0) as usize).min(len.saturating_sub(1));
    let end = (number("end")?.max(1) as usize).min(len);
    Ok((start, end.max(start)))
}

fn codec_of(vm: &Vm, exception: Value) -> PyResult<Option<Codec>> {
    let name = protocol::attr::get_str(vm, exception, "encoding")?;
    Ok(Codec::by_name(&str::to_string_lossy(*name)))
}

fn raise(vm: &Vm, exception: Value) -> Raised {
    vm.restore_exception(exception.own())
}

fn answer(vm: &Vm, replacement: Owned, at: usize) -> PyResult {
    tuple::from_owned(vm, vec![replacement, Owned::fixnum(at as i64)])
}

fn handle(vm: &Vm, handler: Handler, e: Value) -> PyResult {
    if handler == Handler::Strict {
        if is_instance(vm, e, vm.types.base_exception) {
            return Err(raise(vm, e));
        }
        return Err(vm.type_error("codec must pass exception instance"));
    }
    let object = || protocol::attr::get_str(vm, e, "object");
    if is_instance(vm, e, vm.types.unicode_encode_error) {
        let text = object()?;
        let (start, end) = range(vm, e, str::length(*text))?;
        let part = str::view(&text).slice(start, end);
        return match handler.encode(vm, codec_of(vm, e)?, part)? {
            Some((replacement, covered)) if covered == part.len() => {
                let replacement = match replacement {
                    Replacement::Text(text) => text.finish(vm)?,
                    Replacement::Bytes(raw) => bytes::new(vm, &raw)?,
                };
                answer(vm, replacement, end)
            }
            _ => Err(raise(vm, e)),
        };
    }
    if is_instance(vm, e, vm.types.unicode_decode_error) && handler.decodes() {
        let data = object()?;
        let raw = bytes::as_slice(&data);
        let (start, end) = range(vm, e, raw.len())?;
        let mut out = StrBuilder::new();
        return match handler.decode(codec_of(vm, e)?, raw, start, end, &mut out) {
            Some(at) => answer(vm, out.finish(vm)?, at),
            None => Err(raise(vm, e)),
        };
    }
    if is_instance(vm, e, vm.types.unicode_translate_error) {
        let text = object()?;
        let (start, end) = range(vm, e, str::length(*text))?;
        let mut out = StrBuilder::new();
        match handler {
            Handler::Ignore => return answer(vm, str::empty(vm), end),
            Handler::Replace => out.push_repeated(0xFFFD, end - start),
            Handler::BackslashReplace => {
                let part = str::view(&text).slice(start, end);
                part.iter().for_each(|c| str::repr::push_hex_escape(&mut out, c));
            }
            _ => return Err(unexpected(vm, e)),
        }
        return answer(vm, out.finish(vm)?, end);
    }
    Err(unexpected(vm, e))
}

fn unexpected(vm: &Vm, e: Value) -> Raised {
    let got = type_of(vm, e).name_str();
    vm.type_error(&format!("don't know how to handle {got} in error callback"))
}

macro_rules! handlers {
    ($($name:literal $function:literal $handler:ident $doc:literal;)*) => {
        static HANDLERS: &[(&str, MethodSpec)] = &[$((
            $name,
            function1(
                $function,
                "($module, exception, /)",
                |vm, _, e| handle(vm, Handler::$handler, e),
                $doc,
            ),
        )),*];
    };
}

handlers! {
    "strict" "strict_errors" Strict "Raises the error.";
    "ignore" "ignore_errors" Ignore "Leaves out what is wrong.";
    "replace" "replace_errors" Replace "Puts a replacement marker in place of what is wrong.";
    "xmlcharrefreplace" "xmlcharrefreplace_errors" XmlCharRefReplace "Writes XML character references.";
    "backslashreplace" "backslashreplace_errors" BackslashReplace "Writes escapes with a backslash.";
    "namereplace" "namereplace_errors" NameReplace "Writes the names of the characters.";
    "surrogatepass" "surrogatepass" SurrogatePass "";
    "surrogateescape" "surrogateescape" SurrogateEscape "";
}

/// The declaration of the built-in handler `name`.
pub(super) fn function_of(name: &str) -> Option<&'static MethodSpec> {
    HANDLERS.iter().find(|(n, _)| *n == name).map(|(_, spec)| spec)
}
