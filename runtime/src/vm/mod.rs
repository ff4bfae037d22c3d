//! The interpreter and its threads: every piece of mutable state hangs off these two structs.
//!
//! [`Interp`] is what all threads of one interpreter share (types, interned names, modules, the heap); [`Vm`] is one
//! thread's view of it and begins with the [`ThreadState`] that machine code sees. Nearly every function of the runtime
//! takes `&Vm`; a `Vm` dereferences to its `Interp`, so `vm.types.list` and `vm.names.__init__` just work. All
//! of it is used under the interpreter lock only, which is what makes the interior mutability sound.

mod errors;
pub mod names;

use std::cell::{Cell, RefCell, UnsafeCell};
use std::ops::Deref;
use std::ptr;
use std::rc::Weak;
use std::sync::Arc;

use taipan_layout::header::Header;
use taipan_layout::thread::SIZE_CLASSES;
use taipan_layout::{StackValue, ThreadState, Value};

use crate::alloc::Heap;
use crate::interp::tracing::Observer;
use crate::objects::Types;
use crate::owned::Owned;
use names::Names;

/// State of one interpreter.
pub struct Interp {
    pub types: Types,
    pub names: Names,
    pub(crate) heap: UnsafeCell<Heap>,
    pub(crate) interned: UnsafeCell<crate::objects::str::InternTable>,
    pub(crate) type_cache: crate::objects::typeobject::MethodCache,
    pub(crate) attribute_cache: crate::interp::attr_cache::AttributeCache,
    pub(crate) next_shape_version: Cell<u32>,
    pub(crate) next_dict_version: Cell<u32>,
    pub(crate) next_function_version: Cell<u32>,
    /// The entry that `__builtins__` was in the namespace of the function made last.
    pub(crate) builtins_entry: Cell<usize>,
    pub(crate) gc: crate::gc::Collector,
    pub(crate) weakrefs: crate::objects::weakref::Table,
    /// The names of the slots of types, in the order of their definitions.
    pub(crate) slot_names: std::cell::OnceCell<crate::objects::SlotNames>,
    pub(crate) singletons: crate::objects::Singletons,
    /// `sys.modules`, the `builtins` and `sys` namespaces and what else is made at start-up; NULL before.
    pub state: InterpState,
    /// The runtime's own bytecode (see `interp::frames`).
    pub(crate) native_codes: Cell<*mut crate::interp::frames::NativeCodes>,
    /// Source lines for tracebacks.
    pub(crate) sources: crate::objects::exceptions::print::SourceCache,
    pub(crate) sinks: crate::interp::sinks::Sinks,
    pub(crate) warnings: crate::modules::warnings::State,
    /// The program was a conversation at the prompt.
    pub(crate) talked: Cell<bool>,
    pub tier2: crate::tier2::Tier2,
    pub(crate) profile: crate::profile::State,
    /// For `-X importtime`.
    pub(crate) import_clock: crate::modules::import::timing::Clock,
    /// The tools of `sys.monitoring`.
    pub(crate) monitoring: crate::interp::monitoring::Monitoring,
    pub threads: crate::threads::Threads,
    pub config: crate::config::Config,
}

/// Objects that the interpreter itself refers to; owned for its whole life.
#[derive(Default)]
pub struct InterpState {
    pub modules: Cell<Option<Value>>,
    pub builtins: Cell<Option<Value>>,
    pub sys_dict: Cell<Option<Value>>,
    pub import_function: Cell<Option<Value>>,
    /// The modules `sys`, `builtins` and `importlib._bootstrap`.
    pub sys_module: Cell<Option<Value>>,
    pub builtins_module: Cell<Option<Value>>,
    pub importlib: Cell<Option<Value>>,
    /// What `os.register_at_fork` was given: lists of functions that run before, in the child and in the parent.
    pub fork_hooks: [Cell<Option<Value>>; 3],
    /// `functools.Placeholder`.
    pub placeholder: Cell<Option<Value>>,
    /// `typing.NoDefault`.
    pub no_default: Cell<Option<Value>>,
    /// What `atexit` has registered: a list.
    pub exit_functions: Cell<Option<Value>>,
    pub(crate) direct_imports: crate::modules::direct_import::DirectImports,
    /// `socket.setdefaulttimeout`.
    pub socket_timeout: Cell<Option<std::time::Duration>>,
    /// `io.UnsupportedOperation`.
    pub unsupported_operation: Cell<Option<Value>>,
    /// The Python handlers of signals by number: a list, once `_signal` was imported.
    pub signal_handlers: Cell<Option<Value>>,
    /// `csv.field_size_limit`; `None`: never set.
    pub csv_field_limit: Cell<Option<i64>>,
    /// `sys.set_int_max_str_digits`; `None`: never set, 0: no limit.
    pub int_max_str_digits: Cell<Option<usize>>,
}

