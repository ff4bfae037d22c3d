//! What the frontend reports: Python's `SyntaxError` family, as data.

use crate::{ast::Loc, source::Source};

/// Which exception it is in Python.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    Syntax,
    Indentation,
    Tab,
    /// `_IncompleteInputError`, for interactive input that more could make right.
    Incomplete,
    /// `RecursionError`, for trees that are nested too deeply; it has no position.
    Recursion,
    /// `MemoryError`, for source that is too deep for CPython's parser; it has no position.
    Memory,
    /// `UnicodeDecodeError`, for a wrong escape in a format specification; it has no position.
    UnicodeDecode,
    /// `UnicodeEncodeError`, for a docstring with a lone surrogate; it has no position.
    UnicodeEncode,
}

impl ErrorKind {
    pub const fn name(self) -> &'static str {
        match self {
            ErrorKind::Syntax => "SyntaxError",
            ErrorKind::Indentation => "IndentationError",
            ErrorKind::Tab => "TabError",
            ErrorKind::Incomplete => "_IncompleteInputError",
            ErrorKind::Recursion => "RecursionError",
            ErrorKind::Memory => "MemoryError",
            ErrorKind::UnicodeDecode => "UnicodeDecodeError",
            ErrorKind::UnicodeEncode => "UnicodeEncodeError",
        }
    }

    pub const fn is_syntax_error(self) -> bool {
        matches!(self, ErrorKind::Syntax | ErrorKind::Indentation | ErrorKind::Tab)
    }
}

/// An error in Python source, with positions by CPython's conventions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    pub kind: ErrorKind,
    pub message: String,
    /// From 1; 0 if unknown.
    pub lineno: i32,
    /// In characters from 1; 0 if unknown.
    pub offset: i32,
    pub end_lineno: i32,
    pub end_offset: i32,
    /// The source line, with its newline unless it is an error of the tokenizer.
    pub text: Option<String>,
    /// Found by a later step than parsing. CPython then shows the line only if it can read it from the file.
    pub after_parsing: bool,
    /// The last compound statement before it that was read to its end, functions aside: line and byte column, or zeros.
    pub statement: (i32, i32),
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} (line {})", self.kind.name(), self.message, self.lineno)
    }
}

impl std::error::Error for SyntaxError {}

/// An error inside the compiler: the position still counts bytes.
#[derive(Clone, Debug)]
pub struct Error {
    pub kind: ErrorKind,
    pub message: String,
    pub loc: Loc,
    /// Found after parsing: CPython then gives columns in bytes.
    pub byte_columns: bool,
    /// Found by a later step than parsing.
    pub after_parsing: bool,
    /// Where the last compound statement before it begins that was read to its end (functions aside): line and byte
    /// column, or zeros. CPython's search for misspelt keywords starts there.
    pub statement: (i32, i32),
    /// Raised by the tokenizer, which shows the line without its newline.
    pub in_token: bool,
}

/// Boxed, so that results of the many fallible steps stay small.
pub type Result<T> = std::result::Result<T, Box<Error>>;

impl Error {
    pub fn syntax(message: impl Into<String>, loc: Loc) -> Box<Error> {
        Box::new(Error {
            kind: ErrorKind::Syntax,
            message: message.into(),
            loc,
            byte_columns: false,
            after_parsing: false,
            statement: (0, 0),
            in_token: false,
        })
    }

    pub fn indentation(message: impl Into<String>, loc: Loc) -> Box<Error> {
        Box::new(Error {
            kind: ErrorKind::Indentation,
            message: message.into(),
            loc,
            byte_columns: false,
            after_parsing: false,
            statement: (0, 0),
            in_token: false,
        })
    }

    /// In CPython's words, which name its stack: the limit on depth is what eight megabytes are enough for there.
    pub fn recursion() -> Box<Error> {
        Error::nowhere(ErrorKind::Recursion, "Stack overflow (used 8156 kB) during compilation".into())
    }

    /// An error without a position.
    pub fn nowhere(kind: ErrorKind, message: String) -> Box<Error> {
        Box::new(Error {
            kind,
            message,
            loc: Loc::NONE,
            byte_columns: false,
            after_parsing: false,
            statement: (0, 0),
            in_token: false,
        })
    }

    /// Marks an error of a later step than parsing.
    pub fn after_parsing(mut self: Box<Error>) -> Box<Error> {
        self.byte_columns = true;
        self.after_parsing = true;
        self
    }

    /// Turns byte columns into character offsets and attaches the line.
    pub fn locate(self, source: &Source) -> SyntaxError {
        let text = source.line(self.loc.line);
        let end_text = source.line(self.loc.end_line);
        SyntaxError {
            kind: self.kind,
            message: self.message,
            lineno: self.loc.line.max(0),
            offset: if self.byte_columns { self.loc.col + 1 } else { char_offset(text, self.loc.col) },
            end_lineno: self.loc.end_line.max(0),
            end_offset: if self.byte_columns {
                self.loc.end_col + 1
            } else {
                char_offset(end_text, self.loc.end_col)
            },
            after_parsing: self.after_parsing,
            statement: self.statement,
            text: text.map(|line| match line.strip_suffix('\n').unwrap_or(line) {
                bare if self.in_token => bare.to_owned(),
                bare => format!("{bare}\n"),
            }),
        }
    }
}

/// The 1-based character offset of a byte column.
fn char_offset(line: Option<&str>, col: i32) -> i32 {
    if col < 0 {
        return col + 1;
    }
    let col = col as usize;
    match line {
        Some(line) if col <= line.len() => {
            line.as_bytes()[..col].iter().filter(|&&b| b & 0xC0 != 0x80).count() as i32 + 1
        }
        _ => col as i32 + 1,
    }
}
