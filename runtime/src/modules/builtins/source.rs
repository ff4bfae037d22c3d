//! From source text to running code: `compile`, `eval`, `exec`.

use super::compiler::{Compilation, ErrorKind, Flags, Mode, SyntaxError};
use std::borrow::Cow;

use taipan_frontend::Input;
use taipan_frontend::code::flags as co;
use taipan_frontend::syntax_tree::read::TreeErrorKind;
use taipan_frontend::syntax_tree::{CompileError, Node, TreeFlags};
use taipan_layout::{Kind, Value};

use super::{current_globals, current_locals, optional};
use crate::modules::ast;
use crate::objects::exceptions::{self, SyntaxPosition};
use crate::objects::{bytes, code, dict, frame, function, int, is_instance, is_kind, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::vm::Vm;
use crate::{parts, protocol};

/// Flags of `compile()` beyond the `CO_FUTURE_*` ones.
const ONLY_AST: i64 = 0x400;
const DONT_IMPLY_DEDENT: i64 = 0x200;
const TYPE_COMMENTS: i64 = 0x1000;
const ALLOW_TOP_LEVEL_AWAIT: i64 = 0x2000;
const ALLOW_INCOMPLETE_INPUT: i64 = 0x4000;
const OPTIMIZED_AST: i64 = 0x8000 | ONLY_AST;
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
    let compiled = (parts::compiler(vm)?.compile)(text, filename, mode, flags);
    finish(vm, compiled, filename, Some(text.as_bytes()))
}

/// Compiles the contents of a file; syntax errors are raised.
pub fn compile_source_bytes(vm: &Vm, text: &[u8], filename: &str, mode: Mode, flags: Flags) -> PyResult {
    let compiled = (parts::compiler(vm)?.compile_bytes)(text, filename, mode, flags);
    finish(vm, compiled, filename, Some(text))
}

/// [`compile_source_bytes`] of a file that is run, which errors of its encoding name.
pub fn compile_program(vm: &Vm, text: &[u8], filename: &str, flags: Flags) -> PyResult {
    let mut compiled = (parts::compiler(vm)?.compile_bytes)(text, filename, Mode::Module, flags);
    if let Err(error) = &mut compiled
        && error.message.starts_with("Non-UTF-8 code")
    {
        error.message = error.message.replacen(" on line ", &format!(" in file {filename} on line "), 1);
    }
    finish(vm, compiled, filename, Some(text))
}

fn finish(
    vm: &Vm,
    compiled: Result<Compilation, SyntaxError>,
    filename: &str,
    source: Option<&[u8]>,
) -> PyResult {
    let compiled = match compiled {
        Ok(compiled) => compiled,
        Err(error) => return Err(compile_error_in(vm, &error, filename, source)),
    };
    for w in &compiled.warnings {
        warn(vm, w, filename)?;
    }
    code::from_compiled(vm, &compiled.code)
}

/// Issues a warning of the compiler.
fn warn(vm: &Vm, w: &taipan_frontend::Warning, filename: &str) -> PyResult<()> {
    let category = vm.types.syntax_warning;
    let Err(raised) = crate::modules::warnings::warn_at(vm, category, &w.message, filename, w.loc.line)
    else {
        return Ok(());
    };
    // Where such a warning is an error it is one of the source, and says nothing about the future.
    drop(vm.catch(raised, category)?);
    let message = w.message.replace(" Such sequences will not work in the future.", "");
    let position = SyntaxPosition {
        line: i64::from(w.loc.line),
        column: i64::from(w.loc.col) + 1,
        end_line: i64::from(w.loc.end_line),
        end_column: i64::from(w.loc.end_col) + 1,
    };
    let error = exceptions::new_syntax_error(vm, vm.types.syntax_error, &message, filename, position, None)?;
    Err(vm.set_exception(error))
}

/// Raises what the compiler reports.
#[cold]
pub fn compile_error(vm: &Vm, error: &SyntaxError, filename: &str) -> Raised {
    compile_error_in(vm, error, filename, None)
}

