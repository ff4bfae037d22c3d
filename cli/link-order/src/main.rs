//! Lists the functions of an executable in the order in which its first moments call them.
//!
//!     taipan-link-order EXECUTABLE LIST PROGRAM...
//!
//! runs `EXECUTABLE -c PROGRAM` for every program and writes the symbols of the functions that were called to LIST, one a
//! line, for the linker's `--symbol-ordering-file`.
//!
//! A start calls some 1,500 of 20,000 functions, and they lie all over the text. The kernel maps the 16 pages around each
//! page that faults, so that nearly all of the text becomes resident; laid side by side they take a sixth of that.
//!
//! Every function gets a breakpoint (`int3`) as its first byte; the first call stops there, is noted, and gets its byte
//! back. That costs a stop per function that is called and nothing more, unlike single steps, and needs no profiler.
//!
//! Names of functions hold hashes that change with the code. A list is rewritten when more than a twentieth of what was
//! called is not in it; otherwise the file is left alone, and nothing is linked anew.
#![allow(unsafe_code, reason = "starts a process that asks to be traced, between fork and exec")]

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

const BREAKPOINT: u8 = 0xcc;

type Result<T> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [executable, list, programs @ ..] = &arguments[..] else {
        eprintln!("usage: taipan-link-order EXECUTABLE LIST PROGRAM...");
        return ExitCode::from(2);
    };
    match write_list(Path::new(executable), Path::new(list), programs) {
        Ok(said) => {
            eprintln!("{said}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("taipan-link-order: {reason}");
            ExitCode::from(2)
        }
    }
}

fn write_list(executable: &Path, list: &Path, programs: &[OsString]) -> Result<String> {
    let text = Text::read(executable)?;
    let mut order = Vec::new();
    let mut seen = HashSet::new();
    for program in programs {
        for address in first_calls(executable, program, &text)? {
            if seen.insert(address) {
                order.extend(text.functions[&address].iter().map(String::as_str));
            }
        }
    }
    let old = fs::read_to_string(list).unwrap_or_default();
    let known: HashSet<&str> = old.lines().collect();
    let missing = order.iter().filter(|name| !known.contains(**name)).count();
    if missing * 20 <= order.len() {
        return Ok(format!("{}: {missing} of {} functions are not in it; kept", list.display(), order.len()));
    }
    let lines: String = order.iter().flat_map(|name| [name, "\n"]).collect();
    fs::write(list, lines).map_err(|error| format!("can't write '{}': {error}", list.display()))?;
    Ok(format!("{}: {} functions", list.display(), order.len()))
}

/// The code of an executable, and where its functions begin.
struct Text {
    address: u64,
    code: Vec<u8>,
    /// Names by address, which may have several.
    functions: HashMap<u64, Vec<String>>,
}

impl Text {
    fn read(executable: &Path) -> Result<Text> {
        let failed = |reason: String| format!("can't read '{}': {reason}", executable.display());
        let data = fs::read(executable).map_err(|error| failed(error.to_string()))?;
        let file = object::File::parse(&*data).map_err(|error| failed(error.to_string()))?;
        let section = file.section_by_name(".text").ok_or_else(|| failed("it has no code".into()))?;
        let code = section.data().map_err(|error| failed(error.to_string()))?.to_vec();
        let within = section.address()..section.address() + code.len() as u64;
        let mut functions: HashMap<u64, Vec<String>> = HashMap::new();
        for symbol in file.symbols() {
            if symbol.kind() == SymbolKind::Text
                && within.contains(&symbol.address())
                && let Ok(name) = symbol.name()
            {
                functions.entry(symbol.address()).or_default().push(name.to_owned());
            }
        }
        Ok(Text { address: section.address(), code, functions })
    }
}

/// Runs a program and gives the addresses of the functions it called, in the order of their first calls.
fn first_calls(executable: &Path, program: &OsString, text: &Text) -> Result<Vec<u64>> {
    let mut command = Command::new(executable);
    command.args(["-c".as_ref(), program.as_os_str()]).stdin(Stdio::null()).stdout(Stdio::null());
    // SAFETY: the call is one system call; it neither allocates nor takes a lock.
    unsafe { command.pre_exec(|| ptrace::traceme().map_err(Into::into)) };
    let child =
        command.spawn().map_err(|error| format!("can't trace '{}': {error}", executable.display()))?;
    let child = Pid::from_raw(child.id().cast_signed());
    let traced = trace(child, executable, text);
    if traced.is_err() {
        // What is left of the process when tracing fails is of no use to anyone.
        let _ = ptrace::kill(child);
    }
    traced.map_err(|error| format!("can't trace '{}': {error}", executable.display()))
}

fn trace(child: Pid, executable: &Path, text: &Text) -> std::io::Result<Vec<u64>> {
    // The first stop is after `exec`: nothing of the program has run, and its threads will be ours to trace as well.
    waitpid(child, None)?;
    ptrace::setoptions(child, ptrace::Options::PTRACE_O_TRACECLONE | ptrace::Options::PTRACE_O_EXITKILL)?;
    let base = load_address(child, executable)?;
    let memory = File::options().read(true).write(true).open(format!("/proc/{child}/mem"))?;
    let mut code = text.code.clone();
    for address in text.functions.keys() {
        code[(address - text.address) as usize] = BREAKPOINT;
    }
    memory.write_all_at(&code, base + text.address)?;

    let mut calls = Vec::new();
    ptrace::cont(child, None)?;
    loop {
        let status = waitpid(None::<Pid>, Some(WaitPidFlag::__WALL))?;
        let (stopped, signal) = match status {
            WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..) if pid == child => return Ok(calls),
            WaitStatus::Stopped(pid, signal) => (pid, signal),
            WaitStatus::PtraceEvent(pid, ..) => {
                ptrace::cont(pid, None)?;
                continue;
            }
            _ => continue,
        };
        let mut registers = ptrace::getregs(stopped)?;
        let address = registers.rip.wrapping_sub(1).wrapping_sub(base);
        if signal == Signal::SIGTRAP && text.functions.contains_key(&address) {
            // Another thread may have stopped here at the same time: the call is noted once, the byte restored twice.
            calls.push(address);
            memory.write_all_at(&text.code[(address - text.address) as usize..][..1], base + address)?;
            registers.rip -= 1;
            ptrace::setregs(stopped, registers)?;
            ptrace::cont(stopped, None)?;
        } else {
            // A new thread's first stop is no signal of the program's.
            let passed_on = (signal != Signal::SIGSTOP && signal != Signal::SIGTRAP).then_some(signal);
            ptrace::cont(stopped, passed_on)?;
        }
    }
}

/// Where the executable's address 0 lies in the process.
fn load_address(child: Pid, executable: &Path) -> std::io::Result<u64> {
    let executable = fs::canonicalize(executable)?;
    let maps = fs::read_to_string(format!("/proc/{child}/maps"))?;
    // Lines are sorted by address: the executable's first mapping begins with its file's first byte.
    maps.lines()
        .find(|line| line.ends_with(executable.to_string_lossy().as_ref()))
        .and_then(|line| u64::from_str_radix(line.split('-').next()?, 16).ok())
        .ok_or_else(|| std::io::Error::other("the process does not map it"))
}
