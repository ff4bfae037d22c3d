//! String literals: concatenation, lone surrogates, f-strings, t-strings, and `%` formatting that
//! becomes an f-string.
//!
//! The parser keeps string contents as Rust strings, which cannot hold lone surrogates; it writes
//! U+FFFD for them. A literal with that character is therefore decoded again from the source.

use std::rc::Rc;

use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::{
    lower::{DOUBTFUL_FIELDS, Lower},
    *,
};
use crate::{
    Warning,
    code::{Constant, PyText},
};

fn invalid_escape(text: &str, kind: &str) -> String {
    format!(
        "\"{text}\" is an invalid {kind} sequence. Such sequences will not work in the future. \
         Did you mean \"\\{text}\"? A raw string is also an option."
    )
}

/// A value of an f-string or t-string under construction: text that may still grow, or a field.
enum Piece<'a> {
    Text { bytes: Vec<u8>, loc: Loc },
    Field(Expr<'a>),
}

impl<'a> Lower<'a, '_> {
    pub fn string_value(&mut self, e: &ruff::ExprStringLiteral) -> PyText {
        for literal in &e.value {
            if !literal.flags.prefix().is_raw() {
                self.check_escapes(literal.content_range(), false);
            }
        }
        if let [only] = e.value.as_slice() {
            return self.literal_text(only);
        }
        let mut bytes = Vec::new();
        for literal in &e.value {
            bytes.extend_from_slice(self.literal_text(literal).as_wtf8());
        }
        PyText::from_wtf8(&bytes)
    }

    /// Warns of the first backslash that escapes nothing, or of an octal escape that is too big.
    pub fn check_escapes(&mut self, range: TextRange, is_bytes: bool) {
        self.check_escapes_in(range, is_bytes, false);
    }

    fn check_escapes_in(&mut self, range: TextRange, is_bytes: bool, in_f_string: bool) {
        let source = self.source;
        let raw = source.slice(range);
        if !raw.contains('\\') {
            return;
        }
        let bytes = raw.as_bytes();
        let mut at = 0;
        while let Some(next) = raw[at..].find('\\').map(|n| at + n) {
            let Some(&escape) = bytes.get(next + 1) else { return };
            let octal = bytes[next + 1..].iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
            let (kind, len) = match escape {
                b'0'..=b'7' if octal == 3 && escape > b'3' => ("octal escape", 3),
                b'\n'
                | b'\\'
                | b'\''
                | b'"'
                | b'a'
                | b'b'
                | b'f'
                | b'n'
                | b'r'
                | b't'
                | b'v'
                | b'x'
                | b'0'..=b'7' => {
                    at = next + 2;
                    continue;
                }
                b'N' | b'u' | b'U' if !is_bytes => {
                    at = next + 2;
                    continue;
                }
                // Of these in f-strings CPython's tokenizer has warned.
                b'{' | b'}' if in_f_string => return,
                // The escape of a longer character stays silent.
                0x80.. => {
                    at = next + 1;
                    continue;
                }
                _ => ("escape", 1),
            };
            let text = &raw[next..next + 1 + len];
            let message = invalid_escape(text, kind);
            let start = range.start() + TextSize::try_from(next).unwrap_or_default();
            let end = start + TextSize::of(text);
            let loc = self.loc(TextRange::new(start, end));
            self.warnings.push(Warning { message, loc });
            return;
        }
    }

    /// Warns of each backslash before a brace in the text of an f-string.
    fn check_braces(&mut self, range: TextRange) {
        let source = self.source;
        let (start, end) = (range.start().to_usize(), range.end().to_usize());
        let bytes = source.text().as_bytes();
        let mut at = start;
        while at < end {
            if bytes[at] != b'\\' {
                at += 1;
                continue;
            }
            let brace = bytes.get(at + 1).copied().unwrap_or(0);
            if matches!(brace, b'{' | b'}') {
                let place = TextRange::at(TextSize::try_from(at).unwrap_or_default(), TextSize::new(2));
                let loc = self.loc(place);
                self.warnings.push(Warning { message: invalid_escape(source.slice(place), "escape"), loc });
            }
            at += if brace == b'N' && bytes.get(at + 2) == Some(&b'{') { 3 } else { 2 };
        }
    }

    fn literal_text(&self, literal: &ruff::StringLiteral) -> PyText {
        if literal.value.contains('\u{FFFD}') && !literal.flags.prefix().is_raw() {
            let raw = self.source_text(literal.content_range());
            return PyText::from_code_points(decode_escapes(raw, false));
        }
        PyText::from(&*literal.value)
    }

    pub fn f_string(&mut self, e: &ruff::ExprFString) -> ExprKind<'a> {
        let mut pieces = Vec::new();
        for part in &e.value {
            match part {
                ruff::FStringPart::Literal(literal) => {
                    if !literal.flags.prefix().is_raw() {
                        self.check_escapes(literal.content_range(), false);
                    }
                    let text = self.literal_text(literal);
                    push_text(&mut pieces, text.as_wtf8(), self.loc(literal.range));
                }
                ruff::FStringPart::FString(f) => {
                    let raw = f.flags.prefix().is_raw();
                    self.elements(&f.elements, raw, false, &mut pieces);
                }
            }
        }
        ExprKind::JoinedStr(self.finish_pieces(pieces))
    }

    pub fn t_string(&mut self, e: &ruff::ExprTString) -> ExprKind<'a> {
        let mut pieces = Vec::new();
        for part in e.value.as_slice() {
            let raw = part.flags.prefix().is_raw();
            self.elements(&part.elements, raw, true, &mut pieces);
        }
        ExprKind::TemplateStr(self.finish_pieces(pieces))
    }

    fn elements(
        &mut self,
        elements: &ruff::InterpolatedStringElements,
        raw: bool,
        template: bool,
        pieces: &mut Vec<Piece<'a>>,
    ) {
        for element in elements {
            match element {
                ruff::InterpolatedStringElement::Literal(literal) => {
                    let loc = self.loc(literal.range);
                    if !raw {
                        self.check_braces(literal.range);
                        self.check_escapes_in(literal.range, false, true);
                    }
                    if !raw && literal.value.contains('\u{FFFD}') {
                        let text =
                            PyText::from_code_points(decode_escapes(self.source_text(literal.range), true));
                        push_text(pieces, text.as_wtf8(), loc);
                    } else {
                        push_text(pieces, literal.value.as_bytes(), loc);
                    }
                }
                ruff::InterpolatedStringElement::Interpolation(field) => {
                    self.field(field, raw, template, pieces)
                }
            }
        }
    }

    fn field(
        &mut self,
        field: &ruff::InterpolatedElement,
        raw: bool,
        template: bool,
        pieces: &mut Vec<Piece<'a>>,
    ) {
        self.fields += 1;
        self.doubt |= self.fields >= DOUBTFUL_FIELDS;
        let value = self.expr_ref(&field.expression);
        let mut conversion = match field.conversion {
            ruff::ConversionFlag::None => Conversion::None,
            ruff::ConversionFlag::Str => Conversion::Str,
            ruff::ConversionFlag::Ascii => Conversion::Ascii,
            ruff::ConversionFlag::Repr => Conversion::Repr,
        };
        let loc = self.loc(field.range);
        if let Some(debug) = &field.debug_text {
            let text = debug.as_str().to_owned();
            let start = field.range.start() + TextSize::new(1);
            let range = TextRange::new(start, start + TextSize::of(&text));
            push_text(pieces, strip_comments(&text).as_bytes(), self.loc(range));
            if conversion == Conversion::None && field.format_spec.is_none() {
                conversion = Conversion::Repr;
            }
        }
        let format_spec = field.format_spec.as_deref().map(|spec| self.format_spec(spec, raw));
        self.fields -= 1;
        let kind = if template {
            let text = match &field.debug_text {
                // What `=` gives without the `=` and what follows it.
                Some(debug) => {
                    let text = debug.as_str();
                    text[..text.rfind('=').unwrap_or(text.len())].to_owned()
                }
                None => self.field_text(field),
            };
            let text = self.text_const(&strip_comments(&text));
            ExprKind::Interpolation { value, text, conversion, format_spec }
        } else {
            ExprKind::FormattedValue { value, conversion, format_spec }
        };
        pieces.push(Piece::Field(Expr { loc, kind }));
    }

    /// The source of a t-string's field: everything from `{` to the conversion, format or `}`.
    fn field_text(&self, field: &ruff::InterpolatedElement) -> String {
        let text = self.source.text();
        let start = field.range.start().to_usize() + 1;
        let mut end = field.expression.range().end().to_usize();
        // Closing parentheses, commas and comments may follow the expression.
        let bytes = text.as_bytes();
        while end < field.range.end().to_usize() && !matches!(bytes[end], b'!' | b':' | b'}') {
            if bytes[end] == b'#' {
                while bytes.get(end).is_some_and(|&b| b != b'\n') {
                    end += 1;
                }
            } else {
                end += 1;
            }
        }
        text[start..end].to_owned()
    }

    fn format_spec(&mut self, spec: &ruff::InterpolatedStringFormatSpec, raw: bool) -> &'a Expr<'a> {
        let mut pieces = Vec::new();
        // Fields inside of a template's format are formatted, not interpolated.
        self.elements(&spec.elements, raw, false, &mut pieces);
        let loc = self.loc(TextRange::new(spec.range.start() - TextSize::new(1), spec.range.end()));
        let kind = ExprKind::JoinedStr(self.finish_pieces(pieces));
        self.bump.alloc(Expr { loc, kind })
    }

    fn finish_pieces(&mut self, pieces: Vec<Piece<'a>>) -> &'a [Expr<'a>] {
        let mut values = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Field(field) => values.push(field),
                Piece::Text { bytes, .. } if bytes.is_empty() => {}
                Piece::Text { bytes, loc } => {
                    let id = self.consts.add(Constant::Str(PyText::from_wtf8(&bytes)));
                    values.push(Expr { loc, kind: ExprKind::Constant(id) });
                }
            }
        }
        self.slice(values)
    }

    /// `'…%s…' % (a, …)` with simple conversions as the values of an f-string.
    pub fn percent_format(&mut self, left: &Expr<'a>, right: &Expr<'a>) -> Option<&'a [Expr<'a>]> {
        let ExprKind::Tuple { elts, ctx: Ctx::Load } = right.kind else { return None };
        let Constant::Str(format) = self.consts.get(left.constant()?) else { return None };
        if elts.iter().any(|e| e.starred().is_some()) {
            return None;
        }
        let format: Rc<[u32]> = format.code_points().collect();
        let parts = parse_percent_format(&format, elts.len())?;
        let mut values = Vec::with_capacity(parts.len());
        let mut rest = elts.iter();
        for part in parts {
            match part {
                PercentPart::Text(points) => {
                    let id = self.consts.add(Constant::Str(PyText::from_code_points(points)));
                    values.push(Expr { loc: Loc::NONE, kind: ExprKind::Constant(id) });
                }
                PercentPart::Field { conversion, spec } => {
                    let arg = rest.next()?;
                    let format_spec = (!spec.is_empty()).then(|| {
                        let id = self.text_const(&spec);
                        &*self.bump.alloc(Expr { loc: Loc::NONE, kind: ExprKind::Constant(id) })
                    });
                    let kind = ExprKind::FormattedValue { value: arg, conversion, format_spec };
                    values.push(Expr { loc: arg.loc, kind });
                }
            }
        }
        Some(self.slice(values))
    }
}

