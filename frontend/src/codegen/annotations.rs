//! Annotations, evaluated lazily by generated `__annotate__` functions (PEP 649), or turned into
//! text under `from __future__ import annotations`.

use taipan_mir::opcodes::{CompareOp, make_function};

use super::*;

/// `annotationlib.Format.VALUE_WITH_FAKE_GLOBALS`, the highest format that the generated code knows.
const VALUE_WITH_FAKE_GLOBALS: i64 = 2;

impl<'a> Compiler<'a> {
    /// Starts a function that evaluates annotations: it refuses formats that it does not know.
    pub fn enter_annotations_scope(&mut self, name: Name, scope: ScopeId, loc: Loc) {
        let counts = ArgCounts { posonly: 1, ..ArgCounts::default() };
        self.enter_scope(name, ScopeType::Annotations, scope, loc.line, None, counts);
        self.emit(Op::LOAD_FAST, 0, loc);
        self.load_int(VALUE_WITH_FAKE_GLOBALS, loc);
        self.emit(Op::COMPARE_OP, compare::oparg(CompareOp::GT), loc);
        let body = self.label();
        self.emit_jump(Op::POP_JUMP_IF_FALSE, body, loc);
        self.emit_common_constant(CommonConstant::CONSTANT_NOTIMPLEMENTEDERROR, loc);
        self.emit(Op::RAISE_VARARGS, 1, loc);
        self.place(body);
    }

    /// The parameter is called `.format` in the scope, so that an annotation may use `format`, and
    /// `format` in the code object.
    fn leave_annotations_scope(&mut self, loc: Loc) -> Result<()> {
        self.emit0(Op::RETURN_VALUE, loc);
        let mut code = self.finish_code(true)?;
        if let Some(first) = Rc::make_mut(&mut code).localsplusnames.first_mut() {
            *first = self.names.text(known::FORMAT).clone();
        }
        let free: Vec<Name> = self.unit.freevars.keys().collect();
        self.exit_scope();
        self.make_closure(code, &free, 0, loc);
        Ok(())
    }

    /// The `__annotate__` function of a module or class.
    pub fn deferred_annotations(&mut self, loc: Loc) -> Result<()> {
        if self.unit.deferred_annotations.is_empty() {
            return Ok(());
        }
        let annotations = std::mem::take(&mut self.unit.deferred_annotations);
        let scope_type = self.unit.scope_type;
        let Some(scope) = self.scope().annotation_block else { return Ok(()) };
        // A module's code for this goes to its very start.
        let is_module = scope_type == ScopeType::Module;
        let stashed = is_module.then(|| std::mem::take(&mut self.unit.seq));
        self.enter_annotations_scope(known::ANNOTATE, scope, loc);
        self.emit(Op::BUILD_MAP, 0, loc);
        for annotation in annotations {
            let at = annotation.loc;
            let target = self.names.mangle(self.unit.private, annotation.target);
            let not_set = self.label();
            if let Some(index) = annotation.conditional_index {
                self.load_int(index, at);
                if scope_type == ScopeType::Class {
                    let cell = self.unit.free_index(known::CONDITIONAL_ANNOTATIONS).unwrap_or_default();
                    self.emit(Op::LOAD_DEREF, cell, at);
                } else {
                    let index = self.unit.name_index(known::CONDITIONAL_ANNOTATIONS);
                    self.emit(Op::LOAD_GLOBAL, index << 1, at);
                }
                self.emit(Op::CONTAINS_OP, 0, at);
                self.emit_jump(Op::POP_JUMP_IF_FALSE, not_set, at);
            }
            self.visit_expr(annotation.annotation)?;
            self.emit(Op::COPY, 2, at);
            self.load_name_const(target, at);
            self.emit0(Op::STORE_SUBSCR, loc);
            self.place(not_set);
        }
        self.leave_annotations_scope(loc)?;
        let name = if scope_type == ScopeType::Class { known::ANNOTATE_FUNC } else { known::ANNOTATE };
        self.name_op(name, Ctx::Store, loc);
        if let Some(stashed) = stashed {
            let setup = std::mem::replace(&mut self.unit.seq, stashed);
            self.unit.seq.annotations = setup.instrs;
        }
        Ok(())
    }

    /// The `__annotate__` function of a function, if it has annotations.
    pub fn function_annotations(&mut self, def: &'a FunctionDef<'a>, loc: Loc) -> Result<u32> {
        let scope = def.annotations_scope.get();
        if !self.table.scope(scope).annotations_used {
            return Ok(0);
        }
        self.enter_annotations_scope(known::ANNOTATE, scope, loc);
        let args = &def.args;
        let in_order =
            args.args.iter().chain(args.posonly).chain(args.vararg).chain(args.kwonly).chain(args.kwarg);
        let annotated = in_order.filter_map(|arg| Some((arg.name, arg.annotation?)));
        let mut count = 0;
        for (name, annotation) in annotated.chain(def.returns.map(|r| (known::RETURN, r))) {
            self.arg_annotation(name, annotation, loc)?;
            count += 1;
        }
        self.emit(Op::BUILD_MAP, count, loc);
        self.leave_annotations_scope(loc)?;
        Ok(make_function::ANNOTATE)
    }

    fn arg_annotation(&mut self, name: Name, annotation: &'a Expr<'a>, loc: Loc) -> Result<()> {
        let mangled = self.mangle(name);
        self.load_name_const(mangled, loc);
        if self.future.annotations() {
            self.annotation_text(annotation);
        } else if let Some(value) = annotation.starred() {
            // `*args: *Ts` evaluates `[*Ts]` and takes its only item.
            self.visit_expr(value)?;
            self.emit(Op::UNPACK_SEQUENCE, 1, loc);
        } else {
            self.visit_expr(annotation)?;
        }
        Ok(())
    }

    /// Loads the annotation's source form.
    pub fn annotation_text(&mut self, annotation: &Expr) {
        let text = unparse::unparse(annotation, &self.names, &self.consts);
        let id = self.consts.text(&text);
        self.load_const(id, annotation.loc);
    }
}
