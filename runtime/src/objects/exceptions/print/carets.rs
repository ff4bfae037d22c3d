//! Which part of an expression's source the markers of a traceback point at (PEP 657).
//!
//! The segment that the instruction covers is parsed. A binary operation is marked at its operator, a subscript and a
//! call from their opening bracket on; the rest of the segment gets `~`. All positions in here are in
//! characters; lines count from 0.

use ruff_python_ast::{Expr, Stmt};
use ruff_python_parser::{parse_expression, parse_module};
use ruff_text_size::{Ranged, TextSize};
use unicode_width::UnicodeWidthChar;

/// The marked part: from the left position up to the right one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Anchors {
    pub left_line: usize,
    pub left_column: usize,
    pub right_line: usize,
    pub right_column: usize,
}

/// Characters in the first `bytes` bytes of `line`.
pub(super) fn char_offset(line: &str, bytes: usize) -> usize {
    line.char_indices().take_while(|(i, _)| *i < bytes).count()
}

/// Columns that the first `count` characters take on a terminal. Beyond the line's end each character counts as one.
pub(super) fn width(line: &[char], count: usize) -> usize {
    if line.iter().all(char::is_ascii) {
        return count;
    }
    line.iter().take(count).map(|c| if c.width() == Some(2) { 2 } else { 1 }).sum()
}

/// Where to mark within `segment`, the source of one expression.
pub(super) fn anchors(segment: &str) -> Option<Anchors> {
    // The parentheses make an expression of several lines acceptable.
    const PREFIX: &str = "(\n";
    let wrapped = format!("{PREFIX}{segment}\n)");
    let parsed = parse_expression(&wrapped).ok()?;
    let text = Text::new(segment);
    let position = |offset: TextSize| text.position(offset.to_usize().checked_sub(PREFIX.len())?);
    match &*parsed.syntax().body {
        Expr::BinOp(e) => {
            let (line, column) = text.seek(position(e.left.end())?, |c| !c.is_whitespace() && c != ')')?;
            let right = position(e.right.start())?;
            let mut end = column + 1;
            // An operator has one character or two.
            if let Some(c) = text.lines[line].get(end)
                && (right.0 > line || end < right.1)
                && !c.is_whitespace()
                && !matches!(c, '\\' | '#')
            {
                end += 1;
            }
            Some(Anchors { left_line: line, left_column: column, right_line: line, right_column: end })
        }
        Expr::Subscript(e) => text.bracketed(position(e.value.end())?, '[', position(e.end())?),
        Expr::Call(e) => text.bracketed(position(e.func.end())?, '(', position(e.end())?),
        _ => None,
    }
}

struct Text<'a> {
    source: &'a str,
    lines: Vec<Vec<char>>,
}

impl<'a> Text<'a> {
    fn new(source: &'a str) -> Text<'a> {
        Text { source, lines: source.split('\n').map(|l| l.chars().collect()).collect() }
    }

    /// Line and column of a byte offset.
    fn position(&self, offset: usize) -> Option<(usize, usize)> {
        let before = self.source.get(..offset)?;
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count());
        Some((line, column))
    }

    /// The first position from `at` on whose character satisfies `stop`; comments and line ends are skipped.
    fn seek(&self, at: (usize, usize), stop: impl Fn(char) -> bool) -> Option<(usize, usize)> {
        let (mut line, mut column) = at;
        loop {
            match self.lines.get(line)?.get(column) {
                None | Some('\\' | '#') => {
                    line += 1;
                    column = 0;
                }
                Some(c) if stop(*c) => return Some((line, column)),
                Some(_) => column += 1,
            }
        }
    }

    fn bracketed(&self, from: (usize, usize), bracket: char, end: (usize, usize)) -> Option<Anchors> {
        let (left_line, left_column) = self.seek(from, |c| c == bracket)?;
        Some(Anchors { left_line, left_column, right_line: end.0, right_column: end.1 })
    }
}

/// Whether markers say anything: not when they would cover everything, nor under a whole `return f()` or `x = f()`.
pub(super) fn should_show(lines: &[Vec<char>], start: usize, end: usize, has_anchors: bool) -> bool {
    let source = lines.iter().map(|l| l.iter().collect::<String>()).collect::<Vec<_>>().join("\n");
    if let Ok(parsed) = parse_module(&source) {
        let body = &parsed.syntax().body;
        let Some(statement) = body.first() else { return false };
        if let Some(range) = plain_call(statement) {
            let before_last_line = source.rfind('\n').map_or(0, |i| i + 1);
            let spans_all = range.start().to_usize() == start
                && range.end().to_usize() == before_last_line + end
                && source[..range.start().to_usize()].matches('\n').count() == 0;
            if spans_all {
                return false;
            }
        }
    }
    if has_anchors {
        return true;
    }
    let blank = |chars: &[char]| chars.iter().all(|c| c.is_whitespace());
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    !blank(&first[..start.min(first.len())]) || !blank(&last[end.min(last.len())..])
}

/// The call in `return name(…)` or `name = call(…)`.
fn plain_call(statement: &Stmt) -> Option<ruff_text_size::TextRange> {
    match statement {
        Stmt::Return(s) => match s.value.as_deref() {
            Some(Expr::Call(call)) if call.func.is_name_expr() => Some(call.range()),
            _ => None,
        },
        Stmt::Assign(s) => match (s.targets.as_slice(), &*s.value) {
            ([Expr::Name(_)], Expr::Call(call)) => Some(call.range()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_and_brackets_are_found() {
        let at = |l, c, r| Some(Anchors { left_line: l, left_column: c, right_line: l, right_column: r });
        assert_eq!(anchors("1/0"), at(0, 1, 2));
        assert_eq!(anchors("(a) ** b"), at(0, 4, 6));
        assert_eq!(anchors("a[1]"), at(0, 1, 4));
        assert_eq!(anchors("f(x)(y)"), at(0, 4, 7));
        assert_eq!(anchors("a.b"), None);
        assert_eq!(anchors("a +\nb"), at(0, 2, 3));
    }
}
