//! Looking at what was compiled: executors with their traces and code, and how often exits were taken.
//!
//! A trace refers to code by pointers that need not live as long as the executor. So what is shown about them (names,
//! lines, the trace as recorded) is written down when the executor is made, and only if [`Config::keep_traces`] asks.
//!
//! [`Config::keep_traces`]: crate::config::Config::keep_traces

use std::collections::BTreeMap;

use taipan_mir::graph::{self, Graph};
use taipan_mir::region::Exit;
use taipan_mir::trace::{Item, Trace};
use taipan_stencil_lib::emit::Step;
use taipan_stencil_lib::listing::Mark;

use super::record::Start;
use super::translate::Translation;
use super::{ExitKind, State, Tier2};
use crate::objects::{code, str};

/// A place in the program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    pub qualname: String,
    pub line: Option<i32>,
}

/// What is written down about an executor.
pub(super) struct Notes {
    recorded: Trace,
    optimised: Trace,
    places: Vec<Place>,
    marks: Vec<Mark>,
}

/// Where an executor is entered from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EnteredFrom {
    Loop,
    /// The side exit with this number.
    Exit(u32),
    /// A call, or the resumption of a generator.
    Call,
    /// A return through this exit.
    Return(u32),
}

/// An executor, to look at.
pub struct View<'t> {
    pub number: usize,
    pub from: EnteredFrom,
    /// As recorded, and as it was emitted.
    pub recorded: &'t Trace,
    pub optimised: &'t Trace,
    /// The places of the recorded trace's resume points; the first one is where it begins.
    pub places: &'t [Place],
    pub code: &'t [u8],
    pub address: u64,
    /// What begins where in the code.
    pub marks: &'t [Mark],
    /// Tier 3's code for the loop, with its address.
    pub region: Option<(&'t [u8], u64)>,
}

/// How often exits of one kind were taken that lead to the interpreter. Exits that were stitched count until then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExitTotal {
    pub reason: &'static str,
    /// The instruction in the form that the trace expected.
    pub instruction: &'static str,
    pub total: u64,
}

/// Writes down what there is to know about the executor that was just made; the emitter still has its layout.
pub(super) fn note(state: &mut State, executor: usize, t: &Translation, optimised: Trace) {
    let steps: Vec<Step> = state.executors[executor].steps.clone();
    let marks = state.emitter.marks(&steps);
    let places = t.trace.resumes.iter().map(|resume| {
        // SAFETY: the recording has just ended: its code objects are live.
        let code = unsafe {
            let code = t.codes[resume.code as usize];
            if code::is_bare(code) {
                return Place { qualname: "<internal>".to_owned(), line: None };
            }
            code::of_ptr(code)
        };
        Place { qualname: str::to_string_lossy(code.qualname), line: code.line(resume.unit as usize) }
    });
    let notes = Notes { recorded: t.trace.clone(), optimised, places: places.collect(), marks };
    state.executors[executor].notes = Some(Box::new(notes));
}

/// An executor as `_opcode.get_executor` shows it.
pub struct Shown<'t> {
    pub uops: Vec<Item>,
    pub code: &'t [u8],
    pub serial: u64,
}

