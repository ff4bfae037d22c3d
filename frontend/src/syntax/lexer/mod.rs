//! Tokens by CPython's rules, one at a time, with the state of its tokenizer after each.
//!
//! The parser crate recovers from errors and words them its own way. CPython's messages about
//! strings, numbers, brackets and indentation come from its tokenizer, and many positions of its
//! parser's messages are "as far as the tokenizer has read". So this lexer follows the same states:
//! it reads line by line (`inp` is the end of the line that was read last), counts a line when it
//! begins to read it, and keeps the places (`buf`, `line_start`) from which columns are counted.
//! It runs only when something is wrong.

mod fstring;
mod number;

pub use number::keyword_follows;

use super::unicode_properties::{is_identifier_char, is_printable};
use crate::error::ErrorKind;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Name,
    Number,
    String,
    FStart,
    FMiddle,
    FEnd,
    TStart,
    TMiddle,
    TEnd,
    Op,
    Newline,
    Indent,
    Dedent,
    /// Only where types are wanted.
    TypeComment,
    End,
    Error,
}

/// A token with positions as CPython stores them: columns in bytes from 0, or -1 for none.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    pub line: i32,
    pub col: i32,
    pub end_line: i32,
    pub end_col: i32,
    /// How many brackets are open after it.
    pub level: usize,
    /// Where the tokenizer stands after it.
    pub after: Place,
}

/// How far the tokenizer has read.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub pos: usize,
    pub line: i32,
    pub line_start: usize,
    /// Where the line begins that a token began in.
    pub buf: usize,
    pub inp: usize,
}

/// Why there is no further token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The tokenizer raised an error itself; the columns are final.
    Raised {
        message: String,
        line: i32,
        offset: i32,
        end_offset: i32,
    },
    Eof,
    Dedent,
    TabSpace,
    TooDeep,
    LineContinuation,
}

impl Stop {
    /// The error's class, for those that the parser raises for the tokenizer.
    pub const fn error_kind(&self) -> ErrorKind {
        match self {
            Stop::TabSpace => ErrorKind::Tab,
            Stop::Dedent | Stop::TooDeep => ErrorKind::Indentation,
            _ => ErrorKind::Syntax,
        }
    }
}

/// How deeply brackets nest; nothing if they or blocks do so deeper than CPython's tokenizer allows.
pub fn bracket_depth(text: &str) -> Option<usize> {
    let mut lexer = Lexer::new(text, true);
    let mut depth = 0;
    while !matches!(lexer.next().kind, Kind::End | Kind::Error) {
        depth = depth.max(lexer.brackets.len());
    }
    let is_too_deep = match lexer.stop {
        Some(Stop::Raised { message, .. }) => message.starts_with("too many nested"),
        Some(stop) => stop == Stop::TooDeep,
        None => false,
    };
    (!is_too_deep).then_some(depth)
}

/// Why a module's text does not consist of tokens, whatever their order; nothing if it does.
pub fn stop(text: &str) -> Option<Stop> {
    let mut lexer = Lexer::new(text, true);
    loop {
        match lexer.next().kind {
            Kind::Error => return lexer.stop,
            Kind::End => return None,
            _ => {}
        }
    }
}

const MAX_LEVEL: usize = 200;
const MAX_INDENT: usize = 100;
const TAB_SIZE: usize = 8;

/// An f-string or t-string that is being read.
struct Mode {
    prefix: char,
    quote: u8,
    quotes: usize,
    raw: bool,
    start: usize,
    line_start: usize,
    line: i32,
    /// The text is being read, not an expression.
    in_text: bool,
    in_format: bool,
    brackets: i32,
    /// How many brackets were open where the innermost field began.
    field: i32,
}

#[derive(Clone, Copy, Debug)]
pub struct Bracket {
    pub open: u8,
    pub line: i32,
    pub col: i32,
}

pub struct Lexer<'s> {
    src: &'s [u8],
    text: &'s str,
    /// The text has no newline at its end, and CPython adds one.
    adds_newline: bool,
    pos: usize,
    inp: usize,
    buf: usize,
    line: i32,
    line_start: usize,
    first_line: i32,
    multi_line_start: usize,
    start: Option<usize>,
    pub brackets: Vec<Bracket>,
    indents: Vec<(usize, usize)>,
    pending: i32,
    at_line_start: bool,
    at_end: bool,
    /// The end is inside of a string.
    ends_in_string: bool,
    pub stop: Option<Stop>,
    /// `from __future__ import barry_as_FLUFL`: `<>` is an operator.
    pub barry: bool,
    /// Comments about types are tokens.
    pub type_comments: bool,
    modes: Vec<Mode>,
}

