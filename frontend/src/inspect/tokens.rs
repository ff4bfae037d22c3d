//! Tokens, in the form of `python -m tokenize -e`.
//!
//! The parser crate's tokens are close to CPython's. What differs: a dedent stands where the next token begins, an
//! f-string's text is cut after each doubled brace, an empty text stands in a format specification that ends at
//! once, and the last line ends with a newline even if there is none. Columns count characters.

use std::fmt::Write;

use ruff_python_ast::token::TokenKind;
use ruff_text_size::TextSize;

use super::{Part, repr, token_kinds, tree, with_source};
use crate::{
    Mode, SyntaxError,
    error::Result,
    on_a_deep_enough_stack,
    source::{self, Source},
    syntax,
};

/// The tokens of a source file, and again those of each function and class.
pub fn tokens(bytes: &[u8]) -> std::result::Result<Vec<Part>, SyntaxError> {
    let encoding = source::encoding_name(bytes);
    with_source(bytes, |source| {
        let lines = list(source)?;
        let mut text = String::new();
        line(&mut text, (0, 0), (0, 0), "ENCODING", &encoding);
        lines.iter().for_each(|token| token.print(&mut text));
        let mut parts = vec![Part { qualname: "<module>".to_owned(), line: 0, text }];
        for definition in tree::definitions(source) {
            let mut text = String::new();
            let range = definition.first_line..=definition.last_line;
            lines.iter().filter(|token| range.contains(&token.start.0)).for_each(|t| t.print(&mut text));
            parts.push(Part { qualname: definition.qualname, line: definition.first_line, text });
        }
        Ok(parts)
    })
}

/// A token by its exact type, with lines from 1 and columns in characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    pub start: (i32, usize),
    pub end: (i32, usize),
    pub kind: &'static str,
    pub text: String,
}

/// What the tokenizer makes of a text: the tokens in front of the first error, and that.
pub struct Tokens {
    pub tokens: Vec<Token>,
    pub error: Option<SyntaxError>,
    lines: Vec<String>,
}

impl Tokens {
    pub fn of(text: &str) -> Tokens {
        let source = Source::from_cow(text.into());
        let (tokens, error) = on_a_deep_enough_stack(&source, || match list(&source) {
            Ok(tokens) => (tokens, None),
            // The parser may have more to say about it than the tokenizer.
            Err(error) if syntax::ends_early(&source) => {
                let (tokens, offset) = cut_short(list_of(&source, &syntax::all_tokens(&source)));
                let mut error = crate::refusal(*error, &source, Mode::Module);
                error.message = "unexpected EOF in multi-line statement".to_owned();
                error.lineno = source.text().lines().count() as i32;
                (error.offset, error.end_lineno, error.end_offset) = (offset, error.lineno, offset);
                (tokens, Some(error))
            }
            Err(error) => {
                let (line, col) = (error.loc.line, usize::try_from(error.loc.col).unwrap_or(0));
                let mut tokens = list_of(&source, &syntax::all_tokens(&source));
                // The columns of errors count bytes, which are at least as many as characters.
                tokens.retain(|token| token.start < (line, col) && token.kind != "ENDMARKER");
                (tokens, Some(crate::refusal(*error, &source, Mode::Module)))
            }
        });
        let lines = source.text().split_inclusive('\n').map(str::to_owned).collect();
        Tokens { tokens, error, lines }
    }

    /// The lines that a token lies in.
    pub fn lines_of(&self, token: &Token) -> String {
        let index = |line: i32| usize::try_from(line - 1).unwrap_or(0);
        let (first, last) = (index(token.start.0), index(token.end.0));
        self.lines.get(first..(last + 1).min(self.lines.len())).unwrap_or_default().concat()
    }
}

impl Tokens {
    /// The number and text of the last line that is one.
    pub fn last_line(&self) -> (i32, &str) {
        let found = self.lines.iter().enumerate().rfind(|(_, line)| !line.is_empty());
        found.map_or((1, ""), |(i, line)| (i32::try_from(i + 1).unwrap_or(i32::MAX), line))
    }
}

/// The tokens of a text that ends in brackets or behind a backslash, without what the parser crate closes it with, and the
/// column of the error.
fn cut_short(mut tokens: Vec<Token>) -> (Vec<Token>, i32) {
    tokens.retain(|token| token.kind != "ENDMARKER" && (token.kind != "OP" || !token.text.is_empty()));
    while tokens.last().is_some_and(|last| last.kind == "DEDENT") {
        tokens.pop();
    }
    if let Some(last) = tokens.last_mut().filter(|last| last.kind == "NEWLINE") {
        last.kind = "NL";
    }
    match tokens.iter().rposition(|token| token.text.trim_start().starts_with('\\')) {
        Some(backslash) => {
            let token = &tokens[backslash];
            let col = token.start.1 + token.text.find('\\').unwrap_or(0);
            tokens.truncate(backslash);
            (tokens, i32::try_from(col + 2).unwrap_or(0))
        }
        None => (tokens, 0),
    }
}

impl Token {
    fn print(&self, out: &mut String) {
        line(out, self.start, self.end, self.kind, &self.text);
    }
}

fn line(out: &mut String, start: (i32, usize), end: (i32, usize), kind: &str, text: &str) {
    let range = format!("{},{}-{},{}:", start.0, start.1, end.0, end.1);
    let _ = writeln!(out, "{range:<20}{kind:<15}{:<15}", repr(text));
}

/// What is open around a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// An f-string.
    String,
    /// A t-string.
    Template,
    /// A replacement field, before its format specification or in it.
    Field {
        in_specification: bool,
    },
    Bracket,
}

