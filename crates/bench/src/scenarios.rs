//! What is asked for: nine requests as clients send them.

use chassis::Clock;
use contracts::UserId;
use identity::GATEWAY;
use identity::Roles;
use identity::assertion::{AssertionSigner, Subject};
use identity::keys::SigningKey;
use jiff::SignedDuration;
use platform::Outcome;
use platform::minji::ANSWERS;
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use crate::seed::{Member, PASSWORD};
use crate::stage::Stage;

/// What home and a day's quests are read by: the service's own statement, which ends before its one value.
const HOME: &str =
    concat!(include_str!("../../../services/quest/src/store/home.sql"), " :user_id;");

/// Which way a request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the service, with the assertion that the gateway would send.
    Direct,
    /// Through the gateway, with an access token.
    Gateway,
}

/// One request, without who asks.
pub(crate) struct Ask {
    method: &'static str,
    path: String,
    body: Option<String>,
}

/// A kind of request.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Who answers it.
    pub(crate) service: &'static str,
    /// How many members take turns.
    pub(crate) members: usize,
    /// The requests of a member; those that change something can each be sent once.
    asks: fn(&Member, Way) -> Vec<Ask>,
    /// What the service sends to the database for it, as `crates/bench/sql` keeps it for pgbench.
    pub(crate) sql: Option<&'static str>,
    /// At least this share of pgbench's speed: to the service, and through the gateway.
    pub(crate) goals: (Option<f64>, Option<f64>),
    /// How many ask at the same time.
    pub(crate) connections: usize,
    /// Whether it changes something, which is taken back between two rounds.
    pub(crate) writes: bool,
    /// The scenario that the same members ask for before; none: this one.
    warm_up: Option<&'static str>,
}

const READ: Scenario = Scenario {
    name: "",
    service: "quest",
    members: crate::seed::WITH_A_PAST,
    asks: |_, _| Vec::new(),
    sql: None,
    goals: (None, None),
    connections: 32,
    writes: false,
    warm_up: None,
};

/// Every scenario.
pub(crate) const SCENARIOS: [Scenario; 9] = [
    Scenario {
        name: "health",
        asks: |_, way| match way {
            Way::Direct => vec![get("/healthz".into())],
            Way::Gateway => vec![get("/health".into())],
        },
        ..READ
    },
    Scenario {
        name: "me",
        service: "auth",
        asks: |_, _| vec![get("/api/auth/me".into())],
        sql: Some(include_str!("../sql/me.sql")),
        goals: (Some(0.75), Some(0.45)),
        ..READ
    },
    Scenario {
        name: "quests",
        asks: |_, _| vec![get("/api/quests".into())],
        sql: Some(HOME),
        goals: (Some(0.75), Some(0.45)),
        ..READ
    },
    Scenario {
        name: "home",
        asks: |_, _| vec![get("/api/home".into())],
        sql: Some(HOME),
        goals: (Some(0.70), Some(0.60)),
        ..READ
    },
    Scenario {
        name: "analysis",
        service: "analysis",
        asks: |member, _| vec![get(format!("/api/analysis-results/{}", member.analysis_id))],
        sql: Some(include_str!("../sql/analysis.sql")),
        goals: (Some(0.75), Some(0.45)),
        ..READ
    },
    Scenario {
        name: "history",
        asks: |_, _| vec![get("/api/quest-history?limit=30".into())],
        sql: Some(include_str!("../sql/history.sql")),
        ..READ
    },
    Scenario {
        name: "psy_submit",
        service: "analysis",
        asks: |_, _| vec![submission()],
        sql: Some(include_str!("../sql/psy_submit.sql")),
        goals: (Some(0.70), None),
        writes: true,
        warm_up: Some("analysis"),
        ..READ
    },
    Scenario {
        name: "complete",
        members: 4_000,
        asks: |member, _| {
            let complete = |id: &Uuid| post(format!("/api/quests/{id}/complete"), None);
            member.quests.iter().map(complete).collect()
        },
        sql: Some(include_str!("../sql/complete.sql")),
        goals: (Some(0.70), None),
        writes: true,
        warm_up: Some("home"),
        ..READ
    },
    Scenario {
        name: "login",
        service: "auth",
        asks: |member, _| vec![login(member)],
        // Auth goes on with what was asked when the time is over: the fewer the better.
        connections: 2,
        warm_up: Some("health"),
        ..READ
    },
];

