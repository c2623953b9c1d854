//! A site of the test: it speaks RSS, Atom and Mastodon's API, knows who has seen what (304), and can be in a bad mood.

use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// Posts of a page of Mastodon's.
pub(crate) const PAGE: usize = 40;

/// The site.
pub(crate) struct Site {
    server: MockServer,
    shared: Arc<Mutex<Inner>>,
}

/// What it holds, newest first.
#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) posts: Vec<Post>,
    /// What its owner says of themselves.
    pub(crate) about: String,
    /// What it answers instead, while there is something.
    pub(crate) moods: Vec<ResponseTemplate>,
    /// How long it takes.
    pub(crate) delay: Duration,
    origin: String,
    /// What it was asked, and with what it answered.
    pub(crate) asked: Vec<(String, u16)>,
}

#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

struct Speaks(Arc<Mutex<Inner>>);

impl Site {
    /// With so many posts, a day apart, the newest of today.
    pub(crate) async fn of(texts: &[&str], count: usize) -> Self {
        let now = chassis::Clock::system().now();
        let post = |n: usize| Post {
            id: (count - n).to_string(),
            text: texts[n % texts.len()].to_owned(),
            at: now - SignedDuration::from_mins(60 + n as i64 * 60),
        };
        let server = MockServer::start().await;
        let (posts, origin) = ((0..count).map(post).collect(), server.uri());
        let shared = Arc::new(Mutex::new(Inner { posts, origin, ..Inner::default() }));
        Mock::given(any()).respond_with(Speaks(shared.clone())).mount(&server).await;
        Site { server, shared }
    }

    /// `127.0.0.1:12345`.
    pub(crate) fn address(&self) -> String {
        self.server.address().to_string()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.uri())
    }

    /// Changes it.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.shared.lock().unwrap())
    }

    /// Writes a post.
    pub(crate) fn write(&self, text: &str) {
        self.change(|site| {
            let id = (site.posts.len() + 1).to_string();
            let at = chassis::Clock::system().now() - SignedDuration::from_mins(1);
            site.posts.insert(0, Post { id, text: text.to_owned(), at });
        });
    }

    /// The statuses of its answers to a path, in order.
    pub(crate) fn answered(&self, path: &str) -> Vec<u16> {
        self.change(|site| {
            let to_path = site.asked.iter().filter(|(asked, _)| asked == path);
            to_path.map(|(_, status)| *status).collect()
        })
    }
}

impl Respond for Speaks {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut site = self.0.lock().unwrap();
        let (answer, status) = match site.moods.is_empty() {
            true => site.answer(request),
            false => (site.moods.remove(0), 0),
        };
        let path = request.url.path().to_owned();
        site.asked.push((path, status));
        answer.set_delay(site.delay)
    }
}

impl Inner {
    fn answer(&self, request: &Request) -> (ResponseTemplate, u16) {
        let path = request.url.path();
        let answer = match path {
            "/rss" => return self.unless_known(request, self.rss(), "application/rss+xml"),
            "/atom" => return self.unless_known(request, self.atom(), "application/atom+xml"),
            "/" => ResponseTemplate::new(200).set_body_raw(
                "<html><head><link rel=alternate type=application/rss+xml href=/rss></head></html>",
                "text/html",
            ),
            "/page" => ResponseTemplate::new(200).set_body_raw("<p>Nothing here</p>", "text/html"),
            "/large" => ResponseTemplate::new(200).set_body_bytes(vec![b' '; 3 << 20]),
            "/away" => {
                ResponseTemplate::new(302).insert_header("location", "http://169.254.169.254/")
            }
            "/api/v1/accounts/lookup" => {
                ResponseTemplate::new(200).set_body_json(json!({"id": "7", "note": self.about}))
            }
            "/api/v1/accounts/7/statuses" => return (self.statuses(request), 200),
            _ => return (ResponseTemplate::new(404), 404),
        };
        (answer, 200)
    }

    fn unless_known(
        &self,
        request: &Request,
        body: String,
        media_type: &str,
    ) -> (ResponseTemplate, u16) {
        let tag = format!("\"{}-{}\"", self.posts.len(), self.about.len());
        let known = request.headers.get("if-none-match");
        if known.is_some_and(|known| known.to_str().unwrap() == tag) {
            return (ResponseTemplate::new(304), 304);
        }
        let answer = ResponseTemplate::new(200).set_body_raw(body, media_type);
        (answer.insert_header("etag", tag.as_str()), 200)
    }

    pub(crate) fn rss(&self) -> String {
        let mut items = String::new();
        for Post { id, text, at } in &self.posts {
            let at = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_string(at).unwrap();
            let _ = write!(
                items,
                "<item><guid>{id}</guid><title>{text}</title><pubDate>{at}</pubDate></item>"
            );
        }
        let about = &self.about;
        format!(
            "<rss version=\"2.0\"><channel><title>Blog</title><link>http://a.example</link>\
             <description>{about}</description>{items}</channel></rss>"
        )
    }

    fn atom(&self) -> String {
        let mut entries = String::new();
        for Post { id, text, at } in &self.posts {
            let _ = write!(
                entries,
                "<entry><id>urn:post:{id}</id><title>{text}</title><updated>{at}</updated></entry>"
            );
        }
        let about = &self.about;
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:blog</id><title>Blog</title>\
             <subtitle>{about}</subtitle><updated>2026-01-01T00:00:00Z</updated>{entries}</feed>"
        )
    }

    fn statuses(&self, request: &Request) -> ResponseTemplate {
        let mut pairs = request.url.query_pairs();
        let before = pairs.find(|(name, _)| name == "max_id").map(|(_, id)| id.into_owned());
        let start = before.map_or(0, |id| {
            self.posts.iter().position(|post| post.id == id).map_or(self.posts.len(), |at| at + 1)
        });
        let page: Vec<&Post> = self.posts[start..].iter().take(PAGE).collect();
        let statuses: Vec<Value> = page
            .iter()
            .map(|post| {
                json!({"id": post.id, "created_at": post.at, "content": format!("<p>{}</p>", post.text)})
            })
            .collect();
        let answer = ResponseTemplate::new(200).set_body_json(statuses);
        let Some(last) = page.last() else { return answer };
        let next = format!("{}{}?max_id={}", self.origin, request.url.path(), last.id);
        answer.insert_header("link", format!("<{next}>; rel=\"next\"").as_str())
    }
}
