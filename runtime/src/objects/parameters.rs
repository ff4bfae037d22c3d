//! Arguments of the constructors of the execution types, by position or by name.

use taipan_layout::Value;

use super::{TypeRef, str, type_of};
use crate::args::Args;
use crate::owned::PyResult;
use crate::signature::unexpected_keyword;
use crate::vm::Vm;

/// Binds `args` to parameters called `names`, of which the first `required` must be given; NULL stands for the others.
pub(super) fn bind<const N: usize>(
    vm: &Vm,
    function: &str,
    names: [&str; N],
    required: usize,
    args: Args,
) -> PyResult<[Value; N]> {
    let mut out = [Value::NULL; N];
    let given = args.all().len();
    if given > N {
        let bound = if required == N { "exactly" } else { "at most" };
        return Err(vm.type_error(&format!("{function}() takes {bound} {N} arguments ({given} given)")));
    }
    out[..args.pos().len()].copy_from_slice(args.pos());
    for (keyword, value) in args.keywords() {
        let text = str::to_string_lossy(keyword);
        let Some(i) = names.iter().position(|n| *n == text) else {
            return Err(unexpected_keyword(vm, function, keyword, names.iter().copied()));
        };
        if !out[i].is_null() {
            return Err(vm.type_error(&format!(
                "argument for {function}() given by name ('{text}') and position ({})",
                i + 1
            )));
        }
        out[i] = value;
    }
    if let Some(i) = out[..required].iter().position(|v| v.is_null()) {
        let name = names[i];
        return Err(
            vm.type_error(&format!("{function}() missing required argument '{name}' (pos {})", i + 1))
        );
    }
    Ok(out)
}

/// `TypeError` unless `v` is an instance of `ty`.
pub(super) fn expect(vm: &Vm, function: &str, parameter: &str, v: Value, ty: TypeRef) -> PyResult<()> {
    if super::is_instance(vm, v, ty) {
        return Ok(());
    }
    let (expected, got) = (ty.name_str(), type_of(vm, v).name_str());
    Err(vm.type_error(&format!("{function}() argument '{parameter}' must be {expected}, not {got}")))
}
