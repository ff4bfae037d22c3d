//! Nodes → the compiler's tree.
//!
//! Whoever makes the nodes has seen to it that every field has a value of its type (the table [`super::asdl`] says which).
//! What a program must be like beyond that is checked here, in the words and in the order of CPython's validator.

mod check;
mod expr;
mod pattern;
mod stmt;

use std::cell::Cell;

use super::node::{Node, Value};
use crate::{
    ast::{lower::Lower, *},
    code::{Constant, PyText},
    names::Name,
    symtable::ScopeId,
};

/// What is wrong with a tree; all but the named kinds are a `ValueError`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TreeError {
    pub kind: TreeErrorKind,
    pub message: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TreeErrorKind {
    Value,
    Type,
    Recursion,
}

pub type Result<T> = std::result::Result<T, TreeError>;

fn invalid<T>(message: impl Into<String>) -> Result<T> {
    Err(TreeError { kind: TreeErrorKind::Value, message: message.into() })
}

/// How deep trees may be.
const MAX_DEPTH: u32 = crate::ast::lower::MAX_DEPTH;

pub struct Reader<'l, 'a, 's> {
    lower: &'l mut Lower<'a, 's>,
    depth: u32,
}

fn no_scope() -> ScopeCell {
    Cell::new(ScopeId::NONE)
}

impl<'l, 'a, 's> Reader<'l, 'a, 's> {
    pub fn new(lower: &'l mut Lower<'a, 's>) -> Self {
        Reader { lower, depth: 0 }
    }

    /// A whole program.
    pub fn module(mut self, node: &Node) -> Result<Module<'a>> {
        match node.class {
            "Module" => {
                let body = self.stmts(node, "body")?;
                Ok(Module::Module(self.without_docstring(body)))
            }
            "Interactive" => Ok(Module::Interactive(self.stmts(node, "body")?)),
            "Expression" => Ok(Module::Expression(self.load(node, "body")?)),
            class => invalid(format!("a {class} can not be compiled")),
        }
    }

    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = "Stack overflow (used 8156 kB) during ast construction".to_owned();
            return Err(TreeError { kind: TreeErrorKind::Recursion, message });
        }
        Ok(())
    }

    fn slice<T>(&self, items: Vec<T>) -> &'a [T] {
        self.lower.bump.alloc_slice_fill_iter(items)
    }

    fn alloc<T>(&self, item: T) -> &'a T {
        self.lower.bump.alloc(item)
    }

    /// The node in a field that must have one.
    fn child<'n>(&self, node: &'n Node, field: &str) -> Result<&'n Node> {
        match node.get(field) {
            Some(Value::Node(child)) => Ok(child),
            _ => invalid(format!("field '{field}' is required for {}", node.class)),
        }
    }

    fn optional_child<'n>(&self, node: &'n Node, field: &str) -> Option<&'n Node> {
        match node.get(field) {
            Some(Value::Node(child)) => Some(child),
            _ => None,
        }
    }

    fn items<'n>(&self, node: &'n Node, field: &str) -> &'n [Value] {
        match node.get(field) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// The nodes of a list in which None has no place.
    fn children<'n>(&self, node: &'n Node, field: &str, what: &str) -> Result<Vec<&'n Node>> {
        let child = |item: &'n Value| match item {
            Value::Node(child) => Ok(child),
            _ => invalid(format!("None disallowed in {what} list")),
        };
        self.items(node, field).iter().map(child).collect()
    }

    fn number(&self, node: &Node, field: &str) -> i64 {
        match node.get(field) {
            Some(Value::Int(n)) => *n,
            _ => 0,
        }
    }

    fn text<'n>(&self, node: &'n Node, field: &str) -> Result<&'n PyText> {
        match node.get(field) {
            Some(Value::Str(text)) => Ok(text),
            _ => invalid(format!("field '{field}' is required for {}", node.class)),
        }
    }

    fn intern(&mut self, text: &PyText) -> Name {
        let lossy = String::from_utf8_lossy(text.as_wtf8());
        self.lower.name(&lossy)
    }

    /// An identifier as it is.
    fn name(&mut self, node: &Node, field: &str) -> Result<Name> {
        let text = self.text(node, field)?.clone();
        Ok(self.intern(&text))
    }

    /// An identifier that is no constant's.
    fn checked_name(&mut self, node: &Node, field: &str) -> Result<Name> {
        check::name(self.text(node, field)?)?;
        self.name(node, field)
    }

    fn optional_checked_name(&mut self, node: &Node, field: &str) -> Result<Option<Name>> {
        match node.get(field) {
            Some(Value::Str(_)) => self.checked_name(node, field).map(Some),
            _ => Ok(None),
        }
    }

    fn optional_name(&mut self, node: &Node, field: &str) -> Result<Option<Name>> {
        match node.get(field) {
            Some(Value::Str(_)) => self.name(node, field).map(Some),
            _ => Ok(None),
        }
    }

    /// Identifiers of a list.
    fn name_list(&mut self, node: &Node, field: &str) -> Result<Vec<Name>> {
        let mut names = Vec::new();
        for item in self.items(node, field) {
            match item {
                Value::Str(text) => names.push(self.intern(text)),
                _ => return invalid("None disallowed in identifier list"),
            }
        }
        Ok(names)
    }

    fn constant(&mut self, node: &Node) -> Result<crate::consts::ConstId> {
        match node.get("value") {
            Some(Value::Constant(constant)) => Ok(self.lower.consts.add(constant.clone())),
            Some(Value::Str(text)) => Ok(self.lower.consts.add(Constant::Str(text.clone()))),
            _ => Ok(crate::consts::ConstId::NONE),
        }
    }
}

impl Node {
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.fields.iter().find(|(name, _)| *name == field).map(|(_, value)| value)
    }

    fn place(&self) -> Result<Loc> {
        let loc = self.loc.unwrap_or(Loc::NONE);
        check::positions(loc)?;
        Ok(loc)
    }
}
