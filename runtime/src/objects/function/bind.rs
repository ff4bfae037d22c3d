//! The arguments of a call become the parameters of the frame.
//!
//! ```text
//!   localsplus: positional parameters | keyword-only ones | *args | **kwargs | other locals, cells, free variables
//! ```
//!
//! Nothing in here runs Python code except where a keyword is an instance of a `str` subclass, so the half-filled
//! frame is never seen.

use taipan_frontend::code::flags::{CO_VARARGS, CO_VARKEYWORDS};
use taipan_layout::Value;
use taipan_layout::objects::Function;

use super::super::code::{CodeObject, code_object};
use super::super::exceptions::print::suggest;
use super::super::{dict, is_instance, str, tuple, type_of};
use super::function_object;
use crate::args::Args;
use crate::owned::{Counted, PyResult, Raised, decref};
use crate::protocol;
use crate::vm::Vm;

/// Fills `locals`, all of the new frame's uninitialised localsplus words, with owned values: the parameters from
/// the arguments, NULL elsewhere. After an error all of them are NULL.
pub fn bind_arguments(vm: &Vm, func: Value, args: Args, locals: &mut [Value]) -> PyResult<()> {
    let f = function_object(func);
    let code = code_object(f.code);
    let head = &code.head;
    let pos = args.pos();
    let exact = pos.len() == head.argcount as usize
        && !args.has_keywords()
        && head.kwonlyargcount == 0
        && head.flags & (CO_VARARGS | CO_VARKEYWORDS) == 0;
    if exact {
        let (parameters, rest) = locals.split_at_mut(pos.len());
        for (place, v) in parameters.iter_mut().zip(pos) {
            *place = v.own().into_value();
        }
        rest.fill(Value::NULL);
        return Ok(());
    }
    locals.fill(Value::NULL);
    let bound = Binder { vm, f, code, locals }.bind(args);
    if bound.is_err() {
        for place in locals {
            // SAFETY: each word is owned by the frame and taken out before it is dropped.
            unsafe { decref(std::mem::replace(place, Value::NULL)) };
        }
    }
    bound
}

struct Binder<'a> {
    vm: &'a Vm,
    f: &'a Function,
    code: &'a CodeObject,
    locals: &'a mut [Value],
}

