//! `_contextvars`: variables whose values belong to the current context (PEP 567).
//!
//! A context refers to a dict of its variables. A copy refers to the same dict, and whoever writes first to a dict that may be
//! shared takes one of its own: copies cost nothing, and writes as much as a dict's but for the first after a copy. Each thread
//! has a current context, made when something asks for it first.

use std::mem::offset_of;

use taipan_layout::Value;

use super::NativeModule;
use super::native::{self, native_data};
use crate::args::Args;
use crate::objects::spec::{
    Member, MemberType, TypeSpec, class_method, function0, getter, method, method0, method1, raw_method,
    tp_flags,
};
use crate::objects::{CompareOp, Slots, dict, genericalias, object, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_contextvars",
    doc: "Context variables.",
    functions: &[function0(
        "copy_context",
        |vm, _| {
            let current = current(vm)?;
            copy(vm, *current)
        },
        "A copy of the current context.",
    )],
    fill: |vm, m| {
        ready_types(vm);
        super::set(vm, m, "Context", vm.types.context.value())?;
        super::set(vm, m, "ContextVar", vm.types.context_var.value())?;
        super::set(vm, m, "Token", vm.types.context_token.value())?;
        let missing = native::new(vm, vm.types.context_token_missing, Missing)?;
        let key = str::intern(vm, "MISSING");
        dict::set_str(vm, vm.types.context_token.dict.get(), *key, *missing)
    },
};

fn ready_types(vm: &Vm) {
    for (ty, spec) in [
        (vm.types.context, &CONTEXT),
        (vm.types.context_var, &VARIABLE),
        (vm.types.context_token, &TOKEN),
        (vm.types.context_token_missing, &MISSING),
        (vm.types.context_keys, &KEYS),
        (vm.types.context_values, &VALUES),
        (vm.types.context_items, &ITEMS),
    ] {
        crate::objects::ready(vm, ty, spec);
    }
}

const FLAGS: u64 = tp_flags::HAVE_GC | tp_flags::IMMUTABLETYPE;

// ---- contexts ----

#[derive(Default)]
struct Context {
    /// A dict; nothing before the first variable.
    values: Option<Owned>,
    /// Whether the dict may be another context's, too.
    shared: bool,
    entered: bool,
    /// While the context is entered: what was current before.
    previous: Option<Owned>,
}
native_data!(Context: values, previous);

static CONTEXT: TypeSpec = TypeSpec {
    name: "_contextvars.Context",
    flags: FLAGS | tp_flags::WEAKREFABLE,
    doc: "A mapping of context variables to values, in which functions can run.",
    slots: Slots {
        new: Some(|vm, cls, args| {
            if !args.all().is_empty() {
                return Err(vm.type_error("Context() does not accept any arguments"));
            }
            native::construct(vm, cls, Context::default())
        }),
        hash: Some(object::not_hashable),
        richcompare: Some(compare),
        len: Some(|_, this| Ok(values(this).map_or(0, |values| dict::len(*values)))),
        contains: Some(|vm, this, key| Ok(find(vm, this, key)?.is_some())),
        get_item: Some(|vm, this, key| {
            find(vm, this, key)?.ok_or_else(|| vm.raise_with(vm.types.key_error, &[key]))
        }),
        iter: Some(|vm, this| iterate(vm, this, Part::Keys)),
        ..native::slots::<Context>()
    },
    methods: &[
        raw_method("run", "", run, "Call a function in this context."),
        method0("copy", copy, "A context with the same variables and values."),
        method(
            "get",
            "($self, key, default=None, /)",
            |vm, this, args| {
                let found = find(vm, this, args[0])?;
                Ok(found.or_else(|| native::own_given(args[1])).unwrap_or_else(Owned::none))
            },
            "The value of a variable, or the default.",
        ),
        method0("keys", |vm, this| iterate(vm, this, Part::Keys), "The variables that have values."),
        method0("values", |vm, this| iterate(vm, this, Part::Values), "The values."),
        method0("items", |vm, this| iterate(vm, this, Part::Items), "Variables with their values."),
    ],
    ..native::spec::<Context>()
};

