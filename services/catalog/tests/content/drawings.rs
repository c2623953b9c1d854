//! The drawings: our own, harmless in any page, and in one family.

use std::collections::HashSet;

use roxmltree::{Document, Node};

use crate::FILES;

/// What a picture is made of. Nothing here runs, loads or embeds anything.
const ELEMENTS: [&str; 13] = [
    "svg",
    "title",
    "defs",
    "g",
    "path",
    "circle",
    "ellipse",
    "rect",
    "line",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
];

fn each(mut look: impl FnMut(&str, &Document<'_>)) {
    for drawing in &FILES.drawings {
        let parsed = Document::parse(&drawing.svg);
        look(&drawing.key, &parsed.unwrap_or_else(|error| panic!("{}: {error}", drawing.key)));
    }
}

fn elements<'a>(document: &'a Document<'_>) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(Node::is_element)
}

#[test]
fn every_character_has_one() {
    let drawn: Vec<&str> = FILES.drawings.iter().map(|drawing| drawing.key.as_str()).collect();
    let keys: Vec<&str> = FILES.characters.items.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(drawn, keys);
}

#[test]
fn they_are_one_family() {
    each(|key, document| {
        let root = document.root_element();
        assert_eq!(root.attribute("viewBox"), Some("0 0 512 512"), "{key}");
        assert_eq!(root.attribute("role"), Some("img"), "{key}");
        let title = elements(document).find(|node| node.has_tag_name("title"));
        let title = title.unwrap_or(root).text().unwrap_or_default();
        let character = FILES.characters.items.iter().find(|one| one.key == key).unwrap();
        assert_eq!(title, format!("{} · {}", character.name.ko, character.name.en));
        let svg = document.input_text();
        for color in &character.colors {
            assert!(svg.contains(color.as_str()), "{key} does not use {color}");
        }
        assert!(svg.len() < 16 * 1024, "{key} has {} bytes", svg.len());
    });
}

#[test]
fn nothing_in_them_runs_or_reaches_outside() {
    each(|key, document| {
        for node in elements(document) {
            let name = node.tag_name().name();
            assert!(ELEMENTS.contains(&name), "{key}: <{name}>");
            for attribute in node.attributes() {
                let (name, value) = (attribute.name().to_lowercase(), attribute.value());
                let harmless = !name.starts_with("on") && name != "href" && name != "style";
                assert!(harmless, "{key}: {name}={value:?}");
                let outside = value.contains("url(") && !value.starts_with("url(#");
                assert!(!outside && !value.contains("//"), "{key}: {name}={value:?}");
            }
        }
        let svg = document.input_text();
        assert!(!svg.contains("<!DOCTYPE") && !svg.contains("<?"), "{key}");
    });
}

/// They may stand in one page together, where an id can be there once.
#[test]
fn ids_are_used_once_and_found() {
    let mut ids = HashSet::new();
    each(|key, document| {
        let own: HashSet<&str> =
            elements(document).filter_map(|node| node.attribute("id")).collect();
        for id in &own {
            assert!(ids.insert((*id).to_owned()), "{key}: {id} is used elsewhere too");
        }
        for value in elements(document).flat_map(|node| node.attributes()).map(|a| a.value()) {
            let named = value.strip_prefix("url(#").and_then(|rest| rest.strip_suffix(')'));
            assert!(named.is_none_or(|id| own.contains(id)), "{key}: {value} is nowhere");
        }
    });
}
