//! `re.Pattern` and the scanners that iterate with one.

use std::rc::Rc;

use taipan_layout::Value;

use super::engine::{Found, How, Subject};
use super::{matched, template};
use crate::modules::native::{self, native_data};
use crate::objects::slots::CompareOp;
use crate::objects::spec::{MethodSpec, TypeSpec, class_method, getter, method, method0, method1, tp_flags};
use crate::objects::{Slots, descr, genericalias, int, is_instance, iter, list, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[derive(Default)]
pub struct Pattern {
    pub pattern: Option<Owned>,
    pub flags: i64,
    pub codes: std::rc::Rc<[u32]>,
    pub groups: usize,
    pub groupindex: Option<Owned>,
    pub indexgroup: Option<Owned>,
    /// `None`: any kind of subject.
    is_bytes: Option<bool>,
}
native_data!(Pattern: pattern, groupindex, indexgroup);

pub static SPEC: TypeSpec = TypeSpec {
    name: "re.Pattern",
    flags: tp_flags::HAVE_GC | tp_flags::WEAKREFABLE | tp_flags::DISALLOW_INSTANTIATION,
    doc: "Compiled regular expression object.",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        ..native::slots::<Pattern>()
    },
    methods: METHODS,
    getset: &[
        getter(
            "pattern",
            |_, p| Ok(word(&pattern(p).pattern)),
            "The pattern string from which the RE object was compiled.",
        ),
        getter("flags", |vm, p| int::new(vm, pattern(p).flags), "The regex matching flags."),
        getter(
            "groups",
            |vm, p| int::from_usize(vm, pattern(p).groups),
            "The number of capturing groups in the pattern.",
        ),
        getter(
            "groupindex",
            |vm, p| descr::mappingproxy::new(vm, *word(&pattern(p).groupindex)),
            "A dictionary mapping group names to group numbers.",
        ),
    ],
    ..native::spec::<Pattern>()
};

static METHODS_TABLE: [MethodSpec; 13] = [
    method(
        "match",
        "($self, /, string, pos=0, endpos=sys.maxsize)",
        |vm, p, a| one(vm, p, a, How::Match),
        "Matches zero or more characters at the beginning of the string.",
    ),
    method(
        "fullmatch",
        "($self, /, string, pos=0, endpos=sys.maxsize)",
        |vm, p, a| one(vm, p, a, How::Full),
        "Matches against all of the string.",
    ),
    method(
        "search",
        "($self, /, string, pos=0, endpos=sys.maxsize)",
        |vm, p, a| one(vm, p, a, How::Search),
        "Scan through string looking for a match, and return a corresponding match object instance.",
    ),
    method(
        "sub",
        "($self, /, repl, string, count=0)",
        |vm, p, a| Ok(substitute(vm, p, a)?.0),
        "Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl.",
    ),
    method(
        "subn",
        "($self, /, repl, string, count=0)",
        subn,
        "Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of pattern with the replacement repl.",
    ),
    method("split", "($self, /, string, maxsplit=0)", split, "Split string by the occurrences of pattern."),
    method(
        "findall",
        "($self, /, string, pos=0, endpos=sys.maxsize)",
        findall,
        "Return a list of all non-overlapping matches of pattern in string.",
    ),
    method(
        "finditer",
        "($self, /, string, pos=0, endpos=sys.maxsize)",
        finditer,
        "Return an iterator over all non-overlapping matches for the RE pattern in string.",
    ),
    method("scanner", "($self, /, string, pos=0, endpos=sys.maxsize)", scanner, ""),
    method0("__copy__", |_, p| Ok(p.own()), ""),
    method1("__deepcopy__", "($self, memo, /)", |_, p, _| Ok(p.own()), ""),
    method0("__reduce__", reduce, ""),
    class_method("__class_getitem__", "($type, item, /)", genericalias::class_getitem, "See PEP 585"),
];
const METHODS: &[MethodSpec] = &METHODS_TABLE;

pub fn pattern<'a>(v: Value) -> &'a mut Pattern {
    native::data(v)
}

fn word(v: &Option<Owned>) -> Owned {
    v.clone().unwrap_or_else(Owned::none)
}

