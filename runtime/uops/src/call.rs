//! Calls: guards on the callee, binding arguments to a new frame, calls of native code.
//!
//! A call's slots are `callable, self or NULL, arguments…`; `args` points to the first argument.

use crate::prelude::*;

/// The function of a callee that may be a bound method is checked by its version, never 0 for a specialised call.
#[inline(always)]
unsafe fn is_function(v: StackValue, version: u64) -> bool {
    // SAFETY: the kind is checked before the fields are read.
    unsafe { is_kind(v, Kind::Function) && (*v.ptr::<Function>()).version as u64 == version }
}
#[inline(always)]
unsafe fn is_method(callable: StackValue, null: StackValue, version: u64) -> Result<(), Exit> {
    // SAFETY: the kind is checked before the fields are read.
    guard(
        null.is_null()
            && unsafe {
                is_kind(callable, Kind::Method)
                    && is_function((*callable.ptr::<Method>()).function.owned(), version)
            },
    )
}
#[inline(always)]
unsafe fn argcount(function: StackValue) -> u64 {
    // SAFETY: the caller has guarded the kind.
    unsafe { (*(*function.ptr::<Function>()).code.as_ptr::<Code>()).argcount as u64 }
}
#[inline(always)]
unsafe fn is_python(callable: StackValue) -> bool {
    // SAFETY: the kind is checked before the fields are read.
    unsafe {
        is_kind(callable, Kind::Function)
            || is_kind(callable, Kind::Method)
                && value_is_kind((*callable.ptr::<Method>()).function, Kind::Function)
    }
}
/// Whether the callee is a function of the generator expression that the sink was made for.
#[inline(always)]
unsafe fn is_genexpr(sink: *const taipan_layout::thread::Sink, callable: StackValue) -> bool {
    // SAFETY: the kind is checked before the fields are read.
    unsafe {
        let known = (*sink).function.as_ptr::<Function>();
        is_kind(callable, Kind::Function)
            && (*callable.ptr::<Function>()).code.0 == (*sink).code.0
            && (*callable.ptr::<Function>()).globals.0 == (*known).globals.0
    }
}
/// Replaces a bound method by its function and receiver, in the call's slots.
#[inline(always)]
unsafe fn expand(cx: Cx, callable: StackValue, args: Slots) {
    // SAFETY: the caller has guarded that it is a method and that the self slot is free.
    unsafe {
        let method = callable.ptr::<Method>();
        *args.sub(2) = new_ref((*method).function);
        *args.sub(1) = new_ref((*method).receiver);
        drop(cx.ts, callable);
    }
}
/// Moves the callee and its arguments into a frame that was allocated for it.
#[inline(always)]
unsafe fn enter(cx: Cx, new: *mut Frame, flags: u8, callable: StackValue, receiver: StackValue, args: Slots) {
    // SAFETY: the caller has guarded the function and the number of arguments.
    unsafe {
        let function = into_owned(callable);
        let code = (*function.as_ptr::<Function>()).code.as_ptr::<Code>();
        init_frame(new, function, code, cx.frame, flags);
        let locals = Frame::localsplus(new);
        let mut count = 0;
        if !receiver.is_null() {
            *locals = into_owned(receiver);
            count = 1;
        }
        let mut i = 0;
        while i < cx.oparg as usize {
            *locals.add(count) = into_owned(*args.add(i));
            i += 1;
            count += 1;
        }
        clear_locals_from(new, code, count);
    }
}
/// What a call helper returned: a value, an exception, or a pushed frame.
#[inline(always)]
unsafe fn outcome(res: Value) -> Result<StackValue, Exit> {
    if res.0 == FRAME_PUSHED.0 { Err(Switch) } else { checked(res) }
}
#[inline(always)]
unsafe fn pushed(frame: *mut Frame) -> Result<*mut Frame, Exit> {
    if frame.is_null() { Err(Error) } else { Ok(frame) }
}

