//! `unicodedata`: the Unicode character database. The data are `taipan_text`'s, the names a crate's.
//!
//! The module's functions are methods of a `UCD` object in CPython; here both call the same functions with the version.

use taipan_layout::Value;
use taipan_text::unicode::UNICODE_VERSION;
use taipan_text::unicode::character::{self, Character, Form, Version};

use super::NativeModule;
use super::native::{self, native_data};
use crate::objects::spec::{MethodSpec, TypeSpec, function, getter, method, tp_flags};
use crate::objects::{Slots, bytes, float, is_instance, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::parts;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "unicodedata",
    doc: "What the Unicode standard, version 16.0.0, says about characters.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        super::add_type(vm, m, vm.types.ucd, &UCD)?;
        super::set_text(vm, m, "unidata_version", UNICODE_VERSION)?;
        super::set(vm, m, "ucd_3_2_0", *native::new(vm, vm.types.ucd, Database)?)
    },
};

/// The database in version 3.2.
#[derive(Default)]
pub struct Database;
native_data!(Database);

macro_rules! queries {
    ($($name:literal $signature:literal $f:ident $doc:literal;)*) => {
        static FUNCTIONS: &[MethodSpec] =
            &[$(function($name, concat!("($module, ", $signature, ", /)"), |vm, _, a| $f(vm, Version::Current, a), $doc)),*];
        static METHODS: &[MethodSpec] =
            &[$(method($name, concat!("($self, ", $signature, ", /)"), |vm, _, a| $f(vm, Version::Old, a), $doc)),*];
    };
}

queries! {
    "decimal" "chr, default=<unrepresentable>" decimal "The value of a character that is a decimal digit.\n\n\
                                                        For others the default, or a ValueError if there is none.";
    "digit" "chr, default=<unrepresentable>" digit "The value of a character that is a digit.\n\n\
                                                    For others the default, or a ValueError if there is none.";
    "numeric" "chr, default=<unrepresentable>" numeric "The value of a character that is a number, as a float.\n\n\
                                                        For others the default, or a ValueError if there is none.";
    "category" "chr" category "The two letters of the character's general category.";
    "bidirectional" "chr" bidirectional "The character's class in bidirectional text; empty if it has none.";
    "combining" "chr" combining "The character's canonical combining class, 0 for most.";
    "mirrored" "chr" mirrored "1 if the character is mirrored in text from right to left, else 0.";
    "east_asian_width" "chr" east_asian_width "The letters of the character's East Asian width.";
    "decomposition" "chr" decomposition "What the character is decomposed into, as code points in hexadecimal; empty if it is not.";
    "is_normalized" "form, unistr" is_normalized "Whether the text is in a normal form.\n\nThe form is 'NFC', 'NFKC', 'NFD' or 'NFKD'.";
    "normalize" "form, unistr" normalize "The text in a normal form.\n\nThe form is 'NFC', 'NFKC', 'NFD' or 'NFKD'.";
    "name" "chr, default=<unrepresentable>" name "The character's name.\n\nIf it has none, the default, or a ValueError if there is none.";
    "lookup" "name" lookup "The character with this name, or the sequence.\n\nKeyError if there is none.";
}

pub static UCD: TypeSpec = TypeSpec {
    name: "unicodedata.UCD",
    flags: tp_flags::DISALLOW_INSTANTIATION | tp_flags::IMMUTABLETYPE,
    slots: Slots { ..native::slots::<Database>() },
    methods: METHODS,
    getset: &[getter("unidata_version", |vm, _| str::new(vm, "3.2.0"), "")],
    ..native::spec::<Database>()
};

/// The one character that an argument has to be; `argument` says which one, in CPython's words.
fn code_point(vm: &Vm, v: Value, function: &str, argument: &str) -> PyResult<u32> {
    if !is_instance(vm, v, vm.types.str) {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("{function}() {argument} must be a unicode character, not {got}")));
    }
    let text = str::view(&v);
    if text.len() != 1 {
        let n = text.len();
        return Err(vm.type_error(&format!(
            "{function}(): {argument} must be a unicode character, not a string of length {n}"
        )));
    }
    Ok(text.get(0))
}

fn only(vm: &Vm, version: Version, args: &[Value], function: &str) -> PyResult<Character> {
    Ok(Character::of(version, code_point(vm, args[0], function, "argument")?))
}

/// A value, or the default, or `ValueError`.
fn value_or(vm: &Vm, found: Option<Owned>, default: Value, missing: &str) -> PyResult {
    match (found, native::passed(default)) {
        (Some(v), _) => Ok(v),
        (None, Some(default)) => Ok(default.own()),
        (None, None) => Err(vm.value_error(missing)),
    }
}

