//! The wire between the door and a service: what goes over it is written down, also what a server would not show, such as
//! trailers.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

use super::Service;

/// All that was carried to the service.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Vec<u8>>>);

impl Wire {
    /// The same service, at the other end of a wire.
    pub async fn to(service: Service) -> (Service, Wire) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let target = service.url.trim_start_matches("http://").to_owned();
        let wire = Wire::default();
        let carrier = wire.clone();
        tokio::spawn(async move {
            while let Ok((door, _)) = listener.accept().await {
                let service = TcpStream::connect(&target).await.unwrap();
                tokio::spawn(carrier.clone().carry(door, service));
            }
        });
        (Service { url, ..service }, wire)
    }

    /// All of it, in lower case.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).to_lowercase()
    }

    async fn carry(self, door: TcpStream, service: TcpStream) {
        let (mut from_door, mut to_door) = door.into_split();
        let (mut from_service, mut to_service) = service.into_split();
        tokio::spawn(async move { copy(&mut from_service, &mut to_door).await });
        let mut buffer = [0; 16 * 1024];
        while let Ok(length @ 1..) = from_door.read(&mut buffer).await {
            self.0.lock().unwrap().extend_from_slice(&buffer[..length]);
            if to_service.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    }
}
