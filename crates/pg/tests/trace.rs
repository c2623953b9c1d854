//! What a trace shows of the database: each statement, and nothing that was put into it.

use std::sync::{Arc, Mutex};

use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use pg::Connection;
use testkit::Database;
use tracing::{
    Subscriber,
    field::{Field, Visit},
    instrument::WithSubscriber,
    span::Record,
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt},
};

#[derive(Clone, Default)]
struct Texts(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Texts {
    fn on_record(&self, _: &tracing::Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut &*self);
    }
}

impl Visit for &Texts {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if let Ok(mut texts) = self.0.lock()
            && field.name() == "db.query.text"
        {
            texts.push(format!("{value:?}"));
        }
    }
}

#[tokio::test]
async fn a_statement_is_a_span_without_its_values() {
    let database = Database::create(&[]).await;
    let pool = database.pool("quest");
    let texts = Texts::default();
    let query = |of| {
        diesel::sql_query(format!("SELECT $1 AS {of}")).bind::<Text, _>("somebody@example.org")
    };
    let ask = async {
        let mut conn = pool.get().await.unwrap();
        query("lent").execute(&mut *conn).await.unwrap();
        let read =
            pool.read(async |mut conn: &Connection| query("shared").execute(&mut conn).await);
        read.await.unwrap();
    };
    ask.with_subscriber(Registry::default().with(texts.clone())).await;
    let texts = texts.0.lock().unwrap();
    for of in ["lent", "shared"] {
        assert!(texts.iter().any(|text| text.contains(&format!("SELECT $1 AS {of}"))), "{texts:?}");
    }
    assert!(!texts.iter().any(|text| text.contains("somebody")), "{texts:?}");
}
