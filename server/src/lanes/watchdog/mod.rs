//! The watchdog: has every limit checked once a minute, and sends what there is to tell out of the database's
//! outbox. It measures nothing itself: the limits and what passes them are the database's, so that the dashboard says
//! the same.

mod address;
mod payload;
mod post;

use std::time::Duration;

use futures::future;
use supabase_client::alert_message::{AlertChannel, AlertEvent, AlertMessage};
use supabase_client::http::Error;
use tracing::{error, info, warn};
use url::Url;

pub use self::address::Address;
use self::post::{Poster, Refused};
use super::{Context, Patience};

/// How long a message waits at most until somebody looks for it.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How often is checked, and who is told.
#[derive(Debug, Clone)]
pub struct WatchdogSettings {
    pub every: Duration,
    /// Slack's incoming webhook.
    pub slack: Option<Address>,
    /// Another address that takes JSON.
    pub webhook: Option<Address>,
    /// The review app's, for links.
    pub public_url: Option<Url>,
}

/// Checks and tells until asked to stop.
pub async fn run(context: Context, settings: WatchdogSettings) -> Result<(), reqwest::Error> {
    let poster = Poster::new(&context)?;
    let WatchdogSettings { every, slack, webhook, public_url } = settings;
    if slack.is_none() && webhook.is_none() {
        warn!(
            "nobody is told of alerts: neither CALLSCRIPT_WATCHDOG_SLACK_URL nor CALLSCRIPT_WATCHDOG_WEBHOOK_URL is set"
        );
    }
    let channels = [(AlertChannel::Slack, slack), (AlertChannel::Webhook, webhook)];
    let told = channels.into_iter().filter_map(|(channel, address)| Some((channel, address?)));
    let tells = told.map(|(channel, address)| {
        let sender =
            Sender { context: &context, poster: &poster, channel, address, public_url: public_url.as_ref() };
        sender.send_until_stopped(every.min(LOOK_EVERY))
    });
    tokio::join!(check_until_stopped(&context, every), future::join_all(tells));
    Ok(())
}

async fn check_until_stopped(context: &Context, every: Duration) {
    while !context.stop.is_cancelled() {
        if let Some(Err(failure)) = context.stop.run_until_cancelled(context.api.watch(&context.worker)).await
        {
            warn!(error = %failure, "the limits could not be checked");
        }
        context.pause(every).await;
    }
}

/// What sends the messages of one channel.
struct Sender<'a> {
    context: &'a Context,
    poster: &'a Poster,
    channel: AlertChannel,
    address: Address,
    public_url: Option<&'a Url>,
}

impl Sender<'_> {
    /// One message after the other, so that nothing is over before it was told.
    async fn send_until_stopped(self, look_every: Duration) {
        let mut patience = Patience::new();
        while !self.context.stop.is_cancelled() {
            let pause = match self.send_next().await {
                Ok(true) => continue,
                Ok(false) => {
                    patience = Patience::new();
                    look_every
                }
                Err(failure) => {
                    let channel = self.channel;
                    warn!(?channel, error = %failure, "the outbox cannot be reached");
                    patience.next_pause()
                }
            };
            self.context.pause(pause).await;
        }
    }

    /// Whether there was a message. Once one was taken it is seen to its end, also while the lanes stop: its
    /// time limit is short, and to break off would be to send it twice.
    async fn send_next(&self) -> Result<bool, Error> {
        let Some(message) = self.context.api.claim_alert_message(self.channel).await? else {
            return Ok(false);
        };
        let payload = match self.channel {
            AlertChannel::Slack => payload::for_slack(&message, self.public_url),
            AlertChannel::Webhook => payload::for_webhook(&message, self.public_url),
        };
        match self.poster.post(&self.address, &payload).await {
            Ok(()) => self.note_sent(&message).await?,
            Err(refused) => self.note_failed(&message, &refused).await?,
        }
        Ok(true)
    }

    async fn note_sent(&self, message: &AlertMessage) -> Result<(), Error> {
        let AlertMessage { lease_token, event, kind, alerts, .. } = message;
        self.context.api.alert_message_sent(*lease_token).await?;
        info!(channel = ?self.channel, ?event, kind, alerts, "people were told");
        Ok(())
    }

    async fn note_failed(&self, message: &AlertMessage, refused: &Refused) -> Result<(), Error> {
        let AlertMessage { lease_token, event, kind, .. } = message;
        let (channel, permanent) = (self.channel, refused.is_permanent());
        if permanent && *event != AlertEvent::Over {
            error!(?channel, ?event, kind, error = %refused, "a message is given up");
        } else {
            warn!(?channel, ?event, kind, error = %refused, "people could not be told");
        }
        let error = refused.to_string();
        self.context.api.alert_message_failed(*lease_token, &error, permanent, refused.retry_after()).await?;
        Ok(())
    }
}
