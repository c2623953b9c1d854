//! A member's first day, told in a terminal: sign up, take the test, meet the character, see the day's quests, do one.
//! It knows the public port and nothing else.

mod api;
mod paint;
mod words;

use std::time::Duration;

use clap::ValueEnum;
use platform::Outcome;
use platform::minji::ANSWERS;
use platform::services::PUBLIC;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::demo::api::Api;
use crate::demo::paint::{bar, faint, heading, line, paragraphs, strong};
use crate::demo::words::Words;

/// A language of the product.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Language {
    /// Korean.
    Ko,
    /// English.
    En,
}

/// Whether somebody answers on the public port.
pub(crate) async fn is_running() -> Outcome<bool> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let answer = http.get(format!("{PUBLIC}/api/health")).send().await;
    Ok(answer.is_ok())
}

/// Walks one member through a first day.
pub(crate) async fn first_day(language: Language) -> Outcome {
    let words = words::of(language);
    let mut api = Api::new(PUBLIC, words.tag)?;
    heading(1, words.sign_up);
    sign_up(&mut api, words).await?;
    heading(2, words.test);
    let questions = questions(&api, words).await?;
    heading(3, words.result);
    let result = api.post("/api/psy-test/submit", answers(&questions)).await?;
    tell_result(&result, words);
    heading(4, words.home);
    let home = home_with_character(&api).await?;
    tell_quests(&home, words);
    heading(5, words.complete);
    complete_first(&api, &home, words).await?;
    heading(6, words.evening);
    tell_evening(&api, words).await
}

async fn sign_up(api: &mut Api, words: &Words) -> Outcome {
    let email = format!("minji-{}@example.com", Uuid::new_v4().simple());
    let body = json!({
        "email": email, "password": "correct horse battery", "name": words.name, "age": 29,
        "locale": words.tag, "time_zone": "Asia/Seoul",
    });
    let mut answer = api.post("/api/auth/signup", body.clone()).await?;
    if !answer["confirmation"].is_null() {
        answer = confirm(api, &body, &answer, words).await?;
    }
    api.carry(&answer["access_token"])?;
    let user = &answer["user"];
    line(&format!("{} {}", strong(text(&user["name"])), faint(text(&user["email"]))));
    line(&faint(&format!("{} · {}", text(&user["time_zone"]), text(&user["id"]))));
    Ok(())
}

/// Where Cognito holds the password, a new member confirms the address and signs in. Only moto takes this code.
async fn confirm(api: &Api, body: &Value, signed_up: &Value, words: &Words) -> Outcome<Value> {
    line(&faint(&(words.confirm)(text(&signed_up["confirmation"]["delivery"]["destination"]))));
    let code = json!({"email": body["email"], "code": "123456"});
    api.post("/api/auth/confirm", code).await?;
    let credentials = json!({"email": body["email"], "password": body["password"]});
    api.post("/api/auth/login", credentials).await
}

async fn questions(api: &Api, words: &Words) -> Outcome<Value> {
    let questions = api.get("/api/psy-test/questions").await?;
    let items = questions["items"].as_array().ok_or("no questions")?;
    line(&(words.of_questions)(items.len()));
    for item in items.iter().take(4) {
        let value = answer_to(&item["id"]);
        let scale = questions["scale"].as_array().into_iter().flatten();
        let label =
            scale.filter(|point| point["value"] == value).map(|point| text(&point["label"]));
        line(&format!("{:>3}. {}", item["id"], text(&item["text"])));
        line(&format!("     → {value} {}", faint(&label.collect::<String>())));
    }
    line(&faint("     …"));
    Ok(questions)
}

fn answers(questions: &Value) -> Value {
    let items = questions["items"].as_array().into_iter().flatten();
    let answers: Vec<Value> = items
        .map(|item| json!({"question_id": item["id"], "value": answer_to(&item["id"])}))
        .collect();
    json!({"instrument": questions["instrument"], "answers": answers})
}

fn answer_to(id: &Value) -> i64 {
    ANSWERS.iter().find(|(number, _)| id == number).map_or(3, |(_, value)| *value)
}

fn tell_result(result: &Value, words: &Words) {
    line(&strong(text(&result["character_name"])));
    paragraphs(text(&result["summary"]));
    if let Some(similarity) = result["similarity"].as_f64() {
        let runner_up = &result["runner_up"];
        line(&faint(&(words.similarity)(
            similarity,
            text(&runner_up["name"]),
            runner_up["margin"].as_f64().unwrap_or_default(),
        )));
    }
    println!();
    for score in result["traits"].as_array().into_iter().flatten() {
        let name = (words.trait_name)(text(&score["trait"]));
        let value = score["score"].as_f64().unwrap_or_default();
        let why = &result["contributions"][text(&score["trait"])];
        let why = why.as_f64().map(|part| faint(&format!("{part:+.2}"))).unwrap_or_default();
        line(&format!("{} {} {value:>5.1}  {why}", paint::pad(name, 16), bar(value)));
    }
    line(&faint(words.contributions));
    println!();
    for tip in result["coaching_tips"].as_array().into_iter().flatten().take(3) {
        line(&format!("· {}", text(tip)));
    }
}

/// Home, when it knows the character: the result travels as an event, and the day's quests rest on it.
async fn home_with_character(api: &Api) -> Outcome<Value> {
    for _ in 0..50 {
        let home = api.get("/api/home").await?;
        if !home["character"].is_null() {
            return Ok(home);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("home did not hear of the result within five seconds".into())
}

fn tell_quests(home: &Value, words: &Words) {
    line(&format!("{} · {}", text(&home["date"]), text(&home["character"]["name"])));
    println!();
    for quest in home["quests"].as_array().into_iter().flatten() {
        line(&strong(text(&quest["title"])));
        line(&faint(&format!(
            "{} · {} · {} xp",
            text(&quest["cue"]),
            (words.minutes)(&quest["minutes"]),
            quest["xp"]
        )));
        line(&format!("→ {}", text(&quest["reason"])));
        println!();
    }
}

async fn complete_first(api: &Api, home: &Value, words: &Words) -> Outcome {
    let quest = &home["quests"][0];
    let path = format!("/api/quests/{}/complete", text(&quest["id"]));
    let done = api.post(&path, json!({})).await?;
    line(&format!("✓ {}  +{} xp", strong(text(&quest["title"])), done["xp"]));
    api.post(&path, json!({})).await?;
    line(&faint(words.once));
    Ok(())
}

async fn tell_evening(api: &Api, words: &Words) -> Outcome {
    let home = api.get("/api/home").await?;
    let (progress, streak) = (&home["progress"], &home["streak"]);
    line(&(words.progress)(&progress["level"], &progress["xp"], &progress["next_level_at"]));
    line(&(words.streak)(&streak["current"], &streak["longest"], &streak["freezes"]));
    paragraphs(text(&home["next_step"]["text"]));
    let history = api.get("/api/quest-history?status=completed").await?;
    for quest in history["items"].as_array().into_iter().flatten() {
        line(&faint(&format!("{}  {}", text(&quest["completed_at"]), text(&quest["title"]))));
    }
    println!();
    Ok(())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
