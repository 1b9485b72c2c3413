//! What server functions need besides their arguments.

use supabase_client::http::Supabase;
use url::Url;

use crate::lazy_pages::PageFiles;
use crate::session::SessionCookies;

/// Provided as context to every page and every server function.
#[derive(Clone)]
pub struct AppState {
    pub supabase: Supabase,
    /// Supabase as the browser reaches it; links to recordings start here.
    pub supabase_public_url: Url,
    /// Supabase Studio, where rules and roles are changed; absent where none is known.
    pub studio_url: Option<Url>,
    pub cookies: SessionCookies,
    pub page_files: PageFiles,
}

impl AppState {
    /// Turns a link that Storage gave to this server into one that the browser can follow.
    pub fn as_browser_sees(&self, link: &str) -> Result<String, url::ParseError> {
        let signed = Url::parse(link)?;
        let mut seen = self.supabase_public_url.clone();
        seen.set_path(signed.path());
        seen.set_query(signed.query());
        Ok(seen.into())
    }
}
