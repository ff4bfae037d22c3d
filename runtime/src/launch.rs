//! From a command line to an exit status: starts an interpreter, runs one program as `__main__`, reports what it did not
//! catch, and shuts down.

use std::io::Read;
use std::path::{Path, PathBuf};

use taipan_frontend::{CodeObject, Flags, marshal};

use crate::config::{Config, Tier};
use crate::modules::builtins::source;
use crate::modules::{self, sys};
use crate::objects::{code, exceptions, list, module, str, tuple};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;
use crate::{embedded, gc, interp, protocol, repl, signals, threads};

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
    run_then(config, program, |_, _| ())
}

/// Like [`run`]. Before the interpreter shuts down, `after` sees it together with the program's code object, if the
/// program compiled.
pub fn run_then(
    config: Config,
    program: Program,
    after: impl FnOnce(&Vm, Option<taipan_layout::Value>),
) -> u8 {
    // What cannot be read is the environment's fault, not the program's: one line, status 2, as CPython.
    let source = match &program {
        Program::File(path) if path.is_dir() => None,
        Program::File(path) => match read_file(path) {
            Ok(bytes) => (!ends_as_archive(&bytes)).then_some(bytes),
            Err(message) => {
                eprintln!("taipan: {message}");
                return 2;
            }
        },
        _ => None,
    };
    if config.tier == Tier::Aot {
        eprintln!("taipan: the tier '{}' is not there yet", config.tier);
        return 2;
    }
    with_interpreter(config, |vm, main| run_main(vm, &program, source, main), after)
}

/// Runs the program of a built executable; the process's exit status.
pub fn run_built(config: Config, program: embedded::Program) -> u8 {
    let not_there = match config.tier {
        Tier::Llvm => Some(config.tier),
        Tier::Auto | Tier::Interp | Tier::Uops | Tier::Stencil | Tier::Aot => None,
    };
    if let Some(tier) = not_there {
        eprintln!("taipan: the tier '{tier}' is not there yet");
        return 2;
    }
    let config = Config { optimize: program.image.optimize, program: Some(program), ..config };
    let start = |vm: &Vm, code: &mut Option<Owned>| {
        // Modules that are only named while the program runs may lie beside the executable.
        if let Some(folder) = std::env::current_exe().ok().as_deref().and_then(Path::parent)
            && !vm.config.safe_path
        {
            insert_path(vm, &folder.to_string_lossy())?;
        }
        let Some(main) = program.image.main() else { return Ok(()) };
        execute(vm, code.insert(embedded::load(vm, &main)?), Some(main.filename))
    };
    with_interpreter(config, start, |_, _| ())
}

fn with_interpreter(
    config: Config,
    program: impl FnOnce(&Vm, &mut Option<Owned>) -> PyResult<()>,
    after: impl FnOnce(&Vm, Option<taipan_layout::Value>),
) -> u8 {
    let vm = Vm::new(config);
    // What a start makes stays: looking through it is in vain.
    gc::set_enabled(vm, false);
    if let Err(raised) = modules::start(vm).and_then(|()| modules::importlib::start(vm)) {
        let e = vm.take_exception(raised);
        exceptions::print(vm, *e);
        return 1;
    }
    signals::install(vm);
    gc::configure(vm);
    if vm.config.stats.is_some() {
        crate::tier2::figures::start(vm);
    }
    if vm.config.record_profile {
        crate::profile::start(vm);
    }
    let mut main = None;
    // The main module comes before `site`, which may be what names it.
    gc::set_enabled(vm, true);
    gc::settle_start(vm);
    let result = modules::main_module(vm)
        .and_then(|main| modules::importlib::set_main_loader(vm, *main))
        .and_then(|()| {
            // What the options ask for is told before anything else runs.
            let asked = !vm.config.warn_options.is_empty();
            asked.then(|| modules::import(vm, "warnings")).transpose().map(drop)
        })
        .and_then(|()| modules::importlib::import_site(vm))
        .and_then(|()| program(vm, &mut main));
    let mut end = sys::handle_uncaught(vm, result, vm.config.inspect && !vm.talked.get());
    after(vm, main.as_deref().copied());
    if std::env::var_os("TAIPAN_TRACE").is_some() {
        let stats = vm.tier2.stats();
        eprintln!("{stats:?}");
        for line in vm.tier2.hottest_exits() {
            eprintln!("{line}");
        }
    }
    // The program may have asked for the prompt.
    let asked = !vm.config.ignore_environment
        && std::env::var_os("PYTHONINSPECT").is_some_and(|value| !value.is_empty());
    if (vm.config.inspect || asked) && !vm.talked.get() && repl::is_wanted(vm) {
        end = repl::run(vm, false);
    }
    exceptions::print::forget_command(vm);
    drop(main);
    modules::thread::wait_for_threads(vm);
    modules::atexit::run(vm);
    threads::keep_lock(vm);
    let status = match end {
        sys::End::Status(status) => status,
        sys::End::Interrupted => 128 + libc::SIGINT,
    };
    let status = shut_down(vm, status);
    if end == sys::End::Interrupted {
        signals::end_by_interrupt();
    }
    status
}

