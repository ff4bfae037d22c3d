//! `sys.monitoring` (PEP 669): tools are told what the program does, each what it asked for.
//!
//! While any tool asks for any event, all threads are in hooked mode, as for `sys.settrace`, whose hook finds the events here
//! as well ([`observe`](events::observe)). CPython rewrites instructions instead, so that what nobody asks for costs nothing;
//! here a program that is watched is slow in all places, and otherwise the same.
//!
//! | module | holds |
//! |---|---|
//! | this one | who asks for what: tools, their events for all code and for single code objects, their callbacks |
//! | `events` | which events happen where |
//! | `flow` | what the code itself says: the first instruction that counts, where branches come from |
//!
//! An event at an instruction belongs to one code object and one place in it. A callback that answers `DISABLE` is not told
//! of this event at this place any more, until `restart_events()`; events that have no place cannot be disabled.

mod events;
mod flow;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use taipan_layout::{Frame, Value};

use self::flow::Flow;
use super::tracing;
use crate::objects::code::CodeObject;
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

pub use self::flow::branches;

pub(super) use self::events::{Raise, Thread, handled, left, observe, raised, thrown_into};

/// Numbers of tools.
pub const TOOLS: usize = 6;

macro_rules! events {
    ($($event:ident $name:literal,)*) => {
        /// The events, by the number of their bit.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Event {
            $($event,)*
        }

        impl Event {
            pub const ALL: [Event; [$($name),*].len()] = [$(Event::$event,)*];

            pub fn name(self) -> &'static str {
                match self {
                    $(Event::$event => $name,)*
                }
            }
        }
    };
}

events! {
    PyStart "PY_START",
    PyResume "PY_RESUME",
    PyReturn "PY_RETURN",
    PyYield "PY_YIELD",
    Call "CALL",
    Line "LINE",
    Instruction "INSTRUCTION",
    Jump "JUMP",
    BranchLeft "BRANCH_LEFT",
    BranchRight "BRANCH_RIGHT",
    StopIteration "STOP_ITERATION",
    Raise "RAISE",
    ExceptionHandled "EXCEPTION_HANDLED",
    PyUnwind "PY_UNWIND",
    PyThrow "PY_THROW",
    Reraise "RERAISE",
    CReturn "C_RETURN",
    CRaise "C_RAISE",
}

use Event::*;

impl Event {
    pub fn bit(self) -> u32 {
        1 << self as u8
    }

    /// Whether it happens at an instruction that asks for it, and so can be asked for in one code object, and disabled.
    pub fn is_local(self) -> bool {
        self.bit() & LOCAL != 0
    }

    /// The events that one asks for to be told this one.
    fn asked_with(self) -> u32 {
        if matches!(self, CReturn | CRaise) { Call.bit() } else { self.bit() }
    }
}

/// The events that single code objects can be asked for.
pub const LOCAL: u32 = (1 << 11) - 1;
/// Events that come with [`Call`] and are not asked for by themselves.
pub const WITH_CALL: u32 = 1 << CReturn as u8 | 1 << CRaise as u8;
/// The name for both ways that a branch can go; not an event.
pub const BRANCH: u32 = 1 << 18;

#[derive(Default)]
struct Tool {
    name: Option<Owned>,
    /// What it asks for in all code.
    events: Cell<u32>,
    callbacks: [Option<Owned>; Event::ALL.len()],
    /// The callbacks of both ways of branches were set as one, which disables both ways at once.
    branches_as_one: bool,
}

/// What is known of a code object that a tool asks something special of.
struct Watched {
    /// Keeps the address from being another's.
    _code: Owned,
    events: [u32; TOOLS],
    /// The tools that are not told any more, by place and event.
    disabled: HashMap<(usize, u8), u8>,
}

#[derive(Default)]
pub struct Monitoring {
    tools: RefCell<[Tool; TOOLS]>,
    watched: RefCell<HashMap<usize, Watched>>,
    /// All events that any tool asks for anywhere.
    wanted: Cell<u32>,
    flows: RefCell<HashMap<usize, (Owned, Rc<Flow>)>>,
    /// What a callback answers to hear no more of this, and what stands for an argument that is not there.
    markers: OnceCell<[Owned; 2]>,
}

fn key(code: &CodeObject) -> usize {
    std::ptr::from_ref(code) as usize
}

