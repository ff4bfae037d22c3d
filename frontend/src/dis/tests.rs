//! Against CPython 3.14.10, by `tools/fixtures.py`. `fixture.txt` and `fixture_all.txt` are `dis.dis` of
//! `marshal/fixture.hex`, without options and with `show_caches`, `show_offsets` and `show_positions`;
//! `adaptive.txt` holds a marshalled function, its `_co_code_adaptive` after a hundred calls and the
//! listing of that with caches; `sets.txt` marshalled tuples and the repr of the frozenset of each (with
//! `PYTHONHASHSEED=0`).

use std::cell::Cell;
use std::rc::Rc;

use super::*;
use crate::Constant;
use crate::marshal::{load, load_code};

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn fixture() -> Rc<CodeObject> {
    let text = include_str!("../marshal/fixture.hex");
    let digits: String = text.lines().filter(|line| !line.starts_with('#')).collect();
    load_code(&unhex(&digits)).unwrap()
}

fn listing(code: &CodeObject, options: &Options<'_>) -> String {
    let mut out = String::new();
    disassemble_recursive(code, options, &mut out);
    out
}

#[track_caller]
fn assert_same(got: &str, expected: &str) {
    for (index, (got, expected)) in got.lines().zip(expected.lines()).enumerate() {
        assert_eq!(got, expected, "line {}", index + 1);
    }
    assert_eq!(got.lines().count(), expected.lines().count());
    assert!(got == expected);
}

#[test]
fn the_listing_is_cpythons() {
    let code = fixture();
    assert_same(&listing(&code, &Options::default()), include_str!("fixture.txt"));
    let all = Options { show_caches: true, show_offsets: true, show_positions: true, ..Options::default() };
    assert_same(&listing(&code, &all), include_str!("fixture_all.txt"));
}

#[test]
fn depth_limits_the_recursion() {
    let code = fixture();
    let none = listing(&code, &Options { depth: Some(0), ..Options::default() });
    assert!(!none.contains("Disassembly of"));
    let one = listing(&code, &Options { depth: Some(1), ..Options::default() });
    assert!(one.contains("<code object f ") && !one.contains("\nDisassembly of <code object inner "));
    let mut alone = String::new();
    disassemble(&code, &Options::default(), &mut alone);
    assert_eq!(none, alone);
}

#[test]
fn adaptive_code_shows_specialised_opcodes_and_their_caches() {
    let mut lines = include_str!("adaptive.txt").splitn(3, '\n');
    let code = load_code(&unhex(lines.next().unwrap().strip_prefix("marshal ").unwrap())).unwrap();
    let units = unhex(lines.next().unwrap().strip_prefix("adaptive ").unwrap());
    let asked = Cell::new(0);
    let current = |_: &CodeObject| {
        asked.set(asked.get() + 1);
        Some(units.clone())
    };
    let options = Options { adaptive: Some(&current), show_caches: true, ..Options::default() };
    assert_same(&listing(&code, &options), lines.next().unwrap());
    assert_eq!(asked.get(), 1);
    // Code of another length is not believed.
    let wrong = |_: &CodeObject| Some(vec![0; 2]);
    let options = Options { adaptive: Some(&wrong), ..Options::default() };
    assert_eq!(listing(&code, &options), listing(&code, &Options::default()));
}

#[test]
fn frozensets_are_shown_in_the_order_of_iteration() {
    for line in include_str!("sets.txt").lines() {
        let (data, expected) = line.split_once('\t').unwrap();
        let Constant::Tuple(items) = load(&unhex(data)).unwrap().0 else { panic!("not a tuple") };
        let got = constant_repr(&Constant::FrozenSet(items));
        let ascii: String = got
            .chars()
            .map(|c| match u32::from(c) {
                0..0x80 => c.to_string(),
                code @ 0x80..0x100 => format!("\\x{code:02x}"),
                code @ 0x100..0x10000 => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            })
            .collect();
        assert_eq!(ascii, expected);
    }
}

#[test]
fn the_current_instruction_has_an_arrow() {
    let code = fixture();
    let all = instructions(&code, None);
    let call = all.iter().find(|instruction| !instruction.caches.is_empty()).unwrap();
    // An offset inside of the caches counts as the instruction.
    for current in [call.offset, call.offset + 2] {
        let mut out = String::new();
        disassemble(&code, &Options { current: Some(current), ..Options::default() }, &mut out);
        let marked: Vec<&str> = out.lines().filter(|line| line.contains("--> ")).collect();
        assert_eq!(marked.len(), 1);
        assert!(marked[0].contains(&call.name()));
    }
}

#[test]
fn damaged_code_is_listed_without_panic() {
    let module = fixture();
    let Some(Constant::Code(f)) = module.consts.iter().find(|c| matches!(c, Constant::Code(_))) else {
        panic!("no code object")
    };
    for at in (0..f.code.len()).step_by(3) {
        for value in [0, 69, 255] {
            let mut damaged = (**f).clone();
            damaged.code[at] = value;
            damaged.consts.clear();
            assert!(!listing(&damaged, &Options { show_caches: true, ..Options::default() }).is_empty());
            damaged.code.truncate(at);
            damaged.names.clear();
            damaged.localsplusnames.clear();
            listing(&damaged, &Options { show_positions: true, ..Options::default() });
        }
    }
}

#[test]
fn constants_nested_beyond_measure_are_cut() {
    let nested = (0..3000).fold(Constant::None, |inner, level| {
        let items = vec![inner].into();
        if level % 2 == 0 { Constant::Tuple(items) } else { Constant::FrozenSet(items) }
    });
    assert!(constant_repr(&nested).contains("..."));
    // The parts are dropped one by one, so that the test's stack is not what limits it.
    let mut rest = nested;
    while let Constant::Tuple(items) | Constant::FrozenSet(items) = rest {
        rest = items[0].clone();
    }
    assert!(matches!(rest, Constant::None));
}
