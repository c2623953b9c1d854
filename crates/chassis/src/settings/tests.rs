//! What the environment may say, and how it is told that it is wrong.

use super::*;

#[derive(Debug, Deserialize)]
struct Sample {
    base_url: String,
    #[serde(default, deserialize_with = "list")]
    origins: Vec<String>,
    #[serde(default)]
    count: u32,
}

fn load_pairs(pairs: &[(&str, &str)]) -> Result<Sample, String> {
    load_from(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect())
        .map_err(|error| error.to_string())
}

#[test]
fn settings_are_typed_and_lists_are_split() {
    let sample = load_pairs(&[("BASE_URL", "12"), ("ORIGINS", "a, b"), ("COUNT", "3")]).unwrap();
    assert_eq!((sample.base_url.as_str(), sample.count), ("12", 3));
    assert_eq!(sample.origins, ["a", "b"]);
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    assert_eq!(load_pairs(&[]).unwrap_err(), "setting BASE_URL is missing");
    let wrong = load_pairs(&[("BASE_URL", "x"), ("COUNT", "many")]).unwrap_err();
    assert!(wrong.contains("COUNT"), "{wrong}");
}

#[test]
fn nobody_works_with_nothing() {
    fn refusal<T: DeserializeOwned>(name: &str) -> String {
        let loaded = load_from::<T>([(name.to_owned(), "0".to_owned())].into());
        loaded.err().map_or_else(String::new, |error| error.to_string())
    }
    let workers = refusal::<Settings>("WORKERS");
    assert!(workers.starts_with("setting WORKERS"), "{workers}");
    let connections = refusal::<DatabaseSettings>("DB_MAX_CONNECTIONS");
    assert!(connections.starts_with("setting DB_MAX_CONNECTIONS"), "{connections}");
}

#[test]
fn a_setting_can_come_from_a_file() {
    let path = std::env::temp_dir().join(format!("damacorch-setting-{}", std::process::id()));
    std::fs::write(&path, "http://here\n").unwrap();
    let sample = load_pairs(&[("BASE_URL_FILE", path.to_str().unwrap())]).unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!(sample.base_url, "http://here");
    let others = ("SOMEBODY_ELSES_FILE", "/does/not/exist");
    assert!(load_pairs(&[("BASE_URL", "x"), others]).is_ok());
    let missing = load_pairs(&[("BASE_URL_FILE", "/does/not/exist")]).unwrap_err();
    assert!(missing.starts_with("setting BASE_URL_FILE names /does/not/exist"), "{missing}");
}

#[test]
fn what_can_be_no_setting_is_passed_over() {
    let odd = [("A.B", "1"), ("A", "2"), ("C[0]", "3")];
    let vars = odd.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let all: std::collections::BTreeMap<String, String> = load_from(vars.into()).unwrap();
    assert_eq!(all, [("a".to_owned(), "2".to_owned())].into());
}
