//! `re.Match`.

use taipan_layout::Value;

use super::engine::{Found, Subject};
use super::pattern::pattern;
use super::template;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{
    MethodSpec, TypeSpec, class_method, getter, method, method0, method1, raw_method, tp_flags,
};
use crate::objects::{Slots, dict, genericalias, int, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[derive(Default)]
pub struct Match {
    pattern: Option<Owned>,
    string: Option<Owned>,
    /// The whole match, then the groups.
    regs: Vec<Option<(usize, usize)>>,
    last: Option<usize>,
    pos: usize,
    endpos: usize,
}
native_data!(Match: pattern, string);

pub static SPEC: TypeSpec = TypeSpec {
    name: "re.Match",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    doc: "The result of re.match() and re.search().\n\nMatch objects always have a boolean value of True.",
    slots: Slots {
        repr: Some(repr),
        get_item: Some(|vm, this, key| {
            let group = number(vm, this, key)?;
            part(vm, this, group, &Owned::none())
        }),
        ..native::slots::<Match>()
    },
    methods: METHODS,
    getset: &[
        getter("string", |_, this| Ok(word(&data(this).string)), "The string passed to match() or search()."),
        getter("re", |_, this| Ok(word(&data(this).pattern)), "The regular expression object."),
        getter(
            "pos",
            |vm, this| int::from_usize(vm, data(this).pos),
            "The index into the string at which the RE engine started looking for a match.",
        ),
        getter(
            "endpos",
            |vm, this| int::from_usize(vm, data(this).endpos),
            "The index into the string beyond which the RE engine will not go.",
        ),
        getter(
            "lastindex",
            |vm, this| match data(this).last {
                Some(n) => int::from_usize(vm, n),
                None => Ok(Owned::none()),
            },
            "The integer index of the last matched capturing group.",
        ),
        getter("lastgroup", last_group, "The name of the last matched capturing group."),
        getter(
            "regs",
            |vm, this| {
                let all =
                    (0..data(this).regs.len()).map(|g| span_of(vm, this, g)).collect::<PyResult<Vec<_>>>()?;
                tuple::from_owned(vm, all)
            },
            "",
        ),
    ],
    ..native::spec::<Match>()
};

static METHODS_TABLE: [MethodSpec; 10] = [
    raw_method(
        "group",
        "",
        group,
        "group([group1, ...]) -> str or tuple.\n\nReturn subgroup(s) of the match by indices or names.\nFor 0 returns the entire match.",
    ),
    method(
        "groups",
        "($self, /, default=None)",
        groups,
        "Return a tuple containing all the subgroups of the match, from 1.",
    ),
    method(
        "groupdict",
        "($self, /, default=None)",
        groupdict,
        "Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.",
    ),
    method(
        "start",
        "($self, group=0, /)",
        |vm, this, a| place(vm, this, a[0], 0),
        "Return index of the start of the substring matched by group.",
    ),
    method(
        "end",
        "($self, group=0, /)",
        |vm, this, a| place(vm, this, a[0], 1),
        "Return index of the end of the substring matched by group.",
    ),
    method(
        "span",
        "($self, group=0, /)",
        |vm, this, a| {
            let g = number(vm, this, native::passed(a[0]).unwrap_or(Value::fixnum(0)))?;
            span_of(vm, this, g)
        },
        "For match object m, return the 2-tuple (m.start(group), m.end(group)).",
    ),
    method(
        "expand",
        "($self, /, template)",
        expand,
        "Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.",
    ),
    method0("__copy__", |_, this| Ok(this.own()), ""),
    method1("__deepcopy__", "($self, memo, /)", |_, this, _| Ok(this.own()), ""),
    class_method("__class_getitem__", "($type, item, /)", genericalias::class_getitem, "See PEP 585"),
];
const METHODS: &[MethodSpec] = &METHODS_TABLE;

fn data<'a>(v: Value) -> &'a mut Match {
    native::data(v)
}

fn word(v: &Option<Owned>) -> Owned {
    v.clone().unwrap_or_else(Owned::none)
}

/// The match object, or None when nothing was found.
pub fn new(vm: &Vm, p: Value, string: &Owned, found: Option<Found>, pos: usize, endpos: usize) -> PyResult {
    let Some(found) = found else { return Ok(Owned::none()) };
    let mut regs = vec![Some((found.start, found.end))];
    regs.extend(found.groups);
    regs.resize(pattern(p).groups + 1, None);
    let m =
        Match { pattern: Some(p.own()), string: Some(string.clone()), regs, last: found.last, pos, endpos };
    native::new(vm, vm.types.sre_match, m)
}

/// The number of a group that is given by number or name.
fn number(vm: &Vm, this: Value, group: Value) -> PyResult<usize> {
    let found = if type_of(vm, group).slots().index.is_some() {
        Some(protocol::index::to_isize_clamped(vm, group)?)
    } else {
        let p = word(&data(this).pattern);
        let names = word(&pattern(*p).groupindex);
        match dict::get(vm, *names, group) {
            Ok(Some(n)) => Some(protocol::index::to_isize(vm, *n)?),
            Ok(None) => None,
            Err(raised) => {
                vm.discard(raised);
                None
            }
        }
    };
    match found.and_then(|n| usize::try_from(n).ok()).filter(|n| *n < data(this).regs.len()) {
        Some(n) => Ok(n),
        None => Err(vm.index_error("no such group")),
    }
}

fn part(vm: &Vm, this: Value, group: usize, default: &Owned) -> PyResult {
    let m = data(this);
    match m.regs[group] {
        Some((start, end)) => {
            let string = word(&m.string);
            if is_instance(vm, *string, vm.types.str) {
                let end = end.min(str::length(*string));
                return str::substring(vm, *string, start.min(end), end);
            }
            Subject::new(vm, *string)?.part(vm, start, end)
        }
        None => Ok(default.clone()),
    }
}

fn group(vm: &Vm, this: Value, args: crate::args::Args) -> PyResult {
    crate::signature::no_keywords(vm, "group", &args)?;
    let one = |v: Value| -> PyResult { part(vm, this, number(vm, this, v)?, &Owned::none()) };
    match args.pos() {
        [] => part(vm, this, 0, &Owned::none()),
        [v] => one(*v),
        all => tuple::from_owned(vm, all.iter().map(|v| one(*v)).collect::<PyResult<Vec<_>>>()?),
    }
}

fn groups(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let default = native::passed(args[0]).map_or_else(Owned::none, Counted::own);
    let all =
        (1..data(this).regs.len()).map(|g| part(vm, this, g, &default)).collect::<PyResult<Vec<_>>>()?;
    tuple::from_owned(vm, all)
}

fn groupdict(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let default = native::passed(args[0]).map_or_else(Owned::none, Counted::own);
    let p = word(&data(this).pattern);
    let result = dict::new(vm)?;
    for (name, n) in dict::snapshot(*word(&pattern(*p).groupindex)) {
        let g = protocol::index::to_usize(vm, *n)?;
        dict::set(vm, *result, *name, *part(vm, this, g, &default)?)?;
    }
    Ok(result)
}

fn ends(this: Value, group: usize) -> [i64; 2] {
    data(this).regs[group].map_or([-1, -1], |(start, end)| [start as i64, end as i64])
}

fn place(vm: &Vm, this: Value, group: Value, which: usize) -> PyResult {
    let g = number(vm, this, native::passed(group).unwrap_or(Value::fixnum(0)))?;
    Ok(Owned::fixnum(ends(this, g)[which]))
}

fn span_of(vm: &Vm, this: Value, group: usize) -> PyResult {
    tuple::from_slice(vm, &ends(this, group).map(Value::fixnum))
}

fn last_group(vm: &Vm, this: Value) -> PyResult {
    let m = data(this);
    let Some(last) = m.last else { return Ok(Owned::none()) };
    let p = word(&m.pattern);
    let names = word(&pattern(*p).indexgroup);
    if !is_instance(vm, *names, vm.types.tuple) {
        return Ok(Owned::none());
    }
    Ok(tuple::items(&names).get(last).map_or_else(Owned::none, |n| n.own()))
}

fn expand(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let p = word(&data(this).pattern);
    let re = crate::modules::import(vm, "re")?;
    let made = protocol::attr::call_attr(vm, *re, "_compile_template", &[*p, args[0]])?;
    if type_of(vm, *made) != vm.types.sre_template {
        return Ok(made);
    }
    let m = data(this);
    let subject = Subject::new(vm, *word(&m.string))?;
    let (start, end) = m.regs[0].unwrap_or_default();
    let found = Found { start, end, groups: m.regs[1..].to_vec(), last: m.last };
    let mut parts = Vec::new();
    template::expand_into(vm, *made, &subject, &found, &mut parts)?;
    subject.join(vm, &parts)
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let [start, end] = ends(this, 0);
    let whole = part(vm, this, 0, &Owned::none())?;
    let whole = protocol::object::repr_string(vm, *whole)?;
    let whole: String = whole.chars().take(50).collect();
    str::new(vm, &format!("<re.Match object; span=({start}, {end}), match={whole}>"))
}
