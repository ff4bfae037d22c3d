//! Argument binding from text signatures.
//!
//! `"($self, iterable, /, *, key=None, reverse=False)"` is parsed once, on the function's first call, into parameters with
//! kinds; binding then fills one word per parameter. The messages are those of CPython's Argument Clinic.

use std::borrow::Cow;

use taipan_layout::Value;

use crate::args::Args;
use crate::objects::exceptions::print::suggest::closest;
use crate::objects::{dict, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ParamKind {
    PositionalOnly,
    PositionalOrKeyword,
    KeywordOnly,
}

#[derive(Debug)]
struct Param {
    name: String,
    kind: ParamKind,
    required: bool,
}

/// Parameters up to which [`Signature::by_position`] answers.
pub const MAX_BY_POSITION: usize = 8;

/// A parsed signature, without `$self`.
#[derive(Debug)]
pub struct Signature {
    params: Vec<Param>,
    /// Parameters that a position can fill.
    positional: usize,
    required_positional: usize,
    has_varargs: bool,
    has_varkw: bool,
    /// Fewest and most arguments, when a call with positional ones only binds each to the parameter at its place.
    by_position: Option<(u8, u8)>,
}

impl Signature {
    /// Parses a text signature such as `($self, x, /, y=1, *args, z, **kw)`.
    pub fn parse(text: &str) -> Signature {
        let inner = text.trim().strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or("");
        let mut params: Vec<Param> = Vec::new();
        let (mut has_varargs, mut has_varkw, mut keyword_only) = (false, false, false);
        let inner = without_groups(inner);
        let is_nested = inner.bytes().any(|b| matches!(b, b'(' | b'[' | b'{' | b'\'' | b'"'));
        let nested = if is_nested { split_top_level(&inner) } else { Vec::new() };
        let plain = if is_nested { "" } else { &*inner };
        for item in plain.split(',').chain(nested) {
            let item = item.trim();
            match item {
                "" => {}
                "/" => params.iter_mut().for_each(|p| p.kind = ParamKind::PositionalOnly),
                "*" => keyword_only = true,
                _ if item.starts_with('$') => {}
                _ if item.starts_with("**") => has_varkw = true,
                _ if item.starts_with('*') => {
                    has_varargs = true;
                    keyword_only = true;
                }
                _ => {
                    let (name, required) = match item.split_once('=') {
                        Some((n, _)) => (n.trim(), false),
                        None => (item, true),
                    };
                    let kind =
                        if keyword_only { ParamKind::KeywordOnly } else { ParamKind::PositionalOrKeyword };
                    params.push(Param { name: name.to_owned(), kind, required });
                }
            }
        }
        let positional = params.iter().filter(|p| p.kind != ParamKind::KeywordOnly).count();
        let required_positional =
            params.iter().filter(|p| p.kind != ParamKind::KeywordOnly && p.required).count();
        let plain = !has_varargs && !has_varkw && positional == params.len() && positional <= MAX_BY_POSITION;
        let by_position = plain.then_some((required_positional as u8, positional as u8));
        Signature { params, positional, required_positional, has_varargs, has_varkw, by_position }
    }

    /// Fewest and most arguments (at most [`MAX_BY_POSITION`]) of a call that needs no binding: words by position, NULL for
    /// what is omitted.
    #[inline]
    pub fn by_position(&self) -> Option<(usize, usize)> {
        self.by_position.map(|(min, max)| (min as usize, max as usize))
    }

    /// Words that a bound call has: one per parameter, then `*args`, then `**kwargs`.
    pub fn slots(&self) -> usize {
        self.params.len() + self.has_varargs as usize + self.has_varkw as usize
    }

    /// Whether any argument may be given by name.
    pub fn accepts_keywords(&self) -> bool {
        self.has_varkw || self.takes_keywords()
    }

    fn takes_keywords(&self) -> bool {
        self.params.iter().any(|p| p.kind != ParamKind::PositionalOnly)
    }

    /// Fills `out` (all NULL) and returns what it refers to and nothing else keeps alive.
    pub fn bind(&self, vm: &Vm, name: &str, args: Args, out: &mut [Value]) -> PyResult<Bound> {
        let pos = args.pos();
        let given = pos.len();
        let mut bound = Bound { varargs: None, varkw: None };
        let too_many_in_all = given + args.keyword_count() > self.params.len() && !self.has_varkw;
        if !self.has_varargs && (given > self.positional || too_many_in_all && self.takes_keywords()) {
            return Err(self.too_many(vm, name, given, args.keyword_count()));
        }
        let direct = given.min(self.positional);
        out[..direct].copy_from_slice(&pos[..direct]);
        if self.has_varargs {
            let rest = tuple::from_slice(vm, &pos[direct..])?;
            out[self.params.len()] = *rest;
            bound.varargs = Some(rest);
        }
        let unexpected =
            if args.has_keywords() { self.bind_keywords(vm, name, args, out, &mut bound)? } else { None };
        for (i, p) in self.params.iter().enumerate() {
            if p.required && out[i].is_null() {
                return Err(self.missing(vm, name, i, given));
            }
        }
        // CPython complains of what is missing first.
        if let Some(keyword) = unexpected {
            let names = self.params.iter().filter(|p| p.kind != ParamKind::PositionalOnly);
            return Err(unexpected_keyword(vm, name, keyword, names.map(|p| p.name.as_str())));
        }
        Ok(bound)
    }

    /// Returns the first keyword that no parameter takes.
    fn bind_keywords(
        &self,
        vm: &Vm,
        name: &str,
        args: Args,
        out: &mut [Value],
        bound: &mut Bound,
    ) -> PyResult<Option<Value>> {
        if !self.takes_keywords() && !self.has_varkw {
            return Err(vm.type_error(&format!("{name}() takes no keyword arguments")));
        }
        let mut unexpected = None;
        for (key, value) in args.keywords() {
            let text = str::to_string_lossy(key);
            let found =
                self.params.iter().position(|p| p.kind != ParamKind::PositionalOnly && p.name == text);
            match found {
                Some(i) if out[i].is_null() => out[i] = value,
                Some(i) => {
                    return Err(vm.type_error(&format!(
                        "argument for {name}() given by name ('{text}') and position ({})",
                        i + 1
                    )));
                }
                None if self.has_varkw => {
                    if bound.varkw.is_none() {
                        let d = dict::new(vm)?;
                        out[self.params.len() + self.has_varargs as usize] = *d;
                        bound.varkw = Some(d);
                    }
                    let d = bound.varkw.as_ref().expect("made above");
                    dict::set(vm, **d, key, value)?;
                }
                None => unexpected = unexpected.or(Some(key)),
            }
        }
        Ok(unexpected)
    }

    #[cold]
    fn too_many(&self, vm: &Vm, name: &str, given: usize, keywords: usize) -> Raised {
        let (total, len) = (given + keywords, self.params.len());
        if self.params.iter().all(|p| p.kind == ParamKind::PositionalOnly) {
            return self.wrong_count(vm, name, given);
        }
        if total > len {
            let what = if given == 0 { "keyword argument" } else { "argument" };
            return vm
                .type_error(&format!("{name}() takes at most {len} {what}{} ({total} given)", plural(len)));
        }
        let max = self.positional;
        if max == 0 {
            return vm.type_error(&format!("{name}() takes no positional arguments"));
        }
        let bound = if self.required_positional == max { "exactly" } else { "at most" };
        vm.type_error(&format!(
            "{name}() takes {bound} {max} positional argument{} ({given} given)",
            plural(max)
        ))
    }

    #[cold]
    fn wrong_count(&self, vm: &Vm, name: &str, given: usize) -> Raised {
        let (min, max) = (self.required_positional, self.positional);
        if max == 0 {
            return vm.type_error(&format!("{name}() takes no arguments ({given} given)"));
        }
        if min == max && max == 1 {
            return vm.type_error(&format!("{name}() takes exactly one argument ({given} given)"));
        }
        let (bound, n) = if min == max {
            ("", max)
        } else if given < min {
            ("at least ", min)
        } else {
            ("at most ", max)
        };
        vm.type_error(&format!("{name} expected {bound}{n} argument{}, got {given}", plural(n)))
    }

    #[cold]
    fn missing(&self, vm: &Vm, name: &str, index: usize, given: usize) -> Raised {
        let p = &self.params[index];
        match p.kind {
            ParamKind::PositionalOnly => {
                if self.params.iter().all(|p| p.kind == ParamKind::PositionalOnly) {
                    return self.wrong_count(vm, name, given);
                }
                let n =
                    self.params.iter().filter(|p| p.required && p.kind == ParamKind::PositionalOnly).count();
                let bound = if n == self.positional { "exactly" } else { "at least" };
                vm.type_error(&format!(
                    "{name}() takes {bound} {n} positional argument{} ({given} given)",
                    plural(n)
                ))
            }
            ParamKind::KeywordOnly => {
                vm.type_error(&format!("{name}() missing required keyword-only argument: '{}'", p.name))
            }
            ParamKind::PositionalOrKeyword => {
                vm.type_error(&format!("{name}() missing required argument '{}' (pos {})", p.name, index + 1))
            }
        }
    }
}

/// Owners of the collected `*args` and `**kwargs` of a bound call.
pub struct Bound {
    varargs: Option<Owned>,
    varkw: Option<Owned>,
}

impl Bound {
    /// Drops the collected arguments: nothing the callee kept is affected, since it counted its own references.
    pub fn release(self) {
        drop(self.varargs);
        drop(self.varkw);
    }
}

pub fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// Optional groups at the end, `sub[, start[, end]], /`, as parameters with defaults.
fn without_groups(inner: &str) -> Cow<'_, str> {
    if !inner.as_bytes().contains(&b'[') {
        return Cow::Borrowed(inner);
    }
    let (Some(start), Some(end)) = (inner.find("[,"), inner.rfind(']')) else { return Cow::Borrowed(inner) };
    let mut out = inner[..start].to_owned();
    for name in
        inner[start..end].split(',').map(|n| n.trim_matches(['[', ']', ' '])).filter(|n| !n.is_empty())
    {
        out.push_str(&format!(", {name}=None"));
    }
    out.push_str(&inner[end + 1..]);
    Cow::Owned(out)
}

