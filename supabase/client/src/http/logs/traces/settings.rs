//! Where spans are sent, and with what.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, redirect};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::http::settings::refuse_half_set;

/// One request, from the connection to the last byte of the answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Above it the address ends.
const PATH: [&str; 2] = ["v1", "traces"];

/// A collector.
#[derive(Debug, Clone)]
pub struct TraceSettings {
    pub(super) url: Url,
    /// Marked as secrets, which no client writes out.
    headers: HeaderMap,
}

impl TraceSettings {
    /// The collector, if one is set: its address and its headers, each with its variable. `is_production` has
    /// headers travel encrypted only.
    ///
    /// # Errors
    /// A sentence that names the variable.
    pub fn read(
        (url_variable, url): (&str, Option<Url>),
        (headers_variable, headers): (&str, Option<&SecretString>),
        is_production: bool,
    ) -> Result<Option<Self>, String> {
        let Some(mut url) = url else {
            return refuse_half_set(&[(url_variable, false), (headers_variable, headers.is_some())])
                .map(|()| None);
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!(
                "{url_variable}: an address that begins with https:// or http:// is needed."
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!("{url_variable}: a password belongs into {headers_variable}."));
        }
        if headers.is_some() && is_production && url.scheme() != "https" {
            return Err(format!(
                "{url_variable} must begin with https:// in production: the headers travel with every request."
            ));
        }
        if url.path().trim_end_matches('/').ends_with("/v1/traces") {
            return Err(format!("{url_variable}: write the address without /v1/traces; it is added."));
        }
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(PATH);
        }
        let headers = headers.map(|headers| parse(headers.expose_secret())).transpose();
        let headers = headers.map_err(|wrong| format!("{headers_variable}: {wrong}"))?.unwrap_or_default();
        Ok(Some(Self { url, headers }))
    }

    /// The whole address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Sends a request without spans: the status of the answer, or why there is none.
    ///
    /// # Errors
    /// Words without the address.
    pub async fn try_out(&self) -> Result<u16, String> {
        let request = self.client()?.post(self.url.clone()).header(CONTENT_TYPE, "application/x-protobuf");
        // No bytes are a message without fields.
        let answer = request.body("").send().await;
        answer.map(|answer| answer.status().as_u16()).map_err(|failure| failure.without_url().to_string())
    }

    pub(super) fn client(&self) -> Result<Client, String> {
        Client::builder()
            .timeout(TIMEOUT)
            // The headers stay with the host that they were made for.
            .redirect(redirect::Policy::none())
            .default_headers(self.headers.clone())
            .build()
            .map_err(|error| format!("The client for the collector cannot be built: {error}."))
    }
}

/// `name=value,name=value`, the values percent-encoded where they need it, as `OTEL_EXPORTER_OTLP_HEADERS` has them.
/// What is wrong is told without the value.
fn parse(text: &str) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let wrong = || "write headers as name=value, separated by commas.".to_owned();
        let (name, value) = entry.split_once('=').ok_or_else(wrong)?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| wrong())?;
        let value: Vec<u8> = percent_decode_str(value.trim()).collect();
        let mut value = HeaderValue::from_bytes(&value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str, headers: &str, is_production: bool) -> Result<TraceSettings, String> {
        let url = (!url.is_empty()).then(|| url.parse().unwrap());
        let headers = (!headers.is_empty()).then(|| SecretString::from(headers));
        let read = TraceSettings::read(("URL", url), ("HEADERS", headers.as_ref()), is_production);
        read.transpose().unwrap_or_else(|| Err("none".to_owned()))
    }

    #[test]
    fn the_path_is_added_to_the_address() {
        for (address, whole) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://host.example/otlp/", "https://host.example/otlp/v1/traces"),
        ] {
            assert_eq!(read(address, "", true).unwrap().url().as_str(), whole);
        }
    }

    #[test]
    fn what_cannot_be_right_is_refused_with_its_variable() {
        assert_eq!(read("", "", true).unwrap_err(), "none");
        for (url, headers, beginning) in [
            ("", "authorization=x", "HEADERS is set, but URL is not"),
            ("ftp://host.example", "", "URL: an address that begins with https://"),
            ("https://somebody:secret@host.example", "", "URL: a password belongs into HEADERS"),
            ("http://host.example", "authorization=secret", "URL must begin with https:// in production"),
            ("https://host.example/v1/traces/", "", "URL: write the address without /v1/traces"),
            ("https://host.example", "secret", "HEADERS: write headers as name=value"),
            ("https://host.example", "a b=secret", "HEADERS: write headers as name=value"),
            ("https://host.example", "name=secret%0D%0Aother", "HEADERS: write headers as name=value"),
        ] {
            let sentence = read(url, headers, true).unwrap_err();
            assert!(sentence.starts_with(beginning) && !sentence.contains("secret"), "{sentence}");
        }
        assert!(read("http://host.example", "authorization=secret", false).is_ok());
    }

    #[test]
    fn headers_are_read_and_never_written_out() {
        let settings =
            read("https://host.example", "authorization=Basic%20c2Vj==, x-scope=of-mine", true).unwrap();
        assert_eq!(settings.headers["authorization"], "Basic c2Vj==");
        assert_eq!(settings.headers["x-scope"], "of-mine");
        let written = format!("{settings:?} {:?}", settings.client().unwrap());
        assert!(!written.contains("c2Vj") && !written.contains("of-mine"), "{written}");
    }
}
