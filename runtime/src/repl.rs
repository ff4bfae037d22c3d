//! The interactive prompt.
//!
//! On a terminal it is the library's `_pyrepl`, which edits lines and colours them. Elsewhere, and with PYTHON_BASIC_REPL, statements
//! are read line by line from standard input, the prompts `sys.ps1` and `sys.ps2` go to standard error, and each statement
//! runs as soon as it is complete. What is complete `codeop` knows.

use std::io::{BufRead, IsTerminal};

use taipan_frontend::{Flags, Mode};
use taipan_layout::Value;

use crate::modules::builtins::source;
use crate::modules::{self, sys};
use crate::objects::exceptions::{self, print};
use crate::objects::{is_instance, module, str, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol::{self, attr};
use crate::vm::Vm;
use crate::{interp, launch};

/// Whether there is somebody to talk to.
pub fn is_wanted(vm: &Vm) -> bool {
    vm.config.interactive || std::io::stdin().is_terminal()
}

/// What version this is, and where to go on.
pub fn greet(vm: &Vm) {
    if vm.config.quiet {
        return;
    }
    let text =
        |name: &str| print::sys_attribute(vm, name).map_or_else(String::new, |v| str::to_string_lossy(*v));
    let hint = "Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.";
    let site = if vm.config.no_site { "" } else { hint };
    let greeting = format!("Python {} on {}\n{site}", text("version"), text("platform"));
    print::write_stderr(vm, &format!("{}\n", greeting.trim_end()));
}

/// Talks until the input ends or the program does. `first`: nothing ran before.
pub fn run(vm: &Vm, first: bool) -> sys::End {
    let basic = std::env::var_os("PYTHON_BASIC_REPL").is_some_and(|v| !v.is_empty());
    if !std::io::stdin().is_terminal() || basic {
        if first && let Err(raised) = startup(vm) {
            sys::handle_uncaught(vm, Err(raised), true);
        }
        return run_basic(vm);
    }
    sys::handle_uncaught(vm, library_prompt(vm, first), false)
}

fn library_prompt(vm: &Vm, first: bool) -> PyResult<()> {
    if let Some(hook) = print::sys_attribute(vm, "__interactivehook__")
        && let Err(raised) = protocol::call::positional(vm, *hook, &[])
    {
        print::write_stderr(vm, "Failed calling sys.__interactivehook__\n");
        sys::handle_uncaught(vm, Err(raised), true);
    }
    let prompt = modules::import(vm, "_pyrepl.main")?;
    let main = modules::main_module(vm)?;
    let console = attr::get_str(vm, *prompt, "interactive_console")?;
    let args = [*main, Value::TRUE, Value::bool(first)];
    protocol::call::positional(vm, *console, &args).map(drop)
}

/// Runs the file that PYTHONSTARTUP names.
fn startup(vm: &Vm) -> PyResult<()> {
    let Some(path) = std::env::var_os("PYTHONSTARTUP").filter(|p| !p.is_empty()) else { return Ok(()) };
    if vm.config.ignore_environment {
        return Ok(());
    }
    let name = path.to_string_lossy();
    match std::fs::read(&path) {
        Ok(bytes) => {
            let code = launch::compile(vm, &bytes, &name)?;
            execute(vm, &code)
        }
        Err(error) => {
            let error = launch::os_message(&error);
            print::write_stderr(vm, &format!("Could not open PYTHONSTARTUP\n{error}: '{name}'\n"));
            Ok(())
        }
    }
}

/// The plain prompt.
pub fn run_basic(vm: &Vm) -> sys::End {
    match converse(vm) {
        Ok(end) => end,
        Err(raised) => sys::handle_uncaught(vm, Err(raised), false),
    }
}

fn converse(vm: &Vm) -> PyResult<sys::End> {
    let codeop = modules::import(vm, "codeop")?;
    let linecache = modules::import(vm, "linecache")?;
    let compiler = attr::call_attr(vm, *codeop, "CommandCompiler", &[])?;
    let filename = str::new(vm, "<stdin>")?;
    let symbol = str::new(vm, "single")?;
    let mut lines = String::new();
    loop {
        let prompt = match lines.is_empty() {
            true => prompt(vm, "ps1", ">>> ")?,
            false => prompt(vm, "ps2", "... ")?,
        };
        print::write_stderr(vm, &prompt);
        let Some(line) = read_line() else {
            print::write_stderr(vm, "\n");
            return Ok(sys::End::Status(0));
        };
        lines.push_str(&line);
        let text = str::new(vm, lines.strip_suffix('\n').unwrap_or(&lines))?;
        let compiled = protocol::call::positional(vm, *compiler, &[*text, *filename, *symbol]);
        let result = match compiled {
            // More lines belong to it.
            Ok(code) if code.is_none() => continue,
            Ok(code) => {
                print::register_source(vm, *code, &lines);
                let whole = str::new(vm, &lines)?;
                attr::call_attr(vm, *linecache, "_register_code", &[*code, *whole, *filename])?;
                execute(vm, &code)
            }
            Err(raised) => Err(explain(vm, raised, &lines)),
        };
        lines.clear();
        if let Err(raised) = result {
            let exception = vm.take_exception(raised);
            let ends = is_instance(vm, *exception, vm.types.system_exit);
            let end = sys::handle_uncaught(vm, Err(vm.restore_exception(exception)), false);
            if ends {
                return Ok(end);
            }
        }
        if let Err(raised) = sys::flush_streams(vm) {
            vm.discard(raised);
        }
    }
}

/// A refused statement: its error as the whole lines give it, and nothing of how it was looked at.
fn explain(vm: &Vm, raised: Raised, text: &str) -> Raised {
    let mut exception = vm.take_exception(raised);
    if is_instance(vm, *exception, vm.types.syntax_error)
        && let Err(better) = source::compile_source(vm, text, "<stdin>", Mode::Interactive, Flags::default())
    {
        exception = vm.take_exception(better);
    }
    exceptions::set_traceback(*exception, None);
    vm.restore_exception(exception)
}

fn execute(vm: &Vm, code: &Owned) -> PyResult<()> {
    let main = modules::main_module(vm)?;
    if !is_instance(vm, *main, vm.types.module) || type_of(vm, **code) != vm.types.code {
        return Err(vm.type_error("the prompt needs code, and a module to run it in"));
    }
    let namespace = module::dict(*main).own();
    interp::run_code(vm, **code, *namespace, *namespace).map(drop)
}

/// The text of `sys.ps1` or `sys.ps2`, which is set where it is missing.
fn prompt(vm: &Vm, name: &str, usual: &str) -> PyResult<String> {
    if let Some(prompt) = print::sys_attribute(vm, name) {
        return Ok(match protocol::object::str(vm, *prompt) {
            Ok(text) => str::to_string_lossy(*text),
            Err(raised) => {
                vm.discard(raised);
                String::new()
            }
        });
    }
    let text = str::new(vm, usual)?;
    let sys = vm.state.sys_module.get().unwrap_or(Value::NULL);
    modules::set(vm, sys, name, *text)?;
    Ok(usual.to_owned())
}

/// A line of standard input; `None` at its end.
fn read_line() -> Option<String> {
    let mut line = Vec::new();
    match std::io::stdin().lock().read_until(b'\n', &mut line) {
        Ok(n) if n > 0 => Some(String::from_utf8_lossy(&line).into_owned()),
        _ => None,
    }
}
