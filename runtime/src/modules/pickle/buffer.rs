//! `PickleBuffer`: memory that a pickle may leave out, for whoever carries it along.

use taipan_layout::Value;

use super::opcodes::{NEXT_BUFFER, READONLY_BUFFER};
use super::save::Saver;
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::bytes::Buffer;
use crate::objects::spec::{TypeSpec, method0, tp_flags};
use crate::objects::{Slots, bytes};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// The object that has the memory, and a view of it; none once they were released.
#[derive(Default)]
pub struct PickleBuffer {
    object: Option<Owned>,
    view: Option<Owned>,
}
native_data!(PickleBuffer: object, view);

pub static SPEC: TypeSpec = TypeSpec {
    name: "pickle.PickleBuffer",
    flags: tp_flags::HAVE_GC | tp_flags::WEAKREFABLE,
    doc: "Memory that can be left out of a pickle and handed over beside it.",
    slots: Slots { new: Some(new), buffer: Some(export), ..native::slots::<PickleBuffer>() },
    methods: &[
        method0(
            "raw",
            raw,
            "A memoryview of the bytes, in one dimension. The memory must have no gaps: BufferError.",
        ),
        method0("release", release, "Give the memory up."),
    ],
    ..native::spec::<PickleBuffer>()
};

fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let &[object] = args.pos() else {
        let n = args.pos().len();
        return Err(vm.type_error(&match n {
            0 => "PickleBuffer() takes exactly 1 positional argument (0 given)".to_owned(),
            _ => format!("PickleBuffer() takes at most 1 argument ({n} given)"),
        }));
    };
    if args.has_keywords() {
        let n = 1 + args.keyword_count();
        return Err(vm.type_error(&format!("PickleBuffer() takes at most 1 argument ({n} given)")));
    }
    // The complaint about other objects is that of whoever wants bytes.
    if !bytes::is_bytes_like(vm, object) {
        bytes::any_buffer(vm, object)?;
    }
    let view = bytes::memoryview::new(vm, object)?;
    native::construct(vm, cls, PickleBuffer { object: Some(object.own()), view: Some(view) })
}

/// The memory as the object itself lends it: views of it do not know the PickleBuffer.
fn export(vm: &Vm, this: Value) -> PyResult<Buffer> {
    live(vm, this)?;
    match native::data::<PickleBuffer>(this).object.clone() {
        Some(object) => bytes::any_buffer(vm, *object),
        None => Err(vm.value_error("operation forbidden on released PickleBuffer object")),
    }
}

/// The view, unless it was released.
pub fn live(vm: &Vm, this: Value) -> PyResult {
    let view = native::data::<PickleBuffer>(this).view.clone();
    view.ok_or_else(|| vm.value_error("operation forbidden on released PickleBuffer object"))
}

fn raw(vm: &Vm, this: Value) -> PyResult {
    let view = live(vm, this)?;
    bytes::memoryview::as_bytes(vm, *view).unwrap_or_else(|| {
        let text = "cannot extract raw buffer from non-contiguous buffer";
        Err(vm.raise(vm.types.buffer_error, text))
    })
}

fn release(_: &Vm, this: Value) -> PyResult {
    // Whoever still looks at the memory through another view keeps it.
    drop(std::mem::take(native::data::<PickleBuffer>(this)));
    Ok(Owned::none())
}

impl Saver<'_> {
    pub fn save_buffer(&self, v: Value) -> PyResult<()> {
        let vm = self.vm;
        if self.protocol < 5 {
            let text = "PickleBuffer can only be pickled with protocol >= 5";
            return Err(super::pickling_error(vm, text));
        }
        let view = live(vm, v)?;
        if !bytes::is_plain_buffer(vm, *view) {
            let text = "PickleBuffer can not be pickled when pointing to a non-contiguous buffer";
            return Err(super::pickling_error(vm, text));
        }
        let in_band = match self.state().buffer_callback.clone() {
            None => true,
            Some(f) => {
                let answer = protocol::call::positional(vm, *f, &[v])?;
                protocol::compare::is_true(vm, *answer)?
            }
        };
        let buffer = bytes::buffer(vm, *view)?;
        if !in_band {
            self.push(NEXT_BUFFER);
            if buffer.readonly {
                self.push(READONLY_BUFFER);
            }
            return Ok(());
        }
        if buffer.readonly {
            self.save_contents(v, buffer.as_slice())?;
        } else {
            self.save_mutable_contents(v, buffer.as_slice())?;
        }
        self.memoize(v)
    }
}
