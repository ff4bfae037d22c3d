//! What the optimiser asks about objects and code.

use taipan_frontend::code::flags::{
    CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, CO_OPTIMIZED, CO_VARARGS, CO_VARKEYWORDS,
};
use taipan_layout::objects::{Code, Function};
use taipan_layout::{Frame, Kind, Value};
use taipan_mir::optimize::{Facts, FrameShape, FunctionFacts, Type};

use crate::interp::sinks::original_code;
use crate::objects::descr::wrappers;
use crate::objects::typeobject::lookup::shape_version;
use crate::objects::{TypeRef, type_of};
use crate::vm::Vm;

/// The code objects of a recording.
pub struct World<'a> {
    pub codes: &'a [*mut Code],
}

/// Bytes of a frame of this code; 0 when it lies in a generator.
pub unsafe fn frame_size(code: *mut Code) -> u32 {
    // SAFETY: the code is live.
    unsafe {
        if (*code).flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR) != 0 {
            return 0;
        }
        size_of::<Frame>() as u32 + 8 * (*code).frame_words
    }
}

impl Facts for World<'_> {
    fn type_of(&self, word: u64) -> Type {
        let value = Value(word);
        if value.is_null() {
            return Type::Null;
        }
        if value.is_fixnum() {
            return Type::Int;
        }
        if value.is_flonum() {
            return Type::Flonum;
        }
        if value.is_bool() {
            return Type::Bool;
        }
        if value.is_none() {
            return Type::None;
        }
        if !value.is_heap() {
            return Type::Unknown;
        }
        // SAFETY: constants of live code and recorded objects are live.
        let kind = unsafe { (*value.header()).kind_byte() };
        match kind {
            k if k == Kind::Float as u8 => Type::Float,
            k if k == Kind::Str as u8 => Type::Str,
            k if k == Kind::List as u8 => Type::List,
            k if k == Kind::Tuple as u8 => Type::Tuple,
            k if k == Kind::Dict as u8 => Type::Dict,
            _ => Type::Object,
        }
    }

    fn function(&self, word: u64) -> Option<FunctionFacts> {
        let value = Value(word);
        // SAFETY: as above.
        unsafe {
            if !value.is_heap() || !(*value.header()).is(Kind::Function) {
                return None;
            }
            let function: *mut Function = value.as_ptr();
            let code: *mut Code = (*function).code.as_ptr();
            let special = CO_VARARGS | CO_VARKEYWORDS | CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;
            if (*code).flags & special != 0
                || (*code).flags & CO_OPTIMIZED == 0
                || (*code).kwonlyargcount != 0
            {
                return None;
            }
            Some(FunctionFacts {
                locals: (*code).nlocalsplus,
                frame_size: frame_size(code),
                argcount: (*code).argcount,
                free: (*code).nfreevars,
                globals: (*function).globals.0,
                original: original_code(Value::from_ptr(code)).map_or(0, |original| original.0),
                version: (*function).version,
            })
        }
    }

    fn code(&self, number: u32) -> FrameShape {
        let code = self.codes[number as usize];
        // SAFETY: recorded code is live.
        unsafe { FrameShape { locals: (*code).nlocalsplus, stack: 0, size: frame_size(code) } }
    }

    fn is_stable(&self, word: u64) -> bool {
        // SAFETY: the recorder keeps what it observed.
        unsafe { is_stable(Value(word)) }
    }

    fn runs(&self, function: u64, code: u32) -> bool {
        // SAFETY: as above; the optimiser knows that it is a function.
        unsafe { (*Value(function).as_ptr::<Function>()).code.as_ptr::<Code>() == self.codes[code as usize] }
    }

    fn frame_header(&self) -> u32 {
        size_of::<Frame>() as u32
    }

    fn double(&self, word: u64) -> Option<u64> {
        const EXACT: i64 = 1 << 53;
        let value = Value(word);
        if value.is_flonum() {
            return Some(value.as_flonum().to_bits());
        }
        if value.is_fixnum() {
            let int = value.as_fixnum();
            return (-EXACT..=EXACT).contains(&int).then(|| (int as f64).to_bits());
        }
        // SAFETY: constants of live code and recorded objects are live.
        unsafe {
            let is_float = value.is_heap() && (*value.header()).is(Kind::Float);
            is_float.then(|| (*value.as_ptr::<taipan_layout::objects::Float>()).value.to_bits())
        }
    }

    fn none(&self) -> u64 {
        Value::NONE.0
    }
}

/// Whether a global with this value hardly ever changes.
///
/// # Safety
/// A live value.
pub(super) unsafe fn is_stable(value: Value) -> bool {
    // SAFETY: by contract.
    value.is_heap()
        && unsafe {
            let kind = (*value.header()).kind_byte();
            [Kind::Function, Kind::Type, Kind::BuiltinFunction, Kind::Module].iter().any(|k| *k as u8 == kind)
        }
}

/// The function of a class method that is about to be loaded from its class for a call, and the version of the class.
///
/// # Safety
/// `frame` is current, its stack in memory, and executes a `LOAD_ATTR` of the name with this index.
pub(super) unsafe fn class_method(frame: *mut Frame, name: u32) -> Option<(Value, u32)> {
    // SAFETY: by contract; the owner is on top of the stack.
    unsafe {
        let vm = Vm::current();
        let owner = (*(*frame).sp.sub(1)).peek();
        let ty = TypeRef::from_value(vm, owner)?;
        if !owner.is_heap() || !(*owner.header()).is(Kind::Type) || type_of(vm, owner) != vm.types.type_ {
            return None;
        }
        let name = *(*(*frame).code).names.add(name as usize);
        if vm.types.type_.lookup(vm, name).is_some() {
            return None;
        }
        let found = ty.lookup(vm, name)?;
        if type_of(vm, found) != vm.types.classmethod {
            return None;
        }
        let function = wrappers::callable_of(vm, found)?;
        let version = shape_version(vm, ty.head.root_shape);
        ((*function.header()).is(Kind::Function) && version != 0).then_some((function, version))
    }
}
