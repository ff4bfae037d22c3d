//! `bytes`: immutable sequences of bytes; and what is common to everything bytes-like.
//!
//! | module | holds |
//! |---|---|
//! | `object` | what a `bytes` looks like inside, making one |
//! | `buffer` | borrowing the memory of bytes-like objects |
//! | `construct` | `bytes(…)` from anything |
//! | `shared` | the methods of both `bytes` and `bytearray` |
//! | `hex` | `hex` and `fromhex` |
//! | `bytearray`, `memoryview` | the types of these names |
//! | `sequence` | subscription, iteration, `+`, `*`, comparison |
//! | `methods` | the type's slots and method table |

pub mod buffer;
pub mod bytearray;
pub mod construct;
pub(crate) mod hex;
pub mod memoryview;
pub mod methods;
pub mod object;
pub mod sequence;
mod shared;

pub use buffer::{
    Buffer, BufferFormat, any_buffer, buffer, is_bytes_like, is_plain_buffer, of_method, writable_buffer,
};
pub use methods::SPEC;
pub(in crate::objects) use object::make_shared;
pub use object::{as_slice, hash, is_bytes, is_exact, new, to_exact};
pub use sequence::{BYTEARRAY_ITER_SPEC, ITER_SPEC};
