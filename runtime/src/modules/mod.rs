//! Native modules, and what has to exist before the first Python instruction.
//!
//! A native module is a [`NativeModule`]: a table of functions and a function that adds everything else. It is created when
//! it is imported first; `builtins` and `sys` are created at start-up.
//!
//! | module | holds |
//! |---|---|
//! | `builtins` | the built-in functions |
//! | `sys` | the `sys` module, the standard streams, what happens to an uncaught exception |
//! | `time` | clocks and calendar |
//! | `weakref` | `_weakref`: weak references and proxies |
//! | `accounts` | `pwd` and `grp`: users and groups |
//! | `fcntl` | what can be done to file descriptors |
//! | `ast` | syntax trees in and out of `compile()` |
//! | `atexit` | functions that run at the end |
//! | `tracemalloc` | `_tracemalloc`, which traces nothing |
//! | `gc` | the cycle collector as Python sees it |
//! | `codecs` | `_codecs`: encodings, error handlers and their registries |
//! | `csv` | `_csv` |
//! | `multibyte` | `_multibytecodec`, `_codecs_cn` and others: encodings of Chinese, Japanese and Korean |
//! | `opcode` | `_opcode`: the opcode table, executors |
//! | `string` | `_string`: format templates taken apart |
//! | `locale` | `_locale`: how numbers, dates and text are written where the user lives |
//! | `import` | `__import__`: what is loaded already; the rest is importlib's |
//! | `direct_import` | imports of what the executable carries, without importlib
//! | `importlib` | the start of the import system |
//! | `imp` | `_imp`: frozen modules, the embedded standard library |
//! | `io` | `_io`: streams |
//! | `marshal` | values as bytes |
//! | `array` | arrays of numbers |
//! | `functools` | `_functools`: `partial`, `lru_cache`, `reduce`, `cmp_to_key` |
//! | `bisect`, `heapq` | `_bisect`, `_heapq`: places in sorted lists, priority queues |
//! | `binascii` | bytes as text and back |
//! | `posixsubprocess`, `select`, `resource` | starting programs, waiting for descriptors, limits |
//! | `socket` | `_socket`: sockets, names of hosts |
//! | `queue` | `_queue`: `SimpleQueue` |
//! | `types`, `typing` | names of types; type parameters and aliases |
//! | `contextvars` | `_contextvars`: variables of contexts |
//! | `cmath` | functions of complex numbers |
//! | `unicodedata` | the Unicode character database |
//! | `operator` | `_operator`: operators as functions |
//! | `posix` | the system's calls |
//! | `stat` | `_stat`: the bits of file modes |
//! | `signal` | `_signal`: handlers, timers, masks |
//! | `termios` | attributes of terminals |
//! | `symtable` | `_symtable`: the compiler's scopes |
//! | `tokenize` | `_tokenize`: the compiler's tokens |
//! | `testing` | `_testcapi`, `_testinternalcapi`: what CPython's tests ask from below Python |
//! | `thread` | `_thread`: threads, locks, attributes of threads |
//! | `pickle` | `_pickle`: objects as bytes and back |
//! | `json` | `_json`: what makes `json` fast |
//! | `hashes` | `_md5`, `_sha1`, `_sha2`, `_sha3`, `_blake2`, `_hmac`: hash functions |
//! | `zlib` | compression |
//! | `native` | objects whose contents are ordinary Rust data |
//! | `warnings` | warnings issued by the runtime itself |
//! | `namespace` | `types.SimpleNamespace` |
//! | `structseq` | tuples with named items (`sys.version_info`, `time.struct_time`) |