/// What CPython reads at the end; the source holds no NUL.
const EOF: u8 = 0;

type Step<T> = Result<T, Stop>;

const fn starts_name(c: u8) -> bool {
    matches!(c, b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80..)
}

const fn continues_name(c: u8) -> bool {
    starts_name(c) || c.is_ascii_digit()
}

impl<'s> Lexer<'s> {
    /// `add_newline`: whether the text is a module, whose last line CPython completes.
    pub fn new(text: &'s str, add_newline: bool) -> Self {
        Lexer {
            src: text.as_bytes(),
            text,
            adds_newline: add_newline && !text.is_empty() && !text.ends_with('\n'),
            pos: 0,
            inp: 0,
            buf: 0,
            line: 0,
            line_start: 0,
            first_line: 0,
            multi_line_start: 0,
            start: None,
            brackets: Vec::new(),
            indents: vec![(0, 0)],
            pending: 0,
            at_line_start: true,
            at_end: false,
            ends_in_string: false,
            stop: None,
            barry: false,
            type_comments: false,
            modes: Vec::new(),
        }
    }

    fn byte(&self, at: usize) -> u8 {
        match self.src.get(at) {
            Some(&b) => b,
            None if at == self.src.len() && self.adds_newline => b'\n',
            None => EOF,
        }
    }

    fn len(&self) -> usize {
        self.src.len() + self.adds_newline as usize
    }

    fn next_char(&mut self) -> u8 {
        if self.pos == self.inp {
            if self.at_end || self.pos >= self.len() {
                self.at_end = true;
                return EOF;
            }
            if self.start.is_none() {
                self.buf = self.pos;
            }
            self.line_start = self.pos;
            self.line += 1;
            let rest = &self.src[self.pos.min(self.src.len())..];
            self.inp = rest.iter().position(|&b| b == b'\n').map_or(self.len(), |n| self.pos + n + 1);
        }
        let c = self.byte(self.pos);
        self.pos += 1;
        c
    }

    fn back_up(&mut self, c: u8) {
        if c != EOF {
            self.pos -= 1;
        }
    }

    pub fn place(&self) -> Place {
        Place { pos: self.pos, line: self.line, line_start: self.line_start, buf: self.buf, inp: self.inp }
    }

    /// Whether the end was reached, or an error other than those that it raises itself.
    pub fn is_done(&self) -> bool {
        self.at_end || self.stop.is_some()
    }

    /// Whether the source ended, be it in the middle of something: more of it could still be right.
    pub fn has_ended(&self) -> bool {
        self.ends_in_string || matches!(self.stop, Some(Stop::Eof)) || self.at_end && self.stop.is_none()
    }

    /// `f` or `t`: which kind of string is being read, if any.
    pub fn prefix(&self) -> char {
        self.modes.last().map_or('f', |m| m.prefix)
    }

    /// Whether an f-string or t-string is open.
    pub fn in_string(&self) -> bool {
        !self.modes.is_empty()
    }

    /// Ends all blocks, as the end of interactive input does.
    pub fn dedent_all(&mut self) {
        self.pending = 1 - self.indents.len() as i32;
        self.indents.truncate(1);
    }

    fn chars(&self, from: usize, to: usize) -> i32 {
        let (from, to) = (from.min(self.src.len()), to.min(self.len()));
        let within = &self.src[from..to.min(self.src.len()).max(from)];
        let count = within.iter().filter(|&&b| b & 0xC0 != 0x80).count();
        (count + to.saturating_sub(self.src.len().max(from))) as i32
    }

    /// An error at the character that was read last.
    fn error<T>(&self, message: impl Into<String>) -> Step<T> {
        let offset = self.chars(self.line_start, self.pos);
        Err(Stop::Raised { message: message.into(), line: self.line, offset, end_offset: offset })
    }

    /// An error at bytes of this line, given by columns from 1.
    fn error_range<T>(&self, message: &str, from: usize, to: usize) -> Step<T> {
        let offset = |col: usize| match col {
            0 => 0,
            _ => self.chars(self.line_start, self.line_start + col - 1) + 1,
        };
        Err(Stop::Raised {
            message: message.into(),
            line: self.line,
            offset: offset(from),
            end_offset: offset(to),
        })
    }

