//! `sys.monitoring`: who watches the program, and which events they ask for.
//!
//! Tools register themselves and their callbacks here. The interpreter does not report events yet: asking for any is
//! an error that says so, while a tool that asks for none (as `bdb` does when it is imported) works.
//!
//! The tools are a list of the interpreter's: None for a free number, else a dict of the tool's name (under None) and its
//! callbacks (under the event's bit).

use taipan_layout::Value;

use super::super::NativeModule;
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::{dict, is_instance, list, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub(super) static MODULE: NativeModule =
    NativeModule { name: "sys.monitoring", doc: "", functions: FUNCTIONS, fill };

/// The events by their bits.
const EVENTS: [(&str, i64); 20] = [
    ("PY_START", 1),
    ("PY_RESUME", 1 << 1),
    ("PY_RETURN", 1 << 2),
    ("PY_YIELD", 1 << 3),
    ("CALL", 1 << 4),
    ("LINE", 1 << 5),
    ("INSTRUCTION", 1 << 6),
    ("JUMP", 1 << 7),
    ("BRANCH_LEFT", 1 << 8),
    ("BRANCH_RIGHT", 1 << 9),
    ("STOP_ITERATION", 1 << 10),
    ("RAISE", 1 << 11),
    ("EXCEPTION_HANDLED", 1 << 12),
    ("PY_UNWIND", 1 << 13),
    ("PY_THROW", 1 << 14),
    ("RERAISE", 1 << 15),
    ("C_RETURN", 1 << 16),
    ("C_RAISE", 1 << 17),
    ("BRANCH", 1 << 18),
    ("NO_EVENTS", 0),
];
/// Events that are always asked for together with `CALL`.
const WITH_CALL: i64 = 1 << 16 | 1 << 17;
const ALL_EVENTS: i64 = (1 << 19) - 1;
const TOOLS: i64 = 6;

static FUNCTIONS: &[MethodSpec] = &[
    function("use_tool_id", "($module, tool_id, name, /)", use_tool_id, ""),
    function1("clear_tool_id", "($module, tool_id, /)", clear_tool_id, ""),
    function1("free_tool_id", "($module, tool_id, /)", free_tool_id, ""),
    function1("get_tool", "($module, tool_id, /)", get_tool, ""),
    function("register_callback", "($module, tool_id, event, func, /)", register_callback, ""),
    function1("get_events", "($module, tool_id, /)", get_events, ""),
    function("set_events", "($module, tool_id, event_set, /)", set_events, ""),
    function("get_local_events", "($module, tool_id, code, /)", get_local_events, ""),
    function("set_local_events", "($module, tool_id, code, event_set, /)", set_local_events, ""),
    function0("restart_events", |_, _| Ok(Owned::none()), ""),
    function0("_all_events", |vm, _| dict::new(vm), ""),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    let events = EVENTS.map(|(name, bit)| (name, Value::fixnum(bit)));
    crate::modules::set(vm, m, "events", *crate::modules::namespace::new(vm, &events)?)?;
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        crate::modules::set(vm, m, name, Value::fixnum(id))?;
    }
    for name in ["DISABLE", "MISSING"] {
        crate::modules::set(vm, m, name, *protocol::call::positional(vm, vm.types.object.value(), &[])?)?;
    }
    Ok(())
}

/// The list of tools.
fn tools(vm: &Vm) -> PyResult {
    if let Some(all) = vm.state.monitoring_tools.get() {
        return Ok(all.own());
    }
    let all = list::new(vm, (0..TOOLS).map(|_| Owned::none()).collect())?;
    vm.state.monitoring_tools.set(Some(all.clone().into_value()));
    Ok(all)
}

fn tool_id(vm: &Vm, v: Value) -> PyResult<usize> {
    let id = protocol::index::to_i32(vm, v)?;
    if !(0..TOOLS).contains(&i64::from(id)) {
        return Err(vm.value_error(&format!("invalid tool {id} (must be between 0 and 5)")));
    }
    Ok(id as usize)
}

/// What is known of a tool, when its number is in use.
fn tool(vm: &Vm, id: usize) -> PyResult<Option<Owned>> {
    Ok(list::get(*tools(vm)?, id).filter(|t| !t.is_none()))
}

