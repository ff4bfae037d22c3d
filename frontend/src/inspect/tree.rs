//! The syntax tree, in the form of `python -m ast`: [`Node`]s are what Python's `ast` module would show, made from
//! the compiler's own tree by [`super::nodes`].

use bumpalo::Bump;
use ruff_python_ast::token::TokenKind;

use super::{Part, lower, nodes::Nodes, with_source};
use crate::{
    SyntaxError,
    ast::{Body, Expr, Loc, Module, Stmt, StmtKind},
    error::Result,
    names::Names,
    source::Source,
    syntax,
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
        let nodes = Nodes { source, names: &names, consts: &consts, comments: &comments };
        let whole = nodes.module(&module).with("type_ignores", type_ignores(&comments));
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

/// A node, a list or anything else, as `ast.dump` distinguishes them.
#[derive(Debug)]
pub enum Value {
    Node(Node),
    List(Vec<Value>),
    /// A constant's repr.
    Text(String),
}

/// A node of Python's tree with the fields that are shown.
#[derive(Debug)]
pub struct Node {
    pub class: &'static str,
    pub loc: Option<Loc>,
    pub fields: Vec<(&'static str, Value)>,
}

impl From<Node> for Value {
    fn from(node: Node) -> Value {
        Value::Node(node)
    }
}

impl Node {
    pub fn new(class: &'static str) -> Node {
        Node { class, loc: None, fields: Vec::new() }
    }

    pub fn at(class: &'static str, loc: Loc) -> Node {
        Node { class, loc: Some(loc), fields: Vec::new() }
    }

    pub fn list(items: impl Iterator<Item = Node>) -> Value {
        Value::List(items.map(Value::Node).collect())
    }

    /// Adds a field; empty lists are not shown.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Node {
        let value = value.into();
        if !matches!(&value, Value::List(items) if items.is_empty()) {
            self.fields.push((name, value));
        }
        self
    }

    /// Adds a field that is not shown if it is `None`.
    pub fn with_optional(self, name: &'static str, value: Option<impl Into<Value>>) -> Node {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn dump(&self, options: TreeOptions) -> String {
        let mut out = String::new();
        self.write(options, 1, &mut out);
        out
    }

    /// Writes the node; whether it is so simple that nodes with little else stay on one line.
    fn write(&self, options: TreeOptions, level: usize, out: &mut String) -> bool {
        let shown = |n: i32| Value::Text(n.to_string());
        let attributes: Vec<(&str, Value)> = match self.loc.filter(|_| options.attributes) {
            None => Vec::new(),
            Some(loc) => vec![
                ("lineno", shown(loc.line)),
                ("col_offset", shown(loc.col)),
                ("end_lineno", shown(loc.end_line)),
                ("end_col_offset", shown(loc.end_col)),
            ],
        };
        let fields = self.fields.iter().map(|(name, value)| (*name, value));
        let fields = fields.chain(attributes.iter().map(|(name, value)| (*name, value)));
        let mut simple = true;
        let written: Vec<String> = fields
            .map(|(name, value)| {
                let mut text = format!("{name}=");
                simple &= value.write(options, level + 1, &mut text);
                text
            })
            .collect();
        out.push_str(self.class);
        out.push('(');
        if simple && written.len() <= 3 {
            out.push_str(&written.join(", "));
        } else {
            join_lines(&written, options, level, out);
        }
        out.push(')');
        written.is_empty()
    }
}

impl Value {
    fn write(&self, options: TreeOptions, level: usize, out: &mut String) -> bool {
        match self {
            Value::Text(text) => {
                out.push_str(text);
                true
            }
            Value::Node(node) => stacker::maybe_grow(64 << 10, 1 << 20, || node.write(options, level, out)),
            Value::List(items) => {
                let written: Vec<String> = items
                    .iter()
                    .map(|item| {
                        let mut text = String::new();
                        item.write(options, level + 1, &mut text);
                        text
                    })
                    .collect();
                out.push('[');
                join_lines(&written, options, level, out);
                out.push(']');
                false
            }
        }
    }
}

/// Each item on a line of its own.
fn join_lines(items: &[String], options: TreeOptions, level: usize, out: &mut String) {
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.extend(std::iter::repeat_n(' ', options.indent * level));
        out.push_str(item);
    }
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
fn type_comments(source: &Source) -> Result<Vec<TypeComment>> {
    let blanks = [' ', '\t'];
    let mut found = Vec::new();
    for token in syntax::tokens(source)?.iter() {
        let (kind, range) = token.as_tuple();
        if kind != TokenKind::Comment {
            continue;
        }
        let text = source.slice(range).trim_start_matches('#').trim_start_matches(blanks);
        if let Some(text) = text.strip_prefix("type:") {
            let text = text.trim_start_matches(blanks).to_owned();
            found.push(TypeComment { loc: source.loc(range), text });
        }
    }
    Ok(found)
}

impl TypeComment {
    /// What follows `ignore`, if that is what the comment says.
    fn ignored(&self) -> Option<&str> {
        let tag = self.text.strip_prefix("ignore")?;
        (!tag.starts_with(|c: char| !c.is_ascii() || c.is_ascii_alphanumeric())).then_some(tag)
    }

    /// The type of something that begins in the comment's line or before; it ends at `end`, and what follows begins
    /// at `next`.
    pub fn of(&self, end: (i32, i32), next: (i32, i32)) -> Option<Value> {
        let place = (self.loc.line, self.loc.col);
        let here = place >= end && place < next && self.ignored().is_none();
        here.then(|| Value::Text(super::repr(&self.text).into_owned()))
    }
}

/// `# type: ignore…` comments, which the module's node lists.
fn type_ignores(comments: &[TypeComment]) -> Value {
    let ignores = comments.iter().filter_map(|comment| Some((comment.loc.line, comment.ignored()?)));
    Node::list(ignores.map(|(line, tag)| {
        Node::new("TypeIgnore")
            .with("lineno", Value::Text(line.to_string()))
            .with("tag", Value::Text(super::repr(tag).into_owned()))
    }))
}
