//! Expressions back to text, as `from __future__ import annotations` stores them.

use super::*;
use crate::{
    code::{Constant, PyText},
    consts::ConstPool,
    names::Names,
    syntax::unicode_properties::is_printable,
};

/// Precedences, from loosest to tightest.
mod prec {
    pub const TUPLE: u8 = 0;
    pub const TEST: u8 = 1;
    pub const NAMED: u8 = 1;
    pub const OR: u8 = 2;
    pub const AND: u8 = 3;
    pub const NOT: u8 = 4;
    pub const CMP: u8 = 5;
    pub const EXPR: u8 = 6;
    pub const BOR: u8 = 6;
    pub const BXOR: u8 = 7;
    pub const BAND: u8 = 8;
    pub const SHIFT: u8 = 9;
    pub const ARITH: u8 = 10;
    pub const TERM: u8 = 11;
    pub const FACTOR: u8 = 12;
    pub const POWER: u8 = 13;
    pub const AWAIT: u8 = 14;
    pub const ATOM: u8 = 15;
}

/// The expression's text. Bytes, because strings may hold lone surrogates.
pub fn unparse(expr: &Expr, names: &Names, consts: &ConstPool) -> PyText {
    let mut writer = Writer { out: Vec::new(), names, consts };
    writer.expr(expr, prec::TEST);
    PyText::from_wtf8(&writer.out)
}

/// Python's `repr` of a constant, as far as it is text.
pub fn repr(constant: &Constant) -> String {
    let mut out = Vec::new();
    write_constant(&mut out, constant);
    String::from_utf8_lossy(&out).into_owned()
}

struct Writer<'w> {
    out: Vec<u8>,
    names: &'w Names,
    consts: &'w ConstPool,
}

