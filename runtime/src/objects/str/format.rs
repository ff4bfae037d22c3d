//! `str.format` and `str.format_map`: the template language of PEP 3101.
//!
//! A template is literal text and replacement fields `{name!conversion:spec}`. The pieces are exposed as they are
//! parsed ([`Template`], [`FieldName`]) because the module `_string` shows them to `string.Formatter`.

use taipan_layout::Value;
use taipan_text::unicode;

use super::build::{StrBuilder, from_view};
use super::kinds::{StrView, is_exact, view};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// Text and the field after it.
pub struct Piece<'a> {
    pub literal: StrView<'a>,
    pub field: Option<Field<'a>>,
}

pub struct Field<'a> {
    pub name: StrView<'a>,
    pub conversion: Option<u32>,
    pub spec: StrView<'a>,
    /// The spec contains fields itself.
    pub nested: bool,
}

/// The pieces of a template, in order.
pub struct Template<'a> {
    text: StrView<'a>,
    at: usize,
}

fn is(c: Option<u32>, wanted: u8) -> bool {
    c == Some(wanted as u32)
}

impl<'a> Template<'a> {
    pub fn new(text: StrView<'a>) -> Template<'a> {
        Template { text, at: 0 }
    }

    fn peek(&self) -> Option<u32> {
        (self.at < self.text.len()).then(|| self.text.get(self.at))
    }

    fn bump(&mut self) -> Option<u32> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    /// The next piece; a doubled brace ends one, which then has no field.
    pub fn next(&mut self, vm: &Vm) -> PyResult<Option<Piece<'a>>> {
        let start = self.at;
        if start == self.text.len() {
            return Ok(None);
        }
        while let Some(c) = self.bump() {
            if c != b'{' as u32 && c != b'}' as u32 {
                continue;
            }
            if self.peek() == Some(c) {
                let literal = self.text.slice(start, self.at);
                self.at += 1;
                return Ok(Some(Piece { literal, field: None }));
            }
            if c == b'}' as u32 {
                return Err(vm.value_error("Single '}' encountered in format string"));
            }
            if self.at == self.text.len() {
                return Err(vm.value_error("Single '{' encountered in format string"));
            }
            let literal = self.text.slice(start, self.at - 1);
            return Ok(Some(Piece { literal, field: Some(self.field(vm)?) }));
        }
        Ok(Some(Piece { literal: self.text.slice(start, self.at), field: None }))
    }

    /// A field, from behind its opening brace to behind its closing one.
    fn field(&mut self, vm: &Vm) -> PyResult<Field<'a>> {
        let start = self.at;
        let mut in_brackets = false;
        let end = loop {
            let c = self.bump();
            match c.and_then(char::from_u32) {
                None if c.is_none() => return Err(vm.value_error("expected '}' before end of string")),
                Some('{') => return Err(vm.value_error("unexpected '{' in field name")),
                Some('[') => in_brackets = true,
                Some(']') => in_brackets = false,
                Some('}' | ':' | '!') if !in_brackets => break c,
                _ => {}
            }
        };
        let mut field = Field {
            name: self.text.slice(start, self.at - 1),
            conversion: None,
            spec: StrView::EMPTY,
            nested: false,
        };
        if is(end, b'}') {
            return Ok(field);
        }
        if is(end, b'!') {
            let Some(c) = self.bump() else {
                return Err(vm.value_error("end of string while looking for conversion specifier"));
            };
            field.conversion = Some(c);
            match self.bump() {
                Some(c) if c == b'}' as u32 => return Ok(field),
                Some(c) if c != b':' as u32 => {
                    return Err(vm.value_error("expected ':' after conversion specifier"));
                }
                _ => {}
            }
        }
        let spec_start = self.at;
        let mut depth = 1;
        while let Some(c) = self.bump() {
            if c == b'{' as u32 {
                field.nested = true;
                depth += 1;
            } else if c == b'}' as u32 {
                depth -= 1;
                if depth == 0 {
                    field.spec = self.text.slice(spec_start, self.at - 1);
                    return Ok(field);
                }
            }
        }
        Err(vm.value_error("unmatched '{' in format spec"))
    }
}

