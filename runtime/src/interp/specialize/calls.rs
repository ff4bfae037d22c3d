//! Calls.

use taipan_layout::objects::Method;
use taipan_layout::{Frame, Kind, StackValue, Value};
use taipan_mir::opcodes::Opcode;

use super::Site;
use crate::interp::sinks;
use crate::objects::spec::{Imp, MethodSpec};
use crate::objects::typeobject::lookup::shape_version;
use crate::objects::{TypeRef, builtin, function, is_kind, type_of};
use crate::vm::Vm;

pub(super) fn call(
    vm: &Vm,
    frame: *mut Frame,
    site: Site,
    oparg: u32,
    callable: Value,
    receiver: Value,
    args: *mut StackValue,
) {
    // SAFETY: the frame executes this call; its arguments lie in memory, and so does what is below them.
    let first = if oparg == 0 { Value::NULL } else { unsafe { (*args).peek() } };
    let is_genexpr = oparg == 0 && !receiver.is_null() && is_kind(callable, Kind::Function);
    // SAFETY: as above.
    let genexpr = is_genexpr.then(|| unsafe { sinks::genexpr(vm, frame, site.ip, callable, args) }).flatten();
    if let Some((form, sink)) = genexpr {
        site.set_u16(2, sink);
        site.set_u16(3, sink);
        return site.specialize(form);
    }
    if oparg == 1
        && receiver.is_null()
        && is_kind(first, Kind::Generator)
        && let Some(sink) = sinks::at(vm, site.ip, callable)
    {
        site.set_u16(2, sink);
        site.set_u16(3, sink);
        return site.specialize(Opcode::CALL_BUILTIN_CLASS_GEN);
    }
    match try_call(vm, site, oparg, callable, receiver) {
        Some(op) => site.specialize(op),
        None => site.fail(),
    }
}

fn try_call(vm: &Vm, site: Site, oparg: u32, callable: Value, receiver: Value) -> Option<Opcode> {
    let has_self = !receiver.is_null();
    let total = oparg + has_self as u32;
    if is_kind(callable, Kind::Function) {
        let version = function::version(vm, callable);
        if version == 0 {
            return None;
        }
        site.set_u32(2, version);
        return Some(if function::takes_exactly(callable, total) {
            Opcode::CALL_PY_EXACT_ARGS
        } else {
            Opcode::CALL_PY_GENERAL
        });
    }
    if is_kind(callable, Kind::Method) && !has_self {
        // SAFETY: the kind says which struct it is.
        let f = unsafe { (*callable.as_ptr::<Method>()).function };
        if !is_kind(f, Kind::Function) {
            return Some(Opcode::CALL_NON_PY_GENERAL);
        }
        let version = function::version(vm, f);
        if version == 0 {
            return None;
        }
        site.set_u32(2, version);
        return Some(if function::takes_exactly(f, total + 1) {
            Opcode::CALL_BOUND_METHOD_EXACT_ARGS
        } else {
            Opcode::CALL_BOUND_METHOD_GENERAL
        });
    }
    if let Some(ty) = TypeRef::from_value(vm, callable) {
        return if has_self { Some(Opcode::CALL_NON_PY_GENERAL) } else { call_class(vm, site, ty, oparg) };
    }
    if is_kind(callable, Kind::BuiltinFunction) {
        return Some(call_builtin(vm, callable, oparg, has_self));
    }
    if is_kind(callable, Kind::MethodDescriptor) {
        // SAFETY: the thread state is ours.
        let known = unsafe { (*vm.ts()).known.list_append };
        if callable == known && has_self && oparg == 1 && is_kind(receiver, Kind::List) {
            return Some(Opcode::CALL_LIST_APPEND);
        }
        let (spec, _) = builtin::descriptor_spec(vm, callable)?;
        return Some(match spec.imp {
            Imp::NoArgs(_) => Opcode::CALL_METHOD_DESCRIPTOR_NOARGS,
            Imp::OneArg(_) => Opcode::CALL_METHOD_DESCRIPTOR_O,
            _ if takes_keywords(spec) => Opcode::CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS,
            _ => Opcode::CALL_METHOD_DESCRIPTOR_FAST,
        });
    }
    Some(Opcode::CALL_NON_PY_GENERAL)
}

/// Whether a native function's parameters may be given by name.
fn takes_keywords(spec: &MethodSpec) -> bool {
    !spec.signature.contains('/') || spec.signature.contains('*')
}

fn call_builtin(vm: &Vm, callable: Value, oparg: u32, has_self: bool) -> Opcode {
    // SAFETY: the thread state is ours.
    let (len, isinstance) = unsafe { ((*vm.ts()).known.len, (*vm.ts()).known.isinstance) };
    if callable == len && oparg == 1 && !has_self {
        return Opcode::CALL_LEN;
    }
    if callable == isinstance && oparg == 2 && !has_self {
        return Opcode::CALL_ISINSTANCE;
    }
    match builtin::parts(vm, callable) {
        Some((spec, _)) => match spec.imp {
            Imp::OneArg(_) if !has_self => Opcode::CALL_BUILTIN_O,
            _ if takes_keywords(spec) => Opcode::CALL_BUILTIN_FAST_WITH_KEYWORDS,
            _ => Opcode::CALL_BUILTIN_FAST,
        },
        None => Opcode::CALL_NON_PY_GENERAL,
    }
}

fn call_class(vm: &Vm, site: Site, ty: TypeRef, oparg: u32) -> Option<Opcode> {
    let plain_meta = type_of(vm, ty.value()) == vm.types.type_;
    if !ty.is_heap_type() {
        if plain_meta && oparg == 1 {
            if ty == vm.types.type_ {
                return Some(Opcode::CALL_TYPE_1);
            }
            if ty == vm.types.str {
                return Some(Opcode::CALL_STR_1);
            }
            if ty == vm.types.tuple {
                return Some(Opcode::CALL_TUPLE_1);
            }
        }
        return Some(Opcode::CALL_BUILTIN_CLASS);
    }
    let init = ty.lookup(vm, *vm.names.__init__);
    let python_init = init.filter(|f| function::takes_exactly(*f, oparg + 1));
    if plain_meta
        && python_init.is_some()
        && ty.has_object_new()
        && !ty.has_flag(crate::objects::spec::tp_flags::IS_ABSTRACT)
    {
        // SAFETY: every type has a root shape.
        let version = unsafe { shape_version(vm, ty.head.root_shape) };
        if version != 0 {
            site.set_u32(2, version);
            return Some(Opcode::CALL_ALLOC_AND_ENTER_INIT);
        }
    }
    Some(Opcode::CALL_NON_PY_GENERAL)
}

pub(super) fn call_kw(vm: &Vm, site: Site, callable: Value, receiver: Value) {
    let f = if is_kind(callable, Kind::Method) && receiver.is_null() {
        // SAFETY: the kind says which struct it is.
        unsafe { (*callable.as_ptr::<Method>()).function }
    } else {
        callable
    };
    if !is_kind(f, Kind::Function) {
        return site.specialize(Opcode::CALL_KW_NON_PY);
    }
    let version = function::version(vm, f);
    if version == 0 {
        return site.fail();
    }
    site.set_u32(2, version);
    site.specialize(if f == callable { Opcode::CALL_KW_PY } else { Opcode::CALL_KW_BOUND_METHOD })
}
