//! The settings of a program written out, for the documentation and for an environment file.

use std::fmt::Write as _;

use clap::{Arg, Command, ValueEnum};

/// How settings are written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SettingsForm {
    /// A table in Markdown
    Table,
    /// Lines of an environment file, each switched off
    Env,
}

/// Every setting of a program that is an environment variable as well, in the order of its `--help`.
#[must_use]
pub fn write_out(command: &Command, form: SettingsForm) -> String {
    let mut text = match form {
        SettingsForm::Table => "| Variable | Default | What it is |\n|---|---|---|\n".to_owned(),
        SettingsForm::Env => String::new(),
    };
    for argument in command.get_arguments() {
        let Some(name) = argument.get_env().map(|name| name.to_string_lossy().into_owned()) else { continue };
        let (default, about) = (default_of(argument), about(argument));
        let _ = match form {
            SettingsForm::Table => {
                let default = if default.is_empty() { default } else { format!("`{default}`") };
                writeln!(text, "| `{name}` | {default} | {} |", about.replace('|', "\\|"))
            }
            SettingsForm::Env => writeln!(text, "# {about}\n#{name}={default}"),
        };
    }
    text
}

fn default_of(argument: &Arg) -> String {
    let values = argument.get_default_values().iter().map(|value| value.to_string_lossy());
    values.collect::<Vec<_>>().join(",")
}

/// What the setting is, in one line, with what it may hold.
fn about(argument: &Arg) -> String {
    let help = argument.get_long_help().or_else(|| argument.get_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut about = format!("{}.", help.trim_end_matches('.'));
    let choices = argument.get_possible_values();
    if !choices.is_empty() {
        let choices: Vec<&str> = choices.iter().map(clap::builder::PossibleValue::get_name).collect();
        let _ = write!(about, " One of: {}.", choices.join(", "));
    }
    if argument.is_hide_env_values_set() {
        about.push_str(" Secret.");
    }
    about
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        Command::new("it")
            .arg(Arg::new("flag").long("flag").help("No variable"))
            .arg(
                Arg::new("url")
                    .long("url")
                    .env("CALLSCRIPT_URL")
                    .help("Where\n  it is")
                    .default_value("http://x"),
            )
            .arg(Arg::new("kind").env("CALLSCRIPT_KIND").help("This | that.").value_parser(["a", "b"]))
            .arg(Arg::new("key").env("CALLSCRIPT_KEY").help("A key").hide_env_values(true))
    }

    #[test]
    fn a_table_names_default_choices_and_secrets() {
        let rows = "| Variable | Default | What it is |\n|---|---|---|\n\
                    | `CALLSCRIPT_URL` | `http://x` | Where it is. |\n\
                    | `CALLSCRIPT_KIND` |  | This \\| that. One of: a, b. |\n\
                    | `CALLSCRIPT_KEY` |  | A key. Secret. |\n";
        assert_eq!(write_out(&command(), SettingsForm::Table), rows);
    }

    #[test]
    fn lines_of_an_environment_file_are_switched_off() {
        let lines = "# Where it is.\n#CALLSCRIPT_URL=http://x\n# This | that. One of: a, b.\n#CALLSCRIPT_KIND=\n\
                     # A key. Secret.\n#CALLSCRIPT_KEY=\n";
        assert_eq!(write_out(&command(), SettingsForm::Env), lines);
    }
}
