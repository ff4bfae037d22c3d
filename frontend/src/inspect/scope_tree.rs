//! Scopes as plain data, for `symtable`.

use bumpalo::Bump;

use super::with_source;
use crate::{
    Flags, Mode, SyntaxError,
    ast::lower::Lower,
    consts::ConstPool,
    names::Names,
    symtable::{Block, ScopeId, SymbolTable, Var},
    syntax,
};

/// Where the decision about a name stands in the number that `symtable` shows, above the bits of its uses.
pub const SCOPE_OFFSET: u32 = 12;

/// A scope and what is in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScopeTree {
    pub name: String,
    /// As CPython numbers kinds of scopes.
    pub kind: u8,
    pub line: i32,
    pub nested: bool,
    /// Names with their uses and the decision.
    pub symbols: Vec<(String, u32)>,
    /// Parameters in order.
    pub varnames: Vec<String>,
    pub children: Vec<ScopeTree>,
}

/// The scopes of a source; positions of errors are those of compiling it.
pub fn scope_tree(bytes: &[u8], mode: Mode, flags: Flags) -> Result<ScopeTree, SyntaxError> {
    with_source(bytes, |source| {
        let bump = Bump::new();
        let (parsed, is_deep) = syntax::parse(source, mode)?;
        let (mut names, mut consts) = (Names::with_capacity(0), ConstPool::with_capacity(0));
        let mut lower = Lower::new(&bump, source, &mut names, &mut consts, flags.optimize);
        let module = crate::lower_parsed(&mut lower, source, mode, &parsed, is_deep);
        if let Some(error) = lower.error.take() {
            return Err(error);
        }
        let (table, _) = crate::symbol_table(&module, &mut names, &consts, flags)?;
        Ok(tree(&table, &names, SymbolTable::TOP))
    })
}

fn tree(table: &SymbolTable, names: &Names, id: ScopeId) -> ScopeTree {
    let scope = table.scope(id);
    let is_top = scope.block == Block::Module;
    let symbol = |(name, symbol): (_, &crate::symtable::Symbol)| {
        let decision: u32 = match symbol.var {
            Var::Unknown => 0,
            Var::Local => 1,
            Var::GlobalExplicit => 2,
            Var::GlobalImplicit => 3,
            Var::Free => 4,
            Var::Cell => 5,
        };
        (names.str(name).to_owned(), u32::from(symbol.flags) | decision << SCOPE_OFFSET)
    };
    ScopeTree {
        name: if is_top { "top".to_owned() } else { names.str(scope.name).to_owned() },
        kind: match scope.block {
            Block::Function => 0,
            Block::Class => 1,
            Block::Module => 2,
            Block::Annotation => 3,
            Block::TypeAlias => 4,
            Block::TypeParameters => 5,
            Block::TypeVariable => 6,
        },
        line: if is_top { 0 } else { scope.loc.line },
        nested: scope.nested,
        symbols: scope.symbols.iter().map(symbol).collect(),
        varnames: scope.varnames.iter().map(|name| names.str(*name).to_owned()).collect(),
        children: scope
            .children
            .iter()
            .map(|child| stacker::maybe_grow(64 << 10, 1 << 20, || tree(table, names, *child)))
            .collect(),
    }
}
