//! The second pass: which scope each name belongs to.
//!
//! Scopes are visited from the outside in, with the names that enclosing functions bind; the free
//! names of inner scopes come back, and where they meet a binding it becomes a cell. Sets that go
//! down are shared and copied only where a scope changes them.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::{Block, Scope, ScopeId, SymbolTable, Var, def};
use crate::{
    ast::CompKind,
    error::{Error, Result},
    names::{Name, Names, known},
    small_map::SmallSet,
};

type NameSet = SmallSet<Name>;
type SharedSet = Rc<FxHashSet<Name>>;

/// The names that a scope sees around it.
#[derive(Clone)]
struct Outer {
    /// Bound by enclosing functions; none in the module scope.
    bound: Option<SharedSet>,
    global: SharedSet,
    type_params: SharedSet,
    /// The class whose names an annotation scope looks up first.
    class: Option<ScopeId>,
}

/// What the analysis of one scope works on.
struct State {
    outer: Outer,
    /// The scope's own free names; what its children leave free is apart, in `free`.
    own_free: NameSet,
    free: NameSet,
    inlined_cells: NameSet,
}

pub fn analyze(table: &mut SymbolTable, names: &Names) -> Result<()> {
    let outer = Outer { bound: None, global: Rc::default(), type_params: Rc::default(), class: None };
    block(table, names, SymbolTable::TOP, outer)?;
    Ok(())
}

/// Returns the names that are free in the scope and in those inside of it.
fn block(table: &mut SymbolTable, names: &Names, id: ScopeId, outer: Outer) -> Result<NameSet> {
    let mut state = State {
        outer,
        own_free: NameSet::default(),
        free: NameSet::default(),
        inlined_cells: NameSet::default(),
    };
    let is_class = table.scope(id).block == Block::Class;
    // A class's names are invisible to functions in it, so what they see is fixed beforehand.
    let before = is_class.then(|| (state.outer.bound.clone(), state.outer.global.clone()));
    for index in 0..table.scope(id).symbols.len() {
        let (name, symbol) = table.scope(id).symbols.at(index);
        let var = analyze_name(table, names, id, name, symbol.flags, &mut state)?;
        table.scope_mut(id).symbols.at_mut(index).var = var;
    }
    if !table.scope(id).children.is_empty() {
        let (bound, global) = seen_inside(table.scope(id), &state, before);
        children(table, names, id, &mut state, bound, global)?;
    }
    if table.scope(id).is_function_like() {
        make_cells(table.scope_mut(id), &mut state);
    } else if is_class {
        drop_class_free(table.scope_mut(id), &mut state.free);
    }
    update_symbols(table.scope_mut(id), &state);
    let mut free = state.own_free;
    free.extend(state.free.keys());
    Ok(free)
}

/// The names bound around the scopes inside of this one, and the global ones; `before` is what a
/// class saw at its start.
fn seen_inside(
    scope: &Scope,
    state: &State,
    before: Option<(Option<SharedSet>, SharedSet)>,
) -> (SharedSet, SharedSet) {
    if let Some((bound, global)) = before {
        let mut bound = bound.map(|b| (*b).clone()).unwrap_or_default();
        bound.extend([known::DUNDER_CLASS, known::CLASSDICT, known::CONDITIONAL_ANNOTATIONS]);
        return (Rc::new(bound), global);
    }
    let mut bound = state.outer.bound.clone().unwrap_or_default();
    if scope.is_function_like() {
        let mut local =
            scope.symbols.iter().filter(|(_, s)| s.var == Var::Local).map(|(name, _)| name).peekable();
        if local.peek().is_some() {
            Rc::make_mut(&mut bound).extend(local);
        }
    }
    (bound, state.outer.global.clone())
}

