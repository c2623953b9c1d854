//! Believing access tokens: the gateway's side.

use std::sync::Arc;

use contracts::UserId;
use jiff::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use reqwest::redirect;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::claims::{Claims, Member};
use super::jwks::{IssuerKeys, TrustedKey};
use super::{Revocations, TokenIssuers, VerifierSettings};
use crate::assertion::Subject;
use crate::jws::Unverified;
use crate::memory::{Memory, memory};
use crate::{Refusal, Roles};

/// A token that is believed.
pub struct VerifiedToken<Note = ()> {
    member: Member,
    key: Arc<TrustedKey>,
    /// Whatever follows from the token, for who wants it remembered along with it.
    pub note: Note,
}

impl<Note> VerifiedToken<Note> {
    /// The member.
    pub fn user_id(&self) -> UserId {
        self.member.user_id
    }

    /// The member's roles.
    pub fn roles(&self) -> &Roles {
        self.member.subject.roles()
    }

    /// The session; none where its issuer knows none.
    pub fn session_id(&self) -> Option<Uuid> {
        self.member.subject.session_id()
    }

    /// When it expires, in seconds since 1970.
    pub fn expires_at(&self) -> i64 {
        self.member.expires_at
    }

    /// What to sign assertions about.
    pub fn subject(&self) -> &Subject {
        &self.member.subject
    }
}

/// Verifies access tokens of several issuers, and remembers them.
pub struct TokenVerifier<Note = ()> {
    issuers: Vec<Issuer>,
    remembered: Memory<Box<[u8]>, Arc<VerifiedToken<Note>>>,
    revocations: Arc<Revocations>,
}

struct Issuer {
    name: String,
    audience: String,
    keys: Arc<IssuerKeys>,
}

