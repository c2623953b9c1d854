//! Other people's feeds: those by which PyPI's `feedparser` is tested, most of them odd on purpose.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::feeds::{NotAFeed, read};

const REQUIREMENT: &str = "feedparser==6.0.12";

#[test]
fn feeds_of_feedparser_are_read_or_refused() {
    let source = tools::python_source("feedparser", REQUIREMENT).unwrap();
    let mut files = Vec::new();
    list(&source.join("tests"), &mut files);
    let url = "https://example.org/feed".parse().unwrap();
    let mut kinds: BTreeMap<String, (u32, u32, usize)> = BTreeMap::new();
    for file in &files {
        let body = std::fs::read(file).unwrap();
        let kind = file.strip_prefix(source.join("tests")).unwrap().parent().unwrap();
        let (fed, refused, posts) = kinds.entry(kind.display().to_string()).or_default();
        match read(&body, &url) {
            Ok(feed) => {
                *fed += 1;
                *posts += feed.posts.len();
            }
            Err(NotAFeed) => *refused += 1,
        }
    }
    println!("{:<32} {:>5} {:>7} {:>5}", "feeds of feedparser's tests", "read", "refused", "posts");
    for (kind, (fed, refused, posts)) in &kinds {
        println!("{kind:<32} {fed:>5} {refused:>7} {posts:>5}");
    }
    let fed: u32 = kinds.values().map(|(fed, ..)| fed).sum();
    let posts: usize = kinds.values().map(|(.., posts)| posts).sum();
    println!("{:<32} {fed:>5} {:>7} {posts:>5}", "all", files.len() as u32 - fed);
    assert!(files.len() > 2_000, "{}", files.len());
    assert!(f64::from(fed) / files.len() as f64 > 0.7, "{fed} of {}", files.len());
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "xml") {
            files.push(path);
        }
    }
}
