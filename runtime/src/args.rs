//! Arguments of a call, as CPython's vectorcall passes them: positional values, then the values of keyword arguments, and
//! a tuple with their names.

use taipan_layout::Value;

use crate::objects::{dict, tuple};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

#[derive(Clone, Copy)]
pub struct Args<'a> {
    all: &'a [Value],
    /// Tuple of `str`, or NULL.
    kwnames: Value,
}

impl<'a> Args<'a> {
    pub const EMPTY: Args<'static> = Args { all: &[], kwnames: Value::NULL };

    pub fn positional(values: &'a [Value]) -> Args<'a> {
        Args { all: values, kwnames: Value::NULL }
    }

    /// `kwnames` is a tuple of as many `str` as keyword values end `all`, or NULL.
    pub fn with_keywords(all: &'a [Value], kwnames: Value) -> Args<'a> {
        Args { all, kwnames }
    }

    #[inline]
    pub fn keyword_count(&self) -> usize {
        if self.kwnames.is_null() { 0 } else { tuple::items(&self.kwnames).len() }
    }
    #[inline]
    pub fn pos(&self) -> &'a [Value] {
        &self.all[..self.all.len() - self.keyword_count()]
    }
    pub fn all(&self) -> &'a [Value] {
        self.all
    }
    /// Tuple of keyword names, or NULL.
    pub fn kwnames(&self) -> Value {
        self.kwnames
    }
    /// Name and value of each keyword argument. The borrow of the names is as long as the call.
    pub fn keywords(&self) -> impl Iterator<Item = (Value, Value)> + 'a {
        let count = self.keyword_count();
        let kwnames = self.kwnames;
        let values = &self.all[self.all.len() - count..];
        (0..count).map(move |i| (tuple::items(&kwnames)[i], values[i]))
    }
    /// The keyword arguments as a dict, or None when there are none.
    pub fn keyword_dict(&self, vm: &Vm) -> PyResult {
        if !self.has_keywords() {
            return Ok(Owned::none());
        }
        let all = dict::new(vm)?;
        for (name, value) in self.keywords() {
            dict::set(vm, *all, name, value)?;
        }
        Ok(all)
    }
    pub fn has_keywords(&self) -> bool {
        self.keyword_count() != 0
    }
}
