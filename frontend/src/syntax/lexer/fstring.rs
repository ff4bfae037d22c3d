//! The text of f-strings and t-strings between their replacement fields.

use super::{EOF, Kind, Lexer, Mode, Step, Token};

const MAX_MODES: usize = 150;
const MAX_FIELD_DEPTH: i32 = 3;

impl Lexer<'_> {
    pub(super) fn fstring_start(&mut self, start: usize, quote: u8, prefix: char, raw: bool) -> Step<Token> {
        self.first_line = self.line;
        self.multi_line_start = self.line_start;
        let mut quotes = 1;
        let second = self.next_char();
        if second == quote {
            let third = self.next_char();
            if third == quote {
                quotes = 3;
            } else {
                self.back_up(third);
                self.back_up(second);
            }
        } else {
            self.back_up(second);
        }
        if self.modes.len() + 2 > MAX_MODES {
            return self.error("too many nested f-strings or t-strings");
        }
        self.modes.push(Mode {
            prefix,
            quote,
            quotes,
            raw,
            start,
            line_start: self.line_start,
            line: self.line,
            in_text: true,
            in_format: false,
            brackets: 0,
            field: -1,
        });
        Ok(self.token(if prefix == 'f' { Kind::FStart } else { Kind::TStart }, start))
    }

    /// Begins an expression; what follows are ordinary tokens.
    fn open_field(&mut self) -> Step<()> {
        let Some(mode) = self.modes.last_mut() else { return Ok(()) };
        mode.field += 1;
        if mode.field >= MAX_FIELD_DEPTH {
            let prefix = mode.prefix;
            return self.error(format!("{prefix}-string: expressions nested too deeply"));
        }
        mode.in_text = false;
        Ok(())
    }

    pub(super) fn fstring_text(&mut self) -> Step<Token> {
        let Some(mode) = self.modes.last() else { return self.normal() };
        let (quote, quotes, raw, prefix) = (mode.quote, mode.quotes, mode.raw, mode.prefix);
        let (middle, end) =
            if prefix == 'f' { (Kind::FMiddle, Kind::FEnd) } else { (Kind::TMiddle, Kind::TEnd) };
        let start = self.pos;
        self.start = Some(start);
        self.first_line = self.line;
        let c = self.next_char();
        self.back_up(c);
        if self.byte(self.pos) == b'{' && self.byte(self.pos + 1) != b'{' {
            self.open_field()?;
            return self.normal();
        }
        if (0..quotes).all(|n| self.byte(self.pos + n) == quote) {
            for _ in 0..quotes {
                self.next_char();
            }
            let token = self.token(end, start);
            self.modes.pop();
            return Ok(token);
        }
        self.multi_line_start = self.line_start;
        let mut closing = 0;
        let mut named_escape = false;
        while closing != quotes {
            let c = self.next_char();
            let in_format = self.modes.last().is_some_and(|m| m.in_format && m.field >= 0);
            if c == EOF || quotes == 1 && c == b'\n' {
                if in_format && c == b'\n' {
                    return self.error(format!(
                        "{prefix}-string: newlines are not allowed in format specifiers for single quoted {prefix}-strings"
                    ));
                }
                return self.unterminated_fstring();
            }
            if c == quote {
                closing += 1;
                continue;
            }
            closing = 0;
            match c {
                b'{' => {
                    let next = self.next_char();
                    if next != b'{' || in_format {
                        self.back_up(next);
                        self.back_up(c);
                        self.open_field()?;
                        if let Some(mode) = self.modes.last_mut() {
                            mode.in_format = false;
                        }
                        return Ok(self.token(middle, start));
                    }
                    return Ok(self.without_last(middle, start));
                }
                b'}' => {
                    if named_escape {
                        return Ok(self.token(middle, start));
                    }
                    let next = self.next_char();
                    let depth = self.modes.last().map_or(0, |m| m.brackets);
                    if next == b'}' && !in_format && depth == 0 {
                        return Ok(self.without_last(middle, start));
                    }
                    self.back_up(next);
                    self.back_up(c);
                    if let Some(mode) = self.modes.last_mut() {
                        mode.in_text = false;
                        mode.in_format = false;
                    }
                    return Ok(self.token(middle, start));
                }
                b'\\' => {
                    let mut next = self.next_char();
                    if matches!(next, b'{' | b'}') {
                        self.back_up(next);
                        continue;
                    }
                    if !raw && next == b'N' {
                        next = self.next_char();
                        if next == b'{' {
                            named_escape = true;
                        } else {
                            self.back_up(next);
                        }
                    }
                }
                _ => {}
            }
        }
        self.pos -= quotes;
        Ok(self.token(middle, start))
    }

    /// A token that leaves out the second of two braces.
    fn without_last(&self, kind: Kind, start: usize) -> Token {
        let mut token = self.token(kind, start);
        token.end -= 1;
        token.end_col -= 1;
        token
    }

    fn unterminated_fstring(&mut self) -> Step<Token> {
        let detected = self.line;
        let Some(mode) = self.modes.last() else { return self.error("invalid syntax") };
        let (prefix, quotes) = (mode.prefix, mode.quotes);
        self.pos = mode.start + 1;
        self.line_start = mode.line_start;
        self.line = mode.line;
        self.ends_in_string = quotes == 3;
        let what = if quotes == 3 { "triple-quoted " } else { "" };
        self.error(format!("unterminated {what}{prefix}-string literal (detected at line {detected})"))
    }
}
