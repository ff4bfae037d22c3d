//! What `sys` says about the implementation and how it was started.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use taipan_layout::Value;

use super::paths;
use crate::modules::{namespace, posix, set, set_text, stdlib_names, structseq};
use crate::objects::{dict, float, int, list, set as sets, str, tuple};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

/// The language version that Taipan implements.
const VERSION: (i64, i64, i64) = (3, 14, 10);
/// `0xF0`: a final release.
const HEX_VERSION: i64 = VERSION.0 << 24 | VERSION.1 << 16 | VERSION.2 << 8 | 0xF0;

/// The C library's threads and their version.
fn thread_library() -> Option<String> {
    let mut name = [0u8; 64];
    // SAFETY: the system writes no more than there is room, a zero byte included.
    let length =
        unsafe { libc::confstr(libc::_CS_GNU_LIBPTHREAD_VERSION, name.as_mut_ptr().cast(), name.len()) };
    let name = name.get(..length.checked_sub(1)?)?;
    Some(String::from_utf8_lossy(name).into_owned())
}

fn text(vm: &Vm, s: &str) -> PyResult {
    str::new(vm, s)
}

fn text_list(vm: &Vm, items: &[String]) -> PyResult {
    list::new(vm, items.iter().map(|s| str::new(vm, s)).collect::<PyResult<Vec<_>>>()?)
}

/// Words of the command line: bytes that are no text become surrogates.
fn words(vm: &Vm, items: &[OsString]) -> PyResult {
    let texts = items.iter().map(|word| posix::path::decode(vm, word.as_bytes()));
    list::new(vm, texts.collect::<PyResult<Vec<_>>>()?)
}

fn integers<const N: usize>(vm: &Vm, ns: [i64; N]) -> PyResult<Vec<Owned>> {
    ns.iter().map(|n| int::new(vm, *n)).collect()
}

fn sequence(vm: &Vm, ty: crate::objects::TypeRef, items: &[Owned]) -> PyResult {
    let values: Vec<Value> = items.iter().map(|v| **v).collect();
    structseq::new(vm, ty, &values)
}

fn version_info(vm: &Vm) -> PyResult {
    let mut items = integers(vm, [VERSION.0, VERSION.1, VERSION.2])?;
    items.push(text(vm, "final")?);
    items.push(Owned::fixnum(0));
    sequence(vm, vm.types.version_info, &items)
}

fn flags(vm: &Vm) -> PyResult {
    let c = &vm.config;
    // In the order of `structseq::FLAGS`; what Taipan does not have is off.
    let inspect = c.inspect as i64;
    let mut items = integers(
        vm,
        [
            i64::from(c.debug),
            inspect,
            c.interactive as i64,
            i64::from(c.optimize),
            c.dont_write_bytecode as i64,
            c.no_user_site as i64,
            c.no_site as i64,
            c.ignore_environment as i64,
            i64::from(c.verbose),
            i64::from(c.bytes_warning),
            c.quiet as i64,
            (c.hash_seed != Some(0)) as i64,
            c.isolated as i64,
        ],
    )?;
    let utf8_mode = super::is_utf8_mode(vm) as i64;
    items.extend([
        Owned::bool(c.dev_mode),
        Owned::fixnum(utf8_mode),
        Owned::fixnum(i64::from(c.warn_default_encoding)),
        Owned::bool(c.safe_path),
        Owned::fixnum(c.int_max_str_digits.map_or(4300, |n| n as i64)),
    ]);
    items.extend([Owned::fixnum(1), Owned::fixnum(0), Owned::fixnum(0)]);
    let values: Vec<Value> = items.iter().map(|v| **v).collect();
    structseq::new_hidden(vm, vm.types.sys_flags, structseq::FLAGS_VISIBLE, &values)
}

fn float_info(vm: &Vm) -> PyResult {
    let items = vec![
        float::new(vm, f64::MAX)?,
        Owned::fixnum(i64::from(f64::MAX_EXP)),
        Owned::fixnum(i64::from(f64::MAX_10_EXP)),
        float::new(vm, f64::MIN_POSITIVE)?,
        Owned::fixnum(i64::from(f64::MIN_EXP)),
        Owned::fixnum(i64::from(f64::MIN_10_EXP)),
        Owned::fixnum(i64::from(f64::DIGITS)),
        Owned::fixnum(i64::from(f64::MANTISSA_DIGITS)),
        float::new(vm, f64::EPSILON)?,
        Owned::fixnum(i64::from(f64::RADIX)),
        Owned::fixnum(1),
    ];
    sequence(vm, vm.types.float_info, &items)
}

fn hash_info(vm: &Vm) -> PyResult {
    let mut items = integers(vm, [64, (1 << 61) - 1, 314_159, 0, 1_000_003])?;
    items.push(text(vm, "siphash13")?);
    items.extend(integers(vm, [64, 128, 0])?);
    sequence(vm, vm.types.hash_info, &items)
}

