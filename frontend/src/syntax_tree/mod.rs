//! Syntax trees as data that others can hold: what `ast.parse` gives, and what `compile()` takes in the place of text.
//!
//! | module | holds |
//! |---|---|
//! | [`asdl`] | the table of node classes |
//! | `comments` | type comments and what they belong to |
//! | [`node`] | nodes as plain data |
//! | [`write`] | the compiler's tree → nodes |
//! | [`read`] | nodes → the compiler's tree, with CPython's checks |

pub mod asdl;
mod comments;
pub mod node;
pub mod read;
pub mod write;

use std::cell::RefCell;
use std::ops::Range;

use bumpalo::Bump;

use crate::{
    Compilation, Flags, Mode, SyntaxError, Warning,
    ast::{Module, lower::Lower},
    consts::ConstPool,
    error,
    inspect::type_comments,
    names::Names,
    on_a_deep_enough_stack,
    source::{self, Source},
    syntax::{self, Diagnosis},
};

pub use node::{Node, Value};
pub use read::TreeError;

/// How a tree is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct TreeFlags {
    pub flags: Flags,
    /// As the compiler has it, with what is known before it runs evaluated.
    pub optimized: bool,
    pub type_comments: bool,
    /// The second number of the version of the language that the source is in; none: this one.
    pub version: Option<u8>,
    /// The source is a function's type, as a comment has it.
    pub function_type: bool,
}

/// The tree of a source text.
pub fn parse(text: &str, mode: Mode, flags: TreeFlags) -> Result<(Node, Vec<Warning>), SyntaxError> {
    let source = Source::new(text).with_max_digits(flags.flags.max_digits);
    if memchr::memchr(0, source.text().as_bytes()).is_some() {
        return Err(error::Error::syntax(crate::NULL_BYTES, crate::ast::Loc::NONE).locate(&source));
    }
    if flags.function_type {
        return on_a_deep_enough_stack(&source, || function_type(&source, flags))
            .map_err(|error| error.locate(&source));
    }
    // What an older version has not, and where comments may not be, the grammar knows; first of all, as it is about
    // things that the parser crate accepts.
    let version = flags.version.unwrap_or(syntax::LATEST);
    if (version < syntax::LATEST || flags.type_comments)
        && let Some(error) = syntax::diagnose_dialect(&source, mode, version, flags.type_comments)
    {
        return Err(crate::locate(*error, &source, mode));
    }
    on_a_deep_enough_stack(&source, || tree(&source, mode, flags))
        .map_err(|error| crate::refusal(*error, &source, mode))
}

/// The tree of a file's contents, whose encoding is to be found out.
pub fn parse_bytes(bytes: &[u8], mode: Mode, flags: TreeFlags) -> Result<(Node, Vec<Warning>), SyntaxError> {
    let text = source::decode(bytes).map_err(|error| source::locate_in(bytes, *error))?;
    parse(&text, mode, flags)
}

/// `(int, *str) -> bool`. The parser crate reads the parts, each between brackets in a copy of the source that has only
/// blanks elsewhere, so that positions are right.
fn function_type(source: &Source, flags: TreeFlags) -> error::Result<(Node, Vec<Warning>)> {
    let parts = syntax::function_type(source)?;
    let mut warnings = Vec::new();
    let mut read = |part: Range<usize>| -> error::Result<Node> {
        let head = &source.text()[..part.start];
        let bracket = head.find(|c| c != '\n');
        let blank = |i: usize, c: char| match c {
            '\n' => c,
            _ if Some(i) == bracket => '(',
            _ => ' ',
        };
        // Characters before the part keep their width in bytes: what columns count.
        let before: String =
            head.char_indices().flat_map(|(i, c)| std::iter::repeat_n(blank(i, c), c.len_utf8())).collect();
        let text = format!("{before}{})", &source.text()[part]);
        let source = Source::new(&text).with_max_digits(flags.flags.max_digits);
        let (expression, mut warned) = tree(&source, Mode::Expression, flags)?;
        warnings.append(&mut warned);
        match expression.fields.into_iter().next() {
            Some((_, Value::Node(node))) => Ok(node),
            _ => Ok(Node::new("Constant")),
        }
    };
    let arguments = parts.arguments.into_iter().map(&mut read).collect::<error::Result<Vec<_>>>()?;
    let result = read(parts.result)?;
    let node = Node::new("FunctionType")
        .with("argtypes", Node::list(arguments.into_iter()))
        .with("returns", Value::Node(result));
    Ok((node, warnings))
}

