//! What members type, as where their channel is read: a blog's id, a handle, a profile's address as their browser shows it.

use url::Url;

use super::channels::{Channel, Kind};

/// Longer ones are nobody's.
const LONGEST: usize = 500;

/// Where an account is read, and what to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) address: String,
    pub(crate) name: String,
}

/// What is typed, in its parts: `https://blog.naver.com/minji/123` has the host `blog.naver.com` and the parts `minji`, `123`;
/// `@minji` has no host.
struct Typed<'t> {
    url: Option<Url>,
    text: &'t str,
}

/// The address of a channel's account, or what is wrong with it.
pub(crate) fn normalise(channel: &Channel, typed: &str) -> Result<Address, &'static str> {
    let typed = Typed::of(typed)?;
    match (channel.key.as_str(), channel.kind) {
        ("naver-blog", _) => {
            let hosts = ["blog.naver.com", "m.blog.naver.com", "rss.blog.naver.com"];
            let id = typed.query("blogId").or_else(|| typed.first_part(&hosts));
            let id = id.ok_or("must be a blog's id, or its address at blog.naver.com")?;
            let id = id.trim_end_matches(".xml").to_owned();
            feed(word(&id)?, &format!("https://rss.blog.naver.com/{id}.xml"))
        }
        ("tistory", _) => {
            let id = typed.subdomain_of("tistory.com").or_else(|| typed.bare());
            let id = id.ok_or("must be a blog's name, or its address at tistory.com")?;
            feed(word(&id)?, &format!("https://{id}.tistory.com/rss"))
        }
        ("velog", _) => {
            let id = typed.handle(&["velog.io", "v2.velog.io"]);
            let id = id.ok_or("must be a name, or a page of velog.io/@name")?;
            feed(word(&id)?, &format!("https://v2.velog.io/rss/@{id}"))
        }
        ("medium", _) => {
            let id = typed.subdomain_of("medium.com").or_else(|| typed.handle(&["medium.com"]));
            let id = id.ok_or("must be a name, or a page of medium.com/@name")?;
            feed(word(&id)?, &format!("https://medium.com/feed/@{id}"))
        }
        // The feed's own address is only in the page.
        ("brunch", _) => {
            let id = typed.handle(&["brunch.co.kr"]);
            let id = id.ok_or("must be a name, or a page of brunch.co.kr/@name")?;
            feed(word(&id)?, &format!("https://brunch.co.kr/@{id}"))
        }
        ("youtube", _) => youtube(&typed),
        (_, Kind::Feed) => plain(&typed),
        (_, Kind::Mastodon) => mastodon(&typed),
        (_, Kind::Bluesky) => bluesky(&typed),
        (_, Kind::OAuth) => Err("is connected at its provider: /api/sns/oauth/{channel}/start"),
    }
}

fn feed(name: &str, address: &str) -> Result<Address, &'static str> {
    Ok(Address { address: address.to_owned(), name: name.to_owned() })
}

