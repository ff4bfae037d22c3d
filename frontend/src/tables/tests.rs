//! Against CPython's own decoders: `fixture.txt` lists what `co_lines()`, `co_positions()` and
//! `dis._parse_exception_table()` give for the code objects of `marshal/fixture.py`.

use super::*;

struct Fixture {
    name: &'static str,
    firstlineno: i32,
    linetable: Vec<u8>,
    exceptiontable: Vec<u8>,
    /// `(start, end, line)`.
    lines: Vec<Vec<Option<i32>>>,
    /// `(start, end, line, end line, column, end column)`.
    positions: Vec<Vec<Option<i32>>>,
    /// `(start, end, target, depth, lasti)`.
    handlers: Vec<Vec<Option<i32>>>,
}

fn unhex(text: &str) -> Vec<u8> {
    let text = if text == "-" { "" } else { text };
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn fixtures() -> Vec<Fixture> {
    let mut all: Vec<Fixture> = Vec::new();
    for line in include_str!("fixture.txt").lines().filter(|line| !line.starts_with('#')) {
        let (kind, rest) = line.split_once(' ').unwrap();
        let fields: Vec<&str> = rest.split(' ').collect();
        if kind == "code" {
            all.push(Fixture {
                name: fields[0],
                firstlineno: fields[1].parse().unwrap(),
                linetable: unhex(fields[2]),
                exceptiontable: unhex(fields[3]),
                lines: Vec::new(),
                positions: Vec::new(),
                handlers: Vec::new(),
            });
            continue;
        }
        let numbers = fields.iter().map(|field| field.parse().ok()).collect();
        let code = all.last_mut().unwrap();
        match kind {
            "line" => code.lines.push(numbers),
            "pos" => code.positions.push(numbers),
            "exc" => code.handlers.push(numbers),
            _ => panic!("unknown row {line}"),
        }
    }
    assert!(all.len() > 5);
    all
}

#[test]
fn line_ranges_are_those_of_co_lines() {
    for code in fixtures() {
        let got: Vec<_> = line_ranges(&code.linetable, code.firstlineno)
            .map(|range| vec![Some(range.start as i32), Some(range.end as i32), range.line])
            .collect();
        assert_eq!(got, code.lines, "{}", code.name);
    }
}

#[test]
fn locations_are_those_of_co_positions() {
    let int = |number: Option<u32>| number.map(|n| n as i32);
    for code in fixtures() {
        let mut got: Vec<Vec<Option<i32>>> = Vec::new();
        for entry in locations(&code.linetable, code.firstlineno) {
            let place = [entry.line, entry.end_line, int(entry.column), int(entry.end_column)];
            match got.last_mut() {
                Some(last) if last[2..] == place => last[1] = Some(entry.end as i32),
                _ => {
                    let mut row = vec![Some(entry.start as i32), Some(entry.end as i32)];
                    row.extend(place);
                    got.push(row);
                }
            }
        }
        assert_eq!(got, code.positions, "{}", code.name);
        for row in &code.positions {
            for offset in (row[0].unwrap()..row[1].unwrap()).step_by(2) {
                let found = find_location(&code.linetable, code.firstlineno, offset as u32).unwrap();
                assert_eq!(found.line, row[2], "{} at {offset}", code.name);
                assert_eq!(int(found.end_column), row[5], "{} at {offset}", code.name);
            }
        }
    }
}

#[test]
fn handlers_are_those_of_the_exception_table() {
    let mut searched = 0;
    for code in fixtures() {
        let all: Vec<Handler> = handlers(&code.exceptiontable).collect();
        let got: Vec<Vec<Option<i32>>> = all
            .iter()
            .map(|h| {
                [h.start, h.end, h.target, h.depth, h.push_lasti.into()].map(|n| Some(n as i32)).to_vec()
            })
            .collect();
        assert_eq!(got, code.handlers, "{}", code.name);
        let end = locations(&code.linetable, 0).last().map_or(0, |entry| entry.end);
        for offset in (0..end + 4).step_by(2) {
            let expected = all.iter().find(|h| h.start <= offset && offset < h.end);
            assert_eq!(
                find_handler(&code.exceptiontable, offset).as_ref(),
                expected,
                "{} {offset}",
                code.name
            );
            searched += usize::from(expected.is_some());
        }
    }
    assert!(searched > 100);
}

#[test]
fn damaged_tables_end_the_iteration() {
    for code in fixtures() {
        for (table, is_locations) in [(&code.linetable, true), (&code.exceptiontable, false)] {
            for at in 0..table.len() {
                for value in [0x00, 0x3F, 0x7F, 0x80, 0xBF, 0xF3, 0xFF] {
                    let mut damaged = table.clone();
                    damaged[at] = value;
                    let entries = if is_locations {
                        locations(&damaged, code.firstlineno).count()
                    } else {
                        for offset in 0..300 {
                            find_handler(&damaged, offset);
                        }
                        handlers(&damaged).count()
                    };
                    assert!(entries <= table.len());
                }
            }
        }
    }
    let endless = [0xFF; 64];
    assert_eq!(find_handler(&endless, 5), None);
    assert_eq!(locations(&[0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 1).count(), 0);
}
