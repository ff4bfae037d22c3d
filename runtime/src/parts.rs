//! Parts of the runtime that not every program needs.
//!
//! `taipan` has all of them. An executable has those that its program may reach, which the build decides (see docs/aot.md):
//! its object file refers to the statics in here by their symbols, and what nothing refers to is not linked. So everything
//! else in the runtime has to ask for a part by way of [`Config::parts`](crate::config::Config::parts): a direct call of the
//! frontend's `compile` from anywhere would link the compiler into every executable. (Reading bytecode, `marshal` and the tables of
//! code objects are not part of it.)

use std::borrow::Cow;
use std::fmt;

use taipan_frontend::inspect::{ScopeTree, Tokens, scope_tree};
use taipan_frontend::syntax_tree::{self, CompileError, Node, TreeFlags};
use taipan_frontend::{Compilation, Flags, Input, Mode, SyntaxError, Warning};

use crate::modules::NativeModule;
use crate::owned::{PyResult, Raised};
use crate::vm::Vm;

/// Which parts are there.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Parts {
    pub compiler: Option<&'static Compiler>,
    pub names: Option<&'static Names>,
    pub modules: Modules,
}

/// All of them.
pub const ALL: Parts =
    Parts { compiler: Some(&COMPILER), names: Some(&NAMES), modules: Modules::all(modules::ALL) };

type Tree = (Node, Vec<Warning>);

/// From source to code, and what lies on the way there.
pub struct Compiler {
    pub compile: fn(&str, &str, Mode, Flags) -> Result<Compilation, SyntaxError>,
    pub compile_bytes: fn(&[u8], &str, Mode, Flags) -> Result<Compilation, SyntaxError>,
    pub parse: fn(&str, Mode, TreeFlags) -> Result<Tree, SyntaxError>,
    pub parse_bytes: fn(&[u8], Mode, TreeFlags) -> Result<Tree, SyntaxError>,
    pub optimize_tree: fn(&Node, Flags) -> Result<Tree, CompileError>,
    pub compile_tree: fn(&Node, &str, Flags) -> Result<Compilation, CompileError>,
    pub input_error: fn(&str, Mode, Input) -> Option<SyntaxError>,
    pub scopes: fn(&[u8], Mode, Flags) -> Result<ScopeTree, SyntaxError>,
    pub tokens: fn(&str) -> Tokens,
    pub decode: fn(&[u8]) -> Cow<'_, str>,
}

impl fmt::Debug for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compiler")
    }
}

#[unsafe(export_name = "taipan_part_compiler")]
pub static COMPILER: Compiler = Compiler {
    compile: taipan_frontend::compile_with_warnings,
    compile_bytes: taipan_frontend::compile_bytes,
    parse: syntax_tree::parse,
    parse_bytes: syntax_tree::parse_bytes,
    optimize_tree: syntax_tree::optimize,
    compile_tree: syntax_tree::compile,
    input_error: taipan_frontend::input_error,
    scopes: scope_tree,
    tokens: Tokens::of,
    decode: taipan_frontend::decode_source,
};

/// The names of characters.
pub struct Names {
    pub of: fn(char) -> Option<String>,
    /// Spelled as a program spells them.
    pub find: fn(&str) -> Option<char>,
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names")
    }
}

#[unsafe(export_name = "taipan_part_names")]
pub static NAMES: Names =
    Names { of: |c| unicode_names2::name(c).map(|name| name.to_string()), find: unicode_names2::character };

/// A native module by a symbol.
#[repr(transparent)]
pub struct Module(&'static NativeModule);

/// Native modules that not every executable has, as first and length.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Modules {
    first: Option<&'static &'static Module>,
    count: usize,
}

impl Modules {
    const fn all(modules: &'static [&'static Module]) -> Modules {
        Modules { first: modules.first(), count: modules.len() }
    }

    pub fn iter(self) -> impl Iterator<Item = &'static NativeModule> {
        // SAFETY: whoever makes the pair, in here or in an executable, has as many modules in a row.
        let modules =
            self.first.map_or(&[][..], |first| unsafe { std::slice::from_raw_parts(first, self.count) });
        modules.iter().map(|module| module.0)
    }
}

impl fmt::Debug for Modules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|module| module.name)).finish()
    }
}

macro_rules! native_modules {
    ($($symbol:literal $name:ident = $module:path;)*) => {
        /// Native modules that a program has if it names them; symbols end with the modules' names. None of them may be
        /// what a start imports.
        pub mod modules {
            use super::Module;

            $(#[unsafe(export_name = $symbol)]
            static $name: Module = Module(&$module);)*

            pub(super) static ALL: &[&Module] = &[$(&$name),*];
        }
    };
}