/// `.name` or `[key]` of a field name.
pub enum Access<'a> {
    Attribute(StrView<'a>),
    Index(usize),
    Key(StrView<'a>),
}

/// A field name: what to start from, and how to go on.
pub struct FieldName<'a> {
    pub first: StrView<'a>,
    rest: StrView<'a>,
}

/// The number that `text` consists of; `None` when it is no number.
pub fn decimal(vm: &Vm, text: StrView<'_>) -> PyResult<Option<usize>> {
    let mut n: usize = 0;
    for c in text.iter() {
        let Some(digit) = unicode::decimal_value(c) else { return Ok(None) };
        n = match n.checked_mul(10).and_then(|n| n.checked_add(digit as usize)) {
            Some(n) if n <= isize::MAX as usize => n,
            _ => return Err(vm.value_error("Too many decimal digits in format string")),
        };
    }
    Ok((!text.is_empty()).then_some(n))
}

impl<'a> FieldName<'a> {
    pub fn new(name: StrView<'a>) -> FieldName<'a> {
        let end = name.iter().position(|c| c == b'.' as u32 || c == b'[' as u32).unwrap_or(name.len());
        FieldName { first: name.slice(0, end), rest: name.slice(end, name.len()) }
    }

    pub fn next_access(&mut self, vm: &Vm) -> PyResult<Option<Access<'a>>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (opening, rest) = (self.rest.get(0), self.rest.slice(1, self.rest.len()));
        let access = if opening == b'.' as u32 {
            let end = rest.iter().position(|c| c == b'.' as u32 || c == b'[' as u32).unwrap_or(rest.len());
            self.rest = rest.slice(end, rest.len());
            Access::Attribute(rest.slice(0, end))
        } else if opening == b'[' as u32 {
            let Some(end) = rest.iter().position(|c| c == b']' as u32) else {
                return Err(vm.value_error("Missing ']' in format string"));
            };
            self.rest = rest.slice(end + 1, rest.len());
            let key = rest.slice(0, end);
            match decimal(vm, key)? {
                Some(n) => Access::Index(n),
                None => Access::Key(key),
            }
        } else {
            let message = "Only '.' or '[' may follow ']' in format field specifier";
            return Err(vm.value_error(message));
        };
        if matches!(access, Access::Attribute(StrView::One([])) | Access::Key(StrView::One([])))
            || matches!(&access, Access::Attribute(t) | Access::Key(t) if t.is_empty())
        {
            return Err(vm.value_error("Empty attribute in format string"));
        }
        Ok(Some(access))
    }
}

/// Where the values of fields come from.
enum Source<'a> {
    Call(Args<'a>),
    Mapping(Value),
}

struct Formatter<'a> {
    vm: &'a Vm,
    source: Source<'a>,
    /// How fields are numbered: not known yet, by themselves (and the next number), or in the template.
    numbering: Numbering,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbering {
    Unknown,
    Automatic(usize),
    Manual,
}

/// `str.format(*args, **kwargs)`.
pub(super) fn method_format(vm: &Vm, this: Value, args: Args) -> PyResult {
    run(vm, this, Source::Call(args))
}

/// `str.format_map(mapping)`.
pub(super) fn method_format_map(vm: &Vm, this: Value, mapping: Value) -> PyResult {
    run(vm, this, Source::Mapping(mapping))
}

fn run(vm: &Vm, template: Value, source: Source<'_>) -> PyResult {
    let mut out = StrBuilder::with_capacity(super::length(template) + 16);
    let mut formatter = Formatter { vm, source, numbering: Numbering::Unknown };
    formatter.expand(view(&template), 2, &mut out)?;
    out.finish(vm)
}