fn context<'a>(this: Value) -> &'a mut Context {
    native::data(this)
}

fn values(this: Value) -> Option<Owned> {
    context(this).values.clone()
}

/// The current context of the thread.
fn current(vm: &Vm) -> PyResult {
    if let Some(current) = vm.context.get() {
        return Ok(current.own());
    }
    ready_types(vm);
    let new = native::new(vm, vm.types.context, Context::default())?;
    enter(vm, &new);
    Ok(new)
}

/// Makes a context the current one; what was is given back.
fn enter(vm: &Vm, context: &Owned) -> Option<Owned> {
    let before = vm.context.replace(Some(context.clone().into_value()));
    // SAFETY: the cell owned its word.
    before.map(|v| unsafe { Owned::from_owned(v) })
}

fn run(vm: &Vm, this: Value, args: Args) -> PyResult {
    let Some(function) = args.pos().first() else {
        return Err(vm.type_error("run() missing 1 required positional argument"));
    };
    if context(this).entered {
        let shown = protocol::object::repr_string(vm, this)?;
        return Err(vm.runtime_error(&format!("cannot enter context: {shown} is already entered")));
    }
    let this = this.own();
    context(*this).entered = true;
    context(*this).previous = enter(vm, &this);
    let arguments = Args::with_keywords(&args.all()[1..], args.kwnames());
    let result = protocol::call::with_args(vm, *function, arguments);
    let before = context(*this).previous.take().map(Owned::into_value);
    context(*this).entered = false;
    if let Some(left) = vm.context.replace(before) {
        // SAFETY: the cell owned its word.
        unsafe { crate::owned::decref(left) };
    }
    result
}

fn copy(vm: &Vm, this: Value) -> PyResult {
    context(this).shared = true;
    let values = values(this);
    native::new(vm, vm.types.context, Context { values, shared: true, ..Context::default() })
}

/// The dict of a context, to be written to.
fn writable(vm: &Vm, this: Value) -> PyResult {
    let own = match values(this) {
        Some(values) if !context(this).shared => return Ok(values),
        Some(values) => dict::copy(vm, *values)?,
        None => dict::new(vm)?,
    };
    context(this).shared = false;
    let before = context(this).values.replace(own.clone());
    drop(before);
    Ok(own)
}

fn find(vm: &Vm, this: Value, key: Value) -> PyResult<Option<Owned>> {
    if type_of(vm, key) != vm.types.context_var {
        let shown = protocol::object::repr_string(vm, key)?;
        return Err(vm.type_error(&format!("a ContextVar key was expected, got {shown}")));
    }
    match values(this) {
        Some(values) => dict::get(vm, *values, key),
        None => Ok(None),
    }
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    let are = [a, b].iter().all(|v| type_of(vm, *v) == vm.types.context);
    if !are || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::not_implemented());
    }
    let same = match (values(a), values(b)) {
        (Some(a), Some(b)) => protocol::compare::equal(vm, *a, *b)?,
        (a, b) => [a, b].into_iter().flatten().all(|values| dict::len(*values) == 0),
    };
    Ok(Owned::bool(same == (op == CompareOp::Eq)))
}

// ---- iteration ----

#[derive(Clone, Copy)]
enum Part {
    Keys,
    Values,
    Items,
}

/// What a context held when the iterator was made.
#[derive(Default)]
struct Iteration {
    pairs: Vec<(Owned, Owned)>,
    next: usize,
}
native_data!(Iteration: pairs);

const fn iterator(name: &'static str, next: fn(&Vm, Value) -> PyResult<Option<Owned>>) -> TypeSpec {
    TypeSpec {
        name,
        flags: FLAGS | tp_flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            iter: Some(|_, this| Ok(this.own())),
            next: Some(next),
            len: Some(|_, this| Ok(native::data::<Iteration>(this).pairs.len())),
            ..native::slots::<Iteration>()
        },
        ..native::spec::<Iteration>()
    }
}

