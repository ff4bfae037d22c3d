//! Functions and lambdas.

use taipan_mir::opcodes::make_function;

use super::{
    unit::{FBlockKind, Label},
    *,
};

impl<'a> Compiler<'a> {
    pub fn decorators(&mut self, decorators: &'a [Expr<'a>]) -> Result<()> {
        self.visit_exprs(decorators)
    }

    pub fn apply_decorators(&mut self, decorators: &'a [Expr<'a>]) {
        for decorator in decorators.iter().rev() {
            self.emit(Op::CALL, 0, decorator.loc);
        }
    }

    /// Pushes the tuple and the dict of defaults; returns which there are.
    fn default_arguments(&mut self, args: &'a Arguments<'a>, loc: Loc) -> Result<u32> {
        let mut attributes = 0;
        if !args.defaults.is_empty() {
            self.visit_exprs(args.defaults)?;
            self.emit(Op::BUILD_TUPLE, args.defaults.len() as u32, loc);
            attributes |= make_function::DEFAULTS;
        }
        let mut count = 0;
        for (arg, default) in args.kwonly.iter().zip(args.kw_defaults) {
            let Some(default) = default else { continue };
            let mangled = self.mangle(arg.name);
            self.load_name_const(mangled, loc);
            self.visit_expr(default)?;
            count += 1;
        }
        if count > 0 {
            self.emit(Op::BUILD_MAP, count, loc);
            attributes |= make_function::KWDEFAULTS;
        }
        Ok(attributes)
    }

    pub fn lambda(&mut self, lambda: &'a Lambda<'a>, loc: Loc) -> Result<()> {
        let attributes = self.default_arguments(&lambda.args, loc)?;
        let counts = arg_counts(&lambda.args);
        self.enter_scope(known::LAMBDA, ScopeType::Lambda, lambda.scope.get(), loc.line, None, counts);
        self.visit_expr(&lambda.body)?;
        let is_generator = self.scope().generator;
        if !is_generator {
            self.emit0(Op::RETURN_VALUE, lambda.body.loc);
        }
        self.finish_function(!is_generator, attributes, loc)
    }

    pub fn function_def(&mut self, def: &'a FunctionDef<'a>, loc: Loc) -> Result<()> {
        self.decorators(def.decorators)?;
        let firstlineno = def.decorators.first().map_or(loc.line, |d| d.loc.line);
        let mut attributes = self.default_arguments(&def.args, loc)?;
        let generic = !def.type_params.is_empty();
        let mut passed = 0;
        if generic {
            // The defaults go to the function that makes the type parameters as its arguments.
            passed = (attributes & make_function::DEFAULTS != 0) as u32
                + (attributes & make_function::KWDEFAULTS != 0) as u32;
            if passed == 2 {
                self.emit(Op::SWAP, 2, loc);
            }
            let name = self.type_params_name(def.name);
            let counts = ArgCounts { args: passed, ..ArgCounts::default() };
            let scope = def.type_params_scope.get();
            self.enter_scope(name, ScopeType::Annotations, scope, firstlineno, None, counts);
            self.type_params(def.type_params)?;
            for index in 0..passed {
                self.emit(Op::LOAD_FAST, index, loc);
            }
        }
        attributes |= self.function_annotations(def, loc)?;
        self.function_body(def, attributes, firstlineno, loc)?;
        if generic {
            self.emit(Op::SWAP, 2, loc);
            self.emit_intrinsic2(Intrinsic2::INTRINSIC_SET_FUNCTION_TYPE_PARAMS, loc);
            self.finish_function(false, 0, loc)?;
            if passed > 0 {
                self.emit(Op::SWAP, passed + 1, loc);
                self.emit(Op::CALL, passed - 1, loc);
            } else {
                self.emit0(Op::PUSH_NULL, loc);
                self.emit(Op::CALL, 0, loc);
            }
        }
        self.apply_decorators(def.decorators);
        self.name_op(def.name, Ctx::Store, loc);
        Ok(())
    }

    pub fn type_params_name(&mut self, name: Name) -> Name {
        let text = format!("<generic parameters of {}>", self.names.str(name));
        self.names.intern(&text)
    }

    fn function_body(
        &mut self,
        def: &'a FunctionDef<'a>,
        attributes: u32,
        firstlineno: i32,
        loc: Loc,
    ) -> Result<()> {
        let scope_type = if def.is_async { ScopeType::AsyncFunction } else { ScopeType::Function };
        self.enter_scope(def.name, scope_type, def.scope.get(), firstlineno, None, arg_counts(&def.args));
        let mut body = def.body;
        if self.scope().has_docstring
            && let Some((Stmt { kind: StmtKind::Expr(value), .. }, rest)) = body.split_first()
            && let Some(id) = value.constant()
        {
            // The docstring is the first constant.
            let doc = self.clean_doc(id)?;
            self.unit.consts.place(doc);
            body = rest;
        }
        let start = self.label();
        self.place(start);
        let stop_iteration = self.scope().coroutine || self.scope().generator;
        if stop_iteration {
            self.push_fblock(FBlockKind::StopIteration, start, Label::NONE, Loc::NONE)?;
        }
        self.visit_stmts(body)?;
        if stop_iteration {
            self.wrap_in_stopiteration_handler();
            self.pop_fblock();
        }
        self.finish_function(true, attributes, loc)
    }

    /// A `StopIteration` that leaves a generator becomes a `RuntimeError`.
    pub fn wrap_in_stopiteration_handler(&mut self) {
        let handler = self.label();
        self.unit.seq.insert_first(SeqInstr { op: Op::SETUP_CLEANUP, arg: handler.0, loc: Loc::NONE });
        self.load_none(Loc::NONE);
        self.emit0(Op::RETURN_VALUE, Loc::NONE);
        self.place(handler);
        self.emit_intrinsic1(Intrinsic1::INTRINSIC_STOPITERATION_ERROR, Loc::NONE);
        self.emit(Op::RERAISE, 1, Loc::NONE);
    }
}

fn arg_counts(args: &Arguments) -> ArgCounts {
    ArgCounts {
        args: args.args.len() as u32,
        posonly: args.posonly.len() as u32,
        kwonly: args.kwonly.len() as u32,
    }
}
