//! A program as one piece of data: what `taipan build` puts into an executable and its start finds there.
//!
//! ```text
//! magic    8 bytes
//! header   optimize: u32, modules: u32
//! modules  each: flags: u32, first code: u32, then offset and length (u32 each) of name, file name, code, source
//! blobs
//! ```
//!
//! Numbers are little endian, offsets count from the start. The first module is the program itself (`__main__`). Code is
//! marshalled; a code object's number is its place in the order of [`code_objects`] over all modules, which is how the
//! table of compiled functions refers to it. Reading copies nothing: the executable's file is mapped, and a module that
//! is never imported is never touched.

use std::rc::Rc;

use crate::code::{CodeObject, Constant};

/// Changes with the layout.
const MAGIC: [u8; 8] = *b"TAIPAN\x00\x01";
const HEADER: usize = 16;
const ROW: usize = 40;
const IS_PACKAGE: u32 = 1;

/// A module to be written.
#[derive(Debug)]
pub struct NewModule {
    pub name: String,
    /// `__file__` and the name in tracebacks.
    pub filename: String,
    pub is_package: bool,
    /// Marshalled.
    pub code: Vec<u8>,
    /// For the lines of tracebacks.
    pub source: String,
    /// Code objects in it.
    pub code_count: usize,
}

/// A module of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Module<'a> {
    pub name: &'a str,
    pub filename: &'a str,
    pub is_package: bool,
    pub code: &'a [u8],
    pub source: &'a str,
    /// The number of its first code object.
    pub first_code: usize,
}

/// The data behind a built program; checked once, read without copying.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    data: &'a [u8],
    count: usize,
    pub optimize: u8,
}

/// Lays out an image. The data of a program stays below 4 GiB, else `None`.
pub fn write(optimize: u8, modules: &[NewModule]) -> Option<Vec<u8>> {
    let mut out = MAGIC.to_vec();
    out.extend(u32::from(optimize).to_le_bytes());
    out.extend(u32::try_from(modules.len()).ok()?.to_le_bytes());
    let mut blobs = Vec::new();
    let start = HEADER + ROW * modules.len();
    let mut first_code = 0u32;
    for module in modules {
        out.extend((IS_PACKAGE * u32::from(module.is_package)).to_le_bytes());
        out.extend(first_code.to_le_bytes());
        first_code = first_code.checked_add(u32::try_from(module.code_count).ok()?)?;
        for blob in
            [module.name.as_bytes(), module.filename.as_bytes(), &module.code, module.source.as_bytes()]
        {
            out.extend(u32::try_from(start + blobs.len()).ok()?.to_le_bytes());
            out.extend(u32::try_from(blob.len()).ok()?.to_le_bytes());
            blobs.extend_from_slice(blob);
        }
    }
    out.extend(blobs);
    Some(out)
}

impl<'a> Image<'a> {
    /// `None` unless `data` is an image of this version, complete and well-formed.
    pub fn parse(data: &'a [u8]) -> Option<Image<'a>> {
        if data.get(..8)? != MAGIC {
            return None;
        }
        let (optimize, count) = (word(data, 8)?, word(data, 12)? as usize);
        let image = Image { data, count, optimize: optimize as u8 };
        (count > 0 && (0..count).all(|index| image.read(index).is_some())).then_some(image)
    }

    pub fn modules(&self) -> impl Iterator<Item = Module<'a>> + '_ {
        (0..self.count).filter_map(|index| self.read(index))
    }

    /// The program itself.
    pub fn main(&self) -> Option<Module<'a>> {
        self.modules().next()
    }

    /// The module that is imported by this name.
    pub fn find(&self, name: &str) -> Option<Module<'a>> {
        self.modules().skip(1).find(|module| module.name == name)
    }

    fn read(&self, index: usize) -> Option<Module<'a>> {
        let row = HEADER + ROW * index;
        let blob = |k: usize| {
            let (offset, length) = (word(self.data, row + 8 + 8 * k)?, word(self.data, row + 12 + 8 * k)?);
            self.data.get(offset as usize..)?.get(..length as usize)
        };
        let text = |k: usize| std::str::from_utf8(blob(k)?).ok();
        Some(Module {
            name: text(0)?,
            filename: text(1)?,
            is_package: word(self.data, row)? & IS_PACKAGE != 0,
            code: blob(2)?,
            source: text(3)?,
            first_code: word(self.data, row + 4)? as usize,
        })
    }
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?))
}

/// A code object and those among its constants, each before the ones inside of it.
pub fn code_objects(code: &Rc<CodeObject>) -> Vec<Rc<CodeObject>> {
    let mut all = vec![code.clone()];
    for constant in &code.consts {
        if let Constant::Code(inner) = constant {
            all.extend(code_objects(inner));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str, is_package: bool, code_count: usize) -> NewModule {
        NewModule {
            name: name.to_owned(),
            filename: format!("/src/{name}.py"),
            is_package,
            code: name.bytes().rev().collect(),
            source: "pass\n".to_owned(),
            code_count,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let data =
            write(1, &[module("__main__", false, 3), module("pkg", true, 2), module("pkg.mod", false, 1)])
                .unwrap();
        let image = Image::parse(&data).unwrap();
        assert_eq!(image.optimize, 1);
        assert_eq!(image.main().unwrap().filename, "/src/__main__.py");
        let package = image.find("pkg").unwrap();
        assert_eq!((package.is_package, package.first_code, package.code), (true, 3, &b"gkp"[..]));
        assert_eq!(image.find("pkg.mod").unwrap().first_code, 5);
        assert_eq!(image.find("__main__"), None, "the program is imported by no name");
        assert_eq!(image.find("other"), None);
    }

    #[test]
    fn damaged_data_is_refused() {
        let data = write(0, &[module("__main__", false, 1)]).unwrap();
        assert!((0..data.len()).all(|n| Image::parse(&data[..n]).is_none()));
        let mut other = data.clone();
        other[7] ^= 1;
        assert!(Image::parse(&other).is_none());
    }
}
