//! `_lru_cache_wrapper`: a function that remembers its results.
//!
//! Without a bound a dict holds the results. With one, the dict holds places in a list of entries, which are linked from the
//! one that was used longest ago to the latest. Keys are hashed once per call; what hashing, comparing and the function itself
//! do to the cache meanwhile counts, so nothing is borrowed across them.

use taipan_layout::Value;

use crate::args::Args;
use crate::modules::native::{self, Data, Dict, Visit};
use crate::objects::spec::{GetSet, TypeSpec, getset, method0, method1, tp_flags};
use crate::objects::{Slots, dict, method, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, attr, call};
use crate::vm::Vm;

/// Getting and setting `__dict__`, for native types with a dict.
pub(crate) const DICT: GetSet = getset(
    "__dict__",
    crate::objects::descr::get_dict,
    |vm, this, v| match v {
        Some(v) => crate::objects::descr::set_dict(vm, this, Some(v)),
        None => Err(vm.type_error("cannot delete __dict__")),
    },
    "",
);

struct Entry {
    key: Owned,
    hash: i64,
    result: Owned,
    /// Neighbours in the order of use; none at the ends.
    older: Option<usize>,
    newer: Option<usize>,
}

/// How many results are kept.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Bound {
    #[default]
    None,
    Most(usize),
}

#[repr(C)]
#[derive(Default)]
pub struct Cache {
    dict: Dict,
    function: Option<Owned>,
    info_type: Option<Owned>,
    /// Stands between positional and keyword arguments in keys.
    mark: Option<Owned>,
    typed: bool,
    bound: Bound,
    /// Results, or places in `entries`, by key.
    results: Option<Owned>,
    entries: Vec<Option<Entry>>,
    /// Places in `entries` that are free.
    vacant: Vec<usize>,
    oldest: Option<usize>,
    newest: Option<usize>,
    hits: i64,
    misses: i64,
}

impl Data for Cache {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        self.dict.visit_with(visit);
        for word in [&self.function, &self.info_type, &self.mark, &self.results] {
            word.visit_with(visit);
        }
        for entry in self.entries.iter().flatten() {
            visit(*entry.key);
            visit(*entry.result);
        }
    }
}

impl Cache {
    fn unlink(&mut self, at: usize) {
        let Some((older, newer)) = self.entries[at].as_ref().map(|e| (e.older, e.newer)) else { return };
        match older.and_then(|i| self.entries[i].as_mut()) {
            Some(e) => e.newer = newer,
            None => self.oldest = newer,
        }
        match newer.and_then(|i| self.entries[i].as_mut()) {
            Some(e) => e.older = older,
            None => self.newest = older,
        }
    }

    /// Makes an entry that is not linked the latest.
    fn link(&mut self, at: usize) {
        let newest = self.newest.replace(at);
        match newest.and_then(|i| self.entries[i].as_mut()) {
            Some(e) => e.newer = Some(at),
            None => self.oldest = Some(at),
        }
        if let Some(e) = &mut self.entries[at] {
            (e.older, e.newer) = (newest, None);
        }
    }
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "functools._lru_cache_wrapper",
    flags: tp_flags::HAVE_GC | tp_flags::WEAKREFABLE | tp_flags::IMMUTABLETYPE | tp_flags::METHOD_DESCRIPTOR,
    dictoffset: native::data_offset::<Cache>() as i32,
    doc: "What lru_cache makes of a function.\n\n\
          user_function is called for arguments that are not known yet. maxsize says how many\n\
          results are kept: None for all of them, 0 for none. With typed, equal arguments of different\n\
          types are different. cache_info_type makes what cache_info() returns.",
    slots: Slots {
        new: Some(new),
        call: Some(call_cached),
        descr_get: Some(|vm, this, instance, _| match instance {
            None => Ok(this.own()),
            Some(instance) => method::new(vm, this, instance),
        }),
        ..native::slots::<Cache>()
    },
    methods: &[
        method0(
            "cache_info",
            cache_info,
            "How often results were known, how often not, and how many are kept.",
        ),
        method0("cache_clear", cache_clear, "Forget all results and counts."),
        method0("__reduce__", |vm, this| attr::get_str(vm, this, "__qualname__"), ""),
        method0("__copy__", |_, this| Ok(this.own()), ""),
        method1("__deepcopy__", "($self, memo, /)", |_, this, _| Ok(this.own()), ""),
    ],
    getset: &[DICT],
    ..native::spec::<Cache>()
};

fn cache<'a>(v: Value) -> &'a mut Cache {
    native::data(v)
}

fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let signature = "(user_function, maxsize, typed, cache_info_type)";
    let ([function, maxsize, typed, info_type], given) = native::bind(vm, "lru_cache", signature, args)?;
    let made = (|| {
        if type_of(vm, function).slots().call.is_none() {
            return Err(vm.type_error("the first argument must be callable"));
        }
        let bound = if maxsize.is_none() {
            Bound::None
        } else if type_of(vm, maxsize).slots().index.is_some() {
            Bound::Most(usize::try_from(protocol::index::to_isize(vm, maxsize)?).unwrap_or(0))
        } else {
            return Err(vm.type_error("maxsize should be integer or None"));
        };
        let typed = protocol::compare::is_true(vm, typed)?;
        let (results, mark) = (dict::new(vm)?, call::positional(vm, vm.types.object.value(), &[])?);
        native::construct(
            vm,
            cls,
            Cache {
                function: Some(function.own()),
                info_type: Some(info_type.own()),
                mark: Some(mark),
                results: Some(results),
                typed,
                bound,
                ..Cache::default()
            },
        )
    })();
    given.release();
    made
}

/// What the arguments are known by.
fn key_of(vm: &Vm, cache: &Cache, args: Args) -> PyResult {
    let simple = |v: Value| [vm.types.int, vm.types.str].contains(&type_of(vm, v));
    if let ([only], false, false) = (args.pos(), args.has_keywords(), cache.typed)
        && simple(*only)
    {
        return Ok(only.own());
    }
    let mut parts: Vec<Value> = args.pos().to_vec();
    if args.has_keywords() {
        parts.extend(cache.mark.as_ref().map(|m| **m));
        args.keywords().for_each(|(name, v)| parts.extend([name, v]));
    }
    if cache.typed {
        parts.extend(args.pos().iter().map(|v| type_of(vm, *v).value()));
        parts.extend(args.keywords().map(|(_, v)| type_of(vm, v).value()));
    }
    tuple::from_slice(vm, &parts)
}

fn call_cached(vm: &Vm, this: Value, args: Args) -> PyResult {
    let (Some(function), Some(results)) = (cache(this).function.clone(), cache(this).results.clone()) else {
        return Err(vm.type_error("the cache has no function any more"));
    };
    let run = || call::with_args(vm, *function, args);
    if cache(this).bound == Bound::Most(0) {
        cache(this).misses += 1;
        return run();
    }
    let key = key_of(vm, cache(this), args)?;
    let hash = dict::hash_value(vm, *key)?;
    let found = dict::get_hashed(vm, *results, *key, hash)?;
    let Bound::Most(most) = cache(this).bound else {
        if let Some(result) = found {
            cache(this).hits += 1;
            return Ok(result);
        }
        cache(this).misses += 1;
        let result = run()?;
        dict::set_hashed(vm, *results, *key, hash, *result)?;
        return Ok(result);
    };
    if let Some(at) = found.and_then(|v| place(*v)) {
        let data = cache(this);
        if let Some(result) = data.entries.get(at).and_then(|e| e.as_ref()).map(|e| e.result.clone()) {
            data.hits += 1;
            data.unlink(at);
            data.link(at);
            return Ok(result);
        }
    }
    cache(this).misses += 1;
    let result = run()?;
    if dict::get_hashed(vm, *results, *key, hash)?.is_some() {
        // The function has called the same meanwhile.
        return Ok(result);
    }
    if cache(this).entries.len() - cache(this).vacant.len() >= most
        && let Some(oldest) = cache(this).oldest
    {
        cache(this).unlink(oldest);
        let entry = cache(this).entries[oldest].take();
        if let Some(entry) = entry {
            cache(this).vacant.push(oldest);
            drop(dict::take_hashed(vm, *results, *entry.key, entry.hash)?);
        }
    }
    let entry = Entry { key: key.clone(), hash, result: result.clone(), older: None, newer: None };
    let data = cache(this);
    let at = data.vacant.pop().unwrap_or_else(|| {
        data.entries.push(None);
        data.entries.len() - 1
    });
    data.entries[at] = Some(entry);
    data.link(at);
    dict::set_hashed(vm, *results, *key, hash, Value::fixnum(at as i64))?;
    Ok(result)
}

fn place(v: Value) -> Option<usize> {
    if v.is_fixnum() { usize::try_from(v.as_fixnum()).ok() } else { None }
}

fn cache_info(vm: &Vm, this: Value) -> PyResult {
    let data = cache(this);
    let size = data.results.as_ref().map_or(0, |d| dict::len(**d));
    let most = match data.bound {
        Bound::None => Value::NONE,
        Bound::Most(n) => Value::fixnum(n as i64),
    };
    let (hits, misses) = (Value::fixnum(data.hits), Value::fixnum(data.misses));
    let info_type = data.info_type.clone().unwrap_or_else(Owned::none);
    call::positional(vm, *info_type, &[hits, misses, most, Value::fixnum(size as i64)])
}

fn cache_clear(vm: &Vm, this: Value) -> PyResult {
    let data = cache(this);
    (data.hits, data.misses, data.oldest, data.newest) = (0, 0, None, None);
    data.vacant.clear();
    let entries = std::mem::take(&mut data.entries);
    if let Some(results) = data.results.clone() {
        dict::clear(vm, *results);
    }
    drop(entries);
    Ok(Owned::none())
}
