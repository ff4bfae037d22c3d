//! Opening the compiler's library.
#![allow(unsafe_code, reason = "dlopen and calls through its symbols")]

use std::ffi::{CStr, CString, c_void};
use std::path::PathBuf;

use taipan_mir::region::{Compiled, Region, Symbol, abi, contract};

/// The environment variable that names the library.
const VARIABLE: &str = "TAIPAN_LLVM_TIER";

/// The library's functions and its context. It stays open until the process ends.
pub struct Library {
    context: *mut abi::Context,
    compile: abi::Compile,
    release: abi::Release,
}

// SAFETY: the context is used by whoever owns the `Library`, one thread at a time.
unsafe impl Send for Library {}

fn path() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os(VARIABLE) {
        return Ok(path.into());
    }
    let program = std::env::current_exe().map_err(|e| format!("the program's place is unknown: {e}"))?;
    Ok(program.with_file_name(abi::FILE_NAME))
}

/// The loader's last complaint.
fn loader_error() -> String {
    // SAFETY: dlerror returns NULL or a C string that is valid until the next call.
    unsafe {
        let text = libc::dlerror();
        if text.is_null() {
            "unknown error".into()
        } else {
            CStr::from_ptr(text).to_string_lossy().into_owned()
        }
    }
}

impl Library {
    pub fn open() -> Result<Library, String> {
        let path = path()?;
        let name = CString::new(path.as_os_str().as_encoded_bytes()).map_err(|e| e.to_string())?;
        // SAFETY: opens a shared object; its initialisers are LLVM's.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if handle.is_null() {
            return Err(format!("cannot open {}: {}", path.display(), loader_error()));
        }
        let find = |symbol: &'static str| -> Result<*mut c_void, String> {
            // SAFETY: the handle is open; names end in NUL.
            let address = unsafe { libc::dlsym(handle, symbol.as_ptr().cast()) };
            if address.is_null() {
                return Err(format!("{} is no library of the LLVM tier", path.display()));
            }
            Ok(address)
        };
        // SAFETY: the names are those of functions with these types, by `taipan_mir::region::abi`.
        let (get_contract, create, compile, release) = unsafe {
            (
                std::mem::transmute::<*mut c_void, abi::Contract>(find(abi::CONTRACT)?),
                std::mem::transmute::<*mut c_void, abi::Create>(find(abi::CREATE)?),
                std::mem::transmute::<*mut c_void, abi::Compile>(find(abi::COMPILE)?),
                std::mem::transmute::<*mut c_void, abi::Release>(find(abi::RELEASE)?),
            )
        };
        // SAFETY: a function without arguments.
        if unsafe { get_contract() } != contract() {
            return Err(format!("{} was built for another version of taipan", path.display()));
        }
        let own = super::helpers::symbols();
        let symbols: Vec<Symbol> = taipan_stencil_lib::stencil::externals()
            .chain(own)
            .map(|(name, address)| Symbol { name: name.as_ptr(), name_len: name.len(), address })
            .collect();
        // SAFETY: the list is valid during the call.
        let context = unsafe { create(symbols.as_ptr(), symbols.len()) };
        if context.is_null() {
            return Err(format!("{} cannot generate code for this machine", path.display()));
        }
        Ok(Library { context, compile, release })
    }

    /// Compiles a region. The result goes back through [`Library::release`].
    pub fn compile(&self, region: &Region) -> *mut Compiled {
        // SAFETY: the context is ours, and the region's pointers are valid during the call.
        unsafe { (self.compile)(self.context, region) }
    }

    /// The text that a region asks for.
    pub fn text(&self, region: &Region) -> String {
        let compiled = self.compile(region);
        // SAFETY: it is released once, after its text was read.
        unsafe {
            let text = super::thread::message(&*compiled);
            self.release(compiled);
            text
        }
    }

    /// # Safety
    /// `compiled` came from [`Library::compile`] and is not used again.
    pub unsafe fn release(&self, compiled: *mut Compiled) {
        // SAFETY: by contract.
        unsafe { (self.release)(compiled) }
    }
}
