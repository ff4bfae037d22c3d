//! Code objects that are read when they are first needed.
//!
//! A function of the embedded library begins with what `marshal::lazy::Head` says of its code. The rest stays where it is
//! mapped until somebody wants it: a frame of the code, a version for its function (with which machine code pushes frames by
//! itself), or any attribute beyond those of the head. Until then `head.units` is null, which is what everybody asks
//! ([`complete`]).

use taipan_frontend::code::flags::CO_HAS_DOCSTRING;
use taipan_frontend::marshal::lazy::Head;
use taipan_layout::frame::STACK_SLACK;
use taipan_layout::objects::Code;
use taipan_layout::{Header, Value};

use super::CodeObject;
use crate::objects::{cast, new_instance, owned, str};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

/// A code object of which only the head is there.
pub fn new(vm: &Vm, head: &Head<'static>, filename: Owned) -> PyResult {
    let name = text(vm, head.name)?;
    // Most are nobody's else, and nothing is found by them: they need not be interned.
    let qualname = match head.qualname {
        same if same == head.name => name.clone(),
        ascii if ascii.is_ascii() => str::from_ascii(vm, ascii)?,
        other => text(vm, other)?,
    };
    let object = new_instance::<CodeObject>(vm, vm.types.code)?;
    // SAFETY: the object is new and zeroed after its header.
    unsafe {
        let c = &mut *object;
        c.head.flags = head.flags;
        c.head.argcount = head.argcount;
        c.head.posonlyargcount = head.posonlyargcount;
        c.head.kwonlyargcount = head.kwonlyargcount;
        c.head.nlocalsplus = head.nlocalsplus;
        c.head.frame_words = head.nlocalsplus + head.stacksize + STACK_SLACK as u32;
        c.head.nfreevars = head.nfreevars;
        c.head.entry_count = vm.config.entry_counter();
        c.filename = filename.into_value();
        c.name = name.into_value();
        c.qualname = qualname.into_value();
        c.stacksize = head.stacksize;
        c.firstlineno = head.firstlineno as i32;
        c.nlocals = head.nlocals;
        c.ncellvars = head.ncellvars;
        c.body = Some(head.body);
    }
    Ok(owned(object as *mut Header))
}

fn text(vm: &Vm, utf8: &[u8]) -> PyResult {
    if utf8.is_ascii() {
        return Ok(str::intern_ascii(vm, utf8));
    }
    let text = str::from_wtf8(vm, utf8)?;
    Ok(str::intern_value(vm, *text))
}

/// The docstring of a code object that is still to be read, which is read then without the rest.
pub fn unread_docstring(vm: &Vm, code: Value) -> PyResult<Option<Owned>> {
    // SAFETY: callers pass code objects.
    let this = unsafe { cast::<CodeObject>(code) };
    match this.body.filter(|_| this.has_flag(CO_HAS_DOCSTRING)) {
        Some(body) => crate::modules::marshal::first_constant(vm, body),
        None => Ok(None),
    }
}

/// Reads the code, unless that has happened.
///
/// # Safety
/// `code` is the head of a live code object.
#[inline(always)]
pub unsafe fn complete(code: *mut Code) {
    // SAFETY: by contract.
    unsafe {
        if (*code).units.is_null() {
            read(&mut *(code as *mut CodeObject));
        }
    }
}

#[cold]
#[inline(never)]
fn read(this: &mut CodeObject) {
    let vm = Vm::current();
    let Some(body) = this.body.take() else { return };
    // SAFETY: the object owns its words; a code object's file name is always there.
    let filename = unsafe {
        crate::owned::incref(this.filename);
        Owned::from_owned(this.filename)
    };
    let fresh = match crate::modules::marshal::load_fixed(vm, body, Some(filename)) {
        Ok(fresh) => fresh,
        Err(raised) => {
            // The data are the program's own: only memory can be missing, and half a function cannot run.
            vm.discard(raised);
            eprintln!("Fatal Python error: out of memory while a function was read");
            std::process::exit(1);
        }
    };
    // SAFETY: both are code objects, the new one nobody else's; it is dropped with the empty fields of this one.
    unsafe {
        let other = &mut *fresh.as_ptr::<CodeObject>();
        macro_rules! exchange {
            ($($($field:ident).+),+) => { $(std::mem::swap(&mut this.$($field).+, &mut other.$($field).+);)+ };
        }
        exchange!(head.units, head.unit_count, head.consts, head.names, head.first_traceable);
        exchange!(consts, names, localsplusnames, localspluskinds, code, linetable, exceptiontable);
    }
}

/// Whether the code is still to be read.
pub fn is_unread(code: Value) -> bool {
    // SAFETY: callers pass code objects.
    unsafe { (*code.as_ptr::<Code>()).units.is_null() }
}
