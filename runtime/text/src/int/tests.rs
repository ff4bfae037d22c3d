//! Against CPython: `testdata/int.tsv`.

use super::*;
use crate::hash;
use crate::oracle::{bits, compare, double, hex, int, outcome, unhex};

fn order(name: &str) -> ByteOrder {
    if name == "big" { ByteOrder::Big } else { ByteOrder::Little }
}

#[test]
fn as_in_cpython() {
    compare(include_str!("../../testdata/int.tsv"), |operation, args| {
        let a = || int(args[0]);
        let b = || int(args[1]);
        let show = |n: dashu_int::IBig| n.to_string();
        Some(match operation {
            "bits" => format!("{} {}", bit_length(&a()), bit_count(&a())),
            "float" => outcome(to_f64(&a()), bits),
            "hash" => hash::hash_int(&a()).to_string(),
            "radix" => {
                let radix = |radix| to_radix(&a(), radix, true);
                format!("{} {} {} {}", radix(2), radix(8), radix(16), to_decimal(&a(), 4300).unwrap())
            }
            "isqrt" => outcome(isqrt(&a()), show),
            "round" => outcome(round(&a(), &b()), show),
            "to_bytes" => {
                let result = to_bytes(&a(), args[1].parse().unwrap(), order(args[2]), args[3] == "1");
                outcome(result, |bytes| hex(&bytes))
            }
            "from_bytes" => from_bytes(&unhex(args[0]), order(args[1]), args[2] == "1").to_string(),
            "cmp" => (compare_f64(&a(), double(args[1])).unwrap() as i32).to_string(),
            "divmod" => outcome(divmod(&a(), &b()), |(q, r)| {
                assert_eq!(floor_mod(&a(), &b()).as_ref(), Ok(&r));
                format!("{q} {r}")
            }),
            "truediv" => outcome(true_div(&a(), &b()), bits),
            "bitop" => format!("{} {} {} {}", a() & b(), a() | b(), a() ^ b(), !a()),
            "gcd" => format!("{} {}", gcd(&a(), &b()), lcm(&a(), &b())),
            "shl" => outcome(shift_left(&a(), &b()), show),
            "shr" => outcome(shift_right(&a(), &b()), show),
            "pow" => outcome(pow(&a(), &b()), show),
            "powmod" => outcome(pow_mod(&a(), &b(), &int(args[2])), show),
            "parse" => {
                let source = args[0].replace("\\t", "\t").replace("\\n", "\n").replace("\\x0b", "\x0b");
                let source = if source == "-" { String::new() } else { source.replace("\\x00", "\0") };
                let result = parse_ascii(source.as_bytes(), args[1].parse().unwrap(), 4300);
                result.map_or("!ValueError".into(), |n| n.to_string())
            }
            "parse_long" => {
                let tail = if args[2] == "-" { "" } else { args[2] };
                let source = "1".repeat(args[0].parse().unwrap()) + tail;
                match parse_ascii(source.as_bytes(), args[1].parse().unwrap(), 4300) {
                    Ok(_) => "ok".into(),
                    Err(ParseError::InvalidLiteral) => "!ValueError".into(),
                    Err(error) => format!("!ValueError: {error}"),
                }
            }
            _ => return None,
        })
    });
}

#[test]
fn the_limit_on_digits_is_exact() {
    let ten = dashu_int::IBig::from(10);
    let error = "Exceeds the limit (4300 digits) for integer string conversion; use \
                 sys.set_int_max_str_digits() to increase the limit";
    assert_eq!(to_decimal(&(ten.pow(4300) - 1), 4300).unwrap().len(), 4300);
    assert_eq!(to_decimal(&ten.pow(4300), 4300).unwrap_err().message, error);
    assert_eq!(to_decimal(&-ten.pow(4300), 4300).unwrap_err().message, error);
    assert_eq!(to_decimal(&ten.pow(100_000), 4300).unwrap_err().message, error);
    assert_eq!(to_decimal(&ten.pow(5000), 0).unwrap().len(), 5001);
}

#[test]
fn results_too_large_for_memory_are_refused() {
    let big = dashu_int::IBig::from(1i64 << 60);
    assert_eq!(shift_left(&1.into(), &big), Err(crate::Error::MEMORY));
    assert_eq!(pow(&3.into(), &big), Err(crate::Error::MEMORY));
    assert_eq!(pow(&(-1).into(), &(big.clone() + 1)), Ok((-1).into()));
    assert_eq!(pow(&0.into(), &big), Ok(0.into()));
    assert_eq!(parse_ascii(b"1", 37, 0), Err(ParseError::BadBase));
}
