//! `_suggestions`: the name that was probably meant, for `traceback`.

use taipan_layout::Value;

use super::NativeModule;
use crate::objects::exceptions::print::suggest;
use crate::objects::spec::{MethodSpec, function};
use crate::objects::{is_instance, list, str, type_of};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

pub static MODULE: NativeModule =
    NativeModule { name: "_suggestions", doc: "", functions: FUNCTIONS, fill: |_, _| Ok(()) };

static FUNCTIONS: &[MethodSpec] = &[function(
    "_generate_suggestions",
    "($module, candidates, item, /)",
    generate,
    "The candidate closest to item, or None when none is close.",
)];

fn generate(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (candidates, item) = (args[0], args[1]);
    if !is_instance(vm, item, vm.types.str) {
        let got = type_of(vm, item).name_str();
        return Err(vm.type_error(&format!("_generate_suggestions() argument 2 must be str, not {got}")));
    }
    if type_of(vm, candidates) != vm.types.list {
        return Err(vm.type_error("candidates must be a list"));
    }
    if list::items(&candidates).iter().any(|c| !is_instance(vm, *c, vm.types.str)) {
        return Err(vm.type_error("all elements in 'candidates' must be strings"));
    }
    let names: Vec<String> = list::items(&candidates).iter().map(|c| str::to_string_lossy(*c)).collect();
    match suggest::closest(names.iter().map(String::as_str), &str::to_string_lossy(item)) {
        Some(name) => str::new(vm, name),
        None => Ok(Owned::none()),
    }
}
