//! Passwords as Django hashes them: compared as they are, until the member's next sign-in replaces the hash by ours.

use std::num::NonZeroU32;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params, PasswordVerifier};
use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bcrypt::HashParts;
use sha2::{Digest, Sha256};

/// The most that one comparison may cost, about twice what Django's own defaults of 2026 do: some half a second of a core,
/// and 128 MiB. What is beyond is refused when it is imported, and never computed.
const MOST_ITERATIONS: u32 = 2_000_000;
const MOST_MEMORY_KIB: u32 = 128 * 1024;
const MOST_PASSES: u32 = 4;
const MOST_LANES: u32 = 8;
const MOST_BCRYPT_COST: u32 = 13;

/// The length of a derived key, in bytes: Django takes the whole of SHA-256.
const DERIVED: usize = 32;

/// A hash that can be compared within the limits.
pub(crate) enum DjangoHash<'a> {
    /// `pbkdf2_sha256$1000000$salt$base64`
    Pbkdf2 { iterations: NonZeroU32, salt: &'a str, derived: Vec<u8> },
    /// `argon2$argon2id$v=19$m=102400,t=2,p=8$salt$hash`
    Argon2(Box<PasswordHash>),
    /// `bcrypt$$2b$12$...`
    Bcrypt(&'a str),
    /// `bcrypt_sha256$$2b$12$...`: of the password's digest, since bcrypt looks at 72 bytes only.
    BcryptSha256(&'a str),
}

/// Why a hash cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("is of an algorithm that cannot be compared here")]
    Unknown,
    #[error("is not what its algorithm writes")]
    Malformed,
    #[error("costs more time or memory than a sign-in may")]
    TooCostly,
}

impl<'a> DjangoHash<'a> {
    /// Reads a hash, and computes nothing.
    pub(crate) fn read(hash: &'a str) -> Result<Self, Refused> {
        match hash.split_once('$').ok_or(Refused::Unknown)? {
            ("pbkdf2_sha256", rest) => read_pbkdf2(rest),
            ("argon2", rest) => read_argon2(rest),
            ("bcrypt", rest) => Ok(DjangoHash::Bcrypt(read_bcrypt(rest)?)),
            ("bcrypt_sha256", rest) => Ok(DjangoHash::BcryptSha256(read_bcrypt(rest)?)),
            _ => Err(Refused::Unknown),
        }
    }

    /// Whether the password is the one that was hashed. Call it where the cost is bounded.
    pub(crate) fn verify(&self, password: &str) -> bool {
        match self {
            DjangoHash::Pbkdf2 { iterations, salt, derived } => {
                let (salt, password) = (salt.as_bytes(), password.as_bytes());
                pbkdf2::verify(PBKDF2_HMAC_SHA256, *iterations, salt, password, derived).is_ok()
            }
            // The hash says with what it was made, not the hasher.
            DjangoHash::Argon2(hash) => {
                Argon2::default().verify_password(password.as_bytes(), hash.as_ref()).is_ok()
            }
            DjangoHash::Bcrypt(hash) => bcrypt::verify(password, hash).unwrap_or(false),
            DjangoHash::BcryptSha256(hash) => {
                let digest = Sha256::digest(password);
                let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                bcrypt::verify(hex, hash).unwrap_or(false)
            }
        }
    }
}

fn read_pbkdf2(rest: &str) -> Result<DjangoHash<'_>, Refused> {
    let parts: Vec<_> = rest.split('$').collect();
    let [iterations, salt, derived] = parts[..] else {
        return Err(Refused::Malformed);
    };
    let iterations: NonZeroU32 = iterations.parse().map_err(|_| Refused::Malformed)?;
    let derived = STANDARD.decode(derived).map_err(|_| Refused::Malformed)?;
    if salt.is_empty() || derived.len() != DERIVED {
        return Err(Refused::Malformed);
    }
    affordable(iterations.get() <= MOST_ITERATIONS)?;
    Ok(DjangoHash::Pbkdf2 { iterations, salt, derived })
}

fn read_argon2(rest: &str) -> Result<DjangoHash<'static>, Refused> {
    let hash = PasswordHash::new(&format!("${rest}")).map_err(|_| Refused::Malformed)?;
    let params = Params::try_from(&hash).map_err(|_| Refused::Malformed)?;
    if !hash.algorithm.as_str().starts_with("argon2") || hash.salt.is_none() || hash.hash.is_none()
    {
        return Err(Refused::Malformed);
    }
    affordable(
        params.m_cost() <= MOST_MEMORY_KIB
            && params.t_cost() <= MOST_PASSES
            && params.p_cost() <= MOST_LANES,
    )?;
    Ok(DjangoHash::Argon2(Box::new(hash)))
}

fn read_bcrypt(hash: &str) -> Result<&str, Refused> {
    let parts: HashParts = hash.parse().map_err(|_| Refused::Malformed)?;
    affordable(parts.get_cost() <= MOST_BCRYPT_COST)?;
    Ok(hash)
}

fn affordable(is_affordable: bool) -> Result<(), Refused> {
    is_affordable.then_some(()).ok_or(Refused::TooCostly)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_compared_is_refused_unread() {
        let derived = STANDARD.encode([7; DERIVED]);
        let pbkdf2 = |iterations: &str| format!("pbkdf2_sha256${iterations}$salt${derived}");
        let argon2 = |kind: &str, costs: &str| {
            format!(
                "argon2${kind}$v=19${costs}$RHZxNmFFVFM0dUFEOU03SzZScmNkYQ$Qm6MyX/m4pqyFdkM+DJnWUXy31IkatF3YcuOopuC9q0"
            )
        };
        let bcrypt = |cost: &str| {
            format!("bcrypt$$2b${cost}$hdsVnFyAViPGXczYAdk8SeKP1UQbFsE7qX4UvWrtzc0B1553dZXQe")
        };
        for (hash, expected) in [
            (pbkdf2("2000000"), None),
            (pbkdf2("2000001"), Some(Refused::TooCostly)),
            (pbkdf2("99999999999999999999"), Some(Refused::Malformed)),
            (pbkdf2("0"), Some(Refused::Malformed)),
            (pbkdf2("1$1"), Some(Refused::Malformed)),
            ("pbkdf2_sha256$1000$salt$c2hvcnQ=".to_owned(), Some(Refused::Malformed)),
            (argon2("argon2id", "m=131072,t=4,p=8"), None),
            (argon2("argon2i", "m=512,t=2,p=2"), None),
            (argon2("argon2id", "m=131073,t=1,p=1"), Some(Refused::TooCostly)),
            (argon2("argon2id", "m=1024,t=5,p=1"), Some(Refused::TooCostly)),
            (argon2("argon2id", "m=1024,t=1,p=9"), Some(Refused::TooCostly)),
            (argon2("scrypt", "m=1024,t=1,p=1"), Some(Refused::Malformed)),
            ("argon2$argon2id$v=19$m=1024,t=1,p=1".to_owned(), Some(Refused::Malformed)),
            (bcrypt("13"), None),
            (bcrypt("14"), Some(Refused::TooCostly)),
            (bcrypt("xx"), Some(Refused::Malformed)),
            ("md5$salt$d2d163776652204dda8bd53607aaffaa".to_owned(), Some(Refused::Unknown)),
            ("$argon2id$v=19$m=19456,t=2,p=1$x$y".to_owned(), Some(Refused::Unknown)),
            ("plain".to_owned(), Some(Refused::Unknown)),
            (String::new(), Some(Refused::Unknown)),
        ] {
            assert_eq!(DjangoHash::read(&hash).err(), expected, "{hash}");
        }
    }
}
