//! Attribute layouts of plain instances: a tree of shapes per class.
//!
//! ```text
//!   root ──x──► {x:0} ──y──► {x:0, y:1}
//!                └──z──► {x:0, z:1}
//! ```
//!
//! Attribute `i` of an instance is the word `i` after its class's basic size. A class starts with as many words as its
//! body seems to need (`__static_attributes__`) and gives later instances more when an instance ran out of
//! them; that instance moves its attributes to a dict, as does one whose `__dict__` somebody asks for. Such
//! instances have the class's dict shape and the flag `INSTANCE_HAS_DICT`.

use taipan_layout::header::flag;
use taipan_layout::objects::Instance;
use taipan_layout::{Shape, Value};

use super::super::spec::tp_flags;
use super::super::{TypeRef, dict, str};
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::vm::Vm;

/// Attributes beyond which instances of a class always use a dict.
pub const MAX_INLINE: u32 = 30;

#[repr(C)]
pub struct ShapeNode {
    pub head: Shape,
    parent: *mut ShapeNode,
    /// Names in slot order (interned, owned by the interned table's immortality or by this shape).
    keys: Vec<Value>,
    transitions: Vec<(Value, *mut ShapeNode)>,
}

fn new_node(ty: TypeRef, parent: *mut ShapeNode, inline: u16, keys: Vec<Value>) -> *mut ShapeNode {
    for k in &keys {
        crate::owned::incref(*k);
    }
    let head = Shape {
        version: 0,
        inline_slots: inline,
        used_slots: keys.len() as u16,
        ty: ty.as_ptr() as *mut _,
        transition_name: Value::NULL,
        transition: std::ptr::null(),
    };
    let node = Box::into_raw(Box::new(ShapeNode { head, parent, keys, transitions: Vec::new() }));
    ty.shapes.borrow_mut().push(node);
    node
}

pub(super) fn new_root(ty: TypeRef) -> *mut ShapeNode {
    new_node(ty, std::ptr::null_mut(), ty.head.inline_slots as u16, Vec::new())
}

/// Frees all shapes of a dying type.
pub(super) fn free_all(ty: TypeRef) {
    for node in ty.shapes.take() {
        // SAFETY: the type's last instance is gone, so nothing refers to its shapes.
        let node = unsafe { Box::from_raw(node) };
        for k in &node.keys {
            // SAFETY: each shape owns its keys.
            unsafe { decref(*k) };
        }
    }
}

/// The slot of attribute `name` in instances of `shape`.
///
/// # Safety
/// `shape` is a live shape; `name` is an interned `str`.
#[inline]
pub unsafe fn find(shape: *const Shape, name: Value) -> Option<usize> {
    // SAFETY: every shape is the head of a node.
    unsafe { (*(shape as *const ShapeNode)).keys.iter().position(|k| *k == name) }
}

/// The names of an instance's attributes in the order they were added.
///
/// # Safety
/// `shape` is a live shape.
pub unsafe fn keys<'a>(shape: *const Shape) -> &'a [Value] {
    // SAFETY: every shape is the head of a node.
    unsafe { &(*(shape as *const ShapeNode)).keys }
}

/// The shape after adding `name`, or `None` when the object has no room for another attribute.
///
/// # Safety
/// `shape` is a live shape that lacks `name`, an interned `str`.
pub unsafe fn with_attribute(shape: *const Shape, name: Value) -> Option<*mut Shape> {
    // SAFETY: as above; nodes are only touched under the lock.
    unsafe {
        let node = shape as *mut ShapeNode;
        if let Some((_, to)) = (*node).transitions.iter().find(|(k, _)| *k == name) {
            (*node).head.transition_name = name;
            (*node).head.transition = *to as *const Shape;
            return Some(*to as *mut Shape);
        }
        if (*node).keys.len() >= (*node).head.inline_slots as usize {
            return None;
        }
        let mut keys = (*node).keys.clone();
        keys.push(name);
        let child = new_node(TypeRef::from_ptr((*node).head.ty), node, (*node).head.inline_slots, keys);
        (*node).transitions.push((name, child));
        (*node).head.transition_name = name;
        (*node).head.transition = child as *const Shape;
        Some(child as *mut Shape)
    }
}

