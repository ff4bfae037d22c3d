//! "Did you mean": the candidate closest to a name that was not found.
//!
//! The measure is an edit distance in which changing the case of a letter costs less than other changes; a candidate is
//! only offered when at most a third of the letters involved would have to change. Source: the documented
//! behaviour of CPython's `_suggestions`.

use taipan_layout::Value;

use super::super::super::{dict, frame, function, is_instance, str, traceback};
use super::super::carriers;
use super::text_of;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

const MAX_CANDIDATES: usize = 750;
const MAX_LENGTH: usize = 40;
const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;

/// The candidate closest to `wrong`, the first one of several.
pub fn closest<'a>(candidates: impl IntoIterator<Item = &'a str>, wrong: &str) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if candidates.len() > MAX_CANDIDATES {
        return None;
    }
    let wrong: Vec<char> = wrong.chars().collect();
    if wrong.len() > MAX_LENGTH {
        return None;
    }
    let mut best: Option<(&str, usize)> = None;
    for candidate in candidates {
        let name: Vec<char> = candidate.chars().collect();
        if name == wrong {
            continue;
        }
        let mut limit = (name.len() + wrong.len() + 3) * MOVE_COST / 6;
        if let Some((_, d)) = best {
            // Zero would mean the same name, which was skipped.
            limit = limit.min(d.saturating_sub(1));
        }
        if let Some(d) = distance(&wrong, &name, limit) {
            best = Some((candidate, d));
        }
    }
    best.map(|(name, _)| name)
}

fn substitution(a: char, b: char) -> usize {
    if a == b {
        0
    } else if a.to_lowercase().eq(b.to_lowercase()) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

/// The distance between two names unless it exceeds `limit`.
fn distance(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    let within = |d: usize| (d <= limit).then_some(d);
    if a.is_empty() || b.is_empty() {
        return within(MOVE_COST * (a.len() + b.len()));
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return None;
    }
    let (a, b) = if b.len() < a.len() { (b, a) } else { (a, b) };
    if (b.len() - a.len()) * MOVE_COST > limit {
        return None;
    }
    // One row of the Levenshtein matrix, updated in place.
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE_COST).collect();
    for (i, cb) in b.iter().enumerate() {
        let mut diagonal = i * MOVE_COST;
        // CPython starts the row one step too cheap; suggestions depend on it.
        let mut left = diagonal;
        let mut smallest = usize::MAX;
        for (j, ca) in a.iter().enumerate() {
            let substitute = diagonal + substitution(*cb, *ca);
            diagonal = row[j];
            let here = substitute.min(left.min(diagonal) + MOVE_COST);
            row[j] = here;
            left = here;
            smallest = smallest.min(here);
        }
        if smallest > limit {
            return None;
        }
    }
    within(row[a.len() - 1])
}

/// What to add to the message of an exception whose traceback is `tb` (NULL: none), as CPython words it.
pub(super) fn hint(vm: &Vm, exc: Value, tb: Value) -> String {
    let t = &vm.types;
    if is_instance(vm, exc, t.import_error) {
        let Some(wrong) = carriers::import_name_from(exc) else { return String::new() };
        return match for_import(vm, exc, *wrong) {
            Some(name) => format!(". Did you mean: '{name}'?"),
            None => String::new(),
        };
    }
    let is_name_error = is_instance(vm, exc, t.name_error);
    if !is_name_error && !is_instance(vm, exc, t.attribute_error) {
        return String::new();
    }
    // Both families keep the name in their first word.
    // SAFETY: the type was checked.
    let wrong = unsafe { super::super::field_or_none(exc, 0) };
    if wrong.is_none() {
        return String::new();
    }
    let suggestion = match is_instance(vm, *wrong, t.str) {
        true if is_name_error => for_name(vm, *wrong, tb),
        true => for_attribute(vm, exc, *wrong, tb),
        false => None,
    };
    let mut text = match &suggestion {
        Some(name) => format!(". Did you mean: '{name}'?"),
        None => String::new(),
    };
    if is_name_error && is_instance(vm, *wrong, t.str) {
        let wrong = text_of(*wrong);
        if crate::modules::stdlib_names::contains(&wrong) {
            text.push_str(if suggestion.is_some() { " Or did" } else { ". Did" });
            text.push_str(&format!(" you forget to import '{wrong}'?"));
        }
    }
    text
}

/// Swallows an error of code that only helps to find a suggestion.
fn quiet<T>(vm: &Vm, result: PyResult<T>) -> Option<T> {
    result.map_err(|raised| vm.discard(raised)).ok()
}

