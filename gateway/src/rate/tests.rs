use super::*;

fn class(requests: u32, seconds: u32) -> RateClass {
    let rule = RateRule { by: By::Member, requests, seconds };
    RateClass::new("read", rule, &RateLimits::default()).unwrap()
}

fn state(fields: Option<RateFields>) -> String {
    fields.unwrap().state.to_str().unwrap().to_owned()
}

#[test]
fn a_quota_can_be_spent_at_once_and_no_more() {
    let class = class(3, 60);
    assert_eq!(state(class.take(1).unwrap()), r#""read";r=2;t=20"#);
    assert_eq!(state(class.take(1).unwrap()), r#""read";r=1;t=40"#);
    assert_eq!(state(class.take(1).unwrap()), r#""read";r=0;t=60"#);
    let refused = class.take(1).unwrap_err().respond("/", "1");
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers().get("retry-after").unwrap(), "60");
    assert_eq!(refused.headers().get("ratelimit").unwrap(), r#""read";r=0;t=60"#);
    assert_eq!(refused.headers().get("ratelimit-policy").unwrap(), r#""read";q=3;w=60"#);
    assert_eq!(state(class.take(2).unwrap()), r#""read";r=2;t=20"#, "another member's is whole");
}

#[test]
fn parallel_requests_share_one_quota() {
    let class = class(100, 3600);
    let passed: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..100).filter(|_| class.take(7).is_ok()).count()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(passed, 100);
}

#[test]
fn a_flood_of_keys_takes_no_memory_and_hardly_a_neighbour() {
    let class = class(3, 3600);
    for key in 0..10_000 {
        for _ in 0..4 {
            let _ = class.take(key);
        }
    }
    let early = (1_000_000..1_010_000).filter(|&key| class.take(key).is_err()).count();
    assert!(early < 50, "{early} of 10,000 strangers were limited");
}

#[test]
fn limits_can_be_changed_and_switched_off() {
    let rule = RateRule { by: By::Address, requests: 1, seconds: 60 };
    let changed: RateLimits = "write=1/2, read=5/10".parse().unwrap();
    assert_eq!(changed.rule("read", rule), RateRule { requests: 5, seconds: 10, ..rule });
    assert_eq!(changed.rule("sign_in", rule), rule);
    let off = RateClass::new("read", rule, &"off".parse().unwrap()).unwrap();
    assert!((0..100).all(|_| off.take(1).unwrap().is_none()));
    for wrong in ["on", "read", "read=1", "read=a/b", "read=1/2,,"] {
        assert!(wrong.parse::<RateLimits>().is_err(), "{wrong}");
    }
}

#[test]
fn a_rule_that_allows_nothing_is_none() {
    for (requests, seconds) in [(0, 60), (60, 0)] {
        let rule = RateRule { by: By::Member, requests, seconds };
        assert!(RateClass::new("read", rule, &RateLimits::default()).is_none());
    }
}