fn youtube(typed: &Typed<'_>) -> Result<Address, &'static str> {
    let hosts = ["www.youtube.com", "youtube.com", "m.youtube.com"];
    let is_channel = |id: &String| id.len() == 24 && id.starts_with("UC");
    let id = typed.query("channel_id").or_else(|| match typed.parts(&hosts).as_deref() {
        Some(["channel", id, ..]) => Some((*id).to_owned()),
        _ => typed.bare(),
    });
    if let Some(id) = id.filter(is_channel) {
        let feed_url =
            format!("https://www.youtube.com/feeds/videos.xml?channel_id={}", word(&id)?);
        return feed(&id, &feed_url);
    }
    // Which channel that is stands in the page.
    let handle = typed.handle(&hosts).ok_or("must be a channel's id, its handle, or its page")?;
    feed(&format!("@{handle}"), &format!("https://www.youtube.com/@{}", word(&handle)?))
}

fn plain(typed: &Typed<'_>) -> Result<Address, &'static str> {
    let mut url =
        typed.url.clone().ok_or("must be the address of a feed or of a page that names one")?;
    url.set_fragment(None);
    let name = url.host_str().unwrap_or_default().to_owned();
    feed(&name, url.as_str())
}

/// As a profile's address: `https://mastodon.social/@minji`.
fn mastodon(typed: &Typed<'_>) -> Result<Address, &'static str> {
    let wrong = "must be @name@server, or a profile's address";
    if let Some(url) = &typed.url {
        let parts: Vec<&str> = url.path_segments().into_iter().flatten().collect();
        let name = match parts.as_slice() {
            [at, ..] if at.starts_with('@') => at.trim_start_matches('@'),
            ["users", name, ..] => name,
            _ => return Err(wrong),
        };
        let (name, origin) = (word(name)?, url.origin().ascii_serialization());
        let host = origin.split("://").nth(1).ok_or(wrong)?;
        return feed(&format!("@{name}@{host}"), &format!("{origin}/@{name}"));
    }
    let (name, server) = typed.text.trim_start_matches('@').split_once('@').ok_or(wrong)?;
    let profile = Url::parse(&format!("https://{server}/@{}", word(name)?)).map_err(|_| wrong)?;
    let host = profile.host_str().filter(|host| host.contains('.')).ok_or(wrong)?;
    feed(&format!("@{name}@{host}"), profile.as_str())
}

/// As a handle, or a DID where that was typed.
fn bluesky(typed: &Typed<'_>) -> Result<Address, &'static str> {
    let wrong = "must be a handle such as name.bsky.social, a DID, or a profile's address";
    let id = match typed.parts(&["bsky.app"]).as_deref() {
        Some(["profile", id, ..]) => (*id).to_owned(),
        Some(_) => return Err(wrong),
        None => typed.text.trim_start_matches('@').to_owned(),
    };
    let is_did = ["did:plc:", "did:web:"].iter().any(|method| id.starts_with(method));
    let id = if is_did { id } else { id.to_ascii_lowercase() };
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
    let is_handle =
        id.contains('.') && !id.contains(':') && !id.starts_with('.') && !id.ends_with('.');
    if !(is_did || is_handle) || !id.chars().all(plain) {
        return Err(wrong);
    }
    feed(&id, &id)
}

/// A name that can stand in an address as it is.
fn word(id: &str) -> Result<&str, &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match !id.is_empty()
        && id.len() <= 100
        && id.chars().all(plain)
        && id.contains(char::is_alphanumeric)
    {
        true => Ok(id),
        false => Err("must hold a name of letters, digits, dots, hyphens and underscores"),
    }
}

impl<'t> Typed<'t> {
    fn of(typed: &'t str) -> Result<Self, &'static str> {
        let text = typed.trim();
        if text.is_empty() || text.len() > LONGEST {
            return Err("must have 1 to 500 bytes");
        }
        let has_scheme = text.starts_with("https://") || text.starts_with("http://");
        let looks_like_one = text.contains('/') && !text.contains(':') && !text.starts_with('@');
        let url = match (has_scheme, looks_like_one) {
            (true, _) => Some(Url::parse(text).map_err(|_| "must be an address that can be read")?),
            // As browsers show it.
            (false, true) => Url::parse(&format!("https://{text}")).ok(),
            (false, false) => None,
        };
        if url.as_ref().is_some_and(|url| !url.username().is_empty() || url.password().is_some()) {
            return Err("must not hold a user name or a password");
        }
        Ok(Typed { url, text })
    }

    /// The parts of the path at one of these hosts.
    fn parts(&self, hosts: &[&str]) -> Option<Vec<&str>> {
        let url = self.url.as_ref()?;
        hosts
            .contains(&url.host_str()?)
            .then(|| url.path_segments().into_iter().flatten().collect())
    }

    fn first_part(&self, hosts: &[&str]) -> Option<String> {
        match self.url {
            Some(_) => self.parts(hosts)?.first().map(|part| (*part).to_owned()),
            None => self.bare(),
        }
    }

    /// `name` of `@name`, of `name`, and of a page below `/@name` at one of these hosts.
    fn handle(&self, hosts: &[&str]) -> Option<String> {
        if self.url.is_none() {
            return self.bare();
        }
        let parts = self.parts(hosts)?;
        parts.iter().find_map(|part| part.strip_prefix('@')).map(str::to_owned)
    }

    /// `name` of `https://name.tistory.com/1` and of `name.tistory.com`.
    fn subdomain_of(&self, domain: &str) -> Option<String> {
        let host = self.url.as_ref().map_or(Some(self.text), Url::host_str)?;
        let name = host.strip_suffix(domain)?.strip_suffix('.')?;
        (!name.is_empty() && name != "www").then(|| name.to_owned())
    }

    fn query(&self, name: &str) -> Option<String> {
        let mut pairs = self.url.as_ref()?.query_pairs();
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// What was typed without a host.
    fn bare(&self) -> Option<String> {
        self.url.is_none().then(|| self.text.trim_start_matches('@').to_owned())
    }
}

#[cfg(test)]
mod tests;
