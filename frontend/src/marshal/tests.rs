use std::rc::Rc;

use super::*;
use crate::{CodeObject, Constant, PyText};

/// `fixture.py`, compiled and marshalled by the CPython that the file names.
fn fixture() -> Vec<u8> {
    let text = include_str!("fixture.hex");
    let digits: String = text.lines().filter(|line| !line.starts_with('#')).collect();
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
}

fn nested<'a>(code: &'a CodeObject, name: &str) -> &'a CodeObject {
    code.consts
        .iter()
        .find_map(|constant| match constant {
            Constant::Code(inner) if inner.name.as_str() == Some(name) => Some(&**inner),
            _ => None,
        })
        .unwrap_or_else(|| panic!("no code object {name}"))
}

#[test]
fn reads_what_cpython_wrote() {
    let data = fixture();
    let (value, used) = load(&data).unwrap();
    assert_eq!(used, data.len());
    let Constant::Code(module) = value else { panic!("not code") };
    assert_eq!(module.name.as_str(), Some("<module>"));
    assert_eq!(module.filename.as_str(), Some("fixture.py"));
    assert_eq!(module.firstlineno, 1);
    let f = nested(&module, "f");
    assert_eq!((f.argcount, f.posonlyargcount, f.kwonlyargcount), (3, 2, 2));
    assert_eq!(f.localsplusnames[0].as_str(), Some("a"));
    assert_eq!(f.localsplusnames.len(), f.localspluskinds.len());
    assert!(f.consts.iter().any(|c| matches!(c, Constant::Str(t) if t.as_str() == Some("f's docstring"))));
    assert!(f.consts.iter().any(|c| matches!(c, Constant::FrozenSet(items) if items.len() == 3)));
    assert!(f.consts.iter().any(|c| matches!(c, Constant::Slice(_))));

    let big: dashu_int::IBig = "123456789012345678901234567890".parse().unwrap();
    assert!(module.consts.iter().any(|c| matches!(c, Constant::Int(i) if *i == big)));
    let negative = dashu_int::IBig::from(-1i64 << 40);
    assert!(module.consts.iter().any(|c| matches!(c, Constant::Int(i) if *i == negative)));
    let text: Vec<u32> = "café 日本 😀 ".chars().map(u32::from).chain([0xD800]).collect();
    assert!(
        module
            .consts
            .iter()
            .any(|c| matches!(c, Constant::Str(t) if t.code_points().eq(text.iter().copied())))
    );
    let numbers = module.consts.iter().find_map(|c| match c {
        Constant::Tuple(items) if items.len() == 5 => Some(items),
        _ => None,
    });
    assert!(matches!(
        numbers.expect("the tuple of numbers")[..],
        [
            Constant::Float(1.5),
            Constant::Float(zero),
            Constant::Float(1e300),
            Constant::Complex { real: 0.0, imag: 2.0 },
            Constant::Tuple(_)
        ] if zero == 0.0 && zero.is_sign_negative()
    ));
}

#[test]
fn writing_and_reading_gives_the_same_object() {
    let module = load_code(&fixture()).unwrap();
    let written = dump_code(&module).unwrap();
    let again = load_code(&written).unwrap();
    assert_eq!(format!("{module:?}"), format!("{again:?}"));
    assert_eq!(dump_code(&again).unwrap(), written);
}

#[test]
fn every_scalar_survives() {
    let ints = [
        "0",
        "-1",
        "2147483647",
        "-2147483648",
        "2147483648",
        "32767",
        "-1152921504606846976",
        "1267650600228229401496703205375",
        "-340282366920938463463374607431768211456",
    ];
    let mut values: Vec<Constant> = ints.iter().map(|i| Constant::Int(i.parse().unwrap())).collect();
    values.extend([f64::INFINITY, f64::NAN, -0.0, 5e-324].map(Constant::Float));
    for text in ["", "a", "é", "\u{10FFFF}", &"long".repeat(100), &"ü".repeat(300)] {
        values.push(Constant::Str(text.into()));
    }
    values.push(Constant::Str(PyText::from_code_points([0xDC00, 0xD800, 0xDC00])));
    values.push(Constant::Bytes(vec![0xFF; 400].into()));
    values.push(Constant::Tuple(vec![Constant::None; 300].into()));
    let all = Constant::Tuple([values.clone(), values].concat().into());
    let bytes = dump(&all).unwrap();
    let (again, used) = load(&bytes).unwrap();
    assert_eq!(used, bytes.len());
    assert_eq!(format!("{again:?}"), format!("{all:?}"));
}

#[test]
fn shared_objects_are_written_once_and_read_as_one() {
    let shared = Constant::Tuple(vec![Constant::Str("shared text".into())].into());
    let pair = Constant::Tuple(vec![shared.clone(), shared].into());
    let bytes = dump(&pair).unwrap();
    assert_eq!(bytes, b")\x02\xa9\x01z\x0bshared textr\0\0\0\0");
    let Constant::Tuple(items) = load(&bytes).unwrap().0 else { panic!("not a tuple") };
    let [Constant::Tuple(a), Constant::Tuple(b)] = &items[..] else { panic!("not a pair of tuples") };
    assert!(Rc::ptr_eq(a, b));
}

