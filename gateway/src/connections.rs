//! HTTP/1.1 to one service, from one worker: a request at a time on each connection, and the connections kept while they
//! are good.
//!
//! The framing is actix-http's, which awc is made of too; docs/performance.md says why it is not awc.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_codec::Framed;
use actix_http::h1::{ClientCodec, ClientPayloadCodec, Message, MessageType};
use actix_http::{RequestHead, RequestHeadType, ResponseHead, ServiceConfig, Version};
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::http::{Method, StatusCode};
use bytes::Bytes;
use futures_util::future::poll_fn;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// Actix closes idle connections after 5 s; we let go of them sooner.
const IDLE: Duration = Duration::from_secs(4);
const CONNECT: Duration = Duration::from_secs(1);

/// Connections of one worker to one service: a service that hangs cannot use up what others need.
const CONNECTIONS: usize = 512;

/// Why a service gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// No connection could be made.
    Refused,
    /// None could be made in time.
    Unreachable,
    /// The connection ended before the answer's head.
    Broken,
}

/// One worker's connections to one service.
pub(crate) struct Connections {
    address: Box<str>,
    idle: RefCell<VecDeque<Idle>>,
    places: Arc<Semaphore>,
    config: ServiceConfig,
}

type Wire<Codec> = Framed<TcpStream, Codec>;

struct Idle {
    wire: Wire<ClientCodec>,
    since: Instant,
}

/// An answer's head, and what is or will be its body.
pub(crate) struct Answer {
    pub(crate) head: ResponseHead,
    pub(crate) size: BodySize,
    pub(crate) body: AnswerBody,
}

/// A body: a piece that has come already, and what is still to come.
#[derive(Default)]
pub(crate) struct AnswerBody {
    here: Option<Bytes>,
    rest: Option<Rest>,
}

/// What is still to come. Whoever drops it before its end closes the connection.
struct Rest {
    wire: Wire<ClientPayloadCodec>,
    /// It has no other end than the connection's (HTTP/1.0).
    until_closed: bool,
    connections: Rc<Connections>,
    _place: OwnedSemaphorePermit,
}

impl Connections {
    /// To `host:port`. Belongs to the worker that makes it.
    pub(crate) fn new(address: &str) -> Rc<Self> {
        Rc::new(Connections {
            address: address.into(),
            idle: RefCell::default(),
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            config: ServiceConfig::default(),
        })
    }

    /// Sends a request, its body too, and waits for the answer's head: on a connection that is there, or on a new one.
    pub(crate) async fn ask(
        self: &Rc<Self>,
        head: Rc<RequestHead>,
        body: Option<impl MessageBody>,
    ) -> Result<Answer, NoAnswer> {
        let place = self.place().await?;
        let wire = match self.idle() {
            Some(wire) => wire,
            None => self.connect().await?,
        };
        self.exchange(wire, place, head, body).await
    }

