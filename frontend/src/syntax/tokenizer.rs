//! A second look at source that does not parse: tokens by CPython's rules, up to the first error.
//!
//! The parser crate recovers from errors and words them its own way. CPython's messages about
//! strings, numbers, brackets and indentation come from its tokenizer, so this module runs the same
//! checks in the same order. It runs only when something is wrong.

use unicode_properties::is_identifier_char;

use crate::error::ErrorKind;

use super::unicode_properties;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Name,
    Number,
    String,
    /// The opening of an f-string or t-string up to its quotes.
    FStart,
    FMiddle,
    FEnd,
    Op,
    Newline,
    Indent,
    Dedent,
    End,
}

#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// How many brackets are open after it.
    pub level: usize,
}

/// An error of the tokenizer, with byte offsets.
#[derive(Clone, Debug)]
pub struct TokenError {
    pub kind: ErrorKind,
    pub message: String,
    pub start: usize,
    pub end: usize,
    /// CPython gives the end as the start.
    pub point: bool,
    /// It counts only if the parser gets there; others override what the parser finds before.
    pub soft: bool,
    /// The end column where CPython gives none.
    pub end_col: Option<i32>,
}

/// What the source consists of, as far as it has tokens.
pub struct Tokens {
    pub list: Vec<Token>,
    pub error: Option<TokenError>,
    /// Brackets that are open at the end: the character and its offset.
    pub open: Vec<(u8, usize)>,
}

const MAX_LEVEL: usize = 200;
const MAX_INDENT: usize = 100;
const MAX_FSTRING_LEVEL: usize = 150;

/// An f-string that is being read.
struct FString {
    start: usize,
    prefix: char,
    quote: u8,
    triple: bool,
    raw: bool,
    /// Brackets open when it began.
    level: usize,
    /// Replacement fields around this point that belong to it.
    fields: Vec<Field>,
}

struct Field {
    /// Brackets open inside of the field, its own brace included.
    level: usize,
    in_format: bool,
}

pub struct Tokenizer<'s> {
    pub src: &'s [u8],
    pub text: &'s str,
    pub pos: usize,
    tokens: Vec<Token>,
    brackets: Vec<(u8, usize)>,
    indents: Vec<(usize, usize)>,
    fstrings: Vec<FString>,
    at_line_start: bool,
}

pub type Step = Result<(), TokenError>;

pub fn tokenize(text: &str) -> Tokens {
    let mut t = Tokenizer {
        src: text.as_bytes(),
        text,
        pos: 0,
        tokens: Vec::new(),
        brackets: Vec::new(),
        indents: vec![(0, 0)],
        fstrings: Vec::new(),
        at_line_start: true,
    };
    let error = t.run().err();
    Tokens { list: t.tokens, error, open: t.brackets }
}

