//! The parts that pages are made of: one file each.

pub mod call_details;
pub mod call_heading;
pub mod call_keys;
pub mod call_progress;
pub mod call_row;
pub mod criterion_card;
pub mod error_panel;
pub mod flag_card;
pub mod flag_list;
pub mod header;
pub mod icon;
pub mod moment;
pub mod player;
pub mod queue_list;
pub mod recording;
pub mod severity_badge;
pub mod signed_in;
pub mod skeleton;
pub mod state_tabs;
pub mod status_badge;
pub mod transcript;
pub mod transcript_line;
pub mod transcript_search;
pub mod waveform;
