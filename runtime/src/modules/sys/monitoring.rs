//! `sys.monitoring`: who watches the program, and which events they ask for. The events are found in
//! [`crate::interp::monitoring`].

use taipan_layout::Value;

use super::super::NativeModule;
use crate::interp::monitoring::{self, BRANCH, Event, LOCAL, TOOLS, WITH_CALL};
use crate::objects::code::{self, CodeObject};
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::{dict, is_instance, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub(super) static MODULE: NativeModule =
    NativeModule { name: "sys.monitoring", doc: "", functions: FUNCTIONS, fill };

const ALL_EVENTS: u32 = BRANCH | (BRANCH - 1);

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
    function0("restart_events", restart_events, ""),
    function0("_all_events", all_events, ""),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    crate::modules::set(vm, m, "__doc__", Value::NONE)?;
    let mut events: Vec<_> =
        Event::ALL.into_iter().map(|e| (e.name(), Value::fixnum(i64::from(e.bit())))).collect();
    events.push(("BRANCH", Value::fixnum(i64::from(BRANCH))));
    events.push(("NO_EVENTS", Value::fixnum(0)));
    crate::modules::set(vm, m, "events", *crate::modules::namespace::new(vm, &events)?)?;
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        crate::modules::set(vm, m, name, Value::fixnum(id))?;
    }
    let marker = |name| {
        let marker = protocol::call::positional(vm, vm.types.object.value(), &[])?;
        crate::modules::set(vm, m, name, *marker)?;
        PyResult::Ok(marker)
    };
    vm.monitoring.set_markers(marker("DISABLE")?, marker("MISSING")?);
    Ok(())
}

fn tool_id(vm: &Vm, v: Value) -> PyResult<usize> {
    let id = protocol::index::to_i32(vm, v)?;
    match usize::try_from(id) {
        Ok(tool) if tool < TOOLS => Ok(tool),
        _ => Err(vm.value_error(&format!("invalid tool {id} (must be between 0 and 5)"))),
    }
}

fn check_in_use(vm: &Vm, tool: usize) -> PyResult<()> {
    match vm.monitoring.tool_name(tool) {
        Some(_) => Ok(()),
        None => Err(vm.value_error(&format!("tool {tool} is not in use"))),
    }
}

fn use_tool_id(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let tool = tool_id(vm, args[0])?;
    if !is_instance(vm, args[1], vm.types.str) {
        return Err(vm.value_error("tool name must be a str"));
    }
    if vm.monitoring.tool_name(tool).is_some() {
        return Err(vm.value_error(&format!("tool {tool} is already in use")));
    }
    vm.monitoring.use_tool(tool, args[1].own());
    Ok(Owned::none())
}

fn clear_tool_id(vm: &Vm, _: Value, v: Value) -> PyResult {
    monitoring::clear_tool(vm, tool_id(vm, v)?);
    Ok(Owned::none())
}

fn free_tool_id(vm: &Vm, _: Value, v: Value) -> PyResult {
    monitoring::free_tool(vm, tool_id(vm, v)?);
    Ok(Owned::none())
}

fn get_tool(vm: &Vm, _: Value, v: Value) -> PyResult {
    Ok(vm.monitoring.tool_name(tool_id(vm, v)?).unwrap_or_else(Owned::none))
}

fn register_callback(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let tool = tool_id(vm, args[0])?;
    let event = protocol::index::to_i32(vm, args[1])?;
    if event <= 0 || event.count_ones() != 1 {
        return Err(vm.value_error("The callback can only be set for one event at a time"));
    }
    let f = || (!args[2].is_none()).then(|| args[2].own());
    let before = if event.cast_unsigned() == BRANCH {
        vm.monitoring.set_branch_callback(tool, f())
    } else {
        match Event::ALL.into_iter().find(|e| e.bit() == event.cast_unsigned()) {
            Some(event) => vm.monitoring.set_callback(tool, event, f()),
            None => return Err(vm.value_error(&format!("invalid event {event}"))),
        }
    };
    Ok(before.unwrap_or_else(Owned::none))
}

/// A set of events as they are asked for.
fn event_set(vm: &Vm, v: Value) -> PyResult<u32> {
    let set = protocol::index::to_i32(vm, v)?.cast_unsigned();
    if set & !ALL_EVENTS != 0 {
        return Err(vm.value_error(&format!("invalid event set 0x{set:x}")));
    }
    let call = WITH_CALL | Event::Call.bit();
    if set & WITH_CALL != 0 && set & call != call {
        return Err(vm.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    let both = if set & BRANCH != 0 { Event::BranchLeft.bit() | Event::BranchRight.bit() } else { 0 };
    Ok(set & !(WITH_CALL | BRANCH) | both)
}

fn get_events(vm: &Vm, _: Value, v: Value) -> PyResult {
    Ok(Owned::fixnum(i64::from(vm.monitoring.events(tool_id(vm, v)?))))
}

fn set_events(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let tool = tool_id(vm, args[0])?;
    let events = event_set(vm, args[1])?;
    check_in_use(vm, tool)?;
    monitoring::set_events(vm, tool, events);
    Ok(Owned::none())
}

fn code_argument(vm: &Vm, v: &Value) -> PyResult<&'static CodeObject> {
    if type_of(vm, *v) != vm.types.code {
        return Err(vm.type_error("code must be a code object"));
    }
    Ok(code::code_object(*v))
}

fn get_local_events(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let tool = tool_id(vm, args[0])?;
    let code = code_argument(vm, &args[1])?;
    Ok(Owned::fixnum(i64::from(vm.monitoring.local_events(tool, code))))
}

fn set_local_events(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let tool = tool_id(vm, args[0])?;
    let code = code_argument(vm, &args[1])?;
    let asked = protocol::index::to_i32(vm, args[2])?.cast_unsigned();
    let events = match event_set(vm, args[2]) {
        Err(raised) if asked & !ALL_EVENTS != 0 => {
            vm.discard(raised);
            asked
        }
        other => other?,
    };
    if events & !LOCAL != 0 {
        return Err(vm.value_error(&format!("invalid local event set 0x{events:x}")));
    }
    check_in_use(vm, tool)?;
    monitoring::set_local_events(vm, tool, code, events);
    Ok(Owned::none())
}

fn restart_events(vm: &Vm, _: Value) -> PyResult {
    monitoring::restart(vm);
    Ok(Owned::none())
}

fn all_events(vm: &Vm, _: Value) -> PyResult {
    let out = dict::new(vm)?;
    for (name, tools) in vm.monitoring.all_events() {
        dict::set_str(vm, *out, *str::intern(vm, name), Value::fixnum(i64::from(tools)))?;
    }
    Ok(out)
}
