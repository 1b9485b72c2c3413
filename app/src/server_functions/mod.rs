//! What the browser may ask this server: one file per function.
//!
//! Each acts with the asker's own token; the database decides what that person may do. Without a
//! session the answer is 401, with the wrong role 403.

pub mod act_on_calls;
pub mod add_comment;
pub mod add_flag;
pub mod delete_view;
pub mod hold_call;
pub mod leave_call;
pub mod lift_hold;
pub mod load_admin;
pub mod load_call;
pub mod load_dashboard;
pub mod load_me;
pub mod load_queue;
pub mod load_queue_choices;
pub mod load_report;
pub mod load_search_choices;
pub mod next_call;
pub mod pause_lane;
pub mod rejudge_call;
pub mod remove_comment;
pub mod review_flag;
pub mod save_view;
pub mod search_transcripts;
pub mod send_word;
pub mod settle_rule;
pub mod sign_in;
pub mod sign_out;
pub mod sign_recording;
pub mod touch_call;
pub mod withdraw_review;
