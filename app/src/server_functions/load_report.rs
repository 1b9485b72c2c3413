use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::server_error::ServerError;

/// The last days, drawn by the server: charts, and the tables behind them, as HTML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub days: Drawn,
    pub by_rule: Drawn,
    pub by_publisher: Drawn,
    pub by_campaign: Drawn,
    pub agreement: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    pub chart: String,
    pub table: String,
}

/// Volume, money, flags and agreement of the last days.
#[server(endpoint = "load_report")]
pub async fn load_report(days: u32) -> Result<Report, ServerError> {
    use crate::components::agreement_table::agreement_table;
    use crate::components::day_charts::{day_charts, day_table};
    use crate::components::flag_bars::{flag_bars, flag_table};
    let asker = crate::asker::Asker::of_this_request();
    let report = asker.api()?.dashboard_report(days).await.map_err(|error| asker.answer_to(&error))?;
    let flags = |filter, kind, groups: &[_]| Drawn {
        chart: flag_bars(filter, groups).to_html(),
        table: flag_table(kind, groups).to_html(),
    };
    Ok(Report {
        days: Drawn { chart: day_charts(&report.days).to_html(), table: day_table(&report.days).to_html() },
        by_rule: flags("rule", "Rule", &report.by_rule),
        by_publisher: flags("publisher", "Publisher", &report.by_publisher),
        by_campaign: flags("campaign", "Campaign", &report.by_campaign),
        agreement: agreement_table(&report.agreement).to_html(),
    })
}
