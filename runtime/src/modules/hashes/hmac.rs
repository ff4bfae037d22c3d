//! `_hmac`: keyed hashing (RFC 2104) with the hash functions that are named.

use taipan_layout::Value;

use super::functions::{
    Algorithm, BLAKE2B, BLAKE2S, Function, MD5, SHA1, SHA3_224, SHA3_256, SHA3_384, SHA3_512, SHA224, SHA256,
    SHA384, SHA512,
};
use super::objects::{data_of, hex};
use crate::modules::native::{self, given, native_data, passed};
use crate::modules::{NativeModule, add_type, attribute, new_exception, set};
use crate::objects::spec::{MethodSpec, TypeSpec, function, getter, method, method0, tp_flags};
use crate::objects::{Slots, TypeRef, bytes, str, type_of};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_hmac",
    doc: "Keyed hashing for message authentication.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        let error = new_exception(vm, "_hmac", "UnknownHashError", vm.types.value_error)?;
        set(vm, m, "UnknownHashError", *error)?;
        add_type(vm, m, vm.types.hmac, &HMAC)
    },
};

/// The functions by their names, of which case does not matter.
static BY_NAME: [(&str, &Algorithm); 18] = [
    ("md5", &MD5),
    ("sha1", &SHA1),
    ("sha224", &SHA224),
    ("sha256", &SHA256),
    ("sha384", &SHA384),
    ("sha512", &SHA512),
    ("sha2_224", &SHA224),
    ("sha2_256", &SHA256),
    ("sha2_384", &SHA384),
    ("sha2_512", &SHA512),
    ("sha3_224", &SHA3_224),
    ("sha3_256", &SHA3_256),
    ("sha3_384", &SHA3_384),
    ("sha3_512", &SHA3_512),
    ("blake2b", &BLAKE2B),
    ("blake2b_32", &BLAKE2B),
    ("blake2s", &BLAKE2S),
    ("blake2s_32", &BLAKE2S),
];

/// A keyed computation: the digest of the inner one is what the outer one gets at the end.
#[derive(Default)]
pub struct Hmac(Option<State>);
native_data!(Hmac);

struct State {
    algorithm: &'static Algorithm,
    inner: Box<dyn Function>,
    outer: Box<dyn Function>,
}

impl State {
    fn new(algorithm: &'static Algorithm, key: &[u8]) -> State {
        let mut block = match key.len() > algorithm.block_size {
            true => algorithm.digest_of(key),
            false => key.to_vec(),
        };
        block.resize(algorithm.block_size, 0);
        let keyed = |mask: u8| {
            let mut function = (algorithm.start)();
            function.update(&block.iter().map(|b| b ^ mask).collect::<Vec<u8>>());
            function
        };
        State { algorithm, inner: keyed(0x36), outer: keyed(0x5C) }
    }

    fn digest(&self) -> Vec<u8> {
        let mut digest = vec![0; self.algorithm.digest_size];
        self.inner.digest(&mut digest);
        let mut outer = self.outer.copy();
        outer.update(&digest);
        outer.digest(&mut digest);
        digest
    }

    fn copy(&self) -> State {
        State { algorithm: self.algorithm, inner: self.inner.copy(), outer: self.outer.copy() }
    }
}

fn state<'a>(vm: &Vm, this: Value) -> PyResult<&'a mut State> {
    native::data::<Hmac>(this).0.as_mut().ok_or_else(|| vm.value_error("HMAC object without a state"))
}

#[cold]
fn unknown(vm: &Vm, name: Value) -> Raised {
    let class = attribute(vm, "_hmac", "UnknownHashError").and_then(|e| TypeRef::from_value(vm, *e));
    match protocol::object::repr_string(vm, name) {
        Ok(name) => {
            vm.raise(class.unwrap_or(vm.types.value_error), &format!("unsupported hash type: {name}"))
        }
        Err(raised) => raised,
    }
}

fn find(vm: &Vm, name: Value) -> PyResult<&'static Algorithm> {
    let text = if str::is_str(vm, name) { str::as_str(&name) } else { None };
    let found = text.and_then(|text| BY_NAME.iter().find(|(known, _)| text.eq_ignore_ascii_case(known)));
    found.map(|(_, algorithm)| *algorithm).ok_or_else(|| unknown(vm, name))
}

