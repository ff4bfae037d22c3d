//! Loading, storing and deleting names.

use super::*;

/// How a name is accessed in the current unit.
enum Access {
    Fast,
    Global(u32),
    Deref(u32),
    Name(u32),
}

impl Compiler<'_> {
    pub fn name_op(&mut self, name: Name, ctx: Ctx, loc: Loc) {
        let mangled = self.mangle(name);
        let var = self.scope().symbol(mangled).var;
        match self.resolve(mangled, var) {
            Access::Fast => {
                let op = match ctx {
                    Ctx::Load => Op::LOAD_FAST,
                    Ctx::Store => Op::STORE_FAST,
                    Ctx::Del => Op::DELETE_FAST,
                };
                let index = self.unit.var_index(mangled);
                self.emit(op, index, loc);
            }
            Access::Deref(index) => {
                let op = match ctx {
                    Ctx::Store => Op::STORE_DEREF,
                    Ctx::Del => Op::DELETE_DEREF,
                    Ctx::Load if self.scope().block == Block::Class && self.unit.in_inlined_comp == 0 => {
                        self.emit0(Op::LOAD_LOCALS, loc);
                        Op::LOAD_FROM_DICT_OR_DEREF
                    }
                    Ctx::Load if self.scope().can_see_class_scope => {
                        self.load_classdict(loc);
                        Op::LOAD_FROM_DICT_OR_DEREF
                    }
                    Ctx::Load => Op::LOAD_DEREF,
                };
                self.emit(op, index, loc);
            }
            Access::Global(index) => match ctx {
                Ctx::Store => self.emit(Op::STORE_GLOBAL, index, loc),
                Ctx::Del => self.emit(Op::DELETE_GLOBAL, index, loc),
                Ctx::Load if self.scope().can_see_class_scope && var == Var::GlobalImplicit => {
                    self.load_classdict(loc);
                    self.emit(Op::LOAD_FROM_DICT_OR_GLOBALS, index, loc);
                }
                Ctx::Load => self.emit(Op::LOAD_GLOBAL, index << 1, loc),
            },
            Access::Name(index) => match ctx {
                Ctx::Store => self.emit(Op::STORE_NAME, index, loc),
                Ctx::Del => self.emit(Op::DELETE_NAME, index, loc),
                Ctx::Load if self.scope().block == Block::Class && self.unit.in_inlined_comp > 0 => {
                    self.emit(Op::LOAD_GLOBAL, index << 1, loc);
                }
                Ctx::Load => self.emit(Op::LOAD_NAME, index, loc),
            },
        }
    }

    pub fn load_classdict(&mut self, loc: Loc) {
        let index = self.unit.free_index(known::CLASSDICT).unwrap_or_default();
        self.emit(Op::LOAD_DEREF, index, loc);
    }

    fn resolve(&mut self, mangled: Name, var: Var) -> Access {
        let function_like = self.scope().is_function_like();
        match var {
            Var::Free => Access::Deref(self.unit.free_index(mangled).unwrap_or_default()),
            Var::Cell => Access::Deref(self.unit.cell_index(mangled).unwrap_or_default()),
            Var::Local if function_like || self.unit.fast_hidden.get(mangled) == Some(&true) => Access::Fast,
            Var::GlobalImplicit if function_like => Access::Global(self.unit.name_index(mangled)),
            Var::GlobalExplicit => Access::Global(self.unit.name_index(mangled)),
            _ => Access::Name(self.unit.name_index(mangled)),
        }
    }
}
