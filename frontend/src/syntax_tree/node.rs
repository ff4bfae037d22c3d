//! Nodes of Python's syntax tree as plain data, and their text as `ast.dump` gives it.

use crate::{
    ast::Loc,
    code::{Constant, PyText},
    dis::constant_repr,
    inspect::TreeOptions,
};

/// A node, a list or anything else, as `ast.dump` distinguishes them.
#[derive(Clone, Debug)]
pub enum Value {
    Node(Node),
    List(Vec<Value>),
    None,
    Int(i64),
    Str(PyText),
    Constant(Constant),
}

/// A node of Python's tree with the fields that are shown.
#[derive(Clone, Debug)]
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

    pub fn dump(&self, options: TreeOptions) -> String {
        let mut out = String::new();
        self.write(options, 1, &mut out);
        out
    }

    /// Writes the node; whether it is so simple that nodes with little else stay on one line.
    fn write(&self, options: TreeOptions, level: usize, out: &mut String) -> bool {
        let shown = |n: i32| Value::Int(i64::from(n));
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
            Value::None => shown(out, "None"),
            Value::Int(n) => shown(out, &n.to_string()),
            Value::Str(text) => shown(out, &constant_repr(&Constant::Str(text.clone()))),
            Value::Constant(constant) => shown(out, &constant_repr(constant)),
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

/// Adds what has no parts; such values are simple.
fn shown(out: &mut String, text: &str) -> bool {
    out.push_str(text);
    true
}
