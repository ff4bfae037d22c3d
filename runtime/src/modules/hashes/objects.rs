//! Hash objects: data go in with `update`, digests come out at any time.

use taipan_layout::Value;

use super::functions::{Algorithm, Function};
use crate::args::Args;
use crate::modules::native::{self, native_data, passed};
use crate::objects::bytes::{self, Buffer, buffer, is_bytes_like};
use crate::objects::spec::{GetSet, MethodSpec, TypeSpec, getter, method, method0, method1, tp_flags};
use crate::objects::{Slots, TypeRef, int, str, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// How a function of a module and a type that make hash objects take their arguments.
pub const SIGNATURE: &str = "($module, /, data=b'', *, usedforsecurity=True, string=None)";
const BY_CLASS: &str = "(data=b'', *, usedforsecurity=True, string=None)";

/// Without a state only until it is made.
#[derive(Default)]
pub struct Hash(Option<State>);
native_data!(Hash);

struct State {
    algorithm: &'static Algorithm,
    digest_size: usize,
    function: Box<dyn Function>,
}

fn state<'a>(vm: &Vm, this: Value) -> PyResult<&'a mut State> {
    native::data::<Hash>(this).0.as_mut().ok_or_else(|| vm.value_error("hash object without a state"))
}

// ---- making ----

/// The bytes of an argument, with the words that hash functions have for others.
pub fn data_of(vm: &Vm, v: Value) -> PyResult<Buffer> {
    if str::is_str(vm, v) {
        return Err(vm.type_error("Strings must be encoded before hashing"));
    }
    if !is_bytes_like(vm, v) {
        return Err(vm.type_error("object supporting the buffer API required"));
    }
    buffer(vm, v)
}

/// The first data, which have two names.
pub fn first_data(vm: &Vm, data: Value, string: Value) -> PyResult<Option<Value>> {
    match (passed(data), passed(string)) {
        (Some(_), Some(_)) => Err(vm.type_error(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for \
             removal in a future version.",
        )),
        (data, string) => Ok(data.or(string)),
    }
}

/// A new object, to which the first data were given.
pub fn start(
    vm: &Vm,
    algorithm: &'static Algorithm,
    digest_size: usize,
    mut function: Box<dyn Function>,
    data: Option<Value>,
) -> PyResult {
    if let Some(data) = data {
        function.update(data_of(vm, data)?.as_slice());
    }
    let state = State { algorithm, digest_size, function };
    native::new(vm, (algorithm.class)(&vm.types), Hash(Some(state)))
}

/// A call with the arguments of [`SIGNATURE`].
pub fn make(vm: &Vm, algorithm: &'static Algorithm, args: &[Value]) -> PyResult {
    let [data, security, string] = [0, 1, 2].map(|i| args.get(i).copied().unwrap_or(Value::NULL));
    // Nothing depends on it.
    passed(security).map_or(Ok(true), |v| protocol::compare::is_true(vm, v))?;
    let data = first_data(vm, data, string)?;
    start(vm, algorithm, algorithm.digest_size, (algorithm.start)(), data)
}

/// A call of a type of SHA-3. Messages on its arguments name the first of the types, as CPython's do.
pub fn call_type(vm: &Vm, algorithm: &'static Algorithm, args: Args) -> PyResult {
    let (args, _keep) = native::bind::<3>(vm, "sha3_224", BY_CLASS, args)?;
    make(vm, algorithm, &args)
}

// ---- using ----

pub fn update(vm: &Vm, this: Value, data: Value) -> PyResult {
    let data = data_of(vm, data)?;
    state(vm, this)?.function.update(data.as_slice());
    Ok(Owned::none())
}

/// A digest as text.
pub fn hex(vm: &Vm, digest: &[u8]) -> PyResult {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |b: &u8| [b >> 4, b & 15].map(|digit| char::from(DIGITS[usize::from(digit)]));
    str::new(vm, &digest.iter().flat_map(digits).collect::<String>())
}

fn digest_of(vm: &Vm, this: Value, length: Option<usize>) -> PyResult<Vec<u8>> {
    let state = state(vm, this)?;
    let length = length.unwrap_or(state.digest_size);
    let mut out = Vec::new();
    out.try_reserve_exact(length).map_err(|_| vm.memory_error())?;
    out.resize(length, 0);
    state.function.digest(&mut out);
    Ok(out)
}

fn copy(vm: &Vm, this: Value) -> PyResult {
    let State { algorithm, digest_size, function } = state(vm, this)?;
    let copy = State { algorithm, digest_size: *digest_size, function: function.copy() };
    native::new(vm, type_of(vm, this), Hash(Some(copy)))
}

/// How long the digest of a function without a length is to be.
fn length_of(vm: &Vm, v: Value) -> PyResult<usize> {
    const LIMIT: u64 = 1 << 29;
    let length = unsigned(vm, v, "unsigned long")?;
    if length >= LIMIT {
        return Err(vm.value_error("length is too large"));
    }
    Ok(length as usize)
}

/// A number from 0 on, as C's `unsigned long` and `unsigned long long` take it.
pub fn unsigned(vm: &Vm, v: Value, c_type: &str) -> PyResult<u64> {
    let v = protocol::number::index(vm, v)?;
    let number = int::to_big(*v).unwrap_or_default();
    if number < dashu_int::IBig::ZERO {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    u64::try_from(number).map_err(|_| vm.overflow_error(&format!("Python int too large for C {c_type}")))
}

const COPY: MethodSpec = method0("copy", copy, "Another object that goes on from the same state.");
const UPDATE: MethodSpec = method1(
    "update",
    "($self, obj, /)",
    update,
    "Take more data, as if they stood behind those taken before.",
);
const UPDATE_DATA: MethodSpec = MethodSpec { signature: "($self, data, /)", ..UPDATE };
const DIGEST: MethodSpec = method0(
    "digest",
    |vm, this| bytes::new(vm, &digest_of(vm, this, None)?),
    "The digest of the data so far.",
);
const HEXDIGEST: MethodSpec = method0(
    "hexdigest",
    |vm, this| hex(vm, &digest_of(vm, this, None)?),
    "The digest of the data so far, in hexadecimal digits.",
);

pub static METHODS: &[MethodSpec] = &[COPY, DIGEST, HEXDIGEST, UPDATE];
pub static METHODS_OF_TYPE: &[MethodSpec] = &[COPY, DIGEST, HEXDIGEST, UPDATE_DATA];
pub static EXTENDABLE_METHODS: &[MethodSpec] = &[
    COPY,
    method(
        "digest",
        "($self, /, length)",
        |vm, this, args| {
            let length = length_of(vm, args[0])?;
            bytes::new(vm, &digest_of(vm, this, Some(length))?)
        },
        "The first bytes of the digest of the data so far.",
    ),
    method(
        "hexdigest",
        "($self, /, length)",
        |vm, this, args| {
            let length = length_of(vm, args[0])?;
            hex(vm, &digest_of(vm, this, Some(length))?)
        },
        "The first bytes of the digest of the data so far, in hexadecimal digits.",
    ),
    UPDATE_DATA,
];

const BLOCK_SIZE: GetSet = getter(
    "block_size",
    |vm, this| Ok(Owned::fixnum(state(vm, this)?.algorithm.block_size as i64)),
    "Bytes that are worked on at a time.",
);
const NAME: GetSet =
    getter("name", |vm, this| str::new(vm, state(vm, this)?.algorithm.name), "The function's name.");
const DIGEST_SIZE: GetSet = getter(
    "digest_size",
    |vm, this| Ok(Owned::fixnum(state(vm, this)?.digest_size as i64)),
    "Bytes of a digest.",
);

pub static GETSET: &[GetSet] = &[BLOCK_SIZE, NAME, DIGEST_SIZE];

/// Bits of Keccak's state.
const KECCAK_BITS: i64 = 1600;

fn rate(vm: &Vm, this: Value) -> PyResult<i64> {
    Ok(state(vm, this)?.algorithm.block_size as i64 * 8)
}

pub static KECCAK_GETSET: &[GetSet] = &[
    BLOCK_SIZE,
    NAME,
    DIGEST_SIZE,
    getter(
        "_capacity_bits",
        |vm, this| Ok(Owned::fixnum(KECCAK_BITS - rate(vm, this)?)),
        "Bits of the state that no data come to.",
    ),
    getter("_rate_bits", |vm, this| Ok(Owned::fixnum(rate(vm, this)?)), "Bits of a block."),
    getter(
        "_suffix",
        |vm, this| {
            let is_extendable = state(vm, this)?.algorithm.digest_size == 0;
            bytes::new(vm, if is_extendable { b"\x1f" } else { b"\x06" })
        },
        "What the function puts behind the data.",
    ),
];

// ---- types ----

/// The type of the objects that a module's function makes.
pub const fn made_by_function(name: &'static str) -> TypeSpec {
    TypeSpec {
        name,
        flags: tp_flags::DISALLOW_INSTANTIATION | tp_flags::IMMUTABLETYPE | tp_flags::MADE_BY_MODULE,
        slots: native::slots::<Hash>(),
        methods: METHODS,
        getset: GETSET,
        ..native::spec::<Hash>()
    }
}

/// A type whose call makes the objects.
pub const fn callable(
    name: &'static str,
    new: fn(&Vm, Value, Args) -> PyResult,
    methods: &'static [MethodSpec],
    getset: &'static [GetSet],
    doc: &'static str,
) -> TypeSpec {
    TypeSpec {
        name,
        flags: tp_flags::IMMUTABLETYPE | tp_flags::MADE_BY_MODULE,
        slots: Slots { new: Some(new), ..native::slots::<Hash>() },
        methods,
        getset,
        doc,
        ..native::spec::<Hash>()
    }
}

/// Makes a type and enters it in its module under a name that is not its own.
pub fn add(vm: &Vm, m: Value, name: &str, ty: TypeRef, spec: &'static TypeSpec) -> PyResult<()> {
    crate::objects::ready(vm, ty, spec);
    crate::modules::set(vm, m, name, ty.value())
}
