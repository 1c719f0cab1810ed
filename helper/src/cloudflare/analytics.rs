//! The GraphQL analytics of AI Gateway: one query, one form of row.
//!
//! Cloudflare documents the dataset `aiGatewayRequestsAdaptiveGroups`, `count` and some dimensions. The
//! names of the sums and of `metadataRaw` come from third-party code that works; the contents of
//! `metadataRaw` are not verified. A row of other types is an error, because a sum that is silently 0
//! would be a wrong cost.

use super::api::Api;
use crate::base::error::{Error, Kind, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const DATASET: &str = "aiGatewayRequestsAdaptiveGroups";

/// What a response has under the dataset's name.
#[derive(Deserialize)]
struct Groups<T> {
    #[serde(rename = "aiGatewayRequestsAdaptiveGroups")]
    groups: Option<T>,
}

/// One group. Counts are whole numbers, but a sampled one may arrive as 12.0, so all are floats.
#[derive(Debug, Deserialize)]
pub struct AnalyticsRow {
    /// Requests.
    pub count: Option<f64>,
    /// The sums of these requests, where they were asked for.
    #[serde(default)]
    pub sum: AnalyticsSums,
    /// What these requests have in common, where it was asked for.
    #[serde(default)]
    pub dimensions: AnalyticsDimensions,
}

/// The sums of a group; costs in US dollars.
#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct AnalyticsSums {
    pub cached_requests: Option<f64>,
    pub errored_requests: Option<f64>,
    pub uncached_tokens_in: Option<f64>,
    pub uncached_tokens_out: Option<f64>,
    pub cached_tokens_in: Option<f64>,
    pub cached_tokens_out: Option<f64>,
    pub cost: Option<f64>,
}

/// What the requests of a group have in common.
#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct AnalyticsDimensions {
    pub date: Option<String>,
    pub gateway: Option<String>,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub metadata_raw: Value,
}

/// What Cloudflare allows for a query; absent where it does not say.
#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct AnalyticsLimits {
    /// The fields that a query may ask for, with their paths.
    pub available_fields: Option<Vec<String>>,
    /// The longest period in seconds.
    pub max_duration: Option<i64>,
    /// The age in seconds that data has at most.
    pub not_older_than: Option<i64>,
    /// The most rows of a response.
    pub max_page_size: Option<u64>,
}

impl Api {
    /// The limits of queries.
    pub fn analytics_limits(&self) -> Result<AnalyticsLimits> {
        #[derive(Deserialize)]
        struct AnalyticsAccount {
            settings: Option<Groups<AnalyticsLimits>>,
        }
        let fields =
            format!("settings {{ {DATASET} {{ availableFields maxDuration notOlderThan maxPageSize }} }}");
        let account: AnalyticsAccount = self.account_data("", &fields, json!({}))?;
        Ok(account.settings.and_then(|settings| settings.groups).unwrap_or_default())
    }

    /// The groups of the requests that match a filter, at most `limit`; `order` are further arguments.
    pub fn analytics(
        &self,
        fields: &str,
        filter: &Value,
        limit: u64,
        order: &str,
    ) -> Result<Vec<AnalyticsRow>> {
        let arguments = ", $filter: AccountAiGatewayRequestsAdaptiveGroupsFilter_InputObject, $limit: Int!";
        let fields = format!("{DATASET}(limit: $limit, filter: $filter{order}) {{ {fields} }}");
        let account: Groups<Vec<AnalyticsRow>> =
            self.account_data(arguments, &fields, json!({"filter": filter, "limit": limit}))?;
        account.groups.ok_or_else(|| Error::new(Kind::Finding, "Cloudflare's analytics returned no groups"))
    }

    fn account_data<T: DeserializeOwned>(
        &self,
        arguments: &str,
        fields: &str,
        mut variables: Value,
    ) -> Result<T> {
        #[derive(Deserialize)]
        struct Data<T> {
            viewer: Viewer<T>,
        }
        #[derive(Deserialize)]
        struct Viewer<T> {
            accounts: Vec<T>,
        }
        variables["account"] = json!(self.account().as_str());
        let query = format!(
            "query($account: string!{arguments}) {{ viewer {{ accounts(filter: {{accountTag: $account}}) {{ {fields} }} }} }}"
        );
        let data: Data<T> = self.graphql(&query, variables)?;
        data.viewer.accounts.into_iter().next().ok_or_else(|| {
            Error::new(Kind::Auth, "Cloudflare's analytics returned nothing for this account")
                .hinted("the token needs Account Analytics Read for this account")
        })
    }
}
