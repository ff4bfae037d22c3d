//! `taipan`: runs, compiles and inspects Python programs.

use taipan_runtime::config::Config;
use taipan_runtime::{Value, Vm};

fn main() {
    let path = std::env::args().nth(1).expect("usage");
    let bytes = std::fs::read(&path).expect("read");
    let code = taipan_frontend::marshal::load_code(&bytes[16..]).expect("marshal");
    let vm = Vm::new(Config::default());
    let code = taipan_runtime::objects::code::from_compiled(vm, &code).expect("code");
    let globals = taipan_runtime::objects::dict::new(vm).expect("dict");
    match taipan_runtime::interp::run_code(vm, *code, *globals, *globals) {
        Ok(v) => println!("result {:#x}", v.0),
        Err(raised) => {
            let e = vm.take_exception(raised);
            taipan_runtime::objects::exceptions::print(vm, *e);
        }
    }
    for (k, v) in taipan_runtime::objects::dict::snapshot(*globals) {
        println!(
            "{} = {}",
            taipan_runtime::objects::str::to_string_lossy(*k),
            taipan_runtime::protocol::object::repr_string(vm, *v).unwrap_or_default()
        );
    }
    let _ = Value::NONE;
}