impl Writer<'_> {
    fn str(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn name(&mut self, name: Name) {
        self.out.extend_from_slice(self.names.text(name).as_wtf8());
    }

    fn parenthesised(&mut self, condition: bool, write: impl FnOnce(&mut Self)) {
        if condition {
            self.str("(");
        }
        write(self);
        if condition {
            self.str(")");
        }
    }

    fn list(&mut self, exprs: &[Expr], level: u8) {
        for (index, expr) in exprs.iter().enumerate() {
            if index > 0 {
                self.str(", ");
            }
            self.expr(expr, level);
        }
    }

    fn expr(&mut self, expr: &Expr, level: u8) {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.expr_inner(expr, level));
    }

    fn expr_inner(&mut self, expr: &Expr, level: u8) {
        match &expr.kind {
            ExprKind::BoolOp { op, values } => {
                let (text, own) = match op {
                    BoolOp::And => (" and ", prec::AND),
                    BoolOp::Or => (" or ", prec::OR),
                };
                self.parenthesised(level > own, |w| {
                    for (index, value) in values.iter().enumerate() {
                        if index > 0 {
                            w.str(text);
                        }
                        w.expr(value, own + 1);
                    }
                });
            }
            ExprKind::Named { target, value } => self.parenthesised(level > prec::NAMED, |w| {
                w.expr(target, prec::ATOM);
                w.str(" := ");
                w.expr(value, prec::ATOM);
            }),
            ExprKind::BinOp { left, op, right } => {
                let own = binary_prec(*op);
                let right_assoc = (*op == Operator::Pow) as u8;
                self.parenthesised(level > own, |w| {
                    w.expr(left, own + right_assoc);
                    w.str(" ");
                    w.str(op.as_str());
                    w.str(" ");
                    w.expr(right, own + 1 - right_assoc);
                });
            }
            ExprKind::UnaryOp { op, operand } => {
                let (text, own) = match op {
                    UnaryOp::Invert => ("~", prec::FACTOR),
                    UnaryOp::Not => ("not ", prec::NOT),
                    UnaryOp::UAdd => ("+", prec::FACTOR),
                    UnaryOp::USub => ("-", prec::FACTOR),
                };
                self.parenthesised(level > own, |w| {
                    w.str(text);
                    w.expr(operand, own);
                });
            }
            ExprKind::Lambda(lambda) => self.parenthesised(level > prec::TEST, |w| {
                w.str("lambda");
                w.arguments(&lambda.args);
                w.str(": ");
                w.expr(&lambda.body, prec::TEST);
            }),
            ExprKind::IfExp { test, body, orelse } => self.parenthesised(level > prec::TEST, |w| {
                w.expr(body, prec::TEST + 1);
                w.str(" if ");
                w.expr(test, prec::TEST + 1);
                w.str(" else ");
                w.expr(orelse, prec::TEST);
            }),
            ExprKind::Dict(items) => {
                self.str("{");
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.str(", ");
                    }
                    match &item.key {
                        Some(key) => {
                            self.expr(key, prec::TEST);
                            self.str(": ");
                            self.expr(&item.value, prec::TEST);
                        }
                        None => {
                            self.str("**");
                            self.expr(&item.value, prec::EXPR);
                        }
                    }
                }
                self.str("}");
            }
            ExprKind::Set(elts) => {
                self.str("{");
                self.list(elts, prec::TEST);
                self.str("}");
            }
            ExprKind::Comp(comp) => self.comp(comp),
            ExprKind::Await(value) => self.parenthesised(level > prec::AWAIT, |w| {
                w.str("await ");
                w.expr(value, prec::ATOM);
            }),
            ExprKind::Yield(None) => self.str("(yield)"),
            ExprKind::Yield(Some(value)) => {
                self.str("(yield ");
                self.expr(value, prec::TEST);
                self.str(")");
            }
            ExprKind::YieldFrom(value) => {
                self.str("(yield from ");
                self.expr(value, prec::TEST);
                self.str(")");
            }
            ExprKind::Compare { left, ops, comparators } => self.parenthesised(level > prec::CMP, |w| {
                w.expr(left, prec::CMP + 1);
                for (op, comparator) in ops.iter().zip(*comparators) {
                    w.str(" ");
                    w.str(op.as_str());
                    w.str(" ");
                    w.expr(comparator, prec::CMP + 1);
                }
            }),
            ExprKind::Call(call) => self.call(call),
            ExprKind::JoinedStr(values) => self.interpolated("f", values),
            ExprKind::TemplateStr(values) => self.interpolated("t", values),
            ExprKind::FormattedValue { .. } | ExprKind::Interpolation { .. } => {
                self.interpolated("f", std::slice::from_ref(expr));
            }
            ExprKind::Constant(id) => write_constant(&mut self.out, self.consts.get(*id)),
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(value, prec::ATOM);
                let is_int =
                    value.constant().is_some_and(|id| matches!(self.consts.get(id), Constant::Int(_)));
                self.str(if is_int { " ." } else { "." });
                self.name(*attr);
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value, prec::ATOM);
                self.str("[");
                self.expr(slice, prec::TUPLE);
                self.str("]");
            }
            ExprKind::Starred { value, .. } => {
                self.str("*");
                self.expr(value, prec::EXPR);
            }
            ExprKind::Name { id, .. } => self.name(*id),
            ExprKind::List { elts, .. } => {
                self.str("[");
                self.list(elts, prec::TEST);
                self.str("]");
            }
            ExprKind::Tuple { elts: [], .. } => self.str("()"),
            ExprKind::Tuple { elts, .. } => self.parenthesised(level > prec::TUPLE, |w| {
                w.list(elts, prec::TEST);
                if elts.len() == 1 {
                    w.str(",");
                }
            }),
            ExprKind::Slice { lower, upper, step } => {
                if let Some(lower) = lower {
                    self.expr(lower, prec::TEST);
                }
                self.str(":");
                if let Some(upper) = upper {
                    self.expr(upper, prec::TEST);
                }
                if let Some(step) = step {
                    self.str(":");
                    self.expr(step, prec::TEST);
                }
            }
        }
    }

    fn comp(&mut self, comp: &Comp) {
        let (open, close) = match comp.kind {
            CompKind::Generator => ("(", ")"),
            CompKind::List => ("[", "]"),
            CompKind::Set | CompKind::Dict => ("{", "}"),
        };
        self.str(open);
        self.expr(&comp.elt, prec::TEST);
        if let Some(value) = &comp.value {
            self.str(": ");
            self.expr(value, prec::TEST);
        }
        for generator in comp.generators {
            self.str(if generator.is_async { " async for " } else { " for " });
            self.expr(&generator.target, prec::TUPLE);
            self.str(" in ");
            self.expr(&generator.iter, prec::TEST + 1);
            for condition in generator.ifs {
                self.str(" if ");
                self.expr(condition, prec::TEST + 1);
            }
        }
        self.str(close);
    }

    fn call(&mut self, call: &Call) {
        self.expr(&call.func, prec::ATOM);
        if let ([Expr { kind: ExprKind::Comp(comp), .. }], []) = (call.args, call.keywords)
            && comp.kind == CompKind::Generator
        {
            return self.comp(comp);
        }
        self.str("(");
        self.list(call.args, prec::TEST);
        for (index, keyword) in call.keywords.iter().enumerate() {
            if index > 0 || !call.args.is_empty() {
                self.str(", ");
            }
            match keyword.arg {
                Some(arg) => {
                    self.name(arg);
                    self.str("=");
                }
                None => self.str("**"),
            }
            self.expr(&keyword.value, prec::TEST);
        }
        self.str(")");
    }

    fn arguments(&mut self, args: &Arguments) {
        let positional = args.posonly.len() + args.args.len();
        let without_default = positional - args.defaults.len();
        let mut first = true;
        let mut separate = |w: &mut Self| {
            w.str(if first { " " } else { ", " });
            first = false;
        };
        for (index, arg) in args.posonly.iter().chain(args.args).enumerate() {
            separate(self);
            self.name(arg.name);
            if let Some(default) = index.checked_sub(without_default) {
                self.str("=");
                self.expr(&args.defaults[default], prec::TEST);
            }
            if index + 1 == args.posonly.len() {
                self.str(", /");
            }
        }
        if args.vararg.is_some() || !args.kwonly.is_empty() {
            separate(self);
            self.str("*");
            if let Some(arg) = args.vararg {
                self.name(arg.name);
            }
        }
        for (arg, default) in args.kwonly.iter().zip(args.kw_defaults) {
            separate(self);
            self.name(arg.name);
            if let Some(default) = default {
                self.str("=");
                self.expr(default, prec::TEST);
            }
        }
        if let Some(arg) = args.kwarg {
            separate(self);
            self.str("**");
            self.name(arg.name);
        }
    }

    fn interpolated(&mut self, prefix: &str, values: &[Expr]) {
        let mut inner = Writer { out: Vec::new(), names: self.names, consts: self.consts };
        inner.pieces(values);
        let body = PyText::from_wtf8(&inner.out);
        self.str(prefix);
        write_constant(&mut self.out, &Constant::Str(body));
    }

    fn pieces(&mut self, values: &[Expr]) {
        for value in values {
            match &value.kind {
                ExprKind::Constant(id) => {
                    let Constant::Str(text) = self.consts.get(*id) else { continue };
                    for &byte in text.as_wtf8() {
                        self.out.push(byte);
                        if matches!(byte, b'{' | b'}') {
                            self.out.push(byte);
                        }
                    }
                }
                ExprKind::FormattedValue { value, conversion, format_spec } => {
                    self.field(value, *conversion, *format_spec);
                }
                ExprKind::Interpolation { value, conversion, format_spec, .. } => {
                    self.field(value, *conversion, *format_spec);
                }
                ExprKind::JoinedStr(values) => self.pieces(values),
                _ => {}
            }
        }
    }

    fn field(&mut self, value: &Expr, conversion: Conversion, format_spec: Option<&Expr>) {
        let mut inner = Writer { out: Vec::new(), names: self.names, consts: self.consts };
        inner.expr(value, prec::TEST + 1);
        // Two braces would be a literal brace.
        self.str(if inner.out.first() == Some(&b'{') { "{ " } else { "{" });
        self.out.extend(inner.out);
        match conversion {
            Conversion::None => {}
            Conversion::Str => self.str("!s"),
            Conversion::Repr => self.str("!r"),
            Conversion::Ascii => self.str("!a"),
        }
        if let Some(spec) = format_spec {
            self.str(":");
            self.pieces(std::slice::from_ref(spec));
        }
        self.str("}");
    }
}

