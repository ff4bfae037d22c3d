//! `_sre`: the engine behind `re`. The library's Python code parses patterns and compiles them to codes; the crate
//! `rustpython-sre_engine` runs the codes; here are the objects around it.
//!
//! | module | holds |
//! |---|---|
//! | `engine` | subjects, running codes over them |
//! | `pattern` | `re.Pattern`, scanners |
//! | `matched` | `re.Match` |
//! | `template` | replacement templates |

mod engine;
mod matched;
mod pattern;
mod template;

use taipan_layout::Value;
use taipan_text::unicode;

use super::NativeModule;
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule =
    NativeModule { name: "_sre", doc: "The engine of regular expressions.", functions: FUNCTIONS, fill };

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "compile",
        "($module, /, pattern, flags, code, groups, groupindex, indexgroup)",
        pattern::compile,
        "A pattern object from codes.",
    ),
    function("template", "($module, pattern, template, /)", template::make, "A replacement template."),
    function0("getcodesize", |_, _| Ok(Owned::fixnum(engine::CODE_SIZE)), "Bytes of a code."),
    function1(
        "ascii_iscased",
        "($module, character, /)",
        ascii_iscased,
        "Whether a character has cases in ASCII.",
    ),
    function1(
        "unicode_iscased",
        "($module, character, /)",
        unicode_iscased,
        "Whether a character has cases.",
    ),
    function1(
        "ascii_tolower",
        "($module, character, /)",
        ascii_tolower,
        "The lower case of a character in ASCII.",
    ),
    function1(
        "unicode_tolower",
        "($module, character, /)",
        unicode_tolower,
        "The lower case of a character.",
    ),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    for (name, number) in [
        ("MAGIC", rustpython_sre_engine::SRE_MAGIC as i64),
        ("CODESIZE", engine::CODE_SIZE),
        ("MAXREPEAT", rustpython_sre_engine::MAXREPEAT as i64),
        ("MAXGROUPS", rustpython_sre_engine::MAXGROUPS as i64),
    ] {
        super::set(vm, m, name, Value::fixnum(number))?;
    }
    let t = &vm.types;
    crate::objects::ready(vm, t.sre_pattern, &pattern::SPEC);
    crate::objects::ready(vm, t.sre_match, &matched::SPEC);
    crate::objects::ready(vm, t.sre_scanner, &pattern::SCANNER);
    crate::objects::ready(vm, t.sre_template, &template::SPEC);
    Ok(())
}

fn character(vm: &Vm, v: Value) -> PyResult<u32> {
    Ok(protocol::index::to_i32(vm, v)? as u32)
}

fn ascii_iscased(vm: &Vm, _: Value, v: Value) -> PyResult {
    let c = character(vm, v)?;
    Ok(Owned::bool(u8::try_from(c).is_ok_and(|b| b.is_ascii_alphabetic())))
}

fn unicode_iscased(vm: &Vm, _: Value, v: Value) -> PyResult {
    let c = character(vm, v)?;
    // A character may have several for its upper case, like 'ß'.
    let changes = |mapped: unicode::Mapped| mapped.len() > 1 || mapped[0] != c;
    Ok(Owned::bool(changes(unicode::to_lower(c)) || changes(unicode::to_upper(c))))
}

fn ascii_tolower(vm: &Vm, _: Value, v: Value) -> PyResult {
    let c = character(vm, v)?;
    Ok(Owned::fixnum(i64::from(u8::try_from(c).map_or(c, |b| u32::from(b.to_ascii_lowercase())))))
}

fn unicode_tolower(vm: &Vm, _: Value, v: Value) -> PyResult {
    let c = character(vm, v)?;
    Ok(Owned::fixnum(i64::from(rustpython_sre_engine::string::lower_unicode(c))))
}
