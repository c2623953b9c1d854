//! Everything that the services hold of a member, page by page. Whoever reads `member.erased` holds something, and is asked.

use std::collections::VecDeque;

use contracts::UserId;
use contracts::events::MemberErased;
use contracts::exports::ExportPage;
use jiff::Timestamp;
use member_data::{ExportQuery, Place};

use crate::domain::audit::{Action, Actor};
use crate::error::Error;
use crate::state::State;
use crate::store;
use crate::store::member_data::TABLES;

/// What is still to be told of a member.
pub(crate) struct Export {
    pub(crate) user_id: UserId,
    pub(crate) begun_at: Timestamp,
    /// In the order in which they are told; the first one may have begun.
    holders: VecDeque<Holder>,
}

/// A service of which the next page is at hand.
struct Holder {
    service: String,
    page: ExportPage,
}

/// A page of what a service holds; the pages of one service follow each other.
pub(crate) struct Told {
    pub(crate) service: String,
    pub(crate) page: ExportPage,
}

impl Export {
    /// Asks everybody for the first page: who is away is missed now, while there is still an answer to give.
    pub(crate) async fn open(
        state: &State,
        now: Timestamp,
        user_id: UserId,
    ) -> Result<Self, Error> {
        let mut services = pg::transaction(&state.pool, async |conn| {
            store::users::find(conn, user_id).await?.ok_or(Error::UserNotFound)?;
            let (actor, action) = (Actor::Member(user_id), Action::MemberExported);
            store::audit_log::insert(conn, now, actor, action, user_id).await?;
            Ok::<_, Error>(events::readers_of::<MemberErased>(conn).await?)
        })
        .await?;
        services.push(crate::NAME.to_owned());
        services.sort();
        let mut holders = VecDeque::new();
        for service in services {
            let page = ask(state, &service, user_id, None).await?;
            holders.push_back(Holder { service, page });
        }
        Ok(Export { user_id, begun_at: now, holders })
    }

    /// The next page; none when all is told. An error means that what was told is not all.
    pub(crate) async fn next(&mut self, state: &State) -> Result<Option<Told>, Error> {
        let user_id = self.user_id;
        let Some(Holder { service, page }) = self.holders.pop_front() else {
            // Who is erased meanwhile is told of as if there were nothing left to tell.
            let user = state.pool.read(async |conn| store::users::find(conn, user_id).await);
            return user.await?.map(|_| None).ok_or(Error::UserNotFound);
        };
        if let Some(after) = &page.next {
            let next = ask(state, &service, user_id, Some(after)).await?;
            self.holders.push_front(Holder { service: service.clone(), page: next });
        }
        Ok(Some(Told { service, page }))
    }
}

/// One page of a service, behind the one whose `next` is `after`.
async fn ask(
    state: &State,
    service: &str,
    user_id: UserId,
    after: Option<&str>,
) -> Result<ExportPage, Error> {
    if service == crate::NAME {
        let after = after.map(|after| Place::try_from(after.to_owned())).transpose();
        let query = ExportQuery { after: after.map_err(Error::internal)?, ..Default::default() };
        let mut conn = state.pool.get().await?;
        return Ok(member_data::page(&mut conn, TABLES, user_id, &query).await?);
    }
    let away = || Error::HolderAway(service.to_owned());
    // Somebody who holds something, and of whom nobody has told us where they are.
    let client = state.holders.get(service).ok_or_else(away)?;
    let after = after.map(|after| format!("?after={after}")).unwrap_or_default();
    let path = format!("/int/{service}/members/{user_id}/export{after}");
    client.get(&path).await.map_err(|error| {
        tracing::warn!(%error, "an export is not whole");
        away()
    })
}
