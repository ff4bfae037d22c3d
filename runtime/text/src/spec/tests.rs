//! Against CPython: `testdata/spec.tsv`.

use super::number::{IntContext, Locale, format_complex, format_float, format_int};
use super::percent::{Amount, Conversion, Field, Piece, Pieces};
use super::template::{Argument, FieldName, Markups, Numbering, Step, Steps};
use super::*;
use crate::oracle::{compare, double, escaped, int, outcome, text};

fn shown(layout: Layout) -> String {
    let points = layout.to_code_points().unwrap();
    assert_eq!(points.len(), layout.len());
    if let Some(text) = layout.to_text().unwrap() {
        assert!(text.chars().map(u32::from).eq(points.iter().copied()));
    }
    escaped(&points)
}

fn placed(layout: text::TextLayout, value: &[u32]) -> String {
    let mut points = vec![layout.fill; layout.left];
    points.extend(&value[..layout.take]);
    points.resize(points.len() + layout.right, layout.fill);
    escaped(&points)
}

/// Messages are compared with their escapes, as the table has them.
fn with_escapes(result: Result<String>) -> String {
    outcome(
        result.map_err(|error| {
            let message = escaped(&error.message.chars().map(u32::from).collect::<Vec<_>>());
            Error::new(error.kind, if error.message.is_empty() { String::new() } else { message })
        }),
        |text| text,
    )
}

fn int_by(spec: &[u32], value: &dashu_int::IBig) -> Result<String> {
    let spec = FormatSpec::parse(spec, Defaults::int("int"))?;
    let context = IntContext { type_name: "int", max_digits: 4300, locale: &Locale::default() };
    format_int(&spec, value, context).map(shown)
}

fn float_by(spec: &[u32], value: f64) -> Result<String> {
    let spec = FormatSpec::parse(spec, Defaults::float("float"))?;
    format_float(&spec, value, "float", &Locale::default()).map(shown)
}

fn complex_by(spec: &[u32], real: f64, imag: f64) -> Result<String> {
    let spec = FormatSpec::parse(spec, Defaults::float("complex"))?;
    format_complex(&spec, real, imag, "complex", &Locale::default()).map(shown)
}

fn text_by(spec: &[u32], value: &[u32]) -> Result<String> {
    let spec = FormatSpec::parse(spec, Defaults::text("str"))?;
    Ok(placed(text::format(&spec, value.len(), "str")?, value))
}

/// Formats one argument by a template, as `template % argument` does.
fn percent(template: &[u32], one: impl Fn(&Field, char) -> Result<Vec<u32>>) -> Result<String> {
    let mut out = Vec::new();
    for piece in Pieces::new(template) {
        match piece? {
            Piece::Literal(range) => out.extend(&template[range]),
            Piece::Percent => out.push('%'.into()),
            Piece::Conversion(Conversion { flags, width, precision, kind, .. }) => {
                let number = |amount: Option<Amount>| match amount {
                    Some(Amount::Number(number)) => Some(number),
                    _ => None,
                };
                let field = Field { flags, width: number(width).unwrap_or(0), precision: number(precision) };
                out.extend(one(&field, char::from_u32(kind).unwrap())?);
            }
        }
    }
    Ok(escaped(&out))
}

/// What CPython does with a template and a mapping that has the keys of the data.
fn pieces(template: &[u32]) -> Result<String> {
    let mut out = Vec::new();
    use crate::error::ErrorKind;
    let not_enough = || Error::new(ErrorKind::TypeError, "not enough arguments for format string");
    // A mapping may be the single argument of one conversion without a key, or serve all keys.
    let mut single_used = false;
    for piece in Pieces::new(template) {
        let conversion = match piece? {
            Piece::Literal(range) => {
                out.extend(&template[range]);
                continue;
            }
            Piece::Percent => {
                out.push(u32::from('%'));
                continue;
            }
            Piece::Conversion(conversion) => conversion,
        };
        let value = match &conversion.key {
            Some(key) => match escaped(&template[key.clone()]).as_str() {
                "a" => "A".to_owned(),
                "a(b)c" => "B".to_owned(),
                "-" => "C".to_owned(),
                key => return Err(Error::new(ErrorKind::KeyError, format!("'{key}'"))),
            },
            None if single_used => return Err(not_enough()),
            None => {
                single_used = true;
                "{'a': 'A', 'a(b)c': 'B', '': 'C'}".to_owned()
            }
        };
        // What was looked up is the single argument of the conversion, and it is no int.
        if conversion.takes_arguments() {
            return Err(Error::new(ErrorKind::TypeError, "* wants int"));
        }
        if let Some(error) = conversion.failure {
            return Err(error);
        }
        match char::from_u32(conversion.kind) {
            Some('s') => out.extend(value.chars().map(u32::from)),
            Some('d' | 'i' | 'u') => {
                let kind = char::from_u32(conversion.kind).unwrap();
                let message = format!("%{kind} format: a real number is required, not dict");
                return Err(Error::new(ErrorKind::TypeError, message));
            }
            Some('x') => {
                let message = "%x format: an integer is required, not dict";
                return Err(Error::new(ErrorKind::TypeError, message));
            }
            _ => return Err(percent::unsupported(&conversion)),
        }
    }
    Ok(escaped(&out))
}

