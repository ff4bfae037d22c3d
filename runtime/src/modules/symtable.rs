//! `_symtable`: the compiler's scopes, for `symtable`.

use taipan_frontend::inspect::{SCOPE_OFFSET, ScopeTree};
use taipan_frontend::{Flags, Mode};
use taipan_layout::Value;

use super::native::{self, native_data};
use super::{NativeModule, set};
use crate::objects::spec::{MethodSpec, TypeSpec, function, getter, tp_flags};
use crate::objects::{Slots, bytes, dict, is_instance, list, str};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_symtable",
    doc: "",
    functions: FUNCTIONS,
    fill: |vm, m| {
        crate::objects::ready(vm, vm.types.symtable_entry, &ENTRY);
        NUMBERS.iter().try_for_each(|(name, n)| set(vm, m, name, Value::fixnum(*n)))
    },
};

static NUMBERS: &[(&str, i64)] = &[
    ("USE", 1 << 4),
    ("DEF_GLOBAL", 1),
    ("DEF_LOCAL", 1 << 1),
    ("DEF_PARAM", 1 << 2),
    ("DEF_NONLOCAL", 1 << 3),
    ("DEF_FREE_CLASS", 1 << 6),
    ("DEF_IMPORT", 1 << 7),
    ("DEF_ANNOT", 1 << 8),
    ("DEF_COMP_ITER", 1 << 9),
    ("DEF_TYPE_PARAM", 1 << 10),
    ("DEF_COMP_CELL", 1 << 11),
    ("DEF_BOUND", 1 << 1 | 1 << 2 | 1 << 7),
    ("SCOPE_OFF", SCOPE_OFFSET as i64),
    ("SCOPE_MASK", 15),
    ("LOCAL", 1),
    ("GLOBAL_EXPLICIT", 2),
    ("GLOBAL_IMPLICIT", 3),
    ("FREE", 4),
    ("CELL", 5),
    ("TYPE_FUNCTION", 0),
    ("TYPE_CLASS", 1),
    ("TYPE_MODULE", 2),
    ("TYPE_ANNOTATION", 3),
    ("TYPE_TYPE_ALIAS", 4),
    ("TYPE_TYPE_PARAMETERS", 5),
    ("TYPE_TYPE_VARIABLE", 6),
];

static FUNCTIONS: &[MethodSpec] = &[function(
    "symtable",
    "($module, source, filename, startstr, /)",
    symtable,
    "The scopes of a source and what names are in them.",
)];

#[derive(Default)]
pub struct Entry {
    name: Option<Owned>,
    symbols: Option<Owned>,
    varnames: Option<Owned>,
    children: Option<Owned>,
    kind: u8,
    line: i32,
    nested: bool,
}
native_data!(Entry: name, symbols, varnames, children);

fn of<'a>(v: Value) -> &'a mut Entry {
    native::data::<Entry>(v)
}

fn part(part: &Option<Owned>) -> PyResult {
    Ok(part.clone().unwrap_or_else(Owned::none))
}

pub static ENTRY: TypeSpec = TypeSpec {
    name: "symtable entry",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots { repr: Some(repr), ..native::slots::<Entry>() },
    getset: &[
        getter("id", |_, this| Ok(Owned::fixnum((this.0 >> 4) as i64)), ""),
        getter("name", |_, this| part(&of(this).name), ""),
        getter("symbols", |_, this| part(&of(this).symbols), ""),
        getter("varnames", |_, this| part(&of(this).varnames), ""),
        getter("children", |_, this| part(&of(this).children), ""),
        getter("nested", |_, this| Ok(Owned::fixnum(i64::from(of(this).nested))), ""),
        getter("type", |_, this| Ok(Owned::fixnum(i64::from(of(this).kind))), ""),
        getter("lineno", |_, this| Ok(Owned::fixnum(i64::from(of(this).line))), ""),
    ],
    ..native::spec::<Entry>()
};

fn repr(vm: &Vm, this: Value) -> PyResult {
    let entry = of(this);
    let name = entry.name.as_ref().map_or_else(String::new, |n| str::to_string_lossy(**n));
    str::new(vm, &format!("<symtable entry {name}({}), line {}>", this.0 >> 4, entry.line))
}

fn symtable(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let text = if is_instance(vm, args[0], vm.types.str) {
        str::to_string_lossy(args[0]).into_bytes()
    } else if bytes::is_bytes_like(vm, args[0]) {
        bytes::buffer(vm, args[0])?.as_slice().to_vec()
    } else {
        return Err(vm.type_error("symtable() arg 1 must be a string or bytes object"));
    };
    if text.contains(&0) {
        return Err(vm.raise(vm.types.syntax_error, "source code string cannot contain null bytes"));
    }
    let path = super::posix::fspath(vm, args[1])?;
    let filename = String::from_utf8_lossy(&super::posix::encode(vm, *path)?).into_owned();
    let mode = match str::to_string_lossy(args[2]).as_str() {
        "exec" => Mode::Module,
        "eval" => Mode::Expression,
        "single" => Mode::Interactive,
        _ => return Err(vm.value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'")),
    };
    let max_digits = crate::objects::int::text::max_str_digits(vm);
    let flags = Flags { optimize: vm.config.optimize, max_digits, ..Flags::default() };
    match (crate::parts::compiler(vm)?.scopes)(&text, mode, flags) {
        Ok(tree) => make(vm, &tree),
        Err(error) => Err(super::builtins::source::compile_error(vm, &error, &filename)),
    }
}

fn make(vm: &Vm, tree: &ScopeTree) -> PyResult {
    vm.check_native_stack(" while making a symbol table")?;
    let symbols = dict::new(vm)?;
    for (name, bits) in &tree.symbols {
        dict::set_str(vm, *symbols, *str::intern(vm, name), Value::fixnum(i64::from(*bits)))?;
    }
    let varnames = tree.varnames.iter().map(|name| str::intern(vm, name)).collect();
    let children = tree.children.iter().map(|child| make(vm, child)).collect::<PyResult<Vec<_>>>()?;
    let entry = Entry {
        name: Some(str::new(vm, &tree.name)?),
        symbols: Some(symbols),
        varnames: Some(list::new(vm, varnames)?),
        children: Some(list::new(vm, children)?),
        kind: tree.kind,
        line: tree.line,
        nested: tree.nested,
    };
    native::new(vm, vm.types.symtable_entry, entry)
}
