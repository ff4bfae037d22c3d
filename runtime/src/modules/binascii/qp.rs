//! Quoted-printable text (RFC 1521): `=` and two hexadecimal digits for what is not printable, `=` at the end of a line that
//! goes on. In headers (RFC 1522) an underscore stands for a blank.

/// Characters of a line, a soft break's `=` included.
const LINE: usize = 76;

#[derive(Clone, Copy)]
pub struct Style {
    /// Quote blanks and tabs everywhere, not only at the end of lines.
    pub quote_tabs: bool,
    /// Keep line ends instead of quoting them.
    pub is_text: bool,
    pub header: bool,
}

pub fn decode(text: &[u8], header: bool, out: &mut Vec<u8>) {
    let digit = |i: usize| text.get(i).and_then(|b| char::from(*b).to_digit(16));
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += 1;
        match *byte {
            b'=' => match text.get(at) {
                None => break,
                Some(b'\n') => at += 1,
                // Everything up to the end of the line belongs to the soft break.
                Some(b'\r') => {
                    let rest = &text[at..];
                    at += rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |i| i + 1);
                }
                // Python once wrote this for an equals sign.
                Some(b'=') => {
                    out.push(b'=');
                    at += 1;
                }
                Some(_) => match (digit(at), digit(at + 1)) {
                    (Some(high), Some(low)) => {
                        out.push((high << 4 | low) as u8);
                        at += 2;
                    }
                    _ => out.push(b'='),
                },
            },
            b'_' if header => out.push(b' '),
            byte => out.push(byte),
        }
    }
}

pub fn encode(data: &[u8], style: Style) -> Vec<u8> {
    // The first line end says which kind the text has.
    let crlf = data.iter().position(|b| *b == b'\n').is_some_and(|i| i > 0 && data[i - 1] == b'\r');
    let mut writer = Writer { out: Vec::new(), column: 0, end: if crlf { b"\r\n" } else { b"\n" } };
    let mut at = 0;
    while let Some(&byte) = data.get(at) {
        let next = data.get(at + 1).copied();
        at += 1;
        if must_quote(byte, next, writer.column, style) {
            if writer.column + 3 >= LINE {
                writer.break_softly();
            }
            writer.quote(byte);
            writer.column += 3;
        } else if style.is_text && (byte == b'\n' || byte == b'\r' && next == Some(b'\n')) {
            writer.end_line();
            at += usize::from(byte == b'\r');
        } else {
            if next.is_some_and(|b| b != b'\n') && writer.column + 1 >= LINE {
                writer.break_softly();
            }
            writer.column += 1;
            writer.out.push(if style.header && byte == b' ' { b'_' } else { byte });
        }
    }
    writer.out
}

fn must_quote(byte: u8, next: Option<u8>, column: usize, style: Style) -> bool {
    match byte {
        b'=' | 127.. => true,
        b'_' => style.header,
        // A lone dot ends a message in SMTP.
        b'.' => column == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)),
        b'\r' | b'\n' => !style.is_text,
        b'\t' | b' ' => style.quote_tabs || next.is_none(),
        0..32 => true,
        _ => false,
    }
}

struct Writer {
    out: Vec<u8>,
    column: usize,
    end: &'static [u8],
}

impl Writer {
    fn quote(&mut self, byte: u8) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        self.out.extend([b'=', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }

    /// Ends the line where the text does not.
    fn break_softly(&mut self) {
        self.out.push(b'=');
        self.out.extend_from_slice(self.end);
        self.column = 0;
    }

    /// Ends the line; a blank before it is quoted, or it would get lost on the way.
    fn end_line(&mut self) {
        if let Some(blank @ (b' ' | b'\t')) = self.out.last().copied() {
            self.out.pop();
            self.quote(blank);
        }
        self.out.extend_from_slice(self.end);
        self.column = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::{Style, decode, encode};

    #[test]
    fn round_trips() {
        let data: Vec<u8> = (0..=255).chain(*b" \n. \t\n.\nabc=_ ").collect();
        for bits in 0..8 {
            let style = Style { quote_tabs: bits & 1 != 0, is_text: bits & 2 != 0, header: bits & 4 != 0 };
            let text = encode(&data, style);
            assert!(text.split(|b| *b == b'\n').all(|line| line.len() <= 77));
            let mut back = Vec::new();
            decode(&text, style.header, &mut back);
            // A lone carriage return before a newline becomes part of the line end.
            assert_eq!(back, data, "{bits}");
        }
    }
}
