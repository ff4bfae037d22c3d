//! What computes bounds, constraints, defaults and the values of aliases: a function that the compiler made, or an object of
//! a type of its own for what was given as a value.

use taipan_layout::Value;

use crate::args::Args;
use crate::modules::native::{self, Data, Visit, native_data};
use crate::objects::sequence::ReprText;
use crate::objects::spec::{TypeSpec, tp_flags};
use crate::objects::{Slots, genericalias, str, tuple};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// `annotationlib.Format.VALUE`.
const VALUE: i64 = 1;

/// A value, a function that computes it when it is asked for first, or neither.
#[derive(Default)]
pub struct Lazy {
    value: Option<Owned>,
    evaluate: Option<Owned>,
}

impl Visit for Lazy {
    fn visit_with(&self, visit: &mut dyn FnMut(Value)) {
        self.value.visit_with(visit);
        self.evaluate.visit_with(visit);
    }
}

impl Lazy {
    pub fn of_value(value: Option<Owned>) -> Lazy {
        Lazy { value, evaluate: None }
    }

    pub fn of_function(evaluate: Value) -> Lazy {
        Lazy { value: None, evaluate: Some(evaluate.own()) }
    }

    /// The value, if it is there without computing it.
    pub fn given(&self) -> Option<Value> {
        self.value.as_deref().copied()
    }

    pub fn is_computed(&self) -> bool {
        self.evaluate.is_some()
    }
}

/// The value of a part of `this`, computed if need be; `None` when there is neither value nor function.
pub fn value_of<T: Data>(vm: &Vm, this: Value, part: fn(&mut T) -> &mut Lazy) -> PyResult<Option<Owned>> {
    let lazy = part(native::data(this));
    if let Some(value) = &lazy.value {
        return Ok(Some(value.clone()));
    }
    let Some(evaluate) = lazy.evaluate.clone() else { return Ok(None) };
    let value = protocol::call::positional(vm, *evaluate, &[Value::fixnum(VALUE)])?;
    let before = part(native::data(this)).value.replace(value.clone());
    drop(before);
    Ok(Some(value))
}

/// What computes a part of `this`, or None.
pub fn function_of<T: Data>(vm: &Vm, this: Value, part: fn(&mut T) -> &mut Lazy) -> PyResult {
    let lazy = part(native::data(this));
    if let Some(evaluate) = &lazy.evaluate {
        return Ok(evaluate.clone());
    }
    match lazy.value.clone() {
        Some(value) => native::new(vm, vm.types.const_evaluator, Constant { value: Some(value) }),
        None => Ok(Owned::none()),
    }
}

#[derive(Default)]
pub struct Constant {
    value: Option<Owned>,
}
native_data!(Constant: value);

pub static CONST_EVALUATOR: TypeSpec = TypeSpec {
    name: "_typing._ConstEvaluator",
    flags: tp_flags::HAVE_GC
        | tp_flags::DISALLOW_INSTANTIATION
        | tp_flags::IMMUTABLETYPE
        | tp_flags::MADE_BY_MODULE,
    doc: "Gives a value that is known already, as the functions that compute one do.",
    slots: Slots { call: Some(call), repr: Some(repr), ..native::slots::<Constant>() },
    ..native::spec::<Constant>()
};

/// `annotationlib.Format.STRING`.
const STRING: i64 = 4;

fn constant(this: Value) -> Owned {
    native::data::<Constant>(this).value.clone().unwrap_or_else(Owned::none)
}

fn call(vm: &Vm, this: Value, args: Args) -> PyResult {
    const NAME: &str = "constevaluator.__call__";
    if args.keyword_count() > 0 {
        return Err(vm.type_error(&format!("{NAME}() takes no keyword arguments")));
    }
    let [format] = args.pos() else {
        let n = args.pos().len();
        return Err(vm.type_error(&format!("{NAME}() takes exactly 1 argument ({n} given)")));
    };
    let format = protocol::index::to_i32(vm, *format)?;
    let value = constant(this);
    if i64::from(format) != STRING {
        return Ok(value);
    }
    let mut text = ReprText::new("");
    if tuple::is_tuple(vm, *value) {
        // Constraints.
        text.push("(");
        for (i, item) in tuple::items(&value).iter().enumerate() {
            if i > 0 {
                text.push(", ");
            }
            genericalias::push_type(vm, &mut text, *item)?;
        }
        text.push(")");
    } else {
        genericalias::push_type(vm, &mut text, *value)?;
    }
    text.finish(vm)
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let shown = protocol::object::repr_string(vm, *constant(this))?;
    str::new(vm, &format!("<constevaluator {shown}>"))
}
