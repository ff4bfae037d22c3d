//! Strings as objects: what Rust code relies on.

use super::*;
use crate::config::Config;
use crate::vm::Vm;

fn vm() -> &'static Vm {
    Vm::new(Config { hash_seed: Some(0), ..Config::default() })
}

#[test]
fn widths_are_the_narrowest() {
    let vm = vm();
    for (text, expected, is_ascii) in
        [("", 0, true), ("abc", 0, true), ("aé", 0, false), ("aΩ", 1, false), ("a😀", 2, false)]
    {
        let s = new(vm, text).unwrap();
        assert_eq!((kinds::width(*s), kinds::is_ascii(*s)), (expected, is_ascii), "{text:?}");
        assert_eq!(length(*s), text.chars().count());
        assert_eq!(to_string_lossy(*s), text);
    }
    let wide = new(vm, "aΩb").unwrap();
    let narrow = substring(vm, *wide, 0, 1).unwrap();
    assert_eq!(kinds::width(*narrow), 0, "a slice of a wide string is narrowed");
    let gone = replace_text(vm, *wide, *new(vm, "Ω").unwrap(), *new(vm, "xx").unwrap(), usize::MAX).unwrap();
    assert_eq!((to_string_lossy(*gone).as_str(), kinds::width(*gone)), ("axxb", 0));
}

#[test]
fn interned_strings_exist_once() {
    let vm = vm();
    let a = intern(vm, "some_name");
    let b = intern_value(vm, *new(vm, "some_name").unwrap());
    assert_eq!(*a, *b);
    assert!(is_interned(*a) && equal(*a, *new(vm, "some_name").unwrap()));
    let before = interned_count(vm);
    drop((a, b));
    assert_eq!(interned_count(vm), before - 1, "a dead name leaves the table");
    assert_eq!(*from_char(vm, b'x' as u32).unwrap(), *intern(vm, "x"));
}

#[test]
fn appending_grows_in_place() {
    let vm = vm();
    let mut s = new(vm, "ab").unwrap();
    let piece = new(vm, "cd").unwrap();
    let mut moves = 0;
    for _ in 0..10_000 {
        let before = *s;
        s = append_in_place(vm, s, *piece).unwrap();
        moves += (before != *s) as usize;
    }
    assert_eq!(length(*s), 20_002);
    assert!(moves < 200, "{moves} moves");
    let shared = s.clone();
    let longer = append_in_place(vm, s, *piece).unwrap();
    assert_ne!(*longer, *shared, "a string that others see is left alone");
    assert_eq!(length(*shared), 20_002);
    let wide = append_in_place(vm, longer, *new(vm, "é").unwrap()).unwrap();
    assert!(!kinds::is_ascii(*wide));
}

#[test]
fn hashes_are_those_of_the_seed() {
    let vm = vm();
    assert_eq!(hash(vm, *new(vm, "abc").unwrap()), -4594863902769663758);
    assert_eq!(hash(vm, *empty(vm)), 0);
}

#[test]
fn surrogates_survive_wtf8() {
    let vm = vm();
    let s = from_code_points(vm, [0x61, 0xD800, 0x1F600]).unwrap();
    let again = from_wtf8(vm, &to_wtf8(*s)).unwrap();
    assert!(equal(*s, *again));
    assert_eq!(as_str(&s), None);
    assert_eq!(to_string_lossy(*s), "a\u{FFFD}😀");
}

#[test]
fn order_is_by_code_points() {
    let vm = vm();
    let all = ["", "a", "ab", "b", "é", "Ω", "😀"].map(|t| new(vm, t).unwrap());
    for (i, a) in all.iter().enumerate() {
        for (j, b) in all.iter().enumerate() {
            assert_eq!(compare(**a, **b), i.cmp(&j));
            assert_eq!(equal(**a, **b), i == j);
        }
    }
}

#[test]
fn encodings_round_trip() {
    let vm = vm();
    for text in ["", "plain", "aéΩ😀"] {
        let s = new(vm, text).unwrap();
        for encoding in ["utf-8", "utf-16", "utf-16-be", "utf-32", "utf-32-le"] {
            let encoded = codec::encode(vm, *s, encoding, "strict").unwrap();
            let bytes = crate::objects::bytes::as_slice(&encoded);
            let decoded = codec::decode(vm, *encoded, bytes, encoding, "strict").unwrap();
            assert!(equal(*s, *decoded), "{text:?} in {encoding}");
        }
    }
}
