//! `__import__` and the `import` statement.
//!
//! Whatever is in `sys.modules` and complete is found here; everything else is `importlib`'s work
//! (`_find_and_load`, `_handle_fromlist`). Frames of `importlib` are taken out of the tracebacks of what fails, as far as
//! they say nothing about the program.

pub mod timing;

use taipan_layout::Value;

use super::builtins::optional;
use super::imp::loaded;
use super::{direct_import, waiting};
use crate::objects::exceptions::{self, print::sys_attribute};
use crate::objects::{dict, is_instance, module, str, traceback, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub(super) fn import_function(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let given = |i: usize| optional(args, i).filter(|v| !v.is_none());
    let level = match optional(args, 4) {
        Some(v) => protocol::index::to_i32(vm, v)?,
        None => 0,
    };
    import_value(vm, args[0], given(1), given(3), level)
}

/// Imports a module by its absolute name and returns the module itself (not its first package).
pub fn import(vm: &Vm, name: &str) -> PyResult {
    let name = str::intern(vm, name);
    load(vm, *name)
}

/// `__import__(name, globals, None, fromlist, level)`.
pub fn import_value(
    vm: &Vm,
    name: Value,
    globals: Option<Value>,
    fromlist: Option<Value>,
    level: i32,
) -> PyResult {
    if !is_instance(vm, name, vm.types.str) {
        return Err(vm.type_error("module name must be a string"));
    }
    if level < 0 {
        return Err(vm.value_error("level must be >= 0"));
    }
    let absolute = if level == 0 {
        if str::length(name) == 0 {
            return Err(vm.value_error("Empty module name"));
        }
        name.own()
    } else {
        let resolved = resolve_relative(vm, &str::to_string_lossy(name), globals, level as usize)?;
        str::intern(vm, &resolved)
    };
    let m = load(vm, *absolute)?;
    let wants_names = match fromlist {
        Some(list) => protocol::compare::is_true(vm, list)?,
        None => false,
    };
    if let Some(names) = fromlist.filter(|_| wants_names) {
        return with_submodules(vm, m, names);
    }
    let text = str::to_string_lossy(name);
    let Some((first, _)) = text.split_once('.') else {
        return Ok(m);
    };
    // `import a.b` binds `a`; relative to a package, the first part of what was written.
    if level == 0 {
        let first = str::intern(vm, first);
        return load(vm, *first);
    }
    let whole = str::to_string_lossy(*absolute);
    let kept = str::intern(vm, &whole[..whole.len() - (text.len() - first.len())]);
    match loaded(vm, *kept)? {
        Some(m) => Ok(m),
        None => {
            let text = format!("'{}' not in sys.modules as expected", str::to_string_lossy(*kept));
            let text = str::new(vm, &text)?;
            Err(vm.raise_with(vm.types.key_error, &[*text]))
        }
    }
}

/// The module of this absolute name, loaded if need be.
pub(super) fn load(vm: &Vm, name: Value) -> PyResult {
    if let Some(m) = loaded(vm, name)?.filter(|m| !m.is_none()) {
        waiting::complete(vm, *m)?;
        // With one thread, nobody else can be running the module's code.
        if vm.threads.count() > 0
            && is_initializing(vm, *m)
            && let Some(f) = function(vm, "_lock_unlock_module")
        {
            protocol::call::positional(vm, *f, &[name])?;
        }
        if vm.config.import_time > 1 {
            timing::found(vm, name);
        }
        return Ok(m);
    }
    if vm.config.import_time > 0 && function(vm, "_find_and_load").is_some() {
        return timing::timed(vm, name, || load_anew(vm, name));
    }
    load_anew(vm, name)
}

/// [`load`] of a module that is not in `sys.modules`.
fn load_anew(vm: &Vm, name: Value) -> PyResult {
    if let Some(m) = direct_import::load(vm, name)? {
        return Ok(m);
    }
    // Before importlib runs there is nothing but native modules.
    let Some(find) = function(vm, "_find_and_load") else {
        return match super::find(vm, &str::to_string_lossy(name)) {
            Some(native) => {
                let m = super::create(vm, native)?;
                super::register(vm, native.name, *m)?;
                Ok(m)
            }
            None => {
                let text = format!("No module named '{}'", str::to_string_lossy(name));
                let ty = vm.types.module_not_found_error;
                Err(exceptions::import_error(vm, ty, &text, name, Value::NULL, Value::NULL))
            }
        };
    };
    let import = vm.state.import_function.get().unwrap_or(Value::NONE);
    protocol::call::positional(vm, *find, &[name, import]).map_err(|raised| without_importlib(vm, raised))
}

/// A function of `importlib._bootstrap`; `None` while that is not there yet.
pub(super) fn function(vm: &Vm, name: &str) -> Option<Owned> {
    let importlib = vm.state.importlib.get()?;
    dict::get_str(vm, module::dict(importlib), *str::intern(vm, name)).map(Counted::own)
}

/// Whether a module's body is still running.
pub fn is_initializing(vm: &Vm, m: Value) -> bool {
    let spec = if module::is_module(vm, m) {
        let namespace = module::dict(m);
        if namespace.is_null() {
            return false;
        }
        dict::get_str(vm, namespace, *vm.names.__spec__).map(Counted::own)
    } else {
        protocol::attr::get_optional(vm, m, *vm.names.__spec__).unwrap_or_else(|raised| {
            vm.discard(raised);
            None
        })
    };
    let Some(spec) = spec.filter(|s| !s.is_none()) else { return false };
    match protocol::attr::get_optional(vm, *spec, *vm.names._initializing) {
        Ok(Some(v)) => protocol::compare::is_true(vm, *v).unwrap_or_else(|raised| {
            vm.discard(raised);
            false
        }),
        Ok(None) => false,
        Err(raised) => {
            vm.discard(raised);
            false
        }
    }
}

/// `from package import name` also finds submodules: importlib loads those that are not attributes yet.
fn with_submodules(vm: &Vm, m: Owned, names: Value) -> PyResult {
    if protocol::attr::get_optional(vm, *m, *vm.names.__path__)?.is_none() {
        return Ok(m);
    }
    if is_instance(vm, names, vm.types.tuple) {
        let mut all_there = true;
        for name in tuple::items(&names) {
            all_there = all_there
                && is_instance(vm, *name, vm.types.str)
                && !str::equals_str(*name, "*")
                && protocol::attr::get_optional(vm, *m, *name)?.is_some();
        }
        if all_there {
            return Ok(m);
        }
    }
    let Some(handle) = function(vm, "_handle_fromlist") else { return Ok(m) };
    let import = vm.state.import_function.get().unwrap_or(Value::NONE);
    protocol::call::positional(vm, *handle, &[*m, names, import])
        .map_err(|raised| without_importlib(vm, raised))
}

/// The absolute name of a relative import.
fn resolve_relative(vm: &Vm, name: &str, globals: Option<Value>, level: usize) -> PyResult<String> {
    let no_package =
        || vm.raise(vm.types.import_error, "attempted relative import with no known parent package");
    let Some(globals) = globals else {
        return Err(vm.key_error(*str::intern(vm, "'__name__' not in globals")));
    };
    if !is_instance(vm, globals, vm.types.dict) {
        return Err(vm.type_error("globals must be a dict"));
    }
    let entry = |key: Value| dict::get_str(vm, globals, key).map(Counted::own).filter(|v| !v.is_none());
    let package = if let Some(package) = entry(*vm.names.__package__) {
        if !is_instance(vm, *package, vm.types.str) {
            return Err(vm.type_error("package must be a string"));
        }
        str::to_string_lossy(*package)
    } else if let Some(spec) = entry(*vm.names.__spec__) {
        let parent = protocol::attr::get_str(vm, *spec, "parent")?;
        if !is_instance(vm, *parent, vm.types.str) {
            return Err(vm.type_error("__spec__.parent must be a string"));
        }
        str::to_string_lossy(*parent)
    } else {
        let text =
            "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__";
        super::warnings::warn(vm, vm.types.import_warning, text, 1)?;
        let Some(own) = entry(*vm.names.__name__) else {
            let text = str::new(vm, "'__name__' not in globals")?;
            return Err(vm.raise_with(vm.types.key_error, &[*text]));
        };
        if !is_instance(vm, *own, vm.types.str) {
            return Err(vm.type_error("__name__ must be a string"));
        }
        let own = str::to_string_lossy(*own);
        if dict::get_str(vm, globals, *vm.names.__path__).is_some() {
            own
        } else {
            own.rsplit_once('.').map_or(String::new(), |(parent, _)| parent.to_owned())
        }
    };
    if package.is_empty() {
        return Err(no_package());
    }
    let mut base = package.as_str();
    for _ in 1..level {
        match base.rsplit_once('.') {
            Some((parent, _)) => base = parent,
            None => {
                return Err(
                    vm.raise(vm.types.import_error, "attempted relative import beyond top-level package")
                );
            }
        }
    }
    Ok(if name.is_empty() { base.to_owned() } else { format!("{base}.{name}") })
}

/// Takes runs of importlib's frames out of the traceback: all of them for an ImportError, otherwise those that end in the
/// call of the program's code.
fn without_importlib(vm: &Vm, raised: Raised) -> Raised {
    let exc = vm.take_exception(raised);
    let is_verbose = vm.config.verbose > 0;
    let always = is_instance(vm, *exc, vm.types.import_error);
    let first = exceptions::traceback(*exc);
    if !is_verbose && !first.is_null() {
        let mut entries: Vec<Owned> = Vec::new();
        let (mut run_start, mut inside) = (0, false);
        let mut next = Some(first.own());
        while let Some(entry) = next {
            next = traceback::next(*entry).map(Counted::own);
            let (is_importlib, is_call) = match traceback::code_of(*entry) {
                Some(code) => {
                    let file = str::to_string_lossy(code.filename);
                    let of_importlib = file == "<frozen importlib._bootstrap>"
                        || file == "<frozen importlib._bootstrap_external>";
                    (of_importlib, str::equals_str(code.name, "_call_with_frames_removed"))
                }
                None => (false, false),
            };
            if is_importlib && !inside {
                run_start = entries.len();
            }
            inside = is_importlib;
            if inside && (always || is_call) {
                entries.truncate(run_start);
            } else {
                entries.push(entry);
            }
        }
        let mut chain: Option<Owned> = None;
        for entry in entries.into_iter().rev() {
            traceback::set_next_entry(*entry, chain);
            chain = Some(entry);
        }
        exceptions::set_traceback(*exc, chain);
    }
    vm.restore_exception(exc)
}

/// The ImportError of `from module import name`.
pub fn cannot_import(vm: &Vm, m: Value, name: Value) -> Raised {
    let attribute = |object: Value, name: Value| -> PyResult<Option<Owned>> {
        Ok(protocol::attr::get_optional(vm, object, name)?.filter(|v| is_instance(vm, **v, vm.types.str)))
    };
    let raised = (|| -> PyResult<Raised> {
        let package = attribute(m, *vm.names.__name__)?;
        let file = match attribute(m, *vm.names.__file__)? {
            Some(file) => Some(file),
            None => {
                let spec = protocol::attr::get_optional(vm, m, *vm.names.__spec__)?.filter(|s| !s.is_none());
                match spec {
                    Some(spec) if has_location(vm, *spec)? => attribute(*spec, *str::intern(vm, "origin"))?,
                    _ => None,
                }
            }
        };
        let shown = |v: &Option<Owned>| v.as_ref().map(|v| str::to_string_lossy(**v));
        let wanted = protocol::object::repr_string(vm, name)?;
        let module_name = match &package {
            Some(p) => protocol::object::repr_string(vm, **p)?,
            None => "'<unknown module name>'".to_owned(),
        };
        let text = if is_initializing(vm, m) {
            let place = shown(&file).map_or(String::new(), |f| format!(" ({f})"));
            format!(
                "cannot import name {wanted} from partially initialized module {module_name} (most likely due to a \
                 circular import){place}"
            )
        } else {
            let place = shown(&file).unwrap_or_else(|| "unknown location".to_owned());
            format!("cannot import name {wanted} from {module_name} ({place})")
        };
        let word = |v: &Option<Owned>| v.as_ref().map_or(Value::NONE, |v| v.value());
        let (package, file) = (word(&package), word(&file));
        Ok(exceptions::import_error(vm, vm.types.import_error, &text, package, file, name))
    })();
    raised.unwrap_or_else(|raised| raised)
}

fn has_location(vm: &Vm, spec: Value) -> PyResult<bool> {
    match protocol::attr::get_optional(vm, spec, *str::intern(vm, "has_location"))? {
        Some(v) => protocol::compare::is_true(vm, *v),
        None => Ok(false),
    }
}

/// `sys.path`, when it still is a list.
pub fn search_path(vm: &Vm) -> Option<Owned> {
    sys_attribute(vm, "path").filter(|p| type_of(vm, **p) == vm.types.list)
}
