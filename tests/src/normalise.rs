//! Takes out of a text what differs between two machines or two runs, so that it can be compared.
//!
//! - paths: the folder of the input becomes nothing, the workspace `<workspace>`;
//! - addresses (`0x7f3c…`, at least five digits): `<addr>`, the first one `<addr0>`, the next different one `<addr1>`, …,
//!   so that "the same object twice" stays visible;
//! - Rust's symbol hashes (`17h` and sixteen digits, or a `::h…` suffix): `<hash>`.
//!
//! Numbers shorter than an address (`0xff`) are data and stay.

use std::path::Path;

use regex_lite::{Captures, Regex};

use crate::paths;

/// The text as it is compared and stored. `folder` is where the input of the test lies.
pub fn normalise(text: &str, folder: &Path) -> String {
    addresses(&hashes(&strip_paths(text, folder)))
}

fn strip_paths(text: &str, folder: &Path) -> String {
    let with_separator = format!("{}/", folder.display());
    text.replace(&with_separator, "").replace(&paths::workspace().display().to_string(), "<workspace>")
}

fn hashes(text: &str) -> String {
    let hash = Regex::new(r"(17h|::h)[0-9a-f]{16}\b").expect("a constant pattern");
    hash.replace_all(text, "$1<hash>").into_owned()
}

fn addresses(text: &str) -> String {
    let address = Regex::new(r"\b0x[0-9a-f]{5,16}\b").expect("a constant pattern");
    let mut seen: Vec<String> = Vec::new();
    address
        .replace_all(text, |captures: &Captures| {
            let found = &captures[0];
            let index = seen.iter().position(|known| known == found).unwrap_or_else(|| {
                seen.push(found.to_owned());
                seen.len() - 1
            });
            format!("<addr{index}>")
        })
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_addresses_stay_equal() {
        let text = "<A at 0x7f0012345670> <B at 0x7f0012345680> <A at 0x7f0012345670> mask 0xff";
        assert_eq!(
            normalise(text, Path::new("/x")),
            "<A at <addr0>> <B at <addr1>> <A at <addr0>> mask 0xff"
        );
    }

    #[test]
    fn the_input_folder_and_the_workspace_disappear() {
        let folder = paths::programs();
        let text = format!("File \"{}/a.py\" in {}", folder.display(), paths::workspace().display());
        assert_eq!(normalise(&text, &folder), "File \"a.py\" in <workspace>");
    }

    #[test]
    fn symbol_hashes_disappear() {
        let text = "_ZN4core3fmt17h0123456789abcdefE core::fmt::h0123456789abcdef";
        assert_eq!(normalise(text, Path::new("/x")), "_ZN4core3fmt17h0123456789abcdefE core::fmt::h<hash>");
    }
}
