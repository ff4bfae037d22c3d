//! Imports that `importlib` need not be asked for.
//!
//! Nearly all modules that a program imports are native, frozen or of the embedded library, and everybody who is asked for
//! them on the way is `importlib`'s own: three finders, a finder for every folder of the path, loaders that cannot do
//! but one thing. What they would do in some 200,000 instructions of Python's work is done here in a tenth of it, with the same
//! objects as the result: the spec, the loader, what the module's namespace says of them, the order of `sys.modules`.
//!
//! [`load`] answers `None` whenever anything is not as the start left it: another finder on `sys.meta_path`, a changed class
//! of `importlib`, a folder that may have the module, several threads, somebody who traces. Then `importlib` does it all. It has
//! no effect by then, but for finders that were made or asked, which `importlib` then finds made.
//!
//! `importlib` locks a module while its code runs. There is nobody to be kept out while there is one thread only; a thread that
//! is started meanwhile finds the locks held ([`lock_what_loads`]).
//!
//! Tracebacks have no frames of `importlib` here. Those would be taken out again (`import::without_importlib`).

use std::cell::RefCell;
use std::os::unix::fs::MetadataExt;

use taipan_layout::Value;
use taipan_stdlib::Module;

use super::import::function;
use super::{NativeModule, imp, waiting};
use crate::args::Args;
use crate::objects::{
    TypeRef, dict, exceptions, float, int, is_instance, list, module, set, str, tuple, type_of,
};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{attr, call};
use crate::vm::Vm;

/// What the start of the import system leaves behind, and what is being imported.
#[derive(Default)]
pub struct DirectImports {
    classes: std::cell::OnceCell<Classes>,
    /// The modules whose code runs because of [`load`], the innermost last.
    loading: RefCell<Vec<Loading>>,
}

struct Loading {
    name: Owned,
    /// The module's lock, which is held, when other threads could ask for it.
    lock: Option<Owned>,
}

/// A class of `importlib`, as it was.
#[derive(Clone, Copy)]
struct Class {
    ty: TypeRef,
    version: u32,
}

struct Classes {
    builtin: Class,
    frozen: Class,
    path: Class,
    /// Of executables that `taipan build` made.
    program: Class,
    folder: Class,
    archive: Class,
    library: Class,
    library_loader: Class,
    spec: Class,
    find_and_load: Value,
}

/// Remembers the classes; once, when the import system has started. Without them, everything is `importlib`'s.
pub fn start(vm: &Vm, library: Value) {
    if let Some(classes) = classes_of(vm, library) {
        let _ = vm.state.direct_imports.classes.set(classes);
    }
}

fn classes_of(vm: &Vm, library: Value) -> Option<Classes> {
    let modules = vm.state.modules.get()?;
    let external = dict::get_str(vm, modules, *str::intern(vm, "_frozen_importlib_external"))?.own();
    let zipimport = dict::get_str(vm, modules, *str::intern(vm, "zipimport"))?.own();
    let class = |home: Value, name: &str| {
        let class = dict::get_str(vm, module::dict(home), *str::intern(vm, name))?.own();
        let ty = TypeRef::from_value(vm, *class)?;
        // A class that lives as long as the interpreter is referred to by it.
        class.into_value();
        Some(Class { ty, version: ty.version(vm) }).filter(|class| class.version != 0)
    };
    let bootstrap = vm.state.importlib.get()?;
    Some(Classes {
        builtin: class(bootstrap, "BuiltinImporter")?,
        frozen: class(bootstrap, "FrozenImporter")?,
        path: class(*external, "PathFinder")?,
        program: class(library, "ProgramFinder")?,
        folder: class(*external, "FileFinder")?,
        archive: class(*zipimport, "zipimporter")?,
        library: class(library, "LibraryFinder")?,
        library_loader: class(library, "LibraryLoader")?,
        spec: class(bootstrap, "ModuleSpec")?,
        find_and_load: function(vm, "_find_and_load")?.into_value(),
    })
}

