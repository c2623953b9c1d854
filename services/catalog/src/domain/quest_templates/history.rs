//! How versions of a template follow each other: written by a content file or by an admin, never changed afterwards.

use std::collections::{HashMap, HashSet};

use contracts::quest_templates::QuestTemplate;

/// Who wrote a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A release's content file.
    File,
    /// An admin.
    Admin,
}

/// One version of a template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// What it says.
    pub(crate) template: QuestTemplate,
    /// Who wrote it.
    pub(crate) source: Source,
    /// Whether the template is no longer given; it keeps its words.
    pub(crate) withdrawn: bool,
}

impl Entry {
    /// The first version of a template.
    pub(crate) fn first(template: QuestTemplate, source: Source) -> Self {
        Entry { template: QuestTemplate { version: 1, ..template }, source, withdrawn: false }
    }

    /// The next version, with these words; none where nothing would change.
    pub(crate) fn replaced(&self, words: &QuestTemplate, source: Source) -> Option<Self> {
        let unchanged = QuestTemplate { version: self.template.version, ..words.clone() };
        if unchanged == self.template && !self.withdrawn {
            return None;
        }
        let template = QuestTemplate { version: self.template.version + 1, ..unchanged };
        Some(Entry { template, source, withdrawn: false })
    }

    /// The next version, in which the template is no longer given.
    pub(crate) fn withdrawn(&self, source: Source) -> Self {
        let template =
            QuestTemplate { version: self.template.version + 1, ..self.template.clone() };
        Entry { template, source, withdrawn: true }
    }
}

/// What a new version of the content file changes.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Plan {
    /// Versions to write.
    pub(crate) writes: Vec<Entry>,
    /// Codes that the file would change and an admin has changed: the admin's word stands.
    pub(crate) kept: Vec<String>,
}

/// Compares the newest version of each template with the file. What the file says anew or otherwise becomes a version, what
/// it no longer has is withdrawn; but a template whose newest version is an admin's is left alone.
pub(crate) fn plan(newest: &[Entry], file: &[QuestTemplate]) -> Plan {
    let known: HashMap<&str, &Entry> =
        newest.iter().map(|entry| (entry.template.code.as_str(), entry)).collect();
    let mut plan = Plan::default();
    for template in file {
        let Some(entry) = known.get(template.code.as_str()) else {
            plan.writes.push(Entry::first(template.clone(), Source::File));
            continue;
        };
        match (entry.replaced(template, Source::File), entry.source) {
            (None, _) => {}
            (Some(_), Source::Admin) => plan.kept.push(template.code.clone()),
            (Some(next), Source::File) => plan.writes.push(next),
        }
    }
    let named: HashSet<&str> = file.iter().map(|template| template.code.as_str()).collect();
    let dropped = newest.iter().filter(|entry| {
        entry.source == Source::File
            && !entry.withdrawn
            && !named.contains(entry.template.code.as_str())
    });
    plan.writes.extend(dropped.map(|entry| entry.withdrawn(Source::File)));
    plan
}

#[cfg(test)]
mod tests {
    use contracts::{Direction, Text};

    use super::*;

    fn template(code: &str, title: &str) -> QuestTemplate {
        QuestTemplate {
            code: code.to_owned(),
            version: 1,
            category: "calm".to_owned(),
            of: None,
            direction: Direction::More,
            difficulty: 1,
            minutes: 2,
            helps: vec![],
            topics: vec![],
            activity: "either".to_owned(),
            social: "any".to_owned(),
            pace: "any".to_owned(),
            evidence: "BA".to_owned(),
            title: Text { ko: title.to_owned(), en: title.to_owned() },
            cue: Text::default(),
        }
    }

    fn entry(code: &str, version: i32, title: &str, source: Source, withdrawn: bool) -> Entry {
        let template = QuestTemplate { version, ..template(code, title) };
        Entry { template, source, withdrawn }
    }

    #[test]
    fn a_file_writes_what_is_new_changed_or_gone_and_nothing_twice() {
        use Source::File;
        let newest = [
            entry("M01", 1, "same", File, false),
            entry("M02", 4, "old", File, false),
            entry("M03", 1, "gone", File, false),
            entry("M04", 2, "back", File, true),
        ];
        let file = [("M01", "same"), ("M02", "new"), ("M04", "back"), ("M05", "first")]
            .map(|(c, t)| template(c, t));
        let plan = super::plan(&newest, &file);
        let expected = [
            entry("M02", 5, "new", File, false),
            entry("M04", 3, "back", File, false),
            entry("M05", 1, "first", File, false),
            entry("M03", 2, "gone", File, true),
        ];
        assert_eq!(plan.writes, expected);

        let mut after: Vec<Entry> = newest[..1].to_vec();
        after.extend(plan.writes);
        assert_eq!(super::plan(&after, &file), Plan::default());
    }

    #[test]
    fn what_an_admin_has_changed_is_left_alone() {
        use Source::Admin;
        let newest = [
            entry("M01", 2, "the admin's", Admin, false),
            entry("M02", 2, "withdrawn", Admin, true),
            entry("M03", 2, "agreed", Admin, false),
            entry("M90", 1, "not in the file", Admin, false),
        ];
        let file = [("M01", "the file's"), ("M02", "withdrawn"), ("M03", "agreed")]
            .map(|(c, t)| template(c, t));
        let plan = super::plan(&newest, &file);
        assert_eq!(plan.writes, []);
        assert_eq!(plan.kept, ["M01", "M02"]);
    }

    #[test]
    fn replacing_words_with_the_same_words_makes_no_version() {
        let entry = entry("M01", 3, "same", Source::Admin, false);
        assert_eq!(entry.replaced(&template("M01", "same"), Source::Admin), None);
        let next = entry.replaced(&template("M01", "other"), Source::Admin).unwrap();
        assert_eq!(next.template.version, 4);
    }
}
