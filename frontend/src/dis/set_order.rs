//! The order in which CPython iterates over a frozenset constant.
//!
//! A set is an open-addressing table that is walked from its first slot to its last, so the order
//! follows from the hashes of the elements and the order of insertion. The table starts with 8 slots
//! and grows fourfold when more than 3/5 of them are filled. A probe looks at up to ten neighbouring
//! slots before it jumps on.
//!
//! Constants are hashed as with `PYTHONHASHSEED=0`. `...` and code objects hash by address in CPython;
//! any order is as good as another for them.

use taipan_text::hash::{hash_complex, hash_f64, hash_int};
use taipan_text::siphash::HashKey;

use super::repr::MAX_DEPTH;
use crate::{Constant, PyText};

const SMALLEST_TABLE: usize = 8;
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;

/// The items (distinct, in order of insertion) in the order of iteration.
pub(super) fn iteration_order(items: &[Constant]) -> Vec<&Constant> {
    let mut table: Vec<Option<(usize, i64)>> = vec![None; SMALLEST_TABLE];
    for (index, item) in items.iter().enumerate() {
        insert(&mut table, (index, hash(item, 0)));
        let used = index + 1;
        if used * 5 >= (table.len() - 1) * 3 {
            let wanted = if used > 50_000 { used * 2 } else { used * 4 };
            let size = (wanted + 1).next_power_of_two().max(SMALLEST_TABLE);
            let old = std::mem::replace(&mut table, vec![None; size]);
            for entry in old.into_iter().flatten() {
                insert(&mut table, entry);
            }
        }
    }
    table.into_iter().flatten().map(|(index, _)| &items[index]).collect()
}

fn insert(table: &mut [Option<(usize, i64)>], entry: (usize, i64)) {
    let mask = table.len() - 1;
    let mut perturb = entry.1 as usize;
    let mut slot = perturb & mask;
    loop {
        let probes = if slot + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
        if let Some(free) = (slot..=slot + probes).find(|&slot| table[slot].is_none()) {
            table[free] = Some(entry);
            return;
        }
        perturb >>= PERTURB_SHIFT;
        slot = slot.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
    }
}

fn hash(constant: &Constant, depth: usize) -> i64 {
    const KEY: HashKey = HashKey { k0: 0, k1: 0 };
    if depth > MAX_DEPTH {
        return 0;
    }
    match constant {
        Constant::None => 0xFCA8_6420,
        Constant::True => 1,
        Constant::False => 0,
        Constant::Int(int) => hash_int(int),
        Constant::Float(value) => hash_f64(*value).unwrap_or(0),
        Constant::Complex { real, imag } => hash_complex(*real, *imag).unwrap_or(0),
        Constant::Str(text) => hash_text(KEY, text),
        Constant::Bytes(bytes) => KEY.hash(bytes),
        Constant::Tuple(items) => hash_tuple(items, depth + 1),
        Constant::FrozenSet(items) => hash_frozenset(items, depth + 1),
        Constant::Slice(parts) => hash_tuple(&parts[..], depth + 1),
        Constant::Ellipsis | Constant::Code(_) => 0,
    }
}

/// The hash depends on the width of the code points: see `taipan_text::siphash`.
fn hash_text(key: HashKey, text: &PyText) -> i64 {
    let points: Vec<u32> = text.code_points().collect();
    match points.iter().copied().max().unwrap_or(0) {
        0..0x100 => key.hash(&points.iter().map(|&point| point as u8).collect::<Vec<_>>()),
        0x100..0x10000 => key.hash_text(&points.iter().map(|&point| point as u16).collect::<Vec<_>>()),
        _ => key.hash_text(&points),
    }
}

/// The accumulation step of xxHash's 64-bit variant, over the hashes of the items.
fn hash_tuple(items: &[Constant], depth: usize) -> i64 {
    const PRIME_1: u64 = 11400714785074694791;
    const PRIME_2: u64 = 14029467366897019727;
    const PRIME_5: u64 = 2870177450012600261;
    let accumulated = items.iter().fold(PRIME_5, |acc, item| {
        let lane = (hash(item, depth) as u64).wrapping_mul(PRIME_2);
        acc.wrapping_add(lane).rotate_left(31).wrapping_mul(PRIME_1)
    });
    match accumulated.wrapping_add(items.len() as u64 ^ (PRIME_5 ^ 3527539)) as i64 {
        -1 => 1546275796,
        hash => hash,
    }
}

/// Independent of order: the scattered hashes of the elements, combined by exclusive or.
fn hash_frozenset(items: &[Constant], depth: usize) -> i64 {
    let scatter = |hash: u64| (hash ^ 89869747 ^ hash << 16).wrapping_mul(3644798167);
    let mut hash = items.iter().fold(0, |acc, item| acc ^ scatter(self::hash(item, depth) as u64));
    hash ^= (items.len() as u64 + 1).wrapping_mul(1927868237);
    hash ^= hash >> 11 ^ hash >> 25;
    hash = hash.wrapping_mul(69069).wrapping_add(907133923);
    if hash as i64 == -1 { 590923713 } else { hash as i64 }
}