/// The names that `dir()` lists, sorted.
fn names_of(vm: &Vm, object: Value) -> Option<Vec<String>> {
    let names = quiet(vm, protocol::call::special(vm, object, *vm.names.__dir__, &[]))??;
    let items = quiet(vm, protocol::iter::collect(vm, *names))?;
    let mut names: Vec<String> =
        items.iter().filter(|n| is_instance(vm, ***n, vm.types.str)).map(|n| text_of(**n)).collect();
    names.sort();
    Some(names)
}

fn choose(names: &[String], wrong: &str) -> Option<String> {
    closest(names.iter().map(String::as_str), wrong).map(str::to_owned)
}

/// The frame in which the exception was raised.
fn innermost_frame(tb: Value) -> Option<*mut taipan_layout::Frame> {
    if tb.is_null() {
        return None;
    }
    let mut tb = tb;
    while let Some(next) = traceback::next(tb) {
        tb = next;
    }
    frame::frame_of(traceback::frame_object(tb))
}

fn variables(vm: &Vm, f: *mut taipan_layout::Frame) -> Option<Owned> {
    // SAFETY: the frame is live or kept by its object.
    unsafe {
        if (*f).locals.is_null() {
            quiet(vm, frame::snapshot(vm, f))
        } else if is_instance(vm, (*f).locals, vm.types.dict) {
            Some((*f).locals.own())
        } else {
            quiet(vm, dict::new(vm))
        }
    }
}

fn variable(vm: &Vm, variables: &Owned, name: &str) -> Option<Owned> {
    let key = str::intern(vm, name);
    dict::get_str(vm, **variables, *key).map(Counted::own)
}

fn for_attribute(vm: &Vm, exc: Value, wrong: Value, tb: Value) -> Option<String> {
    // SAFETY: the caller checked the type; the second word of the family is the object.
    let object = unsafe { super::super::field_or_none(exc, 1) };
    let wrong = text_of(wrong);
    let mut names = names_of(vm, *object)?;
    let mut hide = !wrong.starts_with('_');
    if hide && let Some(f) = innermost_frame(tb) {
        let own = variables(vm, f).and_then(|v| variable(vm, &v, "self"));
        hide = !own.is_some_and(|own| *own == *object);
    }
    if hide {
        names.retain(|n| !n.starts_with('_'));
    }
    choose(&names, &wrong)
}

fn for_import(vm: &Vm, exc: Value, wrong: Value) -> Option<String> {
    if !is_instance(vm, wrong, vm.types.str) {
        return None;
    }
    let module = carriers::import_name(exc)?;
    let modules = vm.state.modules.get()?;
    let module = quiet(vm, dict::get(vm, modules, *module))??;
    let wrong = text_of(wrong);
    let mut names = names_of(vm, *module)?;
    if !wrong.starts_with('_') {
        names.retain(|n| !n.starts_with('_'));
    }
    choose(&names, &wrong)
}

fn for_name(vm: &Vm, wrong: Value, tb: Value) -> Option<String> {
    let f = innermost_frame(tb)?;
    let locals = variables(vm, f)?;
    // SAFETY: the frame is live or kept by its object.
    let (globals, builtins) =
        unsafe { (Value::from_ptr((*f).globals).own(), function::builtins::of_frame(vm, f).own()) };
    if let Some(own) = variable(vm, &locals, "self") {
        let found = quiet(vm, protocol::attr::get_optional(vm, *own, wrong)).flatten();
        if found.is_some() {
            return Some(format!("self.{}", text_of(wrong)));
        }
    }
    let mut names = Vec::new();
    // Builtins may be no dict; what another class would say is not asked.
    for namespace in [&locals, &globals, &builtins].into_iter().filter(|n| dict::is_dict(vm, ***n)) {
        names.extend(
            dict::snapshot(**namespace)
                .iter()
                .filter(|(k, _)| is_instance(vm, **k, vm.types.str))
                .map(|(k, _)| text_of(**k)),
        );
    }
    choose(&names, &text_of(wrong))
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn close_names_are_found_and_distant_ones_are_not() {
        assert_eq!(closest(["bluch", "bunch"], "blech"), Some("bluch"));
        assert_eq!(closest(["k1", "k2"], "k3"), Some("k1"));
        assert_eq!(closest(["name", "value"], "nmae"), None);
        assert_eq!(closest(["value"], "valeu"), Some("value"));
        assert_eq!(closest(["Noise", "noise"], "NOISE"), Some("Noise"));
        assert_eq!(closest(["same"], "same"), None);
    }
}
