//! Comprehensions and generator expressions.
//!
//! List, set and dict comprehensions run inside of the code around them (PEP 709): the values of
//! the iteration variables are saved on the stack and restored afterwards, also if an exception
//! passes. Generator expressions, and comprehensions in annotation scopes of classes, are functions
//! that get the outermost iterator as their argument.

use super::{unit::FBlockKind, *};
use crate::{
    small_map::SmallMap,
    symtable::{Symbol, def},
};

/// What merging a comprehension changed, to be undone after it.
struct Inlined {
    pushed: Vec<Name>,
    outer_symbols: SmallMap<Name, Symbol>,
    hidden: Vec<Name>,
    cleanup: Label,
}

impl<'a> Compiler<'a> {
    pub fn comprehension(&mut self, comp: &'a Comp<'a>, loc: Loc) -> Result<()> {
        let scope = comp.scope.get();
        let Some(outermost) = comp.generators.first() else { return Ok(()) };
        if self.table.scope(scope).comp_inlined {
            self.generator_iter(outermost)?;
            self.check_blocks(loc)?;
            let state = self.begin_inlined(scope, loc);
            self.build_container(comp.kind, loc);
            if comp.kind != CompKind::Generator {
                self.emit(Op::SWAP, 2, loc);
            }
            self.generator(comp, 0, 0, true, loc)?;
            self.end_inlined(state, loc);
            return Ok(());
        }
        let is_async = self.table.scope(scope).coroutine;
        let name = match comp.kind {
            CompKind::Generator => known::GENEXPR,
            CompKind::List => known::LISTCOMP,
            CompKind::Set => known::SETCOMP,
            CompKind::Dict => known::DICTCOMP,
        };
        let counts = ArgCounts { args: 1, ..ArgCounts::default() };
        self.enter_scope(name, ScopeType::Comprehension, scope, loc.line, None, counts);
        self.build_container(comp.kind, loc);
        self.generator(comp, 0, 0, false, loc)?;
        if comp.kind == CompKind::Generator {
            self.wrap_in_stopiteration_handler();
        } else {
            self.emit0(Op::RETURN_VALUE, loc);
        }
        self.finish_function(true, 0, loc)?;
        self.generator_iter(outermost)?;
        self.emit(Op::CALL, 0, loc);
        if is_async && comp.kind != CompKind::Generator {
            self.emit_await(0, loc);
        }
        Ok(())
    }

    fn generator_iter(&mut self, generator: &'a Generator<'a>) -> Result<()> {
        self.visit_expr(&generator.iter)?;
        self.emit0(if generator.is_async { Op::GET_AITER } else { Op::GET_ITER }, generator.iter.loc);
        Ok(())
    }

    fn build_container(&mut self, kind: CompKind, loc: Loc) {
        let op = match kind {
            CompKind::Generator => return,
            CompKind::List => Op::BUILD_LIST,
            CompKind::Set => Op::BUILD_SET,
            CompKind::Dict => Op::BUILD_MAP,
        };
        self.emit(op, 0, loc);
    }

    /// The loop of the generator at `index` with everything inside of it. `depth` counts the
    /// iterators on the stack above the container.
    fn generator(
        &mut self,
        comp: &'a Comp<'a>,
        index: usize,
        depth: u32,
        on_stack: bool,
        loc: Loc,
    ) -> Result<()> {
        if comp.generators[index].is_async {
            self.async_generator(comp, index, depth, on_stack, loc)
        } else {
            self.sync_generator(comp, index, depth, on_stack, loc)
        }
    }

