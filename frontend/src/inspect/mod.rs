//! The compiler's stages as text, for people who want to see them.
//!
//! | function | prints | in the form of |
//! |---|---|---|
//! | [`tokens`] | the tokens | `python -m tokenize -e` |
//! | [`tree`] | the syntax tree | `python -m ast` |
//! | [`symbols`] | scopes and their names | `python -m symtable` |
//! | [`passes`] | the control flow graph before and after each pass | its own |
//!
//! Bytecode is printed by [`crate::dis`]. The first three are equal to what CPython 3.14 prints, so that either can
//! be compared with the other.
//!
//! Each function takes a source file's bytes and returns one [`Part`] for everything in it that has a qualified name;
//! [`select`] picks those that a path such as `Class.method` names.

pub(crate) mod graph;
mod scope_tree;
mod scopes;
mod token_kinds;
mod tokens;
mod tree;

use std::borrow::Cow;

use bumpalo::Bump;

use crate::{
    Flags, Mode, SyntaxError,
    ast::{self, lower::Lower},
    codegen,
    consts::ConstPool,
    error,
    names::Names,
    on_a_deep_enough_stack,
    source::{self, Source},
    symtable::{self, SymbolTable},
    syntax,
};

pub use graph::{Pass, UnitPasses};
pub use scope_tree::{SCOPE_OFFSET, ScopeTree, scope_tree};
pub use scopes::symbols;
pub use tokens::{Token, Tokens, tokens};
pub use tree::{TreeOptions, tree};
pub(crate) use tree::{TypeComment, type_comments, type_ignores};

/// A stage's text for one definition, or for the whole file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// As `__qualname__`; `<module>` is the whole file.
    pub qualname: String,
    pub line: i32,
    pub text: String,
}

/// The parts that `path` names: by their qualified names, in which `<locals>` may be left out. Several definitions may
/// share a name.
pub fn select<'p>(parts: impl IntoIterator<Item = &'p str>, path: &str) -> Vec<usize> {
    let plain = |name: &str| name.replace(".<locals>", "");
    let parts: Vec<&str> = parts.into_iter().collect();
    let exact: Vec<usize> = (0..parts.len()).filter(|&i| parts[i] == path).collect();
    if !exact.is_empty() {
        return exact;
    }
    let path = plain(path);
    (0..parts.len()).filter(|&i| plain(parts[i]) == path).collect()
}

/// The passes over the control flow graph of each code object, in the order in which they are compiled.
pub fn passes(bytes: &[u8], filename: &str, flags: Flags) -> Result<Vec<UnitPasses>, SyntaxError> {
    with_source(bytes, |source| {
        let bump = Bump::new();
        let analysed = analyse(source, &bump, flags, false)?;
        let (_, _, passes) = codegen::compile_module(
            bump.alloc(analysed.module),
            codegen::Input {
                names: analysed.names,
                consts: analysed.consts,
                table: analysed.table,
                future: analysed.future,
                filename: filename.into(),
                optimize: flags.optimize,
                inherited_flags: 0,
                top_level_await: flags.top_level_await,
                watch_passes: true,
            },
        )
        .map_err(error::Error::after_parsing)?;
        Ok(passes)
    })
}

/// A module's tree with its symbol table.
struct Analysed<'a> {
    module: ast::Module<'a>,
    names: Names,
    consts: ConstPool,
    table: SymbolTable,
    future: symtable::future::Future,
}

/// Parses a module; `as_written` keeps what the compiler's own tree has evaluated already.
fn lower<'a>(
    source: &Source,
    bump: &'a Bump,
    optimize: u8,
    as_written: bool,
) -> error::Result<(ast::Module<'a>, Names, ConstPool)> {
    let (parsed, _) = syntax::parse(source, Mode::Module)?;
    let (mut names, mut consts) = (Names::with_capacity(0), ConstPool::with_capacity(0));
    let mut lower = Lower { as_written, ..Lower::new(bump, source, &mut names, &mut consts, optimize) };
    let module = match &parsed {
        syntax::Parsed::Module(module) => lower.module(&module.syntax().body),
        syntax::Parsed::Expression(expr) => lower.expression(&expr.syntax().body),
    };
    match lower.error.take() {
        Some(error) => Err(error),
        None => Ok((module, names, consts)),
    }
}

fn analyse<'a>(
    source: &Source,
    bump: &'a Bump,
    flags: Flags,
    as_written: bool,
) -> error::Result<Analysed<'a>> {
    let (module, mut names, consts) = lower(source, bump, flags.optimize, as_written)?;
    let (table, future) = crate::symbol_table(&module, &mut names, &consts, flags)?;
    Ok(Analysed { module, names, consts, table, future })
}

/// Decodes the file and gives errors their place in it.
fn with_source<T>(bytes: &[u8], run: impl FnOnce(&Source) -> error::Result<T>) -> Result<T, SyntaxError> {
    let text = source::decode(bytes).map_err(|error| source::locate_in(bytes, *error))?;
    let source = Source::from_cow(text);
    on_a_deep_enough_stack(&source, || run(&source))
        .map_err(|error| crate::refusal(*error, &source, Mode::Module))
}

/// Python's repr of text.
fn repr(text: &str) -> Cow<'static, str> {
    let points: Vec<u32> = text.chars().map(u32::from).collect();
    taipan_text::escape::repr(points.iter().copied()).into()
}
