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
    let place = tokens.list.iter().position(|t| t.end > start || t.start >= start && t.kind != Kind::Dedent);
    let mut at = place.unwrap_or(tokens.list.len().saturating_sub(1));
    if place.is_some_and(|at| {
        at > 0 && tokens.list[at - 1].kind == Kind::Indent && tokens.list[at - 1].end == tokens.list[at].start
    }) && matches!(error.error, ParseErrorType::UnexpectedIndentation)
    {
        at -= 1;
    }
    let reached_end = tokens.list[place.unwrap_or(tokens.list.len())..]
        .iter()
        .all(|t| matches!(t.kind, Kind::Dedent | Kind::Indent));
    let context = Context { source, text: source.text(), tokens: &tokens, at, reached_end, error };
    if context.kind(at) == Kind::Indent && place.is_some() {
        // This comes from the parser at once, before a look at the rest.
        return context.generic();
    }
    let found = context.specific().unwrap_or_else(|| context.generic());
    context.tokenizer_error(&found).unwrap_or(found)
}

/// What the tokenizer finds in source that the parser has not seen, if it is one of its limits.
pub fn token_error(source: &Source) -> Option<Box<Error>> {
    let error = tokenizer::tokenize(source.text()).error.filter(|e| e.message.starts_with("too many"))?;
    let at = |n: usize| TextSize::try_from(n.min(source.text().len())).unwrap_or_default();
    let mut loc = source.loc(TextRange::new(at(error.start), at(error.end)));
    if let Some(end_col) = error.end_col {
        loc.end_col = end_col;
    }
    Some(Box::new(Error { kind: error.kind, message: error.message, loc, byte_columns: false }))
}

/// An error under inspection: `at` is the token where the parser stopped.
pub(super) struct Context<'c> {
    pub source: &'c Source<'c>,
    pub text: &'c str,
    pub tokens: &'c Tokens,
    pub at: usize,
    /// The parser stopped where the tokens end.
    pub reached_end: bool,
    pub error: &'c ParseError,
}