impl Class {
    fn is_unchanged(&self) -> bool {
        self.ty.known_version() == self.version
    }

    /// A new instance, without its `__init__`.
    fn instance(&self, vm: &Vm) -> PyResult {
        match self.ty.slots().new {
            Some(new) => new(vm, self.ty.value(), Args::EMPTY),
            None => Err(vm.system_error("a class of importlib cannot be instantiated")),
        }
    }
}

impl Classes {
    fn are_unchanged(&self) -> bool {
        [self.builtin, self.frozen, self.path, self.program, self.folder, self.library, self.library_loader]
            .iter()
            .chain([&self.archive, &self.spec])
            .all(Class::is_unchanged)
    }
}

/// Where a module was found.
enum Found {
    Native(&'static NativeModule),
    Frozen(Module),
    Library(Module),
}

/// What the search for a module comes to.
enum Answer {
    Found(Found),
    /// Nobody has it.
    Nowhere,
    /// `importlib` must ask.
    Unknown,
}

/// The package of a module that is imported.
struct Package {
    name: Owned,
    /// A list.
    path: Owned,
    spec: Owned,
}

/// Imports the module `name`, which is not in `sys.modules`; `None`: `importlib` must.
pub fn load(vm: &Vm, name: Value) -> PyResult<Option<Owned>> {
    let Some(classes) = vm.state.direct_imports.classes.get() else { return Ok(None) };
    let is_usual = vm.threads.count() == 0
        && vm.config.verbose == 0
        && !crate::interp::tracing::is_on(vm)
        && str::is_exact(name)
        && classes.are_unchanged()
        && function(vm, "_find_and_load").is_some_and(|f| *f == classes.find_and_load)
        && sys(vm, *vm.names.modules).is_some_and(|modules| Some(*modules) == vm.state.modules.get())
        && imp::loaded(vm, name)?.is_none();
    let Some(text) = str::ascii(&name).filter(|_| is_usual).and_then(|t| std::str::from_utf8(t).ok()) else {
        return Ok(None);
    };
    let (package, own) = match text.rsplit_once('.') {
        None => (None, text),
        Some((package, own)) => {
            let Some(package) = load_package(vm, classes, package)? else { return Ok(None) };
            (Some(package), own)
        }
    };
    if let Some(m) = imp::loaded(vm, name)? {
        // The package's code has imported it.
        return Ok(Some(m).filter(|m| !m.is_none()));
    }
    let found = match find(vm, classes, text, own, package.as_ref())? {
        Answer::Found(found) => found,
        Answer::Nowhere if text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')) => {
            let message = format!("No module named '{text}'");
            let ty = vm.types.module_not_found_error;
            return Err(exceptions::import_error(vm, ty, &message, name, Value::NULL, Value::NULL));
        }
        Answer::Nowhere | Answer::Unknown => return Ok(None),
    };
    if imp::loaded(vm, name)?.is_some() {
        return Ok(None);
    }
    let Some((m, spec)) = make(vm, classes, name, &found)? else { return Ok(None) };
    let Some(package) = package else { return execute(vm, name, *m, *spec, &found).map(Some) };
    let beginning = attr::get(vm, *package.spec, *vm.names._uninitialized_submodules)?;
    let own = str::intern(vm, own);
    call::method(vm, *beginning, *vm.names.append, &[*own])?;
    let m = execute(vm, name, *m, *spec, &found);
    call::method(vm, *beginning, *str::intern(vm, "pop"), &[])?;
    let m = m?;
    bind(vm, &package, *own, *m)?;
    Ok(Some(m))
}

fn sys(vm: &Vm, name: Value) -> Option<Owned> {
    dict::get_str(vm, vm.state.sys_dict.get()?, name).map(Counted::own)
}

