//! Encoders and decoders that get their input in pieces.
//!
//! What is incomplete waits for the next piece. The state of these encodings is nothing else; that of CPython's has eight bytes
//! more for encodings that switch between character sets, which are kept for `setstate` and `getstate`.

use dashu_int::IBig;
use taipan_layout::Value;

use super::{Encoding, convert, encoding_of, text_of};
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{GetSet, MethodSpec, TypeSpec, getset, method, method0, method1, tp_flags};
use crate::objects::str;
use crate::objects::str::args::type_name;
use crate::objects::str::codec::errors::EncodeErrors;
use crate::objects::{Slots, bytes, int, is_instance, tuple};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// Characters that an encoder keeps, and bytes that a decoder keeps.
const MOST_CHARACTERS: usize = 2;
const MOST_BYTES: usize = 8;
/// Bytes of the state besides what is kept.
const STATE: usize = 8;

/// What all of these objects have.
#[derive(Default)]
pub struct Common {
    pub encoding: Option<&'static Encoding>,
    pub errors: String,
    state: [u8; STATE],
}

impl Common {
    /// For an object whose class names the encoding.
    pub fn new(vm: &Vm, cls: Value, errors: Value, function: &str, position: u32) -> PyResult<Common> {
        if !errors.is_null() && !str::is_str(vm, errors) {
            let got = type_name(vm, errors);
            return Err(vm.type_error(&format!("{function}() argument {position} must be str, not {got}")));
        }
        let errors = if errors.is_null() { "strict".to_owned() } else { str::to_string_lossy(errors) };
        let encoding = Some(encoding_of(vm, cls)?);
        Ok(Common { encoding, errors, state: [0; STATE] })
    }

    pub fn encoding(&self, vm: &Vm) -> PyResult<&'static Encoding> {
        self.encoding.ok_or_else(|| vm.type_error("codec is unexpected type"))
    }

    /// Sets the attribute `errors`.
    pub fn set_errors(&mut self, vm: &Vm, v: Option<Value>) -> PyResult<()> {
        let Some(v) = v else { return Err(vm.raise(vm.types.attribute_error, "cannot delete attribute")) };
        if !str::is_str(vm, v) {
            return Err(vm.type_error("errors must be a string"));
        }
        self.errors = str::to_string_lossy(v);
        Ok(())
    }
}

/// An integer as so many bytes, the lowest first.
fn low_bytes<const N: usize>(vm: &Vm, v: Value) -> PyResult<[u8; N]> {
    let number = int::to_big(v).unwrap_or_default();
    if number < IBig::ZERO {
        return Err(vm.overflow_error("can't convert negative int to unsigned"));
    }
    let (_, magnitude) = number.into_parts();
    let mut bytes = [0; N];
    let given = magnitude.to_le_bytes();
    match bytes.get_mut(..given.len()) {
        Some(place) => place.copy_from_slice(&given),
        None => return Err(vm.overflow_error("int too big to convert")),
    }
    Ok(bytes)
}

fn number(vm: &Vm, bytes: &[u8]) -> PyResult {
    int::from_big(vm, IBig::from(dashu_int::UBig::from_le_bytes(bytes)))
}

// ---- encoding ----

#[derive(Default)]
pub struct Encoder {
    common: Common,
    kept: Vec<u32>,
}
native_data!(Encoder);

impl Encoder {
    pub fn new(common: Common) -> Encoder {
        Encoder { common, kept: Vec::new() }
    }

    pub fn common(&mut self) -> &mut Common {
        &mut self.common
    }

    pub fn has_kept(&self) -> bool {
        !self.kept.is_empty()
    }

    /// What is kept as a text; nothing is kept any more.
    pub fn take(&mut self, vm: &Vm) -> PyResult {
        str::from_code_points(vm, std::mem::take(&mut self.kept))
    }
}