/// Address of attribute word `index` of a plain instance.
///
/// # Safety
/// `object` is an instance of a shaped class with more than `index` slots.
#[inline(always)]
pub unsafe fn slot(object: Value, index: usize) -> *mut Value {
    // SAFETY: by contract the word lies inside the object.
    unsafe {
        let ty = (*(*object.header()).shape).ty;
        object.as_ptr::<u8>().add((*ty).basicsize as usize + 8 * index) as *mut Value
    }
}

/// Whether `object` keeps its attributes in slots right now.
pub fn has_slots(vm: &Vm, object: Value) -> bool {
    super::super::type_of(vm, object).has_flag(tp_flags::SHAPED)
        // SAFETY: only heap objects have shaped types.
        && unsafe { (*object.header()).flags } & flag::INSTANCE_HAS_DICT == 0
}

/// The attribute `name` of an instance with slots.
///
/// # Safety
/// [`has_slots`] holds for `object`; `name` is an interned `str`.
pub unsafe fn get(object: Value, name: Value) -> Option<Owned> {
    // SAFETY: as above.
    unsafe { find((*object.header()).shape, name).map(|i| (*slot(object, i)).own()) }
}

/// Sets the attribute `name` of an instance with slots; may move the instance to a dict.
///
/// # Safety
/// [`has_slots`] holds for `object`; `name` is an interned `str`.
pub unsafe fn set(vm: &Vm, object: Value, name: Value, value: Value) -> PyResult<()> {
    // SAFETY: as above; the slot is written before the old value is dropped.
    unsafe {
        let header = object.header();
        let shape = (*header).shape;
        if let Some(i) = find(shape, name) {
            crate::owned::replace(slot(object, i), Some(value.own()));
            return Ok(());
        }
        if let Some(to) = with_attribute(shape, name) {
            *slot(object, (*shape).used_slots as usize) = value.own().into_value();
            (*header).shape = to;
            return Ok(());
        }
        grow_class(TypeRef::from_ptr((*shape).ty));
        let namespace = materialize_dict(vm, object)?;
        dict::set_str(vm, *namespace, name, value)
    }
}

/// Removes the attribute `name`: whether it was there.
///
/// # Safety
/// [`has_slots`] holds for `object`; `name` is an interned `str`.
pub unsafe fn delete(object: Value, name: Value) -> bool {
    // SAFETY: as above; all words are moved before the removed one is dropped.
    unsafe {
        let header = object.header();
        let shape = (*header).shape;
        let Some(index) = find(shape, name) else { return false };
        let names = keys(shape);
        let removed = *slot(object, index);
        let mut to = root_of(shape);
        for (i, k) in names.iter().enumerate() {
            if i == index {
                continue;
            }
            to = with_attribute(to, *k).expect("fewer attributes than before fit");
            if i > index {
                *slot(object, i - 1) = *slot(object, i);
            }
        }
        *slot(object, names.len() - 1) = Value::NULL;
        (*header).shape = to;
        decref(removed);
        true
    }
}

/// The root of the tree that `shape` is in.
///
/// # Safety
/// `shape` is a live shape.
pub unsafe fn root_of(shape: *const Shape) -> *const Shape {
    // SAFETY: parents live as long as their children.
    unsafe {
        let mut node = shape as *const ShapeNode;
        while !(*node).parent.is_null() {
            node = (*node).parent;
        }
        node as *const Shape
    }
}

/// New instances of the class get more attribute words.
fn grow_class(ty: TypeRef) {
    // SAFETY: only the root for new instances changes; old shapes keep their size.
    unsafe {
        let t = ty.as_ptr();
        let now = (*t).head.inline_slots;
        if now < MAX_INLINE && (*(*t).head.root_shape).inline_slots as u32 == now {
            (*t).head.inline_slots = (now * 2).clamp(4, MAX_INLINE);
            (*t).head.root_shape = new_root(ty) as *mut Shape;
        }
    }
}

