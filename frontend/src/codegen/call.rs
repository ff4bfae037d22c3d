//! Calls, and the forms of calls that have faster code: methods, `super()`, and `all`, `any` and
//! `tuple` of a generator expression.

use super::*;
use crate::{error::Error, symtable::def};

impl<'a> Compiler<'a> {
    pub fn call(&mut self, call: &'a Call<'a>, loc: Loc) -> Result<()> {
        self.validate_keywords(call.keywords)?;
        if self.method_call(call, loc)? {
            return Ok(());
        }
        let skip = self.label();
        self.check_caller(&call.func);
        self.visit_expr(&call.func)?;
        self.generator_call(call, skip)?;
        self.emit0(Op::PUSH_NULL, call.func.loc);
        self.call_args(0, call.args, None, call.keywords, loc)?;
        self.place(skip);
        Ok(())
    }

    fn validate_keywords(&self, keywords: &[Keyword]) -> Result<()> {
        // Few are compared with each other; very many are hashed first.
        const FEW: usize = 16;
        if keywords.len() > FEW {
            let names = keywords.iter().filter_map(|keyword| keyword.arg);
            let distinct: NameTable = names.clone().collect();
            if distinct.len() == names.count() {
                return Ok(());
            }
        }
        for (index, keyword) in keywords.iter().enumerate() {
            let Some(arg) = keyword.arg else { continue };
            if let Some(other) = keywords[index + 1..].iter().find(|k| k.arg == Some(arg)) {
                let message = format!("keyword argument repeated: {}", self.names.str(arg));
                return Err(Error::syntax(message, other.loc));
            }
        }
        Ok(())
    }

    /// `object.method(…)` without unpacking needs no bound method.
    fn method_call(&mut self, call: &'a Call<'a>, call_loc: Loc) -> Result<bool> {
        let ExprKind::Attribute { value, attr, ctx: Ctx::Load } = call.func.kind else { return Ok(false) };
        if let ExprKind::Name { id, .. } = value.kind
            && self.table.scope(SymbolTable::TOP).symbol(id).flags & def::IMPORT != 0
        {
            // Modules' attributes are functions, not methods.
            return Ok(false);
        }
        let (args, keywords) = (call.args, call.keywords);
        if args.len() + keywords.len() + !keywords.is_empty() as usize >= STACK_USE_GUIDELINE
            || args.iter().any(|a| a.starred().is_some())
            || keywords.iter().any(|k| k.arg.is_none())
        {
            return Ok(false);
        }
        let mut loc = call.func.loc;
        if let Some(super_call) = self.optimizable_super(value, attr) {
            self.load_super_args(super_call, value.loc)?;
            self.emit_super_attr(attr, true, !super_call.args.is_empty(), loc);
            loc = self.attr_loc(loc, &call.func, attr);
            self.emit0(Op::NOP, loc);
        } else {
            self.visit_expr(value)?;
            loc = self.attr_loc(loc, &call.func, attr);
            self.emit_attr(attr, true, loc);
        }
        self.visit_exprs(args)?;
        if keywords.is_empty() {
            loc = self.attr_loc(call_loc, &call.func, attr);
            self.emit(Op::CALL, args.len() as u32, loc);
        } else {
            self.keyword_values(keywords, loc)?;
            loc = self.attr_loc(call_loc, &call.func, attr);
            self.emit(Op::CALL_KW, (args.len() + keywords.len()) as u32, loc);
        }
        Ok(true)
    }

