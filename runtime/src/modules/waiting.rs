//! Modules that every start of CPython loads and that hardly a program looks at: `encodings` with what it imports, `_signal`,
//! and `linecache` for `-c`. They are in `sys.modules` from the start, but their code runs when somebody looks.
//!
//! A waiting module has a class of its own, whose attribute slots (and the import statement) complete it: it becomes an
//! ordinary module, gets the attributes that `importlib` gives, and its loader runs its code. This is what
//! `importlib.util.LazyLoader` does, without the objects that one needs before the load. Ordinary modules pay nothing.
//!
//! The runtime has the common encodings, signals and source lines itself, so nothing of it asks these modules unless a
//! program names an encoding that only `encodings` knows.

use taipan_layout::{Kind, Value};

use super::import::function;
use crate::objects::spec::{TypeSpec, tp_flags};
use crate::objects::{Slots, dict, module, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

const ALWAYS: [&str; 6] =
    ["_codecs", "codecs", "encodings", "encodings.aliases", "encodings.utf_8", "_signal"];

pub static SPEC: TypeSpec = TypeSpec {
    name: "module",
    base: Some(|types| types.module),
    kind: Kind::Other,
    flags: module::SPEC.flags & !tp_flags::BASETYPE,
    doc: "A module whose code runs when an attribute is wanted.",
    slots: Slots {
        repr: Some(|vm, this| {
            complete(vm, this)?;
            protocol::object::repr(vm, this)
        }),
        getattro: Some(|vm, this, name| {
            complete(vm, this)?;
            protocol::attr::get(vm, this, name)
        }),
        setattro: Some(|vm, this, name, value| {
            complete(vm, this)?;
            match value {
                Some(value) => protocol::attr::set(vm, this, name, value),
                None => protocol::attr::delete(vm, this, name),
            }
        }),
        ..module::SPEC.slots
    },
    basicsize: module::SPEC.basicsize,
    dictoffset: module::SPEC.dictoffset,
    ..TypeSpec::DEFAULT
};

/// Puts the modules into `sys.modules`.
pub fn register(vm: &Vm) -> PyResult<()> {
    ALWAYS.iter().try_for_each(|name| add(vm, name))
}

/// Puts a module into `sys.modules`, unless one of this name is there.
pub fn add(vm: &Vm, name: &str) -> PyResult<()> {
    let text = str::intern(vm, name);
    if super::imp::loaded(vm, *text)?.is_some() {
        return Ok(());
    }
    let m = module::unfilled(vm, vm.types.waiting_module)?;
    dict::set_str(vm, module::dict(*m), *vm.names.__name__, *text)?;
    super::register(vm, name, *m)
}

/// Whether a module waits for its code to run.
pub fn is_waiting(vm: &Vm, m: Value) -> bool {
    type_of(vm, m) == vm.types.waiting_module
}

/// Loads a module that waits.
pub fn complete(vm: &Vm, m: Value) -> PyResult<()> {
    if !is_waiting(vm, m) {
        return Ok(());
    }
    // It is an ordinary module while its code runs, as during any import.
    // SAFETY: the two types have the same layout, and neither is counted.
    unsafe {
        (*m.header()).shape = vm.types.module.head.root_shape;
        (*m.header()).flags = (*m.header()).flags & !0xff | Kind::Module as u32;
    }
    let loaded = load(vm, m);
    if loaded.is_err() {
        // The next import begins anew.
        if let (Some(modules), Some(name)) = (vm.state.modules.get(), name(vm, m)) {
            dict::delete(vm, modules, *name)?;
        }
    }
    loaded
}

fn name(vm: &Vm, m: Value) -> Option<Owned> {
    dict::get_str(vm, module::dict(m), *vm.names.__name__).map(Counted::own)
}

fn load(vm: &Vm, m: Value) -> PyResult<()> {
    let name = name(vm, m).ok_or_else(|| vm.system_error("a waiting module has no name"))?;
    let text = str::to_string_lossy(*name);
    let path = match text.rsplit_once('.') {
        None => Owned::none(),
        Some((package, own)) => {
            let package = super::import(vm, package)?;
            dict::set_str(vm, module::dict(*package), *str::intern(vm, own), m)?;
            protocol::attr::get_str(vm, *package, "__path__")?
        }
    };
    // `import encodings` binds its submodules, which are in `sys.modules` as if it had imported them.
    for (package, own) in ALWAYS.iter().filter_map(|other| other.rsplit_once('.')) {
        let other = str::intern(vm, &format!("{package}.{own}"));
        if package == text
            && let Some(submodule) = super::imp::loaded(vm, *other)?
        {
            dict::set_str(vm, module::dict(m), *str::intern(vm, own), *submodule)?;
        }
    }
    let importlib = |f: &str| {
        function(vm, f).ok_or_else(|| vm.system_error("a module is wanted before importlib is there"))
    };
    let spec = protocol::call::positional(vm, *importlib("_find_spec")?, &[*name, *path])?;
    if spec.is_none() {
        let text = format!("No module named '{text}'");
        let ty = vm.types.module_not_found_error;
        return Err(crate::objects::exceptions::import_error(vm, ty, &text, *name, Value::NULL, Value::NULL));
    }
    protocol::call::positional(vm, *importlib("_init_module_attrs")?, &[*spec, m])?;
    if let Some(native) = super::find(vm, &text) {
        return super::fill(vm, native, m);
    }
    let loader = protocol::attr::get_str(vm, *spec, "loader")?;
    protocol::call::method(vm, *loader, *str::intern(vm, "exec_module"), &[m]).map(drop)
}
