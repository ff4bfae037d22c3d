//! Holds the lists of `tests/cpython`: what they say about CPython's own tests has the right form and meets the bars.
//! That they say the truth is for `./x cpython-tests PYTHON`, which takes minutes and a CPython.

use taipan_tests::cpython::{Lists, folder};

#[test]
fn every_missing_case_has_a_reason_and_the_bars_are_met() {
    let lists = Lists::read(&folder()).unwrap();
    assert!(lists.modules.len() >= 60, "only {} modules", lists.modules.len());
    assert_eq!(lists.problems(), Vec::<String>::new());
}