fn put(vm: &Vm, id: usize, v: Value) -> PyResult<()> {
    protocol::item::set(vm, *tools(vm)?, Value::fixnum(id as i64), v)
}

fn use_tool_id(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let id = tool_id(vm, args[0])?;
    if !is_instance(vm, args[1], vm.types.str) {
        return Err(vm.value_error("tool name must be a str"));
    }
    if tool(vm, id)?.is_some() {
        return Err(vm.value_error(&format!("tool {id} is already in use")));
    }
    let entry = dict::new(vm)?;
    dict::set(vm, *entry, Value::NONE, args[1])?;
    put(vm, id, *entry)?;
    Ok(Owned::none())
}

fn clear_tool_id(vm: &Vm, _: Value, v: Value) -> PyResult {
    let id = tool_id(vm, v)?;
    if let Some(old) = tool(vm, id)? {
        let entry = dict::new(vm)?;
        if let Some(name) = dict::get(vm, *old, Value::NONE)? {
            dict::set(vm, *entry, Value::NONE, *name)?;
        }
        put(vm, id, *entry)?;
    }
    Ok(Owned::none())
}

fn free_tool_id(vm: &Vm, _: Value, v: Value) -> PyResult {
    put(vm, tool_id(vm, v)?, Value::NONE)?;
    Ok(Owned::none())
}

fn get_tool(vm: &Vm, _: Value, v: Value) -> PyResult {
    match tool(vm, tool_id(vm, v)?)? {
        Some(entry) => Ok(dict::get(vm, *entry, Value::NONE)?.map_or_else(Owned::none, |name| name.own())),
        None => Ok(Owned::none()),
    }
}

fn register_callback(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let id = tool_id(vm, args[0])?;
    let event = protocol::index::to_i32(vm, args[1])?;
    if event <= 0 || event.count_ones() != 1 {
        return Err(vm.value_error("The callback can only be set for one event at a time"));
    }
    if i64::from(event) & ALL_EVENTS == 0 {
        return Err(vm.value_error(&format!("invalid event {event}")));
    }
    let Some(entry) = tool(vm, id)? else { return Ok(Owned::none()) };
    let key = Value::fixnum(i64::from(event));
    let before = dict::get(vm, *entry, key)?.map_or_else(Owned::none, |f| f.own());
    dict::set(vm, *entry, key, args[2])?;
    Ok(before)
}

fn in_use(vm: &Vm, v: Value) -> PyResult<()> {
    let id = tool_id(vm, v)?;
    if tool(vm, id)?.is_none() {
        return Err(vm.value_error(&format!("tool {id} is not in use")));
    }
    Ok(())
}

fn get_events(vm: &Vm, _: Value, v: Value) -> PyResult {
    in_use(vm, v)?;
    Ok(Owned::fixnum(0))
}

fn check_events(vm: &Vm, v: Value) -> PyResult<()> {
    let set = i64::from(protocol::index::to_i32(vm, v)?);
    if !(0..=ALL_EVENTS).contains(&set) {
        return Err(vm.value_error(&format!("invalid event set 0x{set:x}")));
    }
    if set & WITH_CALL != 0 && set & WITH_CALL != WITH_CALL {
        return Err(vm.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    if set != 0 {
        let text = "sys.monitoring: events are not reported yet";
        return Err(vm.raise(vm.types.not_implemented_error, text));
    }
    Ok(())
}

fn set_events(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    tool_id(vm, args[0])?;
    check_events(vm, args[1])?;
    in_use(vm, args[0])?;
    Ok(Owned::none())
}

fn check_code(vm: &Vm, v: Value) -> PyResult<()> {
    if type_of(vm, v) != vm.types.code {
        return Err(vm.type_error("code must be a code object"));
    }
    Ok(())
}

fn get_local_events(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    check_code(vm, args[1])?;
    in_use(vm, args[0])?;
    Ok(Owned::fixnum(0))
}

fn set_local_events(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    check_code(vm, args[1])?;
    check_events(vm, args[2])?;
    in_use(vm, args[0])?;
    Ok(Owned::none())
}