/// Whether a file ends as zip archives do, in front of which there may be anything.
fn ends_as_archive(bytes: &[u8]) -> bool {
    /// The record at the end, and the longest comment behind it.
    const LONGEST: usize = 22 + 0xFFFF;
    const SIGNATURE: &[u8] = b"PK\x05\x06";
    let end = &bytes[bytes.len().saturating_sub(LONGEST)..];
    memchr::memmem::find(end, SIGNATURE).is_some()
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let shown = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    std::fs::read(path).map_err(|e| format!("can't open file '{}': {}", shown.display(), os_message(&e)))
}

/// `[Errno 2] No such file or directory`.
pub(crate) fn os_message(e: &std::io::Error) -> String {
    let text = e.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text).to_owned();
    match e.raw_os_error() {
        Some(n) => format!("[Errno {n}] {text}"),
        None => text,
    }
}

/// Leaves the program's code in `main`.
fn run_main(vm: &Vm, program: &Program, source: Option<Vec<u8>>, main: &mut Option<Owned>) -> PyResult<()> {
    set_path(vm, program, source.is_some())?;
    match program {
        Program::File(_) if source.is_none() => run_module(vm, "__main__", false),
        Program::File(path) => {
            // `__file__` and tracebacks stay right when the program changes its folder.
            let path = &std::path::absolute(path).unwrap_or_else(|_| path.clone());
            let name = path.to_string_lossy().into_owned();
            let mut bytes = source.unwrap_or_default();
            if vm.config.skip_first_line {
                // The line's end stays, so that lines have their numbers.
                let end = memchr::memchr(b'\n', &bytes).unwrap_or(bytes.len());
                bytes.drain(..end);
            }
            let compiled =
                if is_pyc(path, &bytes) { read_pyc(vm, &bytes)? } else { compile(vm, &bytes, &name)? };
            execute(vm, main.insert(compiled), Some(&name))
        }
        Program::Command(text) => {
            let text = &without_indentation(text);
            let mut bytes = text.clone().into_bytes();
            bytes.push(b'\n');
            let compiled = compile(vm, &bytes, "<string>")?;
            let code = main.insert(compiled);
            exceptions::print::register_command(vm, **code, text);
            modules::waiting::add(vm, "linecache")?;
            execute(vm, code, None)
        }
        Program::Stdin if repl::is_wanted(vm) => {
            vm.talked.set(true);
            repl::greet(vm);
            match repl::run(vm, true) {
                sys::End::Status(0) => Ok(()),
                sys::End::Status(status) => {
                    let status = crate::objects::int::from_i64(vm, i64::from(status))?;
                    Err(vm.raise_with(vm.types.system_exit, &[*status]))
                }
                sys::End::Interrupted => Err(vm.raise_with(vm.types.keyboard_interrupt, &[])),
            }
        }
        Program::Stdin => {
            let mut bytes = Vec::new();
            if let Err(e) = std::io::stdin().read_to_end(&mut bytes) {
                return Err(exceptions::io_error(vm, &e, None));
            }
            let compiled = compile(vm, &bytes, "<stdin>")?;
            execute(vm, main.insert(compiled), None)
        }
        Program::Module(name) => run_module(vm, name, true),
    }
}

/// The program of `-c` without the spaces and tabs in front of all its lines.
fn without_indentation(text: &str) -> String {
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let mut lines = text.split('\n').filter(|line| !line.trim_matches([' ', '\t', '\r']).is_empty());
    let Some(first) = lines.next() else { return text.to_owned() };
    let mut common = &first[..indentation(first)];
    for line in lines {
        let same = common.bytes().zip(line.bytes()).take_while(|(a, b)| a == b).count();
        common = &common[..same];
    }
    if common.is_empty() {
        return text.to_owned();
    }
    let strip = |line: &str| match line.strip_prefix(common) {
        Some(rest) if !rest.trim_matches([' ', '\t']).is_empty() => rest.to_owned(),
        // Blank lines may be shorter, and become empty.
        _ => String::new(),
    };
    text.split('\n').map(strip).collect::<Vec<_>>().join("\n")
}

/// Runs a module as `__main__` by `runpy`; `by_name`: it was named on the command line, and becomes `sys.argv[0]`.
fn run_module(vm: &Vm, name: &str, by_name: bool) -> PyResult<()> {
    let runpy = modules::import(vm, "runpy")?;
    let run = protocol::attr::get_str(vm, *runpy, "_run_module_as_main")?;
    let name = str::new(vm, name)?;
    protocol::call::positional(vm, *run, &[*name, taipan_layout::Value::bool(by_name)]).map(drop)
}

/// `sys.path[0]`: the program's folder, or the current one.
fn set_path(vm: &Vm, program: &Program, is_source: bool) -> PyResult<()> {
    if vm.config.safe_path {
        return Ok(());
    }
    let first = match program {
        Program::File(path) if !is_source => {
            std::path::absolute(path).unwrap_or_else(|_| path.clone()).to_string_lossy().into_owned()
        }
        Program::File(path) => {
            let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
            real.parent().map_or_else(String::new, |p| p.to_string_lossy().into_owned())
        }
        Program::Module(_) => {
            std::env::current_dir().map_or_else(|_| String::new(), |p| p.to_string_lossy().into_owned())
        }
        Program::Command(_) | Program::Stdin => String::new(),
    };
    insert_path(vm, &first)
}

