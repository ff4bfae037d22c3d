//! Source text: decoding (PEP 263), universal newlines and the map from offsets to lines.

use std::{borrow::Cow, cell::Cell};

use ruff_text_size::{TextRange, TextSize};

use crate::{
    ast::Loc,
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
}

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
        Source { text, starts, cursor: Cell::new(0), line_ends }
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
    let cookie = cookie(body);
    let encoding = cookie.map(normalise);
    // With a byte order mark only this spelling will do.
    if bom
        && let Some(name) = cookie
        && !name.to_ascii_lowercase().replace('_', "-").starts_with("utf-8")
    {
        let end = body.iter().position(|&b| b == b'\n').unwrap_or(body.len()) as i32;
        let loc = Loc::new(1, 1, -1, end - 1);
        return Err(Error::syntax(format!("encoding problem: {name} with BOM"), loc));
    }
    match encoding.as_deref() {
        None | Some("utf-8") => match std::str::from_utf8(body) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => Err(bad_utf8(body, error.valid_up_to(), cookie.is_some() || bom)),
        },
        Some("iso-8859-1") => Ok(Cow::Owned(body.iter().map(|&b| b as char).collect())),
        Some("us-ascii" | "ascii") => match body.iter().position(|b| !b.is_ascii()) {
            None => Ok(Cow::Owned(body.iter().map(|&b| b as char).collect())),
            Some(at) => Err(Error::syntax(
                format!(
                    "(unicode error) 'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
                    body[at]
                ),
                Loc::NONE,
            )),
        },
        Some(other) => {
            let name = cookie.unwrap_or_default();
            let Some(encoding) = encoding_rs::Encoding::for_label(other.as_bytes()) else {
                let loc = Loc::new(0, 0, -2, -1);
                return Err(Error::syntax(format!("unknown encoding: {name}"), loc));
            };
            match encoding.decode_without_bom_handling_and_without_replacement(body) {
                Some(text) => Ok(text),
                None => {
                    let message = format!("(unicode error) '{name}' codec can't decode the source");
                    Err(Error::syntax(message, Loc::NONE))
                }
            }
        }
    }
}

/// A file's encoding as the `tokenize` module names it: only UTF-8 and Latin-1 have canonical names there.
pub fn encoding_name(bytes: &[u8]) -> String {
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let Some(name) = cookie(body) else { return "utf-8".to_owned() };
    let plain: String = name.chars().take(12).collect::<String>().to_ascii_lowercase().replace('_', "-");
    let is = |known: &str| plain.strip_prefix(known).is_some_and(|r| r.is_empty() || r.starts_with('-'));
    match plain.as_str() {
        _ if is("utf-8") => "utf-8".to_owned(),
        _ if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") => "iso-8859-1".to_owned(),
        _ => name.to_owned(),
    }
}

fn bad_utf8(body: &[u8], at: usize, declared: bool) -> Box<Error> {
    let line = body[..at].iter().filter(|&&b| b == b'\n').count() as i32 + 1;
    let start = body[..at].iter().rposition(|&b| b == b'\n').map_or(0, |n| n + 1);
    let col = (at - start) as i32;
    let message = if declared {
        format!(
            "(unicode error) 'utf-8' codec can't decode byte 0x{:02x} in position {at}: invalid start byte",
            body[at]
        )
    } else {
        format!(
            "Non-UTF-8 code starting with '\\x{:02x}' on line {line}, but no encoding declared; \
             see https://peps.python.org/pep-0263/ for details",
            body[at]
        )
    };
    Error::syntax(message, Loc::new(line, line, col, col))
}

/// The encoding name of `# -*- coding: NAME -*-` in the first line, or in the second if the first
/// is blank or a comment.
fn cookie(body: &[u8]) -> Option<&str> {
    let mut lines = body.split(|&b| b == b'\n' || b == b'\r');
    for _ in 0..2 {
        let line = lines.next()?;
        let code = line.iter().position(|&b| !matches!(b, b' ' | b'\t' | b'\x0c'))?;
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

/// The canonical spelling of the encodings that the decoder knows.
fn normalise(name: &str) -> String {
    let lower = name.to_ascii_lowercase().replace('_', "-");
    match lower.as_str() {
        "utf8" | "u8" | "utf" | "cp65001" => "utf-8".into(),
        "utf-8" | "utf-8-sig" => "utf-8".into(),
        l if l.starts_with("utf-8-") => "utf-8".into(),
        "latin-1" | "latin1" | "latin" | "l1" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" => {
            "iso-8859-1".into()
        }
        l if l.starts_with("latin-1-") || l.starts_with("iso-8859-1-") => "iso-8859-1".into(),
        "ascii" | "us-ascii" | "646" => "us-ascii".into(),
        _ => lower,
    }
}
