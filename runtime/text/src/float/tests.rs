//! Against CPython: `testdata/float.tsv`.

use super::*;
use crate::hash;
use crate::oracle::{bits, compare, double, outcome};

/// A format spec of the table: flags, precision, type; an empty one is `repr`.
fn format_by(spec: &str, value: f64) -> String {
    let flags: Vec<char> = spec.chars().take_while(|c| "+z#".contains(*c)).collect();
    let rest = &spec[flags.len()..];
    let letter = rest.chars().last().filter(char::is_ascii_alphabetic);
    let precision = rest.trim_start_matches('.').trim_end_matches(char::is_alphabetic).parse().ok();
    let style = match letter.map(|c| c.to_ascii_lowercase()) {
        Some('e') => Style::Exponent,
        Some('f') => Style::Fixed,
        None if precision.is_none() => Style::Repr,
        _ => Style::General,
    };
    let flags = Flags {
        always_sign: flags.contains(&'+'),
        alternate: flags.contains(&'#'),
        no_negative_zero: flags.contains(&'z'),
        add_dot_zero: letter.is_none(),
        uppercase: letter.is_some_and(|c| c.is_ascii_uppercase()),
    };
    format(value, style, precision.unwrap_or(0), flags).unwrap()
}

fn shown(value: f64) -> String {
    if value.is_nan() { "nan".into() } else { bits(value) }
}

#[test]
fn as_in_cpython() {
    compare(include_str!("../../testdata/float.tsv"), |operation, args| {
        let value = || double(args[0]);
        let other = || double(args[1]);
        Some(match operation {
            "repr" => repr(value()),
            "hex" => to_hex(value()),
            "hash" => hash::hash_f64(value()).map_or("-".into(), |hash| hash.to_string()),
            "trunc" => outcome(trunc_to_int(value()), |int| int.to_string()),
            "round_int" => outcome(round_to_int(value()), |int| int.to_string()),
            "ratio" => outcome(as_integer_ratio(value()), |(n, d)| format!("{n}/{d}")),
            "frexp" => {
                let (mantissa, exponent) = frexp(value());
                format!("{} {exponent}", bits(mantissa))
            }
            "format" => format_by(args[1], value()),
            "round" => outcome(round(value(), args[1].parse().unwrap()), bits),
            "mod" => outcome(floor_mod(value(), other()), shown),
            "divmod" => outcome(divmod(value(), other()), |(q, r)| format!("{} {}", shown(q), shown(r))),
            "pow" => outcome(power(value(), other()), |power| match power {
                Power::Real(value) => shown(value),
                Power::Complex => "complex".into(),
            }),
            "parse" => parse_ascii(args[0].as_bytes())
                .map_or(format!("!ValueError: could not convert string to float: '{}'", args[0]), bits),
            "parse_complex" => match parse_complex_ascii(args[0].as_bytes()) {
                Ok((real, imag)) => format!("{} {}", bits(real), bits(imag)),
                Err(ComplexError::Malformed) => "!ValueError: complex() arg is a malformed string".into(),
                Err(ComplexError::Underscores) => {
                    format!("!ValueError: could not convert string to complex: '{}'", args[0])
                }
            },
            "fromhex" => outcome(from_hex(args[0].as_bytes()), bits),
            "complex_repr" => complex_repr(value(), other()),
            "complex_hash" => hash::hash_complex(value(), other()).unwrap().to_string(),
            _ => return None,
        })
    });
}

#[test]
fn every_power_of_two_survives_hexadecimal_and_decimal() {
    for exponent in -1074..=1023 {
        let value = compose(1, exponent, false);
        assert_eq!(from_hex(to_hex(value).as_bytes()), Ok(value));
        assert_eq!(parse_ascii(repr(value).as_bytes()), Some(value));
        assert_eq!(decompose(value).0.count_ones(), 1);
    }
}
