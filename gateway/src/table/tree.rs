//! The tree that paths are matched in, a level for each segment.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Route;

/// The routes of one template, a method each.
pub(super) type Leaf = Vec<Arc<Route>>;

/// What may follow a path so far.
#[derive(Debug, Default)]
pub(super) struct Node {
    exact: BTreeMap<Box<str>, Node>,
    /// `{name}` with what must follow it in the segment; longer endings first.
    parameters: Vec<(Box<str>, Node)>,
    /// `{name*}`: the rest, whatever it is.
    rest: Leaf,
    /// The path ends here.
    end: Leaf,
}

/// What a template can be wrong in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TemplateError {
    #[error("the path must begin with a slash and not end with one")]
    Slash,
    #[error(
        "the part {0:?} must be plain text, {{name}}, {{name}} with an ending, or at the end {{name*}}"
    )]
    Segment(String),
    #[error("the same method and path are there twice")]
    Twice,
}

enum Segment<'t> {
    Exact(&'t str),
    Parameter { ending: &'t str },
    Rest,
}

impl<'t> Segment<'t> {
    fn parse(text: &'t str) -> Result<Self, TemplateError> {
        let wrong = || TemplateError::Segment(text.to_owned());
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        let Some(inner) = text.strip_prefix('{') else {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
            let usable = !text.is_empty() && text.bytes().all(plain);
            return if usable { Ok(Segment::Exact(text)) } else { Err(wrong()) };
        };
        let (name, ending) = inner.split_once('}').ok_or_else(wrong)?;
        match name.strip_suffix('*') {
            Some(name) if is_name(name) && ending.is_empty() => Ok(Segment::Rest),
            None if is_name(name) && !ending.contains(['{', '}']) => {
                Ok(Segment::Parameter { ending })
            }
            _ => Err(wrong()),
        }
    }
}

impl Node {
    pub(super) fn insert(&mut self, route: Arc<Route>) -> Result<(), TemplateError> {
        let template = Arc::clone(&route.template);
        let path = template.strip_prefix('/').ok_or(TemplateError::Slash)?;
        if path.is_empty() || path.ends_with('/') {
            return Err(TemplateError::Slash);
        }
        let mut node = self;
        let mut segments = path.split('/').peekable();
        while let Some(segment) = segments.next() {
            node = match Segment::parse(segment)? {
                Segment::Exact(text) => node.exact.entry(text.into()).or_default(),
                Segment::Parameter { ending } => node.parameter(ending),
                Segment::Rest if segments.peek().is_none() => return add(&mut node.rest, route),
                Segment::Rest => return Err(TemplateError::Segment(segment.to_owned())),
            };
        }
        add(&mut node.end, route)
    }

    fn parameter(&mut self, ending: &str) -> &mut Node {
        let place = match self.parameters.iter().position(|(known, _)| **known == *ending) {
            Some(place) => place,
            None => {
                let longer = |(known, _): &(Box<str>, Node)| known.len() >= ending.len();
                let place = self.parameters.partition_point(longer);
                self.parameters.insert(place, (ending.into(), Node::default()));
                place
            }
        };
        &mut self.parameters[place].1
    }

    /// Shows every template that the path matches, the most specific first, until `on` says that it is enough.
    pub(super) fn visit<'t>(&'t self, path: &str, on: &mut impl FnMut(&'t Leaf) -> bool) -> bool {
        let Some(path) = path.strip_prefix('/').filter(|path| !path.is_empty()) else {
            return !self.end.is_empty() && on(&self.end);
        };
        let (segment, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
        if self.exact.get(segment).is_some_and(|node| node.visit(rest, on)) {
            return true;
        }
        for (ending, node) in &self.parameters {
            let fits = segment.len() > ending.len() && segment.ends_with(&**ending);
            if fits && node.visit(rest, on) {
                return true;
            }
        }
        !self.rest.is_empty() && on(&self.rest)
    }
}

fn add(leaf: &mut Leaf, route: Arc<Route>) -> Result<(), TemplateError> {
    if leaf.iter().any(|known| known.method == route.method) {
        return Err(TemplateError::Twice);
    }
    leaf.push(route);
    Ok(())
}
