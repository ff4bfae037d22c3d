//! `_imp`: what `importlib` needs of the runtime, and the embedded standard library.
//!
//! Two kinds of embedded modules ([`taipan_stdlib`]): those of the core that CPython freezes as well are imported by
//! `FrozenImporter`; all others look like source files in `sys._stdlib_dir` and are imported by `_taipan_library`, a
//! path hook, through the `_library_*` functions here.

use taipan_frontend::marshal::{dump_code, lazy};
use taipan_layout::Value;
use taipan_stdlib::{CORE, Module};

use super::NativeModule;
use super::builtins::compile_source_bytes;
use super::builtins::compiler::{Flags, Mode};
use super::builtins::optional;
use crate::embedded;
use crate::objects::exceptions::print::sys_attribute;
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::{bytes, code, dict, exceptions, int, is_instance, list, str, tuple};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_imp",
    doc: "Built-in and frozen modules, for importlib.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        let mode = vm.config.check_hash_based_pycs.as_deref().unwrap_or("default");
        super::set_text(vm, m, "check_hash_based_pycs", mode)?;
        let magic = taipan_frontend::marshal::MAGIC_NUMBER;
        let token = i64::from(u32::from_le_bytes(magic));
        super::set(vm, m, "pyc_magic_number_token", Value::fixnum(token))
    },
};

fn command(vm: &Vm, _: Value) -> PyResult {
    match crate::objects::exceptions::print::command(vm) {
        Some((code, text)) => {
            let text = crate::objects::str::new(vm, &text)?;
            crate::objects::tuple::from_slice(vm, &[*code, *text])
        }
        None => Ok(Owned::none()),
    }
}

static FUNCTIONS: &[MethodSpec] = &[
    function0("_command", command, "Code and text of the program that -c was given, or None: for linecache."),
    function0(
        "lock_held",
        |vm, _| Ok(Owned::bool(vm.threads.import_lock.count() > 0)),
        "Whether the import lock is held.",
    ),
    function0(
        "acquire_lock",
        |vm, _| vm.threads.import_lock.acquire(vm, None).map(|_| Owned::none()),
        "Acquire the import lock.",
    ),
    function0("release_lock", release_lock, "Release the import lock."),
    function0(
        "extension_suffixes",
        |vm, _| list::new(vm, Vec::new()),
        "The file name endings of extension modules: there are none.",
    ),
    function1(
        "is_builtin",
        "($module, name, /)",
        is_builtin,
        "1 for a native module, -1 for one that can not be made again.",
    ),
    function1("create_builtin", "($module, spec, /)", create_builtin, "Create a native module."),
    function1(
        "exec_builtin",
        "($module, mod, /)",
        |_, _, _| Ok(Owned::fixnum(0)),
        "Initialize a native module.",
    ),
    function(
        "create_dynamic",
        "($module, spec, file=<unrepresentable>, /)",
        create_dynamic,
        "Make a module of a shared library.",
    ),
    function1(
        "exec_dynamic",
        "($module, mod, /)",
        |_, _, _| Ok(Owned::fixnum(0)),
        "Run the initialisation of a module made of a shared library.",
    ),
    function(
        "find_frozen",
        "($module, name, /, *, withdata=False)",
        find_frozen,
        "Information about a frozen module: data, whether it is a package, its original name.",
    ),
    function(
        "get_frozen_object",
        "($module, name, data=None, /)",
        get_frozen_object,
        "The code object of a frozen module.",
    ),
    function1(
        "is_frozen",
        "($module, name, /)",
        |vm, _, name| Ok(Owned::bool(frozen(vm, name)?.is_some())),
        "Whether a module is frozen.",
    ),
    function1(
        "is_frozen_package",
        "($module, name, /)",
        is_frozen_package,
        "Whether a frozen module is a package.",
    ),
    function0("_frozen_module_names", frozen_module_names, "The names of all frozen modules."),
    function1(
        "_override_frozen_modules_for_tests",
        "($module, override, /)",
        |_, _, _| Ok(Owned::none()),
        "Has no effect: frozen modules are always used.",
    ),
    function1(
        "_override_multi_interp_extensions_check",
        "($module, override, /)",
        |_, _, _| Ok(Owned::fixnum(0)),
        "Has no effect: there are no extension modules.",
    ),
    function(
        "_fix_co_filename",
        "($module, code, path, /)",
        fix_co_filename,
        "Changes code.co_filename to specify the passed-in path.",
    ),
    function("source_hash", "($module, /, key, source)", source_hash, "The hash of a source in a .pyc file."),
    function1(
        "_library_find",
        "($module, name, /)",
        library_find,
        "File and whether it is a package, of an embedded module.",
    ),
    function(
        "_library_code",
        "($module, name, path, /)",
        library_code,
        "The code of an embedded module; None with -O.",
    ),
    function1("_library_source", "($module, name, /)", library_source, "The source of an embedded module."),
    function0(
        "_is_built_program",
        |vm, _| Ok(Owned::bool(vm.config.program.is_some())),
        "Whether this is an executable that was built ahead of time.",
    ),
    function1(
        "_program_find",
        "($module, name, /)",
        program_find,
        "File and whether it is a package, of a built-in module of the program.",
    ),
    function1("_program_code", "($module, name, /)", program_code, "The code of a module of the program."),
    function1(
        "_program_source",
        "($module, name, /)",
        program_source,
        "The source of a module of the program.",
    ),
    function1(
        "_library_names",
        "($module, prefix, /)",
        library_names,
        "Embedded modules directly below a package.",
    ),
];