/// [`compile_error`] with the source, in which keywords may be misspelled.
#[cold]
fn compile_error_in(vm: &Vm, error: &SyntaxError, filename: &str, source: Option<&[u8]>) -> Raised {
    let t = &vm.types;
    let ty = match error.kind {
        ErrorKind::Syntax => t.syntax_error,
        ErrorKind::Indentation => t.indentation_error,
        ErrorKind::Tab => t.tab_error,
        ErrorKind::Incomplete => t.incomplete_input_error,
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
    let text =
        error.text.as_deref().filter(|_| !error.after_parsing || std::path::Path::new(filename).is_file());
    let made = exceptions::new_syntax_error(vm, ty, &error.message, filename, position, text);
    let made = made.and_then(|e| {
        if !error.after_parsing {
            let source = match source {
                Some(source) => str::new(vm, &String::from_utf8_lossy(source))?,
                None => Owned::none(),
            };
            let (line, column) = error.statement;
            let place = [Value::fixnum(i64::from(line)), Value::fixnum(i64::from(column)), *source];
            let metadata = tuple::from_slice(vm, &place)?;
            protocol::attr::set(vm, *e, *str::intern(vm, "_metadata"), *metadata)?;
        }
        Ok(e)
    });
    match made {
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
    } else if bytes::is_plain_buffer(vm, v) {
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
    // Only what was given counts, and what is newer than this version is this version.
    let version = number(6, -1)?.min(i64::from(u8::MAX));
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
    let only_ast = flags & ONLY_AST != 0;
    let mut is_function_type = false;
    let mode = match str::to_string_lossy(args[2]).as_str() {
        "exec" => Mode::Module,
        "eval" => Mode::Expression,
        "single" => Mode::Interactive,
        "func_type" if only_ast => {
            is_function_type = true;
            Mode::Expression
        }
        "func_type" => {
            return Err(vm.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST"));
        }
        _ if only_ast => {
            return Err(vm.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'"));
        }
        _ => return Err(vm.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let filename = filename_argument(vm, args[1])?;
    let tree_flags = TreeFlags {
        optimized: flags & OPTIMIZED_AST == OPTIMIZED_AST,
        type_comments: flags & TYPE_COMMENTS != 0,
        version: u8::try_from(version).ok(),
        function_type: is_function_type,
        flags: Flags {
            optimize: if optimize < 0 { vm.config.optimize } else { optimize as u8 },
            future: (flags as u32 & FUTURES) | if dont_inherit { 0 } else { inherited_futures(vm) },
            top_level_await: flags & ALLOW_TOP_LEVEL_AWAIT != 0,
            max_digits: int::text::max_str_digits(vm),
        },
    };
    if ast::is_node(vm, args[0])? {
        let wanted = match mode {
            _ if is_function_type => "FunctionType",
            Mode::Module => "Module",
            Mode::Expression => "Expression",
            Mode::Interactive => "Interactive",
        };
        let tree = ast::read(vm, args[0], wanted)?;
        if only_ast && !tree_flags.optimized {
            // A copy, without what is no part of a tree.
            return ast::make(vm, &tree);
        }
        if only_ast {
            let (tree, warnings) = (parts::compiler(vm)?.optimize_tree)(&tree, tree_flags.flags)
                .map_err(|e| tree_error(vm, e, &filename))?;
            for w in &warnings {
                warn(vm, w, &filename)?;
            }
            return ast::make(vm, &tree);
        }
        return finish_tree(vm, &tree, &filename, tree_flags.flags);
    }
    let source = source_argument(vm, args[0], "compile", "AST")?;
    let input = Input {
        may_be_incomplete: flags & ALLOW_INCOMPLETE_INPUT != 0,
        ends_blocks: flags & DONT_IMPLY_DEDENT == 0,
    };
    check_input(vm, &source, &filename, mode, input)?;
    if only_ast {
        return tree_of(vm, &source, &filename, mode, tree_flags);
    }
    compile_any(vm, &source, &filename, mode, tree_flags.flags)
}

/// Whether interactive input is complete; what it lacks is raised. Of ordinary source the compiler says so itself.
fn check_input(vm: &Vm, source: &Source, filename: &str, mode: Mode, input: Input) -> PyResult<()> {
    if input == Input::default() {
        return Ok(());
    }
    let compiler = parts::compiler(vm)?;
    let (text, bytes) = match source {
        Source::Text(text) => (Cow::Borrowed(text.as_str()), text.as_bytes()),
        Source::Bytes(bytes) => ((compiler.decode)(bytes), bytes.as_slice()),
    };
    match (compiler.input_error)(&text, mode, input) {
        Some(error) => Err(compile_error_in(vm, &error, filename, Some(bytes))),
        None => Ok(()),
    }
}

/// The syntax tree of a source.
fn tree_of(vm: &Vm, source: &Source, filename: &str, mode: Mode, flags: TreeFlags) -> PyResult {
    let compiler = parts::compiler(vm)?;
    let parsed = match source {
        Source::Text(text) => (compiler.parse)(text, mode, flags),
        Source::Bytes(bytes) => (compiler.parse_bytes)(bytes, mode, flags),
    };
    let text = match source {
        Source::Text(text) => text.as_bytes(),
        Source::Bytes(bytes) => bytes,
    };
    match parsed {
        Ok((tree, warnings)) => {
            for w in &warnings {
                warn(vm, w, filename)?;
            }
            ast::make(vm, &tree)
        }
        Err(error) => Err(compile_error_in(vm, &error, filename, Some(text))),
    }
}

/// The code of a syntax tree.
fn finish_tree(vm: &Vm, tree: &Node, filename: &str, flags: Flags) -> PyResult {
    match (parts::compiler(vm)?.compile_tree)(tree, filename, flags) {
        Ok(compiled) => finish(vm, Ok(compiled), filename, None),
        Err(error) => Err(tree_error(vm, error, filename)),
    }
}

/// Raises what is wrong with a syntax tree.
#[cold]
fn tree_error(vm: &Vm, error: CompileError, filename: &str) -> Raised {
    match error {
        CompileError::Syntax(error) => compile_error(vm, &error, filename),
        CompileError::Tree(error) => match error.kind {
            TreeErrorKind::Value => vm.value_error(&error.message),
            TreeErrorKind::Type => vm.type_error(&error.message),
            TreeErrorKind::Recursion => vm.raise(vm.types.recursion_error, &error.message),
        },
    }
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
        && let Some(b) = function::builtins::current(vm)
    {
        dict::set_str(vm, *globals, *key, *b)?;
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
    Flags {
        optimize: vm.config.optimize,
        future: inherited_futures(vm),
        top_level_await: false,
        max_digits: int::text::max_str_digits(vm),
    }
}

pub(in crate::modules) fn exec(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
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
