//! `_md5`, `_sha1`, `_sha2`, `_sha3`: modules that have little more than functions.

use super::functions::{
    MD5, SHA1, SHA3_224, SHA3_256, SHA3_384, SHA3_512, SHA224, SHA256, SHA384, SHA512, SHAKE_128, SHAKE_256,
};
use super::objects::{
    EXTENDABLE_METHODS, KECCAK_GETSET, METHODS_OF_TYPE, SIGNATURE, add, call_type, callable,
    made_by_function, make,
};
use crate::modules::{NativeModule, add_type};
use crate::objects::spec::{MethodSpec, TypeSpec, function};

pub static MD5_MODULE: NativeModule = NativeModule {
    name: "_md5",
    doc: "The hash function MD5.",
    functions: MD5_FUNCTIONS,
    fill: |vm, m| add(vm, m, "MD5Type", vm.types.hash_md5, &MD5_TYPE),
};
static MD5_FUNCTIONS: &[MethodSpec] =
    &[function("md5", SIGNATURE, |vm, _, args| make(vm, &MD5, args), "A new object that computes MD5.")];
static MD5_TYPE: TypeSpec = made_by_function("_md5.md5");

pub static SHA1_MODULE: NativeModule = NativeModule {
    name: "_sha1",
    doc: "The hash function SHA-1.",
    functions: SHA1_FUNCTIONS,
    fill: |vm, m| add(vm, m, "SHA1Type", vm.types.hash_sha1, &SHA1_TYPE),
};
static SHA1_FUNCTIONS: &[MethodSpec] =
    &[function("sha1", SIGNATURE, |vm, _, args| make(vm, &SHA1, args), "A new object that computes SHA-1.")];
static SHA1_TYPE: TypeSpec = made_by_function("_sha1.sha1");

pub static SHA2_MODULE: NativeModule = NativeModule {
    name: "_sha2",
    doc: "The hash functions SHA-224, SHA-256, SHA-384 and SHA-512.",
    functions: SHA2_FUNCTIONS,
    fill: |vm, m| {
        add_type(vm, m, vm.types.hash_sha224, &SHA224_TYPE)?;
        add_type(vm, m, vm.types.hash_sha256, &SHA256_TYPE)?;
        add_type(vm, m, vm.types.hash_sha384, &SHA384_TYPE)?;
        add_type(vm, m, vm.types.hash_sha512, &SHA512_TYPE)
    },
};
static SHA2_FUNCTIONS: &[MethodSpec] = &[
    function(
        "sha224",
        SIGNATURE,
        |vm, _, args| make(vm, &SHA224, args),
        "A new object that computes SHA-224.",
    ),
    function(
        "sha256",
        SIGNATURE,
        |vm, _, args| make(vm, &SHA256, args),
        "A new object that computes SHA-256.",
    ),
    function(
        "sha384",
        SIGNATURE,
        |vm, _, args| make(vm, &SHA384, args),
        "A new object that computes SHA-384.",
    ),
    function(
        "sha512",
        SIGNATURE,
        |vm, _, args| make(vm, &SHA512, args),
        "A new object that computes SHA-512.",
    ),
];
static SHA224_TYPE: TypeSpec = made_by_function("_sha2.SHA224Type");
static SHA256_TYPE: TypeSpec = made_by_function("_sha2.SHA256Type");
static SHA384_TYPE: TypeSpec = made_by_function("_sha2.SHA384Type");
static SHA512_TYPE: TypeSpec = made_by_function("_sha2.SHA512Type");

pub static SHA3_MODULE: NativeModule = NativeModule {
    name: "_sha3",
    doc: "The hash functions of SHA-3, and SHAKE, whose digests have any length.",
    functions: &[],
    fill: |vm, m| {
        add_type(vm, m, vm.types.hash_sha3_224, &SHA3_224_TYPE)?;
        add_type(vm, m, vm.types.hash_sha3_256, &SHA3_256_TYPE)?;
        add_type(vm, m, vm.types.hash_sha3_384, &SHA3_384_TYPE)?;
        add_type(vm, m, vm.types.hash_sha3_512, &SHA3_512_TYPE)?;
        add_type(vm, m, vm.types.hash_shake_128, &SHAKE_128_TYPE)?;
        add_type(vm, m, vm.types.hash_shake_256, &SHAKE_256_TYPE)
    },
};
static SHA3_224_TYPE: TypeSpec = callable(
    "_sha3.sha3_224",
    |vm, _, args| call_type(vm, &SHA3_224, args),
    METHODS_OF_TYPE,
    KECCAK_GETSET,
    "An object that computes SHA3-224.",
);
static SHA3_256_TYPE: TypeSpec = callable(
    "_sha3.sha3_256",
    |vm, _, args| call_type(vm, &SHA3_256, args),
    METHODS_OF_TYPE,
    KECCAK_GETSET,
    "An object that computes SHA3-256.",
);
static SHA3_384_TYPE: TypeSpec = callable(
    "_sha3.sha3_384",
    |vm, _, args| call_type(vm, &SHA3_384, args),
    METHODS_OF_TYPE,
    KECCAK_GETSET,
    "An object that computes SHA3-384.",
);
static SHA3_512_TYPE: TypeSpec = callable(
    "_sha3.sha3_512",
    |vm, _, args| call_type(vm, &SHA3_512, args),
    METHODS_OF_TYPE,
    KECCAK_GETSET,
    "An object that computes SHA3-512.",
);
static SHAKE_128_TYPE: TypeSpec = callable(
    "_sha3.shake_128",
    |vm, _, args| call_type(vm, &SHAKE_128, args),
    EXTENDABLE_METHODS,
    KECCAK_GETSET,
    "An object that computes SHAKE128.",
);
static SHAKE_256_TYPE: TypeSpec = callable(
    "_sha3.shake_256",
    |vm, _, args| call_type(vm, &SHAKE_256, args),
    EXTENDABLE_METHODS,
    KECCAK_GETSET,
    "An object that computes SHAKE256.",
);
