//! A database with some of auth's and quest's tables, writers and readers of events.

use std::sync::LazyLock;
use std::time::Duration;

use contracts::UserId;
use contracts::events::{Member, MemberErased, MemberUpdated};
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use events::{Consumer, Meta};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::task::{JoinHandle, LocalSet, spawn_local};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::layer::SubscriberExt;
use uuid::Uuid;

/// `auth.members` is what auth locks and changes; quest notes in `quest.applied` what it is told, in order.
const TABLES: &str = "
    create table auth.members (user_id uuid primary key, version int not null);
    grant all on auth.members to auth_app;
    create table quest.applied (n bigserial, user_id uuid not null, name text not null);
    create table quest.members (user_id uuid primary key, name text not null);
    grant all on quest.applied, quest.applied_n_seq, quest.members to quest_app, analysis_app, sns_app;
    grant usage on schema quest to analysis_app, sns_app";

/// Every test is traced: a span that one thread has met without a subscriber may stay disabled for others.
static TRACES: LazyLock<()> = LazyLock::new(|| {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();
});

/// Ends whatever quest is connected by.
pub(crate) const LOSE_CONNECTIONS: &str = "select pg_terminate_backend(pid) from pg_stat_activity \
                                where datname = current_database() and usename = 'quest_app'";

pub(crate) struct Database(testkit::Database);

impl Database {
    pub(crate) async fn create() -> Self {
        LazyLock::force(&TRACES);
        let database = Database(testkit::Database::create(&[]).await);
        database.sql(TABLES).await;
        database
    }

    pub(crate) fn pool(&self, service: &str) -> pg::Pool {
        self.0.pool(service)
    }

    fn connector(&self, service: &str) -> pg::Connector {
        pg::Connector::new(&pg::Settings::new(self.0.app_url(service))).unwrap()
    }

    /// A connection of the service's app role.
    pub(crate) async fn connect(&self, service: &str) -> pg::Connection {
        self.connector(service).connect().await.unwrap()
    }

    pub(crate) async fn admin(&self) -> pg::Connection {
        let settings = pg::Settings::new(self.0.admin_url());
        pg::Connector::new(&settings).unwrap().connect().await.unwrap()
    }

    /// Runs the set-up once more.
    pub(crate) async fn set_up(&self) {
        pg::setup(&self.0.admin_url(), |_| None).await.unwrap();
    }

    /// A consumer of `service`, quick to look and quick to give up.
    pub(crate) fn consumer(&self, service: &'static str) -> Consumer<pg::Error> {
        Consumer::new(service, self.pool(service), self.connector(service))
            .poll_every(Duration::from_millis(5))
            .attempts(3, Duration::from_millis(1))
    }

    /// Quest's consumer that notes everything in `quest.applied`.
    pub(crate) fn noting(&self) -> Consumer<pg::Error> {
        self.consumer("quest").on::<MemberUpdated>(note).on::<MemberErased>(note_erased)
    }

    /// A consumer of `service` that notes erasures there.
    pub(crate) fn noting_erasures(&self, service: &'static str) -> Consumer<pg::Error> {
        self.consumer(service).on::<MemberErased>(note_erased)
    }

    /// Auth says that the member is now called so.
    pub(crate) async fn send(&self, user_id: UserId, name: &str) {
        self.publish("auth", &updated(user_id, name)).await;
    }

    pub(crate) async fn publish<E: contracts::events::Event>(&self, service: &str, event: &E) {
        let sent: Result<(), pg::Error> = pg::transaction(&self.pool(service), async |conn| {
            Ok(events::publish(conn, event).await?)
        })
        .await;
        sent.unwrap();
    }

