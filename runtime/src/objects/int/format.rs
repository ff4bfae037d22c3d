//! `__format__` of the three number types: the mini-language is `taipan_text::spec`'s.

use dashu_int::IBig;
use taipan_layout::Value;
use taipan_text::spec::number::{self, IntContext, Locale};
use taipan_text::spec::{Defaults, FormatSpec, Layout};

use super::arith::check;
use super::text::max_str_digits;
use super::{payload, view};
use crate::objects::complex::C64;
use crate::objects::str::{self, StrView};
use crate::objects::{is_instance, type_of};
use crate::owned::PyResult;
use crate::protocol;
use crate::vm::Vm;

/// Parses the specification; `None` for an empty one, which means `str(this)`.
fn parse(vm: &Vm, spec: Value, defaults: Defaults) -> PyResult<Option<FormatSpec>> {
    if !is_instance(vm, spec, vm.types.str) {
        let got = type_of(vm, spec).name_str();
        return Err(vm.type_error(&format!("__format__() argument must be str, not {got}")));
    }
    let parsed = match str::view(&spec) {
        StrView::One([]) => return Ok(None),
        StrView::One(units) => FormatSpec::parse(units, defaults),
        StrView::Two(units) => FormatSpec::parse(units, defaults),
        StrView::Four(units) => FormatSpec::parse(units, defaults),
    };
    check(vm, parsed).map(Some)
}

fn to_str(vm: &Vm, layout: taipan_text::Result<Layout>) -> PyResult {
    let layout = check(vm, layout)?;
    match check(vm, layout.to_text())? {
        Some(text) => str::new(vm, &text),
        None => str::from_code_points(vm, check(vm, layout.to_code_points())?),
    }
}

/// How the type `n` writes numbers; C's way for the other types, which do not ask.
fn locale_for(spec: &FormatSpec) -> Locale {
    if spec.kind == Some('n'.into()) { crate::modules::locale::number_format() } else { Locale::default() }
}

/// `int.__format__`.
pub(super) fn format_int(vm: &Vm, this: Value, spec: Value) -> PyResult {
    let type_name = type_of(vm, this).name_str();
    let Some(spec) = parse(vm, spec, Defaults::int(&type_name))? else {
        return protocol::object::str(vm, this);
    };
    let locale = locale_for(&spec);
    let context = IntContext { type_name: &type_name, max_digits: max_str_digits(vm), locale: &locale };
    let value: &IBig = &view(payload(this)).operand();
    to_str(vm, number::format_int(&spec, value, context))
}

/// `float.__format__`, for the float `value` that `this` is.
pub fn format_float(vm: &Vm, this: Value, value: f64, spec: Value) -> PyResult {
    let type_name = type_of(vm, this).name_str();
    match parse(vm, spec, Defaults::float(&type_name))? {
        Some(spec) => to_str(vm, number::format_float(&spec, value, &type_name, &locale_for(&spec))),
        None => protocol::object::str(vm, this),
    }
}

/// `complex.__format__`, for the complex `value` that `this` is.
pub fn format_complex(vm: &Vm, this: Value, value: C64, spec: Value) -> PyResult {
    let type_name = type_of(vm, this).name_str();
    match parse(vm, spec, Defaults::float(&type_name))? {
        Some(spec) => {
            to_str(vm, number::format_complex(&spec, value.re, value.im, &type_name, &locale_for(&spec)))
        }
        None => protocol::object::str(vm, this),
    }
}