/// One thread of an interpreter.
#[repr(C)]
pub struct Vm {
    ts: UnsafeCell<ThreadState>,
    interp: &'static Interp,
    pub(crate) dealloc_depth: Cell<u32>,
    pub(crate) dying: RefCell<Vec<*mut Header>>,
    /// Free lists of array cells by size class (see `alloc`).
    pub(crate) free_arrays: [Cell<*mut u8>; SIZE_CLASSES],
    /// Lowest address that the native stack may reach before `RecursionError`.
    pub(crate) native_limit: Cell<usize>,
    /// Python frames that may be active at once (`sys.setrecursionlimit`).
    pub(crate) recursion_limit: Cell<i32>,
    /// The functions of `sys.settrace` and `sys.setprofile`.
    pub(crate) tracing: crate::interp::tracing::Tracing,
    /// How many frames new coroutines remember (`sys.set_coroutine_origin_tracking_depth`).
    pub coroutine_origin_depth: Cell<i32>,
    /// Objects whose `repr` is running, for `[...]`.
    pub(crate) repr_running: RefCell<Vec<Value>>,
    /// The value of the StopIteration that ended the last call of a Python `__next__`, unless it was None.
    pub(crate) stop_value: Cell<Option<Owned>>,
    /// The newest chunk of the data stack (see `interp::stack`).
    pub(crate) stack_chunk: Cell<*mut u8>,
    /// Tells the thread from all others that there were; never 0.
    pub(crate) number: Cell<u64>,
    /// The system's identity of the thread.
    pub(crate) ident: Cell<i64>,
    /// How others see the thread, if Python started it.
    pub(crate) thread: RefCell<Option<Arc<crate::threads::Thread>>>,
    /// Whose code ran when the thread gave up the interpreter lock.
    pub(crate) running: Cell<crate::tier2::Running>,
    /// The current context (`contextvars`); owned.
    pub(crate) context: Cell<Option<Value>>,
    /// `sys.set_asyncgen_hooks`; owned.
    pub asyncgen_firstiter: Cell<Option<Value>>,
    pub asyncgen_finalizer: Cell<Option<Value>>,
    /// The `_thread._local` objects in which the thread has a dict.
    pub(crate) locals: RefCell<Vec<Weak<crate::modules::thread::local::Shared>>>,
}

thread_local! {
    static CURRENT: Cell<*const Vm> = const { Cell::new(ptr::null()) };
}

impl Deref for Vm {
    type Target = Interp;
    #[inline(always)]
    fn deref(&self) -> &Interp {
        self.interp
    }
}

