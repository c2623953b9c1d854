//! What a quest gives, and what it adds up to. Points are integers.

/// Points for a quest of a difficulty, 1 to 3 (domain.md, "The member's day").
pub(crate) fn xp_for(difficulty: i16) -> i32 {
    match difficulty {
        ..=1 => 10,
        2 => 20,
        3.. => 30,
    }
}

/// How far a member has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// From 1 on.
    pub(crate) level: i64,
    /// All points so far.
    pub(crate) xp: i64,
    /// The points at which the next level begins.
    pub(crate) next_level_at: i64,
}

impl Progress {
    /// The progress that a balance of points stands for.
    pub(crate) fn of(xp: i64) -> Self {
        // 50(n-1)n <= xp solved for n, then mended where the root of a large number is off by one.
        let mut level = 1.max(((1.0 + (1.0 + xp.max(0) as f64 * 0.08).sqrt()) / 2.0) as i64);
        while level_begins_at(level + 1) <= xp {
            level += 1;
        }
        while level > 1 && level_begins_at(level) > xp {
            level -= 1;
        }
        Progress { level, xp, next_level_at: level_begins_at(level + 1) }
    }
}

/// Level n+1 begins at 50 * n * (n + 1) points (domain.md, "The member's day").
fn level_begins_at(level: i64) -> i64 {
    50_i64.saturating_mul(level - 1).saturating_mul(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_begin_where_they_should() {
        for (xp, level, next_level_at) in [
            (0, 1, 100),
            (99, 1, 100),
            (100, 2, 300),
            (299, 2, 300),
            (300, 3, 600),
            (599, 3, 600),
            (600, 4, 1_000),
            (50 * 999 * 1_000, 1_000, 50 * 1_000 * 1_001),
            (50 * 999 * 1_000 - 1, 999, 50 * 999 * 1_000),
        ] {
            assert_eq!(Progress::of(xp), Progress { level, xp, next_level_at });
        }
    }

    #[test]
    fn every_balance_lies_within_its_level() {
        for xp in (0..200_000).chain([i32::MAX.into(), 1 << 50]) {
            let progress = Progress::of(xp);
            assert!(level_begins_at(progress.level) <= xp && xp < progress.next_level_at);
        }
    }
}