fn implementation(vm: &Vm) -> PyResult {
    let (name, tag, version) = (text(vm, "taipan")?, text(vm, "taipan-314")?, version_info(vm)?);
    namespace::new(
        vm,
        &[
            ("name", *name),
            ("cache_tag", *tag),
            ("version", *version),
            ("hexversion", Value::fixnum(HEX_VERSION)),
            ("supports_isolated_interpreters", Value::FALSE),
        ],
    )
}

pub(super) fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    set_text(vm, m, "version", &crate::config::full_version())?;
    set(vm, m, "hexversion", Value::fixnum(HEX_VERSION))?;
    set(vm, m, "api_version", Value::fixnum(1013))?;
    for (name, value) in [
        ("copyright", "Taipan's authors; licensed under MIT or Apache-2.0."),
        ("platform", "linux"),
        ("byteorder", "little"),
        ("float_repr_style", "short"),
        ("abiflags", ""),
        ("platlibdir", "lib"),
        ("_framework", ""),
    ] {
        set_text(vm, m, name, value)?;
    }
    let places = paths::Places::find(&vm.config);
    set_text(vm, m, "executable", &places.executable)?;
    set_text(vm, m, "_base_executable", &places.base_executable)?;
    for (name, value) in [
        ("prefix", &places.prefix),
        ("exec_prefix", &places.prefix),
        ("base_prefix", &places.base_prefix),
        ("base_exec_prefix", &places.base_prefix),
        ("_stdlib_dir", &places.library),
    ] {
        set_text(vm, m, name, value)?;
    }
    match &vm.config.pycache_prefix {
        Some(prefix) => set_text(vm, m, "pycache_prefix", prefix)?,
        None => set(vm, m, "pycache_prefix", Value::NONE)?,
    }
    match &places.home {
        Some(home) => set_text(vm, m, "_home", home)?,
        None => set(vm, m, "_home", Value::NONE)?,
    }
    set(vm, m, "maxsize", *int::new(vm, i64::MAX)?)?;
    set(vm, m, "maxunicode", Value::fixnum(0x10_FFFF))?;
    set(vm, m, "dont_write_bytecode", Value::bool(vm.config.dont_write_bytecode))?;
    set(vm, m, "version_info", *version_info(vm)?)?;
    set(vm, m, "implementation", *implementation(vm)?)?;
    set(vm, m, "flags", *flags(vm)?)?;
    if let Some(limit) = vm.config.int_max_str_digits {
        vm.state.int_max_str_digits.set(Some(limit));
    }
    set(vm, m, "float_info", *float_info(vm)?)?;
    set(vm, m, "int_info", *sequence(vm, vm.types.int_info, &integers(vm, [30, 4, 4300, 640])?)?)?;
    set(vm, m, "hash_info", *hash_info(vm)?)?;
    let version = thread_library().map(|name| text(vm, &name)).transpose()?.unwrap_or_else(Owned::none);
    let thread = [text(vm, "pthread")?, text(vm, "semaphore")?, version];
    set(vm, m, "thread_info", *sequence(vm, vm.types.thread_info, &thread)?)?;
    set(vm, m, "argv", *words(vm, &vm.config.argv)?)?;
    let given: Vec<OsString> = std::env::args_os().collect();
    set(vm, m, "orig_argv", *words(vm, &given)?)?;
    set(vm, m, "path", *text_list(vm, &places.search_path)?)?;
    for name in ["meta_path", "path_hooks"] {
        set(vm, m, name, *list::new(vm, Vec::new())?)?;
    }
    set(vm, m, "warnoptions", *text_list(vm, &vm.config.warn_options)?)?;
    set(vm, m, "path_importer_cache", *dict::new(vm)?)?;
    let options = dict::new(vm)?;
    for option in &vm.config.x_options {
        // `-X name` alone means that the option is on.
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, str::new(vm, value)?),
            None => (option.as_str(), Owned::bool(true)),
        };
        dict::set_str(vm, *options, *str::intern(vm, name), *value)?;
    }
    set(vm, m, "_xoptions", *options)?;
    let natives: Vec<Owned> =
        crate::modules::names(vm).into_iter().map(|n| str::new(vm, n)).collect::<PyResult<_>>()?;
    set(vm, m, "builtin_module_names", *tuple::from_owned(vm, natives)?)?;
    let names: Vec<Owned> = stdlib_names::NAMES.iter().map(|n| str::intern(vm, n)).collect();
    let names: Vec<Value> = names.iter().map(|v| **v).collect();
    set(vm, m, "stdlib_module_names", *sets::frozen_from_slice(vm, &names)?)
}
