//! Python source to CPython 3.14 bytecode.
//!
//! [`compile`] runs the whole pipeline; each step is a module:
//!
//! ```text
//! source    bytes → text (encoding, newlines) and the map from offsets to lines
//! syntax    text → the parser crate's tree; if that fails, CPython's grammar says what is wrong
//! ast       → a tree in CPython's shape
//! symtable  → which scope each name belongs to
//! codegen   → pseudo instructions with labels, one sequence per code object
//! cfg       → basic blocks, optimised pass by pass
//! assemble  → the code object
//! ```
//!
//! The code objects are equal to those of CPython 3.14: instruction by instruction, with the same
//! constants, names, line and exception tables. `examples/compare-bytecode.rs` measures that.

mod assemble;
pub mod ast;
mod cfg;
pub mod code;
mod codecs;
mod codegen;
mod const_eval;
mod consts;
pub mod dis;
mod error;
pub mod image;
pub mod inspect;
pub mod marshal;
pub mod named_tuple;
mod names;
pub mod pyc;
mod small_map;
mod source;
mod symtable;
mod syntax;
pub mod syntax_tree;
pub mod tables;

use std::{borrow::Cow, rc::Rc};

use bumpalo::Bump;
pub use cfg::stack_effect::of_number as stack_effect;
pub use code::{CodeObject, Constant, PyText};
pub use error::{ErrorKind, SyntaxError};
pub use syntax::Input;

use crate::{
    ast::{Loc, lower::Lower},
    consts::ConstPool,
    error::Error,
    names::Names,
    source::Source,
    syntax::Diagnosis,
};

/// What kind of source it is: `compile()`'s third argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// `exec`: a module.
    Module,
    /// `eval`: one expression.
    Expression,
    /// `single`: one statement, whose value is printed.
    Interactive,
}

/// Everything else that `compile()` takes.
#[derive(Clone, Copy, Debug)]
pub struct Flags {
    /// `-O` is 1, `-OO` is 2.
    pub optimize: u8,
    /// `CO_FUTURE_*` bits of the code that compiles.
    pub future: u32,
    /// `await` may be used at the top level.
    pub top_level_await: bool,
    /// Decimal digits that an integer literal may have; 0: any number.
    pub max_digits: usize,
}

impl Default for Flags {
    fn default() -> Flags {
        Flags { optimize: 0, future: 0, top_level_await: false, max_digits: source::DEFAULT_MAX_DIGITS }
    }
}

/// A `SyntaxWarning`; columns are UTF-8 bytes from 0.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    pub message: String,
    pub loc: Loc,
}

/// A code object and what is odd about its source.
#[derive(Debug)]
pub struct Compilation {
    pub code: Rc<CodeObject>,
    pub warnings: Vec<Warning>,
}

/// Compiles source text.
pub fn compile(source: &str, filename: &str, mode: Mode, flags: Flags) -> Result<CodeObject, SyntaxError> {
    let compilation = compile_with_warnings(source, filename, mode, flags)?;
    Ok(Rc::unwrap_or_clone(compilation.code))
}

/// The text of a source file, by its byte order mark and encoding cookie; what cannot be decoded is replaced.
pub fn decode_source(bytes: &[u8]) -> Cow<'_, str> {
    source::decode(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes))
}

/// Compiles the contents of a source file, whose encoding is to be found out.
pub fn compile_bytes(
    source: &[u8],
    filename: &str,
    mode: Mode,
    flags: Flags,
) -> Result<Compilation, SyntaxError> {
    if memchr::memchr(0, source).is_some() {
        return Err(Error::syntax(NULL_BYTES, Loc::NONE).locate(&Source::new("")));
    }
    let text = match source::decode(source) {
        Ok(text) => text,
        Err(error) => return Err(source::locate_in(source, *error)),
    };
    compile_source(Source::from_cow(text), filename, mode, flags)
}

/// Like [`compile`], with the warnings.
pub fn compile_with_warnings(
    source: &str,
    filename: &str,
    mode: Mode,
    flags: Flags,
) -> Result<Compilation, SyntaxError> {
    compile_source(Source::from_cow(Cow::Borrowed(source)), filename, mode, flags)
}

