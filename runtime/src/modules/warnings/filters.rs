//! Filters: what is to become of a warning; and registries: what was shown before.

use std::cell::{Cell, RefCell};

use taipan_layout::Value;

use super::explicit::Warning;
use super::place::Place;
use crate::modules;
use crate::objects::{TypeRef, dict, int, is_instance, list, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, object};
use crate::vm::Vm;

/// The interpreter's own objects, which the module `_warnings` shows; owned for its whole life.
#[derive(Default)]
pub struct State {
    made: RefCell<Option<Objects>>,
    /// Counts changes of the filters: registries of another version are out of date.
    pub version: Cell<i64>,
}

#[derive(Clone)]
pub struct Objects {
    pub filters: Owned,
    pub once: Owned,
    pub default_action: Owned,
    pub lock: Owned,
    /// The context variable with filters of its own (`-X context_aware_warnings`).
    pub context: Owned,
}

pub fn state(vm: &Vm) -> PyResult<Objects> {
    if let Some(objects) = vm.warnings.made.borrow().clone() {
        return Ok(objects);
    }
    let t = &vm.types;
    let filter = |action: &str, category: TypeRef, module: Option<&str>| {
        let module = module.map_or_else(|| Ok(Owned::none()), |name| str::new(vm, name))?;
        let action = str::intern(vm, action);
        tuple::from_slice(vm, &[*action, Value::NONE, category.value(), *module, Value::fixnum(0)])
    };
    let filters = vec![
        filter("default", t.deprecation_warning, Some("__main__"))?,
        filter("ignore", t.deprecation_warning, None)?,
        filter("ignore", t.pending_deprecation_warning, None)?,
        filter("ignore", t.import_warning, None)?,
        filter("ignore", t.resource_warning, None)?,
    ];
    let made_by = |module: &str, name: &str, args: &[Value]| {
        let module = modules::import(vm, module)?;
        protocol::attr::call_attr(vm, *module, name, args)
    };
    let context = str::new(vm, "_warnings_context")?;
    let objects = Objects {
        filters: list::new(vm, filters)?,
        once: dict::new(vm)?,
        default_action: str::intern(vm, "default").own(),
        lock: made_by("_thread", "RLock", &[])?,
        context: made_by("_contextvars", "ContextVar", &[*context])?,
    };
    *vm.warnings.made.borrow_mut() = Some(objects.clone());
    Ok(objects)
}

/// What the module `warnings` has under this name, which is the interpreter's from then on; else what that has.
fn current(vm: &Vm, name: &str, own: fn(&mut Objects) -> &mut Owned) -> PyResult {
    let mut objects = state(vm)?;
    let Some(known) = modules::attribute(vm, "warnings", name) else { return Ok(own(&mut objects).clone()) };
    *own(&mut objects) = known.clone();
    let before = vm.warnings.made.replace(Some(objects));
    drop(before);
    Ok(known)
}

/// What the filters say, and the filter that says it.
pub fn action(vm: &Vm, warning: &Warning, place: &Place) -> PyResult<(Owned, Owned)> {
    let filters = current(vm, "filters", |own| &mut own.filters)?;
    if !is_instance(vm, *filters, vm.types.list) {
        return Err(vm.value_error("_warnings.filters must be a list"));
    }
    let mut index = 0;
    // Matching may change the list.
    while index < list::len(*filters) {
        let item = list::items(&filters)[index].own();
        let parts = match tuple::is_tuple(vm, *item).then(|| tuple::items(&item)) {
            Some(&[action, message, category, module, line]) => (action, message, category, module, line),
            _ => {
                let text = format!("_warnings.filters item {index} isn't a 5-tuple");
                return Err(vm.value_error(&text));
            }
        };
        let (action, message, category, module, line) = parts;
        if !str::is_str(vm, action) {
            let got = type_of(vm, action).name_str();
            return Err(vm.type_error(&format!("action must be a string, not '{got}'")));
        }
        let line = protocol::index::to_isize(vm, line)? as i64;
        if (line == 0 || line == place.line)
            && matches(vm, message, *warning.text)?
            && matches(vm, module, *place.module)?
            && object::is_subclass(vm, *warning.category, category)?
        {
            return Ok((action.own(), item));
        }
        index += 1;
    }
    let action = current(vm, "defaultaction", |own| &mut own.default_action)?;
    if !str::is_str(vm, *action) {
        let got = type_of(vm, *action).name_str();
        return Err(vm.type_error(&format!("_warnings.defaultaction must be a string, not '{got}'")));
    }
    Ok((action, Owned::none()))
}

/// `None` matches anything, a string itself, and a pattern what it matches.
fn matches(vm: &Vm, pattern: Value, text: Value) -> PyResult<bool> {
    if pattern.is_none() {
        return Ok(true);
    }
    if type_of(vm, pattern) == vm.types.str {
        return protocol::compare::equal(vm, pattern, text);
    }
    let found = protocol::attr::call_attr(vm, pattern, "match", &[text])?;
    protocol::compare::is_true(vm, *found)
}

/// Whether a registry has the key; one of older filters is emptied first. With `note` it has it from now on.
pub fn was_shown(vm: &Vm, registry: Value, key: Value, note: bool) -> PyResult<bool> {
    let version_key = str::intern(vm, "version");
    let version = vm.warnings.version.get();
    let known = dict::get(vm, registry, *version_key)?;
    if known.as_deref().and_then(|v| int::as_i64(*v)) != Some(version) {
        dict::clear(vm, registry);
        dict::set(vm, registry, *version_key, *int::from_i64(vm, version)?)?;
    } else if let Some(before) = dict::get(vm, registry, key)?
        && protocol::compare::is_true(vm, *before)?
    {
        return Ok(true);
    }
    if note {
        dict::set(vm, registry, key, Value::TRUE)?;
    }
    Ok(false)
}

/// The registry of warnings that are shown once, wherever they come from.
pub fn once_registry(vm: &Vm) -> PyResult {
    let registry = current(vm, "onceregistry", |own| &mut own.once)?;
    if !is_instance(vm, *registry, vm.types.dict) {
        let got = type_of(vm, *registry).name_str();
        return Err(vm.type_error(&format!("_warnings.onceregistry must be a dict, not '{got}'")));
    }
    Ok(registry)
}
