//! Who asks.

use serde::{Deserialize, Serialize};

/// The signed-in person: what `api.me` returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// As text: browsers tell people apart by it and no more.
    pub user_id: String,
    pub email: String,
    pub role: Role,
}

/// `app_metadata.role` of a user; users cannot change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Reviewer,
    Admin,
    Worker,
}
