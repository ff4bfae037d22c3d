//! Objects of `_ast`'s classes → nodes.
//!
//! Objects are read as they are, by the names of their fields: a class of a program's own that inherits from a node's class
//! counts as that. What is missing or of the wrong type is reported as CPython does.

use taipan_frontend::ast::Loc;
use taipan_frontend::syntax_tree::asdl::{self, Arity, Class};
use taipan_frontend::syntax_tree::{Node, Value as Field};
use taipan_frontend::{Constant, PyText};
use taipan_layout::Value;

use super::Classes;
use crate::objects::{code, int, list, set, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// Whether `v` is a node of a syntax tree. Without `_ast` there are none.
pub fn is_node(vm: &Vm, v: Value) -> PyResult<bool> {
    match crate::modules::attribute(vm, "_ast", "AST") {
        Some(base) => protocol::object::is_instance(vm, v, *base),
        None => Ok(false),
    }
}

/// The tree that `compile()` was given, a node of the class `wanted`.
pub fn read(vm: &Vm, v: Value, wanted: &'static str) -> PyResult<Node> {
    let mut reader = Reader { vm, classes: Classes::default() };
    let class = reader.classes.get(vm, wanted)?;
    if !protocol::object::is_instance(vm, v, class)? {
        let got = type_of(vm, v).short_name();
        return Err(vm.type_error(&format!("expected {wanted} node, got {got}")));
    }
    let table = asdl::class(wanted).ok_or_else(|| vm.system_error("the table has no modules"))?;
    reader.fields(v, table, None)
}

/// The classes of a sum, in the order of the table.
fn members(base: &str) -> impl Iterator<Item = &'static Class> {
    asdl::TABLE.lines().filter_map(move |line| {
        let (name, rest) = line.split_once('(')?;
        let (found, _) = rest.split_once(')')?;
        (found == base).then(|| asdl::class(name)).flatten()
    })
}

struct Reader<'v> {
    vm: &'v Vm,
    classes: Classes,
}

