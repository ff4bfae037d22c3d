//! What an expression is on the outside: a binary operation, a call, a subscript, or something else.
//!
//! Tracebacks want to know that of what an instruction covers, and executables without the compiler print tracebacks, too.
//! The source compiled once, so it need not be checked: names, literals and brackets with what is in them are taken as
//! they come, and the operator that binds least is the outermost. Positions are indices of characters.

/// The outermost operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// Where the operator is, and where the right operand begins (within its parentheses).
    Binary {
        operator: usize,
        right: usize,
    },
    /// Where the arguments begin and end; `by_name`: what is called is a plain name.
    Call {
        bracket: usize,
        end: usize,
        by_name: bool,
    },
    Subscript {
        bracket: usize,
        end: usize,
    },
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Name,
    Keyword,
    Await,
    Number,
    Text,
    /// Brackets and everything in them.
    Group(char),
    Dot,
    Operator,
}

/// A name, a literal, an operator or brackets with their contents.
#[derive(Clone, Copy, Debug)]
struct Item {
    kind: Kind,
    start: usize,
    end: usize,
}

/// Looks at an expression; what is none is [`Shape::Other`].
pub(super) fn of(text: &[char]) -> Shape {
    within(text, 0, text.len()).unwrap_or(Shape::Other)
}

/// Whether text is a name that can be assigned to.
pub(super) fn is_name(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    matches!(items(&chars, 0, chars.len()).as_deref(), Some([Item { kind: Kind::Name, end, .. }]) if *end == chars.len())
}

fn within(text: &[char], start: usize, end: usize) -> Option<Shape> {
    let items = items(text, start, end)?;
    if let [group] = items.as_slice()
        && let Some((start, end)) = parenthesised(text, group)
    {
        return within(text, start, end);
    }
    let mut before_operand = true;
    let mut lowest: Option<(u8, usize)> = None;
    for (index, item) in items.iter().enumerate() {
        let sign = &text[item.start..item.end];
        before_operand = match (item.kind, before_operand) {
            (Kind::Name | Kind::Number | Kind::Text | Kind::Group(_), true) => false,
            (Kind::Await, true) => true,
            (Kind::Operator, true) if matches!(sign, ['+' | '-' | '~']) => true,
            // Of neighbours that bind alike the last one is outside, but of powers the first.
            (Kind::Operator, false) => {
                let binds = precedence(sign)?;
                if lowest.is_none_or(|(known, _)| binds < known || binds == known && binds != POWER) {
                    lowest = Some((binds, index));
                }
                true
            }
            (Kind::Dot, false) if items.get(index + 1)?.kind == Kind::Name => true,
            (Kind::Group('(' | '['), false) => false,
            // Literals side by side are one.
            (Kind::Text, false) if items[index - 1].kind == Kind::Text => false,
            _ => return None,
        };
    }
    if before_operand {
        return None;
    }
    let (first, last) = (items.first()?, items.last()?);
    let is_prefixed = first.kind == Kind::Operator;
    if let Some((binds, index)) = lowest {
        // A sign in front binds less than a power, and more than anything else.
        let right = right_operand(text, &items[index + 1..])?;
        let shape = Shape::Binary { operator: items[index].start, right };
        return Some(if is_prefixed && binds == POWER { Shape::Other } else { shape });
    }
    if is_prefixed || first.kind == Kind::Await || items.len() == 1 {
        return None;
    }
    Some(match last.kind {
        Kind::Group('(') => {
            let by_name = items.len() == 2 && first.kind == Kind::Name;
            Shape::Call { bracket: last.start, end: last.end, by_name }
        }
        Kind::Group('[') => Shape::Subscript { bracket: last.start, end: last.end },
        _ => Shape::Other,
    })
}

/// How strongly a binary operator binds.
fn precedence(sign: &[char]) -> Option<u8> {
    Some(match sign {
        ['|'] => 0,
        ['^'] => 1,
        ['&'] => 2,
        ['<', '<'] | ['>', '>'] => 3,
        ['+' | '-'] => 4,
        ['*' | '/' | '%' | '@'] | ['/', '/'] => 5,
        ['*', '*'] => POWER,
        _ => return None,
    })
}

const POWER: u8 = 6;

