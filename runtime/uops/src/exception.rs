//! Raising, catching, `with`.

use crate::prelude::*;

uops! {
    fn _RAISE_VARARGS(args: Slots) -> () |cx| {
        let cause = if cx.oparg == 2 { into_owned(*args.add(1)) } else { Value::NULL };
        let exception = if cx.oparg > 0 { into_owned(*args) } else { Value::NULL };
        if rt_raise(cx.ts, exception, cause) != 0 { Err(Reraise) } else { Err(Error) }
    }
    fn _RERAISE(values: Slots, exception) -> () |cx| {
        if cx.oparg != 0 {
            // The exception table saved the instruction that raised first.
            (*cx.frame).ip = (*(*cx.frame).code).units.add(as_fixnum(*values) as usize);
        }
        (*cx.ts).exception = into_owned(exception);
        Err(Reraise)
    }
    fn _PUSH_EXC_INFO(exception) -> (previous, exc) |cx| {
        let item = (*cx.ts).exc_info;
        let previous = (*item).value;
        let exception = into_owned(exception);
        retain(exception);
        (*item).value = exception;
        let previous = if previous.is_null() { Value::NONE } else { previous };
        Ok((previous.owned(), exception.owned()))
    }
    fn _POP_EXCEPT(previous) -> (old) |cx| {
        let item = (*cx.ts).exc_info;
        let old = (*item).value;
        let previous = into_owned(previous);
        (*item).value = if previous.is_none() { Value::NULL } else { previous };
        Ok(old.owned())
    }
    fn _CHECK_EXC_MATCH(exception, class) -> (res) |cx| {
        let matches = rt_check_exc_match(cx.ts, exception.peek(), class.peek());
        drop(cx.ts, class);
        status(matches)?;
        Ok(boolean(matches != 0))
    }
    fn _CHECK_EG_MATCH(exception, class) -> (rest, matched) |cx| {
        let mut out = [Value::NULL; 2];
        let code = rt_check_eg_match(cx.ts, exception.peek(), class.peek(), out.as_mut_ptr());
        drop(cx.ts, exception);
        drop(cx.ts, class);
        status(code)?;
        Ok((out[0].owned(), out[1].owned()))
    }
    fn _WITH_EXCEPT_START(exit, exit_self, lasti, unused, exception) -> (res) |cx| {
        checked(rt_with_except_start(cx.ts, exit.peek(), exit_self.peek(), exception.peek()))
    }
    fn _LOAD_SPECIAL(owner) -> (attr, self_or_null) |cx| {
        let mut unbound = 0;
        let attr = rt_load_special(cx.ts, owner.peek(), cx.arg(), &mut unbound);
        if unbound != 0 {
            return Ok((attr.owned(), owner));
        }
        drop(cx.ts, owner);
        Ok((checked(attr)?, StackValue::NULL))
    }
    fn _EXIT_INIT_CHECK(value) -> () |cx| {
        if value.0 == Value::NONE.0 {
            return Ok(());
        }
        rt_init_returned(cx.ts, value.peek());
        drop(cx.ts, value);
        Err(Error)
    }
}