impl Binder<'_> {
    fn argcount(&self) -> usize {
        self.code.head.argcount as usize
    }
    /// Parameters that have a name of their own.
    fn named(&self) -> usize {
        self.argcount() + self.code.head.kwonlyargcount as usize
    }
    fn flag(&self, flag: u32) -> bool {
        self.code.head.flags & flag != 0
    }
    fn name(&self, index: usize) -> Value {
        tuple::items(&self.code.localsplusnames)[index]
    }
    fn qualname(&self) -> String {
        str::to_string_lossy(self.f.qualname)
    }
    fn defaults(&self) -> &[Value] {
        if self.f.defaults.is_null() { &[] } else { tuple::items(&self.f.defaults) }
    }

    fn bind(&mut self, args: Args) -> PyResult<()> {
        let given = args.pos();
        let n = given.len().min(self.argcount());
        for (place, v) in self.locals.iter_mut().zip(&given[..n]) {
            *place = v.own().into_value();
        }
        let mut extra = self.named();
        if self.flag(CO_VARARGS) {
            self.locals[extra] = tuple::from_slice(self.vm, &given[n..])?.into_value();
            extra += 1;
        }
        if self.flag(CO_VARKEYWORDS) {
            self.locals[extra] = dict::new(self.vm)?.into_value();
        }
        if args.has_keywords() {
            let rest = self.flag(CO_VARKEYWORDS).then(|| self.locals[extra]);
            for (keyword, value) in args.keywords() {
                self.keyword(args, keyword, value, rest)?;
            }
        }
        if given.len() > self.argcount() && !self.flag(CO_VARARGS) {
            return Err(self.too_many_positional(given.len()));
        }
        if given.len() < self.argcount() {
            self.fill_defaults(n)?;
        }
        if self.code.head.kwonlyargcount > 0 {
            self.fill_keyword_defaults()?;
        }
        Ok(())
    }

    /// Gives one keyword argument to its parameter, or to `rest`, the `**kwargs` dict.
    fn keyword(&mut self, args: Args, keyword: Value, value: Value, rest: Option<Value>) -> PyResult<()> {
        if !is_instance(self.vm, keyword, self.vm.types.str) {
            return Err(self.vm.type_error("keywords must be strings"));
        }
        let first = self.code.head.posonlyargcount as usize;
        // Nearly always both are interned: look for the same object before comparing texts.
        let found = (first..self.named())
            .find(|i| self.name(*i) == keyword)
            .or_else(|| (first..self.named()).find(|i| str::equal(self.name(*i), keyword)));
        let found = match found {
            None if type_of(self.vm, keyword) != self.vm.types.str => self.equal_name(first, keyword)?,
            found => found,
        };
        if let Some(i) = found {
            if !self.locals[i].is_null() {
                let (f, name) = (self.qualname(), str::to_string_lossy(keyword));
                return Err(self.vm.type_error(&format!("{f}() got multiple values for argument '{name}'")));
            }
            self.locals[i] = value.own().into_value();
            return Ok(());
        }
        match rest {
            Some(rest) => dict::set(self.vm, rest, keyword, value),
            None => Err(self.unexpected_keyword(args, keyword)),
        }
    }

    /// The parameter whose name equals an instance of a subclass of `str`, which may have an `__eq__` of its own.
    #[cold]
    fn equal_name(&self, first: usize, keyword: Value) -> PyResult<Option<usize>> {
        for i in first..self.named() {
            if protocol::compare::equal(self.vm, keyword, self.name(i))? {
                return Ok(Some(i));
            }
        }
        Ok(None)
    }

    fn unexpected_keyword(&self, args: Args, keyword: Value) -> Raised {
        let f = self.qualname();
        let posonly = self.code.head.posonlyargcount as usize;
        let misplaced: Vec<String> = (0..posonly)
            .map(|i| self.name(i))
            .filter(|name| args.keywords().any(|(k, _)| str::equal(*name, k)))
            .map(str::to_string_lossy)
            .collect();
        if !misplaced.is_empty() {
            return self.vm.type_error(&format!(
                "{f}() got some positional-only arguments passed as keyword arguments: '{}'",
                misplaced.join(", ")
            ));
        }
        let wrong = str::to_string_lossy(keyword);
        let candidates: Vec<String> =
            (posonly..self.named()).map(|i| str::to_string_lossy(self.name(i))).collect();
        let hint = match suggest::closest(candidates.iter().map(String::as_str), &wrong) {
            Some(name) => format!(". Did you mean '{name}'?"),
            None => String::new(),
        };
        self.vm.type_error(&format!("{f}() got an unexpected keyword argument '{wrong}'{hint}"))
    }

    /// Defaults for the positional parameters that are still empty; `n` were given by position.
    fn fill_defaults(&mut self, n: usize) -> PyResult<()> {
        let argcount = self.argcount();
        let count = self.defaults().len().min(argcount);
        let skipped = self.defaults().len() - count;
        let required = argcount - count;
        let missing: Vec<usize> = (n..required.max(n)).filter(|i| self.locals[*i].is_null()).collect();
        if !missing.is_empty() {
            return Err(self.missing(&missing, "positional"));
        }
        for i in required.max(n)..argcount {
            if self.locals[i].is_null() {
                self.locals[i] = self.defaults()[skipped + i - required].own().into_value();
            }
        }
        Ok(())
    }

    fn fill_keyword_defaults(&mut self) -> PyResult<()> {
        let mut missing = Vec::new();
        for i in self.argcount()..self.named() {
            if !self.locals[i].is_null() {
                continue;
            }
            let default = match self.f.kwdefaults {
                d if d.is_null() => None,
                d => dict::get_str(self.vm, d, self.name(i)),
            };
            match default {
                Some(v) => self.locals[i] = v.own().into_value(),
                None => missing.push(i),
            }
        }
        if missing.is_empty() { Ok(()) } else { Err(self.missing(&missing, "keyword-only")) }
    }

    fn missing(&self, indices: &[usize], kind: &str) -> Raised {
        let mut names = Vec::new();
        for i in indices {
            match protocol::object::repr_string(self.vm, self.name(*i)) {
                Ok(name) => names.push(name),
                Err(raised) => return raised,
            }
        }
        let list = match names.as_slice() {
            [one] => one.clone(),
            [one, two] => format!("{one} and {two}"),
            [first @ .., last] => format!("{}, and {last}", first.join(", ")),
            [] => String::new(),
        };
        let (f, n, s) = (self.qualname(), names.len(), plural(names.len()));
        self.vm.type_error(&format!("{f}() missing {n} required {kind} argument{s}: {list}"))
    }

    fn too_many_positional(&self, given: usize) -> Raised {
        let argcount = self.argcount();
        let keyword_only = (argcount..self.named()).filter(|i| !self.locals[*i].is_null()).count();
        let defaults = self.defaults().len();
        let (takes, takes_plural) = if defaults > 0 {
            (format!("from {} to {argcount}", argcount.saturating_sub(defaults)), "s")
        } else {
            (argcount.to_string(), plural(argcount))
        };
        let and_keywords = if keyword_only > 0 {
            let (s, ks) = (plural(given), plural(keyword_only));
            format!(" positional argument{s} (and {keyword_only} keyword-only argument{ks})")
        } else {
            String::new()
        };
        let verb = if given == 1 && keyword_only == 0 { "was" } else { "were" };
        let f = self.qualname();
        self.vm.type_error(&format!(
            "{f}() takes {takes} positional argument{takes_plural} but {given}{and_keywords} {verb} given"
        ))
    }
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}
