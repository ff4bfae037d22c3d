//! `list.sort`: timsort with CPython 3.14's details, so that the same comparisons are made in the same
//! order (a program can count and observe them).
//!
//! The slice is cut from left to right into runs that are in order already; short ones are extended by
//! binary insertion. Neighbouring runs are merged in an order that the "powersort" policy chooses:
//! each boundary between runs has a power, the depth at which it would lie in a nearly balanced binary
//! tree over the whole slice, and deeper boundaries are merged first. Merging copies the shorter run
//! aside and switches to galloping (exponential search) while one side keeps winning.
//!
//! The comparison may fail. Then sorting stops, and the slice holds the same elements in some order
//! (`merge` restores them on every way out, panics included). A comparison that contradicts itself
//! gives some order and nothing worse.
//!
//! Sources: T. Peters, CPython's `Objects/listsort.txt`; J. I. Munro and S. Wild, "Nearly-optimal
//! mergesorts" (ESA 2018).

mod merge;

use merge::{MIN_GALLOP, merge, move_last_to_front};

/// Why a sort stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortError<E> {
    /// The comparison failed.
    Compare(E),
    /// No memory for the auxiliary run: `MemoryError`.
    Memory,
}

impl<E> From<E> for SortError<E> {
    fn from(error: E) -> Self {
        SortError::Compare(error)
    }
}

/// Sorts stably by `less`, Python's `<`. With `reverse`, equal elements keep their order as well.
pub fn sort<T, E>(
    items: &mut [T],
    reverse: bool,
    mut less: impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<(), SortError<E>> {
    // Reversing before and after keeps equal elements in their original order.
    if reverse {
        items.reverse();
    }
    let result = sort_runs(items, &mut less);
    if reverse {
        items.reverse();
    }
    result
}

/// A run that waits to be merged.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    len: usize,
    /// Of the boundary to the next run.
    power: u32,
}

fn sort_runs<T, E, F>(items: &mut [T], less: &mut F) -> Result<(), SortError<E>>
where
    F: FnMut(&T, &T) -> Result<bool, E>,
{
    if items.len() < 2 {
        return Ok(());
    }
    let shortest = shortest_run(items.len());
    let mut state = State { pending: Vec::new(), gallop: MIN_GALLOP, spare: Vec::new() };
    let mut start = 0;
    while start < items.len() {
        let rest = &mut items[start..];
        let mut len = natural_run(rest, less)?;
        if len < shortest {
            let wanted = shortest.min(rest.len());
            insert_binary(&mut rest[..wanted], len, less)?;
            len = wanted;
        }
        state.push(items, start, len, less)?;
        start += len;
    }
    state.finish(items, less)
}

/// Runs are made at least this long: between 32 and 64, and so that the number of runs is, or is just
/// below, a power of two.
fn shortest_run(mut len: usize) -> usize {
    const LONGEST: usize = 64;
    let mut lost_bit = 0;
    while len >= LONGEST {
        lost_bit |= len & 1;
        len >>= 1;
    }
    len + lost_bit
}

/// The length of the run at the start, which is in ascending order afterwards. A descending start is
/// reversed; stretches of equal elements in it keep their order, for they are reversed twice.
fn natural_run<T, E, F>(items: &mut [T], less: &mut F) -> Result<usize, E>
where
    F: FnMut(&T, &T) -> Result<bool, E>,
{
    let mut len = ascending_end(items, 1, less)?;
    if len == items.len() {
        return Ok(len);
    }
    // The next element is smaller. Unless all so far are equal, the run ends here.
    if len > 1 {
        if less(&items[0], &items[len - 1])? {
            return Ok(len);
        }
        items[..len].reverse();
    }
    len += 1;
    let mut equal = 0;
    while len < items.len() {
        if less(&items[len], &items[len - 1])? {
            reverse_equal(&mut items[..len], &mut equal);
        } else if less(&items[len - 1], &items[len])? {
            break;
        } else {
            equal += 1;
        }
        len += 1;
    }
    reverse_equal(&mut items[..len], &mut equal);
    items[..len].reverse();
    // What broke the descent may continue the ascent.
    ascending_end(items, len, less)
}