fn children(
    table: &mut SymbolTable,
    names: &Names,
    id: ScopeId,
    state: &mut State,
    bound: SharedSet,
    global: SharedSet,
) -> Result<()> {
    let list = std::mem::take(&mut table.scope_mut(id).children);
    let (is_class, sees_class) = (table.scope(id).block == Block::Class, table.scope(id).can_see_class_scope);
    let mut inlined = false;
    for &child in &list {
        let scope = table.scope(child);
        let class = match scope.can_see_class_scope {
            true if is_class => Some(id),
            true => state.outer.class,
            false => None,
        };
        // Annotation scopes in classes look names up in the class, which merged code could not.
        let inline = scope.comprehension.is_some_and(|kind| kind != CompKind::Generator) && !sees_class;
        let outer = Outer {
            bound: Some(bound.clone()),
            global: global.clone(),
            type_params: state.outer.type_params.clone(),
            class,
        };
        let mut free = block(table, names, child, outer)?;
        if inline {
            inline_comprehension(table, id, child, state, &mut free);
            table.scope_mut(child).comp_inlined = true;
            inlined = true;
        }
        state.free.extend(free.keys());
    }
    let mut spliced = list;
    if inlined {
        spliced = spliced
            .into_iter()
            .flat_map(|child| match table.scope(child).comp_inlined {
                true => table.scope(child).children.clone(),
                false => vec![child],
            })
            .collect();
    }
    table.scope_mut(id).children = spliced;
    Ok(())
}

fn error_at_directive(scope: &Scope, name: Name, message: String) -> Box<Error> {
    let loc = scope.directives.iter().find(|(n, _)| *n == name).map_or(scope.loc, |&(_, loc)| loc);
    Error::syntax(message, loc)
}

fn analyze_name(
    table: &SymbolTable,
    names: &Names,
    id: ScopeId,
    name: Name,
    flags: u16,
    state: &mut State,
) -> Result<Var> {
    let scope = table.scope(id);
    let text = || names.str(name);
    if flags & def::GLOBAL != 0 {
        if flags & def::NONLOCAL != 0 {
            return Err(error_at_directive(scope, name, format!("name '{}' is nonlocal and global", text())));
        }
        Rc::make_mut(&mut state.outer.global).insert(name);
        if let Some(bound) = &mut state.outer.bound
            && bound.contains(&name)
        {
            Rc::make_mut(bound).remove(&name);
        }
        return Ok(Var::GlobalExplicit);
    }
    if flags & def::NONLOCAL != 0 {
        let Some(bound) = &state.outer.bound else {
            let message = "nonlocal declaration not allowed at module level".into();
            return Err(error_at_directive(scope, name, message));
        };
        if !bound.contains(&name) {
            return Err(error_at_directive(
                scope,
                name,
                format!("no binding for nonlocal '{}' found", text()),
            ));
        }
        if state.outer.type_params.contains(&name) {
            let message = format!("nonlocal binding not allowed for type parameter '{}'", text());
            return Err(error_at_directive(scope, name, message));
        }
        state.own_free.place(name);
        return Ok(Var::Free);
    }
    if flags & def::BOUND != 0 {
        if state.outer.global.contains(&name) {
            Rc::make_mut(&mut state.outer.global).remove(&name);
        }
        let is_type_param = flags & def::TYPE_PARAM != 0;
        if is_type_param != state.outer.type_params.contains(&name) {
            let set = Rc::make_mut(&mut state.outer.type_params);
            if is_type_param {
                set.insert(name);
            } else {
                set.remove(&name);
            }
        }
        return Ok(Var::Local);
    }
    // A scope that sees a class looks at the class's names and the globals, not at functions around.
    if let Some(class) = state.outer.class.filter(|_| name != known::CLASSDICT) {
        let class_flags = table.scope(class).symbol(name).flags;
        if class_flags & def::GLOBAL != 0 {
            return Ok(Var::GlobalExplicit);
        }
        if class_flags & def::BOUND != 0 && class_flags & def::NONLOCAL == 0 {
            return Ok(Var::GlobalImplicit);
        }
    }
    if state.outer.bound.as_ref().is_some_and(|bound| bound.contains(&name)) {
        state.own_free.place(name);
        return Ok(Var::Free);
    }
    Ok(Var::GlobalImplicit)
}

