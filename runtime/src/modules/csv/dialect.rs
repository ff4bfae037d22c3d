//! Dialects.

use taipan_layout::Value;

use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{TypeSpec, getter, method0, tp_flags};
use crate::objects::{Slots, int, is_instance, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub const QUOTE_MINIMAL: i64 = 0;
pub const QUOTE_ALL: i64 = 1;
pub const QUOTE_NONNUMERIC: i64 = 2;
pub const QUOTE_NONE: i64 = 3;
pub const QUOTE_STRINGS: i64 = 4;
pub const QUOTE_NOTNULL: i64 = 5;

#[derive(Clone)]
pub struct Dialect {
    pub delimiter: u32,
    pub double_quote: bool,
    pub escape: Option<u32>,
    pub line_terminator: Option<Owned>,
    pub quote: Option<u32>,
    pub quoting: i64,
    pub skip_initial_space: bool,
    pub strict: bool,
}

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect {
            delimiter: u32::from(b','),
            double_quote: true,
            escape: None,
            line_terminator: None,
            quote: Some(u32::from(b'"')),
            quoting: QUOTE_MINIMAL,
            skip_initial_space: false,
            strict: false,
        }
    }
}
native_data!(Dialect: line_terminator);

pub fn of<'a>(v: Value) -> &'a mut Dialect {
    native::data::<Dialect>(v)
}

fn character(vm: &Vm, c: Option<u32>) -> PyResult {
    c.map_or_else(|| Ok(Owned::none()), |c| str::from_char(vm, c))
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "_csv.Dialect",
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE,
    doc: "How a table is written: separators, quotes and ends of lines.",
    slots: Slots { new: Some(construct), ..native::slots::<Dialect>() },
    getset: &[
        getter("delimiter", |vm, d| str::from_char(vm, of(d).delimiter), ""),
        getter("doublequote", |_, d| Ok(Owned::bool(of(d).double_quote)), ""),
        getter("escapechar", |vm, d| character(vm, of(d).escape), ""),
        getter("lineterminator", terminator, ""),
        getter("quotechar", |vm, d| character(vm, of(d).quote), ""),
        getter("quoting", |_, d| Ok(Owned::fixnum(of(d).quoting)), ""),
        getter("skipinitialspace", |_, d| Ok(Owned::bool(of(d).skip_initial_space)), ""),
        getter("strict", |_, d| Ok(Owned::bool(of(d).strict)), ""),
    ],
    methods: &[
        method0(
            "__reduce__",
            |vm, d| Err(native::cannot_pickle(vm, d)),
            "Dialects cannot be pickled: always a TypeError.",
        ),
        method0(
            "__reduce_ex__",
            |vm, d| Err(native::cannot_pickle(vm, d)),
            "Dialects cannot be pickled: always a TypeError.",
        ),
    ],
    ..native::spec::<Dialect>()
};

pub fn terminator(vm: &Vm, d: Value) -> PyResult {
    match &of(d).line_terminator {
        Some(text) => Ok(text.clone()),
        None => str::new(vm, "\r\n"),
    }
}

fn construct(vm: &Vm, cls: Value, args: Args) -> PyResult {
    if args.pos().len() > 1 {
        let n = args.pos().len();
        return Err(vm.type_error(&format!("Dialect() takes at most 1 positional argument ({n} given)")));
    }
    make(vm, cls, args.pos().first().copied(), &args)
}

