//! `str.format` and `str.format_map`: the template language of PEP 3101. `taipan_text` reads the templates; this looks the
//! values of the fields up and formats them.

use taipan_layout::Value;
use taipan_text::spec::template::{
    Argument, Field, FieldName, MAX_NESTING, Markups, Numbering, Step, Steps, unknown_conversion,
};

use super::build::{StrBuilder, from_view};
use super::kinds::{StrView, Unit, is_exact, view, with_units};
use crate::args::Args;
use crate::objects::int;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// Where the values of fields come from.
enum Source<'a> {
    Call(Args<'a>),
    Mapping(Value),
}

struct Formatter<'a> {
    vm: &'a Vm,
    source: Source<'a>,
    numbering: Numbering,
    /// The template that is being expanded, when it is the outermost one.
    whole: Option<Owned>,
}

/// `str.format(*args, **kwargs)`.
pub(super) fn method_format(vm: &Vm, this: Value, args: Args) -> PyResult {
    run(vm, this, Source::Call(args))
}

/// `str.format_map(mapping)`.
pub(super) fn method_format_map(vm: &Vm, this: Value, mapping: Value) -> PyResult {
    run(vm, this, Source::Mapping(mapping))
}

fn run(vm: &Vm, template: Value, source: Source<'_>) -> PyResult {
    let mut out = StrBuilder::with_capacity(super::length(template) + 16);
    let whole = Some(template.own());
    let mut formatter = Formatter { vm, source, numbering: Numbering::default(), whole };
    with_units!(view(&template), units => formatter.expand(units, MAX_NESTING, &mut out))?;
    out.finish(vm)
}

impl Formatter<'_> {
    /// Appends `template` with its fields replaced; specs nest `depth` levels deep.
    fn expand<U: Unit>(&mut self, template: &[U], depth: usize, out: &mut StrBuilder) -> PyResult<()> {
        if depth == 0 {
            return Err(self.vm.value_error("Max string recursion exceeded"));
        }
        for markup in Markups::new(template) {
            let markup = markup.map_err(|e| int::arith::raise(self.vm, e))?;
            match &self.whole {
                Some(whole) if markup.literal == (0..template.len()) => out.push_whole(**whole),
                _ => out.push_view(U::view(&template[markup.literal])),
            }
            if let Some(field) = markup.field {
                self.replace(template, field, depth, out)?;
            }
        }
        Ok(())
    }

    fn replace<U: Unit>(
        &mut self,
        template: &[U],
        field: Field,
        depth: usize,
        out: &mut StrBuilder,
    ) -> PyResult<()> {
        let vm = self.vm;
        let mut value = self.value(&template[field.name])?;
        if let Some(c) = field.conversion {
            value = match char::from_u32(c) {
                Some('r') => protocol::object::repr(vm, *value)?,
                Some('s') => protocol::object::str(vm, *value)?,
                Some('a') => super::ascii_repr(vm, *value)?,
                _ => return Err(int::arith::raise(vm, unknown_conversion(c))),
            };
        }
        let spec = &template[field.spec];
        if field.spec_is_template {
            let mut expanded = StrBuilder::new();
            let outer = self.whole.take();
            self.expand(spec, depth - 1, &mut expanded)?;
            self.whole = outer;
            return push_formatted(vm, *value, expanded.view(), out);
        }
        push_formatted(vm, *value, U::view(spec), out)
    }

    fn value<U: Unit>(&mut self, name: &[U]) -> PyResult {
        let vm = self.vm;
        let parsed = FieldName::parse(name).map_err(|e| int::arith::raise(vm, e))?;
        let number = self.numbering.resolve(&parsed.argument).map_err(|e| int::arith::raise(vm, e))?;
        let first = match &parsed.argument {
            Argument::Keyword(range) => U::view(&name[range.clone()]),
            _ => StrView::EMPTY,
        };
        let mut value = self.start(first, number)?;
        for step in Steps::new(name, parsed.rest) {
            value = match step.map_err(|e| int::arith::raise(vm, e))? {
                Step::Attribute(range) => {
                    let attribute = from_view(vm, U::view(&name[range]))?;
                    protocol::attr::get(vm, *value, *super::intern_value(vm, *attribute))?
                }
                Step::Index(n) => protocol::item::get(vm, *value, *int::from_usize(vm, n)?)?,
                Step::Key(range) => {
                    let key = from_view(vm, U::view(&name[range]))?;
                    protocol::item::get(vm, *value, *key)?
                }
            };
        }
        Ok(value)
    }

    fn start(&self, keyword: StrView<'_>, number: Option<usize>) -> PyResult {
        let vm = self.vm;
        match (&self.source, number) {
            (Source::Call(args), Some(n)) => args.pos().get(n).map(|v| v.own()).ok_or_else(|| {
                let message = format!("Replacement index {n} out of range for positional args tuple");
                vm.index_error(&message)
            }),
            (Source::Call(args), None) => {
                for (name, value) in args.keywords() {
                    if view(&name).equals(keyword) {
                        return Ok(value.own());
                    }
                }
                let key = from_view(vm, keyword)?;
                Err(vm.key_error(*key))
            }
            (Source::Mapping(_), Some(_)) => Err(vm.value_error("Format string contains positional fields")),
            (Source::Mapping(mapping), None) => {
                let key = from_view(vm, keyword)?;
                protocol::item::get(vm, *mapping, *key)
            }
        }
    }
}

/// Appends `format(value, spec)`.
fn push_formatted(vm: &Vm, value: Value, spec: StrView<'_>, out: &mut StrBuilder) -> PyResult<()> {
    if is_exact(value) && spec.is_empty() {
        out.push_whole(value);
        return Ok(());
    }
    let spec = if spec.is_empty() { super::empty(vm) } else { from_view(vm, spec)? };
    let text = protocol::object::format(vm, value, *spec)?;
    out.push_whole(*text);
    Ok(())
}