impl Tokenizer<'_> {
    pub fn peek(&self, ahead: usize) -> u8 {
        self.src.get(self.pos + ahead).copied().unwrap_or(0)
    }

    pub fn push(&mut self, kind: Kind, start: usize) {
        self.tokens.push(Token { kind, start, end: self.pos, level: self.brackets.len() });
    }

    /// An error at the character before the current position.
    pub fn error<T>(&self, message: impl Into<String>) -> Result<T, TokenError> {
        let mut at = self.pos.min(self.src.len());
        if at > 0 && self.src.get(at - 1) != Some(&b'\n') {
            at -= 1;
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
        }
        self.error_at(message, at)
    }

    /// An error at a character.
    fn error_at<T>(&self, message: impl Into<String>, at: usize) -> Result<T, TokenError> {
        Err(TokenError {
            kind: ErrorKind::Syntax,
            message: message.into(),
            start: at,
            end: at,
            point: true,
            soft: false,
            end_col: None,
        })
    }

    fn soft_error<T>(&self, message: &str, at: usize, end_col: i32) -> Result<T, TokenError> {
        Err(TokenError {
            kind: ErrorKind::Syntax,
            message: message.into(),
            start: at,
            end: at,
            point: true,
            soft: true,
            end_col: Some(end_col),
        })
    }

    pub fn error_range<T>(
        &self,
        message: impl Into<String>,
        start: usize,
        end: usize,
    ) -> Result<T, TokenError> {
        Err(TokenError {
            kind: ErrorKind::Syntax,
            message: message.into(),
            start,
            end,
            point: false,
            soft: false,
            end_col: None,
        })
    }

    fn line_of(&self, offset: usize) -> usize {
        self.src[..offset.min(self.src.len())].iter().filter(|&&b| b == b'\n').count() + 1
    }

    fn run(&mut self) -> Step {
        loop {
            if let Some(f) = self.fstrings.last() {
                let in_text = f.fields.last().is_none_or(|field| field.in_format);
                if in_text {
                    self.fstring_middle()?;
                    continue;
                }
            }
            if self.at_line_start {
                self.at_line_start = false;
                if self.brackets.is_empty() && self.fstrings.is_empty() && self.indentation()? {
                    continue;
                }
            }
            while matches!(self.peek(0), b' ' | b'\t' | b'\x0c') {
                self.pos += 1;
            }
            if self.peek(0) == b'#' {
                while self.pos < self.src.len() && self.peek(0) != b'\n' {
                    self.pos += 1;
                }
            }
            if self.pos >= self.src.len() {
                return self.end();
            }
            self.token()?;
        }
    }

    fn end(&mut self) -> Step {
        if self.brackets.is_empty() {
            if self.tokens.last().is_some_and(|t| t.kind != Kind::Newline && t.kind != Kind::Dedent) {
                self.push(Kind::Newline, self.pos);
            }
            for _ in 1..self.indents.len() {
                self.push(Kind::Dedent, self.pos);
            }
        }
        self.push(Kind::End, self.pos);
        Err(TokenError {
            kind: ErrorKind::Syntax,
            message: String::new(),
            start: self.pos,
            end: self.pos,
            point: true,
            soft: true,
            end_col: None,
        })
    }

    /// Measures the line's indentation; true if the line is blank.
    fn indentation(&mut self) -> Result<bool, TokenError> {
        let (mut col, mut alt) = (0, 0);
        let start = self.pos;
        loop {
            match self.peek(0) {
                b' ' => (col, alt) = (col + 1, alt + 1),
                b'\t' => (col, alt) = ((col / 8 + 1) * 8, alt + 1),
                b'\x0c' => (col, alt) = (0, 0),
                b'\\' if self.peek(1) == b'\n' => self.pos += 1,
                _ => break,
            }
            self.pos += 1;
        }
        if self.pos >= self.src.len() || self.peek(0) == b'#' || self.peek(0) == b'\n' {
            // A blank line does not count.
            while self.pos < self.src.len() && self.peek(0) != b'\n' {
                self.pos += 1;
            }
            if self.pos < self.src.len() {
                self.pos += 1;
                self.at_line_start = true;
            }
            return Ok(true);
        }
        let &(top, top_alt) = self.indents.last().unwrap_or(&(0, 0));
        let tabs = || TokenError {
            kind: ErrorKind::Tab,
            message: "inconsistent use of tabs and spaces in indentation".into(),
            start,
            end: start,
            point: true,
            soft: true,
            end_col: Some(-1),
        };
        if col == top {
            if alt != top_alt {
                return Err(tabs());
            }
        } else if col > top {
            if self.indents.len() >= MAX_INDENT {
                return Err(TokenError {
                    kind: ErrorKind::Indentation,
                    message: "too many levels of indentation".into(),
                    start,
                    end: start,
                    point: true,
                    soft: true,
                    end_col: Some(-1),
                });
            }
            if alt <= top_alt {
                return Err(tabs());
            }
            self.indents.push((col, alt));
            self.push(Kind::Indent, start);
        } else {
            while self.indents.len() > 1 && self.indents.last().is_some_and(|i| col < i.0) {
                self.indents.pop();
                self.push(Kind::Dedent, self.pos);
            }
            let &(top, top_alt) = self.indents.last().unwrap_or(&(0, 0));
            if col != top {
                let end =
                    self.src[start..].iter().position(|&b| b == b'\n').map_or(self.src.len(), |n| start + n);
                return Err(TokenError {
                    kind: ErrorKind::Indentation,
                    message: "unindent does not match any outer indentation level".into(),
                    start: end,
                    end,
                    point: true,
                    soft: true,
                    end_col: Some(-2),
                });
            }
            if alt != top_alt {
                return Err(tabs());
            }
        }
        Ok(false)
    }

    fn token(&mut self) -> Step {
        let start = self.pos;
        let c = self.peek(0);
        match c {
            b'\n' => {
                self.pos += 1;
                if self.brackets.is_empty() && self.fstrings.is_empty() {
                    self.at_line_start = true;
                    if self.tokens.last().is_some_and(|t| t.kind != Kind::Newline) {
                        self.tokens.push(Token { kind: Kind::Newline, start, end: start, level: 0 });
                    }
                } else if let Some(f) = self.fstrings.last()
                    && !f.triple
                    && f.fields.is_empty()
                {
                    return self.unterminated_fstring();
                }
                Ok(())
            }
            b'\\' => {
                if self.peek(1) == b'\n' {
                    self.pos += 2;
                    if self.pos >= self.src.len() {
                        return self.soft_error("unexpected EOF while parsing", start + 1, -2);
                    }
                    return Ok(());
                }
                if self.pos + 1 >= self.src.len() {
                    return self.soft_error("unexpected EOF while parsing", self.pos + 1, -2);
                }
                self.soft_error("unexpected character after line continuation character", self.pos + 1, -1)
            }
            b'0'..=b'9' => self.number(),
            b'.' if self.peek(1).is_ascii_digit() => self.number(),
            b'\'' | b'"' => self.string(start),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => self.name(),
            _ => self.operator(),
        }
    }

    fn name(&mut self) -> Step {
        let start = self.pos;
        let (mut b, mut u, mut r, mut f, mut t) = (false, false, false, false, false);
        // String prefixes.
        loop {
            match self.peek(0) {
                b'b' | b'B' if !(b || u || f || t) => b = true,
                b'u' | b'U' if !(b || u || r || f || t) => u = true,
                b'r' | b'R' if !(r || u) => r = true,
                b'f' | b'F' if !(f || b || u || t) => f = true,
                b't' | b'T' if !(t || b || u || f) => t = true,
                _ => break,
            }
            self.pos += 1;
            if matches!(self.peek(0), b'\'' | b'"') {
                if f || t {
                    return self.fstring_start(start, if f { 'f' } else { 't' }, r);
                }
                return self.string(start);
            }
        }
        while matches!(self.peek(0), b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | 0x80..) {
            self.pos += 1;
        }
        if matches!(self.peek(0), b'\'' | b'"') {
            self.incompatible_prefixes(start)?;
        }
        let word = &self.text[start..self.pos];
        if !word.is_ascii() {
            for (index, c) in word.char_indices() {
                if !is_identifier_char(c, index == 0) {
                    let at = start + index;
                    let code = c as u32;
                    let message = if super::unicode_properties::is_printable(c) {
                        format!("invalid character '{c}' (U+{code:04X})")
                    } else {
                        format!("invalid non-printable character U+{code:04X}")
                    };
                    return self.error_at(message, at);
                }
            }
        }
        self.push(Kind::Name, start);
        Ok(())
    }

    fn incompatible_prefixes(&mut self, start: usize) -> Step {
        let word = self.text[start..self.pos].to_ascii_lowercase();
        if word.len() > 5 || !word.bytes().all(|c| b"burft".contains(&c)) {
            return Ok(());
        }
        // The pair is found before the word repeats a letter.
        let mut seen = String::new();
        for c in word.chars() {
            if seen.contains(c) {
                return Ok(());
            }
            seen.push(c);
        }
        for (a, b) in [('u', 'b'), ('u', 'r'), ('u', 'f'), ('u', 't'), ('b', 'f'), ('b', 't'), ('f', 't')] {
            if seen.contains(a) && seen.contains(b) {
                return self.error_range(
                    format!("'{a}' and '{b}' prefixes are incompatible"),
                    start,
                    self.pos,
                );
            }
        }
        Ok(())
    }

    /// The quotes at the current position: their size.
    fn quotes(&self) -> (u8, bool) {
        let quote = self.peek(0);
        (quote, self.peek(1) == quote && self.peek(2) == quote)
    }

    fn string(&mut self, start: usize) -> Step {
        let (quote, triple) = self.quotes();
        self.pos += if triple { 3 } else { 1 };
        let mut escaped_quote = false;
        loop {
            if self.pos >= self.src.len() || (!triple && self.peek(0) == b'\n') {
                break;
            }
            match self.peek(0) {
                b'\\' => {
                    escaped_quote |= self.peek(1) == quote;
                    self.pos += 2;
                }
                c if c == quote && (!triple || self.peek(1) == quote && self.peek(2) == quote) => {
                    self.pos += if triple { 3 } else { 1 };
                    self.push(Kind::String, start);
                    return Ok(());
                }
                _ => self.pos += 1,
            }
        }
        self.pos = self.pos.min(self.src.len());
        if let Some(f) = self.fstrings.last()
            && f.quote == quote
            && f.triple == triple
        {
            // It is the end of the f-string around, whose field is not closed.
            return self.error_at(format!("{}-string: expecting '}}'", f.prefix), start);
        }
        if triple {
            let last = self.line_of(self.src.len().saturating_sub(self.src.ends_with(b"\n") as usize));
            return self.error_at(
                format!("unterminated triple-quoted string literal (detected at line {last})"),
                start,
            );
        }
        let line = self.line_of(self.pos);
        let hint = if escaped_quote { "; perhaps you escaped the end quote?" } else { "" };
        self.error_at(format!("unterminated string literal (detected at line {line}){hint}"), start)
    }

    fn fstring_start(&mut self, start: usize, prefix: char, raw: bool) -> Step {
        let (quote, triple) = self.quotes();
        self.pos += if triple { 3 } else { 1 };
        if self.fstrings.len() + 1 >= MAX_FSTRING_LEVEL {
            return self.error(format!("too many nested {prefix}-strings"));
        }
        self.push(Kind::FStart, start);
        self.fstrings.push(FString {
            start,
            prefix,
            quote,
            triple,
            raw,
            level: self.brackets.len(),
            fields: Vec::new(),
        });
        Ok(())
    }

    fn unterminated_fstring<T>(&self) -> Result<T, TokenError> {
        let Some(f) = self.fstrings.last() else { return self.error("invalid syntax") };
        let (what, line) = if f.triple {
            let last = self.line_of(self.src.len().saturating_sub(self.src.ends_with(b"\n") as usize));
            ("triple-quoted ", last)
        } else {
            ("", self.line_of(self.pos.min(self.src.len())))
        };
        self.error_at(
            format!("unterminated {what}{}-string literal (detected at line {line})", f.prefix),
            f.start,
        )
    }

    /// The text of an f-string up to a field or its end.
    fn fstring_middle(&mut self) -> Step {
        let start = self.pos;
        let Some(f) = self.fstrings.last() else { return Ok(()) };
        let (quote, triple, raw, prefix) = (f.quote, f.triple, f.raw, f.prefix);
        let in_format = !f.fields.is_empty();
        loop {
            if self.pos >= self.src.len() {
                return self.unterminated_fstring();
            }
            let c = self.peek(0);
            if c == quote && (!triple || self.peek(1) == quote && self.peek(2) == quote) {
                if in_format {
                    return self.error_at(format!("{prefix}-string: expecting '}}'"), self.pos);
                }
                if self.pos > start {
                    self.push(Kind::FMiddle, start);
                }
                let end = self.pos;
                self.pos += if triple { 3 } else { 1 };
                self.push(Kind::FEnd, end);
                self.fstrings.pop();
                return Ok(());
            }
            match c {
                b'\n' if !triple => {
                    if in_format {
                        let message = format!(
                            "{prefix}-string: newlines are not allowed in format specifiers for single quoted {prefix}-strings"
                        );
                        return self.error_at(message, self.pos);
                    }
                    return self.unterminated_fstring();
                }
                b'{' if self.peek(1) == b'{' && !in_format => self.pos += 2,
                b'{' => {
                    if self.pos > start {
                        self.push(Kind::FMiddle, start);
                    }
                    return self.open_field();
                }
                b'}' if in_format => {
                    if self.pos > start {
                        self.push(Kind::FMiddle, start);
                    }
                    return self.close_field();
                }
                b'}' if self.peek(1) == b'}' => self.pos += 2,
                b'}' => {
                    return self.error_at(format!("{prefix}-string: single '}}' is not allowed"), self.pos);
                }
                b'\\' if !raw && self.peek(1) == b'N' && self.peek(2) == b'{' => {
                    self.pos += 3;
                    while self.pos < self.src.len()
                        && !matches!(self.peek(0), b'}' | b'\n')
                        && self.peek(0) != quote
                    {
                        self.pos += 1;
                    }
                    if self.peek(0) == b'}' {
                        self.pos += 1;
                    }
                }
                b'\\' if matches!(self.peek(1), b'{' | b'}') => self.pos += 1,
                b'\\' => self.pos += 2,
                _ => self.pos += 1,
            }
        }
    }

    fn open_field(&mut self) -> Step {
        let start = self.pos;
        self.pos += 1;
        if self.brackets.len() >= MAX_LEVEL {
            return self.error("too many nested parentheses");
        }
        self.brackets.push((b'{', start));
        let level = self.brackets.len();
        if let Some(f) = self.fstrings.last_mut() {
            f.fields.push(Field { level, in_format: false });
            if f.fields.len() > 2 {
                let message = format!("{}-string: expressions nested too deeply", f.prefix);
                return self.error(message);
            }
        }
        self.push(Kind::Op, start);
        Ok(())
    }

    fn close_field(&mut self) -> Step {
        let start = self.pos;
        self.pos += 1;
        self.brackets.pop();
        if let Some(f) = self.fstrings.last_mut() {
            f.fields.pop();
        }
        self.push(Kind::Op, start);
        Ok(())
    }

    fn operator(&mut self) -> Step {
        let start = self.pos;
        let c = self.peek(0);
        let rest = &self.src[self.pos..];
        const LONG: [&[u8]; 25] = [
            b"**=", b"//=", b">>=", b"<<=", b"...", b"!=", b"==", b"<=", b">=", b"->", b"+=", b"-=", b"*=",
            b"/=", b"%=", b"&=", b"|=", b"^=", b"@=", b"**", b"//", b">>", b"<<", b":=", b"<>",
        ];
        // Inside a field, `:` begins the format and `!` the conversion.
        let field_level = self.fstrings.last().and_then(|f| f.fields.last()).map(|field| field.level);
        let at_field = field_level == Some(self.brackets.len());
        if at_field && c == b':' {
            self.pos += 1;
            self.push(Kind::Op, start);
            if let Some(field) = self.fstrings.last_mut().and_then(|f| f.fields.last_mut()) {
                field.in_format = true;
            }
            return Ok(());
        }
        if let Some(op) = LONG.iter().find(|op| rest.starts_with(op)) {
            self.pos += op.len();
            self.push(Kind::Op, start);
            return Ok(());
        }
        match c {
            b'(' | b'[' | b'{' => {
                if self.brackets.len() >= MAX_LEVEL {
                    self.pos += 1;
                    return self.error("too many nested parentheses");
                }
                self.brackets.push((c, start));
            }
            b')' | b']' | b'}' => return self.closing_bracket(c, at_field),
            b'!' if at_field => {}
            b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'~' | b'<' | b'>' | b','
            | b':' | b';' | b'.' | b'=' | b'!' | b'$' | b'?' | b'`' => {}
            _ => {
                self.pos += 1;
                return self.error_at(format!("invalid non-printable character U+{c:04X}"), start);
            }
        }
        self.pos += 1;
        self.push(Kind::Op, start);
        Ok(())
    }

    fn closing_bracket(&mut self, c: u8, at_field: bool) -> Step {
        let start = self.pos;
        if at_field && c == b'}' {
            return self.close_field();
        }
        self.pos += 1;
        let closer = c as char;
        let base = self.fstrings.last().map_or(0, |f| f.level);
        if let Some(f) = self.fstrings.last()
            && at_field
        {
            return self.error(format!("{}-string: unmatched '{closer}'", f.prefix));
        }
        if self.brackets.len() <= base && self.fstrings.is_empty() {
            return self.error(format!("unmatched '{closer}'"));
        }
        let Some((open, at)) = self.brackets.pop() else {
            return self.error(format!("unmatched '{closer}'"));
        };
        if !matches!((open, c), (b'(', b')') | (b'[', b']') | (b'{', b'}')) {
            let opener = open as char;
            let (open_line, line) = (self.line_of(at), self.line_of(start));
            if let Some(f) = self.fstrings.last()
                && self.brackets.len() < f.fields.last().map_or(0, |field| field.level)
            {
                return self.error(format!("{}-string: unmatched '{closer}'", f.prefix));
            }
            let on_line = if open_line == line { String::new() } else { format!(" on line {open_line}") };
            let message = format!(
                "closing parenthesis '{closer}' does not match opening parenthesis '{opener}'{on_line}"
            );
            self.brackets.push((open, at));
            return self.error(message);
        }
        self.push(Kind::Op, start);
        Ok(())
    }
}