impl Vm {
    /// Creates an interpreter and its main thread. Both live until the process ends.
    pub fn new(config: crate::config::Config) -> &'static Vm {
        crate::alloc::reserve_for_start();
        let interp = Box::leak(Box::new(Interp {
            types: Types::allocate(),
            names: Names::unready(),
            heap: UnsafeCell::new(Heap::new()),
            interned: UnsafeCell::new(Default::default()),
            type_cache: Default::default(),
            attribute_cache: Default::default(),
            next_shape_version: Cell::new(1),
            next_dict_version: Cell::new(1),
            next_function_version: Cell::new(1),
            builtins_entry: Cell::new(0),
            gc: Default::default(),
            weakrefs: Default::default(),
            slot_names: Default::default(),
            singletons: Default::default(),
            state: Default::default(),
            native_codes: Cell::new(ptr::null_mut()),
            sources: Default::default(),
            sinks: Default::default(),
            warnings: Default::default(),
            talked: Default::default(),
            tier2: Default::default(),
            profile: Default::default(),
            import_clock: Default::default(),
            monitoring: Default::default(),
            threads: Default::default(),
            config,
        }));
        let vm = Vm::blank(interp);
        CURRENT.set(vm);
        crate::threads::start_main(vm);
        vm.native_limit.set(native_stack_limit());
        // SAFETY: nothing else runs yet.
        unsafe {
            let ts = vm.ts();
            (*ts).recursion_remaining = crate::config::DEFAULT_RECURSION_LIMIT;
            (*ts).exc_info = &raw mut (*ts).exc_base;
            crate::interp::stack::init(vm);
            crate::gc::lists::start(vm);
        }
        crate::objects::bootstrap(vm);
        crate::interp::start(vm);
        vm
    }

    /// The state of one more thread, with a data stack. It lives until the process ends.
    pub(crate) fn sibling(&self) -> &'static Vm {
        let vm = Vm::blank(self.interp);
        // SAFETY: the thread state is new.
        unsafe { crate::interp::stack::init(vm) };
        vm
    }

    fn blank(interp: &'static Interp) -> &'static Vm {
        Box::leak(Box::new(Vm {
            // SAFETY: all-zero is a valid ThreadState: null pointers, NULL words, no leave reasons.
            ts: UnsafeCell::new(unsafe { std::mem::zeroed() }),
            interp,
            dealloc_depth: Cell::new(0),
            dying: RefCell::new(Vec::new()),
            free_arrays: [const { Cell::new(ptr::null_mut()) }; SIZE_CLASSES],
            native_limit: Cell::new(0),
            recursion_limit: Cell::new(crate::config::DEFAULT_RECURSION_LIMIT),
            coroutine_origin_depth: Cell::new(0),
            repr_running: RefCell::new(Vec::new()),
            tracing: Default::default(),
            stop_value: Cell::new(None),
            stack_chunk: Cell::new(ptr::null_mut()),
            number: Cell::new(0),
            ident: Cell::new(0),
            thread: RefCell::new(None),
            running: Cell::default(),
            context: Cell::new(None),
            asyncgen_firstiter: Cell::new(None),
            asyncgen_finalizer: Cell::new(None),
            locals: RefCell::new(Vec::new()),
        }))
    }

    /// Makes this the calling thread's state.
    ///
    /// # Safety
    /// The calling thread has no other, and the state belongs to no other thread.
    pub(crate) unsafe fn enter_thread(&'static self) {
        CURRENT.set(self);
        self.native_limit.set(native_stack_limit());
    }

    /// Gives up what belongs to the thread, which ends.
    pub(crate) fn forget_own(&self) {
        crate::modules::thread::local::leave(self);
        for which in [Observer::Trace, Observer::Profile] {
            crate::interp::tracing::set(self, which, None);
        }
        for place in [&self.context, &self.asyncgen_firstiter, &self.asyncgen_finalizer] {
            if let Some(v) = place.take() {
                // SAFETY: the cell owned its word.
                unsafe { crate::owned::decref(v) };
            }
        }
    }

    /// The calling thread's state. Panics on a thread that never entered an interpreter.
    #[inline(always)]
    pub fn current() -> &'static Vm {
        let p = CURRENT.get();
        debug_assert!(!p.is_null());
        // SAFETY: set to a leaked Vm when the thread entered the interpreter.
        unsafe { &*p }
    }

    #[inline(always)]
    pub fn ts(&self) -> *mut ThreadState {
        self.ts.get()
    }

    /// The `Vm` that a thread state pointer given to machine code belongs to.
    ///
    /// # Safety
    /// `ts` came from [`Vm::ts`].
    #[inline(always)]
    pub unsafe fn from_ts<'a>(ts: *mut ThreadState) -> &'a Vm {
        // SAFETY: the thread state is the first field of a repr(C) struct.
        unsafe { &*(ts as *const Vm) }
    }

    #[allow(clippy::mut_from_ref, reason = "under the interpreter lock; no caller keeps the borrow")]
    pub(crate) fn heap(&self) -> &mut Heap {
        // SAFETY: under the interpreter lock; no caller keeps the borrow across another allocation.
        unsafe { &mut *self.interp.heap.get() }
    }

    /// Errors with `RecursionError` when the native stack is nearly used up. `what` completes the sentence
    /// "maximum recursion depth exceeded…" and starts with a space, or is empty.
    #[inline]
    pub fn check_native_stack(&self, what: &str) -> crate::owned::PyResult<()> {
        let here = 0u8;
        if (&raw const here as usize) < self.native_limit.get() {
            return Err(self.raise_native_stack_overflow(what));
        }
        Ok(())
    }

    /// Bytes that the native stack may still grow by.
    pub(crate) fn native_stack_left(&self) -> usize {
        let here = 0u8;
        (&raw const here as usize).saturating_sub(self.native_limit.get())
    }

    #[cold]
    fn raise_native_stack_overflow(&self, what: &str) -> crate::owned::Raised {
        // Raising needs some stack itself: lower the limit while the exception is made.
        let limit = self.native_limit.replace(0);
        let raised =
            self.raise(self.types.recursion_error, &format!("maximum recursion depth exceeded{what}"));
        self.native_limit.set(limit);
        raised
    }

    /// Takes what the interpreter left as the result of a run.
    pub(crate) fn take_result(&self) -> Option<Owned> {
        // SAFETY: the thread state is ours; an owning word is handed over, a borrowed one counted.
        unsafe {
            let word = std::mem::replace(&mut (*self.ts()).result, StackValue::NULL);
            if word.is_null() {
                None
            } else if word.is_borrowed() {
                Some(crate::owned::Counted::own(word.peek()))
            } else {
                Some(Owned::from_owned(Value(word.0)))
            }
        }
    }
}

