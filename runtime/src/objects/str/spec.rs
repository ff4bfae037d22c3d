//! `format(str, spec)`: the part of the format mini-language that applies to text.

use taipan_layout::Value;
use taipan_text::spec::{Defaults, FormatSpec, text};

use super::args::expect_only_str;
use super::build::StrBuilder;
use super::kinds::{length, view, with_units};
use crate::objects::{int, type_of};
use crate::owned::{Counted, PyResult};
use crate::vm::Vm;

/// `str.__format__`.
pub(super) fn method_format(vm: &Vm, this: Value, spec: Value) -> PyResult {
    expect_only_str(vm, spec, "__format__")?;
    if length(spec) == 0 {
        return crate::protocol::object::str(vm, this);
    }
    let name = type_of(vm, this).name_str();
    let parsed = with_units!(view(&spec), units => FormatSpec::parse(units, Defaults::text(&name)));
    let layout = match parsed.and_then(|spec| text::format(&spec, length(this), &name)) {
        Ok(layout) => layout,
        Err(e) => return Err(int::arith::raise(vm, e)),
    };
    if layout.left == 0 && layout.right == 0 && layout.take == length(this) {
        return Ok(this.own());
    }
    let mut out = StrBuilder::with_capacity(layout.take);
    out.push_repeated(layout.fill, layout.left);
    out.push_view(view(&this).slice(0, layout.take));
    out.push_repeated(layout.fill, layout.right);
    out.finish(vm)
}
