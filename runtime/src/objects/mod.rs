//! The built-in types: a file or folder each, and the list that start-up makes type objects from.
//!
//! A new type is one row in [`for_each_builtin_type!`] and one `SPEC` in its module.

pub mod slots;
pub mod spec;

pub mod asyncgen;
pub mod boolobj;
pub mod builtin;
pub mod bytes;
pub mod cell;
pub mod code;
pub mod complex;
pub mod descr;
pub mod dict;
pub mod enumerate;
pub mod exceptions;
pub mod float;
pub mod frame;
pub mod function;
pub mod functional;
pub mod generator;
pub(crate) mod genericalias;
pub mod int;
pub mod iter;
pub mod list;
pub mod method;
pub mod module;
pub mod object;
pub mod parameters;
pub mod range;
pub mod reversed;
pub mod sequence;
pub mod set;
pub mod singletons;
pub mod slice;
pub mod str;
pub mod template;
pub mod traceback;
pub mod tuple;
pub mod typeobject;
pub mod uniontype;
pub mod weakref;
pub mod zip;

use std::ops::Deref;

use taipan_layout::{Header, Kind, Value};

pub use singletons::Singletons;
pub use slots::{CompareOp, Slots};
pub use spec::{TypeSpec, tp_flags};
pub use typeobject::TypeObject;
pub(crate) use typeobject::slotdefs::SlotNames;

use crate::alloc;
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

/// A type that outlives the reference: built-in types always, others while an instance or a variable keeps them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TypeRef(*mut TypeObject);

impl TypeRef {
    /// # Safety
    /// `p` points to a live type object.
    #[inline(always)]
    pub unsafe fn from_ptr(p: *mut taipan_layout::objects::Type) -> TypeRef {
        TypeRef(p as *mut TypeObject)
    }
    #[inline(always)]
    pub fn as_ptr(self) -> *mut TypeObject {
        self.0
    }
    #[inline(always)]
    pub fn value(self) -> Value {
        Value::from_ptr(self.0)
    }
    /// The type's operations. They stay in place for as long as the type lives; fields are copied out before calls.
    #[inline(always)]
    pub fn slots<'a>(self) -> &'a Slots {
        // SAFETY: a TypeRef is only made from a live type.
        unsafe { (*self.0).slots() }
    }
    /// The type that `v` is, when it is one.
    pub fn from_value(vm: &Vm, v: Value) -> Option<TypeRef> {
        (type_of(vm, v).has_flag(tp_flags::TYPE_SUBCLASS)).then(|| TypeRef(v.as_ptr()))
    }
}

impl Deref for TypeRef {
    type Target = TypeObject;
    #[inline(always)]
    fn deref(&self) -> &TypeObject {
        // SAFETY: a TypeRef is only made from a live type.
        unsafe { &*self.0 }
    }
}

