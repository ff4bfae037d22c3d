//! Raising errors with CPython's positions.

use super::{Parser, Value, grammar::Node};
use crate::{
    ast::Loc,
    error::{Error, ErrorKind},
    syntax::lexer::Stop,
};

/// An error as Python shows it: lines and characters from 1.
#[derive(Clone, Debug)]
pub(super) struct Raised {
    pub kind: ErrorKind,
    pub message: String,
    pub line: i32,
    pub offset: i32,
    pub end_line: i32,
    pub end_offset: i32,
    /// By the tokenizer itself.
    pub in_token: bool,
}

impl Raised {
    pub fn memory() -> Raised {
        Raised {
            kind: ErrorKind::Memory,
            message: "Parser stack overflowed - Python source too complex to parse".into(),
            line: 0,
            offset: 0,
            end_line: 0,
            end_offset: 0,
            in_token: false,
        }
    }

    pub fn into_error(self) -> Box<Error> {
        Box::new(Error {
            kind: self.kind,
            message: self.message,
            loc: Loc::new(self.line, self.end_line, self.offset - 1, self.end_offset - 1),
            byte_columns: true,
            after_parsing: false,
            statement: (0, 0),
            in_token: self.in_token,
        })
    }
}

/// A position of CPython's tokens: a line and a byte column from 0, or -1.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub line: i32,
    pub col: i32,
}

impl Parser<'_> {
    pub(super) fn start_of(&self, value: Value) -> Point {
        let token = match (value.as_token(), self.data(value)) {
            (Some(token), _) => token,
            (None, Some(data)) => data.first as usize,
            (None, None) => 0,
        };
        let token = &self.tokens[token];
        Point { line: token.line, col: token.col }
    }

    pub(super) fn end_of(&self, value: Value) -> Point {
        let token = match (value.as_token(), self.data(value)) {
            (Some(token), _) => token,
            (None, Some(data)) => data.last as usize,
            (None, None) => 0,
        };
        let token = &self.tokens[token];
        Point { line: token.end_line, col: token.end_col }
    }

    pub(super) fn raise_range(&mut self, from: Value, to: Value, message: String) {
        let (start, end) = (self.start_of(from), self.end_of(to));
        self.raise_at(ErrorKind::Syntax, start, end, message);
    }

    /// Up to where the tokenizer has read.
    pub(super) fn raise_from(&mut self, from: Value, message: String) {
        let start = self.start_of(from);
        let place = self.place();
        // CPython does not count this column from 1.
        let end = Point { line: place.line, col: (place.pos - place.line_start) as i32 - 1 };
        self.raise_at(ErrorKind::Syntax, start, end, message);
    }

    pub(super) fn raise_last(&mut self, kind: ErrorKind, message: String) {
        self.raise_token(kind, self.tokens.len().saturating_sub(1), message);
    }

    /// At a token, or where the tokenizer stands if the token has no columns.
    pub(super) fn raise_token(&mut self, kind: ErrorKind, token: usize, message: String) {
        let token = self.tokens[token];
        let mut start = Point { line: token.line, col: token.col };
        if token.col == -1 {
            let place = self.place();
            start.col = (place.pos - place.line_start) as i32 - 1;
        }
        // A missing end stays missing.
        let end_col = if token.end_col == -1 { -2 } else { token.end_col };
        self.raise_at(kind, start, Point { line: token.end_line, col: end_col }, message);
    }

    pub(super) fn raise_at(&mut self, kind: ErrorKind, start: Point, end: Point, message: String) {
        let place = self.place();
        let text = self.source.text();
        let shown = if place.line <= start.line && place.inp > place.buf {
            &text[place.line_start.min(text.len())..place.inp.min(text.len())]
        } else {
            self.source.line(start.line).map_or("", |line| line.trim_end_matches('\n'))
        };
        // The newline that CPython adds to the last line counts.
        let length = shown.len() + (place.line <= start.line && place.inp > text.len()) as usize;
        let chars = |col: i32| match col {
            ..=0 => col,
            _ => {
                let bytes = col as usize;
                let within = &shown.as_bytes()[..bytes.min(shown.len())];
                let count = within.iter().filter(|&&b| b & 0xC0 != 0x80).count();
                (count + bytes.saturating_sub(shown.len()).min(length + 1 - shown.len())) as i32
            }
        };
        let error = Raised {
            kind,
            message,
            line: start.line,
            offset: chars(start.col + 1),
            end_line: end.line,
            end_offset: chars(end.col + 1),
            in_token: false,
        };
        self.error.get_or_insert(error);
    }

    /// The tokenizer's own error.
    pub(super) fn raise_stop(&mut self) {
        let Some(stop) = self.lexer.stop.clone() else { return };
        let place = self.lexer.place();
        let kind = stop.error_kind();
        let none = Point { line: place.line, col: -1 };
        match stop {
            Stop::Raised { message, line, offset, end_offset } => {
                let error =
                    Raised { kind, message, line, offset, end_line: line, end_offset, in_token: true };
                self.error.get_or_insert(error);
            }
            Stop::Eof if !self.lexer.brackets.is_empty() => self.raise_unclosed(),
            Stop::Eof => self.raise_last(kind, "unexpected EOF while parsing".into()),
            Stop::Dedent => {
                self.raise_last(kind, "unindent does not match any outer indentation level".into());
            }
            Stop::TabSpace => {
                let message = "inconsistent use of tabs and spaces in indentation";
                self.raise_at(kind, Point { col: 0, ..none }, none, message.into());
            }
            Stop::TooDeep => {
                self.raise_at(kind, Point { col: 0, ..none }, none, "too many levels of indentation".into());
            }
            Stop::LineContinuation => {
                let col = place.pos as i32 - place.buf as i32 - 1;
                let message = "unexpected character after line continuation character";
                self.raise_at(kind, Point { line: place.line, col: col.max(0) }, none, message.into());
            }
        }
    }

    pub(super) fn raise_unclosed(&mut self) {
        let Some(bracket) = self.lexer.brackets.last().copied() else { return };
        let message = format!("'{}' was never closed", bracket.open as char);
        let start = Point { line: bracket.line, col: bracket.col };
        self.raise_at(ErrorKind::Syntax, start, Point { line: bracket.line, col: -1 }, message);
    }

    pub(super) fn kind_of(&self, value: Value) -> Node {
        use crate::syntax::lexer::Kind;
        if let Some(data) = self.data(value) {
            return data.kind;
        }
        let Some(token) = value.as_token() else { return Node::Other };
        match self.tokens[token].kind {
            Kind::Name => match self.text(token) {
                "None" => Node::NoneLiteral,
                "True" => Node::True,
                "False" => Node::False,
                _ => Node::Name,
            },
            Kind::Op if self.text(token) == "..." => Node::Ellipsis,
            _ => Node::Literal,
        }
    }
}
