//! An exception and everything chained to it, captured before anything is written.
//!
//! Exceptions may refer to each other in cycles; each one is reported where it is met first, in the order of
//! CPython's `TracebackException`: the newest captured exception's cause, context and nested exceptions come first.

use taipan_layout::Value;

use super::super::super::{int, is_instance, list, traceback, tuple, type_of};
use super::super::{base, group};
use super::{frames::FrameSummary, safe_text, suggest, text_of};
use crate::owned::{Counted, Owned};
use crate::protocol;
use crate::vm::Vm;

/// Index into [`Report::entries`].
pub(super) type EntryId = usize;

pub(super) struct Report {
    pub entries: Vec<Entry>,
}

pub(super) struct Entry {
    pub exc: Owned,
    pub frames: Vec<FrameSummary>,
    pub type_name: String,
    /// `str(exc)` with a suggestion.
    pub text: String,
    /// Lines of the notes, without newlines.
    pub notes: Vec<String>,
    pub cause: Option<EntryId>,
    pub context: Option<EntryId>,
    pub suppress_context: bool,
    /// The nested exceptions of a group.
    pub nested: Option<Vec<EntryId>>,
}

/// Captures `exc` as entry 0.
pub(super) fn capture(vm: &Vm, exc: Value) -> Report {
    let limit = traceback_limit(vm);
    let mut report = Report { entries: Vec::new() };
    let mut seen: Vec<Value> = Vec::new();
    report.add(vm, exc, limit, &mut seen);
    let mut open = vec![0];
    while let Some(id) = open.pop() {
        let exc = report.entries[id].exc.clone();
        // SAFETY: the entry holds an exception.
        let (cause, context, suppress) =
            unsafe { (base(*exc).cause, base(*exc).context, base(*exc).suppress_context) };
        let chained = |v: Value, seen: &[Value]| (!v.is_null() && !seen.contains(&v)).then(|| v.own());
        if let Some(cause) = chained(cause, &seen) {
            report.entries[id].cause = Some(report.add(vm, *cause, limit, &mut seen));
        }
        if report.entries[id].cause.is_none()
            && !suppress
            && let Some(context) = chained(context, &seen)
        {
            report.entries[id].context = Some(report.add(vm, *context, limit, &mut seen));
        }
        if group::is_group(vm, *exc) {
            let nested = group::exceptions_of(vm, *exc);
            let ids = tuple::items(&nested).iter().map(|e| report.add(vm, *e, limit, &mut seen)).collect();
            report.entries[id].nested = Some(ids);
        }
        let entry = &report.entries[id];
        open.extend(entry.cause);
        open.extend(entry.context);
        open.extend(entry.nested.iter().flatten());
    }
    report
}

/// `sys.tracebacklimit`.
fn traceback_limit(vm: &Vm) -> Option<usize> {
    let limit = super::sys_attribute(vm, "tracebacklimit")?;
    match int::as_i64(*limit) {
        Some(n) => Some(n.max(0) as usize),
        // Even less than the least such number.
        None => (int::is_int(vm, *limit) && int::is_negative(*limit)).then_some(0),
    }
}

impl Report {
    fn add(&mut self, vm: &Vm, exc: Value, limit: Option<usize>, seen: &mut Vec<Value>) -> EntryId {
        seen.push(exc);
        let tb = super::super::traceback(exc);
        let mut frames = Vec::new();
        let mut entry = (!tb.is_null()).then_some(tb);
        while let Some(tb) = entry {
            frames.extend(FrameSummary::of(vm, tb));
            entry = traceback::next(tb);
        }
        if let Some(limit) = limit {
            frames.drain(..frames.len().saturating_sub(limit));
        }
        let mut text = safe_text(vm, exc, "exception", protocol::object::str);
        text.push_str(&suggest::hint(vm, exc, tb));
        // SAFETY: callers pass exceptions.
        let suppress_context = unsafe { base(exc).suppress_context };
        self.entries.push(Entry {
            exc: exc.own(),
            frames,
            type_name: type_name(vm, exc),
            text,
            notes: notes(vm, exc),
            cause: None,
            context: None,
            suppress_context,
            nested: None,
        });
        self.entries.len() - 1
    }
}

/// The class with its module, unless that is `builtins` or `__main__`.
pub(super) fn type_name(vm: &Vm, exc: Value) -> String {
    let ty = type_of(vm, exc);
    let qualname = match ty.qualname.get() {
        q if q.is_null() => ty.short_name(),
        q => text_of(q),
    };
    let module = match protocol::attr::get_optional(vm, ty.value(), *vm.names.__module__) {
        Ok(Some(m)) if is_instance(vm, *m, vm.types.str) => text_of(*m),
        Ok(_) => "<unknown>".to_owned(),
        Err(raised) => {
            vm.discard(raised);
            "<unknown>".to_owned()
        }
    };
    match module.as_str() {
        "builtins" | "__main__" => qualname,
        _ => format!("{module}.{qualname}"),
    }
}

fn notes(vm: &Vm, exc: Value) -> Vec<String> {
    let notes = match protocol::attr::get_optional(vm, exc, *vm.names.__notes__) {
        Ok(None) => return Vec::new(),
        Ok(Some(notes)) if notes.is_none() => return Vec::new(),
        Ok(Some(notes)) => notes,
        Err(raised) => {
            let e = vm.take_exception(raised);
            let shown = safe_text(vm, *e, "__notes__", protocol::object::repr);
            return vec![format!("Ignored error getting __notes__: {shown}")];
        }
    };
    let items: Vec<Owned> = if is_instance(vm, *notes, vm.types.list) {
        list::items(&notes).iter().map(|n| n.own()).collect()
    } else if is_instance(vm, *notes, vm.types.tuple) {
        tuple::items(&notes).iter().map(|n| n.own()).collect()
    } else {
        return vec![safe_text(vm, *notes, "__notes__", protocol::object::repr)];
    };
    let mut lines = Vec::new();
    for note in items {
        let text = safe_text(vm, *note, "note", protocol::object::str);
        lines.extend(text.split('\n').map(str::to_owned));
    }
    lines
}
