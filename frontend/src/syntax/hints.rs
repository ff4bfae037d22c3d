//! What a mistake looks like from the tokens around it: the rules that CPython's grammar has for
//! common errors.

use ruff_python_ast::Expr;
use ruff_python_parser::parse_expression;
use ruff_text_size::{Ranged, TextSize};

use super::{messages::Context, tokenizer::Kind, words};
use crate::error::Error;

impl Context<'_> {
    /// `[*Ts: int]`: only type variables have bounds.
    pub fn bound_of_other_param(&self) -> Option<Box<Error>> {
        let stars = self.token_text(self.at.checked_sub(2)?);
        if self.token_text(self.at) != ":" || !matches!(stars, "*" | "**") {
            return None;
        }
        let what = if self.token_text(self.at + 1) == "(" { "constraints" } else { "bound" };
        let kind = if stars == "*" { "TypeVarTuple" } else { "ParamSpec" };
        let end = self.operand_end(self.at + 1)?;
        Some(self.at_range(self.at, end, &format!("cannot use {what} with {kind}")))
    }

    /// `import a as b.c`, `except E as e.x`, `case x as y.z`: only names may follow `as`.
    pub fn as_target(&self) -> Option<Box<Error>> {
        let name = self.at.checked_sub(1)?;
        if self.token_text(name.checked_sub(1)?) != "as" {
            return None;
        }
        let end = self.operand_end(name)?;
        let what = match self.token_text(end) {
            "]" => "subscript",
            ")" => "function call",
            _ if self.token_text(end.checked_sub(1)?) == "." => "attribute",
            _ => return None,
        };
        let message = match self.statement_keyword() {
            "import" | "from" => format!("cannot use {what} as import target"),
            "except" => format!("cannot use except statement with {what}"),
            "case" => format!("cannot use {what} as pattern target"),
            _ => return None,
        };
        Some(self.at_range(name, end, &message))
    }

    /// `if x = 1`: a lone `=` where a comparison or `:=` was meant.
    pub fn equal_in_condition(&self) -> Option<Box<Error>> {
        let before = self.token(self.at.checked_sub(1)?)?;
        let after = self.token(self.at + 1)?;
        let start = self.operand_start(self.at - 1)?;
        let text = &self.text[self.token(start)?.start..before.end];
        let parsed = parse_expression(text).ok()?;
        match &*parsed.syntax().body {
            Expr::Name(_) => {
                let end = self.operand_end(self.at + 1).and_then(|i| self.token(i)).unwrap_or(after);
                let loc = self.range_loc(self.token(start)?.start, end.end);
                Some(Error::syntax("invalid syntax. Maybe you meant '==' or ':=' instead of '='?", loc))
            }
            Expr::List(_)
            | Expr::Tuple(_)
            | Expr::Generator(_)
            | Expr::NoneLiteral(_)
            | Expr::BooleanLiteral(_) => None,
            expr => {
                let message = format!(
                    "cannot assign to {} here. Maybe you meant '==' instead of '='?",
                    words::expr_name(expr)
                );
                Some(Error::syntax(message, self.range_loc(self.token(start)?.start, before.end)))
            }
        }
    }

    /// The first token of the operand that ends at `at`.
    pub fn operand_start(&self, at: usize) -> Option<usize> {
        let mut start = at;
        loop {
            let text = self.token_text(start);
            if matches!(text, ")" | "]" | "}") {
                let level = self.token(start)?.level;
                start = (0..start).rev().find(|&i| {
                    self.token(i).is_some_and(|t| t.level == level + 1)
                        && matches!(self.token_text(i), "(" | "[" | "{")
                })?;
            }
            let Some(before) = start.checked_sub(1) else { return Some(start) };
            match self.token_text(before) {
                "." => start = before.checked_sub(1)?,
                _ if matches!(self.token_text(start), "(" | "[")
                    && (self.kind(before) == Kind::Name && !words::is_keyword(self.token_text(before))
                        || matches!(self.token_text(before), ")" | "]")) =>
                {
                    start = before;
                }
                "+" | "-" | "*" | "/" | "%" | "|" | "&" | "^" | "//" | "**" | "<<" | ">>" | "@" => {
                    start = before.checked_sub(1)?;
                }
                _ => return Some(start),
            }
        }
    }

    /// The last token of the operand that starts at `at`.
    pub fn operand_end(&self, at: usize) -> Option<usize> {
        let level = match self.token_text(at) {
            "(" | "[" | "{" => self.token(at)?.level - 1,
            _ => self.token(at)?.level,
        };
        let mut end = at;
        loop {
            if matches!(self.token_text(end), "(" | "[" | "{") {
                end = (end + 1..self.tokens.list.len())
                    .find(|&i| self.token(i).is_some_and(|t| t.level == level))?;
            }
            match self.token_text(end + 1) {
                "." | "+" | "-" | "*" | "/" | "%" | "|" | "&" | "^" | "//" | "**" | "<<" | ">>" | "@" => {
                    end += 2
                }
                "(" | "[" => end += 1,
                _ => return Some(end),
            }
        }
    }

    /// `(a b)`: two expressions side by side inside of brackets.
    pub fn perhaps_comma(&self) -> Option<Box<Error>> {
        let at = self.at;
        let first = self.token(at.checked_sub(1)?)?;
        let second = self.token(at)?;
        let starts = matches!(second.kind, Kind::Name | Kind::Number | Kind::String | Kind::FStart)
            || matches!(self.token_text(at), "(" | "[" | "{" | "~");
        let ends = matches!(first.kind, Kind::Name | Kind::Number | Kind::String | Kind::FEnd)
            || matches!(self.token_text(at - 1), ")" | "]" | "}" | "...");
        let keyword = |i: usize| {
            self.kind(i) == Kind::Name
                && words::is_keyword(self.token_text(i))
                && !matches!(self.token_text(i), "None" | "True" | "False" | "lambda" | "not" | "await")
        };
        if !starts || !ends || keyword(at) || keyword(at - 1) || first.level == 0 || second.level == 0 {
            return None;
        }
        if matches!(self.token_text(at - 1), "print" | "exec") {
            return None;
        }
        let start = self.comma_start(at - 1)?;
        if (start..at).any(|i| self.token_text(i) == "for") {
            return None;
        }
        let end = self.comma_end(at)?;
        let loc = self.range_loc(self.token(start)?.start, self.token(end)?.end);
        Some(Error::syntax("invalid syntax. Perhaps you forgot a comma?", loc))
    }

    /// The start of the whole expression before the missing comma.
    pub fn comma_start(&self, at: usize) -> Option<usize> {
        let level = match self.token_text(at) {
            ")" | "]" | "}" => self.token(at)?.level,
            _ => self.token(at)?.level,
        };
        let mut start = at;
        while let Some(before) = start.checked_sub(1) {
            let token = self.token(before)?;
            let opens = token.level <= level
                && matches!(self.token_text(before), "(" | "[" | "{")
                && token.level == level;
            let separates = token.level == level
                && matches!(self.token_text(before), "," | ":" | "=" | ":=" | "*" | "**" | ";")
                || matches!(token.kind, Kind::Newline | Kind::Indent | Kind::Dedent)
                || token.level < level;
            let is_binary = matches!(self.token_text(before), "*" | "**")
                && before.checked_sub(1).is_some_and(|i| {
                    matches!(self.kind(i), Kind::Name | Kind::Number | Kind::String)
                        || matches!(self.token_text(i), ")" | "]" | "}")
                });
            if opens || separates && !is_binary {
                break;
            }
            start = before;
        }
        Some(start)
    }

    /// The end of the expression after the missing comma.
    pub fn comma_end(&self, at: usize) -> Option<usize> {
        let mut end = self.operand_end(at)?;
        // Comparisons and the like still belong to it.
        while matches!(
            self.token_text(end + 1),
            "<" | ">" | "==" | ">=" | "<=" | "!=" | "in" | "is" | "and" | "or" | "not"
        ) {
            end = self.operand_end(end + 2)?;
        }
        Some(end)
    }

    pub fn expected_expression(&self) -> Option<Box<Error>> {
        let previous = self.at.checked_sub(1)?;
        let found = self.token_text(self.at);
        // A replacement field without an expression.
        if self.token_text(previous) == "{" && self.in_fstring_field(previous) {
            let prefix = self.fstring_prefix(previous);
            return Some(match found {
                "}" | "!" | ":" | "=" => self.at_token(
                    self.at,
                    format!("{prefix}-string: valid expression required before '{found}'"),
                ),
                _ => self
                    .at_token(self.at, format!("{prefix}-string: expecting a valid expression after '{{'")),
            });
        }
        if let Some(error) = self.lambda_in_field() {
            return Some(error);
        }
        if self.token_text(previous) == "=" && self.token(previous)?.level == 0 {
            return self.invalid_target_before(previous);
        }
        if matches!(self.token_text(previous), "=") && matches!(found, ")" | ",") {
            let in_call = self.token(previous)?.level > 0;
            let statement = self.statement_keyword();
            if in_call {
                let message = if matches!(statement, "def") || self.in_lambda(previous) {
                    "expected default value expression"
                } else {
                    "expected argument value expression"
                };
                let start = self.token(previous.checked_sub(1)?)?.start;
                let at = if message.contains("default") { self.token(previous)?.start } else { start };
                let loc = self.range_loc(at, self.token(previous)?.end);
                return Some(Error::syntax(message, loc));
            }
        }
        None
    }

    /// `f"{lambda x: 1}"`: the colon begins the format.
    pub fn lambda_in_field(&self) -> Option<Box<Error>> {
        let colon = (0..self.at + 1).rev().find(|&i| self.token_text(i) == ":")?;
        if !self.fstring_open(colon) || self.kind(colon + 1) == Kind::Name {
            return None;
        }
        let level = self.token(colon)?.level;
        let lambda = (0..colon)
            .rev()
            .take_while(|&i| self.token_text(i) != "{")
            .find(|&i| self.token_text(i) == "lambda" && self.token(i).is_some_and(|t| t.level == level))?;
        let prefix = self.fstring_prefix(colon);
        let text = format!("{prefix}-string: lambda expressions are not allowed without parentheses");
        Some(self.at_range(lambda, colon, &text))
    }

    /// `1 =` without a value: the target is what CPython complains about.
    pub fn invalid_target_before(&self, equal: usize) -> Option<Box<Error>> {
        let start = (0..equal)
            .rev()
            .take_while(|&i| {
                let starts_line = matches!(self.kind(i), Kind::Newline | Kind::Indent | Kind::Dedent);
                let ends_part = matches!(self.token_text(i), ";" | "=");
                !(starts_line || ends_part && self.token(i).is_some_and(|t| t.level == 0))
            })
            .last()?;
        let (from, to) = (self.token(start)?.start, self.token(equal.checked_sub(1)?)?.end);
        let parsed = parse_expression(&self.text[from..to]).ok()?;
        let target = invalid_target(&parsed.syntax().body)?;
        let range = target.range() + TextSize::try_from(from).ok()?;
        Some(Error::syntax(format!("cannot assign to {}", words::expr_name(target)), self.source.loc(range)))
    }

    /// `import a from b`.
    pub fn import_from(&self) -> Option<Box<Error>> {
        if self.statement_keyword() != "import" || self.token_text(self.at) != "from" {
            return None;
        }
        let first = (0..self.at).rev().find(|&i| self.token_text(i) == "import")?;
        let mut last = self.at + 2;
        while self.token_text(last) == "." {
            last += 2;
        }
        let text = "Did you mean to use 'from ... import ...' instead?";
        let mut error = self.at_range(first, last, text);
        if self.kind(last) != Kind::Newline {
            error.loc.end_col -= 1;
        }
        Some(error)
    }

    pub fn in_lambda(&self, at: usize) -> bool {
        (0..at).rev().take_while(|&i| self.token_text(i) != ":").any(|i| self.token_text(i) == "lambda")
    }

    pub fn in_fstring_field(&self, brace: usize) -> bool {
        brace.checked_sub(1).is_some_and(|i| matches!(self.kind(i), Kind::FStart | Kind::FMiddle))
            || brace.checked_sub(1).is_some_and(|i| {
                self.token_text(i) == "}"
                    && self.fstring_open(brace)
                    && self.token(i).is_some_and(|t| t.end == self.token(brace).map_or(0, |b| b.start))
            })
    }

    pub fn fstring_open(&self, at: usize) -> bool {
        let mut open = 0i32;
        for t in &self.tokens.list[..at] {
            match t.kind {
                Kind::FStart => open += 1,
                Kind::FEnd => open -= 1,
                _ => {}
            }
        }
        open > 0
    }

    pub fn fstring_prefix(&self, at: usize) -> char {
        let start = self.tokens.list[..at].iter().rev().find(|t| t.kind == Kind::FStart);
        match start {
            Some(t) if self.text[t.start..t.end].to_ascii_lowercase().contains('t') => 't',
            _ => 'f',
        }
    }

    pub fn two_statements(&self) -> Option<Box<Error>> {
        let previous = self.at.checked_sub(1)?;
        let word = self.token_text(previous);
        let starts_line = previous == 0
            || matches!(self.kind(previous - 1), Kind::Newline | Kind::Indent | Kind::Dedent)
            || matches!(self.token_text(previous - 1), ";" | ":");
        if matches!(word, "print" | "exec") && starts_line {
            let end = (self.at..self.tokens.list.len())
                .take_while(|&i| {
                    !matches!(self.kind(i), Kind::Newline | Kind::End) && self.token_text(i) != ";"
                })
                .last()?;
            let loc = self.range_loc(self.token(previous)?.start, self.token(end)?.end);
            let message = format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?");
            return Some(Error::syntax(message, loc));
        }
        let string = |i: usize| matches!(self.kind(i), Kind::String | Kind::FEnd);
        let opens = |i: usize| matches!(self.kind(i), Kind::String | Kind::FStart);
        if string(previous)
            && self.kind(self.at) == Kind::Name
            && !words::is_keyword(self.token_text(self.at))
        {
            let mut end = self.at;
            while self.kind(end + 1) == Kind::Name {
                end += 1;
            }
            if opens(end + 1) {
                return Some(self.at_range(
                    self.at,
                    end,
                    "invalid syntax. Is this intended to be part of the string?",
                ));
            }
        }
        None
    }

    pub fn starred(&self) -> Option<Box<Error>> {
        let before = self.at.checked_sub(1)?;
        let level = self.token(self.at)?.level;
        let open = (0..self.at).rev().find(|&i| {
            self.token(i).is_some_and(|t| t.level == level) && matches!(self.token_text(i), "(" | "[" | "{")
        });
        let end = self.error.range().end().to_usize();
        let after = self.tokens.list.iter().position(|t| t.start >= end)?;
        match (self.token_text(before), open.map(|i| self.token_text(i))) {
            ("del", _) => Some(self.here("cannot delete starred")),
            (":", Some("{")) => Some(self.here("cannot use a starred expression in a dictionary value")),
            ("(", _) if self.token_text(after) == ")" => {
                Some(self.here("cannot use starred expression here"))
            }
            _ => None,
        }
    }

    pub fn interpolated(&self, prefix: char, kind: &str) -> Option<Box<Error>> {
        let at = |message: String| Some(self.at_token(self.at, message));
        match kind {
            "InvalidConversionFlag" => {
                let flag = self.token_text(self.at);
                if self.kind(self.at) != Kind::Name {
                    return at(format!("{prefix}-string: missing conversion character"));
                }
                at(format!(
                    "{prefix}-string: invalid conversion character '{flag}': expected 's', 'r', or 'a'"
                ))
            }
            "ConversionFlagNotImmediatelyAfterExclamation" => Some(self.here(format!(
                "{prefix}-string: conversion type must come right after the exclamation mark"
            ))),
            "LambdaWithoutParentheses" => Some(
                self.here(format!("{prefix}-string: lambda expressions are not allowed without parentheses")),
            ),
            "UnclosedLbrace" => {
                let before =
                    (0..self.at).rev().find(|&i| matches!(self.token_text(i), "!" | ":" | "=" | "{"));
                match before.map(|i| self.token_text(i)) {
                    Some("!") => at(format!("{prefix}-string: expecting ':' or '}}'")),
                    Some(":") => at(format!("{prefix}-string: expecting '}}', or format specs")),
                    Some("=") => at(format!("{prefix}-string: expecting '!', or ':', or '}}'")),
                    _ => self
                        .perhaps_comma()
                        .or_else(|| at(format!("{prefix}-string: expecting '=', or '!', or ':', or '}}'"))),
                }
            }
            _ => None,
        }
    }

    /// `f(a.b=1)`: something that is no name before the `=` of an argument.
    pub fn keyword_argument(&self) -> Option<Box<Error>> {
        let range = self.error.range();
        let text = self.source.slice(range);
        if matches!(text, "None" | "True" | "False") {
            let equal = self.token(self.at + 1)?;
            let loc = self.range_loc(range.start().to_usize(), equal.end);
            return Some(Error::syntax(format!("cannot assign to {text}"), loc));
        }
        let equal = self.tokens.list.iter().position(|t| t.start >= range.end().to_usize())?;
        if self.token_text(equal) != "=" {
            return None;
        }
        if text.starts_with('*') {
            let value = self.operand_end(equal + 1)?;
            let loc = self.range_loc(range.start().to_usize(), self.token(value)?.end);
            let what = if text.starts_with("**") { "keyword argument" } else { "iterable argument" };
            return Some(Error::syntax(format!("cannot assign to {what} unpacking"), loc));
        }
        let loc = self.range_loc(range.start().to_usize(), self.token(equal)?.end);
        Some(Error::syntax("expression cannot contain assignment, perhaps you meant \"==\"?", loc))
    }
}

/// The part of a target that cannot be assigned to.
fn invalid_target(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => None,
        Expr::Starred(starred) => invalid_target(&starred.value),
        Expr::List(list) => list.elts.iter().find_map(invalid_target),
        Expr::Tuple(tuple) => tuple.elts.iter().find_map(invalid_target),
        other => Some(other),
    }
}
