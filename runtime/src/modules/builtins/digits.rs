//! Integer literals with more digits than `sys.set_int_max_str_digits()` allows.
//!
//! The frontend reads literals of any length; the limit is the runtime's. Since nearly no source has a literal of thousands of
//! digits, a look at few bytes decides whether there may be one, and only then the tokens are asked.

use std::borrow::Cow;

use taipan_text::int::ParseError;

use super::compiler::SyntaxError;
use crate::objects::exceptions::{self, SyntaxPosition};
use crate::objects::int;
use crate::owned::PyResult;
use crate::parts;
use crate::vm::Vm;

/// Raises what is wrong with the first literal that is too long, unless `error` comes before it.
pub(super) fn check(vm: &Vm, source: &[u8], filename: &str, error: Option<&SyntaxError>) -> PyResult<()> {
    let limit = int::text::max_str_digits(vm);
    if limit == 0 || !has_run(source, limit) {
        return Ok(());
    }
    let compiler = parts::compiler(vm)?;
    let text = (compiler.decode)(source);
    let tokens = (compiler.tokens)(&text).tokens;
    let too_long = tokens.iter().find_map(|t| {
        let digits = decimal_digits(&t.text).filter(|digits| t.kind == "NUMBER" && *digits > limit)?;
        Some((t, digits))
    });
    let Some((token, digits)) = too_long else { return Ok(()) };
    let line = token.start.0;
    if error.is_some_and(|e| e.lineno < line || e.lineno == line && e.message.starts_with("invalid decimal"))
    {
        return Ok(());
    }
    let message = format!(
        "{} - Consider hexadecimal for huge integer literals to avoid decimal conversion limits.",
        ParseError::TooManyDigits { limit, digits }
    );
    let position =
        SyntaxPosition { line: i64::from(line), column: 0, end_line: i64::from(token.end.0), end_column: 0 };
    let shown = usize::try_from(line - 1).ok().and_then(|n| text.split_inclusive('\n').nth(n));
    let shown = shown
        .map(|line| if line.ends_with('\n') { Cow::Borrowed(line) } else { Cow::Owned(format!("{line}\n")) });
    let class = vm.types.syntax_error;
    let made = exceptions::new_syntax_error(vm, class, &message, filename, position, shown.as_deref())?;
    Err(vm.set_exception(made))
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

/// Whether more than `limit` digits and underscores stand in a row: such a row covers one of every `limit` bytes.
fn has_run(source: &[u8], limit: usize) -> bool {
    (limit..source.len()).step_by(limit).filter(|at| is_digit(source[*at])).any(|at| {
        let before = source[..at].iter().rev().take_while(|b| is_digit(**b)).count();
        let after = source[at..].iter().take_while(|b| is_digit(**b)).count();
        before + after > limit
    })
}

/// The number of digits of a decimal integer literal but zero.
fn decimal_digits(literal: &str) -> Option<usize> {
    let bytes = literal.as_bytes();
    let is_decimal = matches!(bytes.first(), Some(b'1'..=b'9')) && bytes.iter().all(|b| is_digit(*b));
    is_decimal.then(|| bytes.iter().filter(|b| **b != b'_').count())
}

#[cfg(test)]
mod tests {
    use super::{decimal_digits, has_run};

    #[test]
    fn rows_of_digits_are_found_wherever_they_begin() {
        for start in 0..50 {
            let source = |digits: usize| [vec![b' '; start], vec![b'7'; digits], vec![b'\n'; 3]].concat();
            assert!(!has_run(&source(10), 10), "{start}");
            assert!(has_run(&source(11), 10), "{start}");
        }
        assert!(!has_run(b"", 10));
    }

    #[test]
    fn only_decimal_integers_count() {
        assert_eq!(decimal_digits("12_345"), Some(5));
        for other in ["0", "000", "0x12", "1.5", "1e5", "1j", "name", ""] {
            assert_eq!(decimal_digits(other), None, "{other}");
        }
    }
}
