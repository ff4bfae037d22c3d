//! The built-in exceptions.
//!
//! Every exception begins with [`BaseException`]; a family with attributes of its own (`OSError`, `SyntaxError`, …) adds
//! words after it. All of those words are plain [`Value`]s, NULL when unset and fixnums where CPython has C integers, so
//! one deallocator and one traversal serve every family: the number of words follows from the size of the
//! nearest built-in base.
//!
//! | module | holds |
//! |---|---|
//! | `base` | `BaseException`'s methods and attributes |
//! | `hierarchy` | the classes that add nothing |
//! | `carriers` | `StopIteration`, `SystemExit`, `KeyError`, `AttributeError`, `NameError`, `ImportError` |
//! | `os` | `OSError` and its choice of subclass by `errno` |
//! | `syntax` | `SyntaxError` |
//! | `unicode` | the three `UnicodeError`s with positions |
//! | `group` | exception groups |
//! | `chain` | context chaining, notes |
//! | `print` | tracebacks as text |

mod base;
mod carriers;
mod chain;
mod group;
mod hierarchy;
mod os;
pub mod print;
mod syntax;
mod unicode;

use taipan_layout::{Header, Kind, Value};

pub use base::BASE_EXCEPTION;
pub use carriers::{
    ATTRIBUTE_ERROR, IMPORT_ERROR, KEY_ERROR, MODULE_NOT_FOUND_ERROR, NAME_ERROR, STOP_ITERATION,
    SYSTEM_EXIT, UNBOUND_LOCAL_ERROR, import_error, import_name, name_error, raise_attribute_error,
    set_attribute_context, set_name_context, stop_iteration_value, system_exit_code,
};
pub use chain::{add_note, chain_context, chain_to, context, handled, set_cause, set_context};
pub use group::{BASE_EXCEPTION_GROUP, EXCEPTION_GROUP, check_match, finish_types, prepare_reraise};
pub use hierarchy::*;
pub use os::{OS_ERROR, errno_error, io_error, strerror};
pub use print::{format, print, print_unraisable, write_unraisable};
pub use syntax::{SYNTAX_ERROR, SyntaxPosition, new_syntax_error};
pub use unicode::{UNICODE_DECODE_ERROR, UNICODE_ENCODE_ERROR, UNICODE_TRANSLATE_ERROR};

use super::spec::{TypeSpec, tp_flags};
use super::{TypeRef, Types, new_instance, tuple};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
pub struct BaseException {
    pub header: Header,
    /// `__dict__` or NULL.
    pub dict: Value,
    /// Tuple; NULL only in an instance that is being made.
    pub args: Value,
    /// Traceback or NULL.
    pub traceback: Value,
    /// Exception or NULL.
    pub context: Value,
    /// Exception or NULL.
    pub cause: Value,
    pub suppress_context: bool,
    _pad: [u8; 7],
}

/// Where a family's own words begin.
pub(super) const FIELDS: usize = size_of::<BaseException>();

/// Bytes of an exception whose family adds `n` words.
pub(super) const fn size_with(n: usize) -> usize {
    FIELDS + n * size_of::<Value>()
}

/// Byte offset of a family's word.
pub(super) const fn offset_of(index: usize) -> usize {
    size_with(index)
}

pub(super) const FLAGS: u64 = tp_flags::BASETYPE | tp_flags::HAVE_GC;

/// The declaration that families start from.
pub(super) const fn family(name: &'static str, base: fn(&Types) -> TypeRef, words: usize) -> TypeSpec {
    TypeSpec {
        name,
        base: Some(base),
        basicsize: size_with(words),
        kind: Kind::Exception,
        flags: FLAGS,
        ..TypeSpec::DEFAULT
    }
}

/// The exception's common part.
///
/// # Safety
/// `e` is an instance of `BaseException`.
#[inline(always)]
pub(crate) unsafe fn base<'a>(e: Value) -> &'a mut BaseException {
    // SAFETY: every exception begins with this struct.
    unsafe { super::cast(e) }
}

/// A family's word; borrowed, NULL when unset.
///
/// # Safety
/// `e` is an instance of a family that has more than `index` words.
#[inline(always)]
pub(super) unsafe fn field(e: Value, index: usize) -> Value {
    // SAFETY: by contract the word lies inside the object.
    unsafe { *field_ptr(e, index) }
}

/// # Safety
/// As for [`field`].
#[inline(always)]
pub(super) unsafe fn field_ptr(e: Value, index: usize) -> *mut Value {
    // SAFETY: by contract the word lies inside the object.
    unsafe { (e.as_ptr::<u8>().add(FIELDS) as *mut Value).add(index) }
}

