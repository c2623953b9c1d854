//! Where letters go in tests: into a folder, or to a server that answers as it is told.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A folder of the test's own (`MAIL_FOLDER`).
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("mails-{}-{number}", std::process::id());
        Folder(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    /// The letters that have come, oldest first.
    pub(crate) fn letters(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut letters: Vec<_> =
            files.map(|file| (file.metadata().unwrap().modified().unwrap(), file.path())).collect();
        letters.sort();
        letters.iter().map(|(_, path)| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// Waits for this many letters to an address that point to a page, and gives the last one's token.
    pub(crate) async fn token(&self, to: &str, page: &str, count: usize) -> String {
        let of = |letter: &String| letter.contains(&format!("To: {to}\r\n"));
        let mut found = Vec::new();
        for _ in 0..500 {
            found =
                self.letters().into_iter().filter(of).filter_map(|l| token_in(&l, page)).collect();
            if found.len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(found.len(), count, "{page} to {to}");
        found.pop().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The token in a letter's link.
fn token_in(letter: &str, page: &str) -> Option<String> {
    let (_, token) = letter.split_once(&format!("/{page}#token="))?;
    Some(token.lines().next()?.to_owned())
}

/// A server that speaks as much SMTP as is needed (RFC 5321) and says to every recipient what it is told to.
pub(crate) struct Server {
    pub(crate) address: std::net::SocketAddr,
    said: Arc<Mutex<&'static str>>,
    mails: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start(to_recipients: &'static str) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), to_recipients).await
    }

    pub(crate) async fn start_at(
        address: std::net::SocketAddr,
        to_recipients: &'static str,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let said = Arc::new(Mutex::new(to_recipients));
        let mails = Arc::<Mutex<Vec<String>>>::default();
        let server = Server { address, said: said.clone(), mails: mails.clone() };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(speak(stream, said.clone(), mails.clone()));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub(crate) fn say(&self, to_recipients: &'static str) {
        *self.said.lock().unwrap() = to_recipients;
    }

    /// What was taken.
    pub(crate) fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }
}

async fn speak(
    stream: TcpStream,
    said: Arc<Mutex<&'static str>>,
    mails: Arc<Mutex<Vec<String>>>,
) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 test\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "RCPT" => *said.lock().unwrap(),
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    mail.push_str(&line);
                    mail.push('\n');
                }
                mails.lock().unwrap().push(mail);
                "250 taken"
            }
            _ => "250 well",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}
