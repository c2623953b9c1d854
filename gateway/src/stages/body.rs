//! Bodies on their way through, piece by piece: counted on the way in, timed on the way out, never kept.

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Payload;
use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep};

use super::limit::DeclaredBody;
use crate::connections::AnswerBody;

/// How far a client's body has come; whoever sent it on looks here for what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The upstream's turn.
    Sent,
    /// The client's turn.
    Awaited,
    /// More than the route takes.
    TooLarge,
    /// The client broke it off, or framed it wrongly.
    Broken,
}

/// A client's body.
pub(crate) struct Upload {
    payload: Payload,
    size: BodySize,
    left: u64,
    progress: Rc<Cell<Progress>>,
}

impl Upload {
    /// At most `limit` bytes of it are passed on.
    pub(crate) fn new(payload: Payload, declared: DeclaredBody, limit: u64) -> Option<Self> {
        let size = match declared {
            DeclaredBody::None => return None,
            DeclaredBody::Sized(length) => BodySize::Sized(length),
            DeclaredBody::Chunked => BodySize::Stream,
        };
        let progress = Rc::new(Cell::new(Progress::Sent));
        Some(Upload { payload, size, left: limit, progress })
    }

    pub(crate) fn progress(&self) -> Rc<Cell<Progress>> {
        Rc::clone(&self.progress)
    }

    fn stop(&self, progress: Progress) -> Box<dyn Error> {
        self.progress.set(progress);
        Box::new(io::Error::other("the client's body cannot be passed on"))
    }
}

impl MessageBody for Upload {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let piece = match Pin::new(&mut self.payload).poll_next(context) {
            Poll::Pending => {
                self.progress.set(Progress::Awaited);
                return Poll::Pending;
            }
            Poll::Ready(piece) => piece,
        };
        self.progress.set(Progress::Sent);
        Poll::Ready(piece.map(|piece| {
            let piece = piece.map_err(|_| self.stop(Progress::Broken))?;
            let left = self.left.checked_sub(piece.len() as u64);
            self.left = left.ok_or_else(|| self.stop(Progress::TooLarge))?;
            Ok(piece)
        }))
    }
}

/// An upstream's body. It ends with an error, and the client's connection with it, when the upstream breaks it off or
/// sends nothing for too long.
pub(crate) struct Download {
    body: AnswerBody,
    size: BodySize,
    patience: Duration,
    /// Made at the first wait: most bodies are there at once.
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl Download {
    /// Waits at most `patience` for each piece.
    pub(crate) fn new(body: AnswerBody, size: BodySize, patience: Duration) -> Self {
        Download { body, size, patience, timer: None, waiting: false }
    }
}

impl MessageBody for Download {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(piece) = this.body.poll_next(context) {
            this.waiting = false;
            return Poll::Ready(piece.map(|piece| piece.map_err(Into::into)));
        }
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep(this.patience)));
        // The time that the client took over the last piece does not count.
        if !this.waiting {
            timer.as_mut().reset(Instant::now() + this.patience);
            this.waiting = true;
        }
        timer.as_mut().poll(context).map(|()| {
            Some(
                Err(io::Error::new(io::ErrorKind::TimedOut, "the upstream stopped sending").into()),
            )
        })
    }
}
