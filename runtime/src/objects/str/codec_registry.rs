//! Encodings that the runtime does not know itself: those that Python code registers with `codecs`.

use taipan_layout::Value;

use super::args::{builtin, is_str};
use crate::objects::{bytes, int, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// The function `encode` or `decode` of a text encoding.
fn function(vm: &Vm, encoding: &str, direction: &str) -> PyResult {
    let import = builtin(vm, "__import__")?;
    let codecs = match protocol::call::positional(vm, *import, &[*str::intern(vm, "codecs")]) {
        Ok(module) => module,
        Err(raised) => {
            // Without the standard library there are no other encodings.
            drop(vm.catch(raised, vm.types.module_not_found_error)?);
            return Err(vm.raise(vm.types.lookup_error, &format!("unknown encoding: {encoding}")));
        }
    };
    let lookup = protocol::attr::get_str(vm, *codecs, "lookup")?;
    let name = str::new(vm, encoding)?;
    let info = protocol::call::positional(vm, *lookup, &[*name])?;
    let is_text = str::intern(vm, "_is_text_encoding");
    if let Some(flag) = protocol::attr::get_optional(vm, *info, *is_text)?
        && !protocol::compare::is_true(vm, *flag)?
    {
        return Err(vm.raise(
            vm.types.lookup_error,
            &format!(
                "'{encoding}' is not a text encoding; use codecs.{direction}() to handle arbitrary codecs"
            ),
        ));
    }
    protocol::attr::get_str(vm, *info, direction)
}

fn call(vm: &Vm, input: Value, encoding: &str, errors: &str, direction: &str) -> PyResult<Owned> {
    let f = function(vm, encoding, direction)?;
    let errors = str::new(vm, errors)?;
    let result = protocol::call::positional(vm, *f, &[input, *errors])?;
    let is_pair = type_of(vm, *result) == vm.types.tuple && tuple::items(&result).len() == 2;
    if !is_pair || int::as_i64(tuple::items(&result)[1]).is_none() {
        let role = if direction == "encode" { "encoder" } else { "decoder" };
        return Err(vm.type_error(&format!("{role} must return a tuple (object, integer)")));
    }
    Ok(tuple::items(&result)[0].own())
}

pub(super) fn encode(vm: &Vm, text: Value, encoding: &str, errors: &str) -> PyResult {
    let result = call(vm, text, encoding, errors, "encode")?;
    if bytes::is_bytes(vm, *result) {
        return Ok(result);
    }
    let got = type_of(vm, *result).name_str();
    Err(vm.type_error(&format!(
        "'{encoding}' encoder returned '{got}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types"
    )))
}

pub(super) fn decode(vm: &Vm, data: Value, encoding: &str, errors: &str) -> PyResult {
    let result = call(vm, data, encoding, errors, "decode")?;
    if is_str(vm, *result) {
        return Ok(result);
    }
    let got = type_of(vm, *result).name_str();
    Err(vm.type_error(&format!(
        "'{encoding}' decoder returned '{got}' instead of 'str'; use codecs.decode() to decode to arbitrary types"
    )))
}
