//! Signing in with an account elsewhere: a round of the browser to a provider and back (OpenID Connect, code flow).

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, SET_COOKIE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use garde::Validate;
use problem::{FieldError, Json, Path, Problem, Query};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::accounts::{SignedInResponse, device, signed_in, spoken};
use super::rules;
use crate::app;
use crate::domain::social::{ROUND, Round, WayBack, Wishes, is_challenge};
use crate::domain::users::DEFAULT_TIME_ZONE;
use crate::error::Error;
use crate::state::State;

/// Where a browser keeps its round.
const COOKIE: &str = "social_round";

/// How to begin.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BeginQuery {
    /// Whether the person says that they are over 14. Without it a member can sign in, and nobody can become one.
    #[garde(custom(rules::over_14))]
    over_14: Option<bool>,
    /// BCP 47 tag for who becomes a member; else the provider's, else the first of `Accept-Language`, else `ko`.
    #[garde(inner(custom(rules::locale)))]
    locale: Option<String>,
    /// IANA zone for who becomes a member; else `Asia/Seoul`.
    #[garde(inner(custom(rules::time_zone)))]
    time_zone: Option<String>,
    /// The page or app that takes over, one of those that are allowed: it gets `?code=`, to be exchanged for tokens, or
    /// `?error=` with a problem's code. Without it the callback answers the tokens.
    #[garde(skip)]
    return_to: Option<String>,
    /// With `return_to`: the SHA-256, in base64url, of a secret that goes along with the code (RFC 7636, S256).
    #[garde(custom(challenge(self.return_to.is_some())))]
    code_challenge: Option<String>,
}

fn challenge(is_needed: bool) -> impl FnOnce(&Option<String>, &()) -> garde::Result {
    move |challenge, ()| match challenge {
        Some(challenge) if !is_challenge(challenge) => {
            Err(garde::Error::new("must be a SHA-256 in base64url"))
        }
        None if is_needed => Err(garde::Error::new("is needed with return_to")),
        _ => Ok(()),
    }
}

/// What a provider sends the browser back with. Some add to it.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    #[garde(skip)]
    state: Option<String>,
    #[garde(skip)]
    code: Option<String>,
    #[garde(skip)]
    error: Option<String>,
    /// Who the provider is (RFC 9207).
    #[garde(skip)]
    iss: Option<String>,
}

/// A code that `return_to` was given.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangeRequest {
    #[garde(skip)]
    #[schema(value_type = String)]
    code: SecretString,
    /// The secret whose SHA-256 was the challenge.
    #[garde(skip)]
    #[schema(value_type = String)]
    code_verifier: SecretString,
}

/// Sends the browser to a provider, `google` for example.
#[utoipa::path(
    get, path = "/api/auth/{provider}/login", tag = "auth", operation_id = "begin_social_login",
    params(("provider" = String, Path), BeginQuery),
    responses((status = 303, description = "To the provider.")),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn begin(
    request: HttpRequest,
    name: Path<String>,
    query: Query<BeginQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let provider = state.social.find(&name.0)?;
    let query = query.0;
    let way_back = query.return_to.zip(query.code_challenge);
    let way_back = way_back.map(|(return_to, challenge)| WayBack { return_to, challenge });
    if way_back.as_ref().is_some_and(|way| !state.social.may_take_over(&way.return_to)) {
        let wrong = "is none of the addresses that may take over";
        return Err(Problem::invalid([FieldError::new("/return_to", wrong)]));
    }
    let (url, [csrf, nonce, pkce_verifier]) = provider.begin().await?;
    let round = Round {
        provider: name.0,
        begun_at: state.clock.now(),
        state: csrf,
        nonce,
        pkce_verifier,
        wishes: Wishes {
            over_14: query.over_14.unwrap_or_default(),
            locale: query.locale,
            spoken: spoken(&request),
            time_zone: query.time_zone.unwrap_or_else(|| DEFAULT_TIME_ZONE.to_owned()),
            way_back,
        },
    };
    let cookie = cookie(&state, &round.provider, state.social.seal(&round)?);
    Ok(see_other(&url).insert_header((SET_COOKIE, cookie.to_string())).finish())
}