struct Lister<'s> {
    source: &'s Source<'s>,
    text: &'s str,
    tokens: Vec<Token>,
    open: Vec<Open>,
    /// Dedents whose place is the start of the next token.
    dedents: u32,
}

fn list(source: &Source) -> Result<Vec<Token>> {
    Ok(list_of(source, &syntax::tokens(source)?))
}

fn list_of(source: &Source, tokens: &ruff_python_ast::token::Tokens) -> Vec<Token> {
    let mut lister = Lister { source, text: source.text(), tokens: Vec::new(), open: Vec::new(), dedents: 0 };
    let mut previous = TokenKind::EndOfFile;
    for token in tokens.iter() {
        let (kind, range) = token.as_tuple();
        lister.token(kind, previous, range.start().to_usize(), range.end().to_usize());
        previous = kind;
    }
    lister.finish();
    lister.tokens
}

impl Lister<'_> {
    fn position(&self, offset: usize) -> (i32, usize) {
        let offset = TextSize::try_from(offset).unwrap_or_default();
        let (line, col) = self.source.position(offset);
        let text = self.source.line(line).unwrap_or_default();
        (line, text[..(col as usize).min(text.len())].chars().count())
    }

    fn push(&mut self, kind: &'static str, start: usize, end: usize) {
        let from = self.position(start);
        // A newline ends behind itself, not at the start of the next line.
        let newline = matches!(kind, "NEWLINE" | "NL");
        let text = &self.text[start..end];
        let (to, text) = match newline {
            true => {
                let text = self.source.line_end(from.0);
                ((from.0, from.1 + text.len().max(1)), text.to_owned())
            }
            false if text.contains('\n') => (self.position(end), self.source.with_line_ends(text, from.0)),
            false => (self.position(end), text.to_owned()),
        };
        self.tokens.push(Token { start: from, end: to, kind, text });
    }

    fn token(&mut self, kind: TokenKind, previous: TokenKind, start: usize, end: usize) {
        match kind {
            TokenKind::Dedent => self.dedents += 1,
            TokenKind::EndOfFile => {}
            TokenKind::FStringMiddle | TokenKind::TStringMiddle => self.middle(kind, start, end),
            TokenKind::Newline | TokenKind::NonLogicalNewline if start == end => {}
            TokenKind::Comment | TokenKind::NonLogicalNewline => self.push(token_name(kind), start, end),
            _ => {
                for _ in 0..std::mem::take(&mut self.dedents) {
                    self.push("DEDENT", start, start);
                }
                let in_specification = self.open.last() == Some(&Open::Field { in_specification: true });
                let follows_field = matches!(previous, TokenKind::Colon | TokenKind::Rbrace);
                if kind == TokenKind::Rbrace && in_specification && follows_field {
                    let strings = [Open::String, Open::Template];
                    let innermost = self.open.iter().rfind(|open| strings.contains(open));
                    let template = innermost == Some(&Open::Template);
                    self.push(if template { "TSTRING_MIDDLE" } else { "FSTRING_MIDDLE" }, start, start);
                }
                self.nest(kind);
                self.push(token_name(kind), start, end);
            }
        }
    }

    fn nest(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::FStringStart => self.open.push(Open::String),
            TokenKind::TStringStart => self.open.push(Open::Template),
            TokenKind::Lbrace => self.open.push(match self.open.last() {
                Some(Open::String | Open::Template | Open::Field { in_specification: true }) => {
                    Open::Field { in_specification: false }
                }
                _ => Open::Bracket,
            }),
            TokenKind::Lpar | TokenKind::Lsqb => self.open.push(Open::Bracket),
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                self.open.pop();
            }
            TokenKind::Colon => {
                if let Some(Open::Field { in_specification }) = self.open.last_mut() {
                    *in_specification = true;
                }
            }
            _ => {}
        }
    }

    /// The text of an f-string; the brace of a character's name ends a token, and so does a doubled one, of which the
    /// token holds the first.
    fn middle(&mut self, kind: TokenKind, start: usize, end: usize) {
        let kind = token_name(kind);
        let bytes = self.text.as_bytes();
        let (mut from, mut at) = (start, start);
        while at < end {
            let named = bytes[at] == b'\\' && self.text[at..end].starts_with("\\N{");
            if named && let Some(close) = self.text[at..end].find('}') {
                at += close + 1;
                self.push(kind, from, at);
                from = at;
            } else if bytes[at] == b'\\' && at + 1 < end && !matches!(bytes[at + 1], b'{' | b'}') {
                at += 1 + self.text[at + 1..].chars().next().map_or(1, char::len_utf8);
            } else if matches!(bytes[at], b'{' | b'}')
                && bytes.get(at + 1) == Some(&bytes[at])
                && at + 1 < end
            {
                self.push(kind, from, at + 1);
                at += 2;
                from = at;
            } else {
                at += 1;
            }
        }
        if from < end {
            self.push(kind, from, end);
        }
    }

    fn finish(&mut self) {
        let (line, col) = self.position(self.text.len());
        let last = self.tokens.last().map(|token| token.kind);
        let mut at = (line, 0);
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            at = (line + 1, 0);
            let kind = if last == Some("COMMENT") { "NL" } else { "NEWLINE" };
            let end = (line, col + 1);
            self.tokens.push(Token { start: (line, col), end, kind, text: String::new() });
        }
        for _ in 0..self.dedents {
            self.tokens.push(Token { start: at, end: at, kind: "DEDENT", text: String::new() });
        }
        self.tokens.push(Token { start: at, end: at, kind: "ENDMARKER", text: String::new() });
    }
}

/// A character that begins no token is an operator to the tokenizer.
fn token_name(kind: TokenKind) -> &'static str {
    token_kinds::name(kind).unwrap_or("OP")
}
