//! Operations on any object, by their abstract meaning: what CPython calls the abstract object layer.
//!
//! | module | operations |
//! |---|---|
//! | `attr` | attribute access and descriptor binding |
//! | `call` | calling |
//! | `number` | unary, binary and in-place arithmetic |
//! | `compare` | rich comparison, equality, hashing, truth |
//! | `iter` | iteration |
//! | `item` | subscription, length, containment |
//! | `object` | repr, str, format, dir, isinstance |
//! | `index` | conversion to native integers |

pub mod attr;
pub mod call;
pub mod compare;
pub mod index;
pub mod item;
pub mod iter;
pub mod number;
pub mod object;
