//! Merging two neighbouring runs in place, with the shorter one copied aside.
//!
//! While a merge is under way, the slice has a hole exactly as long as what is left of the copied run.
//! [`FromLeft`] (the left run is aside, the hole moves right) and [`FromRight`] (mirrored) keep that
//! invariant in every step; dropping them moves the rest into the hole, so the slice is whole again
//! after success, failure and panic alike.
#![allow(unsafe_code, reason = "elements are moved through a hole in the slice")]

use std::mem::MaybeUninit;
use std::ptr;

use super::SortError;

/// Galloping begins after this many wins in a row, and stops when it gains less.
pub(super) const MIN_GALLOP: usize = 7;

/// Merges `items[..middle]` with `items[middle..]`, both ascending. `gallop` is the adaptive threshold.
pub(super) fn merge<T, E, F>(
    items: &mut [T],
    middle: usize,
    gallop: &mut usize,
    spare: &mut Vec<MaybeUninit<T>>,
    less: &mut F,
) -> Result<(), SortError<E>>
where
    F: FnMut(&T, &T) -> Result<bool, E>,
{
    let (left, right) = items.split_at(middle);
    // What is in place already takes no part.
    let skip = gallop_right(&right[0], left, 0, less)?;
    if skip == middle {
        return Ok(());
    }
    let end = middle + gallop_left(&left[middle - 1], right, right.len() - 1, less)?;
    let items = &mut items[skip..end];
    let middle = middle - skip;
    let right = items.len() - middle;
    if right == 0 {
        return Ok(());
    }
    spare.clear();
    spare.try_reserve(middle.min(right)).map_err(|_| SortError::Memory)?;
    if middle <= right {
        merge_from_left(FromLeft::new(items, middle, spare), gallop, less)?;
    } else {
        merge_from_right(FromRight::new(items, middle, spare), gallop, less)?;
    }
    Ok(())
}

/// The state of a merge with the left run aside: `aside[taken..]` waits, and the hole
/// `items[right - waiting..right]` lies before what is left of the right run.
struct FromLeft<'a, T> {
    items: &'a mut [T],
    aside: *const T,
    len: usize,
    taken: usize,
    right: usize,
}

impl<'a, T> FromLeft<'a, T> {
    /// `spare` has room for `middle` elements.
    fn new(items: &'a mut [T], middle: usize, spare: &'a mut Vec<MaybeUninit<T>>) -> Self {
        debug_assert!(spare.capacity() >= middle && middle <= items.len());
        let aside: *mut T = spare.as_mut_ptr().cast();
        // SAFETY: both are valid for `middle` elements and distinct. From here on the originals are the
        // hole, which is not read before it is filled.
        unsafe { ptr::copy_nonoverlapping(items.as_ptr(), aside, middle) };
        FromLeft { items, aside, len: middle, taken: 0, right: middle }
    }

    /// The left run's rest.
    fn left(&self) -> &[T] {
        // SAFETY: `taken..len` of the copied elements are still owned by `aside`.
        unsafe { std::slice::from_raw_parts(self.aside.add(self.taken), self.len - self.taken) }
    }

    /// The right run's rest.
    fn right(&self) -> &[T] {
        &self.items[self.right..]
    }

    fn take_left(&mut self, count: usize) {
        debug_assert!(count <= self.len - self.taken);
        let hole = self.right - (self.len - self.taken);
        // SAFETY: the hole is as long as the left run's rest, so it has room for `count` of it.
        unsafe {
            ptr::copy_nonoverlapping(self.aside.add(self.taken), self.items.as_mut_ptr().add(hole), count);
        }
        self.taken += count;
    }

    fn take_right(&mut self, count: usize) {
        debug_assert!(count <= self.items.len() - self.right);
        let hole = self.right - (self.len - self.taken);
        let base = self.items.as_mut_ptr();
        // SAFETY: both ranges lie in `items`; the elements move left by the hole's length, and what they
        // leave becomes its new end.
        unsafe { ptr::copy(base.add(self.right), base.add(hole), count) };
        self.right += count;
    }
}

impl<T> Drop for FromLeft<'_, T> {
    fn drop(&mut self) {
        self.take_left(self.len - self.taken);
    }
}