    fn token(&self, kind: Kind, start: usize) -> Token {
        let is_string = matches!(
            kind,
            Kind::String
                | Kind::FStart
                | Kind::FMiddle
                | Kind::FEnd
                | Kind::TStart
                | Kind::TMiddle
                | Kind::TEnd
        );
        let line_start = match kind {
            Kind::String | Kind::FMiddle | Kind::TMiddle => self.multi_line_start,
            _ => self.line_start,
        };
        Token {
            kind,
            start,
            end: self.pos,
            line: if is_string { self.first_line } else { self.line },
            col: start as i32 - line_start as i32,
            end_line: self.line,
            end_col: self.pos as i32 - self.line_start as i32,
            level: self.brackets.len(),
            after: self.place(),
        }
    }

    /// A token without text.
    fn bare(&self, kind: Kind) -> Token {
        Token {
            kind,
            start: self.pos,
            end: self.pos,
            line: self.line,
            col: -1,
            end_line: self.line,
            end_col: -1,
            level: self.brackets.len(),
            after: self.place(),
        }
    }

    /// The next token; after an error or the end there is none.
    pub fn next(&mut self) -> Token {
        if self.stop.is_some() {
            return self.bare(Kind::Error);
        }
        let in_text = self.modes.last().is_some_and(|m| m.in_text);
        let result = if in_text { self.fstring_text() } else { self.normal() };
        match result {
            Ok(token) => token,
            Err(stop) => {
                if matches!(stop, Stop::Dedent | Stop::TabSpace | Stop::TooDeep | Stop::Eof) {
                    self.pos = self.inp;
                }
                self.stop = Some(stop);
                self.bare(Kind::Error)
            }
        }
    }

    fn normal(&mut self) -> Step<Token> {
        loop {
            self.start = None;
            let mut blank = false;
            if self.at_line_start {
                self.at_line_start = false;
                blank = self.indentation()?;
            }
            self.start = Some(self.pos);
            if self.pending < 0 {
                self.pending += 1;
                return Ok(self.bare(Kind::Dedent));
            }
            if self.pending > 0 {
                self.pending -= 1;
                return Ok(self.bare(Kind::Indent));
            }
            let c = self.next_char();
            self.back_up(c);
            if let Some(token) = self.in_line(blank)? {
                return Ok(token);
            }
        }
    }

    /// Measures the line's indentation; true if the line is blank.
    fn indentation(&mut self) -> Step<bool> {
        let (mut col, mut alt, mut continued) = (0, 0, 0);
        let c = loop {
            let c = self.next_char();
            match c {
                b' ' => (col, alt) = (col + 1, alt + 1),
                b'\t' => (col, alt) = ((col / TAB_SIZE + 1) * TAB_SIZE, alt + 1),
                b'\x0c' => (col, alt) = (0, 0),
                b'\\' => {
                    // The first backslash says how far the whole line is indented.
                    continued = if continued != 0 { continued } else { col };
                    self.continuation()?;
                }
                _ => break c,
            }
        };
        self.back_up(c);
        let blank = matches!(c, b'#' | b'\n');
        if blank || !self.brackets.is_empty() {
            return Ok(blank);
        }
        if continued != 0 {
            (col, alt) = (continued, continued);
        }
        let &(top, top_alt) = self.indents.last().unwrap_or(&(0, 0));
        if col == top {
            if alt != top_alt {
                return Err(Stop::TabSpace);
            }
        } else if col > top {
            if self.indents.len() >= MAX_INDENT {
                return Err(Stop::TooDeep);
            }
            if alt <= top_alt {
                return Err(Stop::TabSpace);
            }
            self.pending += 1;
            self.indents.push((col, alt));
        } else {
            while self.indents.len() > 1 && self.indents.last().is_some_and(|i| col < i.0) {
                self.pending -= 1;
                self.indents.pop();
            }
            let &(top, top_alt) = self.indents.last().unwrap_or(&(0, 0));
            if col != top {
                return Err(Stop::Dedent);
            }
            if alt != top_alt {
                return Err(Stop::TabSpace);
            }
        }
        Ok(false)
    }

    /// What follows a backslash at the end of a line.
    fn continuation(&mut self) -> Step<()> {
        if self.next_char() != b'\n' {
            return Err(Stop::LineContinuation);
        }
        let c = self.next_char();
        if c == EOF {
            return Err(Stop::Eof);
        }
        self.back_up(c);
        Ok(())
    }

