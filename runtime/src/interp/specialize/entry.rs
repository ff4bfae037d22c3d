//! The C-ABI entries of the specialiser: the helper table has their contracts.

use taipan_layout::{Frame, StackValue, ThreadState, Value};

use super::{Site, attributes, calls, operators};
use crate::vm::Vm;

macro_rules! entries {
    ($($(#[$meta:meta])* fn $name:ident($vm:ident, $frame:ident, $site:ident, $($arg:ident: $ty:ty),*) $body:expr;)*) => {
        $(
            $(#[$meta])*
            #[unsafe(no_mangle)]
            #[allow(unused_variables, reason = "not every instruction needs its frame")]
            pub unsafe extern "C" fn $name(ts: *mut ThreadState, $frame: *mut Frame, ip: *mut u16, $($arg: $ty),*) {
                // SAFETY: the handlers pass the running thread, its frame and an instruction with a counter.
                let ($vm, $site) = unsafe { (Vm::from_ts(ts), Site::new(ip)) };
                $body
            }
        )*
    };
}

entries! {
    fn rt_specialize_binary_op(vm, frame, site, oparg: u32, left: Value, right: Value)
        operators::binary_op(vm, frame, site, oparg, left, right);
    fn rt_specialize_compare_op(vm, frame, site, oparg: u32, left: Value, right: Value)
        operators::compare_op(site, oparg, left, right);
    fn rt_specialize_contains_op(vm, frame, site, container: Value) operators::contains_op(site, container);
    fn rt_specialize_to_bool(vm, frame, site, value: Value) operators::to_bool(vm, site, value);
    fn rt_specialize_store_subscr(vm, frame, site, container: Value, key: Value)
        operators::store_subscr(site, container, key);
    fn rt_specialize_unpack_sequence(vm, frame, site, oparg: u32, sequence: Value)
        operators::unpack_sequence(site, oparg, sequence);
    fn rt_specialize_for_iter(vm, frame, site, oparg: u32, iterator: Value) operators::for_iter(site, iterator);
    fn rt_specialize_send(vm, frame, site, receiver: Value) operators::send(site, receiver);
    fn rt_specialize_jump_backward(vm, frame, site,) operators::jump_backward(vm, site);
    fn rt_specialize_load_attr(vm, frame, site, oparg: u32, owner: Value)
        attributes::load_attr(vm, frame, site, oparg, owner);
    fn rt_specialize_store_attr(vm, frame, site, oparg: u32, owner: Value)
        attributes::store_attr(vm, frame, site, oparg, owner);
    fn rt_specialize_load_global(vm, frame, site, oparg: u32) attributes::load_global(vm, frame, site, oparg);
    fn rt_specialize_load_super_attr(vm, frame, site, oparg: u32, super_callable: Value, class: Value)
        attributes::load_super_attr(vm, site, oparg, super_callable, class);
    fn rt_specialize_call(vm, frame, site, oparg: u32, callable: Value, receiver: Value, args: *mut StackValue)
        calls::call(vm, frame, site, oparg, callable, receiver, args);
    fn rt_specialize_call_kw(vm, frame, site, oparg: u32, callable: Value, receiver: Value)
        calls::call_kw(vm, site, callable, receiver);
}
