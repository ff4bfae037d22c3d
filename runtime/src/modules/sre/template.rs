//! Replacement templates: literals and groups in turn, as `re._parser.parse_template` gives them.

use taipan_layout::Value;

use super::engine::{Found, Subject};
use super::pattern::pattern;
use crate::modules::native;
use crate::objects::spec::{TypeSpec, tp_flags};
use crate::objects::{is_instance, list, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[derive(Default)]
pub struct Template {
    first: Option<Owned>,
    /// A group (0: the whole match) and the literal behind it.
    rest: Vec<(usize, Option<Owned>)>,
}

impl native::Data for Template {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        native::Visit::visit_with(&self.first, visit);
        self.rest.iter().for_each(|(_, literal)| native::Visit::visit_with(literal, visit));
    }
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "_sre.SRE_Template",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: native::slots::<Template>(),
    ..native::spec::<Template>()
};

pub fn make(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let invalid = || vm.type_error("invalid template");
    if !is_instance(vm, args[1], vm.types.list) || list::len(args[1]).is_multiple_of(2) {
        return Err(invalid());
    }
    let items: Vec<Owned> = list::items(&args[1]).iter().map(|v| v.own()).collect();
    let literal =
        |v: &Owned| -> PyResult<Option<Owned>> { Ok((protocol::item::len(vm, **v)? > 0).then(|| v.clone())) };
    if items.len() == 1 {
        return Ok(items[0].clone());
    }
    let groups = pattern(args[0]).groups;
    let mut data = Template { first: literal(&items[0])?, rest: Vec::new() };
    for pair in items[1..].chunks_exact(2) {
        if type_of(vm, *pair[0]).slots().index.is_none() {
            return Err(vm.type_error("an integer is required"));
        }
        let group = protocol::index::to_isize(vm, *pair[0])?;
        let group = usize::try_from(group).map_err(|_| invalid())?;
        if group > groups {
            return Err(invalid());
        }
        data.rest.push((group, literal(&pair[1])?));
    }
    native::new(vm, vm.types.sre_template, data)
}

/// Adds what the template makes of a match.
pub fn expand_into(
    vm: &Vm,
    template: Value,
    subject: &Subject,
    found: &Found,
    parts: &mut Vec<Owned>,
) -> PyResult<()> {
    let t = native::data::<Template>(template);
    parts.extend(t.first.clone());
    for (group, literal) in &t.rest {
        let place = match group {
            0 => Some((found.start, found.end)),
            n => found.groups.get(n - 1).copied().flatten(),
        };
        if let Some((start, end)) = place {
            parts.push(subject.part(vm, start, end)?);
        }
        parts.extend(literal.clone());
    }
    Ok(())
}
