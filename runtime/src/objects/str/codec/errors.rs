//! Error handlers: what a codec does where text and encoding do not fit.

use taipan_layout::Value;

use super::{ByteOrder, Codec};
use crate::objects::str::kinds::push_wtf8;
use crate::objects::str::{self, StrBuilder, StrView, intern};
use crate::objects::{bytes, dict, exceptions, int, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::parts;
use crate::protocol;
use crate::vm::Vm;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Handler {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    SurrogateEscape,
    SurrogatePass,
    XmlCharRefReplace,
    NameReplace,
}

impl Handler {
    pub const ALL: [(&'static str, Handler); 8] = [
        ("strict", Handler::Strict),
        ("ignore", Handler::Ignore),
        ("replace", Handler::Replace),
        ("backslashreplace", Handler::BackslashReplace),
        ("surrogateescape", Handler::SurrogateEscape),
        ("surrogatepass", Handler::SurrogatePass),
        ("xmlcharrefreplace", Handler::XmlCharRefReplace),
        ("namereplace", Handler::NameReplace),
    ];

    /// The built-in handler of this name.
    pub fn by_name(name: &str) -> Option<Handler> {
        Handler::ALL.iter().find(|(n, _)| *n == name).map(|(_, h)| *h)
    }

    /// Whether it has an answer to bytes that cannot be decoded.
    pub fn decodes(self) -> bool {
        !matches!(self, Handler::XmlCharRefReplace | Handler::NameReplace)
    }

    /// What to write instead of `part`, which `codec` does not have, and how many code points that covers.
    /// `None`: the error stands.
    pub fn encode(
        self,
        vm: &Vm,
        codec: Option<Codec>,
        part: StrView<'_>,
    ) -> PyResult<Option<(Replacement, usize)>> {
        if self == Handler::NameReplace {
            let names = parts::names(vm)?;
            let mut out = StrBuilder::new();
            part.iter().for_each(|c| match char::from_u32(c).and_then(names.of) {
                Some(name) => out.push_str(&format!("\\N{{{name}}}")),
                None => str::repr::push_hex_escape(&mut out, c),
            });
            return Ok(Some((Replacement::Text(out), part.len())));
        }
        Ok(self.encode_unnamed(codec, part))
    }

    fn encode_unnamed(self, codec: Option<Codec>, part: StrView<'_>) -> Option<(Replacement, usize)> {
        let mut out = StrBuilder::new();
        match self {
            Handler::Strict | Handler::NameReplace => return None,
            Handler::Ignore => {}
            Handler::Replace => out.push_repeated(b'?' as u32, part.len()),
            Handler::BackslashReplace => part.iter().for_each(|c| str::repr::push_hex_escape(&mut out, c)),
            Handler::XmlCharRefReplace => part.iter().for_each(|c| out.push_str(&format!("&#{c};"))),
            Handler::SurrogateEscape => {
                // Surrogates that stand for bytes become those bytes again.
                if matches!(codec, Some(Codec::Utf16(_) | Codec::Utf32(_))) {
                    return None;
                }
                let escaped = part.iter().take_while(|c| (0xDC80..=0xDCFF).contains(c));
                let bytes: Vec<u8> = escaped.map(|c| (c - 0xDC00) as u8).collect();
                let covered = bytes.len();
                return (covered > 0).then_some((Replacement::Bytes(bytes), covered));
            }
            Handler::SurrogatePass => {
                let mut bytes = Vec::new();
                for c in part.iter() {
                    let is_surrogate = (0xD800..0xE000).contains(&c);
                    match codec {
                        Some(Codec::Utf8) if is_surrogate => push_wtf8(&mut bytes, c),
                        Some(Codec::Utf16(order)) if is_surrogate => {
                            super::wide::push_u16(&mut bytes, c as u16, order)
                        }
                        Some(Codec::Utf32(order)) if is_surrogate => {
                            super::wide::push_u32(&mut bytes, c, order)
                        }
                        _ => return None,
                    }
                }
                return Some((Replacement::Bytes(bytes), part.len()));
            }
        }
        Some((Replacement::Text(out), part.len()))
    }

    /// Writes what takes the place of `data[start..end]`, which `codec` cannot decode, and says where to go on.
    /// `None`: the error stands.
    pub fn decode(
        self,
        codec: Option<Codec>,
        data: &[u8],
        start: usize,
        end: usize,
        out: &mut StrBuilder,
    ) -> Option<usize> {
        match self {
            Handler::Strict | Handler::XmlCharRefReplace | Handler::NameReplace => None,
            Handler::Ignore => Some(end),
            Handler::Replace => {
                out.push(0xFFFD);
                Some(end)
            }
            Handler::BackslashReplace => {
                data[start..end].iter().for_each(|b| str::repr::push_hex_escape(out, *b as u32));
                Some(end)
            }
            Handler::SurrogateEscape => {
                let escapable = data[start..end].iter().take_while(|b| **b >= 0x80).count();
                data[start..start + escapable].iter().for_each(|b| out.push(0xDC00 + *b as u32));
                (escapable > 0).then_some(start + escapable)
            }
            Handler::SurrogatePass => {
                let (c, size) = encoded_surrogate(codec?, &data[start..])?;
                out.push(c);
                Some(start + size)
            }
        }
    }
}

/// The surrogate that `data` begins with, and how many bytes it takes.
fn encoded_surrogate(codec: Codec, data: &[u8]) -> Option<(u32, usize)> {
    let (c, size) = match codec {
        Codec::Utf8 => match data {
            [0xED, b @ 0xA0..=0xBF, c @ 0x80..=0xBF, ..] => {
                (0xD000 | (*b as u32 & 0x3F) << 6 | (*c as u32 & 0x3F), 3)
            }
            _ => return None,
        },
        Codec::Utf16(order) => {
            let pair = data.get(..2)?.try_into().ok()?;
            (
                if order == ByteOrder::Big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
                    as u32,
                2,
            )
        }
        Codec::Utf32(order) => {
            let word = data.get(..4)?.try_into().ok()?;
            (if order == ByteOrder::Big { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }, 4)
        }
        Codec::Utf7 | Codec::Ascii | Codec::Latin1 => return None,
    };
    (0xD800..0xE000).contains(&c).then_some((c, size))
}

/// Makes `handler` the one that `name` stands for (`codecs.register_error`).
pub fn register(vm: &Vm, name: Value, handler: Value) -> PyResult<()> {
    let handlers = intern::error_handlers(vm)?;
    dict::set(vm, handlers, name, handler)
}

/// The Python callable registered for `name`.
pub fn registered(vm: &Vm, name: &str) -> PyResult<Option<Owned>> {
    let key = str::new(vm, name)?;
    dict::get(vm, intern::error_handlers(vm)?, *key)
}

/// Takes the Python callable for `name` out again; false when there is none.
pub fn unregister(vm: &Vm, name: Value) -> PyResult<bool> {
    Ok(dict::take(vm, intern::error_handlers(vm)?, name)?.is_some())
}

fn unknown_handler(vm: &Vm, name: &str) -> Raised {
    vm.raise(vm.types.lookup_error, &format!("unknown error handler name '{name}'"))
}

/// What a registered handler answers: the replacement and where to go on, from the front or, negative, from the end.
/// `length` is that of what positions refer to. `multibyte`: as CPython's encodings for several bytes read and refuse it.
fn call_handler(
    vm: &Vm,
    handler: Value,
    exception: Value,
    bytes_allowed: bool,
    multibyte: bool,
    length: impl FnOnce(Value) -> PyResult<usize>,
) -> PyResult<(Owned, usize)> {
    let expected = match (bytes_allowed, multibyte) {
        (true, false) => "encoding error handler must return (str/bytes, int) tuple",
        (true, true) => "encoding error handler must return (str, int) tuple",
        (false, _) => "decoding error handler must return (str, int) tuple",
    };
    let answer = protocol::call::positional(vm, handler, &[exception])?;
    if type_of(vm, *answer) != vm.types.tuple || tuple::items(&answer).len() != 2 {
        return Err(vm.type_error(expected));
    }
    let (text, position) = (tuple::items(&answer)[0].own(), tuple::items(&answer)[1].own());
    if !(str::is_str(vm, *text) || bytes_allowed && bytes::is_bytes(vm, *text)) {
        return Err(vm.type_error(expected));
    }
    if multibyte && !int::is_int(vm, *position) {
        return Err(vm.type_error(expected));
    }
    let len = length(exception)?;
    let at = match multibyte {
        // What is too large by far lies outside as well.
        true => int::as_i64(*position).map_or(-1 - len as isize, |n| n as isize),
        false => protocol::index::to_isize(vm, *position)?,
    };
    let from_front = if at < 0 { at + len as isize } else { at };
    if from_front < 0 || from_front as usize > len {
        let shown = if multibyte { from_front } else { at };
        return Err(vm.index_error(&format!("position {shown} from error handler out of bounds")));
    }
    Ok((text, from_front as usize))
}

/// Fails when there is no error handler of this name.
pub(super) fn find(vm: &Vm, name: &str) -> PyResult<()> {
    if Handler::by_name(name).is_some() || registered(vm, name)?.is_some() {
        return Ok(());
    }
    Err(unknown_handler(vm, name))
}

/// Errors of one decoding run.
pub struct DecodeErrors<'a> {
    vm: &'a Vm,
    encoding: &'static str,
    data: &'a [u8],
    name: &'a str,
    handler: Option<Handler>,
    multibyte: bool,
    /// What a handler put in the place of the bytes, and where to go on in it.
    replaced: Option<(Owned, usize)>,
}

impl<'a> DecodeErrors<'a> {
    pub fn new(vm: &'a Vm, encoding: &'static str, data: &'a [u8], name: &'a str) -> DecodeErrors<'a> {
        DecodeErrors { vm, encoding, data, name, handler: None, multibyte: false, replaced: None }
    }

    /// Bytes that are to be decoded instead of the rest. For the decoder this run is over then.
    pub fn take_replaced(&mut self) -> Option<(Owned, usize)> {
        self.replaced.take()
    }

    /// For the encodings of `modules::multibyte`, which read the answers of handlers in another way.
    pub fn multibyte(self) -> DecodeErrors<'a> {
        DecodeErrors { multibyte: true, ..self }
    }

    /// The encoding turned out to be a more special one.
    pub fn set_encoding(&mut self, encoding: &'static str) {
        self.encoding = encoding;
    }

    fn exception(&self, start: usize, end: usize, reason: &str) -> PyResult {
        let vm = self.vm;
        let encoding = str::new(vm, self.encoding)?;
        let object = bytes::new(vm, self.data)?;
        let reason = str::new(vm, reason)?;
        let (start, end) = (Value::fixnum(start as i64), Value::fixnum(end as i64));
        exceptions::create(vm, vm.types.unicode_decode_error, &[*encoding, *object, start, end, *reason])
    }

    /// The error for the bytes `start..end` as the strict handler raises it.
    pub fn raise(&self, start: usize, end: usize, reason: &str) -> Raised {
        match self.exception(start, end, reason) {
            Ok(e) => self.vm.set_exception(e),
            Err(raised) => raised,
        }
    }

    /// Deals with the bytes `start..end` and says where to go on.
    #[cold]
    pub fn handle(
        &mut self,
        out: &mut StrBuilder,
        start: usize,
        end: usize,
        reason: &str,
    ) -> PyResult<usize> {
        let handler = match self.handler {
            Some(h) => h,
            None => match self.find_handler()? {
                Ok(h) => *self.handler.insert(h),
                Err(callable) => return self.call(*callable, out, start, end, reason),
            },
        };
        if !handler.decodes() {
            return Err(self.vm.type_error("don't know how to handle UnicodeDecodeError in error callback"));
        }
        let codec = Codec::by_name(self.encoding);
        match handler.decode(codec, self.data, start, end, out) {
            Some(next) => Ok(next),
            None => Err(self.raise(start, end, reason)),
        }
    }

    /// A registered handler goes before the one of the same name that is built in.
    fn find_handler(&self) -> PyResult<Result<Handler, Owned>> {
        match (registered(self.vm, self.name)?, Handler::by_name(self.name)) {
            (Some(callable), _) => Ok(Err(callable)),
            (None, Some(h)) => Ok(Ok(h)),
            (None, None) => Err(unknown_handler(self.vm, self.name)),
        }
    }

    fn call(
        &mut self,
        handler: Value,
        out: &mut StrBuilder,
        start: usize,
        end: usize,
        reason: &str,
    ) -> PyResult<usize> {
        let exception = self.exception(start, end, reason)?;
        let vm = self.vm;
        let before = protocol::attr::get(vm, *exception, *str::intern(vm, "object"))?;
        let (text, at) = call_handler(vm, handler, *exception, false, self.multibyte, |exception| {
            // The handler may have put other bytes into the exception, which are decoded from now on.
            let object = protocol::attr::get(vm, exception, *str::intern(vm, "object"))?;
            if *object == *before {
                return Ok(self.data.len());
            }
            if !bytes::is_bytes(vm, *object) {
                return Err(vm.type_error("UnicodeError 'object' attribute must be a bytes"));
            }
            let len = bytes::as_slice(&object).len();
            self.replaced = Some((object, 0));
            Ok(len)
        })?;
        out.push_value(*text);
        match &mut self.replaced {
            Some((_, place)) => {
                *place = at;
                Ok(self.data.len())
            }
            None => Ok(at),
        }
    }
}