const OPTIONS: [&str; 8] = [
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

/// A dialect as it was given: by name, or as an object with its attributes.
fn resolve(vm: &Vm, given: Option<Value>) -> PyResult<Option<Owned>> {
    Ok(match given.filter(|b| !b.is_none()) {
        Some(b) if is_instance(vm, b, vm.types.str) => Some(super::named(vm, b)?),
        Some(b) => Some(b.own()),
        None => None,
    })
}

/// A dialect from another one, changed by keywords.
pub fn make(vm: &Vm, cls: Value, base: Option<Value>, args: &Args) -> PyResult {
    let mut base = resolve(vm, base)?;
    let mut options: [Option<Owned>; 8] = Default::default();
    for (name, value) in args.keywords() {
        let name = str::to_string_lossy(name);
        match OPTIONS.iter().position(|o| *o == name) {
            Some(i) => options[i] = Some(value.own()),
            None if name == "dialect" => base = resolve(vm, Some(value))?,
            None => {
                let text = format!("this function got an unexpected keyword argument '{name}'");
                return Err(vm.type_error(&text));
            }
        }
    }
    if let Some(b) = &base
        && type_of(vm, **b) == vm.types.csv_dialect
        && cls == vm.types.csv_dialect.value()
        && options.iter().all(Option::is_none)
    {
        return Ok(b.clone());
    }
    make_from(vm, cls, base, options)
}

fn make_from(vm: &Vm, cls: Value, base: Option<Owned>, mut options: [Option<Owned>; 8]) -> PyResult {
    if let Some(base) = &base {
        for (name, place) in OPTIONS.iter().zip(&mut options) {
            if place.is_none() {
                *place = protocol::attr::get_optional(vm, **base, *str::intern(vm, name))?;
            }
        }
    }
    let dialect = read(vm, &options)?;
    native::construct(vm, cls, dialect)
}

fn read(vm: &Vm, options: &[Option<Owned>; 8]) -> PyResult<Dialect> {
    let [delimiter, double_quote, escape, terminator, quote, quoting, skip, strict] = options;
    let mut d = Dialect::default();
    let flag = |v: &Option<Owned>, default: bool| {
        v.as_ref().map_or(Ok(default), |v| protocol::compare::is_true(vm, **v))
    };
    d.double_quote = flag(double_quote, true)?;
    d.skip_initial_space = flag(skip, false)?;
    d.strict = flag(strict, false)?;
    if let Some(v) = delimiter {
        d.delimiter = one_character(vm, "delimiter", **v, false)?.unwrap_or(d.delimiter);
    }
    if let Some(v) = escape {
        d.escape = one_character(vm, "escapechar", **v, true)?;
    }
    if let Some(v) = quote {
        d.quote = one_character(vm, "quotechar", **v, true)?;
    }
    if let Some(v) = terminator {
        if !is_instance(vm, **v, vm.types.str) {
            let got = type_of(vm, **v).name_str();
            return Err(vm.type_error(&format!("\"lineterminator\" must be a string, not {got}")));
        }
        d.line_terminator = Some(v.clone());
    }
    match quoting {
        Some(v) if int::is_exact(**v) => d.quoting = protocol::index::to_i64(vm, **v)?,
        Some(v) => {
            let got = type_of(vm, **v).name_str();
            return Err(vm.type_error(&format!("\"quoting\" must be an integer, not {got}")));
        }
        None if quote.as_ref().is_some_and(|q| q.is_none()) => d.quoting = QUOTE_NONE,
        None => {}
    }
    if !(QUOTE_MINIMAL..=QUOTE_NOTNULL).contains(&d.quoting) {
        return Err(vm.type_error("bad \"quoting\" value"));
    }
    if d.quoting != QUOTE_NONE && d.quote.is_none() {
        return Err(vm.type_error("quotechar must be set if quoting enabled"));
    }
    check(vm, &d)?;
    Ok(d)
}

fn one_character(vm: &Vm, name: &str, v: Value, may_be_none: bool) -> PyResult<Option<u32>> {
    let or_none = if may_be_none { " or None" } else { "" };
    if v.is_none() && may_be_none {
        return Ok(None);
    }
    if !is_instance(vm, v, vm.types.str) {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("\"{name}\" must be a unicode character{or_none}, not {got}")));
    }
    match str::length(v) {
        1 => Ok(Some(str::view(&v).get(0))),
        n => Err(vm.type_error(&format!(
            "\"{name}\" must be a unicode character{or_none}, not a string of length {n}"
        ))),
    }
}

/// Characters that would make lines ambiguous.
fn check(vm: &Vm, d: &Dialect) -> PyResult<()> {
    let bad = |name: &str| vm.value_error(&format!("bad {name} value"));
    let ends_line = |c: u32| c == u32::from(b'\n') || c == u32::from(b'\r');
    let terminator =
        d.line_terminator.as_ref().map_or_else(|| "\r\n".to_owned(), |t| str::to_string_lossy(**t));
    let in_terminator = |c: u32| char::from_u32(c).is_some_and(|c| terminator.contains(c));
    let space = u32::from(b' ');
    for (name, c, may_be_space) in [
        ("delimiter", Some(d.delimiter), true),
        ("escapechar", d.escape, !d.skip_initial_space),
        ("quotechar", d.quote, !d.skip_initial_space),
    ] {
        let Some(c) = c else { continue };
        if ends_line(c) || in_terminator(c) || (c == space && !may_be_space) {
            return Err(bad(name));
        }
    }
    let same = |a: Option<u32>, b: Option<u32>| a.is_some() && a == b;
    for (a, b, names) in [
        (Some(d.delimiter), d.escape, "delimiter or escapechar"),
        (Some(d.delimiter), d.quote, "delimiter or quotechar"),
        (d.escape, d.quote, "escapechar or quotechar"),
    ] {
        if same(a, b) {
            return Err(bad(names));
        }
    }
    Ok(())
}