/// What CPython's grammar alone says of a source. The compiler asks it only when something is wrong or in doubt, as it
/// is slow; with this a test can ask whether the compiler was right not to.
pub fn grammar_error(source: &str, mode: Mode) -> Option<SyntaxError> {
    let source = Source::new(source);
    match syntax::diagnose(&source, mode, false) {
        Diagnosis::Refused(error) => Some(error.locate(&source)),
        Diagnosis::Accepted { .. } => None,
    }
}

/// [`grammar_error`] of interactive input.
pub fn input_error(text: &str, mode: Mode, input: Input) -> Option<SyntaxError> {
    // The compiler looks at the length of numbers.
    let source = Source::new(text).with_max_digits(0);
    match syntax::diagnose_input(&source, mode, false, input) {
        Diagnosis::Refused(error) => Some(locate(*error, &source, mode)),
        Diagnosis::Accepted { .. } => None,
    }
}

/// Where an error of the parser is. Only the last line of a module gets a newline that it does not have.
fn locate(error: Error, source: &Source, mode: Mode) -> SyntaxError {
    let mut error = error.locate(source);
    let last = source.text().rsplit('\n').next().unwrap_or("");
    if mode != Mode::Module
        && !last.is_empty()
        && let Some(text) = &mut error.text
        && text.strip_suffix('\n') == Some(last)
    {
        text.pop();
    }
    error
}

const NULL_BYTES: &str = "source code string cannot contain null bytes";

/// What a level of the parser crate's tree needs at most, divided by what it takes to write one.
const STACK_PER_BYTE: usize = 256 * UNOPTIMISED;
/// A sign is a level by itself.
const STACK_PER_SIGN: usize = 1024 * UNOPTIMISED;
/// Brackets take little to write, but may only nest two hundred times.
const STACK_FOR_BRACKETS: usize = (512 << 10) * UNOPTIMISED;
/// Frames of unoptimised code are so much bigger.
const UNOPTIMISED: usize = if cfg!(debug_assertions) { 6 } else { 1 };
/// Memory is only reserved, and used as far as the tree is deep.
const MAX_STACK: usize = 1 << 30;

fn compile_source(
    source: Source,
    filename: &str,
    mode: Mode,
    flags: Flags,
) -> Result<Compilation, SyntaxError> {
    let source = source.with_max_digits(flags.max_digits);
    if memchr::memchr(0, source.text().as_bytes()).is_some() {
        return Err(Error::syntax(NULL_BYTES, Loc::NONE).locate(&source));
    }
    if flags.future & symtable::future::BARRY_AS_BDFL != 0 || mentions_barry(&source) {
        return compile_with_old_inequality(source, filename, mode, flags);
    }
    on_a_deep_enough_stack(&source, || pipeline(&source, filename, mode, flags, false))
        .map_err(|error| refusal(*error, &source, mode))
}

fn mentions_barry(source: &Source) -> bool {
    memchr::memmem::find(source.text().as_bytes(), b"barry_as_FLUFL").is_some()
}

/// PEP 401: `<>` in the place of `!=`. The parser crate does not know it, but both are as long.
#[cold]
fn compile_with_old_inequality(
    source: Source,
    filename: &str,
    mode: Mode,
    flags: Flags,
) -> Result<Compilation, SyntaxError> {
    let barry = flags.future & symtable::future::BARRY_AS_BDFL != 0;
    match syntax::diagnose(&source, mode, barry) {
        Diagnosis::Refused(error) => Err(error.locate(&source)),
        Diagnosis::Accepted { inequalities: places, .. } => {
            let mut text = source.text().to_owned();
            for at in places {
                text.replace_range(at..at + 2, "!=");
            }
            let source = Source::from_cow(Cow::Owned(text)).with_max_digits(flags.max_digits);
            on_a_deep_enough_stack(&source, || pipeline(&source, filename, mode, flags, true))
                .map_err(|error| error.locate(&source))
        }
    }
}

/// Whatever is wrong: what CPython's parser finds comes first.
#[cold]
fn refusal(error: Error, source: &Source, mode: Mode) -> SyntaxError {
    match syntax::diagnose(source, mode, false) {
        Diagnosis::Refused(error) => locate(*error, source, mode),
        Diagnosis::Accepted { formatted_key, .. } => formatted_key.map_or(error, |key| *key).locate(source),
    }
}