fn decimal(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    let c = Character::of(version, code_point(vm, args[0], "decimal", "argument 1")?);
    value_or(vm, c.decimal().map(|n| Owned::fixnum(n.into())), args[1], "not a decimal")
}

fn digit(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    let c = Character::of(version, code_point(vm, args[0], "digit", "argument 1")?);
    value_or(vm, c.digit().map(|n| Owned::fixnum(n.into())), args[1], "not a digit")
}

fn numeric(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    let c = Character::of(version, code_point(vm, args[0], "numeric", "argument 1")?);
    let number = c.numeric().map(|n| float::new(vm, n)).transpose()?;
    value_or(vm, number, args[1], "not a numeric character")
}

fn category(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    str::new(vm, only(vm, version, args, "category")?.category())
}

fn bidirectional(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    str::new(vm, only(vm, version, args, "bidirectional")?.bidirectional())
}

fn combining(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    Ok(Owned::fixnum(only(vm, version, args, "combining")?.combining().into()))
}

fn mirrored(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    Ok(Owned::fixnum(only(vm, version, args, "mirrored")?.is_mirrored().into()))
}

fn east_asian_width(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    str::new(vm, only(vm, version, args, "east_asian_width")?.east_asian_width())
}

fn decomposition(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    let code = code_point(vm, args[0], "decomposition", "argument")?;
    let hexadecimal = |parts: &[u32]| parts.iter().map(|c| format!("{c:04X}")).collect::<Vec<_>>();
    if (0xAC00..0xAC00 + 11172).contains(&code) {
        let form = Form { compatible: false, composed: false };
        // The first two letters and the last one apart, as the database counts a syllable with three.
        let parts = character::normalize(version, form, [code].into_iter());
        return str::new(vm, &hexadecimal(&parts).join(" "));
    }
    let Some((tag, parts)) = character::decomposition(version, code) else { return str::new(vm, "") };
    let mut words = hexadecimal(parts);
    if !tag.is_empty() {
        words.insert(0, tag.to_owned());
    }
    str::new(vm, &words.join(" "))
}

/// The form and the text that `normalize` and `is_normalized` are given, and the text's normal form unless it is ASCII.
fn normal_form(vm: &Vm, version: Version, args: &[Value], function: &str) -> PyResult<Option<Vec<u32>>> {
    for (i, v) in args.iter().enumerate() {
        if !is_instance(vm, *v, vm.types.str) {
            let (n, got) = (i + 1, type_of(vm, *v).name_str());
            return Err(vm.type_error(&format!("{function}() argument {n} must be str, not {got}")));
        }
    }
    let text = str::view(&args[1]);
    if text.is_empty() {
        return Ok(None);
    }
    let Some(form) = Form::named(&str::to_string_lossy(args[0])) else {
        return Err(vm.value_error("invalid normalization form"));
    };
    if text.as_ascii().is_some() {
        return Ok(None);
    }
    Ok(Some(character::normalize(version, form, text.iter())))
}

fn is_normalized(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    let same = match normal_form(vm, version, args, "is_normalized")? {
        Some(points) => str::view(&args[1]).iter().eq(points),
        None => true,
    };
    Ok(Owned::bool(same))
}

fn normalize(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    match normal_form(vm, version, args, "normalize")? {
        Some(points) if !str::view(&args[1]).iter().eq(points.iter().copied()) => {
            str::from_code_points(vm, points)
        }
        _ => Ok(args[1].own()),
    }
}

fn name(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    let code = code_point(vm, args[0], "name", "argument 1")?;
    let known = Character::of(version, code).is_assigned();
    let name = char::from_u32(code).filter(|_| known).and_then(parts::names(vm)?.of);
    let name = name.map(|n| str::new(vm, &n)).transpose()?;
    value_or(vm, name, args[1], "no such name")
}

fn lookup(vm: &Vm, version: Version, args: &[Value]) -> PyResult {
    const LONGEST: usize = 256;
    let text = if is_instance(vm, args[0], vm.types.str) {
        str::to_string_lossy(args[0])
    } else {
        String::from_utf8_lossy(bytes::buffer(vm, args[0])?.as_slice()).into_owned()
    };
    if text.len() > LONGEST {
        return Err(vm.key_error(*str::new(vm, "name too long")?));
    }
    let found = (parts::names(vm)?.find)(&text).map(u32::from);
    match found.filter(|code| Character::of(version, *code).is_assigned()) {
        Some(code) => str::from_char(vm, code),
        None => Err(vm.key_error(*str::new(vm, &format!("undefined character name '{text}'"))?)),
    }
}