impl Context<'_> {
    pub fn range_loc(&self, start: usize, end: usize) -> Loc {
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

    pub fn kind(&self, index: usize) -> Kind {
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

    /// Tokens without text have no columns; CPython gives the place up to which it has read.
    pub fn indentation(&self, message: String) -> Box<Error> {
        self.indentation_at(self.at, message)
    }

    fn indentation_at(&self, at: usize, message: String) -> Box<Error> {
        let mut loc = match self.token(at) {
            Some(t) if t.kind == Kind::Indent || t.kind == Kind::Dedent && t.start < self.text.len() => {
                let mut loc = self.range_loc(t.end, t.end);
                loc.col -= 1;
                loc
            }
            Some(t) if !matches!(t.kind, Kind::End | Kind::Dedent) => {
                let mut error = self.at_token(at, message);
                error.kind = ErrorKind::Indentation;
                return error;
            }
            _ => {
                // The end of the source, with the newline that CPython adds.
                let text = self.text.strip_suffix('\n').unwrap_or(self.text);
                let mut loc = self.range_loc(text.len(), text.len());
                loc.end_col = loc.col;
                loc
            }
        };
        loc.end_col = -2;
        Box::new(Error { kind: ErrorKind::Indentation, message, loc, byte_columns: false })
    }

    fn without_width(&self, at: usize, message: &str) -> Box<Error> {
        let mut error = self.at_token(at, message);
        error.loc.end_line = error.loc.line;
        error.loc.end_col = error.loc.col;
        error
    }

    /// At the range that the parser crate gave.
    pub fn here(&self, message: impl Into<String>) -> Box<Error> {
        Error::syntax(message, self.source.loc(self.error.range()))
    }

    fn generic(&self) -> Box<Error> {
        match self.kind(self.at) {
            Kind::Indent => self.indentation("unexpected indent".into()),
            Kind::Dedent => self.indentation("unexpected unindent".into()),
            _ if self.token_text(self.at) == "not" && self.token_text(self.at + 1) != "in" => {
                self.at_token(self.at + 1, "invalid syntax")
            }
            _ => self.at_token(self.at, "invalid syntax"),
        }
    }

    /// What the tokenizer says about the source overrides what the parser said; a bracket that is
    /// never closed does so if the parser stopped on a later line.
    fn tokenizer_error(&self, found: &Error) -> Option<Box<Error>> {
        let error = self.tokens.error.as_ref()?;
        if !error.message.is_empty() {
            // The parser's own words about a field come before the tokenizer's.
            let same_field = ["f-string: ", "t-string: "]
                .iter()
                .any(|prefix| error.message.starts_with(prefix) && found.message.starts_with(prefix))
                && !found.message.contains("'=', or '!'");
            return (!same_field && (!error.soft || self.reached_end)).then(|| self.token_error(error));
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
            loc.end_col = error.end_col.unwrap_or(loc.col);
        }
        Box::new(Error { kind: error.kind, message: error.message.clone(), loc, byte_columns: false })
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
                let end = self.error.range().end().to_usize();
                let colon = self.tokens.list.iter().position(|t| t.start >= end)?;
                if self.kind(colon + 1) == Kind::Newline {
                    return Some(self.at_token(colon, "invalid syntax"));
                }
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
            ParseErrorType::ExpectedKeywordParam => {
                let star = (0..=self.at + 1).rev().find(|&i| self.token_text(i) == "*")?;
                let next = (self.token_text(star + 1), self.token_text(star + 2));
                matches!(next, (")" | ":", _) | (",", ")" | "**" | ":"))
                    .then(|| self.at_token(star, "named arguments must follow bare *"))
            }
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
                let text = "iterable argument unpacking follows keyword argument unpacking";
                let end = self.error.range().end().to_usize();
                let after = self.tokens.list.iter().position(|t| t.start >= end)?;
                Some(self.at_range(self.at.checked_sub(1)?, after.checked_sub(1)?, text))
            }
            ParseErrorType::EmptyTypeParams => {
                Some(self.without_width(self.at, "Type parameter list cannot be empty"))
            }
            ParseErrorType::EmptyImportNames => {
                let found = self.kind(self.at);
                (found == Kind::Newline || found == Kind::End)
                    .then(|| self.without_width(self.at, "Expected one or more names after 'import'"))
            }
            ParseErrorType::ExpectedRealNumber => Some(self.here("real number required in complex literal")),
            ParseErrorType::ExpectedImaginaryNumber => {
                Some(self.here("imaginary number required in complex literal"))
            }
            ParseErrorType::InvalidMatchPatternTarget => Some(self.here("cannot use '_' as a target")),
            ParseErrorType::SimpleStatementsOnSameLine => {
                self.two_statements().or_else(|| self.import_from())
            }
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
                let text = &self.text[token.start..token.end];
                let (body, is_bytes) = match token.kind {
                    Kind::FMiddle => (text, false),
                    _ => words::string_body(text),
                };
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
                } else if self.token_text(self.at + 1) == "," {
                    "at least one argument must precede /"
                } else {
                    return None;
                }
            }
            "Only one '*' parameter allowed" => {
                return Some(self.at_token(self.at, "* argument may appear only once"));
            }
            "Cannot have both 'except' and 'except*' on the same 'try'" => {
                let text = "cannot have both 'except' and 'except*' on the same 'try'";
                let last = if self.token_text(self.at + 1) == "*" { self.at + 1 } else { self.at };
                return Some(self.at_range(self.at, last, text));
            }
            "Only single target (not tuple) can be annotated" => {
                let text = "only single target (not tuple) can be annotated";
                let range = self.error.range();
                let parsed = parse_expression(self.source.slice(range)).ok()?;
                let Expr::Tuple(tuple) = &*parsed.syntax().body else { return Some(self.here(text)) };
                if tuple.parenthesized {
                    return Some(self.here(text));
                }
                let first = tuple.elts.first()?.range() + range.start();
                return Some(Error::syntax(text, self.source.loc(first)));
            }
            "Only single target (not list) can be annotated" => {
                "only single target (not list) can be annotated"
            }
            "Boolean 'not' expression cannot be used here" => "'not' after an operator must be parenthesized",
            "Trailing comma not allowed" => {
                let text = "trailing comma not allowed without surrounding parentheses";
                let at = if self.token_text(self.at) == "," { self.at + 1 } else { self.at };
                return Some(self.at_token(at, text));
            }
            "Positional patterns cannot follow keyword patterns" => {
                "positional patterns follow keyword patterns"
            }
            "Expected one or more exception types" => "expected one or more exception types",
            "Multiple exception types must be parenthesized when using `as`" => {
                let text = "multiple exception types must be parenthesized when using 'as'";
                let end = self.error.range().end().to_usize();
                let after = self.tokens.list.iter().position(|t| t.start >= end)?;
                let last = if self.token_text(after) == "as" { after + 1 } else { after.saturating_sub(1) };
                return Some(self.at_range(self.at, last, text));
            }
            "Expected `except` or `finally` after `try` block" => {
                let text = "expected 'except' or 'finally' block";
                let mut error = self.indentation_at(self.at, text.into());
                error.kind = ErrorKind::Syntax;
                return Some(error);
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
        Some(self.indentation_at(at, format!("expected an indented block after {what} on line {line}")))
    }

    /// CPython's name for the expression at the error's range.
    fn expr_name(&self) -> Option<String> {
        self.name_of(self.error.range())
    }

    pub fn name_of(&self, range: TextRange) -> Option<String> {
        let parsed = parse_expression(self.source.slice(range)).ok()?;
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

    pub fn statement_keyword(&self) -> &str {
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
                if let Some(error) = self.as_target() {
                    return Some(error);
                }
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
                    let close = self.operand_end(self.at).unwrap_or(self.at);
                    let text = "Lambda expression parameters cannot be parenthesized";
                    return Some(self.at_range(self.at, close, text));
                }
                None
            }
            "Lpar" if keyword == "def" => Some(self.at_token(self.at, "expected '('")),
            "Else" if found == ":" => None,
            "Else" => {
                let level = self.token(self.at.checked_sub(1)?)?.level;
                let condition = (0..self.at).rev().find(|&i| {
                    self.token_text(i) == "if" && self.token(i).is_some_and(|t| t.level == level)
                })?;
                let start = self.comma_start(condition.checked_sub(1)?)?;
                if (start..condition).any(|i| self.token_text(i) == "for") {
                    return None;
                }
                Some(self.at_range(start, self.at - 1, "expected 'else' after 'if' expression"))
            }
            "Comma" | "Rpar" | "Rsqb" | "Rbrace" => {
                if let Some(error) = self.bound_of_other_param().or_else(|| self.as_target()) {
                    return Some(error);
                }
                if found == "=" {
                    return self.equal_in_condition();
                }
                if found == "for" {
                    let level = self.token(self.at)?.level;
                    let open = (0..self.at).rev().find(|&i| {
                        self.token(i).is_some_and(|t| t.level == level)
                            && matches!(self.token_text(i), "(" | "[" | "{")
                    })?;
                    let text = "did you forget parentheses around the comprehension target?";
                    return (self.token_text(open) != "(")
                        .then(|| self.at_range(open + 1, self.at - 1, text));
                }
                if found == "(" && keyword == "def" {
                    let close = self.operand_end(self.at).unwrap_or(self.at);
                    return Some(self.at_range(
                        self.at,
                        close,
                        "Function parameters cannot be parenthesized",
                    ));
                }
                self.perhaps_comma()
            }
            _ => None,
        }
    }

    pub fn at_range(&self, first: usize, last: usize, message: &str) -> Box<Error> {
        match (self.token(first), self.token(last)) {
            (Some(a), Some(b)) => Error::syntax(message, self.range_loc(a.start, b.end)),
            _ => self.here(message),
        }
    }
}
