//! Nodes of the compiler → objects of `_ast`'s classes.

use taipan_frontend::syntax_tree::asdl::{self, Arity};
use taipan_frontend::syntax_tree::{Node, Value as Field};
use taipan_layout::Value;

use super::Classes;
use crate::args::Args;
use crate::objects::{code, list, object, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// The object for a tree.
pub fn make(vm: &Vm, node: &Node) -> PyResult {
    Maker { vm, classes: Classes::default(), singletons: Default::default() }.node(node)
}

struct Maker<'v> {
    vm: &'v Vm,
    classes: Classes,
    /// Nodes without fields, of which one stands for all of a tree.
    singletons: rustc_hash::FxHashMap<&'static str, Owned>,
}

impl Maker<'_> {
    fn node(&mut self, node: &Node) -> PyResult {
        stacker::maybe_grow(128 << 10, 1 << 20, || self.node_here(node))
    }

    fn node_here(&mut self, node: &Node) -> PyResult {
        let vm = self.vm;
        let Some(table) = asdl::class(node.class) else {
            return Err(vm.system_error(&format!("the syntax tree has no {}", node.class)));
        };
        let simple = table.fields.is_empty() && table.located().is_none();
        if simple && let Some(known) = self.singletons.get(node.class) {
            return Ok(known.clone());
        }
        let class = self.classes.get(vm, table.name)?;
        let object = object::object_new(vm, class, Args::EMPTY)?;
        for field in &table.fields {
            let value = match (node.get(field.name), field.arity) {
                (Some(value), _) => self.field(value)?,
                (None, Arity::List) => list::new(vm, Vec::new())?,
                (None, _) => Owned::none(),
            };
            protocol::attr::set(vm, *object, *str::intern(vm, field.name), *value)?;
        }
        if table.located().is_some()
            && let Some(loc) = node.loc
        {
            let places = [
                ("lineno", loc.line),
                ("col_offset", loc.col),
                ("end_lineno", loc.end_line),
                ("end_col_offset", loc.end_col),
            ];
            for (name, n) in places {
                let n = Value::fixnum(i64::from(n));
                protocol::attr::set(vm, *object, *str::intern(vm, name), n)?;
            }
        }
        if simple {
            self.singletons.insert(table.name, object.value().own());
        }
        Ok(object)
    }

    fn field(&mut self, value: &Field) -> PyResult {
        let vm = self.vm;
        match value {
            Field::Node(node) => self.node(node),
            Field::List(items) => {
                let made = items.iter().map(|item| self.field(item)).collect::<PyResult<Vec<_>>>()?;
                list::new(vm, made)
            }
            Field::None => Ok(Owned::none()),
            Field::Int(n) => Ok(Owned::fixnum(*n)),
            Field::Str(text) => match text.as_str() {
                Some(text) => Ok(str::intern(vm, text)),
                None => str::from_wtf8(vm, text.as_wtf8()),
            },
            Field::Constant(constant) => code::constant_object(vm, constant),
        }
    }
}