impl<Note: Default + Send + Sync + 'static> TokenVerifier<Note> {
    /// Believes these issuers. Their keys come with [`TokenVerifier::keep_fresh`]; the error is of the TLS set-up.
    pub fn new(
        issuers: &TokenIssuers,
        revocations: Arc<Revocations>,
        settings: VerifierSettings,
    ) -> Result<Self, reqwest::Error> {
        // No idle connection is kept: one would belong to whichever worker's runtime opened it.
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .build()?;
        let issuers = issuers.iter().map(|named| {
            let (url, http) = (named.jwks_url.clone(), http.clone());
            Issuer {
                name: named.issuer.clone(),
                audience: named.audience.clone(),
                keys: Arc::new(IssuerKeys::remote(&named.issuer, url, http, settings)),
            }
        });
        Ok(Self::of(issuers.collect(), revocations, settings.remembered_tokens))
    }

    /// Believes one issuer whose keys are at hand: auth looking at its own tokens.
    pub fn own(issuer: &str, audience: &str, keys: JwkSet, revocations: Arc<Revocations>) -> Self {
        let issuer = Issuer {
            name: issuer.to_owned(),
            audience: audience.to_owned(),
            keys: Arc::new(IssuerKeys::fixed(keys)),
        };
        let remember = VerifierSettings::default().remembered_tokens;
        Self::of(vec![issuer], revocations, remember)
    }

    fn of(issuers: Vec<Issuer>, revocations: Arc<Revocations>, remember: u64) -> Self {
        TokenVerifier { issuers, remembered: memory(remember), revocations }
    }

    /// Fetches every issuer's keys, now and again and again; never ends. Spawn it once, where the process lives.
    pub async fn keep_fresh(&self) {
        let mut tasks = JoinSet::new();
        for issuer in &self.issuers {
            tasks.spawn(Arc::clone(&issuer.keys).keep_fresh());
        }
        while tasks.join_next().await.is_some() {}
    }

    /// The issuers of whom we have no key (yet), for the health page.
    pub fn issuers_without_keys(&self) -> impl Iterator<Item = &str> {
        let without = self.issuers.iter().filter(|issuer| issuer.keys.is_empty());
        without.map(|issuer| issuer.name.as_str())
    }

    /// Believes no token any more that was signed by one of these keys, remembered or not, for as long as this process
    /// lives. A key's name is its thumbprint: no issuer means another key by it.
    pub fn revoke_keys(&self, kids: &[String]) {
        self.issuers.iter().for_each(|issuer| issuer.keys.revoke(kids));
    }

    /// What [`TokenVerifier::verify`] says of a token that is remembered: without a signature check, and so without
    /// what that costs. None where it is not.
    pub fn recall(
        &self,
        token: impl AsRef<[u8]>,
        now: Timestamp,
    ) -> Option<Result<Arc<VerifiedToken<Note>>, Refusal>> {
        let known = self.remembered.get(token.as_ref())?;
        (!known.key.is_retired()).then(|| self.still_good(known, now))
    }

    /// The member whom the token names, if it is to be believed now. Only believed ones are remembered; expiry, the
    /// session and the key's standing are looked at every time.
    pub async fn verify(
        &self,
        token: impl AsRef<[u8]>,
        now: Timestamp,
    ) -> Result<Arc<VerifiedToken<Note>>, Refusal> {
        let token = token.as_ref();
        if let Some(outcome) = self.recall(token, now) {
            return outcome;
        }
        let text = str::from_utf8(token).map_err(|_| Refusal::Malformed)?;
        let unverified = Unverified::<Claims>::parse(text)?;
        let name = unverified.unproved().iss.as_deref();
        let name = name.ok_or(Refusal::MissingClaim)?;
        let issuer = self.issuers.iter().find(|issuer| issuer.name == name);
        let issuer = issuer.ok_or(Refusal::UnknownIssuer)?;
        let key = issuer.keys.find(unverified.kid()?).await?;
        let member = unverified.verify(&key.key)?.check(&issuer.audience, now)?;
        let believed =
            self.still_good(Arc::new(VerifiedToken { member, key, note: Note::default() }), now)?;
        self.remembered.insert(token.into(), Arc::clone(&believed));
        Ok(believed)
    }

    fn still_good(
        &self,
        token: Arc<VerifiedToken<Note>>,
        now: Timestamp,
    ) -> Result<Arc<VerifiedToken<Note>>, Refusal> {
        if token.member.expires_at <= now.as_second() {
            return Err(Refusal::Expired);
        }
        let session_id = token.session_id();
        if session_id.is_some_and(|session_id| self.revocations.is_revoked(session_id)) {
            return Err(Refusal::Revoked);
        }
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use secrecy::ExposeSecret;

    use super::*;
    use crate::access::AccessTokenIssuer;
    use crate::keys::{SigningKey, SigningKeys};

    fn remembered(verifier: &TokenVerifier) -> u64 {
        verifier.remembered.run_pending_tasks();
        verifier.remembered.entry_count()
    }

    #[tokio::test]
    async fn only_believed_tokens_take_memory_and_not_without_end() {
        let keys = SigningKeys::from_pem(&SigningKey::generate_pem().unwrap()).unwrap();
        let fixed = Issuer {
            name: "auth".to_owned(),
            audience: "us".to_owned(),
            keys: Arc::new(IssuerKeys::fixed(keys.jwks())),
        };
        let verifier: TokenVerifier =
            TokenVerifier::of(vec![fixed], Arc::new(Revocations::new(1)), 100);
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let minute = SignedDuration::from_mins(1);
        let right = AccessTokenIssuer::new("auth", "us", keys.signing().clone(), minute);
        let wrong = AccessTokenIssuer::new("auth", "them", keys.signing().clone(), minute);
        for n in 0..500 {
            let member = UserId(Uuid::from_u128(n));
            let bad = wrong.issue(member, Uuid::nil(), &Roles::default(), now).unwrap();
            assert!(verifier.verify(bad.token.expose_secret(), now).await.is_err());
        }
        assert_eq!(remembered(&verifier), 0);
        for n in 0..500 {
            let member = UserId(Uuid::from_u128(n));
            let good = right.issue(member, Uuid::nil(), &Roles::default(), now).unwrap();
            assert!(verifier.verify(good.token.expose_secret(), now).await.is_ok());
        }
        assert!((1..=100).contains(&remembered(&verifier)));
    }
}