fn release_lock(vm: &Vm, _: Value) -> PyResult {
    if vm.threads.import_lock.release(vm) {
        Ok(Owned::none())
    } else {
        Err(vm.runtime_error("not holding the import lock"))
    }
}

/// The name in the library of what is imported as `name`, when that is a frozen module.
fn frozen_origin(name: &str) -> &str {
    match name {
        "_frozen_importlib" => "importlib._bootstrap",
        "_frozen_importlib_external" => "importlib._bootstrap_external",
        "os.path" => "posixpath",
        other => other,
    }
}

pub(super) fn find_core(name: &str) -> Option<Module> {
    CORE.find(frozen_origin(name)).filter(|m| m.is_frozen)
}

/// An embedded module by its name: of the core, or of the library when the program carries one.
pub fn find_embedded(vm: &Vm, name: &str) -> Option<Module> {
    CORE.find(name).or_else(|| vm.config.library.and_then(|l| l.find(name)))
}

fn text(vm: &Vm, v: Value, function: &str) -> PyResult<String> {
    str::args::expect_only_str(vm, v, function)?;
    Ok(str::to_string_lossy(v))
}

fn frozen(vm: &Vm, name: Value) -> PyResult<Option<Module>> {
    Ok(find_core(&text(vm, name, "is_frozen")?))
}

fn not_frozen(vm: &Vm, name: Value) -> Raised {
    let text = format!("No such frozen object named {}", str::to_string_lossy(name));
    exceptions::import_error(vm, vm.types.import_error, &text, name, Value::NULL, Value::NULL)
}

fn is_builtin(vm: &Vm, _: Value, name: Value) -> PyResult {
    let name = text(vm, name, "is_builtin")?;
    let once = matches!(name.as_str(), "sys" | "builtins");
    Ok(Owned::fixnum(if once { -1 } else { i64::from(super::find(vm, &name).is_some()) }))
}

fn create_builtin(vm: &Vm, _: Value, spec: Value) -> PyResult {
    let name = protocol::attr::get(vm, spec, *vm.names.name)?;
    let name = text(vm, *name, "create_builtin")?;
    let Some(native) = super::find(vm, &name) else { return Ok(Owned::none()) };
    let kept = match native.name {
        "sys" => vm.state.sys_module.get(),
        "builtins" => vm.state.builtins_module.get(),
        _ => None,
    };
    match kept {
        Some(m) => Ok(m.own()),
        None => super::create(vm, native),
    }
}

