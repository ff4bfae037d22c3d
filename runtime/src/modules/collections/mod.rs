//! `_collections`: what `collections` is made of.
//!
//! `deque` is native; `defaultdict` is Python code of ours, fetched when it is asked for; `OrderedDict` and the fields of
//! named tuples are the library's own pure-Python forms.

mod deque;

use taipan_layout::Value;

use taipan_frontend::{Constant, Flags, Mode, named_tuple};

use super::NativeModule;
use crate::objects::spec::{MethodSpec, function, function1};
use crate::objects::{code, dict, exceptions, is_instance, str};
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
        crate::objects::ready(vm, vm.types.deque_iterator, &deque::ITERATOR);
        crate::objects::ready(vm, vm.types.deque_reverse_iterator, &deque::REVERSE_ITERATOR);
        super::set(vm, m, "_deque_iterator", vm.types.deque_iterator.value())?;
        super::set(vm, m, "_deque_reverse_iterator", vm.types.deque_reverse_iterator.value())
    },
};

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "_count_elements",
        "($module, mapping, iterable, /)",
        count_elements,
        "Add to the mapping how often each item of the iterable comes.",
    ),
    function1(
        "_code_of_new",
        "($module, fields, /)",
        code_of_new,
        "The code of 'lambda _cls, FIELDS: _tuple_new(_cls, (FIELDS))', for namedtuple().",
    ),
    function1("__getattr__", "($module, name, /)", missing, ""),
];

fn missing(vm: &Vm, m: Value, name: Value) -> PyResult {
    if !str::equals_str(name, "defaultdict") {
        let text = format!("module '_collections' has no attribute '{}'", str::to_string_lossy(name));
        return Err(exceptions::raise_attribute_error(vm, m, name, &text));
    }
    let own = super::import(vm, "_taipan_collections")?;
    let class = protocol::attr::get(vm, *own, name)?;
    protocol::attr::set(vm, m, name, *class)?;
    Ok(class)
}

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
    let is_plain = dict::is_plain(vm, mapping) || {
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