    fn sync_generator(
        &mut self,
        comp: &'a Comp<'a>,
        index: usize,
        mut depth: u32,
        on_stack: bool,
        loc: Loc,
    ) -> Result<()> {
        let generator = &comp.generators[index];
        let start = self.label();
        let if_cleanup = self.label();
        let anchor = self.label();
        let mut is_loop = true;
        if !on_stack {
            if index == 0 {
                self.emit(Op::LOAD_FAST, 0, loc);
            } else {
                // `for y in [f(x)]` is an assignment.
                let single = match generator.iter.kind {
                    ExprKind::List { elts: [only], .. } | ExprKind::Tuple { elts: [only], .. } => Some(only),
                    _ => None,
                };
                match single.filter(|e| e.starred().is_none()) {
                    Some(only) => {
                        self.visit_expr(only)?;
                        is_loop = false;
                    }
                    None => self.generator_iter(generator)?,
                }
            }
        }
        if is_loop {
            depth += 1;
            self.place(start);
            self.emit_jump(Op::FOR_ITER, anchor, generator.iter.loc);
        }
        self.visit_expr(&generator.target)?;
        for condition in generator.ifs {
            self.jump_if(condition, if_cleanup, false)?;
        }
        let elt_loc = self.generator_element(comp, index, depth, loc)?;
        self.place(if_cleanup);
        if is_loop {
            self.emit_jump(Op::JUMP, start, elt_loc);
            self.place(anchor);
            self.emit0(Op::END_FOR, Loc::NONE);
            self.emit0(Op::POP_ITER, Loc::NONE);
        }
        Ok(())
    }

    fn async_generator(
        &mut self,
        comp: &'a Comp<'a>,
        index: usize,
        depth: u32,
        on_stack: bool,
        loc: Loc,
    ) -> Result<()> {
        let generator = &comp.generators[index];
        let start = self.label();
        let send = self.label();
        let except = self.label();
        let if_cleanup = self.label();
        if !on_stack {
            if index == 0 {
                self.emit(Op::LOAD_FAST, 0, loc);
            } else {
                self.generator_iter(generator)?;
            }
        }
        self.place(start);
        self.push_fblock(FBlockKind::AsyncComprehensionGenerator, start, Label::NONE, loc)?;
        self.emit_jump(Op::SETUP_FINALLY, except, loc);
        self.emit0(Op::GET_ANEXT, loc);
        self.load_none(loc);
        self.place(send);
        self.emit_yield_from(true, loc);
        self.emit0(Op::POP_BLOCK, loc);
        self.visit_expr(&generator.target)?;
        for condition in generator.ifs {
            self.jump_if(condition, if_cleanup, false)?;
        }
        let elt_loc = self.generator_element(comp, index, depth + 1, loc)?;
        self.place(if_cleanup);
        self.emit_jump(Op::JUMP, start, elt_loc);
        self.pop_fblock();
        self.place(except);
        self.emit_jump(Op::END_ASYNC_FOR, send, loc);
        Ok(())
    }

    /// The next generator, or the element after the last. Returns the element's location.
    fn generator_element(&mut self, comp: &'a Comp<'a>, index: usize, depth: u32, loc: Loc) -> Result<Loc> {
        let mut elt_loc = comp.elt.loc;
        if index + 1 < comp.generators.len() {
            self.generator(comp, index + 1, depth, false, loc)?;
            return Ok(elt_loc);
        }
        self.visit_expr(&comp.elt)?;
        match (comp.kind, &comp.value) {
            (CompKind::Generator, _) => {
                self.emit_yield(elt_loc);
                self.emit0(Op::POP_TOP, elt_loc);
            }
            (CompKind::List, _) => self.emit(Op::LIST_APPEND, depth + 1, elt_loc),
            (CompKind::Set, _) => self.emit(Op::SET_ADD, depth + 1, elt_loc),
            (CompKind::Dict, Some(value)) => {
                self.visit_expr(value)?;
                elt_loc = elt_loc.to(value.loc);
                self.emit(Op::MAP_ADD, depth + 1, elt_loc);
            }
            (CompKind::Dict, None) => {}
        }
        Ok(elt_loc)
    }