static FUNCTIONS: &[MethodSpec] = &[
    function("new", "($module, /, key, msg=None, digestmod=None)", new, "A new keyed computation."),
    function(
        "compute_digest",
        "($module, /, key, msg, digest)",
        |vm, _, args| compute(vm, find(vm, args[2])?, args),
        "The keyed digest of a message.",
    ),
    compute_function("compute_md5", |vm, _, args| compute(vm, &MD5, args)),
    compute_function("compute_sha1", |vm, _, args| compute(vm, &SHA1, args)),
    compute_function("compute_sha224", |vm, _, args| compute(vm, &SHA224, args)),
    compute_function("compute_sha256", |vm, _, args| compute(vm, &SHA256, args)),
    compute_function("compute_sha384", |vm, _, args| compute(vm, &SHA384, args)),
    compute_function("compute_sha512", |vm, _, args| compute(vm, &SHA512, args)),
    compute_function("compute_sha3_224", |vm, _, args| compute(vm, &SHA3_224, args)),
    compute_function("compute_sha3_256", |vm, _, args| compute(vm, &SHA3_256, args)),
    compute_function("compute_sha3_384", |vm, _, args| compute(vm, &SHA3_384, args)),
    compute_function("compute_sha3_512", |vm, _, args| compute(vm, &SHA3_512, args)),
    compute_function("compute_blake2s_32", |vm, _, args| compute(vm, &BLAKE2S, args)),
    compute_function("compute_blake2b_32", |vm, _, args| compute(vm, &BLAKE2B, args)),
];

const fn compute_function(name: &'static str, imp: fn(&Vm, Value, &[Value]) -> PyResult) -> MethodSpec {
    function(name, "($module, key, msg, /)", imp, "The keyed digest of a message, by this function.")
}

fn compute(vm: &Vm, algorithm: &'static Algorithm, args: &[Value]) -> PyResult {
    let (key, message) = (data_of(vm, args[0])?, data_of(vm, args[1])?);
    let mut state = State::new(algorithm, key.as_slice());
    state.inner.update(message.as_slice());
    bytes::new(vm, &state.digest())
}

fn new(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let Some(name) = passed(args[2]) else {
        return Err(vm.type_error("new() missing 1 required argument 'digestmod'"));
    };
    let algorithm = find(vm, name)?;
    let mut state = State::new(algorithm, data_of(vm, args[0])?.as_slice());
    if let Some(message) = given(args[1]) {
        state.inner.update(data_of(vm, message)?.as_slice());
    }
    native::new(vm, vm.types.hmac, Hmac(Some(state)))
}

static HMAC: TypeSpec = TypeSpec {
    name: "_hmac.HMAC",
    flags: tp_flags::DISALLOW_INSTANTIATION | tp_flags::IMMUTABLETYPE | tp_flags::MADE_BY_MODULE,
    slots: Slots { repr: Some(repr), ..native::slots::<Hmac>() },
    methods: &[
        method0(
            "copy",
            |vm, this| {
                let copy = state(vm, this)?.copy();
                native::new(vm, type_of(vm, this), Hmac(Some(copy)))
            },
            "Another object that goes on from the same state.",
        ),
        method(
            "update",
            "($self, /, msg)",
            |vm, this, args| {
                let message = data_of(vm, args[0])?;
                state(vm, this)?.inner.update(message.as_slice());
                Ok(Owned::none())
            },
            "Take more of the message.",
        ),
        method0(
            "digest",
            |vm, this| bytes::new(vm, &state(vm, this)?.digest()),
            "The keyed digest of the message so far.",
        ),
        method0(
            "hexdigest",
            |vm, this| hex(vm, &state(vm, this)?.digest()),
            "The keyed digest of the message so far, in hexadecimal digits.",
        ),
    ],
    getset: &[
        getter(
            "name",
            |vm, this| str::new(vm, &format!("hmac-{}", state(vm, this)?.algorithm.name)),
            "The computation's name.",
        ),
        getter(
            "block_size",
            |vm, this| Ok(Owned::fixnum(state(vm, this)?.algorithm.block_size as i64)),
            "Bytes that are worked on at a time.",
        ),
        getter(
            "digest_size",
            |vm, this| Ok(Owned::fixnum(state(vm, this)?.algorithm.digest_size as i64)),
            "Bytes of a digest.",
        ),
    ],
    ..native::spec::<Hmac>()
};

fn repr(vm: &Vm, this: Value) -> PyResult {
    let name = state(vm, this)?.algorithm.name;
    str::new(vm, &format!("<{name} HMAC object @ {:#x}>", this.0))
}
