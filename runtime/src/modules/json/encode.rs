//! `make_encoder`: objects → a document, in one piece.

use taipan_layout::Value;

use super::{class_or, is_own, text};
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{Member, MemberType, TypeSpec, member};
use crate::objects::str::{self, StrBuilder, StrView};
use crate::objects::{Slots, dict, exceptions, float, int, is_instance, list, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// How strings are written.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Quoting {
    /// By `encode_basestring_ascii`.
    Ascii,
    /// By `encode_basestring`.
    Plain,
    /// By a function of the program's.
    #[default]
    Called,
}

#[repr(C)]
#[derive(Default)]
pub struct Encoder {
    /// A dict of what is being written, by identity; or None.
    markers: Option<Owned>,
    default: Option<Owned>,
    encoder: Option<Owned>,
    indent: Option<Owned>,
    key_separator: Option<Owned>,
    item_separator: Option<Owned>,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    quoting: Quoting,
}
native_data!(Encoder: markers, default, encoder, indent, key_separator, item_separator);

const fn offset(of: usize) -> usize {
    native::data_offset::<Encoder>() + of
}

const fn object(name: &'static str, of: usize) -> Member {
    member(name, MemberType::ObjectOrNone, offset(of), true)
}

static MEMBERS: &[Member] = &[
    object("markers", std::mem::offset_of!(Encoder, markers)),
    object("default", std::mem::offset_of!(Encoder, default)),
    object("encoder", std::mem::offset_of!(Encoder, encoder)),
    object("indent", std::mem::offset_of!(Encoder, indent)),
    object("key_separator", std::mem::offset_of!(Encoder, key_separator)),
    object("item_separator", std::mem::offset_of!(Encoder, item_separator)),
    member("sort_keys", MemberType::Bool, offset(std::mem::offset_of!(Encoder, sort_keys)), true),
    member("skipkeys", MemberType::Bool, offset(std::mem::offset_of!(Encoder, skipkeys)), true),
];

pub static ENCODER: TypeSpec = TypeSpec {
    name: "_json.Encoder",
    doc: "What json.JSONEncoder writes with: markers, default, encoder, indent, both separators, sort_keys, skipkeys, allow_nan.",
    slots: Slots { new: Some(new), call: Some(call), ..native::slots::<Encoder>() },
    members: MEMBERS,
    ..native::spec::<Encoder>()
};

const SIGNATURE: &str =
    "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)";

fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let (a, _keep): ([Value; 9], _) = native::bind(vm, "make_encoder", SIGNATURE, args)?;
    for (position, v) in [(5, a[4]), (6, a[5])] {
        if !str::is_str(vm, v) {
            let got = type_of(vm, v).name_str();
            return Err(vm.type_error(&format!("make_encoder() argument {position} must be str, not {got}")));
        }
    }
    if !a[0].is_none() && !is_instance(vm, a[0], vm.types.dict) {
        let got = type_of(vm, a[0]).name_str();
        return Err(vm.type_error(&format!("make_encoder() argument 1 must be dict or None, not {got}")));
    }
    let quoting = if is_own(vm, a[2], "encode_basestring_ascii") {
        Quoting::Ascii
    } else if is_own(vm, a[2], "encode_basestring") {
        Quoting::Plain
    } else {
        Quoting::Called
    };
    let flag = |v: Value| protocol::compare::is_true(vm, v);
    let encoder = Encoder {
        markers: Some(a[0].own()),
        default: Some(a[1].own()),
        encoder: Some(a[2].own()),
        indent: Some(a[3].own()),
        key_separator: Some(a[4].own()),
        item_separator: Some(a[5].own()),
        sort_keys: flag(a[6])?,
        skipkeys: flag(a[7])?,
        allow_nan: flag(a[8])?,
        quoting,
    };
    native::new(vm, class_or(vm, cls, vm.types.json_encoder), encoder)
}

fn call(vm: &Vm, this: Value, args: Args) -> PyResult {
    let ([object, level], _keep) = native::bind(vm, "_iterencode", "(obj, _current_indent_level)", args)?;
    let level = protocol::index::to_isize(vm, level)?.max(0);
    let e = native::data::<Encoder>(this);
    let (Some(default), Some(encoder), Some(key_separator), Some(item_separator)) =
        (e.default.clone(), e.encoder.clone(), e.key_separator.clone(), e.item_separator.clone())
    else {
        return Err(vm.system_error("the encoder was cleared"));
    };
    let mut run = Run {
        vm,
        out: StrBuilder::new(),
        markers: e.markers.clone().filter(|m| !m.is_none()),
        default,
        encoder,
        indent: e.indent.clone().filter(|i| !i.is_none()),
        key_separator,
        item_separator,
        sort_keys: e.sort_keys,
        skipkeys: e.skipkeys,
        allow_nan: e.allow_nan,
        quoting: e.quoting,
    };
    run.value(object, level)?;
    let document = run.out.finish(vm)?;
    tuple::from_owned(vm, vec![document])
}

