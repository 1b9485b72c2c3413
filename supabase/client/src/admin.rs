//! What admins see: rules, rulesets, failed calls and people.
