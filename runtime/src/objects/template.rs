//! `string.templatelib`: what template strings (`t"…"`, PEP 750) evaluate to.
//!
//! A `Template` has one more string than it has interpolations; iterating gives them in turn, without empty strings.
#![allow(unsafe_code, reason = "object layout")]

use std::mem::offset_of;

use taipan_layout::objects::SequenceIter;
use taipan_layout::{Header, Value};

use super::spec::{MemberType, class_method, getter, member, method0, tp_flags};
use super::{Slots, TypeSpec, cast, dict, genericalias, new_instance, owned, str, tuple, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::signature;
use crate::vm::Vm;

#[repr(C)]
struct Template {
    header: Header,
    /// Tuples.
    strings: Value,
    interpolations: Value,
}

#[repr(C)]
struct Interpolation {
    header: Header,
    value: Value,
    expression: Value,
    /// `'s'`, `'r'`, `'a'` or None.
    conversion: Value,
    format_spec: Value,
}

fn template<'a>(v: Value) -> &'a mut Template {
    // SAFETY: callers pass instances of the type, which has no subclasses.
    unsafe { cast(v) }
}

fn interpolation<'a>(v: Value) -> &'a mut Interpolation {
    // SAFETY: as above.
    unsafe { cast(v) }
}

/// A template of a tuple of strings and a tuple of one interpolation less.
pub fn new_template(vm: &Vm, strings: Value, interpolations: Value) -> PyResult {
    let p: *mut Template = new_instance(vm, vm.types.template)?;
    // SAFETY: a new object of this layout.
    unsafe {
        (*p).strings = strings.own().into_value();
        (*p).interpolations = interpolations.own().into_value();
    }
    Ok(owned(p))
}

/// An interpolation; `conversion` is 's', 'r', 'a' or None, as an object.
pub fn new_interpolation(
    vm: &Vm,
    value: Value,
    expression: Value,
    conversion: Value,
    format_spec: Value,
) -> PyResult {
    let p: *mut Interpolation = new_instance(vm, vm.types.interpolation)?;
    // SAFETY: a new object of this layout.
    unsafe {
        (*p).value = value.own().into_value();
        (*p).expression = expression.own().into_value();
        (*p).conversion = conversion.own().into_value();
        (*p).format_spec = format_spec.own().into_value();
    }
    Ok(owned(p))
}

/// Puts strings and interpolations in the order that templates have: neighbouring strings joined, an empty one wherever
/// none is given.
fn arrange(vm: &Vm, parts: &[Value]) -> PyResult {
    let (mut strings, mut interpolations) = (Vec::new(), Vec::new());
    let mut last = str::empty(vm);
    for part in parts {
        if str::is_str(vm, *part) {
            last = str::concat(vm, *last, *part)?;
        } else if type_of(vm, *part) == vm.types.interpolation {
            strings.push(std::mem::replace(&mut last, str::empty(vm)));
            interpolations.push(part.own());
        } else {
            let got = type_of(vm, *part).name_str();
            return Err(vm.type_error(&format!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {got}"
            )));
        }
    }
    strings.push(last);
    let strings = tuple::from_owned(vm, strings)?;
    let interpolations = tuple::from_owned(vm, interpolations)?;
    new_template(vm, *strings, *interpolations)
}

fn construct_template(vm: &Vm, _: Value, args: Args) -> PyResult {
    if args.has_keywords() {
        return Err(vm.type_error("Template.__new__ only accepts *args arguments"));
    }
    arrange(vm, args.pos())
}

/// All strings and interpolations in order, empty strings included or not.
fn parts(this: Value, with_empty: bool) -> Vec<Value> {
    let t = template(this);
    let interpolations = tuple::items(&t.interpolations);
    let mut out = Vec::new();
    for (i, s) in tuple::items(&t.strings).iter().enumerate() {
        if with_empty || str::length(*s) != 0 {
            out.push(*s);
        }
        out.extend(interpolations.get(i));
    }
    out
}

fn concat(vm: &Vm, a: Value, b: Value) -> PyResult {
    if type_of(vm, b) != vm.types.template {
        let got = type_of(vm, b).name_str();
        let name = TEMPLATE_SPEC.name;
        return Err(vm.type_error(&format!("can only concatenate {name} (not \"{got}\") to {name}")));
    }
    let mut all = parts(a, true);
    all.extend(parts(b, true));
    arrange(vm, &all)
}

fn template_repr(vm: &Vm, this: Value) -> PyResult {
    let t = template(this);
    let strings = protocol::object::repr(vm, t.strings)?;
    let interpolations = protocol::object::repr(vm, t.interpolations)?;
    let mut out = str::StrBuilder::new();
    out.push_str("Template(strings=");
    out.push_value(*strings);
    out.push_str(", interpolations=");
    out.push_value(*interpolations);
    out.push_str(")");
    out.finish(vm)
}

