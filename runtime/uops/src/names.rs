//! Globals, builtins, namespaces of modules and classes, imports.

use crate::prelude::*;

#[inline(always)]
unsafe fn keys_version(dict: *mut Dict) -> u64 {
    // SAFETY: the frame's namespaces are live dicts.
    unsafe { (*(*dict).keys).version as u64 }
}
#[inline(always)]
unsafe fn entry(dict: *mut Dict, index: u64) -> Result<StackValue, Exit> {
    // SAFETY: the guarded version says that the entry exists.
    unsafe {
        let value = (*(*(*dict).keys).entries.add(index as usize)).value;
        guard(!value.is_null())?;
        Ok(new_ref(value))
    }
}

uops! {
    fn _LOAD_NAME() -> (value) |cx| { checked(rt_load_name(cx.ts, cx.frame, cx.name(cx.oparg))) }
    fn _STORE_NAME(value) -> () |cx| {
        let code = rt_store_name(cx.ts, cx.frame, cx.name(cx.oparg), value.peek());
        drop(cx.ts, value);
        status(code)
    }
    fn _DELETE_NAME() -> () |cx| { status(rt_delete_name(cx.ts, cx.frame, cx.name(cx.oparg))) }

    fn _LOAD_GLOBAL() -> (value) |cx| { checked(rt_load_global(cx.ts, cx.frame, cx.name(cx.oparg >> 1))) }
    fn _GUARD_GLOBALS_VERSION() -> () |cx| { guard(keys_version((*cx.frame).globals) == cx.operand0) }
    fn _GUARD_BUILTINS_VERSION() -> () |cx| { guard(keys_version((*cx.frame).builtins) == cx.operand0) }
    fn _LOAD_GLOBAL_MODULE() -> (value) |cx| { entry((*cx.frame).globals, cx.operand0) }
    fn _LOAD_GLOBAL_BUILTINS() -> (value) |cx| { entry((*cx.frame).builtins, cx.operand0) }
    fn _STORE_GLOBAL(value) -> () |cx| {
        let code = rt_store_global(cx.ts, cx.frame, cx.name(cx.oparg), value.peek());
        drop(cx.ts, value);
        status(code)
    }
    fn _DELETE_GLOBAL() -> () |cx| { status(rt_delete_global(cx.ts, cx.frame, cx.name(cx.oparg))) }

    fn _LOAD_FROM_DICT_OR_GLOBALS(dict) -> (value) |cx| {
        let value = rt_load_from_dict_or_globals(cx.ts, cx.frame, dict.peek(), cx.name(cx.oparg));
        drop(cx.ts, dict);
        checked(value)
    }
    fn _LOAD_LOCALS() -> (locals) |cx| { checked(rt_load_locals(cx.ts, cx.frame)) }
    fn _LOAD_BUILD_CLASS() -> (value) |cx| { checked(rt_load_build_class(cx.ts, cx.frame)) }
    fn _SETUP_ANNOTATIONS() -> () |cx| { status(rt_setup_annotations(cx.ts, cx.frame)) }

    fn _IMPORT_NAME(level, fromlist) -> (module) |cx| {
        let module = rt_import_name(cx.ts, cx.frame, cx.name(cx.oparg), fromlist.peek(), level.peek());
        drop(cx.ts, level);
        drop(cx.ts, fromlist);
        checked(module)
    }
    fn _IMPORT_FROM(module) -> (value) |cx| {
        checked(rt_import_from(cx.ts, cx.frame, module.peek(), cx.name(cx.oparg)))
    }
}
