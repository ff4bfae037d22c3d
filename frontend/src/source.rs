//! Source text: decoding (PEP 263), universal newlines and the map from offsets to lines.

use std::{borrow::Cow, cell::Cell};

use ruff_text_size::{TextRange, TextSize};

use crate::{
    ast::Loc,
    codecs,
    error::{Error, Result},
};

/// Decoded source with `\n` line ends and an index of its lines.
pub struct Source<'s> {
    text: Cow<'s, str>,
    /// The offset at which each line starts, and one past the last.
    starts: Vec<u32>,
    /// The line of the previous look-up: nodes are visited nearly in source order.
    cursor: Cell<usize>,
    /// The line ends as the file has them, if they are not all `\n`.
    line_ends: Vec<&'static str>,
    /// Decimal digits that an integer literal may have; 0: any number.
    pub max_digits: usize,
}

/// `sys.int_info.default_max_str_digits`.
pub const DEFAULT_MAX_DIGITS: usize = 4300;

impl<'s> Source<'s> {
    pub fn new(text: &'s str) -> Self {
        Self::from_cow(Cow::Borrowed(text))
    }

    pub fn from_cow(text: Cow<'s, str>) -> Self {
        let has_returns = memchr::memchr(b'\r', text.as_bytes()).is_some();
        let line_ends = if has_returns { line_ends(&text) } else { Vec::new() };
        let text = if has_returns { universal_newlines(&text).into() } else { text };
        let mut starts = Vec::with_capacity(text.len() / 32 + 2);
        starts.push(0);
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        starts.push(text.len() as u32 + 1);
        Source { text, starts, cursor: Cell::new(0), line_ends, max_digits: DEFAULT_MAX_DIGITS }
    }

    pub fn with_max_digits(self, max_digits: usize) -> Self {
        Source { max_digits, ..self }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn slice(&self, range: TextRange) -> &str {
        &self.text[range.start().to_usize()..range.end().to_usize()]
    }

    /// The text of a line counted from 1, with its newline.
    pub fn line(&self, line: i32) -> Option<&str> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let start = *self.starts.get(index)? as usize;
        let end = (*self.starts.get(index + 1)? as usize).min(self.text.len());
        self.text.get(start..end)
    }

    /// Whether a line is indented by more than `depth` spaces or tabs.
    pub fn has_indent_beyond(&self, depth: usize) -> bool {
        let text = self.text.as_bytes();
        let is_blank = |b: &u8| matches!(b, b' ' | b'\t');
        self.starts.iter().any(|&start| {
            let start = start as usize;
            // Most lines are told by this one byte.
            text.get(start + depth).is_some_and(is_blank) && text[start..start + depth].iter().all(is_blank)
        })
    }

    /// The line from 1 and the byte column from 0.
    pub fn position(&self, offset: TextSize) -> (i32, i32) {
        let offset = offset.to_u32();
        let mut line = self.cursor.get();
        if offset < self.starts[line] || offset >= self.starts[line + 1] {
            // The next few lines are the usual place; else search.
            let near = (line + 1..line + 4).find(|&l| {
                l + 1 < self.starts.len() && self.starts[l] <= offset && offset < self.starts[l + 1]
            });
            line = near.unwrap_or_else(|| {
                (self.starts.partition_point(|&start| start <= offset) - 1).min(self.starts.len() - 2)
            });
            self.cursor.set(line);
        }
        (line as i32 + 1, (offset - self.starts[line]) as i32)
    }

    pub fn loc(&self, range: TextRange) -> Loc {
        let (line, col) = self.position(range.start());
        let (end_line, end_col) = self.position(range.end());
        Loc { line, end_line, col, end_col }
    }

    /// How the file ends a line, counted from 1.
    pub fn line_end(&self, line: i32) -> &str {
        let index = usize::try_from(line - 1).unwrap_or(0);
        self.line_ends.get(index).copied().unwrap_or("\n")
    }

    /// Text of this source that begins in `line`, as it stands in the file.
    pub fn with_line_ends(&self, text: &str, line: i32) -> String {
        let mut out = String::with_capacity(text.len());
        for (index, piece) in text.split('\n').enumerate() {
            if index > 0 {
                out.push_str(self.line_end(line + index as i32 - 1));
            }
            out.push_str(piece);
        }
        out
    }
}

fn line_ends(text: &str) -> Vec<&'static str> {
    let mut ends = Vec::new();
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\n' => ends.push("\n"),
            b'\r' if bytes.next_if_eq(&b'\n').is_some() => ends.push("\r\n"),
            b'\r' => ends.push("\r"),
            _ => {}
        }
    }
    ends
}

fn universal_newlines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Decodes a source file: byte order mark, `coding` cookie in the first two lines, UTF-8 otherwise.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>> {
    let (body, bom) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let cookie = cookie(body).map(canonical);
    let Some(name) = cookie.filter(|name| name != "utf-8") else {
        return match std::str::from_utf8(body) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => Err(not_utf8(body, error.valid_up_to())),
        };
    };
    if bom {
        return Err(not_with_bom(body, &name));
    }
    codecs::decode(body, &name)
}

