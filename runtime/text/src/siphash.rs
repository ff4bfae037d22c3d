//! Keyed hashing of `str`, `bytes` and source files: SipHash-1-3, as CPython 3.11+ uses it.
//!
//! CPython hashes the raw buffer of an object: a `bytes` is its bytes, a `str` is its code points at
//! the width of its kind (1, 2 or 4 bytes, native order). Two strings are equal only if they have the
//! same kind, so equal strings hash equally. The two key words come from `PYTHONHASHSEED`; see
//! [`HashKey::from_seed`].
//!
//! Names are short and all of them are hashed when a program starts: the function takes a whole buffer and is written out for
//! that, with two loads for the last bytes instead of a state that waits for more.
//!
//! Source: J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", and PEP 456.

use crate::units::{Unit, bytes_of};

/// The key of `hash(str)` and `hash(bytes)`, fixed for the life of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKey {
    pub k0: u64,
    pub k1: u64,
}

impl HashKey {
    /// The key for `PYTHONHASHSEED=seed`. Seed 0 turns randomisation off (both words zero); any other
    /// seed fills the key from the same linear congruential generator as CPython.
    pub fn from_seed(seed: u32) -> HashKey {
        if seed == 0 {
            return HashKey { k0: 0, k1: 0 };
        }
        let mut state = seed;
        let mut next_word = || {
            let mut word = [0u8; 8];
            for byte in &mut word {
                state = state.wrapping_mul(214013).wrapping_add(2531011);
                *byte = (state >> 16) as u8;
            }
            u64::from_le_bytes(word)
        };
        let k0 = next_word();
        let k1 = next_word();
        HashKey { k0, k1 }
    }

    /// The key from 16 bytes of the system's randomness (`PYTHONHASHSEED` unset or `random`).
    pub fn from_random(bytes: [u8; 16]) -> HashKey {
        let word = u128::from_le_bytes(bytes);
        HashKey { k0: word as u64, k1: (word >> 64) as u64 }
    }

    /// `hash()` of a buffer: 0 for an empty one, and never -1, which is the error value of `tp_hash`.
    pub fn hash(self, buffer: &[u8]) -> i64 {
        if buffer.is_empty() {
            return 0;
        }
        match siphash13(self.k0, self.k1, buffer) as i64 {
            -1 => -2,
            hash => hash,
        }
    }

    /// `hash()` of a `str` of any kind.
    pub fn hash_text<U: Unit>(self, units: &[U]) -> i64 {
        self.hash(bytes_of(units))
    }
}

/// The state after one round.
#[inline(always)]
fn round([mut a, mut b, mut c, mut d]: [u64; 4]) -> [u64; 4] {
    a = a.wrapping_add(b);
    b = b.rotate_left(13) ^ a;
    a = a.rotate_left(32);
    c = c.wrapping_add(d);
    d = d.rotate_left(16) ^ c;
    a = a.wrapping_add(d);
    d = d.rotate_left(21) ^ a;
    c = c.wrapping_add(b);
    b = b.rotate_left(17) ^ c;
    c = c.rotate_left(32);
    [a, b, c, d]
}

#[inline(always)]
fn absorb(mut state: [u64; 4], word: u64) -> [u64; 4] {
    state[3] ^= word;
    state = round(state);
    state[0] ^= word;
    state
}

/// SipHash with one round for each word and three at the end.
fn siphash13(k0: u64, k1: u64, buffer: &[u8]) -> u64 {
    const START: [u64; 4] =
        [0x736f_6d65_7073_6575, 0x646f_7261_6e64_6f6d, 0x6c79_6765_6e65_7261, 0x7465_6462_7974_6573];
    let mut state = [START[0] ^ k0, START[1] ^ k1, START[2] ^ k0, START[3] ^ k1];
    let (words, rest) = buffer.as_chunks::<8>();
    for word in words {
        state = absorb(state, u64::from_le_bytes(*word));
    }
    state = absorb(state, (buffer.len() as u64) << 56 | tail(rest));
    state[2] ^= 0xff;
    for _ in 0..3 {
        state = round(state);
    }
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

/// Up to seven bytes as a little-endian number.
#[inline(always)]
fn tail(rest: &[u8]) -> u64 {
    let n = rest.len();
    let byte = |i: usize| u64::from(rest[i]);
    if let (Some(low), Some(high)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        // The two halves overlap in bytes that they have in common.
        let (low, high) = (u32::from_le_bytes(*low), u32::from_le_bytes(*high));
        return u64::from(low) | u64::from(high) << (8 * (n - 4));
    }
    match n {
        0 => 0,
        1 => byte(0),
        2 => byte(0) | byte(1) << 8,
        _ => byte(0) | byte(1) << 8 | byte(2) << 16,
    }
}

/// `_imp.source_hash(key, source)`: the eight bytes that PEP 552 puts into a hash-based `.pyc`.
pub fn source_hash(key: u64, source: &[u8]) -> [u8; 8] {
    siphash13(key, 0, source).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `hash(text)` of CPython 3.14.10 on x86-64 for seeds 0, 1 and 4294967295.
    const HASHES: &[(&str, [i64; 3])] = &[
        ("", [0, 0, 0]),
        ("a", [4644417185603328019, -3012895188637184397, -5989683813037840249]),
        ("abc", [-4594863902769663758, -4667308735975688587, -6122489556238538401]),
        ("hello, world", [-2912988965868824583, -1166640316682168784, 7493233748722994306]),
        ("12345678", [3785724242978802311, 500036314421443289, -5472437280652225004]),
        ("naïve", [7682306841811832039, 2609374546601413833, 7170769924721592160]),
        ("ÿÿÿÿÿÿÿÿÿ", [-2129700217430894956, -5360950263664754266, 6233299344981918504]),
        ("Ωmega", [-4133799015008674522, -6608574502120420631, 1128782235748030291]),
        ("日本語", [7116994712188270, 4108418643989797081, -6341209519133234530]),
        ("😀", [-3536540696076613844, 7663130467274561019, -5273353973323107289]),
        ("a😀b", [-7541021549821082252, 2008047023189631869, 4703360681700203038]),
    ];

    fn hash_str(key: HashKey, text: &str) -> i64 {
        let widest = text.chars().map(u32::from).max().unwrap_or(0);
        match widest {
            0..0x100 => key.hash(&text.chars().map(|c| c as u8).collect::<Vec<_>>()),
            0x100..0x10000 => key.hash_text(&text.chars().map(|c| c as u16).collect::<Vec<_>>()),
            _ => key.hash_text(&text.chars().map(u32::from).collect::<Vec<_>>()),
        }
    }

    #[test]
    fn strings_of_each_kind_hash_as_in_cpython() {
        for (column, seed) in [0, 1, u32::MAX].into_iter().enumerate() {
            let key = HashKey::from_seed(seed);
            for (text, expected) in HASHES {
                assert_eq!(hash_str(key, text), expected[column], "{text:?} with seed {seed}");
            }
        }
    }

    #[test]
    fn source_hash_is_that_of_imp() {
        // `_imp.source_hash(0x0a0d0e2b, b'abc').hex()`
        assert_eq!(source_hash(0x0a0d_0e2b, b"abc"), [0x6e, 0x46, 0x1b, 0xf6, 0xa5, 0xe9, 0x7b, 0x4a]);
    }
}