/// Runs what walks over the tree of this source: the parser's tree is as deep as a chain is long, and its destructor
/// recurses.
fn on_a_deep_enough_stack<T>(source: &Source, run: impl FnOnce() -> T) -> T {
    let text = source.text().as_bytes();
    let signs = memchr::memchr3_iter(b'-', b'+', b'~', text).count();
    let needed = STACK_FOR_BRACKETS + text.len() * STACK_PER_BYTE + signs * STACK_PER_SIGN;
    let needed = needed.min(MAX_STACK);
    stacker::maybe_grow(needed, needed, run)
}

/// `checked`: CPython's grammar is known to accept the source.
fn pipeline(
    source: &Source,
    filename: &str,
    mode: Mode,
    flags: Flags,
    checked: bool,
) -> error::Result<Compilation> {
    let (parsed, is_deep) = syntax::parse(source, mode)?;
    let bump = Bump::new();
    // So much source has a new name, and a new constant.
    let expected = source.text().len() / 128;
    let mut names = Names::with_capacity(expected);
    let mut consts = ConstPool::with_capacity(expected);
    let mut lower = Lower::new(&bump, source, &mut names, &mut consts, flags.optimize);
    let module = lower_parsed(&mut lower, source, mode, &parsed, is_deep);
    if let Some(error) = lower.error.take() {
        return Err(error);
    }
    if lower.doubt
        && !checked
        && let Diagnosis::Refused(error) = syntax::diagnose(source, mode, false)
    {
        return Err(error);
    }
    let mut warnings = std::mem::take(&mut lower.warnings);
    warnings.append(&mut lower.later_warnings);
    drop(parsed);
    let compiled = generate(&bump, module, names, consts, filename, flags)?;
    warnings.extend(compiled.warnings);
    Ok(Compilation { code: compiled.code, warnings })
}

/// The code of the compiler's tree, which lives as long as the arena.
fn generate<'a>(
    bump: &'a Bump,
    module: ast::Module<'a>,
    mut names: Names,
    consts: ConstPool,
    filename: &str,
    flags: Flags,
) -> error::Result<Compilation> {
    let (table, future) = symbol_table(&module, &mut names, &consts, flags)?;
    let input = codegen::Input {
        names,
        consts,
        table,
        future,
        filename: PyText::from(filename),
        optimize: flags.optimize,
        inherited_flags: 0,
        top_level_await: flags.top_level_await,
        watch_passes: false,
    };
    let (code, warnings, _) =
        codegen::compile_module(bump.alloc(module), input).map_err(error::Error::after_parsing)?;
    Ok(Compilation { code, warnings })
}

/// The compiler's tree of what was parsed; `is_deep`: it may be deeper than CPython allows.
fn lower_parsed<'a>(
    lower: &mut Lower<'a, '_>,
    source: &Source,
    mode: Mode,
    parsed: &syntax::Parsed,
    is_deep: bool,
) -> ast::Module<'a> {
    lower.doubt = is_deep;
    match parsed {
        syntax::Parsed::Module(module) if mode == Mode::Interactive => {
            lower.interactive(&module.syntax().body)
        }
        syntax::Parsed::Module(module) => lower.module(&module.syntax().body),
        syntax::Parsed::Expression(expr) => {
            // Indentation, which expressions over several lines may not have.
            let text = source.text().trim_end_matches('\n');
            lower.doubt |= text.starts_with([' ', '\t', '\x0c', '\\', '#']) || text.contains('\n');
            lower.expression(&expr.syntax().body)
        }
    }
}

fn symbol_table(
    module: &ast::Module,
    names: &mut Names,
    consts: &ConstPool,
    flags: Flags,
) -> error::Result<(symtable::SymbolTable, symtable::future::Future)> {
    let mut build = || {
        let future = symtable::future::collect(module, names, consts, flags.future)?;
        let mut table = symtable::build::build(module, names, consts, future, flags.top_level_await)?;
        symtable::analyze::analyze(&mut table, names)?;
        Ok((table, future))
    };
    build().map_err(error::Error::after_parsing)
}