native_modules! {
    "taipan_module__tracemalloc" TRACEMALLOC = crate::modules::tracemalloc::MODULE;
    "taipan_module__taipan_ast" TAIPAN_AST = crate::modules::ast::MODULE;
    "taipan_module_grp" GRP = crate::modules::accounts::GRP;
    "taipan_module_array" ARRAY = crate::modules::array::MODULE;
    "taipan_module_binascii" BINASCII = crate::modules::binascii::MODULE;
    "taipan_module__bisect" BISECT = crate::modules::bisect::MODULE;
    "taipan_module__heapq" HEAPQ = crate::modules::heapq::MODULE;
    "taipan_module__posixsubprocess" POSIXSUBPROCESS = crate::modules::posixsubprocess::MODULE;
    "taipan_module_resource" RESOURCE = crate::modules::resource::MODULE;
    "taipan_module_select" SELECT = crate::modules::select::MODULE;
    "taipan_module__socket" SOCKET = crate::modules::socket::MODULE;
    "taipan_module_cmath" CMATH = crate::modules::cmath::MODULE;
    "taipan_module_math" MATH = crate::modules::math::MODULE;
    "taipan_module_unicodedata" UNICODEDATA = crate::modules::unicodedata::MODULE;
    "taipan_module__codecs_cn" CODECS_CN = crate::modules::multibyte::CN;
    "taipan_module__codecs_hk" CODECS_HK = crate::modules::multibyte::HK;
    "taipan_module__codecs_jp" CODECS_JP = crate::modules::multibyte::JP;
    "taipan_module__codecs_kr" CODECS_KR = crate::modules::multibyte::KR;
    "taipan_module__codecs_tw" CODECS_TW = crate::modules::multibyte::TW;
    "taipan_module__multibytecodec" MULTIBYTECODEC = crate::modules::multibyte::MULTIBYTECODEC;
    "taipan_module__csv" CSV = crate::modules::csv::MODULE;
    "taipan_module_fcntl" FCNTL = crate::modules::fcntl::MODULE;
    "taipan_module__functools" FUNCTOOLS = crate::modules::functools::MODULE;
    "taipan_module__blake2" BLAKE2 = crate::modules::hashes::blake2::MODULE;
    "taipan_module__hmac" HMAC = crate::modules::hashes::hmac::MODULE;
    "taipan_module__md5" MD5 = crate::modules::hashes::sha::MD5_MODULE;
    "taipan_module__sha1" SHA1 = crate::modules::hashes::sha::SHA1_MODULE;
    "taipan_module__sha2" SHA2 = crate::modules::hashes::sha::SHA2_MODULE;
    "taipan_module__sha3" SHA3 = crate::modules::hashes::sha::SHA3_MODULE;
    "taipan_module__json" JSON = crate::modules::json::MODULE;
    "taipan_module__locale" LOCALE = crate::modules::locale::MODULE;
    "taipan_module__pickle" PICKLE = crate::modules::pickle::MODULE;
    "taipan_module__queue" QUEUE = crate::modules::queue::MODULE;
    "taipan_module__random" RANDOM = crate::modules::random::MODULE;
    "taipan_module__sre" SRE = crate::modules::sre::MODULE;
    "taipan_module__struct" STRUCT = crate::modules::structs::MODULE;
    "taipan_module__symtable" SYMTABLE = crate::modules::symtable::MODULE;
    "taipan_module__testcapi" TESTCAPI = crate::modules::testing::CAPI;
    "taipan_module__testinternalcapi" TESTINTERNALCAPI = crate::modules::testing::INTERNAL;
    "taipan_module_termios" TERMIOS = crate::modules::termios::MODULE;
    "taipan_module__tokenize" TOKENIZE = crate::modules::tokenize::MODULE;
    "taipan_module_zlib" ZLIB = crate::modules::zlib::MODULE;
}

/// The compiler, or an exception that says how to get it.
pub fn compiler(vm: &Vm) -> PyResult<&'static Compiler> {
    vm.config.parts.compiler.ok_or_else(|| left_out(vm, "the compiler", "compiler"))
}

/// The names of characters, or an exception that says how to get them.
pub fn names(vm: &Vm) -> PyResult<&'static Names> {
    vm.config.parts.names.ok_or_else(|| names_left_out(vm))
}

#[cold]
pub fn names_left_out(vm: &Vm) -> Raised {
    left_out(vm, "the names of characters", "names")
}

#[cold]
fn left_out(vm: &Vm, what: &str, option: &str) -> Raised {
    vm.runtime_error(&format!(
        "this executable was built without {what}, as the program does not name it: 'taipan build --with {option}' keeps it"
    ))
}
