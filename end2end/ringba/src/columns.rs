//! The columns of the call log.

use serde_json::{Value, json};

use Kind::{Boolean, Date, Keyword, Long, Money, Timespan};

/// What a column holds; it decides how it may be filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Keyword,
    Boolean,
    Date,
    Timespan,
    Money,
    /// A count.
    Long,
}

#[derive(Debug)]
pub struct Column {
    pub id: &'static str,
    pub kind: Kind,
}

impl Column {
    /// Ringba filters neither by dates (that is what the report range is for) nor by links.
    pub fn supports_filter(&self) -> bool {
        self.kind != Date && self.id != "recordingUrl"
    }

    pub fn supports_sorting(&self) -> bool {
        self.id != "recordingUrl"
    }

    /// The column as `/calllogs/columns` describes it.
    pub fn description(&self) -> Value {
        let kind = match self.kind {
            Keyword => "keyword",
            Boolean => "boolean",
            Date => "date",
            Timespan => "timespan",
            Money => "money",
            Long => "long",
        };
        json!({
            "id": self.id,
            "title": self.id,
            "roles": [],
            "type": kind,
            "isTag": false,
            "groupName": "Call",
            "filterGroupName": "Call",
            "supportsFilter": self.supports_filter(),
            "supportsSorting": self.supports_sorting(),
            "isComputed": false,
        })
    }
}

const fn column(id: &'static str, kind: Kind) -> Column {
    Column { id, kind }
}

/// Every column that can be asked for. Some have no value in any call of a simulator, as most have
/// none in most calls of a real account.
pub const COLUMNS: &[Column] = &[
    column("inboundCallId", Keyword),
    column("callDt", Date),
    column("callConnectionDt", Date),
    column("callCompletedDt", Date),
    column("callLengthInSeconds", Timespan),
    column("connectedCallLengthInSeconds", Timespan),
    column("timeToCallInSeconds", Timespan),
    column("timeToConnectInSeconds", Timespan),
    column("campaignId", Keyword),
    column("campaignName", Keyword),
    column("publisherId", Keyword),
    column("publisherName", Keyword),
    column("publisherSubId", Keyword),
    column("targetId", Keyword),
    column("targetName", Keyword),
    column("targetNumber", Keyword),
    column("targetSubId", Keyword),
    column("targetGroupId", Keyword),
    column("targetGroupName", Keyword),
    column("buyerId", Keyword),
    column("buyer", Keyword),
    column("targetBuyerSubId", Keyword),
    column("inboundPhoneNumber", Keyword),
    column("number", Keyword),
    column("numberId", Keyword),
    column("numberPoolId", Keyword),
    column("numberPoolName", Keyword),
    column("isFromNumberPool", Boolean),
    column("isLive", Boolean),
    column("hasConnected", Boolean),
    column("hasPreviouslyConnected", Boolean),
    column("hasConverted", Boolean),
    column("hasPayout", Boolean),
    column("hasRecording", Boolean),
    column("hasVoiceMail", Boolean),
    column("isDuplicate", Boolean),
    column("isIncomplete", Boolean),
    column("wasBlocked", Boolean),
    column("endCallSource", Keyword),
    column("blockReason", Keyword),
    column("incompleteCallReason", Keyword),
    column("noPayoutReason", Keyword),
    column("noConversionReason", Keyword),
    column("conversionAmount", Money),
    column("payoutAmount", Money),
    column("profitNet", Money),
    column("profitGross", Money),
    column("totalCost", Money),
    column("telcoCost", Money),
    column("recordingUrl", Keyword),
];

/// Every value that insights count or sum.
pub const VALUE_COLUMNS: &[Column] = &[
    column("callCount", Long),
    column("liveCallCount", Long),
    column("completedCalls", Long),
    column("endedCalls", Long),
    column("connectedCallCount", Long),
    column("nonConnectedCallCount", Long),
    column("convertedCalls", Long),
    column("payoutCount", Long),
    column("duplicateCalls", Long),
    column("incompleteCalls", Long),
    column("callLengthInSeconds", Timespan),
    column("conversionAmount", Money),
    column("payoutAmount", Money),
    column("profitGross", Money),
    column("profitNet", Money),
    column("totalCost", Money),
    column("telcoCost", Money),
];

pub fn find(id: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.id == id)
}