/// Messages of CPython 3.14.10's `marshal.loads` for the same bytes.
#[test]
fn errors_have_cpythons_messages() {
    let deep = [b")\x01".repeat(2000).as_slice(), b"N"].concat();
    let cases: &[(&[u8], &str)] = &[
        (b"", "EOF read where object expected"),
        (b"?", "bad marshal data (unknown type code)"),
        (b"0", "NULL object in marshal data for object"),
        (b")\x010", "NULL object in marshal data for tuple"),
        (b">\x01\0\0\x000", "NULL object in marshal data for set"),
        (b"(\xff\xff\xff\xff", "bad marshal data (tuple size out of range)"),
        (b">\xff\xff\xff\xff", "bad marshal data (set size out of range)"),
        (b"s\xff\xff\xff\xff", "bad marshal data (bytes object size out of range)"),
        (b"u\xff\xff\xff\xff", "bad marshal data (string size out of range)"),
        (b"l\0\0\0\x80", "bad marshal data (long size out of range)"),
        (b"l\x01\0\0\0\0\0", "bad marshal data (unnormalized long data)"),
        (b"l\x01\0\0\0\0\x80", "bad marshal data (digit out of range in long)"),
        (b"r\0\0\0\0", "bad marshal data (invalid reference)"),
        (b"\xa9\x01r\0\0\0\0", "bad marshal data (invalid reference)"),
        (b"s\xff\xff\xff\x7f", "marshal data too short"),
        (b"(\xff\xff\xff\x7f", "EOF read where object expected"),
        (b"g\0\0", "marshal data too short"),
        (b"z", "EOF read where not expected"),
        (b"f\x03abc", "could not convert string to float: 'abc'"),
        (b"[\0\0\0\0", "marshal type '[' is not part of a code object"),
        (&deep, "recursion limit exceeded"),
    ];
    for (data, message) in cases {
        let error = load(data).expect_err("damaged data");
        assert_eq!(error.to_string(), *message, "{:?}", &data[..data.len().min(20)]);
    }
    assert!(load(&deep[2..]).is_ok());
}

#[test]
fn nesting_is_limited_when_writing() {
    let nest = |depth: usize| (0..depth).fold(Constant::None, |inner, _| Constant::Tuple(vec![inner].into()));
    assert!(dump(&nest(MAX_DEPTH - 1)).is_ok());
    assert_eq!(dump(&nest(MAX_DEPTH)), Err(WriteError::TooDeep));
}

/// Neither reader nor writer may take time exponential in the depth.
#[test]
fn containers_that_share_their_parts_are_no_bomb() {
    let mut bomb = Constant::FrozenSet(vec![Constant::None].into());
    for _ in 0..100 {
        let pair = Constant::Tuple(vec![bomb.clone(), bomb.clone()].into());
        bomb = Constant::FrozenSet(vec![bomb, pair].into());
    }
    let bytes = dump(&bomb).unwrap();
    assert!(bytes.len() < 10_000);
    assert_eq!(load(&bytes).unwrap().1, bytes.len());
}

#[test]
fn code_objects_may_nest_to_the_limit_on_a_small_stack() {
    let mut code = (*load_code(&dump_code(&load_code(&fixture()).unwrap()).unwrap()).unwrap()).clone();
    code.consts.clear();
    let mut nested = Rc::new(code.clone());
    for _ in 0..(MAX_DEPTH / 2 - 2) {
        nested = Rc::new(CodeObject { consts: vec![Constant::Code(nested)], ..code.clone() });
    }
    let bytes = dump_code(&nested).unwrap();
    assert!(load_code(&bytes).is_ok());
    for _ in 0..2 {
        nested = Rc::new(CodeObject { consts: vec![Constant::Code(nested)], ..code.clone() });
    }
    assert_eq!(dump_code(&nested), Err(WriteError::TooDeep));
}

#[test]
fn damage_never_panics() {
    let data = fixture();
    for len in (0..data.len()).step_by(3) {
        assert!(load(&data[..len]).is_err());
    }
    for at in 0..data.len() {
        for value in [0xFF, b'r', data[at] ^ 0x80] {
            let mut damaged = data.clone();
            damaged[at] = value;
            let loaded = load(&damaged);
            if let Ok((value, _)) = loaded
                && at % 16 == 0
            {
                assert!(dump(&value).is_ok());
            }
        }
    }
}

#[test]
fn headers_round_trip() {
    let hash = source_hash(b"abc");
    let modes = [
        PycValidation::Timestamp { mtime: 0x6912_3456, source_size: 77 },
        PycValidation::CheckedHash(hash),
        PycValidation::UncheckedHash(hash),
    ];
    for validation in modes {
        let header = PycHeader { validation };
        assert_eq!(PycHeader::parse(&header.to_bytes()), Ok(header));
    }
    let checked = PycHeader { validation: PycValidation::CheckedHash(hash) }.to_bytes();
    assert_eq!(checked, *b"\x2b\x0e\r\n\x03\0\0\0\x6e\x46\x1b\xf6\xa5\xe9\x7b\x4a");
    assert_eq!(PycHeader::parse(b"\x2b\x0e\r\n\0\0\0"), Err(PycHeaderError::Truncated));
    assert_eq!(PycHeader::parse(b"\x2b\x0e\r"), Err(PycHeaderError::BadMagic));
    assert_eq!(PycHeader::parse(&[0; 16]), Err(PycHeaderError::BadMagic));
    let mut bad_flags = checked;
    bad_flags[4] = 4;
    assert_eq!(PycHeader::parse(&bad_flags), Err(PycHeaderError::InvalidFlags(4)));
}
