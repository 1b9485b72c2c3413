//! No host is asked for more than so many recordings at a time, however many wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

/// The slots of every host that was asked. Which hosts there can be, the allow list says.
pub struct HostSlots {
    each: usize,
    hosts: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// Leaves the host when dropped.
pub struct HostSlot {
    _permit: Option<OwnedSemaphorePermit>,
}

impl HostSlots {
    pub fn new(each: usize) -> Self {
        Self { each, hosts: Mutex::default() }
    }

    /// Waits for a slot at the link's host, first come, first served.
    pub async fn enter(&self, link: &Url) -> HostSlot {
        let host = link.host_str().unwrap_or_default().to_owned();
        let slots = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(hosts.entry(host).or_insert_with(|| Arc::new(Semaphore::new(self.each))))
        };
        // The semaphore is never closed.
        HostSlot { _permit: slots.acquire_owned().await.ok() }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_full_host_waits_and_others_do_not() {
        let slots = HostSlots::new(2);
        let (busy, other): (Url, Url) =
            ("https://busy.example/a".parse().unwrap(), "https://other.example/a".parse().unwrap());
        let (first, _second) = (slots.enter(&busy).await, slots.enter(&busy).await);
        assert!(slots.enter(&busy).now_or_never().is_none(), "the third has to wait");
        assert!(slots.enter(&other).now_or_never().is_some(), "at another host nobody is before it");
        drop(first);
        assert!(slots.enter(&busy).now_or_never().is_some(), "a slot that was left is free");
    }
}