/// What takes the place of code points that an encoding does not have.
pub enum Replacement {
    /// Text, which the codec encodes in turn.
    Text(StrBuilder),
    /// Bytes, which go out as they are.
    Bytes(Vec<u8>),
}

/// Errors of one encoding run.
pub struct EncodeErrors<'a> {
    vm: &'a Vm,
    encoding: &'static str,
    text: Value,
    name: &'a str,
    handler: Option<Handler>,
    multibyte: bool,
}

impl<'a> EncodeErrors<'a> {
    pub fn new(vm: &'a Vm, encoding: &'static str, text: Value, name: &'a str) -> EncodeErrors<'a> {
        EncodeErrors { vm, encoding, text, name, handler: None, multibyte: false }
    }

    /// As for [`DecodeErrors`].
    pub fn multibyte(self) -> EncodeErrors<'a> {
        EncodeErrors { multibyte: true, ..self }
    }

    fn exception(&self, start: usize, end: usize, reason: &str) -> PyResult {
        let vm = self.vm;
        let encoding = str::new(vm, self.encoding)?;
        let reason = str::new(vm, reason)?;
        let (start, end) = (int::new(vm, start as i64)?, int::new(vm, end as i64)?);
        exceptions::create(vm, vm.types.unicode_encode_error, &[*encoding, self.text, *start, *end, *reason])
    }

