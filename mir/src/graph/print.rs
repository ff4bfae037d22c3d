//! The text form: [`super::parse()`] reads it again.

use std::fmt::{self, Display, Formatter};

use super::{Block, BlockId, ENTRY, Edge, End, Graph, HEAD, Inst, Node, Param, Place, Type, Value};
use crate::uops::Rep;

/// A block's name.
struct Name(BlockId);

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            ENTRY => write!(f, "entry"),
            HEAD => write!(f, "head"),
            n => write!(f, "b{n}"),
        }
    }
}

/// Values in brackets, or nothing.
struct List<'v>(&'v [Value]);

impl Display for List<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (n, value) in self.0.iter().enumerate() {
            write!(f, "{}v{value}", if n == 0 { "(" } else { ", " })?;
        }
        write!(f, "{}", if self.0.is_empty() { "" } else { ")" })
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Place::Local(n) => write!(f, "local {n}"),
            Place::Stack(n) => write!(f, "stack {n}"),
            Place::Double(n) => write!(f, "double {n}"),
        }
    }
}

/// What a value is: its representation and its type, each where it says something.
fn kind(f: &mut Formatter<'_>, rep: Rep, ty: Type) -> fmt::Result {
    if rep == Rep::F64 {
        write!(f, " f64")?;
    }
    match name_of(ty) {
        "" => Ok(()),
        name => write!(f, " {name}"),
    }
}

/// Names of types in the text form.
pub fn name_of(ty: Type) -> &'static str {
    match ty {
        Type::Unknown => "",
        Type::Null => "null",
        Type::Int => "int",
        Type::Flonum => "flonum",
        Type::Float => "float",
        Type::Bool => "bool",
        Type::None => "none",
        Type::Str => "str",
        Type::List => "list",
        Type::Tuple => "tuple",
        Type::Dict => "dict",
        Type::Slice => "slice",
        Type::ListIter => "list_iterator",
        Type::TupleIter => "tuple_iterator",
        Type::RangeIter => "range_iterator",
        Type::Object => "object",
    }
}

impl Display for Edge {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.exit, self.block) {
            (Some(exit), Some(block)) => write!(f, "x{exit} -> {}{}", Name(block), List(&self.args)),
            (Some(exit), None) => write!(f, "x{exit}{}", List(&self.args)),
            (None, Some(block)) => write!(f, "{}{}", Name(block), List(&self.args)),
            (None, None) => write!(f, "nowhere"),
        }
    }
}

impl Display for Inst {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (n, value) in self.results.iter().enumerate() {
            write!(f, "{}v{value}", if n == 0 { "" } else { ", " })?;
        }
        write!(f, "{}{}", if self.results.is_empty() { "" } else { " = " }, self.uop)?;
        if self.oparg != 0 {
            write!(f, " {}", self.oparg)?;
        }
        let named = self.uop.info().operands;
        let last = self.operands.iter().rposition(|o| *o != 0).map_or(0, |p| p + 1).max(named.len());
        for (n, operand) in self.operands[..last].iter().enumerate() {
            write!(f, " {}={operand:#x}", named.get(n).map_or("observed", |o| o.name))?;
        }
        if !self.args.is_empty() {
            write!(f, " {}", List(&self.args))?;
        }
        for (word, edge) in [("deopt", &self.deopt), ("error", &self.error), ("jump", &self.jump)] {
            if let Some(edge) = edge {
                write!(f, " {word} {edge}")?;
            }
        }
        Ok(())
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Node::Read { value, place, rep } => {
                write!(f, "v{value} = read {place}")?;
                kind(f, *rep, Type::Unknown)
            }
            Node::Inst(inst) => inst.fmt(f),
        }
    }
}

impl Display for Param {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "v{}: {}", self.value, self.place)?;
        kind(f, self.rep, self.ty)
    }
}

fn block(f: &mut Formatter<'_>, id: BlockId, block: &Block) -> fmt::Result {
    write!(f, "{}", Name(id))?;
    for (n, param) in block.params.iter().enumerate() {
        write!(f, "{}{param}", if n == 0 { "(" } else { ", " })?;
    }
    writeln!(f, "{}:", if block.params.is_empty() { "" } else { ")" })?;
    for node in &block.nodes {
        writeln!(f, "  {node}")?;
    }
    match &block.end {
        End::Goto(edge) => writeln!(f, "  goto {edge}"),
        End::Exit(edge) => writeln!(f, "  exit {edge}"),
    }
}

impl Display for Graph {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (id, b) in self.blocks.iter().enumerate() {
            block(f, id, b)?;
        }
        for (n, exit) in self.exits.iter().enumerate() {
            write!(f, "exit x{n}: id {} depth {}", exit.id, exit.depth)?;
            if exit.slot != 0 {
                write!(f, " slot {:#x}", exit.slot)?;
            }
            match exit.link {
                crate::region::NONE => writeln!(f)?,
                link => writeln!(f, " link {link}")?,
            }
        }
        Ok(())
    }
}