/// Splits at commas outside of brackets and quotes.
fn split_top_level(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut depth, mut start, mut quote) = (0usize, 0, None);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                out.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    out
}

/// `TypeError` for a keyword argument that is not among `names`, with the closest of them.
#[cold]
pub fn unexpected_keyword<'a>(
    vm: &Vm,
    function: &str,
    keyword: Value,
    names: impl IntoIterator<Item = &'a str>,
) -> Raised {
    let names: Vec<&str> = names.into_iter().collect();
    if type_of(vm, keyword) != vm.types.str {
        // Binding compares characters; here `==` decides, which a subclass of `str` may have defined otherwise.
        for name in &names {
            let equal = str::new(vm, name).and_then(|n| protocol::compare::equal(vm, *n, keyword));
            match equal {
                Ok(true) => return vm.type_error(&format!("invalid keyword argument for {function}()")),
                Ok(false) => {}
                Err(raised) => return raised,
            }
        }
    }
    let keyword = &*str::to_string_lossy(keyword);
    let hint = match closest(names, keyword) {
        Some(name) => format!(". Did you mean '{name}'?"),
        None => String::new(),
    };
    vm.type_error(&format!("{function}() got an unexpected keyword argument '{keyword}'{hint}"))
}

/// TypeError unless a call that takes no keywords got none.
pub fn no_keywords(vm: &Vm, name: &str, args: &Args) -> PyResult<()> {
    if args.has_keywords() {
        return Err(vm.type_error(&format!("{name}() takes no keyword arguments")));
    }
    Ok(())
}

