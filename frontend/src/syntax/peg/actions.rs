//! What CPython's grammar does beyond matching: checks of what matched, and the rules' errors.

use super::{
    Matched, Parser, Value,
    grammar::{Node, Part, Which},
    report::Point,
};
use crate::error::ErrorKind;

/// What cannot be the target of a statement depends on the statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Targets {
    Star,
    Del,
    For,
}

pub(super) fn labelled(labels: &[(u8, Value)], label: u8) -> Value {
    // The last part of that name counts.
    labels.iter().rev().find(|(l, _)| *l == label).map_or(Value::NONE, |(_, v)| *v)
}

impl Parser<'_> {
    pub(super) fn check(&mut self, name: &str, [a, b]: [Value; 2], start: usize, base: usize) -> Matched {
        let good = match name {
            "barry" => return self.barry(a),
            "future" => {
                self.future(a, b);
                true
            }
            "real" => self.real(a),
            "imaginary" => self.imaginary(a),
            "string" => self.check_string(a),
            "spec_text" => self.check_text(a, true),
            "conversion" => {
                let good = self.conversion_place(a, b);
                if good {
                    self.scratch.truncate(base);
                    self.scratch.push(b);
                    return Matched::Value(self.node(Node::Conversion, start, base));
                }
                good
            }
            "field" | "tfield" => {
                let prefix = if name == "field" { 'f' } else { 't' };
                if self.conversion_character(base, prefix) {
                    return Matched::Value(self.node(Node::JoinedStr, start, base));
                }
                false
            }
            "fstring" | "tstring" => {
                let node = self.node(Node::JoinedStr, start, base);
                let texts: Vec<Value> = self.parts(node).to_vec();
                if texts.into_iter().all(|t| self.check_text(t, false)) {
                    if name == "tstring" {
                        self.nodes[node.0 as usize].kind = Node::TemplateStr;
                    }
                    return Matched::Value(node);
                }
                false
            }
            "strings" => return self.strings(start, base),
            _ => true,
        };
        if good { Matched::Value(a) } else { Matched::Nothing }
    }

    fn barry(&mut self, token: Value) -> Matched {
        let is_old = token.as_token().is_some_and(|t| self.text(t) == "<>");
        if is_old == self.lexer.barry {
            return Matched::Value(token);
        }
        self.raise_range(token, token, "with Barry as BDFL, use '<>' instead of '!='".into());
        Matched::Nothing
    }

    fn future(&mut self, module: Value, names: Value) {
        // A module of that name in the package is another one.
        let is_future = module
            .as_token()
            .is_some_and(|t| self.text(t) == "__future__" && t > 0 && self.text(t - 1) == "from");
        let range = match (names.as_token(), self.data(names)) {
            (Some(token), _) => token..token + 1,
            (None, Some(data)) => data.first as usize..data.last as usize + 1,
            (None, None) => 0..0,
        };
        if is_future && range.into_iter().any(|t| self.text(t) == "barry_as_FLUFL") {
            self.lexer.barry = true;
        }
    }

    fn is_imaginary(&self, value: Value) -> bool {
        value.as_token().is_some_and(|t| self.text(t).ends_with(['j', 'J']))
    }

    fn real(&mut self, number: Value) -> bool {
        if self.is_imaginary(number) {
            self.raise_range(number, number, "real number required in complex literal".into());
        }
        self.error.is_none()
    }

    fn imaginary(&mut self, number: Value) -> bool {
        if !self.is_imaginary(number) {
            self.raise_range(number, number, "imaginary number required in complex literal".into());
        }
        self.error.is_none()
    }

    fn conversion_place(&mut self, mark: Value, name: Value) -> bool {
        let (mark_end, name_start) = (self.end_of(mark), self.start_of(name));
        if mark_end.line != name_start.line || mark_end.col != name_start.col {
            let prefix = self.lexer.prefix();
            let message =
                format!("{prefix}-string: conversion type must come right after the exclamation mark");
            self.raise_range(mark, name, message);
            return false;
        }
        true
    }

    fn conversion_character(&mut self, base: usize, prefix: char) -> bool {
        let parts = &self.scratch[base..];
        let Some(&node) = parts.iter().find(|v| self.kind_of(**v) == Node::Conversion) else { return true };
        let Some(&name) = self.parts(node).first() else { return true };
        let text = name.as_token().map_or("", |t| self.text(t));
        if matches!(text, "s" | "r" | "a") {
            return true;
        }
        let message =
            format!("{prefix}-string: invalid conversion character '{text}': expected 's', 'r', or 'a'");
        self.raise_range(name, name, message);
        false
    }

    fn strings(&mut self, start: usize, base: usize) -> Matched {
        let node = self.node(Node::Literal, start, base);
        let parts = self.parts(node);
        let is_bytes = |v: &Value| v.as_token().is_some_and(|t| super::literals::is_bytes(self.text(t)));
        let bytes = parts.iter().filter(|v| is_bytes(v)).count();
        if bytes > 0 && bytes < parts.len() {
            self.raise_last(ErrorKind::Syntax, "cannot mix bytes and nonbytes literals".into());
            return Matched::Nothing;
        }
        if let [only] = parts
            && only.as_token().is_some()
        {
            return Matched::Value(*only);
        }
        if parts.iter().any(|v| self.kind_of(*v) == Node::JoinedStr) {
            self.nodes[node.0 as usize].kind = Node::JoinedStr;
        }
        Matched::Value(node)
    }

    /// Raises the error of a rule for mistakes, unless a condition says otherwise.
    pub(super) fn mistake(&mut self, place: &str, parts: &[Part], message: &str, labels: &[(u8, Value)]) {
        let values: [Value; 2] =
            std::array::from_fn(|i| parts.get(i).map_or(Value::NONE, |p| self.part(labels, *p)));
        let [a, b] = values;
        let text = || self.expand(message, labels);
        match place {
            "at" => self.raise_range(a, a, text()),
            "range" => self.raise_range(a, b, text()),
            "from" => self.raise_from(a, text()),
            "last" => self.raise_last(ErrorKind::Syntax, text()),
            "indent" => self.raise_last(ErrorKind::Indentation, text()),
            "next" => {
                let text = text();
                if self.current().is_some() {
                    self.raise_token(ErrorKind::Syntax, self.mark, text);
                }
            }
            "star_target" => self.invalid_target(a, Targets::Star),
            "del_target" => self.invalid_target(a, Targets::Del),
            "for_target" => self.invalid_target(a, Targets::For),
            "legacy" => {
                if let Some(word) = self.legacy_word(a) {
                    let message =
                        format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?");
                    self.raise_range(a, b, message);
                }
            }
            "comma" => {
                let level = self.tokens[self.mark - 1].level;
                if level > 0 && self.legacy_word(a).is_none() {
                    self.raise_range(a, b, "invalid syntax. Perhaps you forgot a comma?".into());
                }
            }
            "old_inequality" => {
                let (first, second) = (self.end_of(a), self.start_of(b));
                if first.line == second.line && first.col == second.col {
                    self.raise_range(a, b, "invalid syntax.  Maybe you meant '!=' instead of '<>'?".into());
                }
            }
            "bound" => {
                let what = if self.kind_of(b) == Node::Tuple { "constraints" } else { "bound" };
                self.raise_from(a, format!("cannot use {what} with {message}"));
            }
            "key_end" => {
                let (start, end) = (self.start_of(a), self.end_of(a));
                let at = Point { line: start.line, col: end.col - 1 };
                self.raise_at(ErrorKind::Syntax, at, Point { line: end.line, col: -1 }, message.into());
            }
            "genexp_in_call" => {
                let plain = |v: &&Value| !matches!(self.kind_of(**v), Node::Keyword | Node::Unpacking);
                let positional: Vec<Value> = self.parts(a).iter().filter(plain).copied().collect();
                if let [_, .., last] = positional[..] {
                    let end = self.last_item(b);
                    self.raise_range(last, end, "Generator expression must be parenthesized".into());
                }
            }
            "argument_order" => {
                let unpacks = self.parts(a).iter().any(|v| self.kind_of(*v) == Node::Unpacking);
                let more = if unpacks { " unpacking" } else { "" };
                let message = format!("positional argument follows keyword argument{more}");
                self.raise_last(ErrorKind::Syntax, message);
            }
            _ => {}
        }
    }

    fn part(&self, labels: &[(u8, Value)], part: Part) -> Value {
        let value = labelled(labels, part.label);
        match part.item {
            Which::Whole => value,
            Which::First => self.parts(value).first().copied().unwrap_or(value),
            Which::Last => self.last_item(value),
        }
    }

    /// The last of a sequence, and of a comprehension its last expression.
    fn last_item(&self, value: Value) -> Value {
        let mut last = value;
        for kind in [Node::Seq, Node::Comprehension] {
            if self.kind_of(last) == kind {
                last = self.parts(last).last().copied().unwrap_or(last);
            }
        }
        last
    }

    fn expand(&self, message: &str, labels: &[(u8, Value)]) -> String {
        let mut out = String::new();
        let mut rest = message;
        while let Some(at) = rest.find(['{', '\\']) {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let mut end = 0;
            // Braces of the message itself stand in quotes.
            if rest[at..].starts_with('{')
                && let Some(close) = after.find('}').filter(|_| after.starts_with('a'))
            {
                let value = labelled(labels, b'a');
                match &after[1..close] {
                    ".line" => out.push_str(&self.start_of(value).line.to_string()),
                    ".text" => out.push_str(value.as_token().map_or("", |t| self.text(t))),
                    _ => out.push_str(self.kind_of(value).words()),
                }
                end = close + 1;
            } else if rest[at..].starts_with('{') {
                out.push('{');
            }
            rest = &after[end..];
        }
        out.push_str(rest);
        out
    }

    fn legacy_word(&self, value: Value) -> Option<&'static str> {
        let token = value.as_token()?;
        match self.text(token) {
            "print" => Some("print"),
            "exec" => Some("exec"),
            _ => None,
        }
    }

    fn invalid_target(&mut self, value: Value, targets: Targets) {
        if let Some(target) = self.find_invalid_target(value, targets) {
            let verb = if targets == Targets::Del { "delete" } else { "assign to" };
            self.raise_range(target, target, format!("cannot {verb} {}", self.kind_of(target).words()));
        }
    }

    fn find_invalid_target(&self, value: Value, targets: Targets) -> Option<Value> {
        match self.kind_of(value) {
            Node::List | Node::Tuple => {
                self.parts(value).iter().find_map(|v| self.find_invalid_target(*v, targets))
            }
            Node::Starred if targets == Targets::Del => Some(value),
            Node::Starred => self.find_invalid_target(*self.parts(value).first()?, targets),
            Node::Compare if targets == Targets::For => match *self.parts(value) {
                [left, first, ..] if self.kind_of(first) == Node::InPair => {
                    self.find_invalid_target(left, targets)
                }
                _ => None,
            },
            Node::Name | Node::Subscript | Node::Attribute => None,
            _ => Some(value),
        }
    }
}
