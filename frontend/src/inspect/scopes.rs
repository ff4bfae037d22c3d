//! Scopes and how names are used in them, in the form of `python -m symtable`.

use std::fmt::Write;

use bumpalo::Bump;

use super::{Part, analyse, repr, with_source};
use crate::{
    Flags, SyntaxError,
    names::Names,
    symtable::{Block, ScopeId, Symbol, SymbolTable, Var, def},
};

/// The names of `def`'s bits in the order in which they are listed.
const FLAGS: &[(&str, u16)] = &[
    ("use", def::USE),
    ("def_global", def::GLOBAL),
    ("def_nonlocal", def::NONLOCAL),
    ("def_local", def::LOCAL),
    ("def_param", def::PARAM),
    ("def_type_param", def::TYPE_PARAM),
    ("def_free_class", def::FREE_CLASS),
    ("def_import", def::IMPORT),
    ("def_bound", def::LOCAL | def::PARAM | def::IMPORT),
    ("def_annot", def::ANNOT),
    ("def_comp_iter", def::COMP_ITER),
    ("def_comp_cell", def::COMP_CELL),
];

/// The scopes of a source file: the module with all that is in it first, then each inner scope with its own.
pub fn symbols(bytes: &[u8], filename: &str, flags: Flags) -> Result<Vec<Part>, SyntaxError> {
    with_source(bytes, |source| {
        let bump = Bump::new();
        let analysed = analyse(source, &bump, flags, true)?;
        let mut printer =
            Printer { names: &analysed.names, table: &analysed.table, filename, parts: Vec::new() };
        printer.part(SymbolTable::TOP, None);
        Ok(printer.parts)
    })
}

struct Printer<'p> {
    names: &'p Names,
    table: &'p SymbolTable,
    filename: &'p str,
    parts: Vec<Part>,
}

impl Printer<'_> {
    fn part(&mut self, id: ScopeId, parent: Option<&str>) {
        let scope = self.table.scope(id);
        let name = match scope.block {
            Block::TypeParameters => format!("<generic parameters of {}>", self.names.str(scope.name)),
            _ => self.names.str(scope.name).to_owned(),
        };
        let qualname = match parent {
            None | Some("<module>") => name,
            Some(parent) => format!("{parent}.{name}"),
        };
        let mut text = String::new();
        self.print(id, 0, &mut text);
        self.parts.push(Part { qualname: qualname.clone(), line: scope.loc.line, text });
        let inside = match (scope.block, parent) {
            (Block::Function, _) => format!("{qualname}.<locals>"),
            // What is generic is named as if it stood in the scope outside.
            (Block::TypeParameters, Some(parent)) => parent.to_owned(),
            _ => qualname,
        };
        for &child in &scope.children {
            stacker::maybe_grow(64 << 10, 1 << 20, || self.part(child, Some(&inside)));
        }
    }

    fn print(&self, id: ScopeId, level: usize, out: &mut String) {
        let scope = self.table.scope(id);
        let indent = "    ".repeat(level);
        let nested = if scope.nested { "nested " } else { "" };
        let what = match scope.block {
            Block::Module => format!("from file {}", repr(self.filename)),
            _ => repr(self.names.str(scope.name)).into_owned(),
        };
        let kind = kind(scope.block);
        let _ = writeln!(out, "{indent}symbol table for {nested}{kind} {what}:");
        for (name, symbol) in scope.symbols.iter() {
            let name = repr(self.names.str(name));
            let _ = writeln!(out, "    {indent}{} symbol {name}: {}", var(symbol.var), uses(*symbol));
        }
        out.push('\n');
        for &child in &scope.children {
            stacker::maybe_grow(64 << 10, 1 << 20, || self.print(child, level + 1, out));
        }
    }
}

fn uses(symbol: Symbol) -> String {
    let set: Vec<&str> =
        FLAGS.iter().filter(|(_, bits)| symbol.flags & bits == *bits).map(|(name, _)| *name).collect();
    set.join(", ")
}

fn kind(block: Block) -> &'static str {
    match block {
        Block::Function => "function",
        Block::Class => "class",
        Block::Module => "module",
        Block::Annotation => "annotation",
        Block::TypeVariable => "type variable",
        Block::TypeAlias => "type alias",
        Block::TypeParameters => "type parameters",
    }
}

fn var(var: Var) -> &'static str {
    match var {
        Var::Unknown => "0",
        Var::Local => "local",
        Var::GlobalExplicit => "global_explicit",
        Var::GlobalImplicit => "global_implicit",
        Var::Free => "free",
        Var::Cell => "cell",
    }
}
