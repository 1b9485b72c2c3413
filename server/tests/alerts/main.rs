//! Alerts that reach people: each fault is caused for real, on the embedded stack, and exactly one message about it
//! and one about its end come to a stand-in for Slack, whatever becomes of the messages on the way.

mod bad_channels;
mod faults;
mod scene;
