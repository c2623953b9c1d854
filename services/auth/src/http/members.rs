//! Members, as admins see and change them.

use actix_web::http::header::ETAG;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chassis::Document;
use contracts::UserId;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Admin;
use jiff::Timestamp;
use problem::{Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};

use super::rules;
use super::users::UserResponse;
use crate::app;
use crate::app::members::Draft;
use crate::domain::members::{NoPlace, Place, Search};
use crate::domain::roles::MEMBER;
use crate::domain::users::{DEFAULT_LOCALE, DEFAULT_TIME_ZONE, OLDEST, User, YOUNGEST};
use crate::error::Error;
use crate::state::State;
use crate::store;

/// Which members; what is left out does not narrow it.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct UsersQuery {
    /// How the name begins; with an `@` in it, how the e-mail address begins. In any case.
    #[garde(inner(length(chars, min = 1, max = 255)))]
    #[param(min_length = 1, max_length = 255)]
    q: Option<String>,
    /// A role that they hold.
    #[garde(inner(length(max = 64)))]
    role: Option<String>,
    /// Who joined then or later.
    #[garde(skip)]
    #[param(value_type = Option<String>, format = DateTime)]
    created_from: Option<Timestamp>,
    /// Who joined before.
    #[garde(skip)]
    #[param(value_type = Option<String>, format = DateTime)]
    created_before: Option<Timestamp>,
    /// The `next_cursor` of the page before.
    #[garde(inner(custom(is_place(self.q.is_some()))))]
    cursor: Option<String>,
    /// How many at most, 1 to 100.
    #[garde(range(min = 1, max = 100))]
    #[serde(default = "page")]
    #[param(minimum = 1, maximum = 100)]
    limit: i64,
}

fn page() -> i64 {
    20
}

fn is_place(is_called: bool) -> impl FnOnce(&String, &()) -> garde::Result {
    move |cursor, ()| match cursor.parse() {
        Ok(place) if is_called == matches!(place, Place::Called(..)) => Ok(()),
        _ => Err(garde::Error::new(NoPlace)),
    }
}

/// A page of members: newest first, or with `q` by name or address.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct UsersResponse {
    items: Vec<UserResponse>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// A new member. They have no password until they ask for another one.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateUserRequest {
    #[garde(email, length(max = 255))]
    email: String,
    #[garde(custom(rules::name))]
    name: String,
    #[garde(inner(range(min = YOUNGEST, max = OLDEST)))]
    age: Option<i32>,
    #[garde(inner(length(chars, min = 1, max = 20)))]
    gender: Option<String>,
    /// BCP 47 tag; else `ko`.
    #[garde(inner(custom(rules::locale)))]
    locale: Option<String>,
    /// IANA zone; else `Asia/Seoul`.
    #[garde(inner(custom(rules::time_zone)))]
    time_zone: Option<String>,
    /// `member` and others; else that alone.
    #[garde(inner(custom(rules::roles)))]
    roles: Option<Vec<String>>,
}

/// A member as they are to be, whole: what is left out or null is taken back.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaceUserRequest {
    #[garde(custom(rules::name))]
    name: String,
    #[garde(inner(range(min = YOUNGEST, max = OLDEST)))]
    age: Option<i32>,
    #[garde(inner(length(chars, min = 1, max = 20)))]
    gender: Option<String>,
    /// BCP 47 tag.
    #[garde(custom(rules::locale))]
    locale: String,
    /// IANA zone.
    #[garde(custom(rules::time_zone))]
    time_zone: String,
    /// `member` and others.
    #[garde(custom(rules::roles))]
    roles: Vec<String>,
}

