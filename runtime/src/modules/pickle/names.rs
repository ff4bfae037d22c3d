//! What other modules know about names: `copyreg`'s registries and `_compat_pickle`'s tables. They are looked up at most once
//! for a pickle.

use std::cell::OnceCell;

use taipan_layout::Value;

use crate::objects::{dict, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[derive(Default)]
pub struct Globals {
    dispatch_table: OnceCell<Owned>,
    extension_registry: OnceCell<Owned>,
    encode: OnceCell<Owned>,
    getattr: OnceCell<Owned>,
}

fn fetch(vm: &Vm, module: &str, name: &str) -> PyResult {
    let m = crate::modules::import::load(vm, *str::intern(vm, module))?;
    protocol::attr::get_str(vm, *m, name)
}

/// A dict of a module.
fn table(vm: &Vm, module: &str, name: &str) -> PyResult {
    let found = fetch(vm, module, name)?;
    if is_instance(vm, *found, vm.types.dict) {
        return Ok(found);
    }
    let got = type_of(vm, *found).name_str();
    Err(vm.runtime_error(&format!("{module}.{name} should be a dict, not {got}")))
}

fn cached(cell: &OnceCell<Owned>, make: impl FnOnce() -> PyResult) -> PyResult<&Owned> {
    if let Some(known) = cell.get() {
        return Ok(known);
    }
    let made = make()?;
    Ok(cell.get_or_init(|| made))
}

impl Globals {
    /// `copyreg.dispatch_table`.
    pub fn dispatch_table(&self, vm: &Vm) -> PyResult<&Owned> {
        cached(&self.dispatch_table, || table(vm, "copyreg", "dispatch_table"))
    }

    /// `copyreg._extension_registry`: names to codes.
    pub fn extension_registry(&self, vm: &Vm) -> PyResult<&Owned> {
        cached(&self.extension_registry, || table(vm, "copyreg", "_extension_registry"))
    }

    /// `codecs.encode`, under the name that it has in pickles.
    pub fn encode(&self, vm: &Vm) -> PyResult<&Owned> {
        cached(&self.encode, || fetch(vm, "_codecs", "encode"))
    }

    /// `getattr`.
    pub fn getattr(&self, vm: &Vm) -> PyResult<&Owned> {
        cached(&self.getattr, || fetch(vm, "builtins", "getattr"))
    }
}

/// `functools.partial`.
pub fn partial(vm: &Vm) -> PyResult {
    fetch(vm, "functools", "partial")
}

/// `copyreg._inverted_registry`: codes to names.
pub fn inverted_registry(vm: &Vm) -> PyResult {
    table(vm, "copyreg", "_inverted_registry")
}

/// `copyreg._extension_cache`: codes to objects.
pub fn extension_cache(vm: &Vm) -> PyResult {
    table(vm, "copyreg", "_extension_cache")
}

/// The direction in which names of the library are translated.
#[derive(Clone, Copy)]
pub enum Direction {
    /// From this Python's names to those of Python 2.
    ToOld,
    FromOld,
}

impl Direction {
    fn tables(self) -> [&'static str; 2] {
        match self {
            Direction::ToOld => ["REVERSE_NAME_MAPPING", "REVERSE_IMPORT_MAPPING"],
            Direction::FromOld => ["NAME_MAPPING", "IMPORT_MAPPING"],
        }
    }
}

/// The module and name of a global in the other Python.
pub fn translate(vm: &Vm, direction: Direction, module: Value, name: Value) -> PyResult<(Owned, Owned)> {
    const MODULE: &str = "_compat_pickle";
    let [names, modules] = direction.tables();
    let is_str = |v: Value| is_instance(vm, v, vm.types.str);
    let by_name = table(vm, MODULE, names)?;
    let key = tuple::from_slice(vm, &[module, name])?;
    if let Some(pair) = dict::get(vm, *by_name, *key)? {
        if !tuple::is_tuple(vm, *pair) || tuple::len(*pair) != 2 {
            let got = type_of(vm, *pair).name_str();
            return Err(vm.runtime_error(&format!("{MODULE}.{names} values should be 2-tuples, not {got}")));
        }
        let [module, name] = [tuple::items(&pair)[0], tuple::items(&pair)[1]];
        if !is_str(module) || !is_str(name) {
            let (a, b) = (type_of(vm, module).name_str(), type_of(vm, name).name_str());
            let text = format!("{MODULE}.{names} values should be pairs of str, not ({a}, {b})");
            return Err(vm.runtime_error(&text));
        }
        return Ok((module.own(), name.own()));
    }
    let by_module = table(vm, MODULE, modules)?;
    let module = match dict::get(vm, *by_module, module)? {
        Some(other) if !is_str(*other) => {
            let got = type_of(vm, *other).name_str();
            return Err(vm.runtime_error(&format!("{MODULE}.{modules} values should be strings, not {got}")));
        }
        Some(other) => other,
        None => module.own(),
    };
    Ok((module, name.own()))
}
