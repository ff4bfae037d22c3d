//! Errors inside of literals, which CPython finds as it makes their values.

use super::{Parser, Value, report::Point};
use crate::{
    error::ErrorKind,
    syntax::{lexer::Kind, words},
};

pub(super) fn is_bytes(literal: &str) -> bool {
    literal.bytes().take_while(|b| b.is_ascii_alphabetic()).any(|b| matches!(b, b'b' | b'B'))
}

impl Parser<'_> {
    pub(super) fn check_number(&mut self, value: Value) -> bool {
        let Some(token) = value.as_token() else { return true };
        let max_digits = self.source.max_digits;
        let text = self.text(token);
        let is_decimal = text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if !is_decimal || max_digits == 0 || digits <= max_digits {
            return true;
        }
        let message = format!(
            "Exceeds the limit ({max_digits} digits) for integer string conversion: value has {digits} digits; \
             use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge \
             integer literals to avoid decimal conversion limits."
        );
        let (start, end) = (self.start_of(value), self.end_of(value));
        let nowhere = |line| Point { line, col: -1 };
        self.raise_at(ErrorKind::Syntax, nowhere(start.line), nowhere(end.line), message);
        false
    }

    pub(super) fn check_string(&mut self, value: Value) -> bool {
        let Some(token) = value.as_token() else { return true };
        let text = self.text(token);
        let (body, is_bytes) = words::string_body(text);
        if is_bytes && !text.is_ascii() {
            let message = "bytes can only contain ASCII literal characters";
            self.raise_range(value, value, message.into());
            return false;
        }
        let prefix = text.bytes().take_while(|b| b.is_ascii_alphabetic());
        if prefix.into_iter().any(|b| matches!(b, b'r' | b'R')) || !body.contains('\\') {
            return true;
        }
        match words::bad_escape(body, is_bytes) {
            Some(message) => {
                self.raise_last(ErrorKind::Syntax, message);
                false
            }
            None => true,
        }
    }

    /// The text of an f-string, or of a format in it.
    pub(super) fn check_text(&mut self, value: Value, in_format: bool) -> bool {
        let Some(token) = value.as_token() else { return true };
        if !matches!(self.tokens[token].kind, Kind::FMiddle | Kind::TMiddle) || self.is_raw(token) {
            return true;
        }
        let Some(message) = words::bad_escape(self.text(token), false) else { return true };
        if in_format {
            // CPython forgets to make this a syntax error.
            let message = message.trim_start_matches("(unicode error) ").to_owned();
            let nowhere = Point { line: 0, col: -1 };
            self.raise_at(ErrorKind::UnicodeDecode, nowhere, nowhere, message);
        } else {
            self.raise_range(value, value, message);
        }
        false
    }

    /// Whether the f-string that a token of text belongs to is raw.
    fn is_raw(&self, token: usize) -> bool {
        let mut depth = 0;
        for index in (0..token).rev() {
            match self.tokens[index].kind {
                Kind::FEnd | Kind::TEnd => depth += 1,
                Kind::FStart | Kind::TStart if depth == 0 => {
                    let start = self.text(index);
                    return start.contains(['r', 'R']);
                }
                Kind::FStart | Kind::TStart => depth -= 1,
                _ => {}
            }
        }
        false
    }
}
