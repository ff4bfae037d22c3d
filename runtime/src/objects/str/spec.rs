//! `format(str, spec)`: the part of the format mini-language that applies to text.

use taipan_layout::Value;
use taipan_text::unicode;

use super::args::expect_only_str;
use super::build::StrBuilder;
use super::kinds::{StrView, length, view};
use crate::owned::{PyResult, Raised};
use crate::vm::Vm;

/// `str.__format__`.
pub(super) fn method_format(vm: &Vm, this: Value, spec: Value) -> PyResult {
    expect_only_str(vm, spec, "__format__")?;
    if length(spec) == 0 {
        return super::to_exact(vm, this);
    }
    let spec = Spec::parse(vm, view(&spec))?;
    spec.check_text(vm)?;
    let text = view(&this);
    let text = text.slice(0, spec.precision.map_or(text.len(), |p| p.min(text.len())));
    let missing = spec.width.saturating_sub(text.len());
    if missing == 0 && text.len() == length(this) {
        return super::to_exact(vm, this);
    }
    let left = match spec.align {
        Some('>') => missing,
        Some('^') => missing / 2,
        _ => 0,
    };
    let mut out = StrBuilder::with_capacity(text.len() + missing);
    out.push_repeated(spec.fill, left);
    out.push_view(text);
    out.push_repeated(spec.fill, missing - left);
    out.finish(vm)
}

/// `[[fill]align][sign]["z"]["#"]["0"][width][grouping]["." precision [grouping]][type]`
struct Spec {
    fill: u32,
    align: Option<char>,
    sign: Option<char>,
    no_negative_zero: bool,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<u32>,
}

struct Scanner<'a> {
    text: StrView<'a>,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<char> {
        (self.at < self.text.len()).then(|| char::from_u32(self.text.get(self.at)).unwrap_or('\u{FFFD}'))
    }
    fn take(&mut self, wanted: &str) -> Option<char> {
        let c = self.peek().filter(|c| wanted.contains(*c))?;
        self.at += 1;
        Some(c)
    }
    fn number(&mut self, vm: &Vm) -> PyResult<Option<usize>> {
        let mut n = None;
        while self.at < self.text.len()
            && let Some(digit) = unicode::decimal_value(self.text.get(self.at))
        {
            let grown = n.unwrap_or(0usize).checked_mul(10).and_then(|n| n.checked_add(digit as usize));
            match grown {
                Some(g) if g <= isize::MAX as usize => n = Some(g),
                _ => return Err(vm.value_error("Too many decimal digits in format string")),
            }
            self.at += 1;
        }
        Ok(n)
    }
    fn grouping(&mut self, vm: &Vm) -> PyResult<Option<char>> {
        let first = self.take(",_");
        match (first, self.peek()) {
            (Some(','), Some('_')) | (Some('_'), Some(',')) => {
                Err(vm.value_error("Cannot specify both ',' and '_'."))
            }
            _ => Ok(first),
        }
    }
}

impl Spec {
    fn parse(vm: &Vm, text: StrView<'_>) -> PyResult<Spec> {
        let mut s = Scanner { text, at: 0 };
        let is_align = |i: usize| i < text.len() && matches!(text.get(i), 0x3C | 0x3D | 0x3E | 0x5E);
        let mut fill = None;
        if is_align(1) {
            fill = Some(text.get(0));
            s.at = 1;
        }
        let align = s.take("<>=^");
        let sign = s.take("+- ");
        let no_negative_zero = s.take("z").is_some();
        let alternate = s.take("#").is_some();
        if fill.is_none() && s.take("0").is_some() {
            fill = Some(b'0' as u32);
        }
        let width = s.number(vm)?.unwrap_or(0);
        let grouping = s.grouping(vm)?;
        let mut precision = None;
        if s.take(".").is_some() {
            precision = s.number(vm)?;
            let separator = s.grouping(vm)?;
            if precision.is_none() && separator.is_none() {
                return Err(vm.value_error("Format specifier missing precision"));
            }
        }
        let rest = text.slice(s.at, text.len());
        if rest.len() > 1 {
            return Err(vm.value_error(&format!(
                "Invalid format specifier '{}' for object of type 'str'",
                text.to_string_lossy()
            )));
        }
        let kind = (!rest.is_empty()).then(|| rest.get(0));
        let fill = fill.unwrap_or(b' ' as u32);
        Ok(Spec { fill, align, sign, no_negative_zero, alternate, width, grouping, precision, kind })
    }

    /// Complains of everything that text has no use for.
    fn check_text(&self, vm: &Vm) -> PyResult<()> {
        const NUMERIC: &str = "defgEG%F";
        let kind = self.kind.map_or('s', |c| char::from_u32(c).unwrap_or('\u{FFFD}'));
        if let Some(separator) = self.grouping {
            let usual = NUMERIC.contains(kind) || (separator == '_' && "boxX".contains(kind));
            if !usual {
                let shown = shown(kind);
                return Err(vm.value_error(&format!("Cannot specify '{separator}' with '{shown}'.")));
            }
        }
        if kind != 's' {
            return Err(unknown_code(vm, kind));
        }
        let complaint = match (self.sign, self.no_negative_zero, self.alternate, self.align) {
            (Some(' '), ..) => "Space not allowed in string format specifier",
            (Some(_), ..) => "Sign not allowed in string format specifier",
            (_, true, ..) => "Negative zero coercion (z) not allowed in string format specifier",
            (_, _, true, _) => "Alternate form (#) not allowed in string format specifier",
            (.., Some('=')) => "'=' alignment not allowed in string format specifier",
            _ => return Ok(()),
        };
        Err(vm.value_error(complaint))
    }
}

fn shown(kind: char) -> String {
    if ('!'..='~').contains(&kind) { kind.to_string() } else { format!("\\x{:x}", kind as u32) }
}

fn unknown_code(vm: &Vm, kind: char) -> Raised {
    let shown = shown(kind);
    vm.value_error(&format!("Unknown format code '{shown}' for object of type 'str'"))
}