fn binary_prec(op: Operator) -> u8 {
    match op {
        Operator::Add | Operator::Sub => prec::ARITH,
        Operator::Mult | Operator::MatMult | Operator::Div | Operator::Mod | Operator::FloorDiv => prec::TERM,
        Operator::LShift | Operator::RShift => prec::SHIFT,
        Operator::BitOr => prec::BOR,
        Operator::BitXor => prec::BXOR,
        Operator::BitAnd => prec::BAND,
        Operator::Pow => prec::POWER,
    }
}

fn write_constant(out: &mut Vec<u8>, constant: &Constant) {
    match constant {
        Constant::None => out.extend(b"None"),
        Constant::True => out.extend(b"True"),
        Constant::False => out.extend(b"False"),
        Constant::Ellipsis => out.extend(b"..."),
        Constant::Int(value) => out.extend(value.to_string().bytes()),
        Constant::Float(value) => out.extend(float_repr(*value).bytes()),
        Constant::Complex { real, imag } => {
            let text = if *real == 0.0 && real.is_sign_positive() {
                format!("{}j", complex_part(*imag))
            } else {
                let sign = if imag.is_sign_negative() { "" } else { "+" };
                format!("({}{sign}{}j)", complex_part(*real), complex_part(*imag))
            };
            out.extend(text.bytes());
        }
        Constant::Str(text) => write_str(out, text),
        Constant::Bytes(bytes) => write_bytes(out, bytes),
        Constant::Tuple(items) => {
            out.push(b'(');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.extend(b", ");
                }
                write_constant(out, item);
            }
            if items.len() == 1 {
                out.push(b',');
            }
            out.push(b')');
        }
        // These are no literals.
        Constant::FrozenSet(_) | Constant::Slice(_) | Constant::Code(_) => {}
    }
}

