//! `_heapq`: lists as priority queues.
//!
//! Item `i` is not behind its children `2i + 1` and `2i + 2`. Which of two items is in front only `<` says, and that may run
//! anything: nothing of the list is borrowed across a comparison, and a comparison that resizes the list is an error.

use taipan_layout::Value;

use super::NativeModule;
use crate::objects::list;
use crate::objects::slots::CompareOp;
use crate::objects::spec::{MethodSpec, function, function1};
use crate::objects::str::args::type_name;
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol::compare;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_heapq",
    doc: "Heap queues: lists whose first item is the smallest, or the largest.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        let about =
            "An item of a heap is never larger than the two items at twice its index plus one and plus two.";
        super::set_text(vm, m, "__about__", about)
    },
};

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "heappush",
        "($module, heap, item, /)",
        |vm, _, a| push(vm, a, Order::Min, "heappush"),
        "Add item to the heap.",
    ),
    function(
        "heappushpop",
        "($module, heap, item, /)",
        |vm, _, a| push_pop(vm, a, Order::Min, "heappushpop"),
        "Push item on the heap, then pop and return the smallest item from the heap.",
    ),
    function1(
        "heappop",
        "($module, heap, /)",
        |vm, _, heap| pop(vm, heap, Order::Min, "heappop"),
        "Take the smallest item out of the heap and return it.",
    ),
    function(
        "heapreplace",
        "($module, heap, item, /)",
        |vm, _, a| replace(vm, a, Order::Min, "heapreplace"),
        "Pop and return the current smallest value, and add the new item.",
    ),
    function1(
        "heapify",
        "($module, heap, /)",
        |vm, _, heap| heapify(vm, heap, Order::Min, "heapify"),
        "Make a heap of a list, in linear time.",
    ),
    function(
        "heappush_max",
        "($module, heap, item, /)",
        |vm, _, a| push(vm, a, Order::Max, "heappush_max"),
        "Add item to a heap whose largest item is first.",
    ),
    function(
        "heappushpop_max",
        "($module, heap, item, /)",
        |vm, _, a| push_pop(vm, a, Order::Max, "heappushpop_max"),
        "Maxheap variant of heappushpop.",
    ),
    function1(
        "heappop_max",
        "($module, heap, /)",
        |vm, _, heap| pop(vm, heap, Order::Max, "heappop_max"),
        "Take the largest item out of the heap and return it.",
    ),
    function(
        "heapreplace_max",
        "($module, heap, item, /)",
        |vm, _, a| replace(vm, a, Order::Max, "heapreplace_max"),
        "Return the largest item, with item in its place.",
    ),
    function1(
        "heapify_max",
        "($module, heap, /)",
        |vm, _, heap| heapify(vm, heap, Order::Max, "heapify_max"),
        "Make a heap with the largest item first of a list, in linear time.",
    ),
];

/// What comes first.
#[derive(Clone, Copy)]
enum Order {
    Min,
    Max,
}

impl Order {
    /// Whether `a` belongs in front of `b`.
    fn is_before(self, vm: &Vm, a: Value, b: Value) -> PyResult<bool> {
        let (a, b) = match self {
            Order::Min => (a, b),
            Order::Max => (b, a),
        };
        compare::rich_bool(vm, a, b, CompareOp::Lt)
    }
}

/// A list while a function works on it.
struct Heap<'a> {
    vm: &'a Vm,
    list: Value,
    order: Order,
}

impl Heap<'_> {
    fn len(&self) -> usize {
        list::len(self.list)
    }

    fn at(&self, i: usize) -> PyResult {
        list::get(self.list, i).ok_or_else(|| self.changed())
    }

    #[cold]
    fn changed(&self) -> Raised {
        self.vm.runtime_error("list changed size during iteration")
    }

    #[cold]
    fn empty(&self) -> Raised {
        self.vm.index_error("index out of range")
    }

    /// Whether item `i` belongs in front of item `j`.
    fn is_before(&self, i: usize, j: usize) -> PyResult<bool> {
        let (a, b, len) = (self.at(i)?, self.at(j)?, self.len());
        let before = self.order.is_before(self.vm, *a, *b)?;
        if self.len() == len { Ok(before) } else { Err(self.changed()) }
    }

    /// Moves an item towards the front, as far as `start`.
    fn rise(&self, start: usize, mut at: usize) -> PyResult<()> {
        while at > start {
            let parent = (at - 1) / 2;
            if !self.is_before(at, parent)? {
                break;
            }
            list::swap(self.list, at, parent);
            at = parent;
        }
        Ok(())
    }

    /// Moves an item to where it belongs below `start`: down to a leaf along the children in front, then up again. Most
    /// items come from the end and belong near a leaf, so comparing them on the way down would not pay.
    fn settle(&self, start: usize) -> PyResult<()> {
        let end = self.len();
        let mut at = start;
        while at < end / 2 {
            let mut child = 2 * at + 1;
            if child + 1 < end && !self.is_before(child, child + 1)? {
                child += 1;
            }
            list::swap(self.list, at, child);
            at = child;
        }
        self.rise(start, at)
    }
}

/// The list that is the first argument of so many.
fn heap<'a>(vm: &'a Vm, v: Value, order: Order, function: &str, which: &str) -> PyResult<Heap<'a>> {
    if !list::is_list(vm, v) {
        let got = type_name(vm, v);
        return Err(vm.type_error(&format!("{function}() argument{which} must be list, not {got}")));
    }
    Ok(Heap { vm, list: v, order })
}

fn push(vm: &Vm, args: &[Value], order: Order, function: &str) -> PyResult {
    let heap = heap(vm, args[0], order, function, " 1")?;
    list::append(vm, heap.list, args[1])?;
    heap.rise(0, heap.len() - 1)?;
    Ok(Owned::none())
}

fn pop(vm: &Vm, v: Value, order: Order, function: &str) -> PyResult {
    let heap = heap(vm, v, order, function, "")?;
    let last = list::pop(vm, heap.list).ok_or_else(|| heap.empty())?;
    if heap.len() == 0 {
        return Ok(last);
    }
    let first = list::replace(heap.list, 0, last);
    heap.settle(0)?;
    Ok(first)
}

fn replace(vm: &Vm, args: &[Value], order: Order, function: &str) -> PyResult {
    let heap = heap(vm, args[0], order, function, " 1")?;
    if heap.len() == 0 {
        return Err(heap.empty());
    }
    let first = list::replace(heap.list, 0, args[1].own());
    heap.settle(0)?;
    Ok(first)
}

fn push_pop(vm: &Vm, args: &[Value], order: Order, function: &str) -> PyResult {
    let heap = heap(vm, args[0], order, function, " 1")?;
    let Some(first) = list::get(heap.list, 0) else { return Ok(args[1].own()) };
    if !order.is_before(vm, *first, args[1])? {
        return Ok(args[1].own());
    }
    if heap.len() == 0 {
        return Err(heap.empty());
    }
    let first = list::replace(heap.list, 0, args[1].own());
    heap.settle(0)?;
    Ok(first)
}

fn heapify(vm: &Vm, v: Value, order: Order, function: &str) -> PyResult {
    let heap = heap(vm, v, order, function, "")?;
    for i in (0..heap.len() / 2).rev() {
        heap.settle(i)?;
    }
    Ok(Owned::none())
}
