//! Sellers v1: which marketplaces an account sells in.

use super::envelope::Records;
use serde::Deserialize;

/// `getMarketplaceParticipations` and the list inside `getAccount`.
pub(crate) type Participations = Records;

/// `getAccount`, of which the business itself is nobody's business here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) marketplace_participation_list: Records,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Participation {
    pub(crate) marketplace: Marketplace,
    #[serde(default)]
    pub(crate) store_name: Option<String>,
    pub(crate) participation: Taking,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Marketplace {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) default_currency_code: Option<String>,
    #[serde(default)]
    pub(crate) default_language_code: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Taking {
    pub(crate) is_participating: bool,
}
