//! What people choose by its title: rules, verticals.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What stands for it in filters and answers.
    pub key: String,
    pub title: String,
}