/// Extends an ascending run of length `len`.
fn ascending_end<T, E, F>(items: &[T], mut len: usize, less: &mut F) -> Result<usize, E>
where
    F: FnMut(&T, &T) -> Result<bool, E>,
{
    while len < items.len() && !less(&items[len], &items[len - 1])? {
        len += 1;
    }
    Ok(len)
}

/// Reverses the stretch of equal elements (`equal` neighbours found equal) at the end of `items`.
fn reverse_equal<T>(items: &mut [T], equal: &mut usize) {
    if *equal > 0 {
        let start = items.len() - (*equal + 1);
        items[start..].reverse();
        *equal = 0;
    }
}

/// Inserts the elements from `sorted` on into the sorted part before them.
fn insert_binary<T, E, F>(items: &mut [T], sorted: usize, less: &mut F) -> Result<(), E>
where
    F: FnMut(&T, &T) -> Result<bool, E>,
{
    for at in sorted.max(1)..items.len() {
        let (mut low, mut high) = (0, at);
        while low < high {
            let middle = (low + high) / 2;
            if less(&items[at], &items[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        move_last_to_front(&mut items[low..=at]);
    }
    Ok(())
}

struct State<T> {
    pending: Vec<Run>,
    /// How often one side must win in a row before a merge gallops; it adapts to the data.
    gallop: usize,
    /// The memory for the run that a merge copies aside.
    spare: Vec<std::mem::MaybeUninit<T>>,
}

impl<T> State<T> {
    /// Takes in a new run, merging first what lies deeper than the boundary before it.
    fn push<E, F>(
        &mut self,
        items: &mut [T],
        start: usize,
        len: usize,
        less: &mut F,
    ) -> Result<(), SortError<E>>
    where
        F: FnMut(&T, &T) -> Result<bool, E>,
    {
        if let Some(last) = self.pending.last() {
            let power = boundary_power(last.start, last.len, len, items.len());
            while let [.., before, _] = self.pending[..]
                && before.power > power
            {
                self.merge_at(items, self.pending.len() - 2, less)?;
            }
            let last = self.pending.len() - 1;
            self.pending[last].power = power;
        }
        self.pending.push(Run { start, len, power: 0 });
        Ok(())
    }

    /// Merges all that is left.
    fn finish<E, F>(&mut self, items: &mut [T], less: &mut F) -> Result<(), SortError<E>>
    where
        F: FnMut(&T, &T) -> Result<bool, E>,
    {
        while self.pending.len() > 1 {
            let mut at = self.pending.len() - 2;
            if at > 0 && self.pending[at - 1].len < self.pending[at + 1].len {
                at -= 1;
            }
            self.merge_at(items, at, less)?;
        }
        Ok(())
    }

    /// Merges the pending runs `at` and `at + 1`.
    fn merge_at<E, F>(&mut self, items: &mut [T], at: usize, less: &mut F) -> Result<(), SortError<E>>
    where
        F: FnMut(&T, &T) -> Result<bool, E>,
    {
        let right = self.pending.remove(at + 1);
        let left = &mut self.pending[at];
        let both = left.start..right.start + right.len;
        let middle = left.len;
        left.len += right.len;
        merge(&mut items[both], middle, &mut self.gallop, &mut self.spare, less)
    }
}

/// The depth in a perfectly balanced tree over `total` elements of the node that separates the middles
/// of two neighbouring runs: the first bit in which `middle / total` differs between them.
fn boundary_power(start: usize, left: usize, right: usize, total: usize) -> u32 {
    // Twice the middles, to avoid halves.
    let mut a = 2 * start + left;
    let mut b = a + left + right;
    let mut power = 1;
    loop {
        if a >= total {
            a -= total;
            b -= total;
        } else if b >= total {
            return power;
        }
        a *= 2;
        b *= 2;
        power += 1;
    }
}

#[cfg(test)]
mod tests;