    /// A token of this line; none if the line ends without one.
    fn in_line(&mut self, blank: bool) -> Step<Option<Token>> {
        loop {
            self.start = None;
            let mut c = self.next_char();
            while matches!(c, b' ' | b'\t' | b'\x0c') {
                c = self.next_char();
            }
            let start = self.pos - (c != EOF) as usize;
            self.start = Some(start);
            if c == b'#' {
                while c != EOF && c != b'\n' {
                    c = self.next_char();
                }
                if self.type_comments {
                    let comment = self.text[start..self.pos].trim_end_matches('\n');
                    if let Some(text) = type_in_comment(comment).filter(|text| ignored_type(text).is_none()) {
                        let start = start + comment.len() - text.len();
                        self.back_up(c);
                        return Ok(Some(self.token(Kind::TypeComment, start)));
                    }
                }
                // CPython leaves the start at the comment; a newline has its own place below.
            }
            match c {
                EOF if self.at_end => {
                    if self.brackets.is_empty() {
                        return Ok(Some(self.bare(Kind::End)));
                    }
                    return Err(Stop::Eof);
                }
                b'\n' => {
                    self.at_line_start = true;
                    if blank || !self.brackets.is_empty() {
                        return Ok(None);
                    }
                    return Ok(Some(self.token(Kind::Newline, start)));
                }
                b'\\' => self.continuation()?,
                _ if starts_name(c) => return self.name(start, c).map(Some),
                b'0'..=b'9' => {
                    self.number(c)?;
                    return Ok(Some(self.token(Kind::Number, start)));
                }
                b'.' => {
                    let next = self.next_char();
                    self.back_up(next);
                    if next.is_ascii_digit() {
                        self.number(c)?;
                        return Ok(Some(self.token(Kind::Number, start)));
                    }
                    return self.operator(start, c).map(Some);
                }
                b'\'' | b'"' => return self.string(start, c).map(Some),
                _ => return self.operator(start, c).map(Some),
            }
        }
    }

    fn name(&mut self, start: usize, first: u8) -> Step<Token> {
        let mut seen = [false; 5];
        let mut c = first;
        while let Some(index) = b"burft".iter().position(|&p| p == c.to_ascii_lowercase()) {
            if seen[index] {
                break;
            }
            seen[index] = true;
            c = self.next_char();
            if matches!(c, b'\'' | b'"') {
                self.check_prefixes(start, seen)?;
                let [_, _, raw, f, t] = seen;
                if f || t {
                    return self.fstring_start(start, c, if f { 'f' } else { 't' }, raw);
                }
                return self.string(start, c);
            }
        }
        while continues_name(c) {
            c = self.next_char();
        }
        self.back_up(c);
        let word = &self.text[start..self.pos.min(self.text.len())];
        if !word.is_ascii() {
            for (index, c) in word.char_indices() {
                if !is_identifier_char(c, index == 0) {
                    self.pos = start + index + c.len_utf8();
                    let code = c as u32;
                    return self.error(if is_printable(c) {
                        format!("invalid character '{c}' (U+{code:04X})")
                    } else {
                        format!("invalid non-printable character U+{code:04X}")
                    });
                }
            }
        }
        Ok(self.token(Kind::Name, start))
    }

    fn check_prefixes(&self, start: usize, [b, u, r, f, t]: [bool; 5]) -> Step<()> {
        let pairs = [
            (u, b, "ub"),
            (u, r, "ur"),
            (u, f, "uf"),
            (u, t, "ut"),
            (b, f, "bf"),
            (b, t, "bt"),
            (f, t, "ft"),
        ];
        for (first, second, names) in pairs {
            if first && second {
                let message = format!("'{}' and '{}' prefixes are incompatible", &names[..1], &names[1..]);
                return self.error_range(&message, start + 1 - self.line_start, self.pos - self.line_start);
            }
        }
        Ok(())
    }

    fn string(&mut self, start: usize, quote: u8) -> Step<Token> {
        let mut quotes = 1;
        let mut closing = 0;
        let mut escaped_quote = false;
        self.first_line = self.line;
        self.multi_line_start = self.line_start;
        let mut c = self.next_char();
        if c == quote {
            c = self.next_char();
            if c == quote {
                quotes = 3;
            } else {
                closing = 1;
            }
        }
        if c != quote {
            self.back_up(c);
        }
        while closing != quotes {
            c = self.next_char();
            if c == EOF || quotes == 1 && c == b'\n' {
                self.ends_in_string = c == EOF;
                return self.unterminated(start, quote, quotes, escaped_quote);
            }
            if c == quote {
                closing += 1;
                continue;
            }
            closing = 0;
            if c == b'\\' && self.next_char() == quote {
                escaped_quote = true;
            }
        }
        Ok(self.token(Kind::String, start))
    }

