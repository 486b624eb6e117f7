//! The store keeps its promises on SQLite and on PostgreSQL: every test here runs on both.
//!
//! The PostgreSQL half needs a server: `TEST_POSTGRES_URL=postgres://postgres@127.0.0.1/test cargo test --test suite
//! store -- --include-ignored`. Each test has a schema of its own there, as it has a file of its own with SQLite.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use backtalk::config::{Secret, StoreConfig};
use backtalk::faq::{self, EntryId};
use backtalk::redact::Redactor;
use backtalk::store::{
    ChatKey, Claim, Day, Event, Failure, Incoming, MAX_TRIES, Report, Settings, Store, StoreError,
    TEND_EVERY,
};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, AssertSqlSafe};

use crate::support::postgres::schema;
use crate::support::process;

/// 2026-11-21, noon.
const NOON: u64 = 20_778 * 86_400 + 43_200;
const TOKEN: &str = "123456:a-token-of-the-tests";
/// Longer than a lease.
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// A database of one test's own, gone with the test's process.
struct Place {
    url: String,
    clock: Arc<AtomicU64>,
    dir: Option<PathBuf>,
}

impl Place {
    fn sqlite(test: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("backtalk-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).expect("a folder for the test");
        Self {
            url: format!("sqlite://{}", dir.join("store.db").display()),
            clock: Arc::new(AtomicU64::new(NOON * 1000)),
            dir: Some(dir),
        }
    }

    async fn postgres(test: &str) -> Self {
        Self {
            url: schema(test).await,
            clock: Arc::new(AtomicU64::new(NOON * 1000)),
            dir: None,
        }
    }

    fn settings(&self) -> Settings {
        let clock = self.clock.clone();
        Settings {
            patience: Duration::from_secs(2),
            clock: Arc::new(move || {
                UNIX_EPOCH + Duration::from_millis(clock.load(Ordering::Relaxed))
            }),
            ..Settings::new(&StoreConfig {
                url: Secret::new(&self.url),
                unanswered_days: 90,
            })
        }
    }

    async fn open(&self) -> Store {
        self.open_with(TOKEN).await
    }

    async fn open_with(&self, token: &str) -> Store {
        Store::open(&self.settings(), &Secret::new(token))
            .await
            .expect("the store opens")
    }

    async fn report(&self) -> Report {
        Report::open(&self.settings())
            .await
            .expect("the report opens")
    }

    fn pass(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).expect("a time of our own");
        self.clock.fetch_add(millis, Ordering::Relaxed);
    }

    async fn sql(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&pool(&self.url).await)
            .await
            .expect("the statement runs");
    }

    /// Takes the database away by locking it from outside, until the guard is dropped.
    async fn outage(&self) -> sqlx::Transaction<'static, sqlx::Any> {
        let mut hold = pool(&self.url).await.begin().await.expect("a transaction");
        let tables = [
            "inbox",
            "entry_day",
            "decision_day",
            "unanswered",
            "referral",
        ];
        for table in tables {
            // SQLite locks the whole file with the first write; PostgreSQL each table by name.
            let sql = if self.dir.is_some() {
                format!("DELETE FROM {table} WHERE 1 = 0")
            } else {
                format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            };
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut *hold)
                .await
                .expect("the lock");
        }
        hold
    }

    /// Everything that the database holds, as bytes.
    async fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        if let Some(dir) = &self.dir {
            for file in std::fs::read_dir(dir).expect("the test's folder") {
                let file = file.expect("a file").path();
                all.extend(std::fs::read(file).expect("its content"));
            }
            return all;
        }
        let pool = pool(&self.url).await;
        for table in [
            "inbox",
            "entry_day",
            "decision_day",
            "unanswered",
            "referral",
            "claim",
            "therapist",
            "link_day",
            "account",
            "pause",
        ] {
            let sql = format!("SELECT CAST({table}.* AS TEXT) FROM {table}");
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_all(&pool)
                .await
                .expect("the table");
            all.extend(rows.concat().into_bytes());
        }
        all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(dir) = &self.dir {
            let _ = std::fs::remove_dir_all(dir);
        }
    }
}

async fn pool(url: &str) -> AnyPool {
    sqlx::any::install_default_drivers();
    AnyPoolOptions::new()
        .max_connections(1)
        .connect(url)
        .await
        .expect("the database of the tests")
}

/// Writes each test twice, once for each database.
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident($place:ident: &Place) $body:block)*) => {
        mod sqlite {
            use super::Place;
            $($(#[$doc])* #[tokio::test] async fn $name() {
                super::bodies::$name(&Place::sqlite(stringify!($name))).await;
            })*
        }
        mod postgres {
            use super::Place;
            $($(#[$doc])* #[tokio::test]
            #[ignore = "needs a PostgreSQL server: set TEST_POSTGRES_URL and add --include-ignored"]
            async fn $name() {
                super::bodies::$name(&Place::postgres(stringify!($name)).await).await;
            })*
        }
        mod bodies {
            use super::*;
            $(pub(super) async fn $name($place: &Place) $body)*
        }
    };
}

/// One update of a chat; its content names both.
async fn put(store: &Store, update_id: i64, chat: i64) -> ChatKey {
    let update = content(update_id, chat);
    let batch = [Incoming {
        update_id,
        chat,
        update: update.as_bytes(),
    }];
    store.inbox.put(&batch).await.expect("the batch is taken")[0]
}

fn content(update_id: i64, chat: i64) -> String {
    format!("update {update_id} of chat {chat}: does it hurt?")
}

