//! Rows → lines.

use taipan_layout::Value;

use super::dialect::{self, Dialect};
use super::error;
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{TypeSpec, getter, method1, tp_flags};
use crate::objects::str::StrBuilder;
use crate::objects::{Slots, float, int, is_instance, str, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[derive(Default)]
pub struct Writer {
    write: Option<Owned>,
    dialect: Option<Owned>,
}
native_data!(Writer: write, dialect);

pub static SPEC: TypeSpec = TypeSpec {
    name: "_csv.writer",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    doc: "What csv.writer() returns: writes rows as lines of text.",
    slots: Slots { ..native::slots::<Writer>() },
    getset: &[getter(
        "dialect",
        |_, this| Ok(native::data::<Writer>(this).dialect.clone().unwrap_or_else(Owned::none)),
        "",
    )],
    methods: &[
        method1(
            "writerow",
            "($self, row, /)",
            write_row,
            "Construct and write a CSV record from an iterable of fields.",
        ),
        method1(
            "writerows",
            "($self, rows, /)",
            |vm, this, rows| {
                protocol::iter::for_each(vm, rows, |row| write_row(vm, this, *row).map(drop))?;
                Ok(Owned::none())
            },
            "Construct and write a series of iterables to a csv file.",
        ),
    ],
    ..native::spec::<Writer>()
};

pub fn new(vm: &Vm, _: Value, args: Args) -> PyResult {
    let (file, dialect) = super::dialect_argument(vm, &args, "writer")?;
    let write = protocol::attr::get_optional(vm, file, *str::intern(vm, "write"))?;
    let Some(write) = write.filter(|w| protocol::object::is_callable(vm, **w)) else {
        return Err(vm.type_error("argument 1 must have a \"write\" method"));
    };
    native::new(vm, vm.types.csv_writer, Writer { write: Some(write), dialect: Some(dialect) })
}

fn write_row(vm: &Vm, this: Value, row: Value) -> PyResult {
    let data = native::data::<Writer>(this);
    let (Some(write), Some(d)) = (data.write.clone(), data.dialect.clone()) else { return Ok(Owned::none()) };
    let fields = match protocol::iter::collect(vm, row) {
        Ok(fields) => fields,
        Err(raised) => {
            let e = vm.take_exception(raised);
            if !is_instance(vm, *e, vm.types.type_error)
                || protocol::attr::get_optional(vm, row, *vm.names.__iter__)?.is_some()
            {
                return Err(vm.restore_exception(e));
            }
            let got = type_of(vm, row).name_str();
            return Err(error(vm, &format!("iterable expected, not {got}")));
        }
    };
    let settings = dialect::of(*d).clone();
    let mut out = StrBuilder::new();
    let count = fields.len();
    let mut null_alone = false;
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            out.push(settings.delimiter);
        }
        null_alone = field.is_none();
        write_field(vm, &settings, **field, count == 1, &mut out)?;
    }
    if count == 1 && out.is_empty() {
        let unquotable = settings.quoting == dialect::QUOTE_NONE
            || (null_alone && matches!(settings.quoting, dialect::QUOTE_STRINGS | dialect::QUOTE_NOTNULL));
        if unquotable {
            return Err(error(vm, "single empty field record must be quoted"));
        }
        for _ in 0..2 {
            out.push(settings.quote.unwrap_or(u32::from(b'"')));
        }
    }
    let end = dialect::terminator(vm, *d)?;
    out.push_value(*end);
    let line = out.finish(vm)?;
    protocol::call::positional(vm, *write, &[*line])
}

fn write_field(vm: &Vm, d: &Dialect, field: Value, alone: bool, out: &mut StrBuilder) -> PyResult<()> {
    let is_number =
        int::is_int(vm, field) || float::as_f64(field).is_some() || protocol::number::is_real(vm, field);
    let is_text = is_instance(vm, field, vm.types.str);
    let mut quoted = match d.quoting {
        dialect::QUOTE_ALL => true,
        dialect::QUOTE_NONNUMERIC => !is_number,
        dialect::QUOTE_STRINGS => is_text,
        dialect::QUOTE_NOTNULL => !field.is_none(),
        _ => false,
    };
    let text = if field.is_none() { str::empty(vm) } else { protocol::object::str(vm, field)? };
    let view = str::view(&text);
    let length = str::length(*text);
    let terminator =
        d.line_terminator.as_ref().map_or_else(|| "\r\n".to_owned(), |t| str::to_string_lossy(**t));
    let mut body = StrBuilder::new();
    let space = u32::from(b' ');
    if length == 0 && d.delimiter == space && d.skip_initial_space && !quoted {
        if d.quoting == dialect::QUOTE_NONE
            || (field.is_none() && matches!(d.quoting, dialect::QUOTE_STRINGS | dialect::QUOTE_NOTNULL))
        {
            let text = "empty field must be quoted if delimiter is a space and skipinitialspace is true";
            return Err(error(vm, text));
        }
        quoted = true;
    }
    let _ = alone;
    for i in 0..length {
        let c = view.get(i);
        let ends = c == u32::from(b'\n')
            || c == u32::from(b'\r')
            || char::from_u32(c).is_some_and(|c| terminator.contains(c));
        let leading = i == 0 && c == space && d.skip_initial_space && d.delimiter != space;
        let special = c == d.delimiter || Some(c) == d.escape || Some(c) == d.quote || ends || leading;
        if special {
            let mut escape = false;
            if d.quoting == dialect::QUOTE_NONE {
                escape = true;
            } else if Some(c) == d.quote {
                if d.double_quote {
                    body.push(c);
                } else {
                    escape = true;
                }
            } else if Some(c) == d.escape {
                escape = true;
            }
            if !escape {
                quoted = true;
            } else if let Some(e) = d.escape {
                body.push(e);
            } else {
                return Err(error(vm, "need to escape, but no escapechar set"));
            }
        }
        body.push(c);
    }
    let quote = d.quote.filter(|_| quoted);
    if let Some(q) = quote {
        out.push(q);
    }
    out.push_view(body.view());
    if let Some(q) = quote {
        out.push(q);
    }
    Ok(())
}
