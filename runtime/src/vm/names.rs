//! Names that the runtime itself looks up: interned once, immortal, reached as `vm.names.__init__`.

use std::cell::Cell;

use taipan_layout::Value;

use super::Vm;

macro_rules! names {
    ($($name:ident)*) => {
        /// One immortal interned `str` per field.
        #[allow(non_snake_case, reason = "a field has the name that it holds")]
        pub struct Names { $(pub $name: Name,)* }

        impl Names {
            pub(crate) fn unready() -> Names {
                Names { $($name: Name(Cell::new(Value::NULL)),)* }
            }

            pub(crate) fn fill(&self, vm: &Vm) {
                $(self.$name.0.set(crate::objects::str::intern_static(
                    vm,
                    stringify!($name).trim_start_matches("r#"),
                ));)*
            }
        }
    };
}

/// A name that became a `str` object at start-up.
pub struct Name(Cell<Value>);

impl Name {
    #[inline(always)]
    pub fn get(&self) -> Value {
        self.0.get()
    }
}

impl std::ops::Deref for Name {
    type Target = Value;
    #[inline(always)]
    fn deref(&self) -> &Value {
        // SAFETY: written once at start-up, before anything reads it; Cell<Value> has Value's layout.
        unsafe { &*self.0.as_ptr() }
    }
}

names! {
    __abs__ __add__ __aenter__ __aexit__ __aiter__ __all__ __and__ __anext__ __annotate__ __annotations__
    __await__ __bases__ __bool__ __bytes__ __call__ __cause__ __ceil__ __class__ __class_getitem__
    __classcell__ __classdict__ __classdictcell__ __closure__ __code__ __complex__ __contains__ __context__
    __defaults__ __del__ __delattr__ __delete__ __delitem__ __dict__ __dictoffset__ __dir__ __divmod__
    __doc__ __enter__ __eq__ __exit__ __file__ __firstlineno__ __float__ __floor__ __floordiv__ __format__
    __fspath__ __ge__ __get__ __getattr__ __getattribute__ __getitem__ __getnewargs__ __getnewargs_ex__
    __getstate__ __globals__ __gt__ __hash__ __iadd__ __iand__ __ifloordiv__ __ilshift__ __imatmul__
    __imod__ __import__ __imul__ __index__ __init__ __init_subclass__ __instancecheck__ __int__ __invert__ __isabstractmethod__
    __ior__ __ipow__ __irshift__ __isub__ __iter__ __itruediv__ __ixor__ __kwdefaults__ __le__ __len__
    __length_hint__ __loader__ __lshift__ __lt__ __main__ __match_args__ __matmul__ __missing__ __mod__
    __module__ __mro__ __mro_entries__ __mul__ __builtins__ __name__ __ne__ __neg__ __new__ __next__ __notes__ __objclass__
    __or__ __package__ __path__ __pos__ __pow__ __prepare__ __qualname__ __radd__ __rand__ __rdivmod__
    __reduce__ __reduce_ex__ __repr__ __reversed__ __rfloordiv__ __rlshift__ __rmatmul__ __rmod__ __rmul__
    __ror__ __round__ __rpow__ __rrshift__ __rshift__ __rsub__ __rtruediv__ __rxor__ __set__ __set_name__
    __setattr__ __setitem__ __setstate__ __self__ __sizeof__ __slotnames__ __slots__ __spec__
    __static_attributes__ __str__ __sub__ __subclasscheck__ __subclasshook__ __suppress_context__
    __text_signature__ __traceback__ __truediv__ __trunc__ __type_params__ __typing_subst__ __weakref__
    __wrapped__ __xor__ _initializing
    _CHUNK_SIZE __IOBase_closed _checkClosed _dealloc_warn _finalizing
    args builtins close closed code copy detach fileno isatty mode newlines peek raw read1 readable readall
    readinto readinto1 readlines reset getstate setstate seek seekable tell truncate writable decode encode end fget file flush get getvalue items join key keys
    __cached__ _cached _loaders _path_cache _path_importer_cache _path_mtime _set_fileattr _uninitialized_submodules append
    cache_tag filename find_spec implementation loader loader_state meta_path origin path_hooks path_importer_cache prefix pycache_prefix
    submodule_search_locations
    metaclass modules mro msg name obj path print_file_and_line read readline send sep stderr stdin stdout
    throw update value values write
}