fn values(vm: &Vm, this: Value) -> PyResult {
    let t = template(this);
    let values: Vec<Value> =
        tuple::items(&t.interpolations).iter().map(|i| interpolation(*i).value).collect();
    tuple::from_slice(vm, &values)
}

unsafe fn template_dealloc(_: &Vm, p: *mut Header) {
    // SAFETY: the object dies and owns its words.
    unsafe {
        let t = p as *mut Template;
        crate::owned::replace(&raw mut (*t).strings, None);
        crate::owned::replace(&raw mut (*t).interpolations, None);
    }
}

unsafe fn template_traverse(p: *mut Header, visit: &mut dyn FnMut(Value)) {
    let t = p as *mut Template;
    // SAFETY: a live object, whose words may still be NULL.
    let words = unsafe { [(*t).strings, (*t).interpolations] };
    words.into_iter().filter(|v| !v.is_null()).for_each(visit);
}

// ---- iteration: a snapshot of the parts, since templates never change ----

fn iter(vm: &Vm, this: Value) -> PyResult {
    let all = tuple::from_slice(vm, &parts(this, false))?;
    let it: *mut SequenceIter = new_instance(vm, vm.types.template_iter)?;
    // SAFETY: a new object of this layout.
    unsafe {
        (*it).index = 0;
        (*it).sequence = all.into_value();
    }
    Ok(owned(it))
}

fn next(_: &Vm, it: Value) -> PyResult<Option<Owned>> {
    // SAFETY: only called with instances of the iterator type.
    let it: &mut SequenceIter = unsafe { cast(it) };
    let item = tuple::items(&it.sequence).get(it.index).map(|v| v.own());
    it.index += item.is_some() as usize;
    Ok(item)
}

unsafe fn iter_dealloc(_: &Vm, it: *mut Header) {
    // SAFETY: the iterator owns its tuple.
    unsafe { crate::owned::replace(&raw mut (*(it as *mut SequenceIter)).sequence, None) };
}

unsafe fn iter_traverse(it: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: a live iterator.
    let sequence = unsafe { (*(it as *mut SequenceIter)).sequence };
    if !sequence.is_null() {
        visit(sequence);
    }
}

// ---- interpolations ----

fn construct_interpolation(vm: &Vm, _: Value, args: Args) -> PyResult {
    let parsed = signature::Signature::parse("(value, expression='', conversion=None, format_spec='')");
    let mut given = [Value::NULL; 4];
    let bound = parsed.bind(vm, "Interpolation", args, &mut given)?;
    let made = checked_interpolation(vm, given);
    bound.release();
    made
}

fn checked_interpolation(vm: &Vm, [value, expression, conversion, format_spec]: [Value; 4]) -> PyResult {
    let empty = str::empty(vm);
    let or_empty = |v: Value| if v.is_null() { *empty } else { v };
    let (expression, format_spec) = (or_empty(expression), or_empty(format_spec));
    let conversion = if conversion.is_null() { Value::NONE } else { conversion };
    str::args::expect_named_str(vm, expression, "Interpolation", "expression")?;
    if !conversion.is_none() {
        if !str::is_str(vm, conversion) {
            let got = type_of(vm, conversion).name_str();
            return Err(
                vm.type_error(&format!("Interpolation() argument 'conversion' must be str, not {got}"))
            );
        }
        if !["s", "r", "a"].iter().any(|c| str::equals_str(conversion, c)) {
            return Err(
                vm.value_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'")
            );
        }
    }
    str::args::expect_named_str(vm, format_spec, "Interpolation", "format_spec")?;
    new_interpolation(vm, value, expression, conversion, format_spec)
}

fn interpolation_repr(vm: &Vm, this: Value) -> PyResult {
    let i = interpolation(this);
    let mut out = str::StrBuilder::new();
    out.push_str("Interpolation(");
    for (n, v) in [i.value, i.expression, i.conversion, i.format_spec].into_iter().enumerate() {
        if n > 0 {
            out.push_str(", ");
        }
        let text = protocol::object::repr(vm, v)?;
        out.push_value(*text);
    }
    out.push_str(")");
    out.finish(vm)
}

unsafe fn interpolation_dealloc(_: &Vm, p: *mut Header) {
    let i = p as *mut Interpolation;
    // SAFETY: the object dies and owns its words.
    unsafe {
        crate::owned::replace(&raw mut (*i).value, None);
        crate::owned::replace(&raw mut (*i).expression, None);
        crate::owned::replace(&raw mut (*i).conversion, None);
        crate::owned::replace(&raw mut (*i).format_spec, None);
    }
}

