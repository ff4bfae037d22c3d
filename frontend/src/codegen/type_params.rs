//! Type parameters and `type` statements (PEP 695, PEP 696).

use taipan_mir::opcodes::make_function;

use super::*;
use crate::error::Error;

impl<'a> Compiler<'a> {
    /// Makes the parameters, stores each under its name and leaves their tuple on the stack.
    pub fn type_params(&mut self, params: &'a [TypeParam<'a>]) -> Result<()> {
        let mut seen_default = false;
        for param in params {
            let loc = param.loc;
            self.load_name_const(param.name, loc);
            match (param.kind, param.bound) {
                (TypeParamKind::TypeVar, Some(bound)) => {
                    self.type_param_part(bound, param.name, param.bound_scope.get(), false)?;
                    let intrinsic = match bound.kind {
                        ExprKind::Tuple { .. } => Intrinsic2::INTRINSIC_TYPEVAR_WITH_CONSTRAINTS,
                        _ => Intrinsic2::INTRINSIC_TYPEVAR_WITH_BOUND,
                    };
                    self.emit_intrinsic2(intrinsic, loc);
                }
                (TypeParamKind::TypeVar, None) => self.emit_intrinsic1(Intrinsic1::INTRINSIC_TYPEVAR, loc),
                (TypeParamKind::TypeVarTuple, _) => {
                    self.emit_intrinsic1(Intrinsic1::INTRINSIC_TYPEVARTUPLE, loc);
                }
                (TypeParamKind::ParamSpec, _) => self.emit_intrinsic1(Intrinsic1::INTRINSIC_PARAMSPEC, loc),
            }
            if let Some(default) = param.default {
                seen_default = true;
                let starred = param.kind == TypeParamKind::TypeVarTuple;
                self.type_param_part(default, param.name, param.default_scope.get(), starred)?;
                self.emit_intrinsic2(Intrinsic2::INTRINSIC_SET_TYPEPARAM_DEFAULT, loc);
            } else if seen_default {
                let message = format!(
                    "non-default type parameter '{}' follows default type parameter",
                    self.names.str(param.name)
                );
                return Err(Error::syntax(message, loc));
            }
            self.emit(Op::COPY, 1, loc);
            self.name_op(param.name, Ctx::Store, loc);
        }
        if let Some(first) = params.first() {
            self.emit(Op::BUILD_TUPLE, params.len() as u32, first.loc);
        }
        Ok(())
    }

    /// The default of the evaluating function's `format` parameter.
    fn load_format_default(&mut self, loc: Loc) {
        let one = self.consts.int(1);
        let defaults = self.consts.tuple(&[one]);
        self.load_const(defaults, loc);
    }

    /// A bound, constraint tuple or default is a function that evaluates it.
    fn type_param_part(
        &mut self,
        expr: &'a Expr<'a>,
        name: Name,
        scope: ScopeId,
        starred: bool,
    ) -> Result<()> {
        let loc = expr.loc;
        self.load_format_default(loc);
        self.enter_annotations_scope(name, scope, loc);
        match expr.starred() {
            Some(value) if starred => {
                self.visit_expr(value)?;
                self.emit(Op::UNPACK_SEQUENCE, 1, loc);
            }
            _ => self.visit_expr(expr)?,
        }
        self.emit0(Op::RETURN_VALUE, loc);
        self.finish_function(true, make_function::DEFAULTS, loc)
    }

    pub fn type_alias(&mut self, alias: &'a TypeAlias<'a>, loc: Loc) -> Result<()> {
        let generic = !alias.type_params.is_empty();
        if generic {
            let name = self.type_params_name(alias.name);
            let scope = alias.type_params_scope.get();
            self.enter_scope(name, ScopeType::Annotations, scope, loc.line, None, ArgCounts::default());
            self.load_name_const(alias.name, loc);
            self.type_params(alias.type_params)?;
        } else {
            self.load_name_const(alias.name, loc);
            self.load_none(loc);
        }
        self.load_format_default(loc);
        self.enter_annotations_scope(alias.name, alias.scope.get(), loc);
        self.visit_expr(&alias.value)?;
        self.emit0(Op::RETURN_VALUE, loc);
        self.finish_function(false, make_function::DEFAULTS, loc)?;
        self.emit(Op::BUILD_TUPLE, 3, loc);
        self.emit_intrinsic1(Intrinsic1::INTRINSIC_TYPEALIAS, loc);
        if generic {
            self.finish_function(false, 0, loc)?;
            self.emit0(Op::PUSH_NULL, loc);
            self.emit(Op::CALL, 0, loc);
        }
        self.name_op(alias.name, Ctx::Store, loc);
        Ok(())
    }
}