/// An error of [`decode`] with the line that it is about, as far as that is text.
pub fn locate_in(bytes: &[u8], error: Error) -> crate::SyntaxError {
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut error = error.locate(&Source::new(&String::from_utf8_lossy(body)));
    if error.lineno == 0 {
        error.text = None;
    } else if let Some(text) = &mut error.text {
        // The tokenizer has not seen the end of that line yet.
        *text = text.trim_end_matches(['\r', '\n']).into();
    }
    error
}

/// Errors of codecs have no place.
pub(crate) fn nowhere(message: String) -> Box<Error> {
    Error::syntax(message, Loc::new(0, 0, -2, -1))
}

/// A byte order mark stands for UTF-8 alone.
fn not_with_bom(body: &[u8], name: &str) -> Box<Error> {
    let mut lines = body.split(|&b| b == b'\n');
    let first = lines.next().unwrap_or_default();
    let is_first = first.iter().position(|&b| b == b'#').is_some_and(|at| cookie_in(&first[at..]).is_some());
    // CPython counts the newline only behind the second line.
    let (line, length) = if is_first {
        (1, first.len() as i32)
    } else {
        (2, lines.next().unwrap_or_default().len() as i32 + 1)
    };
    Error::syntax(format!("encoding problem: {name} with BOM"), Loc::new(line, line, -1, length - 1))
}

/// What the codec says of bytes that are not UTF-8.
pub(crate) fn utf8_message(body: &[u8], error: std::str::Utf8Error) -> String {
    let at = error.valid_up_to();
    let first = body[at];
    let what = match (error.error_len(), first) {
        (None, _) => "unexpected end of data",
        (Some(1), 0x80..=0xC1 | 0xF5..) => "invalid start byte",
        _ => "invalid continuation byte",
    };
    match error.error_len().unwrap_or(body.len() - at) {
        1 => format!("'utf-8' codec can't decode byte 0x{first:02x} in position {at}: {what}"),
        n => format!("'utf-8' codec can't decode bytes in position {at}-{}: {what}", at + n - 1),
    }
}

/// A file's encoding as the `tokenize` module names it: only UTF-8 and Latin-1 have canonical names there.
pub fn encoding_name(bytes: &[u8]) -> String {
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    cookie(body).map_or_else(|| "utf-8".to_owned(), canonical)
}

fn not_utf8(body: &[u8], at: usize) -> Box<Error> {
    let before = &body[..at];
    let line = before.iter().filter(|&&b| b == b'\n').count() as i32 + 1;
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |n| n + 1);
    let col = (at - start) as i32;
    let message = format!(
        "Non-UTF-8 code starting with '\\x{:02x}' on line {line}, but no encoding declared; \
         see https://peps.python.org/pep-0263/ for details",
        body[at]
    );
    Error::syntax(message, Loc::new(line, line, col, col))
}

/// The encoding name of `# -*- coding: NAME -*-` in the first line, or in the second if the first
/// is blank or a comment.
fn cookie(body: &[u8]) -> Option<&str> {
    let mut lines = body.split(|&b| b == b'\n' || b == b'\r');
    for _ in 0..2 {
        let line = lines.next()?;
        let Some(code) = line.iter().position(|&b| !matches!(b, b' ' | b'\t' | b'\x0c')) else { continue };
        if line.get(code) != Some(&b'#') {
            return None;
        }
        if let Some(name) = cookie_in(&line[code..]) {
            return Some(name);
        }
    }
    None
}

fn cookie_in(comment: &[u8]) -> Option<&str> {
    let mut rest = comment;
    while let Some(at) = rest.windows(6).position(|w| w == b"coding") {
        rest = &rest[at + 6..];
        if !matches!(rest.first(), Some(b':' | b'=')) {
            continue;
        }
        let value = &rest[1..];
        let skip = value.iter().take_while(|&&b| matches!(b, b' ' | b'\t')).count();
        let value = &value[skip..];
        let len = value
            .iter()
            .take_while(|&&b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            .count();
        if len > 0 {
            return std::str::from_utf8(&value[..len]).ok();
        }
    }
    None
}

/// The encoding's name as CPython's tokenizer knows it: only UTF-8 and Latin-1 have other spellings there.
fn canonical(name: &str) -> String {
    let plain: String = name.chars().take(12).collect::<String>().to_ascii_lowercase().replace('_', "-");
    let is = |known: &str| plain.strip_prefix(known).is_some_and(|r| r.is_empty() || r.starts_with('-'));
    if is("utf-8") {
        "utf-8".to_owned()
    } else if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") {
        "iso-8859-1".to_owned()
    } else {
        name.to_owned()
    }
}
