//! What the server does once and then ends, for people: each prints what it found and tells by its exit
//! code whether all is well.

pub mod audit_storage;
pub mod doctor;
pub mod reingest;
