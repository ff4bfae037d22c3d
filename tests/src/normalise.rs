//! Takes out of a text what differs between two machines or two runs, so that it can be compared.
//!
//! - paths: the folder of the input becomes nothing, the workspace `<workspace>`;
//! - addresses: `<addr0>` for the first one, `<addr1>` for the next different one, …, so that "the same object twice"
//!   stays visible;
//! - Rust's symbol hashes (`17h` and sixteen digits, or a `::h…` suffix): `<hash>`.
//!
//! What a Python program prints is data: only `at 0x…`, as in the `repr` of an object, is an address there.
//! In listings of code any hexadecimal number of at least nine digits is one.

use std::path::Path;

use regex_lite::{Captures, Regex};

use crate::paths;

/// The output of a Python program in `folder` as it is compared and stored.
pub fn program_output(text: &str, folder: &Path) -> String {
    addresses(&strip_paths(text, folder), r"\bat 0x[0-9a-f]+\b")
}

/// A listing (bytecode, MIR, LLVM IR, assembly) of an input in `folder` as it is compared and stored.
pub fn listing(text: &str, folder: &Path) -> String {
    addresses(&hashes(&strip_paths(text, folder)), r"\b0x[0-9a-f]{9,16}\b")
}

fn strip_paths(text: &str, folder: &Path) -> String {
    let with_separator = format!("{}/", folder.display());
    text.replace(&with_separator, "").replace(&paths::workspace().display().to_string(), "<workspace>")
}

fn hashes(text: &str) -> String {
    let hash = Regex::new(r"(17h|::h)[0-9a-f]{16}").expect("a constant pattern");
    hash.replace_all(text, "$1<hash>").into_owned()
}

fn addresses(text: &str, pattern: &str) -> String {
    let pattern = Regex::new(pattern).expect("a constant pattern");
    let mut seen: Vec<String> = Vec::new();
    pattern
        .replace_all(text, |captures: &Captures| {
            let (before, digits) = captures[0].split_once("0x").expect("the pattern has it");
            let index = seen.iter().position(|known| known == digits).unwrap_or_else(|| {
                seen.push(digits.to_owned());
                seen.len() - 1
            });
            format!("{before}<addr{index}>")
        })
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_addresses_stay_equal() {
        let text = "<A at 0x7f0012345670> <B at 0x7f0012345680> <A at 0x7f0012345670>";
        let expected = "<A at <addr0>> <B at <addr1>> <A at <addr0>>";
        assert_eq!(program_output(text, Path::new("/x")), expected);
        assert_eq!(listing(text, Path::new("/x")), expected);
    }

    #[test]
    fn numbers_are_no_addresses() {
        let text = "mask 0xff, hex(2**65) is 0x20000000000000000, not in range(0x110000)";
        assert_eq!(program_output(text, Path::new("/x")), text);
        assert_eq!(listing(text, Path::new("/x")), text);
        assert_eq!(listing("movabs rax, 0x7f0012345670", Path::new("/x")), "movabs rax, <addr0>");
    }

    #[test]
    fn the_input_folder_and_the_workspace_disappear() {
        let folder = paths::programs();
        let text = format!("File \"{}/a.py\" in {}", folder.display(), paths::workspace().display());
        assert_eq!(program_output(&text, &folder), "File \"a.py\" in <workspace>");
    }

    #[test]
    fn symbol_hashes_disappear() {
        let text = "_ZN4core3fmt17h0123456789abcdefE core::fmt::h0123456789abcdef";
        assert_eq!(listing(text, Path::new("/x")), "_ZN4core3fmt17h<hash>E core::fmt::h<hash>");
    }
}
