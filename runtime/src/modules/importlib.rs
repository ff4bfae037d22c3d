//! Starting the import system: the two frozen halves of `importlib`, then the embedded library's path hook.
//!
//! `importlib._bootstrap` imports native and frozen modules; `importlib._bootstrap_external` adds the path. Both are the
//! library's own Python files, run here before any other Python code.

use taipan_layout::Value;
use taipan_stdlib::CORE;

use crate::interp;
use crate::objects::{dict, module, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// Installs `__import__`'s machinery; runs once, after `sys` and `builtins` exist.
pub fn start(vm: &Vm) -> PyResult<()> {
    let bootstrap = run_frozen(vm, "_frozen_importlib", "importlib._bootstrap")?;
    let imp = super::create(vm, &super::imp::MODULE)?;
    super::register(vm, "_imp", *imp)?;
    let sys = vm.state.sys_module.get().ok_or_else(|| vm.system_error("sys does not exist yet"))?;
    call(vm, *bootstrap, "_install", &[sys, *imp])?;
    vm.state.importlib.set(Some(bootstrap.clone().into_value()));
    call(vm, *bootstrap, "_install_external_importers", &[])?;
    let library = super::import(vm, "_taipan_library")?;
    call(vm, *library, "_install", &[])?;
    // Archives on the path come first, as in CPython; the hook refuses everything else fast.
    let zipimport = super::import(vm, "zipimport")?;
    let importer = protocol::attr::get_str(vm, *zipimport, "zipimporter")?;
    let hooks = protocol::attr::get_str(vm, sys, "path_hooks")?;
    protocol::call::method(vm, *hooks, *str::intern(vm, "insert"), &[Value::fixnum(0), *importer])?;
    super::waiting::register(vm)?;
    super::direct_import::start(vm, *library);
    super::sys::encode_streams(vm)
}

/// What `__main__` has as its loader until it is a file.
pub fn set_main_loader(vm: &Vm, main: Value) -> PyResult<()> {
    let bootstrap = vm.state.importlib.get().ok_or_else(|| vm.system_error("importlib has not started"))?;
    let loader = protocol::attr::get_str(vm, bootstrap, "BuiltinImporter")?;
    super::set(vm, main, "__loader__", *loader)
}

/// `import site`, unless `-S` was given. An executable that `taipan build` made carries its modules and has no folder of
/// packages to look for: it gets what `site` adds to `builtins`.
pub fn import_site(vm: &Vm) -> PyResult<()> {
    if vm.config.no_site {
        return Ok(());
    }
    let name = if vm.config.program.is_some() { "_taipan_program" } else { "site" };
    super::import(vm, name).map(drop)
}

fn run_frozen(vm: &Vm, name: &str, origin: &str) -> PyResult {
    let Some(frozen) = CORE.find(origin) else {
        return Err(vm.system_error(&format!("the frozen module {origin} is missing")));
    };
    let filename = str::intern(vm, &format!("<frozen {origin}>"));
    let code = super::marshal::load_fixed(vm, frozen.code, Some(filename))?;
    let m = module::new(vm, name)?;
    super::register(vm, name, *m)?;
    // importlib takes this away again when it describes the modules that were there before it.
    super::set_text(vm, *m, "__origname__", origin)?;
    if let Some(b) = vm.state.builtins.get() {
        super::set(vm, *m, "__builtins__", b)?;
    }
    let namespace = module::dict(*m).own();
    interp::run_code(vm, *code, *namespace, *namespace)?;
    Ok(m)
}

fn call(vm: &Vm, m: Value, function: &str, args: &[Value]) -> PyResult<Owned> {
    let f = dict::get_str(vm, module::dict(m), *str::intern(vm, function)).map(Counted::own);
    match f {
        Some(f) => protocol::call::positional(vm, *f, args),
        None => Err(vm.system_error(&format!("importlib has no {function}"))),
    }
}
