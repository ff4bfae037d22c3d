//! CPython's words for things in messages.

use ruff_python_ast::Expr;

/// What CPython calls an expression that cannot be assigned to.
pub fn expr_name(expr: &Expr) -> &'static str {
    match expr {
        Expr::Attribute(_) => "attribute",
        Expr::Subscript(_) => "subscript",
        Expr::Starred(_) => "starred",
        Expr::Name(_) => "name",
        Expr::List(_) => "list",
        Expr::Tuple(_) => "tuple",
        Expr::Lambda(_) => "lambda",
        Expr::Call(_) => "function call",
        Expr::BoolOp(_) | Expr::BinOp(_) | Expr::UnaryOp(_) => "expression",
        Expr::Generator(_) => "generator expression",
        Expr::Yield(_) | Expr::YieldFrom(_) => "yield expression",
        Expr::Await(_) => "await expression",
        Expr::ListComp(_) => "list comprehension",
        Expr::SetComp(_) => "set comprehension",
        Expr::DictComp(_) => "dict comprehension",
        Expr::Dict(_) => "dict literal",
        Expr::Set(_) => "set display",
        Expr::FString(_) => "f-string expression",
        Expr::TString(_) => "t-string expression",
        Expr::NoneLiteral(_) => "None",
        Expr::BooleanLiteral(literal) => {
            if literal.value {
                "True"
            } else {
                "False"
            }
        }
        Expr::EllipsisLiteral(_) => "ellipsis",
        Expr::StringLiteral(_) | Expr::BytesLiteral(_) | Expr::NumberLiteral(_) => "literal",
        Expr::Compare(_) => "comparison",
        Expr::If(_) => "conditional expression",
        Expr::Named(_) => "named expression",
        Expr::Slice(_) => "slice",
        Expr::IpyEscapeCommand(_) => "expression",
    }
}

pub fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "False"
            | "None"
            | "True"
            | "and"
            | "as"
            | "assert"
            | "async"
            | "await"
            | "break"
            | "class"
            | "continue"
            | "def"
            | "del"
            | "elif"
            | "else"
            | "except"
            | "finally"
            | "for"
            | "from"
            | "global"
            | "if"
            | "import"
            | "in"
            | "is"
            | "lambda"
            | "nonlocal"
            | "not"
            | "or"
            | "pass"
            | "raise"
            | "return"
            | "try"
            | "while"
            | "with"
            | "yield"
    )
}

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

/// The message about the first escape that cannot be decoded.
pub fn bad_escape(body: &str, is_bytes: bool) -> Option<String> {
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
            let end = at + 1 + found;
            return Some(format!(
                "(unicode error) 'unicodeescape' codec can't decode bytes in position {start}-{end}: {what}"
            ));
        }
        if escape == b'U' && u32::from_str_radix(&body[at + 2..at + 10], 16).is_ok_and(|v| v > 0x10FFFF) {
            return Some(format!(
                "(unicode error) 'unicodeescape' codec can't decode bytes in position {start}-{}: illegal Unicode character",
                at + 9
            ));
        }
        at += 2 + digits;
    }
    None
}