/// Adjacent texts merge; the location spans from the first to the last.
fn push_text(pieces: &mut Vec<Piece<'_>>, text: &[u8], loc: Loc) {
    if let Some(Piece::Text { bytes, loc: first }) = pieces.last_mut() {
        bytes.extend_from_slice(text);
        *first = first.to(loc);
        return;
    }
    pieces.push(Piece::Text { bytes: text.to_vec(), loc });
}

/// Debug text and interpolation text lose their comments.
fn strip_comments(text: &str) -> String {
    if !text.contains('#') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '#') => {
                while chars.peek().is_some_and(|&c| c != '\n') {
                    chars.next();
                }
                continue;
            }
            (None, '\'' | '"') => quote = Some(c),
            (Some(_), '\\') => {
                out.push(c);
                out.extend(chars.next());
                continue;
            }
            (Some(q), c) if q == c => quote = None,
            _ => {}
        }
        out.push(c);
    }
    out
}

enum PercentPart {
    Text(Vec<u32>),
    Field { conversion: Conversion, spec: String },
}

/// Splits a `%` format; nothing if it has more than `%s`, `%r` and `%a` with width and precision,
/// or if the number of fields differs from the number of arguments.
fn parse_percent_format(format: &[u32], args: usize) -> Option<Vec<PercentPart>> {
    const PERCENT: u32 = '%' as u32;
    let mut parts = Vec::new();
    let mut text = Vec::new();
    let mut fields = 0;
    let mut at = 0;
    while at < format.len() {
        if format[at] != PERCENT {
            text.push(format[at]);
            at += 1;
            continue;
        }
        if format.get(at + 1) == Some(&PERCENT) {
            text.push(PERCENT);
            at += 2;
            continue;
        }
        if !text.is_empty() {
            parts.push(PercentPart::Text(std::mem::take(&mut text)));
        }
        fields += 1;
        if fields > args {
            return None;
        }
        let (part, next) = parse_percent_field(format, at + 1)?;
        parts.push(part);
        at = next;
    }
    if !text.is_empty() {
        parts.push(PercentPart::Text(text));
    }
    (fields == args).then_some(parts)
}

