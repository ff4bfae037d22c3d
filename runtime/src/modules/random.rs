//! `_random`: the Mersenne Twister behind `random`.
//!
//! MT19937 as Matsumoto and Nishimura published it (ACM TOMACS 8, 1998), with their initialisation by an array
//! (2002), so that seeds give the same numbers as in CPython.

use dashu_int::IBig;
use taipan_layout::Value;

use super::NativeModule;
use super::native::{self, native_data};
use crate::args::Args;
use crate::objects::spec::{TypeSpec, method, method0, method1, tp_flags};
use crate::objects::{Slots, float, int, is_instance, tuple};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_random",
    doc: "The Mersenne Twister, a generator of pseudo-random numbers.",
    functions: &[],
    fill: |vm, m| super::add_type(vm, m, vm.types.random, &SPEC),
};

const N: usize = 624;
const M: usize = 397;

pub struct Random {
    state: Box<[u32]>,
    index: usize,
}

impl Default for Random {
    fn default() -> Random {
        Random { state: Box::default(), index: N }
    }
}
native_data!(Random);

impl Random {
    fn new() -> Random {
        Random { state: vec![0; N].into(), index: N }
    }

    fn seed_number(&mut self, seed: u32) {
        self.state[0] = seed;
        for i in 1..N {
            let last = self.state[i - 1];
            self.state[i] = 1_812_433_253u32.wrapping_mul(last ^ last >> 30).wrapping_add(i as u32);
        }
        self.index = N;
    }

    fn seed_array(&mut self, key: &[u32]) {
        self.seed_number(19_650_218);
        let (mut i, mut j) = (1, 0);
        let mix = |state: &[u32], i: usize, factor: u32| {
            let last = state[i - 1];
            state[i] ^ (last ^ last >> 30).wrapping_mul(factor)
        };
        for _ in 0..N.max(key.len()) {
            self.state[i] = mix(&self.state, i, 1_664_525).wrapping_add(key[j]).wrapping_add(j as u32);
            i += 1;
            j = (j + 1) % key.len();
            if i >= N {
                self.state[0] = self.state[N - 1];
                i = 1;
            }
        }
        for _ in 0..N - 1 {
            self.state[i] = mix(&self.state, i, 1_566_083_941).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                self.state[0] = self.state[N - 1];
                i = 1;
            }
        }
        self.state[0] = 0x8000_0000;
    }

    fn next(&mut self) -> u32 {
        if self.index >= N {
            for k in 0..N {
                let y = self.state[k] & 0x8000_0000 | self.state[(k + 1) % N] & 0x7FFF_FFFF;
                let odd = if y & 1 == 1 { 0x9908_B0DF } else { 0 };
                self.state[k] = self.state[(k + M) % N] ^ y >> 1 ^ odd;
            }
            self.index = 0;
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= y << 7 & 0x9D2C_5680;
        y ^= y << 15 & 0xEFC6_0000;
        y ^ y >> 18
    }
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "_random.Random",
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE,
    doc: "A generator with a state of its own.",
    slots: Slots {
        new: Some(|vm, cls, _| native::construct(vm, cls, Random::new())),
        init: Some(|vm, this, args: Args| {
            let ([n], _keep) = native::bind(vm, "Random", "(seed=None, /)", args)?;
            seed(vm, this, &[n]).map(drop)
        }),
        ..native::slots::<Random>()
    },
    methods: &[
        method0(
            "random",
            |vm, this| {
                let r = native::data::<Random>(this);
                let (a, b) = (f64::from(r.next() >> 5), f64::from(r.next() >> 6));
                float::new(vm, (a * 67_108_864.0 + b) / 9_007_199_254_740_992.0)
            },
            "A number from 0 up to, but not including, 1.",
        ),
        method(
            "seed",
            "($self, n=None, /)",
            seed,
            "Begin anew, from n, or from what the system has that nobody can guess.",
        ),
        method0("getstate", get_state, "The generator's state, for setstate()."),
        method1("setstate", "($self, state, /)", set_state, "Go on from a state that getstate() gave."),
        method1("getrandbits", "($self, k, /)", get_bits, "A number of k random bits."),
    ],
    ..native::spec::<Random>()
};

fn seed(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let key: Vec<u32> = match native::given(args[0]) {
        None => {
            let random = super::import(vm, "posix")?;
            let data = protocol::attr::call_attr(vm, *random, "urandom", &[Value::fixnum(4 * N as i64)])?;
            let data = crate::objects::bytes::as_slice(&data).to_vec();
            data.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect()
        }
        Some(v) => {
            let number = if int::is_int(vm, v) {
                int::to_big(v)
            } else {
                let hash = protocol::compare::hash(vm, v)?;
                Some(IBig::from(hash as u64))
            };
            let (_, magnitude) = number.unwrap_or_default().into_parts();
            let bytes = magnitude.to_le_bytes();
            bytes.chunks(4).map(|c| c.iter().rev().fold(0, |n, b| n << 8 | u32::from(*b))).collect()
        }
    };
    let key = if key.is_empty() { vec![0] } else { key };
    native::data::<Random>(this).seed_array(&key);
    Ok(Owned::none())
}

fn get_state(vm: &Vm, this: Value) -> PyResult {
    let r = native::data::<Random>(this);
    let mut words: Vec<Owned> = r.state.iter().map(|n| Owned::fixnum(i64::from(*n))).collect();
    words.push(Owned::fixnum(r.index as i64));
    tuple::from_owned(vm, words)
}

fn set_state(vm: &Vm, this: Value, state: Value) -> PyResult {
    if !is_instance(vm, state, vm.types.tuple) {
        return Err(vm.type_error("state vector must be a tuple"));
    }
    let items = tuple::items(&state);
    if items.len() != N + 1 {
        return Err(vm.value_error("state vector is the wrong size"));
    }
    let mut words = Vec::with_capacity(N);
    for v in &items[..N] {
        words.push(protocol::index::to_i64(vm, *v)? as u32);
    }
    let index = protocol::index::to_i64(vm, items[N])?;
    let index =
        usize::try_from(index).ok().filter(|i| *i <= N).ok_or_else(|| vm.value_error("invalid state"))?;
    *native::data::<Random>(this) = Random { state: words.into(), index };
    Ok(Owned::none())
}

fn get_bits(vm: &Vm, this: Value, k: Value) -> PyResult {
    let k = protocol::index::to_isize(vm, k)?;
    let Ok(k) = usize::try_from(k) else {
        return Err(vm.value_error("number of bits must be non-negative"));
    };
    let r = native::data::<Random>(this);
    if k == 0 {
        return Ok(Owned::fixnum(0));
    }
    if k <= 32 {
        return Ok(Owned::fixnum(i64::from(r.next() >> (32 - k))));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(k.div_ceil(32) * 4).map_err(|_| vm.memory_error())?;
    let mut left = k;
    while left > 0 {
        let word = r.next();
        let word = if left < 32 { word >> (32 - left) } else { word };
        bytes.extend(word.to_le_bytes());
        left = left.saturating_sub(32);
    }
    int::from_big(vm, IBig::from(dashu_int::UBig::from_le_bytes(&bytes)))
}
