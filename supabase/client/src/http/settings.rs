//! Settings from the environment: what clap does not check.

/// Refuses environment variables that begin with one of `prefixes` and are not `known`: a setting
/// with a slip in its name would otherwise silently not count.
pub fn refuse_unknown(prefixes: &[&str], known: &[&str]) -> Result<(), String> {
    let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    refuse_unknown_names(names, prefixes, known)
}

/// Refuses a group of settings of which only some have a value. Each entry is the variable's name
/// and whether it is set.
pub fn refuse_half_set(group: &[(&str, bool)]) -> Result<(), String> {
    let names = |set: bool| {
        let names: Vec<&str> =
            group.iter().filter(|(_, is_set)| *is_set == set).map(|(name, _)| *name).collect();
        (names.join(", "), names.len())
    };
    let ((set, set_count), (missing, missing_count)) = (names(true), names(false));
    if set_count == 0 || missing_count == 0 {
        return Ok(());
    }
    Err(format!("{set} is set, but {missing} is not: set all of them or none."))
}

fn refuse_unknown_names(
    names: impl Iterator<Item = String>,
    prefixes: &[&str],
    known: &[&str],
) -> Result<(), String> {
    let mut unknown: Vec<String> = names
        .filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)))
        .filter(|name| !known.contains(&name.as_str()))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    unknown.sort();
    Err(format!("There is no setting {}; see --help for all settings.", unknown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::{refuse_half_set, refuse_unknown_names};

    fn refuse(names: &[&str]) -> Result<(), String> {
        let names = names.iter().map(|name| (*name).to_owned());
        refuse_unknown_names(names, &["CALLSCRIPT_WORKER_"], &["CALLSCRIPT_WORKER_MODEL"])
    }

    #[test]
    fn names_the_unknown_variable() {
        let sentence = refuse(&["CALLSCRIPT_WORKER_MODEL", "CALLSCRIPT_WORKER_MODLE"]).unwrap_err();
        assert_eq!(sentence, "There is no setting CALLSCRIPT_WORKER_MODLE; see --help for all settings.");
    }

    #[test]
    fn leaves_other_prefixes_alone() {
        assert_eq!(refuse(&["CALLSCRIPT_WORKER_MODEL", "CALLSCRIPT_SERVER_LISTEN", "PATH"]), Ok(()));
    }

    #[test]
    fn names_both_sides_of_a_half_set_group() {
        assert_eq!(refuse_half_set(&[("A", true), ("B", true)]), Ok(()));
        assert_eq!(refuse_half_set(&[("A", false), ("B", false)]), Ok(()));
        let sentence = refuse_half_set(&[("A", true), ("B", false)]).unwrap_err();
        assert_eq!(sentence, "A is set, but B is not: set all of them or none.");
    }
}
