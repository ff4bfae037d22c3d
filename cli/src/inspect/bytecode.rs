//! Bytecode, in the form of `python -m dis`; after a run of the program, with the specialised instructions.
//!
//! On a terminal an instruction's colour says how well it specialised: green if it did, red if it tried and could not
//! (or had to give up), yellow if it was not executed often enough to try. Others have no specialised form.

use std::collections::HashMap;
use std::rc::Rc;

use anstyle::{AnsiColor, Style};
use taipan_frontend::dis::{self, Instruction};
use taipan_frontend::{CodeObject, Constant};
use taipan_mir::opcodes::Opcode;
use taipan_runtime::config::Tier;
use taipan_runtime::objects::code::{self, Running};

use super::target::Target;
use super::{Options, execute, html};
use crate::terminal::{Failure, Output, Result};

/// How an instruction has fared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It has no specialised form.
    Generic,
    /// Not executed often enough.
    Cold,
    /// Adaptive, and not specialised.
    Failed,
    Specialised,
}

/// The running code of each code object of a program, by its address.
pub struct Adaptive(HashMap<*const CodeObject, Vec<u8>>);

impl Adaptive {
    fn new(code: &Rc<CodeObject>, running: Running) -> Adaptive {
        let mut map = HashMap::new();
        collect(code, running, &mut map);
        Adaptive(map)
    }

    pub fn of(&self, code: &CodeObject) -> Option<Vec<u8>> {
        self.0.get(&std::ptr::from_ref(code)).cloned()
    }
}

fn collect(code: &Rc<CodeObject>, running: Running, map: &mut HashMap<*const CodeObject, Vec<u8>>) {
    map.insert(Rc::as_ptr(code), running.code);
    for (index, inner) in running.inner {
        if let Some(Constant::Code(code)) = code.consts.get(index) {
            collect(code, inner, map);
        }
    }
}

pub fn print(options: &Options, target: &Target, output: &mut Output) -> Result<u8> {
    let code = target.code(options.flags())?;
    let mut all = Vec::new();
    list(&code, &mut all);
    let names: Vec<String> = all.iter().map(|code| qualname(code)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let selected = match target.function {
        None => vec![0],
        Some(_) => target.select(&names)?,
    };
    let (mut status, mut adaptive) = (0, None);
    if options.adaptive {
        let mut running = None;
        status = execute::run(options, target, Tier::Interp, |_, main| running = main.map(code::running))?;
        let Some(running) = running else {
            return Err(Failure::program("the program did not start"));
        };
        adaptive = Some(Adaptive::new(&code, running));
    }
    let current = adaptive.as_ref().map(|adaptive| move |code: &CodeObject| adaptive.of(code));
    let shown = dis::Options {
        show_caches: options.caches,
        show_offsets: options.offsets,
        show_positions: options.positions,
        adaptive: current.as_ref().map(|current| current as dis::Adaptive<'_>),
        ..Default::default()
    };
    let selected: Vec<&Rc<CodeObject>> = selected.into_iter().map(|index| &all[index]).collect();
    if options.html {
        output.push(&html::page(target, &selected, shown.adaptive));
        return Ok(status);
    }
    for (index, code) in selected.into_iter().enumerate() {
        let mut text = String::new();
        dis::disassemble_recursive(code, &shown, &mut text);
        if index > 0 {
            output.push("\n");
        }
        if adaptive.is_some() {
            text = coloured(code, &shown, &text);
        }
        output.push(&text);
    }
    Ok(status)
}

/// A code object and all inside of it, outermost first.
pub fn list(code: &Rc<CodeObject>, all: &mut Vec<Rc<CodeObject>>) {
    all.push(code.clone());
    for constant in &code.consts {
        if let Constant::Code(inner) = constant {
            list(inner, all);
        }
    }
}

pub fn qualname(code: &CodeObject) -> String {
    String::from_utf8_lossy(code.qualname.as_wtf8()).into_owned()
}

/// How `instruction` has fared; `compiled` is its opcode before the program ran.
pub fn fate(instruction: &Instruction, compiled: Opcode) -> Fate {
    let Some(now) = Opcode::from_u8(instruction.opcode) else { return Fate::Generic };
    if now != now.deopt() {
        return Fate::Specialised;
    }
    if !Opcode::ALL.iter().any(|&op| op != compiled && op.deopt() == compiled) {
        return Fate::Generic;
    }
    match instruction.caches.first() {
        Some(&counter) if counter == code::WARMUP => Fate::Cold,
        Some(_) => Fate::Failed,
        None => Fate::Generic,
    }
}

fn style(fate: Fate) -> Style {
    match fate {
        Fate::Generic => Style::new(),
        Fate::Cold => AnsiColor::Yellow.on_default(),
        Fate::Failed => AnsiColor::Red.on_default(),
        Fate::Specialised => AnsiColor::Green.on_default(),
    }
}

/// Colours the names in a listing. Its lines follow the instructions in order, those of inner code objects too.
fn coloured(code: &Rc<CodeObject>, options: &dis::Options<'_>, text: &str) -> String {
    let mut all = Vec::new();
    list(code, &mut all);
    let mut instructions = Vec::new();
    for code in &all {
        for instruction in dis::instructions(code, options.adaptive) {
            let compiled = code.code.get(instruction.offset as usize).copied().and_then(Opcode::from_u8);
            let fate = compiled.map_or(Fate::Generic, |compiled| fate(&instruction, compiled));
            instructions.push((instruction.name(), fate));
        }
    }
    let mut next = instructions.into_iter().peekable();
    let mut out = String::with_capacity(text.len() * 2);
    for line in text.split_inclusive('\n') {
        let here = next.next_if(|(name, _)| line.split_whitespace().any(|word| word == name));
        let place = here.as_ref().and_then(|(name, fate)| Some((line.find(name.as_str())?, name, *fate)));
        match place {
            Some((at, name, fate)) if fate != Fate::Generic => {
                let style = style(fate);
                let (before, after) = (&line[..at], &line[at + name.len()..]);
                out.push_str(&format!("{before}{style}{name}{style:#}{after}"));
            }
            _ => out.push_str(line),
        }
    }
    out
}
