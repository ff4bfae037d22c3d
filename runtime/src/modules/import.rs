//! `__import__`: modules that are loaded already, native modules, then source files on `sys.path`.
//!
//! This is the plain part of the import protocol: packages, relative imports and `fromlist`, without finders,
//! loaders or compiled files.

use std::path::{Path, PathBuf};

use taipan_layout::Value;

use super::builtins::compiler::{Flags, Mode};
use super::builtins::{compile_source_bytes, optional};
use crate::embedded;
use crate::objects::exceptions::{self, print::sys_attribute};
use crate::objects::{dict, is_instance, list, module, str, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub(super) fn import_function(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let given = |i: usize| optional(args, i).filter(|v| !v.is_none());
    if !is_instance(vm, args[0], vm.types.str) {
        return Err(vm.type_error("module name must be a string"));
    }
    let level = match optional(args, 4) {
        Some(v) => protocol::index::to_i32(vm, v)?,
        None => 0,
    };
    import(vm, &str::to_string_lossy(args[0]), given(1), given(3), level)
}

/// `__import__(name, globals, None, fromlist, level)`.
pub fn import(vm: &Vm, name: &str, globals: Option<Value>, fromlist: Option<Value>, level: i32) -> PyResult {
    if level < 0 {
        return Err(vm.value_error("level must be >= 0"));
    }
    let absolute = if level == 0 {
        if name.is_empty() {
            return Err(vm.value_error("Empty module name"));
        }
        name.to_owned()
    } else {
        resolve_relative(vm, name, globals, level as usize)?
    };
    let m = load_dotted(vm, &absolute)?;
    let wants_names = match fromlist {
        Some(list) => protocol::compare::is_true(vm, list)?,
        None => false,
    };
    if wants_names {
        if let Some(names) = fromlist {
            import_submodules(vm, *m, &absolute, names)?;
        }
        return Ok(m);
    }
    if level > 0 && name.is_empty() {
        return Ok(m);
    }
    // `import a.b` binds `a`; relative to a package, the first part of what was written.
    let first = name.split('.').next().unwrap_or(name);
    let keep = absolute.len() - (name.len() - first.len());
    load_dotted(vm, &absolute[..keep])
}

/// The absolute name of a relative import.
fn resolve_relative(vm: &Vm, name: &str, globals: Option<Value>, level: usize) -> PyResult<String> {
    let no_package =
        || vm.raise(vm.types.import_error, "attempted relative import with no known parent package");
    let globals = globals.filter(|g| is_instance(vm, *g, vm.types.dict)).ok_or_else(no_package)?;
    let text = |key: Value| {
        dict::get_str(vm, globals, key)
            .filter(|v| is_instance(vm, *v, vm.types.str))
            .map(str::to_string_lossy)
    };
    let package = match text(*vm.names.__package__) {
        Some(p) => p,
        None => {
            let own = text(*vm.names.__name__).ok_or_else(no_package)?;
            if dict::get_str(vm, globals, *vm.names.__path__).is_some() {
                own
            } else {
                own.rsplit_once('.').map_or(String::new(), |(parent, _)| parent.to_owned())
            }
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

fn loaded(vm: &Vm, name: &str) -> Option<Owned> {
    let modules = vm.state.modules.get()?;
    let key = str::intern(vm, name);
    dict::get_str(vm, modules, *key).map(Counted::own)
}

fn not_found(vm: &Vm, name: &str, reason: &str) -> Raised {
    let key = str::intern(vm, name);
    let text = format!("No module named '{name}'{reason}");
    exceptions::import_error(vm, vm.types.module_not_found_error, &text, *key, Value::NULL, Value::NULL)
}

/// The module called `name`, its parents loaded first.
fn load_dotted(vm: &Vm, name: &str) -> PyResult {
    if let Some(m) = loaded(vm, name) {
        if m.is_none() {
            let text = format!("import of {name} halted; None in sys.modules");
            let key = str::intern(vm, name);
            return Err(exceptions::import_error(
                vm,
                vm.types.module_not_found_error,
                &text,
                *key,
                Value::NULL,
                Value::NULL,
            ));
        }
        return Ok(m);
    }
    let Some((parent_name, last)) = name.rsplit_once('.') else {
        return load(vm, name, name, &search_path(vm));
    };
    let parent = load_dotted(vm, parent_name)?;
    // Loading the parent may have loaded this one.
    if let Some(m) = loaded(vm, name) {
        return Ok(m);
    }
    let Some(path) = protocol::attr::get_optional(vm, *parent, *vm.names.__path__)? else {
        return Err(not_found(vm, name, &format!("; '{parent_name}' is not a package")));
    };
    let m = load(vm, name, last, &path_entries(vm, *path)?)?;
    let key = str::intern(vm, last);
    protocol::attr::set(vm, *parent, *key, *m)?;
    Ok(m)
}

fn path_entries(vm: &Vm, path: Value) -> PyResult<Vec<PathBuf>> {
    let entries = protocol::iter::collect(vm, path)?;
    Ok(entries
        .iter()
        .filter(|e| is_instance(vm, ***e, vm.types.str))
        .map(|e| PathBuf::from(str::to_string_lossy(**e)))
        .collect())
}

fn search_path(vm: &Vm) -> Vec<PathBuf> {
    let Some(path) = sys_attribute(vm, "path") else { return Vec::new() };
    if !is_instance(vm, *path, vm.types.list) {
        return Vec::new();
    }
    list::items(&path)
        .iter()
        .filter(|e| is_instance(vm, **e, vm.types.str))
        .map(|e| PathBuf::from(str::to_string_lossy(*e)))
        .collect()
}

/// Loads `full_name`, whose last part is `last`, from the first place that has it.
fn load(vm: &Vm, full_name: &str, last: &str, path: &[PathBuf]) -> PyResult {
    if let Some(native) = super::find(full_name) {
        let m = super::create(vm, native)?;
        super::register(vm, native.name, *m)?;
        return Ok(m);
    }
    if let Some(built_in) = embedded::find(vm, full_name) {
        let code = embedded::load(vm, &built_in)?;
        let package = Path::new(built_in.filename).parent().filter(|_| built_in.is_package);
        return run_module(vm, full_name, built_in.filename, package, *code);
    }
    for dir in path {
        let package = dir.join(last);
        let init = package.join("__init__.py");
        if init.is_file() {
            return run_file(vm, full_name, &init, Some(&package));
        }
        // A module without source is its `.pyc`.
        for suffix in ["py", "pyc"] {
            let file = dir.join(format!("{last}.{suffix}"));
            if file.is_file() {
                return run_file(vm, full_name, &file, None);
            }
        }
    }
    Err(not_found(vm, full_name, ""))
}

fn run_file(vm: &Vm, name: &str, file: &Path, package: Option<&Path>) -> PyResult {
    let source = match std::fs::read(file) {
        Ok(source) => source,
        Err(e) => {
            let shown = str::new(vm, &file.to_string_lossy())?;
            return Err(exceptions::io_error(vm, &e, Some(*shown)));
        }
    };
    let filename = file.to_string_lossy();
    let code = if file.extension().is_some_and(|e| e == "pyc") {
        crate::launch::read_pyc(vm, &source)?
    } else {
        let flags = Flags { optimize: vm.config.optimize, ..Flags::default() };
        compile_source_bytes(vm, &source, &filename, Mode::Module, flags)?
    };
    run_module(vm, name, &filename, package, *code)
}

fn run_module(vm: &Vm, name: &str, filename: &str, package: Option<&Path>, code: Value) -> PyResult {
    let m = module::new(vm, name)?;
    super::set_text(vm, *m, "__file__", filename)?;
    let parent = match package {
        Some(dir) => {
            let dir = str::new(vm, &dir.to_string_lossy())?;
            let path = list::new(vm, vec![dir])?;
            super::set(vm, *m, "__path__", *path)?;
            name
        }
        None => name.rsplit_once('.').map_or("", |(p, _)| p),
    };
    super::set_text(vm, *m, "__package__", parent)?;
    if let Some(b) = vm.state.builtins.get() {
        super::set(vm, *m, "__builtins__", b)?;
    }
    super::register(vm, name, *m)?;
    let namespace = module::dict(*m).own();
    if let Err(raised) = crate::interp::run_code(vm, code, *namespace, *namespace) {
        // A module whose body failed is not there.
        let e = vm.take_exception(raised);
        if let Some(modules) = vm.state.modules.get()
            && loaded(vm, name).is_some()
        {
            let key = str::intern(vm, name);
            dict::delete(vm, modules, *key)?;
        }
        return Err(vm.restore_exception(e));
    }
    // The body may have put something else into `sys.modules`.
    Ok(loaded(vm, name).unwrap_or(m))
}

/// `from package import name` also finds submodules.
fn import_submodules(vm: &Vm, m: Value, name: &str, names: Value) -> PyResult<()> {
    if protocol::attr::get_optional(vm, m, *vm.names.__path__)?.is_none() {
        return Ok(());
    }
    for n in protocol::iter::collect(vm, names)? {
        if !is_instance(vm, *n, vm.types.str) {
            let got = type_of(vm, *n).name_str();
            return Err(vm.type_error(&format!("Item in ``from list'' must be str, not {got}")));
        }
        if str::equals_str(*n, "*") {
            if let Some(all) = protocol::attr::get_optional(vm, m, *vm.names.__all__)? {
                import_submodules(vm, m, name, *all)?;
            }
            continue;
        }
        if protocol::attr::get_optional(vm, m, *n)?.is_some() {
            continue;
        }
        let full = format!("{name}.{}", str::to_string_lossy(*n));
        if let Err(raised) = load_dotted(vm, &full) {
            let e = vm.catch(raised, vm.types.module_not_found_error)?;
            // Only the absence of that very module is no error here: the importer reports the name instead.
            let missing = exceptions::import_name(*e).map(|n| str::to_string_lossy(*n));
            if missing.as_deref() != Some(full.as_str()) {
                return Err(vm.restore_exception(e));
            }
        }
    }
    Ok(())
}