/// Members, by what is known of them.
#[utoipa::path(
    get, path = "/api/users", tag = "auth", operation_id = "list_users",
    params(UsersQuery),
    responses((status = 200, body = UsersResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("role:admin")))
)]
pub(crate) async fn list_users(
    _: Admin,
    query: Query<UsersQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let UsersQuery { q, role, created_from, created_before, cursor, limit } = query.0;
    let search = Search {
        beginning: q,
        role: role.filter(|role| role != MEMBER),
        from: created_from.unwrap_or_default().max(Timestamp::UNIX_EPOCH),
        before: created_before.unwrap_or(Timestamp::MAX).max(Timestamp::UNIX_EPOCH),
        after: cursor.and_then(|cursor| cursor.parse().ok()),
    };
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    // One more than asked for tells whether there is a next page.
    let found = store::members::list(&mut conn, &search, limit + 1).await;
    let mut found = found.map_err(Error::from)?;
    let asked_for = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > asked_for;
    found.truncate(asked_for);
    let last = found.last().filter(|_| more);
    let next_cursor = last.map(|(place, _)| place.to_string());
    let items = found.into_iter().map(|(_, user)| user.into()).collect();
    Ok(HttpResponse::Ok().json(UsersResponse { items, next_cursor }))
}

/// Makes a member, without a password.
#[utoipa::path(
    post, path = "/api/users", tag = "auth", operation_id = "create_user",
    request_body = CreateUserRequest, params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = UserResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("role:admin")))
)]
pub(crate) async fn create_user(
    Admin(admin): Admin,
    once: Once,
    body: Json<CreateUserRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let new = body.value;
    let draft = Draft {
        name: new.name.trim().to_owned(),
        age: new.age,
        gender: new.gender,
        locale: new.locale.unwrap_or_else(|| DEFAULT_LOCALE.to_owned()),
        time_zone: new.time_zone.unwrap_or_else(|| DEFAULT_TIME_ZONE.to_owned()),
        roles: new.roles.unwrap_or_else(|| vec![MEMBER.to_owned()]),
    };
    once.run(&state.pool, &body.bytes, async |conn| {
        let user = app::members::create(conn, now, admin.user_id, new.email, draft).await?;
        Ok::<_, Error>(Reply::created(&UserResponse::from(user))?)
    })
    .await
}

/// One member, with an ETag.
#[utoipa::path(
    get, path = "/api/users/{id}", tag = "auth", operation_id = "find_user",
    params(("id" = UserId, Path), ("If-None-Match" = Option<String>, Header)),
    responses((status = 200, body = UserResponse), (status = 304)),
    security(("bearer" = [])), extensions(("x-access" = json!("role:admin")))
)]
pub(crate) async fn find_user(
    request: HttpRequest,
    _: Admin,
    id: Path<UserId>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let user = state.pool.read(async |conn| store::users::find(conn, id.0).await);
    let user = user.await.map_err(Error::from)?.ok_or(Error::UserNotFound)?;
    Ok(document(user)?.respond(&request))
}

/// Changes a member, roles included. With `If-Match` only over what the admin has read. The next token carries the roles.
#[utoipa::path(
    put, path = "/api/users/{id}", tag = "auth", operation_id = "replace_user",
    request_body = ReplaceUserRequest,
    params(("id" = UserId, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = UserResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("role:admin")))
)]
pub(crate) async fn replace_user(
    request: HttpRequest,
    Admin(admin): Admin,
    id: Path<UserId>,
    body: Json<ReplaceUserRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let ReplaceUserRequest { name, age, gender, locale, time_zone, roles } = body.value;
    let name = name.trim().to_owned();
    let draft = Draft { name, age, gender, locale, time_zone, roles };
    let user = pg::transaction(&state.pool, async |conn| {
        let user = store::users::lock(conn, id.0).await?.ok_or(Error::UserNotFound)?;
        if !document(user.clone())?.may_be_replaced_by(&request) {
            return Err(Error::UserChanged);
        }
        app::members::replace(conn, now, admin.user_id, user, draft).await
    })
    .await?;
    let etag = document(user.clone())?.etag().clone();
    Ok(HttpResponse::Ok().insert_header((ETAG, etag)).json(UserResponse::from(user)))
}

/// Erases a member, here and in every service.
#[utoipa::path(
    delete, path = "/api/users/{id}", tag = "auth", operation_id = "delete_user",
    params(("id" = UserId, Path)),
    responses((status = 204)),
    security(("bearer" = [])), extensions(("x-access" = json!("role:admin")))
)]
pub(crate) async fn delete_user(
    Admin(admin): Admin,
    id: Path<UserId>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    pg::transaction(&state.pool, async |conn| {
        app::members::delete(conn, now, admin.user_id, id.0).await
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn document(user: User) -> Result<Document, Error> {
    Ok(Document::json(&UserResponse::from(user))?)
}
