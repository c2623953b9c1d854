//! How letters leave: by SMTP, or into a folder where a developer reads them.

use std::path::PathBuf;
use std::time::Duration;

use chassis::StartError;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::config::Config;
use crate::domain::mails::Letter;

/// How long the server may take for one step, and for a whole letter.
const STEP: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(30);

/// Where the pages are on a laptop.
const LOCALLY: &str = "http://localhost:8000";
/// Who writes where no mail leaves it.
const NOBODY: &str = "damacorch <damacorch@localhost>";

/// Why a letter was not sent, without anything that is the member's.
#[derive(Debug)]
pub(crate) struct NotSent {
    pub(crate) why: String,
    /// Whether it would be the same the next time.
    pub(crate) for_good: bool,
}

impl NotSent {
    pub(crate) fn for_good(why: impl Into<String>) -> Self {
        NotSent { why: why.into(), for_good: true }
    }

    fn this_time(why: impl Into<String>) -> Self {
        NotSent { why: why.into(), for_good: false }
    }
}

/// Sends letters.
pub(crate) struct Mailer {
    from: Mailbox,
    pages_url: String,
    way: Way,
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(AsyncFileTransport<Tokio1Executor>),
}

impl Mailer {
    /// By `SMTP_URL` or `MAIL_FOLDER`; none where neither is set: letters then wait.
    pub(crate) fn open(config: &Config) -> Result<Option<Self>, StartError> {
        let way = match (&config.smtp_url, &config.mail_folder) {
            (None, None) => {
                tracing::warn!("no letter is sent: neither SMTP_URL nor MAIL_FOLDER is set");
                return Ok(None);
            }
            (Some(_), Some(_)) => return Err("set SMTP_URL or MAIL_FOLDER, not both".into()),
            (Some(url), None) => {
                // The error is not told: the URL holds a password.
                let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
                    .map_err(|_| "setting SMTP_URL must look like smtps://user:password@host")?;
                Way::Smtp(smtp.timeout(Some(STEP)).build())
            }
            (None, Some(folder)) => Way::Folder(opened(folder)?),
        };
        let from = match (&config.mail_from, &way) {
            (Some(from), _) => from.as_str(),
            (None, Way::Folder(_)) => NOBODY,
            (None, Way::Smtp(_)) => return Err("setting MAIL_FROM is missing".into()),
        };
        let from = from.parse().map_err(|error| format!("setting MAIL_FROM: {error}"))?;
        let pages_url = config.pages_url.as_ref().map_or(LOCALLY, |url| url.as_str());
        let pages_url = pages_url.trim_end_matches('/').to_owned();
        Ok(Some(Mailer { from, pages_url, way }))
    }

    /// Where the pages are that letters point to.
    pub(crate) fn pages_url(&self) -> &str {
        &self.pages_url
    }

    /// Sends a letter. The same `id` makes the same letter: who gets it twice can see that.
    pub(crate) async fn send(&self, id: Uuid, to: &str, letter: Letter) -> Result<(), NotSent> {
        let message = self.message(id, to, letter)?;
        let sent = async {
            match &self.way {
                Way::Smtp(smtp) => {
                    smtp.send(message).await.map(drop).map_err(|error| refused(&error))
                }
                Way::Folder(folder) => {
                    let written = folder.send(message).await.map(drop);
                    written.map_err(|error| NotSent::this_time(error.to_string()))
                }
            }
        };
        let sent = tokio::time::timeout(WHOLE, sent).await;
        sent.unwrap_or_else(|_late| Err(NotSent::this_time("the server takes too long")))
    }

    fn message(&self, id: Uuid, to: &str, letter: Letter) -> Result<Message, NotSent> {
        let to: Mailbox = to.parse().map_err(|_| NotSent::for_good("it is no mail address"))?;
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let message = Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject)
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN);
        let message = message.body(self.body(letter.text));
        message.map_err(|error| NotSent::for_good(error.to_string()))
    }

    /// In a folder as it is, for people; on the wire in whatever every server takes.
    fn body(&self, text: String) -> Body {
        match &self.way {
            Way::Smtp(_) => Body::new(text),
            Way::Folder(_) => Body::dangerous_pre_encoded(
                text.replace('\n', "\r\n").into_bytes(),
                ContentTransferEncoding::EightBit,
            ),
        }
    }
}

fn opened(folder: &PathBuf) -> Result<AsyncFileTransport<Tokio1Executor>, StartError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("setting MAIL_FOLDER: {}: {error}", folder.display()))?;
    Ok(AsyncFileTransport::new(folder))
}

/// What a server says in words may hold the address, so only its number is kept.
fn refused(error: &SmtpError) -> NotSent {
    match error.status().map(u16::from) {
        // The mailbox is not there, or not to be had; other refusals may be a mistake of ours that somebody mends.
        Some(status @ (550 | 551 | 553)) => NotSent::for_good(format!("SMTP status {status}")),
        Some(status) => NotSent::this_time(format!("SMTP status {status}")),
        None if error.is_timeout() => NotSent::this_time("the server does not answer in time"),
        None if error.is_tls() => NotSent::this_time("no TLS with the server"),
        None if error.is_response() => NotSent::this_time("the server's answer is no SMTP"),
        None => NotSent::this_time("the server is away"),
    }
}
