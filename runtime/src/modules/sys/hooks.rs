//! The functions of `sys` that the interpreter calls, and the end of a program.

use taipan_layout::Value;

use super::flush_streams;
use crate::args::Args;
use crate::modules::{namespace, set};
use crate::objects::exceptions::print::{self, sys_attribute, write_unraisable_text};
use crate::objects::spec::{MethodSpec, function};
use crate::objects::{builtin, exceptions, int, is_instance, str, traceback, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// Prints what an expression at the prompt gives.
pub(super) fn displayhook(vm: &Vm, _: Value, v: Value) -> PyResult {
    if v.is_none() {
        return Ok(Owned::none());
    }
    let Some(builtins) = vm.state.builtins.get() else {
        return Err(vm.runtime_error("lost builtins module"));
    };
    let key = str::intern(vm, "_");
    crate::objects::dict::set_str(vm, builtins, *key, Value::NONE)?;
    let Some(stdout) = sys_attribute(vm, "stdout").filter(|f| !f.is_none()) else {
        return Err(vm.runtime_error("lost sys.stdout"));
    };
    let text = protocol::object::repr(vm, v)?;
    if let Err(raised) = protocol::call::method(vm, *stdout, *vm.names.write, &[*text]) {
        // What the stream's encoding lacks is written as escapes.
        drop(vm.catch(raised, vm.types.unicode_encode_error)?);
        let encoding = protocol::attr::get_str(vm, *stdout, "encoding")?;
        let handler = str::new(vm, "backslashreplace")?;
        let bytes = protocol::attr::call_attr(vm, *text, "encode", &[*encoding, *handler])?;
        let shown = protocol::attr::call_attr(vm, *bytes, "decode", &[*encoding])?;
        protocol::call::method(vm, *stdout, *vm.names.write, &[*shown])?;
    }
    let newline = str::intern(vm, "\n");
    protocol::call::method(vm, *stdout, *vm.names.write, &[*newline])?;
    crate::objects::dict::set_str(vm, builtins, *key, v)?;
    Ok(Owned::none())
}

pub(super) fn excepthook(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (exc, tb) = (args[1], args[2]);
    if !exceptions::is_exception(vm, exc) {
        let got = type_of(vm, exc).name_str();
        print::write_stderr(
            vm,
            &format!("TypeError: print_exception(): Exception expected for value, {got} found\n"),
        );
        return Ok(Owned::none());
    }
    if traceback::is_traceback(vm, tb) && exceptions::traceback(exc).is_null() {
        exceptions::set_traceback(exc, Some(tb.own()));
    }
    print_exception(vm, exc);
    Ok(Owned::none())
}

/// What an uncaught exception is reported with: for misspelled keywords the library's own code, which tries what would
/// have been right.
fn print_exception(vm: &Vm, exc: Value) {
    let is_general = is_instance(vm, exc, vm.types.syntax_error)
        && protocol::attr::get_str(vm, exc, "msg")
            .map(|msg| {
                let msg = str::to_string_lossy(*msg);
                msg == "invalid syntax" || msg.contains("Perhaps you forgot a comma")
            })
            .unwrap_or_else(|raised| {
                vm.discard(raised);
                false
            });
    if is_general {
        let printed = crate::modules::import(vm, "traceback")
            .and_then(|m| protocol::attr::call_attr(vm, *m, "_print_exception_bltin", &[exc]));
        match printed {
            Ok(_) => return,
            Err(raised) => vm.discard(raised),
        }
    }
    exceptions::print(vm, exc);
}

/// `breakpoint()`: calls what PYTHONBREAKPOINT names, `pdb.set_trace` without it.
pub(super) fn breakpointhook(vm: &Vm, _: Value, args: Args) -> PyResult {
    let named = if vm.config.ignore_environment { None } else { std::env::var("PYTHONBREAKPOINT").ok() };
    let name = named.filter(|name| !name.is_empty()).unwrap_or_else(|| "pdb.set_trace".to_owned());
    if name == "0" {
        return Ok(Owned::none());
    }
    let (module, function) = name.rsplit_once('.').unwrap_or(("builtins", &name));
    let found = if module.is_empty() || function.is_empty() {
        None
    } else {
        match crate::modules::import(vm, module) {
            Ok(m) => protocol::attr::get_optional(vm, *m, *str::intern(vm, function))?,
            Err(raised) => {
                vm.catch(raised, vm.types.import_error)?;
                None
            }
        }
    };
    let Some(f) = found else {
        let text = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{name}\"");
        crate::modules::warnings::warn(vm, vm.types.runtime_warning, &text, 1)?;
        return Ok(Owned::none());
    };
    protocol::call::with_args(vm, *f, args)
}