/// # Safety
/// As for [`field`].
pub(super) unsafe fn set_field(e: Value, index: usize, value: Option<Value>) {
    // SAFETY: the word is owned by the object.
    unsafe { crate::owned::replace(field_ptr(e, index), value.map(Counted::own)) };
}

/// The family's word as Python sees it.
///
/// # Safety
/// As for [`field`].
pub(super) unsafe fn field_or_none(e: Value, index: usize) -> Owned {
    // SAFETY: as the caller promises.
    let v = unsafe { field(e, index) };
    if v.is_null() { Owned::none() } else { v.own() }
}

/// How many words the object has after the common part.
unsafe fn field_count(object: *mut Header) -> usize {
    // SAFETY: the object is an exception; its type and the bases of that are alive.
    let mut ty = unsafe { TypeRef::from_ptr((*(*object).shape).ty) };
    while ty.is_heap_type() {
        match ty.base_type() {
            Some(base) => ty = base,
            None => return 0,
        }
    }
    (ty.head.basicsize as usize).saturating_sub(FIELDS) / size_of::<Value>()
}

pub(super) unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the collector calls this for live exceptions only.
    unsafe {
        let e = object as *mut BaseException;
        let own = [(*e).dict, (*e).args, (*e).traceback, (*e).context, (*e).cause];
        let v = Value::from_ptr(object);
        for word in own.into_iter().chain((0..field_count(object)).map(|i| field(v, i))) {
            if !word.is_null() {
                visit(word);
            }
        }
    }
}

/// Also what `clear` does: an exception without contents is still an exception.
pub(super) unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: each word is taken out before it is dropped, so whatever that runs sees a consistent object.
    unsafe {
        let e = object as *mut BaseException;
        for place in [
            &raw mut (*e).traceback,
            &raw mut (*e).context,
            &raw mut (*e).cause,
            &raw mut (*e).dict,
            &raw mut (*e).args,
        ] {
            decref(std::mem::replace(&mut *place, Value::NULL));
        }
        for i in 0..field_count(object) {
            decref(std::mem::replace(&mut *field_ptr(Value::from_ptr(object), i), Value::NULL));
        }
    }
}

/// Whether `v` is an instance of `BaseException`.
pub fn is_exception(vm: &Vm, v: Value) -> bool {
    super::type_of(vm, v).has_flag(tp_flags::BASE_EXC_SUBCLASS)
}

/// The class that `v` is, when it is an exception class.
pub fn as_exception_class(vm: &Vm, v: Value) -> Option<TypeRef> {
    TypeRef::from_value(vm, v).filter(|t| t.has_flag(tp_flags::BASE_EXC_SUBCLASS))
}

/// `ty(*args)`. Built-in classes are instantiated without a call.
pub fn create(vm: &Vm, ty: TypeRef, args: &[Value]) -> PyResult {
    let native_new = ty.slots().new.is_some_and(|f| f as usize == base::new as *const () as usize);
    if ty.is_heap_type() || !native_new {
        return protocol::call::positional(vm, ty.value(), args);
    }
    let e = super::owned(new_instance::<BaseException>(vm, ty)?);
    let args_tuple = tuple::from_slice(vm, args)?;
    // SAFETY: the object is new and an exception.
    unsafe { base(*e).args = args_tuple.into_value() };
    if let Some(init) = ty.slots().init
        && init as usize != base::init as *const () as usize
    {
        init(vm, *e, Args::positional(args))?;
    }
    Ok(e)
}

/// `exc.__traceback__`, NULL when there is none; borrowed.
pub fn traceback(exc: Value) -> Value {
    // SAFETY: callers pass exceptions.
    unsafe { base(exc).traceback }
}

/// Sets `exc.__traceback__`.
pub fn set_traceback(exc: Value, tb: Option<Owned>) {
    // SAFETY: callers pass exceptions; the field owns its word.
    unsafe { crate::owned::replace(&raw mut base(exc).traceback, tb) };
}

/// `exc.args`; borrowed.
pub fn args(exc: Value) -> Value {
    // SAFETY: callers pass exceptions.
    unsafe { base(exc).args }
}

/// `TypeError` for keywords given to a constructor that takes none.
pub(super) fn no_keywords(vm: &Vm, name: &str, args: Args) -> PyResult<()> {
    if args.has_keywords() {
        return Err(vm.type_error(&format!("{name}() takes no keyword arguments")));
    }
    Ok(())
}
