//! The whole route table of auth, and its OpenAPI document.

use actix_web::web::{ServiceConfig, resource};

use crate::http::{
    accounts, app_settings, audit_log, erasures, exports, internal, members, resets, roles,
    sessions, users, verifications,
};

/// Every route. They are tried in this order, and a pattern costs a microsecond: plain paths come first.
pub(crate) fn routes(app: &mut ServiceConfig) {
    app.service(resource("/api/auth/signup").post(accounts::sign_up))
        .service(resource("/api/auth/confirm").post(accounts::confirm))
        .service(resource("/api/auth/login").post(accounts::log_in))
        .service(resource("/api/auth/refresh").post(sessions::refresh))
        .service(resource("/api/auth/logout").post(sessions::log_out))
        .service(
            resource("/api/auth/me")
                .get(users::find_me)
                .patch(users::update_me)
                .delete(erasures::erase_me),
        )
        .service(resource("/api/auth/me/export").get(exports::export_me))
        .service(resource("/api/auth/me/roles").post(roles::take_role))
        .service(resource("/api/auth/password").post(users::change_password))
        .service(resource("/api/auth/password/forgot").post(resets::forgot_password))
        .service(resource("/api/auth/password/reset").post(resets::reset_password))
        .service(resource("/api/auth/email/verification").post(verifications::send_verification))
        .service(resource("/api/auth/email/verify").post(verifications::verify_email))
        .service(resource("/api/auth/check").get(sessions::check))
        .service(resource("/api/auth/sessions").get(sessions::list_sessions))
        .service(resource("/.well-known/jwks.json").get(internal::jwks))
        .service(resource("/api/app-settings/public").get(app_settings::find_app_settings))
        .service(resource("/api/app-settings").put(app_settings::update_app_settings))
        .service(resource("/api/users").get(members::list_users).post(members::create_user))
        .service(resource("/api/audit-log").get(audit_log::list_audit_log))
        .service(resource("/int/auth/verify").post(internal::verify))
        .service(resource("/int/auth/revocations").get(internal::list_revocations))
        .service(resource("/int/auth/members").get(internal::list_members))
        .service(resource("/api/auth/erasures/{id}").get(erasures::find_erasure))
        .service(resource("/api/auth/sessions/{id}").delete(sessions::end_session))
        .service(
            resource("/api/users/{id}")
                .get(members::find_user)
                .put(members::replace_user)
                .delete(members::delete_user),
        );
}

/// What clients may rely on.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    accounts::sign_up,
    accounts::confirm,
    accounts::log_in,
    sessions::refresh,
    sessions::log_out,
    users::find_me,
    users::update_me,
    erasures::erase_me,
    erasures::find_erasure,
    exports::export_me,
    users::change_password,
    roles::take_role,
    resets::forgot_password,
    resets::reset_password,
    verifications::send_verification,
    verifications::verify_email,
    sessions::check,
    sessions::list_sessions,
    sessions::end_session,
    internal::jwks,
    app_settings::find_app_settings,
    app_settings::update_app_settings,
    members::list_users,
    members::create_user,
    members::find_user,
    members::replace_user,
    members::delete_user,
    audit_log::list_audit_log,
))]
pub(crate) struct ApiDoc;
