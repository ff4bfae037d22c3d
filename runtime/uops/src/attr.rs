//! Attributes. A specialised form guards the shape's version and then knows the type, where its attributes
//! lie and what the class has.

use crate::prelude::*;

/// The instance's `__dict__` when it is an exact dict with str keys only and an entry `index` of that name.
#[inline(always)]
unsafe fn hinted_entry(owner: StackValue, index: u64, name: Value) -> Result<*mut DictEntry, Exit> {
    // SAFETY: the caller has checked that the owner is a plain instance.
    unsafe {
        let instance = owner.ptr::<Instance>();
        guard((*instance).header.flags & taipan_layout::header::flag::INSTANCE_HAS_DICT != 0)?;
        let keys = (*(*instance).extra.as_ptr::<Dict>()).keys;
        guard(index < (*keys).entry_count as u64)?;
        let entry = (*keys).entries.add(index as usize);
        guard((*entry).key.0 == name.0 && !(*entry).value.is_null())?;
        Ok(entry)
    }
}
#[inline(always)]
unsafe fn slot(owner: StackValue, offset: u64) -> *mut Value {
    // SAFETY: the caller has guarded the layout.
    unsafe { owner.ptr::<u8>().add(offset as usize) as *mut Value }
}
#[inline(always)]
unsafe fn shape_version(owner: StackValue) -> u64 {
    // SAFETY: a heap word points to a live object.
    unsafe { (*(*owner.ptr::<Header>()).shape).version as u64 }
}
/// A frame for a Python function that gets `owner` (and a second argument unless it is NULL).
#[inline(always)]
unsafe fn enter(cx: Cx, new: *mut Frame, flags: u8, owner: StackValue, second: Value) -> *mut Frame {
    // SAFETY: the operand is the function that the cache holds; the frame was allocated for its code.
    unsafe {
        let function = Value(cx.operand0);
        let code = (*function.as_ptr::<Function>()).code.as_ptr::<Code>();
        retain(function);
        init_frame(new, function, code, cx.frame, flags);
        let locals = Frame::localsplus(new);
        *locals = into_owned(owner);
        if second.is_null() {
            clear_locals_from(new, code, 1);
        } else {
            retain(second);
            *locals.add(1) = second;
            clear_locals_from(new, code, 2);
        }
        new
    }
}
#[inline(always)]
unsafe fn code_of(cx: Cx) -> *mut Code {
    // SAFETY: as above.
    unsafe { (*Value(cx.operand0).as_ptr::<Function>()).code.as_ptr() }
}