/// The scenario of a name.
pub(crate) fn named(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}

impl Scenario {
    /// Who takes turns, of these members.
    pub(crate) fn callers(&self, stage: &Stage, members: &[Member], way: Way) -> Outcome<Callers> {
        Callers::new(stage, self.service, &members[..members.len().min(self.members)], way)
    }

    /// Their requests, as bytes for the wire: each member's first, then each one's second, and so on, so that a member's
    /// requests do not wait for each other.
    pub(crate) fn requests(&self, callers: &Callers) -> impl Iterator<Item = String> {
        let asks = |(member, _): &(Member, String)| (self.asks)(member, callers.way);
        let asked: Vec<Vec<Ask>> = callers.each.iter().map(asks).collect();
        let most = asked.iter().map(Vec::len).max().unwrap_or(0);
        (0..most).flat_map(move |turn| {
            let of_turn = callers.each.iter().zip(&asked);
            let texts =
                of_turn.filter_map(|((_, headers), asks)| Some(asks.get(turn)?.text(headers)));
            texts.collect::<Vec<_>>()
        })
    }

    /// What the same members ask before, so that it is known who they are.
    pub(crate) fn warm_up(&self) -> &Scenario {
        self.warm_up.and_then(named).unwrap_or(self)
    }
}

/// Members with the headers that say who they are.
pub(crate) struct Callers {
    way: Way,
    each: Vec<(Member, String)>,
}

impl Callers {
    fn new(stage: &Stage, service: &str, members: &[Member], way: Way) -> Outcome<Self> {
        let pem = stage.keys.private.get(GATEWAY).ok_or("the gateway has no key")?;
        let key = SigningKey::from_pem(&SecretString::from(pem.as_str()))?;
        let signer = AssertionSigner::new(GATEWAY, service, key, 0);
        let headers = |member: &Member| match way {
            Way::Gateway => Ok(format!("Authorization: Bearer {}\r\n", member.token)),
            Way::Direct => asserted(&signer, member.user_id),
        };
        let each = members.iter().map(|member| Ok((member.clone(), headers(member)?)));
        Ok(Callers { way, each: each.collect::<Outcome<_>>()? })
    }
}

/// An assertion lives for a minute: made shortly before it is used.
fn asserted(signer: &AssertionSigner, user_id: Uuid) -> Outcome<String> {
    let now = Clock::system().now();
    let roles: Roles = ["member"].into_iter().collect();
    let not_after = now + SignedDuration::from_hours(1);
    let subject = Subject::member(UserId(user_id), roles, Some(user_id), not_after);
    let assertion = signer.sign(&subject, now)?;
    Ok(format!(
        "X-User-Id: {user_id}\r\nX-User-Roles: member\r\nX-Assertion: {}\r\n\
         X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: localhost\r\n\
         X-Request-Id: {user_id}\r\n",
        std::str::from_utf8(&assertion)?
    ))
}

impl Ask {
    fn text(&self, headers: &str) -> String {
        let (method, path) = (self.method, &self.path);
        let body = self.body.as_deref().unwrap_or_default();
        let about = match (method, &self.body) {
            (_, Some(body)) => {
                format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
            }
            ("POST", None) => "Content-Length: 0\r\n".to_owned(),
            _ => String::new(),
        };
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}{about}\r\n{body}")
    }
}

/// A request without a caller.
pub(crate) fn anonymous(path: &str, headers: &str) -> String {
    get(path.to_owned()).text(headers)
}

/// Signing in.
pub(crate) fn login(member: &Member) -> Ask {
    let body = json!({"email": member.email, "password": PASSWORD});
    post("/api/auth/login".into(), Some(body.to_string()))
}

/// Signing in, as bytes for the wire.
pub(crate) fn login_request(member: &Member) -> String {
    login(member).text("")
}

fn submission() -> Ask {
    let answer = |(id, value): (i64, i64)| json!({"question_id": id, "value": value});
    let answers: Vec<_> = ANSWERS.into_iter().map(answer).collect();
    let body = json!({"instrument": "mini-ipip-20", "answers": answers});
    post("/api/psy-test/submit".into(), Some(body.to_string()))
}

fn get(path: String) -> Ask {
    Ask { method: "GET", path, body: None }
}

fn post(path: String, body: Option<String>) -> Ask {
    Ask { method: "POST", path, body }
}
