//! Raising: one short call per kind of failure. Each sets the exception and returns the [`Raised`] marker.

use taipan_layout::Value;

use super::Vm;
use crate::objects::{TypeRef, exceptions};
use crate::owned::{Counted, Owned, Raised};

impl Vm {
    /// Raises `ty(message)`.
    #[cold]
    pub fn raise(&self, ty: TypeRef, message: &str) -> Raised {
        match crate::objects::str::new(self, message) {
            Ok(text) => self.raise_with(ty, &[text.value()]),
            Err(raised) => raised,
        }
    }

    /// Raises `ty(*args)`; `ty` is a built-in exception type.
    #[cold]
    pub fn raise_with(&self, ty: TypeRef, args: &[Value]) -> Raised {
        match exceptions::create(self, ty, args) {
            Ok(e) => self.set_exception(e),
            Err(raised) => raised,
        }
    }

    /// Makes `exception` the one being raised, with the handled exception as its context.
    #[cold]
    pub fn set_exception(&self, exception: Owned) -> Raised {
        exceptions::chain_context(self, exception.value());
        self.restore_exception(exception)
    }

    /// Makes `exception` the one being raised, as it is.
    pub fn restore_exception(&self, exception: Owned) -> Raised {
        // SAFETY: the thread state is ours; the field owns its word.
        unsafe { crate::owned::replace(&raw mut (*self.ts()).exception, Some(exception)) };
        Raised::already_set()
    }

    /// Takes the exception out of the thread state: the error is handled (or about to be raised again).
    pub fn take_exception(&self, raised: Raised) -> Owned {
        let Raised { .. } = raised;
        // SAFETY: a `Raised` exists, so the field owns an exception, which moves to the caller.
        unsafe {
            let e = std::mem::replace(&mut (*self.ts()).exception, Value::NULL);
            assert!(!e.is_null(), "an error result without an exception");
            Owned::from_owned(e)
        }
    }

    /// Takes the exception out when it is an instance of `ty`; passes the error on otherwise.
    pub fn catch(&self, raised: Raised, ty: TypeRef) -> Result<Owned, Raised> {
        // SAFETY: the thread state is ours.
        let e = unsafe { (*self.ts()).exception };
        if crate::objects::type_of(self, e).is_subtype_of(ty) {
            Ok(self.take_exception(raised))
        } else {
            Err(raised)
        }
    }

    /// Drops the exception: for errors that Python ignores too.
    pub fn discard(&self, raised: Raised) {
        drop(self.take_exception(raised));
    }

    #[cold]
    pub fn type_error(&self, message: &str) -> Raised {
        self.raise(self.types.type_error, message)
    }
    #[cold]
    pub fn value_error(&self, message: &str) -> Raised {
        self.raise(self.types.value_error, message)
    }
    #[cold]
    pub fn index_error(&self, message: &str) -> Raised {
        self.raise(self.types.index_error, message)
    }
    #[cold]
    pub fn overflow_error(&self, message: &str) -> Raised {
        self.raise(self.types.overflow_error, message)
    }
    #[cold]
    pub fn runtime_error(&self, message: &str) -> Raised {
        self.raise(self.types.runtime_error, message)
    }
    #[cold]
    pub fn system_error(&self, message: &str) -> Raised {
        self.raise(self.types.system_error, message)
    }
    /// `KeyError(key)`.
    #[cold]
    pub fn key_error(&self, key: Value) -> Raised {
        self.raise_with(self.types.key_error, &[key])
    }
    /// `StopIteration()` or `StopIteration(value)`.
    #[cold]
    pub fn stop_iteration(&self, value: Option<Value>) -> Raised {
        self.raise_with(self.types.stop_iteration, value.as_slice())
    }
    /// The preallocated `MemoryError`.
    #[cold]
    pub fn memory_error(&self) -> Raised {
        let e = self.singletons.memory_error.get();
        if e.is_null() {
            eprintln!("Fatal Python error: out of memory before the interpreter was ready");
            std::process::exit(1);
        }
        self.restore_exception(e.own())
    }
}
