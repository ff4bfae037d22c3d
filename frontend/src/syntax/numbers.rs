//! Number literals by CPython's rules, for the sake of the messages about wrong ones.

use super::{
    tokenizer::{Kind, Step, Tokenizer},
    unicode_properties::is_identifier_char,
};

impl Tokenizer<'_> {
    pub fn number(&mut self) -> Step {
        let start = self.pos;
        if self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X' | b'o' | b'O' | b'b' | b'B') {
            let radix = self.peek(1).to_ascii_lowercase();
            self.pos += 2;
            self.radix_digits(radix)?;
            self.push(Kind::Number, start);
            return Ok(());
        }
        if self.peek(0) == b'0' {
            let mut nonzero = false;
            while self.peek(0) == b'0' || self.peek(0) == b'_' {
                if self.peek(0) == b'_' && !self.peek(1).is_ascii_digit() {
                    self.pos += 1;
                    return self.invalid_number("decimal");
                }
                self.pos += 1;
            }
            let zeros = self.pos;
            if self.peek(0).is_ascii_digit() {
                nonzero = true;
                self.decimal_digits()?;
            }
            if nonzero && !matches!(self.peek(0), b'.' | b'e' | b'E' | b'j' | b'J') {
                let message = "leading zeros in decimal integer literals are not permitted; \
                               use an 0o prefix for octal integers";
                return self.error_range(message, start, zeros);
            }
        } else if self.peek(0) != b'.' {
            self.decimal_digits()?;
        }
        if self.peek(0) == b'.' {
            self.pos += 1;
            if self.peek(0).is_ascii_digit() {
                self.decimal_digits()?;
            }
        }
        if matches!(self.peek(0), b'e' | b'E') {
            let mut ahead = 1;
            if matches!(self.peek(1), b'+' | b'-') {
                ahead = 2;
                if !self.peek(2).is_ascii_digit() {
                    self.pos += 2;
                    return self.invalid_number("decimal");
                }
            }
            if self.peek(ahead).is_ascii_digit() {
                self.pos += ahead;
                self.decimal_digits()?;
            }
        }
        let mut kind = "decimal";
        if matches!(self.peek(0), b'j' | b'J') {
            kind = "imaginary";
            self.pos += 1;
        }
        self.end_of_number(kind)?;
        self.push(Kind::Number, start);
        Ok(())
    }

    pub fn decimal_digits(&mut self) -> Step {
        loop {
            while self.peek(0).is_ascii_digit() {
                self.pos += 1;
            }
            if self.peek(0) != b'_' {
                return Ok(());
            }
            self.pos += 1;
            if !self.peek(0).is_ascii_digit() {
                return self.invalid_number("decimal");
            }
        }
    }

    pub fn radix_digits(&mut self, radix: u8) -> Step {
        let (name, valid): (_, fn(u8) -> bool) = match radix {
            b'x' => ("hexadecimal", |c| c.is_ascii_hexdigit()),
            b'o' => ("octal", |c| matches!(c, b'0'..=b'7')),
            _ => ("binary", |c| matches!(c, b'0' | b'1')),
        };
        loop {
            if self.peek(0) == b'_' {
                self.pos += 1;
            }
            if !valid(self.peek(0)) {
                if self.peek(0).is_ascii_digit() {
                    let digit = self.peek(0) as char;
                    self.pos += 1;
                    return self.error(format!("invalid digit '{digit}' in {name} literal"));
                }
                return self.invalid_number(name);
            }
            while valid(self.peek(0)) {
                self.pos += 1;
            }
            if self.peek(0) != b'_' {
                break;
            }
        }
        if self.peek(0).is_ascii_digit() {
            let digit = self.peek(0) as char;
            self.pos += 1;
            return self.error(format!("invalid digit '{digit}' in {name} literal"));
        }
        self.end_of_number(name)
    }

    /// The error is at the last character that belongs to the number.
    pub fn invalid_number(&self, name: &str) -> Step {
        self.error(format!("invalid {name} literal"))
    }

    /// Only some keywords may follow a number at once.
    pub fn end_of_number(&mut self, name: &str) -> Step {
        let rest = &self.src[self.pos..];
        let keyword = [&b"and"[..], b"else", b"for", b"if", b"in", b"is", b"not", b"or"];
        if keyword.iter().any(|k| rest.starts_with(k)) {
            return Ok(());
        }
        let c = self.peek(0);
        if c == b'_' || c.is_ascii_alphanumeric() || c >= 0x80 {
            if c >= 0x80 {
                let next = self.text[self.pos..].chars().next().unwrap_or(' ');
                if !is_identifier_char(next, true) {
                    return Ok(());
                }
            }
            return self.invalid_number(name);
        }
        Ok(())
    }
}
