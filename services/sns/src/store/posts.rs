//! `sns_posts`: what is kept of posts.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::domain::posts::Feature;
use crate::domain::topics::PostTopics;
use crate::schema::sns_posts::dsl;
use crate::schema::user_sns_accounts::dsl as accounts;

/// Rows of one statement, which takes 65,535 values.
const AT_ONCE: usize = 1_000;

/// Keeps those that are new, and says what each of them is about.
pub(crate) async fn insert_new(
    conn: &mut Connection,
    user_id: UserId,
    account_id: Uuid,
    features: &[Feature],
) -> QueryResult<Vec<Vec<String>>> {
    let row = |feature: &Feature| {
        (
            dsl::user_id.eq(user_id.0),
            dsl::account_id.eq(account_id),
            dsl::post.eq(feature.post.clone()),
            dsl::day.eq(feature.day.to_diesel()),
            dsl::topics.eq(feature.topics.iter().cloned().collect::<Vec<String>>()),
        )
    };
    let mut new = Vec::new();
    for features in features.chunks(AT_ONCE) {
        let inserted: Vec<Vec<String>> = diesel::insert_into(dsl::sns_posts)
            .values(features.iter().map(row).collect::<Vec<_>>())
            .on_conflict_do_nothing()
            .returning(dsl::topics)
            .get_results(conn)
            .await?;
        new.extend(inserted);
    }
    Ok(new)
}

/// What counts of a member: posts with topics, not older than a day, of accounts that are theirs and stay.
pub(crate) async fn list_counting(
    conn: &mut Connection,
    user_id: UserId,
    oldest: Date,
) -> QueryResult<Vec<PostTopics>> {
    let rows: Vec<(String, jiff_diesel::Date, Vec<String>)> = dsl::sns_posts
        .inner_join(
            accounts::user_sns_accounts
                .on(accounts::user_id.eq(dsl::user_id).and(accounts::id.eq(dsl::account_id))),
        )
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::day.ge(oldest.to_diesel()))
        .filter(dsl::topics.ne(Vec::<String>::new()))
        .filter(accounts::confirmed_at.is_not_null().and(accounts::leaving_at.is_null()))
        .select((accounts::channel, dsl::day, dsl::topics))
        .load(conn)
        .await?;
    let post = |(source, day, topics): (String, jiff_diesel::Date, Vec<String>)| {
        let day = day.to_jiff().to_zoned(TimeZone::UTC);
        let published_at = day.map_or(Timestamp::UNIX_EPOCH, |midnight| midnight.timestamp());
        PostTopics { source, published_at, topics }
    };
    Ok(rows.into_iter().map(post).collect())
}

/// Forgets an account's posts.
pub(crate) async fn delete_of(
    conn: &mut Connection,
    user_id: UserId,
    account_id: Uuid,
) -> QueryResult<()> {
    let theirs = dsl::sns_posts.filter(dsl::user_id.eq(user_id.0));
    diesel::delete(theirs.filter(dsl::account_id.eq(account_id))).execute(conn).await.map(drop)
}
