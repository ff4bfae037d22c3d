//! `_multibytecodec`, and `_codecs_cn`, `_codecs_hk`, `_codecs_jp`, `_codecs_kr`, `_codecs_tw`: the encodings of Chinese, Japanese
//! and Korean whose characters have one to eight bytes.
//!
//! An [`Encoding`] converts until it meets what it does not have, or what may only be the beginning of a code. `convert` asks
//! the error handlers then; `incremental` and `stream` keep what is incomplete for the next call.
//!
//! | module | holds |
//! |---|---|
//! | `tables` | the tables, made from CPython's results by `tables/make.py` |
//! | `charset` | encodings that are tables |
//! | `convert` | whole texts, with error handlers |
//! | `incremental` | `MultibyteIncrementalEncoder`, `MultibyteIncrementalDecoder` |
//! | `stream` | `MultibyteStreamReader`, `MultibyteStreamWriter` |
//!
//! What CPython has besides and is not here: `hz`, the family of ISO 2022, and the two encodings of JIS X 0213 in its
//! edition of 2000 (`euc_jisx0213`, `shift_jisx0213`). They raise `LookupError`.

mod charset;
mod convert;
mod incremental;
mod stream;
mod tables;

use taipan_layout::Value;

use self::charset::Extra;
use self::tables::Source;
use super::native::{self, native_data};
use super::{NativeModule, add_type};
use crate::objects::spec::{MethodSpec, TypeSpec, function1, method, tp_flags};
use crate::objects::str::args::type_name;
use crate::objects::str::{StrBuilder, StrView};
use crate::objects::{Slots, bytes, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MULTIBYTECODEC: NativeModule = NativeModule {
    name: "_multibytecodec",
    doc: "What the encodings of several bytes per character have in common.",
    functions: &[],
    fill: |vm, m| {
        crate::objects::ready(vm, vm.types.multibyte_codec, &CODEC);
        add_type(vm, m, vm.types.multibyte_encoder, &incremental::ENCODER)?;
        add_type(vm, m, vm.types.multibyte_decoder, &incremental::DECODER)?;
        add_type(vm, m, vm.types.multibyte_reader, &stream::READER)?;
        add_type(vm, m, vm.types.multibyte_writer, &stream::WRITER)
    },
};

/// An encoding.
pub struct Encoding {
    name: &'static str,
    source: &'static Source,
    extra: Extra,
}

/// Why converting stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// So many bytes or characters have no counterpart.
    Illegal(usize),
    /// What is left is the beginning of a code.
    Incomplete,
}

impl Encoding {
    /// Decodes from `at` on, which is where the trouble lies afterwards.
    fn decode(&self, input: &[u8], at: &mut usize, out: &mut StrBuilder) -> Result<(), Trouble> {
        charset::decode(self.source, self.extra, input, at, out)
    }

    /// Encodes from `at` on. Without `last` more characters may follow.
    fn encode(
        &self,
        text: StrView<'_>,
        at: &mut usize,
        out: &mut Vec<u8>,
        last: bool,
    ) -> Result<(), Trouble> {
        charset::encode(self.source, self.extra, text, at, out, last)
    }
}

macro_rules! encodings {
    ($($list:ident $module:ident $module_name:literal $doc:literal { $($name:literal $source:ident $extra:ident;)* })*) => {
        $(
            static $list: &[Encoding] =
                &[$(Encoding { name: $name, source: &tables::$source, extra: Extra::$extra }),*];

            pub static $module: NativeModule = NativeModule {
                name: $module_name,
                doc: $doc,
                functions: {
                    static FUNCTIONS: &[MethodSpec] = &[function1(
                        "getcodec",
                        "($module, encoding, /)",
                        |vm, _, name| get_codec(vm, $list, name),
                        "The codec of an encoding.",
                    )];
                    FUNCTIONS
                },
                fill: |_, _| Ok(()),
            };
        )*
    };
}

