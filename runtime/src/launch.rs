//! From a command line to an exit status: starts an interpreter, runs one program as `__main__`, reports what it did not
//! catch, and shuts down.

use std::io::Read;
use std::path::{Path, PathBuf};

use taipan_frontend::{CodeObject, Flags, Mode, marshal};

use crate::config::{Config, Tier};
use crate::modules::builtins::source;
use crate::modules::{self, sys};
use crate::objects::{code, exceptions, list, module, str};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;
use crate::{gc, interp, protocol, signals};

/// What to run.
#[derive(Clone, Debug)]
pub enum Program {
    /// A source file or a `.pyc`.
    File(PathBuf),
    /// `-c`.
    Command(String),
    /// `-m`.
    Module(String),
    Stdin,
}

/// Runs `program`; the process's exit status.
pub fn run(config: Config, program: Program) -> u8 {
    // What cannot be read is the environment's fault, not the program's: one line, status 2, as CPython.
    let source = match &program {
        Program::File(path) => match read_file(path) {
            Ok(bytes) => Some(bytes),
            Err(message) => {
                eprintln!("taipan: {message}");
                return 2;
            }
        },
        _ => None,
    };
    if matches!(config.tier, Tier::Uops | Tier::Aot) {
        eprintln!("taipan: the tier '{}' is not there yet", config.tier);
        return 2;
    }
    let vm = Vm::new(config);
    if let Err(raised) = modules::start(vm) {
        let e = vm.take_exception(raised);
        exceptions::print(vm, *e);
        return 1;
    }
    signals::install(vm);
    gc::configure(vm);
    let result = run_main(vm, &program, source);
    let status = sys::handle_uncaught(vm, result);
    shut_down(vm, status)
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let shown = path.display();
    if path.is_dir() {
        return Err(format!("'{shown}' is a directory, not a program"));
    }
    std::fs::read(path).map_err(|e| format!("can't open file '{shown}': {}", os_message(&e)))
}

/// `[Errno 2] No such file or directory`.
fn os_message(e: &std::io::Error) -> String {
    let text = e.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text).to_owned();
    match e.raw_os_error() {
        Some(n) => format!("[Errno {n}] {text}"),
        None => text,
    }
}

fn run_main(vm: &Vm, program: &Program, source: Option<Vec<u8>>) -> PyResult<()> {
    set_path(vm, program)?;
    match program {
        Program::File(path) => {
            // `__file__` and tracebacks stay right when the program changes its folder.
            let path = &std::path::absolute(path).unwrap_or_else(|_| path.clone());
            let name = path.to_string_lossy().into_owned();
            let bytes = source.unwrap_or_default();
            let compiled = if path.extension().is_some_and(|e| e == "pyc") {
                read_pyc(vm, &name, &bytes)?
            } else {
                compile(vm, &bytes, &name)?
            };
            execute(vm, compiled, Some(&name))
        }
        Program::Command(text) => {
            let mut bytes = text.clone().into_bytes();
            bytes.push(b'\n');
            let compiled = compile(vm, &bytes, "<string>")?;
            exceptions::print::register_source(vm, *compiled, text);
            execute(vm, compiled, None)
        }
        Program::Stdin => {
            let mut bytes = Vec::new();
            if let Err(e) = std::io::stdin().read_to_end(&mut bytes) {
                return Err(exceptions::io_error(vm, &e, None));
            }
            let compiled = compile(vm, &bytes, "<stdin>")?;
            execute(vm, compiled, None)
        }
        Program::Module(name) => {
            let text = format!("running a module by name (-m {name}) is not there yet");
            Err(vm.raise(vm.types.not_implemented_error, &text))
        }
    }
}

/// `sys.path[0]`: the program's folder, or the current one.
fn set_path(vm: &Vm, program: &Program) -> PyResult<()> {
    if vm.config.safe_path {
        return Ok(());
    }
    let first = match program {
        Program::File(path) => {
            let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
            real.parent().map_or_else(String::new, |p| p.to_string_lossy().into_owned())
        }
        Program::Module(_) => {
            std::env::current_dir().map_or_else(|_| String::new(), |p| p.to_string_lossy().into_owned())
        }
        Program::Command(_) | Program::Stdin => String::new(),
    };
    let sys_dict = vm.state.sys_dict.get().unwrap_or(taipan_layout::Value::NULL);
    let Some(path) = crate::objects::dict::get_str(vm, sys_dict, *str::intern(vm, "path")) else {
        return Ok(());
    };
    if !list::is_list(vm, path) {
        return Ok(());
    }
    let first = str::new(vm, &first)?;
    let zero = taipan_layout::Value::fixnum(0);
    protocol::call::method(vm, path, *str::intern(vm, "insert"), &[zero, *first]).map(drop)
}

fn compile(vm: &Vm, bytes: &[u8], filename: &str) -> PyResult {
    let flags = Flags { optimize: vm.config.optimize.min(2), ..Flags::default() };
    source::compile_source_bytes(vm, bytes, filename, Mode::Module, flags)
}

fn read_pyc(vm: &Vm, name: &str, bytes: &[u8]) -> PyResult {
    let bad = |what: &str| vm.raise(vm.types.import_error, &format!("{what} in '{name}'"));
    if marshal::PycHeader::parse(bytes).is_err() {
        return Err(bad("bad magic number"));
    }
    match marshal::load_code(&bytes[marshal::PycHeader::SIZE..]) {
        Ok(compiled) => to_object(vm, &compiled),
        Err(e) => Err(bad(&format!("bad marshal data ({e})"))),
    }
}

fn to_object(vm: &Vm, compiled: &CodeObject) -> PyResult {
    code::from_compiled(vm, compiled)
}

/// Runs code as `__main__`.
fn execute(vm: &Vm, code: Owned, file: Option<&str>) -> PyResult<()> {
    let main = modules::main_module(vm)?;
    if let Some(file) = file {
        let text = str::new(vm, file)?;
        modules::set(vm, *main, "__file__", *text)?;
        modules::set(vm, *main, "__cached__", taipan_layout::Value::NONE)?;
    }
    let namespace = module::dict(*main);
    interp::run_code(vm, *code, namespace, namespace).map(drop)
}

/// What happens between the end of the program and the end of the process.
fn shut_down(vm: &Vm, status: i32) -> u8 {
    let mut status = status;
    gc::shutdown::finish(vm);
    if let Err(raised) = sys::flush_streams(vm) {
        vm.discard(raised);
        status = 120;
    }
    modules::file::flush_all(vm);
    status as u8
}
