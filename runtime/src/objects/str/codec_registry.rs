//! The codec registry behind `codecs.lookup`: encodings that Python code knows how to find.
//!
//! Search functions are asked in turn for a normalised name; the answer is cached. The first lookup or registration imports
//! `encodings`, whose search function finds the encodings of the standard library and comes before all others.

use taipan_layout::Value;

use super::args::is_str;
use crate::modules;
use crate::objects::{bytes, dict, int, list, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// The registry of an interpreter; empty until somebody asks for an encoding that the runtime does not know.
#[derive(Default)]
pub(super) struct Registry {
    /// List of search functions.
    searches: Option<Owned>,
    /// Dict of what they found: normalised name → 4-tuple.
    found: Option<Owned>,
    /// `encodings` was asked for.
    started: bool,
}

fn start(vm: &Vm) -> PyResult<()> {
    if std::mem::replace(&mut super::intern::registry(vm).started, true) {
        return Ok(());
    }
    match modules::import(vm, "encodings") {
        Ok(_) => Ok(()),
        // Without the standard library there are no other encodings.
        Err(raised) => vm.catch(raised, vm.types.module_not_found_error).map(drop),
    }
}

fn searches(vm: &Vm) -> PyResult {
    if let Some(list) = &super::intern::registry(vm).searches {
        return Ok(list.clone());
    }
    let list = list::new(vm, Vec::new())?;
    super::intern::registry(vm).searches = Some(list.clone());
    Ok(list)
}

fn found(vm: &Vm) -> PyResult {
    if let Some(dict) = &super::intern::registry(vm).found {
        return Ok(dict.clone());
    }
    let dict = dict::new(vm)?;
    super::intern::registry(vm).found = Some(dict.clone());
    Ok(dict)
}

/// `codecs.register`.
pub fn register(vm: &Vm, search: Value) -> PyResult<()> {
    if !protocol::object::is_callable(vm, search) {
        return Err(vm.type_error("argument must be callable"));
    }
    start(vm)?;
    list::append(vm, *searches(vm)?, search)
}

/// `codecs.unregister`: takes the search function out and forgets what was found.
pub fn unregister(vm: &Vm, search: Value) -> PyResult<()> {
    let all = searches(vm)?;
    let kept: Vec<Owned> = list::items(&all).iter().filter(|f| **f != search).map(|f| f.own()).collect();
    if kept.len() != list::len(*all) {
        let kept = list::new(vm, kept)?;
        let registry = super::intern::registry(vm);
        let old = (registry.searches.replace(kept), registry.found.take());
        drop(old);
    }
    Ok(())
}

fn unknown(vm: &Vm, encoding: &str) -> Raised {
    vm.raise(vm.types.lookup_error, &format!("unknown encoding: {encoding}"))
}

/// Lower case, and one underscore for each run of what is neither letter, digit nor dot.
fn normalised(encoding: &str) -> String {
    let mut out = String::with_capacity(encoding.len());
    let mut gap = false;
    for c in encoding.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

/// `codecs.lookup`: a 4-tuple (a `CodecInfo`) of encoder, decoder, stream reader and stream writer.
pub fn lookup(vm: &Vm, encoding: &str) -> PyResult {
    let name = str::intern(vm, &normalised(encoding));
    start(vm)?;
    let cache = found(vm)?;
    if let Some(info) = dict::get(vm, *cache, *name)? {
        return Ok(info);
    }
    let mut i = 0;
    while let Some(search) = list::get(*searches(vm)?, i) {
        i += 1;
        let info = protocol::call::positional(vm, *search, &[*name])?;
        if info.is_none() {
            continue;
        }
        if !tuple::is_tuple(vm, *info) || tuple::len(*info) != 4 {
            return Err(vm.type_error("codec search functions must return 4-tuples"));
        }
        dict::set(vm, *found(vm)?, *name, *info)?;
        return Ok(info);
    }
    Err(unknown(vm, encoding))
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Encode,
    Decode,
}

impl Direction {
    fn verb(self) -> &'static str {
        if self == Direction::Encode { "encode" } else { "decode" }
    }
    fn role(self) -> &'static str {
        if self == Direction::Encode { "encoder" } else { "decoder" }
    }
}

/// Runs the encoder or decoder of any encoding (`codecs.encode`, `codecs.decode`); `text_only` refuses those between
/// other types than `str` and `bytes`.
pub fn convert(
    vm: &Vm,
    input: Value,
    encoding: &str,
    errors: &str,
    direction: Direction,
    text_only: bool,
) -> PyResult {
    let info = lookup(vm, encoding)?;
    let verb = direction.verb();
    if text_only && type_of(vm, *info) != vm.types.tuple {
        let flag = protocol::attr::get_optional(vm, *info, *str::intern(vm, "_is_text_encoding"))?;
        if let Some(flag) = flag
            && !protocol::compare::is_true(vm, *flag)?
        {
            return Err(vm.raise(
                vm.types.lookup_error,
                &format!(
                    "'{encoding}' is not a text encoding; use codecs.{verb}() to handle arbitrary codecs"
                ),
            ));
        }
    }
    let f = tuple::items(&info)[direction as usize].own();
    // Only what differs from the default is passed on: encoders may take the text alone.
    let handler = str::new(vm, errors)?;
    let given = [input, *handler];
    let given = if errors == "strict" { &given[..1] } else { &given };
    let result = match protocol::call::positional(vm, *f, given) {
        Ok(result) => result,
        Err(raised) => return Err(with_note(vm, raised, encoding, verb)),
    };
    let is_pair = tuple::is_tuple(vm, *result)
        && tuple::len(*result) == 2
        && int::as_i64(tuple::items(&result)[1]).is_some();
    if !is_pair {
        let role = direction.role();
        return Err(vm.type_error(&format!("{role} must return a tuple (object, integer)")));
    }
    Ok(tuple::items(&result)[0].own())
}

/// Says in a note which codec failed.
fn with_note(vm: &Vm, raised: Raised, encoding: &str, verb: &str) -> Raised {
    let exception = vm.take_exception(raised);
    let noun = if verb == "encode" { "encoding" } else { "decoding" };
    match crate::objects::exceptions::add_note(
        vm,
        *exception,
        &format!("{noun} with '{encoding}' codec failed"),
    ) {
        Ok(()) => {}
        Err(raised) => vm.discard(raised),
    }
    vm.restore_exception(exception)
}

pub(super) fn encode(vm: &Vm, text: Value, encoding: &str, errors: &str) -> PyResult {
    let result = convert(vm, text, encoding, errors, Direction::Encode, true)?;
    if bytes::is_bytes(vm, *result) {
        return Ok(result);
    }
    let got = type_of(vm, *result).name_str();
    Err(vm.type_error(&format!(
        "'{encoding}' encoder returned '{got}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types"
    )))
}

pub(super) fn decode(vm: &Vm, data: Value, encoding: &str, errors: &str) -> PyResult {
    let result = convert(vm, data, encoding, errors, Direction::Decode, true)?;
    if is_str(vm, *result) {
        return Ok(result);
    }
    let got = type_of(vm, *result).name_str();
    Err(vm.type_error(&format!(
        "'{encoding}' decoder returned '{got}' instead of 'str'; use codecs.decode() to decode to arbitrary types"
    )))
}
