//! `_types`: the built-in types that have no name among the builtins.

use taipan_layout::Value;

use super::NativeModule;
use crate::objects::spec::{TypeSpec, tp_flags};
use crate::owned::PyResult;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_types",
    doc: "Names for built-in types that are no builtins themselves.",
    functions: &[],
    fill,
};

/// What extension modules in C hand pointers around in. Without such modules there are no instances.
pub static CAPSULE: TypeSpec = TypeSpec {
    name: "PyCapsule",
    flags: tp_flags::DISALLOW_INSTANTIATION,
    doc: "A pointer of an extension module that is written in C, for others of its kind.",
    ..TypeSpec::DEFAULT
};

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    let t = &vm.types;
    for (name, ty) in [
        ("AsyncGeneratorType", t.async_generator),
        ("BuiltinFunctionType", t.builtin_function),
        ("BuiltinMethodType", t.builtin_function),
        ("CapsuleType", t.capsule),
        ("CellType", t.cell),
        ("ClassMethodDescriptorType", t.classmethod_descriptor),
        ("CodeType", t.code),
        ("CoroutineType", t.coroutine),
        ("EllipsisType", t.ellipsis),
        ("FrameType", t.frame),
        ("FunctionType", t.function),
        ("GeneratorType", t.generator),
        ("GenericAlias", t.generic_alias),
        ("GetSetDescriptorType", t.getset_descriptor),
        ("LambdaType", t.function),
        ("MappingProxyType", t.mappingproxy),
        ("MemberDescriptorType", t.member_descriptor),
        ("MethodDescriptorType", t.method_descriptor),
        ("MethodType", t.method),
        ("MethodWrapperType", t.method_wrapper),
        ("ModuleType", t.module),
        ("NoneType", t.none_type),
        ("NotImplementedType", t.not_implemented_type),
        ("SimpleNamespace", t.simple_namespace),
        ("TracebackType", t.traceback),
        ("UnionType", t.union),
        ("WrapperDescriptorType", t.wrapper_descriptor),
    ] {
        super::set(vm, m, name, ty.value())?;
    }
    Ok(())
}
