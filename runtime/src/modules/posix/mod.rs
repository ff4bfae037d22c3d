//! `posix`: the system's calls as Python functions, what `os` is made of.
//!
//! | module | holds |
//! |---|---|
//! | `path` | path arguments, errors that name them |
//! | `files` | functions of paths: `stat`, `mkdir`, `rename`, … |
//! | `fds` | functions of file descriptors |
//! | `folder` | `listdir`, `scandir`, `DirEntry` |
//! | `process` | processes, users, the environment |
//! | `terminals` | pseudo-terminals, process groups of terminals |
//! | `constants` | numbers by name |

mod constants;
mod fds;
mod files;
mod folder;
pub(crate) mod path;
mod process;
mod terminals;

use taipan_layout::Value;

use super::structseq::{STAT_RESULT, STATVFS_RESULT, TERMINAL_SIZE, TIMES_RESULT, UNAME_RESULT};
use super::{NativeModule, add_type, set};
use crate::objects::{bytes, dict, list, str};
use crate::owned::{PyResult, Raised};
use crate::vm::Vm;

pub(in crate::modules) use files::current_folder_text;
pub use path::{decode, encode, fspath};
pub use process::{ForkMoment, environment_text, run_fork_hooks};

pub static MODULE: NativeModule = NativeModule {
    name: "posix",
    doc: "The calls of the operating system, as the POSIX standard defines them.",
    functions: &[],
    fill,
};

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    for table in [
        files::FUNCTIONS,
        fds::FUNCTIONS,
        folder::FUNCTIONS,
        process::FUNCTIONS,
        process::PLAIN,
        terminals::FUNCTIONS,
    ] {
        super::add_functions(vm, m, "posix", table)?;
    }
    for (name, number) in constants::NUMBERS {
        set(vm, m, name, Value::fixnum(*number))?;
    }
    let types = &vm.types;
    add_type(vm, m, types.stat_result, &STAT_RESULT)?;
    add_type(vm, m, types.statvfs_result, &STATVFS_RESULT)?;
    add_type(vm, m, types.terminal_size, &TERMINAL_SIZE)?;
    add_type(vm, m, types.uname_result, &UNAME_RESULT)?;
    add_type(vm, m, types.times_result, &TIMES_RESULT)?;
    add_type(vm, m, types.dir_entry, &folder::DIR_ENTRY)?;
    crate::objects::ready(vm, types.scandir_iterator, &folder::ITERATOR);
    set(vm, m, "error", types.os_error.value())?;
    set(vm, m, "environ", *environ(vm)?)?;
    for (name, table) in [
        ("sysconf_names", constants::SYSCONF_NAMES),
        ("confstr_names", constants::CONFSTR_NAMES),
        ("pathconf_names", constants::PATHCONF_NAMES),
    ] {
        let names = dict::with_capacity(vm, table.len())?;
        for (key, number) in table {
            dict::set_str(vm, *names, *str::intern(vm, key), Value::fixnum(*number))?;
        }
        set(vm, m, name, *names)?;
    }
    let have = constants::HAVE.iter().map(|n| str::new(vm, n)).collect::<PyResult<Vec<_>>>()?;
    set(vm, m, "_have_functions", *list::new(vm, have)?)
}

/// The environment as it was at the start: bytes by bytes.
fn environ(vm: &Vm) -> PyResult {
    use std::os::unix::ffi::OsStrExt;
    let d = dict::new(vm)?;
    for (name, value) in std::env::vars_os() {
        let (name, value) = (bytes::new(vm, name.as_bytes())?, bytes::new(vm, value.as_bytes())?);
        dict::set(vm, *d, *name, *value)?;
    }
    Ok(d)
}

/// The error that the last call left in `errno`.
pub fn last_error() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// `OSError` for the last call.
#[cold]
pub fn failure(vm: &Vm) -> Raised {
    crate::objects::exceptions::errno_error(vm, last_error(), None)
}

/// The result of a call that answers −1 when it fails.
fn check<T: PartialOrd + From<i8>>(vm: &Vm, result: T) -> PyResult<T> {
    if result < T::from(0) { Err(failure(vm)) } else { Ok(result) }
}
