//! Promise 1 as a matrix: each identity header in each spelling, on each kind of route. What the door passes on is what it
//! passes on where nothing was said; what it answers itself, it answers as it does then. The table: `-- --nocapture`.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::support::{House, MEMBER, Seen, Service, Wire, raw};

const HEADERS: [&str; 3] = ["X-User-Id", "X-User-Roles", "X-Assertion"];

/// What a client says, behind a number by which it would be found again.
const WORD: &str = "intruder-";

/// How a name is written. What joins its words is the least that servers agree on.
const SPELLINGS: &[fn(&str) -> String] = &[
    str::to_owned,
    str::to_lowercase,
    str::to_uppercase,
    |name| name.replace('-', "_"),
    |name| name.to_lowercase().replace('-', "_"),
    |name| name.replacen('-', "_", 1),
    |name| name.to_lowercase().replacen('-', "_", 1),
    |name| name.replace('-', "."),
    |name| name.replace('-', "--"),
    |name| name.replace('-', ""),
    |name| format!("{name}-"),
    |name| format!("_{name}"),
];

/// Where and how often it is said: trailers stand behind `|`.
const PLACES: &[&str] = &[
    "{name}: {value}\r\n{name}: {value}",
    "{name}:\r\n{name}: {value}",
    "{name}: {value}, {value}",
    "{name}:{value}",
    "{name}: \t {value} \t",
    "{name}: \u{eb}{value}",
    "Connection: {name}\r\n{name}: {value}",
    "Connection: keep-alive, {name}\r\nConnection: close\r\n{name}: {value}",
    "|{name}: {value}",
    "Trailer: {name}|{name}: {value}\r\n{name}: {value}",
];

/// No header by the standard: such a request is refused as a whole.
const BROKEN: &[&str] = &[
    "{name} : {value}",
    "{name}\t: {value}",
    " {name}: {value}",
    "{name}: a\r\n {value}",
    "{name}\r\n{name}: {value}",
    "Accept: a\r{name}: {value}",
];

/// A kind of route, and how the door meets it.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    line: &'static str,
    headers: &'static str,
    body: &'static str,
    meets: Meets,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meets {
    /// It passes the request on, in nobody's name.
    Stranger,
    /// It passes the request on, in the member's.
    Member,
    /// It answers itself.
    Door(u16),
    /// Its other port does.
    Admin,
}

const fn kind(name: &'static str, line: &'static str, meets: Meets) -> Kind {
    Kind { name, line, headers: "", body: "", meets }
}

const fn with(headers: &'static str, body: &'static str, kind: Kind) -> Kind {
    Kind { headers, body, ..kind }
}

const TOKEN: &str = "Authorization: Bearer TOKEN\r\n";
const ADMIN: &str = "Authorization: Bearer ADMINS\r\n";
const PREFLIGHT: &str = "Origin: https://app.test\r\nAccess-Control-Request-Method: GET\r\n";
const SOCKET: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const SOCKET_OF_MEMBER: &str =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer TOKEN\r\n";
const HTTP2: &str = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n";

const KINDS: &[Kind] = &[
    kind("public", "GET /api/characters HTTP/1.1", Meets::Stranger),
    kind("slash", "GET /api/characters/ HTTP/1.1", Meets::Stranger),
    kind("http/1.0", "GET /api/characters HTTP/1.0", Meets::Stranger),
    with("", "{}", kind("login", "POST /api/auth/login HTTP/1.1", Meets::Stranger)),
    kind("stranger", "GET /api/home HTTP/1.1", Meets::Door(401)),
    with(TOKEN, "", kind("member", "GET /api/home HTTP/1.1", Meets::Member)),
    with(TOKEN, "{}", kind("write", "POST /api/quests/1/complete HTTP/1.1", Meets::Member)),
    with(TOKEN, "{}", kind("no role", "PUT /api/app-settings HTTP/1.1", Meets::Door(403))),
    with(ADMIN, "{}", kind("role", "PUT /api/app-settings HTTP/1.1", Meets::Member)),
    with(PREFLIGHT, "", kind("preflight", "OPTIONS /api/home HTTP/1.1", Meets::Door(204))),
    kind("options", "OPTIONS /api/home HTTP/1.1", Meets::Door(405)),
    with(SOCKET, "", kind("ws", "GET /api/characters HTTP/1.1", Meets::Stranger)),
    with(SOCKET_OF_MEMBER, "", kind("ws member", "GET /api/home HTTP/1.1", Meets::Member)),
    with(SOCKET, "", kind("ws none", "GET /api/chat HTTP/1.1", Meets::Door(404))),
    with(HTTP2, "", kind("h2c", "GET /api/characters HTTP/1.1", Meets::Stranger)),
    kind("unknown", "GET /api/nowhere HTTP/1.1", Meets::Door(404)),
    kind("internal", "GET /int/auth/revocations HTTP/1.1", Meets::Door(404)),
    kind("verb", "DELETE /api/home HTTP/1.1", Meets::Door(405)),
    kind("own", "GET /api/docs HTTP/1.1", Meets::Door(200)),
    kind("healthz", "GET /healthz HTTP/1.1", Meets::Door(404)),
    kind("admin", "GET /healthz HTTP/1.1", Meets::Admin),
    kind("metrics", "GET /metrics HTTP/1.1", Meets::Admin),
];

