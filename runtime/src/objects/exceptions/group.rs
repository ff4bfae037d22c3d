//! Exception groups (PEP 654): the two classes, splitting, and what `except*` needs.

use taipan_layout::Value;

use super::super::spec::{TypeSpec, class_method, getter, method1, tp_flags};
use super::super::{
    Slots, TypeRef, frame, genericalias, is_instance, list, new_instance, owned, str, traceback, tuple,
    type_of,
};
use super::{BaseException, base, family, field, set_field};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

const MESSAGE: usize = 0;
const EXCEPTIONS: usize = 1;
/// Repr of the argument when it was neither list nor tuple.
const EXCEPTIONS_REPR: usize = 2;
const WORDS: usize = 3;

pub static BASE_EXCEPTION_GROUP: TypeSpec = TypeSpec {
    doc: "Several exceptions that are raised as one.",
    slots: Slots { new: Some(new), init: Some(init), repr: Some(repr), str: Some(str_), ..Slots::EMPTY },
    methods: &[
        method1("derive", "($self, excs, /)", derive, ""),
        method1("split", "($self, matcher_value, /)", split, ""),
        method1("subgroup", "($self, matcher_value, /)", subgroup, ""),
        class_method(
            "__class_getitem__",
            "($type, object, /)",
            genericalias::class_getitem,
            "ExceptionGroup[E] stands for groups of exceptions of type E",
        ),
    ],
    getset: &[
        getter("message", get_message, "what the group says of itself"),
        getter("exceptions", get_exceptions, "the exceptions in the group"),
    ],
    ..family("BaseExceptionGroup", |t| t.base_exception, WORDS)
};

/// Its second base, `Exception`, is added by [`finish_types`].
pub static EXCEPTION_GROUP: TypeSpec = TypeSpec {
    flags: super::FLAGS | tp_flags::WEAKREFABLE,
    ..family("ExceptionGroup", |t| t.base_exception_group, WORDS)
};

/// `ExceptionGroup` inherits from `BaseExceptionGroup` and `Exception`: the one built-in class with two bases.
pub fn finish_types(vm: &Vm) -> PyResult<()> {
    let t = &vm.types;
    let group = t.exception_group;
    let bases = tuple::from_slice(vm, &[t.base_exception_group.value(), t.exception.value()])?;
    let mro = [group, t.base_exception_group, t.exception, t.base_exception, t.object].map(TypeRef::value);
    let mro = tuple::from_slice(vm, &mro)?;
    // SAFETY: the cells own their words.
    unsafe {
        crate::owned::replace(group.bases.as_ptr(), Some(bases));
        crate::owned::replace(group.mro.as_ptr(), Some(mro));
    }
    t.exception.subclasses.borrow_mut().push(group);
    group.modified();
    Ok(())
}

fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let Some(mut ty) = TypeRef::from_value(vm, cls) else {
        return Err(vm.type_error("BaseExceptionGroup.__new__(X): X is not a type object"));
    };
    let [message, exceptions] = *args.pos() else {
        let n = args.pos().len();
        return Err(
            vm.type_error(&format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({n} given)"))
        );
    };
    if !is_instance(vm, message, vm.types.str) {
        let got = type_of(vm, message).name_str();
        return Err(vm.type_error(&format!("BaseExceptionGroup.__new__() argument 1 must be str, not {got}")));
    }
    let items = checked_items(vm, exceptions)?;
    let all_exceptions = items.iter().all(|e| is_instance(vm, **e, vm.types.exception));
    if ty == vm.types.base_exception_group {
        if all_exceptions {
            ty = vm.types.exception_group;
        }
    } else if !all_exceptions && ty.is_subtype_of(vm.types.exception) {
        let place = if ty == vm.types.exception_group {
            "an ExceptionGroup".to_owned()
        } else {
            format!("'{}'", ty.name_str())
        };
        return Err(vm.type_error(&format!("Cannot nest BaseExceptions in {place}")));
    }
    let shown = if is_instance(vm, exceptions, vm.types.list) || is_instance(vm, exceptions, vm.types.tuple) {
        None
    } else {
        Some(protocol::object::repr(vm, exceptions)?)
    };
    let e = owned(new_instance::<BaseException>(vm, ty)?);
    let args = tuple::from_slice(vm, args.pos())?;
    let items = tuple::from_owned(vm, items)?;
    // SAFETY: the object is new and a group.
    unsafe {
        base(*e).args = args.into_value();
        set_field(*e, MESSAGE, Some(message));
        set_field(*e, EXCEPTIONS, Some(*items));
        set_field(*e, EXCEPTIONS_REPR, shown.map(|s| *s));
    }
    Ok(e)
}

