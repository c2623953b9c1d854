//! What the demo says, in Korean and in English.

use serde_json::Value;

use super::Language;

/// The words of one language.
pub(crate) struct Words {
    pub(crate) tag: &'static str,
    pub(crate) name: &'static str,
    pub(crate) sign_up: &'static str,
    pub(crate) test: &'static str,
    pub(crate) result: &'static str,
    pub(crate) home: &'static str,
    pub(crate) complete: &'static str,
    pub(crate) evening: &'static str,
    pub(crate) contributions: &'static str,
    pub(crate) once: &'static str,
    pub(crate) confirm: fn(&str) -> String,
    pub(crate) of_questions: fn(usize) -> String,
    pub(crate) similarity: fn(f64, &str, f64) -> String,
    pub(crate) trait_name: fn(&str) -> &'static str,
    pub(crate) minutes: fn(&Value) -> String,
    pub(crate) progress: fn(&Value, &Value, &Value) -> String,
    pub(crate) streak: fn(&Value, &Value, &Value) -> String,
}

/// The words of a language.
pub(crate) fn of(language: Language) -> &'static Words {
    match language {
        Language::Ko => &KOREAN,
        Language::En => &ENGLISH,
    }
}

const KOREAN: Words = Words {
    tag: "ko",
    name: "민지",
    sign_up: "가입해요",
    test: "성격 검사에 답해요",
    result: "내 캐릭터를 만나요",
    home: "오늘의 퀘스트 세 가지를 봐요",
    complete: "하나를 해냈어요",
    evening: "하루를 돌아봐요",
    contributions: "오른쪽 숫자는 각 성향이 이 캐릭터와 닮은 정도에 보탠 몫이에요",
    once: "한 번 더 눌러도 보상은 한 번뿐이에요",
    confirm: |whereto| format!("{whereto} 메일로 온 코드로 확인하고 로그인해요 (Cognito)"),
    of_questions: |count| format!("문항 {count}개, 3분이면 돼요"),
    similarity: |similarity, name, margin| {
        format!("닮은 정도 {similarity:.2} · 다음으로 가까운 캐릭터: {name} (차이 {margin:.2})")
    },
    trait_name: |key| match key {
        "extraversion" => "외향성",
        "agreeableness" => "우호성",
        "conscientiousness" => "성실성",
        "emotional_stability" => "정서 안정성",
        _ => "개방성",
    },
    minutes: |minutes| format!("{minutes}분"),
    progress: |level, xp, next| format!("레벨 {level} · {xp} xp (다음 레벨은 {next} xp부터)"),
    streak: |current, longest, freezes| {
        format!("이어 온 날 {current}일 · 가장 길게 {longest}일 · 쉬어 가기 {freezes}개")
    },
};

const ENGLISH: Words = Words {
    tag: "en",
    name: "Minji",
    sign_up: "Sign up",
    test: "Take the personality test",
    result: "Meet the character",
    home: "See today's three quests",
    complete: "Complete one",
    evening: "Look back on the day",
    contributions: "The number on the right is what each trait adds to the likeness with this character",
    once: "Pressing it again gives no second reward",
    confirm: |whereto| format!("confirm by the code sent to {whereto}, and sign in (Cognito)"),
    of_questions: |count| format!("{count} statements, three minutes"),
    similarity: |similarity, name, margin| {
        format!("likeness {similarity:.2} · next closest: {name} (margin {margin:.2})")
    },
    trait_name: |key| match key {
        "extraversion" => "Extraversion",
        "agreeableness" => "Agreeableness",
        "conscientiousness" => "Conscientious",
        "emotional_stability" => "Stability",
        _ => "Openness",
    },
    minutes: |minutes| format!("{minutes} min"),
    progress: |level, xp, next| format!("level {level} · {xp} xp (next level at {next} xp)"),
    streak: |current, longest, freezes| {
        format!("streak {current} · longest {longest} · freezes {freezes}")
    },
};
