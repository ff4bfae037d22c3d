//! Opcodes to objects: a machine with a stack, marks on it, and numbered objects.
//!
//! The stack is the loader's own, so words on it stay alive while Python code runs. What can be looked at from Python, the
//! numbered objects above all, lies in the `Unpickler`.

use taipan_layout::{Kind, Value};

use super::input::Input;
use super::opcodes::*;
use super::unpickler::{Unpickler, state};
use super::{truncated, unpickling_error};
use crate::objects::{bytes, dict, float, is_instance, is_kind, list, set, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// Reads one pickle.
pub struct Loader<'a> {
    pub vm: &'a Vm,
    /// The `Unpickler`.
    pub this: Value,
    pub input: Input<'a>,
    stack: Vec<Owned>,
    /// Heights of the stack at which there is a mark.
    marks: Vec<usize>,
    /// The height of the last mark: nothing below is taken off before it.
    fence: usize,
    /// The method that knows objects which are kept elsewhere, once it was needed.
    persistent_load: Option<Owned>,
}

impl<'a> Loader<'a> {
    pub fn new(vm: &'a Vm, this: Value, input: Input<'a>) -> PyResult<Loader<'a>> {
        Ok(Loader {
            vm,
            this,
            input,
            stack: Vec::with_capacity(64),
            marks: Vec::with_capacity(8),
            fence: 0,
            persistent_load: None,
        })
    }

    /// The unpickler's state, borrowed for a moment.
    #[inline(always)]
    pub fn state<'s>(&self) -> &'s mut Unpickler {
        state(self.this)
    }

    /// What is left of the input.
    pub fn into_input(self) -> Input<'a> {
        self.input
    }

    /// Runs until STOP.
    pub fn load(&mut self) -> PyResult {
        loop {
            let Some(opcode) = self.input.opcode()? else {
                return Err(self.vm.raise(self.vm.types.eof_error, "Ran out of input"));
            };
            if opcode == STOP {
                self.input.skip_used()?;
                return self.pop();
            }
            self.step(opcode)?;
        }
    }

    #[inline]
    fn step(&mut self, opcode: u8) -> PyResult<()> {
        let vm = self.vm;
        match opcode {
            // The most common ones first; the compiler makes a table of it all the same.
            MEMOIZE => {
                let top = self.top()?.clone();
                let memo = &mut self.state().memo;
                memo.put(memo.len(), top);
            }
            SHORT_BINUNICODE => {
                let [n] = self.input.array()?;
                self.load_text(n.into())?;
            }
            BINUNICODE => {
                let n = u32::from_le_bytes(self.input.array()?);
                self.load_text(n as usize)?;
            }
            BINUNICODE8 => {
                let n = self.size("BINUNICODE exceeds system's maximum size of")?;
                self.load_text(n)?;
            }
            BINGET => {
                let [n] = self.input.array()?;
                self.get(n.into())?;
            }
            LONG_BINGET => {
                let n = u32::from_le_bytes(self.input.array()?);
                self.get(n as usize)?;
            }
            BINPUT => {
                let [n] = self.input.array()?;
                self.put(n.into())?;
            }
            LONG_BINPUT => {
                let n = u32::from_le_bytes(self.input.array()?);
                self.put(n as usize)?;
            }
            BININT => {
                let n = i32::from_le_bytes(self.input.array()?);
                self.push(Owned::fixnum(n.into()));
            }
            BININT1 => {
                let [n] = self.input.array()?;
                self.push(Owned::fixnum(n.into()));
            }
            BININT2 => {
                let n = u16::from_le_bytes(self.input.array()?);
                self.push(Owned::fixnum(n.into()));
            }
            BINFLOAT => {
                let value = f64::from_be_bytes(self.input.array()?);
                self.push(float::new(vm, value)?);
            }
            NONE => self.push(Owned::none()),
            NEWTRUE => self.push(Owned::bool(true)),
            NEWFALSE => self.push(Owned::bool(false)),
            MARK => {
                self.fence = self.stack.len();
                self.marks.push(self.fence);
            }
            EMPTY_TUPLE => self.push(tuple::empty(vm)),
            TUPLE1 => self.load_short_tuple(1)?,
            TUPLE2 => self.load_short_tuple(2)?,
            TUPLE3 => self.load_short_tuple(3)?,
            TUPLE => {
                let start = self.marker()?;
                let made = tuple::from_end(vm, &mut self.stack, start)?;
                self.push(made);
            }
            EMPTY_LIST => self.push(list::with_capacity(vm, 0)?),
            EMPTY_DICT => self.push(dict::new(vm)?),
            EMPTY_SET => self.push(set::new(vm)?),
            APPEND => self.append_from(self.stack.len() as isize - 1)?,
            APPENDS => {
                let start = self.marker()?;
                self.append_from(start as isize)?;
            }
            SETITEM => self.set_items_from(self.stack.len() as isize - 2)?,
            SETITEMS => {
                let start = self.marker()?;
                self.set_items_from(start as isize)?;
            }
            ADDITEMS => self.add_items()?,
            BUILD => self.build()?,
            NEWOBJ => self.new_object(false)?,
            NEWOBJ_EX => self.new_object(true)?,
            REDUCE => self.reduce()?,
            STACK_GLOBAL => self.load_stack_global()?,
            GLOBAL => self.load_global()?,
            FRAME => {
                let n = u64::from_le_bytes(self.input.array()?);
                let Ok(n) = isize::try_from(n) else {
                    return Err(self.too_large("FRAME length exceeds system's maximum of"));
                };
                self.input.begin_frame(n as usize)?;
            }
            PROTO => {
                let [n] = self.input.array()?;
                if i32::from(n) > HIGHEST_PROTOCOL {
                    return Err(vm.value_error(&format!("unsupported pickle protocol: {n}")));
                }
                self.state().protocol = n.into();
            }
            SHORT_BINBYTES => {
                let [n] = self.input.array()?;
                self.load_bytes(n.into())?;
            }
            BINBYTES => {
                let n = u32::from_le_bytes(self.input.array()?);
                self.load_bytes(n as usize)?;
            }
            BINBYTES8 => {
                let n = self.size("BINBYTES exceeds system's maximum size of")?;
                self.load_bytes(n)?;
            }
            BYTEARRAY8 => {
                let n = self.size("BYTEARRAY8 exceeds system's maximum size of")?;
                let piece = self.input.read(n)?;
                let made = bytes::bytearray::new(vm, self.input.piece(piece))?;
                self.push(made);
            }
            LONG1 => {
                let [n] = self.input.array()?;
                self.load_long(n.into())?;
            }
            LONG4 => {
                let n = i32::from_le_bytes(self.input.array()?);
                let n = self.count(n, "LONG pickle has negative byte count")?;
                self.load_long(n)?;
            }
            POP => self.load_pop()?,
            POP_MARK => {
                let start = self.marker()?;
                self.stack.truncate(start);
            }
            DUP => {
                let top = self.top()?.clone();
                self.push(top);
            }
            LIST => {
                let start = self.marker()?;
                let items = self.stack.split_off(start);
                self.push(list::new(vm, items)?);
            }
            DICT => self.load_dict()?,
            FROZENSET => {
                let start = self.marker()?;
                let items = self.stack.split_off(start);
                let words: Vec<Value> = items.iter().map(Owned::value).collect();
                self.push(set::frozen_from_slice(vm, &words)?);
            }
            EXT1 => {
                let [n] = self.input.array()?;
                self.load_extension(n.into())?;
            }
            EXT2 => {
                let n = u16::from_le_bytes(self.input.array()?);
                self.load_extension(n.into())?;
            }
            EXT4 => {
                let n = i32::from_le_bytes(self.input.array()?);
                self.load_extension(n)?;
            }
            NEXT_BUFFER => self.load_buffer()?,
            READONLY_BUFFER => {
                let view = bytes::memoryview::read_only(vm, **self.top()?)?;
                self.pop()?;
                self.push(view);
            }
            INT => self.load_int()?,
            LONG => self.load_decimal_long()?,
            FLOAT => self.load_decimal_float()?,
            STRING => self.load_string()?,
            BINSTRING => {
                let n = i32::from_le_bytes(self.input.array()?);
                let n = self.count(n, "BINSTRING pickle has negative byte count")?;
                self.load_8_bit(n)?;
            }
            SHORT_BINSTRING => {
                let [n] = self.input.array()?;
                self.load_8_bit(n.into())?;
            }
            UNICODE => self.load_escaped_text()?,
            GET => self.load_get()?,
            PUT => self.load_put()?,
            INST => self.load_inst()?,
            OBJ => self.load_obj()?,
            PERSID => self.load_persistent_line()?,
            BINPERSID => {
                let id = self.pop()?;
                self.load_persistent(id)?;
            }
            _ => return Err(unpickling_error(vm, &invalid_key(opcode))),
        }
        Ok(())
    }

    #[inline(always)]
    pub fn push(&mut self, v: Owned) {
        self.stack.push(v);
    }

    #[inline]
    pub fn pop(&mut self) -> PyResult {
        if self.stack.len() > self.fence
            && let Some(v) = self.stack.pop()
        {
            return Ok(v);
        }
        Err(self.underflow())
    }

    /// The topmost object, which stays.
    #[inline]
    pub fn top(&self) -> PyResult<&Owned> {
        match self.stack.last() {
            Some(v) if self.stack.len() > self.fence => Ok(v),
            _ => Err(self.underflow()),
        }
    }

    /// The objects from `start` on, taken off the stack.
    pub fn take_from(&mut self, start: usize) -> Vec<Owned> {
        self.stack.split_off(start)
    }

    #[cold]
    fn underflow(&self) -> Raised {
        let text = if self.marks.is_empty() { "unpickling stack underflow" } else { "unexpected MARK found" };
        unpickling_error(self.vm, text)
    }

    /// Takes the last mark off: where it was.
    pub fn marker(&mut self) -> PyResult<usize> {
        let Some(at) = self.marks.pop() else {
            return Err(unpickling_error(self.vm, "could not find MARK"));
        };
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(at)
    }

    /// A size of eight bytes.
    fn size(&mut self, complaint: &str) -> PyResult<usize> {
        let n = u64::from_le_bytes(self.input.array()?);
        match isize::try_from(n) {
            Ok(n) => Ok(n as usize),
            Err(_) => Err(self.too_large(complaint)),
        }
    }

    #[cold]
    fn too_large(&self, complaint: &str) -> Raised {
        self.vm.overflow_error(&format!("{complaint} {} bytes", isize::MAX))
    }

    fn count(&self, n: i32, complaint: &str) -> PyResult<usize> {
        usize::try_from(n).map_err(|_| unpickling_error(self.vm, complaint))
    }

    fn load_short_tuple(&mut self, count: usize) -> PyResult<()> {
        let len = self.stack.len();
        if len < count + self.fence {
            return Err(self.underflow());
        }
        let made = tuple::from_end(self.vm, &mut self.stack, len - count)?;
        self.push(made);
        Ok(())
    }

    fn load_pop(&mut self) -> PyResult<()> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marker()?;
            return Ok(());
        }
        self.pop().map(drop)
    }

    pub fn get(&mut self, number: usize) -> PyResult<()> {
        match self.state().memo.get(number) {
            Some(object) => {
                let object = object.clone();
                self.push(object);
                Ok(())
            }
            None => Err(self.not_found(number as i64)),
        }
    }

    #[cold]
    pub fn not_found(&self, number: i64) -> Raised {
        unpickling_error(self.vm, &format!("Memo value not found at index {number}"))
    }

    pub fn put(&mut self, number: usize) -> PyResult<()> {
        let top = self.top()?.clone();
        self.state().memo.put(number, top);
        Ok(())
    }

    /// Whether there are a container and, above it, items from `start` on.
    fn has_container(&self, start: isize) -> PyResult<usize> {
        if start <= self.fence as isize {
            return Err(self.underflow());
        }
        Ok(start as usize)
    }

    /// Appends what lies above the object below `start` to that object.
    fn append_from(&mut self, start: isize) -> PyResult<()> {
        let vm = self.vm;
        let start = self.has_container(start)?;
        if start == self.stack.len() {
            return Ok(());
        }
        let target = self.stack[start - 1].value();
        if is_kind(target, Kind::List) {
            for item in self.stack.drain(start..) {
                list::append_owned(vm, target, item)?;
            }
            return Ok(());
        }
        if let Some(extend) = protocol::attr::get_optional(vm, target, *str::intern(vm, "extend"))? {
            let items = list::new(vm, self.stack.split_off(start))?;
            return protocol::call::positional(vm, *extend, &[*items]).map(drop);
        }
        let append = protocol::attr::get(vm, target, *vm.names.append)?;
        for item in self.stack.split_off(start) {
            protocol::call::positional(vm, *append, &[*item])?;
        }
        Ok(())
    }

    /// Sets the keys and values above the object below `start` in that object.
    fn set_items_from(&mut self, start: isize) -> PyResult<()> {
        let vm = self.vm;
        let start = self.has_container(start)?;
        let count = self.stack.len() - start;
        if !count.is_multiple_of(2) {
            return Err(unpickling_error(vm, "odd number of items for SETITEMS"));
        }
        if count == 0 {
            return Ok(());
        }
        let target = self.stack[start - 1].value();
        self.set_pairs(target, start)?;
        self.stack.truncate(start);
        Ok(())
    }

    fn set_pairs(&self, target: Value, start: usize) -> PyResult<()> {
        let vm = self.vm;
        let pairs = &self.stack[start..];
        let is_dict = is_kind(target, Kind::Dict);
        if is_dict && pairs.len() > 8 {
            dict::reserve(vm, target, pairs.len() / 2)?;
        }
        for pair in pairs.chunks_exact(2) {
            if is_dict && is_kind(*pair[0], Kind::Str) {
                dict::set_str(vm, target, *pair[0], *pair[1])?;
            } else {
                protocol::item::set(vm, target, *pair[0], *pair[1])?;
            }
        }
        Ok(())
    }

    fn load_dict(&mut self) -> PyResult<()> {
        let start = self.marker()?;
        if !(self.stack.len() - start).is_multiple_of(2) {
            return Err(unpickling_error(self.vm, "odd number of items for DICT"));
        }
        let made = dict::new(self.vm)?;
        self.set_pairs(*made, start)?;
        self.stack.truncate(start);
        self.push(made);
        Ok(())
    }

    fn add_items(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let start = self.marker()?;
        let start = self.has_container(start as isize)?;
        if start == self.stack.len() {
            return Ok(());
        }
        let target = self.stack[start - 1].value();
        let items = self.stack.split_off(start);
        if is_instance(vm, target, vm.types.set) {
            return items.iter().try_for_each(|item| set::add(vm, target, **item));
        }
        let add = protocol::attr::get(vm, target, *str::intern(vm, "add"))?;
        for item in items {
            protocol::call::positional(vm, *add, &[*item])?;
        }
        Ok(())
    }

    /// Gives an object its state.
    fn build(&mut self) -> PyResult<()> {
        let vm = self.vm;
        if self.stack.len() < self.fence + 2 {
            return Err(self.underflow());
        }
        let state = self.pop()?;
        let object = self.top()?.value();
        if let Some(set) = protocol::attr::get_optional(vm, object, *vm.names.__setstate__)? {
            return protocol::call::positional(vm, *set, &[*state]).map(drop);
        }
        let (state, slots) = match tuple::is_tuple(vm, *state).then(|| tuple::items(&state)) {
            Some([attributes, slots]) => (attributes.own(), Some(slots.own())),
            _ => (state, None),
        };
        if !state.is_none() {
            if !is_instance(vm, *state, vm.types.dict) {
                return Err(unpickling_error(vm, "state is not a dictionary"));
            }
            self.set_attributes(object, *state)?;
        }
        let Some(slots) = slots else { return Ok(()) };
        if !is_instance(vm, *slots, vm.types.dict) {
            return Err(unpickling_error(vm, "slot state is not a dictionary"));
        }
        for (name, value) in dict::snapshot(*slots) {
            protocol::attr::set(vm, object, *name, *value)?;
        }
        Ok(())
    }

    /// Sets items of the object's `__dict__`.
    fn set_attributes(&self, object: Value, attributes: Value) -> PyResult<()> {
        let vm = self.vm;
        let interned = |name: Value| match str::is_exact(name) {
            true => str::intern_value(vm, name),
            false => name.own(),
        };
        if protocol::attr::has_plain_dict(vm, object) && dict::has_only_str_keys(attributes) {
            let mut pos = 0;
            while let Some((name, value)) = dict::next_entry(attributes, &mut pos) {
                // An old value may run Python when it goes.
                let (name, value) = (interned(name), value.own());
                protocol::attr::set_own(vm, object, *name, *value)?;
            }
            return Ok(());
        }
        let namespace = protocol::attr::get(vm, object, *vm.names.__dict__)?;
        for (name, value) in dict::snapshot(attributes) {
            protocol::item::set(vm, *namespace, *interned(*name), *value)?;
        }
        Ok(())
    }

    /// Calls what lies below a tuple of arguments.
    fn reduce(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let args = self.pop()?;
        let callable = self.pop()?;
        if !tuple::is_tuple(vm, *args) {
            return Err(vm.type_error("argument list must be a tuple"));
        }
        let made = protocol::call::positional(vm, *callable, tuple::items(&args))?;
        self.push(made);
        Ok(())
    }

    /// What a persistent id stands for.
    pub fn load_persistent(&mut self, id: Owned) -> PyResult<()> {
        let vm = self.vm;
        let f = match &self.persistent_load {
            Some(f) => f.clone(),
            None => {
                let f = protocol::attr::get(vm, self.this, *str::intern(vm, "persistent_load"))?;
                self.persistent_load.insert(f).clone()
            }
        };
        let object = protocol::call::positional(vm, *f, &[*id])?;
        self.push(object);
        Ok(())
    }

    fn load_buffer(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let Some(buffers) = self.state().buffers.clone() else {
            let text = "pickle stream refers to out-of-band data but no *buffers* argument was given";
            return Err(unpickling_error(vm, text));
        };
        match protocol::iter::next(vm, *buffers)? {
            Some(buffer) => {
                self.push(buffer);
                Ok(())
            }
            None => Err(unpickling_error(vm, "not enough out-of-band buffers")),
        }
    }

    /// A line that is an opcode's argument; there is at least one character before its end.
    pub fn argument(&mut self) -> PyResult<Vec<u8>> {
        let piece = self.input.line()?;
        let line = self.input.piece(piece);
        if line.len() < 2 {
            return Err(truncated(self.vm));
        }
        Ok(line.to_vec())
    }
}

#[cold]
fn invalid_key(opcode: u8) -> String {
    match opcode {
        0x20..0x7F if opcode != b'\'' && opcode != b'\\' => {
            format!("invalid load key, '{}'.", opcode as char)
        }
        _ => format!("invalid load key, '\\x{opcode:02x}'."),
    }
}

/// The type of `v` as messages show it.
pub fn type_name(vm: &Vm, v: Value) -> String {
    type_of(vm, v).name_str()
}
