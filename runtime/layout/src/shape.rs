//! Shapes (hidden classes): one word in the header answers "which type" and "which attributes where".
//!
//! Every type has a root shape. A plain instance starts there and walks to a child shape with each attribute
//! it gains; two instances that gained the same attributes in the same order share a shape. The attribute
//! table itself belongs to the runtime; bodies need only the version.
//!
//! `version` identifies (shape, state of the type and its bases): a non-zero number that no other live pair
//! has, given out when a cache first asks for it and set back to 0 when the type, or a base of it, changes.
//! So one comparison, `object.shape.version == cached`, guards layout, type and all class attributes at once
//! (CPython's `tp_version_tag`, moved to the shape).

use crate::objects::Type;

#[repr(C)]
pub struct Shape {
    pub version: u32,
    /// Attribute slots inside the object before the out-of-line part begins.
    pub inline_slots: u16,
    /// Attributes that an instance of this shape has.
    pub used_slots: u16,
    pub ty: *mut Type,
    /// The last transition taken from here: an instance that gains the attribute `transition_name` (interned,
    /// NULL when there is none) moves to `transition`, whose last slot is that attribute's. Machine code that
    /// finds an attribute slot NULL uses it.
    pub transition_name: crate::value::Value,
    pub transition: *const Shape,
}
