//! The one error type of this crate: which Python exception to raise, and with what message.

use std::borrow::Cow;
use std::fmt;

/// The class of the exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    ValueError,
    TypeError,
    OverflowError,
    /// `OverflowError(34, 'Numerical result out of range')`: two arguments, the first is `ERANGE`.
    OverflowErrorRange,
    ZeroDivisionError,
    KeyError,
    IndexError,
    /// The result does not fit into memory, or is larger than we are willing to try.
    MemoryError,
    UnicodeDecodeError,
}

/// A failed operation. `Display` is the message of the exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub kind: ErrorKind,
    pub message: Cow<'static, str>,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Error {
        Error { kind, message: message.into() }
    }

    pub fn value(message: impl Into<Cow<'static, str>>) -> Error {
        Error::new(ErrorKind::ValueError, message)
    }

    pub const fn fixed(kind: ErrorKind, message: &'static str) -> Error {
        Error { kind, message: Cow::Borrowed(message) }
    }

    pub const MEMORY: Error = Error::fixed(ErrorKind::MemoryError, "");
    pub const DIVISION_BY_ZERO: Error = Error::fixed(ErrorKind::ZeroDivisionError, "division by zero");
    pub const RANGE: Error = Error::fixed(ErrorKind::OverflowErrorRange, "Numerical result out of range");
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
