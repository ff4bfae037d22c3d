//! Patterns.

use super::{Node, Reader, Result, check, invalid};
use crate::{
    ast::{literals::fold_pattern_number, *},
    code::Constant,
};

impl<'a> Reader<'_, 'a, '_> {
    fn patterns(&mut self, node: &Node, field: &str, star: bool) -> Result<&'a [Pattern<'a>]> {
        let mut all = Vec::new();
        for child in self.children(node, field, "pattern")? {
            all.push(self.pattern(child, star)?);
        }
        Ok(self.slice(all))
    }

    /// A name that a pattern binds.
    fn capture(&mut self, node: &Node, field: &str) -> Result<Option<crate::names::Name>> {
        let name = self.optional_name(node, field)?;
        if name.is_some() {
            let text = self.text(node, field)?;
            if text.as_wtf8() == b"_" {
                return invalid("can't capture name '_' in patterns");
            }
            check::name(text)?;
        }
        Ok(name)
    }

    pub(super) fn pattern(&mut self, node: &Node, star: bool) -> Result<Pattern<'a>> {
        self.enter()?;
        let pattern = stacker::maybe_grow(64 << 10, 1 << 20, || {
            let loc = node.place()?;
            Ok(Pattern { loc, kind: self.pattern_kind(node, star)? })
        });
        self.depth -= 1;
        pattern
    }

    fn pattern_kind(&mut self, node: &Node, star: bool) -> Result<PatternKind<'a>> {
        Ok(match node.class {
            "MatchValue" => {
                let value = self.child(node, "value")?;
                let value = self.pattern_value(value)?;
                PatternKind::Value(self.alloc(value))
            }
            "MatchSingleton" => {
                let id = self.constant(node)?;
                if !matches!(self.lower.consts.get(id), Constant::None | Constant::True | Constant::False) {
                    return invalid("MatchSingleton can only contain True, False and None");
                }
                PatternKind::Singleton(id)
            }
            "MatchSequence" => PatternKind::Sequence(self.patterns(node, "patterns", true)?),
            "MatchMapping" => {
                if self.items(node, "keys").len() != self.items(node, "patterns").len() {
                    return invalid("MatchMapping doesn't have the same number of keys as patterns");
                }
                let rest = self.capture(node, "rest")?;
                let mut keys = Vec::new();
                for key in self.children(node, "keys", "expression")? {
                    let is_singleton = match key.get("value") {
                        Some(super::Value::Constant(Constant::None | Constant::True | Constant::False)) => {
                            key.class == "Constant"
                        }
                        _ => false,
                    };
                    keys.push(if is_singleton {
                        self.expr(key, Ctx::Load)?
                    } else {
                        self.pattern_value(key)?
                    });
                }
                let keys = self.slice(keys);
                PatternKind::Mapping { keys, patterns: self.patterns(node, "patterns", false)?, rest }
            }
            "MatchClass" => {
                if self.items(node, "kwd_attrs").len() != self.items(node, "kwd_patterns").len() {
                    return invalid(
                        "MatchClass doesn't have the same number of keyword attributes as patterns",
                    );
                }
                let mut cls = self.child(node, "cls")?;
                let whole = self.expr(cls, Ctx::Load)?;
                while cls.class == "Attribute" {
                    cls = self.child(cls, "value")?;
                }
                if cls.class != "Name" {
                    return invalid("MatchClass cls field can only contain Name or Attribute nodes.");
                }
                for attr in self.items(node, "kwd_attrs") {
                    if let super::Value::Str(text) = attr {
                        check::name(text)?;
                    }
                }
                let kwd_attrs = self.name_list(node, "kwd_attrs")?;
                PatternKind::Class {
                    cls: self.alloc(whole),
                    patterns: self.patterns(node, "patterns", false)?,
                    kwd_attrs: self.slice(kwd_attrs),
                    kwd_patterns: self.patterns(node, "kwd_patterns", false)?,
                }
            }
            "MatchStar" if !star => return invalid("can't use MatchStar here"),
            "MatchStar" => PatternKind::Star(self.capture(node, "name")?),
            "MatchAs" => {
                let name = self.capture(node, "name")?;
                let pattern = match self.optional_child(node, "pattern") {
                    None => None,
                    Some(_) if name.is_none() => {
                        return invalid("MatchAs must specify a target name if a pattern is given");
                    }
                    Some(inner) => {
                        let inner = self.pattern(inner, false)?;
                        Some(self.alloc(inner))
                    }
                };
                PatternKind::As { pattern, name }
            }
            "MatchOr" => {
                if self.items(node, "patterns").len() < 2 {
                    return invalid("MatchOr requires at least 2 patterns");
                }
                PatternKind::Or(self.patterns(node, "patterns", false)?)
            }
            _ => return invalid("unexpected pattern"),
        })
    }

    /// The value of a pattern, which is a literal or an attribute; numbers are evaluated.
    fn pattern_value(&mut self, node: &Node) -> Result<Expr<'a>> {
        let expr = self.expr(node, Ctx::Load)?;
        let fits = match &expr.kind {
            ExprKind::Constant(id) => match self.lower.consts.get(*id) {
                Constant::Int(_)
                | Constant::Float(_)
                | Constant::Complex { .. }
                | Constant::Str(_)
                | Constant::Bytes(_) => true,
                _ => return invalid("unexpected constant inside of a literal pattern"),
            },
            ExprKind::Attribute { .. } | ExprKind::JoinedStr(_) | ExprKind::TemplateStr(_) => true,
            ExprKind::UnaryOp { .. } | ExprKind::BinOp { .. } => {
                fold_pattern_number(&expr, self.lower.consts).is_some()
            }
            _ => false,
        };
        if !fits {
            return invalid("patterns may only match literals and attribute lookups");
        }
        Ok(match fold_pattern_number(&expr, self.lower.consts) {
            Some(id) => Expr { loc: expr.loc, kind: ExprKind::Constant(id) },
            None => expr,
        })
    }
}
