//! A store in memory, for nodes that are threads of one program: in tests, and to tell a story.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use super::{Seen, Store, StoreError, What, When};

/// One who is connected to a store in memory. What it said for as long as it lives goes when it is
/// dropped.
pub struct Shared {
    all: Arc<Mutex<All>>,
    session: u64,
    members: Vec<String>,
}

#[derive(Default)]
struct All {
    revision: i64,
    values: BTreeMap<String, Value>,
}

struct Value {
    value: Vec<u8>,
    revision: i64,
    session: Option<u64>,
}

static SESSIONS: AtomicU64 = AtomicU64::new(0);

impl Shared {
    /// An empty store that these nodes keep.
    pub fn new(members: &[&str]) -> Self {
        Shared {
            all: Arc::default(),
            session: SESSIONS.fetch_add(1, Ordering::Relaxed),
            members: members.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Another one who is connected to the same store.
    #[must_use]
    pub fn connect(&self) -> Self {
        Shared {
            all: self.all.clone(),
            session: SESSIONS.fetch_add(1, Ordering::Relaxed),
            members: self.members.clone(),
        }
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Shared {
    fn read(&self, prefix: &str) -> Result<Seen, StoreError> {
        let all = self.all();
        let values = all.below(prefix);
        let values = values.map(|(key, value)| (key.clone(), value.value.clone()));
        Ok(Seen {
            revision: all.revision,
            values: values.collect(),
        })
    }

    fn write(&self, when: &[When], what: &[What]) -> Result<bool, StoreError> {
        let mut all = self.all();
        if !when.iter().all(|one| all.holds(one)) {
            return Ok(false);
        }
        all.revision += 1;
        for one in what {
            all.carry_out(one, self.session);
        }
        Ok(true)
    }

    fn members(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.members.clone())
    }

    fn pause(&self) {
        sleep(Duration::from_millis(5));
    }
}

impl All {
    fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let values = self.values.range(prefix.to_owned()..);
        values.take_while(move |(key, _)| key.starts_with(prefix))
    }

    fn holds(&self, when: &When) -> bool {
        match when {
            When::Is(key, value) => {
                self.values.get(key).map(|found| &found.value) == value.as_ref()
            }
            When::IsThere(key) => self.values.contains_key(key),
            When::NothingAfter(prefix, revision) => self
                .below(prefix)
                .all(|(_, value)| value.revision <= *revision),
        }
    }

    fn carry_out(&mut self, what: &What, session: u64) {
        let (key, value, session) = match what {
            What::Put(key, value) => (key, value, None),
            What::PutWhileAlive(key, value) => (key, value, Some(session)),
            What::Remove(prefix) => {
                return self.values.retain(|key, _| !key.starts_with(prefix));
            }
        };
        let value = Value {
            value: value.clone(),
            revision: self.revision,
            session,
        };
        self.values.insert(key.clone(), value);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let session = Some(self.session);
        self.all()
            .values
            .retain(|_, value| value.session != session);
    }
}
