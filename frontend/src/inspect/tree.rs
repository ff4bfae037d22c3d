//! The syntax tree, in the form of `python -m ast`: [`Node`]s are what Python's `ast` module would show, made from
//! the compiler's own tree by [`crate::syntax_tree::write`].

use std::cell::RefCell;

use bumpalo::Bump;
use ruff_python_ast::token::TokenKind;

use super::{Part, lower, with_source};
use crate::{
    SyntaxError,
    ast::{Body, Expr, Loc, Module, Stmt, StmtKind},
    code::PyText,
    error::Result,
    names::Names,
    source::Source,
    syntax,
    syntax_tree::{Node, Value, write::Nodes},
};

/// What to show, by the options of `ast.dump`.
#[derive(Clone, Copy, Debug)]
pub struct TreeOptions {
    /// Blanks per level.
    pub indent: usize,
    /// Line and column of each node.
    pub attributes: bool,
}

impl Default for TreeOptions {
    fn default() -> Self {
        TreeOptions { indent: 3, attributes: false }
    }
}

/// The tree of a source file, and again that of each function and class in it.
pub fn tree(bytes: &[u8], options: TreeOptions) -> std::result::Result<Vec<Part>, SyntaxError> {
    with_source(bytes, |source| {
        let bump = Bump::new();
        let (module, names, consts) = lower(source, &bump, 0, true)?;
        let comments = type_comments(source)?;
        let refused = RefCell::default();
        let nodes = Nodes { source, names: &names, consts: &consts, comments: &comments, refused };
        let whole = nodes.module(&module);
        let mut parts = vec![part("<module>", 0, &whole, options)];
        for (qualname, stmt) in definitions_in(&module, &names) {
            parts.push(part(&qualname, stmt.loc.line, &nodes.stmt(stmt), options));
        }
        Ok(parts)
    })
}

fn part(qualname: &str, line: i32, node: &Node, options: TreeOptions) -> Part {
    let mut text = node.dump(options);
    text.push('\n');
    Part { qualname: qualname.to_owned(), line, text }
}

/// A function or class of a file.
pub struct Definition {
    pub qualname: String,
    /// Of the first decorator, if it has any.
    pub first_line: i32,
    pub last_line: i32,
}

/// The functions and classes of a file; none if it has a syntax error.
pub fn definitions(source: &Source) -> Vec<Definition> {
    let bump = Bump::new();
    let Ok((module, names, _)) = lower(source, &bump, 0, true) else { return Vec::new() };
    definitions_in(&module, &names)
        .into_iter()
        .map(|(qualname, stmt)| {
            let decorators = match &stmt.kind {
                StmtKind::FunctionDef(def) => def.decorators,
                StmtKind::ClassDef(def) => def.decorators,
                _ => &[],
            };
            let first = |decorators: &[Expr]| decorators.first().map(|d| d.loc.line);
            Definition {
                qualname,
                first_line: first(decorators).unwrap_or(stmt.loc.line),
                last_line: stmt.loc.end_line,
            }
        })
        .collect()
}

fn definitions_in<'a>(module: &Module<'a>, names: &Names) -> Vec<(String, &'a Stmt<'a>)> {
    let mut found = Vec::new();
    if let Module::Module(body) = module {
        collect(body, "", names, &mut found);
    }
    found
}

fn collect<'a>(body: Body<'a>, prefix: &str, names: &Names, found: &mut Vec<(String, &'a Stmt<'a>)>) {
    for stmt in body {
        let bodies: Vec<Body<'a>> = match &stmt.kind {
            StmtKind::FunctionDef(def) => {
                let qualname = format!("{prefix}{}", names.str(def.name));
                let inside = format!("{qualname}.<locals>.");
                found.push((qualname, stmt));
                stacker::maybe_grow(64 << 10, 1 << 20, || collect(def.body, &inside, names, found));
                continue;
            }
            StmtKind::ClassDef(def) => {
                let qualname = format!("{prefix}{}", names.str(def.name));
                let inside = format!("{qualname}.");
                found.push((qualname, stmt));
                stacker::maybe_grow(64 << 10, 1 << 20, || collect(def.body, &inside, names, found));
                continue;
            }
            StmtKind::If { body, orelse, .. } | StmtKind::While { body, orelse, .. } => vec![body, orelse],
            StmtKind::For(stmt) => vec![stmt.body, stmt.orelse],
            StmtKind::With(with) => vec![with.body],
            StmtKind::Match { cases, .. } => cases.iter().map(|case| case.body).collect(),
            StmtKind::Try(stmt) => {
                let handlers = stmt.handlers.iter().map(|handler| handler.body);
                std::iter::once(stmt.body).chain(handlers).chain([stmt.orelse, stmt.finalbody]).collect()
            }
            _ => continue,
        };
        for body in bodies {
            stacker::maybe_grow(64 << 10, 1 << 20, || collect(body, prefix, names, found));
        }
    }
}

/// A `# type: …` comment.
pub struct TypeComment {
    pub loc: Loc,
    pub text: String,
}

/// The type comments of a file in order (PEP 484).
pub fn type_comments(source: &Source) -> Result<Vec<TypeComment>> {
    let mut found = Vec::new();
    for token in syntax::tokens(source)?.iter() {
        let (kind, range) = token.as_tuple();
        if kind != TokenKind::Comment {
            continue;
        }
        if let Some(text) = syntax::type_in_comment(source.slice(range)) {
            found.push(TypeComment { loc: source.loc(range), text: text.to_owned() });
        }
    }
    Ok(found)
}

impl TypeComment {
    /// What follows `ignore`, if that is what the comment says.
    fn ignored(&self) -> Option<&str> {
        syntax::ignored_type(&self.text)
    }

    /// The type of something that begins in the comment's line or before; it ends at `end`, and what follows begins
    /// at `next`.
    pub fn of(&self, end: (i32, i32), next: (i32, i32)) -> Option<Value> {
        let place = (self.loc.line, self.loc.col);
        let here = place >= end && place < next && self.ignored().is_none();
        here.then(|| Value::Str(PyText::from(self.text.as_str())))
    }
}

/// `# type: ignore…` comments, which the module's node lists.
pub fn type_ignores(comments: &[TypeComment]) -> Value {
    let ignores = comments.iter().filter_map(|comment| Some((comment.loc.line, comment.ignored()?)));
    Node::list(ignores.map(|(line, tag)| {
        Node::new("TypeIgnore")
            .with("lineno", Value::Int(i64::from(line)))
            .with("tag", Value::Str(PyText::from(tag)))
    }))
}
