//! Holds the dependency directions of the workspace: dependencies point inward, and only one crate knows LLVM.
//!
//! "Linked" follows the ordinary dependencies from crate to crate. Build-dependencies run on the building machine and
//! leave nothing in the product, which is why `stencil-lib` may use LLVM there.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use object::read::elf::{Dyn, ElfFile64};
use object::{Endianness, elf};

const LLVM: [&str; 3] = ["taipan-backend-llvm", "llvm-sys", "inkwell"];

/// Crates inside `runtime/` that use none of ours, so that crates outside it may use them.
const FOUNDATIONS: [&str; 2] = ["taipan-layout", "taipan-text"];

const OPTIONS: [&str; 4] = ["--locked", "--offline", "--filter-platform", "x86_64-unknown-linux-gnu"];

/// Which rooms or single crates the crates of a room may name in their manifests, except for tests.
/// A room is a folder at the root; the crates inside one may use each other.
const MAY_USE: &[(&str, &[&str])] = &[
    ("mir", &[]),
    ("frontend", &["mir", "taipan-text"]),
    ("backend-llvm", &["mir", "taipan-layout"]),
    ("stencil-lib", &["mir", "backend-llvm", "taipan-layout"]),
    ("stdlib", &["frontend"]),
    ("runtime", &["frontend", "mir", "stencil-lib", "stdlib"]),
    ("cli", &["frontend", "mir", "stencil-lib", "stdlib", "runtime"]),
    ("tests", &[]),
];

/// The workspace as cargo resolves it.
struct Graph {
    metadata: Metadata,
}

impl Graph {
    /// Offline and for the platform under test alone: a test must not download crates that only other systems use.
    fn load() -> Graph {
        let manifest = taipan_tests::paths::workspace().join("Cargo.toml");
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .other_options(OPTIONS.map(str::to_owned))
            .exec()
            .expect("cargo metadata of a workspace that has just been built");
        Graph { metadata }
    }

    /// Our crates by name, with the room that each lies in.
    fn rooms(&self) -> BTreeMap<&str, String> {
        let root = &self.metadata.workspace_root;
        let room = |package: &Package| {
            let path = package.manifest_path.strip_prefix(root).expect("a manifest inside the workspace");
            path.components().next().expect("a manifest in a folder").as_str().to_owned()
        };
        let packages = self.metadata.workspace_packages();
        packages.into_iter().map(|package| (package.name.as_str(), room(package))).collect()
    }

    /// Names of the packages that `name` names in its manifest as dependencies of an accepted kind.
    fn direct(&self, name: &str, accept: impl Fn(DependencyKind) -> bool) -> BTreeSet<String> {
        let package = self.metadata.packages.iter().find(|package| package.name.as_str() == name);
        let package = package.unwrap_or_else(|| panic!("there is no package {name}"));
        let dependencies = package.dependencies.iter();
        dependencies.filter(|each| accept(each.kind)).map(|each| each.name.clone()).collect()
    }

    /// Names of everything that ends up in the product of `name`, itself included.
    fn linked(&self, name: &str) -> BTreeSet<String> {
        let resolve = self.metadata.resolve.as_ref().expect("metadata with dependencies");
        let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
        let start = self.metadata.packages.iter().find(|package| package.name.as_str() == name);
        let mut waiting = vec![&start.unwrap_or_else(|| panic!("there is no package {name}")).id];
        let mut seen = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if seen.insert(id) {
                let dependencies = nodes[id].deps.iter();
                let linked = dependencies
                    .filter(|each| each.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
                waiting.extend(linked.map(|each| &each.pkg));
            }
        }
        seen.into_iter().map(|id| self.metadata[id].name.to_string()).collect()
    }
}

#[test]
fn dependencies_point_inward() {
    let graph = Graph::load();
    let rooms = graph.rooms();
    for (name, room) in &rooms {
        let row = MAY_USE.iter().find(|(listed, _)| listed == room);
        let (_, allowed) = row.unwrap_or_else(|| panic!("{room} has no row in MAY_USE"));
        for used in graph.direct(name, |kind| kind != DependencyKind::Development) {
            if let Some(other) = rooms.get(used.as_str()) {
                let inward = other == room || allowed.iter().any(|each| each == other || *each == used);
                assert!(inward, "{name} (in {room}) must not depend on {used} (in {other})");
            }
        }
    }
}

#[test]
fn foundations_use_none_of_ours() {
    let graph = Graph::load();
    for name in FOUNDATIONS {
        let named = graph.direct(name, |kind| kind != DependencyKind::Development);
        let ours: Vec<_> = named.iter().filter(|each| graph.rooms().contains_key(each.as_str())).collect();
        assert!(ours.is_empty(), "{name} must not depend on {ours:?}");
    }
}

#[test]
fn stencil_lib_uses_llvm_at_build_time_only() {
    let named = Graph::load().direct("taipan-stencil-lib", |kind| kind == DependencyKind::Normal);
    assert!(!named.contains("taipan-backend-llvm"), "make it a build-dependency");
}

#[test]
fn only_the_backend_links_llvm() {
    let graph = Graph::load();
    let rooms = graph.rooms();
    for (name, _) in rooms.iter().filter(|(_, room)| *room != "backend-llvm") {
        let linked = graph.linked(name);
        let llvm: Vec<_> = LLVM.iter().filter(|each| linked.contains(**each)).collect();
        assert!(llvm.is_empty(), "{name} links {llvm:?}");
    }
}

/// The manifests may be right and the binary wrong (a build script can add libraries), so the binary is asked too.
#[test]
fn the_binary_does_not_load_llvm() {
    let path = taipan_tests::paths::taipan().unwrap();
    let needed = needed_libraries(&std::fs::read(&path).unwrap());
    assert!(needed.iter().any(|name| name.starts_with("libc.so")), "the list is read: {needed:?}");
    assert!(needed.iter().all(|name| !name.contains("LLVM")), "{} loads {needed:?}", path.display());
}

/// The `DT_NEEDED` entries of an ELF file: what the dynamic linker loads before the program starts.
fn needed_libraries(bytes: &[u8]) -> Vec<String> {
    let file = ElfFile64::<Endianness>::parse(bytes).unwrap();
    let (endian, sections) = (file.endian(), file.elf_section_table());
    let (entries, strings) = sections.dynamic(endian, bytes).unwrap().expect("a dynamically linked file");
    let strings = sections.strings(endian, bytes, strings).unwrap();
    let needed = entries.iter().filter(|entry| entry.tag32(endian) == Some(elf::DT_NEEDED));
    needed.map(|entry| String::from_utf8_lossy(entry.string(endian, strings).unwrap()).into_owned()).collect()
}
