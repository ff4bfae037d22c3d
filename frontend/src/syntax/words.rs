//! What is wrong inside of string literals.

/// A string literal's contents, and whether it is bytes.
pub fn string_body(literal: &str) -> (&str, bool) {
    let prefix = literal.bytes().take_while(|b| b.is_ascii_alphabetic()).count();
    let is_bytes = literal[..prefix].contains(['b', 'B']);
    let body = &literal[prefix..];
    let quotes = if body.starts_with("\"\"\"") || body.starts_with("'''") { 3 } else { 1 };
    if body.len() < quotes * 2 {
        return (literal, is_bytes);
    }
    (&body[quotes..body.len() - quotes], is_bytes)
}

/// CPython decodes escapes after it has escaped all longer characters: the place of a byte in that text.
fn expanded_place(body: &str, at: usize) -> usize {
    const ESCAPED: usize = "\\U0001F600".len();
    const BACKSLASH: usize = "u005c".len();
    let mut place = 0;
    let mut after_backslash = false;
    for c in body[..at].chars() {
        place += match c.is_ascii() {
            true => 1,
            false if after_backslash => BACKSLASH + ESCAPED,
            false => ESCAPED,
        };
        after_backslash = c == '\\' && !after_backslash;
    }
    place
}

/// The message about the first escape that cannot be decoded.
pub fn bad_escape(body: &str, is_bytes: bool) -> Option<String> {
    let place = |at: usize| if is_bytes { at } else { expanded_place(body, at) };
    let bytes = body.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let start = at;
        let escape = *bytes.get(at + 1)?;
        let digits = match escape {
            b'x' => 2,
            b'u' if !is_bytes => 4,
            b'U' if !is_bytes => 8,
            b'N' if !is_bytes => {
                let unicode_error = |end: usize, what: &str| {
                    let (start, end) = (place(start), place(end));
                    Some(format!(
                        "(unicode error) 'unicodeescape' codec can't decode bytes in position {start}-{end}: {what}"
                    ))
                };
                if bytes.get(at + 2) != Some(&b'{') {
                    return unicode_error(at + 1, "malformed \\N character escape");
                }
                let Some(close) = body[at..].find('}') else {
                    return unicode_error(bytes.len() - 1, "malformed \\N character escape");
                };
                let name = &body[at + 3..at + close];
                if name.is_empty() {
                    return unicode_error(at + 2, "malformed \\N character escape");
                }
                if unicode_names2::character(name).is_none() {
                    return unicode_error(at + close, "unknown Unicode character name");
                }
                at += close + 1;
                continue;
            }
            _ => {
                at += 2;
                continue;
            }
        };
        let found = bytes[at + 2..].iter().take(digits).take_while(|b| b.is_ascii_hexdigit()).count();
        if found < digits {
            if is_bytes {
                return Some(format!("(value error) invalid \\x escape at position {start}"));
            }
            let what = match escape {
                b'x' => "truncated \\xXX escape",
                b'u' => "truncated \\uXXXX escape",
                _ => "truncated \\UXXXXXXXX escape",
            };
            let start = place(start);
            let end = start + 1 + found;
            return Some(format!(
                "(unicode error) 'unicodeescape' codec can't decode bytes in position {start}-{end}: {what}"
            ));
        }
        if escape == b'U' && u32::from_str_radix(&body[at + 2..at + 10], 16).is_ok_and(|v| v > 0x10FFFF) {
            return Some(format!(
                "(unicode error) 'unicodeescape' codec can't decode bytes in position {}-{}: illegal Unicode character",
                place(start),
                place(start) + 9
            ));
        }
        at += 2 + digits;
    }
    None
}
