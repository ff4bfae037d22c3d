//! `_blake2`: BLAKE2b and BLAKE2s with keys, salts and places in trees (RFC 7693 and the paper of Aumasson and others,
//! ACNS 2013, whose section 2.10 is on trees).

use taipan_layout::Value;

use super::functions::{Algorithm, BLAKE2B, BLAKE2S, Function};
use super::objects::{GETSET, METHODS_OF_TYPE, callable, first_data, start, unsigned};
use crate::args::Args;
use crate::modules::native::{self, passed};
use crate::modules::{NativeModule, add_type, set};
use crate::objects::bytes::buffer;
use crate::objects::spec::TypeSpec;
use crate::objects::{TypeRef, dict, str};
use crate::owned::PyResult;
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_blake2",
    doc: "The hash functions BLAKE2b and BLAKE2s.",
    functions: &[],
    fill: |vm, m| {
        add_type(vm, m, vm.types.hash_blake2b, &BLAKE2B_TYPE)?;
        add_type(vm, m, vm.types.hash_blake2s, &BLAKE2S_TYPE)?;
        add_limits(vm, m, vm.types.hash_blake2b, "BLAKE2B", &B)?;
        add_limits(vm, m, vm.types.hash_blake2s, "BLAKE2S", &S)
    },
};

/// How one of the two functions differs from the other.
struct Variant {
    algorithm: &'static Algorithm,
    /// How messages write it.
    title: &'static str,
    /// Most bytes of a salt, and of what personalises.
    salt: usize,
    /// Most bytes of a key, and of a digest.
    digest: usize,
    /// Offsets of nodes are below this power of two.
    offset_bits: u32,
    start: fn(&Parameters) -> Box<dyn Function>,
}

static B: Variant =
    Variant { algorithm: &BLAKE2B, title: "Blake2b", salt: 16, digest: 64, offset_bits: 64, start: start_b };
static S: Variant =
    Variant { algorithm: &BLAKE2S, title: "Blake2s", salt: 8, digest: 32, offset_bits: 48, start: start_s };

/// What a computation starts from; within the function's limits.
struct Parameters {
    digest: usize,
    key: Vec<u8>,
    salt: Vec<u8>,
    person: Vec<u8>,
    fanout: u8,
    depth: u8,
    leaf: u32,
    offset: u64,
    node_depth: u8,
    inner: usize,
    is_last: bool,
}

macro_rules! starts {
    ($($name:ident $library:ident;)*) => {
        $(fn $name(p: &Parameters) -> Box<dyn Function> {
            let state = $library::Params::new()
                .hash_length(p.digest)
                .key(&p.key)
                .salt(&p.salt)
                .personal(&p.person)
                .fanout(p.fanout)
                .max_depth(p.depth)
                .max_leaf_length(p.leaf)
                .node_offset(p.offset)
                .node_depth(p.node_depth)
                .inner_hash_length(p.inner)
                .last_node(p.is_last)
                .to_state();
            Box::new(state)
        })*
    };
}
starts! {
    start_b blake2b_simd;
    start_s blake2s_simd;
}

const BLAKE2B_SIGNATURE: &str = "(data=b'', *, digest_size=_blake2.blake2b.MAX_DIGEST_SIZE,\n        \
     key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0,\n        \
     node_offset=0, node_depth=0, inner_size=0, last_node=False,\n        \
     usedforsecurity=True, string=None)";
const BLAKE2S_SIGNATURE: &str = "(data=b'', *, digest_size=_blake2.blake2s.MAX_DIGEST_SIZE,\n        \
     key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0,\n        \
     node_offset=0, node_depth=0, inner_size=0, last_node=False,\n        \
     usedforsecurity=True, string=None)";

static BLAKE2B_TYPE: TypeSpec = TypeSpec {
    signature: BLAKE2B_SIGNATURE,
    ..callable(
        "_blake2.blake2b",
        |vm, _, args| call(vm, &B, BLAKE2B_SIGNATURE, args),
        METHODS_OF_TYPE,
        GETSET,
        "An object that computes BLAKE2b.",
    )
};
static BLAKE2S_TYPE: TypeSpec = TypeSpec {
    signature: BLAKE2S_SIGNATURE,
    ..callable(
        "_blake2.blake2s",
        |vm, _, args| call(vm, &S, BLAKE2S_SIGNATURE, args),
        METHODS_OF_TYPE,
        GETSET,
        "An object that computes BLAKE2s.",
    )
};

