//! `_collections`: what `collections` is made of.
//!
//! All of it is native, as the library's own forms in Python take several times as long.

mod defaultdict;
mod deque;
mod ordered;
mod tuplegetter;

use taipan_layout::Value;

use taipan_frontend::{Constant, Flags, Mode, named_tuple};

use super::NativeModule;
use crate::objects::spec::{MethodSpec, function, function1};
use crate::objects::{code, dict, is_instance, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::parts;
use crate::protocol::{self, number::NbOp};
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_collections",
    doc: "Container types of collections.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        super::add_type(vm, m, vm.types.deque, &deque::SPEC)?;
        let t = &vm.types;
        super::add_type(vm, m, t.ordered_dict, &ordered::SPEC)?;
        super::add_type(vm, m, t.defaultdict, &defaultdict::SPEC)?;
        super::add_type(vm, m, t.tuple_getter, &tuplegetter::SPEC)?;
        for (ty, spec) in [
            (t.odict_iterator, &ordered::ITERATOR),
            (t.odict_keys, &ordered::KEYS),
            (t.odict_items, &ordered::ITEMS),
            (t.odict_values, &ordered::VALUES),
        ] {
            crate::objects::ready(vm, ty, spec);
        }
        crate::objects::ready(vm, vm.types.deque_iterator, &deque::ITERATOR);
        crate::objects::ready(vm, vm.types.deque_reverse_iterator, &deque::REVERSE_ITERATOR);
        super::set(vm, m, "_deque_iterator", vm.types.deque_iterator.value())?;
        super::set(vm, m, "_deque_reverse_iterator", vm.types.deque_reverse_iterator.value())
    },
};

/// What `collections` needs of the compiler, in a module of its own: `_collections` may be kept out of programs.
pub static FIELDS: NativeModule = NativeModule {
    name: "_taipan_fields",
    doc: "The constructors of named tuples.",
    functions: &[function1(
        "code_of_new",
        "($module, fields, /)",
        code_of_new,
        "The code of 'lambda _cls, FIELDS: _tuple_new(_cls, (FIELDS))', for namedtuple().",
    )],
    fill: |_, _| Ok(()),
};

static FUNCTIONS: &[MethodSpec] = &[function(
    "_count_elements",
    "($module, mapping, iterable, /)",
    count_elements,
    "Add to the mapping how often each item of the iterable comes.",
)];

fn code_of_new(vm: &Vm, _: Value, fields: Value) -> PyResult {
    let fields = protocol::iter::collect(vm, fields)?;
    if !fields.iter().all(|name| is_instance(vm, **name, vm.types.str)) {
        return Err(vm.type_error("names of fields must be strings"));
    }
    let names: Vec<String> = fields.iter().map(|name| str::to_string_lossy(**name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if let Some(code) = named_tuple::code_of_new(&names) {
        return code::from_compiled(vm, &code);
    }
    // A name that the compiler writes in another form.
    let text = named_tuple::text_of_new(&names);
    let compiled = (parts::compiler(vm)?.compile)(&text, "<string>", Mode::Expression, Flags::default());
    match compiled.as_ref().map(|compiled| compiled.code.consts.first()) {
        Ok(Some(Constant::Code(code))) => code::from_compiled(vm, code),
        _ => Err(vm.value_error("names of fields must be valid identifiers")),
    }
}

fn count_elements(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (mapping, one) = (args[0], Value::fixnum(1));
    let is_plain = crate::objects::type_of(vm, mapping) == vm.types.dict || {
        // A subclass that does not replace `get` and `__setitem__` is one too.
        dict::is_dict(vm, mapping) && {
            let ty = crate::objects::type_of(vm, mapping);
            let own = |name: &str| -> PyResult<bool> {
                let key = str::intern(vm, name);
                let a = protocol::attr::get(vm, ty.value(), *key)?;
                let b = protocol::attr::get(vm, vm.types.dict.value(), *key)?;
                Ok(*a == *b)
            };
            own("get")? && own("__setitem__")?
        }
    };
    protocol::iter::for_each(vm, args[1], |item: Owned| {
        if is_plain {
            let hash = dict::hash_value(vm, *item)?;
            let count = match dict::get_hashed(vm, mapping, *item, hash)? {
                Some(n) => protocol::number::binary(vm, NbOp::Add, *n, one)?,
                None => one.own(),
            };
            return dict::set_hashed(vm, mapping, *item, hash, *count);
        }
        let old = protocol::call::method(vm, mapping, *vm.names.get, &[*item, Value::fixnum(0)])?;
        let new = protocol::number::binary(vm, NbOp::Add, *old, one)?;
        protocol::item::set(vm, mapping, *item, *new)
    })?;
    Ok(Owned::none())
}
