//! Opcodes that find globals and make instances.

use taipan_layout::Value;

use super::load::{Loader, type_name};
use super::{names, truncated, unpickler, unpickling_error};
use crate::args::Args;
use crate::objects::{TypeRef, bytes, dict, is_instance, str, tuple, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;

impl Loader<'_> {
    /// A global, by the method that a subclass may define.
    fn find_class(&self, module: Value, name: Value) -> PyResult {
        let vm = self.vm;
        if type_of(vm, self.this) == vm.types.unpickler {
            return unpickler::find_class(vm, self.this, module, name);
        }
        protocol::call::method(vm, self.this, *str::intern(vm, "find_class"), &[module, name])
    }

    /// A line as text.
    fn text_line(&mut self, encoding: &str) -> PyResult {
        let vm = self.vm;
        let line = self.argument()?;
        let data = bytes::new(vm, &line[..line.len() - 1])?;
        str::codec::decode(vm, *data, bytes::as_slice(&data), encoding, "strict")
    }

    pub fn load_global(&mut self) -> PyResult<()> {
        let module = self.text_line("utf-8")?;
        let name = self.text_line("utf-8")?;
        let found = self.find_class(*module, *name)?;
        self.push(found);
        Ok(())
    }

    pub fn load_stack_global(&mut self) -> PyResult<()> {
        let name = self.pop()?;
        let module = self.pop()?;
        if !str::is_exact(*name) || !str::is_exact(*module) {
            return Err(unpickling_error(self.vm, "STACK_GLOBAL requires str"));
        }
        let found = self.find_class(*module, *name)?;
        self.push(found);
        Ok(())
    }

    /// The global that a code was registered for.
    pub fn load_extension(&mut self, code: i32) -> PyResult<()> {
        let vm = self.vm;
        if code <= 0 {
            return Err(unpickling_error(vm, "EXT specifies code <= 0"));
        }
        let key = Value::fixnum(code.into());
        let cache = names::extension_cache(vm)?;
        if let Some(known) = dict::get(vm, *cache, key)? {
            self.push(known);
            return Ok(());
        }
        let registry = names::inverted_registry(vm)?;
        let Some(pair) = dict::get(vm, *registry, key)? else {
            return Err(vm.value_error(&format!("unregistered extension code {code}")));
        };
        let items = if tuple::is_tuple(vm, *pair) { tuple::items(&pair) } else { &[] };
        let &[module, name] = items else { return Err(self.bad_entry(code)) };
        if !str::is_str(vm, module) || !str::is_str(vm, name) {
            return Err(self.bad_entry(code));
        }
        let found = self.find_class(module, name)?;
        dict::set(vm, *cache, key, *found)?;
        self.push(found);
        Ok(())
    }

    fn bad_entry(&self, code: i32) -> crate::owned::Raised {
        self.vm.value_error(&format!("_inverted_registry[{code}] isn't a 2-tuple of strings"))
    }

    /// `cls.__new__(cls, *args)`, or with keywords.
    pub fn new_object(&mut self, has_keywords: bool) -> PyResult<()> {
        let vm = self.vm;
        let kwargs = if has_keywords { Some(self.pop()?) } else { None };
        let args = self.pop()?;
        let cls = self.pop()?;
        let opcode = if has_keywords { "NEWOBJ_EX" } else { "NEWOBJ" };
        let must_be = |what: &str, v: &Owned| {
            let got = type_name(vm, **v);
            unpickling_error(vm, &format!("{opcode} {what}, not {got}"))
        };
        let Some(ty) = TypeRef::from_value(vm, *cls) else {
            return Err(must_be("class argument must be a type", &cls));
        };
        let Some(new) = ty.slots().new else {
            let name = ty.name_str();
            let text = format!("{opcode} class argument '{name}' doesn't have __new__");
            return Err(unpickling_error(vm, &text));
        };
        if !tuple::is_tuple(vm, *args) {
            return Err(must_be("args argument must be a tuple", &args));
        }
        let made = match &kwargs {
            None => new(vm, *cls, Args::positional(tuple::items(&args)))?,
            Some(kwargs) => {
                if !is_instance(vm, **kwargs, vm.types.dict) {
                    return Err(must_be("kwargs argument must be a dict", kwargs));
                }
                let entries = dict::snapshot(**kwargs);
                if entries.iter().any(|(name, _)| !str::is_str(vm, **name)) {
                    return Err(vm.type_error("keywords must be strings"));
                }
                let names: Vec<Value> = entries.iter().map(|(name, _)| **name).collect();
                let mut all = tuple::items(&args).to_vec();
                all.extend(entries.iter().map(|(_, value)| **value));
                let names = tuple::from_slice(vm, &names)?;
                let names = if entries.is_empty() { Value::NULL } else { *names };
                new(vm, *cls, Args::with_keywords(&all, names))?
            }
        };
        self.push(made);
        Ok(())
    }

    /// An instance as Python 2 wrote it: the class called, or an empty instance of it.
    fn instantiate(&mut self, cls: Value, args: &[Owned]) -> PyResult<()> {
        let vm = self.vm;
        let is_type = TypeRef::from_value(vm, cls).is_some();
        let has_arguments = |vm| protocol::attr::get_optional(vm, cls, *str::intern(vm, "__getinitargs__"));
        let made = if args.is_empty() && is_type && has_arguments(vm)?.is_none() {
            protocol::call::method(vm, cls, *vm.names.__new__, &[cls])?
        } else {
            let words: Vec<Value> = args.iter().map(Owned::value).collect();
            protocol::call::positional(vm, cls, &words)?
        };
        self.push(made);
        Ok(())
    }

    pub fn load_inst(&mut self) -> PyResult<()> {
        let start = self.marker()?;
        let module = self.text_line("ascii")?;
        let name = self.text_line("ascii")?;
        let cls = self.find_class(*module, *name)?;
        let args = self.take_from(start);
        self.instantiate(*cls, &args)
    }

    pub fn load_obj(&mut self) -> PyResult<()> {
        let start = self.marker()?;
        let mut args = self.take_from(start);
        if args.is_empty() {
            // The class is missing.
            return self.pop().and_then(|_| Err(truncated(self.vm)));
        }
        let cls = args.remove(0);
        self.instantiate(*cls, &args)
    }
}
