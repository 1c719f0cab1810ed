//! Imports shared by all files of the table.

pub(super) use super::super::Cause;
pub(super) use super::super::Cause::*;
pub(super) use super::super::Confidence;
pub(super) use super::super::Layer;
pub(super) use super::super::Level::{Captured, Client, Documented, Reported, Unverified};
pub(super) use super::super::Speaker::{
    AiGateway, ClaudeCode, CloudflareApi, CloudflareEdge, CorporateProxy, GatewayPolicy, Nobody,
    Provider as TheProvider, SandboxProxy, TlsInterceptor, Unknown, Waf,
};
pub(super) use super::super::Test::*;
pub(super) use super::super::row::{ROW, Row, Sign, ordinary, telling};
pub(super) use super::docs;
pub(super) use crate::base::error::Kind as Exit;