impl Reader<'_> {
    fn attribute(&self, v: Value, name: &str) -> PyResult<Option<Owned>> {
        protocol::attr::get_optional(self.vm, v, *str::intern(self.vm, name))
    }

    #[cold]
    fn missing(&self, field: &str, class: &str) -> Raised {
        self.vm.type_error(&format!("required field \"{field}\" missing from {class}"))
    }

    /// A node of a class or of one of a sum's classes; None is nothing.
    fn node(&mut self, v: Value, kind: &'static str) -> PyResult<Field> {
        if v.is_none() {
            return Ok(Field::None);
        }
        self.vm.check_native_stack(&format!(" while traversing '{kind}' node"))?;
        stacker::maybe_grow(128 << 10, 1 << 20, || self.node_here(v, kind)).map(Field::Node)
    }

    fn node_here(&mut self, v: Value, kind: &'static str) -> PyResult<Node> {
        let vm = self.vm;
        if let Some(class) = asdl::class(kind)
            && class.is_product()
        {
            return self.fields(v, class, None);
        }
        let owner = asdl::LOCATED.iter().copied().find(|name| *name == kind);
        let loc = owner.map(|owner| self.location(v, owner)).transpose()?;
        // The usual case: exactly one of the classes.
        let name = type_of(vm, v).short_name();
        if let Some(class) = asdl::class(&name).filter(|class| class.base == kind)
            && self.classes.get(vm, class.name)? == type_of(vm, v).value()
        {
            return self.fields(v, class, loc);
        }
        for class in members(kind) {
            let ty = self.classes.get(vm, class.name)?;
            if protocol::object::is_instance(vm, v, ty)? {
                return self.fields(v, class, loc);
            }
        }
        let shown = protocol::object::repr_string(vm, v)?;
        Err(vm.type_error(&format!("expected some sort of {kind}, but got {shown}")))
    }

    /// The fields of a node. Positions come before them, but after them where a node has but one class.
    fn fields(&mut self, v: Value, class: &'static Class, loc: Option<Loc>) -> PyResult<Node> {
        let mut node = Node { class: class.name, loc, fields: Vec::with_capacity(class.fields.len()) };
        for field in &class.fields {
            let found = self.attribute(v, field.name)?;
            let value = match (found, field.arity) {
                (None, Arity::Optional) => Field::None,
                (None, Arity::List) => Field::List(Vec::new()),
                // A context is to load unless it says otherwise.
                (None, Arity::One) if field.kind == "expr_context" => Field::Node(Node::new("Load")),
                (None, Arity::One) => return Err(self.missing(field.name, class.name)),
                (Some(found), Arity::List) => self.list(*found, class.name, field)?,
                (Some(found), Arity::Optional) if found.is_none() => Field::None,
                (Some(found), _) => self.value(*found, field.kind)?,
            };
            node.fields.push((field.name, value));
        }
        if node.loc.is_none() {
            node.loc = class.located().map(|owner| self.location(v, owner)).transpose()?;
        }
        Ok(node)
    }

    fn list(&mut self, v: Value, owner: &str, field: &asdl::Field) -> PyResult<Field> {
        let vm = self.vm;
        if !list::is_list(vm, v) {
            let got = type_of(vm, v).short_name();
            let name = field.name;
            return Err(vm.type_error(&format!("{owner} field \"{name}\" must be a list, not a {got}")));
        }
        let count = list::len(v);
        let mut items = Vec::with_capacity(count);
        for i in 0..count {
            let item = list::get(v, i);
            let Some(item) = item.filter(|_| list::len(v) == count) else {
                let text = format!("{owner} field \"{}\" changed size during iteration", field.name);
                return Err(vm.runtime_error(&text));
            };
            items.push(self.value(*item, field.kind)?);
        }
        Ok(Field::List(items))
    }

    fn value(&mut self, v: Value, kind: &'static str) -> PyResult<Field> {
        match kind {
            "str" => self.identifier(v),
            "int" => self.number(v).map(Field::Int),
            "object" => self.constant(v).map(Field::Constant),
            _ => self.node(v, kind),
        }
    }

    fn number(&self, v: Value) -> PyResult<i64> {
        if !int::is_int(self.vm, v) {
            let shown = protocol::object::repr_string(self.vm, v)?;
            return Err(self.vm.value_error(&format!("invalid integer value: {shown}")));
        }
        Ok(i64::from(protocol::index::to_i32(self.vm, v)?))
    }

    fn identifier(&self, v: Value) -> PyResult<Field> {
        if v.is_none() {
            return Ok(Field::None);
        }
        if type_of(self.vm, v) != self.vm.types.str {
            return Err(self.vm.type_error("AST identifier must be of type str"));
        }
        Ok(Field::Str(PyText::from_wtf8(&str::to_wtf8(v))))
    }

    fn constant(&self, v: Value) -> PyResult<Constant> {
        match code::constant_of(self.vm, v)? {
            Some(constant) => Ok(constant),
            None => {
                let got = type_of(self.vm, *self.no_constant(v)?).name_str();
                Err(self.vm.type_error(&format!("got an invalid type in Constant: {got}")))
            }
        }
    }

    /// What it is in a tuple or frozenset that cannot be a constant.
    fn no_constant(&self, v: Value) -> PyResult<Owned> {
        let types = &self.vm.types;
        let ty = type_of(self.vm, v);
        let items = match () {
            _ if ty == types.tuple => tuple::items(&v).iter().map(|v| v.own()).collect(),
            _ if ty == types.frozenset => set::snapshot(v),
            _ => Vec::new(),
        };
        for item in items {
            if code::constant_of(self.vm, *item)?.is_none() {
                return self.no_constant(*item);
            }
        }
        Ok(v.own())
    }

    fn location(&self, v: Value, owner: &'static str) -> PyResult<Loc> {
        let required = |name: &str| match self.attribute(v, name)? {
            Some(n) => self.number(*n).map(|n| n as i32),
            None => Err(self.missing(name, owner)),
        };
        let (line, col) = (required("lineno")?, required("col_offset")?);
        let end = |name: &str, default: i32| match self.attribute(v, name)? {
            Some(n) if !n.is_none() => self.number(*n).map(|n| n as i32),
            None if asdl::ENDED.contains(&owner) => Err(self.missing(name, owner)),
            _ => Ok(default),
        };
        let (end_line, end_col) = (end("end_lineno", line)?, end("end_col_offset", col)?);
        Ok(Loc::new(line, end_line, col, end_col))
    }
}
