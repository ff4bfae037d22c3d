//! Built-in types from their declarations, in two steps: memory layout (enough to create instances), then names and
//! namespace (which are made of such instances).

use std::ptr;

use taipan_layout::header::{IMMORTAL, flag};
use taipan_layout::{Kind, Value};

use super::super::spec::{Flavour, MethodSpec, TypeSpec, tp_flags};
use super::super::{TypeRef, builtin, descr, dict, str, tuple};
use super::{TypeObject, mro, shapes, slotdefs};
use crate::owned::Counted;
use crate::vm::Vm;

/// Flags that a type takes from its base.
const INHERITED_FLAGS: u64 = tp_flags::SEQUENCE
    | tp_flags::MAPPING
    | tp_flags::MATCH_SELF
    | tp_flags::LONG_SUBCLASS
    | tp_flags::LIST_SUBCLASS
    | tp_flags::TUPLE_SUBCLASS
    | tp_flags::BYTES_SUBCLASS
    | tp_flags::UNICODE_SUBCLASS
    | tp_flags::DICT_SUBCLASS
    | tp_flags::BASE_EXC_SUBCLASS
    | tp_flags::TYPE_SUBCLASS
    | tp_flags::WEAKREFABLE
    | tp_flags::HAVE_GC;

pub(in crate::objects) fn lay_out(vm: &Vm, ty: TypeRef, spec: &'static TypeSpec) {
    let is_object = ty == vm.types.object;
    let base = spec.base.map_or(vm.types.object, |f| f(&vm.types));
    // SAFETY: the type's memory is ours and zeroed; nothing else runs yet.
    unsafe {
        let t: *mut TypeObject = ty.as_ptr();
        (*t).head.header.rc = IMMORTAL;
        (*t).head.header.flags = Kind::Type as u32 | flag::GC;
        (*t).spec = Some(spec);
        (*t).head.flags = spec.flags | tp_flags::IMMUTABLETYPE | tp_flags::READY;
        (*t).head.basicsize = spec.basicsize as u32;
        (*t).head.itemsize = spec.itemsize as u32;
        (*t).head.dictoffset = spec.dictoffset;
        (*t).instance_kind.set(spec.kind as u8);
        *(*t).slots_mut() = spec.slots;
        if !is_object {
            (*t).base.set(base.value());
            (*t).head.flags |= base.head.flags & INHERITED_FLAGS;
            if spec.dictoffset == 0 {
                (*t).head.dictoffset = base.head.dictoffset;
            }
            if (*t).head.basicsize < base.head.basicsize {
                (*t).head.basicsize = base.head.basicsize;
                (*t).head.itemsize = base.head.itemsize;
            }
        }
        (*t).head.root_shape = shapes::new_root(ty) as *mut _;
        if ty == vm.types.type_ {
            // `type` comes second: now both of the first two can name their metatype.
            for first in [vm.types.object, vm.types.type_] {
                (*first.as_ptr()).head.header.shape = vm.types.type_.head.root_shape;
            }
        } else if !is_object {
            (*t).head.header.shape = vm.types.type_.head.root_shape;
        }
    }
}

pub(in crate::objects) fn fill(vm: &Vm, ty: TypeRef, spec: &'static TypeSpec) {
    const NO_MEMORY: &str = "start-up needs memory";
    let (home, short) = spec.name.rsplit_once('.').map_or(("", spec.name), |(home, n)| (home, n));
    ty.name.set(str::intern(vm, short).into_value());
    let base = ty.base_type();
    let bases: Vec<Value> = base.iter().map(|b| b.value()).collect();
    ty.bases.set(tuple::from_slice(vm, &bases).expect(NO_MEMORY).into_value());
    let linear = mro::of_single_base(ty);
    ty.mro.set(tuple::from_slice(vm, &linear).expect(NO_MEMORY).into_value());
    if let Some(base) = base {
        slotdefs::inherit_native(ty, base);
        base.subclasses.borrow_mut().push(ty);
    }

    let entries =
        slotdefs::count_native(&spec.slots) + spec.methods.len() + spec.getset.len() + spec.members.len();
    let namespace = dict::with_capacity(vm, entries + 1).expect(NO_MEMORY);
    let set = |name: &str, value: Value| {
        let key = str::intern(vm, name);
        dict::set_str(vm, *namespace, *key, value).expect(NO_MEMORY);
    };
    slotdefs::expose_native(vm, ty, &spec.slots, &mut |name, value| set(name, value));
    for m in spec.methods {
        set(m.name, *descriptor_of(vm, ty, m));
    }
    for g in spec.getset {
        set(g.name, *descr::new_getset(vm, ty, g).expect(NO_MEMORY));
    }
    for m in spec.members {
        set(m.name, *descr::new_member(vm, ty, m).expect(NO_MEMORY));
    }
    if spec.flags & tp_flags::MADE_BY_MODULE != 0 {
        set("__module__", *str::intern(vm, home));
    }
    let doc = if spec.doc.is_empty() { Value::NONE.own() } else { str::new(vm, spec.doc).expect(NO_MEMORY) };
    // A type whose instances have a `__doc__` of their own keeps that descriptor; its own text is in the declaration.
    let per_instance =
        spec.getset.iter().any(|g| g.name == "__doc__") || spec.members.iter().any(|m| m.name == "__doc__");
    if !per_instance {
        set("__doc__", *doc);
    }
    if spec.slots.richcompare.is_some() && spec.slots.hash.is_none() {
        set("__hash__", Value::NONE);
        ty.slots_mut().hash = Some(super::super::object::not_hashable);
    }
    ty.dict.set(namespace.into_value());
    let _ = ptr::null::<u8>();
}

fn descriptor_of(vm: &Vm, ty: TypeRef, m: &'static MethodSpec) -> crate::owned::Owned {
    match m.flavour {
        Flavour::Method => builtin::new_method_descriptor(vm, ty, m),
        Flavour::Class => builtin::new_classmethod_descriptor(vm, ty, m),
        Flavour::Static | Flavour::Function => {
            let f = builtin::new_function(vm, m, ty.value(), Value::NULL);
            f.and_then(
                |f| if m.name == "__new__" { Ok(f) } else { descr::wrappers::new_staticmethod(vm, *f) },
            )
        }
    }
    .expect("start-up needs memory")
}
