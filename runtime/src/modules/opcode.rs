//! `_opcode`: what the opcode table says, and the executors that replaced instructions.

use taipan_layout::{Header, Kind, Value};
use taipan_mir::opcodes::{Intrinsic1, Intrinsic2, NbOp, OpFlags, Opcode, PseudoOpcode, SpecialMethod};

use super::{NativeModule, set};
use crate::objects::spec::{MethodSpec, TypeSpec, function, function0, method0, tp_flags};
use crate::objects::{
    Slots, bytes, cast, code, int, is_kind, list, new_instance, owned, str, tuple, type_of,
};
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_opcode",
    doc: "What the interpreter knows about its instructions.",
    functions: FUNCTIONS,
    fill,
};

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "stack_effect",
        "($module, opcode, oparg=None, /, *, jump=None)",
        stack_effect,
        "By how much an instruction changes the height of the stack.",
    ),
    function(
        "is_valid",
        "($module, /, opcode)",
        |vm, _, args| Ok(Owned::bool(flags(vm, args)?.is_some())),
        "Whether there is an instruction with this number.",
    ),
    function(
        "has_arg",
        "($module, /, opcode)",
        |vm, _, args| has(vm, args, OpFlags::ARG),
        "Whether the instruction's argument means something.",
    ),
    function(
        "has_const",
        "($module, /, opcode)",
        |vm, _, args| has(vm, args, OpFlags::CONST),
        "Whether the argument is the number of a constant.",
    ),
    function(
        "has_name",
        "($module, /, opcode)",
        |vm, _, args| has(vm, args, OpFlags::NAME),
        "Whether the argument is the number of a name.",
    ),
    function(
        "has_jump",
        "($module, /, opcode)",
        |vm, _, args| has(vm, args, OpFlags::JUMP),
        "Whether the instruction may go on somewhere else.",
    ),
    function(
        "has_free",
        "($module, /, opcode)",
        |vm, _, args| has(vm, args, OpFlags::FREE),
        "Return True if the opcode accesses a free variable, False otherwise.\n\nGlobal and builtin names do not count.",
    ),
    function(
        "has_local",
        "($module, /, opcode)",
        |vm, _, args| has(vm, args, OpFlags::LOCAL),
        "Whether the argument is the number of a local variable.",
    ),
    function(
        "has_exc",
        "($module, /, opcode)",
        has_exc,
        "Whether the instruction begins a block with an exception handler.",
    ),
    function0(
        "get_specialization_stats",
        |_, _| Ok(Owned::none()),
        "Counts of specialisations, where they are kept.",
    ),
    function0("get_nb_ops", nb_ops, "The operators of BINARY_OP.\n\nIn the order of its argument."),
    function0(
        "get_intrinsic1_descs",
        |vm, _| names(vm, Intrinsic1::ALL.iter().map(|i| i.name())),
        "The functions of CALL_INTRINSIC_1, in the order of its argument.",
    ),
    function0(
        "get_intrinsic2_descs",
        |vm, _| names(vm, Intrinsic2::ALL.iter().map(|i| i.name())),
        "The functions of CALL_INTRINSIC_2, in the order of its argument.",
    ),
    function0(
        "get_special_method_names",
        |vm, _| names(vm, SpecialMethod::ALL.iter().map(|m| m.text())),
        "The methods of LOAD_SPECIAL, in the order of its argument.",
    ),
    function(
        "get_executor",
        "($module, /, code, offset)",
        get_executor,
        "The machine code or uops that are entered at offset; None if there are none.",
    ),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    set(vm, m, "ENABLE_SPECIALIZATION", Value::fixnum(1))?;
    set(vm, m, "ENABLE_SPECIALIZATION_FT", Value::fixnum(1))
}

fn names(vm: &Vm, names: impl Iterator<Item = &'static str>) -> PyResult {
    list::new(vm, names.map(|name| str::new(vm, name)).collect::<PyResult<_>>()?)
}

/// Pairs of name and symbol.
fn nb_ops(vm: &Vm, _: Value) -> PyResult {
    let pair = |op: &NbOp| tuple::from_owned(vm, vec![str::new(vm, op.name())?, str::new(vm, op.text())?]);
    list::new(vm, NbOp::ALL.iter().map(pair).collect::<PyResult<_>>()?)
}

/// The flags of the opcode, if there is one with the number.
fn flags(vm: &Vm, args: &[Value]) -> PyResult<Option<OpFlags>> {
    let number = protocol::index::to_i32(vm, args[0])?;
    let real = u8::try_from(number)
        .ok()
        .and_then(Opcode::from_u8)
        .filter(|op| op.public() == *op)
        .map(Opcode::flags);
    Ok(real.or_else(|| pseudo(number).map(PseudoOpcode::flags)))
}

fn pseudo(number: i32) -> Option<PseudoOpcode> {
    PseudoOpcode::ALL.iter().copied().find(|op| *op as i32 == number)
}