fn parse_percent_field(format: &[u32], mut at: usize) -> Option<(PercentPart, usize)> {
    const MAX_DIGITS: usize = 3;
    let char_at = |at: usize| format.get(at).and_then(|&p| char::from_u32(p));
    let mut left = false;
    while let Some(flag) = char_at(at).filter(|c| "-+ #0".contains(*c)) {
        left |= flag == '-';
        at += 1;
    }
    // Up to two digits, then one more character must follow.
    let number = |at: &mut usize, mut value: Option<u32>| -> Option<Option<u32>> {
        let mut digits = 0;
        while let Some(digit) = char_at(*at)?.to_digit(10) {
            value = Some(value.unwrap_or(0) * 10 + digit);
            *at += 1;
            char_at(*at)?;
            digits += 1;
            if digits >= MAX_DIGITS {
                return None;
            }
        }
        Some(value)
    };
    let width = number(&mut at, None)?;
    let mut precision = None;
    if char_at(at)? == '.' {
        at += 1;
        precision = number(&mut at, Some(0))?;
    }
    let conversion = match char_at(at)? {
        's' => Conversion::Str,
        'r' => Conversion::Repr,
        'a' => Conversion::Ascii,
        _ => return None,
    };
    let mut spec = String::new();
    if !left && width.is_some_and(|w| w > 0) {
        spec.push('>');
    }
    if let Some(width) = width {
        spec.push_str(&width.to_string());
    }
    if let Some(precision) = precision {
        spec.push_str(&format!(".{precision}"));
    }
    Some((PercentPart::Field { conversion, spec }, at + 1))
}