    /// What quest noted, in order.
    pub(crate) async fn applied(&self) -> Vec<(UserId, String)> {
        #[derive(QueryableByName)]
        struct Applied {
            #[diesel(sql_type = SqlUuid)]
            user_id: Uuid,
            #[diesel(sql_type = Text)]
            name: String,
        }
        let applied: Vec<Applied> = sql_query("select user_id, name from quest.applied order by n")
            .get_results(&mut self.admin().await)
            .await
            .unwrap();
        applied.into_iter().map(|row| (UserId(row.user_id), row.name)).collect()
    }

    /// The names that quest noted of this member, in order.
    pub(crate) async fn applied_of(&self, user_id: UserId) -> Vec<String> {
        let applied = self.applied().await.into_iter();
        applied.filter(|(of, _)| *of == user_id).map(|(_, name)| name).collect()
    }

    /// A number that the administrator sees.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        number(&mut self.admin().await, query).await
    }

    pub(crate) async fn sql(&self, statement: &str) {
        self.admin().await.batch_execute(statement).await.unwrap();
    }

    /// Waits until the query says `number`.
    pub(crate) async fn until(&self, query: &str, number: i64) {
        let mut conn = self.admin().await;
        let mut last = 0;
        for _ in 0..3000 {
            last = self::number(&mut conn, query).await;
            if last == number {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{query}: {last} instead of {number}");
    }
}

pub(crate) async fn number(conn: &mut pg::Connection, query: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let query = format!("select ({query})::bigint as number");
    sql_query(query).get_result::<Number>(conn).await.unwrap().number
}

pub(crate) fn member() -> UserId {
    UserId(Uuid::new_v4())
}

pub(crate) fn updated(user_id: UserId, name: &str) -> MemberUpdated {
    MemberUpdated(Member {
        user_id,
        name: name.to_owned(),
        locale: "ko".to_owned(),
        time_zone: "Asia/Seoul".to_owned(),
    })
}

pub(crate) async fn note(
    conn: &mut pg::Connection,
    MemberUpdated(member): MemberUpdated,
    _: &Meta,
) -> Result<(), pg::Error> {
    note_name(conn, member.user_id, &member.name).await
}

async fn note_erased(
    conn: &mut pg::Connection,
    MemberErased { user_id }: MemberErased,
    _: &Meta,
) -> Result<(), pg::Error> {
    note_name(conn, user_id, "erased").await
}

pub(crate) async fn note_name(
    conn: &mut pg::Connection,
    user_id: UserId,
    name: &str,
) -> Result<(), pg::Error> {
    sql_query("insert into quest.applied (user_id, name) values ($1, $2)")
        .bind::<SqlUuid, _>(user_id.0)
        .bind::<Text, _>(name)
        .execute(conn)
        .await?;
    Ok(())
}

/// A metric's value by its labels' values.
pub(crate) fn metric(name: &str, labels: &[&str]) -> f64 {
    let families = prometheus::gather();
    let family = families.iter().find(|family| family.name() == name).unwrap();
    let has = |metric: &&prometheus::proto::Metric| {
        labels.iter().all(|value| metric.get_label().iter().any(|label| label.value() == *value))
    };
    let metric = family.get_metric().iter().find(has).unwrap();
    metric.get_gauge().get_value() + metric.get_counter().get_value()
}

/// A consumer that runs beside the test.
pub(crate) struct Running {
    stop: CancellationToken,
    ended: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(consumer: Consumer<pg::Error>) -> Self {
        let stop = CancellationToken::new();
        let ended = spawn_local(consumer.run(stop.clone()));
        Running { stop, ended }
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.ended.await.unwrap();
    }

    /// Ends it wherever it is.
    pub(crate) async fn kill(self) {
        self.ended.abort();
        assert!(self.ended.await.unwrap_err().is_cancelled());
    }
}

/// Waits until something has happened.
pub(crate) async fn eventually(happened: impl Fn() -> bool) {
    for _ in 0..3000 {
        if happened() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never happened");
}

/// Runs a test where tasks need not be `Send`, as a service's background thread does.
pub(crate) async fn local(test: impl Future<Output = ()>) {
    LocalSet::new().run_until(test).await;
}
