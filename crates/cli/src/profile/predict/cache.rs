//! What the last-level cache of a chip still has when a dispatch needs it.

use kokoro_wgpu::PlannedDispatch;

/// The bytes of each dispatch that a cache of so many bytes does not have, when the same utterance is spoken again and again.
/// The cache keeps what was used last, whole buffers at a time.
pub fn missed(dispatches: &[PlannedDispatch], cache_bytes: u64) -> Vec<u64> {
    let mut recent: Vec<(usize, u64)> = Vec::new(); // the last used at the end
    let mut missed = Vec::new();
    for _ in 0..2 {
        missed = dispatches.iter().map(|dispatch| misses(&mut recent, &dispatch.buffers, cache_bytes)).collect();
    }
    missed
}

fn misses(recent: &mut Vec<(usize, u64)>, buffers: &[(usize, u64)], cache_bytes: u64) -> u64 {
    let mut missed = 0;
    for (number, bytes) in buffers {
        let found = recent.iter().position(|(other, _)| other == number).map(|at| recent.remove(at).1);
        let cached = found.unwrap_or(0).min(*bytes);
        missed += bytes - cached;
        recent.push((*number, (*bytes).max(found.unwrap_or(0)).min(cache_bytes)));
        let mut total: u64 = recent.iter().map(|(_, bytes)| bytes).sum();
        while total > cache_bytes {
            total -= recent.remove(0).1;
        }
    }
    missed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_keeps_what_was_used_last() {
        let mut recent = Vec::new();
        let mut miss = |buffers: &[(usize, u64)]| misses(&mut recent, buffers, 1000);
        assert_eq!(miss(&[(0, 400), (1, 500)]), 900);
        assert_eq!(miss(&[(0, 400)]), 0);
        assert_eq!(miss(&[(2, 500)]), 500); // 1 must go
        assert_eq!(miss(&[(0, 400)]), 0);
        assert_eq!(miss(&[(1, 500)]), 500);
        assert_eq!(miss(&[(3, 5000)]), 5000); // more than the cache
        assert_eq!(miss(&[(3, 5000)]), 4000); // of which it has kept a part
    }
}