pub fn compile(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let source = args[0];
    let is_bytes = if source.is_none() {
        None
    } else if is_instance(vm, source, vm.types.str) {
        Some(false)
    } else {
        drop(crate::objects::bytes::buffer(vm, source)?);
        Some(true)
    };
    if !is_instance(vm, args[2], vm.types.list) {
        return Err(vm.type_error("compile() argument 'code' must be list"));
    }
    let mut codes = Vec::new();
    for code in protocol::iter::collect(vm, args[2])? {
        let n = protocol::index::to_i64(vm, *code)?;
        let n =
            u32::try_from(n).map_err(|_| vm.overflow_error("regular expression code size limit exceeded"))?;
        codes.push(n);
    }
    let data = Pattern {
        pattern: Some(source.own()),
        flags: protocol::index::to_i64(vm, args[1])?,
        codes: codes.into(),
        groups: protocol::index::to_usize(vm, args[3])?,
        groupindex: Some(args[4].own()),
        indexgroup: Some(args[5].own()),
        is_bytes,
    };
    native::new(vm, vm.types.sre_pattern, data)
}

/// The subject of an operation, which must be of the pattern's kind.
fn subject(vm: &Vm, this: Value, v: Value) -> PyResult<Subject> {
    let subject = Subject::new(vm, v)?;
    match pattern(this).is_bytes {
        Some(true) if !subject.is_bytes => {
            Err(vm.type_error("cannot use a bytes pattern on a string-like object"))
        }
        Some(false) if subject.is_bytes => {
            Err(vm.type_error("cannot use a string pattern on a bytes-like object"))
        }
        _ => Ok(subject),
    }
}

/// `pos` and `endpos` within the subject.
fn bounds(vm: &Vm, subject: &Subject, pos: Value, endpos: Value) -> PyResult<(usize, usize)> {
    let bound = |v: Value, default: usize| -> PyResult<usize> {
        match native::passed(v) {
            Some(v) => {
                let n = protocol::index::to_ssize(vm, v)?;
                Ok(n.clamp(0, subject.len as isize) as usize)
            }
            None => Ok(default),
        }
    };
    let (start, end) = (bound(pos, 0)?, bound(endpos, subject.len)?);
    Ok((start.min(end), end))
}

fn one(vm: &Vm, this: Value, args: &[Value], how: How) -> PyResult {
    let subject = subject(vm, this, args[0])?;
    let (start, end) = bounds(vm, &subject, args[1], args[2])?;
    let found = subject.run(&pattern(this).codes.clone(), start, end, how);
    matched::new(vm, this, &subject.object, found, start, end)
}

/// Successive matches, none of them empty where the one before ended.
struct Matches {
    codes: std::rc::Rc<[u32]>,
    at: usize,
    end: usize,
    advance: bool,
}

impl Matches {
    fn new(this: Value, start: usize, end: usize) -> Matches {
        Matches { codes: pattern(this).codes.clone(), at: start, end, advance: false }
    }

    fn next(&mut self, subject: &Subject) -> Option<Found> {
        if self.at > self.end {
            return None;
        }
        let how = if self.advance { How::SearchOn } else { How::Search };
        let found = subject.run(&self.codes, self.at, self.end, how)?;
        self.advance = found.start == found.end;
        self.at = found.end;
        Some(found)
    }
}

fn group_part(vm: &Vm, subject: &Subject, found: &Found, group: usize, default: &Owned) -> PyResult {
    match found.groups.get(group).copied().flatten() {
        Some((start, end)) => subject.part(vm, start, end),
        None => Ok(default.clone()),
    }
}

fn findall(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let subject = subject(vm, this, args[0])?;
    let (start, end) = bounds(vm, &subject, args[1], args[2])?;
    let (mut matches, groups) = (Matches::new(this, start, end), pattern(this).groups);
    let empty = subject.part(vm, 0, 0)?;
    let mut all = Vec::new();
    while let Some(found) = matches.next(&subject) {
        all.push(match groups {
            0 => subject.part(vm, found.start, found.end)?,
            1 => group_part(vm, &subject, &found, 0, &empty)?,
            _ => {
                let parts = (0..groups)
                    .map(|g| group_part(vm, &subject, &found, g, &empty))
                    .collect::<PyResult<Vec<_>>>()?;
                tuple::from_owned(vm, parts)?
            }
        });
    }
    list::new(vm, all)
}

