//! The collector that spans are sent to.

use supabase_client::http::traces::TraceSettings;

use super::{Tried, shown};

/// One request without spans.
pub async fn endpoint(collector: &TraceSettings) -> Tried {
    let address = shown(collector.url());
    match collector.try_out().await {
        Ok(200..=299) => Ok(format!("{address} takes spans")),
        Ok(401 | 403) => {
            Err(format!("{address} refuses the headers. Compare CALLSCRIPT_SERVER_OTLP_HEADERS."))
        }
        Ok(404 | 405) => {
            Err(format!("nobody takes spans at {address}. Is it the port for OTLP over HTTP, usually 4318?"))
        }
        Ok(status) => Err(format!("{address} answers {status}.")),
        Err(failure) => Err(format!("{failure} ({address}). Does this machine reach it?")),
    }
}