fn complex_part(value: f64) -> String {
    let text = float_repr(value);
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// `repr` of a float; infinity, which has no literal, is a number that overflows.
fn float_repr(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "1e309".into() } else { "-1e309".into() };
    }
    if value.is_nan() {
        return "nan".into();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn quote_for(points: impl Iterator<Item = u32>) -> u8 {
    let (mut single, mut double) = (false, false);
    for point in points {
        single |= point == '\'' as u32;
        double |= point == '"' as u32;
    }
    if single && !double { b'"' } else { b'\'' }
}

fn write_str(out: &mut Vec<u8>, text: &PyText) {
    let quote = quote_for(text.code_points());
    out.push(quote);
    for point in text.code_points() {
        match char::from_u32(point) {
            Some('\\') => out.extend(b"\\\\"),
            Some('\n') => out.extend(b"\\n"),
            Some('\r') => out.extend(b"\\r"),
            Some('\t') => out.extend(b"\\t"),
            Some(c) if c as u32 == quote as u32 => out.extend([b'\\', quote]),
            Some(c) if is_printable(c) => {
                let mut buffer = [0; 4];
                out.extend(c.encode_utf8(&mut buffer).bytes());
            }
            _ => {
                let escape = match point {
                    0..0x100 => format!("\\x{point:02x}"),
                    0x100..0x10000 => format!("\\u{point:04x}"),
                    _ => format!("\\U{point:08x}"),
                };
                out.extend(escape.bytes());
            }
        }
    }
    out.push(quote);
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let quote = quote_for(bytes.iter().map(|&b| b.into()));
    out.push(b'b');
    out.push(quote);
    for &byte in bytes {
        match byte {
            b'\\' => out.extend(b"\\\\"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            b if b == quote => out.extend([b'\\', quote]),
            0x20..0x7F => out.push(byte),
            _ => out.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
    out.push(quote);
}
