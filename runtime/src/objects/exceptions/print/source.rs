//! Lines of source, for tracebacks.
//!
//! Files are read once and read again when their size or time of change differs. Text that is not in a file
//! (`-c`, the prompt) is registered per code object, since `"<string>"` names any number of texts.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::SystemTime;

use taipan_layout::Value;

use super::super::super::code::{CodeObject, code_object};
use super::super::super::{is_instance, list, str, tuple, type_of};
use super::text_of;
use crate::embedded;
use crate::owned::{Counted, Owned};
use crate::vm::Vm;

type Lines = Rc<Vec<String>>;
/// File name, qualified name, first line.
type CodeKey = (String, String, i32);

#[derive(Default)]
pub struct SourceCache {
    files: RefCell<HashMap<String, CachedFile>>,
    /// Files that a built executable carries.
    embedded: RefCell<HashMap<String, Lines>>,
    registered: RefCell<HashMap<CodeKey, Lines>>,
    /// The code of `-c`, which the launcher keeps alive, and its text: for `linecache`.
    command: RefCell<Option<(Value, String)>>,
}

struct CachedFile {
    path: String,
    size: u64,
    modified: Option<SystemTime>,
    lines: Lines,
}

fn key(c: &CodeObject) -> CodeKey {
    (str::to_string_lossy(c.filename), str::to_string_lossy(c.qualname), c.firstlineno)
}

/// Remembers the program of `-c`.
pub fn register_command(vm: &Vm, code: Value, text: &str) {
    register_source(vm, code, text);
    *vm.sources.command.borrow_mut() = Some((code, text.to_owned()));
}

/// Its code is no longer there.
pub fn forget_command(vm: &Vm) {
    *vm.sources.command.borrow_mut() = None;
}

/// Code and text of `-c`.
pub fn command(vm: &Vm) -> Option<(Owned, String)> {
    vm.sources.command.borrow().as_ref().map(|(code, text)| (code.own(), text.clone()))
}

/// Remembers the text from which `code`, and the code objects among its constants, were compiled.
pub fn register_source(vm: &Vm, code: Value, text: &str) {
    let lines = Rc::new(split(text));
    let mut open = vec![code];
    while let Some(code) = open.pop() {
        let c = code_object(code);
        vm.sources.registered.borrow_mut().insert(key(c), lines.clone());
        open.extend(tuple::items(&c.consts).iter().filter(|k| type_of(vm, **k) == vm.types.code));
    }
}

fn split(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// Line `line` (from 1) of the code's source without trailing whitespace; empty when it cannot be had.
pub(super) fn line(vm: &Vm, c: &CodeObject, line: i32) -> String {
    let filename = str::to_string_lossy(c.filename);
    let Some(index) = usize::try_from(line).ok().and_then(|n| n.checked_sub(1)) else { return String::new() };
    let from = |lines: &Lines| lines.get(index).map(|l| l.trim_end().to_owned()).unwrap_or_default();
    let text = file_lines(vm, &filename).map(|lines| from(&lines)).unwrap_or_default();
    if text.is_empty() && filename.starts_with('<') {
        return vm.sources.registered.borrow().get(&key(c)).map(from).unwrap_or_default();
    }
    text
}

fn file_lines(vm: &Vm, filename: &str) -> Option<Lines> {
    if filename.starts_with('<') && filename.ends_with('>') {
        return None;
    }
    if let Some(lines) = vm.sources.embedded.borrow().get(filename) {
        return Some(lines.clone());
    }
    if let Some(lines) = embedded::source_lines(vm, filename) {
        vm.sources.embedded.borrow_mut().insert(filename.to_owned(), lines.clone());
        return Some(lines);
    }
    if let Some(source) = crate::modules::imp::source_of_file(vm, filename) {
        let lines = Rc::new(split(&String::from_utf8_lossy(&source)));
        vm.sources.embedded.borrow_mut().insert(filename.to_owned(), lines.clone());
        return Some(lines);
    }
    let mut candidates = vec![filename.to_owned()];
    if !filename.starts_with('/') {
        candidates.extend(search_path(vm).into_iter().map(|dir| format!("{dir}/{filename}")));
    }
    let (path, info) = candidates.into_iter().find_map(|p| {
        let info = std::fs::metadata(&p).ok().filter(|m| m.is_file())?;
        Some((p, info))
    })?;
    let (size, modified) = (info.len(), info.modified().ok());
    if let Some(cached) = vm.sources.files.borrow().get(filename)
        && cached.path == path
        && cached.size == size
        && cached.modified == modified
    {
        return Some(cached.lines.clone());
    }
    let bytes = std::fs::read(&path).ok()?;
    let text = match vm.config.parts.compiler {
        Some(compiler) => (compiler.decode)(&bytes),
        None => String::from_utf8_lossy(&bytes),
    };
    let lines = Rc::new(split(&text));
    let cached = CachedFile { path, size, modified, lines: lines.clone() };
    vm.sources.files.borrow_mut().insert(filename.to_owned(), cached);
    Some(lines)
}

/// `sys.path`, its text entries.
fn search_path(vm: &Vm) -> Vec<String> {
    match super::sys_attribute(vm, "path") {
        Some(path) if is_instance(vm, *path, vm.types.list) => list::items(&path)
            .iter()
            .filter(|d| is_instance(vm, **d, vm.types.str))
            .map(|d| text_of(*d))
            .collect(),
        _ => Vec::new(),
    }
}

/// Line `line` of a file, stripped; empty when it cannot be had.
pub(crate) fn source_line(vm: &Vm, filename: &str, line: i32) -> String {
    let index = usize::try_from(line).ok().and_then(|n| n.checked_sub(1));
    match (index, file_lines(vm, filename)) {
        (Some(index), Some(lines)) => lines.get(index).map(|l| l.trim().to_owned()).unwrap_or_default(),
        _ => String::new(),
    }
}
