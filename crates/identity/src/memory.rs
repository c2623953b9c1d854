//! What was proved or signed lately, so that it need not be done again: bounded, and shared by all threads.

use std::hash::Hash;

use moka::sync::Cache;

/// Looked up without allocating, with no lock but the cache's own. A fast hash is good enough: strangers can ask for
/// any key, but only what was proved gets in.
pub(crate) type Memory<K, V> = Cache<K, V, foldhash::quality::RandomState>;

/// A memory of at most `most` entries; what is asked for seldom goes first.
pub(crate) fn memory<K, V>(most: u64) -> Memory<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(most).build_with_hasher(foldhash::quality::RandomState::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_grow_without_end() {
        let memory: Memory<Box<str>, u32> = memory(100);
        for n in 0..1000 {
            memory.insert(n.to_string().into(), n);
        }
        memory.run_pending_tasks();
        assert!((1..=100).contains(&memory.entry_count()));
    }
}