pub mod abc;
#[allow(unsafe_code, reason = "the system's calls")]
pub mod accounts;
pub mod array;
pub mod ast;
pub mod atexit;
pub mod binascii;
pub mod bisect;
#[allow(unsafe_code, reason = "looks at the frames of the caller")]
pub mod builtins;
pub mod cmath;
pub mod codecs;
pub mod collections;
#[allow(unsafe_code, reason = "the current context is a word of the thread's")]
pub mod contextvars;
pub mod csv;
pub mod direct_import;
pub mod errno;
#[allow(unsafe_code, reason = "the system's calls")]
pub mod fcntl;
pub mod functools;
#[allow(unsafe_code, reason = "walks the heap")]
pub mod gc;
pub mod hashes;
pub mod heapq;
pub mod imp;
pub mod import;
pub mod importlib;
pub mod io;
pub mod itertools;
pub mod json;
#[allow(unsafe_code, reason = "the C library's locales")]
pub mod locale;
pub mod marshal;
pub mod math;
pub mod multibyte;
#[allow(unsafe_code, reason = "an object with a layout of its own")]
pub mod namespace;
#[allow(unsafe_code, reason = "objects whose layout is declared here, once for many types")]
pub mod native;
#[allow(unsafe_code, reason = "an object with a layout of its own")]
pub mod opcode;
pub mod operator;
pub mod pickle;
#[allow(unsafe_code, reason = "the system's calls")]
pub mod posix;
#[allow(unsafe_code, reason = "the system's calls")]
pub mod posixsubprocess;
pub mod queue;
pub mod random;
#[allow(unsafe_code, reason = "the system's calls")]
pub mod resource;
#[allow(unsafe_code, reason = "the system's calls")]
pub mod select;
#[allow(unsafe_code, reason = "the system's calls")]
pub mod signal;
#[allow(unsafe_code, reason = "the system's calls")]
pub mod socket;
#[allow(unsafe_code, reason = "text whose encoding is known")]
pub mod sre;
pub mod stat;
mod statistics;
pub mod stdlib_names;
pub mod string;
pub mod structs;
#[allow(unsafe_code, reason = "tuples with items behind their length")]
pub mod structseq;
pub mod suggestions;
pub mod symtable;
#[allow(unsafe_code, reason = "frames, file descriptors, the limits of the process")]
pub mod sys;
#[allow(unsafe_code, reason = "the system's calls")]
pub mod termios;
#[allow(unsafe_code, reason = "looks at objects' headers")]
pub mod testing;
#[allow(unsafe_code, reason = "the system's calls on threads")]
pub mod thread;
#[allow(unsafe_code, reason = "the clocks of the C library")]
pub mod time;
pub mod tokenize;
pub mod tracemalloc;
pub mod types;
#[allow(unsafe_code, reason = "looks at functions")]
pub mod typing;
pub mod unicodedata;
#[allow(unsafe_code, reason = "turns a waiting module into an ordinary one")]
pub mod waiting;
#[allow(unsafe_code, reason = "looks at the frames of the caller")]
pub mod warnings;
pub mod weakref;
pub mod zlib;

use taipan_layout::Value;

use crate::objects::spec::{MethodSpec, TypeSpec};
use crate::objects::{TypeRef, builtin, dict, module, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::parts;
use crate::vm::Vm;

pub struct NativeModule {
    pub name: &'static str,
    pub doc: &'static str,
    pub functions: &'static [MethodSpec],
    /// Adds what is not a function.
    pub fill: fn(&Vm, Value) -> PyResult<()>,
}

/// The native modules that every executable has; [`parts::modules`] has the others. [`find`] looks them up by name.
static MODULES: &[&NativeModule] = &[
    &builtins::MODULE,
    &sys::MODULE,
    &time::MODULE,
    &atexit::MODULE,
    &gc::MODULE,
    &weakref::MODULE,
    &warnings::MODULE,
    &codecs::MODULE,
    &string::MODULE,
    &suggestions::MODULE,
    &opcode::MODULE,
    &abc::MODULE,
    &accounts::PWD,
    &operator::MODULE,
    &stat::MODULE,
    &errno::MODULE,
    &imp::MODULE,
    &io::MODULE,
    &marshal::MODULE,
    &collections::MODULE,
    &collections::FIELDS,
    &statistics::MODULE,
    &itertools::MODULE,
    &posix::MODULE,
    &signal::MODULE,
    &thread::MODULE,
    &types::MODULE,
    &typing::MODULE,
    &contextvars::MODULE,
];

/// The native module of this name, if it is there.
pub fn find(vm: &Vm, name: &str) -> Option<&'static NativeModule> {
    there(vm).find(|m| m.name == name)
}

fn there(vm: &Vm) -> impl Iterator<Item = &'static NativeModule> {
    MODULES.iter().copied().chain(vm.config.parts.modules.iter())
}

/// Whether there is such a native module in `taipan`.
pub fn is_native(name: &str) -> bool {
    MODULES.iter().copied().chain(parts::ALL.modules.iter()).any(|m| m.name == name)
}

/// The names of the native modules, sorted: `sys.builtin_module_names`.
pub fn names(vm: &Vm) -> Vec<&'static str> {
    let mut names: Vec<&str> = there(vm).map(|m| m.name).collect();
    names.sort_unstable();
    names
}

/// A new instance of a native module; not entered into `sys.modules`.
pub fn create(vm: &Vm, native: &'static NativeModule) -> PyResult {
    let m = module::new(vm, native.name)?;
    fill(vm, native, *m)?;
    Ok(m)
}

/// Gives a module what a native module has.
fn fill(vm: &Vm, native: &'static NativeModule, m: Value) -> PyResult<()> {
    let doc = str::new(vm, native.doc)?;
    dict::set_str(vm, module::dict(m), *vm.names.__doc__, *doc)?;
    add_functions(vm, m, native.name, native.functions)?;
    (native.fill)(vm, m)
}

/// Adds functions to a module.
pub(crate) fn add_functions(
    vm: &Vm,
    m: Value,
    module_name: &str,
    functions: &'static [MethodSpec],
) -> PyResult<()> {
    // One object for all functions of the module, and no other one: pickles show which names are one object.
    let module_name = str::new(vm, module_name)?;
    for function in functions {
        let f = builtin::new_function(vm, function, m, *module_name)?;
        set(vm, m, function.name, *f)?;
    }
    Ok(())
}

