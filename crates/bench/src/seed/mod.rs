//! Filling the database: 20,000 members with a result and today's quests each, 2,000 of them with 60 days behind them.
//!
//! A few prototypes are made through the API, so that whatever a service keeps is what it keeps itself; all others are
//! copies of their rows (`COPY`) under other ids and dates. What days add up to is computed here (`days`) and compared
//! with what the service says (`check`).

mod check;
mod copy;
mod days;
mod prototypes;
mod rows;
mod tokens;

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::time::Instant;

use chassis::Clock;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use platform::Outcome;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::stage::{Stage, folder};

pub(crate) use check::backlog_is_gone;
pub(crate) use tokens::{Foreign, foreign_tokens};

/// Members in all.
const MEMBERS: usize = 20_000;
/// How many of them have a past.
pub(crate) const WITH_A_PAST: usize = 2_000;
/// Their days, today included.
pub(crate) const DAYS: i32 = 60;
/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A member as the loads need them.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) user_id: Uuid,
    pub(crate) analysis_id: Uuid,
    pub(crate) email: String,
    /// Today's, all open.
    pub(crate) quests: Vec<Uuid>,
    /// An access token that outlives the bench.
    pub(crate) token: String,
}

/// The members' date: they live by UTC.
pub(crate) fn today() -> Date {
    Clock::system().now().to_zoned(TimeZone::UTC).date()
}

/// Whether there is a seed of today; yesterday's members would all have a day to open.
pub(crate) fn is_of_today() -> bool {
    let said = fs::read_to_string(folder().join("seeded.txt"));
    said.is_ok_and(|said| said == today().to_string())
}

/// Fills a fresh database, and writes down the members.
pub(crate) async fn fill(stage: &mut Stage) -> Outcome<Vec<Member>> {
    let began = Instant::now();
    let today = today();
    println!("· prototypes");
    let prototypes = prototypes::make(stage).await?;
    println!("· {MEMBERS} members, {WITH_A_PAST} with {DAYS} days");
    let seeded: Vec<days::Seeded> = (0..MEMBERS)
        .map(|number| {
            let days = if number < WITH_A_PAST { DAYS } else { 1 };
            days::Seeded::new(number, days, today, &prototypes)
        })
        .collect();
    for table in rows::TABLES {
        copy::fill(&stage.admin, table, &seeded, &prototypes).await?;
    }
    settle(&stage.admin, today).await?;
    let tokens = tokens::of_members(&stage.keys, seeded.iter().map(|member| member.user_id))?;
    let members: Vec<Member> = seeded
        .iter()
        .zip(tokens)
        .map(|(member, token)| Member {
            user_id: member.user_id,
            analysis_id: member.analysis_id,
            email: member.email(),
            quests: member.todays_quests(),
            token,
        })
        .collect();
    write_down(&members, today)?;
    check::streaks(stage, &members).await?;
    println!(
        "· seeded in {:.0} s; tokens.txt and ids.tsv are in {}",
        began.elapsed().as_secs_f64(),
        folder().display()
    );
    Ok(members)
}

/// The members of the last seed.
pub(crate) async fn load(stage: &Stage) -> Outcome<Vec<Member>> {
    let ids = fs::read_to_string(folder().join("ids.tsv"))?;
    let tokens = fs::read_to_string(folder().join("tokens.txt"))?;
    reopen(&stage.admin).await?;
    let rows = stage.admin.query(
        "SELECT user_id, array_agg(id ORDER BY slot) FROM quest.user_quests
         WHERE date = (now() AT TIME ZONE 'utc')::date GROUP BY user_id",
        &[],
    );
    let mut quests: HashMap<Uuid, Vec<Uuid>> =
        rows.await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    let members = ids.lines().zip(tokens.lines()).filter_map(|(line, token)| {
        let mut fields = line.split('\t');
        let user_id = fields.next()?.parse().ok()?;
        Some(Member {
            user_id,
            analysis_id: fields.next()?.parse().ok()?,
            email: fields.next()?.to_owned(),
            quests: quests.remove(&user_id)?,
            token: token.to_owned(),
        })
    });
    let members: Vec<Member> = members.collect();
    if members.len() < MEMBERS {
        return Err("the database is not that of the last seed: bench seed".into());
    }
    Ok(members)
}