    /// As [`Connections::ask`], on a new connection, without a body.
    pub(crate) async fn ask_afresh(
        self: &Rc<Self>,
        head: Rc<RequestHead>,
    ) -> Result<Answer, NoAnswer> {
        let place = self.place().await?;
        let wire = self.connect().await?;
        self.exchange(wire, place, head, None::<()>).await
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, NoAnswer> {
        Arc::clone(&self.places).acquire_owned().await.map_err(|_closed| NoAnswer::Unreachable)
    }

    async fn exchange(
        self: &Rc<Self>,
        wire: Wire<ClientCodec>,
        place: OwnedSemaphorePermit,
        head: Rc<RequestHead>,
        body: Option<impl MessageBody>,
    ) -> Result<Answer, NoAnswer> {
        let head_only = head.method == Method::HEAD;
        let mut wire = wire.replace_codec(ClientCodec::new(self.config.clone()));
        send(&mut wire, head, body).await.ok_or(NoAnswer::Broken)?;
        let head = loop {
            let head = poll_fn(|context| Pin::new(&mut wire).next_item(context)).await;
            let head = head.and_then(Result::ok).ok_or(NoAnswer::Broken)?;
            match head.status {
                // Nobody asked for it.
                StatusCode::SWITCHING_PROTOCOLS => return Err(NoAnswer::Broken),
                // Hints before the answer are this connection's matter.
                status if status.is_informational() => {}
                _ => break head,
            }
        };
        let length = head.headers.get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let size = match (head.status, length) {
            (StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED, _) => BodySize::None,
            (_, Some(length)) => BodySize::Sized(length),
            (_, None) if head_only => BodySize::None,
            (_, None) => BodySize::Stream,
        };
        if size == BodySize::None || wire.codec_ref().message_type() == MessageType::None {
            if wire.codec_ref().keep_alive() {
                self.keep(wire);
            }
            return Ok(Answer { head, size, body: AnswerBody::default() });
        }
        let rest = Rest {
            wire: wire.into_map_codec(ClientCodec::into_payload_codec),
            until_closed: head.version < Version::HTTP_11 && length.is_none(),
            connections: Rc::clone(self),
            _place: place,
        };
        let mut body = AnswerBody { here: None, rest: Some(rest) };
        let begun = poll_fn(|context| Poll::Ready(body.read_ahead(length, context))).await;
        begun.map_err(|_| NoAnswer::Broken)?;
        Ok(Answer { head, size, body })
    }

    /// The connection that was used last and is still good. One that has something to say without being asked, be it
    /// its end, is not.
    fn idle(&self) -> Option<Wire<ClientCodec>> {
        let mut idle = self.idle.borrow_mut();
        while let Some(Idle { wire, since }) = idle.pop_back() {
            let silent = wire.io_ref().try_read(&mut [0]);
            let silent = silent.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
            if silent && since.elapsed() < IDLE {
                return Some(wire);
            }
        }
        None
    }

    fn keep(&self, wire: Wire<ClientCodec>) {
        let mut idle = self.idle.borrow_mut();
        let now = Instant::now();
        if wire.is_read_buf_empty() {
            idle.push_back(Idle { wire, since: now });
        }
        // Those at the front have waited longest.
        while idle.front().is_some_and(|first| now - first.since >= IDLE) {
            idle.pop_front();
        }
    }

    async fn connect(&self) -> Result<Wire<ClientCodec>, NoAnswer> {
        let stream = timeout(CONNECT, TcpStream::connect(&*self.address)).await;
        let stream = stream.map_err(|_late| NoAnswer::Unreachable)?;
        let stream = stream.map_err(|_refused| NoAnswer::Refused)?;
        stream.set_nodelay(true).map_err(|_gone| NoAnswer::Broken)?;
        Ok(Framed::new(stream, ClientCodec::new(self.config.clone())))
    }
}

/// Sends a whole request; none when the connection or the body broke.
async fn send(
    wire: &mut Wire<ClientCodec>,
    head: Rc<RequestHead>,
    body: Option<impl MessageBody>,
) -> Option<()> {
    let size = body.as_ref().map_or(BodySize::None, MessageBody::size);
    let head = (RequestHeadType::Rc(head, None), size);
    let mut wire = Pin::new(wire);
    wire.as_mut().write(Message::Item(head)).ok()?;
    if let Some(body) = body {
        let mut body = std::pin::pin!(body);
        loop {
            let piece = poll_fn(|context| match body.as_mut().poll_next(context) {
                // What has come so far is sent while the client is slow.
                Poll::Pending => flush(wire.as_mut(), context, Poll::Pending),
                Poll::Ready(piece) => Poll::Ready(Some(piece)),
            });
            let piece = piece.await?.transpose().ok()?;
            let ended = piece.is_none();
            wire.as_mut().write(Message::Chunk(piece)).ok()?;
            if ended {
                break;
            }
            if wire.is_write_buf_full() {
                poll_fn(|context| flush(wire.as_mut(), context, Poll::Ready(Some(())))).await?;
            }
        }
    }
    poll_fn(|context| flush(wire.as_mut(), context, Poll::Ready(Some(())))).await
}

/// Says `then` once all is written; none when it cannot be.
fn flush<T>(
    wire: Pin<&mut Wire<ClientCodec>>,
    context: &mut Context<'_>,
    then: Poll<Option<T>>,
) -> Poll<Option<T>> {
    match wire.flush(context) {
        Poll::Pending => Poll::Pending,
        Poll::Ready(Ok(())) => then,
        Poll::Ready(Err(_)) => Poll::Ready(None),
    }
}

impl AnswerBody {
    /// The body, where all of it is here.
    pub(crate) fn whole(&mut self) -> Option<Bytes> {
        if self.rest.is_some() { None } else { self.here.take() }
    }

    /// The next piece; none at the body's end. An error where the service breaks it off.
    pub(crate) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        if let Some(piece) = self.here.take() {
            return Poll::Ready(Some(Ok(piece)));
        }
        let Some(mut rest) = self.rest.take() else {
            return Poll::Ready(None);
        };
        match Pin::new(&mut rest.wire).next_item(context) {
            Poll::Pending => {
                self.rest = Some(rest);
                Poll::Pending
            }
            Poll::Ready(Some(Ok(Some(piece)))) => {
                self.rest = Some(rest);
                Poll::Ready(Some(Ok(piece)))
            }
            Poll::Ready(Some(Ok(None))) => {
                if rest.wire.codec_ref().keep_alive() {
                    let codec = ClientCodec::new(rest.connections.config.clone());
                    rest.connections.keep(rest.wire.replace_codec(codec));
                }
                Poll::Ready(None)
            }
            Poll::Ready(None) if rest.until_closed => Poll::Ready(None),
            Poll::Ready(None | Some(Err(_))) => {
                Poll::Ready(Some(Err(io::Error::other("the service broke its answer off"))))
            }
        }
    }

    /// Takes what came with the head: mostly that is all, and the connection is free again.
    fn read_ahead(&mut self, length: Option<u64>, context: &mut Context<'_>) -> io::Result<()> {
        if let Poll::Ready(Some(piece)) = self.poll_next(context) {
            let piece = piece?;
            if length == Some(piece.len() as u64) {
                let _end = self.poll_next(context);
            }
            self.here = Some(piece);
        }
        Ok(())
    }
}
