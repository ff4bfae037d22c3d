//! `_string`: how `str.format` reads templates, for `string.Formatter`.

use taipan_layout::Value;
use taipan_text::spec::template::{Argument, FieldName, Markups, Step, Steps};

use super::NativeModule;
use crate::objects::spec::{MethodSpec, function1};
use crate::objects::str::kinds::with_units;
use crate::objects::str::{self, Unit, args};
use crate::objects::{int, list, tuple, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_string",
    doc: "What string.Formatter takes fields apart with.",
    functions: FUNCTIONS,
    fill: |_, _| Ok(()),
};

fn expect_str(vm: &Vm, v: Value) -> PyResult<()> {
    if args::is_str(vm, v) {
        return Ok(());
    }
    let got = type_of(vm, v).name_str();
    Err(vm.type_error(&format!("expected str, got {got}")))
}

/// Tuples of literal text, field name, format specification and conversion.
fn parser(vm: &Vm, _: Value, template: Value) -> PyResult {
    expect_str(vm, template)?;
    let pieces = with_units!(str::view(&template), units => pieces(vm, units))?;
    let all = list::new(vm, pieces)?;
    protocol::iter::iter(vm, *all)
}

fn pieces<U: Unit>(vm: &Vm, template: &[U]) -> PyResult<Vec<Owned>> {
    let mut out = Vec::new();
    for markup in Markups::new(template) {
        let markup = int::arith::check(vm, markup)?;
        let part = |range: std::ops::Range<usize>| str::from_view(vm, U::view(&template[range]));
        let literal = part(markup.literal)?;
        let rest = match markup.field {
            Some(field) => {
                let conversion = field.conversion.map_or(Ok(Owned::none()), |c| str::from_char(vm, c))?;
                [part(field.name)?, part(field.spec)?, conversion]
            }
            None => [Owned::none(), Owned::none(), Owned::none()],
        };
        let [name, spec, conversion] = rest;
        out.push(tuple::from_owned(vm, vec![literal, name, spec, conversion])?);
    }
    Ok(out)
}

/// The argument that a field name begins with, and an iterator over the accesses after it.
fn split(vm: &Vm, _: Value, name: Value) -> PyResult {
    expect_str(vm, name)?;
    with_units!(str::view(&name), units => split_units(vm, units))
}

fn split_units<U: Unit>(vm: &Vm, name: &[U]) -> PyResult {
    let parsed = int::arith::check(vm, FieldName::parse(name))?;
    let first = match parsed.argument {
        Argument::Automatic => str::empty(vm),
        Argument::Index(n) => int::from_usize(vm, n)?,
        Argument::Keyword(range) => str::from_view(vm, U::view(&name[range]))?,
    };
    let mut steps = Vec::new();
    for step in Steps::new(name, parsed.rest) {
        let (is_attribute, value) = match int::arith::check(vm, step)? {
            Step::Attribute(range) => (true, str::from_view(vm, U::view(&name[range]))?),
            Step::Index(n) => (false, int::from_usize(vm, n)?),
            Step::Key(range) => (false, str::from_view(vm, U::view(&name[range]))?),
        };
        steps.push(tuple::from_owned(vm, vec![Owned::bool(is_attribute), value])?);
    }
    let steps = list::new(vm, steps)?;
    let steps = protocol::iter::iter(vm, *steps)?;
    tuple::from_owned(vm, vec![first, steps])
}

static FUNCTIONS: &[MethodSpec] = &[
    function1("formatter_parser", "($self, object, /)", parser, "Takes a format string apart."),
    function1("formatter_field_name_split", "($self, object, /)", split, "Takes a field name apart."),
];
