//! `SyntaxWarning`s: code that is legal but surely a mistake.

use super::*;

impl<'a> Compiler<'a> {
    pub fn warn(&mut self, message: impl Into<String>, loc: Loc) {
        if self.disable_warnings == 0 {
            self.warnings.push(Warning { message: message.into(), loc });
        }
    }

    /// The type name of an expression's value where it is evident.
    fn infer_type(&self, expr: &Expr) -> Option<&'static str> {
        Some(match &expr.kind {
            ExprKind::Tuple { .. } => "tuple",
            ExprKind::List { .. } => "list",
            ExprKind::Dict(_) => "dict",
            ExprKind::Set(_) => "set",
            ExprKind::Comp(comp) => match comp.kind {
                CompKind::List => "list",
                CompKind::Dict => "dict",
                CompKind::Set => "set",
                CompKind::Generator => "generator",
            },
            ExprKind::Lambda(_) => "function",
            ExprKind::JoinedStr(_) | ExprKind::FormattedValue { .. } => "str",
            ExprKind::TemplateStr(_) | ExprKind::Interpolation { .. } => "string.templatelib.Template",
            ExprKind::Constant(id) => match self.consts.get(*id) {
                Constant::None => "NoneType",
                Constant::True | Constant::False => "bool",
                Constant::Ellipsis => "ellipsis",
                Constant::Int(_) => "int",
                Constant::Float(_) => "float",
                Constant::Complex { .. } => "complex",
                Constant::Str(_) => "str",
                Constant::Bytes(_) => "bytes",
                Constant::Tuple(_) => "tuple",
                Constant::FrozenSet(_) => "frozenset",
                Constant::Slice(_) => "slice",
                Constant::Code(_) => "code",
            },
            _ => return None,
        })
    }

    /// Whether `is` with this operand makes sense: anything but literals, and the singletons.
    fn may_compare_identity(expr: &Expr) -> bool {
        match expr.kind {
            ExprKind::Tuple { elts, .. } => !elts.iter().all(|e| e.is_constant()),
            ExprKind::Constant(id) => {
                matches!(id, ConstId::NONE | ConstId::TRUE | ConstId::FALSE | ConstId::ELLIPSIS)
            }
            _ => true,
        }
    }

    pub fn check_compare(
        &mut self,
        left: &Expr,
        ops: &[CmpOp],
        comparators: &[Expr],
        loc: Loc,
    ) -> Result<()> {
        let mut left = left;
        for (op, right) in ops.iter().zip(comparators) {
            let suggestion = match op {
                CmpOp::Is => Some(("is", "==")),
                CmpOp::IsNot => Some(("is not", "!=")),
                _ => None,
            };
            if let Some((found, meant)) = suggestion {
                let (left_ok, right_ok) =
                    (Self::may_compare_identity(left), Self::may_compare_identity(right));
                if !left_ok || !right_ok {
                    let literal = if left_ok { right } else { left };
                    let name = self.infer_type(literal).unwrap_or("object");
                    self.warn(format!("\"{found}\" with '{name}' literal. Did you mean \"{meant}\"?"), loc);
                    return Ok(());
                }
            }
            left = right;
        }
        Ok(())
    }

    pub fn check_caller(&mut self, func: &Expr) {
        if matches!(func.kind, ExprKind::Lambda(_)) {
            return;
        }
        if let Some(name) = self.infer_type(func) {
            self.warn(format!("'{name}' object is not callable; perhaps you missed a comma?"), func.loc);
        }
    }

    pub fn check_subscripter(&mut self, value: &Expr) {
        let suspicious = match &value.kind {
            ExprKind::Constant(id) => matches!(
                self.consts.get(*id),
                Constant::None
                    | Constant::Ellipsis
                    | Constant::Int(_)
                    | Constant::True
                    | Constant::False
                    | Constant::Float(_)
                    | Constant::Complex { .. }
                    | Constant::FrozenSet(_)
            ),
            ExprKind::Set(_) | ExprKind::Lambda(_) | ExprKind::TemplateStr(_) => true,
            ExprKind::Comp(comp) => matches!(comp.kind, CompKind::Set | CompKind::Generator),
            _ => false,
        };
        if suspicious && let Some(name) = self.infer_type(value) {
            self.warn(
                format!("'{name}' object is not subscriptable; perhaps you missed a comma?"),
                value.loc,
            );
        }
    }

    pub fn check_index(&mut self, value: &Expr, index: &Expr) {
        let Some(index_type) = self.infer_type(index) else { return };
        if matches!(index_type, "int" | "bool" | "slice") {
            return;
        }
        let suspicious = match &value.kind {
            ExprKind::Constant(id) => {
                matches!(self.consts.get(*id), Constant::Str(_) | Constant::Bytes(_) | Constant::Tuple(_))
            }
            ExprKind::Tuple { .. } | ExprKind::List { .. } | ExprKind::JoinedStr(_) => true,
            ExprKind::Comp(comp) => comp.kind == CompKind::List,
            _ => false,
        };
        if suspicious && let Some(name) = self.infer_type(value) {
            let message = format!(
                "{name} indices must be integers or slices, not {index_type}; perhaps you missed a comma?"
            );
            self.warn(message, value.loc);
        }
    }
}
