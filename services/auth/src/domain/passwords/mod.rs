//! How passwords are kept: Argon2id with 19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet, 2025). Hashes that came
//! with members from elsewhere (`django.rs`) are compared as they are until they can be replaced.

mod django;

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::LazyLock;

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

pub(crate) use django::DjangoHash;

/// Shortest and longest password, in characters (NIST SP 800-63B; no rules of composition).
pub(crate) const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

/// What is tried first, in lower case (see `data/README.md`).
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lists = [
        include_str!("../../../data/common-passwords.txt"),
        include_str!("../../../data/korean-passwords.txt"),
    ];
    lists.into_iter().flat_map(str::lines).collect()
});

/// How many sign-ins of one account may fail within [`FAILURE_WINDOW`] before it is answered like a wrong password.
pub(crate) const MOST_FAILURES: i32 = 10;
/// How long failures count.
pub(crate) const FAILURE_WINDOW: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);

/// Of `nobody's password`, made as [`hash`] makes it: what is compared for members who are not known.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$3JUJ0+nJkC7qw6o5xFVBQQ$aQOiGzwUMyufuIuVkPbKETvgn6tJkD+EXXdxuPmgoz8";

/// How every hash of ours begins, and every one that is made today.
const ARGON2ID: &str = "$argon2id$";
const CURRENT: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

thread_local! {
    /// Where this thread hashes. Taken and given back for each password, 19 MiB leave holes in the heap that come to hundreds
    /// of megabytes.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Whether it is one of those that are tried first, however its letters are written.
pub(crate) fn is_common(password: &str) -> bool {
    COMMON.contains(&*password.to_lowercase())
}

/// A hash in PHC format. Takes some 20 ms and 19 MiB: call it where that is bounded.
pub(crate) fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    let params = Params::new(19 * 1024, 2, 1, None)?;
    let salt = Salt::generate();
    let made = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: (&params).try_into()?,
        salt: Some(salt),
        hash: Some(derive(password, &salt, params)?),
    };
    Ok(made.to_string())
}

/// Whether the password is the one that was hashed. Without a hash, or with one that costs too much, nobody's is compared,
/// so that unknown members cannot be told from wrong passwords.
pub(crate) fn verify(password: &str, hash: Option<&str>) -> bool {
    if let Some(Ok(hash)) = hash.map(DjangoHash::read) {
        return hash.verify(password);
    }
    let ours = hash.filter(|hash| hash.starts_with(ARGON2ID));
    let right = PasswordHash::new(ours.unwrap_or(NOBODYS)).is_ok_and(|hash| {
        let (Ok(params), Some(salt)) = (Params::try_from(&hash), &hash.salt) else {
            return false;
        };
        // Outputs compare in constant time.
        derive(password, salt, params).is_ok_and(|again| Some(again) == hash.hash)
    });
    right && ours.is_some()
}

/// The derived key.
fn derive(
    password: &str,
    salt: &Salt,
    params: Params,
) -> Result<Output, argon2::password_hash::Error> {
    let mut key = [0; Output::MAX_LENGTH];
    let key = &mut key[..params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
    let blocks = params.block_count();
    let argon2id = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    MEMORY.with_borrow_mut(|memory| {
        memory.resize(blocks.max(memory.len()), Block::default());
        argon2id.hash_password_into_with_memory(password.as_bytes(), salt, key, memory)
    })?;
    Ok(Output::new(key)?)
}

/// Whether a hash is as [`hash`] makes it today. One that is not is replaced when the password is known for a moment.
pub(crate) fn is_current(hash: &str) -> bool {
    hash.starts_with(CURRENT)
}

#[cfg(test)]
mod tests {
    use argon2::PasswordHasher;

    use super::*;

    #[test]
    fn common_passwords_are_known_and_the_lists_hold_nothing_that_is_refused_anyway() {
        for common in [
            "password",
            "12345678",
            "qwertyuiop",
            "PassWord1",
            "iloveyou1",
            "1q2w3e4r",
            "qwer1234!",
            "dkssudgktpdy",
            "tkfkdgody",
            "qlalfqjsgh",
            "asdf1234!",
            "saranghae",
        ] {
            assert!(is_common(common), "{common}");
        }
        for rare in ["correct horse battery", "옳은 비밀번호 8", "a new password", "wkddjtlrdj 3"]
        {
            assert!(!is_common(rare), "{rare}");
        }
        assert!(COMMON.len() > 10_000, "{}", COMMON.len());
        for common in COMMON.iter() {
            let plain =
                common.chars().count() >= *LENGTH.start() && *common == common.to_lowercase();
            assert!(plain && common.trim() == *common, "{common:?}");
        }
    }

    #[test]
    fn a_password_is_verified_and_a_missing_hash_is_never_right() {
        let hash = hash("옳은 비밀번호 8").unwrap();
        assert!(is_current(&hash), "{hash}");
        assert!(verify("옳은 비밀번호 8", Some(&hash)));
        assert!(!verify("옳은 비밀번호 9", Some(&hash)));
        assert!(!verify("nobody's password", None));
        assert!(verify("nobody's password", Some(NOBODYS)));
        let cost = |hash: &str| hash.rsplitn(3, '$').last().map(str::to_owned);
        assert_eq!(cost(NOBODYS), cost(&hash), "nobody's takes as long");
    }

    #[test]
    fn a_thread_hashes_by_other_parameters_in_the_same_memory() {
        let ours = hash("correct horse battery").unwrap();
        for kib in [64, 32 * 1024, 8] {
            let argon2id = Argon2::from(Params::new(kib, 1, 1, None).unwrap());
            let older = argon2id.hash_password(b"correct horse battery").unwrap().to_string();
            assert!(verify("correct horse battery", Some(&older)), "{kib}");
            assert!(!verify("correct horse batterx", Some(&older)), "{kib}");
            assert!(!is_current(&older));
            assert!(verify("correct horse battery", Some(&ours)), "{kib}");
        }
    }
}
