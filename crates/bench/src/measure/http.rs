//! One request on one connection, where wrk does not fit.

use platform::Outcome;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends a request and reads its whole answer; returns the status.
pub(crate) async fn exchange(stream: &mut TcpStream, request: &str) -> Outcome<u16> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(4096);
    loop {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err("the connection was closed before the answer ended".into());
        }
        if let Some(status) = status_of_whole(&answer) {
            return Ok(status);
        }
    }
}

/// The status, once all of the answer is there.
fn status_of_whole(answer: &[u8]) -> Option<u16> {
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&answer[..head]).ok()?.to_ascii_lowercase();
    let field =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let status = text.split(' ').nth(1)?.parse().ok()?;
    let body = &answer[head + 4..];
    let is_whole = match field("content-length") {
        Some(length) => body.len() >= length.parse::<usize>().ok()?,
        None if field("transfer-encoding").is_some() => body.ends_with(b"0\r\n\r\n"),
        None => true,
    };
    is_whole.then_some(status)
}
