//! `Pickler`: its attributes, and what a dump begins and ends with.
//!
//! The state lies in the object, where Python code that runs during a dump (`persistent_id`, reducers) can reach it; so a
//! [`Saver`] borrows it anew for each access.

use taipan_layout::Value;

use super::memo::Memo;
use super::opcodes::{DEFAULT_PROTOCOL, HIGHEST_PROTOCOL, PROTO, STOP};
use super::output::Output;
use super::save::Saver;
use crate::args::Args;
use crate::modules::native::{self, Visit, given};
use crate::objects::spec::{Member, MemberType, TypeSpec, getset, member, method0, method1, tp_flags};
use crate::objects::{Slots, bytes, dict, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[derive(Default)]
#[repr(C)]
pub struct Pickler {
    /// Whether opcodes other than those of protocol 0 are used.
    pub bin: i32,
    /// Nothing is remembered: smaller pickles of what has no cycles and nothing in common.
    pub fast: i32,
    pub dispatch_table: Option<Owned>,
    pub memo: Memo,
    pub out: Output,
    pub write: Option<Owned>,
    /// What was assigned to the instance's `persistent_id`.
    pub persistent_id: Option<Owned>,
    pub buffer_callback: Option<Owned>,
    pub protocol: i32,
    pub fix_imports: bool,
    is_running: bool,
}

impl native::Data for Pickler {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        self.dispatch_table.visit_with(visit);
        self.memo.visit_with(visit);
        self.write.visit_with(visit);
        self.persistent_id.visit_with(visit);
        self.buffer_callback.visit_with(visit);
    }
}

pub fn state<'a>(this: Value) -> &'a mut Pickler {
    native::data::<Pickler>(this)
}

const fn offset(field: usize) -> usize {
    native::data_offset::<Pickler>() + field
}

static MEMBERS: &[Member] = &[
    member("bin", MemberType::I32, offset(std::mem::offset_of!(Pickler, bin)), false),
    member("fast", MemberType::I32, offset(std::mem::offset_of!(Pickler, fast)), false),
    member(
        "dispatch_table",
        MemberType::Object,
        offset(std::mem::offset_of!(Pickler, dispatch_table)),
        false,
    ),
];

pub static SPEC: TypeSpec = TypeSpec {
    name: "_pickle.Pickler",
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE | tp_flags::IMMUTABLETYPE | tp_flags::MADE_BY_MODULE,
    doc: "Writes pickles to a binary file.\n\n\
          file has a method write() that takes bytes. protocol is a number from 0 to 5, negative for the\n\
          newest; 5 unless given. With fix_imports and a protocol below 3, names of the library become those\n\
          of Python 2. buffer_callback, for protocol 5, is called with each PickleBuffer: if its result is\n\
          false, the buffer's contents are left out of the pickle.",
    signature: "(file, protocol=None, fix_imports=True, buffer_callback=None)",
    slots: Slots {
        new: Some(|vm, cls, _| native::construct(vm, cls, Pickler::default())),
        init: Some(init),
        getattro: Some(get_attribute),
        setattro: Some(set_attribute),
        ..native::slots::<Pickler>()
    },
    members: MEMBERS,
    getset: &[getset("memo", super::proxies::of_pickler, super::proxies::set_pickler_memo, "")],
    methods: &[
        method1(
            "persistent_id",
            "($self, obj, /)",
            |_, _, _| Ok(Owned::none()),
            "What stands for an object that is kept elsewhere; None for all others. Subclasses define it.",
        ),
        method1("dump", "($self, obj, /)", dump, "Write the pickle of an object to the file."),
        method0(
            "clear_memo",
            |_, this| {
                drop(std::mem::take(&mut state(this).memo));
                Ok(Owned::none())
            },
            "Forget which objects were written: they are written anew instead of being referred to.",
        ),
        method0("__sizeof__", size, "Bytes in memory."),
    ],
    ..native::spec::<Pickler>()
};

fn size(vm: &Vm, this: Value) -> PyResult {
    let s = state(this);
    let size = SPEC.basicsize + s.out.bytes.capacity() + s.memo.size();
    crate::objects::int::from_usize(vm, size)
}

/// `persistent_id` may be assigned although it is a method.
fn get_attribute(vm: &Vm, this: Value, name: Value) -> PyResult {
    if let Some(own) = &state(this).persistent_id
        && is_instance(vm, name, vm.types.str)
        && str::equals_str(name, "persistent_id")
    {
        return Ok(own.clone());
    }
    protocol::attr::generic_get(vm, this, name)
}

fn set_attribute(vm: &Vm, this: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    if is_instance(vm, name, vm.types.str) && str::equals_str(name, "persistent_id") {
        let old = std::mem::replace(&mut state(this).persistent_id, value.map(Counted::own));
        drop(old);
        return Ok(());
    }
    protocol::attr::generic_set(vm, this, name, value)
}