/// Puts a folder in front of `sys.path`.
fn insert_path(vm: &Vm, first: &str) -> PyResult<()> {
    let sys_dict = vm.state.sys_dict.get().unwrap_or(taipan_layout::Value::NULL);
    let Some(path) = crate::objects::dict::get_str(vm, sys_dict, *str::intern(vm, "path")) else {
        return Ok(());
    };
    if !list::is_list(vm, path) {
        return Ok(());
    }
    let first = str::new(vm, first)?;
    let zero = taipan_layout::Value::fixnum(0);
    protocol::call::method(vm, path, *str::intern(vm, "insert"), &[zero, *first]).map(drop)
}

pub(crate) fn compile(vm: &Vm, bytes: &[u8], filename: &str) -> PyResult {
    if let Some(at) = memchr::memchr(0, bytes) {
        return Err(null_byte(vm, bytes, at, filename));
    }
    let max_digits = crate::objects::int::text::max_str_digits(vm);
    let flags = Flags { optimize: vm.config.optimize.min(2), max_digits, ..Flags::default() };
    source::compile_program(vm, bytes, filename, flags)
}

/// A file with a null byte in this place.
#[cold]
fn null_byte(vm: &Vm, bytes: &[u8], at: usize, filename: &str) -> crate::owned::Raised {
    let before = &bytes[..at];
    let line = 1 + before.iter().filter(|b| **b == b'\n').count();
    let start = memchr::memrchr(b'\n', before).map_or(0, |n| n + 1);
    let parts = || {
        let text = str::new(vm, &String::from_utf8_lossy(&before[start..]))?;
        let (filename, zero) = (str::new(vm, filename)?, taipan_layout::Value::fixnum(0));
        let line = taipan_layout::Value::fixnum(line as i64);
        let place = tuple::from_slice(vm, &[*filename, line, zero, *text])?;
        Ok((str::new(vm, "source code cannot contain null bytes")?, place))
    };
    match parts() {
        Ok((message, place)) => vm.raise_with(vm.types.syntax_error, &[*message, *place]),
        Err(raised) => raised,
    }
}

/// Whether a file is a `.pyc`: by its name, or by how it begins.
pub fn is_pyc(path: &Path, bytes: &[u8]) -> bool {
    path.extension().is_some_and(|e| e == "pyc") || bytes.starts_with(&marshal::MAGIC_NUMBER)
}

/// The code of a `.pyc` file that is run: whether it still belongs to a source does not matter, so its flags do not
/// either.
pub(crate) fn read_pyc(vm: &Vm, bytes: &[u8]) -> PyResult {
    const MAGIC: usize = marshal::MAGIC_NUMBER.len();
    let Some(magic) = bytes.get(..MAGIC) else { return Err(ended_early(vm)) };
    if magic != marshal::MAGIC_NUMBER {
        return Err(vm.raise(vm.types.runtime_error, "Bad magic number in .pyc file"));
    }
    let Some(body) = bytes.get(marshal::PycHeader::SIZE..) else { return Err(ended_early(vm)) };
    match marshal::load_code(body) {
        Ok(compiled) => to_object(vm, &compiled),
        Err(_) => Err(vm.raise(vm.types.runtime_error, "Bad code object in .pyc file")),
    }
}

fn ended_early(vm: &Vm) -> crate::owned::Raised {
    vm.raise(vm.types.eof_error, "EOF read where not expected")
}

fn to_object(vm: &Vm, compiled: &CodeObject) -> PyResult {
    code::from_compiled(vm, compiled)
}

/// Runs code as `__main__`.
fn execute(vm: &Vm, code: &Owned, file: Option<&str>) -> PyResult<()> {
    let main = modules::main_module(vm)?;
    if let Some(file) = file {
        let text = str::new(vm, file)?;
        modules::set(vm, *main, "__file__", *text)?;
        modules::set(vm, *main, "__cached__", taipan_layout::Value::NONE)?;
        let kind = if file.ends_with(".pyc") { "SourcelessFileLoader" } else { "SourceFileLoader" };
        let external = modules::import(vm, "_frozen_importlib_external")?;
        let name = str::intern(vm, "__main__");
        let loader = protocol::attr::call_attr(vm, *external, kind, &[*name, *text])?;
        modules::set(vm, *main, "__loader__", *loader)?;
    }
    let namespace = module::dict(*main);
    interp::run_code(vm, **code, namespace, namespace).map(drop)
}

/// What happens between the end of the program and the end of the process.
fn shut_down(vm: &Vm, status: i32) -> u8 {
    let mut status = status;
    // What functions registered with `atexit` have printed.
    if let Err(raised) = sys::flush_streams(vm) {
        sys::report_flush(vm, raised);
        status = sys::FLUSH_FAILED;
    }
    crate::interp::monitoring::end(vm);
    gc::shutdown::finish(vm);
    status as u8
}
