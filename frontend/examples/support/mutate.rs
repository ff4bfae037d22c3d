//! Small damage to Python source and to bytes, the same for the same seed.

/// A small generator of random numbers (splitmix64): the same sequence everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`, or 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() % n as u64) as usize }
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// Tokens that turn up where they are not expected.
const STRAY: [&str; 108] = [
    "(", ")", "[", "]", "{", "}", ",", ":", ";", ".", "...", "=", "==", "!=", ":=", "->", "+", "-", "*",
    "**", "/", "//", "%", "@", "&", "|", "^", "~", "<<", ">>", "<", ">", "<=", ">=", "+=", "-=", "**=",
    "//=", ">>=", "@=", "!", "$", "?", "<>", "\\", "\n", "    ", "\t", "0", "1", "1.5", "1j", "0x1f", "0777",
    "1_", "0b12", "1e", "'a'", "\"a\"", "b'a'", "f'{a}'", "f'{", "t'{a}'", "'", "\"", "'''", "'\\N{x}'",
    "\\x", "é", "\u{a0}", "a", "print", "_", "None", "True", "False", "and", "as", "assert", "async",
    "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for", "from",
    "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return",
    "try", "while", "with", "yield",
];

const SOFT: [&str; 5] = ["match", "case", "type", "__debug__", "exec"];

/// The places of the tokens of a source, roughly: words, numbers, strings, operators, newlines and indentation.
pub fn tokens(source: &str) -> Vec<(usize, usize)> {
    let bytes = source.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let c = bytes[at];
        let line_start = at == 0 || bytes[at - 1] == b'\n';
        let run =
            |from: usize, keep: fn(u8) -> bool| from + bytes[from..].iter().take_while(|&&b| keep(b)).count();
        at = match c {
            b' ' | b'\t' if line_start => run(at, |b| matches!(b, b' ' | b'\t')),
            b' ' | b'\t' => {
                at += 1;
                continue;
            }
            b'#' => {
                at = run(at, |b| b != b'\n');
                continue;
            }
            b'\'' | b'"' => string_end(bytes, at),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => {
                run(at, |b| matches!(b, b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | 0x80..))
            }
            b'0'..=b'9' => run(at, |b| matches!(b, b'_' | b'.' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9')),
            _ => {
                let long = [
                    "**=", "//=", ">>=", "<<=", "...", "==", "!=", "->", ":=", "**", "//", "<<", ">>", "<=",
                    ">=", "+=", "-=",
                ];
                at + long.iter().find(|op| bytes[at..].starts_with(op.as_bytes())).map_or(1, |op| op.len())
            }
        };
        out.push((start, at));
    }
    out
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let triple = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if triple { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'\n' if !triple => return at,
            b if b == quote && !triple => return at + 1,
            _ if triple && bytes[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    let mut end = at.min(bytes.len());
    while end > start && end < bytes.len() && bytes[end] & 0xC0 == 0x80 {
        end -= 1;
    }
    end
}

/// Deletes, doubles, swaps or replaces one token.
pub fn mutate_token(source: &str, places: &[(usize, usize)], random: &mut Random) -> String {
    let Some(&(start, end)) = places.get(random.below(places.len())) else { return source.to_owned() };
    let (before, token, after) = (&source[..start], &source[start..end], &source[end..]);
    match random.below(5) {
        0 => format!("{before}{after}"),
        1 => format!("{before}{token} {token}{after}"),
        2 => {
            let other = places[random.below(places.len())];
            let ((a, b), (c, d)) =
                if other.0 < start { (other, (start, end)) } else { ((start, end), other) };
            if b > c {
                return format!("{before}{after}");
            }
            [&source[..a], &source[c..d], &source[b..c], &source[a..b], &source[d..]].concat()
        }
        3 => {
            let &(a, b) = &places[random.below(places.len())];
            format!("{before}{}{after}", &source[a..b])
        }
        _ => {
            let stray = if random.below(12) == 0 { random.pick(&SOFT) } else { random.pick(&STRAY) };
            format!("{before}{stray}{after}")
        }
    }
}
