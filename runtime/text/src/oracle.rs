//! Reads the expected values in `testdata/*.tsv` (test builds only).

use dashu_int::IBig;

use crate::{Error, ErrorKind};

/// The rows of a table: the operation, then arguments and result.
pub fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut cells = line.split('\t');
        let operation = cells.next().unwrap();
        (operation, cells.collect())
    })
}

/// Checks each row with `check`, which returns what we get for it (`None`: row unknown), against the
/// last cell; reports the first mismatches.
pub fn compare(table: &'static str, check: impl Fn(&str, &[&str]) -> Option<String>) {
    let (mut count, mut wrong) = (0, Vec::new());
    for (operation, cells) in rows(table) {
        let (expected, args) = cells.split_last().unwrap();
        let got = check(operation, args).unwrap_or_else(|| panic!("unknown operation {operation}"));
        count += 1;
        if got != *expected {
            wrong.push(format!("{operation} {args:?}\n     got {got}\nexpected {expected}"));
        }
    }
    assert!(count > 0);
    assert!(
        wrong.is_empty(),
        "{} of {count} rows differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
}

pub fn double(cell: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(cell, 16).unwrap())
}

pub fn bits(value: f64) -> String {
    format!("{:016x}", value.to_bits())
}

pub fn int(cell: &str) -> IBig {
    cell.parse().unwrap()
}

pub fn unhex(cell: &str) -> Vec<u8> {
    (0..cell.len()).step_by(2).map(|i| u8::from_str_radix(&cell[i..i + 2], 16).unwrap()).collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As the table writes it: the value, or `!Type: message`.
pub fn outcome<T>(result: Result<T, Error>, show: impl FnOnce(T) -> String) -> String {
    match result {
        Ok(value) => show(value),
        Err(error) => {
            let name = match error.kind {
                ErrorKind::OverflowErrorRange => "OverflowError".to_owned(),
                kind => format!("{kind:?}"),
            };
            format!("!{name}: {}", error.message)
        }
    }
}

/// Code points from ASCII with Python's escapes (`-` is the empty text).
pub fn text(cell: &str) -> Vec<u32> {
    let mut points = Vec::new();
    let mut rest = if cell == "-" { "" } else { cell };
    while let Some(c) = rest.chars().next() {
        let (width, skip) = match (c, rest.as_bytes().get(1)) {
            ('\\', Some(b'x')) => (2, 2),
            ('\\', Some(b'u')) => (4, 2),
            ('\\', Some(b'U')) => (8, 2),
            ('\\', Some(letter)) => {
                points.push(match letter {
                    b'n' => 10,
                    b'r' => 13,
                    b't' => 9,
                    other => u32::from(*other),
                });
                rest = &rest[2..];
                continue;
            }
            _ => {
                points.push(c.into());
                rest = &rest[1..];
                continue;
            }
        };
        points.push(u32::from_str_radix(&rest[skip..skip + width], 16).unwrap());
        rest = &rest[skip + width..];
    }
    points
}

/// The inverse of [`text`]: Python's `unicode_escape`.
pub fn escaped(points: &[u32]) -> String {
    let mut out = String::new();
    for &point in points {
        match point {
            10 => out.push_str("\\n"),
            13 => out.push_str("\\r"),
            9 => out.push_str("\\t"),
            92 => out.push_str("\\\\"),
            32..127 => out.push(point as u8 as char),
            0..256 => out.push_str(&format!("\\x{point:02x}")),
            256..65536 => out.push_str(&format!("\\u{point:04x}")),
            _ => out.push_str(&format!("\\U{point:08x}")),
        }
    }
    if out.is_empty() { "-".into() } else { out }
}