/// The limits as attributes of the type and of the module.
fn add_limits(vm: &Vm, m: Value, ty: TypeRef, prefix: &str, variant: &Variant) -> PyResult<()> {
    let limits = [
        ("SALT_SIZE", variant.salt),
        ("PERSON_SIZE", variant.salt),
        ("MAX_KEY_SIZE", variant.digest),
        ("MAX_DIGEST_SIZE", variant.digest),
    ];
    for (name, limit) in limits {
        let limit = Value::fixnum(limit as i64);
        dict::set_str(vm, ty.dict.get(), *str::intern(vm, name), limit)?;
        set(vm, m, &format!("{prefix}_{name}"), limit)?;
    }
    Ok(())
}

fn call(vm: &Vm, variant: &Variant, signature: &'static str, args: Args) -> PyResult {
    let (args, _keep) = native::bind::<14>(vm, variant.algorithm.name, signature, args)?;
    let [
        data,
        digest,
        key,
        salt,
        person,
        fanout,
        depth,
        leaf,
        offset,
        node_depth,
        inner,
        last,
        security,
        string,
    ] = args;
    let number = |v, default| passed(v).map_or(Ok(default), |v| protocol::index::to_i32(vm, v));
    let truth = |v, default| passed(v).map_or(Ok(default), |v| protocol::compare::is_true(vm, v));
    let bytes = |v| passed(v).map_or(Ok(Vec::new()), |v| Ok(buffer(vm, v)?.as_slice().to_vec()));

    let digest = number(digest, variant.digest as i32)?;
    let (key, salt, person) = (bytes(key)?, bytes(salt)?, bytes(person)?);
    let (fanout, depth) = (number(fanout, 1)?, number(depth, 1)?);
    let (node_depth, inner) = (number(node_depth, 0)?, number(inner, 0)?);
    let is_last = truth(last, false)?;
    // Nothing depends on it.
    truth(security, true)?;
    let data = first_data(vm, data, string)?;

    let most = variant.digest;
    let in_range =
        |n: i32, from: usize, to: usize| usize::try_from(n).ok().filter(|n| (from..=to).contains(n));
    let in_byte = |n: i32, from: u8| u8::try_from(n).ok().filter(|n| *n >= from);
    let digest = in_range(digest, 1, most).ok_or_else(|| {
        let title = variant.title;
        vm.value_error(&format!(
            "digest_size for {title} must be between 1 and {most} bytes, here it is {digest}"
        ))
    })?;
    for (name, given) in [("salt", &salt), ("person", &person)] {
        if given.len() > variant.salt {
            let limit = variant.salt;
            return Err(vm.value_error(&format!("maximum {name} length is {limit} bytes")));
        }
    }
    let fanout = in_byte(fanout, 0).ok_or_else(|| vm.value_error("fanout must be between 0 and 255"))?;
    let depth = in_byte(depth, 1).ok_or_else(|| vm.value_error("depth must be between 1 and 255"))?;
    let leaf = passed(leaf).map_or(Ok(0), |v| unsigned(vm, v, "unsigned long"))?;
    let leaf = u32::try_from(leaf).map_err(|_| vm.overflow_error("leaf_size is too large"))?;
    let offset = passed(offset).map_or(Ok(0), |v| unsigned(vm, v, "unsigned long long"))?;
    if offset.checked_shr(variant.offset_bits).is_some_and(|rest| rest != 0) {
        return Err(vm.overflow_error("node_offset is too large"));
    }
    let node_depth =
        in_byte(node_depth, 0).ok_or_else(|| vm.value_error("node_depth must be between 0 and 255"))?;
    let inner = in_range(inner, 0, most)
        .ok_or_else(|| vm.value_error(&format!("inner_size must be between 0 and is {most}")))?;
    if key.len() > most {
        return Err(vm.value_error(&format!("maximum key length is {most} bytes")));
    }
    let parameters =
        Parameters { digest, key, salt, person, fanout, depth, leaf, offset, node_depth, inner, is_last };
    start(vm, variant.algorithm, digest, (variant.start)(&parameters), data)
}