fn checked_items(vm: &Vm, exceptions: Value) -> PyResult<Vec<Owned>> {
    let is_sequence =
        type_of(vm, exceptions).slots().get_item.is_some() && !is_instance(vm, exceptions, vm.types.dict);
    if !is_sequence {
        return Err(vm.type_error("second argument (exceptions) must be a sequence"));
    }
    let items = protocol::iter::collect(vm, exceptions)?;
    if items.is_empty() {
        return Err(vm.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    for (i, e) in items.iter().enumerate() {
        if !super::is_exception(vm, **e) {
            return Err(
                vm.value_error(&format!("Item {i} of second argument (exceptions) is not an exception"))
            );
        }
    }
    Ok(items)
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    super::no_keywords(vm, &type_of(vm, this).name_str(), args)?;
    super::base::init(vm, this, args)
}

fn message_of(vm: &Vm, this: Value) -> Owned {
    // SAFETY: `this` is a group.
    let v = unsafe { field(this, MESSAGE) };
    if v.is_null() { str::empty(vm) } else { v.own() }
}

/// The tuple of nested exceptions.
pub(super) fn exceptions_of(vm: &Vm, this: Value) -> Owned {
    // SAFETY: `this` is a group.
    let v = unsafe { field(this, EXCEPTIONS) };
    if v.is_null() { tuple::empty(vm) } else { v.own() }
}

fn get_message(vm: &Vm, this: Value) -> PyResult {
    Ok(message_of(vm, this))
}

fn get_exceptions(vm: &Vm, this: Value) -> PyResult {
    Ok(exceptions_of(vm, this))
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    // SAFETY: `this` is a group.
    let (shown, args) = unsafe { (field(this, EXCEPTIONS_REPR), super::args(this)) };
    let exceptions = if !shown.is_null() {
        shown.own()
    } else {
        let nested = exceptions_of(vm, this);
        let was_list =
            !args.is_null() && tuple::items(&args).get(1).is_some_and(|a| is_instance(vm, *a, vm.types.list));
        if was_list {
            let items = tuple::items(&nested).iter().map(|v| v.own()).collect();
            let as_list = list::new(vm, items)?;
            protocol::object::repr(vm, *as_list)?
        } else {
            protocol::object::repr(vm, *nested)?
        }
    };
    let message = protocol::object::repr(vm, *message_of(vm, this))?;
    let mut out = str::StrBuilder::new();
    out.push_str(&type_of(vm, this).short_name());
    out.push_str("(");
    out.push_value(*message);
    out.push_str(", ");
    out.push_value(*exceptions);
    out.push_str(")");
    out.finish(vm)
}

fn str_(vm: &Vm, this: Value) -> PyResult {
    let n = tuple::items(&exceptions_of(vm, this)).len();
    let mut out = str::StrBuilder::new();
    out.push_value(*protocol::object::str(vm, *message_of(vm, this))?);
    out.push_str(&format!(" ({n} sub-exception{})", if n == 1 { "" } else { "s" }));
    out.finish(vm)
}

fn derive(vm: &Vm, this: Value, exceptions: Value) -> PyResult {
    let message = message_of(vm, this);
    protocol::call::positional(vm, vm.types.base_exception_group.value(), &[*message, exceptions])
}

/// What selects the exceptions of a split.
enum Matcher<'a> {
    /// An exception class or a tuple of them.
    Class(Value),
    Predicate(Value),
    /// Leaves that are one of these objects.
    Leaves(&'a [Value]),
}

impl Matcher<'_> {
    fn of(vm: &Vm, v: Value) -> PyResult<Matcher<'static>> {
        if super::as_exception_class(vm, v).is_some() {
            return Ok(Matcher::Class(v));
        }
        if is_instance(vm, v, vm.types.tuple)
            && tuple::items(&v).iter().all(|c| super::as_exception_class(vm, *c).is_some())
        {
            return Ok(Matcher::Class(v));
        }
        let callable = type_of(vm, v).slots().call.is_some() && TypeRef::from_value(vm, v).is_none();
        if callable {
            return Ok(Matcher::Predicate(v));
        }
        Err(vm.type_error(
            "expected an exception type, a tuple of exception types, or a callable (other than a class)",
        ))
    }

    fn matches(&self, vm: &Vm, exc: Value) -> PyResult<bool> {
        match self {
            Matcher::Class(c) => Ok(matches_class(vm, exc, *c)),
            Matcher::Predicate(f) => {
                let answer = protocol::call::positional(vm, *f, &[exc])?;
                protocol::compare::is_true(vm, *answer)
            }
            Matcher::Leaves(leaves) => Ok(!is_group(vm, exc) && leaves.contains(&exc)),
        }
    }
}

