//! A body as it comes, unpacked and counted. Not by reqwest's own feature: features hold for every client that is built
//! with it, the other services' too.

use std::io::{self, ErrorKind, Write};

use flate2::write::MultiGzDecoder;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use super::Error;

/// The largest body that is read, in bytes, unpacked.
pub(crate) const LIMIT: usize = 2 * 1024 * 1024;
/// How a body may be packed.
pub(super) const PACKED: &str = "gzip";

pub(super) enum Body {
    Plain(Bounded),
    Packed(Box<MultiGzDecoder<Bounded>>),
}

/// It takes no more than [`LIMIT`] bytes.
#[derive(Default)]
pub(super) struct Bounded(Vec<u8>);

impl Body {
    pub(super) fn new(headers: &HeaderMap) -> Self {
        if headers.get(CONTENT_ENCODING).is_some_and(|packed| packed == PACKED) {
            Body::Packed(Box::new(MultiGzDecoder::new(Bounded::default())))
        } else {
            Body::Plain(Bounded::default())
        }
    }

    pub(super) fn add(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let added = match self {
            Body::Plain(body) => body.write_all(chunk),
            Body::Packed(body) => body.write_all(chunk),
        };
        added.map_err(unreadable)
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, Error> {
        match self {
            Body::Plain(body) => Ok(body.0),
            Body::Packed(body) => body.finish().map(|body| body.0).map_err(unreadable),
        }
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > LIMIT - self.0.len() {
            return Err(ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn unreadable(error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::FileTooLarge => Error::TooLarge,
        _ => Error::Away("the answer cannot be unpacked"),
    }
}
