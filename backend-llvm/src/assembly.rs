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

/// Rewrites the listing of stencils: jumps to blocks that only jump are threaded, and everything after the first
/// `jmp _JIT_CONTINUE` of a function goes to `.text.cold` as `NAME$cold`, so that the hot part always ends in that
/// jump. (LLVM's own layout leaves half of the stencils not ending in it.)
pub fn split_cold(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in text.lines() {
        if line.starts_with(".Lfunc_end")
            && let Some((name, lines)) = open.take()
        {
            split_function(name, &lines, &mut out);
        }
        match &mut open {
            Some((_, lines)) => lines.push(line),
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
        let label = line.split('#').next().unwrap_or("").trim_end();
        if !label.starts_with('.')
            && label.contains("__r")
            && let Some(name) = label.strip_suffix(':')
        {
            open = Some((name, Vec::new()));
        }
    }
    out
}

struct Block<'a> {
    label: &'a str,
    lines: Vec<String>,
}

fn split_function(name: &str, lines: &[&str], out: &mut String) {
    let mut blocks = vec![Block { label: "", lines: Vec::new() }];
    for line in lines {
        let code = line.split('#').next().unwrap_or("").trim_end();
        if code.trim().is_empty() {
            continue;
        }
        match code.strip_suffix(':') {
            Some(label) if label.starts_with(".LBB") => blocks.push(Block { label, lines: Vec::new() }),
            _ => blocks.last_mut().unwrap().lines.push(code.to_string()),
        }
    }
    thread_jumps(&mut blocks);
    let resume = format!(".L{name}$rest");
    end_in_continue(&mut blocks, &resume);
    let is_continue = |b: &Block| b.lines.last().is_some_and(|l| l.trim() == "jmp\t_JIT_CONTINUE");
    let cut = blocks.iter().position(is_continue).map_or(blocks.len(), |i| i + 1);
    for (i, block) in blocks.iter().enumerate() {
        if i == cut {
            out.push_str("\t.pushsection .text.cold,\"ax\",@progbits\n");
            out.push_str(&format!("\t.type {name}$cold,@function\n{name}$cold:\n"));
        }
        if !block.label.is_empty() {
            out.push_str(block.label);
            out.push_str(":\n");
        }
        for line in &block.lines {
            out.push_str(line);
            out.push('\n');
        }
    }
    if cut < blocks.len() {
        out.push_str(&format!("\t.size {name}$cold, .-{name}$cold\n\t.popsection\n"));
    }
}

/// Where the only way on is a conditional jump, the condition is turned round, so that the jump comes last.
fn end_in_continue<'a>(blocks: &mut Vec<Block<'a>>, resume: &'a str) {
    if blocks.iter().any(|b| b.lines.last().is_some_and(|l| l.trim() == "jmp\t_JIT_CONTINUE")) {
        return;
    }
    let conditional = |line: &String| {
        let (op, target) = line.trim().split_once('\t')?;
        (target == "_JIT_CONTINUE").then(|| inverse(op)).flatten()
    };
    for i in 0..blocks.len() {
        if let Some(at) = blocks[i].lines.iter().position(|l| conditional(l).is_some()) {
            let op = conditional(&blocks[i].lines[at]).unwrap();
            let rest = blocks[i].lines.split_off(at + 1);
            blocks[i].lines[at] = format!("\t{op}\t{resume}");
            blocks[i].lines.push("\tjmp\t_JIT_CONTINUE".into());
            blocks.insert(i + 1, Block { label: resume, lines: rest });
            return;
        }
    }
}

fn inverse(jump: &str) -> Option<&'static str> {
    const PAIRS: &[(&str, &str)] = &[
        ("je", "jne"),
        ("jb", "jae"),
        ("jbe", "ja"),
        ("jl", "jge"),
        ("jle", "jg"),
        ("js", "jns"),
        ("jo", "jno"),
        ("jp", "jnp"),
    ];
    PAIRS.iter().find_map(|(a, b)| match jump {
        j if j == *a => Some(*b),
        j if j == *b => Some(*a),
        _ => None,
    })
}

fn thread_jumps(blocks: &mut Vec<Block>) {
    let is_jump = |line: &str| line.trim().starts_with("jmp\t");
    let only_jump = |b: &Block| match b.lines.as_slice() {
        [line] if is_jump(line) => Some(line.trim()[4..].to_string()),
        _ => None,
    };
    let thunks: Vec<(String, String)> = blocks
        .iter()
        .filter(|b| !b.label.is_empty())
        .filter_map(|b| Some((b.label.to_string(), only_jump(b)?)))
        .collect();
    for block in blocks.iter_mut() {
        for line in &mut block.lines {
            let Some((op, target)) = line.trim().split_once('\t') else { continue };
            if !op.starts_with('j') {
                continue;
            }
            if let Some((_, to)) = thunks.iter().find(|(label, _)| label == target) {
                *line = format!("\t{op}\t{to}");
            }
        }
    }
    // A thunk that nobody jumps to any more, and that nothing falls into, goes.
    let mut i = 1;
    while i < blocks.len() {
        let falls_into = !blocks[i - 1].lines.last().is_some_and(|l| is_jump(l) || l.trim() == "retq");
        let label = blocks[i].label;
        let used = blocks
            .iter()
            .flat_map(|b| &b.lines)
            .any(|l| l.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).any(|w| w == label));
        if only_jump(&blocks[i]).is_some() && !falls_into && !used {
            blocks.remove(i);
        } else {
            i += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "\
\t.text
_FOO__r1:
\tmovl\t$_JIT_OPARG, %eax
\tjb\t_JIT_CONTINUE
\ttestb\t$15, %cl
\tje\t.LBB0_2
\tjmp\t_JIT_JUMP
.LBB0_2:
\tjmp\t_JIT_SLOW
.Lfunc_end0:
\t.size\t_FOO__r1, .Lfunc_end0-_FOO__r1
";

    #[test]
    fn the_hot_part_ends_in_the_continuation() {
        let split = split_cold(LISTING);
        let hot: Vec<&str> = split.lines().skip(1).take_while(|l| !l.contains("pushsection")).collect();
        assert_eq!(
            hot,
            ["_FOO__r1:", "\tmovl\t$_JIT_OPARG, %eax", "\tjae\t.L_FOO__r1$rest", "\tjmp\t_JIT_CONTINUE"]
        );
        assert!(split.contains("_FOO__r1$cold:\n.L_FOO__r1$rest:\n\ttestb\t$15, %cl\n\tje\t_JIT_SLOW\n"));
    }

    #[test]
    fn rules_name_what_breaks_them() {
        let bad = "\
\t.section\t.rodata.cst8
taipan_op_NOP:
\tpushq\t%rax
\tcallq\tmemset
\tjmp\tundeclared_exit_of__NOP
.Lfunc_end0:
";
        let Err(Error::Check(problems)) = check(bad, |name| name == "taipan_op_NOP", |_| false) else {
            panic!("nothing found")
        };
        assert_eq!(problems.len(), 4);
        assert_eq!(problems[0], "taipan_op_NOP is made of leaf uops, but its code has `pushq %rax`");
        assert!(problems[1].starts_with("the bodies need constants in memory"));
        assert_eq!(
            problems[2],
            "taipan_op_NOP refers to memset, which is neither a helper nor a slow sibling"
        );
        assert_eq!(problems[3], "taipan_op_NOP: _NOP has an exit that its row does not declare");
        assert!(check("f:\n\tcallq\trt_dealloc\n", |_| false, |s| s == "rt_dealloc").is_ok());
    }
}