macro_rules! builtin_types {
    (start { $($field:ident = $spec:path;)* } modules { $($later:ident;)* }) => {
        /// Every built-in type, by name. The addresses are fixed from the first moment; [`bootstrap`] fills them. Types of
        /// native modules are filled when their module is made ([`ready`]).
        pub struct Types { $(pub $field: TypeRef,)* $(pub $later: TypeRef,)* }

        impl Types {
            pub(crate) fn allocate() -> Types {
                Types {
                    $($field: TypeRef(typeobject::allocate_static()),)*
                    $($later: TypeRef(typeobject::allocate_static()),)*
                }
            }
        }

        /// All types with their declarations in the order of creation: a base comes before what inherits from it.
        pub(crate) fn for_each_type(types: &Types, mut f: impl FnMut(TypeRef, &'static TypeSpec)) {
            $(f(types.$field, &$spec);)*
        }
    };
}

builtin_types! {
    start {
    object = object::SPEC;
    type_ = typeobject::SPEC;
    int = int::SPEC;
    bool = boolobj::SPEC;
    float = float::SPEC;
    complex = complex::SPEC;
    str = str::SPEC;
    str_iterator = str::ITER_SPEC;
    template = template::TEMPLATE_SPEC;
    template_iter = template::ITER_SPEC;
    interpolation = template::INTERPOLATION_SPEC;
    str_ascii_iterator = str::ASCII_ITER_SPEC;
    bytes = bytes::SPEC;
    bytes_iterator = bytes::ITER_SPEC;
    bytearray = bytes::bytearray::SPEC;
    bytearray_iterator = bytes::BYTEARRAY_ITER_SPEC;
    memoryview = bytes::memoryview::SPEC;
    memory_iterator = bytes::memoryview::ITER_SPEC;
    tuple = tuple::SPEC;
    tuple_iterator = iter::TUPLE_ITER_SPEC;
    list = list::SPEC;
    list_iterator = iter::LIST_ITER_SPEC;
    list_reverseiterator = iter::LIST_REVERSE_ITER_SPEC;
    seq_iterator = iter::SEQ_ITER_SPEC;
    callable_iterator = iter::CALL_ITER_SPEC;
    dict = dict::SPEC;
    dict_keys = dict::views::KEYS_SPEC;
    dict_values = dict::views::VALUES_SPEC;
    dict_items = dict::views::ITEMS_SPEC;
    dict_keyiterator = dict::views::KEY_ITER_SPEC;
    dict_valueiterator = dict::views::VALUE_ITER_SPEC;
    dict_itemiterator = dict::views::ITEM_ITER_SPEC;
    dict_reversekeyiterator = dict::views::REVERSE_KEY_ITER_SPEC;
    dict_reversevalueiterator = dict::views::REVERSE_VALUE_ITER_SPEC;
    dict_reverseitemiterator = dict::views::REVERSE_ITEM_ITER_SPEC;
    set = set::SPEC;
    frozenset = set::FROZEN_SPEC;
    set_iterator = set::ITER_SPEC;
    range = range::SPEC;
    range_iterator = range::ITER_SPEC;
    longrange_iterator = range::LONG_ITER_SPEC;
    slice = slice::SPEC;
    enumerate = enumerate::SPEC;
    zip = zip::SPEC;
    map = functional::MAP_SPEC;
    filter = functional::FILTER_SPEC;
    reversed = reversed::SPEC;
    generic_alias = genericalias::SPEC;
    generic_alias_iterator = genericalias::ITER_SPEC;
    union = uniontype::SPEC;
    none_type = singletons::NONE_SPEC;
    ellipsis = singletons::ELLIPSIS_SPEC;
    not_implemented_type = singletons::NOT_IMPLEMENTED_SPEC;
    builtin_function = builtin::FUNCTION_SPEC;
    method_descriptor = builtin::METHOD_DESCRIPTOR_SPEC;
    classmethod_descriptor = builtin::CLASSMETHOD_DESCRIPTOR_SPEC;
    wrapper_descriptor = descr::WRAPPER_DESCRIPTOR_SPEC;
    method_wrapper = descr::METHOD_WRAPPER_SPEC;
    getset_descriptor = descr::GETSET_SPEC;
    member_descriptor = descr::MEMBER_SPEC;
    property = descr::property::SPEC;
    classmethod = descr::wrappers::CLASSMETHOD_SPEC;
    staticmethod = descr::wrappers::STATICMETHOD_SPEC;
    super_ = descr::super_::SPEC;
    mappingproxy = descr::mappingproxy::SPEC;
    code = code::SPEC;
    function = function::SPEC;
    builtins_wrapper = function::builtins::WRAPPER_SPEC;
    method = method::SPEC;
    cell = cell::SPEC;
    module = module::SPEC;
    waiting_module = crate::modules::waiting::SPEC;
    weakref = weakref::SPEC;
    weak_proxy = weakref::proxy::SPEC;
    weak_callable_proxy = weakref::proxy::CALLABLE_SPEC;
    frame = frame::SPEC;
    frame_locals_proxy = frame::PROXY_SPEC;
    generator = generator::SPEC;
    coroutine = generator::COROUTINE_SPEC;
    coroutine_wrapper = generator::WRAPPER_SPEC;
    async_generator = asyncgen::SPEC;
    async_generator_wrapped_value = asyncgen::WRAPPED_SPEC;
    async_generator_asend = asyncgen::ASEND_SPEC;
    async_generator_athrow = asyncgen::ATHROW_SPEC;
    traceback = traceback::SPEC;
    base_exception = exceptions::BASE_EXCEPTION;
    base_exception_group = exceptions::BASE_EXCEPTION_GROUP;
    exception = exceptions::EXCEPTION;
    exception_group = exceptions::EXCEPTION_GROUP;
    type_error = exceptions::TYPE_ERROR;
    value_error = exceptions::VALUE_ERROR;
    attribute_error = exceptions::ATTRIBUTE_ERROR;
    name_error = exceptions::NAME_ERROR;
    unbound_local_error = exceptions::UNBOUND_LOCAL_ERROR;
    lookup_error = exceptions::LOOKUP_ERROR;
    index_error = exceptions::INDEX_ERROR;
    key_error = exceptions::KEY_ERROR;
    arithmetic_error = exceptions::ARITHMETIC_ERROR;
    overflow_error = exceptions::OVERFLOW_ERROR;
    zero_division_error = exceptions::ZERO_DIVISION_ERROR;
    floating_point_error = exceptions::FLOATING_POINT_ERROR;
    runtime_error = exceptions::RUNTIME_ERROR;
    recursion_error = exceptions::RECURSION_ERROR;
    not_implemented_error = exceptions::NOT_IMPLEMENTED_ERROR;
    stop_iteration = exceptions::STOP_ITERATION;
    stop_async_iteration = exceptions::STOP_ASYNC_ITERATION;
    generator_exit = exceptions::GENERATOR_EXIT;
    system_exit = exceptions::SYSTEM_EXIT;
    keyboard_interrupt = exceptions::KEYBOARD_INTERRUPT;
    system_error = exceptions::SYSTEM_ERROR;
    memory_error = exceptions::MEMORY_ERROR;
    assertion_error = exceptions::ASSERTION_ERROR;
    import_error = exceptions::IMPORT_ERROR;
    module_not_found_error = exceptions::MODULE_NOT_FOUND_ERROR;
    os_error = exceptions::OS_ERROR;
    eof_error = exceptions::EOF_ERROR;
    buffer_error = exceptions::BUFFER_ERROR;
    reference_error = exceptions::REFERENCE_ERROR;
    syntax_error = exceptions::SYNTAX_ERROR;
    indentation_error = exceptions::INDENTATION_ERROR;
    tab_error = exceptions::TAB_ERROR;
    unicode_error = exceptions::UNICODE_ERROR;
    unicode_encode_error = exceptions::UNICODE_ENCODE_ERROR;
    unicode_decode_error = exceptions::UNICODE_DECODE_ERROR;
    unicode_translate_error = exceptions::UNICODE_TRANSLATE_ERROR;
    python_finalization_error = exceptions::PYTHON_FINALIZATION_ERROR;
    incomplete_input_error = exceptions::INCOMPLETE_INPUT_ERROR;
    blocking_io_error = exceptions::BLOCKING_IO_ERROR;
    child_process_error = exceptions::CHILD_PROCESS_ERROR;
    connection_error = exceptions::CONNECTION_ERROR;
    broken_pipe_error = exceptions::BROKEN_PIPE_ERROR;
    connection_aborted_error = exceptions::CONNECTION_ABORTED_ERROR;
    connection_refused_error = exceptions::CONNECTION_REFUSED_ERROR;
    connection_reset_error = exceptions::CONNECTION_RESET_ERROR;
    file_exists_error = exceptions::FILE_EXISTS_ERROR;
    file_not_found_error = exceptions::FILE_NOT_FOUND_ERROR;
    interrupted_error = exceptions::INTERRUPTED_ERROR;
    is_a_directory_error = exceptions::IS_A_DIRECTORY_ERROR;
    not_a_directory_error = exceptions::NOT_A_DIRECTORY_ERROR;
    permission_error = exceptions::PERMISSION_ERROR;
    process_lookup_error = exceptions::PROCESS_LOOKUP_ERROR;
    timeout_error = exceptions::TIMEOUT_ERROR;
    warning = exceptions::WARNING;
    deprecation_warning = exceptions::DEPRECATION_WARNING;
    syntax_warning = exceptions::SYNTAX_WARNING;
    runtime_warning = exceptions::RUNTIME_WARNING;
    user_warning = exceptions::USER_WARNING;
    future_warning = exceptions::FUTURE_WARNING;
    import_warning = exceptions::IMPORT_WARNING;
    bytes_warning = exceptions::BYTES_WARNING;
    resource_warning = exceptions::RESOURCE_WARNING;
    encoding_warning = exceptions::ENCODING_WARNING;
    pending_deprecation_warning = exceptions::PENDING_DEPRECATION_WARNING;
    unicode_warning = exceptions::UNICODE_WARNING;
    anext_awaitable = asyncgen::ANEXT_SPEC;
    capsule = crate::modules::types::CAPSULE;
    simple_namespace = crate::modules::namespace::SPEC;
    uop_executor = crate::modules::opcode::EXECUTOR;
    version_info = crate::modules::structseq::VERSION_INFO;
    float_info = crate::modules::structseq::FLOAT_INFO;
    int_info = crate::modules::structseq::INT_INFO;
    hash_info = crate::modules::structseq::HASH_INFO;
    thread_info = crate::modules::structseq::THREAD_INFO;
    sys_flags = crate::modules::structseq::FLAGS;
    asyncgen_hooks = crate::modules::structseq::ASYNCGEN_HOOKS;
    struct_time = crate::modules::structseq::STRUCT_TIME;
    }
    modules {
        io_base;
        io_raw_base;
        io_buffered_base;
        io_text_base;
        io_file;
        io_bytes;
        io_bytes_buffer;
        io_string;
        io_newlines;
        io_reader;
        io_writer;
        io_random;
        io_pair;
        io_text;
        it_count;
        it_cycle;
        it_repeat;
        it_compress;
        it_dropwhile;
        it_takewhile;
        it_filterfalse;
        it_islice;
        it_starmap;
        it_accumulate;
        it_chain;
        it_zip_longest;
        it_pairwise;
        it_batched;
        it_groupby;
        it_grouper;
        it_product;
        it_permutations;
        it_combinations;
        it_combinations_with_replacement;
        it_tee;
        deque;
        deque_iterator;
        deque_reverse_iterator;
        context;
        context_var;
        context_token;
        context_token_missing;
        context_keys;
        context_values;
        context_items;
        ordered_dict;
        odict_iterator;
        odict_keys;
        odict_items;
        odict_values;
        defaultdict;
        tuple_getter;
        const_evaluator;
        no_default;
        type_var;
        param_spec;
        param_spec_args;
        param_spec_kwargs;
        type_var_tuple;
        type_alias;
        simple_queue;
        partial;
        placeholder;
        key_wrapper;
        lru_cache;
        sre_pattern;
        sre_match;
        sre_scanner;
        sre_template;
        struct_;
        struct_unpack_iterator;
        random;
        abc_data;
        array;
        array_iterator;
        itemgetter;
        attrgetter;
        methodcaller;
        poll;
        socket;
        ucd;
        struct_rusage;
        struct_passwd;
        json_scanner;
        json_encoder;
        hash_md5;
        hash_sha1;
        hash_sha224;
        hash_sha256;
        hash_sha384;
        hash_sha512;
        hash_sha3_224;
        hash_sha3_256;
        hash_sha3_384;
        hash_sha3_512;
        hash_shake_128;
        hash_shake_256;
        hash_blake2b;
        hash_blake2s;
        hmac;
        zlib_compress;
        zlib_decompress;
        zlib_decompressor;
        struct_group;
        lock;
        rlock;
        thread_handle;
        thread_local;
        except_hook_args;
        multibyte_codec;
        multibyte_encoder;
        multibyte_decoder;
        multibyte_reader;
        multibyte_writer;
        stat_result;
        statvfs_result;
        terminal_size;
        uname_result;
        times_result;
        dir_entry;
        scandir_iterator;
        tokenizer_iter;
        symtable_entry;
        meth_instance;
        meth_class;
        meth_static;
        csv_dialect;
        csv_reader;
        csv_writer;
        pickle_buffer;
        pickler;
        unpickler;
        pickler_memo_proxy;
        unpickler_memo_proxy;
    }
}

/// Makes a native module's type from its declaration, unless it is there already.
pub fn ready(vm: &Vm, ty: TypeRef, spec: &'static TypeSpec) {
    if !ty.has_flag(tp_flags::READY) {
        typeobject::bootstrap::lay_out(vm, ty, spec);
        typeobject::bootstrap::fill(vm, ty, spec);
        if spec.flags & tp_flags::MADE_BY_MODULE != 0 {
            typeobject::attrs::give_module(vm, ty);
        }
    }
}

/// Builds everything that the first Python instruction needs; runs once per interpreter.
pub(crate) fn bootstrap(vm: &Vm) {
    // Memory layout and inheritance first: creating a str or a dict needs no more of its type than the shape.
    for_each_type(&vm.types, |ty, spec| typeobject::bootstrap::lay_out(vm, ty, spec));
    vm.names.fill(vm);
    for_each_type(&vm.types, |ty, spec| typeobject::bootstrap::fill(vm, ty, spec));
    exceptions::finish_types(vm).expect("start-up needs memory");
    singletons::fill(vm);
    template::finish(vm);
}

/// The type of any value.
#[inline]
pub fn type_of(vm: &Vm, v: Value) -> TypeRef {
    if v.is_heap() {
        // SAFETY: a heap word points to a live object, whose shape names a live type.
        unsafe { TypeRef::from_ptr((*(*v.header()).shape).ty) }
    } else if v.is_fixnum() {
        vm.types.int
    } else if v.is_flonum() {
        vm.types.float
    } else {
        match v {
            Value::NONE => vm.types.none_type,
            Value::TRUE | Value::FALSE => vm.types.bool,
            Value::ELLIPSIS => vm.types.ellipsis,
            Value::NOT_IMPLEMENTED => vm.types.not_implemented_type,
            _ => unreachable!("type of the word {:#x}", v.0),
        }
    }
}

/// `isinstance` without hooks.
#[inline]
pub fn is_instance(vm: &Vm, v: Value, ty: TypeRef) -> bool {
    let t = type_of(vm, v);
    t == ty || t.is_subtype_of(ty)
}

/// Whether `v` is a heap object of exactly this kind.
#[inline(always)]
pub fn is_kind(v: Value, kind: Kind) -> bool {
    // SAFETY: a heap word points to a live object.
    v.is_heap() && unsafe { (*v.header()).is(kind) }
}

/// The object behind `v` as a `T`, when it is exactly of that kind.
#[inline(always)]
pub fn exact<'a, T>(v: Value, kind: Kind) -> Option<&'a T> {
    // SAFETY: the kind byte says which struct the object is.
    is_kind(v, kind).then(|| unsafe { &*v.as_ptr::<T>() })
}

/// The object behind `v` as a `T`.
///
/// # Safety
/// `v` is an object whose layout is `T`, or a subclass of that type.
#[inline(always)]
pub unsafe fn cast<'a, T>(v: Value) -> &'a mut T {
    // SAFETY: the caller's promise; under the interpreter lock nobody else writes while the caller looks.
    unsafe { &mut *v.as_ptr::<T>() }
}

/// Allocates an instance of `ty` of `size` bytes, everything after the header zeroed.
pub fn new_object<T>(vm: &Vm, ty: TypeRef, size: usize) -> PyResult<*mut T> {
    debug_assert!(size >= size_of::<Header>());
    let p = alloc::alloc_object(vm, size, ty.instance_flags(), ty.head.root_shape);
    if p.is_null() {
        return Err(vm.memory_error());
    }
    // SAFETY: the allocation has at least `size` bytes.
    unsafe {
        // Cells are multiples of 16 bytes: rounding up stays inside.
        alloc::zero_words((p as *mut u64).add(2), (size - size_of::<Header>()).div_ceil(8));
        if ty.is_heap_type() {
            crate::owned::incref(ty.value());
        }
    }
    Ok(p as *mut T)
}

/// A new object of a built-in type that has exactly the layout `T`: everything after the header is the caller's to
/// write before anything else is allocated.
#[inline]
pub fn new_exact<T>(vm: &Vm, ty: TypeRef) -> PyResult<*mut T> {
    debug_assert!(ty.head.basicsize as usize == size_of::<T>() && !ty.is_heap_type());
    let p = alloc::alloc_object(vm, size_of::<T>(), ty.instance_flags(), ty.head.root_shape);
    if p.is_null() { Err(vm.memory_error()) } else { Ok(p as *mut T) }
}

/// [`new_exact`] of a type whose instances the collector knows and that have no word in front, for hot places: `kind`
/// stands for everything that would be read off the type.
#[inline(always)]
pub fn new_tracked<T>(vm: &Vm, ty: TypeRef, kind: Kind) -> PyResult<*mut T> {
    new_tracked_of_size(vm, ty, kind, size_of::<T>())
}

/// [`new_tracked`] with room for more behind the struct.
#[inline(always)]
pub fn new_tracked_of_size<T>(vm: &Vm, ty: TypeRef, kind: Kind, size: usize) -> PyResult<*mut T> {
    let flags = kind as u32 | taipan_layout::header::flag::GC;
    debug_assert!(ty.instance_flags() == flags && !ty.is_heap_type());
    let p = alloc::alloc_object(vm, size, flags, ty.head.root_shape);
    if p.is_null() { Err(vm.memory_error()) } else { Ok(p as *mut T) }
}

/// [`new_object`] of the type's basic size and the attribute words of plain instances behind it.
pub fn new_instance<T>(vm: &Vm, ty: TypeRef) -> PyResult<*mut T> {
    let attributes =
        if ty.has_flag(tp_flags::SHAPED) { size_of::<Value>() * ty.head.inline_slots as usize } else { 0 };
    new_object(vm, ty, ty.head.basicsize as usize + attributes)
}

/// Short way to own a new object.
pub fn owned<T>(object: *mut T) -> Owned {
    Owned::from_new(object)
}
