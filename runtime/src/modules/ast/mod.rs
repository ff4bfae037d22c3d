//! `_taipan_ast`: what `_ast` makes its classes from, and the syntax trees of `compile()`.
//!
//! | module | holds |
//! |---|---|
//! | `objects` | nodes of the compiler → objects of `_ast`'s classes |
//! | `nodes` | objects → nodes, with CPython's messages about what is missing |

mod nodes;
mod objects;

use taipan_frontend::syntax_tree::asdl;
use taipan_layout::Value;

use super::{NativeModule, set_text};
use crate::objects::{module, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

pub use nodes::{is_node, read};
pub use objects::make;

pub static MODULE: NativeModule = NativeModule {
    name: "_taipan_ast",
    doc: "The table of the syntax tree's classes.",
    functions: &[],
    fill: |vm, m| set_text(vm, m, "TABLE", asdl::TABLE),
};

/// A class of `_ast`.
fn class(vm: &Vm, name: &str) -> PyResult {
    let m = super::import(vm, "_ast")?;
    match crate::objects::dict::get_str(vm, module::dict(*m), *str::intern(vm, name)) {
        Some(class) => Ok(class.own()),
        None => Err(vm.system_error(&format!("_ast has no class {name}"))),
    }
}

/// The classes of one conversion, looked up once.
#[derive(Default)]
struct Classes(rustc_hash::FxHashMap<&'static str, Owned>);

impl Classes {
    fn get(&mut self, vm: &Vm, name: &'static str) -> PyResult<Value> {
        if let Some(class) = self.0.get(name) {
            return Ok(**class);
        }
        let class = class(vm, name)?;
        let word = *class;
        self.0.insert(name, class);
        Ok(word)
    }
}