fn tree(source: &Source, mode: Mode, flags: TreeFlags) -> error::Result<(Node, Vec<Warning>)> {
    let (parsed, is_deep) = syntax::parse(source, mode)?;
    let bump = Bump::new();
    let (mut names, mut consts) = (Names::with_capacity(0), ConstPool::with_capacity(0));
    let optimize = flags.flags.optimize;
    let mut lower = Lower::new(&bump, source, &mut names, &mut consts, optimize);
    lower.as_written = !flags.optimized;
    let module = crate::lower_parsed(&mut lower, source, mode, &parsed, is_deep);
    if let Some(error) = lower.error.take() {
        return Err(error);
    }
    if lower.doubt
        && let Diagnosis::Refused(error) = syntax::diagnose(source, mode, false)
    {
        return Err(error);
    }
    let mut warnings = std::mem::take(&mut lower.warnings);
    // The others come when the tree is compiled.
    if flags.optimized {
        warnings.append(&mut lower.later_warnings);
    }
    let comments = if flags.type_comments { type_comments(source)? } else { Vec::new() };
    let refused = RefCell::default();
    let nodes = write::Nodes { source, names: &names, consts: &consts, comments: &comments, refused };
    let tree = nodes.module(&module);
    match nodes.refused.into_inner() {
        Some(error) => Err(error),
        None => Ok((tree, warnings)),
    }
}

/// The compiler's form of somebody's tree.
struct Read<'a> {
    module: Module<'a>,
    names: Names,
    consts: ConstPool,
    warnings: Vec<Warning>,
}

fn read<'a>(
    bump: &'a Bump,
    source: &'a Source,
    module: &Node,
    flags: Flags,
) -> Result<Read<'a>, CompileError> {
    let (mut names, mut consts) = (Names::with_capacity(0), ConstPool::with_capacity(0));
    let mut lower = Lower::new(bump, source, &mut names, &mut consts, flags.optimize);
    let module = read::Reader::new(&mut lower).module(module).map_err(CompileError::Tree)?;
    let warnings = std::mem::take(&mut lower.later_warnings);
    Ok(Read { module, names, consts, warnings })
}

/// A tree as the compiler has it, with what is known before it runs evaluated.
pub fn optimize(module: &Node, flags: Flags) -> Result<(Node, Vec<Warning>), CompileError> {
    stacker::maybe_grow(crate::STACK_FOR_BRACKETS, 64 << 20, || {
        let bump = Bump::new();
        let source = Source::new("");
        let Read { module, names, consts, warnings } = read(&bump, &source, module, flags)?;
        let refused = RefCell::default();
        let nodes = write::Nodes { source: &source, names: &names, consts: &consts, comments: &[], refused };
        Ok((nodes.module(&module), warnings))
    })
}

/// Compiles a tree.
pub fn compile(module: &Node, filename: &str, flags: Flags) -> Result<Compilation, CompileError> {
    stacker::maybe_grow(crate::STACK_FOR_BRACKETS, 64 << 20, || compile_here(module, filename, flags))
}

/// What is wrong with a tree: it is none, or none of a program.
#[derive(Debug)]
pub enum CompileError {
    Tree(TreeError),
    Syntax(SyntaxError),
}

fn compile_here(module: &Node, filename: &str, flags: Flags) -> Result<Compilation, CompileError> {
    let bump = Bump::new();
    let source = Source::new("");
    let Read { module, names, consts, warnings } = read(&bump, &source, module, flags)?;
    crate::generate(&bump, module, names, consts, filename, flags)
        .map(|mut compiled| {
            compiled.warnings.splice(0..0, warnings);
            compiled
        })
        .map_err(|error| CompileError::Syntax(error.locate(&source)))
}
