//! The parser crate's errors → CPython's.
//!
//! CPython's parser fails at the farthest token that it reached and then tries rules that describe
//! common mistakes; errors of its tokenizer, wherever they are, come before both. The parser crate
//! gives the place and a kind; the tokens around the place tell which of CPython's messages it is.

use ruff_python_ast::{self as ruff, Expr};
use ruff_python_parser::{ParseError, ParseErrorType, parse_expression};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::{
    tokenizer::{self, Kind, Token, TokenError, Tokens},
    words,
};
use crate::{
    ast::Loc,
    error::{Error, ErrorKind},
    source::Source,
};

pub fn translate(error: &ParseError, source: &Source) -> Box<Error> {
    let tokens = tokenizer::tokenize(source.text());
    let start = error.range().start().to_usize();
    let at = tokens
        .list
        .iter()
        .position(|t| t.end > start || t.start >= start && t.kind != Kind::Dedent)
        .unwrap_or(tokens.list.len().saturating_sub(1));
    let context = Context { source, text: source.text(), tokens: &tokens, at, error };
    let found = context.specific().unwrap_or_else(|| context.generic());
    context.tokenizer_error(&found).unwrap_or(found)
}

/// An error under inspection: `at` is the token where the parser stopped.
pub(super) struct Context<'c> {
    pub source: &'c Source<'c>,
    pub text: &'c str,
    pub tokens: &'c Tokens,
    pub at: usize,
    pub error: &'c ParseError,
}