/// The next piece, encoded. `of` finds the encoder, which Python may use meanwhile.
pub fn encode_piece(vm: &Vm, of: impl Fn() -> &'static mut Encoder, piece: Value, last: bool) -> PyResult {
    let piece = text_of(vm, piece)?;
    let (encoding, errors) = (of().common.encoding(vm)?, of().common.errors.clone());
    let kept = std::mem::take(&mut of().kept);
    let text = match kept.is_empty() {
        true => piece,
        false => str::from_code_points(vm, kept.iter().copied().chain(str::view(&piece).iter()))?,
    };
    let (encoded, used) =
        convert::encode(vm, encoding, *text, &errors, last).inspect_err(|_| of().kept = kept)?;
    let view = str::view(&text);
    if view.len() - used > MOST_CHARACTERS {
        let error = EncodeErrors::new(vm, encoding.name, *text, "strict");
        return Err(error.raise(used, view.len(), "pending buffer overflow"));
    }
    of().kept = view.slice(used, view.len()).iter().collect();
    bytes::new(vm, &encoded)
}

pub static ENCODER: TypeSpec = TypeSpec {
    name: "_multibytecodec.MultibyteIncrementalEncoder",
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE,
    slots: Slots { new: Some(new_encoder), init: Some(ignore), ..native::slots::<Encoder>() },
    methods: ENCODER_METHODS,
    getset: ENCODER_ATTRIBUTES,
    ..native::spec::<Encoder>()
};

static ENCODER_METHODS: &[MethodSpec] = &[
    method(
        "encode",
        "($self, /, input, final=False)",
        |vm, this, args| {
            let last = native::passed(args[1]).map_or(Ok(false), |v| protocol::compare::is_true(vm, v))?;
            encode_piece(vm, || native::data(this), args[0], last)
        },
        "Encode the next piece of a text.",
    ),
    method0("getstate", encoder_state, "What is kept, as a number."),
    method1("setstate", "($self, state, /)", set_encoder_state, "Go back to a state."),
    method0(
        "reset",
        |_, this| {
            let encoder = native::data::<Encoder>(this);
            (encoder.kept, encoder.common.state) = (Vec::new(), [0; STATE]);
            Ok(Owned::none())
        },
        "Forget what is kept.",
    ),
];

static ENCODER_ATTRIBUTES: &[GetSet] = &[getset(
    "errors",
    |vm, this| str::new(vm, &native::data::<Encoder>(this).common.errors),
    |vm, this, v| native::data::<Encoder>(this).common.set_errors(vm, v),
    "The name of the error handler.",
)];

/// The arguments are the constructor's.
pub fn ignore(_: &Vm, _: Value, _: Args) -> PyResult<()> {
    Ok(())
}

fn new_encoder(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ([errors], _keep) = native::bind(vm, "IncrementalEncoder", "(errors='strict')", args)?;
    let common = Common::new(vm, cls, errors, "IncrementalEncoder", 1)?;
    native::construct(vm, cls, Encoder::new(common))
}

/// The length of what is kept, that itself in UTF-8, the rest of the state.
fn encoder_state(vm: &Vm, this: Value) -> PyResult {
    let encoder = native::data::<Encoder>(this);
    let mut kept = Vec::new();
    for c in &encoder.kept {
        str::kinds::push_wtf8(&mut kept, *c);
    }
    let mut state = vec![kept.len() as u8];
    state.extend(kept);
    state.extend(encoder.common.state);
    number(vm, &state)
}

fn set_encoder_state(vm: &Vm, this: Value, state: Value) -> PyResult {
    const LONGEST: usize = MOST_CHARACTERS * 4;
    if !int::is_int(vm, state) {
        let got = type_name(vm, state);
        return Err(vm.type_error(&format!("setstate() argument must be int, not {got}")));
    }
    let state: [u8; 1 + LONGEST + STATE] = low_bytes(vm, state)?;
    let length = usize::from(state[0]);
    if length > LONGEST {
        return Err(vm.raise(vm.types.unicode_error, "pending buffer too large"));
    }
    let (kept, rest) = state[1..].split_at(length);
    let kept = str::codec::Codec::Utf8.decode(vm, kept, "strict", true)?.0;
    let encoder = native::data::<Encoder>(this);
    encoder.kept = str::view(&kept).iter().collect();
    encoder.common.state.copy_from_slice(&rest[..STATE]);
    Ok(Owned::none())
}

// ---- decoding ----

#[derive(Default)]
pub struct Decoder {
    common: Common,
    kept: Vec<u8>,
}
native_data!(Decoder);

impl Decoder {
    pub fn new(common: Common) -> Decoder {
        Decoder { common, kept: Vec::new() }
    }