/// Whether `exc` is an instance of the class, or of one in the tuple (no `__instancecheck__`, as `except` works).
pub(super) fn matches_class(vm: &Vm, exc: Value, class: Value) -> bool {
    if let Some(ty) = TypeRef::from_value(vm, class) {
        return type_of(vm, exc).is_subtype_of(ty);
    }
    is_instance(vm, class, vm.types.tuple) && tuple::items(&class).iter().any(|c| matches_class(vm, exc, *c))
}

pub(super) fn is_group(vm: &Vm, v: Value) -> bool {
    is_instance(vm, v, vm.types.base_exception_group)
}

/// What matched, and the rest (not collected unless asked for).
#[derive(Default)]
struct Split {
    matched: Option<Owned>,
    rest: Option<Owned>,
}

fn split_recursive(vm: &Vm, exc: Value, matcher: &Matcher, want_rest: bool) -> PyResult<Split> {
    if matcher.matches(vm, exc)? {
        return Ok(Split { matched: Some(exc.own()), rest: None });
    }
    if !is_group(vm, exc) {
        return Ok(Split { matched: None, rest: want_rest.then(|| exc.own()) });
    }
    vm.check_native_stack(" in exceptiongroup_split_recursive")?;
    let (mut matched, mut rest) = (Vec::new(), Vec::new());
    let nested = exceptions_of(vm, exc);
    for e in tuple::items(&nested) {
        let part = split_recursive(vm, *e, matcher, want_rest)?;
        matched.extend(part.matched);
        rest.extend(part.rest);
    }
    Ok(Split { matched: subset(vm, exc, matched)?, rest: subset(vm, exc, rest)? })
}