static KEYS: TypeSpec = iterator("keys", |_, this| Ok(advance(this).map(|(key, _)| key)));
static VALUES: TypeSpec = iterator("values", |_, this| Ok(advance(this).map(|(_, value)| value)));
static ITEMS: TypeSpec = iterator("items", |vm, this| match advance(this) {
    Some((key, value)) => tuple::from_owned(vm, vec![key, value]).map(Some),
    None => Ok(None),
});

fn advance(this: Value) -> Option<(Owned, Owned)> {
    let it = native::data::<Iteration>(this);
    let pair = it.pairs.get(it.next).map(|(key, value)| (key.clone(), value.clone()));
    it.next += 1;
    pair
}

fn iterate(vm: &Vm, this: Value, part: Part) -> PyResult {
    let ty = match part {
        Part::Keys => vm.types.context_keys,
        Part::Values => vm.types.context_values,
        Part::Items => vm.types.context_items,
    };
    let pairs = values(this).map_or_else(Vec::new, |values| dict::snapshot(*values));
    native::new(vm, ty, Iteration { pairs, next: 0 })
}

// ---- variables ----

#[derive(Default)]
#[repr(C)]
struct Variable {
    name: Option<Owned>,
    default: Option<Owned>,
}
native_data!(Variable: name, default);

static VARIABLE: TypeSpec = TypeSpec {
    name: "_contextvars.ContextVar",
    flags: FLAGS,
    doc: "A variable whose value belongs to the current context.",
    slots: Slots { new: Some(new_variable), repr: Some(show_variable), ..native::slots::<Variable>() },
    methods: &[
        method(
            "get",
            "($self, default=<unrepresentable>, /)",
            get,
            "The value in the current context, or a default.",
        ),
        method1("set", "($self, value, /)", set, "Set the value in the current context; a token to undo it."),
        method1("reset", "($self, token, /)", reset, "Undo what gave the token."),
        class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585"),
    ],
    members: &[Member {
        name: "name",
        ty: MemberType::Object,
        offset: native::data_offset::<Variable>() + offset_of!(Variable, name),
        readonly: true,
        doc: "",
    }],
    ..native::spec::<Variable>()
};

fn new_variable(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let (given, all) = (args.pos().len(), args.all().len());
    if all > 2 {
        return Err(vm.type_error(&format!("ContextVar() takes at most 2 arguments ({all} given)")));
    }
    let [name] = args.pos() else {
        let bound = if given > 1 { "at most" } else { "exactly" };
        let text = format!("ContextVar() takes {bound} 1 positional argument ({given} given)");
        return Err(vm.type_error(&text));
    };
    let mut default = None;
    for (keyword, v) in args.keywords() {
        if str::to_string_lossy(keyword) != "default" {
            return Err(crate::signature::unexpected_keyword(vm, "ContextVar", keyword, ["default"]));
        }
        default = Some(v.own());
    }
    if !str::is_str(vm, *name) {
        return Err(vm.type_error("context variable name must be a str"));
    }
    // Names that refuse to be hashed are refused.
    protocol::compare::hash(vm, *name)?;
    native::construct(vm, cls, Variable { name: Some(name.own()), default })
}

fn show_variable(vm: &Vm, this: Value) -> PyResult {
    let data = native::data::<Variable>(this);
    let (name, default) = (data.name.clone().unwrap_or_else(Owned::none), data.default.clone());
    let mut text = format!("<ContextVar name={}", protocol::object::repr_string(vm, *name)?);
    if let Some(default) = default {
        text.push_str(&format!(" default={}", protocol::object::repr_string(vm, *default)?));
    }
    str::new(vm, &format!("{text} at {:#x}>", this.0))
}

fn get(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    if let Some(current) = vm.context.get()
        && let Some(value) = find(vm, current, this)?
    {
        return Ok(value);
    }
    let default = native::passed(args[0]).map(Counted::own);
    let default = default.or_else(|| native::data::<Variable>(this).default.clone());
    default.ok_or_else(|| vm.raise_with(vm.types.lookup_error, &[this]))
}

