//! `_json`: what makes `json` fast.
//!
//! | module | holds |
//! |---|---|
//! | `text` | strings with escapes, both ways |
//! | `scan` | `make_scanner`: a document → objects |
//! | `encode` | `make_encoder`: objects → a document |

pub mod encode;
pub mod scan;
mod text;

use taipan_layout::Value;

use super::{NativeModule, add_type};
use crate::objects::spec::{MethodSpec, function, function1};
use crate::objects::str::{self, StrBuilder, StrView};
use crate::objects::{TypeRef, int, tuple, type_of};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_json",
    doc: "json speedups",
    functions: FUNCTIONS,
    fill: |vm, m| {
        add_type(vm, m, vm.types.json_scanner, &scan::SCANNER)?;
        super::set(vm, m, "make_scanner", vm.types.json_scanner.value())?;
        add_type(vm, m, vm.types.json_encoder, &encode::ENCODER)?;
        super::set(vm, m, "make_encoder", vm.types.json_encoder.value())
    },
};

static FUNCTIONS: &[MethodSpec] = &[
    function1(
        "encode_basestring_ascii",
        "($module, string, /)",
        |vm, _, v| quoted(vm, v, text::quote_ascii),
        "Return an ASCII-only JSON representation of a Python string",
    ),
    function1(
        "encode_basestring",
        "($module, string, /)",
        |vm, _, v| quoted(vm, v, text::quote),
        "Return a JSON representation of a Python string",
    ),
    function(
        "scanstring",
        "($module, string, end, strict=True, /)",
        scanstring,
        "Scan the string s for a JSON string.\n\nEnd is the index of the character in s after the quote that started the JSON \
         string. If strict is False\nthen literal control characters are allowed in the string.\n\nReturns a tuple of the \
         decoded string and the index of the character in s\nafter the end quote.",
    ),
];

fn quoted(vm: &Vm, v: Value, quote: fn(&mut StrBuilder, StrView<'_>)) -> PyResult {
    if !str::is_str(vm, v) {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("first argument must be a string, not {got}")));
    }
    let mut out = StrBuilder::with_capacity(str::length(v) + 2);
    quote(&mut out, str::view(&v));
    out.finish(vm)
}

fn scanstring(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (source, end) = (args[0], protocol::index::to_isize(vm, args[1])?);
    let strict = super::native::passed(args[2])
        .map_or(Ok(true), |v| protocol::index::to_i32(vm, v).map(|n| n != 0))?;
    if !str::is_str(vm, source) {
        let got = type_of(vm, source).name_str();
        return Err(vm.type_error(&format!("first argument must be a string, not {got}")));
    }
    let end = usize::try_from(end).ok().filter(|end| *end <= str::length(source));
    let Some(end) = end else { return Err(vm.value_error("end is out of bounds")) };
    let (made, next) = text::scan(vm, source, end, strict)?;
    tuple::pair(vm, made, int::from_usize(vm, next)?)
}

/// `json.JSONDecodeError` at a place of the document.
#[cold]
fn refuse(vm: &Vm, message: &str, document: Value, at: usize) -> Raised {
    refuse_at(vm, message, document, at as isize)
}

/// [`refuse`] where a string may seem to begin before the document.
#[cold]
fn refuse_at(vm: &Vm, message: &str, document: Value, at: isize) -> Raised {
    let make = || -> PyResult<Owned> {
        let module = super::import(vm, "json.decoder")?;
        // `import` answers with the outermost package or the module; the attribute is where it is known to be.
        let class = match super::attribute(vm, "json.decoder", "JSONDecodeError") {
            Some(class) => class,
            None => protocol::attr::get_str(vm, *module, "JSONDecodeError")?,
        };
        let message = str::new(vm, message)?;
        let at = int::new(vm, at as i64)?;
        protocol::call::positional(vm, *class, &[*message, document, *at])
    };
    match make() {
        Ok(e) => vm.set_exception(e),
        Err(raised) => raised,
    }
}

/// Whether `f` is this module's function of that name.
fn is_own(vm: &Vm, f: Value, name: &str) -> bool {
    super::attribute(vm, "_json", name).is_some_and(|own| *own == f)
}

/// The class that was called, or the module's own.
fn class_or(vm: &Vm, cls: Value, own: TypeRef) -> TypeRef {
    TypeRef::from_value(vm, cls).unwrap_or(own)
}
