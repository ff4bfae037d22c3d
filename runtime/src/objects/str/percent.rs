//! `format % arguments`, for `str` and for `bytes`.
//!
//! `taipan_text` reads the template and lays out numbers; this looks up the arguments and converts them. Both types run the
//! same engine: a format of bytes is text of Latin-1 characters, and so is what comes out. They
//! differ in the conversions `s`, `b`, `a`, `r` and `c`, in the type of mapping keys and in some messages.

use std::fmt::Write;

use taipan_layout::{Kind, Value};
use taipan_text::Error;
use taipan_text::spec::Layout;
use taipan_text::spec::percent::{
    Amount, Conversion, Field, Piece, Pieces, layout_float, layout_int, layout_text, unsupported,
};

use super::args::is_str;
use super::build::StrBuilder;
use super::kinds::{StrView, Unit, length, view, with_units};
use crate::objects::{bytes, int, is_kind, tp_flags, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// `format % args` for a `str` format.
pub fn format_str(vm: &Vm, format: Value, args: Value) -> PyResult {
    let mut engine = Engine::new(vm, Flavour::Text, length(format), args);
    engine.template = Some(format.own());
    with_units!(view(&format), units => engine.run(units))?.finish(vm)
}

/// `format % args` for a format of bytes.
pub fn format_bytes(vm: &Vm, format: &[u8], args: Value) -> PyResult<Vec<u8>> {
    let out = Engine::new(vm, Flavour::Bytes, format.len(), args).run(format)?;
    Ok(out.view().iter().map(|c| c as u8).collect())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flavour {
    Text,
    Bytes,
}

struct Engine<'a> {
    vm: &'a Vm,
    flavour: Flavour,
    out: StrBuilder,
    /// The right operand, or the value of the last mapping key.
    single: Owned,
    /// How many items of the tuple, or of the one value, were used.
    used: usize,
    /// `single` is a tuple of arguments.
    is_tuple: bool,
    /// The right operand when it can be subscripted.
    mapping: Option<Owned>,
    /// The template, when it is a `str`.
    template: Option<Owned>,
}

impl<'a> Engine<'a> {
    fn new(vm: &'a Vm, flavour: Flavour, len: usize, args: Value) -> Engine<'a> {
        let ty = type_of(vm, args);
        let is_tuple = ty.has_flag(tp_flags::TUPLE_SUBCLASS);
        let is_text = is_str(vm, args)
            || (flavour == Flavour::Bytes && (bytes::is_bytes(vm, args) || is_kind(args, Kind::ByteArray)));
        let is_mapping = !is_tuple && !is_text && ty.slots().get_item.is_some();
        Engine {
            vm,
            flavour,
            out: StrBuilder::with_capacity(len + 16),
            single: args.own(),
            used: 0,
            is_tuple,
            mapping: is_mapping.then(|| args.own()),
            template: None,
        }
    }

    fn run<U: Unit>(mut self, template: &[U]) -> PyResult<StrBuilder> {
        for piece in Pieces::new(template) {
            match piece.map_err(|e| self.malformed(e))? {
                Piece::Literal(range) => match &self.template {
                    Some(whole) if range == (0..template.len()) => self.out.push_whole(**whole),
                    _ => self.out.push_view(U::view(&template[range])),
                },
                Piece::Percent => self.out.push(b'%' as u32),
                Piece::Conversion(conversion) => self.conversion(template, conversion)?,
            }
        }
        let leftover =
            if self.is_tuple { self.used < tuple::items(&self.single).len() } else { self.used == 0 };
        if leftover && self.mapping.is_none() {
            let what = if self.flavour == Flavour::Text { "string" } else { "bytes" };
            let message = format!("not all arguments converted during {what} formatting");
            return Err(self.vm.type_error(&message));
        }
        Ok(self.out)
    }

    /// An error of the template.
    fn malformed(&self, mut error: Error) -> Raised {
        if error.message == "incomplete format key" && self.mapping.is_none() {
            return self.vm.type_error("format requires a mapping");
        }
        if self.flavour == Flavour::Bytes && error.message == "precision too big" {
            error.message = "prec too big".into();
        }
        int::arith::raise(self.vm, error)
    }

    fn next_argument(&mut self) -> PyResult {
        let next = if self.is_tuple {
            tuple::items(&self.single).get(self.used).map(|v| v.own())
        } else {
            (self.used == 0).then(|| self.single.clone())
        };
        self.used += 1;
        next.ok_or_else(|| self.vm.type_error("not enough arguments for format string"))
    }

    fn conversion<U: Unit>(&mut self, template: &[U], mut conversion: Conversion) -> PyResult<()> {
        let vm = self.vm;
        if let Some(key) = conversion.key.take() {
            self.use_key(U::view(&template[key]))?;
        }
        let mut field = Field { flags: conversion.flags, width: 0, precision: None };
        match conversion.width {
            Some(Amount::Number(n)) => field.width = n,
            Some(Amount::Argument) => {
                let n = self.amount()?;
                let n = n.ok_or_else(|| vm.overflow_error("Python int too large to convert to C ssize_t"))?;
                if n == isize::MIN as i64 {
                    return Err(vm.overflow_error("width too big"));
                }
                field.set_width(n as isize);
            }
            None => {}
        }
        match conversion.precision {
            Some(Amount::Number(n)) => field.precision = Some(n),
            Some(Amount::Argument) => {
                let n = self.amount()?.and_then(|n| i32::try_from(n).ok());
                let n = n.ok_or_else(|| vm.overflow_error("Python int too large to convert to C int"))?;
                field.set_precision(n);
            }
            None => {}
        }
        if let Some(error) = conversion.failure.take() {
            return Err(self.malformed(error));
        }
        let argument = self.next_argument()?;
        self.convert(&field, &conversion, *argument)
    }

    /// The argument of a `*`; `None` when it is too large for a machine word.
    fn amount(&mut self) -> PyResult<Option<i64>> {
        let argument = self.next_argument()?;
        if !int::is_int(self.vm, *argument) {
            return Err(self.vm.type_error("* wants int"));
        }
        Ok(int::as_i64(*argument))
    }

    /// Takes the value of `(key)` for the only argument.
    fn use_key(&mut self, key: StrView<'_>) -> PyResult<()> {
        let Some(mapping) = self.mapping.clone() else {
            return Err(self.vm.type_error("format requires a mapping"));
        };
        let key = match (self.flavour, key) {
            (Flavour::Bytes, StrView::One(units)) => bytes::new(self.vm, units)?,
            _ => super::from_view(self.vm, key)?,
        };
        self.single = protocol::item::get(self.vm, *mapping, *key)?;
        self.is_tuple = false;
        self.used = 0;
        Ok(())
    }

    fn convert(&mut self, field: &Field, conversion: &Conversion, v: Value) -> PyResult<()> {
        let vm = self.vm;
        let kind = char::from_u32(conversion.kind).unwrap_or('\0');
        match (kind, self.flavour) {
            ('s', Flavour::Text) => {
                let text = protocol::object::str(vm, v)?;
                self.string(field, kind, *text);
            }
            ('r', Flavour::Text) => {
                let text = protocol::object::repr(vm, v)?;
                self.string(field, kind, *text);
            }
            ('a', _) | ('r', Flavour::Bytes) => {
                let text = super::ascii_repr(vm, v)?;
                self.string(field, kind, *text);
            }
            ('s' | 'b', Flavour::Bytes) => return self.raw_bytes(field, kind, v),
            ('c', _) => {
                let c = self.character(v)?;
                self.text(field, kind, StrView::Four(&[c]));
            }
            ('d' | 'i' | 'u' | 'o' | 'x' | 'X', _) => return self.integer(field, kind, v),
            ('e' | 'E' | 'f' | 'F' | 'g' | 'G', _) => return self.real(field, kind, v),
            _ => return Err(int::arith::raise(vm, unsupported(conversion))),
        }
        Ok(())
    }

    fn string(&mut self, field: &Field, kind: char, text: Value) {
        let layout = layout_text(field, kind, length(text));
        if layout.left == 0 && layout.right == 0 && layout.take == length(text) {
            self.out.push_whole(text);
        } else {
            self.text(field, kind, view(&text));
        }
    }

    fn text(&mut self, field: &Field, kind: char, text: StrView<'_>) {
        let layout = layout_text(field, kind, text.len());
        self.out.push_repeated(layout.fill, layout.left);
        self.out.push_view(text.slice(0, layout.take));
        self.out.push_repeated(layout.fill, layout.right);
    }

    fn number(&mut self, layout: taipan_text::Result<Layout>) -> PyResult<()> {
        match layout {
            Ok(layout) => {
                self.out.push_layout(&layout);
                Ok(())
            }
            Err(e) => Err(int::arith::raise(self.vm, e)),
        }
    }

    /// `%b`: a bytes-like object, or what `__bytes__` makes.
    fn raw_bytes(&mut self, field: &Field, kind: char, v: Value) -> PyResult<()> {
        let vm = self.vm;
        if !bytes::is_exact(v)
            && let Some(hook) = protocol::attr::lookup_special(vm, v, *vm.names.__bytes__)?
        {
            let made = protocol::call::positional(vm, *hook, &[])?;
            if !bytes::is_bytes(vm, *made) {
                let got = type_of(vm, *made).name_str();
                return Err(vm.type_error(&format!("__bytes__ returned non-bytes (type {got})")));
            }
            self.text(field, kind, StrView::One(bytes::as_slice(&made)));
            return Ok(());
        }
        if !bytes::is_bytes_like(vm, v) {
            let got = type_of(vm, v).name_str();
            return Err(vm.type_error(&format!(
                "%b requires a bytes-like object, or an object that implements __bytes__, not '{got}'"
            )));
        }
        let buffer = bytes::any_buffer(vm, v)?;
        self.text(field, kind, StrView::One(buffer.as_slice()));
        Ok(())
    }

    fn character(&mut self, v: Value) -> PyResult<u32> {
        let vm = self.vm;
        let got = |v| type_of(vm, v).name_str();
        if self.flavour == Flavour::Text {
            if is_str(vm, v) {
                if length(v) == 1 {
                    return Ok(view(&v).get(0));
                }
                return Err(vm.type_error(&format!(
                    "%c requires an int or a unicode character, not a string of length {}",
                    length(v)
                )));
            }
            if type_of(vm, v).slots().index.is_none() {
                let full = crate::objects::typeobject::attrs::qualified_name(vm, type_of(vm, v));
                let message = format!("%c requires an int or a unicode character, not {full}");
                return Err(vm.type_error(&message));
            }
            let c = protocol::index::to_isize_clamped(vm, v)?;
            return match u32::try_from(c) {
                Ok(c @ 0..0x110000) => Ok(c),
                _ => Err(vm.overflow_error("%c arg not in range(0x110000)")),
            };
        }
        if bytes::is_bytes(vm, v) || is_kind(v, Kind::ByteArray) {
            let buffer = bytes::buffer(vm, v)?;
            if let [one] = buffer.as_slice() {
                return Ok(*one as u32);
            }
            return Err(vm.type_error(&format!(
                "%c requires an integer in range(256) or a single byte, not a {} object of length {}",
                got(v),
                buffer.len()
            )));
        }
        if type_of(vm, v).slots().index.is_none() {
            let full = crate::objects::typeobject::attrs::qualified_name(vm, type_of(vm, v));
            let message = format!("%c requires an integer in range(256) or a single byte, not {full}");
            return Err(vm.type_error(&message));
        }
        let c = protocol::index::to_isize_clamped(vm, v)?;
        u8::try_from(c).map(u32::from).map_err(|_| vm.overflow_error("%c arg not in range(256)"))
    }

    /// The integer that `%d` or `%x` formats.
    fn integer_argument(&self, kind: char, v: Value) -> PyResult {
        let vm = self.vm;
        if int::is_int(vm, v) {
            return Ok(int::payload(v).own());
        }
        let decimal = matches!(kind, 'd' | 'i' | 'u');
        let ty = type_of(vm, v);
        let slots = ty.slots();
        let converted = if decimal && let Some(to_int) = slots.int {
            to_int(vm, v).map(|n| int::payload(*n).own())
        } else if slots.index.is_some() {
            protocol::number::index(vm, v)
        } else {
            return Err(self.not_a_number(kind, decimal, v));
        };
        converted.map_err(|raised| match vm.catch(raised, vm.types.type_error) {
            Ok(_) => self.not_a_number(kind, decimal, v),
            Err(raised) => raised,
        })
    }

    fn not_a_number(&self, kind: char, decimal: bool, v: Value) -> Raised {
        let what = if decimal { "a real number" } else { "an integer" };
        let got = type_of(self.vm, v).name_str();
        self.vm.type_error(&format!("%{kind} format: {what} is required, not {got}"))
    }

    fn integer(&mut self, field: &Field, kind: char, v: Value) -> PyResult<()> {
        let n = self.integer_argument(kind, v)?;
        if n.is_fixnum() && matches!(kind, 'd' | 'i') && *field == Field::default() {
            // Writing to a builder does not fail: running out of memory is raised at the end.
            let _ = write!(self.out, "{}", n.as_fixnum());
            return Ok(());
        }
        let big = int::to_big(*n).unwrap_or_default();
        self.number(layout_int(field, kind, &big, int::text::max_str_digits(self.vm)))
    }

    fn real(&mut self, field: &Field, kind: char, v: Value) -> PyResult<()> {
        let vm = self.vm;
        let number = match (protocol::number::to_float(vm, v), self.flavour) {
            (Ok(f), _) => f,
            (Err(raised), Flavour::Text) => return Err(raised),
            (Err(raised), Flavour::Bytes) => {
                drop(vm.catch(raised, vm.types.type_error)?);
                let got = type_of(vm, v).name_str();
                return Err(vm.type_error(&format!("float argument required, not {got}")));
            }
        };
        self.number(layout_float(field, kind, number))
    }
}