/// A group like `original` with only these exceptions.
fn subset(vm: &Vm, original: Value, exceptions: Vec<Owned>) -> PyResult<Option<Owned>> {
    if exceptions.is_empty() {
        return Ok(None);
    }
    let exceptions = list::new(vm, exceptions)?;
    let derive = str::intern(vm, "derive");
    let group = protocol::call::method(vm, original, *derive, &[*exceptions])?;
    if !is_group(vm, *group) {
        return Err(vm.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    // SAFETY: both are exceptions.
    let from = unsafe { base(original) };
    let own = |v: Value| (!v.is_null()).then(|| v.own());
    super::set_traceback(*group, own(from.traceback));
    super::set_context(*group, own(from.context));
    super::set_cause(*group, own(from.cause));
    // `set_cause` suppresses the context; the copy keeps what the original says.
    // SAFETY: as above.
    unsafe { base(*group).suppress_context = from.suppress_context || !from.cause.is_null() };
    if let Some(notes) = protocol::attr::get_optional(vm, original, *vm.names.__notes__)?
        && (is_instance(vm, *notes, vm.types.list) || is_instance(vm, *notes, vm.types.tuple))
    {
        let copy = list::new(vm, protocol::iter::collect(vm, *notes)?)?;
        protocol::attr::set(vm, *group, *vm.names.__notes__, *copy)?;
    }
    Ok(Some(group))
}

fn split(vm: &Vm, this: Value, matcher: Value) -> PyResult {
    let matcher = Matcher::of(vm, matcher)?;
    let parts = split_recursive(vm, this, &matcher, true)?;
    let or_none = |v: Option<Owned>| v.unwrap_or_else(Owned::none);
    tuple::from_owned(vm, vec![or_none(parts.matched), or_none(parts.rest)])
}

fn subgroup(vm: &Vm, this: Value, matcher: Value) -> PyResult {
    let matcher = Matcher::of(vm, matcher)?;
    let parts = split_recursive(vm, this, &matcher, false)?;
    Ok(parts.matched.unwrap_or_else(Owned::none))
}

/// `except* class`: what is left of `exc`, and the part that the clause handles.
pub struct ExceptStar {
    pub rest: Option<Owned>,
    pub matched: Option<Owned>,
}

/// Splits `exc` for `except* class`; `class` has been checked. A naked exception is wrapped in a group.
pub fn check_match(vm: &Vm, exc: Value, class: Value) -> PyResult<ExceptStar> {
    if matches_class(vm, exc, class) {
        if is_group(vm, exc) {
            return Ok(ExceptStar { rest: None, matched: Some(exc.own()) });
        }
        let group = new_group(vm, tuple::from_slice(vm, &[exc])?)?;
        // SAFETY: the frame, if any, is the one that runs this clause.
        unsafe {
            let running = (*vm.ts()).frame;
            if !running.is_null() {
                let here = frame::of(vm, running)?;
                let tb = traceback::from_frame(vm, None, here)?;
                super::set_traceback(*group, Some(tb));
            }
        }
        return Ok(ExceptStar { rest: None, matched: Some(group) });
    }
    if !is_group(vm, exc) {
        return Ok(ExceptStar { rest: Some(exc.own()), matched: None });
    }
    let name = str::intern(vm, "split");
    let pair = protocol::call::method(vm, exc, *name, &[class])?;
    let class_name = type_of(vm, exc).name_str();
    if !is_instance(vm, *pair, vm.types.tuple) {
        let got = type_of(vm, *pair).name_str();
        return Err(vm.type_error(&format!("{class_name}.split must return a tuple, not {got}")));
    }
    let items = tuple::items(&pair);
    if items.len() < 2 {
        return Err(vm.type_error(&format!(
            "{class_name}.split must return a 2-tuple, got tuple of size {}",
            items.len()
        )));
    }
    let part = |v: Value| (!v.is_none()).then(|| v.own());
    Ok(ExceptStar { matched: part(items[0]), rest: part(items[1]) })
}

fn new_group(vm: &Vm, exceptions: Owned) -> PyResult {
    let message = str::empty(vm);
    protocol::call::positional(vm, vm.types.base_exception_group.value(), &[*message, *exceptions])
}

/// After all `except*` clauses: what has to be raised again, from what the clauses raised or left over
/// (`results`, a list that may hold None). None when everything was handled.
pub fn prepare_reraise(vm: &Vm, original: Value, results: Value) -> PyResult<Option<Owned>> {
    let results: Vec<Owned> = protocol::iter::collect(vm, results)?;
    if !is_group(vm, original) {
        // A naked exception was caught and wrapped: only one clause can have run.
        return Ok(results.into_iter().next().filter(|r| !r.is_none()));
    }
    let (mut raised, mut reraised) = (Vec::new(), Vec::new());
    for e in results.into_iter().filter(|r| !r.is_none()) {
        if same_metadata(vm, *e, original) {
            reraised.push(e);
        } else {
            raised.push(e);
        }
    }
    let remaining = projection(vm, original, &reraised)?;
    if raised.is_empty() {
        return Ok(remaining);
    }
    raised.extend(remaining);
    if raised.len() == 1 {
        return Ok(raised.pop());
    }
    new_group(vm, list::new(vm, raised)?).map(Some)
}

/// Whether `e` was split off `original` rather than raised anew.
fn same_metadata(vm: &Vm, e: Value, original: Value) -> bool {
    if !is_group(vm, e) {
        return false;
    }
    // SAFETY: both are exceptions.
    let (a, b) = unsafe { (base(e), base(original)) };
    a.traceback == b.traceback && a.context == b.context && a.cause == b.cause
}

/// The part of `original` whose leaves occur in `kept`.
fn projection(vm: &Vm, original: Value, kept: &[Owned]) -> PyResult<Option<Owned>> {
    let mut leaves = Vec::new();
    for e in kept {
        collect_leaves(vm, **e, &mut leaves)?;
    }
    let parts = split_recursive(vm, original, &Matcher::Leaves(&leaves), false)?;
    Ok(parts.matched)
}

fn collect_leaves(vm: &Vm, exc: Value, out: &mut Vec<Value>) -> PyResult<()> {
    if !is_group(vm, exc) {
        out.push(exc);
        return Ok(());
    }
    vm.check_native_stack(" in collect_exception_group_leaf_ids")?;
    let nested = exceptions_of(vm, exc);
    for e in tuple::items(&nested) {
        collect_leaves(vm, *e, out)?;
    }
    Ok(())
}
