//! How a member's days go, measured against that member only.

use jiff::civil::Date;

use super::self_checks::{PerItem, SelfCheck};

/// The longest window, in local dates with today as the last.
pub(crate) const LONGEST_DAYS: i64 = 28;
/// The short window.
pub(crate) const WEEK_DAYS: i64 = 7;
/// With fewer entries than this a spread says nothing.
const LEAST_ENTRIES: usize = 7;
/// Below this standard deviation a step of one point would look like an upheaval.
const SD_FLOOR: f64 = 0.8;
/// Moods at or below this are low; so many of the last seven days bring the support lines.
const LOW_MOOD: i16 = 2;
const LOW_MOOD_DAYS: usize = 5;

/// One window of a member's days. Higher is better in every item: stress is turned (10 less the answer).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trend {
    /// How many days of the window have an entry.
    pub(crate) entries: usize,
    /// How many quests were completed in it.
    pub(crate) completed_quests: usize,
    /// By item.
    pub(crate) items: PerItem<ItemTrend>,
}

/// One item in one window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ItemTrend {
    /// The middle of the window; none without entries.
    pub(crate) median: Option<f64>,
    /// How far the newest entry stands from the window's mean, in standard deviations of at least .8; none below
    /// 7 entries.
    pub(crate) z: Option<f64>,
}

/// What trends look back on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RecentDays {
    /// The self-checks by date, newest last.
    pub(crate) entries: Vec<SelfCheck>,
    /// The date of each quest that was completed.
    pub(crate) completed_quests: Vec<Date>,
}

/// The trend of the last `days` local dates.
pub(crate) fn trend(recent: &RecentDays, today: Date, days: i64) -> Trend {
    let RecentDays { entries, completed_quests } = recent;
    let window: Vec<PerItem<f64>> = last(entries, today, days).map(upward).collect();
    Trend {
        entries: window.len(),
        completed_quests: completed_quests.iter().filter(|date| is_in(**date, today, days)).count(),
        items: PerItem::from_fn(|item| {
            let values: Vec<f64> = window.iter().map(|ratings| *item(ratings)).collect();
            ItemTrend { median: median(&values), z: z_of_newest(&values) }
        }),
    }
}

/// Whether the last seven days ask for the support lines and easy quests.
pub(crate) fn is_low_mood(entries: &[SelfCheck], today: Date) -> bool {
    let low = last(entries, today, WEEK_DAYS).filter(|entry| entry.ratings.mood <= LOW_MOOD);
    low.count() >= LOW_MOOD_DAYS
}

fn last(entries: &[SelfCheck], today: Date, days: i64) -> impl Iterator<Item = &SelfCheck> {
    entries.iter().filter(move |entry| is_in(entry.date, today, days))
}

/// Whether a date is one of the last `days` dates.
fn is_in(date: Date, today: Date, days: i64) -> bool {
    let ago = i64::from((today - date).get_days());
    (0..days).contains(&ago)
}

fn upward(entry: &SelfCheck) -> PerItem<f64> {
    let mut ratings = PerItem::from_fn(|item| f64::from(*item(&entry.ratings)));
    ratings.stress = 10.0 - ratings.stress;
    ratings
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().saturating_sub(1) / 2)?;
    Some((lower + upper) / 2.0)
}

fn z_of_newest(values: &[f64]) -> Option<f64> {
    let newest = values.last().filter(|_| values.len() >= LEAST_ENTRIES)?;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let sd = (squares / (values.len() - 1) as f64).sqrt();
    Some((newest - mean) / sd.max(SD_FLOOR))
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::date};

    use super::*;
    use crate::domain::preferences::Told;

    const TODAY: Date = date(2026, 11, 20);

    fn entry(days_ago: i64, mood: i16, stress: i16) -> SelfCheck {
        SelfCheck {
            date: TODAY - days_ago.days(),
            ratings: PerItem { mood, energy: 5, stress, sleep: 5, focus: 5, relationships: 5 },
            sleep_hours: None,
            note: None,
            told: Told::default(),
            updated_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn of(entries: &[SelfCheck]) -> RecentDays {
        RecentDays { entries: entries.to_vec(), ..RecentDays::default() }
    }

    #[test]
    fn medians_look_back_7_and_28_dates() {
        let moods = [(28, 0), (27, 1), (7, 3), (6, 4), (1, 6), (0, 9)];
        let entries = moods.map(|(ago, mood)| entry(ago, mood, 2));
        let week = trend(&of(&entries), TODAY, WEEK_DAYS);
        assert_eq!((week.entries, week.items.mood.median), (3, Some(6.0)));
        let month = trend(&of(&entries), TODAY, LONGEST_DAYS);
        assert_eq!((month.entries, month.items.mood.median), (5, Some(4.0)));
        assert_eq!(trend(&of(&entries[..2]), TODAY, WEEK_DAYS).items.mood.median, None);
    }

    #[test]
    fn an_even_number_of_entries_has_its_median_between() {
        let entries = [entry(1, 4, 0), entry(0, 7, 0)];
        assert_eq!(trend(&of(&entries), TODAY, WEEK_DAYS).items.mood.median, Some(5.5));
    }

    #[test]
    fn completed_quests_stand_beside_the_days_of_their_window() {
        let completed_quests = [28, 27, 7, 6, 6, 0, -1].map(|ago: i64| TODAY - ago.days()).to_vec();
        let recent = RecentDays { completed_quests, ..RecentDays::default() };
        assert_eq!(trend(&recent, TODAY, WEEK_DAYS).completed_quests, 3);
        assert_eq!(trend(&recent, TODAY, LONGEST_DAYS).completed_quests, 5);
    }

    #[test]
    fn stress_is_turned() {
        let entries = [entry(0, 5, 8)];
        assert_eq!(trend(&of(&entries), TODAY, WEEK_DAYS).items.stress.median, Some(2.0));
    }

    #[test]
    fn z_needs_seven_entries_and_has_a_floor() {
        let flat: Vec<_> =
            (0..7).rev().map(|ago| entry(ago, if ago == 0 { 6 } else { 5 }, 0)).collect();
        let z = |entries: &[SelfCheck]| trend(&of(entries), TODAY, WEEK_DAYS).items.mood.z;
        assert_eq!(z(&flat[1..]), None);
        // The mean is 36/7, the spread .38: the floor of .8 holds.
        assert!((z(&flat).unwrap() - (6.0 - 36.0 / 7.0) / 0.8).abs() < 1e-12);

        let wild: Vec<_> =
            (0..7).rev().map(|ago| entry(ago, if ago % 2 == 0 { 10 } else { 0 }, 0)).collect();
        // The mean is 40/7, the spread 5.345.
        assert!(
            (z(&wild).unwrap() - (10.0 - 40.0 / 7.0) / (1200.0_f64 / 42.0).sqrt()).abs() < 1e-12
        );
    }

    #[test]
    fn low_mood_is_2_or_less_on_5_of_7_days() {
        let moods = |moods: [i16; 7]| -> Vec<_> {
            (0..).zip(moods).map(|(ago, mood)| entry(ago, mood, 0)).collect()
        };
        assert!(is_low_mood(&moods([2, 2, 9, 2, 2, 9, 2]), TODAY));
        assert!(!is_low_mood(&moods([2, 2, 3, 2, 2, 9, 9]), TODAY));
        let older: Vec<_> = (3..9).map(|ago| entry(ago, 0, 0)).collect();
        assert!(!is_low_mood(&older, TODAY));
    }
}
