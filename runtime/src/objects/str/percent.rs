//! `format % arguments`, for `str` and for `bytes`.
//!
//! Both run the same engine: a format of bytes is text of Latin-1 characters, and so is what comes out. They
//! differ in the conversions `s`, `b`, `a`, `r` and `c`, in the type of mapping keys and in some messages.

use taipan_layout::{Kind, Value};
use taipan_text::float::{self as float_text, Flags as FloatFlags, Style};

use super::args::is_str;
use super::build::StrBuilder;
use super::kinds::{StrView, length, view};
use crate::objects::{bytes, int, is_kind, tp_flags, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// `format % args` for a `str` format.
pub fn format_str(vm: &Vm, format: Value, args: Value) -> PyResult {
    Engine::new(vm, Flavour::Text, view(&format), args).run()?.finish(vm)
}

/// `format % args` for a format of bytes.
pub fn format_bytes(vm: &Vm, format: &[u8], args: Value) -> PyResult<Vec<u8>> {
    let out = Engine::new(vm, Flavour::Bytes, StrView::One(format), args).run()?;
    Ok(out.view().iter().map(|c| c as u8).collect())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flavour {
    Text,
    Bytes,
}

/// One conversion specifier: `%(key)-+ #0width.precisionTYPE`.
#[derive(Default)]
struct Spec {
    left: bool,
    plus: bool,
    blank: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

struct Engine<'a> {
    vm: &'a Vm,
    flavour: Flavour,
    format: StrView<'a>,
    at: usize,
    out: StrBuilder,
    /// The right operand, or the value of the last mapping key.
    single: Owned,
    /// How many items of the tuple, or of the one value, were used.
    used: usize,
    /// `single` is a tuple of arguments.
    is_tuple: bool,
    /// The right operand when it can be subscripted.
    mapping: Option<Owned>,
}

impl<'a> Engine<'a> {
    fn new(vm: &'a Vm, flavour: Flavour, format: StrView<'a>, args: Value) -> Engine<'a> {
        let ty = type_of(vm, args);
        let is_tuple = ty.has_flag(tp_flags::TUPLE_SUBCLASS);
        let is_text = is_str(vm, args)
            || (flavour == Flavour::Bytes && (bytes::is_bytes(vm, args) || is_kind(args, Kind::ByteArray)));
        let is_mapping = !is_tuple && !is_text && ty.slots().get_item.is_some();
        Engine {
            vm,
            flavour,
            format,
            at: 0,
            out: StrBuilder::with_capacity(format.len() + 16),
            single: args.own(),
            used: 0,
            is_tuple,
            mapping: is_mapping.then(|| args.own()),
        }
    }

    fn run(mut self) -> PyResult<StrBuilder> {
        while self.at < self.format.len() {
            let literal = self.format.slice(self.at, self.format.len());
            let n = super::find::find(literal, StrView::One(b"%")).unwrap_or(literal.len());
            self.out.push_view(literal.slice(0, n));
            self.at += n + 1;
            if n < literal.len() {
                self.conversion()?;
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

    fn peek(&self) -> Option<u32> {
        (self.at < self.format.len()).then(|| self.format.get(self.at))
    }

    fn next_char(&mut self) -> PyResult<u32> {
        let Some(c) = self.peek() else { return Err(self.vm.value_error("incomplete format")) };
        self.at += 1;
        Ok(c)
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

    /// Everything from behind a `%` to the end of the specifier.
    fn conversion(&mut self) -> PyResult<()> {
        if self.peek() == Some(b'%' as u32) {
            self.at += 1;
            self.out.push(b'%' as u32);
            return Ok(());
        }
        if self.peek() == Some(b'(' as u32) {
            self.mapping_key()?;
        }
        let mut spec = self.flags();
        spec.width = match self.number(Number::Width)? {
            Some(n) if n < 0 => {
                spec.left = true;
                n.unsigned_abs()
            }
            other => other.unwrap_or(0) as usize,
        };
        if self.peek() == Some(b'.' as u32) {
            self.at += 1;
            spec.precision = Some(self.number(Number::Precision)?.unwrap_or(0).max(0) as usize);
        }
        if matches!(self.peek(), Some(c) if [b'h' as u32, b'l' as u32, b'L' as u32].contains(&c)) {
            self.at += 1;
        }
        let c = self.next_char()?;
        let argument = self.next_argument()?;
        self.convert(&spec, c, *argument)
    }

    /// Takes the value of `(key)` for the only argument.
    fn mapping_key(&mut self) -> PyResult<()> {
        let Some(mapping) = self.mapping.clone() else {
            return Err(self.vm.type_error("format requires a mapping"));
        };
        let start = self.at + 1;
        let mut depth = 1;
        self.at = start;
        while depth > 0 {
            match self.peek() {
                None => return Err(self.vm.value_error("incomplete format key")),
                Some(c) if c == b'(' as u32 => depth += 1,
                Some(c) if c == b')' as u32 => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
        let text = self.format.slice(start, self.at - 1);
        let key = match (self.flavour, text) {
            (Flavour::Bytes, StrView::One(units)) => bytes::new(self.vm, units)?,
            _ => super::from_view(self.vm, text)?,
        };
        self.single = protocol::item::get(self.vm, *mapping, *key)?;
        self.is_tuple = false;
        self.used = 0;
        Ok(())
    }

    fn flags(&mut self) -> Spec {
        let mut spec = Spec::default();
        while let Some(c) = self.peek().and_then(char::from_u32) {
            match c {
                '-' => spec.left = true,
                '+' => spec.plus = true,
                ' ' => spec.blank = true,
                '#' => spec.alternate = true,
                '0' => spec.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        spec
    }

    /// A number of the specifier: digits, or `*` for an argument.
    fn number(&mut self, which: Number) -> PyResult<Option<isize>> {
        let vm = self.vm;
        if self.peek() == Some(b'*' as u32) {
            self.at += 1;
            let argument = self.next_argument()?;
            if !int::is_int(vm, *argument) {
                return Err(vm.type_error("* wants int"));
            }
            return match int::as_i64(*argument) {
                Some(n) if which == Number::Width || i32::try_from(n).is_ok() => Ok(Some(n as isize)),
                _ if which == Number::Width => {
                    Err(vm.overflow_error("Python int too large to convert to C ssize_t"))
                }
                _ => Err(vm.overflow_error("Python int too large to convert to C int")),
            };
        }
        let limit = if which == Number::Width { isize::MAX } else { i32::MAX as isize };
        let mut n: Option<isize> = None;
        while let Some(c @ 0x30..=0x39) = self.peek() {
            let digit = (c - 0x30) as isize;
            let grown = n.unwrap_or(0).checked_mul(10).and_then(|n| n.checked_add(digit));
            n = match grown.filter(|n| *n <= limit) {
                Some(n) => Some(n),
                None => {
                    return Err(vm.value_error(match (which, self.flavour) {
                        (Number::Width, _) => "width too big",
                        (Number::Precision, Flavour::Text) => "precision too big",
                        (Number::Precision, Flavour::Bytes) => "prec too big",
                    }));
                }
            };
            self.at += 1;
        }
        Ok(n)
    }

    fn convert(&mut self, spec: &Spec, c: u32, v: Value) -> PyResult<()> {
        let vm = self.vm;
        let kind = u8::try_from(c).unwrap_or(0);
        match (kind, self.flavour) {
            (b's', Flavour::Text) => {
                let text = protocol::object::str(vm, v)?;
                self.text(spec, view(&text))
            }
            (b'r', Flavour::Text) => {
                let text = protocol::object::repr(vm, v)?;
                self.text(spec, view(&text))
            }
            (b'a', _) | (b'r', Flavour::Bytes) => {
                let text = protocol::object::repr(vm, v)?;
                let text = super::escape_non_ascii(vm, *text)?;
                self.text(spec, view(&text))
            }
            (b's' | b'b', Flavour::Bytes) => self.raw_bytes(spec, v),
            (b'c', _) => {
                let c = self.character(v)?;
                self.padded(spec, 1, |out| out.push(c))
            }
            (b'd' | b'i' | b'u' | b'o' | b'x' | b'X', _) => self.integer(spec, kind, v),
            (b'e' | b'E' | b'f' | b'F' | b'g' | b'G', _) => self.real(spec, kind, v),
            _ => {
                let shown = if (0x1F..0x7F).contains(&c) { kind as char } else { '?' };
                Err(vm.value_error(&format!(
                    "unsupported format character '{shown}' (0x{c:x}) at index {}",
                    self.at - 1
                )))
            }
        }
    }

    fn padded(&mut self, spec: &Spec, len: usize, push: impl FnOnce(&mut StrBuilder)) -> PyResult<()> {
        let missing = spec.width.saturating_sub(len);
        if !spec.left {
            self.out.push_repeated(b' ' as u32, missing);
        }
        push(&mut self.out);
        if spec.left {
            self.out.push_repeated(b' ' as u32, missing);
        }
        Ok(())
    }

    fn text(&mut self, spec: &Spec, text: StrView<'_>) -> PyResult<()> {
        let len = spec.precision.map_or(text.len(), |p| p.min(text.len()));
        self.padded(spec, len, |out| out.push_view(text.slice(0, len)))
    }

    /// `%b`: a bytes-like object, or what `__bytes__` makes.
    fn raw_bytes(&mut self, spec: &Spec, v: Value) -> PyResult<()> {
        let vm = self.vm;
        if !bytes::is_exact(v)
            && let Some(hook) = protocol::attr::lookup_special(vm, v, *vm.names.__bytes__)?
        {
            let made = protocol::call::positional(vm, *hook, &[])?;
            if !bytes::is_bytes(vm, *made) {
                let got = type_of(vm, *made).name_str();
                return Err(vm.type_error(&format!("__bytes__ returned non-bytes (type {got})")));
            }
            return self.text(spec, StrView::One(bytes::as_slice(&made)));
        }
        if !bytes::is_bytes_like(vm, v) {
            let got = type_of(vm, v).name_str();
            return Err(vm.type_error(&format!(
                "%b requires a bytes-like object, or an object that implements __bytes__, not '{got}'"
            )));
        }
        let buffer = bytes::buffer(vm, v)?;
        self.text(spec, StrView::One(buffer.as_slice()))
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
                let message = format!("%c requires an int or a unicode character, not {}", got(v));
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
            let message = format!("%c requires an integer in range(256) or a single byte, not {}", got(v));
            return Err(vm.type_error(&message));
        }
        let c = protocol::index::to_isize_clamped(vm, v)?;
        u8::try_from(c).map(u32::from).map_err(|_| vm.overflow_error("%c arg not in range(256)"))
    }

    /// The integer that `%d` or `%x` formats.
    fn integer_argument(&self, kind: u8, v: Value) -> PyResult {
        let vm = self.vm;
        if int::is_int(vm, v) {
            return Ok(int::payload(v).own());
        }
        let decimal = matches!(kind, b'd' | b'i' | b'u');
        let ty = type_of(vm, v);
        let slots = ty.slots();
        let converted = if decimal && let Some(to_int) = slots.int {
            to_int(vm, v).map(|n| int::payload(*n).own())
        } else if decimal && slots.index.is_some() {
            protocol::number::index(vm, v)
        } else if !decimal && slots.index.is_some() {
            protocol::number::index(vm, v)
        } else {
            return Err(self.not_a_number(kind, decimal, v));
        };
        converted.map_err(|raised| match vm.catch(raised, vm.types.type_error) {
            Ok(_) => self.not_a_number(kind, decimal, v),
            Err(raised) => raised,
        })
    }

    fn not_a_number(&self, kind: u8, decimal: bool, v: Value) -> Raised {
        let what = if decimal { "a real number" } else { "an integer" };
        let got = type_of(self.vm, v).name_str();
        self.vm.type_error(&format!("%{} format: {what} is required, not {got}", kind as char))
    }

    fn integer(&mut self, spec: &Spec, kind: u8, v: Value) -> PyResult<()> {
        let vm = self.vm;
        let n = self.integer_argument(kind, v)?;
        let digits = match kind {
            b'o' | b'x' | b'X' => {
                let radix = if kind == b'o' { 8 } else { 16 };
                let text = match int::as_i64(*n) {
                    Some(i) => signed_radix(i, radix),
                    None => {
                        let big = int::to_big(*n).unwrap_or_default();
                        taipan_text::int::to_radix(&big, radix, false)
                    }
                };
                if kind == b'X' { text.to_ascii_uppercase() } else { text }
            }
            _ => match int::as_i64(*n) {
                Some(i) => i.to_string(),
                None => super::to_string_lossy(*protocol::object::str(vm, *n)?),
            },
        };
        let (negative, digits) = match digits.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, digits.as_str()),
        };
        let prefix = match kind {
            b'x' if spec.alternate => "0x",
            b'X' if spec.alternate => "0X",
            b'o' if spec.alternate => "0o",
            _ => "",
        };
        let zeroes = spec.precision.unwrap_or(0).saturating_sub(digits.len());
        self.number_text(spec, negative, prefix, zeroes, digits)
    }

    fn real(&mut self, spec: &Spec, kind: u8, v: Value) -> PyResult<()> {
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
        let style = match kind.to_ascii_lowercase() {
            b'e' => Style::Exponent,
            b'f' => Style::Fixed,
            _ => Style::General,
        };
        let flags = FloatFlags {
            alternate: spec.alternate,
            uppercase: kind.is_ascii_uppercase(),
            ..FloatFlags::default()
        };
        let text = match float_text::format(number, style, spec.precision.unwrap_or(6), flags) {
            Ok(text) => text,
            Err(e) => return Err(vm.value_error(&e.to_string())),
        };
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.as_str()),
        };
        self.number_text(spec, negative, "", 0, digits)
    }

    /// Sign, prefix, zeroes and digits in their field.
    fn number_text(
        &mut self,
        spec: &Spec,
        negative: bool,
        prefix: &str,
        zeroes: usize,
        digits: &str,
    ) -> PyResult<()> {
        let sign = match (negative, spec.plus, spec.blank) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let len = sign.len() + prefix.len() + zeroes + digits.len();
        let fill = if spec.zero && !spec.left { spec.width.saturating_sub(len) } else { 0 };
        self.padded(spec, len + fill, |out| {
            out.push_str(sign);
            out.push_str(prefix);
            out.push_repeated(b'0' as u32, fill + zeroes);
            out.push_str(digits);
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Number {
    Width,
    Precision,
}

fn signed_radix(i: i64, radix: u32) -> String {
    let sign = if i < 0 { "-" } else { "" };
    let n = i.unsigned_abs();
    if radix == 8 { format!("{sign}{n:o}") } else { format!("{sign}{n:x}") }
}
