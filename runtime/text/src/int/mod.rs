//! `int` beyond the machine word: Python's semantics over [`dashu_int::IBig`].
//!
//! dashu computes; what differs in Python is the rounding of division (towards minus infinity), the
//! errors, and limits: an operation whose result would not fit into memory must raise `MemoryError`
//! where the library would abort, so results are estimated first ([`MAX_BITS`]).
//!
//! Bitwise operators need nothing from here: `&`, `|`, `^` and `!` of `IBig` already see negative
//! numbers as two's complement with infinitely many sign bits.

mod arith;
mod convert;
mod text;

pub use arith::{
    divmod, floor_div, floor_mod, gcd, isqrt, lcm, pow, pow_mod, round, shift_left, shift_right, true_div,
};
pub use convert::{ByteOrder, bit_count, bit_length, compare_f64, from_bytes, to_bytes, to_f64};
pub use text::{DEFAULT_MAX_STR_DIGITS, ParseError, parse_ascii, to_decimal, to_radix};

/// Results with more bits than this (8 GiB) raise `MemoryError` without being tried.
pub const MAX_BITS: usize = 1 << 36;

#[cfg(test)]
mod tests;