/// Takes back what was completed today, so that it can be completed again.
pub(crate) async fn reopen(admin: &Client) -> Outcome {
    let today = "(now() AT TIME ZONE 'utc')::date";
    admin
        .batch_execute(&format!(
            "UPDATE quest.user_quests SET status = 'open', completed_at = NULL
             WHERE date = {today} AND status <> 'open';
             DELETE FROM quest.rewards WHERE date = {today};
             DELETE FROM analysis.completed_quests WHERE date = {today}"
        ))
        .await?;
    for table in ["quest.user_quests", "quest.rewards", "quest.member_days", "quest.members"] {
        admin.batch_execute(&format!("VACUUM {table}")).await?;
    }
    Ok(())
}

/// A second database with so few members, for what must not depend on their number.
pub(crate) async fn fill_small(
    admin: &Client,
    stage: &Stage,
    count: usize,
) -> Outcome<Vec<Member>> {
    let today = today();
    let prototypes = prototypes::read(&stage.admin).await?;
    let seeded: Vec<days::Seeded> =
        (0..count).map(|number| days::Seeded::new(number, DAYS, today, &prototypes)).collect();
    for table in rows::TABLES.iter().filter(|table| table.is_of("quest")) {
        copy::fill(admin, table, &seeded, &prototypes).await?;
    }
    settle(admin, today).await?;
    Ok(of_quest(&seeded))
}

/// One more member, with so many days.
pub(crate) async fn add_member(stage: &Stage, days: i32) -> Outcome<Member> {
    let prototypes = prototypes::read(&stage.admin).await?;
    let seeded = [days::Seeded::new(MEMBERS, days, today(), &prototypes)];
    for table in rows::TABLES.iter().filter(|table| table.is_of("quest")) {
        copy::fill(&stage.admin, table, &seeded, &prototypes).await?;
    }
    stage.admin.batch_execute("VACUUM ANALYZE").await?;
    of_quest(&seeded).pop().ok_or_else(|| "no member".into())
}

/// Forgets one who was added.
pub(crate) async fn remove_member(stage: &Stage, member: &Member) -> Outcome {
    for table in rows::TABLES.iter().rev().filter(|table| table.is_of("quest")) {
        let delete = format!("DELETE FROM {} WHERE user_id = $1", table.name);
        stage.admin.execute(&delete, &[&member.user_id]).await?;
    }
    Ok(stage.admin.batch_execute("VACUUM ANALYZE").await?)
}

/// Members that only quest knows.
fn of_quest(seeded: &[days::Seeded]) -> Vec<Member> {
    let member = |member: &days::Seeded| Member {
        user_id: member.user_id,
        analysis_id: member.analysis_id,
        email: member.email(),
        quests: member.todays_quests(),
        token: String::new(),
    };
    seeded.iter().map(member).collect()
}

/// What follows from the copied rows, and what a database that has lived for a while has done.
async fn settle(admin: &Client, today: Date) -> Outcome {
    println!("· statistics, vacuum, checkpoint");
    admin
        .batch_execute(&format!(
            "DELETE FROM quest.template_outcomes;
             INSERT INTO quest.template_outcomes (template_code, done, missed)
             SELECT template_code, count(*) FILTER (WHERE status = 'completed'),
                 count(*) FILTER (WHERE status <> 'completed')
             FROM quest.user_quests WHERE date < '{today}' GROUP BY template_code"
        ))
        .await?;
    admin.batch_execute("VACUUM ANALYZE").await?;
    Ok(admin.batch_execute("CHECKPOINT").await?)
}

/// `tokens.txt`: a bearer token a line. `ids.tsv`: user_id, analysis_id, email, password, quest_id; line n belongs to
/// token n.
fn write_down(members: &[Member], today: Date) -> Outcome {
    let (mut tokens, mut ids) = (String::new(), String::new());
    for Member { user_id, analysis_id, email, quests, token } in members {
        let quest_id = quests.first().ok_or("a member without quests")?;
        writeln!(tokens, "{token}")?;
        writeln!(ids, "{user_id}\t{analysis_id}\t{email}\t{PASSWORD}\t{quest_id}")?;
    }
    fs::write(folder().join("tokens.txt"), tokens)?;
    fs::write(folder().join("ids.tsv"), ids)?;
    Ok(fs::write(folder().join("seeded.txt"), today.to_string())?)
}