impl Formatter<'_> {
    /// Appends `text` with its fields replaced; specs nest `depth` levels deep.
    fn expand(&mut self, text: StrView<'_>, depth: u32, out: &mut StrBuilder) -> PyResult<()> {
        if depth == 0 {
            return Err(self.vm.value_error("Max string recursion exceeded"));
        }
        let mut template = Template::new(text);
        while let Some(piece) = template.next(self.vm)? {
            out.push_view(piece.literal);
            if let Some(field) = piece.field {
                self.replace(&field, depth, out)?;
            }
        }
        Ok(())
    }

    fn replace(&mut self, field: &Field<'_>, depth: u32, out: &mut StrBuilder) -> PyResult<()> {
        let vm = self.vm;
        let mut value = self.value(field.name)?;
        if let Some(c) = field.conversion {
            value = match char::from_u32(c) {
                Some('r') => protocol::object::repr(vm, *value)?,
                Some('s') => protocol::object::str(vm, *value)?,
                Some('a') => {
                    let text = protocol::object::repr(vm, *value)?;
                    super::escape_non_ascii(vm, *text)?
                }
                Some(c @ '!'..='~') => {
                    return Err(vm.value_error(&format!("Unknown conversion specifier {c}")));
                }
                _ => return Err(vm.value_error(&format!("Unknown conversion specifier \\x{c:x}"))),
            };
        }
        if field.nested {
            let mut spec = StrBuilder::new();
            self.expand(field.spec, depth - 1, &mut spec)?;
            return push_formatted(vm, *value, spec.view(), out);
        }
        push_formatted(vm, *value, field.spec, out)
    }

    fn value(&mut self, name: StrView<'_>) -> PyResult {
        let vm = self.vm;
        let mut name = FieldName::new(name);
        let number = self.number(name.first)?;
        let mut value = self.start(name.first, number)?;
        while let Some(access) = name.next_access(vm)? {
            value = match access {
                Access::Attribute(text) => {
                    let attribute = from_view(vm, text)?;
                    protocol::attr::get(vm, *value, *super::intern_value(vm, *attribute))?
                }
                Access::Index(n) => protocol::item::get(vm, *value, Value::fixnum(n as i64))?,
                Access::Key(text) => {
                    let key = from_view(vm, text)?;
                    protocol::item::get(vm, *value, *key)?
                }
            };
        }
        Ok(value)
    }

    /// The number of a field without a name or with a number for a name.
    fn number(&mut self, first: StrView<'_>) -> PyResult<Option<usize>> {
        let given = decimal(self.vm, first)?;
        if given.is_none() && !first.is_empty() {
            return Ok(None);
        }
        match (self.numbering, given) {
            (Numbering::Automatic(_), Some(_)) => Err(self
                .vm
                .value_error("cannot switch from automatic field numbering to manual field specification")),
            (Numbering::Manual, None) => Err(self
                .vm
                .value_error("cannot switch from manual field specification to automatic field numbering")),
            (_, Some(n)) => {
                self.numbering = Numbering::Manual;
                Ok(Some(n))
            }
            (Numbering::Automatic(n), None) => {
                self.numbering = Numbering::Automatic(n + 1);
                Ok(Some(n))
            }
            (Numbering::Unknown, None) => {
                self.numbering = Numbering::Automatic(1);
                Ok(Some(0))
            }
        }
    }

    fn start(&self, first: StrView<'_>, number: Option<usize>) -> PyResult {
        let vm = self.vm;
        match (&self.source, number) {
            (Source::Call(args), Some(n)) => args.pos().get(n).map(|v| v.own()).ok_or_else(|| {
                let message = format!("Replacement index {n} out of range for positional args tuple");
                vm.index_error(&message)
            }),
            (Source::Call(args), None) => {
                for (name, value) in args.keywords() {
                    if view(&name).equals(first) {
                        return Ok(value.own());
                    }
                }
                let key = from_view(vm, first)?;
                Err(vm.key_error(*key))
            }
            (Source::Mapping(_), Some(_)) => Err(vm.value_error("Format string contains positional fields")),
            (Source::Mapping(mapping), None) => {
                let key = from_view(vm, first)?;
                protocol::item::get(vm, *mapping, *key)
            }
        }
    }
}

/// Appends `format(value, spec)`.
fn push_formatted(vm: &Vm, value: Value, spec: StrView<'_>, out: &mut StrBuilder) -> PyResult<()> {
    if is_exact(value) && spec.is_empty() {
        out.push_value(value);
        return Ok(());
    }
    let spec = if spec.is_empty() { super::empty(vm) } else { from_view(vm, spec)? };
    let text: Owned = protocol::object::format(vm, value, *spec)?;
    out.push_value(*text);
    Ok(())
}