/// Calls a `sys.unraisablehook` that the program has installed; `None` when the default is in force.
pub fn call_unraisable_hook(vm: &Vm, hook: Value, exc: Value, message: &str) -> Option<PyResult> {
    let default = sys_attribute(vm, "__unraisablehook__")?;
    if *default == hook || hook.is_none() {
        return None;
    }
    let call = || -> PyResult {
        let tb = exceptions::traceback(exc);
        let message = if message.is_empty() { Owned::none() } else { str::new(vm, message)? };
        let arguments = namespace::new(
            vm,
            &[
                ("exc_type", type_of(vm, exc).value()),
                ("exc_value", exc),
                ("exc_traceback", if tb.is_null() { Value::NONE } else { tb }),
                ("err_msg", *message),
                ("object", Value::NONE),
            ],
        )?;
        protocol::call::positional(vm, hook, &[*arguments])
    };
    Some(call().map_err(|raised| {
        let e = vm.take_exception(raised);
        write_unraisable_text(vm, *e, "Exception ignored in sys.unraisablehook", Value::NULL);
        vm.restore_exception(e)
    }))
}

pub(super) fn unraisablehook(vm: &Vm, _: Value, arguments: Value) -> PyResult {
    let get = |name: &str| protocol::attr::get_optional(vm, arguments, *str::intern(vm, name));
    let parts = (get("exc_value")?, get("err_msg")?, get("object")?);
    let (Some(exc), Some(message), Some(object)) = parts else { return Err(no_arguments(vm)) };
    if !exceptions::is_exception(vm, *exc) {
        return Err(no_arguments(vm));
    }
    let message = if message.is_none() { String::new() } else { str::to_string_lossy(*message) };
    write_unraisable_text(vm, *exc, &message, *object);
    Ok(Owned::none())
}

#[cold]
fn no_arguments(vm: &Vm) -> Raised {
    vm.type_error("sys.unraisablehook argument type must be UnraisableHookArgs")
}

/// Exit status of a program whose last output could not be written.
pub const FLUSH_FAILED: i32 = 120;

pub fn report_flush(vm: &Vm, raised: Raised) {
    exceptions::write_unraisable(vm, raised, "Exception ignored while flushing sys.stdout", Value::NULL);
}

/// How a program ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// With an exit status.
    Status(i32),
    /// By Ctrl-C, which the process passes on to whoever started it.
    Interrupted,
}

/// Ends the program after `result` of its main code: prints an uncaught exception and tells the exit status. With `stays` an
/// interactive prompt follows, and `SystemExit` is an exception like others.
pub fn handle_uncaught(vm: &Vm, result: PyResult<()>, stays: bool) -> End {
    match result {
        Ok(()) => End::Status(0),
        Err(raised) => report(vm, raised, stays),
    }
}

fn report(vm: &Vm, raised: Raised, stays: bool) -> End {
    let e = vm.take_exception(raised);
    if is_instance(vm, *e, vm.types.system_exit) && !stays {
        return End::Status(exit_status(vm, *e));
    }
    if let Err(raised) = flush_streams(vm) {
        vm.discard(raised);
    }
    let interrupted = is_instance(vm, *e, vm.types.keyboard_interrupt);
    call_excepthook(vm, *e);
    if interrupted { End::Interrupted } else { End::Status(1) }
}

/// The status of a `SystemExit`; what is no number is printed.
fn exit_status(vm: &Vm, exc: Value) -> i32 {
    let code = exceptions::system_exit_code(exc);
    if code.is_none() {
        return 0;
    }
    if int::is_int(vm, *code) {
        return int::as_i64(*code).map_or(-1, |n| n as i32);
    }
    if let Err(raised) = flush_streams(vm) {
        vm.discard(raised);
    }
    match protocol::object::str(vm, *code) {
        Ok(text) => print::write_stderr(vm, &format!("{}\n", str::to_string_lossy(*text))),
        Err(raised) => vm.discard(raised),
    }
    1
}

fn call_excepthook(vm: &Vm, exc: Value) {
    let hook = sys_attribute(vm, "excepthook");
    let default = sys_attribute(vm, "__excepthook__");
    if hook.is_none() {
        print::write_stderr(vm, "sys.excepthook is missing\n");
    }
    let Some(hook) = hook.filter(|h| default.as_ref().is_none_or(|d| **d != **h)) else {
        print_exception(vm, exc);
        return;
    };
    let tb = exceptions::traceback(exc);
    let tb = if tb.is_null() { Value::NONE } else { tb };
    if let Err(raised) = protocol::call::positional(vm, *hook, &[type_of(vm, exc).value(), exc, tb]) {
        let failure = vm.take_exception(raised);
        print::write_stderr(vm, "Error in sys.excepthook:\n");
        exceptions::print(vm, *failure);
        print::write_stderr(vm, "\nOriginal exception was:\n");
        exceptions::print(vm, exc);
    }
}

/// `exit` and `quit`, which the `site` module gives to the prompt and to scripts alike.
pub fn add_exit_functions(vm: &Vm, builtins: Value) -> PyResult<()> {
    static EXIT: MethodSpec = function("exit", "($module, /, code=None)", leave, "Exit the interpreter.");
    static QUIT: MethodSpec = function("quit", "($module, /, code=None)", leave, "Exit the interpreter.");
    for spec in [&EXIT, &QUIT] {
        let f = builtin::new_function(vm, spec, builtins, *str::intern(vm, "builtins"))?;
        set(vm, builtins, spec.name, *f)?;
    }
    Ok(())
}

fn leave(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let code = args.first().copied().filter(|v| !v.is_null()).unwrap_or(Value::NONE);
    Err(vm.raise_with(vm.types.system_exit, &[code]))
}