unsafe fn interpolation_traverse(p: *mut Header, visit: &mut dyn FnMut(Value)) {
    let i = p as *mut Interpolation;
    // SAFETY: a live object, whose words may still be NULL.
    let words = unsafe { [(*i).value, (*i).expression, (*i).conversion, (*i).format_spec] };
    words.into_iter().filter(|v| !v.is_null()).for_each(visit);
}

unsafe fn interpolation_clear(vm: &Vm, p: *mut Header) {
    let i = p as *mut Interpolation;
    let _ = vm;
    // SAFETY: only the value can be part of a cycle; None takes its place, since members are never NULL.
    unsafe { crate::owned::replace(&raw mut (*i).value, Some(Owned::none())) };
}

pub static TEMPLATE_SPEC: TypeSpec = TypeSpec {
    name: "string.templatelib.Template",
    basicsize: size_of::<Template>(),
    flags: tp_flags::HAVE_GC,
    doc: "Template object",
    slots: Slots {
        repr: Some(template_repr),
        iter: Some(iter),
        new: Some(construct_template),
        concat: Some(concat),
        dealloc: Some(template_dealloc),
        traverse: Some(template_traverse),
        ..Slots::EMPTY
    },
    methods: &[
        class_method(
            "__class_getitem__",
            "($type, object, /)",
            genericalias::class_getitem,
            "The class with a type argument.",
        ),
        method0("__reduce__", reduce_template, "State for pickling."),
    ],
    getset: &[getter("values", values, "Values of interpolations")],
    members: &[
        member("strings", MemberType::Object, offset_of!(Template, strings), true),
        member("interpolations", MemberType::Object, offset_of!(Template, interpolations), true),
    ],
    ..TypeSpec::DEFAULT
};

pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "string.templatelib.TemplateIter",
    basicsize: size_of::<SequenceIter>(),
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    doc: "Template iterator object",
    slots: Slots {
        iter: Some(|_, it| Ok(it.own())),
        next: Some(next),
        dealloc: Some(iter_dealloc),
        traverse: Some(iter_traverse),
        ..Slots::EMPTY
    },
    ..TypeSpec::DEFAULT
};

pub static INTERPOLATION_SPEC: TypeSpec = TypeSpec {
    name: "string.templatelib.Interpolation",
    basicsize: size_of::<Interpolation>(),
    flags: tp_flags::HAVE_GC,
    doc: "Interpolation object",
    slots: Slots {
        repr: Some(interpolation_repr),
        new: Some(construct_interpolation),
        dealloc: Some(interpolation_dealloc),
        traverse: Some(interpolation_traverse),
        clear: Some(interpolation_clear),
        ..Slots::EMPTY
    },
    methods: &[
        class_method(
            "__class_getitem__",
            "($type, object, /)",
            genericalias::class_getitem,
            "The class with a type argument.",
        ),
        method0("__reduce__", reduce_interpolation, "State for pickling."),
    ],
    members: &[
        member("value", MemberType::Object, offset_of!(Interpolation, value), true),
        member("expression", MemberType::Object, offset_of!(Interpolation, expression), true),
        member("conversion", MemberType::Object, offset_of!(Interpolation, conversion), true),
        member("format_spec", MemberType::Object, offset_of!(Interpolation, format_spec), true),
    ],
    ..TypeSpec::DEFAULT
};

/// Gives `Interpolation` the class attribute that positional patterns need; runs once, when all types exist.
pub(super) fn finish(vm: &Vm) {
    const NO_MEMORY: &str = "start-up needs memory";
    let names = ["value", "expression", "conversion", "format_spec"].map(|n| str::intern(vm, n));
    let names = tuple::from_owned(vm, names.into()).expect(NO_MEMORY);
    let namespace = vm.types.interpolation.dict.get();
    dict::set_str(vm, namespace, *vm.names.__match_args__, *names).expect(NO_MEMORY);
}

/// Python code puts a template together again: its strings and interpolations alternate.
fn reduce_template(vm: &Vm, this: Value) -> PyResult {
    let library = crate::modules::import(vm, "string.templatelib")?;
    let function = crate::protocol::attr::get_str(vm, *library, "_template_unpickle")?;
    let t = template(this);
    let parts = tuple::from_slice(vm, &[t.strings, t.interpolations])?;
    tuple::from_slice(vm, &[*function, *parts])
}

fn reduce_interpolation(vm: &Vm, this: Value) -> PyResult {
    let i = interpolation(this);
    let parts = tuple::from_slice(vm, &[i.value, i.expression, i.conversion, i.format_spec])?;
    tuple::from_slice(vm, &[type_of(vm, this).value(), *parts])
}