/// One document that is being written.
struct Run<'a> {
    vm: &'a Vm,
    out: StrBuilder,
    markers: Option<Owned>,
    default: Owned,
    encoder: Owned,
    indent: Option<Owned>,
    key_separator: Owned,
    item_separator: Owned,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    quoting: Quoting,
}

impl Run<'_> {
    fn push(&mut self, ascii: &[u8]) {
        self.out.push_view(StrView::One(ascii));
    }

    fn value(&mut self, v: Value, level: isize) -> PyResult<()> {
        let vm = self.vm;
        if self.scalar(v)? {
            return Ok(());
        }
        vm.check_native_stack(" while encoding a JSON object")?;
        if is_instance(vm, v, vm.types.list) || is_instance(vm, v, vm.types.tuple) {
            return self.array(v, level);
        }
        if is_instance(vm, v, vm.types.dict) {
            return self.object(v, level);
        }
        let marker = self.mark(v)?;
        let replaced = protocol::call::positional(vm, *self.default, &[v])?;
        let written = self.value(*replaced, level);
        written.map_err(|raised| self.note(raised, v, |name| format!("when serializing {name} object")))?;
        self.unmark(marker)
    }

    /// Writes what has no parts; whether it was such.
    fn scalar(&mut self, v: Value) -> PyResult<bool> {
        let vm = self.vm;
        match v {
            Value::NONE => self.push(b"null"),
            Value::TRUE => self.push(b"true"),
            Value::FALSE => self.push(b"false"),
            _ if str::is_str(vm, v) => self.string(v)?,
            _ if int::is_int(vm, v) => {
                let text = int::text::repr_string(vm, int::payload(v))?;
                self.push(text.as_bytes());
            }
            _ => match float::as_f64(v) {
                Some(number) => {
                    let text = self.float_text(v, number)?;
                    self.push(text.as_bytes());
                }
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    fn float_text(&self, v: Value, number: f64) -> PyResult<String> {
        if number.is_finite() {
            return Ok(float::repr_string(number));
        }
        if !self.allow_nan {
            let shown = protocol::object::repr_string(self.vm, v)?;
            let text = format!("Out of range float values are not JSON compliant: {shown}");
            return Err(self.vm.value_error(&text));
        }
        let text = if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        Ok(text.to_owned())
    }

    fn string(&mut self, v: Value) -> PyResult<()> {
        match self.quoting {
            Quoting::Ascii => text::quote_ascii(&mut self.out, str::view(&v)),
            Quoting::Plain => text::quote(&mut self.out, str::view(&v)),
            Quoting::Called => {
                let encoded = protocol::call::positional(self.vm, *self.encoder, &[v])?;
                if !str::is_str(self.vm, *encoded) {
                    let got = type_of(self.vm, *encoded).name_str();
                    return Err(self.vm.type_error(&format!("encoder() must return a string, not {got}")));
                }
                self.out.push_value(*encoded);
            }
        }
        Ok(())
    }

    /// Remembers that the object is being written.
    fn mark(&self, v: Value) -> PyResult<Option<Owned>> {
        let Some(markers) = &self.markers else { return Ok(None) };
        let identity = crate::objects::int::from_u64(self.vm, v.0)?;
        if dict::contains(self.vm, **markers, *identity)? {
            return Err(self.vm.value_error("Circular reference detected"));
        }
        dict::set(self.vm, **markers, *identity, v)?;
        Ok(Some(identity))
    }

    fn unmark(&self, marker: Option<Owned>) -> PyResult<()> {
        match (&self.markers, marker) {
            (Some(markers), Some(identity)) => dict::delete(self.vm, **markers, *identity),
            _ => Ok(()),
        }
    }

    /// Tells in the exception where it happened; `text` gets the name of the container's type.
    #[cold]
    fn note(&self, raised: Raised, container: Value, text: impl FnOnce(String) -> String) -> Raised {
        let e = self.vm.take_exception(raised);
        let name = crate::objects::typeobject::attrs::qualified_name(self.vm, type_of(self.vm, container));
        match exceptions::add_note(self.vm, *e, &text(name)) {
            Ok(()) => self.vm.restore_exception(e),
            Err(raised) => raised,
        }
    }

    fn new_line(&mut self, level: isize) {
        if let Some(indent) = self.indent.clone() {
            self.push(b"\n");
            for _ in 0..level {
                self.out.push_value(*indent);
            }
        }
    }

    fn array(&mut self, v: Value, level: isize) -> PyResult<()> {
        let vm = self.vm;
        let is_list = is_instance(vm, v, vm.types.list);
        let item =
            |i: usize| if is_list { list::get(v, i) } else { tuple::items(&v).get(i).map(|v| v.own()) };
        if item(0).is_none() {
            self.push(b"[]");
            return Ok(());
        }
        let marker = self.mark(v)?;
        self.push(b"[");
        self.new_line(level + 1);
        let mut i = 0;
        // The list may change while its items are written.
        while let Some(value) = item(i) {
            if i > 0 {
                let separator = self.item_separator.clone();
                self.out.push_value(*separator);
                self.new_line(level + 1);
            }
            let written = self.value(*value, level + 1);
            written
                .map_err(|raised| self.note(raised, v, |name| format!("when serializing {name} item {i}")))?;
            i += 1;
        }
        self.unmark(marker)?;
        self.new_line(level);
        self.push(b"]");
        Ok(())
    }

    fn object(&mut self, v: Value, level: isize) -> PyResult<()> {
        let vm = self.vm;
        if dict::len(v) == 0 {
            self.push(b"{}");
            return Ok(());
        }
        let marker = self.mark(v)?;
        self.push(b"{");
        let mut first = true;
        for (key, value) in self.pairs(v)? {
            let Some(key_text) = self.key(*key)? else { continue };
            if !std::mem::replace(&mut first, false) {
                let separator = self.item_separator.clone();
                self.out.push_value(*separator);
            }
            self.new_line(level + 1);
            self.string(*key_text)?;
            let separator = self.key_separator.clone();
            self.out.push_value(*separator);
            if let Err(raised) = self.value(*value, level + 1) {
                let shown = vm.take_exception(raised);
                let key = protocol::object::repr_string(vm, *key)?;
                let raised = vm.restore_exception(shown);
                return Err(self.note(raised, v, |name| format!("when serializing {name} item {key}")));
            }
        }
        self.unmark(marker)?;
        if !first {
            self.new_line(level);
        }
        self.push(b"}");
        Ok(())
    }

    /// The items of a dict, as its class gives them, in order.
    fn pairs(&self, v: Value) -> PyResult<Vec<(Owned, Owned)>> {
        let vm = self.vm;
        if !self.sort_keys && type_of(vm, v) == vm.types.dict {
            return Ok(dict::snapshot(v));
        }
        let items = protocol::call::method(vm, v, *str::intern(vm, "items"), &[])?;
        let items = list::from_iterable(vm, *items)?;
        if self.sort_keys {
            list::sort(vm, *items, None, false)?;
        }
        let mut pairs = Vec::new();
        for pair in list::items(&items) {
            match tuple_items(vm, *pair) {
                Some([key, value]) => pairs.push((key.own(), value.own())),
                _ => return Err(vm.value_error("items must return 2-tuples")),
            }
        }
        Ok(pairs)
    }

    /// What stands for a key: a string; `None` if it is left out.
    fn key(&self, key: Value) -> PyResult<Option<Owned>> {
        let vm = self.vm;
        if str::is_str(vm, key) {
            return Ok(Some(key.own()));
        }
        let text = match key {
            Value::TRUE => "true".to_owned(),
            Value::FALSE => "false".to_owned(),
            Value::NONE => "null".to_owned(),
            _ if int::is_int(vm, key) => int::text::repr_string(vm, int::payload(key))?,
            _ => match float::as_f64(key) {
                Some(number) => self.float_text(key, number)?,
                None if self.skipkeys => return Ok(None),
                None => {
                    let got = type_of(vm, key).name_str();
                    let text = format!("keys must be str, int, float, bool or None, not {got}");
                    return Err(vm.type_error(&text));
                }
            },
        };
        str::from_ascii(vm, text.as_bytes()).map(Some)
    }
}

fn tuple_items(vm: &Vm, v: Value) -> Option<[Value; 2]> {
    if !is_instance(vm, v, vm.types.tuple) {
        return None;
    }
    tuple::items(&v).try_into().ok()
}
