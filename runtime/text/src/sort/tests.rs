//! Against CPython (`testdata/sort.tsv`): the same comparisons in the same order, the same result, and
//! the same order after a failed comparison.

use std::cell::Cell;

use super::*;
use crate::oracle::compare;

#[derive(Clone)]
struct Item {
    key: u64,
    number: u32,
}

fn numbers(seed: u64, count: usize, bound: u64) -> Vec<u64> {
    let mut state = seed;
    let step = |_| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 32) % bound
    };
    (0..count).map(step).collect()
}

/// The inputs of `oracle_sort.py`.
fn shaped(shape: &str, seed: u64, count: usize) -> Vec<Item> {
    let n = count as u64;
    let keys: Vec<u64> = match shape {
        "random" => numbers(seed, count, 1 << 31),
        "few" => numbers(seed, count, 5),
        "ascending" => (0..n).collect(),
        "descending" => (0..n).map(|i| n - i).collect(),
        "stairs" => (0..n).map(|i| (n - i) / 3).collect(),
        "organ" => (0..n).map(|i| i.min(n - i)).collect(),
        "blocks" => (0..n).map(|i| i % 97 * 1000 + i / 97).collect(),
        "swapped" => {
            let mut keys: Vec<u64> = (0..n).collect();
            for i in numbers(seed, 6, n) {
                keys.swap(i as usize, count - 1 - i as usize);
            }
            keys
        }
        "tail" => (0..n - n / 10).chain(numbers(seed, count / 10, n)).collect(),
        _ => panic!("unknown shape {shape}"),
    };
    keys.into_iter().enumerate().map(|(i, key)| Item { key, number: i as u32 }).collect()
}

#[test]
fn as_in_cpython() {
    compare(include_str!("../../testdata/sort.tsv"), |_, args| {
        let number = |i: usize| args[i].parse::<u64>().unwrap();
        let mut items = shaped(args[0], number(1), number(2) as usize);
        let fail_at = number(4);
        let (mut made, mut trace) = (0, 0u32);
        let result = sort(&mut items, number(3) == 1, |a, b| {
            made += 1;
            trace = trace.wrapping_mul(31).wrapping_add(a.number.wrapping_mul(7)).wrapping_add(b.number);
            if made == fail_at { Err(()) } else { Ok(a.key < b.key) }
        });
        assert_eq!(result, if fail_at == 0 { Ok(()) } else { Err(SortError::Compare(())) });
        let order = items.iter().fold(0u32, |state, item| state.wrapping_mul(31).wrapping_add(item.number));
        Some(format!("{made} {trace} {order}"))
    });
}

/// Elements are neither lost nor doubled when a comparison fails at any point, and are dropped once.
#[test]
fn failure_at_any_point_leaves_a_permutation() {
    struct Counted<'a>(u64, &'a Cell<usize>);
    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.1.set(self.1.get() + 1);
        }
    }
    for shape in ["random", "few", "blocks", "organ"] {
        for fail_at in 0..700 {
            let dropped = Cell::new(0);
            let mut items: Vec<Counted<'_>> =
                shaped(shape, 3, 150).iter().map(|item| Counted(item.key, &dropped)).collect();
            let mut expected: Vec<u64> = items.iter().map(|item| item.0).collect();
            let mut made = 0;
            let result = sort(&mut items, false, |a, b| {
                made += 1;
                if made == fail_at { Err(()) } else { Ok(a.0 < b.0) }
            });
            assert_eq!(dropped.get(), 0);
            let mut got: Vec<u64> = items.iter().map(|item| item.0).collect();
            if result.is_ok() {
                assert!(got.is_sorted());
            }
            got.sort_unstable();
            expected.sort_unstable();
            assert_eq!(got, expected);
            drop(items);
            assert_eq!(dropped.get(), 150);
        }
    }
}

/// A comparison without any order in it gives some permutation.
#[test]
fn inconsistent_comparisons_do_no_harm() {
    for seed in 0..300 {
        let count = 1 + (seed as usize * 13) % 400;
        let mut answers = numbers(seed, 20_000, 2 + seed % 9).into_iter();
        let mut items: Vec<usize> = (0..count).collect();
        sort(&mut items, false, |_, _| answers.next().map(|answer| answer == 0).ok_or(())).unwrap();
        items.sort_unstable();
        assert!(items.iter().copied().eq(0..count));
    }
}
