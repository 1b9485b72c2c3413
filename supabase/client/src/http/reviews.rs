//! What people say about a call, and who has it open.