fn set(vm: &Vm, this: Value, value: Value) -> PyResult {
    let context = current(vm)?;
    let old = find(vm, *context, this)?;
    let values = writable(vm, *context)?;
    dict::set(vm, *values, this, value)?;
    let token = Token { context: Some(context), variable: Some(this.own()), old, used: false };
    native::new(vm, vm.types.context_token, token)
}

fn reset(vm: &Vm, this: Value, token: Value) -> PyResult {
    let shown = || protocol::object::repr_string(vm, token);
    if type_of(vm, token) != vm.types.context_token {
        return Err(vm.type_error(&format!("expected an instance of Token, got {}", shown()?)));
    }
    let data = native::data::<Token>(token);
    let is = |part: &Option<Owned>, v: Option<Value>| part.as_deref().copied() == v;
    if data.used {
        return Err(vm.runtime_error(&format!("{} has already been used once", shown()?)));
    }
    if !is(&data.variable, Some(this)) {
        return Err(vm.value_error(&format!("{} was created by a different ContextVar", shown()?)));
    }
    if !is(&data.context, vm.context.get()) {
        return Err(vm.value_error(&format!("{} was created in a different Context", shown()?)));
    }
    data.used = true;
    let old = data.old.clone();
    let context = current(vm)?;
    let values = writable(vm, *context)?;
    match old {
        Some(old) => dict::set(vm, *values, this, *old)?,
        None if dict::contains(vm, *values, this)? => dict::delete(vm, *values, this)?,
        None => return Err(lost(vm, this)),
    }
    Ok(Owned::none())
}

/// The variable has no value any more, although the token says that it was set.
#[cold]
fn lost(vm: &Vm, variable: Value) -> Raised {
    vm.raise_with(vm.types.lookup_error, &[variable])
}

// ---- tokens ----

#[derive(Default)]
struct Token {
    context: Option<Owned>,
    variable: Option<Owned>,
    /// What the variable was before; nothing when it had no value.
    old: Option<Owned>,
    used: bool,
}
native_data!(Token: context, variable, old);

static TOKEN: TypeSpec = TypeSpec {
    name: "_contextvars.Token",
    flags: FLAGS,
    doc: "What undoes the setting of a variable, once.",
    slots: Slots {
        new: Some(|vm, _, _| Err(vm.runtime_error("Tokens can only be created by ContextVars"))),
        repr: Some(show_token),
        hash: Some(object::not_hashable),
        ..native::slots::<Token>()
    },
    methods: &[
        method0(
            "__enter__",
            |_, this| Ok(this.own()),
            "The token itself: the value that was set holds until the end of the with statement.",
        ),
        method(
            "__exit__",
            "($self, type, val, tb, /)",
            |vm, this, _| reset(vm, *variable_of(this), this),
            "Undo what gave the token.",
        ),
        class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585"),
    ],
    getset: &[
        getter("var", |_, this| Ok(variable_of(this)), ""),
        getter(
            "old_value",
            |vm, this| match native::data::<Token>(this).old.clone() {
                Some(old) => Ok(old),
                None => protocol::attr::get_str(vm, vm.types.context_token.value(), "MISSING"),
            },
            "",
        ),
    ],
    ..native::spec::<Token>()
};

fn variable_of(this: Value) -> Owned {
    native::data::<Token>(this).variable.clone().unwrap_or_else(Owned::none)
}

fn show_token(vm: &Vm, this: Value) -> PyResult {
    let used = if native::data::<Token>(this).used { " used" } else { "" };
    let variable = protocol::object::repr_string(vm, *variable_of(this))?;
    str::new(vm, &format!("<Token{used} var={variable} at {:#x}>", this.0))
}

#[derive(Default)]
struct Missing;
native_data!(Missing);

static MISSING: TypeSpec = TypeSpec {
    name: "Token.MISSING",
    flags: FLAGS | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots { repr: Some(|vm, _| str::new(vm, "<Token.MISSING>")), ..native::slots::<Missing>() },
    ..native::spec::<Missing>()
};
