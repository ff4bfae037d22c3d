//! Lines → rows: an automaton over the characters of a row's lines.

use taipan_layout::Value;

use super::dialect::{self, Dialect};
use super::error;
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{TypeSpec, getter, tp_flags};
use crate::objects::str::StrBuilder;
use crate::objects::{Slots, is_instance, list, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// Characters that a field may have unless `field_size_limit` says otherwise.
pub const DEFAULT_LIMIT: i64 = 128 * 1024;

#[derive(Default)]
pub struct Reader {
    lines: Option<Owned>,
    dialect: Option<Owned>,
    line_number: i64,
}
native_data!(Reader: lines, dialect);

pub static SPEC: TypeSpec = TypeSpec {
    name: "_csv.reader",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    doc: "What csv.reader() returns: gives the rows of a text as lists of fields.",
    slots: Slots { iter: Some(|_, this| Ok(this.own())), next: Some(next), ..native::slots::<Reader>() },
    getset: &[
        getter(
            "dialect",
            |_, this| Ok(native::data::<Reader>(this).dialect.clone().unwrap_or_else(Owned::none)),
            "",
        ),
        getter("line_num", |_, this| Ok(Owned::fixnum(native::data::<Reader>(this).line_number)), ""),
    ],
    ..native::spec::<Reader>()
};

pub fn new(vm: &Vm, _: Value, args: Args) -> PyResult {
    let (lines, dialect) = super::dialect_argument(vm, &args, "reader")?;
    let lines = protocol::iter::iter(vm, lines)?;
    native::new(
        vm,
        vm.types.csv_reader,
        Reader { lines: Some(lines), dialect: Some(dialect), line_number: 0 },
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StartRecord,
    StartField,
    EscapedCharacter,
    InField,
    InQuotedField,
    EscapeInQuotedField,
    QuoteInQuotedField,
    EatNewline,
    AfterEscapedNewline,
}

struct Row<'v> {
    vm: &'v Vm,
    dialect: Dialect,
    state: State,
    field: StrBuilder,
    fields: Vec<Owned>,
    /// The field had no quotes.
    unquoted: bool,
    limit: i64,
}

const NEWLINE: u32 = b'\n' as u32;
const RETURN: u32 = b'\r' as u32;

impl Row<'_> {
    fn save(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let quoting = self.dialect.quoting;
        let empty = self.field.is_empty();
        let field = std::mem::replace(&mut self.field, StrBuilder::new()).finish(vm)?;
        let keeps_null = matches!(quoting, dialect::QUOTE_NOTNULL | dialect::QUOTE_STRINGS);
        let value = if self.unquoted && empty && keeps_null {
            Owned::none()
        } else if self.unquoted
            && !empty
            && matches!(quoting, dialect::QUOTE_NONNUMERIC | dialect::QUOTE_STRINGS)
        {
            protocol::call::positional(vm, vm.types.float.value(), &[*field])?
        } else {
            field
        };
        self.fields.push(value);
        self.unquoted = true;
        Ok(())
    }

    fn add(&mut self, c: u32) -> PyResult<()> {
        if self.field.len() as i64 >= self.limit {
            return Err(error(self.vm, &format!("field larger than field limit ({})", self.limit)));
        }
        self.field.push(c);
        Ok(())
    }

    /// `None`: the line ended.
    fn character(&mut self, c: Option<u32>) -> PyResult<()> {
        let d = &self.dialect;
        let (quote, escape, delimiter) = (d.quote, d.escape, d.delimiter);
        let quotes = d.quoting != dialect::QUOTE_NONE;
        let is_newline = |c: Option<u32>| matches!(c, None | Some(NEWLINE | RETURN));
        match self.state {
            State::StartRecord | State::StartField => {
                if self.state == State::StartRecord {
                    if c.is_none() {
                        return Ok(());
                    }
                    if is_newline(c) {
                        self.state = State::EatNewline;
                        return Ok(());
                    }
                    self.state = State::StartField;
                }
                self.unquoted = true;
                match c {
                    _ if is_newline(c) => {
                        self.save()?;
                        self.state = if c.is_none() { State::StartRecord } else { State::EatNewline };
                    }
                    Some(_) if c == quote && quotes => {
                        self.unquoted = false;
                        self.state = State::InQuotedField;
                    }
                    Some(_) if c == escape => self.state = State::EscapedCharacter,
                    Some(c) if c == u32::from(b' ') && self.dialect.skip_initial_space => {}
                    Some(c) if c == delimiter => self.save()?,
                    Some(c) => {
                        self.add(c)?;
                        self.state = State::InField;
                    }
                    None => {}
                }
            }
            State::EscapedCharacter => match c {
                Some(c @ (NEWLINE | RETURN)) => {
                    self.add(c)?;
                    self.state = State::AfterEscapedNewline;
                }
                _ => {
                    self.add(c.unwrap_or(NEWLINE))?;
                    self.state = State::InField;
                }
            },
            State::AfterEscapedNewline if c.is_none() => {}
            State::AfterEscapedNewline | State::InField => match c {
                _ if is_newline(c) => {
                    self.save()?;
                    self.state = if c.is_none() { State::StartRecord } else { State::EatNewline };
                }
                Some(_) if c == escape => self.state = State::EscapedCharacter,
                Some(c) if c == delimiter => {
                    self.save()?;
                    self.state = State::StartField;
                }
                Some(c) => {
                    self.add(c)?;
                    self.state = State::InField;
                }
                None => {}
            },
            State::InQuotedField => match c {
                None => {}
                Some(_) if c == escape => self.state = State::EscapeInQuotedField,
                Some(_) if c == quote && quotes => {
                    self.state =
                        if self.dialect.double_quote { State::QuoteInQuotedField } else { State::InField };
                }
                Some(c) => self.add(c)?,
            },
            State::EscapeInQuotedField => {
                self.add(c.unwrap_or(NEWLINE))?;
                self.state = State::InQuotedField;
            }
            State::QuoteInQuotedField => match c {
                Some(q) if quotes && c == quote => {
                    self.add(q)?;
                    self.state = State::InQuotedField;
                }
                Some(c) if c == delimiter => {
                    self.save()?;
                    self.state = State::StartField;
                }
                _ if is_newline(c) => {
                    self.save()?;
                    self.state = if c.is_none() { State::StartRecord } else { State::EatNewline };
                }
                Some(c) if !self.dialect.strict => {
                    self.add(c)?;
                    self.state = State::InField;
                }
                _ => {
                    let show = |c: Option<u32>| c.and_then(char::from_u32).unwrap_or(' ');
                    let text = format!("'{}' expected after '{}'", show(Some(delimiter)), show(quote));
                    return Err(error(self.vm, &text));
                }
            },
            State::EatNewline => match c {
                Some(NEWLINE | RETURN) => {}
                None => self.state = State::StartRecord,
                Some(_) => {
                    let text = "new-line character seen in unquoted field - do you need to open the file with newline=''?";
                    return Err(error(self.vm, text));
                }
            },
        }
        Ok(())
    }
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let data = native::data::<Reader>(this);
    let (Some(lines), Some(d)) = (data.lines.clone(), data.dialect.clone()) else { return Ok(None) };
    let mut row = Row {
        vm,
        dialect: dialect::of(*d).clone(),
        state: State::StartRecord,
        field: StrBuilder::new(),
        fields: Vec::new(),
        unquoted: true,
        limit: vm.state.csv_field_limit.get().unwrap_or(DEFAULT_LIMIT),
    };
    loop {
        let Some(line) = protocol::iter::next(vm, *lines)? else {
            let open = !row.field.is_empty() || row.state == State::InQuotedField;
            if !open {
                return Ok(None);
            }
            if row.dialect.strict {
                return Err(error(vm, "unexpected end of data"));
            }
            row.save()?;
            break;
        };
        if !is_instance(vm, *line, vm.types.str) {
            let got = type_of(vm, *line).name_str();
            let text =
                format!("iterator should return strings, not {got} (the file should be opened in text mode)");
            return Err(error(vm, &text));
        }
        native::data::<Reader>(this).line_number += 1;
        let view = str::view(&line);
        for i in 0..str::length(*line) {
            row.character(Some(view.get(i)))?;
        }
        row.character(None)?;
        if row.state == State::StartRecord {
            break;
        }
    }
    list::new(vm, row.fields).map(Some)
}
