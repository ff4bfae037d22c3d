//! Classes.

use super::*;

impl<'a> Compiler<'a> {
    pub fn class_def(&mut self, def: &'a ClassDef<'a>, loc: Loc) -> Result<()> {
        self.decorators(def.decorators)?;
        let firstlineno = def.decorators.first().map_or(loc.line, |d| d.loc.line);
        let generic = !def.type_params.is_empty();
        if generic {
            let name = self.type_params_name(def.name);
            let scope = def.type_params_scope.get();
            let private = Some(def.name);
            self.enter_scope(name, ScopeType::Annotations, scope, firstlineno, private, ArgCounts::default());
            self.type_params(def.type_params)?;
            self.name_op(known::DOT_TYPE_PARAMS, Ctx::Store, loc);
        }
        self.class_body(def, firstlineno, loc)?;
        if generic {
            self.name_op(known::DOT_TYPE_PARAMS, Ctx::Load, loc);
            self.emit_intrinsic1(Intrinsic1::INTRINSIC_SUBSCRIPT_GENERIC, loc);
            self.name_op(known::DOT_GENERIC_BASE, Ctx::Store, loc);
            self.call_args(2, def.bases, Some(known::DOT_GENERIC_BASE), def.keywords, loc)?;
            self.finish_function(false, 0, loc)?;
            self.emit0(Op::PUSH_NULL, loc);
            self.emit(Op::CALL, 0, loc);
        } else {
            self.call_args(2, def.bases, None, def.keywords, loc)?;
        }
        self.apply_decorators(def.decorators);
        self.name_op(def.name, Ctx::Store, loc);
        Ok(())
    }

    /// Leaves `__build_class__`, NULL, the body's function and the class name on the stack.
    fn class_body(&mut self, def: &'a ClassDef<'a>, firstlineno: i32, def_loc: Loc) -> Result<()> {
        let scope = def.scope.get();
        self.enter_scope(
            def.name,
            ScopeType::Class,
            scope,
            firstlineno,
            Some(def.name),
            ArgCounts::default(),
        );
        let loc = Loc::new(firstlineno, firstlineno, 0, 0);
        self.name_op(known::NAME, Ctx::Load, loc);
        self.name_op(known::MODULE, Ctx::Store, loc);
        let qualname = self.consts.text(&self.unit.qualname);
        self.load_const(qualname, loc);
        self.name_op(known::QUALNAME, Ctx::Store, loc);
        self.load_int(firstlineno.into(), loc);
        self.name_op(known::FIRSTLINENO, Ctx::Store, loc);
        if !def.type_params.is_empty() {
            self.name_op(known::DOT_TYPE_PARAMS, Ctx::Load, loc);
            self.name_op(known::TYPE_PARAMS, Ctx::Store, loc);
        }
        if self.scope().needs_classdict {
            self.emit0(Op::LOAD_LOCALS, loc);
            self.store_cell(known::CLASSDICT, loc);
        }
        if self.scope().has_conditional_annotations {
            self.emit(Op::BUILD_SET, 0, loc);
            self.store_cell(known::CONDITIONAL_ANNOTATIONS, loc);
        }
        self.body(def.body, loc, false)?;
        let attributes = self.static_attributes();
        self.load_const(attributes, Loc::NONE);
        self.name_op(known::STATIC_ATTRIBUTES, Ctx::Store, Loc::NONE);
        if self.scope().needs_classdict {
            self.load_closure(known::CLASSDICT);
            self.name_op(known::CLASSDICTCELL, Ctx::Store, Loc::NONE);
        }
        if self.scope().needs_class_closure {
            self.load_closure(known::DUNDER_CLASS);
            self.emit(Op::COPY, 1, Loc::NONE);
            self.name_op(known::CLASSCELL, Ctx::Store, Loc::NONE);
        } else {
            self.load_none(Loc::NONE);
        }
        self.emit0(Op::RETURN_VALUE, Loc::NONE);
        let code = self.finish_code(true)?;
        let free: Vec<Name> = self.unit.freevars.keys().collect();
        self.exit_scope();
        self.emit0(Op::LOAD_BUILD_CLASS, def_loc);
        self.emit0(Op::PUSH_NULL, def_loc);
        self.make_closure(code, &free, 0, def_loc);
        self.load_name_const(def.name, def_loc);
        Ok(())
    }

    fn store_cell(&mut self, name: Name, loc: Loc) {
        let index = self.unit.cell_index(name).unwrap_or_default();
        self.emit(Op::STORE_DEREF, index, loc);
    }

    fn load_closure(&mut self, name: Name) {
        let index = self.unit.cell_index(name).unwrap_or_default();
        self.emit(Op::LOAD_CLOSURE, index, Loc::NONE);
    }

    fn static_attributes(&mut self) -> ConstId {
        let mut list: Vec<Name> = self.unit.static_attributes.keys().collect();
        list.sort_by(|&a, &b| self.names.text(a).cmp(self.names.text(b)));
        self.names_tuple(list.into_iter())
    }
}