/// Where the provider sends the browser back to. The round is over then, however it ends.
#[utoipa::path(
    get, path = "/api/auth/{provider}/callback", tag = "auth", operation_id = "finish_social_login",
    params(("provider" = String, Path), CallbackQuery),
    responses(
        (status = 200, body = SignedInResponse),
        (status = 201, body = SignedInResponse, description = "Somebody became a member."),
        (status = 303, description = "To `return_to`."),
    ),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn come_back(
    request: HttpRequest,
    name: Path<String>,
    query: Query<CallbackQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let (name, query) = (name.0, query.0);
    state.social.find(&name)?;
    let kept = request.cookie(COOKIE).and_then(|kept| state.social.open(&name, kept.value()));
    let (now, csrf) = (state.clock.now(), query.state.as_deref().unwrap_or_default());
    let round = kept.filter(|round| round.is_finished_by(&name, csrf, now));
    let round = round.ok_or(Error::RoundOver)?;
    let way_back = round.wishes.way_back.as_ref();
    let answer = match (finish(&request, &state, &round, query).await, way_back) {
        (Err(problem), Some(way)) => back(way, ("error", problem.code())),
        (answer, _) => answer,
    };
    let mut over = cookie(&state, &name, String::new());
    over.set_max_age(Duration::ZERO);
    let over = HeaderValue::try_from(over.to_string()).map_err(Error::internal)?;
    match answer {
        Ok(mut answer) => {
            answer.headers_mut().insert(SET_COOKIE, over);
            Ok(answer)
        }
        Err(problem) => Err(problem.header(SET_COOKIE, over)),
    }
}

async fn finish(
    request: &HttpRequest,
    state: &State,
    round: &Round,
    query: CallbackQuery,
) -> Result<HttpResponse, Problem> {
    let (now, provider) = (state.clock.now(), state.social.find(&round.provider)?);
    app::social::come_back(state, round).await?;
    if query.iss.is_some_and(|iss| iss != provider.issuer()) {
        return Err(Error::ProviderUnbelievable.into());
    }
    let code = match (query.error.as_deref(), query.code) {
        (None, Some(code)) => code,
        (Some("access_denied"), _) => return Err(Error::ConsentRefused.into()),
        _ => return Err(Error::ProviderRefused.into()),
    };
    let person = provider.finish(round, code).await?;
    let Some(way) = &round.wishes.way_back else {
        let (user, session, is_new) = pg::transaction(&state.pool, async |conn| {
            let (user, is_new) = app::social::enter(conn, now, &person, &round.wishes).await?;
            let entered = app::social::sign_in(conn, now, user, device(request)).await?;
            Ok::<_, Error>((entered.0, entered.1, is_new))
        })
        .await?;
        let mut answer = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
        let answer = answer.insert_header((CACHE_CONTROL, "no-store"));
        return Ok(answer.json(signed_in(state, (user, session).into())?));
    };
    let code = pg::transaction(&state.pool, async |conn| {
        let (user, _) = app::social::enter(conn, now, &person, &round.wishes).await?;
        app::social::give_code(conn, now, &user, &way.challenge).await
    })
    .await?;
    back(way, ("code", &code))
}

/// Exchanges the code that `return_to` was given for tokens, once, within a minute.
#[utoipa::path(
    post, path = "/api/auth/exchange", tag = "auth", operation_id = "exchange",
    request_body = ExchangeRequest,
    responses((status = 200, body = SignedInResponse)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn exchange(
    request: HttpRequest,
    body: Json<ExchangeRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let ExchangeRequest { code, code_verifier } = &body.value;
    let shown = (code.expose_secret(), code_verifier.expose_secret());
    let (user, session) = app::social::exchange(&state, now, shown, device(&request)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(signed_in(&state, (user, session).into())?))
}

/// To the page or app that takes over. Its address is one of ours, letter by letter.
fn back(way: &WayBack, (name, value): (&str, &str)) -> Result<HttpResponse, Problem> {
    let mut url = Url::parse(&way.return_to).map_err(Error::internal)?;
    url.query_pairs_mut().append_pair(name, value);
    Ok(see_other(&url).finish())
}

fn see_other(url: &Url) -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::SeeOther();
    answer.insert_header((LOCATION, url.as_str())).insert_header((CACHE_CONTROL, "no-store"));
    answer
}

/// Sent back to the one address, also when the provider sends the browser there, and never shown to a page.
fn cookie(state: &State, provider: &str, value: String) -> Cookie<'static> {
    Cookie::build(COOKIE, value)
        .path(format!("/api/auth/{provider}/callback"))
        .max_age(Duration::seconds(ROUND.as_secs()))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.social.is_secure)
        .finish()
}
