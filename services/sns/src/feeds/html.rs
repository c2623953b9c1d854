//! What pages say: their text, and which feeds they name. By html5ever's tokenizer alone: no tree is grown, so nesting
//! costs nothing.

use std::cell::RefCell;

use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use url::Url;

/// Within a word they part nothing; every other element does.
const WITHIN_WORDS: [&str; 22] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "mark",
    "q", "s", "small", "span", "strong", "sub", "sup", "u",
];
/// What they hold is not for readers.
const SILENT: [&str; 5] = ["script", "style", "noscript", "template", "iframe"];
/// The media types of feeds.
const FEEDS: [&str; 4] =
    ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/json"];

/// A feed that a page names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alternate {
    /// Where it is.
    pub(crate) url: Url,
    /// For example `application/rss+xml`.
    pub(crate) media_type: String,
}

/// The text of a page or of a piece of one, its white space joined: at most `limit` bytes.
pub(crate) fn text_of(html: &str, limit: usize) -> String {
    let words = Words { limit, ..Words::default() };
    tokenize(html, Reader(RefCell::new(words))).0.into_inner().text
}

/// The feeds that a page found at `url` names in its head: `<link rel="alternate">`.
pub(crate) fn alternates(html: &str, url: &Url) -> Vec<Alternate> {
    let head = Head { base: url.clone(), found: Vec::new(), over: false };
    tokenize(html, Reader(RefCell::new(head))).0.into_inner().found
}

/// What is kept of a page.
trait Keep {
    fn tag(&mut self, tag: &Tag);
    fn characters(&mut self, characters: &str);
}

struct Reader<K>(RefCell<K>);

impl<K: Keep> TokenSink for Reader<K> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => {
                self.0.borrow_mut().tag(&tag);
                if tag.kind == TagKind::StartTag {
                    return content_of(&tag.name);
                }
            }
            Token::CharacterTokens(characters) => self.0.borrow_mut().characters(&characters),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// Elements that hold no tags: a tree would say so, and there is none.
fn content_of(element: &str) -> TokenSinkResult<()> {
    match element {
        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
        "style" | "noscript" | "iframe" | "xmp" | "noembed" | "noframes" => {
            TokenSinkResult::RawData(RawKind::Rawtext)
        }
        "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
        _ => TokenSinkResult::Continue,
    }
}

fn tokenize<S: TokenSink>(html: &str, sink: S) -> S {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    // It stops only where a script would run.
    while !input.is_empty() {
        let _stopped = tokenizer.feed(&input);
    }
    tokenizer.end();
    tokenizer.sink
}

#[derive(Default)]
struct Words {
    text: String,
    limit: usize,
    /// A gap that is written when a word follows.
    gap: bool,
    /// How deep within silent elements.
    silent: usize,
}

impl Keep for Words {
    fn tag(&mut self, tag: &Tag) {
        let name = &*tag.name;
        self.gap |= !WITHIN_WORDS.contains(&name);
        if SILENT.contains(&name) && !tag.self_closing {
            match tag.kind {
                TagKind::StartTag => self.silent += 1,
                TagKind::EndTag => self.silent = self.silent.saturating_sub(1),
            }
        }
    }

    fn characters(&mut self, characters: &str) {
        if self.silent > 0 {
            return;
        }
        for character in characters.chars() {
            if character.is_whitespace() {
                self.gap = true;
                continue;
            }
            let gap = self.gap && !self.text.is_empty();
            if self.text.len() + usize::from(gap) + character.len_utf8() > self.limit {
                self.limit = self.text.len(); // nothing shorter slips in behind
                return;
            }
            if gap {
                self.text.push(' ');
            }
            self.gap = false;
            self.text.push(character);
        }
    }
}

struct Head {
    base: Url,
    found: Vec<Alternate>,
    /// What follows may be anybody's words.
    over: bool,
}

impl Keep for Head {
    fn tag(&mut self, tag: &Tag) {
        match &*tag.name {
            "body" => self.over = true,
            "link" if !self.over => self.found.extend(alternate(tag, &self.base)),
            _ => {}
        }
    }

    fn characters(&mut self, _: &str) {}
}

fn alternate(tag: &Tag, base: &Url) -> Option<Alternate> {
    let value = |name: &str| {
        let attribute = tag.attrs.iter().find(|attribute| &*attribute.name.local == name)?;
        Some(attribute.value.trim())
    };
    let rel = value("rel")?.to_ascii_lowercase();
    let media_type = value("type")?.to_ascii_lowercase();
    let names_a_feed = rel.split_ascii_whitespace().any(|word| word == "alternate")
        && FEEDS.contains(&media_type.as_str());
    let url = base.join(value("href")?).ok()?;
    names_a_feed.then_some(Alternate { url, media_type })
}