/// The state of a merge with the right run aside: `aside[..waiting]` waits, and the hole
/// `items[left..left + waiting]` lies behind what is left of the left run.
struct FromRight<'a, T> {
    items: &'a mut [T],
    aside: *const T,
    waiting: usize,
    left: usize,
}

impl<'a, T> FromRight<'a, T> {
    /// `spare` has room for the right run.
    fn new(items: &'a mut [T], middle: usize, spare: &'a mut Vec<MaybeUninit<T>>) -> Self {
        let right = items.len() - middle;
        debug_assert!(spare.capacity() >= right);
        let aside: *mut T = spare.as_mut_ptr().cast();
        // SAFETY: as in `FromLeft::new`.
        unsafe { ptr::copy_nonoverlapping(items.as_ptr().add(middle), aside, right) };
        FromRight { items, aside, waiting: right, left: middle }
    }

    fn left(&self) -> &[T] {
        &self.items[..self.left]
    }

    fn right(&self) -> &[T] {
        // SAFETY: the first `waiting` of the copied elements are still owned by `aside`.
        unsafe { std::slice::from_raw_parts(self.aside, self.waiting) }
    }

    fn take_left(&mut self, count: usize) {
        debug_assert!(count <= self.left);
        self.left -= count;
        let base = self.items.as_mut_ptr();
        // SAFETY: both ranges lie in `items`; the elements move right by the hole's length, and what they
        // leave becomes its new start.
        unsafe { ptr::copy(base.add(self.left), base.add(self.left + self.waiting), count) };
    }

    fn take_right(&mut self, count: usize) {
        debug_assert!(count <= self.waiting);
        self.waiting -= count;
        let end_of_hole = self.left + self.waiting;
        // SAFETY: the last `count` places of the hole receive the last `count` waiting elements.
        unsafe {
            let target = self.items.as_mut_ptr().add(end_of_hole);
            ptr::copy_nonoverlapping(self.aside.add(self.waiting), target, count);
        }
    }
}

impl<T> Drop for FromRight<'_, T> {
    fn drop(&mut self) {
        self.take_right(self.waiting);
    }
}