/// A protocol as a caller gives it.
fn protocol_number(vm: &Vm, v: Value) -> PyResult<i32> {
    let Some(v) = given(v) else { return Ok(DEFAULT_PROTOCOL) };
    let n = protocol::index::to_i64(vm, v)?;
    if n < 0 {
        return Ok(HIGHEST_PROTOCOL);
    }
    match i32::try_from(n) {
        Ok(n) if n <= HIGHEST_PROTOCOL => Ok(n),
        _ => Err(vm.value_error(&format!("pickle protocol must be <= {HIGHEST_PROTOCOL}"))),
    }
}

/// Sets what a constructor's arguments say, but for the file.
fn configure(vm: &Vm, s: &mut Pickler, [protocol, fix_imports, callback]: [Value; 3]) -> PyResult<()> {
    let protocol = protocol_number(vm, protocol)?;
    let fix_imports = fix_imports.is_null() || protocol::compare::is_true(vm, fix_imports)?;
    if given(callback).is_some() && protocol < 5 {
        return Err(vm.value_error("buffer_callback needs protocol >= 5"));
    }
    s.protocol = protocol;
    s.bin = i32::from(protocol > 0);
    s.fix_imports = fix_imports && protocol < 3;
    let old = std::mem::replace(&mut s.buffer_callback, native::own_given(callback));
    drop(old);
    Ok(())
}

/// The `write` of the file that a pickle goes to.
fn writer(vm: &Vm, file: Value) -> PyResult {
    protocol::attr::get_optional(vm, file, *vm.names.write)?
        .ok_or_else(|| vm.type_error("file must have a 'write' attribute"))
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    if state(this).is_running {
        return Err(vm.runtime_error("Pickler object is already used"));
    }
    let ([file, protocol, fix_imports, callback], bound) =
        native::bind(vm, "Pickler", "(file, protocol=None, fix_imports=True, buffer_callback=None)", args)?;
    configure(vm, state(this), [protocol, fix_imports, callback])?;
    let write = writer(vm, file)?;
    let s = state(this);
    s.fast = 0;
    s.out.reset();
    let old = (s.write.replace(write), std::mem::take(&mut s.memo));
    drop(old);
    let table = protocol::attr::get_optional(vm, this, *str::intern(vm, "dispatch_table"))?;
    let old = std::mem::replace(&mut state(this).dispatch_table, table);
    drop(old);
    bound.release();
    Ok(())
}

fn dump(vm: &Vm, this: Value, object: Value) -> PyResult {
    if state(this).write.is_none() {
        let name = type_of(vm, this).name_str();
        return Err(super::pickling_error(
            vm,
            &format!("Pickler.__init__() was not called by {name}.__init__()"),
        ));
    }
    if state(this).is_running {
        return Err(vm.runtime_error("Pickler object is already used"));
    }
    state(this).is_running = true;
    state(this).out.reset();
    let result = run(vm, this, object).and_then(|()| flush(vm, this));
    let s = state(this);
    s.is_running = false;
    s.out.reset();
    result.map(|()| Owned::none())
}

/// Writes the whole pickle of `object`; what no file has taken yet is in the buffer.
fn run(vm: &Vm, this: Value, object: Value) -> PyResult<()> {
    let saver = Saver::new(vm, this)?;
    let s = state(this);
    s.out.bytes.reserve(256);
    if s.protocol >= 2 {
        s.out.extend(&[PROTO, s.protocol as u8]);
    }
    if s.protocol >= 4 {
        s.out.start_framing();
    }
    saver.save(object)?;
    let s = state(this);
    s.out.push(STOP);
    s.out.close_frame();
    Ok(())
}

/// Hands what was written so far to the file.
pub fn flush(vm: &Vm, this: Value) -> PyResult<()> {
    let s = state(this);
    let Some(write) = s.write.clone() else { return Ok(()) };
    let data = bytes::new(vm, &s.out.bytes)?;
    s.out.bytes.clear();
    protocol::call::positional(vm, *write, &[*data]).map(drop)
}

/// `dump(obj, file, protocol, *, fix_imports, buffer_callback)`.
pub fn dump_to(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let this = native::new(vm, vm.types.pickler, Pickler::default())?;
    configure(vm, state(*this), [args[2], args[3], args[4]])?;
    let write = writer(vm, args[1])?;
    state(*this).write = Some(write);
    run(vm, *this, args[0])?;
    flush(vm, *this)?;
    Ok(Owned::none())
}

/// `dumps(obj, protocol, *, fix_imports, buffer_callback)`.
pub fn dumps(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let this = native::new(vm, vm.types.pickler, Pickler::default())?;
    configure(vm, state(*this), [args[1], args[2], args[3]])?;
    run(vm, *this, args[0])?;
    bytes::new(vm, &state(*this).out.bytes)
}

/// The memo as a dict of identities: pairs of number and object.
pub fn memo_copy(vm: &Vm, this: Value) -> PyResult {
    let all: Vec<(usize, Owned)> = state(this).memo.iter().map(|(n, object)| (n, object.clone())).collect();
    let copy = dict::new(vm)?;
    for (number, object) in all {
        let key = super::identity(vm, *object)?;
        let number = crate::objects::int::from_usize(vm, number)?;
        let pair = tuple::pair(vm, number, object)?;
        dict::set(vm, *copy, *key, *pair)?;
    }
    Ok(copy)
}