/// The instance's `__dict__`, its attributes moved into it.
pub fn materialize_dict(vm: &Vm, object: Value) -> PyResult<Owned> {
    // SAFETY: `object` is an instance of a shaped class, so it begins as `Instance`.
    unsafe {
        let instance = object.as_ptr::<Instance>();
        if (*instance).header.flags & flag::INSTANCE_HAS_DICT != 0 {
            return Ok((*instance).extra.own());
        }
        let namespace = dict::new(vm)?;
        let names = keys((*instance).header.shape);
        for (i, k) in names.iter().enumerate() {
            dict::set_str(vm, *namespace, *k, *slot(object, i))?;
        }
        attach_dict(object, namespace.clone());
        Ok(namespace)
    }
}

/// A dict with the attributes of an instance that keeps them in slots; none if there are no attributes.
///
/// # Safety
/// [`has_slots`] holds for `object`.
pub unsafe fn copy_to_dict(vm: &Vm, object: Value) -> PyResult<Option<Owned>> {
    // SAFETY: by contract there is a slot for each name of the shape.
    unsafe {
        let names = keys((*object.header()).shape);
        if names.is_empty() {
            return Ok(None);
        }
        let copy = dict::with_capacity(vm, names.len())?;
        for (i, name) in names.iter().enumerate() {
            dict::set_str(vm, *copy, *name, *slot(object, i))?;
        }
        Ok(Some(copy))
    }
}

/// Makes `namespace` the instance's `__dict__`; attributes held in slots are dropped.
pub fn attach_dict(object: Value, namespace: Owned) {
    // SAFETY: as for `materialize_dict`; the object is consistent before anything is dropped.
    unsafe {
        let instance = object.as_ptr::<Instance>();
        let ty = TypeRef::from_ptr((*(*instance).header.shape).ty);
        let held = if (*instance).header.flags & flag::INSTANCE_HAS_DICT != 0 {
            vec![(*instance).extra]
        } else {
            (0..keys((*instance).header.shape).len())
                .map(|i| std::mem::replace(&mut *slot(object, i), Value::NULL))
                .collect()
        };
        (*instance).extra = namespace.into_value();
        (*instance).header.flags |= flag::INSTANCE_HAS_DICT;
        (*instance).header.shape = dict_shape(ty);
        for v in held {
            decref(v);
        }
    }
}

/// The shape of a class's instances that use a dict.
fn dict_shape(ty: TypeRef) -> *mut Shape {
    if ty.dict_shape.get().is_null() {
        ty.dict_shape.set(new_node(ty, std::ptr::null_mut(), 0, Vec::new()));
    }
    ty.dict_shape.get() as *mut Shape
}

/// Gives up the attributes of a dying instance.
///
/// # Safety
/// `object` is an instance of a shaped class that nobody refers to.
pub unsafe fn drop_attributes(object: Value) {
    // SAFETY: by contract.
    unsafe {
        let instance = object.as_ptr::<Instance>();
        if (*instance).header.flags & flag::INSTANCE_HAS_DICT != 0 {
            decref(std::mem::replace(&mut (*instance).extra, Value::NULL));
        } else {
            let shape = (*instance).header.shape;
            let first = slot(object, 0);
            for i in 0..(*shape).used_slots as usize {
                decref(std::mem::replace(&mut *first.add(i), Value::NULL));
            }
        }
    }
}

/// An interned form of an attribute name.
pub fn interned_name(vm: &Vm, name: Value) -> Owned {
    if str::is_interned(name) { name.own() } else { str::intern_value(vm, name) }
}

/// Makes `object` an instance of `to`, a class of the same layout; attributes stay.
pub fn change_class(vm: &Vm, object: Value, to: TypeRef) -> PyResult<()> {
    // SAFETY: both classes are shaped and agree in size up to the slots, which lie at the end.
    unsafe {
        let header = object.header();
        if (*header).flags & flag::INSTANCE_HAS_DICT == 0 {
            // Slot counts may differ: the new shape must not promise more room than the object has.
            let room = (*(*header).shape).inline_slots;
            if room == (*to.head.root_shape).inline_slots {
                let mut shape = to.head.root_shape as *const Shape;
                for k in keys((*header).shape) {
                    shape = with_attribute(shape, *k).expect("the room is the same");
                }
                (*header).shape = shape;
                return Ok(());
            }
            drop(materialize_dict(vm, object)?);
        }
        (*header).shape = dict_shape(to);
    }
    Ok(())
}
