//! The tables that are filled, and what is a copy's own in each row.

use jiff::ToSpan;

use super::days::Seeded;

/// One table.
pub(crate) struct Table {
    /// With its schema.
    pub(super) name: &'static str,
    /// The column that says whose a row is.
    pub(super) owner: &'static str,
    /// The order of a prototype's rows.
    pub(super) order: &'static str,
    /// Columns that are each copy's own; all others are the prototype's.
    pub(super) own: &'static [&'static str],
    /// Columns that the table fills itself.
    pub(super) left_out: &'static [&'static str],
    /// What copies have in place of the prototype's value.
    pub(super) instead: &'static [(&'static str, &'static str)],
    /// The member's rows: the values of `own`, and which of which prototype's rows goes on with it; none where a row has
    /// nothing of a prototype.
    pub(super) rows: fn(&Seeded, &mut Add<'_>),
}

/// Takes a row: what is its own, and the prototype's row that goes on with it.
pub(super) type Add<'a> = dyn FnMut(String, Option<Shared>) + 'a;

/// A prototype's row.
#[derive(Clone, Copy)]
pub(super) struct Shared {
    pub(super) prototype: usize,
    pub(super) row: usize,
}

impl Table {
    /// Whether it is in a schema.
    pub(super) fn is_of(&self, schema: &str) -> bool {
        self.name.split('.').next() == Some(schema)
    }
}

const NOTHING: &[&str] = &[];
const PLAIN: Table = Table {
    name: "",
    owner: "user_id",
    order: "ctid",
    own: NOTHING,
    left_out: NOTHING,
    instead: &[],
    rows: |_, _| {},
};

/// Every table, those that others refer to first.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "auth.users",
        owner: "sub",
        own: &["sub", "email"],
        left_out: &["id"],
        rows: |member, add| add(format!("{}\t{}", member.user_id, member.email()), member.first()),
        ..PLAIN
    },
    Table {
        name: "analysis.members",
        own: &["user_id"],
        rows: |member, add| add(member.user_id.to_string(), member.first()),
        ..PLAIN
    },
    Table {
        name: "analysis.psy_test_sessions",
        own: &["user_id", "id"],
        rows: |member, add| {
            add(format!("{}\t{}", member.user_id, member.session_id), member.first());
        },
        ..PLAIN
    },
    Table {
        name: "analysis.psy_answers",
        order: "question_id",
        own: &["user_id", "session_id"],
        rows: |member, add| {
            for row in 0..20 {
                let shared = Shared { prototype: member.prototype, row };
                add(format!("{}\t{}", member.user_id, member.session_id), Some(shared));
            }
        },
        ..PLAIN
    },
    Table {
        name: "analysis.analysis_results",
        own: &["user_id", "id", "session_id"],
        rows: |member, add| {
            let Seeded { user_id, analysis_id, session_id, .. } = member;
            add(format!("{user_id}\t{analysis_id}\t{session_id}"), member.first());
        },
        ..PLAIN
    },
    Table {
        name: "analysis.completed_quests",
        own: &["user_id", "quest_id", "template_code", "date"],
        rows: |member, add| {
            for (day, quest) in member.completed() {
                add(
                    format!("{}\t{}\t{}\t{}", member.user_id, quest.id, quest.code, day.date),
                    None,
                );
            }
        },
        ..PLAIN
    },
    Table {
        name: "quest.members",
        own: &["user_id"],
        rows: |member, add| add(member.user_id.to_string(), member.first()),
        ..PLAIN
    },
    Table {
        name: "quest.calendar_eras",
        own: &["user_id", "starts_at", "first_date"],
        rows: |member, add| {
            let first = member.days[0].date;
            add(format!("{}\t{first} 00:00Z\t{first}", member.user_id), member.first());
        },
        ..PLAIN
    },
    Table {
        name: "quest.user_quests",
        order: "slot",
        own: &["user_id", "id", "date", "status", "given_at", "completed_at"],
        rows: |member, add| {
            for day in &member.days {
                for (row, quest) in day.quests.iter().enumerate() {
                    let date = day.date;
                    let (status, completed_at) = match quest.done {
                        true => ("completed", format!("{date} 12:0{row}Z")),
                        false => ("open", "\\N".to_owned()),
                    };
                    let own = format!(
                        "{}\t{}\t{date}\t{status}\t{date} 00:00Z\t{completed_at}",
                        member.user_id, quest.id
                    );
                    add(own, Some(Shared { prototype: day.prototype, row }));
                }
            }
        },
        ..PLAIN
    },
    Table {
        name: "quest.offers",
        own: &["user_id", "date", "given_at"],
        // A hundred candidates a day would be most of the database, and no request reads them.
        instead: &[
            ("candidates", "picked"),
            ("scores", "scores[1:cardinality(picked)]"),
            ("parts", "parts[1:4*cardinality(picked)]"),
            ("propensities", "propensities[1:cardinality(picked)*cardinality(picked)]"),
            ("counted", "true"),
        ],
        rows: |member, add| {
            for day in &member.days {
                let shared = Shared { prototype: day.prototype, row: 0 };
                add(format!("{}\t{}\t{} 00:00Z", member.user_id, day.date, day.date), Some(shared));
            }
        },
        ..PLAIN
    },
    Table {
        name: "quest.rewards",
        own: &["user_id", "quest_id", "entry", "date", "xp", "created_at"],
        rows: |member, add| {
            for (day, quest) in member.completed() {
                let (user_id, date) = (member.user_id, day.date);
                add(
                    format!("{user_id}\t{}\t1\t{date}\t{}\t{date} 12:00Z", quest.id, quest.xp),
                    None,
                );
            }
        },
        ..PLAIN
    },
    Table {
        name: "quest.member_days",
        own: &[
            "user_id",
            "date",
            "done",
            "xp",
            "current",
            "longest",
            "freezes",
            "completed_days",
            "frozen",
            "missed",
        ],
        rows: |member, add| {
            for day in &member.days {
                let at = day.standing;
                add(
                    format!(
                        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                        member.user_id,
                        day.date,
                        day.done(),
                        day.xp,
                        at.current,
                        at.longest,
                        at.freezes,
                        at.completed_days,
                        at.frozen,
                        at.missed,
                    ),
                    None,
                );
            }
        },
        ..PLAIN
    },
];

/// A member's dates, first one first, the last one today.
pub(super) fn dates(
    days: i32,
    today: jiff::civil::Date,
) -> impl Iterator<Item = jiff::civil::Date> {
    (0..days).rev().map(move |ago| today.saturating_sub(ago.days()))
}
