//! Objects to opcodes: the choice by type, and what has no parts.

use taipan_layout::{Kind, Value};
use taipan_text::int::{self as big, ByteOrder};

use super::opcodes::*;
use super::output::FRAME_SIZE_TARGET;
use super::pickler::{self, Pickler, state};
use crate::objects::str::StrView;
use crate::objects::{TypeRef, bytes, exceptions, float, int, is_kind, str, tuple, type_of};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// Writes one pickle.
pub struct Saver<'a> {
    pub vm: &'a Vm,
    /// The `Pickler`.
    pub this: Value,
    pub protocol: i32,
    /// The methods that decide about objects; `None` where they are those of `Pickler` itself.
    pub persistent_id: Option<Owned>,
    pub reducer_override: Option<Owned>,
    pub globals: super::names::Globals,
    /// How many containers are being written in fast mode, where only this finds cycles.
    pub nesting: std::cell::Cell<usize>,
    pub nested: std::cell::RefCell<rustc_hash::FxHashSet<Value>>,
}

/// An item of a container, for notes.
pub enum Item {
    Index(usize),
    Key(Owned),
}

impl<'a> Saver<'a> {
    pub fn new(vm: &'a Vm, this: Value) -> PyResult<Saver<'a>> {
        let exact = type_of(vm, this) == vm.types.pickler;
        let persistent_id = match &state(this).persistent_id {
            Some(own) => Some(own.clone()),
            None if exact => None,
            None => {
                let name = str::intern(vm, "persistent_id");
                let base = vm.types.pickler.lookup(vm, *name);
                if type_of(vm, this).lookup(vm, *name) == base && !has_own(vm, this, *name) {
                    None
                } else {
                    Some(protocol::attr::get(vm, this, *name)?)
                }
            }
        };
        let reducer_override = if exact {
            None
        } else {
            protocol::attr::get_optional(vm, this, *str::intern(vm, "reducer_override"))?
        };
        Ok(Saver {
            vm,
            this,
            protocol: state(this).protocol,
            persistent_id,
            reducer_override,
            globals: Default::default(),
            nesting: Default::default(),
            nested: Default::default(),
        })
    }

    /// The pickler's state, borrowed for a moment: whatever runs Python may change it.
    #[inline(always)]
    pub fn state<'s>(&self) -> &'s mut Pickler {
        state(self.this)
    }

    #[inline(always)]
    pub fn push(&self, byte: u8) {
        self.state().out.push(byte);
    }

    #[inline(always)]
    pub fn extend(&self, bytes: &[u8]) {
        self.state().out.extend(bytes);
    }

    /// Whether opcodes with binary arguments may be used.
    #[inline(always)]
    pub fn is_binary(&self) -> bool {
        self.state().bin != 0
    }

    pub fn save(&self, v: Value) -> PyResult<()> {
        self.save_as(v, true)
    }

    /// Writes `v`. Whether it is kept elsewhere is not asked about what stands for such an object.
    fn save_as(&self, v: Value, may_be_persistent: bool) -> PyResult<()> {
        if self.state().out.is_frame_full() {
            self.end_frame()?;
        }
        if may_be_persistent
            && let Some(f) = &self.persistent_id
            && self.save_persistent(**f, v)?
        {
            return Ok(());
        }
        if v.is_fixnum() {
            self.save_small(v.as_fixnum());
            return Ok(());
        }
        match v {
            Value::NONE => {
                self.push(NONE);
                return Ok(());
            }
            Value::TRUE | Value::FALSE => {
                self.save_bool(v == Value::TRUE);
                return Ok(());
            }
            _ => {}
        }
        if float::is_exact(v) {
            self.save_float(float::as_f64(v).unwrap_or_default());
            return Ok(());
        }
        if is_kind(v, Kind::Int) {
            return self.save_big(v);
        }
        if let Some(number) = self.state().memo.get(v) {
            return self.refer(number);
        }
        if is_kind(v, Kind::Str) {
            return self.save_text(v);
        }
        if is_kind(v, Kind::Bytes) {
            return self.save_bytes(v);
        }
        self.vm.check_native_stack(" while pickling an object")?;
        if is_kind(v, Kind::Tuple) {
            self.save_tuple(v)
        } else if is_kind(v, Kind::Dict) {
            self.save_dict(v)
        } else if is_kind(v, Kind::List) {
            self.save_list(v)
        } else if is_kind(v, Kind::Set) {
            self.save_set(v)
        } else if is_kind(v, Kind::FrozenSet) {
            self.save_frozenset(v)
        } else if is_kind(v, Kind::ByteArray) {
            self.save_bytearray(v)
        } else {
            self.save_object(v)
        }
    }

    /// Ends a frame that is large enough; a file gets it at once.
    #[cold]
    fn end_frame(&self) -> PyResult<()> {
        self.state().out.close_frame();
        pickler::flush(self.vm, self.this)
    }

    /// Writes what stands for an object that is kept elsewhere; says whether it is.
    fn save_persistent(&self, f: Value, v: Value) -> PyResult<bool> {
        let vm = self.vm;
        let id = protocol::call::positional(vm, f, &[v])?;
        if id.is_none() {
            return Ok(false);
        }
        if self.is_binary() {
            self.save_as(*id, false)?;
            self.push(BINPERSID);
            return Ok(true);
        }
        let text = protocol::object::str(vm, *id)?;
        let Some(ascii) = str::ascii(&text) else {
            return Err(super::pickling_error(vm, "persistent IDs in protocol 0 must be ASCII strings"));
        };
        self.push(PERSID);
        self.extend(ascii);
        self.push(b'\n');
        Ok(true)
    }

    /// An opcode and a number in decimal digits, as protocol 0 has them.
    fn line(&self, opcode: u8, number: impl std::fmt::Display) {
        self.push(opcode);
        self.extend(format!("{number}\n").as_bytes());
    }

    /// Writes that the object with this number comes again.
    pub fn refer(&self, number: usize) -> PyResult<()> {
        if !self.is_binary() {
            self.line(GET, number);
        } else if let Ok(n) = u8::try_from(number) {
            self.extend(&[BINGET, n]);
        } else if let Ok(n) = u32::try_from(number) {
            let n = n.to_le_bytes();
            self.extend(&[LONG_BINGET, n[0], n[1], n[2], n[3]]);
        } else {
            return Err(super::pickling_error(self.vm, "memo id too large for LONG_BINGET"));
        }
        Ok(())
    }

    /// Remembers the object that was written last.
    pub fn memoize(&self, v: Value) -> PyResult<()> {
        let s = self.state();
        if s.fast != 0 {
            return Ok(());
        }
        let number = s.memo.len();
        s.memo.put(v, number);
        if self.protocol >= 4 {
            self.push(MEMOIZE);
        } else if !self.is_binary() {
            self.line(PUT, number);
        } else if let Ok(n) = u8::try_from(number) {
            self.extend(&[BINPUT, n]);
        } else if let Ok(n) = u32::try_from(number) {
            let n = n.to_le_bytes();
            self.extend(&[LONG_BINPUT, n[0], n[1], n[2], n[3]]);
        } else {
            return Err(super::pickling_error(self.vm, "memo id too large for LONG_BINPUT"));
        }
        Ok(())
    }

    fn save_bool(&self, b: bool) {
        if self.protocol >= 2 {
            self.push(if b { NEWTRUE } else { NEWFALSE });
        } else {
            self.extend(if b { b"I01\n" } else { b"I00\n" });
        }
    }

    fn save_small(&self, n: i64) {
        let Ok(small) = i32::try_from(n) else { return self.save_wide(n) };
        if !self.is_binary() {
            return self.line(INT, n);
        }
        let b = small.to_le_bytes();
        if b[2] != 0 || b[3] != 0 {
            self.extend(&[BININT, b[0], b[1], b[2], b[3]]);
        } else if b[1] != 0 {
            self.extend(&[BININT2, b[0], b[1]]);
        } else {
            self.extend(&[BININT1, b[0]]);
        }
    }

    /// An integer of more than 32 bits.
    fn save_wide(&self, n: i64) {
        if self.protocol < 2 {
            self.push(LONG);
            self.extend(format!("{n}L\n").as_bytes());
            return;
        }
        let bits = 65 - (if n < 0 { !n } else { n }).leading_zeros() as usize;
        let size = bits.div_ceil(8);
        self.extend(&[LONG1, size as u8]);
        self.extend(&n.to_le_bytes()[..size]);
    }

    /// An integer without a size limit.
    fn save_big(&self, v: Value) -> PyResult<()> {
        let vm = self.vm;
        if self.protocol < 2 {
            let text = protocol::object::repr(vm, v)?;
            self.push(LONG);
            self.extend(str::ascii(&text).unwrap_or_default());
            self.extend(b"L\n");
            return Ok(());
        }
        let operand = int::view(v);
        // One more bit for the sign; only -2^(8k-1) would do without.
        let mut size = operand.bit_len() / 8 + 1;
        if i32::try_from(size).is_err() {
            return Err(vm.overflow_error("int too large to pickle"));
        }
        let encoded = big::to_bytes(&operand.operand(), size, ByteOrder::Little, true);
        let encoded = int::arith::check(vm, encoded)?;
        if operand.is_negative() && encoded[size - 1] == 0xFF && encoded[size - 2] & 0x80 != 0 {
            size -= 1;
        }
        match u8::try_from(size) {
            Ok(n) => self.extend(&[LONG1, n]),
            Err(_) => {
                self.push(LONG4);
                self.extend(&(size as u32).to_le_bytes());
            }
        }
        self.extend(&encoded[..size]);
        Ok(())
    }

    fn save_float(&self, value: f64) {
        if self.is_binary() {
            self.push(BINFLOAT);
            self.extend(&value.to_be_bytes());
        } else {
            self.line(FLOAT, float::repr_string(value));
        }
    }

    fn save_text(&self, v: Value) -> PyResult<()> {
        if !self.is_binary() {
            self.push(UNICODE);
            let escaped = escape(str::view(&v));
            self.extend(&escaped);
            self.push(b'\n');
        } else if let Some(ascii) = str::ascii(&v) {
            self.save_utf8(ascii)?;
        } else {
            self.save_utf8(&str::to_wtf8(v))?;
        }
        self.memoize(v)
    }

    fn save_utf8(&self, utf8: &[u8]) -> PyResult<()> {
        let size = utf8.len();
        match (u8::try_from(size), u32::try_from(size)) {
            (Ok(n), _) if self.protocol >= 4 => {
                self.extend(&[SHORT_BINUNICODE, n]);
                self.extend(utf8);
                Ok(())
            }
            (_, Ok(n)) => {
                let n = n.to_le_bytes();
                self.save_data(&[BINUNICODE, n[0], n[1], n[2], n[3]], utf8, None)
            }
            _ if self.protocol >= 4 => self.save_data(&with_size(BINUNICODE8, size), utf8, None),
            _ => {
                let text = "serializing a string larger than 4 GiB requires pickle protocol 4 or higher";
                Err(self.vm.overflow_error(text))
            }
        }
    }

    /// A header and what it tells the size of. Large contents lie outside of frames and go to a file directly.
    fn save_data(&self, header: &[u8], data: &[u8], object: Option<Value>) -> PyResult<()> {
        if data.len() < FRAME_SIZE_TARGET {
            self.extend(header);
            self.extend(data);
            return Ok(());
        }
        let vm = self.vm;
        let out = &mut self.state().out;
        out.close_frame();
        let framing = out.stop_framing();
        out.extend(header);
        match self.state().write.clone() {
            None => self.extend(data),
            Some(write) => {
                let own = match object {
                    Some(_) => None,
                    None => Some(bytes::new(vm, data)?),
                };
                pickler::flush(vm, self.this)?;
                let payload = object.or(own.as_deref().copied()).unwrap_or(Value::NONE);
                protocol::call::positional(vm, *write, &[payload])?;
            }
        }
        if framing {
            self.state().out.start_framing();
        }
        Ok(())
    }

    fn save_bytes(&self, v: Value) -> PyResult<()> {
        if self.protocol >= 3 {
            self.save_contents(v, bytes::as_slice(&v))?;
            return self.memoize(v);
        }
        // There is no opcode for bytes: they become text, encoded when it is read.
        let vm = self.vm;
        let data = bytes::as_slice(&v);
        let reduced = if data.is_empty() {
            tuple::from_slice(vm, &[vm.types.bytes.value(), *tuple::empty(vm)])?
        } else {
            let text = str::from_view(vm, StrView::One(data))?;
            let encode = self.globals.encode(vm)?;
            let args = tuple::from_slice(vm, &[*text, *str::intern(vm, "latin1")])?;
            tuple::from_slice(vm, &[**encode, *args])?
        };
        self.save_reduced(*reduced, Some(v))
    }

    /// The contents of `object` as what will be bytes again.
    pub fn save_contents(&self, object: Value, data: &[u8]) -> PyResult<()> {
        let size = data.len();
        match (u8::try_from(size), u32::try_from(size)) {
            (Ok(n), _) => {
                self.extend(&[SHORT_BINBYTES, n]);
                self.extend(data);
                Ok(())
            }
            (_, Ok(n)) => {
                let n = n.to_le_bytes();
                self.save_data(&[BINBYTES, n[0], n[1], n[2], n[3]], data, Some(object))
            }
            _ if self.protocol >= 4 => self.save_data(&with_size(BINBYTES8, size), data, Some(object)),
            _ => {
                let text =
                    "serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher";
                Err(self.vm.overflow_error(text))
            }
        }
    }

    /// The contents of `object` as what will be a bytearray.
    pub fn save_mutable_contents(&self, object: Value, data: &[u8]) -> PyResult<()> {
        self.save_data(&with_size(BYTEARRAY8, data.len()), data, Some(object))
    }

    fn save_bytearray(&self, v: Value) -> PyResult<()> {
        let vm = self.vm;
        if self.protocol >= 5 {
            // The buffer keeps the file's write from resizing it.
            let buffer = bytes::buffer(vm, v)?;
            self.save_mutable_contents(v, buffer.as_slice())?;
            return self.memoize(v);
        }
        let contents = bytes::bytearray::contents(&v);
        let args = if contents.is_empty() {
            tuple::empty(vm)
        } else {
            let copy = bytes::new(vm, contents)?;
            tuple::from_slice(vm, &[*copy])?
        };
        let reduced = tuple::from_slice(vm, &[vm.types.bytearray.value(), *args])?;
        self.save_reduced(*reduced, Some(v))
    }

    /// Adds a note to the exception that is being raised.
    #[cold]
    pub fn note(&self, raised: Raised, container: Value, what: &str) -> Raised {
        let vm = self.vm;
        let e = vm.take_exception(raised);
        let text = format!("when serializing {} {what}", type_name(vm, container));
        match exceptions::add_note(vm, *e, &text) {
            Ok(()) => vm.restore_exception(e),
            Err(other) => other,
        }
    }

    #[cold]
    pub fn note_item(&self, raised: Raised, container: Value, item: Item) -> Raised {
        let vm = self.vm;
        match item {
            Item::Index(i) => self.note(raised, container, &format!("item {i}")),
            Item::Key(key) => {
                let e = vm.take_exception(raised);
                match protocol::object::repr_string(vm, *key) {
                    Ok(key) => self.note(vm.restore_exception(e), container, &format!("item {key}")),
                    Err(other) => other,
                }
            }
        }
    }
}

/// Whether an instance of a subclass has an attribute of its own.
fn has_own(vm: &Vm, this: Value, name: Value) -> bool {
    match protocol::attr::instance_dict(vm, this, false) {
        Ok(own) => own.is_some_and(|d| crate::objects::dict::get_str(vm, *d, name).is_some()),
        Err(raised) => {
            vm.discard(raised);
            false
        }
    }
}

/// The type of `v` as messages show it.
pub fn type_name(vm: &Vm, v: Value) -> String {
    crate::objects::typeobject::attrs::qualified_name(vm, type_of(vm, v))
}

pub fn is_type(vm: &Vm, v: Value) -> bool {
    TypeRef::from_value(vm, v).is_some()
}

fn with_size(opcode: u8, size: usize) -> [u8; 9] {
    let mut header = [opcode; 9];
    header[1..].copy_from_slice(&(size as u64).to_le_bytes());
    header
}

/// Text as protocol 0 has it: one line, with escapes for what would end it, is no Latin-1, or begins an escape.
fn escape(text: StrView<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.iter() {
        match c {
            0x1_0000.. => out.extend(format!("\\U{c:08x}").bytes()),
            0x100.. | 0x5C | 0 | 0x0A | 0x0D | 0x1A => out.extend(format!("\\u{c:04x}").bytes()),
            _ => out.push(c as u8),
        }
    }
    out
}
