//! Functions to machine code: what is worth compiling, and the library that has LLVM.
//!
//! `taipan` itself does not link LLVM; `libtaipan_llvm.so` lies beside it and is opened here.
#![allow(unsafe_code, reason = "opens a library and calls it")]

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::rc::Rc;

use libloading::Library;
use taipan_frontend::code::flags::{CO_NEWLOCALS, CO_OPTIMIZED, CO_VARARGS, CO_VARKEYWORDS};
use taipan_frontend::code::is_generator_expression;
use taipan_frontend::image::code_objects;
use taipan_frontend::{CodeObject, Constant, PyText, tables};
use taipan_mir::aot::{self, Function, FusedCall, Handler, Output, Request, abi};
use taipan_mir::bytecode::instructions;
use taipan_mir::genexpr::{self, Container, Fusible};
use taipan_mir::opcodes::Opcode;

use super::imports::Found;
use crate::profile::Recorded;
use crate::terminal::{Failure, Result};

/// Where the library is, if not beside `taipan`.
const LIBRARY_VARIABLE: &str = "TAIPAN_LLVM_TIER";

/// Everything of the program that is worth compiling; an error when the profile is of another program.
pub fn request(found: &Found, output: Output, recorded: Option<&Recorded>) -> Result<Request> {
    let mut functions = Vec::new();
    let mut symbols = HashSet::new();
    if let Some(recorded) = recorded {
        let all: Vec<_> = found
            .modules
            .iter()
            .filter(|m| !m.is_library)
            .flat_map(|m| code_objects(&m.code).into_iter().map(|code| (m.name.as_str(), code)))
            .collect();
        recorded.check(&all)?;
    }
    let mut number = 0;
    // Functions by what profiles call them, and what each one calls.
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut called: Vec<Option<Vec<(u32, String)>>> = Vec::new();
    // What generator expressions are fused with, and those that were: their rows come last.
    let mut containers: HashMap<*const CodeObject, Vec<Container>> = HashMap::new();
    let mut fused = Vec::new();
    for module in &found.modules {
        for code in code_objects(&module.code) {
            let profile = recorded.map(|recorded| recorded.of(&module.name, &code).unwrap_or_default());
            if !module.is_library {
                for call in expressions(&code) {
                    if let Constant::Code(expression) = &code.consts[call.constant] {
                        containers.entry(Rc::as_ptr(expression)).or_default().push(call.container);
                    }
                }
            }
            if !module.is_library && worth_it(&code) {
                let mut symbol =
                    format!("{}.{}", module.name, String::from_utf8_lossy(code.qualname.as_wtf8()));
                // Functions of the same name are told apart by their lines.
                while !symbols.insert(symbol.clone()) {
                    symbol = format!("{symbol}.{}", code.firstlineno);
                }
                let place = (String::from_utf8_lossy(code.qualname.as_wtf8()).into_owned(), code.firstlineno);
                numbers.insert(format!("{}:{}", place.0, place.1), number);
                let (sites, names) = profile.map(|known| (known.sites, known.callees)).unzip();
                let function = function(&code, symbol, number, sites);
                for container in containers.remove(&Rc::as_ptr(&code)).unwrap_or_default() {
                    fused.extend(fuse(&code, &function, container).map(|function| (function, names.clone())));
                }
                called.push(names);
                functions.push(function);
            }
            number += 1;
        }
    }
    for (mut function, names) in fused {
        function.number = number;
        number += 1;
        functions.push(function);
        called.push(names);
    }
    for (function, names) in functions.iter_mut().zip(called) {
        let resolve = |(unit, name): (u32, String)| Some((unit, *numbers.get(&name)?));
        function.callees = names.map(|names| names.into_iter().filter_map(resolve).collect());
    }
    Ok(Request { output, table: number, functions })
}

/// The generator expressions in `code` that may be fused.
fn expressions(code: &CodeObject) -> Vec<Fusible> {
    let name_of = |n: usize| code.names.get(n).and_then(PyText::as_str);
    let is_expression = |n: usize| match code.consts.get(n) {
        Some(Constant::Code(inner)) => fused_code(inner, Container::List).is_some(),
        _ => false,
    };
    genexpr::fusible(&code.code, name_of, is_expression)
}

fn fused_code(code: &CodeObject, container: Container) -> Option<Vec<u8>> {
    let name = code.name.as_str().unwrap_or_default();
    is_generator_expression(name, code.flags, code.argcount).then(|| genexpr::fuse(&code.code, container))?
}

