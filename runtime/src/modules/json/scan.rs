//! `make_scanner`: a document → objects.
//!
//! The scanner works on the code points of the document, which stays as it is while hooks run.

use taipan_layout::Value;

use super::{class_or, refuse, text};
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{Member, MemberType, TypeSpec, member};
use crate::objects::str::{self, StrView};
use crate::objects::{Slots, dict, float, int, list, tuple, type_of};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
#[derive(Default)]
pub struct Scanner {
    strict: bool,
    object_hook: Option<Owned>,
    object_pairs_hook: Option<Owned>,
    parse_float: Option<Owned>,
    parse_int: Option<Owned>,
    parse_constant: Option<Owned>,
}
native_data!(Scanner: object_hook, object_pairs_hook, parse_float, parse_int, parse_constant);

const fn offset(of: usize) -> usize {
    native::data_offset::<Scanner>() + of
}

static MEMBERS: &[Member] = &[
    member("strict", MemberType::Bool, offset(std::mem::offset_of!(Scanner, strict)), true),
    member("object_hook", MemberType::ObjectOrNone, offset(std::mem::offset_of!(Scanner, object_hook)), true),
    member(
        "object_pairs_hook",
        MemberType::ObjectOrNone,
        offset(std::mem::offset_of!(Scanner, object_pairs_hook)),
        true,
    ),
    member("parse_float", MemberType::ObjectOrNone, offset(std::mem::offset_of!(Scanner, parse_float)), true),
    member("parse_int", MemberType::ObjectOrNone, offset(std::mem::offset_of!(Scanner, parse_int)), true),
    member(
        "parse_constant",
        MemberType::ObjectOrNone,
        offset(std::mem::offset_of!(Scanner, parse_constant)),
        true,
    ),
];

pub static SCANNER: TypeSpec = TypeSpec {
    name: "_json.Scanner",
    doc: "What json.JSONDecoder reads with.",
    slots: Slots { new: Some(new), call: Some(call), ..native::slots::<Scanner>() },
    members: MEMBERS,
    ..native::spec::<Scanner>()
};

fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ([context], _keep) = native::bind(vm, "make_scanner", "(context)", args)?;
    let get = |name: &str| protocol::attr::get_str(vm, context, name);
    let strict = get("strict")?;
    let scanner = Scanner {
        strict: protocol::compare::is_true(vm, *strict)?,
        object_hook: Some(get("object_hook")?),
        object_pairs_hook: Some(get("object_pairs_hook")?),
        parse_float: Some(get("parse_float")?),
        parse_int: Some(get("parse_int")?),
        parse_constant: Some(get("parse_constant")?),
    };
    native::new(vm, class_or(vm, cls, vm.types.json_scanner), scanner)
}

fn call(vm: &Vm, this: Value, args: Args) -> PyResult {
    let ([document, start], _keep) = native::bind(vm, "scan_once", "(string, idx)", args)?;
    let start = protocol::index::to_isize(vm, start)?;
    if !str::is_str(vm, document) {
        let got = type_of(vm, document).name_str();
        return Err(vm.type_error(&format!("first argument must be a string, not {got}")));
    }
    let Ok(start) = usize::try_from(start) else {
        return Err(vm.value_error("idx cannot be negative"));
    };
    let s = native::data::<Scanner>(this);
    let hook = |v: &Option<Owned>| v.clone().filter(|v| !v.is_none());
    let other = |v: &Option<Owned>, usual: Value| v.clone().filter(|v| **v != usual);
    let run = Run {
        vm,
        document,
        text: str::view(&document),
        strict: s.strict,
        object_hook: hook(&s.object_hook),
        object_pairs_hook: hook(&s.object_pairs_hook),
        parse_float: other(&s.parse_float, vm.types.float.value()),
        parse_int: other(&s.parse_int, vm.types.int.value()),
        parse_constant: s.parse_constant.clone(),
        memo: dict::new(vm)?,
    };
    let (made, next) = run.value(start)?;
    tuple::pair(vm, made, int::from_usize(vm, next)?)
}