/// Where an operand begins: parentheses around all of it do not count.
fn right_operand(text: &[char], operand: &[Item]) -> Option<usize> {
    let first = operand.first()?;
    if operand.len() == 1
        && let Some((start, end)) = parenthesised(text, first)
    {
        return right_operand(text, &items(text, start, end)?);
    }
    Some(first.start)
}

/// What is between parentheses that only group: those of tuples and of generators belong to them.
fn parenthesised(text: &[char], group: &Item) -> Option<(usize, usize)> {
    if group.kind != Kind::Group('(') {
        return None;
    }
    let (start, end) = (group.start + 1, group.end - 1);
    let inner = items(text, start, end)?;
    let is_comma = |i: &Item| i.kind == Kind::Operator && text[i.start] == ',';
    let is_for = |i: &Item| i.kind == Kind::Keyword && text[i.start..i.end] == ['f', 'o', 'r'];
    (!inner.is_empty() && !inner.iter().any(|i| is_comma(i) || is_for(i))).then_some((start, end))
}

/// Takes text apart; `None` when brackets or quotes do not match.
fn items(text: &[char], start: usize, end: usize) -> Option<Vec<Item>> {
    let text = &text[..end];
    let mut found = Vec::new();
    let mut at = start;
    while let Some(&c) = text.get(at) {
        let (kind, next) = match c {
            '#' => {
                at = line_end(text, at);
                continue;
            }
            '\\' => {
                at += 1;
                continue;
            }
            c if c.is_whitespace() => {
                at += 1;
                continue;
            }
            '(' | '[' | '{' => (Kind::Group(c), group_end(text, at)?),
            '\'' | '"' => (Kind::Text, literal_end(text, at, false)?),
            c if c.is_ascii_digit() || c == '.' && text.get(at + 1).is_some_and(char::is_ascii_digit) => {
                (Kind::Number, number_end(text, at))
            }
            '.' if text[at..].starts_with(&['.'; 3]) => (Kind::Number, at + 3),
            '.' => (Kind::Dot, at + 1),
            c if is_word(c) => word(text, at)?,
            c => {
                let next = text.get(at + 1).copied().unwrap_or(' ');
                let two = next == c && matches!(c, '*' | '/' | '<' | '>' | '=')
                    || next == '=' && matches!(c, '<' | '>' | '!' | ':' | '=');
                (Kind::Operator, at + 1 + usize::from(two))
            }
        };
        found.push(Item { kind, start: at, end: next });
        at = next;
    }
    Some(found)
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric() || !c.is_ascii() && !c.is_whitespace()
}

fn line_end(text: &[char], at: usize) -> usize {
    text[at..].iter().position(|c| *c == '\n').map_or(text.len(), |n| at + n)
}

/// A name, a keyword, or a literal with a prefix.
fn word(text: &[char], at: usize) -> Option<(Kind, usize)> {
    let end = text[at..].iter().position(|c| !is_word(*c)).map_or(text.len(), |n| at + n);
    let name: String = text[at..end].iter().collect();
    if matches!(text.get(end), Some('\'' | '"')) {
        let prefix = name.to_ascii_lowercase();
        if prefix.len() <= 2 && prefix.chars().all(|c| "rubft".contains(c)) {
            return Some((Kind::Text, literal_end(text, end, prefix.contains(['f', 't']))?));
        }
    }
    const KEYWORDS: [&str; 32] = [
        "and", "as", "assert", "async", "break", "class", "continue", "def", "del", "elif", "else", "except",
        "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or",
        "pass", "raise", "return", "try", "while", "with", "yield", "await",
    ];
    let kind = match name.as_str() {
        "await" => Kind::Await,
        "None" | "True" | "False" => Kind::Number,
        name if KEYWORDS.contains(&name) => Kind::Keyword,
        _ => Kind::Name,
    };
    Some((kind, end))
}