/// The fused form of a generator expression's function.
fn fuse(code: &CodeObject, function: &Function, container: Container) -> Option<Function> {
    let row = aot::fused_row(function.number as usize, container);
    Some(Function {
        symbol: format!("{}.{}", function.symbol, container.name()),
        code: fused_code(code, container)?,
        fused: row as u32,
        ..function.clone()
    })
}

/// Functions, and modules that loop. Other modules and class bodies run once.
fn worth_it(code: &CodeObject) -> bool {
    let is_function = code.flags & (CO_OPTIMIZED | CO_NEWLOCALS) == CO_OPTIMIZED | CO_NEWLOCALS;
    is_function || code.name.as_str() == Some("<module>") && loops(code)
}

fn loops(code: &CodeObject) -> bool {
    instructions(&code.code).any(|i| i.op == Opcode::JUMP_BACKWARD)
}

fn function(code: &CodeObject, symbol: String, number: u32, profile: Option<Vec<aot::Site>>) -> Function {
    let text = |name: &PyText| String::from_utf8_lossy(name.as_wtf8()).into_owned();
    let kinds = CO_OPTIMIZED | CO_NEWLOCALS | CO_VARARGS | CO_VARKEYWORDS;
    let constants = code.consts.iter().map(constant).collect();
    let mut handlers: Vec<Handler> = Vec::new();
    for h in tables::handlers(&code.exceptiontable) {
        let handler = Handler { target: h.target / 2, depth: h.depth, push_lasti: h.push_lasti };
        if !handlers.contains(&handler) {
            handlers.push(handler);
        }
    }
    let calls = expressions(code).into_iter().map(|call| FusedCall {
        unit: call.call as u32,
        form: call.consumer.opcode() as u8,
        behind: call.behind as u32,
    });
    Function {
        symbol,
        number,
        name: text(&code.name),
        names: code.names.iter().map(text).collect(),
        nlocalsplus: code.localsplusnames.len() as u32,
        argcount: code.argcount,
        exact: code.flags & kinds == CO_OPTIMIZED | CO_NEWLOCALS && code.kwonlyargcount == 0,
        fused: 0,
        expressions: calls.collect(),
        code: code.code.clone(),
        constants,
        handlers,
        profile,
        callees: None,
    }
}

fn constant(constant: &Constant) -> aot::Constant {
    match constant {
        Constant::None => aot::Constant::None,
        Constant::True => aot::Constant::True,
        Constant::False => aot::Constant::False,
        Constant::Ellipsis => aot::Constant::Ellipsis,
        Constant::Int(n) => i64::try_from(n).map_or(aot::Constant::Object, aot::Constant::Int),
        Constant::Float(d) => aot::Constant::Float(*d),
        _ => aot::Constant::Object,
    }
}

/// Has LLVM make the output.
pub fn compile(request: &Request) -> Result<Vec<u8>> {
    let path = library();
    let shown = path.display();
    let unusable = |error: libloading::Error| {
        Failure::usage(format!("can't open the compiler's library '{shown}': {error}; ./x build makes it"))
    };
    // SAFETY: the library is ours; its initialisers are LLVM's.
    let library = unsafe { Library::new(&path) }.map_err(unusable)?;
    // SAFETY: `taipan_mir::aot::abi` gives the functions' types.
    let (compile, release) = unsafe {
        (
            library.get::<abi::Compile>(abi::COMPILE.as_bytes()).map_err(unusable)?,
            library.get::<abi::Release>(abi::RELEASE.as_bytes()).map_err(unusable)?,
        )
    };
    let bytes = request.to_bytes();
    // SAFETY: the request is valid during the call; the answer is, until it is released.
    let (data, failed) = unsafe {
        let answer = compile(bytes.as_ptr(), bytes.len());
        let data = std::slice::from_raw_parts((*answer).data, (*answer).length).to_vec();
        let failed = (*answer).failed != 0;
        release(answer);
        (data, failed)
    };
    match failed {
        false => Ok(data),
        true => {
            let message = String::from_utf8_lossy(&data);
            Err(Failure::program(format!(
                "the compiler failed: {}",
                message.lines().next().unwrap_or_default()
            )))
        }
    }
}

fn library() -> PathBuf {
    match std::env::var_os(LIBRARY_VARIABLE) {
        Some(path) => path.into(),
        None => {
            let program = std::env::current_exe().unwrap_or_default();
            program.with_file_name(taipan_mir::region::abi::FILE_NAME)
        }
    }
}
