//! The letters. Nothing that a stranger wrote goes into them (a name may be an advertisement): the language is all that
//! is the member's own.

use contracts::Lang;

use super::mail_tokens::Purpose;

/// A letter without its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: &'static str,
    pub(crate) text: String,
}

impl Letter {
    /// The letter that brings a token, as a link to the page at `pages_url` where it is used. The token stands behind
    /// the `#`, which browsers send to nobody: neither a log nor a `Referer` gets it.
    pub(crate) fn with_token(purpose: Purpose, lang: Lang, pages_url: &str, token: &str) -> Self {
        let link = format!("{pages_url}/{}#token={token}", page(purpose));
        let (subject, before, after) = words(purpose, lang);
        Letter { subject, text: format!("{before}\n\n{link}\n\n{after}\n") }
    }
}

fn page(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::PasswordReset => "reset-password",
        Purpose::EmailVerification => "verify-email",
    }
}

/// The subject, and what stands before and after the link.
fn words(purpose: Purpose, lang: Lang) -> (&'static str, &'static str, &'static str) {
    match (purpose, lang) {
        (Purpose::PasswordReset, Lang::Ko) => (
            "다마코치 비밀번호 재설정",
            "비밀번호를 다시 정하려면 아래 주소를 열어 주세요.",
            "주소는 요청하신 때부터 한 시간 동안 한 번만 쓸 수 있습니다. 새 비밀번호를 정하면 모든 기기에서 로그아웃됩니다.\n\
             요청하신 적이 없다면 이 메일을 지우셔도 됩니다. 비밀번호는 그대로입니다.",
        ),
        (Purpose::PasswordReset, Lang::En) => (
            "Choose a new damacorch password",
            "To choose a new password, open this address:",
            "It works once, within an hour of your asking. You will then be signed out on every device.\n\
             If you did not ask for this, delete this mail. Your password stays as it is.",
        ),
        (Purpose::EmailVerification, Lang::Ko) => (
            "다마코치 이메일 주소 확인",
            "이 이메일 주소가 본인의 것임을 확인하려면 아래 주소를 열어 주세요.",
            "주소는 사흘 동안 한 번만 쓸 수 있습니다.\n가입하신 적이 없다면 이 메일을 지우셔도 됩니다.",
        ),
        (Purpose::EmailVerification, Lang::En) => (
            "Confirm your e-mail address for damacorch",
            "To confirm that this e-mail address is yours, open this address:",
            "It works once, within three days.\nIf you did not sign up, delete this mail.",
        ),
    }
}
