//! `Unpickler`: its attributes, and how a load begins and ends.

use rustc_hash::FxHashMap;
use taipan_layout::Value;

use super::input::{Ahead, File, Input};
use super::load::Loader;
use super::names::{self, Direction};
use super::{global, unpickling_error};
use crate::args::Args;
use crate::modules::native::{self, Visit, given, passed};
use crate::objects::spec::{TypeSpec, getset, method, method0, method1, tp_flags};
use crate::objects::{Slots, bytes, dict, exceptions, int, is_instance, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// Objects that a pickle may refer to, by number. Numbers are dense in what picklers write; a far one does not make room for
/// all those below it.
#[derive(Default, Clone)]
pub struct Memo {
    dense: Vec<Option<Owned>>,
    far: FxHashMap<usize, Owned>,
    used: usize,
}

impl Memo {
    pub fn len(&self) -> usize {
        self.used
    }

    #[inline]
    pub fn get(&self, number: usize) -> Option<&Owned> {
        match self.dense.get(number) {
            Some(object) => object.as_ref(),
            None => self.far.get(&number),
        }
    }

    #[inline]
    pub fn put(&mut self, number: usize, object: Owned) {
        if number == self.dense.len() && self.far.is_empty() {
            if number == 0 {
                self.dense.reserve(32);
            }
            self.dense.push(Some(object));
            self.used += 1;
        } else {
            self.put_anywhere(number, object);
        }
    }

    fn put_anywhere(&mut self, number: usize, object: Owned) {
        const FAR: usize = 1024;
        let is_near = number < self.dense.len() || self.far.is_empty() && number < self.dense.len() * 2 + FAR;
        let old = if is_near {
            if number >= self.dense.len() {
                self.dense.resize(number + 1, None);
            }
            self.dense[number].replace(object)
        } else {
            self.far.insert(number, object)
        };
        self.used += usize::from(old.is_none());
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &Owned)> {
        let dense = self.dense.iter().enumerate().filter_map(|(i, object)| Some((i, object.as_ref()?)));
        dense.chain(self.far.iter().map(|(i, object)| (*i, object)))
    }
}

#[derive(Default)]
pub struct Unpickler {
    pub memo: Memo,
    file: Option<File>,
    ahead: Option<Ahead>,
    /// What was assigned to the instance's `persistent_load`.
    pub persistent_load: Option<Owned>,
    /// An iterator over the contents that the pickle leaves out.
    pub buffers: Option<Owned>,
    pub encoding: String,
    pub errors: String,
    pub protocol: i32,
    fix_imports: bool,
    is_running: bool,
}

impl native::Data for Unpickler {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        self.memo.iter().for_each(|(_, object)| visit(object.value()));
        if let Some(file) = &self.file {
            file.read.visit_with(visit);
            file.readline.visit_with(visit);
            file.peek.visit_with(visit);
        }
        if let Some(ahead) = &self.ahead {
            visit(ahead.buffer.exporter());
        }
        self.persistent_load.visit_with(visit);
        self.buffers.visit_with(visit);
    }
}

pub fn state<'a>(this: Value) -> &'a mut Unpickler {
    native::data::<Unpickler>(this)
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "_pickle.Unpickler",
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE | tp_flags::IMMUTABLETYPE | tp_flags::MADE_BY_MODULE,
    doc: "Reads pickles from a binary file.\n\n\
          file has the methods read() and readline(), which give bytes. With fix_imports, pickles of protocols\n\
          below 3 may use Python 2's names of the library. encoding and errors say how Python 2's 8-bit strings\n\
          become text; 'bytes' leaves them bytes. buffers is an iterable of the buffers that the pickle leaves\n\
          out.",
    signature: "(file, *, fix_imports=True, encoding='ASCII', errors='strict',\n          buffers=())",
    slots: Slots {
        new: Some(|vm, cls, _| native::construct(vm, cls, Unpickler::default())),
        init: Some(init),
        getattro: Some(get_attribute),
        setattro: Some(set_attribute),
        ..native::slots::<Unpickler>()
    },
    getset: &[getset("memo", super::proxies::of_unpickler, super::proxies::set_unpickler_memo, "")],
    methods: &[
        method1(
            "persistent_load",
            "($self, pid, /)",
            |vm, _, _| {
                let text = "A load persistent id instruction was encountered, but no persistent_load function \
                            was specified.";
                Err(unpickling_error(vm, text))
            },
            "The object that a persistent id stands for. Subclasses define it.",
        ),
        method0("load", load, "Read a pickle from the file and return its object."),
        method(
            "find_class",
            "($self, module_name, global_name, /)",
            |vm, this, args| find_class(vm, this, args[0], args[1]),
            "The global of a module, which is imported if need be. Subclasses may refuse some.",
        ),
        method0("__sizeof__", size, "Bytes in memory."),
    ],
    ..native::spec::<Unpickler>()
};

fn size(vm: &Vm, this: Value) -> PyResult {
    let s = state(this);
    let memo = s.memo.dense.capacity() * size_of::<Value>() + s.memo.far.capacity() * 2 * size_of::<Value>();
    let names = s.encoding.capacity() + s.errors.capacity();
    int::from_usize(vm, SPEC.basicsize + memo + names)
}

/// `persistent_load` may be assigned although it is a method.
fn get_attribute(vm: &Vm, this: Value, name: Value) -> PyResult {
    if let Some(own) = &state(this).persistent_load
        && is_instance(vm, name, vm.types.str)
        && str::equals_str(name, "persistent_load")
    {
        return Ok(own.clone());
    }
    protocol::attr::generic_get(vm, this, name)
}

