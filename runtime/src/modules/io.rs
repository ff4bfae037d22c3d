//! `_io`: what the runtime's own files do, and the library's `_pyio` for everything else.
//!
//! `open()` gives the files of [`super::file`]. The classes of the io hierarchy are those of the library's pure-Python form,
//! which is imported when the first of them is asked for: programs that only open files never pay for it.

use taipan_layout::Value;

use super::NativeModule;
use super::builtins::optional;
use crate::objects::spec::{MethodSpec, function, function1};
use crate::objects::{exceptions, str, tuple};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule =
    NativeModule { name: "_io", doc: "Streams: files, buffers, text.", functions: FUNCTIONS, fill };

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "open",
        "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
        super::file::open,
        "Open file and return a stream.",
    ),
    function1("open_code", "($module, /, path)", open_code, "Open a file that holds code."),
    function(
        "text_encoding",
        "($module, encoding, stacklevel=2, /)",
        text_encoding,
        "The encoding to be used for None.",
    ),
    function1("__getattr__", "($module, name, /)", missing, ""),
];

/// Classes of `_pyio` by the names that `_io` has for them.
static CLASSES: &[(&str, &str)] = &[
    ("_IOBase", "IOBase"),
    ("_RawIOBase", "RawIOBase"),
    ("_BufferedIOBase", "BufferedIOBase"),
    ("_TextIOBase", "TextIOBase"),
    ("FileIO", "FileIO"),
    ("BytesIO", "BytesIO"),
    ("StringIO", "StringIO"),
    ("BufferedReader", "BufferedReader"),
    ("BufferedWriter", "BufferedWriter"),
    ("BufferedRWPair", "BufferedRWPair"),
    ("BufferedRandom", "BufferedRandom"),
    ("IncrementalNewlineDecoder", "IncrementalNewlineDecoder"),
    ("TextIOWrapper", "TextIOWrapper"),
    ("UnsupportedOperation", "UnsupportedOperation"),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    super::set(vm, m, "DEFAULT_BUFFER_SIZE", Value::fixnum(128 * 1024))?;
    super::set(vm, m, "BlockingIOError", vm.types.blocking_io_error.value())?;
    let files = [vm.types.file.value(), vm.types.binary_file.value()];
    super::set(vm, m, "_text_files", *tuple::from_slice(vm, &files[..1])?)?;
    super::set(vm, m, "_binary_files", *tuple::from_slice(vm, &files[1..])?)
}

/// The module's `__getattr__`: a class of `_pyio`, which becomes an attribute.
fn missing(vm: &Vm, m: Value, name: Value) -> PyResult {
    let text = str::to_string_lossy(name);
    let Some((_, class)) = CLASSES.iter().find(|(own, _)| *own == text) else {
        let text = format!("module '_io' has no attribute '{text}'");
        return Err(exceptions::raise_attribute_error(vm, m, name, &text));
    };
    let pyio = super::import(vm, "_taipan_io")?;
    let class = protocol::attr::get_str(vm, *pyio, class)?;
    let home = str::intern(vm, if text == "UnsupportedOperation" { "io" } else { "_io" });
    protocol::attr::set(vm, *class, *vm.names.__module__, *home)?;
    protocol::attr::set(vm, m, name, *class)?;
    Ok(class)
}

fn open_code(vm: &Vm, m: Value, path: Value) -> PyResult {
    let mode = str::new(vm, "rb")?;
    let null = Value::NULL;
    super::file::open(vm, m, &[path, *mode, null, null, null, null, null, null])
}

fn text_encoding(vm: &Vm, _: Value, args: &[Value]) -> PyResult<Owned> {
    match optional(args, 0).filter(|e| !e.is_none()) {
        Some(encoding) => Ok(encoding.own()),
        None => str::new(vm, "utf-8"),
    }
}