fn has(vm: &Vm, args: &[Value], wanted: OpFlags) -> PyResult {
    Ok(Owned::bool(flags(vm, args)?.is_some_and(|flags| flags.contains(wanted))))
}

fn has_exc(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let op = pseudo(protocol::index::to_i32(vm, args[0])?);
    let sets = [PseudoOpcode::SETUP_FINALLY, PseudoOpcode::SETUP_WITH, PseudoOpcode::SETUP_CLEANUP];
    Ok(Owned::bool(op.is_some_and(|op| sets.contains(&op))))
}

fn stack_effect(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let number = protocol::index::to_i32(vm, args[0])?;
    let given = |n: usize| args.get(n).copied().filter(|v| !v.is_null() && !v.is_none());
    let oparg = given(1).map_or(Ok(0), |v| protocol::index::to_i32(vm, v))?;
    let jump = match given(2) {
        None => None,
        Some(v) if v == Value::TRUE => Some(true),
        Some(v) if v == Value::FALSE => Some(false),
        Some(_) => return Err(vm.value_error("stack_effect: jump must be False, True or None")),
    };
    match taipan_frontend::stack_effect(number, oparg as u32, jump) {
        Some(effect) => Ok(Owned::fixnum(effect.into())),
        None => Err(vm.value_error("invalid opcode or oparg")),
    }
}

fn get_executor(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let offset = protocol::index::to_i32(vm, args[1])?;
    if !is_kind(args[0], Kind::Code) {
        let name = type_of(vm, args[0]).name_str();
        return Err(vm.type_error(&format!("expected a code object, not '{name}'")));
    }
    match code::executor_at_offset(args[0], offset) {
        Some(site) => new_executor(vm, site),
        None => Err(vm.value_error("no executor at given byte offset")),
    }
}

/// An executor as Python sees it: a sequence of its uops. It does not keep the machine code alive.
#[repr(C)]
struct Executor {
    header: Header,
    /// Tuples of name, argument, target (the unit of code at which its exits resume) and operand.
    uops: Value,
    /// `bytes`.
    machine_code: Value,
    /// Which of the executors that had its number it is.
    number: u64,
    serial: u64,
    /// The instruction that it replaced.
    opcode: u8,
    oparg: u8,
}

pub static EXECUTOR: TypeSpec = TypeSpec {
    name: "uop_executor",
    basicsize: size_of::<Executor>(),
    flags: tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        len: Some(|_, this| Ok(tuple::items(&executor(this).uops).len())),
        get_item: Some(|vm, this, key| protocol::item::get(vm, executor(this).uops, key)),
        iter: Some(|vm, this| protocol::iter::iter(vm, executor(this).uops)),
        dealloc: Some(dealloc),
        ..Slots::EMPTY
    },
    methods: &[
        method0("is_valid", is_valid, "is the executor valid?"),
        method0(
            "get_jit_code",
            |_, this| Ok(executor(this).machine_code.own()),
            "return the jitted code as bytes",
        ),
        method0("get_opcode", |_, this| Ok(Owned::fixnum(executor(this).opcode.into())), "return the opcode"),
        method0("get_oparg", |_, this| Ok(Owned::fixnum(executor(this).oparg.into())), "return the oparg"),
    ],
    ..TypeSpec::DEFAULT
};

fn executor(this: Value) -> &'static Executor {
    // SAFETY: the slots and methods of the type get its instances, which outlive the call.
    unsafe { cast::<Executor>(this) }
}

fn new_executor(vm: &Vm, site: code::Site) -> PyResult {
    let Some(found) = vm.tier2.executor(site.executor) else {
        return Err(vm.value_error("no executor at given byte offset"));
    };
    let mut items = Vec::with_capacity(found.uops.len());
    for uop in found.uops {
        let operand = int::from_u64(vm, uop.operands[0])?;
        let (oparg, target) = (Owned::fixnum(uop.oparg.into()), Owned::fixnum(uop.unit.into()));
        items.push(tuple::from_owned(vm, vec![str::new(vm, uop.uop.name())?, oparg, target, operand])?);
    }
    let uops = tuple::from_owned(vm, items)?;
    let machine_code = if found.code.is_empty() { Owned::none() } else { bytes::new(vm, found.code)? };
    let this = new_instance::<Executor>(vm, vm.types.uop_executor)?;
    // SAFETY: the object is new.
    unsafe {
        (*this).uops = uops.into_value();
        (*this).machine_code = machine_code.into_value();
        (*this).number = site.executor as u64;
        (*this).serial = found.serial;
        (*this).opcode = site.opcode;
        (*this).oparg = site.oparg;
    }
    Ok(owned(this))
}

fn is_valid(vm: &Vm, this: Value) -> PyResult {
    let e = executor(this);
    Ok(Owned::bool(vm.tier2.is_valid(e.number as usize, e.serial)))
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: an instance that nobody refers to any more.
    unsafe {
        let this = object as *mut Executor;
        for word in [&mut (*this).uops, &mut (*this).machine_code] {
            decref(std::mem::replace(word, Value::NULL));
        }
    }
}