    /// The error for the code points `start..end` as the strict handler raises it.
    #[cold]
    pub fn raise(&self, start: usize, end: usize, reason: &str) -> Raised {
        match self.exception(start, end, reason) {
            Ok(e) => self.vm.set_exception(e),
            Err(raised) => raised,
        }
    }

    /// What to write instead of the code points `start..end`, and where to go on.
    #[cold]
    pub fn handle(&mut self, start: usize, end: usize, reason: &str) -> PyResult<(Replacement, usize)> {
        let handler = match self.handler {
            Some(h) => h,
            None => match (registered(self.vm, self.name)?, Handler::by_name(self.name)) {
                (Some(callable), _) => return self.call(*callable, start, end, reason),
                (None, Some(h)) => *self.handler.insert(h),
                (None, None) => return Err(unknown_handler(self.vm, self.name)),
            },
        };
        let part = str::view(&self.text).slice(start, end);
        match handler.encode(self.vm, Codec::by_name(self.encoding), part)? {
            Some((replacement, covered)) => Ok((replacement, start + covered)),
            None => Err(self.raise(start, end, reason)),
        }
    }

    fn call(&self, handler: Value, start: usize, end: usize, reason: &str) -> PyResult<(Replacement, usize)> {
        let exception = self.exception(start, end, reason)?;
        let len = str::length(self.text);
        let (answer, at) = call_handler(self.vm, handler, *exception, true, self.multibyte, |_| Ok(len))?;
        if str::is_str(self.vm, *answer) {
            let mut out = StrBuilder::new();
            out.push_value(*answer);
            return Ok((Replacement::Text(out), at));
        }
        Ok((Replacement::Bytes(bytes::as_slice(&answer).to_vec()), at))
    }
}
