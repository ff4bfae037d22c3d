//! `_md5`, `_sha1`, `_sha2`, `_sha3`, `_blake2`, `_hmac`: the hash functions behind `hashlib` and `hmac`.
//!
//! The functions come from libraries; a hash object holds one of them as a [`functions::Function`], so that all types share
//! their methods. There is no `_hashlib`: what only OpenSSL has (`pbkdf2_hmac`, `scrypt`) is missing, as in a CPython without
//! it. Each module refers to its own functions only, and an executable has no others.
//!
//! | module | holds |
//! |---|---|
//! | `functions` | the functions, their names and sizes |
//! | `objects` | hash objects: types, methods, the arguments of constructors |
//! | `sha` | the modules of MD5, SHA-1, SHA-2 and SHA-3 |
//! | `blake2` | `_blake2`: keys, salts, trees |
//! | `hmac` | `_hmac` |

pub mod blake2;
mod functions;
pub mod hmac;
mod objects;
pub mod sha;
