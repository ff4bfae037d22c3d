//! Pattern matching.

use crate::prelude::*;

uops! {
    fn _MATCH_MAPPING(subject) -> (res) |cx| { Ok(boolean(rt_is_mapping(cx.ts, subject.peek()) != 0)) }
    fn _MATCH_SEQUENCE(subject) -> (res) |cx| { Ok(boolean(rt_is_sequence(cx.ts, subject.peek()) != 0)) }
    fn _MATCH_KEYS(subject, keys) -> (values) |cx| { checked(rt_match_keys(cx.ts, subject.peek(), keys.peek())) }
    fn _MATCH_CLASS(subject, class, names) -> (values) |cx| {
        let values = rt_match_class(cx.ts, subject.peek(), class.peek(), names.peek(), cx.arg());
        drop(cx.ts, subject);
        drop(cx.ts, class);
        drop(cx.ts, names);
        checked(values)
    }
}