fn merge_from_left<T, E, F>(mut state: FromLeft<'_, T>, gallop: &mut usize, less: &mut F) -> Result<(), E>
where
    F: FnMut(&T, &T) -> Result<bool, E>,
{
    // The first of the right run is smaller than all of the left, whose last is greater than all of the
    // right: the ends have been cut off. So one left element remains to the last and needs no compare.
    state.take_right(1);
    let mut threshold = *gallop;
    loop {
        let (mut left_wins, mut right_wins) = (0, 0);
        while left_wins < threshold && right_wins < threshold {
            if state.right().is_empty() {
                return Ok(());
            }
            if state.left().len() == 1 {
                state.take_right(state.right().len());
                return Ok(());
            }
            if less(&state.right()[0], &state.left()[0])? {
                state.take_right(1);
                (left_wins, right_wins) = (0, right_wins + 1);
            } else {
                state.take_left(1);
                (left_wins, right_wins) = (left_wins + 1, 0);
            }
        }
        threshold += 1;
        loop {
            // The checks come before each step, as the step before may have used up a run; an
            // inconsistent comparison may even use up the left one.
            if state.right().is_empty() || state.left().is_empty() {
                return Ok(());
            }
            if state.left().len() == 1 {
                state.take_right(state.right().len());
                return Ok(());
            }
            threshold -= usize::from(threshold > 1);
            *gallop = threshold;
            left_wins = gallop_right(&state.right()[0], state.left(), 0, less)?;
            state.take_left(left_wins);
            match state.left().len() {
                0 => return Ok(()),
                1 => {
                    state.take_right(state.right().len());
                    return Ok(());
                }
                _ => state.take_right(1),
            }
            if state.right().is_empty() {
                return Ok(());
            }
            right_wins = gallop_left(&state.left()[0], state.right(), 0, less)?;
            state.take_right(right_wins);
            if state.right().is_empty() {
                return Ok(());
            }
            state.take_left(1);
            if left_wins < MIN_GALLOP && right_wins < MIN_GALLOP {
                break;
            }
        }
        // Leaving the gallop makes it harder to come back.
        threshold += 1;
        *gallop = threshold;
    }
}

fn merge_from_right<T, E, F>(mut state: FromRight<'_, T>, gallop: &mut usize, less: &mut F) -> Result<(), E>
where
    F: FnMut(&T, &T) -> Result<bool, E>,
{
    // Mirrored: the last of the left run is the greatest, the first of the right run the smallest.
    state.take_left(1);
    let mut threshold = *gallop;
    loop {
        let (mut left_wins, mut right_wins) = (0, 0);
        while left_wins < threshold && right_wins < threshold {
            if state.left().is_empty() {
                return Ok(());
            }
            if state.right().len() == 1 {
                state.take_left(state.left().len());
                return Ok(());
            }
            if less(&state.right()[state.waiting - 1], &state.left()[state.left - 1])? {
                state.take_left(1);
                (left_wins, right_wins) = (left_wins + 1, 0);
            } else {
                state.take_right(1);
                (left_wins, right_wins) = (0, right_wins + 1);
            }
        }
        threshold += 1;
        loop {
            if state.right().is_empty() || state.left().is_empty() {
                return Ok(());
            }
            if state.right().len() == 1 {
                state.take_left(state.left().len());
                return Ok(());
            }
            threshold -= usize::from(threshold > 1);
            *gallop = threshold;
            let kept = gallop_right(&state.right()[state.waiting - 1], state.left(), state.left - 1, less)?;
            left_wins = state.left - kept;
            state.take_left(left_wins);
            if state.left().is_empty() {
                return Ok(());
            }
            state.take_right(1);
            if state.right().len() == 1 {
                state.take_left(state.left().len());
                return Ok(());
            }
            let kept = gallop_left(&state.left()[state.left - 1], state.right(), state.waiting - 1, less)?;
            right_wins = state.waiting - kept;
            state.take_right(right_wins);
            match state.right().len() {
                0 => return Ok(()),
                1 => {
                    state.take_left(state.left().len());
                    return Ok(());
                }
                _ => state.take_left(1),
            }
            if left_wins < MIN_GALLOP && right_wins < MIN_GALLOP {
                break;
            }
        }
        threshold += 1;
        *gallop = threshold;
    }
}

/// Shifts all elements but the last right by one and puts that one before them.
pub(super) fn move_last_to_front<T>(items: &mut [T]) {
    let Some(last) = items.len().checked_sub(1) else { return };
    let base = items.as_mut_ptr();
    // SAFETY: the last element is read once and written once, the others move by one place within the
    // slice, and nothing in between can fail.
    unsafe {
        let moved = ptr::read(base.add(last));
        ptr::copy(base, base.add(1), last);
        ptr::write(base, moved);
    }
}

/// Where `key` belongs in ascending `items`, before what equals it. The search spreads out from `hint`
/// in steps that double, then bisects.
fn gallop_left<T, E, F>(key: &T, items: &[T], hint: usize, less: &mut F) -> Result<usize, E>
where
    F: FnMut(&T, &T) -> Result<bool, E>,
{
    gallop(items, hint, |item| less(item, key))
}

/// Where `key` belongs in ascending `items`, behind what equals it.
fn gallop_right<T, E, F>(key: &T, items: &[T], hint: usize, less: &mut F) -> Result<usize, E>
where
    F: FnMut(&T, &T) -> Result<bool, E>,
{
    gallop(items, hint, |item| Ok(!less(key, item)?))
}

/// The number of leading items that are `before` the place looked for.
fn gallop<T, E>(items: &[T], hint: usize, mut before: impl FnMut(&T) -> Result<bool, E>) -> Result<usize, E> {
    // The place lies in `low..=high` in the end.
    let (mut low, mut high);
    let (mut last, mut step) = (0, 1);
    if before(&items[hint])? {
        let limit = items.len() - hint;
        while step < limit && before(&items[hint + step])? {
            (last, step) = (step, 2 * step + 1);
        }
        (low, high) = (hint + last + 1, hint + step.min(limit));
    } else {
        let limit = hint + 1;
        while step < limit && !before(&items[hint - step])? {
            (last, step) = (step, 2 * step + 1);
        }
        (low, high) = (hint + 1 - step.min(limit), hint - last);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if before(&items[middle])? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(high)
}
