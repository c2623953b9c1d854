//! What decides, and that it is said.

use contracts::events::SelfCheckSubmitted;
use contracts::{Direction, Trait};

use crate::domain::goals::Goal;
use crate::domain::selection::fixtures::*;
use crate::domain::selection::*;

#[test]
fn each_part_can_decide_and_says_so() {
    let first = |member: Member, library: &QuestTemplates| {
        let pick = choose(&ranked(&member), library, &[]).picks.remove(0);
        (pick.template.code, pick.reason)
    };
    let mut library = library();

    let goal = Goal { of: Trait::Openness, direction: Direction::More };
    let told = Reason::Goal { of: Trait::Openness, direction: Direction::More };
    let wishing = Member { goal: Some(goal), ..member() };
    assert_eq!(first(wishing, &library), ("e00".into(), told));

    let strong = Member { z: traits(Trait::Conscientiousness, 1.5), ..member() };
    let told = Reason::Strength { of: Trait::Conscientiousness };
    assert_eq!(first(strong, &library), ("c00".into(), told));

    library.items[25].topics = vec!["books".into(), "film".into()]; // g01
    let reader = Member { topics: vec![topic("books", 0.3), topic("film", 0.1)], ..member() };
    let told = Reason::Topic { topic: "books".into() };
    assert_eq!(first(reader, &library), ("g01".into(), told));

    library.items[30].helps = vec!["sleep".into()]; // h02
    let mut sleepless = check(TODAY);
    sleepless.sleep = 1;
    for (date, yesterday) in [(TODAY, false), (days_ago(1), true)] {
        let check = SelfCheckSubmitted { date, ..sleepless.clone() };
        let told = Reason::Need { item: "sleep".into(), yesterday };
        let member = Member { check: Some(check), ..member() };
        assert_eq!(first(member, &library), ("h02".into(), told));
    }

    library.items[35].activity = "outdoors".into(); // i03
    library.items[35].pace = "lively".into();
    let mut lively = check(TODAY);
    lively.activity = Some("outdoors".into());
    lively.pace = Some("lively".into());
    let told = Reason::Preference { kind: "activity".into(), value: "outdoors".into() };
    let member_out = Member { check: Some(lively), ..member() };
    assert_eq!(first(member_out, &library), ("i03".into(), told));
}

#[test]
fn practice_in_a_category_decides_too() {
    let past = (0..6).map(|n| given(&format!("j{n:02}"), days_ago(20 + n), Status::Completed));
    let past = past.collect::<Vec<_>>();
    let offer = choose(&ranked(&member()), &library(), &past);
    assert_eq!(codes(&offer)[0], "j00");
    assert_eq!(offer.picks[0].reason, Reason::Practised { category: "j".into() });
}

#[test]
fn what_the_day_before_had_waits_behind_its_equals() {
    let past =
        [given("f09", days_ago(1), Status::Completed), given("g09", days_ago(3), Status::Open)];
    let offer = choose(&ranked(&member()), &library(), &past);
    assert!(!codes(&offer)[0].starts_with('f'), "{:?}", codes(&offer));
}

#[test]
fn what_others_complete_counts_where_little_is_known_of_the_member() {
    let member = ranked(&member());
    let outcomes = Outcomes::from([
        ("k02".into(), Outcome { done: 95, missed: 5 }),
        ("f00".into(), Outcome { done: 5, missed: 95 }),
    ]);
    let library = library();
    let situation = Situation {
        member: &member,
        date: TODAY,
        library: &library,
        past: &[],
        outcomes: &outcomes,
    };
    let offer = situation.choose();
    assert_eq!(codes(&offer)[0], "k02");
    assert_eq!(offer.picks[0].reason, Reason::EasyStart);
}

#[test]
fn popular_is_only_what_many_have_done() {
    let mut library = library();
    for template in &mut library.items {
        template.difficulty = 2;
    }
    let member = ranked(&member());
    for (done, missed, popular) in
        [(60, 20, true), (20, 5, false), (10, 40, false), (40, 60, false)]
    {
        let unloved = library.items.iter().map(|template| {
            let outcome = Outcome { done: 0, missed: 500 };
            (template.code.clone(), outcome)
        });
        let mut outcomes = unloved.collect::<Outcomes>();
        outcomes.insert("k02".into(), Outcome { done, missed });
        let situation = Situation {
            member: &member,
            date: TODAY,
            library: &library,
            past: &[],
            outcomes: &outcomes,
        };
        let pick = situation.choose().picks.remove(0);
        assert_eq!(pick.template.code, "k02");
        assert_eq!(pick.reason == Reason::Popular, popular, "{done} of {}", done + missed);
    }
}

#[test]
fn one_success_is_not_called_practice() {
    let mut library = library();
    for template in &mut library.items {
        template.difficulty = if template.category == "j" { 1 } else { 2 };
    }
    let reason_after = |times| {
        let past =
            (0..times).map(|n| given(&format!("j9{n}"), days_ago(20 + n), Status::Completed));
        let offer = choose(&ranked(&member()), &library, &past.collect::<Vec<_>>());
        assert_eq!(codes(&offer)[0], "j00");
        offer.picks[0].reason.clone()
    };
    let practised = Reason::Practised { category: "j".into() };
    assert_eq!(reason_after(1), Reason::EasyStart);
    assert_eq!(reason_after(2), Reason::EasyStart);
    assert_eq!(reason_after(3), practised);
}

#[test]
fn what_is_nearly_in_the_middle_is_not_called_low() {
    let mut library = library();
    library.items[30].helps = vec!["mood".into()]; // h02
    let reason_at = |mood| {
        let mut check = check(TODAY);
        check.mood = mood;
        let member = Member { check: Some(check), ..member() };
        let pick = choose(&ranked(&member), &library, &[]).picks.remove(0);
        assert_eq!(pick.template.code, "h02");
        pick.reason
    };
    let low = Reason::Need { item: "mood".into(), yesterday: false };
    assert_eq!(reason_at(3), low);
    assert_ne!(reason_at(4), low);
}