fn create_dynamic(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let name = protocol::attr::get(vm, args[0], *vm.names.name)?;
    let text = format!("extension modules are not supported: {}", str::to_string_lossy(*name));
    Err(exceptions::import_error(vm, vm.types.import_error, &text, *name, Value::NULL, Value::NULL))
}

fn find_frozen(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let Some(module) = frozen(vm, args[0])? else { return Ok(Owned::none()) };
    let data = match optional(args, 1) {
        Some(wanted) if protocol::compare::is_true(vm, wanted)? => {
            let data = bytes::new(vm, &complete_code(vm, &module)?)?;
            crate::objects::bytes::memoryview::new(vm, *data)?
        }
        _ => Owned::none(),
    };
    let origin = str::intern(vm, module.name);
    tuple::from_slice(vm, &[*data, Value::bool(module.is_package), *origin])
}

/// A module's code as every reader of marshal data understands it.
fn complete_code(vm: &Vm, module: &Module) -> PyResult<Vec<u8>> {
    let code = lazy::load(module.code).ok().and_then(|code| dump_code(&code).ok());
    code.ok_or_else(|| vm.system_error("a frozen module cannot be read"))
}

fn get_frozen_object(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    if let Some(data) = optional(args, 1).filter(|d| !d.is_none()) {
        let data = bytes::buffer(vm, data)?;
        let loaded = super::marshal::load(vm, data.as_slice(), None)?;
        if !is_instance(vm, *loaded, vm.types.code) {
            return Err(vm.type_error("frozen object is not a code object"));
        }
        return Ok(loaded);
    }
    match frozen(vm, args[0])? {
        Some(module) => frozen_code(vm, &module),
        None => Err(not_frozen(vm, args[0])),
    }
}

/// The code of a frozen module.
pub(super) fn frozen_code(vm: &Vm, module: &Module) -> PyResult {
    let filename = str::intern(vm, &format!("<frozen {}>", module.name));
    super::marshal::load_fixed(vm, module.code, Some(filename))
}

fn is_frozen_package(vm: &Vm, _: Value, name: Value) -> PyResult {
    match frozen(vm, name)? {
        Some(module) => Ok(Owned::bool(module.is_package)),
        None => Err(not_frozen(vm, name)),
    }
}

fn frozen_module_names(vm: &Vm, _: Value) -> PyResult {
    let aliases = ["_frozen_importlib", "_frozen_importlib_external"];
    let names = CORE.modules().filter(|m| m.is_frozen).map(|m| m.name).chain(aliases);
    let names = names.map(|n| str::new(vm, n)).collect::<PyResult<Vec<_>>>()?;
    list::new(vm, names)
}

fn fix_co_filename(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    if !is_instance(vm, args[0], vm.types.code) || !is_instance(vm, args[1], vm.types.str) {
        return Err(vm.type_error("_fix_co_filename() argument 1 must be code, and argument 2 str"));
    }
    code::set_filename(vm, args[0], args[1]);
    Ok(Owned::none())
}

fn source_hash(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    // The key is that of all .pyc files of this version.
    let _ = int::as_i64(args[0]);
    let source = bytes::buffer(vm, args[1])?;
    bytes::new(vm, &taipan_frontend::marshal::source_hash(source.as_slice()))
}

// ---- the embedded library ----

fn library_find(vm: &Vm, _: Value, name: Value) -> PyResult {
    match find_embedded(vm, &text(vm, name, "_library_find")?) {
        Some(m) => {
            let file = str::new(vm, m.file)?;
            tuple::from_slice(vm, &[*file, Value::bool(m.is_package)])
        }
        None => Ok(Owned::none()),
    }
}