uops! {
    fn _LOAD_ATTR(owner, self_or_null: Slots) -> (attr) |cx| {
        let name = cx.name(cx.oparg >> 1);
        if cx.oparg & 1 == 0 {
            let attr = rt_get_attr(cx.ts, owner.peek(), name);
            drop(cx.ts, owner);
            return checked(attr);
        }
        let mut unbound = 0;
        let attr = rt_get_method(cx.ts, owner.peek(), name, &mut unbound);
        if unbound != 0 {
            *self_or_null = owner;
        } else {
            drop(cx.ts, owner);
            *self_or_null = StackValue::NULL;
        }
        checked(attr)
    }
    fn _GUARD_TYPE_VERSION(owner) -> () |cx| {
        guard(is_object(owner) && shape_version(owner) == cx.operand0)
    }
    fn _GUARD_LOCAL_TYPE_VERSION() [local] -> () |cx| {
        guard(local.is_heap() && shape_version(StackValue(local.0)) == cx.operand0)
    }
    fn _LOAD_ATTR_INSTANCE_VALUE(owner) -> (attr, o) |cx| {
        let value = *slot(owner, cx.operand0);
        guard(!value.is_null())?;
        Ok((new_ref(value), owner))
    }
    fn _LOAD_ATTR_INSTANCE_VALUE_BORROW(owner) -> (attr, o) |cx| {
        let value = *slot(owner, cx.operand0);
        guard(!value.is_null())?;
        Ok((borrow(value), owner))
    }
    fn _LOAD_ATTR_SLOT_BORROW(owner) -> (attr, o) |cx| {
        let value = *slot(owner, cx.operand0);
        guard(!value.is_null())?;
        Ok((borrow(value), owner))
    }
    fn _LOAD_ATTR_SLOT(owner) -> (attr, o) |cx| {
        let value = *slot(owner, cx.operand0);
        guard(!value.is_null())?;
        Ok((new_ref(value), owner))
    }
    fn _LOAD_ATTR_WITH_HINT(owner) -> (attr, o) |cx| {
        let entry = hinted_entry(owner, cx.operand0, cx.name(cx.oparg >> 1))?;
        Ok((new_ref((*entry).value), owner))
    }
    fn _LOAD_ATTR_MODULE(owner) -> (attr, o) |cx| {
        guard(is_kind(owner, Kind::Module))?;
        let keys = (*(*owner.ptr::<Module>()).dict.as_ptr::<Dict>()).keys;
        guard((*keys).version as u64 == cx.operand0)?;
        let value = (*(*keys).entries.add(cx.operand1 as usize)).value;
        guard(!value.is_null())?;
        Ok((new_ref(value), owner))
    }
    fn _CHECK_ATTR_CLASS(owner) -> () |cx| {
        guard(is_kind(owner, Kind::Type) && (*(*owner.ptr::<Type>()).root_shape).version as u64 == cx.operand0)
    }
    fn _LOAD_ATTR_CLASS(owner) -> (attr, o) |cx| { Ok((new_ref(Value(cx.operand0)), owner)) }
    fn _LOAD_ATTR_METHOD_WITH_VALUES(owner) -> (attr, receiver) |cx| { Ok((new_ref(Value(cx.operand0)), owner)) }
    fn _LOAD_ATTR_METHOD_NO_DICT(owner) -> (attr, receiver) |cx| { Ok((new_ref(Value(cx.operand0)), owner)) }
    fn _CHECK_ATTR_METHOD_LAZY_DICT(owner) -> () |cx| {
        guard((*((owner.ptr::<Header>() as *const u8).add(cx.operand0 as usize) as *const Value)).is_null())
    }
    fn _LOAD_ATTR_METHOD_LAZY_DICT(owner) -> (attr, receiver) |cx| { Ok((new_ref(Value(cx.operand0)), owner)) }
    fn _LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES(owner) -> (attr, o) |cx| { Ok((new_ref(Value(cx.operand0)), owner)) }
    fn _LOAD_ATTR_NONDESCRIPTOR_NO_DICT(owner) -> (attr, o) |cx| { Ok((new_ref(Value(cx.operand0)), owner)) }

    fn _LOAD_ATTR_PROPERTY_FRAME(owner) -> (new_frame: *mut Frame) |cx| {
        let new = allocate_frame(cx.ts, code_of(cx))?;
        Ok(enter(cx, new, 0, owner, Value::NULL))
    }
    fn _LOAD_ATTR_PROPERTY_FRAME__slow(owner) -> (new_frame: *mut Frame) |cx| {
        let new = allocate_frame_slow(cx.ts, code_of(cx));
        if new.is_null() {
            drop(cx.ts, owner);
            return Err(Error);
        }
        Ok(enter(cx, new, (*new).flags, owner, Value::NULL))
    }
    fn _LOAD_ATTR_GETATTRIBUTE_FRAME(owner) -> (new_frame: *mut Frame) |cx| {
        let new = allocate_frame(cx.ts, code_of(cx))?;
        Ok(enter(cx, new, 0, owner, cx.name(cx.oparg >> 1)))
    }
    fn _LOAD_ATTR_GETATTRIBUTE_FRAME__slow(owner) -> (new_frame: *mut Frame) |cx| {
        let new = allocate_frame_slow(cx.ts, code_of(cx));
        if new.is_null() {
            drop(cx.ts, owner);
            return Err(Error);
        }
        Ok(enter(cx, new, (*new).flags, owner, cx.name(cx.oparg >> 1)))
    }

    fn _STORE_ATTR(value, owner) -> () |cx| {
        let code = rt_set_attr(cx.ts, owner.peek(), cx.name(cx.oparg), value.peek());
        drop(cx.ts, value);
        drop(cx.ts, owner);
        status(code)
    }
    fn _STORE_ATTR_INSTANCE_VALUE(value, owner) -> (old, o) |cx| {
        let home = slot(owner, cx.operand0);
        let old = *home;
        if old.is_null() {
            // A new attribute: the shape remembers where the last object that gained one went.
            let header = owner.ptr::<Header>();
            let shape = (*header).shape;
            guard((*shape).transition_name.0 == cx.name(cx.oparg).0)?;
            (*header).shape = (*shape).transition;
        }
        *home = into_owned(value);
        Ok((old.owned(), owner))
    }
    fn _STORE_ATTR_INSTANCE_VALUE_SET(value, owner) -> (old, o) |cx| {
        let home = slot(owner, cx.operand0);
        let old = *home;
        guard(!old.is_null())?;
        *home = into_owned(value);
        Ok((old.owned(), owner))
    }
    fn _STORE_ATTR_SLOT(value, owner) -> (old, o) |cx| {
        let home = slot(owner, cx.operand0);
        let old = *home;
        *home = into_owned(value);
        Ok((old.owned(), owner))
    }
    fn _STORE_ATTR_WITH_HINT(value, owner) -> (old, o) |cx| {
        let entry = hinted_entry(owner, cx.operand0, cx.name(cx.oparg))?;
        guard((*(*owner.ptr::<Instance>()).extra.as_ptr::<Dict>()).watchers == 0)?;
        let old = (*entry).value;
        (*entry).value = into_owned(value);
        Ok((old.owned(), owner))
    }
    fn _DELETE_ATTR(owner) -> () |cx| {
        let code = rt_delete_attr(cx.ts, owner.peek(), cx.name(cx.oparg));
        drop(cx.ts, owner);
        status(code)
    }

    fn _LOAD_SUPER_ATTR(callable, class, receiver) -> (attr) |cx| {
        let name = cx.name(cx.oparg >> 2);
        let attr = rt_load_super_attr(cx.ts, callable.peek(), class.peek(), receiver.peek(), name, cx.arg());
        drop(cx.ts, callable);
        drop(cx.ts, class);
        drop(cx.ts, receiver);
        checked(attr)
    }
    fn _GUARD_LOAD_SUPER_ATTR(callable, class, receiver) -> () |cx| {
        guard(callable.peek().0 == (*cx.ts).known.super_type.0 && is_kind(class, Kind::Type))
    }
    fn _LOAD_SUPER_ATTR_ATTR(callable, class, receiver) -> (attr) |cx| {
        let name = cx.name(cx.oparg >> 2);
        let attr = rt_super_lookup(cx.ts, class.peek(), receiver.peek(), name, core::ptr::null_mut());
        drop(cx.ts, callable);
        drop(cx.ts, class);
        drop(cx.ts, receiver);
        checked(attr)
    }
    fn _LOAD_SUPER_ATTR_METHOD(callable, class, receiver) -> (attr, self_or_null) |cx| {
        let name = cx.name(cx.oparg >> 2);
        let mut unbound = 0;
        let attr = rt_super_lookup(cx.ts, class.peek(), receiver.peek(), name, &mut unbound);
        drop(cx.ts, callable);
        drop(cx.ts, class);
        if unbound != 0 {
            return Ok((attr.owned(), receiver));
        }
        drop(cx.ts, receiver);
        Ok((checked(attr)?, StackValue::NULL))
    }
}
