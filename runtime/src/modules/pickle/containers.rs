//! Containers to opcodes.
//!
//! A container is remembered before its items are written, so that it may contain itself; a tuple and a frozenset can only be
//! made after their items: if writing those has written the container as well, what is on the reader's stack is dropped and
//! the container is referred to.
//!
//! Items are written in batches, so that the reader's stack stays small. How they are grouped, an empty batch behind exactly
//! 1000 items included, is part of the format that is compared byte by byte.

use taipan_layout::Value;

use super::opcodes::*;
use super::save::{Item, Saver};
use crate::objects::{dict, int, list, set, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;

/// Items in a batch.
const BATCH: usize = 1000;
/// Containers inside of containers in fast mode before cycles are looked for.
const FAST_NESTING: usize = 50;

impl Saver<'_> {
    pub fn save_tuple(&self, v: Value) -> PyResult<()> {
        let count = tuple::len(v);
        if count == 0 {
            if self.protocol > 0 {
                self.push(EMPTY_TUPLE);
            } else {
                self.extend(&[MARK, TUPLE]);
            }
            return Ok(());
        }
        let is_short = count <= 3 && self.protocol >= 2;
        if !is_short {
            self.push(MARK);
        }
        for (i, item) in tuple::items(&v).iter().enumerate() {
            self.save(*item).map_err(|raised| self.note_item(raised, v, Item::Index(i)))?;
        }
        if let Some(number) = self.state().memo.get(v) {
            if is_short {
                (0..count).for_each(|_| self.push(POP));
            } else if self.is_binary() {
                self.push(POP_MARK);
            } else {
                // The mark as well.
                (0..=count).for_each(|_| self.push(POP));
            }
            return self.refer(number);
        }
        self.push(if is_short { [TUPLE1, TUPLE2, TUPLE3][count - 1] } else { TUPLE });
        self.memoize(v)
    }

    pub fn save_list(&self, v: Value) -> PyResult<()> {
        self.guarded(v, || {
            if self.is_binary() {
                self.push(EMPTY_LIST);
            } else {
                self.extend(&[MARK, LIST]);
            }
            let count = list::len(v);
            self.memoize(v)?;
            if count == 0 {
                return Ok(());
            }
            if self.protocol == 0 {
                let items = protocol::iter::iter(self.vm, v)?;
                return self.save_appends(*items, v);
            }
            self.save_list_items(v)
        })
    }

    fn save_list_items(&self, v: Value) -> PyResult<()> {
        let save = |i: usize| match list::get(v, i) {
            Some(item) => self.save(*item).map_err(|raised| self.note_item(raised, v, Item::Index(i))),
            None => Ok(()),
        };
        if list::len(v) == 1 {
            save(0)?;
            self.push(APPEND);
            return Ok(());
        }
        let mut at = 0;
        loop {
            self.push(MARK);
            let end = at + BATCH;
            while at < list::len(v) && at < end {
                save(at)?;
                at += 1;
            }
            self.push(APPENDS);
            if at >= list::len(v) {
                return Ok(());
            }
        }
    }

    /// Items that an iterator gives, for a list or what behaves like one.
    pub fn save_appends(&self, items: Value, container: Value) -> PyResult<()> {
        let save = |item: Owned, i: usize| {
            self.save(*item).map_err(|raised| self.note_item(raised, container, Item::Index(i)))
        };
        if self.protocol == 0 {
            let mut i = 0;
            while let Some(item) = protocol::iter::next(self.vm, items)? {
                save(item, i)?;
                self.push(APPEND);
                i += 1;
            }
            return Ok(());
        }
        let mut i = 0;
        self.batches(
            items,
            (APPEND, APPENDS),
            |_| Ok(()),
            |item| {
                i += 1;
                save(item, i - 1)
            },
        )
    }

    /// Groups what an iterator gives: a single item has an opcode of its own.
    fn batches(
        &self,
        items: Value,
        (single, several): (u8, u8),
        check: impl Fn(Value) -> PyResult<()>,
        mut save: impl FnMut(Owned) -> PyResult<()>,
    ) -> PyResult<()> {
        let vm = self.vm;
        loop {
            let Some(first) = protocol::iter::next(vm, items)? else { return Ok(()) };
            check(*first)?;
            let mut next = protocol::iter::next(vm, items)?;
            if next.is_none() {
                save(first)?;
                self.push(single);
                return Ok(());
            }
            self.push(MARK);
            save(first)?;
            let mut count = 1;
            while let Some(item) = next.take() {
                check(*item)?;
                save(item)?;
                count += 1;
                if count == BATCH {
                    break;
                }
                next = protocol::iter::next(vm, items)?;
            }
            self.push(several);
            if count < BATCH {
                return Ok(());
            }
        }
    }

    pub fn save_dict(&self, v: Value) -> PyResult<()> {
        let vm = self.vm;
        self.guarded(v, || {
            if self.is_binary() {
                self.push(EMPTY_DICT);
            } else {
                self.extend(&[MARK, DICT]);
            }
            self.memoize(v)?;
            if dict::len(v) == 0 {
                return Ok(());
            }
            if self.protocol > 0 {
                return self.save_dict_items(v);
            }
            let items = protocol::call::method(vm, v, *vm.names.items, &[])?;
            let items = protocol::iter::iter(vm, *items)?;
            self.save_sets(*items, v)
        })
    }

    fn save_entry(&self, container: Value, key: Owned, value: Owned) -> PyResult<()> {
        self.save(*key)?;
        self.save(*value).map_err(|raised| self.note_item(raised, container, Item::Key(key)))
    }

    fn save_dict_items(&self, v: Value) -> PyResult<()> {
        let size = dict::len(v);
        let mut pos = 0;
        if size == 1 {
            if let Some((key, value)) = dict::next_entry(v, &mut pos) {
                self.save_entry(v, key.own(), value.own())?;
            }
            self.push(SETITEM);
            return Ok(());
        }
        loop {
            let mut count = 0;
            self.push(MARK);
            while let Some((key, value)) = dict::next_entry(v, &mut pos) {
                self.save_entry(v, key.own(), value.own())?;
                count += 1;
                if count == BATCH {
                    break;
                }
            }
            self.push(SETITEMS);
            if dict::len(v) != size {
                return Err(self.vm.runtime_error("dictionary changed size during iteration"));
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }

    /// Pairs that an iterator gives, for a dict or what behaves like one.
    pub fn save_sets(&self, items: Value, container: Value) -> PyResult<()> {
        let vm = self.vm;
        let check = |item: Value| match tuple::is_tuple(vm, item) && tuple::len(item) == 2 {
            true => Ok(()),
            false => Err(vm.type_error("dict items iterator must return 2-tuples")),
        };
        let save = |item: Owned| {
            let pair = tuple::items(&item);
            self.save_entry(container, pair[0].own(), pair[1].own())
        };
        if self.protocol > 0 {
            return self.batches(items, (SETITEM, SETITEMS), check, save);
        }
        while let Some(item) = protocol::iter::next(vm, items)? {
            check(*item)?;
            save(item)?;
            self.push(SETITEM);
        }
        Ok(())
    }

    pub fn save_set(&self, v: Value) -> PyResult<()> {
        if self.protocol < 4 {
            return self.save_set_as_call(v);
        }
        self.push(EMPTY_SET);
        self.memoize(v)?;
        let size = set::len(v);
        if size == 0 {
            return Ok(());
        }
        self.guarded(v, || {
            let mut pos = 0;
            loop {
                let mut count = 0;
                self.push(MARK);
                while let Some((_, item)) = set::next_entry(v, &mut pos) {
                    let item = item.own();
                    self.save(*item).map_err(|raised| self.note(raised, v, "element"))?;
                    count += 1;
                    if count == BATCH {
                        break;
                    }
                }
                self.push(ADDITEMS);
                if set::len(v) != size {
                    return Err(self.vm.runtime_error("set changed size during iteration"));
                }
                if count < BATCH {
                    return Ok(());
                }
            }
        })
    }

    pub fn save_frozenset(&self, v: Value) -> PyResult<()> {
        if self.protocol < 4 {
            return self.save_set_as_call(v);
        }
        self.guarded(v, || {
            self.push(MARK);
            for item in set::snapshot(v) {
                self.save(*item).map_err(|raised| self.note(raised, v, "element"))?;
            }
            if let Some(number) = self.state().memo.get(v) {
                self.push(POP_MARK);
                return self.refer(number);
            }
            self.push(FROZENSET);
            self.memoize(v)
        })
    }

    /// Before protocol 4 a set is its type called with a list.
    fn save_set_as_call(&self, v: Value) -> PyResult<()> {
        let vm = self.vm;
        let items = list::new(vm, set::snapshot(v))?;
        let args = tuple::from_slice(vm, &[*items])?;
        let reduced = tuple::from_slice(vm, &[type_of(vm, v).value(), *args])?;
        self.save_reduced(*reduced, Some(v))
    }

    /// Writes a container. In fast mode nothing is remembered, so a container inside of itself is only found here.
    fn guarded(&self, v: Value, write: impl FnOnce() -> PyResult<()>) -> PyResult<()> {
        if self.state().fast == 0 {
            return write();
        }
        let vm = self.vm;
        let depth = self.nesting.get() + 1;
        let is_deep = depth >= FAST_NESTING;
        if is_deep && !self.nested.borrow_mut().insert(v) {
            let id = int::to_big(*super::identity(vm, v)?).unwrap_or_default();
            let name = type_of(vm, v).name_str();
            let text = format!(
                "fast mode: can't pickle cyclic objects including object type {name} at 0x{}",
                id.in_radix(16)
            );
            return Err(vm.value_error(&text));
        }
        self.nesting.set(depth);
        let result = write();
        self.nesting.set(depth - 1);
        if is_deep {
            self.nested.borrow_mut().remove(&v);
        }
        result
    }
}
