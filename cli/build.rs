//! How the linker lays `taipan` out: see docs/start-up.md.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // 22,000 pointers in constant data are relocated at every start: a bitmap of 8 KB instead of a table of 540 KB.
    println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    // The functions that a start calls, as `taipan-link-order` lists them; `./x build` makes the list.
    println!("cargo::rerun-if-env-changed=TAIPAN_LINK_ORDER");
    if let Ok(order) = std::env::var("TAIPAN_LINK_ORDER") {
        println!("cargo::rerun-if-changed={order}");
        println!("cargo::rustc-link-arg-bins=-Wl,--symbol-ordering-file={order}");
        println!("cargo::rustc-link-arg-bins=-Wl,--no-warn-symbol-ordering");
    }
}