/// Something that a client says, or nothing.
#[derive(Clone, Default)]
struct Saying {
    head: String,
    trailers: Option<String>,
    is_broken: bool,
}

impl Saying {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for name in HEADERS {
            // Some are the same where a name has few words.
            let spelt: BTreeSet<_> = SPELLINGS.iter().map(|spelling| spelling(name)).collect();
            let spelt = spelt.into_iter().map(|spelt| format!("{spelt}: {{value}}"));
            all.extend(spelt.map(|text| Saying::new(&text, false)));
            for (places, is_broken) in [(PLACES, false), (BROKEN, true)] {
                let placed = places.iter().map(|place| place.replace("{name}", name));
                all.extend(placed.map(|text| Saying::new(&text, is_broken)));
            }
        }
        let together = HEADERS.map(|name| format!("{name}: {{value}}")).join("\r\n");
        all.push(Saying::new(&together, false));
        all
    }

    fn new(text: &str, is_broken: bool) -> Self {
        let (head, trailers) = match text.split_once('|') {
            Some((head, trailers)) => (head, Some(format!("{trailers}\r\n"))),
            None => (text, None),
        };
        let head = if head.is_empty() { String::new() } else { format!("{head}\r\n") };
        Saying { head, trailers, is_broken }
    }

    fn label(&self) -> String {
        let shown = |text: &str| text.trim_end().replace("{value}", "…").escape_debug().to_string();
        let mut label = shown(&self.head);
        if let Some(trailers) = &self.trailers {
            label += &format!("| {}", shown(trailers));
        }
        label
    }
}

/// Headers that differ from request to request.
const FRESH: [&str; 4] = ["date", "x-request-id", "traceparent", "x-assertion"];

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// 0 without an answer.
    status: u16,
    /// The headers that a service saw.
    seen: Option<Vec<(String, String)>>,
}

impl Found {
    fn new(answer: &str, seen: Option<&Seen>) -> Self {
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let seen = seen.map(|seen| {
            let mut headers = seen.headers.clone();
            let fresh = headers.iter_mut().filter(|(name, _)| FRESH.contains(&name.as_str()));
            fresh.for_each(|(_, value)| value.clear());
            headers.sort();
            headers
        });
        Found { status: status.unwrap_or_default(), seen }
    }

    /// In the table. What is written in capitals must not be.
    fn verdict(&self, saying: &Saying, unsaid: &Found, is_told: bool) -> String {
        match (&self.seen, saying.is_broken) {
            _ if is_told => "TOLD".to_owned(),
            (None, true) if self.status == 400 => "400".to_owned(),
            (_, false) if self != unsaid => format!("NOT {}", unsaid.status),
            (None, false) => self.status.to_string(),
            (Some(_), false) => "clean".to_owned(),
            (_, true) => "TAKEN".to_owned(),
        }
    }
}

impl Kind {
    fn request(&self, saying: &Saying, cell: usize) -> String {
        let line = self.line.replace(" HTTP", &format!("?cell={cell} HTTP"));
        let close = if self.headers.contains("Upgrade") { "" } else { "Connection: close\r\n" };
        let value = format!("{WORD}{cell};");
        let head = saying.head.replace("{value}", &value);
        let body = match &saying.trailers {
            Some(trailers) => {
                let trailers = trailers.replace("{value}", &value);
                format!("Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n{trailers}\r\n")
            }
            None if self.body.is_empty() => "\r\n".to_owned(),
            None => format!("Content-Length: {}\r\n\r\n{}", self.body.len(), self.body),
        };
        format!("{line}\r\nHost: door.test\r\n{head}{close}{}{body}", self.headers)
    }