impl Monitoring {
    pub fn is_on(&self) -> bool {
        self.wanted.get() != 0
    }

    pub fn set_markers(&self, disable: Owned, missing: Owned) {
        let _ = self.markers.set([disable, missing]);
    }

    fn disable_marker(&self) -> Option<Value> {
        self.markers.get().map(|[disable, _]| **disable)
    }

    fn missing(&self) -> Owned {
        self.markers.get().map_or_else(Owned::none, |[_, missing]| missing.clone())
    }

    /// The name of a tool whose number is in use.
    pub fn tool_name(&self, tool: usize) -> Option<Owned> {
        self.tools.borrow()[tool].name.clone()
    }

    pub fn use_tool(&self, tool: usize, name: Owned) {
        self.tools.borrow_mut()[tool].name = Some(name);
    }

    pub fn events(&self, tool: usize) -> u32 {
        self.tools.borrow()[tool].events.get()
    }

    pub fn local_events(&self, tool: usize, code: &CodeObject) -> u32 {
        self.watched.borrow().get(&key(code)).map_or(0, |w| w.events[tool])
    }

    /// All events that tools ask for in all code, with the bits of these tools.
    pub fn all_events(&self) -> Vec<(&'static str, u8)> {
        let tools = self.tools.borrow();
        let asking = |e: Event| {
            tools
                .iter()
                .enumerate()
                .fold(0, |bits, (i, t)| bits | u8::from(t.events.get() & e.bit() != 0) << i)
        };
        Event::ALL.into_iter().map(|e| (e.name(), asking(e))).filter(|(_, bits)| *bits != 0).collect()
    }

    /// Sets what is called for an event; what was called before.
    pub fn set_callback(&self, tool: usize, event: Event, f: Option<Owned>) -> Option<Owned> {
        if matches!(event, BranchLeft | BranchRight) {
            self.tools.borrow_mut()[tool].branches_as_one = false;
        }
        std::mem::replace(&mut self.tools.borrow_mut()[tool].callbacks[event as usize], f)
    }

    /// Sets what is called for branches, whichever way they go; what was called before.
    pub fn set_branch_callback(&self, tool: usize, f: Option<Owned>) -> Option<Owned> {
        let right = self.set_callback(tool, BranchRight, f.clone());
        let left = self.set_callback(tool, BranchLeft, f);
        self.tools.borrow_mut()[tool].branches_as_one = true;
        left.or(right)
    }

    fn callback(&self, tool: usize, event: Event) -> Option<Owned> {
        self.tools.borrow()[tool].callbacks[event as usize].clone()
    }

    fn note_wanted(&self) {
        let everywhere = self.tools.borrow().iter().fold(0, |all, t| all | t.events.get());
        let somewhere = self.watched.borrow().values().flat_map(|w| w.events).fold(0, |all, e| all | e);
        self.wanted.set(everywhere | somewhere);
    }

    /// The tools that are told of an event at a place.
    fn listeners(&self, code: &CodeObject, unit: usize, event: Event) -> u8 {
        let bit = event.asked_with();
        if self.wanted.get() & bit == 0 {
            return 0;
        }
        let watched = self.watched.borrow();
        let special = watched.get(&key(code));
        let tools = self.tools.borrow();
        let mut found = 0;
        for (i, tool) in tools.iter().enumerate() {
            let events = tool.events.get() | special.map_or(0, |w| w.events[i]);
            found |= u8::from(events & bit != 0) << i;
        }
        let place = (unit, bit.trailing_zeros() as u8);
        found & !special.and_then(|w| w.disabled.get(&place)).copied().unwrap_or(0)
    }

    fn with_watched(&self, code: &CodeObject, f: impl FnOnce(&mut Watched)) {
        let mut all = self.watched.borrow_mut();
        f(all.entry(key(code)).or_insert_with(|| Watched {
            _code: code.value().own(),
            events: [0; TOOLS],
            disabled: HashMap::new(),
        }));
    }

    fn disable(&self, tool: usize, code: &CodeObject, unit: usize, event: Event) {
        let both = matches!(event, BranchLeft | BranchRight) && self.tools.borrow()[tool].branches_as_one;
        let events = if both { [BranchLeft, BranchRight] } else { [event; 2] };
        self.with_watched(code, |w| {
            for event in events {
                *w.disabled.entry((unit, event as u8)).or_default() |= 1 << tool;
            }
        });
    }