async fn claim(store: &Store, chat: ChatKey) -> Option<Claim> {
    store.inbox.claim(chat).await.expect("the store answers")
}

fn entry(id: &str) -> EntryId {
    EntryId::new(id).expect("an id")
}

on_both! {
    async fn a_stored_update_comes_out_as_it_went_in(place: &Place) {
        let store = place.open().await;
        let chat = put(&store, 7, 42).await;
        let claim = claim(&store, chat).await.expect("an update");
        assert_eq!((claim.update_id, claim.tries), (7, 1));
        assert_eq!(claim.update, content(7, 42).as_bytes());
    }

    async fn a_chats_updates_come_one_at_a_time_and_in_order(place: &Place) {
        let store = place.open().await;
        for update in [12, 10, 11] {
            put(&store, update, 42).await;
        }
        let chat = put(&store, 13, 42).await;
        for expected in 10..14 {
            let first = claim(&store, chat).await.expect("an update");
            assert_eq!(first.update_id, expected);
            assert!(claim(&store, chat).await.is_none(), "one is in hand");
            store.inbox.done(first).await;
        }
        assert!(claim(&store, chat).await.is_none(), "all are done");
    }

    async fn an_update_in_hand_can_be_read_with_the_next_one(place: &Place) {
        let (store, other) = (place.open().await, place.open().await);
        let chat = put(&store, 7, 42).await;
        put(&store, 8, 43).await;
        let first = claim(&store, chat).await.expect("an update");
        assert!(store.inbox.claim_after(&first).await.expect("the store answers").is_none());
        put(&store, 9, 42).await;
        assert!(claim(&other, chat).await.is_none(), "the chat is another replica's");
        let next = store.inbox.claim_after(&first).await.expect("the store answers");
        let next = next.expect("an update");
        assert_eq!(next.update_id, 9);
        store.inbox.done(first).await;
        assert!(claim(&store, chat).await.is_none(), "the next one is in hand too");
        store.inbox.done(next).await;
        assert_eq!(store.inbox.depth().await.expect("counted").waiting, 1);
    }

    async fn chats_do_not_wait_for_each_other(place: &Place) {
        let store = place.open().await;
        let (one, other) = (put(&store, 1, 42).await, put(&store, 2, 43).await);
        let held = claim(&store, one).await;
        assert!(held.is_some());
        assert_eq!(claim(&store, other).await.map(|c| c.update_id), Some(2));
    }

    async fn a_batch_of_any_size_is_stored_whole(place: &Place) {
        let store = place.open().await;
        let batch: Vec<Incoming> = (0..257)
            .map(|i| Incoming { update_id: i, chat: i % 3, update: b"{}" })
            .collect();
        assert_eq!(store.inbox.put(&batch).await.expect("taken").len(), 3);
        assert_eq!(store.inbox.put(&[]).await.expect("taken").len(), 0);
        assert_eq!(store.inbox.depth().await.expect("counted").waiting, 257);
    }

    async fn an_update_delivered_again_is_handled_once(place: &Place) {
        let store = place.open().await;
        let chat = put(&store, 7, 42).await;
        put(&store, 7, 42).await;
        let first = claim(&store, chat).await.expect("an update");
        put(&store, 7, 42).await;
        assert!(claim(&store, chat).await.is_none(), "while it is in hand");
        store.inbox.done(first).await;
        put(&store, 7, 42).await;
        assert!(claim(&store, chat).await.is_none(), "after it is done");
        place.open().await.inbox.put(&[Incoming { update_id: 7, chat: 42, update: b"x" }]).await.expect("taken");
        assert!(claim(&store, chat).await.is_none(), "after a restart");
    }

    async fn the_same_update_twice_in_a_batch_is_stored_once(place: &Place) {
        let store = place.open().await;
        let twice = [Incoming { update_id: 7, chat: 42, update: b"x" }; 2];
        store.inbox.put(&twice).await.expect("taken");
        assert_eq!(store.inbox.depth().await.expect("counted").waiting, 1);
    }

    async fn numbers_of_done_updates_are_deleted_after_an_hour(place: &Place) {
        let store = place.open().await;
        let chat = put(&store, 7, 42).await;
        store.inbox.done(claim(&store, chat).await.expect("an update")).await;
        place.pass(MINUTE * 59);
        store.tend().await;
        put(&store, 7, 42).await;
        assert!(claim(&store, chat).await.is_none(), "known for an hour");
        place.pass(MINUTE * 2);
        store.tend().await;
        put(&store, 7, 42).await;
        assert!(claim(&store, chat).await.is_some(), "forgotten then");
    }

    async fn what_a_killed_process_left_is_handled_after_the_start(place: &Place) {
        let before = place.open().await;
        let chat = put(&before, 7, 42).await;
        put(&before, 8, 42).await;
        put(&before, 9, 43).await;
        // Killed: the claim neither ends nor is dropped.
        std::mem::forget(claim(&before, chat).await);

        let after = place.open().await;
        let mut waiting = after.inbox.resume().await.expect("the store answers");
        if !place.url.starts_with("sqlite") {
            assert_eq!(waiting.len(), 1, "another replica may hold the claim");
            place.pass(MINUTE);
            waiting = after.tend().await;
        }
        assert_eq!(waiting.len(), 2);
        assert_eq!(waiting[0], chat, "longest waiting first");
        let again = claim(&after, chat).await.expect("an update");
        assert_eq!((again.update_id, again.tries), (7, 2));
    }

    async fn two_replicas_share_the_work_without_doing_any_twice(place: &Place) {
        let replicas = [Arc::new(place.open().await), Arc::new(place.open().await)];
        let mut chats = Vec::new();
        for update in 0..60 {
            chats.push(put(&replicas[0], update, update % 6).await);
        }
        let handled: Arc<Mutex<Vec<i64>>> = Arc::default();
        let mut tasks = tokio::task::JoinSet::new();
        for (store, chat) in replicas.iter().flat_map(|s| chats[..6].iter().map(move |c| (s, *c))) {
            let (store, handled) = (store.clone(), handled.clone());
            tasks.spawn(async move {
                // Idle rounds: the other replica may have the chat in hand just now.
                for _ in 0..50 {
                    while let Some(claim) = claim(&store, chat).await {
                        handled.lock().expect("no panic").push(claim.update_id);
                        tokio::task::yield_now().await;
                        store.inbox.done(claim).await;
                    }
                    tokio::task::yield_now().await;
                }
            });
        }
        while let Some(end) = tasks.join_next().await {
            end.expect("no panic");
        }
        let handled = handled.lock().expect("no panic");
        let mut of_chat: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for update in handled.iter() {
            of_chat.entry(update % 6).or_default().push(*update);
        }
        for (chat, updates) in of_chat {
            assert_eq!(updates, (0..10).map(|n| n * 6 + chat).collect::<Vec<_>>());
        }
        assert_eq!(handled.len(), 60);
    }

    async fn a_dead_replicas_claim_runs_out_and_a_living_ones_does_not(place: &Place) {
        let (living, other) = (place.open().await, place.open().await);
        let (slow, left) = (put(&living, 1, 42).await, put(&living, 2, 43).await);
        let in_hand = claim(&living, slow).await.expect("an update");
        drop(claim(&living, left).await);
        for _ in 0..20 {
            place.pass(TEND_EVERY);
            living.tend().await;
        }
        assert_eq!(other.tend().await, [left], "only the one that nobody holds");
        assert!(claim(&other, slow).await.is_none());
        living.inbox.done(in_hand).await;
    }

    async fn a_failed_update_is_tried_again_after_a_pause(place: &Place) {
        let store = place.open().await;
        let chat = put(&store, 7, 42).await;
        put(&store, 8, 42).await;
        let first = claim(&store, chat).await.expect("an update");
        let failure = store.inbox.failed(first).await.expect("the store answers");
        assert_eq!(failure, Failure::Again(Duration::from_secs(1)));
        assert!(claim(&store, chat).await.is_none(), "not at once, nor the one after it");
        place.pass(Duration::from_secs(1));
        assert_eq!(store.tend().await, [chat]);
        let again = claim(&store, chat).await.expect("an update");
        assert_eq!((again.update_id, again.tries), (7, 2));
    }

    async fn an_outage_is_no_fault_of_the_update(place: &Place) {
        let store = place.open().await;
        let chat = put(&store, 7, 42).await;
        let pause = Duration::from_secs(600);
        for _ in 0..2 * MAX_TRIES {
            let first = claim(&store, chat).await.expect("it is tried again");
            assert_eq!(first.tries, 1, "earlier tries do not count");
            let failure = store.inbox.postpone(first, pause).await.expect("the store answers");
            assert_eq!(failure, Failure::Again(pause));
            place.pass(pause - Duration::from_secs(1));
            assert!(claim(&store, chat).await.is_none(), "the pause is obeyed");
            place.pass(Duration::from_secs(1));
        }
    }

    async fn what_cannot_be_answered_for_a_day_is_set_aside(place: &Place) {
        let store = place.open().await;
        let chat = put(&store, 7, 42).await;
        put(&store, 8, 42).await;
        place.pass(DAY);
        let first = claim(&store, chat).await.expect("it is young enough");
        store.inbox.postpone(first, Duration::ZERO).await.expect("the store answers");
        place.pass(DAY);
        let first = claim(&store, chat).await.expect("it is there");
        let failure = store.inbox.postpone(first, Duration::ZERO).await.expect("the store answers");
        assert_eq!(failure, Failure::SetAside);
        assert_eq!(store.inbox.depth().await.expect("the store answers").poisoned, 1);
        let next = claim(&store, chat).await.expect("the chat goes on");
        assert_eq!(next.update_id, 8);
    }

    async fn an_update_that_fails_five_times_is_set_aside_and_the_next_one_comes(place: &Place) {
        let store = place.open().await;
        let chat = put(&store, 7, 42).await;
        put(&store, 8, 42).await;
        for tries in 1..=MAX_TRIES {
            let again = claim(&store, chat).await.expect("an update");
            assert_eq!((again.update_id, again.tries), (7, tries));
            let failure = store.inbox.failed(again).await.expect("the store answers");
            assert_eq!(failure == Failure::SetAside, tries == MAX_TRIES);
            place.pass(MINUTE);
        }
        assert_eq!(claim(&store, chat).await.map(|c| c.update_id), Some(8));
        let depth = store.inbox.depth().await.expect("counted");
        assert_eq!((depth.waiting, depth.poisoned), (1, 1));
        put(&store, 7, 42).await;
        assert_eq!(store.inbox.depth().await.expect("counted").poisoned, 1, "delivered again");
        place.pass(DAY * 8);
        store.tend().await;
        assert_eq!(store.inbox.depth().await.expect("counted").poisoned, 0, "after a week");
    }

    async fn an_update_that_kills_the_process_five_times_is_set_aside(place: &Place) {
        let chat = put(&place.open().await, 7, 42).await;
        for tries in 1..=MAX_TRIES {
            place.pass(MINUTE);
            let store = place.open().await;
            store.inbox.resume().await.expect("the store answers");
            let killed = claim(&store, chat).await.expect("an update");
            assert_eq!(killed.tries, tries);
            std::mem::forget(killed);
        }
        place.pass(MINUTE);
        let store = place.open().await;
        store.inbox.resume().await.expect("the store answers");
        assert!(claim(&store, chat).await.is_none());
        assert_eq!(store.inbox.depth().await.expect("counted").poisoned, 1);
    }

    async fn an_update_in_hand_while_others_end_the_process_is_never_set_aside(place: &Place) {
        let chat = put(&place.open().await, 7, 42).await;
        for _ in 0..3 * MAX_TRIES {
            place.pass(MINUTE);
            let store = place.open().await;
            store.inbox.resume().await.expect("the store answers");
            let mut waiting = claim(&store, chat).await.expect("it is tried again");
            store.inbox.survived(&mut waiting).await;
            std::mem::forget(waiting);
        }
    }

    async fn those_that_stand_by_when_one_update_ends_the_process_again_and_again_are_kept(place: &Place) {
        let first = place.open().await;
        let mut chats = Vec::new();
        for update in 0..9 {
            chats.push(put(&first, update, 40 + update).await);
        }
        let killer = chats[4];
        // At the first death everything is in hand.
        for chat in &chats {
            std::mem::forget(claim(&first, *chat).await);
        }
        for _ in 1..MAX_TRIES {
            place.pass(MINUTE);
            let store = Arc::new(place.open().await);
            let (dead, mut workers) = (Arc::new(AtomicU64::new(0)), tokio::task::JoinSet::new());
            for chat in store.inbox.resume().await.expect("the store answers") {
                let (store, dead) = (store.clone(), dead.clone());
                workers.spawn(async move {
                    let Some(mut claim) = claim(&store, chat).await else { return };
                    if chat == killer {
                        dead.store(1, Ordering::Relaxed);
                    }
                    tokio::task::yield_now().await;
                    if dead.load(Ordering::Relaxed) == 0 {
                        store.inbox.survived(&mut claim).await;
                    }
                    // The process is gone before any reply is.
                    std::mem::forget(claim);
                });
            }
            // Long enough for everyone who does not have to wait for the killer.
            let _ = tokio::time::timeout(Duration::from_millis(300), async {
                while workers.join_next().await.is_some() {}
            })
            .await;
            assert_eq!(dead.load(Ordering::Relaxed), 1, "it was begun");
        }
        place.pass(MINUTE);
        let store = place.open().await;
        assert_eq!(store.inbox.resume().await.expect("the store answers").len(), 9);
        for chat in chats {
            let again = claim(&store, chat).await;
            assert_eq!(again.is_none(), chat == killer, "{:?}", again.map(|c| c.tries));
        }
        let depth = store.inbox.depth().await.expect("counted");
        assert_eq!((depth.waiting, depth.poisoned), (8, 1));
    }

    async fn a_failure_counts_although_the_process_survived_it(place: &Place) {
        let store = place.open().await;
        let chat = put(&store, 7, 42).await;
        for tries in 1..=MAX_TRIES {
            let mut again = claim(&store, chat).await.expect("an update");
            assert_eq!(again.tries, tries);
            store.inbox.survived(&mut again).await;
            store.inbox.failed(again).await.expect("the store answers");
            place.pass(MINUTE);
        }
        assert!(claim(&store, chat).await.is_none(), "set aside");
    }

    async fn after_a_new_token_old_updates_are_set_aside_and_counted(place: &Place) {
        put(&place.open().await, 7, 42).await;
        let rotated = place.open_with("123456:another-token").await;
        let waiting = rotated.inbox.resume().await.expect("the store answers");
        assert_eq!(waiting.len(), 1);
        assert!(claim(&rotated, waiting[0]).await.is_none());
        let depth = rotated.inbox.depth().await.expect("counted");
        assert_eq!((depth.waiting, depth.unreadable), (0, 1));

        // A wrong token put right again: nothing is lost.
        let back = place.open().await;
        let waiting = back.inbox.resume().await.expect("the store answers");
        let claim = claim(&back, waiting[0]).await.expect("an update");
        assert_eq!(claim.update, content(7, 42).as_bytes());
    }

    async fn an_unreadable_update_is_replaced_when_it_is_delivered_again(place: &Place) {
        put(&place.open().await, 7, 42).await;
        let rotated = place.open_with("123456:another-token").await;
        let waiting = rotated.inbox.resume().await.expect("the store answers");
        assert!(claim(&rotated, waiting[0]).await.is_none());
        let chat = put(&rotated, 7, 42).await;
        assert_eq!(claim(&rotated, chat).await.map(|c| c.update), Some(content(7, 42).into()));
        assert_eq!(rotated.inbox.depth().await.expect("counted").unreadable, 0);
    }

    async fn a_changed_row_is_set_aside_not_read(place: &Place) {
        let store = place.open().await;
        let chat = put(&store, 7, 42).await;
        let empty = if place.dir.is_some() { "x''" } else { "''::bytea" };
        place.sql(&format!("UPDATE inbox SET sealed = {empty}")).await;
        assert!(claim(&store, chat).await.is_none());
        assert_eq!(store.inbox.depth().await.expect("counted").unreadable, 1);
    }

    async fn nothing_personal_is_readable_in_the_database(place: &Place) {
        let store = place.open().await;
        let chat_id = 7_316_254_980_i64;
        let chat = put(&store, 1, chat_id).await;
        put(&store, 2, chat_id).await;
        store.inbox.done(claim(&store, chat).await.expect("an update")).await;
        store.referrals.remember(chat_id, "anna").await.expect("remembered");
        store.accounts.note("a-connection", chat_id, true).await.expect("noted");
        let until = UNIX_EPOCH + Duration::from_secs(NOON + 3600);
        store.accounts.pause("a-connection", chat_id, until).await.expect("noted");
        let bytes = place.bytes().await;
        let contains = |needle: &[u8]| bytes.windows(needle.len()).any(|w| w == needle);
        assert!(contains(b"anna"), "the search works");
        let hex = |bytes: [u8; 8]| bytes.map(|b| format!("{b:02x}")).concat();
        for needle in [
            b"hurt".to_vec(),
            b"a-connection".to_vec(),
            chat_id.to_string().into_bytes(),
            chat_id.to_be_bytes()[3..].to_vec(),
            chat_id.to_le_bytes()[..5].to_vec(),
            hex(chat_id.to_be_bytes()).into_bytes()[6..].to_vec(),
            TOKEN.split(':').next_back().expect("a secret").as_bytes().to_vec(),
        ] {
            assert!(!contains(&needle), "{:?}", String::from_utf8_lossy(&needle));
        }
    }

    async fn while_the_store_is_down_updates_are_handled_from_memory(place: &Place) {
        let store = place.open().await;
        let outage = place.outage().await;
        let chat = put(&store, 7, 42).await;
        put(&store, 8, 42).await;
        assert_eq!(store.health().updates_in_memory, 2);
        assert!(!store.health().reachable);
        for update in [7, 8] {
            assert_eq!(store.inbox.waiting().await, [chat]);
            let claim = claim(&store, chat).await.expect("an update");
            assert_eq!((claim.update_id, &claim.update), (update, &content(update, 42).into_bytes()));
            store.inbox.done(claim).await;
        }
        assert_eq!(store.health().updates_in_memory, 0);
        outage.rollback().await.expect("the lock ends");
    }

    async fn what_waited_in_memory_is_stored_when_the_database_is_back(place: &Place) {
        let store = place.open().await;
        let outage = place.outage().await;
        put(&store, 7, 42).await;
        store.tally.record(Event::Decided("answer"));
        store.tend().await;
        assert_eq!((store.health().updates_in_memory, store.health().counts_in_memory), (1, 1));
        outage.rollback().await.expect("the lock ends");
        back(&store).await;
        assert_eq!((store.health().updates_in_memory, store.health().counts_in_memory), (0, 0));
        assert_eq!(store.inbox.depth().await.expect("counted").waiting, 1);
        let report = place.report().await;
        let since = Day::of(UNIX_EPOCH);
        assert_eq!(report.decisions(since).await.expect("read"), [("answer".to_owned(), 1)]);
    }

    async fn an_update_done_while_the_store_is_down_is_not_handled_again(place: &Place) {
        let store = place.open().await;
        let chat = put(&store, 7, 42).await;
        let claim_before = claim(&store, chat).await.expect("an update");
        let outage = place.outage().await;
        store.inbox.done(claim_before).await;
        outage.rollback().await.expect("the lock ends");
        place.pass(MINUTE);
        back(&store).await;
        assert!(claim(&store, chat).await.is_none());
        assert_eq!(store.inbox.depth().await.expect("counted").waiting, 0);
    }

    async fn memory_is_bounded_and_what_does_not_fit_is_refused(place: &Place) {
        let store = place.open().await;
        let outage = place.outage().await;
        let batch: Vec<Incoming> = (0..4096)
            .map(|i| Incoming { update_id: i, chat: i, update: b"{}" })
            .collect();
        assert!(store.inbox.put(&batch).await.is_ok());
        let more = [Incoming { update_id: 5000, chat: 1, update: b"{}" }];
        assert!(matches!(store.inbox.put(&more).await, Err(StoreError::Full)));
        for i in 0..10_050 {
            store.tally.record(Event::Shown(entry(&format!("e{i}"))));
        }
        assert_eq!((store.health().counts_in_memory, store.health().counts_lost), (10_000, 50));
        outage.rollback().await.expect("the lock ends");
    }

    async fn counts_of_all_replicas_add_up(place: &Place) {
        let (one, other) = (place.open().await, place.open().await);
        let sore = entry("soreness-after");
        for store in [&one, &one, &other] {
            store.tally.record(Event::Shown(sore.clone()));
            store.tally.record(Event::Decided("answer"));
        }
        one.tally.record(Event::Helpful(sore.clone()));
        other.tally.record(Event::NotHelpful(sore.clone()));
        other.tally.record(Event::Shown(entry("does-it-hurt")));
        one.tend().await;
        other.tend().await;
        place.pass(DAY);
        one.tally.record(Event::Shown(sore));
        one.close().await.expect("written");

        let report = place.report().await;
        let today = Day::of((place.settings().clock)());
        let entries = report.entries(today.before(1)).await.expect("read");
        let rows: Vec<_> = entries
            .iter()
            .map(|e| (e.entry.as_str(), e.shown, e.helpful, e.not_helpful))
            .collect();
        assert_eq!(rows, [("soreness-after", 4, 1, 1), ("does-it-hurt", 1, 0, 0)]);
        let entries = report.entries(today).await.expect("read");
        assert_eq!((entries.len(), entries[0].shown), (1, 1), "today's only");
        assert_eq!(report.decisions(today.before(1)).await.expect("read"), [("answer".to_owned(), 3)]);
    }

    async fn an_unanswered_question_is_counted_and_kept_for_its_time(place: &Place) {
        let store = place.open().await;
        let redactor = Redactor::learn(&faq::load::load(&faq::Tree::built_in()).expect("the FAQ"));
        let ask = |question: &str| {
            store.tally.record(Event::Unanswered(redactor.redact(question)));
        };
        ask("Do you sell gift cards, I'm Sarah?");
        ask("do you sell gift cards im bob");
        ask("12345 😀");
        ask("can I bring my dog");
        store.tend().await;
        place.pass(DAY * 60);
        ask("do you sell gift cards, I am Eve!");
        store.tend().await;
        let kept = |place: &Place| {
            let settings = place.settings();
            async move {
                let report = Report::open(&settings).await.expect("the report opens");
                let rows = report.unanswered().await.expect("read").into_iter();
                rows.map(|q| (q.words, q.count, q.first_day, q.last_day)).collect::<Vec<_>>()
            }
        };
        let cards = ("do you sell gift cards i am [name]".to_owned(), 3, "2026-11-21".to_owned(), "2027-01-20".to_owned());
        let dog = ("can i bring my dog".to_owned(), 1, "2026-11-21".to_owned(), "2026-11-21".to_owned());
        assert_eq!(kept(place).await, [cards.clone(), dog]);
        place.pass(DAY * 31);
        store.tend().await;
        assert_eq!(kept(place).await, [cards], "90 days after it was last asked");
        place.pass(DAY * 60);
        store.tend().await;
        assert_eq!(kept(place).await, []);
    }

    async fn a_chat_is_recognised_by_its_code_until_it_is_forgotten(place: &Place) {
        let store = place.open().await;
        assert_eq!(store.referrals.code(42).await.expect("read"), None);
        store.referrals.remember(42, "anna").await.expect("written");
        store.referrals.remember(42, "ben").await.expect("written");
        store.referrals.remember(43, "anna").await.expect("written");
        assert_eq!(store.referrals.code(42).await.expect("read").as_deref(), Some("ben"));
        let report = place.report().await;
        let codes = [("anna".to_owned(), 1), ("ben".to_owned(), 1)];
        assert_eq!(report.referrals().await.expect("read"), codes);
        let other_token = place.open_with("123456:another-token").await;
        assert_eq!(other_token.referrals.code(42).await.expect("read"), None);
        store.forget(42).await.expect("forgotten");
        assert_eq!(store.referrals.code(42).await.expect("read"), None);
        assert_eq!(store.referrals.code(43).await.expect("read").as_deref(), Some("anna"));
    }

    async fn what_comes_of_a_link_is_counted_by_day(place: &Place) {
        let store = place.open().await;
        assert!(store.referrals.remember(42, "anna").await.expect("written"));
        assert!(!store.referrals.remember(42, "anna").await.expect("written"), "known");
        assert!(store.referrals.remember(42, "ben").await.expect("written"), "another link");
        let asked = |code: &str| store.tally.record(Event::AskedBy(code.to_owned()));
        store.tally.record(Event::CameBy("anna".to_owned()));
        asked("anna");
        store.tally.record(Event::Decided("answer"));
        store.tally.record(Event::Decided("abstain"));
        store.tally.record(Event::Decided("small-talk"));
        store.tend().await;
        place.pass(DAY);
        asked("anna");
        asked("ben");
        store.tally.record(Event::Decided("red-flag"));
        let (report, today) = store.report().await;
        let links = |since| {
            let report = &report;
            async move {
                let links = report.links(since).await.expect("read").into_iter();
                links.map(|l| (l.code, l.chats, l.questions)).collect::<Vec<_>>()
            }
        };
        let row = |code: &str, chats, questions| (code.to_owned(), chats, questions);
        assert_eq!(links(today.before(1)).await, [row("anna", 1, 2), row("ben", 0, 1)]);
        assert_eq!(links(today).await, [row("anna", 0, 1), row("ben", 0, 1)]);
        let questions = report.questions(today.before(1)).await.expect("read");
        let expected = [(today.before(1).to_string(), 2), (today.to_string(), 1)];
        assert_eq!(questions, expected, "small talk is no question");
    }

    async fn an_account_is_known_until_its_owner_is_forgotten(place: &Place) {
        let store = place.open().await;
        let accounts = &store.accounts;
        assert_eq!(accounts.may_reply("c1").await.expect("read"), None);
        accounts.note("c1", 7, true).await.expect("written");
        accounts.note("c2", 8, true).await.expect("written");
        assert_eq!(accounts.may_reply("c1").await.expect("read"), Some(true));
        accounts.note("c1", 7, false).await.expect("written");
        let again = place.open().await;
        assert_eq!(again.accounts.may_reply("c1").await.expect("read"), Some(false));
        let until = UNIX_EPOCH + Duration::from_secs(NOON + 3600);
        accounts.pause("c1", 42, until).await.expect("written");
        store.forget(7).await.expect("forgotten");
        assert_eq!(accounts.may_reply("c1").await.expect("read"), None);
        assert!(!accounts.is_paused("c1", 42).await.expect("read"), "the owner's pauses go, too");
        assert_eq!(accounts.may_reply("c2").await.expect("read"), Some(true));
        place.pass(DAY * 366);
        store.tend().await;
        assert_eq!(accounts.may_reply("c2").await.expect("read"), None, "a year unused");
    }

    async fn a_pause_holds_in_one_chat_of_one_account_until_it_ends(place: &Place) {
        let store = place.open().await;
        let at = |hours: u64| UNIX_EPOCH + Duration::from_secs(NOON + hours * 3600);
        store.accounts.pause("c1", 42, at(2)).await.expect("written");
        store.accounts.pause("c1", 42, at(1)).await.expect("written");
        store.accounts.pause("c2", 43, at(2)).await.expect("written");
        let accounts = place.open().await;
        let accounts = &accounts.accounts;
        assert!(accounts.is_paused("c1", 42).await.expect("read"), "after a restart");
        assert!(!accounts.is_paused("c1", 43).await.expect("read"));
        assert!(!accounts.is_paused("c2", 42).await.expect("read"));
        place.pass(MINUTE * 119);
        store.tend().await;
        assert!(accounts.is_paused("c1", 42).await.expect("read"), "the longer one counts");
        store.forget(43).await.expect("forgotten");
        assert!(!accounts.is_paused("c2", 43).await.expect("read"), "the client is forgotten");
        place.pass(MINUTE);
        assert!(!accounts.is_paused("c1", 42).await.expect("read"), "over");
        store.tend().await;
        assert!(!accounts.is_paused("c1", 42).await.expect("read"));
    }

    async fn a_code_is_kept_for_a_year_after_it_was_last_of_use(place: &Place) {
        let store = place.open().await;
        store.referrals.remember(42, "anna").await.expect("written");
        for _ in 0..2 {
            place.pass(DAY * 300);
            store.tend().await;
            assert!(store.referrals.code(42).await.expect("read").is_some());
        }
        place.pass(DAY * 366);
        store.tend().await;
        assert_eq!(store.referrals.code(42).await.expect("read"), None);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_the_database_file() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::sqlite("only_its_owner_can_read_the_database_file");
    let dir = place.dir.clone().expect("SQLite has a folder");
    std::fs::write(dir.join("store.db"), "").expect("an empty file");
    let open_to_all = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(dir.join("store.db"), open_to_all).expect("its mode");
    let store = place.open().await;
    put(&store, 7, 42).await;
    let files: Vec<_> = std::fs::read_dir(&dir)
        .expect("the folder")
        .flatten()
        .collect();
    assert!(
        files.len() > 1,
        "the log beside the database is one of them"
    );
    for file in files {
        let mode = file.metadata().expect("its mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_named_in_the_error() {
    let place = Place::sqlite("a_database_that_cannot_be_used_is_named_in_the_error");
    let error = |outcome: Result<Report, StoreError>| outcome.err().expect("an error").to_string();
    let missing = error(Report::open(&place.settings()).await);
    assert!(
        missing.contains("there is no database at") && missing.contains("store.db"),
        "{missing}"
    );

    place.open().await.close().await.expect("closed");
    place
        .sql("UPDATE _sqlx_migrations SET version = version + 95")
        .await;
    let newer = error(Report::open(&place.settings()).await);
    assert!(newer.contains("schema 99, this one has 4"), "{newer}");

    let dir = place.dir.clone().expect("SQLite has a folder");
    std::fs::write(
        dir.join("text.db"),
        "no database at all, but a text that is long enough",
    )
    .expect("written");
    let mut settings = place.settings();
    settings.url = format!("sqlite://{}", dir.join("text.db").display());
    let text = error(Report::open(&settings).await);
    assert!(
        text.contains("text.db") && text.contains("not a database"),
        "{text}"
    );
    assert!(Store::open(&settings, &Secret::new(TOKEN)).await.is_err());

    settings.url = "postgres://bot:s3cret@127.0.0.1:1/none".to_owned();
    let absent = error(Report::open(&settings).await);
    assert!(
        absent.contains("postgres://127.0.0.1:1/none") && !absent.contains("s3cret"),
        "{absent}"
    );
    settings.url = "mysql://x".to_owned();
    assert!(matches!(
        Report::open(&settings).await,
        Err(StoreError::BadUrl)
    ));
}

/// A database of questions, counts and codes, and the small FAQ that it belongs to.
async fn filled(test: &str) -> (Place, PathBuf) {
    let place = Place::sqlite(test);
    let folder = process::folder(&format!("{test}-faq"), &process::LIBRARY);
    let faq = faq::load::load(&faq::Tree::read(&folder).expect("the files")).expect("the FAQ");
    let redactor = Redactor::learn(&faq);
    // As of now, since the program has no other clock.
    let mut settings = place.settings();
    settings.clock = Arc::new(std::time::SystemTime::now);
    let store = Store::open(&settings, &Secret::new(TOKEN))
        .await
        .expect("the store opens");
    for (question, times) in [
        ("Can I print a photo here?", 4),
        ("can i print photos", 1),
        ("May I eat my sandwich, I'm Bob Hope", 1),
        ("may I eat my sandwich inside", 1),
        ("eat a sandwich?", 1),
        ("does Katarzyna work here", 1),
    ] {
        for _ in 0..times {
            store
                .tally
                .record(Event::Unanswered(redactor.redact(question)));
            store.tally.record(Event::Decided("abstain"));
        }
    }
    store.tally.record(Event::Decided("answer"));
    store.tally.record(Event::Shown(entry("opening-hours")));
    store.tally.record(Event::Helpful(entry("opening-hours")));
    store.referrals.remember(42, "anna").await.expect("written");
    store.tally.record(Event::CameBy("anna".to_owned()));
    for _ in 0..3 {
        store.tally.record(Event::AskedBy("anna".to_owned()));
    }
    store.close().await.expect("written");
    (place, folder)
}

fn backtalk(place: &Place, faq: &std::path::Path, arguments: &[&str]) -> process::Outcome {
    let mut command = process::backtalk(arguments);
    command.env("DATABASE_URL", &place.url).env("FAQ_DIR", faq);
    process::run(command, "")
}

/// Without the days, which are whichever they are.
fn dateless(text: &str) -> String {
    let today = Day::of(std::time::SystemTime::now());
    let days = [today, today.before(29)].map(|day| day.to_string());
    days.iter()
        .fold(text.to_owned(), |text, day| text.replace(day, "YYYY-MM-DD"))
}

/// Without the scores and margins, which move with everything that the matcher learns; what they are is tested there.
fn scoreless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("0.") {
        let (before, score) = rest.split_at(at + 2);
        let digits = score.chars().take_while(char::is_ascii_digit).count();
        out.push_str(before);
        out.push_str(&"#".repeat(digits));
        rest = &score[digits..];
    }
    out + rest
}

#[tokio::test]
async fn unanswered_lists_what_several_asked_with_the_nearest_entry() {
    let (place, faq) = filled("unanswered_lists").await;
    let few = backtalk(&place, &faq, &["unanswered"]);
    assert_eq!((few.code, few.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!("unanswered", scoreless(&dateless(&few.stdout)));
    let all = backtalk(&place, &faq, &["unanswered", "--all"]);
    insta::assert_snapshot!("unanswered-all", scoreless(&dateless(&all.stdout)));
    let csv = backtalk(&place, &faq, &["unanswered", "--csv"]);
    insta::assert_snapshot!("unanswered-csv", scoreless(&dateless(&csv.stdout)));
}

#[tokio::test]
async fn stats_are_a_table_or_csv() {
    let (place, faq) = filled("stats_are_a_table_or_csv").await;
    let table = backtalk(&place, &faq, &["stats"]);
    assert_eq!((table.code, table.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!("stats", dateless(&table.stdout));
    let csv = backtalk(&place, &faq, &["stats", "--days", "1", "--csv"]);
    insta::assert_snapshot!("stats-csv", csv.stdout);
}

#[test]
fn reports_on_no_database_or_bad_settings_fail_in_one_line() {
    let place = Place::sqlite("reports_on_no_database");
    let faq = process::folder("reports-faq", &process::LIBRARY);
    for command in ["stats", "unanswered"] {
        let outcome = backtalk(&place, &faq, &[command]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""));
        assert!(
            outcome.stderr.contains("there is no database at"),
            "{}",
            outcome.stderr
        );
        assert_eq!(outcome.stderr.lines().count(), 1);

        let mut wrong = process::backtalk(&[command]);
        wrong.env("UNANSWERED_DAYS", "soon").env("FAQ_DIR", &faq);
        let outcome = process::run(wrong, "");
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        assert!(
            outcome
                .stderr
                .contains("UNANSWERED_DAYS is no number of days")
        );
    }
}

/// What an update costs, from its delivery to its removal, without the reply itself. Run with `--release` and
/// `--nocapture`; `TEST_POSTGRES_URL` measures PostgreSQL as well.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, not a check"]
async fn cost_of_an_update() {
    let mut places = vec![("SQLite", Place::sqlite("cost_of_an_update"))];
    if std::env::var("TEST_POSTGRES_URL").is_ok() {
        places.push(("PostgreSQL", Place::postgres("cost_of_an_update").await));
    }
    for (name, place) in places {
        let mut settings = place.settings();
        settings.patience = Duration::from_secs(5);
        let token = Secret::new(TOKEN);
        let store = Arc::new(
            Store::open(&settings, &token)
                .await
                .expect("the store opens"),
        );
        for (batch, chats) in [(1, 1), (100, 100)] {
            let update = vec![b'x'; 600];
            let start = std::time::Instant::now();
            let mut put = Duration::ZERO;
            let rounds = 2000 / batch;
            for round in 0..rounds {
                let first = batch * 1_000_000 + round * batch;
                let incoming: Vec<Incoming> = (first..first + batch)
                    .map(|id| Incoming {
                        update_id: id,
                        chat: id % chats,
                        update: &update,
                    })
                    .collect();
                let began = std::time::Instant::now();
                let named = store.inbox.put(&incoming).await.expect("taken");
                put += began.elapsed();
                let mut workers = tokio::task::JoinSet::new();
                for chat in named {
                    let store = store.clone();
                    workers.spawn(async move {
                        while let Some(claim) = claim(&store, chat).await {
                            store.inbox.done(claim).await;
                        }
                    });
                }
                while workers.join_next().await.is_some() {}
            }
            assert_eq!(store.inbox.depth().await.expect("counted").waiting, 0);
            let each = |time: Duration| time.as_micros() / 2000;
            println!(
                "{name}, batches of {batch}: {} µs an update, {} µs of it put; {:.0} updates a second",
                each(start.elapsed()),
                each(put),
                2000.0 / start.elapsed().as_secs_f64()
            );
        }
    }
}

/// Tends until the store has found the database again.
async fn back(store: &Store) {
    for _ in 0..100 {
        store.tend().await;
        if store.health().reachable {
            store.tend().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the store does not come back: {:?}", store.health());
}
