//! `_local`: an object whose attributes each thread has for itself.
//!
//! The object has a dict per thread. The one of the thread that looks is put where the type says that the `__dict__` is, and
//! then attributes are looked up as for any object: nothing that runs Python comes between the two steps. A thread that ends
//! takes its dicts out of the objects, which it knows by weak links.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use taipan_layout::Value;

use crate::args::Args;
use crate::modules::native::{self, Data, Dict, Visit};
use crate::objects::spec::{TypeSpec, getter, tp_flags};
use crate::objects::{Slots, TypeRef, dict, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
#[derive(Default)]
pub struct Local {
    /// The dict of the thread that looked last.
    dict: Dict,
    /// That thread's number.
    current: u64,
    /// What the object was made with: every thread that looks calls `__init__` with it. A tuple, and a dict or None.
    args: Option<(Owned, Owned)>,
    shared: Option<Rc<Shared>>,
}

pub struct Shared {
    /// Dicts by the numbers of their threads.
    dicts: RefCell<Vec<(u64, Owned)>>,
    /// The object; NULL when it is gone.
    object: Cell<Value>,
}

impl Data for Local {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        self.dict.visit_with(visit);
        self.args.visit_with(visit);
        if let Some(shared) = &self.shared {
            shared.dicts.borrow().iter().for_each(|(_, d)| visit(**d));
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            shared.object.set(Value::NULL);
            let dicts = shared.dicts.take();
            drop(dicts);
        }
    }
}

pub static LOCAL: TypeSpec = TypeSpec {
    name: "_thread._local",
    flags: tp_flags::BASETYPE | tp_flags::WEAKREFABLE | tp_flags::HAVE_GC,
    dictoffset: native::data_offset::<Local>() as i32,
    doc: "An object whose attributes each thread has for itself",
    signature: "()",
    slots: Slots {
        new: Some(new),
        getattro: Some(|vm, this, name| {
            enter(vm, this)?;
            protocol::attr::generic_get(vm, this, name)
        }),
        setattro: Some(set),
        ..native::slots::<Local>()
    },
    getset: &[getter("__dict__", enter, "The attributes of this thread.")],
    ..native::spec::<Local>()
};

fn data<'a>(this: Value) -> &'a mut Local {
    native::data(this)
}

fn own_init(vm: &Vm, ty: TypeRef) -> Option<crate::objects::slots::InitFn> {
    let plain = vm.types.object.slots().init.map(|f| f as *const ());
    ty.slots().init.filter(|f| Some(*f as *const ()) != plain)
}

fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ty = TypeRef::from_value(vm, cls).unwrap_or(vm.types.thread_local);
    if (!args.pos().is_empty() || args.has_keywords()) && own_init(vm, ty).is_none() {
        return Err(vm.type_error("Initialization arguments are not supported"));
    }
    let positional = tuple::from_slice(vm, args.pos())?;
    let keywords = args.keyword_dict(vm)?;
    let shared = Rc::new(Shared { dicts: RefCell::default(), object: Cell::new(Value::NULL) });
    let local = Local {
        dict: Dict::default(),
        current: 0,
        args: Some((positional, keywords)),
        shared: Some(shared.clone()),
    };
    let this = native::new(vm, ty, local)?;
    shared.object.set(*this);
    // The thread that makes the object calls `__init__` as for any other.
    adopt(vm, *this)?;
    Ok(this)
}

/// Gives the calling thread a new dict in the object.
fn adopt(vm: &Vm, this: Value) -> PyResult {
    let made = dict::new(vm)?;
    if let Some(shared) = &data(this).shared {
        shared.dicts.borrow_mut().push((vm.number.get(), made.clone()));
        let mut links = vm.locals.borrow_mut();
        if links.len().is_power_of_two() {
            // Those whose objects are gone.
            links.retain(|link| link.strong_count() > 0);
        }
        links.push(Rc::downgrade(shared));
    }
    show(vm, this, made.clone());
    Ok(made)
}

/// Puts the calling thread's dict where attributes are looked up.
fn show(vm: &Vm, this: Value, dict: Owned) {
    let local = data(this);
    local.current = vm.number.get();
    let before = std::mem::replace(&mut local.dict, Dict::holding(dict));
    drop(before);
}

/// The calling thread's dict, shown.
fn enter(vm: &Vm, this: Value) -> PyResult {
    let local = data(this);
    if local.current == vm.number.get()
        && let Some(d) = local.dict.get()
    {
        return Ok(d.own());
    }
    let Some(shared) = local.shared.clone() else { return dict::new(vm) };
    let found =
        shared.dicts.borrow().iter().find(|(number, _)| *number == vm.number.get()).map(|(_, d)| d.clone());
    if let Some(d) = found {
        show(vm, this, d.clone());
        return Ok(d);
    }
    let made = adopt(vm, this)?;
    if let Some(init) = own_init(vm, type_of(vm, this)) {
        let args = data(this).args.as_ref().map(|(a, k)| (a.clone(), k.clone()));
        if let Err(raised) = initialize(vm, this, init, args) {
            forget(&shared, vm.number.get());
            return Err(raised);
        }
        // Another thread may have looked while `__init__` ran.
        show(vm, this, made.clone());
    }
    Ok(made)
}

fn initialize(
    vm: &Vm,
    this: Value,
    init: crate::objects::slots::InitFn,
    args: Option<(Owned, Owned)>,
) -> PyResult<()> {
    let Some((positional, keywords)) = args else { return Ok(()) };
    let mut values: Vec<Value> = tuple::items(&positional).to_vec();
    if keywords.is_none() {
        return init(vm, this, Args::positional(&values));
    }
    let pairs = dict::snapshot(*keywords);
    values.extend(pairs.iter().map(|(_, v)| **v));
    let names: Vec<Value> = pairs.iter().map(|(k, _)| **k).collect();
    let names = tuple::from_slice(vm, &names)?;
    init(vm, this, Args::with_keywords(&values, *names))
}

fn set(vm: &Vm, this: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    enter(vm, this)?;
    // A name that is no `str` is asked.
    let reserved = match crate::objects::str::is_str(vm, name) {
        true => crate::objects::str::equals_str(name, "__dict__"),
        false => protocol::compare::equal(vm, name, *crate::objects::str::intern(vm, "__dict__"))?,
    };
    if reserved {
        let shown = type_of(vm, this).name_str();
        let name_shown = protocol::object::repr_string(vm, name)?;
        let text = format!("'{shown}' object attribute {name_shown} is read-only");
        return Err(crate::objects::exceptions::raise_attribute_error(vm, this, name, &text));
    }
    protocol::attr::generic_set(vm, this, name, value)
}

/// A thread's dict goes out of an object.
fn forget(shared: &Shared, number: u64) {
    let gone = {
        let mut dicts = shared.dicts.borrow_mut();
        dicts.iter().position(|(n, _)| *n == number).map(|i| dicts.swap_remove(i))
    };
    let object = shared.object.get();
    if !object.is_null() && data(object).current == number {
        data(object).current = 0;
        let shown = std::mem::take(&mut data(object).dict);
        drop(shown);
    }
    drop(gone);
}

/// The thread ends: its dicts go.
pub fn leave(vm: &Vm) {
    loop {
        let all: Vec<Weak<Shared>> = vm.locals.take();
        if all.is_empty() {
            return;
        }
        for shared in all.iter().filter_map(Weak::upgrade) {
            // The object must not go before its dict does.
            let object = shared.object.get();
            let _kept = (!object.is_null()).then(|| object.own());
            forget(&shared, vm.number.get());
        }
    }
}