fn library_code(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let Some(module) = find_embedded(vm, &text(vm, args[0], "_library_code")?) else {
        return Ok(Owned::none());
    };
    str::args::expect_only_str(vm, args[1], "_library_code")?;
    embedded_code(vm, &module, args[1])
}

/// The code of an embedded module, as if it came from the file `path`.
pub(super) fn embedded_code(vm: &Vm, module: &Module, path: Value) -> PyResult {
    // An executable without the compiler has the core with its assertions.
    if vm.config.optimize > 0 && vm.config.parts.compiler.is_some() {
        let max_digits = crate::objects::int::text::max_str_digits(vm);
        let flags = Flags { optimize: vm.config.optimize.min(2), max_digits, ..Flags::default() };
        let path = str::to_string_lossy(path);
        return compile_source_bytes(vm, &module.source(), &path, Mode::Module, flags);
    }
    super::marshal::load_fixed(vm, module.code, Some(str::intern_value(vm, path)))
}

fn library_source(vm: &Vm, _: Value, name: Value) -> PyResult {
    match find_embedded(vm, &text(vm, name, "_library_source")?) {
        Some(module) => bytes::new(vm, &module.source()),
        None => Ok(Owned::none()),
    }
}

fn library_names(vm: &Vm, _: Value, prefix: Value) -> PyResult {
    let prefix = text(vm, prefix, "_library_names")?;
    let found = list::new(vm, Vec::new())?;
    for m in vm.config.library.iter().flat_map(|l| l.modules()).chain(CORE.modules()) {
        let Some(rest) = m.name.strip_prefix(prefix.as_str()) else { continue };
        if !rest.is_empty() && !rest.contains('.') && m.name != "_taipan_library" {
            let name = str::new(vm, rest)?;
            list::append_owned(vm, *found, tuple::from_slice(vm, &[*name, Value::bool(m.is_package)])?)?;
        }
    }
    Ok(found)
}

// ---- the program inside of a built executable ----

fn program_find(vm: &Vm, _: Value, name: Value) -> PyResult {
    match embedded::find(vm, &text(vm, name, "_program_find")?) {
        Some(m) => {
            let file = str::new(vm, m.filename)?;
            tuple::from_slice(vm, &[*file, Value::bool(m.is_package)])
        }
        None => Ok(Owned::none()),
    }
}

fn program_code(vm: &Vm, _: Value, name: Value) -> PyResult {
    match embedded::find(vm, &text(vm, name, "_program_code")?) {
        Some(m) => embedded::load(vm, &m),
        None => Ok(Owned::none()),
    }
}

fn program_source(vm: &Vm, _: Value, name: Value) -> PyResult {
    match embedded::find(vm, &text(vm, name, "_program_source")?) {
        Some(m) => str::new(vm, m.source),
        None => Ok(Owned::none()),
    }
}

/// The lines of an embedded module's source, for tracebacks.
pub fn source_of_file(vm: &Vm, filename: &str) -> Option<Vec<u8>> {
    let root = library_folder(vm)?;
    let relative = filename.strip_prefix(root.as_str())?.strip_prefix('/')?;
    let stem = relative.strip_suffix("/__init__.py").or_else(|| relative.strip_suffix(".py"))?;
    Some(find_embedded(vm, &stem.replace('/', "."))?.source())
}

/// `sys._stdlib_dir`.
pub fn library_folder(vm: &Vm) -> Option<String> {
    let folder = sys_attribute(vm, "_stdlib_dir").filter(|d| is_instance(vm, **d, vm.types.str))?;
    Some(str::to_string_lossy(*folder))
}

/// `sys.modules[name]`, when it is there.
pub fn loaded(vm: &Vm, name: Value) -> PyResult<Option<Owned>> {
    match vm.state.modules.get() {
        Some(modules) if dict::is_dict(vm, modules) => dict::get(vm, modules, name),
        _ => Ok(None),
    }
}
