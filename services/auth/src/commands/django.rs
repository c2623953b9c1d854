//! A member as Django writes one: a line of `manage.py dumpdata --format jsonl`, whose user tables differ from house to house,
//! or an object of the same fields. Fields that we have no place for are passed over.

use contracts::UserId;
use garde::Validate;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::imports::Newcomer;
use crate::domain::passwords::DjangoHash;
use crate::domain::roles::MEMBER;
use crate::domain::users::{DEFAULT_LOCALE, DEFAULT_TIME_ZONE, OLDEST, User, YOUNGEST};
use crate::http::rules;

/// What the fields of a line mean here.
pub(super) struct Reader<'a> {
    /// When it is read.
    pub(super) now: Timestamp,
    /// The roles that there are.
    pub(super) known_roles: Vec<String>,
    /// The role of those with `is_staff`.
    pub(super) staff: Option<&'a str>,
    /// The role of those with `is_superuser`.
    pub(super) superusers: Option<&'a str>,
}

#[derive(Deserialize, Validate)]
struct DjangoUser {
    #[garde(email, length(max = 255))]
    email: String,
    #[garde(inner(custom(comparable)))]
    #[serde(default, deserialize_with = "filled")]
    password: Option<String>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "filled")]
    name: Option<String>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "filled")]
    first_name: Option<String>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "filled")]
    last_name: Option<String>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "filled")]
    username: Option<String>,
    #[garde(inner(range(min = YOUNGEST, max = OLDEST)))]
    age: Option<i32>,
    #[garde(inner(length(chars, max = 20)))]
    #[serde(default, deserialize_with = "filled")]
    gender: Option<String>,
    #[garde(inner(custom(rules::locale)))]
    #[serde(default, deserialize_with = "filled")]
    locale: Option<String>,
    #[garde(inner(custom(rules::time_zone)))]
    #[serde(default, deserialize_with = "filled")]
    time_zone: Option<String>,
    #[garde(skip)]
    cognito_sub: Option<Uuid>,
    #[garde(inner(custom(of_our_time)))]
    date_joined: Option<Timestamp>,
    #[garde(inner(custom(of_our_time)))]
    last_login: Option<Timestamp>,
    #[garde(skip)]
    #[serde(default = "yes")]
    is_active: bool,
    #[garde(skip)]
    #[serde(default)]
    is_staff: bool,
    #[garde(skip)]
    #[serde(default)]
    is_superuser: bool,
    #[garde(skip)]
    #[serde(default, deserialize_with = "filled")]
    role: Option<String>,
    #[garde(skip)]
    #[serde(default)]
    roles: Vec<String>,
}

impl Reader<'_> {
    /// The member of a line; none where Django had locked them out, which we cannot. Else what is wrong, without any of the
    /// line's own words: it goes where others read.
    pub(super) fn read(&self, line: &[u8]) -> Result<Option<Newcomer>, String> {
        let mut line: Value = serde_json::from_slice(line).map_err(|_| "is no JSON")?;
        let fields = match line.get_mut("fields") {
            Some(fields) => fields.take(),
            None => line,
        };
        if fields.to_string().contains("\\u0000") {
            return Err("holds U+0000, which cannot be kept".to_owned());
        }
        let user: DjangoUser =
            serde_path_to_error::deserialize(fields).map_err(|error| unfit(&error))?;
        if !user.is_active {
            return Ok(None);
        }
        user.validate().map_err(|report| broken(&report))?;
        let name = user.display_name();
        rules::name(&name, &()).map_err(|error| format!("name: {error}"))?;
        let roles = self.roles(&user)?;
        let password_hash = user.password.filter(|hash| !is_unusable(hash));
        Ok(Some(Newcomer {
            user: User {
                id: UserId(user.cognito_sub.unwrap_or_else(Uuid::now_v7)),
                email: user.email,
                name,
                age: user.age,
                gender: user.gender,
                roles,
                locale: user.locale.unwrap_or_else(|| DEFAULT_LOCALE.to_owned()),
                time_zone: user.time_zone.unwrap_or_else(|| DEFAULT_TIME_ZONE.to_owned()),
                created_at: user.date_joined.unwrap_or(self.now),
                updated_at: self.now,
                last_login_at: user.last_login,
                email_verified_at: None,
            },
            password_hash,
            cognito_sub: user.cognito_sub.map(|sub| sub.to_string()),
        }))
    }

    /// A member's roles: those that the line names, and those of staff and superusers where the operator has said so.
    fn roles(&self, user: &DjangoUser) -> Result<Vec<String>, String> {
        let named = user.role.iter().chain(&user.roles).map(String::as_str);
        let staff = self.staff.filter(|_| user.is_staff);
        let superuser = self.superusers.filter(|_| user.is_superuser);
        let mut roles = vec![MEMBER.to_owned()];
        for role in named.chain(staff).chain(superuser) {
            if !self.known_roles.iter().any(|known| known == role) {
                return Err("roles: one of them is not known here".to_owned());
            }
            if !roles.iter().any(|held| held == role) {
                roles.push(role.to_owned());
            }
        }
        Ok(roles)
    }
}

impl DjangoUser {
    /// What the member is called; who gave no name, as they signed in.
    fn display_name(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        match (&self.first_name, &self.last_name) {
            // 김 and 민지 are 김민지.
            (Some(first), Some(last)) if is_hangul(first) && is_hangul(last) => {
                format!("{last}{first}")
            }
            (Some(first), Some(last)) => format!("{first} {last}"),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => {
                let login = self.username.as_ref().unwrap_or(&self.email);
                login.split('@').next().unwrap_or_default().to_owned()
            }
        }
    }
}

fn is_hangul(text: &str) -> bool {
    text.chars().all(|letter| ('가'..='힣').contains(&letter))
}

/// Django marks who cannot sign in by a password with `!` and noise.
fn is_unusable(hash: &str) -> bool {
    hash.starts_with('!')
}

fn comparable(hash: &str, _: &()) -> garde::Result {
    if is_unusable(hash) {
        return Ok(());
    }
    DjangoHash::read(hash).map(drop).map_err(garde::Error::new)
}

fn of_our_time(time: &Timestamp, _: &()) -> garde::Result {
    if *time >= Timestamp::UNIX_EPOCH {
        return Ok(());
    }
    Err(garde::Error::new("must not be before 1970"))
}

/// Trimmed; none where nothing is left, which is how Django keeps most of what is missing.
fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

fn yes() -> bool {
    true
}

fn unfit(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let detail = error.inner().to_string();
    match detail.starts_with("missing field") {
        true => detail,
        false => format!("{}: has another type or form than it must", error.path()),
    }
}

fn broken(report: &garde::Report) -> String {
    let named = report.iter().map(|(path, error)| format!("{path}: {error}"));
    named.collect::<Vec<_>>().join("; ")
}
