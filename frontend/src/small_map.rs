//! Maps that keep the order of insertion, for keys that are numbers.
//!
//! Nearly all scopes and code objects have few names and constants, and there are very many scopes:
//! looking through a short list beats hashing, and an empty map must cost nothing. Only a map that
//! grows beyond [`LINEAR`] entries gets a hash index.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Up to so many entries are searched one by one.
const LINEAR: usize = 12;

/// An ordered map. Equal keys keep their first place.
#[derive(Clone)]
pub struct SmallMap<K, V> {
    entries: Vec<(K, V)>,
    /// The place of each key, once there are many.
    index: Option<Box<FxHashMap<K, u32>>>,
}

/// An ordered set.
pub type SmallSet<K> = SmallMap<K, ()>;

impl<K, V> Default for SmallMap<K, V> {
    fn default() -> Self {
        SmallMap { entries: Vec::new(), index: None }
    }
}

impl<K: Copy + Eq + Hash, V> SmallMap<K, V> {
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The place of a key.
    pub fn position(&self, key: K) -> Option<usize> {
        match &self.index {
            None => self.entries.iter().position(|(k, _)| *k == key),
            Some(index) => index.get(&key).map(|&at| at as usize),
        }
    }

    pub fn contains(&self, key: K) -> bool {
        self.position(key).is_some()
    }

    pub fn get(&self, key: K) -> Option<&V> {
        self.position(key).map(|at| &self.entries[at].1)
    }

    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.position(key).map(|at| &mut self.entries[at].1)
    }

    /// The entry at a place below [`SmallMap::len`].
    pub fn at(&self, place: usize) -> (K, &V) {
        let (key, value) = &self.entries[place];
        (*key, value)
    }

    pub fn at_mut(&mut self, place: usize) -> &mut V {
        &mut self.entries[place].1
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (K, &V)> {
        self.entries.iter().map(|(key, value)| (*key, value))
    }

    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (K, &mut V)> {
        self.entries.iter_mut().map(|(key, value)| (*key, value))
    }

    pub fn keys(&self) -> impl ExactSizeIterator<Item = K> {
        self.entries.iter().map(|(key, _)| *key)
    }

    /// The place of a key, which gets a value if it is new.
    pub fn place_or_insert_with(&mut self, key: K, value: impl FnOnce() -> V) -> usize {
        if let Some(at) = self.position(key) {
            return at;
        }
        let at = self.entries.len();
        if at == 0 {
            // A few are likely to follow.
            self.entries.reserve(8);
        }
        self.entries.push((key, value()));
        match &mut self.index {
            Some(index) => {
                index.insert(key, at as u32);
            }
            None if at == LINEAR => self.build_index(),
            None => {}
        }
        at
    }

    /// Sets the value of a key, new or not.
    pub fn insert(&mut self, key: K, value: V) {
        let mut value = Some(value);
        let at = self.place_or_insert_with(key, || value.take().expect("called once"));
        if let Some(value) = value {
            self.entries[at].1 = value;
        }
    }

    /// Removes a key; the last one takes its place. Says whether it was there.
    pub fn swap_remove(&mut self, key: K) -> bool {
        let Some(at) = self.position(key) else { return false };
        self.entries.swap_remove(at);
        if let Some(index) = &mut self.index {
            index.remove(&key);
            if let Some((moved, _)) = self.entries.get(at) {
                index.insert(*moved, at as u32);
            }
        }
        true
    }

    /// Removes a key, keeping the order of the others.
    pub fn shift_remove(&mut self, key: K) {
        let Some(at) = self.position(key) else { return };
        self.entries.remove(at);
        if self.index.is_some() {
            self.build_index();
        }
    }

    /// Keeps the entries at some places.
    pub fn retain_places(&mut self, keep: impl Fn(usize) -> bool) {
        let mut place = 0;
        self.entries.retain(|_| {
            place += 1;
            keep(place - 1)
        });
        if self.index.is_some() {
            self.build_index();
        }
    }

    fn build_index(&mut self) {
        let places = self.entries.iter().zip(0..).map(|((key, _), at)| (*key, at));
        self.index = Some(Box::new(places.collect()));
    }
}

impl<K: Copy + Eq + Hash, V: Default> SmallMap<K, V> {
    /// The place of a key, which is added if it is new.
    pub fn place(&mut self, key: K) -> usize {
        self.place_or_insert_with(key, V::default)
    }

    pub fn entry(&mut self, key: K) -> &mut V {
        let at = self.place(key);
        &mut self.entries[at].1
    }

    pub fn extend(&mut self, keys: impl IntoIterator<Item = K>) {
        for key in keys {
            self.place(key);
        }
    }
}

impl<K: Copy + Eq + Hash> FromIterator<K> for SmallSet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut set = SmallSet::default();
        set.extend(keys);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small and large maps behave like a list of pairs.
    #[test]
    fn keeps_order_through_every_change() {
        for count in [3u32, 12, 13, 200] {
            let mut map = SmallMap::default();
            for key in 0..count {
                map.insert(key, key * 10);
                map.insert(key / 2, 7);
            }
            assert!(map.keys().eq(0..count));
            assert_eq!(map.get(1), Some(&7));
            assert_eq!(map.place(count), count as usize);
            assert!(map.swap_remove(0) && !map.swap_remove(0));
            assert_eq!(map.position(count), Some(0));
            map.shift_remove(1);
            map.retain_places(|_| true);
            let expected: Vec<u32> = std::iter::once(count).chain(2..count).collect();
            assert!(map.keys().eq(expected.iter().copied()));
            assert!(expected.iter().enumerate().all(|(at, &key)| map.position(key) == Some(at)));
            assert_eq!(map.get(0), None);
        }
    }
}
