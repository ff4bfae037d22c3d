//! Number literals by CPython's rules, for the sake of the messages about wrong ones.

use super::{EOF, Lexer, Step, continues_name};

impl Lexer<'_> {
    /// Reads a number whose first character was read; the position is then after it.
    pub(super) fn number(&mut self, first: u8) -> Step<()> {
        let c = match first {
            b'0' => {
                let c = self.next_char();
                match c.to_ascii_lowercase() {
                    b'x' => return self.digits("hexadecimal", |c| c.is_ascii_hexdigit()),
                    b'o' => return self.digits("octal", |c| matches!(c, b'0'..=b'7')),
                    b'b' => return self.digits("binary", |c| matches!(c, b'0' | b'1')),
                    _ => match self.after_zeros(c)? {
                        Some(c) => c,
                        None => return Ok(()),
                    },
                }
            }
            b'.' => return self.fraction(),
            _ => self.decimal_tail()?,
        };
        match c {
            b'.' => self.fraction(),
            b'e' | b'E' => self.exponent(c),
            b'j' | b'J' => self.imaginary(),
            _ => self.end_of_number(c, "decimal"),
        }
    }

    /// Zeros and what follows; gives the character after the digits.
    fn after_zeros(&mut self, mut c: u8) -> Step<Option<u8>> {
        loop {
            if c == b'_' {
                c = self.next_char();
                if !c.is_ascii_digit() {
                    self.back_up(c);
                    return self.error("invalid decimal literal");
                }
            }
            if c != b'0' {
                break;
            }
            c = self.next_char();
        }
        let zeros_end = self.pos;
        if c.is_ascii_digit() {
            c = self.decimal_tail()?;
            if !matches!(c, b'.' | b'e' | b'E' | b'j' | b'J') {
                self.back_up(c);
                let start = self.start.unwrap_or(self.line_start);
                return self.error_range(
                    "leading zeros in decimal integer literals are not permitted; \
                     use an 0o prefix for octal integers",
                    start + 1 - self.line_start,
                    zeros_end - self.line_start,
                );
            }
        }
        Ok(Some(c))
    }

    /// Digits and single underscores; gives the character after them.
    fn decimal_tail(&mut self) -> Step<u8> {
        loop {
            let mut c = self.next_char();
            while c.is_ascii_digit() {
                c = self.next_char();
            }
            if c != b'_' {
                return Ok(c);
            }
            c = self.next_char();
            if !c.is_ascii_digit() {
                self.back_up(c);
                return self.error("invalid decimal literal");
            }
        }
    }

    fn fraction(&mut self) -> Step<()> {
        let mut c = self.next_char();
        if c.is_ascii_digit() {
            c = self.decimal_tail()?;
        }
        match c {
            b'e' | b'E' => self.exponent(c),
            b'j' | b'J' => self.imaginary(),
            _ => self.end_of_number(c, "decimal"),
        }
    }

    fn exponent(&mut self, e: u8) -> Step<()> {
        let mut c = self.next_char();
        if matches!(c, b'+' | b'-') {
            c = self.next_char();
            if !c.is_ascii_digit() {
                self.back_up(c);
                return self.error("invalid decimal literal");
            }
        } else if !c.is_ascii_digit() {
            self.back_up(c);
            return self.end_of_number(e, "decimal");
        }
        match self.decimal_tail()? {
            b'j' | b'J' => self.imaginary(),
            c => self.end_of_number(c, "decimal"),
        }
    }

    fn imaginary(&mut self) -> Step<()> {
        let c = self.next_char();
        self.end_of_number(c, "imaginary")
    }

    fn digits(&mut self, name: &str, valid: fn(u8) -> bool) -> Step<()> {
        let mut c = self.next_char();
        loop {
            if c == b'_' {
                c = self.next_char();
            }
            if !valid(c) {
                if c.is_ascii_digit() {
                    return self.error(format!("invalid digit '{}' in {name} literal", c as char));
                }
                self.back_up(c);
                return self.error(format!("invalid {name} literal"));
            }
            while valid(c) {
                c = self.next_char();
            }
            if c != b'_' {
                break;
            }
        }
        if c.is_ascii_digit() {
            return self.error(format!("invalid digit '{}' in {name} literal", c as char));
        }
        self.end_of_number(c, name)
    }

    /// Only some keywords may follow a number at once. `c` was read and is given back.
    fn end_of_number(&mut self, c: u8, name: &str) -> Step<()> {
        self.back_up(c);
        if c == EOF || keyword_follows(&self.src[self.pos.min(self.src.len())..]) {
            return Ok(());
        }
        if c < 0x80 && continues_name(c) {
            return self.error(format!("invalid {name} literal"));
        }
        Ok(())
    }
}

/// Whether a number may stand at once before this text, though with a warning.
pub fn keyword_follows(text: &[u8]) -> bool {
    let whole_words = [&b"and"[..], b"else", b"for", b"or", b"not"];
    matches!(text, [b'i', b'f' | b'n' | b's', ..])
        || whole_words
            .iter()
            .any(|word| text.starts_with(word) && !text.get(word.len()).is_some_and(|&c| continues_name(c)))
}
