//! The standard library's Python files as data: found by name, read where they are mapped.
//!
//! ```text
//! modules  u32
//! rows     sorted by name; each: flags u32, length of the source u32, then offset and length (u32 each) of the name, the
//!          file below the library's folder, the marshalled code and the deflated source
//! blobs    all names, all files, all code, all sources
//! ```
//!
//! The marshalled code is in the form of `taipan_frontend::marshal::lazy`. Numbers are little endian, offsets count from the start. Nothing is copied or checked before a module is asked for, so
//! a library of ten megabytes costs a start nothing. The build script writes both pieces; code and source come from the
//! same text. Sources are there for tracebacks, `inspect` and `-O`, and rarely read, so they are compressed.

/// What every start needs; part of the runtime.
pub static CORE: Library = Library(include_bytes!(concat!(env!("OUT_DIR"), "/core.img")));
/// Everything else.
pub static LIBRARY: Library = Library(include_bytes!(concat!(env!("OUT_DIR"), "/library.img")));

const ROW: usize = 40;
const IS_PACKAGE: u32 = 1;
const IS_FROZEN: u32 = 2;

/// A set of modules.
#[derive(Clone, Copy)]
pub struct Library(&'static [u8]);

/// A module of a library.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    pub name: &'static str,
    /// `json/decoder.py`.
    pub file: &'static str,
    pub is_package: bool,
    /// Whether it is imported as CPython's frozen modules are.
    pub is_frozen: bool,
    /// Marshalled, compiled without `-O`.
    pub code: &'static [u8],
    source: &'static [u8],
    source_length: usize,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Library({} modules)", self.len())
    }
}

impl Library {
    pub fn len(&self) -> usize {
        word(self.0, 0) as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn modules(&self) -> impl Iterator<Item = Module> + '_ {
        (0..self.len()).map(|row| self.module(row))
    }

    /// The module that is imported by this name.
    pub fn find(&self, name: &str) -> Option<Module> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = (low + high) / 2;
            match self.blob(middle, 0).cmp(name.as_bytes()) {
                std::cmp::Ordering::Equal => return Some(self.module(middle)),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    fn blob(&self, row: usize, column: usize) -> &'static [u8] {
        let at = 4 + ROW * row + 8 + 8 * column;
        let (offset, length) = (word(self.0, at) as usize, word(self.0, at + 4) as usize);
        &self.0[offset..offset + length]
    }

    fn text(&self, row: usize, column: usize) -> &'static str {
        std::str::from_utf8(self.blob(row, column)).unwrap_or_default()
    }

    fn module(&self, row: usize) -> Module {
        let at = 4 + ROW * row;
        let flags = word(self.0, at);
        Module {
            name: self.text(row, 0),
            file: self.text(row, 1),
            is_package: flags & IS_PACKAGE != 0,
            is_frozen: flags & IS_FROZEN != 0,
            code: self.blob(row, 2),
            source: self.blob(row, 3),
            source_length: word(self.0, at + 4) as usize,
        }
    }
}

impl Module {
    /// The text that it was compiled from.
    pub fn source(&self) -> Vec<u8> {
        miniz_oxide::inflate::decompress_to_vec_with_limit(self.source, self.source_length)
            .unwrap_or_default()
    }
}

fn word(data: &[u8], at: usize) -> u32 {
    data[at..at + 4].iter().rev().fold(0, |n, b| n << 8 | u32::from(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_found_by_name() {
        let json = LIBRARY.find("json.decoder").expect("the library has json");
        assert_eq!((json.file, json.is_package, json.is_frozen), ("json/decoder.py", false, false));
        assert!(LIBRARY.find("json").is_some_and(|m| m.is_package));
        assert!(LIBRARY.find("no_such_module").is_none());
        assert!(CORE.find("os").is_some_and(|m| m.is_frozen));
    }

    #[test]
    fn sources_are_complete() {
        for module in CORE.modules().chain(LIBRARY.modules()) {
            assert_eq!(module.source().len(), module.source_length, "{}", module.name);
        }
    }

    #[test]
    fn nothing_names_the_interpreter_that_the_files_were_packaged_for() {
        for module in CORE.modules().chain(LIBRARY.modules()).filter(|m| m.name != "_opcode_metadata") {
            let source = String::from_utf8_lossy(&module.source()).into_owned();
            assert!(!source.to_ascii_lowercase().contains("rustpython"), "{}", module.name);
        }
    }
}