fn set_attribute(vm: &Vm, this: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    if is_instance(vm, name, vm.types.str) && str::equals_str(name, "persistent_load") {
        let old = std::mem::replace(&mut state(this).persistent_load, value.map(Counted::own));
        drop(old);
        return Ok(());
    }
    protocol::attr::generic_set(vm, this, name, value)
}

/// Sets what a constructor's arguments say, but for the file.
fn configure(vm: &Vm, this: Value, function: &str, args: [Value; 4]) -> PyResult<()> {
    let [fix_imports, encoding, errors, buffers] = args;
    let fix_imports = fix_imports.is_null() || protocol::compare::is_true(vm, fix_imports)?;
    let text = |v: Value, name: &str, default: &str| match passed(v) {
        None => Ok(default.to_owned()),
        Some(v) => {
            str::args::expect_named_str(vm, v, function, name)?;
            Ok(str::to_string_lossy(v))
        }
    };
    let (encoding, errors) = (text(encoding, "encoding", "ASCII")?, text(errors, "errors", "strict")?);
    let buffers = match given(buffers) {
        None => None,
        Some(v) => Some(protocol::iter::iter(vm, v)?),
    };
    let s = state(this);
    (s.fix_imports, s.encoding, s.errors) = (fix_imports, encoding, errors);
    let old = std::mem::replace(&mut s.buffers, buffers);
    drop(old);
    Ok(())
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    if state(this).is_running {
        return Err(vm.runtime_error("Unpickler object is already used"));
    }
    let ([file, rest @ ..], bound) = native::bind::<5>(
        vm,
        "Unpickler",
        "(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())",
        args,
    )?;
    let file = File::new(vm, file)?;
    configure(vm, this, "Unpickler", rest)?;
    let s = state(this);
    s.protocol = 0;
    let old = (s.file.replace(file), s.ahead.take(), std::mem::take(&mut s.memo));
    drop(old);
    bound.release();
    Ok(())
}

fn load(vm: &Vm, this: Value) -> PyResult {
    let Some(file) = state(this).file.clone() else {
        let name = type_of(vm, this).name_str();
        let text = format!("Unpickler.__init__() was not called by {name}.__init__()");
        return Err(unpickling_error(vm, &text));
    };
    if state(this).is_running {
        return Err(vm.runtime_error("Unpickler object is already used"));
    }
    state(this).is_running = true;
    let ahead = state(this).ahead.take();
    let result = run(vm, this, Input::of_file(vm, file, ahead));
    state(this).is_running = false;
    result
}

fn run(vm: &Vm, this: Value, input: Input<'_>) -> PyResult {
    state(this).protocol = 0;
    let mut loader = Loader::new(vm, this, input)?;
    let result = loader.load();
    state(this).ahead = loader.into_input().into_ahead();
    result
}

/// `load(file, *, fix_imports, encoding, errors, buffers)`.
pub fn load_from(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let file = File::new(vm, args[0])?;
    start(vm, "load", args, Input::of_file(vm, file, None))
}

/// `loads(data, /, *, fix_imports, encoding, errors, buffers)`.
pub fn loads(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let memory = bytes::buffer(vm, args[0])?;
    start(vm, "loads", args, Input::of_memory(vm, memory))
}

fn start(vm: &Vm, function: &str, args: &[Value], input: Input<'_>) -> PyResult {
    let this = native::new(vm, vm.types.unpickler, Unpickler::default())?;
    configure(vm, *this, function, [args[1], args[2], args[3], args[4]])?;
    run(vm, *this, input)
}

pub fn clear_memo(this: Value) {
    drop(std::mem::take(&mut state(this).memo));
}

/// The memo as a dict: numbers to objects.
pub fn memo_copy(vm: &Vm, this: Value) -> PyResult {
    let all: Vec<(usize, Owned)> = state(this).memo.iter().map(|(i, object)| (i, object.clone())).collect();
    let copy = dict::new(vm)?;
    for (number, object) in all {
        let key = int::from_usize(vm, number)?;
        dict::set(vm, *copy, *key, *object)?;
    }
    Ok(copy)
}

/// `Unpickler.find_class`.
pub fn find_class(vm: &Vm, this: Value, module: Value, name: Value) -> PyResult {
    let (mut module, mut name) = (module.own(), name.own());
    let (protocol, fix_imports) = (state(this).protocol, state(this).fix_imports);
    if protocol < 3 && fix_imports {
        (module, name) = names::translate(vm, Direction::FromOld, *module, *name)?;
    }
    if !str::is_str(vm, *module) {
        return Err(vm.type_error("module name must be a string"));
    }
    if str::length(*module) == 0 {
        return Err(vm.value_error("Empty module name"));
    }
    let loaded = crate::modules::import::load(vm, *module)?;
    if protocol < 4 {
        return protocol::attr::get(vm, *loaded, *name);
    }
    let path = global::path(vm, *name)?;
    global::resolve(vm, *loaded, *name, &path).or_else(|raised| {
        if path.is_empty() {
            return Err(raised);
        }
        let cause = vm.catch(raised, vm.types.attribute_error)?;
        let [name, module] = [*name, *module].map(|v| protocol::object::repr_string(vm, v));
        let text = format!("Can't resolve path {} on module {}", name?, module?);
        let raised = vm.raise(vm.types.attribute_error, &text);
        let e = vm.take_exception(raised);
        exceptions::set_context(*e, Some(cause));
        Err(vm.restore_exception(e))
    })
}