/// Copies the comprehension's names into the scope that will contain its code.
fn inline_comprehension(
    table: &mut SymbolTable,
    id: ScopeId,
    comp: ScopeId,
    state: &mut State,
    comp_free: &mut NameSet,
) {
    let is_class = table.scope(id).block == Block::Class;
    let mut removed = Vec::new();
    for index in 0..table.scope(comp).symbols.len() {
        let (name, &symbol) = table.scope(comp).symbols.at(index);
        if symbol.flags & def::PARAM != 0 {
            continue;
        }
        let mut var = symbol.var;
        if var == Var::Cell || symbol.flags & def::COMP_CELL != 0 {
            state.inlined_cells.place(name);
        }
        // These are never free through a class.
        if var == Var::Free
            && is_class
            && matches!(name, known::DUNDER_CLASS | known::CLASSDICT | known::CONDITIONAL_ANNOTATIONS)
        {
            var = Var::GlobalImplicit;
            if !free_in_any_child(table, comp, name) {
                comp_free.swap_remove(name);
            }
            removed.push(name);
        }
        match table.scope(id).symbols.get(name).copied() {
            None => {
                table.scope_mut(id).symbols.insert(name, super::Symbol { flags: symbol.flags, var });
            }
            Some(existing) => {
                // A local of this scope needs no cell for the merged comprehension, only for
                // functions inside of it.
                if existing.flags & def::BOUND != 0 && !is_class && !free_in_any_child(table, comp, name) {
                    comp_free.swap_remove(name);
                }
                // What the comprehension took from this scope is now used here.
                if var == Var::Free && !is_class {
                    let merged = existing.flags | symbol.flags & def::USE;
                    let copy = super::Symbol { flags: merged, var: existing.var };
                    table.scope_mut(id).symbols.insert(name, copy);
                }
            }
        }
    }
    for name in removed {
        table.scope_mut(comp).symbols.shift_remove(name);
    }
}

fn free_in_any_child(table: &SymbolTable, id: ScopeId, name: Name) -> bool {
    table.scope(id).children.iter().any(|&child| table.scope(child).symbol(name).var == Var::Free)
}

/// A local that an inner scope uses becomes a cell.
fn make_cells(scope: &mut Scope, state: &mut State) {
    let State { free, inlined_cells, .. } = state;
    if free.is_empty() && inlined_cells.is_empty() {
        return;
    }
    for (name, symbol) in scope.symbols.iter_mut() {
        if symbol.var == Var::Local && (free.contains(name) || inlined_cells.contains(name)) {
            symbol.var = Var::Cell;
            free.swap_remove(name);
        }
    }
}

fn drop_class_free(scope: &mut Scope, free: &mut NameSet) {
    scope.needs_class_closure |= free.swap_remove(known::DUNDER_CLASS);
    scope.needs_classdict |= free.swap_remove(known::CLASSDICT);
    scope.has_conditional_annotations |= free.swap_remove(known::CONDITIONAL_ANNOTATIONS);
}

fn update_symbols(scope: &mut Scope, state: &State) {
    for name in state.inlined_cells.keys() {
        if let Some(symbol) = scope.symbols.get_mut(name) {
            symbol.flags |= def::COMP_CELL;
        }
    }
    let keeps_class_names = scope.block == Block::Class || scope.can_see_class_scope;
    for name in state.free.keys() {
        if let Some(symbol) = scope.symbols.get_mut(name) {
            if keeps_class_names {
                symbol.flags |= def::FREE_CLASS;
            }
            continue;
        }
        if state.outer.bound.as_ref().is_some_and(|bound| !bound.contains(&name)) {
            continue;
        }
        // It passes through this scope on its way from the binding to the use.
        scope.symbols.insert(name, super::Symbol { flags: 0, var: Var::Free });
    }
}
