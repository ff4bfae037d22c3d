//! Objects that are written as the name of a global: classes, functions, and whatever a reducer gives a name.

use taipan_layout::Value;

use super::names::{self, Direction};
use super::opcodes::*;
use super::save::Saver;
use crate::objects::{dict, exceptions, int, str, tuple};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

impl Saver<'_> {
    /// A class whose type is `type`. The types of singletons have no name that could be looked up.
    pub fn save_type(&self, v: Value) -> PyResult<()> {
        let types = &self.vm.types;
        let singletons = [
            (types.none_type, Value::NONE),
            (types.ellipsis, Value::ELLIPSIS),
            (types.not_implemented_type, Value::NOT_IMPLEMENTED),
        ];
        let Some((_, singleton)) = singletons.into_iter().find(|(ty, _)| ty.value() == v) else {
            return self.save_global(v, None);
        };
        let args = tuple::from_slice(self.vm, &[singleton])?;
        let reduced = tuple::from_slice(self.vm, &[types.type_.value(), *args])?;
        self.save_reduced(*reduced, Some(v))
    }

    /// `v` by the name of a global, its own name unless one is given.
    pub fn save_global(&self, v: Value, name: Option<Value>) -> PyResult<()> {
        let vm = self.vm;
        let name = match name {
            Some(name) => name.own(),
            None => match protocol::attr::get_optional(vm, v, *vm.names.__qualname__)? {
                Some(name) => name,
                None => protocol::attr::get(vm, v, *vm.names.__name__)?,
            },
        };
        let path = path(vm, *name)?;
        let module = which_module(vm, v, *name, &path)?;
        if self.protocol >= 2 && self.save_extension(*module, *name)? {
            return Ok(());
        }
        if self.protocol >= 4 {
            self.save(*module)?;
            self.save(*name)?;
            self.push(STACK_GLOBAL);
            return self.memoize(v);
        }
        // An attribute of a global is the global passed to `getattr`, as often as there are dots.
        let attributes = path.get(1..).unwrap_or_default();
        for _ in attributes {
            let getattr = self.globals.getattr(vm)?.clone();
            self.save(*getattr)?;
            if self.protocol < 2 {
                self.push(MARK);
            }
        }
        let first = path.first().cloned().unwrap_or(name);
        self.save_toplevel(module, first)?;
        for attribute in attributes {
            self.save(**attribute)?;
            self.extend(&[if self.protocol < 2 { TUPLE } else { TUPLE2 }, REDUCE]);
        }
        self.memoize(v)
    }

    /// A global without dots, as text.
    fn save_toplevel(&self, module: Owned, name: Owned) -> PyResult<()> {
        let vm = self.vm;
        let (module, name) = if self.protocol < 3 && self.state().fix_imports {
            names::translate(vm, Direction::ToOld, *module, *name)?
        } else {
            (module, name)
        };
        let encoding = if self.protocol == 3 { "utf-8" } else { "ascii" };
        self.push(GLOBAL);
        for (what, text) in [("module", module), ("global", name)] {
            let encoded = match str::codec::encode(vm, *text, encoding, "strict") {
                Ok(encoded) => encoded,
                Err(raised) => {
                    let cause = vm.catch(raised, vm.types.unicode_encode_error)?;
                    let text = protocol::object::repr_string(vm, *text)?;
                    let protocol = self.protocol;
                    let text =
                        format!("can't pickle {what} identifier {text} using pickle protocol {protocol}");
                    return Err(in_context(vm, cause, super::pickling_error(vm, &text)));
                }
            };
            self.extend(crate::objects::bytes::as_slice(&encoded));
            self.push(b'\n');
        }
        Ok(())
    }

    /// The code that was registered for a global; says whether there is one.
    fn save_extension(&self, module: Value, name: Value) -> PyResult<bool> {
        let vm = self.vm;
        let registry = self.globals.extension_registry(vm)?;
        if dict::len(**registry) == 0 {
            return Ok(false);
        }
        let key = tuple::from_slice(vm, &[module, name])?;
        let Some(code) = dict::get(vm, **registry, *key)? else { return Ok(false) };
        let code = protocol::number::index(vm, *code)?;
        let Some(code) = int::as_i64(*code) else {
            return Err(vm.overflow_error("Python int too large to convert to C long"));
        };
        let Some(n) = u32::try_from(code).ok().filter(|n| (1..=0x7FFF_FFFF).contains(n)) else {
            return Err(vm.runtime_error(&format!("extension code {code} is out of range")));
        };
        let b = n.to_le_bytes();
        match n {
            0..0x100 => self.extend(&[EXT1, b[0]]),
            0x100..0x1_0000 => self.extend(&[EXT2, b[0], b[1]]),
            _ => self.extend(&[EXT4, b[0], b[1], b[2], b[3]]),
        }
        Ok(true)
    }
}