/// Where the native stack may end: its real limit plus a reserve for signal handlers, foreign libraries and the
/// raising of the error itself.
fn native_stack_limit() -> usize {
    const RESERVE: usize = 256 * 1024;
    const FALLBACK: usize = 6 * 1024 * 1024;
    let here = 0u8;
    let here = &raw const here as usize;
    if let Some(lowest) = main_stack_end(here) {
        return lowest + RESERVE;
    }
    // SAFETY: plain libc queries on the current thread with initialised out-parameters.
    unsafe {
        let mut attr: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attr) == 0 {
            let (mut base, mut size) = (ptr::null_mut(), 0);
            let got = libc::pthread_attr_getstack(&attr, &mut base, &mut size);
            libc::pthread_attr_destroy(&mut attr);
            // An unlimited stack has no useful base: keep to what the kernel surely grants.
            if got == 0 && size < 1 << 32 {
                return base as usize + RESERVE;
            }
        }
    }
    here - FALLBACK
}

/// How far the stack of the process's first thread may grow, when `here` is on it. The C library would read the list of all
/// mappings for that, which costs as much as a hundred other calls.
fn main_stack_end(here: usize) -> Option<usize> {
    const PAGE: usize = 4096;
    // SAFETY: plain queries; the limit is written before it is read.
    unsafe {
        // The program's name is the last thing that the kernel puts on a new stack.
        let top = (libc::getauxval(libc::AT_EXECFN) as usize).checked_next_multiple_of(PAGE)?;
        let mut limit: libc::rlimit = std::mem::zeroed();
        if libc::getrlimit(libc::RLIMIT_STACK, &mut limit) != 0 {
            return None;
        }
        // An unlimited stack has no useful end.
        let size = usize::try_from(limit.rlim_cur).ok().filter(|size| *size < 1 << 32)?;
        let lowest = top.checked_sub(size)?;
        (lowest < here && here < top).then_some(lowest)
    }
}
