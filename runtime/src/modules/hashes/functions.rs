//! The hash functions themselves, behind one trait, and what is known of each.

use md5::Md5;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use sha3::digest::{Digest, ExtendableOutput, Update, XofReader};
use sha3::{Sha3_224, Sha3_256, Sha3_384, Sha3_512, Shake128, Shake256};

use crate::objects::{TypeRef, Types};

/// A computation that data are fed to.
pub trait Function {
    fn update(&mut self, data: &[u8]);
    /// The digest of what came so far; the computation goes on. `out` is as long as the digest, or as what is asked of a function
    /// that gives any length.
    fn digest(&self, out: &mut [u8]);
    fn copy(&self) -> Box<dyn Function>;
}

/// A function whose digests have one length.
#[derive(Clone)]
struct Fixed<D>(D);

impl<D: Digest + Clone + 'static> Function for Fixed<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
    fn digest(&self, out: &mut [u8]) {
        fill(out, &self.0.clone().finalize());
    }
    fn copy(&self) -> Box<dyn Function> {
        Box::new(self.clone())
    }
}

/// A function whose digests are as long as one likes.
#[derive(Clone)]
struct Extendable<D>(D);

impl<D: ExtendableOutput + Update + Clone + 'static> Function for Extendable<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
    fn digest(&self, out: &mut [u8]) {
        self.0.clone().finalize_xof().read(out);
    }
    fn copy(&self) -> Box<dyn Function> {
        Box::new(self.clone())
    }
}

impl Function for blake2b_simd::State {
    fn update(&mut self, data: &[u8]) {
        self.update(data);
    }
    fn digest(&self, out: &mut [u8]) {
        fill(out, self.finalize().as_bytes());
    }
    fn copy(&self) -> Box<dyn Function> {
        Box::new(self.clone())
    }
}

impl Function for blake2s_simd::State {
    fn update(&mut self, data: &[u8]) {
        self.update(data);
    }
    fn digest(&self, out: &mut [u8]) {
        fill(out, self.finalize().as_bytes());
    }
    fn copy(&self) -> Box<dyn Function> {
        Box::new(self.clone())
    }
}

fn fill(out: &mut [u8], digest: &[u8]) {
    let len = out.len().min(digest.len());
    out[..len].copy_from_slice(&digest[..len]);
}

/// What is known of a hash function.
pub struct Algorithm {
    pub name: &'static str,
    /// 0: any length.
    pub digest_size: usize,
    pub block_size: usize,
    /// The type of its objects.
    pub class: fn(&Types) -> TypeRef,
    pub start: fn() -> Box<dyn Function>,
}

impl Algorithm {
    /// The digest of one text.
    pub fn digest_of(&self, data: &[u8]) -> Vec<u8> {
        let mut state = (self.start)();
        state.update(data);
        let mut out = vec![0; self.digest_size];
        state.digest(&mut out);
        out
    }
}

macro_rules! algorithms {
    ($($id:ident $name:literal $digest:literal $block:literal $class:ident $start:expr;)*) => {
        $(pub static $id: Algorithm = Algorithm {
            name: $name,
            digest_size: $digest,
            block_size: $block,
            class: |types| types.$class,
            start: || Box::new($start),
        };)*

        #[cfg(test)]
        static ALL: &[&Algorithm] = &[$(&$id),*];
    };
}

algorithms! {
    MD5 "md5" 16 64 hash_md5 Fixed(Md5::new());
    SHA1 "sha1" 20 64 hash_sha1 Fixed(Sha1::new());
    SHA224 "sha224" 28 64 hash_sha224 Fixed(Sha224::new());
    SHA256 "sha256" 32 64 hash_sha256 Fixed(Sha256::new());
    SHA384 "sha384" 48 128 hash_sha384 Fixed(Sha384::new());
    SHA512 "sha512" 64 128 hash_sha512 Fixed(Sha512::new());
    SHA3_224 "sha3_224" 28 144 hash_sha3_224 Fixed(Sha3_224::new());
    SHA3_256 "sha3_256" 32 136 hash_sha3_256 Fixed(Sha3_256::new());
    SHA3_384 "sha3_384" 48 104 hash_sha3_384 Fixed(Sha3_384::new());
    SHA3_512 "sha3_512" 64 72 hash_sha3_512 Fixed(Sha3_512::new());
    SHAKE_128 "shake_128" 0 168 hash_shake_128 Extendable(Shake128::default());
    SHAKE_256 "shake_256" 0 136 hash_shake_256 Extendable(Shake256::default());
    BLAKE2B "blake2b" 64 128 hash_blake2b blake2b_simd::State::new();
    BLAKE2S "blake2s" 32 64 hash_blake2s blake2s_simd::State::new();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(data: &[u8]) -> String {
        data.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn digests_are_those_of_the_standards() {
        assert_eq!(hex(&MD5.digest_of(b"abc")), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex(&SHA1.digest_of(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            hex(&BLAKE2S.digest_of(b"abc")),
            "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"
        );
    }

    #[test]
    fn pieces_and_copies_give_the_same_digest() {
        for algorithm in ALL {
            let length = if algorithm.digest_size == 0 { 40 } else { algorithm.digest_size };
            let digest = |state: &dyn Function| {
                let mut out = vec![0; length];
                state.digest(&mut out);
                out
            };
            let mut whole = (algorithm.start)();
            whole.update(&[b'x'; 300]);
            let mut pieces = (algorithm.start)();
            pieces.update(&[b'x'; 100]);
            let before = digest(&*pieces);
            let mut copy = pieces.copy();
            copy.update(&[b'x'; 200]);
            assert_eq!(digest(&*pieces), before, "{}", algorithm.name);
            assert_eq!(digest(&*copy), digest(&*whole), "{}", algorithm.name);
        }
    }
}