    /// Makes the comprehension's names visible in the current scope and saves what they hide.
    fn begin_inlined(&mut self, comp: ScopeId, loc: Loc) -> Inlined {
        let unit_scope = self.unit.scope;
        let in_class = self.scope().block == Block::Class && self.unit.in_inlined_comp == 0;
        let function_like = self.scope().is_function_like();
        self.unit.in_inlined_comp += 1;
        let symbols: Vec<(Name, Symbol)> =
            self.table.scope(comp).symbols.iter().map(|(n, &s)| (n, s)).collect();
        let mut state = Inlined {
            pushed: Vec::new(),
            outer_symbols: SmallMap::default(),
            hidden: Vec::new(),
            cleanup: Label::NONE,
        };
        let is_local = |symbol: Symbol| symbol.flags & def::LOCAL != 0 && symbol.flags & def::NONLOCAL == 0;
        for &(name, symbol) in &symbols {
            let outer = self.table.scope(unit_scope).symbol(name);
            let differs = symbol.var != outer.var
                && symbol.var != Var::Free
                && !(symbol.var == Var::Cell && outer.var == Var::Free);
            if differs || in_class {
                self.table.scope_mut(unit_scope).symbols.insert(name, symbol);
                state.outer_symbols.insert(name, outer);
            }
            if is_local(symbol) && !function_like && self.unit.fast_hidden.get(name) != Some(&true) {
                self.unit.fast_hidden.insert(name, true);
                state.hidden.push(name);
            }
        }
        for &(name, symbol) in &symbols {
            if !is_local(symbol) {
                continue;
            }
            // For a cell this saves the cell itself; the comprehension gets a new one.
            let index = self.unit.var_index(name);
            self.emit(Op::LOAD_FAST_AND_CLEAR, index, loc);
            if symbol.var == Var::Cell {
                let outer = state.outer_symbols.get(name).copied();
                let outer = outer.unwrap_or_else(|| self.table.scope(unit_scope).symbol(name));
                let index = match outer.var {
                    Var::Free => self.unit.free_index(name),
                    _ => self.unit.cell_index(name),
                };
                self.emit(Op::MAKE_CELL, index.unwrap_or_default(), loc);
            }
            state.pushed.push(name);
        }
        if !state.pushed.is_empty() {
            // The iterable comes back to the top.
            self.emit(Op::SWAP, state.pushed.len() as u32 + 1, loc);
            state.cleanup = self.label();
            self.emit_jump(Op::SETUP_FINALLY, state.cleanup, loc);
        }
        state
    }

    fn end_inlined(&mut self, state: Inlined, loc: Loc) {
        if !state.pushed.is_empty() {
            self.emit0(Op::POP_BLOCK, Loc::NONE);
            let end = self.label();
            self.emit_jump(Op::JUMP_NO_INTERRUPT, end, Loc::NONE);
            self.place(state.cleanup);
            // Drops the unfinished container below the exception.
            self.emit(Op::SWAP, 2, Loc::NONE);
            self.emit0(Op::POP_TOP, Loc::NONE);
            self.restore_locals(&state.pushed, loc);
            self.emit(Op::RERAISE, 0, Loc::NONE);
            self.place(end);
            self.restore_locals(&state.pushed, loc);
        }
        self.unit.in_inlined_comp -= 1;
        let unit_scope = self.unit.scope;
        for (name, &symbol) in state.outer_symbols.iter() {
            self.table.scope_mut(unit_scope).symbols.insert(name, symbol);
        }
        for name in state.hidden {
            self.unit.fast_hidden.insert(name, false);
        }
    }

    fn restore_locals(&mut self, pushed: &[Name], loc: Loc) {
        self.emit(Op::SWAP, pushed.len() as u32 + 1, loc);
        for &name in pushed.iter().rev() {
            let index = self.unit.var_index(name);
            self.emit(Op::STORE_FAST_MAYBE_NULL, index, loc);
        }
    }
}