/// Makes `cause` the context of the exception that is being raised.
#[cold]
fn in_context(vm: &Vm, cause: Owned, raised: Raised) -> Raised {
    let e = vm.take_exception(raised);
    exceptions::set_context(*e, Some(cause));
    vm.restore_exception(e)
}

/// The parts of a dotted name; none if there is no dot.
pub fn path(vm: &Vm, name: Value) -> PyResult<Vec<Owned>> {
    if !str::is_str(vm, name) {
        return Ok(Vec::new());
    }
    let text = str::view(&name);
    let dot = u32::from(b'.');
    if !text.iter().any(|c| c == dot) {
        return Ok(Vec::new());
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for end in 0..=text.len() {
        if end == text.len() || text.get(end) == dot {
            parts.push(str::from_view(vm, text.slice(start, end))?);
            start = end + 1;
        }
    }
    Ok(parts)
}

/// What `name` is in a module; `path` are its parts if it has dots.
pub fn resolve(vm: &Vm, module: Value, name: Value, path: &[Owned]) -> PyResult {
    if path.is_empty() {
        return protocol::attr::get(vm, module, name);
    }
    let mut at = module.own();
    for part in path {
        at = protocol::attr::get(vm, *at, **part)?;
    }
    Ok(at)
}

/// The name of the module in which `v` is a global, which it must be.
fn which_module(vm: &Vm, v: Value, name: Value, path: &[Owned]) -> PyResult {
    let is_local = |part: &Value| str::equals_str(*part, "<locals>");
    let own = protocol::attr::get_optional(vm, v, *vm.names.__module__)?.filter(|m| !m.is_none());
    if path.iter().any(|part| is_local(part)) || str::is_str(vm, name) && is_local(&name) {
        let v = protocol::object::repr_string(vm, v)?;
        return Err(super::pickling_error(vm, &format!("Can't pickle local object {v}")));
    }
    let module = match own {
        Some(module) => module,
        None => match search(vm, v, name, path)? {
            Some(module) => return Ok(module),
            None => vm.names.__main__.own(),
        },
    };
    let loaded = if str::is_str(vm, *module) && str::length(*module) == 0 {
        Err(vm.value_error("Empty module name"))
    } else if str::is_str(vm, *module) {
        crate::modules::import::load(vm, *module)
    } else {
        Err(vm.type_error("module name must be a string"))
    };
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(raised) => {
            let cause = vm
                .catch(raised, vm.types.import_error)
                .or_else(|raised| vm.catch(raised, vm.types.value_error))
                .or_else(|raised| vm.catch(raised, vm.types.key_error))?;
            let why = protocol::object::str(vm, *cause)?;
            let v = protocol::object::repr_string(vm, v)?;
            let text = format!("Can't pickle {v}: {}", str::to_string_lossy(*why));
            return Err(in_context(vm, cause, super::pickling_error(vm, &text)));
        }
    };
    let found = match resolve(vm, *loaded, name, path) {
        Ok(found) => found,
        Err(raised) => {
            let cause = vm.catch(raised, vm.types.attribute_error)?;
            let text = wrong_name(vm, v, "found", *module, name)?;
            return Err(in_context(vm, cause, super::pickling_error(vm, &text)));
        }
    };
    if *found == v {
        return Ok(module);
    }
    Err(super::pickling_error(vm, &wrong_name(vm, v, "the same object", *module, name)?))
}

fn wrong_name(vm: &Vm, v: Value, what: &str, module: Value, name: Value) -> PyResult<String> {
    let v = protocol::object::repr_string(vm, v)?;
    let [module, name] = [module, name].map(str::to_string_lossy);
    Ok(format!("Can't pickle {v}: it's not {what} as {module}.{name}"))
}

/// The module that has `v`, for objects that do not know theirs.
fn search(vm: &Vm, v: Value, name: Value, path: &[Owned]) -> PyResult<Option<Owned>> {
    let Some(modules) = vm.state.modules.get() else { return Ok(None) };
    for (module_name, module) in dict::snapshot(modules) {
        let is_main = str::is_str(vm, *module_name)
            && ["__main__", "__mp_main__"].iter().any(|main| str::equals_str(*module_name, main));
        if is_main || module.is_none() {
            continue;
        }
        match resolve(vm, *module, name, path) {
            Ok(found) if *found == v => return Ok(Some(module_name)),
            Ok(_) => {}
            Err(raised) => drop(vm.catch(raised, vm.types.attribute_error)?),
        }
    }
    Ok(None)
}
