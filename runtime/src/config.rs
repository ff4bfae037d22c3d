//! How the interpreter was asked to run: command line and environment, decided before it starts.

/// Python frames that may be active at once, unless `sys.setrecursionlimit` says otherwise.
pub const DEFAULT_RECURSION_LIMIT: i32 = 1000;

#[derive(Clone, Debug, Default)]
pub struct Config {
    /// `sys.argv`.
    pub argv: Vec<String>,
    /// Key of the string hash; `None`: random (PYTHONHASHSEED unset).
    pub hash_seed: Option<u32>,
    /// `-O` count.
    pub optimize: u8,
    pub interactive: bool,
    pub verbose: u8,
    pub unbuffered: bool,
    pub dont_write_bytecode: bool,
}

impl Config {
    /// Whether hot loops are counted for tier 2.
    pub fn jit_enabled(&self) -> bool {
        false
    }
    /// What a `JUMP_BACKWARD_JIT` counter starts with.
    pub fn jit_counter(&self) -> u16 {
        4095 << 4 | 6
    }
}
