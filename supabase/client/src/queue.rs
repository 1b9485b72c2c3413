//! The queue page: filters, pages, saved views, and who has which call open.