uops! {
    fn _SAVE_RETURN_OFFSET() -> () |cx| {
        (*cx.frame).return_offset = cx.operand0 as u16;
        Ok(())
    }
    fn _DO_CALL(callable, self_or_null, args: Slots) -> (res) |cx| {
        outcome(rt_call(cx.ts, cx.frame, args.sub(2), cx.arg()))
    }
    fn _DO_CALL_KW(callable, self_or_null, args: Slots, names) -> (res) |cx| {
        let res = rt_call_kw(cx.ts, cx.frame, args.sub(2), cx.arg(), names.peek());
        drop(cx.ts, names);
        outcome(res)
    }
    fn _DO_CALL_FUNCTION_EX(callable, null, args, kwargs) -> (res) |cx| {
        let (callable, args, kwargs) = (into_owned(callable), into_owned(args), into_owned(kwargs));
        outcome(rt_call_function_ex(cx.ts, cx.frame, callable, args, kwargs))
    }

    fn _CHECK_FUNCTION_VERSION(callable, self_or_null, unused: Slots) -> () |cx| {
        guard(is_function(callable, cx.operand0))
    }
    fn _CHECK_FUNCTION_VERSION_KW(callable, self_or_null, unused: Slots, names) -> () |cx| {
        guard(is_function(callable, cx.operand0))
    }
    fn _CHECK_METHOD_VERSION(callable, null, unused: Slots) -> () |cx| { is_method(callable, null, cx.operand0) }
    fn _CHECK_METHOD_VERSION_KW(callable, null, unused: Slots, names) -> () |cx| {
        is_method(callable, null, cx.operand0)
    }
    fn _CHECK_FUNCTION_EXACT_ARGS(callable, self_or_null, unused: Slots) -> () |cx| {
        guard(argcount(callable) == cx.oparg + !self_or_null.is_null() as u64)
    }
    fn _CHECK_METHOD_EXACT_ARGS(callable, null, unused: Slots) -> () |cx| {
        guard(argcount((*callable.ptr::<Method>()).function.owned()) == cx.oparg + 1)
    }
    fn _EXPAND_METHOD(callable, null, args: Slots) -> () |cx| {
        expand(cx, callable, args);
        Ok(())
    }
    fn _EXPAND_METHOD_KW(callable, null, args: Slots, names) -> () |cx| {
        expand(cx, callable, args);
        Ok(())
    }

    fn _INIT_CALL_PY_EXACT_ARGS(callable, self_or_null, args: Slots) -> (new_frame: *mut Frame) |cx| {
        let code = (*callable.ptr::<Function>()).code.as_ptr::<Code>();
        let new = allocate_frame(cx.ts, code)?;
        enter(cx, new, 0, callable, self_or_null, args);
        Ok(new)
    }
    fn _INIT_CALL_PY_EXACT_ARGS__slow(callable, self_or_null, args: Slots) -> (new_frame: *mut Frame) |cx| {
        let code = (*callable.ptr::<Function>()).code.as_ptr::<Code>();
        let new = allocate_frame_slow(cx.ts, code);
        if new.is_null() {
            drop(cx.ts, callable);
            drop(cx.ts, self_or_null);
            let mut i = 0;
            while i < cx.oparg as usize {
                drop(cx.ts, *args.add(i));
                i += 1;
            }
            return Err(Error);
        }
        enter(cx, new, (*new).flags, callable, self_or_null, args);
        Ok(new)
    }
    fn _PY_FRAME_GENERAL(callable, self_or_null, args: Slots) -> (new_frame: *mut Frame) |cx| {
        pushed(rt_push_call(cx.ts, cx.frame, args.sub(2), cx.arg(), Value::NULL))
    }
    fn _PY_FRAME_KW(callable, self_or_null, args: Slots, names) -> (new_frame: *mut Frame) |cx| {
        let new = rt_push_call(cx.ts, cx.frame, args.sub(2), cx.arg(), names.peek());
        drop(cx.ts, names);
        pushed(new)
    }
    fn _CREATE_INIT_FRAME(callable, self_or_null, args: Slots) -> (new_frame: *mut Frame) |cx| {
        pushed(rt_push_init(cx.ts, cx.frame, args.sub(2), cx.arg()))
    }

    fn _CHECK_IS_NOT_PY_CALLABLE(callable, self_or_null, unused: Slots) -> () |cx| { guard(!is_python(callable)) }
    fn _CHECK_IS_NOT_PY_CALLABLE_KW(callable, self_or_null, unused: Slots, names) -> () |cx| {
        guard(!is_python(callable))
    }
    fn _CALL_NON_PY_GENERAL(callable, self_or_null, args: Slots) -> (res) |cx| {
        checked(rt_call_native(cx.ts, args.sub(2), cx.arg()))
    }
    fn _CALL_BUILTIN(callable, self_or_null, args: Slots) -> (res) |cx| {
        checked(rt_call_builtin(cx.ts, args.sub(2), cx.arg()))
    }
    fn _CALL_METHOD_DESCRIPTOR(callable, self_or_null, args: Slots) -> (res) |cx| {
        checked(rt_call_method_descriptor(cx.ts, args.sub(2), cx.arg()))
    }
    fn _CALL_KW_NON_PY(callable, self_or_null, args: Slots, names) -> (res) |cx| {
        let res = rt_call_native_kw(cx.ts, args.sub(2), cx.arg(), names.peek());
        drop(cx.ts, names);
        checked(res)
    }
    fn _GUARD_CALLABLE_BUILTIN(callable, self_or_null, unused: Slots) -> () |cx| {
        guard(is_kind(callable, Kind::BuiltinFunction))
    }
    fn _GUARD_CALLABLE_METHOD_DESCRIPTOR(callable, self_or_null, unused: Slots) -> () |cx| {
        guard(is_kind(callable, Kind::MethodDescriptor))
    }
    fn _GUARD_CALLABLE_CLASS(callable, self_or_null, unused: Slots) -> () |cx| {
        guard(is_kind(callable, Kind::Type) && self_or_null.is_null())
    }
    fn _GUARD_CALLABLE_CLASS_VERSION(callable, self_or_null, unused: Slots) -> () |cx| {
        guard(
            is_kind(callable, Kind::Type)
                && self_or_null.is_null()
                && (*(*callable.ptr::<Type>()).root_shape).version as u64 == cx.operand0,
        )
    }

    fn _GUARD_TOS_GENERATOR(value) -> () |cx| { guard(is_kind(value, Kind::Generator)) }
    fn _GUARD_CALLABLE_SINK(callable, null, arg) -> () |cx| {
        let sink = (*cx.ts).sinks.add(cx.operand0 as usize);
        guard(callable.peek().0 == (*sink).builtin.0 && null.is_null())
    }
    fn _EXPAND_SINK(callable, null, arg) -> (function, n, a) |cx| {
        let sink = (*cx.ts).sinks.add(cx.operand0 as usize);
        if callable.owns() {
            // The sink keeps it as well.
            forget(Value(callable.0));
        }
        Ok((new_ref((*sink).function), null, arg))
    }
    fn _GUARD_GENEXPR_SINK(builtin, null, callable, iter) -> () |cx| {
        let sink = (*cx.ts).sinks.add(cx.operand0 as usize);
        guard(builtin.peek().0 == (*sink).builtin.0 && null.is_null())?;
        guard(is_genexpr(sink, callable) && !iter.is_null())
    }
    fn _INIT_GENEXPR_SINK(builtin, null, callable, iter) -> (new_frame: *mut Frame) |cx| {
        let (callable, iter) = (into_owned(callable), into_owned(iter));
        let new = rt_enter_genexpr(cx.ts, cx.frame, callable, iter, cx.operand0 as u32);
        drop(cx.ts, builtin);
        pushed(new)
    }
    fn _GUARD_GENEXPR_LIST(list, callable, iter) -> () |cx| {
        let sink = (*cx.ts).sinks.add(cx.operand0 as usize);
        guard(is_kind(list, Kind::List) && (*list.ptr::<List>()).length == 0)?;
        guard(is_genexpr(sink, callable) && !iter.is_null())
    }
    fn _INIT_GENEXPR_LIST(list, callable, iter) -> (new_frame: *mut Frame) |cx| {
        let (callable, iter) = (into_owned(callable), into_owned(iter));
        let new = rt_enter_genexpr(cx.ts, cx.frame, callable, iter, cx.operand0 as u32);
        drop(cx.ts, list);
        pushed(new)
    }
    fn _INIT_GENEXPR(iter) -> (new_frame: *mut Frame) |cx| {
        pushed(rt_enter_genexpr_cell(cx.ts, cx.frame, Value::NULL, into_owned(iter), cx.operand0 as u32))
    }
    fn _INIT_GENEXPR_CELL(iter, cell) -> (new_frame: *mut Frame) |cx| {
        let (iter, cell) = (into_owned(iter), into_owned(cell));
        pushed(rt_enter_genexpr_cell(cx.ts, cx.frame, cell, iter, cx.operand0 as u32))
    }
    fn _FUNCTION_CELL(callable) -> (cell) |cx| {
        let closure = (*callable.ptr::<Function>()).closure.as_ptr::<Tuple>();
        Ok(new_ref(*Tuple::items(closure).add(cx.operand0 as usize)))
    }
    fn _GUARD_CALLABLE_LEN(callable, null, arg) -> () |cx| {
        guard(callable.peek().0 == (*cx.ts).known.len.0 && null.is_null())
    }
    fn _CALL_LEN(callable, null, arg) -> (res) |cx| {
        let res = rt_get_len(cx.ts, arg.peek());
        drop(cx.ts, arg);
        drop(cx.ts, callable);
        checked(res)
    }
    fn _GUARD_CALLABLE_ISINSTANCE(callable, null, object, class) -> () |cx| {
        guard(callable.peek().0 == (*cx.ts).known.isinstance.0 && null.is_null())
    }
    fn _CALL_ISINSTANCE(callable, null, object, class) -> (res) |cx| {
        let res = rt_is_instance(cx.ts, object.peek(), class.peek());
        drop(cx.ts, object);
        drop(cx.ts, class);
        drop(cx.ts, callable);
        status(res)?;
        Ok(boolean(res != 0))
    }
    fn _GUARD_CALLABLE_LIST_APPEND(callable, receiver, arg) -> () |cx| {
        guard(callable.peek().0 == (*cx.ts).known.list_append.0 && !receiver.is_null() && is_kind(receiver, Kind::List))
    }
    fn _CALL_LIST_APPEND(callable, receiver, arg) -> (none, c, s) |cx| {
        let o = receiver.ptr::<List>();
        let length = (*o).length;
        if length == (*o).capacity {
            return Err(Slow);
        }
        *(*o).items.add(length) = into_owned(arg);
        (*o).length = length + 1;
        Ok((Value::NONE.owned(), callable, receiver))
    }
    fn _CALL_LIST_APPEND__slow(callable, receiver, arg) -> (none, c, s) |cx| {
        let code = rt_list_append(cx.ts, receiver.peek(), into_owned(arg));
        if code < 0 {
            drop(cx.ts, callable);
            drop(cx.ts, receiver);
            return Err(Error);
        }
        Ok((Value::NONE.owned(), callable, receiver))
    }
    fn _GUARD_CALLABLE_TYPE_1(callable, null, arg) -> () |cx| {
        guard(callable.peek().0 == (*cx.ts).known.type_type.0 && null.is_null())
    }
    fn _CALL_TYPE_1(callable, null, arg) -> (res) |cx| {
        let res = rt_type_of(cx.ts, arg.peek());
        drop(cx.ts, arg);
        drop(cx.ts, callable);
        Ok(res.owned())
    }
    fn _GUARD_CALLABLE_STR_1(callable, null, arg) -> () |cx| {
        guard(callable.peek().0 == (*cx.ts).known.str_type.0 && null.is_null())
    }
    fn _CALL_STR_1(callable, null, arg) -> (res) |cx| {
        let res = rt_str(cx.ts, arg.peek());
        drop(cx.ts, arg);
        drop(cx.ts, callable);
        checked(res)
    }
    fn _GUARD_CALLABLE_TUPLE_1(callable, null, arg) -> () |cx| {
        guard(callable.peek().0 == (*cx.ts).known.tuple_type.0 && null.is_null())
    }
    fn _CALL_TUPLE_1(callable, null, arg) -> (res) |cx| {
        let res = rt_tuple(cx.ts, arg.peek());
        drop(cx.ts, arg);
        drop(cx.ts, callable);
        checked(res)
    }

    fn _MAKE_FUNCTION(code) -> (function) |cx| { checked(rt_make_function(cx.ts, cx.frame, into_owned(code))) }
    fn _SET_FUNCTION_ATTRIBUTE(value, function) -> (func) |cx| {
        rt_set_function_attribute(cx.ts, function.peek(), into_owned(value), cx.arg());
        Ok(function)
    }
    fn _CALL_INTRINSIC_1(value) -> (res) |cx| {
        let res = rt_call_intrinsic_1(cx.ts, cx.frame, cx.arg(), value.peek());
        drop(cx.ts, value);
        checked(res)
    }
    fn _CALL_INTRINSIC_2(first, second) -> (res) |cx| {
        let res = rt_call_intrinsic_2(cx.ts, cx.frame, cx.arg(), first.peek(), second.peek());
        drop(cx.ts, first);
        drop(cx.ts, second);
        checked(res)
    }
}
