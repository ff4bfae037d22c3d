//! The operations of a type as function pointers, by the names of CPython's slots without their prefixes.
//!
//! A native type fills in what it implements; a Python class gets functions that look the dunder method up. The table
//! that ties slots to dunder names, in both directions, is in `typeobject/slotdefs.rs`.
//!
//! Conventions: parameters are borrowed, results owned; a binary slot answers `NotImplemented` for operands that it does
//! not know; `next` answers `None` when exhausted; `setattro`, `descr_set` and `set_item` delete when the value is
//! `None`.

use taipan_layout::{Header, Value};

use crate::args::Args;
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CompareOp {
    Lt = 0,
    Le,
    Eq,
    Ne,
    Gt,
    Ge,
}

impl CompareOp {
    pub const ALL: [CompareOp; 6] =
        [CompareOp::Lt, CompareOp::Le, CompareOp::Eq, CompareOp::Ne, CompareOp::Gt, CompareOp::Ge];

    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }
    pub fn swapped(self) -> CompareOp {
        match self {
            CompareOp::Lt => CompareOp::Gt,
            CompareOp::Le => CompareOp::Ge,
            CompareOp::Gt => CompareOp::Lt,
            CompareOp::Ge => CompareOp::Le,
            same => same,
        }
    }
    /// What the operator says of two things that compare as `ordering`.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            CompareOp::Lt => ordering.is_lt(),
            CompareOp::Le => ordering.is_le(),
            CompareOp::Eq => ordering.is_eq(),
            CompareOp::Ne => ordering.is_ne(),
            CompareOp::Gt => ordering.is_gt(),
            CompareOp::Ge => ordering.is_ge(),
        }
    }
}

pub type UnaryFn = fn(&Vm, Value) -> PyResult;
pub type BinaryFn = fn(&Vm, Value, Value) -> PyResult;
pub type TernaryFn = fn(&Vm, Value, Value, Value) -> PyResult;
pub type BoolFn = fn(&Vm, Value) -> PyResult<bool>;
pub type LenFn = fn(&Vm, Value) -> PyResult<usize>;
pub type HashFn = fn(&Vm, Value) -> PyResult<i64>;
pub type CallFn = fn(&Vm, Value, Args) -> PyResult;
pub type InitFn = fn(&Vm, Value, Args) -> PyResult<()>;
pub type CompareFn = fn(&Vm, Value, Value, CompareOp) -> PyResult;
pub type NextFn = fn(&Vm, Value) -> PyResult<Option<Owned>>;
pub type ContainsFn = fn(&Vm, Value, Value) -> PyResult<bool>;
pub type RepeatFn = fn(&Vm, Value, isize) -> PyResult;
pub type SetFn = fn(&Vm, Value, Value, Option<Value>) -> PyResult<()>;
/// Descriptor, instance (None: looked up on the class), owner.
pub type DescrGetFn = fn(&Vm, Value, Option<Value>, Value) -> PyResult;
pub type FinalizeFn = fn(&Vm, Value);
pub type BufferFn = fn(&Vm, Value) -> PyResult<super::bytes::Buffer>;
/// Gives up what the object owns; the memory itself is freed by the caller.
pub type DeallocFn = unsafe fn(&Vm, *mut Header);
/// Calls the visitor with every reference that the object owns.
pub type TraverseFn = unsafe fn(*mut Header, &mut dyn FnMut(Value));
/// Breaks the object's references, to end a cycle.
pub type ClearFn = unsafe fn(&Vm, *mut Header);

macro_rules! slots {
    ($($(#[$doc:meta])* $name:ident: $ty:ty,)*) => {
        #[derive(Clone, Copy)]
        pub struct Slots { $($(#[$doc])* pub $name: Option<$ty>,)* }
        impl Slots {
            pub const EMPTY: Slots = Slots { $($name: None,)* };

            /// Takes over every slot of `base` that is empty here.
            pub fn inherit(&mut self, base: &Slots) {
                $(if self.$name.is_none() { self.$name = base.$name; })*
            }
        }
    };
}

slots! {
    repr: UnaryFn,
    str: UnaryFn,
    hash: HashFn,
    call: CallFn,
    getattro: BinaryFn,
    setattro: SetFn,
    richcompare: CompareFn,
    iter: UnaryFn,
    next: NextFn,
    descr_get: DescrGetFn,
    descr_set: SetFn,
    /// `self` is the class.
    new: CallFn,
    init: InitFn,
    finalize: FinalizeFn,
    dealloc: DeallocFn,
    traverse: TraverseFn,
    clear: ClearFn,

    add: BinaryFn,
    subtract: BinaryFn,
    multiply: BinaryFn,
    remainder: BinaryFn,
    divmod: BinaryFn,
    /// The third operand is None unless `pow` got three arguments.
    power: TernaryFn,
    negative: UnaryFn,
    positive: UnaryFn,
    absolute: UnaryFn,
    bool: BoolFn,
    invert: UnaryFn,
    lshift: BinaryFn,
    rshift: BinaryFn,
    and: BinaryFn,
    xor: BinaryFn,
    or: BinaryFn,
    int: UnaryFn,
    float: UnaryFn,
    index: UnaryFn,
    floor_divide: BinaryFn,
    true_divide: BinaryFn,
    matrix_multiply: BinaryFn,
    inplace_add: BinaryFn,
    inplace_subtract: BinaryFn,
    inplace_multiply: BinaryFn,
    inplace_remainder: BinaryFn,
    inplace_power: TernaryFn,
    inplace_lshift: BinaryFn,
    inplace_rshift: BinaryFn,
    inplace_and: BinaryFn,
    inplace_xor: BinaryFn,
    inplace_or: BinaryFn,
    inplace_floor_divide: BinaryFn,
    inplace_true_divide: BinaryFn,
    inplace_matrix_multiply: BinaryFn,

    /// `len()`: both of CPython's `sq_length` and `mp_length`.
    len: LenFn,
    /// Sequence concatenation, tried after `add`.
    concat: BinaryFn,
    /// Sequence repetition, tried after `multiply`.
    repeat: RepeatFn,
    inplace_concat: BinaryFn,
    inplace_repeat: RepeatFn,
    contains: ContainsFn,
    get_item: BinaryFn,
    set_item: SetFn,

    await_: UnaryFn,
    aiter: UnaryFn,
    anext: UnaryFn,

    /// The object's memory, for bytes-like arguments.
    buffer: BufferFn,
}