/// One scan of a document.
struct Run<'a> {
    vm: &'a Vm,
    document: Value,
    text: StrView<'a>,
    strict: bool,
    object_hook: Option<Owned>,
    object_pairs_hook: Option<Owned>,
    /// Unless they are `float` and `int`.
    parse_float: Option<Owned>,
    parse_int: Option<Owned>,
    parse_constant: Option<Owned>,
    /// Keys of objects, so that equal ones are one string.
    memo: Owned,
}

type Found = PyResult<(Owned, usize)>;

impl Run<'_> {
    /// The character at a place; 0 behind the end, which is nothing that a document may contain there.
    fn at(&self, i: usize) -> u32 {
        if i < self.text.len() { self.text.get(i) } else { 0 }
    }

    fn is(&self, i: usize, c: u8) -> bool {
        self.at(i) == u32::from(c)
    }

    fn has(&self, i: usize, word: &str) -> bool {
        word.bytes().enumerate().all(|(n, b)| self.is(i + n, b))
    }

    fn is_digit(&self, i: usize) -> bool {
        matches!(self.at(i), 0x30..=0x39)
    }

    fn skip_blanks(&self, mut i: usize) -> usize {
        while matches!(self.at(i), 0x20 | 0x09 | 0x0A | 0x0D) {
            i += 1;
        }
        i
    }

    #[cold]
    fn refuse(&self, message: &str, at: usize) -> Raised {
        refuse(self.vm, message, self.document, at)
    }

    /// There is no value: the caller of the scanner says what was expected.
    #[cold]
    fn nothing(&self, at: usize) -> Raised {
        match int::from_usize(self.vm, at) {
            Ok(at) => self.vm.stop_iteration(Some(*at)),
            Err(raised) => raised,
        }
    }

    fn value(&self, i: usize) -> Found {
        let vm = self.vm;
        if i >= self.text.len() {
            return Err(self.nothing(i));
        }
        match u8::try_from(self.text.get(i)).unwrap_or(0) {
            b'"' => text::scan(vm, self.document, i + 1, self.strict),
            b'{' => {
                vm.check_native_stack(" while decoding a JSON object from a unicode string")?;
                self.object(i + 1)
            }
            b'[' => {
                vm.check_native_stack(" while decoding a JSON array from a unicode string")?;
                self.array(i + 1)
            }
            b'n' if self.has(i, "null") => Ok((Owned::none(), i + 4)),
            b't' if self.has(i, "true") => Ok((Owned::bool(true), i + 4)),
            b'f' if self.has(i, "false") => Ok((Owned::bool(false), i + 5)),
            b'N' if self.has(i, "NaN") => self.constant("NaN", i),
            b'I' if self.has(i, "Infinity") => self.constant("Infinity", i),
            b'-' if self.has(i, "-Infinity") => self.constant("-Infinity", i),
            _ => self.number(i),
        }
    }

    fn constant(&self, name: &str, i: usize) -> Found {
        let text = str::intern(self.vm, name);
        let parse = self.parse_constant.as_deref().copied().unwrap_or(Value::NONE);
        Ok((protocol::call::positional(self.vm, parse, &[*text])?, i + name.len()))
    }

    fn object(&self, start: usize) -> Found {
        let vm = self.vm;
        let mut pairs = Vec::new();
        let made = match self.object_pairs_hook {
            Some(_) => None,
            None => Some(dict::new(vm)?),
        };
        let mut i = self.skip_blanks(start);
        if !self.is(i, b'}') {
            loop {
                if !self.is(i, b'"') {
                    return Err(self.refuse("Expecting property name enclosed in double quotes", i));
                }
                let (key, next) = text::scan(vm, self.document, i + 1, self.strict)?;
                let key = self.shared(key)?;
                i = self.skip_blanks(next);
                if !self.is(i, b':') {
                    return Err(self.refuse("Expecting ':' delimiter", i));
                }
                let (value, next) = self.value(self.skip_blanks(i + 1))?;
                match &made {
                    Some(d) => dict::set_str(vm, **d, *key, *value)?,
                    None => pairs.push(tuple::pair(vm, key, value)?),
                }
                let ended;
                (i, ended) = self.after_item(next, b'}', "Illegal trailing comma before end of object")?;
                if ended {
                    break;
                }
            }
        }
        let object = match (&self.object_pairs_hook, made, &self.object_hook) {
            (Some(hook), ..) => {
                let pairs = list::new(vm, pairs)?;
                protocol::call::positional(vm, **hook, &[*pairs])?
            }
            (None, Some(d), Some(hook)) => protocol::call::positional(vm, **hook, &[*d])?,
            (None, Some(d), None) => d,
            (None, None, _) => Owned::none(),
        };
        Ok((object, i + 1))
    }

    /// The string that an equal key was before.
    fn shared(&self, key: Owned) -> PyResult<Owned> {
        dict::set_default(self.vm, *self.memo, *key, *key)
    }

    fn array(&self, start: usize) -> Found {
        let mut items = Vec::new();
        let mut i = self.skip_blanks(start);
        if !self.is(i, b']') {
            loop {
                let (value, next) = self.value(i)?;
                items.push(value);
                let ended;
                (i, ended) = self.after_item(next, b']', "Illegal trailing comma before end of array")?;
                if ended {
                    break;
                }
            }
        }
        Ok((list::new(self.vm, items)?, i + 1))
    }

    /// Where the next item begins, or where the bracket is that ends the container, and which of the two it is.
    fn after_item(&self, i: usize, bracket: u8, trailing: &str) -> PyResult<(usize, bool)> {
        let i = self.skip_blanks(i);
        if self.is(i, bracket) {
            return Ok((i, true));
        }
        if !self.is(i, b',') {
            return Err(self.refuse("Expecting ',' delimiter", i));
        }
        let next = self.skip_blanks(i + 1);
        if self.is(next, bracket) {
            return Err(self.refuse(trailing, i));
        }
        Ok((next, false))
    }

    fn digits(&self, mut i: usize) -> usize {
        while self.is_digit(i) {
            i += 1;
        }
        i
    }

    fn number(&self, start: usize) -> Found {
        let first = start + usize::from(self.is(start, b'-'));
        if !self.is_digit(first) {
            return Err(self.nothing(start));
        }
        // No digits follow a zero.
        let mut end = if self.is(first, b'0') { first + 1 } else { self.digits(first) };
        let mut is_float = false;
        if self.is(end, b'.') && self.is_digit(end + 1) {
            is_float = true;
            end = self.digits(end + 1);
        }
        if self.is(end, b'e') || self.is(end, b'E') {
            let sign = usize::from(self.is(end + 1, b'+') || self.is(end + 1, b'-'));
            if self.is_digit(end + 1 + sign) {
                is_float = true;
                end = self.digits(end + 1 + sign);
            }
        }
        Ok((self.number_object(start, end, is_float)?, end))
    }

    fn number_object(&self, start: usize, end: usize, is_float: bool) -> PyResult {
        let vm = self.vm;
        let hook = if is_float { &self.parse_float } else { &self.parse_int };
        if let Some(hook) = hook {
            let text = str::substring(vm, self.document, start, end)?;
            return protocol::call::positional(vm, **hook, &[*text]);
        }
        // Digits, signs and the like are ASCII whatever the document is.
        let text: String = (start..end).filter_map(|i| char::from_u32(self.text.get(i))).collect();
        if is_float {
            return match text.parse() {
                Ok(number) => float::new(vm, number),
                Err(_) => Err(self.nothing(start)),
            };
        }
        match text.parse() {
            Ok(number) => int::new(vm, number),
            Err(_) => {
                let text = str::from_ascii(vm, text.as_bytes())?;
                protocol::call::positional(vm, vm.types.int.value(), &[*text])
            }
        }
    }
}
