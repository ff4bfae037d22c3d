//! `_taipan_typing`: what the Python code of `_typing` cannot do itself.
//!
//! Bounds, constraints and defaults that are given as values have evaluators all the same, of a type that can neither be called
//! nor changed.

use taipan_layout::Value;

use super::NativeModule;
use super::native::{self, native_data};
use crate::args::Args;
use crate::objects::sequence::ReprText;
use crate::objects::spec::{TypeSpec, function1, tp_flags};
use crate::objects::{Slots, genericalias, str, tuple};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_taipan_typing",
    doc: "Native parts of _typing.",
    functions: &[function1(
        "constant",
        "($module, value, /)",
        |vm, _, v| native::new(vm, vm.types.const_evaluator, Constant { value: Some(v.own()) }),
        "An evaluator that gives the value.",
    )],
    fill: |vm, _| {
        crate::objects::ready(vm, vm.types.const_evaluator, &CONST_EVALUATOR);
        Ok(())
    },
};

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

fn value_of(this: Value) -> Owned {
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
    let value = value_of(this);
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
    let shown = protocol::object::repr_string(vm, *value_of(this))?;
    str::new(vm, &format!("<constevaluator {shown}>"))
}
