//! One after the other: work for the same member.

use tokio::sync::Mutex;
use uuid::Uuid;

/// So many members can be worked for at once. Two that share a turn only wait a little longer.
const TURNS: usize = 1024;

static HELD: [Mutex<()>; TURNS] = [const { Mutex::const_new(()) }; TURNS];

/// Does `work` once nobody else in this process works for `key`, first come, first served. To be taken before a
/// connection: who waits for a row that another request of the same member has locked waits with a connection in hand,
/// and a few such requests leave none for others. Nothing depends on it: between processes, and for whoever takes no turn,
/// the row's lock decides.
///
/// Never inside another turn, which may be the same one.
pub async fn in_turn<T>(key: Uuid, work: impl Future<Output = T>) -> T {
    // The last bits of a UUID are random, whichever way it was made.
    let [.., high, low] = *key.as_bytes();
    let turn = usize::from(u16::from_be_bytes([high, low])) % TURNS;
    let _held = HELD[turn].lock().await;
    work.await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use futures_util::future::{join, join_all};
    use tokio::time::{sleep, timeout};

    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    #[tokio::test]
    async fn one_members_work_is_done_one_after_the_other() {
        let (running, done) = (Cell::new(0), Cell::new(0));
        let work = async || {
            running.set(running.get() + 1);
            tokio::task::yield_now().await;
            assert_eq!(running.replace(running.get() - 1), 1);
            done.set(done.get() + 1);
        };
        join_all((0..100).map(|_| in_turn(ONE, work()))).await;
        assert_eq!(done.get(), 100);
    }

    #[tokio::test]
    async fn another_member_does_not_wait() {
        let slow = timeout(Duration::from_millis(50), in_turn(ONE, std::future::pending::<()>()));
        let (slow, quick) = join(slow, in_turn(OTHER, sleep(Duration::from_millis(1)))).await;
        assert!(slow.is_err());
        assert_eq!(quick, ());
        in_turn(ONE, async {}).await;
    }
}