fn markups(template: &[u32]) -> String {
    let text = |range: std::ops::Range<usize>| {
        if range.is_empty() { String::new() } else { escaped(&template[range]) }
    };
    let shown = Markups::new(template).map(|markup| match markup {
        Err(error) => format!("!{error}"),
        Ok(markup) => {
            let literal = text(markup.literal);
            match markup.field {
                None => format!("{literal}|None|None|None"),
                Some(field) => {
                    assert_eq!(field.spec_is_template, template[field.spec.clone()].contains(&'{'.into()));
                    let conversion = field.conversion.map_or("None".into(), |c| escaped(&[c]));
                    format!("{literal}|{}|{}|{conversion}", text(field.name), text(field.spec))
                }
            }
        }
    });
    let shown: Vec<String> = shown.collect();
    if shown.is_empty() { "-".into() } else { shown.join(" ; ") }
}

fn name(name: &[u32]) -> String {
    let text = |range: std::ops::Range<usize>| {
        if range.is_empty() { String::new() } else { escaped(&name[range]) }
    };
    let parsed = match FieldName::parse(name) {
        Ok(parsed) => parsed,
        Err(error) => return format!("!{error}"),
    };
    let mut shown = vec![match parsed.argument {
        Argument::Automatic => String::new(),
        Argument::Index(index) => index.to_string(),
        Argument::Keyword(range) => text(range),
    }];
    shown.extend(Steps::new(name, parsed.rest).map(|step| match step {
        Ok(Step::Attribute(range)) => format!(".{}", text(range)),
        Ok(Step::Index(index)) => format!("#{index}"),
        Ok(Step::Key(range)) => format!("={}", text(range)),
        Err(error) => format!("!{error}"),
    }));
    let shown = shown.join(" ; ");
    if shown.is_empty() { "-".into() } else { shown }
}

#[test]
fn as_in_cpython() {
    compare(include_str!("../../testdata/spec.tsv"), |operation, args| {
        let first = || text(args[0]);
        Some(match operation {
            "int" => with_escapes(int_by(&text(args[1]), &int(args[0]))),
            "float" => with_escapes(float_by(&text(args[1]), double(args[0]))),
            "complex" => with_escapes(complex_by(&text(args[2]), double(args[0]), double(args[1]))),
            "str" => with_escapes(text_by(&text(args[1]), &first())),
            "percent_int" => with_escapes(percent(&first(), |field, kind| {
                percent::layout_int(field, kind, &int(args[1]), 4300)?.to_code_points()
            })),
            "percent_float" => with_escapes(percent(&first(), |field, kind| {
                percent::layout_float(field, kind, double(args[1]))?.to_code_points()
            })),
            "percent_text" => with_escapes(percent(&first(), |field, kind| {
                let value = text(args[1]);
                let layout = percent::layout_text(field, kind, value.len());
                let mut points = vec![layout.fill; layout.left];
                points.extend(&value[..layout.take]);
                points.resize(points.len() + layout.right, layout.fill);
                Ok(points)
            })),
            "pieces" => with_escapes(pieces(&first())),
            "markups" => markups(&first()),
            "name" => name(&first()),
            _ => return None,
        })
    });
}

#[test]
fn automatic_and_explicit_numbers_do_not_mix() {
    let mut numbering = Numbering::default();
    assert_eq!(numbering.resolve(&Argument::Keyword(0..1)), Ok(None));
    assert_eq!(numbering.resolve(&Argument::Automatic), Ok(Some(0)));
    assert_eq!(numbering.resolve(&Argument::Automatic), Ok(Some(1)));
    assert_eq!(
        numbering.resolve(&Argument::Index(0)).unwrap_err().message,
        "cannot switch from automatic field numbering to manual field specification"
    );
    let mut numbering = Numbering::default();
    assert_eq!(numbering.resolve(&Argument::Index(7)), Ok(Some(7)));
    assert_eq!(
        numbering.resolve(&Argument::Automatic).unwrap_err().message,
        "cannot switch from manual field specification to automatic field numbering"
    );
}

#[test]
fn the_type_n_follows_the_locale() {
    let locale =
        Locale { decimal_point: ",".into(), thousands_sep: "\u{202f}".into(), grouping: vec![3, 2, 0] };
    let spec = |text: &str| {
        let points: Vec<u32> = text.chars().map(u32::from).collect();
        FormatSpec::parse(&points, Defaults::int("int")).unwrap()
    };
    let context = IntContext { type_name: "int", max_digits: 0, locale: &locale };
    let int = format_int(&spec("n"), &12345678.into(), context).unwrap();
    assert_eq!(int.body, "1\u{202f}23\u{202f}45\u{202f}678");
    let float = format_float(&spec("n"), 1234.5, "float", &locale).unwrap();
    assert_eq!(float.body, "1\u{202f}234,5");
}

#[test]
fn a_field_beyond_memory_is_an_error() {
    let spec: Vec<u32> = ">9999999999999999".chars().map(u32::from).collect();
    let spec = FormatSpec::parse(&spec, Defaults::int("int")).unwrap();
    let context = IntContext { type_name: "int", max_digits: 0, locale: &Locale::default() };
    let layout = format_int(&spec, &1.into(), context).unwrap();
    assert_eq!(layout.to_code_points(), Err(Error::MEMORY));
    assert_eq!(layout.to_text(), Err(Error::MEMORY));
}
