//! Against CPython (`testdata/find.tsv`), against the obvious algorithm, and for worst cases.

use super::*;
use crate::oracle::{compare, escaped, text};
use crate::unicode;

fn parts(text: &[u32], ranges: impl Iterator<Item = std::ops::Range<usize>>) -> Vec<&[u32]> {
    ranges.map(|range| &text[range]).collect()
}

fn joined<'a>(parts: impl IntoIterator<Item = &'a [u32]>) -> String {
    let shown: Vec<String> =
        parts.into_iter().map(|part| if part.is_empty() { String::new() } else { escaped(part) }).collect();
    shown.join("|")
}

fn index(found: Option<usize>) -> String {
    found.map_or("-1".into(), |at| at.to_string())
}

fn limit(cell: &str) -> usize {
    cell.parse().unwrap_or(usize::MAX)
}

/// The haystack in its narrowest width and in the others.
fn in_each_width(haystack: &[u32], needle: &[u32]) -> Vec<String> {
    fn shown<U: Unit>(haystack: &[u32], needle: &[u32]) -> Option<String> {
        let haystack = in_width::<u32, U>(haystack)?;
        let answers = |needle: Needle<'_, U>| {
            format!(
                "{} {} {}",
                index(needle.find(&haystack)),
                index(needle.rfind(&haystack)),
                needle.count(&haystack)
            )
        };
        let wide = answers(Needle::new(needle));
        if let Some(narrow) = in_width::<u32, u8>(needle) {
            assert_eq!(answers(Needle::new(&narrow)), wide);
        }
        Some(wide)
    }
    [shown::<u8>(haystack, needle), shown::<u16>(haystack, needle), shown::<u32>(haystack, needle)]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn as_in_cpython() {
    compare(include_str!("../../testdata/find.tsv"), |operation, args| {
        let haystack = text(args[0]);
        Some(match operation {
            "find" => {
                let mut answers = in_each_width(&haystack, &text(args[1]));
                answers.dedup();
                answers.join(" / ")
            }
            "split" => {
                joined(parts(&haystack, split(&haystack, &Needle::new(&text(args[1])), limit(args[2]))))
            }
            "rsplit" => {
                let separator = text(args[1]);
                let separator = Needle::new(&separator);
                joined(parts(&haystack, rsplit(&haystack, &separator, limit(args[2]))).into_iter().rev())
            }
            "split_space" => {
                joined(parts(&haystack, split_space(&haystack, limit(args[1]), unicode::is_space)))
            }
            "rsplit_space" => {
                let ranges = rsplit_space(&haystack, limit(args[1]), unicode::is_space);
                joined(parts(&haystack, ranges).into_iter().rev())
            }
            "strip" => {
                let sides = [(true, true), (true, false), (false, true)];
                let stripped = sides
                    .map(|(left, right)| &haystack[strip_range(&haystack, left, right, unicode::is_space)]);
                joined(stripped)
            }
            "lines" => joined(parts(&haystack, lines(&haystack, args[1] == "1", unicode::is_line_break))),
            _ => return None,
        })
    });
}

/// All words over two letters up to a length, in haystacks that contain many of them.
#[test]
fn both_algorithms_agree_with_the_obvious_one() {
    let word =
        |bits: u32, len: u32| -> Vec<u16> { (0..len).map(|i| 0x100 + (bits >> i & 1) as u16).collect() };
    let haystacks = [word(0b1011_0101_1011_0110_1010_1101, 24), word(0x00FF_A5A5, 24), word(0, 24)];
    for len in 1..=8 {
        for bits in 0..1 << len {
            let needle = word(bits, len);
            for haystack in &haystacks {
                let windows = || haystack.windows(needle.len());
                let first = windows().position(|window| window == needle);
                let last = windows().rposition(|window| window == needle);
                let prepared = Needle::new(&needle);
                assert_eq!((prepared.find(haystack), prepared.rfind(haystack)), (first, last));
                let forward = TwoWay::new(&needle, Direction::Forward);
                assert_eq!(forward.find(haystack, &needle, Direction::Forward), first);
                let backward = TwoWay::new(&needle, Direction::Backward);
                let found = backward.find(haystack, &needle, Direction::Backward);
                assert_eq!(found.map(|found| haystack.len() - found - needle.len()), last);
            }
        }
    }
}

/// Quadratic algorithms would take minutes here.
#[test]
fn repetitive_texts_take_linear_time() {
    let haystack = vec![0x263A_u16; 400_000];
    let mut needle = vec![0x263A_u16; 100_000];
    needle[50_000] = 0x263B;
    let prepared = Needle::new(&needle);
    assert_eq!((prepared.find(&haystack), prepared.rfind(&haystack)), (None, None));
    assert_eq!(prepared.count(&haystack), 0);
    let repeated = vec![0x263A_u16; 1000];
    assert_eq!(Needle::new(&repeated).count(&haystack), 400);
}

#[test]
fn single_units_are_found_in_every_block() {
    let mut haystack = vec![7u32; 200];
    assert_eq!((find_unit(&haystack, 9), rfind_unit(&haystack, 9)), (None, None));
    for at in 0..haystack.len() {
        haystack[at] = 9;
        assert_eq!((find_unit(&haystack, 9), rfind_unit(&haystack, 9)), (Some(at), Some(at)));
        assert_eq!(count_unit(&haystack, 9), 1);
        haystack[at] = 7;
    }
}

#[test]
fn a_needle_that_does_not_fit_the_width_occurs_nowhere() {
    let needle = [0x263A_u16];
    let prepared = Needle::<u8>::new(&needle);
    assert_eq!((prepared.find(b"abc"), prepared.rfind(b"abc"), prepared.count(b"abc")), (None, None, 0));
    assert!(!prepared.is_empty());
    let all: Vec<_> = split(b"abc", &prepared, usize::MAX).collect();
    assert_eq!((all.len(), &all[0]), (1, &(0..3)));
}
