//! What is read of an answer, and for how long.

use std::io::Write;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{Error, Fetched, Validators, egress, get, redirecting};
use crate::egress::{BODY_LIMIT, Pause};

async fn answering(answer: ResponseTemplate) -> (MockServer, super::Egress) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let egress = egress(&[*server.address()], None);
    (server, egress)
}

#[tokio::test]
async fn what_is_known_is_not_sent_again() {
    let server = MockServer::start().await;
    let (tag, date) = ("\"v1\"", "Fri, 20 Nov 2026 10:00:00 GMT");
    let is_known = move |request: &Request| {
        let said = |name| request.headers.get(name).and_then(|value| value.to_str().ok());
        said("if-none-match") == Some(tag) && said("if-modified-since") == Some(date)
    };
    Mock::given(is_known).respond_with(ResponseTemplate::new(304)).mount(&server).await;
    let page = ResponseTemplate::new(200).insert_header("etag", tag);
    let page = page.insert_header("last-modified", date).set_body_string("<rss/>");
    Mock::given(any()).respond_with(page).with_priority(9).mount(&server).await;

    let egress = egress(&[*server.address()], None);
    let page = get(&egress, &server.uri()).await.unwrap();
    let known = Validators { etag: Some(tag.into()), last_modified: Some(date.into()) };
    assert_eq!((page.body.as_slice(), &page.validators), (b"<rss/>".as_slice(), &known));
    let again = egress.get(&page.url, &known).await.unwrap();
    assert!(matches!(again, Fetched::Unchanged), "{again:?}");
}

#[tokio::test]
async fn who_asks_to_wait_says_how_long() {
    let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let later = "2026-11-20T10:02:00Z".parse().unwrap();
    for (status, said, pause, resume_at) in [
        (429, Some("120"), Pause::For(Duration::from_secs(120)), "2026-11-20T10:02:00Z"),
        (503, Some("Fri, 20 Nov 2026 10:02:00 GMT"), Pause::Until(later), "2026-11-20T10:02:00Z"),
        (429, Some("soon"), Pause::Unsaid, "2026-11-20T10:15:00Z"),
        (503, None, Pause::Unsaid, "2026-11-20T10:15:00Z"),
        (
            429,
            Some("99999999999"),
            Pause::For(Duration::from_secs(99_999_999_999)),
            "2026-11-21T10:00:00Z",
        ),
    ] {
        let mut answer = ResponseTemplate::new(status);
        if let Some(said) = said {
            answer = answer.insert_header("retry-after", said);
        }
        let (server, egress) = answering(answer).await;
        let Err(Error::Busy(found)) = get(&egress, &server.uri()).await else { panic!("{said:?}") };
        assert_eq!((found, found.resume_at(now).to_string()), (pause, resume_at.to_owned()));
    }
    let past = Pause::Until("2020-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(past.resume_at(now), now);
}

#[tokio::test]
async fn other_statuses_come_with_what_was_said() {
    let limited = ResponseTemplate::new(400).set_body_string(r#"{"error":"rate limit"}"#);
    let (server, egress) = answering(limited).await;
    match get(&egress, &server.uri()).await {
        Err(Error::Status { status, body }) => {
            assert_eq!(
                (status.as_u16(), body.as_slice()),
                (400, br#"{"error":"rate limit"}"#.as_slice())
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn two_megabytes_are_read_and_no_byte_more() {
    for (length, is_read) in [(BODY_LIMIT, true), (BODY_LIMIT + 1, false)] {
        let (server, egress) =
            answering(ResponseTemplate::new(200).set_body_bytes(vec![b' '; length])).await;
        let answer = get(&egress, &server.uri()).await;
        assert_eq!(answer.is_ok(), is_read);
        assert!(is_read || matches!(answer, Err(Error::TooLarge)), "{answer:?}");
    }
}

fn gzip(length: usize) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&vec![b' '; length]).unwrap();
    packed.finish().unwrap()
}

#[tokio::test]
async fn packed_answers_are_counted_unpacked() {
    let whole = gzip(BODY_LIMIT);
    let cut = whole[..whole.len() - 9].to_vec();
    for (packed, unpacked) in [(whole, Some(BODY_LIMIT)), (gzip(8 * BODY_LIMIT), None), (cut, None)]
    {
        let answer = ResponseTemplate::new(200).insert_header("content-encoding", "gzip");
        let (server, egress) = answering(answer.set_body_bytes(packed)).await;
        let answer = get(&egress, &server.uri()).await;
        assert_eq!(answer.map(|page| page.body.len()).ok(), unpacked);
    }
}

#[tokio::test]
async fn ten_seconds_are_all_that_a_server_gets() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _request = stream.read(&mut [0; 4096]).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
        stream.write_all(head).await.unwrap();
        while stream.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let start = Instant::now();
    let answer = get(&egress(&[address], None), &format!("http://{address}/")).await;
    assert!(matches!(answer, Err(Error::Away("no answer in time"))), "{answer:?}");
    assert!((9..12).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_members_token_stays_with_its_host() {
    let (first, other) = (redirecting().await, MockServer::start().await);
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200)).mount(&other).await;
    Mock::given(path("/own")).respond_with(ResponseTemplate::new(200)).mount(&first).await;
    let egress = egress(&[*first.address(), *other.address()], None);
    for (to, carries) in [(format!("{}/own", first.uri()), true), (other.uri(), false)] {
        let mut url = url::Url::parse(&format!("{}/to", first.uri())).unwrap();
        url.query_pairs_mut().append_pair("", &to);
        egress.get_with(&url, &"the token".into()).await.unwrap();
        let server = if carries { &first } else { &other };
        let last = server.received_requests().await.unwrap().pop().unwrap();
        assert_eq!(last.headers.contains_key("authorization"), carries);
        assert!(!last.headers.contains_key("referer"));
    }
}

#[tokio::test]
async fn three_redirects_are_followed_and_where_they_led_is_told() {
    let server = redirecting().await;
    Mock::given(path("/end")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let end = format!("{}/end", server.uri());
    let three = (0..3).fold(end.clone(), |to, _| {
        let mut url = url::Url::parse(&format!("{}/to", server.uri())).unwrap();
        url.query_pairs_mut().append_pair("", &to);
        url.to_string()
    });
    let page = get(&egress(&[*server.address()], None), &three).await.unwrap();
    assert_eq!(page.url.as_str(), end);
}

/// An error goes to logs and to clients of the API; the address is the member's.
#[tokio::test]
async fn errors_do_not_name_the_address() {
    let egress = egress(&[], Some("127.0.0.1:9".parse().unwrap()));
    for url in
        ["http://a-member.test/secret", "http://10.1.2.3/secret", "http://me:pw@a-member.test/"]
    {
        let error = get(&egress, url).await.unwrap_err();
        let said = format!("{error} {error:?}");
        for secret in ["a-member", "10.1.2.3", "secret", "pw"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}