    /// The error is at the opening quote.
    fn unterminated(&mut self, start: usize, quote: u8, quotes: usize, escaped_quote: bool) -> Step<Token> {
        let line = self.line;
        self.pos = start + 1;
        self.line_start = self.multi_line_start;
        self.line = self.first_line;
        if let Some(mode) = self.modes.last()
            && mode.quote == quote
            && mode.quotes == quotes
        {
            return self.error(format!("{}-string: expecting '}}'", mode.prefix));
        }
        let what = if quotes == 3 { "triple-quoted " } else { "" };
        let hint = if escaped_quote && quotes == 1 { "; perhaps you escaped the end quote?" } else { "" };
        self.error(format!("unterminated {what}string literal (detected at line {line}){hint}"))
    }

    fn operator(&mut self, start: usize, c: u8) -> Step<Token> {
        if let Some(mode) = self.modes.last_mut()
            && mode.field >= 0
            && c == b':'
            && mode.brackets - 1 == mode.field
        {
            mode.in_text = true;
            mode.in_format = true;
            return Ok(self.token(Kind::Op, start));
        }
        let second = self.next_char();
        let third = if second == EOF || second == b'\n' { EOF } else { self.byte(self.pos) };
        let length = match (c, second) {
            (b'<', b'>') => 1 + self.barry as usize,
            _ => operator_length(c, second, third),
        };
        match length {
            3 => {
                self.next_char();
                return Ok(self.token(Kind::Op, start));
            }
            2 => return Ok(self.token(Kind::Op, start)),
            _ => self.back_up(second),
        }
        match c {
            b'(' | b'[' | b'{' => {
                if self.brackets.len() >= MAX_LEVEL {
                    return self.error("too many nested parentheses");
                }
                let col = (start - self.line_start) as i32;
                self.brackets.push(Bracket { open: c, line: self.line, col });
                if let Some(mode) = self.modes.last_mut() {
                    mode.brackets += 1;
                }
            }
            b')' | b']' | b'}' => self.closing_bracket(c)?,
            b' '..=b'~' => {}
            _ => return self.error(format!("invalid non-printable character U+{c:04X}")),
        }
        Ok(self.token(Kind::Op, start))
    }

    fn closing_bracket(&mut self, c: u8) -> Step<()> {
        let closer = c as char;
        let mode = self.modes.last().map(|m| (m.prefix, m.brackets, m.field));
        if let Some((prefix, 0, _)) = mode
            && c == b'}'
        {
            return self.error(format!("{prefix}-string: single '}}' is not allowed"));
        }
        let Some(Bracket { open, line, .. }) = self.brackets.pop() else {
            return self.error(format!("unmatched '{closer}'"));
        };
        if !matches!((open, c), (b'(', b')') | (b'[', b']') | (b'{', b'}')) {
            if let Some((prefix, brackets, field)) = mode
                && open == b'{'
                && brackets - 1 == field
            {
                return self.error(format!("{prefix}-string: unmatched '{closer}'"));
            }
            let opener = open as char;
            let on_line = if line == self.line { String::new() } else { format!(" on line {line}") };
            return self.error(format!(
                "closing parenthesis '{closer}' does not match opening parenthesis '{opener}'{on_line}"
            ));
        }
        if let Some(mode) = self.modes.last_mut() {
            mode.brackets -= 1;
            if mode.brackets < 0 {
                let prefix = mode.prefix;
                return self.error(format!("{prefix}-string: unmatched '{closer}'"));
            }
            if c == b'}' && mode.brackets == mode.field {
                mode.field -= 1;
                mode.in_text = true;
                mode.in_format = false;
            }
        }
        Ok(())
    }
}

/// How many characters the operator that begins like this has.
fn operator_length(a: u8, b: u8, c: u8) -> usize {
    match (a, b, c) {
        (b'*', b'*', b'=') | (b'/', b'/', b'=') | (b'<', b'<', b'=') | (b'>', b'>', b'=') => 3,
        (b'.', b'.', b'.') => 3,
        (b'*', b'*', _) | (b'/', b'/', _) | (b'<', b'<', _) | (b'>', b'>', _) => 2,
        (b'-', b'>', _) => 2,
        (
            b'!' | b'=' | b'<' | b'>' | b':' | b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' | b'@',
            b'=',
            _,
        ) => 2,
        _ => 1,
    }
}

/// The type that a comment names, or what it says to ignore.
pub fn type_in_comment(comment: &str) -> Option<&str> {
    let blanks = [' ', '\t'];
    let text = comment.strip_prefix('#')?.trim_start_matches(blanks).strip_prefix("type:")?;
    Some(text.trim_start_matches(blanks))
}

/// What follows `ignore` in a comment about types that says nothing else.
pub fn ignored_type(text: &str) -> Option<&str> {
    let tag = text.strip_prefix("ignore")?;
    (!tag.starts_with(|c: char| !c.is_ascii() || c.is_ascii_alphanumeric())).then_some(tag)
}