/// The package `name`, imported now if need be. `None` for what is no ordinary package.
fn load_package(vm: &Vm, classes: &Classes, name: &str) -> PyResult<Option<Package>> {
    let name = str::intern(vm, name);
    let m = match imp::loaded(vm, *name)? {
        Some(m) => m,
        None => super::import::load(vm, *name)?,
    };
    waiting::complete(vm, *m)?;
    if type_of(vm, *m) != vm.types.module {
        return Ok(None);
    }
    let entry = |key: Value| dict::get_str(vm, module::dict(*m), key).map(Counted::own);
    let path = entry(*vm.names.__path__).filter(|path| type_of(vm, **path) == vm.types.list);
    let spec = entry(*vm.names.__spec__).filter(|spec| type_of(vm, **spec) == classes.spec.ty);
    Ok(path.zip(spec).map(|(path, spec)| Package { name, path, spec }))
}

/// Asks whom `importlib` would ask.
fn find(vm: &Vm, classes: &Classes, name: &str, own: &str, package: Option<&Package>) -> PyResult<Answer> {
    let meta_path = sys(vm, *vm.names.meta_path).filter(|path| type_of(vm, **path) == vm.types.list);
    let Some(meta_path) = meta_path else { return Ok(Answer::Unknown) };
    let finders: Vec<Owned> = list::items(&meta_path).iter().map(|finder| finder.own()).collect();
    for finder in finders {
        if *finder == classes.builtin.ty.value() {
            match super::find(vm, name) {
                Some(_) if matches!(name, "sys" | "builtins") => return Ok(Answer::Unknown),
                Some(native) => return Ok(Answer::Found(Found::Native(native))),
                None => {}
            }
        } else if *finder == classes.frozen.ty.value() {
            match imp::find_core(name) {
                Some(module) if module.is_package || module.name != name => return Ok(Answer::Unknown),
                Some(module) => return Ok(Answer::Found(Found::Frozen(module))),
                None => {}
            }
        } else if *finder == classes.program.ty.value() {
            if crate::embedded::find(vm, name).is_some() {
                return Ok(Answer::Unknown);
            }
        } else if *finder == classes.path.ty.value() {
            let path = match package {
                Some(package) => Some(package.path.clone()),
                None => sys(vm, *vm.names.path).filter(|path| type_of(vm, **path) == vm.types.list),
            };
            let Some(path) = path else { return Ok(Answer::Unknown) };
            match find_on_path(vm, classes, *path, name, own)? {
                Answer::Nowhere => {}
                answer => return Ok(answer),
            }
        } else {
            return Ok(Answer::Unknown);
        }
    }
    Ok(Answer::Nowhere)
}

fn find_on_path(vm: &Vm, classes: &Classes, path: Value, name: &str, own: &str) -> PyResult<Answer> {
    let cache = sys(vm, *vm.names.path_importer_cache).filter(|cache| type_of(vm, **cache) == vm.types.dict);
    let Some(cache) = cache else { return Ok(Answer::Unknown) };
    let mut at = 0;
    while let Some(entry) = list::get(path, at) {
        at += 1;
        if !str::is_exact(*entry) {
            return Ok(Answer::Unknown);
        }
        let folder = if str::length(*entry) == 0 {
            match super::posix::current_folder_text(vm)? {
                Some(folder) => folder,
                None => continue,
            }
        } else {
            entry
        };
        let finder = match dict::get(vm, *cache, *folder)? {
            Some(finder) => finder,
            None => match library_finder(vm, classes, *folder)? {
                Some(finder) => {
                    dict::set(vm, *cache, *folder, *finder)?;
                    finder
                }
                None => {
                    call::method(vm, classes.path.ty.value(), *vm.names._path_importer_cache, &[*folder])?
                }
            },
        };
        if finder.is_none() {
            continue;
        }
        let ty = type_of(vm, *finder);
        if ty == classes.library.ty {
            let prefix = attr::get(vm, *finder, *vm.names.prefix)?;
            let Some(prefix) = str::as_str(&prefix) else { return Ok(Answer::Unknown) };
            match imp::find_embedded(vm, &format!("{prefix}{own}")) {
                Some(found) if found.name == name => return Ok(Answer::Found(Found::Library(found))),
                Some(_) => return Ok(Answer::Unknown),
                None => {}
            }
        } else if ty != classes.folder.ty || !folder_lacks(vm, *finder, name, own)? {
            return Ok(Answer::Unknown);
        }
    }
    Ok(Answer::Nowhere)
}

