//! `format(str, spec)`: the part of the format mini-language that applies to text.

use taipan_layout::Value;
use taipan_text::unicode;

use super::args::{expect_only_str, type_name};
use super::build::StrBuilder;
use super::kinds::{StrView, length, view};
use super::to_exact;
use crate::objects::type_of;
use crate::owned::PyResult;
use crate::vm::Vm;

/// `str.__format__`.
pub(super) fn method_format(vm: &Vm, this: Value, spec: Value) -> PyResult {
    expect_only_str(vm, spec, "__format__")?;
    if length(spec) == 0 {
        return super::to_exact(vm, this);
    }
    let spec = taipan_text::format::Spec::parse(view(&spec).iter());
    let _ = (type_name, type_of, unicode::is_space, to_exact);
    let _: Option<(StrBuilder, StrView)> = None;
    let _ = spec;
    todo!()
}
