//! Assembly text as LLVM prints it: what it may contain, and assembling it in process.

use inkwell::context::Context;
use inkwell::targets::{FileType, TargetMachine};

use crate::{Error, Result};

/// The functions of a listing with their instructions (directives and labels left out).
pub fn functions(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let code = line.split('#').next().unwrap_or("").trim_end();
        if code.is_empty() {
            continue;
        }
        if let Some(label) = code.strip_suffix(':') {
            if label.starts_with(".Lfunc_end") {
                open = false;
            } else if !label.starts_with('.') {
                found.push((label, Vec::new()));
                open = true;
            }
        } else if open && !code.trim_start().starts_with('.') {
            found.last_mut().unwrap().1.push(code.trim());
        }
    }
    found
}

/// Rules for the built code: functions that `leaf` names use no native stack and call nothing; nothing lies in
/// `.rodata`; every undefined symbol is one that `allowed` accepts.
pub fn check(text: &str, leaf: impl Fn(&str) -> bool, allowed: impl Fn(&str) -> bool) -> Result<()> {
    let mut problems = Vec::new();
    let functions = functions(text);
    for (name, instructions) in functions.iter().filter(|(name, _)| leaf(name)) {
        for i in instructions {
            let uses_stack =
                i.starts_with("push") || i.starts_with("call") || i.contains("%rsp") && i.starts_with("sub");
            if uses_stack {
                problems.push(format!(
                    "{name} is made of leaf uops, but its code has `{}`",
                    i.replace('\t', " ")
                ));
                break;
            }
        }
    }
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with(".section") && line.contains(".rodata") {
            problems.push(format!("the bodies need constants in memory: {line}"));
        }
    }
    let defined: std::collections::HashSet<&str> = functions.iter().map(|(name, _)| *name).collect();
    let mut undefined: Vec<(&str, &str)> = Vec::new();
    for (name, instructions) in &functions {
        for i in instructions {
            for word in i.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.' || c == '$')) {
                let is_symbol = word.starts_with("rt_")
                    || word.starts_with('_')
                    || word.starts_with("undeclared_exit_of")
                    || word.starts_with("taipan_")
                    || i.starts_with("call") && word.len() > 3 && word != "callq";
                if is_symbol && !defined.contains(word) && !allowed(word) {
                    undefined.push((name, word));
                }
            }
        }
    }
    undefined.sort();
    undefined.dedup();
    problems.extend(undefined.iter().map(
        |(function, symbol)| match symbol.strip_prefix("undeclared_exit_of_") {
            Some(uop) => format!("{function}: {uop} has an exit that its row does not declare"),
            None => format!("{function} refers to {symbol}, which is neither a helper nor a slow sibling"),
        },
    ));
    if problems.is_empty() { Ok(()) } else { Err(Error::Check(problems)) }
}

/// Assembles text with LLVM's own assembler: a module that is nothing but inline assembly.
pub fn assemble(machine: &TargetMachine, text: &str) -> Result<Vec<u8>> {
    let context = Context::create();
    let module = context.create_module("assembly");
    module.set_triple(&machine.get_triple());
    module.set_data_layout(&machine.get_target_data().get_data_layout());
    module.set_inline_assembly(text);
    let buffer =
        machine.write_to_memory_buffer(&module, FileType::Object).map_err(|e| Error::Llvm(e.to_string()))?;
    Ok(buffer.as_slice().to_vec())
}
