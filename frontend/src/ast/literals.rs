//! Number literals, and the arithmetic on literals that patterns allow.

use dashu_int::IBig;
use ruff_python_ast as ruff;

use super::{Expr, ExprKind, Operator, UnaryOp};
use crate::{
    code::Constant,
    const_eval,
    consts::{ConstId, ConstPool},
};

/// The value of a number literal, whose source text serves for what the parser left undecoded; `max_digits` is [`Source`]'s.
///
/// [`Source`]: crate::source::Source
pub fn number(number: &ruff::Number, text: &str, max_digits: usize) -> Result<Constant, String> {
    match number {
        ruff::Number::Int(int) => match int.as_u64() {
            Some(value) => Ok(Constant::Int(IBig::from(value))),
            None => big_int(text, max_digits),
        },
        ruff::Number::Float(value) => Ok(Constant::Float(*value)),
        ruff::Number::Complex { real, imag } => Ok(Constant::Complex { real: *real, imag: *imag }),
    }
}

fn big_int(text: &str, max_digits: usize) -> Result<Constant, String> {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        _ => (10, &digits[..]),
    };
    if radix == 10 && max_digits != 0 && digits.len() > max_digits {
        return Err(format!(
            "Exceeds the limit ({max_digits} digits) for integer string conversion: value has {} digits; \
             use sys.set_int_max_str_digits() to increase the limit \
             - Consider hexadecimal for huge integer literals to avoid decimal conversion limits.",
            digits.len()
        ));
    }
    IBig::from_str_radix(digits, radix).map(Constant::Int).map_err(|_| "invalid decimal literal".into())
}

/// Folds `-1`, `1 + 2j` and `-1 - 2j`, the only arithmetic in patterns.
pub fn fold_pattern_number(expr: &Expr, consts: &mut ConstPool) -> Option<ConstId> {
    match expr.kind {
        ExprKind::UnaryOp { op: UnaryOp::USub, operand } => {
            let folded = const_eval::negative(consts.get(operand.constant()?))?;
            Some(consts.add(folded))
        }
        ExprKind::BinOp { left, op: op @ (Operator::Add | Operator::Sub), right } => {
            let right = right.constant()?;
            let left = match left.constant() {
                Some(left) => left,
                None => fold_pattern_number(left, consts)?,
            };
            let folded = const_eval::binary(op, consts.get(left), consts.get(right))?;
            Some(consts.add(folded))
        }
        _ => None,
    }
}