/// The keyword arguments of a function whose positional ones are `*args`: one word per name, NULL where omitted.
pub fn keyword_only<const N: usize>(
    vm: &Vm,
    function: &str,
    args: Args,
    names: [&str; N],
) -> PyResult<[Value; N]> {
    let mut out = [Value::NULL; N];
    for (key, value) in args.keywords() {
        let text = str::to_string_lossy(key);
        match names.iter().position(|n| *n == text) {
            Some(i) => out[i] = value,
            None => return Err(unexpected_keyword(vm, function, key, names)),
        }
    }
    Ok(out)
}

/// TypeError for more keyword arguments than there are names for, which many functions ask before what they are called.
pub fn at_most_keywords(vm: &Vm, function: &str, args: Args, max: usize) -> PyResult<()> {
    let given = args.keyword_count();
    if given > max {
        let s = plural(max);
        return Err(
            vm.type_error(&format!("{function}() takes at most {max} keyword argument{s} ({given} given)"))
        );
    }
    Ok(())
}

/// Positional-only arguments by count, for constructors: `name expected at most 2 arguments, got 3`.
pub fn positional_between(vm: &Vm, name: &str, args: &Args, min: usize, max: usize) -> PyResult<()> {
    let n = args.pos().len();
    if n >= min && n <= max {
        return Ok(());
    }
    let (bound, limit) = match (min == max, n < min) {
        (true, _) => ("", max),
        (_, true) => ("at least ", min),
        _ => ("at most ", max),
    };
    Err(vm.type_error(&format!("{name} expected {bound}{limit} argument{}, got {n}", plural(limit))))
}

/// A copy of the bound words that own their references: for callees that outlive the call.
pub fn own_all(values: &[Value]) -> Vec<Option<Owned>> {
    values.iter().map(|v| (!v.is_null()).then(|| v.own())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_defaults() {
        let s = Signature::parse("($self, a, b=(1, 2), /, c=',', *args, d, e=None, **kw)");
        let kinds: Vec<_> = s.params.iter().map(|p| (p.name.as_str(), p.kind, p.required)).collect();
        assert_eq!(
            kinds,
            [
                ("a", ParamKind::PositionalOnly, true),
                ("b", ParamKind::PositionalOnly, false),
                ("c", ParamKind::PositionalOrKeyword, false),
                ("d", ParamKind::KeywordOnly, true),
                ("e", ParamKind::KeywordOnly, false),
            ]
        );
        assert_eq!((s.positional, s.required_positional, s.slots()), (3, 1, 7));
    }

    #[test]
    fn optional_groups_are_defaults() {
        let s = Signature::parse("($self, sub[, start[, end]], /)");
        let required: Vec<_> = s.params.iter().map(|p| (p.name.as_str(), p.kind, p.required)).collect();
        assert_eq!(
            required,
            [
                ("sub", ParamKind::PositionalOnly, true),
                ("start", ParamKind::PositionalOnly, false),
                ("end", ParamKind::PositionalOnly, false),
            ]
        );
    }
}