impl Tier2 {
    /// The executor with this number.
    pub fn executor(&self, number: usize) -> Option<Shown<'_>> {
        // SAFETY: read under the interpreter lock; nothing is compiled meanwhile.
        let executor = unsafe { &*self.0.get() }.executors.get(number)?;
        let code = match executor.entry.is_null() {
            true => &[][..],
            // SAFETY: published code lives as long as its executor.
            false => unsafe { std::slice::from_raw_parts(executor.entry, executor.code_len) },
        };
        Some(Shown { uops: executor.uops.items().collect(), code, serial: executor.serial })
    }

    /// Whether the executor with these numbers is there and may be entered.
    pub fn is_valid(&self, number: usize, serial: u64) -> bool {
        // SAFETY: as above.
        let executor = unsafe { &*self.0.get() }.executors.get(number);
        executor.is_some_and(|e| e.serial == serial && *e.invalid == 0)
    }

    /// The executors about which something was written down, in the order in which they were made.
    pub fn views(&self) -> Vec<View<'_>> {
        // SAFETY: read under the interpreter lock, after the program's end.
        let state = unsafe { &*self.0.get() };
        let noted = state.executors.iter().enumerate().filter_map(|(n, e)| Some((n, e, e.notes.as_ref()?)));
        noted
            .map(|(number, executor, notes)| View {
                number,
                from: match executor.start {
                    Start::Loop { .. } => EnteredFrom::Loop,
                    Start::Exit(id) => EnteredFrom::Exit(id),
                    Start::Entry { .. } => EnteredFrom::Call,
                    Start::Return { exit, .. } => EnteredFrom::Return(exit),
                },
                recorded: &notes.recorded,
                optimised: &notes.optimised,
                places: &notes.places,
                // SAFETY: published code lives as long as its executor.
                code: unsafe { std::slice::from_raw_parts(executor.stencils, executor.code_len) },
                address: executor.stencils as u64,
                marks: &notes.marks,
                region: executor.region.as_ref().map(|region| {
                    // SAFETY: as above.
                    let code = unsafe { std::slice::from_raw_parts(region.address, region.len) };
                    (code, region.address as u64)
                }),
            })
            .collect()
    }

    /// Waits for regions that are being compiled, and takes them over.
    pub fn finish_regions(&self) {
        // SAFETY: under the interpreter lock, after the program's end.
        let state = unsafe { self.state() };
        state.tier3.wait();
        super::regions::install_finished(state);
    }

    /// The LLVM IR of the region of the executor with this number, as it was lowered or as LLVM's passes left it; `None` when it
    /// has none.
    pub fn region_ir(&self, executor: usize, optimised: bool) -> Option<Result<String, String>> {
        // SAFETY: as above.
        let state = unsafe { &*self.0.get() };
        let request = state.executors[executor].region.as_ref()?.request.as_ref()?;
        Some(crate::tier3::region_ir(request, optimised))
    }

    /// The graph of the loop that this executor is, with the traces that are stitched to it, as it was built and as it is
    /// lowered by tier 3, without the addresses of exits' slots; `None` when it is no loop.
    pub fn region_graph(&self, executor: usize) -> Option<Result<[Graph; 2], String>> {
        // SAFETY: as above.
        let state = unsafe { &*self.0.get() };
        let (request, _) = super::regions::describe(state, executor, usize::MAX)?;
        let exits: Vec<_> = request.exits.iter().map(|exit| Exit { slot: 0, ..*exit }).collect();
        let source = graph::Source {
            traces: request.traces.iter().map(|steps| &steps[..]).collect(),
            exits: &exits,
            frame_header: taipan_layout::frame::LOCALS_OFFSET as u64,
        };
        let both = graph::build(&source).and_then(|built| Ok([built.clone(), graph::optimised(built)?]));
        Some(both)
    }

    /// Exits by reason and instruction, those that were taken most often first.
    pub fn exit_totals(&self) -> Vec<ExitTotal> {
        // SAFETY: as above.
        let state = unsafe { &*self.0.get() };
        let mut totals: BTreeMap<(&'static str, &'static str), u64> = BTreeMap::new();
        for exit in &state.exits {
            *totals.entry((reason(exit.kind), exit.origin.0.name())).or_default() += exit.total;
        }
        let mut list: Vec<ExitTotal> = totals
            .into_iter()
            .filter(|(_, total)| *total > 0)
            .map(|((reason, instruction), total)| ExitTotal { reason, instruction, total })
            .collect();
        list.sort_by_key(|exit| std::cmp::Reverse(exit.total));
        list
    }
}

pub(super) fn reason(kind: ExitKind) -> &'static str {
    match kind {
        ExitKind::Before => "guard",
        ExitKind::Interrupted => "interrupted",
        ExitKind::Error => "error",
        ExitKind::End => "end",
        ExitKind::Return => "return",
        ExitKind::Hot => "hot",
    }
}