/// Decodes the escapes of a string literal's source into code points, surrogates included. The
/// parser has checked the escapes already. In f-strings doubled braces stand for one.
fn decode_escapes(raw: &str, braces: bool) -> Vec<u32> {
    let mut out = Vec::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        if braces && matches!(c, '{' | '}') && chars.peek() == Some(&c) {
            chars.next();
            out.push(c as u32);
            continue;
        }
        if c != '\\' {
            out.push(c as u32);
            continue;
        }
        let Some(escape) = chars.next() else { break };
        let hex = |chars: &mut std::iter::Peekable<std::str::Chars>, len: usize| {
            (0..len).filter_map(|_| chars.next()?.to_digit(16)).fold(0, |value, digit| value << 4 | digit)
        };
        match escape {
            '\n' => {}
            '\\' | '\'' | '"' => out.push(escape as u32),
            'a' => out.push(7),
            'b' => out.push(8),
            'f' => out.push(12),
            'n' => out.push(10),
            'r' => out.push(13),
            't' => out.push(9),
            'v' => out.push(11),
            '0'..='7' => {
                let mut value = escape as u32 - '0' as u32;
                for _ in 0..2 {
                    match chars.peek().and_then(|c| c.to_digit(8)) {
                        Some(digit) => {
                            value = value << 3 | digit;
                            chars.next();
                        }
                        None => break,
                    }
                }
                out.push(value);
            }
            'x' => out.push(hex(&mut chars, 2)),
            'u' => out.push(hex(&mut chars, 4)),
            'U' => out.push(hex(&mut chars, 8)),
            'N' => {
                chars.next();
                let name: String = chars.by_ref().take_while(|&c| c != '}').collect();
                out.push(unicode_names2::character(&name).map_or(0xFFFD, |c| c as u32));
            }
            other => {
                out.push('\\' as u32);
                out.push(other as u32);
            }
        }
    }
    out
}