/// A new exception class, as the class statement would make it.
pub(crate) fn new_exception(vm: &Vm, module: &str, name: &str, base: TypeRef) -> PyResult {
    let namespace = dict::new(vm)?;
    let home = str::new(vm, module)?;
    dict::set_str(vm, *namespace, *vm.names.__module__, *home)?;
    let (name, bases) = (str::new(vm, name)?, crate::objects::tuple::from_slice(vm, &[base.value()])?);
    crate::protocol::call::positional(vm, vm.types.type_.value(), &[*name, *bases, *namespace])
}

/// The namespace of a module; borrowed.
pub(crate) fn namespace_of(m: Value) -> Value {
    module::dict(m)
}

/// Makes a type of a native module and enters it under its own name.
pub(crate) fn add_type(vm: &Vm, m: Value, ty: TypeRef, spec: &'static TypeSpec) -> PyResult<()> {
    crate::objects::ready(vm, ty, spec);
    if structseq::is_sequence(spec) {
        structseq::describe(vm, ty)?;
    }
    let short = spec.name.rsplit_once('.').map_or(spec.name, |(_, n)| n);
    set(vm, m, short, ty.value())
}

/// Sets an attribute of a module.
pub fn set(vm: &Vm, m: Value, name: &str, value: Value) -> PyResult<()> {
    let key = str::intern(vm, name);
    dict::set_str(vm, module::dict(m), *key, value)
}

/// Sets a string attribute of a module.
pub(crate) fn set_text(vm: &Vm, m: Value, name: &str, text: &str) -> PyResult<()> {
    let text = str::new(vm, text)?;
    set(vm, m, name, *text)
}

/// Creates `sys.modules`, `builtins` and `sys`; runs once, after the types exist.
pub fn start(vm: &Vm) -> PyResult<()> {
    let modules = dict::new(vm)?;
    vm.state.modules.set(Some(modules.into_value()));
    for native in [&builtins::MODULE, &sys::MODULE] {
        let m = create(vm, native)?;
        register(vm, native.name, *m)?;
        let namespace = module::dict(*m).own().into_value();
        let (place, module_place) = if native.name == "sys" {
            (&vm.state.sys_dict, &vm.state.sys_module)
        } else {
            (&vm.state.builtins, &vm.state.builtins_module)
        };
        place.set(Some(namespace));
        module_place.set(Some(m.into_value()));
    }
    let io = create(vm, &io::MODULE)?;
    register(vm, io::MODULE.name, *io)?;
    sys::make_streams(vm)?;
    if let Some(b) = vm.state.builtins.get() {
        let open = dict::get_str(vm, module::dict(*io), *str::intern(vm, "open")).map(Counted::own);
        dict::set_str(vm, b, *str::intern(vm, "open"), open.as_deref().copied().unwrap_or(Value::NONE))?;
        let key = str::intern(vm, "__import__");
        vm.state.import_function.set(dict::get_str(vm, b, *key).map(|f| f.own().into_value()));
        crate::interp::helpers::fill_known_builtins(vm, b);
    }
    Ok(())
}

/// Enters a module into `sys.modules`.
pub fn register(vm: &Vm, name: &str, m: Value) -> PyResult<()> {
    let key = str::intern(vm, name);
    match vm.state.modules.get() {
        Some(modules) => dict::set_str(vm, modules, *key, m),
        None => Err(vm.system_error("sys.modules does not exist yet")),
    }
}

/// The module `__main__`, made now if need be.
pub fn main_module(vm: &Vm) -> PyResult {
    let modules = vm.state.modules.get().ok_or_else(|| vm.system_error("sys.modules does not exist yet"))?;
    let key = str::intern(vm, "__main__");
    if let Some(m) = dict::get_str(vm, modules, *key).map(Counted::own) {
        return Ok(m);
    }
    let m = module::new(vm, "__main__")?;
    let b_key = str::intern(vm, "builtins");
    if let Some(b) = dict::get_str(vm, modules, *b_key).map(Counted::own) {
        set(vm, *m, "__builtins__", *b)?;
    }
    register(vm, "__main__", *m)?;
    Ok(m)
}

/// Imports a module by name.
pub fn import(vm: &Vm, name: &str) -> PyResult {
    import::import(vm, name)
}

/// An attribute of a module in `sys.modules`.
pub(crate) fn attribute(vm: &Vm, module_name: &str, name: &str) -> Option<Owned> {
    let modules = vm.state.modules.get()?;
    let m = dict::get_str(vm, modules, *str::intern(vm, module_name)).map(Counted::own)?;
    dict::get_str(vm, module::dict(*m), *str::intern(vm, name)).map(Counted::own)
}