    /// That the door meets it like this where nothing is said.
    fn check(&self, unsaid: &Found) {
        let member = MEMBER.to_string();
        let told = unsaid.seen.as_ref().map(|seen| {
            let of = |name: &str| seen.iter().find(|(known, _)| known == name);
            (of("x-user-id").map(|(_, id)| id == &member), of("x-assertion").is_some())
        });
        let met = match (told, unsaid.status) {
            (Some((None, false)), 200) => Meets::Stranger,
            (Some((Some(true), true)), 200) => Meets::Member,
            (None, 200) if self.meets == Meets::Admin => Meets::Admin,
            (None, status) => Meets::Door(status),
            (Some(_), _) => panic!("{}: {unsaid:?}", self.name),
        };
        assert_eq!(met, self.meets, "{}", self.name);
    }
}

/// Asks with every saying on one kind of route: what became of each, and whether the answer tells what nobody may hear.
async fn ask(house: &House, kind: &Kind, sayings: &[Saying], first: usize) -> Vec<(Found, bool)> {
    let (token, admins) = (house.token(&[]), house.token(&["admin"]));
    let gateway = &house.gateway;
    let is_admin = kind.meets == Meets::Admin;
    let address = if is_admin { gateway.admin_address } else { gateway.address };
    let asked = sayings.iter().enumerate().map(async |(at, saying)| {
        let request = kind.request(saying, first + at);
        raw(address, &request.replace("TOKEN", &token).replace("ADMINS", &admins)).await
    });
    let answers = join_all(asked).await;
    let seen = house.service.seen();
    let found = answers.iter().enumerate().map(|(at, answer)| {
        let mark = format!("?cell={}", first + at);
        let seen = seen.iter().find(|seen| seen.target.ends_with(&mark));
        (Found::new(answer, seen), answer.contains(WORD) || answer.contains("leaked"))
    });
    found.collect()
}

#[tokio::test]
async fn no_spelling_passes_on_any_kind_of_route() {
    let (service, wire) = Wire::to(Service::start()).await;
    let house = House::before(service, &[("CORS_ORIGINS", "https://app.test")]).await;
    // What is said is compared with nothing at all, and with no trailers in a request of that form.
    let nothing = Saying::default();
    let mut sayings = vec![nothing.clone(), Saying { trailers: Some(String::new()), ..nothing }];
    sayings.extend(Saying::all());
    let mut columns = Vec::new();
    for (place, kind) in KINDS.iter().enumerate() {
        let column = ask(&house, kind, &sayings, place * sayings.len()).await;
        columns.push(column);
    }
    let carried = wire.text();
    let told: BTreeSet<&str> =
        carried.split(WORD).skip(1).filter_map(|text| text.split(';').next()).collect();

    let width = sayings.iter().map(|saying| saying.label().chars().count()).max().unwrap();
    let names: String = KINDS.iter().map(|kind| format!(" {:>9}", kind.name)).collect();
    println!(
        "clean: a service sees what it sees where nothing is said; a number: the door answers so itself"
    );
    println!("{:width$}{names}", "behind | are trailers");
    let mut wrong = Vec::new();
    for (at, saying) in sayings.iter().enumerate() {
        print!("{:width$}", saying.label());
        for (place, (kind, column)) in KINDS.iter().zip(&columns).enumerate() {
            let (found, leaks) = &column[at];
            let unsaid = &column[usize::from(saying.trailers.is_some())].0;
            let cell = (place * sayings.len() + at).to_string();
            let verdict = found.verdict(saying, unsaid, *leaks || told.contains(&*cell));
            print!(" {verdict:>9}");
            if verdict.contains(char::is_uppercase) {
                wrong.push(format!("{}: {}: {verdict} {found:?}", kind.name, saying.label()));
            }
        }
        println!();
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    KINDS.iter().zip(&columns).for_each(|(kind, column)| kind.check(&column[0].0));
}
