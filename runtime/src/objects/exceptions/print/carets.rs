//! Which part of an expression's source the markers of a traceback point at (PEP 657).
//!
//! The segment that the instruction covers is looked at ([`shape`]). A binary operation is marked at its operator, a subscript and
//! a call from their opening bracket on; the rest of the segment gets `~`. All positions in here are in
//! characters; lines count from 0.

use unicode_width::UnicodeWidthChar;

use super::shape::{self, Shape};

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
pub(super) fn anchors(segment: &[char]) -> Option<Anchors> {
    let (left, right) = match shape::of(segment) {
        Shape::Binary { operator, right } => {
            // An operator has one character or two.
            let next = segment.get(operator + 1).filter(|_| operator + 1 < right);
            let two = next.is_some_and(|c| !c.is_whitespace() && !matches!(c, '\\' | '#'));
            (operator, operator + 1 + usize::from(two))
        }
        Shape::Call { bracket, end, .. } | Shape::Subscript { bracket, end } => (bracket, end),
        Shape::Other => return None,
    };
    let ((left_line, left_column), (right_line, right_column)) =
        (position(segment, left), position(segment, right));
    Some(Anchors { left_line, left_column, right_line, right_column })
}

/// Line and column of a character.
fn position(text: &[char], at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line = before.iter().filter(|c| **c == '\n').count();
    let column = before.iter().rev().take_while(|c| **c != '\n').count();
    (line, column)
}

/// Whether markers say anything: not when they would cover everything, nor under a whole `return f()` or `x = f()`.
pub(super) fn should_show(lines: &[Vec<char>], start: usize, end: usize, has_anchors: bool) -> bool {
    let bare = |line: &Vec<char>| line.iter().find(|c| !c.is_whitespace()).is_none_or(|c| *c == '#');
    if lines.iter().all(bare) || is_plain_call(lines, start, end) {
        return false;
    }
    if has_anchors {
        return true;
    }
    let blank = |chars: &[char]| chars.iter().all(|c| c.is_whitespace());
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    !blank(&first[..start.min(first.len())]) || !blank(&last[end.min(last.len())..])
}

/// Whether what is marked is the call in a statement `return name(…)` or `name = call(…)`.
fn is_plain_call(lines: &[Vec<char>], start: usize, end: usize) -> bool {
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    let (Some(before), Some(after)) = (first.get(..start), last.get(end..)) else { return false };
    let Shape::Call { by_name, .. } = shape::of(&super::frames::segment(lines, start, end)) else {
        return false;
    };
    // CPython compares characters with bytes, and reads the lines as a module.
    if !before.iter().chain(&last[..end]).all(char::is_ascii)
        || before.first().is_some_and(|c| c.is_whitespace())
    {
        return false;
    }
    let before: String = before.iter().collect();
    let statement = before.trim_end_matches(|c: char| c.is_whitespace() || c == '(');
    let opened = before[statement.len()..].matches('(').count();
    let is_statement = match statement.strip_suffix('=') {
        Some(name) => shape::is_name(name.trim_end()),
        None => by_name && statement == "return",
    };
    let mut closed = 0;
    let rest = after.iter().find(|c| {
        closed += usize::from(**c == ')');
        !c.is_whitespace() && **c != ')'
    });
    is_statement && opened == closed && rest.is_none_or(|c| matches!(c, '#' | ';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_and_brackets_are_found() {
        let anchors = |text: &str| anchors(&text.chars().collect::<Vec<_>>());
        let at = |l, c, r| Some(Anchors { left_line: l, left_column: c, right_line: l, right_column: r });
        assert_eq!(anchors("1/0"), at(0, 1, 2));
        assert_eq!(anchors("(a) ** b"), at(0, 4, 6));
        assert_eq!(anchors("a[1]"), at(0, 1, 4));
        assert_eq!(anchors("f(x)(y)"), at(0, 4, 7));
        assert_eq!(anchors("a.b"), None);
        assert_eq!(anchors("a +\nb"), at(0, 2, 3));
        // As in CPython, what directly follows a short operator is marked with it, unless it is the right operand.
        assert_eq!(anchors("a *b"), at(0, 2, 3));
        assert_eq!(anchors("a *(b)"), at(0, 2, 4));
        assert_eq!(anchors("a *(b, c)"), at(0, 2, 3));
        assert_eq!(
            anchors("a # (\n[1]"),
            Some(Anchors { left_line: 1, left_column: 0, right_line: 1, right_column: 3 })
        );
    }

    #[test]
    fn whole_calls_are_not_marked() {
        let shown = |line: &str, part: &str| {
            let at = line.find(part).unwrap();
            should_show(&[line.chars().collect()], at, at + part.len(), true)
        };
        assert!(!shown("return f(x)", "f(x)"));
        assert!(!shown("x = a.f(x)  # why", "a.f(x)"));
        assert!(!shown("x = (f(x)); y", "f(x)"));
        assert!(shown("return a.f(x)", "a.f(x)"));
        assert!(shown("x = y = f(x)", "f(x)"));
        assert!(shown("x = f(x) + 1", "f(x)"));
        assert!(shown("a.x = f(x)", "f(x)"));
        assert!(shown("x = f('\u{e9}')", "f('\u{e9}')"));
    }
}