    fn flow(&self, code: &CodeObject) -> Rc<Flow> {
        let known = self.flows.borrow().get(&key(code)).map(|(_, flow)| flow.clone());
        known.unwrap_or_else(|| {
            let flow = Rc::new(Flow::new(code));
            self.flows.borrow_mut().insert(key(code), (code.value().own(), flow.clone()));
            flow
        })
    }
}

/// Notes what is asked for now, and puts the interpreter into its mode.
fn changed(vm: &Vm) {
    let was_on = vm.monitoring.is_on();
    vm.monitoring.note_wanted();
    let on = vm.monitoring.is_on();
    if was_on == on {
        return;
    }
    if !on {
        // Dropping code objects may run anything.
        let flows = std::mem::take(&mut *vm.monitoring.flows.borrow_mut());
        drop(flows);
    }
    tracing::switch_threads(vm);
}

/// Asks for a tool's events in all code.
pub fn set_events(vm: &Vm, tool: usize, events: u32) {
    vm.monitoring.tools.borrow()[tool].events.set(events);
    changed(vm);
}

/// Asks for a tool's events in one code object.
pub fn set_local_events(vm: &Vm, tool: usize, code: &CodeObject, events: u32) {
    vm.monitoring.with_watched(code, |w| w.events[tool] = events);
    forget_unwatched(vm);
    changed(vm);
}

/// Lets go of code that nobody asks anything special of any more.
fn forget_unwatched(vm: &Vm) {
    let mut gone = Vec::new();
    vm.monitoring.watched.borrow_mut().retain(|_, w| {
        let stays = w.events != [0; TOOLS] || !w.disabled.is_empty();
        if !stays {
            gone.push(w._code.clone());
        }
        stays
    });
    drop(gone);
}

/// Everything that was disabled is told again.
pub fn restart(vm: &Vm) {
    vm.monitoring.watched.borrow_mut().values_mut().for_each(|w| w.disabled.clear());
    forget_unwatched(vm);
}

/// A tool asks for nothing and has no callbacks any more.
pub fn clear_tool(vm: &Vm, tool: usize) {
    vm.monitoring.tools.borrow()[tool].events.set(0);
    for w in vm.monitoring.watched.borrow_mut().values_mut() {
        w.events[tool] = 0;
        w.disabled.values_mut().for_each(|tools| *tools &= !(1 << tool));
        w.disabled.retain(|_, tools| *tools != 0);
    }
    forget_unwatched(vm);
    changed(vm);
    let callbacks = std::mem::take(&mut vm.monitoring.tools.borrow_mut()[tool].callbacks);
    drop(callbacks);
}

/// [`clear_tool`], after which the tool's number can be used by others.
pub fn free_tool(vm: &Vm, tool: usize) {
    clear_tool(vm, tool);
    let name = vm.monitoring.tools.borrow_mut()[tool].name.take();
    drop(name);
}

/// The end of the interpreter: nobody watches any more.
pub fn end(vm: &Vm) {
    (0..TOOLS).for_each(|tool| free_tool(vm, tool));
}

/// Tells the tools that listen of an event; `args` is what callbacks are given.
///
/// # Safety
/// The frame is live and runs the code.
unsafe fn fire(
    vm: &Vm,
    frame: *mut Frame,
    code: &CodeObject,
    unit: usize,
    event: Event,
    args: &[Value],
) -> PyResult<()> {
    let mut listeners = vm.monitoring.listeners(code, unit, event);
    while listeners != 0 {
        let tool = listeners.trailing_zeros() as usize;
        listeners &= listeners - 1;
        let Some(f) = vm.monitoring.callback(tool, event) else { continue };
        // SAFETY: by contract.
        let answer = unsafe { tracing::tell_tool(vm, frame, event, *f, args)? };
        if Some(*answer) != vm.monitoring.disable_marker() {
            continue;
        }
        if !event.is_local() {
            // Else the program would hear of the error each time.
            drop(vm.monitoring.set_callback(tool, event, None));
            let name = event.name();
            return Err(vm.value_error(&format!("Cannot disable {name} events. Callback removed.")));
        }
        vm.monitoring.disable(tool, code, unit, event);
    }
    Ok(())
}