fn number_end(text: &[char], start: usize) -> usize {
    let digits = |mut at: usize| {
        while text.get(at).is_some_and(|c| c.is_ascii_digit() || *c == '_') {
            at += 1;
        }
        at
    };
    if text[start] == '0' && matches!(text.get(start + 1), Some('x' | 'X' | 'o' | 'O' | 'b' | 'B')) {
        let rest = &text[start + 2..];
        let length = rest.iter().position(|c| !c.is_ascii_hexdigit() && *c != '_').unwrap_or(rest.len());
        return start + 2 + length;
    }
    let mut at = digits(start);
    if text.get(at) == Some(&'.') {
        at = digits(at + 1);
    }
    if matches!(text.get(at), Some('e' | 'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some('+' | '-')));
        if text.get(at + 1 + sign).is_some_and(char::is_ascii_digit) {
            at = digits(at + 1 + sign);
        }
    }
    at + usize::from(matches!(text.get(at), Some('j' | 'J')))
}

/// Behind the bracket that closes the one at `at`.
fn group_end(text: &[char], at: usize) -> Option<usize> {
    let close = match text[at] {
        '(' => ')',
        '[' => ']',
        _ => '}',
    };
    let mut at = at + 1;
    loop {
        match *text.get(at)? {
            c if c == close => return Some(at + 1),
            ')' | ']' | '}' => return None,
            '(' | '[' | '{' => at = group_end(text, at)?,
            '\'' | '"' => at = literal_end(text, at, false)?,
            '#' => at = line_end(text, at),
            c if is_word(c) => at = word(text, at)?.1,
            _ => at += 1,
        }
    }
}

/// Behind the literal whose quote is at `at`; `formatted`: with expressions in braces.
fn literal_end(text: &[char], at: usize, formatted: bool) -> Option<usize> {
    let quote = text[at];
    let is_triple = text[at..].starts_with(&[quote; 3]);
    let length = if is_triple { 3 } else { 1 };
    let closes = |at: usize| text[at..].starts_with(&[quote; 3][..length]);
    let mut at = at + length;
    loop {
        match *text.get(at)? {
            _ if closes(at) => return Some(at + length),
            '{' if formatted && text.get(at + 1) == Some(&'{') => at += 2,
            '{' if formatted => at = replacement_end(text, at)?,
            '\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Behind the replacement field whose brace is at `at`.
fn replacement_end(text: &[char], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match *text.get(at)? {
            '}' => return Some(at + 1),
            ')' | ']' => return None,
            '(' | '[' | '{' => at = group_end(text, at)?,
            '\'' | '"' => at = literal_end(text, at, false)?,
            '#' => at = line_end(text, at),
            // The format is text again, up to the end of the field.
            ':' => loop {
                at += 1;
                match *text.get(at)? {
                    '}' => return Some(at + 1),
                    '{' => at = replacement_end(text, at)? - 1,
                    _ => {}
                }
            },
            c if is_word(c) => at = word(text, at)?.1,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        of(&text.chars().collect::<Vec<_>>())
    }

    /// The operator of a binary operation with its index.
    fn operator(text: &str) -> Option<usize> {
        match shape(text) {
            Shape::Binary { operator, .. } => Some(operator),
            _ => None,
        }
    }

    #[test]
    fn the_operator_that_binds_least_is_outside() {
        assert_eq!(operator("a + b * c"), Some(2));
        assert_eq!(operator("a - b - c"), Some(6));
        assert_eq!(operator("a ** b ** c"), Some(2));
        assert_eq!(operator("-a * -b"), Some(3));
        assert_eq!(operator("-a ** b"), None);
        assert_eq!(operator("a << 1 | b & c"), Some(7));
        assert_eq!(operator("(a +\n b)"), Some(3));
        assert_eq!(operator("1e-5 - 0x1e-5"), Some(11));
        assert_eq!(operator("'a' 'b' % c"), Some(8));
        assert_eq!(operator("f'{a + \"}\" :{b + c}}' + d"), Some(22));
        assert_eq!(operator("await a + b"), Some(8));
        for other in
            ["a < b + c", "not a + b", "a if b + c else d", "lambda: a + b", "a + b, c", "*a", "a := b + c"]
        {
            assert_eq!(shape(other), Shape::Other, "{other}");
        }
    }

    #[test]
    fn calls_and_subscripts_end_an_operand() {
        assert_eq!(shape("f(a)(b)"), Shape::Call { bracket: 4, end: 7, by_name: false });
        assert_eq!(shape("f(')', b)"), Shape::Call { bracket: 1, end: 9, by_name: true });
        assert_eq!(shape("a.b[1:2]"), Shape::Subscript { bracket: 3, end: 8 });
        assert_eq!(shape("'x'.join(y)"), Shape::Call { bracket: 8, end: 11, by_name: false });
        for other in ["a.b", "(a, b)", "-f(a)", "await f(a)", "f(a", "[a](", "f(a).b", "a b", ""] {
            assert_eq!(shape(other), Shape::Other, "{other}");
        }
    }
}