    pub fn common(&mut self) -> &mut Common {
        &mut self.common
    }

    pub fn reset(&mut self) {
        (self.kept, self.common.state) = (Vec::new(), [0; STATE]);
    }
}

/// The next piece, decoded. `of` finds the decoder, which Python may use meanwhile. If the end of the last piece is
/// incomplete and that is an error, what was kept is kept again for `restore`.
pub fn decode_piece(
    vm: &Vm,
    of: impl Fn() -> &'static mut Decoder,
    piece: &[u8],
    last: bool,
    restore: bool,
) -> PyResult {
    let (encoding, errors) = (of().common.encoding(vm)?, of().common.errors.clone());
    let kept = std::mem::take(&mut of().kept);
    let data = [&kept, piece].concat();
    let mut incomplete = false;
    let decoded = convert::decode(vm, encoding, &data, &errors, last, &mut incomplete);
    if restore && incomplete && decoded.is_err() {
        of().kept = kept;
    }
    let (text, used) = decoded?;
    if data.len() - used > MOST_BYTES {
        return Err(convert::too_much_pending(vm, encoding, &data[used..], "pending buffer overflow"));
    }
    of().kept = data[used..].to_vec();
    Ok(text)
}

pub static DECODER: TypeSpec = TypeSpec {
    name: "_multibytecodec.MultibyteIncrementalDecoder",
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE,
    slots: Slots { new: Some(new_decoder), init: Some(ignore), ..native::slots::<Decoder>() },
    methods: DECODER_METHODS,
    getset: DECODER_ATTRIBUTES,
    ..native::spec::<Decoder>()
};

static DECODER_METHODS: &[MethodSpec] = &[
    method(
        "decode",
        "($self, /, input, final=False)",
        |vm, this, args| {
            let data = bytes::buffer(vm, args[0])?;
            let last = native::passed(args[1]).map_or(Ok(false), |v| protocol::compare::is_true(vm, v))?;
            decode_piece(vm, || native::data(this), data.as_slice(), last, true)
        },
        "Decode the next piece of data.",
    ),
    method0(
        "getstate",
        |vm, this| {
            let decoder = native::data::<Decoder>(this);
            let (kept, state) = (bytes::new(vm, &decoder.kept)?, number(vm, &decoder.common.state)?);
            tuple::pair(vm, kept, state)
        },
        "What is kept, and a number.",
    ),
    method1("setstate", "($self, state, /)", set_decoder_state, "Go back to a state."),
    method0(
        "reset",
        |_, this| {
            native::data::<Decoder>(this).reset();
            Ok(Owned::none())
        },
        "Forget what is kept.",
    ),
];

static DECODER_ATTRIBUTES: &[GetSet] = &[getset(
    "errors",
    |vm, this| str::new(vm, &native::data::<Decoder>(this).common.errors),
    |vm, this, v| native::data::<Decoder>(this).common.set_errors(vm, v),
    "The name of the error handler.",
)];

fn new_decoder(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ([errors], _keep) = native::bind(vm, "IncrementalDecoder", "(errors='strict')", args)?;
    let common = Common::new(vm, cls, errors, "IncrementalDecoder", 1)?;
    native::construct(vm, cls, Decoder::new(common))
}

fn set_decoder_state(vm: &Vm, this: Value, state: Value) -> PyResult {
    if !is_instance(vm, state, vm.types.tuple) {
        let got = type_name(vm, state);
        return Err(vm.type_error(&format!("setstate() argument must be tuple, not {got}")));
    }
    let parts = match *tuple::items(&state) {
        [kept, number] if bytes::is_bytes(vm, kept) && int::is_int(vm, number) => Some((kept, number)),
        _ => None,
    };
    let Some((kept, number)) = parts else {
        return Err(vm.type_error("setstate(): illegal state argument"));
    };
    let number = low_bytes(vm, number)?;
    let decoder = native::data::<Decoder>(this);
    let kept = bytes::as_slice(&kept);
    if kept.len() > MOST_BYTES {
        let encoding = decoder.common.encoding(vm)?;
        return Err(convert::too_much_pending(vm, encoding, kept, "pending buffer too large"));
    }
    (decoder.kept, decoder.common.state) = (kept.to_vec(), number);
    Ok(Owned::none())
}
