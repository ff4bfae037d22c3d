//! From source text to running code: `compile`, `eval`, `exec`.

use super::compiler::{self, Compilation, ErrorKind, Flags, Mode, SyntaxError};
use taipan_frontend::code::flags as co;
use taipan_layout::{Kind, Value};

use super::{current_globals, current_locals, optional};
use crate::objects::exceptions::{self, SyntaxPosition};
use crate::objects::{bytes, code, dict, frame, function, int, is_instance, is_kind, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// Flags of `compile()` beyond the `CO_FUTURE_*` ones.
const ONLY_AST: i64 = 0x400;
const DONT_IMPLY_DEDENT: i64 = 0x200;
const TYPE_COMMENTS: i64 = 0x1000;
const ALLOW_TOP_LEVEL_AWAIT: i64 = 0x2000;
const ALLOW_INCOMPLETE_INPUT: i64 = 0x4000;
const OPTIMIZED_AST: i64 = 0x8000;
const FUTURES: u32 = co::CO_FUTURE_DIVISION
    | co::CO_FUTURE_ABSOLUTE_IMPORT
    | co::CO_FUTURE_WITH_STATEMENT
    | co::CO_FUTURE_PRINT_FUNCTION
    | co::CO_FUTURE_UNICODE_LITERALS
    | co::CO_FUTURE_BARRY_AS_BDFL
    | co::CO_FUTURE_GENERATOR_STOP
    | co::CO_FUTURE_ANNOTATIONS;

/// Text to compile.
pub enum Source {
    Text(String),
    /// With an encoding still to be found out.
    Bytes(Vec<u8>),
}

/// Compiles text; syntax errors are raised.
pub fn compile_source(vm: &Vm, text: &str, filename: &str, mode: Mode, flags: Flags) -> PyResult {
    let compiled = compiler::compile_with_warnings(text, filename, mode, flags);
    finish(vm, compiled, filename)
}

/// Compiles the contents of a file; syntax errors are raised.
pub fn compile_source_bytes(vm: &Vm, text: &[u8], filename: &str, mode: Mode, flags: Flags) -> PyResult {
    let compiled = compiler::compile_bytes(text, filename, mode, flags);
    finish(vm, compiled, filename)
}

fn finish(vm: &Vm, compiled: Result<Compilation, SyntaxError>, filename: &str) -> PyResult {
    let compiled = match compiled {
        Ok(compiled) => compiled,
        Err(error) => return Err(compile_error(vm, &error, filename)),
    };
    for w in &compiled.warnings {
        crate::modules::warnings::warn_at(vm, vm.types.syntax_warning, &w.message, filename, w.loc.line)?;
    }
    code::from_compiled(vm, &compiled.code)
}

/// Raises what the compiler reports.
#[cold]
pub fn compile_error(vm: &Vm, error: &SyntaxError, filename: &str) -> Raised {
    let t = &vm.types;
    let ty = match error.kind {
        ErrorKind::Syntax => t.syntax_error,
        ErrorKind::Indentation => t.indentation_error,
        ErrorKind::Tab => t.tab_error,
        ErrorKind::Recursion => return vm.raise(t.recursion_error, &error.message),
        ErrorKind::Memory => return vm.raise(t.memory_error, &error.message),
        ErrorKind::UnicodeDecode => return vm.raise(t.unicode_decode_error, &error.message),
        ErrorKind::UnicodeEncode => return vm.raise(t.unicode_encode_error, &error.message),
    };
    let position = SyntaxPosition {
        line: i64::from(error.lineno),
        column: i64::from(error.offset),
        end_line: i64::from(error.end_lineno),
        end_column: i64::from(error.end_offset),
    };
    match exceptions::new_syntax_error(vm, ty, &error.message, filename, position, error.text.as_deref()) {
        Ok(e) => vm.set_exception(e),
        Err(raised) => raised,
    }
}

/// The text of an argument that may be `str` or bytes-like; `what` completes the error message.
fn source_argument(vm: &Vm, v: Value, function: &str, what: &str) -> PyResult<Source> {
    let source = if is_instance(vm, v, vm.types.str) {
        match str::as_str(&v) {
            Some(text) => Source::Text(text.into_owned()),
            None => {
                // A lone surrogate cannot be in a source file: report what encoding it would report.
                let encode = str::intern(vm, "encode");
                protocol::call::method(vm, v, *encode, &[])?;
                Source::Text(str::to_string_lossy(v))
            }
        }
    } else if is_instance(vm, v, vm.types.bytes) || is_kind(v, Kind::ByteArray) {
        Source::Bytes(bytes::buffer(vm, v)?.as_slice().to_vec())
    } else {
        return Err(vm.type_error(&format!("{function}() arg 1 must be a string, bytes or {what} object")));
    };
    let has_null = match &source {
        Source::Text(t) => t.contains('\0'),
        Source::Bytes(b) => b.contains(&0),
    };
    if has_null {
        return Err(vm.raise(vm.types.syntax_error, "source code string cannot contain null bytes"));
    }
    Ok(source)
}

fn compile_any(vm: &Vm, source: &Source, filename: &str, mode: Mode, flags: Flags) -> PyResult {
    match source {
        Source::Text(t) => compile_source(vm, t, filename, mode, flags),
        Source::Bytes(b) => compile_source_bytes(vm, b, filename, mode, flags),
    }
}

/// The `CO_FUTURE_*` flags of the code that calls.
fn inherited_futures(vm: &Vm) -> u32 {
    // SAFETY: the chain of live frames ends with null.
    unsafe {
        let f = crate::interp::frames::first_python((*vm.ts()).frame);
        if f.is_null() { 0 } else { frame::code_of(f).head.flags & FUTURES }
    }
}

pub(super) fn compile(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let number = |i: usize, default: i64| -> PyResult<i64> {
        optional(args, i).map_or(Ok(default), |v| protocol::index::to_i64(vm, v))
    };
    let flags = number(3, 0)?;
    let dont_inherit = match optional(args, 4) {
        Some(v) => protocol::compare::is_true(vm, v)?,
        None => false,
    };
    let optimize = number(5, -1)?;
    let known = i64::from(FUTURES)
        | ONLY_AST
        | DONT_IMPLY_DEDENT
        | TYPE_COMMENTS
        | ALLOW_TOP_LEVEL_AWAIT
        | ALLOW_INCOMPLETE_INPUT
        | OPTIMIZED_AST
        | i64::from(co::CO_NESTED);
    if flags & !known != 0 {
        return Err(vm.value_error("compile(): unrecognised flags"));
    }
    if !(-1..=2).contains(&optimize) {
        return Err(vm.value_error("compile(): invalid optimize value"));
    }
    if !is_instance(vm, args[2], vm.types.str) {
        let got = type_of(vm, args[2]).name_str();
        return Err(vm.type_error(&format!("compile() argument 'mode' must be str, not {got}")));
    }
    let mode = match str::to_string_lossy(args[2]).as_str() {
        "exec" => Mode::Module,
        "eval" => Mode::Expression,
        "single" => Mode::Interactive,
        _ => return Err(vm.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    if flags & ONLY_AST != 0 {
        return Err(vm.raise(vm.types.not_implemented_error, "compile() to an AST object is not supported"));
    }
    let filename = filename_argument(vm, args[1])?;
    let source = source_argument(vm, args[0], "compile", "AST")?;
    let flags = Flags {
        optimize: if optimize < 0 { vm.config.optimize } else { optimize as u8 },
        future: (flags as u32 & FUTURES) | if dont_inherit { 0 } else { inherited_futures(vm) },
        top_level_await: flags & ALLOW_TOP_LEVEL_AWAIT != 0,
    };
    compile_any(vm, &source, &filename, mode, flags)
}

/// `str`, `bytes` or an object with `__fspath__`.
fn filename_argument(vm: &Vm, v: Value) -> PyResult<String> {
    let path = crate::modules::posix::fspath(vm, v)?;
    let path = crate::modules::posix::encode(vm, *path)?;
    Ok(String::from_utf8_lossy(&path).into_owned())
}

/// Namespaces for `eval` and `exec`.
struct Namespaces {
    globals: Owned,
    locals: Owned,
}

fn namespaces(vm: &Vm, globals: Option<Value>, locals: Option<Value>) -> PyResult<Namespaces> {
    let globals_given = globals.is_some();
    let globals = match globals {
        Some(g) => g.own(),
        None => current_globals(vm)?,
    };
    let locals = match locals {
        Some(l) => l.own(),
        None if globals_given => globals.clone(),
        None => current_locals(vm)?,
    };
    let key = str::intern(vm, "__builtins__");
    if dict::get_str(vm, *globals, *key).is_none()
        && let Some(b) = vm.state.builtins.get()
    {
        dict::set_str(vm, *globals, *key, b)?;
    }
    Ok(Namespaces { globals, locals })
}

fn is_mapping(vm: &Vm, v: Value) -> bool {
    type_of(vm, v).slots().get_item.is_some() && !int::is_int(vm, v)
}

pub(super) fn eval(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let given = |i: usize| optional(args, i).filter(|v| !v.is_none());
    let (globals, locals) = (given(1), given(2));
    if locals.is_some_and(|l| !is_mapping(vm, l)) {
        return Err(vm.type_error("locals must be a mapping"));
    }
    if let Some(g) = globals
        && !is_instance(vm, g, vm.types.dict)
    {
        return Err(vm.type_error(if is_mapping(vm, g) {
            "globals must be a real dict; try eval(code, {}, mapping)"
        } else {
            "globals must be a dict"
        }));
    }
    let spaces = namespaces(vm, globals, locals)?;
    let code = if is_kind(args[0], Kind::Code) {
        if code::code_object(args[0]).head.nfreevars > 0 {
            return Err(vm.type_error("code object passed to eval() may not contain free variables"));
        }
        args[0].own()
    } else {
        let mut source = source_argument(vm, args[0], "eval", "code")?;
        match &mut source {
            Source::Text(t) => *t = t.trim_start_matches([' ', '\t']).to_owned(),
            Source::Bytes(b) => {
                let blanks = b.iter().take_while(|c| matches!(c, b' ' | b'\t')).count();
                b.drain(..blanks);
            }
        }
        compile_any(vm, &source, "<string>", Mode::Expression, string_flags(vm))?
    };
    run(vm, *code, &spaces, None)
}

fn string_flags(vm: &Vm) -> Flags {
    Flags { optimize: vm.config.optimize, future: inherited_futures(vm), top_level_await: false }
}

pub(super) fn exec(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let given = |i: usize| optional(args, i).filter(|v| !v.is_none());
    let (globals, locals, closure) = (given(1), given(2), given(3));
    if let Some(g) = globals
        && !is_instance(vm, g, vm.types.dict)
    {
        let got = type_of(vm, g).name_str();
        return Err(vm.type_error(&format!("exec() globals must be a dict, not {got}")));
    }
    if let Some(l) = locals
        && !is_mapping(vm, l)
    {
        let got = type_of(vm, l).name_str();
        return Err(vm.type_error(&format!("locals must be a mapping or None, not {got}")));
    }
    let spaces = namespaces(vm, globals, locals)?;
    let code = if is_kind(args[0], Kind::Code) {
        check_exec_closure(vm, args[0], closure)?;
        args[0].own()
    } else {
        if closure.is_some() {
            return Err(vm.type_error("closure can only be used when source is a code object"));
        }
        let source = source_argument(vm, args[0], "exec", "code")?;
        compile_any(vm, &source, "<string>", Mode::Module, string_flags(vm))?
    };
    run(vm, *code, &spaces, closure)?;
    Ok(Owned::none())
}

fn check_exec_closure(vm: &Vm, code: Value, closure: Option<Value>) -> PyResult<()> {
    let free = code::code_object(code).head.nfreevars as usize;
    let Some(closure) = closure else {
        if free > 0 {
            return Err(vm.type_error(&format!("code object requires a closure of exactly length {free}")));
        }
        return Ok(());
    };
    if free == 0 {
        return Err(vm.type_error("cannot use a closure with this code object"));
    }
    let fits = type_of(vm, closure) == vm.types.tuple
        && tuple::items(&closure).len() == free
        && tuple::items(&closure).iter().all(|c| is_kind(*c, Kind::Cell));
    if !fits {
        return Err(vm.type_error(&format!("code object requires a closure of exactly length {free}")));
    }
    Ok(())
}

fn run(vm: &Vm, code: Value, spaces: &Namespaces, closure: Option<Value>) -> PyResult {
    let f = function::new(vm, code, *spaces.globals, Value::NULL)?;
    if let Some(closure) = closure {
        function::set_part(*f, function::Part::Closure, Some(closure.own()));
    }
    crate::interp::run_with_locals(vm, *f, *spaces.locals)
}