encodings! {
    CHINA CN "_codecs_cn" "Encodings of mainland China." {
        "gb2312" GB2312 Nothing;
        "gbk" GBK Nothing;
        "gb18030" GB18030 FourBytes;
    }
    HONG_KONG HK "_codecs_hk" "Encodings of Hong Kong." {
        "big5hkscs" BIG5HKSCS Nothing;
    }
    JAPAN JP "_codecs_jp" "Encodings of Japan." {
        "shift_jis" SHIFT_JIS Nothing;
        "cp932" CP932 Nothing;
        "euc_jp" EUC_JP Nothing;
        "shift_jis_2004" SHIFT_JIS_2004 Nothing;
        "euc_jis_2004" EUC_JIS_2004 Nothing;
    }
    KOREA KR "_codecs_kr" "Encodings of Korea." {
        "euc_kr" EUC_KR MakeUp;
        "cp949" CP949 Nothing;
        "johab" JOHAB Nothing;
    }
    TAIWAN TW "_codecs_tw" "Encodings of Taiwan." {
        "big5" BIG5 Nothing;
        "cp950" CP950 Nothing;
    }
}

fn get_codec(vm: &Vm, list: &'static [Encoding], name: Value) -> PyResult {
    if !str::is_str(vm, name) {
        return Err(vm.type_error("encoding name must be a string."));
    }
    let Some(encoding) = list.iter().find(|e| str::equals_str(name, e.name)) else {
        return Err(vm.raise(vm.types.lookup_error, "no such codec is supported."));
    };
    // The type is this module's.
    super::import(vm, MULTIBYTECODEC.name)?;
    native::new(vm, vm.types.multibyte_codec, Codec(Some(encoding)))
}

/// What `getcodec` answers.
#[derive(Default)]
pub struct Codec(Option<&'static Encoding>);
native_data!(Codec);

static CODEC: TypeSpec = TypeSpec {
    name: "_multibytecodec.MultibyteCodec",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    doc: "An encoding.",
    slots: Slots { ..native::slots::<Codec>() },
    methods: &[
        method(
            "encode",
            "($self, /, input, errors=None)",
            |vm, this, args| {
                let encoding = encoding(vm, this)?;
                let errors = error_handler(vm, args[1], "encode")?;
                let text = text_of(vm, args[0])?;
                let (encoded, _) = convert::encode(vm, encoding, *text, &errors, true)?;
                tuple::pair(vm, bytes::new(vm, &encoded)?, Owned::fixnum(str::length(*text) as i64))
            },
            "Encode a text; the bytes and the length of the text.",
        ),
        method(
            "decode",
            "($self, /, input, errors=None)",
            |vm, this, args| {
                let encoding = encoding(vm, this)?;
                let data = bytes::buffer(vm, args[0])?;
                let errors = error_handler(vm, args[1], "decode")?;
                let (text, _) = convert::decode(vm, encoding, data.as_slice(), &errors, true, &mut false)?;
                tuple::pair(vm, text, Owned::fixnum(data.len() as i64))
            },
            "Decode bytes; the text and the number of bytes.",
        ),
    ],
    ..native::spec::<Codec>()
};

fn encoding(vm: &Vm, codec: Value) -> PyResult<&'static Encoding> {
    let found =
        (type_of(vm, codec) == vm.types.multibyte_codec).then(|| native::data::<Codec>(codec).0).flatten();
    found.ok_or_else(|| vm.type_error("codec is unexpected type"))
}

/// The encoding that the attribute `codec` of an object names.
fn encoding_of(vm: &Vm, object: Value) -> PyResult<&'static Encoding> {
    encoding(vm, *protocol::attr::get_str(vm, object, "codec")?)
}

/// The name of an error handler; NULL and None mean `strict`.
fn error_handler(vm: &Vm, v: Value, function: &str) -> PyResult<String> {
    let Some(v) = native::given(v) else { return Ok("strict".to_owned()) };
    if !str::is_str(vm, v) {
        let got = type_name(vm, v);
        return Err(vm.type_error(&format!("{function}() argument 'errors' must be str or None, not {got}")));
    }
    let name = str::to_string_lossy(v);
    if name.contains('\0') {
        return Err(vm.value_error("embedded null character"));
    }
    Ok(name)
}

/// What is to be encoded: objects that are no `str` as `str()` shows them.
fn text_of(vm: &Vm, v: Value) -> PyResult {
    if str::is_str(vm, v) { Ok(v.own()) } else { protocol::object::str(vm, v) }
}