impl Context<'_> {
    fn range_loc(&self, start: usize, end: usize) -> Loc {
        let offset = |n: usize| TextSize::try_from(n.min(self.text.len())).unwrap_or_default();
        self.source.loc(TextRange::new(offset(start), offset(end.max(start))))
    }

    pub fn token(&self, index: usize) -> Option<&Token> {
        self.tokens.list.get(index)
    }

    pub fn token_text(&self, index: usize) -> &str {
        self.token(index).map_or("", |t| match t.kind {
            Kind::Name | Kind::Number | Kind::String | Kind::Op => &self.text[t.start..t.end],
            _ => "",
        })
    }

    fn kind(&self, index: usize) -> Kind {
        self.token(index).map_or(Kind::End, |t| t.kind)
    }

    pub fn at_token(&self, index: usize, message: impl Into<String>) -> Box<Error> {
        let loc = match self.token(index) {
            Some(t) if t.kind == Kind::Newline => {
                let mut loc = self.range_loc(t.start, t.start);
                loc.end_col += 1;
                loc
            }
            Some(t) => self.range_loc(t.start, t.end),
            None => self.range_loc(self.text.len(), self.text.len()),
        };
        Error::syntax(message, loc)
    }

    /// At the range that the parser crate gave.
    fn here(&self, message: impl Into<String>) -> Box<Error> {
        Error::syntax(message, self.source.loc(self.error.range()))
    }

    fn generic(&self) -> Box<Error> {
        match self.kind(self.at) {
            Kind::Indent => {
                let mut error = self.at_token(self.at, "unexpected indent");
                error.kind = ErrorKind::Indentation;
                error
            }
            Kind::Dedent => {
                let mut error = self.at_token(self.at, "unexpected unindent");
                error.kind = ErrorKind::Indentation;
                error
            }
            _ => self.at_token(self.at, "invalid syntax"),
        }
    }

    /// What the tokenizer says about the source overrides what the parser said; a bracket that is
    /// never closed does so if the parser stopped on a later line.
    fn tokenizer_error(&self, found: &Error) -> Option<Box<Error>> {
        let error = self.tokens.error.as_ref()?;
        if !error.message.is_empty() {
            return Some(self.token_error(error));
        }
        let &(open, start) = self.tokens.open.last()?;
        let loc = self.range_loc(start, start);
        let stopped = self.token(self.at).map_or(i32::MAX, |t| self.range_loc(t.start, t.start).line);
        let at_end = self.kind(self.at) == Kind::End;
        if at_end || stopped > loc.line || found.loc.line > loc.line {
            let mut loc = loc;
            loc.end_col = -1;
            return Some(Error::syntax(format!("'{}' was never closed", open as char), loc));
        }
        None
    }

    fn token_error(&self, error: &TokenError) -> Box<Error> {
        let mut loc = self.range_loc(error.start, error.end);
        if error.point {
            loc.end_line = loc.line;
            loc.end_col = loc.col;
        }
        Box::new(Error { kind: error.kind, message: error.message.clone(), loc })
    }

    fn specific(&self) -> Option<Box<Error>> {
        match &self.error.error {
            ParseErrorType::OtherError(message) => self.other(message),
            ParseErrorType::InvalidAssignmentTarget => self.assignment_target(),
            ParseErrorType::InvalidDeleteTarget => {
                let name = self.expr_name()?;
                Some(self.here(format!("cannot delete {name}")))
            }
            ParseErrorType::InvalidAugmentedAssignmentTarget => {
                let name = self.expr_name()?;
                Some(self.here(format!("'{name}' is an illegal expression for augmented assignment")))
            }
            ParseErrorType::InvalidAnnotatedAssignmentTarget => {
                Some(self.here("illegal target for annotation"))
            }
            ParseErrorType::InvalidNamedAssignmentTarget => {
                let name = self.expr_name()?;
                Some(self.here(format!("cannot use assignment expressions with {name}")))
            }
            ParseErrorType::ExpectedToken { expected, .. } => self.expected_token(&format!("{expected:?}")),
            ParseErrorType::ExpectedExpression => self.expected_expression(),
            ParseErrorType::NonDefaultParamAfterDefaultParam => {
                Some(self.here("parameter without a default follows parameter with a default"))
            }
            ParseErrorType::ParamAfterVarKeywordParam => {
                Some(self.here("arguments cannot follow var-keyword argument"))
            }
            ParseErrorType::ExpectedKeywordParam => Some(self.here("named arguments must follow bare *")),
            ParseErrorType::VarParameterWithDefault => {
                let equal = (self.at.saturating_sub(3)..self.at + 3).find(|&i| self.token_text(i) == "=")?;
                let stars =
                    (0..equal).rev().map(|i| self.token_text(i)).find(|t| matches!(*t, "*" | "**"))?;
                let what = if stars == "*" { "positional" } else { "keyword" };
                Some(self.at_token(equal, format!("var-{what} argument cannot have default value")))
            }
            ParseErrorType::UnparenthesizedGeneratorExpression => {
                Some(self.here("Generator expression must be parenthesized"))
            }
            ParseErrorType::PositionalAfterKeywordArgument => {
                Some(self.after_argument("positional argument follows keyword argument"))
            }
            ParseErrorType::PositionalAfterKeywordUnpacking => {
                Some(self.after_argument("positional argument follows keyword argument unpacking"))
            }
            ParseErrorType::InvalidArgumentUnpackingOrder => {
                Some(self.here("iterable argument unpacking follows keyword argument unpacking"))
            }
            ParseErrorType::EmptyTypeParams => {
                Some(self.at_token(self.at, "Type parameter list cannot be empty"))
            }
            ParseErrorType::EmptyImportNames => {
                Some(self.at_token(self.at, "Expected one or more names after 'import'"))
            }
            ParseErrorType::ExpectedRealNumber => Some(self.here("real number required in complex literal")),
            ParseErrorType::ExpectedImaginaryNumber => {
                Some(self.here("imaginary number required in complex literal"))
            }
            ParseErrorType::InvalidMatchPatternTarget => Some(self.here("cannot use '_' as a target")),
            ParseErrorType::SimpleStatementsOnSameLine => self.two_statements(),
            ParseErrorType::InvalidStarredExpressionUsage => self.starred(),
            ParseErrorType::FStringError(kind) => self.interpolated('f', &format!("{kind:?}")),
            ParseErrorType::TStringError(kind) => self.interpolated('t', &format!("{kind:?}")),
            ParseErrorType::Lexical(kind) => self.lexical(kind),
            _ => None,
        }
    }

    fn lexical(&self, kind: &ruff_python_parser::LexicalErrorType) -> Option<Box<Error>> {
        use ruff_python_parser::LexicalErrorType as Lexical;
        match kind {
            Lexical::InvalidByteLiteral => {
                Some(self.string_error("bytes can only contain ASCII literal characters".into()))
            }
            Lexical::UnicodeError | Lexical::MissingUnicodeLbrace | Lexical::MissingUnicodeRbrace => {
                let at = self.string_at()?;
                let token = self.token(at)?;
                let (body, is_bytes) = words::string_body(&self.text[token.start..token.end]);
                let message = words::bad_escape(body, is_bytes)?;
                Some(self.string_error(message))
            }
            Lexical::FStringError(kind) => self.interpolated('f', &format!("{kind:?}")),
            Lexical::TStringError(kind) => self.interpolated('t', &format!("{kind:?}")),
            _ => None,
        }
    }

    /// The string token that holds the place of the error.
    fn string_at(&self) -> Option<usize> {
        let start = self.error.range().start().to_usize();
        self.tokens.list.iter().position(|t| {
            matches!(t.kind, Kind::String | Kind::FMiddle) && t.start <= start && start <= t.end
        })
    }

    fn string_error(&self, message: String) -> Box<Error> {
        match self.string_at() {
            Some(at) => self.at_token(at, message),
            None => self.here(message),
        }
    }

    fn other(&self, message: &str) -> Option<Box<Error>> {
        if let Some(what) = message.strip_prefix("Expected an indented block after ") {
            return self.missing_block(what);
        }
        let text = match message {
            "Only one '/' separator allowed" => "/ may appear only once",
            "'/' parameter must appear before '*' parameter" => "/ must be ahead of *",
            "Position-only parameter separator not allowed as first parameter" => {
                if self.at > 0 && self.token_text(self.at - 1) == "," {
                    "/ must be ahead of *"
                } else {
                    "at least one argument must precede /"
                }
            }
            "Only one '*' parameter allowed" => "* argument may appear only once",
            "Cannot have both 'except' and 'except*' on the same 'try'" => {
                "cannot have both 'except' and 'except*' on the same 'try'"
            }
            "Only single target (not tuple) can be annotated" => {
                "only single target (not tuple) can be annotated"
            }
            "Only single target (not list) can be annotated" => {
                "only single target (not list) can be annotated"
            }
            "Boolean 'not' expression cannot be used here" => "'not' after an operator must be parenthesized",
            "Trailing comma not allowed" => "trailing comma not allowed without surrounding parentheses",
            "Positional patterns cannot follow keyword patterns" => {
                "positional patterns follow keyword patterns"
            }
            "Expected one or more exception types" => "expected one or more exception types",
            "Multiple exception types must be parenthesized when using `as`" => {
                "multiple exception types must be parenthesized when using 'as'"
            }
            "Expected `except` or `finally` after `try` block" => {
                return Some(self.at_token(self.at, "expected 'except' or 'finally' block"));
            }
            "Cannot mix t-string literals with string or bytes literals" => {
                "cannot mix t-string literals with string or bytes literals"
            }
            "Bytes literal cannot be mixed with non-bytes literals" => {
                "cannot mix bytes and nonbytes literals"
            }
            "Expected a parameter name" => return self.keyword_argument(),
            "Expected symbol after `as`" => {
                let name = self.node_name_at(self.at)?;
                return Some(self.at_token(self.at, format!("cannot use {name} as import target")));
            }
            _ => return None,
        };
        Some(self.here(text))
    }

    fn missing_block(&self, what: &str) -> Option<Box<Error>> {
        let what = what.trim_end_matches(" clause").trim_end_matches(" block");
        let keyword = match what {
            "function definition" => "def",
            "`class` definition" => "class",
            other => other.trim_end_matches(" statement").trim_matches('`'),
        };
        let before = self.tokens.list[..self.at.min(self.tokens.list.len())].iter().enumerate().rev();
        let header = before
            .filter(|(_, t)| {
                t.kind == Kind::Name && &self.text[t.start..t.end] == keyword.trim_end_matches('*')
            })
            .map(|(index, _)| index)
            .next()?;
        let line = self.range_loc(self.token(header)?.start, 0).line;
        let star = keyword == "except" && self.token_text(header + 1) == "*";
        let what = match what {
            "function definition" => "function definition".to_owned(),
            "`class` definition" => "class definition".to_owned(),
            _ => format!("'{keyword}{}' statement", if star { "*" } else { "" }),
        };
        // The parser crate may stop at the line's end; CPython looks at the next line.
        let mut at = self.at;
        while self.kind(at) == Kind::Newline {
            at += 1;
        }
        let mut error = self.at_token(at, format!("expected an indented block after {what} on line {line}"));
        if self.kind(at) == Kind::Dedent || self.kind(at) == Kind::End {
            error = self.at_token(at, error.message.clone());
        }
        error.kind = ErrorKind::Indentation;
        Some(error)
    }

    /// CPython's name for the expression at the error's range.
    fn expr_name(&self) -> Option<String> {
        self.name_of(self.error.range())
    }

    fn name_of(&self, range: TextRange) -> Option<String> {
        let parsed = parse_expression(self.source.slice(range).trim_matches(['(', ')'])).ok()?;
        Some(words::expr_name(&parsed.syntax().body).to_owned())
    }

    fn node_name_at(&self, at: usize) -> Option<String> {
        let token = self.token(at)?;
        let text = self.token_text(at);
        Some(match token.kind {
            Kind::Number | Kind::String => "literal".into(),
            Kind::Name if matches!(text, "None" | "True" | "False") => text.into(),
            Kind::Op if text == "(" => "tuple".into(),
            Kind::Op if text == "[" => "list".into(),
            _ => return None,
        })
    }

    fn assignment_target(&self) -> Option<Box<Error>> {
        let range = self.error.range();
        let source = self.source.slice(range);
        let parsed = parse_expression(source).ok()?;
        let expr = &*parsed.syntax().body;
        let name = words::expr_name(expr);
        let end = range.end().to_usize();
        let after = self.tokens.list.iter().position(|t| t.start >= end)?;
        let is_whole = self.is_statement_start(range.start().to_usize());
        let one_equal = self.token_text(after) == "=" && !self.another_equal(after);
        let plain = !matches!(
            expr,
            Expr::List(_)
                | Expr::Tuple(_)
                | Expr::Generator(_)
                | Expr::NoneLiteral(_)
                | Expr::BooleanLiteral(_)
        );
        // `bitwise_or = bitwise_or` reads like a comparison.
        let bitwise = !matches!(
            expr,
            Expr::Compare(_)
                | Expr::BoolOp(_)
                | Expr::Lambda(_)
                | Expr::If(_)
                | Expr::Yield(_)
                | Expr::YieldFrom(_)
        ) && !matches!(expr, Expr::UnaryOp(u) if u.op == ruff::UnaryOp::Not);
        if is_whole && one_equal && plain && bitwise {
            return Some(
                self.here(format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?")),
            );
        }
        Some(self.here(format!("cannot assign to {name}")))
    }

    /// Whether a statement starts at this offset.
    fn is_statement_start(&self, offset: usize) -> bool {
        let Some(at) = self.tokens.list.iter().position(|t| t.start >= offset && t.kind != Kind::Indent)
        else {
            return false;
        };
        at == 0
            || matches!(self.kind(at - 1), Kind::Newline | Kind::Indent | Kind::Dedent)
            || matches!(self.token_text(at - 1), ";" | ":")
    }

    /// Whether the statement has a further `=` on the same level.
    fn another_equal(&self, equal: usize) -> bool {
        let level = self.token(equal).map_or(0, |t| t.level);
        self.tokens.list[equal + 1..].iter().take_while(|t| t.kind != Kind::Newline).any(|t| {
            t.level == level && t.kind == Kind::Op && matches!(&self.text[t.start..t.end], "=" | ":=")
        })
    }

    fn after_argument(&self, message: &str) -> Box<Error> {
        // CPython has read the token after the argument.
        let end = self.error.range().end().to_usize();
        let at = self.tokens.list.iter().position(|t| t.start >= end).unwrap_or(self.at);
        self.at_token(at, message)
    }

    /// `f(a.b=1)`: something that is no name before the `=` of an argument.
    fn keyword_argument(&self) -> Option<Box<Error>> {
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
        let loc = self.range_loc(range.start().to_usize(), self.token(equal)?.end);
        if text.starts_with('*') {
            let what = if text.starts_with("**") { "keyword argument" } else { "iterable argument" };
            return Some(Error::syntax(format!("cannot assign to {what} unpacking"), loc));
        }
        Some(Error::syntax("expression cannot contain assignment, perhaps you meant \"==\"?", loc))
    }

    fn statement_keyword(&self) -> &str {
        let mut at = self.at;
        while at > 0
            && !matches!(self.kind(at - 1), Kind::Newline | Kind::Indent | Kind::Dedent)
            && self.token_text(at - 1) != ";"
        {
            at -= 1;
        }
        match self.token_text(at) {
            "async" => self.token_text(at + 1),
            keyword => keyword,
        }
    }

    fn expected_token(&self, expected: &str) -> Option<Box<Error>> {
        let found = self.token_text(self.at);
        let keyword = self.statement_keyword();
        match expected {
            "Colon" => {
                let forced = matches!(keyword, "def" | "class" | "else" | "try" | "finally");
                if self.kind(self.at) == Kind::Newline
                    && matches!(
                        keyword,
                        "if" | "elif"
                            | "while"
                            | "for"
                            | "with"
                            | "match"
                            | "case"
                            | "except"
                            | "class"
                            | "def"
                    )
                    || forced && found != "(" && found != "="
                {
                    return Some(self.at_token(self.at, "expected ':'"));
                }
                if found == "=" {
                    return self.equal_in_condition();
                }
                if found == "(" && self.at > 0 && self.token_text(self.at - 1) == "lambda" {
                    return Some(
                        self.at_token(self.at, "Lambda expression parameters cannot be parenthesized"),
                    );
                }
                None
            }
            "Lpar" if keyword == "def" => Some(self.at_token(self.at, "expected '('")),
            "Comma" | "Rpar" | "Rsqb" | "Rbrace" => {
                if found == "=" {
                    return self.equal_in_condition();
                }
                if found == "for" {
                    return None;
                }
                self.perhaps_comma()
            }
            _ => None,
        }
    }

    /// `if x = 1`: a lone `=` where a comparison or `:=` was meant.
    fn equal_in_condition(&self) -> Option<Box<Error>> {
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
    fn operand_start(&self, at: usize) -> Option<usize> {
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
    fn operand_end(&self, at: usize) -> Option<usize> {
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
    fn perhaps_comma(&self) -> Option<Box<Error>> {
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
        let end = self.comma_end(at)?;
        let loc = self.range_loc(self.token(start)?.start, self.token(end)?.end);
        Some(Error::syntax("invalid syntax. Perhaps you forgot a comma?", loc))
    }

    /// The start of the whole expression before the missing comma.
    fn comma_start(&self, at: usize) -> Option<usize> {
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
    fn comma_end(&self, at: usize) -> Option<usize> {
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

    fn expected_expression(&self) -> Option<Box<Error>> {
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
        if found == "=" && self.token_text(previous) == "=" {
            return None;
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

    fn in_lambda(&self, at: usize) -> bool {
        (0..at).rev().take_while(|&i| self.token_text(i) != ":").any(|i| self.token_text(i) == "lambda")
    }

    fn in_fstring_field(&self, brace: usize) -> bool {
        brace.checked_sub(1).is_some_and(|i| matches!(self.kind(i), Kind::FStart | Kind::FMiddle))
            || brace.checked_sub(1).is_some_and(|i| {
                self.token_text(i) == "}"
                    && self.fstring_open(brace)
                    && self.token(i).is_some_and(|t| t.end == self.token(brace).map_or(0, |b| b.start))
            })
    }

    fn fstring_open(&self, at: usize) -> bool {
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

    fn fstring_prefix(&self, at: usize) -> char {
        let start = self.tokens.list[..at].iter().rev().find(|t| t.kind == Kind::FStart);
        match start {
            Some(t) if self.text[t.start..t.end].to_ascii_lowercase().contains('t') => 't',
            _ => 'f',
        }
    }

    fn two_statements(&self) -> Option<Box<Error>> {
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

    fn at_range(&self, first: usize, last: usize, message: &str) -> Box<Error> {
        match (self.token(first), self.token(last)) {
            (Some(a), Some(b)) => Error::syntax(message, self.range_loc(a.start, b.end)),
            _ => self.here(message),
        }
    }

    fn starred(&self) -> Option<Box<Error>> {
        let before = self.at.checked_sub(1).map_or("", |i| self.token_text(i));
        if before == ":" && self.token(self.at).is_some_and(|t| t.level > 0) {
            return Some(self.here("cannot use a starred expression in a dictionary value"));
        }
        Some(self.here("can't use starred expression here"))
    }

    fn interpolated(&self, prefix: char, kind: &str) -> Option<Box<Error>> {
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
}