    fn keyword_values(&mut self, keywords: &'a [Keyword<'a>], loc: Loc) -> Result<()> {
        for keyword in keywords {
            self.visit_expr(&keyword.value)?;
        }
        let names = self.names_tuple(keywords.iter().filter_map(|k| k.arg));
        self.load_const(names, loc);
        Ok(())
    }

    /// `super().attr` and `super(a, b).attr` where `super` is the builtin as far as one can see.
    pub fn optimizable_super(&self, value: &'a Expr<'a>, attr: Name) -> Option<&'a Call<'a>> {
        let ExprKind::Call(call) = value.kind else { return None };
        if !matches!(call.func.kind, ExprKind::Name { id: known::SUPER, .. })
            || attr == known::DUNDER_CLASS
            || !call.keywords.is_empty()
            || self.scope().symbol(known::SUPER).var != Var::GlobalImplicit
            || self.table.scope(SymbolTable::TOP).symbol(known::SUPER).var != Var::Unknown
        {
            return None;
        }
        match call.args.len() {
            2 => call.args.iter().all(|a| a.starred().is_none()).then_some(call),
            0 => {
                let has_self = self.unit.counts.args > 0 || self.unit.counts.posonly > 0;
                let is_class_scope = self.unit.scope_type == ScopeType::Class;
                (has_self && !is_class_scope && self.scope().symbol(known::DUNDER_CLASS).var == Var::Free)
                    .then_some(call)
            }
            _ => None,
        }
    }

    pub fn load_super_args(&mut self, call: &'a Call<'a>, loc: Loc) -> Result<()> {
        self.name_op(known::SUPER, Ctx::Load, call.func.loc);
        if !call.args.is_empty() {
            return self.visit_exprs(call.args);
        }
        self.name_op(known::DUNDER_CLASS, Ctx::Load, loc);
        let first = self.unit.varnames.keys().next();
        if let Some(first) = first {
            self.name_op(first, Ctx::Load, loc);
        }
        Ok(())
    }

    pub fn emit_super_attr(&mut self, attr: Name, method: bool, explicit: bool, loc: Loc) {
        let mangled = self.mangle(attr);
        let index = self.unit.name_index(mangled);
        self.emit(Op::LOAD_SUPER_ATTR, index << 2 | (explicit as u32) << 1 | method as u32, loc);
    }

    /// `all(x for …)` and its like run the loop in place if the name still is the builtin.
    fn generator_call(&mut self, call: &'a Call<'a>, end: Label) -> Result<()> {
        let ExprKind::Name { id, .. } = call.func.kind else { return Ok(()) };
        let [arg] = call.args else { return Ok(()) };
        let ExprKind::Comp(comp @ Comp { kind: CompKind::Generator, .. }) = arg.kind else { return Ok(()) };
        if !call.keywords.is_empty() || self.table.scope(comp.scope.get()).coroutine {
            return Ok(());
        }
        let (constant, initial, jump) = match id {
            known::ALL => (CommonConstant::CONSTANT_BUILTIN_ALL, Some(ConstId::TRUE), Op::POP_JUMP_IF_TRUE),
            known::ANY => (CommonConstant::CONSTANT_BUILTIN_ANY, Some(ConstId::FALSE), Op::POP_JUMP_IF_FALSE),
            known::TUPLE => (CommonConstant::CONSTANT_BUILTIN_TUPLE, None, Op::JUMP),
            _ => return Ok(()),
        };
        let loc = call.func.loc;
        let skip = self.label();
        self.emit(Op::COPY, 1, loc);
        self.emit_common_constant(constant, loc);
        self.emit(Op::IS_OP, 0, loc);
        self.emit_jump(Op::POP_JUMP_IF_FALSE, skip, loc);
        self.emit0(Op::POP_TOP, loc);
        if initial.is_none() {
            self.emit(Op::BUILD_LIST, 0, loc);
        }
        self.visit_expr(arg)?;
        let start = self.label();
        let cleanup = self.label();
        self.place(start);
        self.emit_jump(Op::FOR_ITER, cleanup, loc);
        if initial.is_some() {
            self.emit0(Op::TO_BOOL, loc);
        } else {
            self.emit(Op::LIST_APPEND, 2, loc);
        }
        self.emit_jump(jump, start, loc);
        self.emit0(Op::POP_ITER, Loc::NONE);
        if let Some(initial) = initial {
            self.load_const(ConstPool::bool(initial == ConstId::FALSE), loc);
        }
        self.emit_jump(Op::JUMP, end, loc);
        self.place(cleanup);
        self.emit0(Op::END_FOR, Loc::NONE);
        self.emit0(Op::POP_ITER, Loc::NONE);
        match initial {
            Some(initial) => self.load_const(initial, loc),
            None => self.emit_intrinsic1(Intrinsic1::INTRINSIC_LIST_TO_TUPLE, loc),
        }
        self.emit_jump(Op::JUMP, end, loc);
        self.place(skip);
        Ok(())
    }

    /// The arguments and the call itself; `pushed` arguments are on the stack already.
    pub fn call_args(
        &mut self,
        pushed: usize,
        args: &'a [Expr<'a>],
        injected: Option<Name>,
        keywords: &'a [Keyword<'a>],
        loc: Loc,
    ) -> Result<()> {
        self.validate_keywords(keywords)?;
        if args.len() + keywords.len() * 2 > STACK_USE_GUIDELINE
            || args.iter().any(|a| a.starred().is_some())
            || keywords.iter().any(|k| k.arg.is_none())
        {
            return self.call_ex(pushed, args, injected, keywords, loc);
        }
        self.visit_exprs(args)?;
        let mut count = pushed + args.len();
        if let Some(name) = injected {
            self.name_op(name, Ctx::Load, loc);
            count += 1;
        }
        if keywords.is_empty() {
            self.emit(Op::CALL, count as u32, loc);
        } else {
            self.keyword_values(keywords, loc)?;
            self.emit(Op::CALL_KW, (count + keywords.len()) as u32, loc);
        }
        Ok(())
    }

    /// A call with a tuple and a dict of arguments.
    fn call_ex(
        &mut self,
        pushed: usize,
        args: &'a [Expr<'a>],
        injected: Option<Name>,
        keywords: &'a [Keyword<'a>],
        loc: Loc,
    ) -> Result<()> {
        match args {
            [only]
                if pushed == 0
                    && let Some(value) = only.starred() =>
            {
                self.visit_expr(value)?
            }
            _ => {
                self.star_unpack(
                    args,
                    injected,
                    pushed,
                    Op::BUILD_LIST,
                    Op::LIST_APPEND,
                    Op::LIST_EXTEND,
                    true,
                    loc,
                )?;
            }
        }
        let mut have_dict = false;
        let mut seen = 0;
        for (index, keyword) in keywords.iter().enumerate() {
            if keyword.arg.is_some() {
                seen += 1;
                continue;
            }
            if seen > 0 {
                self.sub_kwargs(&keywords[index - seen..index], loc)?;
                if have_dict {
                    self.emit(Op::DICT_MERGE, 1, loc);
                }
                have_dict = true;
                seen = 0;
            }
            if !have_dict {
                self.emit(Op::BUILD_MAP, 0, loc);
                have_dict = true;
            }
            self.visit_expr(&keyword.value)?;
            self.emit(Op::DICT_MERGE, 1, loc);
        }
        if seen > 0 {
            self.sub_kwargs(&keywords[keywords.len() - seen..], loc)?;
            if have_dict {
                self.emit(Op::DICT_MERGE, 1, loc);
            }
        }
        if keywords.is_empty() {
            self.emit0(Op::PUSH_NULL, loc);
        }
        self.emit0(Op::CALL_FUNCTION_EX, loc);
        Ok(())
    }

    fn sub_kwargs(&mut self, keywords: &'a [Keyword<'a>], loc: Loc) -> Result<()> {
        let big = keywords.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.emit(Op::BUILD_MAP, 0, Loc::NONE);
        }
        for keyword in keywords {
            self.load_name_const(keyword.arg.unwrap_or(known::EMPTY), loc);
            self.visit_expr(&keyword.value)?;
            if big {
                self.emit(Op::MAP_ADD, 1, Loc::NONE);
            }
        }
        if !big {
            self.emit(Op::BUILD_MAP, keywords.len() as u32, loc);
        }
        Ok(())
    }
}