/// The finder of a folder of the embedded library, which `sys.path_hooks` would make: the archives' hook, which comes first,
/// refuses a folder that does not exist in one that is no file.
fn library_finder(vm: &Vm, classes: &Classes, folder: Value) -> PyResult<Option<Owned>> {
    let hooks = sys(vm, *vm.names.path_hooks).filter(|hooks| type_of(vm, **hooks) == vm.types.list);
    let is_usual = hooks.is_some_and(|hooks| {
        list::items(&hooks).starts_with(&[classes.archive.ty.value(), classes.library.ty.value()])
    });
    let (Some(text), Some(root), true) = (str::as_str(&folder), imp::library_folder(vm), is_usual) else {
        return Ok(None);
    };
    let below = text.strip_prefix(&*root).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
    let is_package = imp::find_embedded(vm, &below.replace('/', ".")).is_some();
    let is_file = |path: &str| std::fs::metadata(path).is_ok_and(|state| !state.is_dir());
    if !is_package || is_file(&text) || is_file(&root) {
        return Ok(None);
    }
    call::positional(vm, classes.library.ty.value(), &[folder]).map(Some)
}

/// Whether a `FileFinder` has nothing of this name.
fn folder_lacks(vm: &Vm, finder: Value, name: &str, own: &str) -> PyResult<bool> {
    let path = attr::get(vm, finder, *vm.names.path)?;
    let known = attr::get(vm, finder, *vm.names._path_mtime)?;
    let contents = attr::get(vm, finder, *vm.names._path_cache)?;
    let loaders = attr::get(vm, finder, *vm.names._loaders)?;
    // What it knows is good as long as the folder has not changed.
    let time = str::as_str(&path).filter(|path| !path.is_empty()).map(|path| {
        let state = std::fs::metadata(&*path);
        state.map_or(-1.0, |state| state.mtime() as f64 + 1e-9 * state.mtime_nsec() as f64)
    });
    let known = float::as_f64(*known).or_else(|| int::as_i64(*known).map(|n| n as f64));
    let is_known = time.is_some()
        && time == known
        && type_of(vm, *contents) == vm.types.set
        && type_of(vm, *loaders) == vm.types.list;
    if !is_known {
        let name = str::intern(vm, name);
        return Ok(call::method(vm, finder, *vm.names.find_spec, &[*name])?.is_none());
    }
    if set::len(*contents) == 0 {
        return Ok(true);
    }
    if set::contains(vm, *contents, *str::new(vm, own)?)? {
        return Ok(false);
    }
    for pair in list::items(&loaders) {
        let suffix = is_instance(vm, *pair, vm.types.tuple).then(|| tuple::items(pair).first()).flatten();
        let Some(suffix) = suffix.and_then(str::as_str) else { return Ok(false) };
        if set::contains(vm, *contents, *str::new(vm, &format!("{own}{suffix}"))?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The module and its spec, as `importlib` makes them before the module's code runs.
fn make(vm: &Vm, classes: &Classes, name: Value, found: &Found) -> PyResult<Option<(Owned, Owned)>> {
    let names = &vm.names;
    // (file, whether the spec says so; cached) of the module.
    let (file, cached) = match found {
        Found::Native(_) => (None, None),
        Found::Frozen(module) | Found::Library(module) => {
            let Some(folder) = imp::library_folder(vm).filter(|folder| folder.starts_with('/')) else {
                return Ok(None);
            };
            let file = format!("{folder}/{}", module.file);
            let cached = match found {
                Found::Library(_) => match cached_path(vm, &file)? {
                    Some(cached) => Some(str::new(vm, &cached)?),
                    None => return Ok(None),
                },
                _ => None,
            };
            (Some(file), cached)
        }
    };
    let (origin, loader) = match found {
        Found::Native(_) => (str::intern(vm, "built-in"), classes.builtin.ty.value().own()),
        Found::Frozen(_) => (str::intern(vm, "frozen"), classes.frozen.ty.value().own()),
        Found::Library(_) => {
            let path = str::new(vm, file.as_deref().unwrap_or_default())?;
            let loader = classes.library_loader.instance(vm)?;
            attr::set(vm, *loader, *names.name, name)?;
            attr::set(vm, *loader, *names.path, *path)?;
            (path, loader)
        }
    };
    let is_package = matches!(found, Found::Library(module) if module.is_package);
    let locations = match file.as_deref().and_then(|file| file.rsplit_once('/')).filter(|_| is_package) {
        Some((folder, _)) => list::new(vm, vec![str::new(vm, folder)?])?,
        None => Owned::none(),
    };
    let state = match found {
        Found::Frozen(module) => {
            let file = str::new(vm, file.as_deref().unwrap_or_default())?;
            let origin = str::intern(vm, module.name);
            super::namespace::new(vm, &[("filename", *file), ("origname", *origin)])?
        }
        _ => Owned::none(),
    };
    let spec = classes.spec.instance(vm)?;
    let is_file = Value::bool(matches!(found, Found::Library(_)));
    for (attribute, value) in [
        (&names.name, name),
        (&names.loader, *loader),
        (&names.origin, *origin),
        (&names.loader_state, *state),
        (&names.submodule_search_locations, *locations),
        (&names._uninitialized_submodules, *list::new(vm, Vec::new())?),
        (&names._set_fileattr, is_file),
        (&names._cached, cached.as_deref().copied().unwrap_or(Value::NONE)),
    ] {
        attr::set(vm, *spec, **attribute, value)?;
    }
    let text = str::to_string_lossy(name);
    let m = match found {
        Found::Native(native) => super::create(vm, native)?,
        Found::Frozen(_) | Found::Library(_) => module::new(vm, &text)?,
    };
    let namespace = module::dict(*m);
    let parent = match text.rsplit_once('.') {
        _ if is_package => name.own(),
        Some((parent, _)) => str::intern(vm, parent),
        None => str::empty(vm),
    };
    let set = |key: Value, value: Value| dict::set_str(vm, namespace, key, value);
    set(*names.__loader__, *loader)?;
    set(*names.__package__, *parent)?;
    set(*names.__spec__, *spec)?;
    if is_package {
        set(*names.__path__, *locations)?;
    }
    match found {
        Found::Native(_) => {}
        Found::Frozen(_) => set(*names.__file__, *attr::get(vm, *state, *names.filename)?)?,
        Found::Library(_) => {
            set(*names.__file__, *origin)?;
            set(*names.__cached__, cached.as_deref().copied().unwrap_or(Value::NONE))?;
        }
    }
    Ok(Some((m, spec)))
}

/// Where the code of a source file would be kept: `importlib._bootstrap_external.cache_from_source`. `None` for what only
/// that can tell.
fn cached_path(vm: &Vm, file: &str) -> PyResult<Option<String>> {
    let is_plain = sys(vm, *vm.names.pycache_prefix).is_some_and(|prefix| prefix.is_none());
    let (Some(implementation), true) = (sys(vm, *vm.names.implementation), is_plain) else { return Ok(None) };
    let Some(tag) = attr::get_optional(vm, *implementation, *vm.names.cache_tag)? else { return Ok(None) };
    let parts = file.rsplit_once('/').zip(file.strip_suffix(".py"));
    let (Some(((folder, _), stem)), true) = (parts, is_instance(vm, *tag, vm.types.str)) else {
        return Ok(None);
    };
    let (stem, tag) = (&stem[folder.len() + 1..], str::to_string_lossy(*tag));
    Ok(Some(match vm.config.optimize {
        0 => format!("{folder}/__pycache__/{stem}.{tag}.pyc"),
        level => format!("{folder}/__pycache__/{stem}.{tag}.opt-{level}.pyc"),
    }))
}

/// Enters the module into `sys.modules` and runs its code; what is there then.
fn execute(vm: &Vm, name: Value, m: Value, spec: Value, found: &Found) -> PyResult {
    let Some(modules) = vm.state.modules.get() else { return Err(vm.system_error("no sys.modules")) };
    attr::set(vm, spec, *vm.names._initializing, Value::TRUE)?;
    let executed = dict::set(vm, modules, name, m).and_then(|()| {
        let imports = &vm.state.direct_imports;
        imports.loading.borrow_mut().push(Loading { name: name.own(), lock: None });
        let executed = run(vm, m, found);
        let ended = imports.loading.borrow_mut().pop();
        if let Some(lock) = ended.and_then(|loading| loading.lock) {
            call::method(vm, *lock, *str::intern(vm, "release"), &[])?;
        }
        executed
    });
    let result = match executed {
        // What has just been imported is the last one.
        Ok(()) => dict::pop(vm, modules, name).and_then(|m| {
            dict::set(vm, modules, name, *m)?;
            Ok(m)
        }),
        Err(raised) => {
            let exception = vm.take_exception(raised);
            dict::take(vm, modules, name)?;
            Err(vm.restore_exception(exception))
        }
    };
    let result = result.map_err(|raised| vm.take_exception(raised));
    attr::set(vm, spec, *vm.names._initializing, Value::FALSE)?;
    result.map_err(|exception| vm.restore_exception(exception))
}

fn run(vm: &Vm, m: Value, found: &Found) -> PyResult<()> {
    let code = match found {
        Found::Native(_) => return Ok(()),
        Found::Frozen(module) => imp::frozen_code(vm, module)?,
        Found::Library(found) => {
            let file = dict::get_str(vm, module::dict(m), *vm.names.__file__);
            imp::embedded_code(vm, found, file.unwrap_or(Value::NONE))?
        }
    };
    let namespace = module::dict(m).own();
    super::builtins::source::exec(vm, Value::NULL, &[*code, *namespace]).map(drop)
}

/// Makes the module an attribute of its package.
fn bind(vm: &Vm, package: &Package, own: Value, m: Value) -> PyResult<()> {
    let Some(home) = imp::loaded(vm, *package.name)? else { return Err(vm.key_error(*package.name)) };
    let Err(raised) = attr::set(vm, *home, own, m) else { return Ok(()) };
    drop(vm.catch(raised, vm.types.attribute_error)?);
    let (home, own) = (str::to_string_lossy(*package.name), str::to_string_lossy(own));
    let text = format!("Cannot set an attribute on '{home}' for child module '{own}'");
    super::warnings::warn(vm, vm.types.import_warning, &text, 1)
}

/// Holds the locks of all modules whose code runs here, for threads that come into being now.
pub fn lock_what_loads(vm: &Vm) -> PyResult<()> {
    let imports = &vm.state.direct_imports;
    let unlocked = |at: usize| {
        let loading = imports.loading.borrow();
        loading.get(at).map(|loading| (loading.name.clone(), loading.lock.is_some()))
    };
    let mut at = 0;
    while let Some((name, is_locked)) = unlocked(at) {
        if !is_locked && let Some(get) = function(vm, "_get_module_lock") {
            let lock = call::positional(vm, *get, &[*name])?;
            call::method(vm, *lock, *str::intern(vm, "acquire"), &[])?;
            if let Some(loading) = imports.loading.borrow_mut().get_mut(at) {
                loading.lock = Some(lock);
            }
        }
        at += 1;
    }
    Ok(())
}
