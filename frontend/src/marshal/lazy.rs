//! Marshalled modules whose inner functions are read when they are first needed.
//!
//! A module of the library is executed once, but of its functions few ever run. In this form a code object among the
//! constants of another is a `bytes` constant: [`MARK`], then a [`Head`] with what making a function takes, then the
//! marshalled code object by itself, with its own inner functions in the same form. To who reads marshal data these are
//! ordinary constants; only data that are known to be written by [`dump`] may be read as what they mean.

use std::rc::Rc;

use super::{ReadError, WriteError, dump_code, load_code};
use crate::code::local_kind::{CO_FAST_CELL, CO_FAST_FREE, CO_FAST_LOCAL};
use crate::{CodeObject, Constant};

/// How a code object in this form begins.
pub const MARK: [u8; 8] = *b"\xFFcode\xFF\0\xFF";

/// What is known of a code object without reading it.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub flags: u32,
    pub firstlineno: u32,
    pub nlocalsplus: u32,
    pub nlocals: u32,
    pub ncellvars: u32,
    pub nfreevars: u32,
    /// In UTF-8.
    pub name: &'a [u8],
    pub qualname: &'a [u8],
    /// The code object, marshalled.
    pub body: &'a [u8],
}

const NUMBERS: usize = 10;

impl<'a> Head<'a> {
    /// `None` when the constant is nothing but bytes.
    pub fn parse(constant: &'a [u8]) -> Option<Head<'a>> {
        let rest = constant.strip_prefix(&MARK)?;
        let (numbers, mut rest) = rest.split_at_checked(4 * NUMBERS)?;
        let mut numbers = numbers.chunks_exact(4).map(|n| n.try_into().map_or(0, u32::from_le_bytes));
        let mut number = || numbers.next().unwrap_or_default();
        let mut text = || {
            let (length, after) = rest.split_first_chunk::<2>()?;
            let (text, after) = after.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
            rest = after;
            Some(text)
        };
        let (name, qualname) = (text()?, text()?);
        Some(Head {
            argcount: number(),
            posonlyargcount: number(),
            kwonlyargcount: number(),
            stacksize: number(),
            flags: number(),
            firstlineno: number(),
            nlocalsplus: number(),
            nlocals: number(),
            ncellvars: number(),
            nfreevars: number(),
            name,
            qualname,
            body: rest,
        })
    }
}

/// Marshals a module with its inner functions in this form.
pub fn dump(code: &CodeObject) -> Result<Vec<u8>, WriteError> {
    let consts = code.consts.iter().map(packed).collect::<Result<_, _>>()?;
    dump_code(&Rc::new(CodeObject { consts, ..code.clone() }))
}

fn packed(constant: &Constant) -> Result<Constant, WriteError> {
    let Constant::Code(code) = constant else { return Ok(constant.clone()) };
    // A name that is no text in UTF-8 stays in the ordinary form.
    let (Some(name), Some(qualname)) = (code.name.as_str(), code.qualname.as_str()) else {
        return Ok(constant.clone());
    };
    let count = |bit: u8| code.localspluskinds.iter().filter(|k| **k & bit != 0).count() as u32;
    let numbers: [u32; NUMBERS] = [
        code.argcount,
        code.posonlyargcount,
        code.kwonlyargcount,
        code.stacksize,
        code.flags,
        code.firstlineno as u32,
        code.localspluskinds.len() as u32,
        count(CO_FAST_LOCAL),
        count(CO_FAST_CELL),
        count(CO_FAST_FREE),
    ];
    let mut out = MARK.to_vec();
    for number in numbers {
        out.extend(number.to_le_bytes());
    }
    for text in [name, qualname] {
        out.extend(u16::try_from(text.len()).map_err(|_| WriteError::TooLarge)?.to_le_bytes());
        out.extend(text.as_bytes());
    }
    out.extend(dump(code)?);
    Ok(Constant::Bytes(out.into()))
}

/// Reads what [`dump`] wrote, all of it.
pub fn load(data: &[u8]) -> Result<Rc<CodeObject>, ReadError> {
    let mut code = load_code(data)?;
    let inner = Rc::make_mut(&mut code);
    for constant in &mut inner.consts {
        if let Constant::Bytes(bytes) = constant
            && let Some(head) = Head::parse(bytes)
        {
            *constant = Constant::Code(load(head.body)?);
        }
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Flags, Mode};

    #[test]
    fn everything_comes_back() {
        let text = "def f(a, /, b, *, c):\n    'doc'\n    def g():\n        return a\n    return g, b'\\xFFcode'\n\
                    class C:\n    x = lambda self: 1\n";
        let code = crate::compile_bytes(text.as_bytes(), "<t>", Mode::Module, Flags::default()).unwrap().code;
        let data = dump(&code).unwrap();
        assert_eq!(dump_code(&load(&data).unwrap()).unwrap(), dump_code(&code).unwrap());
    }

    #[test]
    fn the_head_says_what_making_a_function_takes() {
        let text = "def f(a, /, b, *, c):\n    def g(): return a\n    return g\n";
        let code = crate::compile_bytes(text.as_bytes(), "<t>", Mode::Module, Flags::default()).unwrap().code;
        let data = load_code(&dump(&code).unwrap()).unwrap();
        let heads: Vec<_> = data
            .consts
            .iter()
            .filter_map(|c| if let Constant::Bytes(b) = c { Head::parse(b) } else { None })
            .collect();
        let [head] = heads.as_slice() else { panic!("one function: {heads:?}") };
        assert_eq!((head.name, head.qualname, head.firstlineno), (&b"f"[..], &b"f"[..], 1));
        assert_eq!((head.argcount, head.posonlyargcount, head.kwonlyargcount), (2, 1, 1));
        assert_eq!((head.nlocalsplus, head.nlocals, head.ncellvars, head.nfreevars), (4, 4, 1, 0));
    }
}
