//! Objects that are written as a call: what reducers and `__reduce_ex__` return.

use taipan_layout::Value;

use super::opcodes::*;
use super::save::{Saver, is_type, type_name};
use crate::objects::{dict, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// What a reducer's tuple says.
struct Reduced {
    callable: Owned,
    args: Owned,
    state: Option<Owned>,
    list_items: Option<Owned>,
    dict_items: Option<Owned>,
    state_setter: Option<Owned>,
}

/// A callable of `copyreg` that opcodes of their own stand for.
#[derive(PartialEq, Eq)]
enum Form {
    Call,
    New,
    NewWithKeywords,
}

impl Reduced {
    fn parse(vm: &Vm, v: Value) -> PyResult<Reduced> {
        let error = |text: &str| super::pickling_error(vm, text);
        let items = tuple::items(&v);
        if !(2..=6).contains(&items.len()) {
            return Err(error("tuple returned by __reduce__ must contain 2 through 6 elements"));
        }
        let must = |which: &str, what: &str, v: Value| {
            let got = type_name(vm, v);
            error(&format!("{which} item of the tuple returned by __reduce__ must be {what}, not {got}"))
        };
        if !protocol::object::is_callable(vm, items[0]) {
            return Err(must("first", "callable", items[0]));
        }
        if !is_instance(vm, items[1], vm.types.tuple) {
            return Err(must("second", "a tuple", items[1]));
        }
        let part = |i: usize| items.get(i).copied().filter(|v| !v.is_none());
        let is_iterator = |v: Value| type_of(vm, v).slots().next.is_some();
        for (i, which) in [(3, "fourth"), (4, "fifth")] {
            if let Some(v) = part(i).filter(|v| !is_iterator(*v)) {
                return Err(must(which, "an iterator", v));
            }
        }
        if let Some(v) = part(5).filter(|v| !protocol::object::is_callable(vm, *v)) {
            return Err(must("sixth", "callable", v));
        }
        let owned = |i: usize| part(i).map(Counted::own);
        Ok(Reduced {
            callable: items[0].own(),
            args: items[1].own(),
            state: owned(2),
            list_items: owned(3),
            dict_items: owned(4),
            state_setter: owned(5),
        })
    }
}

impl Saver<'_> {
    /// An object that no opcode stands for.
    pub fn save_object(&self, v: Value) -> PyResult<()> {
        let vm = self.vm;
        let ty = type_of(vm, v);
        if ty == vm.types.pickle_buffer {
            return self.save_buffer(v);
        }
        if let Some(f) = &self.reducer_override {
            let reduced = protocol::call::positional(vm, **f, &[v])?;
            if *reduced != Value::NOT_IMPLEMENTED {
                return self.save_result(v, *reduced);
            }
        }
        if ty == vm.types.type_ {
            return self.save_type(v);
        }
        if ty == vm.types.function {
            return self.save_global(v, None);
        }
        let reduced = match self.reducer(ty.value())? {
            Some(f) => protocol::call::positional(vm, *f, &[v])?,
            None if is_type(vm, v) => return self.save_global(v, None),
            None => self.reduce(v)?,
        };
        self.save_result(v, *reduced)
    }

    /// What the dispatch table has for a type.
    fn reducer(&self, ty: Value) -> PyResult<Option<Owned>> {
        let vm = self.vm;
        match self.state().dispatch_table.clone() {
            None => {
                let table = self.globals.dispatch_table(vm)?;
                dict::get(vm, **table, ty)
            }
            Some(table) => match protocol::item::get(vm, *table, ty) {
                Ok(f) => Ok(Some(f)),
                Err(raised) => vm.catch(raised, vm.types.key_error).map(|_| None),
            },
        }
    }

    /// Asks the object itself.
    fn reduce(&self, v: Value) -> PyResult {
        let vm = self.vm;
        let version = Value::fixnum(self.protocol.into());
        if let Some(f) = protocol::attr::get_optional(vm, v, *vm.names.__reduce_ex__)? {
            return protocol::call::positional(vm, *f, &[version]);
        }
        if let Some(f) = protocol::attr::get_optional(vm, v, *vm.names.__reduce__)? {
            return protocol::call::positional(vm, *f, &[]);
        }
        Err(super::pickling_error(vm, &format!("Can't pickle {} object", type_name(vm, v))))
    }

    /// What a reducer returned for `v`.
    fn save_result(&self, v: Value, reduced: Value) -> PyResult<()> {
        let vm = self.vm;
        if str::is_str(vm, reduced) {
            return self.save_global(v, Some(reduced));
        }
        let saved = if tuple::is_tuple(vm, reduced) {
            self.save_reduced(reduced, Some(v))
        } else {
            let got = type_name(vm, reduced);
            let text = format!("__reduce__ must return a string or tuple, not {got}");
            Err(super::pickling_error(vm, &text))
        };
        saved.map_err(|raised| self.note(raised, v, "object"))
    }

    /// A reducer's tuple for `object`.
    pub fn save_reduced(&self, reduced: Value, object: Option<Value>) -> PyResult<()> {
        let vm = self.vm;
        let r = Reduced::parse(vm, reduced)?;
        let about = object.unwrap_or(reduced);
        match self.form(*r.callable)? {
            Form::NewWithKeywords => self.save_new_with_keywords(*r.args, about)?,
            Form::New => self.save_new(*r.args, object, about)?,
            Form::Call => {
                self.save_part(*r.callable, about, "reconstructor")?;
                self.save_part(*r.args, about, "reconstructor arguments")?;
                self.push(REDUCE);
            }
        }
        if let Some(object) = object {
            // It is there if one of the arguments refers to it: what was made is dropped again.
            match self.state().memo.get(object) {
                Some(number) => {
                    self.push(POP);
                    self.refer(number)?;
                }
                None => self.memoize(object)?,
            }
        }
        if let Some(items) = &r.list_items {
            self.save_appends(**items, about)?;
        }
        if let Some(items) = &r.dict_items {
            self.save_sets(**items, about)?;
        }
        let Some(state) = &r.state else { return Ok(()) };
        match &r.state_setter {
            None => {
                self.save_part(**state, about, "state")?;
                self.push(BUILD);
            }
            Some(setter) => {
                self.save_part(**setter, about, "state setter")?;
                self.save(about)?;
                self.save_part(**state, about, "state")?;
                self.extend(&[TUPLE2, REDUCE, POP]);
            }
        }
        Ok(())
    }

    fn save_part(&self, v: Value, object: Value, what: &str) -> PyResult<()> {
        self.save(v).map_err(|raised| self.note(raised, object, what))
    }

    /// Which opcode makes the object, by the callable's name.
    fn form(&self, callable: Value) -> PyResult<Form> {
        let vm = self.vm;
        if self.protocol < 2 {
            return Ok(Form::Call);
        }
        let name = protocol::attr::get_optional(vm, callable, *vm.names.__name__)?;
        let Some(name) = name.filter(|name| str::is_str(vm, **name)) else { return Ok(Form::Call) };
        Ok(if str::equals_str(*name, "__newobj__") {
            Form::New
        } else if str::equals_str(*name, "__newobj_ex__") {
            Form::NewWithKeywords
        } else {
            Form::Call
        })
    }

    fn must_be_class(&self, function: &str, v: Value) -> PyResult<()> {
        if is_type(self.vm, v) {
            return Ok(());
        }
        let got = type_name(self.vm, v);
        Err(self.error(&format!("first argument to {function}() must be a class, not {got}")))
    }

    fn error(&self, text: &str) -> Raised {
        super::pickling_error(self.vm, text)
    }

    /// `copyreg.__newobj__(cls, *args)`.
    fn save_new(&self, args: Value, object: Option<Value>, about: Value) -> PyResult<()> {
        let vm = self.vm;
        let items = tuple::items(&args);
        let Some(&cls) = items.first() else {
            return Err(self.error("__newobj__ expected at least 1 argument, got 0"));
        };
        self.must_be_class("__newobj__", cls)?;
        if let Some(object) = object {
            let own = protocol::attr::get(vm, object, *vm.names.__class__)?;
            if *own != cls {
                let (own, cls) =
                    (protocol::object::repr_string(vm, *own)?, protocol::object::repr_string(vm, cls)?);
                return Err(self.error(&format!("first argument to __newobj__() must be {own}, not {cls}")));
            }
        }
        self.save_part(cls, about, "class")?;
        let rest = tuple::from_slice(vm, &items[1..])?;
        self.save_part(*rest, about, "__new__ arguments")?;
        self.push(NEWOBJ);
        Ok(())
    }

    /// `copyreg.__newobj_ex__(cls, args, kwargs)`.
    fn save_new_with_keywords(&self, given: Value, about: Value) -> PyResult<()> {
        let vm = self.vm;
        let &[cls, args, kwargs] = tuple::items(&given) else {
            let n = tuple::len(given);
            return Err(self.error(&format!("__newobj_ex__ expected 3 arguments, got {n}")));
        };
        self.must_be_class("__newobj_ex__", cls)?;
        for (v, ty, which, what) in
            [(args, vm.types.tuple, "second", "tuple"), (kwargs, vm.types.dict, "third", "dict")]
        {
            if !is_instance(vm, v, ty) {
                let got = type_name(vm, v);
                return Err(
                    self.error(&format!("{which} argument to __newobj_ex__() must be a {what}, not {got}"))
                );
            }
        }
        if self.protocol >= 4 {
            self.save_part(cls, about, "class")?;
            self.save_part(args, about, "__new__ arguments")?;
            self.save_part(kwargs, about, "__new__ arguments")?;
            self.push(NEWOBJ_EX);
            return Ok(());
        }
        // No opcode yet: a partial call of the class's `__new__`.
        let new = protocol::attr::get(vm, cls, *vm.names.__new__)?;
        let mut all = vec![*new, cls];
        all.extend_from_slice(tuple::items(&args));
        let entries = dict::snapshot(kwargs);
        if entries.iter().any(|(name, _)| !str::is_str(vm, **name)) {
            return Err(vm.type_error("keywords must be strings"));
        }
        let names: Vec<Value> = entries.iter().map(|(name, _)| **name).collect();
        all.extend(entries.iter().map(|(_, value)| **value));
        let names = tuple::from_slice(vm, &names)?;
        let partial = super::names::partial(vm)?;
        let call = crate::args::Args::with_keywords(&all, *names);
        let made = protocol::call::with_args(vm, *partial, call)?;
        self.save_part(*made, about, "reconstructor")?;
        self.save_part(*tuple::empty(vm), about, "reconstructor arguments")?;
        self.push(REDUCE);
        Ok(())
    }
}
