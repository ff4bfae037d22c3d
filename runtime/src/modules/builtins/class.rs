//! Classes: the `class` statement's helper, and the class tests.

use taipan_layout::{Kind, Value};

use crate::args::Args;
use crate::objects::typeobject::create::calculate_metaclass;
use crate::objects::{TypeRef, cell, dict, is_instance, is_kind, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub(super) fn isinstance(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    protocol::object::is_instance(vm, args[0], args[1]).map(Owned::bool)
}

pub(super) fn issubclass(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    protocol::object::is_subclass(vm, args[0], args[1]).map(Owned::bool)
}

/// Bases with those that are no classes replaced by what their `__mro_entries__` returns (PEP 560).
fn resolve_bases(vm: &Vm, bases: &[Value]) -> PyResult<Option<Vec<Owned>>> {
    if bases.iter().all(|b| TypeRef::from_value(vm, *b).is_some()) {
        return Ok(None);
    }
    let original = tuple::from_slice(vm, bases)?;
    let (mut out, mut changed) = (Vec::new(), false);
    for b in bases {
        let hook = match TypeRef::from_value(vm, *b) {
            Some(_) => None,
            None => protocol::attr::get_optional(vm, *b, *vm.names.__mro_entries__)?,
        };
        let Some(hook) = hook else {
            out.push(b.own());
            continue;
        };
        let entries = protocol::call::positional(vm, *hook, &[*original])?;
        if !is_instance(vm, *entries, vm.types.tuple) {
            return Err(vm.type_error("__mro_entries__ must return a tuple"));
        }
        changed = true;
        out.extend(tuple::items(&entries).iter().map(|v| v.own()));
    }
    Ok(changed.then_some(out))
}

/// Keyword arguments without `metaclass`.
struct Keywords {
    names: Option<Owned>,
    values: Vec<Value>,
    metaclass: Option<Value>,
}

fn split_keywords(vm: &Vm, args: Args) -> PyResult<Keywords> {
    let (mut names, mut values, mut metaclass) = (Vec::new(), Vec::new(), None);
    for (k, v) in args.keywords() {
        if str::equal(k, *vm.names.metaclass) {
            metaclass = Some(v);
        } else {
            names.push(k);
            values.push(v);
        }
    }
    let names = if names.is_empty() { None } else { Some(tuple::from_slice(vm, &names)?) };
    Ok(Keywords { names, values, metaclass })
}

impl Keywords {
    /// Calls `f(*first, **keywords)`.
    fn call(&self, vm: &Vm, f: Value, first: &[Value]) -> PyResult {
        let mut all = first.to_vec();
        all.extend(&self.values);
        let names = self.names.as_ref().map_or(Value::NULL, |n| **n);
        protocol::call::with_args(vm, f, Args::with_keywords(&all, names))
    }
}

/// `__build_class__(func, name, *bases, metaclass=None, **kwds)`.
pub(super) fn build_class(vm: &Vm, _: Value, args: Args) -> PyResult {
    let [func, name, bases @ ..] = args.pos() else {
        return Err(vm.type_error("__build_class__: not enough arguments"));
    };
    if !is_kind(*func, Kind::Function) {
        return Err(vm.type_error("__build_class__: func must be a function"));
    }
    if !is_instance(vm, *name, vm.types.str) {
        return Err(vm.type_error("__build_class__: name is not a string"));
    }
    let resolved = resolve_bases(vm, bases)?;
    let base_values: Vec<Value> = match &resolved {
        Some(r) => r.iter().map(|b| **b).collect(),
        None => bases.to_vec(),
    };
    let keywords = split_keywords(vm, args)?;
    let mut meta = match (keywords.metaclass, base_values.first()) {
        (Some(m), _) => m.own(),
        (None, Some(first)) => type_of(vm, *first).value().own(),
        (None, None) => vm.types.type_.value().own(),
    };
    if let Some(m) = TypeRef::from_value(vm, *meta) {
        meta = calculate_metaclass(vm, m, &base_values)?.value().own();
    }
    let base_tuple = tuple::from_slice(vm, &base_values)?;
    let namespace = prepare(vm, *meta, *name, *base_tuple, &keywords)?;
    let class_cell = crate::interp::run_with_locals(vm, *func, *namespace)?;
    if resolved.is_some() {
        let original = tuple::from_slice(vm, bases)?;
        let key = str::intern(vm, "__orig_bases__");
        protocol::item::set(vm, *namespace, *key, *original)?;
    }
    let class = keywords.call(vm, *meta, &[*name, *base_tuple, *namespace])?;
    check_class_cell(vm, *class, *class_cell, *name)?;
    Ok(class)
}

fn prepare(vm: &Vm, meta: Value, name: Value, bases: Value, keywords: &Keywords) -> PyResult {
    if meta == vm.types.type_.value() {
        return dict::new(vm);
    }
    let Some(hook) = protocol::attr::get_optional(vm, meta, *vm.names.__prepare__)? else {
        return dict::new(vm);
    };
    let namespace = keywords.call(vm, *hook, &[name, bases])?;
    if type_of(vm, *namespace).slots().get_item.is_none() {
        let class = TypeRef::from_value(vm, meta).map_or_else(|| "<metaclass>".to_owned(), |t| t.name_str());
        let got = type_of(vm, *namespace).name_str();
        return Err(vm.type_error(&format!("{class}.__prepare__() must return a mapping, not {got}")));
    }
    Ok(namespace)
}

/// The cell behind `__class__` must have reached `type.__new__`.
fn check_class_cell(vm: &Vm, class: Value, class_cell: Value, name: Value) -> PyResult<()> {
    if TypeRef::from_value(vm, class).is_none() || !is_kind(class_cell, Kind::Cell) {
        return Ok(());
    }
    let shown = |v: Value| protocol::object::repr_string(vm, v);
    match cell::get(class_cell) {
        Some(c) if *c == class => Ok(()),
        None => Err(vm.runtime_error(&format!(
            "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
            shown(name)?,
            shown(class)?
        ))),
        Some(c) => Err(vm.type_error(&format!(
            "__class__ set to {} defining {} as {}",
            shown(*c)?,
            shown(name)?,
            shown(class)?
        ))),
    }
}