fn split(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let subject = subject(vm, this, args[0])?;
    let limit = match native::passed(args[1]) {
        Some(v) => protocol::index::to_isize(vm, v)?,
        None => 0,
    };
    let (mut matches, groups) = (Matches::new(this, 0, subject.len), pattern(this).groups);
    let (mut parts, mut last, mut count) = (Vec::new(), 0, 0);
    while limit == 0 || count < limit {
        let Some(found) = matches.next(&subject) else { break };
        parts.push(subject.part(vm, last, found.start)?);
        for g in 0..groups {
            parts.push(group_part(vm, &subject, &found, g, &Owned::none())?);
        }
        last = found.end;
        count += 1;
    }
    parts.push(subject.part(vm, last, subject.len)?);
    list::new(vm, parts)
}

/// What takes the place of a match.
enum Replacement {
    Literal(Owned),
    Template(Owned),
    Function(Owned),
}

fn replacement(vm: &Vm, this: Value, repl: Value) -> PyResult<Replacement> {
    if protocol::object::is_callable(vm, repl) {
        return Ok(Replacement::Function(repl.own()));
    }
    let is_literal = if is_instance(vm, repl, vm.types.str) {
        !str::view(&repl).iter().any(|c| c == u32::from(b'\\'))
    } else {
        match crate::objects::bytes::buffer(vm, repl) {
            Ok(buffer) => !buffer.as_slice().contains(&b'\\'),
            Err(raised) => {
                vm.discard(raised);
                false
            }
        }
    };
    if is_literal {
        return Ok(Replacement::Literal(repl.own()));
    }
    let re = crate::modules::import(vm, "re")?;
    let made = protocol::attr::call_attr(vm, *re, "_compile_template", &[this, repl])?;
    Ok(if type_of(vm, *made) == vm.types.sre_template {
        Replacement::Template(made)
    } else {
        Replacement::Literal(made)
    })
}

fn substitute(vm: &Vm, this: Value, args: &[Value]) -> PyResult<(Owned, usize)> {
    let replacement = replacement(vm, this, args[0])?;
    let subject = subject(vm, this, args[1])?;
    let limit = match native::passed(args[2]) {
        Some(v) => protocol::index::to_isize(vm, v)?,
        None => 0,
    };
    let mut matches = Matches::new(this, 0, subject.len);
    let (mut parts, mut last, mut count) = (Vec::new(), 0, 0);
    while limit == 0 || count < limit as usize {
        let Some(found) = matches.next(&subject) else { break };
        if last < found.start {
            parts.push(subject.part(vm, last, found.start)?);
        }
        last = found.end;
        count += 1;
        match &replacement {
            Replacement::Literal(text) => parts.push(text.clone()),
            Replacement::Template(t) => template::expand_into(vm, **t, &subject, &found, &mut parts)?,
            Replacement::Function(f) => {
                let m = matched::new(vm, this, &subject.object, Some(found), 0, subject.len)?;
                let text = protocol::call::positional(vm, **f, &[*m])?;
                if !text.is_none() {
                    parts.push(text);
                }
            }
        }
    }
    if count == 0 && type_of(vm, *subject.object) == vm.types.str {
        return Ok((subject.object.clone(), 0));
    }
    parts.push(subject.part(vm, last, subject.len)?);
    Ok((subject.join(vm, &parts)?, count))
}

fn subn(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (text, count) = substitute(vm, this, args)?;
    tuple::from_slice(vm, &[*text, *int::from_usize(vm, count)?])
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    const NAMES: [(i64, &str); 8] = [
        (2, "re.IGNORECASE"),
        (4, "re.LOCALE"),
        (8, "re.MULTILINE"),
        (16, "re.DOTALL"),
        (64, "re.VERBOSE"),
        (128, "re.DEBUG"),
        (256, "re.ASCII"),
        (32, "re.UNICODE"),
    ];
    let p = pattern(this);
    let mut flags = p.flags;
    // A text pattern is a Unicode one unless it says otherwise.
    if p.is_bytes == Some(false) && flags & (4 | 256 | 32) == 32 {
        flags &= !32;
    }
    let mut names = Vec::new();
    for (bit, name) in NAMES {
        if flags & bit != 0 {
            names.push(name.to_owned());
            flags &= !bit;
        }
    }
    if flags != 0 {
        names.push(format!("{flags:#x}"));
    }
    let shown = protocol::object::repr(vm, *word(&p.pattern))?;
    let shown = str::substring(vm, *shown, 0, str::length(*shown).min(200))?;
    let shown = str::to_string_lossy(*shown);
    str::new(
        vm,
        &if names.is_empty() {
            format!("re.compile({shown})")
        } else {
            format!("re.compile({shown}, {})", names.join("|"))
        },
    )
}

