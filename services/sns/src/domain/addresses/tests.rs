use super::*;

fn channel(key: &str) -> Channel {
    let kind = match key {
        "mastodon" => Kind::Mastodon,
        "bluesky" => Kind::Bluesky,
        "x" => Kind::OAuth,
        _ => Kind::Feed,
    };
    Channel { key: key.to_owned(), name: key.to_owned(), kind }
}

#[test]
fn what_members_type_leads_to_the_channels_feed() {
    let naver = "https://rss.blog.naver.com/minji_92.xml";
    let channel_id = "UCabcdefghijklmnopqrstuv";
    let videos = format!("https://www.youtube.com/feeds/videos.xml?channel_id={channel_id}");
    for (key, typed, address) in [
        ("naver-blog", "minji_92", naver),
        ("naver-blog", " https://blog.naver.com/minji_92/223456 ", naver),
        ("naver-blog", "m.blog.naver.com/minji_92", naver),
        ("naver-blog", "https://blog.naver.com/PostList.naver?blogId=minji_92&from=x", naver),
        ("naver-blog", "https://rss.blog.naver.com/minji_92.xml", naver),
        ("tistory", "minji", "https://minji.tistory.com/rss"),
        ("tistory", "https://minji.tistory.com/12", "https://minji.tistory.com/rss"),
        ("tistory", "minji.tistory.com", "https://minji.tistory.com/rss"),
        ("brunch", "@minji", "https://brunch.co.kr/@minji"),
        ("brunch", "https://brunch.co.kr/@minji/3", "https://brunch.co.kr/@minji"),
        ("velog", "velog.io/@minji/posts", "https://v2.velog.io/rss/@minji"),
        ("velog", "minji", "https://v2.velog.io/rss/@minji"),
        ("medium", "https://medium.com/@minji/a-story", "https://medium.com/feed/@minji"),
        ("medium", "https://minji.medium.com/", "https://medium.com/feed/@minji"),
        ("youtube", channel_id, &videos),
        ("youtube", &format!("https://www.youtube.com/channel/{channel_id}/videos"), &videos),
        ("youtube", &videos, &videos),
        ("youtube", "https://youtube.com/@minji", "https://www.youtube.com/@minji"),
        ("youtube", "@minji", "https://www.youtube.com/@minji"),
        ("feed", "https://example.org/feed.xml#top", "https://example.org/feed.xml"),
        ("feed", "example.org/blog", "https://example.org/blog"),
        ("mastodon", "@minji@mastodon.social", "https://mastodon.social/@minji"),
        ("mastodon", "minji@Mastodon.Social", "https://mastodon.social/@minji"),
        ("mastodon", "https://mastodon.social/@minji/1234", "https://mastodon.social/@minji"),
        ("mastodon", "https://mastodon.social/users/minji", "https://mastodon.social/@minji"),
        ("bluesky", "@Minji.bsky.social", "minji.bsky.social"),
        ("bluesky", "https://bsky.app/profile/minji.bsky.social/post/3k", "minji.bsky.social"),
        ("bluesky", "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:plc:ewvi7nxzyoun6zhxrhs64oiz"),
    ] {
        let found = normalise(&channel(key), typed);
        assert_eq!(found.map(|found| found.address).as_deref(), Ok(address), "{key}: {typed}");
    }
}

#[test]
fn what_leads_nowhere_is_refused() {
    for (key, typed) in [
        ("naver-blog", ""),
        ("naver-blog", "https://example.org/minji"),
        ("naver-blog", "민지"),
        ("naver-blog", "../../etc/passwd"),
        ("tistory", "https://example.org"),
        ("tistory", "a b"),
        ("velog", "https://velog.io/trending"),
        ("youtube", "https://www.youtube.com/watch?v=1"),
        ("feed", "minji"),
        ("feed", "https://minji:secret@example.org/feed"),
        ("feed", "ftp://example.org/feed"),
        ("mastodon", "minji"),
        ("mastodon", "minji@localhost"),
        ("mastodon", "https://mastodon.social/about"),
        ("bluesky", "minji"),
        ("bluesky", "did:key:z6Mk"),
        ("bluesky", "a.b/../c"),
        ("x", "@minji"),
    ] {
        assert!(normalise(&channel(key), typed).is_err(), "{key}: {typed}");
    }
}
