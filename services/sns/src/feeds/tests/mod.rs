//! Feeds of every kind, and what their makers do to them.

mod others;

use jiff::Timestamp;
use url::Url;

use super::{Feed, TEXT_LIMIT, alternates, read, text_of};

fn url() -> Url {
    "https://blog.example.org/feeds/all.xml".parse().unwrap()
}

fn feed(body: &str) -> Feed {
    read(body.as_bytes(), &url()).unwrap()
}

fn rss(items: &str) -> String {
    let atom = r#"xmlns:atom="http://www.w3.org/2005/Atom""#;
    format!(
        r#"<?xml version="1.0"?><rss version="2.0" {atom}><channel><title>A blog</title>{items}</channel></rss>"#
    )
}

#[test]
fn a_post_of_rss() {
    let feed = feed(&rss(r#"<link>https://blog.example.org/</link>
        <item><title>책 &amp; 커피</title><link>/posts/1</link><guid isPermaLink="false">post-1</guid>
        <pubDate>Fri, 20 Nov 2026 19:00:00 +0900</pubDate>
        <description><![CDATA[<p>첫 <b>문</b>단.</p><p>둘째 문단 &lt;3</p><script>alert("x")</script>]]></description></item>"#));
    let post = &feed.posts[0];
    assert_eq!(post.id, "post-1");
    assert_eq!(post.url.as_ref().unwrap().as_str(), "https://blog.example.org/posts/1");
    assert_eq!(post.published_at, Some("2026-11-20T10:00:00Z".parse::<Timestamp>().unwrap()));
    assert_eq!(post.text, "책 & 커피\n첫 문단. 둘째 문단 <3");
    assert_eq!(feed.next, None);
}

#[test]
fn pages_and_posts_of_atom() {
    let feed = feed(
        r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>A blog</title>
        <link rel="self" href="all.xml"/><link rel="next" href="all.xml?page=2"/>
        <entry><id>tag:example.org,2026:1</id><title type="html">Tea &amp;amp; cake</title><updated>2026-11-20T10:00:00Z</updated>
        <link rel="edit" href="/edit/1"/><link rel="alternate" href="/1"/>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>two</p></div></content></entry></feed>"#,
    );
    assert_eq!(feed.next.unwrap().as_str(), "https://blog.example.org/feeds/all.xml?page=2");
    let post = &feed.posts[0];
    assert_eq!(post.url.as_ref().unwrap().as_str(), "https://blog.example.org/1");
    assert!(post.published_at.is_some());
    assert_eq!(post.text, "Tea & cake\nOne two");
}

#[test]
fn a_page_that_names_itself_as_the_next_is_the_last() {
    let items = format!(r#"<atom:link rel="next" href="{}"/>"#, url());
    assert_eq!(feed(&rss(&items)).next, None);
    let items = r#"<atom:link rel="next" href="?page=2"/>"#;
    assert!(feed(&rss(items)).next.unwrap().as_str().ends_with("all.xml?page=2"));
}

#[test]
fn the_words_of_a_video_are_beside_it() {
    let feed = feed(
        r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
        <entry><id>yt:video:1</id><title>캠핑 브이로그</title><published>2026-11-20T10:00:00+00:00</published>
        <media:group><media:title>캠핑 브이로그</media:title><media:content url="https://video.example/v/1" type="application/x-shockwave-flash"/><media:description>숲에서 보낸 하루</media:description></media:group>
        </entry></feed>"#,
    );
    assert_eq!(feed.posts[0].text, "캠핑 브이로그\n숲에서 보낸 하루");
}

/// An id must be the same the next time, or the post is imported twice.
#[test]
fn ids_are_the_same_every_time_and_each_is_there_once() {
    let items = "<item><guid>a</guid><title>1</title></item><item><guid>a</guid><title>1 again</title></item>
        <item><link>https://blog.example.org/2</link><title>2</title></item><item><title>only a title</title></item>
        <item><description>nothing to know it by</description></item>";
    let ids = |feed: Feed| feed.posts.into_iter().map(|post| post.id).collect::<Vec<_>>();
    let first = ids(feed(&rss(items)));
    assert_eq!(first, ["a", "https://blog.example.org/2 2", "only a title"]);
    assert_eq!(first, ids(feed(&rss(items))));
}

#[test]
fn texts_are_bounded_and_cut_between_letters() {
    let long = "가".repeat(TEXT_LIMIT);
    for description in [
        format!("<description>{long}</description>"),
        format!("<description><![CDATA[<p>{long}]]></description>"),
    ] {
        let feed = feed(&rss(&format!(
            "<item><guid>a</guid><title>{}</title>{description}</item>",
            &long[..300]
        )));
        let length = feed.posts[0].text.len();
        assert!((TEXT_LIMIT - 3..=TEXT_LIMIT).contains(&length), "{length}");
    }
    assert_eq!(text_of("<p>가나다", 7), "가나");
}

#[test]
fn text_has_no_markup_whatever_is_open() {
    for (html, text) in [
        ("", ""),
        ("plain &amp; simple", "plain & simple"),
        ("a<br>b<br/>c", "a b c"),
        ("<b>소</b>설", "소설"),
        ("<style>p { color: red }</style>x<noscript><img></noscript>", "x"),
        ("a <!-- <p>comment</p> --> b", "a b"),
        ("<p>1 < 2 && 3 > 2", "1 < 2 && 3 > 2"),
        ("<script>if (a < b) { </p> }", ""),
        ("<a href='javascript:alert(1)'>link", "link"),
        ("<<<<p", "<<<"),
        ("<textarea><p>written</p></textarea>", "<p>written</p>"),
        ("x\u{0}y&#x0;z&nbsp;&nbsp; w", "xy\u{fffd}z w"),
    ] {
        assert_eq!(text_of(html, 1000), text, "{html}");
    }
    let deep = "<div>".repeat(400_000) + "deep";
    assert_eq!(text_of(&deep, 10), "deep");
}

#[test]
fn a_page_names_its_feeds_in_its_head() {
    let page = r#"<!doctype html><html><head><title><link rel="alternate" type="application/rss+xml" href="/title"></title>
        <link rel="alternate" type="application/rss+xml" title="RSS" href="/rss/@@abc">
        <LINK REL='ALTERNATE home' TYPE=Application/Atom+XML HREF=atom.xml>
        <link rel="alternate" hreflang="en" href="/en"><link rel="stylesheet" type="application/rss+xml" href="/style">
        <link rel="alternate" type="application/rss+xml"></head>
        <body><link rel="alternate" type="application/rss+xml" href="https://evil.example/comment">"#;
    let found = alternates(page, &"https://brunch.example/@writer".parse().unwrap());
    let found: Vec<_> = found.iter().map(|it| (it.url.as_str(), it.media_type.as_str())).collect();
    assert_eq!(
        found,
        [
            ("https://brunch.example/rss/@@abc", "application/rss+xml"),
            ("https://brunch.example/atom.xml", "application/atom+xml"),
        ]
    );
}

#[test]
fn what_is_no_feed_is_an_error() {
    for body in [
        "",
        "hello",
        "<html><body>",
        "{\"a\":1}",
        "<rss version=\"2.0\">",
        "\u{0}\u{1}",
        "<feed",
        "<?xml",
    ] {
        assert!(read(body.as_bytes(), &url()).is_err(), "{body}");
    }
    let broken = rss("<item><title>a</title></item><item>").replace("</channel></rss>", "");
    assert!(read(broken.as_bytes(), &url()).is_err());
}

/// feed-rs panics at it: two bytes a letter, and nothing before them that says so.
#[test]
fn a_feed_in_an_encoding_that_it_hides_is_an_error() {
    let said = r#"<?xml version="1.0" encoding="ucs-2"?><rss version="2.0"><channel/></rss>"#;
    let body: Vec<u8> = said.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(read(&body, &url()).unwrap_err(), super::NotAFeed);
}

/// Prints what reading the largest feed that is fetched takes.
#[test]
fn memory_for_a_feed_of_two_megabytes() {
    let words =
        "집에서 도서관까지 걸으며 들은 음악과 읽은 책에 대하여 조금 길게 적어 둔다. ".repeat(2);
    let item = |n: usize| {
        format!(
            "<item><title>{n}번째 글</title><link>https://blog.example.org/{n}</link><guid>{n}</guid>\
            <pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate><description>{words}</description></item>"
        )
    };
    let body = rss(&(0..5_000).map(item).collect::<String>());
    println!("a feed of {} bytes, 5000 entries", body.len());
    assert!((1_900_000..2 * 1024 * 1024).contains(&body.len()), "{}", body.len());
    let before = resident();
    std::fs::write("/proc/self/clear_refs", "5").unwrap(); // the peak begins anew
    let feed = feed(&body);
    let peak = peak() - before;
    println!(
        "its reading takes {peak} kB at its peak beside the feed's own bytes; {} kB stay",
        resident() - before
    );
    assert_eq!(feed.posts.len(), 5_000);
    assert!(peak < 64 * 1024, "{peak}");
}

fn resident() -> i64 {
    status("VmRSS:")
}

fn peak() -> i64 {
    status("VmHWM:")
}

fn status(field: &str) -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}