fn hash(vm: &Vm, this: Value) -> PyResult<i64> {
    let own = protocol::compare::hash(vm, *word(&pattern(this).pattern))?;
    let p = pattern(this);
    let codes = p.codes.iter().fold(0i64, |h, c| h.wrapping_mul(1_000_003) ^ i64::from(*c));
    let h = own ^ codes ^ p.flags ^ p.groups as i64;
    Ok(if h == -1 { -2 } else { h })
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || type_of(vm, b) != vm.types.sre_pattern {
        return Ok(Owned::not_implemented());
    }
    let (x, y) = (pattern(a), pattern(b));
    let same = a == b
        || x.flags == y.flags
            && x.is_bytes == y.is_bytes
            && x.codes == y.codes
            && protocol::compare::equal(vm, *word(&x.pattern), *word(&y.pattern))?;
    Ok(Owned::bool(same == (op == CompareOp::Eq)))
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let re = crate::modules::import(vm, "re")?;
    let function = protocol::attr::get_str(vm, *re, "_compile")?;
    let p = pattern(this);
    let args = tuple::from_slice(vm, &[*word(&p.pattern), Value::fixnum(p.flags)])?;
    tuple::from_slice(vm, &[*function, *args])
}

// ---- scanners ----

#[derive(Default)]
pub struct Scanner {
    pattern: Option<Owned>,
    /// Borrowed, and perhaps recoded, once for all matches.
    subject: Option<Rc<Subject>>,
    string: Option<Owned>,
    from: usize,
    at: usize,
    end: usize,
    advance: bool,
    ended: bool,
}
native_data!(Scanner: pattern, string);

pub static SCANNER: TypeSpec = TypeSpec {
    name: "_sre.SRE_Scanner",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: native::slots::<Scanner>(),
    methods: &[
        method0("match", |vm, this| scan(vm, this, false), ""),
        method0("search", |vm, this| scan(vm, this, true), ""),
    ],
    getset: &[getter("pattern", |_, this| Ok(word(&native::data::<Scanner>(this).pattern)), "")],
    ..native::spec::<Scanner>()
};

fn scanner(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let subject = subject(vm, this, args[0])?;
    let (start, end) = bounds(vm, &subject, args[1], args[2])?;
    let data = Scanner {
        pattern: Some(this.own()),
        string: Some(subject.object.clone()),
        subject: Some(Rc::new(subject)),
        from: start,
        at: start,
        end,
        ..Scanner::default()
    };
    native::new(vm, vm.types.sre_scanner, data)
}

fn finditer(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let scanner = scanner(vm, this, args)?;
    let search = protocol::attr::get_str(vm, *scanner, "search")?;
    iter::new_callable(vm, *search, Value::NONE)
}

fn scan(vm: &Vm, this: Value, search: bool) -> PyResult {
    let s = native::data::<Scanner>(this);
    let (Some(p), Some(subject)) = (s.pattern.clone(), s.subject.clone()) else { return Ok(Owned::none()) };
    if s.ended || s.at > s.end {
        return Ok(Owned::none());
    }
    let how = match (search, s.advance) {
        (true, true) => How::SearchOn,
        (true, false) => How::Search,
        (false, true) => How::MatchOn,
        (false, false) => How::Match,
    };
    let (from, at, end) = (s.from, s.at, s.end);
    let codes = pattern(*p).codes.clone();
    let found = subject.run(&codes, at, end.min(subject.len), how);
    let s = native::data::<Scanner>(this);
    match &found {
        Some(found) => {
            s.advance = found.start == found.end;
            s.at = found.end;
        }
        None => s.ended = true,
    }
    matched::new(vm, *p, &subject.object, found, from, end)
}
